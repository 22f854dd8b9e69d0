//! Which segments have members in common.

use crate::canvas::Canvas;
use crate::figure::Figure;
use crate::grid::{Cell, Grid};
use crate::number::{Unit, count, percent, share};
use crate::table::Table;
use crate::words::named;

/// Segments, and how many profiles are in each two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The title.
    pub title: String,
    /// What is counted, in the plural: `profiles`.
    pub measure: String,
    /// The segments.
    pub segments: Vec<String>,
    /// How many are in both, by the positions of two segments; of a segment and itself, how many are in it.
    pub both: Vec<Vec<u64>>,
}

/// More segments than this stand in the table alone.
const MAX_DRAWN: usize = 24;

impl From<Overlap> for Figure {
    fn from(overlap: Overlap) -> Self {
        let mut note =
            "Of those in the segment of the row, how many are in that of the column.".to_owned();
        if overlap.segments.len() > MAX_DRAWN {
            note += &format!(
                " The first {MAX_DRAWN} of {} segments; the table has all.",
                overlap.segments.len()
            );
        }
        Figure::new(
            &overlap.title,
            overlap.sentence(),
            overlap.table(),
            |canvas| overlap.draw(canvas),
        )
        .note(note)
    }
}

impl Overlap {
    fn at(&self, row: usize, column: usize) -> u64 {
        self.both
            .get(row)
            .and_then(|row| row.get(column))
            .copied()
            .unwrap_or(0)
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let n = self.segments.len();
        (0..n)
            .flat_map(move |i| (0..n).map(move |j| (i, j)))
            .filter(|(i, j)| i != j)
    }

    fn name(&self, i: usize) -> &str {
        self.segments.get(i).map_or("", |name| name)
    }

    fn sentence(&self) -> String {
        let part = |(i, j): &(usize, usize)| share(self.at(*i, *j), self.at(*i, *i));
        let most = self
            .pairs()
            .max_by(|a, b| part(a).total_cmp(&part(b)).then(b.cmp(a)));
        match most.filter(|(i, j)| self.at(*i, *j) > 0) {
            Some((i, j)) => format!(
                "{} lies most in another segment: {} of its {} {} ({}) are in {}.",
                named(self.name(i)),
                count(self.at(i, j)),
                count(self.at(i, i)),
                self.measure,
                percent(self.at(i, j), self.at(i, i)),
                named(self.name(j))
            ),
            None => "No two segments have members in common.".to_owned(),
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(["segment", "and"]).numbers(["in both", "of the first"]);
        for (i, j) in self.pairs().filter(|(i, j)| self.at(*i, *j) > 0) {
            let both = self.at(i, j);
            table.row([
                self.name(i).to_owned(),
                self.name(j).to_owned(),
                count(both),
                percent(both, self.at(i, i)),
            ]);
        }
        table
    }

    fn draw(&self, canvas: &mut Canvas) {
        let n = self.segments.len().min(MAX_DRAWN);
        let names = self.segments.get(..n).unwrap_or_default();
        let cells: Vec<Vec<Option<Cell>>> = (0..n)
            .map(|i| (0..n).map(|j| self.cell(i, j)).collect())
            .collect();
        let grid = Grid {
            corner: "",
            rows: names,
            columns: names,
            cells: &cells,
            is_square: true,
        };
        canvas.height = grid.draw(canvas, 0.0) + 2.0;
    }

    fn cell(&self, i: usize, j: usize) -> Option<Cell> {
        if i == j {
            return None;
        }
        let (both, size) = (self.at(i, j), self.at(i, i));
        Some(Cell {
            darkness: share(both, size),
            text: if both == 0 {
                String::new()
            } else {
                percent(both, size)
            },
            short: if both == 0 {
                String::new()
            } else {
                Unit::Count.tick((share(both, size) * 100.0).round())
            },
            tip: format!(
                "{} of {} in {} ({}) are in {}",
                count(both),
                count(size),
                self.name(i),
                percent(both, size),
                self.name(j)
            ),
            is_open: false,
        })
    }
}

//! Rows and columns, as of the lifecycles of the template `matrix`.

use crate::canvas::Canvas;
use crate::figure::Figure;
use crate::grid::{Cell, Grid};
use crate::number::{Unit, count, percent, real};
use crate::table::Table;
use crate::words::named;

/// Counts in rows and columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// The title.
    pub title: String,
    /// What is counted, in the plural: `profiles`.
    pub measure: String,
    /// What the rows are.
    pub row_name: String,
    /// What the columns are.
    pub column_name: String,
    /// The names of the rows.
    pub rows: Vec<String>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// By row and column.
    pub counts: Vec<Vec<u64>>,
}

impl From<Matrix> for Figure {
    fn from(matrix: Matrix) -> Self {
        Figure::new(&matrix.title, matrix.sentence(), matrix.table(), |canvas| {
            matrix.draw(canvas)
        })
    }
}

impl Matrix {
    fn cells(&self) -> impl Iterator<Item = (&String, &String, u64)> {
        self.rows
            .iter()
            .zip(&self.counts)
            .flat_map(|(row, counts)| {
                let counts = self.columns.iter().zip(counts);
                counts.map(move |(column, n)| (row, column, *n))
            })
    }

    fn total(&self) -> u64 {
        self.cells().map(|(.., n)| n).fold(0, u64::saturating_add)
    }

    fn sentence(&self) -> String {
        let total = self.total();
        let largest = self
            .cells()
            .max_by_key(|(.., n)| *n)
            .filter(|(.., n)| *n > 0);
        match largest {
            Some((row, column, n)) => format!(
                "The fullest cell is {} {} and {} {}: {} of {} {} ({}).",
                self.row_name,
                named(row),
                self.column_name,
                named(column),
                count(n),
                count(total),
                self.measure,
                percent(n, total)
            ),
            None => format!("There are no {}.", self.measure),
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new([format!("{} \\ {}", self.row_name, self.column_name)])
            .numbers(self.columns.iter().cloned());
        for (row, counts) in self.rows.iter().zip(&self.counts) {
            table.row(std::iter::once(row.clone()).chain(counts.iter().map(|n| count(*n))));
        }
        table
    }

    fn draw(&self, canvas: &mut Canvas) {
        let (total, most) = (
            self.total(),
            self.cells().map(|(.., n)| n).max().unwrap_or(0).max(1),
        );
        let cells: Vec<Vec<Option<Cell>>> = (self.rows.iter().zip(&self.counts))
            .map(|(row, counts)| {
                let cells = self.columns.iter().zip(counts).map(|(column, n)| {
                    Some(Cell {
                        darkness: real(*n) / real(most),
                        text: count(*n),
                        short: Unit::in_cell(real(*n)),
                        tip: format!(
                            "{} {row}, {} {column}: {} {} ({})",
                            self.row_name,
                            self.column_name,
                            count(*n),
                            self.measure,
                            percent(*n, total)
                        ),
                        is_open: false,
                    })
                });
                cells.collect()
            })
            .collect();
        let corner = format!("{} ↓ {} →", self.row_name, self.column_name);
        let grid = Grid {
            corner: &corner,
            rows: &self.rows,
            columns: &self.columns,
            cells: &cells,
            is_square: false,
        };
        canvas.height = grid.draw(canvas, 0.0) + 2.0;
    }
}

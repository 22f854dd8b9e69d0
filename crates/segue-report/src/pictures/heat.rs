//! When it happens: hours of the week.

use crate::canvas::Canvas;
use crate::figure::Figure;
use crate::grid::{Cell, Grid};
use crate::number::{Unit, count, real};
use crate::table::Table;

/// Counts by weekday and hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heat {
    /// The title.
    pub title: String,
    /// What is counted, in the plural: `visits`.
    pub measure: String,
    /// The day with which `counts` begins: 0 is Monday, 6 is Sunday.
    pub first_day: usize,
    /// By day and hour.
    pub counts: [[u64; 24]; 7],
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl From<Heat> for Figure {
    fn from(heat: Heat) -> Self {
        Figure::new(&heat.title, heat.sentence(), heat.table(), |canvas| {
            heat.draw(canvas)
        })
    }
}

impl Heat {
    fn day(&self, i: usize) -> String {
        DAYS.get((i + self.first_day) % 7)
            .copied()
            .unwrap_or_default()
            .to_owned()
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        let days = self.counts.iter().enumerate();
        days.flat_map(|(day, hours)| {
            hours
                .iter()
                .enumerate()
                .map(move |(hour, n)| (day, hour, *n))
        })
    }

    fn sentence(&self) -> String {
        let total = self.cells().map(|(.., n)| n).fold(0, u64::saturating_add);
        let busiest = self
            .cells()
            .max_by_key(|(day, hour, n)| (*n, std::cmp::Reverse((*day, *hour))));
        match busiest.filter(|(.., n)| *n > 0) {
            Some((day, hour, n)) => format!(
                "{} {}; the busiest hour is {} from {hour}:00 to {}:00 with {}.",
                count(total),
                self.measure,
                self.day(day),
                hour + 1,
                count(n)
            ),
            None => format!("There are no {}.", self.measure),
        }
    }

    fn table(&self) -> Table {
        let hours = (0..24).map(|hour| format!("{hour}:00"));
        let mut table = Table::new(["day"]).numbers(hours);
        for (i, hours) in self.counts.iter().enumerate() {
            table.row(std::iter::once(self.day(i)).chain(hours.iter().map(|n| count(*n))));
        }
        table
    }

    fn draw(&self, canvas: &mut Canvas) {
        let most = self.cells().map(|(.., n)| n).max().unwrap_or(0).max(1);
        let cell = |day: usize, hour: usize, n: u64| {
            Some(Cell {
                darkness: real(n) / real(most),
                text: count(n),
                short: Unit::in_cell(real(n)),
                tip: format!(
                    "{}, {hour}:00 to {}:00: {} {}",
                    self.day(day),
                    hour + 1,
                    count(n),
                    self.measure
                ),
                is_open: false,
            })
        };
        let days: Vec<String> = (0..7).map(|i| self.day(i)).collect();
        let hours: Vec<String> = (0..24).map(|hour| hour.to_string()).collect();
        let across: Vec<Vec<Option<Cell>>> = (self.counts.iter().enumerate())
            .map(|(day, of)| {
                of.iter()
                    .enumerate()
                    .map(|(hour, n)| cell(day, hour, *n))
                    .collect()
            })
            .collect();
        // A phone is higher than it is wide.
        let (rows, columns, cells, corner) = if canvas.size.is_wide() {
            (&days, &hours, across, "hour")
        } else {
            let down = (0..24).map(|hour| {
                let of = across.iter().map(|day| day.get(hour).cloned().flatten());
                of.collect()
            });
            (&hours, &days, down.collect(), "hour")
        };
        let grid = Grid {
            corner,
            rows,
            columns,
            cells: &cells,
            is_square: false,
        };
        canvas.height = grid.draw(canvas, 0.0) + 2.0;
    }
}

//! Who comes back, by when they came first: a triangle.

use crate::canvas::Canvas;
use crate::dates;
use crate::figure::Figure;
use crate::grid::{Cell, Grid};
use crate::number::{Unit, count, percent, share};
use crate::table::Table;

/// Cohorts, and how many of each are active in the periods that follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The title.
    pub title: String,
    /// What a period is, in the singular: `month`.
    pub per: String,
    /// The cohorts, the oldest first.
    pub cohorts: Vec<Cohort>,
}

/// Those who came in the same period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// The name of the period in which they came.
    pub period: String,
    /// How many they are.
    pub size: u64,
    /// How many are active in the first period after it, the second, and so on, as far as is known.
    pub periods: Vec<CohortPeriod>,
}

/// A cohort in one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CohortPeriod {
    /// How many are active.
    pub active: u64,
    /// Whether the period is over for all of them, so that this is the last word.
    pub is_over: bool,
}

impl From<Retention> for Figure {
    fn from(retention: Retention) -> Self {
        let has_open = retention
            .cohorts
            .iter()
            .flat_map(|c| &c.periods)
            .any(|p| !p.is_over);
        let note = if has_open {
            "Cells with a dashed edge may still grow: their period is not over."
        } else {
            ""
        };
        Figure::new(
            &retention.title,
            retention.sentence(),
            retention.table(),
            |canvas| retention.draw(canvas),
        )
        .note(note)
    }
}

impl Retention {
    fn periods(&self) -> usize {
        self.cohorts
            .iter()
            .map(|cohort| cohort.periods.len())
            .max()
            .unwrap_or(0)
    }

    /// Those of each cohort for which the first period is over: how many they are, and how many were active in it.
    fn sentence(&self) -> String {
        let first = self.cohorts.iter().filter_map(|cohort| {
            let first = cohort.periods.first().filter(|period| period.is_over)?;
            Some((cohort.size, first.active))
        });
        let (size, active) = first.fold((0_u64, 0_u64), |(s, a), (size, active)| {
            (s.saturating_add(size), a.saturating_add(active))
        });
        if size == 0 {
            return format!("No {} after the first is over yet.", self.per);
        }
        format!(
            "{} of {} ({}) come back in the first {} after they came.",
            count(active),
            count(size),
            percent(active, size),
            self.per
        )
    }

    fn columns(&self) -> Vec<String> {
        (1..=self.periods()).map(|n| n.to_string()).collect()
    }

    fn table(&self) -> Table {
        let columns = self.columns();
        let columns = columns.iter().map(|n| format!("{} {n}", self.per));
        let mut table =
            Table::new(["came in"]).numbers(std::iter::once("size".to_owned()).chain(columns));
        for cohort in &self.cohorts {
            let cells = cohort.periods.iter().map(|period| {
                let open = if period.is_over { "" } else { " so far" };
                format!(
                    "{} ({}){open}",
                    count(period.active),
                    percent(period.active, cohort.size)
                )
            });
            let row = [dates::short(&cohort.period), count(cohort.size)];
            table.row(row.into_iter().chain(cells));
        }
        table
    }

    fn draw(&self, canvas: &mut Canvas) {
        let rows: Vec<String> = self
            .cohorts
            .iter()
            .map(|cohort| dates::short(&cohort.period))
            .collect();
        let most = self
            .cohorts
            .iter()
            .flat_map(|c| c.periods.iter().map(|p| share(p.active, c.size)));
        let most = most.fold(0.0, f64::max).max(1e-9);
        let cells: Vec<Vec<Option<Cell>>> = self
            .cohorts
            .iter()
            .map(|cohort| self.cells(cohort, most))
            .collect();
        let grid = Grid {
            corner: "came in",
            rows: &rows,
            columns: &self.columns(),
            cells: &cells,
            is_square: false,
        };
        canvas.height = grid.draw(canvas, 0.0) + 2.0;
    }

    fn cells(&self, cohort: &Cohort, most: f64) -> Vec<Option<Cell>> {
        let cells = cohort.periods.iter().enumerate().map(|(i, period)| {
            let part = share(period.active, cohort.size);
            let open = if period.is_over {
                ""
            } else {
                ", and it is not over"
            };
            Some(Cell {
                darkness: part / most,
                text: percent(period.active, cohort.size),
                short: Unit::Count.tick((part * 100.0).round()),
                tip: format!(
                    "{}, {} {}: {} of {} ({}){open}",
                    dates::short(&cohort.period),
                    self.per,
                    i + 1,
                    count(period.active),
                    count(cohort.size),
                    percent(period.active, cohort.size)
                ),
                is_open: !period.is_over,
            })
        });
        cells.collect()
    }
}

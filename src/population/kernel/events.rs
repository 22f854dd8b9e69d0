//! The events that a condition is about: of some kinds, within a window, and passing tests of their properties.

use super::column_test::ColumnTest;
use crate::population::columns::{Column, Columns, EventColumns, Instants};
use crate::time::SECOND;
use std::ops::Range;

/// The events that a condition is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EventSelection {
    pub(crate) kinds: Vec<KindSelection>,
}

/// Those of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KindSelection {
    /// Its position in the population's schema.
    pub(crate) kind: usize,
    pub(crate) window: ColumnWindow,
    /// The property that each test is of, by its position.
    pub(crate) tests: Vec<(usize, ColumnTest)>,
}

/// `low <= at < high`, in the unit of the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ColumnWindow {
    /// Seconds from the base of the column on.
    Seconds {
        low: u64,
        high: u64,
    },
    Micros {
        low: i64,
        high: i64,
    },
}

impl ColumnWindow {
    fn of(instants: &Instants, low: i64, high: i64) -> Self {
        let Instants::Seconds { base, .. } = instants else {
            return ColumnWindow::Micros { low, high };
        };
        // The first second that is not before an instant: all events are at whole seconds.
        let second = |at: i64| {
            let micros = i128::from(at) - i128::from(*base);
            let second = micros.div_euclid(i128::from(SECOND))
                + i128::from(micros.rem_euclid(i128::from(SECOND)) != 0);
            u64::try_from(second.max(0)).unwrap_or(u64::MAX)
        };
        ColumnWindow::Seconds {
            low: second(low),
            high: second(high),
        }
    }

    /// A window that has all of two.
    pub(crate) fn around(self, other: Self) -> Self {
        match (self, other) {
            (ColumnWindow::Seconds { low, high }, ColumnWindow::Seconds { low: l, high: h }) => {
                ColumnWindow::Seconds {
                    low: low.min(l),
                    high: high.max(h),
                }
            }
            (ColumnWindow::Micros { low, high }, ColumnWindow::Micros { low: l, high: h }) => {
                ColumnWindow::Micros {
                    low: low.min(l),
                    high: high.max(h),
                }
            }
            // INVARIANT: both are in the unit of one column.
            (own, _) => own,
        }
    }

    /// `low <= at < high`, to compare with [`Instants::in_unit`].
    pub(crate) fn ends(self) -> (i64, i64) {
        let seconds = |s: u64| i64::try_from(s).unwrap_or(i64::MAX);
        match self {
            ColumnWindow::Seconds { low, high } => (seconds(low), seconds(high)),
            ColumnWindow::Micros { low, high } => (low, high),
        }
    }

    /// Which of some rows in chronological order are inside.
    #[inline]
    pub(crate) fn within(self, instants: &Instants, rows: Range<usize>) -> Range<usize> {
        match (self, instants) {
            (ColumnWindow::Seconds { low, high }, Instants::Seconds { seconds, .. }) => within(
                seconds,
                rows,
                |s| u64::from(s) < low,
                |s| u64::from(s) < high,
            ),
            (ColumnWindow::Micros { low, high }, Instants::Micros(micros)) => {
                within(micros, rows, |at| at < low, |at| at < high)
            }
            // INVARIANT: a window is in the unit of the column that it is of.
            _ => 0..0,
        }
    }
}

/// What lies from the first value that is not below on to the last that is below the end. Most windows take all of a profile's events or
/// end after the last, so the ends are looked at before anything is searched.
#[inline]
fn within<T: Copy>(
    values: &[T],
    rows: Range<usize>,
    is_before: impl Fn(T) -> bool,
    is_before_end: impl Fn(T) -> bool,
) -> Range<usize> {
    let start = rows.start;
    let values = values.get(rows).unwrap_or(&[]);
    let (Some(first), Some(last)) = (values.first(), values.last()) else {
        return start..start;
    };
    let end = if is_before_end(*last) {
        values.len()
    } else {
        values.partition_point(|v| is_before_end(*v))
    };
    let begin = if is_before(*first) {
        values.partition_point(|v| is_before(*v))
    } else {
        0
    };
    start + begin.min(end)..start + end
}

impl KindSelection {
    pub(crate) fn new(
        columns: &EventColumns,
        kind: usize,
        low: i64,
        high: i64,
        tests: Vec<(usize, ColumnTest)>,
    ) -> Self {
        KindSelection {
            kind,
            window: ColumnWindow::of(&columns.instants, low, high),
            tests,
        }
    }

    /// The events of the kind, of all profiles.
    #[inline]
    pub(crate) fn columns<'c>(&self, columns: &'c Columns) -> Option<&'c EventColumns> {
        columns.kinds.get(self.kind)
    }

    /// Those of a profile that are in the window, whether they pass the tests or not.
    #[inline]
    fn in_window(&self, events: &EventColumns, position: usize) -> Range<usize> {
        self.window
            .within(&events.instants, events.offsets.range(position))
    }

    #[inline]
    pub(crate) fn passes(tests: &[(usize, ColumnTest)], events: &EventColumns, row: usize) -> bool {
        tests.iter().all(|(property, test)| {
            let column = events.properties.get(*property);
            column.is_some_and(|column| test.passes(column, row))
        })
    }

    /// The rows of a profile that are selected, in chronological order.
    #[inline]
    pub(crate) fn rows<'s>(
        &'s self,
        events: &'s EventColumns,
        position: usize,
    ) -> impl DoubleEndedIterator<Item = usize> + use<'s> {
        let rows = self.in_window(events, position);
        rows.filter(|row| Self::passes(&self.tests, events, *row))
    }

    /// How many there are; counting stops at `limit`.
    #[inline]
    fn count(&self, columns: &Columns, position: usize, limit: usize) -> usize {
        let Some(events) = self.columns(columns) else {
            return 0;
        };
        let rows = self.in_window(events, position);
        let Some(((property, first), rest)) = self.tests.split_first() else {
            return rows.len().min(limit);
        };
        let column: Option<&Column> = events.properties.get(*property);
        column.map_or(0, |column| {
            first.count(column, rows, limit, |row| Self::passes(rest, events, row))
        })
    }
}

impl EventSelection {
    /// How many events of a profile are selected; counting stops at `limit`.
    #[inline]
    pub(crate) fn count(&self, columns: &Columns, position: usize, limit: usize) -> usize {
        let mut n = 0;
        for kind in &self.kinds {
            if n >= limit {
                break;
            }
            n += kind.count(columns, position, limit - n);
        }
        n
    }

    /// How many events there are of the kinds, of all profiles: what looking at them costs.
    pub(crate) fn size(&self, columns: &Columns) -> usize {
        let kinds = self.kinds.iter();
        kinds
            .map(|k| k.columns(columns).map_or(0, |events| events.instants.len()))
            .sum()
    }

    /// The instants of a profile's events, in order, behind what is there.
    pub(crate) fn instants(&self, columns: &Columns, position: usize, into: &mut Vec<i64>) {
        let start = into.len();
        for kind in &self.kinds {
            if let Some(events) = kind.columns(columns) {
                into.extend(
                    kind.rows(events, position)
                        .map(|row| events.instants.get(row)),
                );
            }
        }
        if self.kinds.len() > 1
            && let Some(added) = into.get_mut(start..)
        {
            added.sort_unstable();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ColumnWindow, Instants, SECOND};

    #[test]
    fn a_window_has_the_same_events_in_seconds_and_in_microseconds() {
        let seconds = [0, 10, 10, 20, 4_000_000];
        let mut narrow = Instants::default();
        seconds.iter().for_each(|s| narrow.push(s * SECOND));
        assert!(matches!(narrow, Instants::Seconds { .. }));
        let wide = Instants::Micros(seconds.iter().map(|s| s * SECOND).collect());
        let edges =
            [0, 10, 15, 20, 4_000_000].map(|s| [s * SECOND - 1, s * SECOND, s * SECOND + 1]);
        let mut edges = edges.concat();
        edges.extend([i64::MIN, i64::MAX]);
        for low in &edges {
            for high in &edges {
                let of = |i: &Instants| ColumnWindow::of(i, *low, *high).within(i, 1..5);
                let (in_seconds, in_micros) = (of(&narrow), of(&wide));
                let rows = (1..5).filter(|row| (*low..*high).contains(&(seconds[*row] * SECOND)));
                let expected: Vec<usize> = rows.collect();
                assert_eq!(in_seconds.collect::<Vec<_>>(), expected, "{low} {high}");
                assert_eq!(in_micros.collect::<Vec<_>>(), expected, "{low} {high}");
            }
        }
    }
}

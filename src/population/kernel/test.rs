//! Tests of the values of one column.

use super::mask::Mask;
use crate::population::columns::{Codes, Column, Values, Wholes};
use std::ops::Range;

/// A test of the values of one column.
#[derive(Clone, Debug)]
pub(crate) struct ColumnTest {
    accepts: Accepts,
    /// Whether it holds of a row without a value.
    of_missing: bool,
}

#[derive(Clone, Debug)]
enum Accepts {
    /// One text, by its code; `None` where no row has it.
    Code(Option<u32>),
    /// By code.
    Codes(Box<[bool]>),
    /// `false` and `true`.
    Bools([bool; 2]),
    /// Whole numbers, both ends included; or, `negated`, all others.
    Wholes { low: i64, high: i64, negated: bool },
    /// Whole numbers by their distance from the first.
    Table { first: i64, accepts: Box<[bool]> },
    /// Floating-point numbers, both ends included; or, `negated`, all others.
    Reals { low: f64, high: f64, negated: bool },
}

impl ColumnTest {
    pub(crate) fn wholes(low: i64, high: i64, negated: bool) -> Self {
        ColumnTest {
            accepts: Accepts::Wholes { low, high, negated },
            of_missing: negated,
        }
    }

    pub(crate) fn reals(low: f64, high: f64, negated: bool) -> Self {
        ColumnTest {
            accepts: Accepts::Reals { low, high, negated },
            of_missing: negated,
        }
    }

    /// Asks a test once for each different value of a column, of a row that has it. `None` where there are too many, or the values are
    /// of another sort.
    pub(crate) fn of_each_value(
        column: &Column,
        mut holds: impl FnMut(usize) -> bool,
    ) -> Option<Self> {
        let (first, size) = value_range(column)?;
        let mut rows = vec![None; size];
        let mut missing = None;
        let mut see = |place: Option<usize>, row: usize| {
            if !column.is_present(row) {
                missing.get_or_insert(row);
            } else if let Some(known) = place.and_then(|place| rows.get_mut(place)) {
                known.get_or_insert(row);
            }
        };
        for row in 0..column.len() {
            see(place_of(column, first, row), row);
        }
        let of_missing = missing.is_some_and(&mut holds);
        let accepts: Vec<bool> = rows.iter().map(|row| row.is_some_and(&mut holds)).collect();
        Some(ColumnTest {
            accepts: match &column.values {
                Values::Bool(_) => Accepts::Bools([
                    accepts.first().copied().unwrap_or_default(),
                    accepts.get(1).copied().unwrap_or_default(),
                ]),
                Values::Text(_) => of_codes(accepts),
                Values::Whole(_)
                | Values::Real(_)
                | Values::Place(_)
                | Values::List { .. }
                | Values::History { .. } => Accepts::Table {
                    first,
                    accepts: accepts.into(),
                },
            },
            of_missing,
        })
    }

    /// A test of texts, each of which is asked once.
    pub(crate) fn of_texts(column: &Column, holds: impl Fn(&str) -> bool) -> Option<Self> {
        let Values::Text(texts) = &column.values else {
            return None;
        };
        let codes = 0..texts.dictionary.len();
        let accepts = codes.map(|code| holds(texts.dictionary.get(code)));
        Some(ColumnTest {
            accepts: of_codes(accepts.collect()),
            of_missing: false,
        })
    }

    /// Whether the test holds of a row.
    #[inline]
    pub(crate) fn passes(&self, column: &Column, row: usize) -> bool {
        if !column.is_present(row) {
            return self.of_missing;
        }
        match (&self.accepts, &column.values) {
            (Accepts::Code(code), Values::Text(texts)) => *code == Some(texts.codes.get(row)),
            (Accepts::Codes(accepts), Values::Text(texts)) => is_set(accepts, texts.codes.get(row)),
            (Accepts::Bools([no, yes]), Values::Bool(bits)) => {
                if bits.get(row) {
                    *yes
                } else {
                    *no
                }
            }
            (Accepts::Wholes { low, high, negated }, Values::Whole(numbers)) => {
                // Greater ones count as the greatest of 64 bits, as everywhere.
                let number = numbers.get(row).min(i64::MAX.into());
                (i128::from(*low) <= number && number <= i128::from(*high)) != *negated
            }
            (Accepts::Table { first, accepts }, Values::Whole(numbers)) => {
                let place = numbers.get(row) - i128::from(*first);
                usize::try_from(place).is_ok_and(|place| accepts.get(place) == Some(&true))
            }
            (Accepts::Reals { low, high, negated }, Values::Real(numbers)) => {
                let number = numbers.get(row);
                number.is_some_and(|n| (low <= n && n <= high) != *negated)
            }
            // INVARIANT: a test is made for the column that it is asked of.
            _ => false,
        }
    }

    /// Keeps those of a block that pass; `start` is the row of its first place.
    pub(crate) fn narrow(&self, column: &Column, start: usize, mask: &mut Mask) {
        if column.present.is_some() {
            return mask.retain(|place| self.passes(column, start + place));
        }
        match (&self.accepts, &column.values) {
            (Accepts::Code(None), _) => *mask = Mask::NONE,
            (Accepts::Code(Some(code)), Values::Text(texts)) => match &texts.codes {
                Codes::U8(codes) => {
                    mask.retain_values(from(codes, start), |c| u32::from(c) == *code)
                }
                Codes::U16(codes) => {
                    mask.retain_values(from(codes, start), |c| u32::from(c) == *code)
                }
                Codes::U32(codes) => mask.retain_values(from(codes, start), |c| c == *code),
            },
            (Accepts::Codes(accepts), Values::Text(texts)) => match &texts.codes {
                Codes::U8(codes) => mask.retain_values(from(codes, start), |c| is_set(accepts, c)),
                Codes::U16(codes) => mask.retain_values(from(codes, start), |c| is_set(accepts, c)),
                Codes::U32(codes) => mask.retain_values(from(codes, start), |c| is_set(accepts, c)),
            },
            (Accepts::Wholes { low, high, negated }, Values::Whole(numbers)) => {
                let (range, negated) = (*low..=*high, *negated);
                match numbers {
                    Wholes::I8(v) => narrow_range(from(v, start), &range, negated, mask),
                    Wholes::I16(v) => narrow_range(from(v, start), &range, negated, mask),
                    Wholes::I32(v) => narrow_range(from(v, start), &range, negated, mask),
                    Wholes::I64(v) => narrow_range(from(v, start), &range, negated, mask),
                    Wholes::I128(_) => mask.retain(|place| self.passes(column, start + place)),
                }
            }
            _ => mask.retain(|place| self.passes(column, start + place)),
        }
    }

    /// How many rows of a range pass, and pass what else there is to pass; counting stops at `limit`.
    #[inline]
    pub(crate) fn count(
        &self,
        column: &Column,
        rows: Range<usize>,
        limit: usize,
        rest: impl Fn(usize) -> bool,
    ) -> usize {
        if column.present.is_none()
            && let Values::Text(texts) = &column.values
        {
            match (&self.accepts, &texts.codes) {
                (Accepts::Code(None), _) => return 0,
                (Accepts::Code(Some(code)), Codes::U8(codes)) => {
                    // INVARIANT: a code of the column is in the type of its codes.
                    let code = u8::try_from(*code).unwrap_or(u8::MAX);
                    return count_equal(codes, rows, code, limit, rest);
                }
                (Accepts::Code(Some(code)), Codes::U16(codes)) => {
                    let code = u16::try_from(*code).unwrap_or(u16::MAX);
                    return count_equal(codes, rows, code, limit, rest);
                }
                (Accepts::Code(Some(code)), Codes::U32(codes)) => {
                    return count_equal(codes, rows, *code, limit, rest);
                }
                _ => {}
            }
        }
        let passing = rows.filter(|row| self.passes(column, *row) && rest(*row));
        passing.take(limit).count()
    }
}

/// What texts are accepted, by their codes.
fn of_codes(accepts: Vec<bool>) -> Accepts {
    let mut accepted = (0_u32..).zip(&accepts).filter(|(_, accepts)| **accepts);
    match (accepted.next(), accepted.next()) {
        (first, None) => Accepts::Code(first.map(|(code, _)| code)),
        _ => Accepts::Codes(accepts.into()),
    }
}

#[inline]
fn is_set<C: Into<u32>>(accepts: &[bool], code: C) -> bool {
    let code: u32 = code.into();
    accepts.get(code as usize).copied().unwrap_or_default()
}

/// Where the places of a column's values begin, and how many there may be.
fn value_range(column: &Column) -> Option<(i64, usize)> {
    /// More texts are not asked one by one: then most profiles have one of their own.
    const MANY: usize = 1 << 16;
    match &column.values {
        Values::Bool(_) => Some((0, 2)),
        Values::Text(texts) => {
            (texts.dictionary.len() <= MANY).then(|| (0, texts.dictionary.len()))
        }
        Values::Whole(Wholes::I8(_)) => Some((i8::MIN.into(), 1 << 8)),
        Values::Whole(Wholes::I16(_)) => Some((i16::MIN.into(), 1 << 16)),
        Values::Whole(Wholes::I32(_) | Wholes::I64(_) | Wholes::I128(_))
        | Values::Real(_)
        | Values::Place(_)
        | Values::List { .. }
        | Values::History { .. } => None,
    }
}

/// The place of a row's value among those of the column.
fn place_of(column: &Column, first: i64, row: usize) -> Option<usize> {
    match &column.values {
        Values::Bool(bits) => Some(bits.get(row).into()),
        Values::Text(texts) => Some(texts.codes.get(row) as usize),
        Values::Whole(numbers) => usize::try_from(numbers.get(row) - i128::from(first)).ok(),
        Values::Real(_) | Values::Place(_) | Values::List { .. } | Values::History { .. } => None,
    }
}

/// The values from a row on.
fn from<T>(values: &[T], start: usize) -> &[T] {
    values.get(start..).unwrap_or(&[])
}

fn narrow_range<T>(
    values: &[T],
    range: &std::ops::RangeInclusive<i64>,
    negated: bool,
    mask: &mut Mask,
) where
    T: Copy + Ord + TryFrom<i64> + Bounded + Into<i64>,
{
    // The ends in the type of the column, in which values are compared faster; outside of it they are its own.
    let (least, most): (i64, i64) = (T::LEAST.into(), T::MOST.into());
    if *range.end() < least || *range.start() > most || range.is_empty() {
        return mask.retain(|_| negated);
    }
    let low = T::try_from((*range.start()).max(least)).unwrap_or(T::LEAST);
    let high = T::try_from((*range.end()).min(most)).unwrap_or(T::MOST);
    mask.retain_values(values, |v| (low <= v && v <= high) != negated);
}

/// The ends of a type.
trait Bounded {
    const LEAST: Self;
    const MOST: Self;
}

macro_rules! bounded {
    ($($ty:ty),*) => {
        $(impl Bounded for $ty {
            const LEAST: Self = <$ty>::MIN;
            const MOST: Self = <$ty>::MAX;
        })*
    };
}

bounded!(i8, i16, i32, i64);

#[inline]
fn count_equal<T: Copy + PartialEq>(
    values: &[T],
    rows: Range<usize>,
    value: T,
    limit: usize,
    rest: impl Fn(usize) -> bool,
) -> usize {
    let start = rows.start;
    let values = values.get(rows).unwrap_or(&[]);
    let equal = values.iter().enumerate().filter(|(_, v)| **v == value);
    equal.filter(|(i, _)| rest(start + i)).take(limit).count()
}

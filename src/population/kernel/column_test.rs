//! Tests of the values of one column.

use super::mask::Mask;
use crate::population::columns::{Bits, Codes, Column, TextColumn, Values, Wholes};
use std::hash::{Hash, Hasher};
use std::ops::Range;

/// A test of the values of one column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ColumnTest {
    accepts: Accepts,
    /// Whether it holds of a row without a value.
    of_missing: bool,
}

#[derive(Clone, Debug, PartialEq)]
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

/// The ends of a test are constants, which are never NaN.
impl Eq for Accepts {}

impl Hash for Accepts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Accepts::Code(code) => code.hash(state),
            Accepts::Codes(accepts) => accepts.hash(state),
            Accepts::Bools(accepts) => accepts.hash(state),
            Accepts::Wholes { low, high, negated } => (low, high, negated).hash(state),
            Accepts::Table { first, accepts } => (first, accepts).hash(state),
            // -0 and 0 are equal and have different bits.
            Accepts::Reals { negated, .. } => negated.hash(state),
        }
    }
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

    /// Makes a test of the answers to each value of [`values_of`], the last of which is that of a missing one.
    pub(crate) fn of_values(column: &Column, first: i64, mut answers: Vec<bool>) -> Self {
        let of_missing = answers.pop().unwrap_or_default();
        let accepts = match &column.values {
            Values::Bool(_) => Accepts::Bools([
                answers.first().copied().unwrap_or_default(),
                answers.get(1).copied().unwrap_or_default(),
            ]),
            Values::Text(_) => of_codes(answers),
            Values::Whole(_)
            | Values::Real(_)
            | Values::Place(_)
            | Values::List { .. }
            | Values::History { .. } => Accepts::Table {
                first,
                accepts: answers.into(),
            },
        };
        ColumnTest {
            accepts,
            of_missing,
        }
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

    /// The codes of the texts that pass, of so many, in order; at last, for a missing one that passes, their number. `None` where it is no
    /// test of texts, or so many pass that a list of them is of no use.
    pub(crate) fn codes(&self, all: usize) -> Option<Vec<usize>> {
        /// Tables of a hundred rules remain small beside the events.
        const MANY: usize = 1 << 10;
        let mut codes = match &self.accepts {
            Accepts::Code(code) => code.iter().map(|code| *code as usize).collect(),
            Accepts::Codes(accepts) => {
                let accepted = accepts.iter().enumerate().filter(|(_, accepts)| **accepts);
                let codes = accepted.map(|(code, _)| code).take(MANY + 1);
                codes.collect::<Vec<usize>>()
            }
            Accepts::Bools(_)
            | Accepts::Wholes { .. }
            | Accepts::Table { .. }
            | Accepts::Reals { .. } => return None,
        };
        if self.of_missing {
            codes.push(all);
        }
        (codes.len() <= MANY).then_some(codes)
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

/// All values that a column may have, each in a row, and at last a missing one; and the first, where they are numbers. `None` where there
/// are too many, or they are of another sort.
///
/// A condition on one field is asked of each, whoever has it: with 200 categories 200 times, and not for each of 30 million events.
pub(crate) fn values_of(column: &Column) -> Option<(Column, i64)> {
    /// More texts are not asked one by one: then most profiles have one of their own.
    const MANY: usize = 1 << 16;
    let (mut values, mut first) = (None, 0);
    match &column.values {
        Values::Bool(_) => {
            let mut bits = Bits::all(false, 1);
            bits.push(true);
            values = Some(Values::Bool(bits));
        }
        Values::Text(texts) if texts.dictionary.len() <= MANY => {
            let mut of = TextColumn::default();
            let codes = 0..texts.dictionary.len();
            codes.for_each(|code| of.push(texts.dictionary.get(code)));
            values = Some(Values::Text(of));
        }
        Values::Whole(numbers) => {
            let (least, most) = match numbers {
                Wholes::I8(v) => ends(v, i8::MIN, i8::MAX),
                Wholes::I16(v) => ends(v, i16::MIN, i16::MAX),
                Wholes::I32(_) | Wholes::I64(_) | Wholes::I128(_) => return None,
            };
            let mut of = Wholes::default();
            (least..=most).for_each(|number| of.push(number.into()));
            (values, first) = (Some(Values::Whole(of)), least);
        }
        Values::Text(_)
        | Values::Real(_)
        | Values::Place(_)
        | Values::List { .. }
        | Values::History { .. } => {}
    }
    let mut values = Column::from(values?);
    values.push_missing();
    Some((values, first))
}

/// The least and the greatest of some numbers, or of their type, where looking at all would take longer than asking a few more.
fn ends<T: Copy + Ord + Into<i64>>(numbers: &[T], least: T, most: T) -> (i64, i64) {
    const MANY: usize = 1 << 20;
    let of = |end: Option<&T>, otherwise: T| match end {
        Some(end) if numbers.len() <= MANY => (*end).into(),
        _ => otherwise.into(),
    };
    (
        of(numbers.iter().min(), least),
        of(numbers.iter().max(), most),
    )
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
    T: Copy + Ord + TryFrom<i64> + WithEnds + Into<i64>,
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
trait WithEnds {
    const LEAST: Self;
    const MOST: Self;
}

macro_rules! bounded {
    ($($ty:ty),*) => {
        $(impl WithEnds for $ty {
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

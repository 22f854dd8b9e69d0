//! Comparisons of one value made of many events, such as a sum, with a constant.

use super::events::{EventSelection, KindSelection};
use super::tally::{Accepted, is_summed};
use crate::eval::collection::index::SelectionIndex;
use crate::eval::cond::compare::Comparer;
use crate::eval::fold::{Fold, FoldMembers, Shape};
use crate::eval::value::literal::Literal;
use crate::ir::Order;
use crate::population::columns::{Column, Columns, EventColumns, Values, Wholes};
use crate::profile::Val;
use crate::syntax::Aggregate;
use std::cmp::Ordering;
use std::ops::Range;

/// `sum(purchased.amount within 90 days) > 200`
#[derive(Debug)]
pub(crate) struct FoldTest {
    pub(crate) selection: EventSelection,
    /// The property whose values are taken, by its position in each of the kinds.
    pub(crate) of: Vec<usize>,
    pub(crate) fold: Fold,
    pub(crate) op: Order,
    pub(crate) constant: Literal,
    pub(crate) comparer: Comparer,
    /// For the number of different texts: what numbers the codes of each kind have among the texts of all. Empty for everything else.
    pub(crate) numbers: Vec<Vec<u32>>,
}

/// Marks which texts a profile's events have.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    words: Vec<u64>,
    /// Which words are not 0.
    touched: Vec<usize>,
}

impl Marks {
    /// Whether it is new.
    fn mark(&mut self, number: u32) -> bool {
        let at = number as usize / 64;
        if at >= self.words.len() {
            self.words.resize(at + 1, 0);
        }
        let bit = 1 << (number % 64);
        let Some(word) = self.words.get_mut(at) else {
            return false;
        };
        if *word == 0 {
            self.touched.push(at);
        }
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    fn clear(&mut self) {
        for at in self.touched.drain(..) {
            if let Some(word) = self.words.get_mut(at) {
                *word = 0;
            }
        }
    }
}

/// The events of one kind, and their values.
struct KindValues<'c> {
    kind: &'c KindSelection,
    events: &'c EventColumns,
    values: &'c Column,
}

impl FoldTest {
    /// The sums for which the test holds; `None` where it is of something else than a sum of whole numbers of which any number fits.
    ///
    /// Of two sums the greater does not compare as less, so there is a least one that is not less than the constant, and a least one
    /// that is greater: of `sum(purchased.amount) <= 20` up to 20.00 all hold.
    pub(crate) fn accepted_sums(&self, columns: &Columns) -> Option<Accepted> {
        /// More than any profile's events can have together.
        const FAR: i128 = 1 << 100;
        if self.fold.function != Aggregate::Sum || self.fold.shape == Shape::Real {
            return None;
        }
        let kinds = self.selection.kinds.iter().zip(&self.of);
        for (kind, of) in kinds {
            is_summed(kind.columns(columns)?.properties.get(*of)?).then_some(())?;
        }
        let order = |sum| {
            let (sum, constant) = (Val::Whole(sum), self.constant.val());
            self.comparer.compare(&sum, &constant)
        };
        order(-FAR).and(order(FAR))?;
        let first = |is: fn(Ordering) -> bool| {
            let (mut low, mut high) = (-FAR, FAR);
            while low < high {
                let middle = low + (high - low) / 2;
                if order(middle).is_some_and(is) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            low
        };
        let (equal, greater) = (first(Ordering::is_ge), first(Ordering::is_gt));
        let (low, high) = match self.op {
            Order::Eq => (equal, greater - 1),
            Order::Lt => (-FAR, equal - 1),
            Order::Le => (-FAR, greater - 1),
            Order::Gt => (greater, FAR),
            Order::Ge => (equal, FAR),
        };
        Some(Accepted { low, high })
    }

    pub(crate) fn holds(&self, columns: &Columns, position: usize, marks: &mut Marks) -> bool {
        let value = match self.fold.function {
            Aggregate::Sum if self.fold.shape != Shape::Real => self.sum(columns, position),
            Aggregate::Distinct if !self.numbers.is_empty() => {
                Some(Val::Whole(self.distinct(columns, position, marks)))
            }
            _ => None,
        };
        let value = value.unwrap_or_else(|| {
            let test = self;
            self.fold.value(&EventValues {
                test,
                columns,
                position,
            })
        });
        let order = self.comparer.compare(&value, &self.constant.val());
        order.is_some_and(|order| self.op.accepts(order))
    }

    /// The kinds with their events and the column of the value.
    fn parts<'c>(&'c self, columns: &'c Columns) -> impl Iterator<Item = KindValues<'c>> {
        let kinds = self.selection.kinds.iter().zip(&self.of);
        kinds.filter_map(|(kind, property)| {
            let events = kind.columns(columns)?;
            Some(KindValues {
                kind,
                events,
                values: events.properties.get(*property)?,
            })
        })
    }

    /// The sum of whole numbers, none of which is missing; `None` where they are of another sort, or the sum does not fit.
    fn sum<'v>(&self, columns: &Columns, position: usize) -> Option<Val<'v>> {
        let mut sum = 0_i128;
        for part in self.parts(columns) {
            let Values::Whole(numbers) = &part.values.values else {
                return None;
            };
            if part.values.present.is_some() {
                return None;
            }
            let rows = part.kind.rows(part.events, position);
            let part = match numbers {
                Wholes::I8(v) => sum_of(v, rows),
                Wholes::I16(v) => sum_of(v, rows),
                Wholes::I32(v) => sum_of(v, rows),
                Wholes::I64(v) => sum_of(v, rows),
                Wholes::I128(_) => return None,
            };
            sum = sum.checked_add(part)?;
        }
        Some(Val::Whole(sum))
    }

    /// How many different texts there are.
    fn distinct(&self, columns: &Columns, position: usize, marks: &mut Marks) -> i128 {
        let mut n = 0;
        for (part, numbers) in self.parts(columns).zip(&self.numbers) {
            let Values::Text(texts) = &part.values.values else {
                continue;
            };
            for row in part.kind.rows(part.events, position) {
                if !part.values.is_present(row) {
                    continue;
                }
                let number = numbers.get(texts.codes.get(row) as usize);
                n += i128::from(number.is_some_and(|number| marks.mark(*number)));
            }
        }
        marks.clear();
        n
    }
}

fn sum_of<T: Copy + Into<i128>>(numbers: &[T], rows: impl Iterator<Item = usize>) -> i128 {
    // A profile has less than 2^32 events, of less than 2^64 each.
    rows.filter_map(|row| numbers.get(row))
        .map(|n| (*n).into())
        .sum()
}

/// For the number of different texts in several columns: what number each code has among the texts of all. `None` where a column has
/// no texts, or so many that marks would cost more than they save.
pub(crate) fn numbers<'c>(
    columns: impl Iterator<Item = Option<&'c Column>>,
) -> Option<Vec<Vec<u32>>> {
    const MANY: usize = 1 << 16;
    let mut known = std::collections::HashMap::new();
    columns
        .map(|column| {
            let Values::Text(texts) = &column?.values else {
                return None;
            };
            let codes = 0..texts.dictionary.len();
            let numbers: Vec<u32> = codes
                .map(|code| {
                    let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
                    *known.entry(texts.dictionary.get(code)).or_insert(next)
                })
                .collect();
            (known.len() <= MANY).then_some(numbers)
        })
        .collect()
}

/// The values of a profile's events. A position is that of the kind in the selection and of the row in its column.
struct EventValues<'c> {
    test: &'c FoldTest,
    columns: &'c Columns,
    position: usize,
}

/// So many bits of a position are the row.
const ROW_BITS: u32 = 32;

impl<'c> FoldMembers<'c> for EventValues<'c> {
    fn each(&self, mut visit: impl FnMut(i64, Val<'c>)) {
        for (nth, part) in (0_i64..).zip(self.test.parts(self.columns)) {
            for row in part.kind.rows(part.events, self.position) {
                let value = part.values.val(row);
                if !value.is_missing() {
                    visit(nth << ROW_BITS | i64::try_from(row).unwrap_or(0), value);
                }
            }
        }
    }

    fn value(&self, at: i64) -> Val<'c> {
        let nth = usize::try_from(at >> ROW_BITS).unwrap_or(usize::MAX);
        let row = usize::try_from(at & ((1 << ROW_BITS) - 1)).unwrap_or(usize::MAX);
        let part = self.test.parts(self.columns).nth(nth);
        part.map_or(Val::Missing, |part| part.values.val(row))
    }

    fn each_from_end(&self, first: bool, mut visit: impl FnMut(i64, Val<'c>)) {
        // Of each kind those of its first or last instant.
        for part in self.test.parts(self.columns) {
            let events = part.events;
            let mut see = |rows: &mut dyn Iterator<Item = usize>| {
                let Some(end) = rows.next() else {
                    return;
                };
                let at = events.instants.get(end);
                visit(at, part.values.val(end));
                for row in rows.take_while(|row| events.instants.get(*row) == at) {
                    visit(at, part.values.val(row));
                }
            };
            let rows = part.kind.rows(events, self.position);
            if first {
                see(&mut { rows });
            } else {
                see(&mut rows.rev());
            }
        }
    }

    fn indexed<R>(&self, _: impl FnOnce(&mut SelectionIndex, Range<usize>) -> R) -> Option<R> {
        None
    }
}

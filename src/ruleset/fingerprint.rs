//! When two conditions are the same, wherever they stand: written out without their places in the text.

use crate::ir::{
    Anchor, Bound, CalendarSpan, Cond, CondKind, FieldRef, Lit, Operand, Pattern, PropertyRef,
    Rows, Select, Term, TermKind, Ty, Windows,
};
use std::hash::{Hash, Hasher};
use std::mem::discriminant;
use std::sync::Arc;

/// What a condition of one schema and calendar says. Two with the same writing always answer alike; `None` where that is
/// not worth finding out: sequences and conditions inside of values are seldom written twice.
pub(super) fn writing(cond: &Cond) -> Option<Box<[u8]>> {
    let mut writer = Writer(Vec::with_capacity(64));
    writer.cond(cond)?;
    Some(writer.0.into())
}

/// Keeps what is given to hash.
struct Writer(Vec<u8>);

impl Hasher for Writer {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

impl Writer {
    fn put(&mut self, value: impl Hash) {
        value.hash(self);
    }

    fn each<T>(&mut self, items: &[T], write: fn(&mut Self, &T) -> Option<()>) -> Option<()> {
        self.put(items.len());
        items.iter().try_for_each(|item| write(self, item))
    }

    fn cond(&mut self, cond: &Cond) -> Option<()> {
        self.put(discriminant(&cond.kind));
        match &cond.kind {
            CondKind::Const(b) => self.put(b),
            CondKind::All(parts) | CondKind::Any(parts) => self.each(parts, Self::cond)?,
            CondKind::Not(part) => self.cond(part)?,
            CondKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            } => {
                self.put((discriminant(op), ignoring_case));
                self.term(left)?;
                self.term(right)?;
            }
            CondKind::Between { value, low, high } => {
                [value, low, high]
                    .into_iter()
                    .try_for_each(|term| self.term(term))?;
            }
            CondKind::OneOf {
                value,
                set,
                ignoring_case,
            } => {
                self.put(ignoring_case);
                self.term(value)?;
                self.each(set, Self::lit)?;
            }
            CondKind::Text {
                op,
                value,
                pattern,
                ignoring_case,
            } => {
                self.put((op, ignoring_case, discriminant(pattern)));
                self.put(match pattern {
                    Pattern::Literal(text) => text,
                    Pattern::Regex(regex) => regex.as_str(),
                });
                self.term(value)?;
            }
            CondKind::Substring {
                value,
                items,
                all,
                ignoring_case,
            } => {
                self.put((items, all, ignoring_case));
                self.term(value)?;
            }
            CondKind::Contains {
                list,
                items,
                all,
                ignoring_case,
            } => {
                self.put((all, ignoring_case));
                self.field(list)?;
                self.each(items, Self::lit)?;
            }
            CondKind::Present(operand) | CondKind::Empty(operand) => {
                self.put(discriminant(operand));
                match operand {
                    Operand::Term(term) => self.term(term)?,
                    Operand::List(list) => self.field(list)?,
                }
            }
            CondKind::Truth(value) => self.term(value)?,
            CondKind::InRectangle { value, of } => {
                self.term(value)?;
                self.put([of.south, of.west, of.north, of.east].map(f64::to_bits));
            }
            CondKind::Timed { value, windows } => {
                self.term(value)?;
                self.windows(windows)?;
            }
            CondKind::Happened(select) => self.select(select)?,
            CondKind::Rows { all, rows } => {
                self.put(all);
                self.rows(rows)?;
            }
            CondKind::Regularly {
                select,
                least,
                most,
                unit,
                periods,
                of,
            } => {
                self.put((least, most, unit, periods, of));
                self.select(select)?;
            }
            CondKind::Tagged(path) => self.put(path),
            CondKind::Segment(segment) => self.put(Arc::as_ptr(segment)),
            CondKind::Moved {
                entered,
                segment,
                within,
            } => {
                self.put((entered, Arc::as_ptr(segment)));
                self.length(*within);
            }
            CondKind::AsOf { of, ago } => {
                self.length(*ago);
                self.cond(of)?;
            }
            CondKind::Sample { below, salt } => self.put((below, salt)),
            CondKind::Upcoming {
                value,
                yearly,
                next,
                within,
            } => {
                self.put((yearly, next));
                self.length(*within);
                self.term(value)?;
            }
            CondKind::Was {
                value,
                set,
                windows,
            } => {
                self.field(value)?;
                self.each(set, Self::lit)?;
                self.windows(windows)?;
            }
            CondKind::Changed {
                value,
                from,
                to,
                windows,
            } => {
                self.field(value)?;
                self.each(from.as_slice(), Self::lit)?;
                self.each(to.as_slice(), Self::lit)?;
                self.windows(windows)?;
            }
            CondKind::OfSubject(PropertyRef { at, .. }) => self.put(at),
            CondKind::Near { .. }
            | CondKind::Sequence(_)
            | CondKind::Held { .. }
            | CondKind::Stage { .. } => {
                return None;
            }
        }
        Some(())
    }

    /// Types follow from what a value is made of, but for those of constants and of functions of them.
    fn term(&mut self, term: &Term) -> Option<()> {
        self.put(discriminant(&term.kind));
        match &term.kind {
            TermKind::Lit(lit) => {
                self.put(discriminant(&term.ty));
                if let Ty::Exact(scale) | Ty::Ratio(scale) = &term.ty {
                    self.put(scale);
                }
                self.lit(lit)?;
            }
            TermKind::Id | TermKind::Now => {}
            TermKind::Field(field) => self.field(field)?,
            TermKind::At(slot) => self.put(slot),
            TermKind::Today(days) => self.put(days),
            TermKind::Aggregate {
                function,
                select,
                of,
            } => {
                self.put((function, of.is_some()));
                self.select(select)?;
                of.iter().try_for_each(|of| self.term(of))?;
            }
            TermKind::Total { function, rows, of } => {
                self.put((function, of.is_some()));
                self.rows(rows)?;
                of.iter().try_for_each(|of| self.term(of))?;
            }
            TermKind::Arithmetic { op, left, right } => {
                self.put(op);
                self.term(left)?;
                self.term(right)?;
            }
            TermKind::PlusMonths { of, months } => {
                self.put(months);
                self.term(of)?;
            }
            TermKind::AsOf { of, ago } => {
                self.length(*ago);
                self.term(of)?;
            }
            TermKind::Negate(of) => self.term(of)?,
            TermKind::Trait(named) => self.put(Arc::as_ptr(named)),
            TermKind::Score(score) => self.put(Arc::as_ptr(score)),
            TermKind::Part { .. }
            | TermKind::Call { .. }
            | TermKind::Cases { .. }
            | TermKind::OnlyIf { .. }
            | TermKind::Stage(_) => {
                return None;
            }
        }
        Some(())
    }

    fn lit(&mut self, lit: &Lit) -> Option<()> {
        self.put(discriminant(lit));
        match lit {
            Lit::Whole(v) => self.put(v),
            Lit::Real(v) => self.put(v.to_bits()),
            Lit::Text(v) => self.put(v),
        }
        Some(())
    }

    /// A property is where it is read; its name says nothing more.
    fn field(&mut self, field: &FieldRef) -> Option<()> {
        self.put(discriminant(field));
        match field {
            FieldRef::Attribute(i) => self.put(i),
            FieldRef::Property(PropertyRef { at, .. }) => self.put(at),
            FieldRef::StepProperty(slot, PropertyRef { at, .. }) => self.put((slot, at)),
            FieldRef::Row(row) => self.put(row),
        }
        Some(())
    }

    fn select(&mut self, select: &Select) -> Option<()> {
        self.put((&select.kinds, select.slot));
        self.each(&select.filter, Self::cond)?;
        self.windows(&select.windows)
    }

    fn rows(&mut self, rows: &Rows) -> Option<()> {
        self.put(rows.relation);
        self.each(&rows.filter, Self::cond)
    }

    fn windows(&mut self, windows: &Windows) -> Option<()> {
        self.each(&windows.lower, Self::bound)?;
        self.each(&windows.upper, Self::bound)
    }

    fn bound(&mut self, bound: &Bound) -> Option<()> {
        self.put((discriminant(&bound.anchor), bound.months, bound.micros));
        match &bound.anchor {
            Anchor::At(at) => self.put(at),
            Anchor::Now { months, micros } => self.put((months, micros)),
            Anchor::Period {
                unit,
                offset,
                micros,
            } => self.put((unit, offset, micros)),
            Anchor::Day { moves } => self.put(moves),
            Anchor::Bound(of) => self.bound(of)?,
            Anchor::DayOf { of, offset } => {
                self.put(offset);
                self.bound(of)?;
            }
            Anchor::Term { term, edge } => {
                self.put(discriminant(edge));
                self.term(term)?;
            }
        }
        Some(())
    }

    fn length(&mut self, length: CalendarSpan) {
        self.put((discriminant(&length), length.parts()));
    }
}

//! The values that a condition or a value is computed from, at the same instant and of the same event or row: those of
//! `abs(a - b)` are `a - b`, and of that `a` and `b`. What is computed from many events or rows, or at another instant, or
//! only where a condition holds, has none.

use super::form::{Cond, CondKind, Operand, Term, TermKind};

/// The same list for values that are read and for such as are replaced.
macro_rules! operands {
    ($kind:expr) => {
        match $kind {
            TermKind::Part { of, .. }
            | TermKind::PlusMonths { of, .. }
            | TermKind::Negate(of)
            | TermKind::Call { of, .. } => [Some(of), None],
            TermKind::Arithmetic { left, right, .. } => [Some(left), Some(right)],
            TermKind::Lit(_)
            | TermKind::Id
            | TermKind::Field(_)
            | TermKind::At(_)
            | TermKind::Now
            | TermKind::Today(_)
            | TermKind::Aggregate { .. }
            | TermKind::Total { .. }
            | TermKind::Cases { .. }
            | TermKind::OnlyIf { .. }
            | TermKind::AsOf { .. }
            | TermKind::Stage(_)
            | TermKind::Trait(_)
            | TermKind::Score(_) => [None, None],
        }
    };
}

impl TermKind {
    pub(crate) fn operands(&self) -> impl Iterator<Item = &Term> {
        let operands: [Option<&Box<Term>>; 2] = operands!(self);
        operands.into_iter().flatten().map(AsRef::as_ref)
    }

    pub(super) fn operands_mut(&mut self) -> impl Iterator<Item = &mut Term> {
        let operands: [Option<&mut Box<Term>>; 2] = operands!(self);
        operands.into_iter().flatten().map(AsMut::as_mut)
    }
}

/// The values before the list, and the list.
macro_rules! tested {
    ($kind:expr, $none:expr) => {
        match $kind {
            CondKind::Compare { left, right, .. } => ([Some(left), Some(right), None], $none),
            CondKind::Between { value, low, high } => ([Some(value), Some(low), Some(high)], $none),
            CondKind::OneOf { value, .. }
            | CondKind::Text { value, .. }
            | CondKind::Present(Operand::Term(value))
            | CondKind::Empty(Operand::Term(value))
            | CondKind::Truth(value)
            | CondKind::Inside { value, .. }
            | CondKind::Timed { value, .. }
            | CondKind::Upcoming { value, .. } => ([Some(value), None, None], $none),
            CondKind::Substring { value, values, .. } => ([Some(value), None, None], values),
            CondKind::Contains { values, .. } => ([None, None, None], values),
            CondKind::Const(_)
            | CondKind::All(_)
            | CondKind::Any(_)
            | CondKind::Not(_)
            | CondKind::Present(Operand::List(_))
            | CondKind::Empty(Operand::List(_))
            | CondKind::OfSubject(_)
            | CondKind::Happened(_)
            | CondKind::Rows { .. }
            | CondKind::Sequence(_)
            | CondKind::Regularly { .. }
            | CondKind::Tagged(_)
            | CondKind::Segment(_)
            | CondKind::Moved { .. }
            | CondKind::Sample { .. }
            | CondKind::Was { .. }
            | CondKind::Changed { .. }
            | CondKind::AsOf { .. }
            | CondKind::Stage { .. }
            | CondKind::Held { .. } => ([None, None, None], $none),
        }
    };
}

impl CondKind {
    pub(super) fn operands_mut(&mut self) -> impl Iterator<Item = &mut Term> {
        let (operands, more): ([Option<&mut Term>; 3], &mut [Term]) = tested!(self, &mut []);
        operands.into_iter().flatten().chain(more)
    }
}

impl Cond {
    pub(crate) fn operands(&self) -> impl Iterator<Item = &Term> {
        let (operands, more): ([Option<&Term>; 3], &[Term]) = tested!(&self.kind, &[]);
        operands.into_iter().flatten().chain(more)
    }
}

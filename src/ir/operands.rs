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
            | TermKind::Entry(_)
            | TermKind::Now
            | TermKind::Today(_)
            | TermKind::Aggregate { .. }
            | TermKind::Total { .. }
            | TermKind::Cases { .. }
            | TermKind::OnlyIf { .. }
            | TermKind::AsOf { .. }
            | TermKind::Stage(_)
            | TermKind::Trait(_)
            | TermKind::Score(_)
            | TermKind::Ledger { .. } => [None, None],
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

/// The same list for values that are read and for such as are replaced.
macro_rules! tested {
    ($kind:expr, $f:expr) => {
        match $kind {
            CondKind::Compare { left, right, .. } => {
                $f(left);
                $f(right);
            }
            CondKind::OneOf { value, .. }
            | CondKind::Text { value, .. }
            | CondKind::Present(Operand::Term(value))
            | CondKind::Empty(Operand::Term(value))
            | CondKind::Inside { value, .. }
            | CondKind::Timed { value, .. }
            | CondKind::Upcoming { value, .. } => $f(value),
            CondKind::Contains { of, values, .. } => {
                if let Operand::Term(value) = of {
                    $f(value);
                }
                values.into_iter().for_each($f);
            }
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
            | CondKind::Sample { .. }
            | CondKind::AsOf { .. }
            | CondKind::State { .. }
            | CondKind::Held { .. } => {}
        }
    };
}

impl CondKind {
    /// The conditions that it is made of, by `and`, `or` and `not`.
    pub(super) fn parts_mut(&mut self) -> &mut [Cond] {
        if let CondKind::All(parts) | CondKind::Any(parts) = self {
            parts
        } else if let CondKind::Not(part) = self {
            std::slice::from_mut(part)
        } else {
            &mut []
        }
    }

    fn parts(&self) -> &[Cond] {
        if let CondKind::All(parts) | CondKind::Any(parts) = self {
            parts
        } else if let CondKind::Not(part) = self {
            std::slice::from_ref(part)
        } else {
            &[]
        }
    }

    /// Visits the values that it tests itself.
    pub(super) fn operands_mut(&mut self, f: &mut dyn FnMut(&mut Term)) {
        tested!(self, &mut *f);
    }
}

impl Cond {
    /// The values that it and its parts test, each once.
    pub(crate) fn operands(&self) -> Vec<&Term> {
        let mut operands = Vec::new();
        self.add_operands(&mut operands);
        operands
    }

    fn add_operands<'a>(&'a self, operands: &mut Vec<&'a Term>) {
        let mut add = |term: &'a Term| {
            if !operands.contains(&term) {
                operands.push(term);
            }
        };
        tested!(&self.kind, &mut add);
        let parts = self.kind.parts().iter();
        parts.for_each(|part| part.add_operands(operands));
    }
}

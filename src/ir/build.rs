//! Makes conditions and values, with the facts that each keeps of itself.

use super::fingerprint::Fingerprint;
use super::form::{Cond, CondKind, Term, TermKind};
use super::now::depends_on_now;
use super::ty::Ty;
use crate::span::Span;

impl Cond {
    pub(crate) fn new(kind: CondKind, span: Span) -> Self {
        Cond {
            fingerprint: Fingerprint::of(&kind),
            kind,
            span,
        }
    }

    /// The condition with other values in the place of its operands and of those of its parts.
    pub(crate) fn map_operands(&self, f: &dyn Fn(&Term) -> Term) -> Self {
        let mut kind = self.kind.clone();
        kind.operands_mut(&mut |term| *term = f(term));
        for part in kind.parts_mut() {
            *part = part.map_operands(f);
        }
        Cond::new(kind, self.span)
    }
}

impl Term {
    pub(crate) fn new(kind: TermKind, ty: Ty, span: Span) -> Self {
        Term {
            fingerprint: Fingerprint::of(&(&kind, &ty)),
            depends_on_now: depends_on_now(&kind),
            kind,
            ty,
            span,
        }
    }

    /// The value with others in the place of its operands.
    pub(crate) fn map_operands(&self, f: &dyn Fn(&Term) -> Term) -> Self {
        let mut kind = self.kind.clone();
        kind.operands_mut().for_each(|term| *term = f(term));
        Term::new(kind, self.ty.clone(), self.span)
    }
}

//! Which types go together, and how a constant of another type is written.

use super::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, Function, Lit, Term, TermKind, Ty};
use crate::span::Span;
use crate::time::{Date, Duration, Instant};
use crate::value::Decimal;

/// The type that is expected of a value, and what has it: `gender` in `gender = femal`.
#[derive(Clone, Copy)]
pub(super) struct Expected<'t> {
    pub(super) ty: &'t Ty,
    pub(super) of: Owner<'t>,
}

/// What has the type that is expected.
#[derive(Clone, Copy)]
pub(super) enum Owner<'t> {
    /// What is written there.
    At(Span),
    /// The subject of this name.
    Subject(&'t str),
}

impl<'t> Expected<'t> {
    /// The type of the other side.
    pub(super) fn like(term: &'t Term) -> Self {
        Expected::at(&term.ty, term.span)
    }

    pub(super) fn at(ty: &'t Ty, span: Span) -> Self {
        let of = Owner::At(span);
        Expected { ty, of }
    }
}

impl Checker<'_> {
    /// A value of another type than is expected.
    pub(super) fn mismatch(&self, expected: &str, given: &Term) -> Diagnostic {
        let message = format!("expected {expected}, found {}", given.ty.words());
        Diagnostic::error("E0105", given.span, message)
    }

    /// Says how a constant of the wrong type is written, where that can be known.
    pub(super) fn retyped(&self, diagnostic: Diagnostic, wanted: &Ty, given: &Term) -> Diagnostic {
        let TermKind::Lit(lit) = &given.kind else {
            return diagnostic;
        };
        let written = self.source(given.span);
        let unquoted = |what: &str, text: &str| {
            diagnostic
                .clone()
                .help(format!("write {what} without quotes: `{text}`"))
                .fix(given.span, text.to_owned())
        };
        match (wanted, lit) {
            (t, Lit::Text(text)) if t.is_number() && text.parse::<Decimal>().is_ok() => {
                unquoted("the number", text)
            }
            (Ty::Date, Lit::Text(text)) if text.parse::<Date>().is_ok() => {
                unquoted("the date", text)
            }
            (Ty::Instant, Lit::Text(text)) if text.parse::<Date>().is_ok() => {
                unquoted("the date", text)
            }
            (Ty::Instant, Lit::Text(text)) if text.parse::<Instant>().is_ok() => {
                unquoted("the instant", text)
            }
            (Ty::Duration, Lit::Text(text)) if text.parse::<Duration>().is_ok() => {
                unquoted("the duration", text)
            }
            (Ty::Date, Lit::Text(_)) => {
                diagnostic.help("write a date without quotes: `2024-02-29`")
            }
            (Ty::Instant, Lit::Text(_)) => {
                diagnostic.help("write an instant without quotes: `2024-02-29T10:00:00Z`")
            }
            (Ty::Duration, Lit::Text(_)) => {
                diagnostic.help("write a duration with its unit: `3 days`")
            }
            (Ty::Duration, _) if given.ty.is_number() => diagnostic.help(format!(
                "write a duration with its unit: `{written} minutes`"
            )),
            // No fix: whoever writes a number may mean that the schema should say `int`.
            (Ty::String, _) if given.ty.is_number() => {
                diagnostic.help(format!("a string is written in quotes: \"{written}\""))
            }
            (Ty::Version, _) if given.ty.is_number() => diagnostic
                .help(format!("write the version in quotes: \"{written}\""))
                .fix(given.span, format!("\"{written}\"")),
            _ => diagnostic,
        }
    }
}

/// A constant term in the shape of another type; `None` where it is no constant or cannot be equal to any such value.
pub(super) fn same_shape(term: &Term, ty: &Ty) -> Option<Lit> {
    let TermKind::Lit(lit) = &term.kind else {
        return None;
    };
    match (lit, &term.ty, ty) {
        (Lit::Whole(v), Ty::Exact(from), Ty::Exact(to)) => {
            if to >= from {
                v.checked_mul(10_i128.checked_pow(u32::from(to - from))?)
                    .map(Lit::Whole)
            } else {
                let by = 10_i128.checked_pow(u32::from(from - to))?;
                (v % by == 0).then_some(Lit::Whole(v / by))
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
        (Lit::Whole(v), Ty::Exact(scale), Ty::Float) => {
            Some(Lit::Real(*v as f64 / 10_f64.powi(i32::from(*scale))))
        }
        (Lit::Whole(_), Ty::Exact(0), Ty::Named(_)) => Some(lit.clone()),
        (_, a, b) if a == b && !matches!(b, Ty::Ratio(_)) => Some(lit.clone()),
        _ => None,
    }
}

/// Whether values of two types can be compared.
pub(super) fn same_kind(left: &Ty, right: &Ty) -> bool {
    match (left, right) {
        (a, b) if a.is_number() && b.is_number() => true,
        (Ty::Named(_), Ty::Exact(0)) | (Ty::Exact(0), Ty::Named(_)) => true,
        (Ty::Enum(a), Ty::Enum(b)) => a.values == b.values,
        (Ty::Place, _) | (_, Ty::Place) => false,
        (a, b) => a == b,
    }
}

pub(super) fn negate(negated: bool, cond: Cond) -> Cond {
    if !negated {
        return cond;
    }
    let span = cond.span;
    Cond::new(CondKind::Not(Box::new(cond)), span)
}

/// A date as the instant at which it starts.
pub(super) fn start_of_day(date: Term) -> Term {
    let span = date.span;
    Term::new(
        TermKind::Call {
            function: Function::DayStart,
            of: Box::new(date),
        },
        Ty::Instant,
        span,
    )
}

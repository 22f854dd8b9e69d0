//! What functions take and give, as the vocabulary says it.

use crate::ir::Ty;
use crate::syntax::vocabulary::{self, Gives, Takes};

/// Whether a function that takes this takes values of a type.
pub(super) fn accepts(takes: Takes, ty: &Ty) -> bool {
    match takes {
        Takes::Events | Takes::Anything => true,
        Takes::Ordered => has_order(ty),
        Takes::Measure => ty.is_number() || *ty == Ty::Duration,
        Takes::Number => ty.is_number(),
        Takes::Text => *ty == Ty::String,
    }
}

/// The type of what a function gives, of an argument; `None` where it is no value.
pub(super) fn given(gives: Gives, of: Option<&Ty>) -> Option<Ty> {
    match gives {
        Gives::Whole => Some(Ty::Exact(0)),
        Gives::Text => Some(Ty::String),
        Gives::Same => of.cloned(),
        // An average of exact numbers is exact: a sum over a count.
        Gives::Mean => match of? {
            Ty::Exact(scale) => Some(Ty::Ratio(*scale)),
            ty @ (Ty::Bool
            | Ty::Ratio(_)
            | Ty::Float
            | Ty::String
            | Ty::Version
            | Ty::Enum(_)
            | Ty::Named(_)
            | Ty::Date
            | Ty::Instant
            | Ty::Duration
            | Ty::Period(_)
            | Ty::Place) => Some(ty.clone()),
        },
        Gives::Event => None,
    }
}

/// The functions of one value that are of use.
pub(super) fn function_names() -> Vec<&'static str> {
    let rows = vocabulary::functions().iter();
    rows.filter(|row| row.instead.is_none())
        .map(|row| row.name)
        .collect()
}

/// Whether values of a type come one after the other.
pub(super) fn has_order(ty: &Ty) -> bool {
    match ty {
        Ty::Bool | Ty::Place => false,
        Ty::Enum(of) => of.ordered,
        Ty::Exact(_)
        | Ty::Ratio(_)
        | Ty::Float
        | Ty::String
        | Ty::Version
        | Ty::Named(_)
        | Ty::Date
        | Ty::Instant
        | Ty::Duration
        | Ty::Period(_) => true,
    }
}

//! By what people are told apart: a value of each, and the order of such values.

use crate::engine::scalar;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::eval::{Binder, given};
use crate::ir::{Calendar, Ty};
use crate::profile::{Profile, Val, Value};
use crate::rule::ValueRule;
use crate::value::Scalar;
use std::cmp::Ordering;

/// A value of a profile, bound to its type.
pub(super) struct GroupNode<P: Profile> {
    value: TermNode<P>,
    ty: Ty,
    calendar: Calendar,
}

/// A value by which people are told apart. They are in the order of the values: names of an enum as they are declared, and last
/// those who have none.
#[derive(Clone, Debug)]
pub(super) struct GroupKey {
    rank: Rank,
    pub(super) value: Option<Scalar>,
}

#[derive(Clone, Debug)]
enum Rank {
    Whole(i128),
    Real(f64),
    Text(String),
    Missing,
}

impl<P: Profile> GroupNode<P> {
    pub(super) fn bind(by: &ValueRule, binder: &mut Binder<'_, P>) -> Self {
        GroupNode {
            value: binder.term(by.term()),
            ty: by.term().ty.clone(),
            calendar: by.calendar(),
        }
    }

    /// The value at the instant of the context.
    pub(super) fn key<'a>(&'a self, ctx: &Ctx<'a, P>) -> GroupKey {
        GroupKey::of(&self.value.value(ctx), &self.ty, self.calendar)
    }
}

impl GroupKey {
    /// That of who has no value.
    pub(super) const MISSING: GroupKey = GroupKey {
        rank: Rank::Missing,
        value: None,
    };

    /// That of a value, which is of a type.
    pub(super) fn of(val: &Val<'_>, ty: &Ty, calendar: Calendar) -> Self {
        let value = given(val, ty, calendar);
        let rank = match (val, &value) {
            (Val::Missing, _) | (_, Value::Missing) => Rank::Missing,
            (_, Value::Float(real)) => Rank::Real(*real),
            (Val::Whole(whole), _) => Rank::Whole(*whole),
            (_, value) => scalar(value).map_or(Rank::Missing, |value| match value {
                Scalar::Text(text) => Rank::Text(text),
                other => Rank::Text(format!("{other:?}")),
            }),
        };
        GroupKey {
            rank,
            value: scalar(&value),
        }
    }
}

impl Rank {
    /// Values of one expression are of one sort; others have an order all the same.
    fn sort(&self) -> u8 {
        match self {
            Rank::Whole(_) => 0,
            Rank::Real(_) => 1,
            Rank::Text(_) => 2,
            Rank::Missing => 3,
        }
    }
}

impl Ord for GroupKey {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.rank, &other.rank) {
            (Rank::Whole(a), Rank::Whole(b)) => a.cmp(b),
            (Rank::Real(a), Rank::Real(b)) => a.total_cmp(b),
            (Rank::Text(a), Rank::Text(b)) => a.cmp(b),
            (a, b) => a.sort().cmp(&b.sort()),
        }
    }
}

impl PartialOrd for GroupKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for GroupKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for GroupKey {}

/// A value as it is called in a list.
pub(super) fn value_words(value: Option<&Scalar>) -> String {
    match value {
        None => "missing".to_owned(),
        Some(Scalar::Bool(value)) => value.to_string(),
        Some(Scalar::Whole(value)) => value.to_string(),
        Some(Scalar::Unsigned(value)) => value.to_string(),
        Some(Scalar::Real(value)) => value.to_string(),
        Some(Scalar::Text(value)) => value.clone(),
    }
}

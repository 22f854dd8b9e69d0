//! Conditions that need nothing but the profile, or nothing but the event: tests of fields against constants, specialised by
//! type and operator. Most rules are made of them.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a condition without a special form is evaluated as any other"
)]

use super::Condition;
use crate::eval::Binder;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::context::Ctx;
use crate::ir::{Between, Cond, CondKind, FieldRef, Lit, Order, Term, TermKind, Ty};
use crate::profile::{Accessor, Predicate, Profile};
use std::sync::Arc;

/// A test of the profile that no passing of time can change.
pub(crate) struct Leaf<P: Profile>(pub(crate) Predicate<P>);

impl<P: Profile> Leaf<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, cond: &Cond) -> Option<Self> {
        binder.profile_test(cond).map(Leaf)
    }
}

impl<P: Profile> Condition<P> for Leaf<P> {
    #[inline]
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        (self.0)(ctx.profile)
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        Bounded::forever(self.holds(ctx))
    }

    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        Some(NextChange::forever(self.holds(ctx)))
    }

    fn max_change_points<'a>(&'a self, _: &Ctx<'a, P>, _: usize) -> usize {
        0
    }

    fn cost(&self) -> u32 {
        1
    }
}

impl<P: Profile> Binder<'_, P> {
    /// A test that needs nothing but the profile, and that no passing of time can change.
    fn profile_test(&mut self, cond: &Cond) -> Option<Predicate<P>> {
        combined(
            cond,
            false,
            &mut |cond, negated| match tested_field(cond)? {
                FieldRef::Attribute(i) => test(cond, negated, &self.attribute(*i)?),
                _ => None,
            },
        )
    }

    /// A test that needs nothing but the event.
    pub(crate) fn event_test(&mut self, cond: &Cond) -> Option<Predicate<P::Event>> {
        combined(
            cond,
            false,
            &mut |cond, negated| match tested_field(cond)? {
                FieldRef::Property(property) if property.at.len() == 1 => {
                    test(cond, negated, &self.property(property).pop()?.1)
                }
                _ => None,
            },
        )
    }
}

/// A test made of tests of single fields, with a `not` pushed down to them; `None` where some part is no such test.
fn combined<T: 'static>(
    cond: &Cond,
    negated: bool,
    leaf: &mut dyn FnMut(&Cond, bool) -> Option<Predicate<T>>,
) -> Option<Predicate<T>> {
    let merged = one_of(cond);
    let cond = merged.as_ref().unwrap_or(cond);
    if cond.as_range().is_some()
        && let Some(test) = leaf(cond, negated)
    {
        return Some(test);
    }
    let (parts, all) = match &cond.kind {
        CondKind::Not(part) => return combined(part, !negated, leaf),
        CondKind::All(parts) => (parts, !negated),
        CondKind::Any(parts) => (parts, negated),
        _ => return leaf(cond, negated),
    };
    let tests = parts
        .iter()
        .map(|p| combined(p, negated, leaf))
        .collect::<Option<Vec<_>>>()?;
    Some(joined(tests, all))
}

/// `x = "a" or x = "b"` as `x in ("a", "b")`: one look instead of several.
pub(crate) fn one_of(cond: &Cond) -> Option<Cond> {
    let CondKind::Any(parts) = &cond.kind else {
        return None;
    };
    let mut same: Option<&Term> = None;
    let mut set = Vec::with_capacity(parts.len());
    for part in parts {
        let CondKind::Compare {
            op: Order::Eq,
            left,
            right,
            ignoring_case: false,
        } = &part.kind
        else {
            return None;
        };
        let (TermKind::Field(field), TermKind::Lit(lit)) = (&left.kind, &right.kind) else {
            return None;
        };
        let fits = left.ty == right.ty && matches!(left.ty, Ty::String | Ty::Enum(_));
        let first = same.get_or_insert(left);
        let is_same = match (&first.kind, field) {
            (TermKind::Field(FieldRef::Attribute(a)), FieldRef::Attribute(b)) => a == b,
            (TermKind::Field(FieldRef::Property(a)), FieldRef::Property(b)) => a.at == b.at,
            _ => false,
        };
        if !fits || !is_same {
            return None;
        }
        set.push(lit.clone());
    }
    let kind = CondKind::OneOf {
        value: same?.clone(),
        set,
        ignoring_case: false,
    };
    Some(Cond::new(kind, cond.span))
}

/// All of the tests as one, or any of them. A few are kept in an array of their number, so that the loop over them is
/// unrolled.
fn joined<T: 'static>(tests: Vec<Predicate<T>>, all: bool) -> Predicate<T> {
    fn of_number<T: 'static, const N: usize>(
        tests: Vec<Predicate<T>>,
        all: bool,
    ) -> Result<Predicate<T>, Vec<Predicate<T>>> {
        let tests: [Predicate<T>; N] = tests.try_into()?;
        Ok(if all {
            Box::new(move |of| tests.iter().all(|t| t(of)))
        } else {
            Box::new(move |of| tests.iter().any(|t| t(of)))
        })
    }
    of_number::<T, 2>(tests, all)
        .or_else(|tests| of_number::<T, 3>(tests, all))
        .or_else(|tests| of_number::<T, 4>(tests, all))
        .or_else(|tests| of_number::<T, 5>(tests, all))
        .or_else(|tests| of_number::<T, 6>(tests, all))
        .or_else(|tests| of_number::<T, 8>(tests, all))
        .or_else(|tests| of_number::<T, 10>(tests, all))
        .or_else(|tests| of_number::<T, 12>(tests, all))
        .unwrap_or_else(|tests| {
            if all {
                Box::new(move |of| tests.iter().all(|t| t(of)))
            } else {
                Box::new(move |of| tests.iter().any(|t| t(of)))
            }
        })
}

/// The field that a condition compares with constants, if that is what it does.
pub(crate) fn tested_field(cond: &Cond) -> Option<&FieldRef> {
    let is_lit = |t: &Term| matches!(t.kind, TermKind::Lit(_));
    if let Some(Between { value, low, high }) = cond.as_range() {
        return field(value).filter(|_| is_lit(low) && is_lit(high));
    }
    let value = match &cond.kind {
        CondKind::Compare {
            left,
            right,
            ignoring_case: false,
            ..
        } if is_lit(right) => left,
        CondKind::Compare {
            left,
            right,
            ignoring_case: false,
            ..
        } if is_lit(left) => right,
        CondKind::OneOf {
            value,
            ignoring_case: false,
            ..
        } => value,
        _ => return None,
    };
    field(value)
}

fn field(term: &Term) -> Option<&FieldRef> {
    if let TermKind::Field(field) = &term.kind {
        Some(field)
    } else {
        None
    }
}

/// The condition (or, `negated`, its opposite) as a test of what the accessor reads; `None` where there is no special form
/// for it.
pub(crate) fn test<T: 'static>(
    cond: &Cond,
    negated: bool,
    accessor: &Accessor<T>,
) -> Option<Predicate<T>> {
    match accessor {
        Accessor::Whole(access) => match whole(cond)? {
            Whole::Range(low, high) => Some(access.in_range(low, high, negated)),
            Whole::Never => Some(Box::new(move |_| negated)),
            Whole::Set(set) => {
                if set.iter().all(|v| (0..64).contains(v)) {
                    return Some(
                        access.in_mask(set.iter().fold(0, |mask, v| mask | 1 << v), negated),
                    );
                }
                Some(access.in_set(set.into(), negated))
            }
        },
        Accessor::Text(access) => match &cond.kind {
            CondKind::Compare {
                op: Order::Eq,
                left,
                right,
                ..
            } => match (&left.ty, lit(left).or_else(|| lit(right))?) {
                (Ty::String, Lit::Text(text)) => Some(access.is(text.clone(), negated)),
                _ => None,
            },
            CondKind::OneOf { value, set, .. } if value.ty == Ty::String => {
                let mut texts = set
                    .iter()
                    .map(|l| {
                        if let Lit::Text(t) = l {
                            Some(t.clone())
                        } else {
                            None
                        }
                    })
                    .collect::<Option<Vec<Arc<str>>>>()?;
                texts.sort_unstable();
                texts.dedup();
                Some(access.in_set(texts.into(), negated))
            }
            _ => None,
        },
        Accessor::Real(access) => {
            let (low, high) = real(cond)?;
            Some(access.in_range(low, high, negated))
        }
        Accessor::Place(_) | Accessor::List(_) | Accessor::History(_) => None,
    }
}

pub(crate) fn lit(term: &Term) -> Option<&Lit> {
    if let TermKind::Lit(lit) = &term.kind {
        Some(lit)
    } else {
        None
    }
}

pub(crate) enum Whole {
    /// Both ends belong.
    Range(i64, i64),
    Set(Vec<i64>),
    Never,
}

/// What whole values a condition accepts; `None` where a constant is not below `i64::MAX`, because a field may hold greater ones
/// ([`WholeAccess`](crate::profile::access::WholeAccess)).
pub(crate) fn whole(cond: &Cond) -> Option<Whole> {
    if let Some(Between { value, low, high }) = cond.as_range() {
        return match (
            range(Order::Ge, &value.ty, low)?,
            range(Order::Le, &value.ty, high)?,
        ) {
            (Whole::Range(low, _), Whole::Range(_, high)) => Some(Whole::Range(low, high)),
            _ => Some(Whole::Never),
        };
    }
    match &cond.kind {
        CondKind::Compare {
            op, left, right, ..
        } => match (lit(left), lit(right)) {
            (None, Some(_)) => range(*op, &left.ty, right),
            (Some(_), None) => range(op.flipped(), &right.ty, left),
            _ => None,
        },
        CondKind::OneOf { set, .. } => {
            let values = set.iter().map(|l| match l {
                Lit::Whole(v) if *v < i128::from(i64::MAX) => Some(i64::try_from(*v).ok()),
                Lit::Whole(_) | Lit::Real(_) | Lit::Text(_) => None,
            });
            let mut values: Vec<i64> = values
                .collect::<Option<Vec<_>>>()?
                .into_iter()
                .flatten()
                .collect();
            values.sort_unstable();
            values.dedup();
            Some(Whole::Set(values))
        }
        _ => None,
    }
}

/// The whole values `x` of a type with `x op constant`.
fn range(op: Order, ty: &Ty, constant: &Term) -> Option<Whole> {
    let Lit::Whole(v) = lit(constant)? else {
        return None;
    };
    let (floor, exact) = match (ty, &constant.ty) {
        (Ty::Exact(a), Ty::Exact(b)) if b > a => {
            let unit = 10_i128.checked_pow(u32::from(b - a))?;
            (v.div_euclid(unit), v.rem_euclid(unit) == 0)
        }
        (Ty::Exact(a), Ty::Exact(b)) => {
            (v.checked_mul(10_i128.checked_pow(u32::from(a - b))?)?, true)
        }
        (a, b) if a == b => (*v, true),
        (Ty::Named(_), Ty::Exact(0)) => (*v, true),
        _ => return None,
    };
    let ceil = if exact { floor } else { floor + 1 };
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    if floor >= most {
        return None;
    }
    let (low, high) = match op {
        Order::Eq if !exact => return Some(Whole::Never),
        Order::Eq => (floor, floor),
        Order::Lt => (least, ceil - 1),
        Order::Le => (least, floor),
        Order::Gt => (floor + 1, most),
        Order::Ge => (ceil, most),
    };
    if low > most || high < least || low > high {
        return Some(Whole::Never);
    }
    Some(Whole::Range(
        i64::try_from(low.max(least)).ok()?,
        i64::try_from(high.min(most)).ok()?,
    ))
}

/// The range of floating-point numbers that a condition accepts, both ends included.
pub(crate) fn real(cond: &Cond) -> Option<(f64, f64)> {
    let bound = |op: Order, constant: &Term| -> Option<(f64, f64)> {
        #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
        let v = match (lit(constant)?, &constant.ty) {
            (Lit::Whole(v), Ty::Exact(scale)) => *v as f64 / 10_f64.powi(i32::from(*scale)),
            (Lit::Real(v), _) => *v,
            _ => return None,
        };
        Some(match op {
            Order::Eq => (v, v),
            Order::Lt => (f64::NEG_INFINITY, v.next_down()),
            Order::Le => (f64::NEG_INFINITY, v),
            Order::Gt => (v.next_up(), f64::INFINITY),
            Order::Ge => (v, f64::INFINITY),
        })
    };
    if let Some(Between { low, high, .. }) = cond.as_range() {
        return Some((bound(Order::Ge, low)?.0, bound(Order::Le, high)?.1));
    }
    match &cond.kind {
        CondKind::Compare {
            op, left, right, ..
        } => match (lit(left), lit(right)) {
            (None, Some(_)) => bound(*op, right),
            (Some(_), None) => bound(op.flipped(), left),
            _ => None,
        },
        _ => None,
    }
}

//! Tests of one field against constants, specialised by type and operator: the leaves that most rules are made of.

use crate::ir::{Cond, CondKind, Lit, Order, Term, TermKind, Ty};
use crate::profile::{Accessor, Predicate};
use std::sync::Arc;

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

/// What whole values a condition accepts.
pub(crate) fn whole(cond: &Cond) -> Option<Whole> {
    match &cond.kind {
        CondKind::Compare {
            op, left, right, ..
        } => match (lit(left), lit(right)) {
            (None, Some(_)) => range(*op, &left.ty, right),
            (Some(_), None) => range(op.flipped(), &right.ty, left),
            _ => None,
        },
        CondKind::Between { value, low, high } => {
            match (
                range(Order::Ge, &value.ty, low)?,
                range(Order::Le, &value.ty, high)?,
            ) {
                (Whole::Range(low, _), Whole::Range(_, high)) => Some(Whole::Range(low, high)),
                _ => Some(Whole::Never),
            }
        }
        CondKind::OneOf { set, .. } => {
            let values = set.iter().map(|l| {
                if let Lit::Whole(v) = l {
                    Some(i64::try_from(*v).ok())
                } else {
                    None
                }
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
        CondKind::Truth(_) => Some(Whole::Range(1, 1)),
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
    match &cond.kind {
        CondKind::Compare {
            op, left, right, ..
        } => match (lit(left), lit(right)) {
            (None, Some(_)) => bound(*op, right),
            (Some(_), None) => bound(op.flipped(), left),
            _ => None,
        },
        CondKind::Between { low, high, .. } => {
            Some((bound(Order::Ge, low)?.0, bound(Order::Le, high)?.1))
        }
        _ => None,
    }
}

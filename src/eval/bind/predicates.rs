//! Conditions that need nothing but the profile, or nothing but the event: tests of fields against constants.

use super::Binder;
use crate::ir::{Cond, CondKind, FieldRef, Order, Term, TermKind, Ty};
use crate::profile::{Predicate, Profile};

impl<P: Profile> Binder<'_, P> {
    /// A test that needs nothing but the profile, and that no passing of time can change.
    pub(crate) fn profile_test(&mut self, cond: &Cond) -> Option<Predicate<P>> {
        combined(
            cond,
            false,
            &mut |cond, negated| match tested_field(cond)? {
                FieldRef::Attribute(i) => {
                    crate::eval::leaf::test(cond, negated, &self.attribute(*i)?)
                }
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
                    crate::eval::leaf::test(cond, negated, &self.property(property).pop()?.1)
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
    Some(Cond {
        kind,
        span: cond.span,
    })
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
        CondKind::Between { value, low, high } if is_lit(low) && is_lit(high) => value,
        CondKind::OneOf {
            value,
            ignoring_case: false,
            ..
        }
        | CondKind::Truth(value) => value,
        _ => return None,
    };
    if let TermKind::Field(field) = &value.kind {
        Some(field)
    } else {
        None
    }
}

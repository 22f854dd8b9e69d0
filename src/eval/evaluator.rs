//! Values bound to a profile type, with the instant at which each changes by itself.
//!
//! Whether a value is still what it is now is a comparison with a constant, which [`compare`](super::cond::compare) knows how to
//! follow through time: where the value moves with `now` it solves for the instant at which it leaves what it is, and elsewhere it
//! goes from one instant at which something that is read may change to the next.

use super::cond::compare;
use super::context::Ctx;
use super::probe::{MAX_PROBES, ProbeBudget};
use super::value::monotonicity::Monotonicity;
use super::value::{Literal, TermNode};
use super::{BindError, Binder};
use crate::eval::collection::index::IndexCache;
use crate::ir::{Calendar, Constant, Lit, Order, Ty};
use crate::profile::{Model, Profile, Val, Value};
use crate::rule::ValueRule;
use crate::time::{Instant, NEVER, period_start};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A value for one profile at one instant, and until when it is that.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evaluated {
    /// The value.
    pub value: Value,
    /// When it next changes if no new data arrives; `None` if it never does.
    pub until: Option<Instant>,
    /// Whether it changes at `until`, as it mostly does. `false` where the search for the change ended there: the value is certain
    /// before `until` and may be the same beyond, so that one evaluates again then.
    pub is_exact: bool,
}

/// A value bound to a profile type. Immutable, cheap to clone, shared freely between threads.
///
/// ```
/// use segue::{profile::{Model, Record, Value}, Rulebook};
/// let rulebook = Rulebook::from_toml(r#"
///     [schema.events.purchased]
///     properties = { amount = "decimal(2)" }
///
///     [traits.frequency]
///     cases = [{ is = "loyal", when = "purchased at least 2 times within 12 months" }]
///     otherwise = "sporadic"
/// "#)?;
/// let model = Model::for_schema(rulebook.schema());
/// let frequency = rulebook.value("frequency").expect("a trait").bind(&model)?;
///
/// let anna = Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "purchased", "at": "2025-06-01T10:00:00Z", "props": {"amount": 20}},
///     {"kind": "purchased", "at": "2026-03-10T10:00:00Z", "props": {"amount": 35.50}}]}"#)?;
/// let evaluated = frequency.at(&anna, "2026-03-18T12:00:00Z".parse()?);
/// assert_eq!(evaluated.value, Value::from("loyal"));
/// assert_eq!(evaluated.until, Some("2026-06-01T10:00:00.000001Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Evaluator<P: Profile> {
    root: Arc<Root<P>>,
    rule: ValueRule,
}

/// A value and how it moves.
pub(super) struct Root<P: Profile> {
    term: TermNode<P>,
    /// How it moves beside a constant.
    monotonicity: Monotonicity,
}

impl<P: Profile> Clone for Evaluator<P> {
    fn clone(&self) -> Self {
        Evaluator {
            root: self.root.clone(),
            rule: self.rule.clone(),
        }
    }
}

impl<P: Profile> fmt::Debug for Evaluator<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Evaluator").field(&self.rule).finish()
    }
}

impl ValueRule {
    /// Binds the value to a profile type: names are matched by name.
    ///
    /// # Errors
    /// If the type lacks something that the value reads, or has it with another type.
    pub fn bind<P: Profile>(&self, model: &Model<P>) -> Result<Evaluator<P>, BindError> {
        let mut binder = Binder::new(model, self.schema(), self.calendar());
        let term = binder.term(self.term());
        binder.finish()?;
        Ok(Evaluator {
            root: Arc::new(Root::new(term)),
            rule: self.clone(),
        })
    }
}

impl<P: Profile> Evaluator<P> {
    /// The value for a profile at an instant. Events later than `now` are not seen.
    ///
    /// The name of an enum's value, of a stage, a weekday or a month of the year is a [`Value::Text`]; a period of the calendar is
    /// the date on which it begins; an average, and an exact number with more digits than its type holds, is a [`Value::Float`].
    /// Nothing is allocated but texts.
    #[must_use]
    pub fn value(&self, profile: &P, now: Instant) -> Value {
        let ctx = Ctx::new(profile, now.micros());
        self.given(&self.root.term.value(&ctx))
    }

    /// The value for a profile at an instant, and until when it is that.
    ///
    /// `until` is exact: just before it the value is the same, at it the value is another. One that grows as time passes, such as
    /// `now - last(purchased).at`, is another at the next microsecond. Events and changes of attributes that the profile already
    /// holds for later than `now` count when their time comes. Where finding the change would take too much work, `until` is how far
    /// the search came, and [`is_exact`](Evaluated::is_exact) says so.
    #[must_use]
    pub fn at(&self, profile: &P, now: Instant) -> Evaluated {
        let ctx = Ctx::new(profile, now.micros());
        let ty = &self.rule.term().ty;
        self.root.evaluate(&ctx, ty, self.rule.calendar())
    }

    /// The rule.
    #[must_use]
    pub fn rule(&self) -> &ValueRule {
        &self.rule
    }

    fn given(&self, val: &Val<'_>) -> Value {
        given(val, &self.rule.term().ty, self.rule.calendar())
    }
}

impl<P: Profile> Root<P> {
    pub(super) fn new(term: TermNode<P>) -> Self {
        let constant = TermNode::Literal(Literal::of(&Lit::Whole(0)));
        let monotonicity = Monotonicity::of(&term, &constant);
        Root { term, monotonicity }
    }

    /// The value, which is of a type.
    pub(super) fn value<'a>(&'a self, ctx: &Ctx<'a, P>, ty: &Ty, calendar: Calendar) -> Value {
        given(&self.term.value(ctx), ty, calendar)
    }

    /// The value, which is of a type, and until when it is that.
    pub(super) fn evaluate<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        ty: &Ty,
        calendar: Calendar,
    ) -> Evaluated {
        let value = self.term.value(ctx);
        let change = ctx.limited(|ctx| self.next_change(ctx, &value, ty));
        let (Ok(until) | Err(until)) = change;
        Evaluated {
            value: given(&value, ty, calendar),
            until: (until != NEVER).then(|| Instant::from_micros(until)),
            is_exact: change.is_ok(),
        }
    }

    /// The first instant after `ctx.now` at which the value is another, [`NEVER`] if none; `Err` where it is not found: an instant
    /// before which it does not come.
    fn next_change<'a>(&'a self, ctx: &Ctx<'a, P>, value: &Val<'_>, ty: &Ty) -> Result<i64, i64> {
        /// To index events pays from here on.
        const FEW: usize = 8;
        let mut few = 0..FEW;
        let first = self
            .valid_until(ctx, value, ty)
            .max(ctx.now.saturating_add(1));
        self.probe(ctx, (value, ty), first, || few.next().is_some())
            .or_else(|reached| {
                let mut budget = ProbeBudget::new(MAX_PROBES);
                let more = || budget.take(|| self.term.max_change_points(ctx, 1));
                IndexCache::with(|indexes| {
                    let ctx = Ctx {
                        indexes: Some(indexes),
                        ..*ctx
                    };
                    self.probe(&ctx, (value, ty), reached, more)
                })
            })
    }

    /// Looks at one instant after another, from the first on, while it may; gives the first at which the value is another, or else
    /// how far it came.
    fn probe<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        (value, ty): (&Val<'_>, &Ty),
        mut at: i64,
        mut more: impl FnMut() -> bool,
    ) -> Result<i64, i64> {
        loop {
            if at > Instant::MAX.micros() {
                return Ok(NEVER);
            }
            if ctx.is_spent() || !more() {
                return Err(at);
            }
            ctx.spend(1);
            let then = ctx.at(at);
            if !is_same(value, &self.term.value(&then), ty) {
                return Ok(at);
            }
            // INVARIANT: a value is certain for at least one microsecond.
            at = self.valid_until(&then, value, ty).max(at.saturating_add(1));
        }
    }

    /// An instant after `ctx.now` before which the value, which is `value` then, cannot change.
    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>, value: &Val<'_>, ty: &Ty) -> i64 {
        if let Some(cases) = self.term.cases() {
            return cases.next_choice(ctx);
        }
        let order = |at: &Ctx<'a, P>| {
            let then = self.term.value(at);
            if is_same(value, &then, ty) {
                Some(Ordering::Equal)
            } else if value.is_missing() || then.is_missing() {
                None
            } else {
                // Which of both does not matter.
                Some(Ordering::Less)
            }
        };
        compare::evaluate(ctx, Order::Eq, &[&self.term], self.monotonicity, order).until
    }
}

/// Whether two values of a type are given as the same.
fn is_same(a: &Val<'_>, b: &Val<'_>, ty: &Ty) -> bool {
    match (a, b, ty) {
        (Val::Missing, _, _) | (_, Val::Missing, _) => a.is_missing() && b.is_missing(),
        (Val::Place(a), Val::Place(b), _) => a == b,
        (Val::Real(a), Val::Real(b), _) => a == b,
        (a, b, Ty::Ratio(scale)) => average(a, *scale) == average(b, *scale),
        (a, b, _) => a.natural_cmp(b).is_eq(),
    }
}

fn average(of: &Val<'_>, scale: u8) -> f64 {
    of.as_real(10_f64.powi(i32::from(scale)))
}

/// A value as programs get it.
pub(crate) fn given(val: &Val<'_>, ty: &Ty, calendar: Calendar) -> Value {
    match val {
        Val::Missing => Value::Missing,
        Val::Real(number) => Value::Float(*number),
        Val::Text(text) => Value::Text((*text).to_owned()),
        Val::Inline(text) => Value::Text(text.as_str().to_owned()),
        Val::Place(place) => Value::Place(*place),
        Val::Ratio(..) => Value::Float(average(val, ty_scale(ty))),
        Val::Whole(_) if matches!(ty, Ty::Ratio(_)) => Value::Float(average(val, ty_scale(ty))),
        Val::Whole(whole) => constant(&Constant::of(&Lit::Whole(*whole), ty), calendar)
            .unwrap_or_else(|| Value::Float(average(val, ty_scale(ty)))),
    }
}

fn ty_scale(ty: &Ty) -> u8 {
    if let Ty::Exact(scale) | Ty::Ratio(scale) = ty {
        *scale
    } else {
        0
    }
}

/// A constant as a value; `None` if it has more digits than its type holds.
fn constant(of: &Constant, calendar: Calendar) -> Option<Value> {
    Some(match of {
        Constant::Bool(holds) => Value::Bool(*holds),
        Constant::Number { mantissa, scale: 0 } => Value::whole(*mantissa)?,
        Constant::Number { mantissa, scale } => {
            let mantissa = i64::try_from(*mantissa).ok()?;
            Value::Decimal(crate::value::Decimal::new(mantissa, *scale))
        }
        Constant::Float(number) => Value::Float(*number),
        Constant::Text(text) | Constant::Name(text) => Value::Text(text.clone()),
        Constant::Date(date) => Value::Date(*date),
        Constant::Instant(instant) => Value::Instant(*instant),
        Constant::Duration(duration) => Value::Duration(*duration),
        Constant::Period { unit, number } => {
            let first = period_start(*unit, *number, calendar.week_start, calendar.zone);
            Value::Date(calendar.zone.date(first))
        }
    })
}

//! Sums, differences, products and quotients.

use super::{Inner, TermNode, Value};
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::ir::{Term, Ty};
use crate::profile::{Profile, Val};
use crate::syntax::ArithmeticOp;
use crate::time::DAY;

/// `orders * 2`
pub(crate) struct Arithmetic<P: Profile> {
    op: Operation,
    left: Box<TermNode<P>>,
    right: Box<TermNode<P>>,
}

impl<P: Profile> Arithmetic<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        op: ArithmeticOp,
        left: &Term,
        right: &Term,
        result: &Ty,
    ) -> Self {
        Arithmetic {
            op: Operation::of(op, left, right, result),
            left: Box::new(binder.term(left)),
            right: Box::new(binder.term(right)),
        }
    }
}

impl<P: Profile> Value<P> for Arithmetic<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        calculate(self.op, self.left.value(ctx), self.right.value(ctx))
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.left.valid_until(ctx).min(self.right.valid_until(ctx))
    }

    fn inner(&self) -> Inner<'_, P> {
        [Some(&self.left), Some(&self.right)]
    }

    /// The checker refuses products and quotients of two values that move with `now`.
    fn is_proportional(&self) -> bool {
        !matches!(self.op, Operation::DatePlus(_) | Operation::DateMinus)
            && self.left.is_proportional()
            && self.right.is_proportional()
    }

    fn cycle(&self) -> Option<i64> {
        self.left.cycle().or(self.right.cycle())
    }

    fn inputs_valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.left
            .inputs_valid_until(ctx)
            .min(self.right.inputs_valid_until(ctx))
    }
}

/// `-balance`
pub(crate) struct Negate<P: Profile>(Box<TermNode<P>>);

impl<P: Profile> Negate<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, of: &Term) -> Self {
        Negate(Box::new(binder.term(of)))
    }
}

impl<P: Profile> Value<P> for Negate<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        match self.0.value(ctx) {
            Val::Whole(v) => v.checked_neg().map_or(Val::Missing, Val::Whole),
            Val::Ratio(n, d) => n.checked_neg().map_or(Val::Missing, |n| Val::Ratio(n, d)),
            Val::Real(v) => Val::Real(-v),
            Val::Missing | Val::Text(_) | Val::Inline(_) | Val::Place(_) => Val::Missing,
        }
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.0.valid_until(ctx)
    }

    fn inner(&self) -> Inner<'_, P> {
        [Some(&self.0), None]
    }

    fn is_proportional(&self) -> bool {
        self.0.is_proportional()
    }

    fn cycle(&self) -> Option<i64> {
        self.0.cycle()
    }

    fn inputs_valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.0.inputs_valid_until(ctx)
    }
}

/// What an arithmetic node does, settled by the types of its sides.
#[derive(Clone, Copy, Debug)]
enum Operation {
    /// Whole numbers, brought to one scale first.
    Add {
        left: i128,
        right: i128,
    },
    Subtract {
        left: i128,
        right: i128,
    },
    Multiply,
    /// As floating-point numbers, each divided by its power of ten.
    Real {
        op: ArithmeticOp,
        left: f64,
        right: f64,
    },
    /// A date plus or minus a length of whole days.
    DatePlus(i128),
    /// The days between two dates, as a length of time.
    DateMinus,
    /// A length of time times, or divided by, an exact number of this scale.
    Times(i128),
    DividedBy(i128),
    /// A length of time times (or, inverted, divided by) a floating-point number.
    TimesReal {
        inverted: bool,
    },
}

impl Operation {
    fn of(op: ArithmeticOp, left: &Term, right: &Term, result: &Ty) -> Self {
        let scale = |ty: &Ty| {
            if let Ty::Exact(s) | Ty::Ratio(s) = ty {
                u32::from(*s)
            } else {
                0
            }
        };
        let (l, r) = (scale(&left.ty), scale(&right.ty));
        #[expect(clippy::cast_possible_wrap, reason = "scales are at most 18")]
        let real = || Operation::Real {
            op,
            left: 10_f64.powi(l as i32),
            right: 10_f64.powi(r as i32),
        };
        match (op, &left.ty, &right.ty, result) {
            (_, _, _, Ty::Float) => real(),
            (_, Ty::Date, Ty::Date, _) => Operation::DateMinus,
            (ArithmeticOp::Add, Ty::Date, ..) => Operation::DatePlus(1),
            (ArithmeticOp::Subtract, Ty::Date, ..) => Operation::DatePlus(-1),
            (ArithmeticOp::Multiply, Ty::Duration, Ty::Float | Ty::Ratio(_), _) => {
                Operation::TimesReal { inverted: false }
            }
            (ArithmeticOp::Divide, Ty::Duration, Ty::Float | Ty::Ratio(_), _) => {
                Operation::TimesReal { inverted: true }
            }
            (ArithmeticOp::Multiply, Ty::Duration, ..) => Operation::Times(10_i128.pow(r)),
            (ArithmeticOp::Divide, Ty::Duration, ..) => Operation::DividedBy(10_i128.pow(r)),
            (ArithmeticOp::Multiply, ..) => Operation::Multiply,
            (ArithmeticOp::Add | ArithmeticOp::Subtract, ..) => {
                let common = l.max(r);
                let (left, right) = (10_i128.pow(common - l), 10_i128.pow(common - r));
                if op == ArithmeticOp::Add {
                    Operation::Add { left, right }
                } else {
                    Operation::Subtract { left, right }
                }
            }
            (ArithmeticOp::Divide, ..) => real(),
        }
    }
}

fn calculate<'a>(op: Operation, left: Val<'a>, right: Val<'a>) -> Val<'a> {
    let whole = |v: Option<i128>| v.map_or(Val::Missing, Val::Whole);
    if left.is_missing() || right.is_missing() {
        return Val::Missing;
    }
    if let Operation::Real {
        op,
        left: l,
        right: r,
    } = op
    {
        let (a, b) = (left.as_real(l), right.as_real(r));
        let v = match op {
            ArithmeticOp::Add => a + b,
            ArithmeticOp::Subtract => a - b,
            ArithmeticOp::Multiply => a * b,
            ArithmeticOp::Divide => a / b,
        };
        return if v.is_finite() {
            Val::Real(v)
        } else {
            Val::Missing
        };
    }
    if let Operation::TimesReal { inverted } = op {
        let Some(micros) = left.as_whole() else {
            return Val::Missing;
        };
        let by = right.as_real(1.0);
        #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
        let v = (if inverted {
            micros as f64 / by
        } else {
            micros as f64 * by
        })
        .floor();
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        return if v.abs() < 9e18 {
            Val::Whole(v as i128)
        } else {
            Val::Missing
        };
    }
    let (Some(a), Some(b)) = (left.as_whole(), right.as_whole()) else {
        return Val::Missing;
    };
    let day = i128::from(DAY);
    whole(match op {
        Operation::Add { left, right } => scaled_sum(a, left, b, right, false),
        Operation::Subtract { left, right } => scaled_sum(a, left, b, right, true),
        Operation::Multiply => a.checked_mul(b),
        Operation::DatePlus(sign) => b
            .div_euclid(day)
            .checked_mul(sign)
            .and_then(|d| a.checked_add(d)),
        Operation::DateMinus => (a - b).checked_mul(day),
        Operation::Times(scale) => a.checked_mul(b).map(|v| v.div_euclid(scale)),
        Operation::DividedBy(scale) => a.checked_mul(scale).and_then(|v| {
            let q = v.checked_div(b)?;
            Some(if v % b != 0 && ((v < 0) != (b < 0)) {
                q - 1
            } else {
                q
            })
        }),
        Operation::Real { .. } | Operation::TimesReal { .. } => None,
    })
}

fn scaled_sum(a: i128, left: i128, b: i128, right: i128, minus: bool) -> Option<i128> {
    let (a, b) = (a.checked_mul(left)?, b.checked_mul(right)?);
    if minus {
        a.checked_sub(b)
    } else {
        a.checked_add(b)
    }
}

//! What measures come to, as numbers that one calculates with: exact as long as 128 bits hold them, floating point beyond and after a
//! division.

use crate::syntax::ArithmeticOp;
use crate::value::{MAX_SCALE, Scalar, decimal_text};

/// A number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Amount {
    /// `mantissa / 10^scale`
    Exact {
        mantissa: i128,
        scale: u8,
    },
    Real(f64),
}

impl Amount {
    pub(super) const ZERO: Amount = Amount::Exact {
        mantissa: 0,
        scale: 0,
    };

    /// `None` of a division by zero, and beyond what floating point holds.
    pub(super) fn calculate(self, op: ArithmeticOp, other: Amount) -> Option<Amount> {
        let exact = match (self, other) {
            (
                Amount::Exact { mantissa: a, scale },
                Amount::Exact {
                    mantissa: b,
                    scale: of_b,
                },
            ) => exact(op, (a, scale), (b, of_b)),
            _ => None,
        };
        exact.or_else(|| {
            let (a, b) = (self.real(), other.real());
            let real = match op {
                ArithmeticOp::Add => a + b,
                ArithmeticOp::Subtract => a - b,
                ArithmeticOp::Multiply => a * b,
                ArithmeticOp::Divide => a / b,
            };
            // No negative zero.
            real.is_finite().then_some(Amount::Real(real + 0.0))
        })
    }

    pub(super) fn negated(self) -> Option<Amount> {
        Amount::ZERO.calculate(ArithmeticOp::Subtract, self)
    }

    /// Compares exactly where both are exact and of one scale.
    pub(super) fn is_more_than(self, other: Amount) -> bool {
        match (self, other) {
            (
                Amount::Exact { mantissa: a, scale },
                Amount::Exact {
                    mantissa: b,
                    scale: of_b,
                },
            ) if scale == of_b => a > b,
            _ => self.real() > other.real(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
    pub(super) fn real(self) -> f64 {
        match self {
            Amount::Exact { mantissa, scale } => mantissa as f64 / 10_f64.powi(i32::from(scale)),
            Amount::Real(real) => real,
        }
    }

    /// As reports give it: a whole number, the text of a decimal number, a floating-point number.
    pub(super) fn scalar(self) -> Scalar {
        match self {
            Amount::Exact { mantissa, scale: 0 } => {
                i64::try_from(mantissa).map_or_else(|_| Scalar::Real(self.real()), Scalar::Whole)
            }
            Amount::Exact { mantissa, scale } => Scalar::Text(decimal_text(mantissa, scale)),
            Amount::Real(real) => Scalar::Real(real),
        }
    }
}

/// `None` where the result is not exact.
fn exact(op: ArithmeticOp, a: (i128, u8), b: (i128, u8)) -> Option<Amount> {
    let scale = a.1.max(b.1);
    let aligned = |(mantissa, of): (i128, u8)| {
        mantissa.checked_mul(10_i128.checked_pow(u32::from(scale - of))?)
    };
    let (mantissa, scale) = match op {
        ArithmeticOp::Add => (aligned(a)?.checked_add(aligned(b)?)?, scale),
        ArithmeticOp::Subtract => (aligned(a)?.checked_sub(aligned(b)?)?, scale),
        ArithmeticOp::Multiply => (a.0.checked_mul(b.0)?, a.1.checked_add(b.1)?),
        ArithmeticOp::Divide => return None,
    };
    (scale <= MAX_SCALE).then_some(Amount::Exact { mantissa, scale })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(mantissa: i128, scale: u8) -> Amount {
        Amount::Exact { mantissa, scale }
    }

    #[test]
    fn numbers_stay_exact_while_they_can() {
        let calculate = |a: Amount, op, b| a.calculate(op, b);
        assert_eq!(
            calculate(exact(1999, 2), ArithmeticOp::Subtract, exact(5, 0)),
            Some(exact(1499, 2))
        );
        assert_eq!(
            calculate(exact(15, 1), ArithmeticOp::Multiply, exact(-25, 1)),
            Some(exact(-375, 2))
        );
        assert_eq!(
            calculate(exact(1, 0), ArithmeticOp::Divide, exact(4, 0)),
            Some(Amount::Real(0.25))
        );
        assert_eq!(
            calculate(exact(1, 0), ArithmeticOp::Divide, exact(0, 0)),
            None
        );
        assert_eq!(exact(-5, 2).negated(), Some(exact(5, 2)));
        assert_eq!(exact(-5, 2).scalar(), Scalar::Text("-0.05".to_owned()));
    }

    /// Beyond 128 bits a sum is the nearest floating-point number, not a wrong one.
    #[test]
    fn numbers_never_overflow() {
        let sum = exact(i128::MAX, 0).calculate(ArithmeticOp::Add, exact(i128::MAX, 0));
        assert_eq!(
            sum.map(Amount::scalar),
            Some(Scalar::Real(2.0_f64.powi(128)))
        );
        assert_eq!(
            Amount::Real(f64::MAX).calculate(ArithmeticOp::Add, Amount::Real(f64::MAX)),
            None
        );
    }
}

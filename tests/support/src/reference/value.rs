//! Values, how they compare and how one reckons with them.

use super::calendar::{self, Calendar, Micros};
use chrono::NaiveDate;
use segue::Type;
use segue::syntax::{ArithmeticOp, CalendarUnit, CompareOp, TimeSpan, TimeUnit};
use std::cmp::Ordering;

/// A value that is not missing; `Option<Value>` is one that may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Bool(bool),
    /// int and decimal
    Exact(Ratio),
    /// The average of exact numbers: "exact too" in a comparison, a float in any further arithmetic.
    Average(Ratio),
    Float(f64),
    Text(String),
    Version(String),
    /// A value of an enum and its place in the declared order.
    Name(String, usize),
    Date(NaiveDate),
    Instant(Micros),
    /// A length as written: `3 days`, `2 months`
    Span(TimeSpan),
    /// A length that was stored or computed, in microseconds
    Duration(Micros),
    /// The week, month or quarter that begins on this day
    Period(CalendarUnit, NaiveDate),
    Place(f64, f64),
    List(Vec<Value>),
}

/// An exact number: numerator and positive denominator, without a common divisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio(pub i128, pub i128);

impl Ratio {
    pub fn whole(n: impl Into<i128>) -> Ratio {
        Ratio(n.into(), 1)
    }

    /// `digits / 10^scale`
    pub fn decimal(digits: impl Into<i128>, scale: u8) -> Ratio {
        Ratio::new(digits.into(), 10_i128.pow(u32::from(scale))).expect("a power of ten")
    }

    /// `None` where the denominator is 0 or the numbers leave 128 bits.
    pub fn new(above: i128, below: i128) -> Option<Ratio> {
        let mut divisor = (above.unsigned_abs(), below.unsigned_abs());
        while divisor.1 != 0 {
            divisor = (divisor.1, divisor.0 % divisor.1);
        }
        let divisor = i128::try_from(divisor.0).ok().filter(|_| below != 0)? * below.signum();
        Some(Ratio(
            above.checked_div(divisor)?,
            below.checked_div(divisor)?,
        ))
    }

    pub fn plus(self, other: Ratio) -> Option<Ratio> {
        let above = self
            .0
            .checked_mul(other.1)?
            .checked_add(other.0.checked_mul(self.1)?)?;
        Ratio::new(above, self.1.checked_mul(other.1)?)
    }

    pub fn times(self, other: Ratio) -> Option<Ratio> {
        Ratio::new(self.0.checked_mul(other.0)?, self.1.checked_mul(other.1)?)
    }

    pub fn negative(self) -> Option<Ratio> {
        Some(Ratio(self.0.checked_neg()?, self.1))
    }

    pub fn float(self) -> f64 {
        self.0 as f64 / self.1 as f64
    }

    fn order(self, other: Ratio) -> Ordering {
        // Whole parts first; what is left is below 1, and its products fit.
        let whole = self.0.div_euclid(self.1).cmp(&other.0.div_euclid(other.1));
        let left = |r: Ratio, by: Ratio| {
            r.0.rem_euclid(r.1)
                .checked_mul(by.1)
                .expect("denominators of the tests are small")
        };
        whole.then_with(|| left(self, other).cmp(&left(other, self)))
    }
}

impl Value {
    /// The number as a float: "exact vs float comparison: convert the exact to f64".
    pub fn float(&self) -> Option<f64> {
        match self {
            Value::Exact(r) | Value::Average(r) => Some(r.float()),
            Value::Float(f) => Some(*f),
            _ => None,
        }
    }

    /// The length in microseconds, if it has one.
    pub fn micros(&self) -> Option<Micros> {
        match self {
            Value::Duration(d) => Some(*d),
            Value::Span(span) if calendar::months(*span).is_none() => Some(calendar::length(*span)),
            _ => None,
        }
    }
}

/// How two values stand to each other; `None` where they cannot be compared (the checker refuses that).
pub fn order(calendar: &Calendar, a: &Value, b: &Value) -> Option<Ordering> {
    use Value::*;
    Some(match (a, b) {
        (Bool(a), Bool(b)) => a.cmp(b),
        (Exact(a) | Average(a), Exact(b) | Average(b)) => a.order(*b),
        (Exact(_) | Average(_) | Float(_), Exact(_) | Average(_) | Float(_)) => {
            a.float()?.partial_cmp(&b.float()?)?
        }
        (Text(a), Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Version(a) | Text(a), Version(b) | Text(b)) => versions(a, b),
        (Name(a, _), Name(b, _)) if a == b => Ordering::Equal,
        (Name(_, a), Name(_, b)) => a.cmp(b),
        (Name(a, _), Text(b)) | (Text(b), Name(a, _)) => a.cmp(b),
        (Date(a), Date(b)) => a.cmp(b),
        (Instant(a), Instant(b)) => a.cmp(b),
        // Decisions: "a date as a bound stands for its whole day": an instant is before it, within it or after it.
        (Instant(t), Date(day)) if *t < calendar.start(*day) => Ordering::Less,
        (Instant(t), Date(day)) if *t >= calendar.start(day.succ_opt()?) => Ordering::Greater,
        (Instant(_), Date(_)) => Ordering::Equal,
        (Date(_), Instant(_)) => order(calendar, b, a)?.reverse(),
        (Span(_) | Duration(_), Span(_) | Duration(_)) => a.micros()?.cmp(&b.micros()?),
        (Period(unit, a), Period(other, b)) if unit == other => a.cmp(b),
        _ => return None,
    })
}

/// Decisions: "Versions: dotted numeric compare". The parts of a version before its pre-release are numbers here.
fn versions(a: &str, b: &str) -> Ordering {
    let split = |v: &str| {
        let v = v.split('+').next().unwrap_or("").to_owned();
        match v.split_once('-') {
            Some((numbers, before)) => (numbers.to_owned(), Some(before.to_owned())),
            None => (v, None),
        }
    };
    let numbers = |v: &str| {
        let mut parts: Vec<u64> = v
            .split('.')
            .map(|part| part.parse().expect("versions of the tests are numbers"))
            .collect();
        while parts.last() == Some(&0) {
            parts.pop();
        }
        parts
    };
    let ((a, before_a), (b, before_b)) = (split(a), split(b));
    numbers(&a)
        .cmp(&numbers(&b))
        .then_with(|| match (before_a, before_b) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => a.cmp(&b),
        })
}

/// Section 3: "A comparison with a missing operand is false. `!=` … \[is\] exactly the negation of `=`".
pub fn compare(calendar: &Calendar, op: CompareOp, a: Option<&Value>, b: Option<&Value>) -> bool {
    if op == CompareOp::Ne {
        return !compare(calendar, CompareOp::Eq, a, b);
    }
    let (Some(a), Some(b)) = (a, b) else {
        return false;
    };
    // Places have no order.
    if let (CompareOp::Eq, Value::Place(..), Value::Place(..)) = (op, a, b) {
        return a == b;
    }
    let Some(order) = order(calendar, a, b) else {
        panic!("{a:?} and {b:?} cannot be compared")
    };
    match op {
        CompareOp::Eq | CompareOp::Ne => order.is_eq(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    }
}

/// Sections 2 and 3: `+ - * /`. "Division by zero and overflow give *missing*."
pub fn arithmetic(calendar: &Calendar, op: ArithmeticOp, a: &Value, b: &Value) -> Option<Value> {
    use ArithmeticOp::{Add, Divide, Multiply, Subtract};
    use Value::*;
    let sign = if op == Subtract { -1 } else { 1 };
    match (op, a, b) {
        // "`+ - *` of exact numbers are exact … `/` gives a float."
        (Add, Exact(a), Exact(b)) => a.plus(*b).map(Exact),
        (Subtract, Exact(a), Exact(b)) => a.plus(b.negative()?).map(Exact),
        (Multiply, Exact(a), Exact(b)) => a.times(*b).map(Exact),
        (_, Exact(_) | Average(_) | Float(_), Exact(_) | Average(_) | Float(_)) => {
            let (a, b) = (a.float()?, b.float()?);
            finite(match op {
                Add => a + b,
                Subtract => a - b,
                Multiply => a * b,
                Divide => a / b,
            })
        }
        // "Instant − instant is a duration, instant ± duration an instant"; opposite an instant a date is its start.
        (Subtract, Instant(a), Instant(b)) => a.checked_sub(*b).map(Duration),
        (Subtract, Instant(_), Date(day)) => {
            arithmetic(calendar, op, a, &Instant(calendar.start(*day)))
        }
        (Subtract, Date(day), Instant(_)) => {
            arithmetic(calendar, op, &Instant(calendar.start(*day)), b)
        }
        (Add, Span(_) | Duration(_), Instant(_) | Date(_)) => arithmetic(calendar, op, b, a),
        (Add | Subtract, Instant(t), Span(span)) => Some(Instant(calendar.shift(*t, *span, sign))),
        (Add | Subtract, Instant(t), Duration(d)) => {
            within_time(t.checked_add(d.checked_mul(sign)?)?)
        }
        // Decisions: "date + whole days/weeks = date; date + months/quarters/years = date (clamped); date + hours… =
        // instant from the day's start. date - date = duration of 24h days."
        (Subtract, Date(a), Date(b)) => {
            a.signed_duration_since(*b).num_microseconds().map(Duration)
        }
        (Add | Subtract, Date(day), Span(span)) => match (calendar::months(*span), span.unit) {
            (Some(months), _) => calendar::shift_months(*day, sign * months).map(Date),
            (None, TimeUnit::Day | TimeUnit::Week) if calendar::length(*span) % DAY == 0 => day
                .checked_add_signed(chrono::TimeDelta::days(
                    sign * (calendar::length(*span) / DAY),
                ))
                .map(Date),
            _ => Some(Instant(calendar.shift(calendar.start(*day), *span, sign))),
        },
        (Add | Subtract, Date(day), Duration(_)) => {
            arithmetic(calendar, op, &Instant(calendar.start(*day)), b)
        }
        (Add | Subtract, Span(_) | Duration(_), Span(_) | Duration(_)) => a
            .micros()?
            .checked_add(b.micros()?.checked_mul(sign)?)
            .map(Duration),
        // Decisions: "duration * number, duration / number = duration rounded down (floor) to µs; duration / duration = float"
        (Multiply, Exact(_) | Average(_) | Float(_), Span(_) | Duration(_)) => {
            arithmetic(calendar, op, b, a)
        }
        (Multiply, Span(_) | Duration(_), Exact(r)) => floor(Ratio::whole(a.micros()?).times(*r)?),
        (Divide, Span(_) | Duration(_), Exact(r)) => {
            floor(Ratio::whole(a.micros()?).times(Ratio::new(r.1, r.0)?)?)
        }
        (Multiply, Span(_) | Duration(_), Average(_) | Float(_)) => {
            floor_float(a.micros()? as f64 * b.float()?)
        }
        (Divide, Span(_) | Duration(_), Average(_) | Float(_)) => {
            floor_float(a.micros()? as f64 / b.float()?)
        }
        (Divide, Span(_) | Duration(_), Span(_) | Duration(_)) => {
            finite(a.micros()? as f64 / b.micros()? as f64)
        }
        _ => panic!("{a:?} {op:?} {b:?} means nothing"),
    }
}

/// The microseconds of a day of 24 hours.
pub const DAY: Micros = 86_400_000_000;

fn within_time(t: Micros) -> Option<Value> {
    (calendar::FIRST..=calendar::LAST)
        .contains(&t)
        .then_some(Value::Instant(t))
}

/// "float (f64, never NaN)"; what is infinite came from a division by zero or an overflow.
pub fn finite(f: f64) -> Option<Value> {
    f.is_finite().then_some(Value::Float(f))
}

/// The sum of values of a declared type.
pub fn sum(declared: Option<Type>, values: &[Value]) -> Option<Value> {
    let zero = match declared {
        Some(Type::Duration) => Value::Duration(0),
        Some(Type::Float) => Value::Float(0.0),
        _ => Value::Exact(Ratio::whole(0)),
    };
    values.iter().try_fold(zero, |sum, v| match (sum, v) {
        (Value::Exact(a), Value::Exact(b)) => a.plus(*b).map(Value::Exact),
        (Value::Duration(a), v) => a.checked_add(v.micros()?).map(Value::Duration),
        (a, b) => finite(a.float()? + b.float()?),
    })
}

/// Section 11: "the value at rank ceil(q * n / 100) of the n values in ascending order".
pub fn nearest_rank(
    mut values: Vec<Value>,
    percent: usize,
    order: impl Fn(&Value, &Value) -> Ordering,
) -> Option<Value> {
    values.sort_by(order);
    let rank = (percent * values.len()).div_ceil(100);
    values.into_iter().nth(rank.checked_sub(1)?)
}

/// "`avg` of exact numbers compared with an exact number is exact too"; decisions: "avg of durations: duration rounded down".
pub fn average(declared: Option<Type>, values: &[Value]) -> Option<Value> {
    if values.is_empty() {
        return None;
    }
    match sum(declared, values)? {
        Value::Exact(sum) => sum
            .times(Ratio(1, values.len() as i128))
            .map(Value::Average),
        Value::Duration(sum) => Some(Value::Duration(sum.div_euclid(values.len() as i64))),
        sum => finite(sum.float()? / values.len() as f64),
    }
}

fn floor(r: Ratio) -> Option<Value> {
    i64::try_from(r.0.div_euclid(r.1)).ok().map(Value::Duration)
}

fn floor_float(f: f64) -> Option<Value> {
    let fits = f.is_finite() && (i64::MIN as f64..i64::MAX as f64).contains(&f);
    fits.then(|| Value::Duration(f.floor() as i64))
}

//! Values of reports as numbers.

use super::days;
use crate::number::{Unit, real};
use segue::Duration;
use segue::value::Scalar;

/// A value as a number, and how it is written if it says so.
pub(super) fn number(value: &Scalar) -> (Option<f64>, Option<Unit>) {
    match value {
        Scalar::Whole(n) => (Some(*n as f64), None),
        Scalar::Unsigned(n) => (Some(real(*n)), None),
        Scalar::Real(n) => (Some(*n), Some(Unit::Decimal(2))),
        Scalar::Text(text) => told(text),
        Scalar::Bool(_) => (None, None),
    }
}

/// `2%`, `9.99`, `3 minutes`
pub(super) fn told(text: &str) -> (Option<f64>, Option<Unit>) {
    if let Some(percent) = text
        .strip_suffix('%')
        .and_then(|n| n.trim().parse::<f64>().ok())
    {
        return (Some(percent / 100.0), Some(Unit::Share));
    }
    if let Ok(n) = text.parse::<f64>() {
        let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len());
        return (
            Some(n),
            Some(Unit::Decimal(u8::try_from(digits).unwrap_or(2))),
        );
    }
    match text.parse::<Duration>() {
        Ok(length) => (Some(days(length)), Some(Unit::Days)),
        Err(_) => (None, None),
    }
}

/// How the values of one figure are written: as the first that says so.
pub(super) fn unit_of<'a>(values: impl Iterator<Item = Option<&'a Scalar>>) -> Unit {
    let mut told = values.flatten().filter_map(|value| number(value).1);
    told.next().unwrap_or(Unit::Count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_say_how_they_are_written() {
        let text = |text: &str| Scalar::Text(text.to_owned());
        assert_eq!(number(&text("2%")), (Some(0.02), Some(Unit::Share)));
        assert_eq!(number(&text("-9.90")), (Some(-9.9), Some(Unit::Decimal(2))));
        assert_eq!(number(&text("36 hours")), (Some(1.5), Some(Unit::Days)));
        assert_eq!(number(&text("a lot")), (None, None));
        let values = [None, Some(Scalar::Whole(3)), Some(text("1.50"))];
        assert_eq!(unit_of(values.iter().map(Option::as_ref)), Unit::Decimal(2));
    }
}

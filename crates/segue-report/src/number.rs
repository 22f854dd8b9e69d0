//! Numbers as readers write them: `6,041`, `12.3 %`, `1.2k` at an axis.

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A whole number.
    Count,
    /// A number with so many digits behind the point.
    Decimal(u8),
    /// A share of 1, shown in percent.
    Share,
    /// A length of time in days.
    Days,
    /// A length of time in hours.
    Hours,
    /// A length of time in minutes.
    Minutes,
}

impl Unit {
    /// The number in full.
    ///
    /// ```
    /// use segue_report::Unit;
    ///
    /// assert_eq!(Unit::Count.show(6041.0), "6,041");
    /// assert_eq!(Unit::Decimal(2).show(-1234.5), "−1,234.50");
    /// assert_eq!(Unit::Share.show(0.1234), "12.3 %");
    /// assert_eq!(Unit::Days.show(3.25), "3.2 days");
    /// ```
    #[must_use]
    pub fn show(self, value: f64) -> String {
        match self {
            _ if !value.is_finite() => "–".to_owned(),
            Unit::Count => grouped(value, 0),
            Unit::Decimal(digits) => grouped(value, usize::from(digits.min(12))),
            Unit::Share => grouped(value * 100.0, 1) + " %",
            Unit::Days => length(value, "day"),
            Unit::Hours => length(value, "hour"),
            Unit::Minutes => length(value, "minute"),
        }
    }

    /// The unit in which lengths of time up to so many days are best told, and how many of it are a day.
    #[must_use]
    pub fn of_days(longest: f64) -> (Self, f64) {
        match longest {
            d if d <= 3.0 / 24.0 => (Unit::Minutes, 24.0 * 60.0),
            d if d <= 3.0 => (Unit::Hours, 24.0),
            _ => (Unit::Days, 1.0),
        }
    }

    /// The number as short as an axis wants it.
    pub(crate) fn tick(self, value: f64) -> String {
        match self {
            Unit::Share => short(value * 100.0) + " %",
            _ => short(value),
        }
    }

    /// A count in four letters: `950`, `1.2k`, `31k`.
    pub(crate) fn in_cell(value: f64) -> String {
        if (1000.0..9_950.0).contains(&value.abs()) {
            return grouped(value / 1000.0, 1) + "k";
        }
        short(value)
    }
}

/// A count in full.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count as a number to compute with, exact up to 2^53.
pub(crate) fn real(n: u64) -> f64 {
    n as f64
}

/// A position or a number of things as a number to compute with.
pub(crate) fn place(n: usize) -> f64 {
    n as f64
}

/// The share of a part, 0 of nothing.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    ratio(real(part), real(whole))
}

/// One number divided by another, 0 where that is none.
pub(crate) fn ratio(part: f64, whole: f64) -> f64 {
    let ratio = part / whole;
    if ratio.is_finite() { ratio } else { 0.0 }
}

/// A share in percent.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    Unit::Share.show(share(part, whole))
}

fn grouped(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    if value < 0.0 && text.contains(|c: char| c.is_ascii_digit() && c != '0') {
        out.push('−');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    out
}

/// `0`, `250`, `2.5k`, `10M`, `0.05`.
fn short(value: f64) -> String {
    let size = value.abs();
    let (value, suffix) = match size {
        1e12.. => (value / 1e12, "T"),
        1e9.. => (value / 1e9, "G"),
        1e6.. => (value / 1e6, "M"),
        1e4.. => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let digits = if value.abs() >= 100.0 || (value - value.round()).abs() < 1e-9 {
        0
    } else if value.abs() >= 1.0 {
        1
    } else {
        2
    };
    grouped(value, digits) + suffix
}

fn length(value: f64, one: &str) -> String {
    let digits = usize::from(value.abs() < 10.0 && (value - value.round()).abs() >= 0.05);
    let text = grouped(value, digits);
    let plural = if text == "1" { "" } else { "s" };
    format!("{text} {one}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let numbers = [0, 7, 999, 1000, 69_659, 1_000_000, u64::MAX].map(count);
        let expected = [
            "0",
            "7",
            "999",
            "1,000",
            "69,659",
            "1,000,000",
            "18,446,744,073,709,551,615",
        ];
        assert_eq!(numbers, expected);
        let numbers = [-0.4, -1234.0, 1e6].map(|n| Unit::Count.show(n));
        assert_eq!(numbers, ["0", "−1,234", "1,000,000"]);
        assert_eq!(Unit::Count.show(f64::NAN), "–");
    }

    #[test]
    fn ticks_are_short() {
        let ticks = [0.0, 250.0, 2500.0, 25_000.0, 2.5e6, 0.05, 1e13, -20_000.0]
            .map(|n| Unit::Count.tick(n));
        assert_eq!(
            ticks,
            ["0", "250", "2,500", "25k", "2.5M", "0.05", "10T", "−20k"]
        );
        assert_eq!(Unit::Share.tick(0.25), "25 %");
    }

    #[test]
    fn lengths_of_time_have_a_unit_that_fits() {
        let lengths = [0.0, 1.0, 3.25, 90.04].map(|n| Unit::Days.show(n));
        assert_eq!(lengths, ["0 days", "1 day", "3.2 days", "90 days"]);
        assert_eq!(Unit::of_days(0.1), (Unit::Minutes, 1440.0));
        assert_eq!(Unit::of_days(2.0), (Unit::Hours, 24.0));
        assert_eq!(Unit::of_days(90.0), (Unit::Days, 1.0));
    }
}

//! Constants and small words: from their value to their canonical spelling.

use crate::syntax::confusables::is_hidden;
use crate::syntax::tree::{Period, Quantifier, TimeSpan};
use crate::syntax::vocabulary::{calendar_word, unit_word};
use crate::time::{CalendarUnit, Date, Instant};

/// `30 days`, `1 month`, `1.5 hours`.
pub(super) fn print_span(span: &TimeSpan) -> String {
    let plural = if span.mantissa == 1 && span.scale == 0 {
        ""
    } else {
        "s"
    };
    format!(
        "{} {}{plural}",
        print_number(span.mantissa, span.scale),
        unit_word(span.unit)
    )
}

/// The digits of `mantissa / 10^scale`, with as many behind the point as `scale` says.
pub(in crate::syntax) fn print_number(mantissa: impl Into<i128>, scale: u8) -> String {
    let mantissa = mantissa.into();
    let sign = if mantissa < 0 { "-" } else { "" };
    let scale = usize::from(scale);
    let digits = format!("{:0width$}", mantissa.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// A string in double quotes. What cannot be seen is written by its number.
pub(in crate::syntax) fn print_string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || is_hidden(c) => {
                quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// `2024-02-29`.
pub(super) fn print_date(days: i32) -> String {
    Date::from_days(days).to_string()
}

/// `2024-02-29T10:00:00Z`, with as many digits of a fraction as there are.
pub(super) fn print_instant(micros: i64) -> String {
    let text = Instant::from_micros(micros).to_string();
    match text.strip_suffix('Z') {
        Some(text) if text.contains('.') => format!("{}Z", text.trim_end_matches('0')),
        _ => text,
    }
}

/// `3 times`, `1 time`.
pub(super) fn times(n: u32) -> String {
    if n == 1 {
        "1 time".to_owned()
    } else {
        format!("{n} times")
    }
}

/// The word before `of`.
pub(super) fn quantifier_word(quantifier: Quantifier) -> &'static str {
    match quantifier {
        Quantifier::Any => "any",
        Quantifier::All => "all",
        Quantifier::None => "none",
    }
}

/// What stands behind `during`.
pub(super) fn period_words(period: Period) -> String {
    use CalendarUnit::Day;
    let plural = |count: u32| if count == 1 { "" } else { "s" };
    match period {
        Period::Single {
            unit: Day,
            offset: 0,
        } => "today".to_owned(),
        Period::Single {
            unit: Day,
            offset: -1,
        } => "yesterday".to_owned(),
        Period::Single {
            unit: Day,
            offset: 1,
        } => "tomorrow".to_owned(),
        Period::Single { unit, offset: -1 } => format!("last {}", calendar_word(unit)),
        Period::Single { unit, offset: 1 } => format!("next {}", calendar_word(unit)),
        Period::Single { unit, .. } => format!("this {}", calendar_word(unit)),
        Period::Last { unit, count } => {
            format!("last {count} {}{}", calendar_word(unit), plural(count))
        }
        Period::Next { unit, count } => {
            format!("next {count} {}{}", calendar_word(unit), plural(count))
        }
    }
}

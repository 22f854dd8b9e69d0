//! Constants and small words: from their value to their canonical spelling.

use super::literal::EPOCH_FROM_CE;
use super::tree::{Aggregate, Period, Quantifier, TimeSpan};
use crate::time::{CalendarUnit, TimeUnit};
use chrono::{DateTime, NaiveDate, SecondsFormat};

/// The singular of a unit.
pub(super) fn unit_word(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "second",
        TimeUnit::Minute => "minute",
        TimeUnit::Hour => "hour",
        TimeUnit::Day => "day",
        TimeUnit::Week => "week",
        TimeUnit::Month => "month",
        TimeUnit::Quarter => "quarter",
        TimeUnit::Year => "year",
    }
}

/// The singular of a period.
pub(super) fn calendar_word(unit: CalendarUnit) -> &'static str {
    match unit {
        CalendarUnit::Day => "day",
        CalendarUnit::Week => "week",
        CalendarUnit::Month => "month",
        CalendarUnit::Quarter => "quarter",
        CalendarUnit::Year => "year",
    }
}

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
pub(super) fn print_number(mantissa: i64, scale: u8) -> String {
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
pub(super) fn print_string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || super::suspicious::is_hidden(c) => {
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
    match NaiveDate::from_num_days_from_ce_opt(days.saturating_add(EPOCH_FROM_CE)) {
        Some(date) => date.format("%Y-%m-%d").to_string(),
        None => format!("{days}"),
    }
}

/// `2024-02-29T10:00:00Z`, with a fraction where there is one.
pub(super) fn print_instant(micros: i64) -> String {
    match DateTime::from_timestamp_micros(micros) {
        Some(instant) => {
            let text = instant.to_rfc3339_opts(SecondsFormat::Micros, true);
            let text = text
                .trim_end_matches('Z')
                .trim_end_matches('0')
                .trim_end_matches('.');
            format!("{text}Z")
        }
        None => format!("{micros}"),
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

/// The function's name.
pub(crate) fn aggregate_word(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Count => "count",
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::Distinct => "distinct",
        Aggregate::First => "first",
        Aggregate::Last => "last",
        Aggregate::Top => "top",
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

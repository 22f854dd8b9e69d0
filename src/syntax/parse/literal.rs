//! Constants: from their spelling to their value.

use super::cursor::ParseResult;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::lexer::shorten;
use crate::time::{Date, Instant};
use chrono::{DateTime, NaiveDate, NaiveTime, Timelike};
use std::ops::RangeInclusive;

/// How many digits the number of a duration, of a percentage, of degrees, and every number with a decimal point may have; all of
/// them fit an `i64`.
const MAX_DIGITS: usize = 18;

/// A constant: a whole number of 64 bits, or one with a decimal point.
pub(super) fn number(text: &str, span: Span) -> ParseResult<(i128, u8)> {
    if text.contains('.') {
        return short_number(text, span).map(|(mantissa, scale)| (i128::from(mantissa), scale));
    }
    match text.parse::<u64>() {
        Ok(value) => Ok((i128::from(value), 0)),
        Err(_) => Err(Box::new(too_large(text, span).help(format!(
            "a number may be at most {}; write a longer id as a string, and declare its type as `string`",
            u64::MAX
        )))),
    }
}

/// Digits with at most one point among them.
pub(super) fn short_number(text: &str, span: Span) -> ParseResult<(i64, u8)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.trim_start_matches('0').len() + fraction.len();
    let mantissa = format!("{whole}{fraction}").parse();
    match (mantissa, u8::try_from(fraction.len())) {
        (Ok(mantissa), Ok(scale)) if digits <= MAX_DIGITS => Ok((mantissa, scale)),
        _ => Err(Box::new(
            too_large(text, span)
                .label(format!("{digits} digits"))
                .help(format!(
                    "here a number may have up to {MAX_DIGITS} digits, those after the point included"
                )),
        )),
    }
}

fn too_large(text: &str, span: Span) -> Diagnostic {
    let message = format!("the number `{}` is too large", shorten(text));
    Diagnostic::error("E0019", span, message)
}

/// Digits only.
pub(super) fn whole(text: &str, span: Span) -> ParseResult<u32> {
    text.parse().map_err(|_| {
        Box::new(too_large(text, span).help(format!("here a number may be at most {}", u32::MAX)))
    })
}

/// The text between the quotes, escapes undone.
pub(super) fn string(quoted: &str, span: Span) -> ParseResult<String> {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("");
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner.char_indices();
    while let Some((at, c)) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        let start = span.start as usize + 1 + at;
        match rest.next().map(|(_, c)| c) {
            Some('"') => text.push('"'),
            Some('\\') => text.push('\\'),
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('u') => {
                let tail = rest.as_str();
                let hex = tail
                    .strip_prefix('{')
                    .and_then(|t| t.split_once('}'))
                    .map(|(hex, _)| hex);
                let decoded = hex
                    .filter(|hex| {
                        (1..=6).contains(&hex.len()) && hex.bytes().all(|b| b.is_ascii_hexdigit())
                    })
                    .and_then(|hex| u32::from_str_radix(hex, 16).ok())
                    .and_then(char::from_u32);
                let Some(decoded) = decoded else {
                    let length = 2 + hex.map_or(0, |hex| hex.len() + 2);
                    return Err(Box::new(
                        Diagnostic::error(
                            "E0023",
                            Span::new(start, start + length),
                            "this is not a Unicode character",
                        )
                        .help("write a character by its number as in `\\u{e9}`"),
                    ));
                };
                text.push(decoded);
                for _ in 0..hex.map_or(0, |hex| hex.len() + 2) {
                    rest.next();
                }
            }
            other => {
                let escape: String = std::iter::once('\\').chain(other).collect();
                let end = start + escape.len();
                return Err(Box::new(Diagnostic::error("E0023", Span::new(start, end), format!("unknown escape `{escape}` in a string"))
                    .help("the escapes are `\\\"`, `\\\\`, `\\n`, `\\t` and `\\u{…}`; for a backslash itself write `\\\\`")
                    .fix(Span::new(start, start + 1), "\\\\")));
            }
        }
    }
    Ok(text)
}

fn not_a_date(text: &str, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::error("E0020", span, format!("`{text}` is not a date"));
    let parts: Vec<u32> = text
        .split('-')
        .filter_map(|part| part.parse().ok())
        .collect();
    let [year, month, day] = parts[..] else {
        return diagnostic;
    };
    if text.len() < 10 {
        let full = format!("{year:04}-{month:02}-{day:02}");
        return diagnostic
            .help(format!("write month and day with two digits: `{full}`"))
            .fix(span, full);
    }
    if year == 0 {
        return diagnostic.help("dates lie between the years 1 and 9999");
    }
    if !(1..=12).contains(&month) {
        return diagnostic
            .label(format!("there is no month {month}"))
            .help("a date is written year-month-day");
    }
    let last = (28..=31)
        .rev()
        .find(|day| date_of(year, month, *day).is_some())
        .unwrap_or(28);
    diagnostic.label(format!(
        "month {month} of {year} has {last} days, not {day}"
    ))
}

fn date_of(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// `2024-02-29`, in days since 1970-01-01.
pub(super) fn date(text: &str, span: Span) -> ParseResult<i32> {
    text.parse()
        .map(Date::days)
        .map_err(|_| Box::new(not_a_date(text, span)))
}

/// The instants of the years 1 to 9999.
const WHOLE_YEARS: RangeInclusive<i64> = Instant::MIN.micros()..=Instant::MAX.micros();

/// An RFC 3339 instant, in microseconds since 1970-01-01T00:00:00Z.
pub(super) fn instant(text: &str, span: Span) -> ParseResult<i64> {
    let (day, rest) = text.split_once('T').unwrap_or((text, ""));
    date(
        day,
        Span::new(span.start as usize, span.start as usize + day.len()),
    )?;
    let zone = rest.find(['Z', '+', '-']);
    let clock = &rest[..zone.unwrap_or(rest.len())];
    let bad = Diagnostic::error("E0020", span, format!("`{text}` is not an instant"));
    if zone.is_none() {
        let seconds = if clock.matches(':').count() == 1 {
            ":00"
        } else {
            ""
        };
        return Err(Box::new(
            bad.label("no time zone")
                .help("an instant ends in `Z` for UTC or in an offset such as `+02:00`")
                .fix(span, format!("{text}{seconds}Z")),
        ));
    }
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    if fraction.len() > 6 {
        return Err(Box::new(
            bad.label("more than six digits after the point")
                .help("instants are kept in microseconds"),
        ));
    }
    if NaiveTime::parse_from_str(seconds, "%H:%M:%S")
        .ok()
        .filter(|time| time.nanosecond() < 1_000_000_000)
        .is_none()
    {
        return Err(Box::new(bad.help(
            "the time of day is written hours:minutes:seconds, from 00:00:00 to 23:59:59",
        )));
    }
    match DateTime::parse_from_rfc3339(text) {
        Ok(instant) if WHOLE_YEARS.contains(&instant.timestamp_micros()) => {
            Ok(instant.timestamp_micros())
        }
        Ok(_) => Err(Box::new(
            bad.help("instants lie between the years 1 and 9999 of UTC"),
        )),
        Err(_) => Err(Box::new(bad.help(
            "an instant is written as in `2024-02-29T10:00:00Z` or `2024-02-29T10:00:00+02:00`",
        ))),
    }
}

//! Values as text, spelled as an expression spells them.

use crate::ir::{Calendar, Lit, Ty};
use crate::profile::Val;
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, Literal, quoted_name};
use crate::time::CalendarUnit;
use crate::time::{DAY, Date, Duration, HOUR, Instant, MINUTE, SECOND, Zone, period_start};
use crate::value::{GeoPoint, decimal_text};
use chrono::{FixedOffset, SecondsFormat};

/// The most characters of a text that are shown.
const SHOWN: usize = 80;

/// A value as text; `None` where it is missing.
pub(super) fn show(val: &Val<'_>, ty: &Ty, calendar: Calendar) -> Option<String> {
    Some(match (val, ty) {
        (Val::Missing, _) => return None,
        (Val::Whole(v), ty) => whole(*v, ty, calendar),
        (Val::Ratio(n, d), Ty::Ratio(scale)) => ratio(*n, *d, *scale),
        (Val::Ratio(n, d), _) => ratio(*n, *d, 0),
        (Val::Real(v), _) => real(*v),
        (Val::Text(text), _) => quoted(text),
        (Val::Inline(text), _) => quoted(text.as_str()),
        (Val::Place(GeoPoint { lat, lon }), _) => format!("({lat}, {lon})"),
    })
}

/// A constant as text.
pub(super) fn show_lit(lit: &Lit, ty: &Ty, calendar: Calendar) -> String {
    match lit {
        Lit::Whole(v) => whole(*v, ty, calendar),
        Lit::Real(v) => real(*v),
        Lit::Text(text) => quoted(text),
    }
}

fn whole(v: i128, ty: &Ty, calendar: Calendar) -> String {
    let small = || i64::try_from(v).unwrap_or(if v < 0 { i64::MIN } else { i64::MAX });
    let position = |from: i128| usize::try_from(v - from).ok();
    match ty {
        Ty::Bool => if v == 0 { "false" } else { "true" }.to_owned(),
        Ty::Exact(scale) | Ty::Ratio(scale) => decimal_text(v, *scale),
        Ty::Enum(e) => position(0)
            .and_then(|i| e.values.get(i))
            .map_or_else(|| v.to_string(), |name| quoted_name(name)),
        Ty::Named(names) => position(1)
            .and_then(|i| names.get(i))
            .map_or_else(|| v.to_string(), |name| (*name).to_owned()),
        Ty::Date => Date::from_days(i32::try_from(v).unwrap_or(i32::MAX)).to_string(),
        Ty::Instant => instant(small(), calendar.zone),
        Ty::Duration => Duration::from_micros(small()).to_string(),
        Ty::Period(unit) => period(*unit, small(), calendar),
        Ty::Float | Ty::String | Ty::Version | Ty::Place => v.to_string(),
    }
}

/// An instant in a zone, with the zone's offset: `2026-03-31T12:00:00+02:00`.
pub(super) fn instant(micros: i64, zone: Zone) -> String {
    let at = Instant::from_micros(micros);
    let offset = zone.offset(at.micros()) / SECOND;
    let whole_minutes = i32::try_from(offset)
        .ok()
        .filter(|o| o % 60 == 0)
        .and_then(FixedOffset::east_opt);
    let text = match whole_minutes {
        Some(offset) if zone != Zone::UTC => at
            .to_utc()
            .with_timezone(&offset)
            .to_rfc3339_opts(SecondsFormat::Micros, false),
        // An expression cannot spell offsets of seconds, which clocks had long ago.
        _ => at.to_utc().to_rfc3339_opts(SecondsFormat::Micros, true),
    };
    let Some((clock, rest)) = text.split_once('.') else {
        return text;
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, offset) = rest.split_at(digits);
    match fraction.trim_end_matches('0') {
        "" => format!("{clock}{offset}"),
        fraction => format!("{clock}.{fraction}{offset}"),
    }
}

/// An instant for people: `2026-03-31 at 12:00`. A microsecond more or less is not worth saying.
pub(super) fn plain_instant(micros: i64, zone: Zone) -> String {
    let local = zone.local(Instant::from_micros(micros).micros());
    let (days, clock) = (local.div_euclid(DAY), local.rem_euclid(DAY));
    let date = Date::from_days(i32::try_from(days).unwrap_or(i32::MAX));
    let (hour, minute, second) = (clock / HOUR, clock % HOUR / MINUTE, clock % MINUTE / SECOND);
    if second == 0 {
        format!("{date} at {hour:02}:{minute:02}")
    } else {
        format!("{date} at {hour:02}:{minute:02}:{second:02}")
    }
}

/// A length of time in one or two units, rounded down: for how far something is from what is asked.
pub(super) fn rough(micros: i64) -> String {
    let n = micros.unsigned_abs();
    let unit = |u: i64| u.unsigned_abs();
    let part = match n {
        n if n >= 10 * unit(DAY) => unit(DAY),
        n if n >= unit(DAY) => unit(HOUR),
        n if n >= unit(HOUR) => unit(MINUTE),
        n if n >= unit(MINUTE) => unit(SECOND),
        n if n >= unit(SECOND) => unit(SECOND),
        1 => return "1 microsecond".to_owned(),
        n => return format!("{n} microseconds"),
    };
    Duration::from_micros(i64::try_from(n - n % part).unwrap_or(i64::MAX)).to_string()
}

fn period(unit: CalendarUnit, number: i64, calendar: Calendar) -> String {
    match unit {
        CalendarUnit::Day => Date::from_days(i32::try_from(number).unwrap_or(i32::MAX)).to_string(),
        CalendarUnit::Week => {
            format!(
                "week of {}",
                calendar.zone.date(period_start(
                    unit,
                    number,
                    calendar.week_start,
                    calendar.zone
                ))
            )
        }
        CalendarUnit::Month => {
            format!("{}-{:02}", number.div_euclid(12), number.rem_euclid(12) + 1)
        }
        CalendarUnit::Quarter => format!("{}-Q{}", number.div_euclid(4), number.rem_euclid(4) + 1),
        CalendarUnit::Year => number.to_string(),
    }
}

pub(super) fn period_of(unit: CalendarUnit, number: i64, calendar: Calendar) -> String {
    period(unit, number, calendar)
}

/// A floating-point number without the digits that only its binary form makes.
pub(super) fn real(v: f64) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let digits = 12.0 - v.abs().log10().floor().clamp(-300.0, 300.0);
    if !(0.0..=24.0).contains(&digits) {
        return v.to_string();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between 0 and 24"
    )]
    let text = format!("{v:.*}", digits as usize);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// An average: exact where it can be written, and otherwise rounded.
fn ratio(n: i128, d: i128, scale: u8) -> String {
    let more = u32::from(4_u8.saturating_sub(scale)).max(2);
    let (scaled, more) = match n.checked_mul(10_i128.pow(more)) {
        Some(scaled) => (scaled, more),
        None => (n, 0),
    };
    let scale = scale.saturating_add(u8::try_from(more).unwrap_or(0));
    if d == 0 {
        return "0".to_owned();
    }
    let text = decimal_text(scaled / d, scale);
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if scaled % d == 0 {
        text.to_owned()
    } else {
        format!("about {text}")
    }
}

/// A text in quotes, at most so much of it that a line stays readable.
pub(super) fn quoted(text: &str) -> String {
    let short = match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    };
    Expr {
        kind: ExprKind::Literal(Literal::String(short)),
        span: Span::default(),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_shown_in_the_zone() {
        let rome: Zone = "Europe/Rome".parse().unwrap();
        let at = |text: &str| text.parse::<Instant>().unwrap().micros();
        assert_eq!(
            instant(at("2026-03-31T10:00:00Z"), rome),
            "2026-03-31T12:00:00+02:00"
        );
        assert_eq!(
            instant(at("2026-03-31T10:00:00.000001Z"), Zone::UTC),
            "2026-03-31T10:00:00.000001Z"
        );
        assert_eq!(
            instant(at("2026-03-31T10:00:00.5Z"), rome),
            "2026-03-31T12:00:00.5+02:00"
        );
        assert_eq!(
            instant(at("1800-01-01T00:00:00Z"), rome),
            "1800-01-01T00:00:00Z"
        );
        assert_eq!(
            plain_instant(at("2026-03-31T10:00:00.000001Z"), rome),
            "2026-03-31 at 12:00"
        );
    }

    #[test]
    fn lengths_are_rounded_down() {
        for (micros, text) in [
            (12 * DAY + 5 * HOUR, "12 days"),
            (2 * DAY + 5 * HOUR + 3 * MINUTE, "2 days 5 hours"),
            (DAY, "1 day"),
            (90 * MINUTE + 1, "1 hour 30 minutes"),
            (-90 * SECOND, "1 minute 30 seconds"),
            (1, "1 microsecond"),
        ] {
            assert_eq!(rough(micros), text);
        }
    }

    #[test]
    fn numbers_lose_no_digit_that_means_something() {
        assert_eq!(real(0.1 + 0.2), "0.3");
        assert_eq!(real(1234.5), "1234.5");
        assert_eq!(real(-2.0), "-2");
        assert_eq!(ratio(4000, 3, 2), "about 13.3333");
        assert_eq!(ratio(4000, 4, 2), "10");
        assert_eq!(ratio(1, 2, 0), "0.5");
        assert_eq!(ratio(1500, 1, 0), "1500");
    }
}

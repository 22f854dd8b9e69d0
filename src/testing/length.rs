//! Lengths of time in tests.

use crate::check::normal;
use crate::ir::CalendarSpan;
use crate::syntax::{ExprKind, Literal, parse};
use crate::time::{DAY, Duration, HOUR, Instant, MINUTE, SECOND, Zone, add_months};

/// A length of time: fixed, or of calendar months, which are counted in a zone.
///
/// Made by [`days`] and its kin, from a [`Duration`], or from a text as expressions spell it: `"3 days"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Length(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Span(CalendarSpan),
    /// To be complained about where it is used.
    Unreadable(String),
}

impl Length {
    /// The instant this long after another, or (`back`) before it.
    pub(crate) fn from(&self, at: Instant, back: bool, zone: Zone) -> Result<Instant, String> {
        let sign = if back { -1 } else { 1 };
        match &self.0 {
            Kind::Span(CalendarSpan::Micros(n)) => Ok(Instant::from_micros(
                at.micros().saturating_add(n.saturating_mul(sign)),
            )),
            Kind::Span(CalendarSpan::Months(n)) => Ok(add_months(at, n.saturating_mul(sign), zone)),
            Kind::Unreadable(text) => Err(format!(
                "`{text}` is not a duration; write it as `3 days` or `2 months`"
            )),
        }
    }
}

impl From<Duration> for Length {
    fn from(d: Duration) -> Self {
        Length(Kind::Span(CalendarSpan::Micros(d.micros())))
    }
}

impl From<&str> for Length {
    /// What is not a length of time is complained about where it is used.
    fn from(text: &str) -> Self {
        let length = match parse(text).map(|e| e.kind) {
            Ok(ExprKind::Literal(Literal::Duration(span))) => normal(span),
            _ => None,
        };
        Length(length.map_or_else(|| Kind::Unreadable(text.to_owned()), Kind::Span))
    }
}

fn fixed(n: i64, unit: i64) -> Length {
    Length(Kind::Span(CalendarSpan::Micros(n.saturating_mul(unit))))
}

/// So many seconds.
#[must_use]
pub fn seconds(n: i64) -> Length {
    fixed(n, SECOND)
}

/// So many minutes.
#[must_use]
pub fn minutes(n: i64) -> Length {
    fixed(n, MINUTE)
}

/// So many hours.
#[must_use]
pub fn hours(n: i64) -> Length {
    fixed(n, HOUR)
}

/// So many days of 24 hours.
#[must_use]
pub fn days(n: i64) -> Length {
    fixed(n, DAY)
}

/// So many weeks.
#[must_use]
pub fn weeks(n: i64) -> Length {
    fixed(n, 7 * DAY)
}

/// So many calendar months.
#[must_use]
pub fn months(n: i64) -> Length {
    Length(Kind::Span(CalendarSpan::Months(n)))
}

/// So many calendar years.
#[must_use]
pub fn years(n: i64) -> Length {
    months(n.saturating_mul(12))
}

//! Written lengths of time.

use super::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::CalendarSpan;
use crate::span::Span;
use crate::syntax::TimeSpan;
use crate::time::{DAY, HOUR, MINUTE, SECOND, TimeUnit};

impl Checker<'_> {
    /// A length of time, fixed or of months.
    pub(super) fn calendar_span(&mut self, span: TimeSpan, at: Span) -> Option<CalendarSpan> {
        match normal(span) {
            Some(length) => Some(length),
            None => self.report(
                Diagnostic::error("E0115", at, "this duration is too long")
                    .help("a duration has at most 9,999 years; a fraction needs a fixed unit (seconds to weeks)"),
            ),
        }
    }
}

/// A written length of time, fixed or of months; `None` where it is too long.
pub(crate) fn normal(span: TimeSpan) -> Option<CalendarSpan> {
    const MAX_MONTHS: i64 = 9_999 * 12;
    let fixed = |unit: i64| -> Option<CalendarSpan> {
        let scale = 10_i128.checked_pow(u32::from(span.scale))?;
        let micros = i128::from(span.mantissa).checked_mul(i128::from(unit))? / scale;
        i64::try_from(micros)
            .ok()
            .filter(|m| *m <= MAX_MONTHS / 12 * 366 * DAY)
            .map(CalendarSpan::Micros)
    };
    let months = |unit: i64| -> Option<CalendarSpan> {
        (span.scale == 0).then_some(())?;
        span.mantissa
            .checked_mul(unit)
            .filter(|m| *m <= MAX_MONTHS)
            .map(CalendarSpan::Months)
    };
    match span.unit {
        TimeUnit::Second => fixed(SECOND),
        TimeUnit::Minute => fixed(MINUTE),
        TimeUnit::Hour => fixed(HOUR),
        TimeUnit::Day => fixed(DAY),
        TimeUnit::Week => fixed(7 * DAY),
        TimeUnit::Month => months(1),
        TimeUnit::Quarter => months(3),
        TimeUnit::Year => months(12),
    }
}

//! Re-entry and cooldown: how often one profile may enter a trigger.

use crate::engine::state::EntryRecord;
use crate::engine::suppression::SuppressionReason;
use crate::ir::CalendarSpan;
use crate::rule::trigger::{Again, Occasion, Trigger};
use crate::time::{DAY, Instant, Zone, add_months};

/// An instant, so much later.
pub(crate) fn plus(t: i64, length: CalendarSpan, zone: Zone) -> i64 {
    let (months, micros) = length.parts();
    let moved = if months == 0 {
        t
    } else {
        add_months(Instant::from_micros(t), months, zone).micros()
    };
    moved.saturating_add(micros)
}

/// An instant, so much later as clocks show it: whole days are those of the calendar.
///
/// What comes every day at nine has a day between, also where that day has 23 hours.
pub(crate) fn plus_by_clock(t: i64, length: CalendarSpan, zone: Zone) -> i64 {
    match length {
        CalendarSpan::Micros(micros) if micros % DAY == 0 => {
            // What clocks leave out has come at the end of the gap: it is counted from where the gap began.
            let local = zone.local(t).min(zone.local(t.saturating_sub(1)) + 1);
            zone.instant(local.saturating_add(micros))
        }
        CalendarSpan::Micros(_) | CalendarSpan::Months(_) => plus(t, length, zone),
    }
}

/// When a trigger may be entered again (counted from the last entry), and when it may act again (counted from its last
/// effect).
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReentryPolicy {
    again: Again,
    cooldown: Option<CalendarSpan>,
    /// Whether the trigger comes by the clock: then whole days are those of the calendar.
    is_by_clock: bool,
}

impl ReentryPolicy {
    pub(crate) fn of(trigger: &Trigger) -> Self {
        ReentryPolicy {
            again: trigger.again,
            cooldown: trigger.cooldown,
            is_by_clock: matches!(
                trigger.occasion,
                Occasion::Date(_) | Occasion::Schedule { .. }
            ),
        }
    }

    /// When a length is over that began at an instant.
    fn end(&self, t: i64, length: CalendarSpan, zone: Zone) -> i64 {
        if self.is_by_clock {
            plus_by_clock(t, length, zone)
        } else {
            plus(t, length, zone)
        }
    }

    /// Whether a profile may enter any number of times.
    pub(crate) fn is_always(&self) -> bool {
        matches!(self.again, Again::Always)
    }

    pub(crate) fn has_cooldown(&self) -> bool {
        self.cooldown.is_some()
    }

    /// Why a profile with this last entry may not enter at `at`, which is judged `now`.
    pub(crate) fn refusal(
        &self,
        last: &EntryRecord,
        zone: Zone,
        at: i64,
        now: i64,
    ) -> Option<SuppressionReason> {
        if let Some(refusal) = self.refusal_of_entry(last, zone, at) {
            return Some(refusal);
        }
        let next = Instant::from_micros(self.cooldown_end(last, zone, now)?);
        Some(SuppressionReason::Cooldown { next })
    }

    /// Why a profile with this last entry may not enter at `at`, whenever that is judged.
    pub(crate) fn refusal_of_entry(
        &self,
        last: &EntryRecord,
        zone: Zone,
        at: i64,
    ) -> Option<SuppressionReason> {
        let next = match self.again {
            Again::Always => return None,
            Again::Once => return Some(SuppressionReason::Reentry { next: None }),
            Again::After(length) => self.end(last.entered, length, zone),
            Again::AfterLeaving(length) => self.end(last.left?, length, zone),
        };
        let next = (at < next).then(|| Instant::from_micros(next))?;
        Some(SuppressionReason::Reentry { next: Some(next) })
    }

    /// When the cooldown after the trigger's last effect ends, if it has not ended.
    pub(crate) fn cooldown_end(&self, last: &EntryRecord, zone: Zone, now: i64) -> Option<i64> {
        let end = self.end(last.acted?, self.cooldown?, zone);
        (now < end).then_some(end)
    }

    /// Whether a last entry may still refuse another, or tell entries of one instant apart. No entry is earlier than `late`.
    pub(crate) fn is_relevant(&self, last: &EntryRecord, zone: Zone, late: i64, now: i64) -> bool {
        // In another zone, to which the profile may move, months may end later.
        const MARGIN: i64 = 2 * DAY;
        let again = match self.again {
            Again::Always => None,
            Again::Once => return true,
            Again::After(length) => Some(self.end(last.entered, length, zone)),
            Again::AfterLeaving(length) => last.left.map(|left| self.end(left, length, zone)),
        };
        let cooled = last
            .acted
            .zip(self.cooldown)
            .map(|(acted, cooldown)| self.end(acted, cooldown, zone));
        last.entered >= now
            || again.is_some_and(|end| end.saturating_add(MARGIN) > late)
            || cooled.is_some_and(|end| end.saturating_add(MARGIN) > now)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::engine::ids::TriggerId;

    fn length(text: &str) -> CalendarSpan {
        let (n, unit) = text.split_once(' ').unwrap();
        let n: i64 = n.parse().unwrap();
        if unit.starts_with("month") {
            CalendarSpan::Months(n)
        } else {
            CalendarSpan::Micros(n * DAY)
        }
    }

    fn at(text: &str) -> i64 {
        text.parse::<Instant>().unwrap().micros()
    }

    /// Until when a trigger refuses, or `open`, or `never`.
    fn refused(again: Again, cooldown: Option<&str>, acted: Option<&str>) -> String {
        let zone = "Europe/Rome".parse().unwrap();
        let now = at("2026-02-04T12:00:00Z");
        let policy = ReentryPolicy {
            again,
            cooldown: cooldown.map(length),
            is_by_clock: false,
        };
        let last = EntryRecord {
            trigger: TriggerId::new(0),
            key: None,
            entered: at("2026-01-31T12:00:00Z"),
            acted: acted.map(at),
            left: None,
            entries_then: 1,
            actor: None,
        };
        let refusal = |now: i64| policy.refusal(&last, zone, now, now);
        match refusal(now) {
            None => "open".to_owned(),
            Some(
                SuppressionReason::Reentry { next: Some(next) }
                | SuppressionReason::Cooldown { next },
            ) => {
                assert_ne!(refusal(next.micros()), refusal(now), "the first instant");
                assert_eq!(refusal(next.micros() - 1), refusal(now));
                next.to_string()
            }
            Some(_) => "never".to_owned(),
        }
    }

    #[test]
    fn entries_and_effects_are_counted_apart() {
        let acted = Some("2026-02-03T12:00:00Z");
        let after = |text: &str| Again::After(length(text));
        for (again, cooldown, acted, until) in [
            (Again::Always, None, acted, "open"),
            (Again::Once, None, acted, "never"),
            (after("4 days"), None, acted, "open"),
            (after("5 days"), None, acted, "2026-02-05T12:00:00Z"),
            (after("1 month"), None, acted, "2026-02-28T12:00:00Z"),
            (Again::Always, Some("7 days"), acted, "2026-02-10T12:00:00Z"),
            (Again::Always, Some("7 days"), None, "open"),
            (
                after("5 days"),
                Some("7 days"),
                acted,
                "2026-02-05T12:00:00Z",
            ),
        ] {
            assert_eq!(
                refused(again, cooldown, acted),
                until,
                "{again:?} {cooldown:?}"
            );
        }
    }

    /// At nine every day, clocks going forward on the 29th of March; and at half past two, which is left out then.
    #[test]
    fn by_the_clock_days_are_those_of_the_calendar() {
        let zone: Zone = "Europe/Rome".parse().unwrap();
        let end = |is_by_clock: bool, length: CalendarSpan, from: &str| {
            let policy = ReentryPolicy {
                again: Again::Always,
                cooldown: None,
                is_by_clock,
            };
            Instant::from_micros(policy.end(at(from), length, zone)).to_string()
        };
        let days = |n: i64| CalendarSpan::Micros(n * DAY);
        let nine = "2026-03-28T08:00:00Z";
        assert_eq!(end(true, days(1), nine), "2026-03-29T07:00:00Z");
        assert_eq!(end(true, days(14), nine), "2026-04-11T07:00:00Z");
        assert_eq!(end(false, days(1), nine), "2026-03-29T08:00:00Z");
        let hours = CalendarSpan::Micros(DAY / 2);
        assert_eq!(end(true, hours, nine), "2026-03-28T20:00:00Z");
        let gap = "2026-03-29T01:00:00Z";
        assert_eq!(end(true, days(1), gap), "2026-03-30T00:00:00Z");
    }
}

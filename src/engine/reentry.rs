//! How often one profile may enter a trigger: `again` and `cooldown`.

use super::suppression::SuppressionReason;
use crate::ir::CalendarSpan;
use crate::rule::trigger::{Again, Trigger};
use crate::time::{DAY, Instant, Zone, add_months};
use serde::{Deserialize, Serialize};

/// When a profile last entered a trigger (per value of `per`), and when the trigger last did something for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Past {
    pub(crate) entered: i64,
    pub(crate) acted: Option<i64>,
}

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

impl Trigger {
    /// What keeps a profile with this past from entering on an occasion at `at`, which is looked at `now`.
    pub(crate) fn refuses(
        &self,
        past: &Past,
        zone: Zone,
        at: i64,
        now: i64,
    ) -> Option<SuppressionReason> {
        let next = match self.again {
            Again::Always => at,
            Again::Once => return Some(SuppressionReason::Reentry { next: None }),
            Again::After(length) => plus(past.entered, length, zone),
        };
        if at < next {
            return Some(SuppressionReason::Reentry {
                next: Some(Instant::from_micros(next)),
            });
        }
        let next = Instant::from_micros(self.cools_until(past, zone, now)?);
        Some(SuppressionReason::Cooldown { next })
    }

    /// Whether this past may still keep a profile from entering, or tell entries of one instant apart. No occasion is
    /// earlier than `late`.
    pub(crate) fn minds(&self, past: &Past, zone: Zone, late: i64, now: i64) -> bool {
        // A profile that moves house may come to a month's end later.
        const MARGIN: i64 = 2 * DAY;
        let again = match self.again {
            Again::Always => None,
            Again::Once => return true,
            Again::After(length) => Some(plus(past.entered, length, zone)),
        };
        let cooled = past
            .acted
            .zip(self.cooldown)
            .map(|(acted, cooldown)| plus(acted, cooldown, zone));
        past.entered >= now
            || again.is_some_and(|end| end.saturating_add(MARGIN) > late)
            || cooled.is_some_and(|end| end.saturating_add(MARGIN) > now)
    }

    /// When the cooldown ends after what the trigger did for a profile with this past, if it has not ended.
    pub(crate) fn cools_until(&self, past: &Past, zone: Zone, now: i64) -> Option<i64> {
        let cooled = plus(past.acted?, self.cooldown?, zone);
        (now < cooled).then_some(cooled)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::Rulebook;
    use std::sync::Arc;

    fn trigger(keys: &str) -> Arc<Trigger> {
        let text = format!(
            "schema.events.visited = {{}}\ntriggers.greeting = {{ on = \"visited\", do = [{{ call = \"greet\" }}], {keys} }}"
        );
        Rulebook::from_toml(&text)
            .unwrap()
            .triggers
            .first()
            .unwrap()
            .clone()
    }

    fn at(text: &str) -> i64 {
        text.parse::<Instant>().unwrap().micros()
    }

    fn refused(keys: &str, entered: &str, acted: Option<&str>, now: &str) -> String {
        let zone = "Europe/Rome".parse().unwrap();
        let past = Past {
            entered: at(entered),
            acted: acted.map(at),
        };
        let trigger = trigger(keys);
        let refused = |now: i64| trigger.refuses(&past, zone, now, now);
        match refused(at(now)) {
            None => "open".to_owned(),
            Some(
                SuppressionReason::Reentry { next: Some(next) }
                | SuppressionReason::Cooldown { next },
            ) => {
                assert_ne!(
                    refused(next.micros()),
                    refused(at(now)),
                    "the first instant at which it is no longer so"
                );
                assert_eq!(refused(next.micros() - 1), refused(at(now)));
                next.to_string()
            }
            Some(_) => "never".to_owned(),
        }
    }

    #[test]
    fn entries_and_effects_are_counted_apart() {
        let (entered, acted) = ("2026-01-31T12:00:00Z", Some("2026-02-03T12:00:00Z"));
        let now = "2026-02-04T12:00:00Z";
        assert_eq!(refused("again = \"always\"", entered, acted, now), "open");
        assert_eq!(refused("again = \"once\"", entered, acted, now), "never");
        assert_eq!(
            refused("again = \"after 4 days\"", entered, acted, now),
            "open"
        );
        assert_eq!(
            refused("again = \"after 5 days\"", entered, acted, now),
            "2026-02-05T12:00:00Z"
        );
        assert_eq!(
            refused("again = \"after 1 month\"", entered, acted, now),
            "2026-02-28T12:00:00Z"
        );
        assert_eq!(
            refused("cooldown = \"7 days\"", entered, acted, now),
            "2026-02-10T12:00:00Z"
        );
        assert_eq!(refused("cooldown = \"7 days\"", entered, None, now), "open");
        assert_eq!(
            refused(
                "again = \"after 5 days\", cooldown = \"7 days\"",
                entered,
                acted,
                now
            ),
            "2026-02-05T12:00:00Z"
        );
    }
}

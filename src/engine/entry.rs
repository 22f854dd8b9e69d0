//! How often one profile may enter a trigger: `again` and `cooldown`.

use crate::rule::ir::Lapse;
use crate::rule::trigger::{Again, Trigger};
use crate::time::{Instant, Zone, add_months};
use serde::{Deserialize, Serialize};

/// When a profile last entered a trigger (per value of `per`), and when the trigger last did something for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) entered: i64,
    pub(crate) acted: Option<i64>,
}

/// Whether something is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    /// Shut; this is the first instant at which it is open.
    Until(i64),
    Never,
}

/// An instant, so much later.
pub(crate) fn plus(t: i64, lapse: Lapse, zone: Zone) -> i64 {
    let (months, micros) = lapse.parts();
    let moved = if months == 0 { t } else { add_months(Instant::from_micros(t), months, zone).micros() };
    moved.saturating_add(micros)
}

impl Trigger {
    /// Whether a profile with this past may enter.
    pub(crate) fn gate(&self, past: Option<&Entry>, zone: Zone, now: i64) -> Gate {
        let Some(past) = past else { return Gate::Open };
        let again = match self.again {
            Again::Always => now,
            Again::Once => return Gate::Never,
            Again::After(lapse) => plus(past.entered, lapse, zone),
        };
        let cooled = match (self.cooldown, past.acted) {
            (Some(lapse), Some(acted)) => plus(acted, lapse, zone),
            _ => now,
        };
        let until = again.max(cooled);
        if until <= now { Gate::Open } else { Gate::Until(until) }
    }

    /// Whether a past makes no difference any more.
    pub(crate) fn forgets(&self, past: &Entry, zone: Zone, now: i64) -> bool {
        self.gate(Some(past), zone, now) == Gate::Open
    }
}

#[cfg(all(test, feature = "toml"))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::Rulebook;
    use std::sync::Arc;

    fn trigger(keys: &str) -> Arc<Trigger> {
        let text = format!(
            "schema.events.visited = {{}}\ntriggers.greeting = {{ on = \"visited\", do = [{{ call = \"greet\" }}], {keys} }}"
        );
        Rulebook::from_toml(&text).unwrap().triggers.first().unwrap().clone()
    }

    fn at(text: &str) -> i64 {
        text.parse::<Instant>().unwrap().micros()
    }

    fn gate(keys: &str, entered: &str, acted: Option<&str>, now: &str) -> String {
        let zone = "Europe/Rome".parse().unwrap();
        let past = Entry { entered: at(entered), acted: acted.map(at) };
        let trigger = trigger(keys);
        let gate = trigger.gate(Some(&past), zone, at(now));
        assert_eq!(trigger.forgets(&past, zone, at(now)), gate == Gate::Open);
        match gate {
            Gate::Open => "open".to_owned(),
            Gate::Until(until) => {
                assert_eq!(trigger.gate(Some(&past), zone, until), Gate::Open);
                assert_eq!(trigger.gate(Some(&past), zone, until - 1), Gate::Until(until));
                Instant::from_micros(until).to_string()
            }
            Gate::Never => "never".to_owned(),
        }
    }

    #[test]
    fn who_never_entered_may_enter() {
        for keys in ["again = \"once\"", "again = \"after 30 days\"", "cooldown = \"7 days\""] {
            assert_eq!(trigger(keys).gate(None, Zone::UTC, 0), Gate::Open);
        }
    }

    #[test]
    fn entries_and_effects_are_counted_apart() {
        let (entered, acted) = ("2026-01-31T12:00:00Z", Some("2026-02-03T12:00:00Z"));
        let now = "2026-02-04T12:00:00Z";
        assert_eq!(gate("again = \"always\"", entered, acted, now), "open");
        assert_eq!(gate("again = \"once\"", entered, acted, now), "never");
        assert_eq!(gate("again = \"after 4 days\"", entered, acted, now), "open");
        assert_eq!(gate("again = \"after 5 days\"", entered, acted, now), "2026-02-05T12:00:00Z");
        assert_eq!(gate("again = \"after 1 month\"", entered, acted, now), "2026-02-28T12:00:00Z");
        assert_eq!(gate("cooldown = \"7 days\"", entered, acted, now), "2026-02-10T12:00:00Z");
        assert_eq!(gate("cooldown = \"7 days\"", entered, None, now), "open");
        assert_eq!(
            gate("again = \"after 5 days\", cooldown = \"7 days\"", entered, acted, now),
            "2026-02-10T12:00:00Z"
        );
    }
}

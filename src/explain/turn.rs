//! What would turn an answer: the changes of the parts, put together over `and` and `or`.

use super::report::{Change, What};
use super::value::plain_instant;
use crate::time::{Instant, Zone};

/// What would make a part that holds fail, or one that fails hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn {
    /// By itself.
    pub(super) waiting: Option<What>,
    /// By doing all of these.
    pub(super) doing: Option<Vec<What>>,
}

impl Turn {
    /// What to do, or else to wait for.
    pub(super) fn best(&self) -> Option<Vec<What>> {
        self.doing
            .clone()
            .or_else(|| self.waiting.clone().map(|w| vec![w]))
    }
}

/// What turns several parts all at once: everything that turns each.
pub(super) fn all_of<'t>(turns: impl Iterator<Item = &'t Turn>) -> Option<Vec<What>> {
    let mut all: Vec<What> = Vec::new();
    // The longest wait so far, and the first instant that is too late for an event.
    let (mut waits, mut too_late) = (None, None);
    for turn in turns {
        let changes = turn.best()?;
        let wait = changes.iter().filter_map(until).max();
        let late = changes.iter().filter_map(before).min();
        // What one part waits for must not let pass what another needs.
        let at_odds = |wait: Option<Instant>, late: Option<Instant>| {
            wait.zip(late).is_some_and(|(wait, late)| wait >= late)
        };
        if at_odds(wait, too_late) || at_odds(waits, late) {
            return None;
        }
        waits = waits.max(wait);
        too_late = [too_late, late].into_iter().flatten().min();
        for what in changes {
            if !all.contains(&what) {
                all.push(what);
            }
        }
    }
    (!all.is_empty()).then_some(all)
}

/// What turns the part that is turned with the fewest changes.
pub(super) fn cheapest<'t>(turns: impl Iterator<Item = &'t Turn>) -> Option<Vec<What>> {
    turns
        .filter_map(Turn::best)
        .min_by_key(|changes| (changes.len(), changes.iter().map(effort).sum::<usize>()))
}

/// Waiting is easier than doing, and doing something easier than being someone else.
fn effort(what: &What) -> usize {
    match what {
        What::Wait { .. } | What::NoEvents { .. } => 0,
        What::Events { .. } => 1,
        What::Value { .. } | What::Rows { .. } => 2,
    }
}

/// Events must come before what else is needed is lost.
pub(super) fn in_time(changes: &mut [What], deadline: Option<Instant>) {
    for change in changes {
        if let What::Events { before, since, .. } = change
            && since.is_none_or(|since| deadline.is_none_or(|d| since < d))
        {
            *before = [*before, deadline].into_iter().flatten().min();
        }
    }
}

pub(super) fn until(what: &What) -> Option<Instant> {
    match what {
        What::NoEvents { until, .. } | What::Wait { until } => Some(*until),
        _ => None,
    }
}

fn before(what: &What) -> Option<Instant> {
    if let What::Events { before, .. } = what {
        *before
    } else {
        None
    }
}

/// Changes with their texts.
pub(super) fn told(changes: Option<Vec<What>>, zone: Zone) -> Vec<Change> {
    let told = |what: What| Change {
        text: text(&what, zone),
        what,
    };
    changes.unwrap_or_default().into_iter().map(told).collect()
}

fn text(what: &What, zone: Zone) -> String {
    let at = |instant: &Instant| plain_instant(instant.micros(), zone);
    match what {
        What::Value { name, op, value } => value_text(name, op, value),
        What::Events {
            events,
            times,
            since,
            before,
        } => {
            let mut text = match times {
                1 => format!("have `{events}` happen"),
                n => format!("have `{events}` happen {n} more times"),
            };
            if let Some(since) = since {
                text += &format!(" from {} on", at(since));
            }
            if let Some(before) = before {
                text += &format!(" before {}", at(before));
            }
            text
        }
        What::Rows { rows, wanted: true } => format!("have `{rows}`"),
        What::Rows {
            rows,
            wanted: false,
        } => format!("no longer have `{rows}`"),
        What::NoEvents { events, until } => format!("no `{events}` until {}", at(until)),
        What::Wait { until } => format!("wait until {}", at(until)),
    }
}

fn value_text(name: &str, op: &str, value: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let in_years = matches!(last, "age" | "年龄") && value.bytes().any(|b| b.is_ascii_digit());
    let in_time = value.get(4..5) == Some("-");
    match op {
        ">=" if in_years => return format!("be {value} or older"),
        "<=" if in_years => return format!("be {value} or younger"),
        "=" if in_years => return format!("be {value} years old"),
        "between" if in_years => return format!("be between {value} years old"),
        _ => {}
    }
    let measured = value.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let more = match op {
        _ if !measured => return format!("have `{}`", format!("{name} {op} {value}").trim_end()),
        ">=" if in_time => "or later",
        "<=" if in_time => "or earlier",
        ">=" => "or more",
        "<=" => "or less",
        _ => return format!("have `{}`", format!("{name} {op} {value}").trim_end()),
    };
    if name.contains('(') {
        format!("bring `{name}` to {value} {more}")
    } else {
        format!("have `{name}` of {value} {more}")
    }
}

//! Counterfactuals: the smallest changes that turn an answer, combined from those of the parts over `and` and `or`.

use super::report::{ChangeKind, SuggestedChange};
use super::value::plain_instant;
use crate::time::{Instant, Zone};

/// The changes that make a part fail if it holds, or hold if it fails.
#[derive(Clone, Debug, Default)]
pub(super) struct Counterfactual {
    /// If only time passes.
    pub(super) wait: Option<ChangeKind>,
    /// If all of these are done.
    pub(super) actions: Option<Vec<ChangeKind>>,
}

impl Counterfactual {
    /// The actions, or else the wait.
    pub(super) fn best(&self) -> Option<Vec<ChangeKind>> {
        self.actions
            .clone()
            .or_else(|| self.wait.clone().map(|w| vec![w]))
    }
}

/// The changes that turn several parts at once: the union of those that turn each.
pub(super) fn all_of<'t>(
    counterfactuals: impl Iterator<Item = &'t Counterfactual>,
) -> Option<Vec<ChangeKind>> {
    let mut all: Vec<ChangeKind> = Vec::new();
    // The longest wait so far, and the first instant that is too late for an event.
    let (mut waits, mut too_late) = (None, None);
    for counterfactual in counterfactuals {
        let changes = counterfactual.best()?;
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
        for kind in changes {
            if !all.contains(&kind) {
                all.push(kind);
            }
        }
    }
    (!all.is_empty()).then_some(all)
}

/// The changes of the part that needs the fewest; of several, those with the fewest events.
pub(super) fn cheapest<'t>(
    counterfactuals: impl Iterator<Item = &'t Counterfactual>,
) -> Option<Vec<ChangeKind>> {
    counterfactuals
        .filter_map(Counterfactual::best)
        .min_by_key(|changes| {
            let efforts = changes.iter().map(effort).sum::<usize>();
            (
                changes.len(),
                efforts,
                changes.iter().map(times).sum::<u64>(),
            )
        })
}

/// How many events a change asks for.
fn times(kind: &ChangeKind) -> u64 {
    match kind {
        ChangeKind::Events { times, .. } => *times,
        ChangeKind::Wait { .. }
        | ChangeKind::NoEvents { .. }
        | ChangeKind::Value { .. }
        | ChangeKind::Rows { .. } => 0,
    }
}

/// Waiting is easier than acting, and acting is easier than having other attributes.
fn effort(kind: &ChangeKind) -> usize {
    match kind {
        ChangeKind::Wait { .. } | ChangeKind::NoEvents { .. } => 0,
        ChangeKind::Events { .. } => 1,
        ChangeKind::Value { .. } | ChangeKind::Rows { .. } => 2,
    }
}

/// Limits events to before the deadline: the instant at which something else that is needed no longer holds.
pub(super) fn in_time(changes: &mut [ChangeKind], deadline: Option<Instant>) {
    for change in changes {
        if let ChangeKind::Events { before, since, .. } = change
            && since.is_none_or(|since| deadline.is_none_or(|d| since < d))
        {
            *before = [*before, deadline].into_iter().flatten().min();
        }
    }
}

pub(super) fn until(kind: &ChangeKind) -> Option<Instant> {
    match kind {
        ChangeKind::NoEvents { until, .. } | ChangeKind::Wait { until } => Some(*until),
        ChangeKind::Value { .. } | ChangeKind::Events { .. } | ChangeKind::Rows { .. } => None,
    }
}

fn before(kind: &ChangeKind) -> Option<Instant> {
    if let ChangeKind::Events { before, .. } = kind {
        *before
    } else {
        None
    }
}

/// Changes with their texts.
pub(super) fn render(changes: Option<Vec<ChangeKind>>, zone: Zone) -> Vec<SuggestedChange> {
    let with_text = |kind: ChangeKind| SuggestedChange {
        text: text(&kind, zone),
        kind,
    };
    changes
        .unwrap_or_default()
        .into_iter()
        .map(with_text)
        .collect()
}

fn text(kind: &ChangeKind, zone: Zone) -> String {
    let at = |instant: &Instant| plain_instant(instant.micros(), zone);
    match kind {
        ChangeKind::Value { name, op, value } => value_text(name, op, value),
        ChangeKind::Events {
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
        ChangeKind::Rows { rows, wanted: true } => format!("have `{rows}`"),
        ChangeKind::Rows {
            rows,
            wanted: false,
        } => format!("no longer have `{rows}`"),
        ChangeKind::NoEvents { events, until } => format!("no `{events}` until {}", at(until)),
        ChangeKind::Wait { until } => format!("wait until {}", at(until)),
    }
}

fn value_text(name: &str, op: &str, value: &str) -> String {
    let in_time = value.get(4..5) == Some("-");
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

//! What an engine remembers of a profile's triggers: what waits, when each was entered last, what was sent.

use super::reentry::Past;
use crate::time::NEVER;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The triggers' side of a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Acts {
    /// What is due later, the first due first.
    pending: Vec<Pending>,
    /// By trigger and key.
    marks: Vec<Mark>,
    /// The triggers whose dates have come at an instant, the last at which one has.
    came: (i64, Vec<u32>),
    /// What was sent, for caps.
    pub(crate) sent: super::caps::Log,
    /// The messages that the host asked for.
    #[serde(default)]
    requests: Vec<Request>,
}

/// A message that the host asked for, and that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Request {
    /// When that was.
    at: i64,
    /// The key of the effect.
    key: Arc<str>,
}

/// Something that is due at an instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) at: i64,
    pub(crate) trigger: u32,
    pub(crate) what: Due,
}

/// What is due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Due {
    /// A date or a schedule comes round.
    Comes,
    /// A silence that began then is over.
    Silence { since: i64 },
    /// A message that was held back is looked at again.
    Message(Box<Waiting>),
}

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) entry: Entry,
    /// The place of the action in its trigger, as it was.
    pub(crate) action: usize,
    /// The message's name, by which the action is found where the rules have changed meanwhile.
    pub(crate) message: Arc<str>,
}

/// One entry into a trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// When the occasion was.
    pub(crate) at: i64,
    /// Which of several at that instant: an event's id, a move's subject, what the host calls it.
    pub(crate) which: Option<Arc<str>>,
    /// Where that does not tell them apart, how many came before it.
    pub(crate) nth: u32,
    /// When the silence began of which the occasion is the end.
    #[serde(default)]
    pub(crate) since: Option<i64>,
    /// What re-entry and cooldown are counted for.
    pub(crate) key: Option<Arc<str>>,
    /// What the occasion was about.
    pub(crate) subject: Option<Arc<str>>,
    /// The place of the profile's variant.
    pub(crate) variant: Option<usize>,
}

impl Entry {
    /// The one entry at an instant, of the profile as a whole.
    pub(crate) fn at(at: i64) -> Self {
        Entry {
            at,
            which: None,
            nth: 0,
            since: None,
            key: None,
            subject: None,
            variant: None,
        }
    }

    /// The end of a silence that began at an instant, after an event with this key.
    pub(crate) fn silence(at: i64, since: i64, key: Option<Arc<str>>) -> Self {
        Entry {
            since: Some(since),
            key,
            ..Entry::at(at)
        }
    }
}

/// When a trigger was last entered, and last acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) trigger: u32,
    pub(crate) key: Option<Arc<str>>,
    pub(crate) past: Past,
    /// How many times it was entered at that very instant.
    pub(crate) times: u32,
    /// The entry that acted last, where a cooldown asks for it: what of it still waits is not held back by itself.
    #[serde(default)]
    pub(crate) actor: Option<Box<Entry>>,
}

impl Acts {
    pub(crate) const NOTHING: Acts = Acts {
        pending: Vec::new(),
        marks: Vec::new(),
        came: (0, Vec::new()),
        sent: super::caps::Log::NOTHING,
        requests: Vec::new(),
    };

    /// The first instant at which something is due.
    pub(crate) fn next(&self) -> i64 {
        self.pending.first().map_or(NEVER, |p| p.at)
    }

    pub(crate) fn wait(&mut self, pending: Pending) {
        let place = self
            .pending
            .partition_point(|p| (p.at, p.trigger) <= (pending.at, pending.trigger));
        self.pending.insert(place, pending);
    }

    /// Takes out what is due at an instant, in order.
    pub(crate) fn due(&mut self, now: i64) -> Vec<Pending> {
        let n = self.pending.partition_point(|p| p.at <= now);
        self.pending.drain(..n).collect()
    }

    /// Sets when a trigger's date comes next; [`NEVER`]: not at all.
    pub(crate) fn set_next(&mut self, trigger: u32, at: i64) {
        if let Some(i) = self
            .pending
            .iter()
            .position(|p| p.trigger == trigger && p.what == Due::Comes)
        {
            if self.pending.get(i).is_some_and(|p| p.at == at) {
                return;
            }
            self.pending.remove(i);
        }
        if at != NEVER {
            self.wait(Pending {
                at,
                trigger,
                what: Due::Comes,
            });
        }
    }

    /// When a trigger's date comes next.
    pub(crate) fn comes(&self, trigger: u32) -> Option<i64> {
        self.pending
            .iter()
            .find(|p| p.trigger == trigger && p.what == Due::Comes)
            .map(|p| p.at)
    }

    /// Puts down that a trigger's date has come.
    pub(crate) fn has_come(&mut self, trigger: u32, at: i64) {
        if self.came.0 != at {
            self.came = (at, Vec::new());
        }
        self.came.1.push(trigger);
    }

    /// Whether a trigger's date has come at an instant, which is not before the last one.
    pub(crate) fn came(&self, trigger: u32, at: i64) -> bool {
        self.came.0 == at && self.came.1.contains(&trigger)
    }

    /// Waits for no silence any more that ends after an instant.
    pub(crate) fn forget_silences(&mut self, after: i64) {
        self.pending
            .retain(|p| p.at <= after || !matches!(p.what, Due::Silence { .. }));
    }

    /// Whether a silence that began at an instant is waited for already.
    pub(crate) fn waits_for_silence(&self, trigger: u32, since: i64) -> bool {
        self.pending
            .iter()
            .any(|p| p.trigger == trigger && p.what == Due::Silence { since })
    }

    /// When a trigger was entered for a key.
    pub(crate) fn mark(&self, trigger: u32, key: Option<&str>) -> Option<&Mark> {
        self.place(trigger, key)
            .ok()
            .and_then(|i| self.marks.get(i))
    }

    fn place(&self, trigger: u32, key: Option<&str>) -> Result<usize, usize> {
        self.marks
            .binary_search_by(|m| (m.trigger, m.key.as_deref()).cmp(&(trigger, key)))
    }

    /// The mark of a trigger and a key; a new one was never entered.
    pub(crate) fn mark_mut(&mut self, trigger: u32, key: &Option<Arc<str>>) -> Option<&mut Mark> {
        let place = match self.place(trigger, key.as_deref()) {
            Ok(i) => i,
            Err(i) => {
                let past = Past {
                    entered: i64::MIN,
                    acted: None,
                };
                let mark = Mark {
                    trigger,
                    key: key.clone(),
                    past,
                    times: 0,
                    actor: None,
                };
                self.marks.insert(i, mark);
                i
            }
        };
        self.marks.get_mut(place)
    }

    /// Forgets the marks that are not to be kept.
    pub(crate) fn keep_marks(&mut self, keep: impl FnMut(&Mark) -> bool) {
        self.marks.retain(keep);
    }

    /// Whether a message with this key was sent at request, as far as is remembered.
    pub(crate) fn was_requested(&self, key: &str) -> bool {
        self.requests.iter().any(|request| *request.key == *key)
    }

    /// Puts down that a message is sent at request.
    pub(crate) fn request(&mut self, at: i64, key: Arc<str>) {
        self.requests.push(Request { at, key });
    }

    /// Forgets requests from before an instant.
    pub(crate) fn forget_requests(&mut self, before: i64) {
        self.requests.retain(|request| request.at >= before);
    }

    /// A message was not sent after all; whether its key is known.
    pub(crate) fn take_back(&mut self, key: &str) -> bool {
        let requests = self.requests.len();
        self.requests.retain(|request| *request.key != *key);
        self.sent.remove(key) || self.requests.len() < requests
    }

    /// Sets anew when what waits is due; `None`: it waits no more.
    pub(crate) fn retime(&mut self, when: impl Fn(&Pending) -> Option<i64>) {
        self.pending
            .retain_mut(|p| when(p).map(|at| p.at = at).is_some());
        self.pending.sort_by_key(|p| (p.at, p.trigger));
    }

    /// Counts triggers anew; those that are no more are forgotten.
    pub(crate) fn rename(&mut self, new: impl Fn(u32) -> Option<u32>) {
        self.pending
            .retain_mut(|p| new(p.trigger).map(|t| p.trigger = t).is_some());
        self.pending.sort_by_key(|p| (p.at, p.trigger));
        self.came.1 = self.came.1.iter().filter_map(|t| new(*t)).collect();
        self.marks
            .retain_mut(|m| new(m.trigger).map(|t| m.trigger = t).is_some());
        self.marks
            .sort_by(|a, b| (a.trigger, &a.key).cmp(&(b.trigger, &b.key)));
    }
}

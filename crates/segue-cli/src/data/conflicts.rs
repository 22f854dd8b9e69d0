//! Events that have the id of another one of their kind but say something else: only one counts, and that is said.

use crate::terminal;
use segue::profile::{Record, RecordEvent};
use segue::{Event as _, Instant, Schema};

/// Such events, as they are met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conflicts {
    count: u64,
    /// The first of them, in words.
    first: Option<String>,
}

impl Conflicts {
    /// Sees the events that a record does not keep. The same event once more is none.
    pub(crate) fn see(&mut self, schema: &Schema, record: &Record, rest: &[RecordEvent]) {
        for event in rest {
            if !record.events().iter().any(|kept| kept == event) {
                self.meet(event.kind_name(schema), record.id(), event.at());
            }
        }
    }

    /// Counts an event.
    pub(crate) fn meet(&mut self, kind: &str, profile: &str, at: Instant) {
        self.count += 1;
        self.first
            .get_or_insert_with(|| format!("`{kind}` of profile `{profile}` at {at}"));
    }

    /// Takes in what comes after.
    pub(crate) fn join(&mut self, later: Conflicts) {
        self.count += later.count;
        self.first = self.first.take().or(later.first);
    }

    pub(crate) fn report(&self) {
        let Some(first) = &self.first else { return };
        let events = match self.count {
            1 => "1 event does not count: it has".to_owned(),
            n => format!("{n} events do not count: they have"),
        };
        terminal::note(&format!(
            "{events} the id of another one of that kind, but other content (first: {first})"
        ));
    }
}

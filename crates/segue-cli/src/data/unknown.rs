//! Events of kinds that the schema does not name: they are left out, and that is said, since a slip in a name looks like that.

use crate::input::{Line, Source, Trouble};
use crate::terminal;
use segue::profile::RecordReader;
use std::collections::BTreeMap;

/// How many kinds are named.
const SHOWN: usize = 5;

/// The kinds of events in some files that the schema does not name.
#[derive(Debug, Default)]
pub(crate) struct UnknownKinds {
    /// How many events.
    count: u64,
    /// Where each kind came first: source and line.
    first: BTreeMap<Box<str>, (usize, u64)>,
}

impl UnknownKinds {
    /// Sees what a reader has just left out of a line.
    pub(crate) fn see(&mut self, reader: &RecordReader, line: &Line<'_>) {
        for kind in reader.unknown_kinds() {
            self.count += 1;
            self.met(kind, (line.source, line.number));
        }
    }

    fn met(&mut self, kind: &str, place: (usize, u64)) {
        match self.first.get_mut(kind) {
            Some(first) => *first = place.min(*first),
            None => {
                self.first.insert(kind.into(), place);
            }
        }
    }

    /// Says what several threads saw in the same files, and gives the number of events.
    pub(crate) fn report(all: impl IntoIterator<Item = Self>, sources: &[Source]) -> u64 {
        let mut whole = UnknownKinds::default();
        for part in all {
            whole.count += part.count;
            part.first
                .iter()
                .for_each(|(kind, place)| whole.met(kind, *place));
        }
        let UnknownKinds { count, first } = whole;
        if count == 0 {
            return 0;
        }
        let mut kinds: Vec<_> = first
            .into_iter()
            .map(|(kind, place)| (place, kind))
            .collect();
        kinds.sort_unstable();
        let named = kinds.iter().map(|((source, line), kind)| {
            let place = Trouble::new(*source, *line, String::new()).shown(sources);
            format!("`{kind}` (first at {})", place.trim_end_matches(": "))
        });
        note(count, named);
        count
    }
}

/// Says how many events were left out, and of which kinds, in words that tell where each came first.
pub(crate) fn note(count: u64, named: impl ExactSizeIterator<Item = String>) {
    let events = match count {
        1 => "skipped 1 event of a kind that the schema does not have".to_owned(),
        _ => format!("skipped {count} events of kinds that the schema does not have"),
    };
    let kinds = named.len();
    let mut named = named.take(SHOWN).collect::<Vec<_>>().join(", ");
    if kinds > SHOWN {
        named += &format!(" and {} other kinds", kinds - SHOWN);
    }
    terminal::note(&format!("{events}: {named}"));
}

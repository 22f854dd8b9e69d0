//! Profiles with their events, asked one after the other.
//!
//! The population is every profile of the profiles' files; where there are none, everybody who has an event.

use super::{Data, UnknownKinds};
use crate::input::{Line, Progress, Skipped, Source, Trouble, scan};
use crate::terminal::{self, Failure};
use segue::profile::{Record, RecordEvent, RecordReader};
use segue::{Event as _, Schema};
use std::collections::{BTreeMap, HashMap};
use std::thread;

/// Profiles, ascending by id bytewise, and beside them their events as they came.
#[derive(Debug)]
pub(crate) struct Population {
    records: Vec<Record>,
    /// Of each thread that read events: by position of the profile.
    heaps: Vec<Vec<Vec<RecordEvent>>>,
}

/// A profile as it was read.
struct Read {
    record: Record,
    source: usize,
    line: u64,
}

/// Events of profiles that are not in the population.
#[derive(Default)]
struct Strangers {
    count: u64,
    first: Option<(usize, u64, String)>,
}

/// How events find their profile.
enum Owners<'p> {
    Known(&'p HashMap<&'p str, usize>),
    Found(HashMap<Box<str>, usize>),
}

/// What one thread made of its events.
struct Heap<'p> {
    reader: RecordReader,
    owners: Owners<'p>,
    /// The only profile that is wanted.
    only: Option<&'p str>,
    events: Vec<Vec<RecordEvent>>,
    strangers: Strangers,
    unknown: UnknownKinds,
    /// By position of the kind, whether there was any.
    kinds: Vec<bool>,
}

impl Heap<'_> {
    fn take(&mut self, line: Line<'_>) -> Result<(), String> {
        let Some(read) = self.reader.event(line.text).map_err(|e| e.to_string())? else {
            self.unknown.see(&self.reader, &line);
            return Ok(());
        };
        let kind = read.event.kind();
        if let Some(seen) = kind.and_then(|kind| self.kinds.get_mut(kind.get())) {
            *seen = true;
        }
        if self.only.is_some_and(|id| id != read.profile) {
            return Ok(());
        }
        let at = match &mut self.owners {
            Owners::Known(index) => index.get(&*read.profile).copied(),
            Owners::Found(index) => Some(match index.get(&*read.profile) {
                Some(at) => *at,
                None => {
                    let next = index.len();
                    index.insert(read.profile.as_ref().into(), next);
                    next
                }
            }),
        };
        let Some(at) = at else {
            let place = (line.source, line.number);
            self.strangers.count += 1;
            if self
                .strangers
                .first
                .as_ref()
                .is_none_or(|(s, l, _)| place < (*s, *l))
            {
                self.strangers.first = Some((place.0, place.1, read.profile.into_owned()));
            }
            return Ok(());
        };
        if self.events.len() <= at {
            self.events.resize_with(at + 1, Vec::new);
        }
        if let Some(events) = self.events.get_mut(at) {
            events.push(read.event);
        }
        Ok(())
    }
}

impl Data {
    /// Loads what a schema names that is a part of the `whole` one, and says on standard error what was left out.
    pub(crate) fn load(&self, schema: &Schema, whole: &Schema) -> Result<Population, Failure> {
        self.load_only(schema, whole, None)
    }

    /// The same for one profile, or for all.
    fn load_only(
        &self,
        schema: &Schema,
        whole: &Schema,
        only: Option<&str>,
    ) -> Result<Population, Failure> {
        let reader = RecordReader::new(schema).part_of(whole);
        let mut records = self.load_profiles(&reader, only)?;
        let index: HashMap<&str, usize> = records
            .iter()
            .enumerate()
            .map(|(i, r)| (r.id(), i))
            .collect();
        let known = !self.profiles.is_empty();
        let heap = |_| Heap {
            reader: reader.clone(),
            owners: if known {
                Owners::Known(&index)
            } else {
                Owners::Found(HashMap::new())
            },
            only,
            events: Vec::new(),
            strangers: Strangers::default(),
            unknown: UnknownKinds::default(),
            kinds: vec![false; schema.kinds().len()],
        };
        let progress = Progress::over("reading events", &self.events);
        let (mut heaps, skipped) = scan(
            &self.events,
            self.on_error,
            &progress,
            (0..self.threads).map(heap).collect(),
            Heap::take,
        )?;
        drop(progress);
        skipped.report(&self.events);
        self.report_strangers(&heaps);
        UnknownKinds::report(
            heaps
                .iter_mut()
                .map(|heap| std::mem::take(&mut heap.unknown)),
            &self.events,
        );
        self.report_kinds(schema, &heaps);
        let mut found: Vec<HashMap<Box<str>, usize>> = Vec::new();
        let mut events = Vec::new();
        for heap in heaps {
            if let Owners::Found(index) = heap.owners {
                found.push(index);
            }
            events.push(heap.events);
        }
        drop(index);
        if !known {
            (records, events) = joined(schema, found, events)?;
        }
        Ok(Population {
            records,
            heaps: events,
        })
    }

    /// Loads one profile with its events.
    pub(crate) fn load_one(
        &self,
        schema: &Schema,
        whole: &Schema,
        id: &str,
    ) -> Result<Record, Failure> {
        let found = self
            .load_only(schema, whole, Some(id))?
            .records(1)?
            .into_iter()
            .next();
        found.ok_or_else(|| {
            let files = if self.profiles.is_empty() {
                &self.events
            } else {
                &self.profiles
            };
            let files: Vec<String> = files.iter().map(Source::to_string).collect();
            Failure::new(format!(
                "there is no profile `{id}` in {}",
                files.join(", ")
            ))
        })
    }

    /// Loads profiles, or one of them, ascending by id bytewise.
    pub(crate) fn load_profiles(
        &self,
        reader: &RecordReader,
        only: Option<&str>,
    ) -> Result<Vec<Record>, Failure> {
        let progress = Progress::over("reading profiles", &self.profiles);
        let workers = (0..self.threads)
            .map(|_| (reader.clone(), Vec::new(), UnknownKinds::default()))
            .collect();
        let take = |(reader, read, unknown): &mut (RecordReader, Vec<Read>, UnknownKinds),
                    line: Line<'_>| {
            let record = reader.profile(line.text).map_err(|e| e.to_string())?;
            unknown.see(reader, &line);
            if only.is_some_and(|id| id != record.id()) {
                return Ok(());
            }
            read.push(Read {
                record,
                source: line.source,
                line: line.number,
            });
            Ok(())
        };
        let (workers, mut skipped) = scan(&self.profiles, self.on_error, &progress, workers, take)?;
        drop(progress);
        let (read, unknown): (Vec<_>, Vec<_>) = workers
            .into_iter()
            .map(|(_, read, unknown)| (read, unknown))
            .unzip();
        let mut all: Vec<Read> = read.into_iter().flatten().collect();
        all.sort_unstable_by(|a, b| {
            (a.record.id(), a.source, a.line).cmp(&(b.record.id(), b.source, b.line))
        });
        let records = self.once(all, &mut skipped)?;
        skipped.report(&self.profiles);
        UnknownKinds::report(unknown, &self.profiles);
        Ok(records)
    }

    /// Each profile once. The same line again changes nothing; another one with the same id is an error.
    fn once(&self, all: Vec<Read>, skipped: &mut Skipped) -> Result<Vec<Record>, Failure> {
        let mut kept: Vec<Read> = Vec::with_capacity(all.len());
        let mut twice: Vec<Trouble> = Vec::new();
        for read in all {
            match kept.last() {
                Some(last) if last.record.id() == read.record.id() => {
                    if last.record != read.record {
                        let first = Trouble::new(last.source, last.line, String::new())
                            .shown(&self.profiles);
                        let id = read.record.id();
                        let message = format!(
                            "`id`: profile `{id}` already exists with other values at {}; keep one of them",
                            first.trim_end_matches(": ")
                        );
                        twice.push(Trouble::new(read.source, read.line, message));
                    }
                }
                _ => kept.push(read),
            }
        }
        if self.on_error == crate::input::OnError::Stop
            && let Some(first) = twice.iter().min()
        {
            return Err(first.clone().into_failure(&self.profiles));
        }
        twice.into_iter().for_each(|trouble| skipped.also(trouble));
        Ok(kept.into_iter().map(|read| read.record).collect())
    }

    fn report_strangers(&self, heaps: &[Heap<'_>]) {
        let count: u64 = heaps.iter().map(|h| h.strangers.count).sum();
        let Some((source, line, id)) = heaps
            .iter()
            .filter_map(|h| h.strangers.first.as_ref())
            .min()
        else {
            return;
        };
        let place = Trouble::new(*source, *line, format!("profile `{id}`")).shown(&self.events);
        let profiles: Vec<String> = self.profiles.iter().map(Source::to_string).collect();
        let events = if count == 1 {
            "1 event was".to_owned()
        } else {
            format!("{count} events were")
        };
        terminal::note(&format!(
            "{events} skipped: no such profile in {} (first at {place})",
            profiles.join(", ")
        ));
    }

    /// A kind that never comes is more often a slip in a name than a fact.
    fn report_kinds(&self, schema: &Schema, heaps: &[Heap<'_>]) {
        if self.events.is_empty() {
            return;
        }
        for (at, kind) in schema.kinds().iter().enumerate() {
            if !heaps.iter().any(|h| h.kinds.get(at) == Some(&true)) {
                terminal::note(&format!(
                    "there is no event of kind `{}` in the data",
                    kind.name
                ));
            }
        }
    }
}

type Heaps = Vec<Vec<Vec<RecordEvent>>>;

/// Profiles that are known from their events only, and the events by their positions.
fn joined(
    schema: &Schema,
    found: Vec<HashMap<Box<str>, usize>>,
    heaps: Heaps,
) -> Result<(Vec<Record>, Heaps), Failure> {
    let mut position: BTreeMap<&str, usize> = found
        .iter()
        .flat_map(|index| index.keys().map(|id| (&**id, 0)))
        .collect();
    for (next, at) in position.values_mut().enumerate() {
        *at = next;
    }
    let record = |id: &&str| {
        Record::builder(schema, *id)
            .build()
            .map_err(|e| Failure::new(e.to_string()))
    };
    let records = position.keys().map(record).collect::<Result<Vec<_>, _>>()?;
    let mut sorted = Vec::with_capacity(heaps.len());
    for (index, mut heap) in found.iter().zip(heaps) {
        let mut events: Vec<Vec<RecordEvent>> = Vec::new();
        events.resize_with(records.len(), Vec::new);
        for (id, at) in index {
            let place = position.get(&**id).and_then(|to| events.get_mut(*to));
            if let (Some(place), Some(of)) = (place, heap.get_mut(*at)) {
                *place = std::mem::take(of);
            }
        }
        sorted.push(events);
    }
    Ok((records, sorted))
}

impl Population {
    /// Hands every profile with its events to `ask`, on several threads, and gives what they collected in the order of
    /// the profiles. A profile is let go of as soon as it was asked.
    pub(crate) fn ask<T: Send + Default>(
        self,
        threads: usize,
        ask: impl Fn(&mut T, Record) + Sync,
    ) -> Result<Vec<T>, Failure> {
        let size = self.records.len().div_ceil(threads.max(1)).max(1);
        let mut heaps: Vec<_> = self
            .heaps
            .into_iter()
            .map(|heap| parts(heap, size).into_iter())
            .collect();
        let ask = &ask;
        thread::scope(|scope| {
            let mut hands = Vec::new();
            for records in parts(self.records, size) {
                let part: Vec<_> = heaps
                    .iter_mut()
                    .filter_map(Iterator::next)
                    .map(Vec::into_iter)
                    .collect();
                hands.push(scope.spawn(move || ask_part(records, part, ask)));
            }
            let broken = |_| Failure::new("an evaluation thread panicked; please report this");
            hands
                .into_iter()
                .map(|hand| hand.join().map_err(broken))
                .collect()
        })
    }

    /// All profiles with their events.
    pub(crate) fn records(self, threads: usize) -> Result<Vec<Record>, Failure> {
        let parts = self.ask(threads, |all: &mut Vec<Record>, record| all.push(record))?;
        Ok(parts.into_iter().flatten().collect())
    }
}

fn ask_part<T: Default>(
    records: Vec<Record>,
    mut heaps: Vec<std::vec::IntoIter<Vec<RecordEvent>>>,
    ask: &impl Fn(&mut T, Record),
) -> T {
    let mut collected = T::default();
    for mut record in records {
        let mut events = heaps
            .iter_mut()
            .filter_map(Iterator::next)
            .flatten()
            .peekable();
        if events.peek().is_some() {
            record.add_events(events);
        }
        ask(&mut collected, record);
    }
    collected
}

fn parts<T>(all: Vec<T>, size: usize) -> Vec<Vec<T>> {
    let mut rest = all.into_iter();
    std::iter::from_fn(|| {
        Some(rest.by_ref().take(size).collect::<Vec<T>>()).filter(|part| !part.is_empty())
    })
    .collect()
}

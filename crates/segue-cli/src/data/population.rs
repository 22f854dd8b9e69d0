//! Profiles with their events, asked one after the other.
//!
//! The population is every profile of the profiles' files; where there are none, everybody who has an event.

use super::line::{self, Change, Item, LineReader};
use super::{Conflicts, Data, Persons, UnknownKinds};
use crate::input::{Line, Progress, Refused, Skipped, Source, Trouble, scan};
use crate::rules::Rules;
use crate::terminal::{self, Failure};
use segue::engine::Receipt;
use segue::profile::{Record, RecordEvent, RecordReader};
use segue::schema::Projection;
use segue::{Instant, Schema};
use std::collections::{BTreeMap, HashMap};
use std::thread;

/// Profiles, ascending by id bytewise, and beside them their events as they came.
#[derive(Debug)]
pub(crate) struct Population {
    records: Vec<Record>,
    /// Of each thread that read events: by position of the profile.
    heaps: Vec<Vec<Vec<RecordEvent>>>,
    /// By position of the profile, in the order of time.
    changes: BTreeMap<usize, Vec<TimedChange>>,
    schema: Schema,
}

/// A change of attributes or tags, and where it stands: of two of one instant, the later line counts.
#[derive(Debug)]
struct TimedChange {
    at: Instant,
    source: usize,
    line: u64,
    change: Change,
}

/// A profile as it was read.
struct Read {
    record: Record,
    source: usize,
    line: u64,
}

/// What one thread made of its profiles.
struct ProfileHeap {
    reader: RecordReader,
    read: Vec<Read>,
    unknown: UnknownKinds,
    wrong: Skipped,
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
    reader: LineReader,
    /// Reads whose an event is that is not asked for, where having an event makes a profile.
    others: Option<RecordReader>,
    /// Later changes are not seen.
    now: Instant,
    owners: Owners<'p>,
    /// The only profile that is wanted.
    only: Option<&'p str>,
    events: Vec<Vec<RecordEvent>>,
    changes: Vec<(usize, TimedChange)>,
    /// Whether a line says who somebody is.
    says_who: bool,
    strangers: Strangers,
    unknown: UnknownKinds,
    wrong: Skipped,
    /// By position of the kind, whether there was any.
    kinds: Vec<bool>,
}

impl Heap<'_> {
    fn take(&mut self, line: Line<'_>) -> Result<(), String> {
        let (wrong, unknown) = (&mut self.wrong, &mut self.unknown);
        let Some(item) = self.reader.read(&line, wrong, unknown)? else {
            return self.skipped(&line);
        };
        let Item {
            profile,
            at,
            identity,
            change,
            event,
        } = item;
        self.says_who |= identity.is_some();
        if let Some(kind) = event.as_ref().and_then(segue::Event::kind)
            && let Some(seen) = self.kinds.get_mut(kind.get())
        {
            *seen = true;
        }
        let Some(owner) = self.owner(&profile, &line) else {
            return Ok(());
        };
        if let Some(event) = event {
            if self.events.len() <= owner {
                self.events.resize_with(owner + 1, Vec::new);
            }
            if let Some(events) = self.events.get_mut(owner) {
                events.push(event);
            }
        }
        if !change.is_empty() && at <= self.now {
            let timed = TimedChange {
                at,
                source: line.source,
                line: line.number,
                change,
            };
            self.changes.push((owner, timed));
        }
        Ok(())
    }

    /// Sees an event that is not asked for.
    fn skipped(&mut self, line: &Line<'_>) -> Result<(), String> {
        if let Some(others) = &mut self.others
            && self.reader.events().unknown_kinds().next().is_none()
            && let Some(read) = others.event(line.text).map_err(|e| e.to_string())?
        {
            self.owner(&read.profile, line);
        }
        Ok(())
    }

    /// The position of the profile of a line, if it is wanted.
    fn owner(&mut self, id: &str, line: &Line<'_>) -> Option<usize> {
        if self.only.is_some_and(|only| only != id) {
            return None;
        }
        match &mut self.owners {
            Owners::Known(index) => {
                let known = index.get(id).copied();
                if known.is_none() {
                    self.strangers.meet(id, line);
                }
                known
            }
            Owners::Found(index) => Some(match index.get(id) {
                Some(at) => *at,
                None => {
                    let next = index.len();
                    index.insert(id.into(), next);
                    next
                }
            }),
        }
    }
}

impl Strangers {
    fn meet(&mut self, id: &str, line: &Line<'_>) {
        let place = (line.source, line.number);
        self.count += 1;
        if self
            .first
            .as_ref()
            .is_none_or(|(source, number, _)| place < (*source, *number))
        {
            self.first = Some((place.0, place.1, id.to_owned()));
        }
    }
}

impl Data {
    /// Loads what a part of the rules' schema names, as it is at `now`, and says on standard error what was left out.
    pub(crate) fn load(
        &self,
        part: &Schema,
        rules: &Rules,
        now: Instant,
    ) -> Result<Population, Failure> {
        self.load_only(part, rules, now, None)
    }

    /// The same for one profile, or for all.
    fn load_only(
        &self,
        schema: &Schema,
        rules: &Rules,
        now: Instant,
        only: Option<&str>,
    ) -> Result<Population, Failure> {
        let reader = rules.reader(schema, self.on_error);
        let whole = rules.reader(rules.schema(), self.on_error);
        let lines = LineReader::new(reader.clone(), rules.zone())
            .with_changes(whole.clone())
            .with_identifiers(rules.rulebook());
        let kinds = rules.schema().kinds().iter();
        let names = kinds.fold(Projection::nothing(), |names, kind| names.kind(&kind.name));
        let mut records = self.load_profiles(&reader, only)?;
        let index: HashMap<&str, usize> = records
            .iter()
            .enumerate()
            .map(|(i, r)| (r.id(), i))
            .collect();
        let known = !self.profiles.is_empty();
        let heap = |_| Heap {
            reader: lines.clone(),
            others: (!known).then(|| whole.clone().only(&names)),
            now,
            owners: if known {
                Owners::Known(&index)
            } else {
                Owners::Found(HashMap::new())
            },
            only,
            events: Vec::new(),
            changes: Vec::new(),
            says_who: false,
            strangers: Strangers::default(),
            unknown: UnknownKinds::default(),
            wrong: Skipped::default(),
            kinds: vec![false; schema.kinds().len()],
        };
        let progress = Progress::over("reading events", &self.events);
        let (mut heaps, skipped) = scan(
            &self.events,
            self.on_error,
            &progress,
            (0..self.threads).map(heap).collect(),
            |heap, line| heap.take(line).map_err(Refused::from),
        )?;
        drop(progress);
        if heaps.iter().any(|heap| heap.says_who) {
            let records = if only.is_some() {
                self.load_profiles(&reader, None)?
            } else {
                records
            };
            return self.load_persons(schema, rules, &lines, records, now, only);
        }
        skipped.report(&self.events);
        self.report_strangers(&heaps);
        UnknownKinds::report(
            heaps
                .iter_mut()
                .map(|heap| std::mem::take(&mut heap.unknown)),
            &self.events,
        );
        self.report_kinds(schema, &heaps);
        let mut wrong = Skipped::default();
        let mut found: Vec<HashMap<Box<str>, usize>> = Vec::new();
        let (mut events, mut changes) = (Vec::new(), Vec::new());
        for heap in heaps {
            if let Owners::Found(index) = heap.owners {
                found.push(index);
            }
            events.push(heap.events);
            changes.push(heap.changes);
            wrong.join(heap.wrong);
        }
        wrong.report_values(&self.events);
        drop(index);
        if !known {
            (records, events) = joined(schema, &found, events, &mut changes)?;
        }
        Ok(Population {
            records,
            heaps: events,
            changes: in_order(changes),
            schema: schema.clone(),
        })
    }

    /// The same where lines say who somebody is: all of them in the order of time, since any profile may be a part of any other.
    fn load_persons(
        &self,
        schema: &Schema,
        rules: &Rules,
        lines: &LineReader,
        records: Vec<Record>,
        now: Instant,
        only: Option<&str>,
    ) -> Result<Population, Failure> {
        self.is_read_again()?;
        let known: Vec<String> = records
            .iter()
            .map(|record| record.id().to_owned())
            .collect();
        let mut persons = Persons::new(rules.rulebook(), schema)?;
        records
            .into_iter()
            .for_each(|record| persons.insert(record));
        let (items, _) = line::sorted(lines, self, None)?;
        let mut conflicts = Conflicts::default();
        for mut item in items {
            if item.at > now {
                (item.identity, item.change) = (None, Change::default());
            }
            let told = item
                .event
                .as_ref()
                .map(|event| event.kind_name(schema).to_owned());
            let (profile, at) = (item.profile.clone(), item.at);
            if let (Some(Receipt::Conflict), Some(kind)) = (persons.take(item), told) {
                conflicts.meet(&kind, &profile, at);
            }
        }
        conflicts.report();
        let mut records: Vec<Record> = match (only, self.profiles.is_empty()) {
            (Some(id), _) => persons.record(id).into_iter().cloned().collect(),
            (None, true) => persons.records().cloned().collect(),
            (None, false) => {
                let known = known.iter().filter_map(|id| persons.record(id)).cloned();
                known.collect()
            }
        };
        records.sort_unstable_by(|a, b| a.id().cmp(b.id()));
        records.dedup_by(|a, b| a.id() == b.id());
        Ok(Population {
            records,
            heaps: Vec::new(),
            changes: BTreeMap::new(),
            schema: schema.clone(),
        })
    }

    /// Loads one profile with its events.
    pub(crate) fn load_one(
        &self,
        part: &Schema,
        rules: &Rules,
        now: Instant,
        id: &str,
    ) -> Result<Record, Failure> {
        let found = self
            .load_only(part, rules, now, Some(id))?
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
            .map(|_| ProfileHeap {
                reader: reader.clone(),
                read: Vec::new(),
                unknown: UnknownKinds::default(),
                wrong: Skipped::default(),
            })
            .collect();
        let take = |heap: &mut ProfileHeap, line: Line<'_>| {
            let record = heap.reader.profile(line.text).map_err(|e| e.to_string())?;
            heap.unknown.see(&heap.reader, &line);
            heap.wrong.note(&heap.reader, &line);
            if only.is_some_and(|id| id != record.id()) {
                return Ok(());
            }
            heap.read.push(Read {
                record,
                source: line.source,
                line: line.number,
            });
            Ok(())
        };
        let (workers, mut skipped) = scan(&self.profiles, self.on_error, &progress, workers, take)?;
        drop(progress);
        let (mut all, mut unknown, mut wrong) = (Vec::new(), Vec::new(), Skipped::default());
        for heap in workers {
            all.extend(heap.read);
            unknown.push(heap.unknown);
            wrong.join(heap.wrong);
        }
        all.sort_unstable_by(|a: &Read, b| {
            (a.record.id(), a.source, a.line).cmp(&(b.record.id(), b.source, b.line))
        });
        let records = self.once(all, &mut skipped)?;
        skipped.report(&self.profiles);
        wrong.report_values(&self.profiles);
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

/// The changes of all threads, by position of the profile.
fn in_order(parts: Vec<Vec<(usize, TimedChange)>>) -> BTreeMap<usize, Vec<TimedChange>> {
    let mut all: BTreeMap<usize, Vec<TimedChange>> = BTreeMap::new();
    for (owner, change) in parts.into_iter().flatten() {
        all.entry(owner).or_default().push(change);
    }
    for changes in all.values_mut() {
        changes.sort_unstable_by_key(|c| (c.at, c.source, c.line));
    }
    all
}

/// Profiles that are known from their events only, and the events and changes by their positions.
fn joined(
    schema: &Schema,
    found: &[HashMap<Box<str>, usize>],
    heaps: Heaps,
    changes: &mut [Vec<(usize, TimedChange)>],
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
    for ((index, mut heap), changes) in found.iter().zip(heaps).zip(changes) {
        if !changes.is_empty() {
            let to: HashMap<usize, usize> = index
                .iter()
                .filter_map(|(id, at)| Some((*at, *position.get(&**id)?)))
                .collect();
            for (owner, _) in changes {
                *owner = to.get(owner).copied().unwrap_or(*owner);
            }
        }
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
    /// the profiles. A profile is let go of as soon as it was asked. Says which events do not count.
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
        let changed = &Changed {
            changes: self.changes,
            schema: self.schema,
        };
        thread::scope(|scope| {
            let mut hands = Vec::new();
            for (part, records) in parts(self.records, size).into_iter().enumerate() {
                let first = part * size;
                let part: Vec<_> = heaps
                    .iter_mut()
                    .filter_map(Iterator::next)
                    .map(Vec::into_iter)
                    .collect();
                hands.push(scope.spawn(move || ask_part(first, records, part, changed, ask)));
            }
            let broken = |_| Failure::new("an evaluation thread panicked; please report this");
            let (mut all, mut conflicts) = (Vec::new(), Conflicts::default());
            for hand in hands {
                let (collected, met) = hand.join().map_err(broken)?;
                all.push(collected);
                conflicts.join(met);
            }
            conflicts.report();
            Ok(all)
        })
    }

    /// All profiles with their events.
    pub(crate) fn records(self, threads: usize) -> Result<Vec<Record>, Failure> {
        let parts = self.ask(threads, |all: &mut Vec<Record>, record| all.push(record))?;
        Ok(parts.into_iter().flatten().collect())
    }
}

/// What changes in profiles.
struct Changed {
    changes: BTreeMap<usize, Vec<TimedChange>>,
    schema: Schema,
}

/// Asks the profiles of a part that begins at a position.
fn ask_part<T: Default>(
    first: usize,
    records: Vec<Record>,
    mut heaps: Vec<std::vec::IntoIter<Vec<RecordEvent>>>,
    changed: &Changed,
    ask: &impl Fn(&mut T, Record),
) -> (T, Conflicts) {
    let (mut collected, mut conflicts) = (T::default(), Conflicts::default());
    for (position, mut record) in (first..).zip(records) {
        for timed in changed.changes.get(&position).into_iter().flatten() {
            timed.change.put(&mut record, &changed.schema, timed.at);
        }
        let mut events = heaps
            .iter_mut()
            .filter_map(Iterator::next)
            .flatten()
            .peekable();
        if events.peek().is_some() {
            let rest = record.add_events(events);
            conflicts.see(&changed.schema, &record, &rest);
        }
        ask(&mut collected, record);
    }
    (collected, conflicts)
}

fn parts<T>(all: Vec<T>, size: usize) -> Vec<Vec<T>> {
    let mut rest = all.into_iter();
    std::iter::from_fn(|| {
        Some(rest.by_ref().take(size).collect::<Vec<T>>()).filter(|part| !part.is_empty())
    })
    .collect()
}

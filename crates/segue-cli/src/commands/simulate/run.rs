//! The run: the past is taken in, then events and time pass, and what happens is written and counted.

use super::ahead::Ahead;
use super::summary::Summary;
use crate::args::OutputFilter;
use crate::data::Persons;
use crate::data::line::Item;
use crate::input::{Refused, Trouble};
use crate::output::NewFile;
use crate::terminal::Failure;
use segue::engine::{Engine, EngineOutput, OutputKind, Receipt};
use segue::insight::{JourneyReportBuilder, LifecycleReportBuilder};
use segue::profile::{Record, RecordEvent};
use segue::{Instant, Rulebook, Schema};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, BufWriter, ErrorKind, Stdout, Write};
use std::path::Path;

/// What is known before a run begins.
struct Past {
    /// With their events.
    profiles: BTreeMap<String, (Record, Vec<RecordEvent>)>,
    /// Whether profiles may be merged: then they grow line by line.
    has_persons: bool,
    persons: Persons,
}

impl Past {
    /// The profiles with their events. Says which do not count.
    fn records<'p>(
        &'p mut self,
        schema: &'p Schema,
        summary: &'p mut Summary,
    ) -> impl Iterator<Item = Record> + 'p {
        let profiles = std::mem::take(&mut self.profiles).into_values();
        profiles.map(|(mut record, events)| {
            if !events.is_empty() {
                let rest = record.add_events(events);
                summary.conflicts.see(schema, &record, &rest);
            }
            record
        })
    }

    /// Lets what is known so far grow line by line.
    fn tell_persons(&mut self, summary: &mut Summary) {
        self.has_persons = true;
        let schema = self.persons.schema().clone();
        let records: Vec<Record> = self.records(&schema, summary).collect();
        records
            .into_iter()
            .for_each(|record| self.persons.insert(record));
    }
}

/// A run under way.
pub(in crate::commands) struct Simulation<'r> {
    engine: Engine<Record>,
    rulebook: &'r Rulebook,
    /// What is known before it begins, by profile; `None` once it has begun.
    past: Option<Past>,
    report: Option<LifecycleReportBuilder>,
    journeys: JourneyReportBuilder,
    from: Option<Instant>,
    until: Option<Instant>,
    /// The latest instant of the lines so far.
    latest: Option<Instant>,
    /// Lines that are further ahead than `--lead` allows, and that no other has agreed with yet.
    waiting: Vec<Ahead>,
    outputs: Vec<EngineOutput>,
    output: Output,
    summary: Summary,
}

impl<'r> Simulation<'r> {
    pub(super) fn new(
        engine: Engine<Record>,
        rulebook: &'r Rulebook,
        output: Output,
        profiles: Vec<Record>,
        persons: Persons,
        from: Option<Instant>,
        until: Option<Instant>,
    ) -> Self {
        let known = profiles
            .into_iter()
            .map(|record| (record.id().to_owned(), (record, Vec::new())));
        let past = Past {
            profiles: known.collect(),
            has_persons: rulebook.document().identity.is_some(),
            persons,
        };
        Simulation {
            engine,
            rulebook,
            past: Some(past),
            report: None,
            journeys: JourneyReportBuilder::new(rulebook),
            from,
            until,
            latest: None,
            waiting: Vec::new(),
            outputs: Vec::new(),
            output,
            summary: Summary::default(),
        }
    }

    /// A run of which nothing is written, and that ends just before an instant. It begins with its first line, or there if it has none.
    pub(in crate::commands) fn up_to(
        engine: Engine<Record>,
        rulebook: &'r Rulebook,
        profiles: Vec<Record>,
        persons: Persons,
        (first, end): (Option<Instant>, Instant),
    ) -> Result<Self, Failure> {
        let last = Instant::from_micros(end.micros().saturating_sub(1));
        let from = first.unwrap_or(end).min(end);
        let output = Output::new("-", &[])?;
        Ok(Simulation::new(
            engine,
            rulebook,
            output,
            profiles,
            persons,
            Some(from),
            Some(last),
        ))
    }

    /// The engine at the end.
    pub(in crate::commands) fn into_engine(self) -> Result<Engine<Record>, Failure> {
        let (engine, _, summary) = self.finish()?;
        summary.conflicts.report();
        Ok(engine)
    }

    /// A run that goes on; `edit` is what other rules than those before have changed.
    pub(super) fn restored(
        engine: Engine<Record>,
        rulebook: &'r Rulebook,
        output: Output,
        persons: Persons,
        until: Option<Instant>,
        edit: Vec<EngineOutput>,
    ) -> Self {
        let mut simulation =
            Simulation::new(engine, rulebook, output, Vec::new(), persons, None, until);
        simulation.past = None;
        // The report begins with the stock that the edit leaves.
        simulation.outputs = edit;
        simulation.tell();
        let from = Instant::from_micros(simulation.engine.now().micros().saturating_add(1));
        simulation.count_from(from);
        simulation
    }

    /// Takes a line of files in which lines stand in the order of time, or keeps it back until another one agrees with it. What
    /// comes in order of itself has no place.
    pub(in crate::commands) fn in_order(
        &mut self,
        item: Item,
        place: Option<(usize, u64)>,
    ) -> Result<(), Refused> {
        let (at, lateness) = (item.at, self.engine.lateness());
        if self.past.is_none()
            && let Some(latest) = self.latest
            && latest.micros().saturating_sub(at.micros()) > lateness.micros()
        {
            self.summary.events.too_late += 1;
            self.summary.events.refused_late += 1;
            let late = segue::Duration::from_micros(latest.micros() - at.micros());
            return Err(Refused::Here(format!(
                "`at`: {at} is {late} before a line that came earlier ({latest}); sort the lines by `at`, allow for it with \
                 `--lateness \"{late}\"`, or use `--sort`"
            )));
        }
        // Of the past only what is not past is too early.
        let before = if self.past.is_none() {
            self.latest.max(Some(self.engine.now()))
        } else {
            self.from
        };
        let (Some(lead), Some(before)) = (self.engine.max_future_skew(), before) else {
            self.accept(item, false);
            return Ok(());
        };
        let ahead = Ahead {
            item,
            before,
            place,
        };
        let trusted = self.waiting.iter().any(|other| other.agrees(at, lead));
        if ahead.is_beyond(before, lead) && !trusted {
            self.waiting.push(ahead);
            return Ok(());
        }
        let mut wrong = Vec::new();
        for waiting in std::mem::take(&mut self.waiting) {
            if trusted && !waiting.is_beyond(at, lead) {
                self.accept(waiting.item, true);
            } else {
                wrong.push(waiting);
            }
        }
        self.accept(ahead.item, trusted);
        match self.refuse(&wrong) {
            none if none.is_empty() => Ok(()),
            some => Err(Refused::Before(some)),
        }
    }

    /// Refuses the lines that nothing has agreed with.
    pub(super) fn alone(&mut self) -> Vec<Trouble> {
        let waiting = std::mem::take(&mut self.waiting);
        self.refuse(&waiting)
    }

    fn refuse(&mut self, wrong: &[Ahead]) -> Vec<Trouble> {
        let troubles: Vec<_> = wrong.iter().filter_map(Ahead::trouble).collect();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        self.summary.events.too_early += count(wrong.len());
        self.summary.events.refused_early += count(troubles.len());
        troubles
    }

    fn accept(&mut self, item: Item, trusted: bool) {
        self.latest = self.latest.max(Some(item.at));
        self.take(item, trusted);
    }

    /// Takes something that comes in; `trusted` if it is known to be right although it is far ahead.
    fn take(&mut self, item: Item, trusted: bool) {
        let at = item.at;
        if self.until.is_some_and(|until| at > until) {
            self.summary.events.after_the_end += 1;
            return;
        }
        if self.past.is_some() {
            let from = *self.from.get_or_insert(at);
            if at < from {
                return self.remember(item);
            }
            self.begin(from);
        }
        if let Some(lead) = self.engine.max_future_skew().filter(|_| trusted) {
            // Time goes on to where the line is as far ahead as it may be.
            let reached = Instant::from_micros(at.micros().saturating_sub(lead.micros().min(1)));
            self.engine.advance(reached, &mut self.outputs);
        }
        self.count_change(&item);
        let Item {
            profile,
            at,
            identity,
            change,
            event,
        } = item;
        if let Some(identity) = identity {
            let said = identity.tell(&mut self.engine, &profile, at, &mut self.outputs);
            match said {
                Ok(_) => self.summary.identifications += 1,
                Err(_) => self.summary.events.nobody += 1,
            }
        }
        change.tell(&mut self.engine, &profile, at, &mut self.outputs);
        if let Some(event) = event {
            let kind = event.kind_name(self.rulebook.schema());
            let receipt = self
                .engine
                .observe(profile.as_str(), event, &mut self.outputs);
            let events = &mut self.summary.events;
            match receipt {
                Receipt::Accepted => events.taken += 1,
                Receipt::Late => events.late += 1,
                Receipt::Duplicate => events.repeated += 1,
                Receipt::Conflict => {
                    events.conflicting += 1;
                    self.summary.conflicts.meet(kind, &profile, at);
                }
                Receipt::TooLate => events.too_late += 1,
                // Whether it is too early, or of no kind, has been looked at.
                _ => {}
            }
        }
        self.tell();
    }

    /// Counts a change. A line that is late is counted once, as an event if it is one.
    fn count_change(&mut self, item: &Item) {
        if item.change.is_empty() {
            return;
        }
        let now = self.engine.now();
        let late = now.micros().saturating_sub(item.at.micros());
        match late {
            ..=0 => self.summary.changes += 1,
            _ if item.event.is_some() => {}
            _ if late > self.engine.lateness().micros() => self.summary.events.too_late += 1,
            _ => self.summary.events.late += 1,
        }
    }

    /// Takes in something of the past.
    fn remember(&mut self, item: Item) {
        self.summary.events.past += 1;
        let schema = self.rulebook.schema();
        let Some(past) = &mut self.past else { return };
        if item.identity.is_some() {
            past.tell_persons(&mut self.summary);
        }
        if past.has_persons {
            past.persons.take(item);
            return;
        }
        let Item {
            profile,
            at,
            change,
            event,
            ..
        } = item;
        let (record, events) = match past.profiles.entry(profile) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let Ok(blank) = Record::builder(schema, new.key().as_str()).build() else {
                    return;
                };
                new.insert((blank, Vec::new()))
            }
        };
        change.put(record, schema, at);
        events.extend(event);
    }

    /// Takes the past as it stands just before an instant.
    fn begin(&mut self, from: Instant) {
        self.engine.advance(
            Instant::from_micros(from.micros().saturating_sub(1)),
            &mut self.outputs,
        );
        if let Some(mut past) = self.past.take() {
            if past.has_persons {
                past.tell_persons(&mut self.summary);
                past.persons.pour(&mut self.engine);
            } else {
                let records = past.records(self.rulebook.schema(), &mut self.summary);
                records.for_each(|record| self.engine.insert(record));
            }
        }
        self.count_from(from);
    }

    fn count_from(&mut self, from: Instant) {
        let mut report = LifecycleReportBuilder::new(self.rulebook, from);
        report.take_stock(&self.engine);
        (self.report, self.from) = (Some(report), Some(from));
    }

    /// Writes and counts what has happened.
    fn tell(&mut self) {
        for output in self.outputs.drain(..) {
            if let Some(report) = &mut self.report {
                report.record(&output);
            }
            self.journeys.record(&output);
            self.summary.count(&output);
            self.output.write(&output);
        }
    }

    /// Lets time pass to the end. The output is written, and yet to be finished.
    pub(super) fn finish(mut self) -> Result<(Engine<Record>, Output, Summary), Failure> {
        if self.past.is_some() {
            let Some(from) = self.from else {
                return Err(Failure::new(
                    "there is no event to start with; set `--from`",
                ));
            };
            self.begin(from);
        }
        let until = self
            .until
            .unwrap_or_else(|| self.engine.now())
            .max(self.engine.now());
        self.engine.advance(until, &mut self.outputs);
        self.tell();
        if let Some(report) = &mut self.report {
            report.take_stock(&self.engine);
            self.summary.lifecycles = report.build(until);
        }
        self.summary.journeys = self.journeys.build(until);
        (self.summary.from, self.summary.until) = (self.from, Some(until));
        self.summary.profiles = self.engine.len();
        Ok((self.engine, self.output, self.summary))
    }
}

enum To {
    Stdout(Stdout),
    File(NewFile),
}

impl To {
    fn finish(self) -> io::Result<()> {
        match self {
            To::Stdout(mut out) => out.flush(),
            To::File(file) => file.keep(),
        }
    }
}

impl Write for To {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            To::Stdout(out) => out.write(bytes),
            To::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            To::Stdout(out) => out.flush(),
            To::File(file) => file.flush(),
        }
    }
}

/// Where outputs are written to.
pub(super) struct Output {
    name: String,
    to: BufWriter<To>,
    only: Vec<OutputFilter>,
    /// What went wrong first; nothing is written after it.
    trouble: Option<io::Error>,
}

impl Output {
    pub(super) fn new(name: &str, only: &[OutputFilter]) -> Result<Self, Failure> {
        let (name, to) = match name {
            "-" => ("standard output", To::Stdout(io::stdout())),
            _ => {
                let file = NewFile::begin(Path::new(name));
                (
                    name,
                    To::File(
                        file.map_err(|e| Failure::new(format!("{name}: cannot be written: {e}")))?,
                    ),
                )
            }
        };
        let to = BufWriter::with_capacity(1 << 16, to);
        Ok(Output {
            name: name.to_owned(),
            to,
            only: only.to_vec(),
            trouble: None,
        })
    }

    fn write(&mut self, output: &EngineOutput) {
        let sort = match output.kind {
            OutputKind::SegmentEntered { .. } => OutputFilter::Entered,
            OutputKind::SegmentLeft { .. } => OutputFilter::Left,
            OutputKind::StageChanged(_) => OutputFilter::Moved,
            OutputKind::JourneyPassed(_) => OutputFilter::Passed,
            OutputKind::Effect(_) => OutputFilter::Effect,
            OutputKind::Suppressed(_) => OutputFilter::Held,
            OutputKind::ProfilesMerged { .. } => OutputFilter::Merged,
            OutputKind::IdentityConflict { .. } => OutputFilter::Conflict,
            _ => return,
        };
        if self.trouble.is_none() && self.only.contains(&sort) {
            let written = serde_json::to_writer(&mut self.to, output).map_err(io::Error::from);
            self.trouble = written.and_then(|()| self.to.write_all(b"\n")).err();
        }
    }

    /// Everything has to be out. A reader that closed it early (`| head`) is no error.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let done = match self.trouble {
            Some(e) => Err(e),
            None => self
                .to
                .into_inner()
                .map_err(io::IntoInnerError::into_error)
                .and_then(To::finish),
        };
        match done {
            Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Failure::new(format!(
                "{}: cannot be written: {e}",
                self.name
            ))),
            _ => Ok(()),
        }
    }
}

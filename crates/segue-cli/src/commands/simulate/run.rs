//! The run: the past is taken in, then events and time pass, and what happens is written and counted.

use super::summary::Summary;
use crate::args::OutputFilter;
use crate::data::line::Item;
use crate::output::NewFile;
use crate::terminal::Failure;
use segue::engine::{Engine, EngineOutput, OutputKind, Receipt};
use segue::insight::LifecycleReportBuilder;
use segue::profile::{Record, RecordEvent};
use segue::{Instant, Rulebook};
use std::collections::BTreeMap;
use std::io::{self, BufWriter, ErrorKind, Stdout, Write};
use std::path::Path;

/// A run under way.
pub(super) struct Simulation<'r> {
    engine: Engine<Record>,
    rulebook: &'r Rulebook,
    /// What is known before it begins, by profile; `None` once it has begun.
    past: Option<BTreeMap<String, (Record, Vec<RecordEvent>)>>,
    report: Option<LifecycleReportBuilder>,
    from: Option<Instant>,
    until: Option<Instant>,
    /// The latest instant of the lines so far.
    latest: Option<Instant>,
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
        from: Option<Instant>,
        until: Option<Instant>,
    ) -> Self {
        let known = profiles
            .into_iter()
            .map(|record| (record.id().to_owned(), (record, Vec::new())));
        Simulation {
            engine,
            rulebook,
            past: Some(known.collect()),
            report: None,
            from,
            until,
            latest: None,
            outputs: Vec::new(),
            output,
            summary: Summary::default(),
        }
    }

    /// A run that goes on.
    pub(super) fn restored(
        engine: Engine<Record>,
        rulebook: &'r Rulebook,
        output: Output,
        until: Option<Instant>,
    ) -> Self {
        let mut simulation = Simulation::new(engine, rulebook, output, Vec::new(), None, until);
        simulation.past = None;
        let from = Instant::from_micros(simulation.engine.now().micros().saturating_add(1));
        simulation.count_from(from);
        simulation
    }

    /// Takes a line of files in which lines stand in the order of time.
    pub(super) fn in_order(&mut self, item: Item) -> Result<(), String> {
        let (at, lateness) = (item.at(), self.engine.lateness());
        if self.past.is_none()
            && let Some(latest) = self.latest
            && latest.micros().saturating_sub(at.micros()) > lateness.micros()
        {
            self.summary.events.too_late += 1;
            self.summary.events.refused_late += 1;
            let late = segue::Duration::from_micros(latest.micros() - at.micros());
            return Err(format!(
                "`at`: {at} is {late} before a line that came earlier ({latest}); sort the lines by `at`, allow for it with \
                 `--lateness \"{late}\"`, or use `--sort`"
            ));
        }
        // Of the past only what is not past is too early.
        let before = if self.past.is_none() {
            self.latest
        } else {
            self.from
        };
        if let (Some(lead), Some(before)) = (self.engine.max_future_skew(), before)
            && at.micros().saturating_sub(before.micros()) > lead.micros()
        {
            self.summary.events.too_early += 1;
            self.summary.events.refused_early += 1;
            let early = segue::Duration::from_micros(at.micros() - before.micros());
            return Err(format!(
                "`at`: {at} is {early} after what came before it ({before}), more than `--lead` allows; look to the clock it \
                 is from, or allow for it with `--lead \"{early}\"`"
            ));
        }
        self.latest = self.latest.max(Some(at));
        self.take(item);
        Ok(())
    }

    /// Takes something that comes in.
    pub(super) fn take(&mut self, item: Item) {
        let at = item.at();
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
        let ahead = at.micros().saturating_sub(self.engine.now().micros());
        if self
            .engine
            .max_future_skew()
            .is_some_and(|lead| ahead > lead.micros())
        {
            self.summary.events.too_early += 1;
            return;
        }
        match item {
            Item::Event { profile, event } => {
                let receipt = self
                    .engine
                    .observe(profile.as_str(), event, &mut self.outputs);
                let events = &mut self.summary.events;
                match receipt {
                    Receipt::Accepted => events.taken += 1,
                    Receipt::Late => events.late += 1,
                    Receipt::Duplicate => events.repeated += 1,
                    Receipt::TooLate => events.too_late += 1,
                    // Whether it is too early, or of no kind, has been looked at.
                    _ => {}
                }
            }
            Item::Change {
                profile,
                at,
                change,
            } => {
                let now = self.engine.now();
                let late = now.micros().saturating_sub(at.micros());
                let lines = &mut self.summary;
                match late {
                    _ if late > self.engine.lateness().micros() => {
                        lines.events.too_late += 1;
                        return;
                    }
                    1.. => lines.events.late += 1,
                    _ => lines.changes += 1,
                }
                change.tell(&mut self.engine, &profile, at, &mut self.outputs);
            }
        }
        self.tell();
    }

    /// Takes in something of the past.
    fn remember(&mut self, item: Item) {
        self.summary.events.past += 1;
        let schema = self.rulebook.schema();
        let Some(past) = &mut self.past else { return };
        let (Item::Event { profile, .. } | Item::Change { profile, .. }) = &item;
        if !past.contains_key(profile) {
            let Ok(blank) = Record::builder(schema, profile.as_str()).build() else {
                return;
            };
            past.insert(profile.clone(), (blank, Vec::new()));
        }
        match (item, past) {
            (Item::Event { profile, event }, past) => {
                past.entry(profile)
                    .and_modify(|(_, events)| events.push(event));
            }
            (
                Item::Change {
                    profile,
                    at,
                    change,
                },
                past,
            ) => {
                past.entry(profile)
                    .and_modify(|(record, _)| change.put(record, schema, at));
            }
        }
    }

    /// Takes the past as it stands just before an instant.
    fn begin(&mut self, from: Instant) {
        self.engine.advance(
            Instant::from_micros(from.micros().saturating_sub(1)),
            &mut self.outputs,
        );
        for (mut record, events) in self.past.take().into_iter().flat_map(BTreeMap::into_values) {
            if !events.is_empty() {
                record.add_events(events);
            }
            self.engine.insert(record);
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
            self.summary.count(&output);
            self.output.write(&output);
        }
    }

    /// Lets time pass to the end.
    pub(super) fn finish(mut self) -> Result<(Engine<Record>, Summary), Failure> {
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
        self.output.finish()?;
        if let Some(report) = &mut self.report {
            report.take_stock(&self.engine);
            self.summary.lifecycles = report.build(until);
        }
        (self.summary.from, self.summary.until) = (self.from, Some(until));
        self.summary.profiles = self.engine.len();
        Ok((self.engine, self.summary))
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
            OutputKind::Effect(_) => OutputFilter::Effect,
            OutputKind::Suppressed(_) => OutputFilter::Held,
            _ => return,
        };
        if self.trouble.is_none() && self.only.contains(&sort) {
            let written = serde_json::to_writer(&mut self.to, output).map_err(io::Error::from);
            self.trouble = written.and_then(|()| self.to.write_all(b"\n")).err();
        }
    }

    /// Everything has to be out. A reader that closed it early (`| head`) is no error.
    fn finish(self) -> Result<(), Failure> {
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

//! `segue report touchpoints` and `segue audit`: what happens at touchpoints, and what is not known of them.

mod audit;
mod tables;

use crate::args::{Audit, ReportCommand, ReportFormat, RulesArgs, TouchpointArgs, Touchpoints};
use crate::data::line::{self, LineReader};
use crate::data::{Data, Persons};
use crate::rules::Rules;
use crate::terminal::{self, Failure, Outcome};
use segue::diagnostic::printable;
use segue::insight::{TouchpointReport, TouchpointReportBuilder};
use segue::profile::{Model, Record};
use segue::time::CalendarUnit;
use segue::{Instant, Rulebook};
use serde::Serialize;
use std::collections::BTreeSet;

pub(crate) fn run(command: ReportCommand) -> Result<Outcome, Failure> {
    match command {
        ReportCommand::Touchpoints(args) => touchpoints(args),
    }
}

fn touchpoints(args: Touchpoints) -> Result<Outcome, Failure> {
    let Touchpoints { of, per, format } = args;
    let (report, _) = report(of, per.map(Into::into))?;
    show(&report, format, || tables::text(&report))
}

pub(crate) fn audit(args: Audit) -> Result<Outcome, Failure> {
    let Audit { of, format } = args;
    let (report, has_profiles) = report(of, None)?;
    let audit = report.audit();
    show(&audit, format, || audit::text(&audit, has_profiles))
}

fn show(
    what: &impl Serialize,
    format: ReportFormat,
    text: impl FnOnce() -> String,
) -> Result<Outcome, Failure> {
    match format {
        ReportFormat::Table => terminal::print(&printable(&text()))?,
        ReportFormat::Json => {
            let json = serde_json::to_string(what).map_err(|e| Failure::new(e.to_string()))?;
            terminal::print(&(json + "\n"))?;
        }
    }
    Ok(Outcome::Fine)
}

/// The report, and whether there were files of profiles, without which nobody is known.
fn report(
    args: TouchpointArgs,
    per: Option<CalendarUnit>,
) -> Result<(TouchpointReport, bool), Failure> {
    let mut data = args.data.data()?;
    let rules_args = RulesArgs {
        rules: Some(args.rules),
        schema: args.schema,
    };
    let rules = Rules::load(rules_args, args.timezone, &mut data, false)?;
    let rulebook = rules
        .rulebook()
        .ok_or_else(|| Failure::new("there are no rules; name a file with `--rules`"))?;
    let reader = rules.line_reader(data.on_error);
    let [from, until] = [args.from, args.until].map(|at| at.map(|at| at.within(rules.zone())));
    let read = Read::new(rulebook, &reader, &data, until)?;
    // After the last event, so that it counts.
    let after = |at: Instant| Instant::from_micros(at.micros().saturating_add(1));
    let (Some(from), Some(until)) = (from.or(read.first), until.or(read.last.map(after))) else {
        return Err(Failure::new(
            "there are no events; set `--from` and `--until`",
        ));
    };
    let model = Model::<Record>::for_schema(rules.schema());
    let builder = TouchpointReportBuilder::new(rulebook, &model, from, until);
    let mut builder = builder.map_err(|e| Failure::new(e.to_string()))?;
    if let Some(unit) = per {
        builder = builder.by(unit);
    }
    for record in read.persons.records() {
        if read.known.contains(record.id()) {
            builder.record(record);
        } else {
            builder.record_unknown(record);
        }
    }
    Ok((builder.build(), !data.profiles.is_empty()))
}

/// Everybody who has a row or an event.
struct Read {
    persons: Persons,
    /// The ids of those who have a row.
    known: BTreeSet<String>,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Read {
    fn new(
        rulebook: &Rulebook,
        reader: &LineReader,
        data: &Data,
        until: Option<Instant>,
    ) -> Result<Self, Failure> {
        let records = data.load_profiles(reader.events(), None)?;
        let rows: Vec<String> = records.iter().map(|r| r.id().to_owned()).collect();
        let mut persons = Persons::new(Some(rulebook), rulebook.schema())?;
        let (mut first, mut last): (Option<Instant>, Option<Instant>) = (None, None);
        for record in records {
            for event in record.events().iter() {
                see(segue::Event::at(event), &mut first, &mut last);
            }
            persons.insert(record);
        }
        let (items, _) = line::sorted(reader, data, None)?;
        for item in items {
            if until.is_some_and(|until| item.at >= until) {
                break;
            }
            if item.event.is_some() {
                see(item.at, &mut first, &mut last);
            }
            persons.take(item);
        }
        // Of two who are one person by now, whoever is left is known.
        let known = rows.iter().filter_map(|id| persons.record(id));
        let known = known.map(|record| record.id().to_owned()).collect();
        Ok(Read {
            persons,
            known,
            first,
            last,
        })
    }
}

fn see(at: Instant, first: &mut Option<Instant>, last: &mut Option<Instant>) {
    *first = Some(first.map_or(at, |first| first.min(at)));
    *last = (*last).max(Some(at));
}

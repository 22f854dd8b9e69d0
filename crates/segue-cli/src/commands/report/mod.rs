//! `segue report` and `segue audit`: reports of a rule file, what happens at touchpoints, and what is not known of them.

mod audit;
mod members;
mod overview;
mod page;
mod tables;

use crate::args::{Audit, PeriodArg, Report, ReportArgs, ReportFormat};
use crate::data::line::{self, LineReader};
use crate::data::{Data, Persons};
use crate::output::NewFile;
use crate::rules::Rules;
use crate::terminal::{self, Failure, Outcome};
use members::{MemberList, WithMembers};
use page::Shown;
use segue::diagnostic::printable;
use segue::insight::{TouchpointReport, TouchpointReportBuilder};
use segue::profile::{Model, Record};
use segue::time::CalendarUnit;
use segue::{Instant, Rulebook};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The report that has no table in a rule file, and a form of its own.
const TOUCHPOINTS: &str = "touchpoints";

pub(crate) fn run(args: Report) -> Result<Outcome, Failure> {
    let Report {
        name,
        board,
        html,
        of,
        per,
        members,
        format,
    } = args;
    if let Some(file) = html {
        let shown = match (&name, &board) {
            (Some(name), _) => Shown::One(name),
            (None, Some(board)) => Shown::Board(board),
            (None, None) => Shown::Everything,
        };
        return page(of, &shown, &file);
    }
    match (name, board) {
        (Some(name), _) if name == TOUCHPOINTS => print_touchpoints(of, per, members, format),
        _ if per.is_some() => {
            let message = "`--per` is for `touchpoints`; other reports say it in the rule file";
            Err(Failure::new(message))
        }
        (Some(name), _) => print_one(of, &name, members, format),
        (None, Some(board)) => print_board(of, &board, format),
        // INVARIANT: one of the three is required.
        (None, None) => Err(Failure::new(
            "name a report, a board or a file for `--html`",
        )),
    }
}

/// Writes a page of pictures, whole or not at all.
fn page(of: ReportArgs, shown: &Shown<'_>, file: &str) -> Result<Outcome, Failure> {
    let rules = of.rules.rules.to_string();
    let opened = Opened::new(of)?;
    let html = page::page(&opened, &rules, shown)?.to_html();
    let written = NewFile::replace(Path::new(file), &html);
    written.map_err(|e| Failure::new(format!("{file}: cannot be written: {e}")))?;
    Ok(Outcome::Fine)
}

fn print_touchpoints(
    of: ReportArgs,
    per: Option<PeriodArg>,
    members: bool,
    format: ReportFormat,
) -> Result<Outcome, Failure> {
    if members {
        return Err(Failure::new(
            "`touchpoints` keeps no list of people; leave `--members` out",
        ));
    }
    let report = touchpoints(&Opened::new(of)?, per.map(Into::into))?;
    show(&report, format, || tables::touchpoints::text(&report))
}

fn print_one(
    of: ReportArgs,
    name: &str,
    members: bool,
    format: ReportFormat,
) -> Result<Outcome, Failure> {
    let opened = Opened::new(of)?;
    let report = page::result(&opened, name)?;
    if !members {
        return show(&report, format, || tables::text(&report));
    }
    let ids: Vec<&str> = opened.read.persons.records().map(Record::id).collect();
    let members = MemberList::all(&report, &ids);
    let text = || tables::text(&report) + &members::text(&members);
    let report = WithMembers {
        report: &report,
        members: &members,
    };
    show(&report, format, text)
}

fn print_board(of: ReportArgs, board: &str, format: ReportFormat) -> Result<Outcome, Failure> {
    let opened = Opened::new(of)?;
    let mut results = Vec::new();
    for name in &page::board(&opened, board)?.reports {
        results.push((name, page::result(&opened, name)?));
    }
    let text = || {
        let texts = results
            .iter()
            .map(|(name, result)| format!("{name}\n{}", tables::text(result)));
        texts.collect::<Vec<_>>().join("\n")
    };
    let named: BTreeMap<_, _> = results
        .iter()
        .map(|(name, result)| (name, result))
        .collect();
    show(&named, format, text)
}

pub(crate) fn audit(args: Audit) -> Result<Outcome, Failure> {
    let Audit { of, format } = args;
    let opened = Opened::new(of)?;
    let audit = touchpoints(&opened, None)?.audit();
    show(&audit, format, || audit::text(&audit, opened.has_profiles))
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

fn touchpoints(opened: &Opened, per: Option<CalendarUnit>) -> Result<TouchpointReport, Failure> {
    let model = Model::<Record>::for_schema(opened.rules.schema());
    let rulebook = opened.rulebook()?;
    let builder = TouchpointReportBuilder::new(rulebook, &model, opened.from, opened.until);
    let mut builder = builder.map_err(|e| Failure::new(e.to_string()))?;
    if let Some(unit) = per {
        builder = builder.by(unit);
    }
    for record in opened.read.persons.records() {
        if opened.read.known.contains(record.id()) {
            builder.record(record);
        } else {
            builder.record_unknown(record);
        }
    }
    Ok(builder.build())
}

/// Rules and data of a report.
struct Opened {
    rules: Rules,
    read: Read,
    from: Instant,
    until: Instant,
    /// Whether there were files of profiles, without which nobody is known.
    has_profiles: bool,
}

impl Opened {
    fn new(args: ReportArgs) -> Result<Self, Failure> {
        let mut data = args.data.data()?;
        let rules = Rules::load(args.rules, args.timezone, &mut data, false)?;
        let rulebook = rules.rulebook().ok_or_else(no_rules)?;
        let reader = rules.line_reader(data.on_error);
        let [from, until] = [args.from, args.until].map(|at| at.map(|at| at.within(rules.zone())));
        let read = Read::new(rulebook, &reader, &data, until)?;
        // After the last event, so that it counts.
        let after = |at: Instant| Instant::from_micros(at.micros().saturating_add(1));
        let (Some(from), Some(until)) = (from.or(read.first), until.or(read.last.map(after)))
        else {
            return Err(Failure::new(
                "there are no events; set `--from` and `--until`",
            ));
        };
        Ok(Opened {
            rules,
            read,
            from,
            until,
            has_profiles: !data.profiles.is_empty(),
        })
    }

    fn rulebook(&self) -> Result<&Rulebook, Failure> {
        self.rules.rulebook().ok_or_else(no_rules)
    }
}

fn no_rules() -> Failure {
    Failure::new("there are no rules; name a file with `--rules`")
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

//! Loading reports and boards.
//!
//! A kind of report is: its keys, in `document/report.rs`; a file here, with what of them is checked (a `Plan`) and its [`Kind`], which
//! is listed in [`KINDS`] and [`ReportPlan`]; a file of `insight/` with its builder and its result, which are listed in
//! `insight/report.rs`; a file of `commands/report/tables/` of the program; and a section of `docs/reports.md`.

mod funnel;
mod grouping;
mod heat;
mod interval;
mod orders;
mod paths;
mod repurchase;
mod retention;
mod returns;
mod rfm;
mod series;
mod spread;
mod together;

pub(crate) use funnel::{BetweenSteps, FunnelPlan, MAX_STEPS, StepOrder, Ties, events_read};
pub(crate) use grouping::{GroupedBy, Grouping};
pub(crate) use heat::HeatPlan;
pub(crate) use interval::{IntervalPlan, Runs};
pub(crate) use orders::{OrderGrouping, OrdersPlan, Source};
pub(crate) use paths::PathsPlan;
pub(crate) use repurchase::RepurchasePlan;
pub(crate) use retention::RetentionPlan;
pub(crate) use returns::Returns;
pub(crate) use rfm::RfmPlan;
pub(crate) use series::{FigureValue, SeriesPlan};
pub(crate) use spread::{SpreadOf, SpreadPlan};
pub(crate) use together::TogetherPlan;

use super::document::{BoardDocument, ReportDocument, RulebookDocument};
use super::events::{aggregated, has_window, parsed};
use super::reader::{KeyedText, Reader};
use super::touchpoints::PERIODS;
use crate::check::{StepChecker, listed};
use crate::diagnostic::Diagnostic;
use crate::ir::{CalendarSpan, Cond, CondKind, Reads, Select, Term, TermKind};
use crate::rule::ValueRule;
use crate::schema::Schema;
use crate::span::Span;
use crate::syntax::{Aggregate, Expr};
use crate::time::CalendarUnit;
use std::sync::Arc;

/// The kinds of reports, in the order in which they are told of.
const KINDS: &[Kind] = &[
    funnel::KIND,
    interval::KIND,
    paths::KIND,
    heat::KIND,
    retention::KIND,
    series::KIND,
    repurchase::KIND,
    orders::KIND,
    spread::KIND,
    together::KIND,
    rfm::KIND,
];

/// A kind of report.
struct Kind {
    /// The key that says so.
    key: &'static str,
    /// The other keys of a report that it takes.
    takes: &'static [&'static str],
    is_meant: fn(&ReportDocument) -> bool,
    load: fn(&ReportDocument, &mut ReportReader<'_, '_>) -> Option<ReportPlan>,
}

/// A report of a rulebook.
#[derive(Debug)]
pub(crate) struct LoadedReport {
    pub(crate) name: Arc<str>,
    pub(crate) plan: ReportPlan,
}

/// What a report asks, checked.
#[derive(Clone, Debug)]
pub(crate) enum ReportPlan {
    Funnel(Arc<FunnelPlan>),
    Interval(Arc<IntervalPlan>),
    Paths(Arc<PathsPlan>),
    Heat(Arc<HeatPlan>),
    Retention(Arc<RetentionPlan>),
    Series(Arc<SeriesPlan>),
    Repurchase(Arc<RepurchasePlan>),
    Orders(Arc<OrdersPlan>),
    Spread(Arc<SpreadPlan>),
    Together(Arc<TogetherPlan>),
    Rfm(Arc<RfmPlan>),
}

/// The parts of a report that look at profiles.
#[derive(Default)]
pub(crate) struct ReportParts<'a> {
    pub(crate) events: Vec<&'a Select>,
    pub(crate) values: Vec<&'a Term>,
}

impl LoadedReport {
    /// What of a profile it looks at.
    pub(crate) fn reads(&self, schema: &Schema) -> Reads {
        let parts = match &self.plan {
            ReportPlan::Funnel(plan) => plan.parts(),
            ReportPlan::Interval(plan) => plan.parts(),
            ReportPlan::Paths(plan) => plan.parts(),
            ReportPlan::Heat(plan) => plan.parts(),
            ReportPlan::Retention(plan) => plan.parts(),
            ReportPlan::Series(plan) => plan.parts(),
            ReportPlan::Repurchase(plan) => plan.parts(),
            ReportPlan::Orders(plan) => plan.parts(),
            ReportPlan::Spread(plan) => plan.parts(),
            ReportPlan::Together(plan) => plan.parts(),
            ReportPlan::Rfm(plan) => plan.parts(),
        };
        let mut reads = Reads::default();
        for events in parts.events {
            let happened = Cond::new(CondKind::Happened(events.clone()), Span::default());
            reads.merge(&Reads::of_condition(&happened, schema));
        }
        for value in parts.values {
            reads.merge(&Reads::of_term(value, schema));
        }
        reads
    }
}

/// Whether a name of reports is that of one which needs no table.
fn is_reserved(name: &str) -> bool {
    matches!(name, "touchpoints" | "segments") || name.starts_with("stock of ")
}

/// All that is right of the reports; the reader has what is wrong, also with boards.
pub(super) fn load(document: &RulebookDocument, reader: &mut Reader<'_>) -> Vec<LoadedReport> {
    let reports = document.reports.iter();
    let reports = reports.filter_map(|(name, document)| {
        let report = report(name, document, reader);
        if is_reserved(name) {
            let message = format!("`{name}` is a report that needs no table");
            return reader.complain(&["reports", name], "E0361", message, "choose another name");
        }
        report
    });
    let reports = reports.collect();
    let known = known_reports(document);
    for (name, board) in &document.boards {
        check_board(name, board, &known, reader);
    }
    reports
}

/// What boards can show.
fn known_reports(document: &RulebookDocument) -> Vec<String> {
    let written = document.reports.keys().cloned();
    let stocks = document.lifecycles.keys();
    let stocks = stocks.map(|lifecycle| format!("stock of {lifecycle}"));
    let built_in = std::iter::once("segments".to_owned()).chain(stocks);
    written.chain(built_in).collect()
}

fn check_board(name: &str, board: &BoardDocument, known: &[String], reader: &mut Reader<'_>) {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    for (i, report) in board.reports.iter().enumerate() {
        let nth = i.to_string();
        let path = ["boards", name, "reports", &nth];
        let at = KeyedText::new(&path, report);
        if !known.contains(&report.as_str()) {
            let _: Option<()> = reader.unknown(at, "report", &known);
        } else if board.reports.iter().take(i).any(|before| before == report) {
            let message = format!("`{report}` is on this board already");
            let diagnostic = at.error("E0362", message);
            reader.note(at, diagnostic.help("leave it out here"));
        }
    }
    if board.reports.is_empty() {
        let path = ["boards", name, "reports"];
        let message = "a board without reports shows nothing";
        let help = "name a report, such as `segments`";
        let _: Option<()> = reader.complain(&path, "E0362", message, help);
    }
}

fn report(name: &str, document: &ReportDocument, reader: &mut Reader<'_>) -> Option<LoadedReport> {
    let mut meant = KINDS.iter().filter(|kind| (kind.is_meant)(document));
    let (Some(kind), None) = (meant.next(), meant.next()) else {
        let keys: Vec<&str> = KINDS.iter().map(|kind| kind.key).collect();
        let message = format!("a report is exactly one of {}", listed(&keys));
        let help = "such as `funnel = [\"viewed\", \"purchased\"]`; give each its own table";
        return reader.complain(&["reports", name], "E0361", message, help);
    };
    let mut reader = ReportReader {
        path: vec!["reports", name],
        reader,
    };
    let is_right = reader.takes(document, kind);
    let plan = (kind.load)(document, &mut reader)?;
    let name = name.into();
    is_right.then_some(LoadedReport { name, plan })
}

/// Reads the texts of one report, or of a table in it.
struct ReportReader<'a, 'c> {
    /// The keys of the table.
    path: Vec<&'a str>,
    reader: &'a mut Reader<'c>,
}

impl ReportReader<'_, '_> {
    /// Refuses keys that say nothing to a kind.
    fn takes(&mut self, document: &ReportDocument, kind: &Kind) -> bool {
        let given = [
            ("within", document.within.is_some()),
            ("between", document.between.is_some()),
            ("order", document.order.is_some()),
            ("without", document.without.is_some()),
            ("ties", document.ties.is_some()),
            ("by", document.by.is_some()),
            ("per", document.per.is_some()),
        ];
        let mut is_right = true;
        for (key, _) in given.iter().filter(|(_, is_given)| *is_given) {
            if !kind.takes.contains(key) {
                let message = format!("`{key}` beside `{}` says nothing", kind.key);
                let known = listed(kind.takes);
                let help = match kind.takes {
                    [] => "leave it out".to_owned(),
                    _ => format!("leave it out; `{}` takes {known}", kind.key),
                };
                let _: Option<()> = self.complain(&[key], &message, &help);
                is_right = false;
            }
        }
        is_right
    }

    /// The same for a table of the report.
    fn table<R>(&mut self, key: &str, read: impl FnOnce(&mut ReportReader<'_, '_>) -> R) -> R {
        let mut path: Vec<&str> = self.path.clone();
        path.push(key);
        read(&mut ReportReader {
            path,
            reader: &mut *self.reader,
        })
    }

    /// A finding about a key, or about the table.
    fn complain<T>(&mut self, keys: &[&str], message: &str, help: &str) -> Option<T> {
        let path = [self.path.as_slice(), keys].concat();
        self.reader.complain(&path, "E0361", message, help)
    }

    /// Reads the text under some keys.
    fn at<T>(
        &mut self,
        keys: &[&str],
        text: &str,
        read: impl FnOnce(&mut Reader<'_>, KeyedText<'_>) -> Option<T>,
    ) -> Option<T> {
        let path = [self.path.as_slice(), keys].concat();
        read(self.reader, KeyedText::new(&path, text))
    }

    /// Reads a text that need not be there; the inner `None` is where it is not.
    #[expect(
        clippy::option_option,
        reason = "outside: whether it is right; inside: whether it is there"
    )]
    fn optional<T>(
        &mut self,
        key: &str,
        text: Option<&String>,
        read: impl FnOnce(&mut Reader<'_>, KeyedText<'_>) -> Option<T>,
    ) -> Option<Option<T>> {
        match text {
            None => Some(None),
            Some(text) => self.at(&[key], text, read).map(Some),
        }
    }

    #[expect(
        clippy::option_option,
        reason = "outside: whether it is right; inside: whether it is there"
    )]
    fn length(&mut self, key: &str, text: Option<&String>) -> Option<Option<CalendarSpan>> {
        self.optional(key, text, |reader, at| reader.length(at))
    }

    fn word<T: Copy>(
        &mut self,
        key: &str,
        text: Option<&String>,
        choices: &[(&str, T)],
        otherwise: T,
    ) -> Option<T> {
        let word = self.optional(key, text, |reader, at| reader.word(at, choices));
        word.map(|word| word.unwrap_or(otherwise))
    }

    /// The calendar period by which is counted.
    fn per(&mut self, text: Option<&String>) -> Option<CalendarUnit> {
        self.word("per", text, &PERIODS, CalendarUnit::Month)
    }

    /// Events that are counted.
    fn events(&mut self, key: &str, text: &str) -> Option<Select> {
        self.at(&[key], text, |reader, at| {
            let expr = parsed(at, reader)?;
            let (events, _) = events(Aggregate::Count, expr, at, reader)?;
            Some(events)
        })
    }

    /// The value by which people are told apart.
    #[expect(
        clippy::option_option,
        reason = "outside: whether it is right; inside: whether it is there"
    )]
    fn by(&mut self, text: Option<&String>) -> Option<Option<ValueRule>> {
        self.optional("by", text, |reader, at| reader.value_for(at, None))
    }

    /// Events one after the other, of which later ones may read those before that have a name.
    fn steps(&mut self, steps: &[StepText<'_>]) -> Option<Vec<Select>> {
        let context = self.reader.context;
        let mut checker = StepChecker::new(context);
        let mut checked = Vec::with_capacity(steps.len());
        for step in steps {
            let path = [self.path.as_slice(), step.keys].concat();
            let at = KeyedText::new(&path, step.text);
            let Some(expr) = parsed(at, self.reader) else {
                checked.push(None);
                continue;
            };
            let mut found = Vec::new();
            let select = checker.step(&expr, step.text, &mut found);
            context.place_names(&path, step.text);
            found
                .into_iter()
                .for_each(|found| self.reader.note(at, found));
            let select = select.and_then(|select| without_window(select, at, self.reader));
            checked.push(select);
        }
        checked.into_iter().collect()
    }
}

/// A step of a report: the keys under which it stands, and what it says.
struct StepText<'a> {
    keys: &'a [&'a str],
    text: &'a str,
}

/// The code of what is wrong with events.
const NOT_EVENTS: &str = "E0360";

const WINDOWED: &str =
    "a report is about the events between two instants; these have no window of their own";

fn without_window(select: Select, at: KeyedText<'_>, reader: &mut Reader<'_>) -> Option<Select> {
    if select.windows.lower.is_empty() && select.windows.upper.is_empty() {
        return Some(select);
    }
    let diagnostic = Diagnostic::error(NOT_EVENTS, select.span, WINDOWED);
    reader.report(at, diagnostic.help("leave the window out"))
}

/// The events of a text, and a value that each may have: `visited`, `visited.page`.
fn events(
    function: Aggregate,
    expr: Expr,
    at: KeyedText<'_>,
    reader: &mut Reader<'_>,
) -> Option<(Select, Option<Term>)> {
    if has_window(&expr) {
        let diagnostic = Diagnostic::error(NOT_EVENTS, expr.span, WINDOWED);
        return reader.report(at, diagnostic.help("leave the window out"));
    }
    let term = aggregated(function, expr, NOT_EVENTS, at, reader)?;
    let TermKind::Aggregate { select, of, .. } = term.kind else {
        return None;
    };
    let select = without_window(*select, at, reader)?;
    Some((select, of.map(|of| *of)))
}

//! `paths = { around = "followed", after = 3, of = "visited.page" }`: what comes before and after.

use super::{Kind, NOT_EVENTS, ReportParts, ReportPlan, ReportReader, events};
use crate::ir::{CalendarSpan, Select, Term, Ty};
use crate::rulebook::document::PathsDocument;
use crate::rulebook::events::parsed;
use crate::rulebook::reader::{KeyedText, Reader};
use crate::syntax::{Aggregate, Expr, ExprKind};
use std::sync::Arc;

/// How many events of a path are followed at most, on each side.
const MAX_EVENTS: u8 = 20;

/// How many events are followed where nothing is said.
const DEFAULT_AFTER: u8 = 3;

pub(super) const KIND: Kind = Kind {
    key: "paths",
    takes: &[],
    is_meant: |document| document.paths.is_some(),
    load: |document, reader| {
        let paths = document.paths.as_ref()?;
        reader.table("paths", |reader| load(paths, reader))
    },
};

/// Paths, checked.
#[derive(Debug)]
pub(crate) struct PathsPlan {
    pub(crate) around: Select,
    /// How many events before and after are followed.
    pub(crate) before: usize,
    pub(crate) after: usize,
    /// The events that paths are made of.
    pub(crate) of: Select,
    /// What each of them is called; `None`: as its kind.
    pub(crate) name: Option<Term>,
    /// At most this long before and after, the ends included.
    pub(crate) within: Option<CalendarSpan>,
}

impl PathsPlan {
    pub(super) fn parts(&self) -> ReportParts<'_> {
        ReportParts {
            events: vec![&self.around, &self.of],
            values: self.name.iter().collect(),
        }
    }
}

fn load(document: &PathsDocument, reader: &mut ReportReader<'_, '_>) -> Option<ReportPlan> {
    let around = reader.events("around", &document.around);
    let before = number("before", document.before, reader);
    let after = number("after", document.after, reader);
    let of = document.of.as_deref().unwrap_or("any event");
    let of = reader.at(&["of"], of, named_events);
    let within = reader.length("within", document.within.as_ref());
    let (before, after) = match (before?, after?) {
        (None, None) => (0, DEFAULT_AFTER),
        (before, after) => (before.unwrap_or(0), after.unwrap_or(0)),
    };
    let (of, name) = of?;
    Some(ReportPlan::Paths(Arc::new(PathsPlan {
        around: around?,
        before: before.into(),
        after: after.into(),
        of,
        name,
        within: within?,
    })))
}

#[expect(
    clippy::option_option,
    reason = "outside: whether it is right; inside: whether it is there"
)]
fn number(key: &str, n: Option<u8>, reader: &mut ReportReader<'_, '_>) -> Option<Option<u8>> {
    match n {
        Some(n) if n > MAX_EVENTS => {
            let message = format!("a path follows at most {MAX_EVENTS} events on each side");
            let help = format!("write `{key} = {MAX_EVENTS}` or less");
            reader.complain(&[key], &message, &help)
        }
        n => Some(n),
    }
}

/// `visited`, or `visited.page`, where the pages are what is visited.
fn named_events(reader: &mut Reader<'_>, at: KeyedText<'_>) -> Option<(Select, Option<Term>)> {
    let expr = parsed(at, reader)?;
    if !has_property(&expr, reader) {
        return events(Aggregate::Count, expr, at, reader);
    }
    let (events, name) = events(Aggregate::Distinct, expr, at, reader)?;
    let name = name?;
    if matches!(name.ty, Ty::String | Ty::Enum(_)) {
        return Some((events, Some(name)));
    }
    let message = format!("events are not called by {}", name.ty.words());
    let diagnostic = at.error(NOT_EVENTS, message);
    reader.report(
        at,
        diagnostic.help("name a `string` or an `enum`, such as `visited.page`"),
    )
}

/// Whether an expression is a property of events, and not the events alone.
fn has_property(expr: &Expr, reader: &Reader<'_>) -> bool {
    match &expr.kind {
        ExprKind::Property { .. } => true,
        ExprKind::Path(names) => {
            let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
            names.len() > 1 && reader.context.schema().kind_id(&names.join(".")).is_none()
        }
        _ => false,
    }
}

//! Loading touchpoints and the measures of goals.

use super::document::{KpiDocument, RulebookDocument, TargetDocument, TouchpointDocument};
use super::events::{aggregated, has_window, parsed};
use super::reader::{KeyedText, Reader};
use crate::check::normal;
use crate::diagnostic::Diagnostic;
use crate::ir::{CalendarSpan, Select, Term, TermKind, Ty};
use crate::rule::touchpoint::{Credit, Kpi, Measure, Target, Touchpoint};
use crate::syntax::{Aggregate, Expr, ExprKind, WindowKind};
use crate::time::{CalendarUnit, Duration};
use crate::value::Decimal;

const ROLES: [(&str, ()); 3] = [("help", ()), ("offer", ()), ("advise", ())];

const CREDITS: [(&str, Credit); 3] = [
    ("first", Credit::First),
    ("last", Credit::Last),
    ("each", Credit::Each),
];

pub(super) const PERIODS: [(&str, CalendarUnit); 5] = [
    ("day", CalendarUnit::Day),
    ("week", CalendarUnit::Week),
    ("month", CalendarUnit::Month),
    ("quarter", CalendarUnit::Quarter),
    ("year", CalendarUnit::Year),
];

/// All that is right of the touchpoints; the reader has what is wrong.
pub(super) fn load(document: &RulebookDocument, reader: &mut Reader<'_>) -> Vec<Touchpoint> {
    let touchpoints = document.touchpoints.iter();
    touchpoints
        .filter_map(|(name, document)| touchpoint(name, document, reader))
        .collect()
}

fn touchpoint(
    name: &str,
    document: &TouchpointDocument,
    reader: &mut Reader<'_>,
) -> Option<Touchpoint> {
    let path = ["touchpoints", name, "events"];
    let events = events(KeyedText::new(&path, &document.events), reader);
    let path = ["touchpoints", name, "role"];
    let role = document.role.as_deref();
    let role = role.map(|role| reader.word(KeyedText::new(&path, role), &ROLES));
    let path = ["touchpoints", name, "kpi"];
    let kpi = document.kpi.as_ref().map(|kpi| {
        let mut loading = Loading {
            path: &path,
            reader: &mut *reader,
        };
        loading.kpi(kpi)
    });
    if role == Some(None) {
        return None;
    }
    Some(Touchpoint {
        name: name.into(),
        events: events?,
        kpi: match kpi {
            Some(kpi) => Some(kpi?),
            None => None,
        },
    })
}

/// The events of a text, without a window.
fn events(at: KeyedText<'_>, reader: &mut Reader<'_>) -> Option<Select> {
    let expr = parsed(at, reader)?;
    let (select, _) = aggregate(Aggregate::Count, expr, at, reader)?;
    Some(select)
}

/// The events that an expression names, and what it takes of each.
fn aggregate(
    function: Aggregate,
    argument: Expr,
    at: KeyedText<'_>,
    reader: &mut Reader<'_>,
) -> Option<(Select, Option<Term>)> {
    if has_window(&argument) {
        let message = "events are counted by calendar periods; they have no window";
        let diagnostic = Diagnostic::error("E0350", argument.span, message);
        return reader.report(at, diagnostic.help("leave the window out"));
    }
    let term = aggregated(function, argument, "E0350", at, reader)?;
    if let TermKind::Aggregate { select, of, .. } = term.kind {
        return Some((*select, of.map(|of| *of)));
    }
    None
}

/// Loads one measure.
struct Loading<'a, 'r, 'c> {
    /// The keys of the table.
    path: &'a [&'a str],
    reader: &'r mut Reader<'c>,
}

impl Loading<'_, '_, '_> {
    fn kpi(&mut self, document: &KpiDocument) -> Option<Kpi> {
        let measure = self.measure(document);
        let per = match &document.per {
            None => Some(CalendarUnit::Month),
            Some(word) => self.at("per", word, |reader, at| reader.word(at, &PERIODS)),
        };
        let target = match (&document.target, &measure) {
            (Some(target), Some(measure)) => Some(self.target(target, measure)?),
            _ => None,
        };
        Some(Kpi {
            measure: measure?,
            per: per?,
            target,
        })
    }

    /// Reads the text of a key.
    fn at<T>(
        &mut self,
        key: &str,
        text: &str,
        read: impl FnOnce(&mut Reader<'_>, KeyedText<'_>) -> Option<T>,
    ) -> Option<T> {
        let path = [self.path, &[key]].concat();
        read(self.reader, KeyedText::new(&path, text))
    }

    fn measure(&mut self, document: &KpiDocument) -> Option<Measure> {
        let KpiDocument {
            count,
            people,
            sum,
            avg,
            rate,
            credit,
            ..
        } = document;
        let measures = [
            ("count", count),
            ("people", people),
            ("sum", sum),
            ("avg", avg),
            ("rate", rate),
        ];
        let mut given = measures
            .into_iter()
            .filter_map(|(key, text)| Some((key, text.as_deref()?)));
        let (Some((key, text)), None) = (given.next(), given.next()) else {
            let message =
                "a KPI measures exactly one of `count`, `people`, `sum`, `avg` and `rate`";
            let help = "such as `kpi = { people = \"visited\", per = \"month\", target = 1000 }`";
            return self.reader.complain(self.path, "E0351", message, help);
        };
        if let (Some(_), false) = (credit, key == "rate") {
            let path = [self.path, &["credit"]].concat();
            let message = "only a `rate` is credited to events of the touchpoint";
            return self
                .reader
                .complain(&path, "E0351", message, "leave `credit` out");
        }
        let credit = match credit {
            None => Some(Credit::Last),
            Some(word) => self.at("credit", word, |reader, at| reader.word(at, &CREDITS)),
        };
        self.at(key, text, |reader, at| match key {
            "count" => events(at, reader).map(Measure::Count),
            "people" => events(at, reader).map(Measure::People),
            "sum" => value(Aggregate::Sum, at, reader).map(|(of, value)| Measure::Sum(of, value)),
            "avg" => {
                value(Aggregate::Avg, at, reader).map(|(of, value)| Measure::Average(of, value))
            }
            _ => share_followed(at, credit?, reader),
        })
    }

    fn target(&mut self, target: &TargetDocument, measure: &Measure) -> Option<Target> {
        let text = target.to_string();
        self.at("target", &text, |reader, at| {
            let read = match measure {
                Measure::Sum(_, value) | Measure::Average(_, value) if value.ty == Ty::Duration => {
                    let length = text.parse::<Duration>().ok();
                    length.map(|length| Target {
                        mantissa: length.micros(),
                        scale: 0,
                    })
                }
                Measure::Rate { .. } => share(&text),
                Measure::Count(_)
                | Measure::People(_)
                | Measure::Sum(..)
                | Measure::Average(..) => number(&text, 0),
            };
            let help = match measure {
                Measure::Sum(_, value) | Measure::Average(_, value) if value.ty == Ty::Duration => {
                    "write `target = \"3 minutes\"`"
                }
                Measure::Rate { .. } => "write `target = \"2%\"`",
                Measure::Count(_) | Measure::People(_) => "write `target = 1000`",
                Measure::Sum(..) | Measure::Average(..) => "write `target = \"49.90\"`",
            };
            let message = || format!("`{text}` is not what a KPI such as this can reach");
            read.or_else(|| reader.report(at, at.error("E0351", message()).help(help)))
        })
    }
}

/// The events of a text, and a number or a length of time of each.
fn value(
    function: Aggregate,
    at: KeyedText<'_>,
    reader: &mut Reader<'_>,
) -> Option<(Select, Term)> {
    let expr = parsed(at, reader)?;
    let (select, of) = aggregate(function, expr, at, reader)?;
    Some((select, of?))
}

/// `purchased within 3 days`
fn share_followed(at: KeyedText<'_>, credit: Credit, reader: &mut Reader<'_>) -> Option<Measure> {
    let expr = parsed(at, reader)?;
    let within = |kind: &WindowKind| match kind {
        WindowKind::Within(length) => normal(*length).filter(|length| length.parts() != (0, 0)),
        _ => None,
    };
    let read: Option<(Expr, CalendarSpan)> = match expr.kind {
        ExprKind::Windowed { subject, windows } => match windows.as_slice() {
            [window] => within(&window.kind).map(|length| (*subject, length)),
            _ => None,
        },
        _ => None,
    };
    let Some((subject, within)) = read else {
        let message = "a rate says which events follow within what time";
        let diagnostic = at.error("E0351", message);
        return reader.report(at, diagnostic.help("write `purchased within 3 days`"));
    };
    let (events, _) = aggregate(Aggregate::Count, subject, at, reader)?;
    Some(Measure::Rate {
        events,
        within,
        credit,
    })
}

/// `2%`, `0.02`: at most the whole.
fn share(text: &str) -> Option<Target> {
    let target = match text.trim().strip_suffix('%') {
        Some(percent) => number(percent.trim(), 2)?,
        None => number(text, 0)?,
    };
    let whole = 10_i64.checked_pow(u32::from(target.scale))?;
    (0..=whole).contains(&target.mantissa).then_some(target)
}

/// A number, divided by a power of ten.
fn number(text: &str, power: u8) -> Option<Target> {
    let number = text.trim().parse::<Decimal>().ok()?;
    Some(Target {
        mantissa: number.mantissa(),
        scale: number.scale().checked_add(power)?,
    })
}

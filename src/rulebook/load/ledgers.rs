//! Resolving ledgers: which events earn and take points, and how many.

use super::super::document::EarnDocument;
use super::super::reader::{KeyedText, Reader};
use super::super::touchpoints::PERIODS;
use super::{ExpressionSource, Work};
use crate::check::StepChecker;
use crate::diagnostic::Diagnostic;
use crate::ir::visit::{Seen, visit_written};
use crate::ir::{
    Cond, CondKind, Earning, FieldRef, Ledger, LedgerValue, Posting, Select, Term, TermKind, Trait,
    Ty, Weight,
};
use crate::span::Span;
use crate::time::CalendarUnit;
use std::sync::Arc;

/// The code of everything that is wrong with a ledger alone.
const LEDGER: &str = "E0380";

const OWN: &str =
    "read what the event says of itself: its properties by the name of `as`, and its instant";

impl Work {
    /// Checks a ledger, of which `parts` are the events and the points of everything that earns or takes some. It becomes a
    /// trait, so that whatever knows traits knows it.
    pub(super) fn resolve_ledger(&mut self, name: &str, parts: &[ExpressionSource]) {
        let Some(document) = self.document.ledgers.get(name) else {
            return;
        };
        let mut reader = Reader {
            context: &self.context,
            findings: &mut self.findings,
        };
        let mut pairs = parts.chunks_exact(2);
        let mut next =
            |reader: &mut Reader<'_>| pairs.next().and_then(|pair| posting(pair, reader));
        let earn: Vec<Option<Earning>> = (document.earn.iter().enumerate())
            .map(|(i, earning)| {
                let posting = next(&mut reader);
                earned(
                    ["ledgers", name, "earn", &i.to_string()],
                    earning,
                    posting,
                    &mut reader,
                )
            })
            .collect();
        let take = document.take.iter().map(|_| next(&mut reader));
        let take: Vec<Option<Posting>> = take.collect();
        if document.earn.is_empty() {
            let help = "write `earn = [{ on = \"…\", points = 1 }]`";
            reader.complain::<()>(&["ledgers", name], LEDGER, "nothing earns points", help);
            return;
        }
        let earn: Option<Vec<Earning>> = earn.into_iter().collect();
        let take: Option<Vec<Posting>> = take.into_iter().collect();
        let (Some(earn), Some(take)) = (earn, take) else {
            return;
        };
        let mut ledger = Ledger {
            weight: Weight::default(),
            name: name.to_owned(),
            earn,
            take,
        };
        ledger.weight = ledger
            .postings()
            .map(weight)
            .fold(Weight::default(), Weight::with);
        if let Some(complaint) = ledger.weight.complaint() {
            return self.too_large("ledgers", name, complaint);
        }
        let kind = TermKind::Ledger {
            ledger: Arc::new(ledger),
            value: LedgerValue::Balance,
        };
        let term = Term::new(kind, Ty::Exact(0), Span::default());
        let named = Trait {
            name: name.to_owned(),
            weight: Weight::of_term(&term),
            term,
            text: "".into(),
        };
        self.context.traits.insert(name.to_owned(), Arc::new(named));
    }
}

fn weight(posting: &Posting) -> Weight {
    let happened = CondKind::Happened(posting.select.clone());
    let events = Weight::of_cond(&Cond::new(happened, Span::default()));
    events.with(Weight::of_term(&posting.points))
}

/// What an earning says beside its events and points.
fn earned(
    path: [&str; 4],
    document: &EarnDocument,
    posting: Option<Posting>,
    reader: &mut Reader<'_>,
) -> Option<Earning> {
    let key = |key| [&path[..], &[key]].concat();
    let expires = document.expires.as_deref().map(|text| {
        let path = key("expires");
        reader.length(KeyedText::new(&path, text))
    });
    let per = document.per.as_deref().map(|text| {
        let path = key("per");
        reader.word(KeyedText::new(&path, text), &PERIODS)
    });
    let at_most: Option<Option<(u32, CalendarUnit)>> = match (document.at_most, per) {
        (None, None) => Some(None),
        (Some(1..), Some(per)) => per.and_then(|unit| Some(Some((document.at_most?, unit)))),
        (Some(0), _) => {
            let help = "let it be 1 at least, or leave the earning out";
            reader.complain(
                &key("at_most"),
                LEDGER,
                "none of these events earns anything",
                help,
            )
        }
        (Some(_), None) => {
            let help = "write `per = \"month\"` beside it";
            reader.complain(
                &key("at_most"),
                LEDGER,
                "`at_most` is of each calendar period",
                help,
            )
        }
        (None, Some(_)) => {
            let help = "write `at_most = 3` beside it";
            reader.complain(
                &key("per"),
                LEDGER,
                "`per` is the period of `at_most`",
                help,
            )
        }
    };
    Some(Earning {
        expires: match expires {
            Some(length) => Some(length?),
            None => None,
        },
        at_most: at_most?,
        posting: posting?,
    })
}

/// Events and their points, from the two texts that say so.
fn posting(pair: &[ExpressionSource], reader: &mut Reader<'_>) -> Option<Posting> {
    let [on, points] = pair else { return None };
    let mut checker = StepChecker::new(reader.context);
    let mut found = Vec::new();
    let select = (on.expr.as_ref()).and_then(|expr| checker.step(expr, &on.text, &mut found));
    found.extend(select.as_ref().and_then(of_more_than_events));
    let select = noted(on, found, select, reader)?;
    let mut found = Vec::new();
    let term =
        (points.expr.as_ref()).and_then(|expr| checker.value(expr, &points.text, &mut found));
    found.extend(term.as_ref().and_then(no_points));
    let term = noted(points, found, term, reader)?;
    Some(Posting {
        select,
        points: term,
        text: on.text.as_str().into(),
        points_text: points.text.as_str().into(),
    })
}

/// Notes what was found of a part, which is there if nothing of it is an error.
fn noted<T>(
    part: &ExpressionSource,
    found: Vec<Diagnostic>,
    checked: Option<T>,
    reader: &mut Reader<'_>,
) -> Option<T> {
    reader.context.place_names(&part.path, &part.text);
    let is_wrong = found.iter().any(Diagnostic::is_error);
    for diagnostic in found {
        reader
            .findings
            .about_text(&part.path, &part.text, diagnostic);
    }
    checked.filter(|_| !is_wrong)
}

fn of_more_than_events(select: &Select) -> Option<Diagnostic> {
    let wrong = |message: &str| Diagnostic::error(LEDGER, select.span, message);
    if !select.windows.lower.is_empty() || !select.windows.upper.is_empty() {
        let help = "leave the window out; `expires` says how long the points last";
        return Some(wrong("a ledger is about events of all times").help(help));
    }
    let mut tests = select.filter.iter().map(Seen::Cond);
    tests.any(looks_elsewhere).then(|| {
        let message = "whether an event counts in a ledger may depend on nothing but the event";
        wrong(message).help(OWN)
    })
}

fn no_points(term: &Term) -> Option<Diagnostic> {
    let wrong = |message: String| Diagnostic::error(LEDGER, term.span, message);
    if term.ty != Ty::Exact(0) {
        let message = format!(
            "points are whole: expected `int`, found {}",
            term.ty.words()
        );
        let is_number = term.ty.is_number();
        return Some(wrong(message).help(if is_number {
            "write `round(…)`"
        } else {
            "write a number, or a value of the event such as `round(p.amount)`"
        }));
    }
    looks_elsewhere(Seen::Term(term)).then(|| {
        let message = "how many points there are may depend on nothing but the event";
        wrong(message.to_owned()).help(OWN)
    })
}

/// Whether a part of a rule reads anything but one event.
fn looks_elsewhere(part: Seen<'_>) -> bool {
    let mut found = false;
    visit_written(part, &mut |seen| {
        found |= match seen {
            Seen::Field(field) => !matches!(
                field,
                FieldRef::Property(_) | FieldRef::NamedEventProperty(..)
            ),
            Seen::Select(_) | Seen::Rows(_) | Seen::Definition(_) => true,
            Seen::Bound(bound) => bound.moves(),
            Seen::Term(term) => {
                term.depends_on_now || matches!(term.kind, TermKind::Id | TermKind::Entry(_))
            }
            Seen::Cond(cond) => matches!(
                cond.kind,
                CondKind::Sample { .. }
                    | CondKind::Tagged(_)
                    | CondKind::Upcoming { .. }
                    | CondKind::AsOf { .. }
            ),
        };
    });
    found
}

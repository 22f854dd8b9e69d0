//! What a trigger waits for, checked among the names of a rulebook.

use super::checker::Checker;
use super::collections::named;
use super::context::Context;
use super::scope::EntryNames;
use super::suggest::suggest_whole;
use super::types::Expected;
use crate::diagnostic::Diagnostic;
use crate::ir::{
    CalendarSpan, CondKind, FieldRef, Operand, PropertyRef, Select, StageId, Term, TermKind, Ty,
};
use crate::rule::trigger::{Change, Occasion, Side};
use crate::rule::wait::ProfileDate;
use crate::schema::KindId;
use crate::span::Span;
use crate::syntax::{
    self, CompareOp, DateForm, Expr, ExprKind, Lead, Name, OfLifecycle, TriggerOnKind,
};
use crate::time::DAY;
use std::collections::BTreeMap;

/// The lifecycles of a rulebook and their stages in order.
pub(crate) type Stages<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// Checks an occasion.
pub(crate) fn occasion(
    read: &syntax::TriggerOn,
    text: &str,
    context: &Context,
    stages: &Stages<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Occasion> {
    let mut checker = Checker::new(text, context);
    let occasion = match &read.kind {
        TriggerOnKind::Stage { from, to, of } => {
            checker.stage(from.as_ref(), to.as_ref(), of.as_deref(), stages, read.span)
        }
        TriggerOnKind::Segment { entered, segment } => {
            checker.segment(segment).map(|segment| Occasion::Segment {
                segment,
                entered: *entered,
            })
        }
        TriggerOnKind::Events(events) => checker.happening(events),
        TriggerOnKind::Date(date) => checker.dated(date).map(Occasion::Date),
        TriggerOnKind::Schedule { every, at, segment } => {
            checker.segment(segment).map(|segment| Occasion::Schedule {
                every: *every,
                at: *at,
                segment,
            })
        }
    };
    found.append(&mut checker.found);
    occasion
}

/// What the conditions and values of a trigger can name of its entry; `occasion` is none where `on` has an error.
pub(crate) fn entry_names(
    read: Option<&syntax::TriggerOn>,
    occasion: Option<&Occasion>,
    context: &Context,
) -> EntryNames {
    let Some(occasion) = occasion else {
        return EntryNames {
            is_faulty: true,
            ..EntryNames::default()
        };
    };
    let kinds = match occasion {
        Occasion::Event(select) | Occasion::Silence { first: select, .. } => Some(&select.kinds),
        Occasion::Stage { .. }
        | Occasion::Segment { .. }
        | Occasion::Change(_)
        | Occasion::Date { .. }
        | Occasion::Schedule { .. } => None,
    };
    let name = read.and_then(event_name).unwrap_or_default();
    EntryNames {
        event: kinds.map(|kinds| (name.to_owned(), kinds.clone())),
        subject: subject_type(occasion, context),
        is_faulty: false,
    }
}

/// What an occasion calls its event; of a silence, the first.
fn event_name(read: &syntax::TriggerOn) -> Option<&str> {
    let TriggerOnKind::Events(events) = &read.kind else {
        return None;
    };
    let first = if let ExprKind::Sequence(sequence) = &events.kind {
        &sequence.steps.first()?.events
    } else {
        events
    };
    named(first).map(|(_, name)| name.text.as_str())
}

/// The type of the subjects of the lifecycle whose moves a trigger waits for.
fn subject_type(occasion: &Occasion, context: &Context) -> Option<Ty> {
    let Occasion::Stage { lifecycle, .. } = occasion else {
        return None;
    };
    let per = context.lifecycles.get(&**lifecycle)?.per.as_deref()?;
    let kinds = context.schema().kinds().iter();
    let mut types = kinds.filter_map(|kind| {
        let property = kind.properties.get(kind.property_index(per)?)?;
        Ty::of(&property.ty)
    });
    let first = types.next()?;
    let is_read_as_it_is = matches!(first, Ty::Enum(_) | Ty::Exact(0));
    Some(if is_read_as_it_is && types.all(|ty| ty == first) {
        first
    } else {
        Ty::String
    })
}

/// The property of a name that all of these kinds have; what they may be called otherwise.
pub(crate) fn property<'a>(
    kinds: &[KindId],
    name: &str,
    context: &'a Context,
) -> Result<PropertyRef, Vec<&'a str>> {
    let checker = Checker::new("", context);
    checker.property_of(kinds, name).ok_or_else(|| {
        checker
            .properties(kinds)
            .into_iter()
            .filter(|name| checker.property_of(kinds, name).is_some())
            .collect()
    })
}

impl Checker<'_> {
    fn stage(
        &mut self,
        from: Option<&Name>,
        to: Option<&Name>,
        of: Option<&OfLifecycle>,
        stages: &Stages<'_>,
        span: Span,
    ) -> Option<Occasion> {
        let known: Vec<&str> = stages.keys().copied().collect();
        let named = of.map(|of| (of.lifecycle.text.as_str(), of.lifecycle.span));
        let lifecycle = self.which_lifecycle(named, &known, "E0302", |checker| {
            let Some(first) = known.first() else {
                return Diagnostic::error(
                    "E0302",
                    span,
                    "there is no lifecycle whose stages this could be",
                )
                .help("stages are declared under `lifecycles`");
            };
            let named = [from, to].into_iter().flatten();
            let has = |names: &[&str]| {
                named
                    .clone()
                    .all(|n| n.text == "none" || names.contains(&n.text.as_str()))
            };
            let those: Vec<&str> = stages
                .iter()
                .filter(|(_, names)| has(names))
                .map(|(name, _)| *name)
                .collect();
            let source = checker.source(span);
            let meant = syntax::quoted_name(those.first().unwrap_or(first));
            let diagnostic =
                Diagnostic::error("E0303", span, "there are several lifecycles; say of which")
                    .help(format!("write `{source} of {meant}`"));
            let end = Span::new(span.end as usize, span.end as usize);
            if those.len() == 1 {
                diagnostic.fix(end, format!(" of {meant}"))
            } else {
                diagnostic
            }
        })?;
        let names = stages.get(lifecycle)?;
        let from = from.map_or(Some(Side::Any), |name| {
            self.side(name, lifecycle, names, true)
        });
        let to = to.map_or(Some(Side::Any), |name| {
            self.side(name, lifecycle, names, false)
        });
        let (from, to) = (from?, to?);
        if from == to && from != Side::Any {
            let diagnostic =
                Diagnostic::error("E0302", span, "nobody moves from a stage to the same one");
            return self.report(diagnostic.help("name two stages, or write `enter stage …`"));
        }
        let declared = self.context.lifecycles.get(lifecycle).cloned();
        let subject = match (declared, of) {
            (Some(declared), Some(of)) => self.subject_of_stage(&declared, of)?,
            (None, _) | (_, None) => None,
        };
        Some(Occasion::Stage {
            lifecycle: lifecycle.into(),
            subject,
            from,
            to,
        })
    }

    fn side(&mut self, name: &Name, lifecycle: &str, stages: &[&str], from: bool) -> Option<Side> {
        if let Some(stage) = stages.iter().position(|stage| *stage == name.text) {
            return Some(Side::Stage(Some(StageId::new(stage))));
        }
        if name.text == "none" {
            let diagnostic =
                Diagnostic::error("E0302", name.span, "nobody goes back to no stage at all");
            return if from {
                Some(Side::Stage(None))
            } else {
                self.report(diagnostic.help("name a stage"))
            };
        }
        let message = format!("lifecycle `{lifecycle}` has no stage `{}`", name.text);
        let diagnostic = Diagnostic::error("E0302", name.span, message);
        self.report(suggest_whole(diagnostic, name.span, &name.text, stages))
    }

    /// An event, or an event and then a silence.
    fn happening(&mut self, e: &Expr) -> Option<Occasion> {
        if let ExprKind::Sequence(written) = &e.kind {
            let CondKind::Sequence(steps) = self.sequence(written)? else {
                return None;
            };
            let mut steps = steps.into_iter();
            return match (steps.next(), steps.next(), steps.next()) {
                (Some(first), Some(absent), None) if absent.absent && absent.most.is_some() => {
                    self.without_windows(&first.select)?;
                    self.without_windows(&absent.select)?;
                    Some(Occasion::Silence { first: first.select, absent })
                }
                _ => self.report(
                    Diagnostic::error("E0304", e.span, "of sequences a trigger waits only for one event and a silence after it")
                        .help("write `added_to_cart then no purchased within 1 hour`; for other sequences make a segment and write `enter segment …`"),
                ),
            };
        }
        if let ExprKind::Changed {
            value,
            from,
            to,
            windows,
        } = &e.kind
        {
            if !windows.is_empty() {
                let alone = Expr {
                    kind: ExprKind::Changed {
                        value: value.clone(),
                        from: from.clone(),
                        to: to.clone(),
                        windows: Vec::new(),
                    },
                    ..e.clone()
                };
                let message = "a trigger waits for the change itself; it has no window";
                let diagnostic = Diagnostic::error("E0304", e.span, message);
                return self.report(
                    diagnostic
                        .help("leave the window out")
                        .fix(e.span, syntax::format(&alone)),
                );
            }
            return self.change(value, from.as_deref(), to.as_deref());
        }
        if self.is_events(e) {
            let select = self.select_of_step(e)?;
            return self
                .without_windows(&select)
                .map(|()| Occasion::Event(select));
        }
        let source = self.source(e.span);
        if let ExprKind::Path(_) = &e.kind
            && let Some(term) = self.quietly(e)
        {
            let diagnostic = Diagnostic::error(
                "E0304",
                e.span,
                format!("`{source}` is not something that happens"),
            );
            return self.report(if matches!(term.ty, Ty::Date | Ty::Instant) {
                let end = Span::new(e.span.end as usize, e.span.end as usize);
                diagnostic
                    .help(format!("say at what time of day: `{source} at 09:00`"))
                    .fix(end, " at 09:00")
            } else {
                diagnostic.help("write the condition under `when`, and under `on` what happens")
            });
        }
        if let ExprKind::Windowed { subject, .. } = &e.kind
            && self.is_events(subject)
        {
            return self.windowed(Some(subject), e.span);
        }
        if let ExprKind::InSegment {
            negated, segments, ..
        } = &e.kind
            && let [segment] = segments.as_slice()
        {
            let word = if *negated { "leave" } else { "enter" };
            let moved = format!("{word} segment {}", syntax::quoted_name(&segment.text));
            let message = format!("`{source}` is a condition, not something that happens");
            let diagnostic = Diagnostic::error("E0304", e.span, message);
            return self.report(
                diagnostic
                    .help(format!("write `{moved}`"))
                    .fix(e.span, moved),
            );
        }
        if let ExprKind::Path(_) = &e.kind {
            return self.select_of_step(e).map(Occasion::Event);
        }
        if let ExprKind::Compare {
            op: CompareOp::Eq,
            left,
            right,
            ..
        } = &e.kind
            && let Some(term) = self.quietly(left)
            && matches!(term.kind, TermKind::Field(FieldRef::Attribute(_)))
        {
            let message = format!("`{source}` is a condition, not something that happens");
            let diagnostic = Diagnostic::error("E0304", e.span, message);
            let becomes = format!(
                "{} changed to {}",
                self.source(left.span),
                self.source(right.span)
            );
            return self.report(diagnostic.help(format!(
                "for the change write `{becomes}`; a condition goes under `when`"
            )));
        }
        self.report(
            Diagnostic::error("E0304", e.span, format!("`{source}` is a condition, not something that happens"))
                .help("write the condition under `when` and what happens under `on`; or make a segment of it and write `on = \"enter segment …\"`"),
        )
    }

    /// `plan changed from "free" to "pro"`
    fn change(&mut self, of: &Expr, from: Option<&Expr>, to: Option<&Expr>) -> Option<Occasion> {
        let source = self.source(of.span);
        if self.is_events(of) {
            let message = format!("`{source}` is an event kind, which happens and does not change");
            let diagnostic = Diagnostic::error("E0304", of.span, message);
            return self.report(diagnostic.help(format!("wait for it: `on = \"{source}\"`")));
        }
        let value = self.operand(of)?;
        let (Operand::List(field)
        | Operand::Term(Term {
            kind: TermKind::Field(field),
            ..
        })) = &value
        else {
            return self.not_an_attribute(&source, of.span);
        };
        let FieldRef::Attribute(attribute) = field else {
            return self.not_an_attribute(&source, of.span);
        };
        let attribute = *attribute;
        let ty = match &value {
            Operand::Term(term) => Some(term.ty.clone()),
            Operand::List(_) => None,
        };
        let mut end = |end: Option<&Expr>| match (end, &ty) {
            (None, _) => Some(None),
            (Some(end), Some(ty)) => (self.literal_of(end, Expected::at(ty, of.span))).map(Some),
            (Some(end), None) => {
                let message =
                    format!("`{source}` is a list; of lists a trigger only waits for any change");
                let diagnostic = Diagnostic::error("E0304", end.span, message);
                self.report(diagnostic.help(format!(
                    "write `{source} changed`, and what the list then has under `when`"
                )))
            }
        };
        let (from, to) = (end(from), end(to));
        Some(Occasion::Change(Change {
            attribute,
            value,
            from: from?,
            to: to?,
        }))
    }

    fn not_an_attribute<T>(&mut self, source: &str, span: Span) -> Option<T> {
        let message = format!("`{source}` is no attribute; a trigger waits for the change of one");
        let diagnostic = Diagnostic::error("E0304", span, message);
        self.report(
            diagnostic.help(
                "for anything else make a segment of it and write `on = \"enter segment …\"`",
            ),
        )
    }

    /// A value, where it is one, without a word about it where it is not.
    fn quietly(&mut self, e: &Expr) -> Option<Term> {
        let before = self.found.len();
        let term = self.any_term(e);
        self.found.truncate(before);
        term
    }

    fn without_windows(&mut self, select: &Select) -> Option<()> {
        if select.windows.lower.is_empty() && select.windows.upper.is_empty() {
            return Some(());
        }
        self.windowed(None, select.span)
    }

    fn windowed<T>(&mut self, event: Option<&Expr>, whole: Span) -> Option<T> {
        let diagnostic = Diagnostic::error(
            "E0304",
            whole,
            "a trigger waits for the event itself; it has no window",
        )
        .help("leave the window out");
        self.report(match event {
            Some(event) => diagnostic.fix(whole, syntax::format(event)),
            None => diagnostic,
        })
    }

    /// A date of the profile and a time of day.
    pub(super) fn dated(&mut self, form: &DateForm) -> Option<ProfileDate> {
        let lead = match &form.lead {
            None => Some(CalendarSpan::Micros(0)),
            Some(lead) => self.lead(lead),
        };
        let e = &form.value;
        let source = self.source(e.span);
        let term = self.any_term(e)?;
        let wrong = |message: String| Diagnostic::error("E0305", e.span, message);
        if !matches!(term.ty, Ty::Date | Ty::Instant) {
            let message = format!("expected `date` or `instant`, found {}", term.ty.words());
            return self.report(
                wrong(message).help(
                    "name a date of the profile: `birthday at 09:00`, `3 days after last(purchased).at at 09:00`",
                ),
            );
        }
        if term.depends_on_now {
            let diagnostic = wrong(format!("`{source}` changes with `now`, so it never comes"));
            return self
                .report(diagnostic.help("for every day write `every day at 09:00 in segment …`"));
        }
        let yearly = self.is_yearly(&term);
        // On which day an instant lies is for the zone of each profile to say.
        Some(ProfileDate {
            value: term,
            lead: lead?,
            at: form.at,
            yearly,
        })
    }

    fn lead(&mut self, lead: &Lead) -> Option<CalendarSpan> {
        let sign = if lead.before { -1 } else { 1 };
        match self.calendar_span(lead.length, lead.span)? {
            CalendarSpan::Micros(n) if n % DAY != 0 => {
                let message = "a date is moved by whole days, weeks, months, quarters or years";
                let diagnostic = Diagnostic::error("E0305", lead.span, message);
                self.report(diagnostic.help("the time of day follows `at`"))
            }
            CalendarSpan::Micros(n) => Some(CalendarSpan::Micros(sign * n)),
            CalendarSpan::Months(n) => Some(CalendarSpan::Months(sign * n)),
        }
    }
}

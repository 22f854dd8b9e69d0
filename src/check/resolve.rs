//! What a name stands for: fields, events and their properties, parts of the calendar; and what is said where it stands for nothing.

use super::conditions::Checker;
use super::suggest::{listed, nearest, suggest, suggest_whole};
use crate::diagnostic::Diagnostic;
use crate::ir::{FieldRef, Part, PropertyRef, Term, TermKind, Ty};
use crate::schema::EVENT_PARTS;
use crate::span::Span;
use crate::syntax::{Aggregate, Expr, ExprKind, Kinds, Name, aggregate_word};
use crate::time::{CalendarUnit, MONTHS, WEEKDAYS};
use crate::value::Type;

impl<'a> Checker<'a> {
    /// A single word that names nothing: an enum's value, perhaps.
    pub(super) fn is_bare_unknown(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Path(names) if names.len() == 1 => names
                .first()
                .is_some_and(|n| self.named(&n.text, e.span).is_none()),
            _ => false,
        }
    }

    /// The field, if the expression names a list, and what the list holds.
    pub(super) fn list_field(&self, e: &Expr) -> Option<(FieldRef, Ty)> {
        let ExprKind::Path(names) = &e.kind else {
            return None;
        };
        let name = joined(names);
        let schema = self.context.schema();
        if let Some(list) = self.row_list(&name, true) {
            return Some(list);
        }
        if let Some(kinds) = &self.row
            && let Some(property) = self.property_of(kinds, &name)
        {
            let (kind, at) = *property.at.first()?;
            return match &schema.kinds().get(kind)?.properties.get(at)?.ty {
                Type::List(of) => Some((FieldRef::Property(property), Ty::of(of)?)),
                _ => None,
            };
        }
        if let Some(list) = self.row_list(&name, false) {
            return Some(list);
        }
        let position = schema.attribute_index(&name)?;
        match &schema.attributes().get(position)?.ty {
            Type::List(of) => Some((FieldRef::Attribute(position), Ty::of(of)?)),
            _ => None,
        }
    }

    pub(super) fn is_yearly(&self, term: &Term) -> bool {
        match &term.kind {
            TermKind::Field(FieldRef::Attribute(i)) => self
                .context
                .schema()
                .attributes()
                .get(*i)
                .is_some_and(|a| a.yearly),
            TermKind::Field(FieldRef::Property(p)) => p.at.iter().all(|(k, i)| {
                self.context
                    .schema()
                    .kinds()
                    .get(*k)
                    .and_then(|k| k.properties.get(*i))
                    .is_some_and(|f| f.yearly)
            }),
            TermKind::Field(FieldRef::Row(row)) => {
                let relation = self.context.schema().relations().get(row.relation);
                relation
                    .and_then(|r| r.properties.get(row.property))
                    .is_some_and(|f| f.yearly)
            }
            _ => false,
        }
    }

    pub(super) fn path(
        &mut self,
        names: &[Name],
        span: Span,
        expected: Option<&Ty>,
    ) -> Option<Term> {
        let name = joined(names);
        if let Some(ty @ (Ty::Enum(_) | Ty::Named(_))) = expected
            && names.len() == 1
            && (is_value_of(ty, &name) || self.named(&name, span).is_none())
        {
            return self.enum_value(&name, span, ty);
        }
        if let Some(term) = self.named(&name, span) {
            return Some(term);
        }
        // A calendar part of a date or an instant: `signup.month_of_year`.
        if let Some((last, first)) = names.split_last()
            && !first.is_empty()
            && let Some(part) = part(&last.text)
            && let Some(of) = self.named(&joined(first), span)
        {
            return self.part_of(of, part, last);
        }
        self.unknown(names, &name, span, expected)
    }

    /// What a name stands for, if anything.
    pub(super) fn named(&self, name: &str, span: Span) -> Option<Term> {
        let schema = self.context.schema();
        let make = |kind, ty| {
            Some(Term {
                kind,
                ty,
                span,
                depends_on_now: false,
            })
        };
        if let Some(of_row) = self.row_named(name, true, span) {
            return Some(of_row);
        }
        if let Some(kinds) = &self.row {
            if let Some(property) = self.property_of(kinds, name) {
                let ty = self.property_type(&property)?;
                return make(TermKind::Field(FieldRef::Property(property)), ty);
            }
            if name == "at" {
                return make(TermKind::At(None), Ty::Instant);
            }
            if let Some(part) = part(name) {
                let at = Term {
                    kind: TermKind::At(None),
                    ty: Ty::Instant,
                    span,
                    depends_on_now: false,
                };
                return make(
                    TermKind::Part {
                        part,
                        of: Box::new(at),
                    },
                    part_type(part),
                );
            }
        }
        if let Some(of_row) = self.row_named(name, false, span) {
            return Some(of_row);
        }
        if let Some((step, rest)) = name.split_once('.')
            && let Some(slot) = self.steps.iter().rposition(|(n, _)| n == step)
        {
            let (_, kinds) = self.steps.get(slot)?;
            if rest == "at" {
                return make(TermKind::At(Some(slot)), Ty::Instant);
            }
            if let Some(property) = self.property_of(kinds, rest) {
                let ty = self.property_type(&property)?;
                return make(TermKind::Field(FieldRef::StepProperty(slot, property)), ty);
            }
            let part = part(rest)?;
            let at = Term {
                kind: TermKind::At(Some(slot)),
                ty: Ty::Instant,
                span,
                depends_on_now: false,
            };
            return make(
                TermKind::Part {
                    part,
                    of: Box::new(at),
                },
                part_type(part),
            );
        }
        if let Some(i) = schema.attribute_index(name) {
            let ty = Ty::of(&schema.attributes().get(i)?.ty)?;
            return make(TermKind::Field(FieldRef::Attribute(i)), ty);
        }
        if let Some(named) = self.context.traits.get(name) {
            return Some(Term {
                kind: TermKind::Trait(named.clone()),
                ty: named.term.ty.clone(),
                span,
                depends_on_now: named.term.depends_on_now,
            });
        }
        if let Some(score) = self.context.scores.get(name) {
            return make(TermKind::Score(score.clone()), Ty::Exact(0));
        }
        if let Some(stage) = self.only_stage(name, span) {
            return Some(stage);
        }
        (name == "id").then_some(())?;
        make(TermKind::Id, Ty::String)
    }

    /// The property that all of these kinds have under one name and type.
    pub(super) fn property_of(&self, kinds: &[usize], name: &str) -> Option<PropertyRef> {
        let schema = self.context.schema();
        let at: Option<Vec<(usize, usize)>> = kinds
            .iter()
            .map(|k| Some((*k, schema.kinds().get(*k)?.property_index(name)?)))
            .collect();
        let property = PropertyRef {
            name: name.into(),
            at: at.filter(|a| !a.is_empty())?,
        };
        let mut types = property
            .at
            .iter()
            .filter_map(|(k, i)| Some(&schema.kinds().get(*k)?.properties.get(*i)?.ty));
        let first = types.next()?;
        types.all(|t| t == first).then_some(property)
    }

    pub(super) fn property_type(&self, property: &PropertyRef) -> Option<Ty> {
        let (kind, at) = property.at.first()?;
        Ty::of(
            &self
                .context
                .schema()
                .kinds()
                .get(*kind)?
                .properties
                .get(*at)?
                .ty,
        )
    }

    fn unknown(
        &mut self,
        names: &[Name],
        name: &str,
        span: Span,
        expected: Option<&Ty>,
    ) -> Option<Term> {
        if self.is_stage(name) {
            return self.bare_stage(span);
        }
        let schema = self.context.schema();
        let list = schema
            .attribute(name)
            .is_some_and(|a| matches!(a.ty, Type::List(_)));
        if list
            || self
                .row_list(name, true)
                .or_else(|| self.row_list(name, false))
                .is_some()
        {
            return self.report(
                Diagnostic::error(
                    "E0124",
                    span,
                    format!("`{name}` is a list, not a single value"),
                )
                .help(format!("write `{name} contains …`")),
            );
        }
        if schema.kind(name).is_some() {
            return self.report(
                Diagnostic::error("E0108", span, format!("`{name}` is events, not a value"))
                    .help(format!("write `count({name})`, or `last({name}).at`")),
            );
        }
        let declared = &self.context.declared_values;
        let most = most_parts(names, declared.iter().map(|name| &**name));
        if (1..=most).any(|n| declared.contains(&joined(names.get(..n).unwrap_or(names)))) {
            // What is wrong with it is said where it is declared.
            return None;
        }
        let mut known: Vec<&str> = Vec::new();
        if let [first, rest @ ..] = names
            && !rest.is_empty()
        {
            let (property, at) = (joined(rest), rest_span(rest, span));
            if let Some((_, kinds)) = self.steps.iter().rfind(|(step, _)| *step == first.text) {
                let message = format!(
                    "the events of step `{}` have no property `{property}`",
                    first.text
                );
                let diagnostic = suggest(
                    Diagnostic::error("E0103", at, message),
                    at,
                    &property,
                    &self.properties(kinds),
                );
                return self.report(diagnostic);
            }
            if let Some(kind) = schema.kind_index(&first.text) {
                let known = self.properties(&[kind]);
                if known.contains(&property.as_str()) {
                    return self.one_for_each(&first.text, &property, kind, span);
                }
                let message = format!("events `{}` have no property `{property}`", first.text);
                let diagnostic = suggest(
                    Diagnostic::error("E0103", at, message),
                    at,
                    &property,
                    &known,
                );
                return self.report(diagnostic);
            }
            let attributes = || schema.attributes().iter().map(|a| a.name.as_str());
            if self.row.is_some()
                && nearest(name, attributes()).is_none()
                && !attributes().any(|a| {
                    a.strip_prefix(first.text.as_str())
                        .is_some_and(|rest| rest.starts_with('.'))
                })
            {
                let steps: Vec<&str> = self.steps.iter().map(|(step, _)| step.as_str()).collect();
                let diagnostic = Diagnostic::error(
                    "E0101",
                    first.span,
                    format!("no step before this one is called `{}`", first.text),
                );
                let diagnostic = diagnostic.help(format!(
                    "a step is named by `as`: `campaign_received as {} then …`",
                    first.text
                ));
                return self.report(suggest_whole(diagnostic, first.span, &first.text, &steps));
            }
        }
        let mut message = format!("there is no attribute `{name}`");
        if let Some(kinds) = &self.row {
            if let Some(diagnostic) = self.not_common(kinds, name, span) {
                return self.report(diagnostic);
            }
            known.extend(self.properties(kinds));
            message = format!("`{name}` is neither a property of these events nor an attribute");
        }
        if self.related.is_some() {
            known.extend(self.row_names());
            if self.row.is_none() {
                message = format!("`{name}` is neither a property of these rows nor an attribute");
            }
        }
        let mut code = "E0101";
        known.extend(schema.attributes().iter().map(|a| a.name.as_str()));
        known.extend(self.context.traits.keys().map(String::as_str));
        known.extend(self.context.scores.keys().map(String::as_str));
        known.extend(
            self.context
                .declared_values
                .iter()
                .map(String::as_str)
                .filter(|v| self.named(v, span).is_none()),
        );
        if self.row.is_none() {
            known.extend(schema.kinds().iter().map(|k| k.name.as_str()));
            known.extend(schema.relations().iter().map(|r| r.name.as_str()));
        }
        if self.context.segments.contains_key(name) || self.context.declared_segments.contains(name)
        {
            return self.report(
                Diagnostic::error(code, span, message)
                    .help(format!("`{name}` is a segment: write `in segment {name}`"))
                    .fix(span, format!("in segment {name}")),
            );
        }
        let parts: Vec<&str> = known
            .iter()
            .copied()
            .filter(|k| {
                k.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('.'))
            })
            .collect();
        if !parts.is_empty() {
            let help = format!("name one of its parts: {}", listed(&parts));
            return self.report(
                Diagnostic::error(code, span, format!("`{name}` has no value of its own"))
                    .help(help),
            );
        }
        match nearest(name, known.iter().copied()) {
            Some(meant) if self.row.is_none() && schema.kind(meant).is_some() => {
                code = "E0102";
                message = format!("there is no kind of events `{name}`");
            }
            None if self.row.is_none()
                && self.related.is_none()
                && names.len() == 1
                && expected.is_none() =>
            {
                message = format!("`{name}` is neither an attribute nor a kind of events");
            }
            _ => {}
        }
        let diagnostic = Diagnostic::error(code, span, message);
        if expected == Some(&Ty::String) && nearest(name, known.iter().copied()).is_none() {
            return self.report(
                diagnostic
                    .help(format!("a text stands in quotes: \"{name}\""))
                    .fix(span, format!("\"{name}\"")),
            );
        }
        self.report(suggest(diagnostic, span, name, &known))
    }

    /// The properties that all of these kinds have, and what every event has.
    pub(super) fn properties(&self, kinds: &[usize]) -> Vec<&'a str> {
        let schema = self.context.schema();
        let first = kinds.first().and_then(|k| schema.kinds().get(*k));
        let own = first
            .into_iter()
            .flat_map(|k| k.properties.iter().map(|p| p.name.as_str()));
        own.filter(|name| self.property_of(kinds, name).is_some())
            .chain(EVENT_PARTS.iter().copied())
            .collect()
    }

    /// What is to be said of a property that only some of these kinds have, or not all of one type.
    fn not_common(&self, kinds: &[usize], name: &str, span: Span) -> Option<Diagnostic> {
        let schema = self.context.schema();
        let (with, without): (Vec<_>, Vec<_>) = kinds
            .iter()
            .filter_map(|k| schema.kinds().get(*k))
            .partition(|k| k.property_index(name).is_some());
        with.first()?;
        let message = match without.first() {
            Some(kind) => format!(
                "not all of these events have a property `{name}`: `{}` does not",
                kind.name
            ),
            None => format!("`{name}` is not of one type in all of these events"),
        };
        Some(
            Diagnostic::error("E0103", span, message)
                .help("ask for each kind of events by itself, and join the parts by `or`"),
        )
    }

    /// A property of many events stands where one value is needed.
    fn one_for_each(
        &mut self,
        kind: &str,
        property: &str,
        index: usize,
        span: Span,
    ) -> Option<Term> {
        let source = self.source(span);
        let number = self
            .property_of(&[index], property)
            .and_then(|p| self.property_type(&p));
        let number = number.is_some_and(|ty| matches!(ty, Ty::Exact(_) | Ty::Float | Ty::Duration));
        let all = if number {
            format!("`sum({source})`, `max({source})`")
        } else {
            format!("`top({source})`")
        };
        self.report(
            Diagnostic::error(
                "E0108",
                span,
                format!("`{source}` has one value for each event"),
            )
            .help(format!(
                "write {all}, `last({kind}).{property}`, or a condition: `{kind}({property} …)`"
            )),
        )
    }

    fn part_of(&mut self, of: Term, part: Part, name: &Name) -> Option<Term> {
        let span = of.span.to(name.span);
        let fits = match of.ty {
            Ty::Instant => true,
            Ty::Date => part != Part::Hour,
            _ => false,
        };
        if !fits {
            return self.report(Diagnostic::error(
                "E0103",
                name.span,
                format!("{} has no `{}`", of.ty.words(), name.text),
            ));
        }
        let depends_on_now = of.depends_on_now;
        Some(Term {
            kind: TermKind::Part {
                part,
                of: Box::new(of),
            },
            ty: part_type(part),
            span,
            depends_on_now,
        })
    }

    pub(super) fn property(&mut self, of: &Expr, name: &Name, span: Span) -> Option<Term> {
        if let ExprKind::Aggregate {
            function: function @ (Aggregate::First | Aggregate::Last),
            argument,
        } = &of.kind
        {
            let (select, given) = self.select_with_property(argument)?;
            if let Some((_, given)) = given {
                return self.report(
                    Diagnostic::error("E0111", given, "the property stands after the parentheses")
                        .help(format!(
                            "write `{}(…).{}`",
                            aggregate_word(*function),
                            name.text
                        )),
                );
            }
            let of = self.event_value(&select.kinds.clone(), name)?;
            let ty = of.ty.clone();
            let kind = TermKind::Aggregate {
                function: *function,
                select: Box::new(select),
                of: Some(Box::new(of)),
            };
            return Some(Term {
                kind,
                ty,
                span,
                depends_on_now: false,
            });
        }
        if self.is_events(of) || matches!(of.kind, ExprKind::Event { .. }) {
            if let ExprKind::Event {
                kinds: Kinds::One(kind),
                ..
            } = &of.kind
            {
                self.kind(kind)?;
            }
            let source = self.source(span);
            return self.report(
                Diagnostic::error(
                    "E0108",
                    span,
                    format!("`{source}` has one value for each event"),
                )
                .help(format!(
                    "write `last({}).{}`, or another function over it: `max({source})`",
                    self.source(of.span),
                    name.text
                )),
            );
        }
        let of = self.any_term(of)?;
        match part(&name.text) {
            Some(part) => self.part_of(of, part, name),
            None => {
                let diagnostic = Diagnostic::error(
                    "E0103",
                    name.span,
                    format!("{} has no `{}`", of.ty.words(), name.text),
                );
                self.report(suggest(diagnostic, name.span, &name.text, EVENT_PARTS))
            }
        }
    }

    /// A property, the instant or a calendar part of the events of some kinds, as a value of one event.
    pub(super) fn event_value(&mut self, kinds: &[usize], name: &Name) -> Option<Term> {
        let outer = self.row.replace(kinds.to_vec());
        let list = self
            .list_field(&Expr {
                kind: ExprKind::Path(vec![name.clone()]),
                span: name.span,
            })
            .is_some();
        let property = self.property_of(kinds, &name.text).is_some()
            || EVENT_PARTS.contains(&name.text.as_str());
        let term = if list {
            self.report(
                Diagnostic::error(
                    "E0124",
                    name.span,
                    format!("`{}` is a list, not a single value", name.text),
                )
                .help(format!(
                    "a condition on it stands in the parentheses of the events: `({} contains …)`",
                    name.text
                )),
            )
        } else if property {
            self.named(&name.text, name.span)
        } else if let Some(diagnostic) = self.not_common(kinds, &name.text, name.span) {
            self.report(diagnostic)
        } else {
            let known = self.properties(kinds);
            let diagnostic = Diagnostic::error(
                "E0103",
                name.span,
                format!("these events have no property `{}`", name.text),
            );
            self.report(suggest(diagnostic, name.span, &name.text, &known))
        };
        self.row = outer;
        term
    }
}

/// Where the names behind the first one stand.
pub(super) fn rest_span(rest: &[Name], otherwise: Span) -> Span {
    match (rest.first(), rest.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => otherwise,
    }
}

/// Whether a name is one of the values of a type.
pub(super) fn is_value_of(ty: &Ty, name: &str) -> bool {
    match ty {
        Ty::Enum(values) => values.index_of(name).is_some(),
        Ty::Named(values) => values.contains(&name),
        _ => false,
    }
}

/// How many parts of a path can make up one of the names that are known.
pub(super) fn most_parts<'n>(names: &[Name], known: impl Iterator<Item = &'n str>) -> usize {
    known
        .map(|name| name.matches('.').count() + 1)
        .max()
        .unwrap_or(0)
        .min(names.len())
}

pub(super) fn joined(names: &[Name]) -> String {
    names
        .iter()
        .map(|n| n.text.as_str())
        .collect::<Vec<_>>()
        .join(".")
}

pub(super) fn part(name: &str) -> Option<Part> {
    Some(match name {
        "date" => Part::Date,
        "week" => Part::Period(CalendarUnit::Week),
        "month" => Part::Period(CalendarUnit::Month),
        "quarter" => Part::Period(CalendarUnit::Quarter),
        "year" => Part::Period(CalendarUnit::Year),
        "month_of_year" => Part::MonthOfYear,
        "day_of_month" => Part::DayOfMonth,
        "weekday" => Part::Weekday,
        "hour" => Part::Hour,
        _ => return None,
    })
}

fn part_type(part: Part) -> Ty {
    match part {
        Part::Date => Ty::Date,
        Part::Period(CalendarUnit::Year) | Part::DayOfMonth | Part::Hour => Ty::Exact(0),
        Part::Period(unit) => Ty::Period(unit),
        Part::MonthOfYear => Ty::Named(MONTHS),
        Part::Weekday => Ty::Named(WEEKDAYS),
    }
}

//! What a name means where it stands.
//!
//! Resolution is data: either what the name means, or why it means nothing together with the names that could have been
//! meant. [`unresolved`](super::unresolved) turns the latter into words; completion in an editor needs the same list.

use super::checker::Checker;
use super::scope::Scope;
use super::suggest::nearest;
use super::types::Expected;
use crate::ir::{FieldRef, Part, PropertyRef, RowRef, StageOf, Term, TermKind, Ty};
use crate::schema::{EVENT_PARTS, Field, KindId, PropertyId, Relation, RelationId};
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, KindSelector, Name};
use crate::time::{CalendarUnit, MONTHS, WEEKDAYS};
use crate::value::Type;

/// The word that means the stage of the rulebook's only lifecycle, unless an attribute or a trait is called so.
const STAGE: &str = "stage";

/// What a path means.
pub(super) enum Resolution<'a> {
    /// A value of the enum that is expected.
    Member,
    /// One value.
    Value(Term),
    /// A calendar part of a value: `signup.month_of_year`.
    PartOf(Term, Part),
    /// The stage of a lifecycle that is still to be found.
    Stage,
    Unresolved(Unresolved<'a>),
}

/// Why a path is no value.
pub(super) enum Unresolved<'a> {
    /// It names a list.
    List,
    /// It names a kind of event.
    Kind,
    /// It names a property of a kind: one value for each event.
    OneForEachEvent { kind: KindId, property: String },
    /// It names rows, or a property of rows: one value for each row.
    Rows {
        relation: RelationId,
        names: Vec<Name>,
        span: Span,
    },
    /// It names a declaration that has an error of its own.
    Faulty,
    /// It names a segment.
    Segment,
    /// The names of something begin so.
    Prefix(Vec<&'a str>),
    /// Only some kinds of the event in sight have such a property, or not all of one type.
    NotCommon,
    /// A step has no such property.
    NamedEventProperty {
        property: String,
        span: Span,
        known: Vec<&'a str>,
    },
    /// A kind has no such property.
    KindProperty {
        property: String,
        span: Span,
        known: Vec<&'a str>,
    },
    /// No step before has the name before the first dot.
    Step { known: Vec<String> },
    /// Nothing has this name.
    Unknown { known: Vec<&'a str> },
    /// Nothing has this name, and a value of an enum is expected.
    NoMember,
}

/// A name as it is found in the scopes.
pub(super) enum Found {
    Value(Term),
    /// Several values of this type.
    List(FieldRef, Ty),
}

impl Found {
    fn value(self) -> Option<Term> {
        match self {
            Found::Value(term) => Some(term),
            Found::List(..) => None,
        }
    }
}

/// What is drawn from: events or rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    Events,
    Rows(RelationId),
}

/// Rows, and the names behind their dots.
pub(super) struct RowPath<'e> {
    pub(super) relation: RelationId,
    /// The conditions on the rows.
    pub(super) conditions: &'e [Expr],
    pub(super) names: Vec<Name>,
    pub(super) span: Span,
}

// ---- names in the scopes ----

impl<'a> Checker<'a> {
    /// What a name means in the innermost scope that knows it.
    pub(super) fn lookup(&self, name: &str, span: Span) -> Option<Found> {
        let found = self.look_up(name, span)?;
        self.note_found(name, &found, span);
        Some(found)
    }

    fn look_up(&self, name: &str, span: Span) -> Option<Found> {
        let in_scopes = || {
            self.scopes.visible().find_map(|scope| match scope {
                Scope::Row(relation) => self.row_field(*relation, name, span),
                Scope::Event(kinds) => self.event_field(kinds, name, span),
            })
        };
        let further_out = || match name.split_once('.') {
            Some((step, rest)) if self.scopes.named(step).is_some() => {
                self.step_field(step, rest, span)
            }
            Some((event, rest)) if let Some(kinds) = self.entry_event(event) => {
                self.entry_event_field(kinds, rest, span)
            }
            _ if self.is_of_entry(name) => self
                .of_entry(name, span)
                .or_else(|| self.of_profile(name, span)),
            _ => self
                .of_profile(name, span)
                .or_else(|| self.of_entry(name, span)),
        };
        self.qualified_row_field(name, span)
            .or_else(in_scopes)
            .or_else(further_out)
    }

    /// The value that a name means.
    pub(super) fn named(&self, name: &str, span: Span) -> Option<Term> {
        self.lookup(name, span)?.value()
    }

    /// `subscriptions.price` in the parentheses of `subscriptions`: the row, however deep the parentheses.
    fn qualified_row_field(&self, name: &str, span: Span) -> Option<Found> {
        let relation = self.scopes.row()?;
        let declared = self.relation(relation)?;
        let rest = name.strip_prefix(&*declared.name)?.strip_prefix('.')?;
        self.row_field(relation, rest, span)
    }

    fn row_field(&self, relation: RelationId, name: &str, span: Span) -> Option<Found> {
        let declared = self.relation(relation)?;
        let property = declared.property_id(name)?;
        let field = FieldRef::Row(RowRef { relation, property });
        found(field, &declared.property_of(property)?.ty, span)
    }

    /// A property of the event in sight, its instant, or a calendar part of that.
    fn event_field(&self, kinds: &[KindId], name: &str, span: Span) -> Option<Found> {
        if let Some(property) = self.property_of(kinds, name) {
            let ty = &self.declared(&property)?.ty;
            return found(FieldRef::Property(property), ty, span);
        }
        instant_or_part(name, Term::new(TermKind::At(None), Ty::Instant, span)).map(Found::Value)
    }

    /// `bought.amount`, `bought.at`: of a named event. A list of it cannot be asked about.
    fn step_field(&self, step: &str, name: &str, span: Span) -> Option<Found> {
        let (slot, step) = self.scopes.named(step)?;
        if name != "at"
            && let Some(property) = self.property_of(&step.kinds, name)
        {
            let ty = Ty::of(&self.declared(&property)?.ty)?;
            let kind = TermKind::Field(FieldRef::NamedEventProperty(slot, property));
            return Some(Found::Value(Term::new(kind, ty, span)));
        }
        let at = Term::new(TermKind::At(Some(slot)), Ty::Instant, span);
        instant_or_part(name, at).map(Found::Value)
    }

    /// Attributes, traits, scores, the stage of the only lifecycle, the id.
    fn of_profile(&self, name: &str, span: Span) -> Option<Found> {
        let schema = self.schema();
        if let Some(i) = schema.attribute_id(name) {
            return found(FieldRef::Attribute(i), &schema.attribute_of(i)?.ty, span);
        }
        if let Some(named) = self.context.traits.get(name) {
            return Some(Found::Value(Term::new(
                TermKind::Trait(named.clone()),
                named.term.ty.clone(),
                span,
            )));
        }
        let term = if let Some(score) = self.context.scores.get(name) {
            Term::new(TermKind::Score(score.clone()), Ty::Exact(0), span)
        } else if let Some(stage) = self.only_stage(name, span) {
            stage
        } else {
            (name == "id").then(|| Term::new(TermKind::Id, Ty::String, span))?
        };
        Some(Found::Value(term))
    }

    /// The stage of the only lifecycle, where it has one stage for each profile.
    fn only_stage(&self, name: &str, span: Span) -> Option<Term> {
        let mut lifecycles = self.context.lifecycles.values();
        let only = lifecycles.next().filter(|only| only.per.is_none())?;
        let one = lifecycles.next().is_none() && self.context.declared_lifecycles.len() <= 1;
        let of = StageOf {
            lifecycle: only.clone(),
            subject: None,
        };
        (name == STAGE && one).then(|| stage_term(of, span))
    }

    /// Whether a name means the stage of a lifecycle: nothing else is called so.
    pub(super) fn is_stage(&self, name: &str) -> bool {
        name == STAGE && !self.context.declared_lifecycles.is_empty()
    }

    /// What `stage` means.
    pub(super) fn named_stage(&self, span: Span) -> Option<Term> {
        self.named(STAGE, span)
    }

    /// A single word that names nothing: an enum's value, perhaps.
    pub(super) fn is_bare_unknown(&self, e: &Expr) -> bool {
        matches!(&e.kind, ExprKind::Path(names)
            if matches!(names.as_slice(), [name] if self.named(&name.text, e.span).is_none()))
    }

    /// The field, if the expression names a list, and what the list holds.
    pub(super) fn list_field(&self, e: &Expr) -> Option<(FieldRef, Ty)> {
        let ExprKind::Path(names) = &e.kind else {
            return None;
        };
        match self.lookup(&joined(names), e.span)? {
            Found::List(field, of) => Some((field, of)),
            Found::Value(_) => None,
        }
    }

    /// Whether a path means a value, perhaps with a part of the calendar behind it.
    pub(super) fn names_value(&self, names: &[Name], span: Span) -> bool {
        let shorter = names.split_last().filter(|(_, first)| !first.is_empty());
        self.lookup(&joined(names), span).is_some()
            || shorter.is_some_and(|(_, first)| self.named(&joined(first), span).is_some())
    }
}

// ---- what the schema declares ----

impl<'a> Checker<'a> {
    pub(super) fn relation(&self, relation: RelationId) -> Option<&'a Relation> {
        self.schema().relation_of(relation)
    }

    /// The declaration of a property, which is the same in all of its kinds.
    pub(super) fn declared(&self, property: &PropertyRef) -> Option<&'a Field> {
        property.declared(self.schema()).next()
    }

    /// The property that all of these kinds have under one name and type.
    pub(super) fn property_of(&self, kinds: &[KindId], name: &str) -> Option<PropertyRef> {
        let schema = self.schema();
        let at: Option<Vec<(KindId, PropertyId)>> = kinds
            .iter()
            .map(|k| Some((*k, schema.kind_of(*k)?.property_id(name)?)))
            .collect();
        let property = PropertyRef {
            name: name.into(),
            at: at.filter(|a| !a.is_empty())?,
        };
        let mut types = property.declared(schema).map(|field| &field.ty);
        let first = types.next()?;
        let is_same = types.all(|t| t == first);
        drop(types);
        is_same.then_some(property)
    }

    pub(super) fn property_type(&self, property: &PropertyRef) -> Option<Ty> {
        Ty::of(&self.declared(property)?.ty)
    }

    /// The properties that all of these kinds have, and what every event has.
    pub(super) fn properties(&self, kinds: &[KindId]) -> Vec<&'a str> {
        let first = kinds.first().and_then(|k| self.schema().kind_of(*k));
        let own = first
            .into_iter()
            .flat_map(|k| k.properties.iter().map(|p| p.name.as_str()));
        own.filter(|name| self.property_of(kinds, name).is_some())
            .chain(EVENT_PARTS.iter().copied())
            .collect()
    }

    /// Whether some kinds, but not all in one type, have such a property.
    pub(super) fn is_uncommon(&self, kinds: &[KindId], name: &str) -> bool {
        let mut declared = kinds.iter().filter_map(|k| self.schema().kind_of(*k));
        declared.any(|k| k.property_index(name).is_some())
            && self.property_of(kinds, name).is_none()
    }

    /// Whether a date comes back every year: `yearly = true` in the schema.
    pub(super) fn is_yearly(&self, term: &Term) -> bool {
        let TermKind::Field(field) = &term.kind else {
            return false;
        };
        match field {
            FieldRef::Attribute(_) | FieldRef::Row(_) => {
                let declared = field.declared(self.schema());
                declared.is_some_and(|field| field.yearly)
            }
            FieldRef::Property(property) => {
                let mut declared = property.declared(self.schema());
                declared.all(|field| field.yearly)
            }
            FieldRef::NamedEventProperty(..) | FieldRef::EntryProperty(_) => false,
        }
    }
}

// ---- events and rows ----

impl<'a> Checker<'a> {
    /// The events or rows that an expression stands for.
    pub(super) fn collection(&self, e: &Expr) -> Option<Collection> {
        if let Some(relation) = self.relation_of(e)
            && !matches!(&e.kind, ExprKind::Path(names) if self.names_value(names, e.span))
        {
            return Some(Collection::Rows(relation));
        }
        self.is_events(e).then_some(Collection::Events)
    }

    /// The relation that an expression stands for, if nothing nearer is called so.
    pub(super) fn rows_of(&self, e: &Expr) -> Option<RelationId> {
        match self.collection(e)? {
            Collection::Rows(relation) => Some(relation),
            Collection::Events => None,
        }
    }

    /// The relation that an expression stands for.
    pub(super) fn relation_of(&self, e: &Expr) -> Option<RelationId> {
        let path = self.row_path(e)?;
        path.names.is_empty().then_some(path.relation)
    }

    /// Takes `accounts(plan = pro).seats` and the like apart.
    pub(super) fn row_path<'e>(&self, e: &'e Expr) -> Option<RowPath<'e>> {
        let schema = self.schema();
        let span = e.span;
        if schema.relations().is_empty() {
            return None;
        }
        if let ExprKind::Property { of, name } = &e.kind {
            let mut path = self.row_path(of)?;
            path.names.push(name.clone());
            return Some(path);
        }
        if let ExprKind::Event {
            kinds: KindSelector::One(name),
            conditions,
        } = &e.kind
        {
            return Some(RowPath {
                relation: schema.relation_id(&name.text)?,
                conditions,
                names: Vec::new(),
                span,
            });
        }
        let ExprKind::Path(names) = &e.kind else {
            return None;
        };
        let longest = max_parts(names, schema.relations().iter().map(|r| &*r.name));
        (1..=longest).rev().find_map(|n| {
            let (of, rest) = names.split_at_checked(n)?;
            Some(RowPath {
                relation: schema.relation_id(&joined(of))?,
                conditions: &[],
                names: rest.to_vec(),
                span: rest_span(of, span),
            })
        })
    }

    /// Whether an expression stands for events.
    pub(super) fn is_events(&self, e: &Expr) -> bool {
        if let ExprKind::Event { kinds, .. } = &e.kind {
            return !matches!(kinds, KindSelector::One(_)) || self.relation_of(e).is_none();
        }
        if let ExprKind::As { events, .. } = &e.kind {
            return self.is_events(events);
        }
        let ExprKind::Path(names) = &e.kind else {
            return false;
        };
        let [name] = names.as_slice() else {
            return false;
        };
        let schema = self.schema();
        schema.kind_index(&name.text).is_some()
            && schema.attribute_index(&name.text).is_none()
            && !self.is_hidden(name, e.span)
    }

    /// Whether a kind's name means something nearer: a property of the event or the row in whose parentheses it stands.
    fn is_hidden(&self, kind: &Name, span: Span) -> bool {
        if self.scopes.event().is_some() {
            return self.lookup(&kind.text, span).is_some();
        }
        let row = self.scopes.row();
        row.is_some_and(|relation| self.row_field(relation, &kind.text, span).is_some())
    }
}

// ---- paths ----

impl<'a> Checker<'a> {
    /// What a path means where a value is wanted.
    pub(super) fn resolve(
        &self,
        names: &[Name],
        span: Span,
        expected: Option<Expected<'_>>,
    ) -> Resolution<'a> {
        let name = joined(names);
        if names.len() == 1 && expected.is_some_and(|e| member_of(&name, e.ty).is_some()) {
            self.note_member(span);
            return Resolution::Member;
        }
        match self.lookup(&name, span) {
            Some(Found::Value(term)) => return Resolution::Value(term),
            Some(Found::List(..)) => return Resolution::Unresolved(Unresolved::List),
            None => {}
        }
        if let Some((last, first)) = names.split_last()
            && !first.is_empty()
            && let Some(part) = part(&last.text)
            && let Some(of) = self.named(&joined(first), span)
        {
            return Resolution::PartOf(of, part);
        }
        let path = Expr {
            kind: ExprKind::Path(names.to_vec()),
            span,
        };
        if let Some(rows) = self.row_path(&path)
            && !self.names_value(names, span)
        {
            return Resolution::Unresolved(Unresolved::Rows {
                relation: rows.relation,
                names: rows.names,
                span: rows.span,
            });
        }
        if names.len() == 1 && expected.is_some_and(|e| matches!(e.ty, Ty::Enum(_) | Ty::Named(_)))
        {
            return Resolution::Unresolved(Unresolved::NoMember);
        }
        if self.is_stage(&name) {
            return Resolution::Stage;
        }
        Resolution::Unresolved(self.unresolved(names, &name, span))
    }

    fn unresolved(&self, names: &[Name], name: &str, span: Span) -> Unresolved<'a> {
        if self.schema().kind(name).is_some() {
            return Unresolved::Kind;
        }
        let declared = &self.context.declared_values;
        let longest = max_parts(names, declared.iter().map(|name| &**name));
        if (1..=longest).any(|n| declared.contains(&joined(names.get(..n).unwrap_or(names)))) {
            return Unresolved::Faulty;
        }
        // `c.category`, where `on` does not say what `c` is because it has an error of its own.
        if names.len() > 1 && self.entry.is_some_and(|entry| entry.is_faulty) {
            return Unresolved::Faulty;
        }
        if let Some(of_part) = self.unresolved_part(names, name, span) {
            return of_part;
        }
        if let Some(kinds) = self.scopes.event()
            && self.is_uncommon(kinds, name)
        {
            return Unresolved::NotCommon;
        }
        if self.context.segments.contains_key(name) || self.context.declared_segments.contains(name)
        {
            return Unresolved::Segment;
        }
        let known = self.candidates(span);
        let is_part = |k: &&str| {
            k.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        let parts: Vec<&str> = known.iter().copied().filter(is_part).collect();
        if parts.is_empty() {
            Unresolved::Unknown { known }
        } else {
            Unresolved::Prefix(parts)
        }
    }

    /// A path whose first part is known, or should be a step.
    fn unresolved_part(&self, names: &[Name], name: &str, span: Span) -> Option<Unresolved<'a>> {
        let [first, rest @ ..] = names else {
            return None;
        };
        if rest.is_empty() {
            return None;
        }
        let schema = self.schema();
        let (property, at) = (joined(rest), rest_span(rest, span));
        let named = self.scopes.named(&first.text);
        let kinds = named.map(|(_, event)| event.kinds.as_slice());
        if let Some(kinds) = kinds.or_else(|| self.entry_event(&first.text)) {
            return Some(Unresolved::NamedEventProperty {
                property,
                span: at,
                known: self.properties(kinds),
            });
        }
        if let Some(kind) = schema.kind_id(&first.text) {
            let known = self.properties(&[kind]);
            return Some(if known.contains(&property.as_str()) {
                Unresolved::OneForEachEvent { kind, property }
            } else {
                Unresolved::KindProperty {
                    property,
                    span: at,
                    known,
                }
            });
        }
        let mut attributes = schema.attributes().iter().map(|a| a.name.as_str());
        let within = |name: &str| {
            let rest = name.strip_prefix(first.text.as_str());
            rest.is_some_and(|rest| rest.starts_with('.'))
        };
        let entry = self.entry.and_then(|entry| entry.event.as_ref());
        let named = || {
            let named = self.scopes.named.iter().map(|event| &event.name);
            named.chain(entry.map(|(name, _)| name)).cloned()
        };
        let near = nearest(name, attributes.clone()).is_some();
        let may_name_events = self.scopes.event().is_some() || entry.is_some();
        (may_name_events && !near && !attributes.any(within)).then(|| Unresolved::Step {
            known: named().collect(),
        })
    }

    /// All names that could stand where a value or, outside an event, a condition is wanted.
    fn candidates(&self, span: Span) -> Vec<&'a str> {
        let schema = self.schema();
        let in_event = self.scopes.event();
        let mut known: Vec<&'a str> = Vec::new();
        known.extend(
            in_event
                .map(|kinds| self.properties(kinds))
                .unwrap_or_default(),
        );
        let row = self
            .scopes
            .row()
            .and_then(|relation| self.relation(relation));
        known.extend(
            row.into_iter()
                .flat_map(|r| &r.properties)
                .map(|p| p.name.as_str()),
        );
        known.extend(schema.attributes().iter().map(|a| a.name.as_str()));
        known.extend(self.context.traits.keys().map(String::as_str));
        known.extend(self.context.scores.keys().map(String::as_str));
        let declared = self.context.declared_values.iter().map(String::as_str);
        known.extend(declared.filter(|v| self.named(v, span).is_none()));
        if let Some(entry) = self.entry {
            known.push("entered");
            known.extend(entry.subject.as_ref().map(|_| "subject"));
        }
        known.extend(schema.kinds().iter().map(|k| k.name.as_str()));
        if in_event.is_none() {
            known.extend(schema.relations().iter().map(|r| r.name.as_str()));
        }
        known
    }
}

fn found(field: FieldRef, ty: &Type, span: Span) -> Option<Found> {
    Some(if let Type::List(of) = ty {
        Found::List(field, Ty::of(of)?)
    } else {
        Found::Value(Term::new(TermKind::Field(field), Ty::of(ty)?, span))
    })
}

pub(super) fn stage_term(of: StageOf, span: Span) -> Term {
    let ty = Ty::Enum(of.lifecycle.names.clone());
    Term::new(TermKind::Stage(of), ty, span)
}

/// The instant of an event under the name `at`, or a calendar part of it.
pub(super) fn instant_or_part(name: &str, at: Term) -> Option<Term> {
    if name == "at" {
        return Some(at);
    }
    let (part, span) = (part(name)?, at.span);
    let of = Box::new(at);
    Some(Term::new(
        TermKind::Part { part, of },
        part_type(part),
        span,
    ))
}

/// Where the names behind the first one stand.
pub(super) fn rest_span(rest: &[Name], otherwise: Span) -> Span {
    match (rest.first(), rest.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => otherwise,
    }
}

/// The position of a name among the values of an enum.
pub(super) fn member_of(name: &str, ty: &Ty) -> Option<usize> {
    if let Ty::Named(names) = ty {
        return names.iter().position(|n| *n == name).map(|i| i + 1);
    }
    let Ty::Enum(of) = ty else {
        return None;
    };
    of.index_of(name)
}

/// How many parts of a path can make up one of the names that are known.
fn max_parts<'n>(names: &[Name], known: impl Iterator<Item = &'n str>) -> usize {
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

/// The part of the calendar of this name.
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

pub(super) fn part_type(part: Part) -> Ty {
    match part {
        Part::Date => Ty::Date,
        Part::Period(CalendarUnit::Year) | Part::DayOfMonth | Part::Hour => Ty::Exact(0),
        Part::Period(unit) => Ty::Period(unit),
        Part::MonthOfYear => Ty::Named(MONTHS),
        Part::Weekday => Ty::Named(WEEKDAYS),
    }
}

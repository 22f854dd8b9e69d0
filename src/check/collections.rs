//! Events and rows: which of them are meant, and what is asked of each in parentheses. Both are drawn from in the same way:
//! conditions on one of them are checked in its [`Scope`], and a bare value stands for a comparison with its subject.

use super::checker::Checker;
use super::resolve::{Collection, RowPath, joined, rest_span};
use super::scope::Scope;
use super::suggest::{listed, suggest_whole};
use super::types::{Expected, Owner, same_kind};
use crate::diagnostic::Diagnostic;
use crate::ir::visit::slots_read;
use crate::ir::{
    Cond, CondKind, FieldRef, Order, PropertyRef, RowRef, Rows, Select, Term, TermKind, Ty, Windows,
};
use crate::schema::{KindId, PropertyId, RelationId};
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, Literal, Name, Window, WindowKind, quoted_name};

/// Events or rows, chosen by conditions.
pub(super) enum Elements {
    Events(Select),
    Rows(Rows),
}

impl Elements {
    pub(super) fn span(&self) -> Span {
        match self {
            Elements::Events(select) => select.span,
            Elements::Rows(rows) => rows.span,
        }
    }
}

/// A property behind the events or rows of a function: `amount` of `sum(purchased.amount)`.
pub(super) struct Projection {
    pub(super) names: Vec<Name>,
    pub(super) span: Span,
}

/// A value `between` two others is a window where it is events.
fn as_window(low: &Expr, high: &Expr, span: Span) -> Window {
    Window {
        kind: WindowKind::Between(low.clone(), high.clone()),
        span,
    }
}

impl Checker<'_> {
    /// There is such an event or row.
    pub(super) fn some(&mut self, of: &Expr, windows: &[Window], span: Span) -> Option<Cond> {
        let kind = match self.collection(of) {
            Some(Collection::Rows(_)) => {
                let path = self.row_path(of)?;
                let rows = self.rows(path.relation, path.conditions, of.span)?;
                CondKind::Rows { all: false, rows }
            }
            Some(Collection::Events) | None => CondKind::Happened(self.select(of, windows)?),
        };
        Some(Cond::new(kind, span))
    }

    /// Some event lies between two points in time.
    pub(super) fn some_between(
        &mut self,
        events: &Expr,
        low: &Expr,
        high: &Expr,
        span: Span,
    ) -> Option<Cond> {
        self.some(events, &[as_window(low, high, span)], span)
    }

    /// `all accounts(plan = pro)`
    pub(super) fn all_rows(
        &mut self,
        relation: &Name,
        conditions: &[Expr],
        span: Span,
    ) -> Option<Cond> {
        let Some(index) = self.schema().relation_id(&relation.text) else {
            return self.report(self.unknown_relation(relation, conditions));
        };
        let own = Span::new(relation.span.start as usize, span.end as usize);
        let rows = self.rows(index, conditions, own)?;
        let kind = CondKind::Rows { all: true, rows };
        Some(Cond::new(kind, span))
    }

    fn rows(&mut self, relation: RelationId, conditions: &[Expr], span: Span) -> Option<Rows> {
        self.note_relation(relation, span);
        let filter = self.filter(&Scope::Row(relation), conditions)?;
        Some(Rows {
            relation,
            filter,
            span,
        })
    }

    fn unknown_relation(&self, name: &Name, conditions: &[Expr]) -> Diagnostic {
        let schema = self.schema();
        let message = format!("there is no relation `{}`", name.text);
        let diagnostic = Diagnostic::error("E0130", name.span, message);
        if schema.kind(&name.text).is_some() {
            let example = self.none_that_fails(&quoted_name(&name.text), conditions);
            return diagnostic.help(format!(
                "`all` is about relations; of events write that some happened, and none that fails{example}"
            ));
        }
        let known: Vec<&str> = schema.relations().iter().map(|r| r.name.as_str()).collect();
        if known.is_empty() {
            return diagnostic.help("the schema has no relations; declare them there");
        }
        suggest_whole(diagnostic, name.span, &name.text, &known)
    }

    /// How `all` is said of events.
    fn none_that_fails(&self, kind: &str, conditions: &[Expr]) -> String {
        // A value by itself is the subject, and cannot be negated as it stands.
        let is_value = |e: &Expr| {
            matches!(
                e.kind,
                ExprKind::Literal(_) | ExprKind::Path(_) | ExprKind::Negate(_)
            )
        };
        if conditions.is_empty() || conditions.iter().any(is_value) {
            return String::new();
        }
        let parts = conditions.iter().map(|part| {
            let source = self.source(part.span);
            if matches!(part.kind, ExprKind::Or(_)) && conditions.len() > 1 {
                format!("({source})")
            } else {
                source
            }
        });
        let parts = parts.collect::<Vec<_>>().join(" and ");
        format!(": `{kind} and not {kind}(not ({parts}))`")
    }

    // ---- what a function is computed over ----

    /// The events or rows of a function's argument, and the property named with them.
    pub(super) fn elements(&mut self, argument: &Expr) -> Option<(Elements, Option<Projection>)> {
        if let Some(path) = self.row_path(argument) {
            let rows = self.rows(path.relation, path.conditions, path.span)?;
            let projection = projection_of(path, argument.span);
            return Some((Elements::Rows(rows), projection));
        }
        let (events, projection) = self.events_with_property(argument)?;
        Some((Elements::Events(events), projection))
    }

    fn events_with_property(&mut self, argument: &Expr) -> Option<(Select, Option<Projection>)> {
        let (mut subject, mut windows): (&Expr, &[Window]) = (argument, &[]);
        if let ExprKind::Windowed {
            subject: inner,
            windows: written,
        } = &subject.kind
        {
            (subject, windows) = (inner, written);
        }
        let window;
        if let ExprKind::Between {
            negated: false,
            value,
            low,
            high,
        } = &subject.kind
        {
            window = [as_window(low, high, subject.span)];
            (subject, windows) = (value, &window);
        }
        let mut name = None;
        if let ExprKind::As { events, name: own } = &subject.kind {
            (subject, name) = (events, Some(own));
        }
        if let ExprKind::Property { of, name: property } = &subject.kind {
            let projection = Projection {
                names: vec![property.clone()],
                span: property.span,
            };
            let events = self.select_named(of, windows, name)?;
            return Some((self.reads_its_name(events, argument)?, Some(projection)));
        }
        if let ExprKind::Path(names) = &subject.kind
            && let [kind, rest @ ..] = names.as_slice()
            && !rest.is_empty()
        {
            let events = Expr {
                kind: ExprKind::Path(vec![kind.clone()]),
                span: kind.span,
            };
            let projection = Projection {
                names: rest.to_vec(),
                span: rest_span(rest, subject.span),
            };
            let events = self.select_named(&events, windows, name)?;
            return Some((self.reads_its_name(events, argument)?, Some(projection)));
        }
        let events = self.select_named(subject, windows, name)?;
        Some((self.reads_its_name(events, argument)?, None))
    }

    /// Events in windows. A name that they have is for their own parentheses.
    pub(super) fn select(&mut self, events: &Expr, windows: &[Window]) -> Option<Select> {
        let select = self.select_named(events, windows, None)?;
        self.reads_its_name(select, events)
    }

    /// Events in windows, whose name may be read by what follows.
    pub(super) fn select_of_step(&mut self, events: &Expr) -> Option<Select> {
        self.select_named(events, &[], None)
    }

    /// Refuses a name that nothing in the parentheses reads.
    fn reads_its_name(&mut self, select: Select, events: &Expr) -> Option<Select> {
        match (select.slot, named(events)) {
            (Some(slot), Some((of, name)))
                if !select
                    .filter
                    .iter()
                    .any(|cond| slots_read(cond).contains(&slot)) =>
            {
                self.report(self.needless_name(of, name))
            }
            _ => Some(select),
        }
    }

    fn select_named(
        &mut self,
        events: &Expr,
        windows: &[Window],
        name: Option<&Name>,
    ) -> Option<Select> {
        let mut select = self.bare_select(events, name)?;
        let more = self.windows(windows, true)?;
        select.windows.lower.extend(more.lower);
        select.windows.upper.extend(more.upper);
        Some(select)
    }

    fn bare_select(&mut self, events: &Expr, name: Option<&Name>) -> Option<Select> {
        let span = events.span;
        if let Some(relation) = self.relation_of(events) {
            let help = self.timed_help(relation, events, events);
            return self.no_time(relation, span, &help);
        }
        if let ExprKind::Windowed { subject, windows } = &events.kind {
            return self.select_named(subject, windows, name);
        }
        if let ExprKind::Between {
            negated: false,
            value,
            low,
            high,
        } = &events.kind
        {
            return self.select_named(value, &[as_window(low, high, span)], name);
        }
        if let ExprKind::As { events, name: own } = &events.kind {
            return match name {
                Some(name) => self.report(self.two_names(own, name)),
                None => self.bare_select(events, Some(own)),
            };
        }
        let (kinds, conditions): (_, &[Expr]) = if let ExprKind::Path(names) = &events.kind {
            let text = joined(names);
            (vec![self.kind(&Name { text, span })?], &[])
        } else if let ExprKind::Event { kinds, conditions } = &events.kind {
            (self.kinds(kinds, conditions)?, conditions)
        } else {
            return self.report(self.no_events(events));
        };
        // The name can be read in the parentheses; what follows a step names it anew.
        let names = self.scopes.named.len();
        let slot = match name {
            Some(name) => Some(self.name_event(name, &kinds)?),
            None => None,
        };
        let filter = self.filter(&Scope::Event(kinds.clone()), conditions);
        self.scopes.named.truncate(names);
        let mut filter = filter?;
        filter.extend(self.of_subject(&kinds, span));
        Some(Select {
            kinds,
            filter,
            windows: Windows::default(),
            slot,
            span,
        })
    }

    fn no_events(&self, e: &Expr) -> Diagnostic {
        let message = format!("`{}` is not an event kind", self.source(e.span));
        let diagnostic = Diagnostic::error("E0102", e.span, message);
        if let ExprKind::AsOf { of, .. } = &e.kind {
            return diagnostic.help(format!(
                "`as of` follows what is asked of the events: `count({}) as of 30 days ago`",
                self.source(of.span)
            ));
        }
        diagnostic.help(if matches!(e.kind, ExprKind::Or(_)) {
            "several event kinds are `any of (viewed, purchased)`, several values a list: `purchased(category in (\"tv\", \"radio\"))`"
        } else {
            "events are written as their kind, with conditions in parentheses: `purchased(amount > 20) within 30 days`"
        })
    }

    /// What an event of these kinds must be about in a lifecycle with subjects, where some of them have its property.
    fn of_subject(&self, kinds: &[KindId], span: Span) -> Option<Cond> {
        let name = self.context.subject.as_ref()?;
        let schema = self.schema();
        let at: Vec<(KindId, PropertyId)> = kinds
            .iter()
            .filter_map(|k| Some((*k, schema.kind_of(*k)?.property_id(name)?)))
            .collect();
        let is_known = !at.is_empty();
        let name = name.clone();
        let property = FieldRef::Property(PropertyRef { name, at });
        is_known.then(|| Cond::new(CondKind::OfSubject(property), span))
    }

    // ---- conditions on one of them ----

    /// The conditions in parentheses, as a flat list of parts that all hold.
    fn filter(&mut self, scope: &Scope, conditions: &[Expr]) -> Option<Vec<Cond>> {
        self.within(scope.clone(), |checker| {
            let mut filter = Vec::new();
            let mut whole = true;
            for condition in conditions {
                match checker.element_condition(scope, condition) {
                    Some(cond) if cond.as_between().is_some() => filter.push(cond),
                    Some(Cond {
                        kind: CondKind::All(parts),
                        ..
                    }) => filter.extend(parts),
                    Some(cond) => filter.push(cond),
                    None => whole = false,
                }
            }
            whole.then_some(filter)
        })
    }

    fn element_condition(&mut self, scope: &Scope, e: &Expr) -> Option<Cond> {
        let subject = self.subject(scope);
        let term = subject.as_ref().map(|(term, _)| term);
        if !is_member(term, e) && (self.is_events(e) || !self.means_subject(term, e)) {
            return self.cond(e);
        }
        match subject {
            Some((term, name)) => self.is_subject(term, &name, e),
            None => self.report(self.no_subject(scope, e)),
        }
    }

    /// Whether a condition in parentheses is a value to be compared with the subject.
    fn means_subject(&self, subject: Option<&Term>, e: &Expr) -> bool {
        if let ExprKind::Literal(Literal::Bool(_)) = &e.kind {
            return subject.is_some_and(|s| s.ty == Ty::Bool);
        }
        if matches!(e.kind, ExprKind::Literal(_) | ExprKind::Negate(_)) {
            return true;
        }
        let (Some(subject), ExprKind::Path(names)) = (subject, &e.kind) else {
            return false;
        };
        let [name] = names.as_slice() else {
            return false;
        };
        let unknown = self.named(&name.text, e.span).is_none();
        if let Ty::Enum(values) = &subject.ty {
            return values.index_of(&name.text).is_some() || unknown;
        }
        // A string whose quotes were forgotten.
        subject.ty == Ty::String
            && unknown
            && self.list_field(e).is_none()
            && self.schema().kind(&name.text).is_none()
            && self.schema().relation(&name.text).is_none()
    }

    /// A value compared with the subject, which is called `name`.
    fn is_subject(&mut self, mut subject: Term, name: &str, e: &Expr) -> Option<Cond> {
        subject.span = e.span;
        let expected = Expected {
            ty: &subject.ty,
            of: Owner::Subject(name),
        };
        let value = self.term(e, Some(expected))?;
        let mixed = matches!(
            (&subject.ty, &value.ty),
            (Ty::Instant, Ty::Date) | (Ty::Date, Ty::Instant)
        );
        if same_kind(&subject.ty, &value.ty) || mixed {
            return self.comparison(Order::Eq, subject, value, false, e.span);
        }
        let diagnostic = self.mismatch(&subject.ty.words(), &value).help(format!(
            "it is compared with `{name}`; for another property write its name: `{name} = …`"
        ));
        self.report(self.retyped(diagnostic, &subject.ty, &value))
    }

    /// The subject of the event or row, and its name.
    fn subject(&self, scope: &Scope) -> Option<(Term, String)> {
        match scope {
            Scope::Event(kinds) => self.event_subject(kinds),
            Scope::Row(relation) => {
                let declared = self.relation(*relation)?;
                let property = declared.subject_id()?;
                let field = declared.property_of(property)?;
                let relation = *relation;
                let kind = TermKind::Field(FieldRef::Row(RowRef { relation, property }));
                let ty = Ty::of(&field.ty)?;
                Some((Term::new(kind, ty, Span::default()), field.name.clone()))
            }
        }
    }

    /// The subject of these kinds, if each has one and they are of one type.
    fn event_subject(&self, kinds: &[KindId]) -> Option<(Term, String)> {
        let schema = self.schema();
        let at: Vec<(KindId, PropertyId)> = kinds
            .iter()
            .map(|k| Some((*k, schema.kind_of(*k)?.subject_id()?)))
            .collect::<Option<_>>()?;
        let mut fields = at
            .iter()
            .filter_map(|(k, i)| schema.kind_of(*k)?.property_of(*i));
        let first = fields.next()?;
        if !fields.all(|f| f.ty == first.ty) {
            return None;
        }
        let name = first.name.as_str();
        let property = PropertyRef {
            name: name.into(),
            at,
        };
        let kind = TermKind::Field(FieldRef::Property(property));
        Some((
            Term::new(kind, Ty::of(&first.ty)?, Span::default()),
            name.to_owned(),
        ))
    }

    /// A value stands in the parentheses of events or rows without a subject.
    fn no_subject(&self, scope: &Scope, e: &Expr) -> Diagnostic {
        let source = self.source(e.span);
        let (message, own, otherwise) = match scope {
            Scope::Row(relation) => {
                let declared = self.relation(*relation);
                let properties = declared.into_iter().flat_map(|r| &r.properties);
                let own: Vec<&str> = properties.map(|p| p.name.as_str()).collect();
                let name = declared.map_or("", |r| &r.name);
                (
                    format!("the rows of `{name}` have no subject that could be `{source}`"),
                    own,
                    "its rows have no properties; leave the parentheses out",
                )
            }
            Scope::Event(_) => {
                let kinds = self.scopes.event().unwrap_or_default();
                let own = self.properties(kinds).into_iter();
                let own = own.filter(|p| self.property_of(kinds, p).is_some());
                let name = kinds.first().and_then(|kind| self.schema().kind_of(*kind));
                let name = name.map_or("", |k| &k.name);
                if kinds.len() == 1 {
                    (
                        format!("`{name}` has no subject that could be `{source}`"),
                        own.collect(),
                        "it has no properties; leave the parentheses out",
                    )
                } else {
                    (
                        format!("these events have no subject in common that could be `{source}`"),
                        own.collect(),
                        "ask about each event kind by itself, and join the parts with `or`",
                    )
                }
            }
        };
        Diagnostic::error("E0110", e.span, message).help(if own.is_empty() {
            otherwise.to_owned()
        } else {
            format!(
                "name the property that is to be `{source}`: {}",
                listed(&own)
            )
        })
    }
}

/// Whether a bare word is a value of the subject's enum, which it then means, whatever else is called so.
fn is_member(subject: Option<&Term>, e: &Expr) -> bool {
    let (Some(Ty::Enum(values)), ExprKind::Path(names)) = (subject.map(|s| &s.ty), &e.kind) else {
        return false;
    };
    matches!(names.as_slice(), [name] if values.index_of(&name.text).is_some())
}

/// The name that events have, and what it names.
pub(super) fn named(events: &Expr) -> Option<(&Expr, &Name)> {
    if let ExprKind::As { events, name } = &events.kind {
        return Some((events, name));
    }
    if let ExprKind::Windowed { subject: of, .. } | ExprKind::Between { value: of, .. } =
        &events.kind
    {
        return named(of);
    }
    None
}

fn projection_of(path: RowPath<'_>, argument: Span) -> Option<Projection> {
    let span = rest_span(&path.names, argument);
    (!path.names.is_empty()).then_some(Projection {
        names: path.names,
        span,
    })
}

//! Event terms: which events, of which kinds, with which properties.

use super::compare::same_kind;
use super::conditions::Checker;
use super::functions::FUNCTIONS;
use super::relations::Related;
use super::resolve::{joined, rest_span};
use super::suggest::{listed, nearest, suggest};
use crate::diagnostic::Diagnostic;
use crate::ir::{
    Cond, CondKind, FieldRef, Order, PropertyRef, Select, Term, TermKind, Ty, Windows,
};
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, Kinds, Literal, Name, Window, WindowKind};

impl Checker<'_> {
    /// The events of a term that names no property.
    pub(super) fn select(&mut self, events: &Expr, windows: &[Window]) -> Option<Select> {
        let mut select = self.bare_select(events)?;
        let more = self.windows(windows, true)?;
        select.windows.lower.extend(more.lower);
        select.windows.upper.extend(more.upper);
        Some(select)
    }

    /// The events of an aggregate's argument, and the property named with them.
    pub(super) fn select_with_property(
        &mut self,
        argument: &Expr,
    ) -> Option<(Select, Option<(String, Span)>)> {
        let outer = self.row.take();
        let (subject, windows): (&Expr, &[Window]) = match &argument.kind {
            ExprKind::Windowed { subject, windows } => (subject, windows),
            _ => (argument, &[]),
        };
        let window;
        let (subject, windows) = match &subject.kind {
            ExprKind::Between {
                negated: false,
                value,
                low,
                high,
            } => {
                window = [Window {
                    kind: WindowKind::Between((**low).clone(), (**high).clone()),
                    span: subject.span,
                }];
                (&**value, &window[..])
            }
            _ => (subject, windows),
        };
        let result = match &subject.kind {
            ExprKind::Property { of, name } => {
                let select = self.select(of, windows);
                select.map(|s| (s, Some((name.text.clone(), name.span))))
            }
            ExprKind::Path(names) if names.len() > 1 && !self.is_events(subject) => {
                match names.as_slice() {
                    [kind, rest @ ..] => {
                        let kind_expr = Expr {
                            kind: ExprKind::Path(vec![kind.clone()]),
                            span: kind.span,
                        };
                        let span = rest_span(rest, subject.span);
                        let select = self.select(&kind_expr, windows);
                        select.map(|s| (s, Some((joined(rest), span))))
                    }
                    [] => None,
                }
            }
            _ => self.select(subject, windows).map(|s| (s, None)),
        };
        self.row = outer;
        result
    }

    fn bare_select(&mut self, events: &Expr) -> Option<Select> {
        if let Some(relation) = self.relation_of(events) {
            let help = self.timed_help(relation, events, events);
            return self.no_time(relation, events.span, &help);
        }
        let span = events.span;
        let filter_of = |checker: &Self, kinds: &[usize]| -> Vec<Cond> {
            checker
                .of_subject(kinds)
                .map(|p| Cond {
                    kind: CondKind::OfSubject(p),
                    span,
                })
                .into_iter()
                .collect()
        };
        match &events.kind {
            ExprKind::Windowed { subject, windows } => self.select(subject, windows),
            ExprKind::Between {
                negated: false,
                value,
                low,
                high,
            } => {
                let window = Window {
                    kind: WindowKind::Between((**low).clone(), (**high).clone()),
                    span,
                };
                self.select(value, &[window])
            }
            ExprKind::Path(names) => {
                let name = Name {
                    text: joined(names),
                    span,
                };
                let kinds = vec![self.kind(&name)?];
                let filter = filter_of(self, &kinds);
                Some(Select {
                    kinds,
                    filter,
                    windows: Windows::default(),
                    slot: None,
                    span,
                })
            }
            ExprKind::Event { kinds, conditions } => {
                let kinds = self.kinds(kinds)?;
                let mut filter = self.filter(&kinds, conditions)?;
                filter.extend(filter_of(self, &kinds));
                Some(Select {
                    kinds,
                    filter,
                    windows: Windows::default(),
                    slot: None,
                    span,
                })
            }
            ExprKind::As { events, .. } => self.bare_select(events),
            _ => {
                let source = self.source(span);
                let diagnostic =
                    Diagnostic::error("E0102", span, format!("`{source}` is no kind of events"));
                if let ExprKind::AsOf { of, .. } = &events.kind {
                    return self.report(diagnostic.help(format!(
                        "`as of` follows what is asked of the events: `count({}) as of 30 days ago`",
                        self.source(of.span)
                    )));
                }
                if matches!(events.kind, ExprKind::Or(_)) {
                    return self.report(diagnostic.help(
                        "several kinds of events are `any of (viewed, purchased)`, several values a list: `purchased(category in (\"tv\", \"radio\"))`",
                    ));
                }
                self.report(
                    diagnostic.help("events are named by their kind, with conditions in parentheses: `purchased(amount > 20) within 30 days`"),
                )
            }
        }
    }

    /// The property that an event of these kinds must have the lifecycle's subject in, where some of them have it.
    fn of_subject(&self, kinds: &[usize]) -> Option<PropertyRef> {
        let name = self.context.subject.as_ref()?;
        let schema = self.context.schema();
        let at: Vec<(usize, usize)> = kinds
            .iter()
            .filter_map(|k| Some((*k, schema.kinds().get(*k)?.property_index(name)?)))
            .collect();
        (!at.is_empty()).then(|| PropertyRef {
            name: name.clone(),
            at,
        })
    }

    fn kinds(&mut self, kinds: &Kinds) -> Option<Vec<usize>> {
        match kinds {
            Kinds::One(name) => Some(vec![self.kind(name)?]),
            Kinds::AnyOf(patterns) => self.kinds_like(patterns),
            Kinds::Any(_) => Some((0..self.context.schema().kinds().len()).collect()),
        }
    }

    pub(super) fn kind(&mut self, name: &Name) -> Option<usize> {
        let schema = self.context.schema();
        if let Some(kind) = schema.kind_index(&name.text) {
            return Some(kind);
        }
        if schema.attribute(&name.text).is_some() {
            return self.report(
                Diagnostic::error("E0102", name.span, format!("`{}` is an attribute, not a kind of events", name.text))
                    .help("`count`, `sum` and windows are about events; an attribute is compared directly"),
            );
        }
        let relations = schema.relations().iter().map(|r| r.name.as_str());
        let known: Vec<&str> = schema
            .kinds()
            .iter()
            .map(|k| k.name.as_str())
            .chain(relations)
            .collect();
        if nearest(&name.text, known.iter().copied()).is_none()
            && nearest(&name.text, FUNCTIONS.iter().copied()).is_some()
        {
            let diagnostic = Diagnostic::error(
                "E0122",
                name.span,
                format!("there is no function `{}`", name.text),
            );
            return self.report(suggest(diagnostic, name.span, &name.text, FUNCTIONS));
        }
        let diagnostic = Diagnostic::error(
            "E0102",
            name.span,
            format!("there is no kind of events `{}`", name.text),
        );
        self.report(suggest(diagnostic, name.span, &name.text, &known))
    }

    /// The conditions in an event's parentheses, as a flat list of parts that all hold.
    fn filter(&mut self, kinds: &[usize], conditions: &[Expr]) -> Option<Vec<Cond>> {
        let outer = self.row.replace(kinds.to_vec());
        let outer_rows = self.related;
        self.related = outer_rows.map(Related::within_event);
        let mut filter = Vec::new();
        let mut whole = true;
        for condition in conditions {
            match self.row_condition(kinds, condition) {
                Some(Cond {
                    kind: CondKind::All(parts),
                    ..
                }) => filter.extend(parts),
                Some(cond) => filter.push(cond),
                None => whole = false,
            }
        }
        (self.row, self.related) = (outer, outer_rows);
        whole.then_some(filter)
    }

    /// Whether a condition in parentheses is a value to be compared with the subject.
    pub(super) fn means_subject(&self, subject: Option<&Term>, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Literal(Literal::Bool(_)) => subject.is_some_and(|s| s.ty == Ty::Bool),
            ExprKind::Literal(_) | ExprKind::Negate(_) => true,
            ExprKind::Path(names) => match (subject, names.as_slice()) {
                (
                    Some(Term {
                        ty: Ty::Enum(values),
                        ..
                    }),
                    [name],
                ) => {
                    values.index_of(&name.text).is_some()
                        || self.named(&name.text, e.span).is_none()
                }
                // A text whose quotes were forgotten.
                (Some(Term { ty: Ty::String, .. }), [name]) => {
                    self.named(&name.text, e.span).is_none()
                        && self.list_field(e).is_none()
                        && self.context.schema().kind(&name.text).is_none()
                        && self.context.schema().relation(&name.text).is_none()
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn row_condition(&mut self, kinds: &[usize], e: &Expr) -> Option<Cond> {
        let subject = self.subject(kinds);
        if !self.means_subject(subject.as_ref(), e) {
            return self.cond(e);
        }
        let Some(subject) = subject else {
            return self.no_subject(kinds, e);
        };
        let name = if let TermKind::Field(FieldRef::Property(p)) = &subject.kind {
            p.name.clone()
        } else {
            "".into()
        };
        self.is_subject(subject, &name, e)
    }

    /// A value compared with the subject, which is called `name`.
    pub(super) fn is_subject(&mut self, mut subject: Term, name: &str, e: &Expr) -> Option<Cond> {
        subject.span = e.span;
        let value = self.term(e, Some(&subject.ty))?;
        if !same_kind(&subject.ty, &value.ty)
            && !matches!(
                (&subject.ty, &value.ty),
                (Ty::Instant, Ty::Date) | (Ty::Date, Ty::Instant)
            )
        {
            let message = format!(
                "this is compared with `{name}`, which is {}; `{}` is {}",
                subject.ty.words(),
                self.source(e.span),
                value.ty.words()
            );
            let diagnostic = Diagnostic::error("E0105", e.span, message)
                .help(format!("for another property write its name: `{name} = …`"));
            let diagnostic = self.retyped(diagnostic, &subject.ty, &value);
            return self.report(diagnostic);
        }
        self.comparison(Order::Eq, subject, value, false, e.span)
    }

    /// A value stands in the parentheses of events without a subject.
    fn no_subject(&mut self, kinds: &[usize], e: &Expr) -> Option<Cond> {
        let schema = self.context.schema();
        let source = self.source(e.span);
        let message = match kinds {
            [kind] => {
                let name = schema.kinds().get(*kind).map_or("", |k| &k.name);
                format!("`{name}` has no subject that could be `{source}`")
            }
            _ => format!("these events have no subject in common that could be `{source}`"),
        };
        let own: Vec<&str> = self
            .properties(kinds)
            .into_iter()
            .filter(|p| self.property_of(kinds, p).is_some())
            .collect();
        let help = match own.first() {
            Some(_) => format!(
                "name the property that is to be `{source}`: {}",
                listed(&own)
            ),
            None if kinds.len() > 1 => {
                "ask for each kind of events by itself, and join the parts by `or`".to_owned()
            }
            None => "it has no properties; leave the parentheses out".to_owned(),
        };
        self.report(Diagnostic::error("E0110", e.span, message).help(help))
    }

    /// The subject of these kinds, if each has one and they are of one type.
    fn subject(&self, kinds: &[usize]) -> Option<Term> {
        let schema = self.context.schema();
        let at: Vec<(usize, usize)> = kinds
            .iter()
            .map(|k| Some((*k, schema.kinds().get(*k)?.subject?)))
            .collect::<Option<_>>()?;
        let mut fields = at
            .iter()
            .filter_map(|(k, i)| schema.kinds().get(*k)?.properties.get(*i));
        let first = fields.next()?;
        if !fields.all(|f| f.ty == first.ty) {
            return None;
        }
        let ty = Ty::of(&first.ty)?;
        let property = PropertyRef {
            name: first.name.as_str().into(),
            at,
        };
        Some(Term {
            kind: TermKind::Field(FieldRef::Property(property)),
            ty,
            span: Span::default(),
            depends_on_now: false,
        })
    }
}

//! Functions over events and rows: `count(purchased)`, `sum(accounts.seats)`, `last(viewed).category`.

use super::checker::Checker;
use super::collections::{Elements, Projection};
use super::resolve::{Found, joined};
use super::scope::Scope;
use super::signature::{accepts, given};
use super::suggest::{listed, suggest};
use super::untimed::unwindowed;
use crate::diagnostic::Diagnostic;
use crate::ir::{Term, TermKind, Ty};
use crate::schema::{EVENT_PARTS, KindId, RelationId};
use crate::span::Span;
use crate::syntax::vocabulary::{Gives, Takes};
use crate::syntax::{Aggregate, Expr, ExprKind, Name, quoted_path};

impl Checker<'_> {
    pub(super) fn aggregate(
        &mut self,
        function: Aggregate,
        argument: &Expr,
        span: Span,
    ) -> Option<Term> {
        self.takes_rows(function, argument, span)?;
        let (elements, projection) = self.elements(argument)?;
        let of = match &projection {
            Some(projection) => Some(self.element_value(&elements, projection)?),
            None => None,
        };
        let ty = match aggregate_type(function, of.as_ref().map(|of| &of.ty)) {
            Ok(ty) => ty,
            Err(Misfit::Event) => {
                let property = projection.map(|p| joined(&p.names));
                return self.report(self.is_an_event(function, property, span));
            }
            Err(Misfit::Takes(wanted)) => {
                let given = of.as_ref().map(|of| &of.ty);
                return self.report(self.needs(function, &elements, (wanted, given), argument));
            }
        };
        Some(over(function, elements, of, ty, span))
    }

    /// Refuses a function of events on rows, and windows on rows.
    fn takes_rows(&mut self, function: Aggregate, argument: &Expr, span: Span) -> Option<()> {
        let inner = unwindowed(argument);
        let Some(path) = self.row_path(inner) else {
            return Some(());
        };
        if matches!(function, Aggregate::First | Aggregate::Last) {
            return self.no_first(path.relation, function, span);
        }
        if !std::ptr::eq(inner, argument) {
            let help = self.timed_help(path.relation, argument, inner);
            return self.no_time(path.relation, argument.span, &help);
        }
        Some(())
    }

    fn is_an_event(&self, function: Aggregate, property: Option<String>, span: Span) -> Diagnostic {
        let name = function.name();
        match property {
            Some(property) => {
                Diagnostic::error("E0111", span, "the property stands after the parentheses")
                    .help(format!("write `{name}(…).{property}`"))
            }
            None => Diagnostic::error(
                "E0112",
                span,
                format!("`{name}(…)` is an event, not a value"),
            )
            .help(format!(
                "write `{}.at`, or another property",
                self.source(span)
            )),
        }
    }

    /// A function does not take what it is given, or is given no property.
    fn needs(
        &self,
        function: Aggregate,
        elements: &Elements,
        (wanted, given): (Takes, Option<&Ty>),
        argument: &Expr,
    ) -> Diagnostic {
        let (name, source) = (function.name(), self.source(argument.span));
        let (things, properties) = match elements {
            Elements::Events(select) => ("events", self.properties(&select.kinds)),
            Elements::Rows(rows) => {
                let declared = self.relation(rows.relation).into_iter();
                let properties = declared.flat_map(|r| &r.properties);
                ("rows", properties.map(|p| p.name.as_str()).collect())
            }
        };
        let fits = |property: &&str| {
            let ty = self.element_type(elements, property);
            ty.is_some_and(|ty| aggregate_type(function, Some(&ty)).is_ok())
        };
        let fitting: Vec<&str> = properties.into_iter().filter(fits).collect();
        let message = match given {
            Some(ty) => format!(
                "`{name}` needs a property {}; `{source}` is {}",
                wanted.words(),
                ty.words()
            ),
            None => format!("`{name}` needs a property of the {things}"),
        };
        let help = match fitting.first() {
            Some(_) if given.is_some() => format!("such as {}", listed(&fitting)),
            Some(first) => format!(
                "it follows the {things}: `{name}({}.{})`",
                self.source(elements.span()),
                quoted_path(first)
            ),
            None => format!("these {things} have none"),
        };
        Diagnostic::error("E0112", argument.span, message).help(help)
    }

    /// The type of a declared property of events or rows.
    fn element_type(&self, elements: &Elements, property: &str) -> Option<Ty> {
        match elements {
            Elements::Events(select) => {
                self.property_type(&self.property_of(&select.kinds, property)?)
            }
            Elements::Rows(rows) => {
                let declared = self.relation(rows.relation)?;
                let index = declared.property_index(property)?;
                Ty::of(&declared.properties.get(index)?.ty)
            }
        }
    }

    /// A property of one event or row, or a calendar part of it.
    fn element_value(&mut self, elements: &Elements, of: &Projection) -> Option<Term> {
        match elements {
            Elements::Events(select) => {
                let text = joined(&of.names);
                self.event_value(
                    &select.kinds,
                    &Name {
                        text,
                        span: of.span,
                    },
                )
            }
            Elements::Rows(rows) => self.row_value(rows.relation, of),
        }
    }

    fn event_value(&mut self, kinds: &[KindId], name: &Name) -> Option<Term> {
        let known = self.properties(kinds);
        let declared = self.property_of(kinds, &name.text).is_some();
        if declared || EVENT_PARTS.contains(&name.text.as_str()) {
            let found = self.within(Scope::Event(kinds.to_vec()), |checker| {
                checker.lookup(&name.text, name.span)
            });
            return match found? {
                Found::Value(term) => Some(term),
                Found::List(..) => self.report(self.list_in_parentheses(name, "events")),
            };
        }
        self.report(if self.is_uncommon(kinds, &name.text) {
            self.not_common(kinds, &name.text, name.span)
        } else {
            let message = format!("these events have no property `{}`", name.text);
            let diagnostic = Diagnostic::error("E0103", name.span, message);
            suggest(diagnostic, name.span, &name.text, &known)
        })
    }

    fn row_value(&mut self, relation: RelationId, of: &Projection) -> Option<Term> {
        let declared = self.relation(relation)?;
        let property = |names: &[Name]| declared.property_index(&joined(names));
        let shorter = || property(of.names.split_last()?.1);
        let Some(index) = property(&of.names).or_else(shorter) else {
            let diagnostic = self.no_row_property(relation, &joined(&of.names), of.span)?;
            return self.report(diagnostic);
        };
        if Ty::of(&declared.properties.get(index)?.ty).is_none() {
            let (text, span) = (joined(&of.names), of.span);
            return self.report(self.list_in_parentheses(&Name { text, span }, "rows"));
        }
        self.within(Scope::Row(relation), |checker| {
            checker.path(&of.names, of.span, None)
        })
    }

    fn list_in_parentheses(&self, name: &Name, things: &str) -> Diagnostic {
        self.is_list(&name.text, name.span).help(format!(
            "a condition on it stands in the parentheses of the {things}: `({} contains …)`",
            name.text
        ))
    }

    /// `first(e).p` and `last(e).p`.
    pub(super) fn property_of_event(
        &mut self,
        function: Aggregate,
        argument: &Expr,
        name: &Name,
        span: Span,
    ) -> Option<Term> {
        self.takes_rows(function, argument, span)?;
        let (elements, given) = self.elements(argument)?;
        if let Some(given) = given {
            let word = function.name();
            let message = "the property stands after the parentheses";
            let diagnostic = Diagnostic::error("E0111", given.span, message);
            return self.report(diagnostic.help(format!("write `{word}(…).{}`", name.text)));
        }
        let projection = Projection {
            names: vec![name.clone()],
            span: name.span,
        };
        let of = self.element_value(&elements, &projection)?;
        let ty = of.ty.clone();
        Some(over(function, elements, Some(of), ty, span))
    }

    /// `purchased("tv").amount`: one value for each event.
    pub(super) fn property_of_events(
        &mut self,
        of: &Expr,
        name: &Name,
        span: Span,
    ) -> Option<Term> {
        if let ExprKind::Event { kinds, conditions } = &of.kind {
            self.kinds(kinds, conditions)?;
        }
        let source = self.source(span);
        let message = format!("`{source}` has one value for each event");
        self.report(Diagnostic::error("E0108", span, message).help(format!(
            "write `last({}).{}`, or another function over it: `max({source})`",
            self.source(of.span),
            name.text
        )))
    }
}

fn over(function: Aggregate, elements: Elements, of: Option<Term>, ty: Ty, span: Span) -> Term {
    let of = of.map(Box::new);
    let kind = match elements {
        Elements::Events(select) => TermKind::Aggregate {
            function,
            select: Box::new(select),
            of,
        },
        Elements::Rows(rows) => TermKind::Total {
            function,
            rows: Box::new(rows),
            of,
        },
    };
    Term::new(kind, ty, span)
}

/// Why an aggregate has no value.
enum Misfit {
    /// It is an event itself.
    Event,
    /// It takes a property, of such a kind.
    Takes(Takes),
}

/// The type of an aggregate over values of a type; `None`: over the events or rows alone.
fn aggregate_type(function: Aggregate, of: Option<&Ty>) -> Result<Ty, Misfit> {
    let row = function.row();
    if row.gives == Gives::Event {
        return Err(Misfit::Event);
    }
    let fits = row.takes == Takes::Events || of.is_some_and(|ty| accepts(row.takes, ty));
    let ty = fits.then(|| given(row.gives, of)).flatten();
    ty.ok_or(Misfit::Takes(row.takes))
}

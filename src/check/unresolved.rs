//! What to say of a name that is no value where it stands.

use super::checker::Checker;
use super::resolve::{Unresolved, joined, rest_span};
use super::suggest::{listed, nearest, suggest, suggest_whole};
use super::types::{Expected, Owner};
use crate::diagnostic::Diagnostic;
use crate::ir::Ty;
use crate::schema::{KindId, RelationId};
use crate::span::Span;
use crate::syntax::vocabulary::{LEAD_SEGMENT, fitted_persona, levelled_ledger};
use crate::syntax::{Expr, ExprKind, Literal, Name, quoted_path};
use crate::value::Type;

impl<'a> Checker<'a> {
    /// The finding about a path that is no value; `None` where it is made elsewhere.
    pub(super) fn explain_path(
        &self,
        why: Unresolved<'a>,
        names: &[Name],
        span: Span,
        expected: Option<Expected<'_>>,
    ) -> Option<Diagnostic> {
        let name = joined(names);
        Some(match why {
            Unresolved::Faulty => return None,
            Unresolved::List => self
                .is_list(&name, span)
                .help(format!("write `{name} contains …`")),
            Unresolved::Kind => Diagnostic::error(
                "E0108",
                span,
                format!("`{name}` is an event kind, not a value"),
            )
            .help(format!("write `count({name})`, or `last({name}).at`")),
            Unresolved::OneForEachEvent { kind, property } => {
                self.one_for_each_event(kind, &property, span)
            }
            Unresolved::Rows { names, .. } if names.is_empty() => {
                self.rows_are_no_value(span, true)
            }
            Unresolved::Rows {
                relation,
                names,
                span: rows,
            } => self.one_for_each_row(relation, &names, &[], (rows, span))?,
            Unresolved::Segment => Diagnostic::error("E0101", span, self.unknown_message(&name))
                .help(format!("`{name}` is a segment: write `in segment {name}`"))
                .fix(span, format!("in segment {name}")),
            Unresolved::Prefix(parts) => {
                Diagnostic::error("E0101", span, format!("`{name}` has no value of its own"))
                    .help(format!("name one of its parts: {}", listed(&parts)))
            }
            Unresolved::NotCommon => self.not_common(self.scopes.event()?, &name, span),
            Unresolved::NamedEventProperty {
                property,
                span,
                known,
            } => {
                let step = &names.first()?.text;
                let message = format!("the events called `{step}` have no property `{property}`");
                let diagnostic = Diagnostic::error("E0103", span, message);
                suggest(diagnostic, span, &property, &known)
            }
            Unresolved::KindProperty {
                property,
                span,
                known,
            } => {
                let kind = &names.first()?.text;
                let message = format!("`{kind}` has no property `{property}`");
                let diagnostic = Diagnostic::error("E0103", span, message);
                suggest(diagnostic, span, &property, &known)
            }
            Unresolved::Step { known } => self.unknown_step(names.first()?, &known),
            Unresolved::NoMember => self.no_member(&name, span, expected?),
            Unresolved::Unknown { known } => match self.not_made(&name, span) {
                Some(diagnostic) => diagnostic,
                None => self.unknown(names, span, expected, &known),
            },
        })
    }

    /// `lead segment`, `fit of gift_buyer` or `level of points` where nothing makes it.
    fn not_made(&self, name: &str, span: Span) -> Option<Diagnostic> {
        if name == LEAD_SEGMENT {
            let diagnostic = Diagnostic::error("E0101", span, "no segment has a priority");
            let help =
                "write `priority = 1` in the tables of those segments of which one goes first";
            return Some(diagnostic.help(help));
        }
        let (message, made_of, declare): (_, fn(&str) -> Option<&str>, _) =
            if let Some(ledger) = levelled_ledger(name) {
                let message = format!("there is no ledger `{ledger}` with levels");
                let declare = "declare them: `levels = [{ name = \"silver\", from = 500 }]`";
                (message, levelled_ledger, declare)
            } else {
                let message = format!("there is no persona `{}`", fitted_persona(name)?);
                (message, fitted_persona, "declare it under `personas`")
            };
        let known = self.context.declared_values.iter();
        let known: Vec<&str> = known.filter_map(|name| made_of(name)).collect();
        let diagnostic = Diagnostic::error("E0101", span, message);
        Some(match known.as_slice() {
            [] => diagnostic.help(declare),
            known => diagnostic.help(format!("known: {}", listed(known))),
        })
    }

    /// `c.category` where no event is called `c`.
    fn unknown_step(&self, first: &Name, known: &[String]) -> Diagnostic {
        let name = &first.text;
        let message = format!("no event that can be read here is called `{name}`");
        let help = if self.entry.is_some() && self.scopes.event().is_none() {
            format!("`as` names the event of `on`: `on = \"purchased as {name}\"`")
        } else {
            format!(
                "`as` names an earlier step, or the event around: `campaign_received as {name} then …`"
            )
        };
        let diagnostic = Diagnostic::error("E0101", first.span, message).help(help);
        // Some events are kept without a name.
        let known = known.iter().map(String::as_str);
        let known: Vec<&str> = known.filter(|name| !name.is_empty()).collect();
        suggest_whole(diagnostic, first.span, name, &known)
    }

    pub(super) fn is_list(&self, name: &str, span: Span) -> Diagnostic {
        Diagnostic::error(
            "E0124",
            span,
            format!("`{name}` is a list, not a single value"),
        )
    }

    fn unknown_message(&self, name: &str) -> String {
        if self.scopes.event().is_some() {
            format!("`{name}` is neither a property of these events nor an attribute")
        } else if self.scopes.row().is_some() {
            format!("`{name}` is neither a property of these rows nor an attribute")
        } else {
            format!("there is no attribute `{name}`")
        }
    }

    fn unknown(
        &self,
        names: &[Name],
        span: Span,
        expected: Option<Expected<'_>>,
        known: &[&str],
    ) -> Diagnostic {
        let name = joined(names);
        let in_event = self.scopes.event().is_some();
        let schema = self.schema();
        let bare = !in_event && self.scopes.row().is_none();
        let meant = nearest(&name, known.iter().copied());
        let diagnostic = match meant {
            Some(meant) if !in_event && self.schema().kind(meant).is_some() => {
                Diagnostic::error("E0102", span, format!("there is no event kind `{name}`"))
            }
            None if bare && names.len() == 1 && expected.is_none() => {
                let message = format!("`{name}` is neither an attribute nor an event kind");
                Diagnostic::error("E0101", span, message)
            }
            _ => Diagnostic::error("E0101", span, self.unknown_message(&name)),
        };
        if is_null(&name) {
            return diagnostic.help(IS_MISSING);
        }
        if expected.is_some_and(|e| *e.ty == Ty::String) && meant.is_none() {
            return diagnostic
                .help(format!("strings are written in double quotes: \"{name}\""))
                .fix(span, format!("\"{name}\""));
        }
        // A kind or a relation is no value: it is proposed where it may be meant, and not listed.
        let is_value = |known: &&&str| {
            let is_named = schema.kind(known).is_none() && schema.relation(known).is_none();
            is_named || meant == Some(**known)
        };
        if expected.is_some() {
            let values: Vec<&str> = known.iter().filter(is_value).copied().collect();
            return suggest(diagnostic, span, &name, &values);
        }
        suggest(diagnostic, span, &name, known)
    }

    /// A name that is not among the values of an enum.
    pub(super) fn no_member(&self, name: &str, span: Span, expected: Expected<'_>) -> Diagnostic {
        let (what, known): (String, Vec<&str>) = if let Ty::Named(names) = expected.ty {
            (expected.ty.words().into_owned(), names.to_vec())
        } else if let Ty::Enum(of) = expected.ty {
            let owner = match expected.of {
                Owner::At(span) => self.source(span),
                Owner::Subject(name) => name.to_owned(),
            };
            let known = of.values.iter().map(String::as_str).collect();
            (format!("a value of `{owner}`"), known)
        } else {
            (expected.ty.words().into_owned(), Vec::new())
        };
        let message = format!("`{name}` is not {what}");
        suggest_whole(
            Diagnostic::error("E0104", span, message),
            span,
            name,
            &known,
        )
    }

    /// A property that only some of these kinds have, or not all of one type.
    pub(super) fn not_common(&self, kinds: &[KindId], name: &str, span: Span) -> Diagnostic {
        let mut declared = kinds.iter().filter_map(|k| self.schema().kind_of(*k));
        let message = match declared.find(|k| k.property_index(name).is_none()) {
            Some(kind) => format!(
                "not all of these events have a property `{name}`: `{}` does not",
                kind.name
            ),
            None => format!("`{name}` is not of one type in all of these events"),
        };
        Diagnostic::error("E0103", span, message)
            .help("ask about each event kind by itself, and join the parts with `or`")
    }

    /// A property of many events stands where one value is needed.
    fn one_for_each_event(&self, kind: KindId, property: &str, span: Span) -> Diagnostic {
        let source = self.source(span);
        let name = self.schema().kind_of(kind).map_or("", |k| &k.name);
        let of = self.property_of(&[kind], property);
        let number = matches!(
            of.and_then(|p| self.property_type(&p)),
            Some(Ty::Exact(_) | Ty::Float | Ty::Duration)
        );
        let all = if number {
            format!("`sum({source})`, `max({source})`")
        } else {
            format!("`top({source})`")
        };
        Diagnostic::error(
            "E0108",
            span,
            format!("`{source}` has one value for each event"),
        )
        .help(format!(
            "write {all}, `last({name}).{property}`, or a condition: `{name}({property} …)`"
        ))
    }

    /// A property of many rows stands where one value is needed.
    pub(super) fn one_for_each_row(
        &self,
        relation: RelationId,
        names: &[Name],
        conditions: &[Expr],
        (rows, whole): (Span, Span),
    ) -> Option<Diagnostic> {
        let declared = self.relation(relation)?;
        let name = joined(names);
        let index = declared.property_index(&name);
        let Some(property) = index.and_then(|p| declared.properties.get(p)) else {
            return self.no_row_property(relation, &name, rest_span(names, whole));
        };
        let source = self.source(whole);
        let all = match property.ty {
            Type::Int | Type::Decimal(_) | Type::Float | Type::Duration => {
                format!("`sum({source})`, `max({source})`")
            }
            Type::Date | Type::Instant => format!("`min({source})`, `max({source})`"),
            Type::Bool
            | Type::String
            | Type::Enum(_)
            | Type::Version
            | Type::Place
            | Type::List(_) => {
                format!("`top({source})`")
            }
        };
        let condition = if conditions.is_empty() {
            let rows = self.source(rows);
            format!(", or a condition: `{rows}({} …)`", quoted_path(&name))
        } else {
            String::new()
        };
        let message = format!("`{source}` has one value for each row");
        Some(Diagnostic::error("E0132", whole, message).help(format!("write {all}{condition}")))
    }

    /// The rows of a relation have no such property.
    pub(super) fn no_row_property(
        &self,
        relation: RelationId,
        name: &str,
        span: Span,
    ) -> Option<Diagnostic> {
        let declared = self.relation(relation)?;
        let known: Vec<&str> = declared
            .properties
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        let message = format!("the rows of `{}` have no property `{name}`", declared.name);
        let diagnostic = Diagnostic::error("E0103", span, message);
        Some(suggest(diagnostic, span, name, &known))
    }

    /// Rows stand where a value is wanted; `bare`: without conditions.
    pub(super) fn rows_are_no_value(&self, rows: Span, bare: bool) -> Diagnostic {
        let source = self.source(rows);
        let what = if bare { "a relation" } else { "a set of rows" };
        let message = format!("`{source}` is {what}, not a value");
        Diagnostic::error("E0132", rows, message).help(if bare {
            format!(
                "write `count({source})`; a condition on its properties stands in parentheses: `{source}(…)`"
            )
        } else {
            format!("write `count({source})`")
        })
    }

    /// Rows opposite a value.
    pub(super) fn compared_rows(&self, rows: &Expr, other: &Expr) -> Diagnostic {
        let (source, value) = (self.source(rows.span), self.source(other.span));
        let bare = matches!(rows.kind, ExprKind::Path(_));
        let help = match literal(other) {
            Some(Literal::Bool(true)) => format!("write `{source}` alone"),
            Some(Literal::Bool(false)) => format!("write `not {source}`"),
            Some(Literal::String(_)) if bare => {
                format!("a condition on a row stands in parentheses: `{source}({value})`")
            }
            _ => return self.rows_are_no_value(rows.span, bare),
        };
        let what = if bare { "a relation" } else { "a set of rows" };
        let message = format!("`{source}` is {what}, not a value");
        Diagnostic::error("E0132", rows.span, message).help(help)
    }

    /// Events opposite a value.
    pub(super) fn compared_events(&self, events: &Expr, other: &Expr) -> Diagnostic {
        let (source, value) = (self.source(events.span), self.source(other.span));
        let bare = matches!(events.kind, ExprKind::Path(_));
        let help = match literal(other) {
            Some(Literal::Bool(true)) => format!("write `{source}` alone"),
            Some(Literal::Bool(false)) => format!("write `not {source}`"),
            Some(Literal::String(_)) if bare => {
                format!("a condition on its properties stands in parentheses: `{source}({value})`")
            }
            _ if matches!(events.kind, ExprKind::Event { .. }) => {
                format!("write `count({source})`")
            }
            _ => format!(
                "write `count({source})`; a condition on its properties stands in parentheses: `{source}(…)`"
            ),
        };
        let what = events_words(events);
        let message = format!("`{source}` is {what}, which cannot be compared");
        Diagnostic::error("E0108", events.span, message).help(help)
    }
}

/// What to write for a missing value.
const IS_MISSING: &str = "a missing value is asked for by `is missing`";

/// Whether a name means in other languages that there is no value.
pub(super) fn is_null(name: &str) -> bool {
    const NULLS: &[&str] = &["null", "nil", "none", "undefined"];
    NULLS.contains(&name.to_ascii_lowercase().as_str())
}

/// What events are, by how they are written.
pub(super) fn events_words(e: &Expr) -> &'static str {
    if matches!(e.kind, ExprKind::Path(_)) {
        "an event kind"
    } else {
        "a set of events"
    }
}

fn literal(e: &Expr) -> Option<&Literal> {
    let ExprKind::Literal(literal) = &e.kind else {
        return None;
    };
    Some(literal)
}

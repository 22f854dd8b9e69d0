//! Relations: conditions on rows that belong to a profile, and the names of the row under test.

use super::collection::unwindowed;
use super::conditions::{Checker, negate};
use super::resolve::{joined, most_parts, rest_span};
use super::suggest::{listed, suggest_whole};
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, FieldRef, RowRef, Rows, Term, TermKind, Ty};
use crate::schema::Relation;
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, Kinds, Literal, Name, Times, quoted_name, quoted_path};
use crate::value::Type;

/// The relation whose row a condition is about.
#[derive(Clone, Copy)]
pub(super) struct Related {
    pub(super) relation: usize,
    /// Whether no parentheses of an event lie between: the row's names go before the event's.
    pub(super) innermost: bool,
}

impl Related {
    /// The same seen from within the parentheses of an event.
    pub(super) fn within_event(self) -> Self {
        Related {
            innermost: false,
            ..self
        }
    }
}

/// Rows, and the names behind their dots.
pub(super) struct Argument<'e> {
    pub(super) relation: usize,
    /// The conditions on the rows.
    pub(super) conditions: &'e [Expr],
    pub(super) names: Vec<Name>,
    pub(super) span: Span,
}

impl<'a> Checker<'a> {
    pub(super) fn relation(&self, index: usize) -> Option<&'a Relation> {
        self.context.schema().relations().get(index)
    }

    /// The relation that an expression stands for.
    pub(super) fn relation_of(&self, e: &Expr) -> Option<usize> {
        let argument = self.argument(e)?;
        argument.names.is_empty().then_some(argument.relation)
    }

    /// Takes `accounts(plan = pro).seats` and the like apart.
    pub(super) fn argument<'e>(&self, e: &'e Expr) -> Option<Argument<'e>> {
        let schema = self.context.schema();
        let span = e.span;
        match &e.kind {
            ExprKind::Event {
                kinds: Kinds::One(name),
                conditions,
            } => {
                let relation = schema.relation_index(&name.text)?;
                Some(Argument {
                    relation,
                    conditions,
                    names: Vec::new(),
                    span,
                })
            }
            ExprKind::Path(names) => {
                (1..=most_parts(names, schema.relations().iter().map(|r| &*r.name)))
                    .rev()
                    .find_map(|n| {
                        let (of, rest) = names.split_at_checked(n)?;
                        let relation = schema.relation_index(&joined(of))?;
                        Some(Argument {
                            relation,
                            conditions: &[],
                            names: rest.to_vec(),
                            span: rest_span(of, span),
                        })
                    })
            }
            ExprKind::Property { of, name } => {
                let mut argument = self.argument(of)?;
                argument.names.push(name.clone());
                Some(argument)
            }
            _ => None,
        }
    }

    /// The property of the row under test that a name means there. Its names come first where its parentheses are the
    /// innermost; with the relation before them they always mean the row.
    pub(super) fn row_property(&self, name: &str, innermost: bool) -> Option<RowRef> {
        let related = self.related?;
        let declared = self.relation(related.relation)?;
        let own = (related.innermost == innermost)
            .then(|| declared.property_index(name))
            .flatten();
        let qualified =
            || declared.property_index(name.strip_prefix(&*declared.name)?.strip_prefix('.')?);
        let property = own.or_else(|| innermost.then(qualified).flatten())?;
        Some(RowRef {
            relation: related.relation,
            property,
        })
    }

    /// Whether the innermost parentheses are those of a relation.
    pub(super) fn is_in_rows(&self) -> bool {
        self.related.is_some_and(|related| related.innermost)
    }

    pub(super) fn row_type(&self, row: RowRef) -> Option<&'a Type> {
        Some(
            &self
                .relation(row.relation)?
                .properties
                .get(row.property)?
                .ty,
        )
    }

    /// The value that a name means of the row under test.
    pub(super) fn row_named(&self, name: &str, innermost: bool, span: Span) -> Option<Term> {
        let row = self.row_property(name, innermost)?;
        let ty = Ty::of(self.row_type(row)?)?;
        Some(Term {
            kind: TermKind::Field(FieldRef::Row(row)),
            ty,
            span,
            depends_on_now: false,
        })
    }

    /// The list that a name means of the row under test, and what it holds.
    pub(super) fn row_list(&self, name: &str, innermost: bool) -> Option<(FieldRef, Ty)> {
        let row = self.row_property(name, innermost)?;
        match self.row_type(row)? {
            Type::List(of) => Some((FieldRef::Row(row), Ty::of(of)?)),
            _ => None,
        }
    }

    /// The names of the properties of the row under test.
    pub(super) fn row_names(&self) -> Vec<&'a str> {
        let declared = self
            .related
            .and_then(|related| self.relation(related.relation));
        declared
            .into_iter()
            .flat_map(|r| &r.properties)
            .map(|p| p.name.as_str())
            .collect()
    }

    // ---- conditions ----

    /// What an expression means where it is about rows; `None` where it is not.
    pub(super) fn rows_condition(&mut self, e: &Expr) -> Option<Option<Cond>> {
        if let ExprKind::AllRows {
            relation,
            conditions,
        } = &e.kind
        {
            return Some(self.all_rows(relation, conditions, e.span));
        }
        if self.context.schema().relations().is_empty() {
            return None;
        }
        let some = |checker: &mut Self, rows: &Expr, negated: bool| {
            let rows = checker.rows(rows)?;
            Some(negate(
                negated,
                Cond {
                    kind: CondKind::Rows { all: false, rows },
                    span: e.span,
                },
            ))
        };
        let of = |value: &Expr| self.relation_of(value).filter(|_| !self.names_value(value));
        Some(match &e.kind {
            ExprKind::Event { .. } | ExprKind::Path(_) => {
                of(e)?;
                some(self, e, false)
            }
            ExprKind::Presence { missing, value } => {
                of(value)?;
                some(self, value, *missing)
            }
            ExprKind::Empty { negated, value } => {
                of(value)?;
                some(self, value, !*negated)
            }
            ExprKind::Times { count, events } => {
                let rows = unwindowed(events);
                let relation = of(rows)?;
                let dated = self.with_date(relation, rows, events);
                let (counted, others) =
                    dated.unwrap_or_else(|| (self.source(rows.span), String::new()));
                let help = format!("write `count({counted}) {}`{others}", count_words(count));
                self.no_time(relation, e.span, &help)
            }
            ExprKind::Windowed { subject: value, .. }
            | ExprKind::Regularly { events: value, .. }
            | ExprKind::As { events: value, .. }
            | ExprKind::Upcoming { value, .. }
            | ExprKind::Was { value, .. }
            | ExprKind::Changed { value, .. } => {
                let relation = of(unwindowed(value))?;
                let help = self.timed_help(relation, e, unwindowed(value));
                self.no_time(relation, e.span, &help)
            }
            ExprKind::Between { value, low, .. } => {
                let relation = of(value)?;
                if matches!(low.kind, ExprKind::Literal(Literal::Number { .. })) {
                    self.no_value(relation, value)
                } else {
                    let help = self.timed_help(relation, e, value);
                    self.no_time(relation, e.span, &help)
                }
            }
            ExprKind::Compare { left, right, .. } => {
                let (side, other) = if of(left).is_some() {
                    (left, right)
                } else {
                    (right, left)
                };
                let relation = of(side)?;
                // Opposite anything else the name may be a value.
                if !matches!(other.kind, ExprKind::Literal(_)) {
                    return None;
                }
                self.rows_compared(relation, side, other)
            }
            ExprKind::In { value, .. }
            | ExprKind::Contains { value, .. }
            | ExprKind::Text { value, .. }
            | ExprKind::Near { value, .. } => {
                let relation = of(value)?;
                self.no_value(relation, value)
            }
            _ => return None,
        })
    }

    fn all_rows(&mut self, relation: &Name, conditions: &[Expr], span: Span) -> Option<Cond> {
        let Some(index) = self.context.schema().relation_index(&relation.text) else {
            return self.unknown_relation(relation, conditions);
        };
        let filter = self.row_filter(index, conditions)?;
        let own = Span::new(relation.span.start as usize, span.end as usize);
        let rows = Rows {
            relation: index,
            filter,
            span: own,
        };
        Some(Cond {
            kind: CondKind::Rows { all: true, rows },
            span,
        })
    }

    fn unknown_relation(&mut self, name: &Name, conditions: &[Expr]) -> Option<Cond> {
        let schema = self.context.schema();
        let diagnostic = Diagnostic::error(
            "E0130",
            name.span,
            format!("there is no relation `{}`", name.text),
        );
        if schema.kind(&name.text).is_some() {
            let kind = quoted_name(&name.text);
            // A value by itself is the subject, and cannot be negated as it stands.
            let is_value = |e: &Expr| {
                matches!(
                    e.kind,
                    ExprKind::Literal(_) | ExprKind::Path(_) | ExprKind::Negate(_)
                )
            };
            let example = if conditions.is_empty() || conditions.iter().any(is_value) {
                String::new()
            } else {
                let parts = conditions.iter().map(|part| match part.kind {
                    ExprKind::Or(_) if conditions.len() > 1 => {
                        format!("({})", self.source(part.span))
                    }
                    _ => self.source(part.span),
                });
                format!(
                    ": `{kind} and not {kind}(not ({}))`",
                    parts.collect::<Vec<_>>().join(" and ")
                )
            };
            return self.report(diagnostic.help(format!(
                "`all` is about relations; of events write that some happened, and none that fails{example}"
            )));
        }
        let known: Vec<&str> = schema.relations().iter().map(|r| r.name.as_str()).collect();
        if known.is_empty() {
            return self.report(diagnostic.help("the schema has no relations; declare them there"));
        }
        self.report(suggest_whole(diagnostic, name.span, &name.text, &known))
    }

    /// The rows that an expression stands for.
    fn rows(&mut self, e: &Expr) -> Option<Rows> {
        let Argument {
            relation,
            conditions,
            ..
        } = self.argument(e)?;
        Some(Rows {
            relation,
            filter: self.row_filter(relation, conditions)?,
            span: e.span,
        })
    }

    /// The conditions in the parentheses of a relation, as a flat list of parts that all hold.
    pub(super) fn row_filter(&mut self, relation: usize, conditions: &[Expr]) -> Option<Vec<Cond>> {
        let outer = self.related.replace(Related {
            relation,
            innermost: true,
        });
        let mut filter = Vec::new();
        let mut whole = true;
        for condition in conditions {
            match self.of_row(relation, condition) {
                Some(Cond {
                    kind: CondKind::All(parts),
                    ..
                }) => filter.extend(parts),
                Some(cond) => filter.push(cond),
                None => whole = false,
            }
        }
        self.related = outer;
        whole.then_some(filter)
    }

    fn of_row(&mut self, relation: usize, e: &Expr) -> Option<Cond> {
        let declared = self.relation(relation)?;
        let subject = declared.subject.and_then(|property| {
            let ty = Ty::of(&declared.properties.get(property)?.ty)?;
            let kind = TermKind::Field(FieldRef::Row(RowRef { relation, property }));
            Some(Term {
                kind,
                ty,
                span: e.span,
                depends_on_now: false,
            })
        });
        if self.is_events(e) || !self.means_subject(subject.as_ref(), e) {
            return self.cond(e);
        }
        if let Some(subject) = subject {
            let name = declared
                .subject
                .and_then(|s| declared.properties.get(s))
                .map_or("", |p| &p.name);
            return self.is_subject(subject, name, e);
        }
        let source = self.source(e.span);
        let own: Vec<&str> = declared
            .properties
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        let help = match own.first() {
            Some(_) => format!(
                "name the property that is to be `{source}`: {}",
                listed(&own)
            ),
            None => "its rows have no properties; leave the parentheses out".to_owned(),
        };
        let message = format!(
            "the rows of `{}` have no subject that could be `{source}`",
            declared.name
        );
        self.report(Diagnostic::error("E0110", e.span, message).help(help))
    }

    // ---- values ----

    // ---- what rows are not ----

    /// Rows stand where events or dates are wanted.
    pub(super) fn no_time<T>(&mut self, relation: usize, span: Span, help: &str) -> Option<T> {
        let name = &self.relation(relation)?.name;
        let message =
            format!("the rows of `{name}` have no instant: nothing says when they happened");
        self.report(Diagnostic::error("E0131", span, message).help(help))
    }

    /// What to write instead of a window on rows.
    pub(super) fn timed_help(&self, relation: usize, whole: &Expr, rows: &Expr) -> String {
        match self.with_date(relation, rows, whole) {
            Some((dated, others)) => {
                format!("a date of theirs is asked for in the parentheses: `{dated}`{others}")
            }
            None => {
                let name = self
                    .relation(relation)
                    .map_or_else(String::new, |declared| quoted_path(&declared.name));
                format!(
                    "rows are counted, `count({name})`, or meet conditions, `{name}(…)`; what happens is sent as events"
                )
            }
        }
    }

    /// The rows with the windows that follow them as a condition on the first of their dates; and the other dates in words.
    fn with_date(&self, relation: usize, rows: &Expr, whole: &Expr) -> Option<(String, String)> {
        let is_dated = |ty: &Type| matches!(ty, Type::Date | Type::Instant);
        let dates = self
            .relation(relation)?
            .properties
            .iter()
            .filter(|p| is_dated(&p.ty));
        let dates: Vec<&str> = dates.map(|p| p.name.as_str()).collect();
        let (date, others) = dates.split_first()?;
        let condition = format!("{} {}", quoted_path(date), self.window_words(whole)?);
        let found = self.argument(rows)?;
        let source = self.source(found.span);
        let with_date = match source.strip_suffix(')') {
            Some(open) if !found.conditions.is_empty() => format!("{open}, {condition})"),
            _ => format!("{}({condition})", source.trim_end_matches(['(', ')', ' '])),
        };
        let names = found
            .names
            .iter()
            .map(|name| format!(".{}", quoted_name(&name.text)));
        let rows = std::iter::once(with_date).chain(names).collect::<String>();
        let others = if others.is_empty() {
            String::new()
        } else {
            format!("; they also have {}", listed(others))
        };
        Some((rows, others))
    }

    /// The windows behind rows as they are written.
    fn window_words(&self, e: &Expr) -> Option<String> {
        match &e.kind {
            ExprKind::Windowed { subject, windows } => {
                let words = windows.iter().map(|window| self.source(window.span));
                Some(
                    self.window_words(subject)
                        .into_iter()
                        .chain(words)
                        .collect::<Vec<_>>()
                        .join(" "),
                )
            }
            ExprKind::Between {
                negated: false,
                low,
                high,
                ..
            } => Some(format!(
                "between {} and {}",
                self.source(low.span),
                self.source(high.span)
            )),
            ExprKind::Upcoming {
                anniversary: false,
                value,
                ..
            } => Some(self.source(Span::new(value.span.end as usize, e.span.end as usize))),
            _ => None,
        }
    }
}

/// How a number of times is written opposite a count.
fn count_words(times: &Times) -> String {
    match times {
        Times::AtLeast(n) => format!(">= {n}"),
        Times::AtMost(n) => format!("<= {n}"),
        Times::MoreThan(n) => format!("> {n}"),
        Times::FewerThan(n) => format!("< {n}"),
        Times::Exactly(n) => format!("= {n}"),
        Times::Between(low, high) => format!("between {low} and {high}"),
    }
}

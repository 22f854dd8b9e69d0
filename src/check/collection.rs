//! Values from the rows of relations: counts, sums and the like, and what is said where rows give no value.

use super::conditions::Checker;
use super::functions::takes;
use super::relations::{Argument, Related};
use super::resolve::{is_value_of, joined, rest_span};
use super::suggest::{listed, suggest};
use crate::diagnostic::Diagnostic;
use crate::ir::{Rows, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{Aggregate, Expr, ExprKind, Literal, Name, aggregate_word, quoted_path};
use crate::value::Type;

impl Checker<'_> {
    /// The value of an expression where it is about rows; `None` where it is not.
    pub(super) fn rows_value(&mut self, e: &Expr, expected: Option<&Ty>) -> Option<Option<Term>> {
        if self.context.schema().relations().is_empty() {
            return None;
        }
        if let (Some(ty), ExprKind::Path(names)) = (expected, &e.kind)
            && is_value_of(ty, &joined(names))
        {
            return None;
        }
        Some(match &e.kind {
            ExprKind::Aggregate { function, argument } => {
                let inner = unwindowed(argument);
                let found = self.argument(inner)?;
                let relation = found.relation;
                if matches!(function, Aggregate::First | Aggregate::Last) {
                    return Some(self.no_first(relation, *function, e.span));
                }
                if !std::ptr::eq(inner, &**argument) {
                    let help = self.timed_help(relation, argument, inner);
                    return Some(self.no_time(relation, argument.span, &help));
                }
                self.total(*function, found, argument.span, e.span)
            }
            ExprKind::Property { of, .. } => {
                if let ExprKind::Aggregate {
                    function: function @ (Aggregate::First | Aggregate::Last),
                    argument,
                } = &of.kind
                {
                    let relation = self.argument(unwindowed(argument))?.relation;
                    return Some(self.no_first(relation, *function, e.span));
                }
                let found = self.argument(e)?;
                self.one_for_each_row(&found, e)
            }
            ExprKind::Path(_) | ExprKind::Event { .. } => {
                let found = self.argument(e)?;
                if self.names_value(e) {
                    return None;
                }
                if found.names.is_empty() {
                    self.no_value(found.relation, e)
                } else {
                    self.one_for_each_row(&found, e)
                }
            }
            _ => return None,
        })
    }

    /// Whether a path means a value, perhaps with a part of the calendar behind it.
    pub(super) fn names_value(&self, e: &Expr) -> bool {
        let ExprKind::Path(names) = &e.kind else {
            return false;
        };
        let shorter = names.split_last().filter(|(_, first)| !first.is_empty());
        self.named(&joined(names), e.span).is_some()
            || self.list_field(e).is_some()
            || shorter.is_some_and(|(_, first)| self.named(&joined(first), e.span).is_some())
    }

    fn total(
        &mut self,
        function: Aggregate,
        found: Argument<'_>,
        argument: Span,
        span: Span,
    ) -> Option<Term> {
        let Argument {
            relation,
            conditions,
            names,
            span: rows_span,
        } = found;
        let rows = Rows {
            relation,
            filter: self.row_filter(relation, conditions)?,
            span: rows_span,
        };
        let of = if names.is_empty() {
            None
        } else {
            Some(self.property_of_row(relation, &names, argument)?)
        };
        let ty = match (function, &of) {
            (Aggregate::Count, _) | (Aggregate::Distinct, Some(_)) => Ty::Exact(0),
            (_, Some(of)) if !takes(function, &of.ty) => {
                return self.needs(relation, function, Some(&of.ty), argument, rows_span);
            }
            (_, None) => return self.needs(relation, function, None, argument, rows_span),
            (
                Aggregate::Avg,
                Some(Term {
                    ty: Ty::Exact(scale),
                    ..
                }),
            ) => Ty::Ratio(*scale),
            (_, Some(of)) => of.ty.clone(),
        };
        let kind = TermKind::Total {
            function,
            rows: Box::new(rows),
            of: of.map(Box::new),
        };
        Some(Term {
            kind,
            ty,
            span,
            depends_on_now: false,
        })
    }

    /// A property of a row, or a calendar part of one.
    fn property_of_row(&mut self, relation: usize, names: &[Name], argument: Span) -> Option<Term> {
        let span = rest_span(names, argument);
        let outer = self.related.replace(Related {
            relation,
            innermost: true,
        });
        let outer_row = self.row.take();
        let own = |names: &[Name]| self.row_property(&joined(names), true);
        let property = own(names).or_else(|| own(names.split_last()?.1));
        let term = match property.map(|p| (p, self.row_type(p))) {
            Some((_, Some(Type::List(_)))) => {
                let name = joined(names);
                self.report(
                    Diagnostic::error("E0124", span, format!("`{name}` is a list, not a single value")).help(format!(
                        "a condition on it stands in the parentheses of the rows: `({name} contains …)`"
                    )),
                )
            }
            Some(_) => self.path(names, span, None),
            None => self.no_property(relation, &joined(names), span),
        };
        (self.related, self.row) = (outer, outer_row);
        term
    }

    fn no_property<T>(&mut self, relation: usize, name: &str, span: Span) -> Option<T> {
        let declared = self.relation(relation)?;
        let known: Vec<&str> = declared
            .properties
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        let message = format!("the rows of `{}` have no property `{name}`", declared.name);
        self.report(suggest(
            Diagnostic::error("E0103", span, message),
            span,
            name,
            &known,
        ))
    }

    fn needs(
        &mut self,
        relation: usize,
        function: Aggregate,
        given: Option<&Ty>,
        argument: Span,
        rows: Span,
    ) -> Option<Term> {
        let declared = self.relation(relation)?;
        let (name, source) = (aggregate_word(function), self.source(argument));
        let what = match function {
            Aggregate::Sum | Aggregate::Avg => " that is a number or a length of time",
            Aggregate::Min | Aggregate::Max => " whose values have an order",
            _ => "",
        };
        let message = match given {
            Some(ty) => format!(
                "`{name}` needs a property{what}; `{source}` is {}",
                ty.words()
            ),
            None => format!("`{name}` needs a property of the rows"),
        };
        let fits = |ty: &Type| Ty::of(ty).is_some_and(|ty| takes(function, &ty));
        let fitting: Vec<&str> = declared
            .properties
            .iter()
            .filter(|p| fits(&p.ty))
            .map(|p| p.name.as_str())
            .collect();
        let help = match fitting.first() {
            Some(_) if given.is_some() => format!("such as {}", listed(&fitting)),
            Some(first) => {
                format!(
                    "it stands behind the rows: `{name}({}.{})`",
                    self.source(rows),
                    quoted_path(first)
                )
            }
            None => "these rows have none".to_owned(),
        };
        self.report(Diagnostic::error("E0112", argument, message).help(help))
    }

    fn no_first(&mut self, relation: usize, function: Aggregate, span: Span) -> Option<Term> {
        let declared = self.relation(relation)?;
        let name = quoted_path(&declared.name);
        let best = if function == Aggregate::First {
            "min"
        } else {
            "max"
        };
        let dated = declared
            .properties
            .iter()
            .find(|p| matches!(p.ty, Type::Date | Type::Instant));
        let property = dated.map_or("…".to_owned(), |p| quoted_path(&p.name));
        self.no_time(
            relation,
            span,
            &format!(
                "rows have no order; ask for the least or the greatest of a property: `{best}({name}.{property})`"
            ),
        )
    }

    /// Rows opposite a value.
    pub(super) fn rows_compared<T>(
        &mut self,
        relation: usize,
        rows: &Expr,
        other: &Expr,
    ) -> Option<T> {
        let (source, value) = (self.source(rows.span), self.source(other.span));
        let help = match (&rows.kind, &other.kind) {
            (_, ExprKind::Literal(Literal::Bool(true))) => format!("write `{source}` alone"),
            (_, ExprKind::Literal(Literal::Bool(false))) => format!("write `not {source}`"),
            (ExprKind::Path(_), ExprKind::Literal(Literal::String(_))) => {
                format!("a condition on a row stands in parentheses: `{source}({value})`")
            }
            _ => return self.no_value(relation, rows),
        };
        self.report(
            Diagnostic::error(
                "E0132",
                rows.span,
                format!("`{source}` is rows, not a value"),
            )
            .help(help),
        )
    }

    /// Rows stand where a value is wanted.
    pub(super) fn no_value<T>(&mut self, relation: usize, rows: &Expr) -> Option<T> {
        let source = self.source(rows.span);
        self.relation(relation)?;
        let message = format!("`{source}` is rows, not a value");
        let help = match &rows.kind {
            ExprKind::Path(_) => {
                format!(
                    "write `count({source})`; a condition on its properties stands in parentheses: `{source}(…)`"
                )
            }
            _ => format!("write `count({source})`"),
        };
        self.report(Diagnostic::error("E0132", rows.span, message).help(help))
    }

    /// A property of many rows stands where one value is needed.
    fn one_for_each_row<T>(&mut self, found: &Argument<'_>, e: &Expr) -> Option<T> {
        let declared = self.relation(found.relation)?;
        let name = joined(&found.names);
        let Some(property) = declared
            .property_index(&name)
            .and_then(|p| declared.properties.get(p))
        else {
            return self.no_property(found.relation, &name, rest_span(&found.names, e.span));
        };
        let source = self.source(e.span);
        let all = match property.ty {
            Type::Int | Type::Decimal(_) | Type::Float | Type::Duration => {
                format!("`sum({source})`, `max({source})`")
            }
            Type::Date | Type::Instant => format!("`min({source})`, `max({source})`"),
            _ => format!("`top({source})`"),
        };
        let rows = self.source(found.span);
        let message = format!("`{source}` has one value for each row");
        let condition = if found.conditions.is_empty() {
            format!(", or a condition: `{rows}({} …)`", quoted_path(&name))
        } else {
            String::new()
        };
        self.report(
            Diagnostic::error("E0132", e.span, message).help(format!("write {all}{condition}")),
        )
    }
}

/// What windows follow.
pub(super) fn unwindowed(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Windowed { subject, .. } => unwindowed(subject),
        ExprKind::Between {
            negated: false,
            value,
            ..
        } => unwindowed(value),
        _ => e,
    }
}

//! Functions of one value, and aggregates over events.

use super::conditions::Checker;
use super::suggest::{listed, suggest};
use crate::diagnostic::Diagnostic;
use crate::ir::{Function, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{Aggregate, Expr, Name, aggregate_word};

impl Checker<'_> {
    pub(super) fn aggregate(
        &mut self,
        function: Aggregate,
        argument: &Expr,
        span: Span,
    ) -> Option<Term> {
        let (select, property) = self.select_with_property(argument)?;
        let given = property.as_ref().map(|(name, _)| name.clone());
        let of = match property {
            Some((name, at)) => Some(self.event_value(
                &select.kinds.clone(),
                &Name {
                    text: name,
                    span: at,
                },
            )?),
            None => None,
        };
        let name = aggregate_word(function);
        let needs = |checker: &mut Self, what: &str| {
            let source = checker.source(argument.span);
            let message = match &of {
                Some(of) => format!(
                    "`{name}` needs a property {what}; `{source}` is {}",
                    of.ty.words()
                ),
                None => format!("`{name}` needs a property of the events"),
            };
            let fitting: Vec<&str> = (checker.properties(&select.kinds).into_iter())
                .filter(|p| {
                    checker
                        .property_of(&select.kinds, p)
                        .and_then(|p| checker.property_type(&p))
                        .is_some_and(|ty| takes(function, &ty))
                })
                .collect();
            let help = match fitting.first() {
                Some(_) if of.is_some() => format!("such as {}", listed(&fitting)),
                Some(first) => {
                    format!(
                        "it stands behind the events: `{name}({}.{first})`",
                        checker.source(select.span)
                    )
                }
                None => "these events have none".to_owned(),
            };
            checker.report(Diagnostic::error("E0112", argument.span, message).help(help))
        };
        let ty = match (function, &of) {
            (Aggregate::Count, _) => Ty::Exact(0),
            (Aggregate::First | Aggregate::Last, None) => {
                return self.report(
                    Diagnostic::error(
                        "E0112",
                        span,
                        format!("`{name}(…)` is an event, not a value"),
                    )
                    .help(format!(
                        "write `{}.at`, or another property",
                        self.source(span)
                    )),
                );
            }
            (Aggregate::First | Aggregate::Last, Some(_)) => {
                return self.report(
                    Diagnostic::error("E0111", span, "the property stands after the parentheses")
                        .help(format!("write `{name}(…).{}`", given.unwrap_or_default())),
                );
            }
            (_, None) => return needs(self, ""),
            (Aggregate::Distinct, Some(_)) => Ty::Exact(0),
            (Aggregate::Min | Aggregate::Max, Some(of)) if !takes(function, &of.ty) => {
                return needs(self, "whose values have an order");
            }
            (Aggregate::Sum | Aggregate::Avg, Some(of)) if !takes(function, &of.ty) => {
                return needs(self, "that is a number or a length of time");
            }
            (
                Aggregate::Avg,
                Some(Term {
                    ty: Ty::Exact(scale),
                    ..
                }),
            ) => Ty::Ratio(*scale),
            (_, Some(of)) => of.ty.clone(),
        };
        let kind = TermKind::Aggregate {
            function,
            select: Box::new(select),
            of: of.map(Box::new),
        };
        Some(Term {
            kind,
            ty,
            span,
            depends_on_now: false,
        })
    }

    pub(super) fn call(&mut self, function: &Name, arguments: &[Expr], span: Span) -> Option<Term> {
        let which = match function.text.as_str() {
            "lower" => Function::Lower,
            "upper" => Function::Upper,
            "length" => Function::Length,
            "path" => Function::Path,
            "host" => Function::Host,
            "abs" => Function::Abs,
            "round" => Function::Round,
            other => {
                let diagnostic = Diagnostic::error(
                    "E0122",
                    function.span,
                    format!("there is no function `{other}`"),
                );
                return self.report(suggest(diagnostic, function.span, other, FUNCTIONS));
            }
        };
        let [argument] = arguments else {
            return self.report(Diagnostic::error(
                "E0122",
                span,
                format!("`{}` takes one value", function.text),
            ));
        };
        let of = self.any_term(argument)?;
        let ty = match (which, &of.ty) {
            (Function::Lower | Function::Upper, Ty::String) => {
                return self.report(
                    Diagnostic::error("E0122", span, format!("`{}` is not needed", function.text))
                        .help("compare with `ignoring case`: `name = \"anna\" ignoring case`"),
                );
            }
            (Function::Path | Function::Host, Ty::String) => Ty::String,
            (Function::Length, Ty::String) => Ty::Exact(0),
            (Function::Abs, ty @ (Ty::Exact(_) | Ty::Ratio(_) | Ty::Float | Ty::Duration)) => {
                ty.clone()
            }
            (Function::Round, Ty::Exact(_) | Ty::Float | Ty::Ratio(_)) => Ty::Exact(0),
            (_, ty) => {
                let takes = if matches!(which, Function::Abs | Function::Round) {
                    "a number"
                } else {
                    "a text"
                };
                return self.report(
                    Diagnostic::error(
                        "E0122",
                        argument.span,
                        format!("`{}` does not take {}", function.text, ty.words()),
                    )
                    .help(format!("it takes {takes}")),
                );
            }
        };
        let depends_on_now = of.depends_on_now;
        Some(Term {
            kind: TermKind::Call {
                function: which,
                of: Box::new(of),
            },
            ty,
            span,
            depends_on_now,
        })
    }
}

/// The functions over single values.
pub(super) const FUNCTIONS: &[&str] = &["length", "path", "host", "abs", "round"];

/// Whether a function over events or rows takes values of a type.
pub(super) fn takes(function: Aggregate, ty: &Ty) -> bool {
    match (function, ty) {
        (Aggregate::Sum | Aggregate::Avg, ty) => {
            matches!(ty, Ty::Exact(_) | Ty::Float | Ty::Duration)
        }
        (Aggregate::Min | Aggregate::Max, Ty::Bool | Ty::Place) => false,
        (Aggregate::Min | Aggregate::Max, Ty::Enum(e)) => e.ordered,
        _ => true,
    }
}

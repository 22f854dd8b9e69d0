//! Functions of one value: `length(name)`, `abs(balance)`.

use super::checker::Checker;
use super::suggest::suggest;
use crate::diagnostic::Diagnostic;
use crate::ir::{Function, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{Expr, Name};

impl Checker<'_> {
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
                    "`string`"
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

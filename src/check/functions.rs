//! Functions of one value: `length(name)`, `abs(balance)`.

use super::checker::Checker;
use super::signature::{accepts, function_names, given};
use super::suggest::suggest;
use crate::diagnostic::Diagnostic;
use crate::ir::{Function, Term, TermKind};
use crate::span::Span;
use crate::syntax::vocabulary;
use crate::syntax::{Expr, Name};

impl Checker<'_> {
    pub(super) fn call(&mut self, name: &Name, arguments: &[Expr], span: Span) -> Option<Term> {
        let wrong = |span, message| Diagnostic::error("E0122", span, message);
        let mut rows = vocabulary::functions().iter();
        let row = rows.find(|row| row.name == name.text);
        let (Some(row), Some(function)) = (row, function_of(&name.text)) else {
            let diagnostic = wrong(name.span, format!("there is no function `{}`", name.text));
            return self.report(suggest(
                diagnostic,
                name.span,
                &name.text,
                &function_names(),
            ));
        };
        let [argument] = arguments else {
            return self.report(wrong(span, format!("`{}` takes one value", row.name)));
        };
        let of = self.any_term(argument)?;
        if !accepts(row.takes, &of.ty) {
            let message = format!("`{}` does not take {}", row.name, of.ty.words());
            let help = format!("it takes a value {}", row.takes.words());
            return self.report(wrong(argument.span, message).help(help));
        }
        if let Some(instead) = row.instead {
            let message = format!("`{}` is not needed", row.name);
            return self.report(wrong(span, message).help(instead));
        }
        let ty = given(row.gives, Some(&of.ty))?;
        let of = Box::new(of);
        Some(Term::new(TermKind::Call { function, of }, ty, span))
    }
}

fn function_of(name: &str) -> Option<Function> {
    Some(match name {
        "lower" => Function::Lower,
        "upper" => Function::Upper,
        "length" => Function::Length,
        "path" => Function::Path,
        "host" => Function::Host,
        "abs" => Function::Abs,
        "round" => Function::Round,
        _ => return None,
    })
}

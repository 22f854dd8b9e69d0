//! Events that come one after the other and stand in texts of their own, as those of a funnel do.

use super::checker::Checker;
use super::collections::named;
use super::context::Context;
use super::{lint, too_large};
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, Select, Term, Weight};
use crate::syntax::{self, Expr};

/// Checks the events of steps, of which later ones can read those before them that have a name.
pub(crate) struct StepChecker<'a> {
    checker: Checker<'a>,
}

impl<'a> StepChecker<'a> {
    pub(crate) fn new(context: &'a Context) -> Self {
        StepChecker {
            checker: Checker::new("", context),
        }
    }

    /// The events of the next step, which `text` says.
    pub(crate) fn step(
        &mut self,
        expr: &Expr,
        text: &'a str,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Select> {
        let checker = &mut self.checker;
        checker.text = text;
        checker.found.extend(syntax::suspicious(text));
        let select = checker.select_of_step(expr);
        if let Some(select) = &select {
            if let Some((_, name)) = named(expr) {
                checker.scopes.name(&name.text, &select.kinds);
            }
            let happened = Cond::new(CondKind::Happened(select.clone()), select.span);
            if let Some(complaint) = Weight::of_cond(&happened).complaint() {
                checker.found.push(too_large(expr.span, complaint));
            }
            lint::run(&happened, expr, checker);
        }
        let is_wrong = checker.found.iter().any(Diagnostic::is_error);
        found.append(&mut checker.found);
        select.filter(|_| !is_wrong)
    }

    /// A value that may read the events so far by their names.
    pub(crate) fn value(
        &mut self,
        expr: &Expr,
        text: &'a str,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Term> {
        let checker = &mut self.checker;
        checker.text = text;
        checker.found.extend(syntax::suspicious(text));
        let term = checker.any_term(expr);
        let is_wrong = checker.found.iter().any(Diagnostic::is_error);
        found.append(&mut checker.found);
        term.filter(|_| !is_wrong)
    }
}

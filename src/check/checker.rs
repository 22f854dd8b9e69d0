//! The state of checking one text: its names, its findings, and the scopes at hand.

use super::context::Context;
use super::scope::{EntryNames, Scope, Scopes};
use crate::diagnostic::Diagnostic;
use crate::schema::Schema;
use crate::span::Span;

pub(super) struct Checker<'a> {
    pub(super) text: &'a str,
    pub(super) context: &'a Context,
    pub(super) found: Vec<Diagnostic>,
    pub(super) scopes: Scopes,
    /// The entry that something is checked for, in a trigger.
    pub(super) entry: Option<&'a EntryNames>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(text: &'a str, context: &'a Context) -> Self {
        Checker {
            text,
            context,
            found: Vec::new(),
            scopes: Scopes::default(),
            entry: None,
        }
    }

    pub(super) fn for_entry(self, entry: Option<&'a EntryNames>) -> Self {
        Checker { entry, ..self }
    }

    pub(super) fn schema(&self) -> &'a Schema {
        self.context.schema()
    }

    /// Reports an error; the part that has it is `None`.
    pub(super) fn report<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.found.push(diagnostic);
        None
    }

    /// Checks something inside the parentheses of a scope.
    pub(super) fn within<T>(&mut self, scope: Scope, check: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(scope);
        let checked = check(self);
        self.scopes.pop();
        checked
    }

    /// What the author wrote, in one line.
    pub(super) fn source(&self, span: Span) -> String {
        span.of(self.text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

//! Names of messages and of what sends them, where `sent` is compared with one: `sent("ofer")` holds for nobody.

use super::checker::Checker;
use super::suggest::{listed, nearest};
use crate::diagnostic::Diagnostic;
use crate::ir::{FieldRef, Lit, Term, TermKind};

impl Checker<'_> {
    /// Warns of a name that is not declared. It is no error: the message may have been sent under rules that there were before.
    pub(super) fn note_sent_name(&mut self, left: &Term, right: &Term) {
        let compared = [(left, right), (right, left)]
            .into_iter()
            .find_map(|(property, name)| {
                Some((self.property_of_sent(property)?, text(name)?, name.span))
            });
        let Some((property, name, span)) = compared else {
            return;
        };
        let Some(known) = self.context.sent_names.get(property) else {
            return;
        };
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        if known.contains(&name) {
            return;
        }
        let message = format!("there is no {property} `{name}`, unless former rules had one");
        let diagnostic = Diagnostic::warning("W0106", span, message);
        let diagnostic = match nearest(name, known.iter().copied()) {
            Some(meant) => diagnostic.help(format!("did you mean \"{meant}\"?")),
            None if known.is_empty() => diagnostic,
            None => diagnostic.help(format!("known: {}", listed(&known))),
        };
        self.found.push(diagnostic);
    }

    /// The name of the property, if a value is one of `sent` and of nothing else.
    fn property_of_sent<'t>(&self, term: &'t Term) -> Option<&'t str> {
        let TermKind::Field(FieldRef::Property(property)) = &term.kind else {
            return None;
        };
        let mut kinds = property
            .at
            .iter()
            .map(|(kind, _)| self.schema().kind_of(*kind));
        kinds
            .all(|kind| kind.is_some_and(|kind| kind.is_told()))
            .then_some(&*property.name)
    }
}

fn text(term: &Term) -> Option<&str> {
    let TermKind::Lit(Lit::Text(text)) = &term.kind else {
        return None;
    };
    Some(text)
}

//! Which lifecycle is meant, and its stage as a value.

use super::checker::Checker;
use super::resolve::stage_term;
use super::suggest::{listed, nearest, suggest_whole};
use crate::diagnostic::Diagnostic;
use crate::ir::{Lifecycle, StageOf, Term};
use crate::span::Span;
use crate::syntax::{Literal, OfLifecycle, quoted_name};
use crate::value::Type;
use std::sync::Arc;

impl Checker<'_> {
    /// The lifecycle that is meant among those that are known: the one that is named, else the only one. What is wrong with
    /// one that is declared and not known is said where it is declared.
    pub(super) fn which_lifecycle<'a>(
        &mut self,
        named: Option<(&'a str, Span)>,
        known: &[&'a str],
        code: &'static str,
        unclear: impl FnOnce(&mut Self) -> Diagnostic,
    ) -> Option<&'a str> {
        let declared = &self.context.declared_lifecycles;
        match (named, known) {
            (Some((name, _)), _) if known.contains(&name) => Some(name),
            (Some((name, _)), _) if declared.contains(name) => None,
            (Some((name, at)), _) => {
                let diagnostic =
                    Diagnostic::error(code, at, format!("there is no lifecycle `{name}`"));
                let none = known.is_empty();
                let diagnostic = if none {
                    diagnostic.help("lifecycles are declared in a rulebook")
                } else {
                    diagnostic
                };
                self.report(suggest_whole(diagnostic, at, name, known))
            }
            (None, _) if known.len() < declared.len() => None,
            (None, [only]) => Some(only),
            (None, _) => {
                let diagnostic = unclear(self);
                self.report(diagnostic)
            }
        }
    }

    /// The lifecycle whose stage is asked for.
    pub(super) fn lifecycle(&mut self, of: Option<&OfLifecycle>, span: Span) -> Option<StageOf> {
        let context = self.context;
        let known: Vec<&str> = context.lifecycles.keys().map(String::as_str).collect();
        let named = of.map(|of| (of.lifecycle.text.as_str(), of.lifecycle.span));
        let name = self.which_lifecycle(named, &known, "E0140", |_| {
            if known.is_empty() {
                return Diagnostic::error("E0140", span, "there is no lifecycle whose stage this could be")
                    .help("lifecycles are declared in a rulebook; an attribute that is kept by the host may be called `stage` too");
            }
            let spelled = |name: &&str| {
                let per = context.lifecycles.get(*name).is_some_and(|l| l.per.is_some());
                format!("stage of {}{}", quoted_name(name), if per { " for \"…\"" } else { "" })
            };
            let written: Vec<String> = known.iter().map(spelled).collect();
            let written: Vec<&str> = written.iter().map(String::as_str).collect();
            Diagnostic::error("E0140", span, "there are several lifecycles whose stage this could be")
                .help(format!("say which: {}", listed(&written)))
        })?;
        let lifecycle = context.lifecycles.get(name)?;
        let subject = of.map_or(Some(None), |of| self.subject_of_stage(lifecycle, of))?;
        if let (Some(per), None) = (&lifecycle.per, &subject) {
            let message = format!("`{name}` has a stage for each `{per}`");
            let place = of.map_or(span, |of| of.span);
            let help = format!("say which: `stage of {} for \"…\"`", quoted_name(name));
            return self.report(Diagnostic::error("E0141", place, message).help(help));
        }
        Some(StageOf {
            lifecycle: lifecycle.clone(),
            subject,
        })
    }

    /// The subject whose stage is asked for, if one is named; it must be one that the lifecycle can have.
    pub(super) fn subject_of_stage(
        &mut self,
        lifecycle: &Lifecycle,
        of: &OfLifecycle,
    ) -> Option<Option<Arc<str>>> {
        let Some(Literal::String(subject)) = &of.subject else {
            return Some(None);
        };
        let Some(per) = &lifecycle.per else {
            let name = &lifecycle.name;
            let message = format!("`{name}` has one stage for each profile");
            let help = format!(
                "leave out what follows it: `stage of {}`",
                quoted_name(name)
            );
            return self.report(Diagnostic::error("E0141", of.span, message).help(help));
        };
        self.known_subject(per, subject, of.span)?;
        Some(Some(subject.as_str().into()))
    }

    /// Where the property is an enum, the subject is one of its values.
    fn known_subject(&mut self, per: &str, subject: &str, span: Span) -> Option<()> {
        let fields = self
            .context
            .schema()
            .kinds()
            .iter()
            .flat_map(|k| &k.properties)
            .find(|p| p.name == per);
        let Some(Type::Enum(values)) = fields.map(|f| &f.ty) else {
            return Some(());
        };
        if values.index_of(subject).is_some() {
            return Some(());
        }
        let known: Vec<&str> = values.values.iter().map(String::as_str).collect();
        let diagnostic = Diagnostic::error(
            "E0141",
            span,
            format!("`{subject}` is not a value of `{per}`"),
        );
        let diagnostic = match nearest(subject, known.iter().copied()) {
            Some(meant) => diagnostic.help(format!("did you mean \"{meant}\"?")),
            None => diagnostic.help(format!("known: {}", listed(&known))),
        };
        self.report(diagnostic)
    }

    /// `stage of interest for "tv"` as a value.
    pub(super) fn stage_of(&mut self, of: &OfLifecycle, span: Span) -> Option<Term> {
        Some(stage_term(self.lifecycle(Some(of), span)?, span))
    }

    /// A bare `stage`, where nothing else is called so.
    pub(super) fn bare_stage(&mut self, span: Span) -> Option<Term> {
        Some(stage_term(self.lifecycle(None, span)?, span))
    }
}

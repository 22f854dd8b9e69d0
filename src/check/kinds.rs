//! Kinds of events by name, and those of `any of (viewed, campaign_*)`.

use super::checker::Checker;
use super::signature::function_names;
use super::suggest::{listed, nearest, suggest};
use crate::diagnostic::Diagnostic;
use crate::schema::KindId;
use crate::syntax::vocabulary::aggregates;
use crate::syntax::{Expr, ExprKind, KindPattern, KindSelector, Name, quoted_name};

impl Checker<'_> {
    /// The kinds of an event term; reports an unknown one, or an unknown function where the term reads like a call.
    pub(super) fn kinds(
        &mut self,
        kinds: &KindSelector,
        conditions: &[Expr],
    ) -> Option<Vec<KindId>> {
        match kinds {
            KindSelector::One(name) if self.is_call(name, conditions) => {
                self.report(unknown_function(name))
            }
            KindSelector::One(name) => Some(vec![self.kind(name)?]),
            KindSelector::AnyOf(patterns) => self.kinds_like(patterns),
            KindSelector::Any(_) => {
                let kinds = self.schema().kinds().iter().enumerate();
                let of_customer = kinds.filter(|(_, kind)| !kind.is_told());
                Some(of_customer.map(|(i, _)| KindId::new(i)).collect())
            }
        }
    }

    pub(super) fn kind(&mut self, name: &Name) -> Option<KindId> {
        match self.schema().kind_id(&name.text) {
            Some(kind) => {
                self.note_kind(kind, name.span);
                Some(kind)
            }
            None => self.report(self.unknown_kind(name)),
        }
    }

    /// Whether an event term can only be meant as a call, as in `median(purchased.amount)`: the name is nothing that is
    /// known and near to nothing, and a kind or a relation stands in its parentheses.
    fn is_call(&self, name: &Name, conditions: &[Expr]) -> bool {
        let schema = self.schema();
        let kinds = schema.kinds().iter().map(|k| k.name.as_str());
        let mut collections = kinds.chain(schema.relations().iter().map(|r| r.name.as_str()));
        let [argument] = conditions else {
            return false;
        };
        first_name(argument).is_some_and(|first| collections.clone().any(|c| c == first.text))
            && schema.attribute(&name.text).is_none()
            && collections.all(|c| c != name.text && nearest(&name.text, [c]).is_none())
    }

    fn unknown_kind(&self, name: &Name) -> Diagnostic {
        let schema = self.schema();
        if schema.attribute(&name.text).is_some() {
            let message = format!("`{}` is an attribute, not an event kind", name.text);
            return Diagnostic::error("E0102", name.span, message).help(
                "`count`, `sum` and windows are about events; an attribute is compared directly",
            );
        }
        let kinds = schema.kinds().iter().map(|k| k.name.as_str());
        let relations = schema.relations().iter().map(|r| r.name.as_str());
        let known: Vec<&str> = kinds.chain(relations).collect();
        if nearest(&name.text, known.iter().copied()).is_none()
            && nearest(&name.text, function_names()).is_some()
        {
            let message = format!("there is no function `{}`", name.text);
            let diagnostic = Diagnostic::error("E0122", name.span, message);
            return suggest(diagnostic, name.span, &name.text, &function_names());
        }
        let message = format!("there is no event kind `{}`", name.text);
        let diagnostic = Diagnostic::error("E0102", name.span, message);
        suggest(diagnostic, name.span, &name.text, &known)
    }

    /// All kinds that are meant, each once; reports names and beginnings of which there is no kind.
    fn kinds_like(&mut self, patterns: &[KindPattern]) -> Option<Vec<KindId>> {
        let mut kinds = Vec::new();
        let mut whole = true;
        for pattern in patterns {
            let found = if pattern.prefix {
                self.kinds_from(pattern)
            } else {
                self.kind(&pattern.name).map(|k| vec![k])
            };
            match found {
                Some(found) => kinds.extend(found),
                None => whole = false,
            }
        }
        kinds.sort_unstable();
        kinds.dedup();
        whole.then_some(kinds)
    }

    /// The kinds whose names begin so.
    fn kinds_from(&mut self, pattern: &KindPattern) -> Option<Vec<KindId>> {
        let all = self.schema().kinds();
        let met = |(at, kind): (usize, &crate::schema::EventKind)| {
            pattern.matches(&kind.name).then(|| KindId::new(at))
        };
        let found: Vec<KindId> = all.iter().enumerate().filter_map(met).collect();
        if !found.is_empty() {
            self.note_beginning(&found, pattern.name.span);
            return Some(found);
        }
        let (name, span) = (&pattern.name.text, pattern.name.span);
        let message = format!("no event kind begins with `{name}`");
        let diagnostic = Diagnostic::error("E0102", span, message);
        // What the kinds begin with: so many letters, or one more or less.
        let length = name.chars().count();
        let beginnings: Vec<String> = [length, length + 1, length.saturating_sub(1)]
            .into_iter()
            .flat_map(|n| {
                all.iter()
                    .map(move |kind| kind.name.chars().take(n).collect())
            })
            .collect();
        let diagnostic = match nearest(name, beginnings.iter().map(String::as_str)) {
            Some(meant) => diagnostic
                .help(format!("did you mean `{}*`?", quoted_name(meant)))
                .fix(span, quoted_name(meant)),
            None => {
                let known: Vec<&str> = all.iter().map(|kind| kind.name.as_str()).collect();
                if known.is_empty() {
                    diagnostic
                } else {
                    diagnostic.help(format!("known: {}", listed(&known)))
                }
            }
        };
        self.report(diagnostic)
    }
}

/// The name that an argument begins with: `purchased` of `purchased("tv").amount within 30 days`.
fn first_name(argument: &Expr) -> Option<&Name> {
    if let ExprKind::Windowed { subject: of, .. } | ExprKind::Property { of, .. } = &argument.kind {
        return first_name(of);
    }
    if let ExprKind::Path(names) = &argument.kind {
        return names.first();
    }
    let ExprKind::Event {
        kinds: KindSelector::One(name),
        ..
    } = &argument.kind
    else {
        return None;
    };
    Some(name)
}

fn unknown_function(name: &Name) -> Diagnostic {
    let functions: Vec<&str> = aggregates().iter().map(|row| row.name).collect();
    let message = format!("there is no function `{}`", name.text);
    let diagnostic = Diagnostic::error("E0122", name.span, message);
    suggest(diagnostic, name.span, &name.text, &functions)
}

//! The kinds of `any of (viewed, campaign_*)`.

use super::conditions::Checker;
use super::suggest::{listed, nearest};
use crate::diagnostic::Diagnostic;
use crate::syntax::{KindPattern, quoted_name};

impl Checker<'_> {
    /// All kinds that are meant, each once; reports names and beginnings of which there is no kind.
    pub(super) fn kinds_like(&mut self, patterns: &[KindPattern]) -> Option<Vec<usize>> {
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
    fn kinds_from(&mut self, pattern: &KindPattern) -> Option<Vec<usize>> {
        let all = self.context.schema().kinds();
        let met = |(at, kind): (usize, &crate::schema::EventKind)| {
            pattern.matches(&kind.name).then_some(at)
        };
        let found: Vec<usize> = all.iter().enumerate().filter_map(met).collect();
        if !found.is_empty() {
            return Some(found);
        }
        let (name, span) = (&pattern.name.text, pattern.name.span);
        let message = format!("no kind of events has a name that begins with `{name}`");
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

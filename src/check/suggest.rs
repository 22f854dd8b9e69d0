//! "Did you mean": the nearest of the known names.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::{quoted_name, quoted_path};

/// The candidate nearest to `name`, where one is near enough to be meant: at most a third of its letters differ.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return None;
    }
    let lower = name.to_lowercase();
    let allowed = (name.chars().count() / 3).max(1);
    (candidates.into_iter())
        .filter(|c| c.len() <= LONGEST)
        .map(|c| (strsim::damerau_levenshtein(&lower, &c.to_lowercase()), c))
        .filter(|(distance, c)| *distance <= allowed && *distance < c.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

/// Adds "did you mean" with a fix, or else the names there are. Names with dots are spelled as paths.
pub(crate) fn suggest(
    diagnostic: Diagnostic,
    span: Span,
    name: &str,
    candidates: &[&str],
) -> Diagnostic {
    suggest_as(diagnostic, span, name, candidates, quoted_path)
}

/// The same for names that have no parts: segments, the values of enums.
pub(crate) fn suggest_whole(
    diagnostic: Diagnostic,
    span: Span,
    name: &str,
    candidates: &[&str],
) -> Diagnostic {
    suggest_as(diagnostic, span, name, candidates, quoted_name)
}

fn suggest_as(
    diagnostic: Diagnostic,
    span: Span,
    name: &str,
    candidates: &[&str],
    spell: fn(&str) -> String,
) -> Diagnostic {
    if let Some(meant) = nearest(name, candidates.iter().copied()) {
        return diagnostic
            .help(format!("did you mean `{meant}`?"))
            .suggestion(span, spell(meant));
    }
    if candidates.is_empty() {
        diagnostic
    } else {
        diagnostic.help(format!("known: {}", listed(candidates)))
    }
}

/// Names in backticks, the first of them if there are many.
pub(crate) fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut list: Vec<String> = names.iter().take(SHOWN).map(|c| format!("`{c}`")).collect();
    if names.len() > SHOWN {
        list.push(format!("and {} more", names.len() - SHOWN));
    }
    list.join(", ")
}

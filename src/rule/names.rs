//! "Did you mean": the nearest of the known names.

use crate::diagnostic::Diagnostic;
use crate::syntax::Span;

/// The candidate nearest to `name`, where one is near enough to be meant: at most a third of its letters differ.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
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

/// Adds "did you mean" with a fix, or else the names there are.
pub(crate) fn suggest(diagnostic: Diagnostic, span: Span, name: &str, candidates: &[&str]) -> Diagnostic {
    const SHOWN: usize = 12;
    if let Some(meant) = nearest(name, candidates.iter().copied()) {
        let spelled = crate::syntax::quoted_name(meant);
        return diagnostic.help(format!("did you mean `{meant}`?")).fix(span, spelled);
    }
    if candidates.is_empty() {
        return diagnostic;
    }
    let mut list: Vec<String> = candidates.iter().take(SHOWN).map(|c| format!("`{c}`")).collect();
    if candidates.len() > SHOWN {
        list.push(format!("and {} more", candidates.len() - SHOWN));
    }
    diagnostic.help(format!("known: {}", list.join(", ")))
}

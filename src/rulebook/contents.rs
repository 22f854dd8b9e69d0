//! Loading what a message says to whom: variants of its content, each with a condition.

use super::document::MessageDocument;
use super::reader::{KeyedText, Reader};
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind};
use crate::rule::Rule;
use crate::rule::content::ContentVariants;
use std::sync::Arc;

/// The variants of a message, if it has any; the error is noted where they are wrong.
pub(super) fn load(
    message: &str,
    document: &MessageDocument,
    reader: &mut Reader<'_>,
) -> Result<Option<ContentVariants>, ()> {
    let path = ["messages", message];
    let otherwise = match (document.variants.is_empty(), &document.otherwise) {
        (true, None) => return Ok(None),
        (true, Some(_)) => {
            let message = "this message has no variants beside which there could be another";
            let help =
                "leave `otherwise` out, or write `variants = [{ name = \"…\", when = \"…\" }]`";
            reader.complain::<()>(&path, "E0320", message, help);
            return Err(());
        }
        (false, None) => {
            let message = "whoever is in none of the variants would be left without";
            let help = "say what everybody else gets: `otherwise = \"…\"`";
            reader.complain::<()>(&path, "E0320", message, help);
            None
        }
        (false, Some(name)) => Some(name.as_str()),
    };
    let mut cases: Vec<(Arc<str>, Rule)> = Vec::with_capacity(document.variants.len());
    let mut is_whole = otherwise.is_some();
    for (i, variant) in document.variants.iter().enumerate() {
        let i = i.to_string();
        let at = ["messages", message, "variants", &i, "name"];
        is_whole &= has_own_name(KeyedText::new(&at, &variant.name), &cases, reader);
        let at = ["messages", message, "variants", &i, "when"];
        let at = KeyedText::new(&at, &variant.when);
        let Some(when) = reader.condition(at) else {
            is_whole = false;
            continue;
        };
        let earlier = cases.iter().map(|(_, when)| when);
        warn_of_covered(at, &when, earlier, reader);
        cases.push((variant.name.as_str().into(), when));
    }
    match otherwise {
        Some(otherwise) if is_whole => Ok(Some(ContentVariants {
            cases,
            otherwise: otherwise.into(),
        })),
        Some(_) | None => Err(()),
    }
}

fn has_own_name(at: KeyedText<'_>, earlier: &[(Arc<str>, Rule)], reader: &mut Reader<'_>) -> bool {
    let diagnostic = if at.text.is_empty() {
        at.error("E0320", "a variant needs a name")
            .help("the host knows by it what to send")
    } else if earlier.iter().any(|(name, _)| **name == *at.text) {
        at.error("E0320", format!("there is a variant `{}` already", at.text))
            .help("join the two conditions by `or`, or choose another name")
    } else {
        return true;
    };
    reader.note(at, diagnostic);
    false
}

/// Warns of a condition that an earlier one covers, so that it is never the first that holds.
pub(super) fn warn_of_covered<'r>(
    at: KeyedText<'_>,
    when: &Rule,
    mut earlier: impl Iterator<Item = &'r Rule>,
    reader: &mut Reader<'_>,
) {
    if let Some(earlier) = earlier.find(|earlier| covers(earlier.root(), when.root())) {
        let message = format!(
            "nobody gets this: for whomever it holds, `{}` holds as well and comes first",
            earlier.text().trim()
        );
        let diagnostic = Diagnostic::warning("W0303", at.span(), message);
        let help = "put the narrower condition first, or leave one of the two out";
        reader.note(at, diagnostic.help(help));
    }
}

/// Whether it is certain that one condition holds wherever another does: they are the same, or one is a part of the other. Parts of
/// parts are not looked at.
pub(super) fn covers(wide: &Cond, narrow: &Cond) -> bool {
    let (any_of, all_of) = (parts_of_any(wide), parts_of_all(narrow));
    let every = |parts: &[Cond], of: &[Cond]| parts.iter().all(|part| of.contains(part));
    wide == narrow
        || matches!(wide.kind, CondKind::Const(true))
        || matches!(narrow.kind, CondKind::Const(false))
        || any_of.is_some_and(|parts| parts.contains(narrow))
        || all_of.is_some_and(|parts| parts.contains(wide))
        || any_of
            .zip(parts_of_any(narrow))
            .is_some_and(|(of, parts)| every(parts, of))
        || parts_of_all(wide)
            .zip(all_of)
            .is_some_and(|(parts, of)| every(parts, of))
}

fn parts_of_any(cond: &Cond) -> Option<&[Cond]> {
    if let CondKind::Any(parts) = &cond.kind {
        Some(parts)
    } else {
        None
    }
}

fn parts_of_all(cond: &Cond) -> Option<&[Cond]> {
    if let CondKind::All(parts) = &cond.kind {
        Some(parts)
    } else {
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::schema::{Field, Schema};
    use crate::value::Type;

    #[test]
    fn a_condition_covers_itself_what_adds_to_it_and_its_own_parts() {
        let schema = Schema::builder();
        let fields = ["a", "b", "c"].map(|name| Field::new(name, Type::Bool));
        let schema = fields
            .into_iter()
            .fold(schema, crate::schema::SchemaBuilder::attribute);
        let schema = schema.build().unwrap();
        let of = |text: &str| Rule::check(text, &schema).unwrap();
        let is_covered = |wide: &str, narrow: &str| covers(of(wide).root(), of(narrow).root());
        for (wide, narrow) in [
            ("a", "a = true"),
            ("a", "a and b"),
            ("a and c", "c and b and a"),
            ("a or b", "b"),
            ("a or b or c", "c or a"),
            ("true", "a"),
        ] {
            assert!(is_covered(wide, narrow), "{wide} covers {narrow}");
            let is_same = of(wide).root() == of(narrow).root();
            assert!(
                is_same || !is_covered(narrow, wide),
                "{narrow} does not cover {wide}"
            );
        }
        assert!(!is_covered("a and b", "a or b") && !is_covered("a or b", "a or c"));
    }
}

//! Tests on texts.

use super::context::Ctx;
use super::term::TermNode;
use crate::ir::Pattern;
use crate::profile::Profile;
use crate::syntax::TextOp;
use std::sync::Arc;

/// A test on a text, ready to run.
pub(crate) struct TextNode<P: Profile> {
    pub(crate) value: TermNode<P>,
    pub(crate) test: TextTest,
    pub(crate) ignoring_case: bool,
}

pub(crate) enum TextTest {
    Pattern(TextOp, Pattern),
    /// Contains any, or all, of these.
    Contains {
        items: Vec<Arc<str>>,
        all: bool,
    },
    /// Is one of these.
    OneOf(Vec<Arc<str>>),
}

impl<P: Profile> TextNode<P> {
    pub(crate) fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        let v = self.value.value(ctx);
        let Some(text) = v.text() else { return false };
        match &self.test {
            TextTest::Pattern(op, pattern) => matches(*op, text, pattern, self.ignoring_case),
            TextTest::Contains { items, all } => {
                let has = |item: &Arc<str>| contains(text, item, self.ignoring_case);
                if *all {
                    items.iter().all(has)
                } else {
                    items.iter().any(has)
                }
            }
            TextTest::OneOf(items) => items.iter().any(|item| folded(text).eq(folded(item))),
        }
    }
}

/// A text in lower case, letter by letter, without an allocation.
pub(crate) fn folded(text: &str) -> impl Iterator<Item = char> + Clone {
    text.chars().flat_map(char::to_lowercase)
}

fn matches(op: TextOp, text: &str, pattern: &Pattern, ignoring_case: bool) -> bool {
    let literal = match pattern {
        Pattern::Regex(regex) => return regex.is_match(text),
        Pattern::Literal(literal) => literal,
    };
    match op {
        TextOp::StartsWith if ignoring_case => begins(folded(text), folded(literal)),
        TextOp::StartsWith => text.starts_with(&**literal),
        TextOp::EndsWith if ignoring_case => {
            let (n, m) = (folded(text).count(), folded(literal).count());
            n >= m && folded(text).skip(n - m).eq(folded(literal))
        }
        TextOp::EndsWith => text.ends_with(&**literal),
        TextOp::Like if ignoring_case => like(folded(text), folded(literal)),
        TextOp::Like => like(text.chars(), literal.chars()),
        TextOp::Matches => false,
    }
}

fn contains(text: &str, item: &str, ignoring_case: bool) -> bool {
    if !ignoring_case {
        return text.contains(item);
    }
    let mut rest = folded(text);
    loop {
        if begins(rest.clone(), folded(item)) {
            return true;
        }
        if rest.next().is_none() {
            return false;
        }
    }
}

fn begins(mut text: impl Iterator<Item = char>, prefix: impl Iterator<Item = char>) -> bool {
    prefix.into_iter().all(|c| text.next() == Some(c))
}

/// `%` stands for any run of characters, `_` for any one. The last `%` passed is the only one ever gone back to, so the
/// cost is at most the product of both lengths.
fn like(
    mut text: impl Iterator<Item = char> + Clone,
    mut pattern: impl Iterator<Item = char> + Clone,
) -> bool {
    let mut retry = None;
    loop {
        let mut ahead = pattern.clone();
        match (ahead.next(), text.clone().next()) {
            (Some('%'), _) => {
                pattern = ahead;
                retry = Some((text.clone(), pattern.clone()));
                continue;
            }
            (Some(p), Some(c)) if p == '_' || p == c => {
                pattern = ahead;
                text.next();
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        let Some((mut from, after)) = retry.take() else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        (text, pattern) = (from.clone(), after.clone());
        retry = Some((from, after));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_knows_runs_and_single_characters() {
        for (text, pattern, expected) in [
            ("Mr Rossi", "Mr%", true),
            ("Dr Rossi", "Mr%", false),
            ("Rossi", "%ss%", true),
            ("Rossi", "R_ssi", true),
            ("Rossi", "R_si", false),
            ("", "%", true),
            ("", "_", false),
            ("aab", "%ab", true),
            ("抗衰老面霜", "抗__面%", true),
        ] {
            assert_eq!(
                like(text.chars(), pattern.chars()),
                expected,
                "{text} like {pattern}"
            );
        }
    }
}

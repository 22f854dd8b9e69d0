//! Tests of strings: prefixes, patterns, parts.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::probe::sum;
use crate::eval::value::TermNode;
use crate::ir::{Lit, Pattern, Term};
use crate::profile::Profile;
use crate::syntax::TextOp;
use crate::time::NEVER;
use crate::value::folded;
use std::sync::Arc;

/// A test of a string.
pub(crate) struct TextNode<P: Profile> {
    value: TermNode<P>,
    test: TextTest<P>,
    ignoring_case: bool,
}

enum TextTest<P: Profile> {
    Pattern(TextOp, Pattern),
    /// Contains any, or all, of these: constants and values.
    Contains {
        items: Vec<Arc<str>>,
        values: Vec<TermNode<P>>,
        all: bool,
    },
    /// Is one of these.
    OneOf(Vec<Arc<str>>),
}

impl<P: Profile> TextNode<P> {
    pub(super) fn bind_pattern(
        binder: &mut Binder<'_, P>,
        value: &Term,
        op: TextOp,
        pattern: &Pattern,
        ignoring_case: bool,
    ) -> Node<P> {
        let test = TextTest::Pattern(op, pattern.clone());
        Self::bind(binder, value, test, ignoring_case)
    }

    pub(super) fn bind_substrings(
        binder: &mut Binder<'_, P>,
        value: &Term,
        (items, values): (&[Lit], &[Term]),
        all: bool,
        ignoring_case: bool,
    ) -> Node<P> {
        let text = |item: &Lit| match item {
            Lit::Text(text) => Some(text.clone()),
            Lit::Whole(_) | Lit::Real(_) => None,
        };
        let test = TextTest::Contains {
            // INVARIANT: the checker takes nothing but strings.
            items: items.iter().filter_map(text).collect(),
            values: values.iter().map(|term| binder.term(term)).collect(),
            all,
        };
        Self::bind(binder, value, test, ignoring_case)
    }

    /// Whatever the case of their letters.
    pub(super) fn bind_one_of(
        binder: &mut Binder<'_, P>,
        value: &Term,
        items: Vec<Arc<str>>,
    ) -> Node<P> {
        Self::bind(binder, value, TextTest::OneOf(items), true)
    }

    fn bind(
        binder: &mut Binder<'_, P>,
        value: &Term,
        test: TextTest<P>,
        ignoring_case: bool,
    ) -> Node<P> {
        Node::Text(Box::new(TextNode {
            value: binder.term(value),
            test,
            ignoring_case,
        }))
    }
}

impl<P: Profile> TextNode<P> {
    /// What may change.
    fn terms(&self) -> impl Iterator<Item = &TermNode<P>> {
        let values = match &self.test {
            TextTest::Contains { values, .. } => values.as_slice(),
            TextTest::Pattern(..) | TextTest::OneOf(_) => &[],
        };
        std::iter::once(&self.value).chain(values)
    }
}

impl<P: Profile> Condition<P> for TextNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        let value = self.value.value(ctx);
        let Some(text) = value.text() else {
            return false;
        };
        match &self.test {
            TextTest::Pattern(op, pattern) => matches(*op, text, pattern, self.ignoring_case),
            TextTest::Contains { items, values, all } => {
                let constant = |item: &Arc<str>| contains(text, item, self.ignoring_case);
                // What is missing is contained in nothing.
                let value = |item: &'a TermNode<P>| {
                    let item = item.value(ctx);
                    item.text()
                        .is_some_and(|item| contains(text, item, self.ignoring_case))
                };
                if *all {
                    items.iter().all(constant) && values.iter().all(value)
                } else {
                    items.iter().any(constant) || values.iter().any(value)
                }
            }
            TextTest::OneOf(items) => items.iter().any(|item| folded(text).eq(folded(item))),
        }
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let until = self.terms().map(|term| term.valid_until(ctx));
        Bounded::new(self.holds(ctx), until.fold(NEVER, i64::min))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        sum(self.terms().map(|term| term.max_change_points(ctx, of)))
    }

    fn cost(&self) -> u32 {
        6
    }
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

//! The place where the grammar stopped, and what is said of it.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::lexer::{Token, TokenKind};

/// The place where the grammar stopped, and what is around it.
pub(super) struct Site<'t> {
    pub(super) text: &'t str,
    pub(super) tokens: &'t [Token],
    /// The token that was not understood; past the last one at the end of the text.
    pub(super) here: usize,
    pub(super) expected: &'t [Rule],
}

impl<'t> Site<'t> {
    /// The token so many places away from the one that was not understood.
    pub(super) fn token(&self, offset: isize) -> Option<Token> {
        self.tokens
            .get(self.here.checked_add_signed(offset)?)
            .copied()
    }

    /// The text of that token; empty where there is none.
    pub(super) fn word(&self, offset: isize) -> &'t str {
        self.token(offset).map_or("", |token| token.of(self.text))
    }

    pub(super) fn kind(&self, offset: isize) -> Option<TokenKind> {
        self.token(offset).map(|token| token.kind)
    }

    /// From one token to another.
    pub(super) fn between(&self, from: isize, to: isize) -> Span {
        let here = self.end();
        Span::new(
            self.token(from).map_or(here, |token| token.start),
            self.token(to).map_or(here, |token| token.end),
        )
    }

    /// The end of the last token.
    pub(super) fn end(&self) -> usize {
        self.tokens
            .last()
            .map_or(self.text.len(), |token| token.end)
    }

    pub(super) fn wants(&self, rule: Rule) -> bool {
        self.expected.contains(&rule)
    }

    pub(super) fn adjacent(&self, offset: isize) -> bool {
        match (self.token(offset), self.token(offset + 1)) {
            (Some(left), Some(right)) => left.end == right.start,
            _ => false,
        }
    }

    /// The parentheses that are open before the token that was not understood, outermost first.
    pub(super) fn open(&self) -> Vec<Token> {
        let mut open = Vec::new();
        for token in self.tokens.iter().take(self.here) {
            match token.of(self.text) {
                "(" => open.push(*token),
                ")" => drop(open.pop()),
                _ => {}
            }
        }
        open
    }

    /// Whether some parenthesis is never closed.
    pub(super) fn unbalanced(&self) -> bool {
        let count = |sign| {
            self.tokens
                .iter()
                .filter(|token| token.of(self.text) == sign)
                .count()
        };
        count("(") > count(")")
    }
}

/// What is wrong at one site, and how the copy of the text is mended so that the parse can go on.
pub(super) struct Mistake {
    pub(super) diagnostic: Diagnostic,
    pub(super) repair: Repair,
}

/// A change of the text.
pub(super) enum Repair {
    /// Put a text where these bytes are.
    Replace(usize, usize, String),
    /// Replace everything from the last `and`, `or`, `,` or `(` to the next one.
    Clause,
}

/// A finding whose fix is also the way to go on.
pub(super) fn fixed(diagnostic: Diagnostic, span: Span, replacement: impl Into<String>) -> Mistake {
    let replacement = replacement.into();
    let repair = Repair::Replace(span.start as usize, span.end as usize, replacement.clone());
    Mistake {
        diagnostic: diagnostic.fix(span, replacement),
        repair,
    }
}

/// A finding without a fix; for going on a stand-in is put in its site.
pub(super) fn stand_in(diagnostic: Diagnostic, at: usize) -> Mistake {
    Mistake {
        diagnostic,
        repair: Repair::Replace(at, at, " _ ".to_owned()),
    }
}

//! The walk over what the grammar found: its cursor, its results, and the errors that it collects.
//!
//! It never trusts the grammar's shape blindly: a part that is not there is an internal error, not a panic.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{Name, Quantifier};
use pest::iterators::{Pair, Pairs};
use unicode_normalization::{UnicodeNormalization as _, is_nfc_quick};

/// A result of the walk; an error here ends it, while others are collected beside it.
///
/// The walk recurses with the expression's nesting, so its frames are kept small: errors are boxed, rare work stands in
/// functions of its own.
pub(super) type ParseResult<T> = Result<T, Box<Diagnostic>>;

pub(super) fn internal(span: Span) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error(
        "E0099",
        span,
        "segue cannot read this, although its own grammar accepts it",
    );
    Box::new(diagnostic.help("this is a fault of segue; please report the expression"))
}

pub(super) fn span_of(pair: &Pair<'_, Rule>) -> Span {
    Span::new(pair.as_span().start(), tight_end(pair))
}

/// The end of the last token of a pair: pairs may reach over the white space behind them.
fn tight_end(pair: &Pair<'_, Rule>) -> usize {
    let mut end = pair.as_span().end();
    let mut inner = pair.clone().into_inner();
    while let Some(last) = inner.next_back() {
        end = last.as_span().end();
        inner = last.into_inner();
    }
    end
}

/// The parts of a pair, read one after the other.
pub(super) struct PairCursor<'i> {
    pub(super) pairs: Pairs<'i, Rule>,
    whole: Span,
}

impl<'i> PairCursor<'i> {
    pub(super) fn of(pair: Pair<'i, Rule>) -> Self {
        let span = pair.as_span();
        PairCursor {
            whole: Span::new(span.start(), span.end()),
            pairs: pair.into_inner(),
        }
    }

    pub(super) fn next(&mut self) -> ParseResult<Pair<'i, Rule>> {
        self.pairs.next().ok_or_else(|| internal(self.whole))
    }

    pub(super) fn take(&mut self, rule: Rule) -> Option<Pair<'i, Rule>> {
        if self.peek() == Some(rule) {
            self.pairs.next()
        } else {
            None
        }
    }

    pub(super) fn peek(&self) -> Option<Rule> {
        self.pairs.peek().map(|pair| pair.as_rule())
    }

    pub(super) fn expect(&mut self, rule: Rule) -> ParseResult<Pair<'i, Rule>> {
        self.take(rule).ok_or_else(|| internal(self.whole))
    }
}

/// Walks the pairs. Mistakes that do not stop the walk are collected.
#[derive(Default)]
pub(super) struct TreeBuilder {
    pub(super) errors: Vec<Diagnostic>,
    pub(super) operators: usize,
}

impl TreeBuilder {
    pub(super) fn into_errors(mut self) -> Vec<Diagnostic> {
        self.errors.sort_by_key(|error| error.span.start);
        self.errors
    }

    /// Keeps an error and goes on with a stand-in: the tree is thrown away anyway.
    pub(super) fn recover_with<T>(&mut self, result: ParseResult<T>, stand_in: T) -> T {
        result.unwrap_or_else(|error| {
            self.errors.push(*error);
            stand_in
        })
    }
}

/// A name without its backticks, normalised.
pub(super) fn name(pair: &Pair<'_, Rule>) -> Name {
    let span = span_of(pair);
    let text = pair.as_str();
    let text = match text
        .strip_prefix('`')
        .and_then(|text| text.strip_suffix('`'))
    {
        Some(inner) => inner.replace("``", "`"),
        None => text.to_owned(),
    };
    let normal =
        text.is_ascii() || is_nfc_quick(text.chars()) == unicode_normalization::IsNormalized::Yes;
    Name {
        text: if normal { text } else { text.nfc().collect() },
        span,
    }
}

/// A name, perhaps of several parts with dots between them, as one.
pub(super) fn dotted(parts: &mut PairCursor<'_>) -> ParseResult<Name> {
    let mut whole = name(&parts.expect(Rule::name)?);
    while parts.take(Rule::dot).is_some() {
        let part = name(&parts.expect(Rule::name)?);
        whole = Name {
            text: format!("{}.{}", whole.text, part.text),
            span: whole.span.to(part.span),
        };
    }
    Ok(whole)
}

pub(super) fn quantifier(word: &str) -> Quantifier {
    match word {
        "all" => Quantifier::All,
        "none" => Quantifier::None,
        _ => Quantifier::Any,
    }
}

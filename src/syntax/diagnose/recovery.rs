//! From the place where the grammar stopped to everything that is wrong with a text.
//!
//! pest reports one failure and knows no recovery. Each failure is explained, mended in a copy of the text as its
//! explanation suggests, and the copy is parsed again; where nobody knows what was meant, the whole clause is replaced by
//! a name. Later failures are told only as far as they lie behind what has been mended, so that none is a mere echo.

use super::explain;
use super::site::Repair;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::lexer::{Token, TokenKind, Tokens};
use crate::syntax::parse::{self, Failure, Stop};

/// The most failures that are explained at a time; each costs a parse.
const MAX_ERRORS: usize = 12;

/// A change of the original text, in its bytes.
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// A copy of the author's text with some places mended.
struct Mended<'t> {
    original: &'t str,
    /// In the order of the text, none overlapping another.
    edits: Vec<Edit>,
}

impl Mended<'_> {
    fn text(&self) -> String {
        let mut text = String::with_capacity(self.original.len());
        let mut at = 0;
        for edit in &self.edits {
            text.push_str(self.original.get(at..edit.start).unwrap_or(""));
            text.push_str(&edit.text);
            at = edit.end;
        }
        text.push_str(self.original.get(at..).unwrap_or(""));
        text
    }

    /// The place in the original that a place in the copy stands for. Within a mended part it is the part's start, or
    /// its end where `end` is asked for.
    fn origin(&self, place: usize, end: bool) -> usize {
        let mut copied = 0;
        let mut at = 0;
        for edit in &self.edits {
            let kept = edit.start - at;
            if place < copied + kept || (end && place == copied + kept) {
                return at + place - copied;
            }
            copied += kept;
            if place < copied + edit.text.len() || (end && place == copied + edit.text.len()) {
                return if end { edit.end } else { edit.start };
            }
            copied += edit.text.len();
            at = edit.end;
        }
        (at + place.saturating_sub(copied)).min(self.original.len())
    }

    fn span(&self, span: Span) -> Span {
        let (start, end) = (span.start as usize, span.end as usize);
        let from = self.origin(start, false);
        Span::new(
            from,
            if start == end {
                from
            } else {
                self.origin(end, true).max(from)
            },
        )
    }

    /// Mends one more place, given in bytes of the copy. Edits within it are swallowed.
    fn mend(&mut self, start: usize, end: usize, text: String) -> bool {
        let (start, end) = if start == end {
            let at = self.origin(start, true);
            (at, at)
        } else {
            (self.origin(start, false), self.origin(end, true))
        };
        self.edits
            .retain(|edit| !(start < end && edit.start >= start && edit.end <= end));
        if self
            .edits
            .iter()
            .any(|edit| edit.start < end && edit.end > start)
        {
            return false;
        }
        let at = self
            .edits
            .iter()
            .take_while(|edit| edit.end <= start)
            .count();
        self.edits.insert(at, Edit { start, end, text });
        true
    }
}

/// Explains the failure at `stop` and those behind it.
pub(super) fn explain_all(original: &str, mut stop: Stop) -> Vec<Diagnostic> {
    let mut mended = Mended {
        original,
        edits: Vec::new(),
    };
    let mut errors: Vec<Diagnostic> = Vec::new();
    let mut text = original.to_owned();
    let mut last: Option<usize> = None;
    while errors.len() < MAX_ERRORS {
        let at = mended.origin(stop.at, false);
        let tokens: Vec<Token> = Tokens::new(&text)
            .filter(|token| token.kind != TokenKind::Comment)
            .collect();
        let finding = explain(&text, &tokens, &stop);
        let diagnostic = finding.diagnostic.map_spans(|span| mended.span(span));
        let overlaps = |span: Span| {
            errors
                .iter()
                .any(|known| known.span.start < span.end && span.start < known.span.end)
        };
        let echo = match (last, errors.last()) {
            (Some(last), Some(error)) => {
                at < last
                    || (at == last && error.code == diagnostic.code)
                    || overlaps(diagnostic.span)
            }
            _ => false,
        };
        if echo {
            break;
        }
        let unclosed = diagnostic.code == "E0008";
        errors.push(diagnostic);
        let (start, end, replacement) = match finding.repair {
            Repair::Replace(start, end, text) => (start, end, text),
            Repair::Clause => {
                let (start, end) = clause(&text, &tokens, stop.at);
                (start, end, " _ ".to_owned())
            }
        };
        if !mended.mend(start, end, replacement) {
            break;
        }
        last = Some(at.max(mended.origin(end.min(stop.at), false)));
        text = mended.text();
        match parse::expression(&text) {
            Ok(_) => break,
            Err(Failure::Form(next)) => stop = next,
            Err(Failure::Meaning(more)) => {
                // What a parenthesis closed by guess encloses may make no sense for that reason alone.
                if !unclosed && !errors.iter().any(|error| error.code == "E0008") {
                    let known: Vec<Span> = errors.iter().map(|error| error.span).collect();
                    let overlaps = |span: Span| {
                        known
                            .iter()
                            .any(|other| other.start < span.end && span.start < other.end)
                    };
                    errors.extend(
                        more.into_iter()
                            .map(|error| error.map_spans(|span| mended.span(span)))
                            .filter(|error| !overlaps(error.span)),
                    );
                }
                break;
            }
        }
    }
    errors.sort_by_key(|error| error.span.start);
    errors
}

/// The clause around a place: what lies between the nearest `and`, `or`, `then`, commas and parentheses of its level.
fn clause(text: &str, tokens: &[Token], at: usize) -> (usize, usize) {
    let here = tokens
        .iter()
        .position(|token| token.end > at)
        .unwrap_or(tokens.len());
    let ends = |token: &Token| matches!(token.of(text), "and" | "or" | "," | "then");
    let mut depth = 0;
    let mut start = 0;
    let mut between = false;
    for token in tokens.iter().take(here).rev() {
        match token.of(text) {
            ")" => depth += 1,
            "(" if depth == 0 => {
                start = token.end;
                break;
            }
            "(" => depth -= 1,
            "between" if depth == 0 => between = true,
            _ if depth == 0 && ends(token) => {
                // The `and` of a `between` does not end a clause; whether it is one shows only further to the left.
                if token.of(text) == "and" && !between && has_between(text, tokens, token.start) {
                    continue;
                }
                start = token.end;
                break;
            }
            _ => {}
        }
    }
    depth = 0;
    let mut end = text.len();
    for token in tokens.iter().skip(here) {
        match token.of(text) {
            "(" => depth += 1,
            ")" if depth == 0 => {
                end = token.start;
                break;
            }
            ")" => depth -= 1,
            _ if depth == 0 && ends(token) => {
                end = token.start;
                break;
            }
            _ => {}
        }
    }
    (start, end.max(start))
}

/// Whether the word that decides about an `and` before it is `between`.
fn has_between(text: &str, tokens: &[Token], and: usize) -> bool {
    let mut depth = 0;
    for token in tokens.iter().rev().skip_while(|token| token.start >= and) {
        match token.of(text) {
            ")" => depth += 1,
            "(" if depth == 0 => return false,
            "(" => depth -= 1,
            "between" if depth == 0 => return true,
            "and" | "or" | "then" | "," if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Mended, clause};
    use crate::syntax::lexer::{Token, Tokens};

    /// `==` is mended to `=`; `&&`, at 6 in the copy, stands at 7 in the text.
    #[test]
    fn places_in_the_copy_lead_back_to_the_text() {
        let mut mended = Mended {
            original: "a == 1 && b",
            edits: Vec::new(),
        };
        assert!(mended.mend(2, 4, "=".to_owned()));
        assert_eq!(mended.text(), "a = 1 && b");
        assert_eq!((mended.origin(6, false), mended.origin(8, true)), (7, 9));
        assert!(mended.mend(6, 8, "and".to_owned()));
        assert_eq!(mended.text(), "a = 1 and b");
    }

    #[test]
    fn a_clause_ends_at_and_but_not_at_that_of_between() {
        let around = |text: &str| {
            let tokens: Vec<Token> = Tokens::new(text).collect();
            let (start, end) = clause(text, &tokens, text.find('!').unwrap_or(0));
            text.get(start..end).map(str::trim).map(str::to_owned)
        };
        assert_eq!(around("a = 1 and b ! 2 or c").as_deref(), Some("b ! 2"));
        assert_eq!(
            around("x between 1 and ! 2").as_deref(),
            Some("x between 1 and ! 2")
        );
        assert_eq!(around("f(a, b !, c) = 1").as_deref(), Some("b !"));
    }

    /// Each is explained once, in the order of the text, although the grammar stops at the first.
    #[test]
    fn later_mistakes_are_found_behind_mended_ones() {
        let found = crate::syntax::parse("age == 50 && (plan is 1")
            .err()
            .unwrap_or_default();
        let found: Vec<_> = found
            .iter()
            .map(|error| (error.code.as_str(), error.span.start))
            .collect();
        assert_eq!(
            found,
            [("E0010", 4), ("E0010", 10), ("E0008", 13), ("E0013", 19)]
        );
    }
}

//! Why a text does not say how long something waits.

use super::expected::describe;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::lexer::{Token, TokenKind, Tokens, shorten};
use crate::syntax::parse::Stop;
use crate::time::WEEKDAYS;

const FORMS: &str = "write `2 days`, `2 days at 10:00`, `until friday at 09:00`, or `until 3 days before renewal at 09:00`";

/// Explains where the grammar stopped.
pub(super) fn explain(text: &str, stop: &Stop) -> Vec<Diagnostic> {
    let tokens: Vec<Token> = Tokens::new(text)
        .filter(|token| token.kind != TokenKind::Comment)
        .collect();
    let word = |i: usize| tokens.get(i).map_or("", |token| token.of(text));
    if let Some(first) = tokens.first()
        && let Some((meant, message)) = other_beginning(word(0), word(1))
    {
        let diagnostic = Diagnostic::error("E0319", first.span(), message);
        return vec![diagnostic.help(FORMS).fix(first.span(), meant)];
    }
    let wanted = if stop.expected.contains(&Rule::clock) && stop.at > 0 {
        vec![Rule::clock]
    } else {
        stop.expected.clone()
    };
    let wanted = describe(&wanted);
    let diagnostic = match tokens.iter().find(|token| token.end > stop.at) {
        Some(token) => {
            let found = shorten(token.of(text));
            let message = format!("expected {wanted}, found `{found}`");
            Diagnostic::error("E0319", token.span(), message)
        }
        None => {
            let end = tokens.last().map_or(0, |token| token.end);
            let message = format!("expected {wanted} at the end of the wait");
            Diagnostic::error("E0319", Span::new(end, end), message)
        }
    };
    vec![diagnostic.help(FORMS)]
}

/// What a wait that begins in another way means: what stands for its first word, and what is said about it.
fn other_beginning(first: &str, second: &str) -> Option<(String, String)> {
    if WEEKDAYS.contains(&first) || second == ":" {
        let meant = format!("until {first}");
        let message = format!("`until` is missing before `{first}`");
        return Some((meant, message));
    }
    match (first, second) {
        ("tomorrow", "at") => Some(("1 day".into(), "use `1 day` instead of `tomorrow`".into())),
        ("for" | "wait" | "after", _) => {
            let message = format!("a wait is a length by itself, without `{first}`");
            Some((String::new(), message))
        }
        _ => None,
    }
}

//! The limits that a text must keep within, looked at before the grammar is asked: it recurses, this does not.

use super::lexer::{Token, TokenKind, Tokens};
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// The longest text, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// How deep parentheses and `not` may be nested.
pub const MAX_DEPTH: usize = 64;
/// How many items a list may have.
pub const MAX_ITEMS: usize = 10_000;

/// An opening parenthesis that is not closed yet.
struct Open {
    start: usize,
    items: usize,
    depth: usize,
}

/// Refuses what is too long, too deep or too wide, and what is not closed, before the grammar is asked.
pub(super) fn check(text: &str) -> Result<(), Vec<Diagnostic>> {
    if text.len() > MAX_BYTES {
        return Err(vec![
            Diagnostic::error("E0003", Span::new(0, 0), format!("the expression is {} bytes long", text.len())).help(
                format!("an expression may have at most {MAX_BYTES} bytes; split it into named segments or traits"),
            ),
        ]);
    }
    let mut unclosed = Vec::new();
    let mut deep = None;
    let mut wide: Option<Diagnostic> = None;
    let mut empty = true;
    let mut open: Vec<Open> = Vec::new();
    let mut prefixes = 0;
    let mut after_operand = false;
    for token in Tokens::new(text) {
        if token.kind == TokenKind::Comment {
            continue;
        }
        empty = false;
        let word = token.of(text);
        let mut operand = matches!(
            token.kind,
            TokenKind::Word | TokenKind::Quoted | TokenKind::Number | TokenKind::String
        );
        match (token.kind, word) {
            (TokenKind::Unclosed, _) => unclosed.push(not_closed(token, word)),
            (TokenKind::Word, "not") => {
                prefixes += 1;
                operand = false;
            }
            (TokenKind::Sign, "-") if !after_operand => prefixes += 1,
            (TokenKind::Sign, "(") => {
                let below = open.last().map_or(0, |group: &Open| group.depth);
                open.push(Open {
                    start: token.start,
                    items: 1,
                    depth: below + prefixes + 1,
                });
                prefixes = 0;
            }
            (TokenKind::Sign, ")") => {
                open.pop();
                prefixes = 0;
                operand = true;
            }
            (TokenKind::Sign, ",") => {
                prefixes = 0;
                if let Some(group) = open.last_mut() {
                    group.items += 1;
                    if group.items == MAX_ITEMS + 1 && wide.is_none() {
                        wide = Some(
                            Diagnostic::error(
                                "E0005",
                                Span::new(group.start, group.start + 1),
                                "the list has too many items",
                            )
                            .label("this list")
                            .help(format!("a list may have at most {MAX_ITEMS} items")),
                        );
                    }
                }
            }
            (TokenKind::Word, "and" | "or" | "then") => {
                prefixes = 0;
                operand = false;
            }
            _ => prefixes = 0,
        }
        after_operand = operand;
        if open.last().map_or(0, |group| group.depth) + prefixes > MAX_DEPTH && deep.is_none() {
            deep = Some(
                Diagnostic::error("E0004", token.span(), "the expression is nested too deeply")
                    .label(format!("more than {MAX_DEPTH} levels"))
                    .help("split it into named segments or traits"),
            );
        }
    }
    let mut errors: Vec<Diagnostic> = deep.into_iter().chain(wide).collect();
    if errors.is_empty() {
        errors = unclosed;
    }
    if empty {
        errors.push(
            Diagnostic::error(
                "E0002",
                Span::new(text.len(), text.len()),
                "the expression is empty",
            )
            .help("write a condition such as `age > 50`"),
        );
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

fn not_closed(token: Token, text: &str) -> Diagnostic {
    // Only the opening quote is underlined: where the end should be nobody knows.
    let span = Span::new(token.start, token.start + 1);
    if text.starts_with('`') {
        Diagnostic::error("E0007", span, "the quoted name has no closing backtick")
            .label("opened here")
            .help("a name in backticks ends on its line")
    } else {
        Diagnostic::error("E0006", span, "the string has no closing quote")
            .label("opened here")
            .help("a string ends on its line; write a line break inside it as `\\n` and a quote as `\\\"`")
    }
}

//! Formatting a text without losing its comments.
//!
//! A comment belongs to one of the parts that the outermost `and` or `or` joins. One that stands alone on its line goes
//! above its part, one behind code goes behind its part; a part with several keeps the last of those behind it and has
//! the others above.

use super::{Level, broken, format, tighter};
use crate::syntax::lexer::{TokenKind, Tokens};
use crate::syntax::tree::{Expr, ExprKind};

/// The comments of one part.
#[derive(Clone, Default)]
struct Comments<'t> {
    above: Vec<&'t str>,
    behind: Option<&'t str>,
}

/// Prints a tree in its canonical spelling, with the comments of the text that it was read from.
pub(crate) fn format_with_comments(expr: &Expr, text: &str) -> String {
    let comments: Vec<_> = Tokens::new(text)
        .filter(|token| token.kind == TokenKind::Comment)
        .collect();
    if comments.is_empty() {
        return format(expr);
    }
    let (parts, word, place) = match &expr.kind {
        ExprKind::And(parts) => (&parts[..], "  and ", tighter(Level::And)),
        ExprKind::Or(parts) => (&parts[..], "  or ", tighter(Level::Or)),
        _ => (std::slice::from_ref(expr), "", Level::Or),
    };
    let mut placed = vec![Comments::default(); parts.len()];
    let mut below = Vec::new();
    for comment in comments {
        let body = comment.of(text).trim_end();
        let line = text
            .get(..comment.start)
            .unwrap_or("")
            .rsplit(['\n', '\r'])
            .next()
            .unwrap_or("");
        let alone = line.trim().is_empty();
        let begun = parts
            .iter()
            .take_while(|part| (part.span.start as usize) < comment.start)
            .count();
        let inside = |part: &&Expr| (part.span.end as usize) > comment.start;
        let within = begun
            .checked_sub(1)
            .and_then(|at| parts.get(at))
            .filter(inside)
            .is_some();
        let owner = if within || (!alone && begun > 0) {
            begun - 1
        } else {
            begun
        };
        match placed.get_mut(owner) {
            // The last part's own comments end where the expression does.
            Some(part) if alone || begun == 0 => part.above.push(body),
            Some(part) => part.above.extend(part.behind.replace(body)),
            None => below.push(body),
        }
    }
    let last = placed.len() - 1;
    let plain = placed.iter().enumerate().all(|(at, part)| {
        (at == 0 || part.above.is_empty()) && (at == last || part.behind.is_none())
    });
    let mut lines: Vec<String> = Vec::new();
    if plain {
        lines.extend(
            placed
                .iter()
                .flat_map(|part| &part.above)
                .map(|comment| (*comment).to_owned()),
        );
        lines.push(behind(
            format(expr),
            placed.last().and_then(|part| part.behind),
        ));
    } else {
        for (at, (part, comments)) in parts.iter().zip(&placed).enumerate() {
            let (indent, word) = if at == 0 { (0, "") } else { (2, word) };
            lines.extend(
                comments
                    .above
                    .iter()
                    .map(|comment| format!("{}{comment}", " ".repeat(indent))),
            );
            let printed = broken(part, place, indent, word.len());
            lines.push(behind(format!("{word}{printed}"), comments.behind));
        }
    }
    lines.extend(below.into_iter().map(str::to_owned));
    lines.join("\n")
}

fn behind(line: String, comment: Option<&str>) -> String {
    match comment {
        Some(comment) => format!("{line} {comment}"),
        None => line,
    }
}

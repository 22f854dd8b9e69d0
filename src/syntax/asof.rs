//! Mistakes behind `as of`.

use super::grammar::Rule;
use super::mistakes::{Place, fixed};
use super::recover::{Finding, Repair};
use super::scan::TokenKind;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// `rfm as of yesterday`, `rfm as of 2026-01-01`, `rfm as of 30 days`.
pub(super) fn wrong_as_of(place: &Place<'_>) -> Option<Finding> {
    let help = "an earlier instant is so long ago: `as of 30 days ago`";
    if place.word(-4) == "as" && place.word(-3) == "of" && place.wants(Rule::kw_ago) {
        let end = place.token(-1)?.end;
        let written = place.between(-4, -1).of(place.text);
        let diagnostic = Diagnostic::error(
            "E0001",
            place.between(-4, -1),
            format!("`{written}` needs `ago` after it"),
        );
        return Some(fixed(diagnostic.help(help), Span::new(end, end), " ago"));
    }
    if place.word(-2) != "as" || place.word(-1) != "of" {
        return None;
    }
    let token = place.token(0)?;
    let date = token.kind == TokenKind::Number && token.of(place.text).contains('-');
    let day = matches!(
        token.of(place.text),
        "yesterday" | "today" | "now" | "last" | "the"
    );
    (date || day).then(|| {
        let message = format!(
            "`as of` needs a length of time, not `{}`",
            token.of(place.text)
        );
        let diagnostic = Diagnostic::error("E0001", token.span(), message).help(help);
        Finding {
            diagnostic,
            repair: Repair::Replace(token.start, token.end, "30 days ago".to_owned()),
        }
    })
}

//! Mistakes behind `as of`.

use super::site::{Mistake, Repair, Site, fixed};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::lexer::TokenKind;

/// `rfm as of yesterday`, `rfm as of 2026-01-01`, `rfm as of 30 days`.
pub(super) fn wrong_as_of(site: &Site<'_>) -> Option<Mistake> {
    let help = "write how long ago: `as of 30 days ago`";
    if site.word(-4) == "as" && site.word(-3) == "of" && site.wants(Rule::kw_ago) {
        let end = site.token(-1)?.end;
        let written = site.between(-4, -1).of(site.text);
        let diagnostic = Diagnostic::error(
            "E0001",
            site.between(-4, -1),
            format!("`{written}` needs `ago` after it"),
        );
        return Some(fixed(diagnostic.help(help), Span::new(end, end), " ago"));
    }
    if site.word(-2) != "as" || site.word(-1) != "of" {
        return None;
    }
    let token = site.token(0)?;
    let date = token.kind == TokenKind::Number && token.of(site.text).contains('-');
    let day = matches!(
        token.of(site.text),
        "yesterday" | "today" | "now" | "last" | "the"
    );
    (date || day).then(|| {
        let message = format!("`as of` needs a duration, not `{}`", token.of(site.text));
        let diagnostic = Diagnostic::error("E0001", token.span(), message).help(help);
        Mistake {
            diagnostic,
            repair: Repair::Replace(token.start, token.end, "30 days ago".to_owned()),
        }
    })
}

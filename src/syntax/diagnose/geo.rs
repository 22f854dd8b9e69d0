//! Mistakes in rectangles on the map.

use super::site::{Mistake, Repair, Site};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;

/// `between (45.40, 9.04)`, `between (45.40, 9.04) and 46`.
pub(super) fn second_corner(site: &Site<'_>) -> Option<Mistake> {
    let missing = site.word(-1) == ")" && !matches!(site.word(0), "to" | "or" | "until" | "..");
    let other = site.word(-1) == "and" && site.wants(Rule::lparen);
    let closing = if other { -2 } else { -1 };
    let opening = (closing - 6..closing)
        .rev()
        .find(|offset| site.word(*offset) == "(")?;
    let pair =
        site.word(closing) == ")" && (opening..closing).any(|offset| site.word(offset) == ",");
    if !(missing && site.wants(Rule::kw_and) && !site.wants(Rule::kw_or) || other)
        || !pair
        || site.word(opening - 1) != "between"
    {
        return None;
    }
    let at = site.token(-1)?.end;
    let span = site
        .token(0)
        .map_or(Span::new(at, at), |token| token.span());
    let diagnostic = Diagnostic::error("E0018", span, "`between` needs a second corner").help(
        "the south-west corner is followed by the north-east one: `home between (45.40, 9.04) and (45.54, 9.28)`",
    );
    let end = if other { span.end as usize } else { at };
    let text = if other { " (0, 0) " } else { " and (0, 0) " };
    Some(Mistake {
        diagnostic,
        repair: Repair::Replace(at, end, text.to_owned()),
    })
}

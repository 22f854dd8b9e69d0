//! `between (45.40, 9.04) and (45.54, 9.28)`.

use super::grammar::Rule;
use super::literal;
use super::mistakes::Place;
use super::parse::{Builder, Built, Parts, span_of};
use super::recover::{Finding, Repair};
use super::tree::{Coordinate, Rectangle};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use pest::iterators::Pair;

impl Builder {
    pub(super) fn rectangle(&mut self, mut parts: Parts<'_>) -> Built<Rectangle> {
        parts.expect(Rule::kw_between)?;
        let (south, west) = self.corner(parts.expect(Rule::corner)?)?;
        parts.expect(Rule::kw_and)?;
        let (north, east) = self.corner(parts.expect(Rule::corner)?)?;
        Ok(Rectangle {
            south,
            west,
            north,
            east,
        })
    }

    fn corner(&mut self, pair: Pair<'_, Rule>) -> Built<(Coordinate, Coordinate)> {
        let mut parts = Parts::of(pair);
        parts.expect(Rule::lparen)?;
        let latitude = self.coordinate(parts.expect(Rule::coordinate)?)?;
        parts.expect(Rule::comma)?;
        Ok((latitude, self.coordinate(parts.expect(Rule::coordinate)?)?))
    }

    fn coordinate(&mut self, pair: Pair<'_, Rule>) -> Built<Coordinate> {
        let span = span_of(&pair);
        let mut parts = Parts::of(pair);
        let sign = if parts.take(Rule::minus).is_some() {
            -1
        } else {
            1
        };
        let number = parts.expect(Rule::number)?;
        let (mantissa, scale) =
            self.note(literal::number(number.as_str(), span_of(&number)), (0, 0));
        Ok(Coordinate {
            mantissa: sign * mantissa,
            scale,
            span,
        })
    }
}

/// `between (45.40, 9.04)`, `between (45.40, 9.04) and 46`.
pub(super) fn second_corner(place: &Place<'_>) -> Option<Finding> {
    let missing = place.word(-1) == ")" && !matches!(place.word(0), "to" | "or" | "until" | "..");
    let other = place.word(-1) == "and" && place.wants(Rule::lparen);
    let closing = if other { -2 } else { -1 };
    let opening = (closing - 6..closing)
        .rev()
        .find(|offset| place.word(*offset) == "(")?;
    let pair =
        place.word(closing) == ")" && (opening..closing).any(|offset| place.word(offset) == ",");
    if !(missing && place.wants(Rule::kw_and) && !place.wants(Rule::kw_or) || other)
        || !pair
        || place.word(opening - 1) != "between"
    {
        return None;
    }
    let at = place.token(-1)?.end;
    let span = place
        .token(0)
        .map_or(Span::new(at, at), |token| token.span());
    let diagnostic = Diagnostic::error("E0018", span, "`between` needs a second corner").help(
        "the south-west corner is followed by the north-east one: `home between (45.40, 9.04) and (45.54, 9.28)`",
    );
    let end = if other { span.end as usize } else { at };
    let text = if other { " (0, 0) " } else { " and (0, 0) " };
    Some(Finding {
        diagnostic,
        repair: Repair::Replace(at, end, text.to_owned()),
    })
}

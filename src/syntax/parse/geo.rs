//! `between (45.40, 9.04) and (45.54, 9.28)`.

use super::cursor::{PairCursor, ParseResult, TreeBuilder, span_of};
use super::literal;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{Coordinate, Rectangle};
use pest::iterators::Pair;

impl TreeBuilder {
    pub(super) fn rectangle(&mut self, mut parts: PairCursor<'_>) -> ParseResult<Rectangle> {
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

    fn corner(&mut self, pair: Pair<'_, Rule>) -> ParseResult<(Coordinate, Coordinate)> {
        let mut parts = PairCursor::of(pair);
        parts.expect(Rule::lparen)?;
        let latitude = self.coordinate(parts.expect(Rule::coordinate)?)?;
        parts.expect(Rule::comma)?;
        Ok((latitude, self.coordinate(parts.expect(Rule::coordinate)?)?))
    }

    fn coordinate(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Coordinate> {
        let span = span_of(&pair);
        let mut parts = PairCursor::of(pair);
        let sign = if parts.take(Rule::minus).is_some() {
            -1
        } else {
            1
        };
        let number = parts.expect(Rule::number)?;
        let (mantissa, scale) = self.recover_with(
            literal::short_number(number.as_str(), span_of(&number)),
            (0, 0),
        );
        Ok(Coordinate {
            mantissa: sign * mantissa,
            scale,
            span,
        })
    }
}

//! The text of an expression: grammar, parser, tree, canonical formatter. Knows no schema.
//!
//! [`parse`] reads a text into an [`Expr`] or says everything that is wrong with it, [`format`](format()) prints a
//! tree in its one canonical spelling, [`format_text`] does so for a text and keeps its comments, and [`suspicious`]
//! warns of characters that deceive the reader.

mod asof;
mod comments;
mod comparison;
mod draft;
mod expected;
mod format;
mod grammar;
mod heads;
mod literal;
mod mistakes;
mod occasion;
mod parse;
mod recover;
mod rectangle;
mod scan;
mod signs;
mod spelling;
mod suspicious;
mod tails;
mod tree;
mod units;
mod visit;
mod words;

pub use crate::span::Span;
pub use crate::time::{CalendarUnit, TimeUnit};
pub use comments::format_text;
pub use format::format;
pub use occasion::format_occasion;
pub(crate) use occasion::{
    Clock, Every, Lead, Occasion, OccasionKind, parse_length, parse_occasion,
};
pub use parse::parse;
pub use scan::{MAX_BYTES, MAX_DEPTH, MAX_ITEMS};
pub(crate) use spelling::aggregate_word;
pub use suspicious::suspicious;
pub use tree::*;

/// A name as it is written in an expression: in backticks where it would be read as something else.
pub(crate) fn quoted_name(name: &str) -> String {
    written(std::iter::once(name))
}

/// A name of several parts joined by dots, as it is written in an expression.
pub(crate) fn quoted_path(path: &str) -> String {
    written(path.split('.'))
}

fn written<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let names = parts
        .map(|text| Name {
            text: text.to_owned(),
            span: Span::default(),
        })
        .collect();
    format(&Expr {
        kind: ExprKind::Path(names),
        span: Span::default(),
    })
}

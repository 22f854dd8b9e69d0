//! The text of an expression: grammar, parser, tree, canonical formatter. Knows no schema.
//!
//! [`parse`] reads a text into an [`Expr`] or says everything that is wrong with it, [`format`](format()) prints a
//! tree in its one canonical spelling, [`format_text`] does so for a text and keeps its comments, and [`suspicious`]
//! warns of characters that deceive the reader. The words of the language are data in [`vocabulary`].

mod confusables;
mod diagnose;
mod grammar;
mod json;
mod lexer;
mod limits;
mod parse;
mod print;
mod tree;
mod trigger;
mod visit;
pub mod vocabulary;
mod wait;

use crate::diagnostic::Diagnostic;
use lexer::{Token, TokenKind, Tokens};

pub use crate::span::Span;
pub use crate::time::{CalendarUnit, TimeUnit};
pub use confusables::suspicious;
pub(crate) use json::read_back;
pub use limits::{MAX_BYTES, MAX_DEPTH, MAX_ITEMS};
pub use print::format;
pub(crate) use print::{quoted_name, quoted_path};
pub use tree::*;
pub(crate) use trigger::{Clock, DateForm, Every, Lead, TriggerOn, TriggerOnKind};
pub use vocabulary::Aggregate;
pub(crate) use wait::{WaitForm, WaitFormKind};

/// Reads an expression.
///
/// # Errors
///
/// Everything that is wrong with its form, in the order of the text: what the grammar does not know, and texts that are
/// longer than [`MAX_BYTES`], nested deeper than [`MAX_DEPTH`] or have a list of
/// more than [`MAX_ITEMS`] items.
///
/// # Examples
///
/// ```
/// let rule = segue::syntax::parse(r#"age > 50 and viewed("anti-aging")"#).unwrap();
/// assert_eq!(rule.to_string(), r#"age > 50 and viewed("anti-aging")"#);
///
/// let errors = segue::syntax::parse("age > 50 &&").unwrap_err();
/// assert_eq!(errors[0].message, "use `and` instead of `&&`");
/// ```
pub fn parse(text: &str) -> Result<Expr, Vec<Diagnostic>> {
    limits::check(text)?;
    parse::expression(text).map_err(|failure| diagnose::expression(text, failure))
}

/// Reads what a trigger waits for.
///
/// # Errors
/// Everything that is wrong with its form.
pub(crate) fn parse_trigger(text: &str) -> Result<TriggerOn, Vec<Diagnostic>> {
    limits::check(text)?;
    parse::trigger(text).map_err(|failure| diagnose::trigger(text, failure))
}

/// Reads how long something waits.
///
/// # Errors
/// Everything that is wrong with its form.
pub(crate) fn parse_wait(text: &str) -> Result<WaitForm, Vec<Diagnostic>> {
    limits::check(text)?;
    parse::wait(text).map_err(|failure| diagnose::wait(text, failure))
}

/// A length of time that stands by itself: `30 days`, `2 months`.
pub(crate) fn parse_length(text: &str) -> Option<TimeSpan> {
    match parse(text).ok()?.kind {
        ExprKind::Literal(Literal::Duration(length)) => Some(length),
        _ => None,
    }
}

/// Prints a text in its canonical spelling, as [`format`](format()) does, and keeps its comments.
///
/// # Errors
///
/// What [`parse`](parse()) says of a text that is not an expression.
///
/// # Examples
///
/// ```
/// let text = "-- the regulars\nage>50 and -- or so\n  in segment vip";
/// let formatted = segue::syntax::format_text(text).unwrap();
/// assert_eq!(formatted, "-- the regulars\nage > 50 -- or so\n  and in segment vip");
/// ```
pub fn format_text(text: &str) -> Result<String, Vec<Diagnostic>> {
    let expr = parse(text)?;
    Ok(print::format_with_comments(&expr, text))
}

/// Prints what a trigger waits for (`on`) in its canonical spelling. One with comments is left as it is.
///
/// # Errors
///
/// Everything that is wrong with its form.
///
/// # Examples
///
/// ```
/// let formatted = segue::syntax::format_trigger("birthday  at 9:00").unwrap();
/// assert_eq!(formatted, "birthday at 09:00");
/// ```
pub fn format_trigger(text: &str) -> Result<String, Vec<Diagnostic>> {
    let trigger = parse_trigger(text)?;
    let comments = Tokens::new(text).any(|token| token.kind == TokenKind::Comment);
    Ok(if comments {
        text.trim().to_owned()
    } else {
        trigger.to_string()
    })
}

/// Where the comments of a text stand.
pub(crate) fn comments(text: &str) -> impl Iterator<Item = Span> + '_ {
    Tokens::new(text)
        .filter(|token| token.kind == TokenKind::Comment)
        .map(Token::span)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::{parse_trigger, parse_wait};

    #[test]
    fn every_form_is_printed_as_it_is_written() {
        for text in [
            "enter stage lost",
            "enter stage lost of recency",
            "leave stage `at risk` of recency",
            "stage active -> lost of recency",
            "any move of recency",
            "enter segment vip",
            "leave segment `big spenders`",
            "purchased",
            "purchased(\"tv\", amount > 20)",
            "added_to_cart as c then no purchased(category = c.category) within 1 hour",
            "birthday at 09:00",
            "14 days before renewal at 09:30",
            "1 month after signed_up at 00:00",
            "every day at 09:00 in segment vip",
            "every monday at 23:59 in segment vip",
            "every month on day 31 at 08:05 in segment vip",
            "every weekday at 09:00 in segment vip",
            "every month on first monday at 09:00 in segment vip",
            "every month on last friday at 09:00 in segment vip",
            "every quarter on day 1 at 09:00 in segment vip",
            "every year on 27 november at 09:00 in segment vip",
            "every 2 weeks on monday at 09:00 in segment vip",
            "every 2 weeks on monday from 2026-12-14 at 09:00 in segment vip",
            "every 10 days from 2026-12-14 at 09:00 in segment vip",
            "every hour in segment vip",
            "every 6 hours in segment vip",
            "2026-11-27 at 09:00",
        ] {
            let read = parse_trigger(text).unwrap_or_else(|found| panic!("{text}: {found:?}"));
            assert_eq!(read.to_string(), text);
            assert_eq!(parse_trigger(&read.to_string()).unwrap().kind, read.kind);
        }
    }

    #[test]
    fn every_wait_is_printed_as_it_is_written() {
        for text in [
            "2 days",
            "90 minutes",
            "2 days at 10:00",
            "until 09:00",
            "until friday at 09:00",
            "until renewal at 09:00",
            "until 3 days before renewal at 09:00",
            "until 2026-11-27 at 09:00",
            "until `friday` at 09:00",
        ] {
            let read = parse_wait(text).unwrap_or_else(|found| panic!("{text}: {found:?}"));
            assert_eq!(read.to_string(), text);
        }
        let canonical = |text: &str| parse_wait(text).unwrap().to_string();
        assert_eq!(
            canonical("until  friday 9:00 -- late"),
            "until friday at 09:00"
        );
        assert_eq!(canonical("1 days at 9:00"), "1 day at 09:00");
    }

    #[test]
    fn spelling_is_made_canonical() {
        let canonical = |text: &str| parse_trigger(text).unwrap().to_string();
        assert_eq!(
            canonical("enter  stage `lost`\n of recency"),
            "enter stage lost of recency"
        );
        assert_eq!(
            canonical("birthday at 9:00 -- in the morning"),
            "birthday at 09:00"
        );
        assert_eq!(
            canonical("every month on last day at 9:00 in segment vip"),
            "every month on day 31 at 09:00 in segment vip"
        );
        assert_eq!(canonical("on 2026-11-27 at 9:00"), "2026-11-27 at 09:00");
        assert_eq!(
            canonical("1 days before (renewal) at 09:00"),
            "1 day before renewal at 09:00"
        );
    }

    #[test]
    fn what_no_trigger_can_wait_for_is_explained() {
        let said = |text: &str| {
            let found = parse_trigger(text).unwrap_err();
            let first = found.first().unwrap();
            format!("{} {}", first.code, first.message)
        };
        assert_eq!(
            said("entered stage lost"),
            "E0301 use `enter` instead of `entered`"
        );
        assert_eq!(
            said("each monday at 09:00 in segment vip"),
            "E0301 use `every` instead of `each`"
        );
        assert_eq!(
            said("birthday at 9"),
            "E0301 expected a time of day such as `09:00`, found `9`"
        );
        assert_eq!(
            said("birthday at 25:00"),
            "E0301 `25:00` is not a time of day"
        );
        assert_eq!(
            said("every month on day 32 at 09:00 in segment vip"),
            "E0301 no month has a day 32"
        );
        assert_eq!(
            said("every day at 09:00"),
            "E0301 expected `in` after `09:00`"
        );
        assert_eq!(
            said("birthday at noon"),
            "E0301 expected a time of day such as `09:00`, found `noon`"
        );
        assert_eq!(
            said("every munday at 09:00 in segment vip"),
            "E0301 expected `day`, `month` or a weekday such as `monday`, found `munday`"
        );
        assert_eq!(
            said("stage active lost"),
            "E0301 expected `->`, found `lost`"
        );
        assert_eq!(said("purchased(\"tv\""), "E0008 unclosed `(`");
        assert_eq!(said(""), "E0002 the expression is empty");
    }
}

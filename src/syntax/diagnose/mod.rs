//! What an author may have meant where the grammar stopped.

mod as_of;
mod expected;
mod geo;
mod keywords;
mod nearest;
mod operators;
mod recovery;
mod site;
mod trigger;
mod units;
mod wait;

use super::grammar::Rule;
use super::lexer::{Token, TokenKind, shorten};
use super::parse::{Failure, Stop};
use super::vocabulary::{suffixes, time_unit};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use expected::{describe, wants_operand, wants_suffix, wants_unit};
use nearest::nearest;
use site::{Mistake, Repair, Site, fixed, stand_in};

/// Everything that is wrong with an expression that could not be read.
pub(super) fn expression(text: &str, failure: Failure) -> Vec<Diagnostic> {
    match failure {
        Failure::Meaning(errors) => errors,
        Failure::Form(stop) => recovery::explain_all(text, stop),
    }
}

/// Everything that is wrong with what a trigger waits for, if it could not be read.
pub(super) fn trigger(text: &str, failure: Failure) -> Vec<Diagnostic> {
    match failure {
        Failure::Meaning(errors) => errors,
        Failure::Form(stop) => trigger::explain(text, &stop),
    }
}

/// Everything that is wrong with how long something waits, if it could not be read.
pub(super) fn wait(text: &str, failure: Failure) -> Vec<Diagnostic> {
    match failure {
        Failure::Meaning(errors) => errors,
        Failure::Form(stop) => wait::explain(text, &stop),
    }
}

/// Explains why the grammar stopped.
fn explain(text: &str, tokens: &[Token], stop: &Stop) -> Mistake {
    let here = tokens
        .iter()
        .position(|token| token.end > stop.at)
        .unwrap_or(tokens.len());
    let site = Site {
        text,
        tokens,
        here,
        expected: &stop.expected,
    };
    let found = geo::second_corner(&site)
        .or_else(|| as_of::wrong_as_of(&site))
        .or_else(|| operators::wrong_operator(&site))
        .or_else(|| keywords::upper_case(&site))
        .or_else(|| keywords::numbers_without_parentheses(&site))
        .or_else(|| units::wrong_unit(&site))
        .or_else(|| keywords::wrong_word(&site))
        .or_else(|| parenthesis(&site))
        .or_else(|| missing_operand(&site));
    found.unwrap_or_else(|| unexpected(&site))
}

/// Parentheses that are not closed, or not opened.
fn parenthesis(site: &Site<'_>) -> Option<Mistake> {
    let open = site.open();
    if site.word(0) == ")" && open.is_empty() {
        let span = site.between(0, 0);
        let diagnostic = Diagnostic::error("E0009", span, "unmatched `)`").label("no `(` opens it");
        return Some(fixed(diagnostic, span, ""));
    }
    if site.word(0) == ")" && site.word(-1) == "(" && wants_operand(site.expected) {
        let span = site.between(-1, 0);
        let diagnostic = Diagnostic::error("E0022", span, "empty parentheses")
            .help("put a condition between them");
        return Some(Mistake {
            diagnostic,
            repair: Repair::Replace(span.start as usize, span.end as usize, " _ ".to_owned()),
        });
    }
    let opening = open.last()?;
    if site.wants(Rule::rparen) && site.unbalanced() && site.word(0) != "," {
        let diagnostic =
            Diagnostic::error("E0008", opening.span(), "unclosed `(`").label("opened here");
        let at = site.token(-1).map_or(site.end(), |token| token.end);
        return Some(fixed(diagnostic, Span::new(at, at), ")"));
    }
    None
}

/// An operator, a comma or a word such as `and` with nothing on one of its sides.
fn missing_operand(site: &Site<'_>) -> Option<Mistake> {
    if !wants_operand(site.expected) {
        return keywords::keyword_first(site);
    }
    let before = site.token(-1);
    let last = site.word(-1);
    let here = site.word(0);
    let joins = |word: &str| {
        matches!(
            word,
            "and" | "or" | "then" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "*" | "/" | ","
        )
    };
    if here.is_empty() || here == ")" || joins(here) {
        let stop = site.token(0).map_or(site.end(), |token| token.start);
        if let Some(before) = before.filter(|_| last != "(") {
            if last == "," && here == ")" {
                let diagnostic =
                    Diagnostic::error("E0014", before.span(), "`,` needs another item after it")
                        .label("the last item ends here");
                return Some(fixed(diagnostic, before.span(), ""));
            }
            let time = site.wants(Rule::number) || site.wants(Rule::duration);
            let what = match last {
                "and" | "or" | "not" => "a condition",
                "then" | "no" => "an event",
                "," => "an item",
                _ if time => "a duration such as `30 days`",
                _ => "a value",
            };
            let mut diagnostic = Diagnostic::error(
                "E0014",
                before.span(),
                format!("`{last}` needs {what} after it"),
            );
            diagnostic = match here {
                "" => diagnostic.label("the expression ends here"),
                ")" => diagnostic.label("the parentheses end here"),
                _ => diagnostic.label(format!("`{here}` follows instead")),
            };
            let something = if time { " 30 days " } else { " _ " };
            return Some(Mistake {
                diagnostic,
                repair: Repair::Replace(stop, stop, something.to_owned()),
            });
        }
        if joins(here) {
            let what = match here {
                "and" | "or" => "a condition",
                "then" => "an event",
                "," => "an item",
                _ => "a value",
            };
            let diagnostic = Diagnostic::error(
                "E0014",
                site.between(0, 0),
                format!("`{here}` needs {what} before it"),
            );
            return Some(stand_in(diagnostic, stop));
        }
    }
    None
}

/// Nothing better is known than what the grammar would have taken.
fn unexpected(site: &Site<'_>) -> Mistake {
    let wanted = describe(site.expected);
    let Some(token) = site.token(0) else {
        let end = site.end();
        let before = shorten(site.word(-1));
        let diagnostic = Diagnostic::error(
            "E0001",
            Span::new(end, end),
            format!("expected {wanted} after `{before}`"),
        )
        .label("the expression ends here");
        return Mistake {
            diagnostic,
            repair: Repair::Clause,
        };
    };
    let found = token.of(site.text);
    let mut diagnostic = Diagnostic::error(
        "E0001",
        token.span(),
        format!("expected {wanted}, found `{}`", shorten(found)),
    );
    let word = |kind| matches!(kind, Some(TokenKind::Word | TokenKind::Quoted));
    if wants_suffix(site.expected) && word(site.kind(0)) {
        let near = nearest_keyword(found, site.expected)
            .or_else(|| nearest(found, &suffixes().collect::<Vec<_>>()).map(str::to_owned));
        if let Some(near) = near {
            diagnostic = diagnostic
                .help(format!("did you mean `{near}`?"))
                .fix(token.span(), near);
        } else if word(site.kind(-1))
            && keywords::may_be_name(found)
            && keywords::may_be_name(site.word(-1))
        {
            let both = site.between(-1, 0).of(site.text);
            diagnostic =
                diagnostic.help(format!("a name of several words needs backticks: `{both}`"));
        } else {
            diagnostic = diagnostic.help("join two conditions with `and` or `or`");
        }
    } else if word(site.kind(0))
        && let Some(keyword) = nearest_keyword(found, site.expected)
    {
        diagnostic = diagnostic
            .help(format!("did you mean `{keyword}`?"))
            .fix(token.span(), keyword);
    } else if site.wants(Rule::kw_and)
        && !wants_operand(site.expected)
        && !wants_unit(site.expected)
    {
        diagnostic = diagnostic.help("join two conditions with `and` or `or`");
    }
    let meant = diagnostic.fix.as_ref().map(|fix| fix.replacement.clone());
    match meant {
        Some(meant) => Mistake {
            diagnostic,
            repair: Repair::Replace(token.start, token.end, meant),
        },
        None => Mistake {
            diagnostic,
            repair: Repair::Clause,
        },
    }
}

/// The keyword among those expected that a word comes near to.
fn nearest_keyword(word: &str, expected: &[Rule]) -> Option<String> {
    let names: Vec<String> = expected.iter().map(|rule| format!("{rule:?}")).collect();
    let keywords: Vec<&str> = names
        .iter()
        .filter_map(|name| name.strip_prefix("kw_"))
        .collect();
    let near = nearest(word, &keywords)?;
    (near != word && time_unit(word).is_none()).then(|| near.to_owned())
}

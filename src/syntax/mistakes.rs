//! What an author may have meant where the grammar stopped.

use super::expected::{bare_unit, describe, operand, tail};
use super::grammar::Rule;
use super::literal::time_unit;
use super::parse::Stop;
use super::recover::{Finding, Repair};
use super::scan::{Token, TokenKind, shorten};
use super::{asof, rectangle, signs, units, words};
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// The place where the grammar stopped, and what is around it.
pub(super) struct Place<'t> {
    pub(super) text: &'t str,
    tokens: &'t [Token],
    /// The token that was not understood; past the last one at the end of the text.
    here: usize,
    pub(super) expected: &'t [Rule],
}

impl<'t> Place<'t> {
    /// The token so many places away from the one that was not understood.
    pub(super) fn token(&self, offset: isize) -> Option<Token> {
        self.tokens
            .get(self.here.checked_add_signed(offset)?)
            .copied()
    }

    /// The text of that token; empty where there is none.
    pub(super) fn word(&self, offset: isize) -> &'t str {
        self.token(offset).map_or("", |token| token.of(self.text))
    }

    pub(super) fn kind(&self, offset: isize) -> Option<TokenKind> {
        self.token(offset).map(|token| token.kind)
    }

    /// From one token to another.
    pub(super) fn between(&self, from: isize, to: isize) -> Span {
        let here = self.end();
        Span::new(
            self.token(from).map_or(here, |token| token.start),
            self.token(to).map_or(here, |token| token.end),
        )
    }

    /// The end of the last token.
    pub(super) fn end(&self) -> usize {
        self.tokens
            .last()
            .map_or(self.text.len(), |token| token.end)
    }

    pub(super) fn wants(&self, rule: Rule) -> bool {
        self.expected.contains(&rule)
    }

    pub(super) fn adjacent(&self, offset: isize) -> bool {
        match (self.token(offset), self.token(offset + 1)) {
            (Some(left), Some(right)) => left.end == right.start,
            _ => false,
        }
    }

    /// The parentheses that are open before the token that was not understood, outermost first.
    pub(super) fn open(&self) -> Vec<Token> {
        let mut open = Vec::new();
        for token in self.tokens.iter().take(self.here) {
            match token.of(self.text) {
                "(" => open.push(*token),
                ")" => drop(open.pop()),
                _ => {}
            }
        }
        open
    }

    /// Whether some parenthesis is never closed.
    fn unbalanced(&self) -> bool {
        let count = |sign| {
            self.tokens
                .iter()
                .filter(|token| token.of(self.text) == sign)
                .count()
        };
        count("(") > count(")")
    }
}

/// A finding whose fix is also the way to go on.
pub(super) fn fixed(diagnostic: Diagnostic, span: Span, replacement: impl Into<String>) -> Finding {
    let replacement = replacement.into();
    let repair = Repair::Replace(span.start as usize, span.end as usize, replacement.clone());
    Finding {
        diagnostic: diagnostic.fix(span, replacement),
        repair,
    }
}

/// A finding without a fix; for going on a stand-in is put in its place.
pub(super) fn stand_in(diagnostic: Diagnostic, at: usize) -> Finding {
    Finding {
        diagnostic,
        repair: Repair::Replace(at, at, " _ ".to_owned()),
    }
}

/// Explains why the grammar stopped.
pub(super) fn explain(text: &str, tokens: &[Token], stop: &Stop) -> Finding {
    let here = tokens
        .iter()
        .position(|token| token.end > stop.at)
        .unwrap_or(tokens.len());
    let place = Place {
        text,
        tokens,
        here,
        expected: &stop.expected,
    };
    let found = rectangle::second_corner(&place)
        .or_else(|| asof::wrong_as_of(&place))
        .or_else(|| signs::wrong_sign(&place))
        .or_else(|| words::upper_case(&place))
        .or_else(|| units::wrong_unit(&place))
        .or_else(|| words::wrong_word(&place))
        .or_else(|| parenthesis(&place))
        .or_else(|| missing_operand(&place));
    found.unwrap_or_else(|| unexpected(&place))
}

/// Parentheses that are not closed, or not opened.
fn parenthesis(place: &Place<'_>) -> Option<Finding> {
    let open = place.open();
    if place.word(0) == ")" && open.is_empty() {
        let span = place.between(0, 0);
        let diagnostic =
            Diagnostic::error("E0009", span, "`)` closes nothing").label("there is no `(` for it");
        return Some(fixed(diagnostic, span, ""));
    }
    if place.word(0) == ")" && place.word(-1) == "(" && operand(place.expected) {
        let span = place.between(-1, 0);
        let diagnostic =
            Diagnostic::error("E0022", span, "there is nothing between these parentheses")
                .help("put a condition between them");
        return Some(Finding {
            diagnostic,
            repair: Repair::Replace(span.start as usize, span.end as usize, " _ ".to_owned()),
        });
    }
    let opening = open.last()?;
    if place.wants(Rule::rparen) && place.unbalanced() && place.word(0) != "," {
        let diagnostic =
            Diagnostic::error("E0008", opening.span(), "`(` is never closed").label("opened here");
        let at = place.token(-1).map_or(place.end(), |token| token.end);
        return Some(fixed(diagnostic, Span::new(at, at), ")"));
    }
    None
}

/// An operator, a comma or a word such as `and` with nothing on one of its sides.
fn missing_operand(place: &Place<'_>) -> Option<Finding> {
    if !operand(place.expected) {
        return words::keyword_first(place);
    }
    let before = place.token(-1);
    let last = place.word(-1);
    let here = place.word(0);
    let joins = |word: &str| {
        matches!(
            word,
            "and" | "or" | "then" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "*" | "/" | ","
        )
    };
    if here.is_empty() || here == ")" || joins(here) {
        let stop = place.token(0).map_or(place.end(), |token| token.start);
        if let Some(before) = before.filter(|_| last != "(") {
            if last == "," && here == ")" {
                let diagnostic =
                    Diagnostic::error("E0014", before.span(), "`,` needs another item after it")
                        .label("the last item ends here");
                return Some(fixed(diagnostic, before.span(), ""));
            }
            let time = place.wants(Rule::number) || place.wants(Rule::duration);
            let what = match last {
                "and" | "or" | "not" => "a condition",
                "then" | "no" => "an event",
                "," => "an item",
                _ if time => "a length of time such as `30 days`",
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
            return Some(Finding {
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
                place.between(0, 0),
                format!("`{here}` needs {what} before it"),
            );
            return Some(stand_in(diagnostic, stop));
        }
    }
    None
}

/// Nothing better is known than what the grammar would have taken.
fn unexpected(place: &Place<'_>) -> Finding {
    let wanted = describe(place.expected);
    let Some(token) = place.token(0) else {
        let end = place.end();
        let before = shorten(place.word(-1));
        let diagnostic = Diagnostic::error(
            "E0001",
            Span::new(end, end),
            format!("expected {wanted} after `{before}`"),
        )
        .label("the expression ends here");
        return Finding {
            diagnostic,
            repair: Repair::Clause,
        };
    };
    let found = token.of(place.text);
    let mut diagnostic = Diagnostic::error(
        "E0001",
        token.span(),
        format!("expected {wanted}, found `{}`", shorten(found)),
    );
    let word = |kind| matches!(kind, Some(TokenKind::Word | TokenKind::Quoted));
    if tail(place.expected) && word(place.kind(0)) {
        let near = nearest_keyword(found, place.expected)
            .or_else(|| words::nearest(found, &words::TAILS).map(str::to_owned));
        if let Some(near) = near {
            diagnostic = diagnostic
                .help(format!("did you mean `{near}`?"))
                .fix(token.span(), near);
        } else if word(place.kind(-1))
            && words::may_be_name(found)
            && words::may_be_name(place.word(-1))
        {
            let both = place.between(-1, 0).of(place.text);
            diagnostic = diagnostic.help(format!(
                "a name of several words stands in backticks: `{both}`"
            ));
        } else {
            diagnostic = diagnostic.help("join two conditions with `and` or `or`");
        }
    } else if word(place.kind(0))
        && let Some(keyword) = nearest_keyword(found, place.expected)
    {
        diagnostic = diagnostic
            .help(format!("did you mean `{keyword}`?"))
            .fix(token.span(), keyword);
    } else if place.wants(Rule::kw_and) && !operand(place.expected) && !bare_unit(place.expected) {
        diagnostic = diagnostic.help("join two conditions with `and` or `or`");
    }
    let meant = diagnostic.fix.as_ref().map(|fix| fix.replacement.clone());
    match meant {
        Some(meant) => Finding {
            diagnostic,
            repair: Repair::Replace(token.start, token.end, meant),
        },
        None => Finding {
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
    let near = words::nearest(word, &keywords)?;
    (near != word && time_unit(word).is_none()).then(|| near.to_owned())
}

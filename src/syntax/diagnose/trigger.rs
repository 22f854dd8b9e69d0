//! Why a text is not something that a trigger can wait for.

use super::expected::describe;
use super::nearest::nearest;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::lexer::{Token, TokenKind, Tokens, shorten};
use crate::syntax::parse::{self, Stop};
use crate::time::{MONTHS, WEEKDAYS};

const FORMS: &str = "a trigger waits for `enter stage lost`, `enter segment vip`, an event such as `purchased(amount > 20)`, \
                     a silence such as `added_to_cart then no purchased within 1 hour`, a date such as \
                     `birthday at 09:00`, or `every day at 09:00 in segment vip`";

const SCHEDULES: &str = "a schedule is `every day`, `every weekday`, `every monday`, `every 2 weeks on monday`, `every 10 days from \
                         2026-12-14`, `every month on last friday`, `every quarter on day 1` or `every year on 27 november`, each \
                         with `at 09:00 in segment vip`; or `every 6 hours in segment vip`";

/// Explains where the grammar stopped.
pub(super) fn explain(text: &str, stop: &Stop) -> Vec<Diagnostic> {
    let tokens: Vec<Token> = Tokens::new(text)
        .filter(|token| token.kind != TokenKind::Comment)
        .collect();
    let word = |i: usize| tokens.get(i).map_or("", |token| token.of(text));
    if let Some(first) = tokens.first()
        && let Some(meant) = misspelt(word(0), word(1))
    {
        let diagnostic = Diagnostic::error(
            "E0301",
            first.span(),
            format!("use `{meant}` instead of `{}`", word(0)),
        );
        return vec![diagnostic.fix(first.span(), meant)];
    }
    if let Some(diagnostic) = misspelt_schedule(text, &tokens) {
        return vec![diagnostic];
    }
    if let Some(diagnostic) = misspelt_change(text, &tokens) {
        return vec![diagnostic];
    }
    let wants = |rule| stop.expected.contains(&rule);
    let own_form = wants(Rule::clock)
        || matches!(
            (word(0), word(1)),
            ("enter" | "leave", "stage" | "segment") | ("any", "move")
        )
        || matches!(word(0), "every" | "stage");
    if !own_form && let Err(failure) = parse::expression(text) {
        return super::expression(text, failure);
    }
    let here = tokens.iter().find(|token| token.end > stop.at);
    // Behind `at` an expression would go on with a count, behind `every` with anything; a trigger with a time or a day.
    let wanted = if wants(Rule::clock) {
        vec![Rule::clock]
    } else if wants(Rule::weekday) && wants(Rule::kw_month) {
        vec![Rule::kw_day, Rule::kw_month, Rule::weekday]
    } else {
        stop.expected.clone()
    };
    let wanted = describe(&wanted);
    let Some(token) = here else {
        let end = tokens.last().map_or(0, |token| token.end);
        let last = text
            .get(..end)
            .unwrap_or_default()
            .split_whitespace()
            .next_back()
            .unwrap_or_default();
        let message = format!("expected {wanted} after `{}`", shorten(last));
        let diagnostic = Diagnostic::error("E0301", Span::new(end, end), message);
        let schedule = word(0) == "every" && wants(Rule::kw_in);
        return vec![if schedule {
            diagnostic.help("say for whom: `every day at 09:00 in segment vip`")
        } else {
            diagnostic.help(FORMS)
        }];
    };
    let found = shorten(token.of(text));
    let diagnostic = Diagnostic::error(
        "E0301",
        token.span(),
        format!("expected {wanted}, found `{found}`"),
    );
    if wants(Rule::arrow) && found == "to" {
        return vec![diagnostic.help("write `->`").fix(token.span(), "->")];
    }
    if wants(Rule::weekday)
        && let Some(day) = nearest(&found.to_lowercase(), WEEKDAYS)
    {
        return vec![
            diagnostic
                .help(format!("did you mean `{day}`?"))
                .fix(token.span(), day),
        ];
    }
    vec![diagnostic.help(if word(0) == "every" { SCHEDULES } else { FORMS })]
}

/// `every other monday`, `every month on the last friday`, `every year on november 27`
fn misspelt_schedule(text: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let word = |i: usize| tokens.get(i).map_or("", |token| token.of(text));
    if word(0) != "every" {
        return None;
    }
    let (place, n, meant) = match (word(1), word(2), word(3), word(4)) {
        ("other" | "second" | "2nd", day, ..) if WEEKDAYS.contains(&day) => {
            (1, 2, format!("2 weeks on {day}"))
        }
        ("week", "on", day, _) if WEEKDAYS.contains(&day) => (1, 3, day.to_owned()),
        ("weekdays", ..) => (1, 1, "weekday".to_owned()),
        (_, "on", "the", _) => (3, 1, String::new()),
        ("year", "on", month, day) if MONTHS.contains(&month) => (3, 2, format!("{day} {month}")),
        _ => return None,
    };
    let (first, last) = (tokens.get(place)?, tokens.get(place + n - 1)?);
    let span = Span::new(first.start, last.end);
    let message = match meant.as_str() {
        "" => format!("leave out `{}`", span.of(text)),
        meant => format!("use `{meant}` instead of `{}`", span.of(text)),
    };
    Some(Diagnostic::error("E0301", span, message).fix(span, meant))
}

/// `change of plan`, `plan has changed`, `plan becomes pro`
fn misspelt_change(text: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let word = |i: usize| tokens.get(i).map_or("", |token| token.of(text));
    let (first, last) = (tokens.first()?, tokens.last()?);
    let (span, meant) = match (word(0), word(1)) {
        ("change" | "changes", "of") | ("any", "change") => {
            let of = tokens.iter().position(|token| token.of(text) == "of")?;
            let name = text.get(tokens.get(of + 1)?.start..last.end)?;
            (Span::new(first.start, last.end), format!("{name} changed"))
        }
        _ => {
            let at = tokens.iter().position(|token| {
                matches!(token.of(text), "becomes" | "changes" | "has" | "is" | "was")
            })?;
            let token = tokens.get(at)?;
            match (token.of(text), word(at + 1)) {
                ("becomes", _) => (token.span(), "changed to".to_owned()),
                ("changes", _) => (token.span(), "changed".to_owned()),
                (_, "changed") => {
                    let changed = tokens.get(at + 1)?;
                    (Span::new(token.start, changed.end), "changed".to_owned())
                }
                _ => return None,
            }
        }
    };
    let message = format!("use `{meant}` instead of `{}`", span.of(text));
    Some(Diagnostic::error("E0301", span, message).fix(span, meant))
}

/// What a first word means that comes near to one of those that a trigger begins with.
fn misspelt(first: &str, second: &str) -> Option<&'static str> {
    let known: &[&str] = match second {
        "stage" | "segment" => &["enter", "leave"],
        "day" | "weekday" | "month" | "hour" | "quarter" | "year" => &["every"],
        second if WEEKDAYS.contains(&second) => &["every"],
        _ => return None,
    };
    if known.contains(&first) {
        return None;
    }
    let lower = first.to_lowercase();
    match (lower.as_str(), known.len()) {
        ("enters" | "entered" | "entering" | "join" | "joins" | "enter", 2) => Some("enter"),
        ("leaves" | "left" | "leaving" | "exit" | "exits" | "exited" | "leave", 2) => Some("leave"),
        ("each" | "every", 1) => Some("every"),
        (word, _) => match nearest(word, known)? {
            "enter" => Some("enter"),
            "leave" => Some("leave"),
            _ => Some("every"),
        },
    }
}

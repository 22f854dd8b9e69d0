//! Which words are names and which are keywords, and mistakes in them.

use super::expected::{operand, tail};
use super::grammar::Rule;
use super::mistakes::{Place, fixed};
use super::parse::{aggregate, is_function};
use super::recover::{Finding, Repair};
use super::scan::{TokenKind, is_word_part, is_word_start};
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// Words that are never names.
const RESERVED: [&str; 6] = ["and", "or", "not", "true", "false", "now"];

/// Words that mean something else where an operand may begin, whatever follows them.
const LEADING: [&str; 5] = ["today", "yesterday", "tomorrow", "tagged", "no"];

/// Words that mean something else where an operand begins and `(` follows.
const CALLED: [&str; 5] = ["in", "sample", "any", "all", "none"];

/// Whether a name reads as itself without backticks. `called` says that `(` follows it.
pub(super) fn bare(name: &str, called: bool) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(is_word_start)
        && chars.all(is_word_part)
        && !RESERVED.contains(&name)
        && !LEADING.contains(&name)
        && !(called && (CALLED.contains(&name) || aggregate(name).is_some() || is_function(name)))
}

/// Words that may follow a value or an event term.
pub(super) const TAILS: [&str; 25] = [
    "and", "or", "then", "between", "in", "contains", "starts", "ends", "like", "matches",
    "exists", "is", "within", "since", "before", "after", "on", "during", "as", "was", "changed",
    "for", "exactly", "not", "fewer",
];

/// Keywords that authors are likely to shout.
const SHOUTED: [&str; 40] = [
    "and", "or", "not", "in", "between", "like", "is", "contains", "within", "then", "since",
    "before", "after", "exists", "missing", "empty", "starts", "ends", "with", "matches", "true",
    "false", "now", "today", "as", "for", "days", "any", "all", "none", "of", "no", "during", "on",
    "segment", "tagged", "ago", "times", "was", "changed",
];

/// Words of other languages, and what is written here.
const OTHERS: [(&str, &str); 22] = [
    ("equals", "="),
    ("equal", "="),
    ("eq", "="),
    ("ne", "!="),
    ("gt", ">"),
    ("gte", ">="),
    ("ge", ">="),
    ("lt", "<"),
    ("lte", "<="),
    ("le", "<="),
    ("has", "contains"),
    ("includes", "contains"),
    ("until", "before"),
    ("from", "since"),
    ("和", "and"),
    ("且", "and"),
    ("或", "or"),
    ("或者", "or"),
    ("и", "and"),
    ("или", "or"),
    ("و", "and"),
    ("أو", "or"),
];

/// The candidate that a word comes nearest to, if it comes near at all.
pub(super) fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    let limit = match word.chars().count() {
        0..=2 => return None,
        // Of three letters any one is too much, but two may have changed places.
        3 => {
            let letters = |word: &str| {
                let mut letters: Vec<char> = word.chars().collect();
                letters.sort_unstable();
                letters
            };
            return candidates
                .iter()
                .find(|candidate| letters(candidate) == letters(word))
                .copied();
        }
        4..=5 => 1,
        _ => 2,
    };
    candidates
        .iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, candidate)| (*distance, candidate.len().abs_diff(word.len())))
        .map(|(_, candidate)| candidate)
}

/// A keyword in capital letters, here or right before.
pub(super) fn upper_case(place: &Place<'_>) -> Option<Finding> {
    for offset in [0, -1] {
        let word = place.word(offset);
        let lower = word.to_ascii_lowercase();
        if place.kind(offset) != Some(TokenKind::Word)
            || lower == word
            || !SHOUTED.contains(&lower.as_str())
        {
            continue;
        }
        // Behind a name, what comes before may only be a name that happens to be spelt so.
        if offset == -1
            && !(tail(place.expected)
                || operand(place.expected)
                || place.wants(Rule::distance_unit))
        {
            continue;
        }
        let span = place.between(offset, offset);
        let diagnostic = Diagnostic::error("E0012", span, format!("`{word}` is written `{lower}`"))
            .help("keywords are written in lower case");
        return Some(fixed(diagnostic, span, lower));
    }
    None
}

/// Words that stand where other words are wanted.
pub(super) fn wrong_word(place: &Place<'_>) -> Option<Finding> {
    article(place)
        .or_else(|| between_ends(place))
        .or_else(|| after_is(place))
        .or_else(|| list_without_parentheses(place))
        .or_else(|| negation(place))
        .or_else(|| names(place))
        .or_else(|| {
            let word = place.word(0);
            if !tail(place.expected) {
                return None;
            }
            let span = place.between(0, 0);
            if let Some((_, ours)) = OTHERS.iter().find(|(theirs, _)| *theirs == word) {
                let diagnostic =
                    Diagnostic::error("E0010", span, format!("`{word}` is written `{ours}`"));
                return Some(fixed(diagnostic, span, *ours));
            }
            if word == "where" {
                let diagnostic = Diagnostic::error("E0010", span, "there is no `where`").help(
                    "put the conditions of an event in parentheses: `purchased(amount > 20)`",
                );
                return Some(Finding {
                    diagnostic,
                    repair: Repair::Clause,
                });
            }
            let (sign, length) = match (word, place.word(1)) {
                ("greater" | "larger" | "bigger", "than") => (">", 1),
                ("less" | "smaller", "than") => ("<", 1),
                _ => return None,
            };
            let span = place.between(0, length);
            let diagnostic = Diagnostic::error(
                "E0010",
                span,
                format!("`{}` is written `{sign}`", span.of(place.text)),
            );
            Some(fixed(diagnostic, span, sign))
        })
}

/// Whether a word is at all likely to be part of a name.
pub(super) fn may_be_name(word: &str) -> bool {
    !TAILS.contains(&word)
        && !matches!(
            word,
            "of" | "if" | "when" | "than" | "from" | "to" | "by" | "with" | "at" | "more" | "less"
        )
}

/// A keyword that stands where a value should, and has been read as a name: `then a`, `during today`.
pub(super) fn keyword_first(place: &Place<'_>) -> Option<Finding> {
    let keyword = place.word(-1);
    let first = matches!(place.word(-2), "" | "(" | "," | "and" | "or" | "not");
    let counts = keyword == "at" && matches!(place.word(0), "least" | "most");
    if !tail(place.expected)
        || !first
        || !(counts || TAILS.contains(&keyword))
        || place.kind(-1) != Some(TokenKind::Word)
    {
        return None;
    }
    let span = place.between(-1, -1);
    let start = span.start as usize;
    if keyword == "in"
        && let Some(near) = nearest(place.word(0), &["segment", "sample", "stage"])
    {
        let span = place.between(0, 0);
        let diagnostic = Diagnostic::error(
            "E0001",
            span,
            format!(
                "expected `segment`, `sample` or `(`, found `{}`",
                place.word(0)
            ),
        )
        .help(format!("did you mean `{near}`?"));
        return Some(fixed(diagnostic, span, near));
    }
    let what = match keyword {
        "then" | "exactly" | "fewer" | "as" | "at" => "an event",
        "within" | "since" | "before" | "after" | "on" | "during" => "an event or a date",
        _ => "a value",
    };
    let diagnostic =
        Diagnostic::error("E0014", span, format!("`{keyword}` needs {what} before it"));
    Some(Finding {
        diagnostic,
        repair: Repair::Replace(start, start, " _ ".to_owned()),
    })
}

/// `a in 1, 2`.
fn list_without_parentheses(place: &Place<'_>) -> Option<Finding> {
    let before = place.word(-1);
    let listed = (before == "in" && place.wants(Rule::kw_next))
        || (before == "of" && !place.wants(Rule::name));
    if !listed || !place.wants(Rule::lparen) {
        return None;
    }
    if place.word(0) == "segment" {
        let diagnostic = Diagnostic::error(
            "E0001",
            place.between(-1, 0),
            "`in segment` stands alone, with nothing before it",
        )
        .help("it asks about the customer: write `in segment vip`");
        return Some(Finding {
            diagnostic,
            repair: Repair::Clause,
        });
    }
    let item = |offset| {
        matches!(
            place.kind(offset),
            Some(TokenKind::Number | TokenKind::String | TokenKind::Quoted)
        ) || (place.kind(offset) == Some(TokenKind::Word) && may_be_name(place.word(offset)))
    };
    if !item(0) {
        return None;
    }
    let mut last = 0;
    while place.word(last + 1) == "," && item(last + 2) {
        last += 2;
    }
    let span = place.between(0, last);
    let written = format!("({})", span.of(place.text));
    let diagnostic = Diagnostic::error(
        "E0032",
        span,
        format!("`{before}` needs a list in parentheses"),
    )
    .help(format!("write `{before} {written}`"));
    Some(fixed(diagnostic, span, written))
}

/// `within the last 30 days`.
fn article(place: &Place<'_>) -> Option<Finding> {
    let offset = [0, -1]
        .into_iter()
        .find(|offset| place.word(*offset) == "the")?;
    let after = place.token(offset + 1)?;
    let span = Span::new(place.token(offset)?.start, after.start);
    let diagnostic = Diagnostic::error("E0010", place.between(offset, offset), "there is no `the`")
        .help("leave it out");
    Some(fixed(diagnostic, span, ""))
}

/// `between 3 or 5`, `between 3`.
fn between_ends(place: &Place<'_>) -> Option<Finding> {
    if !place.wants(Rule::kw_and) || place.wants(Rule::kw_or) || operand(place.expected) {
        return None;
    }
    let word = place.word(0);
    let help = "write `between 3 and 5`; both ends belong";
    if matches!(word, "or" | "to" | "," | "until" | "..") {
        let span = place.between(0, 0);
        let diagnostic = Diagnostic::error(
            "E0018",
            span,
            format!("the ends of `between` are joined by `and`, not by `{word}`"),
        )
        .help(help);
        return Some(fixed(diagnostic, span, "and"));
    }
    let at = place.token(-1)?.end;
    let span = place
        .token(0)
        .map_or(Span::new(at, at), |token| token.span());
    let diagnostic = Diagnostic::error("E0018", span, "`between` needs a second end")
        .label("expected `and` here")
        .help(help);
    Some(Finding {
        diagnostic,
        repair: Repair::Replace(at, at, " and _ ".to_owned()),
    })
}

/// `plan is "pro"`, `plan is null`, `plan is not "pro"`.
fn after_is(place: &Place<'_>) -> Option<Finding> {
    let (is, not) = match (place.word(-2), place.word(-1)) {
        (_, "is") if place.wants(Rule::kw_missing) => (-1, false),
        ("is", "not") if place.wants(Rule::kw_empty) => (-2, true),
        _ => return None,
    };
    let lower = place.word(0).to_ascii_lowercase();
    let word = lower.as_str();
    let said = place.between(is, 0).of(place.text);
    let (span, written) = match (word, not) {
        ("null" | "nil" | "unknown" | "undefined" | "none" | "blank", false) => {
            (place.between(0, 0), "missing")
        }
        ("missing" | "null" | "nil" | "unknown" | "undefined" | "none" | "blank", true) => {
            (place.between(is, 0), "exists")
        }
        ("in" | "between" | "like", true) => (place.between(is, -1), "not"),
        ("in" | "between" | "like" | "within" | "before" | "after", false) => {
            (place.between(is, -1), "")
        }
        ("", _) => {
            let diagnostic = Diagnostic::error(
                "E0013",
                place.between(is, -1),
                "`is` needs `missing`, `empty` or `not empty` after it",
            );
            return Some(Finding {
                diagnostic,
                repair: Repair::Clause,
            });
        }
        (_, false) => (place.between(is, -1), "="),
        (_, true) => (place.between(is, -1), "!="),
    };
    let message = match written {
        "" => format!("`{said}` is written `{word}`"),
        "not" => format!("`{said}` is written `not {word}`"),
        "missing" => format!("`{said}` is written `is missing`"),
        "exists" => format!("`{said}` is written `exists`"),
        sign => format!(
            "`{}` is written `{sign}`",
            place.between(is, -1).of(place.text)
        ),
    };
    let diagnostic = Diagnostic::error(
        "E0013",
        place.between(is, if written.contains('=') { -1 } else { 0 }),
        message,
    )
    .help("`is` goes with `missing`, `empty` and `not empty` only");
    Some(fixed(diagnostic, span, written))
}

/// `not exists`, `does not contain`, `then not`.
fn negation(place: &Place<'_>) -> Option<Finding> {
    let word = place.word(0);
    let replaced = |from: isize, to: isize, written: &str| {
        let span = place.between(from, to);
        let diagnostic = Diagnostic::error(
            "E0010",
            span,
            format!("`{}` is written `{written}`", span.of(place.text)),
        );
        Some(fixed(diagnostic, span, written))
    };
    match (place.word(-1), word, place.word(1), place.word(2)) {
        ("not", "exists" | "exist", ..) if place.wants(Rule::kw_in) => {
            replaced(-1, 0, "is missing")
        }
        ("not", "=" | "==", ..) if place.wants(Rule::kw_in) => replaced(-1, 0, "!="),
        ("not", ..) if place.word(-2) == "then" && place.wants(Rule::kw_in) => {
            replaced(-1, -1, "no")
        }
        ("no", ..)
            if tail(place.expected)
                && place.kind(0) == Some(TokenKind::Word)
                && matches!(place.word(-2), "" | "(" | "and" | "or" | "not") =>
        {
            let mut finding = replaced(-1, -1, "not")?;
            finding.diagnostic = finding.diagnostic.help(
                "`no` stands behind `then` only: `added_to_cart then no purchased within 1 hour`",
            );
            Some(finding)
        }
        (_, "does" | "do" | "did", "not", "contain" | "contains") => replaced(0, 2, "not contains"),
        (_, "does" | "do" | "did", "not", "exist" | "exists") => replaced(0, 2, "is missing"),
        (_, "does" | "do" | "did", "not", "match") => replaced(0, 2, "not matches"),
        (_, "does" | "do" | "did", "not", "start") => replaced(0, 2, "not starts"),
        (_, "does" | "do" | "did", "not", "end") => replaced(0, 2, "not ends"),
        _ => None,
    }
}

/// Quotes where a name stands, and a name where a text stands.
fn names(place: &Place<'_>) -> Option<Finding> {
    let word = place.word(0);
    let span = place.between(0, 0);
    if (place.wants(Rule::name) || place.wants(Rule::kind)) && !operand(place.expected) {
        if place.kind(0) == Some(TokenKind::String) {
            let inner = word.trim_matches('"');
            let (inner, star) = match inner.strip_suffix('*') {
                Some(prefix) if place.wants(Rule::kind) => (prefix, "*"),
                _ => (inner, ""),
            };
            let written = if bare(inner, false) {
                format!("{inner}{star}")
            } else {
                format!("`{inner}`{star}")
            };
            let diagnostic =
                Diagnostic::error("E0011", span, "a name stands without double quotes");
            return Some(fixed(diagnostic, span, written));
        }
        if RESERVED.contains(&word) {
            let diagnostic = Diagnostic::error(
                "E0001",
                span,
                format!("expected a name, found the keyword `{word}`"),
            )
            .help("a name that is also a keyword is written in backticks");
            return Some(fixed(diagnostic, span, format!("`{word}`")));
        }
    }
    if place.word(-1) == "tagged"
        && place.wants(Rule::string)
        && place.kind(0) == Some(TokenKind::Word)
        && !TAILS.contains(&word)
    {
        let rest = place.text.get(span.start as usize..).unwrap_or("");
        let length = rest
            .find(|c: char| !is_word_part(c) && !matches!(c, '/' | '-'))
            .unwrap_or(rest.len());
        let span = Span::new(span.start as usize, span.start as usize + length);
        let written = format!("\"{}\"", span.of(place.text));
        let diagnostic = Diagnostic::error("E0011", span, "a tag stands between double quotes")
            .help(format!("write `tagged {written}`"));
        return Some(fixed(diagnostic, span, written));
    }
    None
}

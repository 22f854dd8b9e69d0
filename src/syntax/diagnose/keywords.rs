//! Which words are names and which are keywords, and mistakes in them.

use super::expected::{wants_operand, wants_suffix};
use super::nearest::nearest;
use super::site::{Mistake, Repair, Site, fixed};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::lexer::{TokenKind, is_word_part};
use crate::syntax::vocabulary::{self, ForeignWord, is_plain, is_reserved, is_shouted, is_suffix};

/// A keyword in capital letters, here or right before.
pub(super) fn upper_case(site: &Site<'_>) -> Option<Mistake> {
    for offset in [0, -1] {
        let word = site.word(offset);
        let lower = word.to_ascii_lowercase();
        if site.kind(offset) != Some(TokenKind::Word) || lower == word || !is_shouted(&lower) {
            continue;
        }
        // Behind a name, what comes before may only be a name that happens to be spelt so.
        if offset == -1
            && !(wants_suffix(site.expected)
                || wants_operand(site.expected)
                || site.wants(Rule::distance_unit))
        {
            continue;
        }
        let span = site.between(offset, offset);
        let diagnostic =
            Diagnostic::error("E0012", span, format!("use `{lower}` instead of `{word}`"))
                .help("keywords are lower case");
        return Some(fixed(diagnostic, span, lower));
    }
    None
}

/// Words that stand where other words are wanted.
pub(super) fn wrong_word(site: &Site<'_>) -> Option<Mistake> {
    article(site)
        .or_else(|| between_ends(site))
        .or_else(|| after_is(site))
        .or_else(|| list_without_parentheses(site))
        .or_else(|| negation(site))
        .or_else(|| names(site))
        .or_else(|| {
            let word = site.word(0);
            if !wants_suffix(site.expected) {
                return None;
            }
            let span = site.between(0, 0);
            if let Some(ours) = ForeignWord::ours_for(vocabulary::WORDS, word) {
                let diagnostic =
                    Diagnostic::error("E0010", span, format!("use `{ours}` instead of `{word}`"));
                return Some(fixed(diagnostic, span, ours));
            }
            if word == "where" {
                let diagnostic = Diagnostic::error("E0010", span, "`where` is not a keyword")
                    .help("put conditions on an event in parentheses: `purchased(amount > 20)`");
                return Some(Mistake {
                    diagnostic,
                    repair: Repair::Clause,
                });
            }
            let (sign, length) = match (word, site.word(1)) {
                ("greater" | "larger" | "bigger", "than") => (">", 1),
                ("less" | "smaller", "than") => ("<", 1),
                _ => return None,
            };
            let span = site.between(0, length);
            let diagnostic = Diagnostic::error(
                "E0010",
                span,
                format!("use `{sign}` instead of `{}`", span.of(site.text)),
            );
            Some(fixed(diagnostic, span, sign))
        })
}

/// Whether a word is at all likely to be part of a name.
pub(super) fn may_be_name(word: &str) -> bool {
    !is_suffix(word)
        && !matches!(
            word,
            "of" | "if" | "when" | "than" | "from" | "to" | "by" | "with" | "at" | "more" | "less"
        )
}

/// A keyword that stands where a value should, and has been read as a name: `then a`, `during today`.
pub(super) fn keyword_first(site: &Site<'_>) -> Option<Mistake> {
    let keyword = site.word(-1);
    let first = matches!(site.word(-2), "" | "(" | "," | "and" | "or" | "not");
    let counts = keyword == "at" && matches!(site.word(0), "least" | "most");
    if !wants_suffix(site.expected)
        || !first
        || !(counts || is_suffix(keyword))
        || site.kind(-1) != Some(TokenKind::Word)
    {
        return None;
    }
    let span = site.between(-1, -1);
    let start = span.start as usize;
    if keyword == "in"
        && let Some(near) = nearest(site.word(0), &["segment", "sample", "stage"])
    {
        let span = site.between(0, 0);
        let diagnostic = Diagnostic::error(
            "E0001",
            span,
            format!(
                "expected `segment`, `sample` or `(`, found `{}`",
                site.word(0)
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
    Some(Mistake {
        diagnostic,
        repair: Repair::Replace(start, start, " _ ".to_owned()),
    })
}

/// `a in 1, 2`, where `1` may have begun `in 1 day`.
pub(super) fn numbers_without_parentheses(site: &Site<'_>) -> Option<Mistake> {
    let complete = site.kind(0) != Some(TokenKind::Word) || is_suffix(site.word(0));
    let began = site.word(-2) == "in" && site.kind(-1) == Some(TokenKind::Number);
    if complete && began && site.wants(Rule::unit) {
        in_parentheses(site, "in", -1)
    } else {
        None
    }
}

/// `a in x, y`.
fn list_without_parentheses(site: &Site<'_>) -> Option<Mistake> {
    let before = site.word(-1);
    let listed = (before == "in" && site.wants(Rule::kw_next))
        || (before == "of" && !site.wants(Rule::name));
    if !listed || !site.wants(Rule::lparen) {
        return None;
    }
    if site.word(0) == "segment" {
        let diagnostic = Diagnostic::error(
            "E0001",
            site.between(-1, 0),
            "`in segment` stands alone, with nothing before it",
        )
        .help("it asks about the customer: write `in segment vip`");
        return Some(Mistake {
            diagnostic,
            repair: Repair::Clause,
        });
    }
    in_parentheses(site, before, 0)
}

/// Puts the items from `first` on, which stand behind the word `before`, in parentheses.
fn in_parentheses(site: &Site<'_>, before: &str, first: isize) -> Option<Mistake> {
    let item = |offset| {
        matches!(
            site.kind(offset),
            Some(TokenKind::Number | TokenKind::String | TokenKind::Quoted)
        ) || (site.kind(offset) == Some(TokenKind::Word) && may_be_name(site.word(offset)))
    };
    if !item(first) {
        return None;
    }
    let mut last = first;
    while site.word(last + 1) == "," && item(last + 2) {
        last += 2;
    }
    let span = site.between(first, last);
    let written = format!("({})", span.of(site.text));
    let diagnostic = Diagnostic::error(
        "E0032",
        span,
        format!("`{before}` needs a list in parentheses"),
    );
    // A name alone may be that of an attribute with several values.
    let alone = (before == "in" && last == first).then(|| site.kind(first));
    if alone == Some(Some(TokenKind::Word)) {
        let name = span.of(site.text);
        let help =
            format!("write `in {written}`; where `{name}` is a list, write `{name} contains …`");
        return Some(Mistake {
            diagnostic: diagnostic.help(help).suggestion(span, &*written),
            repair: Repair::Replace(span.start as usize, span.end as usize, written),
        });
    }
    let diagnostic = if alone == Some(Some(TokenKind::Number)) {
        let number = span.of(site.text);
        diagnostic.help(format!(
            "write `in {written}`; of a date, `in {number} days`"
        ))
    } else {
        diagnostic.help(format!("write `{before} {written}`"))
    };
    Some(fixed(diagnostic, span, written))
}

/// `within the last 30 days`.
fn article(site: &Site<'_>) -> Option<Mistake> {
    let offset = [0, -1]
        .into_iter()
        .find(|offset| site.word(*offset) == "the")?;
    let after = site.token(offset + 1)?;
    let span = Span::new(site.token(offset)?.start, after.start);
    let diagnostic = Diagnostic::error(
        "E0010",
        site.between(offset, offset),
        "`the` is not a keyword",
    )
    .help("leave it out");
    Some(fixed(diagnostic, span, ""))
}

/// `between 3 or 5`, `between 3`.
fn between_ends(site: &Site<'_>) -> Option<Mistake> {
    if !site.wants(Rule::kw_and) || site.wants(Rule::kw_or) || wants_operand(site.expected) {
        return None;
    }
    let word = site.word(0);
    let help = "write `between 3 and 5`; both ends belong";
    if matches!(word, "or" | "to" | "," | "until" | "..") {
        let span = site.between(0, 0);
        let diagnostic = Diagnostic::error(
            "E0018",
            span,
            format!("`between` needs `and` between its ends, not `{word}`"),
        )
        .help(help);
        return Some(fixed(diagnostic, span, "and"));
    }
    let at = site.token(-1)?.end;
    let span = site
        .token(0)
        .map_or(Span::new(at, at), |token| token.span());
    let diagnostic = Diagnostic::error("E0018", span, "`between` needs a second end")
        .label("expected `and` here")
        .help(help);
    Some(Mistake {
        diagnostic,
        repair: Repair::Replace(at, at, " and _ ".to_owned()),
    })
}

/// `plan is "pro"`, `plan is null`, `plan is not "pro"`.
fn after_is(site: &Site<'_>) -> Option<Mistake> {
    let (is, not) = match (site.word(-2), site.word(-1)) {
        (_, "is") if site.wants(Rule::kw_missing) => (-1, false),
        ("is", "not") if site.wants(Rule::kw_empty) => (-2, true),
        _ => return None,
    };
    let lower = site.word(0).to_ascii_lowercase();
    let word = lower.as_str();
    let said = site.between(is, 0).of(site.text);
    let (span, written) = match (word, not) {
        ("null" | "nil" | "unknown" | "undefined" | "none" | "blank", false) => {
            (site.between(0, 0), "missing")
        }
        ("missing" | "null" | "nil" | "unknown" | "undefined" | "none" | "blank", true) => {
            (site.between(is, 0), "exists")
        }
        ("in" | "between" | "like", true) => (site.between(is, -1), "not"),
        ("in" | "between" | "like" | "within" | "before" | "after", false) => {
            (site.between(is, -1), "")
        }
        ("", _) => {
            let diagnostic = Diagnostic::error(
                "E0013",
                site.between(is, -1),
                "`is` needs `missing`, `empty` or `not empty` after it",
            );
            return Some(Mistake {
                diagnostic,
                repair: Repair::Clause,
            });
        }
        (_, false) => (site.between(is, -1), "="),
        (_, true) => (site.between(is, -1), "!="),
    };
    let message = match written {
        "" => format!("use `{word}` instead of `{said}`"),
        "not" => format!("use `not {word}` instead of `{said}`"),
        "missing" => format!("use `is missing` instead of `{said}`"),
        "exists" => format!("use `exists` instead of `{said}`"),
        sign => format!(
            "use `{sign}` instead of `{}`",
            site.between(is, -1).of(site.text)
        ),
    };
    let diagnostic = Diagnostic::error(
        "E0013",
        site.between(is, if written.contains('=') { -1 } else { 0 }),
        message,
    )
    .help("only `missing`, `empty` and `not empty` can follow `is`");
    Some(fixed(diagnostic, span, written))
}

/// `not exists`, `does not contain`, `then not`.
fn negation(site: &Site<'_>) -> Option<Mistake> {
    let word = site.word(0);
    let replaced = |from: isize, to: isize, written: &str| {
        let span = site.between(from, to);
        let diagnostic = Diagnostic::error(
            "E0010",
            span,
            format!("use `{written}` instead of `{}`", span.of(site.text)),
        );
        Some(fixed(diagnostic, span, written))
    };
    match (site.word(-1), word, site.word(1), site.word(2)) {
        ("not", "exists" | "exist", ..) if site.wants(Rule::kw_in) => replaced(-1, 0, "is missing"),
        ("not", "=" | "==", ..) if site.wants(Rule::kw_in) => replaced(-1, 0, "!="),
        ("not", ..) if site.word(-2) == "then" && site.wants(Rule::kw_in) => replaced(-1, -1, "no"),
        ("no", ..)
            if wants_suffix(site.expected)
                && site.kind(0) == Some(TokenKind::Word)
                && matches!(site.word(-2), "" | "(" | "and" | "or" | "not") =>
        {
            let mut finding = replaced(-1, -1, "not")?;
            finding.diagnostic = finding.diagnostic.help(
                "`no` can only follow `then`: `added_to_cart then no purchased within 1 hour`",
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
fn names(site: &Site<'_>) -> Option<Mistake> {
    let word = site.word(0);
    let span = site.between(0, 0);
    if (site.wants(Rule::name) || site.wants(Rule::kind)) && !wants_operand(site.expected) {
        if site.kind(0) == Some(TokenKind::String) {
            let inner = word.trim_matches('"');
            let (inner, star) = match inner.strip_suffix('*') {
                Some(prefix) if site.wants(Rule::kind) => (prefix, "*"),
                _ => (inner, ""),
            };
            let written = if is_plain(inner, false) {
                format!("{inner}{star}")
            } else {
                format!("`{inner}`{star}")
            };
            let diagnostic = Diagnostic::error("E0011", span, "names do not use double quotes");
            return Some(fixed(diagnostic, span, written));
        }
        if is_reserved(word) {
            let diagnostic = Diagnostic::error(
                "E0001",
                span,
                format!("expected a name, found the keyword `{word}`"),
            )
            .help("a name that is also a keyword needs backticks");
            return Some(fixed(diagnostic, span, format!("`{word}`")));
        }
    }
    if site.word(-1) == "tagged"
        && site.wants(Rule::string)
        && site.kind(0) == Some(TokenKind::Word)
        && !is_suffix(word)
    {
        let rest = site.text.get(span.start as usize..).unwrap_or("");
        let length = rest
            .find(|c: char| !is_word_part(c) && !matches!(c, '/' | '-'))
            .unwrap_or(rest.len());
        let span = Span::new(span.start as usize, span.start as usize + length);
        let written = format!("\"{}\"", span.of(site.text));
        let diagnostic = Diagnostic::error("E0011", span, "tags use double quotes")
            .help(format!("write `tagged {written}`"));
        return Some(fixed(diagnostic, span, written));
    }
    None
}

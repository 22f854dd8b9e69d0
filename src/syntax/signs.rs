//! Mistakes in signs: operators and quotes of other languages, signs of other keyboards, numbers in other spellings.

use super::expected::operand;
use super::grammar::Rule;
use super::literal::time_unit;
use super::mistakes::{Place, fixed};
use super::recover::{Finding, Repair};
use super::scan::TokenKind;
use super::spelling::print_string;
use super::suspicious::is_hidden;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// Signs that other languages write, and what is written here.
const OPERATORS: [(&str, &str); 16] = [
    ("==", "="),
    ("===", "="),
    ("!==", "!="),
    ("<>", "!="),
    ("=!", "!="),
    ("≠", "!="),
    ("=>", ">="),
    ("≥", ">="),
    ("=<", "<="),
    ("≤", "<="),
    ("=~", "matches"),
    ("&&", "and"),
    ("&", "and"),
    ("||", "or"),
    ("|", "or"),
    ("!", "not"),
];

/// Signs of other keyboards and word processors.
const SIGNS: [(char, &str, &str); 22] = [
    ('–', "-", "a minus sign"),
    ('—', "-", "a minus sign"),
    ('−', "-", "a minus sign"),
    ('‐', "-", "a minus sign"),
    ('‑', "-", "a minus sign"),
    ('×', "*", "a multiplication sign"),
    ('·', "*", "a multiplication sign"),
    ('÷', "/", "a division sign"),
    ('（', "(", "a parenthesis"),
    ('）', ")", "a parenthesis"),
    ('，', ",", "a comma"),
    ('、', ",", "a comma"),
    ('،', ",", "a comma"),
    ('《', "<", "a comparison"),
    ('》', ">", "a comparison"),
    ('＝', "=", "an equals sign"),
    ('＞', ">", "a comparison"),
    ('＜', "<", "a comparison"),
    ('＋', "+", "a plus sign"),
    ('－', "-", "a minus sign"),
    ('．', ".", "a dot"),
    ('％', "%", "a percent sign"),
];

/// Quotes that are not the plain double quote, and what closes each.
const QUOTES: [(char, &str); 10] = [
    ('\'', "'"),
    ('‘', "’‘"),
    ('’', "’"),
    ('‚', "’‘"),
    ('“', "”“"),
    ('”', "”"),
    ('„', "“”"),
    ('«', "»"),
    ('「', "」"),
    ('＂', "＂"),
];

/// The zeros of scripts with digits of their own: Arabic, Persian, Devanagari, Bengali, Thai, full width.
const ZEROS: [u32; 6] = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10];

/// A digit of another script as one of ours.
fn digit(c: char) -> Option<char> {
    ZEROS
        .iter()
        .find_map(|zero| char::from_digit(u32::from(c).checked_sub(*zero).filter(|n| *n < 10)?, 10))
}

/// `٥٠`, `５０`.
fn other_digits(place: &Place<'_>, start: usize) -> Finding {
    let rest = place.text.get(start..).unwrap_or("");
    let length = rest
        .find(|c| digit(c).is_none() && !matches!(c, '٫' | '．'))
        .unwrap_or(rest.len());
    let span = Span::new(start, start + length);
    let written: String = span
        .of(place.text)
        .chars()
        .map(|c| digit(c).unwrap_or('.'))
        .collect();
    let diagnostic = Diagnostic::error(
        "E0030",
        span,
        format!(
            "`{}` is not written in the digits 0 to 9",
            span.of(place.text)
        ),
    );
    fixed(diagnostic.help(format!("write `{written}`")), span, written)
}

/// Explains a sign that is not understood.
pub(super) fn wrong_sign(place: &Place<'_>) -> Option<Finding> {
    if let Some(found) = lone_prefix(place) {
        return Some(found);
    }
    if place.word(-1) == "." && place.kind(-2) == Some(TokenKind::Number) && place.adjacent(-2) {
        let span = place.between(-2, -1);
        let message = format!("`{}` is not a number", span.of(place.text));
        let diagnostic =
            Diagnostic::error("E0030", span, message).help("a point needs digits behind it");
        return Some(fixed(diagnostic, span, place.word(-2)));
    }
    let token = place.token(0)?;
    let sign = token.of(place.text);
    if token.kind == TokenKind::Number {
        return wrong_number(place);
    }
    if token.kind != TokenKind::Sign {
        return None;
    }
    let span = token.span();
    if sign == "!" && place.word(1) == "="
        || (matches!(place.word(-1), "<" | ">" | "!") && sign == "=")
    {
        let span = if sign == "!" {
            place.between(0, 1)
        } else {
            place.between(-1, 0)
        };
        let whole: String = span.of(place.text).split_whitespace().collect();
        let diagnostic = Diagnostic::error(
            "E0010",
            span,
            format!("`{whole}` is written without a blank"),
        );
        return Some(fixed(diagnostic, span, whole));
    }
    let compares = |sign: &str| matches!(sign, "=" | "!=" | "<" | "<=" | ">" | ">=" | "==");
    if compares(place.word(-1)) && compares(sign) {
        let span = place.between(-1, 0);
        let diagnostic = Diagnostic::error(
            "E0014",
            span,
            format!(
                "there is no value between `{}` and `{sign}`",
                place.word(-1)
            ),
        );
        return Some(fixed(diagnostic, span, place.word(-1)));
    }
    if let Some((_, ours)) = OPERATORS.iter().find(|(theirs, _)| *theirs == sign) {
        let diagnostic = Diagnostic::error("E0010", span, format!("`{sign}` is written `{ours}`"));
        let words = ours.starts_with(|c: char| c.is_ascii_alphabetic());
        let glued = |at: Option<char>| at.is_some_and(|c| !c.is_whitespace());
        let after = place.text.get(token.end..).unwrap_or("").chars().next();
        let before = place
            .text
            .get(..token.start)
            .unwrap_or("")
            .chars()
            .next_back();
        let left = if words && glued(before) && before != Some('(') {
            " "
        } else {
            ""
        };
        let right = if words && glued(after) { " " } else { "" };
        return Some(fixed(diagnostic, span, format!("{left}{ours}{right}")));
    }
    let first = sign.chars().next()?;
    if let Some((_, ours, what)) = SIGNS.iter().find(|(theirs, ..)| *theirs == first) {
        let diagnostic = Diagnostic::error("E0024", span, format!("`{sign}` is not {what}"))
            .label(format!("this is U+{:04X}", u32::from(first)))
            .help(format!("write `{ours}`"));
        return Some(fixed(diagnostic, span, *ours));
    }
    if digit(first).is_some() {
        return Some(other_digits(place, token.start));
    }
    if let Some((_, closing)) = QUOTES.iter().find(|(opening, _)| *opening == first) {
        return Some(wrong_quotes(place, token.start, token.end, closing));
    }
    if is_hidden(first) || matches!(first, '\u{200c}' | '\u{200d}') {
        let diagnostic = Diagnostic::error(
            "E0024",
            span,
            format!("the character U+{:04X} cannot be seen", u32::from(first)),
        )
        .help("remove it");
        return Some(fixed(diagnostic, span, ""));
    }
    match sign {
        "%" if place.kind(-1) == Some(TokenKind::Number) => {
            let span = place.between(-1, 0);
            let written = format!("{}%", place.word(-1));
            let diagnostic =
                Diagnostic::error("E0021", span, "a percentage is written without a blank");
            Some(fixed(diagnostic, span, written))
        }
        "." => wrong_point(place),
        "," if place.kind(-1) == Some(TokenKind::Number)
            && place.kind(1) == Some(TokenKind::Number)
            && !place.wants(Rule::comma) =>
        {
            if !(place.adjacent(-1) && place.adjacent(0)) {
                return None;
            }
            let span = place.between(-1, 1);
            let digits = |offset| place.word(offset);
            let grouped = digits(1).len() == 3;
            let written = if grouped {
                format!("{}{}", digits(-1), digits(1))
            } else {
                format!("{}.{}", digits(-1), digits(1))
            };
            let message = format!("`{}` is not a number", span.of(place.text));
            let help = if grouped {
                "digits are not put in groups"
            } else {
                "a fraction has a point before it"
            };
            Some(fixed(
                Diagnostic::error("E0030", span, message).help(help),
                span,
                written,
            ))
        }
        "[" | "]" | "{" | "}" => {
            let ours = if matches!(sign, "[" | "{") { "(" } else { ")" };
            let diagnostic =
                Diagnostic::error("E0010", span, format!("`{sign}` is written `{ours}`")).help(
                    "lists and groups stand in parentheses; names that need quoting in backticks",
                );
            Some(fixed(diagnostic, span, ours))
        }
        "#" => Some(comment(place, token.start, span)),
        "/" if place.word(-1) == "/" && place.adjacent(-1) => {
            let slashes = place.between(-1, 0);
            Some(comment(place, slashes.start as usize, slashes))
        }
        "," if place.open().is_empty() && place.wants(Rule::kw_and) && place.wants(Rule::kw_or) => {
            let diagnostic =
                Diagnostic::error("E0010", span, "outside parentheses `,` is written `and`");
            Some(fixed(diagnostic, span, " and"))
        }
        "," if !place.wants(Rule::comma) && place.wants(Rule::rparen) => list_compared(place),
        _ => None,
    }
}

/// `campaign_* within 30 days`: a beginning of names stands among the kinds of `any of (…)` only.
fn lone_prefix(place: &Place<'_>) -> Option<Finding> {
    // What follows has perhaps been read as a factor: `campaign_ * within`.
    let ends = |word: &str| matches!(word, "" | ")" | "," | "and" | "or" | "then");
    let star = match (place.word(-1), place.word(0)) {
        ("*", here) if ends(here) => -1,
        _ if place.word(-2) == "*"
            && (super::words::TAILS.contains(&place.word(-1)) || place.word(-1) == "at") =>
        {
            -2
        }
        _ => return None,
    };
    if !place.adjacent(star - 1)
        || !matches!(
            place.kind(star - 1),
            Some(TokenKind::Word | TokenKind::Quoted)
        )
    {
        return None;
    }
    let span = place.between(star - 1, star);
    let written = format!("any of ({})", span.of(place.text));
    let diagnostic = Diagnostic::error(
        "E0010",
        span,
        format!("`{}` is written `{written}`", span.of(place.text)),
    )
    .help("the names of several kinds of events, or what they begin with, stand behind `any of`");
    Some(fixed(diagnostic, span, written))
}

/// `plan = ("pro", "team")`.
fn list_compared(place: &Place<'_>) -> Option<Finding> {
    let opening = place.open().pop()?;
    let offset = (-40..0).rev().find(|offset| {
        place
            .token(*offset)
            .is_some_and(|token| token.start == opening.start)
    })?;
    let sign = place.word(offset - 1);
    if sign == "between" {
        let span = Span::new(opening.start, place.token(0)?.end);
        let diagnostic = Diagnostic::error("E0001", span, "the corners of a rectangle are written out in numbers")
            .help(
                "write the south-west corner, then the north-east one: `home between (45.40, 9.04) and (45.54, 9.28)`",
            );
        return Some(Finding {
            diagnostic,
            repair: Repair::Clause,
        });
    }
    let ours = match sign {
        "=" => "in",
        "!=" => "not in",
        _ => return None,
    };
    let span = place.between(offset - 1, offset - 1);
    let diagnostic = Diagnostic::error("E0032", span, format!("a list does not go with `{sign}`"))
        .help(format!("write `{ours} (…)`"));
    Some(fixed(diagnostic, span, ours))
}

fn comment(place: &Place<'_>, start: usize, span: Span) -> Finding {
    let rest = place.text.get(start..).unwrap_or("");
    let line = start + rest.find(['\n', '\r']).unwrap_or(rest.len());
    let diagnostic = Diagnostic::error("E0010", span, "a comment begins with `--`");
    let diagnostic = diagnostic.fix(span, "--");
    Finding {
        diagnostic,
        repair: Repair::Replace(start, line, " ".to_owned()),
    }
}

fn wrong_quotes(place: &Place<'_>, start: usize, after: usize, closing: &str) -> Finding {
    let rest = place.text.get(after..).unwrap_or("");
    let line = rest.split(['\n', '\r']).next().unwrap_or("");
    let found = line.char_indices().find(|(_, c)| closing.contains(*c));
    let opening = Span::new(start, after);
    let Some((length, close)) = found else {
        let diagnostic = Diagnostic::error(
            "E0011",
            opening,
            format!("`{}` does not begin a text", opening.of(place.text)),
        )
        .help("a text stands between plain double quotes: `\"…\"`");
        return Finding {
            diagnostic,
            repair: Repair::Clause,
        };
    };
    let inner = line.get(..length).unwrap_or("");
    let span = Span::new(start, after + length + close.len_utf8());
    let written = print_string(inner);
    let diagnostic = Diagnostic::error("E0011", span, "a text stands between plain double quotes")
        .help(format!("write `{written}`"));
    fixed(diagnostic, span, written)
}

/// A point with digits behind it only.
fn wrong_point(place: &Place<'_>) -> Option<Finding> {
    if place.kind(1) != Some(TokenKind::Number) || !place.adjacent(0) || !operand(place.expected) {
        return None;
    }
    let span = place.between(0, 1);
    let written = format!("0{}", span.of(place.text));
    let message = format!("`{}` is not a number", span.of(place.text));
    let diagnostic =
        Diagnostic::error("E0030", span, message).help("a point needs digits before it");
    Some(fixed(diagnostic, span, written))
}

/// Digits with several points: a date of another country, or no number at all.
fn points(number: &str, span: Span) -> Option<Finding> {
    let parts: Vec<&str> = number.split('.').collect();
    if let [day, month, year] = parts[..]
        && year.len() == 4
    {
        let date = format!("{year}-{month:0>2}-{day:0>2}");
        let diagnostic = Diagnostic::error("E0020", span, format!("`{number}` is not a date"))
            .help("a date is written year-month-day");
        return Some(fixed(diagnostic, span, date));
    }
    let diagnostic = Diagnostic::error("E0030", span, format!("`{number}` is not a number"));
    (parts.len() > 2).then_some(Finding {
        diagnostic,
        repair: Repair::Clause,
    })
}

/// Digits with something else in them.
fn wrong_number(place: &Place<'_>) -> Option<Finding> {
    let token = place.token(0)?;
    let word = token.of(place.text);
    let span = token.span();
    let digits = word
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(word.len());
    let (number, rest) = word.split_at(digits);
    if place.kind(-1) == Some(TokenKind::Number)
        && place.word(1) == ":"
        && place.word(-1).len() == 10
    {
        let span = place.between(-1, 0);
        let diagnostic = Diagnostic::error("E0020", span, "an instant is written without a blank")
            .help("write date and time with a `T` between them and the zone behind them: `2024-02-29T10:00:00Z`");
        return Some(Finding {
            diagnostic,
            repair: Repair::Clause,
        });
    }
    if rest.is_empty() {
        return points(number, span);
    }
    let diagnostic = Diagnostic::error(
        "E0030",
        span,
        format!("`{word}` is neither a number nor a name"),
    );
    if rest.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        let plain = word.replace('_', "");
        return Some(fixed(
            diagnostic.help("digits are not put in groups"),
            span,
            plain,
        ));
    }
    if let Some(unit) = super::units::meant(rest) {
        let unit = if time_unit(rest).is_some() {
            rest
        } else {
            unit
        };
        return Some(fixed(
            diagnostic.help("put a blank before the unit"),
            span,
            format!("{number} {unit}"),
        ));
    }
    if rest.starts_with('-')
        || !word.is_ascii()
        || !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    {
        return None;
    }
    let quoted = format!("`{word}`");
    Some(fixed(
        diagnostic.help("a name that begins with a digit is written in backticks"),
        span,
        quoted,
    ))
}

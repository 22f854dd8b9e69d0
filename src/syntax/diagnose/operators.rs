//! Mistakes in signs: operators and quotes of other languages, signs of other keyboards, numbers in other spellings.

use super::expected::wants_operand;
use super::site::{Mistake, Repair, Site, fixed};
use super::units;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::confusables::is_hidden;
use crate::syntax::grammar::Rule;
use crate::syntax::lexer::TokenKind;
use crate::syntax::print::print_string;
use crate::syntax::vocabulary::{self, ForeignWord, is_suffix, time_unit};

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
fn other_digits(site: &Site<'_>, start: usize) -> Mistake {
    let rest = site.text.get(start..).unwrap_or("");
    let length = rest
        .find(|c| digit(c).is_none() && !matches!(c, '٫' | '．'))
        .unwrap_or(rest.len());
    let span = Span::new(start, start + length);
    let written: String = span
        .of(site.text)
        .chars()
        .map(|c| digit(c).unwrap_or('.'))
        .collect();
    let diagnostic = Diagnostic::error(
        "E0030",
        span,
        format!("`{}` does not use the digits 0 to 9", span.of(site.text)),
    );
    fixed(diagnostic.help(format!("write `{written}`")), span, written)
}

/// Explains a sign that is not understood.
pub(super) fn wrong_operator(site: &Site<'_>) -> Option<Mistake> {
    if let Some(found) = lone_prefix(site) {
        return Some(found);
    }
    if site.word(-1) == "." && site.kind(-2) == Some(TokenKind::Number) && site.adjacent(-2) {
        let span = site.between(-2, -1);
        let message = format!("`{}` is not a number", span.of(site.text));
        let diagnostic =
            Diagnostic::error("E0030", span, message).help("a decimal point needs digits after it");
        return Some(fixed(diagnostic, span, site.word(-2)));
    }
    let token = site.token(0)?;
    let sign = token.of(site.text);
    if token.kind == TokenKind::Number {
        return wrong_number(site);
    }
    if token.kind != TokenKind::Sign {
        return None;
    }
    let span = token.span();
    if sign == "!" && site.word(1) == "="
        || (matches!(site.word(-1), "<" | ">" | "!") && sign == "=")
    {
        let span = if sign == "!" {
            site.between(0, 1)
        } else {
            site.between(-1, 0)
        };
        let whole: String = span.of(site.text).split_whitespace().collect();
        let diagnostic = Diagnostic::error("E0010", span, format!("`{whole}` has no space inside"));
        return Some(fixed(diagnostic, span, whole));
    }
    let compares = |sign: &str| matches!(sign, "=" | "!=" | "<" | "<=" | ">" | ">=" | "==");
    if compares(site.word(-1)) && compares(sign) {
        let span = site.between(-1, 0);
        let diagnostic = Diagnostic::error(
            "E0014",
            span,
            format!("missing value between `{}` and `{sign}`", site.word(-1)),
        );
        return Some(fixed(diagnostic, span, site.word(-1)));
    }
    if let Some(ours) = ForeignWord::ours_for(vocabulary::OPERATORS, sign) {
        let diagnostic =
            Diagnostic::error("E0010", span, format!("use `{ours}` instead of `{sign}`"));
        let words = ours.starts_with(|c: char| c.is_ascii_alphabetic());
        let glued = |at: Option<char>| at.is_some_and(|c| !c.is_whitespace());
        let after = site.text.get(token.end..).unwrap_or("").chars().next();
        let before = site
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
        return Some(other_digits(site, token.start));
    }
    if let Some((_, closing)) = QUOTES.iter().find(|(opening, _)| *opening == first) {
        return Some(wrong_quotes(site, token.start, token.end, closing));
    }
    if is_hidden(first) || matches!(first, '\u{200c}' | '\u{200d}') {
        let diagnostic = Diagnostic::error(
            "E0024",
            span,
            format!("invisible character U+{:04X}", u32::from(first)),
        )
        .help("remove it");
        return Some(fixed(diagnostic, span, ""));
    }
    match sign {
        "%" if site.kind(-1) == Some(TokenKind::Number) => {
            let span = site.between(-1, 0);
            let written = format!("{}%", site.word(-1));
            let diagnostic =
                Diagnostic::error("E0021", span, "a percentage has no space before `%`");
            Some(fixed(diagnostic, span, written))
        }
        "." => wrong_point(site),
        "," if site.kind(-1) == Some(TokenKind::Number)
            && site.kind(1) == Some(TokenKind::Number)
            && !site.wants(Rule::comma) =>
        {
            if !(site.adjacent(-1) && site.adjacent(0)) {
                return None;
            }
            let span = site.between(-1, 1);
            let digits = |offset| site.word(offset);
            let grouped = digits(1).len() == 3;
            let written = if grouped {
                format!("{}{}", digits(-1), digits(1))
            } else {
                format!("{}.{}", digits(-1), digits(1))
            };
            let message = format!("`{}` is not a number", span.of(site.text));
            let help = if grouped {
                "digits are not grouped"
            } else {
                "a fraction begins with a decimal point"
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
                Diagnostic::error("E0010", span, format!("use `{ours}` instead of `{sign}`"))
                    .help("lists and groups use parentheses; names that need quotes use backticks");
            Some(fixed(diagnostic, span, ours))
        }
        "#" => Some(comment(site, token.start, span)),
        "/" if site.word(-1) == "/" && site.adjacent(-1) => {
            let slashes = site.between(-1, 0);
            Some(comment(site, slashes.start as usize, slashes))
        }
        "," if site.open().is_empty() && site.wants(Rule::kw_and) && site.wants(Rule::kw_or) => {
            let diagnostic = Diagnostic::error(
                "E0010",
                span,
                "use `and` instead of `,` outside parentheses",
            );
            Some(fixed(diagnostic, span, " and"))
        }
        "," if !site.wants(Rule::comma) && site.wants(Rule::rparen) => list_compared(site),
        _ => None,
    }
}

/// `campaign_* within 30 days`: a beginning of names stands among the kinds of `any of (…)` only.
fn lone_prefix(site: &Site<'_>) -> Option<Mistake> {
    // What follows has perhaps been read as a factor: `campaign_ * within`.
    let ends = |word: &str| matches!(word, "" | ")" | "," | "and" | "or" | "then");
    let star = match (site.word(-1), site.word(0)) {
        ("*", here) if ends(here) => -1,
        _ if site.word(-2) == "*" && (is_suffix(site.word(-1)) || site.word(-1) == "at") => -2,
        _ => return None,
    };
    if !site.adjacent(star - 1)
        || !matches!(
            site.kind(star - 1),
            Some(TokenKind::Word | TokenKind::Quoted)
        )
    {
        return None;
    }
    let span = site.between(star - 1, star);
    let written = format!("any of ({})", span.of(site.text));
    let diagnostic = Diagnostic::error(
        "E0010",
        span,
        format!("use `{written}` instead of `{}`", span.of(site.text)),
    )
    .help("several event kinds, or the beginning of their names, follow `any of`");
    Some(fixed(diagnostic, span, written))
}

/// `plan = ("pro", "team")`.
fn list_compared(site: &Site<'_>) -> Option<Mistake> {
    let opening = site.open().pop()?;
    let offset = (-40..0).rev().find(|offset| {
        site.token(*offset)
            .is_some_and(|token| token.start == opening.start)
    })?;
    let sign = site.word(offset - 1);
    if sign == "between" {
        let span = Span::new(opening.start, site.token(0)?.end);
        let diagnostic = Diagnostic::error("E0001", span, "the corners of a rectangle are written out in numbers")
            .help(
                "write the south-west corner, then the north-east one: `home between (45.40, 9.04) and (45.54, 9.28)`",
            );
        return Some(Mistake {
            diagnostic,
            repair: Repair::Clause,
        });
    }
    let ours = match sign {
        "=" => "in",
        "!=" => "not in",
        _ => return None,
    };
    let span = site.between(offset - 1, offset - 1);
    let diagnostic = Diagnostic::error(
        "E0032",
        span,
        format!("`{sign}` does not compare with a list"),
    )
    .help(format!("write `{ours} (…)`"));
    Some(fixed(diagnostic, span, ours))
}

fn comment(site: &Site<'_>, start: usize, span: Span) -> Mistake {
    let rest = site.text.get(start..).unwrap_or("");
    let line = start + rest.find(['\n', '\r']).unwrap_or(rest.len());
    let diagnostic = Diagnostic::error("E0010", span, "a comment begins with `--`");
    let diagnostic = diagnostic.fix(span, "--");
    Mistake {
        diagnostic,
        repair: Repair::Replace(start, line, " ".to_owned()),
    }
}

fn wrong_quotes(site: &Site<'_>, start: usize, after: usize, closing: &str) -> Mistake {
    let rest = site.text.get(after..).unwrap_or("");
    let line = rest.split(['\n', '\r']).next().unwrap_or("");
    let found = line.char_indices().find(|(_, c)| closing.contains(*c));
    let opening = Span::new(start, after);
    let Some((length, close)) = found else {
        let diagnostic = Diagnostic::error(
            "E0011",
            opening,
            format!("`{}` does not begin a string", opening.of(site.text)),
        )
        .help("strings use straight double quotes: `\"…\"`");
        return Mistake {
            diagnostic,
            repair: Repair::Clause,
        };
    };
    let inner = line.get(..length).unwrap_or("");
    let span = Span::new(start, after + length + close.len_utf8());
    let written = print_string(inner);
    let diagnostic = Diagnostic::error("E0011", span, "strings use straight double quotes")
        .help(format!("write `{written}`"));
    fixed(diagnostic, span, written)
}

/// A point with digits behind it only.
fn wrong_point(site: &Site<'_>) -> Option<Mistake> {
    if site.kind(1) != Some(TokenKind::Number) || !site.adjacent(0) || !wants_operand(site.expected)
    {
        return None;
    }
    let span = site.between(0, 1);
    let written = format!("0{}", span.of(site.text));
    let message = format!("`{}` is not a number", span.of(site.text));
    let diagnostic =
        Diagnostic::error("E0030", span, message).help("a decimal point needs digits before it");
    Some(fixed(diagnostic, span, written))
}

/// Digits with several points: a date of another country, or no number at all.
fn points(number: &str, span: Span) -> Option<Mistake> {
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
    (parts.len() > 2).then_some(Mistake {
        diagnostic,
        repair: Repair::Clause,
    })
}

/// Digits with something else in them.
fn wrong_number(site: &Site<'_>) -> Option<Mistake> {
    let token = site.token(0)?;
    let word = token.of(site.text);
    let span = token.span();
    let digits = word
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(word.len());
    let (number, rest) = word.split_at(digits);
    if site.kind(-1) == Some(TokenKind::Number) && site.word(1) == ":" && site.word(-1).len() == 10
    {
        let span = site.between(-1, 0);
        let diagnostic = Diagnostic::error("E0020", span, "an instant has no space inside")
            .help("write the date, `T`, the time and the offset: `2024-02-29T10:00:00Z`");
        return Some(Mistake {
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
            diagnostic.help("digits are not grouped"),
            span,
            plain,
        ));
    }
    if let Some(unit) = units::meant(rest) {
        let unit = if time_unit(rest).is_some() {
            rest
        } else {
            unit
        };
        return Some(fixed(
            diagnostic.help("put a space before the unit"),
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
        diagnostic.help("a name that begins with a digit needs backticks"),
        span,
        quoted,
    ))
}

//! Mistakes in lengths of time and in counts.

use super::expected::{bare_unit, tail};
use super::grammar::Rule;
use super::literal::time_unit;
use super::mistakes::{Place, fixed};
use super::recover::{Finding, Repair};
use super::scan::TokenKind;
use super::words::nearest;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

const UNITS: [&str; 8] = [
    "seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years",
];

/// Short forms of units.
const SHORT: [(&str, &str); 21] = [
    ("s", "seconds"),
    ("sec", "seconds"),
    ("secs", "seconds"),
    ("min", "minutes"),
    ("mins", "minutes"),
    ("h", "hours"),
    ("hr", "hours"),
    ("hrs", "hours"),
    ("d", "days"),
    ("w", "weeks"),
    ("wk", "weeks"),
    ("wks", "weeks"),
    ("mo", "months"),
    ("mon", "months"),
    ("mth", "months"),
    ("mths", "months"),
    ("q", "quarters"),
    ("qtr", "quarters"),
    ("y", "years"),
    ("yr", "years"),
    ("yrs", "years"),
];

/// Other forms of units of length.
const LENGTHS: [(&str, &str); 11] = [
    ("kms", "km"),
    ("kilometer", "km"),
    ("kilometers", "km"),
    ("kilometre", "km"),
    ("kilometres", "km"),
    ("meter", "m"),
    ("meters", "m"),
    ("metre", "m"),
    ("metres", "m"),
    ("mi", "miles"),
    ("mls", "miles"),
];

/// Numbers in words.
const NUMBERS: [(&str, &str); 17] = [
    ("a", "1"),
    ("an", "1"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("twelve", "12"),
    ("fourteen", "14"),
    ("thirty", "30"),
    ("sixty", "60"),
    ("ninety", "90"),
];

/// The unit that a word seems to mean.
pub(super) fn meant(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    let exact = UNITS
        .iter()
        .find(|unit| **unit == lower || unit.strip_suffix('s') == Some(lower.as_str()))
        .copied();
    let short = || {
        SHORT
            .iter()
            .find(|(short, _)| *short == lower)
            .map(|(_, unit)| *unit)
    };
    exact.or_else(short).or_else(|| nearest(&lower, &UNITS))
}

/// Explains a length of time or a count that is not understood.
pub(super) fn wrong_unit(place: &Place<'_>) -> Option<Finding> {
    let number = |offset| place.kind(offset) == Some(TokenKind::Number);
    let word = place.word(0);
    let is_word = place.kind(0) == Some(TokenKind::Word);
    if number(-1) && is_word && place.wants(Rule::unit) {
        let length = LENGTHS
            .iter()
            .find(|(other, _)| place.wants(Rule::distance_unit) && *other == word);
        let known = length
            .map(|(_, unit)| *unit)
            .or_else(|| meant(word))
            .filter(|_| !super::words::TAILS.contains(&word));
        if let Some(unit) = known {
            let span = place.between(0, 0);
            let diagnostic = Diagnostic::error("E0016", span, format!("unknown unit `{word}`"))
                .help(format!("did you mean `{unit}`?"));
            return Some(fixed(diagnostic, span, unit));
        }
        if bare_unit(place.expected)
            && !super::words::TAILS.contains(&word)
            && !matches!(word, "and" | "or" | "then")
        {
            let span = place.between(0, 0);
            let mut diagnostic = Diagnostic::error("E0016", span, format!("unknown unit `{word}`"))
                .help(format!("the units are `{}`", UNITS.join("`, `")));
            if place.wants(Rule::distance_unit) {
                diagnostic = diagnostic
                    .help("of time: `days`, `weeks` and so on; of length: `m`, `km`, `miles`");
            }
            return Some(Finding {
                diagnostic,
                repair: Repair::Replace(span.start as usize, span.end as usize, "days".to_owned()),
            });
        }
    }
    if number(-1) && bare_unit(place.expected) {
        let span = place.between(-1, -1);
        let after = Span::new(span.end as usize, span.end as usize);
        let diagnostic =
            Diagnostic::error("E0015", span, format!("`{}` needs a unit", place.word(-1)))
                .label("of what?")
                .help(format!("write for example `{} days`", place.word(-1)));
        return Some(Finding {
            diagnostic,
            repair: Repair::Replace(
                after.start as usize,
                after.end as usize,
                " days ".to_owned(),
            ),
        });
    }
    if number(0) && time_unit(place.word(-1)).is_some() {
        let span = place.between(-1, 0);
        let written = format!("{} {}", word, place.word(-1));
        let diagnostic = Diagnostic::error("E0017", span, "the number comes before its unit")
            .help(format!("write `{written}`"));
        return Some(fixed(diagnostic, span, written));
    }
    number_in_words(place).or_else(|| count(place))
}

/// `within thirty days`, `within a week`.
fn number_in_words(place: &Place<'_>) -> Option<Finding> {
    let offset = if place.wants(Rule::number) || place.wants(Rule::whole) {
        0
    } else {
        -1
    };
    if !place.wants(Rule::number)
        && !place.wants(Rule::distance_unit)
        && !place.wants(Rule::whole)
        && !place.wants(Rule::duration)
    {
        return None;
    }
    let word = place.word(offset);
    if let Some((_, digits)) = NUMBERS.iter().find(|(name, _)| *name == word) {
        let span = place.between(offset, offset);
        let diagnostic = Diagnostic::error(
            "E0030",
            span,
            format!("the number `{word}` is written in digits"),
        );
        return Some(fixed(diagnostic, span, *digits));
    }
    // `within days`: a unit alone.
    let (Some(_), true) = (
        time_unit(word),
        place.wants(Rule::distance_unit) || place.wants(Rule::number),
    ) else {
        return None;
    };
    let span = place.between(offset, offset);
    let diagnostic = Diagnostic::error("E0015", span, format!("`{word}` needs a number before it"))
        .help(format!("write for example `30 {word}`"));
    Some(Finding {
        diagnostic,
        repair: Repair::Replace(span.start as usize, span.end as usize, "30 days".to_owned()),
    })
}

/// `purchased 3 times`, `purchased once`, `at least 3`.
fn count(place: &Place<'_>) -> Option<Finding> {
    let number = |offset| place.kind(offset) == Some(TokenKind::Number);
    let word = place.word(0);
    if tail(place.expected)
        && ((number(0) && matches!(place.word(1), "time" | "times"))
            || matches!(word, "once" | "twice"))
    {
        let span = if number(0) {
            place.between(0, 1)
        } else {
            place.between(0, 0)
        };
        let start = Span::new(span.start as usize, span.start as usize);
        let count = span.of(place.text);
        let diagnostic = Diagnostic::error(
            "E0031",
            span,
            format!("`{count}` does not say whether more would do"),
        )
        .help(format!("write `at least {count}` or `exactly {count}`"));
        return Some(fixed(diagnostic, start, "at least "));
    }
    if number(-1) && place.wants(Rule::kw_times) && !place.wants(Rule::kw_and) {
        let span = place.between(-1, -1);
        let after = Span::new(span.end as usize, span.end as usize);
        let diagnostic = Diagnostic::error(
            "E0015",
            span,
            format!("`{}` needs `times` after it", place.word(-1)),
        );
        return Some(fixed(diagnostic, after, " times "));
    }
    if place.word(-1) == "during" && number(0) {
        let span = place.between(0, 0);
        let start = Span::new(span.start as usize, span.start as usize);
        let diagnostic =
            Diagnostic::error("E0031", place.between(-1, 0), "`during` needs `this`, `last` or `next` after it").help(
                "`during last 3 months` are whole months of the calendar, `within 3 months` counts back from now",
            );
        return Some(fixed(diagnostic, start, "last "));
    }
    if place.word(-1) == "for" && place.wants(Rule::kw_more) && number(0) {
        let span = place.between(0, 0);
        let start = Span::new(span.start as usize, span.start as usize);
        let diagnostic = Diagnostic::error(
            "E0031",
            place.between(-1, 0),
            "`for` needs `more than`, `at least` or `less than` after it",
        );
        return Some(fixed(diagnostic, start, "at least "));
    }
    None
}

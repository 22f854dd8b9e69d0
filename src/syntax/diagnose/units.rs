//! Mistakes in lengths of time and in counts.

use super::expected::{wants_suffix, wants_unit};
use super::nearest::nearest;
use super::site::{Mistake, Repair, Site, fixed};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::lexer::TokenKind;
use crate::syntax::vocabulary::{self, ForeignWord, is_suffix, time_unit, units};

/// The unit that a word seems to mean.
pub(super) fn meant(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    let known = units().iter().find(|unit| {
        unit.plural == lower || unit.word == lower || unit.short.contains(&lower.as_str())
    });
    known
        .map(|unit| unit.plural)
        .or_else(|| nearest(&lower, &plurals()))
}

fn plurals() -> Vec<&'static str> {
    units().iter().map(|unit| unit.plural).collect()
}

/// Explains a length of time or a count that is not understood.
pub(super) fn wrong_unit(site: &Site<'_>) -> Option<Mistake> {
    let number = |offset| site.kind(offset) == Some(TokenKind::Number);
    let word = site.word(0);
    let is_word = site.kind(0) == Some(TokenKind::Word);
    if number(-1) && is_word && site.wants(Rule::unit) {
        let distance = ForeignWord::ours_for(vocabulary::DISTANCES, word);
        let known = distance
            .filter(|_| site.wants(Rule::distance_unit))
            .or_else(|| meant(word))
            .filter(|_| !is_suffix(word));
        if let Some(unit) = known {
            let span = site.between(0, 0);
            let diagnostic = Diagnostic::error("E0016", span, format!("unknown unit `{word}`"))
                .help(format!("did you mean `{unit}`?"));
            return Some(fixed(diagnostic, span, unit));
        }
        if wants_unit(site.expected) && !is_suffix(word) && !matches!(word, "and" | "or" | "then") {
            let span = site.between(0, 0);
            let mut diagnostic = Diagnostic::error("E0016", span, format!("unknown unit `{word}`"))
                .help(format!("the units are `{}`", plurals().join("`, `")));
            if site.wants(Rule::distance_unit) {
                diagnostic = diagnostic
                    .help("of time: `days`, `weeks` and so on; of length: `m`, `km`, `miles`");
            }
            return Some(Mistake {
                diagnostic,
                repair: Repair::Replace(span.start as usize, span.end as usize, "days".to_owned()),
            });
        }
    }
    if number(-1) && wants_unit(site.expected) {
        let span = site.between(-1, -1);
        let after = Span::new(span.end as usize, span.end as usize);
        let diagnostic =
            Diagnostic::error("E0015", span, format!("`{}` needs a unit", site.word(-1)))
                .label("of what?")
                .help(format!("write for example `{} days`", site.word(-1)));
        return Some(Mistake {
            diagnostic,
            repair: Repair::Replace(
                after.start as usize,
                after.end as usize,
                " days ".to_owned(),
            ),
        });
    }
    if number(0) && time_unit(site.word(-1)).is_some() {
        let span = site.between(-1, 0);
        let written = format!("{} {}", word, site.word(-1));
        let diagnostic = Diagnostic::error("E0017", span, "the number comes before its unit")
            .help(format!("write `{written}`"));
        return Some(fixed(diagnostic, span, written));
    }
    number_in_words(site).or_else(|| count(site))
}

/// `within thirty days`, `within a week`.
fn number_in_words(site: &Site<'_>) -> Option<Mistake> {
    let offset = if site.wants(Rule::number) || site.wants(Rule::whole) {
        0
    } else {
        -1
    };
    if !site.wants(Rule::number)
        && !site.wants(Rule::distance_unit)
        && !site.wants(Rule::whole)
        && !site.wants(Rule::duration)
    {
        return None;
    }
    let word = site.word(offset);
    if let Some(digits) = ForeignWord::ours_for(vocabulary::NUMBERS, word) {
        let span = site.between(offset, offset);
        let diagnostic =
            Diagnostic::error("E0030", span, format!("use `{digits}` instead of `{word}`"))
                .help("numbers are written in digits");
        return Some(fixed(diagnostic, span, digits));
    }
    // `within days`: a unit alone.
    let (Some(_), true) = (
        time_unit(word),
        site.wants(Rule::distance_unit) || site.wants(Rule::number),
    ) else {
        return None;
    };
    let span = site.between(offset, offset);
    let diagnostic = Diagnostic::error("E0015", span, format!("`{word}` needs a number before it"))
        .help(format!("write for example `30 {word}`"));
    Some(Mistake {
        diagnostic,
        repair: Repair::Replace(span.start as usize, span.end as usize, "30 days".to_owned()),
    })
}

/// `purchased 3 times`, `purchased once`, `at least 3`.
fn count(site: &Site<'_>) -> Option<Mistake> {
    let number = |offset| site.kind(offset) == Some(TokenKind::Number);
    let word = site.word(0);
    if wants_suffix(site.expected)
        && ((number(0) && matches!(site.word(1), "time" | "times"))
            || matches!(word, "once" | "twice"))
    {
        let span = if number(0) {
            site.between(0, 1)
        } else {
            site.between(0, 0)
        };
        let start = Span::new(span.start as usize, span.start as usize);
        let count = span.of(site.text);
        let diagnostic = Diagnostic::error(
            "E0031",
            span,
            format!("`{count}` does not say `at least` or `exactly`"),
        )
        .help(format!("write `at least {count}` or `exactly {count}`"));
        return Some(fixed(diagnostic, start, "at least "));
    }
    if number(-1) && site.wants(Rule::kw_times) && !site.wants(Rule::kw_and) {
        let span = site.between(-1, -1);
        let after = Span::new(span.end as usize, span.end as usize);
        let diagnostic = Diagnostic::error(
            "E0015",
            span,
            format!("`{}` needs `times` after it", site.word(-1)),
        );
        return Some(fixed(diagnostic, after, " times "));
    }
    if site.word(-1) == "during" && number(0) {
        let span = site.between(0, 0);
        let start = Span::new(span.start as usize, span.start as usize);
        let diagnostic =
            Diagnostic::error("E0031", site.between(-1, 0), "`during` needs `this`, `last` or `next` after it").help(
                "`during last 3 months` are whole months of the calendar, `within 3 months` counts back from now",
            );
        return Some(fixed(diagnostic, start, "last "));
    }
    if site.word(-1) == "for" && site.wants(Rule::kw_more) && number(0) {
        let span = site.between(0, 0);
        let start = Span::new(span.start as usize, span.start as usize);
        let diagnostic = Diagnostic::error(
            "E0031",
            site.between(-1, 0),
            "`for` needs `more than`, `at least` or `less than` after it",
        );
        return Some(fixed(diagnostic, start, "at least "));
    }
    None
}

//! The words of the language: functions, units, keywords, and the words of other languages that authors write instead.
//!
//! One table for each. The parser, the printer, the checker, the explanations of mistakes, the documentation and the
//! random tests read them, so a word is added here and nowhere else.

mod foreign;
mod functions;
mod keywords;
mod made_names;
mod units;

pub use foreign::ForeignWord;
pub(super) use foreign::{DISTANCES, NUMBERS, OPERATORS, WORDS};
pub use functions::{Aggregate, AggregateRow, EmptyValue, FunctionRow, Gives, Takes};
pub use functions::{aggregates, functions};
pub use keywords::{KeywordRow, keywords};
pub use units::{UnitRow, units};

pub(crate) use made_names::{
    LEAD_SEGMENT, PERSONA, fit_of, fitted_persona, level_of, levelled_ledger,
};

pub(super) use keywords::{is_reserved, is_shouted, is_suffix, suffixes};
pub(crate) use units::calendar_word;
pub(super) use units::{calendar_unit, time_unit, unit_word};

use super::lexer::{is_word_part, is_word_start};

/// The row of the function over events or rows that a word names where `(` follows.
#[must_use]
pub fn aggregate(word: &str) -> Option<&'static AggregateRow> {
    aggregates().iter().find(|row| row.name == word)
}

/// The row of the function of one value that a word names where `(` follows.
#[must_use]
pub fn function(word: &str) -> Option<&'static FunctionRow> {
    functions().iter().find(|row| row.name == word)
}

/// Whether a name reads as itself without backticks. `called` says that `(` follows it.
pub(super) fn is_plain(name: &str, called: bool) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(is_word_start)
        && chars.all(is_word_part)
        && !keywords::has(name, keywords::RESERVED | keywords::LEADING)
        && !(called
            && (keywords::has(name, keywords::CALLED)
                || aggregate(name).is_some()
                || function(name).is_some()))
}

#[cfg(test)]
mod tests {
    use super::{aggregates, functions, is_plain, keywords, units};
    use std::collections::BTreeSet;

    /// `kw_within` of the grammar is the row `within`, and the other way round.
    #[test]
    fn the_grammar_and_the_table_know_the_same_keywords() {
        let grammar: BTreeSet<&str> = include_str!("../grammar.pest")
            .lines()
            .filter_map(|line| line.strip_prefix("kw_")?.split_whitespace().next())
            .collect();
        let listed: BTreeSet<&str> = keywords().iter().map(|row| row.word).collect();
        // `none` stands in the grammar as a quantifier, `days` as a unit.
        let listed: BTreeSet<&str> = listed.into_iter().filter(|w| *w != "none").collect();
        assert_eq!(grammar, listed);
    }

    #[test]
    fn the_grammar_and_the_table_know_the_same_units() {
        let grammar = include_str!("../grammar.pest");
        let rule = |name: &str| {
            let line = grammar
                .lines()
                .find(|line| line.starts_with(name))
                .unwrap_or("");
            line.split('"')
                .skip(1)
                .step_by(2)
                .filter(|w| *w != "s")
                .collect::<Vec<_>>()
        };
        let known: Vec<_> = units().iter().map(|unit| unit.word).collect();
        let periods = units().iter().filter(|unit| unit.period.is_some());
        assert_eq!(rule("unit "), known);
        assert_eq!(
            rule("calendar_unit "),
            periods.map(|unit| unit.word).collect::<Vec<_>>()
        );
    }

    #[test]
    fn examples_are_expressions_in_their_canonical_spelling() {
        let examples = aggregates().iter().map(|row| row.example);
        for example in examples.chain(functions().iter().map(|row| row.example)) {
            let tree = crate::syntax::parse(example);
            assert_eq!(tree.map(|tree| tree.to_string()).as_deref(), Ok(example));
        }
    }

    /// `count = 3` asks of an attribute, `count(…)` calls a function: only the latter needs backticks to be a name.
    #[test]
    fn a_word_is_plain_where_it_is_read_as_a_name() {
        assert!(is_plain("count", false) && !is_plain("count", true));
        assert!(is_plain("within", true) && !is_plain("and", false));
        assert!(!is_plain("2fast", false) && !is_plain("", false));
    }
}

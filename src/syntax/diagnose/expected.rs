//! The grammar's rules in the author's words.

use crate::syntax::grammar::Rule;

/// Whether a value or a condition is wanted next.
pub(super) fn wants_operand(expected: &[Rule]) -> bool {
    expected.iter().any(|rule| {
        matches!(
            rule,
            Rule::or_expr
                | Rule::and_expr
                | Rule::not_expr
                | Rule::sequence
                | Rule::step
                | Rule::predicate
                | Rule::sum
                | Rule::product
                | Rule::unary
                | Rule::postfix
        )
    })
}

/// Whether a value or an event term has just ended.
pub(super) fn wants_suffix(expected: &[Rule]) -> bool {
    expected.contains(&Rule::compare_op)
}

/// A number has just been read that must have a unit.
pub(super) fn wants_unit(expected: &[Rule]) -> bool {
    (expected.contains(&Rule::unit) || expected.contains(&Rule::distance_unit))
        && !expected.contains(&Rule::add_op)
}

/// What would be understood next, as in "a comparison, a window or `and`".
pub(super) fn describe(expected: &[Rule]) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut add = |word: &str| {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    };
    let has = |rule| expected.contains(&rule);
    if expected.iter().any(|rule| {
        matches!(
            rule,
            Rule::or_expr | Rule::and_expr | Rule::not_expr | Rule::predicate
        )
    }) {
        add("a condition");
    } else if has(Rule::step) {
        add("an event");
    } else if wants_operand(expected) {
        add("a value");
    } else if wants_suffix(expected) {
        add("a comparison");
        add("a window");
    } else {
        // Where `less` is expected, it is one of the three beginnings behind `for`.
        let lengths = has(Rule::kw_less);
        if lengths {
            ["`more than`", "`at least`", "`less than`"]
                .into_iter()
                .for_each(&mut add);
        }
        for rule in expected {
            match rule {
                Rule::kw_more | Rule::kw_at | Rule::kw_less if lengths => {}
                Rule::EOI
                | Rule::kw_and
                | Rule::kw_or
                | Rule::kw_then
                | Rule::kw_ignoring
                | Rule::dot
                | Rule::as_of
                | Rule::add_op
                | Rule::mul_op
                | Rule::rparen
                | Rule::comma => {}
                // A value may be asked of an earlier instant wherever it stands; that is seldom what was meant.
                Rule::kw_as if has(Rule::add_op) => {}
                Rule::kw_of if has(Rule::name) && !has(Rule::kw_for) => {}
                // Where a number may end, a unit is only one of many things that may follow it.
                Rule::unit | Rule::lparen if has(Rule::add_op) => {}
                rule => add(&word(*rule)),
            }
        }
    }
    if has(Rule::comma) {
        add("`,`");
    }
    if has(Rule::rparen) {
        add("`)`");
    }
    if has(Rule::kw_and) {
        add("`and`");
    }
    if has(Rule::kw_or) && !has(Rule::compare_op) {
        add("`or`");
    }
    if words.is_empty() {
        return "the end of the expression".to_owned();
    }
    one_of(&words)
}

/// `a, b or c`.
fn one_of(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// One rule in words.
fn word(rule: Rule) -> String {
    let text = match rule {
        Rule::unit => "a unit such as `days`",
        Rule::distance_unit => "a unit of length such as `km`",
        Rule::calendar_unit => "`day`, `week`, `month`, `quarter` or `year`",
        Rule::coordinate => "degrees such as `45.46`",
        Rule::corner => "a corner such as `(45.40, 9.04)`",
        Rule::duration | Rule::number => "a duration such as `30 days`",
        Rule::whole => "a whole number",
        Rule::clock => "a time of day such as `09:00`",
        Rule::weekday => "a weekday such as `monday`",
        Rule::ordinal => "a place such as `first` or `last`",
        Rule::month_word => "a month such as `november`",
        Rule::date => "a date such as `2026-11-27`",
        Rule::hour_word => "`hours`",
        Rule::day_word => "`days`",
        Rule::week_word => "`weeks`",
        Rule::quarter_word => "`quarter`",
        Rule::year_word => "`year`",
        Rule::working_day => "`weekday`",
        Rule::arrow => "`->`",
        Rule::star => "`*`",
        Rule::of_lifecycle => "`of`",
        Rule::name | Rule::stage_name | Rule::kind => "a name",
        Rule::names | Rule::kinds => "a list of names in parentheses",
        Rule::string => "a string in double quotes",
        Rule::strings | Rule::list | Rule::arguments => "a list in parentheses",
        Rule::quantifier => "`any of`, `all of` or `none of`",
        Rule::lparen => "`(`",
        Rule::times_suffix => "a count such as `at least 3 times`",
        Rule::period => "a period such as `this month`",
        Rule::in_many => "`any segment of`",
        Rule::text_suffix => "`starts with`",
        Rule::between_suffix => "`between`",
        Rule::point_suffix => "a window",
        other => {
            let name = format!("{other:?}");
            return match name.strip_prefix("kw_") {
                Some(keyword) => format!("`{keyword}`"),
                // INVARIANT: the author never sees the grammar's own names.
                None => "something else".to_owned(),
            };
        }
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    /// The grammar stops at `for` and would take `more`, `at` or `less` there: halves that mean nothing to an author.
    #[test]
    fn pairs_of_words_are_named_whole() {
        let found = crate::syntax::parse("age > 5 for")
            .err()
            .unwrap_or_default();
        assert_eq!(
            found.first().map(|error| error.message.as_str()),
            Some("expected `more than`, `at least` or `less than` after `for`")
        );
    }
}

//! Runs every expression of the tables of `docs/operators.md` and compares whom it holds for.

#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::Rule;
use segue::profile::{Model, Record};
use segue_test_support::{read_file, shop};
use std::collections::BTreeSet;

/// One row of a table.
struct Row {
    line: usize,
    number: u32,
    expression: Option<String>,
    holds_for: String,
    remarks: String,
}

fn rows() -> Vec<Row> {
    let page = read_file("docs/operators.md");
    let mut rows = Vec::new();
    for (at, line) in page.lines().enumerate() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", number, _, expression, holds_for, remarks, ""] = cells[..] else {
            continue;
        };
        let Ok(number) = number.parse() else { continue };
        let expression = expression
            .strip_prefix('`')
            .and_then(|e| e.strip_suffix('`'))
            .map(str::to_owned);
        rows.push(Row {
            line: at + 1,
            number,
            expression,
            holds_for: holds_for.to_owned(),
            remarks: remarks.to_owned(),
        });
    }
    rows
}

#[test]
fn the_rows_are_those_of_the_list() {
    let numbers: Vec<u32> = rows().iter().map(|row| row.number).collect();
    assert!(numbers.is_sorted(), "the rows stand in order");
    assert_eq!(
        numbers.into_iter().collect::<BTreeSet<_>>(),
        (1..=142).collect()
    );
    let without: Vec<u32> = rows()
        .iter()
        .filter(|row| row.expression.is_none())
        .map(|row| row.number)
        .collect();
    assert_eq!(without, [11], "only these rows have nothing to write");
}

#[test]
fn every_expression_holds_for_whom_the_page_says() {
    let book = shop::rulebook();
    let profiles = shop::profiles(&book);
    let model = Model::for_schema(book.schema());
    let now = shop::now();
    let mut failures = Vec::new();
    for row in rows() {
        let Some(expression) = &row.expression else {
            continue;
        };
        let mut fail = |what: String| {
            failures.push(format!(
                "docs/operators.md:{}: `{expression}`: {what}",
                row.line
            ))
        };
        let rule = match Rule::check_in(expression, book.context()) {
            Ok(rule) => rule,
            Err(error) => {
                fail(format!("refused\n{error}"));
                continue;
            }
        };
        for warning in rule
            .warnings()
            .iter()
            .filter(|w| !row.remarks.contains(w.code.as_str()))
        {
            fail(format!(
                "the remarks do not name the warning\n{}",
                warning.render(expression, None)
            ));
        }
        let printed = rule.to_string();
        if segue::syntax::parse(&printed).as_ref() != Ok(rule.expr()) {
            fail(format!(
                "its canonical spelling `{printed}` means something else"
            ));
        }
        let matcher = rule.bind(&model).unwrap();
        let members: Vec<&str> = profiles
            .iter()
            .filter(|p| matcher.holds(p, now))
            .map(Record::id)
            .collect();
        let named = match members.len() {
            0 => "nobody".to_owned(),
            n if n == profiles.len() => "everybody".to_owned(),
            _ => members.join(", "),
        };
        if named != row.holds_for {
            fail(format!("holds for {named}"));
        }
        for profile in &profiles {
            let verdict = matcher.verdict(profile, now);
            if verdict.holds != matcher.holds(profile, now)
                || verdict.until.is_some_and(|until| until <= now)
            {
                fail(format!(
                    "{}: the verdict {verdict:?} contradicts itself",
                    profile.id()
                ));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// The cut points in the rulebook are those of the population beside it.
#[test]
fn the_scores_are_fitted_on_these_profiles() {
    let book = shop::rulebook();
    let profiles = shop::profiles(&book);
    let model = Model::for_schema(book.schema());
    let fitted = book.fit_cuts(&model, &profiles, shop::now()).unwrap();
    for (name, cuts) in fitted {
        assert_eq!(
            book.document()
                .scores
                .get(&name)
                .and_then(|score| score.cuts.clone()),
            Some(cuts),
            "{name}"
        );
    }
}

/// The profiles write out and read back as they are.
#[test]
fn the_profiles_are_read_as_they_stand() {
    let book = shop::rulebook();
    let profiles = shop::profiles(&book);
    let ids: BTreeSet<&str> = profiles.iter().map(Record::id).collect();
    assert_eq!(ids.len(), profiles.len());
    for profile in &profiles {
        assert_eq!(
            Record::from_json(book.schema(), &profile.to_json(book.schema())).unwrap(),
            *profile
        );
    }
}

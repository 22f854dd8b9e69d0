//! Runs every row of the corpus through the reference evaluator and through the library.

#![allow(clippy::panic, reason = "a test may fail")]

use segue::Instant;
use segue::syntax::{Expr, parse};
use segue_test_support::corpus::{Row, rows, schema};
use segue_test_support::library::LibraryRule;
use segue_test_support::reference::until::{check_until, first_change, interesting_instants, show};
use segue_test_support::reference::{Profile, World, holds};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn read(text: &str) -> Expr {
    parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

/// Collects what goes wrong in any row, so that one run shows all of it.
fn run(check: impl Fn(&Row) -> Result<(), String>) {
    let rows = rows();
    let failures: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let outcome = catch_unwind(AssertUnwindSafe(|| check(row))).unwrap_or_else(|panic| {
                Err(panic
                    .downcast::<String>()
                    .map_or("panicked".into(), |message| format!("panicked: {message}")))
            });
            outcome.err().map(|error| {
                format!(
                    "{}: {}\n  at {} of {}: {error}",
                    row.place,
                    row.expression,
                    show(row.now),
                    row.profile_name
                )
            })
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} rows:\n{}",
        failures.len(),
        rows.len(),
        failures.join("\n")
    );
}

#[test]
fn the_reference_agrees() {
    run(|row| {
        let (world, expr) = (World::new(schema(), &row.book), read(&row.expression));
        let profile = Profile::from_json(&world.schema, &row.profile);
        let instants = interesting_instants(&world, &profile, &expr, row.now);
        let at = |t| holds(&world, &profile, &expr, t);
        check_until(&at, row.now, row.holds, row.until, &instants).map_err(|error| {
            let change = first_change(at, row.now, &instants).map_or("never".into(), show);
            format!("{error}; the reference says {} until {change}", at(row.now))
        })
    });
}

#[test]
fn the_library_agrees() {
    run(|row| {
        let library = LibraryRule::new(&schema(), &row.book, &row.expression)?;
        let verdict = library.verdict(&row.profile.to_string(), row.now)?;
        let (holds, until) = (verdict.holds, verdict.until.map(Instant::micros));
        let until = until.filter(|_| row.is_exact);
        if (holds, until, verdict.is_exact) == (row.holds, row.until, row.is_exact) {
            return Ok(());
        }
        let shown = |until: Option<i64>| until.map_or("never".to_owned(), show);
        Err(format!(
            "{} until {}, not {} until {}",
            holds,
            shown(until),
            row.holds,
            shown(row.until)
        ))
    });
}

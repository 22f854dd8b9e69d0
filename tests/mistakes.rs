//! What authors are told of rules that are well formed but make no sense: every case of `tests/mistakes/checks.txt`
//! (expressions among the names of `tests/operators/rulebook.toml`) and of `tests/mistakes/rulebooks.txt` (the rule files
//! beside it).

#![cfg(all(feature = "toml", feature = "yaml"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::check::Context;
use segue::diagnostic::{Applicability, Diagnostic, Fix};
use segue::rulebook::{Finding, Format};
use segue::{Rule, Rulebook};
use segue_test_support::golden_file::{cases, compare, unescape};
use segue_test_support::{read_file, shop};

const CHECKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mistakes/checks.txt");
const RULEBOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mistakes/rulebooks.txt");

fn findings(text: &str, context: &Context) -> Vec<Diagnostic> {
    match Rule::check_in(text, context) {
        Ok(rule) => rule.warnings().to_vec(),
        Err(error) => error.diagnostics().to_vec(),
    }
}

#[test]
fn every_mistake_is_explained_as_the_golden_file_says() {
    let book = shop::rulebook();
    compare(CHECKS, |text| {
        findings(text, book.context())
            .iter()
            .map(|found| found.render(text, None) + "\n")
            .collect()
    });
}

/// A case without a finding is no mistake.
#[test]
fn every_case_is_a_mistake() {
    let book = shop::rulebook();
    for case in cases(CHECKS) {
        assert!(
            !findings(&unescape(&case), book.context()).is_empty(),
            "nothing is said of {case}"
        );
    }
}

/// Whether a finding of the mended text is one that was there before: of the same code, at the same place.
fn is_same(old: &Diagnostic, fix: &Fix, new: &Diagnostic) -> bool {
    let by = fix.replacement.len() as i64 - i64::from(fix.span.end - fix.span.start);
    let moved = |at: u32| {
        if at <= fix.span.start {
            i64::from(at)
        } else {
            (i64::from(at) + by).max(i64::from(fix.span.start))
        }
    };
    let place = (moved(old.span.start), moved(old.span.end));
    old.code == new.code && place == (i64::from(new.span.start), i64::from(new.span.end))
}

/// A fix is worth its name only if what it mends is gone, and nothing else is wrong instead.
///
/// The exception is a fix that only suggests the likeliest name: a name is checked once it is known, so `purchased(amout > "20")`
/// has a type that does not fit as soon as `amount` is there.
#[test]
fn fixes_mend() {
    let book = shop::rulebook();
    let mut failed = Vec::new();
    for case in cases(CHECKS) {
        let mut text = unescape(&case);
        let mut rounds = 0;
        loop {
            let found = findings(&text, book.context());
            let Some((wrong, fix)) = found.iter().find_map(|f| Some((f, f.fix.clone()?))) else {
                break;
            };
            text.replace_range(
                fix.span.start as usize..fix.span.end as usize,
                &fix.replacement,
            );
            let left = findings(&text, book.context());
            // A negation of two fields has two warnings at one place, one for each.
            let stays = |f: &&Diagnostic| is_same(wrong, &fix, f) && f.message == wrong.message;
            let is_new =
                |f: &&Diagnostic| f.is_error() && !found.iter().any(|old| is_same(old, &fix, f));
            let mut say = |what: &str| {
                failed.push(format!("{case}: `{}` {what}: {text}", fix.replacement));
            };
            if left.iter().any(|f| stays(&f)) {
                say("mended nothing");
            }
            if left.len() > found.len() {
                say("made it worse");
            }
            if fix.applicability == Applicability::MachineApplicable
                && let Some(new) = left.iter().find(is_new)
            {
                say(&format!("brought `{}`", new.message));
            }
            rounds += 1;
            assert!(rounds < 20, "{case}: mended for ever: {text}");
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// What is proposed instead of rows where they cannot stand, can be read.
#[test]
fn proposals_on_rows_can_be_read() {
    let book = shop::rulebook();
    for case in cases(CHECKS) {
        for found in findings(&unescape(&case), book.context())
            .iter()
            .filter(|f| f.code.as_str().starts_with("E013"))
        {
            for proposed in found
                .help
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|text| !text.contains('…'))
            {
                assert!(
                    segue::syntax::parse(proposed).is_ok(),
                    "{case}: `{proposed}`"
                );
            }
        }
    }
}

/// The files that others include lie in a folder of their own, so that each need not be a case itself.
fn included(name: &str) -> Result<String, String> {
    let path = format!(
        "{}/tests/mistakes/rulebooks/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read_to_string(path).map_err(|_| "no such file".to_owned())
}

fn load(file: &str) -> Vec<Finding> {
    let text = read_file(&format!("tests/mistakes/rulebooks/{file}"));
    match Rulebook::loader()
        .file(file)
        .find_with(included)
        .load(Format::of_file(file).unwrap(), &text)
    {
        Ok(book) => book.warnings().to_vec(),
        Err(error) => error.findings().to_vec(),
    }
}

#[test]
fn every_rule_file_is_explained_as_the_golden_file_says() {
    compare(RULEBOOKS, |file| {
        load(file)
            .iter()
            .map(|found| format!("{found}\n\n"))
            .collect()
    });
}

#[test]
fn every_rule_file_is_a_case_and_has_findings() {
    let listed = cases(RULEBOOKS);
    let folder = std::fs::read_dir(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/mistakes/rulebooks"
    ))
    .unwrap();
    for file in folder.filter(|entry| !entry.as_ref().unwrap().path().is_dir()) {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(listed.contains(&name), "{name} is no case");
        assert!(!load(&name).is_empty(), "nothing is said of {name}");
    }
}

/// The same file in three formats has the same findings, each with its own line.
#[test]
fn formats_agree() {
    let told = |file: &str| {
        load(file)
            .into_iter()
            .map(|f| (f.key, f.diagnostic.code, f.diagnostic.message))
            .collect::<Vec<_>>()
    };
    let mut toml = told("names.toml");
    toml.sort();
    for file in ["names.yaml", "names.json"] {
        let mut other = told(file);
        other.sort();
        assert_eq!(toml, other, "{file}");
        assert!(load(file).iter().all(|f| f.line.is_some()), "{file}");
    }
}

/// Who leaves those out who lack a field, or takes them in on purpose, needs no warning.
#[test]
fn the_day_of_a_date_is_no_mistake() {
    let book = shop::rulebook();
    for text in [
        "birthday today",
        "anniversary of birthday during next month",
        "birthday < today",
        "birthday between 1990-01-01 and 1990-12-31",
        "birthday during last month before 2020-01-01",
        "birthday since today before today + 7 days",
        "renewal = today",
        "signup during this month",
    ] {
        assert_eq!(findings(text, book.context()), [], "{text}");
    }
}

#[test]
fn guarded_negations_are_no_mistake() {
    let book = shop::rulebook();
    for text in [
        "not (age is missing or age > 50)",
        "age exists and not (age > 50 or not city = \"Milano\")",
        "not (age > 50 and city = \"Milano\")",
    ] {
        assert_eq!(findings(text, book.context()), [], "{text}");
    }
}

/// Nobody who writes a range means its lower end alone.
#[test]
fn a_range_from_zero_is_no_mistake() {
    let book = shop::rulebook();
    assert_eq!(
        findings("count(purchased) between 0 and 5", book.context()),
        []
    );
}

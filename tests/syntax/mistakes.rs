//! Every mistake of `tests/mistakes/syntax.txt` and what is said of it.

use segue::diagnostic::Diagnostic;
use segue::syntax::parse;
use segue_test_support::golden_file::{cases, compare, unescape};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mistakes/syntax.txt");

fn errors(text: &str) -> Vec<Diagnostic> {
    match parse(text) {
        Ok(expr) => panic!("`{text}` was taken for {expr}"),
        Err(errors) => errors,
    }
}

#[test]
fn every_mistake_is_explained_as_the_golden_file_says() {
    compare(FILE, |text| {
        errors(text)
            .iter()
            .map(|error| error.render(text, None) + "\n")
            .collect()
    });
}

#[test]
fn there_are_at_least_forty_mistakes() {
    assert!(cases(FILE).len() >= 40);
}

#[test]
fn no_grammar_name_is_shown() {
    let golden = std::fs::read_to_string(FILE).unwrap();
    for word in [
        "kw_",
        "_expr",
        "_suffix",
        "lparen",
        "rparen",
        "something else",
        "E0099",
    ] {
        assert!(!golden.contains(word), "{word} is shown");
    }
}

/// A fix is worth its name only if what it mends is gone.
#[test]
fn fixes_mend() {
    for case in cases(FILE) {
        let mut text = unescape(&case);
        let mut rounds = 0;
        while let Err(errors) = parse(&text) {
            let Some(error) = errors.iter().find(|error| error.fix.is_some()) else {
                break;
            };
            let fix = error.fix.as_ref().unwrap();
            let before = errors.len();
            text.replace_range(
                fix.span.start as usize..fix.span.end as usize,
                &fix.replacement,
            );
            let after = parse(&text).err().map_or(0, |errors| errors.len());
            assert!(
                after <= before,
                "{case}: `{}` made it worse: {text}",
                fix.replacement
            );
            rounds += 1;
            assert!(rounds < 20, "{case}: mended for ever: {text}");
        }
    }
}

#[test]
fn spans_and_codes() {
    let found = |text: &str| -> Vec<(String, String)> {
        errors(text)
            .into_iter()
            .map(|error| (error.code.to_string(), error.span.of(text).to_owned()))
            .collect()
    };
    let one = |code: &str, marked: &str| vec![(code.to_owned(), marked.to_owned())];
    assert_eq!(found("age == 50"), one("E0010", "=="));
    assert_eq!(found("(a = 1 and b = 2"), one("E0008", "("));
    assert_eq!(found("a = 1)"), one("E0009", ")"));
    assert_eq!(found("a = \"x"), one("E0006", "\""));
    assert_eq!(found("a = `x"), one("E0007", "`"));
    assert_eq!(found("年龄 > 50 && b"), one("E0010", "&&"));
    assert_eq!(found("a = 2023-02-30"), one("E0020", "2023-02-30"));
}

#[test]
fn several_mistakes_are_told_at_once() {
    let text = "age == 50 && (name = 'x' || plan is null) and viewed within 30 and x = 2023-02-30";
    let codes: Vec<_> = errors(text).into_iter().map(|error| error.code).collect();
    assert_eq!(
        codes,
        [
            "E0010", "E0010", "E0011", "E0010", "E0013", "E0015", "E0020"
        ]
    );
}

//! Diagnostics as text.

use proptest::prelude::*;
use segue::diagnostic::Diagnostic;
use segue::syntax::Span;

fn show(source: &str, start: usize, end: usize) -> String {
    Diagnostic::error("E0001", Span::new(start, end), "message")
        .label("label")
        .render(source, None)
}

#[test]
fn one_line() {
    assert_eq!(
        show("a = b", 4, 5),
        "error[E0001]: message\n --> 1:5\n  |\n1 | a = b\n  |     ^ label\n"
    );
    let named = Diagnostic::warning("W0001", Span::new(0, 1), "message")
        .help("do it")
        .fix(Span::new(0, 1), "b");
    let expected = "warning[W0001]: message\n --> x.toml:1:1\n  |\n1 | a\n  | ^\n  = help: do it\n  = help: replace `a` with `b`\n";
    assert_eq!(named.render("a", Some("x.toml")), expected);
}

#[test]
fn wide_characters_tabs_and_line_ends() {
    assert_eq!(
        show("年龄 = b", 9, 10),
        "error[E0001]: message\n --> 1:6\n  |\n1 | 年龄 = b\n  |        ^ label\n"
    );
    assert_eq!(
        show("年龄 = b", 0, 6),
        "error[E0001]: message\n --> 1:1\n  |\n1 | 年龄 = b\n  | ^^^^ label\n"
    );
    assert_eq!(
        show("\ta", 1, 2),
        "error[E0001]: message\n --> 1:2\n  |\n1 |     a\n  |     ^ label\n"
    );
    assert_eq!(
        show("a\r\nb\r\n", 3, 4),
        "error[E0001]: message\n --> 2:1\n  |\n2 | b\n  | ^ label\n"
    );
}

#[test]
fn several_lines() {
    let expected =
        "error[E0001]: message\n --> 1:3\n  |\n1 | a b\n  |   ^\n  | …\n3 | e f\n  | ^ label\n";
    assert_eq!(show("a b\nc d\ne f", 2, 9), expected);
}

#[test]
fn ends_and_misfits() {
    assert_eq!(
        show("", 0, 0),
        "error[E0001]: message\n --> 1:1\n  |\n1 | \n  | ^ label\n"
    );
    assert_eq!(
        show("ab", 2, 2),
        "error[E0001]: message\n --> 1:3\n  |\n1 | ab\n  |   ^ label\n"
    );
    assert_eq!(
        show("ab\n", 3, 3),
        "error[E0001]: message\n --> 2:1\n  |\n2 | \n  | ^ label\n"
    );
    assert_eq!(show("ab", 70, 90), show("ab", 2, 2));
    assert_eq!(
        show("年", 1, 2),
        show("年", 0, 3),
        "a span that cuts a character takes it whole"
    );
    let long = format!("{}b{}", "a".repeat(500), "c".repeat(500));
    let shown = show(&long, 500, 501);
    assert!(
        shown.lines().all(|line| line.chars().count() <= 140),
        "{shown}"
    );
    assert!(shown.contains("…aaa"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_source_and_span_can_be_shown(source in "[a年\t\r\n\u{202e}\u{301}😀 ]{0,40}", start in 0usize..200, length in 0usize..60) {
        let shown = show(&source, start, start + length);
        prop_assert!(shown.contains('^'), "{}", shown);
        let error = Diagnostic::error("E0001", Span::new(length, start), "message").fix(Span::new(start, length), "x");
        prop_assert!(error.render(&source, Some("o")).contains('^'));
    }
}

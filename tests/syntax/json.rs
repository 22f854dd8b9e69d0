//! Trees in JSON: every form there and back, what JSON they are, and what is refused.

use segue::schema::{Field, Schema};
use segue::syntax::{Expr, ExprKind, Literal, MAX_DEPTH, MAX_ITEMS, Name, Span, format, parse};
use segue::{Rule, Type, rulebook::Expression};
use segue_test_support::random::{Gen, Style};
use segue_test_support::{corpus, golden_file};

/// Asserts that a tree comes back from JSON as it was.
pub(crate) fn survives(expr: &Expr) {
    let json = serde_json::to_string(expr).unwrap();
    let read: Result<Expr, _> = serde_json::from_str(&json);
    assert_eq!(read.as_ref().ok(), Some(expr), "{read:?} {expr} {json}");
    let value = serde_json::to_value(expr).unwrap();
    assert_eq!(
        serde_json::from_value::<Expr>(value).ok().as_ref(),
        Some(expr)
    );
}

#[test]
fn the_corpus_and_random_expressions_come_back() {
    let corpus = corpus::rows().into_iter().map(|row| row.expression);
    let random = (0..3000).map(|seed| Gen::case(seed, Style::Everything).expression);
    let mut n = 0;
    for text in corpus.chain(random) {
        if let Ok(expr) = parse(&text) {
            survives(&expr);
            n += 1;
        }
    }
    assert!(n > 3000, "{n}");
}

/// The form is kept: a page that writes it must not break.
#[test]
fn every_form_is_as_the_golden_file_says() {
    golden_file::compare("tests/syntax/json.txt", |text| {
        let expr = parse(text).unwrap();
        survives(&expr);
        serde_json::to_string_pretty(&expr).unwrap() + "\n"
    });
}

fn read(json: &str) -> Result<String, String> {
    match serde_json::from_str::<Expr>(json) {
        Ok(expr) => Ok(format(&expr)),
        Err(error) => Err(error.to_string()),
    }
}

/// What a page writes without care means what it looks like.
#[test]
fn loose_spellings_are_read() {
    let name = |n: &str| format!(r#"{{"path": ["{n}"]}}"#);
    let (a, b, c) = (name("a"), name("b"), name("c"));
    for (json, text) in [
        (
            format!(r#"{{"and": [{{"and": [{a}, {b}]}}, {c}]}}"#),
            "a and b and c",
        ),
        (
            format!(r#"{{"or": [{{"and": [{a}]}}, {{"or": [{b}, {c}]}}]}}"#),
            "a or b or c",
        ),
        (
            format!(r#"{{"compare": {{"op": "=", "left": {a}, "right": -2.5}}}}"#),
            "a = -2.5",
        ),
        (
            format!(
                r#"{{"compare": {{"op": "<", "left": {a}, "right": {{"literal": "30 days"}}}}}}"#
            ),
            "a < 30 days",
        ),
        (
            format!(r#"{{"in": {{"value": {a}, "list": [1, "x", true], "negated": true}}}}"#),
            "a not in (1, \"x\", true)",
        ),
        (name("a b"), "`a b`"),
        (name("e\u{301}"), "é"),
        (name("x` or `y"), "`x`` or ``y`"),
    ] {
        assert_eq!(read(&json).as_deref(), Ok(text), "{json}");
    }
}

#[test]
fn what_is_no_expression_is_refused() {
    for (json, why) in [
        ("[]", "invalid type: sequence"),
        ("null", "invalid type: null"),
        ("{}", "expected"),
        (r#"{"and": []}"#, "the expression is empty"),
        (
            r#"{"compare": {"op": "==", "left": 1, "right": 1}}"#,
            "unknown variant `==`",
        ),
        (
            r#"{"compare": {"op": "=", "left": 1, "right": 1, "ignoringCase": true}}"#,
            "unknown field `ignoringCase`",
        ),
        (r#"{"equals": [1, 1]}"#, "unknown variant `equals`"),
        (
            r#"{"not": 1, "and": [1]}"#,
            "expected one key in this object, found `and` too",
        ),
        (
            r#"{"literal": "1 or true"}"#,
            "`1 or true` is not a constant",
        ),
        (r#"{"literal": "\"a\") or (\"b\""}"#, "is not a constant"),
        (
            r#"{"as_of": {"of": {"path": ["a"]}, "ago": "1 day or 1"}}"#,
            "is not a duration",
        ),
        (
            r#"{"as_of": {"of": {"path": ["a"]}, "ago": "1.5 months"}}"#,
            "is not a duration",
        ),
        (r#"{"path": []}"#, "cannot be read"),
        (r#"{"path": [""]}"#, "cannot be read"),
        (
            r#"{"in": {"value": {"path": ["a"]}, "list": []}}"#,
            "cannot be read",
        ),
        (
            r#"{"in_sample": {"percent": {"literal": "10%"}, "salt": 5}}"#,
            "cannot be read",
        ),
        (
            r#"{"aggregate": {"function": "mean", "argument": {"path": ["a"]}}}"#,
            "`mean` is not such a function",
        ),
        (
            r#"{"aggregate": {"function": {"percentile": 101}, "argument": {"path": ["a"]}}}"#,
            "not from 1 to 100",
        ),
        ("1e300", "18 digits"),
        ("18446744073709551616", "18 digits"),
    ] {
        let found = read(json).expect_err(json);
        assert!(found.contains(why), "{json}: {found}");
    }
}

/// As deep as JSON is read, and on a small stack.
#[test]
fn limits_hold() {
    let nested = |n: usize| format!("{}true{}", r#"{"not":"#.repeat(n), "}".repeat(n));
    let on_small_stack = |json: String| {
        let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        thread.spawn(move || read(&json)).unwrap().join().unwrap()
    };
    assert!(on_small_stack(nested(MAX_DEPTH - 1)).is_ok());
    for n in [MAX_DEPTH, 100, 1000, 100_000] {
        let why = on_small_stack(nested(n)).unwrap_err();
        assert!(
            why.contains("deep") || why.contains("recursion limit"),
            "{why}"
        );
    }
    let list = |n: usize| {
        let items = vec!["1"; n].join(",");
        read(&format!(
            r#"{{"in": {{"value": {{"path": ["a"]}}, "list": [{items}]}}}}"#
        ))
    };
    assert!(list(MAX_ITEMS).is_ok());
    assert!(list(MAX_ITEMS + 1).unwrap_err().contains("too many items"));
    let long = "x".repeat(70_000);
    assert!(
        read(&format!("{long:?}"))
            .unwrap_err()
            .contains("bytes long")
    );
}

/// What a tree was before an error has no say in the next.
#[test]
fn an_error_leaves_nothing_behind() {
    let deep = format!("{}[]{}", r#"{"not":"#.repeat(20), "}".repeat(20));
    for _ in 0..10 {
        assert!(read(&deep).is_err());
    }
    assert!(read(r#"{"not": {"path": ["a"]}}"#).is_ok());
}

fn expr(kind: ExprKind) -> Expr {
    let span = Span::default();
    Expr { kind, span }
}

#[test]
fn trees_that_programs_make_come_in_through_their_text() {
    let schema = Schema::builder()
        .attribute(Field::new("age", Type::Int))
        .build()
        .unwrap();
    let number = |mantissa| expr(ExprKind::Literal(Literal::Number { mantissa, scale: 0 }));
    let path = |text: &str| {
        let span = Span::default();
        expr(ExprKind::Path(vec![Name {
            text: text.into(),
            span,
        }]))
    };
    let between = |low: Expr, high: Expr| {
        expr(ExprKind::Between {
            negated: false,
            value: Box::new(path("age")),
            low: Box::new(low),
            high: Box::new(high),
        })
    };
    let tree = between(number(20), number(30));
    let rule = Rule::from_expr(&tree, &schema).unwrap();
    assert_eq!((rule.text(), rule.expr()), ("age between 20 and 30", &tree));
    assert_eq!(rule.form().text(), "age between 20 and 30");
    assert_eq!(
        Expression::from_expr(&tree).unwrap().as_str(),
        "age between 20 and 30"
    );

    let codes = |tree: &Expr| {
        let error = Rule::from_expr(tree, &schema).unwrap_err();
        error
            .diagnostics()
            .iter()
            .map(|d| d.code.to_string())
            .collect::<Vec<_>>()
    };
    // A sign is a node of its own, and `and` is flat.
    assert_eq!(codes(&between(number(-20), number(30))), ["E0033"]);
    let nested = ExprKind::And(vec![
        expr(ExprKind::And(vec![tree.clone(), tree.clone()])),
        tree,
    ]);
    assert_eq!(codes(&expr(nested)), ["E0033"]);
    assert_eq!(codes(&between(path("agee"), number(30))), ["E0101"]);
    let deep = (0..1000).fold(path("age"), |of, _| expr(ExprKind::Negate(Box::new(of))));
    assert_eq!(codes(&deep), ["E0004"]);
}

/// Every key of the golden file, and every word of the JSON Schema's nodes, is the same in both.
#[cfg(feature = "schemars")]
#[test]
fn the_json_schema_knows_every_form() {
    fn keys(json: &serde_json::Value, into: &mut std::collections::BTreeSet<String>) {
        for (key, value) in json.as_object().into_iter().flatten() {
            into.insert(key.clone());
            keys(value, into);
        }
        json.as_array()
            .into_iter()
            .flatten()
            .for_each(|item| keys(item, into));
    }
    let mut used = std::collections::BTreeSet::new();
    for case in golden_file::cases("tests/syntax/json.txt") {
        keys(
            &serde_json::to_value(parse(&case).unwrap()).unwrap(),
            &mut used,
        );
    }
    let schema = serde_json::to_value(schemars::schema_for!(Expr)).unwrap();
    let mut known = std::collections::BTreeSet::new();
    keys(&schema, &mut known);
    // It stands for itself, under a name of its own.
    known.extend(["literal", "percentile"].map(str::to_owned));
    let unknown: Vec<&String> = used.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(used.len() > 90, "{}", used.len());
}

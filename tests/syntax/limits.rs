//! Sizes: at the limit, past it, and far past it, on a thread with a small stack.

use segue::diagnostic::Diagnostic;
use segue::syntax::{MAX_BYTES, MAX_DEPTH, MAX_ITEMS, format, parse};
use std::time::{Duration, Instant};

/// Parses, prints and drops on a thread of 2 MiB; the code of the first error, or none.
fn code_on_small_stack(text: String) -> Option<String> {
    std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(move || match parse(&text) {
            Ok(expr) => {
                let printed = format(&expr);
                assert!(parse(&printed).is_ok() || printed.len() > MAX_BYTES);
                None
            }
            Err(errors) => {
                for error in &errors {
                    let _ = error.render(&text, None);
                }
                errors
                    .first()
                    .map(|error: &Diagnostic| error.code.to_string())
            }
        })
        .unwrap()
        .join()
        .unwrap()
}

fn nested(open: &str, middle: &str, close: &str, times: usize) -> String {
    format!("{}{middle}{}", open.repeat(times), close.repeat(times))
}

#[test]
fn depth() {
    let forms: [(&str, &str, &str); 8] = [
        ("(", "a = 1", ")"),
        ("not ", "a", ""),
        ("a(", "b", ")"),
        ("x + (", "b", ")"),
        ("(", "b", " + x)"),
        ("f(1, ", "b", ")"),
        ("count(a = ", "b", ")"),
        ("- ", "b", ""),
    ];
    for (open, middle, close) in forms {
        for times in [1, MAX_DEPTH - 1, MAX_DEPTH] {
            assert_eq!(
                code_on_small_stack(nested(open, middle, close, times)),
                None,
                "{open} {times}"
            );
        }
        for times in [MAX_DEPTH + 1, 10_000, 100_000] {
            let code = code_on_small_stack(nested(open, middle, close, times)).unwrap();
            let expected = if open.len() * times + middle.len() + close.len() * times > MAX_BYTES {
                "E0003"
            } else {
                "E0004"
            };
            assert_eq!(code, expected, "{open} {times}");
        }
        // Never closed.
        for times in [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, 10_000] {
            assert!(
                close.is_empty() || code_on_small_stack(nested(open, middle, "", times)).is_some()
            );
        }
    }
    for times in [MAX_DEPTH / 2, MAX_DEPTH / 2 + 1] {
        let code = code_on_small_stack(nested("not (", "a and b or c then d", ")", times));
        assert_eq!(code.is_none(), times <= MAX_DEPTH / 2);
    }
    assert_eq!(
        code_on_small_stack(nested(
            "(a or b and c then d(",
            "x",
            ") within 3 days)",
            MAX_DEPTH / 2
        )),
        None
    );
    assert_eq!(
        code_on_small_stack(nested("(1 * 2 + ", "x", ")", MAX_DEPTH)),
        None
    );
}

#[test]
fn chains() {
    assert_eq!(
        code_on_small_stack(format!("a{}", " + a".repeat(100))),
        None
    );
    assert_eq!(
        code_on_small_stack(format!("a{}", " + a".repeat(10_000))).as_deref(),
        Some("E0004")
    );
    assert_eq!(
        code_on_small_stack(format!("a{}", " * a".repeat(10_000))).as_deref(),
        Some("E0004")
    );
    assert_eq!(
        code_on_small_stack(format!("now{}", ".a".repeat(100))),
        None
    );
    assert_eq!(
        code_on_small_stack(format!("now{}", ".a".repeat(10_000))).as_deref(),
        Some("E0004")
    );
    assert_eq!(
        code_on_small_stack(nested(&"(1 + ".repeat(4), &"a + ".repeat(40), "b))))", 10)).as_deref(),
        Some("E0001")
    );
    for separator in [" and ", " or ", " then ", " or not ", " and b or "] {
        assert_eq!(
            code_on_small_stack(format!("a{}", format!("{separator}a").repeat(4_000))),
            None,
            "{separator}"
        );
    }
    assert_eq!(
        code_on_small_stack(format!("a{}", " within 1 day".repeat(4_000))),
        None
    );
    assert_eq!(
        code_on_small_stack(format!("a{}", ".a".repeat(30_000))),
        None
    );
    assert_eq!(
        code_on_small_stack(format!("a{}", " for more than 1 day".repeat(3_000))).as_deref(),
        Some("E0025")
    );
    assert_eq!(
        code_on_small_stack(format!("a{}", " or a".repeat(100_000))).as_deref(),
        Some("E0003")
    );
}

#[test]
fn width() {
    let list = |items: usize| format!("a in ({}1)", "1, ".repeat(items - 1));
    for items in [1, MAX_ITEMS - 1, MAX_ITEMS] {
        assert_eq!(code_on_small_stack(list(items)), None);
    }
    assert_eq!(
        code_on_small_stack(list(MAX_ITEMS + 1)).as_deref(),
        Some("E0005")
    );
    assert_eq!(code_on_small_stack(list(100_000)).as_deref(), Some("E0003"));
}

#[test]
fn length() {
    let text = |length: usize| format!("a = \"{}\"", "x".repeat(length - 6));
    for length in [MAX_BYTES - 1, MAX_BYTES] {
        assert_eq!(text(length).len(), length);
        assert_eq!(code_on_small_stack(text(length)), None);
    }
    assert_eq!(
        code_on_small_stack(text(MAX_BYTES + 1)).as_deref(),
        Some("E0003")
    );
}

#[test]
fn limits_do_not_look_into_strings_and_comments() {
    let brackets = "(".repeat(1000);
    assert_eq!(code_on_small_stack(format!("a = \"{brackets}\"")), None);
    assert_eq!(code_on_small_stack(format!("a -- {brackets}")), None);
    assert_eq!(code_on_small_stack(format!("`{brackets}` = 1")), None);
    assert_eq!(code_on_small_stack(format!("a = \"\\\"{brackets}\"")), None);
    assert_eq!(
        code_on_small_stack(format!("a{}", " - 1".repeat(100))),
        None,
        "a minus between values is not nesting"
    );
}

#[expect(clippy::disallowed_methods, reason = "a test of speed needs a clock")]
fn time(text: &str) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        let _ = parse(text);
        best = best.min(start.elapsed());
    }
    best
}

/// Doubling the input may not quadruple the time; what is checked is generous, since other work shares the machine.
#[test]
fn time_grows_with_the_length() {
    let flat = |n: usize| format!("a{}", " or viewed(\"tv\") within 30 days".repeat(n));
    let broken = |n: usize| format!("a{} == 3", " or b = 3".repeat(n));
    let list = |n: usize| format!("a in ({}1)", "1, ".repeat(n));
    let unclosed = |n: usize| format!("{}a", "f(a in (1, ".repeat(n));
    let was = |n: usize| format!("{}a{} ==", "a was in (b, ".repeat(n), ")".repeat(n));
    let cases: [(&dyn Fn(usize) -> String, usize); 5] = [
        (&flat, 300),
        (&broken, 300),
        (&list, 1500),
        (&unclosed, 8),
        (&was, 15),
    ];
    for (at, (make, n)) in cases.into_iter().enumerate() {
        let small = time(&make(n)).max(Duration::from_micros(100));
        let large = time(&make(4 * n));
        assert!(large < small * 16, "case {at}: {small:?} became {large:?}");
    }
}

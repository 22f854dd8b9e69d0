//! Characters that deceive.

use segue::syntax::suspicious;

fn found(text: &str) -> Vec<(String, String)> {
    suspicious(text)
        .into_iter()
        .map(|warning| (warning.code.to_string(), warning.span.of(text).to_owned()))
        .collect()
}

fn one(code: &str, marked: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), marked.to_owned())]
}

#[test]
fn plain_texts_are_not_suspicious() {
    for text in [
        "age > 50",
        "年龄 > 50 and 浏览(\"抗衰老\")",
        "возраст > 50",
        "ηλικία = 3",
        "naïve = \"é\"",
        "العمر > 50",
        "a = \"👨\u{200d}👩\"",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn deceiving_characters_are() {
    assert_eq!(found("a = \"x\u{202e}y\""), one("W0001", "\u{202e}"));
    assert_eq!(found("a -- \u{2066}"), one("W0001", "\u{2066}"));
    assert_eq!(found("p\u{430}id > 3"), one("W0002", "p\u{430}id"));
    assert_eq!(found("`\u{3bf}ne` > 3"), one("W0002", "`\u{3bf}ne`"));
    assert_eq!(found("a = \"x\u{200b}y\""), one("W0003", "\u{200b}"));
    assert_eq!(found("a = \"x\u{200d}y\""), one("W0003", "\u{200d}"));
    assert_eq!(found("\u{feff}a"), one("W0003", "\u{feff}"));
    assert_eq!(
        found("a = \"Ma\u{301}laga\""),
        one("W0004", "\"Ma\u{301}laga\"")
    );
    assert_eq!(found("a = \"M\u{e1}laga\""), []);
}

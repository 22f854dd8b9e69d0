//! Every format keeps the places of its keys, values and parts of texts.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

use super::{Document, Format};
use crate::span::Span;
use serde::Deserialize;

/// The source of `part` of the text under `path`.
fn source_of(format: Format, text: &str, path: &[&str], part: &str) -> String {
    let document = Document::parse(format, text).unwrap();
    let node = document.get(path).unwrap();
    let said = node.as_text().unwrap();
    let start = said.find(part).unwrap();
    let span = Span::new(start, start + part.len());
    let place = document.place_in_text(node, span).unwrap();
    place.of(document.text()).to_owned()
}

fn error_of(format: Format, text: &str) -> String {
    Document::parse(format, text).unwrap_err().to_string()
}

#[test]
fn json_undoes_escapes() {
    let text = r#"{"a": ["x \"y\" \u00e9 \ud83d\ude00 end"]}"#;
    let source = |part| source_of(Format::Json, text, &["a", "0"], part);
    assert_eq!(source("\"y\""), r#"\"y\""#);
    assert_eq!(source("é"), r"\u00e9");
    assert_eq!(source("😀"), r"\ud83d\ude00");
    assert_eq!(source("end"), "end");
    let document = Document::parse(Format::Json, "{\n \"a\": {\"b\": 1}}").unwrap();
    let entry = document.root().entry("a").unwrap();
    assert_eq!(entry.key_span().of(document.text()), "\"a\"");
    assert_eq!(entry.value().span().of(document.text()), "{\"b\": 1}");
    assert_eq!(document.position(entry.key_span().start).to_string(), "2:2");
}

#[test]
fn json_says_where_it_is_wrong() {
    assert_eq!(
        error_of(Format::Json, "{\"a\": 1,\n \"b\": 2,\n  \"a\": 3}"),
        "3:3: duplicate key `a`; it is first at line 1, column 2; remove or rename one of them"
    );
    assert_eq!(error_of(Format::Json, "{\n\"a\" 1}"), "2:5: expected `:`");
    assert_eq!(
        error_of(Format::Json, "[1"),
        "1:2: EOF while parsing a list"
    );
    let deep = "[".repeat(100) + &"]".repeat(100);
    assert_eq!(
        error_of(Format::Json, &deep),
        "1:66: this is nested more than 64 levels deep"
    );
}

#[cfg(feature = "toml")]
#[test]
fn toml_undoes_escapes_and_lines() {
    let text = concat!(
        "[t]\na = 'x \"y\"'\nb = \"x \\\"y\\\" \\u00e9 end\"\nc = ",
        "'''\nx\r\n y'''",
        "\nd = ",
        "\"\"\"\\\n  x \\\n   y \"z\" \"\"\"\n"
    );
    let source = |key: &str, part| source_of(Format::Toml, text, &["t", key], part);
    assert_eq!(source("a", "\"y\""), "\"y\"");
    assert_eq!(source("b", "\"y\""), "\\\"y\\\"");
    assert_eq!(source("b", "é"), "\\u00e9");
    assert_eq!(source("b", "end"), "end");
    assert_eq!(source("c", "x"), "x");
    assert_eq!(source("c", " y"), " y");
    assert_eq!(source("d", "y"), "y");
    assert_eq!(source("d", "\"z\""), "\"z\"");
}

#[cfg(feature = "toml")]
#[test]
fn toml_says_where_it_is_wrong() {
    assert_eq!(
        error_of(Format::Toml, "[t]\na = 1\nb = 2\na = 3\n"),
        "4:1: duplicate key `a`; it is first at line 2, column 1; remove or rename one of them"
    );
    assert!(error_of(Format::Toml, "[t]\na = \n").starts_with("2:"));
}

#[cfg(feature = "yaml")]
#[test]
fn yaml_undoes_quotes_folds_and_indentation() {
    let text = concat!(
        "a: x y # c\nb: 'x ''y'' z'\nc: \"x \\\"y\\\" \\x41\\\n   z\"\nd: |\n   x\n     y\n\n   z\n",
        "e: >-\n  x\n  y\n\n  z\nf: x\n   y\n\n   z\ng: \"x\n  y\"\n"
    );
    let source = |key: &str, part| source_of(Format::Yaml, text, &[key], part);
    assert_eq!(source("a", "y"), "y");
    assert_eq!(source("b", "'y'"), "''y''");
    assert_eq!(source("b", "z"), "z");
    assert_eq!(source("c", "\"y\""), "\\\"y\\\"");
    assert_eq!(source("c", "A"), "\\x41");
    assert_eq!(source("c", "z"), "z");
    for key in ["d", "e", "f"] {
        for part in ["x", "y", "z"] {
            assert_eq!(source(key, part), part, "{key}");
        }
    }
    assert_eq!(source("d", "  y"), "  y");
    assert_eq!(source("e", "x y"), "x\n  y");
    assert_eq!(source("g", "y"), "y");
}

#[cfg(feature = "yaml")]
#[test]
fn yaml_resolves_aliases_and_merges() {
    let text = "base: &b {x: 1, y: \"2\"}\none: {<<: *b, x: 3}\ntwo: *b\n";
    let document = Document::parse(Format::Yaml, text).unwrap();
    let one = document.get(&["one", "x"]).unwrap();
    assert_eq!(one.span().of(text), "3");
    assert_eq!(document.get(&["one", "y"]).unwrap().as_text(), Some("2"));
    assert_eq!(document.get(&["two", "x"]).unwrap().span().of(text), "1");
    assert_eq!(
        error_of(Format::Yaml, "a: 1\nb: 2\na: 3\n"),
        "3:1: duplicate key `a`; it is first at line 1, column 1; remove or rename one of them"
    );
    assert!(error_of(Format::Yaml, "a: &x [*x]\n").contains("this alias stands within"));
    assert!(error_of(Format::Yaml, "a: 1\n---\nb: 1\n").contains("second document"));
    let first = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    let bomb = (1..9).fold(first, |text, n| {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        text + &format!("a{n}: &a{n} [{aliases}]\n")
    });
    assert!(error_of(Format::Yaml, &bomb).contains("at most 250000 values"));
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Campaign {
    name: String,
    #[serde(default)]
    shares: Vec<u32>,
    #[serde(default)]
    live: Option<bool>,
}

#[test]
fn types_say_where_they_do_not_fit() {
    let read = |text: &str| {
        let document = Document::parse(Format::Json, text).unwrap();
        document.deserialize::<Campaign>().map_err(|e| {
            let path: Vec<&str> = e.path().collect();
            format!("{e} ({})", path.join("."))
        })
    };
    let good = read("{\"name\": \"spring\", \"shares\": [1, 2]}");
    assert_eq!(good.unwrap().shares, [1, 2]);
    assert_eq!(
        read("{\"name\": 5}").unwrap_err(),
        "1:10: expected a string, found the number `5` (name)"
    );
    assert_eq!(
        read("{\"name\": \"\",\n \"shares\": [1, -2]}").unwrap_err(),
        "2:16: expected a whole number from 0 on, found the number `-2` (shares.1)"
    );
    assert_eq!(
        read("{\"shares\": []}").unwrap_err(),
        "1:1: the key `name` is missing ()"
    );
    assert_eq!(
        read("{\"naem\": \"\"}").unwrap_err(),
        "1:2: unknown key `naem`; did you mean `name`? ()"
    );
    assert_eq!(
        read("{\"x\": \"\"}").unwrap_err(),
        "1:2: unknown key `x`; known: `name`, `shares`, `live` ()"
    );
}

#[cfg(feature = "yaml")]
#[test]
fn yaml_scalars_are_what_the_type_wants() {
    let read = |text: &str| {
        let document = Document::parse(Format::Yaml, text).unwrap();
        document.deserialize::<Campaign>()
    };
    let campaign = read("name: 007\nshares: ['1', 0x10]\nlive: yes\n").unwrap();
    let wanted = Campaign {
        name: "007".to_owned(),
        shares: vec![1, 16],
        live: Some(true),
    };
    assert_eq!(campaign, wanted);
    assert_eq!(read("name: on\nshares:\nlive: ~\n").unwrap().name, "on");
}

//! Texts, and the functions over values.

use super::Scope;
use super::value::{Ratio, Value};
use segue::syntax::{Expr, TextOp};

impl Scope<'_> {
    /// Decisions: "`like`: `%` any run, `_` any one char, whole value. `matches "re"`: regex *search*".
    pub(super) fn text(
        &self,
        op: TextOp,
        value: &Expr,
        pattern: &Expr,
        ignoring_case: bool,
    ) -> bool {
        let (Some(Value::Text(mut text)), Some(Value::Text(mut pattern))) =
            (self.value(value), self.value(pattern))
        else {
            return false;
        };
        if ignoring_case && op != TextOp::Matches {
            (text, pattern) = (lower(&text), lower(&pattern));
        }
        match op {
            TextOp::StartsWith => text.starts_with(&pattern),
            TextOp::EndsWith => text.ends_with(&pattern),
            TextOp::Like => like(
                &text.chars().collect::<Vec<_>>(),
                &pattern.chars().collect::<Vec<_>>(),
            ),
            TextOp::Matches => {
                let regex = regex::RegexBuilder::new(&pattern)
                    .case_insensitive(ignoring_case)
                    .build();
                regex.expect("an expression that compiles").is_match(&text)
            }
        }
    }

    pub(super) fn call(&self, function: &str, arguments: &[Value]) -> Option<Value> {
        let Some(Value::Text(text)) = arguments.first() else {
            return Some(number_call(function, arguments));
        };
        let after_scheme = text
            .split_once("://")
            .map_or(text.as_str(), |(_, rest)| rest);
        Some(match function {
            "lower" => Value::Text(lower(text)),
            "upper" => Value::Text(text.chars().flat_map(char::to_uppercase).collect()),
            "length" => Value::Exact(Ratio::whole(text.chars().count() as i64)),
            // The part of a URL between host and query.
            "path" => {
                let path = if text.contains("://") {
                    after_scheme
                        .find(['/', '?', '#'])
                        .map_or("", |at| &after_scheme[at..])
                } else {
                    text
                };
                let path = path.split(['?', '#']).next().unwrap_or("");
                Value::Text(path.strip_suffix('/').unwrap_or(path).to_owned())
            }
            "host" => Value::Text(
                after_scheme
                    .split(['/', '?', '#', ':'])
                    .next()
                    .unwrap_or("")
                    .to_owned(),
            ),
            other => panic!("no function `{other}` of a text"),
        })
    }
}

fn number_call(function: &str, arguments: &[Value]) -> Value {
    match (function, arguments) {
        ("length", [Value::List(items)]) => Value::Exact(Ratio::whole(items.len() as i64)),
        ("abs", [Value::Exact(r)]) => Value::Exact(Ratio(r.0.abs(), r.1)),
        ("abs", [Value::Average(r)]) => Value::Average(Ratio(r.0.abs(), r.1)),
        ("abs", [Value::Duration(length)]) => Value::Duration(length.saturating_abs()),
        ("abs", [Value::Float(f)]) => Value::Float(f.abs()),
        // "to the nearest whole number, halves away from zero"
        ("round", [Value::Exact(r) | Value::Average(r)]) => {
            let halves = |n: i128| (2 * n + r.1).div_euclid(2 * r.1);
            Value::Exact(Ratio::whole(if r.0 < 0 {
                -halves(-r.0)
            } else {
                halves(r.0)
            }))
        }
        ("round", [Value::Float(f)]) => Value::Float(f.round()),
        other => panic!("no function {other:?}"),
    }
}

pub(super) fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|n| like(&text[n..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        [c, rest @ ..] => text.first() == Some(c) && like(&text[1..], rest),
    }
}

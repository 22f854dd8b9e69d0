//! Trees in JSON, or in any other format of serde that says itself what it holds: for programs that write expressions, such as a
//! segment builder in a web page.
//!
//! A tree comes in through its text: what was read is printed, parsed and compared, so that every limit holds, every mistake is
//! explained, and nothing comes in that no author could have written.

use super::print::print_number;
use super::tree::{Coordinate, Expr, ExprKind, KindPattern, KindSelector, Literal, Name, TimeSpan};
use super::vocabulary::{Aggregate, aggregate};
use super::{MAX_DEPTH, parse, parse_length};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::value::Decimal;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::Cell;
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;

/// The text of a tree that was not read from one, and the tree that is read from it: the same, with spans.
///
/// # Errors
/// The text, and what is wrong with it; or that it reads as another tree.
pub(crate) fn read_back(tree: &Expr) -> Result<(String, Expr), (String, Vec<Diagnostic>)> {
    if tree.is_deeper_than(MAX_TREE_DEPTH) {
        let diagnostic =
            Diagnostic::error("E0004", Span::default(), "the tree is nested too deeply").help(
                format!("nodes may stand within one another {MAX_TREE_DEPTH} deep"),
            );
        return Err((String::new(), vec![diagnostic]));
    }
    let text = tree.to_string();
    match parse(&text) {
        Ok(read) if read == *tree => Ok((text, read)),
        Ok(_) => {
            let diagnostic = Diagnostic::error(
                "E0033",
                Span::new(0, text.len()),
                "this text reads as another tree than the one it was made of",
            )
            .help("write `and` and `or` flat, with at least two parts, and numbers without a sign");
            Err((text, vec![diagnostic]))
        }
        Err(found) => Err((text, found)),
    }
}

/// How deep nodes may stand within one another where they are read from data or made by a program: a node takes up to three levels
/// of JSON, and readers of JSON stop at 128.
const MAX_TREE_DEPTH: usize = MAX_DEPTH;

thread_local! {
    /// How many nodes are being read, one within the other.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// A node that is being read.
struct Reading;

impl Reading {
    /// `None` where it stands too deep.
    fn begin() -> Option<Self> {
        DEPTH.with(|depth| {
            let deeper = depth.get() < MAX_TREE_DEPTH;
            deeper.then(|| {
                depth.set(depth.get() + 1);
                Reading
            })
        })
    }

    fn is_root() -> bool {
        DEPTH.with(|depth| depth.get() == 1)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if let ExprKind::Literal(literal) = &self.kind {
            literal.serialize(s)
        } else {
            self.kind.serialize(s)
        }
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let Some(_reading) = Reading::begin() else {
            let message =
                format_args!("an expression may be nested at most {MAX_TREE_DEPTH} nodes deep");
            return Err(D::Error::custom(message));
        };
        let tree = flat(d.deserialize_any(Node)?);
        if !Reading::is_root() {
            return Ok(tree);
        }
        let read = read_back(&tree).map_err(|(text, found)| {
            let rendered: Vec<String> = found.iter().map(|d| d.render(&text, None)).collect();
            D::Error::custom(format_args!(
                "this expression cannot be read\n{}",
                rendered.join("\n").trim_end()
            ))
        })?;
        Ok(read.1)
    }
}

/// `and` within `and` is one `and`, and that of one part is the part; `or` likewise.
fn flat(expr: Expr) -> Expr {
    let Expr { kind, span } = expr;
    let (parts, is_and) = match kind {
        ExprKind::And(parts) => (parts, true),
        ExprKind::Or(parts) => (parts, false),
        kind => return Expr { kind, span },
    };
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part.kind {
            ExprKind::And(inner) if is_and => flat.extend(inner),
            ExprKind::Or(inner) if !is_and => flat.extend(inner),
            kind => flat.push(Expr { kind, ..part }),
        }
    }
    if flat.len() == 1
        && let Some(only) = flat.pop()
    {
        return only;
    }
    let kind = if is_and {
        ExprKind::And(flat)
    } else {
        ExprKind::Or(flat)
    };
    Expr { kind, span }
}

/// A node: an object with one key, or a plain constant.
struct Node;

impl<'de> Visitor<'de> for Node {
    type Value = Expr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an expression: an object with one key, a string, a number or a bool")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Expr, E> {
        Ok(constant(Literal::Bool(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Expr, E> {
        Ok(constant(Literal::String(value.to_owned())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Expr, E> {
        Ok(number(i128::from(value), 0))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Expr, E> {
        Ok(number(i128::from(value), 0))
    }

    /// The digits are those with which the number is usually written: 0.1 is one tenth.
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Expr, E> {
        let digits: Decimal = value.to_string().parse().map_err(E::custom)?;
        Ok(number(i128::from(digits.mantissa()), digits.scale()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Expr, A::Error> {
        let kind = ExprKind::deserialize(MapAccessDeserializer::new(&mut map))?;
        if let Some(second) = map.next_key::<String>()? {
            let message = format_args!("expected one key in this object, found `{second}` too");
            return Err(A::Error::custom(message));
        }
        let span = Span::default();
        Ok(Expr { kind, span })
    }
}

fn constant(literal: Literal) -> Expr {
    Expr {
        kind: ExprKind::Literal(literal),
        span: Span::default(),
    }
}

/// A number, whose sign is a node of its own.
fn number(mantissa: i128, scale: u8) -> Expr {
    let digits = constant(Literal::Number {
        mantissa: mantissa.abs(),
        scale,
    });
    if mantissa >= 0 {
        return digits;
    }
    Expr {
        kind: ExprKind::Negate(Box::new(digits)),
        span: Span::default(),
    }
}

impl Serialize for Literal {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        /// JavaScript knows no greater whole number for sure.
        const MAX_PLAIN: i64 = (1 << 53) - 1;
        match self {
            Literal::Bool(value) => return s.serialize_bool(*value),
            Literal::String(text) => return s.serialize_str(text),
            Literal::Number { mantissa, scale: 0 } => {
                if let Ok(plain @ 0..=MAX_PLAIN) = i64::try_from(*mantissa) {
                    return s.serialize_i64(plain);
                }
            }
            Literal::Number { .. }
            | Literal::Percent { .. }
            | Literal::Date(_)
            | Literal::Instant(_)
            | Literal::Duration(_)
            | Literal::Now
            | Literal::Today(_) => {}
        }
        let mut map = s.serialize_map(Some(1))?;
        map.serialize_entry("literal", &constant(self.clone()).to_string())?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Expr::deserialize(d)?.kind {
            ExprKind::Literal(literal) => Ok(literal),
            _ => Err(D::Error::custom("expected a constant")),
        }
    }
}

/// A constant as expressions spell it.
pub(super) mod spelled {
    use super::super::{ExprKind, parse};
    use super::{Literal, constant};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(literal: &Literal, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&constant(literal.clone()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Literal, D::Error> {
        let text = String::deserialize(d)?;
        match parse(&text).map(|expr| expr.kind) {
            Ok(ExprKind::Literal(literal)) => Ok(literal),
            _ => Err(D::Error::custom(format_args!(
                "`{text}` is not a constant: a number, a percentage, a date, an instant, a duration, `now`, `today` …"
            ))),
        }
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?.nfc().collect();
        let span = Span::default();
        Ok(Name { text, span })
    }
}

impl Serialize for TimeSpan {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        spelled::serialize(&Literal::Duration(*self), s)
    }
}

impl<'de> Deserialize<'de> for TimeSpan {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        parse_length(&text).ok_or_else(|| {
            D::Error::custom(format_args!("`{text}` is not a duration such as `30 days`"))
        })
    }
}

impl Serialize for Coordinate {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&print_number(self.mantissa, self.scale))
    }
}

impl<'de> Deserialize<'de> for Coordinate {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let degrees = Decimal::deserialize(d)?;
        Ok(Coordinate {
            mantissa: degrees.mantissa(),
            scale: degrees.scale(),
            span: Span::default(),
        })
    }
}

impl Serialize for Aggregate {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let Some(percent) = self.percent() else {
            return s.serialize_str(self.name());
        };
        let mut map = s.serialize_map(Some(1))?;
        map.serialize_entry(self.name(), &percent)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Aggregate {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Function;

        impl<'de> Visitor<'de> for Function {
            type Value = Aggregate;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(r#"a function over events or rows: `"sum"`, `{"percentile": 90}`"#)
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Aggregate, E> {
                named(name, None)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Aggregate, A::Error> {
                let Some((name, percent)) = map.next_entry::<String, u8>()? else {
                    return Err(A::Error::custom("expected one key"));
                };
                named(&name, Some(percent))
            }
        }

        fn named<E: serde::de::Error>(name: &str, percent: Option<u8>) -> Result<Aggregate, E> {
            aggregate(name)
                .and_then(|row| row.aggregate.with_percent(percent))
                .ok_or_else(|| {
                    E::custom(format_args!(
                        "`{name}` is not such a function, or its percentage is not from 1 to 100"
                    ))
                })
        }

        d.deserialize_any(Function)
    }
}

/// The kinds of an event term, without the places where they stand.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum Kinds {
    One(Name),
    AnyOf(Vec<KindPattern>),
    AnyEvent,
}

impl From<Kinds> for KindSelector {
    fn from(kinds: Kinds) -> Self {
        match kinds {
            Kinds::One(name) => KindSelector::One(name),
            Kinds::AnyOf(patterns) => KindSelector::AnyOf(patterns),
            Kinds::AnyEvent => KindSelector::Any(Span::default()),
        }
    }
}

impl From<KindSelector> for Kinds {
    fn from(kinds: KindSelector) -> Self {
        match kinds {
            KindSelector::One(name) => Kinds::One(name),
            KindSelector::AnyOf(patterns) => Kinds::AnyOf(patterns),
            KindSelector::Any(_) => Kinds::AnyEvent,
        }
    }
}

#[cfg(feature = "schemars")]
mod schema {
    use super::{Aggregate, Coordinate, Expr, ExprKind, Literal, Name, TimeSpan};
    use crate::syntax::vocabulary::aggregates;
    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
    use std::borrow::Cow;

    macro_rules! json_schema_of {
        ($($ty:ident => |$generator:ident| $schema:expr),* $(,)?) => {$(
            impl JsonSchema for $ty {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($ty).into()
                }

                fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                    $schema
                }
            }
        )*};
    }

    json_schema_of! {
        Expr => |generator| json_schema!({
            "anyOf": [{"type": ["string", "number", "boolean"]}, generator.subschema_for::<ExprKind>()]
        }),
        Literal => |_generator| json_schema!({
            "anyOf": [
                {"type": ["string", "number", "boolean"]},
                {"type": "object", "properties": {"literal": {"type": "string"}}, "required": ["literal"], "additionalProperties": false}
            ]
        }),
        Name => |_generator| json_schema!({"type": "string"}),
        TimeSpan => |_generator| json_schema!({"type": "string", "description": "A duration, such as `30 days`"}),
        Coordinate => |_generator| json_schema!({"type": "string", "description": "Degrees, such as `45.46`"}),
        Aggregate => |_generator| {
            let names: Vec<&str> = aggregates().iter().map(|row| row.name).collect();
            json_schema!({"anyOf": [
                {"enum": names},
                {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1, "maximum": 100}, "minProperties": 1, "maxProperties": 1}
            ]})
        },
    }
}

//! The common type of JSON values.

use super::walk;
use crate::time::{Date, Instant};
use crate::value::{Decimal, MAX_SCALE, Type};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScalarShape {
    Nothing,
    Bool,
    /// The maximum digits before and after the decimal point; `None` if there are more than exact numbers have.
    Number(Option<(u8, u8)>),
    Date,
    Instant,
    Text,
    Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Scalar(ScalarShape),
    List(ScalarShape),
    /// An object: a prefix of dotted names.
    Object,
    /// A list of objects: the rows of a relation.
    Rows,
    /// A value that has no type in the language.
    LeftOut(&'static str),
    /// The projection leaves it out.
    Unwanted,
}

impl ScalarShape {
    pub(super) fn ty(self) -> Type {
        match self {
            ScalarShape::Bool => Type::Bool,
            ScalarShape::Number(Some((_, 0))) => Type::Int,
            // All values fit: an exact number has 18 digits.
            ScalarShape::Number(Some((before, behind)))
                if behind <= MAX_SCALE && before + behind <= 18 =>
            {
                Type::Decimal(behind)
            }
            ScalarShape::Number(_) => Type::Float,
            ScalarShape::Date => Type::Date,
            ScalarShape::Instant => Type::Instant,
            ScalarShape::Place => Type::Place,
            ScalarShape::Text | ScalarShape::Nothing => Type::String,
        }
    }

    fn words(self) -> &'static str {
        match self {
            ScalarShape::Nothing => "missing",
            ScalarShape::Bool => "a bool",
            ScalarShape::Number(_) => "a number",
            ScalarShape::Date | ScalarShape::Instant | ScalarShape::Text => "a string",
            ScalarShape::Place => "a place",
        }
    }

    /// The common shape of both.
    pub(super) fn join(self, other: ScalarShape) -> Option<ScalarShape> {
        Some(match (self, other) {
            (a, b) if a == b => a,
            (ScalarShape::Nothing, s) | (s, ScalarShape::Nothing) => s,
            (ScalarShape::Number(a), ScalarShape::Number(b)) => {
                ScalarShape::Number(a.zip(b).map(|((a, x), (b, y))| (a.max(b), x.max(y))))
            }
            (
                ScalarShape::Date | ScalarShape::Instant | ScalarShape::Text,
                ScalarShape::Date | ScalarShape::Instant | ScalarShape::Text,
            ) => ScalarShape::Text,
            _ => return None,
        })
    }

    /// The shape of a JSON value that is neither a list nor an object.
    pub(super) fn of(raw: &str) -> ScalarShape {
        match raw.as_bytes().first() {
            Some(b'n') | None => ScalarShape::Nothing,
            Some(b't' | b'f') => ScalarShape::Bool,
            Some(b'"') => {
                let plain = raw.trim_matches('"');
                if !plain.starts_with(|c: char| c.is_ascii_digit())
                    || plain.len() < 10
                    || plain.len() > 40
                {
                    ScalarShape::Text
                } else if plain.len() == 10 && plain.parse::<Date>().is_ok() {
                    ScalarShape::Date
                } else if plain.parse::<Instant>().is_ok() {
                    ScalarShape::Instant
                } else {
                    ScalarShape::Text
                }
            }
            Some(_) => ScalarShape::Number(digits(raw)),
        }
    }
}

/// The number of digits before and after the decimal point.
fn digits(raw: &str) -> Option<(u8, u8)> {
    let plain = raw.strip_prefix('-').unwrap_or(raw);
    let (before, behind) = match plain.bytes().position(|b| !b.is_ascii_digit()) {
        None => (plain.len(), 0),
        Some(at)
            if plain.as_bytes().get(at) == Some(&b'.')
                && plain.bytes().skip(at + 1).all(|b| b.is_ascii_digit()) =>
        {
            (at, plain.len() - at - 1)
        }
        Some(_) => {
            let number: Decimal = raw.parse().ok()?;
            let behind = usize::from(number.scale());
            (
                number
                    .mantissa()
                    .unsigned_abs()
                    .to_string()
                    .len()
                    .saturating_sub(behind),
                behind,
            )
        }
    };
    let is_int = || raw.parse::<i64>().is_ok() || raw.parse::<u64>().is_ok();
    let whole_fits = before < 19 || behind == 0 && is_int();
    if !whole_fits || behind > 18 {
        return None;
    }
    Some((u8::try_from(before).ok()?, u8::try_from(behind).ok()?))
}

impl Shape {
    pub(super) fn of(raw: &str) -> Result<Shape, serde_json::Error> {
        Ok(match raw.as_bytes().first() {
            Some(b'[') => {
                let mut of = ScalarShape::Nothing;
                let items = walk::list(raw)?;
                if !items.is_empty()
                    && items.iter().all(|item| item.starts_with('{'))
                    && !is_place(items.first().unwrap_or(&""))?
                {
                    return Ok(Shape::Rows);
                }
                for item in items {
                    match item.as_bytes().first() {
                        Some(b'{') if !is_place(item)? => {
                            return Ok(Shape::LeftOut("a list of objects and other things"));
                        }
                        Some(b'{') => return Ok(Shape::LeftOut("a list of places")),
                        Some(b'[') => return Ok(Shape::LeftOut("a list of lists")),
                        _ => match of.join(ScalarShape::of(item)) {
                            Some(both) => of = both,
                            None => return Ok(Shape::LeftOut("a list of different types")),
                        },
                    }
                }
                Shape::List(of)
            }
            Some(b'{') if is_place(raw)? => Shape::Scalar(ScalarShape::Place),
            Some(b'{')
                if raw
                    .bytes()
                    .skip(1)
                    .all(|b| b.is_ascii_whitespace() || b == b'}') =>
            {
                Shape::Scalar(ScalarShape::Nothing)
            }
            Some(b'{') => Shape::Object,
            _ => Shape::Scalar(ScalarShape::of(raw)),
        })
    }

    pub(super) fn words(self) -> String {
        match self {
            Shape::Scalar(of) => of.words().to_owned(),
            Shape::List(ScalarShape::Nothing) => "an empty list".to_owned(),
            Shape::List(of) => format!("a list ({} in it)", of.words()),
            Shape::Object => "an object".to_owned(),
            Shape::Rows => "a list of objects".to_owned(),
            Shape::LeftOut(what) => what.to_owned(),
            Shape::Unwanted => String::new(),
        }
    }
}

fn is_place(raw: &str) -> Result<bool, serde_json::Error> {
    let (mut lat, mut lon, mut other) = (false, false, false);
    let number = |raw: &str| raw.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    walk::object(raw, &mut |key, raw| {
        match key {
            "lat" if number(raw) => lat = true,
            "lon" if number(raw) => lon = true,
            _ => other = true,
        }
        Ok::<(), serde_json::Error>(())
    })?;
    Ok(lat && lon && !other)
}

/// Shortens a value for a message.
pub(super) fn short(raw: &str) -> String {
    match raw.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", raw.get(..end).unwrap_or_default()),
        None => raw.to_owned(),
    }
}

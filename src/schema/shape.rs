//! The common type of JSON values.

use super::walk;
use crate::time::{Date, Instant};
use crate::value::{Decimal, MAX_SCALE, Type};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
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
    Scalar(Scalar),
    List(Scalar),
    /// An object: a prefix of dotted names.
    Object,
    /// A list of objects: the rows of a relation.
    Rows,
    /// A value that has no type in the language.
    LeftOut(&'static str),
    /// The projection leaves it out.
    Unwanted,
}

impl Scalar {
    pub(super) fn ty(self) -> Type {
        match self {
            Scalar::Bool => Type::Bool,
            Scalar::Number(Some((_, 0))) => Type::Int,
            // All values fit: an exact number has 18 digits.
            Scalar::Number(Some((before, behind)))
                if behind <= MAX_SCALE && before + behind <= 18 =>
            {
                Type::Decimal(behind)
            }
            Scalar::Number(_) => Type::Float,
            Scalar::Date => Type::Date,
            Scalar::Instant => Type::Instant,
            Scalar::Place => Type::Place,
            Scalar::Text | Scalar::Nothing => Type::String,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Scalar::Nothing => "missing",
            Scalar::Bool => "a bool",
            Scalar::Number(_) => "a number",
            Scalar::Date | Scalar::Instant | Scalar::Text => "a string",
            Scalar::Place => "a place",
        }
    }

    /// The common shape of both.
    pub(super) fn join(self, other: Scalar) -> Option<Scalar> {
        Some(match (self, other) {
            (a, b) if a == b => a,
            (Scalar::Nothing, s) | (s, Scalar::Nothing) => s,
            (Scalar::Number(a), Scalar::Number(b)) => {
                Scalar::Number(a.zip(b).map(|((a, x), (b, y))| (a.max(b), x.max(y))))
            }
            (
                Scalar::Date | Scalar::Instant | Scalar::Text,
                Scalar::Date | Scalar::Instant | Scalar::Text,
            ) => Scalar::Text,
            _ => return None,
        })
    }

    /// The shape of a JSON value that is neither a list nor an object.
    pub(super) fn of(raw: &str) -> Scalar {
        match raw.as_bytes().first() {
            Some(b'n') | None => Scalar::Nothing,
            Some(b't' | b'f') => Scalar::Bool,
            Some(b'"') => {
                let plain = raw.trim_matches('"');
                if !plain.starts_with(|c: char| c.is_ascii_digit())
                    || plain.len() < 10
                    || plain.len() > 40
                {
                    Scalar::Text
                } else if plain.len() == 10 && plain.parse::<Date>().is_ok() {
                    Scalar::Date
                } else if plain.parse::<Instant>().is_ok() {
                    Scalar::Instant
                } else {
                    Scalar::Text
                }
            }
            Some(_) => Scalar::Number(digits(raw)),
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
    let whole_fits = before < 19 || behind == 0 && raw.parse::<i64>().is_ok();
    if !whole_fits || behind > 18 {
        return None;
    }
    Some((u8::try_from(before).ok()?, u8::try_from(behind).ok()?))
}

impl Shape {
    pub(super) fn of(raw: &str) -> Result<Shape, serde_json::Error> {
        Ok(match raw.as_bytes().first() {
            Some(b'[') => {
                let mut of = Scalar::Nothing;
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
                        _ => match of.join(Scalar::of(item)) {
                            Some(both) => of = both,
                            None => return Ok(Shape::LeftOut("a list of different types")),
                        },
                    }
                }
                Shape::List(of)
            }
            Some(b'{') if is_place(raw)? => Shape::Scalar(Scalar::Place),
            Some(b'{')
                if raw
                    .bytes()
                    .skip(1)
                    .all(|b| b.is_ascii_whitespace() || b == b'}') =>
            {
                Shape::Scalar(Scalar::Nothing)
            }
            Some(b'{') => Shape::Object,
            _ => Shape::Scalar(Scalar::of(raw)),
        })
    }

    pub(super) fn words(self) -> String {
        match self {
            Shape::Scalar(of) => of.words().to_owned(),
            Shape::List(Scalar::Nothing) => "an empty list".to_owned(),
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

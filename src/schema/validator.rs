//! Which values a field accepts: those between two ends, those that match a regular expression.

use super::{Field, SchemaError};
use crate::time::{Date, Duration, Instant};
use crate::value::{Decimal, Scalar, Type};
use regex::{Regex, RegexBuilder};
use std::fmt;
use std::sync::Arc;

/// What a field's values have to be, beside of its type.
#[derive(Debug)]
pub(crate) struct Validator {
    /// Both ends are accepted.
    between: Option<[Limit; 2]>,
    matches: Option<Regex>,
}

#[derive(Clone, Copy, Debug)]
enum Limit {
    /// In the units of the type: of a decimal its last digit, of a date days, of an instant or a duration microseconds.
    Whole(i128),
    Real(f64),
}

impl Validator {
    /// The validator of a field, if it has one.
    pub(super) fn of(field: &Field, what: &str) -> Result<Option<Arc<Self>>, SchemaError> {
        let wrong =
            |message: String| SchemaError::Type(format!("{what} `{}`{message}", field.name));
        if field
            .purpose
            .iter()
            .any(|purpose| purpose.trim().is_empty())
        {
            return Err(wrong(
                ": a purpose is a name, such as `communication`".into(),
            ));
        }
        let between = field.between.as_ref().map(|ends| limits(field, ends));
        let matches = field.matches.as_ref().map(|text| expression(field, text));
        let (between, matches) = (between.transpose(), matches.transpose());
        let (between, matches) = (between.map_err(wrong)?, matches.map_err(wrong)?);
        let is_open = between.is_none() && matches.is_none();
        Ok((!is_open).then(|| Arc::new(Validator { between, matches })))
    }

    pub(crate) fn accepts_whole(&self, value: i128) -> bool {
        match self.between {
            Some([Limit::Whole(low), Limit::Whole(high)]) => (low..=high).contains(&value),
            _ => true,
        }
    }

    pub(crate) fn accepts_real(&self, value: f64) -> bool {
        match self.between {
            Some([Limit::Real(low), Limit::Real(high)]) => (low..=high).contains(&value),
            _ => true,
        }
    }

    pub(crate) fn accepts_text(&self, value: &str) -> bool {
        self.matches
            .as_ref()
            .is_none_or(|regex| regex.is_match(value))
    }
}

impl Field {
    /// What a value that the field does not accept is said to be: `not between 0 and 120; …`.
    pub(crate) fn refusal(&self) -> String {
        let (why, option) = match (&self.between, &self.matches) {
            (Some([low, high]), _) => (
                format!("is not between {} and {}", Written(low), Written(high)),
                "between",
            ),
            (None, matches) => {
                let matches = matches.as_deref().unwrap_or_default();
                (format!("does not match `{matches}`"), "matches")
            }
        };
        format!("{why}; correct it, or change `{option}` in the schema")
    }
}

/// The type of a field's values, or of the items of a list.
fn item_type(field: &Field) -> &Type {
    match &field.ty {
        Type::List(item) => item,
        ty => ty,
    }
}

fn limits(field: &Field, [low, high]: &[Scalar; 2]) -> Result<[Limit; 2], String> {
    let ty = item_type(field);
    if !matches!(
        ty,
        Type::Int | Type::Decimal(_) | Type::Float | Type::Date | Type::Instant | Type::Duration
    ) {
        return Err(format!(
            " is {}; only numbers, dates, instants and durations can be `between` two ends",
            field.ty
        ));
    }
    let end = |end: &Scalar| {
        let wrong = || {
            let end = Written(end);
            format!(
                ": `{end}` is not `{ty}`; the ends of `between` are values of that type, the lower one first"
            )
        };
        limit(ty, end).ok_or_else(wrong)
    };
    let ends = [end(low)?, end(high)?];
    let is_ordered = match ends {
        [Limit::Whole(low), Limit::Whole(high)] => low <= high,
        [Limit::Real(low), Limit::Real(high)] => low <= high,
        _ => false,
    };
    if is_ordered {
        Ok(ends)
    } else {
        let (low, high) = (Written(low), Written(high));
        Err(format!(
            ": nothing is `between` {low} and {high}; write the lower end first"
        ))
    }
}

fn limit(ty: &Type, end: &Scalar) -> Option<Limit> {
    let text = Written(end).to_string();
    let is_text = matches!(end, Scalar::Text(_));
    Some(Limit::Whole(match ty {
        Type::Float if !is_text => {
            return text
                .parse()
                .ok()
                .filter(|end: &f64| end.is_finite())
                .map(Limit::Real);
        }
        Type::Int if !is_text => text.parse().ok()?,
        Type::Decimal(scale) => text
            .parse::<Decimal>()
            .ok()?
            .rescale(*scale)?
            .mantissa()
            .into(),
        Type::Date => text.parse::<Date>().ok()?.days().into(),
        Type::Instant => text.parse::<Instant>().ok()?.micros().into(),
        Type::Duration => text.parse::<Duration>().ok()?.micros().into(),
        _ => return None,
    }))
}

fn expression(field: &Field, text: &str) -> Result<Regex, String> {
    if *item_type(field) != Type::String {
        return Err(format!(
            " is {}; only a string can have `matches`",
            field.ty
        ));
    }
    let wrong = |why| format!(": the regular expression `{text}` cannot be used: {why}");
    regex(text, false).map_err(wrong)
}

/// A regular expression, or why it cannot be used.
pub(crate) fn regex(text: &str, ignoring_case: bool) -> Result<Regex, String> {
    let compiled = RegexBuilder::new(text)
        .case_insensitive(ignoring_case)
        .size_limit(1 << 20)
        .nest_limit(64)
        .build();
    compiled.map_err(|error| {
        if matches!(error, regex::Error::CompiledTooBig(_)) {
            return "it grows beyond 1 MiB when compiled".to_owned();
        }
        let error = error.to_string();
        let last = error.lines().last().unwrap_or_default();
        last.trim_start_matches("error: ").to_owned()
    })
}

/// An end as its author wrote it.
struct Written<'s>(&'s Scalar);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Scalar::Bool(v) => v.fmt(f),
            Scalar::Whole(v) => v.fmt(f),
            Scalar::Unsigned(v) => v.fmt(f),
            Scalar::Real(v) => v.fmt(f),
            Scalar::Text(v) => v.fmt(f),
        }
    }
}

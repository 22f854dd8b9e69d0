//! An expression as a field of anybody's configuration.

use crate::check::{CheckError, Context};
use crate::rule::Rule;
use crate::schema::Schema;
use crate::syntax::{self, Expr};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// An expression whose grammar was checked, but not yet its names. It can stand as a field of any serde type.
///
/// ```
/// use segue::{rulebook::Expression, schema::{Field, Schema}, Type};
///
/// #[derive(serde::Deserialize)]
/// struct Campaign { name: String, audience: Expression }
///
/// let campaign: Campaign = serde_json::from_str(r#"{"name": "spring", "audience": "age between 20 and 30"}"#)?;
/// let schema = Schema::builder().attribute(Field::new("age", Type::Int)).build()?;
/// let rule = campaign.audience.check(&schema)?;
/// assert_eq!(rule.text(), "age between 20 and 30");
///
/// let wrong = serde_json::from_str::<Campaign>(r#"{"name": "spring", "audience": "age between 20 or 30"}"#);
/// assert!(wrong.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Expression {
    text: String,
    expr: Expr,
}

impl Expression {
    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The syntax tree.
    #[must_use]
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// The expression of a tree that a program made, in its canonical spelling. It is printed and read again, so that it means
    /// what its text says.
    ///
    /// # Errors
    /// If no text reads as this tree (`E0033`).
    pub fn from_expr(expr: &Expr) -> Result<Self, CheckError> {
        let (text, expr) =
            syntax::read_back(expr).map_err(|(text, found)| CheckError::new(&text, found))?;
        Ok(Expression { text, expr })
    }

    /// Checks it as a condition over a schema.
    ///
    /// # Errors
    /// All findings that forbid its use.
    pub fn check(&self, schema: &Schema) -> Result<Rule, CheckError> {
        self.check_in(&Context::new(schema.clone()))
    }

    /// Checks it as a condition among the names of a context.
    ///
    /// # Errors
    /// All findings that forbid its use.
    pub fn check_in(&self, context: &Context) -> Result<Rule, CheckError> {
        Rule::of_expr(&self.text, self.expr.clone(), context)
    }
}

impl FromStr for Expression {
    type Err = CheckError;

    fn from_str(text: &str) -> Result<Self, CheckError> {
        let expr = syntax::parse(text).map_err(|found| CheckError::new(text, found))?;
        Ok(Expression {
            text: text.to_owned(),
            expr,
        })
    }
}

impl fmt::Display for Expression {
    /// The canonical spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.expr, f)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?
            .parse()
            .map_err(|e| de::Error::custom(format_args!("this expression cannot be read\n{e}")))
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Expression {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expression".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A condition of the segment language: `age > 50 and viewed(\"anti-aging\") within 30 days`"
        })
    }
}

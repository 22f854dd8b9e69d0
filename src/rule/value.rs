//! A checked expression of a value.

use crate::diagnostic::Diagnostic;
use crate::ir::{Calendar, Reads, Term, ValueForm, ValueType};
use crate::schema::Schema;
use std::fmt;
use std::sync::Arc;

/// A value that was checked against a schema: a trait, a score, or an expression such as `sum(purchased.amount within 12 months)`.
/// A condition is a value that is true or false. Cheap to clone.
///
/// ```
/// use segue::{ValueRule, schema::{EventKind, Field, Schema}, ir::ValueType, Type};
/// let schema = Schema::builder()
///     .kind(EventKind::new("purchased").property(Field::new("amount", Type::Decimal(2))))
///     .build()?;
/// let spent = ValueRule::check("sum(purchased.amount within 12 months)", &schema)?;
/// assert_eq!(spent.value_type(), ValueType::Of(Type::Decimal(2)));
///
/// let error = ValueRule::check("sum(purchased.price)", &schema).unwrap_err();
/// assert_eq!(error.diagnostics()[0].code, "E0103");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ValueRule(Arc<Inner>);

struct Inner {
    text: String,
    term: Term,
    schema: Schema,
    calendar: Calendar,
    warnings: Vec<Diagnostic>,
    reads: Reads,
}

impl ValueRule {
    pub(crate) fn new(
        text: String,
        term: Term,
        (schema, calendar): (&Schema, Calendar),
        warnings: Vec<Diagnostic>,
    ) -> Self {
        let reads = Reads::of_term(&term, schema);
        ValueRule(Arc::new(Inner {
            text,
            term,
            schema: schema.clone(),
            calendar,
            warnings,
            reads,
        }))
    }

    /// The expression as it was written. Of a trait, a score, a segment or a tag: the expression that names it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The type of the value.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        self.form().value_type()
    }

    /// The schema it was checked against.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.0.schema
    }

    /// What it can be used in spite of.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.0.warnings
    }

    /// What of a profile it looks at.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.0.reads
    }

    /// What it is computed from, with every name resolved: for programs that read rules.
    #[must_use]
    pub fn form(&self) -> ValueForm<'_> {
        ValueForm::new(&self.0.term, &self.0.schema, &self.0.text)
    }

    pub(crate) fn term(&self) -> &Term {
        &self.0.term
    }

    pub(crate) fn calendar(&self) -> Calendar {
        self.0.calendar
    }
}

impl fmt::Debug for ValueRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ValueRule").field(&self.0.text).finish()
    }
}

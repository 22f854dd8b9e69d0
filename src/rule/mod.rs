//! A checked rule, and what rule files bind to rules: triggers, journeys and the rules of sending. Depends on `ir`.

#![deny(clippy::wildcard_enum_match_arm)]

pub(crate) mod campaign;
pub(crate) mod choice;
pub(crate) mod content;
pub(crate) mod identity;
pub(crate) mod journey;
pub(crate) mod offer;
pub(crate) mod sending;
pub(crate) mod touchpoint;
pub(crate) mod trigger;
mod value;
pub(crate) mod wait;

pub use value::ValueRule;

use crate::diagnostic::Diagnostic;
use crate::ir::{Calendar, Cond, ConditionForm, Reads, Weight};
use crate::schema::Schema;
use crate::syntax::Expr;
use std::fmt;
use std::sync::Arc;

/// A condition that was checked against a schema: every name is known, every comparison makes sense. Cheap to clone.
///
/// ```
/// use segue::{Rule, schema::{EventKind, Field, Schema}, Type};
/// let schema = Schema::builder()
///     .attribute(Field::new("age", Type::Int))
///     .kind(EventKind::new("viewed").subject(Field::new("category", Type::String)))
///     .build()?;
/// let rule = Rule::check(r#"age > 50 and viewed("anti-aging") within 30 days"#, &schema)?;
/// assert_eq!(rule.reads().attributes().collect::<Vec<_>>(), ["age"]);
///
/// let error = Rule::check("agee > 50", &schema).unwrap_err();
/// assert_eq!(error.diagnostics()[0].code, "E0101");
/// assert!(error.to_string().contains("did you mean `age`?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Rule(Arc<Inner>);

struct Inner {
    text: String,
    expr: Expr,
    root: Cond,
    schema: Schema,
    calendar: Calendar,
    warnings: Vec<Diagnostic>,
    reads: Reads,
}

impl Rule {
    pub(crate) fn new(
        text: String,
        expr: Expr,
        root: Cond,
        (schema, calendar): (&Schema, Calendar),
        warnings: Vec<Diagnostic>,
    ) -> Rule {
        let reads = Reads::of_condition(&root, schema);
        Rule(Arc::new(Inner {
            text,
            expr,
            root,
            schema: schema.clone(),
            calendar,
            warnings,
            reads,
        }))
    }

    /// The expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The syntax tree.
    #[must_use]
    pub fn expr(&self) -> &Expr {
        &self.0.expr
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

    /// What it says, with every name resolved: for programs that read rules.
    #[must_use]
    pub fn form(&self) -> ConditionForm<'_> {
        ConditionForm::new(&self.0.root, &self.0.schema, &self.0.text)
    }

    /// The rule of the same text with another condition, made of its own.
    pub(crate) fn with_root(&self, change: impl FnOnce(&Cond) -> Cond) -> Rule {
        let root = change(&self.0.root);
        Rule::new(
            self.0.text.clone(),
            self.0.expr.clone(),
            root,
            (&self.0.schema, self.0.calendar),
            self.0.warnings.clone(),
        )
    }

    pub(crate) fn weight(&self) -> Weight {
        Weight::of_cond(&self.0.root)
    }

    pub(crate) fn root(&self) -> &Cond {
        &self.0.root
    }

    pub(crate) fn calendar(&self) -> Calendar {
        self.0.calendar
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.0.text).finish()
    }
}

impl fmt::Display for Rule {
    /// The canonical spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.expr, f)
    }
}

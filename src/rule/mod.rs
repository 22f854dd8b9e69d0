//! Checking: a syntax tree and a schema become a typed [`Rule`], or every error at once. Depends on `syntax`, `schema`.

mod arithmetic;
mod asof;
mod check;
mod compare;
mod context;
mod events;
mod functions;
mod horizon;
pub(crate) mod ir;
mod kinds;
mod lints;
mod membership;
mod names;
pub(crate) mod occasion;
mod path;
mod point;
mod reads;
pub(crate) mod rectangle;
mod relations;
mod row_values;
pub(crate) mod sending;
mod sequence;
mod stages;
mod terms;
pub(crate) mod trigger;
pub(crate) mod visit;
mod window;

pub(crate) use check::{normal, under, value as check_value};
pub(crate) use context::Calendar;
pub use context::Context;
pub(crate) use horizon::Horizon;
pub use horizon::Reach;
pub(crate) use names::{listed, nearest, suggest, suggest_whole};
pub use reads::Reads;

use crate::diagnostic::Diagnostic;
use crate::schema::Schema;
use crate::syntax::{self, Expr};
use std::fmt;
use std::sync::Arc;
use visit::Weight;

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
    root: ir::Cond,
    schema: Schema,
    calendar: Calendar,
    warnings: Vec<Diagnostic>,
    reads: Reads,
}

impl Rule {
    /// Parses and checks an expression that uses the schema's names only, in UTC with weeks from Monday.
    ///
    /// # Errors
    /// All findings that forbid its use, with their places.
    pub fn check(text: &str, schema: &Schema) -> Result<Rule, CheckError> {
        Rule::check_in(text, &Context::new(schema.clone()))
    }

    /// Parses and checks an expression among the names of a context: traits, segments, tags, scores, its zone.
    ///
    /// # Errors
    /// All findings that forbid its use, with their places.
    pub fn check_in(text: &str, context: &Context) -> Result<Rule, CheckError> {
        let expr = syntax::parse(text).map_err(|found| CheckError::new(text, found))?;
        Rule::of_expr(text, expr, context)
    }

    /// Checks a tree that was parsed from `text`.
    pub(crate) fn of_expr(text: &str, expr: Expr, context: &Context) -> Result<Rule, CheckError> {
        let mut found = syntax::suspicious(text);
        let root = check::condition(&expr, text, context, &mut found);
        if let Some(complaint) = root
            .as_ref()
            .and_then(|root| Weight::of_cond(root).complaint())
        {
            found.push(Diagnostic::error("E0209", expr.span, complaint).help(TOO_LARGE_HELP));
        }
        match root {
            Some(root) if !found.iter().any(Diagnostic::is_error) => {
                Ok(Rule::new(text.to_owned(), expr, root, context, found))
            }
            _ => Err(CheckError::new(text, found)),
        }
    }

    /// A rule that was not written as an expression; `text` names it.
    pub(crate) fn of_cond(text: String, root: ir::Cond, context: &Context) -> Rule {
        let expr = Expr {
            kind: syntax::ExprKind::Literal(syntax::Literal::Bool(true)),
            span: crate::span::Span::default(),
        };
        let expr = syntax::parse(&text).unwrap_or(expr);
        Rule::new(text, expr, root, context, Vec::new())
    }

    fn new(
        text: String,
        expr: Expr,
        root: ir::Cond,
        context: &Context,
        warnings: Vec<Diagnostic>,
    ) -> Rule {
        let reads = Reads::of_condition(&root, context.schema());
        Rule(Arc::new(Inner {
            text,
            expr,
            root,
            schema: context.schema().clone(),
            calendar: context.calendar,
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

    pub(crate) fn weight(&self) -> Weight {
        Weight::of_cond(&self.0.root)
    }

    pub(crate) fn root(&self) -> &ir::Cond {
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

/// What to do about a rule that is too large.
pub(crate) const TOO_LARGE_HELP: &str = "a rule is evaluated with everything that it refers to; refer to fewer rules, or keep the answer of one as an attribute";

/// Why an expression cannot be used: every error (and warning) found in it, with the source they point into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckError {
    text: String,
    diagnostics: Vec<Diagnostic>,
}

impl CheckError {
    pub(crate) fn new(text: &str, mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.sort_by_key(|d| (std::cmp::Reverse(d.severity), d.span.start, d.span.end));
        CheckError {
            text: text.to_owned(),
            diagnostics,
        }
    }

    /// The expression.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The findings, errors first, then by place.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.diagnostics.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            f.write_str(diagnostic.render(&self.text, None).trim_end())?;
        }
        Ok(())
    }
}

impl std::error::Error for CheckError {}

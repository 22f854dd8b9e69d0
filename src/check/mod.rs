//! Checking: a syntax tree and a schema become a typed [`Rule`](crate::Rule), or every error at once. Depends on `syntax`,
//! `schema`, `ir`.

mod anchor;
mod arithmetic;
mod as_of;
mod collection;
mod compare;
mod conditions;
mod context;
mod events;
mod functions;
mod kind_patterns;
mod lints;
mod membership;
pub(crate) mod occasion;
mod rectangle;
mod relations;
mod resolve;
mod sequence;
mod stages;
mod suggest;
mod terms;
mod window;

pub(crate) use conditions::{normal, value as check_value};
pub use context::Context;
pub(crate) use suggest::{listed, nearest, suggest, suggest_whole};

use crate::diagnostic::Diagnostic;
use crate::ir::Cond;
use crate::ir::Weight;
use crate::rule::Rule;
use crate::schema::Schema;
use crate::syntax::{self, Expr};
use std::fmt;

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
        let root = conditions::condition(&expr, text, context, &mut found);
        if let Some(complaint) = root
            .as_ref()
            .and_then(|root| Weight::of_cond(root).complaint())
        {
            found.push(Diagnostic::error("E0209", expr.span, complaint).help(TOO_LARGE_HELP));
        }
        match root {
            Some(root) if !found.iter().any(Diagnostic::is_error) => Ok(Rule::new(
                text.to_owned(),
                expr,
                root,
                (context.schema(), context.calendar),
                found,
            )),
            _ => Err(CheckError::new(text, found)),
        }
    }

    /// A rule that was not written as an expression; `text` names it.
    pub(crate) fn of_cond(text: String, root: Cond, context: &Context) -> Rule {
        let expr = Expr {
            kind: syntax::ExprKind::Literal(syntax::Literal::Bool(true)),
            span: crate::span::Span::default(),
        };
        let expr = syntax::parse(&text).unwrap_or(expr);
        Rule::new(
            text,
            expr,
            root,
            (context.schema(), context.calendar),
            Vec::new(),
        )
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

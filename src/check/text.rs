//! Tests of strings: `starts with`, `like`, `matches`.

use super::checker::Checker;
use super::types::Expected;
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, Lit, Pattern, Ty};
use crate::schema::regex;
use crate::span::Span;
use crate::syntax::{Expr, TextOp};

impl Checker<'_> {
    pub(super) fn text_test(
        &mut self,
        op: TextOp,
        value: &Expr,
        pattern: &Expr,
        ignoring_case: bool,
        span: Span,
    ) -> Option<Cond> {
        let value_ = self.any_term(value)?;
        if value_.ty != Ty::String {
            let diagnostic = self.mismatch("`string`", &value_);
            return self.report(diagnostic.help("compare it with `=`, `<`, `>` or `between`"));
        }
        let Lit::Text(text) = self.literal_of(pattern, Expected::like(&value_))? else {
            return None;
        };
        let pattern = if op == TextOp::Matches {
            match regex(&text, ignoring_case) {
                Ok(regex) => Pattern::Regex(regex),
                Err(why) => {
                    return self.report(
                        Diagnostic::error("E0119", pattern.span, format!("this regular expression cannot be used: {why}"))
                            .help("the syntax is that of the Rust crate `regex`; a plain part of a string is found by `contains`"),
                    );
                }
            }
        } else {
            Pattern::Literal(text)
        };
        Some(Cond::new(
            CondKind::Text {
                op,
                value: value_,
                pattern,
                ignoring_case,
            },
            span,
        ))
    }
}

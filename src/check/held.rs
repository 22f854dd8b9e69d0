//! How long a condition has held: `plan = "pro" for more than 7 days`.

use super::checker::Checker;
use super::resolve::joined;
use super::stages::{held, stages_of};
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, Reads, Ty};
use crate::schema::AttributeId;
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, HeldOp, Name, TimeSpan, quoted_name, quoted_path};

impl Checker<'_> {
    pub(super) fn held(
        &mut self,
        whole: &Expr,
        condition: &Expr,
        op: HeldOp,
        duration: TimeSpan,
    ) -> Option<CondKind> {
        let before = self.found.len();
        if let Some(of) = self.whole_stage(condition) {
            return Some(held(
                of,
                None,
                op,
                self.calendar_span(duration, whole.span)?,
            ));
        }
        if self.found.len() > before {
            return None;
        }
        if let ExprKind::Path(names) = &condition.kind
            && !self.is_events(condition)
        {
            self.held_value(names, condition, whole)?;
        }
        let inner = self.cond(condition)?;
        if let Some((of, stages)) = stages_of(&inner) {
            let duration = self.calendar_span(duration, whole.span)?;
            return Some(held(of, Some(stages), op, duration));
        }
        let tracked = self.held_over(&inner)?;
        Some(CondKind::Held {
            condition: Box::new(inner),
            tracked,
            op,
            duration: self.calendar_span(duration, whole.span)?,
        })
    }

    /// Refuses `plan for more than 3 days`, where no value is said.
    fn held_value(&mut self, names: &[Name], attribute: &Expr, whole: &Expr) -> Option<()> {
        let term = self.any_term(attribute)?;
        if term.ty == Ty::Bool {
            return Some(());
        }
        let name = quoted_path(&joined(names));
        let from = attribute.span.end as usize;
        let length = self.source(Span::new(from, whole.span.end as usize));
        self.report(
            Diagnostic::error("E0106", attribute.span, format!("`{}` is {}, not a condition", self.source(attribute.span), term.ty.words()))
                .help(format!("say which: `{name} = … {length}`; for whichever it is, ask whether it changed: `not {name} changed within …`")),
        )
    }

    /// The tracked attributes that a `for more than` condition reads; reports anything else that it reads.
    fn held_over(&mut self, cond: &Cond) -> Option<Vec<AttributeId>> {
        let reads = Reads::of_condition(cond, self.context.schema());
        let schema = self.context.schema();
        let attributes = reads.attribute_positions();
        let tracked = attributes
            .iter()
            .all(|i| schema.attribute_of(*i).is_some_and(|a| a.tracked));
        if tracked && !attributes.is_empty() && reads.only_attributes() {
            return Some(attributes);
        }
        let diagnostic = Diagnostic::error(
            "E0116",
            cond.span,
            format!(
                "it is not known how long `{}` has held",
                self.source(cond.span)
            ),
        );
        if let CondKind::Segment(segment) = &cond.kind {
            let name = quoted_name(&segment.name);
            return self.report(
                diagnostic.help(format!(
                    "ask when it began: `in segment {name} and not entered segment {name} within 3 days`"
                )),
            );
        }
        self.report(
            diagnostic.help("`for more than` follows a condition on attributes with `tracked = true` only; for events use windows: `purchased before 7 days ago`"),
        )
    }
}

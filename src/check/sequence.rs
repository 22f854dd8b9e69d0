//! Sequences: steps, one after the other.

use super::conditions::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::{CalendarSpan, CondKind, Step};
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, Gap, Name};

/// The most steps of one sequence.
const MAX_STEPS: usize = 16;

impl Checker<'_> {
    pub(super) fn sequence(&mut self, steps: &[crate::syntax::Step]) -> Option<CondKind> {
        if steps.len() > MAX_STEPS {
            let span = steps.last().map_or(Span::default(), |s| s.span);
            return self.report(
                Diagnostic::error(
                    "E0120",
                    span,
                    format!("a sequence has at most {MAX_STEPS} steps"),
                )
                .help("leave steps out, or ask for the last ones by themselves, joined by `and`"),
            );
        }
        let outer = std::mem::take(&mut self.steps);
        let mut checked = Vec::with_capacity(steps.len());
        let mut whole = true;
        for (i, step) in steps.iter().enumerate() {
            match self.step(step, i, steps.len()) {
                Some(step) => checked.push(step),
                None => whole = false,
            }
        }
        self.steps = outer;
        whole.then_some(CondKind::Sequence(checked))
    }

    fn step(&mut self, step: &crate::syntax::Step, index: usize, count: usize) -> Option<Step> {
        let (least, most) = match step.gap {
            None => (None, None),
            Some(Gap::Within(length)) => (None, Some(self.calendar_span(length, step.span)?)),
            Some(Gap::Between(low, high)) => {
                let (low, high) = (
                    self.calendar_span(low, step.span)?,
                    self.calendar_span(high, step.span)?,
                );
                if let (CalendarSpan::Micros(a), CalendarSpan::Micros(b))
                | (CalendarSpan::Months(a), CalendarSpan::Months(b)) = (low, high)
                    && a > b
                {
                    self.found.push(
                        Diagnostic::warning(
                            "W0102",
                            step.span,
                            "this never holds: the least time between the steps is above the greatest",
                        )
                        .help("the shorter time stands first: `between 1 day and 8 days`"),
                    );
                }
                (Some(low), Some(high))
            }
        };
        let name = step_name(&step.events);
        if step.absent && index == 0 {
            return self.report(
                Diagnostic::error("E0120", step.span, "a sequence cannot begin with a silence")
                    .help("start with an event: `added_to_cart then no purchased within 1 hour`"),
            );
        }
        if step.absent && most.is_none() && index + 1 < count {
            return self.report(
                Diagnostic::error(
                    "E0120",
                    step.span,
                    "how long must the silence last before the next step?",
                )
                .help("write `then no … within 180 days then …`"),
            );
        }
        if let (true, Some(name)) = (step.absent, name) {
            return self.report(
                Diagnostic::error(
                    "E0121",
                    name.span,
                    format!("`{}` would name an event that does not happen", name.text),
                )
                .help("only a step with an event can have a name"),
            );
        }
        let mut select = self.select(&step.events, &[])?;
        let slot = if let Some(name) = name {
            if self.steps.iter().any(|(n, _)| *n == name.text) {
                return self.report(
                    Diagnostic::error(
                        "E0121",
                        name.span,
                        format!("two steps are called `{}`", name.text),
                    )
                    .help("give each step a name of its own"),
                );
            }
            let schema = self.context.schema();
            if schema.attribute(&name.text).is_some() || schema.relation(&name.text).is_some() {
                let what = if schema.relation(&name.text).is_some() {
                    "a relation"
                } else {
                    "an attribute"
                };
                return self.report(
                    Diagnostic::error(
                        "E0121",
                        name.span,
                        format!("`{}` is {what} already", name.text),
                    )
                    .help("give the step another name"),
                );
            }
            self.steps.push((name.text.clone(), select.kinds.clone()));
            Some(self.steps.len() - 1)
        } else {
            None
        };
        select.slot = slot;
        Some(Step {
            absent: step.absent,
            select,
            least,
            most,
            span: step.span,
        })
    }
}

fn step_name(events: &Expr) -> Option<&Name> {
    match &events.kind {
        ExprKind::As { name, .. } => Some(name),
        ExprKind::Windowed { subject, .. } => step_name(subject),
        ExprKind::Between { value, .. } => step_name(value),
        _ => None,
    }
}

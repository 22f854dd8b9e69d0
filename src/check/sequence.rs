//! Sequences: steps, one after the other.

use super::checker::Checker;
use super::collections::named;
use crate::diagnostic::Diagnostic;
use crate::ir::{CalendarSpan, CondKind, MAX_SLOTS, SlotId, Step};
use crate::schema::KindId;
use crate::span::Span;
use crate::syntax::{self, Expr, Gap, Name};

/// The most steps of one sequence.
const MAX_STEPS: usize = 16;

impl Checker<'_> {
    pub(super) fn sequence(&mut self, sequence: &syntax::Sequence) -> Option<CondKind> {
        let steps = &sequence.steps;
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
        let around = self.scopes.named.len();
        let mut checked = Vec::with_capacity(steps.len());
        let mut whole = true;
        for (i, step) in steps.iter().enumerate() {
            match self.step(step, i, steps.len()) {
                Some(step) => checked.push(step),
                None => whole = false,
            }
        }
        self.scopes.named.truncate(around);
        whole.then_some(CondKind::Sequence(checked))
    }

    /// `viewed as v` that is no step, and whose parentheses do not read `v`.
    pub(super) fn needless_name(&self, events: &Expr, name: &Name) -> Diagnostic {
        let message = format!("nothing reads the name `{}`", name.text);
        Diagnostic::error("E0120", name.span, message).help(format!(
            "write `{}` alone, or go on with `then …`; a name can be read by later steps, and by other events in its own parentheses",
            self.source(events.span)
        ))
    }

    /// `viewed as v as w`
    pub(super) fn two_names(&self, inner: &Name, outer: &Name) -> Diagnostic {
        let message = format!("these events are called `{}` already", inner.text);
        Diagnostic::error("E0121", outer.span, message).help("events have one name")
    }

    /// Names an event, if nothing else has the name; gives where the event is kept.
    pub(super) fn name_event(&mut self, name: &Name, kinds: &[KindId]) -> Option<SlotId> {
        if let Some(diagnostic) = self.taken(name) {
            return self.report(diagnostic);
        }
        if self.scopes.named.len() == MAX_SLOTS {
            let message = format!("at most {MAX_SLOTS} events have names at one place");
            return self.report(
                Diagnostic::error("E0121", name.span, message)
                    .help("name only events that are read"),
            );
        }
        Some(self.scopes.name(&name.text, kinds))
    }

    /// The least and the most time after the step before.
    fn gap(&mut self, step: &syntax::Step) -> Option<(Option<CalendarSpan>, Option<CalendarSpan>)> {
        Some(match step.gap {
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
                    let message = "this condition is always false: the least time between the steps is above the greatest";
                    self.found.push(
                        Diagnostic::warning("W0102", step.span, message)
                            .help("the shorter time stands first: `between 1 day and 8 days`"),
                    );
                }
                (Some(low), Some(high))
            }
        })
    }

    /// Why a step cannot have a name: something else has it.
    fn taken(&self, name: &Name) -> Option<Diagnostic> {
        let wrong = |message| Diagnostic::error("E0121", name.span, message);
        if self.scopes.named(&name.text).is_some() {
            let message = format!("two events are called `{}`", name.text);
            return Some(wrong(message).help("give each a name of its own"));
        }
        let what = if self.schema().relation(&name.text).is_some() {
            "a relation"
        } else if self.schema().attribute(&name.text).is_some() {
            "an attribute"
        } else {
            return None;
        };
        let message = format!("`{}` is {what} already", name.text);
        Some(wrong(message).help("give the event another name"))
    }

    fn step(&mut self, step: &syntax::Step, index: usize, count: usize) -> Option<Step> {
        let (least, most) = self.gap(step)?;
        if let Some(diagnostic) = refused_silence(step, most.is_none(), index, count) {
            return self.report(diagnostic);
        }
        let select = self.select_of_step(&step.events)?;
        if let Some((_, name)) = named(&step.events) {
            self.scopes.name(&name.text, &select.kinds);
        }
        Some(Step {
            absent: step.absent,
            select,
            least,
            most,
            span: step.span,
        })
    }
}

/// What is wrong with a silence.
fn refused_silence(
    step: &syntax::Step,
    endless: bool,
    index: usize,
    count: usize,
) -> Option<Diagnostic> {
    if !step.absent {
        return None;
    }
    let wrong = |span, message: &str| Diagnostic::error("E0120", span, message);
    if index == 0 {
        let diagnostic = wrong(step.span, "a sequence cannot begin with a silence");
        return Some(
            diagnostic.help("start with an event: `added_to_cart then no purchased within 1 hour`"),
        );
    }
    if endless && index + 1 < count {
        let message = "how long must the silence last before the next step?";
        return Some(wrong(step.span, message).help("write `then no … within 180 days then …`"));
    }
    let (_, name) = named(&step.events)?;
    let message = format!("`{}` would name an event that does not happen", name.text);
    Some(
        Diagnostic::error("E0121", name.span, message)
            .help("only a step with an event can have a name"),
    )
}

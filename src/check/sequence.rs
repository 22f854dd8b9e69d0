//! Sequences: steps, one after the other.

use super::anchor::Point;
use super::checker::Checker;
use super::collections::named;
use crate::diagnostic::Diagnostic;
use crate::ir::visit::windows_read_event;
use crate::ir::{
    CalendarSpan, Cond, CondKind, Edge, MAX_SLOTS, Select, SlotId, Step, Term, TermKind, Ty,
};
use crate::schema::KindId;
use crate::span::Span;
use crate::syntax::{self, Expr, Gap, Name};

/// The most steps of one sequence.
const MAX_STEPS: usize = 16;

/// Where the first event of a sequence is kept, and the last so far.
type Ends = Option<(SlotId, SlotId)>;

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
        let events = steps.iter().filter(|step| !step.absent).count();
        if has_joint_conditions(sequence) && events < 2 {
            return self.report(too_few_events(steps));
        }
        let around = self.scopes.named.len();
        let mut checked = Vec::with_capacity(steps.len());
        let (mut whole, mut ends) = (true, None);
        let last_event = steps.iter().rposition(|step| !step.absent);
        for (i, step) in steps.iter().enumerate() {
            let mut step = self.step(step, i, steps.len());
            // What is wrong with the joint conditions is wrong once.
            if whole {
                let goes_on = last_event.is_some_and(|last| i < last);
                step = step.and_then(|step| {
                    self.with_joint_conditions(sequence, step, goes_on, &mut ends)
                });
            }
            match step {
                Some(step) => checked.push(step),
                None => whole = false,
            }
        }
        self.scopes.named.truncate(around);
        whole.then_some(CondKind::Sequence(checked))
    }

    /// What a sequence asks of its events together, as it is asked of one that comes after `ends`:
    /// `a then b with no c in between all within 7 days` is `a as x then b(not c after x.at before at) within 7 days after x.at`.
    fn with_joint_conditions(
        &mut self,
        sequence: &syntax::Sequence,
        mut step: Step,
        goes_on: bool,
        ends: &mut Ends,
    ) -> Option<Step> {
        if step.absent || !has_joint_conditions(sequence) {
            return Some(step);
        }
        let before = *ends;
        if goes_on && (before.is_none() || sequence.none_between.is_some()) {
            let slot = match step.select.slot {
                Some(slot) => slot,
                None => self.keep_event("", &step.select.kinds, step.span)?,
            };
            step.select.slot = Some(slot);
            *ends = Some((before.map_or(slot, |(first, _)| first), slot));
        }
        let Some((first, last)) = before else {
            return Some(step);
        };
        let at = |slot| Point::of_term(Term::new(TermKind::At(slot), Ty::Instant, step.span));
        if let Some(length) = sequence.within {
            let length = self.calendar_span(length, step.span)?;
            let end = self.shifted(&at(Some(first)), true, length, 1);
            step.select.windows.upper.push(end);
        }
        if let Some(events) = &sequence.none_between {
            let warned = self.found.len();
            let mut between = self.none_between(events)?;
            // It is the same between all of them, and so is what it is warned of.
            if first != last {
                self.found.truncate(warned);
            }
            let windows = &mut between.windows;
            windows
                .lower
                .push(self.bound(&at(Some(last)), Edge::DayEnd));
            windows.upper.push(self.bound(&at(None), Edge::DayStart));
            let some = Cond::new(CondKind::Happened(between), events.span);
            let none = CondKind::Not(Box::new(some));
            step.select.filter.push(Cond::new(none, events.span));
        }
        Some(step)
    }

    /// The events of `with no (visited within 7 days) in between`.
    fn none_between(&mut self, events: &Expr) -> Option<Select> {
        let between = self.select(events, &[])?;
        if windows_read_event(&between.windows) {
            let message =
                "this window counts from the event around the sequence, which has no name";
            let diagnostic = Diagnostic::error("E0114", events.span, message).help(
                "give that event a name, and write it in front: `purchased(viewed then chatted with no (visited since p.at) in between) as p`",
            );
            return self.report(diagnostic);
        }
        Some(between)
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
        self.keep_event(&name.text, kinds, name.span)
    }

    fn keep_event(&mut self, name: &str, kinds: &[KindId], span: Span) -> Option<SlotId> {
        if self.scopes.named.len() == MAX_SLOTS {
            let message = format!("more than {MAX_SLOTS} events have to be kept at one place");
            return self.report(Diagnostic::error("E0121", span, message).help(
                "name only events that are read; `with no … in between` keeps every event of a sequence but the last",
            ));
        }
        Some(self.scopes.name(name, kinds))
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

/// Whether a sequence asks something of its events together.
fn has_joint_conditions(sequence: &syntax::Sequence) -> bool {
    sequence.none_between.is_some() || sequence.within.is_some()
}

/// `a then no b within 1 hour all within 7 days`
fn too_few_events(steps: &[syntax::Step]) -> Diagnostic {
    let span = steps.first().map_or(Span::default(), |step| step.span);
    let message = "only one step of this sequence is an event";
    Diagnostic::error("E0120", span, message).help(
        "`with no … in between` and `all within …` are about two events or more; a silence has its own length: `then no … within 7 days`",
    )
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use crate::schema::{EventKind, Schema};
    use crate::{Rule, Type, schema::Field};

    #[test]
    fn what_may_not_lie_between_is_kept_apart_and_warned_of_once() {
        let kind = |name| EventKind::new(name).property(Field::new("order", Type::Int));
        let kinds = ["a", "b", "c"].map(kind).into_iter();
        let schema = kinds.fold(Schema::builder(), |schema, kind| schema.kind(kind));
        let schema = schema.build().unwrap();
        let warnings = |text: &str| Rule::check(text, &schema).unwrap().warnings().len();
        // The last of 16 steps need not be kept, so there is room for the event around them.
        let steps = vec!["a"; 16].join(" then ");
        assert_eq!(
            warnings(&format!("{steps} with no b in between all within 7 days")),
            0
        );
        let around = format!("c({steps} with no b(order = x.order) in between) as x");
        assert_eq!(warnings(&around), 0);
        // Windows of what may not lie between count from what has a name, or has events of its own.
        for window in [
            "since x.at - 1 day",
            "since last(b(order = 5)).at",
            "since max(b.at)",
        ] {
            let rule = format!("c(a(order = x.order) then b with no (a {window}) in between) as x");
            assert_eq!(warnings(&rule), 0, "{rule}");
        }
        assert_eq!(
            warnings("a then a then a then a with no b(order between 2 and 1) in between"),
            1
        );
    }
}

//! What something that has a value over time has been: an attribute, a stage, being in a segment.

use super::compare::Comparer;
use super::logic::Const;
use super::segment::SegmentNode;
use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::timeline::attribute::AttributeTimeline;
use crate::eval::timeline::{HeldFor, Past, Since, StateTimeline, Step};
use crate::eval::value::Literal;
use crate::eval::window::WindowNode;
use crate::ir::{StateOf, StateTest, StateValues, Ty};
use crate::profile::{Profile, Val};
use crate::time::{Instant, MAX_BACK, NEVER};
use std::ops::ControlFlow::{self, Break, Continue};

/// `plan was "pro" within 90 days`, `entered stage decision within 7 days`, `in stage decision for at least 3 days`
pub(crate) struct StateNode<P: Profile> {
    timeline: Box<dyn StateTimeline<P>>,
    from: Values,
    to: Values,
    question: Question<P>,
    cost: u32,
}

enum Question<P: Profile> {
    Was(WindowNode<P>),
    Changed(WindowNode<P>),
    Held(HeldFor),
}

/// The values that are asked for; none are named: any.
struct Values {
    named: Option<Vec<Option<Literal>>>,
    comparer: Comparer,
}

impl Values {
    fn bind(values: Option<&StateValues>, comparer: Comparer) -> Self {
        let literal = |value: &Option<_>| value.as_ref().map(Literal::of);
        Values {
            named: values.map(|values| values.iter().map(literal).collect()),
            comparer,
        }
    }

    fn accept(&self, value: &Val<'_>) -> bool {
        let is = |wanted: &Option<Literal>| match wanted {
            Some(wanted) => self.comparer.is_equal(value, &wanted.val()),
            None => value.is_missing(),
        };
        self.named.as_ref().is_none_or(|named| named.iter().any(is))
    }
}

impl<P: Profile> StateNode<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, of: &StateOf, test: &StateTest) -> Node<P> {
        let numbered = Comparer::of(&Ty::Bool, &Ty::Bool, false);
        let (timeline, comparer, cost): (Box<dyn StateTimeline<P>>, _, _) = match of {
            StateOf::Attribute(field) => {
                let Some(history) = binder.history(field) else {
                    return Node::Const(Const(false));
                };
                let comparer = Comparer::of_field(field, binder.schema, false);
                (
                    Box::new(AttributeTimeline { history, comparer }),
                    comparer,
                    12,
                )
            }
            StateOf::Stage(of) => (Box::new(binder.current_stage(of)), numbered, 500),
            StateOf::Segment(of) => (Box::new(SegmentNode::bind(binder, of)), numbered, 500),
        };
        let (from, to, question) = match test {
            StateTest::Was { values, windows } => {
                (None, Some(values), Question::Was(binder.windows(windows)))
            }
            StateTest::Changed { from, to, windows } => {
                let question = Question::Changed(binder.windows(windows));
                (from.as_ref(), to.as_ref(), question)
            }
            StateTest::Held {
                values,
                op,
                duration,
            } => {
                let held_for = HeldFor {
                    op: *op,
                    duration: *duration,
                    calendar: binder.calendar,
                };
                (None, values.as_ref(), Question::Held(held_for))
            }
        };
        Node::State(Box::new(StateNode {
            timeline,
            from: Values::bind(from, comparer),
            to: Values::bind(to, comparer),
            question,
            cost,
        }))
    }

    /// The window that is asked about; `None` where a bound counts from a missing value, or there is none.
    pub(crate) fn range<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<(i64, i64)> {
        match &self.question {
            Question::Was(windows) | Question::Changed(windows) => windows.range(ctx),
            Question::Held(_) => None,
        }
    }

    /// How long the state is asked to have lasted; `None` where something else is asked.
    pub(crate) fn held_for(&self) -> Option<HeldFor> {
        match &self.question {
            Question::Held(held_for) => Some(*held_for),
            Question::Was(_) | Question::Changed(_) => None,
        }
    }

    /// Visits the stretches in which it was one of the values, each by its first and its last microsecond: those that have ended,
    /// and one that lasts, as far as `ctx.now`; then `None`, for one to say whether that is enough; and the one that lasts, to
    /// its end. Gives the first instant after `ctx.now` at which one ends or begins.
    pub(crate) fn stretches<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        mut visit: impl FnMut(Option<(i64, i64)>) -> ControlFlow<()>,
    ) -> i64 {
        let (mut since, mut next) = (None, NEVER);
        let mut step = |step: Step<'a>| {
            match step {
                Step::Is { since: at, value } => since = self.to.accept(&value).then_some(at),
                Step::Now => {
                    since.map_or(Continue(()), |first| visit(Some((first, ctx.now))))?;
                    visit(None)?;
                }
                Step::Becomes { at, after, .. } => match (since, self.to.accept(&after)) {
                    (None, false) | (Some(_), true) => {}
                    (first, _) => {
                        if at > ctx.now {
                            next = at;
                        }
                        since = first.is_none().then_some(at);
                        if let Some(first) = first {
                            visit(Some((first, at.saturating_sub(1).max(first))))?;
                        }
                        if at > ctx.now {
                            return Break(());
                        }
                    }
                },
                Step::Unknown { from } => {
                    next = from;
                    if let Some(first) = since.take() {
                        visit(Some((first, from.saturating_sub(1))))?;
                    }
                    return Break(());
                }
            }
            Continue(())
        };
        let flow = self.timeline.walk(ctx, Past::All, &mut step);
        if let (Continue(()), Some(first)) = (flow, since) {
            let _ = visit(Some((first, NEVER.saturating_sub(1))));
        }
        next
    }

    /// Visits the changes that are meant: those from `from` up to `ctx.now`, and then `None`, for one to say whether that is enough.
    /// Gives the first that comes. What has always been so is no change.
    pub(crate) fn changes<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        from: i64,
        mut visit: impl FnMut(Option<i64>) -> ControlFlow<()>,
    ) -> i64 {
        let mut next = NEVER;
        let mut step = |step: Step<'a>| match step {
            Step::Becomes { at, before, after }
                if at > Instant::MIN.micros()
                    && self.from.accept(&before)
                    && self.to.accept(&after) =>
            {
                if at <= ctx.now {
                    return visit(Some(at));
                }
                next = at;
                Break(())
            }
            Step::Is { .. } | Step::Becomes { .. } => Continue(()),
            Step::Now => visit(None),
            Step::Unknown { from } => {
                next = from;
                Break(())
            }
        };
        let _ = self.timeline.walk(ctx, Past::From(from), &mut step);
        next
    }

    /// Since when it has been one of the values without a break, or where none are named, the one that it is; and the first
    /// instant after `ctx.now` at which that is otherwise, if one `looks_on`.
    pub(crate) fn since<'a>(&'a self, ctx: &Ctx<'a, P>, looks_on: bool) -> (Since, i64) {
        let restarts = self.to.named.is_none();
        let inside = |v: &Val<'_>| self.to.accept(v) && !(restarts && v.is_missing());
        let (mut since, mut ended, mut next) = (None, None, NEVER);
        let mut step = |step: Step<'a>| {
            match step {
                Step::Is { since: at, value } => since = inside(&value).then_some(at),
                Step::Now if looks_on => {}
                Step::Now => return Break(()),
                Step::Unknown { from } => {
                    next = from;
                    return Break(());
                }
                Step::Becomes { at, after, .. } if at > ctx.now => {
                    if restarts || inside(&after) != since.is_some() {
                        next = at;
                        return Break(());
                    }
                }
                Step::Becomes { at, after, .. } if !inside(&after) => {
                    ended = since.take().map(|first| (at, first)).or(ended);
                }
                Step::Becomes { at, .. } if restarts => since = Some(at),
                Step::Becomes { at, .. } => {
                    // What it leaves and comes back to at one instant is not left.
                    let back = ended.filter(|(end, _)| *end == at);
                    since = since.or(Some(back.map_or(at, |(_, first)| first)));
                }
            }
            Continue(())
        };
        let past = if restarts {
            Past::LastChange
        } else {
            Past::All
        };
        let _ = self.timeline.walk(ctx, past, &mut step);
        (Since::from_instant(since), next)
    }

    /// Whether it was one of the values at some time in the windows.
    fn was<'a>(&'a self, ctx: &Ctx<'a, P>, windows: &'a WindowNode<P>) -> Bounded {
        let mut overlap = Overlap::of(windows);
        let next = self.stretches(ctx, |stretch| match stretch {
            Some((first, last)) => {
                overlap.add(ctx, first, last);
                Continue(())
            }
            None if overlap.get(ctx) == Bounded::forever(true) => Break(()),
            None => Continue(()),
        });
        let was = overlap.get(ctx);
        was.capped(if was.holds { NEVER } else { next })
    }

    /// Whether it changed as is meant in the windows.
    fn changed<'a>(&'a self, ctx: &Ctx<'a, P>, windows: &'a WindowNode<P>) -> Bounded {
        let low = windows.range(ctx).map_or(i64::MIN, |(low, _)| low);
        let mut overlap = Overlap::of(windows);
        let mut changed = Bounded::forever(false);
        // A window of months can move back, and so take in what lay just before it.
        let next = self.changes(ctx, low.saturating_sub(MAX_BACK), |change| {
            if let Some(at) = change {
                overlap.add(ctx, at, at);
                return Continue(());
            }
            changed = overlap.get(ctx);
            if changed.holds {
                Break(())
            } else {
                Continue(())
            }
        });
        changed.capped(next)
    }
}

impl<P: Profile> Condition<P> for StateNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        if let Question::Held(held_for) = &self.question {
            let (since, _) = self.since(ctx, false);
            return held_for.evaluate(ctx.now, since, NEVER).holds;
        }
        let Some((low, high)) = self.range(ctx) else {
            return false;
        };
        let high = high.min(ctx.now.saturating_add(1));
        let mut holds = false;
        let mut found = |first: i64, last: i64| {
            holds |= low < high && first < high && last >= low;
            if holds { Break(()) } else { Continue(()) }
        };
        if let Question::Was(_) = self.question {
            self.stretches(ctx, |stretch| {
                stretch.map_or(Break(()), |(first, last)| found(first, last))
            });
        } else {
            self.changes(ctx, low.saturating_sub(1), |change| {
                change.map_or(Break(()), |at| found(at, at))
            });
        }
        holds
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        match &self.question {
            Question::Was(windows) => self.was(ctx, windows),
            Question::Changed(windows) => self.changed(ctx, windows),
            Question::Held(held_for) => {
                let (since, next) = self.since(ctx, true);
                held_for.evaluate(ctx.now, since, next)
            }
        }
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let changes = self.timeline.max_changes(ctx, of);
        match &self.question {
            Question::Was(windows) | Question::Changed(windows) => {
                windows.max_change_points(ctx, changes, of)
            }
            Question::Held(_) => changes.saturating_mul(2),
        }
    }

    fn cost(&self) -> u32 {
        self.cost
    }
}

/// Whether windows and one of some stretches of time have an instant in common; the stretches come one after another.
struct Overlap<'a, P: Profile> {
    windows: &'a WindowNode<P>,
    of_all: Bounded,
    last: Option<(i64, i64)>,
}

impl<'a, P: Profile> Overlap<'a, P> {
    fn of(windows: &'a WindowNode<P>) -> Self {
        Overlap {
            windows,
            of_all: Bounded::forever(false),
            last: None,
        }
    }

    fn add(&mut self, ctx: &Ctx<'a, P>, first: i64, last: i64) {
        // Where a window only begins, the last is inside whenever another is.
        if self.windows.upper.is_empty() {
            self.last = Some((first, last));
        } else {
            let overlap = self.windows.overlap(ctx, first, last);
            self.of_all = Bounded::any([self.of_all, overlap].into_iter());
        }
    }

    fn get(&self, ctx: &Ctx<'a, P>) -> Bounded {
        let of_last = |(first, last)| self.windows.overlap(ctx, first, last);
        self.last.map_or(self.of_all, of_last)
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::*;
    use crate::Rule;
    use crate::profile::{Model, Record};
    use crate::schema::{Field, Schema};
    use crate::value::Type;

    /// The stretches that are visited at 10 o'clock, in hours, up to the visit at which one stops; and when one ends or begins.
    fn stretches(history: &str, stop: usize) -> (Vec<Option<(i64, i64)>>, i64) {
        let schema = Schema::builder().attribute(Field::new("level", Type::Int).tracked());
        let schema = schema.build().unwrap();
        let rule = Rule::check("level was 1", &schema).unwrap();
        let model = Model::<Record>::for_schema(&schema);
        let node = Binder::new(&model, &schema, rule.calendar()).cond(rule.root());
        let Node::State(node) = &node else {
            panic!("no state");
        };
        let json = format!(r#"{{"id": "x", "history": {{"level": [{history}]}}}}"#);
        let record = Record::from_json(&schema, &json).unwrap();
        let start = "2026-01-01T00:00:00Z".parse::<Instant>().unwrap().micros();
        let hour = |at: i64| (at.saturating_sub(start)) / crate::time::HOUR;
        let mut seen = Vec::new();
        let next = node.stretches(
            &Ctx::new(&record, start + 10 * crate::time::HOUR),
            |visited| {
                seen.push(visited.map(|(first, last)| (hour(first), hour(last + 1))));
                if seen.len() == stop {
                    Break(())
                } else {
                    Continue(())
                }
            },
        );
        (seen, if next == NEVER { NEVER } else { hour(next) })
    }

    #[test]
    fn who_stops_is_shown_no_further_stretch() {
        let at = |hour: u8, level: u8| {
            format!(r#"{{"at": "2026-01-01T{hour:02}:00:00Z", "value": {level}}}"#)
        };
        let past = [at(1, 1), at(3, 2), at(6, 1)].join(",");
        let ended = format!("{past},{}", at(12, 2));
        let all = vec![Some((1, 3)), Some((6, 10)), None, Some((6, 12))];
        assert_eq!(stretches(&ended, usize::MAX), (all.clone(), 12));
        for stop in 1..=all.len() {
            assert_eq!(stretches(&ended, stop).0, all[..stop], "{stop}");
            assert_eq!(stretches(&past, stop).0.len(), stop);
        }
    }
}

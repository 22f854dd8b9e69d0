//! What was, what changed, what has been so for how long: the past of attributes, of stages and of segments.

use super::events::off;
use super::report::{ChangeKind, ReadValue};
use super::source::{field_name, words};
use super::value::{instant, rough, show, show_lit};
use super::values::listed;
use super::walk::{Explainer, Facts, Query};
use crate::eval::cond::Node;
use crate::eval::cond::state::StateNode;
use crate::eval::context::Ctx;
use crate::eval::timeline::attribute::HistoryOf;
use crate::eval::timeline::{HeldFor, Since};
use crate::ir::{Cond, FieldRef, Lit, StateOf, StateTest, StateValues, Ty};
use crate::profile::Profile;
use crate::syntax::{HeldOp, quoted_name};
use crate::time::Instant;
use std::ops::ControlFlow::{Break, Continue};

/// The most changes of an attribute that are shown.
const MAX_CHANGES: usize = 5;
/// The most changes of a state that are looked at. Of something that changes every hour, only what lies in the window matters.
const MAX_SEARCHED: usize = 10_000;

impl<P: Profile> Explainer<'_, P> {
    /// The last values of a tracked attribute, the present one first, and since when each has been there.
    fn history(
        &self,
        field: &FieldRef,
        history: &HistoryOf<P>,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let (name, ty) = self.tracked(field);
        let profile = query.ctx.profile;
        let past = (0..history.len(profile))
            .rev()
            .filter(|i| history.at(profile, *i) <= query.now());
        let mut none = true;
        for i in past.take(MAX_CHANGES) {
            none = false;
            let at = history.at(profile, i);
            let since = if at == Instant::MIN.micros() {
                "from the beginning".to_owned()
            } else {
                format!("since {}", instant(at, self.calendar.zone))
            };
            let value = show(&history.value(profile, i), &ty, self.calendar);
            facts.readings.push(ReadValue {
                margin: Some(since),
                ..ReadValue::new(name.clone(), value)
            });
        }
        if none {
            facts.readings.push(ReadValue::new(name, None));
        }
    }

    /// What something that has a value over time has been, and what it is now.
    pub(super) fn state(
        &mut self,
        cond: &Cond,
        (of, test): (&StateOf, &StateTest),
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.cond(cond);
        let Node::State(node) = &node else { return };
        match test {
            StateTest::Held { .. } => {
                let (since, _) = node.since(query.ctx, false);
                let called = "how long it has been so".to_owned();
                if let Some(held_for) = node.held_for() {
                    self.read_held(called, since, held_for, query, facts);
                }
            }
            StateTest::Was { values, .. } => self.was(node, of, values, query, facts),
            StateTest::Changed { to, .. } => match of {
                StateOf::Attribute(field) => {
                    self.changed(node, field, to.as_ref(), query, facts);
                }
                StateOf::Stage(_) | StateOf::Segment(_) => {
                    self.moved(node, of, to.is_some(), query, facts);
                }
            },
        }
        match of {
            StateOf::Attribute(field) => {
                if let Some(history) = self.binder.history(field) {
                    self.history(field, &history, query, facts);
                }
            }
            StateOf::Stage(of) => self.present_stage(of, query, facts),
            StateOf::Segment(segment) => {
                let part = self.segment_part(segment, query.ctx);
                if let StateTest::Changed { to, .. } = test
                    && !query.inner()
                    && part.holds != to.is_some()
                {
                    facts.actions = self.segment_counterfactual(segment);
                }
                facts.parts.push(part);
            }
        }
    }

    fn was(
        &self,
        node: &StateNode<P>,
        of: &StateOf,
        values: &StateValues,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let StateOf::Attribute(field) = of else {
            let mut first = None;
            node.stretches(query.ctx, |stretch| {
                first = first.or(stretch.map(|(first, _)| first));
                Break(())
            });
            return facts.read("first entered", Some(self.when(first)), None);
        };
        if query.inner() {
            return;
        }
        let (now, range) = (query.now(), node.range(query.ctx));
        let mut last = None;
        node.stretches(query.ctx, |stretch| {
            last = stretch.or(last);
            Continue(())
        });
        let (value, margin) = match (last, range) {
            (Some((first, last)), Some((low, high))) => {
                let at = if last < low { last } else { first };
                (Some(last.min(now)), Some(off(at, low, high, now)))
            }
            _ => (None, None),
        };
        let (name, ty) = self.tracked(field);
        let show = |value: &Option<Lit>| match value {
            Some(lit) => show_lit(lit, &ty, self.calendar),
            None => "missing".to_owned(),
        };
        let (op, wanted) = match values.as_slice() {
            [only] => ("=", show(only)),
            values => ("in", listed(values.iter().map(show))),
        };
        let read = format!("last `{name} {op} {wanted}`");
        facts.read(read, Some(self.when(value)), margin);
        if range.is_some_and(|(low, high)| low <= now && now < high) {
            facts.actions = Some(vec![ChangeKind::Value {
                name,
                op: op.to_owned(),
                value: wanted,
            }]);
        }
    }

    /// Changes of a tracked attribute.
    fn changed(
        &self,
        node: &StateNode<P>,
        field: &FieldRef,
        to: Option<&StateValues>,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let (now, range, last) = (
            query.now(),
            node.range(query.ctx),
            last_change(node, query.ctx),
        );
        let margin = last.zip(range).filter(|_| !query.inner());
        let margin = margin.map(|(at, (low, high))| off(at, low, high, now));
        facts.read("last such change", Some(self.when(last)), margin);
        if !query.inner() && range.is_some_and(|(low, high)| low <= now && now < high) {
            let (name, ty) = self.tracked(field);
            let only = to.and_then(|values| values.first()?.as_ref());
            let to = only.map(|lit| show_lit(lit, &ty, self.calendar));
            let op = to.as_ref().map_or("changed", |_| "changed to");
            facts.actions = Some(vec![ChangeKind::Value {
                name,
                op: op.to_owned(),
                value: to.unwrap_or_default(),
            }]);
        }
    }

    /// When a profile came into a stage or a segment, or left it.
    fn moved(
        &self,
        node: &StateNode<P>,
        of: &StateOf,
        entered: bool,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let range = node.range(query.ctx);
        let moved = if entered { "entered" } else { "left" };
        let called = if let StateOf::Segment(segment) = of {
            format!("last {moved} {}", quoted_name(&segment.name))
        } else {
            format!("last {moved}")
        };
        let last = last_change(node, query.ctx);
        let margin = last.zip(range).and_then(|(at, (low, _))| {
            let by = rough(low.saturating_sub(at));
            (at < low).then(|| format!("{by} too long ago"))
        });
        facts.read(called, Some(self.when(last)), margin);
    }

    fn tracked(&self, field: &FieldRef) -> (String, Ty) {
        let (schema, ty) = (self.schema, field.value_type(self.schema));
        (field_name(field, schema), ty)
    }

    /// An instant in words.
    fn when(&self, at: Option<i64>) -> String {
        at.map_or_else(|| "never".to_owned(), |at| self.since(at))
    }

    pub(super) fn held(
        &mut self,
        cond: &Cond,
        condition: &Cond,
        op: HeldOp,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.cond(cond);
        let Node::Held(node) = &node else { return };
        let explained = self.cond(condition, query.text, query.ctx);
        let called = format!("how long `{}` has held", words(condition.span, query.text));
        let since = node.since(query.ctx);
        self.read_held(called, since, node.held_for, query, facts);
        if since == Since::Not {
            facts.actions = explained.counterfactual.best().map(|mut changes| {
                if op != HeldOp::LessThan {
                    let reached = node.held_for.reached(query.now());
                    let until = reached.saturating_add(i64::from(op == HeldOp::MoreThan));
                    changes.push(ChangeKind::Wait {
                        until: Instant::from_micros(until),
                    });
                }
                changes
            });
        } else if query.inner() {
            facts.actions = explained.counterfactual.best();
        }
        facts.parts.push(explained.part);
    }

    /// How long something has been so, and by how much that is too long or too short.
    fn read_held(
        &self,
        called: String,
        since: Since,
        held_for: HeldFor,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let since = match since {
            Since::Not => return facts.read(called, None, None),
            Since::Ever => return facts.read(called, Some("ever".to_owned()), None),
            Since::From(since) => since,
        };
        let (now, reached) = (query.now(), held_for.reached(since));
        let margin = match held_for.op {
            HeldOp::LessThan => format!("{} too long", rough(now.saturating_sub(reached))),
            HeldOp::MoreThan | HeldOp::AtLeast => {
                let more = i64::from(held_for.op == HeldOp::MoreThan);
                let short = reached.saturating_sub(now).saturating_add(more);
                format!("{} short", rough(short))
            }
        };
        let lasted = rough(now.saturating_sub(since));
        let value = format!("{lasted}, since {}", self.since(since));
        facts.read(called, Some(value), (!query.inner()).then_some(margin));
    }
}

/// The last change that is meant.
fn last_change<P: Profile>(node: &StateNode<P>, ctx: &Ctx<'_, P>) -> Option<i64> {
    let last_from = |from: i64, max: usize| {
        let (mut last, mut seen) = (None, 0);
        node.changes(ctx, from, |change| {
            let Some(at) = change else { return Break(()) };
            (last, seen) = (Some(at), seen + 1);
            if seen > max { Break(()) } else { Continue(()) }
        });
        (seen <= max).then_some(last)
    };
    let low = node.range(ctx).map_or(i64::MIN, |(low, _)| low);
    last_from(i64::MIN, MAX_SEARCHED)
        .or_else(|| last_from(low.saturating_sub(1), usize::MAX))
        .flatten()
}

//! The past of tracked attributes and of segments: what was, what changed, what has held for how long.

use super::events::off;
use super::report::{ChangeKind, ReadValue};
use super::source::{field_name, words};
use super::value::{instant, rough, show, show_lit};
use super::values::listed;
use super::walk::{Explainer, Facts, Query};
use crate::eval::bounded::NextChange;
use crate::eval::cond::Node;
use crate::eval::timeline::Since;
use crate::eval::timeline::attribute::HistoryOf;
use crate::ir::{Cond, FieldRef, Lit, Segment, Ty};
use crate::profile::Profile;
use crate::syntax::HeldOp;
use crate::time::{Instant, NEVER};
use std::sync::Arc;

/// The most changes of an attribute that are shown.
const MAX_CHANGES: usize = 5;
/// The most moves in and out of a segment that are looked at.
const MAX_MOVES: usize = 10_000;

impl<P: Profile> Explainer<'_, P> {
    /// The last values of a tracked attribute, the present one first, and since when each has been there.
    fn history(
        &self,
        name: &str,
        ty: &Ty,
        history: &HistoryOf<P>,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
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
            let value = show(&history.value(profile, i), ty, self.calendar);
            facts.readings.push(ReadValue {
                name: name.to_owned(),
                value,
                margin: Some(since),
            });
        }
        if none {
            facts.readings.push(ReadValue {
                name: name.to_owned(),
                value: None,
                margin: None,
            });
        }
    }

    pub(super) fn was(
        &mut self,
        cond: &Cond,
        value: &FieldRef,
        set: &[Lit],
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.cond(cond);
        let Node::Was(node) = &node else { return };
        let (name, ty) = (
            field_name(value, self.schema),
            value.value_type(self.schema),
        );
        let range = node.windows.range(query.ctx);
        if !query.inner() {
            let last = node
                .stretches(query.ctx)
                .filter(|(first, _)| *first <= query.now())
                .last();
            let (value, margin) = match (last, range) {
                (Some((first, last)), Some((low, high))) => {
                    let at = if last < low { last } else { first };
                    (
                        Some(instant(last.min(query.now()), self.calendar.zone)),
                        Some(off(at, low, high, query.now())),
                    )
                }
                _ => (Some("never".to_owned()), None),
            };
            let wanted = set.iter().map(|lit| show_lit(lit, &ty, self.calendar));
            let wanted = if let [one] = set {
                show_lit(one, &ty, self.calendar)
            } else {
                listed(wanted)
            };
            let sign = if set.len() == 1 { "=" } else { "in" };
            facts.read(format!("last `{name} {sign} {wanted}`"), value, margin);
            if range.is_some_and(|(low, high)| low <= query.now() && query.now() < high) {
                let op = if set.len() == 1 { "=" } else { "in" };
                facts.actions = Some(vec![ChangeKind::Value {
                    name: name.clone(),
                    op: op.to_owned(),
                    value: wanted,
                }]);
            }
        }
        self.history(&name, &ty, &node.history, query, facts);
    }

    pub(super) fn changed(
        &mut self,
        cond: &Cond,
        value: &FieldRef,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.cond(cond);
        let Node::Changed(node) = &node else { return };
        let (name, ty) = (
            field_name(value, self.schema),
            value.value_type(self.schema),
        );
        let range = node.windows.range(query.ctx);
        let last = node
            .changes(query.ctx)
            .filter(|at| *at <= query.now())
            .last();
        let margin = match (last, range) {
            (Some(at), Some((low, high))) if !query.inner() => {
                Some(off(at, low, high, query.now()))
            }
            _ => None,
        };
        let at = last.map_or_else(|| "never".to_owned(), |at| instant(at, self.calendar.zone));
        facts.read("last such change", Some(at), margin);
        if !query.inner()
            && range.is_some_and(|(low, high)| low <= query.now() && query.now() < high)
        {
            let to = node
                .to
                .as_ref()
                .and_then(|lit| show(&lit.val(), &ty, self.calendar));
            let op = if to.is_some() {
                "changed to"
            } else {
                "changed"
            };
            facts.actions = Some(vec![ChangeKind::Value {
                name: name.clone(),
                op: op.to_owned(),
                value: to.unwrap_or_default(),
            }]);
        }
        self.history(&name, &ty, &node.history, query, facts);
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
        let now = query.now();
        let explained = self.cond(condition, query.text, query.ctx);
        let ripe = |since: i64| node.held_for.reached(since);
        let called = format!("how long `{}` has held", words(condition.span, query.text));
        match node.since(query.ctx) {
            Since::Not => {
                facts.read(called, None, None);
                facts.actions = explained.counterfactual.best().map(|mut changes| {
                    if op != HeldOp::LessThan {
                        let until = ripe(now).saturating_add(i64::from(op == HeldOp::MoreThan));
                        changes.push(ChangeKind::Wait {
                            until: Instant::from_micros(until),
                        });
                    }
                    changes
                });
            }
            Since::Ever => {
                facts.read(called, Some("ever".to_owned()), None);
                if query.inner() {
                    facts.actions = explained.counterfactual.best();
                }
            }
            Since::From(since) => {
                let by = ripe(since);
                let margin = match (op, query.inner()) {
                    (HeldOp::LessThan, false) => {
                        Some(format!("{} too long", rough(now.saturating_sub(by))))
                    }
                    (_, false) => Some(format!(
                        "{} short",
                        rough(
                            by.saturating_sub(now)
                                .saturating_add(i64::from(op == HeldOp::MoreThan))
                        )
                    )),
                    (_, true) => None,
                };
                facts.read(
                    called,
                    Some(format!(
                        "{}, since {}",
                        rough(now - since),
                        instant(since, self.calendar.zone)
                    )),
                    margin,
                );
                if query.inner() {
                    facts.actions = explained.counterfactual.best();
                }
            }
        }
        facts.parts.push(explained.part);
    }

    pub(super) fn moved(
        &mut self,
        cond: &Cond,
        entered: bool,
        segment: &Arc<Segment>,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.cond(cond);
        let Node::SegmentTransition(node) = &node else {
            return;
        };
        let ctx = query.ctx;
        let low = node.since.value(ctx).unwrap_or(i64::MIN);
        // The last move of this kind, looked for from an instant on; `None` where there are too many.
        let last_move = |from: i64, most: usize| {
            let (mut t, mut last) = (from.max(Instant::MIN.micros()), None);
            for _ in 0..most {
                let NextChange { holds, until, .. } = node.segment.next_change(&ctx.at(t));
                if until == NEVER || until > ctx.now {
                    return Some(last);
                }
                if holds != entered {
                    last = Some(until);
                }
                t = until;
            }
            None
        };
        // Of something that turns every hour, only what lies in the window matters.
        let last = last_move(i64::MIN, MAX_MOVES)
            .or_else(|| last_move(low.saturating_sub(1), usize::MAX))
            .flatten();
        let name = format!(
            "last {} {}",
            if entered { "entered" } else { "left" },
            crate::syntax::quoted_name(&segment.name)
        );
        let margin = last
            .filter(|at| *at < low)
            .map(|at| format!("{} too long ago", rough(low.saturating_sub(at))));
        facts.read(
            name,
            Some(last.map_or_else(|| "never".to_owned(), |at| instant(at, self.calendar.zone))),
            margin,
        );
        let part = self.segment_part(segment, ctx);
        if !query.inner() && part.holds != entered {
            facts.actions = self.segment_counterfactual(segment);
        }
        facts.parts.push(part);
    }
}

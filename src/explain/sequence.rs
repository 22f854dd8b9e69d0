//! Sequences: how far the profile got, by which events, and what the next step waits for.

use super::counterfactual::Counterfactual;
use super::events::Shown;
use super::planned::{Plan, Planned};
use super::report::{ChangeKind, Evidence, ExplanationNode, PartKind};
use super::source::{kind_names, words};
use super::value::{instant, rough};
use super::walk::{Explainer, Facts, Query};
use crate::eval::cond::Node;
use crate::eval::cond::sequence::{SequenceNode, StepNode, correlates};
use crate::eval::context::Ctx;
use crate::ir::{Cond, Select, Step};
use crate::profile::{Event, Profile};
use crate::time::Instant;

/// A sequence, as it is written and as it runs.
struct Line<'s, P: Profile> {
    steps: &'s [Step],
    node: &'s SequenceNode<P>,
}

/// How far the profile got: by which events, and when the last step of those was taken.
struct Reached<'t, 'e, E> {
    events: &'t [Option<&'e E>],
    after: Option<i64>,
}

impl<P: Profile> Explainer<'_, P> {
    pub(super) fn sequence(
        &mut self,
        cond: &Cond,
        steps: &[Step],
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.cond(cond);
        let Node::Sequence(node) = &node else { return };
        let found = node.longest_match(query.ctx);
        debug_assert_eq!(found.events.len() == steps.len(), query.inner());
        let mut after: Option<i64> = None;
        for (i, (step, compiled)) in steps.iter().zip(&node.steps).enumerate() {
            let event = found.events.get(i).copied();
            let is_next = i == found.events.len();
            let breaker = found.breaker.filter(|_| is_next);
            let part = self.step(i, step, compiled, event, breaker, query);
            facts.parts.push(part);
            if is_next {
                let reached = Reached {
                    events: &found.events,
                    after,
                };
                self.next_step(&Line { steps, node }, &reached, found.pending, query, facts);
            }
            after = match event {
                Some(Some(event)) => Some(event.at().micros()),
                Some(None) => after.map(|at| step.most.map_or(at, |most| node.plus(at, most))),
                None => after,
            };
        }
        if query.inner() {
            self.leaving(steps, query, facts);
        }
    }

    /// One step: the event that took it, or the events there are for it.
    fn step(
        &mut self,
        i: usize,
        step: &Step,
        node: &StepNode<P>,
        reached: Option<Option<&P::Event>>,
        breaker: Option<&P::Event>,
        query: Query<'_, '_, P>,
    ) -> ExplanationNode {
        let ctx = query.ctx;
        let text = match words(step.span, query.text) {
            words if i == 0 => words,
            words => format!("then {words}"),
        };
        let shown = Shown::of(&step.select.filter, None);
        let all = |test: &dyn Fn(&P::Event) -> bool| -> usize {
            node.select
                .kinds
                .iter()
                .map(|k| {
                    ctx.of_kind(*k)
                        .iter(i64::MIN, ctx.now.saturating_add(1))
                        .filter(|e| test(e))
                        .count()
                })
                .sum()
        };
        let later = node
            .select
            .kinds
            .iter()
            .map(|k| {
                ctx.of_kind(*k)
                    .iter(ctx.now.saturating_add(1), i64::MAX)
                    .count()
            })
            .sum();
        let mut witnesses = Vec::new();
        if let Some(Some(event)) = reached {
            witnesses.push(self.witness(event, &shown, true, None, ctx.now));
        }
        if let Some(event) = breaker {
            witnesses.push(self.witness(
                event,
                &shown,
                false,
                Some("breaks the silence".to_owned()),
                ctx.now,
            ));
        }
        let evidence = Evidence {
            events: self.events_name(&step.select, query.text),
            kinds: kind_names(&step.select, self.schema),
            seen: all(&|_| true),
            matching: all(&|e| node.select.passes(ctx, e)),
            inside: usize::from(matches!(reached, Some(Some(_)))),
            later,
            since: None,
            before: None,
            witnesses,
        };
        let part = self.part(
            PartKind::Step {
                absent: step.absent,
            },
            text,
            reached.is_some(),
            None,
            &Counterfactual::default(),
            Vec::new(),
        );
        ExplanationNode {
            evidence: vec![evidence],
            ..part
        }
    }

    /// What the first step that was not reached waits for.
    fn next_step<'a>(
        &mut self,
        line: &Line<'_, P>,
        reached: &Reached<'_, 'a, P::Event>,
        pending: Option<i64>,
        query: Query<'_, 'a, P>,
        facts: &mut Facts,
    ) {
        let Some(step) = line.steps.get(reached.events.len()) else {
            return;
        };
        let after = reached.after;
        let anew = Reached {
            events: &[],
            after: None,
        };
        let now = query.now();
        if step.absent {
            match (pending, after) {
                (Some(at), Some(after)) => {
                    facts.avoid = Some(self.events_name(&step.select, query.text));
                    let since = instant(after, self.calendar.zone);
                    let left = rough(at.saturating_sub(now));
                    facts.read(
                        "the silence",
                        Some(format!("unbroken since {since}")),
                        Some(format!("{left} to go")),
                    );
                    facts.actions = self.plan(line, reached, query);
                }
                _ => {
                    facts.read("the silence", Some("broken".to_owned()), None);
                    facts.actions = self.plan(line, &anew, query);
                }
            }
            return;
        }
        let before = after
            .zip(step.most)
            .map(|(after, most)| line.node.plus(after, most));
        // At `before` itself it may still come.
        if let Some(before) = before.filter(|before| *before < now) {
            facts.read(
                "time for the next step",
                Some("over".to_owned()),
                Some(format!("{} ago", rough(now.saturating_sub(before)))),
            );
            facts.actions = self.plan(line, &anew, query);
        } else {
            let onward = self.plan(line, reached, query);
            facts.actions = onward.or_else(|| self.plan(line, &anew, query));
        }
    }

    /// The events, and the silences, that would lead through the steps that were not reached.
    fn plan<'a>(
        &mut self,
        line: &Line<'_, P>,
        reached: &Reached<'_, 'a, P::Event>,
        query: Query<'_, 'a, P>,
    ) -> Option<Vec<ChangeKind>> {
        let Reached { events, after } = *reached;
        let node = line.node;
        let now = query.now();
        let named = node.named(query.ctx, events);
        let ctx = Ctx {
            steps: &named,
            ..*query.ctx
        };
        let rest = line.steps.iter().zip(&node.steps).skip(events.len());
        let mut proposed = Plan(Vec::new());
        let mut end = now;
        // Strictly later than what has happened.
        let mut not_before = after.map(|after| after.saturating_add(1));
        let mut after = after;
        let mut plan = Vec::new();
        for (step, compiled) in rest {
            let name = self.events_name(&step.select, query.text);
            let from = after.unwrap_or(now);
            if step.absent {
                // A silence without an end lasts by itself.
                if let Some(most) = step.most {
                    let last = node.plus(from, most);
                    let until = last.saturating_add(1);
                    // An event that the profile holds for later than now may break it yet.
                    let ahead = |kind: &usize| {
                        query
                            .ctx
                            .of_kind(*kind)
                            .iter(now.saturating_add(1), until)
                            .any(|e| compiled.select.passes(query.ctx, e))
                    };
                    if compiled.select.kinds.iter().any(ahead) {
                        return None;
                    }
                    plan.push(ChangeKind::NoEvents {
                        events: name,
                        until: Instant::from_micros(until),
                    });
                    after = Some(last);
                    end = end.max(until);
                }
                continue;
            }
            let least = after
                .zip(step.least)
                .map(|(after, least)| node.plus(after, least));
            let since = [not_before.take(), least, after]
                .into_iter()
                .flatten()
                .max()
                .filter(|at| *at > now);
            let gap = after
                .zip(step.most)
                .map(|(after, most)| node.plus(after, most).saturating_add(1));
            let window = self.window_end(&step.select, &proposed, &ctx);
            let before = [gap, window].into_iter().flatten().min();
            // Strictly later than the step before, and not later than it may be.
            let at = since
                .unwrap_or(now)
                .max(after.map_or(now, |after| after.saturating_add(1)));
            if before.is_some_and(|before| before <= at) {
                return None;
            }
            plan.push(ChangeKind::Events {
                events: name,
                times: 1,
                since: since.map(Instant::from_micros),
                before: before.map(Instant::from_micros),
            });
            proposed.0.push(Planned {
                kinds: &step.select.kinds,
                slot: step.select.slot,
                at,
            });
            after = Some(at);
            end = end.max(at);
        }
        let then = ctx.at(end);
        self.would_lead_through(line, events, &proposed, &then)
            .then_some(plan)
    }

    /// When the windows of a step end that do not move with `now`.
    fn window_end(&mut self, select: &Select, plan: &Plan<'_>, ctx: &Ctx<'_, P>) -> Option<i64> {
        let windows = self.binder.windows(&plan.windows(&select.windows, None));
        let fixed = windows.upper.iter().filter(|bound| !bound.moves());
        fixed.filter_map(|bound| bound.value(ctx)).min()
    }

    /// Whether every event, of those that happened and those that are planned, is one of its step when all is done.
    fn would_lead_through<'a>(
        &mut self,
        line: &Line<'_, P>,
        events: &[Option<&'a P::Event>],
        plan: &Plan<'_>,
        then: &Ctx<'a, P>,
    ) -> bool {
        let steps = line.steps.iter().zip(&line.node.steps);
        let mut before: Option<i64> = None;
        let stays = steps.zip(events).all(|((step, node), event)| {
            let Some(event) = event else { return true };
            let at = event.at().micros();
            let before = before.replace(at);
            self.is_inside(&step.select, at, plan, then)
                && !self.may_differ(&step.select, at, plan, then)
                && node.select.passes(then, event)
                && correlates(node, then, event)
                && before.is_none_or(|before| node.are_neighbours(then, before, at))
        });
        let rest = line.steps.iter().skip(events.len());
        let mut rest = rest.filter(|step| !step.absent).zip(&plan.0);
        stays
            && rest.all(|(step, event)| {
                self.is_inside(&step.select, event.at, plan, then)
                    && self.would_pass(&step.select, event.at, plan, then) == Some(true)
            })
    }

    /// Whether an instant lies in the windows of a selection.
    fn is_inside(&mut self, select: &Select, at: i64, plan: &Plan<'_>, then: &Ctx<'_, P>) -> bool {
        let windows = self.binder.windows(&plan.windows(&select.windows, None));
        let range = windows.range(then);
        range.is_some_and(|(low, high)| low <= at && at < high)
    }

    /// What must not happen, or may, for a sequence that holds to be lost.
    fn leaving(&mut self, steps: &[Step], query: Query<'_, '_, P>, facts: &mut Facts) {
        let Some(first) = steps.first() else { return };
        match steps.last() {
            // A silence without an end is broken by any such event.
            Some(last) if last.absent && last.most.is_none() => {
                // An event of the first step's kinds might begin the sequence anew.
                if !last
                    .select
                    .kinds
                    .iter()
                    .any(|k| first.select.kinds.contains(k))
                {
                    let events = self.events_name(&last.select, query.text);
                    facts.actions = self.happen(&last.select, 1, &events, query);
                }
            }
            _ => {
                if self.joins_now(&first.select, query) {
                    facts.avoid = Some(self.events_name(&first.select, query.text));
                }
            }
        }
    }
}

//! Which events take the steps of a sequence, and how far they lead. A sweep keeps what completes the steps so far, and forgets
//! it at the next step; where a match is asked for, that is noted, and the match is read from its end to its beginning.

use super::{
    KeyNode, PartialMatch, SearchState, SequenceNode, StepNode, correlates, order, step_range,
    value,
};
use crate::eval::context::{Ctx, NamedEvents};
use crate::eval::scratch::with_buffer;
use crate::profile::{Event, Profile};
use crate::time::NEVER;
use std::cmp::Reverse;

/// The longest way through the steps of a sequence: all of them where it holds.
pub(crate) struct LongestMatch<'a, E> {
    /// The event of each step that was reached; `None` for a silence.
    pub(crate) events: Vec<Option<&'a E>>,
    /// The event that breaks the silence which would come next.
    pub(crate) breaker: Option<&'a E>,
    /// When the silence which comes next will have lasted long enough.
    pub(crate) pending: Option<i64>,
}

/// What a sweep notes on its way.
#[derive(Default)]
pub(super) struct Trace {
    /// For each step so far: what completes the steps up to it.
    so_far: Vec<Vec<PartialMatch>>,
    /// The same of the longest way so far.
    longest: Vec<Vec<PartialMatch>>,
    /// When the silence behind the longest way will have lasted long enough.
    pending: Option<i64>,
}

impl Trace {
    /// A step is met, or ends the way. `pending`: when a silence that lasts so far will have lasted long enough.
    pub(super) fn note(&mut self, step: usize, reach: &[PartialMatch], pending: i64) {
        self.so_far.truncate(step);
        let is_longer = if reach.is_empty() {
            // Of two ways of one length, that which time alone will lead further.
            self.so_far.len() == self.longest.len() && pending < self.pending.unwrap_or(NEVER)
        } else {
            self.so_far.push(reach.to_vec());
            self.so_far.len() > self.longest.len()
        };
        if is_longer {
            self.longest.clone_from(&self.so_far);
            self.pending = (reach.is_empty()).then_some(pending);
        }
    }
}

impl<P: Profile> SequenceNode<P> {
    /// The longest match. Of several, one that begins last.
    pub(crate) fn longest_match<'a>(&'a self, ctx: &Ctx<'a, P>) -> LongestMatch<'a, P::Event> {
        let mut trace = Trace::default();
        with_buffer(|dead_ends| {
            with_buffer(|reach| {
                let mut state = SearchState {
                    pending: NEVER,
                    certain: None,
                    trace: Some(&mut trace),
                    from: i64::MIN,
                    dead_ends,
                };
                self.sweep(ctx, 0, reach, &ctx.named_events(), &mut state)
            })
        });
        self.read_back(ctx, &trace)
    }

    fn read_back<'a>(&'a self, ctx: &Ctx<'a, P>, trace: &Trace) -> LongestMatch<'a, P::Event> {
        let steps = &trace.longest;
        let silence = self.steps.get(steps.len()).filter(|step| step.absent);
        let mut ends = steps.last().cloned().unwrap_or_default();
        ends.sort_by_key(|end| (Reverse(end.origin), end.at));
        let mut found: Option<LongestMatch<'a, P::Event>> = None;
        for end in ends {
            let pending = trace.pending.filter(|pending| {
                silence.is_some_and(|step| self.closes(step, end.at).saturating_add(1) == *pending)
            });
            if found.is_some() && pending.is_none() {
                continue;
            }
            let events = self.events_to(ctx, steps, end);
            let breaker = silence.and_then(|step| self.breaker(ctx, step, end.at, &events));
            let is_pending = pending.is_some() && breaker.is_none();
            if is_pending || found.is_none() {
                found = Some(LongestMatch {
                    events,
                    breaker,
                    pending: pending.filter(|_| is_pending),
                });
            }
            if is_pending || trace.pending.is_none() {
                break;
            }
        }
        found.unwrap_or(LongestMatch {
            events: Vec::new(),
            breaker: None,
            pending: None,
        })
    }

    /// The events that lead to `end`, which completes the last of `steps`: of several before another, the first.
    fn events_to<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        steps: &[Vec<PartialMatch>],
        end: PartialMatch,
    ) -> Vec<Option<&'a P::Event>> {
        let mut events = Vec::with_capacity(steps.len());
        let mut link = end;
        for (i, step) in self.steps.iter().enumerate().take(steps.len()).rev() {
            events.push(ctx.event_at(link.event).filter(|_| !step.absent));
            let Some(before) = i.checked_sub(1).and_then(|before| steps.get(before)) else {
                break;
            };
            let first = with_buffer(|barriers| {
                step.barriers(ctx, link.at, barriers);
                let leading = before
                    .iter()
                    .filter(|l| self.leads(ctx, step, (l, &link), barriers));
                leading.min_by_key(|l| l.at)
            });
            match first {
                Some(before) => link = *before,
                // INVARIANT: what completes a step goes on from something that completes the one before.
                None => debug_assert!(false, "nothing leads to {link:?}"),
            }
        }
        events.reverse();
        events
    }

    /// Whether `link` goes on from `before` by a step, between whose events no barrier may lie.
    fn leads<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        step: &'a StepNode<P>,
        (before, link): (&PartialMatch, &PartialMatch),
        barriers: &[i64],
    ) -> bool {
        if before.origin != link.origin {
            return false;
        }
        if step.absent {
            let end = step
                .most
                .map_or(before.at, |_| self.closes(step, before.at));
            return before.event == link.event && end == link.at;
        }
        let (of_before, own) = (
            |key: &'a KeyNode<P>| &key.before,
            |key: &'a KeyNode<P>| &key.own,
        );
        let missing = |key: &'a KeyNode<P>| value(ctx, &key.before, before).is_missing();
        self.opens(step, before.at) <= link.at
            && link.at <= self.closes_before(ctx, step, before, barriers)
            && !step.keys.iter().any(missing)
            && order(ctx, &step.keys, (before, &of_before), (link, &own)).is_eq()
    }

    /// The first event that breaks the silence after what `events` have led to.
    fn breaker<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        step: &'a StepNode<P>,
        after: i64,
        events: &[Option<&'a P::Event>],
    ) -> Option<&'a P::Event> {
        let named = self.named(ctx, events);
        let here = Ctx {
            steps: &named,
            ..*ctx
        };
        let (low, high) = step_range(step, &here)?;
        let low = low.max(self.opens(step, after));
        let high = high.min(self.closes(step, after).saturating_add(1));
        let kinds = step.select.kinds.iter();
        kinds
            .flat_map(|kind| ctx.of_kind(*kind).iter(low, high))
            .filter(|event| step.select.passes(ctx, event) && correlates(step, &here, event))
            .min_by_key(|event| event.at())
    }

    /// The events that have names, where `events` have taken the first steps.
    pub(crate) fn named<'a>(
        &self,
        ctx: &Ctx<'a, P>,
        events: &[Option<&'a P::Event>],
    ) -> NamedEvents<'a, P> {
        let mut named = ctx.named_events();
        for (step, event) in self.steps.iter().zip(events) {
            if let Some(kept) = step.slot.and_then(|slot| named.get_mut(slot.index())) {
                *kept = *event;
            }
        }
        named
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
    use crate::eval::Binder;
    use crate::eval::cond::Node;
    use crate::profile::{Model, Record};
    use crate::schema::{EventKind, Schema};
    use crate::time::{DAY, Instant};

    const FIRST: &str = "2026-01-01T00:00:00Z";

    /// The longest match on the 20th of January: the days of its events, that of the event which breaks the next silence, and how
    /// many days that still has to last.
    fn longest(rule: &str, events: &[(&str, u8)]) -> (Vec<Option<i64>>, Option<i64>, Option<i64>) {
        let kinds = ["a", "b", "c"].map(EventKind::new);
        let schema = kinds
            .into_iter()
            .fold(Schema::builder(), |s, kind| s.kind(kind));
        let schema = schema.build().unwrap();
        let profile = events
            .iter()
            .fold(Record::builder(&schema, "x"), |p, (kind, day)| {
                p.event(kind, format!("2026-01-{day:02}T00:00:00Z").as_str(), [])
            });
        let profile = profile.build().unwrap();
        let rule = Rule::check(rule, &schema).unwrap();
        let model = Model::<Record>::for_schema(&schema);
        let mut binder = Binder::new(&model, &schema, rule.calendar());
        let Node::Sequence(node) = binder.cond(rule.root()) else {
            panic!("no sequence");
        };
        let first = FIRST.parse::<Instant>().unwrap().micros();
        let now = first + 19 * DAY;
        let day = |at: Instant| (at.micros() - first) / DAY + 1;
        let found = node.longest_match(&Ctx::new(&profile, now));
        (
            (found.events.iter())
                .map(|event| event.map(|event| day(event.at())))
                .collect(),
            found.breaker.map(|event| day(event.at())),
            found.pending.map(|at| (at - now) / DAY),
        )
    }

    #[test]
    fn a_match_begins_last_and_goes_on_with_what_comes_first() {
        let events = [("a", 1), ("a", 3), ("b", 4), ("b", 5), ("c", 6), ("a", 7)];
        let days = |days: &[i64]| (days.iter().copied().map(Some).collect(), None, None);
        assert_eq!(longest("a then b then c", &events), days(&[3, 4, 6]));
        assert_eq!(
            longest("a then b then c within 1 day", &events),
            days(&[3, 5, 6])
        );
        // How far it got: no `c` comes after `a` within a day, and the last `a` has no `b` behind it.
        assert_eq!(longest("a then c within 1 day", &events), days(&[7]));
        assert_eq!(longest("a then b then c then b", &events), days(&[3, 4, 6]));
        assert_eq!(longest("c then a then b", &events), days(&[6, 7]));
        assert_eq!(longest("c then c", &[]), days(&[]));
        // Events that later steps read are tried one by one.
        let read = "a as x then b(at - x.at >= 3 days) then c";
        assert_eq!(longest(read, &events), days(&[1, 4, 6]));
        let read = "a as x then b as y then c(at - x.at >= 9 days, at - y.at >= 1 day)";
        assert_eq!(longest(read, &events), days(&[3, 4]));
    }

    #[test]
    fn a_silence_is_met_broken_or_lasts_so_far() {
        let events = [
            ("a", 2),
            ("b", 4),
            ("a", 10),
            ("a", 15),
            ("a", 17),
            ("b", 18),
        ];
        let silence = "a then no b within 7 days";
        // The `a` of the 10th has been followed by a week of silence.
        assert_eq!(
            longest(silence, &events),
            (vec![Some(10), None], None, None)
        );
        // Of those that last so far, the first is over first.
        assert_eq!(
            longest(silence, &[("a", 14), ("a", 16)]),
            (vec![Some(14)], None, Some(1))
        );
        // One that lasts so far, rather than those that are broken.
        assert_eq!(
            longest(
                "a then no c within 7 days",
                &[("a", 14), ("c", 15), ("a", 16), ("a", 13)]
            ),
            (vec![Some(16)], None, Some(3))
        );
        assert_eq!(
            longest(silence, &[("a", 2), ("a", 3), ("b", 4), ("b", 5)]),
            (vec![Some(3)], Some(4), None)
        );
        assert_eq!(
            longest("a then no b within 7 days then c", &events),
            (vec![Some(10), None], None, None)
        );
    }
}

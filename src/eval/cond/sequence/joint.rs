//! What is asked of the events of a sequence together: `all within L`, and `with no E in between`.
//!
//! The checker spells both out as tests of each later event: `a then b with no c in between all within 7 days` is
//! `a as x then b(not c after x.at before at) within 7 days after x.at`. Tests that read earlier events keep those, and try them
//! one by one. Of these two a sweep needs to know less.
//!
//! **`with no E in between`** reads the event before alone, so an event of E closes the gap that follows an event, as a length
//! does: after an `a` on the 1st, with the next `c` on the 4th, `b` may come up to the 4th (on which it is not *between*).
//!
//! **`all within L`** reads the first event, whose instant every link has with it. Of several links that lead to one event, that
//! whose beginning leaves most time is as good as any: all that comes later depends on the event and on the time that is
//! left. So each step keeps one link for each of its events, and a pass takes `n log n`:
//!
//! `a then b within 2 days then c all within 5 days`, with `a` on the 1st and the 3rd, `b` on the 3rd and the 5th, `c` on the 7th: the
//! `b` of the 3rd follows the `a` of the 1st and has time up to the 6th; that of the 5th follows the `a` of the 3rd and has time up to
//! the 8th. So `c` completes the sequence, after `a` on the 3rd and `b` on the 5th.

use super::{Onward, PartialMatch, SequenceNode, StepNode, members_valid_until};
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::eval::scratch::{pooled, with_buffer};
use crate::eval::window::shift::moved;
use crate::ir::visit::{slots_read, windows_read_event};
use crate::ir::{Anchor, Bound, Cond, CondKind, Edge, Select, SlotId, Step, TermKind};
use crate::profile::{Event, Profile};
use crate::time::NEVER;
use std::collections::BinaryHeap;

/// How long after the first event the others may come: moved by months and then by microseconds, which is excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deadline {
    months: i64,
    micros: i64,
}

impl Deadline {
    /// (months, microseconds)
    pub(super) fn parts(self) -> (i64, i64) {
        (self.months, self.micros)
    }
}

/// The steps of a sequence, and apart from them what a sweep itself asks of their events together.
pub(super) struct JointTests {
    /// The steps without it.
    pub(super) steps: Vec<Step>,
    /// It, for each step.
    pub(super) of_steps: Vec<JointTest>,
    pub(super) deadline: Option<Deadline>,
}

/// What is asked of the event of a step and of earlier ones together.
#[derive(Default)]
pub(super) struct JointTest {
    /// Whether it comes before the deadline.
    pub(super) has_deadline: bool,
    /// What does not happen between the event before and this one.
    pub(super) none_between: Vec<Select>,
}

impl JointTests {
    pub(super) fn of(written: &[Step]) -> Self {
        let slots: Vec<SlotId> = written.iter().filter_map(|s| s.select.slot).collect();
        let first = written.first().and_then(|step| step.select.slot);
        let (mut steps, mut of_steps) = (Vec::new(), Vec::new());
        let mut deadline = None;
        let mut last: Option<SlotId> = None;
        for step in written {
            let (mut step, mut test) = (step.clone(), JointTest::default());
            if !step.absent {
                step.select.windows.upper.retain(|bound| {
                    let of_bound = first.and_then(|first| deadline_after(bound, first));
                    // Lengths that differ would leave most time to different beginnings.
                    let taken = of_bound.is_some_and(|d| *deadline.get_or_insert(d) == d);
                    test.has_deadline |= taken;
                    !taken
                });
                step.select.filter.retain(|cond| {
                    let between = last.and_then(|last| none_between(cond, last, &slots));
                    let taken = between.is_some();
                    test.none_between.extend(between);
                    !taken
                });
                last = step.select.slot;
            }
            steps.push(step);
            of_steps.push(test);
        }
        JointTests {
            steps,
            of_steps,
            deadline,
        }
    }
}

/// `within 7 days after x.at`
fn deadline_after(bound: &Bound, first: SlotId) -> Option<Deadline> {
    is_instant_of(bound, Some(first)).then_some(Deadline {
        months: bound.months,
        micros: bound.micros,
    })
}

/// `not c after x.at before at`, where nothing else in it reads a step: then it is as many events for each of them.
fn none_between(cond: &Cond, last: SlotId, slots: &[SlotId]) -> Option<Select> {
    let CondKind::Not(some) = &cond.kind else {
        return None;
    };
    let CondKind::Happened(select) = &some.kind else {
        return None;
    };
    let mut select = select.clone();
    let windows = &mut select.windows;
    let is_at = |bound: &Bound, slot, micros| {
        is_instant_of(bound, slot) && bound.months == 0 && bound.micros == micros
    };
    // What the checker adds stands last.
    let from = (windows.lower.iter()).rposition(|bound| is_at(bound, Some(last), 1))?;
    let to = (windows.upper.iter()).rposition(|bound| is_at(bound, None, 0))?;
    windows.lower.remove(from);
    windows.upper.remove(to);
    let rest = Cond::new(CondKind::Happened(select.clone()), cond.span);
    let reads_step = slots_read(&rest).iter().any(|slot| slots.contains(slot));
    (!reads_step && !windows_read_event(&select.windows)).then_some(select)
}

/// Whether a bound counts from the instant of a step, or of the event under test.
fn is_instant_of(bound: &Bound, slot: Option<SlotId>) -> bool {
    let Anchor::Term {
        term,
        edge: Edge::Exact,
    } = &bound.anchor
    else {
        return false;
    };
    matches!(term.kind, TermKind::At(of) if of == slot)
}

impl<P: Profile> StepNode<P> {
    /// Gathers the instants before `end` of what may not happen between the event before and that of the step, in order.
    pub(super) fn barriers<'a>(&'a self, ctx: &Ctx<'a, P>, end: i64, instants: &mut Vec<i64>) {
        for select in &self.none_between {
            let Some((low, high)) = select.range(ctx) else {
                continue;
            };
            select.each_in(ctx, low, high.min(end), |_, event| {
                instants.push(event.at().micros());
            });
        }
        instants.sort_unstable();
    }

    /// Whether nothing that may not happen in between lies between two instants.
    pub(crate) fn are_neighbours<'a>(&'a self, ctx: &Ctx<'a, P>, before: i64, at: i64) -> bool {
        with_buffer(|barriers| {
            self.barriers(ctx, at, barriers);
            barriers.last().is_none_or(|last| *last <= before)
        })
    }

    /// An instant before which the barriers stay the same, as far as they lie in the past.
    pub(super) fn barriers_valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let barriers = self.none_between.iter();
        let ends = barriers.map(|select: &SelectNode<P>| members_valid_until(select, ctx));
        ends.min().unwrap_or(NEVER)
    }
}

/// A link whose gap has opened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct OpenGap {
    /// Before when the whole sequence must be complete.
    end: i64,
    origin: i64,
    /// The last instant of the gap.
    closes: i64,
}

pooled!(OpenGap);

impl<P: Profile> SequenceNode<P> {
    /// Before when the later events must come.
    pub(super) fn end(&self, link: &PartialMatch) -> i64 {
        self.deadline
            .map_or(i64::MAX, |Deadline { months, micros }| {
                moved(link.origin, months, self.calendar).saturating_add(micros)
            })
    }

    /// The last instant that the step may have after `link`, between which and its event there is no barrier.
    pub(super) fn closes_before(
        &self,
        ctx: &Ctx<'_, P>,
        step: &StepNode<P>,
        link: &PartialMatch,
        barriers: &[i64],
    ) -> i64 {
        let closes = self.closes(step, link.at);
        if barriers.is_empty() {
            return closes;
        }
        // A silence is no neighbour: the link's event may be earlier than what completes the link.
        let last = ctx
            .event_at(link.event)
            .map_or(link.at, |event| event.at().micros());
        let first = barriers.partition_point(|at| *at <= last);
        barriers.get(first).map_or(closes, |at| closes.min(*at))
    }

    /// The events that follow one of `reach` with a gap that the step allows, each with the one that leaves most time, of
    /// those whose gap is open.
    pub(super) fn advance_in_time(
        &self,
        ctx: &Ctx<'_, P>,
        step: &StepNode<P>,
        reach: &[PartialMatch],
        events: &[PartialMatch],
        onward: &mut Onward<'_>,
    ) {
        with_buffer(|room: &mut Vec<OpenGap>| {
            let mut open = BinaryHeap::from(std::mem::take(room));
            let mut waiting = reach;
            for event in events {
                while let [link, rest @ ..] = waiting
                    && self.opens(step, link.at) <= event.at
                {
                    open.push(OpenGap {
                        end: self.end(link),
                        origin: link.origin,
                        closes: self.closes_before(ctx, step, link, onward.barriers),
                    });
                    waiting = rest;
                }
                // Events come in order: a gap that has closed stays so.
                while open.peek().is_some_and(|gap| gap.closes < event.at) {
                    open.pop();
                }
                let in_time = |gap: &&OpenGap| !step.has_deadline || event.at < gap.end;
                if let Some(gap) = open.peek().filter(in_time) {
                    let origin = gap.origin;
                    onward.next.push(PartialMatch { origin, ..*event });
                }
            }
            *room = open.into_vec();
        });
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
    use crate::schema::{EventKind, Schema};
    use crate::time::{DAY, HOUR, Instant, Zone, add_months};

    fn schema() -> Schema {
        let kinds = ["a", "b", "c", "d"].map(EventKind::new);
        let schema = kinds
            .into_iter()
            .fold(Schema::builder(), |s, kind| s.kind(kind));
        schema.build().unwrap()
    }

    fn joint(rule: &str) -> JointTests {
        let rule = Rule::check(rule, &schema()).unwrap_or_else(|e| panic!("{e}"));
        let CondKind::Sequence(steps) = &rule.root().kind else {
            panic!("no sequence");
        };
        JointTests::of(steps)
    }

    #[test]
    fn what_reads_no_more_than_the_first_event_or_the_one_before_is_a_part_of_the_sweep() {
        let swept = |rule: &str| {
            let found = joint(rule);
            let rest = found.steps.iter().any(|step| {
                !step.select.filter.is_empty() || !step.select.windows.upper.is_empty()
            });
            let of_steps = found.of_steps.iter();
            let tests: Vec<(bool, usize)> = of_steps
                .map(|test| (test.has_deadline, test.none_between.len()))
                .collect();
            (tests, rest)
        };
        let one = |test| (vec![(false, 0), test], false);
        assert_eq!(swept("a then b all within 7 days"), one((true, 0)));
        assert_eq!(swept("a then b with no c in between"), one((false, 1)));
        let long = "a as x then b(not c after x.at before at)";
        assert_eq!(swept(long), one((false, 1)));
        assert_eq!(
            swept(
                "a then no b within 1 day then c with no (d within 3 days) in between all within 1 month"
            ),
            (vec![(false, 0), (false, 0), (true, 1)], false)
        );
        // What reads other events, or counts otherwise, is left.
        for rule in [
            "a as x then b with no c(at - x.at > 1 hour) in between",
            "a as x then b(not c after x.at before at - 1 hour)",
            "a as x then b then c(not d after x.at before at)",
        ] {
            let (tests, rest) = swept(rule);
            assert!(
                rest && tests.iter().all(|test| *test == (false, 0)),
                "{rule}"
            );
        }
        // Another length than that of an earlier step is left too.
        let (tests, rest) =
            swept("a as x then b within 2 days after x.at then c within 1 month after x.at");
        assert_eq!(
            (tests, rest),
            (vec![(false, 0), (true, 0), (false, 0)], true)
        );
    }

    /// A sequence of the kinds `a`, `b` and `c`, as simply as it can be said.
    struct Asked {
        /// The longest time between two neighbours, in hours.
        gap: Option<i64>,
        barrier: Option<&'static str>,
        end: fn(i64) -> i64,
    }

    impl Asked {
        fn holds(&self, events: &[(&str, i64)]) -> bool {
            let of = |kind: &'static str| events.iter().filter(move |e| e.0 == kind).map(|e| e.1);
            let follows = |x: i64, y: i64| {
                let blocked = |at: i64| x < at && at < y;
                x < y
                    && self.gap.is_none_or(|gap| y - x <= gap * HOUR)
                    && !self.barrier.is_some_and(|kind| of(kind).any(blocked))
            };
            of("a").any(|a| {
                let in_time = |at: i64| at <= (self.end)(a);
                of("b").any(|b| {
                    follows(a, b) && in_time(b) && of("c").any(|c| follows(b, c) && in_time(c))
                })
            })
        }
    }

    #[test]
    fn sweeps_find_what_trying_all_finds() {
        fn never(_: i64) -> i64 {
            i64::MAX
        }
        fn days(at: i64) -> i64 {
            at + 2 * DAY
        }
        // On the last days of January all months end at once, and a later day may have the earlier end.
        fn month(at: i64) -> i64 {
            add_months(Instant::from_micros(at), 1, Zone::UTC).micros()
        }
        let schema = schema();
        let model = Model::<Record>::for_schema(&schema);
        let asked = |gap, barrier, end| Asked { gap, barrier, end };
        let cases = [
            ("a then b then c all within 2 days", asked(None, None, days)),
            (
                "a then b then c all within 1 month",
                asked(None, None, month),
            ),
            (
                "a then b then c with no d in between",
                asked(None, Some("d"), never),
            ),
            (
                "a then b then c with no a in between",
                asked(None, Some("a"), never),
            ),
            (
                "a then b then c with no d in between all within 2 days",
                asked(None, Some("d"), days),
            ),
            (
                "a then b within 20 hours then c within 20 hours with no b in between all within 2 days",
                asked(Some(20), Some("b"), days),
            ),
            (
                "a then b within 600 hours then c within 600 hours all within 1 month",
                asked(Some(600), None, month),
            ),
        ];
        let start = "2026-01-28T00:00:00Z".parse::<Instant>().unwrap().micros();
        let mut seed = 7_u64;
        let mut random = |n: i64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(seed >> 40).unwrap() % n
        };
        for (rule, asked) in cases {
            let matcher = Rule::check(rule, &schema).unwrap().bind(&model).unwrap();
            let mut found = [0, 0];
            for round in 0..300 {
                let n = 4 + random(8);
                // Close together, or in January and a month later.
                let events: Vec<(&str, i64)> = (0..n)
                    .map(|_| {
                        let kind = ["a", "b", "c", "d"][usize::try_from(random(4)).unwrap()];
                        let later = if round % 2 == 0 {
                            0
                        } else {
                            random(2) * 29 * DAY
                        };
                        (kind, start + later + random(30) * 4 * HOUR)
                    })
                    .collect();
                let record = Record::builder(&schema, "x");
                let record = events.iter().fold(record, |record, (kind, at)| {
                    record.event(kind, Instant::from_micros(*at), [])
                });
                let now = Instant::from_micros(start + 60 * DAY);
                let holds = matcher.holds(&record.build().unwrap(), now);
                assert_eq!(holds, asked.holds(&events), "{rule}: {events:?}");
                found[usize::from(holds)] += 1;
            }
            assert!(found.iter().all(|n| *n > 10), "{rule}: {found:?}");
        }
    }
}

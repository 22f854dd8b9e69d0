//! Events: which there are, which of them count, and why the others do not.

use super::journeys::unwritten;
use super::planned::{Plan, Planned};
use super::report::{ChangeKind, Evidence, ReadValue, Witness};
use super::source::{field_name, kind_names, kinds_name, words};
use super::value::{instant, period_of, rough, show};
use super::walk::{Explainer, Facts, Query, instant_of};
use crate::eval::collection::Collection;
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::eval::window::WindowNode;
use crate::eval::window::shift::number_at;
use crate::ir::visit::{Seen, visit_cond, visit_term};
use crate::ir::{Anchor, Bound, Cond, CondKind, FieldRef, Select, SlotId, Term, TermKind, Ty};
use crate::profile::{Accessor, Event, Profile, kind_index};
use crate::schema::Schema;
use crate::syntax::Aggregate;
use crate::time::{Instant, NEVER};
use crate::value::Type;
use std::collections::BTreeSet;

/// The most events that are shown for one event term.
const MAX_WITNESSES: usize = 5;
/// The most periods that are shown one by one.
const MAX_PERIODS: usize = 12;

/// Whether an event that happened now would count.
pub(super) enum Joins {
    /// At once, and until this instant at the latest.
    Now {
        before: Option<i64>,
    },
    /// If it happens from this instant on.
    From {
        since: i64,
        before: Option<i64>,
    },
    /// Once this instant has come.
    Later(i64),
    Never,
}

/// What of events is worth showing.
pub(super) struct Shown {
    /// The names of the properties that the rule reads.
    properties: BTreeSet<String>,
}

impl Shown {
    pub(super) fn of(filter: &[Cond], of: Option<&Term>) -> Self {
        let mut properties = BTreeSet::new();
        let mut see = |seen: Seen<'_>| {
            if let Seen::Field(FieldRef::Property(p)) = seen {
                properties.insert(p.name.to_string());
            }
        };
        filter.iter().for_each(|c| visit_cond(c, &mut see));
        if let Some(of) = of {
            visit_term(of, &mut see);
        }
        Shown { properties }
    }
}

/// How an event stands to a selection.
struct Candidate<'a, E> {
    event: &'a E,
    at: i64,
    matching: bool,
    inside: bool,
}

impl<P: Profile> Explainer<'_, P> {
    /// What events are called: the author's words without the windows.
    pub(super) fn events_name(&self, select: &Select, text: &str) -> String {
        match words(select.span, text) {
            words if words.is_empty() => kinds_name(select, self.schema),
            words => words,
        }
    }

    pub(super) fn joins(&mut self, select: &Select, query: Query<'_, '_, P>) -> Joins {
        let windows = select.windows.lower.iter().chain(&select.windows.upper);
        let mut own = false;
        for bound in windows {
            if let Some(term) = bound.term() {
                visit_term(
                    term,
                    &mut |seen| own |= matches!(seen, Seen::Select(s) if s.kinds.iter().any(|k| select.kinds.contains(k))),
                );
            }
        }
        if own {
            // The windows count from events of the same kinds, so such an event would move them.
            return Joins::Never;
        }
        let node = self.binder.select(select);
        joins(&node.windows, query.ctx)
    }

    pub(super) fn joins_now(&mut self, select: &Select, query: Query<'_, '_, P>) -> bool {
        matches!(self.joins(select, query), Joins::Now { .. })
    }

    /// So many more events, where they would count. Not where they cannot, whatever else they are.
    pub(super) fn happen(
        &mut self,
        select: &Select,
        times: u64,
        events: &str,
        query: Query<'_, '_, P>,
    ) -> Option<Vec<ChangeKind>> {
        let event = |since: Option<i64>, before: Option<i64>| ChangeKind::Events {
            events: events.to_owned(),
            times,
            since: since.map(Instant::from_micros),
            before: before.and_then(instant_of),
        };
        let now = query.now();
        let (at, end, changes) = match self.joins(select, query) {
            Joins::Now { before } => (now, now, vec![event(None, before)]),
            Joins::From { since, before } => (since, since, vec![event(Some(since), before)]),
            Joins::Later(until) => {
                let wait = ChangeKind::Wait {
                    until: Instant::from_micros(until),
                };
                (now, until, vec![event(None, None), wait])
            }
            Joins::Never => return None,
        };
        let planned = Planned {
            kinds: &select.kinds,
            slot: select.slot,
            at,
        };
        let passes = self.would_pass(select, at, &Plan(vec![planned]), &query.ctx.at(end));
        (passes != Some(false)).then_some(changes)
    }

    /// So many more events, before one of those that count is too old.
    pub(super) fn more(
        &mut self,
        select: &Select,
        times: u64,
        events: &str,
        query: Query<'_, '_, P>,
    ) -> Option<Vec<ChangeKind>> {
        let node = self.binder.select(select);
        let deadline = match node.count(query.ctx) {
            0 => None,
            n => instant_of(node.next_below(query.ctx, n)),
        };
        let mut changes = self.happen(select, times, events, query)?;
        // Others may have come in, or gone, by the time that these count.
        let stays = |at: Instant| node.count(&query.ctx.at(at.micros())) == node.count(query.ctx);
        if !changes
            .iter()
            .filter_map(super::counterfactual::until)
            .all(stays)
        {
            return None;
        }
        if deadline.is_some_and(|deadline| {
            changes
                .iter()
                .filter_map(super::counterfactual::until)
                .any(|at| at >= deadline)
        }) {
            return None;
        }
        super::counterfactual::in_time(&mut changes, deadline);
        Some(changes)
    }

    pub(super) fn happened(&mut self, select: &Select, query: Query<'_, '_, P>, facts: &mut Facts) {
        self.evidence(select, None, query, facts);
        let events = self.events_name(select, query.text);
        if query.inner() {
            if self.joins_now(select, query) {
                facts.avoid = Some(events);
            }
        } else {
            facts.actions = self.happen(select, 1, &events, query);
        }
    }

    /// Looks at the events of a selection. `of` says which aggregate is taken, of which value, and the term as a whole.
    pub(super) fn evidence(
        &mut self,
        select: &Select,
        of: Option<(Aggregate, Option<&Term>, &Term)>,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        self.bounds(select, query, facts);
        let node = self.binder.select(select);
        let tests: Vec<(Node<P>, String)> = (select.filter.iter())
            .map(|cond| {
                (
                    self.binder.cond(cond),
                    filter_words(cond, query.text, self.schema),
                )
            })
            .collect();
        let shown = Shown::of(&select.filter, of.and_then(|(_, value, _)| value));
        let ctx = query.ctx;
        let range = node.windows.range(ctx);
        let mut later = 0;
        let mut candidates = Vec::new();
        for kind in &node.kinds {
            for event in ctx.of_kind(*kind).iter(i64::MIN, i64::MAX) {
                let at = event.at().micros();
                if at > ctx.now {
                    later += 1;
                    continue;
                }
                let matching = node.passes(ctx, event);
                let inside = matching && range.is_some_and(|(low, high)| low <= at && at < high);
                candidates.push(Candidate {
                    event,
                    at,
                    matching,
                    inside,
                });
            }
        }
        let count = |test: fn(&Candidate<'_, P::Event>) -> bool| {
            candidates.iter().filter(|c| test(c)).count()
        };
        let (seen, matching, inside) =
            (candidates.len(), count(|c| c.matching), count(|c| c.inside));
        // Those that count; else those that match, the nearest to the window first; else whatever there is.
        candidates.retain(|c| {
            if inside > 0 {
                c.inside
            } else {
                matching == 0 || c.matching
            }
        });
        candidates.sort_by_key(|c| std::cmp::Reverse(c.at));
        match (of, range) {
            _ if inside == 0 && matching > 0 => {
                if let Some((low, high)) = range {
                    candidates.sort_by_key(|c| {
                        if c.at < low {
                            low.abs_diff(c.at)
                        } else {
                            c.at.abs_diff(high)
                        }
                    });
                }
            }
            (Some((Aggregate::First, ..)), _) => candidates.reverse(),
            (Some((Aggregate::Min | Aggregate::Max, Some(value), whole)), _) => {
                self.best_first(&mut candidates, value, whole, ctx)
            }
            _ => {}
        }
        let witnesses = candidates.iter().take(MAX_WITNESSES).map(|c| {
            let why_not = match (c.inside, c.matching, range) {
                (true, ..) => None,
                (false, true, Some((low, high))) => Some(off(c.at, low, high, ctx.now)),
                (false, true, None) => None,
                (false, false, _) => failing(&tests, c.event, select.slot, ctx),
            };
            self.witness(c.event, &shown, c.inside, why_not, ctx.now)
        });
        let witnesses = witnesses.collect();
        let edge = |at: i64, none: i64| (at != none).then(|| Instant::from_micros(at));
        facts.evidence.push(Evidence {
            events: self.events_name(select, query.text),
            kinds: kind_names(select, self.schema),
            seen,
            matching,
            inside,
            later,
            since: range.and_then(|(low, _)| edge(low, i64::MIN)),
            before: range.and_then(|(_, high)| edge(high, i64::MAX)),
            witnesses,
        });
    }

    /// Puts the events that have the value which a minimum or maximum came to before the others.
    fn best_first(
        &mut self,
        candidates: &mut [Candidate<'_, P::Event>],
        value: &Term,
        whole: &Term,
        ctx: &Ctx<'_, P>,
    ) {
        let (each, best) = (self.binder.term(value), self.binder.term(whole));
        let best = best.value(ctx);
        candidates.sort_by_key(|c| {
            let v = each.value(&ctx.with_event(c.event));
            v.is_missing() || v.natural_cmp(&best).is_ne()
        });
    }

    /// The values that windows count from.
    fn bounds(&mut self, select: &Select, query: Query<'_, '_, P>, facts: &mut Facts) {
        for bound in select.windows.lower.iter().chain(&select.windows.upper) {
            if let Some(term) = bound.term() {
                let read = self.read(term, query);
                facts.read(read.name, read.shown, None);
            }
        }
    }

    /// An event as it is shown: its subject and what the rule reads of it.
    pub(super) fn witness(
        &self,
        event: &P::Event,
        shown: &Shown,
        counts: bool,
        why_not: Option<String>,
        now: i64,
    ) -> Witness {
        let kind = self.model.schema.kinds().get(kind_index(event));
        let accessors = self.model.properties.get(kind_index(event));
        let mut properties = Vec::new();
        if let (Some(kind), Some(accessors)) = (kind, accessors) {
            for (i, (field, accessor)) in kind.properties.iter().zip(accessors).enumerate() {
                let subject = kind.subject == Some(i);
                let read = shown.properties.contains(&field.name);
                if !subject && !read {
                    continue;
                }
                let value = self.property(accessor, &field.ty, event, now);
                if value.is_none() && !read {
                    continue;
                }
                let reading = ReadValue::of_field(field, value);
                if subject {
                    properties.insert(0, reading)
                } else {
                    properties.push(reading)
                }
            }
        }
        Witness {
            kind: kind.map_or_else(String::new, |k| k.name.clone()),
            at: event.at(),
            id: event.id().map(|id| id.to_string()),
            properties,
            counts,
            why_not,
        }
    }

    fn property(
        &self,
        accessor: &Accessor<P::Event>,
        ty: &Type,
        event: &P::Event,
        now: i64,
    ) -> Option<String> {
        if let (Accessor::List(list), Type::List(of)) = (accessor, ty) {
            let of = Ty::of(of)?;
            list.len(event)?;
            return Some(super::values::shown_list(
                &list.items(event),
                &of,
                self.calendar,
            ));
        }
        show(&accessor.get(event, now), &Ty::of(ty)?, self.calendar)
    }

    /// What the period is called that begins at a bound, which is at `from` now.
    fn period_from(&self, start: &Bound, from: i64) -> String {
        if let Anchor::Period { unit, .. } = start.anchor {
            period_of(unit, number_at(from, unit, self.calendar), self.calendar)
        } else {
            format!("the period from {}", instant(from, self.calendar.zone))
        }
    }

    pub(super) fn regularly(&mut self, cond: &Cond, query: Query<'_, '_, P>, facts: &mut Facts) {
        let node = self.binder.cond(cond);
        let (
            CondKind::Regularly {
                select,
                starts,
                periods: wanted,
                ..
            },
            Node::Periods(node),
        ) = (&cond.kind, &node)
        else {
            return;
        };
        let ctx = query.ctx;
        let mut met = 0;
        for (i, (start, (from, n))) in starts.iter().zip(node.counts(ctx)).enumerate() {
            met += u32::from(node.is_met(n));
            if i < MAX_PERIODS {
                let period = self.period_from(start, from);
                let why = if node.is_met(n) {
                    "enough"
                } else if n < node.least {
                    "too few"
                } else {
                    "too many"
                };
                facts.readings.push(ReadValue {
                    margin: Some(why.to_owned()),
                    ..ReadValue::new(format!("in {period}"), Some(n.to_string()))
                });
            }
        }
        let missing = wanted.saturating_sub(met);
        let margin = (missing > 0).then(|| format!("{missing} more needed"));
        facts.readings.insert(
            0,
            ReadValue {
                margin,
                ..ReadValue::new("periods with enough", Some(met.to_string()))
            },
        );
        self.evidence(select, None, query, facts);
    }
}

/// A condition on an event or a row, in words; a lone value is compared with the subject.
pub(super) fn filter_words(cond: &Cond, text: &str, schema: &Schema) -> String {
    if cond.span.start == cond.span.end {
        return unwritten(cond, schema);
    }
    let words = words(cond.span, text);
    if let CondKind::Compare { left, .. } = &cond.kind
        && cond.as_truth().is_none()
        && let TermKind::Field(field @ (FieldRef::Property(_) | FieldRef::Row(_))) = &left.kind
        && left.span.is_at(cond.span)
    {
        return format!("{} = {words}", field_name(field, schema));
    }
    words
}

/// Whether an event that happened now would be in the windows.
fn joins<P: Profile>(windows: &WindowNode<P>, ctx: &Ctx<'_, P>) -> Joins {
    let Some((low, high)) = windows.range(ctx) else {
        return Joins::Never;
    };
    let fixed = windows
        .upper
        .iter()
        .filter(|b| !b.moves())
        .filter_map(|b| b.value(ctx))
        .min();
    if fixed.is_some_and(|end| end <= ctx.now || end <= low) {
        return Joins::Never;
    }
    if low <= ctx.now && ctx.now < high {
        return Joins::Now { before: fixed };
    }
    let open_then = || {
        windows
            .range(&ctx.at(low))
            .is_some_and(|(l, h)| l <= low && low < h)
    };
    if ctx.now < low && windows.lower.iter().all(|b| !b.moves()) && open_then() {
        return Joins::From {
            since: low,
            before: fixed,
        };
    }
    match windows.next_entry(ctx, ctx.now) {
        NEVER => Joins::Never,
        at => match windows.range(&ctx.at(at)) {
            Some((low, high)) if low <= ctx.now && ctx.now < high => Joins::Later(at),
            _ => Joins::Never,
        },
    }
}

/// How far an instant is from a window.
pub(super) fn off(at: i64, low: i64, high: i64, now: i64) -> String {
    if at < low {
        let by = rough(low.saturating_sub(at));
        if low <= now {
            format!("{by} too old")
        } else {
            format!("{by} too early")
        }
    } else {
        let by = rough(at.saturating_sub(high).saturating_add(1));
        if high <= now {
            format!("{by} too recent")
        } else {
            format!("{by} too late")
        }
    }
}

/// Which of its tests an event fails.
fn failing<P: Profile>(
    tests: &[(Node<P>, String)],
    event: &P::Event,
    slot: Option<SlotId>,
    ctx: &Ctx<'_, P>,
) -> Option<String> {
    const MOST: usize = 2;
    let failed: Vec<String> = ctx.within(event, slot, |ctx| {
        (tests.iter())
            .filter(|(node, words)| !words.is_empty() && !node.holds(ctx))
            .take(MOST)
            .map(|(_, words)| format!("not `{words}`"))
            .collect()
    });
    (!failed.is_empty()).then(|| failed.join(", "))
}

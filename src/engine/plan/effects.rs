//! What one more event can do to a condition: a segment that it can only make hold more stays as it is while it holds.

use crate::ir::visit::{Seen, visit};
use crate::ir::{Cond, CondKind, Order, Select, Term, TermKind};
use crate::schema::{KindId, Schema};
use crate::syntax::Aggregate;

/// What one more event of a kind can do to a condition, now and at every later instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventEffect {
    /// It can make it hold, and never keeps it from holding; or it does nothing.
    Raises,
    /// The opposite.
    Lowers,
    Any,
}

impl EventEffect {
    /// The effects of the kinds of a model on a condition that was checked against `schema`.
    pub(super) fn of_kinds(cond: &Cond, schema: &Schema, model: &Schema) -> Box<[Self]> {
        let kinds = model.kinds().iter();
        kinds
            .map(|kind| match schema.kind_id(&kind.name) {
                Some(kind) => EventEffect::on(cond, kind).unwrap_or(EventEffect::Raises),
                None => EventEffect::Raises,
            })
            .collect()
    }

    fn opposite(self) -> Self {
        match self {
            EventEffect::Raises => EventEffect::Lowers,
            EventEffect::Lowers => EventEffect::Raises,
            EventEffect::Any => EventEffect::Any,
        }
    }

    /// The effect on a condition; `None` if it reads no such events.
    fn on(cond: &Cond, kind: KindId) -> Option<Self> {
        match &cond.kind {
            CondKind::All(parts) | CondKind::Any(parts) => {
                let effects = parts.iter().filter_map(|part| EventEffect::on(part, kind));
                effects.reduce(|a, b| if a == b { a } else { EventEffect::Any })
            }
            CondKind::Not(part) => EventEffect::on(part, kind).map(EventEffect::opposite),
            CondKind::Segment(segment) => EventEffect::on(&segment.cond, kind),
            CondKind::Happened(select) if only_selects(select, kind) => Some(EventEffect::Raises),
            CondKind::Sequence(steps)
                if steps.iter().all(|step| {
                    let is_read = reads(Seen::Select(&step.select), kind);
                    !is_read || (!step.absent && only_selects(&step.select, kind))
                }) && steps
                    .iter()
                    .any(|step| reads(Seen::Select(&step.select), kind)) =>
            {
                Some(EventEffect::Raises)
            }
            CondKind::Regularly {
                select,
                most: u64::MAX,
                ..
            } if only_selects(select, kind) => Some(EventEffect::Raises),
            CondKind::Compare {
                op, left, right, ..
            } => EventEffect::on_comparison(*op, left, right, kind),
            CondKind::Const(_)
            | CondKind::OneOf { .. }
            | CondKind::Text { .. }
            | CondKind::Contains { .. }
            | CondKind::Present(_)
            | CondKind::Empty(_)
            | CondKind::Inside { .. }
            | CondKind::Timed { .. }
            | CondKind::OfSubject(_)
            | CondKind::Happened(_)
            | CondKind::Rows { .. }
            | CondKind::Sequence(_)
            | CondKind::Regularly { .. }
            | CondKind::Tagged(_)
            | CondKind::Sample { .. }
            | CondKind::Upcoming { .. }
            | CondKind::AsOf { .. }
            | CondKind::State { .. }
            | CondKind::Held { .. } => reads(Seen::Cond(cond), kind).then_some(EventEffect::Any),
        }
    }

    fn on_comparison(op: Order, left: &Term, right: &Term, kind: KindId) -> Option<Self> {
        match (
            reads(Seen::Term(left), kind),
            reads(Seen::Term(right), kind),
        ) {
            (false, false) => None,
            (true, false) => Some(EventEffect::on_aggregate(op, left, kind)),
            (false, true) => Some(EventEffect::on_aggregate(op.flipped(), right, kind)),
            (true, true) => Some(EventEffect::Any),
        }
    }

    /// The effect on a comparison of an aggregate with what reads no such events. Where nothing was selected yet, `max` is
    /// missing, and a comparison with it false: one more event can only make `max > 3` true, but `max < 3` both.
    fn on_aggregate(op: Order, term: &Term, kind: KindId) -> Self {
        let TermKind::Aggregate {
            function,
            select,
            of,
        } = &term.kind
        else {
            return EventEffect::Any;
        };
        let nests = of.as_ref().is_some_and(|of| reads(Seen::Term(of), kind));
        if nests || !only_selects(select, kind) {
            return EventEffect::Any;
        }
        let (above, below) = (
            matches!(op, Order::Gt | Order::Ge),
            matches!(op, Order::Lt | Order::Le),
        );
        match function {
            Aggregate::Count | Aggregate::Distinct if below => EventEffect::Lowers,
            Aggregate::Count | Aggregate::Distinct | Aggregate::Max if above => EventEffect::Raises,
            Aggregate::Min if below => EventEffect::Raises,
            Aggregate::Count
            | Aggregate::Distinct
            | Aggregate::Max
            | Aggregate::Min
            | Aggregate::Sum
            | Aggregate::Avg
            | Aggregate::Median
            | Aggregate::Percentile(_)
            | Aggregate::Top
            | Aggregate::First
            | Aggregate::Last => EventEffect::Any,
        }
    }
}

/// Whether a selection selects events of a kind, and neither its tests nor its windows read others of them.
fn only_selects(select: &Select, kind: KindId) -> bool {
    let mut nests = false;
    Seen::Select(select).children(&mut |child| nests |= reads(child, kind));
    select.kinds.contains(&kind) && !nests
}

/// Whether something in a part of a rule selects events of a kind.
fn reads(part: Seen<'_>, kind: KindId) -> bool {
    let mut found = false;
    visit(part, &mut |seen| {
        found |= matches!(seen, Seen::Select(select) if select.kinds.contains(&kind));
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;
    use crate::schema::{EventKind, Field};
    use crate::value::Type;

    /// The effect of one more purchase.
    fn of(text: &str) -> Option<EventEffect> {
        let amount = || Field::new("amount", Type::Int);
        let schema = Schema::builder()
            .attribute(Field::new("age", Type::Int))
            .kind(EventKind::new("viewed").property(amount()))
            .kind(EventKind::new("purchased").property(amount()))
            .build()
            .unwrap();
        let rule = Rule::check(text, &schema).unwrap();
        EventEffect::on(rule.root(), schema.kind_id("purchased").unwrap())
    }

    #[test]
    fn what_counts_events_can_only_grow() {
        for text in [
            "purchased within 30 days",
            "count(purchased) >= 3 and age > 18",
            "not count(purchased) < 3 or viewed",
            "3 < distinct(purchased.amount since today - 7 days)",
            "max(purchased.amount) >= 100",
            "min(purchased.amount) < 100",
            "viewed then purchased(amount > 3) within 2 days",
            "purchased at least once per week in 2 of last 4 weeks",
        ] {
            assert_eq!(of(text), Some(EventEffect::Raises), "{text}");
        }
        for text in ["not purchased within 30 days", "count(purchased) < 3"] {
            assert_eq!(of(text), Some(EventEffect::Lowers), "{text}");
        }
    }

    #[test]
    fn what_may_go_either_way() {
        for text in [
            "count(purchased) = 3",
            "sum(purchased.amount) > 3",
            "avg(purchased.amount) > 3",
            "max(purchased.amount) < 100",
            "min(purchased.amount) > 100",
            "purchased and not purchased within 30 days",
            "count(purchased) > count(purchased within 30 days)",
            "viewed then no purchased within 2 days",
            "count(purchased(not purchased within 1 hour before at)) > 3",
            "viewed within 3 days after first(purchased).at",
            "last(purchased).amount = 3",
        ] {
            assert_eq!(of(text), Some(EventEffect::Any), "{text}");
        }
    }

    #[test]
    fn what_reads_no_such_event_is_left_alone() {
        assert_eq!(of("viewed and age > 18"), None);
    }
}

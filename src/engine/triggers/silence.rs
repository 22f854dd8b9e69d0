//! Triggers on a silence: an event, and then none of another kind within a length of time.

use crate::engine::live_profile::LiveProfile;
use crate::eval::collection::events::SelectNode;
use crate::eval::cond::sequence::{SequenceNode, correlates};
use crate::eval::context::Ctx;
use crate::profile::Event;
use crate::time::NEVER;

/// A silence that a trigger waits for.
pub(crate) struct SilencePlan<P: LiveProfile> {
    /// Two steps, the second of which must be absent.
    sequence: SequenceNode<P>,
}

impl<P: LiveProfile> SilencePlan<P> {
    pub(crate) fn new(sequence: SequenceNode<P>) -> Self {
        debug_assert_eq!(sequence.steps.len(), 2, "an event and what does not follow");
        SilencePlan { sequence }
    }

    /// The selection of the events that begin a silence.
    pub(crate) fn first(&self) -> Option<&SelectNode<P>> {
        self.sequence.steps.first().map(|step| &step.select)
    }

    /// The first instant at which the silence after an event at `since` is over: after `viewed, then no purchased within
    /// 1 hour`, a microsecond more than an hour later, because the hour includes its end.
    pub(crate) fn end(&self, since: i64) -> i64 {
        let most = self.sequence.steps.get(1).and_then(|step| step.most);
        most.map_or(NEVER, |most| {
            self.sequence.plus(since, most).saturating_add(1)
        })
    }

    /// When the silences begin, ascending, that events up to `ctx.now` have begun and that are over later.
    pub(crate) fn pending<'a>(&'a self, ctx: &Ctx<'a, P>) -> Vec<i64> {
        let mut all: Vec<i64> = self
            .begun(ctx, i64::MIN, ctx.now.saturating_add(1))
            .map(|event| event.at().micros())
            .filter(|since| self.end(*since) > ctx.now)
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The events at `since` that begin a silence and that none of the others follow. The events are judged as they are now.
    pub(crate) fn kept_since<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        since: i64,
    ) -> impl Iterator<Item = &'a P::Event> + use<'a, P> {
        let ctx = *ctx;
        self.begun(&ctx, since, since.saturating_add(1))
            .filter(move |event| !self.is_broken(&ctx, event))
    }

    /// The events of a stretch of time that begin a silence.
    fn begun<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        low: i64,
        high: i64,
    ) -> impl Iterator<Item = &'a P::Event> + use<'a, P> {
        let ctx = *ctx;
        let first = self.first();
        first.into_iter().flat_map(move |first| {
            first
                .kinds
                .iter()
                .flat_map(move |kind| ctx.of_kind(*kind).iter(low, high))
                .filter(move |event| first.passes(&ctx, event))
        })
    }

    /// Whether an event that ends the silence follows its first event.
    fn is_broken<'a>(&'a self, ctx: &Ctx<'a, P>, first: &'a P::Event) -> bool {
        let [begin, absent] = self.sequence.steps.as_slice() else {
            return false;
        };
        let since = first.at().micros();
        ctx.within(first, begin.slot, |ctx| {
            absent.select.kinds.iter().any(|kind| {
                ctx.of_kind(*kind)
                    .iter(since.saturating_add(1), self.end(since))
                    .any(|event| {
                        self.sequence.follows(absent, since, event.at().micros())
                            && absent.select.passes(ctx, event)
                            && correlates(absent, ctx, event)
                    })
            })
        })
    }
}

#[cfg(all(test, feature = "toml"))]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::*;
    use crate::eval::Binder;
    use crate::ir::Step;
    use crate::profile::{Model, Record, RecordEvent};
    use crate::rule::trigger::Occasion;
    use crate::time::Instant;
    use crate::{Rulebook, Schema};

    fn at(text: &str) -> i64 {
        text.parse::<Instant>().unwrap().micros()
    }

    fn record(schema: &Schema, events: &[(&str, &str, &str)]) -> Record {
        let mut record = Record::builder(schema, "anna").build().unwrap();
        record.add_events(events.iter().map(|(kind, category, at)| {
            RecordEvent::new(schema, kind, *at, [("category", (*category).into())]).unwrap()
        }));
        record
    }

    /// She saw a television and a book at 10:00, and bought the book within the hour.
    #[test]
    fn a_silence_is_kept_by_what_nothing_matching_follows() {
        let rulebook = Rulebook::from_toml(
            r#"
            schema.events.viewed.properties.category = "string"
            schema.events.bought.properties.category = "string"
            [triggers.reminder]
            on = 'viewed as v then no bought(category = v.category) within 1 hour'
            do = [{ call = "crm.note" }]
            "#,
        )
        .unwrap();
        let schema = rulebook.schema();
        let model = Model::<Record>::for_schema(schema);
        let mut binder = Binder::new(&model, schema, rulebook.context().calendar);
        let Occasion::Silence { first, absent } = &rulebook.triggers[0].occasion else {
            panic!("it waits for a silence");
        };
        let silence = SilencePlan::new(SequenceNode::bind(
            &mut binder,
            &[Step::of(first), absent.clone()],
        ));
        binder.finish().unwrap();
        let anna = record(
            schema,
            &[
                ("viewed", "tv", "2026-03-01T10:00:00Z"),
                ("viewed", "book", "2026-03-01T10:00:00Z"),
                ("bought", "book", "2026-03-01T11:00:00Z"),
                ("viewed", "car", "2026-03-01T11:30:00Z"),
            ],
        );
        let (ten, half_past) = (at("2026-03-01T10:00:00Z"), at("2026-03-01T11:30:00Z"));
        // The hour includes its end.
        assert_eq!(silence.end(ten), at("2026-03-01T11:00:00.000001Z"));
        let ctx = Ctx::new(&anna, at("2026-03-01T11:40:00Z"));
        assert_eq!(silence.kept_since(&ctx, ten).count(), 1);
        assert_eq!(silence.kept_since(&ctx, half_past).count(), 1);
        assert_eq!(silence.pending(&ctx), [half_past]);
        assert_eq!(silence.pending(&ctx.at(ten)), [ten]);
    }
}

//! Events that are added one by one, and forgotten, against events that are sorted at once.

use proptest::prelude::*;
use segue::engine::LiveProfile as _;
use segue::profile::{Model, Record, RecordEvent, Timeline};
use segue::schema::{EventKind, Field, Schema};
use segue::{Instant, Matcher, Rule, Type};

const KINDS: [&str; 4] = ["visited", "viewed", "purchased", "reviewed"];
const RULES: [&str; 6] = [
    "viewed within 3 seconds",
    "count(visited) > 2",
    "sum(purchased.stars since 2 seconds ago) >= 3",
    "last(reviewed).stars = 2",
    "visited then purchased within 2 seconds",
    "any event within 1 second",
];

fn schema() -> Schema {
    let kind = |name: &str| EventKind::new(name).property(Field::new("stars", Type::Int));
    KINDS
        .into_iter()
        .fold(Schema::builder(), |schema, name| schema.kind(kind(name)))
        .build()
        .unwrap()
}

fn matchers(schema: &Schema) -> Vec<Matcher<Record>> {
    let model = Model::for_schema(schema);
    RULES
        .map(|rule| Rule::check(rule, schema).unwrap().bind(&model).unwrap())
        .into()
}

fn event(schema: &Schema, (kind, second, stars): (usize, i64, i64)) -> RecordEvent {
    let at = Instant::from_micros(second * 1_000_000);
    RecordEvent::new(schema, KINDS[kind], at, [("stars", stars.into())]).unwrap()
}

/// One thing that is done to a timeline: an event is added, or those of a kind before an instant are forgotten.
#[derive(Clone, Debug)]
enum Done {
    Added((usize, i64, i64)),
    Forgotten(usize, i64),
}

fn done() -> impl Strategy<Value = Vec<Done>> {
    // Few different instants and values, so that events meet; mostly in order, as they come.
    let added = (0_usize..4, 0_i64..8, 0_i64..3).prop_map(Done::Added);
    let forgotten = (0_usize..5, 0_i64..9).prop_map(|(kind, before)| Done::Forgotten(kind, before));
    prop::collection::vec(prop_oneof![9 => added, 1 => forgotten], 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 3000 }))]

    #[test]
    fn one_by_one_is_at_once(all in done()) {
        let schema = schema();
        let (mut grown, mut events) = (Timeline::default(), Vec::new());
        for one in all {
            match one {
                Done::Added(of) => {
                    grown.insert(event(&schema, of));
                    events.push(of);
                }
                Done::Forgotten(kind, second) => {
                    let count = events.len();
                    events.retain(|(k, s, _)| *k != kind || *s >= second);
                    prop_assert_eq!(grown.forget(kind, Instant::from_micros(second * 1_000_000)), count - events.len());
                }
            }
            let sorted: Timeline<RecordEvent> = events.iter().map(|of| event(&schema, *of)).collect();
            prop_assert_eq!(&grown, &sorted);
            prop_assert_eq!((grown.len(), grown.is_empty()), (events.len(), events.is_empty()));
        }
    }

    #[test]
    fn rules_see_a_grown_profile_as_one_that_came_whole(all in done()) {
        let schema = schema();
        let (model, matchers) = (Model::for_schema(&schema), matchers(&schema));
        let (mut grown, mut events) = (Record::blank(&model, "anna"), Vec::new());
        for one in all {
            match one {
                Done::Added(of) => {
                    grown.events_mut().insert(event(&schema, of));
                    events.push(of);
                }
                Done::Forgotten(kind, second) => {
                    grown.events_mut().forget(kind, Instant::from_micros(second * 1_000_000));
                    events.retain(|(k, s, _)| *k != kind || *s >= second);
                }
            }
        }
        let mut whole = Record::blank(&model, "anna");
        whole.add_events(events.iter().map(|of| event(&schema, *of)));
        prop_assert_eq!(&grown, &whole);
        for (rule, matcher) in RULES.iter().zip(&matchers) {
            for second in 0..10 {
                let now = Instant::from_micros(second * 1_000_000);
                prop_assert_eq!(matcher.verdict(&grown, now), matcher.verdict(&whole, now), "{} at {}", rule, second);
            }
        }
    }
}

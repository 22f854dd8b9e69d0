//! A lifecycle from the template `matrix` is the one whose stages an author would have written by hand.

#![cfg(feature = "toml")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::engine::{Engine, EngineOutput};
use segue::insight::{LifecycleReport, LifecycleReportBuilder};
use segue::profile::{Model, Record, RecordEvent};
use segue::{Instant, Rule, Rulebook};
use segue_test_support::random::Rng;

const DAY: i64 = 86_400_000_000;

/// `talking` is missing for those who never clicked, `spent` for those who never bought.
const TRAITS: &str = r#"
    timezone = "Europe/Rome"

    [schema.events]
    clicked = {}
    purchased = { properties = { amount = "int" } }

    [traits.buying]
    order = ["low", "mid dle", "high"]
    cases = [
        { is = "high", when = "purchased at least 3 times within 30 days" },
        { is = "mid dle", when = "purchased within 30 days" },
    ]
    otherwise = "low"

    [traits.talking]
    cases = [
        { is = "much", when = "clicked at least 2 times within 10 days" },
        { is = "little", when = "clicked within 20 days" },
        { is = "no", when = "clicked within 30 days" },
    ]

    [traits.bonus]
    cases = [{ is = 10, when = "purchased within 10 days" }, { is = -5, when = "clicked" }]

    [scores.spent]
    value = "sum(purchased.amount)"
    over = "purchased"
    classes = 3
    cuts = [100, 300]
"#;

const ACTIVITY: &str = r#"
    [triggers.won]
    on = "enter stage high_much of activity"
    do = [{ call = "won" }]

    [segments]
    in_between = "stage of activity = `mid dle_little` and in stage `mid dle_little` of activity for more than 2 days"
    grown = 'entered stage high_much of activity within 9 days'
"#;

const ACTIVITY_TEMPLATE: &str = r#"
    [lifecycles.activity]
    template = "matrix"
    with = { rows = "buying", columns = "talking" }

    [lifecycles.money]
    template = "matrix"
    with = { rows = "spent", columns = "bonus" }
    least = 5
"#;

const ACTIVITY_BY_HAND: &str = r#"
    [lifecycles.activity]
    from = "any"
    stages = [
        { name = "low_much", when = "buying = low and talking = much" },
        { name = "low_little", when = "buying = low and talking = little" },
        { name = "low_no", when = "buying = low and talking = no" },
        { name = "mid dle_much", when = "buying = `mid dle` and talking = much" },
        { name = "mid dle_little", when = "buying = `mid dle` and talking = little" },
        { name = "mid dle_no", when = "buying = `mid dle` and talking = no" },
        { name = "high_much", when = "buying = high and talking = much" },
        { name = "high_little", when = "buying = high and talking = little" },
        { name = "high_no", when = "buying = high and talking = no" },
    ]

    [lifecycles.money]
    from = "any"
    least = 5
    stages = [
        { name = "1_-5", when = "spent = 1 and bonus = -5" },
        { name = "1_10", when = "spent = 1 and bonus = 10" },
        { name = "2_-5", when = "spent = 2 and bonus = -5" },
        { name = "2_10", when = "spent = 2 and bonus = 10" },
        { name = "3_-5", when = "spent = 3 and bonus = -5" },
        { name = "3_10", when = "spent = 3 and bonus = 10" },
    ]
"#;

fn load(lifecycles: &str) -> Rulebook {
    let text = format!("{TRAITS}{lifecycles}{ACTIVITY}");
    Rulebook::from_toml(&text).unwrap_or_else(|e| panic!("{e}"))
}

fn start() -> Instant {
    "2026-01-10T00:00:00Z".parse().unwrap()
}

fn later(days: i64, seconds: i64) -> Instant {
    Instant::from_micros(start().micros() + days * DAY + seconds * 1_000_000)
}

/// Who did what when, in order of time.
fn events(rulebook: &Rulebook, rng: &mut Rng) -> Vec<(String, RecordEvent)> {
    let schema = rulebook.schema();
    let mut all: Vec<(i64, String, RecordEvent)> = Vec::new();
    for _ in 0..rng.between(5, 60) {
        let (day, second) = (rng.between(0, 120), rng.between(0, 86_399));
        let at = later(day, second);
        let event = if rng.percent(50) {
            RecordEvent::new(schema, "clicked", at, [])
        } else {
            let amount = rng.between(10, 150);
            RecordEvent::new(schema, "purchased", at, [("amount", amount.into())])
        };
        let who = format!("p{}", rng.below(4));
        all.push((at.micros(), who, event.unwrap()));
    }
    all.sort_by_key(|(at, ..)| *at);
    all.into_iter()
        .map(|(_, who, event)| (who, event))
        .collect()
}

fn run(
    rulebook: &Rulebook,
    events: &[(String, RecordEvent)],
) -> (Vec<EngineOutput>, Vec<LifecycleReport>) {
    let model = Model::<Record>::for_schema(rulebook.schema());
    let mut engine = Engine::new(rulebook, &model).unwrap();
    let mut report = LifecycleReportBuilder::new(rulebook, start());
    let mut out = Vec::new();
    for (who, event) in events {
        let _ = engine.observe(who, event.clone(), &mut out);
    }
    engine.advance(later(200, 0), &mut out);
    out.iter().for_each(|output| report.record(output));
    (out, report.build(engine.now()))
}

#[test]
fn it_tells_what_the_stages_by_hand_tell() {
    let (template, by_hand) = (load(ACTIVITY_TEMPLATE), load(ACTIVITY_BY_HAND));
    let mut moves = 0;
    for seed in 0..60 {
        let events = events(&template, &mut Rng(seed));
        let (told, reports) = run(&template, &events);
        let (told_by_hand, reports_by_hand) = run(&by_hand, &events);
        assert_eq!(told, told_by_hand, "seed {seed}");
        moves += told.len();
        for (report, by_hand) in reports.iter().zip(&reports_by_hand) {
            assert_eq!(report.periods, by_hand.periods);
            assert_eq!(report.transitions, by_hand.transitions);
            assert_eq!(report.too_small, by_hand.too_small);
            let cells = report.matrix.as_ref().unwrap().rows.iter();
            let cells: Vec<u64> = cells.flat_map(|row| row.stock.clone()).collect();
            let last = report.periods.last().unwrap();
            let stock: Vec<u64> = last.stages.iter().map(|stage| stage.stock).collect();
            assert_eq!(cells, stock);
        }
    }
    assert!(moves > 1000, "only {moves}");
}

#[test]
fn every_cell_is_answered_as_the_stage_by_hand() {
    let (template, by_hand) = (load(ACTIVITY_TEMPLATE), load(ACTIVITY_BY_HAND));
    for name in ["activity", "money"] {
        let (one, other) = (
            template.lifecycle(name).unwrap(),
            by_hand.lifecycle(name).unwrap(),
        );
        assert_eq!(
            one.stages().collect::<Vec<_>>(),
            other.stages().collect::<Vec<_>>()
        );
        assert!(one.matrix().is_some() && other.matrix().is_none());
        for stage in one.stages() {
            let text = format!("stage of {name} = `{stage}` for more than 3 days");
            let bind = |rulebook: &Rulebook| {
                let rule =
                    Rule::check_in(&text, rulebook.context()).unwrap_or_else(|e| panic!("{e}"));
                rule.bind(&Model::<Record>::for_schema(rulebook.schema()))
                    .unwrap()
            };
            let (one, other) = (bind(&template), bind(&by_hand));
            for seed in 0..8 {
                let mut rng = Rng(seed);
                let mut profile = Record::from_json(template.schema(), r#"{"id": "a"}"#).unwrap();
                let events = events(&template, &mut rng);
                profile.add_events(events.into_iter().map(|(_, event)| event));
                let now = later(rng.between(0, 150), 0);
                let (one, other) = (one.verdict(&profile, now), other.verdict(&profile, now));
                assert_eq!((one.holds, one.until), (other.holds, other.until), "{text}");
            }
        }
    }
}

/// As a comparison with a missing value does not hold, nobody comes to a cell whose row or column is missing, and whoever was
/// in a cell before stays there.
#[test]
fn a_missing_value_has_no_cell_and_takes_nobody_out_of_one() {
    let rulebook = load(ACTIVITY_TEMPLATE);
    let model = Model::<Record>::for_schema(rulebook.schema());
    let mut engine = Engine::new(&rulebook, &model).unwrap();
    let mut out = Vec::new();
    let event = |kind, at: Instant| RecordEvent::new(rulebook.schema(), kind, at, []).unwrap();
    let _ = engine.observe("ann", event("purchased", later(0, 0)), &mut out);
    let stage = |engine: &Engine<Record>| {
        let mut visits = engine.stage_visits();
        visits
            .find(|visit| visit.lifecycle == "activity")
            .map(|visit| visit.stage.to_owned())
    };
    assert_eq!(stage(&engine), None, "she never clicked");
    let _ = engine.observe("ann", event("clicked", later(5, 0)), &mut out);
    assert_eq!(stage(&engine).as_deref(), Some("mid dle_little"));
    engine.advance(later(34, 0), &mut out);
    assert_eq!(stage(&engine).as_deref(), Some("low_no"));
    engine.advance(later(100, 0), &mut out);
    assert_eq!(stage(&engine).as_deref(), Some("low_no"), "her last cell");
}

#[test]
fn attributes_and_traits_of_traits_have_values_too() {
    let rulebook = Rulebook::from_toml(
        r#"
        [schema.attributes]
        plan = { type = "enum", values = ["free", "pro"] }
        loyalty = { type = "enum", values = ["bronze", "silver", "gold"], ordered = true }
        [traits]
        level = "loyalty"
        [lifecycles.where]
        template = "matrix"
        with = { rows = "level", columns = "plan" }
        "#,
    )
    .unwrap_or_else(|e| panic!("{e}"));
    let place = rulebook.lifecycle("where").unwrap();
    assert_eq!(
        place.stages().collect::<Vec<_>>(),
        [
            "bronze_free",
            "bronze_pro",
            "silver_free",
            "silver_pro",
            "gold_free",
            "gold_pro"
        ]
    );
    assert_eq!(
        place.reads().attributes().collect::<Vec<_>>(),
        ["loyalty", "plan"]
    );
}

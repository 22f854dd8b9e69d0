//! Which segment goes first, what is wanted of each, and personas.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::engine::{Engine, EngineOutput, OutputKind};
use segue::insight::LifecycleReportBuilder;
use segue::profile::{Model, Record, RecordEvent, Value};
use segue::rulebook::SegmentDocument;
use segue::{Instant, Rule, Rulebook};

const SHOP: &str = r#"
[schema.attributes]
age = "int"
gender = { type = "enum", values = ["female", "male"] }
[schema.events.viewed]
subject = "category"
properties = { category = "string" }
[schema.events.purchased]
subject = "category"
properties = { category = "string" }

[segments]
adult = { when = "age >= 18", priority = 1 }
keen = { when = "viewed at least 2 times within 7 days", goal = "a first purchase", priority = 3 }
buyers = { when = "purchased within 30 days", goal = "a second purchase", priority = 2 }
idle = "not viewed"

[lifecycles.interest]
stages = [
    { name = "aware", when = "viewed", goal = "a second visit" },
    { name = "buyer", when = "purchased" },
]

[personas.gift_buyer]
weights = [
    { when = "gender = male and age < 35", adds = 2 },
    { when = 'viewed("anti-aging") and not purchased("anti-aging")', adds = 3 },
]
least = 3
[personas.regular]
weights = [{ when = "purchased within 30 days", adds = 1 }]

[channels.email]
[messages.letter]
channel = "email"
variants = [
    { name = "buy", when = "lead segment = keen" },
    { name = "again", when = "lead segment in (buyers, adult) and persona = regular" },
]
otherwise = "hello"
[triggers.letter]
on = "every day at 12:00 in segment everybody"
do = [{ send = "letter" }]
[segments.everybody]
when = "true"
"#;

fn shop() -> Rulebook {
    Rulebook::from_toml(SHOP).unwrap_or_else(|e| panic!("{e}"))
}

fn t(text: &str) -> Instant {
    text.parse().unwrap()
}

fn anna(rulebook: &Rulebook) -> Record {
    let profile = r#"{"id": "anna", "age": 30, "gender": "male", "events": [
        {"kind": "viewed", "at": "2026-03-01T10:00:00Z", "props": {"category": "tv"}},
        {"kind": "viewed", "at": "2026-03-02T10:00:00Z", "props": {"category": "anti-aging"}},
        {"kind": "purchased", "at": "2026-03-02T11:00:00Z", "props": {"category": "tv"}}]}"#;
    Record::from_json(rulebook.schema(), profile).unwrap()
}

#[test]
fn the_lead_segment_decides_what_is_said() {
    let rulebook = shop();
    let mut out: Vec<EngineOutput> = Vec::new();
    let mut engine = Engine::new(&rulebook, &Model::for_schema(rulebook.schema())).unwrap();
    engine.advance(t("2026-03-03T00:00:00Z"), &mut out);
    engine.insert(anna(&rulebook));
    out.clear();
    engine.advance(t("2026-04-03T00:00:00Z"), &mut out);
    let mut said: Vec<String> = Vec::new();
    for output in &out {
        if let OutputKind::Effect(effect) = &output.kind {
            let variant = effect.action.content_variant().unwrap();
            said.push(format!("{} {variant}", &output.at.to_string()[..10]));
        }
    }
    // Two views count as long as the first is seven days old, and the purchase for thirty.
    let first = |variant: &str| said.iter().find(|text| text.ends_with(variant)).unwrap();
    assert_eq!(said.len(), 31);
    assert_eq!(first("buy"), "2026-03-03 buy");
    assert_eq!(first("hello"), "2026-03-08 hello");
}

#[test]
fn portraits_have_what_priorities_and_personas_make() {
    let rulebook = shop();
    let portraits = rulebook
        .portrait()
        .bind(&Model::for_schema(rulebook.schema()))
        .unwrap();
    let anna = anna(&rulebook);
    let traits = |at: &str| portraits.at(&anna, t(at)).traits;
    let march = traits("2026-03-03T00:00:00Z");
    let names: Vec<&str> = march.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "fit of gift_buyer",
            "fit of regular",
            "lead segment",
            "persona"
        ]
    );
    assert_eq!(march["lead segment"], Value::Text("keen".into()));
    assert_eq!(march["fit of gift_buyer"], Value::Int(5));
    let summer = traits("2026-07-01T00:00:00Z");
    assert_eq!(summer["lead segment"], Value::Text("adult".into()));
}

/// 5 of 5 and 1 of 1: the first that is declared. Without the views the other is left, and then nobody.
#[test]
fn a_profile_is_the_persona_that_it_is_most_like() {
    let rulebook = shop();
    let persona = rulebook.value("persona").unwrap();
    let persona = persona.bind(&Model::for_schema(rulebook.schema())).unwrap();
    let mut anna = anna(&rulebook);
    let now = t("2026-03-03T00:00:00Z");
    let is = |anna: &Record, now| persona.at(anna, now);
    assert_eq!(is(&anna, now).value, Value::Text("gift_buyer".into()));
    let bought = [("category", "anti-aging".into())];
    let bought = RecordEvent::new(
        rulebook.schema(),
        "purchased",
        "2026-03-02T12:00:00Z",
        bought,
    );
    let _ = anna.add_events([bought.unwrap()]);
    let regular = is(&anna, now);
    assert_eq!(regular.value, Value::Text("regular".into()));
    assert_eq!(regular.until, Some(t("2026-04-01T12:00:00.000001Z")));
    assert_eq!(is(&anna, t("2026-05-01T00:00:00Z")).value, Value::Missing);
}

#[test]
fn an_explanation_lists_the_weights() {
    let rulebook = shop();
    let rule = Rule::check_in("fit of gift_buyer >= 6", rulebook.context()).unwrap();
    let matcher = rule.bind(&Model::for_schema(rulebook.schema())).unwrap();
    let text = matcher
        .explain(&anna(&rulebook), t("2026-03-03T00:00:00Z"))
        .to_string();
    for part in [
        "fit of gift_buyer is 5, 1 short",
        "gender = male and age < 35",
        "viewed(\"anti-aging\") and not purchased(\"anti-aging\")",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn goals_are_said_of_segments_and_stages() {
    let rulebook = shop();
    let Some(SegmentDocument::Table(keen)) = rulebook.document().segments.get("keen") else {
        panic!("it is a table")
    };
    assert_eq!(keen.goal.as_deref(), Some("a first purchase"));
    let builder = LifecycleReportBuilder::new(&rulebook, t("2026-03-01T00:00:00Z"));
    let report = builder.build(t("2026-04-01T00:00:00Z")).remove(0);
    let goals: Vec<(&str, &str)> = report
        .goals
        .iter()
        .map(|(stage, goal)| (&**stage, &**goal))
        .collect();
    assert_eq!(goals, [("aware", "a second visit")]);
}

//! The tools for a rule's author: builders, sentences, assertions that explain themselves, scenarios.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::profile::{Model, Record, Timeline, Value};
use segue::rulebook::Format;
use segue::schema::{EventKind, Field, Schema, one_of};
use segue::testing::scenario::{EventDocument, Report, Scenario, run};
use segue::testing::{
    Clock, assert_matches, assert_not_matches, days, hours, minutes, months, profile,
    scenario_test, seconds, weeks, years,
};
use segue::{Instant, Rule, Rulebook, Type};

const NOW: &str = "2026-03-18T12:00:00Z";
const RULES: &str = include_str!("scenarios/rules.toml");

fn rulebook() -> Rulebook {
    Rulebook::from_toml(RULES).unwrap_or_else(|error| panic!("{error}"))
}

fn best_agers() -> Rule {
    rulebook().segment("best_agers").unwrap().clone()
}

fn anna() -> Record {
    profile("anna")
        .with("age", 57)
        .did("viewed", "anti-aging")
        .ago(days(3))
        .build(&rulebook(), NOW)
        .unwrap()
}

fn ben() -> Record {
    profile("ben")
        .with("age", 24)
        .happened(r#"viewed("tv") 40 days ago"#)
        .build(&rulebook(), NOW)
        .unwrap()
}

// ---- assertions ----

#[test]
fn assertions_take_rules_matchers_and_references() {
    let (rule, anna, ben) = (best_agers(), anna(), ben());
    let now: Instant = NOW.parse().unwrap();
    let matcher = rule.bind(&Model::for_schema(rule.schema())).unwrap();
    assert_matches!(rule, anna, now);
    assert_matches!(&rule, &anna, NOW, "she is {}", 57);
    assert_matches!(matcher, anna, &now);
    assert_not_matches!(&matcher, ben, now);
    assert_not_matches!(rule, &ben, NOW, "he buys for his mother",);
}

#[test]
#[should_panic(
    expected = "assertion failed: `best_agers()` matches `ben`: he is 24\n\n✗ ben is out at 2026-03-18T13:00:00+01:00, \
and stays so unless something happens\n  age > 50 and viewed(\"anti-aging\") within 30 days\n\n✗ all of:\n  ✗ age > 50: age is 24, 27 short\n  \
✗ viewed(\"anti-aging\") within 30 days\n      1 viewed, none of them viewed(\"anti-aging\"):\n      \
- 2026-02-06T13:00:00+01:00 category \"tv\", not `category = \"anti-aging\"`\n\nto get in:\n  - have `age` of 51 or more\n  \
- have `viewed(\"anti-aging\")` happen\n"
)]
fn an_assertion_that_fails_prints_the_explanation() {
    assert_matches!(best_agers(), ben(), NOW, "he is {}", 24);
}

#[test]
#[should_panic(
    expected = "assertion failed: `best_agers()` does not match `anna`\n\n✓ anna is in at 2026-03-18T13:00:00+01:00, until \
2026-04-14T14:00:00.000001+02:00 if nothing happens"
)]
fn so_does_its_opposite() {
    assert_not_matches!(best_agers(), anna(), NOW);
}

#[test]
#[should_panic(expected = "`tomorrow` is not an instant such as `2026-01-31T12:00:00Z`")]
fn an_instant_must_be_one() {
    assert_matches!(best_agers(), anna(), "tomorrow");
}

#[derive(segue::Profile)]
struct Member {
    #[segue(id)]
    number: u32,
    age: u8,
    #[segue(events)]
    visits: Timeline<Visit>,
}

#[derive(segue::Event)]
#[segue(rename = "visited")]
struct Visit {
    #[segue(at)]
    at: Instant,
    pages: u32,
}

#[test]
fn assertions_take_a_services_own_types() {
    let visits = Timeline::new(vec![Visit {
        at: "2026-03-10T08:00:00Z".parse().unwrap(),
        pages: 4,
    }]);
    let member = Member {
        number: 17,
        age: 57,
        visits,
    };
    let model = Model::<Member>::new().unwrap();
    let rule = Rule::check(
        "age > 50 and visited(pages >= 3) within 30 days",
        model.schema(),
    )
    .unwrap();
    assert_matches!(rule, member, NOW);
    let explanation = rule
        .bind(&model)
        .unwrap()
        .explain(&member, NOW.parse().unwrap());
    assert_eq!(explanation.profile, "17");
    assert!(
        explanation
            .to_string()
            .contains("- 2026-03-10T08:00:00Z pages 4\n"),
        "{explanation}"
    );
    let _ = (
        member.number,
        member.age,
        member.visits.iter().map(|v| v.pages).sum::<u32>(),
    );
}

#[test]
#[should_panic(expected = "the profile type has no attribute `points`")]
fn a_rule_that_does_not_fit_the_type_fails_the_assertion() {
    let schema = Schema::builder()
        .attribute(Field::new("points", Type::Int))
        .build()
        .unwrap();
    let rule = Rule::check("points > 3", &schema).unwrap();
    assert_matches!(
        rule,
        Member {
            number: 1,
            age: 2,
            visits: Timeline::default()
        },
        NOW
    );
}

// ---- builders ----

#[test]
fn a_profile_is_told_in_words() {
    let schema = Schema::builder()
        .attribute(Field::new("age", Type::Int))
        .attribute(Field::new("signup", Type::Date))
        .attribute(Field::new("last_login", Type::Instant))
        .attribute(Field::new("interests", Type::List(Box::new(Type::String))))
        .attribute(Field::new("plan", one_of(["free", "pro"])).tracked())
        .kind(
            EventKind::new("viewed")
                .subject(Field::new("category", Type::String))
                .property(Field::new("stay", Type::Duration)),
        )
        .kind(EventKind::new("visited").property(Field::new("until", Type::Instant)))
        .build()
        .unwrap();
    let told = profile("anna")
        .with("age", 57)
        .with("signup", "2 months ago")
        .with("last_login", "yesterday + 9 hours")
        .with("interests", ["skincare", "travel"])
        .with("plan", "free")
        .changed("plan", "pro")
        .ago("10 days")
        .changed("plan", "free")
        .from_now(weeks(1))
        .tagged("vip")
        .did("viewed", "tv")
        .having("stay", "5 minutes")
        .id("e1")
        .ago(hours(2))
        .did("viewed", "tv")
        .at("2026-01-31")
        .event("visited")
        .having("until", "1 hour from now")
        .now()
        .event("visited")
        .at("2026-01-05T09:30:00+01:00")
        .event("visited")
        .ago(years(1))
        .event("visited")
        .ago(months(1))
        .event("visited")
        .ago(minutes(90))
        .event("visited")
        .ago(seconds(1))
        .build(&schema, NOW)
        .unwrap();
    let json = r#"{"id":"anna","age":57,"signup":"2026-01-18","last_login":"2026-03-17T09:00:00Z","interests":["skincare","travel"],
        "tags":["vip"],
        "history":{"plan":[{"at":"0001-01-01T00:00:00Z","value":"free"},{"at":"2026-03-08T12:00:00Z","value":"pro"},{"at":"2026-03-25T12:00:00Z","value":"free"}]},
        "events":[{"id":"e1","kind":"viewed","at":"2026-03-18T10:00:00Z","props":{"category":"tv","stay":"5 minutes"}},
        {"kind":"viewed","at":"2026-01-31T00:00:00Z","props":{"category":"tv"}},
        {"kind":"visited","at":"2026-03-18T12:00:00Z","props":{"until":"2026-03-18T13:00:00Z"}},
        {"kind":"visited","at":"2026-01-05T08:30:00Z"},{"kind":"visited","at":"2025-03-18T12:00:00Z"},
        {"kind":"visited","at":"2026-02-18T12:00:00Z"},{"kind":"visited","at":"2026-03-18T10:30:00Z"},
        {"kind":"visited","at":"2026-03-18T11:59:59Z"}]}"#;
    assert_eq!(told, Record::from_json(&schema, json).unwrap());
}

#[test]
fn the_zone_of_the_rulebook_says_where_a_day_begins() {
    let book = rulebook();
    let told = profile("x")
        .did("viewed", "tv")
        .at("2026-01-31")
        .happened("visited yesterday")
        .build(&book, NOW)
        .unwrap();
    let at: Vec<String> = told
        .events()
        .iter()
        .map(|e| segue::Event::at(e).to_string())
        .collect();
    assert_eq!(at, ["2026-01-30T23:00:00Z", "2026-03-16T23:00:00Z"]);
}

#[test]
fn a_profile_that_does_not_fit_is_told_everything_at_once() {
    let error = profile("ben")
        .with("age", "old")
        .with("shoe_size", 44)
        .changed("age", 25)
        .now()
        .did("visited", "tv")
        .now()
        .did("viewed", "tv")
        .having("colour", "red")
        .ago("3 moons")
        .did("viewed", "tv")
        .having("colour", "red")
        .ago(days(1))
        .did("purchased", "tv")
        .having("amount", 1.999)
        .at("once")
        .happened("viewed(\"tv\") sometimes")
        .build(&rulebook(), NOW)
        .unwrap_err();
    golden("builder", &error.to_string());
    assert_eq!(error.problems().len(), 8, "{error}");
    assert!(profile("x").build(&rulebook(), "noon").is_err());
}

#[test]
fn sentences_say_what_happened() {
    let book = rulebook();
    let schema = book.schema();
    let one = |sentence: &str| {
        let record = profile("x")
            .happened(sentence)
            .build(&book, NOW)
            .unwrap_or_else(|error| panic!("{error}"));
        let event = record.events().iter().next().unwrap().clone();
        (
            event.kind_name(schema).to_owned(),
            segue::Event::at(&event).to_string(),
            event,
        )
    };
    let (kind, at, event) = one(
        r#"purchased("tv", amount = 19.9 and gift, labels contains any of ("a", "b"), delivery = today + 2 days), 3 days ago"#,
    );
    assert_eq!(
        (kind.as_str(), at.as_str()),
        ("purchased", "2026-03-15T12:00:00Z")
    );
    assert_eq!(
        event.get(schema, "amount"),
        Value::Decimal("19.90".parse().unwrap())
    );
    assert_eq!(event.get(schema, "gift"), Value::Bool(true));
    assert_eq!(event.get(schema, "labels"), Value::from(["a", "b"]));
    assert_eq!(
        event.get(schema, "delivery"),
        Value::Date("2026-03-20".parse().unwrap())
    );
    let (_, at, event) = one("viewed(device = phone, stay = 90 seconds) 2026-03-01T10:00:00+01:00");
    assert_eq!(at, "2026-03-01T09:00:00Z");
    assert_eq!(event.get(schema, "device"), Value::from("phone"));
    assert_eq!(
        one("visited(pages = -3) at today").2.get(schema, "pages"),
        Value::Int(-3)
    );
    assert_eq!(one("visited(pages is missing) now").1, NOW);
    assert_eq!(one("visited 1 month ago").1, "2026-02-18T12:00:00Z");
    assert_eq!(
        one("  visited  2 hours from now ").1,
        "2026-03-18T14:00:00Z"
    );
}

#[test]
fn a_clock_moves_when_it_is_told() {
    let mut clock = Clock::at(NOW).unwrap().zone("Europe/Rome".parse().unwrap());
    assert_eq!(
        clock.pass(months(1)).unwrap().to_string(),
        "2026-04-18T11:00:00Z"
    );
    assert_eq!(
        clock.pass("36 hours").unwrap().to_string(),
        "2026-04-19T23:00:00Z"
    );
    assert_eq!(clock.now().to_string(), "2026-04-19T23:00:00Z");
    assert!(clock.pass("3 moons").is_err());
    assert!(Clock::at("noon").is_err());
}

// ---- scenarios ----

scenario_test!(anti_aging: "scenarios/anti-aging.toml", rules: "scenarios/rules.toml");
scenario_test!(
    #[should_panic(expected = "✗ expectations that are not met: 2 of 3 expectations not met")]
    expectations_that_are_not_met: "scenarios/wrong.toml",
    rules: "scenarios/rules.toml",
);
scenario_test!(
    #[should_panic(expected = "the rules `rules.toml` were not given to it")]
    rules_must_be_given: "scenarios/wrong.toml"
);

fn report(scenario: &str) -> Report {
    run(
        &Scenario::from_toml(scenario).unwrap_or_else(|error| panic!("{error}")),
        Some(&rulebook()),
    )
}

#[test]
fn reports_say_what_is_wrong_and_why() {
    golden(
        "failures",
        &report(include_str!("scenarios/wrong.toml")).to_string(),
    );
    golden(
        "problems",
        &report(include_str!("scenarios/problems.toml")).to_string(),
    );
}

#[test]
fn a_scenario_that_expects_nothing_is_no_test() {
    let found = report("rules = \"rules.toml\"\n[profiles.anna]\nattributes.age = 57");
    assert!(!found.passed());
    assert!(
        found.problems[0].starts_with("nothing is expected"),
        "{found}"
    );
}

#[test]
fn a_scenario_that_depends_on_time_says_now() {
    let timed = "[profiles.anna]\nattributes.age = 57\n[segments]\nbest_agers = []\ndormant = []\nlocal = []";
    let found = report(timed);
    assert_eq!(
        found.problems,
        [
            "the answer of `best_agers`, `dormant` depends on the instant that is asked about; say which: `now = \"2026-01-31T12:00:00Z\"`"
        ]
    );
    let timeless = "[profiles.anna]\nattributes.age = 57\n[expressions]\nold = \"age > 50\"\n[segments]\nold = [\"anna\"]\nlocal = []";
    assert!(report(timeless).passed(), "{}", report(timeless));
}

#[test]
fn until_is_an_instant_a_day_or_never() {
    let until = |until: &str| {
        report(&format!(
            "now = {NOW}\n[profiles.anna]\nattributes.age = 57\nevents = ['viewed(\"anti-aging\") 3 days ago']\n[segments]\nbest_agers.until.anna = {until}"
        ))
    };
    // 27 days and a microsecond from now: 2026-04-14T12:00:00.000001Z, when it is 14:00 in Rome.
    for right in [
        "\"2026-04-14\"",
        "2026-04-14",
        "2026-04-14T12:00:00Z",
        "\"2026-04-14T12:00:00.000001Z\"",
        "\"27 days from now\"",
        "\"now + 27 days\"",
    ] {
        assert!(until(right).passed(), "{right}: {}", until(right));
    }
    for wrong in [
        "\"never\"",
        "\"2026-04-13\"",
        "\"2026-04-14T12:00:00.000Z\"",
        "\"2026-04-14T12:00:01Z\"",
        "\"26 days from now\"",
    ] {
        let found = until(wrong);
        assert_eq!(
            (found.problems.len(), found.failures.len()),
            (0, 1),
            "{wrong}: {found}"
        );
        assert_eq!(
            found.failures[0].actual,
            "in until 2026-04-14T14:00:00.000001+02:00"
        );
    }
    assert_eq!(until("\"soon\"").problems.len(), 1);
    assert_eq!(until("3").problems.len(), 1);
}

#[test]
fn scenarios_come_in_every_format() {
    let toml = Scenario::from_toml(include_str!("scenarios/anti-aging.toml")).unwrap();
    let json = serde_json::to_string(&toml).unwrap();
    assert_eq!(Scenario::load(Format::Json, &json).unwrap(), toml);
    assert!(matches!(
        toml.profiles["ben"].events.last(),
        Some(EventDocument::Table(_))
    ));
    let error = Scenario::from_toml("now = 3\nsegment = 4").unwrap_err();
    assert_eq!(
        error.to_string(),
        "2:1: unknown key `segment`; did you mean `segments`?"
    );
    let error = Scenario::from_json(r#"{"segments": {"a": 3}}"#).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("expected a list of profiles, or a table with `members` and `until`"),
        "{error}"
    );
    let error =
        Scenario::from_json(r#"{"profiles": {"a": {"events": [{"kin": "x"}]}}}"#).unwrap_err();
    assert!(
        error.to_string().starts_with("1:33: unknown key `kin`"),
        "{error}"
    );
}

#[cfg(feature = "yaml")]
#[test]
fn scenarios_come_in_yaml_too() {
    let yaml = r#"
rules: rules.toml
now: 2026-03-18T12:00:00Z
profiles:
  anna:
    attributes: { age: 57, gender: female, consent: { email: true }, birthday: 1968-10-02 }
    events:
      - viewed("anti-aging", stay = 3 minutes) 3 days ago
      - { kind: purchased, at: 2026-03-02T20:10:00Z, props: { category: anti-aging, amount: 64.50 } }
segments:
  best_agers: [anna]
  dormant: { members: [], until: { anna: 2026-05-31 } }
"#;
    let found = run(&Scenario::from_yaml(yaml).unwrap(), Some(&rulebook()));
    assert!(found.passed(), "{found}");
}

/// A table spells dotted names for events, as it does for attributes and rows, and as data do.
#[test]
fn properties_of_events_may_be_nested() {
    let scenario = r#"
        now = "2026-03-18T12:00:00Z"
        [rulebook]
        schema.events.sent.properties = { "to.city" = "string", "to.at" = "place", weight = "int" }
        segments.roman = 'sent(to.city = "Roma", weight = 3, to.at within 1 km of (41.9, 12.5))'
        [profiles.anna]
        events = [{ kind = "sent", at = "yesterday", props = { weight = 3, to = { city = "Roma", at = { lat = 41.9, lon = 12.5 } } } }]
        [profiles.ben]
        events = [{ kind = "sent", at = "yesterday", props = { to = { city = "Milano" } } }]
        [segments]
        roman = ["anna"]
    "#;
    let found = run(&Scenario::from_toml(scenario).unwrap(), None);
    assert!(found.passed(), "{found}");
}

#[test]
fn a_scenario_may_bring_its_own_rules_and_zone() {
    let own = r#"
        now = "2026-03-18T23:30:00Z"
        timezone = "Europe/Rome"
        [rulebook]
        timezone = "UTC"
        schema.events.visited.properties.pages = "int"
        segments.today = "visited during today"
        [profiles.anna]
        events = ["visited at 2026-03-18T12:00:00Z"]
        [profiles.ben]
        events = ["visited(pages = 3) 10 minutes ago"]
        [segments]
        today = ["ben"]
    "#;
    let found = run(&Scenario::from_toml(own).unwrap(), None);
    assert!(found.passed(), "{found}");
    // The zone of a rulebook that was given is replaced as well.
    let toml = own.replace("[rulebook]\n        timezone = \"UTC\"\n", "[rulebook]\n");
    let mut scenario = Scenario::from_toml(&toml).unwrap();
    let book = Rulebook::loader()
        .load_document(scenario.rulebook.take().unwrap())
        .unwrap();
    assert!(run(&scenario, Some(&book)).passed());
    scenario.timezone = None;
    assert_eq!(run(&scenario, Some(&book)).failures.len(), 1);
    scenario.timezone = Some("Rome".to_owned());
    assert_eq!(run(&scenario, Some(&book)).problems.len(), 1);
    assert_eq!(
        run(&Scenario::default(), None).problems,
        ["it has no rules; write `rules = \"rules.toml\"`, or the rules under `[rulebook]`"]
    );
}

scenario_test!(
    rules_of_a_service: "scenarios/service.toml",
    rules: "scenarios/service-rules.toml",
    schema: "scenarios/service-schema.toml",
);
scenario_test!(stages_and_effects: "scenarios/stream.toml", rules: "scenarios/shop.toml");

/// What is found instead is told, with what comes nearest; what the rules do not know is told before anything is run.
#[test]
fn stages_and_effects_that_are_not_met() {
    let book = Rulebook::from_toml(include_str!("scenarios/shop.toml")).unwrap();
    let report = |text: &str| run(&Scenario::from_toml(text).unwrap(), Some(&book));
    let wrong = report(include_str!("scenarios/stream-wrong.toml"));
    golden("stream-failures", &wrong.to_string());
    assert_eq!(wrong.mismatches.len(), 10);
    let json = serde_json::to_string(&wrong).unwrap();
    assert_eq!(
        serde_json::from_str::<segue::testing::scenario::Report>(&json).unwrap(),
        wrong
    );
    golden(
        "stream-problems",
        &report(include_str!("scenarios/stream-problems.toml")).to_string(),
    );
}

/// A list of effects says nothing of others; the stream may begin later, and what was before is known.
#[test]
fn a_list_of_effects_leaves_others_alone() {
    let book = Rulebook::from_toml(include_str!("scenarios/shop.toml")).unwrap();
    let scenario = |stream: &str| {
        let text = format!(
            r#"
            now = "2026-03-18T12:00:00Z"
            profiles.anna.attributes = {{ consent.email = true }}
            profiles.anna.events = ['purchased("tv", amount = 349.00) at 2026-01-10T12:00:00Z']
            {stream}
            [[effects]]
            profile = "anna"
            tag = "asked-back"
            [[stages]]
            profile = "anna"
            lifecycle = "recency"
            stage = "active"
            "#
        );
        let scenario = Scenario::from_toml(&text).unwrap();
        assert_eq!(
            toml::from_str::<Scenario>(&toml::to_string(&scenario).unwrap()).unwrap(),
            scenario
        );
        run(&scenario, Some(&book))
    };
    let until_now = scenario("");
    assert_eq!(
        (until_now.checked, until_now.mismatches.len()),
        (2, 1),
        "{until_now}"
    );
    let later = scenario("stream = { from = \"2026-02-01\", until = \"30 days from now\" }");
    assert!(later.passed() && later.checked == 2, "{later}");
}

/// Compares a text with the golden file of a name, or writes it anew where `UPDATE_GOLDEN` is set.
fn golden(name: &str, actual: &str) {
    let file = format!("{}/tests/scenarios/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, actual).unwrap();
        return;
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), actual);
}

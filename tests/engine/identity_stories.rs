//! Profiles that turn out to be one person: stories, most of them of what others get wrong.

use crate::shop::{NOTHING, at};
use segue::engine::{Engine, EngineOutput, IdentifyError, LiveProfile, OutputKind, Receipt};
use segue::profile::{Model, Record, RecordEvent, Timeline, Value};
use segue::{Duration, Event, Instant, Profile, Rulebook};

/// A shop in which visitors become customers.
struct Visitors {
    rulebook: Rulebook,
    engine: Engine<Record>,
    receipt: Option<Receipt>,
}

const SCHEMA: &str = r#"
    [schema.attributes]
    city = "string"
    name = "string"
    points = "int"
    topics = "list of string"
    birthday = "date"
    plan = { type = "string", tracked = true }
    "consent.email" = "bool"

    [schema.events]
    viewed = { subject = "category", properties = { category = "string" } }
    purchased = {}

    [schema.relations.orders.properties]
    number = "int"
"#;

const IDENTITY: &str = r#"
    [identity]
    strong = ["customer", "email"]
    weak = ["cookie"]
    [identity.merge]
    points = "sum"
    topics = "union"
    birthday = "first"
"#;

impl Visitors {
    fn new(segments: &str, identity: &str) -> Self {
        let text = format!("{segments}\n{SCHEMA}\n{identity}");
        let rulebook = Rulebook::from_toml(&text).unwrap_or_else(|e| panic!("{e}"));
        let engine = Engine::new(&rulebook, &Model::for_schema(rulebook.schema())).unwrap();
        let engine = engine.with_lateness(Duration::from_micros(86_400_000_000));
        Visitors {
            rulebook,
            engine,
            receipt: None,
        }
    }

    fn does(&mut self, who: &str, when: &str, kind: &str) -> Vec<String> {
        let properties = (kind == "viewed").then(|| ("category", Value::from("tv")));
        let event = RecordEvent::new(self.rulebook.schema(), kind, when, properties).unwrap();
        self.told(|engine, out| engine.observe(who, event, out))
    }

    fn sets(&mut self, who: &str, when: &str, name: &str, value: impl Into<Value>) -> Vec<String> {
        let values = [(name, value.into())];
        self.told(|engine, out| engine.set(who, &values, at(when), out).unwrap())
    }

    fn is(&mut self, who: &str, when: &str, identifiers: &[(&str, &str)]) -> Vec<String> {
        self.told(|engine, out| engine.identify(who, identifiers, at(when), out).unwrap())
    }

    fn merges(&mut self, from: &str, into: &str, when: &str) -> Vec<String> {
        self.told(|engine, out| engine.merge(from, into, at(when), out).unwrap())
    }

    fn comes(&mut self, when: &str) -> Vec<String> {
        let mut out = Vec::new();
        self.engine.advance(at(when), &mut out);
        out.iter().map(word).collect()
    }

    fn told(
        &mut self,
        act: impl FnOnce(&mut Engine<Record>, &mut Vec<EngineOutput>) -> Receipt,
    ) -> Vec<String> {
        let mut out = Vec::new();
        self.receipt = Some(act(&mut self.engine, &mut out));
        out.iter().map(word).collect()
    }

    fn value(&self, who: &str, name: &str) -> Value {
        let profile = self
            .engine
            .profile(who)
            .unwrap_or_else(|| panic!("there is no {who}"));
        profile.get(self.rulebook.schema(), name, self.engine.now())
    }

    fn ids(&self, who: &str) -> Vec<&str> {
        self.engine.ids_of(who).collect()
    }
}

/// `anna: entered keen`, and why unless it is a merge.
fn word(output: &EngineOutput) -> String {
    let what = match &output.kind {
        OutputKind::SegmentEntered { segment } => format!("entered {segment}"),
        OutputKind::SegmentLeft { segment } => format!("left {segment}"),
        OutputKind::StageChanged(t) => format!(
            "{:?} to {:?}",
            t.from.as_deref().unwrap_or("-"),
            t.to.as_deref().unwrap_or("-")
        ),
        OutputKind::Effect(effect) => {
            let by = effect.trigger.as_deref().or(effect.journey.as_deref());
            format!("effect of {}", by.unwrap_or("the host"))
        }
        OutputKind::Suppressed(held) => format!("held: {:?}", held.reason),
        OutputKind::ProfilesMerged { from, by } => {
            format!("merged {from} by {}", by.as_deref().unwrap_or("the host"))
        }
        OutputKind::IdentityConflict { identifier, with } => format!(
            "conflict of {identifier} with {}",
            with.as_deref().unwrap_or("nobody")
        ),
        OutputKind::JourneyPassed(passage) => {
            let [from, to] =
                [&passage.from, &passage.to].map(|step| step.as_deref().unwrap_or("-"));
            format!("{from} to {to} ({})", passage.because.name())
        }
        other => panic!("{other:?}"),
    };
    format!("{}: {what}", output.profile)
}

/// The mistake: the values of the anonymous visitor replace those of the customer.
#[test]
fn of_two_values_the_newer_counts_and_nothing_is_lost() {
    let mut shop = Visitors::new("", IDENTITY);
    shop.sets("c-77", "2026-03-01T08:00:00Z", "city", "Milano");
    shop.sets("c-77", "2026-03-01T08:00:00Z", "points", 5);
    shop.sets("c-77", "2026-03-01T08:00:00Z", "plan", "trial");
    shop.is("anna", "2026-03-01T09:00:00Z", &[("email", "anna@x.it")]);
    shop.sets("anna", "2026-03-01T09:00:00Z", "city", "Roma");
    shop.sets("anna", "2026-03-01T09:00:00Z", "name", "Anna");
    shop.sets("anna", "2026-03-01T09:00:00Z", "points", 10);
    shop.sets("anna", "2026-03-01T12:00:00Z", "plan", "pro");
    shop.sets(
        "c-77",
        "2026-03-01T10:00:00Z",
        "topics",
        Value::List(vec!["tv".into(), "hifi".into()]),
    );
    shop.sets(
        "anna",
        "2026-03-01T10:00:00Z",
        "topics",
        Value::List(vec!["tv".into()]),
    );
    shop.is("c-77", "2026-03-01T13:00:00Z", &[("email", "anna@x.it")]);
    assert_eq!(shop.value("anna", "city"), "Roma".into());
    assert_eq!(shop.value("anna", "name"), "Anna".into());
    assert_eq!(shop.value("anna", "points"), 15.into());
    assert_eq!(
        shop.value("anna", "topics"),
        Value::List(vec!["tv".into(), "hifi".into()])
    );
    // What has dates is put together by them.
    let anna = shop.engine.profile("c-77").unwrap();
    let plan = |when: &str| anna.get(shop.rulebook.schema(), "plan", at(when));
    assert_eq!(
        [plan("2026-03-01T09:00:00Z"), plan("2026-03-01T12:00:00Z")],
        ["trial".into(), "pro".into()]
    );
    // Older news does not replace what came from either.
    shop.sets("c-77", "2026-03-01T08:30:00Z", "city", "Torino");
    assert_eq!(
        (shop.receipt, shop.value("anna", "city")),
        (Some(Receipt::Stale), "Roma".into())
    );
}

/// The mistake: what belongs to the absorbed profile is lost with it.
#[test]
fn rows_and_tags_of_both_are_kept() {
    let mut shop = Visitors::new("", IDENTITY);
    let row = |id: &str, number: i64, tag: &str| {
        let schema = shop.rulebook.schema();
        let json = format!(
            r#"{{"id":"{id}","orders":[{{"number":7}},{{"number":{number}}}],"tags":["{tag}"]}}"#
        );
        Record::from_json(schema, &json).unwrap()
    };
    for row in [row("anna", 8, "vip"), row("c-77", 9, "tv")] {
        shop.engine.insert(row);
    }
    shop.merges("c-77", "anna", "2026-03-01T09:00:00Z");
    let anna = shop
        .engine
        .profile("anna")
        .unwrap()
        .to_json(shop.rulebook.schema());
    assert_eq!(
        anna,
        r#"{"id":"anna","orders":[{"number":7},{"number":8},{"number":9}],"tags":["vip","tv"]}"#
    );
}

/// The mistake: two people who use one computer become one, and get each other's consents.
#[test]
fn two_people_on_one_computer_stay_two() {
    let identity = IDENTITY.replace("weak =", "named_by = \"customer\"\n    weak =");
    let mut shop = Visitors::new("segments.keen = 'viewed at least twice'", &identity);
    let (anna, ben) = ([("customer", "anna")], [("customer", "ben")]);
    shop.does("pc", "2026-03-01T08:00:00Z", "viewed");
    assert_eq!(
        shop.is("pc", "2026-03-01T09:00:00Z", &anna),
        ["anna: merged pc by customer"]
    );
    shop.sets("pc", "2026-03-01T09:01:00Z", "consent.email", true);
    assert_eq!(
        shop.does("pc", "2026-03-01T10:00:00Z", "viewed"),
        ["anna: entered keen"]
    );
    // Somebody else sits down. What was before stays with the first.
    assert_eq!(shop.is("pc", "2026-03-01T11:00:00Z", &ben), NOTHING);
    assert_eq!(shop.does("pc", "2026-03-01T12:00:00Z", "viewed"), NOTHING);
    assert_eq!(shop.value("ben", "consent.email"), Value::Missing);
    assert_eq!(
        (shop.ids("anna"), shop.ids("ben")),
        (vec!["anna"], vec!["ben", "pc"])
    );
    // And the first again.
    assert_eq!(
        shop.is("pc", "2026-03-01T13:00:00Z", &anna),
        ["anna: merged pc by customer"]
    );
    assert_eq!(
        (shop.ids("anna"), shop.ids("ben")),
        (vec!["anna", "pc"], vec!["ben"])
    );
    let events = |who| {
        shop.engine
            .profile(who)
            .map(|profile| profile.events().len())
    };
    assert_eq!((events("anna"), events("ben")), (Some(2), Some(1)));
}

#[test]
fn a_cookie_joins_a_visitor_to_a_person_and_never_two_persons() {
    let mut shop = Visitors::new("", IDENTITY);
    shop.does("s-1", "2026-03-01T08:00:00Z", "viewed");
    shop.is("s-1", "2026-03-01T08:00:00Z", &[("cookie", "77")]);
    assert_eq!(
        shop.is("s-2", "2026-03-01T09:00:00Z", &[("cookie", "77")]),
        ["s-1: merged s-2 by cookie"]
    );
    assert_eq!(
        shop.is("s-2", "2026-03-01T09:00:00Z", &[("email", "anna@x.it")]),
        ["s-2: merged s-1 by the host"]
    );
    // Another person with the cookie has it from now on.
    assert_eq!(
        shop.is(
            "s-3",
            "2026-03-01T10:00:00Z",
            &[("email", "ben@x.it"), ("cookie", "77")]
        ),
        NOTHING
    );
    assert_eq!(
        shop.is("s-4", "2026-03-01T11:00:00Z", &[("cookie", "77")]),
        ["s-3: merged s-4 by cookie"]
    );
    assert_eq!(
        (shop.ids("s-1"), shop.ids("s-3")),
        (vec!["s-1", "s-2"], vec!["s-3", "s-4"])
    );
    assert_eq!(
        shop.engine.identifiers_of("s-1").collect::<Vec<_>>(),
        [("email", "anna@x.it")]
    );
}

#[test]
fn two_customers_are_never_one() {
    let mut shop = Visitors::new("", IDENTITY);
    shop.is(
        "anna",
        "2026-03-01T08:00:00Z",
        &[("customer", "1"), ("email", "anna@x.it")],
    );
    shop.is("ben", "2026-03-01T08:00:00Z", &[("customer", "2")]);
    assert_eq!(
        shop.is("ben", "2026-03-01T09:00:00Z", &[("email", "anna@x.it")]),
        ["ben: conflict of customer with anna"]
    );
    assert_eq!(shop.receipt, Some(Receipt::Conflict));
    assert_eq!(
        shop.is("ben", "2026-03-01T09:00:00Z", &[("customer", "1")]),
        ["ben: conflict of customer with anna"]
    );
    assert_eq!(
        shop.merges("ben", "anna", "2026-03-01T09:00:00Z"),
        ["ben: conflict of customer with anna"]
    );
    assert_eq!(
        shop.is("ben", "2026-03-01T09:00:00Z", &[("customer", "3")]),
        ["ben: conflict of customer with nobody"]
    );
    assert_eq!(
        (shop.engine.len(), shop.engine.metrics().identity_conflicts),
        (2, 4)
    );
}

/// The mistake: an id that is no more stays a member for ever.
#[test]
fn who_was_absorbed_leaves_and_the_survivor_enters_once() {
    let mut shop = Visitors::new(
        "segments.keen = 'viewed'\nsegments.new = 'not purchased'\nlifecycles.buying.stages = [{ name = \"looks\", when = 'viewed' }, { name = \"buys\", when = 'purchased' }]",
        "",
    );
    shop.does("anna", "2026-03-01T08:00:00Z", "purchased");
    shop.does("c-77", "2026-03-01T09:00:00Z", "viewed");
    assert_eq!(
        shop.merges("c-77", "anna", "2026-03-01T10:00:00Z"),
        [
            "anna: merged c-77 by the host",
            "c-77: left keen",
            "c-77: left new",
            "c-77: \"looks\" to \"-\"",
            "anna: entered keen"
        ]
    );
    assert_eq!(shop.engine.members("keen").collect::<Vec<_>>(), ["anna"]);
    assert_eq!(shop.engine.holds("c-77", "new"), Some(false));
    // The other comes back under its id, and is the same person.
    assert_eq!(shop.does("c-77", "2026-03-02T09:00:00Z", "viewed"), NOTHING);
    assert_eq!(shop.merges("c-77", "anna", "2026-03-02T10:00:00Z"), NOTHING);
    assert_eq!(
        (shop.receipt, shop.engine.len()),
        (Some(Receipt::Duplicate), 1)
    );
}

#[test]
fn a_merge_at_the_very_instant_of_an_end_has_one_outcome() {
    for (when, expected) in [
        (
            "2026-03-02T09:00:00Z",
            vec![
                "c-77: left today",
                "anna: entered today",
                "anna: left today",
            ],
        ),
        // A microsecond later the day is over.
        ("2026-03-02T09:00:00.000001Z", vec!["c-77: left today"]),
        ("2026-03-02T09:00:00.000002Z", vec!["c-77: left today"]),
    ] {
        let mut shop = Visitors::new("segments.today = 'viewed within 1 day'", "");
        shop.does("anna", "2026-02-01T09:00:00Z", "viewed");
        shop.does("c-77", "2026-03-01T09:00:00Z", "viewed");
        let mut told = shop.merges("c-77", "anna", when);
        told.extend(shop.comes("2026-04-01T09:00:00Z"));
        told.retain(|told| told.contains("today"));
        assert_eq!(told, expected, "{when}");
    }
}

#[test]
fn chains_are_one_person_in_any_order() {
    let chain = [("a", "b"), ("b", "c"), ("c", "d")];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let mut shop = Visitors::new("", "");
        for id in ["a", "b", "c", "d"] {
            shop.does(id, "2026-03-01T09:00:00Z", "viewed");
        }
        for i in order {
            let (from, into) = chain[i];
            shop.merges(from, into, "2026-03-01T10:00:00Z");
        }
        assert_eq!(
            (shop.ids("a"), shop.engine.len()),
            (vec!["a", "b", "c", "d"], 1),
            "{order:?}"
        );
        assert_eq!(
            shop.engine.profile("a").map(Record::id),
            Some("d"),
            "{order:?}"
        );
        assert_eq!(shop.merges("d", "a", "2026-03-01T11:00:00Z"), NOTHING);
    }
}

const SENDING: &str = r#"
    [channels.email]
    [messages.hello]
    channel = "email"
    [triggers.hello]
    on = "viewed"
    again = "after 5 days"
    do = [{ send = "hello" }]
"#;

fn sending(rules: &str) -> Visitors {
    let text =
        format!("caps = [{{ most = 1, within = \"7 days\" }}]\n{SCHEMA}\n{SENDING}\n{rules}");
    let rulebook = Rulebook::from_toml(&text).unwrap_or_else(|e| panic!("{e}"));
    let engine = Engine::new(&rulebook, &Model::for_schema(rulebook.schema())).unwrap();
    Visitors {
        rulebook,
        engine,
        receipt: None,
    }
}

#[test]
fn caps_and_entries_count_both_pasts_and_no_trigger_fires_for_moved_events() {
    let mut shop = sending("");
    assert_eq!(
        shop.does("c-77", "2026-03-01T09:00:00Z", "viewed"),
        ["c-77: effect of hello"]
    );
    shop.does("anna", "2026-03-01T10:00:00Z", "purchased");
    assert_eq!(
        shop.merges("c-77", "anna", "2026-03-02T09:00:00Z"),
        ["anna: merged c-77 by the host"]
    );
    let again = shop.does("anna", "2026-03-03T09:00:00Z", "viewed");
    assert!(again[0].starts_with("anna: held: Reentry"), "{again:?}");
    let capped = shop.does("anna", "2026-03-07T09:00:00Z", "viewed");
    assert!(
        capped[0].starts_with("anna: held: FrequencyCap"),
        "{capped:?}"
    );
    assert_eq!(
        shop.does("anna", "2026-03-15T09:00:00Z", "viewed"),
        ["anna: effect of hello"]
    );
}

#[test]
fn what_waits_twice_goes_once() {
    let quiet = "[channels.sms]\nquiet = [\"20:00-08:00\"]\n[messages.bye]\nchannel = \"sms\"\n[triggers.bye]\non = \"purchased\"\nheld = \"wait\"\ndo = [{ send = \"bye\" }]";
    let mut shop = sending(quiet);
    for (who, when) in [
        ("anna", "2026-03-01T21:00:00Z"),
        ("c-77", "2026-03-01T22:00:00Z"),
    ] {
        assert!(shop.does(who, when, "purchased")[0].contains("held: QuietHours"));
    }
    shop.merges("c-77", "anna", "2026-03-01T23:00:00Z");
    assert_eq!(shop.comes("2026-03-02T12:00:00Z"), ["anna: effect of bye"]);
}

#[test]
fn of_two_runs_of_a_journey_the_older_goes_on() {
    let journey = r#"
        [journeys.welcome]
        on = "purchased"
        steps = [{ name = "first", wait = "2 days", do = [{ call = "letter" }] }]
    "#;
    let mut shop = sending(journey);
    shop.does("c-77", "2026-03-01T09:00:00Z", "purchased");
    shop.does("anna", "2026-03-01T12:00:00Z", "purchased");
    shop.does("c-78", "2026-03-01T15:00:00Z", "purchased");
    assert_eq!(
        shop.merges("c-77", "anna", "2026-03-02T09:00:00Z"),
        [
            "anna: merged c-77 by the host",
            "c-77: first to - (merged)",
            "anna: first to first (merged)"
        ]
    );
    assert_eq!(
        shop.merges("c-78", "anna", "2026-03-02T09:00:00Z"),
        ["anna: merged c-78 by the host", "c-78: first to - (merged)"]
    );
    let told = shop.comes("2026-03-10T09:00:00Z");
    assert_eq!(told, ["anna: effect of welcome", "anna: first to - (done)"]);
    // Of one that has none, it is another's.
    shop.does("c-79", "2026-03-11T09:00:00Z", "purchased");
    assert_eq!(
        shop.merges("c-79", "ben", "2026-03-12T09:00:00Z"),
        [
            "ben: merged c-79 by the host",
            "c-79: first to - (merged)",
            "ben: - to first (merged)"
        ]
    );
    assert_eq!(
        shop.comes("2026-03-20T09:00:00Z"),
        ["ben: effect of welcome", "ben: first to - (done)"]
    );
}

#[test]
fn who_has_got_something_stays_in_the_same_group() {
    let split = "[triggers.test]\non = \"purchased\"\nsplit = { a = 50, b = 50 }\ndo = [{ call = \"a\", variant = \"a\" }, { call = \"b\", variant = \"b\" }]";
    let variant = |shop: &mut Visitors, who: &str, when: &str| {
        let event = RecordEvent::new(shop.rulebook.schema(), "purchased", when, []).unwrap();
        let mut out = Vec::new();
        let _ = shop.engine.observe(who, event, &mut out);
        out.iter().find_map(|h| match &h.kind {
            OutputKind::Effect(effect) => effect.variant.as_deref().map(str::to_owned),
            _ => None,
        })
    };
    let mut differ = 0;
    for i in 0..20 {
        let mut shop = sending(split);
        let (visitor, customer) = (format!("c-{i}"), format!("u-{i}"));
        let first = variant(&mut shop, &visitor, "2026-03-01T09:00:00Z");
        shop.merges(&visitor, &customer, "2026-03-02T09:00:00Z");
        assert_eq!(variant(&mut shop, &customer, "2026-03-03T09:00:00Z"), first);
        differ +=
            usize::from(variant(&mut sending(split), &customer, "2026-03-03T09:00:00Z") != first);
    }
    assert!(differ > 0, "another group of its own is what this is about");
}

#[test]
fn who_is_removed_is_gone_under_every_id() {
    let mut shop = Visitors::new("segments.keen = 'viewed'", IDENTITY);
    shop.does("c-77", "2026-03-01T09:00:00Z", "viewed");
    shop.is("anna", "2026-03-01T09:00:00Z", &[("email", "anna@x.it")]);
    shop.is("c-77", "2026-03-01T10:00:00Z", &[("email", "anna@x.it")]);
    let mut out = Vec::new();
    assert!(
        shop.engine
            .remove("c-77", at("2026-03-02T10:00:00Z"), &mut out)
            .is_some()
    );
    assert_eq!(
        out.iter().map(word).collect::<Vec<_>>(),
        ["anna: left keen"]
    );
    let state = serde_json::to_string(shop.engine.state()).unwrap();
    assert!(
        !state.contains("anna") && !state.contains("c-77"),
        "{state}"
    );
    // A later event makes a profile of which nothing is known.
    assert_eq!(
        shop.does("c-77", "2026-03-03T09:00:00Z", "viewed"),
        ["c-77: entered keen"]
    );
    assert_eq!(
        shop.is("anna", "2026-03-03T10:00:00Z", &[("email", "anna@x.it")]),
        NOTHING
    );
    assert_eq!(shop.engine.len(), 2);
}

#[test]
fn consents_are_those_that_nobody_has_refused() {
    for (ours, theirs, expected) in [
        (Value::Missing, true.into(), true.into()),
        (true.into(), Value::Missing, true.into()),
        (true.into(), false.into(), false.into()),
        (false.into(), true.into(), Value::from(false)),
    ] {
        let mut shop = Visitors::new("", IDENTITY);
        for (who, value) in [("anna", ours), ("c-77", theirs)] {
            shop.does(who, "2026-03-01T08:00:00Z", "viewed");
            if value != Value::Missing {
                shop.sets(who, "2026-03-01T09:00:00Z", "consent.email", value);
            }
        }
        shop.merges("c-77", "anna", "2026-03-01T10:00:00Z");
        assert_eq!(shop.value("anna", "consent.email"), expected);
    }
}

/// The mistake: all those of whom an app knows nothing are one person, whose id is `null`.
#[test]
fn what_stands_for_nobody_identifies_nobody() {
    let mut shop = Visitors::new("", IDENTITY);
    for nobody in [
        "",
        " ",
        "null",
        "undefined",
        "None",
        "NaN",
        "[object Object]",
    ] {
        let mut out = Vec::new();
        let refused = shop.engine.identify(
            "c-1",
            &[("email", nobody)],
            at("2026-03-01T08:00:00Z"),
            &mut out,
        );
        assert!(
            matches!(refused, Err(IdentifyError::Nobody { .. })),
            "{nobody}"
        );
        let refused = shop
            .engine
            .merge("c-1", nobody, at("2026-03-01T08:00:00Z"), &mut out);
        assert!(
            matches!(refused, Err(IdentifyError::Nobody { .. })),
            "{nobody}"
        );
    }
    let unknown = shop.engine.identify(
        "c-1",
        &[("phone", "1")],
        at("2026-03-01T08:00:00Z"),
        &mut Vec::new(),
    );
    assert_eq!(
        unknown,
        Err(IdentifyError::UnknownIdentifier("phone".to_owned()))
    );
    assert!(shop.engine.is_empty());
}

#[test]
fn a_late_event_under_any_id_comes_where_it_belongs() {
    let mut shop = Visitors::new("segments.keen = 'viewed at least 3 times'", "");
    shop.does("c-77", "2026-03-01T09:00:00Z", "viewed");
    shop.does("anna", "2026-03-01T10:00:00Z", "viewed");
    shop.merges("c-77", "anna", "2026-03-01T11:00:00Z");
    assert_eq!(
        shop.does("c-77", "2026-03-01T08:00:00Z", "viewed"),
        ["anna: entered keen"]
    );
    assert_eq!(shop.receipt, Some(Receipt::Late));
}

#[test]
fn who_moves_to_another_engine_is_found_there_under_every_id() {
    let mut shop = Visitors::new("segments.keen = 'viewed'", IDENTITY);
    shop.does("c-77", "2026-03-01T09:00:00Z", "viewed");
    shop.is("anna", "2026-03-01T09:00:00Z", &[("email", "anna@x.it")]);
    shop.is("c-77", "2026-03-01T10:00:00Z", &[("email", "anna@x.it")]);
    let mut other = Visitors::new("segments.keen = 'viewed'", IDENTITY);
    let moved = shop.engine.export(["c-77"]);
    other.engine.import(moved.clone(), &mut Vec::new()).unwrap();
    assert_eq!(
        (other.ids("anna"), other.engine.holds("c-77", "keen")),
        (vec!["anna", "c-77"], Some(true))
    );
    assert!(shop.engine.is_empty() && other.engine.import(moved.clone(), &mut Vec::new()).is_err());
    // Somebody else is known there by one of the ids.
    shop.does("c-77", "2026-03-02T09:00:00Z", "viewed");
    assert!(shop.engine.import(moved, &mut Vec::new()).is_err());
}

#[test]
fn what_a_merge_changes_is_written() {
    let mut shop = Visitors::new("", IDENTITY);
    shop.engine = shop.engine.with_change_tracking();
    for who in ["anna", "bruno", "c-77"] {
        shop.does(who, "2026-03-01T09:00:00Z", "viewed");
    }
    shop.is("anna", "2026-03-01T09:00:00Z", &[("email", "anna@x.it")]);
    shop.engine.mark_saved();
    shop.is("c-77", "2026-03-01T10:00:00Z", &[("email", "anna@x.it")]);
    let unsaved = shop.engine.unsaved();
    assert_eq!(
        (
            unsaved.profiles().map(|p| p.id()).collect::<Vec<_>>(),
            unsaved.removed()
        ),
        (vec!["anna"], &["c-77".into()][..])
    );
    let parts = shop.engine.state().profiles().cloned();
    let state = segue::engine::EngineState::from_parts(shop.engine.state().header().clone(), parts);
    let (mut out, model) = (Vec::new(), Model::for_schema(shop.rulebook.schema()));
    let (engine, _) = Engine::restore(&shop.rulebook, &model, state, &mut out).unwrap();
    assert_eq!(engine.ids_of("c-77").collect::<Vec<_>>(), ["anna", "c-77"]);
}

#[derive(Profile)]
struct Customer {
    #[segue(id)]
    id: String,
    #[segue(events)]
    events: Timeline<Act2>,
}

#[derive(Event)]
enum Act2 {
    Viewed { at: Instant },
}

impl LiveProfile for Customer {
    fn blank(_: &Model<Self>, id: &str) -> Self {
        Customer {
            id: id.to_owned(),
            events: Timeline::default(),
        }
    }

    fn events_mut(&mut self) -> &mut Timeline<Act2> {
        &mut self.events
    }
}

#[test]
fn profiles_that_do_not_say_how_they_merge_are_left_as_they_are() {
    let rulebook = Rulebook::from_toml(
        "[schema.events.viewed]\n[segments]\nkeen = 'viewed'\n[identity]\nstrong = [\"email\"]",
    )
    .unwrap();
    let mut engine = Engine::new(&rulebook, &Model::<Customer>::new().unwrap()).unwrap();
    let (when, mut out) = (at("2026-03-01T09:00:00Z"), Vec::new());
    for id in ["anna", "c-77"] {
        let _ = engine.observe(id, Act2::Viewed { at: when }, &mut out);
    }
    let _ = engine
        .identify("anna", &[("email", "anna@x.it")], when, &mut out)
        .unwrap();
    out.clear();
    let refused = engine.identify("c-77", &[("email", "anna@x.it")], when, &mut out);
    assert!(matches!(refused, Err(IdentifyError::Refused { .. })));
    assert!(matches!(
        engine.merge("c-77", "new", when, &mut out),
        Err(IdentifyError::Refused { .. })
    ));
    assert!(out.is_empty() && engine.len() == 2);
    assert_eq!(
        ["anna", "c-77"].map(|id| engine.profile(id).map(|p| p.events.len())),
        [Some(1); 2]
    );
}

//! What a trigger's conditions and values read of the occasion: the event that `on` names, the subject, the instant.

use super::sending::email;
use super::{SHOP, Shop, same};
use segue::Rulebook;
use segue::engine::{EffectAction, Engine, EngineState, Receipt, SuppressionReason};
use segue::profile::{Model, Record, RecordEvent, Value};
use serde_json::Value as Json;

/// What a message or a call was given, as JSON.
fn given(action: &EffectAction) -> String {
    let (EffectAction::Send { with, .. } | EffectAction::Call { with, .. }) = action else {
        return serde_json::to_string(action).unwrap();
    };
    serde_json::to_string(with).unwrap()
}

fn all_given(shop: &Shop) -> Vec<String> {
    let effects = shop.effects();
    effects.iter().map(|(_, e)| given(&e.action)).collect()
}

impl Shop {
    fn buys(&mut self, who: &str, at: &str, category: &str, amount: &str) {
        let properties = [
            ("category", category.into()),
            ("amount", Value::Decimal(amount.parse().unwrap())),
        ];
        let event = RecordEvent::new(self.rulebook.schema(), "purchased", at, properties).unwrap();
        let receipt = self.engine.observe(who, event, &mut self.out);
        assert_eq!(receipt, Receipt::Accepted);
    }
}

#[test]
fn a_reminder_names_what_was_left_in_the_cart() {
    let mut shop = Shop::with(
        r#"
[triggers.forgotten_cart]
on = "added_to_cart as c then no purchased(category = c.category) within 1 hour"
when = 'c.category != "gift cards" and not purchased(category = c.category) after entered - 30 days'
do = [
    { send = "offer", with = { percent = 5 }, values = { product = "c.category", looked = "count(viewed(category = c.category))", added = "c.at" } },
    { set = "status", value = "c.category" },
]
"#,
    );
    shop.does("anna", "viewed", "2026-03-02T09:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-03-02T09:10:00Z", "tv");
    shop.does("anna", "viewed", "2026-03-02T09:20:00Z", "shoes");
    shop.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    shop.does(
        "anna",
        "added_to_cart",
        "2026-03-02T10:05:00Z",
        "gift cards",
    );
    shop.does("anna", "added_to_cart", "2026-03-02T10:10:00Z", "shoes");
    shop.does("anna", "purchased", "2026-03-02T10:15:00Z", "shoes");
    shop.until("2026-03-03T00:00:00Z");
    let wanted = [
        r#"{"added":"2026-03-02T10:00:00Z","looked":2,"percent":5,"product":"tv"}"#,
        r#"{"do":"set","attribute":"status","to":"tv"}"#,
    ];
    assert_eq!(all_given(&shop), wanted);
    let reasons: Vec<_> = shop
        .held()
        .into_iter()
        .map(|(at, h)| (at, h.reason))
        .collect();
    let at = "2026-03-02T11:05:00.000001Z".to_owned();
    assert_eq!(reasons, [(at, SuppressionReason::Guard)]);
}

#[test]
fn points_are_added_for_what_was_paid_and_none_where_nothing_is_known() {
    let mut shop = Shop::with(
        r#"
[triggers.points]
on = "purchased as p"
do = [
    { add = "points", value = "round(p.amount)" },
    { call = "thank", values = { amount = "p.amount", big = "p.amount > 100", when = "p.at.date" } },
]
"#,
    );
    shop.buys("anna", "2026-03-02T10:00:00Z", "tv", "199.50");
    // Without an amount.
    shop.does("anna", "purchased", "2026-03-03T10:00:00Z", "tv");
    shop.buys("anna", "2026-03-04T23:30:00Z", "shoes", "20.40");
    let wanted = [
        r#"{"do":"add","attribute":"points","by":200}"#,
        r#"{"amount":"199.50","big":true,"when":"2026-03-02"}"#,
        r#"{"big":false,"when":"2026-03-03"}"#,
        r#"{"do":"add","attribute":"points","by":20}"#,
        r#"{"amount":"20.40","big":false,"when":"2026-03-05"}"#,
    ];
    assert_eq!(all_given(&shop), wanted);
}

/// She collects points while the message waits for the morning.
fn at_night(refresh: &str) -> Shop {
    let rules = r#"
[triggers.offer]
on = "purchased as p"
when = "status is missing or p.category != status"
held = "wait"
do = [{ send = "offer", values = { category = "p.category", points = "points" } REFRESH }]
"#;
    let mut shop = email(
        "quiet = [\"22:00-08:00\"]",
        &rules.replace("REFRESH", refresh),
    );
    shop.set("anna", "2026-03-02T20:00:00Z", "points", 5);
    shop.buys("anna", "2026-03-02T22:00:00Z", "tv", "20");
    shop.set("anna", "2026-03-03T01:00:00Z", "points", 9);
    shop
}

const MORNING: &str = "2026-03-03T07:00:00Z";

#[test]
fn a_message_that_waits_keeps_its_values_unless_it_asks_again() {
    for (refresh, points) in [("", 5), (", refresh = true", 9)] {
        let mut shop = at_night(refresh);
        shop.until("2026-03-04T00:00:00Z");
        same(&shop.times(), &[(MORNING, "offer")]);
        let wanted = format!(r#"{{"category":"tv","points":{points}}}"#);
        assert_eq!(all_given(&shop), [wanted]);
    }
}

#[test]
fn what_waits_knows_its_event_after_a_restart_and_when_the_event_is_forgotten() {
    for refresh in ["", ", refresh = true"] {
        let mut shop = at_night(refresh);
        shop.engine.forget();
        // Nothing looks back at purchases, so the event is not kept.
        let anna = shop.engine.profile("anna").unwrap();
        assert_eq!(
            serde_json::to_value(anna).unwrap()["events"],
            Json::Array(Vec::new())
        );
        let json = serde_json::to_string(shop.engine.state()).unwrap();
        let bytes = postcard::to_stdvec(shop.engine.state()).unwrap();
        let states: [EngineState<Record>; 2] = [
            serde_json::from_str(&json).unwrap(),
            postcard::from_bytes(&bytes).unwrap(),
        ];
        assert_eq!(states[0], states[1]);
        // The guard is judged again, with the event.
        for (state, (status, goes)) in states.into_iter().zip([("tv", false), ("shoes", true)]) {
            let model = Model::<Record>::for_schema(shop.rulebook.schema());
            let (engine, _) =
                Engine::restore(&shop.rulebook, &model, state, &mut Vec::new()).unwrap();
            let mut shop = Shop {
                rulebook: shop.rulebook.clone(),
                engine,
                out: Vec::new(),
            };
            shop.set("anna", "2026-03-03T02:00:00Z", "status", status);
            shop.until("2026-03-04T00:00:00Z");
            if goes {
                same(&shop.times(), &[(MORNING, "offer")]);
                assert!(all_given(&shop)[0].contains(r#""category":"tv""#));
            } else {
                same(&shop.times(), &[]);
            }
        }
    }
}

#[test]
fn what_is_kept_is_read_as_the_type_that_it_has_under_the_rules_of_then() {
    let source = |refresh: &str, value: &str| {
        let rules = format!(
            "[triggers.offer]\non = \"purchased as p\"\nheld = \"wait\"\ndo = [{{ send = \"offer\", values = {{ {value} }}{refresh} }}]\n"
        );
        format!("{SHOP}{rules}").replace(
            "[channels.email]",
            "[channels.email]\nquiet = [\"22:00-08:00\"]",
        )
    };
    let load = |source: &str| Rulebook::from_toml(source).unwrap_or_else(|e| panic!("{e}"));
    let model = |rulebook: &Rulebook| Model::<Record>::for_schema(rulebook.schema());
    let night = load(&source("", r#"amount = "p.amount""#));
    let mut shop = Shop {
        engine: Engine::new(&night, &model(&night)).unwrap(),
        rulebook: night,
        out: Vec::new(),
    };
    shop.buys("anna", "2026-03-02T22:00:00Z", "tv", "20.5");
    for (value, wanted) in [
        // The amount was kept, the category was not.
        (
            r#"twice = "2 * p.amount", what = "p.category""#,
            r#"{"twice":"41.00"}"#,
        ),
        (r#"amount = "p.amount + 0.125""#, r#"{"amount":"20.625"}"#),
    ] {
        let morning = load(&source(", refresh = true", value));
        let state = shop.engine.state().clone();
        let (engine, _) =
            Engine::restore(&morning, &model(&morning), state, &mut Vec::new()).unwrap();
        let mut shop = Shop {
            rulebook: morning,
            engine,
            out: Vec::new(),
        };
        shop.until("2026-03-04T00:00:00Z");
        assert_eq!(all_given(&shop), [wanted]);
    }
}

#[test]
fn the_subject_of_a_lifecycle_is_a_value() {
    let mut shop = Shop::with(
        r#"
[lifecycles.interest]
per = "category"
stages = [
    { name = "curious", when = "viewed" },
    { name = "buyer", when = "purchased" },
]
[triggers.bought]
on = "stage curious -> buyer of interest"
when = "count(viewed(category = subject)) >= 2 and subject != \"shoes\""
do = [{ call = "note", values = { what = "subject", paid = "sum(purchased(category = subject).amount)" } }]
"#,
    );
    for (at, category) in [
        ("09", "tv"),
        ("10", "tv"),
        ("11", "book"),
        ("12", "shoes"),
        ("13", "shoes"),
    ] {
        shop.does(
            "anna",
            "viewed",
            &format!("2026-03-02T{at}:00:00Z"),
            category,
        );
    }
    for (at, category) in [("14", "book"), ("15", "tv"), ("16", "shoes")] {
        shop.buys("anna", &format!("2026-03-02T{at}:00:00Z"), category, "20.5");
    }
    assert_eq!(all_given(&shop), [r#"{"paid":"20.50","what":"tv"}"#]);
}

#[test]
fn an_attribute_of_the_profile_hides_the_instant_of_the_entry_but_not_its_full_name() {
    let rules = r#"
[triggers.note]
on = "purchased"
do = [{ call = "note", values = { bare = "entered", full = "entry.entered" } }]
"#;
    let times = |source: &str| {
        let rulebook = Rulebook::from_toml(source).unwrap_or_else(|e| panic!("{e}"));
        let engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()));
        let mut shop = Shop {
            engine: engine.unwrap(),
            rulebook,
            out: Vec::new(),
        };
        shop.does("anna", "purchased", "2026-03-02T10:00:00Z", "tv");
        all_given(&shop)
    };
    let source = format!("{SHOP}{rules}");
    let wanted = r#"{"bare":"2026-03-02T10:00:00Z","full":"2026-03-02T10:00:00Z"}"#;
    assert_eq!(times(&source), [wanted]);
    let hidden = source.replace("points = \"int\"", "points = \"int\"\nentered = \"date\"");
    assert_eq!(times(&hidden), [r#"{"full":"2026-03-02T10:00:00Z"}"#]);
}

#[test]
fn of_two_events_that_begin_one_silence_it_is_that_with_the_least_id() {
    let rules = r#"
[triggers.reminder]
on = "added_to_cart as c then no purchased within 1 hour"
do = [{ send = "offer", values = { product = "c.category", at = "c.at" } }]
"#;
    let at = "2026-03-02T10:00:00Z";
    for order in [["tv", "shoes"], ["shoes", "tv"]] {
        let mut shop = Shop::with(rules);
        for category in order {
            let id = if category == "tv" { "1" } else { "2" };
            let event = shop.event("added_to_cart", at, category).with_id(id);
            let receipt = shop.engine.observe("anna", event, &mut shop.out);
            assert_eq!(receipt, Receipt::Accepted);
        }
        shop.until("2026-03-03T00:00:00Z");
        let wanted = format!(r#"{{"at":"{at}","product":"tv"}}"#);
        assert_eq!(all_given(&shop), [wanted]);
    }
}

#[test]
fn an_event_that_comes_after_its_silence_is_over_is_the_one_that_is_named() {
    let mut shop = Shop::with(
        r#"
[triggers.reminder]
on = "added_to_cart as c then no purchased within 1 hour"
do = [{ send = "offer", values = { product = "c.category", added = "c.at", entered = "entered" } }]
"#,
    );
    shop.engine = shop
        .engine
        .with_lateness(segue::Duration::from_micros(86_400_000_000));
    shop.does("anna", "viewed", "2026-03-02T15:00:00Z", "tv");
    shop.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    let wanted = r#"{"added":"2026-03-02T10:00:00Z","entered":"2026-03-02T11:00:00.000001Z","product":"tv"}"#;
    assert_eq!(all_given(&shop), [wanted]);
}

#[test]
fn an_explanation_of_the_guard_shows_what_the_event_was() {
    let mut shop = Shop::with(
        r#"
[triggers.offer]
on = "purchased as p"
when = "p.amount > 100"
do = [{ call = "note" }]
"#,
    );
    shop.buys("anna", "2026-03-02T10:00:00Z", "tv", "199.5");
    let effects = shop.effects();
    let why = effects[0].1.why.as_ref().unwrap().to_string();
    assert!(why.contains("p.amount > 100: p.amount is 199.50"), "{why}");
    // What the guard keeps from happening is explained where that is asked for.
    shop.buys("ben", "2026-03-02T11:00:00Z", "tv", "20");
    assert_eq!(shop.held()[0].1.why, None);
    shop.engine = shop.engine.with_explained_guards();
    shop.buys("ben", "2026-03-02T12:00:00Z", "tv", "20.5");
    let why = shop.held()[1].1.why.as_ref().unwrap().to_string();
    assert!(why.contains("p.amount > 100: p.amount is 20.50"), "{why}");
}

#[test]
fn values_of_every_type_are_kept_as_they_are() {
    let source = r#"
[schema.events.ordered.properties]
paid = "bool"
pieces = "int"
number = "int"
price = "decimal(2)"
weight = "float"
note = "string"
size = { type = "enum", values = ["s", "m"], ordered = true }
due = "date"
packed = "instant"
took = "duration"
app = "version"
shop = "place"
missing = "string"

[triggers.note]
on = "ordered as o"
when = 'o.size = m and o.took > 90 minutes and o.app > "2.9" and o.shop within 1 km of (45.46, 9.19) and o.due in next 30 days'
do = [{ call = "note", values = { paid = "o.paid", pieces = "o.pieces", number = "o.number", price = "o.price", weight = "o.weight", note = "o.note", size = "o.size", due = "o.due", packed = "o.packed", took = "o.took", app = "o.app", shop = "o.shop", missing = "o.missing" } }]
"#;
    let rulebook = Rulebook::from_toml(source).unwrap_or_else(|e| panic!("{e}"));
    let event = r#"{"profile": "anna", "kind": "ordered", "at": "2026-03-02T10:00:00Z", "props": {"paid": true, "pieces": -3,
        "number": 18446744073709551615, "price": 19.9, "weight": 0.1, "note": "\"a\" b", "size": "m", "due": "2026-03-05",
        "packed": "2026-03-02T09:59:59.123456Z", "took": "2 hours", "app": "2.10.1", "shop": {"lat": 45.4642, "lon": 9.19}}}"#;
    let line = rulebook.record_reader().event(event).unwrap().unwrap();
    let model = Model::<Record>::for_schema(rulebook.schema());
    let mut shop = Shop {
        engine: Engine::new(&rulebook, &model).unwrap(),
        rulebook,
        out: Vec::new(),
    };
    let receipt = shop.engine.observe("anna", line.event, &mut shop.out);
    assert_eq!(receipt, Receipt::Accepted);
    let given: Json = serde_json::from_str(&all_given(&shop)[0]).unwrap();
    let wanted = serde_json::json!({
        "paid": true, "pieces": -3, "number": 18_446_744_073_709_551_615_u64, "price": "19.90", "weight": 0.1,
        "note": "\"a\" b", "size": "m", "due": "2026-03-05", "packed": "2026-03-02T09:59:59.123456Z",
        "took": "2 hours", "app": "2.10.1", "shop": "45.4642,9.19",
    });
    assert_eq!(given, wanted);
}

#[test]
fn a_step_of_a_journey_knows_what_it_began_with_days_later() {
    let mut shop = Shop::with(
        r#"
[journeys.follow_up]
on = "purchased as p"
steps = [
    { name = "ask", wait = "2 days", do = [{ call = "ask", values = { what = "p.category", when = "entered" } }] },
    { name = "thank", wait = "1 day", do = [{ add = "points", value = "round(p.amount)" }] },
]
"#,
    );
    shop.buys("anna", "2026-03-02T10:00:00Z", "tv", "199.50");
    shop.until("2026-03-03T00:00:00Z");
    shop.engine.forget();
    shop.until("2026-03-10T00:00:00Z");
    let wanted = [
        r#"{"what":"tv","when":"2026-03-02T10:00:00Z"}"#,
        r#"{"do":"add","attribute":"points","by":200}"#,
    ];
    assert_eq!(all_given(&shop), wanted);
}

/// Anna looks at televisions and at shoes; the trigger is about televisions.
#[test]
fn a_trigger_on_the_stage_of_one_subject_leaves_the_others_alone() {
    let mut shop = Shop::with(
        r#"
[lifecycles.interest]
per = "category"
stages = [{ name = "decision", when = "added_to_cart within 7 days" }, { name = "cold", when = "added_to_cart" }]
[triggers.tv]
on = 'enter stage decision of interest for "tv"'
do = [{ call = "advisor" }]
[triggers.cooled]
on = 'any move of interest for "shoes"'
do = [{ call = "none" }]
"#,
    );
    shop.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "shoes");
    shop.does("anna", "added_to_cart", "2026-03-02T11:00:00Z", "tv");
    same(
        &shop.times(),
        &[
            ("2026-03-02T10:00:00Z", "cooled"),
            ("2026-03-02T11:00:00Z", "tv"),
        ],
    );
    let subjects: Vec<_> = shop
        .effects()
        .iter()
        .map(|(_, e)| e.subject.clone())
        .collect();
    assert_eq!(subjects, [Some("shoes".into()), Some("tv".into())]);
    let refused = |on: &str| {
        let rules = format!(
            "{SHOP}[lifecycles.life]\nstages = [{{ name = \"buyer\", when = \"purchased\" }}]\n[triggers.x]\non = '{on}'\ndo = [{{ call = \"c\" }}]\n"
        );
        Rulebook::from_toml(&rules).unwrap_err().to_string()
    };
    let error = refused("enter stage buyer of life for \"tv\"");
    assert!(
        error.contains("`life` has one stage for each profile"),
        "{error}"
    );
}

//! Triggers on the change of an attribute: whoever changes it, each time, and nothing else.

use super::{SHOP, Shop, same, t};
use segue::engine::{Engine, EngineState};
use segue::profile::{Model, Record, Value};
use segue::{Instant, Rulebook};

const NOTE: &str = "do = [{ call = \"crm.note\" }]\n";

/// A shop with these rules; the status of its customers has a past, or not.
fn shop(is_tracked: bool, rules: &str) -> Shop {
    let mut source = format!("{SHOP}{rules}");
    if is_tracked {
        source = source.replace(
            "status = \"string\"",
            "status = { type = \"string\", tracked = true }",
        );
    }
    let rulebook = Rulebook::from_toml(&source).unwrap_or_else(|e| panic!("{e}"));
    let engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema())).unwrap();
    Shop {
        rulebook,
        engine,
        out: Vec::new(),
    }
}

fn on(change: &str) -> String {
    format!("[triggers.change]\non = '{change}'\n{NOTE}")
}

fn days(shop: &Shop) -> String {
    let day = |(at, _): &(String, String)| at[8..10].to_owned();
    shop.times().iter().map(day).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_change_to_another_value_counts_and_nothing_else() {
    for is_tracked in [false, true] {
        let told = |change: &str| {
            let mut shop = shop(is_tracked, &on(change));
            for (day, status) in [
                (1, Value::from("free")),
                (2, "free".into()),
                (3, "pro".into()),
                (4, "free".into()),
                (5, Value::Missing),
                (6, Value::Missing),
                (7, "pro".into()),
            ] {
                let at = format!("2026-03-0{day}T10:00:00Z");
                shop.set("anna", &at, "status", status);
            }
            shop.set("anna", "2026-03-08T10:00:00Z", "points", 3);
            shop.until("2026-04-01T00:00:00Z");
            days(&shop)
        };
        assert_eq!(told("status changed"), "01 03 04 05 07");
        assert_eq!(told("status changed to \"pro\""), "03 07");
        assert_eq!(told("status changed from \"free\""), "03 05");
        assert_eq!(told("status changed from \"free\" to \"pro\""), "03");
        assert_eq!(told("status changed from \"pro\" to \"team\""), "");
    }
}

#[test]
fn two_changes_of_one_instant_are_two_and_have_keys_of_their_own() {
    let mut shop = shop(false, &on("status changed"));
    for status in ["free", "pro", "pro", "free"] {
        shop.set("anna", "2026-03-01T10:00:00Z", "status", status);
    }
    let keys: Vec<_> = shop.effects().iter().map(|(_, e)| e.key.clone()).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
}

/// Of several changes that one call makes, what is left counts.
#[test]
fn what_one_call_changes_and_changes_back_has_not_changed() {
    let mut shop = shop(true, &on("status changed"));
    shop.set("anna", "2026-03-01T10:00:00Z", "status", "free");
    for ends_with in ["free", "pro"] {
        let values = [("status", "gold".into()), ("status", ends_with.into())];
        let at = t("2026-03-02T10:00:00Z");
        let set = shop.engine.set("anna", &values, at, &mut shop.out);
        assert!(set.is_ok());
    }
    assert_eq!(days(&shop), "01 02");
}

#[test]
fn rows_and_changes_in_place_count_as_well() {
    let mut shop = shop(false, &on("status changed to \"pro\""));
    let schema = shop.rulebook.schema().clone();
    let row = |status: &str| {
        let anna = Record::builder(&schema, "anna");
        anna.set("status", status).build().unwrap()
    };
    for (day, status) in [(1, "pro"), (2, "free"), (3, "pro"), (4, "pro")] {
        let at = t(&format!("2026-03-0{day}T10:00:00Z"));
        let _ = shop.engine.upsert(row(status), at, &mut shop.out);
    }
    for (day, status) in [(5, "free"), (6, "pro"), (7, "pro")] {
        let at = t(&format!("2026-03-0{day}T10:00:00Z"));
        let set = |anna: &mut Record| anna.set(&schema, "status", status, at).unwrap();
        shop.engine.change("anna", at, set, &mut shop.out);
    }
    assert_eq!(days(&shop), "01 03 06");
}

/// Profiles that are loaded are as they were.
#[test]
fn what_is_loaded_has_not_changed() {
    let mut shop = shop(false, &on("status changed"));
    let anna = r#"{"id": "anna", "status": "pro"}"#;
    let anna = Record::from_json(shop.rulebook.schema(), anna).unwrap();
    shop.engine.insert(anna);
    shop.until("2026-04-01T00:00:00Z");
    assert!(shop.out.is_empty());
}

#[test]
fn what_triggers_set_and_add_to_changes() {
    let rules = r#"
[triggers.buys]
on = 'purchased'
do = [{ set = "status", to = "buyer" }, { add = "points", by = 5 }]
[triggers.buyer]
on = 'status changed to "buyer"'
do = [{ call = "crm.note" }]
[triggers.points]
on = 'points changed'
do = [{ call = "crm.note" }]
"#;
    let mut shop = shop(false, rules);
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "purchased", "2026-03-02T10:00:00Z", "tv");
    let notes = shop
        .times()
        .into_iter()
        .filter(|(_, trigger)| trigger != "buys");
    let (first, second) = ("2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z");
    same(
        &notes.collect::<Vec<_>>(),
        &[(first, "buyer"), (first, "points"), (second, "points")],
    );
}

/// What two triggers set in one round is one change; triggers that undo each other's work come to an end.
#[test]
fn triggers_that_change_it_back_and_forth_stop() {
    let rules = r#"
[triggers.there]
on = 'status changed to "free"'
do = [{ set = "status", to = "pro" }]
[triggers.back]
on = 'status changed to "pro"'
do = [{ set = "status", to = "free" }]
"#;
    let mut shop = shop(false, rules);
    shop.set("anna", "2026-03-01T10:00:00Z", "status", "free");
    assert_eq!(shop.times().len(), 2);
    let in_one_round = r#"
[triggers.one]
on = 'purchased'
do = [{ set = "status", to = "pro" }]
[triggers.other]
on = 'purchased'
do = [{ set = "status", to = "free" }]
[triggers.note]
on = 'status changed'
do = [{ call = "crm.note" }]
"#;
    let mut shop = self::shop(false, in_one_round);
    shop.set("anna", "2026-03-01T10:00:00Z", "status", "free");
    shop.out.clear();
    shop.does("anna", "purchased", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(shop.times().len(), 2);
}

/// A change that is known before it takes effect counts when it does.
#[test]
fn a_change_that_time_brings_counts_when_it_comes() {
    let planned = |shop: &mut Shop| {
        let anna = r#"{"id": "anna", "history": {"status": [
            {"at": "2026-01-01T00:00:00Z", "value": "free"}, {"at": "2026-03-05T10:00:00Z", "value": "pro"},
            {"at": "2026-03-09T10:00:00Z", "value": "pro"}]}}"#;
        let anna = Record::from_json(shop.rulebook.schema(), anna).unwrap();
        shop.until("2026-03-01T00:00:00Z");
        shop.engine.insert(anna);
    };
    let mut quiet = shop(true, &on("status changed to \"pro\""));
    planned(&mut quiet);
    let fifth = "2026-03-05T10:00:00Z";
    assert_eq!(quiet.engine.next_wakeup(), Some(t(fifth)));
    quiet.until("2026-04-01T00:00:00Z");
    same(&quiet.times(), &[(fifth, "change")]);
    // It is set to something else at the very instant, which is one change.
    let mut met = shop(true, &on("status changed"));
    planned(&mut met);
    met.set("anna", fifth, "status", "team");
    met.until("2026-04-01T00:00:00Z");
    same(
        &met.times(),
        &[(fifth, "change"), ("2026-03-09T10:00:00Z", "change")],
    );
    let mut none = shop(true, &on("status changed"));
    planned(&mut none);
    none.set("anna", fifth, "status", "free");
    none.until("2026-03-06T00:00:00Z");
    same(&none.times(), &[]);
}

/// A change of the past that comes late changes nothing now where newer ones are known.
#[test]
fn a_late_change_counts_if_it_changes_the_value_of_now() {
    let mut shop = shop(true, &on("status changed"));
    let model = Model::<Record>::for_schema(shop.rulebook.schema());
    let engine = Engine::new(&shop.rulebook, &model).unwrap();
    shop.engine = engine.with_lateness(segue::Duration::from_micros(864_000_000_000));
    for (at, status) in [("10", "free"), ("05", "pro"), ("12", "team")] {
        let values = [("status", status.into())];
        let at: Instant = t(&format!("2026-03-{at}T10:00:00Z"));
        let _ = shop.engine.set("anna", &values, at, &mut shop.out);
    }
    assert_eq!(days(&shop), "10 12");
}

#[test]
fn lists_change_as_a_whole() {
    let rulebook = Rulebook::from_toml(
        "[schema.attributes]\ninterests = \"list of string\"\n[triggers.change]\non = 'interests changed'\ndo = [{ call = \"x\" }]",
    )
    .unwrap();
    let engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema())).unwrap();
    let mut shop = Shop {
        rulebook,
        engine,
        out: Vec::new(),
    };
    for (day, interests) in [(1, vec!["tv"]), (2, vec!["tv"]), (3, vec!["tv", "cars"])] {
        shop.set(
            "anna",
            &format!("2026-03-0{day}T10:00:00Z"),
            "interests",
            interests,
        );
    }
    assert_eq!(days(&shop), "01 03");
}

/// A planned change is still noticed by an engine that goes on from a kept state, also under other rules.
#[test]
fn a_planned_change_outlives_the_engine() {
    let source = |rules: &str| {
        format!("{SHOP}{rules}").replace(
            "status = \"string\"",
            "status = { type = \"string\", tracked = true }",
        )
    };
    let anna = r#"{"id": "anna", "history": {"status": [
        {"at": "2026-01-01T00:00:00Z", "value": "free"}, {"at": "2026-03-05T10:00:00Z", "value": "pro"}]}}"#;
    let mut first = shop(true, &on("status changed"));
    first.until("2026-03-01T00:00:00Z");
    first
        .engine
        .insert(Record::from_json(first.rulebook.schema(), anna).unwrap());
    for rules in [
        on("status changed"),
        format!(
            "{}{}",
            on("status changed"),
            "[triggers.other]\non = 'purchased'\ndo = [{ call = \"x\" }]"
        ),
    ] {
        let rulebook = Rulebook::from_toml(&source(&rules)).unwrap();
        let state: EngineState<Record> =
            serde_json::from_str(&serde_json::to_string(first.engine.state()).unwrap()).unwrap();
        let model = Model::<Record>::for_schema(rulebook.schema());
        let (engine, _) = Engine::restore(&rulebook, &model, state, &mut Vec::new()).unwrap();
        let mut again = Shop {
            rulebook,
            engine,
            out: Vec::new(),
        };
        again.until("2026-04-01T00:00:00Z");
        same(&again.times(), &[("2026-03-05T10:00:00Z", "change")]);
    }
}

//! What happens at one instant: several events, several moves, what triggers bring about, and what comes late.

use super::{Shop, same, t};
use segue::engine::{Cause, Engine, Receipt};
use segue::profile::{Model, Record, RecordEvent, Value};
use segue::{Duration, Rulebook};

const HOUR: i64 = 3_600_000_000;

fn late(shop: Shop, hours: i64) -> Shop {
    Shop {
        engine: shop
            .engine
            .with_lateness(Duration::from_micros(hours * HOUR)),
        ..shop
    }
}

/// No two effects have one key.
#[track_caller]
fn distinct(shop: &Shop, count: usize) {
    let mut keys: Vec<_> = shop.effects().iter().map(|(_, e)| e.key.clone()).collect();
    assert_eq!(keys.len(), count);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[test]
fn a_tag_that_a_trigger_gives_moves_a_stage_that_the_same_event_has_left_alone() {
    let mut shop = Shop::with(
        r#"
[lifecycles.journey]
stages = [
    { name = "buyer", when = "purchased" },
    { name = "advocate", when = 'tagged "advocate"' },
]
[triggers.invite]
on = 'purchased'
when = 'purchased at least 2 times'
again = "once"
do = [{ tag = "advocate" }]
[triggers.thank]
on = 'enter stage advocate'
do = [{ call = "thanks" }]
"#,
    );
    let now = "2026-03-02T10:00:00Z";
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "purchased", now, "tv");
    same(&shop.times(), &[(now, "invite"), (now, "thank")]);
    assert_eq!(shop.engine.stage("anna", "journey", None), Some("advocate"));
    // And what comes later does not undo it.
    shop.does("anna", "purchased", now, "shoes");
    shop.does("anna", "purchased", "2026-03-03T10:00:00Z", "shoes");
    assert_eq!(shop.engine.stage("anna", "journey", None), Some("advocate"));
}

#[test]
fn two_moves_at_one_instant_are_two_occasions() {
    let mut shop = Shop::with(
        r#"
[lifecycles.journey]
stages = [{ name = "aware", when = "purchased" }, { name = "buyer", when = "purchased", from = ["aware"] }]
[triggers.diary]
on = 'any move of journey'
do = [{ call = "crm.note" }]
"#,
    );
    let now = "2026-03-01T10:00:00Z";
    // Somebody new enters the last of them.
    shop.does("bruno", "purchased", now, "tv");
    shop.does("anna", "viewed", now, "tv");
    shop.does("anna", "purchased", now, "tv");
    same(
        &shop.times(),
        &[(now, "diary"), (now, "diary"), (now, "diary")],
    );
    assert_eq!(shop.held(), []);
    distinct(&shop, 3);
}

#[test]
fn a_subject_that_comes_back_to_a_stage_at_the_same_instant_has_another_key() {
    let mut shop = Shop::with(
        r#"
[lifecycles.interest]
per = "category"
from = "any"
stages = [{ name = "even", when = "viewed at least 2 times and not viewed at least 3 times" }, { name = "odd", when = "viewed" }]
[triggers.diary]
on = 'enter stage odd of interest'
do = [{ call = "crm.note" }]
"#,
    );
    for _ in 0..3 {
        shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    }
    distinct(&shop, 2);
}

#[test]
fn an_event_whose_id_is_a_number_is_not_taken_for_one_without() {
    let mut shop =
        Shop::with("[triggers.each]\non = 'purchased'\ndo = [{ call = \"crm.note\" }]\n");
    let event = shop
        .event("purchased", "2026-03-01T10:00:00Z", "tv")
        .with_id("1");
    let _ = shop.engine.observe("anna", event, &mut shop.out);
    for _ in 0..2 {
        shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    }
    distinct(&shop, 3);
}

#[test]
fn events_of_several_kinds_at_one_instant_have_keys_of_their_own() {
    let mut shop =
        Shop::with("[triggers.each]\non = 'any event'\ndo = [{ call = \"crm.note\" }]\n");
    for kind in ["viewed", "purchased"] {
        shop.does("anna", kind, "2026-03-01T10:00:00Z", "tv");
        let event = shop.event(kind, "2026-03-01T10:00:00Z", "tv");
        let _ = (shop.engine).observe("anna", event.with_id("order-1"), &mut shop.out);
    }
    distinct(&shop, 4);
}

#[test]
fn events_without_ids_have_keys_of_their_own_when_they_come_late_too() {
    let mut shop = late(
        Shop::with("[triggers.each]\non = 'purchased'\ndo = [{ call = \"crm.note\" }]\n"),
        24,
    );
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "purchased", "2026-03-01T11:00:00Z", "tv");
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "shoes");
    distinct(&shop, 3);
}

#[test]
fn a_second_cart_that_comes_to_light_late_does_not_remind_of_the_first_again() {
    let rules = |per: &str| {
        let rules = format!(
            "[triggers.reminder]\non = 'added_to_cart as c then no purchased(category = c.category) within 1 hour'\n{per}\ndo = [{{ send = \"offer\" }}]\n"
        );
        late(Shop::with(&rules), 24)
    };
    let cart = "2026-03-01T10:00:00Z";
    for (per, reminders) in [("per = \"category\"", 2), ("", 1)] {
        let mut shop = rules(per);
        shop.does("anna", "added_to_cart", cart, "tv");
        shop.until("2026-03-01T12:00:00Z");
        assert_eq!(shop.times().len(), 1);
        shop.does("anna", "added_to_cart", cart, "shoes");
        assert_eq!(shop.times().len(), reminders, "{per}");
    }
}

#[test]
fn a_cart_of_an_imported_past_is_reminded_of_if_its_hour_is_not_over() {
    let mut shop = Shop::with(
        "[triggers.reminder]\non = 'added_to_cart then no purchased within 1 hour'\ndo = [{ send = \"offer\" }]\n",
    );
    shop.until("2026-03-01T10:30:00Z");
    for (id, at) in [
        ("anna", "2026-03-01T10:00:00Z"),
        ("bruno", "2026-03-01T09:00:00Z"),
    ] {
        let events =
            format!(r#"{{"id": "{id}", "events": [{{"kind": "added_to_cart", "at": "{at}"}}]}}"#);
        shop.engine
            .insert(segue::profile::Record::from_json(shop.rulebook.schema(), &events).unwrap());
    }
    assert_eq!(
        shop.engine.next_wakeup(),
        Some(t("2026-03-01T11:00:00.000001Z"))
    );
    shop.until("2026-03-02T00:00:00Z");
    same(
        &shop.times(),
        &[("2026-03-01T11:00:00.000001Z", "reminder")],
    );
}

#[test]
fn a_schedule_falls_for_those_who_come_into_the_segment_at_that_very_instant() {
    let mut shop = Shop::with(
        r#"
[segments]
sunday = 'purchased and now.weekday = sunday'
buyers = 'purchased'
[triggers.weekend]
on = 'every day at 00:00 in segment sunday'
do = [{ send = "offer" }]
[triggers.morning]
on = 'every day at 09:00 in segment buyers'
do = [{ call = "crm.note" }]
"#,
    );
    // A Saturday; midnight in Rome is 23:00 the day before.
    shop.does("anna", "purchased", "2026-03-07T08:00:00Z", "tv");
    shop.until("2026-03-08T00:00:00Z");
    same(
        &shop.times(),
        &[
            ("2026-03-07T08:00:00Z", "morning"),
            ("2026-03-07T23:00:00Z", "weekend"),
        ],
    );
}

#[test]
fn a_schedule_of_the_very_instant_is_past_for_a_profile_that_comes_in() {
    let mut shop = Shop::with(
        "[segments]\nbuyers = 'purchased'\n[triggers.morning]\non = 'every day at 09:00 in segment buyers'\ndo = [{ call = \"crm.note\" }]\n",
    );
    shop.until("2026-03-02T08:00:00Z");
    let anna = r#"{"id": "anna", "events": [{"kind": "purchased", "at": "2026-03-01T10:00:00Z"}]}"#;
    shop.engine
        .insert(segue::profile::Record::from_json(shop.rulebook.schema(), anna).unwrap());
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-03-03T08:00:00Z")));
}

#[test]
fn a_zone_that_a_trigger_sets_moves_its_dates() {
    let mut shop = Shop::with(
        r#"
[triggers.emigrated]
on = 'viewed'
do = [{ set = "timezone", to = "America/New_York" }]
[triggers.renew]
on = 'renewal at 09:00'
do = [{ send = "offer" }]
"#,
    );
    shop.set("anna", "2026-03-01T00:00:00Z", "renewal", "2026-06-01");
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    shop.until("2026-07-01T00:00:00Z");
    same(
        &shop.times(),
        &[
            ("2026-03-02T10:00:00Z", "emigrated"),
            ("2026-06-01T13:00:00Z", "renew"),
        ],
    );
}

#[test]
fn what_has_waited_goes_before_what_comes_at_that_instant() {
    let mut shop = Shop::with(
        r#"
[segments]
idle = 'viewed and not viewed within 30 minutes'
[[caps]]
most = 1
within = "2 hours"
[triggers.nudge]
on = 'enter segment idle'
held = "wait"
do = [{ send = "offer" }]
"#,
    );
    let (first, second) = ("2026-03-01T10:30:00.000001Z", "2026-03-01T12:00:00.000001Z");
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.engine
        .send(
            "anna",
            "offer",
            &[],
            "by hand",
            t("2026-03-01T10:00:00Z"),
            &mut shop.out,
        )
        .unwrap();
    // She is idle at 10:30, and again at the instant until which the first message waits.
    shop.does("anna", "viewed", "2026-03-01T11:30:00Z", "tv");
    shop.until(second);
    let entered: Vec<String> = shop
        .effects()
        .iter()
        .skip(1)
        .map(|(_, e)| e.entered.to_string())
        .collect();
    assert_eq!(entered, [first]);
    let waits: Vec<_> = shop
        .held()
        .into_iter()
        .map(|(at, h)| (at, h.entered.to_string()))
        .collect();
    assert_eq!(
        waits,
        [
            (first.to_owned(), first.to_owned()),
            (second.to_owned(), second.to_owned())
        ]
    );
}

#[test]
fn what_no_cap_sees_any_more_is_not_kept() {
    let mut shop = Shop::with(
        "[[caps]]\nmost = 5\nwithin = \"2 days\"\n[triggers.nudge]\non = 'viewed'\ndo = [{ send = \"offer\" }]\n",
    );
    for day in 1..=30 {
        shop.does(
            "anna",
            "viewed",
            &format!("2026-03-{day:02}T10:00:00Z"),
            "tv",
        );
    }
    assert_eq!(shop.times().len(), 30);
    let kept = serde_json::to_string(shop.engine.state()).unwrap();
    let logged = shop
        .effects()
        .iter()
        .filter(|(_, e)| kept.contains(&*e.key))
        .count();
    assert_eq!(logged, 2);
}

#[test]
fn two_silences_that_end_at_one_instant_are_two_occasions() {
    let mut shop = Shop::with(
        "[triggers.nudge]\non = 'viewed then no purchased within 1 month'\ndo = [{ call = \"crm.note\" }]\n",
    );
    // February is too short for both.
    shop.does("anna", "viewed", "2026-01-30T10:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-01-31T10:00:00Z", "tv");
    shop.until("2026-04-01T00:00:00Z");
    same(
        &shop.times(),
        &[("2026-02-28T10:00:00.000001Z", "nudge"); 2],
    );
    distinct(&shop, 2);
}

#[test]
fn an_empty_category_is_not_taken_for_none() {
    let mut shop = Shop::with(
        "[triggers.nudge]\non = 'viewed then no purchased within 1 hour'\nper = \"category\"\ndo = [{ call = \"crm.note\" }]\n",
    );
    let now = "2026-03-01T10:00:00Z";
    shop.does("anna", "viewed", now, "");
    let event = RecordEvent::new(shop.rulebook.schema(), "viewed", now, []).unwrap();
    let _ = shop.engine.observe("anna", event, &mut shop.out);
    shop.until("2026-03-02T00:00:00Z");
    distinct(&shop, 2);
}

#[test]
fn what_is_added_to_a_number_with_a_fraction_is_added() {
    let rules = "[triggers.points]\non = 'purchased'\ndo = [{ add = \"points\", by = 0.5 }]\n";
    let source =
        format!("{}{rules}", super::SHOP).replace("points = \"int\"", "points = \"float\"");
    let rulebook = Rulebook::from_toml(&source).unwrap_or_else(|e| panic!("{e}"));
    let engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema())).unwrap();
    let mut shop = Shop {
        rulebook,
        engine,
        out: Vec::new(),
    };
    let points = |shop: &Shop| {
        let anna = shop.engine.profile("anna").unwrap();
        anna.get(shop.rulebook.schema(), "points", shop.engine.now())
    };
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    assert_eq!(points(&shop), Value::Float(0.5));
    shop.does("anna", "purchased", "2026-03-01T11:00:00Z", "tv");
    assert_eq!(points(&shop), Value::Float(1.0));
    // What is no number any more leaves the points as they were.
    shop.set("anna", "2026-03-01T12:00:00Z", "points", f64::MAX);
    let rules = "[triggers.points]\non = 'purchased'\ndo = [{ add = \"points\", by = 1.7e308 }]\n";
    let source =
        format!("{}{rules}", super::SHOP).replace("points = \"int\"", "points = \"float\"");
    let rulebook = Rulebook::from_toml(&source).unwrap_or_else(|e| panic!("{e}"));
    let state = shop.engine.state().clone();
    let model = Model::for_schema(rulebook.schema());
    (shop.engine, _) = Engine::restore(&rulebook, &model, state, &mut Vec::new()).unwrap();
    shop.does("anna", "purchased", "2026-03-01T13:00:00Z", "tv");
    assert_eq!(points(&shop), Value::Float(f64::MAX));
}

#[test]
fn whole_numbers_are_set_and_added_up_to_the_greatest() {
    let greatest = u64::MAX.to_string();
    let rules = format!(
        r#"
        [triggers.set]
        on = "viewed"
        do = [{{ set = "points", to = "{}" }}]
        [triggers.add]
        on = "purchased"
        do = [{{ add = "points", by = "{greatest}" }}]
        "#,
        u64::MAX - 1
    );
    let mut shop = Shop::with(&rules);
    let points = |shop: &Shop| {
        let anna = shop.engine.profile("anna").unwrap();
        anna.get(shop.rulebook.schema(), "points", shop.engine.now())
    };
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    assert_eq!(points(&shop), Value::Unsigned(u64::MAX - 1));
    // A sum above that is no `int` any more, and leaves the points as they were.
    shop.does("anna", "purchased", "2026-03-01T11:00:00Z", "tv");
    assert_eq!(points(&shop), Value::Unsigned(u64::MAX - 1));
    shop.set("anna", "2026-03-01T12:00:00Z", "points", 0_i64);
    shop.does("anna", "purchased", "2026-03-01T13:00:00Z", "tv");
    assert_eq!(points(&shop), Value::Unsigned(u64::MAX));
}

#[test]
fn a_clock_that_is_wrong_does_not_take_the_others_along() {
    let day = Duration::from_micros(24 * HOUR);
    let rules = "[segments]\nreader = 'viewed within 30 days'\n[triggers.each]\non = 'viewed'\ndo = [{ call = \"crm.note\" }]\n";
    let mut shop = Shop::with(rules);
    shop.engine = shop.engine.with_max_future_skew(day);
    assert_eq!(shop.engine.max_future_skew(), Some(day));
    let view = |shop: &mut Shop, who: &str, at: &str| {
        let event = shop.event("viewed", at, "tv").with_id(at);
        shop.engine.observe(who, event, &mut shop.out)
    };
    assert_eq!(
        view(&mut shop, "anna", "2026-03-01T10:00:00Z"),
        Receipt::Accepted,
        "time begins with it"
    );
    let (before, told) = (shop.engine.state().clone(), shop.out.len());
    assert_eq!(
        view(&mut shop, "bruno", "2099-03-01T10:00:00Z"),
        Receipt::TooEarly
    );
    assert_eq!((shop.engine.state(), shop.out.len()), (&before, told));
    assert_eq!(
        view(&mut shop, "bruno", "2026-03-02T10:00:00.000001Z"),
        Receipt::TooEarly
    );
    assert_eq!(
        view(&mut shop, "bruno", "2026-03-02T10:00:00Z"),
        Receipt::Accepted
    );
    // Kept with the state.
    let model = Model::<Record>::for_schema(shop.rulebook.schema());
    let state = shop.engine.state().clone();
    (shop.engine, _) = Engine::restore(&shop.rulebook, &model, state, &mut Vec::new()).unwrap();
    assert_eq!(
        view(&mut shop, "carla", "2026-03-03T11:00:00Z"),
        Receipt::TooEarly
    );
    shop.until("2026-03-03T00:00:00Z");
    assert_eq!(
        view(&mut shop, "carla", "2026-03-03T11:00:00Z"),
        Receipt::Accepted
    );
    assert_eq!(shop.effects().len(), 3);
}

#[test]
fn a_tag_that_the_host_gives_reaches_segments_stages_and_triggers() {
    let mut shop = Shop::with(
        r#"
[segments]
to_win_back = 'tagged "winback"'
[lifecycles.journey]
stages = [{ name = "buyer", when = "purchased" }, { name = "lost", when = 'tagged "winback"' }]
[triggers.greet]
on = 'enter segment to_win_back'
do = [{ call = "crm.task" }]
"#,
    );
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.out.clear();
    let now = "2026-03-02T10:00:00Z";
    let _ = (shop.engine).tag("anna", "winback/2026", true, t(now), &mut shop.out);
    assert!(shop.out.iter().all(|h| h.cause
        == Cause::Tag {
            path: "winback/2026".into()
        }));
    same(&shop.times(), &[(now, "greet")]);
    assert_eq!(shop.engine.stage("anna", "journey", None), Some("lost"));
    let _ = shop.engine.tag(
        "anna",
        "winback/2026",
        false,
        t("2026-03-03T10:00:00Z"),
        &mut shop.out,
    );
    assert_eq!(shop.engine.holds("anna", "to_win_back"), Some(false));
    // Among other changes.
    let change = |record: &mut Record| record.tags_mut().push("winback".to_owned());
    (shop.engine).change("anna", t("2026-03-04T10:00:00Z"), change, &mut shop.out);
    assert_eq!(shop.engine.holds("anna", "to_win_back"), Some(true));
    assert_eq!(shop.times().len(), 2);
}

#[test]
fn a_change_of_what_there_is_not_is_refused_and_changes_nothing() {
    let mut shop = Shop::with("[segments]\nlapsed = 'status = \"lapsed\"'\n");
    shop.set("anna", "2026-03-01T10:00:00Z", "status", "active");
    let before = shop.engine.state().clone();
    let values = [("status", "lapsed".into()), ("statos", "lapsed".into())];
    let wrong = (shop.engine).set("anna", &values, t("2026-03-04T10:00:00Z"), &mut shop.out);
    let said = wrong.unwrap_err().to_string();
    assert_eq!(said, "there is no attribute and no relation `statos`");
    assert_eq!(shop.engine.state(), &before);
}

#[test]
fn an_effect_on_leaving_a_stage_says_why_by_the_condition_of_that_stage() {
    let mut shop = Shop::with(
        r#"
[lifecycles.recency]
from = "any"
stages = [{ name = "active", when = "purchased within 30 days" }, { name = "lost", when = "purchased" }]
[triggers.winback]
on = 'leave stage active'
when = 'not viewed'
do = [{ call = "crm.task" }]
"#,
    );
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.until("2026-05-01T00:00:00Z");
    let why = shop.effects()[0].1.why.clone().unwrap();
    assert!(!why.holds, "she had bought nothing for 30 days");
    assert_eq!(
        why.rule,
        shop.rulebook.awaited("winback").unwrap().to_string()
    );
}

#[test]
fn what_turns_by_the_calendar_alone_turns_for_those_who_have_done_nothing() {
    // In Rome a day has 25 hours once a year; the search for it must not begin at the beginning of time.
    let mut shop = Shop::with("[segments]\nlong_day = 'now - today > 24 hours'\n");
    shop.does("anna", "viewed", "2026-10-20T08:00:00Z", "tv");
    assert_eq!(shop.engine.holds("anna", "long_day"), Some(false));
    assert_eq!(
        shop.engine.next_wakeup(),
        Some(t("2026-10-25T22:00:00.000001Z"))
    );
    shop.until("2026-10-25T22:30:00Z");
    assert_eq!(shop.engine.holds("anna", "long_day"), Some(true));
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-10-25T23:00:00Z")));
}

//! Offers: said once, told by any message, and kept.

use super::{SHOP, Shop, t};
use segue::Rulebook;
use segue::engine::{Engine, EngineState, OutputKind};
use segue::profile::{Model, Record};

const SPRING: &str = r#"
[offers.spring]
cases = [
    { when = "points >= 200", percent = 20, gift = "tea" },
    { when = "points >= 100", percent = 15 },
]
otherwise = { percent = 10 }
keeps = "30 days"
[messages.letter]
channel = "email"
offer = "spring"
[messages.text]
channel = "sms"
offer = "spring"
[triggers.letter]
on = 'viewed'
do = [{ send = "letter" }]
[triggers.text]
on = 'added_to_cart'
do = [{ send = "text" }]
"#;

fn anna(points: i64) -> Shop {
    let mut shop = Shop::with(SPRING);
    shop.set("anna", "2026-03-01T00:00:00Z", "points", points);
    shop
}

/// What was offered, in order: message, and the offer as JSON.
fn offered(shop: &Shop) -> Vec<(String, String)> {
    let effects = shop.effects().into_iter();
    effects
        .map(|(_, effect)| {
            let offer = effect.action.offer();
            let json = offer.map_or_else(String::new, |o| serde_json::to_string(o).unwrap());
            (effect.action.name().to_string(), json)
        })
        .collect()
}

fn percents(shop: &Shop) -> Vec<i64> {
    let effects = shop.effects().into_iter();
    let offers = effects.filter_map(|(_, effect)| effect.action.offer().cloned());
    offers
        .map(|offer| {
            serde_json::to_value(&offer.values["percent"])
                .unwrap()
                .as_i64()
                .unwrap()
        })
        .collect()
}

/// The shop after a night on disk, under rules that are perhaps others.
fn restored(shop: &Shop, rules: &str) -> Shop {
    let text = serde_json::to_string(shop.engine.state()).unwrap();
    let state: EngineState<Record> = serde_json::from_str(&text).unwrap();
    let rulebook = Rulebook::from_toml(&format!("{SHOP}{rules}")).unwrap_or_else(|e| panic!("{e}"));
    let model = Model::<Record>::for_schema(rulebook.schema());
    let (engine, _) = Engine::restore(&rulebook, &model, state, &mut Vec::new()).unwrap();
    Shop {
        rulebook,
        engine,
        out: Vec::new(),
    }
}

#[test]
fn what_was_told_stays_whichever_message_repeats_it() {
    let mut shop = anna(120);
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    // She has more points, but was told what she was told.
    shop.set("anna", "2026-03-02T00:00:00Z", "points", 250);
    shop.does("anna", "added_to_cart", "2026-03-20T10:00:00Z", "tv");
    let told = r#"{"name":"spring","percent":15}"#;
    let same = |message: &str| (message.to_owned(), told.to_owned());
    assert_eq!(offered(&shop), [same("letter"), same("text")]);
    // Thirty days count from when it was told first, and their end is free.
    shop.does("anna", "added_to_cart", "2026-03-31T09:59:59Z", "tv");
    shop.does("anna", "added_to_cart", "2026-03-31T10:00:00Z", "tv");
    let greater = r#"{"name":"spring","gift":"tea","percent":20}"#;
    assert_eq!(
        offered(&shop)[2..],
        [same("text"), ("text".to_owned(), greater.to_owned())]
    );
}

#[test]
fn what_stays_is_told_to_one_profile_and_not_to_another() {
    let mut shop = anna(250);
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.does("bruno", "viewed", "2026-03-01T10:00:00Z", "tv");
    assert_eq!(percents(&shop), [20, 10]);
}

#[test]
fn without_keeps_each_message_asks_anew() {
    let mut shop = Shop::with(&SPRING.replace("keeps = \"30 days\"", ""));
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.set("anna", "2026-03-02T00:00:00Z", "points", 100);
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(percents(&shop), [10, 15]);
}

/// What is held back has told nothing.
#[test]
fn an_offer_begins_with_the_message_that_goes() {
    let mut shop = super::sending::email(
        "quiet = [\"21:00-08:00\"]",
        &SPRING.replace("on = 'viewed'", "on = 'viewed'\nheld = \"wait\""),
    );
    shop.does("anna", "viewed", "2026-03-01T22:00:00Z", "tv");
    shop.set("anna", "2026-03-02T01:00:00Z", "points", 100);
    shop.until("2026-03-02T08:00:00Z");
    shop.set("anna", "2026-03-02T09:00:00Z", "points", 200);
    shop.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(percents(&shop), [15, 15]);
}

#[test]
fn months_are_those_of_the_profile_s_calendar() {
    let mut shop = Shop::with(&SPRING.replace("30 days", "1 month"));
    shop.does("anna", "viewed", "2026-01-31T11:00:00Z", "tv");
    shop.set("anna", "2026-02-01T00:00:00Z", "points", 100);
    shop.does("anna", "viewed", "2026-02-28T10:59:59Z", "tv");
    shop.does("anna", "viewed", "2026-02-28T11:00:00Z", "tv");
    assert_eq!(percents(&shop), [10, 10, 15]);
}

#[test]
fn a_message_that_was_not_sent_after_all_has_told_nothing_unless_another_has() {
    let mut shop = anna(0);
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    let first = shop.effects()[0].1.key.clone();
    assert!(shop.engine.fail("anna", &first, &mut shop.out));
    assert!(!shop.engine.fail("anna", &first, &mut shop.out));
    shop.set("anna", "2026-03-02T00:00:00Z", "points", 100);
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    shop.does("anna", "added_to_cart", "2026-03-02T11:00:00Z", "tv");
    let second = shop.effects()[1].1.key.clone();
    let _ = shop.engine.fail("anna", &second, &mut shop.out);
    shop.set("anna", "2026-03-03T00:00:00Z", "points", 200);
    shop.does("anna", "viewed", "2026-03-03T10:00:00Z", "tv");
    assert_eq!(percents(&shop), [10, 15, 15, 15]);
}

#[test]
fn what_the_host_requests_makes_the_same_offer() {
    let mut shop = anna(100);
    let request = |shop: &mut Shop, at: &str| {
        let sent = shop
            .engine
            .send("anna", "text", &[], at, t(at), &mut shop.out);
        sent.unwrap();
    };
    request(&mut shop, "2026-03-01T10:00:00Z");
    shop.set("anna", "2026-03-02T00:00:00Z", "points", 0);
    shop.does("anna", "viewed", "2026-03-03T10:00:00Z", "tv");
    request(&mut shop, "2026-03-04T10:00:00Z");
    assert_eq!(percents(&shop), [15, 15, 15]);
}

/// An edit changes what is told from then on, and not what was told.
#[test]
fn under_other_rules_what_was_told_stays_until_its_end() {
    let mut shop = anna(120);
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    let rules = SPRING
        .replace("percent = 15", "percent = 5")
        .replace("percent = 10", "percent = 1")
        .replace("30 days", "1 day");
    let mut edited = restored(&shop, &rules);
    edited.does("anna", "added_to_cart", "2026-03-20T10:00:00Z", "tv");
    edited.does("bruno", "added_to_cart", "2026-03-20T10:00:00Z", "tv");
    edited.does("anna", "viewed", "2026-03-31T10:00:00Z", "tv");
    assert_eq!(percents(&edited), [15, 1, 5]);
    // Where the offer is gone for a while, it is not told, and stays all the same.
    let gone = restored(&shop, "");
    let mut again = restored(&gone, SPRING);
    again.set("anna", "2026-03-02T00:00:00Z", "points", 0);
    again.does("anna", "viewed", "2026-03-03T10:00:00Z", "tv");
    assert_eq!(percents(&again), [15]);
}

#[test]
fn what_no_longer_stays_is_forgotten() {
    let mut shop = anna(120);
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    let is_kept = |shop: &Shop| {
        let state = serde_json::to_string(shop.engine.state()).unwrap();
        state.contains("percent")
    };
    shop.until("2026-03-31T09:59:59Z");
    shop.engine.forget();
    assert!(is_kept(&shop));
    shop.until("2026-03-31T10:00:00Z");
    shop.engine.forget();
    assert!(!is_kept(&shop));
}

/// Told in one channel under one id and in another under another: the person hears what was said first.
#[test]
fn of_two_profiles_of_one_person_the_earlier_told_stays() {
    let identity = "[identity]\nstrong = [\"customer\"]\n[identity.merge]\npoints = \"greatest\"\n";
    let told = |first: &str, second: &str| {
        let mut shop = Shop::with(&format!("{identity}{SPRING}"));
        shop.set(first, "2026-03-01T00:00:00Z", "points", 120);
        shop.does(first, "viewed", "2026-03-01T10:00:00Z", "tv");
        shop.does(second, "viewed", "2026-03-05T10:00:00Z", "tv");
        for who in ["web", "till"] {
            let said = shop.engine.identify(
                who,
                &[("customer", "7")],
                t("2026-03-06T00:00:00Z"),
                &mut shop.out,
            );
            let _ = said.unwrap();
        }
        shop.does("till", "added_to_cart", "2026-03-30T10:00:00Z", "tv");
        shop.does("web", "added_to_cart", "2026-03-31T10:00:00Z", "tv");
        assert!(
            shop.out
                .iter()
                .any(|output| matches!(output.kind, OutputKind::ProfilesMerged { .. }))
        );
        percents(&shop)
    };
    assert_eq!(told("web", "till"), [15, 10, 15, 15]);
    assert_eq!(told("till", "web"), [15, 10, 15, 15]);
}

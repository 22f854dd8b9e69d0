//! Triggers that wait after their occasion, and judge then.

use super::{SHOP, Shop, same, t};
use segue::engine::{EffectAction, Engine, EngineState, OutputKind, SuppressionReason};
use segue::profile::{Model, Record};
use segue::{Instant, Rulebook};

const LETTER: &str = "do = [{ send = \"offer\" }]\n";

fn waiting(wait: &str, rest: &str) -> Shop {
    let on = if rest.contains("on = ") {
        ""
    } else {
        "on = 'viewed'\n"
    };
    Shop::with(&format!(
        "[triggers.letter]\n{on}wait = '{wait}'\n{rest}\n{LETTER}"
    ))
}

/// When the wait of something that happens at an instant is over.
fn end(wait: &str, at: &str) -> String {
    let mut shop = waiting(wait, "");
    shop.does("anna", "viewed", at, "tv");
    let end = shop.engine.next_wakeup();
    end.map_or("never".to_owned(), |end: Instant| end.to_string())
}

#[test]
fn waits_end_by_the_clocks_of_the_profile() {
    // Rome is an hour ahead, two from the 29th of March on, when 02:00 to 03:00 is left out.
    let friday = "2026-03-27T17:00:00Z";
    for (wait, until) in [
        ("90 minutes", "2026-03-27T18:30:00Z"),
        ("2 days", "2026-03-29T17:00:00Z"),
        ("2 days at 10:00", "2026-03-29T08:00:00Z"),
        ("2 days at 02:30", "2026-03-29T01:00:00Z"),
        ("1 week at 18:00", "2026-04-03T16:00:00Z"),
        ("1 month at 10:00", "2026-04-27T08:00:00Z"),
        ("until 10:00", "2026-03-28T09:00:00Z"),
        ("until 18:00", "2026-03-28T17:00:00Z"),
        ("until 18:01", "2026-03-27T17:01:00Z"),
        ("until friday 18:00", "2026-04-03T16:00:00Z"),
        ("until friday at 18:01", "2026-03-27T17:01:00Z"),
        ("until monday 09:00", "2026-03-30T07:00:00Z"),
        ("until 2026-06-01 at 09:00", "2026-06-01T07:00:00Z"),
        ("until renewal at 09:00", "never"),
    ] {
        assert_eq!(end(wait, friday), until, "{wait}");
    }
}

#[test]
fn what_happened_during_the_wait_decides() {
    let mut shop = waiting("1 hour", "when = 'purchased since last(viewed).at'");
    for (day, bought) in [
        (1, Some("10:30")),
        (2, None),
        (3, Some("11:00")),
        (4, Some("11:01")),
    ] {
        shop.does("anna", "viewed", &format!("2026-03-0{day}T10:00:00Z"), "tv");
        if let Some(at) = bought {
            shop.does(
                "anna",
                "purchased",
                &format!("2026-03-0{day}T{at}:00Z"),
                "tv",
            );
        }
    }
    shop.until("2026-03-06T00:00:00Z");
    let first = "2026-03-01T11:00:00Z";
    same(
        &shop.times(),
        &[(first, "letter"), ("2026-03-03T11:00:00Z", "letter")],
    );
    let (_, effect) = shop.effects()[0];
    assert_eq!(effect.entered, t("2026-03-01T10:00:00Z"), "the occasion");
    let held: Vec<String> = shop.held().into_iter().map(|(at, _)| at).collect();
    assert_eq!(held, ["2026-03-02T11:00:00Z", "2026-03-04T11:00:00Z"]);
}

/// Each occasion waits by itself. Who enters once enters with the first that is let in.
#[test]
fn re_entry_is_judged_at_the_end_of_the_wait() {
    let looks = |rest: &str| {
        let mut shop = waiting("1 hour", rest);
        for (at, what) in [
            ("10:00", "tv"),
            ("10:20", "tv"),
            ("10:40", "car"),
            ("12:00", "tv"),
        ] {
            shop.does("anna", "viewed", &format!("2026-03-01T{at}:00Z"), what);
        }
        shop.does("anna", "purchased", "2026-03-01T12:10:00Z", "tv");
        shop.until("2026-03-02T00:00:00Z");
        let times = shop.effects().into_iter();
        let times: Vec<String> = times
            .map(|(at, _)| at.to_string()[11..16].to_owned())
            .collect();
        times.join(" ")
    };
    assert_eq!(looks(""), "11:00 11:20 11:40 13:00");
    assert_eq!(looks("again = 'once'"), "11:00");
    assert_eq!(looks("again = 'once'\nper = 'category'"), "11:00 11:40");
    assert_eq!(looks("again = 'after 30 minutes'"), "11:00 11:40 13:00");
    assert_eq!(looks("cooldown = '30 minutes'"), "11:00 11:40 13:00");
    // None of the first three is let in.
    assert_eq!(looks("again = 'once'\nwhen = 'purchased'"), "13:00");
}

/// Who has entered for good does not keep the engine busy by coming again.
#[test]
fn an_occasion_that_cannot_be_let_in_does_not_wait() {
    let mut shop = waiting("1 hour", "again = 'once'");
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-03-01T12:00:00Z", "tv");
    assert_eq!(shop.engine.next_wakeup(), None);
    let reason = |held: &segue::engine::Suppressed| held.reason.clone();
    let held: Vec<_> = shop
        .held()
        .iter()
        .map(|(at, held)| (at.clone(), reason(held)))
        .collect();
    let refused = SuppressionReason::Reentry { next: None };
    assert_eq!(held, [("2026-03-01T12:00:00Z".to_owned(), refused)]);
}

#[test]
fn the_wait_follows_the_date_that_it_is_for() {
    let mut shop = waiting("until 3 days before renewal at 09:00", "");
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    assert_eq!(shop.engine.next_wakeup(), None, "she has none");
    shop.set("anna", "2026-03-02T10:00:00Z", "renewal", "2026-06-20");
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-06-17T07:00:00Z")));
    shop.set("anna", "2026-03-03T10:00:00Z", "renewal", "2026-05-20");
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-05-17T07:00:00Z")));
    shop.set("anna", "2026-03-03T11:00:00Z", "timezone", "Asia/Tokyo");
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-05-17T00:00:00Z")));
    // It is over at once when the day turns out to have passed; and so it is for who comes later.
    shop.set("anna", "2026-03-04T10:00:00Z", "renewal", "2026-03-05");
    shop.does("anna", "viewed", "2026-03-05T10:00:00Z", "tv");
    shop.until("2026-12-31T00:00:00Z");
    same(
        &shop.times(),
        &[
            ("2026-03-04T10:00:00Z", "letter"),
            ("2026-03-05T10:00:00Z", "letter"),
        ],
    );
}

#[test]
fn a_date_that_events_move_is_waited_for() {
    let mut shop = waiting(
        "until 2 days after last(purchased).at at 09:00",
        "on = 'added_to_cart'",
    );
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "added_to_cart", "2026-03-01T11:00:00Z", "tv");
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-03-03T08:00:00Z")));
    shop.does("anna", "purchased", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-03-04T08:00:00Z")));
}

#[test]
fn every_occasion_of_an_instant_waits_and_has_a_key_of_its_own() {
    let mut shop = Shop::with(&format!(
        "[segments]\nrich = 'points > 10'\n[triggers.letter]\non = 'enter segment rich'\nwait = '1 hour'\n{LETTER}"
    ));
    for points in [20, 0, 20] {
        shop.set("anna", "2026-03-01T10:00:00Z", "points", points);
    }
    shop.until("2026-03-02T00:00:00Z");
    let keys: Vec<_> = shop.effects().iter().map(|(_, e)| e.key.clone()).collect();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn an_occasion_that_comes_late_waits_for_what_is_left() {
    let mut shop = waiting("1 hour", "");
    let model = Model::<Record>::for_schema(shop.rulebook.schema());
    let engine = Engine::new(&shop.rulebook, &model).unwrap();
    shop.engine = engine.with_lateness(segue::Duration::from_micros(86_400_000_000));
    shop.until("2026-03-01T12:00:00Z");
    shop.does("anna", "viewed", "2026-03-01T11:30:00Z", "tv");
    shop.does("anna", "viewed", "2026-03-01T10:30:00Z", "tv");
    shop.until("2026-03-02T00:00:00Z");
    same(
        &shop.times(),
        &[
            ("2026-03-01T12:00:00Z", "letter"),
            ("2026-03-01T12:30:00Z", "letter"),
        ],
    );
}

/// The shop under other rules.
fn under(shop: &Shop, rules: &str) -> Shop {
    let rulebook = Rulebook::from_toml(&format!("{SHOP}{rules}")).unwrap();
    let state: EngineState<Record> =
        serde_json::from_str(&serde_json::to_string(shop.engine.state()).unwrap()).unwrap();
    let model = Model::<Record>::for_schema(rulebook.schema());
    let (engine, _) = Engine::restore(&rulebook, &model, state, &mut Vec::new()).unwrap();
    Shop {
        rulebook,
        engine,
        out: Vec::new(),
    }
}

/// The wait counts from the occasion, under whatever rules it ends.
#[test]
fn under_another_wait_those_who_wait_already_wait_so_long() {
    let rules = |wait: &str| format!("[triggers.letter]\non = 'viewed'\n{wait}{LETTER}");
    let mut shop = Shop::with(&rules("wait = '2 hours'\n"));
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.until("2026-03-01T11:00:00Z");
    for (wait, at) in [
        ("wait = '2 hours'\n", "2026-03-01T12:00:00Z"),
        ("wait = '120 minutes'\n", "2026-03-01T12:00:00Z"),
        ("wait = '3 hours'\n", "2026-03-01T13:00:00Z"),
        ("wait = '30 minutes'\n", "2026-03-01T11:00:00Z"),
        ("", "2026-03-01T11:00:00Z"),
    ] {
        let mut shop = under(&shop, &rules(wait));
        shop.until("2026-03-02T00:00:00Z");
        same(&shop.times(), &[(at, "letter")]);
    }
    let mut gone = under(&shop, "");
    gone.until("2026-03-02T00:00:00Z");
    assert!(gone.out.is_empty());
}

#[test]
fn the_version_is_that_of_what_the_wait_says() {
    let version = |wait: &str| {
        let mut shop = waiting(wait, "");
        shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
        shop.until("2027-03-01T10:00:00Z");
        shop.effects()[0].1.version.to_string()
    };
    assert_eq!(
        version("until  friday 9:00"),
        version("until friday at 09:00")
    );
    assert_ne!(version("until friday 9:00"), version("until monday 9:00"));
    assert_ne!(version("1 day at 09:00"), version("1 day"));
}

/// What is forgotten of entries is nothing that an occasion which waits still has to be compared with.
#[test]
fn forgetting_does_not_let_anybody_in_twice() {
    let mut shop = waiting("20 days", "again = 'after 1 day'");
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-03-01T20:00:00Z", "tv");
    shop.until("2026-03-21T15:00:00Z");
    shop.engine.forget();
    shop.until("2026-04-01T00:00:00Z");
    let sent = |h: &&segue::engine::EngineOutput| matches!(&h.kind, OutputKind::Effect(e) if matches!(e.action, EffectAction::Send { .. }));
    assert_eq!(shop.out.iter().filter(sent).count(), 1);
}

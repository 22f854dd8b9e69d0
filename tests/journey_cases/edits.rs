//! Profiles in flight while the rules change.

use super::{DRIP, SHOP, Shop, same};

fn drip(change: impl Fn(&str) -> String) -> String {
    format!("{SHOP}{}", change(DRIP))
}

fn in_second() -> Shop {
    let mut shop = Shop::with(DRIP);
    shop.does("anna", "subscribed", "2026-03-02T15:00:00Z");
    shop.until("2026-03-05T00:00:00Z");
    shop.told();
    shop
}

#[test]
fn an_engine_that_is_kept_and_restored_tells_the_same() {
    for stop in [
        "2026-03-02T15:00:00Z",
        "2026-03-03T00:00:00Z",
        "2026-03-04T09:00:00Z",
        "2026-03-07T00:00:00Z",
    ] {
        let mut shop = Shop::with(DRIP);
        shop.does("anna", "subscribed", "2026-03-02T15:00:00Z");
        shop.until("2026-03-31T00:00:00Z");
        let whole = shop.told();
        let mut shop = Shop::with(DRIP);
        shop.does("anna", "subscribed", "2026-03-02T15:00:00Z");
        shop.until(stop);
        shop.restored(&shop.source.clone());
        shop.until("2026-03-31T00:00:00Z");
        assert_eq!(shop.told(), whole);
    }
}

/// A name is the identity of whoever waits there, and the wait counts from when they came.
#[test]
fn a_wait_that_is_changed_counts_from_when_they_came() {
    let mut shop = in_second();
    let source = drip(|drip| {
        drip.replace(
            "{ name = \"second\", wait = \"2 days at 10:00\"",
            "{ name = \"inserted\", wait = \"1 day\" },\n{ name = \"second\", wait = \"5 days at 10:00\"",
        )
    });
    shop.restored(&source);
    shop.until("2026-03-10T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-09T09:00:00Z send letter_2 in second
         2026-03-09T09:00:00Z second -> third: done",
    );
}

#[test]
fn a_wait_that_is_over_under_new_rules_is_over_now() {
    let mut shop = in_second();
    shop.restored(&drip(|drip| drip.replace("2 days at 10:00", "1 hour")));
    shop.until("2026-03-05T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-05T00:00:00Z send letter_2 in second
         2026-03-05T00:00:00Z second -> third: done",
    );
}

#[test]
fn a_step_that_was_renamed_keeps_those_who_wait_in_it() {
    let mut shop = in_second();
    let source = drip(|drip| {
        drip.replace("\"second\"", "\"reminder\"") + "moved = { second = \"reminder\" }\n"
    });
    shop.restored(&source);
    shop.until("2026-03-07T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-06T09:00:00Z send letter_2 in reminder
         2026-03-06T09:00:00Z reminder -> third: done",
    );
}

#[test]
fn who_waits_in_a_step_that_is_gone_is_withdrawn() {
    let mut shop = in_second();
    shop.restored(&drip(|drip| drip.replace("\"second\"", "\"reminder\"")));
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-05T00:00:00Z second -> outside: withdrawn",
    );
}

#[test]
fn who_is_in_a_journey_that_is_gone_is_withdrawn() {
    let mut shop = in_second();
    shop.restored(SHOP);
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-05T00:00:00Z second -> outside: withdrawn",
    );
}

#[test]
fn an_exit_that_is_new_counts_for_those_in_flight() {
    let mut shop = in_second();
    shop.does("anna", "viewed", "2026-03-05T00:00:00Z");
    shop.restored(&drip(|drip| {
        drip.replace("purchased since entered", "viewed since entered")
    }));
    shop.until("2026-03-31T00:00:00Z");
    same(&shop.told(), "2026-03-05T00:00:00Z second -> outside: exit");
}

/// A rulebook that was kept in any form of serde is the same.
#[test]
fn a_state_is_kept_in_binary_as_well() {
    let shop = in_second();
    let bytes = postcard::to_stdvec(shop.engine.state()).unwrap();
    let state: segue::engine::EngineState<segue::profile::Record> =
        postcard::from_bytes(&bytes).unwrap();
    assert_eq!(&state, shop.engine.state());
}

/// A trigger that has the name of a journey that was: whoever is not in it any more is of no interest.
#[test]
fn a_trigger_may_take_the_name_of_a_journey() {
    let goal = "goal = { when = \"purchased since entered\", within = \"90 days\" }\n";
    let mut shop = Shop::with(
        &DRIP
            .replace("exit", &format!("{goal}exit"))
            .replace("2 days", "1 day"),
    );
    shop.does("anna", "subscribed", "2026-03-02T15:00:00Z");
    shop.until("2026-03-20T00:00:00Z");
    shop.told();
    let trigger = "[triggers.getting_to_know]\non = \"viewed\"\ndo = [{ send = \"letter_1\" }]\n";
    shop.restored(&format!("{SHOP}{trigger}"));
    shop.until("2026-12-31T00:00:00Z");
    same(&shop.told(), "");
}

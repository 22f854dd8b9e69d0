//! Goals, of those who go through a journey and of those who are held out.

use super::{Shop, same};

const GOAL: &str = r#"
[journeys.offer]
on = "subscribed"
goal = { when = "purchased since entered", within = "14 days" }
exit = "viewed(topic = \"tv\") since entered"
steps = [{ name = "wait", wait = "2 days", do = [{ send = "letter_1" }] }]
"#;

#[test]
fn the_goal_ends_the_journey() {
    let mut shop = Shop::with(GOAL);
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.does("anna", "purchased", "2026-03-03T10:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> wait: entered
         2026-03-03T10:00:00Z wait -> outside: goal",
    );
    assert_eq!(shop.engine.next_wakeup(), None);
}

/// The goal is reached after the last letter as well; its time ends with the very instant.
#[test]
fn the_goal_counts_until_its_time_is_over() {
    for (at, wanted) in [
        (
            "2026-03-16T10:00:00Z",
            "2026-03-16T10:00:00Z outside -> outside: goal",
        ),
        ("2026-03-16T10:00:00.000001Z", ""),
    ] {
        let mut shop = Shop::with(GOAL);
        shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
        shop.until("2026-03-10T00:00:00Z");
        shop.told();
        shop.does("anna", "purchased", at);
        shop.until("2026-03-31T00:00:00Z");
        same(&shop.told(), wanted);
        assert_eq!(shop.engine.next_wakeup(), None);
    }
}

#[test]
fn who_leaves_by_the_exit_may_still_reach_the_goal() {
    let mut shop = Shop::with(GOAL);
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.does("anna", "viewed tv", "2026-03-03T10:00:00Z");
    shop.does("anna", "purchased", "2026-03-04T10:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> wait: entered
         2026-03-03T10:00:00Z wait -> outside: exit
         2026-03-04T10:00:00Z outside -> outside: goal",
    );
}

#[test]
fn those_who_are_held_out_are_measured_by_the_same_goal() {
    let mut shop = Shop::with(&format!("{GOAL}holdout = \"100%\"\nagain = \"once\"\n"));
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.does("anna", "subscribed", "2026-03-03T10:00:00Z");
    shop.does("bruno", "subscribed", "2026-03-03T10:00:00Z");
    shop.does("anna", "purchased", "2026-03-08T10:00:00Z");
    shop.does("bruno", "purchased", "2026-03-28T10:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z held entry: holdout
         2026-03-03T10:00:00Z held entry: in_journey
         2026-03-03T10:00:00Z held entry: holdout
         2026-03-08T10:00:00Z outside -> outside: goal (held out)",
    );
}

/// Whoever is still in a step when the goal's time ends goes on.
#[test]
fn a_journey_may_last_longer_than_its_goal() {
    let mut shop = Shop::with(&GOAL.replace("2 days", "20 days"));
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.until("2026-03-20T00:00:00Z");
    shop.does("anna", "purchased", "2026-03-20T00:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> wait: entered
         2026-03-22T10:00:00Z send letter_1 in wait
         2026-03-22T10:00:00Z wait -> outside: done",
    );
}

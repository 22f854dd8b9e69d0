//! Messages of journeys that caps and quiet hours hold back.

use super::{Shop, same};

fn rules(held: &str) -> String {
    format!(
        r#"
[[caps]]
most = 1
within = "1 day"
[journeys.letters]
on = "subscribed"
{held}
exit = "purchased since entered"
steps = [
    {{ name = "both", do = [{{ send = "letter_1" }}, {{ send = "letter_2" }}, {{ tag = "sent/both" }}] }},
    {{ name = "third", wait = "1 hour", do = [{{ send = "letter_3" }}] }},
]
"#
    )
}

#[test]
fn a_message_that_is_skipped_does_not_stop_the_journey() {
    let mut shop = Shop::with(&rules(""));
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> both: entered
         2026-03-02T10:00:00Z send letter_1 in both
         2026-03-02T10:00:00Z held letter_2: cap
         2026-03-02T10:00:00Z tag sent/both in both
         2026-03-02T10:00:00Z both -> third: done
         2026-03-02T11:00:00Z held letter_3: cap
         2026-03-02T11:00:00Z third -> outside: done",
    );
}

/// Elsewhere a capped message went out weeks later, long after those behind it.
#[test]
fn a_message_that_waits_keeps_the_journey_in_its_step() {
    let mut shop = Shop::with(&rules("held = \"wait\""));
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> both: entered
         2026-03-02T10:00:00Z send letter_1 in both
         2026-03-02T10:00:00Z held letter_2: cap until 2026-03-03T10:00:00Z
         2026-03-03T10:00:00Z send letter_2 in both
         2026-03-03T10:00:00Z tag sent/both in both
         2026-03-03T10:00:00Z both -> third: done
         2026-03-03T11:00:00Z held letter_3: cap until 2026-03-04T10:00:00Z
         2026-03-04T10:00:00Z send letter_3 in third
         2026-03-04T10:00:00Z third -> outside: done",
    );
}

#[test]
fn a_message_that_waits_is_given_up_with_the_journey() {
    let mut shop = Shop::with(&rules("held = \"wait\""));
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.does("anna", "purchased", "2026-03-02T12:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> both: entered
         2026-03-02T10:00:00Z send letter_1 in both
         2026-03-02T10:00:00Z held letter_2: cap until 2026-03-03T10:00:00Z
         2026-03-02T12:00:00Z held letter_2: journey_over
         2026-03-02T12:00:00Z both -> outside: exit",
    );
}

#[test]
fn a_message_that_waits_too_long_is_left_out() {
    let mut shop = Shop::with(&rules("held = \"wait\"\nwait_at_most = \"3 hours\""));
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.until("2026-03-02T10:30:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> both: entered
         2026-03-02T10:00:00Z send letter_1 in both
         2026-03-02T10:00:00Z held letter_2: expired
         2026-03-02T10:00:00Z tag sent/both in both
         2026-03-02T10:00:00Z both -> third: done",
    );
}

/// It goes where it was held back, in a case of a step as well.
#[test]
fn a_case_goes_on_behind_its_message() {
    let mut shop = Shop::with(
        r#"
[[caps]]
most = 1
within = "1 day"
[journeys.letters]
on = "subscribed"
held = "wait"
steps = [
    { name = "greet", do = [{ send = "letter_1" }], choose = [
        { when = "viewed", do = [{ call = "crm.note" }] },
        { when = "not viewed", do = [{ send = "letter_2" }, { call = "crm.task" }], go = "end" },
    ] },
    { name = "never", do = [{ call = "crm.never" }] },
]
"#,
    );
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.does("anna", "viewed", "2026-03-02T11:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> greet: entered
         2026-03-02T10:00:00Z send letter_1 in greet
         2026-03-02T10:00:00Z held letter_2: cap until 2026-03-03T10:00:00Z
         2026-03-03T10:00:00Z send letter_2 in greet
         2026-03-03T10:00:00Z call crm.task in greet
         2026-03-03T10:00:00Z greet -> outside: chosen",
    );
}

/// It waits from when it was held back, not from when the profile came in.
#[test]
fn a_message_of_a_late_step_waits_as_long_as_one_of_the_first() {
    let rules = rules("held = \"wait\"\nwait_at_most = \"1 day\"").replace("1 hour", "30 days");
    let mut shop =
        Shop::with(&rules.replace("most = 1\nwithin = \"1 day\"", "most = 1\nper = \"month\""));
    shop.does("anna", "subscribed", "2026-03-01T10:00:00Z");
    shop.until("2026-03-30T00:00:00Z");
    shop.told();
    // The month ends twelve hours after it was held back.
    shop.until("2026-04-29T12:00:00Z");
    same(
        &shop.told(),
        "2026-03-31T10:00:00Z held letter_3: cap until 2026-03-31T22:00:00Z
         2026-03-31T22:00:00Z send letter_3 in third
         2026-03-31T22:00:00Z third -> outside: done",
    );
}

/// At one instant the exit comes before a message that was held back until then.
#[test]
fn the_exit_comes_before_a_message_that_has_waited() {
    let mut shop = Shop::with(
        &rules("held = \"wait\"").replace("purchased since entered", "not viewed within 1 day"),
    );
    shop.does("anna", "viewed", "2026-03-02T09:59:59.999999Z");
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> both: entered
         2026-03-02T10:00:00Z send letter_1 in both
         2026-03-02T10:00:00Z held letter_2: cap until 2026-03-03T10:00:00Z
         2026-03-03T10:00:00Z held letter_2: journey_over
         2026-03-03T10:00:00Z both -> outside: exit",
    );
}

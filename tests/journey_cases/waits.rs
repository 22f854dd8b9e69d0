//! What steps wait for: lengths of time, clocks, dates, events and conditions.

use super::{Shop, same};

#[test]
fn a_clock_time_stays_the_same_where_clocks_change() {
    let mut shop = Shop::with(
        r#"
[journeys.hello]
on = "subscribed"
steps = [
    { name = "day", wait = "1 day at 10:00", do = [{ send = "letter_1" }] },
    { name = "hours", wait = "24 hours", do = [{ send = "letter_2" }] },
]
"#,
    );
    // Clocks go forward on the 29th.
    shop.does("anna", "subscribed", "2026-03-28T09:00:00Z");
    shop.until("2026-04-30T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-28T09:00:00Z outside -> day: entered
         2026-03-29T08:00:00Z send letter_1 in day
         2026-03-29T08:00:00Z day -> hours: done
         2026-03-30T08:00:00Z send letter_2 in hours
         2026-03-30T08:00:00Z hours -> outside: done",
    );
}

#[test]
fn a_date_is_waited_for_where_it_moves() {
    let mut shop = Shop::with(
        r#"
[journeys.renew]
on = "subscribed"
steps = [{ name = "before", wait = "until 3 days before renewal at 09:00", do = [{ send = "letter_1" }] }]
"#,
    );
    shop.set("anna", "renewal", "2026-06-10", "2026-03-01T00:00:00Z");
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.set("anna", "renewal", "2026-05-10", "2026-03-03T00:00:00Z");
    // And with the zone of the profile.
    shop.set(
        "anna",
        "timezone",
        "America/New_York",
        "2026-03-04T00:00:00Z",
    );
    shop.until("2026-12-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> before: entered
         2026-05-07T13:00:00Z send letter_1 in before
         2026-05-07T13:00:00Z before -> outside: done",
    );
}

const ANSWER: &str = r#"
[journeys.ask]
on = "subscribed"
steps = [
    { name = "ask", do = [{ send = "letter_1" }] },
    { name = "answer", wait_for = 'opened("letter_1")', at_most = "3 days", otherwise = "again", do = [{ send = "letter_2" }], go = "end" },
    { name = "again", do = [{ send = "letter_3" }] },
]
"#;

#[test]
fn an_answer_is_waited_for() {
    let mut shop = Shop::with(ANSWER);
    // Opened before it was asked for: that is no answer.
    shop.does("anna", "opened letter_1", "2026-03-01T10:00:00Z");
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.does("anna", "opened letter_2", "2026-03-03T10:00:00Z");
    shop.does("anna", "opened letter_1", "2026-03-04T10:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> ask: entered
         2026-03-02T10:00:00Z send letter_1 in ask
         2026-03-02T10:00:00Z ask -> answer: done
         2026-03-04T10:00:00Z send letter_2 in answer
         2026-03-04T10:00:00Z answer -> outside: happened",
    );
}

#[test]
fn an_answer_at_the_very_end_counts_and_one_after_it_does_not() {
    for (at, wanted) in [
        (
            "2026-03-05T10:00:00Z",
            "2026-03-05T10:00:00Z send letter_2 in answer
             2026-03-05T10:00:00Z answer -> outside: happened",
        ),
        (
            "2026-03-05T10:00:00.000001Z",
            "2026-03-05T10:00:00Z answer -> again: time_over
             2026-03-05T10:00:00Z send letter_3 in again
             2026-03-05T10:00:00Z again -> outside: done",
        ),
    ] {
        let mut shop = Shop::with(ANSWER);
        shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
        shop.told();
        shop.does("anna", "opened letter_1", at);
        shop.until("2026-03-31T00:00:00Z");
        same(&shop.told(), wanted);
    }
}

/// Nothing is taken back: an answer in time that comes to be known too late changes nothing any more, and one that comes to be
/// known while the step still waits goes on from the present.
#[test]
fn late_answers_go_on_from_the_present() {
    let mut shop = Shop::with(ANSWER).late_by_up_to("30 days");
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.does("bruno", "subscribed", "2026-03-02T10:00:00Z");
    shop.until("2026-03-04T00:00:00Z");
    shop.told();
    shop.does("anna", "opened letter_1", "2026-03-03T00:00:00Z");
    shop.until("2026-03-06T00:00:00Z");
    shop.does("bruno", "opened letter_1", "2026-03-03T00:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-04T00:00:00Z send letter_2 in answer
         2026-03-04T00:00:00Z answer -> outside: happened
         2026-03-05T10:00:00Z answer -> again: time_over
         2026-03-05T10:00:00Z send letter_3 in again
         2026-03-05T10:00:00Z again -> outside: done",
    );
}

#[test]
fn a_condition_may_hold_already_and_may_come_by_itself() {
    let mut shop = Shop::with(
        r#"
[journeys.calm]
on = "subscribed"
steps = [{ name = "calm", wait_for = "not viewed within 7 days and status = \"new\"", do = [{ send = "letter_1" }] }]
"#,
    );
    shop.set("anna", "status", "new", "2026-03-01T00:00:00Z");
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.set("bruno", "status", "new", "2026-03-02T10:00:00Z");
    shop.does("bruno", "viewed", "2026-03-02T10:00:00Z");
    shop.does("bruno", "subscribed", "2026-03-02T10:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> calm: entered
         2026-03-02T10:00:00Z send letter_1 in calm
         2026-03-02T10:00:00Z calm -> outside: happened
         2026-03-02T10:00:00Z outside -> calm: entered
         2026-03-09T10:00:00.000001Z send letter_1 in calm
         2026-03-09T10:00:00.000001Z calm -> outside: happened",
    );
}

/// Whoever waits twice for an event needs two of them.
#[test]
fn an_event_answers_one_step() {
    let mut shop = Shop::with(
        r#"
[journeys.two]
on = "subscribed"
steps = [
    { name = "one", wait_for = "viewed" },
    { name = "two", wait_for = "viewed", do = [{ send = "letter_1" }] },
    { name = "three", wait_for = "viewed at least twice", do = [{ send = "letter_2" }] },
]
exit = "purchased since entered"
"#,
    );
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    for day in 3..=7 {
        shop.does("anna", "viewed", &format!("2026-03-0{day}T10:00:00Z"));
    }
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> one: entered
         2026-03-03T10:00:00Z one -> two: happened
         2026-03-04T10:00:00Z send letter_1 in two
         2026-03-04T10:00:00Z two -> three: happened
         2026-03-06T10:00:00Z send letter_2 in three
         2026-03-06T10:00:00Z three -> outside: happened",
    );
}

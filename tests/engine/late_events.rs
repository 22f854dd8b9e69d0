//! Stories of events that come late, again, or from the future.

use crate::shop::{BUYING, NOTHING, Shop};
use segue::engine::Receipt;
use segue::profile::Record;

#[test]
fn a_late_event_puts_the_stages_where_they_would_have_been() {
    let mut shop = Shop::new(
        r#"
        [lifecycles.path]
        stages = [
            { name = "browser", when = "visited", from = ["none"] },
            { name = "guest_buyer", when = "purchased", from = ["none"] },
            { name = "informed_buyer", when = "purchased", from = ["browser"] },
        ]
        "#,
    )
    .lateness(7);
    shop.does("2026-03-05T10:00:00Z", "purchased");
    assert_eq!(shop.stage("path"), Some("guest_buyer"));
    // She had looked around before, which her phone says only now. What was told stays told; the difference is told now.
    shop.comes("2026-03-06T00:00:00Z");
    assert_eq!(
        shop.does("2026-03-04T10:00:00Z", "visited"),
        ["2026-03-06T00:00:00Z anna: path None: guest_buyer to informed_buyer (visited)"]
    );
}

#[test]
fn a_late_event_that_only_adds_is_told_with_its_own_instant() {
    let mut shop = Shop::new(BUYING).lateness(7);
    shop.does("2026-03-03T10:00:00Z", "visited");
    shop.comes("2026-03-06T00:00:00Z");
    assert_eq!(
        shop.does("2026-03-04T10:00:00Z", "viewed"),
        ["2026-03-04T10:00:00Z anna: buying None: none to awareness (viewed)"]
    );
}

#[test]
fn an_event_that_is_too_late_changes_nothing_and_its_receipt_says_so() {
    let mut shop = Shop::new("[segments]\nbuyer = 'purchased'").lateness(7);
    shop.comes("2026-03-10T00:00:00Z");
    assert_eq!(
        shop.does("2026-03-02T23:59:59.999999Z", "purchased"),
        NOTHING
    );
    assert_eq!(
        (shop.receipt, shop.engine.len()),
        (Some(Receipt::TooLate), 0)
    );
    assert_eq!(
        shop.does("2026-03-03T00:00:00Z", "purchased"),
        ["2026-03-10T00:00:00Z anna: entered buyer (purchased)"]
    );
    assert_eq!(shop.receipt, Some(Receipt::Late));
}

#[test]
fn a_repeated_event_counts_once_also_after_a_restart() {
    let rules = "[segments]\nloyal = 'purchased at least twice'";
    let mut shop = Shop::new(rules);
    shop.event(
        "anna",
        "2026-03-01T10:00:00Z",
        "purchased",
        None,
        Some("order-1"),
    );
    assert_eq!(
        shop.event(
            "anna",
            "2026-03-01T10:00:00Z",
            "purchased",
            None,
            Some("order-1")
        ),
        NOTHING
    );
    assert_eq!(shop.receipt, Some(Receipt::Duplicate));
    shop = shop.restored(rules);
    assert_eq!(
        shop.event(
            "anna",
            "2026-03-02T10:00:00Z",
            "purchased",
            None,
            Some("order-1")
        ),
        NOTHING
    );
    // It says something else: another instant, or another property.
    assert_eq!(shop.receipt, Some(Receipt::Conflict));
    let tv = Some("tv");
    shop.event("anna", "2026-03-02T10:00:00Z", "viewed", tv, Some("view-1"));
    for (category, receipt) in [(tv, Receipt::Duplicate), (None, Receipt::Conflict)] {
        let view = shop.event(
            "anna",
            "2026-03-02T10:00:00Z",
            "viewed",
            category,
            Some("view-1"),
        );
        assert_eq!((view, shop.receipt), (Vec::new(), Some(receipt)));
    }
    // The same number is another event where it is of another kind, also after a restart.
    for receipt in [Receipt::Accepted, Receipt::Duplicate] {
        shop.event(
            "anna",
            "2026-03-02T10:00:00Z",
            "reviewed",
            None,
            Some("order-1"),
        );
        assert_eq!(shop.receipt, Some(receipt));
        shop = shop.restored(rules);
    }
    // And another order where another profile has it.
    shop.event(
        "bruno",
        "2026-03-02T10:00:00Z",
        "purchased",
        None,
        Some("order-1"),
    );
    assert_eq!(shop.receipt, Some(Receipt::Accepted));
}

#[test]
fn an_event_of_the_future_waits_for_its_time() {
    let mut shop = Shop::new(
        "[segments]\nbuyer = 'purchased'\n[lifecycles.buying]\nstages = [{ name = 'evaluation', when = 'purchased' }]",
    );
    shop.comes("2026-03-01T00:00:00Z");
    let schema = shop.rulebook.schema();
    let booked = Record::builder(schema, "anna")
        .event("purchased", "2026-05-01T10:00:00Z", [])
        .build()
        .unwrap();
    shop.engine.insert(booked);
    assert_eq!(shop.comes("2026-05-01T09:59:59.999999Z"), NOTHING);
    assert_eq!((shop.holds("buyer"), shop.stage("buying")), (false, None));
    assert_eq!(
        shop.comes("2026-05-01T10:00:00Z"),
        [
            "2026-05-01T10:00:00Z anna: buying None: none to evaluation (time)",
            "2026-05-01T10:00:00Z anna: entered buyer (time)"
        ]
    );
}

#[test]
fn a_late_event_of_no_account_takes_nothing_back() {
    let mut shop = Shop::new(
        "[lifecycles.club]\nstages = [{ name = 'guest', when = 'visited' }, { name = 'member', when = 'member' }]",
    )
    .lateness(30);
    shop.does("2026-03-01T10:00:00Z", "visited");
    shop.sets("2026-03-05T10:00:00Z", "member", true);
    assert_eq!(shop.stage("club"), Some("member"));
    assert_eq!(shop.does("2026-03-03T10:00:00Z", "visited"), NOTHING);
    assert_eq!(shop.stage("club"), Some("member"));
}

#[test]
fn a_look_at_the_instant_of_an_event_makes_no_difference_in_the_end() {
    // Who has visited goes to and fro between two stages whenever the third condition changes.
    let rules = r#"
        [lifecycles.relation]
        stages = [
            { name = "browsing", when = "visited", from = ["none", "engaged"] },
            { name = "engaged", when = "visited", from = ["browsing"] },
            { name = "keen", when = "viewed within 7 days", from = ["none"] },
        ]
    "#;
    let begin = || {
        let mut shop = Shop::new(rules);
        shop.does("2026-03-01T10:00:00Z", "visited");
        shop.does("2026-03-02T10:00:00Z", "viewed");
        assert_eq!(shop.stage("relation"), Some("browsing"));
        shop
    };
    // She views something again in the very microsecond in which the window has ended: nothing has changed.
    let mut shop = begin();
    assert_eq!(shop.does("2026-03-09T10:00:00.000001Z", "viewed"), NOTHING);
    let mut looking = begin();
    assert_eq!(
        looking.comes("2026-03-09T10:00:00.000001Z"),
        ["2026-03-09T10:00:00.000001Z anna: relation None: browsing to engaged (time)"]
    );
    assert_eq!(
        looking.does("2026-03-09T10:00:00.000001Z", "viewed"),
        ["2026-03-09T10:00:00.000001Z anna: relation None: engaged to browsing (viewed)"]
    );
    assert_eq!(looking.stage("relation"), shop.stage("relation"));
}

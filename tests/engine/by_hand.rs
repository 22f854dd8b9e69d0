//! Stories: what marketing systems get wrong about windows, silence and stages, told by hand.

use crate::run::outcomes;
use crate::shop::{BUYING, BY_CATEGORY, NOTHING, Shop, at};
use segue::engine::Receipt;

// Windows.

#[test]
fn a_window_ends_one_microsecond_after_its_last_instant() {
    let mut shop = Shop::new("[segments]\nrecent = 'purchased within 30 days'");
    shop.does("2026-03-01T10:00:00Z", "purchased");
    assert_eq!(shop.comes("2026-03-31T10:00:00Z"), NOTHING);
    assert!(shop.holds("recent"));
    assert_eq!(
        shop.comes("2026-03-31T10:00:00.000001Z"),
        ["2026-03-31T10:00:00.000001Z anna: left recent (time)"]
    );
}

#[test]
fn the_exact_instant_is_told_however_late_the_host_looks() {
    let mut shop = Shop::new(
        "[segments]\nrecent = 'purchased within 30 days'\nlost = 'not purchased within 90 days'",
    );
    shop.does("2026-03-01T10:00:00Z", "purchased");
    assert_eq!(
        shop.comes("2027-01-01T00:00:00Z"),
        [
            "2026-03-31T10:00:00.000001Z anna: left recent (time)",
            "2026-05-30T10:00:00.000001Z anna: entered lost (time)"
        ]
    );
    assert_eq!(shop.engine.next_wakeup(), None);
}

#[test]
fn a_second_purchase_prolongs_the_window_without_a_word() {
    let mut shop = Shop::new("[segments]\nrecent = 'purchased within 30 days'");
    shop.does("2026-03-01T10:00:00Z", "purchased");
    assert_eq!(shop.does("2026-03-20T10:00:00Z", "purchased"), NOTHING);
    assert_eq!(
        shop.engine.next_wakeup(),
        Some(at("2026-04-19T10:00:00.000001Z"))
    );
    // At its last instant: still in time.
    assert_eq!(shop.does("2026-04-19T10:00:00Z", "purchased"), NOTHING);
    assert_eq!(
        shop.engine.next_wakeup(),
        Some(at("2026-05-19T10:00:00.000001Z"))
    );
}

#[test]
fn what_is_due_at_the_instant_of_an_event_happens_after_it() {
    let mut shop = Shop::new(
        "[segments]\nrecent = 'purchased within 30 days'\nreader = 'viewed within 30 days'",
    );
    shop.does("2026-03-01T10:00:00Z", "purchased");
    shop.does("2026-03-05T10:00:00Z", "viewed");
    // The window has just ended when she buys again: she never left.
    assert_eq!(
        shop.does("2026-03-31T10:00:00.000001Z", "purchased"),
        NOTHING
    );
    // An event that has nothing to do with it does not hold it up either.
    assert_eq!(
        shop.does("2026-04-04T10:00:00.000001Z", "purchased"),
        NOTHING
    );
    assert_eq!(
        shop.comes("2026-04-04T10:00:00.000001Z"),
        ["2026-04-04T10:00:00.000001Z anna: left reader (time)"]
    );
}

#[test]
fn a_month_after_the_31st_is_clamped_in_the_rulebooks_zone() {
    let mut shop =
        Shop::new("timezone = 'Europe/Rome'\n[segments]\nrecent = 'purchased within 1 month'");
    shop.does("2026-01-31T09:00:00Z", "purchased");
    // On 28 February a month ago was 28 January; on 1 March it is 1 February, from the first instant of the day on.
    assert_eq!(shop.engine.next_wakeup(), Some(at("2026-02-28T23:00:00Z")));
    shop.comes("2026-02-28T22:59:59.999999Z");
    assert!(shop.holds("recent"));
    assert_eq!(
        shop.comes("2026-02-28T23:00:00Z"),
        ["2026-02-28T23:00:00Z anna: left recent (time)"]
    );
}

#[test]
fn a_day_has_23_hours_where_clocks_go_forward_and_24_hours_do_not_care() {
    let mut shop = Shop::new(
        "timezone = 'Europe/Rome'\n[segments]\ntoday = 'viewed during today'\nfresh = 'viewed within 24 hours'",
    );
    // Half past midnight in Rome, on the day on which two o'clock is three o'clock.
    shop.does("2026-03-28T23:30:00Z", "viewed");
    assert_eq!(
        shop.comes("2026-03-31T00:00:00Z"),
        [
            "2026-03-29T22:00:00Z anna: left today (time)",
            "2026-03-29T23:30:00.000001Z anna: left fresh (time)"
        ]
    );
    // In autumn it has 25.
    shop.does("2026-10-24T22:30:00Z", "viewed");
    assert_eq!(
        shop.comes("2026-10-31T00:00:00Z"),
        [
            "2026-10-25T22:30:00.000001Z anna: left fresh (time)",
            "2026-10-25T23:00:00Z anna: left today (time)"
        ]
    );
}

#[test]
fn who_was_born_on_a_leap_day_has_a_birthday_every_year() {
    let mut shop = Shop::new("[segments]\nbirthday_soon = 'birthday in next 7 days'");
    shop.sets("2026-01-01T00:00:00Z", "birthday", "2004-02-29");
    assert_eq!(
        shop.comes("2026-12-31T00:00:00Z"),
        [
            "2026-02-21T00:00:00Z anna: entered birthday_soon (time)",
            "2026-03-01T00:00:00Z anna: left birthday_soon (time)"
        ]
    );
}

/// A condition that comes and goes each year wakes nobody whom it cannot move.
#[test]
fn who_stays_where_she_is_is_not_looked_at_each_year() {
    let mut shop = Shop::new(
        "[lifecycles.year]\nfrom = 'any'\nstages = [{ name = 'celebrating', when = 'birthday in next 7 days' }, { name = 'regular', when = 'visited at least 9 times within 1 year' }]",
    );
    shop.sets("2026-01-01T00:00:00Z", "birthday", "2004-02-29");
    assert_eq!(shop.engine.next_wakeup(), Some(at("2026-02-21T00:00:00Z")));
    assert_eq!(
        shop.comes("2026-12-31T00:00:00Z"),
        ["2026-02-21T00:00:00Z anna: year None: none to celebrating (time)"]
    );
    assert_eq!(shop.engine.next_wakeup(), None);
    for hour in 10..19 {
        shop.does(&format!("2027-05-01T{hour}:00:00Z"), "visited");
    }
    assert_eq!(shop.stage("year"), Some("regular"));
    assert_eq!(shop.engine.next_wakeup(), Some(at("2028-02-22T00:00:00Z")));
    shop.comes("2100-01-01T00:00:00Z");
    assert_eq!(shop.engine.next_wakeup(), None);
}

// Silence.

#[test]
fn an_abandoned_cart_is_noticed_to_the_microsecond() {
    let mut shop =
        Shop::new("[segments]\nabandoned = 'added_to_cart then no purchased within 2 hours'");
    assert_eq!(shop.does("2026-03-01T10:00:00Z", "added_to_cart"), NOTHING);
    assert_eq!(
        shop.engine.next_wakeup(),
        Some(at("2026-03-01T12:00:00.000001Z"))
    );
    assert_eq!(
        shop.comes("2026-03-01T12:00:00.000001Z"),
        ["2026-03-01T12:00:00.000001Z anna: entered abandoned (time)"]
    );
}

#[test]
fn a_purchase_at_the_last_instant_is_no_silence() {
    let mut shop =
        Shop::new("[segments]\nabandoned = 'added_to_cart then no purchased within 2 hours'");
    shop.does("2026-03-01T10:00:00Z", "added_to_cart");
    assert_eq!(shop.does("2026-03-01T12:00:00Z", "purchased"), NOTHING);
    assert_eq!(shop.engine.next_wakeup(), None);
}

#[test]
fn a_purchase_that_comes_to_light_late_takes_the_silence_back() {
    let rules = "[segments]\nabandoned = 'added_to_cart then no purchased within 2 hours'";
    let mut shop = Shop::new(rules).lateness(1);
    shop.does("2026-03-01T10:00:00Z", "added_to_cart");
    shop.comes("2026-03-01T12:30:00Z");
    assert!(shop.holds("abandoned"));
    assert_eq!(
        shop.does("2026-03-01T11:59:00Z", "purchased"),
        ["2026-03-01T12:30:00Z anna: left abandoned (purchased)"]
    );
    assert_eq!(shop.receipt, Some(Receipt::Late));
}

#[test]
fn who_is_new_is_told_as_such_and_who_stops_as_well() {
    let mut shop = Shop::new("[segments]\nidle = 'not visited within 7 days'");
    assert_eq!(
        shop.does("2026-03-01T10:00:00Z", "viewed"),
        ["2026-03-01T10:00:00Z anna: entered idle (NewProfile)"]
    );
    assert!(shop.holds("idle"));
    assert_eq!(
        shop.does("2026-03-02T10:00:00Z", "visited"),
        ["2026-03-02T10:00:00Z anna: left idle (visited)"]
    );
    assert_eq!(
        shop.comes("2026-04-01T00:00:00Z"),
        ["2026-03-09T10:00:00.000001Z anna: entered idle (time)"]
    );
}

// Stages.

#[test]
fn stages_only_go_forward_unless_something_else_is_written() {
    let mut shop = Shop::new(BUYING);
    assert_eq!(
        shop.does("2026-03-01T10:00:00Z", "viewed"),
        ["2026-03-01T10:00:00Z anna: buying None: none to awareness (viewed)"]
    );
    assert_eq!(
        shop.does("2026-03-02T10:00:00Z", "purchased"),
        ["2026-03-02T10:00:00Z anna: buying None: awareness to evaluation (purchased)"]
    );
    // A cart after the purchase does not bring her back to a decision.
    assert_eq!(shop.does("2026-03-03T10:00:00Z", "added_to_cart"), NOTHING);
    assert_eq!(shop.does("2026-03-04T10:00:00Z", "viewed"), NOTHING);
    assert_eq!(shop.stage("buying"), Some("evaluation"));
}

#[test]
fn a_stage_stays_when_its_condition_no_longer_holds() {
    let mut shop = Shop::new(
        "[lifecycles.buying]\nstages = [{ name = 'awareness', when = 'viewed within 7 days' }, { name = 'decision', when = 'added_to_cart' }]",
    );
    shop.does("2026-03-01T10:00:00Z", "viewed");
    assert_eq!(shop.comes("2027-03-01T10:00:00Z"), NOTHING);
    assert_eq!(shop.stage("buying"), Some("awareness"));
}

#[test]
fn a_way_back_is_taken_where_it_is_written() {
    let mut shop = Shop::new(
        r#"
        [lifecycles.relation]
        stages = [
            { name = "lapsed", when = "not purchased within 180 days", from = ["active"] },
            { name = "active", when = "purchased within 180 days", from = ["none", "lapsed"] },
        ]
        "#,
    );
    assert_eq!(
        shop.does("2026-01-01T00:00:00Z", "purchased"),
        ["2026-01-01T00:00:00Z anna: relation None: none to active (purchased)"]
    );
    assert_eq!(
        shop.does("2026-12-01T00:00:00Z", "purchased"),
        [
            "2026-06-30T00:00:00.000001Z anna: relation None: active to lapsed (time)",
            "2026-12-01T00:00:00Z anna: relation None: lapsed to active (purchased)"
        ]
    );
}

#[test]
fn several_stages_at_one_instant_are_several_moves() {
    let mut shop = Shop::new(
        r#"
        [lifecycles.onboarding]
        stages = [
            { name = "joined", when = "newsletter_joined", from = ["none"] },
            { name = "reader", when = "visited", from = ["joined"] },
            { name = "customer", when = "purchased", from = ["reader"] },
        ]
        "#,
    );
    assert_eq!(shop.does("2026-03-01T10:00:00Z", "visited"), NOTHING);
    assert_eq!(shop.does("2026-03-02T10:00:00Z", "purchased"), NOTHING);
    assert_eq!(
        shop.does("2026-03-03T10:00:00Z", "newsletter_joined"),
        [
            "2026-03-03T10:00:00Z anna: onboarding None: none to joined (newsletter_joined)",
            "2026-03-03T10:00:00Z anna: onboarding None: joined to reader (newsletter_joined)",
            "2026-03-03T10:00:00Z anna: onboarding None: reader to customer (newsletter_joined)"
        ]
    );
}

#[test]
fn she_decides_about_a_tv_and_has_only_seen_shoes() {
    let mut shop = Shop::new(BY_CATEGORY);
    for day in ["01", "02"] {
        shop.does_with(&format!("2026-03-{day}T10:00:00Z"), "viewed", "tv");
    }
    shop.does_with("2026-03-03T09:00:00Z", "viewed", "shoes");
    assert_eq!(
        shop.does_with("2026-03-03T10:00:00Z", "viewed", "tv"),
        ["2026-03-03T10:00:00Z anna: interest Some(\"tv\"): awareness to decision (viewed)"]
    );
    assert_eq!(shop.stage_for("interest", "tv"), Some("decision"));
    assert_eq!(shop.stage_for("interest", "shoes"), Some("awareness"));
    assert_eq!(shop.stage_for("interest", "books"), None);
    assert_eq!(
        shop.does_with("2026-03-04T10:00:00Z", "purchased", "shoes"),
        [
            "2026-03-04T10:00:00Z anna: interest Some(\"shoes\"): awareness to evaluation (purchased)"
        ]
    );
    assert_eq!(shop.stage_for("interest", "tv"), Some("decision"));
}

#[test]
fn a_subject_that_comes_with_any_event_has_its_lifecycle() {
    let rules = r#"
        [lifecycles.interest]
        per = "category"
        stages = [{ name = "open", when = "not purchased" }, { name = "bought", when = "purchased" }]
    "#;
    let mut shop = Shop::new(rules);
    // No condition asks for wishes, but there is a tv to have an opinion about now.
    assert_eq!(
        shop.does_with("2026-03-01T10:00:00Z", "wished_for", "tv"),
        ["2026-03-01T10:00:00Z anna: interest Some(\"tv\"): none to open (wished_for)"]
    );
    assert_eq!(shop.stage_for("interest", "tv"), Some("open"));
    // A profile that comes with the same past stands where it stands.
    let mut other = Shop::new(rules);
    other.comes("2026-03-01T10:00:00Z");
    other
        .engine
        .insert(shop.engine.profile("anna").unwrap().clone());
    assert_eq!(other.stage_for("interest", "tv"), Some("open"));
}

#[test]
fn an_attribute_moves_on_too() {
    let mut shop = Shop::new(
        "[segments]\nmembers = 'member'\n[lifecycles.club]\nstages = [{ name = 'guest', when = 'visited' }, { name = 'member', when = 'member' }]",
    );
    shop.does("2026-03-01T10:00:00Z", "visited");
    assert_eq!(
        shop.sets("2026-03-02T10:00:00Z", "member", true),
        [
            "2026-03-02T10:00:00Z anna: club None: guest to member (member)",
            "2026-03-02T10:00:00Z anna: entered members (member)"
        ]
    );
    assert_eq!(
        shop.sets("2026-03-03T10:00:00Z", "member", false),
        ["2026-03-03T10:00:00Z anna: left members (member)"]
    );
    assert_eq!(shop.stage("club"), Some("member"));
}

#[test]
fn habits_of_long_ago_and_of_late_count_alike() {
    let mut shop = Shop::new(
        "[lifecycles.habit]\nper = 'category'\nstages = [{ name = 'daily', when = 'visited at least once per day in 2 of last 2 days' }]",
    );
    for when in ["2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z"] {
        shop.does(when, "visited");
    }
    // The habit is found in the past of a subject that comes up when it has long been over.
    shop.does_with("2026-06-01T10:00:00Z", "viewed", "tv");
    assert_eq!(shop.stage_for("habit", "tv"), Some("daily"));
}

#[test]
fn an_attribute_that_makes_no_difference_moves_nobody() {
    // Both hold, and each leads to the other: there is one move at each instant at which something changes, and here nothing does.
    let mut shop = Shop::new(
        "[lifecycles.club]\nstages = [{ name = 'open', from = ['idle', 'none'], when = 'not purchased' }, { name = 'idle', when = 'not (member and visited)' }]",
    );
    assert_eq!(
        shop.sets("2026-03-02T10:00:00Z", "member", true),
        ["2026-03-02T10:00:00Z anna: club None: none to idle (NewProfile)"]
    );
    // Nor does it undo what the same instant has brought.
    assert_eq!(
        shop.does("2026-03-03T10:00:00Z", "visited"),
        ["2026-03-03T10:00:00Z anna: club None: idle to open (visited)"]
    );
    assert_eq!(shop.sets("2026-03-03T10:00:00Z", "member", true), NOTHING);
    assert_eq!(shop.stage("club"), Some("open"));
}

#[test]
fn what_lies_before_the_first_step_is_forgotten() {
    let mut shop = Shop::new(
        "[segments]\nsure = 'viewed within 30 days then purchased with no visited in between'",
    );
    for (when, kind) in [
        ("2026-01-05T10:00:00Z", "visited"),
        ("2026-01-10T10:00:00Z", "viewed"),
        ("2026-02-20T10:00:00Z", "viewed"),
        ("2026-02-22T10:00:00Z", "visited"),
        ("2026-02-25T10:00:00Z", "purchased"),
    ] {
        shop.does(when, kind);
    }
    assert!(!shop.holds("sure"));
    // What could still lie between is kept.
    assert_eq!(shop.engine.forget(), 2);
    assert_eq!(
        shop.does("2026-02-26T10:00:00Z", "purchased"),
        Vec::<String>::new()
    );
    shop.does("2026-02-27T10:00:00Z", "viewed");
    assert_eq!(
        shop.does("2026-02-28T10:00:00Z", "purchased"),
        ["2026-02-28T10:00:00Z anna: entered sure (purchased)"]
    );
}

#[test]
fn a_newcomer_enters_what_the_first_event_leaves_and_never_leaves_what_it_was_not_told_to_be_in() {
    let rules = r#"
        [segments]
        buyer = "purchased"
        no_buyer = "not purchased"
        quiet = "not visited within 30 days"
        [lifecycles.customer]
        stages = [{ name = "new", when = "not purchased" }, { name = "active", when = "purchased" }]
    "#;
    let mut shop = Shop::new(rules);
    assert_eq!(
        shop.does("2026-03-01T10:00:00Z", "purchased"),
        [
            "2026-03-01T10:00:00Z anna: customer None: none to active (purchased)",
            "2026-03-01T10:00:00Z anna: entered buyer (purchased)",
            "2026-03-01T10:00:00Z anna: entered quiet (NewProfile)",
        ]
    );
    assert_eq!(
        shop.does("2026-03-02T10:00:00Z", "visited"),
        ["2026-03-02T10:00:00Z anna: left quiet (visited)"]
    );
}

#[test]
fn nobody_is_told_of_newcomers_where_that_is_not_wanted() {
    let mut shop = Shop::new("[segments]\nquiet = 'not visited within 30 days'");
    shop.engine = shop.engine.with_silent_births();
    assert_eq!(shop.does("2026-03-01T10:00:00Z", "viewed"), NOTHING);
    assert_eq!(shop.engine.holds("anna", "quiet"), Some(true));
}

#[test]
fn the_value_that_was_so_last_counts_in_whatever_order_values_come() {
    let rules = "[segments]\nmembers = 'member'\npro = 'plan = \"pro\"'\nlong_pro = 'plan = \"pro\" for at least 3 hours'";
    let mut shop = Shop::new(rules).lateness(1);
    shop.does("2026-05-21T09:00:00Z", "visited");
    assert_eq!(
        shop.sets("2026-05-21T10:00:00Z", "member", true),
        ["2026-05-21T10:00:00Z anna: entered members (member)"]
    );
    assert_eq!(
        shop.sets("2026-05-21T10:00:00Z", "plan", "pro"),
        ["2026-05-21T10:00:00Z anna: entered pro (plan)"]
    );
    shop.does("2026-05-21T12:00:00Z", "visited");
    // Both were so before.
    assert_eq!(shop.sets("2026-05-21T08:00:00Z", "plan", "free"), NOTHING);
    assert_eq!(shop.receipt, Some(Receipt::Late));
    assert_eq!(shop.sets("2026-05-21T08:00:00Z", "member", false), NOTHING);
    assert_eq!(shop.receipt, Some(Receipt::Stale));
    assert_eq!(
        shop.comes("2026-05-21T20:00:00Z"),
        ["2026-05-21T13:00:00Z anna: entered long_pro (time)"]
    );
    // Had she been on it earlier, it would be longer.
    assert_eq!(
        shop.sets("2026-05-21T12:30:00Z", "plan", "free"),
        [
            "2026-05-21T20:00:00Z anna: left long_pro (plan)",
            "2026-05-21T20:00:00Z anna: left pro (plan)",
        ]
    );
}

#[test]
fn a_row_read_anew_changes_what_differs_and_keeps_the_events() {
    let rules = "[segments]\nbuyer = 'purchased and member'\nvip = 'tagged \"vip\"'\npro3 = 'plan = \"pro\" for at least 3 days'";
    let mut shop = Shop::new(rules);
    shop.does("2026-03-01T10:00:00Z", "purchased");
    assert_eq!(
        shop.row("2026-03-02T10:00:00Z", |row| row
            .set("member", true)
            .set("plan", "pro")
            .tag("vip/gold")),
        [
            "2026-03-02T10:00:00Z anna: entered buyer (member)",
            "2026-03-02T10:00:00Z anna: entered vip (member)",
        ]
    );
    assert_eq!(
        shop.row("2026-03-03T10:00:00Z", |row| row
            .set("member", true)
            .set("plan", "pro")),
        ["2026-03-03T10:00:00Z anna: left vip (tags)"]
    );
    // What is older than the row before, or than a value in which it differs, changes nothing.
    assert_eq!(shop.row("2026-03-02T12:00:00Z", |row| row), NOTHING);
    assert_eq!(shop.receipt, Some(Receipt::Stale));
    shop.sets("2026-03-04T10:00:00Z", "member", false);
    assert_eq!(
        shop.row("2026-03-03T12:00:00Z", |row| row.set("member", true)),
        NOTHING
    );
    assert_eq!(shop.receipt, Some(Receipt::Stale));
    // The history of the plan is the engine's: it was `pro` when the row first said so.
    assert_eq!(
        shop.comes("2026-03-06T00:00:00Z"),
        ["2026-03-05T10:00:00Z anna: entered pro3 (time)"]
    );
}

#[test]
fn a_row_of_somebody_new_brings_its_past() {
    let mut shop = Shop::new("[segments]\nbuyer = 'purchased within 30 days'\nmembers = 'member'");
    assert_eq!(
        shop.row("2026-03-02T10:00:00Z", |row| row.set("member", true).event(
            "purchased",
            "2026-02-20T10:00:00Z",
            []
        )),
        [
            "2026-03-02T10:00:00Z anna: entered buyer (NewProfile)",
            "2026-03-02T10:00:00Z anna: entered members (NewProfile)",
        ]
    );
    assert_eq!(
        shop.comes("2026-04-01T00:00:00Z"),
        ["2026-03-22T10:00:00.000001Z anna: left buyer (time)"]
    );
}

#[test]
fn who_is_removed_leaves_everything_and_is_waited_for_no_more() {
    let mut shop = Shop::new(&format!(
        "[segments]\nbuyer = 'purchased within 30 days'\n{BUYING}"
    ));
    shop.does("2026-03-01T10:00:00Z", "purchased");
    let mut out = Vec::new();
    let removed = shop
        .engine
        .remove("anna", at("2026-03-02T10:00:00Z"), &mut out);
    assert_eq!(removed.map(|anna| anna.events().len()), Some(1));
    let told: Vec<_> = outcomes(&out).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "2026-03-02T10:00:00Z anna: left buyer (Removal)",
            "2026-03-02T10:00:00Z anna: buying None: evaluation to none (Removal)",
        ]
    );
    assert_eq!((shop.engine.len(), shop.engine.next_wakeup()), (0, None));
    assert!(
        shop.engine
            .remove("anna", at("2026-03-02T10:00:00Z"), &mut out)
            .is_none()
    );
    assert_eq!(shop.comes("2026-05-01T00:00:00Z"), NOTHING);
    // A later event is that of somebody new.
    assert_eq!(
        shop.does("2026-05-02T10:00:00Z", "viewed"),
        ["2026-05-02T10:00:00Z anna: buying None: none to awareness (viewed)"]
    );
}

#[test]
fn tags_that_were_changed_in_place_are_not_undone_by_older_news() {
    let mut shop = Shop::new("[segments]\nvip = 'tagged \"vip\"'").lateness(1);
    shop.does("2026-03-01T09:00:00Z", "visited");
    let mut out = Vec::new();
    let when = at("2026-03-02T10:00:00Z");
    (shop.engine).change(
        "anna",
        when,
        |anna| anna.tags_mut().push("vip".to_owned()),
        &mut out,
    );
    let before = at("2026-03-02T09:00:00Z");
    assert_eq!(
        shop.engine.tag("anna", "vip", false, before, &mut out),
        Receipt::Stale
    );
    assert_eq!(shop.row("2026-03-02T09:00:00Z", |row| row), NOTHING);
    assert_eq!(
        (shop.receipt, shop.holds("vip")),
        (Some(Receipt::Stale), true)
    );
}

#[test]
fn what_no_rule_reads_yet_has_a_newest_value_too() {
    let mut shop = Shop::new("[segments]\nbuyer = 'purchased'").lateness(1);
    shop.sets("2026-03-02T10:00:00Z", "member", true);
    shop.row("2026-03-02T09:00:00Z", |row| row.set("member", false));
    assert_eq!(shop.receipt, Some(Receipt::Stale));
    // In place, too.
    let when = at("2026-03-02T11:00:00Z");
    let schema = shop.rulebook.schema().clone();
    let mut out = Vec::new();
    shop.engine.change(
        "anna",
        when,
        |anna| anna.set(&schema, "member", false, when).unwrap(),
        &mut out,
    );
    shop.sets("2026-03-02T10:30:00Z", "member", true);
    assert_eq!((shop.receipt, out), (Some(Receipt::Stale), Vec::new()));
}

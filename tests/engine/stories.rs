//! Stories: what marketing systems get wrong about stages, windows and silence, told by hand.

use crate::run::told;
use segue::engine::{Engine, Receipt, What};
use segue::profile::{Model, Record, RecordEvent, Value};
use segue::{Duration, Instant, Rulebook};

const SCHEMA: &str = r#"
    [schema.attributes]
    member = "bool"
    plan = { type = "string", tracked = true }
    birthday = { type = "date", yearly = true }

    [schema.events]
    newsletter_joined = {}
    visited = {}
    viewed = { subject = "category", properties = { category = "string" } }
    added_to_cart = { subject = "category", properties = { category = "string" } }
    purchased = { subject = "category", properties = { category = "string", amount = "decimal(2)" } }
    wished_for = { subject = "category", properties = { category = "string" } }
    reviewed = {}
"#;

const BUYING: &str = r#"
    [lifecycles.buying]
    stages = [
        { name = "awareness", when = "viewed" },
        { name = "decision", when = "added_to_cart" },
        { name = "evaluation", when = "purchased" },
        { name = "advocacy", when = "reviewed" },
    ]
"#;

const BY_CATEGORY: &str = r#"
    [lifecycles.interest]
    per = "category"
    stages = [
        { name = "awareness", when = "viewed" },
        { name = "decision", when = "viewed at least 3 times within 7 days or added_to_cart" },
        { name = "evaluation", when = "purchased" },
    ]
"#;

fn at(text: &str) -> Instant {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn rulebook(rules: &str) -> Rulebook {
    // What is no table of its own stands first.
    let (first, rest) =
        rules.split_once("[").map_or((rules, String::new()), |(first, rest)| (first, format!("[{rest}")));
    Rulebook::from_toml(&format!("{first}\n{SCHEMA}\n{rest}")).unwrap_or_else(|e| panic!("{e}"))
}

/// A shop with an engine. What happens is told in words: `2026-03-01T10:00:00Z anna: entered buyers (purchased)`.
struct Shop {
    rulebook: Rulebook,
    engine: Engine<Record>,
    receipt: Option<Receipt>,
}

impl Shop {
    fn new(rules: &str) -> Shop {
        let rulebook = rulebook(rules);
        let engine = Engine::new(&rulebook, &Model::for_schema(rulebook.schema())).unwrap();
        Shop { rulebook, engine, receipt: None }
    }

    fn lateness(self, days: i64) -> Shop {
        Shop { engine: self.engine.with_lateness(Duration::from_micros(days * 86_400_000_000)), ..self }
    }

    /// The same shop after a night on disk, perhaps under other rules.
    fn restored(self, rules: &str) -> Shop {
        let kept = serde_json::to_string(self.engine.state()).unwrap();
        let rulebook = rulebook(rules);
        let model = Model::for_schema(rulebook.schema());
        let engine = Engine::restore(&rulebook, &model, serde_json::from_str(&kept).unwrap()).unwrap();
        Shop { rulebook, engine, receipt: None }
    }

    fn event(
        &mut self,
        profile: &str,
        when: &str,
        kind: &str,
        category: Option<&str>,
        id: Option<&str>,
    ) -> Vec<String> {
        let properties = category.map(|c| ("category", Value::from(c)));
        let mut event = RecordEvent::new(self.rulebook.schema(), kind, when, properties).unwrap();
        if let Some(id) = id {
            event = event.with_id(id);
        }
        let mut out = Vec::new();
        self.receipt = Some(self.engine.observe(profile, event, &mut out));
        told(&out).iter().map(ToString::to_string).collect()
    }

    /// `anna`'s doing.
    fn does(&mut self, when: &str, kind: &str) -> Vec<String> {
        self.event("anna", when, kind, None, None)
    }

    /// The same about a category.
    fn does_with(&mut self, when: &str, kind: &str, category: &str) -> Vec<String> {
        self.event("anna", when, kind, Some(category), None)
    }

    fn sets(&mut self, when: &str, attribute: &str, value: impl Into<Value>) -> Vec<String> {
        let (schema, value, mut out) = (self.rulebook.schema().clone(), value.into(), Vec::new());
        let change = |record: &mut Record| record.set(&schema, attribute, value, at(when)).unwrap();
        self.engine.change("anna", at(when), &[attribute], change, &mut out);
        told(&out).iter().map(ToString::to_string).collect()
    }

    fn comes(&mut self, when: &str) -> Vec<String> {
        let mut out = Vec::new();
        self.engine.advance(at(when), &mut out);
        told(&out).iter().map(ToString::to_string).collect()
    }

    fn stage(&self, lifecycle: &str) -> Option<&str> {
        self.engine.stage("anna", lifecycle, None)
    }

    fn stage_for(&self, lifecycle: &str, subject: &str) -> Option<&str> {
        self.engine.stage("anna", lifecycle, Some(subject))
    }

    fn holds(&self, segment: &str) -> bool {
        self.engine.holds("anna", segment).unwrap()
    }
}

const NOTHING: [&str; 0] = [];

// Windows.

#[test]
fn a_window_ends_one_microsecond_after_its_last_instant() {
    let mut shop = Shop::new("[segments]\nrecent = 'purchased within 30 days'");
    shop.does("2026-03-01T10:00:00Z", "purchased");
    assert_eq!(shop.comes("2026-03-31T10:00:00Z"), NOTHING);
    assert!(shop.holds("recent"));
    assert_eq!(shop.comes("2026-03-31T10:00:00.000001Z"), ["2026-03-31T10:00:00.000001Z anna: left recent (time)"]);
}

#[test]
fn the_exact_instant_is_told_however_late_the_host_looks() {
    let mut shop = Shop::new("[segments]\nrecent = 'purchased within 30 days'\nlost = 'not purchased within 90 days'");
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
    assert_eq!(shop.engine.next_wakeup(), Some(at("2026-04-19T10:00:00.000001Z")));
    // At its last instant: still in time.
    assert_eq!(shop.does("2026-04-19T10:00:00Z", "purchased"), NOTHING);
    assert_eq!(shop.engine.next_wakeup(), Some(at("2026-05-19T10:00:00.000001Z")));
}

#[test]
fn what_is_due_at_the_instant_of_an_event_happens_after_it() {
    let mut shop = Shop::new("[segments]\nrecent = 'purchased within 30 days'\nreader = 'viewed within 30 days'");
    shop.does("2026-03-01T10:00:00Z", "purchased");
    shop.does("2026-03-05T10:00:00Z", "viewed");
    // The window has just ended when she buys again: she never left.
    assert_eq!(shop.does("2026-03-31T10:00:00.000001Z", "purchased"), NOTHING);
    // An event that has nothing to do with it does not hold it up either.
    assert_eq!(shop.does("2026-04-04T10:00:00.000001Z", "purchased"), NOTHING);
    assert_eq!(shop.comes("2026-04-04T10:00:00.000001Z"), ["2026-04-04T10:00:00.000001Z anna: left reader (time)"]);
}

#[test]
fn a_month_after_the_31st_is_clamped_in_the_rulebooks_zone() {
    let mut shop = Shop::new("timezone = 'Europe/Rome'\n[segments]\nrecent = 'purchased within 1 month'");
    shop.does("2026-01-31T09:00:00Z", "purchased");
    // On 28 February a month ago was 28 January; on 1 March it is 1 February, from the first instant of the day on.
    assert_eq!(shop.engine.next_wakeup(), Some(at("2026-02-28T23:00:00Z")));
    shop.comes("2026-02-28T22:59:59.999999Z");
    assert!(shop.holds("recent"));
    assert_eq!(shop.comes("2026-02-28T23:00:00Z"), ["2026-02-28T23:00:00Z anna: left recent (time)"]);
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
        ["2026-03-29T22:00:00Z anna: left today (time)", "2026-03-29T23:30:00.000001Z anna: left fresh (time)"]
    );
    // In autumn it has 25.
    shop.does("2026-10-24T22:30:00Z", "viewed");
    assert_eq!(
        shop.comes("2026-10-31T00:00:00Z"),
        ["2026-10-25T22:30:00.000001Z anna: left fresh (time)", "2026-10-25T23:00:00Z anna: left today (time)"]
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

// Silence.

#[test]
fn an_abandoned_cart_is_noticed_to_the_microsecond() {
    let mut shop = Shop::new("[segments]\nabandoned = 'added_to_cart then no purchased within 2 hours'");
    assert_eq!(shop.does("2026-03-01T10:00:00Z", "added_to_cart"), NOTHING);
    assert_eq!(shop.engine.next_wakeup(), Some(at("2026-03-01T12:00:00.000001Z")));
    assert_eq!(
        shop.comes("2026-03-01T12:00:00.000001Z"),
        ["2026-03-01T12:00:00.000001Z anna: entered abandoned (time)"]
    );
}

#[test]
fn a_purchase_at_the_last_instant_is_no_silence() {
    let mut shop = Shop::new("[segments]\nabandoned = 'added_to_cart then no purchased within 2 hours'");
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
fn who_never_did_anything_is_not_announced_but_who_stops_is() {
    let mut shop = Shop::new("[segments]\nidle = 'not visited within 7 days'");
    // A blank profile has always been idle: only the end of it is told, and its return.
    assert_eq!(shop.does("2026-03-01T10:00:00Z", "viewed"), NOTHING);
    assert!(shop.holds("idle"));
    assert_eq!(shop.does("2026-03-02T10:00:00Z", "visited"), ["2026-03-02T10:00:00Z anna: left idle (visited)"]);
    assert_eq!(shop.comes("2026-04-01T00:00:00Z"), ["2026-03-09T10:00:00.000001Z anna: entered idle (time)"]);
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
        ["2026-03-04T10:00:00Z anna: interest Some(\"shoes\"): awareness to evaluation (purchased)"]
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
    assert_eq!(shop.does_with("2026-03-01T10:00:00Z", "wished_for", "tv"), NOTHING);
    assert_eq!(shop.stage_for("interest", "tv"), Some("open"));
    // A profile that comes with the same past stands where it stands.
    let mut other = Shop::new(rules);
    other.comes("2026-03-01T10:00:00Z");
    other.engine.insert(shop.engine.profile("anna").unwrap().clone());
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

// Late, repeated and future events.

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
    assert_eq!(shop.does("2026-03-02T23:59:59.999999Z", "purchased"), NOTHING);
    assert_eq!((shop.receipt, shop.engine.len()), (Some(Receipt::TooLate), 0));
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
    shop.event("anna", "2026-03-01T10:00:00Z", "purchased", None, Some("order-1"));
    assert_eq!(shop.event("anna", "2026-03-01T10:00:00Z", "purchased", None, Some("order-1")), NOTHING);
    assert_eq!(shop.receipt, Some(Receipt::Repeated));
    let mut shop = shop.restored(rules);
    assert_eq!(shop.event("anna", "2026-03-02T10:00:00Z", "purchased", None, Some("order-1")), NOTHING);
    assert_eq!(shop.receipt, Some(Receipt::Repeated));
    // The same number is another order where another profile has it.
    shop.event("bruno", "2026-03-02T10:00:00Z", "purchased", None, Some("order-1"));
    assert_eq!(shop.receipt, Some(Receipt::Taken));
}

#[test]
fn an_event_of_the_future_waits_for_its_time() {
    let mut shop = Shop::new(
        "[segments]\nbuyer = 'purchased'\n[lifecycles.buying]\nstages = [{ name = 'evaluation', when = 'purchased' }]",
    );
    shop.comes("2026-03-01T00:00:00Z");
    let schema = shop.rulebook.schema();
    let booked = Record::builder(schema, "anna").event("purchased", "2026-05-01T10:00:00Z", []).build().unwrap();
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

// Restarts, also under other rules.

#[test]
fn a_restart_changes_nothing() {
    let rules = format!("{BUYING}\n{BY_CATEGORY}\n[segments]\nrecent = 'viewed within 7 days'");
    let mut shop = Shop::new(&rules).lateness(3);
    shop.does_with("2026-03-01T10:00:00Z", "viewed", "tv");
    let mut restored = Shop::new(&rules);
    restored.engine = Engine::restore(
        &restored.rulebook,
        &Model::for_schema(restored.rulebook.schema()),
        shop.engine.state().clone(),
    )
    .unwrap();
    assert_eq!(restored.engine.next_wakeup(), shop.engine.next_wakeup());
    assert_eq!(restored.engine.lateness(), shop.engine.lateness());
    for (when, kind) in
        [("2026-03-02T10:00:00Z", "viewed"), ("2026-03-01T12:00:00Z", "viewed"), ("2026-03-20T10:00:00Z", "purchased")]
    {
        assert_eq!(restored.does_with(when, kind, "tv"), shop.does_with(when, kind, "tv"));
    }
    assert_eq!(restored.engine.state(), shop.engine.state());
}

#[test]
fn another_rule_is_judged_at_once_and_tells_only_what_comes() {
    let mut shop = Shop::new("[segments]\nrecent = 'purchased within 30 days'");
    shop.does("2026-03-01T10:00:00Z", "purchased");
    shop.comes("2026-03-20T00:00:00Z");
    let mut shop = shop.restored("[segments]\nrecent = 'purchased within 7 days'\nbuyer = 'purchased within 60 days'");
    assert_eq!((shop.holds("recent"), shop.holds("buyer")), (false, true));
    assert_eq!(shop.comes("2027-01-01T00:00:00Z"), ["2026-04-30T10:00:00.000001Z anna: left buyer (time)"]);
}

#[test]
fn a_stage_keeps_its_profiles_when_stages_come_before_it() {
    let mut shop = Shop::new(BUYING);
    shop.does("2026-03-01T10:00:00Z", "added_to_cart");
    let mut shop = shop.restored(&BUYING.replace(
        r#"{ name = "awareness", when = "viewed" },"#,
        r#"{ name = "attention", when = "visited" }, { name = "awareness", when = "viewed" },"#,
    ));
    assert_eq!(shop.stage("buying"), Some("decision"));
    assert_eq!(
        shop.does("2026-03-02T10:00:00Z", "purchased"),
        ["2026-03-02T10:00:00Z anna: buying None: decision to evaluation (purchased)"]
    );
}

#[test]
fn a_stage_that_is_no_more_gives_way_to_the_one_before_it() {
    let mut shop = Shop::new(BUYING);
    shop.does("2026-03-01T10:00:00Z", "viewed");
    shop.does("2026-03-02T10:00:00Z", "added_to_cart");
    let shop = shop.restored(&BUYING.replace(r#"{ name = "decision", when = "added_to_cart" },"#, ""));
    assert_eq!(shop.stage("buying"), Some("awareness"));
}

#[test]
fn stages_that_say_something_else_are_judged_at_the_instant_of_the_restart() {
    let mut shop = Shop::new("[lifecycles.club]\nstages = [{ name = 'guest', when = 'visited', from = ['none'] }]");
    shop.does("2026-03-01T10:00:00Z", "visited");
    shop.comes("2026-03-05T10:00:00Z");
    // The first condition holds as the first one held before.
    let shop = shop.restored(
        "[lifecycles.club]\nstages = [{ name = 'regular', when = 'visited', from = ['guest'] }, { name = 'guest', when = 'viewed', from = ['none'] }]",
    );
    assert_eq!(shop.stage("club"), Some("regular"));
}

#[test]
fn a_new_lifecycle_finds_the_past_of_every_profile_and_subject() {
    let mut shop = Shop::new("[segments]\nbuyer = 'purchased'");
    shop.does_with("2026-03-01T10:00:00Z", "viewed", "tv");
    shop.does_with("2026-03-02T10:00:00Z", "purchased", "shoes");
    let mut shop = shop.restored(&format!("{BUYING}{BY_CATEGORY}\n[segments]\nbuyer = 'purchased'"));
    assert_eq!(shop.stage("buying"), Some("evaluation"));
    assert_eq!(shop.stage_for("interest", "tv"), Some("awareness"));
    assert_eq!(shop.stage_for("interest", "shoes"), Some("evaluation"));
    assert_eq!(
        shop.does_with("2026-03-03T10:00:00Z", "added_to_cart", "tv"),
        ["2026-03-03T10:00:00Z anna: interest Some(\"tv\"): awareness to decision (added_to_cart)"]
    );
}

#[test]
fn a_lifecycle_that_is_now_kept_by_category_forgets_the_one_it_was() {
    let rules = |per: &str| {
        format!(
            "[lifecycles.buying]\n{per}\nstages = [{{ name = 'awareness', when = 'viewed' }}, {{ name = 'cool', when = 'not viewed within 7 days', from = ['awareness'] }}]"
        )
    };
    let mut shop = Shop::new(&rules(""));
    shop.does_with("2026-03-01T10:00:00Z", "viewed", "tv");
    let mut shop = shop.restored(&rules("per = 'category'"));
    assert_eq!((shop.stage("buying"), shop.stage_for("buying", "tv")), (None, Some("awareness")));
    assert_eq!(
        shop.comes("2026-04-01T00:00:00Z"),
        ["2026-03-08T10:00:00.000001Z anna: buying Some(\"tv\"): awareness to cool (time)"]
    );
}

#[test]
fn a_rule_is_another_where_one_that_it_refers_to_is() {
    let rules = |days: u32| {
        format!(
            "[tags]\n'interest/tv' = 'viewed within {days} days'\n[traits]\nviews = 'count(viewed within {days} days)'\n\
             [segments]\nviewer = 'viewed within {days} days'\nlisted = 'in segment viewer'\nfrequent = 'views >= 1'\ntagged_tv = 'tagged \"interest\"'"
        )
    };
    let mut shop = Shop::new(&rules(30));
    shop.does("2026-03-01T10:00:00Z", "viewed");
    shop.comes("2026-03-20T10:00:00Z");
    let all = ["viewer", "listed", "frequent", "tagged_tv"];
    assert_eq!(all.map(|segment| shop.holds(segment)), [true; 4]);
    let shop = shop.restored(&rules(7));
    assert_eq!(all.map(|segment| shop.holds(segment)), [false; 4]);
}

#[test]
fn another_time_zone_is_another_rule() {
    let rules = |zone: &str| format!("timezone = '{zone}'\n[segments]\ntoday = 'viewed during today'");
    let mut shop = Shop::new(&rules("UTC"));
    shop.does("2026-03-10T23:30:00Z", "viewed");
    assert_eq!(shop.engine.next_wakeup(), Some(at("2026-03-11T00:00:00Z")));
    let shop = shop.restored(&rules("Europe/Rome"));
    assert_eq!(shop.engine.next_wakeup(), Some(at("2026-03-11T23:00:00Z")));
}

#[test]
fn rules_that_are_worded_anew_have_another_version_and_others_the_same() {
    let version = |rules: &str| {
        let mut shop = Shop::new(rules);
        let event = RecordEvent::new(shop.rulebook.schema(), "viewed", "2026-03-01T10:00:00Z", []).unwrap();
        let mut out = Vec::new();
        let _ = shop.engine.observe("anna", event, &mut out);
        match out.remove(0).what {
            What::Moved(transition) => transition.version.to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(version(BUYING), version(&format!("{BUYING}\n[segments]\nbuyer = 'purchased'")));
    assert_ne!(version(BUYING), version(&BUYING.replace("reviewed", "reviewed at least twice")));
    assert_eq!(version(BUYING).len(), 8);
}

//! Campaigns: what fires on their days, and what becomes of the rest.

use super::{SHOP, Shop, same, t};
use segue::Rulebook;
use segue::engine::{Engine, SuppressionReason};
use segue::profile::{Model, Record};

const FRIDAY: &str = r#"
[campaigns.black_friday]
theme = "Black Friday"
from = 2026-11-20
until = 2026-11-30
[triggers.nudge]
campaign = "black_friday"
on = 'viewed'
do = [{ send = "offer" }]
"#;

fn reasons(shop: &Shop) -> Vec<SuppressionReason> {
    shop.held()
        .into_iter()
        .map(|(_, held)| held.reason)
        .collect()
}

fn outside(next: Option<&str>) -> SuppressionReason {
    serde_json::from_value(serde_json::json!({
        "because": "campaign", "campaign": "black_friday", "next": next,
    }))
    .unwrap()
}

#[test]
fn a_trigger_fires_from_the_first_day_to_the_last_in_each_profile_s_own_calendar() {
    let mut shop = Shop::with(FRIDAY);
    shop.set(
        "bruno",
        "2026-11-01T00:00:00Z",
        "timezone",
        "America/New_York",
    );
    // Midnight in Rome is 23:00 before; in New York 05:00.
    for (who, at) in [
        ("anna", "2026-11-19T22:59:59Z"),
        ("anna", "2026-11-19T23:00:00Z"),
        ("bruno", "2026-11-20T04:59:59Z"),
        ("bruno", "2026-11-20T05:00:00Z"),
        ("anna", "2026-11-30T22:59:59Z"),
        ("anna", "2026-11-30T23:00:00Z"),
        ("bruno", "2026-12-01T04:59:59Z"),
        ("bruno", "2026-12-01T05:00:00Z"),
    ] {
        shop.does(who, "viewed", at, "tv");
    }
    let fired = [
        "2026-11-19T23:00:00Z",
        "2026-11-20T05:00:00Z",
        "2026-11-30T22:59:59Z",
        "2026-12-01T04:59:59Z",
    ];
    same(&shop.times(), &fired.map(|at| (at, "nudge")));
    assert_eq!(
        reasons(&shop),
        [
            outside(Some("2026-11-19T23:00:00Z")),
            outside(Some("2026-11-20T05:00:00Z")),
            outside(None),
            outside(None)
        ]
    );
    let effects = shop.effects();
    assert!(
        effects
            .iter()
            .all(|(_, e)| e.campaign.as_deref() == Some("black_friday"))
    );
}

/// What counts is when it fires: not when the wait began, and not when a late event happened.
#[test]
fn the_days_are_asked_when_the_trigger_fires() {
    let waiting = FRIDAY.replace("on = 'viewed'", "on = 'viewed'\nwait = \"2 days\"");
    let mut shop = Shop::with(&waiting);
    shop.does("anna", "viewed", "2026-11-18T12:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-11-29T12:00:00Z", "tv");
    shop.until("2026-12-10T00:00:00Z");
    same(&shop.times(), &[("2026-11-20T12:00:00Z", "nudge")]);
    assert_eq!(reasons(&shop), [outside(None)]);
}

/// Nothing outside counts for `again`.
#[test]
fn what_did_not_fire_keeps_nothing_from_firing() {
    let once = FRIDAY.replace("on = 'viewed'", "on = 'viewed'\nagain = \"once\"");
    let mut shop = Shop::with(&once);
    shop.does("anna", "viewed", "2026-11-10T12:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-11-21T12:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-11-22T12:00:00Z", "tv");
    same(&shop.times(), &[("2026-11-21T12:00:00Z", "nudge")]);
}

#[test]
fn a_message_that_would_wait_beyond_the_last_day_is_given_up() {
    let held = FRIDAY.replace("on = 'viewed'", "on = 'viewed'\nheld = \"wait\"");
    let mut shop = super::sending::email("quiet = [\"21:00-08:00\"]", &held);
    shop.does("anna", "viewed", "2026-11-29T21:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-11-30T21:00:00Z", "tv");
    shop.until("2026-12-10T00:00:00Z");
    same(&shop.times(), &[("2026-11-30T07:00:00Z", "nudge")]);
    let needed = Some("10 hours".parse().unwrap());
    assert_eq!(reasons(&shop)[1..], [SuppressionReason::Expired { needed }]);
}

/// Waiting in Rome, she moves to where the campaign is over already.
#[test]
fn what_waits_is_given_up_too_where_the_end_turns_out_to_be_earlier() {
    let held = FRIDAY.replace("on = 'viewed'", "on = 'viewed'\nheld = \"wait\"");
    let mut shop = super::sending::email("quiet = [\"00:00-14:00\"]", &held);
    shop.does("anna", "viewed", "2026-11-30T01:00:00Z", "tv");
    shop.set(
        "anna",
        "2026-11-30T02:00:00Z",
        "timezone",
        "Pacific/Kiritimati",
    );
    shop.until("2026-12-10T00:00:00Z");
    same(&shop.times(), &[]);
    let reasons = reasons(&shop);
    assert!(
        matches!(reasons.last(), Some(SuppressionReason::Expired { .. })),
        "{reasons:?}"
    );
}

/// The campaign is made shorter while the message waits.
#[test]
fn an_edit_of_the_days_counts_for_what_waits() {
    let held = FRIDAY.replace("on = 'viewed'", "on = 'viewed'\nheld = \"wait\"");
    let mut shop = super::sending::email("quiet = [\"21:00-08:00\"]", &held);
    shop.does("anna", "viewed", "2026-11-24T21:00:00Z", "tv");
    let source = format!("{SHOP}{}", held.replace("2026-11-30", "2026-11-24")).replace(
        "[channels.email]",
        "[channels.email]\nquiet = [\"21:00-08:00\"]",
    );
    let rulebook = Rulebook::from_toml(&source).unwrap();
    let state = serde_json::to_string(shop.engine.state()).unwrap();
    let model = Model::<Record>::for_schema(rulebook.schema());
    let state = serde_json::from_str(&state).unwrap();
    let (mut engine, _) = Engine::restore(&rulebook, &model, state, &mut Vec::new()).unwrap();
    let mut out = Vec::new();
    engine.advance(t("2026-12-01T00:00:00Z"), &mut out);
    let told = serde_json::to_value(&out).unwrap();
    assert_eq!(told[0]["reason"]["because"], "expired", "{told}");
    assert_eq!(out.len(), 1);
}

/// Whoever is in the journey goes on, and nobody comes in.
#[test]
fn a_journey_lets_nobody_in_outside_and_leaves_nobody_behind() {
    let mut shop = super::sending::email(
        "quiet = [\"21:00-08:00\"]",
        r#"
[campaigns.black_friday]
from = "2026-11-20"
until = "2026-11-30"
[journeys.after]
campaign = "black_friday"
on = 'viewed'
held = "wait"
steps = [
    { name = "first", wait = "1 day", do = [{ send = "offer" }] },
    { name = "second", wait = "1 day", do = [{ send = "offer" }] },
]
"#,
    );
    shop.does("anna", "viewed", "2026-11-19T12:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-11-30T21:30:00Z", "tv");
    shop.does("bruno", "viewed", "2026-12-01T21:30:00Z", "tv");
    shop.until("2026-12-10T00:00:00Z");
    let times: Vec<String> = shop.times().into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, ["2026-12-02T07:00:00Z", "2026-12-03T07:00:00Z"]);
    assert_eq!(
        shop.effects()[0].1.campaign.as_deref(),
        Some("black_friday")
    );
    let refused = [outside(Some("2026-11-19T23:00:00Z")), outside(None)];
    let reasons = reasons(&shop);
    assert_eq!(reasons.iter().filter(|r| refused.contains(r)).count(), 2);
}

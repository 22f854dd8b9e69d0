//! Who gets what, and when: enrolment, ramps, priorities, replacements, consents, hours across zones and clock changes,
//! and what the host says of messages.

use super::{Shop, same, t};
use segue::Rulebook;
use segue::engine::{EffectAction, Engine, SuppressionReason};
use segue::profile::{Model, Record, Value};

const NUDGE: &str =
    "[triggers.nudge]\non = 'viewed'\nheld = \"wait\"\ndo = [{ send = \"offer\" }]\n";

/// A shop whose email has these keys besides.
pub(super) fn email(keys: &str, rules: &str) -> Shop {
    let source = format!("{}{rules}", super::SHOP)
        .replace("[channels.email]", &format!("[channels.email]\n{keys}"));
    let rulebook = Rulebook::from_toml(&source).unwrap_or_else(|e| panic!("{e}"));
    let engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema())).unwrap();
    Shop {
        rulebook,
        engine,
        out: Vec::new(),
    }
}

fn reasons(shop: &Shop) -> Vec<SuppressionReason> {
    shop.held().into_iter().map(|(_, h)| h.reason).collect()
}

/// The messages, and in whose place they went.
fn messages(shop: &Shop) -> Vec<(String, Option<String>)> {
    let message = |a: &EffectAction| match a {
        EffectAction::Send {
            message,
            instead_of,
            ..
        } => Some((
            message.to_string(),
            instead_of.as_deref().map(str::to_owned),
        )),
        _ => None,
    };
    shop.effects()
        .iter()
        .filter_map(|(_, e)| message(&e.action))
        .collect()
}

// ---- who enters ----

#[test]
fn who_is_in_the_segment_when_imported_is_not_greeted_and_who_comes_in_later_is() {
    let mut shop = Shop::with(
        "[segments]\nbuyers = 'purchased within 30 days'\n[triggers.greet]\non = 'enter segment buyers'\ndo = [{ send = \"offer\" }]\n",
    );
    shop.until("2026-03-01T00:00:00Z");
    let past = r#"{"id": "anna", "events": [{"kind": "purchased", "at": "2026-02-20T10:00:00Z"}]}"#;
    shop.engine
        .insert(Record::from_json(shop.rulebook.schema(), past).unwrap());
    shop.does("anna", "purchased", "2026-03-02T10:00:00Z", "tv");
    shop.does("bruno", "purchased", "2026-03-02T10:00:00Z", "tv");
    // Anna falls out of it and comes back.
    shop.does("anna", "purchased", "2026-05-01T10:00:00Z", "tv");
    let whom: Vec<&str> = shop
        .out
        .iter()
        .filter(|h| matches!(h.kind, super::OutputKind::Effect(_)))
        .map(|h| &*h.profile)
        .collect();
    assert_eq!(whom, ["bruno", "anna"]);
}

#[test]
fn a_ramp_takes_nobody_from_one_variant_to_the_other_and_a_new_name_changes_nothing() {
    let drawn = |name: &str, short: u32, long: u32| {
        let mut shop = Shop::with(&format!(
            "[triggers.{name}]\non = 'purchased'\nsalt = \"spring\"\nsplit = {{ short = {short}, long = {long} }}\ndo = [{{ call = \"letter\" }}]\n"
        ));
        (0..400)
            .for_each(|i| shop.does(&format!("c-{i}"), "purchased", "2026-03-01T10:00:00Z", "tv"));
        let variant = |i: usize| {
            let who = format!("c-{i}");
            shop.out.iter().find_map(|h| match &h.kind {
                super::OutputKind::Effect(e) if *h.profile == *who => {
                    e.variant.as_deref().map(str::to_owned)
                }
                _ => None,
            })
        };
        (0..400).map(variant).collect::<Vec<_>>()
    };
    let (begun, more) = (drawn("offer", 10, 10), drawn("offer", 40, 50));
    assert!(begun.iter().filter(|v| v.is_some()).count() > 40);
    assert!(more.iter().filter(|v| v.is_some()).count() > 320);
    assert!(
        begun
            .iter()
            .zip(&more)
            .all(|(before, after)| before.is_none() || before == after)
    );
    assert_eq!(begun, drawn("spring_offer", 10, 10));
}

#[test]
fn the_higher_priority_takes_the_place_that_a_cap_leaves_and_then_the_first_declared() {
    let mut shop = Shop::with(
        r#"
[[caps]]
most = 2
per = "day"
[triggers.digest]
on = 'viewed'
do = [{ send = "offer" }]
[triggers.discount]
on = 'viewed'
do = [{ send = "offer" }]
[triggers.winback]
on = 'viewed'
priority = 5
do = [{ send = "offer" }]
"#,
    );
    let now = "2026-03-01T10:00:00Z";
    shop.does("anna", "viewed", now, "tv");
    same(&shop.times(), &[(now, "winback"), (now, "digest")]);
    assert_eq!(shop.held()[0].1.trigger.as_deref(), Some("discount"));
}

#[test]
fn points_reach_a_threshold_at_the_instant_of_the_event() {
    let mut shop = Shop::with(
        r#"
[segments]
gold = 'points >= 100'
[triggers.points]
on = 'purchased'
do = [{ add = "points", by = 50 }]
[triggers.gold]
on = 'enter segment gold'
again = "once"
do = [{ send = "offer" }]
"#,
    );
    let now = "2026-03-02T10:00:00Z";
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "purchased", now, "tv");
    same(&shop.times()[1..], &[(now, "points"), (now, "gold")]);
}

#[test]
fn a_raised_version_is_another_trigger_and_nothing_else_is() {
    let key = |rules: &str| {
        let mut shop = Shop::with(rules);
        shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
        shop.effects()[0].1.key.to_string()
    };
    let first = key("[triggers.thanks]\non = 'purchased'\ndo = [{ call = \"letter\" }]\n");
    let reworded = "[triggers.thanks]\ndescription = \"After a purchase.\"\non = 'purchased'\nwhen = 'purchased'\ndo = [{ call = \"letter\" }]\n";
    assert_eq!(first, key(reworded));
    assert_ne!(
        first,
        key("[triggers.thanks]\non = 'purchased'\nversion = 2\ndo = [{ call = \"letter\" }]\n")
    );
}

// ---- hours ----

#[test]
fn a_weekday_is_that_of_the_profile_and_not_of_greenwich() {
    let mut shop = email("windows = [\"mon-fri 09:00-18:00\"]", NUDGE);
    shop.set(
        "anna",
        "2026-03-01T00:00:00Z",
        "timezone",
        "America/New_York",
    );
    shop.set("bruno", "2026-03-01T00:00:00Z", "timezone", "Mars/Olympus");
    // Friday at 17:00 in New York is Friday at 23:00 in Rome, whose clock holds for those without a zone that exists.
    shop.does("anna", "viewed", "2026-03-06T22:00:00Z", "tv");
    shop.does("bruno", "viewed", "2026-03-06T22:00:00Z", "tv");
    // Sunday at 20:00 in New York, where clocks have gone forward that day, is Monday in Greenwich.
    shop.does("anna", "viewed", "2026-03-09T00:00:00Z", "tv");
    shop.until("2026-03-10T00:00:00Z");
    same(
        &shop.times(),
        &[
            ("2026-03-06T22:00:00Z", "nudge"),
            ("2026-03-09T08:00:00Z", "nudge"),
            ("2026-03-09T13:00:00Z", "nudge"),
        ],
    );
}

/// A purchase at nine in the evening in New York, which is the next day in Rome.
#[test]
fn the_day_after_a_purchase_is_reckoned_in_the_profile_s_zone() {
    let mut shop = Shop::with(
        "[triggers.care]\non = '1 day after last(purchased).at at 18:00'\ndo = [{ send = \"offer\" }]\n",
    );
    shop.set(
        "anna",
        "2026-03-01T00:00:00Z",
        "timezone",
        "America/New_York",
    );
    shop.does("anna", "purchased", "2026-04-02T01:00:00Z", "tv");
    shop.does("bruno", "purchased", "2026-04-02T01:00:00Z", "tv");
    shop.until("2026-05-01T00:00:00Z");
    same(
        &shop.times(),
        &[
            ("2026-04-02T22:00:00Z", "care"),
            ("2026-04-03T16:00:00Z", "care"),
        ],
    );
}

#[test]
fn quiet_hours_that_end_where_clocks_change_end_after_the_gap_and_with_the_second_time() {
    let sent = |viewed: &str| {
        let mut shop = email("quiet = [\"22:00-02:30\"]", NUDGE);
        shop.does("anna", "viewed", viewed, "tv");
        shop.until("2026-12-01T00:00:00Z");
        shop.times()
            .into_iter()
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
    };
    assert_eq!(sent("2026-03-28T23:00:00Z"), ["2026-03-29T01:00:00Z"]);
    assert_eq!(sent("2026-10-24T23:00:00Z"), ["2026-10-25T01:30:00Z"]);
}

#[test]
fn friday_night_is_quiet_until_saturday_morning() {
    let mut shop = email("quiet = [\"fri 22:00-09:00\"]", NUDGE);
    // 02:00 on Saturday, and on Sunday.
    shop.does("anna", "viewed", "2026-03-07T01:00:00Z", "tv");
    shop.does("bruno", "viewed", "2026-03-08T01:00:00Z", "tv");
    same(
        &shop.times(),
        &[
            ("2026-03-07T08:00:00Z", "nudge"),
            ("2026-03-08T01:00:00Z", "nudge"),
        ],
    );
}

// ---- what becomes of what is held back ----

#[test]
fn a_message_waits_as_long_as_it_may_and_not_longer() {
    let held = |most: &str| {
        let mut shop = email(
            "quiet = [\"21:00-08:00\"]",
            &NUDGE.replace(
                "held = \"wait\"",
                &format!("held = \"wait\"\nwait_at_most = \"{most}\""),
            ),
        );
        shop.does("anna", "viewed", "2026-03-02T22:00:00Z", "tv");
        shop.until("2026-03-03T12:00:00Z");
        (shop.times().len(), reasons(&shop).pop())
    };
    let hours = |n: i64| segue::Duration::from_micros(n * 3_600_000_000);
    assert_eq!(
        held("9 hours"),
        (
            1,
            Some(SuppressionReason::QuietHours {
                channel: "email".into(),
                next: Some(t("2026-03-03T07:00:00Z"))
            })
        )
    );
    assert_eq!(
        held("8 hours"),
        (
            0,
            Some(SuppressionReason::Expired {
                needed: Some(hours(9))
            })
        )
    );
}

#[test]
fn a_cheaper_channel_takes_the_place_of_a_capped_message() {
    let mut shop = Shop::with(
        r#"
[messages.coupon]
channel = "email"
tags = ["winback/spring"]
instead = "text"
[messages.text]
channel = "sms"
tags = ["winback"]
[[caps]]
most = 1
per = "week"
channel = "email"
[[caps]]
most = 2
per = "month"
tag = "winback"
[triggers.nudge]
on = 'viewed'
held = "replace"
do = [{ send = "coupon" }]
"#,
    );
    for day in 2..5 {
        shop.does("anna", "viewed", &format!("2026-03-0{day}T10:00:00Z"), "tv");
    }
    assert_eq!(
        messages(&shop),
        [
            ("coupon".into(), None),
            ("text".into(), Some("coupon".into()))
        ]
    );
    // By then the month's two have gone, the text among them.
    let caps: Vec<usize> = reasons(&shop)
        .iter()
        .map(|r| {
            if let SuppressionReason::FrequencyCap { cap, .. } = r {
                *cap
            } else {
                0
            }
        })
        .collect();
    assert_eq!(caps, [1, 2, 2]);
}

#[test]
fn a_consent_that_is_withdrawn_while_a_message_waits_is_heeded() {
    let mut shop = email(
        "consent = \"consent.email\"\nquiet = [\"21:00-08:00\"]",
        NUDGE,
    );
    shop.set("anna", "2026-03-01T00:00:00Z", "consent.email", true);
    shop.does("anna", "viewed", "2026-03-02T22:00:00Z", "tv");
    shop.set("anna", "2026-03-03T06:00:00Z", "consent.email", false);
    shop.until("2026-03-04T00:00:00Z");
    same(&shop.times(), &[]);
    assert_eq!(
        shop.held()
            .pop()
            .map(|(at, h)| (at, h.reason, h.waits_until)),
        Some((
            "2026-03-03T07:00:00Z".into(),
            SuppressionReason::NoConsent {
                channel: "email".into()
            },
            None
        ))
    );
}

#[test]
fn a_receipt_needs_the_consent_to_processing_alone() {
    let rules = "[consent]\nprocessing = \"consent.processing\"\n[holdout]\nshare = \"100%\"\nsalt = \"2026\"\n[triggers.thanks]\non = 'purchased'\ndo = [{ send = \"receipt\" }, { send = \"offer\" }]\n";
    let mut shop = email(
        "consent = \"consent.email\"\nquiet = [\"00:00-23:00\"]",
        rules,
    );
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.set("anna", "2026-03-01T11:00:00Z", "consent.processing", true);
    shop.does("anna", "purchased", "2026-03-01T12:00:00Z", "tv");
    assert_eq!(messages(&shop), [("receipt".to_owned(), None)]);
    assert_eq!(
        reasons(&shop),
        [
            SuppressionReason::NoProcessingConsent,
            SuppressionReason::Holdout { own: false }
        ]
    );
}

// ---- what the host says ----

#[test]
fn what_could_not_be_sent_is_not_counted_and_what_was_sent_later_counts_from_then() {
    let cap = "[[caps]]\nmost = 1\nwithin = \"2 hours\"\n[triggers.nudge]\non = 'viewed'\ndo = [{ send = \"offer\" }]\n";
    let second = |what: &dyn Fn(&mut Shop, &str) -> bool, at: &str| {
        let mut shop = Shop::with(cap);
        shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
        let key = shop.effects()[0].1.key.to_string();
        assert!(what(&mut shop, &key));
        assert!(!shop.engine.fail("bruno", &key, &mut shop.out));
        assert!(!shop.engine.ack("anna", "unheard of", t(at), &mut shop.out));
        shop.does("anna", "viewed", at, "tv");
        shop.times().len() == 2
    };
    let fail = |shop: &mut Shop, key: &str| shop.engine.fail("anna", key, &mut shop.out);
    let ack = |shop: &mut Shop, key: &str| {
        let at = t("2026-03-01T11:00:00Z");
        shop.engine.ack("anna", key, at, &mut shop.out)
    };
    assert!(second(&fail, "2026-03-01T10:30:00Z"));
    assert!(!second(&ack, "2026-03-01T12:30:00Z"));
    assert!(!second(&ack, "2026-03-01T12:59:59.999999Z"));
    assert!(second(&ack, "2026-03-01T13:00:00Z"));
}

#[test]
fn a_message_at_request_is_gated_and_counted_like_any_other() {
    let mut shop = email(
        "consent = \"consent.email\"",
        "[[caps]]\nmost = 1\nper = \"day\"\n[triggers.nudge]\non = 'viewed'\ndo = [{ send = \"offer\" }]\n",
    );
    let ask = |shop: &mut Shop, message: &str, request: &str, at: &str| {
        shop.engine
            .send(
                "anna",
                message,
                &[("percent", segue::value::Scalar::Whole(5))],
                request,
                t(at),
                &mut shop.out,
            )
            .is_ok()
    };
    assert!(ask(&mut shop, "offer", "a", "2026-03-01T08:00:00Z"));
    shop.set("anna", "2026-03-01T09:00:00Z", "consent.email", true);
    assert!(!ask(&mut shop, "poster", "a", "2026-03-01T10:00:00Z"));
    assert!(ask(&mut shop, "offer", "a", "2026-03-01T10:00:00Z"));
    assert!(ask(&mut shop, "receipt", "b", "2026-03-01T10:00:00Z"));
    assert!(ask(&mut shop, "receipt", "b", "2026-03-01T10:00:00Z"));
    shop.does("anna", "viewed", "2026-03-01T11:00:00Z", "tv");
    assert_eq!(
        messages(&shop),
        [("offer".to_owned(), None), ("receipt".to_owned(), None)]
    );
    assert!(matches!(
        reasons(&shop)[..],
        [
            SuppressionReason::NoConsent { .. },
            SuppressionReason::Repeated,
            SuppressionReason::FrequencyCap { .. }
        ]
    ));
    let (_, effect) = shop.effects()[0];
    assert_eq!(
        (effect.trigger.as_deref(), effect.entered),
        (None, t("2026-03-01T10:00:00Z"))
    );
}

#[test]
fn whom_a_request_makes_known_is_there_for_schedules_too() {
    let mut shop = Shop::with(
        "[segments]\nnew = 'not purchased'\n[triggers.morning]\non = 'every day at 09:00 in segment new'\ndo = [{ call = \"crm.note\" }]\n",
    );
    shop.engine
        .send(
            "anna",
            "offer",
            &[],
            "a",
            t("2026-03-01T10:00:00Z"),
            &mut shop.out,
        )
        .unwrap();
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-03-02T08:00:00Z")));
}

#[test]
fn forgetting_what_no_rule_sees_changes_no_later_answer() {
    let rules = r#"
[[caps]]
most = 2
within = "3 days"
[segments]
keen = 'viewed at least 3 times within 7 days'
[triggers.reminder]
on = 'added_to_cart as c then no purchased(category = c.category) within 2 days'
again = "after 10 days"
held = "wait"
do = [{ send = "offer" }]
[triggers.keen]
on = 'enter segment keen'
cooldown = "20 days"
do = [{ send = "offer" }, { add = "points", by = 1 }]
"#;
    let run = |forgets: bool| {
        let mut shop = Shop::with(rules);
        let mut dropped = 0;
        for day in 1..=30 {
            let kind = ["viewed", "viewed", "added_to_cart", "viewed", "purchased"][day % 5];
            let category = ["tv", "shoes"][day % 2];
            shop.does(
                "anna",
                kind,
                &format!("2026-03-{day:02}T10:00:00Z"),
                category,
            );
            if forgets {
                dropped += shop.engine.forget();
            }
        }
        shop.until("2026-05-01T00:00:00Z");
        let points = shop
            .engine
            .profile("anna")
            .map(|anna| anna.get(shop.rulebook.schema(), "points", t("2026-05-01T00:00:00Z")));
        assert!(matches!(points, Some(Value::Int(1..))));
        (shop.out, dropped)
    };
    let ((kept, none), (forgot, some)) = (run(false), run(true));
    assert_eq!(kept, forgot);
    assert!(none == 0 && some > 15, "{some}");
}

// ---- what waits, and what is asked for twice ----

#[test]
fn of_two_messages_that_wait_for_the_morning_the_cooldown_lets_one_go() {
    let rules = NUDGE.replace("held", "cooldown = \"7 days\"\nheld");
    let mut shop = email("quiet = [\"21:00-08:00\"]", &rules);
    shop.does("anna", "viewed", "2026-03-02T22:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-03-02T23:00:00Z", "tv");
    shop.until("2026-03-05T00:00:00Z");
    same(&shop.times(), &[("2026-03-03T07:00:00Z", "nudge")]);
    // The other waits for the end of the seven days, and goes in the first hour after it.
    assert_eq!(
        reasons(&shop).last(),
        Some(&SuppressionReason::Cooldown {
            next: t("2026-03-10T07:00:00Z")
        })
    );
    shop.until("2026-04-01T00:00:00Z");
    same(&shop.times()[1..], &[("2026-03-10T07:00:00Z", "nudge")]);
}

#[test]
fn two_messages_of_one_entry_do_not_cool_each_other_down() {
    let rules = NUDGE
        .replace("held", "cooldown = \"7 days\"\nheld")
        .replace(
            "[{ send = \"offer\" }]",
            "[{ send = \"offer\" }, { send = \"receipt\" }, { send = \"offer\" }]",
        );
    let mut shop = email("quiet = [\"21:00-08:00\"]", &rules);
    shop.does("anna", "viewed", "2026-03-02T22:00:00Z", "tv");
    shop.until("2026-03-05T00:00:00Z");
    let morning = "2026-03-03T07:00:00Z";
    same(
        &shop.times(),
        &[
            ("2026-03-02T22:00:00Z", "nudge"),
            (morning, "nudge"),
            (morning, "nudge"),
        ],
    );
}

#[test]
fn a_request_that_is_repeated_later_is_the_same_request() {
    let mut shop = Shop::with("");
    let asked = |shop: &mut Shop, request: &str| {
        let at = t("2026-03-01T10:00:00Z");
        shop.engine
            .send("anna", "offer", &[], request, at, &mut shop.out)
            .unwrap();
    };
    asked(&mut shop, "r1");
    // Nothing but time, and no cap that would remember.
    shop.until("2026-03-01T10:20:00Z");
    asked(&mut shop, "r2");
    asked(&mut shop, "r1");
    assert_eq!(shop.effects().len(), 2);
    assert_eq!(reasons(&shop), [SuppressionReason::Repeated]);
}

/// At night nothing goes by mail, and no text without consent: the mail waits for the morning. By day the text would have gone at once.
#[test]
fn a_message_that_nothing_can_replace_now_waits() {
    let rules = "[messages.coupon]\nchannel = \"email\"\ninstead = \"text\"\n[messages.text]\nchannel = \"sms\"\n[triggers.nudge]\non = 'viewed'\nheld = \"replace_or_wait\"\ndo = [{ send = \"coupon\" }]\n";
    let mut shop = Shop::with(rules);
    let consent = super::SHOP.replace(
        "[channels.sms]",
        "[channels.sms]\nconsent = \"consent.email\"",
    );
    let quiet = consent.replace(
        "[channels.email]",
        "[channels.email]\nquiet = [\"21:00-08:00\"]",
    );
    shop.rulebook = Rulebook::from_toml(&format!("{quiet}{rules}")).unwrap();
    let model = Model::<Record>::for_schema(shop.rulebook.schema());
    shop.engine = Engine::new(&shop.rulebook, &model).unwrap();
    shop.does("anna", "viewed", "2026-03-01T22:00:00Z", "tv");
    shop.set("bruno", "2026-03-01T22:10:00Z", "consent.email", true);
    shop.does("bruno", "viewed", "2026-03-01T22:30:00Z", "tv");
    shop.until("2026-03-02T12:00:00Z");
    assert_eq!(
        messages(&shop),
        [
            ("text".to_owned(), Some("coupon".to_owned())),
            ("coupon".to_owned(), None)
        ]
    );
    let held: Vec<(String, Option<String>)> = shop
        .held()
        .into_iter()
        .map(|(_, held)| {
            let until = held.waits_until.map(|until| until.to_string());
            (held.message.unwrap_or_default().to_string(), until)
        })
        .collect();
    let morning = Some("2026-03-02T07:00:00Z".to_owned());
    let of = |name: &str, until: Option<String>| (name.to_owned(), until);
    assert_eq!(
        held,
        [of("coupon", morning), of("text", None), of("coupon", None)]
    );
}

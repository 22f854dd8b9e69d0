//! Triggers through the engine, as stories: each of what marketing systems are known to get wrong about re-entry, caps,
//! quiet hours, waiting and inaction.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::engine::{
    Effect, EffectAction, Engine, EngineOutput, OutputKind, Receipt, Suppressed, SuppressionReason,
};
use segue::profile::{Model, Record, RecordEvent, Value};
use segue::{Instant, Rulebook};

mod campaigns;
mod changes;
mod channels;
mod contents;
mod dates;
mod instants;
mod ledgers;
mod occasions;
mod offers;
mod restarts;
mod sending;
mod sent;
mod waits;

/// What a shop in Rome knows of its customers.
const SHOP: &str = r#"
timezone = "Europe/Rome"
profile_timezone = "timezone"

[schema.attributes]
birthday = { type = "date", yearly = true }
renewal = "date"
timezone = "string"
points = "int"
status = "string"
"consent.processing" = "bool"
"consent.email" = "bool"

[schema.events.viewed]
subject = "category"
properties = { category = "string" }
[schema.events.added_to_cart]
subject = "category"
properties = { category = "string" }
[schema.events.purchased]
subject = "category"
properties = { category = "string", amount = "decimal(2)" }

[channels.email]
[channels.sms]
[messages.offer]
channel = "email"
[messages.receipt]
channel = "email"
class = "transactional"
"#;

struct Shop {
    rulebook: Rulebook,
    engine: Engine<Record>,
    out: Vec<EngineOutput>,
}

fn t(text: &str) -> Instant {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

impl Shop {
    fn with(rules: &str) -> Self {
        let rulebook =
            Rulebook::from_toml(&format!("{SHOP}{rules}")).unwrap_or_else(|e| panic!("{e}"));
        let model = Model::<Record>::for_schema(rulebook.schema());
        let engine = Engine::new(&rulebook, &model).unwrap();
        Shop {
            rulebook,
            engine,
            out: Vec::new(),
        }
    }

    fn event(&self, kind: &str, at: &str, category: &str) -> RecordEvent {
        RecordEvent::new(
            self.rulebook.schema(),
            kind,
            at,
            [("category", category.into())],
        )
        .unwrap()
    }

    fn does(&mut self, who: &str, kind: &str, at: &str, category: &str) {
        let event = self.event(kind, at, category);
        let receipt = self.engine.observe(who, event, &mut self.out);
        assert!(
            matches!(receipt, Receipt::Accepted | Receipt::Late),
            "{receipt:?}"
        );
    }

    fn set(&mut self, who: &str, at: &str, attribute: &str, value: impl Into<Value>) {
        let values = [(attribute, value.into())];
        let receipt = self.engine.set(who, &values, t(at), &mut self.out);
        assert_eq!(receipt, Ok(Receipt::Accepted));
    }

    fn until(&mut self, at: &str) {
        self.engine.advance(t(at), &mut self.out);
    }

    fn effects(&self) -> Vec<(Instant, &Effect)> {
        let effect = |h: &'_ EngineOutput| h.at;
        self.out
            .iter()
            .filter_map(|h| {
                if let OutputKind::Effect(e) = &h.kind {
                    Some((effect(h), &**e))
                } else {
                    None
                }
            })
            .collect()
    }

    /// When effects were, and of which trigger.
    fn times(&self) -> Vec<(String, String)> {
        let trigger = |e: &Effect| e.trigger.as_deref().unwrap_or("").to_owned();
        self.effects()
            .iter()
            .map(|(at, e)| (at.to_string(), trigger(e)))
            .collect()
    }

    fn held(&self) -> Vec<(String, Suppressed)> {
        let held = |h: &EngineOutput| {
            if let OutputKind::Suppressed(x) = &h.kind {
                Some((h.at.to_string(), (**x).clone()))
            } else {
                None
            }
        };
        self.out.iter().filter_map(held).collect()
    }
}

#[track_caller]
fn same(got: &[(String, String)], wanted: &[(&str, &str)]) {
    let got: Vec<(&str, &str)> = got.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(got, wanted);
}

// ---- inaction ----

#[test]
fn an_abandoned_cart_is_noticed_one_hour_later_and_not_by_a_nightly_job() {
    let mut shop = Shop::with(
        r#"
[triggers.reminder]
on = 'added_to_cart as c then no purchased(category = c.category) within 1 hour'
do = [{ send = "offer", with = { percent = 5 } }]
"#,
    );
    shop.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    shop.does("bruno", "added_to_cart", "2026-03-02T10:10:00Z", "tv");
    assert_eq!(
        shop.engine.next_wakeup(),
        Some(t("2026-03-02T11:00:00.000001Z"))
    );
    // At the hour exactly the purchase still counts, and another category does not.
    shop.does("bruno", "purchased", "2026-03-02T10:20:00Z", "shoes");
    shop.does("carla", "added_to_cart", "2026-03-02T10:30:00Z", "tv");
    shop.does("carla", "purchased", "2026-03-02T11:30:00Z", "tv");
    shop.until("2026-03-03T00:00:00Z");
    same(
        &shop.times(),
        &[
            ("2026-03-02T11:00:00.000001Z", "reminder"),
            ("2026-03-02T11:10:00.000001Z", "reminder"),
        ],
    );
    // A second abandonment is one more.
    shop.does("anna", "added_to_cart", "2026-03-09T10:00:00Z", "tv");
    shop.until("2026-03-10T00:00:00Z");
    assert_eq!(shop.times().len(), 3);
    assert_eq!(shop.engine.next_wakeup(), None);
}

#[test]
fn a_purchase_that_arrives_late_but_in_time_for_the_deadline_stops_the_reminder() {
    let mut shop = Shop::with(
        r#"
[triggers.reminder]
on = 'added_to_cart then no purchased within 1 hour'
do = [{ send = "offer" }]
"#,
    );
    shop.engine = shop
        .engine
        .with_lateness(segue::Duration::from_micros(3_600_000_000));
    shop.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    shop.does("bruno", "viewed", "2026-03-02T10:50:00Z", "tv");
    shop.does("anna", "purchased", "2026-03-02T10:40:00Z", "tv");
    shop.until("2026-03-03T00:00:00Z");
    same(&shop.times(), &[]);
}

// ---- re-entry ----

#[test]
fn re_entry_is_once_always_or_after_a_while_and_per_key_where_asked() {
    let mut shop = Shop::with(
        r#"
[triggers.first]
on = 'purchased'
again = "once"
do = [{ call = "welcome" }]
[triggers.monthly]
on = 'purchased'
again = "after 30 days"
do = [{ call = "survey" }]
[triggers.each]
on = 'purchased'
do = [{ call = "thanks" }]
[triggers.category]
on = 'purchased'
per = "category"
again = "once"
do = [{ call = "care_tips" }]
"#,
    );
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "purchased", "2026-03-31T09:59:59Z", "tv");
    shop.does("anna", "purchased", "2026-03-31T10:00:00Z", "shoes");
    same(
        &shop.times(),
        &[
            ("2026-03-01T10:00:00Z", "first"),
            ("2026-03-01T10:00:00Z", "monthly"),
            ("2026-03-01T10:00:00Z", "each"),
            ("2026-03-01T10:00:00Z", "category"),
            ("2026-03-31T09:59:59Z", "each"),
            ("2026-03-31T10:00:00Z", "monthly"),
            ("2026-03-31T10:00:00Z", "each"),
            ("2026-03-31T10:00:00Z", "category"),
        ],
    );
    let why: Vec<SuppressionReason> = shop.held().into_iter().map(|(_, h)| h.reason).collect();
    assert!(why.contains(&SuppressionReason::Reentry { next: None }));
    assert!(why.contains(&SuppressionReason::Reentry {
        next: Some(t("2026-03-31T10:00:00Z"))
    }));
}

#[test]
fn keys_are_the_same_in_every_replay_and_differ_between_entries() {
    let rules =
        "[triggers.each]\non = 'purchased'\ndo = [{ send = \"offer\" }, { call = \"crm.task\" }]\n";
    let run = || {
        let mut shop = Shop::with(rules);
        shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
        shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "shoes");
        shop.does("bruno", "purchased", "2026-03-01T10:00:00Z", "tv");
        shop.effects()
            .iter()
            .map(|(_, e)| e.key.to_string())
            .collect::<Vec<_>>()
    };
    let keys = run();
    assert_eq!(keys, run());
    let mut distinct = keys.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((keys.len(), distinct.len()), (6, 6));
}

#[test]
fn a_cooldown_counts_from_the_last_effect() {
    let mut shop = Shop::with(
        "[triggers.nudge]\non = 'viewed'\ncooldown = \"7 days\"\ndo = [{ send = \"offer\" }]\n",
    );
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-03-08T09:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-03-08T10:00:00Z", "tv");
    same(
        &shop.times(),
        &[
            ("2026-03-01T10:00:00Z", "nudge"),
            ("2026-03-08T10:00:00Z", "nudge"),
        ],
    );
    assert_eq!(
        shop.held()[0].1.reason,
        SuppressionReason::Cooldown {
            next: t("2026-03-08T10:00:00Z")
        }
    );
}

// ---- caps and hours ----

#[test]
fn a_rolling_cap_sees_eleven_at_night_and_one_in_the_morning_together_where_a_calendar_cap_does_not()
 {
    let night = |cap: &str| {
        let mut shop = Shop::with(&format!(
            "[[caps]]\nmost = 1\n{cap}\n[triggers.nudge]\non = 'viewed'\ndo = [{{ send = \"offer\" }}]\n"
        ));
        // 23:00 and 01:00 in Rome.
        shop.does("anna", "viewed", "2026-03-01T22:00:00Z", "tv");
        shop.does("anna", "viewed", "2026-03-02T00:00:00Z", "tv");
        (
            shop.times().len(),
            shop.held().into_iter().map(|(_, h)| h.reason).next(),
        )
    };
    assert_eq!(night("per = \"day\""), (2, None));
    let next = t("2026-03-02T22:00:00Z");
    assert_eq!(
        night("within = \"24 hours\""),
        (
            1,
            Some(SuppressionReason::FrequencyCap {
                cap: 1,
                most: 1,
                next
            })
        )
    );
}

/// The end of a cap's length is free, as those of `again` and `cooldown` are.
#[test]
fn a_weekly_letter_goes_out_every_week_under_a_cap_of_one_in_seven_days() {
    let mut shop = Shop::with(
        r#"
[segments]
all = 'true'
[[caps]]
most = 1
within = "7 days"
[triggers.weekly]
on = 'every monday at 09:00 in segment all'
do = [{ send = "offer" }]
"#,
    );
    shop.does("anna", "viewed", "2026-06-01T05:00:00Z", "tv");
    shop.until("2026-06-20T00:00:00Z");
    let mondays = ["01", "08", "15"].map(|day| format!("2026-06-{day}T07:00:00Z"));
    let mondays: Vec<_> = mondays.iter().map(|at| (at.as_str(), "weekly")).collect();
    same(&shop.times(), &mondays);
}

#[test]
fn a_message_waits_for_the_end_of_an_overnight_quiet_stretch_in_the_profile_s_own_zone() {
    let mut shop = Shop::with(
        r#"
[triggers.nudge]
on = 'viewed'
held = "wait"
do = [{ send = "offer" }, { call = "crm.note" }]
"#,
    );
    shop.rulebook = Rulebook::from_toml(
        &format!("{SHOP}[triggers.nudge]\non = 'viewed'\nheld = \"wait\"\ndo = [{{ send = \"offer\" }}, {{ call = \"crm.note\" }}]\n")
            .replace("[channels.email]", "[channels.email]\nquiet = [\"22:00-06:00\"]"),
    )
    .unwrap();
    let model = Model::<Record>::for_schema(shop.rulebook.schema());
    shop.engine = Engine::new(&shop.rulebook, &model).unwrap();
    shop.set(
        "bruno",
        "2026-03-01T00:00:00Z",
        "timezone",
        "America/New_York",
    );
    // 05:30 in Rome; half past midnight in New York the evening before.
    shop.does("anna", "viewed", "2026-03-02T04:30:00Z", "tv");
    shop.does("bruno", "viewed", "2026-03-02T04:30:00Z", "tv");
    let waits: Vec<Option<Instant>> = shop
        .held()
        .into_iter()
        .map(|(_, h)| h.waits_until)
        .collect();
    assert_eq!(
        waits,
        [
            Some(t("2026-03-02T05:00:00Z")),
            Some(t("2026-03-02T11:00:00Z"))
        ]
    );
    shop.until("2026-03-03T00:00:00Z");
    let sends: Vec<String> = (shop.effects().iter())
        .filter(|(_, e)| matches!(e.action, EffectAction::Send { .. }))
        .map(|(at, _)| at.to_string())
        .collect();
    assert_eq!(sends, ["2026-03-02T05:00:00Z", "2026-03-02T11:00:00Z"]);
}

#[test]
fn what_waits_is_judged_again_before_it_goes() {
    let mut shop = Shop::with(
        r#"
[[caps]]
most = 1
within = "2 days"
[triggers.nudge]
on = 'viewed'
when = 'not purchased within 30 days'
held = "wait"
wait_at_most = "5 days"
do = [{ send = "offer" }]
"#,
    );
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-03-01T11:00:00Z", "shoes");
    shop.does("anna", "purchased", "2026-03-02T10:00:00Z", "tv");
    shop.until("2026-03-10T00:00:00Z");
    same(&shop.times(), &[("2026-03-01T10:00:00Z", "nudge")]);
    let reasons: Vec<SuppressionReason> = shop.held().into_iter().map(|(_, h)| h.reason).collect();
    assert_eq!(
        reasons,
        [
            SuppressionReason::FrequencyCap {
                cap: 1,
                most: 1,
                next: t("2026-03-03T10:00:00Z")
            },
            SuppressionReason::Guard
        ]
    );
}

#[test]
fn a_transactional_message_is_not_counted_nor_held() {
    let mut shop = Shop::with(
        r#"
[[caps]]
most = 1
per = "day"
[triggers.thanks]
on = 'purchased'
do = [{ send = "receipt" }, { send = "offer" }]
"#,
    );
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "purchased", "2026-03-01T11:00:00Z", "tv");
    let sent: Vec<&str> = (shop.effects().iter())
        .map(|(_, e)| {
            if let EffectAction::Send { message, .. } = &e.action {
                &**message
            } else {
                ""
            }
        })
        .collect();
    assert_eq!(sent, ["receipt", "offer", "receipt"]);
}

// ---- dates and schedules ----

#[test]
fn birthdays_come_at_nine_in_the_morning_every_year_and_on_the_28th_where_there_is_no_29th() {
    let mut shop =
        Shop::with("[triggers.birthday]\non = 'birthday at 09:00'\ndo = [{ send = \"offer\" }]\n");
    shop.set("anna", "2026-01-10T00:00:00Z", "birthday", "1980-02-29");
    shop.until("2028-03-01T00:00:00Z");
    same(
        &shop.times(),
        &[
            ("2026-02-28T08:00:00Z", "birthday"),
            ("2027-02-28T08:00:00Z", "birthday"),
            ("2028-02-29T08:00:00Z", "birthday"),
        ],
    );
}

#[test]
fn a_renewal_that_is_put_off_is_reminded_of_once_and_then() {
    let mut shop = Shop::with(
        "[triggers.renew]\non = '14 days before renewal at 09:00'\ndo = [{ send = \"offer\" }]\n",
    );
    shop.set("anna", "2026-01-10T00:00:00Z", "renewal", "2026-04-15");
    shop.set("anna", "2026-03-01T00:00:00Z", "renewal", "2026-05-15");
    shop.until("2026-12-31T00:00:00Z");
    same(&shop.times(), &[("2026-05-01T07:00:00Z", "renew")]);
}

#[test]
fn a_schedule_falls_for_the_members_of_a_segment_and_for_nobody_else() {
    let mut shop = Shop::with(
        r#"
[segments]
buyers = "purchased within 10 days"
[triggers.digest]
on = 'every monday at 09:00 in segment buyers'
do = [{ send = "offer" }]
"#,
    );
    // A Tuesday.
    shop.does("anna", "purchased", "2026-03-03T10:00:00Z", "tv");
    shop.does("bruno", "viewed", "2026-03-03T10:00:00Z", "tv");
    shop.until("2026-04-01T00:00:00Z");
    same(&shop.times(), &[("2026-03-09T08:00:00Z", "digest")]);
    assert_eq!(shop.engine.next_wakeup(), None);
}

// ---- stages, tags, points ----

#[test]
fn a_trigger_on_a_transition_acts_on_that_move_alone_and_its_tag_is_seen_at_once() {
    let mut shop = Shop::with(
        r#"
[segments]
to_win_back = 'tagged "winback"'
[lifecycles.recency]
from = "any"
stages = [
    { name = "active", when = "purchased within 30 days" },
    { name = "sleeping", when = "purchased within 90 days" },
    { name = "lost", when = "purchased" },
]
[triggers.winback]
on = 'stage sleeping -> lost'
do = [{ tag = "winback/2026" }, { add = "points", by = 50 }, { set = "status", to = "lost" }]
[triggers.greet]
on = 'enter segment to_win_back'
do = [{ send = "offer" }]
[triggers.back]
on = 'enter stage active'
when = 'tagged "winback"'
do = [{ untag = "winback/2026" }]
"#,
    );
    shop.does("anna", "purchased", "2026-01-01T10:00:00Z", "tv");
    shop.until("2026-05-01T00:00:00Z");
    let lost = "2026-04-01T10:00:00.000001Z";
    same(
        &shop.times(),
        &[
            (lost, "winback"),
            (lost, "winback"),
            (lost, "winback"),
            (lost, "greet"),
        ],
    );
    let schema = shop.rulebook.schema();
    let anna = shop.engine.profile("anna").unwrap();
    assert_eq!(anna.get(schema, "points", t(lost)), Value::Int(50));
    assert_eq!(
        anna.get(schema, "status", t(lost)),
        Value::Text("lost".to_owned())
    );
    assert_eq!(shop.engine.holds("anna", "to_win_back"), Some(true));
    shop.does("anna", "purchased", "2026-05-02T10:00:00Z", "tv");
    assert_eq!(shop.engine.holds("anna", "to_win_back"), Some(false));
    assert_eq!(shop.engine.stage("anna", "recency", None), Some("active"));
}

#[test]
fn two_triggers_that_undo_each_other_s_work_come_to_an_end() {
    let mut shop = Shop::with(
        r#"
[segments]
untagged = 'purchased and not tagged "seen"'
tagged = 'tagged "seen"'
[triggers.mark]
on = 'enter segment untagged'
do = [{ tag = "seen" }]
[triggers.unmark]
on = 'enter segment tagged'
do = [{ untag = "seen" }]
"#,
    );
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    assert!(
        shop.held()
            .iter()
            .any(|(_, h)| h.reason == SuppressionReason::Repeated)
    );
}

// ---- groups and consents ----

#[test]
fn consents_are_two_and_control_groups_are_stable() {
    let rules = r#"
[consent]
processing = "consent.processing"
[holdout]
share = "20%"
salt = "2026"
[triggers.offer]
on = 'purchased'
split = { short = 50, long = 50 }
do = [{ send = "offer", variant = "short" }, { send = "offer", variant = "long" }]
"#;
    let source = format!("{SHOP}{rules}").replace(
        "[channels.email]",
        "[channels.email]\nconsent = \"consent.email\"",
    );
    let rulebook = Rulebook::from_toml(&source).unwrap_or_else(|e| panic!("{e}"));
    let engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema())).unwrap();
    let mut shop = Shop {
        rulebook,
        engine,
        out: Vec::new(),
    };
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.set("anna", "2026-03-01T11:00:00Z", "consent.processing", true);
    shop.does("anna", "purchased", "2026-03-01T12:00:00Z", "tv");
    let reasons: Vec<SuppressionReason> = shop.held().into_iter().map(|(_, h)| h.reason).collect();
    assert_eq!(
        reasons,
        [
            SuppressionReason::NoProcessingConsent,
            SuppressionReason::NoConsent {
                channel: "email".into()
            }
        ]
    );
    shop.out.clear();
    for i in 0..1_000 {
        let who = format!("c-{i}");
        shop.set(&who, "2026-03-02T10:00:00Z", "consent.processing", true);
        shop.set(&who, "2026-03-02T10:00:00Z", "consent.email", true);
        shop.does(&who, "purchased", "2026-03-02T10:00:00Z", "tv");
    }
    let held = shop.held().len();
    let of = |name: &str| {
        shop.effects()
            .iter()
            .filter(|(_, e)| e.variant.as_deref() == Some(name))
            .count()
    };
    assert_eq!(held + of("short") + of("long"), 1_000);
    assert!(
        (150..250).contains(&held) && (350..450).contains(&of("short")),
        "{held} {}",
        of("short")
    );
}

#[test]
fn every_instant_can_be_kept_and_gone_on_from() {
    let rules = r#"
[[caps]]
most = 1
within = "2 days"
[triggers.nudge]
on = 'added_to_cart then no purchased within 1 hour'
held = "wait"
do = [{ send = "offer" }]
"#;
    let mut shop = Shop::with(rules);
    let mut other = Shop::with(rules);
    for (i, day) in ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-09"]
        .iter()
        .enumerate()
    {
        for shop in [&mut shop, &mut other] {
            shop.does("anna", "added_to_cart", &format!("{day}T10:00:00Z"), "tv");
            if i % 2 == 0 {
                shop.until(&format!("{day}T18:00:00Z"));
            }
        }
        let kept = serde_json::to_string(other.engine.state()).unwrap();
        let model = Model::<Record>::for_schema(other.rulebook.schema());
        (other.engine, _) = Engine::restore(
            &other.rulebook,
            &model,
            serde_json::from_str(&kept).unwrap(),
            &mut Vec::new(),
        )
        .unwrap();
        assert_eq!(other.engine.state(), shop.engine.state());
        assert_eq!(other.engine.next_wakeup(), shop.engine.next_wakeup());
    }
    shop.until("2026-04-01T00:00:00Z");
    other.until("2026-04-01T00:00:00Z");
    assert_eq!(shop.out, other.out);
    assert_eq!(shop.times().len(), 4);
}

#[test]
fn a_profile_taken_at_the_beginning_of_time_is_in_the_stage_that_has_held_since_ever() {
    let mut shop = Shop::with(
        r#"
[lifecycles.life]
stages = [{ name = "prospect", when = "not purchased" }, { name = "customer", when = "purchased" }]
"#,
    );
    let anna = Record::builder(shop.rulebook.schema(), "anna")
        .build()
        .unwrap();
    shop.engine.insert(anna);
    assert_eq!(shop.engine.stage("anna", "life", None), Some("prospect"));
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    let OutputKind::StageChanged(moved) = &shop.out[0].kind else {
        panic!("{:?}", shop.out)
    };
    assert_eq!(
        (moved.from.as_deref(), moved.to.as_deref()),
        (Some("prospect"), Some("customer"))
    );
}

#[test]
fn under_other_rules_a_silence_lasts_as_long_as_they_say_and_a_date_that_is_asked_no_more_does_not_come()
 {
    let rules = |hours: u8, letter: &str| {
        format!(
            r#"
[triggers.cart]
on = "added_to_cart then no purchased within {hours} hours"
do = [{{ call = "remind" }}]
[triggers.letter]
on = "{letter}"
do = [{{ call = "letter" }}]
"#
        )
    };
    let after = |shop: &Shop, hours: u8, letter: &str| {
        let mut other = Shop::with(&rules(hours, letter));
        let kept = serde_json::to_string(shop.engine.state()).unwrap();
        let model = Model::<Record>::for_schema(other.rulebook.schema());
        (other.engine, _) = Engine::restore(
            &other.rulebook,
            &model,
            serde_json::from_str(&kept).unwrap(),
            &mut Vec::new(),
        )
        .unwrap();
        other
    };
    let mut shop = Shop::with(&rules(2, "birthday at 09:00"));
    shop.set("anna", "2026-03-01T00:00:00Z", "birthday", "1980-03-02");
    shop.does("anna", "added_to_cart", "2026-03-01T10:00:00Z", "tv");

    let mut longer = after(&shop, 3, "purchased");
    assert_eq!(
        longer.engine.next_wakeup(),
        Some(t("2026-03-01T13:00:00.000001Z"))
    );
    longer.does("anna", "purchased", "2026-03-01T12:30:00Z", "tv");
    longer.until("2026-04-01T00:00:00Z");
    same(&longer.times(), &[("2026-03-01T12:30:00Z", "letter")]);

    shop.until("2026-03-01T11:30:00Z");
    let mut shorter = after(&shop, 1, "purchased");
    shorter.until("2026-04-01T00:00:00Z");
    same(&shorter.times(), &[("2026-03-01T11:30:00Z", "cart")]);
    assert_eq!(
        shorter.effects()[0].1.entered,
        t("2026-03-01T11:00:00.000001Z")
    );
}

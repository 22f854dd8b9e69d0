#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use super::*;

fn week() -> (Service, Vec<EngineOutput>, Vec<Receipt>) {
    let (mut service, mut out) = (Service::start().unwrap(), Vec::new());
    let receipts = service.run(at("03-15 23:59").unwrap(), &mut out);
    (service, out, receipts)
}

/// What was sent to somebody, when, and by which trigger.
fn sent_to<'h>(out: &'h [EngineOutput], who: &str) -> Vec<(Instant, &'h str, &'h str)> {
    let sent = out
        .iter()
        .filter(|h| *h.profile == *who)
        .filter_map(|h| match &h.kind {
            OutputKind::Effect(effect) => match &effect.action {
                EffectAction::Send { message, .. } => {
                    Some((h.at, effect.trigger.as_deref().unwrap_or(""), &**message))
                }
                _ => None,
            },
            _ => None,
        });
    sent.collect()
}

fn held_of<'h>(
    out: &'h [EngineOutput],
    who: &str,
) -> Vec<(Instant, &'h str, &'h SuppressionReason, Option<Instant>)> {
    let held = out
        .iter()
        .filter(|h| *h.profile == *who)
        .filter_map(|h| match &h.kind {
            OutputKind::Suppressed(held) => Some((
                h.at,
                held.message.as_deref().or(held.trigger.as_deref()).unwrap(),
                &held.reason,
                held.waits_until,
            )),
            _ => None,
        });
    held.collect()
}

fn on(text: &str) -> Instant {
    at(text).unwrap()
}

/// The first instant after a deadline.
fn past(text: &str) -> Instant {
    Instant::from_micros(on(text).micros() + 1)
}

#[test]
fn an_order_that_is_not_paid_within_30_minutes_is_reminded_of_on_the_minute() {
    let (_, out, _) = week();
    let receipt = (on("03-09 20:41"), "paid", "payment_receipt");
    assert_eq!(
        sent_to(&out, "lin-yue"),
        [
            (past("03-09 20:35"), "unpaid_order", "payment_reminder"),
            receipt
        ]
    );
    assert_eq!(held_of(&out, "lin-yue"), []);
}

#[test]
fn at_night_the_reminder_waits_and_whoever_pays_meanwhile_gets_none() {
    let (_, out, _) = week();
    let morning = on("03-10 08:00");
    let quiet = SuppressionReason::QuietHours {
        channel: "wechat".into(),
        next: Some(morning),
    };
    assert_eq!(
        held_of(&out, "chen-wei"),
        [
            (
                past("03-09 22:20"),
                "payment_reminder",
                &quiet,
                Some(morning)
            ),
            (morning, "payment_reminder", &SuppressionReason::Guard, None),
        ]
    );
    // A receipt is what the customer asked for: the night does not keep it back.
    assert_eq!(
        sent_to(&out, "chen-wei"),
        [(on("03-10 07:30"), "paid", "payment_receipt")]
    );
    let reminded = (morning, "unpaid_order", "payment_reminder");
    assert_eq!(
        sent_to(&out, "zhao-min"),
        [reminded, (on("03-10 08:12"), "paid", "payment_receipt")]
    );
}

#[test]
fn a_payment_that_is_reported_late_still_stops_the_reminder() {
    let (_, out, receipts) = week();
    assert_eq!(receipts.iter().filter(|r| **r == Receipt::Late).count(), 1);
    assert_eq!(
        receipts.iter().filter(|r| **r == Receipt::Accepted).count(),
        week::reported().unwrap().len() - 1
    );
    assert_eq!(
        sent_to(&out, "yuan-qi"),
        [(on("03-10 14:26"), "paid", "payment_receipt")]
    );
    // Nor is she told of a coupon that she has used.
    assert_eq!(
        held_of(&out, "yuan-qi"),
        [(
            on("03-11 10:00"),
            "coupon_expires",
            &SuppressionReason::Guard,
            None
        )]
    );
}

#[test]
fn the_minutes_before_following_and_the_hour_after_it() {
    let (service, out, _) = week();
    let called: Vec<(Instant, &str)> = (out.iter())
        .filter_map(|h| match &h.kind {
            OutputKind::Effect(e) if matches!(&e.action, EffectAction::Call { name, .. } if **name == *"counter.tablet") => {
                Some((h.at, &*h.profile))
            }
            _ => None,
        })
        .collect();
    assert_eq!(called, [(past("03-10 12:10"), "tang-li")]);
    let invited = (
        past("03-10 13:18"),
        "followed_without_account",
        "bind_invitation",
    );
    assert_eq!(sent_to(&out, "tang-li"), [invited]);
    assert_eq!(sent_to(&out, "sun-hao"), []);
    for who in ["tang-li", "sun-hao"] {
        let member = service.engine.profile(who).unwrap();
        assert_eq!(
            (member.points, &*member.tags),
            (100, &["member/bound".to_owned()][..])
        );
    }
}

#[test]
fn about_to_go_inactive_is_said_once_and_on_a_way_that_is_allowed() {
    let (service, out, _) = week();
    assert_eq!(
        sent_to(&out, "gao-jie"),
        [(
            past("03-12 15:30"),
            "about_to_go_inactive",
            "spring_coupon_text"
        )]
    );
    assert_eq!(sent_to(&out, "peng-fei"), []);
    let no = |channel: &str| SuppressionReason::NoConsent {
        channel: channel.into(),
    };
    let reasons: Vec<SuppressionReason> = held_of(&out, "peng-fei")
        .into_iter()
        .map(|(.., reason, _)| reason.clone())
        .collect();
    assert_eq!(reasons, [no("wechat"), no("sms")]);
    assert_eq!(
        service.engine.stage("peng-fei", "membership", None),
        Some("going_inactive")
    );
    assert_eq!(
        sent_to(&out, "he-qing"),
        [(on("03-12 10:00"), "coupon_expires", "coupon_reminder")]
    );
}

#[test]
fn one_a_day_on_wechat_and_three_a_week_in_all() {
    let (_, out, _) = week();
    assert_eq!(
        sent_to(&out, "liu-na"),
        [
            (past("03-10 11:00"), "about_to_go_inactive", "spring_coupon"),
            (past("03-10 19:00"), "forgotten_cart", "cart_text"),
            (past("03-12 18:00"), "forgotten_cart", "cart_card"),
        ]
    );
    let midnight = on("03-11 00:00");
    let after_a_week = past("03-17 11:00");
    let week = SuppressionReason::FrequencyCap {
        cap: 2,
        most: 3,
        next: after_a_week,
    };
    assert_eq!(
        held_of(&out, "liu-na"),
        [
            (
                past("03-10 19:00"),
                "cart_card",
                &SuppressionReason::FrequencyCap {
                    cap: 1,
                    most: 1,
                    next: midnight
                },
                None
            ),
            (past("03-14 15:00"), "cart_card", &week, None),
            (past("03-14 15:00"), "cart_text", &week, None),
        ]
    );
}

#[test]
fn the_control_group_gets_receipts_and_nothing_else() {
    let (_, out, _) = week();
    assert_eq!(
        sent_to(&out, "cao-yu"),
        [(on("03-11 21:45"), "paid", "payment_receipt")]
    );
    let held = held_of(&out, "cao-yu");
    assert_eq!(
        held,
        [(
            past("03-11 21:30"),
            "payment_reminder",
            &SuppressionReason::Holdout { own: false },
            None
        )]
    );
}

#[test]
fn a_week_with_a_stop_every_night_is_the_same_week() {
    let (through, all, _) = week();
    let (mut service, mut out) = (Service::start().unwrap(), Vec::new());
    for day in 9..=15 {
        service.run(on(&format!("03-{day:02} 23:00")), &mut out);
        service.restart().unwrap();
    }
    service.run(on("03-15 23:59"), &mut out);
    assert_eq!(out, all);
    assert_eq!(service.engine.state(), through.engine.state());
}

#[test]
fn every_message_has_a_key_of_its_own() {
    let (_, out, _) = week();
    let effect = |h: &EngineOutput| {
        if let OutputKind::Effect(e) = &h.kind {
            Some(e.key.clone())
        } else {
            None
        }
    };
    let keys: Vec<_> = out.iter().filter_map(effect).collect();
    let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!((keys.len(), distinct.len()), (18, 18));
}

//! Points that events earn, in the stream: who comes to a threshold is told at the event, who loses it when the points lapse.

use super::{Shop, same, t};
use segue::engine::{Engine, OutputKind, Receipt};
use segue::profile::Model;

const BONUS: &str = r#"
[ledgers.bonus]
earn = [{ on = "purchased", points = 60, expires = "30 days" }]
take = [{ on = 'viewed("prizes")', points = 100 }]
levels = [{ name = "silver", from = 100 }]
[segments]
silver = "level of bonus >= silver"
owes = "bonus < 0"
[triggers.prize]
on = "enter segment silver"
do = [{ send = "offer" }]
"#;

/// The segments that were entered (`+`) and left (`-`), and when.
fn moves(shop: &Shop) -> Vec<(String, String)> {
    let of = |kind: &OutputKind| match kind {
        OutputKind::SegmentEntered { segment } => Some(format!("+{segment}")),
        OutputKind::SegmentLeft { segment } => Some(format!("-{segment}")),
        _ => None,
    };
    let out = shop.out.iter();
    out.filter_map(|output| Some((output.at.to_string(), of(&output.kind)?)))
        .collect()
}

#[test]
fn a_level_is_reached_at_the_event_and_lost_when_the_points_lapse() {
    let mut shop = Shop::with(BONUS);
    shop.does("anna", "purchased", "2026-03-02T10:00:00Z", "tv");
    shop.does("anna", "purchased", "2026-03-10T10:00:00Z", "tea");
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-04-01T10:00:00Z")));
    shop.until("2026-05-01T00:00:00Z");
    same(
        &moves(&shop),
        &[
            ("2026-03-10T10:00:00Z", "+silver"),
            ("2026-04-01T10:00:00Z", "-silver"),
        ],
    );
    same(&shop.times(), &[("2026-03-10T10:00:00Z", "prize")]);
}

#[test]
fn what_is_taken_beyond_the_balance_is_owed_and_paid_first() {
    let mut shop = Shop::with(BONUS);
    shop.does("anna", "purchased", "2026-03-02T10:00:00Z", "tv");
    shop.does("anna", "viewed", "2026-03-03T10:00:00Z", "prizes");
    for day in [4, 5, 6] {
        let at = format!("2026-03-0{day}T10:00:00Z");
        shop.does("anna", "purchased", &at, "tea");
    }
    // 60 - 100 = -40, then 20, 80, 140.
    same(
        &moves(&shop),
        &[
            ("2026-03-03T10:00:00Z", "+owes"),
            ("2026-03-04T10:00:00Z", "-owes"),
            ("2026-03-06T10:00:00Z", "+silver"),
        ],
    );
}

#[test]
fn a_purchase_that_comes_late_counts_from_when_it_was_and_one_that_comes_twice_once() {
    let mut shop = Shop::with(BONUS);
    shop.engine = shop
        .engine
        .with_lateness(segue::Duration::from_micros(2 * 86_400_000_000));
    let first = shop
        .event("purchased", "2026-03-10T10:00:00Z", "tea")
        .with_id("17");
    let receipts =
        [first.clone(), first].map(|event| shop.engine.observe("anna", event, &mut shop.out));
    assert_eq!(receipts, [Receipt::Accepted, Receipt::Duplicate]);
    shop.does("bruno", "viewed", "2026-03-11T10:00:00Z", "tv");
    assert_eq!(moves(&shop), []);
    shop.does("anna", "purchased", "2026-03-09T12:00:00Z", "tv");
    assert_eq!(shop.engine.holds("anna", "silver"), Some(true));
    shop.until("2026-04-08T11:59:59Z");
    assert_eq!(shop.engine.holds("anna", "silver"), Some(true));
    shop.until("2026-04-08T12:00:00Z");
    assert_eq!(shop.engine.holds("anna", "silver"), Some(false));
}

#[test]
fn a_restart_keeps_the_points() {
    let mut shop = Shop::with(BONUS);
    shop.does("anna", "purchased", "2026-03-02T10:00:00Z", "tv");
    let state = serde_json::to_string(shop.engine.state()).unwrap();
    let model = Model::for_schema(shop.rulebook.schema());
    let state = serde_json::from_str(&state).unwrap();
    let (engine, _) = Engine::restore(&shop.rulebook, &model, state, &mut Vec::new()).unwrap();
    shop.engine = engine;
    shop.does("anna", "purchased", "2026-03-10T10:00:00Z", "tea");
    same(&shop.times(), &[("2026-03-10T10:00:00Z", "prize")]);
}

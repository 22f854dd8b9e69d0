//! Stock and flow over a stream: what is counted is what an engine says, and it balances.

#![cfg(feature = "toml")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::engine::Engine;
use segue::insight::{LifecycleReport, LifecycleReportBuilder};
use segue::profile::{Model, Record, RecordEvent};
use segue::time::CalendarUnit;
use segue::{Duration, Instant, Rulebook};
use std::collections::BTreeMap;

fn shop() -> Rulebook {
    Rulebook::from_toml(
        r#"
        timezone = "Europe/Rome"
        [schema.attributes]
        plan = "string"
        [schema.events.purchased]
        subject = "category"
        properties.category = "string"

        [lifecycles.recency]
        from = "any"
        stages = [
            { name = "active", when = "purchased within 30 days" },
            { name = "sleeping", when = "purchased within 90 days" },
            { name = "lost", when = "purchased" },
            { name = "prospect", when = "not purchased" },
        ]

        [lifecycles.interest]
        per = "category"
        from = "any"
        stages = [
            { name = "fan", when = "purchased at least 2 times within 60 days" },
            { name = "buyer", when = "purchased" },
        ]
        "#,
    )
    .unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn purchase(rulebook: &Rulebook, category: &str, at: Instant) -> RecordEvent {
    RecordEvent::new(
        rulebook.schema(),
        "purchased",
        at,
        [("category", category.into())],
    )
    .unwrap()
}

/// Where the engine says that profiles stand, by lifecycle and stage.
fn standing(engine: &Engine<Record>) -> BTreeMap<(String, String), u64> {
    let mut counts = BTreeMap::new();
    for visit in engine.stage_visits() {
        *counts
            .entry((visit.lifecycle.to_owned(), visit.stage.to_owned()))
            .or_default() += 1;
    }
    counts
}

fn balances(report: &LifecycleReport) {
    let mut before: Vec<u64> = report.start.iter().map(|s| s.stock).collect();
    for period in &report.periods {
        for (before, stage) in before.iter_mut().zip(&period.stages) {
            assert_eq!(
                *before + stage.entered,
                stage.stock + stage.left,
                "{} {}",
                period.name,
                stage.stage
            );
            *before = stage.stock;
        }
    }
    let entered: u64 = report
        .periods
        .iter()
        .flat_map(|p| &p.stages)
        .map(|s| s.entered)
        .sum();
    let moved: u64 = report
        .transitions
        .iter()
        .filter(|m| m.to.is_some())
        .map(|m| m.count)
        .sum();
    assert_eq!(entered, moved);
}

/// Thirty customers buy over a year in an order that only a fixed rule knows; some purchases come up to ten days late.
#[test]
fn stock_and_flow_are_those_of_the_engine() {
    let rulebook = shop();
    let model = Model::<Record>::for_schema(rulebook.schema());
    let day = 86_400_000_000;
    let start = at("2025-12-31T23:00:00Z");
    let mut engine = Engine::new(&rulebook, &model)
        .unwrap()
        .with_lateness(Duration::from_micros(10 * day));
    let mut out = Vec::new();
    engine.advance(Instant::from_micros(start.micros() - 1), &mut out);
    for id in 0..10 {
        let mut known = Record::builder(rulebook.schema(), format!("c-{id}"))
            .build()
            .unwrap();
        if id % 3 == 0 {
            known.add_events([purchase(
                &rulebook,
                "tv",
                Instant::from_micros(start.micros() - (id + 1) * 10 * day),
            )]);
        }
        engine.insert(known);
    }
    let mut builder = LifecycleReportBuilder::new(&rulebook, start);
    builder.take_stock(&engine);
    assert_eq!(builder.stock("recency", "prospect"), Some(6));
    let mut months: Vec<BTreeMap<(String, String), u64>> = Vec::new();
    let ends = (1..=12).map(|month| {
        at(&if month < 12 {
            format!("2026-{:02}-01T00:00:00+01:00", month + 1)
        } else {
            "2027-01-01T00:00:00+01:00".to_owned()
        })
    });
    let mut seed: u64 = 7;
    let mut purchases: Vec<(i64, String, String, i64)> = (0..400)
        .map(|_| {
            let mut draw = |n: u64| {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                i64::try_from((seed >> 33) % n).unwrap()
            };
            let when = start.micros() + draw(365 * 24) * day / 24;
            let late = if draw(5) == 0 { draw(9) * day } else { 0 };
            (
                when,
                format!("c-{}", draw(30)),
                ["tv", "audio", "games"][usize::try_from(draw(3)).unwrap()].to_owned(),
                late,
            )
        })
        .collect();
    purchases.sort_by_key(|(when, _, _, late)| when + late);
    let mut purchases = purchases.into_iter().peekable();
    for end in ends {
        let last = end.micros() - 1;
        while let Some((when, customer, category, _)) =
            purchases.next_if(|(when, _, _, late)| when + late <= last)
        {
            let bought = purchase(&rulebook, &category, Instant::from_micros(when));
            let _ = engine.observe(customer.as_str(), bought, &mut out);
        }
        engine.advance(Instant::from_micros(last), &mut out);
        out.drain(..).for_each(|output| builder.record(&output));
        builder.take_stock(&engine);
        let now = standing(&engine);
        for (lifecycle, stage) in now.keys() {
            assert_eq!(
                builder.stock(lifecycle, stage),
                now.get(&(lifecycle.clone(), stage.clone())).copied(),
                "{stage} at {end}"
            );
        }
        months.push(now);
    }
    let reports = builder.build(engine.now());
    assert_eq!(
        reports.iter().map(|l| &*l.lifecycle).collect::<Vec<_>>(),
        ["interest", "recency"]
    );
    for report in &reports {
        balances(report);
        let last = report.periods.last().unwrap();
        for stage in &last.stages {
            let key = (report.lifecycle.to_string(), stage.stage.to_string());
            assert_eq!(
                stage.stock,
                months.last().unwrap().get(&key).copied().unwrap_or(0),
                "{key:?}"
            );
        }
        let open: u64 = report.durations.iter().map(|s| s.open).sum();
        assert_eq!(open, last.stages.iter().map(|s| s.stock).sum::<u64>());
    }
    let recency = &reports[1];
    assert_eq!(recency.periods.len(), 12);
    assert!(
        recency.transitions.iter().all(|m| m.count > 0) && recency.transitions.len() > 4,
        "{:?}",
        recency.transitions
    );
    let json = serde_json::to_string(&reports).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<LifecycleReport>>(&json).unwrap(),
        reports
    );
}

#[test]
fn other_periods_can_be_counted() {
    let rulebook = shop();
    let mut engine =
        Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema())).unwrap();
    let mut builder = LifecycleReportBuilder::new(&rulebook, at("2026-03-02T00:00:00+01:00"))
        .by(CalendarUnit::Week);
    let mut out = Vec::new();
    let _ = engine.observe(
        "anna",
        purchase(&rulebook, "tv", at("2026-03-08T22:59:59Z")),
        &mut out,
    );
    let _ = engine.observe(
        "ben",
        purchase(&rulebook, "tv", at("2026-03-08T23:00:00Z")),
        &mut out,
    );
    engine.advance(at("2026-03-20"), &mut out);
    out.iter().for_each(|output| builder.record(output));
    let reports = builder.build(engine.now());
    let recency = reports.iter().find(|l| &*l.lifecycle == "recency").unwrap();
    let active: Vec<_> = recency
        .periods
        .iter()
        .map(|p| (p.name.as_str(), p.stages[0].entered, p.stages[0].stock))
        .collect();
    assert_eq!(
        active,
        [
            ("2026-03-02", 1, 1),
            ("2026-03-09", 1, 2),
            ("2026-03-16", 0, 2)
        ]
    );
    assert_eq!(
        recency.periods[2].until,
        Instant::from_micros(at("2026-03-20").micros() + 1)
    );
    assert_eq!(recency.periods[1].until, recency.periods[2].from);
    // Before they came, there was nobody; a purchase is the first that is known of either.
    assert_eq!(recency.start[3].stock, 0);
}

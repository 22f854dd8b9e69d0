//! An electronics shop: the journeys of its customers, what a scenario says of them, and how they flow.
//!
//! ```text
//! cargo run --example electronics
//! ```
//!
//! The rule file and the scenario beside this file are what a marketer writes; `segue test scenario.toml` runs the same test.

use segue::Rulebook;
use segue::engine::Engine;
use segue::insight::JourneyReportBuilder;
use segue::profile::{Model, Record, RecordEvent};
use segue::rulebook::Format;
use segue::testing::scenario::{self, Scenario};
use std::error::Error;

/// What happened in a fortnight, by customer.
const EVENTS: [(&str, &str, &str, &str); 9] = [
    ("anna", "registered", "audio", "2026-03-02T15:00:00Z"),
    ("ben", "registered", "audio", "2026-03-02T16:00:00Z"),
    ("carla", "registered", "tv", "2026-03-03T09:00:00Z"),
    ("dora", "registered", "photo", "2026-03-03T10:00:00Z"),
    ("ben", "purchased", "audio", "2026-03-04T08:00:00Z"),
    ("carla", "purchased", "tv", "2026-03-08T20:00:00Z"),
    ("emma", "registered", "tv", "2026-03-09T10:00:00Z"),
    ("anna", "purchased", "audio", "2026-03-12T10:00:00Z"),
    ("emma", "purchased", "photo", "2026-03-12T11:00:00Z"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let rules = Rulebook::loader().file("rules.toml");
    let rulebook = rules.load(Format::Toml, include_str!("rules.toml"))?;
    let scenario = Scenario::load(Format::Toml, include_str!("scenario.toml"))?;
    let report = scenario::run(&scenario, Some(&rulebook));
    assert!(report.passed(), "{report}");
    println!("{report}");

    let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    let mut flow = JourneyReportBuilder::new(&rulebook);
    let mut out = Vec::new();
    for who in ["anna", "ben", "carla", "dora", "emma"] {
        let consent = [("consent.email", true.into())];
        let _ = engine.set(who, &consent, "2026-03-01T00:00:00Z".parse()?, &mut out)?;
    }
    for (who, kind, about, at) in EVENTS {
        let property = if kind == "registered" {
            "topic"
        } else {
            "category"
        };
        let event = RecordEvent::new(rulebook.schema(), kind, at, [(property, about.into())])?;
        let _ = engine.observe(who, event, &mut out);
    }
    engine.advance("2026-03-16T00:00:00Z".parse()?, &mut out);
    out.iter().for_each(|output| flow.record(output));
    for journey in flow.build(engine.now()) {
        println!("{}: {} entered", journey.journey, journey.entered);
        for step in &journey.steps {
            println!(
                "  {}: {} came, {:?} left",
                step.step, step.entered, step.left_by
            );
        }
        println!("  goal: {} of {}", journey.goal.reached, journey.goal.of);
        if &*journey.journey == "getting_to_know" {
            assert_eq!((journey.entered, journey.goal.reached), (5, 4));
        }
    }
    Ok(())
}

#[test]
fn the_scenario_holds() -> Result<(), Box<dyn Error>> {
    main()
}

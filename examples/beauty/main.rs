//! A beauty shop and its letter about an anti-aging cream: whom a form would choose, and whom behaviour does.
//!
//! ```text
//! cargo run --example beauty
//! ```
//!
//! The rule file includes the pack of the industry, under the shop's own names, and says what is different here. It and the scenarios
//! beside this file are what a marketer writes; `segue test scenario.toml winback.toml` runs the same tests.

use segue::profile::{Model, Record, Value};
use segue::rulebook::{Format, Loader, SegmentDocument, SegmentTable};
use segue::testing::scenario::{self, Scenario};
use segue::{Instant, Rulebook, packs};
use std::error::Error;

/// Who the shop's customers are, and what they did: a line each, as their data come.
const CUSTOMERS: &str = include_str!("customers.ndjson");

/// The names by which the rule file calls the packs.
fn loader() -> Loader {
    let all = packs::ALL.into_iter();
    all.fold(
        Rulebook::loader().file("rules.toml"),
        |loader, (name, text)| loader.with(format!("../../packs/{name}.toml"), text),
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    let rulebook = loader().load(Format::Toml, include_str!("rules.toml"))?;
    for text in [include_str!("scenario.toml"), include_str!("winback.toml")] {
        let scenario = Scenario::load(Format::Toml, text)?;
        let report = scenario::run(&scenario, Some(&rulebook));
        assert!(report.passed(), "{report}");
        println!("{report}");
    }

    let now: Instant = "2026-06-21T12:00:00Z".parse()?;
    let model = Model::<Record>::for_schema(rulebook.schema());
    let mut reader = rulebook.record_reader();
    let customers: Vec<Record> = CUSTOMERS
        .lines()
        .map(|line| reader.profile(line))
        .collect::<Result<_, _>>()?;
    let members = |rulebook: &Rulebook, segment: &str, at: Instant| {
        let rule = rulebook
            .segment(segment)
            .ok_or("there is no such segment")?;
        let matcher = rule.bind(&model)?;
        let members = customers
            .iter()
            .filter(|customer| matcher.holds(customer, at));
        Ok::<_, Box<dyn Error>>(
            members
                .map(|customer| customer.id().to_owned())
                .collect::<Vec<_>>(),
        )
    };

    // The form would write to three women, of whom one is 23. Behaviour leaves her out, and finds the young man.
    let by_form = members(&rulebook, "by_gender", now)?;
    let by_behaviour = members(&rulebook, "letter", now)?;
    println!(
        "by the form: {}\nby behaviour: {}",
        by_form.join(", "),
        by_behaviour.join(", ")
    );
    assert_eq!(by_form, ["gloria", "lea", "nora"]);
    assert_eq!(by_behaviour, ["gloria", "marco", "nora"]);

    // What is known of each.
    for customer in &customers {
        let mut known = Vec::new();
        for name in [
            "frequency",
            "recency",
            "buying",
            "talking",
            "preferred_channel",
            "preferred_device",
        ] {
            let rule = rulebook.value(name).ok_or("there is no such trait")?;
            if let Value::Text(said) = rule.bind(&model)?.value(customer, now) {
                known.push(format!("{name} {said}"));
            }
        }
        println!("{}: {}", customer.id(), known.join(", "));
    }

    // A snapshot: who is in a segment today becomes a list, which stays as it is.
    let today = members(&rulebook, "women_over_60_regulars", now)?;
    let mut document = rulebook.document().clone();
    let list = SegmentTable {
        description: Some("Asked on the 21st of June.".to_owned()),
        ids: Some(today.clone()),
        ..SegmentTable::default()
    };
    let name = "asked_in_june".to_owned();
    document.segments.insert(name, SegmentDocument::Table(list));
    let with_list = Rulebook::loader().load_document(document)?;
    let next_year: Instant = "2027-06-21T12:00:00Z".parse()?;
    assert_eq!(today, ["gloria"]);
    assert_eq!(members(&with_list, "asked_in_june", next_year)?, ["gloria"]);
    assert!(members(&with_list, "women_over_60_regulars", next_year)?.is_empty());
    Ok(())
}

#[test]
fn the_scenarios_hold() -> Result<(), Box<dyn Error>> {
    main()
}

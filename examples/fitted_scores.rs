//! Scores by quantiles: the best third by revenue, with cut points that are fitted to the customers there are.

use segue::Rulebook;
use segue::profile::{Model, Record};

const RULES: &str = r#"
[schema.events.ordered]
properties = { amount = "decimal(2)" }

[scores.revenue]
value = "sum(ordered.amount within 12 months)"
classes = 3

[segments]
best_customers = "revenue = 3"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rulebook = Rulebook::from_toml(RULES)?;
    let schema = rulebook.schema();
    let ordered = |(name, amount): (&str, i64)| {
        let properties = [("amount", amount.into())];
        Record::builder(schema, name)
            .event("ordered", "2026-02-01T10:00:00Z", properties)
            .build()
    };
    let customers = [
        ("anna", 900),
        ("ben", 40),
        ("carla", 310),
        ("dario", 75),
        ("elena", 520),
        ("fabio", 120),
    ];
    let customers = customers
        .into_iter()
        .map(ordered)
        .collect::<Result<Vec<_>, _>>()?;

    let model = Model::for_schema(schema);
    let now = "2026-03-18T12:00:00Z".parse()?;
    let fitted = rulebook.fit(&model, &customers, now)?;
    println!("cut points: {:?}", fitted.document().scores["revenue"].cuts);

    let best = fitted
        .bind(&model)?
        .remove("best_customers")
        .ok_or("there is no such segment")?;
    let best: Vec<&str> = customers
        .iter()
        .filter(|c| best.holds(c, now))
        .map(Record::id)
        .collect();
    assert_eq!(best, ["anna", "elena"]);
    Ok(())
}

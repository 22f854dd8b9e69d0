//! All segments of a customer with one look: what rules ask alike is asked once.

use segue::profile::{Model, Record};
use segue::{Rule, RuleSet, Schema, Type, schema::Field};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = Schema::builder()
        .attribute(Field::new("city", Type::String))
        .attribute(Field::new("age", Type::Int))
        .attribute(Field::new("points", Type::Int))
        .build()?;
    // Rules that are kept elsewhere, under names of their own; `Rulebook::rule_set` does the same for a rule file.
    let mut rules = Vec::new();
    for city in ["Milano", "Monza", "Roma", "Torino"] {
        for (name, ages) in [
            ("young", "16 and 29"),
            ("grown", "30 and 59"),
            ("senior", "60 and 120"),
        ] {
            let text = format!("city = {city:?} and age between {ages} and points >= 100");
            rules.push((format!("{name} in {city}"), Rule::check(&text, &schema)?));
        }
    }
    let all = RuleSet::new(&Model::for_schema(&schema), rules)?;

    let anna = Record::from_json(
        &schema,
        r#"{"id": "anna", "city": "Monza", "age": 57, "points": 250}"#,
    )?;
    let segments: Vec<&str> = all
        .matches(&anna, "2026-03-18T12:00:00Z".parse()?)
        .collect();
    assert_eq!(segments, ["grown in Monza"]);
    println!("of {} segments, anna is in {segments:?}", all.len());
    Ok(())
}

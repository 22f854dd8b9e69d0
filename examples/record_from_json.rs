//! Profiles whose fields are known only when the program runs: a schema, and JSON.

use segue::profile::{Model, Record};
use segue::schema::{EventKind, Field, Schema};
use segue::{Rule, Type};

const SHOPPER: &str = r#"{
    "id": "c-17",
    "country": "IT",
    "points": 250,
    "events": [
        {"kind": "ordered", "at": "2026-03-01T09:30:00Z", "props": {"category": "tv", "amount": 499.90}},
        {"kind": "ordered", "at": "2026-03-09T20:15:00Z", "props": {"category": "audio", "amount": 89.00}}
    ]
}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = Schema::builder()
        .attribute(Field::new("country", Type::String))
        .attribute(Field::new("points", Type::Int))
        .kind(
            EventKind::new("ordered")
                .subject(Field::new("category", Type::String))
                .property(Field::new("amount", Type::Decimal(2))),
        )
        .build()?;
    let rule = Rule::check("points >= 200 and max(ordered.amount) > 400", &schema)?;
    let shopper = Record::from_json(&schema, SHOPPER)?;
    assert!(
        rule.bind(&Model::for_schema(&schema))?
            .holds(&shopper, "2026-03-18T12:00:00Z".parse()?)
    );

    // What the schema does not allow is refused, with the reason.
    let refused = Record::from_json(&schema, r#"{"id": "c-18", "points": "many"}"#);
    let reason = refused.err().ok_or("`many` is not an int")?;
    println!("c-17 is in: {rule}\nc-18 is refused: {reason}");
    Ok(())
}

//! Why a customer is not in a segment, and what would change that: as data, as a tree, in plain sentences.

use segue::Rulebook;
use segue::profile::{Model, Record};

const RULES: &str = r#"
[schema.attributes]
age = "int"
plan = { type = "enum", values = ["free", "pro"] }

[schema.events.purchased]
subject = "category"
properties = { category = "string", amount = "decimal(2)" }

[segments]
good_customer = "plan = pro and sum(purchased.amount within 90 days) >= 200"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rulebook = Rulebook::from_toml(RULES)?;
    let segments = rulebook.bind(&Model::for_schema(rulebook.schema()))?;
    let ben = Record::builder(rulebook.schema(), "ben")
        .set("age", 34)
        .set("plan", "pro")
        .event(
            "purchased",
            "2026-02-10T10:00:00Z",
            [("category", "tv".into()), ("amount", 149.into())],
        )
        .build()?;

    let explanation = segments["good_customer"].explain(&ben, "2026-03-18T12:00:00Z".parse()?);
    assert!(!explanation.holds);
    assert!(!explanation.changes.is_empty());
    println!("{explanation}\n{}", explanation.summary());
    Ok(())
}

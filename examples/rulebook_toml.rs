//! Segments in a rule file: loaded with every error at once, each with its line and a suggestion.

use segue::Rulebook;
use segue::profile::{Model, Record};

const RULES: &str = r#"
timezone = "Europe/Rome"

[schema.attributes]
birthday = { type = "date", yearly = true }
city = "string"

[schema.events.visited]

[segments]
birthday_soon = "birthday in next 7 days"
regular = "visited at least 3 times within 30 days"
invited = 'in segment birthday_soon and city in ("Milano", "Monza")'
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rulebook = Rulebook::from_toml(RULES)?;
    let segments = rulebook.bind(&Model::for_schema(rulebook.schema()))?;
    let anna = r#"{"id": "anna", "birthday": "1969-03-22", "city": "Monza"}"#;
    let anna = Record::from_json(rulebook.schema(), anna)?;
    let now = "2026-03-18T12:00:00Z".parse()?;
    assert!(segments["invited"].holds(&anna, now));
    assert!(!segments["regular"].holds(&anna, now));

    let broken = RULES
        .replace("visited at", "visitd at")
        .replace("city in", "town in");
    let error = Rulebook::from_toml(&broken)
        .err()
        .ok_or("two names are wrong")?;
    assert_eq!(error.findings().len(), 2);
    println!("{error}");
    Ok(())
}

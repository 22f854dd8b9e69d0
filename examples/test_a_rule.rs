//! Testing a rule: customers in a line each, and assertions that explain themselves when they fail.

use segue::Rulebook;
use segue::testing::{assert_matches, assert_not_matches, days, months, profile};

const RULES: &str = r#"
[schema.attributes]
country = "string"

[schema.events.ordered]
subject = "category"
properties = { category = "string", amount = "decimal(2)" }

[segments]
win_back = 'country = "IT" and ordered(amount >= 50) and not ordered within 3 months'
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rulebook = Rulebook::from_toml(RULES)?;
    let win_back = rulebook
        .segment("win_back")
        .ok_or("there is no such segment")?;
    let now = "2026-03-18T12:00:00Z";

    let italian = |name| profile(name).with("country", "IT");
    let anna = italian("anna")
        .did("ordered", "tv")
        .having("amount", 349)
        .ago(months(5));
    let ben = italian("ben").happened(r#"ordered("shoes", amount = 89.90) 10 days ago"#);
    let carla = italian("carla")
        .did("ordered", "books")
        .having("amount", 12)
        .ago(days(200));

    assert_matches!(win_back, anna.build(&rulebook, now)?, now);
    assert_not_matches!(win_back, ben.build(&rulebook, now)?, now); // too recent
    assert_not_matches!(win_back, carla.build(&rulebook, now)?, now); // too small
    println!("anna is to be won back, ben and carla are not");
    Ok(())
}

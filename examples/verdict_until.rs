//! A verdict says not only whether a rule holds, but until when, so that nobody has to ask again before that.

use segue::profile::Model;
use segue::testing::{days, profile};
use segue::{Instant, Rule, Schema, Type, schema::EventKind, schema::Field};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = Schema::builder()
        .kind(EventKind::new("viewed").subject(Field::new("category", Type::String)))
        .kind(EventKind::new("purchased").subject(Field::new("category", Type::String)))
        .build()?;
    // Looked at shoes in the last week and bought none since.
    let text = r#"viewed("shoes") within 7 days and not purchased("shoes") within 7 days"#;
    let rule = Rule::check(text, &schema)?.bind(&Model::for_schema(&schema))?;

    let mut now: Instant = "2026-03-18T12:00:00Z".parse()?;
    let looked = profile("anna").did("viewed", "shoes").ago(days(3));
    let anna = looked
        .did("purchased", "shoes")
        .ago(days(6))
        .build(&schema, now)?;
    let mut changes = Vec::new();
    loop {
        let verdict = rule.verdict(&anna, now);
        println!("from {now}: {}", if verdict.holds { "in" } else { "out" });
        changes.push(verdict.holds);
        // `None` if the answer never changes unless something new happens.
        let Some(until) = verdict.until else { break };
        now = until;
    }
    // Out because of the purchase, in when that is a week old, out when the view is.
    assert_eq!(changes, [false, true, false]);
    Ok(())
}

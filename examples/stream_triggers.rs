//! Events and time through an engine: a reminder an hour after a cart was left alone, but not at night.

use segue::engine::{Engine, OutputKind};
use segue::profile::{Model, Record, RecordEvent};
use segue::{Instant, Rulebook};

const RULES: &str = r#"
timezone = "Europe/Rome"

[schema.events.added_to_cart]
[schema.events.purchased]

[channels.email]
quiet = ["21:00-08:00"]

[messages.reminder]
channel = "email"

[triggers.abandoned_cart]
on = "added_to_cart then no purchased within 1 hour"
held = "wait"
do = [{ send = "reminder" }]
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rulebook = Rulebook::from_toml(RULES)?;
    let mut engine = Engine::<Record>::new(&rulebook, &Model::for_schema(rulebook.schema()))?;
    let mut out = Vec::new();

    // Half past eight in the evening: the hour is over within the quiet hours.
    let added = RecordEvent::new(
        rulebook.schema(),
        "added_to_cart",
        "2026-03-18T19:30:00Z",
        [],
    )?;
    let _ = engine.observe("anna", added, &mut out);
    // Nothing is polled: the engine says when it has to be woken next.
    while let Some(wakeup) = engine.next_wakeup() {
        engine.advance(wakeup, &mut out);
    }
    for output in &out {
        println!("{} {}", output.at, serde_json::to_string(&output.kind)?);
    }
    let sent: Vec<Instant> = out
        .iter()
        .filter(|output| matches!(output.kind, OutputKind::Effect(_)))
        .map(|output| output.at)
        .collect();
    assert_eq!(sent, ["2026-03-19T07:00:00Z".parse()?]); // eight in the morning in Rome
    Ok(())
}

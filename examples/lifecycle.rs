//! A lifecycle: in which stage each customer is, as events come in and time passes.

use segue::Rulebook;
use segue::engine::{Engine, OutputKind};
use segue::profile::{Model, Record, RecordEvent};

const RULES: &str = r#"
[schema.events.purchased]

[lifecycles.recency]
from = "any"
stages = [
    { name = "active", when = "purchased within 90 days" },
    { name = "sleeping", when = "purchased within 270 days" },
    { name = "lost", when = "purchased" },
]
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rulebook = Rulebook::from_toml(RULES)?;
    let mut engine = Engine::<Record>::new(&rulebook, &Model::for_schema(rulebook.schema()))?;
    let mut out = Vec::new();
    for at in ["2025-01-07T10:00:00Z", "2025-06-02T18:00:00Z"] {
        let purchased = RecordEvent::new(rulebook.schema(), "purchased", at, [])?;
        let _ = engine.observe("anna", purchased, &mut out);
    }
    engine.advance("2026-06-01T00:00:00Z".parse()?, &mut out);

    let mut stages = Vec::new();
    for output in &out {
        if let OutputKind::StageChanged(change) = &output.kind {
            let to = change.to.as_deref().unwrap_or("no stage");
            println!("{} {} is {to}", output.at, output.profile);
            stages.push(to);
        }
    }
    assert_eq!(stages, ["active", "sleeping", "active", "sleeping", "lost"]);
    assert_eq!(engine.stage("anna", "recency", None), Some("lost"));
    Ok(())
}

//! What a rule file says beside a schema: calendar, segments, traits, tags.

use chrono::Weekday;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Named rules as texts, and the calendar they reckon with.
#[derive(Clone, Debug)]
pub struct Book {
    /// `Europe/Rome`, `+05:30`
    pub zone: String,
    pub week_start: Weekday,
    /// Names and their conditions.
    pub segments: BTreeMap<String, String>,
    pub traits: BTreeMap<String, TraitText>,
    /// Tag paths and the conditions that give them.
    pub tags: BTreeMap<String, String>,
    pub lifecycles: BTreeMap<String, LifecycleText>,
    /// Of segments.
    pub priorities: BTreeMap<String, i64>,
    /// By name, in which order they are declared.
    pub personas: BTreeMap<String, PersonaText>,
}

/// A persona: conditions with what each adds, and the least.
#[derive(Clone, Debug, Default)]
pub struct PersonaText {
    pub weights: Vec<(String, i64)>,
    pub least: i64,
}

/// A lifecycle as it is written.
#[derive(Clone, Debug, Default)]
pub struct LifecycleText {
    pub per: Option<String>,
    /// `any`, `forward`, or names with commas between them.
    pub from: Option<String>,
    pub stages: Vec<StageText>,
}

#[derive(Clone, Debug)]
pub struct StageText {
    pub name: String,
    pub when: String,
    pub from: Option<String>,
}

/// A trait: an expression, or values with the condition of each.
#[derive(Clone, Debug)]
pub enum TraitText {
    Computed(String),
    /// In order, the first that holds counts; the names also stand in ascending order.
    Cases {
        cases: Vec<(String, String)>,
        otherwise: Option<String>,
    },
}

impl Default for Book {
    fn default() -> Self {
        let (segments, traits, tags) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Book {
            zone: "UTC".into(),
            week_start: Weekday::Mon,
            segments,
            traits,
            tags,
            lifecycles: BTreeMap::new(),
            priorities: BTreeMap::new(),
            personas: BTreeMap::new(),
        }
    }
}

impl Book {
    /// As a rule file in JSON.
    pub fn document(&self) -> Json {
        let of_trait = |of: &TraitText| match of {
            TraitText::Computed(expression) => json!(expression),
            TraitText::Cases { cases, otherwise } => {
                let order: Vec<&String> = cases
                    .iter()
                    .map(|(name, _)| name)
                    .chain(otherwise)
                    .collect();
                let cases: Vec<Json> = cases
                    .iter()
                    .map(|(name, condition)| json!({"is": name, "when": condition}))
                    .collect();
                match otherwise {
                    Some(otherwise) => {
                        json!({"cases": cases, "otherwise": otherwise, "order": order})
                    }
                    None => json!({"cases": cases, "order": order}),
                }
            }
        };
        let traits: BTreeMap<&String, Json> = self
            .traits
            .iter()
            .map(|(name, of)| (name, of_trait(of)))
            .collect();
        let from = |from: &Option<String>| match from.as_deref() {
            None => Json::Null,
            Some(word @ ("any" | "forward")) => json!(word),
            Some(list) => json!(list.split(',').collect::<Vec<_>>()),
        };
        let of_lifecycle = |of: &LifecycleText| {
            let stage =
                |s: &StageText| json!({"name": s.name, "when": s.when, "from": from(&s.from)});
            let stages: Vec<Json> = of.stages.iter().map(stage).collect();
            json!({"per": of.per, "from": from(&of.from), "stages": stages})
        };
        let lifecycles: BTreeMap<&String, Json> = self
            .lifecycles
            .iter()
            .map(|(name, of)| (name, of_lifecycle(of)))
            .collect();
        let week_starts = if self.week_start == Weekday::Sun {
            "sunday"
        } else {
            "monday"
        };
        let of_segment = |(name, when): (&String, &String)| match self.priorities.get(name) {
            None => (name.clone(), json!(when)),
            Some(priority) => (name.clone(), json!({"when": when, "priority": priority})),
        };
        let segments: BTreeMap<String, Json> = self.segments.iter().map(of_segment).collect();
        let of_persona = |of: &PersonaText| {
            let weight = |(when, adds): &(String, i64)| json!({"when": when, "adds": adds});
            let weights: Vec<Json> = of.weights.iter().map(weight).collect();
            json!({"weights": weights, "least": of.least})
        };
        let personas: BTreeMap<&String, Json> = self
            .personas
            .iter()
            .map(|(name, of)| (name, of_persona(of)))
            .collect();
        json!({"timezone": self.zone, "week_starts": week_starts, "segments": segments, "personas": personas, "traits": traits, "tags": self.tags,
            "lifecycles": lifecycles})
    }
}

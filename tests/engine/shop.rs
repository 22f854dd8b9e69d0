//! The shop of the stories: an engine, and what happens in words.

use crate::run::outcomes;
use segue::engine::{Engine, Receipt, RulesChange};
use segue::profile::{Model, Record, RecordBuilder, RecordEvent, Value};
use segue::{Duration, Instant, Rulebook};

const SCHEMA: &str = r#"
    [schema.attributes]
    member = "bool"
    plan = { type = "string", tracked = true }
    birthday = { type = "date", yearly = true }

    [schema.events]
    newsletter_joined = {}
    visited = {}
    viewed = { subject = "category", properties = { category = "string" } }
    added_to_cart = { subject = "category", properties = { category = "string" } }
    purchased = { subject = "category", properties = { category = "string", amount = "decimal(2)" } }
    wished_for = { subject = "category", properties = { category = "string" } }
    reviewed = {}
"#;

pub(crate) const BUYING: &str = r#"
    [lifecycles.buying]
    stages = [
        { name = "awareness", when = "viewed" },
        { name = "decision", when = "added_to_cart" },
        { name = "evaluation", when = "purchased" },
        { name = "advocacy", when = "reviewed" },
    ]
"#;

pub(crate) const BY_CATEGORY: &str = r#"
    [lifecycles.interest]
    per = "category"
    stages = [
        { name = "awareness", when = "viewed" },
        { name = "decision", when = "viewed at least 3 times within 7 days or added_to_cart" },
        { name = "evaluation", when = "purchased" },
    ]
"#;

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn rulebook(rules: &str) -> Rulebook {
    // What is no table of its own stands first.
    let (first, rest) = rules
        .split_once("[")
        .map_or((rules, String::new()), |(first, rest)| {
            (first, format!("[{rest}"))
        });
    Rulebook::from_toml(&format!("{first}\n{SCHEMA}\n{rest}")).unwrap_or_else(|e| panic!("{e}"))
}

/// A shop with an engine. What happens is told in words: `2026-03-01T10:00:00Z anna: entered buyers (purchased)`.
pub(crate) struct Shop {
    pub(crate) rulebook: Rulebook,
    pub(crate) engine: Engine<Record>,
    pub(crate) receipt: Option<Receipt>,
    /// What the rules that it was restored under have changed.
    pub(crate) edit: Vec<String>,
    pub(crate) change: RulesChange,
}

impl Shop {
    pub(crate) fn new(rules: &str) -> Shop {
        let rulebook = rulebook(rules);
        let engine = Engine::new(&rulebook, &Model::for_schema(rulebook.schema())).unwrap();
        Shop {
            rulebook,
            engine,
            receipt: None,
            edit: Vec::new(),
            change: RulesChange::default(),
        }
    }

    pub(crate) fn lateness(self, days: i64) -> Shop {
        Shop {
            engine: self
                .engine
                .with_lateness(Duration::from_micros(days * 86_400_000_000)),
            ..self
        }
    }

    /// The same shop after a night on disk, perhaps under other rules.
    pub(crate) fn restored(self, rules: &str) -> Shop {
        let kept = serde_json::to_string(self.engine.state()).unwrap();
        let rulebook = rulebook(rules);
        let model = Model::for_schema(rulebook.schema());
        let (kept, mut out) = (serde_json::from_str(&kept).unwrap(), Vec::new());
        let (engine, change) = Engine::restore(&rulebook, &model, kept, &mut out).unwrap();
        Shop {
            rulebook,
            engine,
            receipt: None,
            edit: outcomes(&out).iter().map(ToString::to_string).collect(),
            change,
        }
    }

    pub(crate) fn event(
        &mut self,
        profile: &str,
        when: &str,
        kind: &str,
        category: Option<&str>,
        id: Option<&str>,
    ) -> Vec<String> {
        let properties = category.map(|c| ("category", Value::from(c)));
        let mut event = RecordEvent::new(self.rulebook.schema(), kind, when, properties).unwrap();
        if let Some(id) = id {
            event = event.with_id(id);
        }
        let mut out = Vec::new();
        self.receipt = Some(self.engine.observe(profile, event, &mut out));
        outcomes(&out).iter().map(ToString::to_string).collect()
    }

    /// `anna`'s doing.
    pub(crate) fn does(&mut self, when: &str, kind: &str) -> Vec<String> {
        self.event("anna", when, kind, None, None)
    }

    /// The same about a category.
    pub(crate) fn does_with(&mut self, when: &str, kind: &str, category: &str) -> Vec<String> {
        self.event("anna", when, kind, Some(category), None)
    }

    pub(crate) fn sets(
        &mut self,
        when: &str,
        attribute: &str,
        value: impl Into<Value>,
    ) -> Vec<String> {
        let (values, mut out) = ([(attribute, value.into())], Vec::new());
        let receipt = self.engine.set("anna", &values, at(when), &mut out);
        self.receipt = Some(receipt.unwrap());
        outcomes(&out).iter().map(ToString::to_string).collect()
    }

    /// A row of `anna` is read anew.
    pub(crate) fn row(
        &mut self,
        when: &str,
        fill: impl FnOnce(RecordBuilder) -> RecordBuilder,
    ) -> Vec<String> {
        let row = fill(Record::builder(self.rulebook.schema(), "anna"))
            .build()
            .unwrap_or_else(|e| panic!("{e}"));
        let mut out = Vec::new();
        self.receipt = Some(self.engine.upsert(row, at(when), &mut out));
        outcomes(&out).iter().map(ToString::to_string).collect()
    }

    pub(crate) fn comes(&mut self, when: &str) -> Vec<String> {
        let mut out = Vec::new();
        self.engine.advance(at(when), &mut out);
        outcomes(&out).iter().map(ToString::to_string).collect()
    }

    pub(crate) fn stage(&self, lifecycle: &str) -> Option<&str> {
        self.engine.stage("anna", lifecycle, None)
    }

    pub(crate) fn stage_for(&self, lifecycle: &str, subject: &str) -> Option<&str> {
        self.engine.stage("anna", lifecycle, Some(subject))
    }

    pub(crate) fn holds(&self, segment: &str) -> bool {
        self.engine.holds("anna", segment).unwrap()
    }
}

pub(crate) const NOTHING: [&str; 0] = [];

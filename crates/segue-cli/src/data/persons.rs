//! Who is one person, as lines of the past say it.

use super::line::Item;
use crate::terminal::Failure;
use segue::engine::{Engine, EngineOutput, Receipt};
use segue::profile::{Model, Record};
use segue::rulebook::RulebookDocument;
use segue::{Rulebook, Schema};
use std::collections::BTreeSet;

/// Profiles that grow by lines in the order of time and are merged where these say so, without any rule.
pub(crate) struct Persons {
    engine: Engine<Record>,
    schema: Schema,
    outputs: Vec<EngineOutput>,
}

impl Persons {
    /// Profiles of a part of the schema of rules.
    pub(crate) fn new(rulebook: Option<&Rulebook>, schema: &Schema) -> Result<Self, Failure> {
        let failed = |e: &dyn std::fmt::Display| Failure::new(e.to_string());
        let mut identity = rulebook.and_then(|rulebook| rulebook.document().identity.clone());
        if let Some(identity) = &mut identity {
            let is_known = |name: &str| {
                schema.attribute(name).is_some() || schema.relation_index(name).is_some()
            };
            identity.merge.retain(|name, _| is_known(name));
        }
        let document = RulebookDocument {
            identity,
            ..RulebookDocument::default()
        };
        let loader = Rulebook::loader().schema(schema.clone());
        let rulebook = loader.load_document(document).map_err(|e| failed(&e))?;
        let engine = Engine::new(&rulebook, &Model::for_schema(schema)).map_err(|e| failed(&e))?;
        Ok(Persons {
            engine,
            schema: schema.clone(),
            outputs: Vec::new(),
        })
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(crate) fn insert(&mut self, record: Record) {
        self.engine.insert(record);
    }

    /// Takes a line, and says what became of its event.
    pub(crate) fn take(&mut self, item: Item) -> Option<Receipt> {
        let Item {
            profile,
            at,
            identity,
            change,
            event,
        } = item;
        if let Some(identity) = identity {
            // Who is nobody stays who they are.
            let _ = identity.tell(&mut self.engine, &profile, at, &mut self.outputs);
        }
        change
            .only(&self.schema)
            .tell(&mut self.engine, &profile, at, &mut self.outputs);
        self.outputs.clear();
        event.map(|event| {
            self.engine
                .observe(profile.as_str(), event, &mut self.outputs)
        })
    }

    /// Every id of the person who has an id.
    pub(crate) fn ids_of(&self, id: &str) -> BTreeSet<String> {
        self.engine.ids_of(id).map(str::to_owned).collect()
    }

    pub(crate) fn record(&self, id: &str) -> Option<&Record> {
        self.engine.profile(id)
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.engine.profiles().map(|(_, record)| record)
    }

    /// Makes them known to an engine with rules, as they stand. Nothing is told.
    pub(crate) fn pour(&self, engine: &mut Engine<Record>) {
        let (now, mut outputs) = (engine.now(), Vec::new());
        for record in self.records() {
            let id = record.id();
            engine.insert(record.clone());
            for alias in self.engine.ids_of(id).filter(|alias| *alias != id) {
                let _ = engine.merge(alias, id, now, &mut outputs);
            }
            let identifiers: Vec<(&str, &str)> = self.engine.identifiers_of(id).collect();
            if !identifiers.is_empty() {
                let _ = engine.identify(id, &identifiers, now, &mut outputs);
            }
        }
    }
}

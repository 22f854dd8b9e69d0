//! Reading: every expression of the document is parsed, and names that clash are reported.

use super::super::document::{SegmentDocument, TraitDocument};
use super::super::templates;
use super::{Id, Part, Sort, Work};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::{self};

impl Work {
    /// Parses every expression of the document.
    pub(super) fn read(&mut self) {
        let path = |parts: &[&str]| parts.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
        let mut all: Vec<(Id, Vec<String>, String)> = Vec::new();
        for (name, rule) in &self.document.traits {
            let id = (Sort::Trait, name.clone());
            match rule {
                TraitDocument::Value(text) => all.push((id, path(&["traits", name]), text.clone())),
                TraitDocument::Cases(cases) => {
                    self.parts.insert(id.clone(), Vec::new());
                    for (i, case) in cases.cases.iter().enumerate() {
                        all.push((
                            id.clone(),
                            path(&["traits", name, "cases", &i.to_string(), "when"]),
                            case.when.clone(),
                        ));
                    }
                }
            }
        }
        for (name, score) in &self.document.scores {
            let id = (Sort::Score, name.clone());
            all.push((
                id.clone(),
                path(&["scores", name, "value"]),
                score.value.clone(),
            ));
            if let Some(over) = &score.over {
                all.push((id, path(&["scores", name, "over"]), over.clone()));
            }
        }
        for (name, text) in &self.document.tags {
            all.push((
                (Sort::Tag, name.clone()),
                path(&["tags", name]),
                text.clone(),
            ));
        }
        let mut wrong = Vec::new();
        for (name, segment) in &self.document.segments {
            let id = (Sort::Segment, name.clone());
            match segment {
                SegmentDocument::When(text) => {
                    all.push((id, path(&["segments", name]), text.clone()))
                }
                SegmentDocument::Table(table) => match (&table.when, &table.ids) {
                    (Some(text), None) => {
                        all.push((id, path(&["segments", name, "when"]), text.clone()))
                    }
                    (None, Some(_)) => {
                        self.parts.insert(id, Vec::new());
                    }
                    _ => wrong.push(path(&["segments", name])),
                },
            }
        }
        let mut unfilled = Vec::new();
        for (name, lifecycle) in &self.document.lifecycles {
            let mut found = Vec::new();
            let stages = templates::stages(lifecycle, self.context.schema(), &mut found);
            unfilled.push((name.clone(), found));
            let Some(stages) = stages else { continue };
            let id = (Sort::Lifecycle, name.clone());
            self.parts.insert(id.clone(), Vec::new());
            for (i, stage) in stages.iter().enumerate() {
                let path = match &lifecycle.template {
                    Some(_) => path(&["lifecycles", name, "template"]),
                    None => path(&["lifecycles", name, "stages", &i.to_string(), "when"]),
                };
                all.push((id.clone(), path, stage.when.clone()));
            }
            self.stages.insert(name.clone(), stages);
        }
        unfilled
            .into_iter()
            .for_each(|(name, found)| self.report_below("lifecycles", &name, found));
        for path in wrong {
            let diagnostic = Diagnostic::error(
                "E0203",
                Span::default(),
                "a segment has either a condition or a fixed list",
            )
            .help("write `when = \"…\"` or `ids = [\"…\"]`");
            self.report(&path, "", diagnostic);
        }
        for (id, path, text) in all {
            let expr = match syntax::parse(&text) {
                Ok(expr) => Some(expr),
                Err(found) => {
                    found.into_iter().for_each(|d| self.report(&path, &text, d));
                    None
                }
            };
            self.parts
                .entry(id)
                .or_default()
                .push(Part { path, text, expr });
        }
        self.clashes();
    }

    /// Traits, scores and attributes share one space of names.
    fn clashes(&mut self) {
        let mut wrong = Vec::new();
        for (sort, name) in self.parts.keys() {
            let schema = self.context.schema();
            let other = match sort {
                Sort::Trait | Sort::Score if schema.attribute(name).is_some() => "an attribute",
                Sort::Score if self.parts.contains_key(&(Sort::Trait, name.clone())) => "a trait",
                _ => continue,
            };
            wrong.push((*sort, name.clone(), other));
        }
        for (sort, name, other) in wrong {
            let key = if sort == Sort::Trait {
                "traits"
            } else {
                "scores"
            };
            let diagnostic = Diagnostic::error(
                "E0204",
                Span::default(),
                format!("`{name}` is {other} already"),
            )
            .help("choose another name");
            self.report(&[key.to_owned(), name], "", diagnostic);
        }
    }
}

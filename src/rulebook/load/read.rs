//! Reading: every expression of the document is parsed, and names that clash are reported.

use super::super::document::{SegmentDocument, TraitDocument};
use super::super::lifecycles::LifecycleFindings;
use super::super::made::{self, MadeTrait};
use super::super::{matrix, templates};
use super::{DefinitionId, DefinitionKind, ExpressionSource, Work};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::{self};

impl Work {
    /// Parses every expression of the document.
    pub(super) fn read(&mut self) {
        let path = |parts: &[&str]| parts.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
        let mut all: Vec<(DefinitionId, Vec<String>, String)> = Vec::new();
        for (name, rule) in &self.document.traits {
            let id = (DefinitionKind::Trait, name.clone());
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
        for made in made::traits(&self.document, &mut self.findings) {
            let MadeTrait {
                name,
                document,
                paths,
            } = made;
            let texts: Vec<String> = match &document {
                TraitDocument::Value(text) => vec![text.clone()],
                TraitDocument::Cases(of) => of.cases.iter().map(|case| case.when.clone()).collect(),
            };
            let id = (DefinitionKind::Trait, name.clone());
            let parts = paths.into_iter().zip(texts);
            all.extend(parts.map(|(path, text)| (id.clone(), path, text)));
            self.context.declared_values.insert(name.clone());
            self.made.insert(name, document);
        }
        for (name, ledger) in &self.document.ledgers {
            let earn = ledger.earn.iter().map(|of| (&of.on, &of.points));
            let take = ledger.take.iter().map(|of| (&of.on, &of.points));
            let listed = (earn.enumerate().map(|(i, of)| ("earn", i, of)))
                .chain(take.enumerate().map(|(i, of)| ("take", i, of)));
            let id = (DefinitionKind::Trait, name.clone());
            self.parts.insert(id.clone(), Vec::new());
            for (key, i, (on, points)) in listed {
                for (part, text) in [("on", on.clone()), ("points", points.text())] {
                    let path = path(&["ledgers", name, key, &i.to_string(), part]);
                    all.push((id.clone(), path, text));
                }
            }
            self.context.declared_values.insert(name.clone());
        }
        for (name, score) in &self.document.scores {
            let id = (DefinitionKind::Score, name.clone());
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
                (DefinitionKind::Tag, name.clone()),
                path(&["tags", name]),
                text.clone(),
            ));
        }
        let mut wrong = Vec::new();
        for (name, segment) in &self.document.segments {
            let id = (DefinitionKind::Segment, name.clone());
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
        for (name, lifecycle) in &self.document.lifecycles {
            let mut findings = LifecycleFindings::new(&mut self.findings, name, lifecycle);
            if lifecycle.template.as_deref() == Some(templates::MATRIX) {
                // Its stages follow from the values of two traits, which are known once these are resolved.
                for (axis, text) in matrix::axes(lifecycle, &mut findings).into_iter().flatten() {
                    let path = path(&["lifecycles", name, "with", axis]);
                    all.push((
                        (DefinitionKind::Lifecycle, name.clone()),
                        path,
                        text.to_owned(),
                    ));
                }
                continue;
            }
            let stages = templates::stages(lifecycle, self.context.schema(), &mut findings);
            let Some(stages) = stages else { continue };
            let id = (DefinitionKind::Lifecycle, name.clone());
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
        for path in wrong {
            let diagnostic = Diagnostic::error(
                "E0203",
                Span::default(),
                "a segment has either a condition or a fixed list",
            )
            .help("write `when = \"…\"` or `ids = [\"…\"]`");
            self.findings.about_key(&path, diagnostic);
        }
        for (id, path, text) in all {
            self.findings.joined_comments(&path, &text);
            let expr = match syntax::parse(&text) {
                Ok(expr) => Some(expr),
                Err(found) => {
                    for diagnostic in found {
                        self.findings.about_text(&path, &text, diagnostic);
                    }
                    None
                }
            };
            self.parts
                .entry(id)
                .or_default()
                .push(ExpressionSource { path, text, expr });
        }
        self.clashes();
    }

    /// Traits, scores and attributes share one space of names.
    fn clashes(&mut self) {
        let mut wrong = Vec::new();
        let declared = self.parts.keys();
        let is_made = |name: &String| {
            self.made.contains_key(name) || self.document.ledgers.contains_key(name)
        };
        for (sort, name) in declared.filter(|(_, name)| !is_made(name)) {
            let schema = self.context.schema();
            let other = match sort {
                DefinitionKind::Trait | DefinitionKind::Score
                    if schema.attribute(name).is_some() =>
                {
                    "an attribute"
                }
                DefinitionKind::Score
                    if self
                        .parts
                        .contains_key(&(DefinitionKind::Trait, name.clone())) =>
                {
                    "a trait"
                }
                _ => continue,
            };
            wrong.push((*sort, name.clone(), other));
        }
        for name in self.made.keys().chain(self.document.ledgers.keys()) {
            let sections = [
                ("traits", self.document.traits.contains_key(name)),
                ("scores", self.document.scores.contains_key(name)),
                (
                    "schema.attributes",
                    self.context.schema().attribute(name).is_some(),
                ),
            ];
            for (section, _) in sections.into_iter().filter(|(_, has)| *has) {
                let keys: Vec<&str> = section.split('.').chain([name.as_str()]).collect();
                self.findings.about_name(&keys, made::clash(section, name));
            }
        }
        for (sort, name, other) in wrong {
            let key = if sort == DefinitionKind::Trait {
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
            self.findings.about_name(&[key, &name], diagnostic);
        }
    }
}

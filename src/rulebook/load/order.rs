//! The order of names: each comes after those that it refers to, and cycles are reported.

use super::{DefinitionId, DefinitionKind, Work};
use crate::diagnostic::Diagnostic;
use crate::ir::is_under;
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, Literal};
use std::collections::{BTreeMap, BTreeSet};

impl Work {
    /// What an expression in a definition refers to.
    fn references(&self, expr: &Expr, of: &DefinitionId) -> BTreeSet<DefinitionId> {
        let mut ids = BTreeSet::new();
        let mut add = |id: DefinitionId| {
            if self.parts.contains_key(&id) {
                ids.insert(id);
            }
        };
        expr.visit(&mut |e| match &e.kind {
            ExprKind::Path(names) => {
                // A calendar part may follow a trait's name: `last_order.weekday`.
                let texts: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
                if texts == ["stage"] && self.context.schema().attribute("stage").is_none() {
                    self.document
                        .lifecycles
                        .keys()
                        .for_each(|n| add((DefinitionKind::Lifecycle, n.clone())));
                }
                for n in 1..=texts.len() {
                    let name = texts.get(..n).unwrap_or(&texts).join(".");
                    add((DefinitionKind::Trait, name.clone()));
                    add((DefinitionKind::Score, name));
                }
            }
            ExprKind::InSegment { segments, .. } => {
                segments
                    .iter()
                    .for_each(|n| add((DefinitionKind::Segment, n.text.clone())));
                if segments.is_empty() {
                    // A segment of those who are `in no segment` means the others.
                    let all = self.document.segments.keys();
                    all.map(|n| (DefinitionKind::Segment, n.clone()))
                        .filter(|segment| segment != of)
                        .for_each(&mut add);
                }
            }
            ExprKind::Points { ledger, .. } => {
                add((DefinitionKind::Trait, ledger.text.clone()));
            }
            ExprKind::SegmentMove { segment, .. } => {
                add((DefinitionKind::Segment, segment.text.clone()))
            }
            ExprKind::Stage(of)
            | ExprKind::InStage { of: Some(of), .. }
            | ExprKind::StageMove { of: Some(of), .. } => {
                add((DefinitionKind::Lifecycle, of.lifecycle.text.clone()))
            }
            ExprKind::InStage { of: None, .. } | ExprKind::StageMove { of: None, .. } => {
                self.document
                    .lifecycles
                    .keys()
                    .for_each(|n| add((DefinitionKind::Lifecycle, n.clone())));
            }
            ExprKind::Tagged { paths, .. } => {
                for tag in self.document.tags.keys() {
                    let meant = |p: &Literal| {
                        if let Literal::String(p) = p {
                            is_under(tag, p)
                        } else {
                            false
                        }
                    };
                    if paths.is_empty() || paths.iter().any(meant) {
                        add((DefinitionKind::Tag, tag.clone()));
                    }
                }
            }
            _ => {}
        });
        ids
    }

    /// All names, each after those it refers to. A cycle is reported once, as a whole, and left out.
    pub(super) fn order(&mut self) -> Vec<DefinitionId> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            Open,
            Done,
        }
        let graph: BTreeMap<DefinitionId, Vec<DefinitionId>> = (self.parts.iter())
            .map(|(id, parts)| {
                let to: BTreeSet<DefinitionId> = parts
                    .iter()
                    .filter_map(|p| p.expr.as_ref())
                    .flat_map(|e| self.references(e, id))
                    .collect();
                (id.clone(), to.into_iter().collect())
            })
            .collect();
        let mut marks: BTreeMap<DefinitionId, Mark> = BTreeMap::new();
        let mut order = Vec::with_capacity(graph.len());
        for root in graph.keys() {
            if marks.contains_key(root) {
                continue;
            }
            // Each entry: a name and how many of its references were followed. No recursion: chains may be long.
            let mut stack: Vec<(DefinitionId, usize)> = vec![(root.clone(), 0)];
            marks.insert(root.clone(), Mark::Open);
            while let Some((id, next)) = stack.last_mut() {
                let Some(to) = graph.get(id).and_then(|to| to.get(*next)).cloned() else {
                    marks.insert(id.clone(), Mark::Done);
                    order.push(id.clone());
                    stack.pop();
                    continue;
                };
                *next += 1;
                match marks.get(&to) {
                    None => {
                        marks.insert(to.clone(), Mark::Open);
                        stack.push((to, 0));
                    }
                    Some(Mark::Open) => {
                        let from = stack.iter().position(|(id, _)| *id == to).unwrap_or(0);
                        let cycle: Vec<DefinitionId> =
                            stack.iter().skip(from).map(|(id, _)| id.clone()).collect();
                        self.cycle(&cycle);
                    }
                    Some(Mark::Done) => {}
                }
            }
        }
        order
    }

    fn cycle(&mut self, cycle: &[DefinitionId]) {
        let Some(first) = cycle.first() else { return };
        let words = |(sort, name): &DefinitionId| match sort {
            DefinitionKind::Trait => format!("trait `{name}`"),
            DefinitionKind::Score => format!("score `{name}`"),
            DefinitionKind::Tag => format!("tag `{name}`"),
            DefinitionKind::Segment => format!("segment `{name}`"),
            DefinitionKind::Lifecycle => format!("lifecycle `{name}`"),
        };
        let mut chain: Vec<String> = cycle.iter().map(words).collect();
        chain.push(words(first));
        let path = self
            .parts
            .get(first)
            .and_then(|p| p.first())
            .map(|p| p.path.clone())
            .unwrap_or_default();
        let diagnostic = Diagnostic::error(
            "E0205",
            Span::default(),
            format!("definitions form a cycle: {}", chain.join(" -> ")),
        )
        .help("remove one of the references");
        self.findings.about_key(&path, diagnostic);
    }
}

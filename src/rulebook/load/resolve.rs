//! Resolving: each name in its turn is checked among those before it.

use super::super::document::{
    CaseValue, CasesDocument, LifecycleDocument, SegmentDocument, TraitDocument,
};
use super::super::lifecycles::LifecycleFindings;
use super::super::{lifecycles, matrix, scores, templates};
use super::{DefinitionId, DefinitionKind, ExpressionSource, Work};
use crate::check::{CheckError, Context, check_value};
use crate::diagnostic::Diagnostic;
use crate::ir::Weight;
use crate::ir::{Case, Cond, CondKind, Lit, Score, Segment, Term, TermKind, Trait, Ty};
use crate::rule::Rule;
use crate::span::Span;
use crate::syntax::{self};
use crate::value::EnumType;
use std::sync::Arc;

impl Work {
    /// Checks everything of a name, among the names before it.
    pub(super) fn resolve(&mut self, id: &DefinitionId) {
        let parts = self.parts.remove(id).unwrap_or_default();
        self.context.defining = Some(id.1.clone());
        match id.0 {
            DefinitionKind::Trait => self.resolve_trait(&id.1, &parts),
            DefinitionKind::Score => self.resolve_score(&id.1, &parts),
            DefinitionKind::Lifecycle => self.resolve_lifecycle(&id.1, &parts),
            DefinitionKind::Tag => {
                if id.1.is_empty() || id.1.split('/').any(str::is_empty) {
                    let diagnostic = Diagnostic::error(
                        "E0129",
                        Span::default(),
                        format!("`{}` is not a tag path", id.1),
                    )
                    .help(
                        "write the parts with single slashes between them: \"interest/skincare\"",
                    );
                    self.findings.about_name(&["tags", &id.1], diagnostic);
                }
                if let Some(rule) = parts.first().and_then(|p| self.rule(p)) {
                    let segment = Arc::new(Segment {
                        name: id.1.clone(),
                        is_tag: true,
                        cond: rule.root().clone(),
                        text: rule.text().into(),
                        weight: rule.weight(),
                    });
                    self.context.tags.push((id.1.clone(), segment));
                    self.tags.insert(id.1.clone(), rule);
                }
            }
            DefinitionKind::Segment => {
                let rule = match self.document.segments.get(&id.1) {
                    Some(SegmentDocument::Table(table)) if table.ids.is_some() => Some(
                        Rule::members(&id.1, table.ids.as_deref().unwrap_or(&[]), &self.context),
                    ),
                    _ => parts.first().and_then(|p| self.rule(p)),
                };
                if let Some(rule) = rule {
                    let segment = Arc::new(Segment {
                        name: id.1.clone(),
                        is_tag: false,
                        cond: rule.root().clone(),
                        text: rule.text().into(),
                        weight: rule.weight(),
                    });
                    self.context.segments.insert(id.1.clone(), segment);
                    self.segments.insert(id.1.clone(), rule);
                }
            }
        }
    }

    fn rule(&mut self, part: &ExpressionSource) -> Option<Rule> {
        let checked = Rule::of_expr(&part.text, part.expr.clone()?, &self.context);
        self.accept(part, checked)
    }

    /// The rule that a part turned out to be; what was found about it is kept.
    fn accept(
        &mut self,
        part: &ExpressionSource,
        checked: Result<Rule, CheckError>,
    ) -> Option<Rule> {
        self.context.place_names(&part.path, &part.text);
        match checked {
            Ok(rule) => {
                self.report(part, rule.warnings());
                Some(rule)
            }
            Err(error) => {
                self.report(part, error.diagnostics());
                None
            }
        }
    }

    fn report(&mut self, part: &ExpressionSource, found: &[Diagnostic]) {
        for diagnostic in found {
            self.findings
                .about_text(&part.path, &part.text, diagnostic.clone());
        }
    }

    /// An expression as a value, or, where it is a condition, as true or false.
    fn term(&mut self, part: &ExpressionSource) -> Option<Term> {
        let expr = part.expr.as_ref()?;
        let mut found = Vec::new();
        let term = check_value(expr, &part.text, &self.context, &mut found);
        self.context.place_names(&part.path, &part.text);
        let wrong = term.is_none() || found.iter().any(Diagnostic::is_error);
        self.report(part, &found);
        term.filter(|_| !wrong)
    }

    pub(super) fn too_large(&mut self, key: &str, name: &str, complaint: String) {
        let diagnostic = Diagnostic::error("E0209", Span::default(), complaint)
            .help(crate::check::TOO_LARGE_HELP);
        self.findings.about_key(&[key, name], diagnostic);
    }

    fn resolve_trait(&mut self, name: &str, parts: &[ExpressionSource]) {
        let declared = self.document.traits.get(name);
        if declared.is_none() && self.document.ledgers.contains_key(name) {
            return self.resolve_ledger(name, parts);
        }
        let term = match declared.or_else(|| self.made.get(name)).cloned() {
            Some(TraitDocument::Cases(cases)) => self.cases(name, &cases, parts),
            _ => parts.first().and_then(|p| self.term(p)),
        };
        if let Some(term) = term {
            // A trait of cases has a text for each case instead.
            let text = parts
                .first()
                .filter(|_| !matches!(term.kind, TermKind::Cases { .. }))
                .map_or("", |p| &p.text)
                .into();
            let weight = Weight::of_term(&term);
            if let Some(complaint) = weight.complaint() {
                return self.too_large("traits", name, complaint);
            }
            self.context.traits.insert(
                name.to_owned(),
                Arc::new(Trait {
                    name: name.to_owned(),
                    term,
                    text,
                    weight,
                }),
            );
        }
    }

    fn cases(
        &mut self,
        name: &str,
        document: &CasesDocument,
        parts: &[ExpressionSource],
    ) -> Option<Term> {
        let rules: Vec<Option<Rule>> = parts.iter().map(|p| self.rule(p)).collect();
        let path = ["traits", name];
        let values: Vec<&CaseValue> = document
            .cases
            .iter()
            .map(|c| &c.is)
            .chain(&document.otherwise)
            .collect();
        let numbers = values
            .iter()
            .filter(|v| matches!(v, CaseValue::Number(_)))
            .count();
        let wrong = if document.cases.is_empty() {
            Some("a trait needs at least one case")
        } else if numbers != 0 && numbers != values.len() {
            Some("the values of a trait are either all numbers or all names")
        } else {
            None
        };
        if let Some(message) = wrong {
            self.findings.about_key(
                &path,
                Diagnostic::error("E0206", Span::default(), message)
                    .help("write `cases = [{ is = \"loyal\", when = \"…\" }]`"),
            );
            return None;
        }
        let mut names: Vec<String> = document.order.clone();
        for value in &values {
            if let CaseValue::Name(n) = value
                && !names.contains(n)
            {
                if !document.order.is_empty() {
                    let message = format!("`{n}` is not in the trait's `order`");
                    self.findings.about_key(
                        &path,
                        Diagnostic::error("E0206", Span::default(), message)
                            .help("list every value in `order`, the least first"),
                    );
                    return None;
                }
                names.push(n.clone());
            }
        }
        let enumeration = EnumType {
            values: names.into(),
            ordered: !document.order.is_empty(),
        };
        let lit = |value: &CaseValue| match value {
            CaseValue::Number(n) => Lit::Whole(i128::from(*n)),
            CaseValue::Name(n) => Lit::Whole(
                enumeration
                    .index_of(n)
                    .and_then(|i| i128::try_from(i).ok())
                    .unwrap_or(-1),
            ),
        };
        let cases = (rules.into_iter().zip(&document.cases))
            .map(|(rule, case)| {
                Some(Case {
                    cond: rule?.root().clone(),
                    value: lit(&case.is),
                    text: case.when.as_str().into(),
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let otherwise = document.otherwise.as_ref().map(&lit);
        let ty = if numbers > 0 {
            Ty::Exact(0)
        } else {
            Ty::Enum(enumeration)
        };
        Some(Term::new(
            TermKind::Cases { cases, otherwise },
            ty,
            Span::default(),
        ))
    }

    fn resolve_lifecycle(&mut self, name: &str, parts: &[ExpressionSource]) {
        let Some(document) = self.document.lifecycles.get(name).cloned() else {
            return;
        };
        let of_matrix;
        let parts = if document.template.as_deref() == Some(templates::MATRIX) {
            let Some(stages) = self.matrix(name, &document, parts) else {
                return;
            };
            of_matrix = stages;
            &of_matrix
        } else {
            parts
        };
        let Some(stages) = self.stages.get(name).cloned() else {
            return;
        };
        let context = lifecycles::context_of(&document, &self.context);
        let checked: Vec<lifecycles::Checked> = (parts.iter())
            .map(|part| {
                let rule = part
                    .expr
                    .clone()
                    .map(|expr| Rule::of_expr(&part.text, expr, &context));
                lifecycles::Checked {
                    rule: rule.and_then(|r| self.accept(part, r)),
                    expr: part.expr.clone(),
                }
            })
            .collect();
        for (part, of) in parts.iter().zip(&checked) {
            if let (Some(per), Some(rule)) = (&document.per, &of.rule) {
                let unbound = lifecycles::unbound(rule.root(), per, self.context.schema());
                self.report(part, &unbound);
            }
        }
        let lifecycle = lifecycles::build(
            name,
            &document,
            &stages,
            &checked,
            self.context.schema(),
            &mut LifecycleFindings::new(&mut self.findings, name, &document),
        );
        if let Some(lifecycle) = lifecycle {
            self.context
                .lifecycles
                .insert(name.to_owned(), Arc::new(lifecycle));
        }
    }

    /// The stages of a matrix, of which `parts` name the rows and the columns.
    fn matrix(
        &mut self,
        name: &str,
        document: &LifecycleDocument,
        parts: &[ExpressionSource],
    ) -> Option<Vec<ExpressionSource>> {
        let axes: Vec<Option<matrix::Axis>> = (parts.iter().zip(matrix::AXES))
            .map(|(part, axis)| {
                let term = self.term(part)?;
                let mut findings = LifecycleFindings::new(&mut self.findings, name, document);
                let expr = part.expr.as_ref()?;
                matrix::axis(axis, expr, &term, &self.document.scores, &mut findings)
            })
            .collect();
        let axes: Option<Vec<matrix::Axis>> = axes.into_iter().collect();
        let [rows, columns]: [matrix::Axis; 2] = axes?.try_into().ok()?;
        let mut findings = LifecycleFindings::new(&mut self.findings, name, document);
        let (matrix, stages) = matrix::stages(document, rows, columns, &mut findings)?;
        let parts = stages.iter().map(|stage| ExpressionSource {
            path: ["lifecycles", name, "template"].map(str::to_owned).into(),
            text: stage.when.clone(),
            expr: syntax::parse(&stage.when).ok(),
        });
        let parts = parts.collect();
        self.stages.insert(name.to_owned(), stages);
        self.matrices.insert(name.to_owned(), Arc::new(matrix));
        Some(parts)
    }

    fn resolve_score(&mut self, name: &str, parts: &[ExpressionSource]) {
        let Some(document) = self.document.scores.get(name).cloned() else {
            return;
        };
        let mut parts = parts.iter();
        let value = parts.next().and_then(|p| self.term(p));
        let over = match parts.next() {
            Some(part) => match self.rule(part) {
                Some(rule) => Some(rule.root().clone()),
                None => return,
            },
            None => None,
        };
        let Some(value) = value else { return };
        let path = ["scores", name];
        let value_path = ["scores", name, "value"];
        let whole = Span::new(0, document.value.trim_end().len());
        if value.depends_on_now {
            let diagnostic =
                Diagnostic::error("E0207", whole, "a score cannot be fitted on a value that moves with `now`")
                    .help("fit on the instant itself, such as `last(purchased).at`: what is later scores higher");
            return self
                .findings
                .about_text(&value_path, &document.value, diagnostic);
        }
        if matches!(value.ty, Ty::Place | Ty::Bool) {
            let message = format!(
                "a score is fitted on values that have an order, not on {}",
                value.ty.words()
            );
            let diagnostic = Diagnostic::error("E0207", whole, message)
                .help("fit on a number, a date, an instant or a duration");
            return self
                .findings
                .about_text(&value_path, &document.value, diagnostic);
        }
        let value = match over {
            Some(cond) => scores::only_where(cond, value),
            None => value,
        };
        match scores::eras(&document, &value, self.context.calendar.zone) {
            Ok(eras) => {
                if document.cuts.is_none() {
                    let diagnostic = Diagnostic::warning(
                        "W0104",
                        Span::default(),
                        format!("score `{name}` has no cut points yet, so nobody has the score"),
                    )
                    .help("run `segue fit`, or `Rulebook::fit`");
                    self.findings.about_key(&path, diagnostic);
                }
                let weight = Weight::of_term(&value);
                if let Some(complaint) = weight.complaint() {
                    return self.too_large("scores", name, complaint);
                }
                let score = Score {
                    name: name.to_owned(),
                    value,
                    text: document.value.as_str().into(),
                    eras,
                    weight,
                };
                self.context.scores.insert(name.to_owned(), Arc::new(score));
            }
            Err(diagnostic) => self.findings.about_key(&path, *diagnostic),
        }
    }
}

impl Rule {
    /// The rule of a fixed list of profiles.
    fn members(name: &str, ids: &[String], context: &Context) -> Rule {
        let span = Span::default();
        let value = Term::new(TermKind::Id, Ty::String, span);
        let mut set: Vec<Lit> = ids.iter().map(|id| Lit::Text(id.as_str().into())).collect();
        set.sort_by(|a, b| {
            if let (Lit::Text(a), Lit::Text(b)) = (a, b) {
                a.cmp(b)
            } else {
                std::cmp::Ordering::Equal
            }
        });
        let root = Cond::new(
            CondKind::OneOf {
                value,
                set,
                ignoring_case: false,
            },
            span,
        );
        let text = format!("in segment {}", syntax::quoted_name(name));
        Rule::of_cond(text, root, context)
    }
}

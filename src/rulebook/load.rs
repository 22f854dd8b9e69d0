//! Loading: a document becomes a [`Rulebook`]. Names are put in the order in which they depend on one another; then each
//! expression is checked among those before it.

use super::document::{CaseValue, CasesDocument, RulebookDocument, SegmentDocument, StageDocument, TraitDocument};
use super::finding::{Finding, LoadError};
use super::reader::{Found, Reader};
use super::{Format, Rulebook, lifecycles, locate, scores, sending, templates, triggers};
use crate::diagnostic::Diagnostic;
use crate::rule::ir::{Case, Cond, CondKind, Lit, Score, Segment, Term, TermKind, Trait, Ty};
use crate::rule::visit::Weight;
use crate::rule::{CheckError, Context, Rule, check_value, under};
use crate::schema::Schema;
use crate::syntax::{self, Expr, ExprKind, Literal, Span};
use crate::time::Zone;
use crate::value::EnumType;
use chrono::Weekday;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Loads a rule file, with the file's name for messages and perhaps a schema from elsewhere.
///
/// ```
/// use segue::{Rulebook, rulebook::Format, schema::{Field, Schema}, Type};
/// let schema = Schema::builder().attribute(Field::new("age", Type::Int)).build()?;
/// let error = Rulebook::loader()
///     .file("rules.json")
///     .schema(schema)
///     .load(Format::Json, r#"{"segments": {
///         "grown_up": "agee >= 18"}}"#)
///     .unwrap_err();
/// assert_eq!(error.findings()[0].line, Some(2));
/// assert_eq!(error.findings()[0].key, "segments.grown_up");
/// assert!(error.to_string().contains("did you mean `age`?"));
/// # Ok::<(), segue::schema::SchemaError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Loader {
    file: Option<String>,
    schema: Option<Schema>,
    timezone: Option<Zone>,
}

impl Loader {
    /// The file's name, which findings carry.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>) -> Self {
        self.file = Some(name.into());
        self
    }

    /// The schema to use where the document has none: that of a service's own struct, or one inferred from data.
    #[must_use]
    pub fn schema(mut self, schema: Schema) -> Self {
        self.schema = Some(schema);
        self
    }

    /// The zone to use instead of the document's.
    #[must_use]
    pub fn timezone(mut self, zone: Zone) -> Self {
        self.timezone = Some(zone);
        self
    }

    /// Loads a document from text.
    ///
    /// # Errors
    /// If it is no rule file, or with all errors of all its expressions.
    pub fn load(self, format: Format, text: &str) -> Result<Rulebook, LoadError> {
        let document = match format {
            #[cfg(feature = "toml")]
            Format::Toml => toml::from_str(text).map_err(|e: toml::de::Error| {
                let line = e.span().and_then(|s| text.get(..s.start)).map(|before| before.matches('\n').count() + 1);
                (line, e.message().to_owned())
            }),
            #[cfg(feature = "yaml")]
            Format::Yaml => serde_saphyr::from_str(text).map_err(|e| {
                let line = e.location().and_then(|l| usize::try_from(l.line()).ok());
                (line, without_place(e.to_string().lines().next().unwrap_or_default()).to_owned())
            }),
            Format::Json => serde_json::from_str(text).map_err(|e| {
                let place = format!(" at line {} column {}", e.line(), e.column());
                let message = e.to_string();
                (Some(e.line()), message.strip_suffix(&place).unwrap_or(&message).to_owned())
            }),
        };
        let document: RulebookDocument = match document {
            Ok(document) => document,
            Err((line, message)) => {
                let diagnostic =
                    Diagnostic::error("E0201", Span::default(), message).help("docs/rulebooks.md describes rule files");
                return Err(LoadError::new(vec![Finding {
                    file: self.file,
                    key: String::new(),
                    line,
                    text: String::new(),
                    diagnostic,
                }]));
            }
        };
        Work::new(self, document).run(|path| locate::line(format, text, path))
    }

    /// Loads a document that was read already; findings then name no lines.
    ///
    /// # Errors
    /// With all errors of all expressions.
    pub fn load_document(self, document: RulebookDocument) -> Result<Rulebook, LoadError> {
        Work::new(self, document).run(|_| None)
    }
}

/// Something with a name, by its sort. The order is that of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Trait,
    Score,
    Tag,
    Segment,
    Lifecycle,
}

type Id = (Sort, String);

/// An expression of the document: where it stands and what it says.
struct Part {
    path: Vec<String>,
    text: String,
    expr: Option<Expr>,
}

struct Work {
    file: Option<String>,
    document: RulebookDocument,
    context: Context,
    parts: BTreeMap<Id, Vec<Part>>,
    found: Vec<Found>,
    segments: BTreeMap<String, Rule>,
    tags: BTreeMap<String, Rule>,
    /// The stages of each lifecycle, templates filled in.
    stages: BTreeMap<String, Vec<StageDocument>>,
}

impl Work {
    fn new(loader: Loader, document: RulebookDocument) -> Self {
        let schema = document.schema.clone().or(loader.schema).unwrap_or_default();
        let mut context = Context::new(schema);
        let mut found = Vec::new();
        match (loader.timezone, &document.timezone) {
            (Some(zone), _) => context = context.zone(zone),
            (None, Some(name)) => match name.parse() {
                Ok(zone) => context = context.zone(zone),
                Err(e) => found.push((
                    vec!["timezone".to_owned()],
                    String::new(),
                    Diagnostic::error("E0202", Span::default(), format!("{e}")),
                )),
            },
            (None, None) => {}
        }
        if let Some(day) = &document.week_starts {
            match day.parse::<Weekday>() {
                Ok(day) => context = context.week_start(day),
                Err(_) => found.push((
                    vec!["week_starts".to_owned()],
                    String::new(),
                    Diagnostic::error("E0202", Span::default(), format!("`{day}` is not a weekday"))
                        .help("write `monday` … `sunday`"),
                )),
            }
        }
        context.declared_segments = document.segments.keys().cloned().collect();
        context.declared_lifecycles = document.lifecycles.keys().cloned().collect();
        context.declared_values = document.traits.keys().chain(document.scores.keys()).cloned().collect();
        Work {
            file: loader.file,
            document,
            context,
            parts: BTreeMap::new(),
            found,
            segments: BTreeMap::new(),
            tags: BTreeMap::new(),
            stages: BTreeMap::new(),
        }
    }

    fn run(mut self, line: impl Fn(&[&str]) -> Option<usize>) -> Result<Rulebook, LoadError> {
        self.read();
        for id in self.order() {
            self.resolve(&id);
        }
        let mut reader = Reader { context: &self.context, found: &mut self.found };
        let sending = sending::load(&self.document, &mut reader);
        let triggers = triggers::load(&self.document, &self.stages, &sending, &mut reader);
        let file = self.file.clone();
        let findings: Vec<Finding> = std::mem::take(&mut self.found)
            .into_iter()
            .map(|(path, text, diagnostic)| {
                let keys: Vec<&str> = path.iter().map(String::as_str).collect();
                Finding { file: file.clone(), line: line(&keys), key: path.join("."), text, diagnostic }
            })
            .collect();
        if findings.iter().any(|f| f.diagnostic.is_error()) {
            return Err(LoadError::new(findings));
        }
        Ok(Rulebook {
            document: self.document,
            context: self.context,
            segments: self.segments,
            tags: self.tags,
            sending: Arc::new(sending),
            triggers,
            warnings: LoadError::new(findings).findings().to_vec(),
        })
    }

    fn report(&mut self, path: &[String], text: &str, diagnostic: Diagnostic) {
        self.found.push((path.to_vec(), text.to_owned(), diagnostic));
    }

    fn report_below(&mut self, key: &str, name: &str, found: lifecycles::Found) {
        for (below, diagnostic) in found {
            let path: Vec<String> = [key.to_owned(), name.to_owned()].into_iter().chain(below).collect();
            self.report(&path, "", diagnostic);
        }
    }

    /// Parses every expression of the document.
    fn read(&mut self) {
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
            all.push((id.clone(), path(&["scores", name, "value"]), score.value.clone()));
            if let Some(over) = &score.over {
                all.push((id, path(&["scores", name, "over"]), over.clone()));
            }
        }
        for (name, text) in &self.document.tags {
            all.push(((Sort::Tag, name.clone()), path(&["tags", name]), text.clone()));
        }
        let mut wrong = Vec::new();
        for (name, segment) in &self.document.segments {
            let id = (Sort::Segment, name.clone());
            match segment {
                SegmentDocument::When(text) => all.push((id, path(&["segments", name]), text.clone())),
                SegmentDocument::Table(table) => match (&table.when, &table.ids) {
                    (Some(text), None) => all.push((id, path(&["segments", name, "when"]), text.clone())),
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
        unfilled.into_iter().for_each(|(name, found)| self.report_below("lifecycles", &name, found));
        for path in wrong {
            let diagnostic =
                Diagnostic::error("E0203", Span::default(), "a segment has either a condition or a fixed list")
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
            self.parts.entry(id).or_default().push(Part { path, text, expr });
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
            let key = if sort == Sort::Trait { "traits" } else { "scores" };
            let diagnostic = Diagnostic::error("E0204", Span::default(), format!("`{name}` is {other} already"))
                .help("choose another name");
            self.report(&[key.to_owned(), name], "", diagnostic);
        }
    }

    /// What an expression refers to.
    fn references(&self, expr: &Expr) -> BTreeSet<Id> {
        let mut ids = BTreeSet::new();
        let mut add = |id: Id| {
            if self.parts.contains_key(&id) {
                ids.insert(id);
            }
        };
        expr.visit(&mut |e| match &e.kind {
            ExprKind::Path(names) => {
                // A calendar part may follow a trait's name: `last_order.weekday`.
                let texts: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
                if texts == ["stage"] && self.context.schema().attribute("stage").is_none() {
                    self.document.lifecycles.keys().for_each(|n| add((Sort::Lifecycle, n.clone())));
                }
                for n in 1..=texts.len() {
                    let name = texts.get(..n).unwrap_or(&texts).join(".");
                    add((Sort::Trait, name.clone()));
                    add((Sort::Score, name));
                }
            }
            ExprKind::InSegment { segments, .. } => {
                segments.iter().for_each(|n| add((Sort::Segment, n.text.clone())));
                if segments.is_empty() {
                    self.document.segments.keys().for_each(|n| add((Sort::Segment, n.clone())));
                }
            }
            ExprKind::SegmentMove { segment, .. } => add((Sort::Segment, segment.text.clone())),
            ExprKind::Stage(of) | ExprKind::InStage { of: Some(of), .. } | ExprKind::StageMove { of: Some(of), .. } => {
                add((Sort::Lifecycle, of.lifecycle.text.clone()))
            }
            ExprKind::InStage { of: None, .. } | ExprKind::StageMove { of: None, .. } => {
                self.document.lifecycles.keys().for_each(|n| add((Sort::Lifecycle, n.clone())));
            }
            ExprKind::Tagged { paths, .. } => {
                for tag in self.document.tags.keys() {
                    let meant = |p: &Literal| if let Literal::String(p) = p { under(tag, p) } else { false };
                    if paths.is_empty() || paths.iter().any(meant) {
                        add((Sort::Tag, tag.clone()));
                    }
                }
            }
            _ => {}
        });
        ids
    }

    /// All names, each after those it refers to. A cycle is reported once, as a whole, and left out.
    fn order(&mut self) -> Vec<Id> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            Open,
            Done,
        }
        let graph: BTreeMap<Id, Vec<Id>> = (self.parts.iter())
            .map(|(id, parts)| {
                let to: BTreeSet<Id> =
                    parts.iter().filter_map(|p| p.expr.as_ref()).flat_map(|e| self.references(e)).collect();
                (id.clone(), to.into_iter().collect())
            })
            .collect();
        let mut marks: BTreeMap<Id, Mark> = BTreeMap::new();
        let mut order = Vec::with_capacity(graph.len());
        for root in graph.keys() {
            if marks.contains_key(root) {
                continue;
            }
            // Each entry: a name and how many of its references were followed. No recursion: chains may be long.
            let mut stack: Vec<(Id, usize)> = vec![(root.clone(), 0)];
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
                        let cycle: Vec<Id> = stack.iter().skip(from).map(|(id, _)| id.clone()).collect();
                        self.cycle(&cycle);
                    }
                    Some(Mark::Done) => {}
                }
            }
        }
        order
    }

    fn cycle(&mut self, cycle: &[Id]) {
        let Some(first) = cycle.first() else { return };
        let words = |(sort, name): &Id| match sort {
            Sort::Trait => format!("trait `{name}`"),
            Sort::Score => format!("score `{name}`"),
            Sort::Tag => format!("tag `{name}`"),
            Sort::Segment => format!("segment `{name}`"),
            Sort::Lifecycle => format!("lifecycle `{name}`"),
        };
        let mut chain: Vec<String> = cycle.iter().map(words).collect();
        chain.push(words(first));
        let path = self.parts.get(first).and_then(|p| p.first()).map(|p| p.path.clone()).unwrap_or_default();
        let diagnostic = Diagnostic::error(
            "E0205",
            Span::default(),
            format!("these refer to one another in a circle: {}", chain.join(" -> ")),
        )
        .help("take one of the references out");
        self.report(&path, "", diagnostic);
    }

    /// Checks everything of a name, among the names before it.
    fn resolve(&mut self, id: &Id) {
        let parts = self.parts.remove(id).unwrap_or_default();
        match id.0 {
            Sort::Trait => self.resolve_trait(&id.1, &parts),
            Sort::Score => self.resolve_score(&id.1, &parts),
            Sort::Lifecycle => self.resolve_lifecycle(&id.1, &parts),
            Sort::Tag => {
                if id.1.is_empty() || id.1.split('/').any(str::is_empty) {
                    let diagnostic =
                        Diagnostic::error("E0129", Span::default(), format!("`{}` is not a tag path", id.1))
                            .help("write the parts with single slashes between them: \"interest/skincare\"");
                    self.report(&["tags".to_owned(), id.1.clone()], "", diagnostic);
                }
                if let Some(rule) = parts.first().and_then(|p| self.rule(p)) {
                    let segment = Arc::new(Segment {
                        name: id.1.clone(),
                        cond: rule.root().clone(),
                        text: rule.text().into(),
                        weight: rule.weight(),
                    });
                    self.context.tags.push((id.1.clone(), segment));
                    self.tags.insert(id.1.clone(), rule);
                }
            }
            Sort::Segment => {
                let rule = match self.document.segments.get(&id.1) {
                    Some(SegmentDocument::Table(table)) if table.ids.is_some() => {
                        Some(Rule::members(&id.1, table.ids.as_deref().unwrap_or(&[]), &self.context))
                    }
                    _ => parts.first().and_then(|p| self.rule(p)),
                };
                if let Some(rule) = rule {
                    let segment = Arc::new(Segment {
                        name: id.1.clone(),
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

    fn rule(&mut self, part: &Part) -> Option<Rule> {
        let checked = Rule::of_expr(&part.text, part.expr.clone()?, &self.context);
        self.accept(part, checked)
    }

    /// The rule that a part turned out to be; what was found about it is kept.
    fn accept(&mut self, part: &Part, checked: Result<Rule, CheckError>) -> Option<Rule> {
        match checked {
            Ok(rule) => {
                rule.warnings().iter().for_each(|w| self.found.push((part.path.clone(), part.text.clone(), w.clone())));
                Some(rule)
            }
            Err(error) => {
                for diagnostic in error.diagnostics() {
                    self.found.push((part.path.clone(), part.text.clone(), diagnostic.clone()));
                }
                None
            }
        }
    }

    /// An expression as a value, or, where it is a condition, as true or false.
    fn term(&mut self, part: &Part) -> Option<Term> {
        let expr = part.expr.as_ref()?;
        let mut found = Vec::new();
        let term = check_value(expr, &part.text, &self.context, &mut found);
        let wrong = term.is_none() || found.iter().any(Diagnostic::is_error);
        found.into_iter().for_each(|d| self.report(&part.path, &part.text, d));
        term.filter(|_| !wrong)
    }

    fn too_large(&mut self, key: &str, name: &str, complaint: String) {
        let diagnostic = Diagnostic::error("E0209", Span::default(), complaint).help(crate::rule::TOO_LARGE_HELP);
        self.report(&[key.to_owned(), name.to_owned()], "", diagnostic);
    }

    fn resolve_trait(&mut self, name: &str, parts: &[Part]) {
        let term = match self.document.traits.get(name).cloned() {
            Some(TraitDocument::Cases(cases)) => self.cases(name, &cases, parts),
            _ => parts.first().and_then(|p| self.term(p)),
        };
        if let Some(term) = term {
            // A trait of cases has a text for each case instead.
            let text =
                parts.first().filter(|_| !matches!(term.kind, TermKind::Cases { .. })).map_or("", |p| &p.text).into();
            let weight = Weight::of_term(&term);
            if let Some(complaint) = weight.complaint() {
                return self.too_large("traits", name, complaint);
            }
            self.context.traits.insert(name.to_owned(), Arc::new(Trait { name: name.to_owned(), term, text, weight }));
        }
    }

    fn cases(&mut self, name: &str, document: &CasesDocument, parts: &[Part]) -> Option<Term> {
        let rules: Vec<Option<Rule>> = parts.iter().map(|p| self.rule(p)).collect();
        let path = ["traits".to_owned(), name.to_owned()];
        let values: Vec<&CaseValue> = document.cases.iter().map(|c| &c.is).chain(&document.otherwise).collect();
        let numbers = values.iter().filter(|v| matches!(v, CaseValue::Number(_))).count();
        let wrong = if document.cases.is_empty() {
            Some("a trait needs at least one case")
        } else if numbers != 0 && numbers != values.len() {
            Some("the values of a trait are either all numbers or all names")
        } else {
            None
        };
        if let Some(message) = wrong {
            self.report(
                &path,
                "",
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
                    self.report(
                        &path,
                        "",
                        Diagnostic::error("E0206", Span::default(), message)
                            .help("list every value in `order`, the least first"),
                    );
                    return None;
                }
                names.push(n.clone());
            }
        }
        let enumeration = EnumType { values: names.into(), ordered: !document.order.is_empty() };
        let lit = |value: &CaseValue| match value {
            CaseValue::Number(n) => Lit::Whole(i128::from(*n)),
            CaseValue::Name(n) => {
                Lit::Whole(enumeration.index_of(n).and_then(|i| i128::try_from(i).ok()).unwrap_or(-1))
            }
        };
        let cases = (rules.into_iter().zip(&document.cases))
            .map(|(rule, case)| {
                Some(Case { cond: rule?.root().clone(), value: lit(&case.is), text: case.when.as_str().into() })
            })
            .collect::<Option<Vec<_>>>()?;
        let otherwise = document.otherwise.as_ref().map(&lit);
        let ty = if numbers > 0 { Ty::Exact(0) } else { Ty::Enum(enumeration) };
        Some(Term { kind: TermKind::Cases { cases, otherwise }, ty, span: Span::default(), moving: false })
    }

    fn resolve_lifecycle(&mut self, name: &str, parts: &[Part]) {
        let Some(document) = self.document.lifecycles.get(name).cloned() else { return };
        let Some(stages) = self.stages.get(name).cloned() else { return };
        let context = lifecycles::context_of(&document, &self.context);
        let checked: Vec<lifecycles::Checked> = (parts.iter())
            .map(|part| {
                let rule = part.expr.clone().map(|expr| Rule::of_expr(&part.text, expr, &context));
                lifecycles::Checked { rule: rule.and_then(|r| self.accept(part, r)), expr: part.expr.clone() }
            })
            .collect();
        let mut found = Vec::new();
        let lifecycle = lifecycles::build(name, &document, &stages, &checked, self.context.schema(), &mut found);
        for (below, _) in found.iter_mut().filter(|(below, _)| below.first().is_some_and(|key| key == "stages")) {
            if document.template.is_some() {
                *below = vec!["template".to_owned()];
            }
        }
        self.report_below("lifecycles", name, found);
        if let Some(lifecycle) = lifecycle {
            self.context.lifecycles.insert(name.to_owned(), Arc::new(lifecycle));
        }
    }

    fn resolve_score(&mut self, name: &str, parts: &[Part]) {
        let Some(document) = self.document.scores.get(name).cloned() else { return };
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
        let path = ["scores".to_owned(), name.to_owned()];
        let whole = Span::new(0, document.value.trim_end().len());
        if value.moving {
            let diagnostic =
                Diagnostic::error("E0207", whole, "a score cannot be fitted on a value that moves with `now`")
                    .help("fit on the instant itself, such as `last(purchased).at`: what is later scores higher");
            return self.report(&path, &document.value, diagnostic);
        }
        if matches!(value.ty, Ty::Place | Ty::Bool) {
            let message = format!("a score is fitted on values that have an order, not on {}", value.ty.words());
            let diagnostic = Diagnostic::error("E0207", whole, message)
                .help("fit on a number, a date, an instant or a length of time");
            return self.report(&path, &document.value, diagnostic);
        }
        let value = match over {
            Some(cond) => scores::only_where(cond, value),
            None => value,
        };
        match scores::eras(&document, &value) {
            Ok(eras) => {
                if document.cuts.is_none() {
                    let diagnostic = Diagnostic::warning(
                        "W0104",
                        Span::default(),
                        format!("score `{name}` has no cut points yet, so nobody has the score"),
                    )
                    .help("run `segue fit`, or `Rulebook::fit`");
                    self.report(&path, "", diagnostic);
                }
                let weight = Weight::of_term(&value);
                if let Some(complaint) = weight.complaint() {
                    return self.too_large("scores", name, complaint);
                }
                let score = Score { name: name.to_owned(), value, text: document.value.as_str().into(), eras, weight };
                self.context.scores.insert(name.to_owned(), Arc::new(score));
            }
            Err(diagnostic) => self.report(&path, "", *diagnostic),
        }
    }
}

/// A YAML message without the place that it begins with.
#[cfg(feature = "yaml")]
fn without_place(message: &str) -> &str {
    let message = message.strip_prefix("error: ").unwrap_or(message);
    match message.split_once(": ") {
        // An error within an error says its place too.
        Some((place, rest)) if place.starts_with("line ") => without_place(rest),
        _ => message,
    }
}

impl Rule {
    /// The rule of a fixed list of profiles.
    fn members(name: &str, ids: &[String], context: &Context) -> Rule {
        let span = Span::default();
        let value = Term { kind: TermKind::Id, ty: Ty::String, span, moving: false };
        let mut set: Vec<Lit> = ids.iter().map(|id| Lit::Text(id.as_str().into())).collect();
        set.sort_by(
            |a, b| if let (Lit::Text(a), Lit::Text(b)) = (a, b) { a.cmp(b) } else { std::cmp::Ordering::Equal },
        );
        let root = Cond { kind: CondKind::OneOf { value, set, ignoring_case: false }, span };
        let text = format!("in segment {}", syntax::quoted_name(name));
        Rule::of_cond(text, root, context)
    }
}

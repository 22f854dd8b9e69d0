//! Lifecycles: the stages of a document become a typed lifecycle, or everything that is wrong with them.

use super::Rulebook;
use super::document::{FromDocument, LifecycleDocument, StageDocument};
use super::finding::Findings;
use crate::check::{Context, TOO_LARGE_HELP, listed, nearest};
use crate::diagnostic::Diagnostic;
use crate::ir::Reads;
use crate::ir::Weight;
use crate::ir::visit::{Seen, visit_term, visit_written};
use crate::ir::{self, MAX_STAGES, Stage, StageId, StageSet};
use crate::rule::Rule;
use crate::schema::{KindId, Schema};
use crate::span::Span;
use crate::syntax::{Aggregate, Expr, ExprKind};
use crate::value::{EnumType, Type};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The word for no stage.
const NONE: &str = "none";

/// A lifecycle of a rulebook: its stages in order, and what they look at.
///
/// ```
/// use segue::Rulebook;
/// let book = Rulebook::from_toml(r#"
///     [schema.events]
///     viewed = {}
///     purchased = {}
///
///     [lifecycles.buying]
///     stages = [
///         { name = "consideration", when = "viewed" },
///         { name = "decision", when = "purchased" },
///     ]
/// "#)?;
/// let buying = book.lifecycle("buying").expect("it was declared");
/// assert_eq!(buying.stages().collect::<Vec<_>>(), ["consideration", "decision"]);
/// assert_eq!(buying.per(), None);
/// assert_eq!(buying.reads().kinds().collect::<Vec<_>>(), ["purchased", "viewed"]);
/// # Ok::<(), segue::rulebook::LoadError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lifecycle {
    typed: Arc<ir::Lifecycle>,
    reads: Reads,
    matrix: Option<Arc<Matrix>>,
    least: Option<u64>,
    /// By stage.
    goals: BTreeMap<String, String>,
}

impl Lifecycle {
    pub(super) fn new(typed: &Arc<ir::Lifecycle>, rulebook: &Rulebook) -> Self {
        let mut reads = Reads::default();
        let conditions = typed.stages.iter().map(|stage| &stage.cond);
        conditions.for_each(|cond| reads.merge(&Reads::of_condition(cond, rulebook.schema())));
        let document = rulebook.document.lifecycles.get(&typed.name);
        Lifecycle {
            typed: typed.clone(),
            reads,
            matrix: rulebook.matrices.get(&typed.name).cloned(),
            least: document.and_then(|document| document.least),
            goals: (document.into_iter())
                .flat_map(|document| &document.stages)
                .filter_map(|stage| Some((stage.name.clone(), stage.goal.clone()?)))
                .collect(),
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.typed.name
    }

    /// The stages by name, the earliest first.
    pub fn stages(&self) -> impl Iterator<Item = &str> {
        self.typed.names.values.iter().map(String::as_str)
    }

    /// The property of events of which each value has a lifecycle of its own.
    #[must_use]
    pub fn per(&self) -> Option<&str> {
        self.typed.per.as_deref()
    }

    /// Its rows and columns, if it comes from the template `matrix`.
    #[must_use]
    pub fn matrix(&self) -> Option<&Matrix> {
        self.matrix.as_deref()
    }

    /// What the company wants of those who are in a stage, if the rule file says it.
    #[must_use]
    pub fn goal(&self, stage: &str) -> Option<&str> {
        self.goals.get(stage).map(String::as_str)
    }

    /// The number of profiles below which a stage is too small to be worked with, if the rule file says one.
    #[must_use]
    pub fn least(&self) -> Option<u64> {
        self.least
    }

    /// What of a profile the conditions of the stages look at.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }
}

/// The cells of a lifecycle from the template `matrix`.
///
/// ```
/// use segue::Rulebook;
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events = { purchased = {}, clicked = {} }
///     [traits]
///     buying = { order = ["low", "high"], cases = [{ is = "high", when = "purchased within 90 days" }], otherwise = "low" }
///     talking = { order = ["low", "high"], cases = [{ is = "high", when = "clicked within 30 days" }], otherwise = "low" }
///     [lifecycles.activity]
///     template = "matrix"
///     with = { rows = "buying", columns = "talking" }
/// "#)?;
/// let activity = rulebook.lifecycle("activity").expect("it was declared");
/// assert_eq!(activity.stages().collect::<Vec<_>>(), ["low_low", "low_high", "high_low", "high_high"]);
/// let matrix = activity.matrix().expect("it is one");
/// assert_eq!(matrix.rows, ["low", "high"]);
/// # Ok::<(), segue::rulebook::LoadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Matrix {
    /// What the rows are: the name of a trait, a score or an attribute.
    pub row_name: String,
    /// What the columns are.
    pub column_name: String,
    /// The values of the rows, in order. The stages go through them row by row.
    pub rows: Vec<String>,
    /// The values of the columns, in order.
    pub columns: Vec<String>,
}

/// A stage's condition, if it could be checked, and its tree.
pub(super) struct Checked {
    pub(super) rule: Option<Rule>,
    pub(super) expr: Option<Expr>,
}

/// The findings about one lifecycle.
pub(super) struct LifecycleFindings<'f> {
    findings: &'f mut Findings,
    name: &'f str,
    /// Its stages come from a template, and what is wrong with them is said of that.
    from_template: bool,
}

impl<'f> LifecycleFindings<'f> {
    pub(super) fn new(
        findings: &'f mut Findings,
        name: &'f str,
        document: &LifecycleDocument,
    ) -> Self {
        LifecycleFindings {
            findings,
            name,
            from_template: document.template.is_some(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.findings.len()
    }

    /// A finding about a key below the lifecycle.
    pub(super) fn at(&mut self, below: &[&str], diagnostic: Diagnostic) {
        let path = [&["lifecycles", self.name], below].concat();
        self.findings.about_key(&path, diagnostic);
    }

    fn at_stages(&mut self, diagnostic: Diagnostic) {
        let key = if self.from_template {
            "template"
        } else {
            "stages"
        };
        self.at(&[key], diagnostic);
    }

    fn at_stage(&mut self, index: usize, key: &str, diagnostic: Diagnostic) {
        if self.from_template {
            self.at_stages(diagnostic);
        } else {
            self.at(&["stages", &index.to_string(), key], diagnostic);
        }
    }
}

/// The context for the conditions of a lifecycle: inside, only events of its subject are seen.
pub(super) fn context_of(document: &LifecycleDocument, context: &Context) -> Context {
    let mut inside = context.clone();
    inside.subject = document.per.as_deref().map(Arc::from);
    inside
}

/// Builds a lifecycle from its stages and their conditions. `None` where something is wrong, which is among the findings then,
/// or was when a condition was checked.
pub(super) fn build(
    name: &str,
    document: &LifecycleDocument,
    stages: &[StageDocument],
    checked: &[Checked],
    schema: &Schema,
    findings: &mut LifecycleFindings<'_>,
) -> Option<ir::Lifecycle> {
    let before = findings.len();
    names(stages, findings);
    if let Some(per) = &document.per {
        subject(per, schema, findings);
    }
    let froms: Vec<Option<StageSet>> = (0..stages.len())
        .map(|i| from(document, stages, i, findings))
        .collect();
    if findings.len() > before {
        return None;
    }
    let froms = froms.into_iter().collect::<Option<Vec<StageSet>>>()?;
    unreachable(stages, &froms, findings);
    if findings.len() > before {
        return None;
    }
    warn(stages, checked, &froms, findings);
    let built: Option<Vec<Stage>> = (checked.iter().zip(&froms))
        .map(|(c, from)| {
            let rule = c.rule.as_ref()?;
            Some(Stage {
                cond: rule.root().clone(),
                text: rule.text().into(),
                from: *from,
            })
        })
        .collect();
    let stages_ = built?;
    let weight = stages_
        .iter()
        .map(|s| Weight::of_cond(&s.cond))
        .fold(Weight::default(), Weight::with);
    if let Some(complaint) = weight.complaint() {
        let diagnostic = Diagnostic::error("E0209", Span::default(), complaint);
        findings.at(&[], diagnostic.help(TOO_LARGE_HELP));
        return None;
    }
    let values: Vec<String> = stages.iter().map(|s| s.name.clone()).collect();
    Some(ir::Lifecycle {
        weight,
        name: name.to_owned(),
        per: document.per.as_deref().map(Arc::from),
        stages: stages_,
        names: EnumType {
            values: values.into(),
            ordered: true,
        },
    })
}

/// Too few, too many, twice the same, or no name at all.
fn names(stages: &[StageDocument], findings: &mut LifecycleFindings<'_>) {
    let error = |message: String, help: &str| {
        Diagnostic::error("E0220", Span::default(), message).help(help)
    };
    if stages.is_empty() {
        let help = "write `stages = [{ name = \"decision\", when = \"…\" }]`";
        findings.at(
            &[],
            error("a lifecycle needs at least one stage".to_owned(), help),
        );
    }
    if stages.len() > MAX_STAGES {
        let message = format!(
            "a lifecycle has at most {MAX_STAGES} stages, not {}",
            stages.len()
        );
        findings.at_stages(error(message, "make several lifecycles of it"));
    }
    for (i, stage) in stages.iter().enumerate() {
        let name = &stage.name;
        if name.trim().is_empty() {
            let diagnostic = error("a stage needs a name".to_owned(), "such as `decision`");
            findings.at_stage(i, "name", diagnostic);
        } else if name == NONE {
            let message = format!("`{NONE}` is the word for no stage");
            findings.at_stage(i, "name", error(message, "choose another name"));
        } else if stages.iter().take(i).any(|s| s.name == *name) {
            let message = format!("there are two stages `{name}`");
            let help = "join their conditions by `or`, or rename one";
            findings.at_stage(i, "name", error(message, help));
        }
    }
}

/// The property of the subject: of some kinds of events, and of one type that has names.
fn subject(per: &str, schema: &Schema, findings: &mut LifecycleFindings<'_>) {
    let types: Vec<&Type> = schema
        .kinds()
        .iter()
        .filter_map(|k| k.properties.iter().find(|p| p.name == per))
        .map(|p| &p.ty)
        .collect();
    let error = |message: String| Diagnostic::error("E0222", Span::default(), message);
    let diagnostic = match types.split_first() {
        None => {
            let mut known: Vec<&str> = (schema.kinds().iter().flat_map(|k| &k.properties))
                .filter(|p| matches!(p.ty, Type::String | Type::Enum(_)))
                .map(|p| p.name.as_str())
                .collect();
            known.sort_unstable();
            known.dedup();
            named(
                error(format!("no events have a property `{per}`")),
                per,
                &known,
            )
        }
        Some((ty, _)) if !matches!(ty, Type::String | Type::Enum(_)) => error(format!(
            "`{per}` is {ty}; a lifecycle is kept for each value of a string or an enum"
        ))
        .help("choose a property such as a category or a brand"),
        Some((ty, rest)) if rest.iter().any(|t| t != ty) => error(format!(
            "`{per}` is not of the same type in all events that have it"
        ))
        .help("give it one type in the schema, or another name"),
        Some(_) => return,
    };
    findings.at(&["per"], diagnostic);
}

/// Adds "did you mean", or else the names there are.
pub(super) fn named(diagnostic: Diagnostic, name: &str, known: &[&str]) -> Diagnostic {
    match nearest(name, known.iter().copied()) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None if known.is_empty() => diagnostic,
        None => diagnostic.help(format!("known: {}", listed(known))),
    }
}

/// From where a stage may be entered.
fn from(
    document: &LifecycleDocument,
    stages: &[StageDocument],
    i: usize,
    findings: &mut LifecycleFindings<'_>,
) -> Option<StageSet> {
    let own = stages.get(i)?.from.as_ref();
    let mut wrong = |diagnostic: Diagnostic| match own {
        Some(_) => findings.at_stage(i, "from", diagnostic),
        // What the lifecycle itself says wrongly is reported once.
        None if i == 0 => findings.at(&["from"], diagnostic),
        None => {}
    };
    let forward = StageSet::before(StageId::new(i)).with(StageSet::of(None));
    let position = |name: &str| match name {
        NONE => Some(None),
        _ => {
            let position = stages.iter().position(|s| s.name == name)?;
            Some(Some(StageId::new(position)))
        }
    };
    match own.or(document.from.as_ref()) {
        None => Some(forward),
        Some(FromDocument::Word(word)) if word == "forward" => Some(forward),
        Some(FromDocument::Word(word)) if word == "any" => Some(StageSet::ALL),
        Some(FromDocument::Word(word)) => {
            let diagnostic = Diagnostic::error(
                "E0221",
                Span::default(),
                format!("a stage cannot be entered from `{word}`"),
            );
            wrong(match position(word) {
                Some(_) => {
                    diagnostic.help(format!("stages stand in a list: `from = [\"{word}\"]`"))
                }
                None => match nearest(word, ["forward", "any"]) {
                    Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
                    None => diagnostic.help("write `forward`, `any`, or a list of stages"),
                },
            });
            None
        }
        Some(FromDocument::Stages(list)) => {
            let mut from = StageSet::default();
            let mut whole = true;
            for name in list {
                if let Some(at) = position(name) {
                    from = from.with(StageSet::of(at));
                    continue;
                }
                whole = false;
                let known: Vec<&str> = stages
                    .iter()
                    .map(|s| s.name.as_str())
                    .chain([NONE])
                    .collect();
                let diagnostic = Diagnostic::error(
                    "E0221",
                    Span::default(),
                    format!("there is no stage `{name}`"),
                );
                wrong(named(diagnostic, name, &known));
            }
            whole.then_some(from)
        }
    }
}

/// Stages to which no way leads from no stage.
fn unreachable(stages: &[StageDocument], froms: &[StageSet], findings: &mut LifecycleFindings<'_>) {
    let mut reached = StageSet::of(None);
    loop {
        let more = (froms.iter().enumerate())
            .filter(|(_, from)| from.meets(reached))
            .fold(reached, |reached, (i, _)| {
                reached.with(StageSet::of(Some(StageId::new(i))))
            });
        if more == reached {
            break;
        }
        reached = more;
    }
    let lost: Vec<&str> = (stages.iter().enumerate())
        .filter(|(i, _)| !reached.contains(Some(StageId::new(*i))))
        .map(|(_, s)| s.name.as_str())
        .collect();
    if lost.is_empty() {
        return;
    }
    let (be, it) = if lost.len() == 1 {
        ("can never be entered: nothing leads to it", "it")
    } else {
        ("can never be entered: nothing leads to them", "one of them")
    };
    let help = if reached == StageSet::of(None) {
        "begin somewhere: a profile is in no stage at first, so let some stage be entered `from = [\"none\"]`"
            .to_owned()
    } else {
        format!("let {it} be entered from `none` or from a stage that can be reached")
    };
    let message = format!("{} {be}", listed(&lost));
    findings.at_stages(Diagnostic::error("E0223", Span::default(), message).help(help));
}

/// Stages that can be used but will not do what they seem to.
fn warn(
    stages: &[StageDocument],
    checked: &[Checked],
    froms: &[StageSet],
    findings: &mut LifecycleFindings<'_>,
) {
    let all: Vec<(&str, &Expr, StageSet)> = (stages.iter().zip(checked).zip(froms))
        .filter_map(|((s, c), from)| Some((s.name.as_str(), c.expr.as_ref()?, *from)))
        .collect();
    if all.len() < stages.len() {
        return;
    }
    for (j, (later, wanted, from)) in all.iter().enumerate() {
        let shadow = all
            .iter()
            .take(j)
            .find(|(_, cond, wide)| from.is_within(*wide) && implies(wanted, cond));
        if let Some((earlier, ..)) = shadow {
            let message = format!(
                "`{later}` is never entered: whenever its condition holds so does that of `{earlier}`, which comes first"
            );
            let help = format!(
                "put `{later}` before `{earlier}`: the more special condition stands first"
            );
            let diagnostic = Diagnostic::warning("W0110", Span::default(), message).help(help);
            findings.at_stage(j, "when", diagnostic);
            continue;
        }
        for (i, (earlier, cond, back)) in all.iter().enumerate().take(j) {
            let (first, second) = (Some(StageId::new(i)), Some(StageId::new(j)));
            let to_and_fro = from.contains(first) && back.contains(second);
            let kept = from.contains(second) || back.contains(first);
            if to_and_fro && !kept && !apart(wanted, cond) {
                let message = format!(
                    "where the conditions of `{earlier}` and `{later}` both hold, a profile moves back and forth between them"
                );
                let help = format!(
                    "say `not` in one of them, or let each be entered from itself too, which keeps it: `from = [\"{earlier}\", \"{later}\"]`"
                );
                let diagnostic = Diagnostic::warning("W0111", Span::default(), message).help(help);
                findings.at_stage(j, "from", diagnostic);
            }
        }
    }
}

/// The traits that a condition of a lifecycle names, which see the events of all its subjects where it sees those of one.
pub(super) fn unbound(cond: &ir::Cond, per: &str, schema: &Schema) -> Vec<Diagnostic> {
    let has_subject = |kind: &KindId| {
        schema
            .kind_of(*kind)
            .is_some_and(|k| k.property_index(per).is_some())
    };
    let mut found: Vec<Diagnostic> = Vec::new();
    visit_written(Seen::Cond(cond), &mut |seen| {
        let Seen::Term(ir::Term {
            kind: ir::TermKind::Trait(named),
            span,
            ..
        }) = seen
        else {
            return;
        };
        let mut sees = false;
        visit_term(&named.term, &mut |seen| {
            sees |= matches!(seen, Seen::Select(select) if select.kinds.iter().any(has_subject));
        });
        // `between` compares its value twice.
        if sees && !found.iter().any(|known| known.span.is_at(*span)) {
            let message = format!(
                "`{}` sees the events of every `{per}`, unlike the rest of this condition",
                named.name
            );
            let help = format!(
                "write what it stands for in its place; or leave it, where it is not meant per `{per}`"
            );
            found.push(Diagnostic::warning("W0112", *span, message).help(help));
        }
    });
    found
}

fn parts(expr: &Expr) -> &[Expr] {
    if let ExprKind::And(parts) = &expr.kind {
        parts
    } else {
        std::slice::from_ref(expr)
    }
}

/// Whether one condition holds wherever another does, as far as can be seen at a glance.
fn implies(cond: &Expr, other: &Expr) -> bool {
    parts(other).iter().all(|part| parts(cond).contains(part))
}

/// Whether two conditions may have been written so that they never hold together: they have parts that are about the same.
fn apart(a: &Expr, b: &Expr) -> bool {
    parts(a)
        .iter()
        .any(|a| parts(b).iter().any(|b| a != b && about(a) == about(b)))
}

/// What a condition is about: the value that it compares, the events that it asks for.
fn about(expr: &Expr) -> &Expr {
    let literal = |e: &Expr| matches!(e.kind, ExprKind::Literal(_));
    match &expr.kind {
        ExprKind::Not(of) => about(of),
        ExprKind::Compare { left, right, .. } => about(if literal(left) { right } else { left }),
        // `count(purchased) = 0` is about what `purchased within 90 days` is about.
        ExprKind::Aggregate {
            function: Aggregate::Count,
            argument: events,
        }
        | ExprKind::Times { events, .. }
        | ExprKind::Windowed {
            subject: events, ..
        } => about(events),
        ExprKind::Between { value, .. }
        | ExprKind::In { value, .. }
        | ExprKind::Presence { value, .. }
        | ExprKind::Empty { value, .. }
        | ExprKind::Text { value, .. }
        | ExprKind::Contains { value, .. } => about(value),
        _ => expr,
    }
}

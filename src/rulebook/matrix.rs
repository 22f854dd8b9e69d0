//! The template `matrix`: a stage for each pair of values of two traits. It writes the stages that an author would.

use super::document::ParameterValue::{Number, Text};
use super::document::{FromDocument, LifecycleDocument, ScoreDocument, StageDocument};
use super::lifecycles::{LifecycleFindings, Matrix, named};
use super::templates::{MATRIX, error};
use crate::ir::{Lit, MAX_STAGES, Term, TermKind, Ty};
use crate::syntax::{self, Expr, ExprKind};
use std::collections::BTreeMap;

/// The parameters: what the rows and the columns are.
pub(super) const AXES: [&str; 2] = ["rows", "columns"];

/// The names that rows and columns are, each with its parameter. `None` where the template cannot be filled in.
pub(super) fn axes<'d>(
    document: &'d LifecycleDocument,
    findings: &mut LifecycleFindings<'_>,
) -> Option<[(&'static str, &'d str); 2]> {
    let before = findings.len();
    if !document.stages.is_empty() {
        let diagnostic = error("a lifecycle has either a template or stages of its own".to_owned());
        findings.at(
            &["stages"],
            diagnostic.help("leave out `template`, or `stages`"),
        );
    }
    if let Some(per) = &document.per {
        let message = format!("a matrix has one cell for a profile, not one for each `{per}`");
        let help = "leave out `per`: traits see the events of all its values";
        findings.at(&["per"], error(message).help(help));
    }
    for name in document.with.keys() {
        if !AXES.contains(&name.as_str()) {
            let diagnostic = error(format!("`{MATRIX}` has no parameter `{name}`"));
            findings.at(&["with", name], named(diagnostic, name, &AXES));
        }
    }
    let given = AXES.map(|axis| {
        let help = format!("write `{axis} = \"buying\"`: a trait, a score or an attribute");
        match document.with.get(axis) {
            Some(Text(text)) => return Some((axis, text.as_str())),
            Some(Number(n)) => {
                let diagnostic = error(format!("`{axis}` is the name of a trait, not {n}"));
                findings.at(&["with", axis], diagnostic.help(help));
            }
            None => {
                let diagnostic = error(format!("a matrix needs `{axis}`"));
                findings.at(&["template"], diagnostic.help(help));
            }
        }
        None
    });
    let [Some(rows), Some(columns)] = given else {
        return None;
    };
    if rows.1.trim() == columns.1.trim() {
        let message = format!("rows and columns are both `{}`", rows.1.trim());
        let help = "the cells beside the diagonal would be empty; name two traits";
        findings.at(&["with", columns.0], error(message).help(help));
    }
    (findings.len() == before).then_some([rows, columns])
}

/// One of the two traits: its name as it is written, and its values.
pub(super) struct Axis {
    name: String,
    values: Vec<String>,
    /// Its values are numbers, not names.
    is_number: bool,
}

impl Axis {
    /// The condition that it has a value.
    fn is(&self, value: &str) -> String {
        let constant = if self.is_number {
            value.to_owned()
        } else {
            syntax::quoted_name(value)
        };
        format!("{} = {constant}", self.name)
    }
}

/// The values of a trait, in order.
pub(super) fn axis(
    key: &str,
    expr: &Expr,
    term: &Term,
    scores: &BTreeMap<String, ScoreDocument>,
    findings: &mut LifecycleFindings<'_>,
) -> Option<Axis> {
    let name = syntax::format(expr);
    if !matches!(expr.kind, ExprKind::Path(_)) {
        let diagnostic = error(format!("`{key}` is a name, not the expression `{name}`"));
        let help = "make it a trait, and name that";
        findings.at(&["with", key], diagnostic.help(help));
        return None;
    }
    let Some(values) = values(term, scores) else {
        let message = format!(
            "`{name}` is {}; the {key} of a matrix are the values of an enum or the classes of a score",
            term.ty.words()
        );
        let help = "make a trait with `cases` of it, which gives its values names";
        findings.at(&["with", key], error(message).help(help));
        return None;
    };
    let is_number = !matches!(term.ty, Ty::Enum(_));
    Some(Axis {
        name,
        values,
        is_number,
    })
}

/// The values that a term can have, if they are few and known.
fn values(term: &Term, scores: &BTreeMap<String, ScoreDocument>) -> Option<Vec<String>> {
    if let Ty::Enum(names) = &term.ty {
        return Some(names.values.to_vec());
    }
    if let TermKind::Trait(named) = &term.kind {
        return values(&named.term, scores);
    }
    if let TermKind::Score(score) = &term.kind {
        let classes = scores.get(&score.name)?.classes;
        return Some((1..=classes).map(|class| class.to_string()).collect());
    }
    // A condition is a value of cases too, but true and false are no names.
    let (TermKind::Cases { cases, otherwise }, Ty::Exact(0)) = (&term.kind, &term.ty) else {
        return None;
    };
    let all = cases.iter().map(|case| &case.value).chain(otherwise);
    let mut numbers: Vec<i128> = all
        .filter_map(|value| match value {
            Lit::Whole(n) => Some(*n),
            Lit::Real(_) | Lit::Text(_) => None,
        })
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    Some(numbers.iter().map(ToString::to_string).collect())
}

/// The stages, row by row. `None` where they cannot be those of a lifecycle.
pub(super) fn stages(
    document: &LifecycleDocument,
    rows: Axis,
    columns: Axis,
    findings: &mut LifecycleFindings<'_>,
) -> Option<(Matrix, Vec<StageDocument>)> {
    let (height, width) = (rows.values.len(), columns.values.len());
    if height.saturating_mul(width) > MAX_STAGES {
        let message = format!(
            "{height} rows and {width} columns are more than the {MAX_STAGES} stages that a lifecycle may have"
        );
        let help = "join values in a trait with `cases`: 7 rows and 9 columns fit";
        findings.at(&["with"], error(message).help(help));
        return None;
    }
    let from = FromDocument::Word("any".to_owned());
    let mut stages: Vec<StageDocument> = Vec::with_capacity(height * width);
    for row in &rows.values {
        for column in &columns.values {
            let name = format!("{row}_{column}");
            if stages.iter().any(|stage| stage.name == name) {
                let message =
                    format!("two cells are called `{name}`, as rows and columns are joined by `_`");
                findings.at(
                    &["with"],
                    error(message).help("rename a value of one of them"),
                );
                return None;
            }
            stages.push(StageDocument {
                goal: None,
                name,
                description: None,
                when: format!("{} and {}", rows.is(row), columns.is(column)),
                from: Some(from.clone()).filter(|_| document.from.is_none()),
            });
        }
    }
    let matrix = Matrix {
        row_name: rows.name,
        column_name: columns.name,
        rows: rows.values,
        columns: columns.values,
    };
    Some((matrix, stages))
}

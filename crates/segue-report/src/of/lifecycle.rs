//! Stock and flow of a lifecycle.

use super::stays;
use crate::figure::Figure;
use crate::pictures::{Areas, FlowSeries, Flows, Layer, Link, Matrix, Node, Sankey};
use segue::insight::{LifecycleReport, MatrixStock, PeriodFlow, StageFlow};
use std::sync::Arc;

/// What a transition without a stage comes from, or leads to.
const NO_STAGE: &str = "(no stage)";

/// The stock of the stages over time, who entered and left, the moves between stages, how long profiles stayed, and the matrix of a
/// lifecycle that is one.
#[must_use]
pub fn lifecycle(report: &LifecycleReport) -> Vec<Figure> {
    let mut figures = Vec::new();
    let periods: Vec<String> = report
        .periods
        .iter()
        .map(|period| period.name.clone())
        .collect();
    let stages: Vec<&Arc<str>> = report.start.iter().map(|flow| &flow.stage).collect();
    let of = |stage: usize, what: fn(&StageFlow) -> u64| -> Vec<u64> {
        let flow = |period: &PeriodFlow| period.stages.get(stage).map_or(0, what);
        report.periods.iter().map(flow).collect()
    };
    let stages = || stages.iter().enumerate();
    let layers = stages().map(|(i, stage)| Layer {
        name: stage.to_string(),
        values: of(i, |flow| flow.stock),
    });
    let stock = Areas {
        title: format!("{}: how many are in each stage", report.lifecycle),
        measure: "profiles".to_owned(),
        periods: periods.clone(),
        layers: layers.collect(),
    };
    figures.push(Figure::from(stock).note(small(report)));
    if let Some(matrix) = &report.matrix {
        figures.push(matrix_of(report, matrix).into());
    }
    let series = stages().map(|(i, stage)| FlowSeries {
        name: stage.to_string(),
        entered: of(i, |flow| flow.entered),
        left: of(i, |flow| flow.left),
    });
    let flows = Flows {
        title: format!("{}: who entered and who left", report.lifecycle),
        things: "stage".to_owned(),
        periods,
        series: series.collect(),
    };
    figures.push(flows.into());
    figures.extend(moves(report).map(Figure::from));
    let title = format!("{}: how long profiles stay", report.lifecycle);
    figures.extend(stays(&title, "stage", report.durations.iter()).map(Figure::from));
    figures
}

/// A warning of stages that are too small.
fn small(report: &LifecycleReport) -> String {
    match &report.too_small {
        Some(small) if !small.stages.is_empty() => format!(
            "Fewer than {} are in: {}.",
            small.least,
            small.stages.join(", ")
        ),
        _ => String::new(),
    }
}

fn matrix_of(report: &LifecycleReport, matrix: &MatrixStock) -> Matrix {
    Matrix {
        title: format!(
            "{}: {} and {}",
            report.lifecycle, matrix.row_name, matrix.column_name
        ),
        measure: "profiles".to_owned(),
        row_name: matrix.row_name.to_string(),
        column_name: matrix.column_name.to_string(),
        rows: matrix.rows.iter().map(|row| row.row.to_string()).collect(),
        columns: matrix.columns.iter().map(ToString::to_string).collect(),
        counts: matrix.rows.iter().map(|row| row.stock.clone()).collect(),
    }
}

/// Each transition as a band from the stage that was left to the stage that was entered.
fn moves(report: &LifecycleReport) -> Option<Sankey> {
    let name = |stage: &Option<Arc<str>>| stage.as_deref().unwrap_or(NO_STAGE).to_owned();
    let declared = report.start.iter().map(|flow| flow.stage.to_string());
    let names: Vec<String> = declared.chain([NO_STAGE.to_owned()]).collect();
    let position = |of: &str| names.iter().position(|name| name == of);
    let nodes = [0, 1].into_iter().flat_map(|column| {
        names.iter().map(move |name| Node {
            name: name.clone(),
            column,
        })
    });
    let links = report.transitions.iter().filter_map(|of| {
        Some(Link {
            from: position(&name(&of.from))?,
            to: position(&name(&of.to))? + names.len(),
            count: of.count,
        })
    });
    let links: Vec<Link> = links.collect();
    (!links.is_empty()).then(|| Sankey {
        title: format!("{}: from which stage to which", report.lifecycle),
        measure: "moves".to_owned(),
        columns: vec!["from".to_owned(), "to".to_owned()],
        nodes: nodes.collect(),
        links,
    })
}

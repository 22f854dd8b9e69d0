//! The flow through a journey.

use super::stays;
use crate::figure::Figure;
use crate::number::{Unit, real, share};
use crate::pictures::{Bar, Bars, Matrix};
use crate::words::counted;
use segue::insight::JourneyReport;
use std::collections::BTreeSet;

/// How many came to each step, why they went on, how long they stayed, and how many reached the goal beside those who were held out.
#[must_use]
pub fn journey(report: &JourneyReport) -> Vec<Figure> {
    let mut figures = Vec::new();
    let title = |what: &str| format!("{}: {what}", report.journey);
    let bars = report.steps.iter().map(|step| Bar {
        name: step.step.to_string(),
        value: real(step.entered),
        description: format!("{} there now", counted(step.present, "run")),
    });
    let steps = Bars {
        title: title("how many came to each step"),
        things: "step".to_owned(),
        measure: "runs".to_owned(),
        unit: Unit::Count,
        bars: bars.collect(),
        of: Some(real(report.entered)),
    };
    figures.push(steps.into());
    figures.extend(reasons(report).map(Figure::from));
    figures.extend(
        stays(
            &title("how long runs stay"),
            "step",
            report.steps.iter().map(|step| &step.stay),
        )
        .map(Figure::from),
    );
    if report.goal.of > 0 {
        figures.push(goal(report));
    }
    figures
}

/// Why steps were left.
fn reasons(report: &JourneyReport) -> Option<Matrix> {
    let reasons: BTreeSet<&str> = report
        .steps
        .iter()
        .flat_map(|step| step.left_by.keys().map(|r| &**r))
        .collect();
    (!reasons.is_empty()).then(|| Matrix {
        title: format!("{}: why steps were left", report.journey),
        measure: "runs".to_owned(),
        row_name: "step".to_owned(),
        column_name: "reason".to_owned(),
        rows: report
            .steps
            .iter()
            .map(|step| step.step.to_string())
            .collect(),
        columns: reasons
            .iter()
            .map(|reason| reason.replace('_', " "))
            .collect(),
        counts: (report.steps.iter())
            .map(|step| {
                reasons
                    .iter()
                    .map(|reason| step.left_by.get(*reason).copied().unwrap_or(0))
                    .collect()
            })
            .collect(),
    })
}

fn goal(report: &JourneyReport) -> Figure {
    let rates = [
        ("in the journey", report.goal),
        ("held out", report.held_out),
    ];
    let bars = rates
        .into_iter()
        .filter(|(_, rate)| rate.of > 0)
        .map(|(name, rate)| Bar {
            name: format!("{name}, of {}", counted(rate.of, "run")),
            value: share(rate.reached, rate.of),
            description: format!("{} of them", rate.reached),
        });
    let bars = Bars {
        title: format!("{}: the goal", report.journey),
        things: "group".to_owned(),
        measure: "reached it".to_owned(),
        unit: Unit::Share,
        bars: bars.collect(),
        of: None,
    };
    bars.into()
}

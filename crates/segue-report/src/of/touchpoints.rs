//! What happens at touchpoints.

use super::values::{number, told};
use crate::dates;
use crate::figure::Figure;
use crate::number::{Unit, real};
use crate::pictures::{Bar, Bars, Matrix, Target, TargetState, Targets, Trend, Trends};
use segue::insight::{TargetStatus, TouchpointFlow, TouchpointPeriod, TouchpointReport};
use segue::rulebook::TargetDocument;
use std::sync::Arc;

/// The events of each touchpoint, its KPI and target, and what touchpoints cover and have in common.
#[must_use]
pub fn touchpoints(report: &TouchpointReport) -> Vec<Figure> {
    let mut figures = Vec::new();
    let of = &report.touchpoints;
    let bars = of.iter().map(|touchpoint| Bar {
        name: touchpoint.touchpoint.to_string(),
        value: real(touchpoint.total),
        description: touchpoint.document.description.clone().unwrap_or_default(),
    });
    let sizes = Bars {
        title: "What happens at touchpoints".to_owned(),
        things: "touchpoint".to_owned(),
        measure: "events".to_owned(),
        unit: Unit::Count,
        bars: bars.collect(),
        of: None,
    };
    if !of.is_empty() {
        figures.push(sizes.into());
    }
    figures.extend(targets(report).map(Figure::from));
    figures.extend(trends(report).map(Figure::from));
    figures.extend(unmapped(report));
    figures.extend(overlaps(report).map(Figure::from));
    figures
}

/// The last period of each KPI that is over, or else the last.
fn targets(report: &TouchpointReport) -> Option<Targets> {
    let with_kpi = report
        .touchpoints
        .iter()
        .filter(|of| of.document.kpi.is_some());
    let targets: Vec<Target> = with_kpi
        .filter_map(|of| {
            let is_known = |period: &&TouchpointPeriod| {
                period.status.is_some_and(|s| s != TargetStatus::Unfinished)
            };
            let last = of
                .periods
                .iter()
                .rev()
                .find(is_known)
                .or(of.periods.last())?;
            Some(target(of, last))
        })
        .collect();
    (!targets.is_empty()).then(|| Targets {
        title: "KPIs and their targets".to_owned(),
        things: "touchpoint".to_owned(),
        targets,
    })
}

fn target(of: &TouchpointFlow, period: &TouchpointPeriod) -> Target {
    let kpi = of.document.kpi.as_ref();
    let is_share = kpi.is_some_and(|kpi| kpi.rate.is_some());
    let (value, unit) = period.value.as_ref().map_or((None, None), number);
    let target = kpi.and_then(|kpi| kpi.target.as_ref());
    let (target, target_unit) = target.map_or((None, None), |target| match target {
        TargetDocument::Whole(n) => (Some(*n as f64), None),
        TargetDocument::Real(n) => (Some(*n), None),
        TargetDocument::Text(text) => told(text),
    });
    let unit = if is_share {
        Some(Unit::Share)
    } else {
        unit.or(target_unit)
    };
    Target {
        name: of.touchpoint.to_string(),
        period: dates::short(&period.name),
        unit: unit.unwrap_or(Unit::Count),
        value,
        target,
        state: match period.status {
            Some(TargetStatus::Reached) => TargetState::Reached,
            Some(TargetStatus::Below) => TargetState::Below,
            Some(_) => TargetState::Unfinished,
            None => TargetState::None,
        },
    }
}

/// Events by period of those touchpoints that are counted by the same periods as most.
fn trends(report: &TouchpointReport) -> Option<Trends> {
    let names = |of: &TouchpointFlow| -> Vec<String> {
        of.periods
            .iter()
            .map(|period| period.name.clone())
            .collect()
    };
    let all: Vec<Vec<String>> = report.touchpoints.iter().map(names).collect();
    let common = all
        .iter()
        .max_by_key(|periods| all.iter().filter(|other| other == periods).count())?;
    let of = report
        .touchpoints
        .iter()
        .zip(&all)
        .filter(|(_, periods)| *periods == common);
    let lines = of.map(|(touchpoint, _)| Trend {
        name: touchpoint.touchpoint.to_string(),
        values: touchpoint
            .periods
            .iter()
            .map(|period| Some(real(period.events)))
            .collect(),
    });
    (common.len() > 1).then(|| Trends {
        title: "Events at touchpoints over time".to_owned(),
        things: "touchpoint".to_owned(),
        measure: "events".to_owned(),
        unit: Unit::Count,
        periods: common.clone(),
        lines: lines.collect(),
    })
}

fn unmapped(report: &TouchpointReport) -> Option<Figure> {
    let coverage = &report.coverage;
    let bars = coverage.unmapped_by.iter().map(|of| {
        let subject = of
            .subject
            .as_ref()
            .map_or_else(String::new, |subject| format!(": {subject}"));
        Bar::new(format!("{}{subject}", of.kind), real(of.events))
    });
    let bars = Bars {
        title: "Events that belong to no touchpoint".to_owned(),
        things: "kind".to_owned(),
        measure: "events".to_owned(),
        unit: Unit::Count,
        bars: bars.collect(),
        of: Some(real(coverage.events)),
    };
    let unreached = if coverage.unreached.is_empty() {
        String::new()
    } else {
        format!("Nothing happened at: {}.", coverage.unreached.join(", "))
    };
    (coverage.unmapped > 0).then(|| Figure::from(bars).note(unreached))
}

fn overlaps(report: &TouchpointReport) -> Option<Matrix> {
    let mut names: Vec<&Arc<str>> = Vec::new();
    for name in report.overlaps.iter().flat_map(|of| &of.touchpoints) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let both = |one: &Arc<str>, other: &Arc<str>| {
        let pair = |of: &[Arc<str>; 2]| of.contains(one) && of.contains(other) && one != other;
        report
            .overlaps
            .iter()
            .find(|of| pair(&of.touchpoints))
            .map_or(0, |of| of.events)
    };
    (!names.is_empty()).then(|| Matrix {
        title: "Events that belong to two touchpoints".to_owned(),
        measure: "events".to_owned(),
        row_name: "one".to_owned(),
        column_name: "other".to_owned(),
        rows: names.iter().map(ToString::to_string).collect(),
        columns: names.iter().map(ToString::to_string).collect(),
        counts: names
            .iter()
            .map(|one| names.iter().map(|other| both(one, other)).collect())
            .collect(),
    })
}

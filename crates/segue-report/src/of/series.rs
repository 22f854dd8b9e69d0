//! Figures by calendar period.

use super::value_words;
use super::values::{number, unit_of};
use crate::figure::Figure;
use crate::pictures::{Trend, Trends};
use segue::insight::{ReportPeriod, SeriesFigure, SeriesReport};
use segue::value::Scalar;

/// One picture a figure, because their units differ: a line for each group, or one for all together.
pub(super) fn series(name: &str, report: &SeriesReport) -> Vec<Figure> {
    let several = report.all.len() > 1;
    let figures = report.all.iter().enumerate().map(|(i, all)| {
        let lines: Vec<Trend> = if report.groups.is_empty() {
            vec![line(all.figure.to_string(), all)]
        } else {
            let groups = report.groups.iter();
            let of = groups.filter_map(|group| {
                let figure = group.figures.get(i)?;
                Some(line(value_words(group.value.as_ref()), figure))
            });
            of.collect()
        };
        let title = match (several, &report.by) {
            (true, Some(by)) => format!("{name}: {} by {by}", all.figure),
            (true, None) => format!("{name}: {}", all.figure),
            (false, Some(by)) => format!("{name}, by {by}"),
            (false, None) => name.to_owned(),
        };
        let points = all.points.iter().chain([&all.total]);
        let trends = Trends {
            title,
            things: if report.groups.is_empty() {
                "figure"
            } else {
                "group"
            }
            .to_owned(),
            measure: all.figure.to_string(),
            unit: unit_of(points.map(|point| point.value.as_ref())),
            periods: names(&report.periods),
            lines,
        };
        Figure::from(trends).also(unfinished(&report.periods))
    });
    figures.collect()
}

fn line(name: String, figure: &SeriesFigure) -> Trend {
    let value = |value: &Option<Scalar>| value.as_ref().and_then(|value| number(value).0);
    Trend {
        name,
        values: figure
            .points
            .iter()
            .map(|point| value(&point.value))
            .collect(),
    }
}

pub(super) fn names(periods: &[ReportPeriod]) -> Vec<String> {
    periods.iter().map(|period| period.name.clone()).collect()
}

/// What has to be known of periods that are counted in part.
pub(super) fn unfinished(periods: &[ReportPeriod]) -> String {
    let parts = periods.iter().filter(|period| !period.whole);
    let parts: Vec<String> = parts
        .map(|period| crate::dates::short(&period.name))
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!("Counted in part only: {}.", parts.join(", "))
}

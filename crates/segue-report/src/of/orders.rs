//! Orders, returns and what they are worth.

use super::series::{names, unfinished};
use super::value_words;
use super::values::{number, unit_of};
use crate::figure::Figure;
use crate::number::{Unit, real};
use crate::pictures::{Bar, Bars, Trend, Trends};
use segue::insight::{OrderFigures, OrderReport};
use segue::value::Scalar;

type CountOf = fn(&OrderFigures) -> u64;
type AmountOf = fn(&OrderFigures) -> &Option<Scalar>;

pub(super) fn orders(name: &str, report: &OrderReport) -> Vec<Figure> {
    let counts: [(&str, CountOf); 4] = [
        ("orders", |of| of.orders),
        ("people who order", |of| of.buyers),
        ("returns", |of| of.returns),
        ("people who return", |of| of.returners),
    ];
    let count_lines = counts
        .into_iter()
        .filter(|(_, of)| of(&report.all.total) > 0);
    let count_lines = count_lines.map(|(line, of)| Trend {
        name: line.to_owned(),
        values: report
            .all
            .periods
            .iter()
            .map(|period| Some(real(of(period))))
            .collect(),
    });
    let mut figures = vec![trends(
        report,
        format!("{name}: how many"),
        "by period",
        Unit::Count,
        count_lines.collect(),
    )];
    let amounts: [(&str, AmountOf); 3] = [
        ("turnover", |of| &of.turnover),
        ("returned", |of| &of.returned),
        ("net", |of| &of.net),
    ];
    // Without returns, what is left is the turnover.
    let kept = if report.all.total.returns > 0 { 3 } else { 1 };
    let amount_lines = amounts.into_iter().take(kept).map(|(line, of)| Trend {
        name: line.to_owned(),
        values: report
            .all
            .periods
            .iter()
            .map(|period| value(of(period)))
            .collect(),
    });
    let amount_lines: Vec<Trend> = amount_lines.collect();
    if amount_lines
        .iter()
        .any(|line| line.values.iter().any(Option::is_some))
    {
        let all = report.all.periods.iter().chain([&report.all.total]);
        let unit = unit_of(all.map(|of| of.turnover.as_ref()));
        let figure = trends(
            report,
            format!("{name}: how much"),
            "by period",
            unit,
            amount_lines,
        );
        figures.push(figure.also(largest(report)));
        figures.extend(groups(name, report, unit));
    }
    figures
}

fn value(value: &Option<Scalar>) -> Option<f64> {
    value.as_ref().and_then(|value| number(value).0)
}

fn trends(
    report: &OrderReport,
    title: String,
    measure: &str,
    unit: Unit,
    lines: Vec<Trend>,
) -> Figure {
    let trends = Trends {
        title,
        things: "figure".to_owned(),
        measure: measure.to_owned(),
        unit,
        periods: names(&report.periods),
        lines,
    };
    Figure::from(trends).also(unfinished(&report.periods))
}

fn largest(report: &OrderReport) -> String {
    report.largest.as_ref().map_or_else(String::new, |largest| {
        let amount = value_words(Some(&largest.amount));
        let by = match (&report.by, &largest.group) {
            (Some(by), Some(group)) => format!(" ({by} {})", value_words(Some(group))),
            _ => String::new(),
        };
        format!("The largest order is worth {amount}{by}.")
    })
}

/// The turnover of each group.
fn groups(name: &str, report: &OrderReport, unit: Unit) -> Option<Figure> {
    let by = report.by.as_ref()?;
    let bars = report.groups.iter().map(|group| {
        Bar::new(
            value_words(group.value.as_ref()),
            value(&group.total.turnover).unwrap_or(0.0),
        )
    });
    let bars = Bars {
        title: format!("{name}: turnover by {by}"),
        things: "group".to_owned(),
        measure: "turnover".to_owned(),
        unit,
        bars: bars.collect(),
        of: value(&report.all.total.turnover),
    };
    Some(bars.into())
}

//! Who orders a second time, and how soon.

use super::in_words;
use super::series::{names, unfinished};
use crate::figure::Figure;
use crate::number::{Unit, count, share};
use crate::pictures::{Bar, Bars, Trend, Trends};
use segue::insight::{ReportPeriod, RepurchaseReport};

pub(super) fn repurchase(name: &str, report: &RepurchaseReport) -> Vec<Figure> {
    let all = &report.all;
    let within = all.within.iter().map(|of| Bar {
        name: format!("within {}", of.within),
        value: of.share.unwrap_or(0.0),
        description: format!(
            "{} of {}; {} have not had so long",
            count(of.again),
            count(of.people),
            count(of.unfinished)
        ),
    });
    let ever = Bar {
        name: "so far, however late".to_owned(),
        value: share(all.again, all.people),
        description: format!("{} of {}", count(all.again), count(all.people)),
    };
    let bars = Bars {
        title: name.to_owned(),
        things: "share".to_owned(),
        measure: "order again".to_owned(),
        unit: Unit::Share,
        bars: within.chain([ever]).collect(),
        of: None,
    };
    let note = all.median_gap.map_or_else(String::new, |gap| {
        format!(
            "Half of those who order again do so within {}.",
            in_words(gap)
        )
    });
    let mut figures = vec![Figure::from(bars).note(note)];
    if report.cohorts.len() > 1 && !all.within.is_empty() {
        figures.push(cohorts(name, report));
    }
    figures
}

/// The shares by the period of the first order.
fn cohorts(name: &str, report: &RepurchaseReport) -> Figure {
    let lines = report.all.within.iter().enumerate().map(|(i, of)| Trend {
        name: format!("within {}", of.within),
        values: (report.cohorts.iter())
            .map(|cohort| cohort.figures.within.get(i).and_then(|within| within.share))
            .collect(),
    });
    let periods: Vec<ReportPeriod> = report
        .cohorts
        .iter()
        .map(|cohort| cohort.period.clone())
        .collect();
    let trends = Trends {
        title: format!("{name}, by the first order"),
        things: "length of time".to_owned(),
        measure: "share who order again".to_owned(),
        unit: Unit::Share,
        periods: names(&periods),
        lines: lines.collect(),
    };
    Figure::from(trends).also(unfinished(&periods))
}

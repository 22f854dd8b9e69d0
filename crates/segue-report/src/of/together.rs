//! How two behaviours go together in time.

use super::series::{names, unfinished};
use crate::figure::Figure;
use crate::number::{Unit, count, real};
use crate::pictures::{Bar, Bars, Trend, Trends};
use segue::insight::{ReportPeriod, TogetherReport};

pub(super) fn together(name: &str, report: &TogetherReport) -> Vec<Figure> {
    let (of, with, within) = (&report.of.events, &report.with.events, &report.within);
    let bars = [
        (format!("{with} as well, whenever"), &report.both),
        (format!("{with} at most {within} before"), &report.before),
        (format!("{with} at most {within} after"), &report.after),
        (format!("{with} at the same instant"), &report.at_once),
        (format!("still time for {with} after"), &report.unfinished),
    ];
    let bars = bars
        .into_iter()
        .map(|(name, people)| Bar::new(name, real(people.people)));
    let bars = Bars {
        title: format!("{name}: of those who {of}"),
        things: "part".to_owned(),
        measure: "people".to_owned(),
        unit: Unit::Count,
        bars: bars.collect(),
        of: Some(real(report.of.people.people)),
    };
    let periods: Vec<ReportPeriod> = report.periods.iter().map(|of| of.period.clone()).collect();
    let line = |name: &str, of: Vec<u64>| Trend {
        name: name.to_owned(),
        values: of.into_iter().map(|n| Some(real(n))).collect(),
    };
    let trends = Trends {
        title: format!("{name}: both over time"),
        things: "behaviour".to_owned(),
        measure: "people".to_owned(),
        unit: Unit::Count,
        periods: names(&periods),
        lines: vec![
            line(
                of,
                report
                    .periods
                    .iter()
                    .map(|period| period.of_people)
                    .collect(),
            ),
            line(
                with,
                report
                    .periods
                    .iter()
                    .map(|period| period.with_people)
                    .collect(),
            ),
        ],
    };
    let mut note = format!("{} people in all.", count(report.everybody));
    if let Some(correlation) = report.correlation {
        note += &format!(
            " Correlation over whole periods: {}.",
            Unit::Decimal(2).show(correlation)
        );
    }
    vec![
        bars.into(),
        Figure::from(trends).also(unfinished(&periods)).also(note),
    ]
}

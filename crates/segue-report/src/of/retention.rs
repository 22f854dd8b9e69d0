//! Who comes again, by when they came first.

use super::unit_name;
use crate::figure::Figure;
use crate::number::count;
use crate::pictures::{Cohort, CohortPeriod, Retention};
use segue::insight::RetentionReport;

pub(super) fn retention(name: &str, report: &RetentionReport) -> Figure {
    // Of nobody there is no share.
    let cohorts = report.cohorts.iter().filter(|cohort| cohort.size > 0);
    let cohorts = cohorts.map(|cohort| {
        // Whoever comes again in the period in which they came first is not told to come back.
        let after = cohort.cells.iter().filter(|cell| cell.after > 0);
        Cohort {
            period: cohort.period.name.clone(),
            size: cohort.size,
            periods: after
                .map(|cell| CohortPeriod {
                    active: cell.people,
                    is_over: !cell.unfinished,
                })
                .collect(),
        }
    });
    let retention = Retention {
        title: name.to_owned(),
        per: unit_name(report.per).to_owned(),
        cohorts: cohorts.collect(),
    };
    let figure = Figure::from(retention);
    if report.earlier == 0 {
        return figure;
    }
    figure.also(format!(
        "{} came before that, and are in no row.",
        count(report.earlier)
    ))
}

//! Reports as tables, one kind a file.

mod funnel;
mod heat;
mod interval;
mod orders;
mod paths;
mod repurchase;
mod retention;
mod segments;
mod series;
mod spread;
mod together;
pub(super) mod touchpoints;

pub(super) use super::audit::share;

use segue::Duration;
use segue::insight::{ReportPeriod, ReportResult};
use segue::value::Scalar;

pub(super) fn text(report: &ReportResult) -> String {
    match report {
        ReportResult::Funnel(report) => funnel::text(report),
        ReportResult::Interval(report) => interval::text(report),
        ReportResult::Paths(report) => paths::text(report),
        ReportResult::Heat(report) => heat::text(report),
        ReportResult::Retention(report) => retention::text(report),
        ReportResult::Series(report) => series::text(report),
        ReportResult::Repurchase(report) => repurchase::text(report),
        ReportResult::Orders(report) => orders::text(report),
        ReportResult::Spread(report) => spread::values(report),
        ReportResult::Together(report) => together::text(report),
        ReportResult::Rfm(report) => spread::rfm(report),
        ReportResult::Segments(report) => segments::sizes(report),
        ReportResult::Stock(report) => segments::stock(report),
        // A kind that the library has and this program does not know of yet.
        report => format!("{report:#?}\n"),
    }
}

fn time(time: Option<Duration>) -> String {
    time.map_or_else(none, |time| time.to_string())
}

/// A period, and whether all of it is counted.
fn period(period: &ReportPeriod) -> String {
    let mark = if period.whole { "" } else { "*" };
    format!("{}{mark}", period.name)
}

fn none() -> String {
    "–".to_owned()
}

/// A share in percent.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(none, |share| format!("{:.1}%", share * 100.0))
}

fn value(value: Option<&Scalar>) -> String {
    match value {
        None => none(),
        Some(Scalar::Bool(value)) => value.to_string(),
        Some(Scalar::Whole(value)) => value.to_string(),
        Some(Scalar::Unsigned(value)) => value.to_string(),
        Some(Scalar::Real(value)) => format!("{value:.2}"),
        Some(Scalar::Text(value)) => value.clone(),
    }
}

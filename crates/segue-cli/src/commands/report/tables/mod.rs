//! Reports as tables, one kind a file.

mod funnel;
mod interval;
mod paths;
mod segments;
pub(super) mod touchpoints;

pub(super) use super::audit::share;

use segue::Duration;
use segue::insight::ReportResult;
use segue::value::Scalar;

pub(super) fn text(report: &ReportResult) -> String {
    match report {
        ReportResult::Funnel(report) => funnel::text(report),
        ReportResult::Interval(report) => interval::text(report),
        ReportResult::Paths(report) => paths::text(report),
        ReportResult::Segments(report) => segments::sizes(report),
        ReportResult::Stock(report) => segments::stock(report),
        // A kind that the library has and this program does not know of yet.
        report => format!("{report:#?}\n"),
    }
}

fn time(time: Option<Duration>) -> String {
    time.map_or_else(none, |time| time.to_string())
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

//! Figures of the reports of `segue::insight`, one report a file.

mod funnel;
mod heat;
mod interval;
mod journey;
mod lifecycle;
mod orders;
mod paths;
mod plan;
mod report;
mod repurchase;
mod retention;
mod segments;
mod series;
mod spread;
mod together;
mod touchpoints;
mod values;

pub use journey::journey;
pub use lifecycle::lifecycle;
pub use plan::plan;
pub use report::report;
pub use segments::{segments, stock};
pub use touchpoints::touchpoints;

use crate::number::Unit;
use crate::pictures::{Range, Ranges};
use segue::Duration;
use segue::insight::StageDurations;
use segue::time::CalendarUnit;
use segue::value::Scalar;

/// What a calendar period is called.
fn unit_name(unit: CalendarUnit) -> &'static str {
    match unit {
        CalendarUnit::Day => "day",
        CalendarUnit::Week => "week",
        CalendarUnit::Month => "month",
        CalendarUnit::Quarter => "quarter",
        CalendarUnit::Year => "year",
    }
}

/// A length of time in days.
fn days(length: Duration) -> f64 {
    length.micros() as f64 / 86_400e6
}

/// A length of time in the unit that suits it.
fn in_words(length: Duration) -> String {
    let days = days(length);
    let (unit, per_day) = Unit::of_days(days);
    unit.show(days * per_day)
}

/// A value by which people are told apart.
fn value_words(value: Option<&Scalar>) -> String {
    match value {
        None => "(none)".to_owned(),
        Some(Scalar::Bool(value)) => value.to_string(),
        Some(Scalar::Whole(value)) => value.to_string(),
        Some(Scalar::Unsigned(value)) => value.to_string(),
        Some(Scalar::Real(value)) => Unit::Decimal(2).show(*value),
        Some(Scalar::Text(value)) => value.clone(),
    }
}

/// How long stays last; `None` if none has ended.
fn stays<'a>(
    title: &str,
    things: &str,
    of: impl Iterator<Item = &'a StageDurations> + Clone,
) -> Option<Ranges> {
    let longest = of
        .clone()
        .filter_map(|stay| stay.three_quarters)
        .map(days)
        .fold(0.0, f64::max);
    let (unit, per_day) = Unit::of_days(longest);
    let in_unit = |length: Duration| days(length) * per_day;
    let ranges: Vec<Range> = of
        .map(|stay| Range {
            name: stay.stage.to_string(),
            of: stay.ended,
            open: stay.open,
            quartiles: match (stay.quarter, stay.median, stay.three_quarters) {
                (Some(low), Some(middle), Some(high)) => Some([low, middle, high].map(in_unit)),
                _ => None,
            },
        })
        .collect();
    ranges
        .iter()
        .any(|range| range.quartiles.is_some())
        .then(|| Ranges {
            title: title.to_owned(),
            things: things.to_owned(),
            unit,
            ranges,
        })
}

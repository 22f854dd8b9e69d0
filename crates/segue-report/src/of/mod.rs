//! Figures of the reports of `segue::insight`, one report a file.

mod journey;
mod lifecycle;
mod plan;
mod touchpoints;

pub use journey::journey;
pub use lifecycle::lifecycle;
pub use plan::plan;
pub use touchpoints::touchpoints;

use crate::number::Unit;
use crate::pictures::{Range, Ranges};
use segue::Duration;
use segue::insight::StageDurations;

/// A length of time in days.
fn days(length: Duration) -> f64 {
    length.micros() as f64 / 86_400e6
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

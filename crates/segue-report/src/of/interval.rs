//! How long it takes from one event to another.

use super::days;
use crate::figure::Figure;
use crate::number::Unit;
use crate::pictures::{Curve, Curves};
use segue::insight::Interval;

pub(super) fn interval(name: &str, report: &Interval) -> Figure {
    let longest = report.curve.iter().map(|point| days(point.within));
    let (unit, per_day) = Unit::of_days(longest.fold(0.0, f64::max));
    let points = report.curve.iter().map(|point| {
        let time = days(point.within) * per_day;
        (time, f64::from(point.percent) / 100.0)
    });
    let sum = |n: u64, more: u64| n.saturating_add(more);
    let not_yet = sum(report.waiting, report.expired);
    let curve = Curve {
        name: name.to_owned(),
        of: sum(report.pairs, not_yet),
        waiting: not_yet,
        points: points.collect(),
    };
    let curves = Curves {
        title: name.to_owned(),
        what: "come to the end".to_owned(),
        unit,
        until: 0.0,
        curves: vec![curve],
    };
    curves.into()
}

//! Sizes of segments and stages at an instant.

use crate::figure::Figure;
use crate::number::{Unit, real};
use crate::pictures::{Bar, Bars, Overlap};
use segue::insight::{SegmentSizes, StageStock};

/// How many are in each segment, and which segments have members in common.
#[must_use]
pub fn segments(report: &SegmentSizes) -> Vec<Figure> {
    let bars = report
        .segments
        .iter()
        .map(|of| Bar::new(&*of.segment, real(of.people)));
    let sizes = Bars {
        title: "How many are in each segment".to_owned(),
        things: "segment".to_owned(),
        measure: "people".to_owned(),
        unit: Unit::Count,
        bars: bars.collect(),
        of: Some(real(report.people)),
    };
    let mut figures = vec![sizes.into()];
    // Members are not kept when a report is written and read again.
    let has_members = report
        .segments
        .iter()
        .all(|of| u64::try_from(of.members.count()) == Ok(of.people));
    if report.segments.len() > 1 && has_members {
        figures.push(overlap(report).into());
    }
    figures
}

fn overlap(report: &SegmentSizes) -> Overlap {
    let both = report.segments.iter().map(|one| {
        let common = report.segments.iter().map(|other| {
            let n = one.members.count_common(&other.members);
            u64::try_from(n).unwrap_or(u64::MAX)
        });
        common.collect()
    });
    Overlap {
        title: "Which segments overlap".to_owned(),
        measure: "people".to_owned(),
        segments: report
            .segments
            .iter()
            .map(|of| of.segment.to_string())
            .collect(),
        both: both.collect(),
    }
}

/// How many are in each stage of a lifecycle.
#[must_use]
pub fn stock(report: &StageStock) -> Figure {
    let stages = report.stages.iter().map(|of| {
        let description = of
            .subjects
            .map_or_else(String::new, |n| format!("{n} subjects"));
        Bar {
            description,
            ..Bar::new(&*of.stage, real(of.people))
        }
    });
    let none = (report.in_none > 0).then(|| Bar::new("(no stage)", real(report.in_none)));
    let bars = Bars {
        title: format!("{}: how many are in each stage", report.lifecycle),
        things: "stage".to_owned(),
        measure: "people".to_owned(),
        unit: Unit::Count,
        bars: stages.chain(none).collect(),
        of: Some(real(report.people)),
    };
    bars.into()
}

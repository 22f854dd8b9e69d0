//! A funnel.

use super::{in_words, value_words};
use crate::figure::Figure;
use crate::number::{Unit, count, share};
use crate::pictures::{Bar, Bars, Matrix, Step, Steps};
use segue::insight::{Funnel, FunnelGroup, FunnelStep};

/// The steps; and where people are told apart, how many of each group come to the end and to each step.
pub(super) fn funnel(name: &str, report: &Funnel) -> Vec<Figure> {
    let mut took = std::iter::once(String::new()).chain(report.steps.iter().map(time_to_next));
    let steps = report.steps.iter().map(|step| Step {
        name: step.step.to_string(),
        people: step.people,
        took: took.next().unwrap_or_default(),
    });
    let steps = Steps {
        title: name.to_owned(),
        measure: "people".to_owned(),
        steps: steps.collect(),
    };
    let open = report
        .steps
        .iter()
        .map(|step| step.open)
        .fold(0, u64::saturating_add);
    let note = match open {
        0 => String::new(),
        n => format!("{} of those who are lost still have time.", count(n)),
    };
    let mut figures = vec![Figure::from(steps).note(note)];
    if let Some(by) = report.by.as_deref().filter(|_| !report.groups.is_empty()) {
        figures.push(rates(name, by, &report.groups).into());
        figures.push(groups(name, by, report).into());
    }
    figures
}

fn time_to_next(step: &FunnelStep) -> String {
    step.median_to_next.map_or_else(String::new, in_words)
}

/// The share of each group that comes to the last step.
fn rates(name: &str, by: &str, groups: &[FunnelGroup]) -> Bars {
    let bars = groups.iter().map(|group| {
        let (first, last) = (group.steps.first(), group.steps.last());
        let [first, last] = [first, last].map(|step| step.map_or(0, |step| step.people));
        Bar {
            name: value_words(group.value.as_ref()),
            value: share(last, first),
            description: format!("{} of {}", count(last), count(first)),
        }
    });
    Bars {
        title: format!("{name}: who comes to the last step, by {by}"),
        things: "group".to_owned(),
        measure: "come to the last step".to_owned(),
        unit: Unit::Share,
        bars: bars.collect(),
        of: None,
    }
}

fn groups(name: &str, by: &str, report: &Funnel) -> Matrix {
    Matrix {
        title: format!("{name}: who comes to which step, by {by}"),
        measure: "people".to_owned(),
        row_name: by.to_owned(),
        column_name: "step".to_owned(),
        rows: report
            .groups
            .iter()
            .map(|group| value_words(group.value.as_ref()))
            .collect(),
        columns: report
            .steps
            .iter()
            .map(|step| step.step.to_string())
            .collect(),
        counts: (report.groups.iter())
            .map(|group| group.steps.iter().map(|step| step.people).collect())
            .collect(),
    }
}

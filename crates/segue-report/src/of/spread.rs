//! How people spread over values, and over the classes of recency, frequency and value.

use super::value_words;
use crate::figure::Figure;
use crate::number::{Unit, real};
use crate::pictures::{Bar, Bars, Matrix};
use segue::insight::{RfmReport, SpreadOver, SpreadReport};

pub(super) fn spread(name: &str, report: &SpreadReport) -> Vec<Figure> {
    let over = report.of.iter();
    over.map(|over| values(name, over, report)).collect()
}

fn values(name: &str, over: &SpreadOver, report: &SpreadReport) -> Figure {
    let bars = over
        .values
        .iter()
        .map(|of| Bar::new(value_words(of.value.as_ref()), real(of.people)));
    let bars = people(
        format!("{name}: {}", over.of),
        "value",
        bars.collect(),
        report.people,
    );
    let mut note = String::new();
    if over.several {
        note += "One person may have several. ";
    }
    if over.values_left_out > 0 {
        note += &format!(
            "{} values with fewer people are left out.",
            over.values_left_out
        );
    }
    Figure::from(bars).also(note.trim_end())
}

fn people(title: String, things: &str, bars: Vec<Bar>, of: u64) -> Bars {
    Bars {
        title,
        things: things.to_owned(),
        measure: "people".to_owned(),
        unit: Unit::Count,
        bars,
        of: Some(real(of)),
    }
}

/// The classes of each score, recency against frequency, and the segments that were asked for.
pub(super) fn rfm(name: &str, report: &RfmReport) -> Vec<Figure> {
    let mut figures: Vec<Figure> = Vec::new();
    if !report.groups.is_empty() {
        let groups = report
            .groups
            .iter()
            .map(|of| Bar::new(&*of.segment, real(of.people.people)));
        let none = Bar::new("(in none of them)", real(report.in_no_group.people));
        let bars = groups.chain([none]).collect();
        figures.push(
            people(
                format!("{name}: segments"),
                "segment",
                bars,
                report.everybody,
            )
            .into(),
        );
    }
    figures.extend(cells(name, report).map(Figure::from));
    for score in &report.scores {
        let classes = score.classes.iter().zip(1..);
        let classes =
            classes.map(|(of, class)| Bar::new(format!("class {class}"), real(of.people)));
        let missing =
            (score.missing.people > 0).then(|| Bar::new("(none)", real(score.missing.people)));
        let bars = classes.chain(missing).collect();
        let figure = Figure::from(people(
            format!("{name}: {}", score.score),
            "class",
            bars,
            report.everybody,
        ));
        let cuts: Vec<String> = score
            .cuts
            .iter()
            .map(|cut| value_words(Some(cut)))
            .collect();
        let how = if score.fitted {
            "found among these people"
        } else {
            "said by the rule file"
        };
        figures.push(figure.note(if cuts.is_empty() {
            String::new()
        } else {
            format!("Cut points, {how}: {}.", cuts.join(", "))
        }));
    }
    figures
}

/// Recency against frequency, over all classes of value.
fn cells(name: &str, report: &RfmReport) -> Option<Matrix> {
    let [recency, frequency, _] = report.scores.as_slice() else {
        return None;
    };
    let (rows, columns) = (recency.classes.len(), frequency.classes.len());
    let mut counts = vec![vec![0_u64; columns]; rows];
    for cell in &report.cells {
        let row = cell
            .recency
            .checked_sub(1)
            .and_then(|row| counts.get_mut(row));
        let column = cell.frequency.checked_sub(1);
        if let Some(sum) = row
            .zip(column)
            .and_then(|(row, column)| row.get_mut(column))
        {
            *sum = sum.saturating_add(cell.people.people);
        }
    }
    let classes = |n: usize| (1..=n).map(|class| class.to_string()).collect();
    Some(Matrix {
        title: format!("{name}: {} and {}", recency.score, frequency.score),
        measure: "people".to_owned(),
        row_name: recency.score.to_string(),
        column_name: frequency.score.to_string(),
        rows: classes(rows),
        columns: classes(columns),
        counts,
    })
}

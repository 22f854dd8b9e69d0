//! What comes before and after an event.

use crate::figure::Figure;
use crate::number::count;
use crate::pictures::{Link, Node, Sankey};
use crate::words::counted;
use segue::insight::{PathEdge, Paths};
use std::collections::BTreeMap;

/// Of each step those most often gone are drawn by themselves, the rest together.
const MAX_NODES: usize = 9;

/// What stands for those that are drawn together.
const OTHERS: &str = "(others)";

pub(super) fn paths(name: &str, report: &Paths) -> Figure {
    let first = report.edges.iter().map(|edge| edge.step).min().unwrap_or(0);
    let last = report
        .edges
        .iter()
        .map(|edge| edge.step)
        .max()
        .unwrap_or(0)
        .saturating_add(1);
    let column = |step: i16| usize::try_from(i32::from(step) - i32::from(first)).unwrap_or(0);
    let kept = kept(&report.edges, column);
    let mut nodes: Vec<Node> = Vec::new();
    let mut positions: BTreeMap<(usize, String), usize> = BTreeMap::new();
    for (column, names) in &kept {
        for name in names {
            positions.insert((*column, name.clone()), nodes.len());
            nodes.push(Node {
                name: name.clone(),
                column: *column,
            });
        }
    }
    let position = |column: usize, name: String| {
        let own = positions.get(&(column, name));
        own.or_else(|| positions.get(&(column, OTHERS.to_owned())))
            .copied()
    };
    let mut links: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for edge in &report.edges {
        let at = column(edge.step);
        let ends = position(at, from(edge)).zip(position(at + 1, to(edge)));
        if let Some(ends) = ends {
            let sum = links.entry(ends).or_default();
            *sum = sum.saturating_add(edge.times);
        }
    }
    let links = links
        .into_iter()
        .map(|((from, to), count)| Link { from, to, count });
    let sankey = Sankey {
        title: name.to_owned(),
        measure: "ways".to_owned(),
        columns: (first..=last).map(heading).collect(),
        nodes,
        links: links.collect(),
    };
    let mut note = format!(
        "{} of {}.",
        counted(report.paths, "path"),
        people(report.people)
    );
    if report.open > 0 {
        note += &format!(" {} of them may still go on.", count(report.open));
    }
    Figure::from(sankey).note(note)
}

fn people(n: u64) -> String {
    if n == 1 {
        "1 person".to_owned()
    } else {
        format!("{} people", count(n))
    }
}

/// What stands above a column.
fn heading(step: i16) -> String {
    match step {
        0 => "here".to_owned(),
        n if n < 0 => format!("{} before", n.unsigned_abs()),
        n => format!("{n} after"),
    }
}

fn from(edge: &PathEdge) -> String {
    edge.from
        .as_deref()
        .unwrap_or("(nothing before)")
        .to_owned()
}

fn to(edge: &PathEdge) -> String {
    edge.to.as_deref().unwrap_or("(nothing after)").to_owned()
}

/// By column the names that are drawn by themselves, those gone most often first; then what stands for the rest, if there is any.
fn kept(edges: &[PathEdge], column: impl Fn(i16) -> usize) -> BTreeMap<usize, Vec<String>> {
    let mut sides: BTreeMap<usize, BTreeMap<String, [u64; 2]>> = BTreeMap::new();
    for edge in edges {
        let at = column(edge.step);
        for (column, name, side) in [(at, from(edge), 1), (at + 1, to(edge), 0)] {
            let sums = sides.entry(column).or_default().entry(name).or_default();
            if let Some(sum) = sums.get_mut(side) {
                *sum = sum.saturating_add(edge.times);
            }
        }
    }
    let kept = sides.into_iter().map(|(column, names)| {
        let mut names: Vec<(String, u64)> = names
            .into_iter()
            .map(|(name, [a, b])| (name, a.max(b)))
            .collect();
        names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let has_others = names.len() > MAX_NODES;
        let own = names.into_iter().map(|(name, _)| name).take(MAX_NODES);
        let mut own: Vec<String> = own.collect();
        if has_others {
            own.push(OTHERS.to_owned());
        }
        (column, own)
    });
    kept.collect()
}

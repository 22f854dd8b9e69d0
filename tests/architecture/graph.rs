//! Which file uses which names of which other file, and where that goes round in a circle.

use crate::source::{Module, Sources};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// For each file, the files it uses and the names it takes from each.
pub(crate) type Graph = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The graph of all files.
pub(crate) fn graph(sources: &Sources) -> Graph {
    let mut graph = Graph::new();
    for Module { file, .. } in sources.modules.values() {
        graph.entry(file.clone()).or_default();
    }
    for path in &sources.paths {
        let Some((target, name)) = sources.definition(path) else {
            continue;
        };
        let from = &sources.modules[&path.within].file;
        let to = &sources.modules[target].file;
        // What is imported is a folder: what is taken from it is said where it is used.
        let folder = path.imported && name.is_empty() && is_parent(to);
        // A folder's own file passes on what its files define.
        let facade = path.passed_on && to.starts_with(folder_of(from));
        if from != to && !folder && !facade {
            let taken = graph
                .entry(from.clone())
                .or_default()
                .entry(to.clone())
                .or_default();
            let whole = path.segments.last().map_or("", String::as_str);
            taken.insert(if name.is_empty() { whole } else { name }.to_owned());
        }
    }
    graph
}

fn is_parent(file: &str) -> bool {
    file.ends_with("/mod.rs") || file == "lib.rs"
}

/// The folder whose modules a file declares: `eval/` for `eval/mod.rs`, `eval/bind/` for `eval/bind.rs`.
fn folder_of(file: &str) -> &str {
    if file == "lib.rs" {
        return "";
    }
    file.strip_suffix("mod.rs")
        .unwrap_or_else(|| file.trim_end_matches(".rs"))
}

/// The first part of a file's path.
pub(crate) fn room(file: &str) -> &str {
    file.split('/')
        .next()
        .unwrap_or(file)
        .trim_end_matches(".rs")
}

/// Whether one of the files declares the other: `eval/mod.rs` and `eval/node.rs`, but not `eval/mod.rs` and `eval/bind/list.rs`.
fn are_parent_and_child(one: &str, other: &str) -> bool {
    let is_parent_of = |parent: &str, child: &str| {
        let folder = folder_of(parent).trim_end_matches('/');
        let Some(inner) = child.strip_prefix(folder).and_then(|c| c.strip_prefix('/')) else {
            return false;
        };
        inner
            .trim_end_matches("/mod.rs")
            .trim_end_matches(".rs")
            .split('/')
            .count()
            == 1
    };
    is_parent_of(one, other) || is_parent_of(other, one)
}

/// What files within one room take from one another, without what a folder's file and the files it declares do.
pub(crate) fn within_rooms(graph: &Graph) -> Graph {
    let kept = |from: &str, to: &str| room(from) == room(to) && !are_parent_and_child(from, to);
    let mut inner = Graph::new();
    for (from, targets) in graph {
        let targets = targets.iter().filter(|(to, _)| kept(from, to));
        inner.insert(
            from.clone(),
            targets
                .map(|(to, names)| (to.clone(), names.clone()))
                .collect(),
        );
    }
    inner
}

/// The sets of files each of which can be reached from each other one of its set.
pub(crate) fn circles(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = graph
        .keys()
        .map(|file| (file, reachable(graph, file)))
        .collect();
    let mut circles: Vec<BTreeSet<String>> = Vec::new();
    for (file, targets) in &reached {
        if circles.iter().any(|circle| circle.contains(*file)) || !targets.contains(*file) {
            continue;
        }
        let back = |target: &&&String| reached[**target].contains(*file);
        circles.push(targets.iter().filter(back).map(|f| (*f).clone()).collect());
    }
    circles
}

fn reachable<'a>(graph: &'a Graph, from: &String) -> BTreeSet<&'a String> {
    let (mut reached, mut open) = (BTreeSet::new(), VecDeque::from([from]));
    while let Some(file) = open.pop_front() {
        for to in graph.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to) {
                open.push_back(to);
            }
        }
    }
    reached
}

/// A shortest way from a file of the circle back to it, with the names taken at each step.
pub(crate) fn shown(graph: &Graph, circle: &BTreeSet<String>) -> String {
    let ways = circle.iter().filter_map(|file| way_round(graph, file));
    let Some(way) = ways.min_by_key(Vec::len) else {
        return String::new();
    };
    let steps = way
        .iter()
        .zip(way.iter().cycle().skip(1))
        .map(|(from, to)| {
            let names: Vec<&str> = graph[*from][*to].iter().map(String::as_str).collect();
            format!("    {from} takes {} from {to}", names.join(", "))
        });
    steps.collect::<Vec<_>>().join("\n")
}

fn way_round<'a>(graph: &'a Graph, file: &'a String) -> Option<Vec<&'a String>> {
    let mut before: BTreeMap<&String, &String> = BTreeMap::new();
    let mut open = VecDeque::from([file]);
    while let Some(at) = open.pop_front() {
        for to in graph.get(at)?.keys() {
            if to == file {
                let mut way = vec![at];
                while let Some(from) = before.get(way[way.len() - 1]) {
                    way.push(from);
                }
                way.reverse();
                return Some(way);
            }
            if !before.contains_key(to) {
                before.insert(to, at);
                open.push_back(to);
            }
        }
    }
    None
}

//! The order of the house: rooms use only rooms above them, and the files of a room do not use each other in circles.
//!
//! `cargo test --test architecture -- --nocapture` prints the figures.

#![allow(clippy::panic, reason = "a test may fail")]

mod graph;
mod source;

use graph::{Graph, circles, room, shown, within_rooms};
use source::Sources;
use std::collections::BTreeSet;
use std::path::Path;

/// The rooms, each of which may use those above it. `lib.rs` names them all and is none.
const ROOMS: [&str; 21] = [
    "span",
    "value",
    "time",
    "diagnostic",
    "document",
    "syntax",
    "schema",
    "profile",
    "ir",
    "rule",
    "check",
    "eval",
    "explain",
    "ruleset",
    "packs",
    "rulebook",
    "population",
    "engine",
    "insight",
    "testing",
    "error",
];

/// Rooms that take conditions and terms apart, where a variant must not be forgotten.
const EXHAUSTIVE: [&str; 7] = [
    "ir", "rule", "check", "eval", "explain", "ruleset", "engine",
];

fn src() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

fn files() -> Graph {
    graph::graph(&Sources::read(src()))
}

#[test]
fn rooms_use_only_rooms_above_them() {
    let graph = files();
    let place = |room: &str| ROOMS.iter().position(|of| *of == room);
    let mut wrong = Vec::new();
    for (from, targets) in graph.iter().filter(|(from, _)| *from != "lib.rs") {
        let place_of_from = place(room(from));
        if place_of_from.is_none() {
            wrong.push(format!("    {from} is in no room of the list"));
        }
        for (to, names) in targets {
            let arrow = (room(from), room(to));
            let upwards = to == "lib.rs" || place(arrow.1) > place_of_from;
            if upwards {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                wrong.push(format!("    {from} takes {} from {to}", names.join(", ")));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "a room may use only those that stand above it in `ROOMS`, but\n{}",
        wrong.join("\n")
    );
}

#[test]
fn files_of_a_room_do_not_use_each_other_in_circles() {
    let graph = files();
    let inner = within_rooms(&graph);
    let circles = circles(&inner);
    let mut wrong = String::new();
    for circle in &circles {
        let shown = shown(&inner, circle);
        wrong += &format!("  {} files, for example\n{shown}\n", circle.len());
    }
    println!(
        "{} files in {} circles",
        circles.iter().map(BTreeSet::len).sum::<usize>(),
        circles.len()
    );
    assert!(
        wrong.is_empty(),
        "files use each other in circles:\n{wrong}"
    );
}

#[test]
fn no_variant_is_forgotten_where_conditions_are_taken_apart() {
    let says = |room: &&str| {
        let text = std::fs::read_to_string(src().join(room).join("mod.rs")).unwrap_or_default();
        let denied = text
            .split("#![deny(")
            .skip(1)
            .filter_map(|rest| rest.split(")]").next());
        denied
            .into_iter()
            .any(|lints| lints.contains("clippy::wildcard_enum_match_arm"))
    };
    let silent: Vec<&&str> = EXHAUSTIVE.iter().filter(|room| !says(room)).collect();
    assert!(
        silent.is_empty(),
        "`#![deny(clippy::wildcard_enum_match_arm)]` is missing in the `mod.rs` of {silent:?}"
    );
}

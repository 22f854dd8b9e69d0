//! Questions with known answers over real customers: every segment of the rule files in `tests/cases` has exactly the
//! members that two other programs found.
//!
//! The purchases of CDNOW's customers are part of the project and always asked. The grocery panel and the gift wholesaler
//! are asked where their samples lie beside the project, in `../shared/data`, and the whole data sets where
//! `SEGUE_FULL_DATA` names their folder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Deserialize)]
struct Case {
    id: String,
    dataset: String,
    now: String,
    segments: BTreeMap<String, Expected>,
}

/// How many members, and the SHA-256 of their ids, sorted and joined by line breaks.
#[derive(Deserialize)]
struct Expected {
    full: (usize, String),
    sample: (usize, String),
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn segue(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_segue"))
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "segue {}\n{errors}",
        arguments.join(" ")
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Asks every case of a data set whose profiles and events lie in a folder; says how many segments were compared.
fn ask(dataset: &str, folder: &Path, full: bool) -> usize {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases/expected.json")).unwrap();
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (profiles, events) = (path("profiles.ndjson.gz"), path("events.ndjson.gz"));
    let scratch = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for case in cases.iter().filter(|c| c.dataset == dataset) {
        let source = root().join(format!("crates/segue-cli/tests/cases/{dataset}.toml"));
        let rules = scratch
            .path()
            .join(format!("{}.toml", case.id))
            .to_string_lossy()
            .into_owned();
        std::fs::copy(source, &rules).unwrap();
        let data = [
            "--rules",
            &rules,
            "--profiles",
            &profiles,
            "--events",
            &events,
            "--now",
            &case.now,
        ];
        if std::fs::read_to_string(&rules)
            .unwrap()
            .contains("[scores.")
        {
            segue(&[&["fit"], &data[..], &["--write"]].concat());
        }
        for (segment, expected) in &case.segments {
            let (count, hash) = if full {
                &expected.full
            } else {
                &expected.sample
            };
            let ids = segue(
                &[
                    &["eval"],
                    &data[..],
                    &["--segment", segment, "--format", "ids"],
                ]
                .concat(),
            );
            assert_eq!(ids.lines().count(), *count, "{segment} of {dataset}");
            let digest: String = Sha256::digest(ids.trim_end())
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(&digest, hash, "{segment} of {dataset}");
            compared += 1;
        }
    }
    compared
}

#[test]
fn cdnow_sample() {
    assert_eq!(ask("cdnow", &root().join("examples/cdnow"), false), 7);
}

#[test]
fn samples_beside_the_project() {
    for (dataset, segments) in [("cj", 29), ("retail", 8)] {
        let folder = root().join(format!("../shared/data/{dataset}-sample"));
        if folder.is_dir() {
            assert_eq!(ask(dataset, &folder, false), segments);
        }
    }
}

#[test]
fn full_data_where_they_are() {
    let Some(folder) = std::env::var_os("SEGUE_FULL_DATA").map(PathBuf::from) else {
        return;
    };
    for (dataset, segments) in [("cdnow", 7), ("cj", 29)] {
        assert_eq!(ask(dataset, &folder.join(dataset), true), segments);
    }
}

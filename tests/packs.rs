//! The packs: they load without a warning, alone and under other names, and do what their scenarios say.

#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::Rulebook;
use segue::packs;
use segue::rulebook::{Format, Loader};
use segue::testing::scenario::{self, Scenario};
use segue_test_support::read_file;
use std::collections::BTreeSet;

fn load(loader: Loader, text: &str) -> Rulebook {
    let loaded = loader.with_packs().load(Format::Toml, text);
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

fn including(name: &str) -> String {
    format!("include = [\"packs/{name}.toml\"]")
}

#[test]
fn packs_have_no_findings_and_are_all_of_their_folder() {
    for (name, _) in packs::ALL {
        let book = load(Rulebook::loader(), &including(name));
        assert!(book.warnings().is_empty(), "{:?}", book.warnings());
    }
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/packs")).unwrap();
    let files: BTreeSet<String> = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let known = packs::ALL.map(|(name, _)| name.to_owned());
    assert_eq!(files, known.into_iter().collect());
}

#[test]
fn scenarios_hold() {
    for name in ["retail", "beauty", "finance", "education"] {
        let text = read_file(&format!("packs/scenarios/{name}.toml"));
        let scenario =
            Scenario::load(Format::Toml, &text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let book = load(Rulebook::loader(), &including(name));
        let report = scenario::run(&scenario, Some(&book));
        assert!(report.passed(), "{report}");
    }
}

/// Whatever a shop calls its things, a pack says the same of them: every name of its schema can be another one.
#[test]
fn every_name_of_a_pack_can_be_another_one() {
    for (name, _) in packs::ALL {
        let book = load(Rulebook::loader(), &including(name));
        let mut own = format!("{}\n[packs.{name}.rename]\n", including(name));
        let declared = |book: &Rulebook| book.document().schema.clone().unwrap_or_default();
        let schema = declared(&book);
        for field in schema.attributes() {
            own += &format!("\"{0}\" = \"x.{0}\"\n", field.name);
        }
        let kinds = schema
            .kinds()
            .iter()
            .map(|kind| (&kind.name, &kind.properties));
        let relations = schema
            .relations()
            .iter()
            .map(|rows| (&rows.name, &rows.properties));
        for (of, properties) in kinds.chain(relations) {
            own += &format!("\"{of}\" = \"my_{of}\"\n");
            for property in properties {
                own += &format!("\"{of}.{0}\" = \"my_{of}.the_{0}\"\n", property.name);
            }
        }
        let renamed = load(Rulebook::loader(), &own);
        assert!(renamed.warnings().is_empty(), "{:?}", renamed.warnings());
        let renamed = declared(&renamed);
        assert_eq!(renamed.kinds().len(), schema.kinds().len());
        let mut names = renamed.kinds().iter().map(|kind| &kind.name);
        assert!(names.all(|name| name.starts_with("my_")));
    }
}

/// What an engine adds itself is not the pack's to be called otherwise.
#[test]
fn messages_that_were_sent_keep_their_name() {
    let own = format!(
        "{}\n[packs.retail.rename]\nsent = \"told\"\n",
        including("retail")
    );
    let refused = Rulebook::loader().with_packs().load(Format::Toml, &own);
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("`retail` has no `sent`"), "{error}");
}

/// A shop that is a school as well: what both packs have in common is there once.
#[test]
fn packs_go_together() {
    let own = "include = [\"packs/finance.toml\", \"packs/customer.toml\"]\n[packs.finance]\nwithout = [\"tags.risk/leaving\"]";
    let book = load(Rulebook::loader(), own);
    assert!(book.segment("main_bank").is_some());
    assert_eq!(
        book.tags()
            .filter(|(path, _)| *path == "risk/leaving")
            .count(),
        0
    );
}

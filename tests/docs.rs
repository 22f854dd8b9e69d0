//! Keeps the pages of `docs/` true: their expressions, rule files and profiles are read as the pages say, and every code
//! that the library can report is explained.

#![cfg(all(feature = "toml", feature = "yaml"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::check::Context;
use segue::diagnostic::{Code, Diagnostic};
use segue::profile::{Model, Record, RecordReader};
use segue::rulebook::{Format, Loader};
use segue::schema::Schema;
use segue::syntax::vocabulary;
use segue::testing::scenario::Scenario;
use segue::{Rule, Rulebook, syntax};
use segue_test_support::{read_file, shop};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A fenced block of a page.
#[derive(Debug)]
struct Block {
    /// `docs/language.md:12`
    place: String,
    /// What stands behind the fence.
    info: Vec<String>,
    text: String,
    /// The nearest heading above.
    heading: String,
}

impl Block {
    fn is(&self, language: &str) -> bool {
        self.info.first().is_some_and(|first| first == language)
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut heading = String::new();
    let mut open = false;
    for (at, line) in read_file(page).lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(info), false) => {
                let info = info
                    .split([' ', ','])
                    .filter(|word| !word.is_empty())
                    .map(str::to_owned)
                    .collect();
                found.push(Block {
                    place: format!("{page}:{}", at + 1),
                    info,
                    text: String::new(),
                    heading: heading.clone(),
                });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let block = found.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) if line.starts_with('#') => {
                heading = line.trim_start_matches('#').trim().to_owned()
            }
            (None, false) => {}
        }
    }
    assert!(!open, "{page}: a block is never closed");
    assert!(
        found.iter().all(|block| !block.info.is_empty()),
        "{page}: every block says its language"
    );
    found
}

/// The expressions of a block: each begins at the margin, its further lines are indented.
fn expressions(block: &Block) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in block.text.lines().filter(|line| !line.trim().is_empty()) {
        match found.last_mut() {
            Some(last) if line.starts_with(' ') => {
                last.push('\n');
                last.push_str(line);
            }
            _ => found.push(line.to_owned()),
        }
    }
    found
}

/// What is said of an expression, and whether it can be used.
fn findings(text: &str, context: &Context) -> Vec<Diagnostic> {
    match Rule::check_in(text, context) {
        Ok(rule) => rule.warnings().to_vec(),
        Err(error) => error.diagnostics().to_vec(),
    }
}

fn codes(found: &[Diagnostic]) -> BTreeSet<&str> {
    found.iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn the_expressions_of_the_language_page_are_what_they_say() {
    let book = shop::rulebook();
    let profiles = shop::profiles(&book);
    let model = Model::for_schema(book.schema());
    let (mut seen, mut compared) = (0, 0);
    for block in blocks("docs/language.md") {
        assert!(block.is("segue"), "{}: {:?}", block.place, block.info);
        let expected: BTreeSet<&str> = block.info.iter().skip(1).map(String::as_str).collect();
        for text in expressions(&block) {
            let place = format!("{}: {text}", block.place);
            let rule = Rule::check_in(&text, book.context())
                .unwrap_or_else(|error| panic!("{place}\n{error}"));
            assert_eq!(codes(rule.warnings()), expected, "{place}");
            assert_eq!(
                syntax::parse(&rule.to_string()).as_ref(),
                Ok(rule.expr()),
                "{place}: printed {rule}"
            );
            seen += 1;
            let Some((_, ids)) = text.split_once("holds for ") else {
                continue;
            };
            let ids = ids.split_once(';').map_or(ids, |(ids, _)| ids).trim();
            let matcher = rule.bind(&model).unwrap();
            let members: Vec<&str> = profiles
                .iter()
                .filter(|p| matcher.holds(p, shop::now()))
                .map(Record::id)
                .collect();
            assert_eq!(members.join(", "), ids, "{place}");
            compared += 1;
        }
    }
    assert!(
        seen > 100 && compared > 30,
        "{seen} expressions, {compared} with members"
    );
}

/// `x within L` and the like, which the page says are the same, are.
#[test]
fn what_is_said_to_be_the_same_is() {
    let book = shop::rulebook();
    let profiles = shop::profiles(&book);
    let model = Model::for_schema(book.schema());
    let members = |text: &str| -> Vec<String> {
        let matcher = Rule::check_in(text, book.context())
            .unwrap_or_else(|error| panic!("{error}"))
            .bind(&model)
            .unwrap();
        profiles
            .iter()
            .filter(|p| matcher.holds(p, shop::now()))
            .map(|p| p.id().to_owned())
            .collect()
    };
    let mut compared = 0;
    for block in blocks("docs/language.md") {
        for text in expressions(&block) {
            let Some((_, other)) = text.split_once("the same as: ") else {
                continue;
            };
            assert_eq!(members(&text), members(other), "{}: {text}", block.place);
            compared += 1;
        }
    }
    assert!(compared >= 3);
}

/// Every code that stands in quotes in the sources, comments and the table of codes left out.
fn codes_in_sources() -> BTreeSet<String> {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
                continue;
            }
            if path.extension().is_none_or(|e| e != "rs") || path.ends_with("diagnostic/codes.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for line in text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
            {
                found.extend(
                    line.split('"')
                        .filter(|word| is_code(word))
                        .map(str::to_owned),
                );
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut found,
    );
    found
}

fn is_code(word: &str) -> bool {
    word.len() == 5
        && word.starts_with(['E', 'W'])
        && word.bytes().skip(1).all(|b| b.is_ascii_digit())
}

/// The headings of the page of diagnostics: code and title.
fn listed() -> Vec<(String, String)> {
    let page = read_file("docs/diagnostics.md");
    let headings = page.lines().filter_map(|line| line.strip_prefix("### "));
    headings
        .map(|h| {
            h.split_once(": ")
                .map(|(code, title)| (code.to_owned(), title.to_owned()))
                .unwrap()
        })
        .collect()
}

#[test]
fn every_code_is_listed_and_none_that_does_not_exist() {
    let listed = listed();
    let codes: BTreeSet<String> = listed.iter().map(|(code, _)| code.clone()).collect();
    assert_eq!(codes, codes_in_sources());
    assert_eq!(codes.len(), listed.len(), "a code is listed twice");
    let titles: BTreeSet<&str> = listed.iter().map(|(_, title)| title.as_str()).collect();
    assert_eq!(titles.len(), listed.len(), "two codes mean the same");
    let table: Vec<_> = Code::all()
        .map(|code| (code.as_str().to_owned(), code.title().to_owned()))
        .collect();
    assert_eq!(
        listed, table,
        "the page and src/diagnostic/codes.rs say the same, in the same order"
    );
}

/// A word that is added to the tables of the language is explained to authors.
#[test]
fn the_pages_know_every_word_of_the_vocabulary() {
    let language = read_file("docs/language.md");
    let pages = language.clone() + &read_file("docs/rulebooks.md");
    let has = |page: &str, wanted: &str| {
        page.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .any(|word| word == wanted)
    };
    let functions = vocabulary::functions()
        .iter()
        .filter(|row| row.instead.is_none());
    let called =
        (vocabulary::aggregates().iter().map(|row| row.name)).chain(functions.map(|row| row.name));
    for name in called {
        assert!(
            language.contains(&format!("{name}(")),
            "`{name}(…)` is not in docs/language.md"
        );
    }
    for unit in vocabulary::units() {
        assert!(
            has(&language, unit.plural),
            "`{}` is not in docs/language.md",
            unit.plural
        );
    }
    for keyword in vocabulary::keywords() {
        assert!(
            has(&pages, keyword.word),
            "`{}` is on no page",
            keyword.word
        );
    }
}

/// A function that is added to the vocabulary has rows by hand, random cases and an explanation.
#[test]
fn every_function_of_events_is_tried_and_explained() {
    let all_of = |folder: &str| {
        let mut paths: Vec<_> =
            std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.is_file())
                .collect();
        paths.sort();
        let texts = paths
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap());
        texts.collect::<String>()
    };
    let corpus = all_of("tests/corpus");
    let random = all_of("tests/support/src/random");
    let explained = read_file("tests/explain/cases.txt");
    for row in vocabulary::aggregates() {
        let called = format!("{}(", row.name);
        assert!(
            corpus.contains(&called),
            "`{called}…)` is in no row of tests/corpus"
        );
        assert!(
            explained.contains(&called),
            "`{called}…)` is in no case of tests/explain/cases.txt"
        );
        let quoted = format!("\"{}\"", row.name);
        assert!(
            random.contains(&called) || random.contains(&quoted),
            "no random case has `{called}…)`"
        );
    }
}

/// A loader that gives the warnings that a section of the page is about, those among them that have to be asked for.
fn asking(loader: Loader, block: &Block) -> Loader {
    match block.heading.split(':').next() {
        Some("W0120") => loader.warn_of_unread(),
        Some("W0340") => loader.warn_of_purposes(),
        _ => loader,
    }
}

/// The page gives each code an example and mends it.
#[test]
fn every_code_has_an_example_that_gives_it_and_one_that_does_not() {
    /// Too long to be shown, of a tree without a text, or a fault of segue.
    const WITHOUT: [&str; 6] = ["E0003", "E0004", "E0005", "E0033", "E0099", "E0209"];
    let book = shop::rulebook();
    // A block that begins with the name of a file is one that others include.
    let files = blocks("docs/diagnostics.md").into_iter();
    let loader = files.fold(Rulebook::loader(), |loader, block| {
        match block
            .text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# "))
        {
            Some(name) if name.ends_with(".toml") => loader.with(name, &*block.text),
            _ => loader,
        }
    });
    let load = |format: Format, block: &Block| match asking(loader.clone(), block)
        .load(format, &block.text)
    {
        Ok(book) => book
            .warnings()
            .iter()
            .map(|w| w.diagnostic.clone())
            .collect(),
        Err(error) => error
            .findings()
            .iter()
            .map(|f| f.diagnostic.clone())
            .collect::<Vec<_>>(),
    };
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for block in blocks("docs/diagnostics.md") {
        let found = match () {
            // Characters that cannot be seen are shown by their numbers.
            () if block.is("segue") => {
                let text = block
                    .text
                    .trim_end()
                    .replace("<U+202E>", "\u{202e}")
                    .replace("<U+200B>", "\u{200b}")
                    .replace("<U+0301>", "\u{301}");
                findings(&text, book.context())
            }
            () if block.is("toml") => load(Format::Toml, &block),
            () if block.is("yaml") => load(Format::Yaml, &block),
            () => continue,
        };
        let code = block.heading.split(':').next().unwrap();
        match block.info.get(1) {
            Some(expected) => {
                assert_eq!(expected, code, "{}", block.place);
                if !codes(&found).contains(code) {
                    failures.push(format!("{}: {found:?}", block.place));
                }
                *shown.entry(code.to_owned()).or_default() += 1;
            }
            None if found.is_empty() => {}
            None => failures.push(format!("{}: {found:?}", block.place)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    for (code, _) in listed() {
        assert_eq!(
            shown.contains_key(&code),
            !WITHOUT.contains(&code.as_str()),
            "{code}"
        );
    }
}

/// What the golden files say is of codes that are listed.
#[test]
fn the_golden_files_know_no_other_codes() {
    let listed: BTreeSet<String> = listed().into_iter().map(|(code, _)| code).collect();
    for file in ["syntax", "checks", "rulebooks"] {
        for line in read_file(&format!("tests/mistakes/{file}.txt")).lines() {
            let code = line
                .strip_prefix("error[")
                .or(line.strip_prefix("warning["))
                .and_then(|l| l.split(']').next());
            assert!(
                code.is_none_or(|code| listed.contains(code)),
                "{file}: {line}"
            );
        }
    }
}

#[test]
fn the_rule_files_load() {
    let mut formats = BTreeSet::new();
    for page in [
        "docs/rulebooks.md",
        "docs/reports.md",
        "docs/profiles.md",
        "docs/streams.md",
        "docs/identity.md",
        "docs/ledgers.md",
        "docs/packs.md",
        "docs/reports.md",
    ] {
        for block in blocks(page) {
            let Some(format) = Format::of_file(&format!("x.{}", block.info[0])) else {
                continue;
            };
            if block.info.len() > 1 {
                continue; // Profiles and events: see below.
            }
            let book = Rulebook::loader()
                .with_packs()
                .file(&*block.place)
                .load(format, &block.text);
            let book = book.unwrap_or_else(|error| panic!("{error}"));
            assert!(book.warnings().is_empty(), "{:?}", book.warnings());
            formats.insert(block.info[0].clone());
        }
    }
    assert_eq!(
        formats.into_iter().collect::<Vec<_>>(),
        ["json", "toml", "yaml"]
    );
}

#[test]
fn the_file_in_three_formats_is_one() {
    let same: Vec<Rulebook> = (blocks("docs/rulebooks.md").iter())
        .filter(|block| block.heading == "One file in three formats")
        .map(|block| {
            Rulebook::loader()
                .load(
                    Format::of_file(&format!("x.{}", block.info[0])).unwrap(),
                    &block.text,
                )
                .unwrap()
        })
        .collect();
    assert_eq!(same.len(), 3);
    assert!(
        same.iter()
            .all(|book| book.document() == same[0].document())
    );
}

#[test]
fn the_profiles_and_events_are_read_or_refused() {
    let blocks = blocks("docs/profiles.md");
    let schema: Schema = blocks
        .iter()
        .find(|b| b.is("toml"))
        .map(|b| Rulebook::from_toml(&b.text).unwrap().schema().clone())
        .unwrap();
    let mut reader = RecordReader::new(&schema);
    let mut lines = 0;
    for block in blocks.iter().filter(|b| b.is("json")) {
        for line in block.text.lines() {
            let place = &block.place;
            lines += 1;
            match block.info.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["json", "profile"] => {
                    let record = reader
                        .profile(line)
                        .unwrap_or_else(|error| panic!("{place}: {line}: {error}"));
                    assert_eq!(
                        Record::from_json(&schema, &record.to_json(&schema)).unwrap(),
                        record,
                        "{place}"
                    );
                }
                ["json", "profile", "refused"] => {
                    assert!(reader.profile(line).is_err(), "{place}: {line}")
                }
                ["json", "event"] => {
                    assert!(reader.event(line).unwrap().is_some(), "{place}: {line}")
                }
                ["json", "event", "refused"] => {
                    assert!(reader.event(line).is_err(), "{place}: {line}")
                }
                ["json", "event", "ignored"] => {
                    assert!(reader.event(line).unwrap().is_none(), "{place}: {line}")
                }
                _ => panic!("{place}: {:?}", block.info),
            }
        }
    }
    assert!(lines > 20);
}

/// The page of streams has rules, and a scenario and lines that fit them.
#[test]
fn the_scenario_of_the_page_of_streams_is_met() {
    let blocks = blocks("docs/streams.md");
    let rules = blocks.iter().find(|b| b.is("toml")).unwrap();
    let book = Rulebook::from_toml(&rules.text).unwrap();
    let mut met = 0;
    for block in blocks.iter().filter(|b| b.info == ["toml", "scenario"]) {
        let scenario = Scenario::from_toml(&block.text)
            .unwrap_or_else(|error| panic!("{}: {error}", block.place));
        let report = segue::testing::scenario::run(&scenario, Some(&book));
        assert!(
            report.passed() && report.checked > 3,
            "{}\n{report}",
            block.place
        );
        met += 1;
    }
    assert_eq!(met, 1);
    let mut reader = RecordReader::new(book.schema());
    for block in blocks.iter().filter(|b| b.info == ["json", "event"]) {
        assert!(
            reader.event(&block.text).unwrap().is_some(),
            "{}",
            block.place
        );
    }
}

/// Files that links of the pages on crates.io and docs.rs lead to are there.
#[test]
fn links_of_published_pages_lead_into_the_project() {
    const PROJECT: &str = "https://github.com/segue-rs/segue/blob/main/";
    for page in [
        "README.md",
        "crates/segue-cli/README.md",
        "crates/segue-derive/README.md",
    ] {
        let text = read_file(page);
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for link in links {
            // Where these pages are shown, there are no files beside them.
            assert!(link.starts_with("https://"), "{page}: {link}");
            if let Some(file) = link.strip_prefix(PROJECT) {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
                assert!(path.is_file(), "{page}: {link}");
            }
        }
    }
}

/// Links between the pages, and to headings within them, lead somewhere.
#[test]
fn links_lead_somewhere() {
    for page in [
        "language",
        "operators",
        "rulebooks",
        "diagnostics",
        "profiles",
        "streams",
        "engine",
        "identity",
        "reports",
    ] {
        let text = read_file(&format!("docs/{page}.md"));
        for (_, link) in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')').map(|(link, _)| ("", link)))
        {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() {
                format!("{page}.md")
            } else {
                file.to_owned()
            };
            let target = read_file(&format!("docs/{file}"));
            let slug = |heading: &str| -> String {
                let kept = heading
                    .to_lowercase()
                    .chars()
                    .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'))
                    .collect::<String>();
                kept.replace(' ', "-")
            };
            let mut headings = target
                .lines()
                .filter(|l| l.starts_with('#'))
                .map(|l| slug(l.trim_start_matches('#').trim()));
            assert!(
                anchor.is_empty() || headings.any(|h| h == anchor),
                "docs/{page}.md: {link}"
            );
        }
    }
}

//! Explanations: golden texts of a shop's customers, and for every row of the corpus the same verdict as the evaluation.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

#[path = "corpus/mod.rs"]
mod corpus;
mod golden;
#[path = "operators/shop.rs"]
mod shop;

use segue::Rule;
use segue::eval::{Explanation, Part, PartKind};
use segue::profile::{Model, Record};
use segue::rulebook::Format;
use segue::{Instant, Matcher, Rulebook};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/explain/cases.txt");

/// Every case is a profile of the shop and an expression; what is said is the tree and the summary.
#[test]
fn explanations_read_as_the_golden_file_says() {
    let book = shop::rulebook();
    let profiles = shop::profiles(&book);
    let model = Model::for_schema(book.schema());
    golden::compare(CASES, |case| {
        let (id, expression) = case.split_once(": ").unwrap();
        let profile = profiles.iter().find(|p| p.id() == id).unwrap_or_else(|| panic!("no profile {id}"));
        let rule = Rule::check_in(expression, book.context()).unwrap_or_else(|error| panic!("{error}"));
        let explanation = rule.bind(&model).unwrap().explain(profile, shop::now());
        format!("{explanation}\n{}\n\n", explanation.summary())
    });
}

/// The rule of a row, among the segments of its setting.
fn matcher(row: &corpus::Row) -> Matcher<Record> {
    let document = serde_json::json!({
        "schema": corpus::schema(),
        "timezone": row.setting.zone,
        "week_starts": format!("{}", row.setting.week_start),
        "segments": row.setting.segments,
    });
    let book = Rulebook::loader().load(Format::Json, &document.to_string()).unwrap_or_else(|error| panic!("{}: {error}", row.place));
    let rule = Rule::check_in(&row.expression, book.context()).unwrap_or_else(|error| panic!("{}: {error}", row.place));
    rule.bind(&Model::for_schema(book.schema())).unwrap()
}

/// What must be true of every part: its answer follows from its parts.
fn coherent(part: &Part, place: &str) {
    assert!(!part.text.is_empty(), "{place}: a part without words: {part:?}");
    match &part.kind {
        PartKind::All => assert_eq!(part.holds, part.parts.iter().all(|p| p.holds), "{place}: {}", part.text),
        PartKind::Any => assert_eq!(part.holds, part.parts.iter().any(|p| p.holds), "{place}: {}", part.text),
        PartKind::Not => assert!(part.parts.iter().all(|p| p.holds != part.holds), "{place}: {}", part.text),
        PartKind::Segment { .. } | PartKind::Tag { .. } => {
            assert!(part.parts.iter().all(|p| p.holds == part.holds && p.until == part.until), "{place}: {}", part.text);
        }
        _ => {}
    }
    for evidence in &part.evidence {
        assert!(evidence.inside <= evidence.matching && evidence.matching <= evidence.seen, "{place}: {evidence:?}");
        assert!(evidence.witnesses.len() <= 5, "{place}: {evidence:?}");
    }
}

#[test]
fn every_row_of_the_corpus_is_explained_with_its_verdict() {
    let rows = corpus::rows();
    let mut model: Option<(String, Matcher<Record>)> = None;
    for row in &rows {
        let key = format!("{:?} {}", row.setting, row.expression);
        let matcher = match &model {
            Some((known, matcher)) if *known == key => matcher.clone(),
            _ => matcher(row),
        };
        model = Some((key, matcher.clone()));
        let profile = Record::from_json(&corpus::schema(), &row.profile.to_string()).unwrap();
        let now = Instant::from_micros(row.now);
        let explanation = matcher.explain(&profile, now);
        let verdict = matcher.verdict(&profile, now);
        assert_eq!((explanation.holds, explanation.until), (verdict.holds, verdict.until), "{}", row.place);
        assert_eq!((explanation.root.holds, explanation.root.until), (verdict.holds, verdict.until), "{}", row.place);
        explanation.parts().for_each(|part| coherent(part, &row.place));

        let text = explanation.to_string();
        assert!(text.starts_with(if verdict.holds { "✓ " } else { "✗ " }) && !text.contains("  \n"), "{}: {text}", row.place);
        let sentences = explanation.summary().matches(['.', ':']).count();
        assert!(sentences >= 3, "{}: {}", row.place, explanation.summary());

        let json = serde_json::to_string(&explanation).unwrap();
        let back: Explanation = serde_json::from_str(&json).unwrap();
        assert_eq!(back, explanation, "{}", row.place);
    }
}

use crate::data::*;
use segue::insight::{ReportResult, RfmReport};
use segue::profile::{Model, Record};
use segue::{Instant, Rule, Rulebook};
use segue_test_support::random::Rng;

const SCORES: &str = r#"
    rfm = { recency = "r", frequency = "f", monetary = "m", groups = ["best", "lost"] }
    [scores.r]
    value = "last(purchased).at"
    classes = 3
    [scores.f]
    value = "count(purchased)"
    over = "purchased"
    classes = 4
    [scores.m]
    value = "sum(purchased.amount)"
    over = "purchased"
    classes = 3
    cuts = ["20.00", "60.00"]
    [segments]
    best = "m = 3"
    lost = "m = 1 and not purchased within 60 days"
"#;

fn rfm(rulebook: &Rulebook, records: &[Record]) -> RfmReport {
    match report(rulebook, records, at("2026-01-01"), at(UNTIL)) {
        ReportResult::Rfm(rfm) => rfm,
        other => panic!("{other:?}"),
    }
}

/// Classes, cut points and segments are those of the rulebook that `fit` makes of the same people.
#[test]
fn classes_are_those_of_the_fitted_rulebook() {
    let rulebook = rulebook(SCORES, "monday");
    let model = Model::<Record>::for_schema(rulebook.schema());
    let just_before = Instant::from_micros(at(UNTIL).micros() - 1);
    let mut cells = 0;
    for seed in 0..150 {
        let records = records(&rulebook, &people(&mut Rng(seed)));
        let found = rfm(&rulebook, &records);
        let Ok(fitted) = rulebook.fit(&model, &records, just_before) else {
            assert_eq!(found.people, 0, "seed {seed}");
            continue;
        };
        let who = |book: &Rulebook, question: &str| -> Vec<usize> {
            let matcher = Rule::check_in(question, book.context())
                .unwrap()
                .bind(&model)
                .unwrap();
            let such = records
                .iter()
                .enumerate()
                .filter(|(_, of)| matcher.holds(of, just_before));
            such.map(|(who, _)| who).collect()
        };
        // The cut points of `m` are declared, and stay.
        let book_of = |score: &str| if score == "m" { &rulebook } else { &fitted };
        for (of, name) in found.scores.iter().zip(["r", "f", "m"]) {
            assert_eq!((&*of.score, of.fitted), (name, name != "m"));
            for (class, people) in (1..).zip(&of.classes) {
                let expected = who(book_of(name), &format!("{name} = {class}"));
                assert_people(
                    people.people,
                    &people.members,
                    &expected,
                    &format!("seed {seed}, {name} {class}"),
                );
            }
            let missing = who(book_of(name), &format!("{name} is missing"));
            assert_people(of.missing.people, &of.missing.members, &missing, name);
            let cuts = book_of(name).document().scores[name].cuts.clone().unwrap();
            let cuts = serde_json::to_value(cuts).unwrap();
            assert_eq!(
                serde_json::to_value(&of.cuts).unwrap(),
                cuts,
                "seed {seed}, {name}"
            );
        }
        let mut sum = 0;
        for cell in &found.cells {
            let r_f = who(
                &fitted,
                &format!("r = {} and f = {}", cell.recency, cell.frequency),
            );
            let m = who(&rulebook, &format!("m = {}", cell.monetary));
            let both: Vec<usize> = r_f.into_iter().filter(|who| m.contains(who)).collect();
            assert_people(cell.people.people, &cell.people.members, &both, "cell");
            sum += cell.people.people;
            cells += 1;
        }
        assert_eq!(sum, found.people);
        for group in &found.groups {
            let expected = who(&rulebook, &format!("in segment {}", group.segment));
            assert_people(
                group.people.people,
                &group.people.members,
                &expected,
                &group.segment,
            );
        }
        let bought = who(
            &rulebook,
            "purchased and not in segment best and not in segment lost",
        );
        assert_people(
            found.in_no_group.people,
            &found.in_no_group.members,
            &bought,
            "none",
        );
    }
    assert!(cells > 200, "only {cells}");
}

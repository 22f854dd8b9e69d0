use crate::data::*;
use segue::insight::{ReportResult, SpreadReport};
use segue::profile::Model;
use segue::profile::Record;
use segue::value::Scalar;
use segue::{Rule, Rulebook};
use segue_test_support::random::Rng;

fn spread(rulebook: &Rulebook, records: &[Record], until: &str) -> SpreadReport {
    match report(rulebook, records, at("2026-01-01"), at(until)) {
        ReportResult::Spread(spread) => spread,
        other => panic!("{other:?}"),
    }
}

/// Whoever has a value is whoever the rule holds of that asks for it.
#[test]
fn people_are_counted_where_the_rule_that_asks_for_the_value_holds() {
    let table = r#"spread = ["gender", "habit", "topics", "habit = regular", "stage of buying", "segments", "tags"]
        [lifecycles.buying]
        stages = [{ name = "visitor", when = "visited" }, { name = "customer", when = "purchased" }]
        [tags]
        "risk/returns" = "returned"
        [segments]
        online = 'purchased(channel = "online") within 30 days'
        nobody = "age > 200""#;
    let rulebook = rulebook(table, "monday");
    let model = Model::<Record>::for_schema(rulebook.schema());
    let questions: [&[(Option<&str>, &str)]; 7] = [
        &[
            (Some("female"), "gender = female"),
            (Some("male"), "gender = male"),
            (Some("other"), "gender = other"),
            (None, "gender is missing"),
        ],
        &[
            (Some("regular"), "habit = regular"),
            (Some("once"), "habit = once"),
            (Some("never"), "habit = never"),
        ],
        &[
            (Some("radio"), "topics contains \"radio\""),
            (Some("tv"), "topics contains \"tv\""),
            (None, "topics is empty"),
        ],
        &[
            (Some("false"), "not habit = regular"),
            (Some("true"), "habit = regular"),
        ],
        &[
            (Some("visitor"), "in stage visitor of buying"),
            (Some("customer"), "in stage customer of buying"),
            (
                None,
                "not in stage visitor of buying and not in stage customer of buying",
            ),
        ],
        &[
            (Some("nobody"), "in segment nobody"),
            (Some("online"), "in segment online"),
            (None, "in no segment"),
        ],
        &[
            (Some("risk/returns"), "tagged \"risk\""),
            (None, "not tagged"),
        ],
    ];
    let mut people_found = 0;
    for seed in 0..120 {
        let people = people(&mut Rng(seed));
        let records = records(&rulebook, &people);
        let found = spread(&rulebook, &records, UNTIL);
        assert_eq!(
            (found.people, found.of.len()),
            (people.len() as u64, questions.len())
        );
        let just_before = segue::Instant::from_micros(at(UNTIL).micros() - 1);
        for (over, questions) in found.of.iter().zip(questions) {
            let mut listed = over.values.iter();
            for (value, question) in questions {
                let rule =
                    Rule::check_in(question, rulebook.context()).unwrap_or_else(|e| panic!("{e}"));
                let matcher = rule.bind(&model).unwrap();
                let who = records
                    .iter()
                    .enumerate()
                    .filter(|(_, of)| matcher.holds(of, just_before));
                let who: Vec<usize> = who.map(|(who, _)| who).collect();
                let context = format!("seed {seed}, {} {value:?}", over.of);
                let text = |value: &Option<Scalar>| match value {
                    None => None,
                    Some(Scalar::Text(text)) => Some(text.clone()),
                    Some(Scalar::Bool(value)) => Some(value.to_string()),
                    Some(other) => panic!("{other:?}"),
                };
                let found = over
                    .values
                    .iter()
                    .find(|of| text(&of.value).as_deref() == *value);
                match found {
                    Some(of) => {
                        assert_people(of.people, &of.members, &who, &context);
                        let everybody = (!people.is_empty()).then_some(people.len() as f64);
                        assert_eq!(of.share, everybody.map(|n| of.people as f64 / n));
                        // In the order in which they are asked for here.
                        assert!(listed.any(|other| other.value == of.value), "{context}");
                        people_found += who.len();
                    }
                    None => assert_eq!(who, Vec::<usize>::new(), "{context}"),
                }
            }
            let sum: u64 = over.values.iter().map(|of| of.people).sum();
            assert!(
                over.several || sum == found.people,
                "seed {seed}, {}",
                over.of
            );
            assert!(over.values.len() <= questions.len(), "{over:?}");
        }
    }
    assert!(people_found > 2_000, "only {people_found}");
}

/// Of many values those are listed that most people have, in their order.
#[test]
fn rare_values_are_left_out() {
    let rulebook = rulebook("spread = [\"age\"]", "monday");
    let ages = (0..300).chain(150..300);
    let record = |(n, age): (usize, i64)| {
        Record::from_json(
            rulebook.schema(),
            &format!(r#"{{"id": "p{n}", "age": {age}}}"#),
        )
        .unwrap()
    };
    let records: Vec<Record> = ages.enumerate().map(record).collect();
    let found = &spread(&rulebook, &records, UNTIL).of[0];
    assert_eq!((found.values.len(), found.values_left_out), (200, 100));
    let first = |nth: usize| (found.values[nth].value.clone(), found.values[nth].people);
    assert_eq!(first(0), (Some(Scalar::Whole(0)), 1));
    assert_eq!(first(50), (Some(Scalar::Whole(150)), 2));
}

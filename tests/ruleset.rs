//! All rules at once give the answers that each gives alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::check::Context;
use segue::profile::{Model, Profile, Record};
use segue::schema::{EventKind, Field, Schema};
use segue::{Instant, Matcher, Rule, RuleSet, Rulebook, Type, Verdict};
use segue_test_support::random::{Case, Gen, Style};
use segue_test_support::{corpus, workload};

/// Asserts that the rules hold together as they hold alone, and until when; how many of the answers are yes.
fn agree<P: Profile>(
    model: &Model<P>,
    rules: &[(String, Rule)],
    profiles: &[(P, Instant)],
) -> usize {
    let rule_set = RuleSet::new(model, rules.iter().cloned()).unwrap();
    let matchers: Vec<_> = rules
        .iter()
        .map(|(_, rule)| rule.bind(model).unwrap())
        .collect();
    assert_eq!(rule_set.len(), rules.len());
    let mut yes = 0;
    for (i, (profile, now)) in profiles.iter().enumerate() {
        let holding = rule_set.matches(profile, *now);
        let positions: Vec<usize> = holding.positions().collect();
        let names: Vec<&str> = holding.collect();
        for (i, matcher) in matchers.iter().enumerate() {
            let alone = matcher.holds(profile, *now);
            assert_eq!(
                positions.binary_search(&i).is_ok(),
                alone,
                "{} at {now} for {}",
                rules[i].1,
                profile.id()
            );
        }
        assert!(
            positions
                .iter()
                .map(|i| rules[*i].0.as_str())
                .eq(names.iter().copied()),
            "{positions:?} {names:?}"
        );
        // To search for `until` takes long: of many profiles, some.
        if profiles.len() < 20 || i.is_multiple_of(12) {
            agree_on_verdicts(&rule_set, &matchers, profile, *now);
        }
        yes += positions.len();
    }
    yes
}

/// Asserts that each verdict, and the first `until` of all, are those of the rules alone.
fn agree_on_verdicts<P: Profile>(
    rule_set: &RuleSet<P>,
    matchers: &[Matcher<P>],
    profile: &P,
    now: Instant,
) {
    let verdicts = rule_set.verdicts(profile, now);
    assert_eq!(verdicts.iter().len(), matchers.len());
    for (i, ((name, verdict), matcher)) in verdicts.iter().zip(matchers).enumerate() {
        let alone = matcher.verdict(profile, now);
        let of = || format!("{} at {now} for {}", matcher.rule(), profile.id());
        assert_eq!(verdict, alone, "{}", of());
        assert_eq!(verdicts.get(i), Some(verdict), "{}", of());
        assert_eq!(rule_set.name(i), Some(name), "{}", of());
    }
    assert_eq!(verdicts.get(matchers.len()), None);
    let first = verdicts.iter().filter_map(|(_, v)| v.until).min();
    assert_eq!(verdicts.until(), first, "at {now} for {}", profile.id());
}

fn rulebook(case: &Case) -> Option<Rulebook> {
    let document = serde_json::from_value(case.book.document()).unwrap();
    Rulebook::loader()
        .schema(case.schema.clone())
        .load_document(document)
        .ok()
}

fn profile(case: &Case) -> (Record, Instant) {
    let record = Record::from_json(&case.schema, &case.profile.to_string())
        .unwrap_or_else(|e| panic!("{e}"));
    (record, Instant::from_micros(case.now))
}

/// Every construct, checked among the names of different rulebooks and in different zones, on profiles of one schema.
#[test]
fn rules_of_many_rulebooks() {
    let shop = corpus::schema();
    let (batches, size) = if cfg!(debug_assertions) {
        (12, 60)
    } else {
        (100, 100)
    };
    let (mut rules, mut profiles, mut yes, mut asked) = (Vec::new(), Vec::new(), 0, 0);
    let mut done = 0;
    for seed in 0.. {
        let case = Gen::case(seed, Style::Everything);
        if case.schema != shop {
            continue;
        }
        let Some(book) = rulebook(&case) else {
            continue;
        };
        rules.extend(
            book.segments()
                .map(|(name, rule)| (name.to_owned(), rule.clone())),
        );
        for text in [
            case.expression.clone(),
            format!("not ({})", case.expression),
            format!("age > 1 and {}", case.expression),
        ] {
            if let Ok(rule) = Rule::check_in(&text, book.context()) {
                rules.push((format!("{seed}: {text}"), rule));
            }
        }
        profiles.push(profile(&case));
        if profiles.len() == size {
            asked += rules.len() * profiles.len();
            yes += agree(&Model::for_schema(&shop), &rules, &profiles);
            (rules, profiles) = (Vec::new(), Vec::new());
            done += 1;
            if done == batches {
                break;
            }
        }
    }
    assert!(
        (asked / 5..asked * 4 / 5).contains(&yes),
        "{yes} of {asked} hold"
    );
}

/// Types and names of every kind.
#[test]
fn rules_of_random_schemas() {
    let (mut yes, mut asked) = (0, 0);
    for seed in 0..if cfg!(debug_assertions) { 600 } else { 6000 } {
        let case = Gen::case(seed, Style::Everything);
        let Some(book) = rulebook(&case) else {
            continue;
        };
        let mut rules: Vec<(String, Rule)> = book
            .segments()
            .map(|(name, rule)| (name.to_owned(), rule.clone()))
            .collect();
        for text in [
            case.expression.clone(),
            format!("not ({})", case.expression),
        ] {
            if let Ok(rule) = Rule::check_in(&text, book.context()) {
                rules.push((text, rule));
            }
        }
        yes += agree(&Model::for_schema(&case.schema), &rules, &[profile(&case)]);
        asked += rules.len();
    }
    assert!(
        (asked / 4..asked * 3 / 4).contains(&yes),
        "{yes} of {asked} hold"
    );
}

#[test]
fn many_segments_over_forty_attributes() {
    let schema = workload::schema();
    let mut random = workload::Random(7);
    let rules = workload::rules(&mut random, &schema, 4_000);
    let now: Instant = "2026-11-01T00:00:00Z".parse().unwrap();
    for missing in [0, 15] {
        let profiles: Vec<(Record, Instant)> = (0..60)
            .map(|id| {
                (
                    workload::record(&schema, id, &workload::values(&mut random, missing)),
                    now,
                )
            })
            .collect();
        let yes = agree(&Model::for_schema(&schema), &rules, &profiles);
        let asked = rules.len() * profiles.len();
        println!("{yes} of {asked} hold, with {missing} of a hundred values missing");
        assert!(
            (asked / 200..asked / 50).contains(&yes),
            "{yes} of {asked} hold"
        );
    }
}

/// Each way in which a rule can be found, and profiles on both sides of it.
#[test]
fn every_way_in() {
    let schema = Schema::builder()
        .attribute(Field::new("age", Type::Int))
        .attribute(Field::new("score", Type::Float))
        .attribute(Field::new("credit", Type::Decimal(2)))
        .attribute(Field::new("city", Type::String))
        .attribute(Field::new("interests", Type::List(Box::new(Type::String))))
        .attribute(Field::new("plan", Type::String).tracked())
        .attribute(Field::new("home", Type::Place))
        .attribute(Field::new("last_login", Type::Instant))
        .kind(EventKind::new("viewed").subject(Field::new("category", Type::String)))
        .kind(
            EventKind::new("purchased")
                .subject(Field::new("category", Type::String))
                .property(Field::new("amount", Type::Decimal(2))),
        )
        .build()
        .unwrap();
    let texts = [
        "true",
        "false",
        "age > 50",
        "age >= 57 and age <= 57",
        "age between 57 and 58",
        "age between 58 and 57",
        "age < 57.5",
        "age = 57.5",
        "not (age > 50)",
        "age != 57",
        "age in (1, 57, 9)",
        "age not in (1, 57, 9)",
        "age exists",
        "age is missing",
        "age > 40 or city = \"Roma\"",
        "age > 60 or city = \"Roma\" or score > 0.5",
        "not (age > 60 or city = \"Roma\")",
        "score > 0",
        "score >= 0",
        "score < 0",
        "score between -1 and 0.5",
        "score != 0",
        "credit > 19.90",
        "credit >= 19.9",
        "credit = 19.9",
        "city in (\"Roma\", \"Milano\")",
        "city starts with \"Mil\"",
        "city = \"milano\" ignoring case",
        "interests contains \"tv\"",
        "interests contains all of (\"tv\", \"music\")",
        "interests contains none of (\"tv\", \"music\")",
        "interests exists",
        "interests is empty",
        "plan = \"pro\"",
        "plan in (\"pro\", \"plus\")",
        "plan exists",
        "plan != \"pro\"",
        "home exists",
        "(plan = \"pro\") as of 30 days ago",
        "plan as of 1 month ago = \"pro\"",
        "count(viewed) as of 30 days ago >= 1",
        "count(viewed) as of 60 days ago >= 1",
        "purchased within 1 month after 12 months ago",
        "purchased within 11 months after 12 months ago",
        "purchased since today - 1 month",
        "purchased since today - 2 months",
        "home within 10 km of (45.46, 9.19)",
        "home between (45.40, 9.04) and (45.54, 9.28)",
        "home between (45.40, 9.04) and (45.50, 9.28)",
        "id = \"anna\"",
        "id in (\"anna\", \"elif\")",
        "tagged \"interest\"",
        "tagged \"interest/tv\"",
        "tagged \"interest/tv/oled\"",
        "tagged \"int\"",
        "not tagged \"vip\"",
        "viewed(\"tv\")",
        "viewed(category in (\"tv\", \"radio\"))",
        "viewed(\"tv\") within 30 days",
        "viewed(\"tv\") at least 2 times",
        "viewed(\"tv\") at most 2 times",
        "not viewed(\"tv\")",
        "count(purchased(amount > 20) within 180 days) >= 1",
        "count(purchased) = 0",
        "purchased(\"tv\", amount > 20)",
        "viewed(\"tv\") then purchased(\"tv\") within 7 days",
        "purchased then no viewed within 20 days",
        "last_login within 7 days",
        "last_login > 2026-03-01",
        "now.weekday = wednesday",
        "in sample(50%, \"spring\")",
    ];
    let context = Context::new(schema.clone());
    let rules: Vec<(String, Rule)> = (texts.iter())
        .map(|text| {
            (
                (*text).to_owned(),
                Rule::check_in(text, &context).unwrap_or_else(|e| panic!("{e}")),
            )
        })
        .collect();
    let lines = [
        r#"{"id": "anna", "age": 57, "score": 0.0, "credit": 19.90, "city": "Milano", "interests": ["tv", "music", "tv"],
            "tags": ["interest/tv", "interest/tv/oled"], "home": {"lat": 45.46, "lon": 9.19}, "last_login": "2026-03-17T10:00:00Z",
            "history": {"plan": [{"at": "2026-01-01T00:00:00Z", "value": "free"}, {"at": "2026-03-01T00:00:00Z", "value": "pro"}]},
            "events": [{"kind": "viewed", "at": "2026-03-01T10:00:00Z", "props": {"category": "tv"}},
                       {"kind": "purchased", "at": "2026-03-02T10:00:00Z", "props": {"category": "tv", "amount": 499}}]}"#,
        r#"{"id": "elif", "age": 58, "score": -0.0, "credit": 19.91, "city": "Roma", "interests": [], "tags": ["vip", "interesting"],
            "events": [{"kind": "viewed", "at": "2026-03-01T10:00:00Z", "props": {"category": "radio"}},
                       {"kind": "viewed", "at": "2026-09-01T10:00:00Z", "props": {"category": "tv"}}]}"#,
        r#"{"id": "omar", "age": 40, "score": 0.75, "city": "milano", "interests": ["music"], "history": {"plan": [{"at": "2026-09-01T00:00:00Z", "value": "pro"}]},
            "events": [{"kind": "viewed", "at": "2026-01-01T10:00:00Z", "props": {"category": "tv"}},
                       {"kind": "viewed", "at": "2026-02-01T10:00:00Z", "props": {"category": "tv"}},
                       {"kind": "purchased", "at": "2026-02-02T10:00:00Z", "props": {}}]}"#,
        r#"{"id": "nobody"}"#,
    ];
    let mut profiles: Vec<(Record, Instant)> = Vec::new();
    for now in [
        "2025-01-01T00:00:00Z",
        "2026-03-18T12:00:00Z",
        "2026-10-01T00:00:00Z",
    ] {
        for line in lines {
            profiles.push((
                Record::from_json(&schema, line).unwrap(),
                now.parse().unwrap(),
            ));
        }
    }
    let yes = agree(&Model::for_schema(&schema), &rules, &profiles);
    assert!(yes > 200, "{yes}");
}

#[test]
fn a_rule_set_of_no_rules_and_of_a_type_that_does_not_fit() {
    let schema = Schema::builder()
        .attribute(Field::new("age", Type::Int))
        .build()
        .unwrap();
    let model = Model::<Record>::for_schema(&schema);
    let anna = Record::from_json(&schema, r#"{"id": "anna", "age": 57}"#).unwrap();
    let now: Instant = "2026-03-18T12:00:00Z".parse().unwrap();
    let none = RuleSet::new(&model, Vec::<(String, Rule)>::new()).unwrap();
    assert!(none.is_empty());
    assert_eq!(none.matches(&anna, now).count(), 0);
    let verdicts = none.verdicts(&anna, now);
    assert_eq!((verdicts.iter().len(), verdicts.until()), (0, None));

    let other = Schema::builder()
        .attribute(Field::new("city", Type::String))
        .build()
        .unwrap();
    let rules = [
        ("old", Rule::check("age > 66", &schema).unwrap()),
        ("roman", Rule::check(r#"city = "Roma""#, &other).unwrap()),
    ];
    let error = RuleSet::new(&model, rules).unwrap_err();
    assert_eq!(
        error.problems(),
        ["the profile type has no attribute `city`"]
    );
}

/// An order and a renewal that the profile holds for later change answers when their time comes; what will never be, has no
/// `until`.
#[test]
fn each_verdict_says_until_when() {
    let schema = Schema::builder()
        .attribute(Field::new("city", Type::String))
        .attribute(Field::new("plan", Type::String).tracked())
        .kind(EventKind::new("ordered").subject(Field::new("category", Type::String)))
        .build()
        .unwrap();
    let texts = [
        r#"city = "Roma""#,
        r#"city = "Bari" and ordered within 7 days"#,
        r#"plan = "pro""#,
        r#"plan != "pro""#,
        r#"ordered("tv")"#,
        r#"not ordered("tv")"#,
        r#"ordered("radio")"#,
        "ordered within 7 days",
    ];
    let rules = texts.map(|text| (text, Rule::check(text, &schema).unwrap()));
    let rule_set = RuleSet::new(&Model::<Record>::for_schema(&schema), rules).unwrap();
    let anna = r#"{"id": "anna", "city": "Roma",
        "history": {"plan": [{"at": "2026-01-01T00:00:00Z", "value": "free"}, {"at": "2026-04-01T00:00:00Z", "value": "pro"}]},
        "events": [{"kind": "ordered", "at": "2026-03-15T10:00:00Z", "props": {"category": "sofa"}},
                   {"kind": "ordered", "at": "2026-05-01T10:00:00Z", "props": {"category": "tv"}}]}"#;
    let anna = Record::from_json(&schema, anna).unwrap();
    let verdicts = rule_set.verdicts(&anna, "2026-03-18T12:00:00Z".parse().unwrap());
    let verdict = |holds, until: Option<&str>| Verdict {
        is_exact: true,
        holds,
        until: until.map(|until| until.parse().unwrap()),
    };
    let expected = [
        verdict(true, None),
        verdict(false, None),
        verdict(false, Some("2026-04-01T00:00:00Z")),
        verdict(true, Some("2026-04-01T00:00:00Z")),
        verdict(false, Some("2026-05-01T10:00:00Z")),
        verdict(true, Some("2026-05-01T10:00:00Z")),
        verdict(false, None),
        verdict(true, Some("2026-03-22T10:00:00.000001Z")),
    ];
    assert!(
        verdicts.iter().eq(texts.into_iter().zip(expected)),
        "{verdicts:?}"
    );
    assert_eq!(verdicts.until(), expected[7].until);
}

#[test]
fn the_answers_are_counted_and_come_in_order() {
    let schema = Schema::builder()
        .attribute(Field::new("age", Type::Int))
        .build()
        .unwrap();
    let rules = (0..200).map(|i| {
        (
            format!("over_{i:03}"),
            Rule::check(&format!("age > {i}"), &schema).unwrap(),
        )
    });
    let rule_set = RuleSet::new(&Model::for_schema(&schema), rules).unwrap();
    let anna = Record::from_json(&schema, r#"{"id": "anna", "age": 131}"#).unwrap();
    let mut holding = rule_set.matches(&anna, "2026-03-18T12:00:00Z".parse().unwrap());
    assert_eq!(holding.len(), 131);
    assert_eq!(holding.nth(69), Some("over_069"));
    assert_eq!((holding.len(), holding.positions().next()), (61, Some(70)));
    assert_eq!(holding.last(), Some("over_130"));
    assert_eq!(rule_set.name(130), Some("over_130"));
    assert_eq!(rule_set.name(200), None);
}

//! Explanations: golden texts of a shop's customers, and for every row of the corpus the same verdict as the evaluation.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::explain::{ChangeKind, Explanation, ExplanationNode, PartKind, SuggestedChange};
use segue::profile::{Model, Record, Value};

use segue::schema::Schema;
use segue::syntax::{ExprKind, KindSelector, format, parse};
use segue::{GeoPoint, Instant, Matcher, Rule, Rulebook, Type};
use segue_test_support::{corpus, golden_file, random, shop};
use std::collections::BTreeMap;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/explain/cases.txt");

/// Every case is a profile of the shop and an expression; what is said is the tree and the summary.
#[test]
fn explanations_read_as_the_golden_file_says() {
    let book = shop::rulebook();
    let profiles = shop::profiles(&book);
    let model = Model::for_schema(book.schema());
    golden_file::compare(CASES, |case| {
        let (id, expression) = case.split_once(": ").unwrap();
        let profile = profiles
            .iter()
            .find(|p| p.id() == id)
            .unwrap_or_else(|| panic!("no profile {id}"));
        let rule =
            Rule::check_in(expression, book.context()).unwrap_or_else(|error| panic!("{error}"));
        let explanation = rule.bind(&model).unwrap().explain(profile, shop::now());
        format!("{explanation}\n{}\n\n", explanation.summary())
    });
}

/// A rule among the names of a rulebook.
fn bound(schema: Schema, book: &corpus::Book, expression: &str) -> Result<Matcher<Record>, String> {
    let document = serde_json::from_value(book.document()).map_err(|e| e.to_string())?;
    let book = Rulebook::loader()
        .schema(schema)
        .load_document(document)
        .map_err(|e| e.to_string())?;
    let rule = Rule::check_in(expression, book.context()).map_err(|e| e.to_string())?;
    rule.bind(&Model::for_schema(book.schema()))
        .map_err(|e| e.to_string())
}

/// The rule of a row.
fn matcher(row: &corpus::Row) -> Matcher<Record> {
    bound(corpus::schema(), &row.book, &row.expression)
        .unwrap_or_else(|error| panic!("{}: {error}", row.place))
}

/// What must be true of every part: its answer follows from its parts.
fn coherent(part: &ExplanationNode, place: &str) {
    assert!(
        !part.text.is_empty(),
        "{place}: a part without words: {part:?}"
    );
    match &part.kind {
        PartKind::All => assert_eq!(
            part.holds,
            part.parts.iter().all(|p| p.holds),
            "{place}: {}",
            part.text
        ),
        PartKind::Any => assert_eq!(
            part.holds,
            part.parts.iter().any(|p| p.holds),
            "{place}: {}",
            part.text
        ),
        PartKind::Not => assert!(
            part.parts.iter().all(|p| p.holds != part.holds),
            "{place}: {}",
            part.text
        ),
        PartKind::Segment { .. } | PartKind::Tag { .. } => {
            assert!(
                part.parts
                    .iter()
                    .all(|p| p.holds == part.holds && p.until == part.until),
                "{place}: {}",
                part.text
            );
        }
        _ => {}
    }
    let steps = part
        .parts
        .iter()
        .filter(|p| matches!(p.kind, PartKind::Step { .. }));
    let events = steps
        .flat_map(|step| &step.evidence)
        .flat_map(|e| &e.witnesses);
    let taken: Vec<Instant> = events.filter(|w| w.counts).map(|w| w.at).collect();
    assert!(taken.is_sorted_by(|a, b| a < b), "{place}: {taken:?}");
    for evidence in &part.evidence {
        assert!(
            evidence.inside <= evidence.matching && evidence.matching <= evidence.seen,
            "{place}: {evidence:?}"
        );
        assert!(evidence.witnesses.len() <= 5, "{place}: {evidence:?}");
    }
}

/// What must be true of every explanation.
fn sound(matcher: &Matcher<Record>, profile: &Record, now: Instant, place: &str) -> Explanation {
    let explanation = matcher.explain(profile, now);
    let verdict = matcher.verdict(profile, now);
    assert_eq!(
        (explanation.holds, explanation.until),
        (verdict.holds, verdict.until),
        "{place}"
    );
    let found = verdict.until.filter(|_| verdict.is_exact);
    assert_eq!(
        (explanation.root.holds, explanation.root.until),
        (verdict.holds, found),
        "{place}"
    );
    explanation.parts().for_each(|part| coherent(part, place));

    let text = explanation.to_string();
    assert!(
        text.starts_with(if verdict.holds { "✓ " } else { "✗ " }) && !text.contains(" \n"),
        "{place}: {text}"
    );
    let sentences = explanation.summary().matches(['.', ':']).count();
    assert!(sentences >= 3, "{place}: {}", explanation.summary());

    let json = serde_json::to_string(&explanation).unwrap();
    let back: Explanation = serde_json::from_str(&json).unwrap();
    assert_eq!(back, explanation, "{place}");
    explanation
}

#[test]
fn every_row_of_the_corpus_is_explained_with_its_verdict() {
    let mut known: Option<(String, Matcher<Record>)> = None;
    for row in corpus::rows() {
        let key = format!("{:?} {}", row.book, row.expression);
        let matcher = match &known {
            Some((k, matcher)) if *k == key => matcher.clone(),
            _ => matcher(&row),
        };
        known = Some((key, matcher.clone()));
        let profile = Record::from_json(&corpus::schema(), &row.profile.to_string()).unwrap();
        sound(
            &matcher,
            &profile,
            Instant::from_micros(row.now),
            &row.place,
        );
    }
}

/// `SEGUE_CASES=100000 cargo test --release --test explain` looks at more of them.
#[test]
fn random_rules_are_explained_with_their_verdicts() {
    let cases = random::search::number("SEGUE_CASES").unwrap_or(500);
    let (mut explained, mut made, mut wrong) = (0_u64, 0_u64, Vec::new());
    for seed in 0..cases {
        let case = random::Gen::case(seed, random::Style::Everything);
        let Ok(matcher) = bound(case.schema.clone(), &case.book, &case.expression) else {
            continue;
        };
        let profile = Record::from_json(&case.schema, &case.profile.to_string()).unwrap();
        let now = Instant::from_micros(case.now);
        let place = format!("seed {seed}: {}", case.expression);
        let explanation = sound(&matcher, &profile, now, &place);
        explained += 1;
        if explanation.changes.is_empty() {
            continue;
        }
        let Some((other, at)) = changed(&profile, &case.schema, &explanation.changes, now) else {
            continue;
        };
        made += 1;
        if matcher.holds(&other, at) == explanation.holds {
            let texts: Vec<&str> = explanation
                .changes
                .iter()
                .map(|c| c.text.as_str())
                .collect();
            wrong.push(format!(
                "{place}\n  at {now} still {} after: {}",
                explanation.holds,
                texts.join("; ")
            ));
        }
    }
    assert!(
        explained * 5 > cases * 4,
        "only {explained} of {cases} rules could be explained"
    );
    // Parts are looked at one by one, and random ones are often at odds with one another.
    println!(
        "{} of {made} do not turn:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        wrong.len() as u64 * 10 <= made,
        "{} of {made} changes do not turn the answer:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

// ---- what is said to turn an answer turns it ----

/// The value of a change as a profile's.
fn value(text: &str) -> Value {
    if let Some(quoted) = text.strip_prefix('"') {
        return Value::Text(quoted.trim_end_matches('"').to_owned());
    }
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        other => {
            let unsigned = || other.parse::<u64>().ok().map(Value::from);
            let decimal = || other.parse().ok().map(Value::Decimal);
            let whole = other.parse::<i64>().ok().map(Value::Int);
            let number = whole.or_else(unsigned).or_else(decimal);
            number.unwrap_or_else(|| Value::Text(other.to_owned()))
        }
    }
}

/// A profile that has one event, as a change says it.
fn happened(events: &str, schema: &Schema, at: Instant) -> Option<Record> {
    segue::testing::profile("x")
        .happened(format!("{events} at {at}"))
        .build(schema, at)
        .ok()
}

/// An event without the tests in its parentheses that ask for other events: `purchased("tv", not returned before at)` is
/// `purchased("tv")`, and whether that is enough is what is tested. `None` where it has no such tests, or they compare other
/// events with its properties.
fn alone(events: &str, schema: &Schema) -> Option<String> {
    let mut expr = parse(events).ok()?;
    if let ExprKind::As { events, .. } = expr.kind {
        expr = *events;
    }
    let ExprKind::Event {
        conditions,
        kinds: KindSelector::One(kind),
    } = &mut expr.kind
    else {
        return None;
    };
    let own = schema.kinds().iter().find(|k| k.name == kind.text)?;
    let is_own = |name: &str| own.properties.iter().any(|p| p.name == name);
    let is_kind = |name: &str| schema.kinds().iter().any(|k| k.name == name);
    let before = conditions.len();
    let mut compares = false;
    conditions.retain(|condition| {
        let (mut asks, mut reads) = (false, false);
        condition.visit(&mut |e| match &e.kind {
            ExprKind::Event { .. } => asks = true,
            ExprKind::Path(names) => {
                reads |= names.iter().any(|name| is_own(&name.text));
                asks |= names.first().is_some_and(|name| is_kind(&name.text));
            }
            _ => {}
        });
        compares |= asks && reads;
        !asks
    });
    (conditions.len() < before && !compares).then(|| format(&expr))
}

/// Makes the changes; `None` where a change is not one that a test can make.
fn changed(
    profile: &Record,
    schema: &Schema,
    changes: &[SuggestedChange],
    now: Instant,
) -> Option<(Record, Instant)> {
    let mut profile = profile.clone();
    let mut at = now;
    for change in changes {
        match &change.kind {
            ChangeKind::Wait { until } | ChangeKind::NoEvents { until, .. } => at = at.max(*until),
            ChangeKind::Events {
                events,
                times,
                since,
                before,
            } => {
                at = at.max(since.unwrap_or(at));
                for _ in 0..*times {
                    if before.is_some_and(|before| at >= before) {
                        // Another change of the same answer has to come first, and leaves no time for this one.
                        return None;
                    }
                    let made = happened(events, schema, at)
                        .or_else(|| happened(&alone(events, schema)?, schema, at))?;
                    profile.add_events(made.events().iter().cloned());
                    // A step of a sequence is strictly later than the one before.
                    if changes
                        .iter()
                        .filter(|c| matches!(c.kind, ChangeKind::Events { .. }))
                        .count()
                        > 1
                    {
                        at = Instant::from_micros(at.micros() + 1);
                    }
                }
            }
            ChangeKind::Value {
                name,
                op,
                value: text,
            } => {
                let name = name.trim_matches('`');
                let field = schema.attribute(name)?;
                let set = match (op.as_str(), &field.ty) {
                    ("=" | ">=" | "<=", _) => value(text),
                    ("between", Type::Place) => {
                        let corner = text.strip_prefix('(')?.split_once(')')?.0;
                        let (lat, lon) = corner.split_once(", ")?;
                        Value::Place(GeoPoint {
                            lat: lat.parse().ok()?,
                            lon: lon.parse().ok()?,
                        })
                    }
                    ("between", _) => value(text.split_once(" and ")?.0),
                    ("in", _) => value(
                        text.strip_prefix('(')?
                            .strip_suffix(')')?
                            .split(", ")
                            .next()?,
                    ),
                    ("is missing" | "is empty", _) => Value::Missing,
                    ("contains", Type::List(_)) if !text.contains(' ') => {
                        Value::List(vec![value(text)])
                    }
                    ("starts with" | "ends with" | "contains", Type::String)
                        if !text.contains(' ') =>
                    {
                        value(text)
                    }
                    ("since" | "before", Type::Date) if !text.contains(' ') && op == "since" => {
                        value(text)
                    }
                    _ => return None,
                };
                profile
                    .set(schema, name, set, now)
                    .unwrap_or_else(|error| panic!("{changes:?}: {error}"));
            }
            _ => return None,
        }
    }
    Some((profile, at))
}

#[test]
fn the_changes_turn_the_answer() {
    let (mut made, mut wrong) = (0, Vec::new());
    for row in corpus::rows() {
        let matcher = matcher(&row);
        let schema = corpus::schema();
        let profile = Record::from_json(&schema, &row.profile.to_string()).unwrap();
        let now = Instant::from_micros(row.now);
        let explanation = matcher.explain(&profile, now);
        if explanation.changes.is_empty() {
            continue;
        }
        let Some((other, at)) = changed(&profile, &schema, &explanation.changes, now) else {
            continue;
        };
        made += 1;
        // Parts are looked at one by one; that a value serves two of them in opposite ways is not seen.
        let at_odds = row.expression == "(age < 30 or gender = female) and gender = male";
        if matcher.holds(&other, at) == explanation.holds && !at_odds {
            let texts: Vec<&str> = explanation
                .changes
                .iter()
                .map(|c| c.text.as_str())
                .collect();
            wrong.push(format!(
                "{}: {}\n  at {now} still {} after: {}",
                row.place,
                row.expression,
                explanation.holds,
                texts.join("; ")
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {made} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(made > 400, "only {made} rows could be tried");
}

// ---- sizes ----

/// Segments that refer to one another in a long row, and one that is referred to many times, are each explained once.
#[test]
fn each_segment_is_explained_once() {
    let mut segments = BTreeMap::from([("s0".to_owned(), "age > 50".to_owned())]);
    for i in 1..20 {
        segments.insert(
            format!("s{i}"),
            format!("in segment s{} and age > {}", i - 1, i % 40),
        );
    }
    segments.insert(
        "all".to_owned(),
        format!(
            "in segment s19 and {}",
            ["in segment s0"; 12].join(" and not not ")
        ),
    );
    let document =
        serde_json::json!({"schema": {"attributes": {"age": "int"}}, "segments": segments});
    let book = Rulebook::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}"));
    let matcher = book
        .segment("all")
        .unwrap()
        .bind(&Model::for_schema(book.schema()))
        .unwrap();
    let anna = Record::from_json(book.schema(), r#"{"id": "anna", "age": 57}"#).unwrap();
    let explanation = sound(&matcher, &anna, shop::now(), "all");
    let explained = explanation.parts().filter(|p| {
        matches!(&p.kind, PartKind::Segment { name } if name == "s0") && !p.parts.is_empty()
    });
    assert_eq!(explained.count(), 1);
    assert!(
        explanation
            .to_string()
            .contains("✓ in segment s0, see above"),
        "{explanation}"
    );
    assert!(explanation.parts().count() < 100);
}

/// A rule with very many parts is explained in full, and its text stays readable.
#[test]
fn a_wide_rule_stays_readable() {
    let schema: Schema = serde_json::from_str(r#"{"attributes": {"age": "int"}}"#).unwrap();
    let rule = (0..2000)
        .map(|i| format!("age = {}", 100 + i))
        .collect::<Vec<_>>()
        .join(" or ");
    let matcher = bound(schema.clone(), &corpus::Book::default(), &rule).unwrap();
    let of_age = |age: u32| {
        Record::from_json(&schema, &format!(r#"{{"id": "anna", "age": {age}}}"#)).unwrap()
    };
    let explanation = sound(&matcher, &of_age(57), shop::now(), "wide");
    assert_eq!(explanation.root.parts.len(), 2000);
    let tree = explanation.root.to_string();
    assert!(
        tree.lines().count() < 30 && tree.ends_with("  … and 1980 more, of which 0 hold\n"),
        "{tree}"
    );
    // Those that decide come first.
    let tree = sound(&matcher, &of_age(2050), shop::now(), "wide")
        .root
        .to_string();
    assert!(
        tree.starts_with(
            "✓ any of:\n  ✓ age = 2050: age is 2050\n  ✗ age = 100: age is 2050, 1950 above\n"
        ),
        "{tree}"
    );
}

/// The first line says where the profile is.
#[test]
fn an_explanation_names_its_segment() {
    let book = shop::rulebook();
    let profiles = shop::profiles(&book);
    let first_line = |expression: &str| {
        let matcher = Rule::check_in(expression, book.context())
            .unwrap()
            .bind(&Model::for_schema(book.schema()))
            .unwrap();
        matcher
            .explain(&profiles[0], shop::now())
            .named("lost")
            .to_string()
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    assert!(
        first_line("id exists").contains(" is in `lost` at "),
        "{}",
        first_line("id exists")
    );
    assert!(
        first_line("id is missing").contains(" is out of `lost` at "),
        "{}",
        first_line("id is missing")
    );
}

/// Labels and units stand where people read; the names, values and rules stay what they are.
#[test]
fn labels_and_units_are_said() {
    let book = Rulebook::from_toml(
        r#"
        [schema.attributes]
        age = { type = "int", label = "age of the customer", unit = "years" }
        "address.city" = { type = "string", label = "city" }
        plan = { type = "string", tracked = true, label = "plan of the subscription" }
        points = { type = "int", unit = "points" }
        [schema.events.ordered]
        subject = "category"
        properties = { category = { type = "string", label = "kind of goods" }, amount = { type = "decimal(2)", unit = "EUR" } }
        [schema.relations.pets]
        properties = { species = "string", weight = { type = "float", label = "weight of the pet", unit = "kg" } }

        [traits]
        spent = "sum(ordered.amount within 30 days)"
        [segments]
        grown_up = "age > 50 and address.city = \"Roma\""
        regular = "spent > 100 and avg(ordered.amount) > 10 and count(ordered) > 3"
        pro = "plan was \"pro\" and points exists"
        dog = "pets(species = \"dog\", weight > 20)"
        expensive = "ordered(amount > 90)"
        "#,
    )
    .unwrap();
    let anna = r#"{"id": "anna", "age": 47, "address": {"city": "Roma"}, "pets": [{"species": "dog", "weight": 30}],
        "history": {"plan": [{"at": "2026-01-01T00:00:00Z", "value": "free"}]},
        "events": [{"kind": "ordered", "at": "2026-03-01T10:00:00Z", "props": {"category": "tv", "amount": 99.90}}]}"#;
    let anna = Record::from_json(book.schema(), anna).unwrap();
    let model = Model::for_schema(book.schema());
    let explain = |segment: &str| {
        let rule = book.segment(segment).unwrap().bind(&model).unwrap();
        rule.explain(&anna, "2026-03-18T12:00:00Z".parse().unwrap())
    };
    let grown_up = explain("grown_up");
    let age = &grown_up.root.parts[0].readings[0];
    let words = (age.label.as_deref(), age.unit.as_deref());
    assert_eq!(
        (age.name.as_str(), age.value.as_deref(), words),
        (
            "age",
            Some("47"),
            (Some("age of the customer"), Some("years"))
        )
    );
    assert!(
        grown_up
            .summary()
            .contains("`age > 50` (age of the customer is 47 years, 4 short)"),
        "{}",
        grown_up.summary()
    );
    assert!(
        grown_up.to_string().contains("city is \"Roma\""),
        "{grown_up}"
    );
    let regular = explain("regular").to_string();
    for words in [
        "spent is 99.90 EUR",
        "avg(ordered.amount) is 99.9 EUR",
        "kind of goods \"tv\", amount 99.90 EUR",
        "count(ordered) is 1,",
    ] {
        assert!(regular.contains(words), "{words} in {regular}");
    }
    let pro = explain("pro").to_string();
    assert!(
        pro.contains("plan of the subscription is \"free\", since"),
        "{pro}"
    );
    assert!(pro.contains("points is missing"), "{pro}");
    let dog = explain("dog").to_string();
    assert!(dog.contains("weight of the pet 30 kg"), "{dog}");
    let json = serde_json::to_string(book.schema()).unwrap();
    let again: Schema = serde_json::from_str(&json).unwrap();
    let field = again.attribute("age").unwrap();
    assert_eq!(
        (field.label.as_deref(), field.unit.as_deref()),
        words_of(book.schema())
    );
    // Who calls it otherwise has the same data.
    let plain: Schema = serde_json::from_str(&json.replace("years", "Jahre")).unwrap();
    assert_eq!(plain, *book.schema());
}

fn words_of(schema: &Schema) -> (Option<&str>, Option<&str>) {
    let age = schema.attribute("age").unwrap();
    (age.label.as_deref(), age.unit.as_deref())
}

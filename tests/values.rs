//! Values: traits, scores, segments and expressions against the reference on random cases, and by hand.
//!
//! `SEGUE_SEED=…` runs one random case alone, as of `compare.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::ir::ValueType;
use segue::profile::{Model, Record, Value};
use segue::syntax::parse;
use segue::{Date, Evaluated, GeoPoint, Instant, Rulebook, Type, ValueRule};
use segue_test_support::library::LibraryValue;
use segue_test_support::random::search::{caught, search, seeds};
use segue_test_support::random::shrink::shrink;
use segue_test_support::random::{Case, Gen};
use segue_test_support::reference::until::{
    check_at_least, check_until, interesting_instants, show,
};
use segue_test_support::reference::value::Value as Expected;
use segue_test_support::reference::{self, Profile, World};
use std::collections::BTreeSet;

const CASES: u64 = if cfg!(debug_assertions) { 1000 } else { 20000 };

const WEEKDAYS: &str = "monday tuesday wednesday thursday friday saturday sunday";
const MONTHS: &str =
    "january february march april may june july august september october november december";

/// Whether the library gives what the reference says.
fn is_same(expected: Option<&Expected>, found: &Value) -> bool {
    let number = |float: f64| match found {
        Value::Int(n) => *n as f64 == float,
        Value::Unsigned(n) => *n as f64 == float,
        Value::Decimal(n) => n.to_string().parse() == Ok(float),
        Value::Float(n) => (n - float).abs() <= float.abs() * 1e-12,
        // The reference counts weekdays and months; the library names them.
        Value::Text(name) => [WEEKDAYS, MONTHS].into_iter().any(|names| {
            let position = names.split(' ').position(|n| n == name);
            position.is_some_and(|i| i as f64 + 1.0 == float)
        }),
        _ => false,
    };
    match (expected, found) {
        (None, found) => *found == Value::Missing,
        (Some(Expected::Bool(a)), Value::Bool(b)) => a == b,
        (Some(of @ (Expected::Exact(_) | Expected::Average(_) | Expected::Float(_))), _) => {
            of.float().is_some_and(number)
        }
        (Some(Expected::Text(a) | Expected::Version(a) | Expected::Name(a, _)), Value::Text(b)) => {
            a == b
        }
        (Some(Expected::Date(a) | Expected::Period(_, a)), Value::Date(b)) => {
            a.to_string() == b.to_string()
        }
        (Some(Expected::Instant(a)), Value::Instant(b)) => *a == b.micros(),
        (Some(a @ (Expected::Span(_) | Expected::Duration(_))), Value::Duration(b)) => {
            a.micros() == Some(b.micros())
        }
        (Some(Expected::Place(lat, lon)), Value::Place(b)) => {
            *b == GeoPoint {
                lat: *lat,
                lon: *lon,
            }
        }
        _ => false,
    }
}

/// `Ok(None)`: agreed; `Ok(Some(why))`: refused by the checker.
fn compare(case: &Case) -> Result<Option<String>, String> {
    let Ok(expr) = parse(&case.expression) else {
        return Ok(Some("the form".into()));
    };
    let library = match LibraryValue::new(&case.schema, &case.book, &case.expression) {
        Ok(library) => library,
        Err(why) => return Ok(Some(why.lines().next().unwrap_or_default().to_owned())),
    };
    let world = World::new(case.schema.clone(), &case.book);
    let profile = Profile::from_json(&world.schema, &case.profile);
    let text = case.profile.to_string();
    let at = |t| reference::value(&world, &profile, &expr, t);
    let mut now = case.now;
    for _ in 0..3 {
        let expected = at(now);
        let Evaluated {
            value,
            until,
            is_exact,
            ..
        } = library.at(&text, now)?;
        let until = until.map(Instant::micros);
        if !is_same(expected.as_ref(), &value) {
            return Err(format!(
                "at {}: {value:?}, but the reference says {expected:?}",
                show(now)
            ));
        }
        // The reference takes long for what it has to replay.
        let instants = interesting_instants(&world, &profile, &expr, now);
        let step = (instants.len() / 300).max(1);
        let instants: BTreeSet<i64> = instants.into_iter().step_by(step).collect();
        let check = if is_exact {
            check_until
        } else {
            check_at_least
        };
        check(&|t| at(t) == expected, now, true, until, &instants)
            .map_err(|error| format!("at {}, where it is {value:?}: {error}", show(now)))?;
        match until {
            Some(until) => now = until,
            None => break,
        }
    }
    Ok(None)
}

fn report(case: &Case) -> String {
    let differs = |case: &Case| caught(|| compare(case)).err();
    let (small, error) = shrink(case, differs);
    format!(
        "seed {}\n  value:   {}\n  now:     {}\n  rules:   {}\n  profile: {}\n  {error}\n  as generated: {}",
        case.seed,
        small.expression,
        show(small.now),
        small.book.document(),
        small.profile,
        case.expression,
    )
}

#[test]
fn values_agree_with_the_reference() {
    let attempt = |seed| compare(&Gen::value_case(seed));
    let found = search(seeds(CASES), 10, attempt, |seed| {
        report(&Gen::value_case(seed))
    });
    let refused: Vec<&String> = found.passed.iter().flatten().collect();
    let total = found.passed.len() + found.failed.len();
    println!("{total} values, {} refused", refused.len());
    assert!(
        found.failed.is_empty(),
        "{} values differ:\n\n{}",
        found.failed.len(),
        found.failed.join("\n\n")
    );
    assert!(
        refused.len() * 5 <= total,
        "{:?}",
        &refused[..5.min(refused.len())]
    );
}

const SHOP: &str = r#"
    timezone = "Europe/Rome"
    [schema.attributes]
    city = "string"
    signup = "instant"
    home = "place"
    plan = { type = "enum", values = ["free", "pro"], tracked = true }
    [schema.events.ordered]
    subject = "category"
    properties = { category = "string", amount = "decimal(2)" }

    [traits]
    spent = "sum(ordered.amount within 30 days)"
    usual = "avg(ordered.amount)"
    [traits.frequency]
    cases = [{ is = "loyal", when = "ordered at least 2 times within 30 days" }, { is = "new", when = "ordered" }]
    order = ["new", "loyal"]
    [tags]
    "interest/tv" = 'ordered("tv") within 7 days'
    [segments]
    active = "ordered within 7 days"
    [scores.money]
    value = "sum(ordered.amount within 30 days)"
    classes = 3
    cuts = ["10.00", "100.00"]
"#;

const ANNA: &str = r#"{"id": "anna", "city": "Milano", "signup": "2025-11-30T23:30:00Z", "home": {"lat": 45.46, "lon": 9.19},
    "history": {"plan": [{"at": "2026-01-01T00:00:00Z", "value": "free"}, {"at": "2026-04-01T00:00:00Z", "value": "pro"}]},
    "events": [{"kind": "ordered", "at": "2026-03-01T10:00:00Z", "props": {"category": "sofa", "amount": 99.99}},
               {"kind": "ordered", "at": "2026-03-15T10:00:00Z", "props": {"category": "tv", "amount": 25}}]}"#;

#[test]
fn what_has_a_name_has_a_value() {
    let rulebook = Rulebook::from_toml(SHOP).unwrap();
    let model = Model::for_schema(rulebook.schema());
    let anna = Record::from_json(rulebook.schema(), ANNA).unwrap();
    let now: Instant = "2026-03-18T12:00:00Z".parse().unwrap();
    let first_leaves = Some("2026-03-31T10:00:00.000001Z".parse().unwrap());
    let week_ends = Some("2026-03-22T10:00:00.000001Z".parse().unwrap());
    for (name, value, until) in [
        (
            "spent",
            Value::Decimal("124.99".parse().unwrap()),
            first_leaves,
        ),
        ("usual", Value::Float(62.495), None),
        ("frequency", Value::from("loyal"), first_leaves),
        ("money", Value::Int(3), first_leaves),
        ("active", Value::Bool(true), week_ends),
        ("interest/tv", Value::Bool(true), week_ends),
    ] {
        let found = rulebook
            .value(name)
            .unwrap()
            .bind(&model)
            .unwrap()
            .at(&anna, now);
        assert_eq!((found.value, found.until), (value, until), "{name}");
    }
    assert!(rulebook.value("city").is_none());
    assert!(rulebook.traits().eq(["frequency", "spent", "usual"]));
    let ValueType::Of(Type::Enum(of)) = rulebook.value("frequency").unwrap().value_type() else {
        panic!("a trait of cases is an enum");
    };
    assert_eq!(
        (&of.values[..], of.ordered),
        (&["new".to_owned(), "loyal".to_owned()][..], true)
    );
}

#[test]
fn an_expression_has_a_value() {
    let rulebook = Rulebook::from_toml(SHOP).unwrap();
    let model = Model::for_schema(rulebook.schema());
    let anna = Record::from_json(rulebook.schema(), ANNA).unwrap();
    let now: Instant = "2026-03-18T12:00:00Z".parse().unwrap();
    let date = |text: &str| Value::Date(text.parse::<Date>().unwrap());
    for (text, value, until) in [
        ("city", Value::from("Milano"), None),
        (
            "home",
            Value::Place(GeoPoint {
                lat: 45.46,
                lon: 9.19,
            }),
            None,
        ),
        ("plan", Value::from("free"), Some("2026-04-01T00:00:00Z")),
        (
            "top(ordered(amount < 50).category)",
            Value::from("tv"),
            None,
        ),
        (
            "last(ordered).amount",
            Value::Decimal("25.00".parse().unwrap()),
            None,
        ),
        ("first(ordered(\"radio\")).at", Value::Missing, None),
        // Milan's clocks are an hour ahead in winter, and two from the 29th on.
        ("signup.month", date("2025-12-01"), None),
        (
            "now.weekday",
            Value::from("wednesday"),
            Some("2026-03-18T23:00:00Z"),
        ),
        (
            "now.month",
            date("2026-03-01"),
            Some("2026-03-31T22:00:00Z"),
        ),
        ("today", date("2026-03-18"), Some("2026-03-18T23:00:00Z")),
        (
            "now - now",
            Value::Duration("0 days".parse().unwrap()),
            None,
        ),
        (
            "now - signup > 200 days",
            Value::Bool(false),
            Some("2026-06-18T23:30:00.000001Z"),
        ),
        (
            "ordered(amount > 50) within 30 days or city = \"Roma\"",
            Value::Bool(true),
            Some("2026-03-31T10:00:00.000001Z"),
        ),
    ] {
        let rule = ValueRule::check_in(text, rulebook.context()).unwrap_or_else(|e| panic!("{e}"));
        let found = rule.bind(&model).unwrap().at(&anna, now);
        let until = until.map(|until| until.parse().unwrap());
        assert_eq!((found.value, found.until), (value, until), "{text}");
    }
    let grows = ValueRule::check_in("now - signup", rulebook.context()).unwrap();
    let found = grows.bind(&model).unwrap().at(&anna, now);
    assert_eq!(found.until, Some(Instant::from_micros(now.micros() + 1)));
}

#[test]
fn what_is_no_value_is_refused() {
    let rulebook =
        Rulebook::from_toml("schema.attributes = { age = \"int\", tags = \"list of string\" }")
            .unwrap();
    let code = |text: &str| {
        let error = ValueRule::check_in(text, rulebook.context()).unwrap_err();
        error.diagnostics()[0].code.to_string()
    };
    assert_eq!(code("agee + 1"), "E0101");
    assert_eq!(code("age + \"1\""), "E0105");
    let other = rulebook.schema();
    let rule = ValueRule::check("age + 1", other).unwrap();
    let empty = segue::Schema::builder().build().unwrap();
    let error = rule.bind(&Model::<Record>::for_schema(&empty)).unwrap_err();
    assert_eq!(
        error.problems(),
        ["the profile type has no attribute `age`"]
    );
}

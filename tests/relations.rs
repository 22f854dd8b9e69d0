//! Relations: rows that belong to a profile, asked about one by one, counted and summed.

#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use segue::profile::{Model, Record, Value};
use segue::schema::{EventKind, Field, Relation, Schema, one_of};
use segue::{Instant, Rule, Type};

fn schema() -> Schema {
    Schema::builder()
        .attribute(Field::new("age", Type::Int))
        .attribute(Field::new("company.industry", Type::String))
        .kind(EventKind::new("logged_in").subject(Field::new("account", Type::String)))
        .relation(
            Relation::new("accounts")
                .subject(Field::new("name", Type::String))
                .property(Field::new("plan", one_of(["free", "pro"])))
                .property(Field::new("seats", Type::Int))
                .property(Field::new("price", Type::Decimal(2)))
                .property(Field::new("opened", Type::Date))
                .property(Field::new("renewal", Type::Date))
                .property(Field::new("labels", Type::List(Box::new(Type::String)))),
        )
        .build()
        .unwrap()
}

fn anna(schema: &Schema) -> Record {
    Record::from_json(
        schema,
        r#"{"id": "anna", "age": 47, "company": {"industry": "retail"}, "accounts": [
            {"name": "Acme", "plan": "pro", "seats": 5, "price": 49.90, "opened": "2024-03-01", "renewal": "2026-04-01", "labels": ["key"]},
            {"name": "Bolt", "plan": "free", "seats": 20, "opened": "2025-11-20"},
            {"name": "Crux", "plan": "pro", "seats": 12, "price": 120.00, "opened": "2026-01-10", "renewal": "2026-09-01", "labels": []}],
            "events": [{"kind": "logged_in", "at": "2026-03-10T08:00:00Z", "props": {"account": "Acme"}},
                       {"kind": "logged_in", "at": "2026-01-02T08:00:00Z", "props": {"account": "Crux"}}]}"#,
    )
    .unwrap()
}

fn now() -> Instant {
    "2026-03-18T12:00:00Z".parse().unwrap()
}

fn holds(expression: &str) -> bool {
    let schema = schema();
    let rule = Rule::check(expression, &schema).unwrap_or_else(|e| panic!("{expression}\n{e}"));
    rule.bind(&Model::for_schema(&schema)).unwrap().holds(&anna(&schema), now())
}

#[test]
fn all_conditions_hold_of_one_row() {
    assert!(holds("accounts(plan = pro and seats > 10)"));
    assert!(!holds("accounts(plan = pro and seats > 15)"));
    assert!(holds("accounts(plan = pro) and accounts(seats > 15)"));
    assert!(holds(r#"accounts("Acme", plan = pro)"#));
    assert!(!holds(r#"accounts("Bolt", plan = pro)"#));
    assert!(holds("all accounts(seats >= 5) and not all accounts(seats > 5)"));
    assert!(holds("count(accounts(plan = pro)) = 2 and count(accounts.price) = 2"));
    assert!(holds("sum(accounts(plan = pro).seats) = 17 and sum(accounts.price) = 169.90"));
    assert!(holds("avg(accounts.price) = 84.95 and min(accounts.opened) = 2024-03-01 and max(accounts.seats) = 20"));
    assert!(holds("distinct(accounts.plan) = 2 and top(accounts.plan) = pro and distinct(accounts.opened.year) = 3"));
    assert!(holds(r#"accounts(labels contains "key") and accounts(labels is empty, plan = pro)"#));
    assert!(holds(r#"accounts(plan = pro and not logged_in(account = accounts.name) within 30 days)"#));
    assert!(holds(r#"accounts(plan = pro and not logged_in(account = name) within 30 days)"#));
    assert!(!holds(r#"accounts(plan = free and logged_in(account = name))"#));
    assert!(holds(r#"logged_in(accounts(name = account, plan = pro)) and accounts(seats * 2 < age)"#));
    let _ = Value::rows([[("name", "Acme".into())]]);
}

#[test]
fn explained() {
    let schema = schema();
    for text in [
        "accounts(plan = pro and seats > 15)",
        "accounts(plan = pro and renewal in next 30 days)",
        "all accounts(plan = pro)",
        "count(accounts(plan = pro)) >= 3",
        "all accounts(seats > 4)",
    ] {
        let rule = Rule::check(text, &schema).unwrap();
        println!("{}", rule.bind(&Model::for_schema(&schema)).unwrap().explain(&anna(&schema), now()));
        println!("{}\n", rule.bind(&Model::for_schema(&schema)).unwrap().explain(&anna(&schema), now()).summary());
    }
    for wrong in [
        "accounts within 30 days",
        "accounts(plan = pro) between 2025-01-01 and 2026-01-01",
        "accounts at least 2 times",
        "first(accounts).seats > 3",
        "accounts > 3",
        "accounts.seats > 3",
        "accounts(sets > 3)",
        "sum(accounts.plan) > 3",
        "sum(accounts) > 2",
        "acounts(plan = pro)",
        "all logged_in(account = \"x\")",
        "all acounts(plan = pro)",
        "accounts(3)",
        "accounts(pro)",
        "logged_in then accounts",
        "accounts(plan = gold)",
        "accounts in (1, 2)",
        "accounts(labels > 3)",
        "max(accounts.labels) > 2",
        "logged_in since accounts.opened",
        "all accounts",
        "accounts(plan != pro)",
        "last(accounts(plan = pro)).opened = today",
        "no accounts(plan = pro)",
        "sum(accounts.seats within 30 days) > 2",
        "accounts(opened.weekdy = monday)",
        "accounts was pro",
        "company = \"x\"",
    ] {
        match Rule::check(wrong, &schema) {
            Ok(rule) => {
                for w in rule.warnings() {
                    println!("{}", w.render(wrong, None));
                }
                println!("OK {wrong}")
            }
            Err(error) => println!("{error}\n"),
        }
    }
}

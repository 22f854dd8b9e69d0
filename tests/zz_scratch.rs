#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]
use segue::profile::{Model, Record};
use segue::schema::{EventKind, Field, Schema};
use segue::{Instant, Rule, Type};
#[test]
fn dates() {
    let schema = Schema::builder()
        .attribute(Field::new("signup", Type::Date))
        .attribute(Field::new("app", Type::Version))
        .kind(EventKind::new("purchased"))
        .build()
        .unwrap();
    let model = Model::for_schema(&schema);
    let now: Instant = "2026-03-18T12:00:00Z".parse().unwrap();
    let r = Record::builder(&schema, "x")
        .set("signup", "2026-03-01")
        .event("purchased", "2026-03-02T10:00:00Z", [])
        .build()
        .unwrap();
    for t in [
        "purchased after 2026-03-02",
        "purchased after 2026-03-01 + 1 day",
        "purchased after signup + 1 day",
        "purchased on signup + 1 day",
        "purchased after signup + 24 hours",
        "purchased after 2026-03-01 + 24 hours",
        "purchased between signup + 1 day and signup + 1 day",
        "purchased between 2026-03-01 + 1 day and 2026-03-01 + 1 day",
        "purchased after signup + 1 month - 27 days",
    ] {
        match Rule::check(t, &schema) { Ok(rule) => println!("{t}: {}", rule.bind(&model).unwrap().holds(&r, now)), Err(e) => println!("{t}: {e}") }
    }
}

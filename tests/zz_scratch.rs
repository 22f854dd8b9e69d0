#![allow(clippy::unwrap_used, clippy::panic, missing_docs, clippy::disallowed_methods)]
use segue::profile::{Model, Record};
use segue::schema::{EventKind, Field, Schema};
use segue::{Instant, Rule, Type};
#[test]
fn blowup() {
    let schema = Schema::builder().kind(EventKind::new("viewed").subject(Field::new("c", Type::String)).property(Field::new("n", Type::Int))).build().unwrap();
    let model = Model::for_schema(&schema);
    let now: Instant = "2026-03-18T12:00:00Z".parse().unwrap();
    for (events, steps) in [(30, 4), (60, 4), (120, 4), (30, 5), (30, 6), (60,6)] {
        let mut b = Record::builder(&schema, "x");
        for i in 0..events { b = b.event("viewed", format!("2026-01-01T{:02}:{:02}:00Z", i / 60, i % 60), [("c", "a".into()), ("n", 1.into())]); }
        let r = b.build().unwrap();
        let mut text = "viewed as s0".to_owned();
        for k in 1..steps { let last = k == steps - 1; text += &format!(" then viewed(c = s{}.c{}) as s{k}", k - 1, if last { ", n = 2" } else { "" }); }
        let m = Rule::check(&text, &schema).unwrap().bind(&model).unwrap();
        let t = std::time::Instant::now();
        let h = m.holds(&r, now);
        println!("{events} events, {steps} steps: {h} {:?}", t.elapsed());
    }
    let nfd = "cafe\u{301}";
    let s = Schema::builder().attribute(Field::new(nfd, Type::Int)).build().unwrap();
    println!("{:?}", Rule::check(&format!("{nfd} > 3"), &s).map_err(|e| e.to_string()));
    println!("{:?}", Rule::check("caf\u{e9} > 3", &s).map_err(|e| e.to_string()));
}
#[test]
fn exprs() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/operators/");
    let book = segue::Rulebook::from_toml(&std::fs::read_to_string(format!("{dir}rulebook.toml")).unwrap()).unwrap();
    let text = std::fs::read_to_string(format!("{dir}profiles.json")).unwrap();
    let raw: Vec<&serde_json::value::RawValue> = serde_json::from_str(&text).unwrap();
    let records: Vec<Record> = raw.iter().map(|r| Record::from_json(book.schema(), r.get()).unwrap()).collect();
    let now: Instant = "2026-03-18T12:00:00Z".parse().unwrap();
    let model = Model::for_schema(book.schema());
    for line in std::fs::read_to_string("/tmp/scratch/exprs").unwrap().lines() {
        match Rule::check_in(line, book.context()) {
            Err(e) => println!("== {line}\n{e}"),
            Ok(rule) => {
                let m = rule.bind(&model).unwrap();
                let ids: Vec<&str> = records.iter().filter(|r| m.holds(r, now)).map(Record::id).collect();
                println!("== {line}   [{rule}]\n     {}", ids.join(", "));
                for w in rule.warnings() { println!("{}", w.render(line, None)); }
            }
        }
    }
}

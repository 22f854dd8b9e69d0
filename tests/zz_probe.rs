//! probe
use segue::{
    Rulebook,
    profile::{Model, Record},
};
use std::fmt::Write;
fn chain(n: usize) -> Rulebook {
    let mut s = String::from(
        "[schema.attributes]\nage=\"int\"\n[schema.events.purchased.properties]\namount=\"decimal(2)\"\n[traits]\nspent=\"avg(purchased.amount)\"\n[segments]\ns0 = \"age > 50\"\n",
    );
    for i in 1..n {
        let _ = writeln!(s, "s{i} = \"in segment s{} and age > {}\"", i - 1, i % 50);
    }
    Rulebook::from_toml(&s).unwrap_or_else(|e| panic!("{e}"))
}
#[test]
fn ratio() {
    let b = chain(1);
    let r = segue::Rule::check_in("spent > 40", b.context()).unwrap();
    let m = r.bind(&Model::for_schema(b.schema())).unwrap();
    let p = Record::from_json(
        b.schema(),
        r#"{"id":"a","events":[{"kind":"purchased","at":"2026-01-01T00:00:00Z","props":{"amount":13.5}}]}"#,
    )
    .unwrap();
    println!("{}", m.explain(&p, "2026-02-01T00:00:00Z".parse().unwrap()));
}
#[test]
fn deep() {
    for n in [50, 64, 80, 100, 120, 150, 200] {
        let b = chain(n);
        println!("loaded {n}");
        let m = b.segment(&format!("s{}", n - 1)).unwrap().bind(&Model::for_schema(b.schema())).unwrap();
        println!("bound {n}");
        let p = Record::from_json(b.schema(), r#"{"id":"a","age":60}"#).unwrap();
        let _ = m.verdict(&p, "2026-01-01T00:00:00Z".parse().unwrap());
        println!("judged {n}");
        let e = m.explain(&p, "2026-01-01T00:00:00Z".parse().unwrap());
        println!("explained {n} {}", e.parts().count());
        let s = e.to_string();
        println!("shown {n} {}", s.len());
        let j = serde_json::to_string(&e).unwrap();
        println!("json {n} {}", j.len());
    }
}
#[test]
fn dag() {
    let n = 26;
    let mut s = String::from("[schema.attributes]\nage=\"int\"\n[segments]\ns0 = \"age > 50\"\n");
    for i in 1..n {
        let _ = writeln!(s, "s{i} = \"(in segment s{} and age > 70) or (in segment s{} and age > 80)\"", i - 1, i - 1);
    }
    let t = std::time::SystemTime::UNIX_EPOCH;
    let _ = t;
    let b = Rulebook::from_toml(&s).unwrap_or_else(|e| panic!("{e}"));
    println!("loaded");
    let m = b.segment(&format!("s{}", n - 1)).unwrap().bind(&Model::for_schema(b.schema())).unwrap();
    println!("bound");
    let p = Record::from_json(b.schema(), r#"{"id":"a","age":60}"#).unwrap();
    let _ = m.verdict(&p, "2026-01-01T00:00:00Z".parse().unwrap());
    println!("judged");
    let e = m.explain(&p, "2026-01-01T00:00:00Z".parse().unwrap());
    println!("explained {}", e.parts().count());
}

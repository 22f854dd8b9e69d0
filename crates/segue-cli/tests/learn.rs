//! `segue schema` and `segue fit`: what is learned from data.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

mod common;

use common::{cdnow, folder, hash, ok, refused, run, run_with};
use std::fs;

const P: &str = "{\"id\":\"1\",\"age\":47,\"birthday\":\"1979-02-28\",\"consent\":{\"email\":true},\"odd\":[[1]],\"pets\":[{\"species\":\"dog\",\"age\":3}]}\n{\"id\":\"2\",\"age\":null,\"consent\":{\"email\":false}}\n";
const E: &str = "{\"profile\":\"1\",\"kind\":\"bought\",\"at\":\"2026-01-05\",\"props\":{\"category\":\"tv\",\"amount\":499.90}}\n\
                 {\"profile\":\"1\",\"kind\":\"opened\",\"at\":\"2026-01-05T10:00:00Z\"}\n";

const TOML: &str = r#"[schema.attributes]
age = "int"
birthday = { type = "date", yearly = true }
"consent.email" = { type = "bool", required = true }

[schema.events.bought]
subject = "category"

[schema.events.bought.properties]
amount = { type = "decimal(2)", required = true }
category = { type = "string", required = true }

[schema.events.opened]

[schema.relations.pets]
subject = "species"

[schema.relations.pets.properties]
age = { type = "int", required = true }
species = { type = "string", required = true }
"#;

#[test]
fn a_schema_is_printed_in_every_format_and_read_again() {
    let folder = folder(&[
        ("p", P),
        ("e", E),
        (
            "rules.toml",
            "[segments]\na = 'age > 3 and consent.email and bought(\"tv\")'\n",
        ),
    ]);
    let infer = |format: &str| {
        run(
            folder.path(),
            &[
                "schema",
                "infer",
                "--profiles",
                "p",
                "--events",
                "e",
                "--format",
                format,
            ],
        )
    };
    let toml = infer("toml");
    assert_eq!((toml.code, toml.out.as_str()), (0, TOML));
    assert_eq!(
        toml.err,
        "note: skipped: `odd`: a list of lists, as in p:1\n"
    );
    for format in ["toml", "yaml", "json"] {
        let file = format!("schema.{format}");
        fs::write(folder.path().join(&file), infer(format).out).unwrap();
        assert_eq!(
            ok(folder.path(), &["check", &file]),
            format!("{file}: no rules, no findings\n")
        );
        ok(folder.path(), &["check", "rules.toml", "--schema", &file]);
    }
    let stdin = run_with(
        folder.path(),
        &["schema", "infer", "--profiles", "p", "--events", "-"],
        E.into(),
    );
    assert_eq!(stdin.out, TOML);
}

#[test]
fn contradictions_in_data_are_told_with_their_places() {
    let more = "{\"profile\":\"1\",\"kind\":\"bought\",\"at\":\"2026-01-05\",\"props\":{\"amount\":\"much\"}}\n";
    let folder = folder(&[("p", P), ("e", E), ("f", &format!("\n{more}"))]);
    let args = [
        "schema",
        "infer",
        "--profiles",
        "p",
        "--events",
        "e",
        "--events",
        "f",
    ];
    let told = refused(folder.path(), &args);
    let why = "`bought.amount`: is a number in e:1 (`499.90`) and a string in f:2 (`\"much\"`)";
    assert_eq!(
        told,
        format!("error: f:2: {why}; make them one type, or leave the field out\n")
    );
    let skipped = run(
        folder.path(),
        &[&args[..], &["--on-error", "skip"]].concat(),
    );
    assert!(
        skipped.code == 0 && skipped.err.contains(&format!("note: skipped: {why}")),
        "{}",
        skipped.err
    );
    assert!(!skipped.out.contains("amount"), "{}", skipped.out);
    assert!(refused(folder.path(), &["schema", "infer"]).contains("there are no data"));
}

#[test]
fn editors_get_a_json_schema() {
    let text = ok(&cdnow(), &["schema", "json"]);
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    for key in ["schema", "segments", "traits", "tags", "scores", "timezone"] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
}

const DATA: &[&str] = &[
    "--profiles",
    "profiles.ndjson.gz",
    "--events",
    "events.ndjson.gz",
    "--now",
    "1998-07-01T00:00:00Z",
];

/// The same score in all formats, with and without cut points, and the text after fitting; `@` stands for the cut points.
const SCORES: &[(&str, &str, &str)] = &[
    (
        "r.toml",
        "# spend\n[scores]\nd = { value = \"sum(purchase.amount)\", classes = 10 } # all\n[segments]\ntop = \"d = 10\"\n",
        "# spend\n[scores]\nd = { value = \"sum(purchase.amount)\", classes = 10 , cuts = @ } # all\n[segments]\ntop = \"d = 10\"\n",
    ),
    (
        "s.toml",
        "[scores.d]\nvalue = \"sum(purchase.amount)\"\ncuts = [1,2,3,4,5,6,7,8,9] # old\nclasses = 10\n[segments]\ntop = \"d = 10\"\n",
        "[scores.d]\nvalue = \"sum(purchase.amount)\"\ncuts = @ # old\nclasses = 10\n[segments]\ntop = \"d = 10\"\n",
    ),
    (
        "r.yaml",
        "scores:\n  d:\n    value: sum(purchase.amount)   # all\n    classes: 10 # deciles\nsegments:\n  top: d = 10\n",
        "scores:\n  d:\n    value: sum(purchase.amount)   # all\n    classes: 10 # deciles\n    cuts: @\nsegments:\n  top: d = 10\n",
    ),
    (
        "s.yaml",
        "scores:\n  d:\n    cuts:\n      - 1\n      - 2\n      - 3\n      - 4\n      - 5\n      - 6\n      - 7\n      - 8\n      - 9\n    value: sum(purchase.amount)\n    classes: 10\nsegments: {top: d = 10}\n",
        "scores:\n  d:\n    cuts: @\n    value: sum(purchase.amount)\n    classes: 10\nsegments: {top: d = 10}\n",
    ),
    (
        "t.yaml",
        "scores: {d: {value: sum(purchase.amount), classes: 10}}\nsegments: {top: d = 10}\n",
        "scores: {d: {value: sum(purchase.amount), classes: 10, cuts: @}}\nsegments: {top: d = 10}\n",
    ),
    (
        "r.json",
        "{\"scores\": {\"d\": {\"classes\": 10, \"value\": \"sum(purchase.amount)\"}},\n \"segments\": {\"top\": \"d = 10\"}}\n",
        "{\"scores\": {\"d\": {\"classes\": 10, \"cuts\": @, \"value\": \"sum(purchase.amount)\"}},\n \"segments\": {\"top\": \"d = 10\"}}\n",
    ),
];

const CUTS: [&str; 9] = [
    "12.97", "15.76", "24.99", "31.52", "44.29", "59.98", "86.62", "135.88", "241.72",
];

#[test]
fn scores_are_fitted_and_written_into_the_file() {
    for (name, before, after) in SCORES {
        let folder = folder(&[(name, before)]);
        let file = folder.path().join(name);
        let rules = ["--rules", file.to_str().unwrap()];
        let ran = run(&cdnow(), &[&["fit", "--write"], DATA, &rules].concat());
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
        assert!(
            ran.err
                .ends_with(&format!("{name}: 1 score fitted over 6041 profiles\n")),
            "{}",
            ran.err
        );
        let written = fs::read_to_string(&file).unwrap();
        let cuts = format!("[{}]", CUTS.map(|cut| format!("\"{cut}\"")).join(","));
        assert_eq!(
            written.replace("\", \"", "\",\""),
            after.replace('@', &cuts),
            "{name}"
        );
        let top = ok(
            &cdnow(),
            &[&["eval", "--segment", "top"], DATA, &rules].concat(),
        );
        assert_eq!(
            hash(&top),
            "f873cd1e3211afb58db6007cd52b15454c07afafc45783d5d7a373f31c3b6e42",
            "{name}"
        );
        // Fitting again changes nothing, and the program leaves no other file.
        assert_eq!(
            run(&cdnow(), &[&["fit", "--write"], DATA, &rules].concat()).code,
            0
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), written, "{name}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

/// The same score in all formats, and the text after fitting anew; `@` stands for the cut points, `~` for the instant.
const KEPT: &[(&str, &str, &str)] = &[
    (
        "r.toml",
        "[scores.d]\nvalue = \"sum(purchase.amount)\"\nclasses = 2\ncuts = [25] # half\n[segments]\ntop = \"d = 2\"\n",
        "[scores.d]\nvalue = \"sum(purchase.amount)\"\nclasses = 2\ncuts = @ # half\nearlier = [{ until = \"~\", cuts = [25] }]\n[segments]\ntop = \"d = 2\"\n",
    ),
    (
        "s.toml",
        "[scores.d]\nvalue = \"sum(purchase.amount)\"\nclasses = 2\ncuts = [25]\n\n# Before.\n[[scores.d.earlier]]\nuntil = \"1998-01-01T00:00:00Z\"\ncuts = [20]\n[segments]\ntop = \"d = 2\"\n",
        "[scores.d]\nvalue = \"sum(purchase.amount)\"\nclasses = 2\ncuts = @\n\n# Before.\n[[scores.d.earlier]]\nuntil = \"1998-01-01T00:00:00Z\"\ncuts = [20]\n\n[[scores.d.earlier]]\nuntil = \"~\"\ncuts = [25]\n[segments]\ntop = \"d = 2\"\n",
    ),
    (
        "r.yaml",
        "scores:\n  d:\n    value: sum(purchase.amount)\n    classes: 2\n    cuts: [25]\nsegments:\n  top: d = 2\n",
        "scores:\n  d:\n    value: sum(purchase.amount)\n    classes: 2\n    earlier: [{\"until\":\"~\",\"cuts\":[25]}]\n    cuts: @\nsegments:\n  top: d = 2\n",
    ),
    (
        "s.yaml",
        "scores:\n  d:\n    earlier:\n      - until: \"1998-01-01T00:00:00Z\"\n        cuts: [20]\n    value: sum(purchase.amount)\n    classes: 2\n    cuts: [25]\nsegments:\n  top: d = 2\n",
        "scores:\n  d:\n    earlier: [{\"until\":\"1998-01-01T00:00:00Z\",\"cuts\":[20]},{\"until\":\"~\",\"cuts\":[25]}]\n    value: sum(purchase.amount)\n    classes: 2\n    cuts: @\nsegments:\n  top: d = 2\n",
    ),
    (
        "r.json",
        "{\"scores\": {\"d\": {\"cuts\": [25], \"classes\": 2, \"value\": \"sum(purchase.amount)\"}},\n \"segments\": {\"top\": \"d = 2\"}}\n",
        "{\"scores\": {\"d\": {\"cuts\": @, \"classes\": 2, \"earlier\": [{\"until\":\"~\",\"cuts\":[25]}], \"value\": \"sum(purchase.amount)\"}},\n \"segments\": {\"top\": \"d = 2\"}}\n",
    ),
];

#[test]
fn cut_points_that_held_before_are_kept() {
    for (name, before, after) in KEPT {
        let folder = folder(&[(name, before)]);
        let file = folder.path().join(name);
        let rules = ["--rules", file.to_str().unwrap()];
        let ran = run(
            &cdnow(),
            &[&["fit", "--write", "--keep"], DATA, &rules].concat(),
        );
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{name}: {}", ran.err);
        let written = fs::read_to_string(&file).unwrap();
        let after = after
            .replace('@', "[\"44.29\"]")
            .replace('~', "1998-07-01T00:00:00Z");
        assert_eq!(written, after, "{name}");
        // Fitting again at the same instant keeps nothing more.
        assert_eq!(
            run(
                &cdnow(),
                &[&["fit", "--write", "--keep"], DATA, &rules].concat()
            )
            .code,
            0
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), written, "{name}");
    }
}

#[test]
fn cut_points_are_printed_unless_they_are_to_be_written() {
    let folder = folder(&[
        ("r.toml", SCORES[0].1),
        ("n.toml", "[segments]\na = 'purchase'\n"),
        (
            "o.toml",
            "[scores.x]\nvalue = 'sum(purchase.amount)'\nover = 'count(purchase) > 999'\nclasses = 2\n",
        ),
    ]);
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let printed = ok(
        &cdnow(),
        &[&["fit", "--rules", &file("r.toml")], DATA].concat(),
    );
    assert_eq!(
        printed,
        format!(
            "[scores.d]\ncuts = [{}]\n",
            CUTS.map(|cut| format!("\"{cut}\"")).join(", ")
        )
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("r.toml")).unwrap(),
        SCORES[0].1
    );
    let none = refused(
        &cdnow(),
        &[&["fit", "--rules", &file("n.toml")], DATA].concat(),
    );
    assert!(
        none.ends_with("n.toml has no scores; declare one under `scores`\n"),
        "{none}"
    );
    let nobody = refused(
        &cdnow(),
        &[&["fit", "--rules", &file("o.toml")], DATA].concat(),
    );
    assert!(
        nobody.contains(
            "score `x` cannot be fitted: no profile of the population has a value for it"
        ),
        "{nobody}"
    );
}

#[test]
fn who_asks_for_a_score_that_is_not_fitted_is_warned() {
    let folder = folder(&[("r.toml", SCORES[0].1)]);
    let file = folder.path().join("r.toml");
    let ran = run(
        &cdnow(),
        &[
            &[
                "eval",
                "--segment",
                "top",
                "--rules",
                file.to_str().unwrap(),
            ],
            DATA,
        ]
        .concat(),
    );
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert!(
        ran.err
            .contains("warning[W0104]: score `d` has no cut points yet, so nobody has the score"),
        "{}",
        ran.err
    );
}

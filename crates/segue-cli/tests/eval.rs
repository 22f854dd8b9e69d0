//! `segue eval` on the CDNOW sample, whose answers two other programs computed, and on data of every bad sort.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

mod common;

use common::{RULES, cdnow, folder, hash, ok, packed, refused, run, run_with, unpacked};
use std::fs;

const NOW: &str = "1998-07-01T00:00:00Z";
const PROFILES: &str = "profiles.ndjson.gz";
const EVENTS: &str = "events.ndjson.gz";

/// Expression, how many members, the hash of their ids.
const ANSWERS: &[(&str, usize, &str)] = &[
    (
        "count(purchase) = 1",
        3042,
        "d1e510c2586a470049bd94376c9ece89b1cb2e41913320f9a0233a23de369091",
    ),
    (
        "last(purchase).at within 90 days",
        855,
        "846e58e07ba03c7007ba93e1be4653a8065bf9e65a92dae6dc8036fd3315a2a3",
    ),
    (
        "last(purchase).at since 270 days ago before 90 days ago",
        924,
        "274ce1135055fc16752146baf1fd989a3376a557ad3efa8b8a7d17e94bfd92a1",
    ),
    (
        "purchase within 30 days after first(purchase).at",
        1084,
        "f0e35a767219b257b62faf1c9dbbc964775dda6b51eb4f5d0edad9ef8d441510",
    ),
    (
        "first(purchase).at between 1997-02-01 and 1997-02-28 and count(purchase) >= 2 and not purchase within 180 days",
        550,
        "2cd269acd7be0521ee6601e7aac93d8691d34d1304f1be4a31a80e3d49684e94",
    ),
];

fn ids(profiles: &str, events: &str, expr: &str) -> String {
    ok(
        &cdnow(),
        &[
            "eval",
            "--profiles",
            profiles,
            "--events",
            events,
            "--now",
            NOW,
            "--expr",
            expr,
            "--format",
            "ids",
        ],
    )
}

#[test]
fn answers_are_known_without_any_schema() {
    for (expr, count, sha256) in ANSWERS {
        let ids = ids(PROFILES, EVENTS, expr);
        assert_eq!(ids.lines().count(), *count, "{expr}");
        assert_eq!(hash(&ids), *sha256, "{expr}");
    }
}

#[test]
fn answers_are_known_of_segments() {
    for (segment, count, sha256) in [
        (
            "bought_once",
            3042,
            "d1e510c2586a470049bd94376c9ece89b1cb2e41913320f9a0233a23de369091",
        ),
        (
            "active",
            855,
            "846e58e07ba03c7007ba93e1be4653a8065bf9e65a92dae6dc8036fd3315a2a3",
        ),
        (
            "dormant",
            924,
            "274ce1135055fc16752146baf1fd989a3376a557ad3efa8b8a7d17e94bfd92a1",
        ),
        (
            "lost",
            4262,
            "a6c077d241327a8ba62e499c182824a83320cf92a2b5fb3f0303335da6137a14",
        ),
        (
            "came_again_soon",
            1084,
            "f0e35a767219b257b62faf1c9dbbc964775dda6b51eb4f5d0edad9ef8d441510",
        ),
        (
            "top_spenders",
            604,
            "f873cd1e3211afb58db6007cd52b15454c07afafc45783d5d7a373f31c3b6e42",
        ),
        (
            "lapsed_regular",
            550,
            "2cd269acd7be0521ee6601e7aac93d8691d34d1304f1be4a31a80e3d49684e94",
        ),
    ] {
        let args = [
            "eval",
            "--rules",
            RULES,
            "--profiles",
            PROFILES,
            "--events",
            EVENTS,
            "--now",
            NOW,
        ];
        let ids = ok(&cdnow(), &[&args[..], &["--segment", segment]].concat());
        assert_eq!(
            (ids.lines().count(), hash(&ids).as_str()),
            (count, sha256),
            "{segment}"
        );
    }
}

/// Lines in an order that has nothing to do with their own, some of them twice.
fn disordered(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let repeated: Vec<&str> = lines.iter().copied().step_by(50).collect();
    lines.extend(repeated);
    let mut state = 7_u64;
    for i in (1..lines.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        lines.swap(i, usize::try_from(state >> 33).unwrap() % (i + 1));
    }
    lines.join("\n")
}

#[test]
fn order_and_repeats_change_nothing() {
    let events = unpacked(&cdnow().join(EVENTS));
    let profiles = unpacked(&cdnow().join(PROFILES));
    let folder = folder(&[
        ("events", &disordered(&events)),
        ("profiles", &disordered(&profiles)),
    ]);
    for threads in ["1", "2", "5"] {
        for (expr, _, sha256) in ANSWERS {
            let args = [
                "eval",
                "--profiles",
                "profiles",
                "--events",
                "events",
                "--now",
                NOW,
                "--threads",
                threads,
            ];
            assert_eq!(
                hash(&ok(folder.path(), &[&args[..], &["--expr", expr]].concat())),
                *sha256,
                "{expr}"
            );
        }
    }
}

#[test]
fn files_are_plain_or_gzipped_whatever_their_names_say() {
    let events = unpacked(&cdnow().join(EVENTS));
    let half = events.lines().take(9000).map(str::len).sum::<usize>() + 9000;
    let folder = folder(&[
        ("plain.gz", &events),
        ("one.ndjson", &events[..half]),
        (
            "crlf",
            &format!("\u{feff}{}", events.replace('\n', "\r\n\r\n")),
        ),
    ]);
    // Two gzip members in one file, and a name that hides it.
    fs::write(
        folder.path().join("packed.ndjson"),
        [packed(&events[..half]), packed(&events[half..])].concat(),
    )
    .unwrap();
    fs::write(folder.path().join("two.ndjson"), packed(&events[half..])).unwrap();
    let profiles = cdnow().join(PROFILES);
    let (expr, _, sha256) = ANSWERS[0];
    for files in [
        &["plain.gz"][..],
        &["packed.ndjson"],
        &["one.ndjson", "two.ndjson"],
        &["crlf"],
    ] {
        let mut args = vec![
            "eval",
            "--profiles",
            profiles.to_str().unwrap(),
            "--now",
            NOW,
            "--expr",
            expr,
        ];
        for file in files {
            args.extend(["--events", file]);
        }
        assert_eq!(hash(&ok(folder.path(), &args)), sha256, "{files:?}");
    }
}

#[test]
fn data_come_from_standard_input() {
    let (expr, _, sha256) = ANSWERS[4];
    for rules in [&[][..], &["--rules", RULES]] {
        for (stdin, file) in [(EVENTS, "--events"), (PROFILES, "--profiles")] {
            let mut args = vec!["eval", "--now", NOW, "--expr", expr];
            args.extend(rules);
            args.extend(if file == "--events" {
                ["--events", "-", "--profiles", PROFILES]
            } else {
                ["--events", EVENTS, "--profiles", "-"]
            });
            let ran = run_with(&cdnow(), &args, fs::read(cdnow().join(stdin)).unwrap());
            assert_eq!(
                (ran.code, hash(&ran.out).as_str()),
                (0, sha256),
                "{}",
                ran.err
            );
        }
    }
    let both = [
        "eval",
        "--now",
        NOW,
        "--expr",
        expr,
        "--profiles",
        "-",
        "--events",
        "-",
    ];
    assert!(refused(&cdnow(), &both).contains("standard input (`-`) can be read only once"));
}

const SMALL: &[(&str, &str)] = &[
    (
        "p.ndjson",
        "{\"id\":\"b\",\"age\":30,\"plan\":\"pro\"}\n{\"id\":\"a\",\"age\":40,\"plan\":null}\n\n{\"id\":9,\"age\":50,\"plan\":\"free\"}\n",
    ),
    (
        "e.ndjson",
        "{\"id\":\"1\",\"profile\":\"a\",\"kind\":\"viewed\",\"at\":\"2026-01-01T00:00:00Z\",\"props\":{\"page\":\"x\",\"n\":0.5}}\n\
         {\"id\":\"2\",\"profile\":\"b\",\"kind\":\"viewed\",\"at\":\"2026-01-11T23:30:00Z\",\"props\":{\"page\":\"y\",\"n\":0.25}}\n\
         {\"id\":\"3\",\"profile\":\"zz\",\"kind\":\"viewed\",\"at\":\"2026-01-12T00:00:00Z\",\"props\":{\"page\":\"y\",\"n\":3}}\n",
    ),
    (
        "r.yaml",
        "schema:\n  attributes: {age: int, plan: string}\n  events:\n    viewed: {subject: page, properties: {page: string, n: decimal(2)}}\n    bought: {}\n\
         segments:\n  adult: age >= 40\n  viewer: viewed within 30 days\n",
    ),
];

const DATA: &[&str] = &[
    "eval",
    "--profiles",
    "p.ndjson",
    "--events",
    "e.ndjson",
    "--now",
    "2026-01-20",
];

#[test]
fn ids_are_bytewise_ascending_and_named_where_there_are_several_questions() {
    let folder = folder(SMALL);
    let ask = |more: &[&str]| ok(folder.path(), &[DATA, more].concat());
    assert_eq!(ask(&["--expr", "age > 0"]), "9\na\nb\n");
    assert_eq!(ask(&["--expr", "age > 99"]), "");
    assert_eq!(ask(&["--expr", "-1 * age > -40"]), "b\n");
    assert_eq!(ask(&["--expr", "-- the young\nage < 40"]), "b\n");
    assert_eq!(
        ask(&[
            "--rules",
            "r.yaml",
            "--expr",
            "age=40",
            "--segment",
            "viewer",
            "--expr",
            "viewed(\"y\")"
        ]),
        "age = 40\ta\nviewer\ta\nviewer\tb\nviewed(\"y\")\tb\n"
    );
}

#[test]
fn counts_and_json() {
    let folder = folder(SMALL);
    let ask = |more: &[&str]| {
        ok(
            folder.path(),
            &[DATA, &["--rules", "r.yaml"], more].concat(),
        )
    };
    assert_eq!(ask(&["--segment", "adult", "--format", "count"]), "2\n");
    assert_eq!(
        ask(&[
            "--segment",
            "viewer",
            "--expr",
            "age>0",
            "--format",
            "count"
        ]),
        "viewer\t2\nage > 0\t3\n"
    );
    assert_eq!(
        ask(&[
            "--segment",
            "viewer",
            "--expr",
            "age>40",
            "--format",
            "json"
        ]),
        "{\"segment\":\"viewer\",\"count\":2,\"members\":[{\"id\":\"a\",\"until\":\"2026-01-31T00:00:00.000001Z\"},\
         {\"id\":\"b\",\"until\":\"2026-02-10T23:30:00.000001Z\"}]}\n\
         {\"expr\":\"age>40\",\"count\":1,\"members\":[{\"id\":\"9\",\"until\":null}]}\n"
    );
}

#[test]
fn the_population_is_the_profiles_or_else_who_has_events() {
    let folder = folder(SMALL);
    let strangers = run(folder.path(), &[DATA, &["--expr", "not viewed"]].concat());
    assert_eq!((strangers.code, strangers.out.as_str()), (0, "9\n"));
    assert_eq!(
        strangers.err,
        "note: 1 event was skipped: no such profile in p.ndjson (first at e.ndjson:3: profile `zz`)\n"
    );
    let events = [
        "eval",
        "--events",
        "e.ndjson",
        "--now",
        "2026-01-20",
        "--expr",
        "viewed(n < 1)",
    ];
    assert_eq!(ok(folder.path(), &events), "a\nb\n");
    let profiles = [
        "eval",
        "--profiles",
        "p.ndjson",
        "--now",
        "2026-01-20",
        "--expr",
        "age > 30",
    ];
    assert_eq!(ok(folder.path(), &profiles), "9\na\n");
}

#[test]
fn events_may_stand_in_profiles() {
    let folder = folder(&[(
        "p",
        r#"{"id":"a","tags":["interest/tv"],"events":[{"kind":"viewed","at":"2026-01-01T00:00:00Z"}],"history":{"plan":[{"at":"2026-01-02T00:00:00Z","value":"pro"}]}}"#,
    )]);
    let args = ["eval", "--profiles", "p", "--now", "2026-01-20", "--expr"];
    for expr in [
        "viewed within 30 days",
        "tagged \"interest\"",
        "plan changed within 30 days",
    ] {
        assert_eq!(
            ok(folder.path(), &[&args[..], &[expr]].concat()),
            "a\n",
            "{expr}"
        );
    }
}

#[test]
fn days_begin_in_the_zone() {
    let folder = folder(SMALL);
    let ask = |more: &[&str]| {
        ok(
            folder.path(),
            &[DATA, &["--expr", "viewed on 2026-01-12"], more].concat(),
        )
    };
    assert_eq!(ask(&[]), "");
    assert_eq!(ask(&["--timezone", "Europe/Rome"]), "b\n");
    assert_eq!(ask(&["--timezone", "-02:00"]), "");
    assert_eq!(ask(&["--timezone", "+02:00", "--rules", "r.yaml"]), "b\n");
}

#[test]
fn a_kind_that_never_comes_is_noted() {
    let folder = folder(SMALL);
    let ran = run(
        folder.path(),
        &[
            DATA,
            &["--rules", "r.yaml", "--expr", "age > 30 and not bought"],
        ]
        .concat(),
    );
    assert_eq!((ran.code, ran.out.as_str()), (0, "9\na\n"));
    assert!(
        ran.err
            .contains("note: there is no event of kind `bought` in the data"),
        "{}",
        ran.err
    );
}

#[test]
fn warnings_go_to_standard_error() {
    let folder = folder(SMALL);
    let ran = run(
        folder.path(),
        &[DATA, &["--expr", "plan != \"free\""]].concat(),
    );
    assert_eq!((ran.code, ran.out.as_str()), (0, "a\nb\n"));
    assert!(
        ran.err
            .contains("warning[W0101]: this also holds where `plan` is missing"),
        "{}",
        ran.err
    );
}

#[test]
fn slips_in_questions_are_told() {
    let folder = folder(SMALL);
    let told = |more: &[&str]| refused(folder.path(), &[DATA, more].concat());
    let unknown = told(&["--expr", "agee > 3"]);
    assert!(
        unknown.contains("error[E0101]") && unknown.contains("did you mean `age`?"),
        "{unknown}"
    );
    // All of them at once, each with its number; and before any file is read.
    let nothing = [
        "eval",
        "--profiles",
        "nowhere",
        "--now",
        "2026-01-20",
        "--expr",
        "viewed >",
        "--expr",
        "(a",
    ];
    let syntax = refused(folder.path(), &nothing);
    assert!(
        syntax.contains("--> question 1:1:8") && syntax.contains("--> question 2:1:1"),
        "{syntax}"
    );
    let segment = told(&["--rules", "r.yaml", "--segment", "adults"]);
    assert_eq!(
        segment,
        "error: the rule file has no segment `adults`; its segments are adult, viewer\n"
    );
    assert!(told(&["--segment", "adult"]).contains("--rules <FILE>"));
    assert!(told(&[]).contains("<--segment <NAME>|--expr <EXPR>>"));
}

#[test]
fn slips_in_the_call_are_told() {
    let folder = folder(SMALL);
    let told = |args: &[&str]| refused(folder.path(), &[&["eval"], args].concat());
    let now = told(&[
        "--profiles",
        "p.ndjson",
        "--now",
        "yesterday",
        "--expr",
        "age > 3",
    ]);
    assert!(
        now.contains("`yesterday` is not an instant such as `2026-01-31T12:00:00Z`"),
        "{now}"
    );
    let zone = told(&[
        "--profiles",
        "p.ndjson",
        "--now",
        "2026-01-01",
        "--timezone",
        "Mars",
        "--expr",
        "age > 3",
    ]);
    assert!(zone.contains("`Mars` is not a time zone"), "{zone}");
    let data = told(&["--now", "2026-01-01", "--expr", "age > 3"]);
    assert_eq!(
        data,
        "error: there are no data; name files with `--profiles` and `--events`\n"
    );
    let missing = told(&[
        "--profiles",
        "q.ndjson",
        "--now",
        "2026-01-01",
        "--expr",
        "age > 3",
    ]);
    assert_eq!(missing, "error: q.ndjson: no such file\n");
    let dir = told(&[
        "--profiles",
        ".",
        "--now",
        "2026-01-01",
        "--expr",
        "age > 3",
    ]);
    assert_eq!(dir, "error: .: this is a directory, not a file\n");
    let ending = told(&[
        "--rules",
        "p.ndjson",
        "--profiles",
        "p.ndjson",
        "--now",
        "2026-01-01",
        "--expr",
        "age > 3",
    ]);
    assert!(
        ending.contains("p.ndjson: unknown file extension"),
        "{ending}"
    );
}

const GOOD: &str = r#"{"id":"1","profile":"a","kind":"viewed","at":"2026-01-01T00:00:00Z","props":{"page":"x","n":0.5}}"#;

/// A bad line of events and what is said of it, after the file and the line.
const BAD: &[(&str, &str)] = &[
    (
        r#"{"id":"2","profile":"a""#,
        "not valid JSON: EOF while parsing an object",
    ),
    (
        r#"["2"]"#,
        "this is a list, not an object; write one JSON object per line",
    ),
    (
        "{",
        "this object continues on the next line; write one whole JSON object per line",
    ),
    (
        r#"{"profile":"a","at":"2026-01-01T00:00:00Z"}"#,
        "`kind`: is missing; it says what happened",
    ),
    (
        r#"{"profile":"a","kind":7,"at":"2026-01-01T00:00:00Z"}"#,
        "`kind`: `7` is not a string",
    ),
    (
        r#"{"profile":"a","kind":"viewed"}"#,
        "`at`: is missing; it says when it happened",
    ),
    (
        r#"{"profile":"a","kind":"viewed","at":"1 May"}"#,
        "`at`: `1 May` is not an instant such as `2026-01-31T12:00:00Z`",
    ),
    (
        r#"{"kind":"viewed","at":"2026-01-01T00:00:00Z"}"#,
        "`profile`: is missing; it says whose event it is",
    ),
    (
        r#"{"profile":"a","kind":"viewed","at":"2026-01-01","props":{"n":"x"}}"#,
        "`props.n`: `x` is a string, not `decimal(2)`",
    ),
    (
        r#"{"profile":"a","kind":"viewed","at":"2026-01-01","props":{"n":0.125}}"#,
        "`props.n`: `0.125` has more than 2 digits",
    ),
    (
        r#"{"profile":"a","kind":"viewed","at":"2026-01-01","props":{"n":1,"n":2}}"#,
        "`props.n`: is given twice; remove one",
    ),
];

#[test]
fn a_bad_line_stops_the_run_with_its_place() {
    for (line, said) in BAD {
        let events = format!("{GOOD}\n\n{line}\n{GOOD}\n{line}\n");
        let folder = folder(&[SMALL[0], SMALL[2], ("e.ndjson", &events)]);
        let told = refused(
            folder.path(),
            &[DATA, &["--rules", "r.yaml", "--expr", "viewed(n > 0)"]].concat(),
        );
        assert!(
            told.starts_with(&format!("error: e.ndjson:3: {said}")),
            "{line}: {told}"
        );
        let args = [
            "--rules",
            "r.yaml",
            "--expr",
            "viewed(n > 0)",
            "--on-error",
            "skip",
        ];
        let skipped = run(folder.path(), &[DATA, &args[..]].concat());
        assert_eq!(
            (skipped.code, skipped.out.as_str()),
            (0, "a\n"),
            "{line}: {}",
            skipped.err
        );
        let left_out = match said.starts_with("`props.") {
            true => "values are wrong and count as missing",
            false => "lines were skipped",
        };
        let said = format!("note: 2 {left_out}\n  e.ndjson:3: {said}");
        assert!(skipped.err.starts_with(&said), "{line}: {}", skipped.err);
    }
}

#[test]
fn the_first_bad_line_is_told_whoever_meets_it() {
    let mut events: String = (0..60_000)
        .map(|i| GOOD.replace("\"1\"", &format!("\"{i}\"")) + "\n")
        .collect();
    for line in [20_000, 59_000] {
        let at = events.match_indices('\n').nth(line - 2).unwrap().0 + 1;
        events.replace_range(at..=at, "[");
    }
    let folder = folder(&[SMALL[0], SMALL[2], ("e.ndjson", &events)]);
    for threads in ["1", "4"] {
        let told = refused(
            folder.path(),
            &[
                DATA,
                &[
                    "--rules",
                    "r.yaml",
                    "--expr",
                    "viewed",
                    "--threads",
                    threads,
                ],
            ]
            .concat(),
        );
        assert!(
            told.starts_with("error: e.ndjson:20000: this is a list"),
            "{told}"
        );
    }
    let many = run(
        folder.path(),
        &[
            DATA,
            &["--expr", "count(viewed) = 59998", "--on-error", "skip"],
        ]
        .concat(),
    );
    assert_eq!((many.code, many.out.as_str()), (0, "a\n"), "{}", many.err);
}

#[test]
fn bad_profiles_are_told() {
    for (line, said) in [
        (r#"{"age":4}"#, "`id`: is missing; every profile has one"),
        (r#"{"id":null}"#, "`id`: is missing; every profile has one"),
        (
            r#"{"id":1.5}"#,
            "`id`: `1.5` is neither a string nor an integer",
        ),
        (
            r#"{"id":"c","age":"old"}"#,
            "`age`: `old` is a string, not `int`",
        ),
        (
            r#"{"id":"a","age":41}"#,
            "`id`: profile `a` already exists with other values at p.ndjson:1; keep one of them",
        ),
    ] {
        let profiles =
            format!("{{\"id\":\"a\",\"age\":40}}\n{line}\n{{\"id\":\"a\",\"age\":40}}\n");
        let folder = folder(&[SMALL[1], SMALL[2], ("p.ndjson", &profiles)]);
        let told = refused(
            folder.path(),
            &[DATA, &["--rules", "r.yaml", "--segment", "adult"]].concat(),
        );
        assert!(
            told.starts_with(&format!("error: p.ndjson:2: {said}")),
            "{line}: {told}"
        );
        let skipped = run(
            folder.path(),
            &[
                DATA,
                &[
                    "--rules",
                    "r.yaml",
                    "--segment",
                    "adult",
                    "--on-error",
                    "skip",
                ],
            ]
            .concat(),
        );
        assert_eq!((skipped.code, skipped.out.as_str()), (0, "a\n"), "{line}");
        let left_out = match said.starts_with("`age`") {
            true => "1 value is wrong and counts as missing",
            false => "1 line was skipped",
        };
        let told = format!("note: {left_out}\n  p.ndjson:2: {said}");
        assert!(skipped.err.starts_with(&told), "{line}: {}", skipped.err);
    }
}

#[test]
fn what_is_no_text_is_told() {
    let folder = folder(SMALL);
    fs::write(folder.path().join("binary"), b"{\"id\":\"a\"}\n\xff\xfe\n").unwrap();
    let told = |file: &str| {
        refused(
            folder.path(),
            &[
                "eval",
                "--profiles",
                file,
                "--now",
                "2026-01-20",
                "--expr",
                "age > 3",
            ],
        )
    };
    assert_eq!(told("binary"), "error: binary:2: this is not UTF-8 text\n");
    let whole = fs::read(cdnow().join(EVENTS)).unwrap();
    fs::write(folder.path().join("cut"), &whole[..whole.len() / 2]).unwrap();
    let cut = told("cut");
    assert!(
        cut.starts_with("error: cut:")
            && cut.ends_with("the gzip data end too early; the file is truncated\n"),
        "{cut}"
    );
    let mut damaged = whole;
    damaged[20_000..20_100].fill(0);
    fs::write(folder.path().join("damaged"), damaged).unwrap();
    // The damage shows in a line, or in the stream itself, whichever comes first.
    assert!(told("damaged").starts_with("error: damaged:"));
    let long = "{\"id\":\"".to_owned() + &"x".repeat(66 << 20);
    fs::write(folder.path().join("long"), long).unwrap();
    assert_eq!(
        told("long"),
        "error: long:1: this line does not end; write one JSON object per line\n"
    );
}

#[test]
fn a_contradiction_matters_only_to_those_who_ask_for_the_field() {
    let folder = folder(&[(
        "p",
        "{\"id\":\"a\",\"age\":40,\"city\":\"Rome\"}\n{\"id\":\"b\",\"age\":\"old\",\"city\":\"Oslo\"}\n",
    )]);
    let args = ["eval", "--profiles", "p", "--now", "2026-01-20", "--expr"];
    let ran = run(folder.path(), &[&args[..], &["city = \"Oslo\""]].concat());
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (0, "b\n", "")
    );
    let told = refused(folder.path(), &[&args[..], &["age > 30"]].concat());
    let why = "`age`: is a number in p:1 (`40`) and a string in p:2 (`\"old\"`); make them one type, or leave the field out";
    assert!(
        told.starts_with(&format!(
            "note: not in the schema that was inferred from the data: {why}\n"
        )),
        "{told}"
    );
    let skipped = run(
        folder.path(),
        &[&args[..], &["age > 30", "--on-error", "skip"]].concat(),
    );
    assert_eq!((skipped.code, skipped.out.as_str()), (0, "a\n"));
    assert!(
        skipped
            .err
            .contains("p:2: `age`: `old` is a string, not `int`"),
        "{}",
        skipped.err
    );
}

#[test]
fn no_data_is_an_answer_too() {
    let folder = folder(&[("p", ""), ("e", "\n\n"), SMALL[2]]);
    let args = [
        "eval",
        "--rules",
        "r.yaml",
        "--profiles",
        "p",
        "--events",
        "e",
        "--now",
        "2026-01-20",
        "--segment",
        "adult",
    ];
    assert_eq!(ok(folder.path(), &args), "");
    assert_eq!(
        ok(folder.path(), &[&args[..], &["--format", "count"]].concat()),
        "0\n"
    );
}

#[test]
fn a_schema_may_come_from_another_file() {
    let rules = "[segments]\nadult = \"age >= 40\"\n";
    let folder = folder(&[
        SMALL[0],
        SMALL[1],
        ("rules.toml", rules),
        ("schema.json", r#"{"schema":{"attributes":{"age":"int"}}}"#),
    ]);
    let args = [DATA, &["--rules", "rules.toml", "--segment", "adult"]].concat();
    // Inferred from the data where no file has one.
    assert_eq!(ok(folder.path(), &args), "9\na\n");
    assert_eq!(
        ok(
            folder.path(),
            &[&args[..], &["--schema", "schema.json"]].concat()
        ),
        "9\na\n"
    );
}

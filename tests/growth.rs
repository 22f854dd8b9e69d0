//! How the time of evaluation grows with the number of events and of changes: eight times as many may not take much more
//! than eight times as long. And that what takes thousands of looks to find is found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::engine::Engine;
use segue::profile::{Event, Model, Record, RecordEvent};
use segue::rulebook::Format;
use segue::schema::{EventKind, Field, Relation, Schema};
use segue::{Instant, Matcher, Rule, Rulebook, Type};
use std::fmt::Write as _;
use std::time::Duration;

const HOUR: i64 = 3_600_000_000;

fn schema() -> Schema {
    let named = |name| Field::new(name, Type::String);
    let kind = |name| {
        EventKind::new(name)
            .subject(named("campaign"))
            .property(named("channel"))
            .property(Field::new("value", Type::Decimal(2)))
    };
    let kinds = ["received", "opened", "clicked", "redeemed"].map(kind);
    let accounts = Relation::new("accounts").property(Field::new("opened", Type::Instant));
    let schema = Schema::builder()
        .attribute(Field::new("level", Type::Int).tracked())
        .relation(accounts);
    kinds
        .into_iter()
        .fold(schema, |schema, kind| schema.kind(kind))
        .build()
        .unwrap()
}

fn start() -> i64 {
    "2026-01-01T00:00:00Z".parse::<Instant>().unwrap().micros()
}

/// `n` events an hour apart, of the kinds in turn; `campaigns` different ones.
fn profile(kinds: &[&str], n: usize, campaigns: usize) -> Record {
    let mut json = r#"{"id": "anna", "events": ["#.to_owned();
    for i in 0..n {
        let (at, kind) = (
            Instant::from_micros(start() + i as i64 * HOUR),
            kinds[i % kinds.len()],
        );
        let (comma, campaign, value) = (
            if i > 0 { "," } else { "" },
            i / kinds.len() % campaigns,
            i * 7 % 100,
        );
        let props =
            format!(r#"{{"campaign": "c{campaign}", "channel": "email", "value": {value}.25}}"#);
        write!(
            json,
            r#"{comma}{{"kind": "{kind}", "at": "{at}", "props": {props}}}"#
        )
        .unwrap();
    }
    Record::from_json(&schema(), &(json + "]}")).unwrap()
}

/// `n` levels a minute apart, from 0 to 9 and again.
fn climber(n: usize) -> Record {
    let level = |i: usize| format!(r#"{{"at": "{}", "value": {}}}"#, minute(i), i % 10);
    let levels: Vec<String> = (0..n).map(level).collect();
    Record::from_json(
        &schema(),
        &format!(
            r#"{{"id": "anna", "history": {{"level": [{}]}}}}"#,
            levels.join(",")
        ),
    )
    .unwrap()
}

/// The events of such a profile, in the order in which they come.
fn events_of(kinds: &[&str], n: usize) -> Vec<RecordEvent> {
    let mut events = profile(kinds, n, 50).events().clone().into_events();
    events.sort_by_key(Event::at);
    events
}

fn minute(i: usize) -> Instant {
    Instant::from_micros(start() + i as i64 * HOUR / 60)
}

fn matcher(rule: &str) -> Matcher<Record> {
    let schema = schema();
    Rule::check(rule, &schema)
        .unwrap_or_else(|e| panic!("{e}"))
        .bind(&Model::for_schema(&schema))
        .unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test of speed needs a clock")]
fn elapsed(work: impl FnOnce()) -> Duration {
    let start = std::time::Instant::now();
    work();
    start.elapsed()
}

fn time(matcher: &Matcher<Record>, profile: &Record, now: Instant, times: usize) -> Duration {
    let run = || {
        for _ in 0..times {
            let _ = std::hint::black_box(matcher.verdict(profile, now));
        }
    };
    (0..3).map(|_| elapsed(run)).min().unwrap_or(Duration::MAX)
}

fn assert_grows_evenly(rule: &str, n: usize, profile: impl Fn(usize) -> Record) {
    let matcher = matcher(rule);
    let measure = |n: usize, times| {
        time(
            &matcher,
            &profile(n),
            Instant::from_micros(start() + n as i64 * HOUR),
            times,
        )
    };
    let mut measured = Vec::new();
    // Other work shares the machine: one measurement that is even is enough, and both of them last alike.
    for _ in 0..5 {
        let (small, large) = (
            measure(n, 8).max(Duration::from_micros(400)),
            measure(8 * n, 1),
        );
        if large < small * 3 {
            return;
        }
        measured.push((small, large));
    }
    panic!("{rule}\n{n} and {} events: {measured:?}", 8 * n);
}

/// Nothing that is asked for ever happens, so that no search ends early.
#[test]
fn sequences_tied_by_equal_values() {
    let kinds = ["received", "opened", "clicked"];
    for rule in [
        "received as r then redeemed(campaign = r.campaign) within 14 days",
        "received as r then opened(campaign = r.campaign) then clicked(campaign = r.campaign) then redeemed",
        r#"received as r then opened(campaign = r.campaign) as o then clicked(channel = o.channel) within 2 days
           then redeemed within 3 days"#,
        r#"received as r then clicked(campaign = r.campaign, channel = r.channel) within 30 minutes"#,
        "received as r then no opened(campaign = r.campaign) within 14 days then clicked(r.campaign = campaign)",
        "received as r then opened(date = r.date, campaign = r.campaign) within 10 minutes",
        r#"received as a then received(campaign = a.campaign) as b then received(campaign = b.campaign) as c
           then received(campaign = a.campaign, value > 100) as d then received(campaign = c.campaign) as e
           then received(campaign = e.campaign)"#,
    ] {
        for campaigns in [1, 12, 100_000] {
            assert_grows_evenly(rule, 400, |n| profile(&kinds, n, campaigns));
        }
    }
}

/// What is asked of all events together; nothing that is asked for ever happens.
#[test]
fn sequences_whose_events_are_asked_for_together() {
    let kinds = ["received", "opened", "clicked"];
    for rule in [
        "received then opened then clicked then redeemed all within 5000 days",
        "received then opened then clicked then opened(value > 100) all within 60 months",
        "received then opened then clicked then received then redeemed with no redeemed in between",
        "received then opened then clicked then received(value > 100) with no opened(value > 50) in between all within 20 days",
        "received then opened within 9 hours then clicked within 9 months then received then redeemed
           with no opened(value > 99) in between all within 300 days",
        "received as r then clicked(campaign = r.campaign) then opened then no clicked within 1 hour then redeemed
           with no received in between all within 3 months",
    ] {
        for campaigns in [1, 12] {
            assert_grows_evenly(rule, 400, |n| profile(&kinds, n, campaigns));
        }
    }
}

/// Other events are looked up by the instant of the event around; nothing that is asked for ever happens.
#[test]
fn events_around_an_event() {
    let kinds = ["received", "opened", "clicked"];
    for rule in [
        "received(opened within 10 minutes before at)",
        "count(received(not opened since at - 2 hours) within 5000 days) > 100000",
        "received(opened(campaign = r.campaign) within 10 minutes after at) as r",
        "received(count(opened(channel = r.channel) within 10 hours before at) > 5) as r then clicked",
    ] {
        assert_grows_evenly(rule, 400, |n| profile(&kinds, n, 12));
    }
}

/// Calendar months are clamped at their ends, so such gaps do not open and close in the order in which they begin.
#[test]
fn sequences_with_gaps_of_months() {
    for rule in [
        "received then opened within 1 month then redeemed",
        "received then opened between 1 month and 2 months then clicked within 1 month then redeemed",
    ] {
        assert_grows_evenly(rule, 1_500, |n| {
            profile(&["received", "opened", "clicked"], n, 1)
        });
    }
}

/// Several steps, each compared with the one before: no more than each pair is tried, not each chain.
#[test]
fn chains_of_comparisons_are_not_tried_one_by_one() {
    let matcher = Rule::check(
        r#"received as a then received(value <= a.value) as b then received(value <= b.value) as c
           then received(value <= c.value) as d then received(value <= d.value) as e
           then received(value <= e.value, campaign = "none")"#,
        &schema(),
    )
    .unwrap_or_else(|e| panic!("{e}"))
    .bind(&Model::for_schema(&schema()))
    .unwrap();
    // Chains of five of sixty events are five million; pairs are 1,800 for each step.
    let took = time(
        &matcher,
        &profile(&["received"], 60, 1),
        Instant::from_micros(start() + 60 * HOUR),
        1,
    );
    assert!(took < Duration::from_millis(500), "{took:?}");
}

/// The first event is read by all later steps, and each of these by the next: no more than each pair is tried for each of the
/// first events.
#[test]
fn dead_ends_are_remembered_while_a_first_event_is_kept() {
    let matcher = matcher(
        r#"received as a then received then received then received then received then received(channel = "none")
           with no opened(campaign = a.campaign) in between"#,
    );
    // Chains of five of fifty events are two millions; first events and pairs 20,000 for each step.
    let took = time(
        &matcher,
        &profile(&["received"], 50, 1),
        Instant::from_micros(start() + 50 * HOUR),
        1,
    );
    assert!(took < Duration::from_millis(500), "{took:?}");
}

/// The stage changes twice a year, which never changes the answer: the search goes through thousands of stages, and may not
/// go through all of the earlier ones again at each.
#[test]
fn a_comparison_of_stages_walks_through_the_lifecycle_once() {
    let text = r#"
        [lifecycles.season]
        from = "any"
        stages = [
            { name = "winter", when = "received(now.month_of_year in (12, 1, 2))" },
            { name = "other", when = "received(now.month_of_year not in (12, 1, 2))" },
        ]
    "#;
    let schema = schema();
    let rulebook = Rulebook::loader()
        .schema(schema.clone())
        .load(Format::Toml, text)
        .unwrap();
    let bind = |rule| {
        Rule::check_in(rule, rulebook.context())
            .unwrap()
            .bind(&Model::for_schema(&schema))
            .unwrap()
    };
    let (any, winter) = (
        bind("stage of season in (winter, other)"),
        bind("stage of season = winter"),
    );
    let (received, first) = (profile(&["received"], 1, 1), Instant::from_micros(start()));
    let late = "3500-07-01T00:00:00Z".parse::<Instant>().unwrap();
    assert!(winter.holds(&received, first) && !winter.holds(&received, late));
    // Other work shares the machine: the least of several.
    let least = |work: &dyn Fn()| (0..3).map(|_| elapsed(work)).min().unwrap_or_default();
    let walk = least(&|| assert!(!winter.holds(&received, late)));
    let search = least(&|| {
        let verdict = any.verdict(&received, first);
        assert!(!verdict.is_exact && verdict.until > Some(late));
    });
    // Where each began at the beginning, thousands of times as long.
    assert!(
        search < walk * 100,
        "one walk through 3,000 stages took {walk:?}, a search through all {search:?}"
    );
}

/// What an event does not touch is not looked at: neither the stages of each subject, nor when they change.
#[test]
fn events_pay_nothing_for_the_subjects_of_a_lifecycle_that_they_do_not_move() {
    let text = r#"
        [lifecycles.interest]
        per = "campaign"
        from = "any"
        stages = [{ name = "hot", when = "received within 5000 days" }, { name = "cold", when = "received" }]
        [segments]
        reader = "opened within 1 hour"
    "#;
    let schema = schema();
    let rulebook = Rulebook::loader()
        .schema(schema.clone())
        .load(Format::Toml, text)
        .unwrap();
    let measure = |subjects: usize| {
        let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(&schema)).unwrap();
        let now = Instant::from_micros(start() + subjects as i64 * HOUR);
        engine.advance(now, &mut Vec::new());
        engine.insert(profile(&["received"], subjects, subjects));
        assert_eq!(engine.stage("anna", "interest", Some("c1")), Some("hot"));
        let opened: Vec<RecordEvent> = (0..1000)
            .map(|i| {
                RecordEvent::new(
                    &schema,
                    "opened",
                    Instant::from_micros(now.micros() + i * HOUR),
                    [],
                )
                .unwrap()
            })
            .collect();
        elapsed(|| {
            for event in opened {
                let _ = engine.observe("anna", event, &mut Vec::new());
            }
        })
    };
    let mut measured = Vec::new();
    for _ in 0..5 {
        let (few, many) = (measure(100), measure(800));
        if many < few * 2 {
            return;
        }
        measured.push((few, many));
    }
    panic!("{measured:?}");
}

/// All events leave the window one by one, and none of them changes the answer.
#[test]
fn until_of_aggregates() {
    for rule in [
        "sum(received.value within 5000 days) > 10000000",
        "avg(received.value within 60 months) >= 1000",
        "min(received.value within 5000 days) > 1000 or max(received.value within 5000 days) > 1000",
        "max(received.channel within 5000 days) = \"sms\"",
        "count(received.value within 5000 days) > 1000000",
        "sum(received.value within 5000 days) / count(received within 5000 days) > 1000",
        r#"sum(received("c3").value within 5000 days) > 3 * sum(received.value within 6000 days)"#,
        "distinct(received.campaign within 5000 days) >= 51",
        "distinct(received.value since today - 5000 days) >= 101",
        r#"top(received.campaign within 5000 days) = "none""#,
        "median(received.value within 5000 days) > 1000",
        "percentile(received.value within 60 months, 90) > 1000",
        "last(received within 5000 days).value > 1000",
    ] {
        assert_grows_evenly(rule, 400, |n| profile(&["received"], n, 50));
    }
}

/// A profile with a long history costs no more for each of its events than one with a short one.
fn assert_stream_grows_evenly(rule: &str, kinds: &[&str], n: usize) {
    let text = format!("[segments]\nsegment = '''{rule}'''");
    let schema = schema();
    let rulebook = Rulebook::loader()
        .schema(schema.clone())
        .load(Format::Toml, &text)
        .unwrap_or_else(|e| panic!("{rule}: {e}"));
    let model = Model::<Record>::for_schema(&schema);
    let measure = |n: usize| {
        let events = events_of(kinds, n);
        let mut engine = Engine::new(&rulebook, &model).unwrap();
        let mut out = Vec::new();
        elapsed(|| {
            for event in events {
                let _ = engine.observe("anna", event, &mut out);
            }
            let end = start() + 20 * n as i64 * HOUR;
            engine.advance(Instant::from_micros(end), &mut out);
        })
    };
    let mut measured = Vec::new();
    for _ in 0..5 {
        let small = measure(n).max(Duration::from_micros(400));
        let large = measure(8 * n);
        if large < small * 24 {
            return;
        }
        measured.push((small, large));
    }
    panic!("{rule}\n{n} and {} events: {measured:?}", 8 * n);
}

/// Each event enters the window and later leaves it, and hardly any of them changes the answer.
#[test]
fn streams_of_aggregates() {
    for rule in [
        "count(received within 250 days) >= 100000",
        "count(received(value > 50) within 250 days) >= 100000",
        "received exactly 100000 times since today - 250 days",
        "received exactly 7 times within 7 hours",
        "sum(received.value within 250 days) > 10000000",
        "sum(received.value within 250 days) > 37000",
        "avg(received.value within 250 days) >= 1000",
        "min(received.value within 250 days) > 1",
        "max(received.value within 8 months) > 1000",
        "median(received.value within 250 days) > 1000",
        "percentile(received.value within 250 days, 90) > 90",
        "distinct(received.campaign within 250 days) >= 51",
        "distinct(received.value since today - 250 days) >= 101",
        r#"top(received.campaign within 250 days) = "none""#,
        r#"top(received.campaign within 250 days) = "c3""#,
        "last(received within 250 days).value > 1000",
        "first(received within 250 days).value > 1000",
        "received at least once per day in 29 of last 30 days",
        "received at least 3 times per 7 hours in 3 of last 12 periods",
        "sum(received.value within 250 days) / count(received within 250 days) > 1000",
    ] {
        assert_stream_grows_evenly(rule, &["received"], 600);
    }
}

/// A chain takes some days at most, so that an event concerns what began some days before it.
#[test]
fn streams_of_sequences() {
    let kinds = ["received", "opened", "clicked"];
    for rule in [
        "received then no opened within 2 days",
        "received within 100 days then no redeemed(value > 200) within 1 month then redeemed within 1 hour",
        "received as r then opened(campaign = r.campaign) within 1 day then redeemed(campaign = r.campaign) within 12 hours",
        "received as r then opened(value > r.value) within 1 day then clicked(value < r.value) within 2 hours then redeemed within 1 day",
        "received then opened then clicked then redeemed all within 2 days",
        "received then opened within 1 day then redeemed within 1 day with no clicked in between",
        "received within 250 days then clicked(value > 200)",
        "received as r then opened(value > r.value) then clicked(campaign = r.campaign, value > 200)",
    ] {
        assert_stream_grows_evenly(rule, &kinds, 600);
    }
}

/// Each event passes from one period to the next, and none of them ever changes the answer.
#[test]
fn until_of_rolling_periods() {
    for (rule, n) in [
        (
            "received at least 1000000 times per 5000 days in 2 of last 3 periods",
            400,
        ),
        (
            "received at least 1000000 times per 60 months in 1 of last 3 periods",
            400,
        ),
        // One in 50 of the events: of 400 they are too few to be lined up, which is quicker than linear.
        (
            r#"received("c3") at least 1000000 times per 5000 days in 2 of last 3 periods"#,
            1600,
        ),
    ] {
        assert_grows_evenly(rule, n, |n| profile(&["received"], n, 50));
    }
}

/// Years of changes, through all of which the condition held.
#[test]
fn how_long_a_value_has_been() {
    for rule in [
        "level >= 0 for more than 5000 days",
        "level < 20 for less than 1 minute",
        "level > 3 for at least 2 years",
    ] {
        assert_grows_evenly(rule, 3_000, climber);
    }
}

/// What a stranger may send: one name of thousands of parts, known in none of them.
#[test]
fn checking_long_names() {
    let schema = schema();
    let measure = |parts: usize| {
        let rule = vec!["a"; parts].join(".") + " = 1";
        let once = || elapsed(|| assert!(Rule::check(&rule, &schema).is_err()));
        once().min(once()).min(once())
    };
    let (small, large) = (
        measure(4_000).max(Duration::from_millis(1)),
        measure(32_000),
    );
    assert!(large < small * 24, "{small:?} and {large:?}");
}

/// A long text with thousands of mistakes, each of which is placed in the file and printed.
#[test]
fn findings_in_a_long_text() {
    let measure = |n: usize| {
        let names: Vec<String> = (0..n).map(|i| format!("levl{i} = {i}")).collect();
        let text = format!("[segments]\na = \"{}\"", names.join(" or "));
        let once = || {
            elapsed(|| {
                let loader = Rulebook::loader().schema(schema());
                let error = loader.load(Format::Toml, &text).unwrap_err();
                assert!(error.to_string().lines().count() > 4 * n);
            })
        };
        once().min(once()).min(once())
    };
    let (small, large) = (measure(250).max(Duration::from_millis(1)), measure(2_000));
    assert!(large < small * 24, "{small:?} and {large:?}");
}

#[track_caller]
fn turns(rule: &str, profile: &Record, now: Instant, until: Instant) {
    assert_eq!(
        matcher(rule).verdict(profile, now).until,
        Some(until),
        "{rule}"
    );
}

/// Everything leaves its windows one by one, and only the last turns the answer.
#[test]
fn the_last_of_thousands_of_looks_finds_it() {
    let (n, day) = (5_000, 24 * HOUR);
    let later = |at: Instant, by: i64| Instant::from_micros(at.micros() + by + 1);
    let (last, now) = (minute(n - 1), minute(n));
    turns(
        "level changed within 30 days",
        &climber(n),
        now,
        later(last, 30 * day),
    );
    turns(
        "level = 9 for at least 365 days or level changed to 9 within 30 days",
        &climber(n),
        now,
        later(last, 30 * day),
    );

    let rows: Vec<String> = (0..2_000)
        .map(|i| format!(r#"{{"opened": "{}"}}"#, minute(i)))
        .collect();
    let rows = Record::from_json(
        &schema(),
        &format!(r#"{{"id": "anna", "accounts": [{}]}}"#, rows.join(",")),
    )
    .unwrap();
    turns(
        "count(accounts(opened within 30 days)) >= 1",
        &rows,
        now,
        later(minute(1_999), 30 * day),
    );

    let received = profile(&["received"], 500, 1);
    let last = Instant::from_micros(start() + 499 * HOUR);
    let windows: Vec<String> = (1..=20)
        .map(|days| format!("count(received within {days} days)"))
        .collect();
    turns(
        &format!("{} >= 1", windows.join(" + ")),
        &received,
        last,
        later(last, 20 * day),
    );
}

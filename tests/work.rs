//! How much work an answer and its `until` take, counted in steps: of many rules and crowded profiles the worst has a bound.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::Instant;
use segue_test_support::library::LibraryRule;
use segue_test_support::random::search::number;
use segue_test_support::random::{Gen, Rng, Style};
use serde_json::{Value as Json, json};

const HOUR: i64 = 3_600_000_000;

/// The same profile with `n` events: each comes again and again, earlier and earlier.
fn crowded(profile: &Json, n: usize) -> Json {
    let mut profile = profile.clone();
    let events = profile["events"].as_array().cloned().unwrap_or_default();
    let copies = events
        .iter()
        .cycle()
        .take(if events.is_empty() { 0 } else { n });
    let copies = copies.enumerate().map(|(i, event)| {
        let mut event = event.clone();
        let at: Instant = event["at"].as_str().unwrap().parse().unwrap();
        let round = i64::try_from(i / events.len()).unwrap();
        let earlier = at.micros().saturating_sub(round * (5 * HOUR + 61));
        event["at"] = json!(Instant::from_micros(earlier).to_string());
        event["id"] = Json::Null;
        event
    });
    profile["events"] = copies.collect();
    profile
}

/// A rule about `now` beside events, which a search looks at again on each of thousands of days.
fn rule_on_now(rng: &mut Rng) -> String {
    let of_day = ["weekday", "day_of_month", "month_of_year"];
    let value = rng.pick(&[
        "now",
        "(now - 1 month)",
        "(now + 1 month)",
        "today",
        "(today - 1 month)",
    ]);
    let part = if value.contains("now") && rng.percent(25) {
        "hour"
    } else {
        rng.pick(&of_day)
    };
    let test = match rng.below(6) {
        0 => format!("{value}.day_of_month = 31"),
        1 => "today - date = 1 day".to_owned(),
        2 => format!("{value}.{part} = at.{part}"),
        3 => "round((now - at) / 1 week) = 5".to_owned(),
        4 => format!("{value}.month_of_year = 2 and {value}.day_of_month = 30"),
        _ => "now - at > 3 days or today.weekday = monday".to_owned(),
    };
    let window = rng.pick(&[
        "",
        " within 56 days",
        " since today - 3 months",
        " within 7 hours",
        " within 3 years",
    ]);
    let gap = rng.pick(&["2 days", "4 months", "90 minutes"]);
    let a = format!("opened({test})");
    let rule = match rng.below(8) {
        0 => format!("count({a}{window}) < 1"),
        1 => format!("count({a}{window}) > 100000"),
        2 => format!("({a} then no opened within {gap})"),
        3 => format!("({a}{window} then opened(price > 100) within {gap})"),
        4 => format!("{a} at least once per day in 2 of last 700 days"),
        5 => format!("max({a}.at{window}) > now + 1 year"),
        6 => format!("(opened as s1 then {a} then no opened(price > s1.price) within {gap})"),
        _ => format!("count(opened(count({a} within 2 days before at) > 3){window}) > 1000"),
    };
    match rng.below(4) {
        0 => format!("({rule}) as of 15 months ago"),
        1 => format!("not ({rule}) and in segment recent"),
        _ => rule,
    }
}

/// What a search may do (`docs/language.md`, section 17), and what the evaluation that it ends in may take.
const MAX_WORK: u64 = 2 * 16_000_000;

/// The profiles have so many events.
const EVENTS: usize = 80;

#[test]
fn the_work_of_the_worst_rule_has_a_bound() {
    let cases = number("SEGUE_CASES").unwrap_or(if cfg!(debug_assertions) { 50 } else { 500 });
    let (mut checked, mut ended) = (0, 0);
    for seed in 0..cases {
        let (case, mut rng) = (Gen::case(seed, Style::Everything), Rng(seed));
        let profile = crowded(&case.profile, EVENTS).to_string();
        for rule in [case.expression.clone(), rule_on_now(&mut rng)] {
            let Ok(library) = LibraryRule::new(&case.schema, &case.book, &rule) else {
                continue;
            };
            let (verdict, work) = library.verdict_and_work(&profile, case.now).unwrap();
            assert!(work <= MAX_WORK, "seed {seed}: {work} steps for {rule}");
            checked += 1;
            if verdict.is_exact {
                continue;
            }
            // Where the search ended, what it says of the time before is true.
            ended += 1;
            let until = verdict.until.expect("how far the search came").micros();
            assert!(until > case.now, "seed {seed}: {rule}");
            let at: Vec<i64> = (0..20).map(|_| rng.between(case.now, until - 1)).collect();
            let holds = library.holds(&profile, &at).unwrap();
            assert_eq!(holds, vec![verdict.holds; at.len()], "seed {seed}: {rule}");
        }
    }
    println!("{checked} rules, {ended} of which are only known to last so long");
    assert!(checked > cases / 2 && ended > 0);
}

//! Laws that hold whatever a rule says: on random cases, of the library alone.

#![allow(clippy::panic, reason = "a test may fail")]

use segue::Instant;
use segue::syntax::parse;
use segue_test_support::library::LibraryRule;
use segue_test_support::random::search::number;
use segue_test_support::random::{Case, Gen, Rng, Style};
use segue_test_support::reference::until::show;
use serde_json::Value as Json;

/// How many cases each law is tried on where `SEGUE_CASES` does not say.
const CASES: u64 = 400;

type Verdict = (bool, Option<i64>);

fn verdict_of(case: &Case, expression: &str, profile: &Json, now: i64) -> Option<Verdict> {
    let library = LibraryRule::new(&case.schema, &case.book, expression).ok()?;
    let verdict = library.verdict(&profile.to_string(), now);
    exact(verdict.unwrap_or_else(|e| panic!("seed {}: {expression}: {e}", case.seed)))
}

/// An answer of which it is known when it changes.
fn exact(verdict: segue::Verdict) -> Option<Verdict> {
    (verdict.is_exact).then(|| (verdict.holds, verdict.until.map(segue::Instant::micros)))
}

/// Tries a law on many cases; it gives what it found wrong, and nothing where the case does not suit it.
fn law(style: Style, holds: impl Fn(&Case, Verdict, &mut Rng) -> Option<String>) {
    let cases = number("SEGUE_CASES").unwrap_or(CASES);
    let mut wrong = Vec::new();
    for seed in 0..cases {
        let case = Gen::case(seed, style);
        let Some(verdict) = verdict_of(&case, &case.expression, &case.profile, case.now) else {
            continue;
        };
        if let Some(error) = holds(&case, verdict, &mut Rng(seed)) {
            wrong.push(format!(
                "seed {seed}: {}\n  at {} in {} of {}\n  {error}",
                case.expression,
                show(case.now),
                case.book.zone,
                case.profile
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cases} cases:\n{}",
        wrong.len(),
        wrong.into_iter().take(5).collect::<Vec<_>>().join("\n")
    );
}

fn differ(first: &str, one: Verdict, second: &str, other: Verdict) -> Option<String> {
    let say =
        |(holds, until): Verdict| format!("{holds} until {}", until.map_or("never".into(), show));
    (one != other).then(|| format!("{first} is {}, {second} is {}", say(one), say(other)))
}

/// Section 3: "`not S` is always the complement of `S`"; both change at the same instant.
#[test]
fn a_negation_is_the_complement() {
    law(Style::Everything, |case, (holds, until), _| {
        let not = verdict_of(
            case,
            &format!("not ({})", case.expression),
            &case.profile,
            case.now,
        )?;
        differ("the complement", (!holds, until), "the negation", not)
    });
}

/// Section 3: "De Morgan holds".
#[test]
fn de_morgan() {
    law(Style::Everything, |case, _, _| {
        let (a, b) = (
            &case.expression,
            Gen::case(case.seed ^ (1 << 40), Style::Everything),
        );
        // The other condition comes from another case, so its schema may not be this one's.
        let b = if b.schema == case.schema {
            b.expression
        } else {
            "id = \"c-1\"".into()
        };
        let ask = |text: String| verdict_of(case, &text, &case.profile, case.now);
        let neither = (
            ask(format!("not (({a}) or ({b}))"))?,
            ask(format!("not ({a}) and not ({b})"))?,
        );
        let not_both = (
            ask(format!("not (({a}) and ({b}))"))?,
            ask(format!("not ({a}) or not ({b})"))?,
        );
        differ("not (A or B)", neither.0, "not A and not B", neither.1)
            .or_else(|| differ("not (A and B)", not_both.0, "not A or not B", not_both.1))
    });
}

/// Section 4: "A profile's events are a multiset: nothing depends on the order in which they arrived. Two events with the same
/// id are one."
#[test]
fn order_and_repeats_of_events_do_not_matter() {
    law(Style::Everything, |case, verdict, rng| {
        let mut profile = case.profile.clone();
        let events = profile["events"].as_array_mut()?;
        let again: Vec<Json> = events
            .iter()
            .filter(|e| e["id"].is_string() && rng.percent(50))
            .cloned()
            .collect();
        events.extend(again);
        for i in (1..events.len()).rev() {
            events.swap(i, rng.below(i + 1));
        }
        let shuffled = verdict_of(case, &case.expression, &profile, case.now)?;
        differ("before", verdict, "after shuffling and repeating", shuffled)
    });
}

/// Rolling windows know no calendar: with every instant moved alike, the answer moves alike.
#[test]
fn rolling_windows_move_with_time() {
    law(Style::Rolling, |case, (holds, until), rng| {
        let by = rng.between(-400_000_000_000_000, 400_000_000_000_000);
        let mut profile = case.profile.clone();
        shift(&mut profile, by);
        let moved = verdict_of(case, &case.expression, &profile, case.now + by)?;
        differ(
            "before, moved,",
            (holds, until.map(|t| t + by)),
            "after moving",
            moved,
        )
    });
}

/// Moves every instant of a profile. In rolling cases nothing reads dates, and texts that are instants are nothing else.
fn shift(json: &mut Json, by: i64) {
    match json {
        Json::Object(map) => map.values_mut().for_each(|v| shift(v, by)),
        Json::Array(items) => items.iter_mut().for_each(|v| shift(v, by)),
        Json::String(text) if text.ends_with('Z') && text.contains('T') => {
            if let Ok(t) = text.parse::<Instant>() {
                *text = Instant::from_micros(t.micros() + by).to_string();
            }
        }
        _ => {}
    }
}

/// Section 5: "`until` is exact: just before it the answer is the same, at it the answer has changed"; and in between it is the
/// same `until` that is given.
#[test]
fn until_is_exact() {
    law(Style::Everything, |case, (holds, until), rng| {
        let library = LibraryRule::new(&case.schema, &case.book, &case.expression).ok()?;
        let text = case.profile.to_string();
        let at = |t: i64| library.verdict(&text, t).unwrap_or_else(|e| panic!("{e}"));
        let is_same = |verdict: segue::Verdict| {
            exact(verdict).map_or(verdict.holds == holds, |known| known == (holds, until))
        };
        if let Some(end) = until {
            let before = at(end - 1);
            if at(end).holds == holds || !is_same(before) {
                return Some(format!(
                    "until {}, but then {:?} and just before {before:?}",
                    show(end),
                    at(end)
                ));
            }
        }
        let horizon = until.unwrap_or(case.now + 200 * 86_400_000_000);
        for _ in 0..10 {
            let t = rng.between(case.now, horizon - 1);
            if !is_same(at(t)) {
                return Some(format!(
                    "{holds} until {until:?}, but at {} {:?}",
                    show(t),
                    at(t)
                ));
            }
        }
        None
    });
}

/// The canonical spelling means the same.
#[test]
fn printing_changes_nothing() {
    law(Style::Everything, |case, verdict, _| {
        let expr = parse(&case.expression).ok()?;
        let printed = expr.to_string();
        if parse(&printed).as_ref() != Ok(&expr)
            || parse(&printed).map(|e| e.to_string()) != Ok(printed.clone())
        {
            return Some(format!("printed as {printed}, which reads differently"));
        }
        differ(
            "as written",
            verdict,
            "as printed",
            verdict_of(case, &printed, &case.profile, case.now)?,
        )
    });
}

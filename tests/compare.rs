//! The library against the reference on random cases.
//!
//! `SEGUE_CASES=100000 cargo test --release --test compare` runs more of them (`SEGUE_FIRST=…` begins elsewhere), `SEGUE_SEED=…`
//! one alone; after `SEGUE_FAILURES` of them, or 10, it stops.

#![allow(clippy::panic, reason = "a test may fail")]

use segue::Instant;
use segue::syntax::{Expr, ExprKind, parse};
use segue_test_support::library::LibraryRule;
use segue_test_support::random::search::{caught, number, search, seeds};
use segue_test_support::random::shrink::shrink;
use segue_test_support::random::{Case, Gen, Style};
use segue_test_support::reference::until::{
    check_at_least, check_until, each_part, first_change, interesting_instants, show,
};
use segue_test_support::reference::{Profile, World, holds};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// How many cases are run where `SEGUE_CASES` does not say: about half a minute on two cores. The gate runs more, optimised.
const CASES: u64 = if cfg!(debug_assertions) { 2000 } else { 24000 };

/// What the comparison of one case found.
enum Outcome {
    Agreed,
    /// The checker refused the expression: the generator made what is not well typed.
    Refused(String),
    Differed(String),
}

fn compare(case: &Case) -> Outcome {
    let expr = match parse(&case.expression) {
        Ok(expr) => expr,
        Err(errors) => return Outcome::Refused(errors.iter().map(|e| e.message.clone()).collect()),
    };
    if parse(&expr.to_string()).as_ref() != Ok(&expr) {
        return Outcome::Differed(format!("printed as {expr}, which reads differently"));
    }
    let library = match LibraryRule::new(&case.schema, &case.book, &case.expression) {
        Ok(library) => library,
        Err(error) => return Outcome::Refused(error),
    };
    let world = World::new(case.schema.clone(), &case.book);
    let profile = Profile::from_json(&world.schema, &case.profile);
    let text = case.profile.to_string();
    // Whether someone entered or left a segment takes the reference long.
    let written = format!("{} {:?}", case.expression, case.book);
    let moves = written.contains("entered segment") || written.contains("left segment");
    let at = |t| holds(&world, &profile, &expr, t);
    let mut now = case.now;
    // From each `until` on to the next: every edge that a case has is looked at from the one before it.
    for _ in 0..4 {
        let verdict = match library.verdict(&text, now) {
            Ok(verdict) => verdict,
            Err(error) => return Outcome::Differed(error),
        };
        let (answer, until) = (verdict.holds, verdict.until.map(Instant::micros));
        let most = if moves { 40 } else { 900 };
        let instants = thinned(
            interesting_instants(&world, &profile, &expr, now),
            most,
            now,
        );
        let check = if verdict.is_exact {
            check_until
        } else {
            check_at_least
        };
        if let Err(error) = check(&at, now, answer, until, &instants) {
            let change = first_change(at, now, &instants).map_or("never".into(), show);
            let expected = format!("the reference says {} until {change}", at(now));
            return Outcome::Differed(format!("at {}: {error}; {expected}", show(now)));
        }
        match until {
            // Where a search ends early, there is no edge to be looked at.
            Some(until) if verdict.is_exact => now = until,
            _ => break,
        }
    }
    Outcome::Agreed
}

/// At most so many instants, the nearest all and of the others every n-th.
fn thinned(instants: BTreeSet<i64>, most: usize, now: i64) -> BTreeSet<i64> {
    let near = most / 2;
    let step = (instants.len().saturating_sub(near) / near).max(1);
    let end = instants.last().copied();
    let chance = now.unsigned_abs() as usize;
    let kept =
        |(i, t): &(usize, i64)| *i < near || (*i + chance).is_multiple_of(step) || Some(*t) == end;
    instants
        .into_iter()
        .enumerate()
        .filter(kept)
        .map(|(_, t)| t)
        .collect()
}

/// The same, where a panic on either side is a difference.
fn differs(case: &Case) -> Option<String> {
    match caught(|| Ok(compare(case))) {
        Ok(Outcome::Differed(error)) | Err(error) => Some(error),
        Ok(Outcome::Agreed | Outcome::Refused(_)) => None,
    }
}

fn report(case: &Case) -> String {
    let (small, error) = shrink(case, differs);
    format!(
        "seed {}\n  expression: {}\n  now:        {}\n  zone:       {}, weeks start on {}\n  rules:      {}\n  profile:    {}\n  {error}\n  as generated: {}",
        case.seed,
        small.expression,
        show(small.now),
        small.book.zone,
        small.book.week_start,
        small.book.document(),
        small.profile,
        case.expression,
    )
}

#[test]
fn the_library_agrees_with_the_reference() {
    let seeds = seeds(CASES);
    let case = |seed| Gen::case(seed, Style::Everything);
    let attempt = |seed| {
        let case = case(seed);
        if number("SEGUE_SEED").is_some() {
            println!(
                "{} at {} of {}, {:?}",
                case.expression,
                show(case.now),
                case.profile,
                case.book
            );
        }
        match compare(&case) {
            Outcome::Agreed => Ok(None),
            Outcome::Refused(why) => Ok(Some((
                why.lines().next().unwrap_or("").to_owned(),
                case.expression,
            ))),
            Outcome::Differed(error) => Err(error),
        }
    };
    let found = search(seeds, 10, attempt, |seed| report(&case(seed)));
    let total = found.passed.len() + found.failed.len();
    let mut refused = BTreeMap::<String, (usize, String)>::new();
    for (why, expression) in found.passed.into_iter().flatten() {
        let entry = refused.entry(why).or_default();
        *entry = (entry.0 + 1, expression);
    }
    let refusals: usize = refused.values().map(|(n, _)| n).sum();
    println!("{total} cases, {refusals} refused by the checker");
    for (why, (n, example)) in &refused {
        println!("  {n} × {why}\n      {example}");
    }
    assert!(
        found.failed.is_empty(),
        "{} cases differ:\n\n{}",
        found.failed.len(),
        found.failed.join("\n\n")
    );
    assert!(
        refusals * 5 <= total,
        "the generator is to make well-typed expressions; of {total}, {refusals} were refused"
    );
}

/// The comparison is worth what its cases are worth: every construct comes up, answers are yes and no, and many will change.
#[test]
fn the_cases_are_varied() {
    fn count(expr: &Expr, into: &mut BTreeMap<String, u32>) {
        let mut add = |of: &str, variant: &dyn Debug| {
            let written = format!("{variant:?}");
            let name = written.split(|c: char| !c.is_alphanumeric()).next();
            let name = format!("{of}{}", name.unwrap_or_default());
            *into.entry(name).or_default() += 1;
        };
        add("", &expr.kind);
        if let ExprKind::Upcoming { days, .. } = &expr.kind {
            add("Upcoming:", days);
        }
        if let ExprKind::Regularly { per, .. } = &expr.kind {
            add("Regularly:", &per.length);
        }
        each_part(expr, &mut |part| count(part, into));
    }
    let (mut kinds, mut yes, mut changing, mut checked) = (BTreeMap::new(), 0, 0, 0);
    for seed in 0..2000 {
        let case = Gen::case(seed, Style::Everything);
        let (Ok(expr), Ok(library)) = (
            parse(&case.expression),
            LibraryRule::new(&case.schema, &case.book, &case.expression),
        ) else {
            continue;
        };
        count(&expr, &mut kinds);
        let (verdict, work) = library
            .verdict_and_work(&case.profile.to_string(), case.now)
            .unwrap_or_else(|e| panic!("{e}"));
        println!("WORK {work} {} {}", verdict.is_exact, case.expression);
        (checked, yes, changing) = (
            checked + 1,
            yes + u32::from(verdict.holds),
            changing + u32::from(verdict.until.is_some()),
        );
    }
    let expected = "Or And Not Compare Between In Contains Text Presence Empty Near InRectangle Windowed Times Regularly Sequence As Tagged AllRows \
                    InSegment SegmentMove InStage StageMove Stage InSample Upcoming Was Changed Held AsOf Aggregate Call Event Property Path Arithmetic \
                    Negate Relative Literal Upcoming:Next Upcoming:Last Upcoming:Today Upcoming:In Upcoming:During \
                    Regularly:Calendar Regularly:Rolling";
    let rare: Vec<&str> = expected
        .split_whitespace()
        .filter(|kind| kinds.get(*kind).is_none_or(|n| *n < 3))
        .collect();
    println!("{checked} cases, {yes} hold, {changing} will change; {kinds:?}");
    assert!(rare.is_empty(), "these hardly come up: {rare:?}");
    assert!(
        (checked / 5..checked * 4 / 5).contains(&yes),
        "{yes} of {checked} hold"
    );
    assert!(
        changing >= checked / 6,
        "{changing} of {checked} will change"
    );
}

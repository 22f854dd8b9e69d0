use crate::data::*;
use segue::Rulebook;
use segue::insight::{ReportResult, RepurchaseFigures, RepurchaseReport};
use segue::profile::Record;
use segue::syntax::{CalendarUnit, TimeSpan, TimeUnit};
use segue_test_support::random::Rng;

fn repurchase(
    rulebook: &Rulebook,
    records: &[Record],
    from: &str,
    until: &str,
) -> RepurchaseReport {
    match report(rulebook, records, at(from), at(until)) {
        ReportResult::Repurchase(repurchase) => repurchase,
        other => panic!("{other:?}"),
    }
}

/// The instants of the orders that no return has taken back.
pub(crate) fn kept(person: &Person, until: i64, less: bool, same: bool) -> Vec<i64> {
    let mut orders: Vec<&Did> = person.of("purchased");
    orders.retain(|did| did.at < until);
    let mut is_kept = vec![true; orders.len()];
    for (_, order) in taken_back(person, &orders, until, same) {
        is_kept[order
            .filter(|_| less)
            .unwrap_or(usize::MAX)
            .min(orders.len())..]
            .iter_mut()
            .take(1)
            .for_each(|is_kept| *is_kept = false);
    }
    let kept = orders.iter().zip(is_kept).filter(|(_, is_kept)| *is_kept);
    kept.map(|(did, _)| did.at).collect()
}

/// Each return, and the position of the order that it takes back.
pub(crate) fn taken_back<'p>(
    person: &'p Person,
    orders: &[&Did],
    until: i64,
    same: bool,
) -> Vec<(&'p Did, Option<usize>)> {
    let mut taken: Vec<usize> = Vec::new();
    let returns = person
        .of("returned")
        .into_iter()
        .filter(|did| did.at < until);
    returns
        .map(|back| {
            let fits = |nth: &usize| {
                let order = orders[*nth];
                let is_same = !same || (order.order.is_some() && order.order == back.order);
                order.at <= back.at && !taken.contains(nth) && is_same
            };
            let order = (0..orders.len()).rev().find(fits);
            taken.extend(order);
            (back, order)
        })
        .collect()
}

#[test]
fn every_second_order_is_that_of_the_slow_count() {
    let within = [
        (
            "1 day",
            TimeSpan {
                mantissa: 1,
                scale: 0,
                unit: TimeUnit::Day,
            },
        ),
        (
            "30 days",
            TimeSpan {
                mantissa: 30,
                scale: 0,
                unit: TimeUnit::Day,
            },
        ),
        (
            "2 months",
            TimeSpan {
                mantissa: 2,
                scale: 0,
                unit: TimeUnit::Month,
            },
        ),
    ];
    let (mut again, mut open) = (0, 0);
    for seed in 0..300 {
        let mut rng = Rng(seed);
        let ((week, first_day), (per, unit)) = (week(seed), rng.pick(&UNITS));
        let (less, same) = (rng.percent(70), rng.percent(50));
        let less_keys = match (less, same) {
            (false, _) => "",
            (true, false) => ", less = 'returned'",
            (true, true) => ", less = 'returned', same = 'order'",
        };
        let lengths = within.map(|(text, _)| text);
        let table = format!(
            "repurchase = {{ of = 'purchased', within = {lengths:?}, per = '{per}'{less_keys} }}"
        );
        let rulebook = rulebook(&table, week);
        let people = people(&mut rng);
        let (from_text, until_text) = ("2026-01-10T10:00:00Z", UNTIL);
        let (from, until) = (at(from_text).micros(), at(until_text).micros());
        let found = repurchase(
            &rulebook,
            &records(&rulebook, &people),
            from_text,
            until_text,
        );
        let periods = Periods {
            calendar: calendar(first_day),
            unit,
        };
        let lives: Vec<Vec<i64>> = (people.iter())
            .map(|person| kept(person, until, less, less && same))
            .collect();
        let earlier = lives
            .iter()
            .filter(|life| life.first().is_some_and(|at| *at < from));
        assert_eq!(found.earlier, earlier.count() as u64);
        let mut check = |figures: &RepurchaseFigures, low: i64, high: i64| {
            let context = format!("seed {seed}, {low}");
            let who = |is: &dyn Fn(i64, Option<i64>) -> bool| -> Vec<usize> {
                let inside = lives.iter().enumerate().filter(|(_, life)| {
                    let Some(first) = life.first() else {
                        return false;
                    };
                    (low..high).contains(first)
                        && *first >= from
                        && is(*first, life.get(1).copied())
                });
                inside.map(|(who, _)| who).collect()
            };
            assert_people(
                figures.people,
                &figures.members,
                &who(&|_, _| true),
                &context,
            );
            let second = who(&|_, second| second.is_some());
            assert_people(figures.again, &figures.again_members, &second, &context);
            let gaps = |who: &usize| lives[*who][1] - lives[*who][0];
            let mut gaps: Vec<i64> = second.iter().map(gaps).collect();
            gaps.sort_unstable();
            let median = gaps.get(gaps.len().div_ceil(2).saturating_sub(1)).copied();
            assert_eq!(
                figures.median_gap.map(|gap| gap.micros()),
                median,
                "{context}"
            );
            for (of, (text, length)) in figures.within.iter().zip(within) {
                let end = |first: i64| periods.calendar.shift(first, length, 1);
                let is_over = |first: i64| end(first) < until;
                let came =
                    |first: i64, second: Option<i64>| second.is_some_and(|at| at <= end(first));
                assert_eq!(&*of.within, text);
                assert_people(
                    of.people,
                    &of.members,
                    &who(&|first, _| is_over(first)),
                    &context,
                );
                let both = who(&|first, second| is_over(first) && came(first, second));
                assert_people(of.again, &of.again_members, &both, &context);
                let unfinished = who(&|first, _| !is_over(first));
                assert_people(of.unfinished, &of.unfinished_members, &unfinished, &context);
                let already = who(&|first, second| !is_over(first) && came(first, second));
                assert_people(of.already, &of.already_members, &already, &context);
                assert_eq!(of.people + of.unfinished, figures.people, "{context}");
                let share = (of.people > 0).then(|| of.again as f64 / of.people as f64);
                assert_eq!(of.share, share);
                again += of.again;
                open += of.unfinished;
            }
        };
        check(&found.all, i64::MIN, i64::MAX);
        let starts = periods.all(from, until);
        assert_eq!(found.cohorts.len(), starts.len());
        for (cohort, start) in found.cohorts.iter().zip(starts) {
            check(&cohort.figures, start, periods.later(start, 1));
        }
        let _: CalendarUnit = unit;
    }
    assert!(again > 1_000 && open > 300, "only {again}, {open}");
}

/// Two order again, after 5 and 20 days; one has not in 10 days, and one not in 40. Of 4 that are seen for 5 days 3/4 are left, of 2 that
/// are seen for 20 days half of these: 3/8.
#[test]
fn who_has_not_come_yet_is_not_lost() {
    let rulebook = rulebook(
        "repurchase = { of = 'purchased', within = ['20 days'] }",
        "monday",
    );
    let purchased = |id: &str, times: &[&str]| {
        let events: Vec<(&str, &str)> = times.iter().map(|at| ("purchased", *at)).collect();
        by_hand(&rulebook, id, &events)
    };
    let records = [
        purchased("anna", &["2026-03-01T10:00:00Z", "2026-03-06T10:00:00Z"]),
        purchased("ben", &["2026-03-05T10:00:00Z", "2026-03-25T10:00:00Z"]),
        purchased("carl", &["2026-04-05T10:00:00Z"]),
        purchased("dora", &["2026-03-06T10:00:00Z"]),
    ];
    let found = repurchase(&rulebook, &records, "2026-03-01", "2026-04-15T10:00:00Z").all;
    let days = |n: i64| Some(segue::Duration::from_micros(n * DAY));
    assert_eq!((found.people, found.again), (4, 2));
    assert_eq!((found.median_gap, found.median_of_all), (days(5), days(20)));
    let within = &found.within[0];
    assert_eq!((within.people, within.again, within.unfinished), (3, 2, 1));
    // The end belongs to the time, so it has to be past before it is over.
    let found = repurchase(&rulebook, &records, "2026-03-01", "2026-04-25T10:00:00Z").all;
    assert_eq!((found.within[0].people, found.within[0].unfinished), (3, 1));
}

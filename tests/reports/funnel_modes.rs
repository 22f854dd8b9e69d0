//! Funnels by hand: what may lie between steps beside what other systems make of the same events, and the edges.

use crate::common::{Seen, instant, load, record, report};
use segue::insight::{Funnel, ReportResult};

fn seen(events: &str) -> Vec<Seen> {
    let kinds = events.chars().filter(|c| !c.is_whitespace());
    let at = (0..).zip(kinds);
    at.map(|(at, kind)| Seen { at, kind, x: 1 }).collect()
}

fn funnel_of(settings: &str, events: &[Seen], until: i64) -> Funnel {
    let rulebook = load(&format!("[reports.r]\n{settings}"));
    let records = [record(&rulebook, 0, "Rome", events)];
    match report(&rulebook, &records, 0, until) {
        ReportResult::Funnel(funnel) => funnel,
        other => panic!("{other:?}"),
    }
}

/// How far somebody comes with these events.
fn level(settings: &str, events: &[Seen], until: i64) -> usize {
    let funnel = funnel_of(settings, events, until);
    funnel.steps.iter().filter(|step| step.people == 1).count()
}

/// What somebody comes to through a, b and c, by what may lie between. ClickHouse's `windowFunnel` gives the first column by default, the
/// second with `strict_order`, and the third with `strict_order` and `strict_deduplication`; PostHog's strict funnels give the third.
/// `strict_increase` and `strict_once` are what holds here always: a step is later than the one before, and an event is one step.
///
/// Where they look at one attempt, the best one counts here: of `ababc` the last three events are a whole attempt, of which
/// `strict_order` sees 2 steps, and with `strict_deduplication` and `allow_reentry` one.
#[test]
fn what_may_lie_between_is_what_the_table_says() {
    for (events, anything, nothing_else, nothing) in [
        ("a b c", 3, 3, 3),
        ("a d b c", 3, 1, 1),
        ("a a b b c c", 3, 3, 2),
        ("a a b b d c c", 3, 2, 2),
        ("c c b b a a", 1, 1, 1),
        ("a c b", 2, 1, 1),
        ("a b a c", 3, 2, 2),
        ("a b a b c", 3, 3, 3),
    ] {
        for (between, expected) in [
            ("anything", anything),
            ("nothing else", nothing_else),
            ("nothing", nothing),
        ] {
            let settings = format!("funnel = ['a', 'b', 'c']\nbetween = '{between}'");
            let found = level(&settings, &seen(events), 100);
            assert_eq!(found, expected, "{events}, {between} between");
        }
    }
}

#[test]
fn the_window_begins_with_the_first_step_and_its_end_belongs_to_it() {
    let settings = "funnel = ['a', 'b', 'c']\nwithin = '5 minutes'";
    let at = |b: i64, c: i64| {
        let kinds = [(0, 'a'), (b, 'b'), (c, 'c')];
        kinds.map(|(at, kind)| Seen { at, kind, x: 1 })
    };
    assert_eq!(level(settings, &at(100, 300), 1000), 3);
    // From the first step, not from the one before.
    assert_eq!(level(settings, &at(100, 301), 1000), 2);
    assert_eq!(level(settings, &at(301, 302), 1000), 1);
}

#[test]
fn the_same_instant_follows_only_where_that_is_said() {
    let together = [
        Seen {
            at: 1,
            kind: 'b',
            x: 1,
        },
        Seen {
            at: 1,
            kind: 'a',
            x: 1,
        },
    ];
    assert_eq!(level("funnel = ['a', 'b']", &together, 9), 1);
    let ties = "funnel = ['a', 'b']\nties = 'in any order'";
    assert_eq!(level(ties, &together, 9), 2);
    // An event is one step, also if it could be several; and steps share the events of an instant as well as they can.
    let twice = "funnel = ['a', 'a', 'any of (a, b)']\nties = 'in any order'";
    assert_eq!(level(twice, &together, 9), 1);
    let both = "funnel = ['any of (a, b)', 'a']\nties = 'in any order'";
    assert_eq!(level(both, &together, 9), 2);
}

#[test]
fn an_exclusion_ends_an_attempt_but_not_what_it_has_reached() {
    let settings = "funnel = ['a', 'b', 'c']\nwithout = 'd'";
    assert_eq!(level(settings, &seen("a d b c"), 100), 1);
    assert_eq!(level(settings, &seen("a b d c"), 100), 2);
    assert_eq!(level(settings, &seen("a b c d"), 100), 3);
    assert_eq!(level(settings, &seen("d a b c"), 100), 3);
    // Another attempt is one of its own.
    assert_eq!(level(settings, &seen("a d a b c"), 100), 3);
    // In any order, it ends what lies around it.
    let any_order = "funnel = ['a', 'b', 'c']\nwithout = 'd'\norder = 'any'";
    assert_eq!(level(any_order, &seen("c b d a"), 100), 2);
    assert_eq!(level(any_order, &seen("d c b a"), 100), 3);
}

#[test]
fn who_still_has_time_is_not_lost_for_good() {
    let settings = "funnel = ['a', 'b']\nwithin = '10 seconds'";
    let events = [Seen {
        at: 5,
        kind: 'a',
        x: 1,
    }];
    // The last instant at which it could go on is 15, which is seen from 15 and a microsecond on.
    let open = |until: i64| {
        let step = funnel_of(settings, &events, until).steps.remove(0);
        assert_eq!((step.people, step.lost), (1, 1));
        (step.open, step.open_members.count())
    };
    assert_eq!((open(10), open(15)), ((1, 1), (1, 1)));
    assert_eq!(open(16), (0, 0));
}

#[test]
fn later_steps_read_earlier_ones_and_the_best_choice_counts() {
    let event = |at, kind, x| Seen { at, kind, x };
    let settings = "funnel = ['a as first', 'b', 'c(x = first.x)']";
    // The later `a` leaves more time, and only the earlier one leads to the end.
    let events = [
        event(0, 'a', 1),
        event(1, 'a', 2),
        event(2, 'b', 9),
        event(3, 'c', 1),
    ];
    assert_eq!(level(settings, &events, 100), 3);
    let within = format!("{settings}\nwithin = '2 seconds'");
    assert_eq!(level(&within, &events, 100), 2);
    // What ends an attempt can be about the attempt.
    let without = "funnel = ['a as first', 'c']\nwithout = 'b(x = first.x)'";
    let events = [event(0, 'a', 1), event(1, 'b', 2), event(2, 'c', 9)];
    assert_eq!(level(without, &events, 100), 2);
    let events = [event(0, 'a', 2), event(1, 'b', 2), event(2, 'c', 9)];
    assert_eq!(level(without, &events, 100), 1);
}

#[test]
fn people_are_told_apart_by_what_they_were_at_the_first_step() {
    let rulebook = load(
        r#"
        [reports.r]
        funnel = ["a", "b"]
        by = "count(d)"
        "#,
    );
    let records = [
        record(&rulebook, 0, "Rome", &seen("a b d")),
        record(&rulebook, 1, "Rome", &seen("d d a b")),
        record(&rulebook, 2, "Rome", &seen("d d a")),
        record(&rulebook, 3, "Rome", &seen("b")),
    ];
    let ReportResult::Funnel(funnel) = report(&rulebook, &records, 0, 100) else {
        panic!("it is a funnel")
    };
    let people = |steps: &[segue::insight::FunnelStep]| -> Vec<u64> {
        steps.iter().map(|step| step.people).collect()
    };
    assert_eq!(people(&funnel.steps), [3, 2]);
    let groups: Vec<(String, Vec<u64>)> = (funnel.groups.iter())
        .map(|group| (format!("{:?}", group.value), people(&group.steps)))
        .collect();
    let expected = [
        ("Some(Whole(0))", vec![1, 1]),
        ("Some(Whole(2))", vec![2, 1]),
    ];
    assert_eq!(
        groups,
        expected.map(|(value, people)| (value.to_owned(), people))
    );
    let lost: Vec<usize> = funnel.steps[0].lost_members.iter().collect();
    assert_eq!(lost, [2]);
    assert_eq!((funnel.from, funnel.until), (instant(0), instant(100)));
}

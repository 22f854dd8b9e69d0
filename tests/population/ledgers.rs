//! Ledgers against a slow replay of lots, written from `docs/ledgers.md`: values, levels, and until when each answer lasts; of one
//! profile, and of a population.

use segue::population::PopulationBuilder;
use segue::profile::{Model, Record, Value};
use segue::time::add_months;
use segue::{Instant, Rule, Rulebook, ValueRule};
use segue_test_support::random::Rng;
use std::collections::BTreeMap;

const BOOK: &str = r#"
    [schema.events]
    purchased = { properties = { amount = "decimal(2)" } }
    reviewed = {}
    invited = { properties = { friends = "int" } }
    returned = { properties = { amount = "decimal(2)" } }

    [ledgers.points]
    earn = [
        { on = "purchased(amount > 0) as p", points = "round(p.amount)", expires = "1 month" },
        { on = "reviewed", points = 50, at_most = 2, per = "month" },
        { on = "invited as i", points = "i.friends * 10", expires = "10 days" },
    ]
    take = [{ on = "returned as r", points = "round(r.amount)" }]
    levels = [{ name = "silver", from = 100 }, { name = "gold", from = 200 }]
"#;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

#[derive(Clone, Copy, Debug)]
struct Happened {
    at: i64,
    kind: &'static str,
    /// Of money cents.
    property: i64,
}

/// Points that were earned together: when they are gone, and how many are left.
type Lot = (Option<i64>, i64);

/// What somebody has at an instant: lots, the first first, and what is owed; and all that was earned, with its instants.
#[derive(Debug, Default)]
struct Replay {
    lots: Vec<Lot>,
    owed: i64,
    earned: Vec<(i64, i64)>,
}

fn in_utc(at: i64, months: i64) -> i64 {
    let zone = "UTC".parse().unwrap();
    add_months(Instant::from_micros(at), months, zone).micros()
}

fn month_of(at: i64) -> String {
    Instant::from_micros(at).to_string()[..7].to_owned()
}

/// Half away from zero, as `round` does.
fn points_of_money(cents: i64) -> i64 {
    (cents + 50) / 100
}

impl Replay {
    fn of(events: &[Happened], now: i64) -> Self {
        let mut replay = Replay::default();
        let mut instants: Vec<i64> = events
            .iter()
            .map(|e| e.at)
            .filter(|at| *at <= now)
            .collect();
        instants.sort_unstable();
        instants.dedup();
        let mut reviews: BTreeMap<String, usize> = BTreeMap::new();
        for at in instants {
            replay.expire(at);
            let of = |kind| {
                let mut of: Vec<i64> = (events.iter())
                    .filter(|e| e.at == at && e.kind == kind)
                    .map(|e| e.property)
                    .collect();
                of.sort_by_key(|points| -points);
                of
            };
            for cents in of("purchased") {
                replay.earn(at, points_of_money(cents), Some(in_utc(at, 1)));
            }
            for _ in of("reviewed") {
                let counted = reviews.entry(month_of(at)).or_default();
                *counted += 1;
                if *counted <= 2 {
                    replay.earn(at, 50, None);
                }
            }
            for friends in of("invited") {
                replay.earn(at, friends * 10, Some(at + 10 * DAY));
            }
            for cents in of("returned") {
                replay.take(points_of_money(cents));
            }
        }
        replay.expire(now);
        replay
    }

    fn expire(&mut self, at: i64) {
        self.lots
            .retain(|(expires, _)| expires.is_none_or(|expires| expires > at));
    }

    fn earn(&mut self, at: i64, points: i64, expires: Option<i64>) {
        if points <= 0 {
            return;
        }
        self.earned.push((at, points));
        let paid = points.min(self.owed);
        self.owed -= paid;
        if points > paid {
            self.lots.push((expires, points - paid));
        }
    }

    fn take(&mut self, mut points: i64) {
        while points > 0
            && let Some((_, left)) = self.lots.first_mut()
        {
            let taken = points.min(*left);
            *left -= taken;
            points -= taken;
            if *left == 0 {
                self.lots.remove(0);
            }
        }
        self.owed += points.max(0);
    }

    fn balance(&self) -> i64 {
        self.lots.iter().map(|(_, left)| left).sum::<i64>() - self.owed
    }
}

fn expiring(replay: &Replay, until: i64) -> i64 {
    let lots = replay.lots.iter();
    let soon = lots.filter(|(expires, _)| expires.is_some_and(|at| at <= until));
    soon.map(|(_, left)| left).sum()
}

fn earned(replay: &Replay, since: i64) -> i64 {
    let recent = replay.earned.iter().filter(|(at, _)| *at >= since);
    recent.map(|(_, points)| points).sum()
}

/// What is asked, as it is written, and the reference's answer.
type Question = (&'static str, fn(&[Happened], i64) -> i64);

const QUESTIONS: [Question; 5] = [
    ("points", |events, now| Replay::of(events, now).balance()),
    ("points expiring within 5 days", |events, now| {
        expiring(&Replay::of(events, now), now + 5 * DAY)
    }),
    ("points expiring within 1 month", |events, now| {
        expiring(&Replay::of(events, now), in_utc(now, 1))
    }),
    ("earned points within 7 days", |events, now| {
        earned(&Replay::of(events, now), now - 7 * DAY)
    }),
    ("earned points within 1 month", |events, now| {
        earned(&Replay::of(events, now), in_utc(now, -1))
    }),
];

fn rulebook() -> Rulebook {
    Rulebook::from_toml(BOOK).unwrap_or_else(|e| panic!("{e}"))
}

fn start() -> i64 {
    "2026-01-20T00:00:00Z".parse::<Instant>().unwrap().micros()
}

fn random_events(rng: &mut Rng) -> Vec<Happened> {
    let n = rng.below(14);
    let mut events: Vec<Happened> = (0..n)
        .map(|_| {
            let kind = rng.pick(&["purchased", "purchased", "reviewed", "invited", "returned"]);
            let property = match kind {
                "invited" => rng.between(-1, 6),
                _ => rng.between(-500, 12_000),
            };
            // Few instants, so that much happens at one.
            let at = start() + rng.between(0, 140) * DAY / 2;
            Happened { at, kind, property }
        })
        .collect();
    events.sort_by_key(|event| event.at);
    events
}

fn record(rulebook: &Rulebook, id: usize, events: &[Happened]) -> Record {
    let events = events.iter().map(|event| {
        let at = Instant::from_micros(event.at);
        let props = match event.kind {
            "reviewed" => String::new(),
            "invited" => format!(r#""friends": {}"#, event.property),
            _ => {
                let sign = if event.property < 0 { "-" } else { "" };
                let cents = event.property.abs();
                format!(r#""amount": {sign}{}.{:02}"#, cents / 100, cents % 100)
            }
        };
        format!(
            r#"{{"kind": "{}", "at": "{at}", "props": {{{props}}}}}"#,
            event.kind
        )
    });
    let events = events.collect::<Vec<_>>().join(", ");
    let json = format!(r#"{{"id": "{id}", "events": [{events}]}}"#);
    Record::from_json(rulebook.schema(), &json).unwrap_or_else(|e| panic!("{json}: {e}"))
}

/// Every instant after `now` at which an answer may become another, in order.
fn candidates(events: &[Happened], now: i64) -> Vec<i64> {
    let ends = events.iter().flat_map(|event| {
        let at = event.at;
        let expiries = [in_utc(at, 1), at + 10 * DAY];
        let own = [at].into_iter().chain(expiries);
        own.flat_map(|at| {
            [
                at,
                at - 5 * DAY,
                at + 7 * DAY,
                in_utc(at, -1),
                in_utc(at, 1),
            ]
        })
    });
    // Where months are clamped, bounds stand still and are set back at the ends of months.
    let days = (0..180).map(|day| start() + day * DAY);
    let mut all: Vec<i64> = (ends.chain(days))
        .flat_map(|at| [at - 1, at, at + 1])
        .filter(|at| *at > now)
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn ledgers_agree_with_a_slow_replay() {
    let rulebook = rulebook();
    let model = Model::for_schema(rulebook.schema());
    let mut rng = Rng(61);
    let mut below_zero = 0;
    for case in 0..250 {
        let events = random_events(&mut rng);
        let profile = record(&rulebook, case, &events);
        let now = match events.get(rng.below(events.len() + 1)) {
            Some(event) if rng.percent(60) => event.at,
            _ => start() + rng.between(0, 90 * 24 * 60) * MINUTE,
        };
        let candidates = candidates(&events, now);
        for (asked, reference) in QUESTIONS {
            let expected = reference(&events, now);
            below_zero += usize::from(expected < 0);
            let value = ValueRule::check_in(asked, rulebook.context()).unwrap();
            let found = value
                .bind(&model)
                .unwrap()
                .at(&profile, Instant::from_micros(now));
            let about = format!("case {case}: {asked} at {now} of {events:#?}");
            assert_eq!(found.value, Value::Int(expected), "{about}");
            let changed = candidates
                .iter()
                .find(|at| reference(&events, **at) != expected);
            let claimed = found.until.map(Instant::micros);
            assert!(
                changed.is_none_or(|at| claimed.is_some_and(|until| until <= *at)),
                "{about}: until {claimed:?}, but {changed:?}"
            );
            let limit = rng.between(-50, 250);
            let rule = Rule::check_in(&format!("{asked} >= {limit}"), rulebook.context()).unwrap();
            let rule = rule.bind(&model).unwrap();
            let verdict = rule.verdict(&profile, Instant::from_micros(now));
            let holds = expected >= limit;
            assert_eq!(verdict.holds, holds, "{about}");
            let changes = candidates
                .iter()
                .find(|at| (reference(&events, **at) >= limit) != holds);
            assert_eq!(
                verdict.until.map(Instant::micros),
                changes.copied(),
                "{about} >= {limit}"
            );
            assert!(verdict.is_exact, "{about}");
        }
        let balance = Replay::of(&events, now).balance();
        let level = ValueRule::check_in("level of points", rulebook.context()).unwrap();
        let level = level
            .bind(&model)
            .unwrap()
            .value(&profile, Instant::from_micros(now));
        let expected = match balance {
            200.. => Value::Text("gold".into()),
            100.. => Value::Text("silver".into()),
            _ => Value::Missing,
        };
        assert_eq!(level, expected, "{balance}");
    }
    assert!(below_zero > 5, "{below_zero}");
}

#[test]
fn a_population_has_the_points_of_each_of_its_profiles() {
    let rulebook = rulebook();
    let model = Model::for_schema(rulebook.schema());
    let mut rng = Rng(117);
    let people: Vec<Vec<Happened>> = (0..60).map(|_| random_events(&mut rng)).collect();
    let mut builder = PopulationBuilder::new(&model);
    for (id, events) in people.iter().enumerate() {
        builder.push(&record(&rulebook, id, events));
    }
    let population = builder.finish().unwrap();
    let now = start() + 40 * DAY;
    for text in ["points >= 100", "level of points >= silver", "points < 0"] {
        let rule = Rule::check_in(text, rulebook.context()).unwrap();
        let found = population
            .members(&rule, Instant::from_micros(now))
            .unwrap();
        let expected = people.iter().filter(|events| {
            let balance = Replay::of(events, now).balance();
            if text == "points < 0" {
                balance < 0
            } else {
                balance >= 100
            }
        });
        let expected = expected.count();
        assert!(expected > 0, "{text}");
        assert_eq!(found.count(), expected, "{text}");
    }
}

#[test]
fn what_is_spent_before_it_comes_back_is_owed() {
    let rulebook = rulebook();
    let model = Model::for_schema(rulebook.schema());
    let day = |day: i64| start() + day * DAY;
    let happened = |at, kind, property| Happened { at, kind, property };
    let events = [
        happened(day(0), "invited", 10),
        happened(day(1), "returned", 13_000),
        happened(day(2), "invited", 10),
    ];
    let profile = record(&rulebook, 0, &events);
    let points = rulebook.value("points").unwrap().bind(&model).unwrap();
    let at = |at: i64| {
        let found = points.at(&profile, Instant::from_micros(at));
        (found.value, found.until.map(Instant::micros))
    };
    // 100 are there, 130 are taken, and of the next 100 there remain 70, which are gone ten days later.
    assert_eq!(at(day(0)), (Value::Int(100), Some(day(1))));
    assert_eq!(at(day(1)), (Value::Int(-30), Some(day(2))));
    assert_eq!(at(day(2)), (Value::Int(70), Some(day(12))));
    assert_eq!(at(day(12) - 1), (Value::Int(70), Some(day(12))));
    assert_eq!(at(day(12)), (Value::Int(0), None));
}

#[test]
fn balances_beyond_all_use_are_those_at_the_end() {
    let rulebook = rulebook();
    let model = Model::for_schema(rulebook.schema());
    let most = Happened {
        at: start(),
        kind: "invited",
        property: i64::MAX / 10,
    };
    let profile = record(&rulebook, 0, &[most, most, most]);
    let points = rulebook.value("points").unwrap().bind(&model).unwrap();
    let found = points.at(&profile, Instant::from_micros(start()));
    assert_eq!(found.value, Value::Int(i64::MAX));
}

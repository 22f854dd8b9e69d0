//! Funnels on random events: against every attempt there is, and against the sequences of the language.

use crate::common::{Seen, events, instant, load, record, report};
use segue::insight::{Funnel, ReportResult};
use segue::profile::{Model, Record};
use segue::{Rule, Rulebook};
use segue_test_support::random::Rng;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What a step is, as it is written and for the slow count: kinds, and the step whose number it has to have or not.
#[derive(Clone, Debug)]
struct Step {
    text: String,
    kinds: Vec<char>,
    /// Its `x` is that of the step at this position (`true`), or another.
    same_as: Option<(usize, bool)>,
}

#[derive(Clone, Debug)]
struct Settings {
    steps: Vec<Step>,
    within: Option<i64>,
    between: &'static str,
    without: Option<Step>,
    ties: bool,
    any_order: bool,
}

impl Settings {
    fn random(rng: &mut Rng) -> Settings {
        let any_order = rng.percent(25);
        let ties = !any_order && rng.percent(30);
        let n = rng.between(2, 4) as usize;
        let names = !any_order && !ties && rng.percent(50);
        let mut steps: Vec<Step> = Vec::new();
        for i in 0..n {
            steps.push(Settings::step(rng, names, i));
        }
        let without = rng.percent(30).then(|| {
            let mut step = Settings::step(rng, names, 1);
            step.text = step.text.trim_end_matches(" as s1").to_owned();
            step
        });
        Settings {
            steps,
            within: rng.percent(60).then(|| rng.between(1, 8)),
            between: match any_order {
                true => "anything",
                false => rng.pick(&["anything", "anything", "nothing else", "nothing"]),
            },
            without,
            ties,
            any_order,
        }
    }

    fn step(rng: &mut Rng, names: bool, position: usize) -> Step {
        let kinds = rng.pick(&[
            vec!['a'],
            vec!['b'],
            vec!['c'],
            vec!['a', 'b'],
            vec!['b', 'c'],
        ]);
        let mut text = match kinds.as_slice() {
            [one] => one.to_string(),
            many => {
                let many: Vec<String> = many.iter().map(char::to_string).collect();
                format!("any of ({})", many.join(", "))
            }
        };
        let mut same_as = None;
        if names && position > 0 && rng.percent(50) {
            let of = rng.below(position);
            let is_same = rng.percent(60);
            let op = if is_same { "=" } else { "!=" };
            text += &format!("(x {op} s{of}.x)");
            same_as = Some((of, is_same));
        }
        if names {
            text += &format!(" as s{position}");
        }
        Step {
            text,
            kinds,
            same_as,
        }
    }

    fn document(&self) -> String {
        let steps: Vec<String> = self.steps.iter().map(|s| format!("{:?}", s.text)).collect();
        let mut text = format!("[reports.r]\nfunnel = [{}]\n", steps.join(", "));
        if let Some(within) = self.within {
            text += &format!("within = '{within} seconds'\n");
        }
        text += &format!("between = '{}'\n", self.between);
        if let Some(without) = &self.without {
            text += &format!("without = {:?}\n", without.text);
        }
        if self.ties {
            text += "ties = 'in any order'\n";
        }
        if self.any_order {
            text += "order = 'any'\n";
        }
        text
    }
}

/// Whether an event is a step, after the events of an attempt.
fn is(step: &Step, event: &Seen, attempt: &[Seen]) -> bool {
    let fits = |(of, is_same): (usize, bool)| {
        let other = attempt.get(of);
        other.is_some_and(|other| (other.x == event.x) == is_same)
    };
    step.kinds.contains(&event.kind) && step.same_as.is_none_or(fits)
}

/// How far somebody comes: how many steps, when the last and the first of them are, and whether there is time to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Came {
    level: usize,
    last: i64,
    first: i64,
    is_open: bool,
}

impl Came {
    fn rank(self) -> (usize, Reverse<i64>, i64) {
        (self.level, Reverse(self.last), self.first)
    }
}

/// Every attempt there is, one event after the other.
fn every_attempt(settings: &Settings, all: &[Seen], until: i64) -> Came {
    let mut best = Came::default();
    let mut is_open = false;
    let mut stack: Vec<Vec<usize>> = vec![Vec::new()];
    while let Some(taken) = stack.pop() {
        let attempt: Vec<Seen> = taken.iter().map(|i| all[*i]).collect();
        let end = |first: i64| settings.within.map_or(i64::MAX, |within| first + within);
        let is_interrupted = |from: i64, to: i64| {
            let inside = all.iter().filter(|e| from < e.at && e.at < to);
            inside.into_iter().any(|event| {
                let foreign = match settings.between {
                    "anything" => false,
                    "nothing" => true,
                    _ => {
                        let step = &settings.steps[attempt.len() - 1];
                        !is(step, event, &attempt[..attempt.len() - 1])
                    }
                };
                let ends = settings.without.as_ref();
                foreign || ends.is_some_and(|without| is(without, event, &attempt))
            })
        };
        if let (Some(first), Some(last)) = (attempt.first(), attempt.last()) {
            let came = Came {
                level: attempt.len(),
                last: last.at,
                first: first.at,
                is_open: false,
            };
            if came.rank() > best.rank() {
                best = came;
            }
            let goes_on = attempt.len() < settings.steps.len();
            is_open |= goes_on
                && settings.within.is_some()
                && end(first.at) >= until
                && !is_interrupted(last.at, i64::MAX);
        }
        let Some(step) = settings.steps.get(attempt.len()) else {
            continue;
        };
        for (i, event) in all.iter().enumerate() {
            let follows = match (attempt.first(), attempt.last()) {
                (Some(first), Some(last)) => {
                    let is_later = last.at < event.at || (settings.ties && last.at == event.at);
                    is_later && event.at <= end(first.at) && !is_interrupted(last.at, event.at)
                }
                _ => true,
            };
            if !taken.contains(&i) && follows && is(step, event, &attempt) {
                stack.push([taken.as_slice(), &[i]].concat());
            }
        }
    }
    let is_whole = best.level == settings.steps.len();
    Came {
        is_open: is_open && !is_whole,
        ..best
    }
}

/// Every way to give events to steps in any order.
fn every_choice(settings: &Settings, all: &[Seen], until: i64) -> Came {
    let (mut best, mut is_open) = (Came::default(), false);
    let mut stack: Vec<Vec<Option<usize>>> = vec![Vec::new()];
    while let Some(chosen) = stack.pop() {
        if let Some(step) = settings.steps.get(chosen.len()) {
            for (i, event) in all.iter().enumerate() {
                if !chosen.contains(&Some(i)) && is(step, event, &[]) {
                    stack.push([chosen.as_slice(), &[Some(i)]].concat());
                }
            }
            stack.push([chosen.as_slice(), &[None]].concat());
            continue;
        }
        let times = || chosen.iter().flatten().map(|i| all[*i].at);
        let (Some(first), Some(last)) = (times().min(), times().max()) else {
            continue;
        };
        let ends = |from: i64, to: i64| {
            let without = settings.without.as_ref();
            let inside = all.iter().filter(|e| from < e.at && e.at < to);
            without.is_some_and(|w| inside.into_iter().any(|event| is(w, event, &[])))
        };
        let end = settings.within.map_or(i64::MAX, |within| first + within);
        if last > end || ends(first, last) {
            continue;
        }
        let level = times().count();
        let came = Came {
            level,
            last,
            first,
            is_open: false,
        };
        if came.rank() > best.rank() {
            best = came;
        }
        is_open |= settings.within.is_some() && end >= until && !ends(first, i64::MAX);
    }
    Came {
        is_open: is_open && best.level < settings.steps.len(),
        ..best
    }
}

fn funnel(rulebook: &Rulebook, records: &[Record], from: i64, until: i64) -> Funnel {
    match report(rulebook, records, from, until) {
        ReportResult::Funnel(funnel) => funnel,
        other => panic!("{other:?}"),
    }
}

fn cases() -> u64 {
    let cases = std::env::var("SEGUE_CASES").ok();
    cases.and_then(|n| n.parse().ok()).unwrap_or(1500)
}

#[test]
fn the_best_attempt_counts_of_all_there_are() {
    for seed in 0..cases() {
        let mut rng = Rng(seed);
        let settings = Settings::random(&mut rng);
        let rulebook = load(&settings.document());
        let (from, until) = (rng.between(0, 3), rng.between(8, 14));
        let people: Vec<(&str, Vec<Seen>)> = (0..3)
            .map(|_| {
                let city = rng.pick(&["Rome", "Milan"]);
                (city, events(&mut rng, 8, &['a', 'b', 'c', 'd']))
            })
            .collect();
        for (i, (city, own)) in people.iter().enumerate() {
            let seen: Vec<Seen> = own
                .iter()
                .copied()
                .filter(|event| (from..until).contains(&event.at))
                .collect();
            let came = match settings.any_order {
                false => every_attempt(&settings, &seen, until),
                true => every_choice(&settings, &seen, until),
            };
            let records = [record(&rulebook, i, city, own)];
            let funnel = funnel(&rulebook, &records, from, until);
            let context = format!("seed {seed}, {settings:?}, {seen:?}: {funnel:?}");
            let level = funnel.steps.iter().filter(|step| step.people == 1).count();
            assert_eq!(level, came.level, "{context}");
            let open = funnel.steps.iter().filter(|step| step.open == 1).count();
            assert_eq!(open == 1, came.is_open, "{context}");
            let to_next = funnel.steps.iter().filter_map(|step| step.median_to_next);
            let took: i64 = to_next.map(|time| time.micros()).sum();
            assert_eq!(took, (came.last - came.first) * 1_000_000, "{context}");
        }
    }
}

/// Of all people together, the numbers are those of each, and their members as well.
#[test]
fn everybody_counts_once_and_is_a_member() {
    for seed in 0..cases() / 10 {
        let mut rng = Rng(seed);
        let settings = Settings::random(&mut rng);
        let rulebook = load(&(settings.document() + "by = 'city'"));
        let records: Vec<Record> = (0..70)
            .map(|i| {
                let city = rng.pick(&["Rome", "Milan"]);
                let own = events(&mut rng, 8, &['a', 'b', 'c', 'd']);
                record(&rulebook, i, city, &own)
            })
            .collect();
        let alone = |nth: usize| funnel(&rulebook, &records[nth..=nth], 0, 13);
        let all = funnel(&rulebook, &records, 0, 13);
        let mut by: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for group in &all.groups {
            let value = format!("{:?}", group.value);
            by.insert(value, group.steps.iter().map(|step| step.people).collect());
        }
        for (i, step) in all.steps.iter().enumerate() {
            let who: Vec<usize> = (0..70).filter(|n| alone(*n).steps[i].people == 1).collect();
            assert_eq!(step.members.iter().collect::<Vec<_>>(), who, "seed {seed}");
            assert_eq!(step.people, who.len() as u64);
            assert_eq!(step.lost, step.lost_members.count() as u64);
            assert_eq!(step.open, step.open_members.count() as u64);
            assert_eq!(
                step.open_members.count_common(&step.lost_members),
                step.open as usize
            );
            let next = all.steps.get(i + 1).map_or(0, |next| next.people);
            let goes_on = if i + 1 < all.steps.len() {
                next
            } else {
                step.people
            };
            assert_eq!(step.people, goes_on + step.lost);
            assert_eq!(
                by.values().map(|people| people[i]).sum::<u64>(),
                step.people
            );
        }
    }
}

/// Somebody comes to a step exactly if the language's sequence of the steps so far holds.
#[test]
fn to_come_to_a_step_is_to_have_the_sequence() {
    let mut held = 0;
    for seed in 0..cases() {
        let mut rng = Rng(seed);
        let mut settings = Settings::random(&mut rng);
        settings.any_order = false;
        settings.ties = false;
        if settings.between == "nothing else" {
            settings.between = "anything";
        }
        // The language names the first two events between two of a sequence; a test of those that follow it does not read.
        if settings.between == "nothing" || settings.without.iter().any(|w| w.same_as.is_some()) {
            settings.without = None;
        }
        let rulebook = load(&settings.document());
        let own = events(&mut rng, 12, &['a', 'b', 'c', 'd']);
        let until = rng.between(8, 14);
        let record = record(&rulebook, 0, "Rome", &own);
        let funnel = funnel(&rulebook, std::slice::from_ref(&record), 0, until);
        let model = Model::<Record>::for_schema(rulebook.schema());
        let mut sequence = String::new();
        for (i, step) in settings.steps.iter().enumerate() {
            if i > 0 {
                sequence += " then ";
            }
            sequence += &step.text;
            let mut rule = sequence.clone();
            if i == 0 {
                rule = step.text.trim_end_matches(" as s0").to_owned();
            } else {
                match (settings.between, &settings.without) {
                    ("nothing", _) => rule += " with no any event in between",
                    (_, Some(without)) => rule += &format!(" with no {} in between", without.text),
                    _ => {}
                }
                if let Some(within) = settings.within {
                    rule += &format!(" all within {within} seconds");
                }
            }
            let checked = Rule::check_in(&rule, rulebook.context());
            let matcher = checked
                .unwrap_or_else(|e| panic!("{rule}: {e}"))
                .bind(&model);
            let now = segue::Instant::from_micros(instant(until).micros() - 1);
            let holds = matcher.unwrap().holds(&record, now);
            held += usize::from(holds && i > 0);
            let came = funnel.steps[i].people == 1;
            assert_eq!(
                came, holds,
                "seed {seed}: `{rule}` of {own:?} until {until}"
            );
        }
    }
    assert!(held > 500, "{held} sequences held");
}

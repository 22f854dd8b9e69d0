//! A stream as uneven as traffic is, without the reading of it: events a second under ten segments of the kinds that production
//! cohort processors keep, all of which each event concerns; and what an event costs a profile that has very many.
//!
//! `cargo bench -p segue-benches --bench uneven -- [events]`: 500,000 events of about 4,500 profiles, the busiest of which has a third
//! of them, if nothing is said.

use segue::engine::{Engine, LiveProfile};
use segue::profile::{Model, Timeline};
use segue::rulebook::Format;
use segue::{Event, Instant, Profile, Rulebook};
use std::time::Instant as Clock;

const MINUTE: i64 = 60_000_000;

/// A visitor of a site.
#[derive(Profile)]
struct Visitor {
    #[segue(id)]
    number: u32,
    #[segue(events)]
    events: Timeline<Act>,
}

/// What visitors do.
#[derive(Event, Clone)]
enum Act {
    Pageview { at: Instant },
    Purchase { at: Instant },
    Other { at: Instant },
}

impl LiveProfile for Visitor {
    fn blank(_: &Model<Self>, id: &str) -> Self {
        Visitor {
            number: id.parse().unwrap(),
            events: Timeline::default(),
        }
    }

    fn events_mut(&mut self) -> &mut Timeline<Act> {
        &mut self.events
    }
}

/// Windows of whole days begin with `today`, others with `now`.
fn rulebook(whole_days: bool) -> Rulebook {
    let since = |days: u32| {
        if whole_days {
            format!("since today - {days} days")
        } else {
            format!("since {days} days ago")
        }
    };
    let [week, month, quarter, year] = [7, 30, 90, 365].map(since);
    let text = format!(
        r#"
        timezone = "America/New_York"
        [segments]
        d7 = "pageview {week}"
        d30 = "pageview {month}"
        ge3 = "pageview at least 3 times {week}"
        ge10 = "pageview at least 10 times {month}"
        eq1 = "purchase exactly once {month}"
        neg = "pageview {week} and not purchase since today - 30 days"
        buyers = "purchase {quarter}"
        ref = "in segment buyers and in segment d7"
        nref = "in segment buyers and not in segment d7"
        y = "pageview at least 5 times {year}"
        "#
    );
    Rulebook::loader()
        .schema(Model::<Visitor>::new().unwrap().schema().clone())
        .load(Format::Toml, &text)
        .unwrap_or_else(|e| panic!("{e}"))
}

/// Numbers from 0 to 1, by a generator of Marsaglia's (xorshift64*).
fn numbers() -> impl FnMut() -> f64 {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Events in order of time, half a minute apart; `who` picks whose they are.
fn stream(events: usize, mut who: impl FnMut(f64) -> u32) -> Vec<(u32, Act)> {
    let (mut next, mut at) = (numbers(), 1_767_225_600_000_000);
    let event = |_| {
        at += (next() * MINUTE as f64) as i64;
        let at = Instant::from_micros(at);
        let act = match (next() * 100.0) as u32 {
            0..80 => Act::Pageview { at },
            80..85 => Act::Other { at },
            _ => Act::Purchase { at },
        };
        (who(next()), act)
    };
    (0..events).map(event).collect()
}

/// Nanoseconds for each event, and how many outputs there were.
fn run(rulebook: &Rulebook, stream: Vec<(u32, Act)>) -> (f64, usize) {
    let mut engine = Engine::new(rulebook, &Model::<Visitor>::new().unwrap()).unwrap();
    let (events, mut out, mut told) = (stream.len(), Vec::new(), 0);
    let start = Clock::now();
    for (who, act) in stream {
        let _ = engine.observe(who, act, &mut out);
        told += out.len();
        out.clear();
    }
    (start.elapsed().as_nanos() as f64 / events as f64, told)
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse().ok());
    let events = numbers.next().unwrap_or(500_000);
    for (name, rules) in [("whole days", rulebook(true)), ("rolling", rulebook(false))] {
        // Pareto's distribution: a few are busy, most are not.
        let pareto = |x: f64| ((1.0 - x).powf(-1.0 / 0.6) as u64 % 6_000) as u32;
        let (each, told) = run(&rules, stream(events, pareto));
        println!(
            "{name:>10}: {:>10.0} events/s, {told} entered or left",
            1e9 / each
        );

        let (few, many) = (200, events * 2 / 5);
        let profiles = (many / few).max(1);
        let mut turn = 0;
        let in_turn = |_| {
            turn = (turn + 1) % profiles;
            turn as u32
        };
        let (of_few, _) = run(&rules, stream(many, in_turn));
        let (of_many, _) = run(&rules, stream(many, |_| 0));
        println!(
            "{name:>10}: {of_few:.0} ns for an event of a profile with {few}, {of_many:.0} ns of one with {many}"
        );
    }
}

//! The stream: events a second with segments entered and left told for each, by the number of segments.
//!
//! `cargo bench -p segue-benches --bench stream -- [events [categories]]`: four million events, and both 200 and 2,000
//! categories, if nothing is said. There are five segments about each category.

use segue::engine::{Engine, LiveProfile};
use segue::profile::{Model, Timeline};
use segue::rulebook::Format;
use segue::{Event, Instant, Matcher, Profile, Rulebook};
use std::hint::black_box;
use std::time::Instant as Clock;

const PROFILES: usize = 100_000;
const DAY: i64 = 86_400_000_000;

/// A customer of a shop.
#[derive(Profile)]
struct Customer {
    #[segue(id)]
    number: u32,
    #[segue(events)]
    events: Timeline<Act>,
}

/// What customers do.
#[derive(Event, Clone)]
enum Act {
    Viewed {
        at: Instant,
        #[segue(subject)]
        category: u32,
    },
    Purchased {
        at: Instant,
        #[segue(subject)]
        category: u32,
        #[segue(decimal = 2)]
        amount: i64,
    },
    Opened {
        at: Instant,
    },
}

impl LiveProfile for Customer {
    fn blank(_: &Model<Self>, id: &str) -> Self {
        Customer {
            number: id.parse().unwrap(),
            events: Timeline::default(),
        }
    }

    fn events_mut(&mut self) -> &mut Timeline<Act> {
        &mut self.events
    }
}

/// Five segments about each of so many categories: a view touches three of them, a purchase four.
fn rulebook(categories: u32) -> Rulebook {
    let model = Model::<Customer>::new().unwrap();
    let mut text = String::from("[segments]\n");
    for c in 0..categories {
        for (i, rule) in [
            format!("count(viewed({c}) within 7 days) >= 2"),
            format!("viewed({c}) within 14 days and not purchased({c}) within 30 days"),
            format!("purchased({c}) within 90 days"),
            format!("sum(purchased({c}).amount within 180 days) > 200"),
            format!("viewed({c}) within 3 days then purchased({c}) within 2 days"),
        ]
        .into_iter()
        .enumerate()
        {
            text.push_str(&format!("s{c}_{i} = '{rule}'\n"));
        }
    }
    Rulebook::loader()
        .schema(model.schema().clone())
        .load(Format::Toml, &text)
        .unwrap_or_else(|e| panic!("{e}"))
}

/// A stream in order of time over half a year: who does what, with a generator of Marsaglia's (xorshift64*).
fn stream(events: usize, categories: u32) -> impl Iterator<Item = (u32, Act)> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33
    };
    (0..events).map(move |i| {
        let at =
            Instant::from_micros(1_767_225_600_000_000 + i as i64 * (180 * DAY / events as i64));
        let who = (next() % PROFILES as u64) as u32;
        // Everybody has a few categories of their own.
        let category = ((u64::from(who) * 7 + next() % 5) % u64::from(categories)) as u32;
        let act = match next() % 10 {
            0..=5 => Act::Viewed { at, category },
            6..=7 => Act::Purchased {
                at,
                category,
                amount: (next() % 20_000) as i64,
            },
            _ => Act::Opened { at },
        };
        (who, act)
    })
}

fn run(categories: u32, events: usize) -> f64 {
    let rulebook = rulebook(categories);
    let model = Model::<Customer>::new().unwrap();
    let start = Clock::now();
    let mut engine = Engine::new(&rulebook, &model).unwrap();
    let built = start.elapsed();
    let mut out = Vec::new();
    let mut told = 0;
    let start = Clock::now();
    for (who, act) in stream(events, categories) {
        let _ = engine.observe(who, act, &mut out);
        told += out.len();
        out.clear();
    }
    let seconds = start.elapsed().as_secs_f64();
    let rate = events as f64 / seconds;
    println!(
        "{:>7} segments: {rate:>10.0} events/s, {told} entered or left, engine built in {:.0} ms, {} MiB at most",
        categories * 5,
        built.as_secs_f64() * 1e3,
        peak_memory() / 1024,
    );
    rate
}

/// Every segment judged anew at every event, on profiles kept by hand.
fn everything(categories: u32, events: usize) -> f64 {
    let rulebook = rulebook(categories);
    let model = Model::<Customer>::new().unwrap();
    let rules: Vec<Matcher<Customer>> = rulebook.bind(&model).unwrap().into_values().collect();
    let mut profiles: Vec<Customer> = (0..PROFILES as u32)
        .map(|number| Customer {
            number,
            events: Timeline::default(),
        })
        .collect();
    let start = Clock::now();
    for (who, act) in stream(events, categories) {
        let profile = &mut profiles[who as usize];
        let now = act.at();
        profile.events.insert(act);
        black_box(rules.iter().filter(|rule| rule.holds(profile, now)).count());
    }
    let rate = events as f64 / start.elapsed().as_secs_f64();
    println!(
        "{:>7} segments: {rate:>10.0} events/s judging every segment at every event",
        categories * 5
    );
    rate
}

/// Ten million segments that will be left by themselves: what each costs, and what moving time on costs.
fn waiting() {
    const CATEGORIES: u32 = 100;
    let model = Model::<Customer>::new().unwrap();
    let rules: String = (0..CATEGORIES)
        .map(|c| format!("s{c} = 'purchased({c}) within 90 days'\n"))
        .collect();
    let loader = Rulebook::loader().schema(model.schema().clone());
    let rulebook = loader
        .load(Format::Toml, &format!("[segments]\n{rules}"))
        .unwrap_or_else(|e| panic!("{e}"));
    let start = 1_767_225_600_000_000;
    let profile = |number: u32| {
        let at = |c: u32| {
            Instant::from_micros(start + i64::from(number) * 1_000 + i64::from(c) * DAY / 4)
        };
        let bought = |c: u32| Act::Purchased {
            at: at(c),
            category: c,
            amount: 1_000,
        };
        Customer {
            number,
            events: (0..CATEGORIES).map(bought).collect(),
        }
    };
    let profiles: Vec<Customer> = (0..PROFILES as u32).map(profile).collect();
    let mut engine = Engine::new(&rulebook, &model).unwrap();
    let mut out = Vec::new();
    engine.advance(Instant::from_micros(start + 26 * DAY), &mut out);
    let before = memory("VmRSS:");
    profiles
        .into_iter()
        .for_each(|profile| engine.insert(profile));
    let pending = PROFILES as u64 * u64::from(CATEGORIES);
    let bytes = (memory("VmRSS:") - before) * 1024 / pending;
    let clock = Clock::now();
    let idle: i64 = 1_000_000;
    (1..=idle).for_each(|i| engine.advance(Instant::from_micros(start + 26 * DAY + i), &mut out));
    let nothing = clock.elapsed().as_nanos() / idle.unsigned_abs() as u128;
    let clock = Clock::now();
    engine.advance(Instant::from_micros(start + 92 * DAY), &mut out);
    let each = clock.elapsed().as_nanos() / out.len() as u128;
    println!(
        "{pending} pending wake-ups: {bytes} bytes each with all that is kept of their profiles but events, \
         {nothing} ns to advance when nothing is due, {each} ns for each of {} that were due",
        out.len()
    );
}

/// The most memory that the process has had, in KiB.
fn peak_memory() -> u64 {
    memory("VmHWM:")
}

/// A line of what Linux says of the process, in KiB.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|kib| kib.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse().ok());
    let events = numbers.next().unwrap_or(4_000_000);
    if let Some(categories) = numbers.next() {
        run(
            u32::try_from(categories).expect("a number of categories"),
            events,
        );
        return;
    }
    let thousand = run(200, events);
    let ten_thousand = run(2_000, events);
    let slow = everything(200, events / 400);
    println!(
        "10,000 segments cost {:.2} times 1,000 for each event",
        thousand / ten_thousand
    );
    waiting();
    println!(
        "judging everything costs {:.0} times as much at 1,000",
        thousand / slow
    );
}

//! Who is in, of a million profiles with 50 million events: three questions beside scans written by hand, and a hundred segments at once.
//!
//! `cargo bench -p segue-benches --bench population -- [PROFILES] [--write FOLDER]`: a million if nothing is said. With `--write`, the
//! columns are written for `benches/python/population.py`, which asks Polars, DuckDB and ClickHouse the same. Both sides use
//! as many threads as `RAYON_NUM_THREADS` says, or the machine has.

use segue::population::{BatchBuilder, ColumnSlice, EventBatch, Members, Population, ProfileBatch};
use segue::{Instant, Rule, Rulebook, Schema};
use segue_benches::population::{Data, FREQUENCIES, KINDS, NOW, QUESTIONS, Question, categories};
use std::hint::black_box;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant as Clock};

/// How often everything is asked, in turns.
const ROUNDS: usize = 9;

const SCHEMA: &str = r#"
[schema.attributes]
age = "int"
frequency = { type = "enum", values = ["rare", "regular", "frequent"] }

[schema.events]
viewed = { subject = "category", properties = { category = "string" } }
clicked = { subject = "category", properties = { category = "string" } }
added_to_cart = { subject = "category", properties = { category = "string" } }
purchased = { subject = "category", properties = { category = "string", amount = "decimal(2)" } }
searched = { subject = "category", properties = { category = "string" } }
"#;

fn main() {
    // `cargo bench` adds `--bench`.
    let mut args = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .peekable();
    let profiles = args.next_if(|arg| !arg.starts_with('-'));
    let profiles = profiles.map_or(1_000_000, |n| n.parse().expect("a number of profiles"));
    let data = Data::generate(profiles);
    if args.next().as_deref() == Some("--write") {
        let folder = args.next().expect("a folder");
        write(&data, Path::new(&folder)).expect("the columns are written");
    }
    let rulebook = Rulebook::from_toml(&(SCHEMA.to_owned() + &segments())).expect("a rulebook");
    let clock = Clock::now();
    let population = population(&data, rulebook.schema());
    println!(
        "{} profiles, {} events: built in {:.1} s, {} MiB of columns; {} threads\n",
        population.len(),
        population.events(),
        clock.elapsed().as_secs_f64(),
        population.bytes() >> 20,
        threads()
    );
    questions(&data, &population);
    together(&population, &rulebook);
}

/// The columns of the data, as a program would hand them over that has read them from a file.
fn population(data: &Data, schema: &Schema) -> Population {
    let categories = categories();
    let mut builder = BatchBuilder::new(schema);
    let id = |row: usize| u64::try_from(row).expect("a number");
    let frequency = |row: usize| data.frequency.get(row).map(|code| usize::from(*code));
    let profiles = ProfileBatch::from_fn(data.profiles(), id)
        .attribute("age", &*data.age)
        .attribute(
            "frequency",
            ColumnSlice::coded(data.profiles(), frequency, &FREQUENCIES),
        );
    builder.profiles(profiles).expect("profiles");
    for (number, kind) in KINDS.iter().enumerate() {
        let of_kind = |event: &usize| usize::from(data.kind[*event]) == number;
        let mut owners = Vec::new();
        let mut rows = Vec::new();
        for profile in 0..data.profiles() {
            let events = data.starts[profile]..data.starts[profile + 1];
            for event in events.filter(of_kind) {
                owners.push(u32::try_from(profile).expect("a position"));
                rows.push(event);
            }
        }
        let at = ColumnSlice::from_fn(rows.len(), |row| {
            Instant::from_micros(data.at[rows[row]] * 1_000_000)
        });
        let code = |row: usize| Some(usize::from(data.category[rows[row]]));
        let mut events = EventBatch::new(*kind, &owners, at).property(
            "category",
            ColumnSlice::coded(rows.len(), code, &categories),
        );
        if *kind == "purchased" {
            let cents = |row: usize| i64::from(data.cents[rows[row]]);
            events = events.property("amount", ColumnSlice::from_fn(rows.len(), cents));
        }
        builder.events(events).expect("events");
    }
    builder.finish().expect("a population")
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

fn timed<R>(of: impl FnOnce() -> R) -> (R, Duration) {
    let clock = Clock::now();
    let result = black_box(of());
    (result, clock.elapsed())
}

/// The profiles for which a question is answered by hand, in parts of some thousand that threads take from each other.
fn by_hand_of_all(data: &Data, question: &Question) -> Members {
    const PART: usize = 4096;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        loop {
            let start = next.fetch_add(PART, Ordering::Relaxed);
            if start >= data.profiles() {
                return found;
            }
            let part = start..data.profiles().min(start + PART);
            found.extend(part.filter(|profile| (question.by_hand)(data, *profile)));
        }
    };
    let positions = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads()).map(|_| scope.spawn(work)).collect();
        let found = threads
            .into_iter()
            .map(|thread| thread.join().expect("a scan"));
        found.collect::<Vec<_>>().concat()
    });
    Members::from_positions(data.profiles(), positions)
}

fn threads() -> usize {
    let said = std::env::var("RAYON_NUM_THREADS")
        .ok()
        .and_then(|n| n.parse().ok());
    said.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get))
}

fn questions(data: &Data, population: &Population) {
    let now = Instant::from_micros(NOW * 1_000_000);
    println!("| question | members | by hand, ms | segue, ms | ratio |\n|---|---|---|---|---|");
    for question in &QUESTIONS {
        let rule = Rule::check(question.rule, population.schema()).expect("a rule");
        let (mut by_hand, mut by_segue) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (expected, time) = timed(|| by_hand_of_all(data, question));
            by_hand.push(time);
            let (members, time) = timed(|| population.members(&rule, now).expect("members"));
            by_segue.push(time);
            assert!(
                members == expected,
                "{}: {} and {}",
                question.name,
                members.count(),
                expected.count()
            );
            black_box(members);
        }
        let members = population.members(&rule, now).expect("members").count();
        let (by_hand, by_segue) = (median(by_hand), median(by_segue));
        println!(
            "| {} | {members} | {by_hand:.1} | {by_segue:.1} | {:.2} |",
            question.name,
            by_segue / by_hand
        );
    }
}

/// A hundred segments of the sorts that businesses have.
fn segments() -> String {
    let mut text = "[segments]\n".to_owned();
    for (nth, category) in categories().iter().take(20).enumerate() {
        let (days, age, worth) = (30 + 10 * nth, 20 + 2 * nth, 20 * nth);
        text += &format!(
            r#"
interested_{nth} = 'viewed("{category}") at least 3 times within {days} days'
buyers_{nth} = 'purchased("{category}") within {days} days'
lapsed_{nth} = 'purchased("{category}") and not purchased("{category}") within {days} days'
worth_{nth} = 'sum(purchased.amount within {days} days) > {worth}'
likely_{nth} = 'age > {age} and in segment interested_{nth} and not in segment buyers_{nth}'
"#
        );
    }
    text
}

/// All segments together, in one pass.
fn together(population: &Population, rulebook: &Rulebook) {
    let now = Instant::from_micros(NOW * 1_000_000);
    let times = (0..ROUNDS).map(|_| timed(|| population.counts(rulebook, now).expect("counts")).1);
    println!("\n100 segments together: {:.0} ms", median(times.collect()));
}

/// Writes each column as numbers, the lowest byte first.
fn write(data: &Data, folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let bytes = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes);
    bytes("age.u8", &data.age)?;
    bytes("frequency.u8", &data.frequency)?;
    bytes("kind.u8", &data.kind)?;
    bytes("category.u8", &data.category)?;
    let starts = data.starts.iter().flat_map(|n| (*n as u64).to_le_bytes());
    bytes("starts.u64", &starts.collect::<Vec<u8>>())?;
    let at = data.at.iter().flat_map(|n| n.to_le_bytes());
    bytes("at.i64", &at.collect::<Vec<u8>>())?;
    let cents = data.cents.iter().flat_map(|n| n.to_le_bytes());
    bytes("cents.i32", &cents.collect::<Vec<u8>>())
}

//! Searching for a failing case: the seeds to try, panics as failures, and a failing case made smaller.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// A number that the environment gives.
pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The seeds that the environment asks for; so many from 0 on where it does not.
pub fn seeds(cases: u64) -> Range<u64> {
    match number("SEGUE_SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let first = number("SEGUE_FIRST").unwrap_or(0);
            first..first + number("SEGUE_CASES").unwrap_or(cases)
        }
    }
}

/// What came of the cases of some seeds, in the order of the seeds.
pub struct Search<T> {
    /// Of those that went well.
    pub passed: Vec<T>,
    /// The first that failed: at most as many as `SEGUE_FAILURES` says.
    pub failed: Vec<String>,
}

/// Tries the cases on all cores and reports the first so many that fail. What is found does not depend on the cores: seeds are
/// taken in order, and every seed that was taken is finished.
pub fn search<T: Send>(
    seeds: Range<u64>,
    max_failures: usize,
    attempt: impl Fn(u64) -> Result<T, String> + Sync,
    report: impl Fn(u64) -> String + Sync,
) -> Search<T> {
    let max_failures = number("SEGUE_FAILURES")
        .map_or(max_failures, |n| usize::try_from(n).unwrap_or(max_failures));
    std::panic::set_hook(Box::new(|_| {}));
    let failures = AtomicUsize::new(0);
    let outcomes = on_all_cores(
        seeds,
        || failures.load(Relaxed) >= max_failures,
        |seed| {
            let outcome = caught(|| attempt(seed));
            failures.fetch_add(usize::from(outcome.is_err()), Relaxed);
            (seed, outcome)
        },
    );
    let (mut passed, mut failing) = (Vec::new(), Vec::new());
    for (seed, outcome) in outcomes {
        match outcome {
            Ok(of) => passed.push(of),
            Err(_) => failing.push(seed),
        }
    }
    failing.truncate(max_failures);
    let failed = on_all_cores(
        0..failing.len() as u64,
        || false,
        |i| (i, report(failing[i as usize])),
    );
    let _ = std::panic::take_hook();
    Search {
        passed,
        failed: failed.into_iter().map(|(_, report)| report).collect(),
    }
}

/// The results of some work for each number of a range, until enough is done; in the order of the numbers.
fn on_all_cores<R: Send>(
    numbers: Range<u64>,
    enough: impl Fn() -> bool + Sync,
    work: impl Fn(u64) -> (u64, R) + Sync,
) -> Vec<(u64, R)> {
    let (next, done) = (AtomicU64::new(numbers.start), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while !enough() {
                    let number = next.fetch_add(1, Relaxed);
                    if number >= numbers.end {
                        break;
                    }
                    let of = work(number);
                    done.lock().expect("no other thread fails").push(of);
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no other thread fails");
    done.sort_by_key(|(number, _)| *number);
    done
}

/// What came of some work, where a panic on either side is a failure.
pub fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", text.unwrap_or_default()))
    })
}

/// The smallest case found that still fails, and what is wrong with it. At most so many are tried, and for a minute: the
/// reference can take seconds for a case. One that the library refuses to read fails in another way.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a search takes is no part of what it finds wrong"
)]
pub fn smallest<C: Clone>(
    case: &C,
    mut budget: u32,
    candidates: impl Fn(&C) -> Vec<C>,
    fails: impl Fn(&C) -> Option<String>,
) -> (C, String) {
    let mut best = case.clone();
    let mut error = fails(case).unwrap_or_default();
    let begin = Instant::now();
    'again: loop {
        for smaller in candidates(&best) {
            budget -= 1;
            if budget == 0 || begin.elapsed() > Duration::from_secs(60) {
                break 'again;
            }
            if let Some(found) = fails(&smaller).filter(|e| !e.starts_with("panicked: refused")) {
                (best, error) = (smaller, found);
                continue 'again;
            }
        }
        break;
    }
    (best, error)
}

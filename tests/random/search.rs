//! Searching for a failing case: the seeds to try, panics as failures, and a failing case made smaller.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// What came of some work, where a panic on either side is a failure.
pub fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", text.unwrap_or_default()))
    })
}

/// The smallest case found that still fails, and what is wrong with it. At most so many are tried; one that the library
/// refuses to read fails in another way.
pub fn smallest<C: Clone>(
    case: &C,
    mut budget: u32,
    candidates: impl Fn(&C) -> Vec<C>,
    fails: impl Fn(&C) -> Option<String>,
) -> (C, String) {
    let mut best = case.clone();
    let mut error = fails(case).unwrap_or_default();
    'again: loop {
        for smaller in candidates(&best) {
            budget -= 1;
            if budget == 0 {
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

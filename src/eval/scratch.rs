//! Room for constructs that must sort or remember: sequences, `distinct`, `top`.
//!
//! Buffers are kept per thread and grow to what the largest profile needed, so that evaluation allocates nothing once
//! they have. They hold nothing between two evaluations.

use std::cell::RefCell;

/// An instant and the position of an event, or of something else.
pub(crate) type Entry = (i64, i64);

thread_local! {
    static POOL: RefCell<Vec<Vec<Entry>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` with an empty buffer. Calls may be nested.
pub(crate) fn with_buffer<R>(work: impl FnOnce(&mut Vec<Entry>) -> R) -> R {
    let mut buffer = POOL.with(|pool| pool.try_borrow_mut().ok().and_then(|mut p| p.pop())).unwrap_or_default();
    buffer.clear();
    let result = work(&mut buffer);
    POOL.with(|pool| {
        if let Ok(mut pool) = pool.try_borrow_mut() {
            pool.push(buffer);
        }
    });
    result
}

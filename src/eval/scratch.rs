//! Room for constructs that must sort or remember: sequences, `distinct`, `top`.
//!
//! Buffers are kept per thread and grow to what the largest profile needed, so that evaluation allocates nothing once
//! they have. They hold nothing between two evaluations.

use std::cell::RefCell;
use std::thread::LocalKey;

/// The position of an event, or a number, and something beside it.
pub(crate) type Entry = (i64, i64);

/// What buffers are kept of.
pub(crate) trait Kept: Sized + 'static {
    fn pool() -> &'static LocalKey<Pool<Self>>;
}

/// The buffers that nobody uses at present.
pub(crate) type Pool<T> = RefCell<Vec<Vec<T>>>;

macro_rules! kept {
    ($($of:ty),*) => {$(
        impl Kept for $of {
            fn pool() -> &'static LocalKey<Pool<Self>> {
                thread_local! {
                    static POOL: Pool<$of> = const { RefCell::new(Vec::new()) };
                }
                &POOL
            }
        }
    )*};
}

kept!(Entry, u64, super::sequence::Link);

/// Runs `work` with an empty buffer. Calls may be nested.
pub(crate) fn with_buffer<T: Kept, R>(work: impl FnOnce(&mut Vec<T>) -> R) -> R {
    let mut buffer = T::pool().with(|pool| pool.try_borrow_mut().ok().and_then(|mut p| p.pop())).unwrap_or_default();
    buffer.clear();
    let result = work(&mut buffer);
    T::pool().with(|pool| {
        if let Ok(mut pool) = pool.try_borrow_mut() {
            pool.push(buffer);
        }
    });
    result
}

//! Room for constructs that must sort or remember: sequences, `distinct`, `top`.
//!
//! Buffers are kept per thread and grow to what the largest profile needed, so that evaluation allocates nothing once
//! they have. They hold nothing between two evaluations.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
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

kept!(Entry, i64, u64, (i128, i64), super::ahead::Line, super::sequence::Link);

/// A buffer of its own; where it goes out of use, others use its room.
pub(crate) struct Buffer<T: Kept>(Vec<T>);

impl<T: Kept> Buffer<T> {
    pub(crate) fn new() -> Self {
        let mut buffer =
            T::pool().with(|pool| pool.try_borrow_mut().ok().and_then(|mut p| p.pop())).unwrap_or_default();
        buffer.clear();
        Buffer(buffer)
    }
}

impl<T: Kept> Drop for Buffer<T> {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        T::pool().with(|pool| {
            if let Ok(mut pool) = pool.try_borrow_mut() {
                pool.push(buffer);
            }
        });
    }
}

impl<T: Kept> Deref for Buffer<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T: Kept> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

/// Runs `work` with an empty buffer. Calls may be nested.
pub(crate) fn with_buffer<T: Kept, R>(work: impl FnOnce(&mut Vec<T>) -> R) -> R {
    work(&mut Buffer::new())
}

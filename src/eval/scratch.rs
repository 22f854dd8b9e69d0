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
pub(crate) trait Pooled: Sized + 'static {
    fn pool() -> &'static LocalKey<Pool<Self>>;
}

/// The buffers that nobody uses at present.
pub(crate) type Pool<T> = RefCell<Vec<Vec<T>>>;

macro_rules! pooled {
    ($($of:ty),*) => {$(
        impl $crate::eval::scratch::Pooled for $of {
            fn pool() -> &'static std::thread::LocalKey<$crate::eval::scratch::Pool<Self>> {
                thread_local! {
                    static POOL: $crate::eval::scratch::Pool<$of> =
                        const { std::cell::RefCell::new(Vec::new()) };
                }
                &POOL
            }
        }
    )*};
}

pub(crate) use pooled;

pooled!(Entry, i64, u64, usize);

/// A buffer of its own; where it goes out of use, others use its room.
pub(crate) struct Buffer<T: Pooled>(Vec<T>);

impl<T: Pooled> Buffer<T> {
    pub(crate) fn new() -> Self {
        let buffer = T::pool()
            .try_with(|pool| pool.try_borrow_mut().ok().and_then(|mut p| p.pop()))
            .ok()
            .flatten();
        Buffer(buffer.unwrap_or_default())
    }
}

impl<T: Pooled> Drop for Buffer<T> {
    fn drop(&mut self) {
        // What it holds may have buffers of its own to give back.
        self.0.clear();
        let buffer = std::mem::take(&mut self.0);
        // While a thread ends there is nobody to keep it for.
        _ = T::pool().try_with(|pool| {
            if let Ok(mut pool) = pool.try_borrow_mut() {
                pool.push(buffer);
            }
        });
    }
}

impl<T: Pooled> Deref for Buffer<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T: Pooled> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

/// Runs `work` with an empty buffer. Calls may be nested.
pub(crate) fn with_buffer<T: Pooled, R>(work: impl FnOnce(&mut Vec<T>) -> R) -> R {
    work(&mut Buffer::new())
}

/// A stretch of numbers: the first, and the one after the last.
pub(crate) type Run = (u32, u32);

/// The most buffers of bits that a thread keeps: one may be given back where it was not taken.
const MAX_KEPT: usize = 16;

thread_local! {
    static WORDS: RefCell<Vec<Vec<u64>>> = const { RefCell::new(Vec::new()) };
    static RUNS: RefCell<Vec<Vec<Run>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer of so many bits, none of them set, to be [given back](give_back).
pub(crate) fn bits(n: usize) -> Vec<u64> {
    let kept = WORDS
        .try_with(|pool| pool.try_borrow_mut().ok().and_then(|mut p| p.pop()))
        .ok()
        .flatten();
    let mut words = kept.unwrap_or_default();
    words.clear();
    words.resize(n.div_ceil(64), 0);
    words
}

/// Keeps a buffer for the next that needs one. (While a thread ends there is nobody to keep it for.)
pub(crate) fn give_back(words: Vec<u64>) {
    _ = WORDS.try_with(|pool| {
        if let Ok(mut pool) = pool.try_borrow_mut()
            && pool.len() < MAX_KEPT
        {
            pool.push(words);
        }
    });
}

/// An empty buffer of runs, to be [given back](give_back_runs).
pub(crate) fn runs() -> Vec<Run> {
    RUNS.try_with(|pool| pool.try_borrow_mut().ok().and_then(|mut p| p.pop()))
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// Keeps a buffer for the next that needs one.
pub(crate) fn give_back_runs(mut runs: Vec<Run>) {
    runs.clear();
    _ = RUNS.try_with(|pool| {
        if let Ok(mut pool) = pool.try_borrow_mut() {
            pool.push(runs);
        }
    });
}

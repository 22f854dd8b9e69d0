//! Populations against the profiles that they are built of.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod agreement;
mod answers;
mod batches;
mod ledgers;
mod types;

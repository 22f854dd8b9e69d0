//! Triggers: against a slow reference on random streams, and what holds of them whatever the rules say.
//!
//! `SEGUE_CASES=10000 cargo test --release --test trigger_comparison` runs more streams (`SEGUE_FIRST=…` begins elsewhere),
//! `SEGUE_SEED=…` one alone; after `SEGUE_FAILURES` of them, or 3, the comparison stops.
//!
//! Not covered here: lengths in months, windows in what is waited for but dates, what a late event does to the stages of the
//! past, tracked attributes but those that dates are counted by, the change of a rulebook.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod compare;
mod delivery;
mod laws;
mod reference;
mod rulebooks;
mod shrink;
mod streams;

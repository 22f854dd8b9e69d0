//! The engine: against a slow reference engine on random streams, its laws, and stories told by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod by_hand;
mod compare;
mod identity;
mod identity_stories;
mod late_events;
mod laws;
mod reference;
mod restarts;
mod run;
mod shop;
mod shrink;
mod timeline;

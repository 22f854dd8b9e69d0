//! The engine: against a slow reference engine on random streams, its laws, and stories told by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "engine/agree.rs"]
mod agree;
#[path = "corpus/mod.rs"]
mod corpus;
#[path = "engine/late.rs"]
mod late;
#[path = "engine/laws.rs"]
mod laws;
mod random;
mod reference;
#[path = "engine/restarts.rs"]
mod restarts;
#[path = "engine/run.rs"]
mod run;
#[path = "engine/shop.rs"]
mod shop;
#[path = "engine/shrink.rs"]
mod shrink;
#[path = "engine/slow.rs"]
mod slow;
#[path = "engine/stories.rs"]
mod stories;
#[path = "engine/timeline.rs"]
mod timeline;

//! Reports on what people do over time: each figure is that of a slow count from the definition, on random people, and edges are
//! worked out by hand.

#![cfg(feature = "toml")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking"
)]

mod data;
mod heat;
mod orders;
mod refusals;
mod repurchase;
mod retention;
mod rfm;
mod series;
mod spread;
mod together;

//! Reports: what they count is what a slow count gives that is written from the definition.

#![cfg(feature = "toml")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;
mod funnel;
mod funnel_modes;
mod interval;
mod paths;
mod whole;

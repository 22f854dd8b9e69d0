//! The language's form: parsing, printing, limits, and what authors are told of their mistakes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod comments;
mod forms;
mod json;
mod limits;
mod mistakes;
mod random;
mod render;
mod warnings;

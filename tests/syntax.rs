//! The language's form: parsing, printing, limits, and what authors are told of their mistakes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod golden;

#[path = "syntax/comments.rs"]
mod comments;
#[path = "syntax/forms.rs"]
mod forms;
#[path = "syntax/limits.rs"]
mod limits;
#[path = "syntax/mistakes.rs"]
mod mistakes;
#[path = "syntax/random.rs"]
mod random;
#[path = "syntax/render.rs"]
mod render;
#[path = "syntax/warnings.rs"]
mod warnings;

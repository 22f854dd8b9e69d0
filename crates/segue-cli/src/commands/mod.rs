//! The commands, each in a module of its own.

mod check;
mod eval;
mod fit;
mod fmt;
mod schema;

use crate::args::Command;
use crate::terminal::{Failure, Outcome};

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Check(args) => check::run(args),
        Command::Fmt(args) => fmt::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Fit(args) => fit::run(args),
        Command::Schema(command) => schema::run(command),
    }
}

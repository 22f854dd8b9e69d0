//! The commands, each in a module of its own.

mod eval;

use crate::args::Command;
use crate::terminal::{Failure, Outcome};

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Eval(args) => eval::run(args),
    }
}

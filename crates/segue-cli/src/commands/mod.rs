//! The commands, each in a module of its own.

mod check;
mod eval;
mod explain;
mod fit;
mod fmt;
mod pack;
mod plan;
mod population;
mod portrait;
mod report;
mod schema;
mod simulate;
mod test;

use crate::args::Command;
use crate::terminal::{Failure, Outcome};

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Check(args) => check::run(args),
        Command::Fmt(args) => fmt::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Test(args) => test::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Plan(args) => plan::run(args),
        Command::Fit(args) => fit::run(args),
        Command::Pack(args) => pack::run(&args),
        Command::Portrait(args) => portrait::run(args),
        Command::Members(args) => population::members(args),
        Command::Count(args) => population::count(args),
        Command::Overlap(args) => population::overlap(args),
        Command::Trend(args) => population::trend(args),
        Command::Diff(args) => population::diff(args),
        Command::Report(args) => report::run(args),
        Command::Audit(args) => report::audit(args),
        Command::Schema(command) => schema::run(command),
    }
}

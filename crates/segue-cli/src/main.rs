//! The `segue` program: rule files are checked and formatted, and questions asked of files of profiles and events.
//!
//! | module | what lives there |
//! |---|---|
//! | `args` | the command line |
//! | `rules` | rule files and expressions as rules |
//! | `input` | files and standard input, plain or gzipped, as numbered lines |
//! | `output` | files that are written whole or not at all |
//! | `data` | profiles and events: their schema, their loading, their answers |
//! | `document` | rule files as text: where expressions stand, and how they are put back |
//! | `commands` | one module per command |
//! | `terminal` | colours, errors, exit codes |

#![forbid(unsafe_code)]

mod args;
mod commands;
mod data;
mod document;
mod input;
mod output;
mod rules;
mod terminal;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = args::Cli::parse();
    terminal::choose_colour(args.color);
    terminal::end(commands::run(args.command))
}

//! The command line.

mod population;
mod profile;
mod report;
mod rules;
mod shared;
mod stream;

pub(crate) use population::{
    Count, Diff, MembersArgs, MembersFormat, OverlapArgs, PopulationArgs, Trend,
};
pub(crate) use profile::{AnswerFormat, Eval, Explain, ExplanationFormat, PartArg, Portrait};
pub(crate) use report::{Audit, PeriodArg, Report, ReportArgs, ReportFormat};
pub(crate) use rules::{
    Check, FileFormat, FindingFormat, Fit, Fmt, Infer, Pack, SchemaCommand, Test, TestFormat,
};
pub(crate) use shared::{Question, RuleFileArgs, RulesArgs};
pub(crate) use stream::{OutputFilter, Plan, PlanFormat, Simulate, SummaryFormat};

use crate::terminal::Colour;
use clap::{Parser, Subcommand};

/// Check, format and test rule files, and run them over files of profiles and events: which segments hold for which
/// profiles, and until when.
#[derive(Debug, Parser)]
#[command(
    name = "segue",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(
    after_help = "Exit codes: 0 success; 1 findings (check, fmt --check, test); 2 the command could not run."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Colour,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(Check),
    Fmt(Fmt),
    Test(Test),
    Eval(Eval),
    Explain(Explain),
    Portrait(Portrait),
    Members(MembersArgs),
    Count(Count),
    Overlap(OverlapArgs),
    Trend(Trend),
    Diff(Diff),
    Simulate(Simulate),
    Plan(Plan),
    Fit(Fit),
    Pack(Pack),
    Report(Report),
    Audit(Audit),
    /// Print the schema of data or of rule files
    #[command(subcommand)]
    Schema(SchemaCommand),
}

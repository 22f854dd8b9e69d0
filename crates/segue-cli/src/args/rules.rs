//! Rule files and schemas: what is checked, tested, fitted, formatted and inferred.

use super::shared::{DataArgs, Names, RuleFileArgs, When};
use crate::input::Source;
use clap::{Args, Subcommand, ValueEnum};

/// Print a pack, a rule file for an industry that others include; without a name, list them
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue pack retail > packs/retail.toml")]
pub(crate) struct Pack {
    /// The name: `customer`, `retail`, `beauty`, `finance` or `education`
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Run scenario files: profiles, and the segments, stages and effects that are expected of them.
///
/// A scenario names its rule file relative to itself, and with `schema` or `--schema` the schema of one that has none. A failed expectation is explained. The exit code is 1 if a scenario
/// fails.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue test scenarios/*.toml")]
pub(crate) struct Test {
    /// Scenario files: TOML, YAML or JSON, by file extension
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<Source>,
    #[command(flatten)]
    pub(crate) names: Names,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TestFormat,
}

/// The format of scenario results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people: what was expected, what was found, and why
    #[default]
    Human,
    /// For programs: one JSON object per line and scenario
    Json,
}

/// Fit the cut points of the scores in a rule file to a population.
///
/// With q classes over the n profiles that have a value, cut k (1 to q - 1) is the value at rank ceil(k*n/q) in ascending
/// order; a profile's score is 1 plus the number of cuts strictly below its value. Without `--write`, the cut points are
/// printed in the form that a rule file has.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue fit --rules rules.toml --profiles profiles.ndjson.gz --events events.ndjson.gz --now 2018-01-01T05:00:00Z --write")]
pub(crate) struct Fit {
    #[command(flatten)]
    pub(crate) rules: RuleFileArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) when: When,
    /// Write the cut points into the rule file, and change nothing else in it
    #[arg(long)]
    pub(crate) write: bool,
    /// Keep the present cut points as those that held before `--now`
    #[arg(long)]
    pub(crate) keep: bool,
}

/// Schemas.
#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    Infer(Infer),
    /// Print the JSON Schema of rule files, for completion and checks in editors
    Json,
}

/// Infer the schema of data, and print it as a rule file.
///
/// Numbers with a fraction become exact decimals with as many digits as were seen. Strings are never inferred to be enums:
/// change `"string"` into `{ type = "enum", values = [...] }` by hand. A field with values of two types is an error, or,
/// with `--on-error skip`, left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue schema infer --profiles profiles.ndjson.gz --events events.ndjson.gz > schema.toml")]
pub(crate) struct Infer {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: FileFormat,
}

/// The formats of rule files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    #[default]
    Toml,
    Yaml,
    Json,
}

/// Check rule files and report every error.
///
/// All findings of all files are reported at once, each with its code, its place and how to correct it. The exit code is 1
/// if there is an error (or, with `--deny-warnings`, a warning), and 2 if a file cannot be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue check rules.toml
  segue check rules/*.yaml --schema schema.toml --deny-warnings --format json")]
pub(crate) struct Check {
    /// Rule files: TOML, YAML or JSON, by file extension
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<Source>,
    #[command(flatten)]
    pub(crate) names: Names,
    /// Warn of attributes, event kinds, relations and properties that no rule reads
    #[arg(long)]
    pub(crate) unread: bool,
    /// Warn of data that a trigger or journey which sends reads, and whose `purpose` does not name `communication`
    #[arg(long)]
    pub(crate) purpose: bool,
    /// Fail on warnings too
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: FindingFormat,
}

/// Format the expressions of rule files.
///
/// Everything else in a file is preserved byte for byte. An expression on one line stays on one line; one on several lines
/// is wrapped at its `and`s and `or`s if it is too long. A file with a syntax error in an expression is not changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue fmt rules.toml
  segue fmt --check rules/*.yaml
  segue fmt --expr 'age>50 and viewed( \"tv\" )within 30 days'")]
pub(crate) struct Fmt {
    /// Rule files: TOML, YAML or JSON, by file extension
    #[arg(required_unless_present = "expr", value_name = "FILE")]
    pub(crate) files: Vec<Source>,
    /// Format this expression and print it
    #[arg(
        long,
        value_name = "EXPR",
        conflicts_with = "files",
        allow_hyphen_values = true
    )]
    pub(crate) expr: Option<String>,
    /// Change nothing, and exit with 1 if a file is not formatted
    #[arg(long)]
    pub(crate) check: bool,
}

/// The format of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingFormat {
    /// For people: the expression with the error underlined
    #[default]
    Human,
    /// For programs: one JSON object per line and finding
    Json,
}

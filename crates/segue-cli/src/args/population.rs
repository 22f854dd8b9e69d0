//! What is asked of all profiles together.

use super::report::ReportFormat;
use super::shared::{DataArgs, Names, Questions, RuleFileArgs, RulesArgs, When};
use crate::input::Source;
use clap::{Args, ValueEnum};
use segue::{Date, Zone};
use std::num::NonZeroU16;

/// Print the profiles for which all of several segments and expressions hold, or any of them.
///
/// Data are read as by `segue eval`, which answers each question by itself and says until when.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue members --rules rules.toml --profiles profiles.ndjson --events events.ndjson --now 2018-01-01 \\
      --segment vip --expr 'not purchased within 30 days' --format count")]
pub(crate) struct MembersArgs {
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) when: When,
    #[command(flatten)]
    pub(crate) questions: Questions,
    /// Whoever any of them holds for, instead of all
    #[arg(long)]
    pub(crate) any: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: MembersFormat,
}

/// The format of members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MembersFormat {
    /// The ids in ascending byte order, one per line
    #[default]
    Ids,
    /// Their number
    Count,
    /// For programs: one JSON object
    Json,
}

/// Count whom the rules say what of: members of segments, tags, stages, and the values of scores and traits.
///
/// Of a trait or a tag with more than 256 values, those that most have are shown; the rest is counted as one.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue count --rules rules.toml --profiles profiles.ndjson.gz --events events.ndjson.gz --now 1998-07-01")]
pub(crate) struct Count {
    #[command(flatten)]
    pub(crate) of: PopulationArgs,
}

/// Print how many are in each two segments at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue overlap --rules rules.toml --profiles profiles.ndjson --events events.ndjson --now 2018-01-01 --segments vip,active")]
pub(crate) struct OverlapArgs {
    #[command(flatten)]
    pub(crate) of: PopulationArgs,
    /// Only these segments, separated by commas [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) segments: Vec<String>,
}

/// A rule file, data, and the instant at which they are looked at.
#[derive(Debug, Args)]
pub(crate) struct PopulationArgs {
    #[command(flatten)]
    pub(crate) rules: RuleFileArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) when: When,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

/// Print how many segments and expressions hold for, day by day: how they grew and shrank.
///
/// Each day counts at its start in the time zone of the rules. Events after it are not seen; attributes that are not tracked are as they are
/// at the last day.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue trend --rules rules.toml --profiles profiles.ndjson --events events.ndjson --segment active \\
      --from 2018-01-01 --until 2018-07-01 --every 7")]
pub(crate) struct Trend {
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) questions: Questions,
    /// The first day
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Date,
    /// The last day, if it is reached
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Date,
    /// How many days it is from one to the next
    #[arg(long, value_name = "DAYS", default_value = "1")]
    pub(crate) every: NonZeroU16,
    /// The time zone in which days, weeks and months begin, instead of the rule file's: `Europe/Rome`, `+02:00`
    /// [default: UTC]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) timezone: Option<Zone>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

/// Show whom an edit of a rule file moves: who enters and who leaves each segment, and who gets other tags, values and stages.
///
/// Both files are asked of the same data at the same instant. In JSON, whoever moves is named by id.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue diff rules.toml edited.toml --profiles profiles.ndjson --events events.ndjson --now 2018-01-01")]
pub(crate) struct Diff {
    /// The rule file as it was: TOML, YAML or JSON, by file extension
    #[arg(value_name = "OLD")]
    pub(crate) old: Source,
    /// The rule file as it is to be
    #[arg(value_name = "NEW")]
    pub(crate) new: Source,
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) when: When,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

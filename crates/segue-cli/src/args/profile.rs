//! What is asked of each profile by itself.

use super::shared::{DataArgs, InstantArg, Questions, RuleFileArgs, RulesArgs, When};
use clap::{Args, ValueEnum};

/// Explain one profile: why it is in a segment or not, until when, and what would change that; what a trigger or a journey did, and why.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue explain --rules rules.toml --profiles profiles.ndjson.gz --events events.ndjson.gz --now 1998-07-01 \\
      --id 00042 --segment lapsed_regular
  segue explain --rules lifecycle.toml --events events.ndjson.gz --now 1998-07-01 --id 00042 --trigger winback")]
pub(crate) struct Explain {
    /// The id of the profile to explain
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) questions: Questions,
    /// Explain a trigger: each time it was triggered, what it did and why, and what it does next
    #[arg(long, value_name = "NAME", groups = ["questions", "replayed"], requires = "rules")]
    pub(crate) trigger: Option<String>,
    /// Explain a journey: how the profile went through it, what was done and why, where it is, and what comes next
    #[arg(long, value_name = "NAME", groups = ["questions", "replayed"], requires = "rules")]
    pub(crate) journey: Option<String>,
    /// With `--trigger` or `--journey`, start here: earlier events are known, but fire no trigger [default: the first event]
    #[arg(long, value_name = "INSTANT", requires = "replayed")]
    pub(crate) from: Option<InstantArg>,
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) when: When,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ExplanationFormat,
}

/// The format of explanations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplanationFormat {
    /// The rule part by part, with the values and events that decide it
    #[default]
    Text,
    /// A few sentences, for people who do not read rules
    Summary,
    /// For programs: one JSON object per line and question
    Json,
}

/// Evaluate segments and expressions, and print the profiles for which they hold.
///
/// Profiles and events are NDJSON, one object per line, plain or gzipped; `-` is standard input. The population is every
/// profile in the files of `--profiles` or, without them, every profile that has an event. Lines may come in any order;
/// events with the same id count once.
///
/// Without `--rules` and `--schema`, the schema is inferred from the data: numbers with a fraction are exact decimals, and
/// strings are never enums.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue eval --profiles profiles.ndjson.gz --events events.ndjson.gz --now 2018-01-01T05:00:00Z \\
      --expr 'count(basket within 90 days) >= 3' --format ids
  segue eval --rules rules.toml --profiles profiles.ndjson --events events.ndjson --now 2018-01-01 \\
      --segment vip --segment dormant --format count")]
pub(crate) struct Eval {
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) when: When,
    #[command(flatten)]
    pub(crate) questions: Questions,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: AnswerFormat,
}

/// The format of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// The ids of matching profiles in ascending byte order, one per line; with several questions, each line begins with
    /// the question and a tab
    #[default]
    Ids,
    /// The number of matching profiles; with several questions, each line begins with the question and a tab
    Count,
    /// One JSON object per line and question: the matching profiles, and until when each matches if no new data arrives
    Json,
}

/// Print everything that the rules say of each profile: traits, segments, stages, scores, tags, and until when it is so.
///
/// One JSON object per line and profile, ascending by id. `until` is the earliest instant at which any of it changes if no new
/// data arrives: until then, nobody need ask again. A trait or a score without a value, and a lifecycle in none of whose stages
/// the profile is, are `null`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue portrait --rules rules.toml --profiles profiles.ndjson.gz --events events.ndjson.gz --now 1998-07-01
  segue portrait --rules rules.toml --events events.ndjson.gz --now 1998-07-01 \\
      --traits frequency,average_order --only traits,stages > portraits.ndjson")]
pub(crate) struct Portrait {
    #[command(flatten)]
    pub(crate) rules: RuleFileArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) when: When,
    /// Of the traits, only these, separated by commas [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) traits: Vec<String>,
    /// Of the segments, only these, separated by commas [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) segments: Vec<String>,
    /// Print only these parts, separated by commas; `until` asks only them [default: all]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    pub(crate) only: Vec<PartArg>,
}

/// A part of a portrait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartArg {
    /// The values of traits
    Traits,
    /// The segments that the profile is in
    Segments,
    /// Its stages of lifecycles
    Stages,
    /// Its scores
    Scores,
    /// Its tags, with where they come from
    Tags,
}

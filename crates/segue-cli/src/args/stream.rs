//! What runs over time.

use super::shared::{DataArgs, InstantArg, RuleFileArgs};
use crate::input::Source;
use clap::{Args, ValueEnum};
use segue::{Duration, Zone};

/// Replay events through the rules: segments entered and left, stage changes, effects, and what is suppressed.
///
/// Events are NDJSON in chronological order, plain or gzipped; a line may also change attributes: {"profile":"17",
/// "at":"2026-01-05T09:30:00Z","set":{"plan":"pro"}}. The output is NDJSON in chronological order, followed by a summary:
/// stock and flow of every lifecycle by calendar month, effects, and what was suppressed and why. The same files give the
/// same output, byte for byte.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue simulate --rules lifecycle.toml --events events.ndjson.gz > output.ndjson
  segue simulate --rules lifecycle.toml --profiles profiles.ndjson.gz --events events.ndjson.gz \\
      --from 1997-07-01 --until 1998-07-01 --only moved,effect --output output.ndjson
  segue simulate --rules rules.toml --events january.ndjson --save state.json
  segue simulate --rules rules.toml --events february.ndjson --restore state.json --save state.json")]
pub(crate) struct Simulate {
    #[command(flatten)]
    pub(crate) rules: RuleFileArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The time zone in which days, weeks and months begin, instead of the rule file's
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) timezone: Option<Zone>,
    /// Start here: earlier events are known, but cause no output [default: the first event]
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: Option<InstantArg>,
    /// End here, inclusive; ignore later events [default: the last event]
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: Option<InstantArg>,
    /// Accept lines that are out of order by at most this, such as "2 days"
    #[arg(long, value_name = "LENGTH", default_value = "0 seconds")]
    pub(crate) lateness: Duration,
    /// Refuse lines that are ahead of the lines before them by more than this, such as "1 hour", unless a later line agrees
    /// with them [default: no limit]
    #[arg(long, value_name = "LENGTH")]
    pub(crate) lead: Option<Duration>,
    /// Read all events first, and sort them by time
    #[arg(long)]
    pub(crate) sort: bool,
    /// What to print, separated by commas
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "WHAT",
        default_value = "moved,passed,effect,held"
    )]
    pub(crate) only: Vec<OutputFilter>,
    /// Explain with each effect why the condition of its trigger held
    #[arg(long)]
    pub(crate) explain: bool,
    /// Format of the summary, which goes to standard error, or to standard output if `--output` names a file
    #[arg(long, value_enum, default_value_t)]
    pub(crate) summary: SummaryFormat,
    /// Write the output here; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) output: String,
    /// Write a page with pictures of the run here: lifecycles, journeys, effects and what was suppressed
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<String>,
    /// Save the engine's state at the end to this file
    #[arg(long, value_name = "STATE")]
    pub(crate) save: Option<String>,
    /// Resume from a saved state. If the rules or the schema have changed, what that changes comes first
    #[arg(long, value_name = "STATE", conflicts_with = "profiles")]
    pub(crate) restore: Option<Source>,
}

/// Show what will be sent if nothing new happens: the communication plan.
///
/// The events before `--from` are run through the rules, so that whoever is in a journey is in it, and what was sent counts for caps. Then time
/// runs ahead: dates, schedules, silences that end, and the waits of journeys. The plan says, by day and message, how many people it goes to and for how many it is held back, by caps, quiet hours and
/// consent; and which messages take the place of others under a cap.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue plan --rules rules.toml --profiles profiles.ndjson.gz --events events.ndjson.gz \\
      --from 2026-07-01 --until 2026-09-30
  segue plan --rules rules.toml --profiles profiles.ndjson --events events.ndjson \\
      --from 2026-07-01 --until 2026-07-31 --segment vip --format json")]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) rules: RuleFileArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The time zone in which days, weeks and months begin, instead of the rule file's
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) timezone: Option<Zone>,
    /// Start here; a date means its start. Later events are ignored
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: InstantArg,
    /// End here, inclusive; a date means its end
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: InstantArg,
    /// Count the members of this segment by themselves as well. Repeatable
    #[arg(long = "segment", value_name = "NAME")]
    pub(crate) segments: Vec<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PlanFormat,
}

/// The format of the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people
    #[default]
    Table,
    /// For programs: one JSON object
    Json,
}

/// What `simulate` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFilter {
    /// A segment was entered
    Entered,
    /// A segment was left
    Left,
    /// A profile moved to another stage of a lifecycle
    Moved,
    /// A profile entered a journey, went on in it or left
    Passed,
    /// A trigger or a journey performed an action
    Effect,
    /// A trigger, a journey or a message was suppressed
    Held,
    /// A profile was taken in by another one of the same person
    Merged,
    /// Two persons were said to be one
    Conflict,
}

/// The summary of `simulate`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryFormat {
    #[default]
    Table,
    Json,
    None,
}

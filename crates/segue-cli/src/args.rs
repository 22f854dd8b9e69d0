//! The command line.

use crate::data::Data;
use crate::input::{OnError, Source};
use crate::terminal::{Colour, Failure};
use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use segue::time::CalendarUnit;
use segue::{Date, Duration, Instant, ParseTimeError, Zone};
use std::num::{NonZeroU16, NonZeroUsize};
use std::str::FromStr;

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
    /// The rule file: TOML, YAML or JSON, by file extension
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Source,
    /// A file with the schema, if the rule file has none
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<Source>,
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
    /// The rule file: TOML, YAML or JSON, by file extension
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Source,
    /// A file with the schema, if the rule file has none
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<Source>,
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
    /// The rule file: TOML, YAML or JSON, by file extension
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Source,
    #[command(flatten)]
    pub(crate) names: Names,
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

/// Report on profiles and their events: a report of the rule file by its name, such as a funnel; `segments`, or `stock of` a lifecycle;
/// or `touchpoints`, what happens at them by calendar period, and which events belong to none or to several.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue report sales --rules rules.toml --profiles profiles.ndjson --events events.ndjson --from 2026-01-01 --until 2026-07-01
  segue report sales --rules rules.toml --events events.ndjson --members --format json
  segue report touchpoints --rules rules.toml --profiles profiles.ndjson --events events.ndjson --per week
  segue report --html report.html --rules rules.toml --profiles profiles.ndjson --events events.ndjson
  segue report --board monday --html monday.html --rules rules.toml --events events.ndjson")]
#[command(group = clap::ArgGroup::new("what").args(["name", "board", "html"]).required(true).multiple(true))]
pub(crate) struct Report {
    /// The name of a report in the rule file, `segments`, `stock of LIFECYCLE` or `touchpoints`
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// All reports of a board of the rule file
    #[arg(long, value_name = "NAME", conflicts_with_all = ["name", "members"])]
    pub(crate) board: Option<String>,
    /// Write a page with pictures here, instead of printing tables; without a report and a board, it has segments, traits and
    /// lifecycles, and all reports
    #[arg(long, value_name = "FILE", conflicts_with_all = ["members", "format", "per"])]
    pub(crate) html: Option<String>,
    #[command(flatten)]
    pub(crate) of: ReportArgs,
    /// Of `touchpoints`: the calendar period of those without a KPI [default: month]
    #[arg(long, value_enum, value_name = "UNIT")]
    pub(crate) per: Option<PeriodArg>,
    /// Show the ids of the people behind each number
    #[arg(long)]
    pub(crate) members: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

/// Answer four questions before anything is automated: are all touchpoints known, is it known what happens there, what they are for,
/// and who the people are?
///
/// Of a person without a line in the files of profiles, nothing but events is known.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue audit --rules rules.toml --profiles profiles.ndjson --events events.ndjson --from 2026-01-01 --until 2026-07-01")]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) of: ReportArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

/// What is reported on.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The rule file: TOML, YAML or JSON, by file extension
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Source,
    /// A file with the schema, if the rule file has none
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<Source>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The time zone in which days, weeks and months begin, instead of the rule file's
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) timezone: Option<Zone>,
    /// Count events from here on, inclusive [default: the first event]
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: Option<InstantArg>,
    /// Count events before this; ignore later ones [default: just after the last event]
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: Option<InstantArg>,
}

/// The format of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    #[default]
    Table,
    Json,
}

/// A calendar period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeriodArg {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl From<PeriodArg> for CalendarUnit {
    fn from(period: PeriodArg) -> Self {
        match period {
            PeriodArg::Day => CalendarUnit::Day,
            PeriodArg::Week => CalendarUnit::Week,
            PeriodArg::Month => CalendarUnit::Month,
            PeriodArg::Quarter => CalendarUnit::Quarter,
            PeriodArg::Year => CalendarUnit::Year,
        }
    }
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

/// The schema of rule files that have none.
#[derive(Debug, Args)]
pub(crate) struct Names {
    /// The schema for rule files that have none: a rule file with only a schema, as `segue schema infer` prints it
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<Source>,
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
    /// The rule file: TOML, YAML or JSON, by file extension
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Source,
    #[command(flatten)]
    pub(crate) names: Names,
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
    /// The rule file: TOML, YAML or JSON, by file extension
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Source,
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

/// The rule file and the schema.
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// The rule file: TOML, YAML or JSON, by file extension
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<Source>,
    /// A file with the schema, if the rule file has none: a rule file with only a schema, as `segue schema infer` prints it
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<Source>,
}

/// The data files.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// A file of profiles, NDJSON: {"id":"17","age":47}. Repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) profiles: Vec<Source>,
    /// A file of events, NDJSON: {"profile":"17","kind":"purchased","at":"2026-01-05T09:30:00Z","props":{"amount":9.90}}.
    /// Repeatable. Events of unknown kinds are skipped and reported on standard error
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Vec<Source>,
    /// What to do with an invalid line
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(crate) on_error: OnError,
    /// Number of threads [default: one per processor]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

impl DataArgs {
    /// The data that these arguments name.
    pub(crate) fn data(self) -> Result<Data, Failure> {
        Data::new(self.profiles, self.events, self.on_error, self.threads)
    }
}

/// An instant of the command line. A date means its start in the time zone of the rules, which is known when they are loaded.
#[derive(Clone, Debug)]
pub(crate) struct InstantArg {
    text: String,
    in_utc: Instant,
}

impl FromStr for InstantArg {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        Ok(InstantArg {
            text: text.to_owned(),
            in_utc: text.parse()?,
        })
    }
}

impl InstantArg {
    /// The last instant that is meant in a zone: of a date its end.
    pub(crate) fn end(&self, zone: Zone) -> Instant {
        let next = self.text.parse::<Date>().ok();
        let next = next.map(|day| Date::from_days(day.days().saturating_add(1)));
        let next = next.and_then(|day| zone.parse_instant(&day.to_string()).ok());
        next.map_or_else(
            || self.within(zone),
            |next| Instant::from_micros(next.micros().saturating_sub(1)),
        )
    }

    /// The instant that is meant in a zone.
    pub(crate) fn within(&self, zone: Zone) -> Instant {
        // INVARIANT: what is an instant or a date in UTC is one in any zone.
        zone.parse_instant(&self.text).unwrap_or(self.in_utc)
    }
}

/// The instant at which questions are answered.
#[derive(Debug, Args)]
pub(crate) struct When {
    /// The instant to evaluate at, such as 2026-01-31T12:00:00Z; a date means its start in the time zone of the rules. Later
    /// events are ignored
    #[arg(long, visible_alias = "at", value_name = "INSTANT")]
    pub(crate) now: InstantArg,
    /// The time zone in which days, weeks and months begin, instead of the rule file's: `Europe/Rome`, `+02:00`
    /// [default: UTC]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) timezone: Option<Zone>,
}

/// A question of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// A segment of the rule file.
    Segment(String),
    /// An expression.
    Expr(String),
}

/// The questions, in the order of the command line.
#[derive(Debug, Default)]
pub(crate) struct Questions(pub(crate) Vec<Question>);

impl Args for Questions {
    fn augment_args(command: clap::Command) -> clap::Command {
        let arg = |name: &'static str, value: &'static str, help: &'static str| {
            Arg::new(name)
                .long(name)
                .value_name(value)
                .help(help)
                .action(ArgAction::Append)
                .group("questions")
                .allow_hyphen_values(true)
        };
        command
            .arg(
                arg(
                    "segment",
                    "NAME",
                    "Evaluate a segment of the rule file. Repeatable",
                )
                .requires("rules"),
            )
            .arg(arg("expr", "EXPR", "Evaluate an expression. Repeatable"))
            .group(
                clap::ArgGroup::new("questions")
                    .required(true)
                    .multiple(true),
            )
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Questions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let of = |name: &str, make: fn(String) -> Question| {
            let places = matches.indices_of(name).into_iter().flatten();
            let texts = matches.get_many::<String>(name).into_iter().flatten();
            places
                .zip(texts.map(|text| make(text.clone())))
                .collect::<Vec<_>>()
        };
        let mut all = of("segment", Question::Segment);
        all.extend(of("expr", Question::Expr));
        all.sort_by_key(|(place, _)| *place);
        Ok(Questions(
            all.into_iter().map(|(_, question)| question).collect(),
        ))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

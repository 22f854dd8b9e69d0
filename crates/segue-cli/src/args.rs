//! The command line.

use crate::data::Data;
use crate::input::{OnError, Source};
use crate::terminal::{Colour, Failure};
use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use segue::{Duration, Instant, Zone};
use std::num::NonZeroUsize;

/// Which segments hold for which customers, and until when: rule files checked, formatted and run over files of profiles
/// and events.
#[derive(Debug, Parser)]
#[command(
    name = "segue",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(
    after_help = "Exit codes: 0 fine; 1 findings (check, fmt --check, test); 2 the command could not do its work."
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
    Simulate(Simulate),
    Fit(Fit),
    /// Schemas: of data, and of rule files
    #[command(subcommand)]
    Schema(SchemaCommand),
}

/// Runs scenario files: a few customers, and which of them are expected in which segments, until when.
///
/// The rule file that a scenario names is looked for beside it. Where an expectation is not met, the answer is explained.
/// The exit code is 1 if a scenario fails.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue test scenarios/*.toml")]
pub(crate) struct Test {
    /// Scenario files: TOML, YAML or JSON, by the ending of their names
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<Source>,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TestReport,
}

/// How scenarios are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestReport {
    /// For people: what was expected, what was found, and why
    #[default]
    Human,
    /// For programs: one JSON object a line for each scenario
    Json,
}

/// Why one profile is in a segment or not, until when, and what would change that; why a trigger did something for it, or
/// did not.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue explain --rules rules.toml --profiles profiles.ndjson.gz --events events.ndjson.gz --now 1998-07-01 \\
      --id 00042 --segment lapsed_regular
  segue explain --rules lifecycle.toml --events events.ndjson.gz --at 1998-07-01 --profile 00042 --trigger winback")]
pub(crate) struct Explain {
    /// The id of the profile
    #[arg(long, visible_alias = "profile", allow_hyphen_values = true)]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) questions: Questions,
    /// Asks for a trigger of the rule file: whenever its occasion came, what it did and why, and when it comes next
    #[arg(long, value_name = "NAME", group = "questions", requires = "rules")]
    pub(crate) trigger: Option<String>,
    /// For `--trigger`: where to begin; what happened before is known, but no trigger fires [default: the first event]
    #[arg(long, value_name = "INSTANT", requires = "trigger")]
    pub(crate) from: Option<Instant>,
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) when: When,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Account,
}

/// How `explain` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Account {
    /// The rule part by part, with the values and events that each rests on
    #[default]
    Text,
    /// A few sentences for people who do not read rules
    Summary,
    /// For programs: a JSON object a line for each question
    Json,
}

/// Lets events and time run through the rules: who moves between stages, which triggers fire, what is held back.
///
/// Events are NDJSON in the order of time, plain or gzipped; a line may also change attributes: {"profile":"17",
/// "at":"2026-01-05T09:30:00Z","set":{"plan":"pro"}}. What happens is printed in order as NDJSON, and at the end a summary:
/// stock and flow of every lifecycle by calendar month, effects, what was held back and why. The same files give the same
/// output, byte by byte.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue simulate --rules lifecycle.toml --events events.ndjson.gz > happenings.ndjson
  segue simulate --rules lifecycle.toml --profiles profiles.ndjson.gz --events events.ndjson.gz \\
      --from 1997-07-01 --until 1998-07-01 --only moved,effect --output happenings.ndjson
  segue simulate --rules rules.toml --events january.ndjson --save state.json
  segue simulate --rules rules.toml --events february.ndjson --restore state.json --save state.json")]
pub(crate) struct Simulate {
    /// The rule file: TOML, YAML or JSON, by the ending of its name
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Source,
    /// A file with the schema, where the rule file has none
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<Source>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The zone in which days, weeks and months begin, instead of the rule file's
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) timezone: Option<Zone>,
    /// Where to begin; what happened before is known, but nothing is told of it [default: the first event]
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: Option<Instant>,
    /// Where to end; later events are not seen [default: the last event]
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: Option<Instant>,
    /// How late a line may come after others of a later instant, such as "2 days"
    #[arg(long, value_name = "LENGTH", default_value = "0 seconds")]
    pub(crate) lateness: Duration,
    /// How far ahead of the lines before it a line may be, such as "1 hour"; without it, as far as it likes
    #[arg(long, value_name = "LENGTH")]
    pub(crate) lead: Option<Duration>,
    /// Reads all events before it begins, and puts them in the order of time
    #[arg(long)]
    pub(crate) sort: bool,
    /// What to print
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "WHAT",
        default_value = "moved,effect,held"
    )]
    pub(crate) only: Vec<Sort>,
    /// Says with every effect why the condition of its trigger held
    #[arg(long)]
    pub(crate) explain: bool,
    /// How to sum up: on standard error, or on standard output where `--output` names a file
    #[arg(long, value_enum, default_value_t)]
    pub(crate) summary: SummaryFormat,
    /// Where to write what happens; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) output: String,
    /// Keeps everything that is known at the end in a file, to go on from
    #[arg(long, value_name = "STATE")]
    pub(crate) save: Option<String>,
    /// Goes on from what was kept. The rules may have changed, the schema not
    #[arg(long, value_name = "STATE", conflicts_with_all = ["from", "profiles"])]
    pub(crate) restore: Option<Source>,
}

/// What `simulate` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// A segment was entered
    Entered,
    /// A segment was left
    Left,
    /// A move between stages of a lifecycle
    Moved,
    /// Something that a trigger did, or has done
    Effect,
    /// A trigger, or a message, that was held back
    Held,
}

/// How `simulate` sums up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryFormat {
    #[default]
    Table,
    Json,
    None,
}

/// Fits the cut points of the scores in a rule file over a population.
///
/// With q classes over the n profiles that have a value, cut k (1 to q - 1) is the value at rank ceil(k*n/q) in ascending
/// order; a profile's score is 1 plus the number of cuts strictly below its value. Without `--write`, the cut points are
/// printed as they would stand in the rule file.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue fit --rules rules.toml --profiles profiles.ndjson.gz --events events.ndjson.gz --now 2018-01-01T05:00:00Z --write")]
pub(crate) struct Fit {
    /// The rule file: TOML, YAML or JSON, by the ending of its name
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Source,
    #[command(flatten)]
    pub(crate) names: Names,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) when: When,
    /// Puts the cut points into the rule file, which stays as it is otherwise
    #[arg(long)]
    pub(crate) write: bool,
    /// Keeps the present cut points as those that held before `--now`
    #[arg(long)]
    pub(crate) keep: bool,
}

/// Schemas.
#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    Infer(Infer),
    /// Prints the JSON Schema of rule files, which editors use to complete and check them
    Json,
}

/// Prints the schema of data, as a rule file with nothing else in it.
///
/// Numbers with a fraction are exact decimals of the most digits that were seen. Which strings are the names of an enum,
/// only their owner knows: change `"string"` into `{ type = "enum", values = [...] }` by hand. A field whose values are of
/// two types is an error, or, with `--on-error skip`, left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  segue schema infer --profiles profiles.ndjson.gz --events events.ndjson.gz > schema.toml")]
pub(crate) struct Infer {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// How to write it
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

/// What is wrong with rule files.
///
/// All findings of all files are reported at once, each with its code, its place and what would mend it. The exit code
/// is 1 if there is an error (or, with `--deny-warnings`, a warning), and 2 if a file cannot be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue check rules.toml
  segue check rules/*.yaml --schema schema.toml --deny-warnings --format json")]
pub(crate) struct Check {
    /// Rule files: TOML, YAML or JSON, by the ending of their names
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<Source>,
    #[command(flatten)]
    pub(crate) names: Names,
    /// Lets warnings fail too
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Report,
}

/// Where the names come from that a rule file without a schema uses.
#[derive(Debug, Args)]
pub(crate) struct Names {
    /// The schema for rule files that have none: a rule file with nothing but a schema, such as `segue schema infer` prints
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<Source>,
}

/// Rewrites the expressions of rule files in their canonical spelling.
///
/// Everything else in a file stays as it is, byte by byte. An expression on one line stays on one line; one on several is
/// broken anew at its `and`s and `or`s where it is too long. A file in which an expression cannot be read is left alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  segue fmt rules.toml
  segue fmt --check rules/*.yaml
  segue fmt --expr 'age>50 and viewed( \"tv\" )within 30 days'")]
pub(crate) struct Fmt {
    /// Rule files: TOML, YAML or JSON, by the ending of their names
    #[arg(required_unless_present = "expr", value_name = "FILE")]
    pub(crate) files: Vec<Source>,
    /// Prints this expression in its canonical spelling
    #[arg(
        long,
        value_name = "EXPR",
        conflicts_with = "files",
        allow_hyphen_values = true
    )]
    pub(crate) expr: Option<String>,
    /// Changes nothing, and ends with exit code 1 if something would be changed
    #[arg(long)]
    pub(crate) check: bool,
}

/// How findings are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Report {
    /// For people: the expression with the place underlined
    #[default]
    Human,
    /// For programs: one JSON object a line for each finding
    Json,
}

/// Which profiles a segment or an expression holds for.
///
/// Profiles and events are NDJSON, one object a line, plain or gzipped; `-` is standard input. The population is every
/// profile of the profiles' files or, without `--profiles`, everybody who has an event. The order of lines does not
/// matter, and an event that stands twice with one id counts once.
///
/// Without `--rules` (and without `--schema`) the schema is inferred from the data: numbers with a fraction are exact
/// decimals, what other tools would call an enum is a string.
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
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Answer,
}

/// How `eval` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answer {
    /// The ids of the members, ascending bytewise, one a line; with several questions, each after the question and a tab
    #[default]
    Ids,
    /// How many there are; with several questions, each after the question and a tab
    Count,
    /// A line of JSON for each question: its members, and until when each will be one if nothing new happens
    Json,
}

/// Where rules and the names they use come from.
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// The rule file: TOML, YAML or JSON, by the ending of its name
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<Source>,
    /// A file with the schema, where the rule file has none: a rule file with nothing but a schema, such as `segue schema
    /// infer` prints
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<Source>,
}

/// The files of data.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// Profiles, NDJSON: {"id":"17","age":47}. May be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) profiles: Vec<Source>,
    /// Events, NDJSON: {"profile":"17","kind":"purchased","at":"2026-01-05T09:30:00Z","props":{"amount":9.90}}. May be
    /// given more than once. Those of kinds that the schema does not name are left out, and standard error says so
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Vec<Source>,
    /// What to do with a line that cannot be used
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(crate) on_error: OnError,
    /// How many threads to use [default: one per processor]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

impl DataArgs {
    /// The data that these arguments name.
    pub(crate) fn data(self) -> Result<Data, Failure> {
        Data::new(self.profiles, self.events, self.on_error, self.threads)
    }
}

/// The instant at which questions are answered.
#[derive(Debug, Args)]
pub(crate) struct When {
    /// The instant to answer for, such as 2026-01-31T12:00:00Z; a date means its midnight in UTC. Later events are not
    /// seen
    #[arg(long, visible_alias = "at", value_name = "INSTANT")]
    pub(crate) now: Instant,
    /// The zone in which days, weeks and months begin, instead of the rule file's: `Europe/Rome`, `+02:00` [default: UTC]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) timezone: Option<Zone>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// A segment of the rule file.
    Segment(String),
    /// An expression.
    Expr(String),
}

/// All questions, in the order of the command line.
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
                    "Asks for a segment of the rule file. May be given more than once",
                )
                .requires("rules"),
            )
            .arg(arg(
                "expr",
                "EXPR",
                "Asks for an expression. May be given more than once",
            ))
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

//! What several commands take: rules, data, instants, questions.

use crate::data::Data;
use crate::input::{OnError, Source};
use crate::terminal::Failure;
use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches};
use segue::{Date, Instant, ParseTimeError, Zone};
use std::num::NonZeroUsize;
use std::str::FromStr;

/// The schema of rule files that have none.
#[derive(Debug, Args)]
pub(crate) struct Names {
    /// The schema for rule files that have none: a rule file with only a schema, as `segue schema infer` prints it
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<Source>,
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

/// The rule file, where there has to be one, and the schema.
#[derive(Debug, Args)]
pub(crate) struct RuleFileArgs {
    /// The rule file: TOML, YAML or JSON, by file extension
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Source,
    /// A file with the schema, if the rule file has none: a rule file with only a schema, as `segue schema infer` prints it
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<Source>,
}

impl From<RuleFileArgs> for RulesArgs {
    fn from(args: RuleFileArgs) -> Self {
        RulesArgs {
            rules: Some(args.rules),
            schema: args.schema,
        }
    }
}

/// The data files.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// A file of profiles, NDJSON: {"id":"17","age":47}, or Parquet with such columns. Repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) profiles: Vec<Source>,
    /// A file of events, NDJSON: {"profile":"17","kind":"purchased","at":"2026-01-05T09:30:00Z","props":{"amount":9.90}}, or
    /// Parquet with such columns. Repeatable. Events of unknown kinds are skipped and reported on standard error
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

//! Reports and the audit.

use super::shared::{DataArgs, InstantArg, RuleFileArgs};
use clap::{Args, ValueEnum};
use segue::Zone;
use segue::time::CalendarUnit;

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
    #[command(flatten)]
    pub(crate) rules: RuleFileArgs,
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

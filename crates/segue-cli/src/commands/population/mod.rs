//! What is asked of a whole population: `segue members`, `count`, `overlap`, `trend` and `diff`.

mod counted;
mod diff;
mod members;
mod trend;

pub(crate) use counted::{count, overlap};
pub(crate) use diff::diff;
pub(crate) use members::members;
pub(crate) use trend::trend;

use crate::args::ReportFormat;
use crate::data::{Data, projected};
use crate::rules::Rules;
use crate::terminal::{self, Failure, Outcome};
use segue::diagnostic::printable;
use segue::ir::Reads;
use segue::population::{Members, Population, PopulationBuilder};
use segue::profile::{Model, Record};
use segue::{Instant, Rulebook, Zone};
use serde::Serialize;
use std::io::{self, IsTerminal as _};

fn rulebook(rules: &Rules) -> Result<&Rulebook, Failure> {
    rules
        .rulebook()
        .ok_or_else(|| Failure::new("there is no rule file"))
}

/// The population of the data as it is at `now`: what rules read of it.
pub(crate) fn population<'r>(
    data: &Data,
    rules: &Rules,
    reads: impl IntoIterator<Item = &'r Reads>,
    now: Instant,
) -> Result<Population, Failure> {
    let schema = projected(rules.schema(), reads, false)?;
    #[cfg(feature = "parquet")]
    if let Some(population) = data.columns(&schema, rules)? {
        return Ok(population);
    }
    let model = Model::<Record>::for_schema(&schema);
    let new = || PopulationBuilder::new(&model);
    // One after the other, so that no profile is kept beside the columns.
    let built = data.load(&schema, rules, now)?.ask(1, |builder, record| {
        let builder: &mut Option<PopulationBuilder<Record>> = builder;
        builder.get_or_insert_with(new).push(&record);
    })?;
    let built = built.into_iter().next().flatten().unwrap_or_else(new);
    built.finish().map_err(|e| Failure::new(e.to_string()))
}

/// The ids of members in ascending byte order.
fn ids(population: &Population, members: &Members) -> Vec<String> {
    let ids = members
        .iter()
        .filter_map(|position| population.id(position));
    let mut ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    ids.sort_unstable();
    ids
}

/// Prints an answer as JSON or as text.
fn show(
    answer: &impl Serialize,
    format: ReportFormat,
    text: impl FnOnce() -> String,
) -> Result<Outcome, Failure> {
    let mut out = match format {
        ReportFormat::Table => text(),
        ReportFormat::Json => {
            serde_json::to_string(answer).map_err(|e| Failure::new(e.to_string()))? + "\n"
        }
    };
    if format == ReportFormat::Table && io::stdout().is_terminal() {
        out = printable(&out).into_owned();
    }
    terminal::print(&out)?;
    Ok(Outcome::Fine)
}

/// A share of a whole, in percent with one digit.
#[expect(
    clippy::cast_precision_loss,
    reason = "a share is shown with one digit"
)]
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    format!("{:.1}%", 100.0 * part as f64 / whole as f64)
}

/// An instant as people of a zone read it: its date, where it is the start of one.
fn day(at: Instant, zone: Zone) -> String {
    let date = zone.date_at(at).to_string();
    match zone.parse_instant(&date) {
        Ok(start) if start == at => date,
        _ => at.to_string(),
    }
}

//! `segue test`: scenario files.

use crate::args::{Test, TestFormat};
use crate::input::Source;
use crate::rules::RuleFile;
use crate::terminal::{self, Failure, Outcome, counted};
use segue::Rulebook;
use segue::testing::scenario::{Report, Scenario, run as run_scenario};

pub(crate) fn run(args: Test) -> Result<Outcome, Failure> {
    let mut errors = Vec::new();
    let mut reports = Vec::new();
    for source in args.files {
        match run_file(source) {
            Ok(report) => reports.push(report),
            Err(Failure(more)) => errors.extend(more),
        }
    }
    let failed = reports.iter().filter(|report| !report.passed()).count();
    let mut out = String::new();
    for report in &reports {
        match args.format {
            TestFormat::Human => out += &terminal::signed(&report.to_string()),
            TestFormat::Json => {
                out += &serde_json::to_string(report).map_err(|e| Failure::new(e.to_string()))?;
                out.push('\n');
            }
        }
    }
    terminal::print(&out)?;
    if !errors.is_empty() {
        return Err(Failure(errors));
    }
    terminal::say(&format!(
        "{}, {failed} failed",
        counted(reports.len(), "scenario")
    ));
    Ok(if failed > 0 {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}

fn run_file(source: Source) -> Result<Report, Failure> {
    let file = RuleFile::read(source)?;
    let name = file.source.to_string();
    let scenario =
        Scenario::load(file.format, &file.text).map_err(|e| Failure::new(format!("{name}:{e}")))?;
    let rulebook: Option<Rulebook> = match (&scenario.rules, &scenario.rulebook) {
        (Some(rules), None) => {
            let rules = RuleFile::read(file.source.beside(rules))?;
            Some(rules.load(rules.loader())?)
        }
        _ => None,
    };
    Ok(run_scenario(&scenario.named(&name), rulebook.as_ref()))
}

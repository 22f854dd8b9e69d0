//! `segue test`: scenario files.

use crate::args::{Test, TestFormat};
use crate::input::Source;
use crate::rules::{self, RuleFile};
use crate::terminal::{self, Failure, Outcome, counted};
use segue::testing::scenario::{Report, Scenario, run as run_scenario};
use segue::{Rulebook, Schema};

pub(crate) fn run(args: Test) -> Result<Outcome, Failure> {
    let schema = args.names.schema.map(rules::schema_of).transpose()?;
    let mut errors = Vec::new();
    let mut reports = Vec::new();
    for source in args.files {
        match run_file(source, schema.as_ref()) {
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

fn run_file(source: Source, schema: Option<&Schema>) -> Result<Report, Failure> {
    let file = RuleFile::read(source)?;
    let name = file.source.to_string();
    let scenario =
        Scenario::load(file.format, &file.text).map_err(|e| Failure::new(format!("{name}:{e}")))?;
    let rulebook: Option<Rulebook> = match (&scenario.rules, &scenario.rulebook) {
        (Some(rules), None) => {
            let rule_file = RuleFile::read(file.source.beside(rules))?;
            let own = match &scenario.schema {
                Some(name) => Some(rules::schema_of(file.source.beside(name))?),
                None => None,
            };
            let loader = match own.as_ref().or(schema) {
                Some(schema) => rule_file.loader().schema(schema.clone()),
                None => rule_file.loader(),
            };
            Some(rule_file.load(loader)?)
        }
        _ => None,
    };
    Ok(run_scenario(&scenario.named(&name), rulebook.as_ref()))
}

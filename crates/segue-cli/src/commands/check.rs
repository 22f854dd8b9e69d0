//! `segue check`: what is wrong with rule files.

use crate::args::{Check, FindingFormat};
use crate::rules::{self, RuleFile};
use crate::terminal::{self, Failure, Outcome, counted};
use segue::Schema;
use segue::rulebook::{Finding, Loader};

pub(crate) fn run(args: Check) -> Result<Outcome, Failure> {
    let schema = args.names.schema.map(rules::schema_of).transpose()?;
    let files = args
        .files
        .into_iter()
        .map(RuleFile::read)
        .collect::<Result<Vec<_>, _>>()?;
    let mut out = String::new();
    let mut found = Vec::new();
    for file in &files {
        let mut loader = file.loader();
        if args.unread {
            loader = loader.warn_of_unread();
        }
        if args.purpose {
            loader = loader.warn_of_purposes();
        }
        let (findings, what) = check(file, loader, schema.as_ref());
        if args.format == FindingFormat::Human {
            for finding in &findings {
                out += &terminal::painted(&finding.to_string());
                out += "\n\n";
            }
            if findings.is_empty() {
                out += &format!("{}: {what}, no findings\n", file.source);
            }
        }
        found.extend(findings);
    }
    let (errors, warnings): (Vec<&Finding>, Vec<&Finding>) =
        found.iter().partition(|f| f.diagnostic.is_error());
    match args.format {
        FindingFormat::Json => {
            for finding in &found {
                out += &serde_json::to_string(finding).map_err(|e| Failure::new(e.to_string()))?;
                out.push('\n');
            }
        }
        FindingFormat::Human if !found.is_empty() => {
            out += &format!(
                "{} and {}\n",
                counted(errors.len(), "error"),
                counted(warnings.len(), "warning")
            );
        }
        FindingFormat::Human => {}
    }
    terminal::print(&out)?;
    let failed = !errors.is_empty() || (args.deny_warnings && !warnings.is_empty());
    Ok(if failed {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}

/// The findings of a file, and what is in it.
fn check(file: &RuleFile, mut loader: Loader, schema: Option<&Schema>) -> (Vec<Finding>, String) {
    match schema {
        Some(schema) => loader = loader.schema(schema.clone()),
        None if !file.has_schema() => {
            terminal::note(&format!(
                "{} has no schema; `--schema` names a file that has one",
                file.source
            ));
        }
        None => {}
    }
    match loader.load(file.format, &file.text) {
        Ok(rulebook) => {
            let document = rulebook.document();
            let parts = [
                (document.segments.len(), "segment"),
                (document.traits.len(), "trait"),
                (document.tags.len(), "tag"),
                (document.scores.len(), "score"),
                (document.lifecycles.len(), "lifecycle"),
                (document.triggers.len(), "trigger"),
                (document.journeys.len(), "journey"),
            ];
            let parts: Vec<String> = parts
                .iter()
                .filter(|(n, _)| *n > 0)
                .map(|(n, what)| counted(*n, what))
                .collect();
            let what = if parts.is_empty() {
                "no rules".to_owned()
            } else {
                parts.join(", ")
            };
            (rulebook.warnings().to_vec(), what)
        }
        Err(error) => (error.findings().to_vec(), String::new()),
    }
}

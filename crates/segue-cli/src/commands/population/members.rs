//! `segue members`: for whom all of several questions hold, or any of them.

use super::{ids, population};
use crate::args::{MembersArgs, MembersFormat};
use crate::rules::{self, Rules};
use crate::terminal::{self, Failure, Outcome};
use segue::diagnostic::printable;
use segue::population::Members;
use segue::{Instant, Rule};
use serde::Serialize;
use std::io::{self, IsTerminal as _};

/// `--format json`
#[derive(Serialize)]
struct Answer {
    at: Instant,
    population: usize,
    count: usize,
    members: Vec<String>,
}

pub(crate) fn members(args: MembersArgs) -> Result<Outcome, Failure> {
    let questions = args.questions.0;
    rules::parse(&questions)?;
    let mut data = args.data.data()?;
    let rules = Rules::load(args.rules, args.when.timezone, &mut data, true)?;
    let asked = rules.rules(&questions)?;
    let now = args.when.now.within(rules.zone());
    let population = population(&data, &rules, asked.iter().map(Rule::reads), now)?;
    let each = population
        .members_of(&asked, now)
        .map_err(|e| Failure::new(e.to_string()))?;
    let combine = |a: Members, b: &Members| if args.any { &a | b } else { &a & b };
    let mut each = each.into_iter();
    let first = each.next().unwrap_or_default();
    let members = each.fold(first, |all, more| combine(all, &more));
    let out = match args.format {
        MembersFormat::Count => format!("{}\n", members.count()),
        MembersFormat::Ids => {
            let lines: String = (ids(&population, &members).iter())
                .flat_map(|id| [id.as_str(), "\n"])
                .collect();
            if io::stdout().is_terminal() {
                printable(&lines).into_owned()
            } else {
                lines
            }
        }
        MembersFormat::Json => {
            let answer = Answer {
                at: now,
                population: population.len(),
                count: members.count(),
                members: ids(&population, &members),
            };
            serde_json::to_string(&answer).map_err(|e| Failure::new(e.to_string()))? + "\n"
        }
    };
    terminal::print(&out)?;
    Ok(Outcome::Fine)
}

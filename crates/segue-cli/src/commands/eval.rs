//! `segue eval`: which profiles a rule holds for.

use crate::args::{AnswerFormat, Eval, Question};
use crate::data::projected;
use crate::rules::{self, Rules};
use crate::terminal::{self, Failure, Outcome};
use comfy_table::{CellAlignment, Table, presets};
use segue::diagnostic::printable;
use segue::profile::{Model, Record};
use segue::{Instant, Matcher, Rule};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::ops::Not;

/// A profile that a rule holds for.
#[derive(Serialize)]
struct Member {
    id: String,
    /// When it will no longer be one if nothing new happens.
    until: Option<Instant>,
    /// Whether it may still be one then: the search for the instant at which it is not ended there.
    #[serde(skip_serializing_if = "Not::not")]
    at_least: bool,
}

/// The members by question.
#[derive(Default)]
struct Members(Vec<Vec<Member>>);

/// One line of `--format json`.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expr: Option<&'a str>,
    count: usize,
    members: &'a [Member],
}

pub(crate) fn run(args: Eval) -> Result<Outcome, Failure> {
    let questions = args.questions.0;
    rules::parse(&questions)?;
    let mut data = args.data.data()?;
    let rules = Rules::load(args.rules, args.when.timezone, &mut data, true)?;
    let asked = rules.rules(&questions)?;
    let schema = projected(rules.schema(), asked.iter().map(Rule::reads), false)?;
    let model = Model::<Record>::for_schema(&schema);
    let matchers: Vec<Matcher<Record>> = asked
        .iter()
        .map(|rule| rule.bind(&model))
        .collect::<Result<_, _>>()
        .map_err(|e| Failure::new(e.to_string()))?;
    let now = args.when.now.within(rules.zone());
    let population = data.load(&schema, &rules, now)?;
    let until = args.format == AnswerFormat::Json;
    let parts = population.ask(data.threads, |Members(members), record| {
        members.resize_with(matchers.len(), Vec::new);
        for (matcher, members) in matchers.iter().zip(members) {
            if !until && matcher.holds(&record, now) {
                members.push(Member {
                    id: record.id().to_owned(),
                    until: None,
                    at_least: false,
                });
            } else if until {
                let verdict = matcher.verdict(&record, now);
                if verdict.holds {
                    members.push(Member {
                        id: record.id().to_owned(),
                        until: verdict.until,
                        at_least: !verdict.is_exact,
                    });
                }
            }
        }
    })?;
    let mut members: Vec<Vec<Member>> = Vec::new();
    members.resize_with(asked.len(), Vec::new);
    for Members(part) in parts {
        members
            .iter_mut()
            .zip(part)
            .for_each(|(all, more)| all.extend(more));
    }
    let mut answer = answer(&questions, &asked, &members, args.format)?;
    // A program gets the ids as they are.
    if args.format != AnswerFormat::Json && io::stdout().is_terminal() {
        answer = printable(&answer).into_owned();
    }
    terminal::print(&answer)?;
    Ok(Outcome::Fine)
}

fn answer(
    questions: &[Question],
    asked: &[Rule],
    members: &[Vec<Member>],
    format: AnswerFormat,
) -> Result<String, Failure> {
    let mut out = String::new();
    let names: Vec<String> = questions
        .iter()
        .zip(asked)
        .map(|(question, rule)| name(question, rule))
        .collect();
    let alone = questions.len() == 1;
    if format == AnswerFormat::Count && !alone && io::stdout().is_terminal() {
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_FULL_CONDENSED)
            .set_header(["question", "members"]);
        for (name, members) in names.iter().zip(members) {
            table.add_row([name.as_str(), &members.len().to_string()]);
        }
        if let Some(column) = table.column_mut(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        return Ok(format!("{table}\n"));
    }
    for ((question, name), members) in questions.iter().zip(&names).zip(members) {
        match format {
            AnswerFormat::Ids if alone => members
                .iter()
                .for_each(|m| out.extend([m.id.as_str(), "\n"])),
            AnswerFormat::Ids => members
                .iter()
                .for_each(|m| out.extend([name.as_str(), "\t", &m.id, "\n"])),
            AnswerFormat::Count if alone => {
                let _ = writeln!(out, "{}", members.len());
            }
            AnswerFormat::Count => {
                let _ = writeln!(out, "{name}\t{}", members.len());
            }
            AnswerFormat::Json => {
                let (segment, expr) = match question {
                    Question::Segment(name) => (Some(name.as_str()), None),
                    Question::Expr(text) => (None, Some(text.as_str())),
                };
                let line = Line {
                    segment,
                    expr,
                    count: members.len(),
                    members,
                };
                out += &serde_json::to_string(&line).map_err(|e| Failure::new(e.to_string()))?;
                out.push('\n');
            }
        }
    }
    Ok(out)
}

/// What a question is called in an answer: the name of its segment, or the expression in its canonical spelling.
fn name(question: &Question, rule: &Rule) -> String {
    match question {
        Question::Segment(name) => name.clone(),
        Question::Expr(_) => rule.to_string(),
    }
}

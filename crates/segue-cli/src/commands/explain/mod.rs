//! `segue explain`: why one profile is in a segment or not, and what a trigger or a journey did for it.

mod account;
mod trigger;
mod words;

use crate::args::{Explain, ExplanationFormat, Question};
use crate::data::projected;
use crate::rules::{self, Rules};
use crate::terminal::{self, Failure, Outcome};
use segue::Rule;
use segue::profile::{Model, Record};
use trigger::{Asked, TriggerQuestion};

pub(crate) fn run(args: Explain) -> Result<Outcome, Failure> {
    let questions = args.questions.0;
    rules::parse(&questions)?;
    let mut data = args.data.data()?;
    let rules = Rules::load(args.rules, args.when.timezone, &mut data, true)?;
    let now = args.when.now.within(rules.zone());
    let mut out = String::new();
    let trigger = args.trigger.as_ref().map(|name| (Asked::Trigger, name));
    let journey = args.journey.as_ref().map(|name| (Asked::Journey, name));
    if let Some((asked, name)) = trigger.or(journey) {
        let asked = TriggerQuestion {
            asked,
            name,
            profile: &args.id,
            from: args.from.map(|from| from.within(rules.zone())),
            at: now,
        };
        out += &trigger::explain(&asked, &data, &rules, args.format)?;
    }
    if questions.is_empty() {
        terminal::print(&out)?;
        return Ok(Outcome::Fine);
    }
    let asked = rules.rules(&questions)?;
    // An explanation shows more of an event than the rule reads.
    let schema = projected(rules.schema(), asked.iter().map(Rule::reads), true)?;
    let record = data.load_one(&schema, &rules, now, &args.id)?;
    let model = Model::<Record>::for_schema(&schema);
    for (question, rule) in questions.iter().zip(&asked) {
        let matcher = rule.bind(&model).map_err(|e| Failure::new(e.to_string()))?;
        let mut explanation = matcher.explain(&record, now);
        if let Question::Segment(name) = question {
            explanation = explanation.named(name.as_str());
        }
        match args.format {
            ExplanationFormat::Text => {
                if !out.is_empty() {
                    out.push('\n');
                }
                out += &terminal::signed(&explanation.to_string());
            }
            ExplanationFormat::Summary => out += &format!("{}\n", explanation.summary()),
            ExplanationFormat::Json => {
                out += &serde_json::to_string(&explanation)
                    .map_err(|e| Failure::new(e.to_string()))?;
                out.push('\n');
            }
        }
    }
    terminal::print(&out)?;
    Ok(Outcome::Fine)
}

//! `segue portrait`: everything that the rules say of each profile.

use crate::args::{PartArg, Portrait};
use crate::data::projected;
use crate::rules::Rules;
use crate::terminal::{self, Failure, Outcome};
use segue::Rulebook;
use segue::profile::{Model, Record};
use segue::rulebook::{PortraitPart, PortraitParts};

pub(crate) fn run(args: Portrait) -> Result<Outcome, Failure> {
    let mut data = args.data.data()?;
    let rules = Rules::load(args.rules, args.when.timezone, &mut data, true)?;
    let rulebook = rules
        .rulebook()
        .ok_or_else(|| Failure::new("there is no rule file"))?;
    let parts = wanted(rulebook, &args.only, &args.traits, &args.segments)?;
    let schema = projected(rules.schema(), [&parts.reads()], false)?;
    let portraits = parts
        .bind(&Model::<Record>::for_schema(&schema))
        .map_err(|e| Failure::new(e.to_string()))?;
    let now = args.when.now.within(rules.zone());
    let population = data.load(&schema, &rules, now)?;
    let drawn = population.ask(data.threads, |lines: &mut Vec<_>, record| {
        lines.push(serde_json::to_string(&portraits.at(&record, now)));
    })?;
    let mut out = String::new();
    for line in drawn.into_iter().flatten() {
        out += &line.map_err(|e| Failure::new(e.to_string()))?;
        out.push('\n');
    }
    terminal::print(&out)?;
    Ok(Outcome::Fine)
}

/// The parts that are asked for: all of them, those of some sorts, and of traits and segments those that are named.
fn wanted<'r>(
    rulebook: &'r Rulebook,
    only: &[PartArg],
    traits: &[String],
    segments: &[String],
) -> Result<PortraitParts<'r>, Failure> {
    let segment_names = rulebook.segments().map(|(name, _)| name);
    are_known("trait", traits, &rulebook.traits().collect::<Vec<_>>())?;
    are_known("segment", segments, &segment_names.collect::<Vec<_>>())?;
    let is_named =
        |names: &[String], name: &str| names.is_empty() || names.iter().any(|n| n == name);
    Ok(rulebook.portrait().only(|part| {
        let (sort, named) = match part {
            PortraitPart::Trait(name) => (PartArg::Traits, is_named(traits, name)),
            PortraitPart::Segment(name) => (PartArg::Segments, is_named(segments, name)),
            PortraitPart::Stage(_) => (PartArg::Stages, true),
            PortraitPart::Score(_) => (PartArg::Scores, true),
            PortraitPart::Tags => (PartArg::Tags, true),
            // A part of a later version of the library.
            _ => return only.is_empty(),
        };
        named && (only.is_empty() || only.contains(&sort))
    }))
}

fn are_known(what: &str, asked: &[String], known: &[&str]) -> Result<(), Failure> {
    let Some(unknown) = asked.iter().find(|name| !known.contains(&name.as_str())) else {
        return Ok(());
    };
    let there = if known.is_empty() {
        "it has none".to_owned()
    } else {
        format!("its {what}s are {}", known.join(", "))
    };
    Err(Failure::new(format!(
        "the rule file has no {what} `{unknown}`; {there}"
    )))
}

//! `segue count` and `segue overlap`: how many the rules say what of, and how many are in two segments at once.

use super::{day, percent, population, rulebook, show};
use crate::args::{Count, OverlapArgs, PopulationArgs};
use crate::rules::Rules;
use crate::terminal::{Failure, Outcome, table};
use segue::population::{Counts, Groups, Overlap, Population, StageGroups};
use segue::profile::Value;
use segue::{Instant, Rule, Zone};
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;

pub(crate) fn count(args: Count) -> Result<Outcome, Failure> {
    let PopulationArgs {
        rules,
        data,
        when,
        format,
    } = args.of;
    let mut data = data.data()?;
    let rules = Rules::load(rules, when.timezone, &mut data, true)?;
    let book = rulebook(&rules)?;
    let now = when.now.within(rules.zone());
    let population = population(&data, &rules, [&book.portrait().reads()], now)?;
    let counts = population
        .counts(book, now)
        .map_err(|e| Failure::new(e.to_string()))?;
    show(&as_json(&counts)?, format, || text(&counts, rules.zone()))
}

fn text(counts: &Counts, zone: Zone) -> String {
    let mut out = format!(
        "{} profiles at {}\n",
        counts.population,
        day(counts.at, zone)
    );
    if !counts.segments.is_empty() {
        let mut rows = table(["segment", "members", "share"], 1);
        for (name, members) in &counts.segments {
            let n = members.count();
            rows.add_row([name.clone(), n.to_string(), percent(n, counts.population)]);
        }
        let _ = write!(out, "\n{rows}\n");
    }
    for (lifecycle, stages) in &counts.stages {
        match stages {
            StageGroups::Whole(groups) => add(&mut out, lifecycle, groups, counts.population),
            StageGroups::Each(each) => {
                for (subject, groups) in each {
                    add(
                        &mut out,
                        &format!("{lifecycle} of {subject}"),
                        groups,
                        counts.population,
                    );
                }
            }
        }
    }
    if !counts.tags.groups.is_empty() {
        add(&mut out, "tag", &counts.tags, counts.population);
    }
    for (name, groups) in counts.scores.iter().chain(&counts.traits) {
        add(&mut out, name, groups, counts.population);
    }
    out
}

/// So many values are shown one by one; of more, how they are spread.
const SHOWN: usize = 20;

fn add(out: &mut String, name: &str, groups: &Groups, population: usize) {
    let mut rows = table([name, "profiles", "share"], 1);
    let mut row = |value: String, n: usize| {
        rows.add_row([value, n.to_string(), percent(n, population)]);
    };
    let few = groups.groups.len() <= SHOWN;
    match &groups.spread {
        Some(spread) if !few => {
            let n = groups.present();
            row(format!("{} different values", groups.distinct), n);
            for (what, value) in [
                ("least", &spread.min),
                ("quarter", &spread.quarter),
                ("median", &spread.median),
                ("three quarters", &spread.three_quarters),
                ("greatest", &spread.max),
            ] {
                rows.add_row([what.to_owned(), written(value), String::new()]);
            }
        }
        _ => {
            for group in &groups.groups {
                row(written(&group.value), group.members.count());
            }
            let others = groups.others.count();
            if others > 0 {
                row("(others)".to_owned(), others);
            }
        }
    }
    let missing = groups.missing.count();
    if missing > 0 {
        rows.add_row([
            "(none)".to_owned(),
            missing.to_string(),
            percent(missing, population),
        ]);
    }
    let _ = write!(out, "\n{rows}\n");
}

/// A value as in JSON, but a text without quotes.
pub(super) fn written(value: &Value) -> String {
    match serde_json::to_value(value) {
        Ok(Json::String(text)) => text,
        Ok(Json::Null) | Err(_) => "(none)".to_owned(),
        Ok(other) => other.to_string(),
    }
}

fn as_json(counts: &Counts) -> Result<Json, Failure> {
    let all = |each: &mut dyn Iterator<Item = (&String, &Groups)>| {
        let mut all = Map::new();
        for (name, groups) in each {
            all.insert(name.clone(), groups_as_json(groups)?);
        }
        Ok::<_, Failure>(all)
    };
    let segments = counts.segments.iter();
    let segments: Map<String, Json> = segments
        .map(|(name, members)| (name.clone(), members.count().into()))
        .collect();
    let mut stages = Map::new();
    for (name, of) in &counts.stages {
        let of = match of {
            StageGroups::Whole(groups) => groups_as_json(groups)?,
            StageGroups::Each(each) => all(&mut each.iter())?.into(),
        };
        stages.insert(name.clone(), of);
    }
    Ok(json!({
        "at": counts.at,
        "population": counts.population,
        "segments": segments,
        "stages": stages,
        "tags": groups_as_json(&counts.tags)?,
        "scores": all(&mut counts.scores.iter())?,
        "traits": all(&mut counts.traits.iter())?,
    }))
}

fn groups_as_json(groups: &Groups) -> Result<Json, Failure> {
    let of = |value: &Value| serde_json::to_value(value).map_err(|e| Failure::new(e.to_string()));
    let mut values = Vec::new();
    for group in &groups.groups {
        values.push(json!({"value": of(&group.value)?, "count": group.members.count()}));
    }
    let mut all = json!({"values": values, "distinct": groups.distinct, "others": groups.others.count(),
        "missing": groups.missing.count()});
    if let (Some(spread), Some(all)) = (&groups.spread, all.as_object_mut()) {
        let spread = serde_json::to_value(spread).map_err(|e| Failure::new(e.to_string()))?;
        all.insert("spread".to_owned(), spread);
    }
    Ok(all)
}

pub(crate) fn overlap(args: OverlapArgs) -> Result<Outcome, Failure> {
    let PopulationArgs {
        rules,
        data,
        when,
        format,
    } = args.of;
    let mut data = data.data()?;
    let rules = Rules::load(rules, when.timezone, &mut data, true)?;
    let questions = segments(&rules, args.segments)?;
    let asked = rules.rules(
        &questions
            .iter()
            .map(|name| crate::args::Question::Segment(name.clone()))
            .collect::<Vec<_>>(),
    )?;
    let now = when.now.within(rules.zone());
    let population = population(&data, &rules, asked.iter().map(Rule::reads), now)?;
    let overlap = overlap_of(&population, &questions, &asked, now)?;
    show(&overlap, format, || matrix(&overlap))
}

/// The segments that are asked for, or all.
fn segments(rules: &Rules, asked: Vec<String>) -> Result<Vec<String>, Failure> {
    if !asked.is_empty() {
        return Ok(asked);
    }
    Ok(rulebook(rules)?
        .segments()
        .map(|(name, _)| name.to_owned())
        .collect())
}

fn overlap_of(
    population: &Population,
    names: &[String],
    rules: &[Rule],
    now: Instant,
) -> Result<Overlap, Failure> {
    let members = population
        .members_of(rules, now)
        .map_err(|e| Failure::new(e.to_string()))?;
    Ok(Overlap::of(
        population.len(),
        names.iter().cloned().zip(&members),
    ))
}

fn matrix(overlap: &Overlap) -> String {
    let header = ["in both"]
        .into_iter()
        .chain(overlap.names.iter().map(String::as_str));
    let mut counts = table(header, 1);
    let header = ["of these, in"]
        .into_iter()
        .chain(overlap.names.iter().map(String::as_str));
    let mut shares = table(header, 1);
    for (row, name) in overlap.names.iter().enumerate() {
        let cells = (0..overlap.names.len()).map(|column| overlap.count(row, column).unwrap_or(0));
        let size = overlap.count(row, row).unwrap_or(0);
        let own = std::iter::once(name.clone());
        counts.add_row(own.clone().chain(cells.clone().map(|n| n.to_string())));
        shares.add_row(own.chain(cells.map(|n| percent(n, size))));
    }
    format!("{} profiles\n\n{counts}\n\n{shares}\n", overlap.population)
}

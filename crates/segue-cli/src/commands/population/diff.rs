//! `segue diff`: whom an edit of a rule file moves.

use super::counted::written;
use super::{day, ids, population, rulebook, show};
use crate::args::{Diff, RuleFileArgs};
use crate::rules::Rules;
use crate::terminal::{Failure, Outcome, table};
use segue::Zone;
use segue::population::{Changed, MembersChanged, Population, ValuesChanged};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(crate) fn diff(args: Diff) -> Result<Outcome, Failure> {
    let mut data = args.data.data()?;
    let mut load = |rules| {
        let schema = args.names.schema.clone();
        let file = RuleFileArgs { rules, schema };
        Rules::load(file, args.when.timezone, &mut data, false)
    };
    let (old, new) = (load(args.old)?, load(args.new)?);
    let books = [rulebook(&old)?, rulebook(&new)?];
    let now = args.when.now.within(new.zone());
    let reads = books.map(|book| book.portrait().reads());
    let population = population(&data, &new, &reads, now)?;
    let [before, after] = books;
    let changed = population
        .changed(before, after, now)
        .map_err(|e| Failure::new(e.to_string()))?;
    let json = as_json(&changed, &population)?;
    show(&json, args.format, || text(&changed, new.zone()))
}

fn text(changed: &Changed, zone: Zone) -> String {
    let mut out = format!(
        "{} profiles at {}\n",
        changed.population,
        day(changed.at, zone)
    );
    let mut is_same = true;
    for (what, all) in [("segment", &changed.segments), ("tag", &changed.tags)] {
        let moved = all.iter().filter(|(_, of)| !of.is_same());
        let mut rows = table([what, "before", "entered", "left", "after"], 1);
        let mut any = false;
        for (
            name,
            MembersChanged {
                entered,
                left,
                same,
                ..
            },
        ) in moved
        {
            any = true;
            let (entered, left, same) = (entered.count(), left.count(), same.count());
            rows.add_row([
                name.clone(),
                (same + left).to_string(),
                format!("+{entered}"),
                format!("-{left}"),
                (same + entered).to_string(),
            ]);
        }
        if any {
            is_same = false;
            let _ = write!(out, "\n{rows}\n");
        }
    }
    let values = changed
        .stages
        .iter()
        .chain(&changed.scores)
        .chain(&changed.traits);
    for (name, of) in values.filter(|(_, of)| !of.moves.is_empty()) {
        is_same = false;
        let mut rows = table([&format!("{name} before"), "after", "profiles"], 2);
        for step in &of.moves {
            let n = step.members.count().to_string();
            rows.add_row([written(&step.from), written(&step.to), n]);
        }
        let others = of.others.count();
        if others > 0 {
            rows.add_row([
                "(other values)".to_owned(),
                String::new(),
                others.to_string(),
            ]);
        }
        let _ = write!(out, "\n{rows}\n");
    }
    if is_same {
        out += "\nboth say the same of everybody\n";
    }
    out
}

fn as_json(changed: &Changed, population: &Population) -> Result<Json, Failure> {
    let members = |all: &BTreeMap<String, MembersChanged>| {
        let of = |(name, of): (&String, &MembersChanged)| {
            let of = json!({"entered": ids(population, &of.entered), "left": ids(population, &of.left),
                "same": of.same.count()});
            (name.clone(), of)
        };
        all.iter().map(of).collect::<Map<_, _>>()
    };
    let values = |all: &BTreeMap<String, ValuesChanged>| {
        let mut map = Map::new();
        for (name, of) in all {
            let mut moves = Vec::new();
            for step in &of.moves {
                let [from, to] = [&step.from, &step.to].map(serde_json::to_value);
                let (from, to) = from
                    .and_then(|from| Ok((from, to?)))
                    .map_err(|e| Failure::new(e.to_string()))?;
                moves.push(
                    json!({"from": from, "to": to, "members": ids(population, &step.members)}),
                );
            }
            let of = json!({"same": of.same.count(), "moves": moves, "others": ids(population, &of.others)});
            map.insert(name.clone(), of);
        }
        Ok::<_, Failure>(map)
    };
    Ok(json!({
        "at": changed.at,
        "population": changed.population,
        "segments": members(&changed.segments),
        "tags": members(&changed.tags),
        "stages": values(&changed.stages)?,
        "scores": values(&changed.scores)?,
        "traits": values(&changed.traits)?,
    }))
}

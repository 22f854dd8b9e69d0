//! `segue fit`: cut points of scores, fitted over a population.

use super::population::population;
use crate::args::Fit;
use crate::document;
use crate::rules::{RuleFile, Rules};
use crate::terminal::{self, Failure, Outcome, counted};
use segue::document::Document;

pub(crate) fn run(args: Fit) -> Result<Outcome, Failure> {
    let file = RuleFile::read(args.rules.rules.clone())?;
    let mut data = args.data.data()?;
    let rules = Rules::load(args.rules, args.when.timezone, &mut data, false)?;
    let rulebook = rules
        .rulebook()
        .ok_or_else(|| Failure::new("there is no rule file"))?;
    if rulebook.scores().next().is_none() {
        return Err(Failure::new(format!(
            "{} has no scores; declare one under `scores`",
            file.source
        )));
    }
    let now = args.when.now.within(rules.zone());
    let population = population(&data, &rules, [&rulebook.scores_read()], now)?;
    let cuts = population
        .fit_cuts(rulebook, now)
        .map_err(|e| Failure::new(e.to_string()))?;
    let mut wanted = rulebook.document().clone();
    for (name, cuts) in cuts {
        match wanted.scores.get_mut(&name) {
            Some(score) if args.keep => score.refit(cuts, now),
            Some(score) => score.cuts = Some(cuts),
            None => {}
        }
    }
    if !args.write {
        terminal::print(&document::only_cuts(
            file.format,
            &wanted.scores,
            args.keep,
        )?)?;
        return Ok(Outcome::Fine);
    }
    let own = Document::parse(file.format, &file.text).map_err(|e| Failure::new(e.to_string()))?;
    if let Some(included) = (wanted.scores.keys()).find(|name| own.get(&["scores", name]).is_none())
    {
        return Err(Failure::new(format!(
            "{}: score `{included}` stands in a file that this one includes; leave out `--write`, and put the cut points there",
            file.source
        )));
    }
    let text = document::with_cuts(file.format, &file.text, &wanted.scores, args.keep)?;
    let fitted = RuleFile { text, ..file };
    let loader = fitted.loader().schema(rules.schema().clone());
    if fitted
        .load(loader)
        .is_ok_and(|fitted| *fitted.document() == wanted)
    {
        fitted.source.replace(&fitted.text)?;
        terminal::say(&format!(
            "{}: {} fitted over {}",
            fitted.source,
            counted(wanted.scores.len(), "score"),
            counted(population.len(), "profile")
        ));
        return Ok(Outcome::Fine);
    }
    Err(Failure::new(format!(
        "{}: the cut points cannot be put into the file as it is written; put them there by hand:\n\n{}",
        fitted.source,
        document::only_cuts(fitted.format, &wanted.scores, args.keep)?
    )))
}

//! `segue plan`: what triggers and journeys will send, if nothing new happens.

use super::simulate::Simulation;
use crate::args::{Plan, PlanFormat};
use crate::data::{Persons, line};
use crate::rules::Rules;
use crate::terminal::{self, Failure, Outcome, counted, table};
use segue::diagnostic::printable;
use segue::engine::Engine;
use segue::insight::{CommunicationPlan, CommunicationPlanBuilder};
use segue::profile::{Model, Record};
use segue::{Instant, Rulebook, Zone};
use serde::Serialize;
use std::fmt::Write as _;

/// So much time passes at once: what comes out of it is counted, and not kept.
const STEP: i64 = 86_400_000_000;

/// The plan and what it was made of.
#[derive(Serialize)]
struct Planned {
    from: Instant,
    until: Instant,
    profiles: usize,
    #[serde(flatten)]
    plan: CommunicationPlan,
}

pub(crate) fn run(args: Plan) -> Result<Outcome, Failure> {
    let mut data = args.data.data()?;
    let rules = Rules::load(args.rules, args.timezone, &mut data, true)?;
    let rulebook = rules
        .rulebook()
        .ok_or_else(|| Failure::new("there are no rules; name a file with `--rules`"))?;
    let (from, until) = (args.from.within(rules.zone()), args.until.end(rules.zone()));
    if until < from {
        return Err(Failure::new(format!(
            "`--until` ({until}) is before `--from` ({from})"
        )));
    }
    are_segments(&args.segments, rulebook)?;
    let model = Model::<Record>::for_schema(rules.schema());
    let engine = Engine::new(rulebook, &model).map_err(|e| Failure::new(e.to_string()))?;
    let engine = engine.without_explanations();
    let reader = rules.line_reader(data.on_error);
    let known = data.load_profiles(reader.events(), None)?;
    let (items, _) = line::sorted(&reader, &data, None)?;
    let persons = Persons::new(Some(rulebook), rules.schema())?;
    let (past, later): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.at < from);
    let times = (past.first().map(|item| item.at), from);
    let mut simulation = Simulation::up_to(engine, rulebook, known, persons, times)?;
    for item in past {
        let is_refused = simulation.in_order(item, None).is_err();
        // INVARIANT: what is sorted is in order.
        debug_assert!(!is_refused);
    }
    if !later.is_empty() {
        let lines = counted(later.len(), "line");
        terminal::note(&format!("{lines} at or after `--from`, and ignored"));
    }
    let engine = simulation.into_engine()?;
    let planned = look_ahead(engine, rulebook, &args.segments, (from, until));
    let text = match args.format {
        PlanFormat::Table => printable(&text(&planned, rules.zone())).into_owned(),
        PlanFormat::Json => {
            serde_json::to_string(&planned).map_err(|e| Failure::new(e.to_string()))? + "\n"
        }
    };
    terminal::print(&text)?;
    Ok(Outcome::Fine)
}

fn are_segments(names: &[String], rulebook: &Rulebook) -> Result<(), Failure> {
    let unknown = names.iter().find(|name| rulebook.segment(name).is_none());
    let Some(name) = unknown else {
        return Ok(());
    };
    let known: Vec<&str> = rulebook.segments().map(|(name, _)| name).collect();
    Err(Failure::new(format!(
        "the rule file has no segment `{name}`; its segments are {}",
        known.join(", ")
    )))
}

/// Lets time pass and counts what comes of it.
fn look_ahead(
    mut engine: Engine<Record>,
    rulebook: &Rulebook,
    segments: &[String],
    (from, until): (Instant, Instant),
) -> Planned {
    let builder = CommunicationPlanBuilder::new(rulebook);
    let by_segment = |builder: CommunicationPlanBuilder, name: &String| builder.by_segment(name);
    let mut builder = segments.iter().fold(builder, by_segment);
    builder.begin(&engine);
    let mut outputs = Vec::new();
    let mut to = from;
    loop {
        engine.advance(to, &mut outputs);
        for output in outputs.drain(..) {
            builder.record(&output, &engine);
        }
        if to >= until {
            break;
        }
        to = Instant::from_micros(to.micros().saturating_add(STEP)).min(until);
    }
    Planned {
        from,
        until,
        profiles: engine.len(),
        plan: builder.build(),
    }
}

fn text(planned: &Planned, zone: Zone) -> String {
    let Planned {
        from,
        until,
        profiles,
        plan,
    } = planned;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{profiles} profiles from {from} to {until}; days of {zone}"
    );
    if plan.messages.is_empty() {
        let _ = writeln!(out, "\nNothing is sent.");
        return out;
    }
    let names = ["day", "message", "channel", "segment"];
    let numbers = [
        "sent",
        "cap",
        "hours",
        "consent",
        "control group",
        "other",
        "dropped",
    ];
    let mut messages = table(names.into_iter().chain(numbers), names.len());
    for of in &plan.messages {
        let held = of.held;
        let day = of.day.to_string();
        let segment = of.segment.as_deref().unwrap_or("–");
        let names = [&*day, &of.message, &of.channel, segment].map(str::to_owned);
        let numbers = [
            of.sent,
            held.cap,
            held.hours,
            held.consent,
            held.control_group,
            held.other,
            held.dropped,
        ];
        let numbers = numbers.map(|n| {
            if n == 0 {
                "–".to_owned()
            } else {
                n.to_string()
            }
        });
        messages.add_row(names.into_iter().chain(numbers));
    }
    let _ = writeln!(
        out,
        "\nmessages: people by day, and held back by\n{messages}"
    );
    if !plan.clashes.is_empty() {
        let mut clashes = table(["cap", "goes", "is held back", "people"], 3);
        for clash in &plan.clashes {
            clashes.add_row([
                clash.cap.to_string(),
                clash.won.to_string(),
                clash.lost.to_string(),
                clash.people.to_string(),
            ]);
        }
        let _ = writeln!(out, "\nclashes\n{clashes}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::STEP;
    use segue::Duration;

    #[test]
    fn a_step_is_a_day() {
        assert_eq!(Duration::from_micros(STEP).to_string(), "1 day");
    }
}

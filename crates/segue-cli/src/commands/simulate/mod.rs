//! `segue simulate`: events and time run through the rules.

mod ahead;
mod edit;
mod kept;
mod pictures;
mod run;
mod summary;
mod tables;

pub(super) use run::Simulation;

use crate::args::{Simulate, SummaryFormat};
use crate::data::line::{self, LineReader};
use crate::data::{Data, Persons, UnknownKinds};
use crate::input::{Line, OnError, Progress, Skipped, scan};
use crate::output::NewFile;
use crate::rules::Rules;
use crate::terminal::{self, Failure, Outcome};
use run::Output;
use segue::diagnostic::printable;
use segue::engine::Engine;
use segue::profile::{Model, Record};
use segue::{Duration, Zone};
use std::path::Path;

pub(crate) fn run(args: Simulate) -> Result<Outcome, Failure> {
    if args.lateness < Duration::from_micros(0) {
        return Err(Failure::new(
            "`--lateness` is a duration of 0 or more, such as \"2 days\"",
        ));
    }
    if args
        .lead
        .is_some_and(|lead| lead < Duration::from_micros(0))
    {
        return Err(Failure::new(
            "`--lead` is a duration of 0 or more, such as \"1 hour\"",
        ));
    }
    let mut data = match (
        &args.restore,
        args.data.profiles.is_empty() && args.data.events.is_empty(),
    ) {
        // Time may go on without data.
        (Some(_), true) => Data::none(),
        _ => args.data.data()?,
    };
    let name = args.rules.rules.to_string();
    let rules = Rules::load(args.rules, args.timezone, &mut data, true)?;
    let rulebook = rules
        .rulebook()
        .ok_or_else(|| Failure::new("there are no rules; name a file with `--rules`"))?;
    let model = Model::<Record>::for_schema(rules.schema());
    let bound = |e: segue::eval::BindError| Failure::new(e.to_string());
    let mut edited = Vec::new();
    let mut engine = match &args.restore {
        Some(source) => {
            let state = kept::read(source)?;
            let restored = Engine::restore(rulebook, &model, state, &mut edited);
            let wrong = |e| Failure::new(format!("{source}: {e}"));
            let (engine, change) = restored.map_err(wrong)?;
            edit::note(&change);
            engine
        }
        None => Engine::new(rulebook, &model).map_err(bound)?,
    };
    engine = engine.with_lateness(args.lateness);
    if let Some(lead) = args.lead {
        engine = engine.with_max_future_skew(lead);
    }
    if !args.explain {
        engine = engine.without_explanations();
    }
    let reader = rules.line_reader(data.on_error);
    let (from, until) = (args.from, args.until);
    let [from, until] = [from, until].map(|at| at.map(|at| at.within(rules.zone())));
    if args.restore.is_some() && from.is_some() {
        return Err(Failure::new(format!(
            "`--from` says where a run begins, and one that goes on from `--restore` begins where that was saved, after {}; leave \
             `--from` out",
            engine.now()
        )));
    }
    let known = if args.restore.is_some() {
        Vec::new()
    } else {
        data.load_profiles(reader.events(), None)?
    };
    let output = Output::new(&args.output, &args.only)?;
    let persons = Persons::new(Some(rulebook), rules.schema())?;
    let mut simulation = match args.restore {
        Some(_) => Simulation::restored(engine, rulebook, output, persons, until, edited),
        None => Simulation::new(engine, rulebook, output, known, persons, from, until),
    };
    let unknown;
    if args.sort {
        let items;
        (items, unknown) = line::sorted(&reader, &data, None)?;
        let refused = items
            .into_iter()
            .any(|item| simulation.in_order(item, None).is_err());
        // INVARIANT: what is sorted is in order, and what has no place is refused in silence.
        debug_assert!(!refused);
        simulation.alone();
    } else {
        (simulation, unknown) = streamed(simulation, &reader, &data)?;
    }
    let (engine, output, mut summary) = simulation.finish()?;
    summary.events.unknown_kind = unknown;
    summary.note();
    // Whoever goes on from the state has the output up to it: both are whole before either is put in its place.
    let state = match &args.save {
        Some(file) => Some((file, kept::written(file, engine.state())?)),
        None => None,
    };
    let page = match &args.html {
        Some(file) => Some((file, written_page(file, &name, &summary, rules.zone())?)),
        None => None,
    };
    output.finish()?;
    if let Some((file, page)) = page {
        page.keep().map_err(|e| kept::unwritable(file, &e))?;
    }
    if let Some((file, state)) = state {
        state.keep().map_err(|e| kept::unwritable(file, &e))?;
    }
    let text = match args.summary {
        SummaryFormat::Table => printable(&tables::text(&mut summary)).into_owned(),
        SummaryFormat::Json => {
            serde_json::to_string(&summary).map_err(|e| Failure::new(e.to_string()))? + "\n"
        }
        SummaryFormat::None => String::new(),
    };
    if args.output == "-" {
        if !text.is_empty() {
            terminal::say_painted(text.trim_end());
        }
    } else {
        terminal::print(&text)?;
    }
    Ok(Outcome::Fine)
}

/// Writes the page of a run, to be put in its place.
fn written_page(
    file: &str,
    rules: &str,
    summary: &summary::Summary,
    zone: Zone,
) -> Result<NewFile, Failure> {
    let html = pictures::page(rules, summary, zone).to_html();
    NewFile::written(Path::new(file), &[&html]).map_err(|e| kept::unwritable(file, &e))
}

/// Runs over the lines as they come. Beside the simulation stands how many events were of unknown kinds.
fn streamed<'r>(
    simulation: Simulation<'r>,
    reader: &LineReader,
    data: &Data,
) -> Result<(Simulation<'r>, u64), Failure> {
    let progress = Progress::over("simulating", &data.events);
    type Worker<'r> = (Simulation<'r>, LineReader, UnknownKinds, Skipped);
    let begun = (
        simulation,
        reader.clone(),
        UnknownKinds::default(),
        Skipped::default(),
    );
    let take = |(simulation, reader, unknown, wrong): &mut Worker<'r>, line: Line<'_>| match reader
        .read(&line, wrong, unknown)?
    {
        Some(item) => simulation.in_order(item, Some((line.source, line.number))),
        None => Ok(()),
    };
    let (workers, mut skipped) = scan(&data.events, data.on_error, &progress, vec![begun], take)?;
    drop(progress);
    let worker = workers
        .into_iter()
        .next()
        .ok_or_else(|| Failure::new("nothing was read"))?;
    let (mut simulation, _, unknown, wrong) = worker;
    for trouble in simulation.alone() {
        if data.on_error == OnError::Stop {
            return Err(trouble.into_failure(&data.events));
        }
        skipped.also(trouble);
    }
    skipped.report(&data.events);
    wrong.report_values(&data.events);
    Ok((simulation, UnknownKinds::report([unknown], &data.events)))
}

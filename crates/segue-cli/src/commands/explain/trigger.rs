//! Explains what a trigger or a journey did for a profile by replaying the profile's events through an engine.

use super::account::{CurrentStage, CurrentStep, Decision, TriggerAccount};
use super::words;
use crate::args::ExplanationFormat;
use crate::data::line::{self, Item};
use crate::data::{Conflicts, Data, Persons};
use crate::input::Source;
use crate::rules::Rules;
use crate::terminal::{self, Failure};
use segue::diagnostic::printable;
use segue::engine::{Engine, EngineOutput, OutputKind, Receipt, Suppressed, SuppressionReason};
use segue::profile::{Model, Record};
use segue::{Explanation, Instant, Rule, Rulebook, Schema};
use std::collections::BTreeSet;

/// How many wake-ups of the engine are followed to find what the trigger does next.
const MAX_WAKEUPS: usize = 10_000;

/// A trigger or a journey, a profile and a period.
pub(super) struct TriggerQuestion<'a> {
    pub(super) asked: Asked,
    pub(super) name: &'a str,
    pub(super) profile: &'a str,
    pub(super) from: Option<Instant>,
    pub(super) at: Instant,
}

/// What is asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Trigger,
    Journey,
}

impl Asked {
    fn word(self) -> &'static str {
        match self {
            Asked::Trigger => "trigger",
            Asked::Journey => "journey",
        }
    }
}

/// What it waits for and its guard, as the rule file says them.
fn written(
    asked: &TriggerQuestion<'_>,
    rulebook: &Rulebook,
) -> Result<(String, Option<String>), Failure> {
    let document = rulebook.document();
    let found = match asked.asked {
        Asked::Trigger => {
            let found = document.triggers.get(asked.name);
            found.map(|trigger| (trigger.on.clone(), trigger.when.clone()))
        }
        Asked::Journey => {
            let found = document.journeys.get(asked.name);
            found.map(|journey| (journey.on.clone(), journey.when.clone()))
        }
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = match asked.asked {
            Asked::Trigger => rulebook.triggers().collect(),
            Asked::Journey => rulebook.journeys().map(|journey| journey.name()).collect(),
        };
        let (word, name) = (asked.asked.word(), asked.name);
        Failure::new(match names.is_empty() {
            true => format!("the rule file has no {word} `{name}`; it has none"),
            false => format!(
                "the rule file has no {word} `{name}`; its {word}s are {}",
                names.join(", ")
            ),
        })
    })
}

/// Replays a profile's events and explains what a trigger or a journey did.
pub(super) fn explain(
    asked: &TriggerQuestion<'_>,
    data: &Data,
    rules: &Rules,
    format: ExplanationFormat,
) -> Result<String, Failure> {
    let rulebook = rules
        .rulebook()
        .ok_or_else(|| Failure::new("there are no rules; name a file with `--rules`"))?;
    let (on, when) = written(asked, rulebook)?;
    let stream = stream_of(asked.profile, data, rules)?;
    let first = stream
        .items
        .first()
        .map(|item| item.at)
        .filter(|at| *at <= asked.at);
    let from = asked.from.or(first).unwrap_or(asked.at).min(asked.at);
    let mut run = Run::new(asked, rulebook, rules.schema())?;
    let decisions = run.replay(stream, from)?;
    let condition = rulebook
        .awaited(asked.name)
        .map(|rule| run.explain(&rule))
        .transpose()?
        .flatten();
    let (stages, steps) = (run.stages(), run.steps());
    let name = |kind| (asked.asked == kind).then(|| asked.name.to_owned());
    let next = run.next()?;
    let account = TriggerAccount {
        trigger: name(Asked::Trigger),
        journey: name(Asked::Journey),
        profile: asked.profile.to_owned(),
        from,
        at: asked.at,
        on,
        when,
        decisions,
        condition,
        stages,
        steps,
        next,
    };
    Ok(match format {
        ExplanationFormat::Json => {
            serde_json::to_string(&account).map_err(|e| Failure::new(e.to_string()))? + "\n"
        }
        ExplanationFormat::Text => terminal::signed(&words::text(&account, rulebook, true)),
        ExplanationFormat::Summary => {
            printable(&words::text(&account, rulebook, false)).into_owned()
        }
    })
}

/// What a profile's stream is made of.
struct Stream {
    /// As their files have them.
    records: Vec<Record>,
    /// Events and changes in chronological order.
    items: Vec<Item>,
    /// The ids that the profile goes by in the end.
    ids: BTreeSet<String>,
    /// Where lines say who somebody is: everybody, since any profile may be a part of any other.
    persons: Option<Persons>,
}

fn stream_of(id: &str, data: &Data, rules: &Rules) -> Result<Stream, Failure> {
    let reader = rules.line_reader(data.on_error);
    let known = data.load_profiles(reader.events(), Some(id))?;
    let (items, _) = line::sorted(&reader, data, Some(id))?;
    if items.iter().any(|item| item.identity.is_some()) {
        return stream_of_persons(id, data, rules);
    }
    let records = match known.is_empty() {
        false => known,
        true if !items.is_empty() => {
            let blank = Record::builder(rules.schema(), id).build();
            vec![blank.map_err(|e| Failure::new(e.to_string()))?]
        }
        true => return Err(unknown(id, data)),
    };
    let ids = [id.to_owned()].into();
    Ok(Stream {
        records,
        items,
        ids,
        persons: None,
    })
}

fn stream_of_persons(id: &str, data: &Data, rules: &Rules) -> Result<Stream, Failure> {
    data.is_read_again()?;
    let reader = rules.line_reader(data.on_error);
    let (items, _) = line::sorted(&reader, data, None)?;
    let records = data.load_profiles(reader.events(), None)?;
    let mut persons = Persons::new(rules.rulebook(), rules.schema())?;
    records
        .iter()
        .for_each(|record| persons.insert(record.clone()));
    for item in &items {
        persons.take(item.clone());
    }
    let ids = persons.ids_of(id);
    if ids.is_empty() {
        return Err(unknown(id, data));
    }
    let persons = Some(Persons::new(rules.rulebook(), rules.schema())?);
    Ok(Stream {
        records,
        items,
        ids,
        persons,
    })
}

fn unknown(id: &str, data: &Data) -> Failure {
    let files: Vec<String> = data
        .profiles
        .iter()
        .chain(&data.events)
        .map(Source::to_string)
        .collect();
    Failure::new(format!(
        "there is no profile `{id}` in {}",
        files.join(", ")
    ))
}

struct Run<'a> {
    asked: &'a TriggerQuestion<'a>,
    rulebook: &'a Rulebook,
    schema: &'a Schema,
    model: Model<Record>,
    engine: Engine<Record>,
    output: Vec<EngineOutput>,
    /// The ids that the profile goes by in the end.
    ids: BTreeSet<String>,
}

impl<'a> Run<'a> {
    fn new(
        asked: &'a TriggerQuestion<'a>,
        rulebook: &'a Rulebook,
        schema: &'a Schema,
    ) -> Result<Self, Failure> {
        let model = Model::<Record>::for_schema(schema);
        let engine = Engine::new(rulebook, &model).map_err(|e| Failure::new(e.to_string()))?;
        let engine = engine.with_explained_guards();
        Ok(Run {
            asked,
            rulebook,
            schema,
            model,
            engine,
            output: Vec::new(),
            ids: BTreeSet::new(),
        })
    }

    /// Replays up to the instant in question.
    fn replay(&mut self, stream: Stream, from: Instant) -> Result<Vec<Decision>, Failure> {
        let Stream {
            records,
            items,
            ids,
            persons,
        } = stream;
        self.ids = ids;
        let mut decisions = Vec::new();
        let mut remaining = items
            .into_iter()
            .filter(|item| item.at <= self.asked.at)
            .peekable();
        let mut past = Vec::new();
        while let Some(item) = remaining.next_if(|item| item.at < from) {
            past.push(item);
        }
        let mut conflicts = Conflicts::default();
        self.engine.advance(
            Instant::from_micros(from.micros().saturating_sub(1)),
            &mut self.output,
        );
        match persons {
            Some(mut persons) => {
                records
                    .into_iter()
                    .for_each(|record| persons.insert(record));
                for item in past {
                    persons.take(item);
                }
                persons.pour(&mut self.engine);
            }
            None => {
                for record in records {
                    let record = self.with_past(record, std::mem::take(&mut past), &mut conflicts);
                    self.engine.insert(record);
                }
            }
        }
        for item in remaining {
            let Item {
                profile,
                at,
                identity,
                change,
                event,
            } = item;
            // One instant at a time, so that conditions are explained as they were then.
            while let Some(due) = self.engine.next_wakeup().filter(|due| *due < at) {
                self.engine.advance(due, &mut self.output);
                decisions.extend(self.decided()?);
            }
            if let Some(identity) = identity {
                // Who is nobody stays who they are.
                let _ = identity.tell(&mut self.engine, &profile, at, &mut self.output);
            }
            change.tell(&mut self.engine, &profile, at, &mut self.output);
            if let Some(event) = event {
                // What the change has caused is explained before the event is there.
                decisions.extend(self.decided()?);
                let kind = event.kind_name(self.schema);
                let receipt = self
                    .engine
                    .observe(profile.as_str(), event, &mut self.output);
                if receipt == Receipt::Conflict {
                    conflicts.meet(kind, &profile, at);
                }
            }
            decisions.extend(self.decided()?);
        }
        conflicts.report();
        while let Some(due) = self
            .engine
            .next_wakeup()
            .filter(|due| *due <= self.asked.at)
        {
            self.engine.advance(due, &mut self.output);
            decisions.extend(self.decided()?);
        }
        self.engine.advance(self.asked.at, &mut self.output);
        decisions.extend(self.decided()?);
        Ok(decisions)
    }

    /// A profile with what happened before.
    fn with_past(&self, mut record: Record, past: Vec<Item>, conflicts: &mut Conflicts) -> Record {
        let mut events = Vec::new();
        for item in past {
            item.change.put(&mut record, self.schema, item.at);
            events.extend(item.event);
        }
        let rest = record.add_events(events);
        conflicts.see(self.schema, &record, &rest);
        record
    }

    fn stages(&self) -> Vec<CurrentStage> {
        let of_profile = self
            .engine
            .stage_visits()
            .filter(|visit| self.ids.contains(visit.profile));
        let current = |visit: segue::engine::StageVisit<'_>| CurrentStage {
            lifecycle: visit.lifecycle.to_owned(),
            subject: visit.subject.map(str::to_owned),
            stage: visit.stage.to_owned(),
            since: visit.since,
        };
        of_profile.map(current).collect()
    }

    /// Where the profile is in the journey that is asked about.
    fn steps(&self) -> Vec<CurrentStep> {
        let asked = self.asked;
        let visits = self.engine.journey_visits();
        let of_profile = visits.filter(|visit| {
            asked.asked == Asked::Journey
                && visit.journey == asked.name
                && self.ids.contains(visit.profile)
        });
        let steps = of_profile.map(|visit| CurrentStep {
            subject: visit.subject.map(str::to_owned),
            step: visit.step.to_owned(),
            since: visit.since,
        });
        steps.collect()
    }

    /// What it does next if no new data arrives, until nothing waits.
    fn next(&mut self) -> Result<Vec<Decision>, Failure> {
        let mut next = Vec::new();
        for _ in 0..MAX_WAKEUPS {
            let Some(due) = self.engine.next_wakeup() else {
                break;
            };
            self.engine.advance(due, &mut self.output);
            next.extend(self.decided()?);
            let waits = |d: &Decision| matches!(&d.output.kind, OutputKind::Suppressed(held) if held.waits_until.is_some());
            if next.last().is_some_and(|last| !waits(last)) {
                break;
            }
        }
        Ok(next)
    }

    /// What the latest output has of it.
    fn decided(&mut self) -> Result<Vec<Decision>, Failure> {
        let mut decisions = Vec::new();
        for mut output in std::mem::take(&mut self.output) {
            let (trigger, journey) = match &output.kind {
                OutputKind::Effect(effect) => {
                    (effect.trigger.as_deref(), effect.journey.as_deref())
                }
                OutputKind::Suppressed(held) => (held.trigger.as_deref(), held.journey.as_deref()),
                OutputKind::JourneyPassed(passage) => (None, Some(&*passage.journey)),
                _ => continue,
            };
            let by = match self.asked.asked {
                Asked::Trigger => trigger,
                Asked::Journey => journey,
            };
            let is_asked = self.ids.contains(output.profile.as_str());
            if by == Some(self.asked.name) && is_asked {
                let because_of = match &mut output.kind {
                    OutputKind::Suppressed(held) => self.cause(held)?,
                    _ => None,
                };
                decisions.push(Decision { output, because_of });
            }
        }
        Ok(decisions)
    }

    /// The explanation of the guard or consent that suppressed an action.
    fn cause(&self, held: &mut Suppressed) -> Result<Option<Explanation>, Failure> {
        if let Some(why) = held.why.take() {
            return Ok(Some(*why));
        }
        let document = self.rulebook.document();
        let text = match &held.reason {
            SuppressionReason::NoProcessingConsent => document
                .consent
                .as_ref()
                .and_then(|c| c.processing.as_ref()),
            SuppressionReason::NoConsent { channel } => document
                .channels
                .get(&**channel)
                .and_then(|c| c.consent.as_ref()),
            _ => None,
        };
        let rule = text.and_then(|text| Rule::check_in(text, self.rulebook.context()).ok());
        rule.map(|rule| self.explain(&rule))
            .transpose()
            .map(Option::flatten)
    }

    /// Explains a rule at the engine's time.
    fn explain(&self, rule: &Rule) -> Result<Option<Explanation>, Failure> {
        let matcher = rule
            .bind(&self.model)
            .map_err(|e| Failure::new(e.to_string()))?;
        Ok(self
            .engine
            .profile(self.asked.profile)
            .map(|profile| matcher.explain(profile, self.engine.now())))
    }
}

//! Why a trigger did something for a profile, or did not: the profile's stream is run again, and every occasion told.

use super::words;
use crate::args::Account;
use crate::commands::line::{self, Item};
use crate::data::Data;
use crate::input::Source;
use crate::rules::Rules;
use crate::terminal::{self, Failure};
use segue::engine::{Engine, EngineOutput, OutputKind, Suppressed, SuppressionReason};
use segue::profile::{Model, Record, RecordReader};
use segue::{Explanation, Instant, Rule, Rulebook, Schema};
use serde::Serialize;

/// How many times the engine is looked at again to find when an occasion comes.
const LOOKS: usize = 10_000;

/// What is asked.
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) profile: &'a str,
    pub(super) from: Option<Instant>,
    pub(super) at: Instant,
}

/// What a trigger did for a profile.
#[derive(Serialize)]
pub(super) struct Told {
    pub(super) trigger: String,
    pub(super) profile: String,
    pub(super) from: Instant,
    pub(super) at: Instant,
    /// What it waits for.
    pub(super) on: String,
    /// Its guard.
    pub(super) when: Option<String>,
    /// What it did and held back, in order.
    pub(super) decisions: Vec<Decision>,
    /// The condition that it waits for, at the instant that is asked about.
    pub(super) condition: Option<Explanation>,
    /// Where the profile stands then.
    pub(super) stages: Vec<Standing>,
    /// What it does next if nothing new happens, until nothing of it waits.
    pub(super) next: Vec<Decision>,
}

/// The stage of a lifecycle that a profile is in.
#[derive(Serialize)]
pub(super) struct Standing {
    pub(super) lifecycle: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    pub(super) stage: String,
    pub(super) since: Option<Instant>,
}

/// Something that a trigger did, or held back.
#[derive(Serialize)]
pub(super) struct Decision {
    #[serde(flatten)]
    pub(super) output: EngineOutput,
    /// Of the guard or consent that held it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) because_of: Option<Explanation>,
}

/// Runs a profile's stream again and tells what a trigger did.
pub(super) fn explain(
    asked: &Asked<'_>,
    data: &Data,
    rules: &Rules,
    format: Account,
) -> Result<String, Failure> {
    let rulebook = rules
        .rulebook()
        .ok_or_else(|| Failure::new("there are no rules; name a file with `--rules`"))?;
    let Some(document) = rulebook.document().triggers.get(asked.name) else {
        let names: Vec<&str> = rulebook.triggers().collect();
        return Err(Failure::new(match names.is_empty() {
            true => format!("the rule file has no trigger `{}`; it has none", asked.name),
            false => format!(
                "the rule file has no trigger `{}`; its triggers are {}",
                asked.name,
                names.join(", ")
            ),
        }));
    };
    let (record, items) = stream_of(asked.profile, data, rules.schema())?;
    let first = items.first().map(Item::at).filter(|at| *at <= asked.at);
    let from = asked.from.or(first).unwrap_or(asked.at).min(asked.at);
    let mut run = Run::new(asked, rulebook, rules.schema())?;
    let decisions = run.replay(record, items, from)?;
    let condition = rulebook
        .awaited(asked.name)
        .map(|rule| run.judge(&rule))
        .transpose()?
        .flatten();
    let stages = run.stages();
    let next = run.next()?;
    let account = Told {
        trigger: asked.name.to_owned(),
        profile: asked.profile.to_owned(),
        from,
        at: asked.at,
        on: document.on.clone(),
        when: document.when.clone(),
        decisions,
        condition,
        stages,
        next,
    };
    Ok(match format {
        Account::Json => {
            serde_json::to_string(&account).map_err(|e| Failure::new(e.to_string()))? + "\n"
        }
        Account::Text => terminal::signed(&words::text(&account, rulebook, true)),
        Account::Summary => words::text(&account, rulebook, false),
    })
}

/// What is known of a profile, and what comes in, in the order of time.
fn stream_of(id: &str, data: &Data, schema: &Schema) -> Result<(Record, Vec<Item>), Failure> {
    let reader = RecordReader::new(schema);
    let known = data.load_profiles(&reader, Some(id))?.into_iter().next();
    let (items, _) = line::sorted(&reader, data, Some(id))?;
    let record = match known {
        Some(record) => record,
        None if !items.is_empty() => Record::builder(schema, id)
            .build()
            .map_err(|e| Failure::new(e.to_string()))?,
        None => {
            let files: Vec<String> = data
                .profiles
                .iter()
                .chain(&data.events)
                .map(Source::to_string)
                .collect();
            return Err(Failure::new(format!(
                "there is no profile `{id}` in {}",
                files.join(", ")
            )));
        }
    };
    Ok((record, items))
}

struct Run<'a> {
    asked: &'a Asked<'a>,
    rulebook: &'a Rulebook,
    schema: &'a Schema,
    model: Model<Record>,
    engine: Engine<Record>,
    told: Vec<EngineOutput>,
}

impl<'a> Run<'a> {
    fn new(
        asked: &'a Asked<'a>,
        rulebook: &'a Rulebook,
        schema: &'a Schema,
    ) -> Result<Self, Failure> {
        let model = Model::<Record>::for_schema(schema);
        let engine = Engine::new(rulebook, &model).map_err(|e| Failure::new(e.to_string()))?;
        Ok(Run {
            asked,
            rulebook,
            schema,
            model,
            engine,
            told: Vec::new(),
        })
    }

    /// Runs up to the instant that is asked about.
    fn replay(
        &mut self,
        mut record: Record,
        items: Vec<Item>,
        from: Instant,
    ) -> Result<Vec<Decision>, Failure> {
        let mut decisions = Vec::new();
        let mut events = Vec::new();
        let mut coming = items
            .into_iter()
            .filter(|item| item.at() <= self.asked.at)
            .peekable();
        while let Some(past) = coming.next_if(|item| item.at() < from) {
            match past {
                Item::Event { event, .. } => events.push(event),
                Item::Change { at, change, .. } => change.put(&mut record, self.schema, at),
            }
        }
        record.add_events(events);
        self.engine.advance(
            Instant::from_micros(from.micros().saturating_sub(1)),
            &mut self.told,
        );
        self.engine.insert(record);
        for item in coming {
            let at = item.at();
            // One instant after the other, so that conditions are explained as they stood then.
            while let Some(due) = self.engine.next_wakeup().filter(|due| *due < at) {
                self.engine.advance(due, &mut self.told);
                decisions.extend(self.decided()?);
            }
            match item {
                Item::Event { profile, event } => {
                    let _ = self.engine.observe(profile.as_str(), event, &mut self.told);
                }
                Item::Change {
                    profile, change, ..
                } => {
                    change.tell(&mut self.engine, &profile, self.schema, at, &mut self.told);
                }
            }
            decisions.extend(self.decided()?);
        }
        while let Some(due) = self
            .engine
            .next_wakeup()
            .filter(|due| *due <= self.asked.at)
        {
            self.engine.advance(due, &mut self.told);
            decisions.extend(self.decided()?);
        }
        self.engine.advance(self.asked.at, &mut self.told);
        decisions.extend(self.decided()?);
        Ok(decisions)
    }

    fn stages(&self) -> Vec<Standing> {
        let of_profile = self
            .engine
            .stage_visits()
            .filter(|visit| visit.profile == self.asked.profile);
        let standing = |visit: segue::engine::StageVisit<'_>| Standing {
            lifecycle: visit.lifecycle.to_owned(),
            subject: visit.subject.map(str::to_owned),
            stage: visit.stage.to_owned(),
            since: visit.since,
        };
        of_profile.map(standing).collect()
    }

    /// What the trigger does next if nothing new happens, until nothing of it waits.
    fn next(&mut self) -> Result<Vec<Decision>, Failure> {
        let mut next = Vec::new();
        for _ in 0..LOOKS {
            let Some(due) = self.engine.next_wakeup() else {
                break;
            };
            self.engine.advance(due, &mut self.told);
            next.extend(self.decided()?);
            let waits = |d: &Decision| matches!(&d.output.kind, OutputKind::Suppressed(held) if held.waits_until.is_some());
            if next.last().is_some_and(|last| !waits(last)) {
                break;
            }
        }
        Ok(next)
    }

    /// What the trigger has just done.
    fn decided(&mut self) -> Result<Vec<Decision>, Failure> {
        let mut decisions = Vec::new();
        for output in std::mem::take(&mut self.told) {
            let trigger = match &output.kind {
                OutputKind::Effect(effect) => &effect.trigger,
                OutputKind::Suppressed(held) => &held.trigger,
                _ => continue,
            };
            if trigger.as_deref() == Some(self.asked.name) {
                let because_of = match &output.kind {
                    OutputKind::Suppressed(held) => self.cause(held)?,
                    _ => None,
                };
                decisions.push(Decision { output, because_of });
            }
        }
        Ok(decisions)
    }

    /// The explanation of the guard or consent that held something back.
    fn cause(&self, held: &Suppressed) -> Result<Option<Explanation>, Failure> {
        let document = self.rulebook.document();
        let text = match &held.reason {
            SuppressionReason::Guard => document
                .triggers
                .get(self.asked.name)
                .and_then(|t| t.when.as_ref()),
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
        rule.map(|rule| self.judge(&rule))
            .transpose()
            .map(Option::flatten)
    }

    /// A rule explained at the engine's time.
    fn judge(&self, rule: &Rule) -> Result<Option<Explanation>, Failure> {
        let matcher = rule
            .bind(&self.model)
            .map_err(|e| Failure::new(e.to_string()))?;
        Ok(self
            .engine
            .profile(self.asked.profile)
            .map(|profile| matcher.explain(profile, self.engine.now())))
    }
}

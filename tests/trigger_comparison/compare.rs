//! The engine against the reference for triggers, on random streams.

use crate::reference::{Outcome, OutcomeKind, ReferenceTriggers};
use crate::rulebooks::Rules;
use crate::shrink::report;
use crate::streams::{Run, Step, Stream, instant_of, wakeup};
use segue::engine::{
    EngineOutput, OutputKind as Emitted, PassageReason, Receipt, SuppressionReason,
};
use segue_test_support::random::search::{caught, number, search, seeds};
use segue_test_support::reference::calendar::Micros;
use segue_test_support::reference::until::show;
use segue_test_support::reference::{Profile, World};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many streams are run where `SEGUE_CASES` does not say: about 20 seconds on one core.
const CASES: u64 = if cfg!(debug_assertions) { 500 } else { 3000 };

/// What an engine told of one profile's triggers, in the words of the reference.
pub(crate) fn told(outputs: &[EngineOutput], id: &str) -> Vec<Outcome> {
    let of = outputs.iter().filter(|h| *h.profile == *id);
    let told = of.filter_map(|h| {
        let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
        let at = h.at.micros();
        Some(match &h.kind {
            Emitted::Effect(e) => Outcome {
                at,
                trigger: text(&e.trigger).or(text(&e.journey)),
                entered: e.entered.micros(),
                subject: text(&e.subject),
                what: OutcomeKind::Done {
                    action: e.action.clone(),
                    variant: text(&e.variant),
                },
            },
            Emitted::Suppressed(e) => Outcome {
                at,
                trigger: text(&e.trigger).or(text(&e.journey)),
                entered: e.entered.micros(),
                subject: text(&e.subject),
                what: OutcomeKind::Held {
                    message: text(&e.message),
                    reason: e.reason.clone(),
                    waits_until: e.waits_until.map(segue::Instant::micros),
                    candidates: e.candidates.clone(),
                },
            },
            Emitted::JourneyPassed(p) => Outcome {
                at,
                trigger: Some((*p.journey).to_owned()),
                entered: p.entered.micros(),
                subject: text(&p.subject),
                what: OutcomeKind::Passed {
                    from: text(&p.from),
                    to: text(&p.to),
                    because: p.because,
                    held_out: p.held_out,
                },
            },
            _ => return None,
        })
    });
    told.collect()
}

struct References<'a> {
    rules: &'a Rules,
    world: Rc<World>,
    by_profile: BTreeMap<String, ReferenceTriggers<'a>>,
    now: Micros,
}

impl<'a> References<'a> {
    fn read(&self, profile: &Json) -> Profile {
        Profile::from_json(&self.world.schema, profile)
    }

    fn advance_to(&mut self, at: Micros) {
        self.now = self.now.max(at);
        self.by_profile
            .values_mut()
            .for_each(|reference| reference.advance_to(at));
    }

    fn of(&mut self, id: &str) -> &mut ReferenceTriggers<'a> {
        if !self.by_profile.contains_key(id) {
            self.insert(&json!({"id": id}));
            self.by_profile.get_mut(id).unwrap().be_unborn();
        }
        self.by_profile.get_mut(id).unwrap()
    }

    fn insert(&mut self, profile: &Json) {
        let reference =
            ReferenceTriggers::new(self.rules, self.world.clone(), self.read(profile), self.now);
        self.by_profile
            .insert(profile["id"].as_str().unwrap().to_owned(), reference);
    }
}

fn compare(stream: &Stream) -> Result<BTreeMap<String, u64>, String> {
    let mut run = Run::begin(stream);
    let world = Rc::new(World::new(run.schema.clone(), &stream.rules.book));
    let mut references = References {
        rules: &stream.rules,
        world,
        by_profile: BTreeMap::new(),
        now: stream.start,
    };
    let mut tally: BTreeMap<String, u64> = BTreeMap::new();
    for (i, step) in stream.steps.iter().enumerate() {
        let wakeup = wakeup(&mut run.engine);
        let (happened, receipt, heard) = run.step(step);
        match step {
            Step::Observe { id, event } => {
                let at = instant_of(event);
                let expected = if at < references.now - stream.lateness {
                    Receipt::TooLate
                } else if at < references.now {
                    Receipt::Late
                } else {
                    Receipt::Accepted
                };
                let is_known = matches!(receipt, Some(Receipt::Duplicate | Receipt::Conflict));
                if receipt != Some(expected) && !is_known {
                    return Err(format!(
                        "step {i}, {step:?}: {receipt:?} instead of {expected:?}"
                    ));
                }
                if expected != Receipt::TooLate {
                    references.advance_to(at);
                    let event = references
                        .read(&json!({"id": "", "events": [event]}))
                        .events
                        .remove(0);
                    references.of(id).observe(event);
                }
            }
            Step::Change {
                id,
                at,
                attribute,
                value,
                later,
            } => {
                references.advance_to(*at);
                let mut read = references.read(&json!({"id": "", *attribute: value}));
                let since_ever = read
                    .histories
                    .remove(*attribute)
                    .and_then(|changes| changes.last()?.1.clone());
                let value = read.attributes.remove(*attribute).or(since_ever);
                references.of(id).change(attribute, value, *later);
            }
            Step::Tag { id, at, given } => {
                references.advance_to(*at);
                references.of(id).tag("winback/host", *given);
            }
            Step::Insert { profile } => references.insert(profile),
            Step::Request { id, at, message } => {
                references.advance_to(*at);
                references.of(id).request(message);
            }
            Step::Advance { to } => references.advance_to(*to),
            Step::Wake => wakeup
                .into_iter()
                .for_each(|at| references.advance_to(at.micros())),
            Step::Heard { id, later, .. } => {
                if let Some(n) = heard {
                    let sent = later.map(|later| references.now - later);
                    references.of(id).heard(n, sent);
                }
            }
            Step::Keep | Step::Forget => {}
        }
        references
            .by_profile
            .values_mut()
            .for_each(ReferenceTriggers::tick);
        for (id, reference) in &mut references.by_profile {
            let (actual, expected) = (told(&happened, id), std::mem::take(&mut reference.told));
            for one in &actual {
                *tally.entry(name(one)).or_default() += 1;
            }
            if actual != expected {
                let list = |all: &[Outcome]| {
                    all.iter()
                        .map(|t| format!("\n      {}: {t:?}", show(t.at)))
                        .collect::<String>()
                };
                let (here, there) = (list(&actual), list(&expected));
                return Err(format!(
                    "step {i}, {step:?}: of {id} the engine tells{here}\n    the reference{there}"
                ));
            }
            for segment in stream.rules.book.segments.keys() {
                if run.engine.holds(id, segment) != Some(reference.is_in(segment)) {
                    return Err(format!(
                        "after step {i}, {step:?}: {id} in {segment}: not {}",
                        reference.is_in(segment)
                    ));
                }
            }
            for (lifecycle, of) in &stream.rules.book.lifecycles {
                let subjects: &[Option<&str>] = if of.per.is_some() {
                    &[Some("tv"), Some("shoes")]
                } else {
                    &[None]
                };
                for subject in subjects {
                    let (here, there) = (
                        run.engine.stage(id, lifecycle, *subject),
                        reference.stage(lifecycle, *subject),
                    );
                    if here != there {
                        return Err(format!(
                            "after step {i}, {step:?}: {id} for {subject:?} is {here:?}, not {there:?}"
                        ));
                    }
                }
            }
        }
    }
    Ok(tally)
}

/// What something told is, for counting.
fn name(told: &Outcome) -> String {
    match &told.what {
        OutcomeKind::Done { action, .. } if !action.chosen().is_empty() => {
            let channel = action.channel().map_or("", |channel| channel);
            let refused = action.chosen().iter().any(|of| of.refused.is_some());
            let among = if refused { " among those open" } else { "" };
            format!("Send on {channel}{among}")
        }
        OutcomeKind::Done { action, .. } => format!("{action:?}")
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned(),
        OutcomeKind::Passed {
            from,
            because,
            held_out,
            ..
        } => {
            let outside = from.is_none() && *because == PassageReason::Goal;
            let outside = if outside { " outside" } else { "" };
            let held_out = if *held_out { " (held out)" } else { "" };
            format!("{because:?}{outside}{held_out}")
        }
        OutcomeKind::Held {
            message: Some(_),
            reason: SuppressionReason::JourneyOver,
            ..
        } => "JourneyOver of a message".to_owned(),
        OutcomeKind::Held {
            waits_until: Some(_),
            candidates,
            ..
        } if !candidates.is_empty() => "No channel and waits".to_owned(),
        OutcomeKind::Held {
            reason,
            waits_until,
            ..
        } => {
            let reason = format!("{reason:?}");
            let waits = if waits_until.is_some() {
                " and waits"
            } else {
                ""
            };
            format!("{}{waits}", reason.split(' ').next().unwrap_or_default())
        }
    }
}

#[test]
fn triggers_do_what_the_reference_does() {
    let fails = |stream: &Stream| caught(|| compare(stream)).err();
    let report = |seed| report(&Stream::random(seed), fails);
    let found = search(
        seeds(CASES),
        3,
        |seed| compare(&Stream::random(seed)),
        report,
    );
    let mut tally = BTreeMap::<String, u64>::new();
    for (name, n) in found.passed.into_iter().flatten() {
        *tally.entry(name).or_default() += n;
    }
    println!("{tally:?}");
    assert!(
        found.failed.is_empty(),
        "{} streams differ:\n\n{}",
        found.failed.len(),
        found.failed.join("\n\n")
    );
    if number("SEGUE_SEED").is_none() {
        let expected = [
            "Send",
            "Send on ads",
            "Send on email",
            "Send on sms",
            "Send on ads among those open",
            "Send on email among those open",
            "Send on sms among those open",
            "No channel and waits",
            "Call",
            "Tag",
            "Untag",
            "Set",
            "Add",
            "Guard",
            "OutsideCampaign",
            "Reentry",
            "Cooldown",
            "Cooldown and waits",
            "Holdout",
            "NoVariant",
            "NoProcessingConsent",
            "NoConsent",
            "QuietHours",
            "QuietHours and waits",
            "FrequencyCap",
            "FrequencyCap and waits",
            "Expired",
            "InJourney",
            "JourneyOver",
            "JourneyOver of a message",
            "Entered",
            "Done",
            "Happened",
            "TimeOver",
            "Chosen",
            "Goal",
            "Goal outside",
            "Goal outside (held out)",
            "Exit",
        ];
        let rare: Vec<_> = expected
            .iter()
            .filter(|name| !tally.contains_key(**name))
            .collect();
        assert!(rare.is_empty(), "these do not come up: {rare:?}");
    }
}

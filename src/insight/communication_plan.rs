//! The communication plan: which messages go to how many people on which days, what holds the others back, and which messages
//! take one another's place.

use crate::engine::{
    Effect, EffectAction, Engine, EngineOutput, LiveProfile, OutputKind, Suppressed,
    SuppressionReason, counted_until,
};
use crate::rule::sending::{MessageFacts, Sending};
use crate::rule::trigger::ActionKind;
use crate::rulebook::Rulebook;
use crate::time::{Date, Zone};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Builds a [`CommunicationPlan`] from the output of an engine that is advanced ahead of time, over profiles as they are: what dated
/// triggers, schedules and the waits of journeys bring about if nothing new happens.
///
/// It is told where the engine stands at the start ([`begin`](Self::begin)) and then given everything that it reports, in that order
/// ([`record`](Self::record)). Messages that the host requests count as well.
///
/// ```
/// use segue::engine::Engine;
/// use segue::insight::CommunicationPlanBuilder;
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     caps = [{ most = 1, per = "day" }]
///     channels.email = {}
///     messages = { digest = { channel = "email" }, offer = { channel = "email" } }
///     segments.everybody = "true"
///     triggers.digest = { on = "every monday at 09:00 in segment everybody", do = [{ send = "digest" }] }
///     triggers.offer = { on = "every month on day 6 at 10:00 in segment everybody", do = [{ send = "offer" }] }
/// "#)?;
/// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
/// engine.advance("2026-07-01T00:00:00Z".parse()?, &mut Vec::new());
/// engine.insert(Record::from_json(rulebook.schema(), r#"{"id": "anna"}"#)?);
///
/// let mut plan = CommunicationPlanBuilder::new(&rulebook);
/// plan.begin(&engine);
/// let mut out = Vec::new();
/// engine.advance("2026-07-14T00:00:00Z".parse()?, &mut out);
/// out.iter().for_each(|output| plan.record(output, &engine));
///
/// let plan = plan.build();
/// let days = plan.messages.iter().map(|m| (m.day.to_string(), &*m.message, m.sent, m.held.cap));
/// assert_eq!(
///     days.collect::<Vec<_>>(),
///     [
///         ("2026-07-06".to_owned(), "digest", 1, 0),
///         ("2026-07-06".to_owned(), "offer", 0, 1),
///         ("2026-07-13".to_owned(), "digest", 1, 0),
///     ]
/// );
/// assert_eq!((&*plan.clashes[0].won, &*plan.clashes[0].lost, plan.clashes[0].people), ("digest", "offer", 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CommunicationPlanBuilder {
    sending: Arc<Sending>,
    zone: Zone,
    /// The messages that each trigger sends.
    sends: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    /// Who is in the segments that are asked for.
    members: BTreeMap<SmolStr, HashSet<SmolStr>>,
    /// What each profile was sent, as far as caps may count it.
    sent: HashMap<SmolStr, Vec<PlannedDelivery>>,
    messages: BTreeMap<Row, MessageCounts>,
    clashes: BTreeMap<(usize, Arc<str>, Arc<str>), HashSet<SmolStr>>,
}

/// A day, a message, its channel, and the segment of those who are counted.
type Row = (Date, Arc<str>, Arc<str>, Option<SmolStr>);

#[derive(Clone, Debug)]
struct PlannedDelivery {
    at: i64,
    message: Arc<MessageFacts>,
}

/// The profiles of one row.
#[derive(Clone, Debug, Default)]
struct MessageCounts {
    sent: HashSet<SmolStr>,
    /// By what holds the message back.
    held: BTreeMap<HeldBy, HashSet<SmolStr>>,
    given_up: HashSet<SmolStr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum HeldBy {
    Cap,
    Hours,
    Consent,
    ControlGroup,
    Other,
}

/// Which messages go when, to how many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommunicationPlan {
    /// By day and message; then, for each segment that was asked for, those of its members.
    pub messages: Vec<PlannedMessage>,
    /// By cap, the messages that took the place of others.
    pub clashes: Vec<CapClash>,
}

/// One message on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedMessage {
    /// The day in the rulebook's zone.
    pub day: Date,
    /// The message.
    pub message: Arc<str>,
    /// The channel that it goes on. Of a message that may go on several and is held back: the one that is named as the reason, or the first.
    pub channel: Arc<str>,
    /// The segment whose members are counted; `None`: everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<SmolStr>,
    /// How many people it goes to.
    pub sent: u64,
    /// How many people it is held back for. Whoever it waits for is counted again on the day on which it goes.
    pub held: HeldMessages,
}

/// For how many people a message is held back, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeldMessages {
    /// A frequency cap is reached.
    pub cap: u64,
    /// The channel has quiet hours, or none of its windows is open.
    pub hours: u64,
    /// There is no consent to processing, or to the channel.
    pub consent: u64,
    /// They are in the global control group.
    pub control_group: u64,
    /// Anything else: a guard that does not hold when it could go, a cooldown, a wait that is too long.
    pub other: u64,
    /// How many of all these it does not wait for: they do not get it.
    pub dropped: u64,
}

/// A message took the place of another under a frequency cap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CapClash {
    /// The position of the cap in the rulebook, counted from 1.
    pub cap: usize,
    /// The message that went, or one of those that did.
    pub won: Arc<str>,
    /// The message that was held back.
    pub lost: Arc<str>,
    /// For how many people.
    pub people: u64,
}

impl CommunicationPlanBuilder {
    /// A plan for the messages of a rulebook.
    #[must_use]
    pub fn new(rulebook: &Rulebook) -> Self {
        let triggers = rulebook.triggers.iter().filter(|t| t.journey.is_none());
        let sends = triggers.map(|trigger| {
            let messages = trigger.actions.iter().filter_map(|action| {
                if let ActionKind::Send { message, .. } = &action.kind {
                    Some(message.name.clone())
                } else {
                    None
                }
            });
            (trigger.name.clone(), messages.collect())
        });
        CommunicationPlanBuilder {
            sending: rulebook.sending.clone(),
            zone: rulebook.zone(),
            sends: sends.collect(),
            members: BTreeMap::new(),
            sent: HashMap::new(),
            messages: BTreeMap::new(),
            clashes: BTreeMap::new(),
        }
    }

    /// Counts the members of a segment by themselves as well: those who are in it at the instant in question.
    #[must_use]
    pub fn by_segment(mut self, segment: &str) -> Self {
        self.members.insert(segment.into(), HashSet::new());
        self
    }

    /// Looks who is in which segment at the start.
    pub fn begin<P: LiveProfile>(&mut self, engine: &Engine<P>) {
        for (segment, members) in &mut self.members {
            *members = engine.members(segment).map(SmolStr::new).collect();
        }
    }

    /// Counts what an engine reports.
    pub fn record<P: LiveProfile>(&mut self, output: &EngineOutput, engine: &Engine<P>) {
        let profile = &output.profile;
        match &output.kind {
            OutputKind::SegmentEntered { segment } => {
                if let Some(members) = self.members.get_mut(segment) {
                    members.insert(profile.clone());
                }
            }
            OutputKind::SegmentLeft { segment } => {
                if let Some(members) = self.members.get_mut(segment) {
                    members.remove(profile);
                }
            }
            OutputKind::Effect(effect) => self.count_sent(output, effect),
            OutputKind::Suppressed(held) => self.count_held(output, held, engine),
            OutputKind::StageChanged(_)
            | OutputKind::JourneyPassed(_)
            | OutputKind::ProfilesMerged { .. }
            | OutputKind::IdentityConflict { .. } => {}
        }
    }

    fn count_sent(&mut self, output: &EngineOutput, effect: &Effect) {
        let EffectAction::Send {
            message, channel, ..
        } = &effect.action
        else {
            return;
        };
        let declared = self.sending.messages.get(message);
        let Some(facts) = declared.and_then(|declared| declared.facts_on(channel)) else {
            return;
        };
        let delivery = PlannedDelivery {
            at: output.at.micros(),
            message: facts.clone(),
        };
        let log = self.sent.entry(output.profile.clone()).or_default();
        log.push(delivery);
        let profile = output.profile.clone();
        self.rows(output, (message, channel), |counts| {
            counts.sent.insert(profile.clone());
        });
    }

    fn count_held<P: LiveProfile>(
        &mut self,
        output: &EngineOutput,
        held: &Suppressed,
        engine: &Engine<P>,
    ) {
        let by = held_by(&held.reason);
        let messages: Vec<Arc<str>> = match (&held.message, &held.trigger) {
            (Some(message), _) => vec![message.clone()],
            // Without consent to processing a trigger as a whole does not fire.
            (None, Some(trigger)) if by == HeldBy::Consent => {
                let sends = self.sends.get(trigger).into_iter().flatten();
                sends.cloned().collect()
            }
            (None, _) => return,
        };
        let is_given_up = held.waits_until.is_none();
        for message in &messages {
            let profile = &output.profile;
            let Some(channel) = self.held_on(message, &held.reason) else {
                continue;
            };
            self.rows(output, (message, &channel), |counts| {
                counts.held.entry(by).or_default().insert(profile.clone());
                if is_given_up {
                    counts.given_up.insert(profile.clone());
                }
            });
            if let SuppressionReason::FrequencyCap { cap, .. } = held.reason {
                self.clash(output, cap, message, engine);
            }
        }
    }

    /// The channel that a message was held back on: that which is shut, or else the first of those that it may go on.
    fn held_on(&self, message: &str, reason: &SuppressionReason) -> Option<Arc<str>> {
        let declared = self.sending.messages.get(message)?;
        let first = &declared.route.channel.name;
        Some(reason.channel().unwrap_or(first).clone())
    }

    /// Finds the messages that fill a cap.
    fn clash<P: LiveProfile>(
        &mut self,
        output: &EngineOutput,
        number: usize,
        lost: &Arc<str>,
        engine: &Engine<P>,
    ) {
        let cap = number.checked_sub(1).and_then(|i| self.sending.caps.get(i));
        let (Some(cap), Some(log)) = (cap, self.sent.get(&output.profile)) else {
            return;
        };
        let (now, calendar) = (
            output.at.micros(),
            engine.calendar_of(&output.profile, output.at),
        );
        for sent in log {
            if counted_until(&sent.message, sent.at, cap, calendar, now).is_some() {
                let key = (number, sent.message.name.clone(), lost.clone());
                let people = self.clashes.entry(key).or_default();
                people.insert(output.profile.clone());
            }
        }
    }

    /// Counts in the row of everybody, and in those of the segments that the profile is in.
    fn rows(
        &mut self,
        output: &EngineOutput,
        (message, channel): (&Arc<str>, &Arc<str>),
        mut count: impl FnMut(&mut MessageCounts),
    ) {
        let day = self.zone.date(output.at.micros());
        let of = self.members.iter();
        let of = of.filter(|(_, members)| members.contains(&output.profile));
        let segments = of.map(|(segment, _)| Some(segment.clone()));
        for segment in std::iter::once(None).chain(segments) {
            let row = (day, message.clone(), channel.clone(), segment);
            count(self.messages.entry(row).or_default());
        }
    }

    /// The plan.
    #[must_use]
    pub fn build(&self) -> CommunicationPlan {
        let messages = self.messages.iter();
        let messages = messages.map(
            |((day, message, channel, segment), counts)| PlannedMessage {
                day: *day,
                message: message.clone(),
                channel: channel.clone(),
                segment: segment.clone(),
                sent: number(&counts.sent),
                held: counts.held(),
            },
        );
        let clashes = self.clashes.iter();
        let clashes = clashes.map(|((cap, won, lost), people)| CapClash {
            cap: *cap,
            won: won.clone(),
            lost: lost.clone(),
            people: number(people),
        });
        CommunicationPlan {
            messages: messages.collect(),
            clashes: clashes.collect(),
        }
    }
}

impl MessageCounts {
    fn held(&self) -> HeldMessages {
        let by = |by| self.held.get(&by).map_or(0, number);
        HeldMessages {
            cap: by(HeldBy::Cap),
            hours: by(HeldBy::Hours),
            consent: by(HeldBy::Consent),
            control_group: by(HeldBy::ControlGroup),
            other: by(HeldBy::Other),
            dropped: number(&self.given_up),
        }
    }
}

fn number(people: &HashSet<SmolStr>) -> u64 {
    u64::try_from(people.len()).unwrap_or(u64::MAX)
}

fn held_by(reason: &SuppressionReason) -> HeldBy {
    match reason {
        SuppressionReason::FrequencyCap { .. } => HeldBy::Cap,
        SuppressionReason::QuietHours { .. } => HeldBy::Hours,
        SuppressionReason::NoProcessingConsent | SuppressionReason::NoConsent { .. } => {
            HeldBy::Consent
        }
        SuppressionReason::Holdout { .. } => HeldBy::ControlGroup,
        SuppressionReason::Guard
        | SuppressionReason::NotAllowed { .. }
        | SuppressionReason::OutsideCampaign { .. }
        | SuppressionReason::Repeated
        | SuppressionReason::Reentry { .. }
        | SuppressionReason::Cooldown { .. }
        | SuppressionReason::NoVariant
        | SuppressionReason::Expired { .. }
        | SuppressionReason::RuleChanged
        | SuppressionReason::InJourney
        | SuppressionReason::JourneyOver => HeldBy::Other,
    }
}

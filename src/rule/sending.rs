//! How messages may be sent, checked: channels with their hours, messages, caps, consent, the control group.

use super::choice::{Amount, ChoiceRules};
use super::content::ContentVariants;
use super::offer::OfferRules;
use super::{Rule, ValueRule};
use crate::ir::CalendarSpan;
use crate::ir::{Lookbacks, Reads};
use crate::schema::{AttributeId, Schema};
use crate::time::CalendarUnit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that a rulebook says of sending.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sending {
    pub(crate) channels: BTreeMap<Arc<str>, Arc<Channel>>,
    pub(crate) messages: BTreeMap<Arc<str>, Arc<Message>>,
    pub(crate) offers: BTreeMap<Arc<str>, Arc<OfferRules>>,
    /// How one of several channels is chosen.
    pub(crate) choice: Option<ChoiceRules>,
    /// In order of declaration.
    pub(crate) caps: Vec<Cap>,
    /// Whether a profile's data may be processed.
    pub(crate) processing: Option<Rule>,
    /// Who gets nothing at all.
    pub(crate) holdout: Option<Draw>,
    /// The attribute whose value names a profile's zone.
    pub(crate) timezone: Option<usize>,
}

impl Sending {
    /// The conditions: those of consent, and who is told and offered what.
    fn conditions(&self) -> impl Iterator<Item = &Rule> {
        let consents = self.channels.values().filter_map(|c| c.consent.as_ref());
        let contents = self.messages.values().filter_map(|m| m.variants.as_ref());
        let contents = contents.flat_map(|variants| variants.cases.iter().map(|(_, when)| when));
        let offers = self.offers.values().flat_map(|offer| &offer.cases);
        let offers = offers.map(|(when, _)| when);
        consents
            .chain(&self.processing)
            .chain(contents)
            .chain(offers)
    }

    /// What is counted for the choice between channels.
    fn counts(&self) -> impl Iterator<Item = &ValueRule> {
        self.channels.values().flat_map(|channel| channel.counts())
    }

    /// Takes in how far back it looks.
    pub(crate) fn look_back(&self, lookbacks: &mut Lookbacks) {
        self.conditions()
            .for_each(|rule| lookbacks.add(rule.root(), 0));
        self.counts()
            .for_each(|count| lookbacks.term(count.term(), 0));
    }

    /// What of a profile it looks at.
    pub(crate) fn reads(&self, schema: &Schema) -> Reads {
        let mut reads = Reads::of_fields(schema, self.timezone.map(AttributeId::new).into_iter());
        self.conditions().for_each(|rule| reads.merge(rule.reads()));
        self.counts().for_each(|count| reads.merge(count.reads()));
        reads
    }
}

/// A channel.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) name: Arc<str>,
    /// Whether a profile may be written to.
    pub(crate) consent: Option<Rule>,
    pub(crate) hours: Hours,
    pub(crate) allows: AllowedMessages,
    /// What it is judged by where it is one of several.
    pub(crate) merits: Option<ChannelMerits>,
}

impl Channel {
    /// What is counted of it.
    pub(crate) fn counts(&self) -> impl Iterator<Item = &ValueRule> {
        let merits = self.merits.iter();
        merits.flat_map(|merits| [&merits.sent, &merits.reacted])
    }
}

/// Which messages may go on a channel at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AllowedMessages {
    /// `None`: all classes.
    pub(crate) classes: Option<Vec<Class>>,
    /// All but these.
    pub(crate) not_contents: Vec<Content>,
}

impl AllowedMessages {
    pub(crate) fn covers(&self, class: Class, content: Option<Content>) -> bool {
        let classes = self.classes.as_ref();
        classes.is_none_or(|classes| classes.contains(&class))
            && content.is_none_or(|content| !self.not_contents.contains(&content))
    }
}

/// What a channel is judged by where it is one of several.
#[derive(Clone, Debug)]
pub(crate) struct ChannelMerits {
    /// Of a message.
    pub(crate) cost: Amount,
    /// How many messages a profile got.
    pub(crate) sent: ValueRule,
    /// How many times it reacted.
    pub(crate) reacted: ValueRule,
}

/// When something may be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hours {
    /// Nothing is sent in these.
    pub(crate) quiet: Vec<Stretch>,
    /// Something is sent in these alone; where there are none, always.
    pub(crate) windows: Vec<Stretch>,
}

/// A stretch of the day, on some days of the week, as clocks show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// The days on which it starts: bit 0 is Monday.
    pub(crate) days: u8,
    /// Microseconds since midnight; belongs to it.
    pub(crate) start: i64,
    /// Microseconds since the midnight that `start` counts from; does not belong to it. More than 24 hours where the
    /// stretch ends on the next day.
    pub(crate) end: i64,
}

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) name: Arc<str>,
    pub(crate) route: Route,
    /// The other routes of which one is chosen for each profile, in order of declaration.
    pub(crate) alternatives: Vec<Route>,
    /// The message that goes in its place where it is held back. No chain of these comes back to where it began.
    pub(crate) instead: Option<Arc<str>>,
    /// What it says to whom; `None`: the same to everybody.
    pub(crate) variants: Option<ContentVariants>,
    /// What it offers.
    pub(crate) offer: Option<Arc<OfferRules>>,
}

/// A channel that a message may go on, and what the message is there.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) channel: Arc<Channel>,
    pub(crate) facts: Arc<MessageFacts>,
}

impl Route {
    /// Whether the channel is for such messages.
    pub(crate) fn is_allowed(&self) -> bool {
        (self.channel.allows).covers(self.facts.class, self.facts.content)
    }
}

impl Message {
    /// The routes, in order of declaration.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Route> {
        std::iter::once(&self.route).chain(&self.alternatives)
    }

    /// Whether its channel is chosen for each profile.
    pub(crate) fn has_choice(&self) -> bool {
        !self.alternatives.is_empty()
    }

    /// What it is on a channel.
    pub(crate) fn facts_on(&self, channel: &str) -> Option<&Arc<MessageFacts>> {
        let route = self.routes().find(|route| *route.channel.name == *channel);
        route.map(|route| &route.facts)
    }

    /// That of every route.
    pub(crate) fn class(&self) -> Class {
        self.route.facts.class
    }

    /// The conditions that say what it says and offers.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &Rule> {
        let variants = self.variants.iter().flat_map(|variants| &variants.cases);
        let offers = self.offer.iter().flat_map(|offer| &offer.cases);
        let variants = variants.map(|(_, when)| when);
        variants.chain(offers.map(|(when, _)| when))
    }
}

/// What a message is to caps. It is kept of what was sent: a message that is renamed, tagged otherwise or gone by now counts as what
/// it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MessageFacts {
    pub(crate) name: Arc<str>,
    pub(crate) channel: Arc<str>,
    pub(crate) class: Class,
    pub(crate) content: Option<Content>,
    pub(crate) tags: Vec<Arc<str>>,
}

/// What a message is, by the reason for which it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Class {
    #[default]
    Promotional,
    Newsletter,
    /// What the customer asked for or must be told: no communication consent, cap, quiet hours or control group keeps it
    /// back, unless a cap names the class.
    Transactional,
}

impl Class {
    pub(crate) const ALL: [(&'static str, Self); 3] = [
        ("promotional", Self::Promotional),
        ("newsletter", Self::Newsletter),
        ("transactional", Self::Transactional),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, class)| *class == self)
            .map_or("", |(name, _)| name)
    }
}

/// What a message is, by what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    Greeting,
    Informational,
    Reactivation,
    Service,
}

impl Content {
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("greeting", Self::Greeting),
        ("informational", Self::Informational),
        ("reactivation", Self::Reactivation),
        ("service", Self::Service),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, content)| *content == self)
            .map_or("", |(name, _)| name)
    }
}

/// At most so many messages in a period.
#[derive(Clone, Debug)]
pub(crate) struct Cap {
    /// At least 1.
    pub(crate) most: u32,
    pub(crate) period: CapPeriod,
    pub(crate) channel: Option<Arc<str>>,
    pub(crate) class: Option<Class>,
    pub(crate) content: Option<Content>,
    pub(crate) tag: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CapPeriod {
    /// A period of the profile's calendar.
    Calendar(CalendarUnit),
    /// From when a message is sent until exactly this long after.
    Rolling(CalendarSpan),
}

impl Cap {
    /// Whether it is about a message.
    pub(crate) fn covers(&self, message: &MessageFacts) -> bool {
        let class = match self.class {
            Some(class) => message.class == class,
            None => message.class != Class::Transactional,
        };
        class
            && self
                .channel
                .as_ref()
                .is_none_or(|channel| *channel == message.channel)
            && self
                .content
                .is_none_or(|content| message.content == Some(content))
            && self.tag.as_ref().is_none_or(|tag| {
                message
                    .tags
                    .iter()
                    .any(|path| crate::ir::is_under(path, tag))
            })
    }
}

/// A share in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Share(pub(crate) u32);

impl Share {
    pub(crate) const WHOLE: Share = Share(1_000_000);
}

/// A group drawn by a hash of salt and id: that of `in sample(share, "salt")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draw {
    pub(crate) salt: Arc<str>,
    pub(crate) share: Share,
}

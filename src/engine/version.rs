//! Versions of rules: eight hexadecimal digits that differ if the rules mean something else, and are the same if they are only
//! written differently or something else beside them has changed.

use crate::ir::Reads;
use crate::ir::visit::{Definition, Seen, visit};
use crate::ir::{
    CondKind, Earning, Fingerprint, Ledger, Lifecycle, Posting, Score, Segment, TermKind, Trait,
};
use crate::rule::journey::{JourneyStep, StepWait};
use crate::rule::offer::OfferRules;
use crate::rule::sending::{
    AllowedMessages, Channel, ChannelMerits, Message, MessageFacts, Sending,
};
use crate::rule::trigger::{ActionKind, Given, Occasion, Per, Trigger};
use crate::rule::wait::Wait;
use crate::rulebook::Rulebook;
use crate::schema::{Field, Schema};
use crate::syntax;
use md5::{Digest, Md5};
use std::collections::{BTreeSet, HashSet};
use std::fmt::{Display, Write as _};
use std::sync::Arc;

/// Rules spelled out: expressions in their canonical spelling, everything by its name, each name with what it says, each
/// field with its type, and the calendar.
pub(crate) struct VersionText<'r> {
    rulebook: &'r Rulebook,
    said: String,
    /// What is referred to, in whatever order it comes up.
    named: BTreeSet<String>,
    /// Definitions that were spelled already.
    seen: HashSet<(String, Fingerprint)>,
    reads: Reads,
}

impl<'r> VersionText<'r> {
    pub(crate) fn new(rulebook: &'r Rulebook) -> Self {
        let (named, seen) = (BTreeSet::new(), HashSet::new());
        let mut text = VersionText {
            rulebook,
            said: String::new(),
            named,
            seen,
            reads: Reads::default(),
        };
        let timezone = rulebook
            .sending
            .timezone
            .and_then(|i| rulebook.schema().attributes().get(i));
        text.say(format_args!(
            "{:?} {:?}",
            rulebook.context().calendar,
            timezone.map(|field| &field.name)
        ));
        text
    }

    /// Adds a part. Its length stands before it: no two lists of parts read alike.
    fn say(&mut self, part: impl Display) {
        put(&mut self.said, part);
    }

    /// The digits.
    pub(crate) fn version(mut self) -> Arc<str> {
        for named in std::mem::take(&mut self.named) {
            self.say(named);
        }
        for field in fields(&self.reads, self.rulebook.schema()) {
            self.say(field);
        }
        let digest = Md5::digest(self.said.as_bytes());
        digest
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            .into()
    }

    /// Takes in what a condition or a value refers to and reads.
    fn refer(&mut self, part: Seen<'_>) {
        visit(part, &mut |seen| self.see(seen));
        self.reads
            .merge(&Reads::of_part(part, self.rulebook.schema()));
    }

    fn see(&mut self, seen: Seen<'_>) {
        let Seen::Definition(definition) = seen else {
            return;
        };
        let key = (definition.name().to_owned(), definition.fingerprint());
        if !self.seen.insert(key) {
            return;
        }
        self.named.insert(match definition {
            Definition::Segment(of) => segment_text(of),
            Definition::Lifecycle(of) => lifecycle_text(of),
            Definition::Trait(of) => trait_text(of),
            Definition::Score(of) => score_text(of, self.rulebook),
            Definition::Ledger(of) => ledger_text(of),
        });
    }

    pub(crate) fn segment(mut self, segment: &Segment) -> Self {
        self.say(segment_text(segment));
        self.refer(Seen::Cond(&segment.cond));
        self
    }

    pub(crate) fn lifecycle(mut self, lifecycle: &Lifecycle) -> Self {
        self.stages(lifecycle);
        self
    }

    fn stages(&mut self, lifecycle: &Lifecycle) {
        self.say(lifecycle_text(lifecycle));
        lifecycle
            .stages
            .iter()
            .for_each(|stage| self.refer(Seen::Cond(&stage.cond)));
    }

    pub(crate) fn trigger(mut self, trigger: &Trigger) -> Self {
        let on = self.rulebook.document().occasion_of(&trigger.name);
        let on = on.unwrap_or_default();
        self.say(
            syntax::parse_trigger(on)
                .map_or_else(|_| on.to_owned(), |occasion| occasion.to_string()),
        );
        if let Occasion::Stage { lifecycle, .. } = &trigger.occasion
            && let Some(lifecycle) = self.rulebook.context().lifecycles.get(&**lifecycle)
        {
            self.stages(lifecycle);
        }
        if let Some(cond) = trigger.occasion.condition() {
            self.refer(Seen::Cond(&cond));
        }
        self.wait(trigger);
        self.condition(trigger.guard.as_ref());
        let Trigger {
            name,
            priority,
            again,
            cooldown,
            split,
            holdout,
            held,
            version,
            campaign,
            ..
        } = trigger;
        if let Some(campaign) = campaign {
            self.say(format_args!("{campaign:?}"));
        }
        self.say(format_args!(
            "{name:?} {priority} {again:?} {cooldown:?} {split:?} {holdout:?} {held:?} {version}"
        ));
        match &trigger.per {
            None => self.say("per profile"),
            Some(Per::Subject) => self.say("per subject"),
            Some(Per::Property(property)) => self.say(format_args!("per {}", property.name)),
        }
        for action in &trigger.actions {
            let schema = self.rulebook.schema();
            let field = |attribute: usize| schema.attributes().get(attribute).map(field_text);
            match &action.kind {
                ActionKind::Send {
                    message,
                    with,
                    refresh,
                    ..
                } => {
                    self.message(message);
                    self.say(format_args!("{:?} {with:?}", action.variant));
                    if *refresh {
                        self.say("refresh");
                    }
                }
                ActionKind::Set { attribute, to } => {
                    self.say(format_args!(
                        "{:?} set {:?} {}",
                        action.variant,
                        field(*attribute),
                        given_text(to)
                    ));
                }
                ActionKind::Add { attribute, by } => {
                    self.say(format_args!(
                        "{:?} add {:?} {}",
                        action.variant,
                        field(*attribute),
                        given_text(by)
                    ));
                }
                ActionKind::Call { name, with, .. } => {
                    self.say(format_args!("{:?} call {name:?} {with:?}", action.variant));
                }
                ActionKind::Tag(_) | ActionKind::Untag(_) => {
                    self.say(format_args!("{action:?}"));
                }
            }
            if let ActionKind::Send { values, .. } | ActionKind::Call { values, .. } = &action.kind
            {
                for (name, value) in values {
                    self.say(format_args!("{name:?} {}", canonical(value.text())));
                }
            }
            for value in action.kind.computed() {
                self.refer(Seen::Term(value.term()));
            }
        }
        self.journey(trigger);
        self
    }

    fn wait(&mut self, trigger: &Trigger) {
        let document = self.rulebook.document().triggers.get(&*trigger.name);
        let text = document.and_then(|document| document.wait.as_deref());
        self.wait_of(trigger.wait.as_ref(), text);
    }

    fn wait_of(&mut self, wait: Option<&Wait>, text: Option<&str>) {
        let (Some(wait), Some(text)) = (wait, text) else {
            return;
        };
        match syntax::parse_wait(text) {
            Ok(wait) => self.say(format_args!("wait {wait}")),
            Err(_) => self.say(text),
        }
        if let Some(date) = wait.date() {
            self.refer(Seen::Cond(&date.condition()));
        }
    }

    /// The steps. Whom a journey lets in when it is new, and which steps stand for former ones, is not what it means.
    fn journey(&mut self, trigger: &Trigger) {
        let Some(journey) = &trigger.journey else {
            return;
        };
        let document = self.rulebook.document().journeys.get(&*trigger.name);
        self.condition(journey.exit.as_ref());
        self.condition(journey.goal.as_ref().map(|goal| &goal.when));
        self.say(format_args!(
            "{:?}",
            journey.goal.as_ref().map(|goal| goal.within)
        ));
        for (i, step) in journey.steps.iter().enumerate() {
            let JourneyStep {
                name,
                wait,
                actions,
                choices,
                next,
                following: _,
            } = step;
            self.say(format_args!("{name:?} {actions:?} {next:?}"));
            let text = document.and_then(|document| document.steps.get(i)?.wait.as_deref());
            match wait {
                StepWait::Nothing => {}
                StepWait::Time(wait) => self.wait_of(Some(wait), text),
                StepWait::Answer {
                    rule,
                    at_most,
                    otherwise,
                } => {
                    self.condition(Some(rule));
                    self.say(format_args!("{at_most:?} {otherwise:?}"));
                }
            }
            for choice in choices {
                self.condition(Some(&choice.when));
                self.say(format_args!("{:?} {:?}", choice.actions, choice.go));
            }
        }
    }

    pub(crate) fn sending(mut self, sending: &Sending) -> Self {
        sending
            .channels
            .values()
            .for_each(|channel| self.channel(channel));
        sending
            .messages
            .values()
            .for_each(|message| self.message(message));
        self.condition(sending.processing.as_ref());
        self.say(format_args!("{:?} {:?}", sending.caps, sending.holdout));
        self
    }

    fn message(&mut self, message: &Message) {
        let Message {
            name,
            instead,
            route,
            alternatives,
            variants,
            offer,
        } = message;
        let MessageFacts {
            class,
            content,
            tags,
            ..
        } = &*route.facts;
        self.say(format_args!(
            "{name:?} {class:?} {content:?} {tags:?} {instead:?}"
        ));
        if let Some(variants) = variants {
            for (name, when) in &variants.cases {
                self.say(format_args!("content {name:?}"));
                self.condition(Some(when));
            }
            self.say(format_args!("content {:?}", variants.otherwise));
        }
        if let Some(offer) = offer {
            self.offer(offer);
        }
        self.channel(&route.channel);
        if message.has_choice() {
            alternatives
                .iter()
                .for_each(|route| self.channel(&route.channel));
            self.choice(message);
        }
    }

    /// What one of the channels of a message is chosen by.
    fn choice(&mut self, message: &Message) {
        let within = self.rulebook.document().choice.as_ref();
        let within = within.map(|choice| canonical(&choice.within));
        self.say(format_args!(
            "{:?} {within:?}",
            self.rulebook.sending.choice
        ));
        for merits in message
            .routes()
            .filter_map(|route| route.channel.merits.as_ref())
        {
            let ChannelMerits {
                cost,
                sent,
                reacted,
            } = merits;
            self.say(format_args!("{cost:?}"));
            for count in [sent, reacted] {
                self.say(canonical(count.text()));
                self.refer(Seen::Term(count.term()));
            }
        }
    }

    fn offer(&mut self, offer: &OfferRules) {
        let OfferRules {
            name,
            cases,
            otherwise,
            keeps,
        } = offer;
        self.say(format_args!("offer {name:?} {otherwise:?} {keeps:?}"));
        for (when, values) in cases {
            self.say(format_args!("{values:?}"));
            self.condition(Some(when));
        }
    }

    fn channel(&mut self, channel: &Channel) {
        self.say(format_args!("{:?} {:?}", channel.name, channel.hours));
        if channel.allows != AllowedMessages::default() {
            self.say(format_args!("{:?}", channel.allows));
        }
        self.condition(channel.consent.as_ref());
    }

    fn condition(&mut self, rule: Option<&crate::Rule>) {
        match rule {
            None => self.say("no condition"),
            Some(rule) => {
                self.say(rule);
                self.refer(Seen::Cond(rule.root()));
            }
        }
    }
}

fn given_text(given: &Given) -> String {
    match given {
        Given::Constant(lit) => format!("{lit:?}"),
        Given::Computed(value) => canonical(value.text()),
    }
}

fn put(text: &mut String, part: impl Display) {
    let part = part.to_string();
    let _ = write!(text, "{}:{part}", part.len());
}

/// An expression in its canonical spelling.
fn canonical(text: &str) -> String {
    syntax::parse(text).map_or_else(|_| text.to_owned(), |expr| syntax::format(&expr))
}

fn segment_text(segment: &Segment) -> String {
    let mut text = format!("segment {:?}", segment.name);
    // The text of a fixed list is its name.
    if let CondKind::OneOf { value, set, .. } = &segment.cond.kind
        && matches!(value.kind, TermKind::Id)
    {
        put(&mut text, format_args!("{set:?}"));
    } else {
        put(&mut text, canonical(&segment.text));
    }
    text
}

fn lifecycle_text(lifecycle: &Lifecycle) -> String {
    let mut text = format!(
        "lifecycle {:?} {:?} {:?}",
        lifecycle.name, lifecycle.per, lifecycle.names.values
    );
    for stage in &lifecycle.stages {
        let all = lifecycle.stage_ids().map(Some).chain([None]);
        let from: Vec<bool> = all.map(|other| stage.from.contains(other)).collect();
        put(&mut text, format_args!("{from:?}"));
        put(&mut text, canonical(&stage.text));
    }
    text
}

fn trait_text(of: &Trait) -> String {
    let mut text = format!("trait {:?} {:?}", of.name, of.term.ty);
    if let TermKind::Cases { cases, otherwise } = &of.term.kind {
        for case in cases {
            put(&mut text, format_args!("{:?}", case.value));
            put(&mut text, canonical(&case.text));
        }
        put(&mut text, format_args!("{otherwise:?}"));
    } else {
        put(&mut text, canonical(&of.text));
    }
    text
}

fn score_text(score: &Score, rulebook: &Rulebook) -> String {
    let over = rulebook
        .document()
        .scores
        .get(&score.name)
        .and_then(|document| document.over.as_deref());
    let mut text = format!("score {:?} {:?}", score.name, score.eras);
    put(&mut text, canonical(&score.text));
    put(&mut text, format_args!("{:?}", over.map(canonical)));
    text
}

fn ledger_text(ledger: &Ledger) -> String {
    let mut text = format!("ledger {:?}", ledger.name);
    for earning in &ledger.earn {
        let Earning {
            posting,
            expires,
            at_most,
        } = earning;
        put_posting(&mut text, posting);
        put(&mut text, format_args!("{expires:?} {at_most:?}"));
    }
    put(&mut text, "take");
    ledger.take.iter().for_each(|of| put_posting(&mut text, of));
    text
}

fn put_posting(text: &mut String, posting: &Posting) {
    put(text, canonical(&posting.text));
    put(text, canonical(&posting.points_text));
}

/// The fields that are read, each with its type, in whatever order they are declared.
fn fields(reads: &Reads, schema: &Schema) -> BTreeSet<String> {
    let mut texts: BTreeSet<String> = reads
        .attributes()
        .filter_map(|name| schema.attribute(name))
        .map(field_text)
        .collect();
    let kinds = reads
        .kinds()
        .filter_map(|name| schema.kind(name))
        .map(|k| (&k.name, &k.properties, k.subject));
    let relations = reads.relations().filter_map(|name| schema.relation(name));
    let relations = relations.map(|r| (&r.name, &r.properties, r.subject));
    for (name, properties, subject) in kinds.chain(relations) {
        let subject = subject
            .and_then(|i| properties.get(i))
            .map(|field| &field.name);
        texts.insert(format!("{name:?} {subject:?}"));
        let read: BTreeSet<&str> = reads
            .properties(name)
            .chain(reads.row_properties(name))
            .collect();
        let properties = properties
            .iter()
            .filter(|field| read.contains(&*field.name));
        texts.extend(properties.map(|field| format!("{name:?} {}", field_text(field))));
    }
    texts
}

/// What of a field makes a difference to those who read it.
fn field_text(field: &Field) -> String {
    let Field {
        name,
        ty,
        tracked,
        yearly,
        required: _,
        label: _,
        unit: _,
        kind: _,
        purpose: _,
        between: _,
        matches: _,
        validator: _,
    } = field;
    format!("{name:?} {ty:?} {tracked} {yearly}")
}

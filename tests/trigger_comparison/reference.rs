//! The reference for triggers: what is done for one profile and what is held back, found anew at every instant.
//!
//! It walks from quarter to quarter (and to the microsecond after each, where windows have closed), asks the reference
//! evaluator for every segment and stage, looks whether a date or a schedule falls on that very instant and whether a
//! silence has just lasted long enough, and does what the triggers say. Nothing is waited for but messages.

mod actions;
mod channels;
mod due;
mod journeys;

use crate::delivery::Sent;
use crate::rulebooks::{DAY, HOUR, Occasion, QUARTER, Rules, Trigger};
use chrono::Weekday;
use journeys::JourneyRun;
use segue::engine::{ChannelCandidate, EffectAction, PassageReason, SuppressionReason};
use segue::syntax::{Expr, parse};
use segue::value::Scalar;
use segue_test_support::reference::calendar::{Calendar, Micros};
use segue_test_support::reference::value::Value;
use segue_test_support::reference::{Event, Profile, World, data, holds};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// What a trigger did, or did not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) at: Micros,
    /// None where the host asked for the message itself.
    pub(crate) trigger: Option<String>,
    pub(crate) entered: Micros,
    pub(crate) subject: Option<String>,
    pub(crate) what: OutcomeKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OutcomeKind {
    Done {
        action: EffectAction,
        variant: Option<String>,
    },
    Held {
        message: Option<String>,
        reason: SuppressionReason,
        waits_until: Option<Micros>,
        candidates: Vec<ChannelCandidate>,
    },
    Passed {
        from: Option<String>,
        to: Option<String>,
        because: PassageReason,
        held_out: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    at: Micros,
    key: Option<String>,
    subject: Option<String>,
    /// The move that it was, from and to.
    way: Option<(Option<usize>, Option<usize>)>,
    variant: Option<&'static str>,
    /// That it began with.
    event: Option<Event>,
    /// The how manieth it is that was let in.
    number: usize,
}

impl Entry {
    fn of(self, event: &Event) -> Self {
        let event = Some(event.clone());
        Entry { event, ..self }
    }
}

/// What goes along with an effect.
type Values = BTreeMap<Arc<str>, Scalar>;

#[derive(Clone, Debug, PartialEq)]
enum Job {
    /// The message of the action at this place may go, with what was computed for it.
    /// From when on it is counted how long it waits, too.
    Again(Entry, usize, Values, Micros),
    /// Its wait is over.
    Judge(Entry),
    /// The runs of a journey are to be looked at.
    Review,
    Enter(Entry),
}

/// An offer that was told, and the first effect that told it.
#[derive(Clone, Debug)]
struct Offered {
    name: &'static str,
    at: Micros,
    percent: i64,
    effect: usize,
    is_repeated: bool,
}

/// Where the profile stands in a lifecycle, at an instant and just before it.
#[derive(Clone, Debug, Default)]
struct Course {
    at: Micros,
    before: Option<usize>,
    moves: Vec<usize>,
}

impl Course {
    fn stage(&self) -> Option<usize> {
        self.moves.last().copied().or(self.before)
    }
}

/// What triggers wait for a change of.
const ATTRIBUTES: [&str; 4] = ["status", "points", "renewal", "timezone"];

pub(crate) struct ReferenceTriggers<'a> {
    rules: &'a Rules,
    triggers: Vec<&'a Trigger>,
    guards: Vec<Option<Expr>>,
    world: Rc<World>,
    profile: Profile,
    born: Micros,
    is_unborn: bool,
    pub(crate) now: Micros,
    /// The last instant that was looked at.
    done: Micros,
    segments: BTreeMap<String, bool>,
    courses: BTreeMap<(String, Option<String>), Course>,
    /// The dates and schedules that have come, and the silences that were noticed.
    came: BTreeSet<(usize, Micros)>,
    noticed: BTreeSet<(usize, Micros, Option<String>)>,
    entered: Vec<(usize, Option<String>, Micros)>,
    /// With the number of the entry.
    acted: Vec<(usize, Option<String>, Micros, usize)>,
    sent: Vec<Sent>,
    offered: Vec<Offered>,
    /// The events of messages that have just been sent, with the message, and of passages, with the journey and the step.
    fresh: Vec<(Event, String)>,
    /// How far behind quarters something was sent: what follows a silence is sent a microsecond after one.
    offsets: BTreeSet<Micros>,
    /// With when they go on; when a wait is over is found anew each time.
    waiting: Vec<(Micros, usize, Job)>,
    /// What attributes were when they were last looked at.
    was: BTreeMap<&'static str, Option<Value>>,
    /// Those who are in the segments of journeys when they come in.
    enrolments: Vec<(usize, Entry)>,
    runs: Vec<JourneyRun>,
    /// Who has left which journey, with its key.
    left: Vec<(usize, Option<String>, Micros)>,
    /// Whether time alone is at work.
    is_time: bool,
    pub(crate) told: Vec<Outcome>,
    effects: usize,
}

impl<'a> ReferenceTriggers<'a> {
    /// A profile comes in, with its past.
    pub(crate) fn new(rules: &'a Rules, world: Rc<World>, profile: Profile, now: Micros) -> Self {
        let triggers = rules.in_order();
        let guards = triggers
            .iter()
            .map(|t| t.when.map(|text| parse(text).unwrap()))
            .collect();
        let mut reference = ReferenceTriggers {
            rules,
            triggers,
            guards,
            world,
            profile,
            born: now,
            is_unborn: false,
            now,
            done: now,
            segments: BTreeMap::new(),
            courses: BTreeMap::new(),
            came: BTreeSet::new(),
            noticed: BTreeSet::new(),
            entered: Vec::new(),
            acted: Vec::new(),
            sent: Vec::new(),
            offered: Vec::new(),
            fresh: Vec::new(),
            offsets: [0].into(),
            waiting: Vec::new(),
            was: BTreeMap::new(),
            enrolments: Vec::new(),
            runs: Vec::new(),
            left: Vec::new(),
            is_time: false,
            told: Vec::new(),
            effects: 0,
        };
        let first = reference
            .profile
            .events
            .iter()
            .map(|e| e.at)
            .min()
            .unwrap_or(now)
            .min(now)
            - DAY;
        for t in instants(first, now, &reference.offsets) {
            reference.turn(t);
        }
        let _ = reference.changed(&ATTRIBUTES);
        // What falls on the very instant of its coming is past.
        for (i, t) in reference.triggers.clone().into_iter().enumerate() {
            if reference.is_due(&t.on, now) {
                reference.came.insert((i, now));
            }
        }
        let enrolling = reference
            .triggers
            .iter()
            .enumerate()
            .filter(|(_, t)| t.journey.as_ref().is_some_and(|journey| journey.enrols));
        let inside = enrolling.filter(
            |(_, t)| matches!(t.on, Occasion::Segment { name, .. } if reference.segments[name]),
        );
        let enrolments = inside.map(|(i, _)| (i, reference.entry(now, None)));
        reference.enrolments = enrolments.collect();
        reference
    }

    fn calendar(&self) -> Calendar {
        let own = match self.attribute("timezone") {
            Some(Value::Text(name)) => name.parse::<chrono_tz::Tz>().is_ok().then_some(name),
            _ => None,
        };
        Calendar::new(own.as_ref().unwrap_or(&self.rules.book.zone), Weekday::Mon)
    }

    /// An attribute as it is now; "the value at t is that of the last change with at <= t".
    fn attribute(&self, name: &str) -> Option<Value> {
        match self.profile.histories.get(name) {
            Some(changes) => changes.iter().rfind(|(at, _)| *at <= self.now)?.1.clone(),
            None => self.profile.attributes.get(name).cloned(),
        }
    }

    /// Whether a boolean attribute is true.
    fn is(&self, attribute: &str) -> bool {
        matches!(
            self.profile.attributes.get(attribute),
            Some(Value::Bool(true))
        )
    }

    // ---- what comes in ----

    /// Nothing is known yet: what the first input leaves is what the profile is born into.
    pub(crate) fn be_unborn(&mut self) {
        self.is_unborn = true;
        // It comes into its segments at this very instant, and what falls on it is not past.
        (self.enrolments, self.came) = (Vec::new(), BTreeSet::new());
    }

    /// Everything that is due before an instant, which becomes the present one.
    pub(crate) fn advance_to(&mut self, at: Micros) {
        loop {
            let waits = self
                .waiting
                .iter()
                .map(|w| w.0)
                .min()
                .filter(|t| *t > self.done);
            let next = instants(self.done, i64::MAX, &self.offsets).next();
            let Some(next) = [waits, next]
                .into_iter()
                .flatten()
                .min()
                .filter(|t| *t < at)
            else {
                break;
            };
            self.now = self.now.max(next);
            self.tick();
        }
        self.now = self.now.max(at);
    }

    /// What time alone brings about at the present instant; what a trigger does may bring a schedule about as well.
    pub(crate) fn tick(&mut self) {
        self.done = self.now;
        self.is_time = true;
        let mut jobs = self.due();
        jobs.extend(self.reviews());
        while !jobs.is_empty() {
            self.act(jobs);
            jobs = self.due();
        }
        self.is_time = false;
    }

    fn due(&mut self) -> Vec<(usize, Job)> {
        let mut jobs = self.turn(self.now);
        jobs.extend(self.changed(&ATTRIBUTES));
        for (i, trigger) in self.triggers.clone().into_iter().enumerate() {
            if self.is_due(&trigger.on, self.now) && self.came.insert((i, self.now)) {
                jobs.push((i, Job::Enter(self.entry(self.now, None))));
            }
            if let Occasion::Silence { hours, .. } = trigger.on {
                let since = self.now - hours * HOUR - 1;
                let silent = if self.now > self.born {
                    self.silent(trigger, since)
                } else {
                    BTreeMap::new()
                };
                for (key, event) in silent {
                    if self.noticed.insert((i, since, key.clone())) {
                        let entry = self.entry(self.now, key).of(&event);
                        jobs.push((i, Job::Enter(entry)));
                    }
                }
            }
        }
        let enrolled = std::mem::take(&mut self.enrolments).into_iter();
        jobs.extend(enrolled.map(|(i, entry)| (i, Job::Enter(entry))));
        let (due, waiting) =
            std::mem::take(&mut self.waiting)
                .into_iter()
                .partition(|(at, i, job)| match job {
                    Job::Judge(entry) => self.is_over(*i, entry.at),
                    Job::Again(..) | Job::Enter(_) | Job::Review => *at <= self.now,
                });
        self.waiting = waiting;
        let due: Vec<(Micros, usize, Job)> = due;
        jobs.extend(due.into_iter().map(|(_, trigger, job)| (trigger, job)));
        jobs
    }

    /// An event, perhaps a late one.
    pub(crate) fn observe(&mut self, event: Event) {
        let key = (&event.kind, &event.id);
        let mut known = self.profile.events.iter().map(|e| (&e.kind, &e.id));
        if event.id.is_some() && known.any(|known| known == key) {
            return;
        }
        self.profile.events.push(event.clone());
        self.profile.events.sort_by_key(|e| e.at);
        let mut jobs = self.turn_or_birth();
        for (i, trigger) in self.triggers.clone().into_iter().enumerate() {
            let key = if trigger.per { category(&event) } else { None };
            match &trigger.on {
                on if on.is_event(&event) => {
                    jobs.push((i, Job::Enter(self.entry(event.at, key).of(&event))));
                }
                Occasion::Silence { first, hours, .. } if event.kind == *first => {
                    // "The event came so late that the silence is over already."
                    let end = event.at + hours * HOUR + 1;
                    if end <= self.now
                        && self.silent(trigger, event.at).contains_key(&key)
                        && self.noticed.insert((i, event.at, key.clone()))
                    {
                        jobs.push((i, Job::Enter(self.entry(end, key).of(&event))));
                    }
                }
                _ => {}
            }
        }
        jobs.extend(self.reviews());
        self.act(jobs);
    }

    /// Another value of an attribute, of a tracked one from so much later on.
    pub(crate) fn change(&mut self, attribute: &str, value: Option<Value>, later: Micros) {
        let at = self.now + later;
        match self.profile.histories.get_mut(attribute) {
            Some(changes) => {
                changes.retain(|(other, _)| *other != at);
                changes.push((at, value));
                changes.sort_by_key(|(at, _)| *at);
            }
            None => self.set(attribute, value),
        }
        let mut jobs = self.turn_or_birth();
        jobs.extend(self.changed(&ATTRIBUTES));
        jobs.extend(self.reviews());
        self.act(jobs);
    }

    /// The host gives a tag, or takes it away.
    pub(crate) fn tag(&mut self, path: &str, given: bool) {
        self.put_tag(path, given);
        let mut jobs = self.turn_or_birth();
        jobs.extend(self.reviews());
        self.act(jobs);
    }

    /// The host asks for a message.
    pub(crate) fn request(&mut self, message: &str) {
        let jobs = if self.is_unborn {
            self.turn_or_birth()
        } else {
            Vec::new()
        };
        let message = self.message(message);
        let entry = self.entry(self.now, None);
        match self.gate(&message) {
            Err(refusal) => self.hold_back(None, &message, &entry, refusal, None),
            Ok((message, chosen)) => {
                let action = self.sending(&message, chosen, None, Values::new());
                self.record(&message, None);
                self.done_by(None, &entry, action);
            }
        }
        self.act(jobs);
    }

    /// What an input turns; if it is the first of its profile, everything that the profile is then.
    fn turn_or_birth(&mut self) -> Vec<(usize, Job)> {
        let turned = self.turn(self.now);
        if !std::mem::take(&mut self.is_unborn) {
            return turned;
        }
        let courses = self.courses.clone().into_iter();
        let moves = courses.flat_map(|((lifecycle, subject), course)| {
            let stage = course.stage();
            let way = stage.map(|stage| (None, Some(stage)));
            let way = way.into_iter();
            way.flat_map(|way| self.moved(&lifecycle, &subject, way, self.now))
                .collect::<Vec<_>>()
        });
        let inside = self.segments.iter().filter(|(_, inside)| **inside);
        let entered = inside.flat_map(|(name, _)| self.crossed(name, true, self.now));
        moves.chain(entered).collect()
    }

    /// The triggers that wait for a move.
    fn moved(
        &self,
        lifecycle: &str,
        subject: &Option<String>,
        way: (Option<usize>, Option<usize>),
        t: Micros,
    ) -> Vec<(usize, Job)> {
        let stages = &self.world.lifecycles[lifecycle].stages;
        let name_of = |stage: Option<usize>| stage.map(|s| stages[s].name.as_str());
        let waiting = self.triggers.iter().enumerate().filter(|(_, trigger)| {
            let Occasion::Move {
                lifecycle: of,
                from,
                to,
                subject: about,
            } = &trigger.on
            else {
                return false;
            };
            *of == lifecycle
                && about.is_none_or(|about| subject.as_deref() == Some(about))
                && from.is_none_or(|from| name_of(way.0) == from)
                && to.is_none_or(|to| name_of(way.1) == Some(to))
        });
        let jobs = waiting.map(|(i, trigger)| {
            let key = subject.clone().filter(|_| trigger.per);
            let entry = Entry {
                subject: subject.clone(),
                way: Some(way),
                ..self.entry(t, key)
            };
            (i, Job::Enter(entry))
        });
        jobs.collect()
    }

    /// The triggers that wait for a change of what is another now than when it was last looked at.
    fn changed(&mut self, attributes: &[&'static str]) -> Vec<(usize, Job)> {
        let mut jobs = Vec::new();
        for name in attributes {
            let is = self.attribute(name);
            let was = self.was.insert(name, is.clone()).flatten();
            if is == was {
                continue;
            }
            let fits = |wanted: &Option<&str>, value: &Option<Value>| {
                wanted.is_none_or(|wanted| *value == Some(Value::Text(wanted.to_owned())))
            };
            for (i, trigger) in self.triggers.iter().enumerate() {
                if let Occasion::Change {
                    attribute,
                    from,
                    to,
                } = &trigger.on
                    && attribute == name
                    && fits(from, &was)
                    && fits(to, &is)
                {
                    jobs.push((i, Job::Enter(self.entry(self.now, None))));
                }
            }
        }
        jobs
    }

    /// The triggers that wait for a segment to be entered or left.
    fn crossed(&self, segment: &str, inside: bool, t: Micros) -> Vec<(usize, Job)> {
        let waiting = self.triggers.iter().enumerate().filter(|(_, trigger)| {
            matches!(trigger.on, Occasion::Segment { name, entered } if name == segment && entered == inside)
        });
        waiting
            .map(|(i, _)| (i, Job::Enter(self.entry(t, None))))
            .collect()
    }

    /// An effect was a message, which was sent then, or (`None`) could not be sent.
    pub(crate) fn heard(&mut self, effect: usize, sent: Option<Micros>) {
        match sent {
            Some(at) => self
                .sent
                .iter_mut()
                .filter(|s| s.effect == effect)
                .for_each(|s| s.at = at),
            None => {
                self.sent.retain(|s| s.effect != effect);
                (self.offered).retain(|o| o.effect != effect || o.is_repeated);
            }
        }
        let id = Some(format!("effect {effect}"));
        let events = &mut self.profile.events;
        match sent {
            Some(at) => events
                .iter_mut()
                .filter(|e| e.id == id)
                .for_each(|e| e.at = at.min(self.now)),
            None => events.retain(|e| e.id != id),
        }
        events.sort_by_key(|e| e.at);
        // No trigger fires.
        drop(self.turn(self.now));
    }

    /// Where the profile stands.
    pub(crate) fn is_in(&self, segment: &str) -> bool {
        self.segments[segment]
    }

    pub(crate) fn stage(&self, lifecycle: &str, subject: Option<&str>) -> Option<&str> {
        let stage = self
            .courses
            .get(&(lifecycle.to_owned(), subject.map(str::to_owned)))?
            .stage()?;
        Some(&self.world.lifecycles[lifecycle].stages[stage].name)
    }

    // ---- how it stands ----

    fn entry(&self, at: Micros, key: Option<String>) -> Entry {
        Entry {
            at,
            key,
            subject: None,
            way: None,
            variant: None,
            event: None,
            number: 0,
        }
    }

    /// Judges every segment and stage, and says which triggers wait for what has turned.
    fn turn(&mut self, t: Micros) -> Vec<(usize, Job)> {
        let mut jobs = Vec::new();
        let world = self.world.clone();
        for (name, lifecycle) in &world.lifecycles {
            let subjects: BTreeSet<Option<String>> = match &lifecycle.per {
                None => [None].into(),
                Some(_) => self
                    .profile
                    .events
                    .iter()
                    .map(category)
                    .filter(Option::is_some)
                    .collect(),
            };
            for subject in subjects {
                let seen = Profile {
                    events: (self.profile.events.iter())
                        .filter(|e| subject.is_none() || category(e) == subject)
                        .cloned()
                        .collect(),
                    ..self.profile.clone()
                };
                let holding: Vec<bool> = lifecycle
                    .stages
                    .iter()
                    .map(|s| holds(&self.world, &seen, &s.when, t))
                    .collect();
                let course = self
                    .courses
                    .entry((name.clone(), subject.clone()))
                    .or_default();
                if course.at < t {
                    *course = Course {
                        at: t,
                        before: course.stage(),
                        moves: Vec::new(),
                    };
                }
                let moves = settle(lifecycle, course.before, &holding);
                let old = std::mem::replace(&mut course.moves, moves.clone());
                let stood = old.last().copied().or(course.before);
                let ways: Vec<(Option<usize>, Option<usize>)> =
                    match moves.strip_prefix(old.as_slice()) {
                        Some(new) => {
                            let from = std::iter::once(stood).chain(new.iter().map(|s| Some(*s)));
                            from.zip(new.iter().map(|s| Some(*s))).collect()
                        }
                        None if course.stage() == stood => Vec::new(),
                        None => vec![(stood, course.stage())],
                    };
                for way in ways {
                    jobs.extend(self.moved(name, &subject, way, t));
                }
            }
        }
        for (name, rule) in &world.segments {
            let inside = holds(&self.world, &self.profile, rule, t);
            if self
                .segments
                .insert(name.clone(), inside)
                .is_some_and(|was| was != inside)
            {
                jobs.extend(self.crossed(name, inside, t));
            }
        }
        jobs
    }
}

/// The instants so far behind quarters, and a microsecond later each, after one instant and up to another.
fn instants(
    after: Micros,
    to: Micros,
    offsets: &BTreeSet<Micros>,
) -> impl Iterator<Item = Micros> + use<> {
    let offsets: BTreeSet<Micros> = offsets.iter().flat_map(|o| [*o, o + 1]).collect();
    let quarters = (after.div_euclid(QUARTER)..).map(|q| q * QUARTER);
    quarters
        .flat_map(move |q| offsets.clone().into_iter().map(move |o| q + o))
        .filter(move |t| *t > after)
        .take_while(move |t| *t <= to)
}

pub(crate) fn category(event: &Event) -> Option<String> {
    match event.props.get("category") {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

/// The stages that are entered one after the other.
fn settle(lifecycle: &data::Lifecycle, stage: Option<usize>, holding: &[bool]) -> Vec<usize> {
    let mut entered = Vec::new();
    loop {
        let present = entered.last().copied().or(stage);
        let may = |i: &usize| match lifecycle.from {
            data::From::Any => true,
            _ => present.is_none_or(|present| present < *i),
        };
        match (0..holding.len()).find(|i| holding[*i] && may(i)) {
            Some(next) if Some(next) != present => entered.push(next),
            _ => return entered,
        }
    }
}

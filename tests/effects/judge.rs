//! The reference for triggers: what is done for one profile and what is held back, found anew at every instant.
//!
//! It walks from quarter to quarter (and to the microsecond after each, where windows have closed), asks the reference
//! evaluator for every segment and stage, looks whether a date or a schedule falls on that very instant and whether a
//! silence has just lasted long enough, and does what the triggers say. Nothing is waited for but messages.

use crate::book::{Act, Again, DAY, DateOf, Every, HOUR, Message, Occasion, QUARTER, Rules, Trigger, WhenHeld};
use crate::reference::calendar::{Calendar, Micros, shift_months};
use crate::reference::value::{Ratio, Value};
use crate::reference::{Event, Profile, World, data, holds};
use crate::sending::{Sent, closed, midnight, quarters};
use chrono::{Datelike, NaiveDate, NaiveDateTime, Weekday};
use md5::{Digest as _, Md5};
use segue::Instant;
use segue::engine::{Action, Reason};
use segue::syntax::{Expr, parse};
use segue::value::Scalar;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What a trigger did, or did not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) at: Micros,
    /// None where the host asked for the message itself.
    pub(crate) trigger: Option<String>,
    pub(crate) entered: Micros,
    pub(crate) subject: Option<String>,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    Done { action: Action, variant: Option<String> },
    Held { message: Option<String>, reason: Reason, waits_until: Option<Micros> },
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    at: Micros,
    key: Option<String>,
    subject: Option<String>,
    /// The move that it was, from and to.
    way: Option<(Option<usize>, Option<usize>)>,
    variant: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq)]
enum Job {
    /// The message of the action at this place may go.
    Again(Entry, usize),
    Enter(Entry),
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

pub(crate) struct Judge<'a> {
    rules: &'a Rules,
    triggers: Vec<&'a Trigger>,
    guards: Vec<Option<Expr>>,
    world: Rc<World>,
    profile: Profile,
    born: Micros,
    pub(crate) now: Micros,
    /// The last instant that was looked at.
    done: Micros,
    segments: BTreeMap<String, bool>,
    courses: BTreeMap<(String, Option<String>), Course>,
    /// The dates and schedules that have come, and the silences that were noticed.
    came: BTreeSet<(usize, Micros)>,
    noticed: BTreeSet<(usize, Micros, Option<String>)>,
    entered: Vec<(usize, Option<String>, Micros)>,
    acted: Vec<(usize, Option<String>, Micros)>,
    sent: Vec<Sent>,
    waiting: Vec<(Micros, usize, Job)>,
    pub(crate) told: Vec<Told>,
    effects: usize,
}

impl<'a> Judge<'a> {
    /// A profile comes in, with its past.
    pub(crate) fn new(rules: &'a Rules, world: Rc<World>, profile: Profile, now: Micros) -> Self {
        let triggers = rules.in_order();
        let guards = triggers.iter().map(|t| t.when.map(|text| parse(text).unwrap())).collect();
        let mut judge = Judge {
            rules,
            triggers,
            guards,
            world,
            profile,
            born: now,
            now,
            done: now,
            segments: BTreeMap::new(),
            courses: BTreeMap::new(),
            came: BTreeSet::new(),
            noticed: BTreeSet::new(),
            entered: Vec::new(),
            acted: Vec::new(),
            sent: Vec::new(),
            waiting: Vec::new(),
            told: Vec::new(),
            effects: 0,
        };
        let first = judge.profile.events.iter().map(|e| e.at).min().unwrap_or(now).min(now) - DAY;
        for t in instants(first, now) {
            judge.turn(t);
        }
        // What falls on the very instant of its coming is past.
        for (i, t) in judge.triggers.clone().into_iter().enumerate() {
            if judge.falls(&t.on, now) {
                judge.came.insert((i, now));
            }
        }
        judge
    }

    fn calendar(&self) -> Calendar {
        let own = match self.profile.attributes.get("timezone") {
            Some(Value::Text(name)) => name.parse::<chrono_tz::Tz>().is_ok().then(|| name.clone()),
            _ => None,
        };
        Calendar::new(own.as_ref().unwrap_or(&self.rules.book.zone), Weekday::Mon)
    }

    fn holds(&self, rule: &Expr) -> bool {
        holds(&self.world, &self.profile, rule, self.now)
    }

    /// Whether a boolean attribute is true.
    fn is(&self, attribute: &str) -> bool {
        matches!(self.profile.attributes.get(attribute), Some(Value::Bool(true)))
    }

    // ---- what comes in ----

    /// Everything that is due before an instant, which becomes the present one.
    pub(crate) fn come_to(&mut self, at: Micros) {
        loop {
            let waits = self.waiting.iter().map(|w| w.0).min().filter(|t| *t > self.done);
            let next = instants(self.done, i64::MAX).next();
            let Some(next) = [waits, next].into_iter().flatten().min().filter(|t| *t < at) else { break };
            self.now = self.now.max(next);
            self.tick();
        }
        self.now = self.now.max(at);
    }

    /// What time alone brings about at the present instant; what a trigger does may bring a schedule about as well.
    pub(crate) fn tick(&mut self) {
        self.done = self.now;
        loop {
            let jobs = self.due();
            if jobs.is_empty() {
                break;
            }
            self.act(jobs);
        }
    }

    fn due(&mut self) -> Vec<(usize, Job)> {
        let mut jobs = self.turn(self.now);
        for (i, trigger) in self.triggers.clone().into_iter().enumerate() {
            if self.falls(&trigger.on, self.now) && self.came.insert((i, self.now)) {
                jobs.push((i, Job::Enter(self.entry(self.now, None))));
            }
            if let Occasion::Silence { hours, .. } = trigger.on {
                let since = self.now - hours * HOUR - 1;
                let keys = if self.now > self.born { self.silent(trigger, since) } else { BTreeSet::new() };
                for key in keys {
                    if self.noticed.insert((i, since, key.clone())) {
                        jobs.push((i, Job::Enter(self.entry(self.now, key))));
                    }
                }
            }
        }
        let due = self.waiting.extract_if(.., |w| w.0 <= self.now);
        jobs.extend(due.map(|(_, trigger, job)| (trigger, job)));
        jobs
    }

    /// An event, perhaps a late one.
    pub(crate) fn observe(&mut self, event: Event) {
        if event.id.is_some() && self.profile.events.iter().any(|e| e.id == event.id) {
            return;
        }
        self.profile.events.push(event.clone());
        self.profile.events.sort_by_key(|e| e.at);
        let mut jobs = self.turn(self.now);
        for (i, trigger) in self.triggers.clone().into_iter().enumerate() {
            let key = if trigger.per { category(&event) } else { None };
            match &trigger.on {
                Occasion::Event { kind, category: wanted }
                    if event.kind == *kind
                        && wanted.is_none_or(|wanted| category(&event).as_deref() == Some(wanted)) =>
                {
                    jobs.push((i, Job::Enter(self.entry(event.at, key))));
                }
                Occasion::Silence { first, hours, .. } if event.kind == *first => {
                    // "The event came so late that the silence is over already."
                    let end = event.at + hours * HOUR + 1;
                    if end <= self.now
                        && self.silent(trigger, event.at).contains(&key)
                        && self.noticed.insert((i, event.at, key.clone()))
                    {
                        jobs.push((i, Job::Enter(self.entry(end, key))));
                    }
                }
                _ => {}
            }
        }
        self.act(jobs);
    }

    /// Another value of an attribute.
    pub(crate) fn change(&mut self, attribute: &str, value: Option<Value>) {
        self.set(attribute, value);
        let jobs = self.turn(self.now);
        self.act(jobs);
    }

    /// The host asks for a message.
    pub(crate) fn request(&mut self, message: &str) {
        let message = self.message(message);
        let entry = self.entry(self.now, None);
        match self.gate(&message) {
            Err((reason, ..)) => self.hold(None, Some(&message), &entry, reason, None),
            Ok(()) => {
                self.sent.push(Sent { at: self.now, message: message.clone(), effect: self.effects });
                self.done_by(None, &entry, send(&message, None));
            }
        }
    }

    /// An effect was a message, which was sent then, or (`None`) could not be sent.
    pub(crate) fn heard(&mut self, effect: usize, sent: Option<Micros>) {
        match sent {
            Some(at) => self.sent.iter_mut().filter(|s| s.effect == effect).for_each(|s| s.at = at),
            None => self.sent.retain(|s| s.effect != effect),
        }
    }

    /// Where the profile stands.
    pub(crate) fn is_in(&self, segment: &str) -> bool {
        self.segments[segment]
    }

    pub(crate) fn stage(&self, lifecycle: &str, subject: Option<&str>) -> Option<&str> {
        let stage = self.courses.get(&(lifecycle.to_owned(), subject.map(str::to_owned)))?.stage()?;
        Some(&self.world.lifecycles[lifecycle].stages[stage].name)
    }

    // ---- what it brings about ----

    fn entry(&self, at: Micros, key: Option<String>) -> Entry {
        Entry { at, key, subject: None, way: None, variant: None }
    }

    /// Judges every segment and stage, and says which triggers wait for what has turned.
    fn turn(&mut self, t: Micros) -> Vec<(usize, Job)> {
        let mut jobs = Vec::new();
        let world = self.world.clone();
        for (name, lifecycle) in &world.lifecycles {
            let subjects: BTreeSet<Option<String>> = match &lifecycle.per {
                None => [None].into(),
                Some(_) => self.profile.events.iter().map(category).filter(Option::is_some).collect(),
            };
            for subject in subjects {
                let seen = Profile {
                    events: (self.profile.events.iter())
                        .filter(|e| subject.is_none() || category(e) == subject)
                        .cloned()
                        .collect(),
                    ..self.profile.clone()
                };
                let holding: Vec<bool> =
                    lifecycle.stages.iter().map(|s| holds(&self.world, &seen, &s.when, t)).collect();
                let course = self.courses.entry((name.clone(), subject.clone())).or_default();
                if course.at < t {
                    *course = Course { at: t, before: course.stage(), moves: Vec::new() };
                }
                let moves = settle(lifecycle, course.before, &holding);
                let old = std::mem::replace(&mut course.moves, moves.clone());
                let stood = old.last().copied().or(course.before);
                let ways: Vec<(Option<usize>, Option<usize>)> = match moves.strip_prefix(old.as_slice()) {
                    Some(new) => {
                        let from = std::iter::once(stood).chain(new.iter().map(|s| Some(*s)));
                        from.zip(new.iter().map(|s| Some(*s))).collect()
                    }
                    None if course.stage() == stood => Vec::new(),
                    None => vec![(stood, course.stage())],
                };
                for way in ways {
                    let name_of = |stage: Option<usize>| stage.map(|s| lifecycle.stages[s].name.as_str());
                    for (i, trigger) in self.triggers.iter().enumerate() {
                        let Occasion::Move { lifecycle: of, from, to } = &trigger.on else { continue };
                        let fits = from.is_none_or(|from| name_of(way.0) == from)
                            && to.is_none_or(|to| name_of(way.1) == Some(to));
                        if of == name && fits {
                            let key = subject.clone().filter(|_| trigger.per);
                            let entry = Entry { subject: subject.clone(), way: Some(way), ..self.entry(t, key) };
                            jobs.push((i, Job::Enter(entry)));
                        }
                    }
                }
            }
        }
        for (name, rule) in &world.segments {
            let inside = holds(&self.world, &self.profile, rule, t);
            if self.segments.insert(name.clone(), inside).is_some_and(|was| was != inside) {
                for (i, trigger) in self.triggers.iter().enumerate() {
                    if matches!(trigger.on, Occasion::Segment { name: of, entered } if of == name && entered == inside)
                    {
                        jobs.push((i, Job::Enter(self.entry(t, None))));
                    }
                }
            }
        }
        jobs
    }

    /// Lets triggers act, in order; what waits goes before what comes. What they change is judged at the same instant; a
    /// trigger on a turn does not fire twice for the same turn then.
    fn act(&mut self, mut jobs: Vec<(usize, Job)>) {
        let mut fired: Vec<(usize, Job)> = Vec::new();
        while !jobs.is_empty() {
            jobs.sort_by_key(|(trigger, job)| (*trigger, matches!(job, Job::Enter(_))));
            let mut changed = false;
            for (i, job) in jobs {
                let turns = matches!(self.triggers[i].on, Occasion::Move { .. } | Occasion::Segment { .. });
                match &job {
                    Job::Enter(entry) if turns && fired.contains(&(i, job.clone())) => {
                        self.hold(Some(i), None, entry, Reason::Repeated, None);
                    }
                    Job::Enter(entry) => changed |= self.enter(i, entry.clone()),
                    Job::Again(entry, place) => self.go(i, entry, *place),
                }
                fired.push((i, job));
            }
            jobs = if changed { self.turn(self.now) } else { Vec::new() };
        }
    }

    fn guarded(&self, i: usize) -> bool {
        self.guards[i].as_ref().is_some_and(|guard| !self.holds(guard))
    }

    /// A profile enters a trigger, if it may; whether something about it has changed.
    fn enter(&mut self, i: usize, mut entry: Entry) -> bool {
        let trigger = self.triggers[i];
        if let Some(reason) = self.refused(i, &entry) {
            self.hold(Some(i), None, &entry, reason, None);
            return false;
        }
        self.entered.push((i, entry.key.clone(), entry.at));
        entry.variant = self.variant(trigger);
        let mut changed = false;
        for (place, (act, variant)) in trigger.acts.iter().enumerate() {
            if variant.is_some() && *variant != entry.variant {
                continue;
            }
            changed |= !matches!(act, Act::Send(_) | Act::Call);
            let text = |name: &str| name.to_owned().into();
            match act {
                Act::Send(_) => self.send(i, &entry, place),
                Act::Call => {
                    self.done_by(Some(i), &entry, Action::Call { name: text("crm.task"), with: BTreeMap::new() })
                }
                Act::Tag(given) => {
                    self.profile.tags.retain(|tag| tag != "winback/2026");
                    let path = text("winback/2026");
                    if *given {
                        self.profile.tags.push("winback/2026".into());
                    }
                    self.done_by(Some(i), &entry, if *given { Action::Tag { path } } else { Action::Untag { path } });
                }
                Act::Set(to) => {
                    self.set("status", Some(Value::Text((*to).into())));
                    let action = Action::Set { attribute: text("status"), to: Scalar::Text((*to).into()) };
                    self.done_by(Some(i), &entry, action);
                }
                Act::Add(by) => {
                    let old = match self.profile.attributes.get("points") {
                        Some(Value::Exact(n)) => n.0,
                        _ => 0,
                    };
                    self.set("points", Some(Value::Exact(Ratio::whole(old + i128::from(*by)))));
                    self.done_by(Some(i), &entry, Action::Add { attribute: text("points"), by: Scalar::Whole(*by) });
                }
            }
        }
        changed
    }

    fn refused(&self, i: usize, entry: &Entry) -> Option<Reason> {
        let trigger = self.triggers[i];
        if self.guarded(i) {
            return Some(Reason::Guard);
        }
        let last = |of: &[(usize, Option<String>, Micros)]| {
            of.iter().filter(|(trigger, key, _)| *trigger == i && *key == entry.key).map(|(.., at)| *at).max()
        };
        let next = match (trigger.again, last(&self.entered)) {
            (Again::Once, Some(_)) => return Some(Reason::Again { next: None }),
            (Again::Hours(n), Some(last)) => last + n * HOUR,
            _ => entry.at,
        };
        if entry.at < next {
            return Some(Reason::Again { next: Some(Instant::from_micros(next)) });
        }
        if let Some(end) = last(&self.acted).zip(trigger.cooldown).map(|(last, n)| last + n * HOUR)
            && self.now < end
        {
            return Some(Reason::Cooldown { next: Instant::from_micros(end) });
        }
        let salt = trigger.salt.unwrap_or(&trigger.name);
        if trigger.holdout.is_some_and(|share| sample(&format!("{salt}/holdout"), &self.profile.id) < f64::from(share))
        {
            return Some(Reason::Holdout { own: true });
        }
        if self.rules.processing && !self.is("consent.processing") {
            return Some(Reason::NoProcessingConsent);
        }
        (!trigger.split.is_empty() && self.variant(trigger).is_none()).then_some(Reason::NoVariant)
    }

    /// The variants lie one above the other from the bottom, but the last one hangs from the top.
    fn variant(&self, trigger: &Trigger) -> Option<&'static str> {
        let (last, lower) = trigger.split.split_last()?;
        let salt = trigger.salt.unwrap_or(&trigger.name);
        let drawn = sample(&format!("{salt}/split"), &self.profile.id);
        let mut sum = 0;
        for (name, share) in lower {
            sum += share;
            if drawn < f64::from(sum) {
                return Some(name);
            }
        }
        (drawn >= 100.0 - f64::from(last.1)).then_some(last.0)
    }

    /// A message that was held back is looked at again.
    fn go(&mut self, i: usize, entry: &Entry, place: usize) {
        if self.guarded(i) {
            let Act::Send(name) = &self.triggers[i].acts[place].0 else { unreachable!("only messages wait") };
            return self.hold(Some(i), Some(&self.message(name)), entry, Reason::Guard, None);
        }
        self.send(i, entry, place);
    }

    fn send(&mut self, i: usize, entry: &Entry, place: usize) {
        let Act::Send(first) = &self.triggers[i].acts[place].0 else { unreachable!("it is a message") };
        let mut message = self.message(first);
        loop {
            let Err((reason, next, replaceable)) = self.gate(&message) else {
                self.sent.push(Sent { at: self.now, message: message.clone(), effect: self.effects });
                return self.done_by(Some(i), entry, send(&message, (message.name != *first).then_some(*first)));
            };
            match self.triggers[i].held {
                WhenHeld::Replace if replaceable => {
                    self.hold(Some(i), Some(&message), entry, reason, None);
                    let Some(instead) = message.instead else { return };
                    message = self.message(instead);
                }
                WhenHeld::Wait(most) if next.is_some() => {
                    let needed = next.map(|next| next - entry.at).unwrap_or_default();
                    if most.is_some_and(|most| needed > most * HOUR) {
                        let needed = Some(segue::Duration::from_micros(needed));
                        return self.hold(Some(i), Some(&message), entry, Reason::Expired { needed }, None);
                    }
                    self.hold(Some(i), Some(&message), entry, reason, next);
                    self.waiting.push((next.unwrap_or_default(), i, Job::Again(entry.clone(), place)));
                    return;
                }
                _ => return self.hold(Some(i), Some(&message), entry, reason, None),
            }
        }
    }

    /// Whether a message may be sent; why not, when nothing but time would let it go, and whether another might.
    fn gate(&self, message: &Message) -> Result<(), (Reason, Option<Micros>, bool)> {
        let channel = self.rules.channels.iter().find(|c| c.name == message.channel).unwrap();
        let asked_for = message.class == "transactional";
        if !asked_for && self.rules.holdout.is_some_and(|share| sample("2026", &self.profile.id) < f64::from(share)) {
            return Err((Reason::Holdout { own: false }, None, false));
        }
        if self.rules.processing && !self.is("consent.processing") {
            return Err((Reason::NoProcessingConsent, None, false));
        }
        if !asked_for && channel.consent && !self.is("consent.email") {
            return Err((Reason::NoConsent { channel: channel.name.into() }, None, true));
        }
        match closed(message, channel, &self.rules.caps, &self.sent, &self.calendar(), self.now) {
            None => Ok(()),
            Some((reason, next)) => Err((reason, next, true)),
        }
    }

    fn message(&self, name: &str) -> Message {
        self.rules.messages.iter().find(|m| m.name == name).unwrap().clone()
    }

    fn set(&mut self, attribute: &str, value: Option<Value>) {
        self.profile.attributes.remove(attribute);
        self.profile.attributes.extend(value.map(|value| (attribute.to_owned(), value)));
    }

    fn done_by(&mut self, trigger: Option<usize>, entry: &Entry, action: Action) {
        self.effects += 1;
        self.acted.extend(trigger.map(|i| (i, entry.key.clone(), self.now)));
        let variant = entry.variant.map(str::to_owned);
        self.tell(trigger, entry, What::Done { action, variant });
    }

    fn hold(
        &mut self,
        trigger: Option<usize>,
        message: Option<&Message>,
        entry: &Entry,
        reason: Reason,
        waits_until: Option<Micros>,
    ) {
        let message = message.map(|m| m.name.to_owned());
        self.tell(trigger, entry, What::Held { message, reason, waits_until });
    }

    fn tell(&mut self, trigger: Option<usize>, entry: &Entry, what: What) {
        let trigger = trigger.map(|i| self.triggers[i].name.clone());
        let subject = entry.subject.clone().or_else(|| entry.key.clone());
        self.told.push(Told { at: self.now, trigger, entered: entry.at, subject, what });
    }

    // ---- what has come ----

    /// The keys of the events at an instant that were followed by silence.
    fn silent(&self, trigger: &Trigger, since: Micros) -> BTreeSet<Option<String>> {
        let Occasion::Silence { first, absent, same_category, hours } = &trigger.on else { return BTreeSet::new() };
        let begun = self.profile.events.iter().filter(|e| e.kind == *first && e.at == since);
        let silent = begun.filter(|a| {
            !self.profile.events.iter().any(|b| {
                let same = category(a).is_some() && category(a) == category(b);
                b.kind == *absent && b.at > since && b.at <= since + hours * HOUR && (same || !same_category)
            })
        });
        silent.map(|e| if trigger.per { category(e) } else { None }).collect()
    }

    /// Whether a date or a schedule falls on an instant.
    fn falls(&self, occasion: &Occasion, t: Micros) -> bool {
        if t % QUARTER != 0 || !matches!(occasion, Occasion::Date { .. } | Occasion::Schedule { .. }) {
            return false;
        }
        let calendar = self.calendar();
        match occasion {
            Occasion::Date { of, days, clock } => {
                let date = match (of, self.profile.attributes.get("renewal"), self.profile.attributes.get("birthday")) {
                    (DateOf::Renewal, Some(Value::Date(date)), _) | (DateOf::Birthday, _, Some(Value::Date(date))) => {
                        *date
                    }
                    (DateOf::LastPurchase, ..) => {
                        let bought = self.profile.events.iter().filter(|e| e.kind == "purchased" && e.at <= self.now);
                        let Some(last) = bought.map(|e| e.at).max() else { return false };
                        calendar.date(last)
                    }
                    _ => return false,
                };
                let passed = calendar.local(t).year() - date.year();
                let years = if *of == DateOf::Birthday { (passed - 1).max(0)..=passed + 1 } else { 0..=0 };
                let mut dates = years.filter_map(|n| shift_months(date, i64::from(n) * 12));
                dates.any(|d| shows_first(&calendar, midnight(d) + chrono::Duration::days(*days) + quarters(*clock), t))
            }
            Occasion::Schedule { every, clock, segment } => {
                let days = (-1..=1).map(|n| calendar.local(t).date() + chrono::Duration::days(n));
                let mut meant = days.filter(|day| match every {
                    Every::Day => true,
                    Every::Weekday(wanted) => day.weekday().num_days_from_monday() == *wanted,
                    Every::DayOfMonth(wanted) => day.day() == (*wanted).min(last_day(*day)),
                });
                self.segments[*segment] && meant.any(|day| shows_first(&calendar, midnight(day) + quarters(*clock), t))
            }
            _ => false,
        }
    }
}

/// Quarters and what lies a microsecond behind them, after one instant and up to another.
fn instants(after: Micros, to: Micros) -> impl Iterator<Item = Micros> {
    let quarters = (after.div_euclid(QUARTER)..).map(|q| q * QUARTER);
    quarters.flat_map(|q| [q, q + 1]).filter(move |t| *t > after).take_while(move |t| *t <= to)
}

/// Whether an instant is the first at which clocks show a time, or more where they leave it out.
fn shows_first(calendar: &Calendar, wanted: NaiveDateTime, t: Micros) -> bool {
    let earlier = (1..=12).map(|n| t - n * QUARTER);
    calendar.local(t) >= wanted
        && calendar.local(t) - wanted < chrono::Duration::hours(3)
        && earlier.into_iter().all(|t| calendar.local(t) < wanted)
}

fn last_day(day: NaiveDate) -> u32 {
    (28..=31).filter(|n| day.with_day(*n).is_some()).max().unwrap_or(28)
}

fn category(event: &Event) -> Option<String> {
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

/// Where a profile lies between 0 and 100: the first 32 bits of the MD5 of `salt:id`.
fn sample(salt: &str, id: &str) -> f64 {
    let hash = Md5::digest(format!("{salt}:{id}"));
    f64::from(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])) / 4_294_967_296.0 * 100.0
}

fn send(message: &Message, instead_of: Option<&str>) -> Action {
    Action::Send {
        message: message.name.into(),
        channel: message.channel.into(),
        class: message.class.into(),
        content: None,
        instead_of: instead_of.map(Into::into),
        with: BTreeMap::new(),
    }
}

//! What triggers do and hold back: who enters, what acts, which message may go.

use super::channels::Refusal;
use super::{Entry, Job, Offered, Outcome, OutcomeKind, ReferenceTriggers, Values};
use crate::delivery::{Sent, counts, later_by_clock, midnight};
use crate::rulebooks::{Act, Again, HOUR, Message, Occasion, QUARTER, Trigger, WhenHeld};
use md5::{Digest as _, Md5};
use segue::Instant;
use segue::engine::{ChannelCandidate, EffectAction, MessageOffer, SuppressionReason};
use segue::syntax::parse;
use segue::value::Scalar;
use segue_test_support::reference::calendar::Micros;
use segue_test_support::reference::holds;
use segue_test_support::reference::value::{Ratio, Value};
use segue_test_support::reference::{self, Event};
use std::collections::BTreeMap;

impl ReferenceTriggers<'_> {
    /// Lets triggers act, in order; what waits goes before what comes. What they change is judged at the same instant; a
    /// trigger on a turn does not fire twice for the same turn then.
    pub(super) fn act(&mut self, mut jobs: Vec<(usize, Job)>) {
        let mut fired: Vec<(usize, Job)> = Vec::new();
        let mut answered: Vec<(usize, String)> = Vec::new();
        if !self.fresh.is_empty() {
            jobs.extend(self.turn(self.now));
            jobs.extend(self.reviews());
            jobs.extend(self.answers(&mut answered));
        }
        while !jobs.is_empty() {
            let rank = |job: &Job| match job {
                Job::Again(..) => 0,
                Job::Judge(_) | Job::Review => 1,
                Job::Enter(_) => 2,
            };
            jobs.sort_by_key(|(trigger, job)| (*trigger, rank(job)));
            let mut changed = false;
            for (i, job) in jobs {
                let turns = matches!(
                    self.triggers[i].on,
                    Occasion::Move { .. } | Occasion::Segment { .. } | Occasion::Change { .. }
                );
                match &job {
                    Job::Enter(entry) if turns && fired.contains(&(i, job.clone())) => {
                        self.hold(Some(i), None, entry, SuppressionReason::Repeated, None);
                    }
                    Job::Enter(entry) if !self.is_over(i, entry.at) => self.begin(i, entry),
                    Job::Enter(entry) | Job::Judge(entry) => {
                        changed |= self.enter(i, entry.clone());
                    }
                    Job::Again(entry, place, kept, since) => {
                        changed |= self.go(i, entry, *place, (kept.clone(), *since));
                    }
                    Job::Review => changed |= self.review(i),
                }
                fired.push((i, job));
            }
            jobs = if changed || !self.fresh.is_empty() {
                let mut jobs = self.turn(self.now);
                jobs.extend(self.changed(&["status", "points"]));
                jobs.extend(self.reviews());
                jobs.extend(self.answers(&mut answered));
                jobs
            } else {
                Vec::new()
            };
        }
    }

    /// The triggers that wait for what has just been sent; each answers a message once.
    fn answers(&mut self, answered: &mut Vec<(usize, String)>) -> Vec<(usize, Job)> {
        let mut jobs = Vec::new();
        for (event, name) in std::mem::take(&mut self.fresh) {
            for i in 0..self.triggers.len() {
                if !self.triggers[i].on.is_event(&event) {
                    continue;
                }
                let entry = self.entry(event.at, None).of(&event);
                let answer = (i, name.clone());
                if answered.contains(&answer) {
                    self.hold(Some(i), None, &entry, SuppressionReason::Repeated, None);
                } else {
                    answered.push(answer);
                    jobs.push((i, Job::Enter(entry)));
                }
            }
        }
        jobs
    }

    /// A message is sent, which caps count and conditions see. What no cap counts any more is forgotten.
    pub(super) fn record(&mut self, message: &Message, trigger: Option<usize>) {
        let (calendar, now) = (self.calendar(), self.now);
        let caps = &self.rules.caps;
        self.sent
            .retain(|sent| caps.iter().any(|cap| counts(cap, sent, &calendar, now)));
        self.sent.push(Sent {
            at: now,
            message: message.clone(),
            effect: self.effects,
        });
        let text = |text: &str| Value::Text(text.to_owned());
        let above = message.tag.split_once('/').map(|(above, _)| text(above));
        let tags = above.into_iter().chain([text(message.tag)]).collect();
        let mut props: BTreeMap<String, Value> = [
            ("message".to_owned(), text(message.name)),
            ("channel".to_owned(), text(message.channel)),
            ("class".to_owned(), text(message.class)),
            ("tags".to_owned(), Value::List(tags)),
        ]
        .into();
        if let Some(i) = trigger {
            let of = &self.triggers[i];
            let by = if of.journey.is_some() {
                "journey"
            } else {
                "trigger"
            };
            props.insert(by.to_owned(), text(&of.name));
        }
        let event = Event {
            kind: "sent".to_owned(),
            at: now,
            id: Some(format!("effect {}", self.effects)),
            props,
        };
        self.happened(event, message.name.to_owned());
    }

    /// What was told becomes an event.
    pub(super) fn happened(&mut self, event: Event, about: String) {
        self.offsets.insert(event.at % QUARTER);
        self.profile.events.push(event.clone());
        self.profile.events.sort_by_key(|e| e.at);
        self.fresh.push((event, about));
    }

    fn guarded(&self, i: usize, entry: &Entry) -> bool {
        self.guards[i].as_ref().is_some_and(|guard| {
            !in_scope(entry).holds(&self.world, &self.profile, guard, self.now)
        })
    }

    /// The value of an expression for an entry.
    fn value(&self, entry: &Entry, text: &str) -> Option<Value> {
        let expr = parse(text).unwrap();
        in_scope(entry).value(&self.world, &self.profile, &expr, self.now)
    }

    /// What goes along with an effect: `x` and the present instant.
    fn values(&self, entry: &Entry, value: Option<&str>) -> Values {
        let Some(value) = value else {
            return Values::new();
        };
        let values = [("x", value), ("now", "now")];
        let known = values
            .into_iter()
            .filter_map(|(name, value)| Some((name.into(), scalar(&self.value(entry, value)?))));
        known.collect()
    }

    /// An entry waits to be judged, unless it never could be let in.
    fn begin(&mut self, i: usize, entry: &Entry) {
        match self.entered_before(i, entry) {
            Some(next) => {
                let next = next.map(Instant::from_micros);
                self.hold(
                    Some(i),
                    None,
                    entry,
                    SuppressionReason::Reentry { next },
                    None,
                );
            }
            None => self
                .waiting
                .push((Micros::MAX, i, Job::Judge(entry.clone()))),
        }
    }

    /// Whether the last entry keeps this one from being let in, and until when; `None` in the answer: for ever.
    fn entered_before(&self, i: usize, entry: &Entry) -> Option<Option<Micros>> {
        let entered = self.entered.iter();
        let entered = entered.filter(|(trigger, key, _)| *trigger == i && *key == entry.key);
        match (self.triggers[i].again, entered.map(|(.., at)| *at).max()) {
            (Again::Once, Some(_)) => Some(None),
            (Again::Hours(n), Some(last)) => {
                Some(Some(self.later(i, last, n))).filter(|next| *next > Some(entry.at))
            }
            (Again::HoursAfterLeaving(n), _) => {
                let left = self.left.iter();
                let left = left.filter(|(journey, key, _)| *journey == i && *key == entry.key);
                let next = left.map(|(.., at)| at + n * HOUR).max()?;
                (entry.at < next).then_some(Some(next))
            }
            _ => None,
        }
    }

    /// A profile enters a trigger, if it may; whether something about it has changed.
    fn enter(&mut self, i: usize, mut entry: Entry) -> bool {
        let trigger = self.triggers[i];
        if let Some(reason) = self.refused(i, &entry) {
            let is_held_out = reason == SuppressionReason::Holdout { own: true };
            self.hold(Some(i), None, &entry, reason, None);
            if is_held_out && trigger.journey.is_some() {
                self.entered.push((i, entry.key.clone(), entry.at));
                self.hold_out(i, entry);
            }
            return false;
        }
        self.entered.push((i, entry.key.clone(), entry.at));
        entry.number = self.entered.len();
        entry.variant = self.variant(trigger);
        if trigger.journey.is_some() {
            return self.begin_run(i, entry);
        }
        let mut changed = false;
        for place in 0..trigger.acts.len() {
            changed |= self.act_at(i, &entry, place);
        }
        changed
    }

    /// Performs an act, unless it is for another variant; whether the profile has changed.
    pub(super) fn act_at(&mut self, i: usize, entry: &Entry, place: usize) -> bool {
        let (act, variant) = &self.triggers[i].acts[place];
        if variant.is_some() && *variant != entry.variant {
            return false;
        }
        let text = |name: &str| name.to_owned().into();
        match act {
            Act::Send(_, value, _) => {
                let values = self.values(entry, *value);
                self.send(i, entry, place, values);
            }
            Act::Call(value) => {
                let with = self.values(entry, *value);
                let name = text("crm.task");
                self.done_by(Some(i), entry, EffectAction::Call { name, with });
            }
            Act::Tag(given) => {
                self.put_tag("winback/2026", *given);
                let path = text("winback/2026");
                self.done_by(
                    Some(i),
                    entry,
                    if *given {
                        EffectAction::Tag { path }
                    } else {
                        EffectAction::Untag { path }
                    },
                );
            }
            Act::Set(to) => self.set_status(i, entry, (*to).into()),
            Act::SetTo(value) => match self.value(entry, value) {
                Some(Value::Text(to)) => self.set_status(i, entry, to),
                // "Where it has no value, nothing is set."
                None => return false,
                Some(other) => panic!("{other:?} is no text"),
            },
            Act::Add(by) => self.add_points(i, entry, *by),
            Act::AddOf(value) => match self.value(entry, value) {
                Some(Value::Exact(by)) => {
                    self.add_points(i, entry, i64::try_from(by.0).unwrap());
                }
                None => return false,
                Some(other) => panic!("{other:?} is no number"),
            },
        }
        !matches!(act, Act::Send(..) | Act::Call(_))
    }

    fn set_status(&mut self, i: usize, entry: &Entry, to: String) {
        self.set("status", Some(Value::Text(to.clone())));
        let action = EffectAction::Set {
            attribute: "status".into(),
            to: Scalar::Text(to),
        };
        self.done_by(Some(i), entry, action);
    }

    fn add_points(&mut self, i: usize, entry: &Entry, by: i64) {
        let old = match self.profile.attributes.get("points") {
            Some(Value::Exact(n)) => n.0,
            _ => 0,
        };
        let sum = Ratio::whole(old + i128::from(by));
        self.set("points", Some(Value::Exact(sum)));
        let action = EffectAction::Add {
            attribute: "points".into(),
            by: Scalar::Whole(by),
        };
        self.done_by(Some(i), entry, action);
    }

    fn refused(&self, i: usize, entry: &Entry) -> Option<SuppressionReason> {
        let trigger = self.triggers[i];
        if let Some((first, last)) = trigger.campaign {
            let today = self.calendar().date(self.now);
            if today < first || last < today {
                let begin = self.calendar().instant(midnight(first));
                return Some(SuppressionReason::OutsideCampaign {
                    campaign: trigger.name.as_str().into(),
                    next: (today < first).then(|| Instant::from_micros(begin)),
                });
            }
        }
        if self.guarded(i, entry) {
            return Some(SuppressionReason::Guard);
        }
        if let Some(reason) = self.journey_refusal(i, entry) {
            return Some(reason);
        }
        if let Some(next) = self.entered_before(i, entry) {
            return Some(SuppressionReason::Reentry {
                next: next.map(Instant::from_micros),
            });
        }
        if let Some((end, _)) = self.cooled(i, entry).filter(|(end, _)| self.now < *end) {
            return Some(SuppressionReason::Cooldown {
                next: Instant::from_micros(end),
            });
        }
        let salt = trigger.salt.unwrap_or(&trigger.name);
        if trigger.holdout.is_some_and(|share| {
            sample(&format!("{salt}/holdout"), &self.profile.id) < f64::from(share)
        }) {
            return Some(SuppressionReason::Holdout { own: true });
        }
        if self.rules.processing && !self.is("consent.processing") {
            return Some(SuppressionReason::NoProcessingConsent);
        }
        (!trigger.split.is_empty() && self.variant(trigger).is_none())
            .then_some(SuppressionReason::NoVariant)
    }

    /// When the cooldown after the last effect ends, and of which entry that was.
    fn cooled(&self, i: usize, entry: &Entry) -> Option<(Micros, usize)> {
        let (.., at, number) = self
            .acted
            .iter()
            .rfind(|(trigger, key, ..)| *trigger == i && *key == entry.key)?;
        Some((self.later(i, *at, self.triggers[i].cooldown?), *number))
    }

    /// So many hours later; of what comes by the clock, whole days are those of the calendar.
    fn later(&self, i: usize, at: Micros, hours: i64) -> Micros {
        let by_clock = matches!(
            self.triggers[i].on,
            Occasion::Date { .. } | Occasion::Schedule { .. }
        );
        if by_clock {
            later_by_clock(&self.calendar(), at, hours)
        } else {
            at + hours * HOUR
        }
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
    fn go(
        &mut self,
        i: usize,
        entry: &Entry,
        place: usize,
        (kept, since): (Values, Micros),
    ) -> bool {
        let Act::Send(name, value, refresh) = &self.triggers[i].acts[place].0 else {
            unreachable!("only messages wait")
        };
        let is_journey = self.triggers[i].journey.is_some();
        let mut changed = false;
        if is_journey {
            // The goal and the exit come first.
            let job = Job::Again(entry.clone(), place, kept.clone(), since);
            self.waiting.push((self.now, i, job.clone()));
            changed = self.go_on(i, &entry.key);
            let mut waiting = self.waiting.iter();
            let Some(at) = waiting.position(|(_, of, other)| *of == i && *other == job) else {
                return changed;
            };
            self.waiting.remove(at);
        }
        if self.is_over_for(i, self.now) {
            let message = self.message(name);
            return self.expire(i, &message, entry, self.now - since);
        }
        if !is_journey && self.guarded(i, entry) {
            self.hold(
                Some(i),
                Some(&self.message(name)),
                entry,
                SuppressionReason::Guard,
                None,
            );
            return false;
        }
        let values = if *refresh {
            self.values(entry, *value)
        } else {
            kept
        };
        self.send_since(i, entry, place, (values, since));
        changed | (is_journey && self.behind(i, entry, place))
    }

    /// "A message that would have to wait beyond the last day of its campaign is given up"; of journeys it is not.
    fn is_over_for(&self, i: usize, at: Micros) -> bool {
        let trigger = self.triggers[i];
        let campaign = trigger.campaign.filter(|_| trigger.journey.is_none());
        campaign.is_some_and(|(_, last)| last < self.calendar().date(at))
    }

    /// Gives a message up that would have to wait so long.
    fn expire(&mut self, i: usize, message: &Message, entry: &Entry, needed: Micros) -> bool {
        let needed = Some(segue::Duration::from_micros(needed));
        let reason = SuppressionReason::Expired { needed };
        self.hold(Some(i), Some(message), entry, reason, None);
        false
    }

    /// The message that an act sends.
    pub(super) fn message_at(&self, i: usize, place: usize) -> Message {
        let Act::Send(name, ..) = &self.triggers[i].acts[place].0 else {
            unreachable!("it is a message")
        };
        self.message(name)
    }

    /// "What waits is held back by the cooldown as well, unless the last effect was of the same entry."
    fn cools(&self, i: usize, entry: &Entry) -> Result<(), Refusal> {
        match self.cooled(i, entry) {
            Some((end, number)) if self.now < end && number != entry.number => {
                let next = Instant::from_micros(end);
                let reason = SuppressionReason::Cooldown { next };
                Err(Refusal {
                    is_replaceable: false,
                    ..Refusal::of_time(reason, Some(end))
                })
            }
            _ => Ok(()),
        }
    }

    fn send(&mut self, i: usize, entry: &Entry, place: usize, values: Values) {
        let since = match self.triggers[i].journey {
            Some(_) => self.now,
            None => entry.at,
        };
        self.send_since(i, entry, place, (values, since));
    }

    /// Sends a message that waits since an instant, or waits from now on.
    fn send_since(
        &mut self,
        i: usize,
        entry: &Entry,
        place: usize,
        (values, since): (Values, Micros),
    ) {
        let Act::Send(first, ..) = &self.triggers[i].acts[place].0 else {
            unreachable!("it is a message")
        };
        let held = self.triggers[i].held;
        let replaces = matches!(held, WhenHeld::Replace | WhenHeld::ReplaceOrWait(_));
        let mut all = Vec::new();
        let mut message = self.message(first);
        loop {
            let refusal = match self.cools(i, entry).and_then(|()| self.gate(&message)) {
                Ok((message, chosen)) => {
                    for (message, refusal) in all {
                        self.hold_back(Some(i), &message, entry, refusal, None);
                    }
                    let instead_of = (message.name != *first).then_some(*first);
                    let action = self.sending(&message, chosen, instead_of, values);
                    self.record(&message, Some(i));
                    return self.done_by(Some(i), entry, action);
                }
                Err(refusal) => refusal,
            };
            let instead = message.instead;
            let is_replaceable = refusal.is_replaceable;
            all.push((message, refusal));
            match instead.filter(|_| replaces && is_replaceable) {
                Some(instead) => message = self.message(instead),
                None => break,
            }
        }
        let most = match held {
            WhenHeld::Wait(most) | WhenHeld::ReplaceOrWait(most) => Some(most),
            WhenHeld::Skip | WhenHeld::Replace => None,
        };
        // "If none of them may go, the first waits."
        let (first, refusal) = all.remove(0);
        let in_time = |most: Option<i64>, next: Micros| {
            most.is_none_or(|most| next - since <= most * HOUR) && !self.is_over_for(i, next)
        };
        match (most, refusal.next) {
            (Some(most), Some(next)) if in_time(most, next) => {
                self.hold_back(Some(i), &first, entry, refusal, Some(next));
                let job = Job::Again(entry.clone(), place, values, since);
                self.waiting.push((next, i, job));
            }
            (Some(_), Some(next)) => {
                let needed = Some(segue::Duration::from_micros(next - since));
                let reason = SuppressionReason::Expired { needed };
                let expired = Refusal { reason, ..refusal };
                self.hold_back(Some(i), &first, entry, expired, None);
            }
            _ => self.hold_back(Some(i), &first, entry, refusal, None),
        }
        for (message, refusal) in all {
            self.hold_back(Some(i), &message, entry, refusal, None);
        }
    }

    /// A message as it goes now: "the first variant whose condition holds".
    pub(super) fn sending(
        &mut self,
        message: &Message,
        chosen: Vec<ChannelCandidate>,
        instead_of: Option<&str>,
        with: Values,
    ) -> EffectAction {
        let first = message.variants.iter().find(|(_, when)| {
            let when = parse(when).unwrap();
            holds(&self.world, &self.profile, &when, self.now)
        });
        let content_variant = match (message.variants.is_empty(), first) {
            (true, _) => None,
            (false, Some((name, _))) => Some((*name).into()),
            (false, None) => Some("rest".into()),
        };
        EffectAction::Send {
            message: message.name.into(),
            channel: message.channel.into(),
            chosen,
            class: message.class.into(),
            content: None,
            content_variant,
            offer: message.offer.map(|name| self.offer(name)),
            instead_of: instead_of.map(Into::into),
            with,
        }
    }

    /// An offer as the effect that comes now tells it: "what was told first stays".
    fn offer(&mut self, name: &'static str) -> MessageOffer {
        let rules = self.rules.offers.iter().find(|o| o.name == name).unwrap();
        let stays = |o: &&mut Offered| {
            o.name == name
                && rules
                    .keeps
                    .is_some_and(|keeps| self.now < o.at + keeps * HOUR)
        };
        let percent = match self.offered.iter_mut().rfind(stays) {
            Some(offered) => {
                offered.is_repeated = true;
                offered.percent
            }
            None => {
                let first = rules.cases.iter().find(|(when, _)| {
                    let when = parse(when).unwrap();
                    holds(&self.world, &self.profile, &when, self.now)
                });
                let percent = first.map_or(10, |(_, percent)| *percent);
                self.offered.push(Offered {
                    name,
                    at: self.now,
                    percent,
                    effect: self.effects,
                    is_repeated: false,
                });
                percent
            }
        };
        MessageOffer {
            name: name.into(),
            values: [("percent".into(), Scalar::Whole(percent))].into(),
        }
    }

    pub(super) fn message(&self, name: &str) -> Message {
        self.rules
            .messages
            .iter()
            .find(|m| m.name == name)
            .unwrap()
            .clone()
    }

    pub(super) fn put_tag(&mut self, path: &str, given: bool) {
        self.profile.tags.retain(|tag| tag != path);
        if given {
            self.profile.tags.push(path.to_owned());
        }
    }

    pub(super) fn set(&mut self, attribute: &str, value: Option<Value>) {
        self.profile.attributes.remove(attribute);
        self.profile
            .attributes
            .extend(value.map(|value| (attribute.to_owned(), value)));
    }

    pub(super) fn done_by(&mut self, trigger: Option<usize>, entry: &Entry, action: EffectAction) {
        self.effects += 1;
        self.acted
            .extend(trigger.map(|i| (i, entry.key.clone(), self.now, entry.number)));
        let variant = entry.variant.map(str::to_owned);
        self.tell(trigger, entry, OutcomeKind::Done { action, variant });
    }

    pub(super) fn hold(
        &mut self,
        trigger: Option<usize>,
        message: Option<&Message>,
        entry: &Entry,
        reason: SuppressionReason,
        waits_until: Option<Micros>,
    ) {
        let message = message.map(|m| m.name.to_owned());
        let what = OutcomeKind::Held {
            message,
            reason,
            waits_until,
            candidates: Vec::new(),
        };
        self.tell(trigger, entry, what);
    }

    pub(super) fn hold_back(
        &mut self,
        trigger: Option<usize>,
        message: &Message,
        entry: &Entry,
        refusal: Refusal,
        waits_until: Option<Micros>,
    ) {
        let what = OutcomeKind::Held {
            message: Some(message.name.to_owned()),
            reason: refusal.reason,
            waits_until,
            candidates: refusal.candidates,
        };
        self.tell(trigger, entry, what);
    }

    fn tell(&mut self, trigger: Option<usize>, entry: &Entry, what: OutcomeKind) {
        let trigger = trigger.map(|i| self.triggers[i].name.clone());
        let subject = entry.subject.clone().or_else(|| entry.key.clone());
        self.told.push(Outcome {
            at: self.now,
            trigger,
            entered: entry.at,
            subject,
            what,
        });
    }
}

/// Where a profile lies between 0 and 100: the first 32 bits of the MD5 of `salt:id`.
pub(super) fn sample(salt: &str, id: &str) -> f64 {
    let hash = Md5::digest(format!("{salt}:{id}"));
    f64::from(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])) / 4_294_967_296.0 * 100.0
}

/// What an entry is to the reference of expressions.
pub(super) fn in_scope(entry: &Entry) -> reference::Entry<'_> {
    reference::Entry {
        entered: entry.at,
        subject: entry.subject.as_deref(),
        event: entry.event.as_ref().map(|event| ("a", event)),
    }
}

/// A value as an effect has it.
fn scalar(value: &Value) -> Scalar {
    match value {
        Value::Bool(holds) => Scalar::Bool(*holds),
        Value::Text(text) => Scalar::Text(text.clone()),
        Value::Exact(number) => Scalar::Whole(i64::try_from(number.0).unwrap()),
        Value::Instant(at) => Scalar::Text(Instant::from_micros(*at).to_string()),
        other => panic!("{other:?} is not asked for"),
    }
}

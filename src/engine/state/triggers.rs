//! What an engine remembers of one profile's triggers.
//!
//! A trigger is a journey of one step. What it can have going on for a profile are *timers*, which may start an entry later
//! (a date, the end of a silence), and *instances*: entries that have started, each at a position in the trigger's actions,
//! that wait for something before they continue.

use super::deliveries::DeliveryLog;
use super::entry::TriggerEntry;
use super::entry_event::KeptValues;
use super::journeys::JourneyRuns;
use crate::engine::ids::TriggerId;
use crate::time::NEVER;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::sync::Arc;

/// The triggers' side of a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TriggerState {
    /// By instant and trigger.
    timers: Vec<EntryTimer>,
    /// By the instant at which they continue, and trigger.
    instances: Vec<Instance>,
    /// By trigger and key.
    records: Vec<EntryRecord>,
    /// The triggers whose date or schedule came at an instant, the last at which one did.
    fired_dates: (i64, Vec<TriggerId>),
    /// Where the profile is in journeys.
    pub(crate) runs: JourneyRuns,
    pub(crate) deliveries: DeliveryLog,
}

/// An entry that may start at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntryTimer {
    pub(crate) at: i64,
    pub(crate) trigger: TriggerId,
    pub(crate) kind: TimerKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TimerKind {
    /// A date or a schedule comes.
    Date,
    /// An attribute is known to change.
    Change,
    /// A silence that began then is over.
    Silence { since: i64 },
    /// The profile is in the segment of a journey that is new.
    Enrolment,
}

/// An entry that has started and waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Instance {
    /// When it continues.
    pub(crate) due: i64,
    pub(crate) trigger: TriggerId,
    pub(crate) entry: TriggerEntry,
    pub(crate) position: Position,
    pub(crate) waits_for: WaitsFor,
    /// From when on it is counted how long it waits.
    pub(crate) since: i64,
}

impl Instance {
    /// Whether it is an entry into a trigger that waits to be judged.
    fn is_waiting(&self, trigger: TriggerId) -> bool {
        self.trigger == trigger && self.waits_for == WaitsFor::WaitEnd
    }
}

/// The action at which an instance stands, by its number in the trigger as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Position(pub(crate) usize);

/// What an instance waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum WaitsFor {
    /// That a message may be sent. The action is found by the message's name if the rules have changed.
    Delivery {
        message: Arc<str>,
        /// What goes along with it, as it was computed when the trigger fired.
        #[serde(default)]
        values: KeptValues,
    },
    /// That the trigger's wait is over; then the entry is judged.
    WaitEnd,
}

impl WaitsFor {
    /// The message that waits.
    fn message(self) -> Option<Arc<str>> {
        match self {
            WaitsFor::Delivery { message, .. } => Some(message),
            WaitsFor::WaitEnd => None,
        }
    }
}

/// The last entry into a trigger, of one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EntryRecord {
    pub(crate) trigger: TriggerId,
    pub(crate) key: Option<Arc<str>>,
    /// When the profile last entered.
    pub(crate) entered: i64,
    /// When the trigger last acted.
    pub(crate) acted: Option<i64>,
    /// When the profile last left, if it is a journey.
    pub(crate) left: Option<i64>,
    /// How many entries there were at the instant of the last.
    pub(crate) entries_then: u32,
    /// The entry that acted last, if the trigger has a cooldown: what still waits of it is not held back by itself.
    #[serde(default)]
    pub(crate) actor: Option<Box<TriggerEntry>>,
}

impl EntryRecord {
    fn new(trigger: TriggerId, key: Option<Arc<str>>) -> Self {
        EntryRecord {
            trigger,
            key,
            entered: i64::MIN,
            acted: None,
            left: None,
            entries_then: 0,
            actor: None,
        }
    }

    /// Records an entry at an instant; how many came before it at that instant.
    pub(crate) fn enter(&mut self, at: i64) -> u32 {
        let before = if self.entered == at {
            self.entries_then
        } else {
            0
        };
        self.entries_then = before + 1;
        self.entered = self.entered.max(at);
        before
    }
}

impl TriggerState {
    pub(crate) const EMPTY: TriggerState = TriggerState {
        timers: Vec::new(),
        instances: Vec::new(),
        records: Vec::new(),
        fired_dates: (0, Vec::new()),
        runs: JourneyRuns::EMPTY,
        deliveries: DeliveryLog::EMPTY,
    };

    /// The first instant at which a timer, an instance or a run of a journey is due.
    pub(crate) fn next_due(&self) -> i64 {
        let timer = self.timers.first().map_or(NEVER, |timer| timer.at);
        let instance = self.instances.first().map_or(NEVER, |i| i.due);
        timer.min(instance).min(self.runs.next_due())
    }

    pub(crate) fn add_timer(&mut self, timer: EntryTimer) {
        let i = self
            .timers
            .partition_point(|t| (t.at, t.trigger) <= (timer.at, timer.trigger));
        self.timers.insert(i, timer);
    }

    pub(crate) fn add_instance(&mut self, instance: Instance) {
        let i = self
            .instances
            .partition_point(|i| (i.due, i.trigger) <= (instance.due, instance.trigger));
        self.instances.insert(i, instance);
    }

    /// Whether an entry into a trigger waits to be judged.
    pub(crate) fn has_waiting(&self, trigger: TriggerId) -> bool {
        self.instances.iter().any(|i| i.is_waiting(trigger))
    }

    /// The entries into a trigger that wait to be judged, as they came.
    pub(crate) fn waiting_entries(
        &self,
        trigger: TriggerId,
    ) -> impl Iterator<Item = &TriggerEntry> {
        let instances = self.instances.iter();
        let waiting = instances.filter(move |i| i.is_waiting(trigger));
        waiting.map(|i| &i.entry)
    }

    /// Takes out the entries into a trigger that wait to be judged.
    pub(crate) fn take_waiting(&mut self, trigger: TriggerId) -> Vec<Instance> {
        let all = self.instances.extract_if(.., |i| i.is_waiting(trigger));
        all.collect()
    }

    /// Takes out the timers that are due, in order.
    pub(crate) fn take_timers(&mut self, now: i64) -> Vec<EntryTimer> {
        let n = self.timers.partition_point(|timer| timer.at <= now);
        self.timers.drain(..n).collect()
    }

    /// Takes out the instances that continue, in order.
    pub(crate) fn take_instances(&mut self, now: i64) -> Vec<Instance> {
        let n = self.instances.partition_point(|i| i.due <= now);
        self.instances.drain(..n).collect()
    }

    /// Sets when the date of a trigger comes next; [`NEVER`] if it does not.
    pub(crate) fn set_date(&mut self, trigger: TriggerId, at: i64) {
        self.set_timer(trigger, TimerKind::Date, at);
    }

    /// Sets when the attribute of a trigger changes next by itself; [`NEVER`] if it does not.
    pub(crate) fn set_change(&mut self, trigger: TriggerId, at: i64) {
        self.set_timer(trigger, TimerKind::Change, at);
    }

    fn set_timer(&mut self, trigger: TriggerId, kind: TimerKind, at: i64) {
        let is_same = |t: &EntryTimer| t.trigger == trigger && t.kind == kind;
        if let Some(i) = self.timers.iter().position(is_same) {
            if self.timers.get(i).is_some_and(|timer| timer.at == at) {
                return;
            }
            self.timers.remove(i);
        }
        if at != NEVER {
            self.add_timer(EntryTimer { at, trigger, kind });
        }
    }

    /// When the date of a trigger comes next.
    pub(crate) fn next_date(&self, trigger: TriggerId) -> Option<i64> {
        self.timer(trigger, TimerKind::Date)
    }

    /// When the attribute of a trigger changes next by itself.
    pub(crate) fn next_change(&self, trigger: TriggerId) -> Option<i64> {
        self.timer(trigger, TimerKind::Change)
    }

    fn timer(&self, trigger: TriggerId, kind: TimerKind) -> Option<i64> {
        let mut timers = self.timers.iter();
        let timer = timers.find(|timer| timer.trigger == trigger && timer.kind == kind);
        timer.map(|timer| timer.at)
    }

    /// Records that the date of a trigger came.
    pub(crate) fn date_fired(&mut self, trigger: TriggerId, at: i64) {
        if self.fired_dates.0 != at {
            self.fired_dates = (at, Vec::new());
        }
        self.fired_dates.1.push(trigger);
    }

    /// Whether the date of a trigger came at an instant, which is not before the last one.
    pub(crate) fn has_date_fired(&self, trigger: TriggerId, at: i64) -> bool {
        self.fired_dates.0 == at && self.fired_dates.1.contains(&trigger)
    }

    /// Drops the timers of silences that end after an instant.
    pub(crate) fn drop_silences(&mut self, after: i64) {
        self.timers.retain(|timer| match timer.kind {
            TimerKind::Silence { .. } => timer.at <= after,
            TimerKind::Date | TimerKind::Change | TimerKind::Enrolment => true,
        });
    }

    /// Whether there is a timer for the silence that began at an instant.
    pub(crate) fn has_silence(&self, trigger: TriggerId, since: i64) -> bool {
        self.timers
            .iter()
            .any(|timer| timer.trigger == trigger && timer.kind == TimerKind::Silence { since })
    }

    /// The record of a trigger and a key; `None` if the profile has not entered.
    pub(crate) fn record(&self, trigger: TriggerId, key: Option<&str>) -> Option<&EntryRecord> {
        self.position(trigger, key)
            .ok()
            .and_then(|i| self.records.get(i))
    }

    /// Changes the record of a trigger and a key.
    pub(crate) fn update_record<T>(
        &mut self,
        trigger: TriggerId,
        key: Option<&Arc<str>>,
        update: impl FnOnce(&mut EntryRecord) -> T,
    ) -> T {
        match self.position(trigger, key.map(|key| &**key)) {
            Ok(i) if let Some(record) = self.records.get_mut(i) => update(record),
            Ok(i) | Err(i) => {
                let mut record = EntryRecord::new(trigger, key.cloned());
                let result = update(&mut record);
                self.records.insert(i, record);
                result
            }
        }
    }

    fn position(&self, trigger: TriggerId, key: Option<&str>) -> Result<usize, usize> {
        self.records
            .binary_search_by(|r| (r.trigger, r.key.as_deref()).cmp(&(trigger, key)))
    }

    /// Forgets the records that are not to be kept; whether there were any. Those of triggers of which an entry still waits to
    /// be judged are kept: it came before whatever happens now.
    pub(crate) fn forget_records(&mut self, mut keep: impl FnMut(&EntryRecord) -> bool) -> bool {
        let TriggerState {
            records, instances, ..
        } = self;
        let n = records.len();
        records.retain(|r| keep(r) || instances.iter().any(|i| i.is_waiting(r.trigger)));
        records.len() != n
    }

    /// Whether a message of an entry waits.
    pub(crate) fn has_instance(&self, trigger: TriggerId, entry: &TriggerEntry) -> bool {
        let mut instances = self.instances.iter();
        instances.any(|i| i.trigger == trigger && i.entry == *entry)
    }

    /// Takes out the messages of an entry that wait; their names.
    pub(crate) fn take_messages(
        &mut self,
        trigger: TriggerId,
        entry: &TriggerEntry,
    ) -> Vec<Arc<str>> {
        let of_entry = |i: &mut Instance| i.trigger == trigger && i.entry == *entry;
        let taken = self.instances.extract_if(.., of_entry);
        taken.filter_map(|i| i.waits_for.message()).collect()
    }

    /// Whether everything belongs to known triggers and instants, and is in order.
    pub(crate) fn is_sound(
        &self,
        is_known: impl Fn(TriggerId) -> bool,
        is_instant: impl Fn(i64) -> bool,
        is_to_come: impl Fn(i64) -> bool,
    ) -> bool {
        let timers = self.timers.iter().map(|t| (t.at, t.trigger));
        let instances = self.instances.iter().map(|i| (i.due, i.trigger));
        let mut records = self.records.iter().map(|r| (r.entered, r.trigger));
        let silences = self.timers.iter().filter_map(|timer| match timer.kind {
            TimerKind::Date | TimerKind::Change | TimerKind::Enrolment => None,
            TimerKind::Silence { since } => Some(since),
        });
        let acted =
            (self.records.iter()).flat_map(|record| record.acted.into_iter().chain(record.left));
        let entries = (self.instances.iter()).flat_map(|i| [i.entry.at, i.since]);
        let mut waiting = timers.clone().chain(instances.clone());
        let mut instants = silences
            .chain(acted)
            .chain(entries)
            .chain(self.deliveries.instants());
        waiting.all(|(at, trigger)| is_to_come(at) && is_known(trigger))
            && records.all(|(at, trigger)| is_instant(at) && is_known(trigger))
            && self.fired_dates.1.iter().all(|trigger| is_known(*trigger))
            && instants.all(is_instant)
            && timers.is_sorted()
            && instances.is_sorted()
            && self
                .records
                .is_sorted_by_key(|r| (r.trigger, r.key.clone()))
    }

    /// Whether anything was done, or a message was sent.
    pub(crate) fn has_acted(&self) -> bool {
        self.records.iter().any(|record| record.acted.is_some()) || !self.deliveries.is_empty()
    }

    /// Takes in what is remembered of another profile of the same person, at an instant. Silences that end later are found anew
    /// from the events of both.
    /// `is_repeated` says of which triggers any number of entries may wait.
    pub(crate) fn merge(
        &mut self,
        other: TriggerState,
        now: i64,
        is_repeated: impl Fn(TriggerId) -> bool,
    ) {
        self.merge_timers(other.timers, now);
        self.merge_instances(other.instances, is_repeated);
        self.merge_records(other.records);
        self.merge_fired_dates(other.fired_dates);
        self.runs.merge(other.runs);
        self.drop_messages_without_run();
        self.deliveries.merge(other.deliveries, now);
    }

    /// Of two runs of a journey one goes on, and what waits of the other goes with it.
    fn drop_messages_without_run(&mut self) {
        let runs = &self.runs;
        self.instances.retain(|instance| {
            let run = runs.of(instance.trigger, instance.entry.key.as_deref());
            run.is_none_or(|run| *run.entry == instance.entry)
        });
    }

    /// What is due at this very instant still comes, once.
    fn merge_timers(&mut self, timers: Vec<EntryTimer>, now: i64) {
        for timer in timers.into_iter().filter(|timer| timer.at <= now) {
            match timer.kind {
                TimerKind::Date | TimerKind::Change => {
                    let next = self.timer(timer.trigger, timer.kind).unwrap_or(NEVER);
                    self.set_timer(timer.trigger, timer.kind, next.min(timer.at));
                }
                TimerKind::Silence { .. } | TimerKind::Enrolment => {
                    if !self.timers.contains(&timer) {
                        self.add_timer(timer);
                    }
                }
            }
        }
    }

    /// What waits twice goes once: of two instances of a trigger that wait for the same, for the same key, the one that entered
    /// first. Where a trigger takes any number of entries, all of them are judged.
    fn merge_instances(
        &mut self,
        instances: Vec<Instance>,
        is_repeated: impl Fn(TriggerId) -> bool,
    ) {
        for instance in instances {
            let same = self.instances.iter().position(|known| {
                known.trigger == instance.trigger
                    && known.entry.key == instance.entry.key
                    && known.position == instance.position
                    && match (&known.waits_for, &instance.waits_for) {
                        (
                            WaitsFor::Delivery { message: ours, .. },
                            WaitsFor::Delivery {
                                message: theirs, ..
                            },
                        ) => ours == theirs,
                        (WaitsFor::WaitEnd, WaitsFor::WaitEnd) => !is_repeated(known.trigger),
                        (WaitsFor::Delivery { .. }, WaitsFor::WaitEnd)
                        | (WaitsFor::WaitEnd, WaitsFor::Delivery { .. }) => false,
                    }
            });
            match same {
                Some(i)
                    if self
                        .instances
                        .get(i)
                        .is_some_and(|i| i.entry.at <= instance.entry.at) => {}
                Some(i) => {
                    self.instances.remove(i);
                    self.add_instance(instance);
                }
                None => self.add_instance(instance),
            }
        }
    }

    /// The later entry counts, and the later action.
    fn merge_records(&mut self, records: Vec<EntryRecord>) {
        for theirs in records {
            let key = theirs.key.clone();
            self.update_record(theirs.trigger, key.as_ref(), |ours| {
                ours.entries_then = match ours.entered.cmp(&theirs.entered) {
                    Ordering::Less => theirs.entries_then,
                    Ordering::Equal => ours.entries_then.saturating_add(theirs.entries_then),
                    Ordering::Greater => ours.entries_then,
                };
                ours.entered = ours.entered.max(theirs.entered);
                ours.left = ours.left.max(theirs.left);
                if theirs.acted > ours.acted {
                    (ours.acted, ours.actor) = (theirs.acted, theirs.actor);
                }
            });
        }
    }

    fn merge_fired_dates(&mut self, (at, triggers): (i64, Vec<TriggerId>)) {
        for trigger in triggers {
            if at > self.fired_dates.0 || self.fired_dates.1.is_empty() {
                self.fired_dates = (at, Vec::new());
            }
            if !self.has_date_fired(trigger, at) && at == self.fired_dates.0 {
                self.fired_dates.1.push(trigger);
            }
        }
    }

    /// The triggers of which something waits.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = TriggerId> {
        self.instances.iter().map(|instance| instance.trigger)
    }

    /// Numbers triggers anew, and times timers anew; what has no number or instant any more is dropped.
    pub(crate) fn renumber(
        &mut self,
        new: impl Fn(TriggerId) -> Option<TriggerId>,
        due: impl Fn(&EntryTimer) -> Option<i64>,
    ) {
        self.timers.retain_mut(|timer| {
            new(timer.trigger).map(|id| timer.trigger = id).is_some()
                && due(timer).map(|at| timer.at = at).is_some()
        });
        self.timers.sort_by_key(|timer| (timer.at, timer.trigger));
        self.instances
            .retain_mut(|i| new(i.trigger).map(|id| i.trigger = id).is_some());
        self.instances.sort_by_key(|i| (i.due, i.trigger));
        self.fired_dates.1 = self
            .fired_dates
            .1
            .iter()
            .filter_map(|id| new(*id))
            .collect();
        self.records
            .retain_mut(|r| new(r.trigger).map(|id| r.trigger = id).is_some());
        self.records
            .sort_by(|a, b| (a.trigger, &a.key).cmp(&(b.trigger, &b.key)));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn id(index: usize) -> TriggerId {
        TriggerId::new(index)
    }

    #[test]
    fn a_trigger_has_one_date_and_any_number_of_silences() {
        let mut state = TriggerState::default();
        state.set_date(id(1), 30);
        state.set_date(id(1), 20);
        for since in [1, 2] {
            state.add_timer(EntryTimer {
                at: since + 10,
                trigger: id(0),
                kind: TimerKind::Silence { since },
            });
        }
        assert_eq!((state.next_due(), state.next_date(id(1))), (11, Some(20)));
        assert!(state.has_silence(id(0), 2) && !state.has_silence(id(1), 2));
        state.drop_silences(11);
        assert_eq!(state.take_timers(20).len(), 2);
        assert_eq!(state.next_due(), NEVER);
    }

    #[test]
    fn dates_fire_once_at_an_instant() {
        let mut state = TriggerState::default();
        state.date_fired(id(0), 5);
        state.date_fired(id(1), 5);
        assert!(state.has_date_fired(id(0), 5) && !state.has_date_fired(id(2), 5));
        state.date_fired(id(2), 6);
        assert!(state.has_date_fired(id(2), 6) && !state.has_date_fired(id(0), 6));
    }

    #[test]
    fn entries_are_counted_by_key_and_instant() {
        let mut state = TriggerState::default();
        let tv: Arc<str> = "tv".into();
        let mut enter =
            |key: Option<&Arc<str>>, at| state.update_record(id(0), key, |r| r.enter(at));
        assert_eq!(
            [enter(None, 5), enter(None, 5), enter(Some(&tv), 5)],
            [0, 1, 0]
        );
        assert_eq!([enter(None, 6), enter(None, 6)], [0, 1]);
        // A late entry does not make the last one earlier.
        assert_eq!(enter(Some(&tv), 3), 0);
        assert_eq!(state.record(id(0), Some("tv")).unwrap().entered, 5);
        assert_eq!(state.record(id(1), None), None);
    }

    #[test]
    fn of_two_profiles_what_waits_twice_goes_once_and_the_later_entry_counts() {
        let waits = |entered: i64, due: i64, key: Option<&str>| Instance {
            due,
            trigger: id(0),
            entry: TriggerEntry {
                key: key.map(Arc::from),
                ..TriggerEntry::at(entered)
            },
            position: Position(0),
            since: entered,
            waits_for: WaitsFor::Delivery {
                message: "coupon".into(),
                values: KeptValues::default(),
            },
        };
        let (mut ours, mut theirs) = (TriggerState::default(), TriggerState::default());
        ours.add_instance(waits(5, 30, None));
        theirs.add_instance(waits(4, 40, None));
        theirs.add_instance(waits(4, 20, Some("tv")));
        ours.update_record(id(0), None, |r| r.enter(5));
        theirs.update_record(id(0), None, |r| r.enter(7));
        theirs.update_record(id(0), None, |r| r.acted = Some(7));
        theirs.set_date(id(1), 9);
        theirs.set_date(id(2), 10);
        theirs.date_fired(id(3), 8);
        assert!(theirs.has_acted() && !ours.has_acted());
        ours.merge(theirs, 9, |_| false);
        let waiting = ours.instances.iter().map(|i| (i.due, i.entry.at));
        assert_eq!(waiting.collect::<Vec<_>>(), [(20, 4), (40, 4)]);
        let record = ours.record(id(0), None).unwrap();
        assert_eq!((record.entered, record.acted), (7, Some(7)));
        // What is due later is set anew for both.
        assert_eq!(
            (ours.next_date(id(1)), ours.next_date(id(2))),
            (Some(9), None)
        );
        assert!(ours.has_date_fired(id(3), 8));
    }

    #[test]
    fn what_belongs_to_a_trigger_that_is_gone_is_dropped() {
        let mut state = TriggerState::default();
        state.set_date(id(0), 30);
        state.set_date(id(1), 20);
        state.update_record(id(0), None, |r| r.enter(5));
        state.update_record(id(1), None, |r| r.enter(6));
        // The second is now the first, and the first is gone.
        state.renumber(|old| (old == id(1)).then(|| id(0)), |timer| Some(timer.at));
        assert_eq!(state.next_date(id(0)), Some(20));
        assert_eq!(state.record(id(0), None).unwrap().entered, 6);
        assert_eq!(state.record(id(1), None), None);
    }
}

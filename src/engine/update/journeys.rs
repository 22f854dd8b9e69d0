//! The journey phase: where a profile is in one journey, and where it goes on to now.
//!
//! Whatever may have changed something for a run, an event, a value or time, has it looked at anew: first whether the goal is
//! reached, then whether the exit holds, then whether the step goes on. Nothing else is remembered of what came in, so that a
//! late event, a state that was restored and rules that were edited are no cases of their own.

use super::Update;
use super::actions::TriggerActions;
use crate::engine::live_profile::LiveProfile;
use crate::engine::output::{Cause, OutputKind};
use crate::engine::passage::{JourneyPassage, PassageReason};
use crate::engine::passage_event::PassedSteps;
use crate::engine::plan::{JourneyPlan, StepWaitPlan, TriggerPlan};
use crate::engine::state::{JourneyRun, Position, RunPlace, TriggerEntry};
use crate::engine::suppression::SuppressionReason;
use crate::engine::triggers::plus;
use crate::eval::bounded::Outlook;
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::rule::journey::{JourneyRules, JourneyStep, StepId, StepWait, Target};
use crate::time::{Instant, NEVER};
use std::ops::Range;
use std::sync::Arc;

/// Runs one journey of a profile.
pub(super) struct JourneyUpdate<'r, 'u, 'e, P: LiveProfile> {
    pub(super) actions: &'r mut TriggerActions<'u, 'e, P>,
    pub(super) plan: &'e JourneyPlan<P>,
    pub(super) rules: &'e JourneyRules,
}

impl<P: LiveProfile> Update<'_, P> {
    /// Reports that the profile, which is removed or taken in by another, leaves the journeys that it is in.
    pub(super) fn tell_removal(&mut self) {
        let because = if *self.context.cause == Cause::Merge {
            PassageReason::Merged
        } else {
            PassageReason::Removed
        };
        for run in self.current_runs() {
            self.tell_passage(&run, run.step(), None, because);
            if because == PassageReason::Merged {
                self.add_passage(&run, [true, false]);
            }
        }
    }

    /// Reports the journeys in which the profile is somewhere else than before, because it has taken in another one.
    pub(super) fn tell_merged_runs(&mut self, before: &[JourneyRun]) {
        for run in self.current_runs() {
            let mut before = before.iter();
            let was =
                before.find(|was| was.journey == run.journey && was.entry.key == run.entry.key);
            let from = was.and_then(JourneyRun::step);
            if was.map(|was| &was.entry) != Some(&run.entry) {
                self.tell_passage(&run, from, run.step(), PassageReason::Merged);
            }
        }
        let now = self.current_runs();
        for was in before {
            let same =
                |run: &JourneyRun| run.journey == was.journey && run.entry.key == was.entry.key;
            if !now.iter().any(same) {
                self.tell_passage(was, was.step(), None, PassageReason::Merged);
            }
        }
    }

    /// The runs that are in a step.
    pub(super) fn current_runs(&self) -> Vec<JourneyRun> {
        let runs = self.context.profile.triggers().runs.iter();
        runs.filter(|run| run.step().is_some()).cloned().collect()
    }

    fn tell_passage(
        &mut self,
        run: &JourneyRun,
        from: Option<StepId>,
        to: Option<StepId>,
        because: PassageReason,
    ) {
        if let Some(t) = self.context.plan.trigger(run.journey) {
            let passage = passage(t, run, from, to, because);
            let now = self.context.now;
            self.context.emit(now, OutputKind::JourneyPassed(passage));
        }
    }
}

/// What becomes of a run.
enum Course {
    /// It waits.
    Stays(JourneyRun),
    /// It has come to another step.
    Moves(JourneyRun),
    /// It is over.
    Ends,
}

/// How a step is left.
#[derive(Clone, Copy)]
struct Way {
    to: Target,
    because: PassageReason,
    /// Whether the step's `go` was followed.
    by_go: bool,
}

impl<'e, P: LiveProfile> JourneyUpdate<'_, '_, 'e, P> {
    /// Why a profile cannot come in now, if the reason lies in the journey itself.
    pub(super) fn refusal(&self, entry: &TriggerEntry) -> Option<SuppressionReason> {
        let run = self.run(entry.key.as_deref());
        let is_in = |run: &JourneyRun| run.step().is_some() || run.place == RunPlace::HeldOut;
        if run.is_some_and(is_in) {
            return Some(SuppressionReason::InJourney);
        }
        let holds = |node: &'e Option<Node<P>>| {
            let node = node.as_ref();
            node.is_some_and(|node| self.ask(entry, entry.at, node).holds)
        };
        (holds(&self.plan.goal) || holds(&self.plan.exit)).then_some(SuppressionReason::JourneyOver)
    }

    /// A profile comes in.
    pub(super) fn begin(&mut self, entry: TriggerEntry) {
        let key = entry.key.clone();
        let (step, since) = (StepId::new(0), entry.at);
        let run = self.run_of(entry, RunPlace::Step { step, since });
        self.tell(&run, None, Some(step), PassageReason::Entered);
        self.put(run);
        self.go_on(key.as_ref());
    }

    /// A profile is held out; whether it reaches the goal is of interest all the same.
    pub(super) fn hold_out(&mut self, entry: TriggerEntry) {
        let key = entry.key.clone();
        if self.rules.has_timed_goal() && self.run(key.as_deref()).is_none() {
            let run = self.run_of(entry, RunPlace::HeldOut);
            self.put(run);
            self.go_on(key.as_ref());
        }
    }

    /// Looks at all runs.
    pub(super) fn review(&mut self) {
        let runs = self.actions.context.profile.triggers().runs.iter();
        let runs = runs.filter(|run| run.journey == self.actions.t.id);
        let keys: Vec<Option<Arc<str>>> = runs.map(|run| run.entry.key.clone()).collect();
        for key in keys {
            self.go_on(key.as_ref());
        }
    }

    /// A message that had waited is out of the way: the step goes on behind it.
    pub(super) fn resume(&mut self, entry: &TriggerEntry, behind: Option<Position>) {
        let run = self.run(entry.key.as_deref());
        let Some(run) = run.filter(|run| *run.entry == *entry).cloned() else {
            return;
        };
        if self.is_held(&run) {
            return;
        }
        // Where the step does not send it any more, what the step says without a case is done.
        let behind = behind.or_else(|| {
            let step = self.rules.step(run.step()?)?;
            step.actions.end.checked_sub(1).map(Position)
        });
        let course = self.act(run, behind);
        let key = entry.key.clone();
        if self.settle(key.as_ref(), course) {
            self.go_on(key.as_ref());
        }
    }

    /// The place of the action of the step in which the run of an entry is that sends a message: this one, or else the first.
    pub(super) fn place_of(
        &self,
        entry: &TriggerEntry,
        name: &str,
        position: Position,
    ) -> Option<usize> {
        let run = self.run(entry.key.as_deref())?;
        let step = self.rules.step(run.step()?)?;
        let choices = step.choices.iter().map(|choice| choice.actions.clone());
        let places: Vec<_> = std::iter::once(step.actions.clone())
            .chain(choices)
            .collect();
        self.actions.t.trigger.sends(name, position.0, &places)
    }

    /// Whether a run goes on to wait for its message: neither the goal nor the exit has ended it.
    pub(super) fn is_waiting(&mut self, entry: &TriggerEntry) -> bool {
        self.go_on(entry.key.as_ref());
        let run = self.run(entry.key.as_deref());
        run.is_some_and(|run| run.step().is_some() && *run.entry == *entry)
    }

    /// Lets a run go on as far as it gets now.
    fn go_on(&mut self, key: Option<&Arc<str>>) {
        loop {
            let Some(run) = self.run(key.map(|key| &**key)).cloned() else {
                return;
            };
            let course = self.look(run);
            if !self.settle(key, course) {
                return;
            }
        }
    }

    /// Records what has become of a run; whether it is to be looked at again at once. Where it has changed the profile, that is
    /// worked off first.
    fn settle(&mut self, key: Option<&Arc<str>>, course: Course) -> bool {
        let has_changed = std::mem::take(&mut self.actions.has_changed);
        match course {
            Course::Stays(run) => {
                let (now, cause) = (self.actions.context.now, self.actions.context.cause);
                // INVARIANT: time does not bring about what it has brought about already.
                debug_assert!(run.due > now || *cause != Cause::Time, "{run:?} at {now}");
                self.put(run);
                false
            }
            Course::Moves(run) => {
                self.put(run);
                if has_changed {
                    self.actions.changed.units.triggers.push(self.actions.t.id);
                }
                !has_changed
            }
            Course::Ends => {
                let id = self.actions.t.id;
                let triggers = self.actions.context.profile.triggers_mut();
                triggers.runs.remove(id, key.map(|key| &**key));
                false
            }
        }
    }

    /// Looks at a run as things are now.
    fn look(&mut self, mut run: JourneyRun) -> Course {
        run.due = NEVER;
        if let Some(course) = self.goal(&mut run) {
            return course;
        }
        let RunPlace::Step { step, since } = run.place else {
            return Course::Stays(run);
        };
        if let Some(exit) = &self.plan.exit {
            let outlook = self.ask(&run.entry, since, exit);
            if outlook.holds {
                return self.leave(run, PassageReason::Exit);
            }
            run.due = run.due.min(outlook.until);
        }
        if self.is_held(&run) {
            return Course::Stays(run);
        }
        self.step(run, step, since)
    }

    /// Whether the goal is reached, or its time is over with nothing else to wait for.
    fn goal(&mut self, run: &mut JourneyRun) -> Option<Course> {
        let is_in = run.step().is_some();
        let end = self.goal_end(&run.entry);
        let (Some(node), Some(end)) = (&self.plan.goal, end) else {
            return (!is_in).then_some(Course::Ends);
        };
        let now = self.actions.context.now;
        // Where the goal has no time of its own, it counts in the journey alone.
        if !is_in && end == NEVER {
            return Some(Course::Ends);
        }
        if now <= end {
            let since = run.entry.at;
            let outlook = self.ask(&run.entry, since, node);
            if outlook.holds {
                self.drop_held(run);
                self.tell(run, run.step(), None, PassageReason::Goal);
                if is_in {
                    self.record_leaving(&run.entry);
                }
                return Some(Course::Ends);
            }
            // The goal's end is the run's end where nothing else is waited for; in a step nothing happens then.
            let ends = if is_in { NEVER } else { end };
            let until = if outlook.until <= end {
                outlook.until
            } else {
                ends
            };
            run.due = run.due.min(until);
        }
        (!is_in && self.is_over(end, run.entry.at)).then_some(Course::Ends)
    }

    /// The last instant at which reaching the goal counts; [`NEVER`] where it counts as long as the profile is in the journey.
    fn goal_end(&self, entry: &TriggerEntry) -> Option<i64> {
        let goal = self.rules.goal.as_ref()?;
        let zone = self.actions.context.zone();
        Some(
            goal.within
                .map_or(NEVER, |within| plus(entry.at, within, zone)),
        )
    }

    /// A step in which a run is: it waits on, or acts and goes on.
    fn step(&mut self, mut run: JourneyRun, step: StepId, since: i64) -> Course {
        let (Some(plan), Some(rules)) = (self.plan.step(step), self.rules.step(step)) else {
            return Course::Stays(run);
        };
        match &plan.wait {
            StepWaitPlan::Nothing => {}
            StepWaitPlan::Time(wait) => {
                let timezone = &self.actions.context.plan.timezone;
                let end = (self.actions)
                    .evaluate_in_step(&run.entry, since, |ctx| wait.end(ctx, timezone, since));
                if !self.is_over(end, since) {
                    run.due = run.due.min(end);
                    return Course::Stays(run);
                }
            }
            StepWaitPlan::Answer(node) => {
                let outlook = self.ask(&run.entry, since, node);
                if !outlook.holds {
                    return self.await_answer(run, rules, outlook, since);
                }
            }
        }
        self.act(run, None)
    }

    /// Whether a time that began at `since` is over. At its very end events come first, so that an answer or an exit at that
    /// instant counts: what it brings comes with time alone.
    fn is_over(&self, end: i64, since: i64) -> bool {
        let (now, cause) = (self.actions.context.now, self.actions.context.cause);
        end < now || end == now && (*cause == Cause::Time || end <= since)
    }

    /// What a step waits for has not come; it may have taken too long.
    fn await_answer(
        &mut self,
        mut run: JourneyRun,
        step: &JourneyStep,
        outlook: Outlook,
        since: i64,
    ) -> Course {
        let StepWait::Answer {
            at_most, otherwise, ..
        } = step.wait
        else {
            return Course::Stays(run);
        };
        let zone = self.actions.context.zone();
        let end = at_most.map_or(NEVER, |most| plus(since, most, zone));
        if self.is_over(end, since) {
            let way = Way {
                to: otherwise,
                because: PassageReason::TimeOver,
                by_go: false,
            };
            return self.pass(run, way);
        }
        run.due = run.due.min(outlook.until.min(end));
        Course::Stays(run)
    }

    /// Does what the step of a run says, from the beginning or from behind an action on.
    fn act(&mut self, run: JourneyRun, behind: Option<Position>) -> Course {
        let Some(step) = run.step().and_then(|step| self.rules.step(step)) else {
            return Course::Stays(run);
        };
        let next = behind.map(|position| position.0 + 1);
        let resumed = behind.and_then(|position| {
            let mut cases = step.choices.iter();
            cases.position(|case| case.actions.contains(&position.0))
        });
        if resumed.is_none() {
            let start = next.unwrap_or(step.actions.start);
            if self.perform(&run, start..step.actions.end) {
                return Course::Stays(run);
            }
        }
        let chosen = resumed.or_else(|| self.choose(&run));
        if let Some(case) = chosen.and_then(|i| step.choices.get(i)) {
            let start = resumed.and(next).unwrap_or(case.actions.start);
            if self.perform(&run, start..case.actions.end) {
                return Course::Stays(run);
            }
        }
        let way = self.way(&run, step, chosen);
        self.pass(run, way)
    }

    /// Performs actions in order; whether one of them has to wait.
    fn perform(&mut self, run: &JourneyRun, actions: Range<usize>) -> bool {
        for place in actions {
            self.actions.act(&run.entry, Position(place));
            if self.is_held(run) {
                return true;
            }
        }
        false
    }

    /// The case that holds.
    fn choose(&self, run: &JourneyRun) -> Option<usize> {
        let RunPlace::Step { step, since } = run.place else {
            return None;
        };
        let choices = self.plan.step(step)?.choices.iter();
        let mut choices = choices.enumerate();
        let chosen = choices.find(|(_, node)| {
            (self.actions).evaluate_in_step(&run.entry, since, |ctx| node.holds(ctx))
        });
        chosen.map(|(i, _)| i)
    }

    /// Where a run goes on from a step that is done.
    fn way(&self, run: &JourneyRun, step: &JourneyStep, chosen: Option<usize>) -> Way {
        let choice = chosen.and_then(|i| step.choices.get(i));
        if let Some(to) = choice.and_then(|choice| choice.go) {
            return Way {
                to,
                because: PassageReason::Chosen,
                by_go: false,
            };
        }
        let because = if matches!(step.wait, StepWait::Answer { .. }) {
            PassageReason::Happened
        } else {
            PassageReason::Done
        };
        let gone = run.step().map_or(0, |step| run.visits(step).gone);
        match step.next.times {
            Some(times) if gone >= u32::from(times) => Way {
                to: step.following,
                because,
                by_go: false,
            },
            Some(_) | None => Way {
                to: step.next.target,
                because,
                by_go: step.next.times.is_some(),
            },
        }
    }

    fn pass(&mut self, mut run: JourneyRun, way: Way) -> Course {
        let from = run.step();
        if let Some(from) = from {
            run.count(from, way.by_go);
        }
        match way.to {
            Target::Step(to) => {
                self.tell(&run, from, Some(to), way.because);
                let (step, since) = (to, self.actions.context.now);
                (run.place, run.due) = (RunPlace::Step { step, since }, since);
                Course::Moves(run)
            }
            Target::End => self.leave(run, way.because),
        }
    }

    /// A run leaves the journey. Its goal may still be reached.
    fn leave(&mut self, mut run: JourneyRun, because: PassageReason) -> Course {
        self.drop_held(&run);
        self.tell(&run, run.step(), None, because);
        self.record_leaving(&run.entry);
        if !self.rules.has_timed_goal() {
            return Course::Ends;
        }
        run.place = RunPlace::Ended;
        run.visits.clear();
        self.look(run)
    }

    fn record_leaving(&mut self, entry: &TriggerEntry) {
        let (id, now) = (self.actions.t.id, self.actions.context.now);
        let triggers = self.actions.context.profile.triggers_mut();
        triggers.update_record(id, entry.key.as_ref(), |record| record.left = Some(now));
    }

    /// The run of a key.
    fn run(&self, key: Option<&str>) -> Option<&JourneyRun> {
        let runs = &self.actions.context.profile.triggers().runs;
        runs.of(self.actions.t.id, key)
    }

    /// Whether a message of the run waits.
    fn is_held(&self, run: &JourneyRun) -> bool {
        let triggers = self.actions.context.profile.triggers();
        triggers.has_instance(self.actions.t.id, &run.entry)
    }

    /// Gives up the messages of a run that wait, because it leaves.
    fn drop_held(&mut self, run: &JourneyRun) {
        let triggers = self.actions.context.profile.triggers_mut();
        for message in triggers.take_messages(self.actions.t.id, &run.entry) {
            let reason = SuppressionReason::JourneyOver;
            self.actions.suppressed(Some(&message), &run.entry, reason);
        }
    }

    fn ask(&self, entry: &TriggerEntry, since: i64, node: &'e Node<P>) -> Outlook {
        self.actions
            .evaluate_in_step(entry, since, |ctx: &Ctx<'_, P>| node.look(ctx))
    }

    fn run_of(&self, entry: TriggerEntry, place: RunPlace) -> JourneyRun {
        JourneyRun {
            due: self.actions.context.now,
            journey: self.actions.t.id,
            place,
            entry: Box::new(entry),
            visits: Vec::new(),
        }
    }

    fn put(&mut self, run: JourneyRun) {
        self.actions.context.profile.triggers_mut().runs.put(run);
    }

    /// Reports that a run passes from one step to another; none is outside.
    fn tell(
        &mut self,
        run: &JourneyRun,
        from: Option<StepId>,
        to: Option<StepId>,
        because: PassageReason,
    ) {
        let (t, context) = (self.actions.t, &mut self.actions.context);
        let passage = passage(t, run, from, to, because);
        context.emit(context.now, OutputKind::JourneyPassed(passage));
        let steps = [t.step_name(from), t.step_name(to)];
        context.record_passage(PassedSteps::new(&t.trigger.name, steps, because), run);
    }
}

/// What is reported of a run that passes from one step to another; none is outside.
fn passage<P: LiveProfile>(
    t: &TriggerPlan<P>,
    run: &JourneyRun,
    from: Option<StepId>,
    to: Option<StepId>,
    because: PassageReason,
) -> Box<JourneyPassage> {
    let split = t.trigger.split.as_ref();
    let variant = split.and_then(|split| split.variants.get(run.entry.variant?));
    Box::new(JourneyPassage {
        journey: t.trigger.name.clone(),
        version: t.version.clone(),
        entered: Instant::from_micros(run.entry.at),
        subject: run.entry.subject.clone().or_else(|| run.entry.key.clone()),
        variant: variant.map(|(name, _)| name.clone()),
        from: t.step_name(from).cloned(),
        to: t.step_name(to).cloned(),
        because,
        held_out: run.place == RunPlace::HeldOut,
    })
}

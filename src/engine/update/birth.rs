//! The birth of a profile, and its end: a profile that the engine does not know is in no segment and in no stage.

use super::Update;
use super::segments::SegmentChange;
use super::stages::StageChange;
use crate::engine::ids::SegmentId;
use crate::engine::live_profile::LiveProfile;
use crate::engine::outbox::Outbox;
use crate::engine::output::{Cause, OutputKind};
use crate::engine::state::JourneyRun;

/// What is told when a newborn profile is as its first input leaves it.
pub(crate) struct Birth<'e> {
    out: Outbox<'e>,
    /// The segments and stages of the profile when nothing was known of it.
    segments: Vec<SegmentId>,
    stages: Vec<StageChange>,
}

/// The segments, stages and journeys that a profile is in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    segments: Vec<SegmentId>,
    stages: Vec<StageChange>,
    runs: Vec<JourneyRun>,
}

impl Standing {
    /// The runs of journeys that were in a step.
    pub(crate) fn runs(&self) -> &[JourneyRun] {
        &self.runs
    }
}

impl<P: LiveProfile> Update<'_, P> {
    /// The update in which a profile is born, of which nothing is known yet, if `is_birth`. Nothing is reported until all that
    /// the update brings is there ([`tell_birth`](Self::tell_birth)): a newcomer whose first event is a purchase never was among
    /// those who have bought nothing.
    pub(crate) fn of_birth(mut self, is_birth: bool) -> Self {
        if !is_birth {
            return self;
        }
        let (segments, stages) = (self.current_segments(), self.current_stages());
        self.birth = self.context.out.take().map(|out| Birth {
            out,
            segments,
            stages,
        });
        self
    }

    /// Reports the stages and segments that the profile is born into, if this is the update of its birth. Triggers that wait
    /// for somebody to enter them are due.
    pub(crate) fn tell_birth(&mut self) {
        let Some(birth) = self.birth.take() else {
            return;
        };
        self.set_timers();
        self.context.out = Some(birth.out);
        for change in self.current_stages() {
            self.tell_stage(&change, birth.stages.contains(&change));
            self.stage_changed(&change);
        }
        for segment in self.current_segments() {
            let entered = true;
            let change = SegmentChange { segment, entered };
            self.tell_segment(change, birth.segments.contains(&segment));
            self.segment_changed(change);
        }
    }

    /// Reports that the profile is no longer in any segment or stage. No trigger fires.
    pub(crate) fn tell_end(&mut self) {
        for segment in self.current_segments() {
            let entered = false;
            self.tell_segment(SegmentChange { segment, entered }, false);
        }
        for mut change in self.current_stages() {
            std::mem::swap(&mut change.from, &mut change.to);
            self.tell_stage(&change, false);
        }
        self.tell_removal();
    }

    /// Where the profile stands.
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            segments: self.current_segments(),
            stages: self.current_stages(),
            runs: self.current_runs(),
        }
    }

    /// Reports where the profile stands now and did not before, stages before segments. No trigger fires.
    pub(crate) fn tell_difference(&mut self, before: &Standing) {
        let after = self.standing();
        let is_same =
            |a: &StageChange, b: &StageChange| a.lifecycle == b.lifecycle && a.subject == b.subject;
        for change in &after.stages {
            let stood = before.stages.iter().find(|stood| is_same(stood, change));
            let from = stood.and_then(|stood| stood.to);
            if from != change.to {
                self.tell_stage(
                    &StageChange {
                        from,
                        ..change.clone()
                    },
                    false,
                );
            }
        }
        for stood in &before.stages {
            if !after.stages.iter().any(|change| is_same(stood, change)) {
                let (from, to) = (stood.to, None);
                self.tell_stage(
                    &StageChange {
                        from,
                        to,
                        ..stood.clone()
                    },
                    false,
                );
            }
        }
        let mut changes = Vec::new();
        for (entered, these, others) in [
            (true, &after.segments, &before.segments),
            (false, &before.segments, &after.segments),
        ] {
            let new = these.iter().filter(|segment| !others.contains(segment));
            changes.extend(new.map(|segment| SegmentChange {
                segment: *segment,
                entered,
            }));
        }
        changes.sort_unstable_by_key(|change| change.segment);
        for change in changes {
            self.tell_segment(change, false);
        }
        self.tell_merged_runs(&before.runs);
    }

    /// The stages of the profile, as it entered them from none.
    fn current_stages(&self) -> Vec<StageChange> {
        let (plan, states) = (self.context.plan, &self.context.profile.stages);
        let lifecycles = plan.lifecycle_ids().zip(&plan.lifecycles);
        let stages = lifecycles.flat_map(|(id, lifecycle)| {
            let of_lifecycle = states.iter().filter(|s| s.lifecycle == lifecycle.name);
            of_lifecycle.map(move |state| StageChange {
                lifecycle: id,
                subject: state.subject.clone(),
                from: None,
                to: state.stage(),
            })
        });
        stages.filter(|change| change.to.is_some()).collect()
    }

    fn current_segments(&self) -> Vec<SegmentId> {
        let memberships = &self.context.profile.memberships;
        let as_blank = self.context.plan.blank_segments();
        let as_blank = as_blank.filter(|segment| memberships.of(*segment).is_none());
        let others = memberships.iter().filter(|m| m.holds).map(|m| m.segment);
        let mut all: Vec<SegmentId> = as_blank.chain(others).collect();
        all.sort_unstable();
        all
    }

    fn tell_stage(&mut self, change: &StageChange, is_blank: bool) {
        let plan = self.context.plan;
        let lifecycle = plan.lifecycle(change.lifecycle);
        self.tell(lifecycle.map(|of| change.output(of)), is_blank);
    }

    fn tell_segment(&mut self, change: SegmentChange, is_blank: bool) {
        self.tell(change.output(self.context.plan), is_blank);
    }

    /// Reports something that would be so if nothing were known of the profile, or is so because of the input.
    fn tell(&mut self, output: Option<OutputKind>, is_blank: bool) {
        let cause = if is_blank {
            &Cause::NewProfile
        } else {
            self.context.cause
        };
        if let Some(output) = output {
            self.context.emit_because(self.context.now, output, cause);
        }
    }
}

//! The birth of a profile, and its end: a profile that the engine does not know is in no segment and in no stage.

use super::Update;
use super::segments::SegmentChange;
use super::stages::StageChange;
use crate::engine::ids::SegmentId;
use crate::engine::live_profile::LiveProfile;
use crate::engine::output::{Cause, EngineOutput, OutputKind, StageTransition};
use crate::ir::StageId;

/// What is told when a newborn profile is as its first input leaves it.
pub(crate) struct Birth<'e> {
    out: &'e mut Vec<EngineOutput>,
    /// The segments and stages of the profile when nothing was known of it.
    segments: Vec<SegmentId>,
    stages: Vec<StageChange>,
}

impl<P: LiveProfile> Update<'_, P> {
    /// The update in which a profile is born, of which nothing is known yet. Nothing is reported until all that the update brings
    /// is there ([`tell_birth`](Self::tell_birth)): a newcomer whose first event is a purchase never was among those who have
    /// bought nothing.
    pub(crate) fn of_birth(mut self) -> Self {
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
            self.tell_segment(segment, true, birth.segments.contains(&segment));
            let entered = true;
            self.segment_changed(SegmentChange { segment, entered });
        }
    }

    /// Reports that the profile is no longer in any segment or stage. No trigger fires.
    pub(crate) fn tell_end(&mut self) {
        for segment in self.current_segments() {
            self.tell_segment(segment, false, false);
        }
        for mut change in self.current_stages() {
            std::mem::swap(&mut change.from, &mut change.to);
            self.tell_stage(&change, false);
        }
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
        let Some(lifecycle) = self.context.plan.lifecycle(change.lifecycle) else {
            return;
        };
        let name = |stage: Option<StageId>| lifecycle.stages.get(stage?.index()).cloned();
        let transition = StageTransition {
            lifecycle: lifecycle.name.clone(),
            subject: change.subject.clone(),
            from: name(change.from),
            to: name(change.to),
            version: lifecycle.version.clone(),
        };
        self.tell(OutputKind::StageChanged(transition), is_blank);
    }

    fn tell_segment(&mut self, segment: SegmentId, entered: bool, is_blank: bool) {
        let Some(segment) = self.context.plan.segment(segment) else {
            return;
        };
        let segment = segment.name.clone();
        let kind = if entered {
            OutputKind::SegmentEntered { segment }
        } else {
            OutputKind::SegmentLeft { segment }
        };
        self.tell(kind, is_blank);
    }

    fn tell(&mut self, kind: OutputKind, is_blank: bool) {
        let cause = if is_blank {
            &Cause::NewProfile
        } else {
            self.context.cause
        };
        self.context.emit_because(self.context.now, kind, cause);
    }
}

//! The segment phase: which segments the profile is in now. Stages must be up to date already.

use super::context::UpdateContext;
use crate::engine::ids::SegmentId;
use crate::engine::live_profile::LiveProfile;
use crate::engine::output::OutputKind;
use crate::engine::state::Membership;
use crate::eval::bounded::NextChange;
use crate::time::NEVER;

/// A segment that the profile entered or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SegmentChange {
    pub(super) segment: SegmentId,
    pub(super) entered: bool,
}

/// Updates segments one after the other, reports changes and returns them.
pub(super) struct SegmentUpdate<'u, 'e, P: LiveProfile>(pub(super) &'u mut UpdateContext<'e, P>);

impl<P: LiveProfile> SegmentUpdate<'_, '_, P> {
    /// Evaluates a segment.
    #[inline]
    pub(super) fn evaluate(&mut self, segment: SegmentId) -> Option<SegmentChange> {
        let plan = self.0.plan.segment(segment)?;
        let answer = plan.node.next_change(&self.0.ctx());
        self.set(segment, answer)
    }

    /// Updates a membership whose time is up. If it was known to be the last, the segment need not be evaluated.
    pub(super) fn expire(&mut self, membership: &Membership) -> Option<SegmentChange> {
        if membership.is_final {
            self.set(membership.segment, NextChange::forever(!membership.holds))
        } else {
            self.evaluate(membership.segment)
        }
    }

    /// Records whether the profile is in a segment, and reports it if that is new.
    #[inline]
    fn set(&mut self, segment: SegmentId, answer: NextChange) -> Option<SegmentChange> {
        let NextChange {
            holds,
            until,
            is_final,
        } = answer;
        let memberships = &mut self.0.profile.memberships;
        let position = memberships.position(segment);
        let old = position.ok().and_then(|i| memberships.get(i)).copied();
        let blank = self.0.plan.is_blank_in(segment);
        let held = old.map_or(blank, |m| m.holds);
        let new = (holds != blank || until != NEVER).then_some(Membership {
            until,
            segment,
            holds,
            is_final,
        });
        if new != old {
            memberships.set(position, new);
        }
        if holds == held {
            return None;
        }
        let name = self.0.plan.segment(segment)?.name.clone();
        let kind = if holds {
            OutputKind::SegmentEntered { segment: name }
        } else {
            OutputKind::SegmentLeft { segment: name }
        };
        self.0.emit(self.0.now, kind);
        Some(SegmentChange {
            segment,
            entered: holds,
        })
    }
}

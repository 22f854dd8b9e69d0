//! The segment phase: which segments the profile is in now. Stages must be up to date already.
//!
//! How long an answer lasts is not searched for at each event, but looked at when it may have ended: of a thousand events in a
//! window the first leaves it first, and only then is it asked when the next does. Where many such looks in a row find nothing
//! changed, the next one searches.

use super::context::UpdateContext;
use crate::engine::ids::SegmentId;
use crate::engine::live_profile::LiveProfile;
use crate::engine::output::OutputKind;
use crate::engine::plan::{EventEffect, Plan};
use crate::engine::state::Membership;
use crate::eval::bounded::{End, NextChange, Outlook};
use crate::eval::context::Ctx;
use crate::profile::Events;
use crate::time::NEVER;

/// A segment that the profile entered or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SegmentChange {
    pub(super) segment: SegmentId,
    pub(super) entered: bool,
}

impl SegmentChange {
    /// What is reported of it.
    pub(super) fn output<P: LiveProfile>(self, plan: &Plan<P>) -> Option<OutputKind> {
        let segment = plan.segment(self.segment)?.name.clone();
        Some(if self.entered {
            OutputKind::SegmentEntered { segment }
        } else {
            OutputKind::SegmentLeft { segment }
        })
    }
}

/// Updates segments one after the other, reports changes and returns them.
pub(super) struct SegmentUpdate<'u, 'e, P: LiveProfile>(pub(super) &'u mut UpdateContext<'e, P>);

/// Fewer events than that are gone through as quickly as an index is read. A debug build has indexes of everything, so that random
/// streams, which are short, test them.
const MANY_EVENTS: usize = if cfg!(debug_assertions) { 1 } else { 64 };

/// How many looks in a row may find nothing changed before a search does it.
const MAX_IDLE_LOOKS: u16 = 64;

/// A search goes through everything that may change the answer, so it takes as many looks as are cheap beside it.
fn share_of(change_points: usize) -> u16 {
    u16::try_from(change_points / usize::from(MAX_IDLE_LOOKS)).unwrap_or(u16::MAX)
}

impl<P: LiveProfile> SegmentUpdate<'_, '_, P> {
    /// Evaluates a segment.
    #[inline]
    pub(super) fn evaluate(&mut self, segment: SegmentId) -> Option<SegmentChange> {
        let outlook = self.look(segment)?;
        self.set(segment, outlook, 0)
    }

    /// Whether the profile is in a segment, and until when at least. Of many events it is kept what segments ask of them.
    #[inline]
    fn look(&mut self, segment: SegmentId) -> Option<Outlook> {
        let node = &self.0.plan.segment(segment)?.node;
        let ctx = self.0.ctx();
        if ctx.events.len() < MANY_EVENTS || !matches!(ctx.events, Events::Timeline(_)) {
            return Some(node.look(&ctx));
        }
        let mut kept = std::mem::take(&mut self.0.profile.indexes);
        let outlook = kept.with(|indexes| {
            node.look(&Ctx {
                indexes: Some(indexes),
                ..self.0.ctx()
            })
        });
        self.0.profile.indexes = kept;
        Some(outlook)
    }

    /// Evaluates a segment after an event of a kind, unless that cannot have changed it.
    #[inline]
    pub(super) fn evaluate_after_event(
        &mut self,
        segment: SegmentId,
        kind: usize,
    ) -> Option<SegmentChange> {
        let plan = self.0.plan.segment(segment)?;
        let memberships = &mut self.0.profile.memberships;
        let position = memberships.position(segment);
        let (holds, until) = match position.ok().and_then(|i| memberships.get(i)) {
            Some(membership) => (membership.holds, membership.until),
            None => (self.0.plan.is_blank_in(segment), NEVER),
        };
        let stays = match plan.effect_of_event(kind) {
            EventEffect::Raises => holds,
            EventEffect::Lowers => !holds,
            EventEffect::Any => false,
        };
        if !stays || until <= self.0.now {
            return self.evaluate(segment);
        }
        if let Ok(position) = position {
            memberships.put_off(position);
        }
        None
    }

    /// Updates a membership whose time is up. If it was known to be the last, the segment need not be evaluated.
    pub(super) fn expire(&mut self, membership: &Membership) -> Option<SegmentChange> {
        let Membership {
            segment,
            holds,
            idle_looks,
            ..
        } = *membership;
        match membership.end {
            End::Final => return self.set(segment, NextChange::forever(!holds).into(), 0),
            End::Certain => return self.evaluate(segment),
            End::Possible => {}
        }
        let plan = self.0.plan.segment(segment)?;
        let mut outlook = self.look(segment)?;
        let ctx = self.0.ctx();
        let mut looks = 0;
        if outlook.holds == holds && outlook.end == End::Possible {
            looks = idle_looks.saturating_add(1);
            if looks >= MAX_IDLE_LOOKS && looks >= share_of(plan.node.max_change_points(&ctx, 1)) {
                outlook = plan.node.look_ahead(&ctx);
            }
        }
        self.set(segment, outlook, looks)
    }

    /// Finds out until when a membership that may end does last.
    pub(super) fn look_ahead(&mut self, membership: &Membership) {
        let segment = membership.segment;
        let Some(plan) = self.0.plan.segment(segment) else {
            return;
        };
        let mut outlook = plan.node.look_ahead(&self.0.ctx());
        if outlook.holds != membership.holds {
            // It ends now, which is still to be told.
            outlook = Outlook {
                holds: membership.holds,
                until: membership.until,
                end: End::Certain,
            };
        }
        self.set(segment, outlook, 0);
    }

    /// Records whether the profile is in a segment, and reports it if that is new.
    #[inline]
    fn set(
        &mut self,
        segment: SegmentId,
        outlook: Outlook,
        idle_looks: u16,
    ) -> Option<SegmentChange> {
        let Outlook { holds, until, end } = outlook;
        let memberships = &mut self.0.profile.memberships;
        let position = memberships.position(segment);
        let old = position.ok().and_then(|i| memberships.get(i)).copied();
        let blank = self.0.plan.is_blank_in(segment);
        let held = old.map_or(blank, |m| m.holds);
        let new = (holds != blank || until != NEVER).then_some(Membership {
            until,
            segment,
            holds,
            end,
            idle_looks,
        });
        if new != old {
            memberships.set(position, new);
        }
        if holds == held {
            return None;
        }
        let entered = holds;
        let change = SegmentChange { segment, entered };
        let output = change.output(self.0.plan)?;
        self.0.emit(self.0.now, output);
        Some(change)
    }
}

//! What every phase of an update works with.

use crate::engine::delivery::Blocked;
use crate::engine::explains::Explains;
use crate::engine::live_profile::LiveProfile;
use crate::engine::outbox::Outbox;
use crate::engine::output::{Cause, OutputKind};
use crate::engine::plan::Plan;
use crate::engine::state::{Delivery, ProfileState};
use crate::eval::context::Ctx;
use crate::ir::Calendar;
use crate::rule::sending::Message;
use crate::time::{Instant, Zone};
use std::sync::Arc;

/// One profile at one instant, and where outputs go.
pub(crate) struct UpdateContext<'e, P: LiveProfile> {
    pub(crate) plan: &'e Plan<P>,
    pub(crate) profile: &'e mut ProfileState<P>,
    pub(crate) now: i64,
    pub(crate) cause: &'e Cause,
    /// `None` if the update is silent: nothing is reported, and no trigger fires.
    pub(crate) out: Option<Outbox<'e>>,
    pub(crate) explains: Explains,
}

impl<P: LiveProfile> UpdateContext<'_, P> {
    #[inline]
    pub(crate) fn ctx(&self) -> Ctx<'_, P> {
        Ctx {
            stages: Some(&self.profile.stages),
            ..Ctx::new(&self.profile.profile, self.now)
        }
    }

    /// The zone of the profile.
    pub(crate) fn zone(&self) -> Zone {
        self.plan.timezone.of(&self.profile.profile, self.now)
    }

    /// The calendar of the profile.
    pub(crate) fn calendar(&self) -> Calendar {
        self.plan.calendar_of(&self.profile.profile, self.now)
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.out.is_none()
    }

    pub(crate) fn emit(&mut self, at: i64, kind: OutputKind) {
        self.emit_because(at, kind, self.cause);
    }

    pub(crate) fn emit_because(&mut self, at: i64, kind: OutputKind, cause: &Cause) {
        if let Some(out) = &mut self.out {
            let at = Instant::from_micros(at);
            out.put(at, &self.profile.id, cause, kind);
        }
    }

    /// Whether a message may be sent now.
    pub(crate) fn check_delivery(&self, message: &Message) -> Result<(), Blocked> {
        let log = &self.profile.triggers().deliveries;
        self.plan.delivery.check(
            message,
            self.profile.draw_id(),
            &self.ctx(),
            self.calendar(),
            log,
        )
    }

    /// The variant of a message that the profile gets now.
    pub(crate) fn content_variant(&self, message: &Message) -> Option<Arc<str>> {
        self.plan.delivery.contents.variant(message, &self.ctx())
    }

    /// Records that a message is sent.
    pub(crate) fn record_delivery(&mut self, message: &Message, key: &str) {
        let delivery = Delivery {
            at: self.now,
            message: message.facts.clone(),
            key: key.to_owned(),
        };
        let calendar = self.calendar();
        let log = &mut self.profile.triggers_mut().deliveries;
        self.plan.delivery.record(delivery, calendar, log);
    }
}

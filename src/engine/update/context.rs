//! What every phase of an update works with.

use super::told::ToldEvent;
use crate::engine::delivery::{Blocked, Cleared};
use crate::engine::effect::{MessageContent, MessageOffer};
use crate::engine::explains::Explains;
use crate::engine::live_profile::LiveProfile;
use crate::engine::outbox::Outbox;
use crate::engine::output::{Cause, OutputKind};
use crate::engine::passage_event::PassedSteps;
use crate::engine::plan::Plan;
use crate::engine::sent_message::SentMessage;
use crate::engine::state::{Delivery, JourneyRun, ProfileState, ToldOffer};
use crate::engine::triggers::plus;
use crate::eval::context::Ctx;
use crate::ir::Calendar;
use crate::rule::offer::OfferRules;
use crate::rule::sending::{Message, MessageFacts};
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
    /// The events of what was told, to be taken in.
    pub(super) told: Vec<ToldEvent>,
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

    /// Whether a message may be sent now, and on which channel.
    pub(crate) fn check_delivery<'m>(&self, message: &'m Message) -> Result<Cleared<'m>, Blocked> {
        let log = &self.profile.triggers().deliveries;
        self.plan.delivery.check(
            message,
            self.profile.draw_id(),
            &self.ctx(),
            self.calendar(),
            log,
        )
    }

    /// What a message says to the profile that goes now, as the effect of a key. An offer that it makes is told from now on.
    pub(crate) fn tell_content(&mut self, message: &Message, key: &Arc<str>) -> MessageContent {
        let variant = (self.plan.delivery.contents).variant(message, &self.ctx());
        let offer = message.offer.as_ref();
        let offer = offer.map(|offer| self.tell_offer(offer, key));
        MessageContent { variant, offer }
    }

    /// An offer as the profile was told it and it stays, or else as it is now.
    fn tell_offer(&mut self, offer: &OfferRules, key: &Arc<str>) -> MessageOffer {
        let (now, name) = (self.now, offer.name.clone());
        let offers = &mut self.profile.triggers_mut().deliveries.offers;
        if let Some(told) = offers.repeat(&name, now) {
            let values = told.values.iter().cloned();
            let values = values.map(|(name, value)| (name, value.into())).collect();
            return MessageOffer { name, values };
        }
        let plan = self.plan;
        let values = plan.delivery.contents.offered(offer, &self.ctx()).clone();
        if let Some(keeps) = offer.keeps {
            let told = ToldOffer {
                offer: name.clone(),
                at: now,
                until: plus(now, keeps, self.zone()),
                key: key.clone(),
                is_repeated: false,
                values: (values.iter().cloned())
                    .map(|(name, value)| (name, value.into()))
                    .collect(),
            };
            self.profile.triggers_mut().deliveries.offers.push(told);
        }
        let values = values.into_iter().collect();
        MessageOffer { name, values }
    }

    /// Records that a message is sent: caps count it, and it becomes an event.
    pub(super) fn record_delivery(&mut self, message: &Arc<MessageFacts>, sent: &SentMessage) {
        let delivery = Delivery {
            at: self.now,
            message: message.clone(),
            key: (*sent.key).to_owned(),
        };
        let calendar = self.calendar();
        let log = &mut self.profile.triggers_mut().deliveries;
        self.plan.delivery.record(delivery, calendar, log);
        let event = ToldEvent::sent(self.plan, self.profile, self.now, sent);
        self.told.extend(event);
    }

    /// Records that a run passes from one step to another: it becomes an event.
    pub(super) fn record_passage(&mut self, passed: PassedSteps<'_>, run: &JourneyRun) {
        if self.plan.passed_kind.is_none() {
            return;
        }
        let (id, now) = (&self.profile.id, self.now);
        let passage = match passed.from {
            Some(_) => passed.event(id, run, now),
            None => passed.arrival(id, run, now),
        };
        let event = ToldEvent::passed(self.plan, self.profile, now, &passage);
        self.told.extend(event);
    }
}

//! Whether a message may be sent now, and if not, why and when.

use super::live::LiveProfile;
use super::suppression::SuppressionReason;
use super::turn::Turn;
use crate::eval::bind::Binder;
use crate::eval::context::Ctx;
use crate::eval::node::Node;
use crate::rule::sending::{Class, Message, Sending};
use crate::time::Instant;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a rulebook says of sending, bound to a profile type.
pub(crate) struct SendingPlan<P: LiveProfile> {
    pub(crate) rules: Arc<Sending>,
    processing: Option<Node<P>>,
    /// By channel.
    communication: BTreeMap<Arc<str>, Node<P>>,
}

impl<P: LiveProfile> SendingPlan<P> {
    pub(crate) fn new(sending: &Arc<Sending>, binder: &mut Binder<'_, P>) -> Self {
        let consents = sending
            .channels
            .values()
            .filter_map(|c| Some((c.name.clone(), c.consent.as_ref()?)));
        SendingPlan {
            rules: sending.clone(),
            processing: sending
                .processing
                .as_ref()
                .map(|rule| binder.cond(rule.root())),
            communication: consents
                .map(|(name, rule)| (name, binder.cond(rule.root())))
                .collect(),
        }
    }

    /// Whether the profile's data may not be processed.
    pub(crate) fn refuses_processing<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.processing
            .as_ref()
            .is_some_and(|consent| !consent.holds(ctx))
    }
}

/// Why a message may not be sent.
pub(crate) struct Gated {
    pub(crate) reason: SuppressionReason,
    /// When nothing but time would let it go; `None`: time alone never does.
    pub(crate) next: Option<i64>,
    /// Whether another message might go in its place.
    pub(crate) replaceable: bool,
}

impl<P: LiveProfile> Turn<'_, P> {
    /// Whether a message may be sent now. What concerns the profile comes before what concerns the channel, and that
    /// before what only time decides.
    pub(crate) fn gate(&self, message: &Message) -> Result<(), Gated> {
        let sending = &self.plan.sending;
        let refuse = |reason: SuppressionReason, replaceable: bool| {
            Err(Gated {
                reason,
                next: None,
                replaceable,
            })
        };
        let transactional = message.class == Class::Transactional;
        let id = self.live.profile.id();
        if !transactional
            && sending
                .rules
                .holdout
                .as_ref()
                .is_some_and(|draw| draw.takes(id))
        {
            return refuse(SuppressionReason::Holdout { own: false }, false);
        }
        if sending.refuses_processing(&self.ctx()) {
            return refuse(SuppressionReason::NoProcessingConsent, false);
        }
        let consent = sending
            .communication
            .get(&message.channel.name)
            .filter(|_| !transactional);
        if consent.is_some_and(|consent| !consent.holds(&self.ctx())) {
            return refuse(
                SuppressionReason::NoConsent {
                    channel: message.channel.name.clone(),
                },
                true,
            );
        }
        let Some((reason, _)) = self.closed(message, self.now) else {
            return Ok(());
        };
        Err(Gated {
            reason,
            next: self.first_open(message),
            replaceable: true,
        })
    }

    /// What of time keeps a message from being sent at an instant, and the first instant at which that no longer does.
    fn closed(&self, message: &Message, at: i64) -> Option<(SuppressionReason, Option<i64>)> {
        let calendar = self.calendar();
        if message.class != Class::Transactional {
            let next = message.channel.hours.next_open(calendar.zone, at);
            if next != Some(at) {
                let channel = message.channel.name.clone();
                return Some((
                    SuppressionReason::QuietHours {
                        channel,
                        next: next.map(Instant::from_micros),
                    },
                    next,
                ));
            }
        }
        let rules = &self.plan.sending.rules;
        let capped = self.live.acts().sent.capped(message, rules, calendar, at)?;
        let most = rules.caps.get(capped.cap).map_or(0, |cap| cap.most);
        let reason = SuppressionReason::FrequencyCap {
            cap: capped.cap + 1,
            most,
            next: Instant::from_micros(capped.until),
        };
        Some((reason, Some(capped.until)))
    }

    /// The first instant at which nothing of time keeps a message back any more.
    fn first_open(&self, message: &Message) -> Option<i64> {
        // Each look goes past the end of a quiet stretch or of a cap's period: two of them seldom take more than a few.
        const MAX_LOOKS: usize = 1_000;
        let mut at = self.now;
        for _ in 0..MAX_LOOKS {
            match self.closed(message, at) {
                None => return Some(at),
                Some((_, next)) => at = next.filter(|next| *next > at)?,
            }
        }
        None
    }
}

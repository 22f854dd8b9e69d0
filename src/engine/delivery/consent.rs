//! Consent to processing and to messages on a channel.

use crate::engine::live_profile::LiveProfile;
use crate::eval::Binder;
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::rule::sending::Sending;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The conditions under which a profile consents, bound to a profile type.
pub(crate) struct ConsentPlan<P: LiveProfile> {
    processing: Option<Node<P>>,
    /// By channel.
    channels: BTreeMap<Arc<str>, Node<P>>,
}

impl<P: LiveProfile> ConsentPlan<P> {
    pub(crate) fn new(sending: &Sending, binder: &mut Binder<'_, P>) -> Self {
        let channels = sending
            .channels
            .values()
            .filter_map(|c| Some((c.name.clone(), c.consent.as_ref()?)));
        ConsentPlan {
            processing: sending
                .processing
                .as_ref()
                .map(|rule| binder.cond(rule.root())),
            channels: channels
                .map(|(name, rule)| (name, binder.cond(rule.root())))
                .collect(),
        }
    }

    /// Whether the profile's data may be processed.
    pub(crate) fn allows_processing<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.processing
            .as_ref()
            .is_none_or(|consent| consent.holds(ctx))
    }

    /// Whether the profile may be sent messages on a channel.
    pub(crate) fn allows_channel<'a>(&'a self, channel: &str, ctx: &Ctx<'a, P>) -> bool {
        self.channels
            .get(channel)
            .is_none_or(|consent| consent.holds(ctx))
    }
}

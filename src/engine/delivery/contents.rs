//! Which variant of a message's content a profile gets.

use crate::engine::live_profile::LiveProfile;
use crate::eval::Binder;
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::rule::sending::{Message, Sending};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The conditions of variants, bound to a profile type, by message.
pub(crate) struct ContentPlan<P: LiveProfile>(BTreeMap<Arc<str>, Box<[Node<P>]>>);

impl<P: LiveProfile> ContentPlan<P> {
    pub(crate) fn new(sending: &Sending, binder: &mut Binder<'_, P>) -> Self {
        let mut plans = BTreeMap::new();
        for message in sending.messages.values() {
            let Some(variants) = &message.variants else {
                continue;
            };
            let cases = variants.cases.iter();
            let nodes = cases.map(|(_, when)| binder.cond(when.root()));
            plans.insert(message.name.clone(), nodes.collect());
        }
        ContentPlan(plans)
    }

    /// The variant that the profile gets; `None` if the message says the same to everybody.
    pub(crate) fn variant<'a>(&'a self, message: &Message, ctx: &Ctx<'a, P>) -> Option<Arc<str>> {
        let variants = message.variants.as_ref()?;
        let nodes = self.0.get(&message.name).map_or(&[][..], |nodes| nodes);
        // INVARIANT: messages that triggers send and those of the rules of sending come from one rulebook.
        debug_assert_eq!(nodes.len(), variants.cases.len());
        let first = nodes.iter().position(|when| when.holds(ctx));
        let case = first.and_then(|case| variants.cases.get(case));
        Some(case.map_or(&variants.otherwise, |(name, _)| name).clone())
    }
}

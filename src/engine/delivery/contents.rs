//! What a message says to a profile: the variant of its content, and its offer.

use crate::engine::live_profile::LiveProfile;
use crate::eval::Binder;
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::rule::offer::{OfferRules, OfferValues};
use crate::rule::sending::{Message, Sending};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The conditions of variants and of offers, bound to a profile type.
pub(crate) struct ContentPlan<P: LiveProfile> {
    /// By message.
    variants: BTreeMap<Arc<str>, Box<[Node<P>]>>,
    /// By offer.
    offers: BTreeMap<Arc<str>, Box<[Node<P>]>>,
}

impl<P: LiveProfile> ContentPlan<P> {
    pub(crate) fn new(sending: &Sending, binder: &mut Binder<'_, P>) -> Self {
        let mut variants = BTreeMap::new();
        for message in sending.messages.values() {
            if let Some(of) = &message.variants {
                let nodes = of.cases.iter().map(|(_, when)| binder.cond(when.root()));
                variants.insert(message.name.clone(), nodes.collect());
            }
        }
        let mut offers = BTreeMap::new();
        for (name, offer) in &sending.offers {
            let nodes = offer.cases.iter().map(|(when, _)| binder.cond(when.root()));
            offers.insert(name.clone(), nodes.collect());
        }
        ContentPlan { variants, offers }
    }

    /// The variant that the profile gets; `None` if the message says the same to everybody.
    pub(crate) fn variant<'a>(&'a self, message: &Message, ctx: &Ctx<'a, P>) -> Option<Arc<str>> {
        let variants = message.variants.as_ref()?;
        let case = first_of(&self.variants, &message.name, ctx);
        let case = case.and_then(|case| variants.cases.get(case));
        Some(case.map_or(&variants.otherwise, |(name, _)| name).clone())
    }

    /// The values of an offer that are the profile's now, whatever it was told before.
    pub(crate) fn offered<'a, 'o>(
        &'a self,
        offer: &'o OfferRules,
        ctx: &Ctx<'a, P>,
    ) -> &'o OfferValues {
        let case = first_of(&self.offers, &offer.name, ctx);
        let case = case.and_then(|case| offer.cases.get(case));
        case.map_or(&offer.otherwise, |(_, values)| values)
    }
}

/// The first of the conditions under a name that holds.
fn first_of<'a, P: LiveProfile>(
    plans: &'a BTreeMap<Arc<str>, Box<[Node<P>]>>,
    name: &str,
    ctx: &Ctx<'a, P>,
) -> Option<usize> {
    let nodes = plans.get(name);
    // INVARIANT: the messages that triggers send and their offers are those of the rules of sending.
    debug_assert!(nodes.is_some(), "{name} is not declared");
    nodes?.iter().position(|when| when.holds(ctx))
}

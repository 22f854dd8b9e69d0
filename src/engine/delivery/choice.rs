//! Which of the channels of a message a profile gets it on.

use super::{Blocked, Cleared, Refusal};
use crate::engine::live_profile::LiveProfile;
use crate::engine::suppression::ChannelCandidate;
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::rule::choice::{Amount, ChoiceRules, ExpectedWorth, Response};
use crate::rule::sending::{ChannelMerits, Route, Sending};
use crate::time::NEVER;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is counted of channels for the choice between them, bound to a profile type.
pub(crate) struct ChoicePlan<P: LiveProfile> {
    /// By channel.
    counts: BTreeMap<Arc<str>, ResponseCounts<P>>,
}

struct ResponseCounts<P: LiveProfile> {
    sent: TermNode<P>,
    reacted: TermNode<P>,
}

impl<P: LiveProfile> ChoicePlan<P> {
    pub(crate) fn new(sending: &Sending, binder: &mut Binder<'_, P>) -> Self {
        let mut counts = BTreeMap::new();
        for channel in sending.channels.values() {
            if let Some(ChannelMerits { sent, reacted, .. }) = &channel.merits {
                let bound = ResponseCounts {
                    sent: binder.term(sent.term()),
                    reacted: binder.term(reacted.term()),
                };
                counts.insert(channel.name.clone(), bound);
            }
        }
        ChoicePlan { counts }
    }

    /// What came of the messages that a profile got on a channel.
    fn response<'a>(&'a self, channel: &str, ctx: &Ctx<'a, P>) -> Response {
        let counts = self.counts.get(channel);
        // INVARIANT: a rulebook in which a channel is one of several and has no counts does not load.
        debug_assert!(counts.is_some(), "{channel} is not counted");
        let of = |term: &'a TermNode<P>| {
            let count = term.value(ctx).as_whole();
            count.map_or(0, |count| u64::try_from(count).unwrap_or(u64::MAX))
        };
        Response {
            reacted: counts.map_or(0, |counts| of(&counts.reacted)),
            sent: counts.map_or(0, |counts| of(&counts.sent)),
        }
    }

    /// Weighs a route of a message for a profile.
    pub(super) fn weigh<'a, 'm>(
        &'a self,
        route: &'m Route,
        rules: &ChoiceRules,
        refusal: Option<Refusal>,
        ctx: &Ctx<'a, P>,
    ) -> WeighedRoute<'m> {
        let response = self.response(&route.channel.name, ctx);
        let merits = route.channel.merits.as_ref();
        let cost = merits.map_or(Amount::default(), |merits| merits.cost);
        WeighedRoute {
            route,
            response,
            cost,
            expected: rules.expected(response, cost),
            refusal,
        }
    }
}

/// A route of a message, and what speaks for and against it.
pub(super) struct WeighedRoute<'m> {
    route: &'m Route,
    response: Response,
    cost: Amount,
    expected: ExpectedWorth,
    refusal: Option<Refusal>,
}

impl WeighedRoute<'_> {
    /// The least is chosen.
    fn rank(&self) -> (i64, Reverse<ExpectedWorth>) {
        let opens = match &self.refusal {
            None => i64::MIN,
            Some(refusal) => refusal.next.unwrap_or(NEVER),
        };
        (opens, Reverse(self.expected))
    }

    fn candidate(&self) -> ChannelCandidate {
        ChannelCandidate {
            channel: self.route.channel.name.clone(),
            reacted: self.response.reacted,
            sent: self.response.sent,
            cost: self.cost.decimal(),
            worth: self.expected.rounded(),
            refused: self.refusal.as_ref().map(|refusal| refusal.reason.clone()),
        }
    }
}

/// Of the routes that are open that on which the message is worth most; where none is, what keeps that one shut which is the first to open
/// by itself. Ties go to what is worth most, and then to the first.
pub(super) fn choose<'m>(
    first: WeighedRoute<'m>,
    others: Vec<WeighedRoute<'m>>,
) -> Result<Cleared<'m>, Blocked> {
    let all = std::iter::once(&first).chain(&others);
    let candidates = all.map(WeighedRoute::candidate).collect();
    let better = |best: WeighedRoute<'m>, other: WeighedRoute<'m>| {
        if other.rank() < best.rank() {
            other
        } else {
            best
        }
    };
    let WeighedRoute { route, refusal, .. } = others.into_iter().fold(first, better);
    match refusal {
        None => Ok(Cleared { route, candidates }),
        Some(refusal) => Err(Blocked {
            refusal,
            candidates,
        }),
    }
}

//! Whether a message may be sent to a profile now, and if not, why and from when on.

mod choice;
mod consent;
mod contents;
mod frequency_caps;
mod quiet_hours;

pub(crate) use frequency_caps::counted_until;

use super::live_profile::LiveProfile;
use super::state::DeliveryLog;
use super::suppression::{ChannelCandidate, SuppressionReason};
use super::triggers::assignment;
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::ir::Calendar;
use crate::profile::Identifier;
use crate::rule::sending::{Class, Message, Route, Sending};
use crate::time::Instant;
use choice::{ChoicePlan, choose};
use consent::ConsentPlan;
use contents::ContentPlan;
use frequency_caps::FrequencyCaps;
use std::sync::Arc;

/// What a rulebook says about sending messages, bound to a profile type.
pub(crate) struct DeliveryPlan<P: LiveProfile> {
    pub(crate) rules: Arc<Sending>,
    pub(crate) consent: ConsentPlan<P>,
    pub(crate) contents: ContentPlan<P>,
    choice: ChoicePlan<P>,
}

/// How a message may be sent.
pub(crate) struct Cleared<'m> {
    pub(crate) route: &'m Route,
    /// The channels among which there was a choice, if there was one.
    pub(crate) candidates: Vec<ChannelCandidate>,
}

/// A message may not be sent.
pub(crate) struct Blocked {
    pub(crate) refusal: Refusal,
    /// The channels among which there was a choice, if there was one.
    pub(crate) candidates: Vec<ChannelCandidate>,
}

/// Why a message may not be sent.
pub(crate) struct Refusal {
    pub(crate) reason: SuppressionReason,
    /// The first instant at which it may, if nothing else is sent; `None` if time alone never allows it.
    pub(crate) next: Option<i64>,
    /// Whether another message may be sent in its place.
    pub(crate) is_replaceable: bool,
}

impl Refusal {
    /// Of what time alone does not change.
    pub(crate) fn lasting(reason: SuppressionReason, is_replaceable: bool) -> Self {
        Refusal {
            reason,
            next: None,
            is_replaceable,
        }
    }
}

impl From<Refusal> for Blocked {
    /// Whatever the channel.
    fn from(refusal: Refusal) -> Self {
        Blocked {
            refusal,
            candidates: Vec::new(),
        }
    }
}

impl<P: LiveProfile> DeliveryPlan<P> {
    pub(crate) fn new(sending: &Arc<Sending>, binder: &mut Binder<'_, P>) -> Self {
        DeliveryPlan {
            rules: sending.clone(),
            consent: ConsentPlan::new(sending, binder),
            contents: ContentPlan::new(sending, binder),
            choice: ChoicePlan::new(sending, binder),
        }
    }

    /// Whether a message may be sent now, and on which channel. What concerns the profile is checked before what concerns the channel, and
    /// that before what only time decides.
    pub(crate) fn check<'a, 'm>(
        &'a self,
        message: &'m Message,
        draw_id: Identifier<'_>,
        ctx: &Ctx<'a, P>,
        calendar: Calendar,
        log: &DeliveryLog,
    ) -> Result<Cleared<'m>, Blocked> {
        let mut holdout = self.rules.holdout.iter();
        if message.class() != Class::Transactional
            && holdout.any(|group| assignment::is_in(group, draw_id))
        {
            let reason = SuppressionReason::Holdout { own: false };
            return Err(Refusal::lasting(reason, false).into());
        }
        if !self.consent.allows_processing(ctx) {
            let reason = SuppressionReason::NoProcessingConsent;
            return Err(Refusal::lasting(reason, false).into());
        }
        let schedule = SendTimes {
            caps: FrequencyCaps {
                sending: &self.rules,
                calendar,
            },
            log,
        };
        let refusal = |route: &Route| self.refusal(route, ctx, &schedule);
        let Some(rules) = (self.rules.choice.as_ref()).filter(|_| message.has_choice()) else {
            let route = &message.route;
            return match refusal(route) {
                Some(refusal) => Err(refusal.into()),
                None => Ok(Cleared {
                    route,
                    candidates: Vec::new(),
                }),
            };
        };
        let weigh = |route| self.choice.weigh(route, rules, refusal(route), ctx);
        let alternatives = message.alternatives.iter();
        choose(weigh(&message.route), alternatives.map(weigh).collect())
    }

    /// Why a message may not be sent on a channel now.
    fn refusal<'a>(
        &'a self,
        route: &Route,
        ctx: &Ctx<'a, P>,
        schedule: &SendTimes<'_>,
    ) -> Option<Refusal> {
        let channel = &route.channel.name;
        if !route.is_allowed() {
            let channel = channel.clone();
            return Some(Refusal::lasting(
                SuppressionReason::NotAllowed { channel },
                true,
            ));
        }
        let is_transactional = route.facts.class == Class::Transactional;
        if !is_transactional && !self.consent.allows_channel(channel, ctx) {
            let channel = channel.clone();
            return Some(Refusal::lasting(
                SuppressionReason::NoConsent { channel },
                true,
            ));
        }
        let (reason, _) = schedule.closed(route, ctx.now)?;
        Some(Refusal {
            reason,
            next: schedule.first_open(route, ctx.now),
            is_replaceable: true,
        })
    }

    /// Records that a message is sent, and forgets those that no cap counts any more.
    pub(crate) fn record(
        &self,
        delivery: super::state::Delivery,
        calendar: Calendar,
        log: &mut DeliveryLog,
    ) {
        let caps = FrequencyCaps {
            sending: &self.rules,
            calendar,
        };
        caps.prune(log, delivery.at);
        log.push(delivery);
    }
}

/// When messages may be sent to one profile: outside of quiet hours, and within frequency caps.
struct SendTimes<'a> {
    caps: FrequencyCaps<'a>,
    log: &'a DeliveryLog,
}

impl SendTimes<'_> {
    /// Why a message may not be sent at an instant, and the first instant at which that reason is gone.
    fn closed(&self, route: &Route, at: i64) -> Option<(SuppressionReason, Option<i64>)> {
        if route.facts.class != Class::Transactional {
            let zone = self.caps.calendar.zone;
            let next = quiet_hours::next_open(&route.channel.hours, zone, at);
            if next != Some(at) {
                let reason = SuppressionReason::QuietHours {
                    channel: route.channel.name.clone(),
                    next: next.map(Instant::from_micros),
                };
                return Some((reason, next));
            }
        }
        let reached = self.caps.reached(&route.facts, self.log, at)?;
        let cap = self.caps.sending.caps.get(reached.cap);
        let reason = SuppressionReason::FrequencyCap {
            cap: reached.cap + 1,
            most: cap.map_or(0, |cap| cap.most),
            next: Instant::from_micros(reached.until),
        };
        Some((reason, Some(reached.until)))
    }

    /// The first instant from `now` on at which a message may be sent.
    fn first_open(&self, route: &Route, now: i64) -> Option<i64> {
        // Each step goes past the end of quiet hours or of a cap's period; seldom are there more than a few.
        const MAX_STEPS: usize = 1_000;
        let mut at = now;
        for _ in 0..MAX_STEPS {
            match self.closed(route, at) {
                None => return Some(at),
                Some((_, next)) => at = next.filter(|next| *next > at)?,
            }
        }
        None
    }
}

#[cfg(all(test, feature = "toml"))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::Rulebook;
    use crate::engine::state::Delivery;

    /// Sent at 20:10 in Rome, another offer may go at 21:10 as far as the cap is concerned; but then it is quiet.
    #[test]
    fn a_message_goes_when_neither_hours_nor_caps_hold_it_back() {
        let rulebook = Rulebook::from_toml(
            r#"
            caps = [{ most = 1, within = "1 hour" }]
            channels.email.quiet = ["21:00-08:00"]
            messages.offer = { channel = "email" }
            "#,
        )
        .unwrap();
        let at = |text: &str| text.parse::<Instant>().unwrap().micros();
        let mut log = DeliveryLog::default();
        log.push(Delivery {
            at: at("2026-01-14T19:10:00Z"),
            message: rulebook.sending.messages["offer"].route.facts.clone(),
            key: String::new(),
        });
        let times = SendTimes {
            caps: FrequencyCaps {
                sending: &rulebook.sending,
                calendar: Calendar {
                    zone: "Europe/Rome".parse().unwrap(),
                    week_start: 0,
                },
            },
            log: &log,
        };
        let offer = &rulebook.sending.messages["offer"].route;
        let now = at("2026-01-14T19:30:00Z");
        let (reason, next) = times.closed(offer, now).unwrap();
        assert_eq!(reason.name(), "cap");
        assert_eq!(next, Some(at("2026-01-14T20:10:00Z")));
        let morning = at("2026-01-15T07:00:00Z");
        assert_eq!(times.first_open(offer, now), Some(morning));
        assert_eq!(times.closed(offer, morning), None);
    }
}

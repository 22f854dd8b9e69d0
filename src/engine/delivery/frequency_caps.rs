//! Frequency caps: which of them holds a message back, and until when.

use crate::engine::state::DeliveryLog;
use crate::engine::triggers::plus_by_clock;
use crate::ir::Calendar;
use crate::rule::sending::{Cap, CapPeriod, MessageFacts, Sending};
use crate::time::{period_number, period_start};

/// The frequency caps of a rulebook for one profile.
#[derive(Clone, Copy)]
pub(crate) struct FrequencyCaps<'r> {
    pub(crate) sending: &'r Sending,
    /// That of the profile.
    pub(crate) calendar: Calendar,
}

/// A cap that holds a message back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReachedCap {
    /// The number of the cap that does so longest; of several the first.
    pub(crate) cap: usize,
    /// The first instant at which no cap does, if nothing else is sent.
    pub(crate) until: i64,
}

impl FrequencyCaps<'_> {
    /// The cap that holds a message back; `None` if it may be sent.
    pub(crate) fn reached(
        &self,
        message: &MessageFacts,
        log: &DeliveryLog,
        now: i64,
    ) -> Option<ReachedCap> {
        let mut longest: Option<ReachedCap> = None;
        for (i, cap) in self.sending.caps.iter().enumerate() {
            if cap.covers(message)
                && let Some(until) = self.full_until(cap, log, now)
                && longest.is_none_or(|longest| until > longest.until)
            {
                longest = Some(ReachedCap { cap: i, until });
            }
        }
        longest
    }

    /// When a cap that is reached allows one more.
    ///
    /// A cap of 2 counts three messages until 10:00, 12:00 and 15:00: it is free when one fewer than two is left, at 12:00,
    /// the second latest of these ends.
    fn full_until(&self, cap: &Cap, log: &DeliveryLog, now: i64) -> Option<i64> {
        let mut ends: Vec<i64> = log
            .iter()
            .filter_map(|sent| counted_until(&sent.message, sent.at, cap, self.calendar, now))
            .collect();
        let most = usize::try_from(cap.most).unwrap_or(usize::MAX);
        ends.sort_unstable_by(|a, b| b.cmp(a));
        ends.get(most.saturating_sub(1)).copied()
    }

    /// Forgets what no cap counts any more.
    pub(crate) fn prune(&self, log: &mut DeliveryLog, now: i64) {
        log.retain(|sent| {
            let mut caps = self.sending.caps.iter();
            caps.any(|cap| counted_until(&sent.message, sent.at, cap, self.calendar, now).is_some())
        });
    }
}

/// The first instant at which a cap no longer counts a message that was sent at an instant, if it counts it now.
pub(crate) fn counted_until(
    message: &MessageFacts,
    sent: i64,
    cap: &Cap,
    calendar: Calendar,
    now: i64,
) -> Option<i64> {
    if !cap.covers(message) {
        return None;
    }
    let Calendar { zone, week_start } = calendar;
    let end = match cap.period {
        CapPeriod::Calendar(unit) => {
            let number = period_number(unit, zone.date(sent), week_start);
            period_start(unit, number.saturating_add(1), week_start, zone)
        }
        // The end is free, as those of `again` and `cooldown` are: a weekly letter goes out every week under `1 in 7 days`, also in
        // that of 167 hours.
        CapPeriod::Rolling(length) => plus_by_clock(sent, length, zone),
    };
    (now < end).then_some(end)
}

#[cfg(all(test, feature = "toml"))]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::*;
    use crate::Rulebook;
    use crate::engine::state::Delivery;
    use crate::time::{DAY, HOUR, Instant, Zone};
    use proptest::prelude::*;

    const MESSAGES: &str = r#"
        [channels.email]
        [channels.sms]
        [messages.coupon]
        channel = "email"
        content = "reactivation"
        tags = ["winback/coupon"]
        [messages.text]
        channel = "sms"
        tags = ["season"]
        [messages.digest]
        channel = "email"
        class = "newsletter"
        [messages.receipt]
        channel = "email"
        class = "transactional"
    "#;

    fn sending(caps: &str) -> Sending {
        let loaded = Rulebook::from_toml(&format!("caps = [{caps}]\n{MESSAGES}"));
        (*loaded.unwrap_or_else(|error| panic!("{error}")).sending).clone()
    }

    fn at(text: &str) -> i64 {
        text.parse::<Instant>().unwrap().micros()
    }

    fn log(sent: &[(&str, i64)]) -> DeliveryLog {
        let mut log = DeliveryLog::default();
        for (name, at) in sent {
            log.push(delivery(name, *at));
        }
        log
    }

    fn delivery(name: &str, at: i64) -> Delivery {
        Delivery {
            at,
            message: sending("").messages[name].route.facts.clone(),
            key: at.to_string(),
        }
    }

    fn messages(log: &DeliveryLog) -> Vec<&str> {
        log.iter().map(|sent| &*sent.message.name).collect()
    }

    fn rome(sending: &Sending) -> FrequencyCaps<'_> {
        caps(sending, "Europe/Rome".parse().unwrap())
    }

    fn caps(sending: &Sending, zone: Zone) -> FrequencyCaps<'_> {
        let calendar = Calendar {
            zone,
            week_start: 0,
        };
        FrequencyCaps { sending, calendar }
    }

    /// The cap and the instant at which it lets go.
    fn capped(
        sending: &Sending,
        log: &DeliveryLog,
        message: &str,
        now: &str,
    ) -> Option<(usize, String)> {
        let message = &sending.messages[message].route.facts;
        let found = rome(sending).reached(message, log, at(now))?;
        Some((found.cap, Instant::from_micros(found.until).to_string()))
    }

    /// The day is that of the profile: 23:00 and an hour later are two.
    #[test]
    fn a_calendar_cap_ends_with_the_profiles_day() {
        let sending = sending("{ most = 1, per = \"day\" }");
        let log = log(&[("coupon", at("2026-01-14T22:30:00Z"))]);
        assert_eq!(
            capped(&sending, &log, "text", "2026-01-14T22:59:59Z"),
            Some((0, "2026-01-14T23:00:00Z".to_owned()))
        );
        assert_eq!(capped(&sending, &log, "text", "2026-01-14T23:00:00Z"), None);
    }

    #[test]
    fn weeks_and_months_end_where_they_do() {
        let log = log(&[("coupon", at("2026-03-27T12:00:00Z"))]);
        let until = |per: &str| {
            capped(
                &sending(&format!("{{ most = 1, per = \"{per}\" }}")),
                &log,
                "text",
                "2026-03-28T12:00:00Z",
            )
        };
        assert_eq!(until("week"), Some((0, "2026-03-29T22:00:00Z".to_owned())));
        assert_eq!(until("month"), Some((0, "2026-03-31T22:00:00Z".to_owned())));
    }

    #[test]
    fn a_rolling_cap_is_free_at_its_end() {
        let sending = sending("{ most = 2, within = \"7 days\" }");
        let log = log(&[
            ("coupon", at("2026-01-01T12:00:00Z")),
            ("text", at("2026-01-03T12:00:00Z")),
        ]);
        let until = Some((0, "2026-01-08T12:00:00Z".to_owned()));
        assert_eq!(
            capped(&sending, &log, "digest", "2026-01-08T11:59:59.999999Z"),
            until
        );
        assert_eq!(
            capped(&sending, &log, "digest", "2026-01-08T12:00:00Z"),
            None
        );
    }

    /// The week in which clocks go forward has 167 hours.
    #[test]
    fn a_weekly_letter_is_not_held_back_by_a_change_of_clocks() {
        let sending =
            sending("{ most = 1, within = \"7 days\" }, { most = 1, within = \"167 hours\" }");
        let log = log(&[("digest", at("2026-03-23T08:00:00Z"))]);
        let monday = "2026-03-30T07:00:00Z";
        assert_eq!(capped(&sending, &log, "digest", monday), None);
        assert_eq!(
            capped(&sending, &log, "digest", "2026-03-30T06:59:59Z"),
            Some((0, monday.to_owned()))
        );
    }

    #[test]
    fn the_cap_that_holds_longest_is_named() {
        let sending = sending(
            "{ most = 1, per = \"day\" }, { most = 1, within = \"3 days\" }, { most = 1, within = \"72 hours\" }",
        );
        let log = log(&[("coupon", at("2026-01-14T12:00:00Z"))]);
        assert_eq!(
            capped(&sending, &log, "text", "2026-01-14T13:00:00Z"),
            Some((1, "2026-01-17T12:00:00Z".to_owned()))
        );
    }

    #[test]
    fn caps_are_about_what_they_name() {
        let now = "2026-01-14T13:00:00Z";
        let sent = log(&[("coupon", at("2026-01-14T12:00:00Z"))]);
        let holds = |cap: &str, message: &str| {
            capped(
                &sending(&format!("{{ most = 1, per = \"day\", {cap} }}")),
                &sent,
                message,
                now,
            )
            .is_some()
        };
        assert!(holds("channel = \"email\"", "digest") && !holds("channel = \"email\"", "text"));
        assert!(
            holds("class = \"promotional\"", "text") && !holds("class = \"promotional\"", "digest")
        );
        assert!(
            holds("content = \"reactivation\"", "coupon")
                && !holds("content = \"reactivation\"", "text")
        );
        assert!(holds("tag = \"winback\"", "coupon") && !holds("tag = \"win\"", "coupon"));
        assert!(
            !holds("tag = \"season\"", "text"),
            "the coupon has another tag"
        );
    }

    /// Transactional messages are neither held back nor counted, unless a cap names them.
    #[test]
    fn transactional_messages_pass() {
        let receipts = log(&[("receipt", at("2026-01-14T12:00:00Z"))]);
        let now = "2026-01-14T13:00:00Z";
        let every = sending("{ most = 1, per = \"day\" }");
        assert_eq!(capped(&every, &receipts, "coupon", now), None);
        assert_eq!(
            capped(
                &every,
                &log(&[("coupon", at("2026-01-14T12:00:00Z"))]),
                "receipt",
                now
            ),
            None
        );
        let named = sending("{ most = 1, per = \"day\", class = \"transactional\" }");
        assert!(capped(&named, &receipts, "receipt", now).is_some());
    }

    #[test]
    fn a_message_that_the_rulebook_has_lost_counts_as_what_it_was() {
        let sending = sending("{ most = 1, per = \"day\", channel = \"email\" }");
        let mut log = DeliveryLog::default();
        for channel in ["post", "email"] {
            let mut lost = (*delivery("coupon", 0).message).clone();
            (lost.name, lost.channel) = ("poster".into(), channel.into());
            log.push(Delivery {
                message: lost.into(),
                ..delivery("coupon", at("2026-01-14T12:00:00Z"))
            });
        }
        let until = Some((0, "2026-01-14T23:00:00Z".to_owned()));
        let now = "2026-01-14T13:00:00Z";
        assert_eq!(capped(&sending, &log, "coupon", now), until);
        rome(&sending).prune(&mut log, at(now));
        assert_eq!(messages(&log), ["poster"]);
        log.push(delivery("digest", at("2026-01-15T12:00:00Z")));
        rome(&sending).prune(&mut log, at("2026-01-15T12:00:00Z"));
        assert_eq!(messages(&log), ["digest"]);
    }

    /// Whether a cap allows a message, counted from the beginning each time.
    fn allowed(
        sending: &Sending,
        log: &DeliveryLog,
        message: &MessageFacts,
        zone: Zone,
        now: i64,
    ) -> bool {
        sending
            .caps
            .iter()
            .filter(|cap| cap.covers(message))
            .all(|cap| {
                let counts = |sent: &&Delivery| {
                    let same = match cap.period {
                        CapPeriod::Calendar(unit) => {
                            period_number(unit, zone.date(sent.at), 0)
                                == period_number(unit, zone.date(now), 0)
                        }
                        CapPeriod::Rolling(length) => now < plus_by_clock(sent.at, length, zone),
                    };
                    same && cap.covers(&sent.message)
                };
                log.iter().filter(counts).count() < usize::try_from(cap.most).unwrap()
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn the_instant_is_the_first(
            caps in prop::collection::vec(prop::sample::select(vec![
                "{ most = 1, per = \"day\" }", "{ most = 2, per = \"week\", channel = \"email\" }",
                "{ most = 3, per = \"month\" }", "{ most = 2, within = \"36 hours\", class = \"promotional\" }",
                "{ most = 1, within = \"1 month\", tag = \"winback\" }",
            ]), 1..4),
            sent in prop::collection::vec((prop::sample::select(vec!["coupon", "text", "digest", "receipt"]), 0..40 * 24_i64), 0..8),
            zone in prop::sample::select(vec!["Europe/Rome", "America/New_York", "Australia/Lord_Howe"]),
        ) {
            let sending = sending(&caps.join(", "));
            let zone: Zone = zone.parse().unwrap();
            let start = at("2026-03-01T00:30:00Z");
            let mut sent: Vec<(&str, i64)> = sent.into_iter().map(|(name, hour)| (name, start + hour * HOUR)).collect();
            sent.sort_by_key(|(_, at)| *at);
            let now = sent.last().map_or(start, |(_, at)| *at) + HOUR;
            let whole = log(&sent);
            let mut short = whole.clone();
            let caps = super::tests::caps(&sending, zone);
            caps.prune(&mut short, now);
            for message in sending.messages.values().map(|message| &*message.route.facts) {
                let found = caps.reached(message, &whole, now);
                prop_assert_eq!(found, caps.reached(message, &short, now));
                prop_assert_eq!(found.is_none(), allowed(&sending, &whole, message, zone, now));
                if let Some(ReachedCap { until, .. }) = found {
                    prop_assert!(until > now && until < now + 32 * DAY);
                    prop_assert!(allowed(&sending, &whole, message, zone, until));
                    prop_assert!(!allowed(&sending, &whole, message, zone, until - 1));
                    prop_assert!((1..100).all(|i| !allowed(&sending, &whole, message, zone, now + (until - now) / 100 * i)));
                }
            }
        }
    }
}

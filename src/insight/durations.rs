//! How long profiles stay in a stage: quantiles over the visits that have ended, and a median over all visits.

use crate::time::{Duration, Instant, MINUTE};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long profiles stayed in a stage. Lengths are rounded to whole minutes; a quantile is the shortest length that at least
/// that share of the visits did not exceed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StageDurations {
    /// The stage's name.
    pub stage: Arc<str>,
    /// How many visits have ended whose beginning is known.
    pub ended: u64,
    /// How many visits have not ended.
    pub open: u64,
    /// The first quartile of the ended visits.
    pub quarter: Option<Duration>,
    /// The median of the ended visits.
    pub median: Option<Duration>,
    /// The third quartile of the ended visits.
    pub three_quarters: Option<Duration>,
    /// The 90th percentile of the ended visits.
    pub nine_tenths: Option<Duration>,
    /// The median of all visits, estimated after Kaplan and Meier: an open visit counts as longer than it has lasted so far.
    /// `None` if fewer than half of the visits would have ended.
    pub median_of_all: Option<Duration>,
}

/// How many visits lasted how long, by whole minutes.
#[derive(Clone, Debug, Default)]
pub(super) struct VisitLengths(BTreeMap<i64, u64>);

impl VisitLengths {
    pub(super) fn add(&mut self, since: Instant, until: Instant) {
        *self.0.entry(minutes(since, until)).or_default() += 1;
    }

    /// The durations of a stage. `open` are the visits that last at `until`, each with its beginning if that is known.
    pub(super) fn durations(
        &self,
        stage: Arc<str>,
        open: impl Iterator<Item = Option<Instant>>,
        until: Instant,
    ) -> StageDurations {
        let (mut count, mut so_far) = (0, VisitLengths::default());
        for since in open {
            count += 1;
            if let Some(since) = since {
                so_far.add(since, until);
            }
        }
        StageDurations {
            stage,
            ended: self.0.values().sum(),
            open: count,
            quarter: self.quantile(1, 4),
            median: self.quantile(1, 2),
            three_quarters: self.quantile(3, 4),
            nine_tenths: self.quantile(9, 10),
            median_of_all: self.median_with_open(&so_far),
        }
    }

    /// The length at rank ⌈n·part/whole⌉ of n visits.
    pub(super) fn quantile(&self, part: u64, whole: u64) -> Option<Duration> {
        let n: u64 = self.0.values().sum();
        let rank = n.saturating_mul(part).div_ceil(whole).max(1);
        let mut seen: u64 = 0;
        self.0.iter().find_map(|(minutes, count)| {
            seen = seen.saturating_add(*count);
            (seen >= rank).then(|| length(*minutes))
        })
    }

    /// The median over ended and open visits. At each length at which visits ended, the share of those that lasted so long
    /// (the visits at risk) is taken off; the median is where half is left.
    ///
    /// Three visits ended after 5, 10 and 20 minutes and one is open after 7: at 5, 4 were at risk, 3/4 are left; at 10, 2
    /// were (the open one was last seen at 7), 3/8 are left, so the median is 10.
    #[expect(clippy::cast_precision_loss, reason = "shares of counts")]
    pub(super) fn median_with_open(&self, open: &VisitLengths) -> Option<Duration> {
        let mut at_risk: u64 = self.0.values().chain(open.0.values()).sum();
        let mut open = open.0.iter().peekable();
        let mut left = 1.0;
        for (minutes, count) in &self.0 {
            while let Some((_, gone)) = open.next_if(|(m, _)| *m < minutes) {
                at_risk = at_risk.saturating_sub(*gone);
            }
            left *= 1.0 - *count as f64 / at_risk.max(1) as f64;
            at_risk = at_risk.saturating_sub(*count);
            // A share that is one half in exact numbers counts as one half.
            if left <= 0.5 + 1e-12 {
                return Some(length(*minutes));
            }
        }
        None
    }
}

/// The nearest whole minute, so that the microsecond after which a window no longer holds does not show.
fn minutes(since: Instant, until: Instant) -> i64 {
    until
        .micros()
        .saturating_sub(since.micros())
        .saturating_add(MINUTE / 2)
        .max(0)
        / MINUTE
}

fn length(minutes: i64) -> Duration {
    Duration::from_micros(minutes.saturating_mul(MINUTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(pairs: &[(i64, u64)]) -> VisitLengths {
        VisitLengths(pairs.iter().copied().collect())
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        let ended = lengths(&[(10, 1), (20, 1), (30, 1), (40, 1)]);
        assert_eq!(ended.quantile(1, 4), Some(length(10)));
        assert_eq!(ended.quantile(1, 2), Some(length(20)));
        assert_eq!(ended.quantile(9, 10), Some(length(40)));
        assert_eq!(VisitLengths::default().quantile(1, 2), None);
    }

    #[test]
    fn open_visits_make_the_median_longer() {
        let ended = lengths(&[(6, 3), (7, 1), (10, 1), (13, 1), (16, 1), (22, 1), (23, 1)]);
        assert_eq!(
            ended.median_with_open(&VisitLengths::default()),
            Some(length(10))
        );
        // The remission times of a leukaemia trial that every textbook of survival analysis has: the median is 23 weeks.
        let open = lengths(&[
            (6, 1),
            (9, 1),
            (10, 1),
            (11, 1),
            (17, 1),
            (19, 1),
            (20, 1),
            (25, 1),
            (32, 2),
            (34, 1),
            (35, 1),
        ]);
        assert_eq!(ended.median_with_open(&open), Some(length(23)));
        let ended = lengths(&[(5, 1), (10, 1), (20, 1)]);
        assert_eq!(
            ended.median_with_open(&lengths(&[(7, 1)])),
            Some(length(10))
        );
        assert_eq!(
            lengths(&[(5, 1)]).median_with_open(&lengths(&[(9, 2)])),
            None
        );
    }
}

//! Scans over events with a test fused into the loop.

use super::key::TextKey;
use super::reading::Reading;
use super::{Event, kind_index};
use std::ops::RangeInclusive;

/// A scan over events with a test fused into the loop.
pub(crate) trait EventScan<E: Event>: Send + Sync {
    /// The fused test alone.
    fn test(&self, event: &E) -> bool;

    /// Counts the events of one kind between two instants (the second excluded) that pass this test and `rest`, up to `limit`.
    fn count(
        &self,
        events: &[E],
        kind: usize,
        low: i64,
        high: i64,
        limit: usize,
        rest: &dyn Fn(&E) -> bool,
    ) -> usize {
        let mut n = 0;
        for e in events {
            // The window comes last but one: most events fail the fused test, and reading their instant would be in vain.
            if kind_index(e) == kind
                && self.test(e)
                && (low..high).contains(&e.at().micros())
                && rest(e)
            {
                n += 1;
                if n == limit {
                    break;
                }
            }
        }
        n
    }

    /// The position of the `n`th event from the end that passes this test and `rest`. All are of the kind that is meant.
    fn nth_back(&self, events: &[E], n: usize, rest: &dyn Fn(&E) -> bool) -> Option<usize> {
        let Some(nth) = n.checked_sub(1) else {
            return Some(events.len());
        };
        let newest_first = events.iter().enumerate().rev();
        newest_first
            .filter(|(_, e)| self.test(e) && rest(e))
            .nth(nth)
            .map(|(i, _)| i)
    }

    /// Whether any event of one kind between two instants (the second excluded) passes this test.
    fn any_plain(&self, events: &[E], kind: usize, low: i64, high: i64) -> bool {
        events.iter().any(|e| {
            kind_index(e) == kind && self.test(e) && (low..high).contains(&e.at().micros())
        })
    }

    /// Gathers the newest instants of the events of one kind from `within` on that pass this test and `rest`. `false` where one
    /// that passes is later than its end; then they may not be all.
    fn newest(
        &self,
        events: &[E],
        kind: usize,
        within: RangeInclusive<i64>,
        newest: &mut Newest,
        rest: &dyn Fn(&E) -> bool,
    ) -> bool {
        for e in events {
            if kind_index(e) == kind && self.test(e) {
                let at = e.at().micros();
                if at >= *within.start() && rest(e) {
                    if at > *within.end() {
                        return false;
                    }
                    newest.add(at);
                }
            }
        }
        true
    }

    /// The same count where nothing more is asked of an event.
    fn count_plain(&self, events: &[E], kind: usize, low: i64, high: i64, limit: usize) -> usize {
        let mut n = 0;
        for e in events {
            if kind_index(e) == kind && self.test(e) && (low..high).contains(&e.at().micros()) {
                n += 1;
                if n == limit {
                    break;
                }
            }
        }
        n
    }
}

/// The newest `n` of some instants, which come in any order.
pub(crate) struct Newest {
    /// The first `len` of them, the newest first.
    instants: [i64; Newest::MAX],
    len: usize,
    n: usize,
}

impl Newest {
    /// So few that each new one can be compared with all.
    const MAX: usize = 16;

    /// `None` where `n` is more than can be kept, or nothing.
    pub(crate) fn of(n: usize) -> Option<Self> {
        (1..=Self::MAX).contains(&n).then_some(Newest {
            instants: [i64::MIN; Self::MAX],
            len: 0,
            n,
        })
    }

    fn add(&mut self, at: i64) {
        let mut moved = at;
        for kept in self.instants.iter_mut().take(self.n) {
            if *kept < moved {
                std::mem::swap(kept, &mut moved);
            }
        }
        self.len = self.n.min(self.len + 1);
    }

    /// The oldest of them, where there are as many as wanted.
    pub(crate) fn nth(&self) -> Option<i64> {
        let last = self.n.checked_sub(1)?;
        (self.len == self.n)
            .then(|| self.instants.get(last).copied())
            .flatten()
    }
}

/// Accepts every event.
pub(crate) struct AllEvents;

impl<E: Event> EventScan<E> for AllEvents {
    #[inline]
    fn test(&self, _: &E) -> bool {
        true
    }
}

pub(super) struct TextScan<F> {
    pub(super) read: F,
    pub(super) key: TextKey,
}

impl<E: Event, F> EventScan<E> for TextScan<F>
where
    F: Fn(&E) -> Reading<'_> + Send + Sync,
{
    #[inline]
    fn test(&self, event: &E) -> bool {
        (self.read)(event)
            .val(0)
            .text()
            .is_some_and(|v| self.key.is(v))
    }
}

pub(super) struct WholeScan<F> {
    pub(super) read: F,
    pub(super) scale: u8,
    pub(super) value: i64,
}

impl<E: Event, F> EventScan<E> for WholeScan<F>
where
    F: Fn(&E) -> Reading<'_> + Send + Sync,
{
    #[inline]
    fn test(&self, event: &E) -> bool {
        (self.read)(event).clamped(self.scale) == Some(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::Newest;

    #[test]
    fn the_newest_are_kept_in_any_order_of_coming() {
        let nth = |n, instants: &[i64]| {
            let mut newest = Newest::of(n).expect("a few");
            instants.iter().for_each(|at| newest.add(*at));
            newest.nth()
        };
        assert_eq!(nth(2, &[3, 9, 20]), Some(9));
        assert_eq!(nth(2, &[20, 3, 9]), Some(9));
        assert_eq!(nth(2, &[9, 9, 3]), Some(9));
        assert_eq!(nth(1, &[i64::MIN]), Some(i64::MIN));
        assert_eq!(nth(3, &[3, 9]), None);
        assert!(Newest::of(0).is_none() && Newest::of(17).is_none());
    }
}

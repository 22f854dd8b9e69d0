//! Scans over events with a test fused into the loop.

use super::Event;
use super::key::TextKey;

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
            if e.kind() == kind && self.test(e) && (low..high).contains(&e.at().micros()) && rest(e)
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
        events
            .iter()
            .any(|e| e.kind() == kind && self.test(e) && (low..high).contains(&e.at().micros()))
    }

    /// The same count where nothing more is asked of an event.
    fn count_plain(&self, events: &[E], kind: usize, low: i64, high: i64, limit: usize) -> usize {
        let mut n = 0;
        for e in events {
            if e.kind() == kind && self.test(e) && (low..high).contains(&e.at().micros()) {
                n += 1;
                if n == limit {
                    break;
                }
            }
        }
        n
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
    pub(super) get: F,
    pub(super) key: TextKey,
}

impl<E: Event, F> EventScan<E> for TextScan<F>
where
    F: Fn(&E) -> Option<&str> + Copy + Send + Sync + 'static,
{
    #[inline]
    fn test(&self, event: &E) -> bool {
        (self.get)(event).is_some_and(|v| self.key.is(v))
    }
}

pub(super) struct WholeScan<F> {
    pub(super) get: F,
    pub(super) value: i64,
}

impl<E: Event, F> EventScan<E> for WholeScan<F>
where
    F: Fn(&E) -> Option<i64> + Copy + Send + Sync + 'static,
{
    #[inline]
    fn test(&self, event: &E) -> bool {
        (self.get)(event) == Some(self.value)
    }
}

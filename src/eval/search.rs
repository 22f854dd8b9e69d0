//! Searches for the instant at which something that moves with `now` comes out otherwise.

use crate::time::Instant;

/// The first instant in `(now, end)` at which `changed` holds, or `end`. `changed` holds at the end of the stretch if it
/// holds anywhere in it, and does not hold at `now`.
pub(crate) fn first_where(now: i64, end: i64, changed: impl Fn(i64) -> bool) -> i64 {
    /// Roundings of both sides to whole microseconds can make a crossing flicker this long.
    const FLICKER: i64 = 4;
    let last = end.min(Instant::MAX.micros().saturating_add(1)) - 1;
    if last <= now || !changed(last) {
        return end;
    }
    let (mut same, mut other) = (now, last);
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if changed(middle) {
            other = middle
        } else {
            same = middle
        }
    }
    ((other - FLICKER).max(now + 1)..other)
        .find(|t| changed(*t))
        .unwrap_or(other)
}

/// The same where resets may undo a change for a while, none of them after `back` has passed since the first.
pub(crate) fn first_with_resets(
    now: i64,
    end: i64,
    back: i64,
    next_discontinuity: impl Fn(i64) -> i64,
    changed: impl Fn(i64) -> bool,
) -> i64 {
    let some = first_where(now, end, &changed);
    // Where the end shows no change, there can be one that is soon undone for good: only if the sides are about to meet again.
    let (mut t, last) = if some < end {
        (some.saturating_sub(back).max(now), some)
    } else {
        (now, end.min(now.saturating_add(back)))
    };
    while t < last {
        let next = next_discontinuity(t).clamp(t.saturating_add(1), last);
        let found = first_where(t, next, &changed);
        if found < next || (next < end && changed(next)) {
            return found;
        }
        t = next;
    }
    some
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crossing_is_found_by_bisection() {
        // `now - signup > 30` with a signup at 100.
        assert_eq!(first_where(0, 1_000, |now| now - 100 > 30), 131);
        // What does not change before the end is certain up to it.
        assert_eq!(first_where(0, 120, |now| now - 100 > 30), 120);
        assert_eq!(first_where(50, 51, |_| true), 51);
    }

    #[test]
    fn a_change_that_a_reset_undoes_is_found_as_well() {
        // A value that follows `now` up to 100, is set back by 20 there, and goes on: 15 is passed at 16, 90 at 91 (and
        // again at 111, after the reset has undone it).
        let value = |now: i64| if now < 100 { now } else { now - 20 };
        let reset = |now: i64| if now < 100 { 100 } else { i64::MAX };
        let first = |x| first_with_resets(0, 212, 30, reset, |now| value(now) > x);
        assert_eq!(first(15), 16);
        assert_eq!(first(90), 91);
        // Bisection alone steps over the first crossing.
        assert_eq!(first_where(0, 212, |now| value(now) > 90), 111);
    }
}

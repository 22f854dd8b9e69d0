//! One thing after another.

use super::events::EventSelection;
use crate::population::columns::Columns;

/// `viewed("tv") then purchased("tv") within 7 days`: steps that are all events, none of which reads another.
#[derive(Debug)]
pub(crate) struct SequenceKernel {
    steps: Vec<StepKernel>,
    /// The step of which there are the fewest events of all profiles: a profile without one is out at once.
    rarest: usize,
}

/// A step, and how long after the event of the step before its own may come, in microseconds; both ends belong.
#[derive(Debug)]
pub(crate) struct StepKernel {
    pub(crate) selection: EventSelection,
    pub(crate) least: i64,
    pub(crate) most: i64,
}

/// What a search remembers, kept from profile to profile.
#[derive(Debug, Default)]
pub(crate) struct ReachedInstants {
    /// The instants at which the steps so far can be complete, in order.
    now: Vec<i64>,
    next: Vec<i64>,
}

impl SequenceKernel {
    pub(crate) fn new(steps: Vec<StepKernel>, columns: &Columns) -> Self {
        let sizes = steps.iter().map(|step| step.selection.size(columns));
        let rarest = sizes.enumerate().min_by_key(|(_, size)| *size);
        SequenceKernel {
            rarest: rarest.map_or(0, |(nth, _)| nth),
            steps,
        }
    }

    /// What looking at a step costs, of all profiles.
    pub(crate) fn size(&self, columns: &Columns) -> usize {
        self.steps
            .iter()
            .map(|step| step.selection.size(columns))
            .sum()
    }

    pub(crate) fn holds(
        &self,
        columns: &Columns,
        position: usize,
        reached: &mut ReachedInstants,
    ) -> bool {
        let rarest = self.steps.get(self.rarest);
        if rarest.is_none_or(|step| step.selection.count(columns, position, 1) == 0) {
            return false;
        }
        let Some((first, later)) = self.steps.split_first() else {
            return false;
        };
        let ReachedInstants { now, next } = reached;
        now.clear();
        first.selection.instants(columns, position, now);
        for step in later {
            if now.is_empty() {
                return false;
            }
            next.clear();
            step.selection.instants(columns, position, next);
            keep_followers(now, next, step.least, step.most);
            std::mem::swap(now, next);
        }
        !now.is_empty()
    }
}

/// Keeps those instants that come at least so long and at most so long after one of others. Of all that come early enough the latest is
/// the nearest, so it alone is looked at: with `a` on the 1st and the 5th, a `b` on the 8th follows within 4 days that of the 5th.
fn keep_followers(before: &[i64], instants: &mut Vec<i64>, least: i64, most: i64) {
    let mut early = before.iter().copied().peekable();
    let mut nearest = None;
    instants.retain(|at| {
        let last = at.saturating_sub(least);
        while let Some(earlier) = early.next_if(|earlier| *earlier <= last) {
            nearest = Some(earlier);
        }
        nearest.is_some_and(|nearest| at.saturating_sub(nearest) <= most)
    });
}

#[cfg(test)]
mod tests {
    use super::keep_followers;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn followers_follow_some_instant(
            mut before in prop::collection::vec(0_i64..40, 0..8),
            mut instants in prop::collection::vec(0_i64..40, 0..8),
            least in 1_i64..6,
            more in 0_i64..12,
        ) {
            before.sort_unstable();
            instants.sort_unstable();
            let most = least + more;
            let follows = |at: &i64| before.iter().any(|earlier| (least..=most).contains(&(at - earlier)));
            let expected: Vec<i64> = instants.iter().copied().filter(follows).collect();
            keep_followers(&before, &mut instants, least, most);
            prop_assert_eq!(instants, expected);
        }
    }
}

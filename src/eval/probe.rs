//! How long to search for a change. Each probe is at an instant at which something may be otherwise, and the data can ask for
//! so many of them and no more; only the calendar asks for ever more.

/// How many instants a search probes for what depends on the calendar alone.
pub(crate) const MAX_PROBES: usize = 4_000;

/// Fewer than a rule of its own has: a segment that was entered is searched again at each probe of the rule that asks.
pub(crate) const MAX_PROBES_OF_SEGMENT: usize = 400;

/// The probes that are left.
#[derive(Clone, Copy)]
pub(crate) struct ProbeBudget {
    left: usize,
    /// Whether those that the data may need are among them.
    includes_data: bool,
}

impl ProbeBudget {
    /// So many for what depends on the calendar alone.
    pub(crate) fn new(left: usize) -> Self {
        ProbeBudget {
            left,
            includes_data: false,
        }
    }

    /// Takes one of them, where there is one. `max_change_points` tells at how many instants the data may change the answer.
    pub(crate) fn take(&mut self, max_change_points: impl FnOnce() -> usize) -> bool {
        /// Months clamped at their ends, and clocks set back, can make a bound pass an instant more than once.
        const EACH: usize = 8;
        if self.left == 0 && !self.includes_data {
            (self.left, self.includes_data) = (max_change_points().saturating_mul(EACH), true);
        }
        let any = self.left > 0;
        self.left = self.left.saturating_sub(1);
        any
    }
}

pub(crate) fn sum(parts: impl Iterator<Item = usize>) -> usize {
    parts.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_extends_a_budget_once() {
        let mut budget = ProbeBudget::new(2);
        let mut asked = 0;
        let taken = std::iter::repeat_with(|| {
            budget.take(|| {
                asked += 1;
                3
            })
        });
        // Two for the calendar, then eight for each of three instants.
        assert_eq!(taken.take_while(|any| *any).take(100).count(), 2 + 3 * 8);
        assert_eq!(asked, 1);
    }
}

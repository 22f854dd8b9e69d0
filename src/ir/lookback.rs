//! How far back rules look: what of a history can be dropped without changing any answer.

use super::calendar::CalendarSpan;
use super::form::{
    Anchor, Bound, Cond, CondKind, Lifecycle, Select, StateOf, Step, Term, TermKind, Windows,
};
use super::visit::Seen;
use crate::schema::KindId;
use crate::time::CalendarUnit;
use crate::time::{DAY, Duration, HOUR, MAX_BACK};
use std::collections::BTreeMap;

/// How far back from `now` the rules look for events of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lookback {
    /// No rule reads the kind.
    None,
    /// No rule sees an event that is older than this.
    Within(Duration),
    /// Some rule may see an event however old it is.
    Unbounded,
}

impl Lookback {
    /// From further back: what judges a rule in the past needs its history as well.
    fn longer(self, by: i64) -> Self {
        match self {
            Lookback::Within(length) => {
                Lookback::Within(Duration::from_micros(length.micros().saturating_add(by)))
            }
            Lookback::None | Lookback::Unbounded => self,
        }
    }
}

/// How far back some rules look, by the position of the kind in the schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookbacks(BTreeMap<KindId, Lookback>);

impl Lookbacks {
    pub(crate) fn of(&self, kind: KindId) -> Lookback {
        self.0.get(&kind).copied().unwrap_or(Lookback::None)
    }

    /// Takes in a condition, which may be judged up to `earlier` microseconds ago.
    pub(crate) fn add(&mut self, cond: &Cond, earlier: i64) {
        self.see(Seen::Cond(cond), earlier);
    }

    /// Takes in a value.
    pub(crate) fn term(&mut self, term: &Term, earlier: i64) {
        self.see(Seen::Term(term), earlier);
    }

    /// Takes in a part of a rule with everything in it. Here stands what looks further back than its windows say, or less
    /// far.
    fn see(&mut self, seen: Seen<'_>, earlier: i64) {
        let mut earlier = earlier;
        if let Seen::Select(select) = seen {
            return self.select(select, reach(&select.windows), earlier);
        }
        if let Seen::Cond(cond) = seen {
            if let CondKind::Sequence(steps) = &cond.kind {
                return self.sequence(steps, earlier);
            }
            if let CondKind::Regularly { select, starts, .. } = &cond.kind {
                let oldest = starts.last().map_or(Lookback::Unbounded, reach_of);
                return self.select(select, oldest, earlier);
            }
            if let CondKind::AsOf { ago, .. } = &cond.kind {
                earlier = before(earlier, micros(*ago));
            }
            // A segment is evaluated at every instant of the windows.
            if let CondKind::State {
                of: StateOf::Segment(_),
                test,
            } = &cond.kind
            {
                let back = test.windows().map_or(Lookback::Unbounded, reach);
                earlier = match back {
                    Lookback::Within(back) => before(earlier, back.micros()),
                    Lookback::None | Lookback::Unbounded => i64::MAX,
                };
            }
        }
        if let Seen::Term(term) = seen
            && let TermKind::AsOf { ago, .. } = &term.kind
        {
            earlier = before(earlier, micros(*ago));
        }
        seen.children(&mut |child| self.see(child, earlier));
    }

    /// Takes in a lifecycle. Moves are kept, so its conditions are judged now and for late events alone.
    pub(crate) fn lifecycle(&mut self, lifecycle: &Lifecycle, earlier: i64) {
        lifecycle
            .stages
            .iter()
            .for_each(|stage| self.add(&stage.cond, earlier));
    }

    /// Takes in a silence that begins with an event of the first selection.
    pub(crate) fn add_silence(&mut self, first: &Select, absent: &Step, earlier: i64) {
        let back = Lookback::Within(Duration::from_micros(
            absent.most.map_or(0, micros).saturating_add(1),
        ));
        self.select(first, back, earlier);
        self.select(&absent.select, back, earlier);
    }

    fn sequence(&mut self, steps: &[Step], earlier: i64) {
        // Every step comes after the first.
        let first = steps
            .first()
            .map_or(Lookback::Unbounded, |step| reach(&step.select.windows));
        for step in steps {
            let reach = reach(&step.select.windows);
            self.select(&step.select, first.min(reach), earlier);
        }
    }

    fn select(&mut self, select: &Select, reach: Lookback, earlier: i64) {
        let reach = reach.longer(earlier);
        for kind in &select.kinds {
            let known = self.0.entry(*kind).or_insert(reach);
            *known = reach.max(*known);
        }
        Seen::Select(select).children(&mut |child| self.see(child, earlier));
    }
}

/// How far back windows reach: all of them must hold, so the shortest counts.
fn reach(windows: &Windows) -> Lookback {
    windows
        .lower
        .iter()
        .map(reach_of)
        .min()
        .unwrap_or(Lookback::Unbounded)
}

/// So many microseconds earlier still; an instant that is months ago can move back by some days.
fn before(earlier: i64, ago: i64) -> i64 {
    earlier.saturating_add(ago).saturating_add(MAX_BACK)
}

fn reach_of(bound: &Bound) -> Lookback {
    const MONTH: i64 = 31 * DAY + HOUR;
    let back = match &bound.anchor {
        // `now` moved back; a month is never longer than 31 days and a clock change.
        Anchor::Now { months, micros } => months
            .saturating_neg()
            .saturating_mul(MONTH)
            .saturating_sub(*micros),
        Anchor::Period {
            unit,
            offset,
            micros,
        } => offset
            .saturating_neg()
            .saturating_add(1)
            .saturating_mul(longest(*unit))
            .saturating_sub(*micros),
        Anchor::Day { moves } => {
            moves
                .iter()
                .fold(longest(CalendarUnit::Day), |back, (months, days)| {
                    back.saturating_sub(months.saturating_mul(MONTH))
                        .saturating_sub(days.saturating_mul(DAY))
                })
        }
        Anchor::DayOf { of, offset } => {
            let Lookback::Within(back) = reach_of(of) else {
                return Lookback::Unbounded;
            };
            back.micros()
                .saturating_add((1 - offset).saturating_mul(longest(CalendarUnit::Day)))
        }
        Anchor::Bound(of) => {
            let Lookback::Within(back) = reach_of(of) else {
                return Lookback::Unbounded;
            };
            back.micros()
        }
        Anchor::At(_) | Anchor::Term { .. } => return Lookback::Unbounded,
    };
    let months = bound.months.saturating_neg().saturating_mul(MONTH);
    Lookback::Within(Duration::from_micros(
        back.saturating_add(months)
            .saturating_sub(bound.micros)
            .max(0),
    ))
}

fn longest(unit: CalendarUnit) -> i64 {
    let days = match unit {
        CalendarUnit::Day => 1,
        CalendarUnit::Week => 7,
        CalendarUnit::Month => 31,
        CalendarUnit::Quarter => 92,
        CalendarUnit::Year => 366,
    };
    days * DAY + 3 * HOUR
}

fn micros(length: CalendarSpan) -> i64 {
    let (months, micros) = length.parts();
    months
        .saturating_mul(31 * DAY + HOUR)
        .saturating_add(micros)
}

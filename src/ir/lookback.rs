//! How far back rules look: what of a history can be dropped without changing any answer.

use super::calendar::CalendarSpan;
use super::field::SlotId;
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
        self.part(Seen::Cond(cond), earlier);
    }

    /// Takes in a value.
    pub(crate) fn term(&mut self, term: &Term, earlier: i64) {
        self.part(Seen::Term(term), earlier);
    }

    /// Takes in a condition or a value.
    pub(crate) fn part(&mut self, part: Seen<'_>, earlier: i64) {
        self.see(part, &Scope::outside(earlier));
    }

    /// Takes in a part of a rule with everything in it. Here stands what looks further back than its windows say, or less
    /// far.
    fn see(&mut self, seen: Seen<'_>, scope: &Scope) {
        let mut earlier = scope.earlier;
        if let Seen::Select(select) = seen {
            return self.select(select, scope.reach(&select.windows), scope);
        }
        if let Seen::Cond(cond) = seen {
            if let CondKind::Sequence(steps) = &cond.kind {
                return self.sequence(steps, scope.clone());
            }
            if let CondKind::Regularly { select, starts, .. } = &cond.kind {
                let oldest = starts
                    .last()
                    .map_or(Lookback::Unbounded, |start| scope.reach_of(start));
                return self.select(select, oldest, scope);
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
                let windows = test.windows();
                earlier = match windows.map_or(Lookback::Unbounded, |w| scope.reach(w)) {
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
        let scope = match seen {
            // Names do not reach into the rules that a rule refers to.
            Seen::Definition(_) => Scope::outside(earlier),
            Seen::Cond(_)
            | Seen::Term(_)
            | Seen::Field(_)
            | Seen::Select(_)
            | Seen::Rows(_)
            | Seen::Bound(_) => Scope {
                earlier,
                ..scope.clone()
            },
        };
        seen.children(&mut |child| self.see(child, &scope));
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
        let mut scope = Scope::outside(earlier);
        self.select(first, back, &scope);
        scope.name(first, back);
        self.select(&absent.select, back, &scope);
    }

    fn sequence(&mut self, steps: &[Step], mut scope: Scope) {
        // Every step comes after all before it.
        let mut reach = Lookback::Unbounded;
        for step in steps {
            reach = reach.min(scope.reach(&step.select.windows));
            self.select(&step.select, reach, &scope);
            scope.name(&step.select, reach);
        }
    }

    fn select(&mut self, select: &Select, reach: Lookback, scope: &Scope) {
        let known = reach.longer(scope.earlier);
        for kind in &select.kinds {
            let of_kind = self.0.entry(*kind).or_insert(known);
            *of_kind = known.max(*of_kind);
        }
        let mut within = scope.clone();
        within.name(select, reach);
        within.event = reach;
        let tests = select.filter.iter();
        tests.for_each(|test| self.see(Seen::Cond(test), &within));
        (select.windows).children(&mut |bound| self.see(bound, scope));
    }
}

/// Where a part of a rule stands: how much earlier than now it may be judged, and how far back the events lie that it can read.
///
/// In `bought(not looked after at - 2 days) within 30 days` an event of `looked` is no older than 32 days, and in
/// `bought within 30 days then returned with no looked in between` none is looked for that is older than 30 days.
#[derive(Clone)]
struct Scope {
    earlier: i64,
    /// The event in whose parentheses it stands.
    event: Lookback,
    named: Vec<(SlotId, Lookback)>,
}

impl Scope {
    /// Outside of all parentheses.
    fn outside(earlier: i64) -> Self {
        Scope {
            earlier,
            event: Lookback::Unbounded,
            named: Vec::new(),
        }
    }

    /// Adds the name of an event, if it has one.
    fn name(&mut self, select: &Select, reach: Lookback) {
        if let Some(slot) = select.slot {
            self.named.retain(|(named, _)| *named != slot);
            self.named.push((slot, reach));
        }
    }

    /// How far back the event lies that a value is the instant of.
    fn reach_of_instant(&self, term: &Term) -> Lookback {
        let TermKind::At(slot) = &term.kind else {
            return Lookback::Unbounded;
        };
        let Some(slot) = slot else {
            return self.event;
        };
        let named = self.named.iter().find(|(named, _)| named == slot);
        named.map_or(Lookback::Unbounded, |(_, reach)| *reach)
    }

    /// How far back windows reach: all of them must hold, so the shortest counts.
    fn reach(&self, windows: &Windows) -> Lookback {
        let lower = windows.lower.iter().map(|bound| self.reach_of(bound));
        lower.min().unwrap_or(Lookback::Unbounded)
    }

    fn reach_of(&self, bound: &Bound) -> Lookback {
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
                let Lookback::Within(back) = self.reach_of(of) else {
                    return Lookback::Unbounded;
                };
                back.micros()
                    .saturating_add((1 - offset).saturating_mul(longest(CalendarUnit::Day)))
            }
            Anchor::Bound(of) => {
                let Lookback::Within(back) = self.reach_of(of) else {
                    return Lookback::Unbounded;
                };
                back.micros()
            }
            Anchor::Term { term, .. } => {
                let Lookback::Within(back) = self.reach_of_instant(term) else {
                    return Lookback::Unbounded;
                };
                back.micros()
            }
            Anchor::At(_) => return Lookback::Unbounded,
        };
        let months = bound.months.saturating_neg().saturating_mul(MONTH);
        Lookback::Within(Duration::from_micros(
            back.saturating_add(months)
                .saturating_sub(bound.micros)
                .max(0),
        ))
    }
}

/// So many microseconds earlier still; an instant that is months ago can move back by some days.
fn before(earlier: i64, ago: i64) -> i64 {
    earlier.saturating_add(ago).saturating_add(MAX_BACK)
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

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::*;
    use crate::rule::Rule;
    use crate::schema::{EventKind, Field, Schema};
    use crate::value::Type;

    /// How many days back a rule looks for events of the kind `e`, rounded up; `None`: without an end.
    fn days(rule: &str) -> Option<i64> {
        let kind = |name| EventKind::new(name).property(Field::new("order", Type::Int));
        let kinds = ["a", "b", "e"].map(kind).into_iter();
        let schema = kinds
            .fold(Schema::builder(), |schema, kind| schema.kind(kind))
            .build()
            .unwrap();
        let rule = Rule::check(rule, &schema).unwrap_or_else(|e| panic!("{e}"));
        let mut lookbacks = Lookbacks::default();
        lookbacks.add(rule.root(), 0);
        match lookbacks.of(schema.kind_id("e").unwrap()) {
            Lookback::Within(back) => Some((back.micros() + DAY - 1) / DAY),
            Lookback::Unbounded => None,
            Lookback::None => panic!("{rule} does not read it"),
        }
    }

    #[test]
    fn what_lies_between_is_no_older_than_what_is_before_it() {
        assert_eq!(
            days("a within 30 days then b then b with no e in between"),
            Some(30)
        );
        assert_eq!(days("a then b with no e in between"), None);
        // A window of a later step shortens what comes after it alone.
        let later = "a within 30 days then b within last 7 days then b with no e in between";
        assert_eq!(days(later), Some(30));
        assert_eq!(days("a then b within last 7 days then e"), Some(7));
        assert_eq!(
            days("a within 30 days then b with no (e within 7 days) in between"),
            Some(7)
        );
        assert_eq!(
            days("a within 30 days as x then b(not e(order = x.order) after x.at - 2 days)"),
            Some(32)
        );
    }

    #[test]
    fn what_counts_from_an_event_is_as_old_as_that_and_its_length() {
        assert_eq!(days("a(not e after at - 2 days) within 30 days"), Some(32));
        assert_eq!(days("a(not e after at + 2 days) within 30 days"), Some(28));
        assert_eq!(days("a(not e before at) within 30 days"), None);
        assert_eq!(days("a(not e after at - 2 days)"), None);
        // From the innermost event, or from the one that is named.
        let nested = |from: &str| {
            format!("a(b(e after {from}, order = x.order) within 3 days) within 30 days as x")
        };
        assert_eq!(days(&nested("at")), Some(3));
        assert_eq!(days(&nested("x.at - 1 day")), Some(31));
        let ago = "(a(e after at) within 30 days) as of 10 days ago";
        assert_eq!(days(ago), Some(40 + MAX_BACK / DAY));
    }
}

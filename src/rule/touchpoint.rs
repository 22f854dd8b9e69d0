//! Touchpoints and the measures of goals, checked.

use crate::ir::{CalendarSpan, Cond, CondKind, Reads, Select, Term};
use crate::schema::Schema;
use crate::span::Span;
use crate::time::CalendarUnit;
use std::sync::Arc;

/// A touchpoint of a rulebook.
#[derive(Debug)]
pub(crate) struct Touchpoint {
    pub(crate) name: Arc<str>,
    /// The events at it.
    pub(crate) events: Select,
    pub(crate) kpi: Option<Kpi>,
}

impl Touchpoint {
    /// What of a profile it looks at.
    pub(crate) fn reads(&self, schema: &Schema) -> Reads {
        let measure = self.kpi.as_ref().map(|kpi| &kpi.measure);
        let counted = measure.map(Measure::events);
        let value = measure.and_then(Measure::value);
        let mut reads = Reads::default();
        for events in std::iter::once(&self.events).chain(counted) {
            let happened = Cond::new(CondKind::Happened(events.clone()), Span::default());
            reads.merge(&Reads::of_condition(&happened, schema));
        }
        if let Some(value) = value {
            reads.merge(&Reads::of_term(value, schema));
        }
        reads
    }
}

/// What is measured in each calendar period.
#[derive(Debug)]
pub(crate) struct Kpi {
    pub(crate) measure: Measure,
    pub(crate) per: CalendarUnit,
    pub(crate) target: Option<Target>,
}

/// What is measured.
#[derive(Debug)]
pub(crate) enum Measure {
    /// How many events there are.
    Count(Select),
    /// How many profiles have one.
    People(Select),
    /// The sum of a value of each.
    Sum(Select, Term),
    /// The average of a value of each.
    Average(Select, Term),
    /// The share of the touchpoint's events that one of these follows.
    Rate {
        events: Select,
        /// At most this long after it, the end included.
        within: CalendarSpan,
        credit: Credit,
    },
}

impl Measure {
    /// The events that are counted.
    pub(crate) fn events(&self) -> &Select {
        match self {
            Measure::Count(events)
            | Measure::People(events)
            | Measure::Sum(events, _)
            | Measure::Average(events, _)
            | Measure::Rate { events, .. } => events,
        }
    }

    /// What is taken of each.
    pub(crate) fn value(&self) -> Option<&Term> {
        match self {
            Measure::Sum(_, value) | Measure::Average(_, value) => Some(value),
            Measure::Count(_) | Measure::People(_) | Measure::Rate { .. } => None,
        }
    }
}

/// To which of several events of a touchpoint one that follows them is credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credit {
    First,
    Last,
    Each,
}

/// What is to be reached: `mantissa / 10^scale`, a length of time in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) mantissa: i64,
    pub(crate) scale: u8,
}

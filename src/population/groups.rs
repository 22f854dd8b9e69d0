//! A population by the values of something: who has which.

use super::Members;
use super::block::BLOCK;
use crate::profile::Value;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A population by the values of a trait, a score, a lifecycle or the tags: who has which.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Groups {
    /// The values in ascending order, each with those who have it. Of more than [`Groups::MOST`] values, the ones that most have.
    pub groups: Vec<Group>,
    /// How many different values there are.
    pub distinct: usize,
    /// Those who have a value that is not among `groups`; of tags, those who have none of those in `groups`, but others.
    pub others: Members,
    /// Those who have none.
    pub missing: Members,
    /// How the values are spread, where they are numbers, dates, instants or durations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
}

/// One value, and who has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Group {
    /// The value.
    pub value: Value,
    /// Who has it.
    pub members: Members,
}

/// How values are spread over those who have one. Each is one that occurs: the least that at least that share does not exceed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Spread {
    /// The least value.
    pub min: Value,
    /// The first quartile.
    pub quarter: Value,
    /// The median.
    pub median: Value,
    /// The third quartile.
    pub three_quarters: Value,
    /// The 90th percentile.
    pub nine_tenths: Value,
    /// The greatest value.
    pub max: Value,
    /// The arithmetic mean of numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
}

impl Groups {
    /// So many groups have their members each.
    pub const MOST: usize = 256;

    /// The group of a value.
    #[must_use]
    pub fn group(&self, value: &Value) -> Option<&Group> {
        self.groups.iter().find(|group| group.value == *value)
    }

    /// How many have a value.
    #[must_use]
    pub fn present(&self) -> usize {
        self.missing.population() - self.missing.count()
    }
}

/// The positions of those who have each value, in ascending order.
#[derive(Debug, Default)]
pub(super) struct ByValue(BTreeMap<Ordered, Vec<u32>>);

impl ByValue {
    /// Somebody has a value; one that is missing is none.
    pub(super) fn add(&mut self, value: Value, position: usize) {
        if value != Value::Missing {
            let position = u32::try_from(position).unwrap_or(u32::MAX);
            self.0.entry(Ordered(value)).or_default().push(position);
        }
    }

    /// Adds what was gathered in the next block.
    pub(super) fn append(&mut self, block: usize, other: ByValue) {
        let first = u32::try_from(block * BLOCK).unwrap_or(u32::MAX);
        for (value, places) in other.0 {
            let positions = places.iter().map(|place| first.saturating_add(*place));
            self.0.entry(value).or_default().extend(positions);
        }
    }

    /// The values of which something holds, and the others.
    pub(super) fn parted(self, first: impl Fn(&Value) -> bool) -> (Self, Self) {
        let (first, second) = self.0.into_iter().partition(|(value, _)| first(&value.0));
        (ByValue(first), ByValue(second))
    }

    /// Those who have any of the values.
    pub(super) fn members(&self, population: usize) -> Members {
        let positions = self.0.values().flatten();
        Members::from_positions(population, positions.map(|position| *position as usize))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many times anybody has a value.
    pub(super) fn total(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// The groups of a population of so many.
    pub(super) fn groups(self, population: usize) -> Groups {
        let (distinct, spread) = (self.0.len(), spread(&self.0));
        let present = self.members(population);
        let largest = ByValue(largest(self.0));
        let grouped = largest.members(population);
        let group = |(value, positions): (Ordered, Vec<u32>)| Group {
            value: value.0,
            members: Members::from_positions(population, positions.iter().map(|p| *p as usize)),
        };
        let groups = largest.0.into_iter().map(group).collect();
        Groups {
            groups,
            distinct,
            others: &present - &grouped,
            missing: !&present,
            spread,
        }
    }
}

/// The values that most have, in ascending order; of two that equally many have, the lesser.
fn largest(all: BTreeMap<Ordered, Vec<u32>>) -> BTreeMap<Ordered, Vec<u32>> {
    if all.len() <= Groups::MOST {
        return all;
    }
    let mut all: Vec<(Ordered, Vec<u32>)> = all.into_iter().collect();
    all.sort_by_key(|(_, positions)| std::cmp::Reverse(positions.len()));
    all.truncate(Groups::MOST);
    all.into_iter().collect()
}

fn spread(values: &BTreeMap<Ordered, Vec<u32>>) -> Option<Spread> {
    let has_distance = |value: &Value| {
        number(value).is_some()
            || matches!(
                value,
                Value::Date(_) | Value::Instant(_) | Value::Duration(_)
            )
    };
    if !values.keys().all(|value| has_distance(&value.0)) {
        return None;
    }
    let total: usize = values.values().map(Vec::len).sum();
    // The nearest rank: as `percentile` of the language takes it.
    let at = |share: usize, of: usize| {
        let rank = (total * share).div_ceil(of).max(1);
        let mut seen = 0;
        let found = values.iter().find(|(_, positions)| {
            seen += positions.len();
            seen >= rank
        });
        found.map(|(value, _)| value.0.clone())
    };
    #[expect(clippy::cast_precision_loss, reason = "a mean is a float")]
    let mean = || {
        let sums = values
            .iter()
            .map(|(value, positions)| Some(number(&value.0)? * positions.len() as f64));
        let sum = sums.sum::<Option<f64>>()?;
        Some(sum / total as f64)
    };
    Some(Spread {
        min: at(0, 1)?,
        quarter: at(1, 4)?,
        median: at(1, 2)?,
        three_quarters: at(3, 4)?,
        nine_tenths: at(9, 10)?,
        max: at(1, 1)?,
        mean: mean(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a mean is a float")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(v) => Some(*v as f64),
        Value::Unsigned(v) => Some(*v as f64),
        Value::Decimal(v) => Some(v.mantissa() as f64 / 10_f64.powi(i32::from(v.scale()))),
        Value::Float(v) => Some(*v),
        _ => None,
    }
}

/// A value in the order of values: those of one type by their size.
#[derive(Clone, Debug)]
struct Ordered(Value);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Unsigned(a), Value::Unsigned(b)) => a.cmp(b),
        (Value::Decimal(a), Value::Decimal(b)) => {
            let scales = a.scale().cmp(&b.scale());
            scales.then_with(|| a.mantissa().cmp(&b.mantissa()))
        }
        (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.days().cmp(&b.days()),
        (Value::Instant(a), Value::Instant(b)) => a.cmp(b),
        (Value::Duration(a), Value::Duration(b)) => a.micros().cmp(&b.micros()),
        (Value::Place(a), Value::Place(b)) => {
            let latitudes = a.lat.total_cmp(&b.lat);
            latitudes.then_with(|| a.lon.total_cmp(&b.lon))
        }
        (Value::List(a), Value::List(b)) => {
            let mut orders = a.iter().zip(b).map(|(a, b)| compare(a, b));
            let unequal = orders.find(|order| order.is_ne());
            unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        (Value::Rows(a), Value::Rows(b)) => format!("{a:?}").cmp(&format!("{b:?}")),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Missing => 0,
        Value::Bool(_) => 1,
        Value::Int(_) => 2,
        Value::Unsigned(_) => 3,
        Value::Decimal(_) => 4,
        Value::Float(_) => 5,
        Value::Text(_) => 6,
        Value::Date(_) => 7,
        Value::Instant(_) => 8,
        Value::Duration(_) => 9,
        Value::Place(_) => 10,
        Value::List(_) => 11,
        Value::Rows(_) => 12,
    }
}

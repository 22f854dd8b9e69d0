//! Puts events that came in no order where a timeline has them.

use super::owners::Owners;
use crate::population::columns::{Column, EventColumns, Offsets};
use crate::profile::Identifier;
use std::cmp::Ordering;
use std::collections::HashSet;

/// Puts the events of a kind by profile and then by time, those of one instant by their properties and ids, and drops whichever of a
/// profile's has an id that an earlier one has.
pub(super) fn arrange(events: &mut EventColumns, owners: Owners, profiles: usize) {
    let (offsets, order) = owners.finish(profiles, events.instants.len());
    let order = in_time(events, &offsets, order);
    let (offsets, order) = without_repeats(events, offsets, order);
    if let Some(order) = order {
        gather(events, &order);
    }
    events.offsets = offsets;
}

fn gather(events: &mut EventColumns, order: &[u32]) {
    events.instants = events.instants.gather(order);
    events.ids = events.ids.gather(order);
    gather_all(&mut events.properties, order);
}

pub(super) fn gather_all(columns: &mut [Column], order: &[u32]) {
    for column in columns {
        *column = column.gather(order);
    }
}

/// The same order with the events of each profile in that of time.
fn in_time(events: &EventColumns, offsets: &Offsets, order: Option<Vec<u32>>) -> Option<Vec<u32>> {
    let is_sorted = |profile: usize, order: Option<&[u32]>| {
        let mut rows = offsets.range(profile).skip(1);
        let at = |row: usize| match order {
            Some(order) => order.get(row).map_or(row, |row| *row as usize),
            None => row,
        };
        rows.all(|row| compare(events, at(row - 1), at(row)).is_le())
    };
    let mut unsorted = (0..offsets.len())
        .filter(|profile| !is_sorted(*profile, order.as_deref()))
        .collect::<Vec<_>>()
        .into_iter()
        .peekable();
    if unsorted.peek().is_none() {
        return order;
    }
    let mut order = order.unwrap_or_else(|| identity(events.instants.len()));
    for profile in unsorted {
        if let Some(rows) = order.get_mut(offsets.range(profile)) {
            rows.sort_by(|a, b| compare(events, *a as usize, *b as usize));
        }
    }
    Some(order)
}

fn identity(rows: usize) -> Vec<u32> {
    (0..u32::try_from(rows).unwrap_or(u32::MAX)).collect()
}

/// The order of two events of a profile.
fn compare(events: &EventColumns, a: usize, b: usize) -> Ordering {
    let instants = events.instants.get(a).cmp(&events.instants.get(b));
    instants.then_with(|| {
        let mut properties = events.properties.iter().map(|column| column.compare(a, b));
        let unequal = properties.find(|order| order.is_ne());
        unequal.unwrap_or_else(|| compare_ids(events.ids.get(a), events.ids.get(b)))
    })
}

fn compare_ids(a: Option<Identifier<'_>>, b: Option<Identifier<'_>>) -> Ordering {
    let (a, b) = (a.map(Identifier::val), b.map(Identifier::val));
    let text = |val: &Option<crate::profile::Val<'_>>| {
        val.as_ref().and_then(|val| val.text().map(str::to_owned))
    };
    text(&a).cmp(&text(&b))
}

/// The same order without the events whose ids earlier ones of their profile have.
fn without_repeats(
    events: &EventColumns,
    offsets: Offsets,
    order: Option<Vec<u32>>,
) -> (Offsets, Option<Vec<u32>>) {
    if events.ids.are_none() {
        return (offsets, order);
    }
    let (mut kept, mut ends) = (Vec::new(), Offsets::default());
    let mut seen = HashSet::new();
    for profile in 0..offsets.len() {
        seen.clear();
        for place in offsets.range(profile) {
            let row = match &order {
                Some(order) => order.get(place).copied(),
                None => u32::try_from(place).ok(),
            };
            let Some(row) = row else {
                continue;
            };
            let id = events.ids.get(row as usize);
            if id.is_none_or(|id| seen.insert(id)) {
                kept.push(row);
            }
        }
        ends.push(kept.len());
    }
    if kept.len() == events.instants.len() {
        return (offsets, order);
    }
    (ends, Some(kept))
}

//! A record takes in another one of the same person.

use super::Record;
use super::cell::Cell;
use super::history::tracked_rank;
use crate::profile::{History, MergePolicy, MergeRules, ValueChange};
use crate::schema::Schema;
use crate::time::Instant;
use std::cmp::Ordering;

impl Record {
    /// Takes in what another record of the same schema says, except for its events.
    pub(crate) fn merge_from(
        &mut self,
        schema: &Schema,
        other: &mut Record,
        rules: &MergeRules<'_>,
    ) {
        for (i, field) in schema.attributes().iter().enumerate() {
            if let Some(rank) = tracked_rank(schema, i) {
                if let (Some(ours), Some(theirs)) =
                    (self.histories.get_mut(rank), other.histories.get_mut(rank))
                {
                    let theirs = std::mem::take(theirs);
                    *ours = merged_history(rules.policy(&field.name), std::mem::take(ours), theirs);
                }
            } else if let (Some(ours), Some(theirs)) =
                (self.cells.get_mut(i), other.cells.get_mut(i))
            {
                merge_cell(&field.name, ours, std::mem::take(theirs), rules);
            }
        }
        for (i, relation) in schema.relations().iter().enumerate() {
            let theirs = other.rows_mut(i).map(std::mem::take).unwrap_or_default();
            let Some(ours) = self.rows_mut(i) else {
                continue;
            };
            if rules.policy(&relation.name) == MergePolicy::Union {
                let new: Vec<_> = theirs
                    .into_iter()
                    .filter(|row| !ours.contains(row))
                    .collect();
                ours.extend(new);
            } else if rules.takes_other(&relation.name, [!ours.is_empty(), !theirs.is_empty()]) {
                *ours = theirs;
            }
        }
        let theirs = std::mem::take(&mut other.tags);
        self.tags
            .retain(|tag| rules.keeps_tag(tag, [true, theirs.contains(tag)]));
        for tag in theirs {
            if !self.tags.contains(&tag) && rules.keeps_tag(&tag, [false, true]) {
                self.tags.push(tag);
            }
        }
    }
}

fn merge_cell(name: &str, ours: &mut Cell, theirs: Cell, rules: &MergeRules<'_>) {
    let has = [!ours.is_missing(), !theirs.is_missing()];
    let policy = rules.policy(name);
    if let ([true, true], Some(both)) = (has, combined(policy, ours, &theirs)) {
        *ours = both;
    } else if rules.takes_other(name, has) {
        *ours = theirs;
    }
}

/// What a policy makes of two values; `None` if it chooses one of them by their age.
fn combined(policy: MergePolicy, ours: &Cell, theirs: &Cell) -> Option<Cell> {
    let greater = || compare(theirs, ours) == Some(Ordering::Greater);
    Some(match policy {
        MergePolicy::Greatest => if greater() { theirs } else { ours }.clone(),
        MergePolicy::Least => if greater() { ours } else { theirs }.clone(),
        MergePolicy::Sum => sum(ours, theirs)?,
        MergePolicy::Union => union(ours, theirs)?,
        MergePolicy::Strictest => Cell::Whole(i64::from(
            *ours != Cell::Whole(0) && *theirs != Cell::Whole(0),
        )),
        MergePolicy::Latest | MergePolicy::First | MergePolicy::Survivor => return None,
    })
}

fn compare(a: &Cell, b: &Cell) -> Option<Ordering> {
    match (a, b) {
        (Cell::Whole(a), Cell::Whole(b)) => Some(a.cmp(b)),
        (Cell::Unsigned(a), Cell::Unsigned(b)) => Some(a.cmp(b)),
        // Only what is above `i64::MAX` is kept without a sign.
        (Cell::Unsigned(_), Cell::Whole(_)) => Some(Ordering::Greater),
        (Cell::Whole(_), Cell::Unsigned(_)) => Some(Ordering::Less),
        (Cell::Real(a), Cell::Real(b)) => a.partial_cmp(b),
        _ => None,
    }
}

/// The sum of two numbers; the greatest or least there is if it is beyond that.
fn sum(a: &Cell, b: &Cell) -> Option<Cell> {
    let whole = |cell: &Cell| match cell {
        Cell::Whole(n) => Some(i128::from(*n)),
        Cell::Unsigned(n) => Some(i128::from(*n)),
        _ => None,
    };
    if let (Cell::Real(a), Cell::Real(b)) = (a, b) {
        return Some(Cell::Real((a + b).clamp(f64::MIN, f64::MAX)));
    }
    let sum = whole(a)? + whole(b)?;
    Some(match (i64::try_from(sum), u64::try_from(sum)) {
        (Ok(sum), _) => Cell::Whole(sum),
        (_, Ok(sum)) => Cell::Unsigned(sum),
        _ if sum < 0 => Cell::Whole(i64::MIN),
        _ => Cell::Unsigned(u64::MAX),
    })
}

fn union(a: &Cell, b: &Cell) -> Option<Cell> {
    let (Cell::List(a), Cell::List(b)) = (a, b) else {
        return None;
    };
    let new = b.iter().filter(|item| !a.contains(item));
    Some(Cell::List(a.iter().chain(new).cloned().collect()))
}

/// One history of two. Of dated values the later takes the place of the earlier by itself; what a policy makes of two values, it
/// makes of those at each instant.
fn merged_history(
    policy: MergePolicy,
    ours: History<Cell>,
    theirs: History<Cell>,
) -> History<Cell> {
    let begins = |history: &History<Cell>| history.changes().first().map(|change| change.at);
    let (Some(our_begin), Some(their_begin)) = (begins(&ours), begins(&theirs)) else {
        return if begins(&ours).is_none() {
            theirs
        } else {
            ours
        };
    };
    match policy {
        MergePolicy::Survivor => return ours,
        MergePolicy::First if their_begin < our_begin => return theirs,
        MergePolicy::First => return ours,
        MergePolicy::Latest => {
            // Of two at one instant the last in the list counts.
            let mut all: Vec<ValueChange<Cell>> = theirs.into();
            all.extend(Vec::from(ours));
            return all.into();
        }
        MergePolicy::Greatest
        | MergePolicy::Least
        | MergePolicy::Sum
        | MergePolicy::Union
        | MergePolicy::Strictest => {}
    }
    let mut instants: Vec<Instant> = [&ours, &theirs]
        .into_iter()
        .flat_map(|history| history.changes().iter().map(|change| change.at))
        .collect();
    instants.sort_unstable();
    instants.dedup();
    let value = |at: Instant| match (ours.at(at), theirs.at(at)) {
        (Some(ours), Some(theirs)) => combined(policy, ours, theirs),
        (ours, theirs) => ours.or(theirs).cloned(),
    };
    let changes = instants.into_iter().map(|at| ValueChange {
        at,
        value: value(at),
    });
    changes.collect::<Vec<_>>().into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::Type;
    use crate::schema::Field;

    fn at(day: i64) -> Instant {
        Instant::from_micros(day)
    }

    #[test]
    fn each_policy_makes_one_value_of_two() {
        let [three, five] = [3, 5].map(Cell::Whole);
        let of = |policy| combined(policy, &three, &five);
        assert_eq!(of(MergePolicy::Greatest), Some(five.clone()));
        assert_eq!(of(MergePolicy::Least), Some(three.clone()));
        assert_eq!(of(MergePolicy::Sum), Some(Cell::Whole(8)));
        assert_eq!(of(MergePolicy::Latest), None);
        let consents = [[1, 1], [1, 0], [0, 1], [0, 0]]
            .map(|[a, b]| combined(MergePolicy::Strictest, &Cell::Whole(a), &Cell::Whole(b)));
        assert_eq!(consents, [1, 0, 0, 0].map(|n| Some(Cell::Whole(n))));
        let beyond = sum(&Cell::Whole(i64::MAX), &Cell::Whole(1));
        assert_eq!(beyond, Some(Cell::Unsigned(1 << 63)));
        let [a, b] = [[1, 2], [2, 3]].map(|list| Cell::List(list.map(Cell::Whole).into()));
        assert_eq!(
            union(&a, &b),
            Some(Cell::List([1, 2, 3].map(Cell::Whole).into()))
        );
    }

    #[test]
    fn histories_are_merged_instant_by_instant() {
        let history = |changes: &[(i64, i64)]| {
            let mut all = History::new();
            changes
                .iter()
                .for_each(|(day, n)| all.set(at(*day), Cell::Whole(*n)));
            all
        };
        let values = |policy| {
            let merged = merged_history(
                policy,
                history(&[(2, 10), (6, 30)]),
                history(&[(1, 5), (4, 7)]),
            );
            [1, 2, 4, 6].map(|day| match merged.at(at(day)) {
                Some(Cell::Whole(n)) => *n,
                _ => 0,
            })
        };
        assert_eq!(values(MergePolicy::Latest), [5, 10, 7, 30]);
        assert_eq!(values(MergePolicy::Sum), [5, 15, 17, 37]);
        assert_eq!(values(MergePolicy::Greatest), [5, 10, 10, 30]);
        assert_eq!(values(MergePolicy::First), [5, 5, 7, 7]);
        assert_eq!(values(MergePolicy::Survivor), [0, 10, 10, 30]);
    }

    #[test]
    fn records_are_merged_by_age_and_rows_and_tags_united() {
        let schema = Schema::builder()
            .attribute(Field::new("city", Type::String))
            .attribute(Field::new("plan", Type::String))
            .build()
            .unwrap();
        let record = |id: &str, values: &[(&str, &str)], tags: &[&str]| {
            let builder = values
                .iter()
                .fold(Record::builder(&schema, id), |b, (name, value)| {
                    b.set(name, *value)
                });
            tags.iter()
                .fold(builder, |b, tag| b.tag(*tag))
                .build()
                .unwrap()
        };
        let mut anna = record("anna", &[("city", "Roma")], &["vip", "lost"]);
        let mut other = record("c-1", &[("city", "Milano"), ("plan", "pro")], &["tv"]);
        let policy = |_: &str| MergePolicy::Latest;
        let age = |name: &str, _: [bool; 2]| {
            if name == "city" {
                Ordering::Greater
            } else {
                Ordering::Equal
            }
        };
        let tag = |path: &str, _: [bool; 2]| path != "lost";
        anna.merge_from(&schema, &mut other, &MergeRules::new(&policy, &age, &tag));
        assert_eq!(
            anna,
            record(
                "anna",
                &[("city", "Milano"), ("plan", "pro")],
                &["vip", "tv"]
            )
        );
    }
}

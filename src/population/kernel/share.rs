//! Which conditions look at events together.

use super::Kernel;
use super::events::EventSelection;
use super::tally::{Accepted, Tally, Total};
use crate::population::columns::Columns;
use std::collections::HashMap;

/// What is expected of one that is asked of everybody.
const EVERYBODY: usize = 16;
/// Which part of those is expected to be left, for whom the cheapest part of an `and` holds.
const LEFT: usize = 4;
/// As often as this a profile has to be asked, on average, for a tally to be worth it.
///
/// To find all totals of a tally takes about twice as long as to look at a profile's events for one condition, which stops as soon as it has seen
/// enough. `viewed("tv")` and `count(viewed within 30 days) > 3` are asked of everybody, so that a profile's views are looked at twice:
/// one pass for both costs no more, and a third condition is nearly free. `viewed("tv") and not viewed within 30 days` asks the second
/// part of a quarter only, so each looks for itself.
const WORTH: usize = 2 * EVERYBODY;

/// Makes tallies of what several conditions count or add up of the same kinds, and has these conditions refer to them.
pub(super) fn tallies(roots: &mut [Kernel], columns: &Columns) -> Vec<Tally> {
    let mut groups = Groups::default();
    let mut places = Vec::new();
    for root in roots.iter_mut() {
        each_total(root, EVERYBODY, &mut |kernel, asked| {
            places.push(groups.add(kernel, asked, columns));
        });
    }
    let mut tallies = Vec::new();
    let numbers: Vec<Option<usize>> = (groups.all.into_iter())
        .map(|group| {
            (group.asked.iter().sum::<usize>() >= WORTH).then(|| {
                tallies.push(Tally::new(columns, &group.of, group.totals));
                tallies.len() - 1
            })
        })
        .collect();
    let mut places = places.into_iter();
    for root in roots {
        each_total(root, EVERYBODY, &mut |kernel, _| {
            let place = places.next().flatten();
            let number = place.and_then(|(group, outcome)| Some((*numbers.get(group)?, outcome)));
            if let Some((Some(tally), outcome)) = number {
                *kernel = Kernel::Tallied(tally, outcome);
            }
        });
    }
    tallies
}

/// Conditions that may share a tally, by the kinds of their events and what is added up of them.
#[derive(Default)]
struct Groups {
    all: Vec<Group>,
    known: HashMap<Vec<(usize, Option<usize>)>, usize>,
}

#[derive(Default)]
struct Group {
    /// The property that is added up, by kind.
    of: Vec<Option<usize>>,
    totals: Vec<Total>,
    known: HashMap<EventSelection, usize>,
    /// By outcome, how many ask for it.
    asked: Vec<usize>,
}

impl Groups {
    /// The group and the outcome of a condition; `None` where it is no total.
    fn add(&mut self, kernel: &Kernel, asked: usize, columns: &Columns) -> Option<(usize, usize)> {
        let at_least = |n: usize| i128::try_from(n).unwrap_or(i128::MAX);
        let (selection, of, accepted) = match kernel {
            Kernel::AtLeast(selection, n) => {
                let (low, high) = (at_least(*n), i128::MAX);
                (selection, None, Accepted { low, high })
            }
            Kernel::Exactly(selection, n) => {
                let (low, high) = (at_least(*n), at_least(*n));
                (selection, None, Accepted { low, high })
            }
            Kernel::Fold(test) => {
                let accepted = test.accepted_sums(columns)?;
                (&test.selection, Some(&test.of), accepted)
            }
            _ => return None,
        };
        let of = |nth: usize| of.and_then(|of| of.get(nth)).copied();
        let kinds = selection.kinds.iter().enumerate();
        let key: Vec<_> = kinds.map(|(nth, kind)| (kind.kind, of(nth))).collect();
        let all = &mut self.all;
        let number = *self.known.entry(key).or_insert_with_key(|key| {
            all.push(Group {
                of: key.iter().map(|(_, of)| *of).collect(),
                ..Group::default()
            });
            all.len() - 1
        });
        let group = self.all.get_mut(number)?;
        Some((number, group.add(selection, accepted, asked)?))
    }
}

impl Group {
    /// The outcome of a condition. Of one that stands in several places the answers are remembered, so only most of those who are asked
    /// count.
    fn add(
        &mut self,
        selection: &EventSelection,
        accepted: Accepted,
        asked: usize,
    ) -> Option<usize> {
        let total = if let Some(known) = self.known.get(selection) {
            *known
        } else {
            self.totals.push(Total {
                selection: selection.clone(),
                outcomes: Vec::new(),
            });
            self.known.insert(selection.clone(), self.totals.len() - 1);
            self.totals.len() - 1
        };
        let outcomes = &mut self.totals.get_mut(total)?.outcomes;
        let known = outcomes.iter().find(|(_, of)| *of == accepted);
        let outcome = known.map_or(self.asked.len(), |(number, _)| *number);
        if outcome == self.asked.len() {
            outcomes.push((outcome, accepted));
            self.asked.push(0);
        }
        let most = self.asked.get_mut(outcome)?;
        *most = asked.max(*most);
        Some(outcome)
    }
}

/// Hands over each condition that counts or adds up events, always in the same order, with how many it is expected to be asked of.
fn each_total(kernel: &mut Kernel, asked: usize, see: &mut dyn FnMut(&mut Kernel, usize)) {
    match kernel {
        Kernel::All(parts) => {
            let mut asked = asked;
            for (nth, part) in parts.iter_mut().enumerate() {
                if nth == 1 {
                    asked = asked.div_ceil(LEFT);
                }
                each_total(part, asked, see);
            }
        }
        Kernel::Any(parts) => parts
            .iter_mut()
            .for_each(|part| each_total(part, asked, see)),
        Kernel::Cases { cases, .. } => {
            let cases = cases.iter_mut();
            cases.for_each(|(case, _)| each_total(case, asked, see));
        }
        Kernel::Not(of) => each_total(of, asked, see),
        Kernel::Memo(_, of) => {
            each_total(of, asked, see);
            // A tally remembers what it was asked.
            if let Kernel::Tallied(tally, outcome) = **of {
                *kernel = Kernel::Tallied(tally, outcome);
            }
        }
        Kernel::AtLeast(..) | Kernel::Exactly(..) | Kernel::Fold(_) => see(kernel, asked),
        Kernel::Const(_)
        | Kernel::Attribute(..)
        | Kernel::Tagged(_)
        | Kernel::Sequence(_)
        | Kernel::Tallied(..)
        | Kernel::Row(..) => {}
    }
}

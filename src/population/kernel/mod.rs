//! Conditions that read columns directly, for a block of profiles at a time.
//!
//! A [`KernelPlan`] is some rules at one instant. Each condition becomes a [`Kernel`], which is given a [`Mask`] of the profiles that are in
//! question and takes out those for which it does not hold: of an `and`, the parts that cost least run first, and the next ones look only
//! at who is left. What has no kernel is asked of one profile after the other, as everywhere (`Kernel::Row`), so that every rule of the language
//! runs, and every kernel can be compared with it.
//!
//! As `now` is fixed, windows are two instants, and a condition on one field whose values are few, whatever it says (`city
//! starts with "Mi"`, `birthday within 7 days`), is asked once for each value, by the same code that evaluates one profile.

mod column_test;
mod compile;
mod events;
mod fold;
mod mask;
mod sequence;
mod share;
mod tally;
#[cfg(test)]
mod tests;

use super::columns::{Columns, Values};
use super::view::ColumnProfile;
use crate::eval::BindError;
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::profile::Model;
use crate::rule::Rule;
use crate::time::Instant;
use column_test::ColumnTest;
use events::EventSelection;
use fold::{FoldTest, Marks};
use mask::Mask;
use sequence::{ReachedInstants, SequenceKernel};
use std::ops::Range;
use std::sync::Arc;
use tally::{Tally, TallyRun};

/// Some rules at one instant, over the columns of one population.
pub(super) struct KernelPlan {
    columns: Arc<Columns>,
    now: i64,
    /// By rule.
    roots: Vec<Kernel>,
    /// What several conditions count or add up together.
    tallies: Vec<Tally>,
    /// How many conditions are remembered.
    memos: usize,
    /// For each condition that is asked of one profile after the other: the kinds of the events that it reads.
    row_kinds: Vec<Arc<[usize]>>,
}

/// A condition over columns.
enum Kernel {
    Const(bool),
    All(Vec<Kernel>),
    Any(Vec<Kernel>),
    Not(Box<Kernel>),
    /// A test of the attribute at a position.
    Attribute(usize, ColumnTest),
    /// Whether any of the profile's tags passes.
    Tagged(ColumnTest),
    /// The value of the first case that holds is one that is asked for; `otherwise` where no case holds.
    Cases {
        cases: Vec<(Kernel, bool)>,
        otherwise: bool,
    },
    /// At least so many events.
    AtLeast(EventSelection, usize),
    /// Just so many events.
    Exactly(EventSelection, usize),
    Fold(Box<FoldTest>),
    Sequence(SequenceKernel),
    /// What others count or add up, too: a tally of the plan, and an outcome of it.
    Tallied(usize, usize),
    /// Several rules have it: who it was asked of is remembered, at this number.
    Memo(usize, Box<Kernel>),
    /// What has no kernel, and its number among these.
    Row(usize, Box<Node<ColumnProfile>>),
}

/// What is known of a condition in a block.
#[derive(Clone, Copy)]
struct Memo {
    asked: Mask,
    holds: Mask,
}

/// The evaluation of a block.
struct BlockRun<'p> {
    plan: &'p KernelPlan,
    /// The position of the block's first profile.
    start: usize,
    tallies: Vec<TallyRun>,
    memos: Vec<Memo>,
    /// For each condition that is asked of one profile after the other, the profile that it is asked of.
    profiles: Vec<Option<ColumnProfile>>,
    marks: Marks,
    reached: ReachedInstants,
}

impl KernelPlan {
    /// # Errors
    /// If the population's schema lacks something that a rule reads, or has it with another type.
    pub(super) fn new<'r>(
        columns: &Arc<Columns>,
        model: &Model<ColumnProfile>,
        rules: impl IntoIterator<Item = &'r Rule>,
        now: Instant,
    ) -> Result<Self, BindError> {
        compile::plan(columns, model, rules, now)
    }

    /// Who of a block each rule holds for, by rule: a bit for each place, 64 in a word.
    pub(super) fn run(&self, block: Range<usize>) -> Vec<Vec<u64>> {
        let mut run = self.begin(&block);
        self.ask(&mut run, &block)
    }

    fn begin(&self, block: &Range<usize>) -> BlockRun<'_> {
        let none = Memo {
            asked: Mask::NONE,
            holds: Mask::NONE,
        };
        BlockRun {
            plan: self,
            start: block.start,
            tallies: self.tallies.iter().map(Tally::run).collect(),
            memos: vec![none; self.memos],
            profiles: self.row_kinds.iter().map(|_| None).collect(),
            marks: Marks::default(),
            reached: ReachedInstants::default(),
        }
    }

    fn ask(&self, run: &mut BlockRun<'_>, block: &Range<usize>) -> Vec<Vec<u64>> {
        let words = block.len().div_ceil(64);
        let roots = self.roots.iter();
        roots
            .map(|root| {
                let mut mask = Mask::first(block.len());
                root.narrow(run, &mut mask);
                mask.words().iter().take(words).copied().collect()
            })
            .collect()
    }
}

impl Kernel {
    /// Keeps those for whom the condition holds.
    fn narrow(&self, run: &mut BlockRun<'_>, mask: &mut Mask) {
        if mask.is_empty() {
            return;
        }
        let (plan, start) = (run.plan, run.start);
        let columns = &*plan.columns;
        match self {
            Kernel::Const(true) => {}
            Kernel::Const(false) => *mask = Mask::NONE,
            Kernel::All(parts) => parts.iter().for_each(|part| part.narrow(run, mask)),
            Kernel::Any(parts) => {
                let mut rest = *mask;
                for part in parts {
                    let mut holds = rest;
                    part.narrow(run, &mut holds);
                    rest.drop(&holds);
                }
                mask.drop(&rest);
            }
            Kernel::Not(of) => {
                let mut holds = *mask;
                of.narrow(run, &mut holds);
                mask.drop(&holds);
            }
            Kernel::Attribute(attribute, test) => {
                if let Some(column) = columns.attributes.get(*attribute) {
                    test.narrow(column, start, mask);
                }
            }
            Kernel::Tagged(test) => {
                let tags = columns.tags.as_ref();
                mask.retain(|place| {
                    let list = tags.and_then(|tags| tags.list(start + place));
                    list.is_some_and(|(items, mut rows)| rows.any(|row| test.passes(items, row)))
                });
            }
            Kernel::Cases { cases, otherwise } => {
                let (mut rest, mut accepted) = (*mask, Mask::NONE);
                for (case, accepts) in cases {
                    let mut holds = rest;
                    case.narrow(run, &mut holds);
                    rest.drop(&holds);
                    if *accepts {
                        accepted.add(&holds);
                    }
                }
                if *otherwise {
                    accepted.add(&rest);
                }
                *mask = accepted;
            }
            Kernel::AtLeast(selection, n) => {
                mask.retain(|place| selection.count(columns, start + place, *n) >= *n);
            }
            Kernel::Exactly(selection, n) => {
                let limit = n.saturating_add(1);
                mask.retain(|place| selection.count(columns, start + place, limit) == *n);
            }
            Kernel::Fold(test) => {
                let marks = &mut run.marks;
                mask.retain(|place| test.holds(columns, start + place, marks));
            }
            Kernel::Sequence(sequence) => {
                let reached = &mut run.reached;
                mask.retain(|place| sequence.holds(columns, start + place, reached));
            }
            Kernel::Tallied(tally, outcome) => {
                let known = plan.tallies.get(*tally).zip(run.tallies.get_mut(*tally));
                if let Some((tally, known)) = known {
                    tally.narrow(columns, start, known, *outcome, mask);
                }
            }
            Kernel::Memo(number, of) => {
                let Some(mut memo) = run.memos.get(*number).copied() else {
                    return of.narrow(run, mask);
                };
                let mut new = *mask;
                new.drop(&memo.asked);
                memo.asked.add(&new);
                of.narrow(run, &mut new);
                memo.holds.add(&new);
                mask.keep(&memo.holds);
                if let Some(known) = run.memos.get_mut(*number) {
                    *known = memo;
                }
            }
            Kernel::Row(number, node) => {
                let kinds = plan.row_kinds.get(*number);
                let (Some(slot), Some(kinds)) = (run.profiles.get_mut(*number), kinds) else {
                    return;
                };
                mask.retain(|place| {
                    let profile = slot.get_or_insert_with(|| {
                        ColumnProfile::new(&plan.columns, kinds.clone(), start + place)
                    });
                    if profile.position() != start + place {
                        profile.move_to(start + place);
                    }
                    node.holds(&Ctx::new(profile, plan.now))
                });
            }
        }
    }

    /// What it takes to ask it of everybody, roughly, in values that are looked at.
    fn cost(&self, columns: &Columns) -> usize {
        let profiles = columns.len();
        let all = |parts: &mut dyn Iterator<Item = &Kernel>| {
            parts.fold(0_usize, |sum, part| sum.saturating_add(part.cost(columns)))
        };
        match self {
            Kernel::Const(_) => 0,
            Kernel::All(parts) => {
                // Who is left is few, so what the cheapest takes says most.
                let costs = parts.iter().map(|part| part.cost(columns));
                costs.min().unwrap_or(0)
            }
            Kernel::Any(parts) => all(&mut parts.iter()),
            Kernel::Not(of) | Kernel::Memo(_, of) => of.cost(columns),
            Kernel::Attribute(..) => profiles / 16,
            Kernel::Tagged(_) => match columns.tags.as_ref().map(|tags| &tags.values) {
                Some(Values::List { items, .. }) => profiles.saturating_add(items.len()),
                _ => 0,
            },
            Kernel::Cases { cases, .. } => all(&mut cases.iter().map(|(case, _)| case)),
            Kernel::AtLeast(selection, _) | Kernel::Exactly(selection, _) => {
                profiles.saturating_add(selection.size(columns))
            }
            Kernel::Fold(test) => {
                profiles.saturating_add(test.selection.size(columns).saturating_mul(2))
            }
            Kernel::Sequence(sequence) => {
                profiles.saturating_add(sequence.size(columns).saturating_mul(2))
            }
            Kernel::Tallied(..) => profiles,
            Kernel::Row(number, _) => usize::MAX / 2 + number,
        }
    }
}

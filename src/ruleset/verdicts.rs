//! Verdicts of many rules: each with its `until`.
//!
//! `until` is searched for in a rule by itself, but only where the rule can come to hold: one that needs an attribute to be what
//! it is not, or an event that the profile does not hold for later either, does not hold and never will. Of many rules, these
//! are nearly all.

use super::RuleSet;
use super::formula::Literal;
use super::truth_bits::{TruthBits, clear, first_set, has};
use super::value_index::Motion;
use crate::eval::bounded::{End, Outlook};
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::eval::scratch::{self, Buffer, Entry};
use crate::eval::{Binder, Verdict};
use crate::profile::Profile;
use crate::time::{Instant, NEVER};
use std::fmt;

impl<P: Profile> RuleSet<P> {
    /// The verdict of every rule for a profile at an instant, each with its own `until`, and when the first of them changes.
    ///
    /// They are those of each rule's own [`Matcher`](crate::Matcher). The first call binds the rules once more, one by one;
    /// later calls allocate nothing once the buffers of the thread have grown to what the rules need.
    ///
    /// ```
    /// use segue::{profile::{Model, Record}, Rulebook, Verdict};
    /// let rulebook = Rulebook::from_toml(r#"
    ///     [schema.attributes]
    ///     age = "int"
    ///     [schema.events.purchased]
    ///
    ///     [segments]
    ///     active = "purchased within 30 days"
    ///     grown_up = "age >= 18"
    ///     loyal = "purchased at least 2 times within 12 months"
    /// "#)?;
    /// let rule_set = rulebook.rule_set(&Model::for_schema(rulebook.schema()))?;
    /// let anna = Record::from_json(rulebook.schema(), r#"{"id": "anna", "age": 57, "events": [
    ///     {"kind": "purchased", "at": "2026-03-01T10:00:00Z"}, {"kind": "purchased", "at": "2026-03-10T10:00:00Z"}]}"#)?;
    ///
    /// let verdicts = rule_set.verdicts(&anna, "2026-03-18T12:00:00Z".parse()?);
    /// let first = "2026-04-09T10:00:00.000001Z".parse()?;
    /// assert_eq!(verdicts.until(), Some(first));
    /// assert_eq!(verdicts.iter().next(), Some(("active", Verdict { holds: true, until: Some(first), is_exact: true })));
    /// assert_eq!(verdicts.get(1), Some(Verdict { holds: true, until: None, is_exact: true }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn verdicts(&self, profile: &P, now: Instant) -> RuleSetVerdicts<'_> {
        let ctx = Ctx::new(profile, now.micros());
        let mut holding = self.possible(&ctx);
        let alone = self.alone.get_or_init(|| self.bind_alone());
        let (mut changes, mut inexact) = (Buffer::new(), Buffer::new());
        let (mut earliest, mut next) = (NEVER, 0);
        while let Some(position) = first_set(&holding, next) {
            next = position + 1;
            let Some(node) = alone.get(position) else {
                break;
            };
            let Outlook { holds, until, end } = node.next_change(&ctx);
            if !holds {
                clear(&mut holding, u32::try_from(position).unwrap_or(u32::MAX));
            }
            if until != NEVER {
                let position = i64::try_from(position).unwrap_or(i64::MAX);
                changes.push((position, until));
                if end == End::Possible {
                    inexact.push(position);
                }
                earliest = earliest.min(until);
            }
        }
        RuleSetVerdicts {
            names: &self.names,
            holding,
            changes,
            inexact,
            earliest,
        }
    }

    /// A bit for each rule that holds or may come to hold if no new data arrives.
    fn possible(&self, ctx: &Ctx<'_, P>) -> Vec<u64> {
        let mut possible = scratch::bits(self.names.len());
        // Behind the tests stands which of them may come to be false.
        let searched = self.searched;
        let mut tests = TruthBits {
            bits: scratch::bits(2 * searched as usize),
            runs: scratch::runs(),
        };
        for index in &self.indexes {
            let (first, end) = index.tests();
            match index.motion() {
                Motion::Fixed => index.collect(ctx, &mut tests),
                Motion::Growing => index.collect(&ctx.at(i64::MAX), &mut tests),
                Motion::Free => tests.note_run(first, end),
            }
            if index.motion() != Motion::Fixed {
                tests.set_run(first.saturating_add(searched), end.saturating_add(searched));
            }
        }
        let TruthBits { bits, runs } = tests;
        let truth = |literal: Literal| {
            let test = literal.test();
            test >= searched
                || has(&bits, test) != literal.negated()
                || (literal.negated() && has(&bits, test.saturating_add(searched)))
        };
        self.run(&runs, truth, &mut possible);
        scratch::give_back_runs(runs);
        scratch::give_back(bits);
        possible
    }

    /// Binds each rule by itself.
    fn bind_alone(&self) -> Box<[Node<P>]> {
        let Some(first) = self.rules.first() else {
            return Box::default();
        };
        let mut binder = Binder::new(&self.model, first.schema(), first.calendar());
        let mut last = first;
        let nodes = self.rules.iter().map(|rule| {
            if !rule.schema().is_same(last.schema()) || rule.calendar() != last.calendar() {
                binder.turn_to(rule.schema(), rule.calendar());
            }
            last = rule;
            binder.cond(rule.root())
        });
        let nodes = nodes.collect();
        let bound = binder.finish();
        // INVARIANT: to make the set, every part of the rules was bound to the model.
        debug_assert!(bound.is_ok(), "{bound:?}");
        nodes
    }
}

/// The verdicts of many rules for one profile: what [`RuleSet::verdicts`] gives.
///
/// It borrows buffers of its thread; dropping it gives them back.
pub struct RuleSetVerdicts<'m> {
    names: &'m [Box<str>],
    /// A bit for each rule.
    holding: Vec<u64>,
    /// The positions of the rules whose answers change by themselves, ascending, and when.
    changes: Buffer<Entry>,
    /// The positions of those that may stay the same beyond that, ascending.
    inexact: Buffer<i64>,
    earliest: i64,
}

impl<'m> RuleSetVerdicts<'m> {
    /// When the first of the answers changes, or may, if no new data arrives; `None` if none of them ever does.
    #[must_use]
    pub fn until(&self) -> Option<Instant> {
        instant(self.earliest)
    }

    /// The verdict of the rule at a position, as [`RuleSet::name`] counts them.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<Verdict> {
        self.names.get(position)?;
        let change = i64::try_from(position).ok().and_then(|position| {
            let found = self.changes.binary_search_by_key(&position, |(of, _)| *of);
            self.changes.get(found.ok()?)
        });
        Some(self.verdict(position, change))
    }

    fn verdict(&self, position: usize, change: Option<&Entry>) -> Verdict {
        let of = i64::try_from(position).unwrap_or(i64::MAX);
        Verdict {
            holds: has(&self.holding, u32::try_from(position).unwrap_or(u32::MAX)),
            until: change.and_then(|(_, until)| instant(*until)),
            is_exact: self.inexact.binary_search(&of).is_err(),
        }
    }

    /// The names of the rules with their verdicts, in the order in which the rules were given (those of a rulebook: by name).
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'m str, Verdict)> {
        let mut changes = self.changes.iter().peekable();
        self.names.iter().enumerate().map(move |(position, name)| {
            let own = changes.next_if(|(of, _)| usize::try_from(*of) == Ok(position));
            (&**name, self.verdict(position, own))
        })
    }
}

fn instant(until: i64) -> Option<Instant> {
    (until != NEVER).then(|| Instant::from_micros(until))
}

impl fmt::Debug for RuleSetVerdicts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Drop for RuleSetVerdicts<'_> {
    fn drop(&mut self) {
        scratch::give_back(std::mem::take(&mut self.holding));
    }
}

//! Many rules evaluated together on one profile.
//!
//! Rules share their tests. `builder` turns each rule into a `formula` over numbered tests; conditions of one
//! fingerprint are one test. A `value_index` holds the tests of one value and finds all that it answers by binary search or hashing, setting
//! their `truth_bits`. Each rule has an access test: of the tests that must hold, the one that is rarely true. Only if it
//! is true does the `program` evaluate the rest of the rule; the rules of one access test lie next to each other. Tests
//! that no index answers are evaluated when they are first needed, and then remembered. `verdicts` searches for `until` only in
//! the rules that can come to hold at all.

#![deny(clippy::wildcard_enum_match_arm)]

mod builder;
mod formula;
mod program;
mod truth_bits;
mod value_index;
mod verdicts;

use crate::eval::BindError;
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::eval::scratch;
use crate::profile::{Model, Profile};
use crate::rule::Rule;
use crate::time::Instant;
use builder::{Builder, Tests};
use formula::{Formula, Literal};
use program::Program;
use std::fmt;
use std::sync::OnceLock;
use truth_bits::{Run, TruthBits, first_set, has, set};
use value_index::ValueIndex;
pub use verdicts::RuleSetVerdicts;

/// Many rules bound to a profile type, evaluated together: one pass over a profile finds those that hold. Immutable,
/// can be shared between threads.
///
/// The answers are those of each rule's own [`Matcher`](crate::Matcher). With more than a few dozen rules, they come much
/// faster: a test that several rules share is evaluated once, and a rule is skipped unless the profile has something that
/// the rule needs and that few profiles have.
///
/// ```
/// use segue::{profile::{Model, Record}, Rulebook};
/// let rulebook = Rulebook::from_toml(r#"
///     [schema.attributes]
///     age = "int"
///     city = "string"
///
///     [schema.events.viewed]
///     subject = "category"
///     properties = { category = "string" }
///
///     [segments]
///     milanese = 'city in ("Milano", "Monza")'
///     anti_aging = 'age > 50 and viewed("anti-aging") within 30 days'
///     young = "age < 30"
/// "#)?;
/// let rule_set = rulebook.rule_set(&Model::for_schema(rulebook.schema()))?;
///
/// let anna = Record::from_json(rulebook.schema(), r#"{"id": "anna", "age": 57, "city": "Milano", "events": [
///     {"kind": "viewed", "at": "2026-03-01T10:00:00Z", "props": {"category": "anti-aging"}}]}"#)?;
/// let names: Vec<&str> = rule_set.matches(&anna, "2026-03-18T12:00:00Z".parse()?).collect();
/// assert_eq!(names, ["anti_aging", "milanese"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RuleSet<P: Profile> {
    names: Box<[Box<str>]>,
    indexes: Box<[ValueIndex<P>]>,
    /// How many tests the indexes answer; the numbers of the nodes follow.
    searched: u32,
    nodes: Box<[Node<P>]>,
    program: Program,
    rules: Box<[Rule]>,
    model: Model<P>,
    /// Each rule by itself, bound when verdicts are first asked for.
    alone: OnceLock<Box<[Node<P>]>>,
}

impl<P: Profile> fmt::Debug for RuleSet<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleSet")
            .field("rules", &self.names.len())
            .finish_non_exhaustive()
    }
}

impl<P: Profile> RuleSet<P> {
    /// Binds rules to a profile type under names, for rules that are kept elsewhere than in a
    /// [`Rulebook`](crate::Rulebook::rule_set). Names need not differ.
    ///
    /// # Errors
    /// If the type lacks something that a rule reads, or has it with another type.
    ///
    /// ```
    /// use segue::{profile::{Model, Record}, schema::{Field, Schema}, RuleSet, Rule, Type};
    /// let schema = Schema::builder().attribute(Field::new("age", Type::Int)).build()?;
    /// let rules = [("grown_up", Rule::check("age >= 18", &schema)?), ("retired", Rule::check("age >= 67", &schema)?)];
    /// let rule_set = RuleSet::new(&Model::for_schema(&schema), rules)?;
    /// let anna = Record::from_json(&schema, r#"{"id": "anna", "age": 57}"#)?;
    /// assert!(rule_set.matches(&anna, "2026-03-18T12:00:00Z".parse()?).eq(["grown_up"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new<N: Into<Box<str>>>(
        model: &Model<P>,
        rules: impl IntoIterator<Item = (N, Rule)>,
    ) -> Result<Self, BindError> {
        let (names, rules): (Vec<Box<str>>, Vec<Rule>) = rules
            .into_iter()
            .map(|(name, rule)| (name.into(), rule))
            .unzip();
        let Some(first) = rules.first() else {
            let program = Program::new(Vec::new(), &[]);
            let (indexes, nodes) = (Box::default(), Box::default());
            return Ok(RuleSet {
                names: Box::default(),
                indexes,
                searched: 0,
                nodes,
                program,
                rules: Box::default(),
                model: model.clone(),
                alone: OnceLock::new(),
            });
        };
        let mut builder = Builder::new(model, first);
        let mut formulas: Vec<Formula> = rules.iter().map(|rule| builder.rule(rule)).collect();
        let Tests {
            indexes,
            nodes,
            numbering,
        } = builder.finish()?;
        formulas.iter_mut().for_each(|f| f.renumber(&numbering.of));
        Ok(RuleSet {
            names: names.into(),
            indexes: indexes.into(),
            searched: u32::try_from(numbering.chances.len()).unwrap_or(u32::MAX),
            nodes: nodes.into(),
            program: Program::new(formulas, &numbering.chances),
            rules: rules.into(),
            model: model.clone(),
            alone: OnceLock::new(),
        })
    }

    /// The names of the rules that hold for a profile at an instant, in the order in which the rules were given (those of
    /// a rulebook: by name). Events later than `now` are not seen.
    ///
    /// Allocates nothing once the buffers of the thread have grown to what the rules need.
    #[must_use]
    pub fn matches(&self, profile: &P, now: Instant) -> RuleSetMatches<'_> {
        let mut holding = scratch::bits(self.names.len());
        let ctx = Ctx::new(profile, now.micros());
        let nodes = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        // Behind the answers of the nodes stands which of them were asked.
        let bits = scratch::bits(self.searched as usize + 2 * self.nodes.len());
        let mut truth = TruthBits {
            bits,
            runs: scratch::runs(),
        };
        self.indexes
            .iter()
            .for_each(|index| index.collect(&ctx, &mut truth));
        let TruthBits { mut bits, runs } = truth;
        let truth = |literal: Literal| {
            let test = literal.test();
            if test >= self.searched && !has(&bits, test.saturating_add(nodes)) {
                let node = self.nodes.get((test - self.searched) as usize);
                if node.is_some_and(|node| node.holds(&ctx)) {
                    set(&mut bits, test);
                }
                set(&mut bits, test.saturating_add(nodes));
            }
            has(&bits, test) != literal.negated()
        };
        self.run(&runs, truth, &mut holding);
        // In the opposite order of taking: each buffer serves the same purpose again.
        scratch::give_back_runs(runs);
        scratch::give_back(bits);
        RuleSetMatches {
            names: &self.names,
            holding,
            next: 0,
        }
    }

    /// Sets the bits of the rules that hold, where these tests came out true and `truth` tells of every literal.
    #[inline]
    fn run(&self, runs: &[Run], mut truth: impl FnMut(Literal) -> bool, holding: &mut [u64]) {
        let mut holds = |rule: u32| set(holding, rule);
        for run in runs {
            self.program.under(*run, &mut truth, &mut holds);
        }
        self.program.always(&mut truth, &mut holds);
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name of the rule at a position.
    #[must_use]
    pub fn name(&self, position: usize) -> Option<&str> {
        self.names.get(position).map(|name| &**name)
    }
}

/// The names of the rules that hold for one profile: what [`RuleSet::matches`] gives.
///
/// It borrows a buffer of its thread; dropping it gives the buffer back.
pub struct RuleSetMatches<'m> {
    names: &'m [Box<str>],
    /// A bit for each rule.
    holding: Vec<u64>,
    next: usize,
}

impl fmt::Debug for RuleSetMatches<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.positions().filter_map(|i| self.names.get(i)))
            .finish()
    }
}

impl RuleSetMatches<'_> {
    /// The positions of the rules that are left, ascending, by which [`RuleSet::name`] finds their names.
    pub fn positions(&self) -> impl Iterator<Item = usize> {
        let mut next = self.next;
        std::iter::from_fn(move || {
            let position = first_set(&self.holding, next)?;
            next = position + 1;
            Some(position)
        })
    }

    fn count_left(&self) -> usize {
        let mut mask = u64::MAX << (self.next % 64);
        let left = self.holding.iter().skip(self.next / 64);
        left.map(|word| (word & std::mem::replace(&mut mask, u64::MAX)).count_ones() as usize)
            .sum()
    }
}

impl<'m> Iterator for RuleSetMatches<'m> {
    type Item = &'m str;

    fn next(&mut self) -> Option<&'m str> {
        let position = first_set(&self.holding, self.next)?;
        self.next = position + 1;
        self.names.get(position).map(|name| &**name)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.count_left();
        (left, Some(left))
    }

    fn count(self) -> usize {
        self.count_left()
    }
}

impl ExactSizeIterator for RuleSetMatches<'_> {}

impl std::iter::FusedIterator for RuleSetMatches<'_> {}

impl Drop for RuleSetMatches<'_> {
    fn drop(&mut self) {
        scratch::give_back(std::mem::take(&mut self.holding));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Record;
    use crate::schema::{EventKind, Field, Schema};
    use crate::value::Type;

    /// How many tests search answers, and how many conditions are bound as they are.
    fn tests(texts: &[&str]) -> (u32, usize) {
        let schema = Schema::builder()
            .attribute(Field::new("age", Type::Int))
            .attribute(Field::new("city", Type::String))
            .kind(EventKind::new("viewed").subject(Field::new("category", Type::String)))
            .build()
            .unwrap();
        let rules: Vec<(&str, Rule)> = texts
            .iter()
            .map(|t| (*t, Rule::check(t, &schema).unwrap()))
            .collect();
        let rule_set = RuleSet::new(&Model::<Record>::for_schema(&schema), rules).unwrap();
        (rule_set.searched, rule_set.nodes.len())
    }

    #[test]
    fn what_rules_ask_alike_is_one_test() {
        assert_eq!(
            tests(&[
                "age > 50",
                "age >= 51",
                "not (51 > age)",
                "age <= 50 or age > 50"
            ]),
            (2, 0)
        );
        assert_eq!(
            tests(&[
                r#"city in ("Roma", "Bari")"#,
                r#"city = "Bari" or city = "Roma""#
            ]),
            (1, 0)
        );
        assert_eq!(
            tests(&["viewed", "viewed and age > 50", "not viewed"]),
            (2, 0)
        );
        // Besides the window, whether there is such an event at all.
        let month = r#"viewed("tv") within 30 days"#;
        assert_eq!(
            tests(&[
                month,
                "viewed(category = \"tv\") within  30 days",
                &format!("age > 50 and {month}")
            ]),
            (2, 1)
        );
        assert_eq!(
            tests(&[
                month,
                r#"viewed("tv") within 31 days"#,
                r#"viewed("radio") within 30 days"#
            ]),
            (2, 3)
        );
        assert_eq!(
            tests(&[
                r#"city starts with "Ro""#,
                r#"not city starts with "Ro""#,
                r#"city like "Ro""#
            ]),
            (0, 2)
        );
    }
}

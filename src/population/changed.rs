//! What another version of a rulebook changes for a population.

use super::groups::{ByValue, Group};
use super::survey::{Said, Survey, kinds_read};
use super::view::ColumnProfile;
use super::{Members, Population};
use crate::eval::BindError;
use crate::profile::Value;
use crate::rulebook::Rulebook;
use crate::time::Instant;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What another version of a rulebook changes for a population at an instant.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Changed {
    /// The instant at which it is so.
    pub at: Instant,
    /// How many profiles the population has.
    pub population: usize,
    /// The segments of either version, by name. One that only one of them has is empty in the other.
    pub segments: BTreeMap<String, MembersChanged>,
    /// The tags that either version or the data give, by path, likewise.
    pub tags: BTreeMap<String, MembersChanged>,
    /// Who has another value of a trait, by the name of the trait. One that only one version has is missing in the other.
    pub traits: BTreeMap<String, ValuesChanged>,
    /// Who has another value of a score, likewise.
    pub scores: BTreeMap<String, ValuesChanged>,
    /// Who is in another stage of a lifecycle, likewise. Of lifecycles that are kept for each value of a property, all of a profile's
    /// values with their stages count as one.
    pub stages: BTreeMap<String, ValuesChanged>,
}

/// Who enters and who leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MembersChanged {
    /// Those who are in by the new version alone.
    pub entered: Members,
    /// Those who are in by the old version alone.
    pub left: Members,
    /// Those who are in by both.
    pub same: Members,
}

impl MembersChanged {
    /// What is different between two sets of members.
    #[must_use]
    pub fn between(old: &Members, new: &Members) -> Self {
        MembersChanged {
            entered: new - old,
            left: old - new,
            same: old & new,
        }
    }

    /// Whether nobody enters or leaves.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.entered.is_empty() && self.left.is_empty()
    }
}

/// Who has another value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ValuesChanged {
    /// Those who have the same value, or none by both.
    pub same: Members,
    /// From which value to which: of more than [`Groups::MOST`](super::Groups::MOST) such moves, those that most make.
    pub moves: Vec<ValueMove>,
    /// Those who have another value by none of `moves`.
    pub others: Members,
}

/// Who has one value by the old version and another by the new.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ValueMove {
    /// The value by the old version.
    pub from: Value,
    /// The value by the new version.
    pub to: Value,
    /// Who moves.
    pub members: Members,
}

impl Population {
    /// What another version of a rulebook changes at an instant: who enters and who leaves each segment, and who gets other tags, values
    /// and stages. For the review of an edit, before it reaches anybody.
    ///
    /// ```
    /// use segue::{population::PopulationBuilder, profile::{Model, Record}, Rulebook};
    /// let book = |age: u8| Rulebook::from_toml(&format!("schema.attributes.age = 'int'\nsegments.grown_up = 'age >= {age}'"));
    /// let (old, new) = (book(18)?, book(21)?);
    /// let mut builder = PopulationBuilder::new(&Model::for_schema(old.schema()));
    /// for (id, age) in [("anna", 57), ("ben", 19)] {
    ///     builder.push(&Record::builder(old.schema(), id).set("age", age).build()?);
    /// }
    /// let changed = builder.finish()?.changed(&old, &new, "2026-03-18T12:00:00Z".parse()?)?;
    /// let grown_up = &changed.segments["grown_up"];
    /// assert_eq!((grown_up.entered.count(), grown_up.left.count(), grown_up.same.count()), (0, 1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the population's schema lacks something that a rule of either version reads, or has it with another type.
    pub fn changed(
        &self,
        old: &Rulebook,
        new: &Rulebook,
        now: Instant,
    ) -> Result<Changed, BindError> {
        let segments = self.segments_changed(old, new, now)?;
        let sides = [
            Survey::bind(old, &self.model)?,
            Survey::bind(new, &self.model)?,
        ];
        let mut kinds = [old, new]
            .map(|book| kinds_read(book, &self.columns))
            .concat();
        kinds.sort_unstable();
        kinds.dedup();
        let blocks = self.in_blocks(&kinds.into(), |block| {
            let mut found = Found::default();
            block.each(|place, profile| found.see(&sides, place, profile, now));
            found
        });
        let mut all = Found::default();
        for (block, found) in blocks.into_iter().enumerate() {
            all.append(block, found);
        }
        let len = self.len();
        Ok(Changed {
            at: now,
            population: len,
            segments,
            tags: members_changed(all.tags, len),
            traits: values_changed(all.traits, len),
            scores: values_changed(all.scores, len),
            stages: values_changed(all.stages, len),
        })
    }

    fn segments_changed(
        &self,
        old: &Rulebook,
        new: &Rulebook,
        now: Instant,
    ) -> Result<BTreeMap<String, MembersChanged>, BindError> {
        let rules = old.segments().chain(new.segments()).map(|(_, rule)| rule);
        let mut members = self.members_of(rules, now)?.into_iter();
        let mut named = |book: &Rulebook| {
            let names = book.segments().map(|(name, _)| name.to_owned());
            names.zip(members.by_ref()).collect::<BTreeMap<_, _>>()
        };
        let (before, after) = (named(old), named(new));
        let nobody = Members::none(self.len());
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changed = |name: &String| {
            let of = |side: &BTreeMap<String, Members>| side.get(name).unwrap_or(&nobody).clone();
            (
                name.clone(),
                MembersChanged::between(&of(&before), &of(&after)),
            )
        };
        Ok(names.into_iter().map(changed).collect())
    }
}

/// What was found of the profiles of a block, or of all: by name, who has which value by which version.
#[derive(Default)]
struct Found {
    tags: Named,
    traits: Named,
    scores: Named,
    stages: Named,
}

/// By name, those who have a pair of values, one by the old version and one by the new.
type Named = BTreeMap<String, ByValue>;

impl Found {
    fn see(&mut self, sides: &[Survey; 2], place: usize, profile: &ColumnProfile, now: Instant) {
        let add = |found: &mut Named, said: &dyn Fn(&Survey) -> Said| {
            let [old, new] = sides.each_ref().map(said);
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let value = |said: &Said| said.get(name).cloned().unwrap_or_default();
                let pair = Value::List(vec![value(&old), value(&new)]);
                match found.get_mut(name) {
                    Some(gathered) => gathered.add(pair, place),
                    None => found.entry(name.clone()).or_default().add(pair, place),
                }
            }
        };
        add(&mut self.tags, &|side| {
            let tags = side.tags_of(profile, now).into_iter();
            tags.map(|path| (path, Value::Bool(true))).collect()
        });
        add(&mut self.traits, &|side| side.traits_of(profile, now));
        add(&mut self.scores, &|side| side.scores_of(profile, now));
        add(&mut self.stages, &|side| side.stages_of(profile, now));
    }

    fn append(&mut self, block: usize, other: Found) {
        let append = |all: &mut Named, of_block: Named| {
            for (name, gathered) in of_block {
                all.entry(name).or_default().append(block, gathered);
            }
        };
        append(&mut self.tags, other.tags);
        append(&mut self.traits, other.traits);
        append(&mut self.scores, other.scores);
        append(&mut self.stages, other.stages);
    }
}

fn members_changed(found: Named, population: usize) -> BTreeMap<String, MembersChanged> {
    let changed = |(name, gathered): (String, ByValue)| {
        let groups = gathered.groups(population);
        let is = |old: bool, new: bool| {
            let word = |holds: bool| {
                if holds {
                    Value::Bool(true)
                } else {
                    Value::Missing
                }
            };
            let group = groups.group(&Value::List(vec![word(old), word(new)]));
            group.map_or_else(|| Members::none(population), |group| group.members.clone())
        };
        let changed = MembersChanged {
            entered: is(false, true),
            left: is(true, false),
            same: is(true, true),
        };
        (name, changed)
    };
    found.into_iter().map(changed).collect()
}

fn values_changed(found: Named, population: usize) -> BTreeMap<String, ValuesChanged> {
    let changed = |(name, gathered): (String, ByValue)| {
        let is_same = |pair: &Value| match pair {
            Value::List(pair) => matches!(pair.as_slice(), [from, to] if from == to),
            _ => false,
        };
        let (same, moved) = gathered.parted(is_same);
        let moved = moved.groups(population);
        let as_move = |group: Group| match group.value {
            Value::List(pair) => {
                let [from, to] = <[Value; 2]>::try_from(pair).ok()?;
                let members = group.members;
                Some(ValueMove { from, to, members })
            }
            _ => None,
        };
        let changed = ValuesChanged {
            same: same.members(population),
            moves: moved.groups.into_iter().filter_map(as_move).collect(),
            others: moved.others,
        };
        (name, changed)
    };
    found.into_iter().map(changed).collect()
}

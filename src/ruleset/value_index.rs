//! One value of a profile with every question that rules ask about it: the true ones are found by search, not one by one.

use super::truth_bits::{Run, TruthBits};
use crate::eval::context::Ctx;
use crate::eval::value::field::id_of;
use crate::profile::{Accessor, Profile, Val};
use std::collections::HashMap;
use std::sync::Arc;

/// Where values are read.
pub(super) enum Source<P: Profile> {
    /// A scalar or a list.
    Attribute(Accessor<P>),
    Id,
    /// Tags and what they stand under: `interest/tv` is also `interest`.
    Tags(Accessor<P>),
    /// The events of a kind until now, and a property of theirs.
    Events(usize, Option<Accessor<P::Event>>),
}

/// A value that something is equal to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Whole(i64),
    Text(Arc<str>),
}

/// What is asked about a value. Where there are several (items of a list), one that answers is enough.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Question {
    /// At least this.
    Least(i64),
    /// At most this.
    Most(i64),
    Is(Key),
    /// One of these, ascending.
    OneOf(Box<[Key]>),
    Exists,
}

/// Thresholds in ascending order; the test of each has the number that follows that of the one before.
struct Thresholds {
    at: Box<[i64]>,
    first: u32,
}

/// One source of values with every question about it.
pub(super) struct ValueIndex<P: Profile> {
    source: Source<P>,
    least: Thresholds,
    most: Thresholds,
    exists: Option<u32>,
    wholes: Box<[(i64, Span)]>,
    texts: HashMap<Arc<str>, Span>,
    /// The tests that a value answers, value by value.
    answered: Box<[u32]>,
    /// The number of its first test, and the one after its last.
    tests: Run,
}

/// How the answers to the questions about a value depend on time, if no new data arrives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    /// Not at all.
    Fixed,
    /// One that is no may become yes, when an event that the profile already holds has happened.
    Growing,
    /// In any way.
    Free,
}

/// A stretch of `answered`.
type Span = (u32, u32);

/// Numbers tests in the order in which indexes hold them.
#[derive(Default)]
pub(super) struct Numbering {
    /// The number of a test by the number it had while rules were taken.
    pub(super) of: Vec<u32>,
    /// How often a test comes out true, as far as the rules tell.
    pub(super) chances: Vec<f32>,
}

impl Numbering {
    fn place(&mut self, provisional: u32, chance: f32) -> u32 {
        let number = u32::try_from(self.chances.len()).unwrap_or(u32::MAX);
        self.chances.push(chance);
        if let Some(slot) = self.of.get_mut(provisional as usize) {
            *slot = number;
        }
        number
    }
}

impl<P: Profile> ValueIndex<P> {
    /// Places the questions, ordered and each once, about a source; `domain` is the number of values that it can have,
    /// where that is known.
    pub(super) fn new(
        source: Source<P>,
        domain: Option<usize>,
        questions: Vec<(Question, u32)>,
        numbering: &mut Numbering,
    ) -> Self {
        let mut index = ValueIndex {
            source,
            least: Thresholds {
                at: Box::default(),
                first: 0,
            },
            most: Thresholds {
                at: Box::default(),
                first: 0,
            },
            exists: None,
            wholes: Box::default(),
            texts: HashMap::new(),
            answered: Box::default(),
            tests: (0, 0),
        };
        let next =
            |numbering: &Numbering| u32::try_from(numbering.chances.len()).unwrap_or(u32::MAX);
        let first_test = next(numbering);
        let (mut least, mut most, mut sets) = (Vec::new(), Vec::new(), Vec::new());
        for (question, provisional) in questions {
            match question {
                Question::Least(v) => least.push((v, provisional)),
                Question::Most(v) => most.push((v, provisional)),
                Question::Is(key) => sets.push((Box::from([key]), provisional)),
                Question::OneOf(keys) => sets.push((keys, provisional)),
                Question::Exists => index.exists = Some(numbering.place(provisional, 0.9)),
            }
        }
        // Values are taken to lie as the thresholds do: as many between any two of them.
        let share = |part: usize, all: usize| part as f32 / (all + 1) as f32;
        let (n, first) = (least.len(), numbering.chances.len());
        for (i, (_, provisional)) in least.iter().enumerate() {
            numbering.place(*provisional, share(n - i, n));
        }
        index.least = Thresholds::new(least, first);
        let (n, first) = (most.len(), numbering.chances.len());
        for (i, (_, provisional)) in most.iter().enumerate() {
            numbering.place(*provisional, share(i + 1, n));
        }
        index.most = Thresholds::new(most, first);
        index.place_sets(sets, domain, numbering);
        index.tests = (first_test, next(numbering));
        index
    }

    /// The number of its first test, and the one after its last.
    pub(super) fn tests(&self) -> Run {
        self.tests
    }

    pub(super) fn motion(&self) -> Motion {
        match &self.source {
            Source::Events(..) => Motion::Growing,
            Source::Attribute(Accessor::History(_)) => Motion::Free,
            Source::Attribute(_) | Source::Id | Source::Tags(_) => Motion::Fixed,
        }
    }

    fn place_sets(
        &mut self,
        sets: Vec<(Box<[Key]>, u32)>,
        domain: Option<usize>,
        numbering: &mut Numbering,
    ) {
        let mut answered: HashMap<Key, Vec<u32>> = HashMap::new();
        for (keys, _) in &sets {
            for key in keys {
                answered.entry(key.clone()).or_default();
            }
        }
        let values = domain.unwrap_or(answered.len() + 1);
        // Several values of one profile: any of them may answer.
        let at_once = match &self.source {
            Source::Attribute(Accessor::List(_)) | Source::Tags(_) => 3,
            Source::Events(..) => 6,
            Source::Attribute(_) | Source::Id => 1,
        };
        for (keys, provisional) in &sets {
            let chance = (keys.len() * at_once) as f32 / values as f32;
            let number = numbering.place(*provisional, chance.min(0.9));
            for key in keys {
                if let Some(numbers) = answered.get_mut(key) {
                    numbers.push(number);
                }
            }
        }
        let mut answered: Vec<(Key, Vec<u32>)> = answered.into_iter().collect();
        answered.sort_unstable();
        let (mut all, mut wholes) = (Vec::new(), Vec::new());
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        for (key, numbers) in answered {
            let start = place(all.len());
            all.extend(numbers);
            let span = (start, place(all.len()));
            match key {
                Key::Whole(v) => wholes.push((v, span)),
                Key::Text(v) => _ = self.texts.insert(v, span),
            }
        }
        self.texts.shrink_to_fit();
        (self.wholes, self.answered) = (wholes.into(), all.into());
    }

    /// Notes every test that the profile's values answer.
    pub(super) fn collect<'a>(&self, ctx: &Ctx<'a, P>, truth: &mut TruthBits) {
        let profile = ctx.profile;
        match &self.source {
            Source::Attribute(Accessor::List(list)) => {
                if list.len(profile).is_none() {
                    return;
                }
                self.exists(truth);
                list.any(profile, &mut |item| {
                    self.value(&item, truth);
                    false
                });
            }
            Source::Attribute(attribute) => {
                let value = attribute.get(profile, ctx.now);
                if !value.is_missing() {
                    self.exists(truth);
                    self.value(&value, truth);
                }
            }
            Source::Id => self.value(&id_of(profile), truth),
            Source::Tags(Accessor::List(tags)) => {
                tags.any(profile, &mut |tag| {
                    if let Some(tag) = tag.text() {
                        self.exists(truth);
                        self.text(tag, truth);
                        tag.match_indices('/')
                            .filter_map(|(end, _)| tag.get(..end))
                            .for_each(|t| self.text(t, truth));
                    }
                    false
                });
            }
            Source::Tags(_) => {}
            Source::Events(kind, property) => {
                for event in ctx.of_kind(*kind).iter(i64::MIN, ctx.now.saturating_add(1)) {
                    self.exists(truth);
                    let Some(property) = property else { return };
                    self.value(&property.get(event, ctx.now), truth);
                }
            }
        }
    }

    fn exists(&self, truth: &mut TruthBits) {
        if let Some(number) = self.exists {
            truth.note(number);
        }
    }

    fn value(&self, value: &Val<'_>, truth: &mut TruthBits) {
        match value {
            Val::Whole(v) => {
                // No question is about a value above `i64::MAX - 1`, so all of those answer alike.
                let nearest = if *v < 0 { i64::MIN } else { i64::MAX };
                self.whole(i64::try_from(*v).unwrap_or(nearest), truth);
            }
            Val::Real(v) => self.whole(rank_of_real(*v), truth),
            other @ (Val::Missing
            | Val::Ratio(..)
            | Val::Text(_)
            | Val::Inline(_)
            | Val::Place(_)) => {
                if let Some(text) = other.text() {
                    self.text(text, truth);
                }
            }
        }
    }

    fn whole(&self, v: i64, truth: &mut TruthBits) {
        let reached = self.least.at.partition_point(|t| *t <= v);
        truth.note_run(self.least.first, self.least.number(reached));
        let passed = self.most.at.partition_point(|t| *t < v);
        truth.note_run(
            self.most.number(passed),
            self.most.number(self.most.at.len()),
        );
        if let Ok(i) = self.wholes.binary_search_by_key(&v, |(w, _)| *w)
            && let Some((_, span)) = self.wholes.get(i)
        {
            self.answers(*span, truth);
        }
    }

    fn text(&self, text: &str, truth: &mut TruthBits) {
        if let Some(span) = self.texts.get(text) {
            self.answers(*span, truth);
        }
    }

    fn answers(&self, (start, end): Span, truth: &mut TruthBits) {
        for number in self
            .answered
            .get(start as usize..end as usize)
            .unwrap_or(&[])
        {
            truth.note(*number);
        }
    }
}

impl Thresholds {
    fn new(sorted: Vec<(i64, u32)>, first: usize) -> Self {
        Thresholds {
            at: sorted.into_iter().map(|(v, _)| v).collect(),
            first: u32::try_from(first).unwrap_or(u32::MAX),
        }
    }

    /// The number of the test at a position.
    fn number(&self, position: usize) -> u32 {
        self.first
            .saturating_add(u32::try_from(position).unwrap_or(u32::MAX))
    }
}

/// A whole number for each floating-point number, in the same order; both zeros have one.
pub(super) fn rank_of_real(v: f64) -> i64 {
    let bits = if v == 0.0 {
        0
    } else {
        v.to_bits().cast_signed()
    };
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

#[cfg(test)]
mod tests {
    use super::rank_of_real;

    #[test]
    fn ranks_are_in_the_order_of_the_numbers() {
        let ascending = [
            f64::NEG_INFINITY,
            -1e300,
            -1.5,
            -1.0,
            -f64::MIN_POSITIVE,
            0.0,
            5e-324,
            0.5,
            2.0,
            f64::INFINITY,
        ];
        for pair in ascending.windows(2) {
            assert!(rank_of_real(pair[0]) < rank_of_real(pair[1]), "{pair:?}");
        }
        assert_eq!(rank_of_real(-0.0), rank_of_real(0.0));
    }
}

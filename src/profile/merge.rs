//! What becomes of the data of two profiles that turn out to be one person.

use std::cmp::Ordering;

/// Which of two values counts, or what is made of both, where two profiles become one. A value that only one of them has counts
/// in any case, unless it was taken away later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MergePolicy {
    /// The value that was said last; that of the survivor if both were said at one instant, or neither at a known one.
    Latest,
    /// The value that was said first; that of the survivor as above.
    First,
    /// The value of the profile that survives.
    Survivor,
    /// The greater value.
    Greatest,
    /// The lesser value.
    Least,
    /// The sum of both.
    Sum,
    /// The items of both lists, or the rows of both relations, each once.
    Union,
    /// `true` if nobody has said `false`: a consent that was refused once is refused.
    Strictest,
}

/// How a profile takes in another one of the same person ([`LiveProfile::merge`](crate::engine::LiveProfile::merge)).
pub struct MergeRules<'m> {
    policy: &'m dyn Fn(&str) -> MergePolicy,
    age: &'m dyn Fn(&str, [bool; 2]) -> Ordering,
    tag: &'m dyn Fn(&str, [bool; 2]) -> bool,
}

impl std::fmt::Debug for MergeRules<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MergeRules").finish_non_exhaustive()
    }
}

impl<'m> MergeRules<'m> {
    pub(crate) fn new(
        policy: &'m dyn Fn(&str) -> MergePolicy,
        age: &'m dyn Fn(&str, [bool; 2]) -> Ordering,
        tag: &'m dyn Fn(&str, [bool; 2]) -> bool,
    ) -> Self {
        MergeRules { policy, age, tag }
    }

    /// The policy of an attribute or a relation.
    #[must_use]
    pub fn policy(&self, name: &str) -> MergePolicy {
        (self.policy)(name)
    }

    /// Whether the value of the other profile was said later than that of this one ([`Ordering::Greater`]), earlier, or at the
    /// same instant; `has` says which of the two have a value, this one first. Whoever has none and was never said to have
    /// none has said nothing, and is older.
    #[must_use]
    pub fn age_of_other(&self, name: &str, has: [bool; 2]) -> Ordering {
        (self.age)(name, has)
    }

    /// Whether the merged profile has a tag; `has` says which of the two have it, this one first. It does unless one of them
    /// has lost it later than the other was given it.
    #[must_use]
    pub fn keeps_tag(&self, path: &str, has: [bool; 2]) -> bool {
        (self.tag)(path, has)
    }

    /// Whether the value of the other profile takes the place of that of this one, for policies that choose one of two.
    #[must_use]
    pub fn takes_other(&self, name: &str, has: [bool; 2]) -> bool {
        let age = self.age_of_other(name, has);
        match (self.policy(name), has) {
            (MergePolicy::First, [true, true]) => age == Ordering::Less,
            (MergePolicy::Survivor, [true, true]) | (_, [false, false]) => false,
            (MergePolicy::Survivor | MergePolicy::First, [ours, theirs]) => theirs && !ours,
            (_, [false, true]) => age != Ordering::Less,
            (_, [true, _]) => age == Ordering::Greater,
        }
    }
}

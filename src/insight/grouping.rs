//! By what the figures of events are kept apart: a property of the event, or a value of the profile when it happened.

use super::groups::{GroupKey, GroupNode};
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::ir::{Calendar, PropertyRef, Ty};
use crate::profile::{Accessor, Profile};
use crate::rulebook::reports::{GroupedBy, Grouping};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most groups that a report lists.
pub(super) const MAX_GROUPS: usize = 200;

/// A grouping bound to a profile type.
pub(super) struct GroupingNode<P: Profile> {
    pub(super) text: Arc<str>,
    of: Keys<P>,
}

enum Keys<P: Profile> {
    Property(PropertyNode<P>),
    Value(GroupNode<P>),
}

impl<P: Profile> GroupingNode<P> {
    pub(super) fn bind(by: &Grouping, binder: &mut Binder<'_, P>) -> Self {
        let of = match &by.of {
            GroupedBy::Property(property) => {
                Keys::Property(PropertyNode::bind(property, &by.ty, binder))
            }
            GroupedBy::Value(value) => Keys::Value(GroupNode::bind(value, binder)),
        };
        GroupingNode {
            text: by.text.clone(),
            of,
        }
    }

    /// The group of an event, as things were when it happened.
    pub(super) fn key<'a>(&'a self, ctx: &Ctx<'a, P>, kind: usize, event: &P::Event) -> GroupKey {
        match &self.of {
            Keys::Property(property) => property.key(kind, event, ctx.now),
            Keys::Value(value) => value.key(ctx),
        }
    }

    /// The group of a profile. By a property of events it has none.
    pub(super) fn key_of_profile<'a>(&'a self, ctx: &Ctx<'a, P>) -> GroupKey {
        match &self.of {
            Keys::Property(_) => GroupKey::MISSING,
            Keys::Value(value) => value.key(ctx),
        }
    }
}

/// A property of events of several kinds, bound to a profile type.
pub(super) struct PropertyNode<P: Profile> {
    /// By the position of the kind.
    of: Vec<(usize, Accessor<P::Event>)>,
    ty: Ty,
    calendar: Calendar,
}

impl<P: Profile> PropertyNode<P> {
    pub(super) fn bind(property: &PropertyRef, ty: &Ty, binder: &mut Binder<'_, P>) -> Self {
        PropertyNode {
            of: binder.property(property),
            ty: ty.clone(),
            calendar: binder.calendar,
        }
    }

    /// The value that an event has of it.
    pub(super) fn key(&self, kind: usize, event: &P::Event, now: i64) -> GroupKey {
        let accessor = self.of.iter().find(|(of, _)| *of == kind);
        accessor.map_or(GroupKey::MISSING, |(_, accessor)| {
            GroupKey::of(&accessor.get(event, now), &self.ty, self.calendar)
        })
    }
}

/// The groups that are listed, in the order of their values: all, or those with the most people; and how many are left out.
pub(super) fn listed<'k>(people: &BTreeMap<&'k GroupKey, u64>) -> (Vec<&'k GroupKey>, usize) {
    let mut by_people: Vec<(&GroupKey, u64)> = people.iter().map(|(k, n)| (*k, *n)).collect();
    by_people.sort_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
    let left_out = by_people.len().saturating_sub(MAX_GROUPS);
    let listed: BTreeSet<&'k GroupKey> = by_people
        .into_iter()
        .take(MAX_GROUPS)
        .map(|(key, _)| key)
        .collect();
    (listed.into_iter().collect(), left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Val;

    #[test]
    fn the_largest_groups_are_listed_in_their_order() {
        let key = |n| GroupKey::of(&Val::Whole(n), &Ty::Exact(0), Calendar::default());
        let keys: Vec<GroupKey> = (0..250).map(key).collect();
        let people = keys.iter().zip((0..250).map(|n| n / 2)).collect();
        let (listed, left_out) = listed(&people);
        assert_eq!((listed.len(), left_out), (MAX_GROUPS, 50));
        assert_eq!(listed.first(), Some(&&key(50)));
        assert!(listed.is_sorted());
    }
}

//! Changes of attributes: what an attribute was is remembered for as long as it is being changed.

use crate::engine::live_profile::LiveProfile;
use crate::engine::plan::hash_at;
use crate::eval::cond::compare::Comparer;
use crate::eval::value::Literal;
use crate::ir::FieldRef;
use crate::profile::{Accessor, Model};
use crate::rule::trigger::Change;
use crate::schema::Schema;
use crate::time::NEVER;

/// A change that a trigger waits for, bound to a profile type.
pub(crate) struct ChangePlan<P: LiveProfile> {
    accessor: Option<Accessor<P>>,
    comparer: Comparer,
    from: Option<Literal>,
    to: Option<Literal>,
}

/// What an attribute was: the hash of its value, of which two have the same but for one chance in 2^64, and whether the change
/// may begin with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueBefore {
    hash: u64,
    begins: bool,
}

impl<P: LiveProfile> ChangePlan<P> {
    pub(crate) fn bind(change: &Change, schema: &Schema, model: &Model<P>) -> Self {
        let field = schema.attribute_of(change.attribute);
        let index = field.and_then(|field| model.schema.attribute_index(&field.name));
        let field = FieldRef::Attribute(change.attribute);
        ChangePlan {
            accessor: index.and_then(|i| model.attributes.get(i)).cloned(),
            comparer: Comparer::of_field(&field, schema, false),
            from: change.from.as_ref().map(Literal::of),
            to: change.to.as_ref().map(Literal::of),
        }
    }

    /// What the attribute is at an instant, before it changes.
    pub(crate) fn before(&self, profile: &P, at: i64) -> ValueBefore {
        ValueBefore {
            hash: self.hash(profile, at),
            begins: self.is(self.from.as_ref(), profile, at),
        }
    }

    /// Whether the attribute has changed, as the trigger waits for it.
    pub(crate) fn is_after(&self, before: ValueBefore, profile: &P, at: i64) -> bool {
        before.begins
            && self.is(self.to.as_ref(), profile, at)
            && before.hash != self.hash(profile, at)
    }

    /// The first instant after another at which the attribute is known to change.
    pub(crate) fn next(&self, profile: &P, after: i64) -> i64 {
        let accessor = self.accessor.as_ref();
        accessor.map_or(NEVER, |accessor| accessor.valid_until(profile, after))
    }

    fn is(&self, wanted: Option<&Literal>, profile: &P, at: i64) -> bool {
        wanted.is_none_or(|wanted| {
            let accessor = self.accessor.as_ref();
            accessor.is_some_and(|a| self.comparer.is_equal(&a.get(profile, at), &wanted.val()))
        })
    }

    fn hash(&self, profile: &P, at: i64) -> u64 {
        let accessor = self.accessor.as_ref();
        accessor.map_or(0, |accessor| hash_at(accessor, profile, at))
    }
}

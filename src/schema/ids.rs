//! Typed numbers: the position of something in the list that declares it, which no other position can be taken for.

/// Types of ids, each a position of its own kind.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub(crate) struct $name(u32);

        impl $name {
            /// The id of a position.
            pub(crate) fn new(index: usize) -> Self {
                // INVARIANT: nobody has four billion profiles in memory, or rules in a rulebook, or fields in a schema.
                debug_assert!(u32::try_from(index).is_ok(), "{index} is too large for an id");
                $name(u32::try_from(index).unwrap_or(u32::MAX))
            }

            pub(crate) fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

pub(crate) use ids;

ids! {
    /// An attribute of a rule's schema.
    AttributeId,
    /// A kind of events of a rule's schema. (The same kind may have another position in the profile type.)
    KindId,
    /// A relation of a rule's schema.
    RelationId,
    /// A property of a kind or of a relation.
    PropertyId,
}

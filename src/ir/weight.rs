//! The size of a rule, which is limited.

/// How large a rule is once everything that it refers to is written out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Conditions and values.
    pub(crate) parts: u64,
    /// How many references stand behind one another.
    pub(crate) depth: u32,
}

impl Weight {
    /// Evaluation is linear in the parts, and recurses through the references.
    const MAX_PARTS: u64 = 100_000;
    const MAX_DEPTH: u32 = 64;

    /// Both together.
    pub(crate) fn with(self, other: Weight) -> Self {
        Weight {
            parts: self.parts.saturating_add(other.parts),
            depth: self.depth.max(other.depth),
        }
    }

    /// What is wrong with a rule of this weight, if anything.
    pub(crate) fn complaint(self) -> Option<String> {
        if self.depth > Self::MAX_DEPTH {
            return Some(format!(
                "more than {} rules refer to one another in a chain here",
                Self::MAX_DEPTH
            ));
        }
        (self.parts > Self::MAX_PARTS).then(|| {
            format!(
                "this is too large: {} parts once everything it refers to is written out",
                self.parts
            )
        })
    }
}

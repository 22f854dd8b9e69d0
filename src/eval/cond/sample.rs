//! `in sample 10% of "salt"`: the same profiles every time.

use super::Condition;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::context::Ctx;
use crate::ir::sample_threshold;
use crate::profile::{Identifier, Profile};
use crate::value::Decimal;
use md5::{Digest, Md5};
use std::sync::Arc;

pub(crate) struct SampleNode {
    pub(crate) below: u64,
    pub(crate) salt: Arc<str>,
}

impl SampleNode {
    pub(super) fn bind(percent: Decimal, salt: &Arc<str>) -> Self {
        SampleNode {
            below: sample_threshold(percent),
            salt: salt.clone(),
        }
    }
}

impl<P: Profile> Condition<P> for SampleNode {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        sample(&self.salt, ctx.profile.id()) < self.below
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        Bounded::forever(self.holds(ctx))
    }

    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        Some(NextChange::forever(self.holds(ctx)))
    }

    fn max_change_points<'a>(&'a self, _: &Ctx<'a, P>, _: usize) -> usize {
        0
    }

    fn cost(&self) -> u32 {
        12
    }
}

/// The first 32 bits of the MD5 of `salt:id`, as a number: the first 8 hexadecimal digits that every database prints.
pub(crate) fn sample(salt: &str, id: Identifier<'_>) -> u64 {
    let mut hash = Md5::new();
    hash.update(salt.as_bytes());
    hash.update(b":");
    id.with_text(|id| hash.update(id.as_bytes()));
    hash.finalize()
        .iter()
        .take(4)
        .fold(0, |n, byte| n << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_what_every_database_computes() {
        // printf 'spring:anna' | md5sum | cut -c1-8
        assert_eq!(sample("spring", Identifier::Text("anna")), 0x747d_5f79);
        assert_eq!(
            sample("spring", Identifier::Number(42)),
            sample("spring", Identifier::Text("42"))
        );
    }
}

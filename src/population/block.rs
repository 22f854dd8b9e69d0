//! Blocks: some thousand profiles side by side, which are looked at independently of all others.

use super::Population;
use super::columns::Columns;
use super::view::ColumnProfile;
use crate::ir::Reads;
use std::ops::Range;
use std::sync::Arc;

/// The profiles of a block. A multiple of 64, so that the bits of a block are whole words.
pub(super) const BLOCK: usize = 4096;

/// Some profiles side by side.
pub(super) struct Block<'p> {
    columns: &'p Arc<Columns>,
    kinds: &'p Arc<[usize]>,
    range: Range<usize>,
}

impl Block<'_> {
    pub(super) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// How many words the bits of its profiles take.
    pub(super) fn words(&self) -> usize {
        self.range.len().div_ceil(64)
    }

    /// Hands over one profile after the other, with its place in the block.
    pub(super) fn each(&self, mut see: impl FnMut(usize, &ColumnProfile)) {
        let mut places = self.range.clone().enumerate();
        let Some((nth, first)) = places.next() else {
            return;
        };
        let mut profile = ColumnProfile::new(self.columns, self.kinds.clone(), first);
        see(nth, &profile);
        for (nth, position) in places {
            profile.move_to(position);
            see(nth, &profile);
        }
    }
}

impl Population {
    /// What a function makes of each block, in their order. `kinds` are those of the events that it asks for.
    pub(super) fn in_blocks<R: Send>(
        &self,
        kinds: &Arc<[usize]>,
        of: impl Fn(Block<'_>) -> R + Send + Sync,
    ) -> Vec<R> {
        let len = self.len();
        let block = |nth: usize| {
            let start = nth * BLOCK;
            of(Block {
                columns: &self.columns,
                kinds,
                range: start..len.min(start + BLOCK),
            })
        };
        each_of(len.div_ceil(BLOCK), block)
    }
}

/// Sets the bit of a place, or leaves it.
pub(super) fn set(words: &mut [u64], place: usize, bit: bool) {
    if let Some(word) = words.get_mut(place / 64) {
        *word |= u64::from(bit) << (place % 64);
    }
}

/// What a function makes of each number below `n`, in their order.
#[cfg(not(feature = "parallel"))]
fn each_of<R: Send>(n: usize, of: impl Fn(usize) -> R + Send + Sync) -> Vec<R> {
    (0..n).map(of).collect()
}

#[cfg(feature = "parallel")]
fn each_of<R: Send>(n: usize, of: impl Fn(usize) -> R + Send + Sync) -> Vec<R> {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    (0..n).into_par_iter().map(of).collect()
}

/// The kinds that are read, by their positions in the population's schema.
pub(super) fn kinds_read(columns: &Columns, reads: &Reads) -> Arc<[usize]> {
    let mut kinds: Vec<usize> = reads
        .kinds()
        .filter_map(|kind| columns.schema.kind_index(kind))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into()
}

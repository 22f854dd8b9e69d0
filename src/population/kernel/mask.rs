//! Which profiles of a block are still in question.

use crate::population::block::BLOCK;

const WORDS: usize = BLOCK / 64;

/// A bit for each profile of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mask {
    words: [u64; WORDS],
}

impl Mask {
    /// Nobody.
    pub(crate) const NONE: Mask = Mask { words: [0; WORDS] };

    /// The first so many profiles of a block.
    pub(crate) fn first(len: usize) -> Self {
        let mut mask = Mask::NONE;
        for (nth, word) in mask.words.iter_mut().enumerate() {
            *word = match len.saturating_sub(nth * 64) {
                0 => 0,
                rest if rest < 64 => (1 << rest) - 1,
                _ => u64::MAX,
            };
        }
        mask
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    fn combine(&mut self, other: &Mask, combine: impl Fn(u64, u64) -> u64) {
        for (own, other) in self.words.iter_mut().zip(&other.words) {
            *own = combine(*own, *other);
        }
    }

    /// Keeps those of another mask only.
    pub(crate) fn keep(&mut self, other: &Mask) {
        self.combine(other, |own, other| own & other);
    }

    /// Drops those of another mask.
    pub(crate) fn drop(&mut self, other: &Mask) {
        self.combine(other, |own, other| own & !other);
    }

    /// Adds those of another mask.
    pub(crate) fn add(&mut self, other: &Mask) {
        self.combine(other, |own, other| own | other);
    }

    /// Hands over the places of all that are in question, in order.
    #[inline]
    pub(crate) fn each(&self, mut see: impl FnMut(usize)) {
        let mut all = *self;
        all.retain(|place| {
            see(place);
            true
        });
    }

    /// Adds who is not there, or drops who is.
    #[inline]
    pub(crate) fn flip(&mut self, place: usize) {
        if let Some(word) = self.words.get_mut(place / 64) {
            *word ^= 1 << (place % 64);
        }
    }

    /// Keeps those whose place in the block passes a test, which is asked of nobody else.
    #[inline]
    pub(crate) fn retain(&mut self, mut test: impl FnMut(usize) -> bool) {
        for (nth, word) in self.words.iter_mut().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                if !test(nth * 64 + bit as usize) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    /// Keeps those whose value passes a test; `values` are those of the block, from its first place on. Where many are in question, a
    /// word is tested whole, which takes no branches.
    #[inline]
    pub(crate) fn retain_values<T: Copy>(&mut self, values: &[T], test: impl Fn(T) -> bool) {
        /// From so many of 64 on.
        const MANY: u32 = 8;
        for (word, values) in self.words.iter_mut().zip(values.chunks(64)) {
            if word.count_ones() >= MANY {
                let bits = values.iter().enumerate();
                *word &= bits.fold(0, |bits, (i, v)| bits | u64::from(test(*v)) << i);
                continue;
            }
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                if !values.get(bit as usize).is_some_and(|v| test(*v)) {
                    *word &= !(1 << bit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Mask};

    fn places(mask: &Mask) -> Vec<usize> {
        let is_in = |place: &usize| mask.words()[place / 64] >> (place % 64) & 1 == 1;
        (0..BLOCK).filter(is_in).collect()
    }

    #[test]
    fn what_is_kept_was_there_and_passes() {
        for len in [0, 1, 63, 64, 65, 1000, BLOCK] {
            let all = Mask::first(len);
            assert_eq!(places(&all), (0..len).collect::<Vec<_>>());
            assert_eq!(all.is_empty(), len == 0);
            let (mut few, mut many) = (all, all);
            few.retain(|place| place % 13 == 0);
            let expected: Vec<usize> = (0..len).step_by(13).collect();
            assert_eq!(places(&few), expected);
            let values: Vec<usize> = (0..len).collect();
            many.retain_values(&values, |v| v % 13 == 0);
            assert_eq!(many, few);
            // Few are in question here, so that each is looked at.
            few.retain_values(&values, |v| v % 2 == 0);
            let expected: Vec<usize> = (0..len).step_by(26).collect();
            assert_eq!(places(&few), expected);
            many.drop(&few);
            assert!(places(&many).iter().all(|place| place % 26 == 13));
            many.add(&few);
            many.keep(&few);
            assert_eq!(many, few);
        }
    }
}

//! What is known about one profile at one instant: a bit for each test, and which came out true.

pub(super) use crate::eval::scratch::Run;

/// The tests found true so far.
pub(super) struct TruthBits {
    /// A bit for each test.
    pub(super) bits: Vec<u64>,
    /// Those that came out true, in stretches of numbers.
    pub(super) runs: Vec<Run>,
}

impl TruthBits {
    /// The test came out true.
    #[inline]
    pub(super) fn note(&mut self, test: u32) {
        if !has(&self.bits, test) {
            set(&mut self.bits, test);
            self.runs.push((test, test.saturating_add(1)));
        }
    }

    /// These tests came out true; the second is the one after the last.
    pub(super) fn note_run(&mut self, first: u32, end: u32) {
        if first < end {
            self.set_run(first, end);
            self.runs.push((first, end));
        }
    }

    /// Sets the bits of a stretch, the second excluded.
    pub(super) fn set_run(&mut self, first: u32, end: u32) {
        if first >= end {
            return;
        }
        let (low, high) = (first as usize / 64, (end - 1) as usize / 64);
        let (head, tail) = (u64::MAX << (first % 64), u64::MAX >> (63 - (end - 1) % 64));
        match self.bits.get_mut(low..=high) {
            Some([word]) => *word |= head & tail,
            Some([start, middle @ .., last]) => {
                *start |= head;
                middle.fill(u64::MAX);
                *last |= tail;
            }
            _ => {}
        }
    }
}

#[inline]
pub(super) fn has(bits: &[u64], i: u32) -> bool {
    bits.get(i as usize / 64)
        .is_some_and(|word| word >> (i % 64) & 1 == 1)
}

#[inline]
pub(super) fn set(bits: &mut [u64], i: u32) {
    if let Some(word) = bits.get_mut(i as usize / 64) {
        *word |= 1 << (i % 64);
    }
}

#[inline]
pub(super) fn clear(bits: &mut [u64], i: u32) {
    if let Some(word) = bits.get_mut(i as usize / 64) {
        *word &= !(1 << (i % 64));
    }
}

/// The first bit that is set, at a position or behind it.
pub(super) fn first_set(bits: &[u64], position: usize) -> Option<usize> {
    let mut mask = u64::MAX << (position % 64);
    for (i, word) in bits.iter().enumerate().skip(position / 64) {
        let left = word & mask;
        if left != 0 {
            return Some(i * 64 + left.trailing_zeros() as usize);
        }
        mask = u64::MAX;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_set_the_bits_between_their_ends_and_no_others() {
        for first in 0..200 {
            for end in first..200 {
                let mut truth = TruthBits {
                    bits: vec![0; 4],
                    runs: Vec::new(),
                };
                truth.note_run(first, end);
                assert!(
                    (0..256).all(|i| has(&truth.bits, i) == (first..end).contains(&i)),
                    "{first}..{end}"
                );
            }
        }
    }
}

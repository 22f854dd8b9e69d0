//! Bits, 64 in a word.

/// A bit for each row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// So many bits that are all alike.
    pub(crate) fn all(bit: bool, len: usize) -> Self {
        let mut bits = Bits::default();
        bits.extend(bit, len);
        bits
    }

    pub(crate) fn push(&mut self, bit: bool) {
        let place = self.len % 64;
        if place == 0 {
            self.words.push(0);
        }
        if let Some(last) = self.words.last_mut() {
            *last |= u64::from(bit) << place;
        }
        self.len += 1;
    }

    /// Adds so many bits that are all alike.
    pub(crate) fn extend(&mut self, bit: bool, more: usize) {
        let mut left = more;
        while left > 0 && !self.len.is_multiple_of(64) {
            self.push(bit);
            left -= 1;
        }
        let word = if bit { u64::MAX } else { 0 };
        self.words.resize(self.words.len() + left / 64, word);
        self.len += left / 64 * 64;
        (0..left % 64).for_each(|_| self.push(bit));
    }

    /// The bit of a row; `false` beyond the end.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> bool {
        self.words
            .get(row / 64)
            .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Those of other rows, in their order.
    pub(crate) fn gather(&self, rows: &[u32]) -> Self {
        let mut bits = Bits::default();
        rows.iter()
            .for_each(|row| bits.push(self.get(*row as usize)));
        bits
    }

    /// Those of other rows, in their order, unless all of them are set.
    pub(crate) fn gather_unless_all(&self, rows: &[u32]) -> Option<Self> {
        let are_all = rows.iter().all(|row| self.get(*row as usize));
        (!are_all).then(|| self.gather(rows))
    }

    pub(crate) fn shrink(&mut self) {
        self.words.shrink_to_fit();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn bits_are_those_that_were_added() {
        for (ones, zeros) in [(0, 0), (1, 1), (63, 2), (64, 64), (65, 130), (200, 1)] {
            let mut bits = Bits::default();
            bits.push(false);
            bits.extend(true, ones);
            bits.extend(false, zeros);
            bits.push(true);
            let expected = [
                vec![false],
                vec![true; ones],
                vec![false; zeros],
                vec![true],
            ]
            .concat();
            let got: Vec<bool> = (0..bits.len()).map(|i| bits.get(i)).collect();
            assert_eq!(got, expected);
            let last = bits.words.last().copied().unwrap_or(0);
            let beyond = (bits.len() - 1) % 64;
            assert!(
                last.leading_zeros() as usize == 63 - beyond,
                "{ones} {zeros}"
            );
            assert!(!bits.get(bits.len()));
        }
    }
}

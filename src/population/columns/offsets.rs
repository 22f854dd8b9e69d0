//! Where the parts of each row begin and end.

use std::ops::Range;

/// Where the parts of each row begin and end in another table: those of row `i` stand in `starts[i]..starts[i + 1]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Offsets {
    starts: Vec<u32>,
    /// Whether there were more parts than 32 bits can count.
    is_exceeded: bool,
}

impl Default for Offsets {
    fn default() -> Self {
        Offsets {
            starts: vec![0],
            is_exceeded: false,
        }
    }
}

impl Offsets {
    /// Adds a row whose parts end at `end`.
    #[inline]
    pub(crate) fn push(&mut self, end: usize) {
        self.is_exceeded |= u32::try_from(end).is_err();
        self.starts.push(u32::try_from(end).unwrap_or(u32::MAX));
    }

    /// Whether there were more parts than 32 bits can count, so that a population cannot be built.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.is_exceeded
    }

    /// Where the parts of a row stand; nowhere beyond the end.
    #[inline]
    pub(crate) fn range(&self, row: usize) -> Range<usize> {
        match self.starts.get(row..) {
            Some([start, end, ..]) => *start as usize..*end as usize,
            _ => 0..0,
        }
    }

    /// One more than there are rows; they begin with 0 and never descend.
    pub(crate) fn starts(&self) -> &[u32] {
        &self.starts
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The offsets of other rows, and which parts stand there then.
    pub(crate) fn gather(&self, rows: &[u32]) -> (Self, Vec<u32>) {
        let (mut offsets, mut parts) = (Offsets::default(), Vec::new());
        for row in rows {
            let Range { start, end } = self.range(*row as usize);
            let part = |part: usize| u32::try_from(part).unwrap_or(u32::MAX);
            parts.extend(part(start)..part(end));
            offsets.push(parts.len());
        }
        (offsets, parts)
    }

    pub(crate) fn shrink(&mut self) {
        self.starts.shrink_to_fit();
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.starts.as_slice())
    }
}

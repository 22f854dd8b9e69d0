//! Texts: packed one behind the other, and as codes of a dictionary.

use std::hash::{BuildHasher, RandomState};

/// Texts, packed one behind the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Texts {
    bytes: String,
    ends: Ends,
}

/// Where texts end: 4 bytes each, until they have more than 4 GiB together.
#[derive(Clone, Debug, PartialEq)]
enum Ends {
    Short(Vec<u32>),
    Long(Vec<u64>),
}

impl Default for Ends {
    fn default() -> Self {
        Ends::Short(Vec::new())
    }
}

impl Ends {
    fn push(&mut self, end: usize) {
        if let Ends::Short(ends) = self {
            match u32::try_from(end) {
                Ok(end) => return ends.push(end),
                Err(_) => *self = Ends::Long(ends.iter().copied().map(u64::from).collect()),
            }
        }
        if let Ends::Long(ends) = self {
            ends.push(end as u64);
        }
    }

    fn get(&self, i: usize) -> Option<usize> {
        match self {
            Ends::Short(ends) => ends.get(i).map(|end| *end as usize),
            Ends::Long(ends) => ends.get(i).and_then(|end| usize::try_from(*end).ok()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Ends::Short(ends) => ends.len(),
            Ends::Long(ends) => ends.len(),
        }
    }
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    /// The text of a row; empty beyond the end.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before));
        let end = self.ends.get(row).unwrap_or_default();
        self.bytes
            .get(start.unwrap_or_default()..end)
            .unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Those of other rows, in their order.
    pub(crate) fn gather(&self, rows: &[u32]) -> Self {
        let mut texts = Texts::default();
        rows.iter()
            .for_each(|row| texts.push(self.get(*row as usize)));
        texts
    }

    pub(crate) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        match &mut self.ends {
            Ends::Short(ends) => ends.shrink_to_fit(),
            Ends::Long(ends) => ends.shrink_to_fit(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let width = match self.ends {
            Ends::Short(_) => 4,
            Ends::Long(_) => 8,
        };
        self.bytes.capacity() + self.ends.len() * width
    }
}

/// The codes of a column's texts, in the narrowest type that holds all of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Codes {
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
}

impl Default for Codes {
    fn default() -> Self {
        Codes::U8(Vec::new())
    }
}

impl Codes {
    #[inline]
    fn push(&mut self, code: u32) {
        loop {
            *self = match self {
                Codes::U8(codes) => match u8::try_from(code) {
                    Ok(code) => return codes.push(code),
                    Err(_) => Codes::U16(codes.iter().copied().map(u16::from).collect()),
                },
                Codes::U16(codes) => match u16::try_from(code) {
                    Ok(code) => return codes.push(code),
                    Err(_) => Codes::U32(codes.iter().copied().map(u32::from).collect()),
                },
                Codes::U32(codes) => return codes.push(code),
            };
        }
    }

    /// The code of a row; 0 beyond the end.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> u32 {
        match self {
            Codes::U8(codes) => codes.get(row).copied().map_or(0, u32::from),
            Codes::U16(codes) => codes.get(row).copied().map_or(0, u32::from),
            Codes::U32(codes) => codes.get(row).copied().unwrap_or(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Codes::U8(codes) => codes.len(),
            Codes::U16(codes) => codes.len(),
            Codes::U32(codes) => codes.len(),
        }
    }

    fn gather(&self, rows: &[u32]) -> Self {
        let mut codes = Codes::default();
        rows.iter()
            .for_each(|row| codes.push(self.get(*row as usize)));
        codes
    }

    fn shrink(&mut self) {
        match self {
            Codes::U8(codes) => codes.shrink_to_fit(),
            Codes::U16(codes) => codes.shrink_to_fit(),
            Codes::U32(codes) => codes.shrink_to_fit(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Codes::U8(codes) => codes.len(),
            Codes::U16(codes) => 2 * codes.len(),
            Codes::U32(codes) => 4 * codes.len(),
        }
    }
}

/// Texts, each different one once, and for each row the code of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextColumn {
    pub(crate) codes: Codes,
    /// By code, in the order in which they first came. A row without a text has code 0.
    pub(crate) dictionary: Texts,
    /// Only while texts are added.
    index: TextIndex,
}

impl TextColumn {
    pub(crate) fn push(&mut self, text: &str) {
        let code = self.code(text);
        self.codes.push(code);
    }

    pub(crate) fn push_missing(&mut self) {
        self.codes.push(0);
    }

    /// Adds a row with a code that [`Self::code`] gave.
    #[inline]
    pub(crate) fn push_code(&mut self, code: u32) {
        self.codes.push(code);
    }

    /// The code of a text, which is new if there was none.
    pub(crate) fn code(&mut self, text: &str) -> u32 {
        self.index.code(text, &mut self.dictionary)
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> &str {
        self.dictionary.get(self.codes.get(row) as usize)
    }

    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    pub(crate) fn gather(&self, rows: &[u32]) -> Self {
        TextColumn {
            codes: self.codes.gather(rows),
            dictionary: self.dictionary.clone(),
            index: TextIndex::default(),
        }
    }

    pub(crate) fn shrink(&mut self) {
        self.index = TextIndex::default();
        self.codes.shrink();
        self.dictionary.shrink();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.codes.bytes() + self.dictionary.bytes() + self.index.slots.len() * size_of::<u32>()
    }
}

/// Finds the code of a text: a hash table with open addresses, which keeps no text.
#[derive(Clone, Debug, Default)]
struct TextIndex {
    /// The code + 1; 0 where nothing is. Their number is 0 or a power of two, and less than half are taken.
    slots: Vec<u32>,
    hasher: RandomState,
}

impl TextIndex {
    fn code(&mut self, text: &str, dictionary: &mut Texts) -> u32 {
        if self.slots.len() <= 2 * dictionary.len() {
            self.grow(dictionary);
        }
        let slot = self.slot(text, dictionary);
        match self.slots.get_mut(slot) {
            Some(taken) if *taken != 0 => *taken - 1,
            free => {
                // INVARIANT: a column has at most `u32::MAX` rows, and so many texts.
                let code = u32::try_from(dictionary.len()).unwrap_or(u32::MAX);
                dictionary.push(text);
                if let Some(free) = free {
                    *free = code.saturating_add(1);
                }
                code
            }
        }
    }

    /// Where a text is, or the free slot where it belongs.
    fn slot(&self, text: &str, dictionary: &Texts) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = (self.hasher.hash_one(text) as usize) & mask;
        loop {
            match self.slots.get(slot) {
                Some(taken) if *taken != 0 && dictionary.get(*taken as usize - 1) != text => {
                    slot = (slot + 1) & mask;
                }
                _ => return slot,
            }
        }
    }

    fn grow(&mut self, dictionary: &Texts) {
        self.slots = vec![0; (4 * dictionary.len()).next_power_of_two().max(16)];
        for code in 0..dictionary.len() {
            let slot = self.slot(dictionary.get(code), dictionary);
            if let Some(slot) = self.slots.get_mut(slot) {
                *slot = u32::try_from(code + 1).unwrap_or(u32::MAX);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TextColumn;

    #[test]
    fn each_text_has_one_code_and_comes_back() {
        let mut column = TextColumn::default();
        let texts: Vec<String> = (0..70_000).map(|i: u32| (i % 66_000).to_string()).collect();
        texts.iter().for_each(|text| column.push(text));
        assert_eq!(column.dictionary.len(), 66_000);
        assert!((0..texts.len()).all(|i| column.get(i) == texts[i]));
        assert_eq!(column.code("65999"), 65_999);
        column.shrink();
        // Texts may still come.
        column.push("17");
        column.push("new");
        assert_eq!(column.codes.get(texts.len()), 17);
        assert_eq!(column.get(texts.len() + 1), "new");
        let gathered = column.gather(&[3, 70_001, 3]);
        assert_eq!([0, 1, 2].map(|i| gathered.get(i)), ["3", "new", "3"]);
    }
}

//! String constants in a layout that compares in a few instructions instead of a call.

use std::sync::Arc;

/// A string with its length and its first and last bytes. Strings of up to 16 bytes are compared by these alone.
pub(crate) struct TextKey {
    ends: TextEnds,
    text: Arc<str>,
}

/// The length of a text, and the first and last bytes of it as numbers; up to 16 bytes they hold all of it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct TextEnds {
    len: usize,
    head: u64,
    tail: u64,
}

impl TextEnds {
    #[inline]
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let len = bytes.len();
        let (head, tail) = if let (Some(head), Some(tail)) =
            (bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
        {
            (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
        } else if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>())
        {
            (
                u64::from(u32::from_le_bytes(*head)),
                u64::from(u32::from_le_bytes(*tail)),
            )
        } else if let (Some(head), Some(tail)) = (bytes.first_chunk::<2>(), bytes.last_chunk::<2>())
        {
            (
                u64::from(u16::from_le_bytes(*head)),
                u64::from(u16::from_le_bytes(*tail)),
            )
        } else {
            (bytes.first().copied().map_or(0, u64::from), 0)
        };
        TextEnds { len, head, tail }
    }
}

impl TextKey {
    pub(crate) fn new(text: Arc<str>) -> Self {
        TextKey {
            ends: TextEnds::of(&text),
            text,
        }
    }

    /// Whether a text is this one.
    #[inline]
    pub(crate) fn is(&self, text: &str) -> bool {
        text.len() == self.ends.len && self.matches(TextEnds::of(text), text)
    }

    #[inline]
    fn matches(&self, ends: TextEnds, text: &str) -> bool {
        self.ends == ends && (ends.len <= 16 || *self.text == *text)
    }
}

/// A perfect hash set of a few strings: one comparison decides.
pub(crate) struct KeySet {
    slots: Box<[Option<TextKey>]>,
    multiplier: u64,
    shift: u32,
}

impl KeySet {
    /// The set, if there are few enough strings for each to have a slot of its own.
    pub(crate) fn new(texts: &[Arc<str>]) -> Option<Self> {
        const MOST: usize = 64;
        const TRIES: u64 = 2_000;
        if texts.is_empty() || texts.len() > MOST {
            return None;
        }
        let bits = (texts.len() * 4).next_power_of_two().trailing_zeros();
        (0..TRIES).find_map(|i| {
            // Odd multipliers around the golden ratio, as in Fibonacci hashing (Knuth, TAOCP 3, 6.4).
            let multiplier =
                0x9E37_79B9_7F4A_7C15_u64.wrapping_add(i.wrapping_mul(0xA076_1D64_78BD_642E)) | 1;
            let mut set = KeySet {
                slots: (0..1_usize << bits).map(|_| None).collect(),
                multiplier,
                shift: 64 - bits,
            };
            for text in texts {
                let place = set.place(TextEnds::of(text));
                let slot = set.slots.get_mut(place)?;
                if slot.as_ref().is_some_and(|key| key.text != *text) {
                    return None;
                }
                *slot = Some(TextKey::new(text.clone()));
            }
            Some(set)
        })
    }

    #[inline]
    fn place(&self, ends: TextEnds) -> usize {
        let mixed = ends.head ^ ends.tail.rotate_left(23) ^ ends.len as u64;
        (mixed.wrapping_mul(self.multiplier) >> self.shift) as usize
    }

    #[inline]
    pub(crate) fn contains(&self, text: &str) -> bool {
        let ends = TextEnds::of(text);
        matches!(self.slots.get(self.place(ends)), Some(Some(key)) if key.matches(ends, text))
    }
}

/// A set of strings of two bytes, such as country and language codes; eight are compared at once.
pub(crate) struct Codes(Box<[[u16; 8]]>);

impl Codes {
    /// The set, if all strings have two bytes.
    pub(crate) fn new(texts: &[Arc<str>]) -> Option<Self> {
        let codes: Vec<u16> = texts.iter().map(|text| code(text)).collect::<Option<_>>()?;
        // What is left of the last eight repeats one that is there.
        let padded = |eight: &[u16]| {
            std::array::from_fn(|i| eight.get(i).or(eight.first()).copied().unwrap_or_default())
        };
        Some(Codes(codes.chunks(8).map(padded).collect()))
    }

    #[inline]
    pub(crate) fn contains(&self, text: &str) -> bool {
        // No branch for each: the eight comparisons are one instruction.
        let is_among = |code: u16, eight: &[u16; 8]| {
            eight
                .iter()
                .fold(false, |found, other| found | (*other == code))
        };
        code(text).is_some_and(|code| self.0.iter().any(|eight| is_among(code, eight)))
    }
}

#[inline]
fn code(text: &str) -> Option<u16> {
    text.as_bytes().try_into().ok().map(u16::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_text_and_no_other() {
        // Lengths around every border, and texts that differ in one byte at any place.
        for len in 0..40 {
            let text: String = (0..len).map(|i| char::from(b'a' + i % 26)).collect();
            let key = TextKey::new(text.as_str().into());
            let set = KeySet::new(&["x".into(), text.as_str().into()]).unwrap();
            assert!(key.is(&text) && set.contains(&text) && set.contains("x"));
            for i in 0..text.len() {
                let mut other = text.clone().into_bytes();
                other[i] = b'Z';
                let other = String::from_utf8(other).unwrap();
                assert!(!key.is(&other) && !set.contains(&other), "{text} {other}");
            }
            assert!(!key.is(&format!("{text}a")));
        }
    }

    #[test]
    fn sets_hold_their_texts_and_no_others() {
        let texts: Vec<Arc<str>> = (0..64)
            .map(|i| Arc::from(format!("category-{i}").as_str()))
            .collect();
        for n in 1..=texts.len() {
            let set = KeySet::new(&texts[..n]).unwrap();
            for (i, text) in texts.iter().enumerate() {
                assert_eq!(set.contains(text), i < n, "{text} of {n}");
            }
        }
    }
    #[test]
    fn codes_are_their_texts_and_no_others() {
        let texts: Vec<Arc<str>> = (b'A'..=b'Z')
            .map(|c| Arc::from(format!("{}x", char::from(c)).as_str()))
            .collect();
        for n in 1..=texts.len() {
            let set = Codes::new(&texts[..n]).unwrap();
            for (i, text) in texts.iter().enumerate() {
                assert_eq!(set.contains(text), i < n, "{text} of {n}");
            }
            assert!(
                !["", "A", "AxB", "xA", "\0\0"]
                    .iter()
                    .any(|other| set.contains(other))
            );
        }
        assert!(Codes::new(&["de".into(), "deu".into()]).is_none());
    }
}

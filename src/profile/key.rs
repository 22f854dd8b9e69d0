//! Texts to compare others with, laid out so that a comparison takes a few instructions instead of a call.

use std::sync::Arc;

/// A text with its length and its ends at hand. Texts of up to 16 bytes are compared without looking at the text itself.
pub(crate) struct Key {
    ends: Ends,
    text: Arc<str>,
}

/// The length of a text, and the first and last bytes of it as numbers; up to 16 bytes they hold all of it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Ends {
    len: usize,
    head: u64,
    tail: u64,
}

impl Ends {
    #[inline]
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let len = bytes.len();
        let (head, tail) = if let (Some(head), Some(tail)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
        } else if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            (u64::from(u32::from_le_bytes(*head)), u64::from(u32::from_le_bytes(*tail)))
        } else if let (Some(head), Some(tail)) = (bytes.first_chunk::<2>(), bytes.last_chunk::<2>()) {
            (u64::from(u16::from_le_bytes(*head)), u64::from(u16::from_le_bytes(*tail)))
        } else {
            (bytes.first().copied().map_or(0, u64::from), 0)
        };
        Ends { len, head, tail }
    }
}

impl Key {
    pub(crate) fn new(text: Arc<str>) -> Self {
        Key { ends: Ends::of(&text), text }
    }

    /// Whether a text is this one.
    #[inline]
    pub(crate) fn is(&self, text: &str) -> bool {
        text.len() == self.ends.len && self.matches(Ends::of(text), text)
    }

    /// Whether a text is one of these.
    #[inline]
    pub(crate) fn any(keys: &[Key], text: &str) -> bool {
        let ends = Ends::of(text);
        keys.iter().any(|key| key.matches(ends, text))
    }

    #[inline]
    fn matches(&self, ends: Ends, text: &str) -> bool {
        self.ends == ends && (ends.len <= 16 || *self.text == *text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_text_and_no_other() {
        // Lengths around every border, and texts that differ in one byte at any place.
        for len in 0..40 {
            let text: String = (0..len).map(|i| char::from(b'a' + i % 26)).collect();
            let key = Key::new(text.as_str().into());
            assert!(key.is(&text) && Key::any(&[Key::new("x".into()), Key::new(text.as_str().into())], &text));
            for i in 0..text.len() {
                let mut other = text.clone().into_bytes();
                other[i] = b'Z';
                let other = String::from_utf8(other).unwrap();
                assert!(!key.is(&other) && !Key::any(std::slice::from_ref(&key), &other), "{text} {other}");
            }
            assert!(!key.is(&format!("{text}a")));
        }
    }
}

//! How wide a text is, and how it is cut to fit.
//!
//! Nobody knows with which font a page will be read. The widths are those of DejaVu Sans, the widest of the fonts that readers
//! commonly have, so that a text takes at most the room that is left for it.

/// The widths of the characters from space to `~`, in hundredths of the font's size.
const ASCII: [u8; 95] = [
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75,
    79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35,
    63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
];

/// How much wider bold letters are.
const BOLD: f64 = 1.13;

/// A size of letters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Letters {
    /// Pixels.
    pub(crate) size: f64,
    pub(crate) is_bold: bool,
}

/// Letters of labels and values.
pub(crate) const NORMAL: Letters = Letters {
    size: 13.0,
    is_bold: false,
};

/// Letters of values that matter most.
pub(crate) const BOLD_LETTERS: Letters = Letters {
    size: 13.0,
    is_bold: true,
};

/// Letters of axes and in cells.
pub(crate) const SMALL: Letters = Letters {
    size: 11.0,
    is_bold: false,
};

impl Letters {
    /// How wide a text is, in pixels.
    pub(crate) fn width(self, text: &str) -> f64 {
        let hundredths: f64 = text.chars().map(hundredths).sum();
        hundredths / 100.0 * self.size * if self.is_bold { BOLD } else { 1.0 }
    }

    /// The text, or its beginning with an ellipsis if it is wider than the room that there is; nothing where not even that fits.
    pub(crate) fn fit(self, text: &str, room: f64) -> String {
        if self.width(text) <= room {
            return text.to_owned();
        }
        let ellipsis = self.width("…");
        let mut kept = String::new();
        let mut taken = ellipsis;
        for c in text.chars() {
            taken += self.width(c.encode_utf8(&mut [0; 4]));
            if taken > room {
                break;
            }
            kept.push(c);
        }
        let kept = kept.trim_end();
        if kept.is_empty() && ellipsis > room {
            return String::new();
        }
        format!("{kept}…")
    }
}

fn hundredths(c: char) -> f64 {
    let code = u32::from(c);
    let ascii = code
        .checked_sub(32)
        .and_then(|i| ASCII.get(usize::try_from(i).ok()?));
    if let Some(width) = ascii {
        return f64::from(*width);
    }
    match code {
        // Combining marks take no room; what is written from left to right in full width takes a square.
        0x300..=0x36f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0.0,
        0xa0 | 0xb7 => 32.0,
        0xa1..=0x24f => 80.0,
        0x370..=0x52f => 85.0,
        0x2013 | 0x2018..=0x201d => 50.0,
        0x1100..=0x11ff | 0x2e80..=0xd7ff | 0xf900..=0xfaff | 0xff00..=0xff60 => 105.0,
        0x1f000.. => 140.0,
        _ => 100.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_to_their_room() {
        assert_eq!(NORMAL.fit("champions", 200.0), "champions");
        let cut = NORMAL.fit("champions of the year", 80.0);
        assert!(cut.ends_with('…') && cut.starts_with("champ"), "{cut}");
        assert!(NORMAL.width(&cut) <= 80.0);
        assert_eq!(NORMAL.fit("champions", 5.0), "");
        assert_eq!(NORMAL.fit("a longer one", 20.0), "…");
    }

    #[test]
    fn a_room_is_never_exceeded() {
        for room in 0..150 {
            let room = f64::from(room);
            for text in [
                "",
                "iiiiiiiiiiiiiiiiiiii",
                "顧客セグメント一覧",
                "🎉🎉🎉🎉🎉",
                "Ünïcödé größer",
            ] {
                assert!(SMALL.width(&SMALL.fit(text, room)) <= room);
            }
        }
    }
}

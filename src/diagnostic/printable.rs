//! Texts of others as they may be shown: what would steer a terminal, or turn the direction of the text, is spelled out.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

fn steers(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text with control characters, line breaks and tabs excepted, and those that turn the direction of the text as in `\u{1b}`. Messages,
/// explanations and reports of this crate are written so; a program does the same with names and values that it shows itself.
///
/// ```
/// use segue::diagnostic::printable;
/// assert_eq!(printable("Mil\u{1b}[31mano\n"), "Mil\\u{1b}[31mano\n");
/// assert_eq!(printable("Málaga"), "Málaga");
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if steers(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Writes everything as [`printable`].
pub(crate) struct Printable<'w>(pub(crate) &'w mut dyn fmt::Write);

impl fmt::Write for Printable<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(&printable(text))
    }
}

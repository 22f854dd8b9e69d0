//! Warnings about characters that deceive the reader of a rule.

use super::lexer::{TokenKind, Tokens};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// Latin letters and the Cyrillic and Greek ones that look the same.
const LOOK_ALIKES: [(char, &str); 42] = [
    ('a', "аα"),
    ('b', "Ьь"),
    ('c', "сϲ"),
    ('d', "ԁ"),
    ('e', "е"),
    ('g', "ɡ"),
    ('h', "һ"),
    ('i', "іι"),
    ('j', "јϳ"),
    ('k', "кκ"),
    ('l', "ӏ"),
    ('n', "ո"),
    ('o', "оοσ"),
    ('p', "рρ"),
    ('q', "ԛ"),
    ('r', "г"),
    ('s', "ѕ"),
    ('u', "υ"),
    ('v', "ѵν"),
    ('w', "ԝω"),
    ('x', "хχ"),
    ('y', "уγ"),
    ('A', "АΑ"),
    ('B', "ВΒ"),
    ('C', "СϹ"),
    ('E', "ЕΕ"),
    ('F', "Ϝ"),
    ('G', "Ԍ"),
    ('H', "НΗ"),
    ('I', "ІΙӀ"),
    ('J', "Ј"),
    ('K', "КΚ"),
    ('M', "МΜ"),
    ('N', "Ν"),
    ('O', "ОΟ"),
    ('P', "РΡ"),
    ('S', "Ѕ"),
    ('T', "ТΤ"),
    ('V', "Ѵ"),
    ('X', "ХΧ"),
    ('Y', "УΥҮ"),
    ('Z', "Ζ"),
];

/// Characters that turn the direction of what follows.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters without width that no script needs.
fn has_no_width(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
    )
}

/// Joiners: needed between the letters of some scripts and within emoji.
fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Whether a character cannot be seen where it stands; strings are printed with its number instead.
pub(super) fn is_hidden(c: char) -> bool {
    turns_direction(c) || has_no_width(c)
}

/// Warns of characters that make a rule read differently from what it says: invisible ones, those that turn the
/// direction of the text, and letters of another script that look like Latin ones within a Latin name.
///
/// It works on any text, whether it parses or not. `W0001` is a change of direction, `W0002` a look-alike letter,
/// `W0003` a character without width, `W0004` a text of decomposed letters.
///
/// # Examples
///
/// ```
/// let warnings = segue::syntax::suspicious("p\u{0430}id > 50"); // a Cyrillic а
/// assert_eq!(warnings[0].code, "W0002");
/// ```
#[must_use]
pub fn suspicious(text: &str) -> Vec<Diagnostic> {
    if text.is_ascii() {
        return Vec::new();
    }
    let mut warnings = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let span = Span::new(at, at + c.len_utf8());
        let code = u32::from(c);
        if turns_direction(c) {
            warnings.push(
                Diagnostic::warning(
                    "W0001",
                    span,
                    format!(
                        "the invisible character U+{code:04X} changes the direction of the text"
                    ),
                )
                .help("what is shown may not be what is evaluated; remove it")
                .fix(span, ""),
            );
        } else if has_no_width(c) || (joins(c) && before.is_ascii()) {
            warnings.push(
                Diagnostic::warning("W0003", span, format!("invisible character U+{code:04X}"))
                    .help("two texts that look alike may differ; remove it")
                    .fix(span, ""),
            );
        }
        before = c;
    }
    let names =
        Tokens::new(text).filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Quoted));
    for token in names {
        let name = token.of(text);
        if !name.contains(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let alike = name.chars().find_map(|c| {
            LOOK_ALIKES
                .iter()
                .find(|(_, others)| others.contains(c))
                .map(|(latin, _)| (c, *latin))
        });
        if let Some((c, latin)) = alike {
            let script = if ('\u{0370}'..='\u{03ff}').contains(&c) {
                "Greek"
            } else if ('\u{0400}'..='\u{052f}').contains(&c) {
                "Cyrillic"
            } else {
                "foreign"
            };
            warnings.push(
                Diagnostic::warning(
                    "W0002",
                    token.span(),
                    format!("`{name}` mixes Latin letters with the {script} `{c}`"),
                )
                .label(format!(
                    "`{c}` is U+{:04X}, not the Latin `{latin}`",
                    u32::from(c)
                ))
                .help("two names that look alike are different names; write it in one script"),
            );
        }
    }
    decomposed(text, &mut warnings);
    warnings.sort_by_key(|warning| warning.span.start);
    warnings
}

/// Texts in which letters and their marks are characters of their own: data are read in the composed form, and never equal them.
fn decomposed(text: &str, warnings: &mut Vec<Diagnostic>) {
    for token in Tokens::new(text).filter(|token| matches!(token.kind, TokenKind::String)) {
        let written = token.of(text);
        if !is_nfc(written) {
            let message = "this text has letters and their marks as characters of their own";
            warnings.push(
                Diagnostic::warning("W0004", token.span(), message)
                    .help("data are read in the composed form (NFC), and may never be equal to it; write it in that form")
                    .fix(token.span(), written.nfc().collect::<String>()),
            );
        }
    }
}

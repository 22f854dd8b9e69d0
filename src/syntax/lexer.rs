//! The tokens of a text.
//!
//! They serve the limits, the explanations of errors and the keeping of comments; the grammar does not use them.

use crate::span::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name or a keyword.
    Word,
    /// A name in backticks.
    Quoted,
    /// Digits and what clings to them: `30`, `1.5`, `10%`, `2024-02-29`, `30days`.
    Number,
    /// A string in double quotes.
    String,
    /// A string or a quoted name without its end.
    Unclosed,
    /// `-- to the end of the line`
    Comment,
    /// One or more signs: `(`, `>=`, `==`.
    Sign,
}

/// One token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token {
    pub(super) fn span(self) -> Span {
        Span::new(self.start, self.end)
    }

    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// Splits a text into tokens, comments among them.
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Tokens { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }
}

/// Signs of more than one character, the author's mistakes among them.
const LONG_SIGNS: [&str; 14] = [
    "===", "!==", "<=>", "==", "!=", "<=", ">=", "<>", "=>", "=<", "=!", "&&", "||", "=~",
];

pub(super) fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && pest::unicode::XID_START(c))
}

pub(super) fn is_word_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || (!c.is_ascii() && pest::unicode::XID_CONTINUE(c))
}

fn length_while(text: &str, keep: impl Fn(char) -> bool) -> usize {
    text.find(|c| !keep(c)).unwrap_or(text.len())
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.at += length_while(self.rest(), char::is_whitespace);
        let rest = self.rest();
        let first = rest.chars().next()?;
        let (kind, length) = match first {
            '"' | '`' => closed(rest, first),
            '-' if rest.starts_with("--") => (
                TokenKind::Comment,
                rest.find(['\n', '\r']).unwrap_or(rest.len()),
            ),
            c if c.is_ascii_digit() => (TokenKind::Number, number_length(rest)),
            c if is_word_start(c) => (TokenKind::Word, length_while(rest, is_word_part)),
            c => {
                let long = LONG_SIGNS.iter().find(|sign| rest.starts_with(**sign));
                (
                    TokenKind::Sign,
                    long.map_or(c.len_utf8(), |sign| sign.len()),
                )
            }
        };
        let start = self.at;
        self.at += length;
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }
}

/// The length of a string or quoted name that begins `rest`.
fn closed(rest: &str, quote: char) -> (TokenKind, usize) {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' | '\r' => return (TokenKind::Unclosed, at),
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => {
                // A doubled backtick stands for one inside a quoted name; what follows is read as a token of its own.
                return (
                    if quote == '"' {
                        TokenKind::String
                    } else {
                        TokenKind::Quoted
                    },
                    at + 1,
                );
            }
            _ => {}
        }
    }
    (TokenKind::Unclosed, rest.len())
}

/// A number and what clings to it, dates and instants whole.
fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digits = |from: usize| {
        bytes
            .iter()
            .skip(from)
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let at = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let mut end = digits(0);
    if end == 4 && at(4) == b'-' && digits(5) > 0 {
        let month = 5 + digits(5);
        if at(month) == b'-' && digits(month + 1) > 0 {
            end = month + 1 + digits(month + 1);
            if at(end) == b'T' {
                end += 1 + length_while(&rest[end + 1..], |c| {
                    c.is_ascii_digit() || c == ':' || c == '.'
                });
                if matches!(at(end), b'+' | b'-') && digits(end + 1) == 2 && at(end + 3) == b':' {
                    end += 4 + digits(end + 4);
                }
            }
        }
    } else {
        while (matches!(at(end), b'.') && digits(end + 1) > 0) || at(end) == b'_' {
            end += 1 + digits(end + 1);
        }
    }
    end += length_while(&rest[end..], is_word_part);
    if at(end) == b'%' { end + 1 } else { end }
}

/// A text short enough to stand in a message.
pub(super) fn shorten(text: &str) -> String {
    const KEPT: usize = 24;
    if text.chars().count() <= KEPT + 8 {
        text.to_owned()
    } else {
        text.chars().take(KEPT).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{TokenKind, Tokens};

    fn tokens(text: &str) -> Vec<(TokenKind, &str)> {
        Tokens::new(text)
            .map(|token| (token.kind, token.of(text)))
            .collect()
    }

    #[test]
    fn instants_and_long_signs_are_single_tokens() {
        use TokenKind::{Comment, Number, Sign, Word};
        assert_eq!(
            tokens("seen>=2024-02-29T10:00:00+02:00 -- then"),
            [
                (Word, "seen"),
                (Sign, ">="),
                (Number, "2024-02-29T10:00:00+02:00"),
                (Comment, "-- then"),
            ]
        );
    }

    /// The mistakes `30days` and `1_000` are explained as a whole.
    #[test]
    fn what_clings_to_a_number_belongs_to_it() {
        let words = |text| {
            tokens(text)
                .into_iter()
                .map(|(_, word)| word)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            words("30days 1_000 1.5 10%"),
            ["30days", "1_000", "1.5", "10%"]
        );
        assert_eq!(words("2-1"), ["2", "-", "1"]);
    }

    #[test]
    fn a_string_ends_on_its_line_and_keeps_its_escapes() {
        use TokenKind::{String, Unclosed, Word};
        assert_eq!(tokens("\"a\\\"b\""), [(String, "\"a\\\"b\"")]);
        assert_eq!(tokens("\"a\nb"), [(Unclosed, "\"a"), (Word, "b")]);
    }
}

//! Where the bytes of a text stand in its document: quotes, escapes, indentation and folded lines undone step by step.

use crate::span::Span;
use std::iter::Peekable;
use std::str::CharIndices;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextStyle {
    /// Without quotes, as YAML has it; over several lines perhaps.
    Plain,
    /// `"..."` of JSON
    Json,
    /// `"..."`
    TomlBasic,
    /// `'...'`
    TomlLiteral,
    /// `"""..."""`
    TomlMultilineBasic,
    /// `'''...'''`
    TomlMultilineLiteral,
    /// `'...'`
    YamlSingle,
    /// `"..."`
    YamlDouble,
    /// A block after `|`
    YamlLiteral,
    /// A block after `>`
    YamlFolded,
}

impl TextStyle {
    #[cfg(feature = "toml")]
    pub(super) fn of_toml(raw: &str) -> Self {
        match raw {
            raw if raw.starts_with("\"\"\"") && raw.len() >= 6 => TextStyle::TomlMultilineBasic,
            raw if raw.starts_with("'''") && raw.len() >= 6 => TextStyle::TomlMultilineLiteral,
            raw if raw.starts_with('\'') => TextStyle::TomlLiteral,
            _ => TextStyle::TomlBasic,
        }
    }

    /// The quotes at either end.
    fn quotes(self) -> usize {
        match self {
            TextStyle::Plain | TextStyle::YamlLiteral | TextStyle::YamlFolded => 0,
            TextStyle::TomlMultilineBasic | TextStyle::TomlMultilineLiteral => 3,
            TextStyle::Json
            | TextStyle::TomlBasic
            | TextStyle::TomlLiteral
            | TextStyle::YamlSingle
            | TextStyle::YamlDouble => 1,
        }
    }

    fn has_escapes(self) -> bool {
        match self {
            TextStyle::Json
            | TextStyle::TomlBasic
            | TextStyle::TomlMultilineBasic
            | TextStyle::YamlDouble => true,
            TextStyle::Plain
            | TextStyle::TomlLiteral
            | TextStyle::TomlMultilineLiteral
            | TextStyle::YamlSingle
            | TextStyle::YamlLiteral
            | TextStyle::YamlFolded => false,
        }
    }

    /// Whether lines are joined, or lose their indentation.
    fn reflows(self) -> bool {
        match self {
            TextStyle::Plain
            | TextStyle::YamlSingle
            | TextStyle::YamlDouble
            | TextStyle::YamlLiteral
            | TextStyle::YamlFolded => true,
            TextStyle::Json
            | TextStyle::TomlBasic
            | TextStyle::TomlLiteral
            | TextStyle::TomlMultilineBasic
            | TextStyle::TomlMultilineLiteral => false,
        }
    }
}

/// Where a byte of a text begins and ends in its source.
type ByteMap = Vec<(usize, usize)>;

/// Which bytes of `raw` a part of `text` was written as, counted from the start of `raw`; `None` if `text` is not what `raw`
/// says, or the part lies outside it.
pub(super) fn place(raw: &str, text: &str, style: TextStyle, part: Span) -> Option<(usize, usize)> {
    let (start, end) = (part.start as usize, part.end as usize);
    let last = end.checked_sub(1).filter(|last| *last >= start);
    // Most texts stand as they are. There may be thousands of findings in one, which need no map each.
    if inner(raw, style)? == text && text.is_char_boundary(start) && text.is_char_boundary(end) {
        let quotes = style.quotes();
        return Some((quotes + start, quotes + end.max(start)));
    }
    let map = byte_map(raw, text, style)?;
    let (from, _) = *map.get(start)?;
    // The end is that of the last byte, so that a closing quote or a line break behind it is not taken in.
    let to = match last {
        Some(last) => map.get(last)?.1,
        None => from,
    };
    Some((from, to))
}

/// What stands between the quotes.
fn inner(raw: &str, style: TextStyle) -> Option<&str> {
    let quotes = style.quotes();
    raw.get(quotes..raw.len().checked_sub(quotes)?)
}

/// For each byte of `text` (and for its end) the bytes of `raw` that it was written as, counted from the start of `raw`.
/// `None` if `text` is not what `raw` says.
fn byte_map(raw: &str, text: &str, style: TextStyle) -> Option<ByteMap> {
    let (quotes, inner) = (style.quotes(), inner(raw, style)?);
    let mut walk = Walk {
        raw: inner.char_indices().peekable(),
        len: inner.len(),
        text: text.char_indices().peekable(),
        base: quotes,
        map: Vec::with_capacity(text.len() + 1),
    };
    if quotes == 3 {
        // The line break behind the opening quotes is no part of the text.
        walk.skip_if('\r', '\n');
        walk.raw.next_if(|(_, c)| *c == '\n');
    }
    while walk.text.peek().is_some() {
        walk.step(style)?;
    }
    let here = walk.at();
    let end = walk.map.last().map_or(here, |(_, to)| *to);
    walk.map.push((end, end));
    (walk.map.len() == text.len() + 1).then_some(walk.map)
}

struct Walk<'t> {
    raw: Peekable<CharIndices<'t>>,
    len: usize,
    text: Peekable<CharIndices<'t>>,
    base: usize,
    map: ByteMap,
}

impl Walk<'_> {
    /// The next byte of the source.
    fn at(&mut self) -> usize {
        self.base + self.raw.peek().map_or(self.len, |(at, _)| *at)
    }

    fn skip(&mut self, characters: usize) {
        for _ in 0..characters {
            self.raw.next();
        }
    }

    fn skip_if(&mut self, c: char, before: char) {
        let mut ahead = self.raw.clone();
        if ahead.next().is_some_and(|(_, first)| first == c)
            && ahead.next().is_some_and(|(_, second)| second == before)
        {
            self.raw.next();
        }
    }

    /// Notes that the next character of the text was written from `from` up to here.
    fn note(&mut self, from: usize) -> Option<char> {
        let (_, c) = self.text.next()?;
        let to = self.at();
        self.map
            .extend(std::iter::repeat_n((from, to), c.len_utf8()));
        Some(c)
    }

    fn step(&mut self, style: TextStyle) -> Option<()> {
        if style.reflows() && self.line_break_ahead() {
            return self.line_breaks();
        }
        let from = self.at();
        let Some((_, c)) = self.raw.next() else {
            // The line break at the end of a block, which the source may do without.
            return (self.note(from)? == '\n').then_some(());
        };
        if c == '\\' && style.has_escapes() {
            return self.escape(from, style);
        }
        if c == '\'' && style == TextStyle::YamlSingle {
            self.raw.next_if(|(_, c)| *c == '\'');
        }
        if c == '\r' && self.text.peek().is_some_and(|(_, c)| *c == '\n') {
            self.raw.next_if(|(_, c)| *c == '\n');
            return self.note(from).map(drop);
        }
        (self.note(from)? == c).then_some(())
    }

    /// Whether only blanks stand before the end of the line.
    fn line_break_ahead(&self) -> bool {
        let mut ahead = self.raw.clone();
        ahead
            .find(|(_, c)| !matches!(c, ' ' | '\t' | '\r'))
            .is_some_and(|(_, c)| c == '\n')
    }

    /// Line breaks, the blanks around them, and what the text has in their place: as many line breaks, one fewer, or a blank.
    /// Of the indentation of the next line so much is left as the text has.
    fn line_breaks(&mut self) -> Option<()> {
        let from = self.at();
        // Blanks that the text has too stand before the line break.
        while let (Some((_, raw)), Some((_, text))) = (self.raw.peek(), self.text.peek())
            && raw == text
            && *raw != '\n'
            && self.keeps_blanks()
        {
            let from = self.at();
            self.raw.next();
            self.note(from)?;
        }
        let mut breaks = 0;
        while self.line_break_ahead() {
            while self.raw.next().is_some_and(|(_, c)| c != '\n') {}
            breaks += 1;
        }
        let after = self.at();
        let mut written = 0;
        while written < breaks && self.text.peek().is_some_and(|(_, c)| *c == '\n') {
            self.text.next();
            self.map.push((from, after));
            written += 1;
        }
        if written == 0 && self.text.next_if(|(_, c)| *c == ' ').is_some() {
            self.map.push((from, after));
        }
        let blanks = |chars: &Peekable<CharIndices<'_>>| {
            chars.clone().take_while(|(_, c)| *c == ' ').count()
        };
        let surplus = blanks(&self.raw).saturating_sub(blanks(&self.text));
        self.skip(surplus);
        Some(())
    }

    /// Whether the text goes on with blanks and a line break, as a block after `|` does.
    fn keeps_blanks(&self) -> bool {
        let mut ahead = self.text.clone();
        ahead
            .find(|(_, c)| !matches!(c, ' ' | '\t'))
            .is_none_or(|(_, c)| c == '\n')
    }

    /// What stands behind a backslash.
    fn escape(&mut self, from: usize, style: TextStyle) -> Option<()> {
        let (_, c) = self.raw.next()?;
        let digits = match c {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            // A backslash at the end of a line: in TOML with all blanks and line breaks that follow.
            ' ' | '\t' | '\r' | '\n' if style == TextStyle::TomlMultilineBasic => {
                while self.raw.next_if(|(_, c)| c.is_ascii_whitespace()).is_some() {}
                return Some(());
            }
            '\n' | '\r' if style == TextStyle::YamlDouble => {
                while self.raw.next_if(|(_, c)| c.is_ascii_whitespace()).is_some() {}
                return Some(());
            }
            _ => 0,
        };
        self.skip(digits);
        let c = self.note(from)?;
        // JSON writes characters beyond U+FFFF as two escapes.
        if style == TextStyle::Json && digits == 4 && c.len_utf8() == 4 {
            self.skip(6);
            let to = self.at();
            let start = self.map.len().checked_sub(4)?;
            self.map.get_mut(start..)?.fill((from, to));
        }
        Some(())
    }
}

//! What is wrong with an expression or a rule file, as data: code, message, spans, help. Depends on nothing.
//!
//! A renderer is the caller's choice; [`Diagnostic::render`] gives plain text with the source underlined.

use crate::span::Span;
use serde::{Deserialize, Serialize};

/// Whether a finding forbids use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It can be used, but it probably does not mean what its author thinks.
    Warning,
    /// It cannot be used.
    Error,
}

/// A replacement that would mend a finding: put `replacement` where `span` stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What to replace, in bytes of the expression.
    pub span: Span,
    /// What to put there.
    pub replacement: String,
}

/// One finding about an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Stable and never reused: `E…` for errors, `W…` for warnings. `docs/diagnostics.md` lists them.
    pub code: String,
    /// Whether it forbids use.
    pub severity: Severity,
    /// One sentence, lower case, without a final period; what the author wrote stands in backticks.
    pub message: String,
    /// The text to underline, in bytes of the expression.
    pub span: Span,
    /// What is to be said of the underlined text, in a few words; may be empty.
    pub label: String,
    /// What to do about it; may be empty.
    pub help: String,
    /// A replacement that would mend it, where one is known.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error with the given code, place and message.
    #[must_use]
    pub fn error(code: &str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message.into())
    }

    /// A warning with the given code, place and message.
    #[must_use]
    pub fn warning(code: &str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message.into())
    }

    fn new(severity: Severity, code: &str, span: Span, message: String) -> Self {
        Diagnostic {
            code: code.to_owned(),
            severity,
            message,
            span,
            label: String::new(),
            help: String::new(),
            fix: None,
        }
    }

    /// Adds what stands beside the underline.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds the remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Adds a replacement of the underlined text.
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix {
            span,
            replacement: replacement.into(),
        });
        self
    }

    /// Plain text for a terminal or a log: the message, the place, the line of the source with the span underlined, and
    /// the help. `origin` names where the source comes from: a file, a rule.
    ///
    /// It can be given any source: a span that does not fit it is cut down to what does.
    ///
    /// # Examples
    ///
    /// ```
    /// let source = "age == 50";
    /// let errors = segue::syntax::parse(source).unwrap_err();
    /// let shown = errors[0].render(source, Some("rules.toml"));
    /// assert!(shown.contains("--> rules.toml:1:5"));
    /// ```
    #[must_use]
    pub fn render(&self, source: &str, origin: Option<&str>) -> String {
        render::render(self, source, origin)
    }

    /// Whether it forbids use.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

pub(crate) use render::width;

/// Diagnostics as text.
mod render {
    use super::{Diagnostic, Severity};
    use std::fmt::Write as _;

    /// The most columns of a source line that are shown; of a longer one the part around the span.
    const SHOWN: usize = 120;
    /// A tab is shown as this many blanks.
    const TAB: usize = 4;

    /// How many columns a character takes in a terminal.
    pub(crate) fn width(c: char) -> usize {
        match u32::from(c) {
            0x20..=0x7e => 1,
            0..=0x1f | 0x7f..=0x9f => 0,
            0x300..=0x36f | 0x483..=0x489 | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x65f => 0,
            0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfe00..=0xfe0f | 0xfeff => 0,
            0x1100..=0x115f
            | 0x2e80..=0x303e
            | 0x3041..=0x33ff
            | 0x3400..=0x4dbf
            | 0x4e00..=0x9fff
            | 0xa000..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0xffe0..=0xffe6
            | 0x1f300..=0x1f64f
            | 0x1f680..=0x1f6ff
            | 0x1f900..=0x1f9ff
            | 0x20000..=0x3fffd => 2,
            _ => 1,
        }
    }

    /// One line of the source and the part of it that is underlined, in bytes of the line.
    struct Line<'s> {
        number: usize,
        text: &'s str,
        from: usize,
        to: usize,
    }

    /// A byte offset moved down to the next boundary between characters.
    fn floor(source: &str, at: usize) -> usize {
        let mut at = at.min(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn ceil(source: &str, at: usize) -> usize {
        let mut at = at.min(source.len());
        while !source.is_char_boundary(at) {
            at += 1;
        }
        at
    }

    /// The lines that a span touches; at least one.
    fn lines(source: &str, start: usize, end: usize) -> Vec<Line<'_>> {
        let mut found = Vec::new();
        let mut at = 0;
        for (number, piece) in source.split('\n').enumerate() {
            let stop = at + piece.len();
            let text = piece.strip_suffix('\r').unwrap_or(piece);
            let touched = start <= stop && (end > at || (start == end && end >= at) || start == at);
            if touched && (found.is_empty() || end > at) {
                let from = start.saturating_sub(at).min(text.len());
                let to = end.saturating_sub(at).min(text.len()).max(from);
                found.push(Line {
                    number: number + 1,
                    text,
                    from,
                    to,
                });
            }
            at = stop + 1;
            if at > end && !found.is_empty() {
                break;
            }
        }
        found
    }

    /// Blanks for tabs, nothing for other control characters and for what turns the direction of the text.
    fn shown(text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\t' => out.push_str(&" ".repeat(TAB)),
                c if width(c) == 0
                    && !matches!(u32::from(c), 0x300..=0x36f | 0x483..=0x489 | 0x591..=0x65f | 0xfe0f) =>
                    {}
                c => out.push(c),
            }
        }
        out
    }

    fn columns(text: &str) -> usize {
        text.chars()
            .map(|c| if c == '\t' { TAB } else { width(c) })
            .sum()
    }

    /// The longest end of a text, or beginning of it where `front`, that keeps within so many columns.
    fn cut(text: &str, limit: usize, front: bool) -> &str {
        let mut taken = 0;
        let mut fits = |c: char| {
            taken += if c == '\t' { TAB } else { width(c) };
            taken <= limit
        };
        if front {
            let end = text
                .char_indices()
                .find(|(_, c)| !fits(*c))
                .map_or(text.len(), |(at, _)| at);
            text.get(..end).unwrap_or("")
        } else {
            let start = text
                .char_indices()
                .rev()
                .find(|(_, c)| !fits(*c))
                .map_or(0, |(at, c)| at + c.len_utf8());
            text.get(start..).unwrap_or("")
        }
    }

    /// A source line and the line with its underline.
    fn underlined(line: &Line<'_>) -> (String, String) {
        let part = |from: usize, to: usize| line.text.get(from..to).unwrap_or("");
        let (before, marked, after) = (
            part(0, line.from),
            part(line.from, line.to),
            part(line.to, line.text.len()),
        );
        let long = columns(line.text) > SHOWN;
        let (before, marked, after) = if long {
            (
                cut(before, SHOWN / 3, false),
                cut(marked, SHOWN / 3, true),
                cut(after, SHOWN / 3, true),
            )
        } else {
            (before, marked, after)
        };
        let mut text = String::new();
        if long && before.len() < line.from {
            text.push('…');
        }
        let lead = columns(&text) + columns(before);
        let _ = write!(text, "{}{}{}", shown(before), shown(marked), shown(after));
        if long && after.len() + line.to < line.text.len() {
            text.push('…');
        }
        (
            text,
            format!("{}{}", " ".repeat(lead), "^".repeat(columns(marked).max(1))),
        )
    }

    pub(super) fn render(diagnostic: &Diagnostic, source: &str, origin: Option<&str>) -> String {
        let start = floor(source, diagnostic.span.start as usize);
        let end = ceil(source, diagnostic.span.end as usize).max(start);
        let lines = lines(source, start, end);
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut out = format!("{severity}[{}]: {}\n", diagnostic.code, diagnostic.message);
        let Some(first) = lines.first() else {
            return out;
        };
        let last = lines.last().unwrap_or(first);
        let gutter = last.number.to_string().len();
        let column = first.text.get(..first.from).unwrap_or("").chars().count() + 1;
        let place = origin.map_or(String::new(), |origin| format!("{origin}:"));
        let _ = writeln!(out, "{:gutter$}--> {place}{}:{column}", "", first.number);
        let _ = writeln!(out, "{:gutter$} |", "");
        // Of a span over many lines the first and the last are shown.
        for (at, line) in lines.iter().enumerate() {
            if at == 1 && lines.len() > 2 {
                let _ = writeln!(out, "{:gutter$} | …", "");
            }
            if at > 0 && at + 1 < lines.len() {
                continue;
            }
            let (text, mut marks) = underlined(line);
            if at + 1 == lines.len() && !diagnostic.label.is_empty() {
                let _ = write!(marks, " {}", diagnostic.label);
            }
            let _ = writeln!(out, "{:gutter$} | {text}", line.number);
            let _ = writeln!(out, "{:gutter$} | {marks}", "");
        }
        if !diagnostic.help.is_empty() {
            let _ = writeln!(out, "{:gutter$} = help: {}", "", diagnostic.help);
        }
        if let Some(fix) = &diagnostic.fix {
            let from = floor(source, fix.span.start as usize);
            let to = ceil(source, fix.span.end as usize).max(from);
            let old = source.get(from..to).unwrap_or("");
            let new = quoted(fix.replacement.trim());
            let _ = match (old.is_empty(), fix.replacement.is_empty()) {
                (_, true) => writeln!(
                    out,
                    "{:gutter$} = fix: remove {}",
                    "",
                    quoted(&visible(old))
                ),
                (true, false) => writeln!(out, "{:gutter$} = fix: insert {new}", ""),
                (false, false) if fix.replacement.contains('`') => {
                    writeln!(
                        out,
                        "{:gutter$} = fix: {new} instead of {}",
                        "",
                        visible(old)
                    )
                }
                (false, false) => writeln!(
                    out,
                    "{:gutter$} = fix: {new} instead of {}",
                    "",
                    quoted(&visible(old))
                ),
            };
        }
        out
    }

    /// A text in backticks, unless it brings its own.
    fn quoted(text: &str) -> String {
        if text.contains('`') {
            text.to_owned()
        } else {
            format!("`{text}`")
        }
    }

    /// A text whose invisible characters are shown by their numbers.
    fn visible(text: &str) -> String {
        let mut out = String::new();
        for c in text.chars() {
            if width(c) == 0 {
                let _ = write!(out, "U+{:04X}", u32::from(c));
            } else {
                out.push(c);
            }
        }
        out
    }
}

//! Diagnostics as text.

use super::printable::printable;
use super::width::width;
use super::{Diagnostic, Elsewhere, Fix, Severity};
use crate::span::Span;
use std::fmt::Write as _;

/// The most columns of a source line that are shown; of a longer one the part around the span.
const SHOWN: usize = 120;
/// A tab is shown as this many blanks.
const TAB: usize = 4;

/// One line of the source and the part of it that is underlined, in bytes of the line.
struct Line<'s> {
    number: usize,
    text: &'s str,
    from: usize,
    to: usize,
}

impl Line<'_> {
    fn is_long(&self) -> bool {
        // Only as much of it is measured as could be shown: it is asked for each of what may be thousands of findings.
        cut(self.text, SHOWN, true).len() < self.text.len()
    }
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

/// The part of the source that a span covers; a character that it cuts is taken whole.
fn within(source: &str, span: Span) -> &str {
    let (start, end) = range(source, span);
    source.get(start..end).unwrap_or("")
}

fn range(source: &str, span: Span) -> (usize, usize) {
    let start = floor(source, span.start as usize);
    (start, ceil(source, span.end as usize).max(start))
}

/// The lines that a span touches; at least one.
fn lines(source: &str, span: Span) -> Vec<Line<'_>> {
    let (start, end) = range(source, span);
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

/// What is said, on one line.
fn said(text: &str) -> String {
    printable(text).replace('\n', "\\n")
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

/// A source line cut to what is shown of it, and the blanks before its marks.
fn shortened(line: &Line<'_>) -> (String, usize, usize) {
    let part = |from: usize, to: usize| line.text.get(from..to).unwrap_or("");
    let (before, marked, after) = (
        part(0, line.from),
        part(line.from, line.to),
        part(line.to, line.text.len()),
    );
    let (before, marked, after) = if line.is_long() {
        (
            cut(before, SHOWN / 3, false),
            cut(marked, SHOWN / 3, true),
            cut(after, SHOWN / 3, true),
        )
    } else {
        (before, marked, after)
    };
    let mut text = String::new();
    if before.len() < line.from {
        text.push('…');
    }
    let lead = columns(&text) + columns(before);
    let _ = write!(text, "{}{}{}", shown(before), shown(marked), shown(after));
    if after.len() + line.to < line.text.len() {
        text.push('…');
    }
    (text, lead, columns(marked).max(1))
}

/// A part of a line that is underlined, and what is said of it.
struct Mark<'s> {
    line: Line<'s>,
    sign: &'static str,
    text: &'s str,
}

/// What is underlined, from the first line to the last. Of a span over many lines the first and the last are shown.
fn marks<'s>(diagnostic: &'s Diagnostic, source: &'s str) -> Vec<Mark<'s>> {
    let mut primary = lines(source, diagnostic.span);
    if primary.len() > 2 {
        primary.drain(1..primary.len() - 1);
    }
    let last = primary.len().saturating_sub(1);
    let primary = primary.into_iter().enumerate().map(|(at, line)| Mark {
        line,
        sign: "^",
        text: if at == last { &diagnostic.label } else { "" },
    });
    let secondary = diagnostic.labels.iter().filter_map(|label| {
        Some(Mark {
            line: lines(source, label.span).into_iter().next()?,
            sign: "-",
            text: &label.text,
        })
    });
    let mut marks: Vec<_> = primary.chain(secondary).collect();
    marks.sort_by_key(|mark| mark.line.number);
    marks
}

pub(super) fn render(
    diagnostic: &Diagnostic,
    source: &str,
    origin: Option<&str>,
    key: &str,
) -> String {
    let mut out = headline(diagnostic);
    let marks = marks(diagnostic, source);
    let gutter = gutter(&marks);
    if snippet(&mut out, "-->", &marks, origin, key).is_some() {
        help(&mut out, diagnostic, source, gutter);
    }
    out
}

/// A diagnostic with a place in another text: its own lines, those of the other place, the help.
pub(super) fn render_with(
    diagnostic: &Diagnostic,
    source: &str,
    origin: Option<&str>,
    key: &str,
    other: &Elsewhere<'_>,
) -> String {
    let mut out = headline(diagnostic);
    let own = marks(diagnostic, source);
    let place = Diagnostic {
        span: other.span,
        label: other.label.to_owned(),
        labels: Vec::new(),
        ..diagnostic.clone()
    };
    let mut theirs = marks(&place, other.source);
    theirs.iter_mut().for_each(|mark| mark.sign = "-");
    let _ = snippet(&mut out, "-->", &own, origin, key);
    let _ = snippet(&mut out, ":::", &theirs, other.origin, "");
    help(&mut out, diagnostic, source, gutter(&own));
    out
}

fn headline(diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    format!(
        "{severity}[{}]: {}\n",
        diagnostic.code,
        said(&diagnostic.message)
    )
}

/// How wide the numbers of the lines are.
fn gutter(marks: &[Mark<'_>]) -> usize {
    marks
        .last()
        .map_or(1, |mark| mark.line.number.to_string().len())
}

/// The place and the lines of what is underlined; nothing if nothing is.
fn snippet(
    out: &mut String,
    arrow: &str,
    marks: &[Mark<'_>],
    origin: Option<&str>,
    key: &str,
) -> Option<()> {
    // What the diagnostic is about has its own sign; in another text everything has the other one.
    let first = marks
        .iter()
        .find(|mark| mark.sign == "^")
        .or(marks.first())?;
    let gutter = gutter(marks);
    let before = first.line.text.get(..first.line.from).unwrap_or("");
    let column = before.chars().count() + 1;
    let place = origin.map_or(String::new(), |origin| said(origin) + ":");
    let key = said(key);
    let comma = if key.is_empty() { "" } else { ", " };
    let _ = writeln!(
        out,
        "{:gutter$}{arrow} {place}{}:{column}{comma}{key}",
        "", first.line.number
    );
    let _ = writeln!(out, "{:gutter$} |", "");
    let mut above: Option<usize> = None;
    for Mark { line, sign, text } in marks {
        if above.is_some_and(|above| line.number > above + 1) {
            let _ = writeln!(out, "{:gutter$} | …", "");
        }
        let (shown, lead, length) = shortened(line);
        // What is shown of a long line depends on what is underlined in it.
        if above != Some(line.number) || line.is_long() {
            let _ = writeln!(out, "{:gutter$} | {shown}", line.number);
        }
        let marks = format!("{}{} {}", " ".repeat(lead), sign.repeat(length), said(text));
        let _ = writeln!(out, "{:gutter$} | {}", "", marks.trim_end());
        above = Some(line.number);
    }
    Some(())
}

fn help(out: &mut String, diagnostic: &Diagnostic, source: &str, gutter: usize) {
    if !diagnostic.help.is_empty() {
        let _ = writeln!(out, "{:gutter$} = help: {}", "", said(&diagnostic.help));
    }
    if let Some(fix) = &diagnostic.fix {
        let _ = writeln!(
            out,
            "{:gutter$} = help: {}",
            "",
            said(&instruction(fix, source))
        );
    }
}

/// A fix in words: "replace `==` with `=`".
fn instruction(fix: &Fix, source: &str) -> String {
    let old = visible(within(source, fix.span));
    let new = quoted(fix.replacement.trim());
    match (old.is_empty(), fix.replacement.is_empty()) {
        (_, true) => format!("remove {}", quoted(&old)),
        (true, false) => format!("insert {new}"),
        (false, false) => format!("replace {} with {new}", quoted(&old)),
    }
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

#[cfg(test)]
mod tests {
    use crate::diagnostic::Diagnostic;
    use crate::span::Span;

    /// `per week in 3 of last 6 months`: the wrong word is underlined, and the word that it contradicts.
    #[test]
    fn a_second_label_stands_below_the_first() {
        let found = Diagnostic::error("E0026", Span::new(24, 30), "`per week` goes with `weeks`")
            .secondary(Span::new(4, 8), "the unit is `week`")
            .fix(Span::new(24, 30), "weeks");
        let expected = "\
error[E0026]: `per week` goes with `weeks`
 --> 1:25
  |
1 | per week in 3 of last 6 months
  |                         ^^^^^^
  |     ---- the unit is `week`
  = help: replace `months` with `weeks`
";
        assert_eq!(
            found.render("per week in 3 of last 6 months", None),
            expected
        );
    }

    #[test]
    fn labels_on_other_lines_stand_in_the_order_of_the_text() {
        let found = Diagnostic::error("E0025", Span::new(4, 5), "second")
            .label("here")
            .secondary(Span::new(0, 1), "first");
        let expected = "\
error[E0025]: second
 --> 3:1
  |
1 | a
  | - first
  | …
3 | c
  | ^ here
";
        assert_eq!(found.render("a\nb\nc", None), expected);
    }
}

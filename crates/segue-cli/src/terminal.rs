//! What goes to the terminal: colours, tables, findings, errors, exit codes.

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use comfy_table::{CellAlignment, Table, presets};
use segue::Diagnostic;
use segue::diagnostic::printable;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless the environment says otherwise (`NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`).
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A table whose columns from the given one on are numbers.
pub(crate) fn table<S: Into<String>>(header: impl IntoIterator<Item = S>, numbers: usize) -> Table {
    let mut table = Table::new();
    let header: Vec<String> = header.into_iter().map(Into::into).collect();
    let columns = header.len();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_header(header);
    for place in numbers..columns {
        if let Some(column) = table.column_mut(place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// How a command ended that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0.
    Fine,
    /// There are findings: exit code 1.
    Findings,
}

/// Why a command could not do its work: exit code 2. The messages, or rendered findings,
/// are what their reader needs to mend it.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Vec<String>);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Failure(vec![message.into()])
    }
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();
const FRAME: Style = AnsiColor::Blue.on_default();

/// Obeys `--color` for everything that is written from now on.
pub(crate) fn choose_colour(colour: Colour) {
    match colour {
        Colour::Auto => anstream::ColorChoice::Auto,
        Colour::Always => anstream::ColorChoice::AlwaysAnsi,
        Colour::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Reports how the command ended and gives the exit code.
pub(crate) fn end(result: Result<Outcome, Failure>) -> ExitCode {
    match result {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(Failure(messages)) => {
            let shown = messages
                .iter()
                .map(|message| match message.starts_with("error[") {
                    true => painted(message),
                    false => format!("{ERROR}error{ERROR:#}: {}", printable(message)),
                });
            say_painted(&shown.collect::<Vec<_>>().join("\n\n"));
            ExitCode::from(2)
        }
    }
}

/// Writes a whole answer to standard output. A reader that closed it early (`| head`) is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output: {e}")))
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard error.
pub(crate) fn say(text: &str) {
    say_painted(&printable(text));
}

/// Writes what is painted, and printable.
pub(crate) fn say_painted(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{text}");
}

/// Says on standard error what the reader of the answer should know.
pub(crate) fn note(text: &str) {
    say_painted(&format!("{NOTE}note{NOTE:#}: {}", printable(text)));
}

/// Findings about a text as plain text, one block each.
pub(crate) fn rendered<'d>(
    findings: impl IntoIterator<Item = &'d Diagnostic>,
    text: &str,
    origin: Option<&str>,
) -> String {
    let blocks: Vec<String> = findings
        .into_iter()
        .map(|d| d.render(text, origin).trim_end().to_owned())
        .collect();
    blocks.join("\n\n")
}

/// Rendered findings with colours.
pub(crate) fn painted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for (at, line) in printable(text).lines().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        paint(line, &mut out);
    }
    out
}

/// Reports and explanations with their signs coloured.
pub(crate) fn signed(text: &str) -> String {
    let yes = AnsiColor::Green.on_default().bold();
    printable(text)
        .replace('✓', &format!("{yes}✓{yes:#}"))
        .replace('✗', &format!("{ERROR}✗{ERROR:#}"))
}

fn paint(line: &str, out: &mut String) {
    let style = match line {
        _ if line.starts_with("error") => ERROR,
        _ if line.starts_with("warning") => WARNING,
        _ => FRAME,
    };
    let head = if style == FRAME {
        None
    } else {
        line.split_once(": ")
    };
    let framed = line
        .split_once(['|', '='])
        .filter(|(gutter, _)| gutter.bytes().all(|b| b == b' ' || b.is_ascii_digit()));
    let _ = match (head, framed) {
        (Some((head, rest)), _) => write!(out, "{style}{head}{style:#}: {rest}"),
        (None, Some((gutter, rest))) if rest.trim_start().starts_with('^') => {
            let sign = &line[gutter.len()..=gutter.len()];
            write!(out, "{FRAME}{gutter}{sign}{FRAME:#}{ERROR}{rest}{ERROR:#}")
        }
        (None, Some((gutter, rest))) => {
            let sign = &line[gutter.len()..=gutter.len()];
            write!(out, "{FRAME}{gutter}{sign}{FRAME:#}{rest}")
        }
        (None, None) if line.trim_start().starts_with("-->") => {
            write!(out, "{FRAME}{line}{FRAME:#}")
        }
        (None, None) => write!(out, "{line}"),
    };
}

/// `1 error`, `2 errors`
pub(crate) fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

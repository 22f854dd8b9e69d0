//! `segue fmt`: expressions in their canonical spelling, the rest of a rule file as it is.

use crate::args::Fmt;
use crate::document::{self, Spelling};
use crate::rules::RuleFile;
use crate::terminal::{self, Failure, Outcome, counted};
use segue::diagnostic::printable;
use segue::document::Document;
use segue::syntax;

pub(crate) fn run(args: Fmt) -> Result<Outcome, Failure> {
    if let Some(text) = args.expr {
        let spelling = Spelling::of(&text)
            .map_err(|found| Failure::new(terminal::rendered(&found, &text, None)))?;
        terminal::print(&format!("{}\n", spelling.text()))?;
        let changed = args.check && spelling.text() != text.trim();
        return Ok(if changed {
            Outcome::Findings
        } else {
            Outcome::Fine
        });
    }
    let files = args
        .files
        .into_iter()
        .map(RuleFile::read)
        .collect::<Result<Vec<_>, _>>()?;
    let mut errors = Vec::new();
    let mut changed = 0;
    let mut out = String::new();
    for file in &files {
        match format(file) {
            Err(error) => errors.push(error),
            Ok(Formatted { keys, .. }) if keys.is_empty() => {}
            Ok(Formatted { keys, text }) => {
                let done = match args.check {
                    true => "would be reformatted",
                    false => match file.source.replace(&text) {
                        Ok(()) => "spelled anew",
                        Err(Failure(failed)) => {
                            errors.extend(failed);
                            continue;
                        }
                    },
                };
                changed += 1;
                out += &format!("{}: {done}: {}\n", file.source, keys.join(", "));
            }
        }
    }
    terminal::print(&printable(&out))?;
    if !errors.is_empty() {
        return Err(Failure(errors));
    }
    terminal::say(&format!(
        "{}, {changed} {}",
        counted(files.len(), "file"),
        if args.check {
            "to be changed"
        } else {
            "changed"
        }
    ));
    Ok(if args.check && changed > 0 {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}

struct Formatted {
    /// Which expressions were spelled otherwise.
    keys: Vec<String>,
    text: String,
}

fn format(file: &RuleFile) -> Result<Formatted, String> {
    let name = file.source.to_string();
    let document = Document::parse(file.format, &file.text).map_err(|e| format!("{name}:{e}"))?;
    let mut text = file.text.clone();
    let mut keys = Vec::new();
    let mut errors = Vec::new();
    let expressions = document::expressions(&document);
    // From the end, so that the places before stay right.
    for expression in expressions.iter().rev() {
        let spell = if expression.occasion {
            Spelling::of_occasion
        } else {
            Spelling::of
        };
        let spelling = match spell(expression.text) {
            Ok(spelling) => spelling,
            Err(found) => {
                let placed: Option<Vec<_>> = found
                    .iter()
                    .map(|d| document.place_diagnostic(expression.node, d))
                    .collect();
                let key = format!("{name}, {}", expression.key);
                errors.push(match &placed {
                    Some(placed) => terminal::rendered(placed, &file.text, Some(&name)),
                    None => terminal::rendered(&found, expression.text, Some(&key)),
                });
                continue;
            }
        };
        let spelled = document::respell(&document, expression, &spelling);
        let span = document::range(expression.node.span());
        let raw = file.text.get(span.clone()).unwrap_or_default();
        if raw != spelled && !spelling.is(expression.text, raw) {
            text.replace_range(span, &spelled);
            keys.push(expression.key.clone());
        }
    }
    errors.reverse();
    keys.reverse();
    if !errors.is_empty() {
        return Err(errors.join("\n\n"));
    }
    let again = Document::parse(file.format, &text);
    // A text that is no expression is alike only itself.
    let alike = |a: &str, b: &str| {
        a == b
            || matches!((syntax::parse(a), syntax::parse(b)), (Ok(a), Ok(b)) if a == b)
            || matches!((syntax::format_trigger(a), syntax::format_trigger(b)), (Ok(a), Ok(b)) if a == b)
    };
    if !again.is_ok_and(|again| document::same(document.root(), again.root(), &alike)) {
        return Err(format!(
            "{name}: the expressions cannot be put back as they are quoted there; the file is not changed"
        ));
    }
    Ok(Formatted { keys, text })
}

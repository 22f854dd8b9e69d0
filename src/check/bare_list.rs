//! `city in interests`: the grammar wants a list in parentheses, and only the schema tells that `interests` is a list itself.

use super::context::Context;
use crate::diagnostic::Diagnostic;
use crate::rule::Rule;
use crate::span::Span;
use crate::syntax;

/// Says of names that the schema declares as lists what else is wrong with them than missing parentheses.
pub(super) fn explained(text: &str, found: Vec<Diagnostic>, context: &Context) -> Vec<Diagnostic> {
    let explain = |of: Diagnostic| list(text, &of, context).unwrap_or(of);
    found.into_iter().map(explain).collect()
}

/// What is found once the parentheses are there.
fn list(text: &str, found: &Diagnostic, context: &Context) -> Option<Diagnostic> {
    let fix = found.fix.as_ref().filter(|_| found.code == "E0032")?;
    let name = fix.replacement.strip_prefix('(')?.strip_suffix(')')?;
    if fix.span.of(text) != name {
        return None;
    }
    let (start, end) = (fix.span.start, fix.span.end);
    let mut mended = text.to_owned();
    mended.replace_range(start as usize..end as usize, &fix.replacement);
    let expr = syntax::parse(&mended).ok()?;
    // In `city in (interests)` the name begins behind the parenthesis, and what follows both lies two bytes further on.
    let place = Span {
        start: start + 1,
        end: end + 1,
    };
    let back = |at: u32| {
        if at <= start {
            at
        } else {
            (at - 1).min(end).max(at.saturating_sub(2))
        }
    };
    let error = Rule::of_expr(&mended, expr, context).err()?;
    let findings = error.diagnostics().iter();
    let list = findings
        .filter(|f| f.code == "E0124" && f.span.is_at(place))
        .find(|f| f.fix.is_some());
    list.cloned().map(|list| {
        list.map_spans(|span| Span {
            start: back(span.start),
            end: back(span.end),
        })
    })
}

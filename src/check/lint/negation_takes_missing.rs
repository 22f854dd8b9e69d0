//! W0101: a negation that also holds where the field is missing.
//!
//! `city != "Roma"` holds for everybody whose city is unknown. Who says `city exists` or `city is missing` beside it has
//! thought of them.

use crate::check::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::visit::{Seen, visit_written};
use crate::ir::{Cond, CondKind, FieldRef, Operand, Term, TermKind};
use crate::syntax::{Expr, quoted_path};

pub(super) fn lint(cond: &Cond, _: &Expr, checker: &mut Checker<'_>) {
    walk(cond, false, &mut Vec::new(), checker);
    // The conditions on one event or row are a world of their own.
    visit_written(Seen::Cond(cond), &mut |seen| {
        let filter = match seen {
            Seen::Select(select) => &select.filter,
            Seen::Rows(rows) => &rows.filter,
            Seen::Cond(_)
            | Seen::Term(_)
            | Seen::Field(_)
            | Seen::Bound(_)
            | Seen::Definition(_) => return,
        };
        let mut guarded: Vec<String> = filter.iter().flat_map(|c| present_in(c, checker)).collect();
        for part in filter {
            walk(part, false, &mut guarded, checker);
        }
    });
}

/// Visits the conditions that are joined by `and`, `or` and `not`. `negative`: they stand below an odd number of `not`;
/// `guarded` are the fields known to exist there, or to be thought of.
fn walk(cond: &Cond, negative: bool, guarded: &mut Vec<String>, checker: &mut Checker<'_>) {
    let before = guarded.len();
    if let CondKind::All(parts) = &cond.kind {
        for part in parts {
            guarded.extend(present_in(part, checker));
        }
        parts
            .iter()
            .for_each(|p| walk(p, negative, guarded, checker));
    } else if let CondKind::Any(parts) = &cond.kind {
        guarded.extend(missing_in(parts, checker));
        parts
            .iter()
            .for_each(|p| walk(p, negative, guarded, checker));
    } else if let CondKind::Not(inner) = &cond.kind {
        if negative {
            // A second `not` undoes the first: `not (age > 50 and city != "Roma")` leaves out those without a city.
            walk(inner, false, guarded, checker);
        } else {
            negated(inner, cond, guarded, checker);
        }
    } else if let CondKind::AsOf { of, .. } = &cond.kind {
        // What exists now may have been missing then.
        walk(of, negative, &mut Vec::new(), checker);
    }
    guarded.truncate(before);
}

/// The fields that are taken in on purpose where they are missing: `x is missing or x != 1`.
fn missing_in(parts: &[Cond], checker: &Checker<'_>) -> Vec<String> {
    let missing = parts.iter().filter_map(|part| {
        let CondKind::Not(inner) = &part.kind else {
            return None;
        };
        let CondKind::Present(operand) = &inner.kind else {
            return None;
        };
        operand_name(operand, checker)
    });
    missing.collect()
}

/// A negation on a field that may be missing takes in everyone who lacks it.
fn negated(inner: &Cond, whole: &Cond, guarded: &mut Vec<String>, checker: &mut Checker<'_>) {
    if let CondKind::Any(parts) = &inner.kind {
        // `not (age > 50 or city = "Roma")` is `not age > 50 and not city = "Roma"`.
        let before = guarded.len();
        guarded.extend(missing_in(parts, checker));
        for part in parts {
            if matches!(part.kind, CondKind::Not(_)) {
                walk(part, true, guarded, checker);
            } else {
                negated(part, whole, guarded, checker);
            }
        }
        guarded.truncate(before);
        return;
    }
    let tested = tested(inner, checker);
    if tested.is_empty() && !matches!(inner.kind, CondKind::Present(_)) {
        return walk(inner, true, guarded, checker);
    }
    if matches!(inner.kind, CondKind::Present(_)) {
        return;
    }
    let untold = |field: &String| !guarded.contains(field);
    let field = match items(inner) {
        // Of a comparison of two fields the first is told.
        [] => tested.into_iter().next().filter(untold),
        items => {
            let items = items.iter().filter_map(|item| term_name(item, checker));
            tested.into_iter().chain(items).find(untold)
        }
    };
    if let Some(field) = field {
        takes_missing(&field, whole, checker);
    }
}

fn takes_missing(field: &str, whole: &Cond, checker: &mut Checker<'_>) {
    let written = checker.source(whole.span);
    let spelled = quoted_path(field);
    // What stands in parentheses stays there: an `as of` behind them is meant for both parts.
    let (without, with) = match in_parentheses(&written) {
        Some(source) => (format!("({source} and {spelled} exists)"), source),
        None => (format!("{written} and {spelled} exists"), written.as_str()),
    };
    let message = format!("this also holds where `{field}` is missing");
    let help = format!(
        "write `{without}` to leave those out, or `({with} or {spelled} is missing)` to take them in on purpose"
    );
    let warning = Diagnostic::warning("W0101", whole.span, message);
    checker
        .found
        .push(warning.help(help).fix(whole.span, without));
}

/// What stands in the parentheses that enclose the whole of a text.
fn in_parentheses(source: &str) -> Option<&str> {
    let inner = source.strip_prefix('(')?.strip_suffix(')')?;
    let (mut depth, mut quote, mut escaped) = (0_u32, None, false);
    for c in inner.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.checked_sub(1)?,
            (None, _) => {}
        }
    }
    Some(inner.trim())
}

/// The fields that must exist where a condition holds.
fn present_in(cond: &Cond, checker: &Checker<'_>) -> Vec<String> {
    if let CondKind::Present(operand) = &cond.kind {
        return operand_name(operand, checker).into_iter().collect();
    }
    if let CondKind::All(parts) = &cond.kind {
        return parts.iter().flat_map(|p| present_in(p, checker)).collect();
    }
    tested(cond, checker)
}

/// The values that `contains` looks for. Each can be missing where the negation holds.
fn items(cond: &Cond) -> &[Term] {
    if let CondKind::Contains { values, .. } = &cond.kind {
        values
    } else {
        &[]
    }
}

/// The fields that may be missing of which a test of values asks.
fn tested(cond: &Cond, checker: &Checker<'_>) -> Vec<String> {
    if cond.as_truth().is_some() {
        Vec::new()
    } else if let Some(range) = cond.as_between() {
        term_name(range.value, checker).into_iter().collect()
    } else if let CondKind::Compare { .. } = &cond.kind {
        let sides = cond.operands().into_iter();
        sides.filter_map(|t| term_name(t, checker)).collect()
    } else if let CondKind::OneOf { value, .. }
    | CondKind::Text { value, .. }
    | CondKind::Inside { value, area: _ } = &cond.kind
    {
        term_name(value, checker).into_iter().collect()
    } else if let CondKind::Contains { of, .. } = &cond.kind {
        operand_name(of, checker).into_iter().collect()
    } else {
        Vec::new()
    }
}

fn operand_name(operand: &Operand, checker: &Checker<'_>) -> Option<String> {
    match operand {
        Operand::Term(term) => term_name(term, checker),
        Operand::List(field) => field_name(field, checker),
    }
}

fn term_name(term: &Term, checker: &Checker<'_>) -> Option<String> {
    if let TermKind::Field(field) = &term.kind {
        field_name(field, checker)
    } else {
        None
    }
}

/// The name of a field that may be missing.
fn field_name(field: &FieldRef, checker: &Checker<'_>) -> Option<String> {
    let declared = field.declared(checker.context.schema())?;
    let name = match (field, checker.entry.and_then(|entry| entry.event.as_ref())) {
        (FieldRef::EntryProperty(_), Some((event, _))) => format!("{event}.{}", declared.name),
        _ => declared.name.clone(),
    };
    (!declared.required).then_some(name)
}

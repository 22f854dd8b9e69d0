//! Warnings about rules that can be used but may not mean what their author thinks.

use super::conditions::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, FieldRef, Lit, Operand, Order, Term, TermKind};
use crate::syntax::{Aggregate, Expr, ExprKind};

/// Looks over a whole rule.
pub(super) fn lint(cond: &Cond, expr: &Expr, checker: &mut Checker<'_>) {
    walk(cond, false, &mut Vec::new(), checker);
    repeated(expr, checker);
}

/// Visits every condition of the rule itself (not of what it refers to). `negative`: it stands below an odd number of
/// `not`; `guarded` are the fields known to exist there.
fn walk(cond: &Cond, negative: bool, guarded: &mut Vec<String>, checker: &mut Checker<'_>) {
    match &cond.kind {
        CondKind::All(parts) => {
            let before = guarded.len();
            for part in parts {
                guarded.extend(present_in(part, checker));
            }
            parts
                .iter()
                .for_each(|p| walk(p, negative, guarded, checker));
            guarded.truncate(before);
        }
        CondKind::Any(parts) => {
            // `x is missing or x != 1` takes in those who lack it on purpose.
            let before = guarded.len();
            for part in parts {
                if let CondKind::Not(inner) = &part.kind
                    && let CondKind::Present(operand) = &inner.kind
                {
                    guarded.extend(operand_name(operand, checker));
                }
            }
            parts
                .iter()
                .for_each(|p| walk(p, negative, guarded, checker));
            guarded.truncate(before);
        }
        // A second `not` undoes the first: `not (age > 50 and city != "Roma")` leaves out those without a city.
        CondKind::Not(inner) if negative => walk(inner, false, guarded, checker),
        CondKind::Not(inner) => negated(inner, cond, guarded, checker),
        // What exists now may have been missing then.
        CondKind::AsOf { of, .. } => walk(of, negative, &mut Vec::new(), checker),
        CondKind::Compare {
            op, left, right, ..
        } => {
            [left, right].into_iter().for_each(|t| rows(t, checker));
            if let Some((always, why)) = settled(*op, left, right) {
                let message = if always {
                    "this always holds"
                } else {
                    "this never holds"
                };
                checker.found.push(
                    Diagnostic::warning("W0102", cond.span, format!("{message}: {why}"))
                        .help("remove it, or mend the bound"),
                );
            }
        }
        CondKind::Happened(select) => row(&select.filter, checker),
        CondKind::Rows { rows, .. } => row(&rows.filter, checker),
        CondKind::Sequence(steps) => steps.iter().for_each(|s| row(&s.select.filter, checker)),
        CondKind::Regularly { select, .. } => row(&select.filter, checker),
        CondKind::Between { value, .. }
        | CondKind::OneOf { value, .. }
        | CondKind::Timed { value, .. } => rows(value, checker),
        _ => {}
    }
}

/// The conditions on the events or rows that a value is computed from.
fn rows(term: &Term, checker: &mut Checker<'_>) {
    match &term.kind {
        TermKind::Aggregate { select, .. } => row(&select.filter, checker),
        TermKind::Total { rows, .. } => row(&rows.filter, checker),
        TermKind::Arithmetic { left, right, .. } => {
            [left, right].into_iter().for_each(|t| rows(t, checker))
        }
        TermKind::Negate(of)
        | TermKind::AsOf { of, .. }
        | TermKind::Call { of, .. }
        | TermKind::Part { of, .. }
        | TermKind::PlusMonths { of, .. } => rows(of, checker),
        _ => {}
    }
}

/// The conditions on one event or row are a world of their own.
fn row(filter: &[Cond], checker: &mut Checker<'_>) {
    let mut guarded: Vec<String> = filter.iter().flat_map(|c| present_in(c, checker)).collect();
    filter
        .iter()
        .for_each(|c| walk(c, false, &mut guarded, checker));
}

/// A negation on a field that may be missing takes in everyone who lacks it.
fn negated(inner: &Cond, whole: &Cond, guarded: &mut Vec<String>, checker: &mut Checker<'_>) {
    let field = match &inner.kind {
        CondKind::Compare { left, right, .. } => {
            term_name(left, checker).or_else(|| term_name(right, checker))
        }
        CondKind::Between { value, .. }
        | CondKind::OneOf { value, .. }
        | CondKind::Text { value, .. }
        | CondKind::InRectangle { value, .. }
        | CondKind::Substring { value, .. } => term_name(value, checker),
        CondKind::Contains { list, .. } => field_name(list, checker),
        CondKind::Present(_) => None,
        // `not (age > 50 or city = "Roma")` is `not age > 50 and not city = "Roma"`.
        CondKind::Any(parts) => {
            let before = guarded.len();
            for part in parts {
                if let CondKind::Not(absent) = &part.kind
                    && let CondKind::Present(operand) = &absent.kind
                {
                    guarded.extend(operand_name(operand, checker));
                }
            }
            for part in parts {
                match &part.kind {
                    CondKind::Not(_) => walk(part, true, guarded, checker),
                    _ => negated(part, whole, guarded, checker),
                }
            }
            guarded.truncate(before);
            None
        }
        _ => {
            walk(inner, true, guarded, checker);
            None
        }
    };
    let Some(field) = field.filter(|f| !guarded.contains(f)) else {
        return;
    };
    let written = checker.source(whole.span);
    let spelled = crate::syntax::quoted_path(&field);
    // What stands in parentheses stays there: an `as of` behind them is meant for both parts.
    let (without, with) = match in_parentheses(&written) {
        Some(source) => (format!("({source} and {spelled} exists)"), source),
        None => (format!("{written} and {spelled} exists"), written.as_str()),
    };
    checker.found.push(
        Diagnostic::warning("W0101", whole.span, format!("this also holds where `{field}` is missing"))
            .help(format!(
                "write `{without}` to leave those out, or `({with} or {spelled} is missing)` to take them in on purpose"
            ))
            .fix(whole.span, without.clone()),
    );
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
    match &cond.kind {
        CondKind::Present(operand) => operand_name(operand, checker).into_iter().collect(),
        CondKind::Compare { left, right, .. } => [left, right]
            .into_iter()
            .filter_map(|t| term_name(t, checker))
            .collect(),
        CondKind::Between { value, .. }
        | CondKind::OneOf { value, .. }
        | CondKind::Text { value, .. }
        | CondKind::InRectangle { value, .. }
        | CondKind::Substring { value, .. } => term_name(value, checker).into_iter().collect(),
        CondKind::Contains { list, .. } => field_name(list, checker).into_iter().collect(),
        CondKind::All(parts) => parts.iter().flat_map(|p| present_in(p, checker)).collect(),
        _ => Vec::new(),
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
    let schema = checker.context.schema();
    let declared = match field {
        FieldRef::Attribute(i) => schema.attributes().get(*i)?,
        FieldRef::Property(p) | FieldRef::StepProperty(_, p) => {
            let (kind, at) = p.at.first()?;
            schema.kinds().get(*kind)?.properties.get(*at)?
        }
        FieldRef::Row(row) => schema
            .relations()
            .get(row.relation)?
            .properties
            .get(row.property)?,
    };
    (!declared.required).then(|| declared.name.clone())
}

/// Whether a comparison comes out the same for everybody.
fn settled(op: Order, left: &Term, right: &Term) -> Option<(bool, &'static str)> {
    let (term, op, lit) = match (&left.kind, &right.kind) {
        (kind, TermKind::Lit(Lit::Whole(v))) => (kind, op, *v),
        (TermKind::Lit(Lit::Whole(v)), kind) => (kind, op.flipped(), *v),
        _ => return None,
    };
    let counts = |function: &Aggregate| matches!(function, Aggregate::Count | Aggregate::Distinct);
    if !matches!(term, TermKind::Aggregate { function, .. } | TermKind::Total { function, .. } if counts(function))
    {
        return None;
    }
    const WHY: &str = "a count is never below 0";
    match op {
        Order::Ge if lit <= 0 => Some((true, WHY)),
        Order::Gt if lit < 0 => Some((true, WHY)),
        Order::Lt if lit <= 0 => Some((false, WHY)),
        Order::Le | Order::Eq if lit < 0 => Some((false, WHY)),
        _ => None,
    }
}

/// The same part twice in one `and` or `or`.
fn repeated(expr: &Expr, checker: &mut Checker<'_>) {
    const MAX_COMPARED: usize = 64;
    let (parts, word) = match &expr.kind {
        ExprKind::And(parts) => (parts, "and"),
        ExprKind::Or(parts) => (parts, "or"),
        ExprKind::Not(part) => return repeated(part, checker),
        _ => return,
    };
    for (i, part) in parts.iter().enumerate().take(MAX_COMPARED) {
        if parts.iter().take(i).any(|p| p == part) {
            let source = checker.source(part.span);
            checker.found.push(
                Diagnostic::warning(
                    "W0103",
                    part.span,
                    format!("`{source}` stands twice in this `{word}`"),
                )
                .help("remove one"),
            );
        }
        repeated(part, checker);
    }
}

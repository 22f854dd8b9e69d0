//! Rows where something with an instant is wanted: what is said, and what to write instead.

use super::checker::Checker;
use super::suggest::listed;
use crate::diagnostic::Diagnostic;
use crate::schema::RelationId;
use crate::span::Span;
use crate::syntax::{Aggregate, Expr, ExprKind, Times, quoted_name, quoted_path};
use crate::value::Type;

impl Checker<'_> {
    /// Reports rows where events or dates are wanted.
    pub(super) fn needs_time(&mut self, value: &Expr, whole: &Expr) -> Option<()> {
        let rows = unwindowed(value);
        match self.rows_of(rows) {
            None => Some(()),
            Some(relation) => {
                let help = self.timed_help(relation, whole, rows);
                self.no_time(relation, whole.span, &help)
            }
        }
    }

    /// Reports `accounts at least 3 times`.
    pub(super) fn needs_times(&mut self, count: &Times, events: &Expr, span: Span) -> Option<()> {
        let rows = unwindowed(events);
        let Some(relation) = self.rows_of(rows) else {
            return Some(());
        };
        let dated = self.with_date(relation, rows, events);
        let (counted, others) = dated.unwrap_or_else(|| (self.source(rows.span), String::new()));
        let help = format!("write `count({counted}) {}`{others}", count_words(count));
        self.no_time(relation, span, &help)
    }

    /// Reports `first(accounts)`: rows have no order.
    pub(super) fn no_first<T>(
        &mut self,
        relation: RelationId,
        function: Aggregate,
        span: Span,
    ) -> Option<T> {
        let declared = self.relation(relation)?;
        let name = quoted_path(&declared.name);
        let best = if function == Aggregate::First {
            "min"
        } else {
            "max"
        };
        let dated = declared
            .properties
            .iter()
            .find(|p| matches!(p.ty, Type::Date | Type::Instant));
        let property = dated.map_or("…".to_owned(), |p| quoted_path(&p.name));
        self.no_time(
            relation,
            span,
            &format!(
                "rows have no order; ask for the least or the greatest of a property: `{best}({name}.{property})`"
            ),
        )
    }

    /// Rows stand where events or dates are wanted.
    pub(super) fn no_time<T>(&mut self, relation: RelationId, span: Span, help: &str) -> Option<T> {
        let name = &self.relation(relation)?.name;
        let message =
            format!("the rows of `{name}` have no instant: nothing says when they happened");
        self.report(Diagnostic::error("E0131", span, message).help(help))
    }

    /// What to write instead of a window on rows.
    pub(super) fn timed_help(&self, relation: RelationId, whole: &Expr, rows: &Expr) -> String {
        match self.with_date(relation, rows, whole) {
            Some((dated, others)) => {
                format!("a date of theirs is asked for in the parentheses: `{dated}`{others}")
            }
            None => {
                let name = self
                    .relation(relation)
                    .map_or_else(String::new, |declared| quoted_path(&declared.name));
                format!(
                    "rows are counted, `count({name})`, or meet conditions, `{name}(…)`; what happens is sent as events"
                )
            }
        }
    }

    /// The rows with the windows that follow them as a condition on the first of their dates; and the other dates in words.
    fn with_date(
        &self,
        relation: RelationId,
        rows: &Expr,
        whole: &Expr,
    ) -> Option<(String, String)> {
        let is_dated = |ty: &Type| matches!(ty, Type::Date | Type::Instant);
        let dates = self
            .relation(relation)?
            .properties
            .iter()
            .filter(|p| is_dated(&p.ty));
        let dates: Vec<&str> = dates.map(|p| p.name.as_str()).collect();
        let (date, others) = dates.split_first()?;
        let condition = format!("{} {}", quoted_path(date), self.window_words(whole)?);
        let found = self.row_path(rows)?;
        let source = self.source(found.span);
        let with_date = match source.strip_suffix(')') {
            Some(open) if !found.conditions.is_empty() => format!("{open}, {condition})"),
            _ => format!("{}({condition})", source.trim_end_matches(['(', ')', ' '])),
        };
        let names = found
            .names
            .iter()
            .map(|name| format!(".{}", quoted_name(&name.text)));
        let rows = std::iter::once(with_date).chain(names).collect::<String>();
        let others = if others.is_empty() {
            String::new()
        } else {
            format!("; they also have {}", listed(others))
        };
        Some((rows, others))
    }

    /// The windows behind rows as they are written.
    fn window_words(&self, e: &Expr) -> Option<String> {
        if let ExprKind::Windowed { subject, windows } = &e.kind {
            let words = windows.iter().map(|window| self.source(window.span));
            let words = self.window_words(subject).into_iter().chain(words);
            return Some(words.collect::<Vec<_>>().join(" "));
        }
        if let ExprKind::Between {
            negated: false,
            low,
            high,
            ..
        } = &e.kind
        {
            let (low, high) = (self.source(low.span), self.source(high.span));
            return Some(format!("between {low} and {high}"));
        }
        let ExprKind::Upcoming {
            anniversary: false,
            value,
            ..
        } = &e.kind
        else {
            return None;
        };
        Some(self.source(Span::new(value.span.end as usize, e.span.end as usize)))
    }
}

/// How a number of times is written opposite a count.
fn count_words(times: &Times) -> String {
    match times {
        Times::AtLeast(n) => format!(">= {n}"),
        Times::AtMost(n) => format!("<= {n}"),
        Times::MoreThan(n) => format!("> {n}"),
        Times::FewerThan(n) => format!("< {n}"),
        Times::Exactly(n) => format!("= {n}"),
        Times::Between(low, high) => format!("between {low} and {high}"),
    }
}

/// What windows follow.
pub(super) fn unwindowed(e: &Expr) -> &Expr {
    if let ExprKind::Windowed { subject: inner, .. }
    | ExprKind::Between {
        negated: false,
        value: inner,
        ..
    } = &e.kind
    {
        unwindowed(inner)
    } else {
        e
    }
}

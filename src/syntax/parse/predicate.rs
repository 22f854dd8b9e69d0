//! A predicate on the way: what has been read of it, and what may still follow.

use super::cursor::ParseResult;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{Expr, ExprKind, Gap, Name, Regularity, Times, Window, WindowKind};

/// What has been read of a predicate.
pub(super) struct Predicate {
    /// The prefix, or the test that a suffix has made of it.
    pub(super) base: Expr,
    /// Whether more tests may follow.
    pub(super) state: PredicateState,
    pub(super) name: Option<Name>,
    pub(super) windows: Vec<Window>,
    pub(super) times: Option<Counted>,
    pub(super) gap: Option<Gap>,
    /// Whether `within D` is the gap to the step before.
    pub(super) later_step: bool,
    /// Whether it is a condition that begins with words of its own, and nothing has followed.
    pub(super) keyword_prefix: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum PredicateState {
    /// A value or an event term: anything may follow.
    Open,
    /// `was` or `changed`: windows may follow.
    History,
    /// A test: only `for more than …` may follow.
    Test,
    /// Nothing may follow.
    Closed,
}

pub(super) struct Counted {
    pub(super) times: Times,
    pub(super) regular: Option<Regularity>,
    pub(super) span: Span,
}

impl Predicate {
    pub(super) fn new(base: Expr, state: PredicateState, later_step: bool) -> Self {
        Predicate {
            base,
            state,
            name: None,
            windows: Vec::new(),
            times: None,
            gap: None,
            later_step,
            keyword_prefix: false,
        }
    }

    /// The expression as read so far.
    pub(super) fn finish(mut self) -> (Expr, Option<Gap>) {
        let mut expr = self.base;
        if let Some(name) = self.name {
            let span = expr.span.to(name.span);
            expr = Expr {
                kind: ExprKind::As {
                    events: Box::new(expr),
                    name,
                },
                span,
            };
        }
        let span = self
            .windows
            .iter()
            .fold(expr.span, |span, window| span.to(window.span));
        let alone = if self.windows.len() == 1 {
            self.windows.pop()
        } else {
            None
        };
        expr = match alone {
            Some(Window {
                kind: WindowKind::Between(low, high),
                ..
            }) => {
                let kind = ExprKind::Between {
                    negated: false,
                    value: Box::new(expr),
                    low: Box::new(low),
                    high: Box::new(high),
                };
                Expr { kind, span }
            }
            Some(window) => Expr {
                kind: ExprKind::Windowed {
                    subject: Box::new(expr),
                    windows: vec![window],
                },
                span,
            },
            None if self.windows.is_empty() => expr,
            None => Expr {
                kind: ExprKind::Windowed {
                    subject: Box::new(expr),
                    windows: self.windows,
                },
                span,
            },
        };
        if let Some(Counted {
            times: count,
            regular,
            span,
        }) = self.times
        {
            let span = expr.span.to(span);
            let events = Box::new(expr);
            let kind = match regular {
                Some(per) => ExprKind::Regularly { count, events, per },
                None => ExprKind::Times { count, events },
            };
            expr = Expr { kind, span };
        }
        (expr, self.gap)
    }

    /// Replaces the expression as read so far by a test of it.
    pub(super) fn wrap(
        self,
        state: PredicateState,
        suffix: Span,
        test: impl FnOnce(Expr) -> ExprKind,
    ) -> Predicate {
        let later_step = self.later_step;
        let (expr, gap) = self.finish();
        let span = expr.span.to(suffix);
        let base = Expr {
            kind: test(expr),
            span,
        };
        Predicate {
            gap,
            ..Predicate::new(base, state, later_step)
        }
    }

    pub(super) fn is_plain(&self) -> bool {
        self.state == PredicateState::Open
            && self.name.is_none()
            && self.windows.is_empty()
            && self.times.is_none()
            && self.gap.is_none()
    }
}

pub(super) fn set_gap(predicate: &mut Predicate, gap: Gap, span: Span) -> ParseResult<()> {
    if predicate.gap.is_some() {
        return Err(Box::new(
            Diagnostic::error(
                "E0029",
                span,
                "the time since the step before is given twice",
            )
            .help("for a window of the step itself write `within last …` or `since … ago`"),
        ));
    }
    predicate.gap = Some(gap);
    Ok(())
}

/// A suffix that cannot follow what stands before it.
pub(super) fn misplaced_suffix(predicate: &Predicate, span: Span, rule: Rule) -> Box<Diagnostic> {
    let compared = matches!(predicate.base.kind, ExprKind::Compare { .. });
    let (message, label, help) = match (predicate.state, rule) {
        (_, Rule::as_of) => (
            "`as of` cannot follow a test or a window",
            "what is to be asked of an earlier instant?",
            "put the condition in parentheses, as in `(purchased within 30 days) as of 60 days ago`",
        ),
        (PredicateState::Closed, _) => (
            "nothing can follow `for …`",
            "the condition before it is complete",
            "`for …` ends a condition; join another one with `and` or `or`",
        ),
        (PredicateState::Open, Rule::days_suffix) => (
            "a test of a date cannot follow an event",
            "",
            "a window on events is written as in `purchased at least 3 times within 30 days` or `purchased twice during today`",
        ),
        (PredicateState::Open, _) => (
            "a test cannot follow a window, a count or a name",
            "",
            "put windows inside a function, as in `count(purchased within 30 days) > 3`",
        ),
        (_, Rule::comparison) if compared => (
            "comparisons do not chain",
            "a second comparison",
            "write both and join them, as in `a < b and b < c`, or use `between`",
        ),
        (_, Rule::within_suffix | Rule::between_suffix) => (
            "a window cannot follow a complete condition",
            "this belongs to an event or a date",
            "put the window right after the event, inside the parentheses of a function: `count(purchased within 30 days) > 3`",
        ),
        (_, Rule::times_suffix) => (
            "a count cannot follow a complete condition",
            "this belongs to an event",
            "put the count right after the event, as in `purchased at least 3 times`",
        ),
        _ => (
            "a second test cannot follow the first",
            "the condition before it is complete",
            "join two conditions with `and` or `or`",
        ),
    };
    Box::new(
        Diagnostic::error("E0025", span, message)
            .label(label)
            .help(help),
    )
}

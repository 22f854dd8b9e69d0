//! How long something waits, checked among the names of a rulebook.

use super::checker::Checker;
use super::context::Context;
use crate::diagnostic::Diagnostic;
use crate::ir::CalendarSpan;
use crate::rule::wait::Wait;
use crate::span::Span;
use crate::syntax::{Clock, TimeSpan, WaitForm, WaitFormKind};
use crate::time::DAY;

/// Checks a wait.
pub(crate) fn wait(
    read: &WaitForm,
    text: &str,
    context: &Context,
    found: &mut Vec<Diagnostic>,
) -> Option<Wait> {
    let mut checker = Checker::new(text, context);
    let wait = match &read.kind {
        WaitFormKind::Length { length, at } => checker.length(*length, *at, read.span),
        WaitFormKind::Clock { weekday, at } => Some(Wait::Clock {
            weekday: *weekday,
            at: *at,
        }),
        WaitFormKind::Date(date) => checker.dated(date).map(Wait::Date),
    };
    found.append(&mut checker.found);
    wait
}

impl Checker<'_> {
    fn length(&mut self, length: TimeSpan, at: Option<Clock>, span: Span) -> Option<Wait> {
        let length = self.calendar_span(length, span)?;
        match (length, at) {
            (CalendarSpan::Micros(n), Some(at)) if n % DAY != 0 => {
                let message = "a wait that ends at a time of day is counted in whole days";
                let diagnostic = Diagnostic::error("E0306", span, message);
                self.report(diagnostic.help(format!(
                    "write `1 day at {at}`, or a length alone: `36 hours`"
                )))
            }
            (CalendarSpan::Micros(0) | CalendarSpan::Months(0), _) => {
                let diagnostic =
                    Diagnostic::error("E0306", span, "a wait of nothing has no effect");
                self.report(match at {
                    Some(at) => {
                        let meant = format!("until {at}");
                        let help =
                            format!("for the next time that clocks show it, write `{meant}`");
                        diagnostic.help(help).fix(span, meant)
                    }
                    None => diagnostic.help("leave it out"),
                })
            }
            (length, None) => Some(Wait::Length(length)),
            (length, Some(at)) => Some(Wait::Days { length, at }),
        }
    }
}

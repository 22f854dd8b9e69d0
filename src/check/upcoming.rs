//! Dates to come and gone by: `birthday in next 7 days`.

use super::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::{CondKind, Ty};
use crate::syntax::{Expr, TimeSpan};

impl Checker<'_> {
    pub(super) fn upcoming(
        &mut self,
        whole: &Expr,
        (anniversary, next): (bool, bool),
        value: &Expr,
        within: TimeSpan,
    ) -> Option<CondKind> {
        let span = whole.span;
        self.needs_time(value, whole)?;
        if self.is_events(value) {
            if next {
                return self.in_future(span);
            }
            let source = self.source(value.span);
            return self.report(
                Diagnostic::error("E0113", span, "`in last` is about dates and instants")
                    .help(format!("for events write `{source} within 7 days`")),
            );
        }
        let term = self.any_term(value)?;
        let within_ = self.calendar_span(within, span)?;
        let yearly = anniversary || self.is_yearly(&term);
        if term.ty == Ty::Instant && anniversary {
            let source = self.source(value.span);
            return self.report(
                Diagnostic::error(
                    "E0105",
                    value.span,
                    format!("`{source}` is an instant; only a date has anniversaries"),
                )
                .help(format!("write `anniversary of {source}.date in next …`")),
            );
        }
        if !matches!(term.ty, Ty::Date | Ty::Instant) {
            let diagnostic = self.mismatch("`date` or `instant`", &term);
            return self.report(diagnostic.help(
                    "`in next 7 days` asks about a date or an instant; for events write `within 7 days`",
                ));
        }
        if term.depends_on_now {
            return self.report(
                Diagnostic::error("E0114", value.span, "this changes with `now` itself")
                    .help("ask about an attribute or an event"),
            );
        }
        Some(CondKind::Upcoming {
            value: term,
            yearly,
            next,
            within: within_,
        })
    }
}

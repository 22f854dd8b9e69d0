//! The spelling of events: their windows, counts and sequences, and of what holds for a time.

use super::words::{period_words, print_span, times};
use super::{Level, Printer, level_of};
use crate::syntax::tree::{
    Expr, ExprKind, Gap, HeldOp, Literal, PeriodLength, Regularity, Sequence, Times, Window,
    WindowKind,
};
use crate::syntax::vocabulary::calendar_word;

impl Printer<'_> {
    /// `… for more than D`
    pub(super) fn held(&mut self, expr: &Expr, later_step: bool) {
        let ExprKind::Held {
            condition,
            op,
            duration,
        } = &expr.kind
        else {
            return;
        };
        match &condition.kind {
            ExprKind::Path(names) if matches!(&names[..], [name] if name.text == "stage") => {
                self.put("in stage")
            }
            ExprKind::Stage(of) => {
                self.put("in stage");
                self.of_lifecycle(of);
            }
            ExprKind::Held { .. } => self.maybe_grouped(condition, true),
            _ if later_step => self.step_events(condition),
            _ => self.expr(condition, Level::Predicate),
        }
        self.put(match op {
            HeldOp::MoreThan => " for more than ",
            HeldOp::AtLeast => " for at least ",
            HeldOp::LessThan => " for less than ",
        });
        self.put(&print_span(duration));
    }

    pub(super) fn sequence(&mut self, sequence: &Sequence) {
        for (at, step) in sequence.steps.iter().enumerate() {
            if at > 0 {
                self.put(if step.absent { " then no " } else { " then " });
            }
            let events = level_of(&step.events) >= Level::Sum || is_events(&step.events);
            if at == 0 {
                self.expr(&step.events, Level::Predicate);
            } else if step.gap.is_some() && !events {
                // Nothing can follow a test but in parentheses.
                self.maybe_grouped(&step.events, true);
            } else {
                self.step_events(&step.events);
            }
            match step.gap {
                Some(Gap::Within(span)) => {
                    self.put(" within ");
                    self.put(&print_span(&span));
                }
                Some(Gap::Between(low, high)) => {
                    self.put(" between ");
                    self.put(&print_span(&low));
                    self.put(" and ");
                    self.put(&print_span(&high));
                }
                None => {}
            }
        }
        if let Some(events) = &sequence.none_between {
            self.put(" with no ");
            self.expr(events, Level::Sum);
            self.put(" in between");
        }
        if let Some(length) = &sequence.within {
            self.put(" all within ");
            self.put(&print_span(length));
        }
    }

    /// What is asked of a step behind `then`, where plain lengths of time would be read as the gap.
    fn step_events(&mut self, expr: &Expr) {
        let plain = |end: &Expr| matches!(end.kind, ExprKind::Literal(Literal::Duration(_)));
        let windowed = match &expr.kind {
            ExprKind::Times { events, .. } | ExprKind::Regularly { events, .. } => events,
            _ => expr,
        };
        let misread = match &windowed.kind {
            ExprKind::Between { negated: false, low, high, .. } => plain(low) && plain(high),
            ExprKind::Windowed { windows, .. } => windows
                .iter()
                .any(|window| matches!(&window.kind, WindowKind::Between(low, high) if plain(low) && plain(high))),
            _ => false,
        };
        if misread {
            self.maybe_grouped(expr, true);
        } else if is_events(expr) {
            self.events(expr, true);
        } else if matches!(expr.kind, ExprKind::Held { .. }) {
            self.held(expr, true);
        } else {
            self.expr(expr, Level::Predicate);
        }
    }

    /// An event term with what may follow it: `as`, a count, windows.
    pub(super) fn events(&mut self, expr: &Expr, later_step: bool) {
        match &expr.kind {
            ExprKind::As { events, name } => {
                self.expr(events, Level::Sum);
                self.put(" as ");
                self.name(name, false);
            }
            ExprKind::Windowed { subject, windows } => {
                self.named(subject);
                self.windows(windows, later_step);
            }
            ExprKind::Between {
                value, low, high, ..
            } => {
                self.named(value);
                self.between(low, high);
            }
            ExprKind::Times { count, events } => self.counted(events, count, "", later_step),
            ExprKind::Regularly { count, events, per } => {
                self.counted(events, count, &regularity(*per), later_step);
            }
            _ => self.expr(expr, Level::Sum),
        }
    }

    /// An event term, perhaps with a name.
    fn named(&mut self, expr: &Expr) {
        if matches!(expr.kind, ExprKind::As { .. }) {
            self.events(expr, false)
        } else {
            self.expr(expr, Level::Sum)
        }
    }

    /// A count goes between the event term and its windows.
    fn counted(&mut self, events: &Expr, count: &Times, regular: &str, later_step: bool) {
        let (subject, windows, ends) = match &events.kind {
            ExprKind::Windowed { subject, windows } => (&**subject, &windows[..], None),
            ExprKind::Between {
                negated: false,
                value,
                low,
                high,
            } => (&**value, &[][..], Some((low, high))),
            _ => (events, &[][..], None),
        };
        self.named(subject);
        self.put(&match count {
            Times::AtLeast(n) => format!(" at least {}", times(*n)),
            Times::AtMost(n) => format!(" at most {}", times(*n)),
            Times::MoreThan(n) => format!(" more than {}", times(*n)),
            Times::FewerThan(n) => format!(" fewer than {}", times(*n)),
            Times::Exactly(n) => format!(" exactly {}", times(*n)),
            Times::Between(low, high) => format!(" between {low} and {high} times"),
        });
        self.put(regular);
        self.windows(windows, later_step);
        if let Some((low, high)) = ends {
            self.between(low, high);
        }
    }

    /// Windows, one after the other. `within D` is written `within last D` where it would be read as a gap, or together
    /// with the window behind it.
    pub(super) fn windows(&mut self, windows: &[Window], later_step: bool) {
        for (at, window) in windows.iter().enumerate() {
            let followed = windows.get(at + 1).is_some_and(|next| {
                matches!(next.kind, WindowKind::After(_) | WindowKind::Before(_))
            });
            match &window.kind {
                WindowKind::Within(span) => {
                    self.put(if later_step || followed {
                        " within last "
                    } else {
                        " within "
                    });
                    self.put(&print_span(span));
                }
                WindowKind::WithinNext(span) => {
                    self.put(" within next ");
                    self.put(&print_span(span));
                }
                WindowKind::Since(point) => self.point(" since ", point),
                WindowKind::Before(point) => self.point(" before ", point),
                WindowKind::After(point) => self.point(" after ", point),
                WindowKind::On(point) => self.point(" on ", point),
                WindowKind::Between(low, high) => self.between(low, high),
                WindowKind::WithinAfter(span, point) => {
                    self.put(" within ");
                    self.put(&print_span(span));
                    self.point(" after ", point);
                }
                WindowKind::WithinBefore(span, point) => {
                    self.put(" within ");
                    self.put(&print_span(span));
                    self.point(" before ", point);
                }
                WindowKind::During(period) => {
                    self.put(" during ");
                    self.put(&period_words(*period));
                }
            }
        }
    }

    fn point(&mut self, word: &str, point: &Expr) {
        self.put(word);
        self.expr(point, Level::Sum);
    }
}

/// ` per month in 3 of last 6 months`, ` per 30 days in 3 of last 6 periods`
fn regularity(per: Regularity) -> String {
    let Regularity {
        length,
        periods,
        of,
    } = per;
    let (length, unit) = match length {
        PeriodLength::Calendar(unit) => (calendar_word(unit).to_owned(), calendar_word(unit)),
        PeriodLength::Rolling(span) => (print_span(&span), "period"),
    };
    format!(" per {length} in {periods} of last {of} {unit}s")
}

/// Whether a node is an event term with a name, a count or windows.
fn is_events(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::As { .. }
            | ExprKind::Windowed { .. }
            | ExprKind::Between { negated: false, .. }
            | ExprKind::Times { .. }
            | ExprKind::Regularly { .. }
    )
}

/// Whether a condition begins with words of its own, so that `as of` may follow it without parentheses.
pub(super) fn has_keyword_prefix(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::InSegment { .. }
        | ExprKind::InSample { .. }
        | ExprKind::SegmentMove { .. }
        | ExprKind::InStage { .. }
        | ExprKind::StageMove { .. }
        | ExprKind::InJourney { .. }
        | ExprKind::JourneyMove { .. }
        | ExprKind::AllRows { .. }
        | ExprKind::Tagged { .. } => true,
        ExprKind::Upcoming { anniversary, .. } => *anniversary,
        ExprKind::Or(_)
        | ExprKind::And(_)
        | ExprKind::Not(_)
        | ExprKind::Compare { .. }
        | ExprKind::Between { .. }
        | ExprKind::In { .. }
        | ExprKind::Contains { .. }
        | ExprKind::Text { .. }
        | ExprKind::Presence { .. }
        | ExprKind::Empty { .. }
        | ExprKind::Near { .. }
        | ExprKind::InRectangle { .. }
        | ExprKind::Windowed { .. }
        | ExprKind::Times { .. }
        | ExprKind::Regularly { .. }
        | ExprKind::Sequence(_)
        | ExprKind::As { .. }
        | ExprKind::Was { .. }
        | ExprKind::Changed { .. }
        | ExprKind::Held { .. }
        | ExprKind::AsOf { .. }
        | ExprKind::Aggregate { .. }
        | ExprKind::Call { .. }
        | ExprKind::Event { .. }
        | ExprKind::Stage(_)
        | ExprKind::Points { .. }
        | ExprKind::Property { .. }
        | ExprKind::Path(_)
        | ExprKind::Arithmetic { .. }
        | ExprKind::Negate(_)
        | ExprKind::Relative { .. }
        | ExprKind::Literal(_) => false,
    }
}

//! A walk over a tree.

use super::tree::{Expr, ExprKind, Window, WindowKind};

impl Expr {
    /// Calls `f` for this node and every node below it, parents first.
    pub fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        f(self);
        self.children(&mut |child| child.visit(f));
    }

    /// Whether more than so many nodes stand within one another. Does not look deeper than that.
    pub(super) fn is_deeper_than(&self, levels: usize) -> bool {
        let Some(left) = levels.checked_sub(1) else {
            return true;
        };
        let mut deeper = false;
        self.children(&mut |child| deeper = deeper || child.is_deeper_than(left));
        deeper
    }

    fn children<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        match &self.kind {
            ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter().for_each(f),
            ExprKind::Not(of) | ExprKind::Negate(of) => f(of),
            ExprKind::Compare { left, right, .. } | ExprKind::Arithmetic { left, right, .. } => {
                [left, right].into_iter().for_each(|e| f(e))
            }
            ExprKind::Between {
                value, low, high, ..
            } => [value, low, high].into_iter().for_each(|e| f(e)),
            ExprKind::In {
                value, list: items, ..
            }
            | ExprKind::Contains { value, items, .. } => {
                f(value);
                items.iter().for_each(f);
            }
            ExprKind::Text { value, pattern, .. } => {
                [value, pattern].into_iter().for_each(|e| f(e))
            }
            ExprKind::Presence { value, .. }
            | ExprKind::Empty { value, .. }
            | ExprKind::InRectangle { value, .. }
            | ExprKind::Upcoming { value, .. } => f(value),
            ExprKind::Near {
                value,
                radius,
                latitude,
                longitude,
                ..
            } => {
                [value, radius, latitude, longitude]
                    .into_iter()
                    .for_each(|e| f(e));
            }
            ExprKind::Windowed { subject, windows } => {
                f(subject);
                windows.iter().for_each(|w| window(w, f));
            }
            ExprKind::Times { events, .. }
            | ExprKind::Regularly { events, .. }
            | ExprKind::As { events, .. } => f(events),
            ExprKind::Sequence(sequence) => {
                sequence.steps.iter().for_each(|s| f(&s.events));
                sequence.none_between.iter().for_each(|e| f(e));
            }
            ExprKind::InSample { percent, .. } => f(percent),
            ExprKind::Was {
                value,
                values,
                windows,
                ..
            } => {
                f(value);
                values.iter().for_each(&mut *f);
                windows.iter().for_each(|w| window(w, f));
            }
            ExprKind::Changed {
                value,
                from,
                to,
                windows,
            } => {
                f(value);
                [from, to].into_iter().flatten().for_each(|e| f(e));
                windows.iter().for_each(|w| window(w, f));
            }
            ExprKind::Held { condition: of, .. } | ExprKind::AsOf { of, .. } => f(of),
            ExprKind::Aggregate { argument, .. } => f(argument),
            ExprKind::Call {
                arguments: parts, ..
            }
            | ExprKind::Event {
                conditions: parts, ..
            }
            | ExprKind::AllRows {
                conditions: parts, ..
            } => parts.iter().for_each(f),
            ExprKind::Property { of, .. } => f(of),
            ExprKind::Tagged { .. }
            | ExprKind::InSegment { .. }
            | ExprKind::SegmentMove { .. }
            | ExprKind::InStage { .. }
            | ExprKind::StageMove { .. }
            | ExprKind::InJourney { .. }
            | ExprKind::JourneyMove { .. }
            | ExprKind::Stage(_)
            | ExprKind::Points { .. }
            | ExprKind::Path(_)
            | ExprKind::Relative { .. }
            | ExprKind::Literal(_) => {}
        }
    }
}

fn window<'a>(window: &'a Window, f: &mut dyn FnMut(&'a Expr)) {
    match &window.kind {
        WindowKind::Since(x) | WindowKind::Before(x) | WindowKind::After(x) | WindowKind::On(x) => {
            f(x)
        }
        WindowKind::WithinAfter(_, x) | WindowKind::WithinBefore(_, x) => f(x),
        WindowKind::Between(x, y) => {
            f(x);
            f(y);
        }
        WindowKind::Within(_) | WindowKind::WithinNext(_) | WindowKind::During(_) => {}
    }
}

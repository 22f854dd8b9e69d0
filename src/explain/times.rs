//! Dates and instants in time: too early, too late, coming, past.

use super::events::off;
use super::report::ChangeKind;
use super::terms::core;
use super::value::{instant, rough};
use super::walk::{Explainer, Facts, Query};
use crate::eval::cond::Node;
use crate::ir::{Cond, Function, Term, TermKind, Ty, Windows};
use crate::profile::Profile;
use crate::time::{DAY, Date};

impl<P: Profile> Explainer<'_, P> {
    pub(super) fn timed(
        &mut self,
        cond: &Cond,
        value: &Term,
        windows: &Windows,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.cond(cond);
        let Node::Timed(timed) = &node else { return };
        let (compiled, range) = (&timed.value, &timed.windows);
        // A date counts as the instant at which it starts, but is shown as a date.
        let shown = if let TermKind::Call {
            function: Function::DayStart,
            of,
        } = &value.kind
        {
            of
        } else {
            value
        };
        let read = self.read(shown, query);
        let at = compiled.value(query.ctx).as_i64();
        let range = range.range(query.ctx);
        let margin = match (at, range) {
            (Some(at), Some((low, high))) if !query.inner() => {
                Some(off(at, low, high, query.now()))
            }
            _ => None,
        };
        facts.read(read.name.clone(), read.shown, margin);
        self.bounds_read(windows, query, facts);
        self.collect_term(value, false, query, facts);
        self.counterfactual_by_value(cond, value, query, facts, |explainer| {
            if matches!(core(shown).kind, TermKind::Aggregate { .. }) {
                return None;
            }
            let (low, high) = range?;
            let edge = |at: i64| explainer.edge(at, &shown.ty);
            let change = |op: &str, value: String| {
                Some(ChangeKind::Value {
                    name: read.name.clone(),
                    op: op.to_owned(),
                    value,
                })
            };
            match (query.inner(), low > i64::MIN, high < i64::MAX) {
                (false, true, true) => {
                    change("since", format!("{} before {}", edge(low), edge(high)))
                }
                (false, true, false) | (true, false, true) => {
                    change("since", edge(if query.inner() { high } else { low }))
                }
                (false, false, true) | (true, true, _) => {
                    change("before", edge(if query.inner() { low } else { high }))
                }
                _ => None,
            }
        });
    }

    /// The edge of a window as an expression would say it of a value of this type.
    fn edge(&self, at: i64, ty: &Ty) -> String {
        if *ty != Ty::Date {
            return instant(at, self.calendar.zone);
        }
        let date = self.calendar.zone.date(at);
        let whole = self.calendar.zone.start_of(date) == at;
        if whole {
            date.to_string()
        } else {
            Date::from_days(date.days() + 1).to_string()
        }
    }

    fn bounds_read(&mut self, windows: &Windows, query: Query<'_, '_, P>, facts: &mut Facts) {
        for bound in windows.lower.iter().chain(&windows.upper) {
            if let Some(term) = bound.term() {
                let read = self.read(term, query);
                facts.read(read.name, read.shown, None);
                self.collect_term(term, false, query, facts);
            }
        }
    }

    pub(super) fn upcoming(
        &mut self,
        cond: &Cond,
        value: &Term,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let read = self.read(value, query);
        let node = self.binder.cond(cond);
        let now = query.now();
        let margin = if let Node::Timed(timed) = &node {
            let at = timed.value.value(query.ctx).as_i64();
            match (at, timed.windows.range(query.ctx)) {
                (Some(at), Some((low, high))) if !query.inner() => Some(off(at, low, high, now)),
                (Some(at), _) => Some(distance(at, now)),
                _ => None,
            }
        } else if let Node::Upcoming(node) = &node {
            node.value.value(query.ctx).as_i64().and_then(|days| {
                let date = Date::from_days(i32::try_from(days).unwrap_or(i32::MAX));
                let (low, high) = node.range(query.ctx);
                let today = self.calendar.zone.date(now);
                let away =
                    |d: Date| distance(i64::from(d.days()) * DAY, i64::from(today.days()) * DAY);
                let render = |d: Date| {
                    if node.yearly {
                        format!("{d} is {}", away(d))
                    } else {
                        away(d)
                    }
                };
                let days = |n: i32| format!("{n} day{}", if n == 1 { "" } else { "s" });
                if query.inner() {
                    return node.occurrence(date, high, false).map(render);
                }
                // The nearest occurrence that is not in the range, on the side on which it lies.
                let ahead = low >= today || high > today;
                let after = node.occurrence(date, high, true);
                let before = node.occurrence(date, low, false);
                match (ahead, after, before) {
                    (true, Some(d), _) | (_, Some(d), None) => Some(format!(
                        "{}, {} too far",
                        render(d),
                        days(d.days() - high.days())
                    )),
                    (_, _, Some(d)) => Some(format!(
                        "{}, {} too long ago",
                        render(d),
                        days(low.days() - d.days())
                    )),
                    (_, None, None) => None,
                }
            })
        } else {
            None
        };
        facts.read(read.name.clone(), read.shown, margin);
        self.collect_term(value, false, query, facts);
        self.counterfactual_by_value(cond, value, query, facts, |_| None);
    }
}

/// `in 5 days`, `3 days ago`.
fn distance(at: i64, now: i64) -> String {
    match at.cmp(&now) {
        std::cmp::Ordering::Greater => format!("in {}", rough(at - now)),
        std::cmp::Ordering::Less => format!("{} ago", rough(now - at)),
        std::cmp::Ordering::Equal => "now".to_owned(),
    }
}

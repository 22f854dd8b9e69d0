//! Attributes whose past is kept, and segments at past instants.

use super::calendar::{self, Micros};
use super::events::dotted;
use super::value::Value;
use super::{Scope, until};
use segue::schema::Field;
use segue::syntax::{CompareOp, Expr, ExprKind, HeldOp, Name, TimeSpan, Window};

impl Scope<'_> {
    /// The attribute that an expression names.
    pub(super) fn field(&self, expr: &Expr) -> Option<&Field> {
        let ExprKind::Path(names) = &expr.kind else {
            return None;
        };
        let names: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
        self.row_field(&names, true)
            .or_else(|| self.world.attribute(&dotted(&names)))
    }

    /// Decisions: "history = list of (at, value); value at t = last change with at <= t (missing before the first)."
    pub(super) fn at(&self, attribute: &str, t: Micros) -> Option<Value> {
        let changes = self.profile.histories.get(attribute)?;
        changes.iter().rfind(|(at, _)| *at <= t)?.1.clone()
    }

    fn history(&self, expr: &Expr) -> &[(Micros, Option<Value>)] {
        let field = self
            .field(expr)
            .filter(|f| f.tracked)
            .unwrap_or_else(|| panic!("{expr:?} is not tracked"));
        self.profile
            .histories
            .get(&field.name)
            .map_or(&[], Vec::as_slice)
    }

    fn is(&self, value: Option<&Value>, wanted: &Expr, attribute: &Expr) -> bool {
        self.compare(
            CompareOp::Eq,
            value.cloned(),
            self.opposite(wanted, attribute),
            false,
        )
    }

    /// Decisions: "`plan was "pro" W`: at some instant t <= now in the windows W the value was one of these."
    pub(super) fn was(&self, attribute: &Expr, values: &[Expr], windows: &[Window]) -> bool {
        let history = self.history(attribute);
        let Some((from, to)) = self.common(windows) else {
            return false;
        };
        (0..history.len()).any(|i| {
            let (begins, value) = &history[i];
            let ends = history.get(i + 1).map_or(i64::MAX, |(next, _)| next - 1);
            values
                .iter()
                .any(|wanted| self.is(value.as_ref(), wanted, attribute))
                && from.max(*begins) <= to.min(ends)
        })
    }

    /// Decisions: "`plan changed W [from a] [to b]`: some change point t <= now within W at which the value differs from the
    /// value just before (missing counts as a value; the first value ever set counts as a change from missing)". A value since
    /// ever was never set.
    pub(super) fn changed(
        &self,
        attribute: &Expr,
        from: Option<&Expr>,
        to: Option<&Expr>,
        windows: &[Window],
    ) -> bool {
        let history = self.history(attribute);
        let Some((first, last)) = self.common(windows) else {
            return false;
        };
        (0..history.len()).any(|i| {
            let (at, new) = &history[i];
            let old = i.checked_sub(1).and_then(|i| history[i].1.as_ref());
            let differs = old.is_some() != new.is_some()
                || (old.is_some()
                    && !self.compare(CompareOp::Eq, old.cloned(), new.clone(), false));
            *at > i64::MIN
                && (first..=last).contains(at)
                && differs
                && from.is_none_or(|from| self.is(old, from, attribute))
                && to.is_none_or(|to| self.is(new.as_ref(), to, attribute))
        })
    }

    /// The first and last instant that all windows have in common, none later than `now`.
    fn common(&self, windows: &[Window]) -> Option<(Micros, Micros)> {
        windows
            .iter()
            .try_fold((i64::MIN, self.now), |(from, to), w| {
                let (first, last) = self.window(&w.kind)?;
                Some((from.max(first), to.min(last)))
            })
    }

    /// Decisions: "`C for more than D`: … C has held at every instant of a stretch that began at s (the earliest such that C
    /// holds on all [s, now]), and now - s > D (`at least`: >=; `less than`: holds now and now - s < D). If C has held since
    /// before all history, s = -infinity. D calendar: s moved by D months compared with now."
    pub(super) fn held(&self, condition: &Expr, op: HeldOp, duration: TimeSpan) -> bool {
        let is_stage = self.stage_of(condition).is_some();
        let present = if is_stage || self.field(condition).is_some() {
            self.value(condition)
        } else {
            None
        };
        if is_stage && present.is_none() {
            return false;
        }
        let holds = |t: Micros| {
            let then = Scope {
                now: t,
                ..self.clone()
            };
            match &present {
                None | Some(Value::Bool(_)) => then.holds(condition),
                // `in stage for …`: the attribute has had its present value.
                Some(value) => self.compare(
                    CompareOp::Eq,
                    then.value(condition),
                    Some(value.clone()),
                    false,
                ),
            }
        };
        if !holds(self.now) {
            return false;
        }
        let mut changes: Vec<Micros> = self
            .profile
            .histories
            .values()
            .flatten()
            .map(|(at, _)| *at)
            .collect();
        changes.extend(self.stage_instants(condition));
        changes.retain(|at| (calendar::FIRST + 1..=self.now).contains(at));
        changes.sort_unstable();
        // Between two changes nothing changes: go back while it also held just before a change.
        let began = changes.into_iter().rev().find(|at| !holds(at - 1));
        let Some(began) = began else {
            return op != HeldOp::LessThan;
        };
        let reached = self.calendar().shift(began, duration, 1);
        match op {
            HeldOp::MoreThan => reached < self.now,
            HeldOp::AtLeast => reached <= self.now,
            HeldOp::LessThan => reached > self.now,
        }
    }

    /// Decisions: "replay: exists t, now - D <= t <= now, with s(t) true and s(t - 1µs) false … `left` the reverse."
    pub(super) fn moved(&self, entered: bool, segment: &Name, within: TimeSpan) -> bool {
        let rule = self
            .world
            .segments
            .get(&segment.text)
            .unwrap_or_else(|| panic!("`{}` is no segment", segment.text));
        let before = self.calendar().shift(self.now, within, -1) - 1;
        let mut instants =
            until::instants_between(self.world, self.profile, rule, before, self.now);
        instants.extend([before, self.now]);
        let inside: Vec<bool> = instants
            .into_iter()
            .map(|t| self.in_segment(&segment.text, t))
            .collect();
        inside
            .windows(2)
            .any(|pair| pair[0] != entered && pair[1] == entered)
    }
}

//! Comparisons: the values, how far they are from what is asked, and which value would turn the answer.

use super::field_words::FieldWords;
use super::report::ChangeKind;
use super::source::name;
use super::terms::{core, core_text, is_lit, reads_any_of};
use super::value::{real, rough, show, show_lit};
use super::walk::{Explainer, Facts, Query};
use crate::ir::{Between, Calendar, Cond, Lit, Order, Term, TermKind, Ty};
use crate::profile::{Profile, Val};
use crate::syntax::Aggregate;
use crate::time::{DAY, Duration};
use crate::value::{compare_versions, decimal_text};

/// A relation that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rel {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Rel {
    pub(super) fn of(op: Order, negated: bool) -> Self {
        let rel = match op {
            Order::Eq => Rel::Eq,
            Order::Lt => Rel::Lt,
            Order::Le => Rel::Le,
            Order::Gt => Rel::Gt,
            Order::Ge => Rel::Ge,
        };
        if negated { rel.negated() } else { rel }
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Rel::Eq => Rel::Ne,
            Rel::Ne => Rel::Eq,
            Rel::Lt => Rel::Ge,
            Rel::Le => Rel::Gt,
            Rel::Gt => Rel::Le,
            Rel::Ge => Rel::Lt,
        }
    }

    pub(super) fn sign(self) -> &'static str {
        match self {
            Rel::Eq => "=",
            Rel::Ne => "!=",
            Rel::Lt => "<",
            Rel::Le => "<=",
            Rel::Gt => ">",
            Rel::Ge => ">=",
        }
    }

    /// Whether more is better.
    fn upwards(self) -> bool {
        matches!(self, Rel::Gt | Rel::Ge)
    }

    /// The outermost whole number that meets the relation to `bound / 10^more`.
    pub(super) fn nearest(self, bound: i128, more: u32) -> Option<i128> {
        let unit = 10_i128.checked_pow(more)?;
        let (floor, exact) = (bound.div_euclid(unit), bound.rem_euclid(unit) == 0);
        let ceil = if exact { floor } else { floor.checked_add(1)? };
        match self {
            Rel::Eq => exact.then_some(floor),
            Rel::Ne => None,
            Rel::Lt => ceil.checked_sub(1),
            Rel::Le => Some(floor),
            Rel::Gt => floor.checked_add(1),
            Rel::Ge => Some(ceil),
        }
    }
}

/// A value that was read, apart from where it came from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OperandValue {
    pub(super) name: String,
    /// As text; `None`: missing.
    pub(super) shown: Option<String>,
    pub(super) number: Number,
    pub(super) ty: Ty,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Whole(i128),
    Real(f64),
    /// Missing, or no number.
    None,
}

impl OperandValue {
    pub(super) fn new(name: String, val: &Val<'_>, ty: &Ty, calendar: Calendar) -> Self {
        let number = match (val, ty) {
            (Val::Whole(v), _) => Number::Whole(*v),
            (Val::Ratio(..) | Val::Real(_), Ty::Ratio(scale)) => {
                Number::Real(val.as_real(10_f64.powi(i32::from(*scale))))
            }
            (Val::Ratio(..) | Val::Real(_), _) => Number::Real(val.as_real(1.0)),
            _ => Number::None,
        };
        OperandValue {
            name,
            shown: show(val, ty, calendar),
            number,
            ty: ty.clone(),
        }
    }

    fn scale(&self) -> u32 {
        if let Ty::Exact(s) | Ty::Ratio(s) = self.ty {
            u32::from(s)
        } else {
            0
        }
    }

    fn as_real(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
        match self.number {
            Number::Whole(v) => {
                Some(v as f64 / 10_f64.powi(i32::try_from(self.scale()).unwrap_or(0)))
            }
            Number::Real(v) => Some(v),
            Number::None => None,
        }
    }

    /// The value of this type that meets a relation to `bound` and is nearest to not meeting it.
    pub(super) fn target(&self, rel: Rel, bound: &OperandValue) -> Option<i128> {
        let Number::Whole(b) = bound.number else {
            return None;
        };
        let (s, bs) = (self.scale(), bound.scale());
        match (&self.ty, &bound.ty) {
            (Ty::Ratio(_) | Ty::Float, _) | (_, Ty::Ratio(_) | Ty::Float) => None,
            _ if bs >= s => rel.nearest(b, bs - s),
            _ => rel.nearest(b.checked_mul(10_i128.checked_pow(s - bs)?)?, 0),
        }
    }

    /// How far the value is from meeting a relation, or by how much it does.
    pub(super) fn margin(
        &self,
        rel: Rel,
        holds: bool,
        bound: &OperandValue,
        counted: bool,
    ) -> Option<String> {
        if rel == Rel::Ne || (rel == Rel::Eq && holds) || matches!(self.ty, Ty::Bool) {
            return None;
        }
        if rel == Rel::Eq
            && (matches!(self.ty, Ty::Named(_) | Ty::Period(_))
                || matches!(&self.ty, Ty::Enum(e) if !e.ordered))
        {
            return None;
        }
        let distance = match (self.number, self.target(rel, bound)) {
            (Number::Whole(v), Some(target)) => Distance::Whole(v.checked_sub(target)?),
            (Number::None, _) => return None,
            // Equal to what no such value can be equal to.
            (Number::Whole(_), None)
                if rel == Rel::Eq && !matches!(bound.number, Number::Real(_)) =>
            {
                return None;
            }
            _ => Distance::Real(self.as_real()? - bound.as_real()?),
        };
        let size = distance.size(&self.ty, self.scale());
        let above = distance.above();
        let timed = matches!(self.ty, Ty::Date | Ty::Instant);
        Some(match (holds, rel) {
            (true, _) if timed => return None,
            (true, _) if distance.is_zero() => "just enough".to_owned(),
            (true, _) => format!("{size} to spare"),
            (false, _) if timed => format!("{size} too {}", if above { "late" } else { "early" }),
            (false, _) if counted => {
                format!("{size} {}", if above { "too many" } else { "more needed" })
            }
            (false, Rel::Eq) => format!("{size} {}", if above { "above" } else { "below" }),
            (false, rel) => format!("{size} {}", if rel.upwards() { "short" } else { "over" }),
        })
    }
}

#[derive(Clone, Copy)]
enum Distance {
    Whole(i128),
    Real(f64),
}

impl Distance {
    fn above(self) -> bool {
        match self {
            Distance::Whole(v) => v > 0,
            Distance::Real(v) => v > 0.0,
        }
    }

    fn is_zero(self) -> bool {
        match self {
            Distance::Whole(v) => v == 0,
            Distance::Real(v) => v == 0.0,
        }
    }

    fn size(self, ty: &Ty, scale: u32) -> String {
        let plural = |n: i128, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        match self {
            Distance::Real(v) => real((v.abs() * 10_000.0).round() / 10_000.0),
            Distance::Whole(v) => {
                let n = v.checked_abs().unwrap_or(i128::MAX);
                let small = i64::try_from(n).unwrap_or(i64::MAX);
                match ty {
                    Ty::Duration | Ty::Instant => rough(small),
                    Ty::Date => Duration::from_micros(small.saturating_mul(DAY)).to_string(),
                    Ty::Enum(_) | Ty::Named(_) => plural(n, "step"),
                    Ty::Period(_) => plural(n, "period"),
                    Ty::Bool
                    | Ty::Exact(_)
                    | Ty::Ratio(_)
                    | Ty::Float
                    | Ty::String
                    | Ty::Version
                    | Ty::Place => decimal_text(n, u8::try_from(scale).unwrap_or(0)),
                }
            }
        }
    }
}

impl<P: Profile> Explainer<'_, P> {
    pub(super) fn read(&mut self, term: &Term, query: Query<'_, '_, P>) -> OperandValue {
        let node = self.binder.term(term);
        let val = node.value(query.ctx);
        let called = if let TermKind::Lit(lit) = &term.kind {
            show_lit(lit, &term.ty, self.calendar)
        } else {
            name(term, query.text, self.schema)
        };
        // `3 times` is a count without the word.
        let counts = matches!(
            term.kind,
            TermKind::Aggregate {
                function: Aggregate::Count,
                ..
            }
        );
        let called = if counts && !called.starts_with("count") {
            "count".to_owned()
        } else {
            called
        };
        if let Some(words) = FieldWords::of_term(term, self.schema) {
            self.words.insert(called.clone(), words);
        }
        OperandValue::new(called, &val, &term.ty, self.calendar)
    }

    pub(super) fn compare(
        &mut self,
        cond: &Cond,
        op: Order,
        left: &Term,
        right: &Term,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let (subject, bound, op) = if is_lit(left) && !is_lit(right) {
            (right, left, op.flipped())
        } else {
            (left, right, op)
        };
        let rel = Rel::of(op, query.negated);
        let (value, limit) = (self.read(subject, query), self.read(bound, query));
        let counted = matches!(
            core(subject).kind,
            TermKind::Aggregate {
                function: Aggregate::Count | Aggregate::Distinct,
                ..
            } | TermKind::Total {
                function: Aggregate::Count | Aggregate::Distinct,
                ..
            }
        );
        let events_counted = matches!(
            core(subject).kind,
            TermKind::Aggregate {
                function: Aggregate::Count,
                of: None,
                ..
            }
        );
        let margin = value.margin(rel, query.holds, &limit, counted);
        facts.read(value.name.clone(), value.shown.clone(), margin);
        if !is_lit(bound) && !matches!(bound.kind, TermKind::Now | TermKind::Today(_)) {
            facts.read(limit.name.clone(), limit.shown.clone(), None);
        }
        self.collect_term(subject, false, query, facts);
        self.collect_term(bound, false, query, facts);
        let wanted = if query.holds { rel.negated() } else { rel };
        if events_counted && let TermKind::Aggregate { select, .. } = &core(subject).kind {
            let text = core_text(subject, query.text);
            let events = self.events_name(select, text);
            let more = match (value.number, value.target(wanted, &limit)) {
                (Number::Whole(n), Some(target)) => u64::try_from(target - n).ok(),
                _ if wanted == Rel::Ne => Some(1),
                _ => None,
            };
            let here = Query { text, ..query };
            match more.filter(|n| *n > 0) {
                // So many more would move the bound too: they are tried out.
                Some(_) if reads_any_of(bound, select) => {
                    facts.actions = self.by_event(cond, query, facts)
                }
                Some(times) => facts.actions = self.more(select, times, &events, here),
                None if self.joins_now(select, here) => facts.avoid = Some(events),
                None => {}
            }
            return;
        }
        if let TermKind::Aggregate {
            function, select, ..
        } = &core(subject).kind
            && *function != Aggregate::First
            && matches!(wanted, Rel::Lt | Rel::Le)
        {
            let here = Query {
                text: core_text(subject, query.text),
                ..query
            };
            if self.joins_now(select, here) {
                facts.avoid = Some(self.events_name(select, here.text));
            }
        }
        self.counterfactual_by_value(cond, subject, query, facts, |explainer| {
            explainer.value_change(&value, wanted, &limit, subject)
        });
    }

    /// `name op value`, where some such value can be said and reached.
    fn value_change(
        &self,
        value: &OperandValue,
        wanted: Rel,
        limit: &OperandValue,
        subject: &Term,
    ) -> Option<ChangeKind> {
        let shrinks = match (&core(subject).kind, wanted) {
            // What has happened stays: these totals do not go down (or, a minimum, up) by anything that happens.
            (
                TermKind::Aggregate {
                    function: Aggregate::Sum | Aggregate::Max | Aggregate::Distinct,
                    ..
                },
                Rel::Lt | Rel::Le,
            ) => true,
            (
                TermKind::Aggregate {
                    function: Aggregate::Min,
                    ..
                },
                Rel::Gt | Rel::Ge,
            ) => true,
            (
                TermKind::Aggregate {
                    function: Aggregate::First,
                    ..
                },
                _,
            ) => value.shown.is_some(),
            _ => false,
        };
        if shrinks {
            return None;
        }
        let target = || value.target(wanted, limit);
        let is_field = matches!(core(subject).kind, TermKind::Field(_));
        if is_field && wanted != Rel::Ne && target().is_some_and(|n| !fits_field(n, &value.ty)) {
            return None;
        }
        let bound = limit.shown.clone()?;
        let change = |op: &str, value_: String| ChangeKind::Value {
            name: value.name.clone(),
            op: op.to_owned(),
            value: value_,
        };
        if matches!(value.ty, Ty::Bool) && wanted == Rel::Ne {
            return Some(change(
                "=",
                if bound == "true" { "false" } else { "true" }.to_owned(),
            ));
        }
        let stepped = matches!(
            value.ty,
            Ty::Exact(_) | Ty::Enum(_) | Ty::Date | Ty::Named(_)
        ) && !matches!(wanted, Rel::Eq | Rel::Ne);
        if !stepped {
            return Some(change(wanted.sign(), bound));
        }
        let Some(target) = target() else {
            return Some(change(wanted.sign(), bound));
        };
        if let Ty::Enum(e) = &value.ty
            && !usize::try_from(target).is_ok_and(|i| i < e.values.len())
        {
            return None;
        }
        let shown = show_lit(&Lit::Whole(target), &value.ty, self.calendar);
        Some(change(if wanted.upwards() { ">=" } else { "<=" }, shown))
    }

    pub(super) fn between(
        &mut self,
        cond: &Cond,
        Between { value, low, high }: Between<'_>,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let (v, l, h) = (
            self.read(value, query),
            self.read(low, query),
            self.read(high, query),
        );
        let counted = matches!(
            core(value).kind,
            TermKind::Aggregate {
                function: Aggregate::Count,
                of: None,
                ..
            }
        );
        let reversed = l.is_above(&h);
        let outside = |rel: Rel, bound: &OperandValue| {
            v.margin(rel, false, bound, counted)
                .filter(|_| v.is_beyond(rel, bound))
        };
        let margin = if query.inner() {
            None
        } else {
            outside(Rel::Ge, &l).or_else(|| outside(Rel::Le, &h))
        };
        facts.read(v.name.clone(), v.shown.clone(), margin);
        for (term, read) in [(low, &l), (high, &h)] {
            if !is_lit(term) {
                facts.read(read.name.clone(), read.shown.clone(), None);
            }
        }
        [value, low, high]
            .into_iter()
            .for_each(|t| self.collect_term(t, false, query, facts));
        if counted && let TermKind::Aggregate { select, .. } = &core(value).kind {
            let text = core_text(value, query.text);
            let events = self.events_name(select, text);
            let more = match (v.number, v.target(Rel::Ge, &l), v.target(Rel::Gt, &h)) {
                (Number::Whole(n), Some(least), Some(beyond)) => {
                    u64::try_from(if query.inner() { beyond - n } else { least - n }).ok()
                }
                _ => None,
            };
            let here = Query { text, ..query };
            match more.filter(|n| *n > 0 && !reversed) {
                Some(_)
                    if [low, high]
                        .into_iter()
                        .any(|bound| reads_any_of(bound, select)) =>
                {
                    facts.actions = self.by_event(cond, query, facts);
                }
                Some(times) => facts.actions = self.more(select, times, &events, here),
                None if self.joins_now(select, here) => facts.avoid = Some(events),
                None => {}
            }
            return;
        }
        let op = if query.inner() {
            "not between"
        } else {
            "between"
        };
        self.counterfactual_by_value(cond, value, query, facts, |_| {
            let range = format!("{} and {}", l.shown.as_ref()?, h.shown.as_ref()?);
            (!reversed).then(|| ChangeKind::Value {
                name: v.name.clone(),
                op: op.to_owned(),
                value: range,
            })
        });
    }
}

/// Whether a field can hold a number: an `int` has 64 bits with or without a sign, a decimal has 64 with one.
fn fits_field(n: i128, ty: &Ty) -> bool {
    match ty {
        Ty::Exact(0) => i64::try_from(n).is_ok() || u64::try_from(n).is_ok(),
        Ty::Exact(_) => i64::try_from(n).is_ok(),
        Ty::Bool
        | Ty::Ratio(_)
        | Ty::Float
        | Ty::String
        | Ty::Enum(_)
        | Ty::Named(_)
        | Ty::Date
        | Ty::Instant
        | Ty::Duration
        | Ty::Period(_)
        | Ty::Version
        | Ty::Place => true,
    }
}

impl OperandValue {
    /// Whether one bound is above another.
    fn is_above(&self, other: &OperandValue) -> bool {
        match (
            self.as_real(),
            other.as_real(),
            &self.shown,
            &other.shown,
            &self.ty,
        ) {
            (Some(a), Some(b), ..) => a > b,
            (.., Some(a), Some(b), Ty::Version) => {
                compare_versions(a.trim_matches('"'), b.trim_matches('"')).is_gt()
            }
            (.., Some(a), Some(b), _) => a > b,
            _ => false,
        }
    }

    /// Whether the value is on the far side of a bound.
    fn is_beyond(&self, rel: Rel, bound: &OperandValue) -> bool {
        let (Some(a), Some(b)) = (self.as_real(), bound.as_real()) else {
            return false;
        };
        if rel.upwards() { a < b } else { a > b }
    }
}

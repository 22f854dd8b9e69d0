//! Conditions: a tree becomes a typed condition. All errors are collected; a part that is wrong yields `None` and does
//! not keep the others from being looked at.

use super::context::Context;
use super::ir::{Case, Cond, CondKind, FieldRef, Held, Lapse, Lit, Operand, Order, Pattern, Term, TermKind, Ty};
use super::names::suggest_whole;
use crate::diagnostic::Diagnostic;
use crate::syntax::{
    Aggregate, CompareOp, DistanceUnit, Expr, ExprKind, HeldOp, Kinds, Literal, Name, Quantifier, Span, TextOp,
    TimeSpan, TimeUnit, Times,
};
use crate::time::{DAY, Date, Duration, HOUR, Instant, MINUTE, SECOND};
use crate::value::{Decimal, Place};
use std::sync::Arc;

/// Checks an expression as a condition.
pub(super) fn condition(expr: &Expr, text: &str, context: &Context, found: &mut Vec<Diagnostic>) -> Option<Cond> {
    let mut checker = Checker::new(text, context);
    let cond = checker.cond(expr);
    if let Some(cond) = &cond {
        super::lints::lint(cond, expr, &mut checker);
    }
    found.append(&mut checker.found);
    cond
}

/// Checks an expression as a value: a trait, or what a score is fitted on. A condition is a value that is true or false.
pub(crate) fn value(expr: &Expr, text: &str, context: &Context, found: &mut Vec<Diagnostic>) -> Option<Term> {
    let mut checker = Checker::new(text, context);
    let is_value = match &expr.kind {
        ExprKind::Path(_) => !checker.is_events(expr),
        ExprKind::Aggregate { .. }
        | ExprKind::Call { .. }
        | ExprKind::Property { .. }
        | ExprKind::Arithmetic { .. }
        | ExprKind::Negate(_)
        | ExprKind::Relative { .. }
        | ExprKind::Literal(_) => true,
        _ => false,
    };
    let term = if is_value {
        checker.any_term(expr)
    } else {
        checker.cond(expr).map(|cond| {
            let (span, otherwise) = (cond.span, Some(Lit::Whole(0)));
            let case = Case { cond, value: Lit::Whole(1), text: text.into() };
            Term { kind: TermKind::Cases { cases: vec![case], otherwise }, ty: Ty::Bool, span, moving: false }
        })
    };
    found.append(&mut checker.found);
    term
}

pub(super) struct Checker<'a> {
    pub(super) text: &'a str,
    pub(super) context: &'a Context,
    pub(super) found: Vec<Diagnostic>,
    /// The kinds of the event whose condition is being checked.
    pub(super) row: Option<Vec<usize>>,
    /// The steps named so far, with their kinds.
    pub(super) steps: Vec<(String, Vec<usize>)>,
}

impl<'a> Checker<'a> {
    fn new(text: &'a str, context: &'a Context) -> Self {
        Checker { text, context, found: Vec::new(), row: None, steps: Vec::new() }
    }

    pub(super) fn report<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.found.push(diagnostic);
        None
    }

    /// The author's own words for a part.
    pub(super) fn source(&self, span: Span) -> String {
        span.of(self.text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn all(&mut self, parts: &[Expr]) -> Option<Vec<Cond>> {
        let checked: Vec<Option<Cond>> = parts.iter().map(|p| self.cond(p)).collect();
        checked.into_iter().collect()
    }

    pub(super) fn cond(&mut self, e: &Expr) -> Option<Cond> {
        let span = e.span;
        let kind = match &e.kind {
            ExprKind::Or(parts) => CondKind::Any(self.all(parts)?),
            ExprKind::And(parts) => CondKind::All(self.all(parts)?),
            ExprKind::Not(part) => CondKind::Not(Box::new(self.cond(part)?)),
            ExprKind::Compare { op, left, right, ignoring_case } => {
                return self.compare(e, *op, left, right, *ignoring_case);
            }
            ExprKind::Between { negated, value, low, high } => {
                let cond = if self.is_events(value) {
                    let windows = [crate::syntax::Window {
                        kind: crate::syntax::WindowKind::Between((**low).clone(), (**high).clone()),
                        span,
                    }];
                    self.happened(value, &windows, span)?
                } else {
                    self.between(value, low, high, span)?
                };
                return Some(negate(*negated, cond));
            }
            ExprKind::In { negated, value, list, ignoring_case } => {
                let cond = self.one_of(value, list, *ignoring_case, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::Contains { negated, quantifier, value, items, ignoring_case } => {
                let cond = self.contains(value, items, *quantifier, *ignoring_case, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::Text { negated, op, value, pattern, ignoring_case } => {
                let cond = self.text_test(*op, value, pattern, *ignoring_case, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::Presence { missing, value } => {
                if self.is_events(value) {
                    return self.happened(value, &[], span).map(|c| negate(*missing, c));
                }
                let present = Cond { kind: CondKind::Present(self.operand(value)?), span };
                return Some(negate(*missing, present));
            }
            ExprKind::Empty { negated, value } => {
                let operand = self.operand(value)?;
                if let Operand::Term(t) = &operand
                    && t.ty != Ty::String
                {
                    return self.report(
                        Diagnostic::error(
                            "E0105",
                            value.span,
                            format!(
                                "`{}` is {}; only a text or a list can be empty",
                                self.source(value.span),
                                t.ty.words()
                            ),
                        )
                        .help("write `is missing` to ask whether there is a value"),
                    );
                }
                return Some(negate(*negated, Cond { kind: CondKind::Empty(operand), span }));
            }
            ExprKind::Near { value, radius, unit, latitude, longitude } => {
                self.near(value, radius, *unit, latitude, longitude)?
            }
            ExprKind::Windowed { subject, windows } => {
                if self.is_events(subject) {
                    return self.happened(subject, windows, span);
                }
                return self.timed(subject, windows, span);
            }
            ExprKind::Times { count, events } => return self.times(count, events, span),
            ExprKind::Regularly { count, events, unit, periods, of } => {
                let select = self.select(events, &[])?;
                let (least, most) = range_of(count);
                if least > most || *of == 0 || *periods > *of || *of > 1200 {
                    return self.report(
                        Diagnostic::error("E0127", span, "this can never hold as written")
                            .help("`in 3 of last 6 months`: the first number may not exceed the second, and the second is between 1 and 1200"),
                    );
                }
                CondKind::Regularly { select, least, most, unit: *unit, periods: *periods, of: *of }
            }
            ExprKind::Sequence(steps) => self.sequence(steps)?,
            ExprKind::As { events, name } => {
                return self.report(
                    Diagnostic::error(
                        "E0120",
                        name.span,
                        format!("nothing after this can read the step name `{}`", name.text),
                    )
                    .help(format!("write `{}` alone, or go on with `then …`", self.source(events.span))),
                );
            }
            ExprKind::Tagged { quantifier, paths } => self.tagged(*quantifier, paths, span)?,
            ExprKind::InSegment { negated, quantifier, segments } => {
                let cond = self.in_segment(*quantifier, segments, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::SegmentMove { entered, segment, within } => {
                let segment_ = self.segment(segment)?;
                CondKind::Moved { entered: *entered, segment: segment_, within: self.lapse(*within, span)? }
            }
            ExprKind::InSample { negated, percent, salt } => {
                let kind = self.sample(percent, salt)?;
                return Some(negate(*negated, Cond { kind, span }));
            }
            ExprKind::Upcoming { anniversary, value, next, within } => {
                self.upcoming(*anniversary, value, *next, *within, span)?
            }
            ExprKind::Was { negated, value, values, windows } => {
                let (field, ty) = self.tracked(value)?;
                let set = values.iter().map(|v| self.literal_of(v, &ty)).collect::<Vec<_>>();
                let windows = self.windows(windows, false)?;
                let cond = Cond {
                    kind: CondKind::Was { value: field, set: set.into_iter().collect::<Option<_>>()?, windows },
                    span,
                };
                return Some(negate(*negated, cond));
            }
            ExprKind::Changed { value, from, to, windows } => {
                let (field, ty) = self.tracked(value)?;
                let mut end = |e: &Option<Box<Expr>>| match e {
                    None => Some(None),
                    Some(e) => self.literal_of(e, &ty).map(Some),
                };
                let (from, to) = (end(from)?, end(to)?);
                CondKind::Changed { value: field, from, to, windows: self.windows(windows, false)? }
            }
            ExprKind::Held { condition, op, duration } => {
                if let ExprKind::Path(names) = &condition.kind
                    && !self.is_events(condition)
                {
                    self.held_value(names, condition, e)?;
                }
                let inner = self.cond(condition)?;
                let tracked = self.held_over(&inner)?;
                let op = match op {
                    HeldOp::MoreThan => Held::MoreThan,
                    HeldOp::AtLeast => Held::AtLeast,
                    HeldOp::LessThan => Held::LessThan,
                };
                CondKind::Held { condition: Box::new(inner), tracked, op, duration: self.lapse(*duration, span)? }
            }
            ExprKind::Literal(Literal::Bool(b)) => CondKind::Const(*b),
            ExprKind::Event { .. } => return self.happened(e, &[], span),
            ExprKind::Path(_) if self.is_events(e) => return self.happened(e, &[], span),
            _ => {
                let term = self.any_term(e)?;
                if term.ty == Ty::Bool {
                    CondKind::Truth(term)
                } else {
                    return self.report(
                        Diagnostic::error(
                            "E0106",
                            span,
                            format!("`{}` is {}, not a condition", self.source(span), term.ty.words()),
                        )
                        .help(condition_help(&self.source(span), &term)),
                    );
                }
            }
        };
        Some(Cond { kind, span })
    }

    fn compare(&mut self, e: &Expr, op: CompareOp, left: &Expr, right: &Expr, ignoring_case: bool) -> Option<Cond> {
        let span = e.span;
        for (side, other) in [(left, right), (right, left)] {
            if self.is_events(side) {
                return self.compared_events(side, other);
            }
        }
        let (order, negated) = match op {
            CompareOp::Eq => (Order::Eq, false),
            CompareOp::Ne => (Order::Eq, true),
            CompareOp::Lt => (Order::Lt, false),
            CompareOp::Le => (Order::Le, false),
            CompareOp::Gt => (Order::Gt, false),
            CompareOp::Ge => (Order::Ge, false),
        };
        let (left, right) = self.pair(left, right)?;
        let cond = self.comparison(order, left, right, ignoring_case, span)?;
        Some(negate(negated, cond))
    }

    /// Events opposite a value.
    fn compared_events(&mut self, events: &Expr, other: &Expr) -> Option<Cond> {
        if let ExprKind::Event { kinds: Kinds::One(name), .. } = &events.kind {
            self.kind(name)?;
        }
        let source = self.source(events.span);
        let help = match (&events.kind, &other.kind) {
            (_, ExprKind::Literal(Literal::Bool(true))) => format!("write `{source}` alone"),
            (_, ExprKind::Literal(Literal::Bool(false))) => format!("write `not {source}`"),
            (ExprKind::Path(_), ExprKind::Literal(Literal::String(_))) => {
                format!("a condition on its properties stands in parentheses: `{source}({})`", self.source(other.span))
            }
            (ExprKind::Event { .. }, _) => format!("write `count({source})`"),
            _ => format!("write `count({source})`; a condition on its properties stands in parentheses: `{source}(…)`"),
        };
        let message = format!("`{source}` is events, which cannot be compared");
        self.report(Diagnostic::error("E0108", events.span, message).help(help))
    }

    /// A comparison of two values that are known.
    pub(super) fn comparison(
        &mut self,
        op: Order,
        left: Term,
        right: Term,
        ignoring_case: bool,
        span: Span,
    ) -> Option<Cond> {
        match (&left.ty, &right.ty) {
            (Ty::Instant, Ty::Date) => return self.instant_against_date(op, left, right, span),
            (Ty::Date, Ty::Instant) => return self.instant_against_date(op.flipped(), right, left, span),
            _ => {}
        }
        if !self.comparable(&left, &right, span) {
            return None;
        }
        if op != Order::Eq {
            let unordered = match &left.ty {
                Ty::Bool | Ty::Place => true,
                Ty::Enum(e) => !e.ordered,
                _ => false,
            };
            if unordered {
                return self.report(
                    Diagnostic::error(
                        "E0109",
                        span,
                        format!("the values of `{}` have no order", self.source(left.span)),
                    )
                    .help("compare with `=`, `!=` or `in`; an enum gets an order by `ordered = true` in the schema"),
                );
            }
        }
        Some(Cond { kind: CondKind::Compare { op, left, right, ignoring_case }, span })
    }

    /// Whether two values can be compared; reports why not.
    pub(super) fn comparable(&mut self, left: &Term, right: &Term, span: Span) -> bool {
        if same_kind(&left.ty, &right.ty) {
            return true;
        }
        let (l, r) = (self.source(left.span), self.source(right.span));
        let (message, help) = match (&left.ty, &right.ty) {
            (Ty::Enum(_), Ty::Enum(_)) => (
                format!("`{l}` and `{r}` do not have the same values"),
                "two enums can be compared where they have the same values in the same order".to_owned(),
            ),
            (a, b) => {
                let help = match (a, b) {
                    (Ty::Date | Ty::Instant, Ty::Duration) if left.moving => {
                        format!("compare the time since something: `{l} - … > {r}`")
                    }
                    (Ty::Date | Ty::Instant, Ty::Duration) => {
                        format!("write `{l} before {r} ago`, or compare the time since: `now - {l} > {r}`")
                    }
                    (Ty::Place, _) | (_, Ty::Place) => {
                        "ask for a distance: `home within 5 km of (48.85, 2.35)`".to_owned()
                    }
                    (Ty::Bool, _) => format!("write `{l}` alone, or `{l} = false`"),
                    _ => "both sides of a comparison must be of one type".to_owned(),
                };
                (format!("`{l}` is {}, but `{r}` is {}", a.words(), b.words()), help)
            }
        };
        let diagnostic = self.retyped(Diagnostic::error("E0105", span, message).help(help), &left.ty, right);
        self.found.push(diagnostic);
        false
    }

    /// Says how a constant of the wrong type is written, where that can be known.
    pub(super) fn retyped(&self, diagnostic: Diagnostic, wanted: &Ty, given: &Term) -> Diagnostic {
        let TermKind::Lit(lit) = &given.kind else { return diagnostic };
        let written = self.source(given.span);
        let unquoted = |what: &str, text: &str| {
            diagnostic.clone().help(format!("write {what} without quotes: `{text}`")).fix(given.span, text.to_owned())
        };
        match (wanted, lit) {
            (t, Lit::Text(text)) if t.is_number() && text.parse::<Decimal>().is_ok() => unquoted("the number", text),
            (Ty::Date, Lit::Text(text)) if text.parse::<Date>().is_ok() => unquoted("the date", text),
            (Ty::Instant, Lit::Text(text)) if text.parse::<Date>().is_ok() => unquoted("the date", text),
            (Ty::Instant, Lit::Text(text)) if text.parse::<Instant>().is_ok() => unquoted("the instant", text),
            (Ty::Duration, Lit::Text(text)) if text.parse::<Duration>().is_ok() => unquoted("the length of time", text),
            (Ty::Date, Lit::Text(_)) => diagnostic.help("write a date without quotes: `2024-02-29`"),
            (Ty::Instant, Lit::Text(_)) => diagnostic.help("write an instant without quotes: `2024-02-29T10:00:00Z`"),
            (Ty::Duration, Lit::Text(_)) => diagnostic.help("write a length of time with its unit: `3 days`"),
            (Ty::Duration, _) if given.ty.is_number() => {
                diagnostic.help(format!("write a length of time with its unit: `{written} minutes`"))
            }
            (Ty::String | Ty::Version, _) if given.ty.is_number() => {
                let what = if *wanted == Ty::String { "text" } else { "version" };
                diagnostic
                    .help(format!("write the {what} in quotes: \"{written}\""))
                    .fix(given.span, format!("\"{written}\""))
            }
            _ => diagnostic,
        }
    }

    fn between(&mut self, value: &Expr, low: &Expr, high: &Expr, span: Span) -> Option<Cond> {
        let value = self.any_term(value)?;
        let ends = (self.term(low, Some(&value.ty)), self.term(high, Some(&value.ty)));
        let (low, high) = (ends.0?, ends.1?);
        let mixed = |t: &Term| matches!((&value.ty, &t.ty), (Ty::Instant, Ty::Date) | (Ty::Date, Ty::Instant));
        if mixed(&low) || mixed(&high) {
            let least = self.comparison(Order::Ge, value.clone(), low, false, span)?;
            let most = self.comparison(Order::Le, value, high, false, span)?;
            return Some(Cond { kind: CondKind::All(vec![least, most]), span });
        }
        let (a, b) = (self.comparable(&value, &low, span), self.comparable(&value, &high, span));
        if !a || !b {
            return None;
        }
        // Orders are checked where a comparison is built.
        self.comparison(Order::Ge, value.clone(), low.clone(), false, span)?;
        if let (TermKind::Lit(Lit::Whole(a)), TermKind::Lit(Lit::Whole(b))) = (&low.kind, &high.kind)
            && low.ty == high.ty
            && a > b
        {
            self.found.push(
                Diagnostic::warning("W0102", span, "this never holds: the lower end is above the upper end")
                    .help(format!("write `between {} and {}`", self.source(high.span), self.source(low.span))),
            );
        }
        Some(Cond { kind: CondKind::Between { value, low, high }, span })
    }

    fn one_of(&mut self, value: &Expr, list: &[Expr], ignoring_case: bool, span: Span) -> Option<Cond> {
        if let Some((_, of)) = self.list_field(value) {
            return self.report(
                Diagnostic::error(
                    "E0124",
                    value.span,
                    format!("`{}` is a list of values, each {}", self.source(value.span), of.words()),
                )
                .help(format!("write `{} contains any of (…)`", self.source(value.span))),
            );
        }
        let value = self.any_term(value)?;
        let items: Vec<Option<Term>> = list.iter().map(|i| self.term(i, Some(&value.ty))).collect();
        let items: Vec<Term> = items.into_iter().collect::<Option<_>>()?;
        let mut set = Vec::with_capacity(items.len());
        for item in &items {
            let mixed = matches!((&value.ty, &item.ty), (Ty::Instant, Ty::Date) | (Ty::Date, Ty::Instant));
            if !mixed && !self.comparable(&value, item, item.span) {
                return None;
            }
            set.extend((!mixed).then(|| same_shape(item, &value.ty)).flatten());
        }
        if set.len() == items.len() {
            return Some(Cond { kind: CondKind::OneOf { value, set, ignoring_case }, span });
        }
        let parts: Vec<Option<Cond>> =
            items.into_iter().map(|i| self.comparison(Order::Eq, value.clone(), i, ignoring_case, span)).collect();
        Some(Cond { kind: CondKind::Any(parts.into_iter().collect::<Option<_>>()?), span })
    }

    fn contains(
        &mut self,
        value: &Expr,
        items: &[Expr],
        quantifier: Quantifier,
        ignoring_case: bool,
        span: Span,
    ) -> Option<Cond> {
        let all = quantifier == Quantifier::All;
        let kind = if let Some((list, of)) = self.list_field(value) {
            let items: Vec<Option<Lit>> = items.iter().map(|i| self.literal_of(i, &of)).collect();
            CondKind::Contains { list, items: items.into_iter().collect::<Option<_>>()?, all, ignoring_case }
        } else {
            let term = self.any_term(value)?;
            if term.ty != Ty::String {
                return self.report(
                    Diagnostic::error(
                        "E0124",
                        value.span,
                        format!(
                            "`{}` is {}; only a text or a list can contain something",
                            self.source(value.span),
                            term.ty.words()
                        ),
                    )
                    .help("compare it with `=` or `in`"),
                );
            }
            let mut texts = Vec::with_capacity(items.len());
            for item in items {
                match self.literal_of(item, &Ty::String)? {
                    Lit::Text(text) => texts.push(text),
                    _ => return None,
                }
            }
            CondKind::Substring { value: term, items: texts, all, ignoring_case }
        };
        Some(negate(quantifier == Quantifier::None, Cond { kind, span }))
    }

    fn text_test(&mut self, op: TextOp, value: &Expr, pattern: &Expr, ignoring_case: bool, span: Span) -> Option<Cond> {
        let value_ = self.any_term(value)?;
        if value_.ty != Ty::String {
            return self.report(
                Diagnostic::error(
                    "E0105",
                    value.span,
                    format!("`{}` is {}, not a text", self.source(value.span), value_.ty.words()),
                )
                .help("compare it with `=`, `<`, `>` or `between`"),
            );
        }
        let Lit::Text(text) = self.literal_of(pattern, &Ty::String)? else { return None };
        let pattern = if op == TextOp::Matches {
            let compiled = regex::RegexBuilder::new(&text)
                .case_insensitive(ignoring_case)
                .size_limit(1 << 20)
                .nest_limit(64)
                .build();
            match compiled {
                Ok(regex) => Pattern::Regex(regex),
                Err(error) => {
                    let why = match error {
                        regex::Error::CompiledTooBig(_) => "it grows beyond 1 MiB when compiled".to_owned(),
                        other => other
                            .to_string()
                            .lines()
                            .last()
                            .unwrap_or_default()
                            .trim_start_matches("error: ")
                            .to_owned(),
                    };
                    return self.report(
                        Diagnostic::error("E0119", pattern.span, format!("this regular expression cannot be used: {why}"))
                            .help("the syntax is that of the Rust crate `regex`; a plain part of a text is found by `contains`"),
                    );
                }
            }
        } else {
            Pattern::Literal(text)
        };
        Some(Cond { kind: CondKind::Text { op, value: value_, pattern, ignoring_case }, span })
    }

    fn near(
        &mut self,
        value: &Expr,
        radius: &Expr,
        unit: DistanceUnit,
        latitude: &Expr,
        longitude: &Expr,
    ) -> Option<CondKind> {
        let value_ = self.any_term(value)?;
        if value_.ty != Ty::Place {
            return self.report(
                Diagnostic::error(
                    "E0105",
                    value.span,
                    format!("`{}` is {}, not a place", self.source(value.span), value_.ty.words()),
                )
                .help("a distance needs an attribute of type `place`"),
            );
        }
        let mut number = |e: &Expr, low: f64, high: f64, what: &str| -> Option<f64> {
            let term = self.term(e, Some(&Ty::Float))?;
            let v = match same_shape(&term, &Ty::Float) {
                Some(Lit::Real(v)) => v,
                _ => {
                    let source = self.source(e.span);
                    return self.report(
                        Diagnostic::error("E0128", e.span, format!("`{source}` is not a number written out"))
                            .help("a distance is asked from a place that is given in numbers: `home within 5 km of (48.85, 2.35)`"),
                    );
                }
            };
            if (low..=high).contains(&v) {
                return Some(v);
            }
            self.report(
                Diagnostic::error("E0128", e.span, format!("{what} lies between {low} and {high}"))
                    .help("the latitude stands first, then the longitude"),
            )
        };
        let lat = number(latitude, -90.0, 90.0, "a latitude")?;
        let lon = number(longitude, -180.0, 180.0, "a longitude")?;
        let metres = number(radius, 0.0, 1e9, "a distance")?
            * match unit {
                DistanceUnit::Metre => 1.0,
                DistanceUnit::Kilometre => 1000.0,
                DistanceUnit::Mile => 1609.344,
            };
        Some(CondKind::Near { value: value_, of: Place { lat, lon }, metres })
    }

    fn times(&mut self, count: &Times, events: &Expr, span: Span) -> Option<Cond> {
        let select = self.select(events, &[])?;
        let (least, most) = range_of(count);
        let number =
            |n: u64| Term { kind: TermKind::Lit(Lit::Whole(i128::from(n))), ty: Ty::Exact(0), span, moving: false };
        let counted = Term {
            kind: TermKind::Aggregate { function: Aggregate::Count, select: Box::new(select), of: None },
            ty: Ty::Exact(0),
            span: events.span,
            moving: false,
        };
        if least > most {
            self.found.push(
                Diagnostic::warning("W0102", span, "this never holds: the least number of times is above the greatest")
                    .help("the smaller number stands first: `between 2 and 5 times`"),
            );
        }
        let kind = match (least, most) {
            (n, u64::MAX) => CondKind::Compare { op: Order::Ge, left: counted, right: number(n), ignoring_case: false },
            (0, n) => CondKind::Compare { op: Order::Le, left: counted, right: number(n), ignoring_case: false },
            (a, b) if a == b => {
                CondKind::Compare { op: Order::Eq, left: counted, right: number(a), ignoring_case: false }
            }
            (a, b) => CondKind::Between { value: counted, low: number(a), high: number(b) },
        };
        Some(Cond { kind, span })
    }

    fn tagged(&mut self, quantifier: Quantifier, paths: &[Literal], span: Span) -> Option<CondKind> {
        let mut parts = Vec::new();
        for path in paths {
            let Literal::String(path) = path else { continue };
            if path.split('/').any(str::is_empty) {
                return self.report(
                    Diagnostic::error("E0129", span, format!("`{path}` is not a tag path"))
                        .help("write the parts with single slashes between them: \"interest/skincare\""),
                );
            }
            parts.push(self.tag(Some(path), span));
        }
        if paths.is_empty() {
            return Some(self.tag(None, span).kind);
        }
        Some(match (quantifier, parts.len()) {
            (Quantifier::None, _) => CondKind::Not(Box::new(Cond { kind: CondKind::Any(parts), span })),
            (_, 1) => parts.pop()?.kind,
            (Quantifier::All, _) => CondKind::All(parts),
            (Quantifier::Any, _) => CondKind::Any(parts),
        })
    }

    /// A tag given to the profile, or by a rule.
    fn tag(&self, path: Option<&str>, span: Span) -> Cond {
        let mut ways = vec![Cond { kind: CondKind::Tagged(path.map(Arc::from)), span }];
        for (given, rule) in &self.context.tags {
            if path.is_none_or(|p| under(given, p)) {
                ways.push(Cond { kind: CondKind::Segment(rule.clone()), span });
            }
        }
        if ways.len() == 1 { ways.remove(0) } else { Cond { kind: CondKind::Any(ways), span } }
    }

    fn segment(&mut self, name: &Name) -> Option<Arc<super::ir::Segment>> {
        if let Some(segment) = self.context.segments.get(&name.text) {
            return Some(segment.clone());
        }
        if self.context.declared_segments.contains(&name.text) {
            // What is wrong with it is said where it is declared.
            return None;
        }
        let declared = self.context.declared_segments.iter();
        let mut known: Vec<&str> = self.context.segments.keys().chain(declared).map(String::as_str).collect();
        known.sort_unstable();
        known.dedup();
        let diagnostic = Diagnostic::error("E0117", name.span, format!("there is no segment `{}`", name.text));
        let diagnostic =
            if known.is_empty() { diagnostic.help("segments are declared in a rulebook") } else { diagnostic };
        self.report(suggest_whole(diagnostic, name.span, &name.text, &known))
    }

    fn in_segment(&mut self, quantifier: Quantifier, names: &[Name], span: Span) -> Option<Cond> {
        let found: Vec<Option<_>> = names.iter().map(|n| self.segment(n)).collect();
        let mut segments = found.into_iter().collect::<Option<Vec<_>>>()?;
        if names.is_empty() {
            segments = self.context.segments.values().cloned().collect();
        }
        let mut parts: Vec<Cond> = segments.into_iter().map(|s| Cond { kind: CondKind::Segment(s), span }).collect();
        let kind = match (quantifier, parts.len()) {
            (Quantifier::Any | Quantifier::All, 1) => return parts.pop(),
            (Quantifier::Any, _) => CondKind::Any(parts),
            (Quantifier::All, _) => CondKind::All(parts),
            (Quantifier::None, _) => CondKind::Not(Box::new(Cond { kind: CondKind::Any(parts), span })),
        };
        Some(Cond { kind, span })
    }

    fn sample(&mut self, percent: &Expr, salt: &Literal) -> Option<CondKind> {
        let share = match &percent.kind {
            ExprKind::Literal(Literal::Percent { mantissa, scale }) => {
                let whole = 100 * 10_i128.pow(u32::from(*scale));
                let mantissa = i128::from(*mantissa);
                (0..=whole).contains(&mantissa).then_some((mantissa, whole))
            }
            _ => None,
        };
        let (Some((mantissa, whole)), Literal::String(salt)) = (share, salt) else {
            let message = if matches!(percent.kind, ExprKind::Literal(Literal::Percent { .. })) {
                "a share lies between 0% and 100%".to_owned()
            } else {
                format!("`{}` is not a percentage written out", self.source(percent.span))
            };
            let diagnostic = Diagnostic::error("E0118", percent.span, message);
            return self.report(diagnostic.help("write `in sample(10%, \"spring-test\")`"));
        };
        // h < share * 2^32, for whole h: h < ceil(share * 2^32)
        let below = ((mantissa << 32) + whole - 1) / whole;
        Some(CondKind::Sample { below: u64::try_from(below).ok()?, salt: salt.as_str().into() })
    }

    fn upcoming(
        &mut self,
        anniversary: bool,
        value: &Expr,
        next: bool,
        within: TimeSpan,
        span: Span,
    ) -> Option<CondKind> {
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
        let within_ = self.lapse(within, span)?;
        let yearly = anniversary || self.is_yearly(&term);
        match term.ty {
            Ty::Date => {}
            Ty::Instant if !anniversary => {}
            Ty::Instant => {
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
            _ => {
                return self.report(
                    Diagnostic::error(
                        "E0105",
                        value.span,
                        format!("`{}` is {}, not a date", self.source(value.span), term.ty.words()),
                    )
                    .help("`in next 7 days` asks about a date or an instant; for events write `within 7 days`"),
                );
            }
        }
        if term.moving {
            return self.report(
                Diagnostic::error("E0114", value.span, "this moves with `now` itself")
                    .help("ask about an attribute or an event"),
            );
        }
        Some(CondKind::Upcoming { value: term, yearly, next, within: within_ })
    }

    /// The attribute whose history is asked about.
    fn tracked(&mut self, value: &Expr) -> Option<(FieldRef, Ty)> {
        if self.is_events(value) {
            let source = self.source(value.span);
            return self.report(
                Diagnostic::error(
                    "E0116",
                    value.span,
                    format!("`{source}` is events; `was` and `changed` ask about the past of an attribute"),
                )
                .help(format!("for events use windows: `{source} within 90 days`")),
            );
        }
        let term = self.any_term(value)?;
        if let TermKind::Field(FieldRef::Attribute(i)) = &term.kind {
            let attribute = self.context.schema().attributes().get(*i)?;
            if attribute.tracked {
                return Some((FieldRef::Attribute(*i), term.ty));
            }
        }
        self.report(
            Diagnostic::error("E0116", value.span, format!("the past of `{}` is not kept", self.source(value.span)))
                .help("only an attribute with `tracked = true` in the schema (or a `History` field) can be asked about its past"),
        )
    }

    /// Refuses `plan for more than 3 days`, where no value is said.
    fn held_value(&mut self, names: &[Name], attribute: &Expr, whole: &Expr) -> Option<()> {
        let term = self.any_term(attribute)?;
        if term.ty == Ty::Bool {
            return Some(());
        }
        let name = crate::syntax::quoted_path(&super::terms::joined(names));
        let from = attribute.span.end as usize;
        let length = self.source(Span::new(from, whole.span.end as usize));
        self.report(
            Diagnostic::error("E0106", attribute.span, format!("`{}` is {}, not a condition", self.source(attribute.span), term.ty.words()))
                .help(format!("say which: `{name} = … {length}`; for whichever it is, ask whether it changed: `not {name} changed within …`")),
        )
    }

    /// The tracked attributes that a `for more than` condition reads; reports anything else that it reads.
    fn held_over(&mut self, cond: &Cond) -> Option<Vec<usize>> {
        let reads = super::reads::Reads::of_condition(cond, self.context.schema());
        let schema = self.context.schema();
        let attributes = reads.attribute_positions();
        let tracked = attributes.iter().all(|i| schema.attributes().get(*i).is_some_and(|a| a.tracked));
        if tracked && !attributes.is_empty() && reads.only_attributes() {
            return Some(attributes);
        }
        let diagnostic = Diagnostic::error(
            "E0116",
            cond.span,
            format!("how long `{}` has held is not known", self.source(cond.span)),
        );
        if let CondKind::Segment(segment) = &cond.kind {
            let name = crate::syntax::quoted_name(&segment.name);
            return self.report(
                diagnostic.help(format!(
                    "ask when it began: `in segment {name} and not entered segment {name} within 3 days`"
                )),
            );
        }
        self.report(
            diagnostic.help("`for more than` follows a condition on attributes with `tracked = true` only; for events use windows: `purchased before 7 days ago`"),
        )
    }

    /// A length of time, fixed or of months.
    pub(super) fn lapse(&mut self, span: TimeSpan, at: Span) -> Option<Lapse> {
        match normal(span) {
            Some(lapse) => Some(lapse),
            None => self.report(
                Diagnostic::error("E0115", at, "this length of time is too long")
                    .help("lengths reach up to 9,999 years; a fraction needs a fixed unit (seconds to weeks)"),
            ),
        }
    }

    /// Whether an expression stands for events.
    pub(super) fn is_events(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Event { kinds: Kinds::One(_) | Kinds::AnyOf(_) | Kinds::Any(_), .. } => true,
            ExprKind::As { events, .. } => self.is_events(events),
            ExprKind::Path(names) => match names.as_slice() {
                [name] => {
                    self.context.schema().kind_index(&name.text).is_some()
                        && self.context.schema().attribute_index(&name.text).is_none()
                        && self.row.is_none()
                }
                _ => false,
            },
            _ => false,
        }
    }

    pub(super) fn happened(&mut self, events: &Expr, windows: &[crate::syntax::Window], span: Span) -> Option<Cond> {
        let select = self.select(events, windows)?;
        Some(Cond { kind: CondKind::Happened(select), span })
    }
}

/// The path itself, or one below it.
pub(crate) fn under(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) fn negate(negated: bool, cond: Cond) -> Cond {
    if negated { Cond { span: cond.span, kind: CondKind::Not(Box::new(cond)) } } else { cond }
}

/// A constant term in the shape of another type; `None` where it is no constant or cannot be equal to any such value.
pub(super) fn same_shape(term: &Term, ty: &Ty) -> Option<Lit> {
    let TermKind::Lit(lit) = &term.kind else { return None };
    match (lit, &term.ty, ty) {
        (Lit::Whole(v), Ty::Exact(from), Ty::Exact(to)) => {
            if to >= from {
                v.checked_mul(10_i128.checked_pow(u32::from(to - from))?).map(Lit::Whole)
            } else {
                let by = 10_i128.checked_pow(u32::from(from - to))?;
                (v % by == 0).then_some(Lit::Whole(v / by))
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
        (Lit::Whole(v), Ty::Exact(scale), Ty::Float) => Some(Lit::Real(*v as f64 / 10_f64.powi(i32::from(*scale)))),
        (Lit::Whole(_), Ty::Exact(0), Ty::Named(_)) => Some(lit.clone()),
        (_, a, b) if a == b && !matches!(b, Ty::Ratio(_)) => Some(lit.clone()),
        _ => None,
    }
}

fn range_of(count: &Times) -> (u64, u64) {
    match *count {
        Times::AtLeast(n) => (n.into(), u64::MAX),
        Times::AtMost(n) => (0, n.into()),
        Times::MoreThan(n) => (u64::from(n) + 1, u64::MAX),
        Times::FewerThan(n) => (u64::from(n == 0), u64::from(n.saturating_sub(1))),
        Times::Exactly(n) => (n.into(), n.into()),
        Times::Between(a, b) => (a.into(), b.into()),
    }
}

/// A written length of time, fixed or of months; `None` where it is too long.
pub(crate) fn normal(span: TimeSpan) -> Option<Lapse> {
    const MOST_MONTHS: i64 = 9_999 * 12;
    let fixed = |unit: i64| -> Option<Lapse> {
        let scale = 10_i128.checked_pow(u32::from(span.scale))?;
        let micros = i128::from(span.mantissa).checked_mul(i128::from(unit))? / scale;
        i64::try_from(micros).ok().filter(|m| *m <= MOST_MONTHS / 12 * 366 * DAY).map(Lapse::Micros)
    };
    let months = |unit: i64| -> Option<Lapse> {
        (span.scale == 0).then_some(())?;
        span.mantissa.checked_mul(unit).filter(|m| *m <= MOST_MONTHS).map(Lapse::Months)
    };
    match span.unit {
        TimeUnit::Second => fixed(SECOND),
        TimeUnit::Minute => fixed(MINUTE),
        TimeUnit::Hour => fixed(HOUR),
        TimeUnit::Day => fixed(DAY),
        TimeUnit::Week => fixed(7 * DAY),
        TimeUnit::Month => months(1),
        TimeUnit::Quarter => months(3),
        TimeUnit::Year => months(12),
    }
}

fn condition_help(source: &str, term: &Term) -> String {
    let comparison = match &term.ty {
        _ if matches!(term.kind, TermKind::Lit(_)) => return format!("compare something with it: `… = {source}`"),
        Ty::Date | Ty::Instant if term.moving => {
            return format!("compare it with a date, or ask for a part of it: `{source}.weekday = monday`");
        }
        Ty::Place => {
            return format!("ask for a distance: `{source} within 5 km of (48.85, 2.35)`, or `{source} exists`");
        }
        Ty::Date | Ty::Instant => return format!("ask when: `{source} within 30 days`, `{source} before 2024-01-01`"),
        Ty::String => "= \"…\"",
        Ty::Duration => "> 5 minutes",
        ty if ty.is_number() => "> 0",
        _ => "= …",
    };
    match &term.kind {
        TermKind::Aggregate { function: Aggregate::Count | Aggregate::Sum | Aggregate::Distinct, .. } => {
            format!("compare it: `{source} {comparison}`")
        }
        _ => format!("compare it: `{source} {comparison}`, or ask `{source} exists`"),
    }
}

/// Whether values of two types can be compared.
pub(super) fn same_kind(left: &Ty, right: &Ty) -> bool {
    match (left, right) {
        (a, b) if a.is_number() && b.is_number() => true,
        (Ty::Named(_), Ty::Exact(0)) | (Ty::Exact(0), Ty::Named(_)) => true,
        (Ty::Enum(a), Ty::Enum(b)) => a.values == b.values,
        (Ty::Place, _) | (_, Ty::Place) => false,
        (a, b) => a == b,
    }
}

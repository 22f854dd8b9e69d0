//! Comparisons and other tests of values: which types go together, and what to say where they do not.

use super::conditions::{Checker, negate};
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, Lit, Order, Pattern, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{CompareOp, DistanceUnit, Expr, ExprKind, Kinds, Literal, Quantifier, TextOp};
use crate::time::{Date, Duration, Instant};
use crate::value::{Decimal, GeoPoint};

impl Checker<'_> {
    pub(super) fn compare(
        &mut self,
        e: &Expr,
        op: CompareOp,
        left: &Expr,
        right: &Expr,
        ignoring_case: bool,
    ) -> Option<Cond> {
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
    pub(super) fn compared_events(&mut self, events: &Expr, other: &Expr) -> Option<Cond> {
        if let ExprKind::Event {
            kinds: Kinds::One(name),
            ..
        } = &events.kind
        {
            self.kind(name)?;
        }
        let source = self.source(events.span);
        let help = match (&events.kind, &other.kind) {
            (_, ExprKind::Literal(Literal::Bool(true))) => format!("write `{source}` alone"),
            (_, ExprKind::Literal(Literal::Bool(false))) => format!("write `not {source}`"),
            (ExprKind::Path(_), ExprKind::Literal(Literal::String(_))) => {
                format!(
                    "a condition on its properties stands in parentheses: `{source}({})`",
                    self.source(other.span)
                )
            }
            (ExprKind::Event { .. }, _) => format!("write `count({source})`"),
            _ => format!(
                "write `count({source})`; a condition on its properties stands in parentheses: `{source}(…)`"
            ),
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
            (Ty::Date, Ty::Instant) => {
                return self.instant_against_date(op.flipped(), right, left, span);
            }
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
        Some(Cond {
            kind: CondKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            },
            span,
        })
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
                "two enums can be compared where they have the same values in the same order"
                    .to_owned(),
            ),
            (a, b) => {
                let help = match (a, b) {
                    (Ty::Date | Ty::Instant, Ty::Duration) if left.depends_on_now => {
                        format!("compare the time since something: `{l} - … > {r}`")
                    }
                    (Ty::Date | Ty::Instant, Ty::Duration) => {
                        format!(
                            "write `{l} before {r} ago`, or compare the time since: `now - {l} > {r}`"
                        )
                    }
                    (Ty::Place, _) | (_, Ty::Place) => {
                        "ask for a distance: `home within 5 km of (48.85, 2.35)`".to_owned()
                    }
                    (Ty::Bool, _) => format!("write `{l}` alone, or `{l} = false`"),
                    _ => "both sides of a comparison must be of one type".to_owned(),
                };
                (
                    format!("`{l}` is {}, but `{r}` is {}", a.words(), b.words()),
                    help,
                )
            }
        };
        let diagnostic = self.retyped(
            Diagnostic::error("E0105", span, message).help(help),
            &left.ty,
            right,
        );
        self.found.push(diagnostic);
        false
    }

    /// Says how a constant of the wrong type is written, where that can be known.
    pub(super) fn retyped(&self, diagnostic: Diagnostic, wanted: &Ty, given: &Term) -> Diagnostic {
        let TermKind::Lit(lit) = &given.kind else {
            return diagnostic;
        };
        let written = self.source(given.span);
        let unquoted = |what: &str, text: &str| {
            diagnostic
                .clone()
                .help(format!("write {what} without quotes: `{text}`"))
                .fix(given.span, text.to_owned())
        };
        match (wanted, lit) {
            (t, Lit::Text(text)) if t.is_number() && text.parse::<Decimal>().is_ok() => {
                unquoted("the number", text)
            }
            (Ty::Date, Lit::Text(text)) if text.parse::<Date>().is_ok() => {
                unquoted("the date", text)
            }
            (Ty::Instant, Lit::Text(text)) if text.parse::<Date>().is_ok() => {
                unquoted("the date", text)
            }
            (Ty::Instant, Lit::Text(text)) if text.parse::<Instant>().is_ok() => {
                unquoted("the instant", text)
            }
            (Ty::Duration, Lit::Text(text)) if text.parse::<Duration>().is_ok() => {
                unquoted("the length of time", text)
            }
            (Ty::Date, Lit::Text(_)) => {
                diagnostic.help("write a date without quotes: `2024-02-29`")
            }
            (Ty::Instant, Lit::Text(_)) => {
                diagnostic.help("write an instant without quotes: `2024-02-29T10:00:00Z`")
            }
            (Ty::Duration, Lit::Text(_)) => {
                diagnostic.help("write a length of time with its unit: `3 days`")
            }
            (Ty::Duration, _) if given.ty.is_number() => diagnostic.help(format!(
                "write a length of time with its unit: `{written} minutes`"
            )),
            (Ty::String | Ty::Version, _) if given.ty.is_number() => {
                let what = if *wanted == Ty::String {
                    "text"
                } else {
                    "version"
                };
                diagnostic
                    .help(format!("write the {what} in quotes: \"{written}\""))
                    .fix(given.span, format!("\"{written}\""))
            }
            _ => diagnostic,
        }
    }

    pub(super) fn between(
        &mut self,
        value: &Expr,
        low: &Expr,
        high: &Expr,
        span: Span,
    ) -> Option<Cond> {
        let value = self.any_term(value)?;
        let ends = (
            self.term(low, Some(&value.ty)),
            self.term(high, Some(&value.ty)),
        );
        let (low, high) = (ends.0?, ends.1?);
        let mixed = |t: &Term| {
            matches!(
                (&value.ty, &t.ty),
                (Ty::Instant, Ty::Date) | (Ty::Date, Ty::Instant)
            )
        };
        if mixed(&low) || mixed(&high) {
            let least = self.comparison(Order::Ge, value.clone(), low, false, span)?;
            let most = self.comparison(Order::Le, value, high, false, span)?;
            return Some(Cond {
                kind: CondKind::All(vec![least, most]),
                span,
            });
        }
        let (a, b) = (
            self.comparable(&value, &low, span),
            self.comparable(&value, &high, span),
        );
        if !a || !b {
            return None;
        }
        // Orders are checked where a comparison is built.
        self.comparison(Order::Ge, value.clone(), low.clone(), false, span)?;
        if let (TermKind::Lit(Lit::Whole(a)), TermKind::Lit(Lit::Whole(b))) =
            (&low.kind, &high.kind)
            && low.ty == high.ty
            && a > b
        {
            self.found.push(
                Diagnostic::warning(
                    "W0102",
                    span,
                    "this never holds: the lower end is above the upper end",
                )
                .help(format!(
                    "write `between {} and {}`",
                    self.source(high.span),
                    self.source(low.span)
                )),
            );
        }
        Some(Cond {
            kind: CondKind::Between { value, low, high },
            span,
        })
    }

    pub(super) fn one_of(
        &mut self,
        value: &Expr,
        list: &[Expr],
        ignoring_case: bool,
        span: Span,
    ) -> Option<Cond> {
        if let Some((_, of)) = self.list_field(value) {
            return self.report(
                Diagnostic::error(
                    "E0124",
                    value.span,
                    format!(
                        "`{}` is a list of values, each {}",
                        self.source(value.span),
                        of.words()
                    ),
                )
                .help(format!(
                    "write `{} contains any of (…)`",
                    self.source(value.span)
                )),
            );
        }
        let value = self.any_term(value)?;
        let items: Vec<Option<Term>> = list.iter().map(|i| self.term(i, Some(&value.ty))).collect();
        let items: Vec<Term> = items.into_iter().collect::<Option<_>>()?;
        let mut set = Vec::with_capacity(items.len());
        for item in &items {
            let mixed = matches!(
                (&value.ty, &item.ty),
                (Ty::Instant, Ty::Date) | (Ty::Date, Ty::Instant)
            );
            if !mixed && !self.comparable(&value, item, item.span) {
                return None;
            }
            set.extend((!mixed).then(|| same_shape(item, &value.ty)).flatten());
        }
        if set.len() == items.len() {
            return Some(Cond {
                kind: CondKind::OneOf {
                    value,
                    set,
                    ignoring_case,
                },
                span,
            });
        }
        let parts: Vec<Option<Cond>> = items
            .into_iter()
            .map(|i| self.comparison(Order::Eq, value.clone(), i, ignoring_case, span))
            .collect();
        Some(Cond {
            kind: CondKind::Any(parts.into_iter().collect::<Option<_>>()?),
            span,
        })
    }

    pub(super) fn contains(
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
            CondKind::Contains {
                list,
                items: items.into_iter().collect::<Option<_>>()?,
                all,
                ignoring_case,
            }
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
            CondKind::Substring {
                value: term,
                items: texts,
                all,
                ignoring_case,
            }
        };
        Some(negate(quantifier == Quantifier::None, Cond { kind, span }))
    }

    pub(super) fn text_test(
        &mut self,
        op: TextOp,
        value: &Expr,
        pattern: &Expr,
        ignoring_case: bool,
        span: Span,
    ) -> Option<Cond> {
        let value_ = self.any_term(value)?;
        if value_.ty != Ty::String {
            return self.report(
                Diagnostic::error(
                    "E0105",
                    value.span,
                    format!(
                        "`{}` is {}, not a text",
                        self.source(value.span),
                        value_.ty.words()
                    ),
                )
                .help("compare it with `=`, `<`, `>` or `between`"),
            );
        }
        let Lit::Text(text) = self.literal_of(pattern, &Ty::String)? else {
            return None;
        };
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
                        regex::Error::CompiledTooBig(_) => {
                            "it grows beyond 1 MiB when compiled".to_owned()
                        }
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
        Some(Cond {
            kind: CondKind::Text {
                op,
                value: value_,
                pattern,
                ignoring_case,
            },
            span,
        })
    }

    pub(super) fn near(
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
                    format!(
                        "`{}` is {}, not a place",
                        self.source(value.span),
                        value_.ty.words()
                    ),
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
                Diagnostic::error(
                    "E0128",
                    e.span,
                    format!("{what} lies between {low} and {high}"),
                )
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
        Some(CondKind::Near {
            value: value_,
            of: GeoPoint { lat, lon },
            metres,
        })
    }
}

/// A constant term in the shape of another type; `None` where it is no constant or cannot be equal to any such value.
pub(super) fn same_shape(term: &Term, ty: &Ty) -> Option<Lit> {
    let TermKind::Lit(lit) = &term.kind else {
        return None;
    };
    match (lit, &term.ty, ty) {
        (Lit::Whole(v), Ty::Exact(from), Ty::Exact(to)) => {
            if to >= from {
                v.checked_mul(10_i128.checked_pow(u32::from(to - from))?)
                    .map(Lit::Whole)
            } else {
                let by = 10_i128.checked_pow(u32::from(from - to))?;
                (v % by == 0).then_some(Lit::Whole(v / by))
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
        (Lit::Whole(v), Ty::Exact(scale), Ty::Float) => {
            Some(Lit::Real(*v as f64 / 10_f64.powi(i32::from(*scale))))
        }
        (Lit::Whole(_), Ty::Exact(0), Ty::Named(_)) => Some(lit.clone()),
        (_, a, b) if a == b && !matches!(b, Ty::Ratio(_)) => Some(lit.clone()),
        _ => None,
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

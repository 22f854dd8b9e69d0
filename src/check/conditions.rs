//! Conditions: a tree becomes a typed condition. All errors are collected; a part that is wrong yields `None` and does
//! not keep the others from being looked at.

use super::context::Context;
use super::relations::Related;
use crate::diagnostic::Diagnostic;
use crate::ir::{
    CalendarSpan, Case, Cond, CondKind, FieldRef, Held, Lit, Operand, Order, Term, TermKind, Ty,
};
use crate::span::Span;
use crate::syntax::{Aggregate, Expr, ExprKind, HeldOp, Kinds, Literal, Name, TimeSpan, Times};
use crate::time::TimeUnit;
use crate::time::{DAY, HOUR, MINUTE, SECOND};

/// Checks an expression as a condition.
pub(super) fn condition(
    expr: &Expr,
    text: &str,
    context: &Context,
    found: &mut Vec<Diagnostic>,
) -> Option<Cond> {
    let mut checker = Checker::new(text, context);
    let cond = checker.cond(expr);
    if let Some(cond) = &cond {
        super::lints::lint(cond, expr, &mut checker);
    }
    found.append(&mut checker.found);
    cond
}

/// Checks an expression as a value: a trait, or what a score is fitted on. A condition is a value that is true or false.
pub(crate) fn value(
    expr: &Expr,
    text: &str,
    context: &Context,
    found: &mut Vec<Diagnostic>,
) -> Option<Term> {
    let mut checker = Checker::new(text, context);
    let mut inner = expr;
    while let ExprKind::AsOf { of, .. } = &inner.kind {
        inner = of;
    }
    let is_value = match &inner.kind {
        ExprKind::Path(_) => !checker.is_events(inner) && checker.relation_of(inner).is_none(),
        ExprKind::Aggregate { .. }
        | ExprKind::Call { .. }
        | ExprKind::Property { .. }
        | ExprKind::Stage(_)
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
            let case = Case {
                cond,
                value: Lit::Whole(1),
                text: text.into(),
            };
            Term {
                kind: TermKind::Cases {
                    cases: vec![case],
                    otherwise,
                },
                ty: Ty::Bool,
                span,
                depends_on_now: false,
            }
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
    /// The relation of the row whose condition is being checked.
    pub(super) related: Option<Related>,
    /// The steps named so far, with their kinds.
    pub(super) steps: Vec<(String, Vec<usize>)>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(text: &'a str, context: &'a Context) -> Self {
        Checker {
            text,
            context,
            found: Vec::new(),
            row: None,
            related: None,
            steps: Vec::new(),
        }
    }

    pub(super) fn report<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.found.push(diagnostic);
        None
    }

    /// The author's own words for a part.
    pub(super) fn source(&self, span: Span) -> String {
        span.of(self.text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn all(&mut self, parts: &[Expr]) -> Option<Vec<Cond>> {
        let checked: Vec<Option<Cond>> = parts.iter().map(|p| self.cond(p)).collect();
        checked.into_iter().collect()
    }

    pub(super) fn cond(&mut self, e: &Expr) -> Option<Cond> {
        if let Some(of_rows) = self.rows_condition(e) {
            return of_rows;
        }
        let span = e.span;
        let kind = match &e.kind {
            ExprKind::Or(parts) => CondKind::Any(self.all(parts)?),
            ExprKind::And(parts) => CondKind::All(self.all(parts)?),
            ExprKind::Not(part) => CondKind::Not(Box::new(self.cond(part)?)),
            ExprKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            } => {
                return self.compare(e, *op, left, right, *ignoring_case);
            }
            ExprKind::Between {
                negated,
                value,
                low,
                high,
            } => {
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
            ExprKind::In {
                negated,
                value,
                list,
                ignoring_case,
            } => {
                let cond = self.one_of(value, list, *ignoring_case, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::Contains {
                negated,
                quantifier,
                value,
                items,
                ignoring_case,
            } => {
                let cond = self.contains(value, items, *quantifier, *ignoring_case, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::Text {
                negated,
                op,
                value,
                pattern,
                ignoring_case,
            } => {
                let cond = self.text_test(*op, value, pattern, *ignoring_case, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::Presence { missing, value } => {
                if self.is_events(value) {
                    return self.happened(value, &[], span).map(|c| negate(*missing, c));
                }
                let present = Cond {
                    kind: CondKind::Present(self.operand(value)?),
                    span,
                };
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
                return Some(negate(
                    *negated,
                    Cond {
                        kind: CondKind::Empty(operand),
                        span,
                    },
                ));
            }
            ExprKind::Near {
                value,
                radius,
                unit,
                latitude,
                longitude,
            } => self.near(value, radius, *unit, latitude, longitude)?,
            ExprKind::InRectangle {
                negated,
                value,
                rectangle,
            } => {
                let kind = self.in_rectangle(value, rectangle)?;
                return Some(negate(*negated, Cond { kind, span }));
            }
            ExprKind::Windowed { subject, windows } => {
                if self.is_events(subject) {
                    return self.happened(subject, windows, span);
                }
                return self.timed(subject, windows, span);
            }
            ExprKind::Times { count, events } => return self.times(count, events, span),
            ExprKind::Regularly {
                count,
                events,
                unit,
                periods,
                of,
            } => {
                let select = self.select(events, &[])?;
                let (least, most) = range_of(count);
                if least > most || *of == 0 || *periods > *of || *of > 1200 {
                    return self.report(
                        Diagnostic::error("E0127", span, "this can never hold as written")
                            .help("`in 3 of last 6 months`: the first number may not exceed the second, and the second is between 1 and 1200"),
                    );
                }
                CondKind::Regularly {
                    select,
                    least,
                    most,
                    unit: *unit,
                    periods: *periods,
                    of: *of,
                }
            }
            ExprKind::Sequence(steps) => self.sequence(steps)?,
            ExprKind::As { events, name } => {
                return self.report(
                    Diagnostic::error(
                        "E0120",
                        name.span,
                        format!("nothing after this can read the step name `{}`", name.text),
                    )
                    .help(format!(
                        "write `{}` alone, or go on with `then …`",
                        self.source(events.span)
                    )),
                );
            }
            ExprKind::Tagged { quantifier, paths } => self.tagged(*quantifier, paths, span)?,
            ExprKind::InSegment {
                negated,
                quantifier,
                segments,
            } => {
                let cond = self.in_segment(*quantifier, segments, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::SegmentMove {
                entered,
                segment,
                within,
            } => {
                let segment_ = self.segment(segment)?;
                CondKind::Moved {
                    entered: *entered,
                    segment: segment_,
                    within: self.calendar_span(*within, span)?,
                }
            }
            ExprKind::InSample {
                negated,
                percent,
                salt,
            } => {
                let kind = self.sample(percent, salt)?;
                return Some(negate(*negated, Cond { kind, span }));
            }
            ExprKind::Upcoming {
                anniversary,
                value,
                next,
                within,
            } => self.upcoming(*anniversary, value, *next, *within, span)?,
            ExprKind::Was {
                negated,
                value,
                values,
                windows,
            } => {
                let (field, ty) = self.tracked(value)?;
                let set = values
                    .iter()
                    .map(|v| self.literal_of(v, &ty))
                    .collect::<Vec<_>>();
                let windows = self.windows(windows, false)?;
                let cond = Cond {
                    kind: CondKind::Was {
                        value: field,
                        set: set.into_iter().collect::<Option<_>>()?,
                        windows,
                    },
                    span,
                };
                return Some(negate(*negated, cond));
            }
            ExprKind::Changed {
                value,
                from,
                to,
                windows,
            } => {
                let (field, ty) = self.tracked(value)?;
                let mut end = |e: &Option<Box<Expr>>| match e {
                    None => Some(None),
                    Some(e) => self.literal_of(e, &ty).map(Some),
                };
                let (from, to) = (end(from)?, end(to)?);
                CondKind::Changed {
                    value: field,
                    from,
                    to,
                    windows: self.windows(windows, false)?,
                }
            }
            ExprKind::AsOf { of, ago } => self.cond_as_of(of, *ago, span)?,
            ExprKind::InStage { ever, stage, of } => {
                return self.in_stage(*ever, stage, of.as_deref(), span);
            }
            ExprKind::StageMove {
                entered,
                stage,
                of,
                within,
            } => self.stage_move(*entered, stage, of.as_deref(), *within, span)?,
            ExprKind::Held {
                condition,
                op,
                duration,
            } => {
                let op = match op {
                    HeldOp::MoreThan => Held::MoreThan,
                    HeldOp::AtLeast => Held::AtLeast,
                    HeldOp::LessThan => Held::LessThan,
                };
                let before = self.found.len();
                if let Some(of) = self.whole_stage(condition) {
                    return Some(Cond {
                        kind: super::stages::held(
                            of,
                            None,
                            op,
                            self.calendar_span(*duration, span)?,
                        ),
                        span,
                    });
                }
                if self.found.len() > before {
                    return None;
                }
                if let ExprKind::Path(names) = &condition.kind
                    && !self.is_events(condition)
                {
                    self.held_value(names, condition, e)?;
                }
                let inner = self.cond(condition)?;
                if let Some((of, stages)) = super::stages::stages_of(&inner) {
                    let duration = self.calendar_span(*duration, span)?;
                    return Some(Cond {
                        kind: super::stages::held(of, Some(stages), op, duration),
                        span,
                    });
                }
                let tracked = self.held_over(&inner)?;
                CondKind::Held {
                    condition: Box::new(inner),
                    tracked,
                    op,
                    duration: self.calendar_span(*duration, span)?,
                }
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
                            format!(
                                "`{}` is {}, not a condition",
                                self.source(span),
                                term.ty.words()
                            ),
                        )
                        .help(condition_help(&self.source(span), &term)),
                    );
                }
            }
        };
        Some(Cond { kind, span })
    }

    fn times(&mut self, count: &Times, events: &Expr, span: Span) -> Option<Cond> {
        let select = self.select(events, &[])?;
        let (least, most) = range_of(count);
        let number = |n: u64| Term {
            kind: TermKind::Lit(Lit::Whole(i128::from(n))),
            ty: Ty::Exact(0),
            span,
            depends_on_now: false,
        };
        let counted = Term {
            kind: TermKind::Aggregate {
                function: Aggregate::Count,
                select: Box::new(select),
                of: None,
            },
            ty: Ty::Exact(0),
            span: events.span,
            depends_on_now: false,
        };
        if least > most {
            self.found.push(
                Diagnostic::warning(
                    "W0102",
                    span,
                    "this never holds: the least number of times is above the greatest",
                )
                .help("the smaller number stands first: `between 2 and 5 times`"),
            );
        }
        let kind = match (least, most) {
            (n, u64::MAX) => CondKind::Compare {
                op: Order::Ge,
                left: counted,
                right: number(n),
                ignoring_case: false,
            },
            (0, n) => CondKind::Compare {
                op: Order::Le,
                left: counted,
                right: number(n),
                ignoring_case: false,
            },
            (a, b) if a == b => CondKind::Compare {
                op: Order::Eq,
                left: counted,
                right: number(a),
                ignoring_case: false,
            },
            (a, b) => CondKind::Between {
                value: counted,
                low: number(a),
                high: number(b),
            },
        };
        Some(Cond { kind, span })
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
        let within_ = self.calendar_span(within, span)?;
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
        if term.depends_on_now {
            return self.report(
                Diagnostic::error("E0114", value.span, "this moves with `now` itself")
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
        let name = crate::syntax::quoted_path(&super::resolve::joined(names));
        let from = attribute.span.end as usize;
        let length = self.source(Span::new(from, whole.span.end as usize));
        self.report(
            Diagnostic::error("E0106", attribute.span, format!("`{}` is {}, not a condition", self.source(attribute.span), term.ty.words()))
                .help(format!("say which: `{name} = … {length}`; for whichever it is, ask whether it changed: `not {name} changed within …`")),
        )
    }

    /// The tracked attributes that a `for more than` condition reads; reports anything else that it reads.
    fn held_over(&mut self, cond: &Cond) -> Option<Vec<usize>> {
        let reads = crate::ir::Reads::of_condition(cond, self.context.schema());
        let schema = self.context.schema();
        let attributes = reads.attribute_positions();
        let tracked = attributes
            .iter()
            .all(|i| schema.attributes().get(*i).is_some_and(|a| a.tracked));
        if tracked && !attributes.is_empty() && reads.only_attributes() {
            return Some(attributes);
        }
        let diagnostic = Diagnostic::error(
            "E0116",
            cond.span,
            format!(
                "how long `{}` has held is not known",
                self.source(cond.span)
            ),
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
    pub(super) fn calendar_span(&mut self, span: TimeSpan, at: Span) -> Option<CalendarSpan> {
        match normal(span) {
            Some(length) => Some(length),
            None => self.report(
                Diagnostic::error("E0115", at, "this length of time is too long")
                    .help("lengths reach up to 9,999 years; a fraction needs a fixed unit (seconds to weeks)"),
            ),
        }
    }

    /// Whether an expression stands for events.
    pub(super) fn is_events(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Event {
                kinds: Kinds::One(_),
                ..
            } => self.relation_of(e).is_none(),
            ExprKind::Event {
                kinds: Kinds::AnyOf(_) | Kinds::Any(_),
                ..
            } => true,
            ExprKind::As { events, .. } => self.is_events(events),
            ExprKind::Path(names) => match names.as_slice() {
                [name] => {
                    self.context.schema().kind_index(&name.text).is_some()
                        && self.context.schema().attribute_index(&name.text).is_none()
                        && (self.row.is_none()
                            || self.is_in_rows() && self.named(&name.text, e.span).is_none())
                        && self.row_property(&name.text, true).is_none()
                }
                _ => false,
            },
            _ => false,
        }
    }

    pub(super) fn happened(
        &mut self,
        events: &Expr,
        windows: &[crate::syntax::Window],
        span: Span,
    ) -> Option<Cond> {
        let select = self.select(events, windows)?;
        Some(Cond {
            kind: CondKind::Happened(select),
            span,
        })
    }
}

pub(super) fn negate(negated: bool, cond: Cond) -> Cond {
    if negated {
        Cond {
            span: cond.span,
            kind: CondKind::Not(Box::new(cond)),
        }
    } else {
        cond
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
pub(crate) fn normal(span: TimeSpan) -> Option<CalendarSpan> {
    const MAX_MONTHS: i64 = 9_999 * 12;
    let fixed = |unit: i64| -> Option<CalendarSpan> {
        let scale = 10_i128.checked_pow(u32::from(span.scale))?;
        let micros = i128::from(span.mantissa).checked_mul(i128::from(unit))? / scale;
        i64::try_from(micros)
            .ok()
            .filter(|m| *m <= MAX_MONTHS / 12 * 366 * DAY)
            .map(CalendarSpan::Micros)
    };
    let months = |unit: i64| -> Option<CalendarSpan> {
        (span.scale == 0).then_some(())?;
        span.mantissa
            .checked_mul(unit)
            .filter(|m| *m <= MAX_MONTHS)
            .map(CalendarSpan::Months)
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
        _ if matches!(term.kind, TermKind::Lit(_)) => {
            return format!("compare something with it: `… = {source}`");
        }
        Ty::Date | Ty::Instant if term.depends_on_now => {
            return format!(
                "compare it with a date, or ask for a part of it: `{source}.weekday = monday`"
            );
        }
        Ty::Place => {
            return format!(
                "ask for a distance: `{source} within 5 km of (48.85, 2.35)`, or `{source} exists`"
            );
        }
        Ty::Date | Ty::Instant => {
            return format!("ask when: `{source} within 30 days`, `{source} before 2024-01-01`");
        }
        Ty::String => "= \"…\"",
        Ty::Duration => "> 5 minutes",
        ty if ty.is_number() => "> 0",
        _ => "= …",
    };
    match &term.kind {
        TermKind::Aggregate {
            function: Aggregate::Count | Aggregate::Sum | Aggregate::Distinct,
            ..
        } => {
            format!("compare it: `{source} {comparison}`")
        }
        _ => format!("compare it: `{source} {comparison}`, or ask `{source} exists`"),
    }
}

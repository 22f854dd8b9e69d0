//! Values: what an expression that is no condition stands for, and literals.

use super::compare::same_shape;
use super::conditions::{Checker, normal};
use super::suggest::suggest_whole;
use crate::diagnostic::Diagnostic;
use crate::ir::{CalendarSpan, Lit, Operand, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{ArithmeticOp, Expr, ExprKind, Kinds, Literal};

impl Checker<'_> {
    /// A value of whatever type.
    pub(super) fn any_term(&mut self, e: &Expr) -> Option<Term> {
        self.term(e, None)
    }

    /// Two values that are compared: a bare word opposite an enum is one of its values.
    pub(super) fn pair(&mut self, left: &Expr, right: &Expr) -> Option<(Term, Term)> {
        if self.is_bare_unknown(left) && !self.is_bare_unknown(right) {
            let right = self.any_term(right)?;
            let left = self.term(left, Some(&right.ty))?;
            return Some((left, right));
        }
        let left = self.any_term(left);
        let right = match &left {
            Some(left) => self.term(right, Some(&left.ty)),
            // The left side is reported already; what else is wrong on the right is still worth saying.
            None if self.is_bare_unknown(right) => None,
            None => self.any_term(right),
        };
        Some((left?, right?))
    }

    /// A constant of the given type.
    pub(super) fn literal_of(&mut self, e: &Expr, ty: &Ty) -> Option<Lit> {
        let term = self.term(e, Some(ty))?;
        if let Some(lit) = same_shape(&term, ty) {
            return Some(lit);
        }
        let source = self.source(e.span);
        let diagnostic = if matches!(term.kind, TermKind::Lit(_)) {
            let message = format!(
                "`{source}` is {}, but {} is needed here",
                term.ty.words(),
                ty.words()
            );
            self.retyped(Diagnostic::error("E0105", e.span, message), ty, &term)
        } else {
            Diagnostic::error(
                "E0105",
                e.span,
                format!("`{source}` is not a value written out"),
            )
            .help("only constants can stand here")
        };
        self.report(diagnostic)
    }

    pub(super) fn operand(&mut self, e: &Expr) -> Option<Operand> {
        match self.list_field(e) {
            Some((field, _)) => Some(Operand::List(field)),
            None => self.any_term(e).map(Operand::Term),
        }
    }

    pub(super) fn term(&mut self, e: &Expr, expected: Option<&Ty>) -> Option<Term> {
        if let Some(of_rows) = self.rows_value(e, expected) {
            return of_rows;
        }
        let span = e.span;
        let make = |kind, ty, depends_on_now| {
            Some(Term {
                kind,
                ty,
                span,
                depends_on_now,
            })
        };
        match &e.kind {
            ExprKind::Literal(literal) => self.literal(literal, span, expected),
            ExprKind::Path(names) => self.path(names, span, expected),
            ExprKind::Property { of, name } => self.property(of, name, span),
            ExprKind::Stage(of) => self.stage_of(of, span),
            ExprKind::Aggregate { function, argument } => self.aggregate(*function, argument, span),
            ExprKind::Negate(of) => {
                let of = self.any_term(of)?;
                if !matches!(
                    of.ty,
                    Ty::Exact(_) | Ty::Float | Ty::Ratio(_) | Ty::Duration
                ) {
                    return self.report(
                        Diagnostic::error(
                            "E0105",
                            span,
                            format!(
                                "`{}` is {}, which has no negative",
                                self.source(of.span),
                                of.ty.words()
                            ),
                        )
                        .help("a sign goes with numbers and lengths of time"),
                    );
                }
                if let TermKind::Lit(Lit::Whole(v)) = of.kind {
                    return make(TermKind::Lit(Lit::Whole(-v)), of.ty, false);
                }
                let ty = if matches!(of.ty, Ty::Ratio(_)) {
                    Ty::Float
                } else {
                    of.ty.clone()
                };
                let depends_on_now = of.depends_on_now;
                make(TermKind::Negate(Box::new(of)), ty, depends_on_now)
            }
            ExprKind::Arithmetic { op, left, right } => {
                if let Some(Ty::String | Ty::Enum(_)) = expected
                    && let Some(text) = self.hyphenated(e)
                {
                    let diagnostic = Diagnostic::error(
                        "E0101",
                        span,
                        format!("`{text}` is read as one name minus another"),
                    );
                    return self.report(
                        diagnostic
                            .help(format!("a text stands in quotes: \"{text}\""))
                            .fix(span, format!("\"{text}\"")),
                    );
                }
                self.arithmetic(*op, left, right, span)
            }
            ExprKind::Relative { duration, past } => {
                let sign = if *past { -1 } else { 1 };
                let now = Term {
                    kind: TermKind::Now,
                    ty: Ty::Instant,
                    span,
                    depends_on_now: true,
                };
                match self.calendar_span(*duration, span)? {
                    CalendarSpan::Months(n) => make(
                        TermKind::PlusMonths {
                            of: Box::new(now),
                            months: sign * n,
                        },
                        Ty::Instant,
                        true,
                    ),
                    CalendarSpan::Micros(n) => {
                        let by = Term {
                            kind: TermKind::Lit(Lit::Whole(i128::from(sign * n))),
                            ty: Ty::Duration,
                            span,
                            depends_on_now: false,
                        };
                        let kind = TermKind::Arithmetic {
                            op: ArithmeticOp::Add,
                            left: Box::new(now),
                            right: Box::new(by),
                        };
                        make(kind, Ty::Instant, true)
                    }
                }
            }
            ExprKind::AsOf { of, ago } => self.term_as_of(of, *ago, span, expected),
            ExprKind::Call {
                function,
                arguments,
            } => self.call(function, arguments, span),
            _ => {
                if let ExprKind::Event {
                    kinds: Kinds::One(name),
                    ..
                } = &e.kind
                {
                    self.kind(name)?;
                }
                let source = self.source(span);
                if self.is_events(e) || matches!(e.kind, ExprKind::Windowed { .. }) {
                    return self.report(
                        Diagnostic::error(
                            "E0108",
                            span,
                            format!("`{source}` is events, not a value"),
                        )
                        .help(format!("write `count({source})`, or `last({source}).at`")),
                    );
                }
                self.report(
                    Diagnostic::error("E0107", span, format!("`{source}` is a condition, not a value"))
                        .help("a value is a number, a text, a date …; conditions are joined by `and` and `or`"),
                )
            }
        }
    }

    fn literal(&mut self, literal: &Literal, span: Span, expected: Option<&Ty>) -> Option<Term> {
        let (lit, ty, depends_on_now) = match literal {
            Literal::Bool(b) => (Lit::Whole(i128::from(*b)), Ty::Bool, false),
            Literal::Number { mantissa, scale } => {
                (Lit::Whole(i128::from(*mantissa)), Ty::Exact(*scale), false)
            }
            Literal::Percent { mantissa, scale } => (
                Lit::Whole(i128::from(*mantissa)),
                Ty::Exact(scale + 2),
                false,
            ),
            Literal::String(text) => match expected {
                Some(Ty::Enum(_) | Ty::Named(_)) => return self.enum_value(text, span, expected?),
                Some(Ty::Version) => (Lit::Text(text.as_str().into()), Ty::Version, false),
                _ => (Lit::Text(text.as_str().into()), Ty::String, false),
            },
            Literal::Date(days) => (Lit::Whole(i128::from(*days)), Ty::Date, false),
            Literal::Instant(micros) => (Lit::Whole(i128::from(*micros)), Ty::Instant, false),
            Literal::Duration(length) => match normal(*length) {
                Some(CalendarSpan::Micros(n)) => (Lit::Whole(i128::from(n)), Ty::Duration, false),
                Some(CalendarSpan::Months(_)) => {
                    return self.report(
                        Diagnostic::error(
                            "E0115",
                            span,
                            "months, quarters and years have no fixed length",
                        )
                        .help("compare with days, or ask with a window: `before 6 months ago`"),
                    );
                }
                None => {
                    return self.report(Diagnostic::error(
                        "E0115",
                        span,
                        "this length of time is too long",
                    ));
                }
            },
            Literal::Now => {
                return Some(Term {
                    kind: TermKind::Now,
                    ty: Ty::Instant,
                    span,
                    depends_on_now: true,
                });
            }
            Literal::Today(days) => {
                return Some(Term {
                    kind: TermKind::Today(i64::from(*days)),
                    ty: Ty::Date,
                    span,
                    depends_on_now: true,
                });
            }
        };
        Some(Term {
            kind: TermKind::Lit(lit),
            ty,
            span,
            depends_on_now,
        })
    }

    /// A text with hyphens whose quotes were forgotten.
    fn hyphenated(&self, e: &Expr) -> Option<String> {
        let mut of = e;
        while let ExprKind::Arithmetic {
            op: ArithmeticOp::Subtract,
            left,
            ..
        } = &of.kind
        {
            of = left;
        }
        let text = e.span.of(self.text);
        (self.is_bare_unknown(of) && !text.contains(|c: char| c.is_whitespace() || c == '('))
            .then(|| text.to_owned())
    }

    /// A name as one of an enum's values.
    pub(super) fn enum_value(&mut self, name: &str, span: Span, ty: &Ty) -> Option<Term> {
        let (index, known): (Option<usize>, Vec<&str>) = match ty {
            Ty::Enum(e) => (
                e.index_of(name),
                e.values.iter().map(String::as_str).collect(),
            ),
            Ty::Named(names) => (
                names.iter().position(|n| *n == name).map(|i| i + 1),
                names.to_vec(),
            ),
            _ => return None,
        };
        if let Some(index) = index {
            let lit = Lit::Whole(i128::try_from(index).ok()?);
            return Some(Term {
                kind: TermKind::Lit(lit),
                ty: ty.clone(),
                span,
                depends_on_now: false,
            });
        }
        let diagnostic = Diagnostic::error(
            "E0104",
            span,
            format!("`{name}` is none of the values that can stand here"),
        );
        self.report(suggest_whole(diagnostic, span, name, &known))
    }
}

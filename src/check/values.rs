//! Values: names, literals, signs, and what stands where no value can stand.

use super::checker::Checker;
use super::duration::normal;
use super::resolve::{Resolution, joined, member_of, part, part_type};
use super::suggest::suggest;
use super::types::{Expected, same_shape};
use super::unresolved::events_words;
use crate::diagnostic::Diagnostic;
use crate::ir::{CalendarSpan, Lit, Operand, Part, Term, TermKind, Ty};
use crate::schema::EVENT_PARTS;
use crate::span::Span;
use crate::syntax::{ArithmeticOp, Expr, ExprKind, KindSelector, Literal, Name, TimeSpan};

impl Checker<'_> {
    /// Two values that are compared: a bare word opposite an enum is one of its values.
    pub(super) fn pair(&mut self, left: &Expr, right: &Expr) -> Option<(Term, Term)> {
        if self.is_bare_unknown(left) && !self.is_bare_unknown(right) {
            let right = self.any_term(right)?;
            let left = self.term(left, Some(Expected::like(&right)))?;
            return Some((left, right));
        }
        let left = self.any_term(left);
        let right = match &left {
            Some(left) => self.term(right, Some(Expected::like(left))),
            // The left side is reported already; what else is wrong on the right is still worth saying.
            None if self.is_bare_unknown(right) => None,
            None => self.any_term(right),
        };
        Some((left?, right?))
    }

    /// A constant of the given type.
    pub(super) fn literal_of(&mut self, e: &Expr, expected: Expected<'_>) -> Option<Lit> {
        let ty = expected.ty;
        let term = self.term(e, Some(expected))?;
        if let Some(lit) = same_shape(&term, ty) {
            return Some(lit);
        }
        self.report(if matches!(term.kind, TermKind::Lit(_)) {
            self.retyped(self.mismatch(&ty.words(), &term), ty, &term)
        } else {
            let message = format!("`{}` is not a constant", self.source(e.span));
            Diagnostic::error("E0105", e.span, message).help("only constants can stand here")
        })
    }

    pub(super) fn operand(&mut self, e: &Expr) -> Option<Operand> {
        match self.list_field(e) {
            Some((field, _)) => Some(Operand::List(field)),
            None => self.any_term(e).map(Operand::Term),
        }
    }

    pub(super) fn literal(
        &mut self,
        literal: &Literal,
        span: Span,
        expected: Option<Expected<'_>>,
    ) -> Option<Term> {
        let (lit, ty) = match literal {
            Literal::Bool(b) => (Lit::Whole(i128::from(*b)), Ty::Bool),
            Literal::Number { mantissa, scale } => (Lit::Whole(*mantissa), Ty::Exact(*scale)),
            Literal::Percent { mantissa, scale } => {
                (Lit::Whole(i128::from(*mantissa)), Ty::Exact(scale + 2))
            }
            Literal::String(text) => match expected.map(|e| e.ty) {
                Some(Ty::Enum(_) | Ty::Named(_)) => return self.member(text, span, expected?),
                Some(Ty::Version) => (Lit::Text(text.as_str().into()), Ty::Version),
                _ => (Lit::Text(text.as_str().into()), Ty::String),
            },
            Literal::Date(days) => (Lit::Whole(i128::from(*days)), Ty::Date),
            Literal::Instant(micros) => (Lit::Whole(i128::from(*micros)), Ty::Instant),
            Literal::Duration(length) => match normal(*length) {
                Some(CalendarSpan::Micros(n)) => (Lit::Whole(i128::from(n)), Ty::Duration),
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
                        "this duration is too long",
                    ));
                }
            },
            Literal::Now => {
                return Some(Term::new(TermKind::Now, Ty::Instant, span));
            }
            Literal::Today(days) => {
                return Some(Term::new(TermKind::Today(i64::from(*days)), Ty::Date, span));
            }
        };
        Some(Term::new(TermKind::Lit(lit), ty, span))
    }

    /// A text with hyphens whose quotes were forgotten.
    fn hyphenated(&self, e: &Expr) -> Option<String> {
        let (mut of, mut is_unknown) = (e, false);
        while let ExprKind::Arithmetic {
            op: ArithmeticOp::Subtract,
            left,
            right,
        } = &of.kind
        {
            is_unknown |= self.is_bare_unknown(right);
            of = left;
        }
        is_unknown |= self.is_bare_unknown(of);
        let text = self.source(e.span);
        let is_word = !text.contains(|c: char| c.is_whitespace() || c == '(');
        (is_unknown && is_word).then(|| text.to_owned())
    }

    /// A name as one of an enum's values.
    fn member(&mut self, name: &str, span: Span, expected: Expected<'_>) -> Option<Term> {
        let ty = expected.ty;
        match member_of(name, ty) {
            Some(index) => {
                let lit = Lit::Whole(i128::try_from(index).ok()?);
                Some(Term::new(TermKind::Lit(lit), ty.clone(), span))
            }
            None => self.report(self.no_member(name, span, expected)),
        }
    }

    /// A path where a value is wanted.
    pub(super) fn path(
        &mut self,
        names: &[Name],
        span: Span,
        expected: Option<Expected<'_>>,
    ) -> Option<Term> {
        match self.resolve(names, span, expected) {
            Resolution::Member => self.member(&joined(names), span, expected?),
            Resolution::Value(term) => Some(term),
            Resolution::PartOf(term, part) => self.part_of(term, part, names.last()?),
            Resolution::Stage => self.bare_stage(span),
            Resolution::Unresolved(why) => {
                let diagnostic = self.explain_path(why, names, span, expected)?;
                self.report(diagnostic)
            }
        }
    }

    fn part_of(&mut self, of: Term, part: Part, name: &Name) -> Option<Term> {
        let span = of.span.to(name.span);
        let fits = of.ty == Ty::Instant || of.ty == Ty::Date && part != Part::Hour;
        if !fits {
            let message = format!("{} has no `{}`", of.ty.words(), name.text);
            return self.report(Diagnostic::error("E0103", name.span, message));
        }
        let of = Box::new(of);
        Some(Term::new(
            TermKind::Part { part, of },
            part_type(part),
            span,
        ))
    }

    /// A calendar part of a value that is no name: `(now - 3 days).weekday`.
    pub(super) fn part_of_value(&mut self, of: &Expr, name: &Name) -> Option<Term> {
        let of = self.any_term(of)?;
        if let Some(part) = part(&name.text) {
            return self.part_of(of, part, name);
        }
        let message = format!("{} has no `{}`", of.ty.words(), name.text);
        let diagnostic = Diagnostic::error("E0103", name.span, message);
        self.report(suggest(diagnostic, name.span, &name.text, EVENT_PARTS))
    }

    /// `-a`
    pub(super) fn negated(&mut self, of: &Expr, span: Span) -> Option<Term> {
        let of = self.any_term(of)?;
        let signed = of.ty.is_number() || of.ty == Ty::Duration;
        if !signed {
            let diagnostic = self.mismatch("a number or `duration`", &of);
            return self.report(diagnostic.help("only numbers and durations can be negated"));
        }
        if let TermKind::Lit(Lit::Whole(v)) = of.kind {
            return Some(Term::new(TermKind::Lit(Lit::Whole(-v)), of.ty, span));
        }
        let ty = if matches!(of.ty, Ty::Ratio(_)) {
            Ty::Float
        } else {
            of.ty.clone()
        };
        Some(Term::new(TermKind::Negate(Box::new(of)), ty, span))
    }

    /// `30 days ago`, `2 months from now`
    pub(super) fn relative(&mut self, duration: TimeSpan, past: bool, span: Span) -> Option<Term> {
        let sign = if past { -1 } else { 1 };
        let now = Box::new(Term::new(TermKind::Now, Ty::Instant, span));
        let kind = match self.calendar_span(duration, span)? {
            CalendarSpan::Months(n) => TermKind::PlusMonths {
                of: now,
                months: sign * n,
            },
            CalendarSpan::Micros(n) => {
                let by = TermKind::Lit(Lit::Whole(i128::from(sign * n)));
                TermKind::Arithmetic {
                    op: ArithmeticOp::Add,
                    left: now,
                    right: Box::new(Term::new(by, Ty::Duration, span)),
                }
            }
        };
        Some(Term::new(kind, Ty::Instant, span))
    }

    /// A text with hyphens, opposite a string, whose quotes were forgotten: `city = baden-baden`.
    pub(super) fn missing_quotes(
        &self,
        e: &Expr,
        expected: Option<Expected<'_>>,
    ) -> Option<Diagnostic> {
        let expected = expected.filter(|e| matches!(e.ty, Ty::String | Ty::Enum(_)))?;
        let text = self.hyphenated(e)?;
        if matches!(expected.ty, Ty::Enum(_)) && member_of(&text, expected.ty).is_none() {
            return Some(self.no_member(&text, e.span, expected));
        }
        let message = format!("`{text}` is read as one name minus another");
        Some(
            Diagnostic::error("E0101", e.span, message)
                .help(format!("strings are written in double quotes: \"{text}\""))
                .fix(e.span, format!("\"{text}\"")),
        )
    }

    /// What is no value: events, or a condition.
    pub(super) fn no_value<T>(&mut self, e: &Expr) -> Option<T> {
        if let ExprKind::Event { kinds, conditions } = &e.kind
            && matches!(kinds, KindSelector::One(_))
        {
            self.kinds(kinds, conditions)?;
        }
        let source = self.source(e.span);
        if self.is_events(e) || matches!(e.kind, ExprKind::Windowed { .. }) {
            let message = format!("`{source}` is {}, not a value", events_words(e));
            let diagnostic = Diagnostic::error("E0108", e.span, message);
            return self.report(
                diagnostic.help(format!("write `count({source})`, or `last({source}).at`")),
            );
        }
        let message = format!("`{source}` is a condition, not a value");
        self.report(Diagnostic::error("E0107", e.span, message).help(
            "a value is a number, a string, a date …; conditions are joined by `and` and `or`",
        ))
    }
}

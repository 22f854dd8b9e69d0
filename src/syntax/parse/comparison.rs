//! Comparisons and the other tests of a value: texts, lists, ranges, histories, places.

use super::cursor::{PairCursor, ParseResult, TreeBuilder, internal, quantifier, span_of};
use super::predicate::{Predicate, PredicateState, misplaced_suffix};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{CompareOp, DayRange, DistanceUnit, Expr, ExprKind, Quantifier, TextOp};
use pest::iterators::Pair;

impl TreeBuilder {
    /// Refuses a test behind another test or behind windows.
    pub(super) fn before_test(
        &mut self,
        predicate: &Predicate,
        span: Span,
        rule: Rule,
    ) -> ParseResult<()> {
        if predicate.is_plain() {
            Ok(())
        } else {
            Err(misplaced_suffix(predicate, span, rule))
        }
    }

    pub(super) fn test(
        &mut self,
        predicate: Predicate,
        pair: Pair<'_, Rule>,
        span: Span,
    ) -> ParseResult<Predicate> {
        let rule = pair.as_rule();
        let mut parts = PairCursor::of(pair);
        let state = if matches!(rule, Rule::was_suffix | Rule::changed_suffix) {
            PredicateState::History
        } else {
            PredicateState::Test
        };
        let Predicate {
            base,
            gap,
            later_step,
            ..
        } = predicate;
        let span = base.span.to(span);
        let base = Expr {
            kind: self.test_of(rule, Box::new(base), &mut parts)?,
            span,
        };
        Ok(Predicate {
            gap,
            ..Predicate::new(base, state, later_step)
        })
    }

    /// Which days are asked about: `in next 7 days`, `today`, `in 2 days`.
    pub(super) fn days(&mut self, parts: &mut PairCursor<'_>) -> ParseResult<DayRange> {
        let range = match parts.next()?.as_rule() {
            Rule::kw_today => return Ok(DayRange::Today(0)),
            Rule::kw_yesterday => return Ok(DayRange::Today(-1)),
            Rule::kw_tomorrow => return Ok(DayRange::Today(1)),
            _ if parts.take(Rule::kw_next).is_some() => DayRange::Next,
            _ if parts.take(Rule::kw_last).is_some() => DayRange::Last,
            _ => DayRange::In,
        };
        Ok(range(self.duration(parts.expect(Rule::duration)?)?))
    }

    fn test_of(
        &mut self,
        rule: Rule,
        value: Box<Expr>,
        parts: &mut PairCursor<'_>,
    ) -> ParseResult<ExprKind> {
        Ok(match rule {
            Rule::comparison => {
                let sign = parts.expect(Rule::compare_op)?;
                let op = match sign.as_str() {
                    "=" => CompareOp::Eq,
                    "!=" => CompareOp::Ne,
                    "<" => CompareOp::Lt,
                    "<=" => CompareOp::Le,
                    ">" => CompareOp::Gt,
                    _ => CompareOp::Ge,
                };
                let right = Box::new(self.sum(parts.expect(Rule::sum)?)?);
                let ignoring = parts.take(Rule::ignoring);
                if let (Some(words), true) =
                    (&ignoring, !matches!(op, CompareOp::Eq | CompareOp::Ne))
                {
                    self.errors.push(
                        Diagnostic::error("E0028", span_of(words), format!("`ignoring case` cannot be used with `{}`", sign.as_str()))
                            .secondary(span_of(&sign), "this compares by order")
                            .help("it can be used with `=`, `!=`, `in`, `contains`, `starts with`, `ends with`, `like` and `matches`"),
                    );
                }
                ExprKind::Compare {
                    op,
                    left: value,
                    right,
                    ignoring_case: ignoring.is_some(),
                }
            }
            Rule::in_suffix => {
                parts.expect(Rule::kw_in)?;
                self.in_list(value, false, parts)?
            }
            Rule::days_suffix => {
                let days = self.days(parts)?;
                if matches!(days, DayRange::Today(_)) && is_bare(&value, "during") {
                    let message = "`during` needs an event or a date before it";
                    return Err(Box::new(Diagnostic::error("E0014", value.span, message)));
                }
                ExprKind::Upcoming {
                    anniversary: false,
                    value,
                    days,
                }
            }
            Rule::not_suffix => {
                parts.expect(Rule::kw_not)?;
                let suffix = parts.next()?;
                let rule = suffix.as_rule();
                let mut inner = PairCursor::of(suffix);
                match rule {
                    Rule::negated_in => {
                        inner.expect(Rule::kw_in)?;
                        self.in_list(value, true, &mut inner)?
                    }
                    Rule::between => {
                        let (low, high) = self.between(inner)?;
                        ExprKind::Between {
                            negated: true,
                            value,
                            low: Box::new(low),
                            high: Box::new(high),
                        }
                    }
                    Rule::contains_suffix => self.contains(value, true, &mut inner)?,
                    Rule::rectangle => {
                        let rectangle = Box::new(self.rectangle(inner)?);
                        ExprKind::InRectangle {
                            negated: true,
                            value,
                            rectangle,
                        }
                    }
                    _ => self.text(value, true, &mut inner)?,
                }
            }
            Rule::contains_suffix => self.contains(value, false, parts)?,
            Rule::text_suffix => self.text(value, false, parts)?,
            Rule::exists_suffix => ExprKind::Presence {
                missing: false,
                value,
            },
            Rule::is_suffix => {
                parts.expect(Rule::kw_is)?;
                if parts.take(Rule::kw_missing).is_some() {
                    ExprKind::Presence {
                        missing: true,
                        value,
                    }
                } else {
                    ExprKind::Empty {
                        negated: parts.take(Rule::kw_not).is_some(),
                        value,
                    }
                }
            }
            Rule::was_suffix => {
                parts.expect(Rule::kw_was)?;
                let negated = parts.take(Rule::kw_not).is_some();
                let values = if parts.take(Rule::kw_in).is_some() {
                    self.list(parts.expect(Rule::list)?)?
                } else {
                    vec![self.sum(parts.expect(Rule::sum)?)?]
                };
                ExprKind::Was {
                    negated,
                    value,
                    values,
                    windows: Vec::new(),
                }
            }
            Rule::changed_suffix => {
                parts.expect(Rule::kw_changed)?;
                let mut end = |builder: &mut Self, word| {
                    let given = parts.take(word).is_some();
                    if given {
                        builder
                            .sum(parts.expect(Rule::sum)?)
                            .map(|end| Some(Box::new(end)))
                    } else {
                        Ok(None)
                    }
                };
                let from = end(self, Rule::kw_from)?;
                let to = end(self, Rule::kw_to)?;
                ExprKind::Changed {
                    value,
                    from,
                    to,
                    windows: Vec::new(),
                }
            }
            _ => return Err(internal(value.span)),
        })
    }

    fn in_list(
        &mut self,
        value: Box<Expr>,
        negated: bool,
        parts: &mut PairCursor<'_>,
    ) -> ParseResult<ExprKind> {
        let list = self.list(parts.expect(Rule::list)?)?;
        let ignoring_case = parts.take(Rule::ignoring).is_some();
        Ok(ExprKind::In {
            negated,
            value,
            list,
            ignoring_case,
        })
    }

    fn contains(
        &mut self,
        value: Box<Expr>,
        negated: bool,
        parts: &mut PairCursor<'_>,
    ) -> ParseResult<ExprKind> {
        parts.expect(Rule::kw_contains)?;
        let (which, items) = if let Some(word) = parts.take(Rule::quantifier) {
            parts.expect(Rule::kw_of)?;
            (
                quantifier(word.as_str()),
                self.list(parts.expect(Rule::list)?)?,
            )
        } else {
            (Quantifier::Any, vec![self.sum(parts.expect(Rule::sum)?)?])
        };
        let ignoring_case = parts.take(Rule::ignoring).is_some();
        Ok(ExprKind::Contains {
            negated,
            quantifier: which,
            value,
            items,
            ignoring_case,
        })
    }

    fn text(
        &mut self,
        value: Box<Expr>,
        negated: bool,
        parts: &mut PairCursor<'_>,
    ) -> ParseResult<ExprKind> {
        let op = match parts.next()?.as_rule() {
            Rule::starts_with => TextOp::StartsWith,
            Rule::ends_with => TextOp::EndsWith,
            Rule::kw_like => TextOp::Like,
            _ => TextOp::Matches,
        };
        let pattern = Box::new(self.sum(parts.expect(Rule::sum)?)?);
        let ignoring_case = parts.take(Rule::ignoring).is_some();
        Ok(ExprKind::Text {
            negated,
            op,
            value,
            pattern,
            ignoring_case,
        })
    }

    pub(super) fn between(&mut self, mut parts: PairCursor<'_>) -> ParseResult<(Expr, Expr)> {
        parts.expect(Rule::kw_between)?;
        let low = self.sum(parts.expect(Rule::sum)?)?;
        parts.expect(Rule::kw_and)?;
        Ok((low, self.sum(parts.expect(Rule::sum)?)?))
    }

    pub(super) fn near(
        &mut self,
        predicate: Predicate,
        pair: Pair<'_, Rule>,
        span: Span,
    ) -> ParseResult<Predicate> {
        let mut parts = PairCursor::of(pair);
        let radius = Box::new(self.postfix(parts.expect(Rule::postfix)?)?);
        let unit = match parts.expect(Rule::distance_unit)?.as_str() {
            "m" => DistanceUnit::Metre,
            "km" => DistanceUnit::Kilometre,
            _ => DistanceUnit::Mile,
        };
        parts.expect(Rule::kw_of)?;
        parts.expect(Rule::lparen)?;
        let latitude = Box::new(self.sum(parts.expect(Rule::sum)?)?);
        parts.expect(Rule::comma)?;
        let longitude = Box::new(self.sum(parts.expect(Rule::sum)?)?);
        Ok(
            predicate.wrap(PredicateState::Test, span, |value| ExprKind::Near {
                value: Box::new(value),
                radius,
                unit,
                latitude,
                longitude,
            }),
        )
    }
}

/// Whether an expression is this name, without backticks.
fn is_bare(expr: &Expr, word: &str) -> bool {
    let length = (expr.span.end - expr.span.start) as usize;
    matches!(&expr.kind, ExprKind::Path(names) if matches!(&names[..], [name] if name.text == word))
        && length == word.len()
}

//! Predicates: a prefix (a value, an event term) and the tests, windows and counts that follow it.

use super::cursor::{PairCursor, ParseResult, TreeBuilder, internal, name, span_of};
use super::literal;
use super::predicate::{Counted, Predicate, PredicateState, misplaced_suffix, set_gap};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{
    Expr, ExprKind, Gap, HeldOp, Literal, Period, PeriodLength, Regularity, TimeSpan, Times,
    Window, WindowKind,
};
use crate::syntax::vocabulary::{calendar_unit, calendar_word};
use crate::time::CalendarUnit;
use pest::iterators::Pair;

impl TreeBuilder {
    /// Reads a predicate.
    pub(super) fn predicate(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let mut parts = PairCursor::of(pair);
        let prefix = parts.next()?;
        if prefix.as_rule() != Rule::sum {
            return self.prefixed_predicate(prefix, parts);
        }
        let base = self.sum(prefix)?;
        if parts.peek().is_none() {
            Ok(base)
        } else {
            self.suffixes(base, PredicateState::Open, parts)
        }
    }

    fn prefixed_predicate(
        &mut self,
        prefix: Pair<'_, Rule>,
        parts: PairCursor<'_>,
    ) -> ParseResult<Expr> {
        let (base, state) = self.prefix(prefix)?;
        self.suffixes(base, state, parts)
    }

    fn suffixes(
        &mut self,
        base: Expr,
        state: PredicateState,
        mut parts: PairCursor<'_>,
    ) -> ParseResult<Expr> {
        let mut predicate = Predicate {
            keyword_prefix: state == PredicateState::Test,
            ..Predicate::new(base, state, false)
        };
        while parts.peek().is_some() {
            predicate = self.suffix(predicate, parts.next()?)?;
        }
        Ok(predicate.finish().0)
    }

    /// Reads a predicate behind `then`, where `within D` and `between D and D` are the time since the step before.
    pub(super) fn later_step(&mut self, pair: Pair<'_, Rule>) -> ParseResult<(Expr, Option<Gap>)> {
        let mut parts = PairCursor::of(pair);
        let prefix = parts.next()?;
        let (base, state) = if prefix.as_rule() == Rule::sum {
            (self.sum(prefix)?, PredicateState::Open)
        } else {
            self.prefix(prefix)?
        };
        let mut predicate = Predicate {
            keyword_prefix: state == PredicateState::Test,
            ..Predicate::new(base, state, true)
        };
        while parts.peek().is_some() {
            predicate = self.suffix(predicate, parts.next()?)?;
        }
        Ok(predicate.finish())
    }

    fn suffix(&mut self, mut predicate: Predicate, pair: Pair<'_, Rule>) -> ParseResult<Predicate> {
        let span = span_of(&pair);
        let rule = pair.as_rule();
        match rule {
            Rule::within_suffix | Rule::point_suffix | Rule::during_suffix => {
                let place = predicate.base.span;
                let mut parts = PairCursor::of(pair);
                if rule == Rule::within_suffix {
                    parts.expect(Rule::kw_within)?;
                    if let Some(near) = parts.take(Rule::near) {
                        self.before_test(&predicate, span, rule)?;
                        return self.near(predicate, near, span);
                    }
                    if parts.peek() == Some(Rule::duration) {
                        return self.within(predicate, parts, span);
                    }
                }
                let kind = match rule {
                    Rule::within_suffix => self.within_word(parts)?,
                    Rule::point_suffix => self.point(parts)?,
                    _ => WindowKind::During(self.period(parts, span.to(place))?),
                };
                self.window(&mut predicate, kind, span, Rule::within_suffix)?;
                Ok(predicate)
            }
            Rule::between_suffix => self.between_suffix(predicate, pair, span),
            Rule::times_suffix => {
                let mut parts = PairCursor::of(pair);
                let how = parts.next()?.as_rule();
                let number = parts.next()?;
                let n = match number.as_rule() {
                    Rule::kw_once => 1,
                    Rule::kw_twice => 2,
                    _ => self.recover_with(literal::whole(number.as_str(), span_of(&number)), 0),
                };
                let times = match how {
                    Rule::at_least => Times::AtLeast(n),
                    Rule::at_most => Times::AtMost(n),
                    Rule::more_than => Times::MoreThan(n),
                    Rule::fewer_than => Times::FewerThan(n),
                    _ => Times::Exactly(n),
                };
                parts.take(Rule::kw_times);
                self.count(predicate, times, parts, span)
            }
            Rule::as_of => {
                if !predicate.keyword_prefix {
                    return Err(misplaced_suffix(&predicate, span, rule));
                }
                let later_step = predicate.later_step;
                let (expr, gap) = predicate.finish();
                Ok(Predicate {
                    gap,
                    ..Predicate::new(self.as_of(expr, pair)?, PredicateState::Test, later_step)
                })
            }
            Rule::as_suffix => {
                if predicate.state != PredicateState::Open
                    || predicate.name.is_some()
                    || predicate.times.is_some()
                {
                    return Err(Box::new(
                        Diagnostic::error(
                            "E0025",
                            span,
                            "a name can only be given to an event term",
                        )
                        .help("put `as` right after the event, as in `purchased(\"tv\") as p`"),
                    ));
                }
                let mut parts = PairCursor::of(pair);
                parts.expect(Rule::kw_as)?;
                predicate.name = Some(name(&parts.expect(Rule::name)?));
                Ok(predicate)
            }
            Rule::for_suffix => {
                if predicate.state == PredicateState::Closed || predicate.gap.is_some() {
                    return Err(misplaced_suffix(&predicate, span, rule));
                }
                let mut parts = PairCursor::of(pair);
                parts.expect(Rule::kw_for)?;
                let op = match parts.next()?.as_rule() {
                    Rule::more_than => HeldOp::MoreThan,
                    Rule::at_least => HeldOp::AtLeast,
                    _ => HeldOp::LessThan,
                };
                let duration = self.duration(parts.expect(Rule::duration)?)?;
                Ok(
                    predicate.wrap(PredicateState::Closed, span, |condition| ExprKind::Held {
                        condition: Box::new(condition),
                        op,
                        duration,
                    }),
                )
            }
            _ => {
                self.before_test(&predicate, span, rule)?;
                self.test(predicate, pair, span)
            }
        }
    }

    /// `within D`, `within D after X`, `within D before X`.
    fn within(
        &mut self,
        mut predicate: Predicate,
        mut parts: PairCursor<'_>,
        span: Span,
    ) -> ParseResult<Predicate> {
        let duration = self.duration(parts.expect(Rule::duration)?)?;
        let kind = match parts.peek() {
            None if predicate.later_step && predicate.state == PredicateState::Open => {
                set_gap(&mut predicate, Gap::Within(duration), span)?;
                return Ok(predicate);
            }
            None => WindowKind::Within(duration),
            Some(direction) => {
                parts.next()?;
                let anchor = self.sum(parts.expect(Rule::sum)?)?;
                if direction == Rule::kw_after {
                    WindowKind::WithinAfter(duration, anchor)
                } else {
                    WindowKind::WithinBefore(duration, anchor)
                }
            }
        };
        self.window(&mut predicate, kind, span, Rule::within_suffix)?;
        Ok(predicate)
    }

    /// `within next D`, `within last D`.
    fn within_word(&mut self, mut parts: PairCursor<'_>) -> ParseResult<WindowKind> {
        let next = parts.next()?.as_rule() == Rule::kw_next;
        let duration = self.duration(parts.expect(Rule::duration)?)?;
        Ok(if next {
            WindowKind::WithinNext(duration)
        } else {
            WindowKind::Within(duration)
        })
    }

    fn point(&mut self, mut parts: PairCursor<'_>) -> ParseResult<WindowKind> {
        let word = parts.next()?.as_rule();
        let point = self.sum(parts.expect(Rule::sum)?)?;
        Ok(match word {
            Rule::kw_since => WindowKind::Since(point),
            Rule::kw_before => WindowKind::Before(point),
            Rule::kw_after => WindowKind::After(point),
            _ => WindowKind::On(point),
        })
    }

    fn between_suffix(
        &mut self,
        mut predicate: Predicate,
        pair: Pair<'_, Rule>,
        span: Span,
    ) -> ParseResult<Predicate> {
        let mut parts = PairCursor::of(pair);
        if let Some(times) = parts.take(Rule::times_between) {
            let mut bounds = Vec::new();
            for number in times
                .into_inner()
                .filter(|part| part.as_rule() == Rule::whole)
            {
                bounds
                    .push(self.recover_with(literal::whole(number.as_str(), span_of(&number)), 0));
            }
            let [low, high] = bounds[..] else {
                return Err(internal(span));
            };
            return self.count(predicate, Times::Between(low, high), parts, span);
        }
        if let Some(corners) = parts.take(Rule::rectangle) {
            self.before_test(&predicate, span, Rule::between_suffix)?;
            let rectangle = Box::new(self.rectangle(PairCursor::of(corners))?);
            return Ok(predicate.wrap(PredicateState::Test, span, |value| {
                let value = Box::new(value);
                ExprKind::InRectangle {
                    negated: false,
                    value,
                    rectangle,
                }
            }));
        }
        let (low, high) = self.between(PairCursor::of(parts.expect(Rule::between)?))?;
        if let (true, PredicateState::Open, Some(low), Some(high)) = (
            predicate.later_step,
            predicate.state,
            plain(&low),
            plain(&high),
        ) {
            set_gap(&mut predicate, Gap::Between(low, high), span)?;
        } else {
            self.window(
                &mut predicate,
                WindowKind::Between(low, high),
                span,
                Rule::between_suffix,
            )?;
        }
        Ok(predicate)
    }

    fn window(
        &mut self,
        predicate: &mut Predicate,
        kind: WindowKind,
        span: Span,
        rule: Rule,
    ) -> ParseResult<()> {
        let window = Window { kind, span };
        match (&mut predicate.base.kind, predicate.state) {
            (_, PredicateState::Open) => predicate.windows.push(window),
            (
                ExprKind::Was { windows, .. } | ExprKind::Changed { windows, .. },
                PredicateState::History,
            ) => {
                windows.push(window);
                predicate.base.span = predicate.base.span.to(span);
            }
            _ => return Err(misplaced_suffix(predicate, span, rule)),
        }
        Ok(())
    }

    fn count(
        &mut self,
        mut predicate: Predicate,
        times: Times,
        mut parts: PairCursor<'_>,
        span: Span,
    ) -> ParseResult<Predicate> {
        if predicate.state != PredicateState::Open || predicate.times.is_some() {
            return Err(misplaced_suffix(&predicate, span, Rule::times_suffix));
        }
        let regular = match parts.take(Rule::regular) {
            Some(pair) => Some(self.regular(pair)?),
            None => None,
        };
        predicate.times = Some(Counted {
            times,
            regular,
            span,
        });
        Ok(predicate)
    }

    /// `per month in 3 of last 6 months`, `per 30 days in 3 of last 6 periods`.
    fn regular(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Regularity> {
        let mut parts = PairCursor::of(pair);
        parts.expect(Rule::kw_per)?;
        let written = parts.next()?;
        let (per, per_span) = (written.as_str(), span_of(&written));
        let length = if written.as_rule() == Rule::duration {
            PeriodLength::Rolling(self.duration(written)?)
        } else {
            PeriodLength::Calendar(calendar_unit(per).unwrap_or(CalendarUnit::Day))
        };
        parts.expect(Rule::kw_in)?;
        let number = parts.expect(Rule::whole)?;
        let periods = self.recover_with(literal::whole(number.as_str(), span_of(&number)), 0);
        parts.expect(Rule::kw_of)?;
        parts.expect(Rule::kw_last)?;
        let number = parts.expect(Rule::whole)?;
        let of = self.recover_with(literal::whole(number.as_str(), span_of(&number)), 0);
        let last = parts.next()?;
        let (fits, wanted) = match length {
            PeriodLength::Calendar(unit) => (
                calendar_unit(last.as_str()) == Some(unit),
                format!("{}s", calendar_word(unit)),
            ),
            PeriodLength::Rolling(_) => (last.as_rule() == Rule::kw_periods, "periods".to_owned()),
        };
        if !fits {
            let message = format!("`per {per}` needs `{wanted}`, not `{}`", last.as_str());
            self.errors.push(
                Diagnostic::error("E0026", span_of(&last), message)
                    .secondary(per_span, "the length of a period is given here")
                    .fix(span_of(&last), wanted),
            );
        }
        Ok(Regularity {
            length,
            periods,
            of,
        })
    }

    /// What stands behind `during`.
    pub(super) fn period(&mut self, mut parts: PairCursor<'_>, whole: Span) -> ParseResult<Period> {
        parts.expect(Rule::kw_during)?;
        let day = |offset| {
            Ok(Period::Single {
                unit: CalendarUnit::Day,
                offset,
            })
        };
        let period = parts.next()?;
        match period.as_rule() {
            Rule::kw_today => return day(0),
            Rule::kw_yesterday => return day(-1),
            Rule::kw_tomorrow => return day(1),
            _ => {}
        }
        let place = span_of(&period);
        let mut parts = PairCursor::of(period);
        let which = parts.next()?.as_rule();
        let count = parts
            .take(Rule::whole)
            .map(|number| self.recover_with(literal::whole(number.as_str(), span_of(&number)), 0));
        let unit = calendar_unit(parts.expect(Rule::calendar_unit)?.as_str())
            .ok_or_else(|| internal(whole))?;
        Ok(match (which, count) {
            (Rule::kw_this, None) => Period::Single { unit, offset: 0 },
            (Rule::kw_last, None) => Period::Single { unit, offset: -1 },
            (Rule::kw_next, None) => Period::Single { unit, offset: 1 },
            (Rule::kw_last, Some(count)) => Period::Last { unit, count },
            (Rule::kw_next, Some(count)) => Period::Next { unit, count },
            _ => {
                let word = calendar_word(unit);
                return Err(Box::new(
                    Diagnostic::error("E0026", place, "`this` takes a single period").help(format!(
                        "write `this {word}`, or `last … {word}s` for the whole {word}s before it"
                    )),
                ));
            }
        })
    }
}

/// A duration and nothing else.
fn plain(expr: &Expr) -> Option<TimeSpan> {
    match expr.kind {
        ExprKind::Literal(Literal::Duration(span)) => Some(span),
        _ => None,
    }
}

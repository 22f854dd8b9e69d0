//! Predicates: a head (a value, an event term) and the tests, windows and counts that follow it.

use super::draft::{Counted, Draft, State, gap, second};
use super::grammar::Rule;
use super::parse::{Builder, Built, Parts, internal, name, span_of};
use super::tree::{
    Expr, ExprKind, Gap, HeldOp, Literal, Period, TimeSpan, Times, Window, WindowKind,
};
use super::{literal, spelling};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::time::CalendarUnit;
use pest::iterators::Pair;

impl Builder {
    /// Reads a predicate.
    pub(super) fn predicate(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let mut parts = Parts::of(pair);
        let head = parts.next()?;
        if head.as_rule() != Rule::sum {
            return self.word_predicate(head, parts);
        }
        let base = self.sum(head)?;
        if parts.peek().is_none() {
            Ok(base)
        } else {
            self.tails(base, State::Open, parts)
        }
    }

    fn word_predicate(&mut self, head: Pair<'_, Rule>, parts: Parts<'_>) -> Built<Expr> {
        let (base, state) = self.head(head)?;
        self.tails(base, state, parts)
    }

    fn tails(&mut self, base: Expr, state: State, mut parts: Parts<'_>) -> Built<Expr> {
        let mut draft = Draft {
            worded: state == State::Test,
            ..Draft::new(base, state, false)
        };
        while parts.peek().is_some() {
            draft = self.tail(draft, parts.next()?)?;
        }
        Ok(draft.finish().0)
    }

    /// Reads a predicate behind `then`, where `within D` and `between D and D` are the time since the step before.
    pub(super) fn later_step(&mut self, pair: Pair<'_, Rule>) -> Built<(Expr, Option<Gap>)> {
        let mut parts = Parts::of(pair);
        let head = parts.next()?;
        let (base, state) = if head.as_rule() == Rule::sum {
            (self.sum(head)?, State::Open)
        } else {
            self.head(head)?
        };
        let mut draft = Draft {
            worded: state == State::Test,
            ..Draft::new(base, state, true)
        };
        while parts.peek().is_some() {
            draft = self.tail(draft, parts.next()?)?;
        }
        Ok(draft.finish())
    }

    fn tail(&mut self, mut draft: Draft, pair: Pair<'_, Rule>) -> Built<Draft> {
        let span = span_of(&pair);
        let rule = pair.as_rule();
        match rule {
            Rule::within_tail | Rule::point_tail | Rule::during_tail => {
                let place = draft.base.span;
                let mut parts = Parts::of(pair);
                if rule == Rule::within_tail {
                    parts.expect(Rule::kw_within)?;
                    if let Some(near) = parts.take(Rule::near) {
                        self.before_test(&draft, span, rule)?;
                        return self.near(draft, near, span);
                    }
                    if parts.peek() == Some(Rule::duration) {
                        return self.within(draft, parts, span);
                    }
                }
                let kind = match rule {
                    Rule::within_tail => self.within_word(parts)?,
                    Rule::point_tail => self.point(parts)?,
                    _ => WindowKind::During(self.period(parts, span.to(place))?),
                };
                self.window(&mut draft, kind, span, Rule::within_tail)?;
                Ok(draft)
            }
            Rule::between_tail => self.between_tail(draft, pair, span),
            Rule::times_tail => {
                let mut parts = Parts::of(pair);
                let how = parts.next()?.as_rule();
                let number = parts.next()?;
                let n = match number.as_rule() {
                    Rule::kw_once => 1,
                    Rule::kw_twice => 2,
                    _ => self.note(literal::whole(number.as_str(), span_of(&number)), 0),
                };
                let times = match how {
                    Rule::at_least => Times::AtLeast(n),
                    Rule::at_most => Times::AtMost(n),
                    Rule::more_than => Times::MoreThan(n),
                    Rule::fewer_than => Times::FewerThan(n),
                    _ => Times::Exactly(n),
                };
                parts.take(Rule::kw_times);
                self.count(draft, times, parts, span)
            }
            Rule::as_of => {
                if !draft.worded {
                    return Err(second(&draft, span, rule));
                }
                let later_step = draft.later_step;
                let (expr, gap) = draft.finish();
                Ok(Draft {
                    gap,
                    ..Draft::new(self.as_of(expr, pair)?, State::Test, later_step)
                })
            }
            Rule::as_tail => {
                if draft.state != State::Open || draft.name.is_some() || draft.times.is_some() {
                    return Err(Box::new(
                        Diagnostic::error(
                            "E0025",
                            span,
                            "a name can only be given to an event term",
                        )
                        .help("put `as` right behind the event, as in `purchased(\"tv\") as p`"),
                    ));
                }
                let mut parts = Parts::of(pair);
                parts.expect(Rule::kw_as)?;
                draft.name = Some(name(&parts.expect(Rule::name)?));
                Ok(draft)
            }
            Rule::for_tail => {
                if draft.state == State::Closed || draft.gap.is_some() {
                    return Err(second(&draft, span, rule));
                }
                let mut parts = Parts::of(pair);
                parts.expect(Rule::kw_for)?;
                let op = match parts.next()?.as_rule() {
                    Rule::more_than => HeldOp::MoreThan,
                    Rule::at_least => HeldOp::AtLeast,
                    _ => HeldOp::LessThan,
                };
                let duration = self.duration(parts.expect(Rule::duration)?)?;
                Ok(draft.wrap(State::Closed, span, |condition| ExprKind::Held {
                    condition: Box::new(condition),
                    op,
                    duration,
                }))
            }
            _ => {
                self.before_test(&draft, span, rule)?;
                self.test(draft, pair, span)
            }
        }
    }

    /// `within D`, `within D after X`, `within D before X`.
    fn within(&mut self, mut draft: Draft, mut parts: Parts<'_>, span: Span) -> Built<Draft> {
        let duration = self.duration(parts.expect(Rule::duration)?)?;
        let kind = match parts.peek() {
            None if draft.later_step && draft.state == State::Open => {
                gap(&mut draft, Gap::Within(duration), span)?;
                return Ok(draft);
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
        self.window(&mut draft, kind, span, Rule::within_tail)?;
        Ok(draft)
    }

    /// `within next D`, `within last D`.
    fn within_word(&mut self, mut parts: Parts<'_>) -> Built<WindowKind> {
        let next = parts.next()?.as_rule() == Rule::kw_next;
        let duration = self.duration(parts.expect(Rule::duration)?)?;
        Ok(if next {
            WindowKind::WithinNext(duration)
        } else {
            WindowKind::Within(duration)
        })
    }

    fn point(&mut self, mut parts: Parts<'_>) -> Built<WindowKind> {
        let word = parts.next()?.as_rule();
        let point = self.sum(parts.expect(Rule::sum)?)?;
        Ok(match word {
            Rule::kw_since => WindowKind::Since(point),
            Rule::kw_before => WindowKind::Before(point),
            Rule::kw_after => WindowKind::After(point),
            _ => WindowKind::On(point),
        })
    }

    fn between_tail(&mut self, mut draft: Draft, pair: Pair<'_, Rule>, span: Span) -> Built<Draft> {
        let mut parts = Parts::of(pair);
        if let Some(times) = parts.take(Rule::times_between) {
            let mut bounds = Vec::new();
            for number in times
                .into_inner()
                .filter(|part| part.as_rule() == Rule::whole)
            {
                bounds.push(self.note(literal::whole(number.as_str(), span_of(&number)), 0));
            }
            let [low, high] = bounds[..] else {
                return Err(internal(span));
            };
            return self.count(draft, Times::Between(low, high), parts, span);
        }
        if let Some(corners) = parts.take(Rule::rectangle) {
            self.before_test(&draft, span, Rule::between_tail)?;
            let rectangle = Box::new(self.rectangle(Parts::of(corners))?);
            return Ok(draft.wrap(State::Test, span, |value| {
                let value = Box::new(value);
                ExprKind::InRectangle {
                    negated: false,
                    value,
                    rectangle,
                }
            }));
        }
        let (low, high) = self.between(Parts::of(parts.expect(Rule::between)?))?;
        if let (true, State::Open, Some(low), Some(high)) =
            (draft.later_step, draft.state, plain(&low), plain(&high))
        {
            gap(&mut draft, Gap::Between(low, high), span)?;
        } else {
            self.window(
                &mut draft,
                WindowKind::Between(low, high),
                span,
                Rule::between_tail,
            )?;
        }
        Ok(draft)
    }

    fn window(&mut self, draft: &mut Draft, kind: WindowKind, span: Span, rule: Rule) -> Built<()> {
        let window = Window { kind, span };
        match (&mut draft.base.kind, draft.state) {
            (_, State::Open) => draft.windows.push(window),
            (ExprKind::Was { windows, .. } | ExprKind::Changed { windows, .. }, State::History) => {
                windows.push(window);
                draft.base.span = draft.base.span.to(span);
            }
            _ => return Err(second(draft, span, rule)),
        }
        Ok(())
    }

    fn count(
        &mut self,
        mut draft: Draft,
        times: Times,
        mut parts: Parts<'_>,
        span: Span,
    ) -> Built<Draft> {
        if draft.state != State::Open || draft.times.is_some() {
            return Err(second(&draft, span, Rule::times_tail));
        }
        let regular = match parts.take(Rule::regular) {
            Some(pair) => Some(self.regular(pair)?),
            None => None,
        };
        draft.times = Some(Counted {
            times,
            regular,
            span,
        });
        Ok(draft)
    }

    /// `per month in 3 of last 6 months`.
    fn regular(&mut self, pair: Pair<'_, Rule>) -> Built<(CalendarUnit, u32, u32)> {
        let mut parts = Parts::of(pair);
        parts.expect(Rule::kw_per)?;
        let word = parts.expect(Rule::calendar_unit)?;
        let unit = literal::calendar_unit(word.as_str()).unwrap_or(CalendarUnit::Day);
        parts.expect(Rule::kw_in)?;
        let number = parts.expect(Rule::whole)?;
        let periods = self.note(literal::whole(number.as_str(), span_of(&number)), 0);
        parts.expect(Rule::kw_of)?;
        parts.expect(Rule::kw_last)?;
        let number = parts.expect(Rule::whole)?;
        let of = self.note(literal::whole(number.as_str(), span_of(&number)), 0);
        let last = parts.expect(Rule::calendar_unit)?;
        if literal::calendar_unit(last.as_str()) != Some(unit) {
            let wanted = format!("{}s", spelling::calendar_word(unit));
            self.errors.push(
                Diagnostic::error(
                    "E0026",
                    span_of(&last),
                    format!(
                        "`per {}` goes with `{wanted}`, not `{}`",
                        word.as_str(),
                        last.as_str()
                    ),
                )
                .fix(span_of(&last), wanted),
            );
        }
        Ok((unit, periods, of))
    }

    /// What stands behind `during`.
    fn period(&mut self, mut parts: Parts<'_>, whole: Span) -> Built<Period> {
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
        let mut parts = Parts::of(period);
        let which = parts.next()?.as_rule();
        let count = parts
            .take(Rule::whole)
            .map(|number| self.note(literal::whole(number.as_str(), span_of(&number)), 0));
        let unit = literal::calendar_unit(parts.expect(Rule::calendar_unit)?.as_str())
            .ok_or_else(|| internal(whole))?;
        Ok(match (which, count) {
            (Rule::kw_this, None) => Period::Single { unit, offset: 0 },
            (Rule::kw_last, None) => Period::Single { unit, offset: -1 },
            (Rule::kw_next, None) => Period::Single { unit, offset: 1 },
            (Rule::kw_last, Some(count)) => Period::Last { unit, count },
            (Rule::kw_next, Some(count)) => Period::Next { unit, count },
            _ => {
                let word = spelling::calendar_word(unit);
                return Err(Box::new(
                    Diagnostic::error("E0026", place, "`this` goes with one period").help(format!(
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

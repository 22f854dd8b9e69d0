//! Reads what a trigger waits for.

use super::cursor::{PairCursor, ParseResult, TreeBuilder, internal, name, span_of};
use crate::diagnostic::Diagnostic;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::Name;
use crate::syntax::trigger::{Clock, DateForm, Lead, TriggerOn, TriggerOnKind};
use crate::time::{HOUR, WEEKDAYS};
use pest::iterators::Pair;

impl TreeBuilder {
    pub(super) fn trigger_on(&mut self, form: Pair<'_, Rule>) -> ParseResult<TriggerOn> {
        let span = span_of(&form);
        let rule = form.as_rule();
        if rule == Rule::sequence {
            return Ok(TriggerOn {
                kind: TriggerOnKind::Events(self.sequence(form)?),
                span,
            });
        }
        let mut parts = PairCursor::of(form);
        let kind = match rule {
            Rule::stage_change => self.stage_change(&mut parts)?,
            Rule::any_move => {
                parts.expect(Rule::kw_any)?;
                parts.expect(Rule::kw_move)?;
                TriggerOnKind::Stage {
                    from: None,
                    to: None,
                    of: self.of_lifecycle(&mut parts)?,
                }
            }
            Rule::segment_entry => {
                let entered = parts.peek() == Some(Rule::kw_enter);
                TriggerOnKind::Segment {
                    entered,
                    segment: last_name(&mut parts)?,
                }
            }
            Rule::schedule => self.schedule(&mut parts)?,
            Rule::dated => TriggerOnKind::Date(self.dated(&mut parts)?),
            _ => return Err(internal(span)),
        };
        Ok(TriggerOn { kind, span })
    }

    fn stage_change(&mut self, parts: &mut PairCursor<'_>) -> ParseResult<TriggerOnKind> {
        let word = parts.next()?.as_rule();
        let (from, to) = if word == Rule::kw_stage {
            let from = name(&parts.expect(Rule::name)?);
            parts.expect(Rule::arrow)?;
            (Some(from), Some(name(&parts.expect(Rule::name)?)))
        } else {
            parts.expect(Rule::kw_stage)?;
            let stage = Some(name(&parts.expect(Rule::name)?));
            if word == Rule::kw_enter {
                (None, stage)
            } else {
                (stage, None)
            }
        };
        let of = self.of_lifecycle(parts)?;
        Ok(TriggerOnKind::Stage { from, to, of })
    }

    pub(super) fn dated(&mut self, parts: &mut PairCursor<'_>) -> ParseResult<DateForm> {
        parts.take(Rule::kw_on);
        let lead = match parts.take(Rule::duration) {
            Some(length) => {
                let span = span_of(&length);
                let length = self.duration(length)?;
                let before = parts.next()?.as_rule() == Rule::kw_before;
                Some(Lead {
                    length,
                    before,
                    span,
                })
            }
            None => None,
        };
        let value = self.sum(parts.expect(Rule::sum)?)?;
        parts.expect(Rule::kw_at)?;
        Ok(DateForm {
            lead,
            value,
            at: self.clock(&parts.expect(Rule::clock)?),
        })
    }

    fn schedule(&mut self, parts: &mut PairCursor<'_>) -> ParseResult<TriggerOnKind> {
        parts.expect(Rule::kw_every)?;
        let (every, at) = self.every(parts)?;
        Ok(TriggerOnKind::Schedule {
            every,
            at,
            segment: last_name(parts)?,
        })
    }

    pub(super) fn clock(&mut self, pair: &Pair<'_, Rule>) -> Clock {
        let (span, text) = (span_of(pair), pair.as_str());
        Clock::parse(text)
            .filter(|clock| clock.0 < 24 * HOUR)
            .unwrap_or_else(|| {
                let diagnostic =
                    Diagnostic::error("E0301", span, format!("`{text}` is not a time of day"));
                self.errors
                    .push(diagnostic.help("write `00:00` to `23:59`"));
                Clock(0)
            })
    }
}

/// The number of a weekday, from Monday on.
pub(super) fn weekday(name: &str) -> u8 {
    let day = WEEKDAYS.iter().position(|day| *day == name).unwrap_or(0);
    u8::try_from(day).unwrap_or(0)
}

/// The name that ends a form.
fn last_name(parts: &mut PairCursor<'_>) -> ParseResult<Name> {
    loop {
        let part = parts.next()?;
        if part.as_rule() == Rule::name {
            return Ok(name(&part));
        }
    }
}

//! Heads that begin with words of their own: memberships, tags, stages and other conditions that stand alone.

use super::cursor::{
    PairCursor, ParseResult, TreeBuilder, dotted, internal, name, quantifier, span_of,
};
use super::predicate::PredicateState;
use crate::diagnostic::Diagnostic;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{
    DayRange, Expr, ExprKind, JourneyMoveKind, Name, OfJourney, OfLifecycle, Quantifier,
};
use pest::iterators::Pair;

impl TreeBuilder {
    /// A prefix that begins with a word of its own.
    pub(super) fn prefix(&mut self, pair: Pair<'_, Rule>) -> ParseResult<(Expr, PredicateState)> {
        let span = span_of(&pair);
        let rule = pair.as_rule();
        let mut parts = PairCursor::of(pair);
        let (kind, state) = match rule {
            Rule::in_condition => {
                let negated = parts.take(Rule::kw_not).is_some();
                parts.expect(Rule::kw_in)?;
                (
                    self.in_condition(parts.next()?, negated)?,
                    PredicateState::Test,
                )
            }
            Rule::in_stage => {
                parts.expect(Rule::kw_in)?;
                let word = parts.expect(Rule::kw_stage)?;
                let kind = match (self.stage_name(&mut parts)?, self.of_lifecycle(&mut parts)?) {
                    (Some(stage), of) => ExprKind::InStage {
                        ever: false,
                        stage,
                        of,
                    },
                    (None, Some(of)) => ExprKind::Stage(of),
                    (None, None) => ExprKind::Path(vec![Name {
                        text: word.as_str().to_owned(),
                        span: span_of(&word),
                    }]),
                };
                (kind, PredicateState::Test)
            }
            Rule::ever_in_stage => {
                parts.expect(Rule::kw_ever)?;
                parts.expect(Rule::kw_in)?;
                parts.expect(Rule::kw_stage)?;
                let Some(stage) = self.stage_name(&mut parts)? else {
                    return Err(internal(span));
                };
                (
                    ExprKind::InStage {
                        ever: true,
                        stage,
                        of: self.of_lifecycle(&mut parts)?,
                    },
                    PredicateState::Test,
                )
            }
            Rule::stage_move => {
                let entered = parts.next()?.as_rule() == Rule::kw_entered;
                parts.expect(Rule::kw_stage)?;
                let Some(stage) = self.stage_name(&mut parts)? else {
                    return Err(internal(span));
                };
                let of = self.of_lifecycle(&mut parts)?;
                parts.expect(Rule::kw_within)?;
                let within = self.duration(parts.expect(Rule::duration)?)?;
                (
                    ExprKind::StageMove {
                        entered,
                        stage,
                        of,
                        within,
                    },
                    PredicateState::Test,
                )
            }
            Rule::in_journey => {
                parts.expect(Rule::kw_in)?;
                let step = match parts.next()?.as_rule() {
                    Rule::kw_step => Some(name(&parts.expect(Rule::name)?)),
                    _ => None,
                };
                parts.take(Rule::kw_of);
                let of = self.of_journey(parts.expect(Rule::of_journey)?)?;
                (ExprKind::InJourney { step, of }, PredicateState::Test)
            }
            Rule::journey_move => {
                let what = match parts.next()?.as_rule() {
                    Rule::kw_entered => JourneyMoveKind::Entered,
                    Rule::kw_left => JourneyMoveKind::Left,
                    _ => JourneyMoveKind::ReachedGoal,
                };
                parts.next()?;
                parts.take(Rule::kw_of);
                let of = self.of_journey(parts.expect(Rule::of_journey)?)?;
                parts.expect(Rule::kw_within)?;
                let within = self.duration(parts.expect(Rule::duration)?)?;
                (
                    ExprKind::JourneyMove { what, of, within },
                    PredicateState::Test,
                )
            }
            Rule::anniversary => {
                parts.expect(Rule::kw_anniversary)?;
                parts.expect(Rule::kw_of)?;
                let value = Box::new(self.sum(parts.expect(Rule::sum)?)?);
                let days = match parts.take(Rule::during_suffix) {
                    Some(during) => DayRange::During(self.period(PairCursor::of(during), span)?),
                    None => self.days(&mut parts)?,
                };
                let kind = ExprKind::Upcoming {
                    anniversary: true,
                    value,
                    days,
                };
                (kind, PredicateState::Test)
            }
            Rule::segment_move => {
                let entered = parts.next()?.as_rule() == Rule::kw_entered;
                parts.expect(Rule::kw_segment)?;
                let segment = name(&parts.expect(Rule::name)?);
                parts.expect(Rule::kw_within)?;
                let within = self.duration(parts.expect(Rule::duration)?)?;
                (
                    ExprKind::SegmentMove {
                        entered,
                        segment,
                        within,
                    },
                    PredicateState::Test,
                )
            }
            Rule::tagged => (self.tagged(parts)?, PredicateState::Test),
            Rule::all_rows => {
                parts.expect(Rule::kw_all)?;
                let relation = dotted(&mut parts)?;
                (
                    ExprKind::AllRows {
                        relation,
                        conditions: self.arguments(parts.expect(Rule::arguments)?)?,
                    },
                    PredicateState::Test,
                )
            }
            _ => return Err(internal(span)),
        };
        Ok((Expr { kind, span }, state))
    }

    fn stage_name(&mut self, parts: &mut PairCursor<'_>) -> ParseResult<Option<Name>> {
        let Some(stage) = parts.take(Rule::stage_name) else {
            return Ok(None);
        };
        Ok(Some(name(&PairCursor::of(stage).expect(Rule::name)?)))
    }

    /// `topics for "tv"`
    fn of_journey(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Box<OfJourney>> {
        let span = span_of(&pair);
        let mut parts = PairCursor::of(pair);
        let journey = name(&parts.expect(Rule::name)?);
        let run = match parts.take(Rule::kw_for) {
            Some(_) => Some(self.string(&parts.expect(Rule::string)?)),
            None => None,
        };
        Ok(Box::new(OfJourney { journey, run, span }))
    }

    /// `stage of interest for "tv"`
    pub(super) fn stage_of(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let span = span_of(&pair);
        let mut parts = PairCursor::of(pair);
        parts.expect(Rule::kw_stage)?;
        match self.of_lifecycle(&mut parts)? {
            Some(of) => Ok(Expr {
                kind: ExprKind::Stage(of),
                span,
            }),
            None => Err(internal(span)),
        }
    }

    /// `of interest for "tv"`, where it stands next.
    pub(super) fn of_lifecycle(
        &mut self,
        parts: &mut PairCursor<'_>,
    ) -> ParseResult<Option<Box<OfLifecycle>>> {
        let Some(of) = parts.take(Rule::of_lifecycle) else {
            return Ok(None);
        };
        let span = span_of(&of);
        let mut parts = PairCursor::of(of);
        parts.expect(Rule::kw_of)?;
        let lifecycle = name(&parts.expect(Rule::name)?);
        let subject = match parts.take(Rule::kw_for) {
            Some(_) => Some(self.string(&parts.expect(Rule::string)?)),
            None => None,
        };
        Ok(Some(Box::new(OfLifecycle {
            lifecycle,
            subject,
            span,
        })))
    }

    fn in_condition(&mut self, pair: Pair<'_, Rule>, negated: bool) -> ParseResult<ExprKind> {
        let place = span_of(&pair);
        let rule = pair.as_rule();
        let mut parts = PairCursor::of(pair);
        match rule {
            Rule::in_one => {
                parts.expect(Rule::kw_segment)?;
                let segments = vec![name(&parts.expect(Rule::name)?)];
                Ok(ExprKind::InSegment {
                    negated,
                    quantifier: Quantifier::Any,
                    segments,
                })
            }
            Rule::in_many => {
                let quantifier = match parts.next()?.as_rule() {
                    Rule::kw_any => Quantifier::Any,
                    Rule::kw_every => Quantifier::All,
                    _ => Quantifier::None,
                };
                parts.expect(Rule::kw_segment)?;
                let listed = parts.take(Rule::kw_of).is_some();
                let segments = if listed {
                    self.names(parts.expect(Rule::names)?)
                } else {
                    Vec::new()
                };
                if !listed && quantifier == Quantifier::All {
                    self.errors.push(
                        Diagnostic::error("E0001", place, "`in every segment` needs a list")
                            .help("name the segments, as in `in every segment of (vip, loyal)`"),
                    );
                }
                Ok(ExprKind::InSegment {
                    negated,
                    quantifier,
                    segments,
                })
            }
            _ => {
                parts.expect(Rule::kw_sample)?;
                parts.expect(Rule::lparen)?;
                let percent = Box::new(self.sum(parts.expect(Rule::sum)?)?);
                parts.expect(Rule::comma)?;
                let salt = self.string(&parts.expect(Rule::string)?);
                Ok(ExprKind::InSample {
                    negated,
                    percent,
                    salt,
                })
            }
        }
    }

    fn tagged(&mut self, mut parts: PairCursor<'_>) -> ParseResult<ExprKind> {
        parts.expect(Rule::kw_tagged)?;
        let mut paths = Vec::new();
        let mut which = Quantifier::Any;
        if let Some(path) = parts.take(Rule::string) {
            paths.push(self.string(&path));
        } else if let Some(word) = parts.take(Rule::quantifier) {
            which = quantifier(word.as_str());
            parts.expect(Rule::kw_of)?;
            let strings = parts.expect(Rule::strings)?;
            let place = span_of(&strings);
            for path in strings
                .into_inner()
                .filter(|part| part.as_rule() == Rule::string)
            {
                paths.push(self.string(&path));
            }
            self.not_empty(paths.is_empty(), place, "the list is empty");
        }
        Ok(ExprKind::Tagged {
            quantifier: which,
            paths,
        })
    }
}

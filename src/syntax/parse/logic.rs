//! `or`, `and`, `not` and sequences.

use super::arithmetic::{Operand, wrap};
use super::cursor::{PairCursor, ParseResult, TreeBuilder, internal, span_of};
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{Expr, ExprKind, Sequence, Step};
use pest::iterators::Pair;

impl TreeBuilder {
    pub(super) fn or_expr(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let mut parts = PairCursor::of(pair);
        let first = parts.next()?;
        if parts.peek().is_none() {
            self.and_expr(first)
        } else {
            self.joined(first, parts, Self::and_expr, ExprKind::Or)
        }
    }

    fn and_expr(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let mut parts = PairCursor::of(pair);
        let first = parts.next()?;
        if parts.peek().is_none() {
            self.not_expr(first)
        } else {
            self.joined(first, parts, Self::not_expr, ExprKind::And)
        }
    }

    /// `x and x and x …`, flat: a part of the same kind (it stood in parentheses) is taken apart.
    fn joined<'i>(
        &mut self,
        first: Pair<'i, Rule>,
        mut parts: PairCursor<'i>,
        part: Operand<'i>,
        kind: fn(Vec<Expr>) -> ExprKind,
    ) -> ParseResult<Expr> {
        let mut terms = vec![part(self, first)?];
        while parts.next().is_ok() {
            let term = part(self, parts.next()?)?;
            terms.push(term);
        }
        Ok(join(terms, kind))
    }

    fn not_expr(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let mut parts = PairCursor::of(pair);
        if parts.peek() == Some(Rule::sequence) {
            return self.sequence(parts.next()?);
        }
        let mut nots = Vec::new();
        while let Some(not) = parts.take(Rule::kw_not) {
            nots.push(span_of(&not));
        }
        let expr = self.sequence(parts.next()?)?;
        Ok(wrap(expr, nots, ExprKind::Not))
    }

    pub(super) fn sequence(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let mut parts = PairCursor::of(pair);
        let first = parts.next()?;
        let first = self.predicate(first)?;
        if parts.peek().is_none() {
            Ok(first)
        } else {
            self.steps(first, parts)
        }
    }

    fn steps(&mut self, first: Expr, mut parts: PairCursor<'_>) -> ParseResult<Expr> {
        let mut span = first.span;
        let mut steps = vec![Step {
            absent: false,
            span,
            events: first,
            gap: None,
        }];
        while parts.take(Rule::kw_then).is_some() {
            let step = parts.expect(Rule::step)?;
            let place = span_of(&step);
            let mut inner = PairCursor::of(step);
            let absent = inner.take(Rule::kw_no).is_some();
            let (events, gap) = self.later_step(inner.expect(Rule::predicate)?)?;
            span = span.to(place);
            steps.push(Step {
                absent,
                events,
                gap,
                span: place,
            });
        }
        let (mut none_between, mut within) = (None, None);
        if let Some(clause) = parts.take(Rule::none_between) {
            span = span.to(span_of(&clause));
            let mut inner = PairCursor::of(clause);
            inner.expect(Rule::kw_with)?;
            inner.expect(Rule::kw_no)?;
            none_between = Some(Box::new(self.sum(inner.expect(Rule::sum)?)?));
        }
        if let Some(clause) = parts.take(Rule::all_within) {
            span = span.to(span_of(&clause));
            let mut inner = PairCursor::of(clause);
            inner.expect(Rule::kw_all)?;
            inner.expect(Rule::kw_within)?;
            within = Some(self.duration(inner.expect(Rule::duration)?)?);
        }
        Ok(Expr {
            kind: ExprKind::Sequence(Sequence {
                steps,
                none_between,
                within,
            }),
            span,
        })
    }

    pub(super) fn group(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let span = span_of(&pair);
        let inner = pair.into_inner().nth(1).ok_or_else(|| internal(span))?;
        let mut expr = self.or_expr(inner)?;
        expr.span = span;
        Ok(expr)
    }
}

fn join(parts: Vec<Expr>, kind: fn(Vec<Expr>) -> ExprKind) -> Expr {
    let span = parts.iter().fold(
        parts.first().map_or(Span::default(), |part| part.span),
        |span, part| span.to(part.span),
    );
    let and = matches!(kind(Vec::new()), ExprKind::And(_));
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part.kind {
            ExprKind::And(inner) if and => flat.extend(inner),
            ExprKind::Or(inner) if !and => flat.extend(inner),
            _ => flat.push(part),
        }
    }
    Expr {
        kind: kind(flat),
        span,
    }
}

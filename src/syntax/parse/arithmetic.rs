//! Sums, products, signs, dots and `as of`.

use super::cursor::{PairCursor, ParseResult, TreeBuilder, name, span_of};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{ArithmeticOp, Expr, ExprKind, Name};
use pest::iterators::Pair;

/// How many arithmetic operators and dots may lie on one way from the root of the tree to a leaf.
const MAX_OPERATORS: usize = 128;

/// Reads one operand of a chain.
pub(super) type Operand<'i> = fn(&mut TreeBuilder, Pair<'i, Rule>) -> ParseResult<Expr>;

impl TreeBuilder {
    pub(super) fn sum(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let mut parts = PairCursor::of(pair);
        let first = parts.next()?;
        if parts.peek().is_none() {
            self.product(first)
        } else {
            self.chain(first, parts, Self::product)
        }
    }

    fn product(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let mut parts = PairCursor::of(pair);
        let first = parts.next()?;
        if parts.peek().is_none() {
            self.unary(first)
        } else {
            self.chain(first, parts, Self::unary)
        }
    }

    /// `x op x op x …`, read from the left. The first operand lies deepest in the tree, the last one right below its root.
    fn chain<'i>(
        &mut self,
        first: Pair<'i, Rule>,
        parts: PairCursor<'i>,
        operand: Operand<'i>,
    ) -> ParseResult<Expr> {
        let rest: Vec<_> = parts.pairs.collect();
        let mut below = rest.len() / 2;
        let mut left = self.deeper(below, first, operand)?;
        let mut rest = rest.into_iter();
        while let (Some(sign), Some(part)) = (rest.next(), rest.next()) {
            let right = self.deeper(below, part, operand)?;
            below -= 1;
            left = arithmetic(sign.as_str(), left, right);
        }
        Ok(left)
    }

    /// Builds a part that lies `levels` operators below the present node.
    fn deeper<'i>(
        &mut self,
        levels: usize,
        part: Pair<'i, Rule>,
        build: Operand<'i>,
    ) -> ParseResult<Expr> {
        self.operators += levels;
        if self.operators > MAX_OPERATORS {
            return Err(too_many_operators(span_of(&part)));
        }
        let built = build(self, part);
        self.operators -= levels;
        built
    }

    fn unary(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let mut parts = PairCursor::of(pair);
        if parts.peek() == Some(Rule::postfix) {
            return self.postfix(parts.next()?);
        }
        let mut signs = Vec::new();
        while let Some(sign) = parts.take(Rule::minus) {
            signs.push(span_of(&sign));
        }
        let expr = self.postfix(parts.next()?)?;
        Ok(wrap(expr, signs, ExprKind::Negate))
    }

    /// An atom and the names behind its dots.
    pub(super) fn postfix(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let mut parts = PairCursor::of(pair);
        let atom = parts.next()?;
        if parts.peek().is_none() {
            return self.atom(atom);
        }
        let mut names = Vec::new();
        while parts.take(Rule::dot).is_some() {
            names.push(name(&parts.expect(Rule::name)?));
        }
        let bare = atom.as_rule() == Rule::reference;
        let of = self.deeper(if bare { 0 } else { names.len() }, atom, Self::atom)?;
        let expr = properties(of, names, bare)?;
        match parts.take(Rule::as_of) {
            Some(as_of) => self.as_of(expr, as_of),
            None => Ok(expr),
        }
    }

    /// `… as of 30 days ago`
    pub(super) fn as_of(&mut self, of: Expr, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let span = of.span.to(span_of(&pair));
        let mut parts = PairCursor::of(pair);
        parts.expect(Rule::kw_as)?;
        parts.expect(Rule::kw_of)?;
        let ago = self.duration(parts.expect(Rule::duration)?)?;
        Ok(Expr {
            kind: ExprKind::AsOf {
                of: Box::new(of),
                ago,
            },
            span,
        })
    }
}

/// Puts one node around an expression for each sign before it, the nearest one first.
pub(super) fn wrap(mut expr: Expr, signs: Vec<Span>, kind: fn(Box<Expr>) -> ExprKind) -> Expr {
    for sign in signs.into_iter().rev() {
        let span = sign.to(expr.span);
        expr = Expr {
            kind: kind(Box::new(expr)),
            span,
        };
    }
    expr
}

fn arithmetic(sign: &str, left: Expr, right: Expr) -> Expr {
    let op = match sign {
        "+" => ArithmeticOp::Add,
        "-" => ArithmeticOp::Subtract,
        "*" => ArithmeticOp::Multiply,
        _ => ArithmeticOp::Divide,
    };
    let span = left.span.to(right.span);
    Expr {
        kind: ExprKind::Arithmetic {
            op,
            left: Box::new(left),
            right: Box::new(right),
        },
        span,
    }
}

fn too_many_operators(span: Span) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error("E0004", span, "the expression is nested too deeply").label(
        format!("more than {MAX_OPERATORS} operators one within the other"),
    );
    Box::new(diagnostic.help("split it into named segments or traits"))
}

/// Only a bare name followed by names is a path; behind anything else they are properties.
fn properties(of: Expr, mut names: Vec<Name>, bare: bool) -> ParseResult<Expr> {
    match of {
        of if names.is_empty() => Ok(of),
        Expr {
            kind: ExprKind::Path(mut path),
            span,
        } if bare => {
            let span = names.last().map_or(span, |last| span.to(last.span));
            path.append(&mut names);
            Ok(Expr {
                kind: ExprKind::Path(path),
                span,
            })
        }
        of if names.len() > MAX_OPERATORS => Err(too_many_operators(of.span)),
        of => Ok(names.into_iter().fold(of, |of, name| {
            let span = of.span.to(name.span);
            Expr {
                kind: ExprKind::Property {
                    of: Box::new(of),
                    name,
                },
                span,
            }
        })),
    }
}

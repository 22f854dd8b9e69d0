//! From text to tree: runs the grammar and walks what it found.
//!
//! The walk never trusts the grammar's shape blindly: a part that is not there is an internal error, not a panic.

use super::grammar::{Grammar, Rule};
use super::tree::{
    Aggregate, ArithmeticOp, Expr, ExprKind, KindPattern, Kinds, Literal, Name, Quantifier, Step,
    TimeSpan,
};
use super::{literal, recover, scan};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::time::TimeUnit;
use pest::Parser as _;
use pest::iterators::{Pair, Pairs};
use unicode_normalization::{UnicodeNormalization as _, is_nfc_quick};

/// Reads an expression.
///
/// # Errors
///
/// Everything that is wrong with its form, in the order of the text: what the grammar does not know, and texts that are
/// longer than [`MAX_BYTES`](super::MAX_BYTES), nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH) or have a list of
/// more than [`MAX_ITEMS`](super::MAX_ITEMS) items.
///
/// # Examples
///
/// ```
/// let rule = segue::syntax::parse(r#"age > 50 and viewed("anti-aging")"#).unwrap();
/// assert_eq!(rule.to_string(), r#"age > 50 and viewed("anti-aging")"#);
///
/// let errors = segue::syntax::parse("age > 50 &&").unwrap_err();
/// assert_eq!(errors[0].message, "`&&` is written `and`");
/// ```
pub fn parse(text: &str) -> Result<Expr, Vec<Diagnostic>> {
    scan::check(text)?;
    match attempt(text) {
        Ok(expr) => Ok(expr),
        Err(Failure::Meaning(errors)) => Err(errors),
        Err(Failure::Form(stop)) => Err(recover::explain_all(text, stop)),
    }
}

/// Where the grammar stopped, and what it would have taken there.
pub(super) struct Stop {
    pub(super) at: usize,
    pub(super) expected: Vec<Rule>,
}

/// Why a text is not an expression.
pub(super) enum Failure {
    /// The grammar stopped.
    Form(Stop),
    /// The grammar accepts it, but it makes no sense.
    Meaning(Vec<Diagnostic>),
}

/// Parses once, without explaining where the grammar stops.
pub(super) fn attempt(text: &str) -> Result<Expr, Failure> {
    let mut pairs = Grammar::parse(Rule::expression, text).map_err(stopped)?;
    let mut builder = Builder::default();
    let built = pairs
        .next()
        .and_then(|expression| expression.into_inner().next())
        .ok_or_else(|| internal(Span::default()))
        .and_then(|whole| builder.or_expr(whole));
    match built {
        Ok(expr) if builder.errors.is_empty() => Ok(expr),
        Ok(_) => Err(Failure::Meaning(builder.into_errors())),
        Err(error) => {
            builder.errors.push(*error);
            Err(Failure::Meaning(builder.into_errors()))
        }
    }
}

pub(super) fn stopped(error: pest::error::Error<Rule>) -> Failure {
    let at = match error.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    };
    match error.variant {
        pest::error::ErrorVariant::ParsingError { positives, .. } => Failure::Form(Stop {
            at,
            expected: positives,
        }),
        // pest watches how much of the thread's stack is left.
        pest::error::ErrorVariant::CustomError { .. } => Failure::Meaning(vec![
            Diagnostic::error(
                "E0004",
                Span::new(at, at),
                "the expression is nested too deeply for this thread's stack",
            )
            .help("a thread that parses needs a stack of 2 MiB"),
        ]),
    }
}

/// A result of the walk; an error here ends it, while others are collected beside it.
///
/// The walk recurses with the expression's nesting, so its frames are kept small: errors are boxed, rare work stands in
/// functions of its own.
pub(super) type Built<T> = Result<T, Box<Diagnostic>>;

/// How many arithmetic operators and dots may lie on one way from the root of the tree to a leaf.
const MAX_OPERATORS: usize = 128;

pub(super) fn internal(span: Span) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error(
        "E0099",
        span,
        "segue cannot read this, although its own grammar accepts it",
    );
    Box::new(diagnostic.help("this is a fault of segue; please report the expression"))
}

pub(super) fn span_of(pair: &Pair<'_, Rule>) -> Span {
    Span::new(pair.as_span().start(), tight_end(pair))
}

/// The end of the last token of a pair: pairs may reach over the white space behind them.
fn tight_end(pair: &Pair<'_, Rule>) -> usize {
    let mut end = pair.as_span().end();
    let mut inner = pair.clone().into_inner();
    while let Some(last) = inner.next_back() {
        end = last.as_span().end();
        inner = last.into_inner();
    }
    end
}

/// The parts of a pair, read one after the other.
pub(super) struct Parts<'i> {
    pairs: Pairs<'i, Rule>,
    whole: Span,
}

impl<'i> Parts<'i> {
    pub(super) fn of(pair: Pair<'i, Rule>) -> Self {
        let span = pair.as_span();
        Parts {
            whole: Span::new(span.start(), span.end()),
            pairs: pair.into_inner(),
        }
    }

    pub(super) fn next(&mut self) -> Built<Pair<'i, Rule>> {
        self.pairs.next().ok_or_else(|| internal(self.whole))
    }

    pub(super) fn take(&mut self, rule: Rule) -> Option<Pair<'i, Rule>> {
        if self.peek() == Some(rule) {
            self.pairs.next()
        } else {
            None
        }
    }

    pub(super) fn peek(&self) -> Option<Rule> {
        self.pairs.peek().map(|pair| pair.as_rule())
    }

    pub(super) fn expect(&mut self, rule: Rule) -> Built<Pair<'i, Rule>> {
        self.take(rule).ok_or_else(|| internal(self.whole))
    }
}

/// Walks the pairs. Mistakes that do not stop the walk are collected.
#[derive(Default)]
pub(super) struct Builder {
    pub(super) errors: Vec<Diagnostic>,
    operators: usize,
}

impl Builder {
    fn into_errors(mut self) -> Vec<Diagnostic> {
        self.errors.sort_by_key(|error| error.span.start);
        self.errors
    }

    /// Keeps an error and goes on with a stand-in: the tree is thrown away anyway.
    pub(super) fn note<T>(&mut self, result: Built<T>, stand_in: T) -> T {
        result.unwrap_or_else(|error| {
            self.errors.push(*error);
            stand_in
        })
    }

    pub(super) fn or_expr(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let mut parts = Parts::of(pair);
        let first = parts.next()?;
        if parts.peek().is_none() {
            self.and_expr(first)
        } else {
            self.joined(first, parts, Self::and_expr, ExprKind::Or)
        }
    }

    fn and_expr(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let mut parts = Parts::of(pair);
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
        mut parts: Parts<'i>,
        part: Operand<'i>,
        kind: fn(Vec<Expr>) -> ExprKind,
    ) -> Built<Expr> {
        let mut terms = vec![part(self, first)?];
        while parts.next().is_ok() {
            let term = part(self, parts.next()?)?;
            terms.push(term);
        }
        Ok(join(terms, kind))
    }

    fn not_expr(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let mut parts = Parts::of(pair);
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

    pub(super) fn sequence(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let mut parts = Parts::of(pair);
        let first = parts.next()?;
        let first = self.predicate(first)?;
        if parts.peek().is_none() {
            Ok(first)
        } else {
            self.steps(first, parts)
        }
    }

    fn steps(&mut self, first: Expr, mut parts: Parts<'_>) -> Built<Expr> {
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
            let mut inner = Parts::of(step);
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
        Ok(Expr {
            kind: ExprKind::Sequence(steps),
            span,
        })
    }

    pub(super) fn sum(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let mut parts = Parts::of(pair);
        let first = parts.next()?;
        if parts.peek().is_none() {
            self.product(first)
        } else {
            self.chain(first, parts, Self::product)
        }
    }

    fn product(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let mut parts = Parts::of(pair);
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
        parts: Parts<'i>,
        operand: Operand<'i>,
    ) -> Built<Expr> {
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
    ) -> Built<Expr> {
        self.operators += levels;
        if self.operators > MAX_OPERATORS {
            return Err(too_many_operators(span_of(&part)));
        }
        let built = build(self, part);
        self.operators -= levels;
        built
    }

    fn unary(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let mut parts = Parts::of(pair);
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
    pub(super) fn postfix(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let mut parts = Parts::of(pair);
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
    pub(super) fn as_of(&mut self, of: Expr, pair: Pair<'_, Rule>) -> Built<Expr> {
        let span = of.span.to(span_of(&pair));
        let mut parts = Parts::of(pair);
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

    fn atom(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        match pair.as_rule() {
            Rule::group => self.group(pair),
            Rule::reference => self.reference(pair),
            Rule::related => self.related(pair),
            Rule::stage_of => self.stage_of(pair),
            Rule::any_event => self.any_event(pair),
            _ => self.constant(pair),
        }
    }

    fn group(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let span = span_of(&pair);
        let inner = pair.into_inner().nth(1).ok_or_else(|| internal(span))?;
        let mut expr = self.or_expr(inner)?;
        expr.span = span;
        Ok(expr)
    }

    fn constant(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let span = span_of(&pair);
        let text = pair.as_str();
        let literal = match pair.as_rule() {
            Rule::string => self.string(&pair),
            Rule::instant => Literal::Instant(self.note(literal::instant(text, span), 0)),
            Rule::date => Literal::Date(self.note(literal::date(text, span), 0)),
            Rule::percent => {
                let (mantissa, scale) =
                    self.note(literal::number(text.trim_end_matches('%'), span), (0, 0));
                Literal::Percent { mantissa, scale }
            }
            Rule::amount => {
                return Ok(Expr {
                    kind: self.amount(pair)?,
                    span,
                });
            }
            Rule::constant => match text {
                "true" => Literal::Bool(true),
                "false" => Literal::Bool(false),
                "today" => Literal::Today(0),
                "yesterday" => Literal::Today(-1),
                "tomorrow" => Literal::Today(1),
                _ => Literal::Now,
            },
            _ => return Err(internal(span)),
        };
        Ok(Expr {
            kind: ExprKind::Literal(literal),
            span,
        })
    }

    pub(super) fn string(&mut self, pair: &Pair<'_, Rule>) -> Literal {
        Literal::String(self.note(literal::string(pair.as_str(), span_of(pair)), String::new()))
    }

    /// A number, a duration, or a duration from now.
    fn amount(&mut self, pair: Pair<'_, Rule>) -> Built<ExprKind> {
        let mut parts = Parts::of(pair);
        let number = parts.expect(Rule::number)?;
        let Some(unit) = parts.take(Rule::unit) else {
            let (mantissa, scale) =
                self.note(literal::number(number.as_str(), span_of(&number)), (0, 0));
            return Ok(ExprKind::Literal(Literal::Number { mantissa, scale }));
        };
        let duration = self.time_span(&number, &unit);
        Ok(match parts.peek() {
            None => ExprKind::Literal(Literal::Duration(duration)),
            Some(direction) => ExprKind::Relative {
                duration,
                past: direction == Rule::kw_ago,
            },
        })
    }

    pub(super) fn duration(&mut self, pair: Pair<'_, Rule>) -> Built<TimeSpan> {
        let mut parts = Parts::of(pair);
        let number = parts.expect(Rule::number)?;
        let unit = parts.expect(Rule::unit)?;
        Ok(self.time_span(&number, &unit))
    }

    fn time_span(&mut self, number: &Pair<'_, Rule>, unit: &Pair<'_, Rule>) -> TimeSpan {
        let (mantissa, scale) =
            self.note(literal::number(number.as_str(), span_of(number)), (0, 0));
        let word = unit.as_str();
        let unit = literal::time_unit(word).unwrap_or(TimeUnit::Day);
        if scale > 0 && matches!(unit, TimeUnit::Month | TimeUnit::Quarter | TimeUnit::Year) {
            self.errors.push(
                Diagnostic::error("E0026", span_of(number), format!("{word} cannot be counted in fractions"))
                    .help("months, quarters and years differ in length; give a whole number of them, or days"),
            );
        }
        TimeSpan {
            mantissa,
            scale,
            unit,
        }
    }

    /// `any event`, `any of (viewed, purchased)`, with conditions or without.
    fn any_event(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let span = span_of(&pair);
        let mut parts = Parts::of(pair);
        let any = span_of(&parts.expect(Rule::kw_any)?);
        let kinds = if let Some(event) = parts.take(Rule::kw_event) {
            Kinds::Any(any.to(span_of(&event)))
        } else {
            parts.expect(Rule::kw_of)?;
            Kinds::AnyOf(self.kinds(parts.expect(Rule::kinds)?)?)
        };
        let conditions = match parts.take(Rule::arguments) {
            Some(arguments) => self.arguments(arguments)?,
            None => Vec::new(),
        };
        Ok(Expr {
            kind: ExprKind::Event { kinds, conditions },
            span,
        })
    }

    /// A name, or what its parentheses make of it.
    fn reference(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let span = span_of(&pair);
        let mut parts = Parts::of(pair);
        let named = parts.next()?;
        let kind = match parts.take(Rule::arguments) {
            None => ExprKind::Path(vec![name(&named)]),
            Some(arguments) => {
                let place = span_of(&arguments);
                let arguments = self.arguments(arguments)?;
                self.called(&named, arguments, place)
            }
        };
        Ok(Expr { kind, span })
    }

    /// `company.sites(city = "Roma")`: rows whose name has dots in it.
    fn related(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let span = span_of(&pair);
        let mut parts = Parts::of(pair);
        let name = dotted(&mut parts)?;
        let conditions = self.arguments(parts.expect(Rule::arguments)?)?;
        Ok(Expr {
            kind: ExprKind::Event {
                kinds: Kinds::One(name),
                conditions,
            },
            span,
        })
    }

    /// What a name with parentheses is: a function over events, a function over values, or an event term.
    fn called(
        &mut self,
        named: &Pair<'_, Rule>,
        mut arguments: Vec<Expr>,
        place: Span,
    ) -> ExprKind {
        let function = name(named);
        if named.as_str().starts_with('`') {
            return ExprKind::Event {
                kinds: Kinds::One(function),
                conditions: arguments,
            };
        }
        if let Some(aggregate) = aggregate(&function.text) {
            if arguments.len() > 1 {
                self.errors.push(
                    Diagnostic::error(
                        "E0027",
                        place,
                        format!(
                            "`{}` takes one argument, not {}",
                            function.text,
                            arguments.len()
                        ),
                    )
                    .help(format!(
                        "write what is to be counted or measured, as in `{}`",
                        example(aggregate)
                    )),
                );
            }
            let argument = arguments.pop().unwrap_or(Expr {
                kind: ExprKind::Path(Vec::new()),
                span: place,
            });
            return ExprKind::Aggregate {
                function: aggregate,
                argument: Box::new(argument),
            };
        }
        if matches!(function.text.as_str(), "any" | "all" | "none") {
            let after = Span::new(function.span.end as usize, function.span.end as usize);
            let word = &function.text;
            self.errors.push(
                Diagnostic::error(
                    "E0001",
                    function.span,
                    format!("`{word}` needs `of` after it"),
                )
                .help(format!(
                    "write `{word} of (…)`; for an event of that name write it in backticks"
                ))
                .fix(after, " of "),
            );
        }
        if is_function(&function.text) {
            ExprKind::Call {
                function,
                arguments,
            }
        } else {
            ExprKind::Event {
                kinds: Kinds::One(function),
                conditions: arguments,
            }
        }
    }

    pub(super) fn arguments(&mut self, pair: Pair<'_, Rule>) -> Built<Vec<Expr>> {
        let place = span_of(&pair);
        let mut arguments = Vec::new();
        for part in pair
            .into_inner()
            .filter(|part| part.as_rule() == Rule::or_expr)
        {
            arguments.push(self.or_expr(part)?);
        }
        self.not_empty(
            arguments.is_empty(),
            place,
            "there is nothing between these parentheses",
        );
        Ok(arguments)
    }

    pub(super) fn list(&mut self, pair: Pair<'_, Rule>) -> Built<Vec<Expr>> {
        let place = span_of(&pair);
        let mut items = Vec::new();
        for part in pair.into_inner().filter(|part| part.as_rule() == Rule::sum) {
            items.push(self.sum(part)?);
        }
        self.not_empty(items.is_empty(), place, "the list is empty");
        Ok(items)
    }

    pub(super) fn names(&mut self, pair: Pair<'_, Rule>) -> Vec<Name> {
        let place = span_of(&pair);
        let names: Vec<_> = pair
            .into_inner()
            .filter(|part| part.as_rule() == Rule::name)
            .map(|part| name(&part))
            .collect();
        self.not_empty(names.is_empty(), place, "the list is empty");
        names
    }

    /// `(viewed, campaign_*)`
    fn kinds(&mut self, pair: Pair<'_, Rule>) -> Built<Vec<KindPattern>> {
        let place = span_of(&pair);
        let mut kinds = Vec::new();
        for part in pair
            .into_inner()
            .filter(|part| part.as_rule() == Rule::kind)
        {
            let mut parts = Parts::of(part);
            let name = name(&parts.expect(Rule::name)?);
            kinds.push(KindPattern {
                name,
                prefix: parts.take(Rule::star).is_some(),
            });
        }
        self.not_empty(kinds.is_empty(), place, "the list is empty");
        Ok(kinds)
    }

    pub(super) fn not_empty(&mut self, empty: bool, place: Span, message: &str) {
        if empty {
            let help = if message.contains("list") {
                "put at least one item between the parentheses"
            } else {
                "leave the parentheses out, or put a condition between them"
            };
            self.errors
                .push(Diagnostic::error("E0022", place, message).help(help));
        }
    }
}

/// Reads one operand of a chain.
type Operand<'i> = fn(&mut Builder, Pair<'i, Rule>) -> Built<Expr>;

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

/// Puts one node around an expression for each sign before it, the nearest one first.
fn wrap(mut expr: Expr, signs: Vec<Span>, kind: fn(Box<Expr>) -> ExprKind) -> Expr {
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
    Box::new(diagnostic.help("name parts of it as rules of their own"))
}

/// Only a bare name followed by names is a path; behind anything else they are properties.
fn properties(of: Expr, mut names: Vec<Name>, bare: bool) -> Built<Expr> {
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

/// A name without its backticks, normalised.
pub(super) fn name(pair: &Pair<'_, Rule>) -> Name {
    let span = span_of(pair);
    let text = pair.as_str();
    let text = match text
        .strip_prefix('`')
        .and_then(|text| text.strip_suffix('`'))
    {
        Some(inner) => inner.replace("``", "`"),
        None => text.to_owned(),
    };
    let normal =
        text.is_ascii() || is_nfc_quick(text.chars()) == unicode_normalization::IsNormalized::Yes;
    Name {
        text: if normal { text } else { text.nfc().collect() },
        span,
    }
}

/// A name, perhaps of several parts with dots between them, as one.
pub(super) fn dotted(parts: &mut Parts<'_>) -> Built<Name> {
    let mut whole = name(&parts.expect(Rule::name)?);
    while parts.take(Rule::dot).is_some() {
        let part = name(&parts.expect(Rule::name)?);
        whole = Name {
            text: format!("{}.{}", whole.text, part.text),
            span: whole.span.to(part.span),
        };
    }
    Ok(whole)
}

pub(super) fn quantifier(word: &str) -> Quantifier {
    match word {
        "all" => Quantifier::All,
        "none" => Quantifier::None,
        _ => Quantifier::Any,
    }
}

/// The function over events that a word names where `(` follows.
pub(super) fn aggregate(word: &str) -> Option<Aggregate> {
    Some(match word {
        "count" => Aggregate::Count,
        "sum" => Aggregate::Sum,
        "avg" => Aggregate::Avg,
        "min" => Aggregate::Min,
        "max" => Aggregate::Max,
        "distinct" => Aggregate::Distinct,
        "first" => Aggregate::First,
        "last" => Aggregate::Last,
        "top" => Aggregate::Top,
        _ => return None,
    })
}

fn example(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Count => "count(purchased within 30 days)",
        Aggregate::Sum => "sum(purchased.amount within 30 days)",
        Aggregate::Avg => "avg(purchased.amount)",
        Aggregate::Min => "min(purchased.amount)",
        Aggregate::Max => "max(purchased.amount)",
        Aggregate::Distinct => "distinct(purchased.month)",
        Aggregate::First => "first(purchased).at",
        Aggregate::Last => "last(purchased).at",
        Aggregate::Top => "top(purchased.category)",
    }
}

/// Whether a word names a function over values where `(` follows.
pub(super) fn is_function(word: &str) -> bool {
    matches!(
        word,
        "lower" | "upper" | "length" | "path" | "host" | "abs" | "round"
    )
}

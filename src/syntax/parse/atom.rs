//! What stands alone: constants, names, functions, event terms, and the lists in parentheses.

use super::cursor::{PairCursor, ParseResult, TreeBuilder, dotted, internal, name, span_of};
use super::literal;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{Expr, ExprKind, KindPattern, KindSelector, Literal, Name, TimeSpan};
use crate::syntax::vocabulary::{self, AggregateRow, LEAD_SEGMENT, fit_of, level_of};
use crate::time::TimeUnit;
use pest::iterators::Pair;

/// A name of several words.
fn made_name(text: String, span: Span) -> Expr {
    Expr {
        kind: ExprKind::Path(vec![Name { text, span }]),
        span,
    }
}

/// `fit of gift_buyer`
fn fit_of_persona(pair: Pair<'_, Rule>) -> ParseResult<Expr> {
    let span = span_of(&pair);
    let mut parts = PairCursor::of(pair);
    parts.expect(Rule::kw_fit)?;
    parts.expect(Rule::kw_of)?;
    let persona = name(&parts.expect(Rule::name)?);
    Ok(made_name(fit_of(&persona.text), span))
}

/// `level of points`
fn level_of_ledger(pair: Pair<'_, Rule>) -> ParseResult<Expr> {
    let span = span_of(&pair);
    let mut parts = PairCursor::of(pair);
    parts.expect(Rule::kw_level)?;
    parts.expect(Rule::kw_of)?;
    let ledger = name(&parts.expect(Rule::name)?);
    Ok(made_name(level_of(&ledger.text), span))
}

impl TreeBuilder {
    pub(super) fn atom(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        match pair.as_rule() {
            Rule::group => self.group(pair),
            Rule::reference => self.reference(pair),
            Rule::related => self.related(pair),
            Rule::stage_of => self.stage_of(pair),
            Rule::lead_segment => Ok(made_name(LEAD_SEGMENT.to_owned(), span_of(&pair))),
            Rule::fit_of => fit_of_persona(pair),
            Rule::level_of => level_of_ledger(pair),
            Rule::earned => self.points(pair, true),
            Rule::expiring => self.points(pair, false),
            Rule::any_event => self.any_event(pair),
            _ => self.constant(pair),
        }
    }

    /// `earned points within 30 days`, `points expiring within 30 days`
    fn points(&mut self, pair: Pair<'_, Rule>, earned: bool) -> ParseResult<Expr> {
        let span = span_of(&pair);
        let mut parts = PairCursor::of(pair);
        if earned {
            parts.expect(Rule::kw_earned)?;
        }
        let ledger = name(&parts.expect(Rule::name)?);
        if !earned {
            parts.expect(Rule::kw_expiring)?;
        }
        parts.expect(Rule::kw_within)?;
        let within = self.duration(parts.expect(Rule::duration)?)?;
        Ok(Expr {
            kind: ExprKind::Points {
                ledger,
                earned,
                within,
            },
            span,
        })
    }

    fn constant(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let span = span_of(&pair);
        let text = pair.as_str();
        let literal = match pair.as_rule() {
            Rule::string => self.string(&pair),
            Rule::instant => Literal::Instant(self.recover_with(literal::instant(text, span), 0)),
            Rule::date => Literal::Date(self.recover_with(literal::date(text, span), 0)),
            Rule::percent => {
                let (mantissa, scale) = self.recover_with(
                    literal::short_number(text.trim_end_matches('%'), span),
                    (0, 0),
                );
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
        Literal::String(
            self.recover_with(literal::string(pair.as_str(), span_of(pair)), String::new()),
        )
    }

    /// A number, a duration, or a duration from now.
    fn amount(&mut self, pair: Pair<'_, Rule>) -> ParseResult<ExprKind> {
        let mut parts = PairCursor::of(pair);
        let number = parts.expect(Rule::number)?;
        let Some(unit) = parts.take(Rule::unit) else {
            let (mantissa, scale) =
                self.recover_with(literal::number(number.as_str(), span_of(&number)), (0, 0));
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

    pub(super) fn duration(&mut self, pair: Pair<'_, Rule>) -> ParseResult<TimeSpan> {
        let mut parts = PairCursor::of(pair);
        let number = parts.expect(Rule::number)?;
        let unit = parts.expect(Rule::unit)?;
        Ok(self.time_span(&number, &unit))
    }

    fn time_span(&mut self, number: &Pair<'_, Rule>, unit: &Pair<'_, Rule>) -> TimeSpan {
        let (mantissa, scale) = self.recover_with(
            literal::short_number(number.as_str(), span_of(number)),
            (0, 0),
        );
        let word = unit.as_str();
        let unit = vocabulary::time_unit(word).unwrap_or(TimeUnit::Day);
        if scale > 0 && matches!(unit, TimeUnit::Month | TimeUnit::Quarter | TimeUnit::Year) {
            self.errors.push(
                Diagnostic::error("E0026", span_of(number), format!("`{word}` needs a whole number"))
                    .help("months, quarters and years differ in length; write a whole number of them, or days"),
            );
        }
        TimeSpan {
            mantissa,
            scale,
            unit,
        }
    }

    /// `any event`, `any of (viewed, purchased)`, with conditions or without.
    fn any_event(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let span = span_of(&pair);
        let mut parts = PairCursor::of(pair);
        let any = span_of(&parts.expect(Rule::kw_any)?);
        let kinds = if let Some(event) = parts.take(Rule::kw_event) {
            KindSelector::Any(any.to(span_of(&event)))
        } else {
            parts.expect(Rule::kw_of)?;
            KindSelector::AnyOf(self.kinds(parts.expect(Rule::kinds)?)?)
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
    fn reference(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let span = span_of(&pair);
        let mut parts = PairCursor::of(pair);
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
    fn related(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Expr> {
        let span = span_of(&pair);
        let mut parts = PairCursor::of(pair);
        let name = dotted(&mut parts)?;
        let conditions = self.arguments(parts.expect(Rule::arguments)?)?;
        Ok(Expr {
            kind: ExprKind::Event {
                kinds: KindSelector::One(name),
                conditions,
            },
            span,
        })
    }

    /// What a name with parentheses is: a function over events, a function over values, or an event term.
    fn called(&mut self, named: &Pair<'_, Rule>, arguments: Vec<Expr>, place: Span) -> ExprKind {
        let function = name(named);
        if named.as_str().starts_with('`') {
            return ExprKind::Event {
                kinds: KindSelector::One(function),
                conditions: arguments,
            };
        }
        if let Some(row) = vocabulary::aggregate(&function.text) {
            return self.aggregate(row, arguments, place);
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
        if vocabulary::function(&function.text).is_some() {
            ExprKind::Call {
                function,
                arguments,
            }
        } else {
            ExprKind::Event {
                kinds: KindSelector::One(function),
                conditions: arguments,
            }
        }
    }

    /// A function over events: what is counted or measured, and behind it a percentage where the function has one.
    fn aggregate(&mut self, row: &AggregateRow, mut arguments: Vec<Expr>, place: Span) -> ExprKind {
        let takes_percent = row.aggregate.percent().is_some();
        let percent = if takes_percent && arguments.len() > 1 {
            arguments.pop()
        } else {
            None
        };
        let wanted = match (takes_percent, arguments.len()) {
            (true, _) => "what is measured, and then a percentage".to_owned(),
            (false, given) => format!("one argument, not {given}"),
        };
        let function = row
            .aggregate
            .with_percent(percent.as_ref().and_then(whole_percent));
        if let (Some(percent), None) = (&percent, function) {
            self.errors.push(
                Diagnostic::error(
                    "E0027",
                    percent.span,
                    "a percentage is a whole number from 1 to 100",
                )
                .help(format!("write for instance `{}`", row.example)),
            );
        } else if function.is_none() || arguments.len() > 1 {
            let message = format!("`{}` takes {wanted}", row.name);
            self.errors
                .push(Diagnostic::error("E0027", place, message).help(format!(
                    "write what is to be counted or measured, as in `{}`",
                    row.example
                )));
        }
        let argument = if arguments.is_empty() {
            Expr {
                kind: ExprKind::Path(Vec::new()),
                span: place,
            }
        } else {
            arguments.swap_remove(0)
        };
        ExprKind::Aggregate {
            function: function.unwrap_or(row.aggregate),
            argument: Box::new(argument),
        }
    }

    pub(super) fn arguments(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Vec<Expr>> {
        let place = span_of(&pair);
        let mut arguments = Vec::new();
        for part in pair
            .into_inner()
            .filter(|part| part.as_rule() == Rule::or_expr)
        {
            arguments.push(self.or_expr(part)?);
        }
        self.not_empty(arguments.is_empty(), place, "empty parentheses");
        Ok(arguments)
    }

    pub(super) fn list(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Vec<Expr>> {
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
    fn kinds(&mut self, pair: Pair<'_, Rule>) -> ParseResult<Vec<KindPattern>> {
        let place = span_of(&pair);
        let mut kinds = Vec::new();
        for part in pair
            .into_inner()
            .filter(|part| part.as_rule() == Rule::kind)
        {
            let mut parts = PairCursor::of(part);
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

fn whole_percent(expr: &Expr) -> Option<u8> {
    match expr.kind {
        ExprKind::Literal(Literal::Number { mantissa, scale: 0 }) => u8::try_from(mantissa).ok(),
        _ => None,
    }
}

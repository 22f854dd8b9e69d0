//! From text to tree: runs the grammar and walks what it found.

mod arithmetic;
mod atom;
mod comparison;
mod cursor;
mod geo;
mod literal;
mod logic;
mod predicate;
mod prefix;
mod schedule;
mod suffix;
mod trigger;
mod wait;

use super::grammar::{Grammar, Rule};
use super::tree::Expr;
use super::trigger::TriggerOn;
use super::wait::WaitForm;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use cursor::{ParseResult, TreeBuilder, internal};
use pest::Parser as _;
use pest::iterators::Pair;

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

/// Reads an expression, without explaining where the grammar stops.
pub(super) fn expression(text: &str) -> Result<Expr, Failure> {
    attempt(text, Rule::expression, TreeBuilder::or_expr)
}

/// Reads what a trigger waits for, without explaining where the grammar stops.
pub(super) fn trigger(text: &str) -> Result<TriggerOn, Failure> {
    attempt(text, Rule::trigger, TreeBuilder::trigger_on)
}

/// Reads how long something waits, without explaining where the grammar stops.
pub(super) fn wait(text: &str) -> Result<WaitForm, Failure> {
    attempt(text, Rule::wait, TreeBuilder::wait)
}

/// Runs the grammar from a rule and walks what it found.
fn attempt<'t, T>(
    text: &'t str,
    rule: Rule,
    read: fn(&mut TreeBuilder, Pair<'t, Rule>) -> ParseResult<T>,
) -> Result<T, Failure> {
    let mut pairs = Grammar::parse(rule, text).map_err(stopped)?;
    let mut builder = TreeBuilder::default();
    let read = pairs
        .next()
        .and_then(|whole| whole.into_inner().next())
        .ok_or_else(|| internal(Span::default()))
        .and_then(|whole| read(&mut builder, whole));
    match read {
        Ok(tree) if builder.errors.is_empty() => Ok(tree),
        Ok(_) => Err(Failure::Meaning(builder.into_errors())),
        Err(error) => {
            builder.errors.push(*error);
            Err(Failure::Meaning(builder.into_errors()))
        }
    }
}

fn stopped(error: pest::error::Error<Rule>) -> Failure {
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

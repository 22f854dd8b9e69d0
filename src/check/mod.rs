//! Checking: a syntax tree and a schema become a typed [`Rule`], or every error at once. Depends on `syntax`,
//! `schema`, `ir`.

#![deny(clippy::wildcard_enum_match_arm)]

mod aggregates;
mod anchor;
mod arithmetic;
mod as_of;
mod awaited;
mod bare_list;
mod checker;
mod collections;
mod compare;
mod context;
mod dates;
mod duration;
mod empty_window;
mod entry;
mod error;
mod functions;
mod geo;
mod held;
mod history;
mod journeys;
mod kinds;
mod ledgers;
mod lifecycles;
mod lint;
mod lists;
mod membership;
mod name_log;
mod names;
mod resolve;
mod scope;
mod sent_names;
mod sequence;
mod signature;
mod stages;
mod steps;
mod suggest;
mod text;
mod times;
pub(crate) mod trigger;
mod types;
mod unresolved;
mod untimed;
mod upcoming;
mod values;
pub(crate) mod wait;
mod window;

pub use context::Context;
pub(crate) use context::{JourneyNames, SentNames};
pub(crate) use duration::normal;
pub use error::CheckError;
pub(crate) use name_log::{NameLog, NameMeaning, NameUse, PlacedName};
pub(crate) use scope::EntryNames;
pub(crate) use steps::StepChecker;
pub(crate) use suggest::{listed, nearest, suggest, suggest_whole};

use crate::diagnostic::Diagnostic;
use crate::ir::Weight;
use crate::ir::{Case, Cond, CondKind, Lit, Operand, Term, TermKind, Ty};
use crate::rule::{Rule, ValueRule};
use crate::schema::Schema;
use crate::span::Span;
use crate::syntax::{self, Aggregate, Expr, ExprKind, Literal};
use checker::Checker;
use resolve::Collection;
use types::{Expected, negate};

impl Rule {
    /// Parses and checks an expression that uses the schema's names only, in UTC with weeks from Monday.
    ///
    /// # Errors
    /// All findings that forbid its use, with their places.
    pub fn check(text: &str, schema: &Schema) -> Result<Rule, CheckError> {
        Rule::check_in(text, &Context::new(schema.clone()))
    }

    /// Parses and checks an expression among the names of a context: traits, segments, tags, scores, its zone.
    ///
    /// # Errors
    /// All findings that forbid its use, with their places.
    pub fn check_in(text: &str, context: &Context) -> Result<Rule, CheckError> {
        Rule::check_for(text, context, None)
    }

    /// The same in a trigger, where it may read the entry that it is evaluated for.
    pub(crate) fn check_for(
        text: &str,
        context: &Context,
        entry: Option<&EntryNames>,
    ) -> Result<Rule, CheckError> {
        let expr = syntax::parse(text)
            .map_err(|found| CheckError::new(text, bare_list::explained(text, found, context)))?;
        Rule::of_expr_for(text, expr, context, entry)
    }

    /// Checks a tree that a program made, over a schema. It is printed and read again, so that it means what its text says:
    /// [`text`](Self::text) is that text, and the spans point into it.
    ///
    /// ```
    /// use segue::{Rule, schema::{Field, Schema}, syntax::Expr, Type};
    /// let schema = Schema::builder().attribute(Field::new("age", Type::Int)).build()?;
    /// let json = r#"{"compare": {"op": ">", "left": {"path": ["age"]}, "right": 50}}"#;
    /// let expr: Expr = serde_json::from_str(json)?;
    /// let rule = Rule::from_expr(&expr, &schema)?;
    /// assert_eq!(rule.text(), "age > 50");
    /// assert_eq!(serde_json::to_string(rule.expr())?, serde_json::to_string(&expr)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If no text reads as this tree (`E0033`), and all findings that forbid its use.
    pub fn from_expr(expr: &Expr, schema: &Schema) -> Result<Rule, CheckError> {
        Rule::from_expr_in(expr, &Context::new(schema.clone()))
    }

    /// The same among the names of a context: traits, segments, tags, scores, its zone.
    ///
    /// # Errors
    /// If no text reads as this tree (`E0033`), and all findings that forbid its use.
    pub fn from_expr_in(expr: &Expr, context: &Context) -> Result<Rule, CheckError> {
        let (text, expr) =
            syntax::read_back(expr).map_err(|(text, found)| CheckError::new(&text, found))?;
        Rule::of_expr(&text, expr, context)
    }

    /// Checks a tree that was parsed from `text`.
    pub(crate) fn of_expr(text: &str, expr: Expr, context: &Context) -> Result<Rule, CheckError> {
        Rule::of_expr_for(text, expr, context, None)
    }

    fn of_expr_for(
        text: &str,
        expr: Expr,
        context: &Context,
        entry: Option<&EntryNames>,
    ) -> Result<Rule, CheckError> {
        let mut found = syntax::suspicious(text);
        let root = condition(&expr, text, context, entry, &mut found);
        if let Some(complaint) = root
            .as_ref()
            .and_then(|root| Weight::of_cond(root).complaint())
        {
            found.push(too_large(expr.span, complaint));
        }
        match root {
            Some(root) if !found.iter().any(Diagnostic::is_error) => Ok(Rule::new(
                text.to_owned(),
                expr,
                root,
                (context.schema(), context.calendar),
                found,
            )),
            _ => Err(CheckError::new(text, found)),
        }
    }

    /// A rule that was not written as an expression; `text` names it.
    pub(crate) fn of_cond(text: String, root: Cond, context: &Context) -> Rule {
        let expr = Expr {
            kind: syntax::ExprKind::Literal(syntax::Literal::Bool(true)),
            span: crate::span::Span::default(),
        };
        let expr = syntax::parse(&text).unwrap_or(expr);
        Rule::new(
            text,
            expr,
            root,
            (context.schema(), context.calendar),
            Vec::new(),
        )
    }
}

impl ValueRule {
    /// Parses and checks a value, or a condition as a value that is true or false, that uses the schema's names only, in UTC with
    /// weeks from Monday.
    ///
    /// # Errors
    /// All findings that forbid its use, with their places.
    pub fn check(text: &str, schema: &Schema) -> Result<ValueRule, CheckError> {
        ValueRule::check_in(text, &Context::new(schema.clone()))
    }

    /// Parses and checks a value, or a condition as one, among the names of a context: traits, segments, tags, scores, its zone.
    ///
    /// # Errors
    /// All findings that forbid its use, with their places.
    pub fn check_in(text: &str, context: &Context) -> Result<ValueRule, CheckError> {
        ValueRule::check_for(text, context, None)
    }

    /// The same in a trigger, where it may read the entry that it is evaluated for.
    pub(crate) fn check_for(
        text: &str,
        context: &Context,
        entry: Option<&EntryNames>,
    ) -> Result<ValueRule, CheckError> {
        let expr = syntax::parse(text).map_err(|found| CheckError::new(text, found))?;
        let mut found = syntax::suspicious(text);
        let term = check_value_for(&expr, text, context, entry, &mut found);
        let complaint = term.as_ref().and_then(|t| Weight::of_term(t).complaint());
        found.extend(complaint.map(|complaint| too_large(expr.span, complaint)));
        match term {
            Some(term) if !found.iter().any(Diagnostic::is_error) => {
                let place = (context.schema(), context.calendar);
                Ok(ValueRule::new(text.to_owned(), term, place, found))
            }
            _ => Err(CheckError::new(text, found)),
        }
    }
}

fn too_large(span: Span, complaint: String) -> Diagnostic {
    Diagnostic::error("E0209", span, complaint).help(TOO_LARGE_HELP)
}

/// What to do about a rule that is too large.
pub(crate) const TOO_LARGE_HELP: &str = "a rule is evaluated with everything that it refers to; refer to fewer rules, or keep the answer of one as an attribute";

/// Checks an expression as a condition.
fn condition(
    expr: &Expr,
    text: &str,
    context: &Context,
    entry: Option<&EntryNames>,
    found: &mut Vec<Diagnostic>,
) -> Option<Cond> {
    let mut checker = Checker::new(text, context).for_entry(entry);
    let cond = checker.cond(expr);
    if let Some(cond) = &cond {
        lint::run(cond, expr, &mut checker);
    }
    found.append(&mut checker.found);
    cond
}

/// Checks an expression as a value: a trait, or what a score is fitted on. A condition is a value that is true or false.
pub(crate) fn check_value(
    expr: &Expr,
    text: &str,
    context: &Context,
    found: &mut Vec<Diagnostic>,
) -> Option<Term> {
    check_value_for(expr, text, context, None, found)
}

fn check_value_for(
    expr: &Expr,
    text: &str,
    context: &Context,
    entry: Option<&EntryNames>,
    found: &mut Vec<Diagnostic>,
) -> Option<Term> {
    let mut checker = Checker::new(text, context).for_entry(entry);
    let mut inner = expr;
    while let ExprKind::AsOf { of, .. } = &inner.kind {
        inner = of;
    }
    let is_name = matches!(inner.kind, ExprKind::Path(_))
        && !checker.is_events(inner)
        && checker.relation_of(inner).is_none();
    let is_value = matches!(
        inner.kind,
        ExprKind::Aggregate { .. }
            | ExprKind::Call { .. }
            | ExprKind::Property { .. }
            | ExprKind::Stage(_)
            | ExprKind::Points { .. }
            | ExprKind::Arithmetic { .. }
            | ExprKind::Negate(_)
            | ExprKind::Relative { .. }
            | ExprKind::Literal(_)
    );
    let term = if is_name || is_value {
        checker.any_term(expr)
    } else {
        checker.cond(expr).map(|cond| as_value(cond, text))
    };
    found.append(&mut checker.found);
    term
}

pub(crate) fn as_value(cond: Cond, text: &str) -> Term {
    let span = cond.span;
    let case = Case {
        cond,
        value: Lit::Whole(1),
        text: text.into(),
    };
    let kind = TermKind::Cases {
        cases: vec![case],
        otherwise: Some(Lit::Whole(0)),
    };
    Term::new(kind, Ty::Bool, span)
}

/// The dispatcher: one arm for each construct, which stands in a file of its own. All errors are collected: a part that is
/// wrong yields `None` and does not keep the others from being looked at.
impl Checker<'_> {
    /// An expression as a condition.
    fn cond(&mut self, e: &Expr) -> Option<Cond> {
        let span = e.span;
        let kind = match &e.kind {
            ExprKind::Or(parts) => CondKind::Any(self.all(parts)?),
            ExprKind::And(parts) => CondKind::All(self.all(parts)?),
            ExprKind::Not(part) => CondKind::Not(Box::new(self.cond(part)?)),
            ExprKind::Literal(Literal::Bool(b)) => CondKind::Const(*b),
            ExprKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            } => return self.compare(e, *op, left, right, *ignoring_case),
            ExprKind::Between {
                negated,
                value,
                low,
                high,
            } => return Some(negate(*negated, self.between(e, value, low, high)?)),
            ExprKind::In {
                negated,
                value,
                list,
                ignoring_case,
            } => {
                let cond = self.one_of(value, list, *ignoring_case, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::Contains {
                negated,
                quantifier,
                value,
                items,
                ignoring_case,
            } => {
                let cond = self.contains(value, items, *quantifier, *ignoring_case, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::Text {
                negated,
                op,
                value,
                pattern,
                ignoring_case,
            } => {
                let cond = self.text_test(*op, value, pattern, *ignoring_case, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::Presence { missing, value } => {
                return Some(negate(*missing, self.present(value, span)?));
            }
            ExprKind::Empty { negated, value } => return self.empty(value, *negated, span),
            ExprKind::Near {
                value,
                radius,
                unit,
                latitude,
                longitude,
            } => self.near(value, radius, *unit, latitude, longitude)?,
            ExprKind::InRectangle {
                negated,
                value,
                rectangle,
            } => {
                let kind = self.in_rectangle(value, rectangle)?;
                return Some(negate(*negated, Cond::new(kind, span)));
            }
            ExprKind::Windowed { subject, windows } => {
                self.needs_time(subject, e)?;
                return if self.is_events(subject) {
                    self.some(subject, windows, span)
                } else {
                    self.timed(subject, windows, span)
                };
            }
            ExprKind::Times { count, events } => self.times(count, events, span)?,
            ExprKind::Regularly { count, events, per } => self.regularly(e, count, events, *per)?,
            ExprKind::Sequence(sequence) => self.sequence(sequence)?,
            ExprKind::As { events, .. } => {
                self.needs_time(events, e)?;
                return self.some(e, &[], span);
            }
            ExprKind::AllRows {
                relation,
                conditions,
            } => return self.all_rows(relation, conditions, span),
            ExprKind::Tagged { quantifier, paths } => self.tagged(*quantifier, paths, span)?,
            ExprKind::InSegment {
                negated,
                quantifier,
                segments,
            } => {
                let cond = self.in_segment(*quantifier, segments, span)?;
                return Some(negate(*negated, cond));
            }
            ExprKind::SegmentMove {
                entered,
                segment,
                within,
            } => self.segment_move(*entered, segment, *within, span)?,
            ExprKind::InSample {
                negated,
                percent,
                salt,
            } => {
                let kind = self.sample(percent, salt)?;
                return Some(negate(*negated, Cond::new(kind, span)));
            }
            ExprKind::Upcoming {
                anniversary,
                value,
                days,
            } => self.upcoming(e, *anniversary, value, *days)?,
            ExprKind::Was {
                negated,
                value,
                values,
                windows,
            } => {
                let kind = self.was(e, value, values, windows)?;
                return Some(negate(*negated, Cond::new(kind, span)));
            }
            ExprKind::Changed {
                value,
                from,
                to,
                windows,
            } => self.changed(e, value, (from.as_deref(), to.as_deref()), windows)?,
            ExprKind::AsOf { of, ago } => self.cond_as_of(of, *ago, span)?,
            ExprKind::InStage { ever, stage, of } => {
                return self.in_stage(*ever, stage, of.as_deref(), span);
            }
            ExprKind::StageMove {
                entered,
                stage,
                of,
                within,
            } => self.stage_move(*entered, stage, of.as_deref(), *within, span)?,
            ExprKind::InJourney { step, of } => {
                return self.in_journey(step.as_ref(), of, None, span);
            }
            ExprKind::JourneyMove { what, of, within } => {
                return self.journey_move(*what, of, *within, span);
            }
            ExprKind::Held {
                condition,
                op,
                duration,
            } => {
                if let ExprKind::InJourney { step, of } = &condition.kind {
                    return self.in_journey(step.as_ref(), of, Some((*op, *duration)), span);
                }
                self.held(e, condition, *op, *duration)?
            }
            ExprKind::Event { .. } => return self.some(e, &[], span),
            ExprKind::Path(_) if self.collection(e).is_some() => return self.some(e, &[], span),
            ExprKind::Aggregate { .. }
            | ExprKind::Call { .. }
            | ExprKind::Stage(_)
            | ExprKind::Points { .. }
            | ExprKind::Property { .. }
            | ExprKind::Path(_)
            | ExprKind::Arithmetic { .. }
            | ExprKind::Negate(_)
            | ExprKind::Relative { .. }
            | ExprKind::Literal(_) => return self.truth(e),
        };
        Some(Cond::new(kind, span))
    }

    fn all(&mut self, parts: &[Expr]) -> Option<Vec<Cond>> {
        let checked: Vec<Option<Cond>> = parts.iter().map(|p| self.cond(p)).collect();
        checked.into_iter().collect()
    }

    /// A value where a condition is wanted: only a `bool` is one.
    fn truth(&mut self, e: &Expr) -> Option<Cond> {
        let term = self.any_term(e)?;
        let span = e.span;
        if term.ty == Ty::Bool {
            return Some(Cond::truth(term, span));
        }
        let source = self.source(span);
        let message = format!("`{source}` is {}, not a condition", term.ty.words());
        let diagnostic = Diagnostic::error("E0106", span, message);
        self.report(diagnostic.help(condition_help(&source, &term)))
    }

    /// `between`: of events a window, of rows nothing.
    fn between(&mut self, e: &Expr, value: &Expr, low: &Expr, high: &Expr) -> Option<Cond> {
        match self.collection(value) {
            Some(Collection::Events) => self.some_between(value, low, high, e.span),
            Some(Collection::Rows(_)) => {
                if !matches!(low.kind, ExprKind::Literal(Literal::Number { .. })) {
                    self.needs_time(value, e)?;
                }
                let bare = matches!(value.kind, ExprKind::Path(_));
                self.report(self.rows_are_no_value(value.span, bare))
            }
            None => self.between_values(value, low, high, e.span),
        }
    }

    /// `exists`: of events and rows, that there are some.
    fn present(&mut self, value: &Expr, span: Span) -> Option<Cond> {
        if self.collection(value).is_some() {
            return self.some(value, &[], span);
        }
        let kind = CondKind::Present(self.operand(value)?);
        Some(Cond::new(kind, span))
    }

    /// `is empty`: of rows, that there are none.
    fn empty(&mut self, value: &Expr, negated: bool, span: Span) -> Option<Cond> {
        if self.rows_of(value).is_some() {
            return Some(negate(!negated, self.some(value, &[], span)?));
        }
        let operand = self.operand(value)?;
        if let Operand::Term(term) = &operand
            && term.ty != Ty::String
        {
            let message = format!("expected `string` or a list, found {}", term.ty.words());
            let diagnostic = Diagnostic::error("E0105", value.span, message);
            return self
                .report(diagnostic.help("write `is missing` to ask whether there is a value"));
        }
        let kind = CondKind::Empty(operand);
        Some(negate(negated, Cond::new(kind, span)))
    }

    /// An expression as a value of whatever type.
    fn any_term(&mut self, e: &Expr) -> Option<Term> {
        self.term(e, None)
    }

    /// An expression as a value; a bare word opposite an enum is one of its values.
    fn term(&mut self, e: &Expr, expected: Option<Expected<'_>>) -> Option<Term> {
        let span = e.span;
        match &e.kind {
            ExprKind::Literal(literal) => self.literal(literal, span, expected),
            ExprKind::Path(names) => self.path(names, span, expected),
            ExprKind::Property { of, name } => self.property(e, of, name),
            ExprKind::Stage(of) => self.stage_of(of, span),
            ExprKind::Points {
                ledger,
                earned,
                within,
            } => self.points(ledger, *earned, *within, span),
            ExprKind::Aggregate { function, argument } => self.aggregate(*function, argument, span),
            ExprKind::Negate(of) => self.negated(of, span),
            ExprKind::Arithmetic { op, left, right } => match self.missing_quotes(e, expected) {
                Some(diagnostic) => self.report(diagnostic),
                None => self.arithmetic(*op, left, right, span),
            },
            ExprKind::Relative { duration, past } => self.relative(*duration, *past, span),
            ExprKind::AsOf { of, ago } => self.term_as_of(of, *ago, span, expected),
            ExprKind::Call {
                function,
                arguments,
            } => self.call(function, arguments, span),
            ExprKind::Event { .. } if self.relation_of(e).is_some() => {
                self.report(self.rows_are_no_value(span, false))
            }
            ExprKind::Or(_)
            | ExprKind::And(_)
            | ExprKind::Not(_)
            | ExprKind::Compare { .. }
            | ExprKind::Between { .. }
            | ExprKind::In { .. }
            | ExprKind::Contains { .. }
            | ExprKind::Text { .. }
            | ExprKind::Presence { .. }
            | ExprKind::Empty { .. }
            | ExprKind::Near { .. }
            | ExprKind::InRectangle { .. }
            | ExprKind::Windowed { .. }
            | ExprKind::Times { .. }
            | ExprKind::Regularly { .. }
            | ExprKind::Sequence(_)
            | ExprKind::As { .. }
            | ExprKind::AllRows { .. }
            | ExprKind::Tagged { .. }
            | ExprKind::InSegment { .. }
            | ExprKind::SegmentMove { .. }
            | ExprKind::InStage { .. }
            | ExprKind::StageMove { .. }
            | ExprKind::InJourney { .. }
            | ExprKind::JourneyMove { .. }
            | ExprKind::InSample { .. }
            | ExprKind::Upcoming { .. }
            | ExprKind::Was { .. }
            | ExprKind::Changed { .. }
            | ExprKind::Held { .. }
            | ExprKind::Event { .. } => self.no_value(e),
        }
    }

    /// What stands behind a dot: a property of one event, or a calendar part of a value.
    fn property(&mut self, e: &Expr, of: &Expr, name: &syntax::Name) -> Option<Term> {
        if let ExprKind::Aggregate { function, argument } = &of.kind
            && matches!(function, Aggregate::First | Aggregate::Last)
        {
            return self.property_of_event(*function, argument, name, e.span);
        }
        if let Some(rows) = self.row_path(e) {
            let spans = (rows.span, e.span);
            let diagnostic =
                self.one_for_each_row(rows.relation, &rows.names, rows.conditions, spans)?;
            return self.report(diagnostic);
        }
        if self.is_events(of) {
            return self.property_of_events(of, name, e.span);
        }
        self.part_of_value(of, name)
    }
}

/// What to write instead of a value that is no condition.
fn condition_help(source: &str, term: &Term) -> String {
    if matches!(term.kind, TermKind::Lit(_)) {
        return format!("compare something with it: `… = {source}`");
    }
    let comparison = match &term.ty {
        Ty::Date | Ty::Instant if term.depends_on_now => {
            return format!(
                "compare it with a date, or ask for a part of it: `{source}.weekday = monday`"
            );
        }
        Ty::Date | Ty::Instant => {
            return format!("ask when: `{source} within 30 days`, `{source} before 2024-01-01`");
        }
        Ty::Place => {
            return format!(
                "ask for a distance: `{source} within 5 km of (48.85, 2.35)`, or `{source} exists`"
            );
        }
        Ty::String => "= \"…\"",
        Ty::Duration => "> 5 minutes",
        Ty::Exact(_) | Ty::Ratio(_) | Ty::Float => "> 0",
        Ty::Bool | Ty::Version | Ty::Enum(_) | Ty::Named(_) | Ty::Period(_) => "= …",
    };
    let always_there = matches!(
        term.kind,
        TermKind::Aggregate {
            function: Aggregate::Count | Aggregate::Sum | Aggregate::Distinct,
            ..
        }
    );
    if always_there {
        format!("compare it: `{source} {comparison}`")
    } else {
        format!("compare it: `{source} {comparison}`, or ask `{source} exists`")
    }
}

//! `series = ["people(purchased)", "sum(purchased.amount) - sum(returned.amount)"], per = "week", by = "purchased.channel"`: figures by
//! calendar period.

use super::grouping::{Grouping, grouping};
use super::{Kind, NOT_EVENTS, ReportParts, ReportPlan, ReportReader};
use crate::diagnostic::Diagnostic;
use crate::ir::{Select, Term};
use crate::rule::touchpoint::Measure;
use crate::rulebook::document::ReportDocument;
use crate::rulebook::events::parsed;
use crate::rulebook::reader::{KeyedText, Reader};
use crate::syntax::{self, Aggregate, ArithmeticOp, Expr, ExprKind, KindSelector, Literal};
use crate::time::CalendarUnit;
use std::sync::Arc;

/// What counts people is a function here alone.
const PEOPLE: &str = "people";

/// The most figures of one report.
const MAX_FIGURES: usize = 20;

pub(super) const KIND: Kind = Kind {
    key: "series",
    takes: &["per", "by"],
    is_meant: |document| document.series.is_some(),
    load,
};

/// A series, checked.
#[derive(Debug)]
pub(crate) struct SeriesPlan {
    pub(crate) figures: Vec<FigurePlan>,
    pub(crate) per: CalendarUnit,
    pub(crate) by: Option<Grouping>,
}

/// One figure: measures, and what is calculated from them.
#[derive(Debug)]
pub(crate) struct FigurePlan {
    pub(crate) text: Arc<str>,
    pub(crate) measures: Vec<Measure>,
    pub(crate) value: FigureValue,
}

#[derive(Clone, Debug)]
pub(crate) enum FigureValue {
    /// A position among the measures.
    Measure(usize),
    Number {
        mantissa: i128,
        scale: u8,
    },
    Arithmetic {
        op: ArithmeticOp,
        left: Box<FigureValue>,
        right: Box<FigureValue>,
    },
    Negate(Box<FigureValue>),
}

impl SeriesPlan {
    pub(super) fn parts(&self) -> ReportParts<'_> {
        let measures = || self.figures.iter().flat_map(|figure| &figure.measures);
        let by = self.by.iter().filter_map(Grouping::term);
        ReportParts {
            events: measures().map(Measure::events).collect(),
            values: measures().filter_map(Measure::value).chain(by).collect(),
        }
    }
}

fn load(document: &ReportDocument, reader: &mut ReportReader<'_, '_>) -> Option<ReportPlan> {
    let written = document.series.as_deref().unwrap_or_default();
    if !(1..=MAX_FIGURES).contains(&written.len()) {
        let message = format!(
            "a series has 1 to {MAX_FIGURES} figures, not {}",
            written.len()
        );
        return reader.complain(
            &["series"],
            &message,
            "write `series = [\"count(purchased)\"]`",
        );
    }
    let per = reader.per(document.per.as_ref());
    let mut figures = Some(Vec::with_capacity(written.len()));
    for (nth, text) in written.iter().enumerate() {
        let nth = nth.to_string();
        let figure = reader.at(&["series", &nth], text, figure);
        figures = figures.zip(figure).map(|(mut all, figure)| {
            all.push(figure);
            all
        });
    }
    let figures = figures?;
    let counted: Vec<&Select> = (figures.iter())
        .flat_map(|figure| &figure.measures)
        .map(Measure::events)
        .collect();
    let by = match &document.by {
        Some(by) => Some(grouping("by", by, &counted, reader)?),
        None => None,
    };
    Some(ReportPlan::Series(Arc::new(SeriesPlan {
        figures,
        per: per?,
        by,
    })))
}

fn figure(reader: &mut Reader<'_>, at: KeyedText<'_>) -> Option<FigurePlan> {
    let expr = parsed(at, reader)?;
    let mut figure = FigureReader {
        at,
        reader,
        measures: Vec::new(),
    };
    let value = figure.value(expr)?;
    let measures = figure.measures;
    if measures.is_empty() {
        let diagnostic = at.error(NOT_EVENTS, "this is the same number in every period");
        return reader.report(at, diagnostic.help("count events: `count(purchased)`"));
    }
    let is_calculated = !matches!(value, FigureValue::Measure(_));
    let lengths = measures.iter().filter_map(Measure::value);
    if is_calculated && lengths.into_iter().any(|value| !value.ty.is_number()) {
        let message = "only numbers are calculated with, not lengths of time";
        let diagnostic = at.error(NOT_EVENTS, message);
        return reader.report(at, diagnostic.help("show each in a figure of its own"));
    }
    Some(FigurePlan {
        text: at.text.trim().into(),
        measures,
        value,
    })
}

/// Reads one figure.
struct FigureReader<'a, 'r, 'c> {
    at: KeyedText<'a>,
    reader: &'r mut Reader<'c>,
    measures: Vec<Measure>,
}

impl FigureReader<'_, '_, '_> {
    fn value(&mut self, expr: Expr) -> Option<FigureValue> {
        let span = expr.span;
        match expr.kind {
            ExprKind::Arithmetic { op, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                Some(FigureValue::Arithmetic {
                    op,
                    left: Box::new(left?),
                    right: Box::new(right?),
                })
            }
            ExprKind::Negate(of) => Some(FigureValue::Negate(Box::new(self.value(*of)?))),
            ExprKind::Literal(Literal::Number { mantissa, scale }) => {
                Some(FigureValue::Number { mantissa, scale })
            }
            ExprKind::Aggregate { function, argument } => match function {
                Aggregate::Count => {
                    self.measure(function, *argument, |of, _| Some(Measure::Count(of)))
                }
                Aggregate::Sum => self.measure(function, *argument, |of, value| {
                    Some(Measure::Sum(of, value?))
                }),
                Aggregate::Avg => self.measure(function, *argument, |of, value| {
                    Some(Measure::Average(of, value?))
                }),
                _ => self.refuse(span, &format!("`{}`", function.name())),
            },
            ExprKind::Event {
                kinds: KindSelector::One(name),
                mut conditions,
            } if name.text == PEOPLE && conditions.len() == 1 => {
                let argument = conditions.pop()?;
                self.measure(Aggregate::Count, argument, |of, _| {
                    Some(Measure::People(of))
                })
            }
            kind => {
                let source = syntax::format(&Expr { kind, span });
                self.refuse(span, &format!("`{source}`"))
            }
        }
    }

    fn measure(
        &mut self,
        function: Aggregate,
        argument: Expr,
        make: impl FnOnce(Select, Option<Term>) -> Option<Measure>,
    ) -> Option<FigureValue> {
        let (events, value) = super::events(function, argument, self.at, self.reader)?;
        self.measures.push(make(events, value)?);
        Some(FigureValue::Measure(self.measures.len() - 1))
    }

    fn refuse<T>(&mut self, span: crate::span::Span, what: &str) -> Option<T> {
        let message = format!("{what} is not counted by calendar periods");
        let diagnostic = Diagnostic::error(NOT_EVENTS, span, message);
        let help =
            "a figure is calculated from numbers, `count(…)`, `people(…)`, `sum(…)` and `avg(…)`";
        self.reader.report(self.at, diagnostic.help(help))
    }
}

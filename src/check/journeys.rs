//! Conditions on journeys, which are short forms of conditions on the events that a profile passed from step to step.
//!
//! A run of a journey is in a step if it came to it more often than it left it. Counting needs no order, so that a step that is left
//! at the instant at which it was come to is no case of its own, and it holds of several runs at once.

use super::checker::Checker;
use super::context::JourneyNames;
use super::suggest::suggest_whole;
use crate::diagnostic::Diagnostic;
use crate::ir::Cond;
use crate::span::Span;
use crate::syntax::{
    Aggregate, CompareOp, Expr, ExprKind, HeldOp, JourneyMoveKind, KindSelector, Literal, Name,
    OfJourney, TimeSpan, Window, WindowKind, quoted_name,
};

/// How long somebody is asked to have been in a journey or a step.
pub(super) type HeldSpan = Option<(HeldOp, TimeSpan)>;

impl<'a> Checker<'a> {
    /// `in journey welcome`, `in step first of welcome for more than 2 days`
    pub(super) fn in_journey(
        &mut self,
        step: Option<&Name>,
        of: &OfJourney,
        held: HeldSpan,
        span: Span,
    ) -> Option<Cond> {
        let journey = self.journey(of)?;
        if let Some(step) = step {
            self.step_of(journey, of, step)?;
        }
        let writer = self.writer(of, span)?;
        let (came, left) = match step {
            Some(step) => (
                writer.equals("to", &step.text),
                writer.equals("from", &step.text),
            ),
            None => (writer.missing("from"), writer.missing("to")),
        };
        // A passage that neither comes from a step nor goes to one says that the goal was reached without the journey.
        let inside = |property: &str| step.is_none().then(|| writer.present(property));
        let mut came: Vec<Expr> = inside("to").into_iter().chain([came]).collect();
        let mut left: Vec<Expr> = inside("from").into_iter().chain([left]).collect();
        if let Some((op, length)) = held {
            let (began_at, left_since) = match step {
                Some(_) => ("at", "since"),
                None => ("entered", "entered"),
            };
            came.push(writer.ago(began_at, op, length));
            left.push(writer.ago(left_since, op, length));
        }
        let compare = ExprKind::Compare {
            op: CompareOp::Gt,
            left: Box::new(writer.count(came)),
            right: Box::new(writer.count(left)),
            ignoring_case: false,
        };
        self.cond(&writer.whole(compare))
    }

    /// `entered journey welcome within 7 days`, `reached goal of welcome within 30 days`
    pub(super) fn journey_move(
        &mut self,
        what: JourneyMoveKind,
        of: &OfJourney,
        within: TimeSpan,
        span: Span,
    ) -> Option<Cond> {
        self.journey(of)?;
        let writer = self.writer(of, span)?;
        let conditions = match what {
            JourneyMoveKind::Entered => vec![writer.missing("from"), writer.present("to")],
            JourneyMoveKind::Left => vec![writer.present("from"), writer.missing("to")],
            JourneyMoveKind::ReachedGoal => vec![writer.is_goal()],
        };
        let windowed = ExprKind::Windowed {
            subject: Box::new(writer.events(conditions)),
            windows: vec![Window {
                kind: WindowKind::Within(within),
                span,
            }],
        };
        self.cond(&writer.whole(windowed))
    }

    /// The journey that is named.
    fn journey(&mut self, of: &OfJourney) -> Option<&'a JourneyNames> {
        let (context, name) = (self.context, &of.journey);
        let Some(journey) = context.journeys.get(&name.text) else {
            let known: Vec<&str> = context.journeys.keys().map(String::as_str).collect();
            let message = format!("there is no journey `{}`", name.text);
            let diagnostic = Diagnostic::error("E0142", name.span, message);
            let diagnostic = if known.is_empty() {
                diagnostic.help("journeys are declared in a rulebook")
            } else {
                diagnostic
            };
            return self.report(suggest_whole(diagnostic, name.span, &name.text, &known));
        };
        if of.run.is_some() && journey.per.is_none() {
            let message = format!("`{}` has one run for each profile", name.text);
            let help = format!(
                "leave out what follows it: `journey {}`",
                quoted_name(&name.text)
            );
            return self.report(Diagnostic::error("E0143", of.span, message).help(help));
        }
        Some(journey)
    }

    fn step_of(&mut self, journey: &JourneyNames, of: &OfJourney, step: &Name) -> Option<()> {
        if journey.steps.contains(&step.text) {
            return Some(());
        }
        let known: Vec<&str> = journey.steps.iter().map(String::as_str).collect();
        let message = format!("`{}` has no step `{}`", of.journey.text, step.text);
        let diagnostic = Diagnostic::error("E0142", step.span, message);
        self.report(suggest_whole(diagnostic, step.span, &step.text, &known))
    }

    /// What writes conditions on the passages of a journey.
    fn writer(&mut self, of: &OfJourney, span: Span) -> Option<Writer> {
        let Some(kind) = self.context.schema().journey_passed_kind() else {
            let message = "the events of the schema do not say where a profile is in a journey";
            return self.report(Diagnostic::error("E0142", span, message).help(
                "give the kind `journey_passed` of the schema another name: it is that of the passages of journeys",
            ));
        };
        let unwritten = Span {
            start: span.end,
            end: span.end,
        };
        Some(Writer {
            kind: kind.name.clone(),
            journey: of.journey.text.clone(),
            run: of.run.clone(),
            span,
            unwritten,
        })
    }
}

/// Writes conditions on the passages of a journey. What the author has not written has an empty span.
struct Writer {
    kind: String,
    journey: String,
    run: Option<Literal>,
    span: Span,
    unwritten: Span,
}

impl Writer {
    fn whole(&self, kind: ExprKind) -> Expr {
        Expr {
            kind,
            span: self.span,
        }
    }

    fn node(&self, kind: ExprKind) -> Expr {
        Expr {
            kind,
            span: self.unwritten,
        }
    }

    fn name(&self, text: &str) -> Name {
        Name {
            text: text.to_owned(),
            span: self.unwritten,
        }
    }

    fn path(&self, name: &str) -> Box<Expr> {
        Box::new(self.node(ExprKind::Path(vec![self.name(name)])))
    }

    fn compare(&self, left: &str, op: CompareOp, right: Expr) -> Expr {
        self.node(ExprKind::Compare {
            op,
            left: self.path(left),
            right: Box::new(right),
            ignoring_case: false,
        })
    }

    fn equals(&self, property: &str, text: &str) -> Expr {
        let text = ExprKind::Literal(Literal::String(text.to_owned()));
        self.compare(property, CompareOp::Eq, self.node(text))
    }

    fn is_goal(&self) -> Expr {
        self.compare("because", CompareOp::Eq, *self.path("goal"))
    }

    fn present(&self, property: &str) -> Expr {
        self.node(ExprKind::Presence {
            missing: false,
            value: self.path(property),
        })
    }

    fn missing(&self, property: &str) -> Expr {
        self.node(ExprKind::Presence {
            missing: true,
            value: self.path(property),
        })
    }

    /// That an instant lies so far back.
    fn ago(&self, property: &str, op: HeldOp, length: TimeSpan) -> Expr {
        let op = match op {
            HeldOp::MoreThan => CompareOp::Lt,
            HeldOp::AtLeast => CompareOp::Le,
            HeldOp::LessThan => CompareOp::Gt,
        };
        let ago = ExprKind::Relative {
            duration: length,
            past: true,
        };
        self.compare(property, op, self.node(ago))
    }

    fn events(&self, conditions: Vec<Expr>) -> Expr {
        let mut all = vec![self.equals("journey", &self.journey)];
        if let Some(Literal::String(run)) = &self.run {
            all.push(self.equals("key", run));
        }
        all.extend(conditions);
        self.whole(ExprKind::Event {
            kinds: KindSelector::One(self.name(&self.kind)),
            conditions: all,
        })
    }

    fn count(&self, conditions: Vec<Expr>) -> Expr {
        self.whole(ExprKind::Aggregate {
            function: Aggregate::Count,
            argument: Box::new(self.events(conditions)),
        })
    }
}

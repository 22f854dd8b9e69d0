//! Stages of lifecycles: which lifecycle is meant, and what is asked about its stages.

use super::conditions::Checker;
use super::suggest::{listed, suggest_whole};
use crate::diagnostic::Diagnostic;
use crate::ir::{
    Cond, CondKind, Held, Lit, MAX_STAGES, Order, StageOf, StageTest, Term, TermKind, Ty,
};
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, Literal, Name, OfLifecycle, TimeSpan, quoted_name};
use crate::value::Type;

/// The word that means the stage of the rulebook's only lifecycle, unless an attribute or a trait is called so.
const STAGE: &str = "stage";

impl Checker<'_> {
    /// The lifecycle that is meant among those that are known: the one that is named, else the only one. What is wrong with
    /// one that is declared and not known is said where it is declared.
    pub(super) fn which_lifecycle<'a>(
        &mut self,
        named: Option<(&'a str, Span)>,
        known: &[&'a str],
        code: &'static str,
        unclear: impl FnOnce(&mut Self) -> Diagnostic,
    ) -> Option<&'a str> {
        let declared = &self.context.declared_lifecycles;
        match (named, known) {
            (Some((name, _)), _) if known.contains(&name) => Some(name),
            (Some((name, _)), _) if declared.contains(name) => None,
            (Some((name, at)), _) => {
                let diagnostic =
                    Diagnostic::error(code, at, format!("there is no lifecycle `{name}`"));
                let none = known.is_empty();
                let diagnostic = if none {
                    diagnostic.help("lifecycles are declared in a rulebook")
                } else {
                    diagnostic
                };
                self.report(suggest_whole(diagnostic, at, name, known))
            }
            (None, _) if known.len() < declared.len() => None,
            (None, [only]) => Some(only),
            (None, _) => {
                let diagnostic = unclear(self);
                self.report(diagnostic)
            }
        }
    }

    /// The lifecycle whose stage is asked for.
    fn lifecycle(&mut self, of: Option<&OfLifecycle>, span: Span) -> Option<StageOf> {
        let context = self.context;
        let known: Vec<&str> = context.lifecycles.keys().map(String::as_str).collect();
        let named = of.map(|of| (of.lifecycle.text.as_str(), of.lifecycle.span));
        let name = self.which_lifecycle(named, &known, "E0140", |_| {
            if known.is_empty() {
                return Diagnostic::error("E0140", span, "there is no lifecycle whose stage this could be")
                    .help("lifecycles are declared in a rulebook; an attribute that is kept by the host may be called `stage` too");
            }
            let spelled = |name: &&str| {
                let per = context.lifecycles.get(*name).is_some_and(|l| l.per.is_some());
                format!("stage of {}{}", quoted_name(name), if per { " for \"…\"" } else { "" })
            };
            let written: Vec<String> = known.iter().map(spelled).collect();
            let written: Vec<&str> = written.iter().map(String::as_str).collect();
            Diagnostic::error("E0140", span, "there are several lifecycles whose stage this could be")
                .help(format!("say which: {}", listed(&written)))
        })?;
        let lifecycle = context.lifecycles.get(name)?;
        let subject = of.and_then(|of| match &of.subject {
            Some(Literal::String(subject)) => Some(subject),
            _ => None,
        });
        let spelled = quoted_name(name);
        match (&lifecycle.per, subject) {
            (Some(per), None) => self.report(
                Diagnostic::error(
                    "E0141",
                    of.map_or(span, |of| of.span),
                    format!("`{name}` has a stage for each `{per}`"),
                )
                .help(format!("say which: `stage of {spelled} for \"…\"`")),
            ),
            (None, Some(_)) => self.report(
                Diagnostic::error(
                    "E0141",
                    of.map_or(span, |of| of.span),
                    format!("`{name}` has one stage for each profile"),
                )
                .help(format!("leave out what follows it: `stage of {spelled}`")),
            ),
            (per, subject) => {
                if let (Some(per), Some(subject)) = (per, subject) {
                    self.known_subject(per, subject, of.map_or(span, |of| of.span))?;
                }
                Some(StageOf {
                    lifecycle: lifecycle.clone(),
                    subject: subject.map(|s| s.as_str().into()),
                })
            }
        }
    }

    /// Where the property is an enum, the subject is one of its values.
    fn known_subject(&mut self, per: &str, subject: &str, span: Span) -> Option<()> {
        let fields = self
            .context
            .schema()
            .kinds()
            .iter()
            .flat_map(|k| &k.properties)
            .find(|p| p.name == per);
        let Some(Type::Enum(values)) = fields.map(|f| &f.ty) else {
            return Some(());
        };
        if values.index_of(subject).is_some() {
            return Some(());
        }
        let known: Vec<&str> = values.values.iter().map(String::as_str).collect();
        let diagnostic =
            Diagnostic::error("E0141", span, format!("`{subject}` is no value of `{per}`"));
        let diagnostic = match super::suggest::nearest(subject, known.iter().copied()) {
            Some(meant) => diagnostic.help(format!("did you mean \"{meant}\"?")),
            None => diagnostic.help(format!("known: {}", listed(&known))),
        };
        self.report(diagnostic)
    }

    /// `stage of interest for "tv"` as a value.
    pub(super) fn stage_of(&mut self, of: &OfLifecycle, span: Span) -> Option<Term> {
        Some(term(self.lifecycle(Some(of), span)?, span))
    }

    /// Whether a name means the stage of a lifecycle: nothing else is called so.
    pub(super) fn is_stage(&self, name: &str) -> bool {
        name == STAGE && !self.context.declared_lifecycles.is_empty()
    }

    /// A bare `stage`, where nothing else is called so.
    pub(super) fn bare_stage(&mut self, span: Span) -> Option<Term> {
        Some(term(self.lifecycle(None, span)?, span))
    }

    /// The same without a complaint.
    pub(super) fn only_stage(&self, name: &str, span: Span) -> Option<Term> {
        let mut lifecycles = self.context.lifecycles.values();
        let only = lifecycles.next().filter(|only| only.per.is_none())?;
        let one = lifecycles.next().is_none() && self.context.declared_lifecycles.len() <= 1;
        (name == STAGE && one).then(|| {
            term(
                StageOf {
                    lifecycle: only.clone(),
                    subject: None,
                },
                span,
            )
        })
    }

    fn stage_index(&mut self, of: &StageOf, stage: &Name) -> Option<usize> {
        let names = &of.lifecycle.names;
        if let Some(i) = names.index_of(&stage.text) {
            return Some(i);
        }
        let known: Vec<&str> = names.values.iter().map(String::as_str).collect();
        let message = format!("`{}` has no stage `{}`", of.lifecycle.name, stage.text);
        self.report(suggest_whole(
            Diagnostic::error("E0104", stage.span, message),
            stage.span,
            &stage.text,
            &known,
        ))
    }

    /// `in stage decision`, `ever in stage decision`
    pub(super) fn in_stage(
        &mut self,
        ever: bool,
        stage: &Name,
        of: Option<&OfLifecycle>,
        span: Span,
    ) -> Option<Cond> {
        if !ever
            && of.is_none()
            && let Some(value) = self.named(STAGE, span)
            && !matches!(value.kind, TermKind::Stage(_))
        {
            // An attribute of this name.
            let lit = self.literal_of(
                &Expr {
                    kind: ExprKind::Path(vec![stage.clone()]),
                    span: stage.span,
                },
                &value.ty.clone(),
            )?;
            let right = Term {
                kind: TermKind::Lit(lit),
                ty: value.ty.clone(),
                span: stage.span,
                depends_on_now: false,
            };
            return self.comparison(Order::Eq, value, right, false, span);
        }
        let of = self.lifecycle(of, span)?;
        let index = self.stage_index(&of, stage)?;
        if ever {
            return Some(Cond {
                kind: CondKind::Stage {
                    of,
                    test: StageTest::Ever(1 << index),
                },
                span,
            });
        }
        let left = term(of, span);
        let lit = Lit::Whole(i128::try_from(index).ok()?);
        let right = Term {
            kind: TermKind::Lit(lit),
            ty: left.ty.clone(),
            span: stage.span,
            depends_on_now: false,
        };
        Some(Cond {
            kind: CondKind::Compare {
                op: Order::Eq,
                left,
                right,
                ignoring_case: false,
            },
            span,
        })
    }

    /// `entered stage decision within 7 days`
    pub(super) fn stage_move(
        &mut self,
        entered: bool,
        stage: &Name,
        of: Option<&OfLifecycle>,
        within: TimeSpan,
        span: Span,
    ) -> Option<CondKind> {
        let of = self.lifecycle(of, span)?;
        let stages = 1 << self.stage_index(&of, stage)?;
        let within = self.calendar_span(within, span)?;
        Some(CondKind::Stage {
            of,
            test: StageTest::Moved {
                entered,
                stages,
                within,
            },
        })
    }

    /// `in stage for more than 3 days`: the lifecycle, if the expression is its stage and no attribute.
    pub(super) fn whole_stage(&mut self, e: &Expr) -> Option<StageOf> {
        let term = match &e.kind {
            ExprKind::Stage(of) => self.stage_of(of, e.span)?,
            ExprKind::Path(names) => match names.as_slice() {
                [name] if self.named(STAGE, e.span).is_none() && self.is_stage(&name.text) => {
                    self.bare_stage(e.span)?
                }
                [name] => self.named(&name.text, e.span)?,
                _ => return None,
            },
            _ => return None,
        };
        if let TermKind::Stage(of) = term.kind {
            Some(of)
        } else {
            None
        }
    }
}

fn term(of: StageOf, span: Span) -> Term {
    let ty = Ty::Enum(of.lifecycle.names.clone());
    Term {
        kind: TermKind::Stage(of),
        ty,
        span,
        depends_on_now: false,
    }
}

/// A condition on nothing but one lifecycle's stage: the stages in which it holds.
pub(super) fn stages_of(cond: &Cond) -> Option<(StageOf, u64)> {
    let of = |term: &Term| {
        if let TermKind::Stage(of) = &term.kind {
            Some(of.clone())
        } else {
            None
        }
    };
    let index = |lit: &Lit| {
        if let Lit::Whole(v) = lit {
            usize::try_from(*v).ok()
        } else {
            None
        }
    };
    let those = |of: &StageOf, test: &dyn Fn(usize) -> bool| {
        (0..of.lifecycle.stages.len())
            .filter(|i| test(*i))
            .fold(0_u64, |bits, i| bits | 1 << i)
    };
    match &cond.kind {
        CondKind::Compare {
            op, left, right, ..
        } => {
            let (of, op, lit) = match (of(left), &right.kind, of(right), &left.kind) {
                (Some(of), TermKind::Lit(lit), ..) => (of, *op, lit),
                (.., Some(of), TermKind::Lit(lit)) => (of, op.flipped(), lit),
                _ => return None,
            };
            let wanted = index(lit)?;
            let stages = those(&of, &|i| op.accepts(i.cmp(&wanted)));
            Some((of, stages))
        }
        CondKind::Between { value, low, high } => {
            let (TermKind::Lit(low), TermKind::Lit(high)) = (&low.kind, &high.kind) else {
                return None;
            };
            let (of, low, high) = (of(value)?, index(low)?, index(high)?);
            let stages = those(&of, &|i| (low..=high).contains(&i));
            Some((of, stages))
        }
        CondKind::OneOf { value, set, .. } => {
            let of = of(value)?;
            let stages = those(&of, &|i| set.iter().any(|lit| index(lit) == Some(i)));
            Some((of, stages))
        }
        CondKind::Present(crate::ir::Operand::Term(value)) => {
            let of = of(value)?;
            let stages = those(&of, &|_| true);
            Some((of, stages))
        }
        CondKind::Not(inner) => {
            let (of, stages) = stages_of(inner)?;
            let all = those(&of, &|_| true) | 1 << MAX_STAGES;
            Some((of, all & !stages))
        }
        _ => None,
    }
}

/// `stage >= decision for at least 3 days`
pub(super) fn held(
    of: StageOf,
    stages: Option<u64>,
    op: Held,
    duration: crate::ir::CalendarSpan,
) -> CondKind {
    CondKind::Stage {
        of,
        test: StageTest::Held {
            stages,
            op,
            duration,
        },
    }
}

//! The walk over a rule: each part is bound and judged on its own, and its parts' answers are put together.

use super::counterfactual::{Counterfactual, all_of, cheapest, in_time, render, until};
use super::field_words::{self, FieldWords};
use super::report::{ChangeKind, Evidence, ExplanationNode, PartKind, ReadValue, RowEvidence};
use super::source::{cond_words, words};
use crate::eval::Binder;
use crate::eval::bounded::{End, Outlook};
use crate::eval::context::Ctx;
use crate::ir::{Area, Calendar, Cond, CondKind, Fingerprint, Operand, Segment, Trait};
use crate::profile::{Model, Profile};
use crate::schema::Schema;
use crate::time::{Instant, NEVER};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(super) struct Explainer<'m, P: Profile> {
    pub(super) binder: Binder<'m, P>,
    pub(super) model: &'m Model<P>,
    pub(super) schema: &'m Schema,
    pub(super) calendar: Calendar,
    /// Segments that were explained already: each is, once.
    pub(super) segments: HashMap<DefinitionKey, Known>,
    /// Traits likewise.
    pub(super) traits: HashSet<DefinitionKey>,
    /// Labels and units, by what was read.
    pub(super) words: HashMap<String, FieldWords>,
    /// Of traits with cases: whether each case holds, and what turns it.
    pub(super) case_counterfactuals: HashMap<DefinitionKey, Arc<[(bool, Counterfactual)]>>,
}

/// A definition under its name. Two of one meaning are told apart, because each is explained in its own words.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct DefinitionKey(String, Fingerprint);

impl DefinitionKey {
    pub(super) fn of_segment(segment: &Segment) -> Self {
        DefinitionKey(segment.name.clone(), segment.cond.fingerprint())
    }

    pub(super) fn of_trait(named: &Trait) -> Self {
        DefinitionKey(named.name.clone(), named.term.fingerprint())
    }
}

#[derive(Clone)]
pub(super) struct Known {
    holds: bool,
    until: Option<Instant>,
    counterfactual: Counterfactual,
}

/// A part with its counterfactual.
pub(super) struct Explained {
    pub(super) part: ExplanationNode,
    pub(super) counterfactual: Counterfactual,
}

/// The question that is asked of a condition.
pub(super) struct Query<'c, 'a, P: Profile> {
    /// The text that spans point into.
    pub(super) text: &'c str,
    pub(super) ctx: &'c Ctx<'a, P>,
    /// Whether it is asked that the condition does *not* hold.
    pub(super) negated: bool,
    /// Whether what is asked holds.
    pub(super) holds: bool,
}

impl<P: Profile> Clone for Query<'_, '_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Profile> Copy for Query<'_, '_, P> {}

impl<P: Profile> Query<'_, '_, P> {
    pub(super) fn now(&self) -> i64 {
        self.ctx.now
    }

    /// Whether the condition itself holds, negated or not.
    pub(super) fn inner(&self) -> bool {
        self.holds != self.negated
    }
}

/// What decides a condition: values, events, rows and parts.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) readings: Vec<ReadValue>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) rows: Vec<RowEvidence>,
    pub(super) parts: Vec<ExplanationNode>,
    /// The changes that would turn it.
    pub(super) actions: Option<Vec<ChangeKind>>,
    /// The events that must not happen for it to turn by itself.
    pub(super) avoid: Option<String>,
}

impl Facts {
    pub(super) fn read(
        &mut self,
        name: impl Into<String>,
        value: Option<String>,
        margin: Option<String>,
    ) {
        let reading = ReadValue {
            margin,
            ..ReadValue::new(name, value)
        };
        if !self.readings.iter().any(|r| r.name == reading.name) {
            self.readings.push(reading);
        }
    }
}

impl<'m, P: Profile> Explainer<'m, P> {
    pub(super) fn new(model: &'m Model<P>, schema: &'m Schema, calendar: Calendar) -> Self {
        let binder = Binder::new(model, schema, calendar);
        Explainer {
            binder,
            model,
            schema,
            calendar,
            segments: HashMap::new(),
            traits: HashSet::new(),
            words: field_words::of_attributes(schema),
            case_counterfactuals: HashMap::new(),
        }
    }

    /// Whether a condition holds and when that changes, as far as that is found.
    fn evaluate(&mut self, cond: &Cond, ctx: &Ctx<'_, P>) -> (bool, Option<Instant>) {
        let node = self.binder.cond(cond);
        let Outlook { holds, until, end } = node.next_change(ctx);
        let until = instant_of(until).filter(|_| end != End::Possible);
        (holds, until)
    }

    pub(super) fn cond(&mut self, cond: &Cond, text: &str, ctx: &Ctx<'_, P>) -> Explained {
        if cond.as_between().is_some() {
            self.test(cond, cond, false, text, ctx)
        } else if let CondKind::All(parts) = &cond.kind {
            self.join(cond, parts, false, text, ctx)
        } else if let CondKind::Any(parts) = &cond.kind {
            self.join(cond, parts, true, text, ctx)
        } else if let CondKind::Segment(segment) = &cond.kind {
            self.segment(cond, segment, text, ctx)
        } else if let CondKind::Not(inner) = &cond.kind {
            if is_compound(inner) {
                self.not(cond, inner, text, ctx)
            } else {
                self.test(cond, inner, true, text, ctx)
            }
        } else {
            self.test(cond, cond, false, text, ctx)
        }
    }

    fn join(
        &mut self,
        cond: &Cond,
        parts: &[Cond],
        any: bool,
        text: &str,
        ctx: &Ctx<'_, P>,
    ) -> Explained {
        let (holds, until_) = self.evaluate(cond, ctx);
        let explained: Vec<Explained> = parts.iter().map(|p| self.cond(p, text, ctx)).collect();
        let actions = if holds == any {
            // What holds of an `or`, or fails of an `and`, decides: all of it must turn before the whole does.
            let deciding = explained.iter().filter(|e| e.part.holds == any);
            let mut actions = all_of(deciding.map(|e| &e.counterfactual));
            // What holds so far must go on to hold.
            let rest = explained
                .iter()
                .filter(|e| !any && e.part.holds)
                .filter_map(|e| e.part.until)
                .min();
            if let (Some(changes), Some(rest)) = (&mut actions, rest) {
                if changes.iter().filter_map(until).any(|at| at >= rest) {
                    actions = None;
                } else {
                    in_time(changes, Some(rest));
                }
            }
            actions
        } else {
            cheapest(explained.iter().map(|e| &e.counterfactual))
        };
        let wait = until_.map(|at| {
            let of_part = explained
                .iter()
                .filter_map(|e| e.counterfactual.wait.as_ref())
                .find(|w| until(w) == Some(at));
            of_part.cloned().unwrap_or(ChangeKind::Wait { until: at })
        });
        // Waiting for each part does not help where the parts never come together.
        let actions = actions.filter(|changes| changes.iter().any(|c| until(c).is_none()));
        let counterfactual = Counterfactual { wait, actions };
        let kind = if any { PartKind::Any } else { PartKind::All };
        let parts = explained.into_iter().map(|e| e.part).collect();
        let text = cond_words(cond, text, self.schema);
        Explained {
            part: self.part(kind, text, holds, until_, &counterfactual, parts),
            counterfactual,
        }
    }

    fn not(&mut self, cond: &Cond, inner: &Cond, text: &str, ctx: &Ctx<'_, P>) -> Explained {
        let Explained {
            part: inner,
            counterfactual,
        } = self.cond(inner, text, ctx);
        let (holds, until) = (!inner.holds, inner.until);
        let text = cond_words(cond, text, self.schema);
        Explained {
            part: self.part(
                PartKind::Not,
                text,
                holds,
                until,
                &counterfactual,
                vec![inner],
            ),
            counterfactual,
        }
    }

    fn segment(
        &mut self,
        cond: &Cond,
        segment: &Arc<Segment>,
        text: &str,
        ctx: &Ctx<'_, P>,
    ) -> Explained {
        let kind = if segment.is_tag {
            PartKind::Tag {
                path: segment.name.clone(),
            }
        } else {
            PartKind::Segment {
                name: segment.name.clone(),
            }
        };
        let words = cond_words(cond, text, self.schema);
        let (known, parts) = self.segment_parts(segment, ctx);
        let part = self.part(
            kind,
            words,
            known.holds,
            known.until,
            &known.counterfactual,
            parts,
        );
        Explained {
            part,
            counterfactual: known.counterfactual,
        }
    }

    /// A segment's condition as a part, except where it was explained before.
    fn segment_parts(
        &mut self,
        segment: &Arc<Segment>,
        ctx: &Ctx<'_, P>,
    ) -> (Known, Vec<ExplanationNode>) {
        let key = DefinitionKey::of_segment(segment);
        if let Some(known) = self.segments.get(&key) {
            return (known.clone(), Vec::new());
        }
        let Explained {
            part,
            counterfactual,
        } = self.cond(&segment.cond, &segment.text, ctx);
        let known = Known {
            holds: part.holds,
            until: part.until,
            counterfactual,
        };
        self.segments.insert(key, known.clone());
        (known, vec![part])
    }

    /// The present state of a segment that was moved into or out of.
    pub(super) fn segment_part(
        &mut self,
        segment: &Arc<Segment>,
        ctx: &Ctx<'_, P>,
    ) -> ExplanationNode {
        let (known, parts) = self.segment_parts(segment, ctx);
        let words = format!("in segment {}", crate::syntax::quoted_name(&segment.name));
        self.part(
            PartKind::Segment {
                name: segment.name.clone(),
            },
            words,
            known.holds,
            known.until,
            &known.counterfactual,
            parts,
        )
    }

    /// What turns a segment that was explained.
    pub(super) fn segment_counterfactual(&self, segment: &Arc<Segment>) -> Option<Vec<ChangeKind>> {
        self.segments
            .get(&DefinitionKey::of_segment(segment))
            .and_then(|known| known.counterfactual.best())
    }

    pub(super) fn part(
        &self,
        kind: PartKind,
        text: String,
        holds: bool,
        until: Option<Instant>,
        counterfactual: &Counterfactual,
        parts: Vec<ExplanationNode>,
    ) -> ExplanationNode {
        let changes = render(counterfactual.best(), self.calendar.zone);
        ExplanationNode {
            kind,
            text,
            holds,
            until,
            readings: Vec::new(),
            evidence: Vec::new(),
            rows: Vec::new(),
            parts,
            changes,
        }
    }

    /// A condition that is explained by what it read. `whole` is what is asked: `inner`, or that it does not hold.
    fn test(
        &mut self,
        whole: &Cond,
        inner: &Cond,
        negated: bool,
        text: &str,
        ctx: &Ctx<'_, P>,
    ) -> Explained {
        let (inner_holds, until) = self.evaluate(inner, ctx);
        let holds = inner_holds != negated;
        let query = Query {
            text,
            ctx,
            negated,
            holds,
        };
        let mut facts = Facts::default();
        self.collect_cond(inner, query, &mut facts);
        let wait = until.map(|until| match facts.avoid.take() {
            Some(events) => ChangeKind::NoEvents { events, until },
            None => ChangeKind::Wait { until },
        });
        let counterfactual = Counterfactual {
            wait,
            actions: facts.actions,
        };
        let words = match words(whole.span, text) {
            words if negated && !words.is_empty() => words,
            _ => cond_words(inner, text, self.schema),
        };
        let part = self.part(
            PartKind::Test,
            words,
            holds,
            until,
            &counterfactual,
            facts.parts,
        );
        Explained {
            part: ExplanationNode {
                readings: facts.readings,
                evidence: facts.evidence,
                rows: facts.rows,
                ..part
            },
            counterfactual,
        }
    }

    /// Collects the facts about a condition, by its kind.
    fn collect_cond(&mut self, cond: &Cond, query: Query<'_, '_, P>, facts: &mut Facts) {
        if let Some(range) = cond.as_between() {
            return self.between(cond, range, query, facts);
        }
        if let Some(value) = cond.as_truth() {
            return self.truth(cond, value, query, facts);
        }
        if let Some(passages) = cond.as_journey_place() {
            return self.journey_place(passages, query, facts);
        }
        match &cond.kind {
            CondKind::Const(_)
            | CondKind::All(_)
            | CondKind::Any(_)
            | CondKind::Not(_)
            | CondKind::Segment(_)
            | CondKind::OfSubject(_) => {}
            CondKind::Compare {
                op, left, right, ..
            } => self.compare(cond, *op, left, right, query, facts),
            CondKind::OneOf { value, set, .. } => self.one_of(cond, value, set, query, facts),
            CondKind::Text {
                op, value, pattern, ..
            } => self.text(*op, value, pattern, query, facts),
            CondKind::Contains {
                of: Operand::Term(value),
                items,
                values,
                all,
                ..
            } => self.substring(value, (items, values), *all, query, facts),
            CondKind::Contains {
                of: Operand::List(list),
                items,
                values,
                all,
                ..
            } => self.contains(cond, list, (items, values), *all, query, facts),
            CondKind::Present(operand) => self.presence(cond, operand, false, query, facts),
            CondKind::Empty(operand) => self.presence(cond, operand, true, query, facts),
            CondKind::Inside {
                value,
                area: Area::Circle(circle),
            } => self.near(value, *circle, query, facts),
            CondKind::Inside {
                value,
                area: Area::Rectangle(rectangle),
            } => self.in_rectangle(value, *rectangle, query, facts),
            CondKind::Timed { value, windows } => self.timed(cond, value, windows, query, facts),
            CondKind::Upcoming { value, .. } => self.upcoming(cond, value, query, facts),
            CondKind::Happened(select) => self.happened(select, query, facts),
            CondKind::Rows { all, rows } => self.rows(rows, *all, query, facts),
            CondKind::Sequence(steps) => self.sequence(cond, steps, query, facts),
            CondKind::Regularly { .. } => self.regularly(cond, query, facts),
            CondKind::Tagged(path) => self.tagged(cond, path.as_deref(), query, facts),
            CondKind::Sample { .. } => self.sample(cond, query, facts),
            CondKind::State { of, test } => self.state(cond, (of, test), query, facts),
            CondKind::AsOf { of, .. } => self.as_of(cond, of, query, facts),
            CondKind::Held { condition, op, .. } => self.held(cond, condition, *op, query, facts),
        }
    }
}

/// Whether a condition is explained by conditions.
fn is_compound(cond: &Cond) -> bool {
    cond.as_between().is_none()
        && matches!(
            cond.kind,
            CondKind::All(_) | CondKind::Any(_) | CondKind::Not(_) | CondKind::Segment(_)
        )
}

/// A time as evaluation reckons it, as an instant; `None`: never.
pub(super) fn instant_of(micros: i64) -> Option<Instant> {
    (micros != NEVER).then(|| Instant::from_micros(micros))
}

//! The walk over a rule: each part is bound and judged on its own, and its parts' answers are put together.

use super::report::{Evidence, Part, PartKind, Reading, RowEvidence, What};
use super::source::{cond_words, is_tag, words};
use super::turn::{Turn, all_of, cheapest, in_time, told, until};
use crate::eval::Binder;
use crate::eval::bounded::NextChange;
use crate::eval::context::Ctx;
use crate::ir::{Calendar, Cond, CondKind, Segment, Trait};
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
    pub(super) segments: HashMap<*const Segment, Known>,
    /// Traits likewise.
    pub(super) traits: HashSet<*const Trait>,
    /// Of traits of cases: which cases hold, and what turns each.
    pub(super) case_turns: HashMap<*const Trait, Arc<[(bool, Turn)]>>,
}

#[derive(Clone)]
pub(super) struct Known {
    holds: bool,
    until: Option<Instant>,
    turn: Turn,
}

/// A part, and what would turn it.
pub(super) struct Explained {
    pub(super) part: Part,
    pub(super) turn: Turn,
}

/// A condition under test.
pub(super) struct Asked<'c, 'a, P: Profile> {
    /// What spans point into.
    pub(super) text: &'c str,
    pub(super) ctx: &'c Ctx<'a, P>,
    /// Whether it is asked that the condition does *not* hold.
    pub(super) negated: bool,
    /// Whether what is asked holds.
    pub(super) holds: bool,
}

impl<P: Profile> Clone for Asked<'_, '_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Profile> Copy for Asked<'_, '_, P> {}

impl<P: Profile> Asked<'_, '_, P> {
    pub(super) fn now(&self) -> i64 {
        self.ctx.now
    }

    /// Whether the condition itself holds, negated or not.
    pub(super) fn inner(&self) -> bool {
        self.holds != self.negated
    }
}

/// What a condition was found to rest on.
#[derive(Default)]
pub(super) struct Found {
    pub(super) readings: Vec<Reading>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) rows: Vec<RowEvidence>,
    pub(super) parts: Vec<Part>,
    /// What would turn it.
    pub(super) doing: Option<Vec<What>>,
    /// The events that must not happen for it to turn by itself.
    pub(super) refrain: Option<String>,
}

impl Found {
    pub(super) fn read(
        &mut self,
        name: impl Into<String>,
        value: Option<String>,
        margin: Option<String>,
    ) {
        let reading = Reading {
            name: name.into(),
            value,
            margin,
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
            case_turns: HashMap::new(),
        }
    }

    /// Whether a condition holds and until when.
    fn judge(&mut self, cond: &Cond, ctx: &Ctx<'_, P>) -> (bool, Option<Instant>) {
        let node = self.binder.cond(cond);
        let NextChange { holds, until, .. } = node.next_change(ctx);
        (holds, instant_of(until))
    }

    pub(super) fn cond(&mut self, cond: &Cond, text: &str, ctx: &Ctx<'_, P>) -> Explained {
        match &cond.kind {
            CondKind::All(parts) => self.join(cond, parts, false, text, ctx),
            CondKind::Any(parts) => self.join(cond, parts, true, text, ctx),
            CondKind::Segment(segment) => self.segment(cond, segment, text, ctx),
            CondKind::Not(inner) => match &inner.kind {
                CondKind::All(_) | CondKind::Any(_) | CondKind::Not(_) | CondKind::Segment(_) => {
                    self.not(cond, inner, text, ctx)
                }
                _ => self.test(cond, inner, true, text, ctx),
            },
            _ => self.test(cond, cond, false, text, ctx),
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
        let (holds, until_) = self.judge(cond, ctx);
        let explained: Vec<Explained> = parts.iter().map(|p| self.cond(p, text, ctx)).collect();
        let doing = if holds == any {
            // What holds of an `or`, or fails of an `and`, decides: all of it must turn before the whole does.
            let deciding = explained.iter().filter(|e| e.part.holds == any);
            let mut doing = all_of(deciding.map(|e| &e.turn));
            // What holds so far must go on to hold.
            let rest = explained
                .iter()
                .filter(|e| !any && e.part.holds)
                .filter_map(|e| e.part.until)
                .min();
            if let (Some(changes), Some(rest)) = (&mut doing, rest) {
                if changes.iter().filter_map(until).any(|at| at >= rest) {
                    doing = None;
                } else {
                    in_time(changes, Some(rest));
                }
            }
            doing
        } else {
            cheapest(explained.iter().map(|e| &e.turn))
        };
        let waiting = until_.map(|at| {
            let of_part = explained
                .iter()
                .filter_map(|e| e.turn.waiting.as_ref())
                .find(|w| until(w) == Some(at));
            of_part.cloned().unwrap_or(What::Wait { until: at })
        });
        // Waiting for each part does not help where the parts never come together.
        let doing = doing.filter(|changes| changes.iter().any(|c| until(c).is_none()));
        let turn = Turn { waiting, doing };
        let kind = if any { PartKind::Any } else { PartKind::All };
        let parts = explained.into_iter().map(|e| e.part).collect();
        let text = cond_words(cond, text, self.schema);
        Explained {
            part: self.part(kind, text, holds, until_, &turn, parts),
            turn,
        }
    }

    fn not(&mut self, cond: &Cond, inner: &Cond, text: &str, ctx: &Ctx<'_, P>) -> Explained {
        let Explained { part: inner, turn } = self.cond(inner, text, ctx);
        let (holds, until) = (!inner.holds, inner.until);
        let text = cond_words(cond, text, self.schema);
        Explained {
            part: self.part(PartKind::Not, text, holds, until, &turn, vec![inner]),
            turn,
        }
    }

    fn segment(
        &mut self,
        cond: &Cond,
        segment: &Arc<Segment>,
        text: &str,
        ctx: &Ctx<'_, P>,
    ) -> Explained {
        let kind = if is_tag(cond, text) {
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
        let part = self.part(kind, words, known.holds, known.until, &known.turn, parts);
        Explained {
            part,
            turn: known.turn,
        }
    }

    /// A segment's condition as a part, except where it was explained before.
    fn segment_parts(&mut self, segment: &Arc<Segment>, ctx: &Ctx<'_, P>) -> (Known, Vec<Part>) {
        let key = Arc::as_ptr(segment);
        if let Some(known) = self.segments.get(&key) {
            return (known.clone(), Vec::new());
        }
        let Explained { part, turn } = self.cond(&segment.cond, &segment.text, ctx);
        let known = Known {
            holds: part.holds,
            until: part.until,
            turn,
        };
        self.segments.insert(key, known.clone());
        (known, vec![part])
    }

    /// The present state of a segment that was moved into or out of.
    pub(super) fn segment_part(&mut self, segment: &Arc<Segment>, ctx: &Ctx<'_, P>) -> Part {
        let (known, parts) = self.segment_parts(segment, ctx);
        let words = format!("in segment {}", crate::syntax::quoted_name(&segment.name));
        self.part(
            PartKind::Segment {
                name: segment.name.clone(),
            },
            words,
            known.holds,
            known.until,
            &known.turn,
            parts,
        )
    }

    /// What turns a segment that was explained.
    pub(super) fn segment_turn(&self, segment: &Arc<Segment>) -> Option<Vec<What>> {
        self.segments
            .get(&Arc::as_ptr(segment))
            .and_then(|known| known.turn.best())
    }

    pub(super) fn part(
        &self,
        kind: PartKind,
        text: String,
        holds: bool,
        until: Option<Instant>,
        turn: &Turn,
        parts: Vec<Part>,
    ) -> Part {
        let changes = told(turn.best(), self.calendar.zone);
        Part {
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
        let (inner_holds, until) = self.judge(inner, ctx);
        let holds = inner_holds != negated;
        let asked = Asked {
            text,
            ctx,
            negated,
            holds,
        };
        let mut found = Found::default();
        self.look(inner, asked, &mut found);
        let waiting = until.map(|until| match found.refrain.take() {
            Some(events) => What::NoEvents { events, until },
            None => What::Wait { until },
        });
        let turn = Turn {
            waiting,
            doing: found.doing,
        };
        let words = match words(whole.span, text) {
            words if negated && !words.is_empty() => words,
            _ => cond_words(inner, text, self.schema),
        };
        let part = self.part(PartKind::Test, words, holds, until, &turn, found.parts);
        Explained {
            part: Part {
                readings: found.readings,
                evidence: found.evidence,
                rows: found.rows,
                ..part
            },
            turn,
        }
    }

    /// What a condition rests on, by its kind.
    fn look(&mut self, cond: &Cond, asked: Asked<'_, '_, P>, found: &mut Found) {
        match &cond.kind {
            CondKind::Const(_)
            | CondKind::All(_)
            | CondKind::Any(_)
            | CondKind::Not(_)
            | CondKind::Segment(_)
            | CondKind::OfSubject(_) => {}
            CondKind::Compare {
                op, left, right, ..
            } => self.compare(cond, *op, left, right, asked, found),
            CondKind::Between { value, low, high } => {
                self.between(cond, value, low, high, asked, found)
            }
            CondKind::OneOf { value, set, .. } => self.one_of(cond, value, set, asked, found),
            CondKind::Text {
                op, value, pattern, ..
            } => self.text(*op, value, pattern, asked, found),
            CondKind::Substring {
                value, items, all, ..
            } => self.substring(value, items, *all, asked, found),
            CondKind::Contains {
                list, items, all, ..
            } => self.contains(cond, list, items, *all, asked, found),
            CondKind::Present(operand) => self.presence(cond, operand, false, asked, found),
            CondKind::Empty(operand) => self.presence(cond, operand, true, asked, found),
            CondKind::Truth(value) => self.truth(cond, value, asked, found),
            CondKind::Near { value, of, metres } => self.near(value, *of, *metres, asked, found),
            CondKind::InRectangle { value, of } => self.in_rectangle(value, *of, asked, found),
            CondKind::Timed { value, windows } => self.timed(cond, value, windows, asked, found),
            CondKind::Upcoming { value, next, .. } => {
                self.upcoming(cond, value, *next, asked, found)
            }
            CondKind::Happened(select) => self.happened(select, asked, found),
            CondKind::Rows { all, rows } => self.rows(rows, *all, asked, found),
            CondKind::Sequence(steps) => self.sequence(cond, steps, asked, found),
            CondKind::Regularly { .. } => self.regularly(cond, asked, found),
            CondKind::Tagged(path) => self.tagged(cond, path.as_deref(), asked, found),
            CondKind::Moved {
                entered, segment, ..
            } => self.moved(cond, *entered, segment, asked, found),
            CondKind::Sample { below, .. } => self.sample(cond, *below, asked, found),
            CondKind::Was { value, set, .. } => self.was(cond, value, set, asked, found),
            CondKind::Changed { value, .. } => self.changed(cond, value, asked, found),
            CondKind::Stage { of, test } => self.stage_test(cond, of, *test, asked, found),
            CondKind::AsOf { of, .. } => self.as_of(cond, of, asked, found),
            CondKind::Held { condition, op, .. } => self.held(cond, condition, *op, asked, found),
        }
    }
}

/// A time as evaluation reckons it, as an instant; `None`: never.
pub(super) fn instant_of(micros: i64) -> Option<Instant> {
    (micros != NEVER).then(|| Instant::from_micros(micros))
}

//! Whether events that are proposed would pass the tests in their parentheses that ask for other events: of
//! `viewed as v then purchased(not returned after v.at before at)` a purchase turns nothing once something was returned.
//!
//! An event that is proposed does not exist, but its instant is known. So the tests are asked with that instant in the place
//! of the event's: `not returned after v.at before 2026-03-18T13:00`.

use super::walk::Explainer;
use crate::eval::context::Ctx;
use crate::ir::visit::{Seen, visit};
use crate::ir::{
    Anchor, Bound, Cond, CondKind, FieldRef, Lit, Select, SlotId, Step, Term, TermKind, Windows,
};
use crate::profile::Profile;
use crate::schema::KindId;

/// An event that is proposed.
pub(super) struct Planned<'s> {
    pub(super) kinds: &'s [KindId],
    pub(super) slot: Option<SlotId>,
    pub(super) at: i64,
}

/// The events that are proposed together.
pub(super) struct Plan<'s>(pub(super) Vec<Planned<'s>>);

impl Plan<'_> {
    /// The instant of an event that is proposed: of one with a name, or of the one in whose parentheses this stands.
    fn instant(&self, slot: Option<SlotId>, own: Option<i64>) -> Option<i64> {
        match slot {
            None => own,
            Some(_) => self.0.iter().find(|p| p.slot == slot).map(|p| p.at),
        }
    }

    fn cond(&self, cond: &Cond, own: Option<i64>) -> Cond {
        let all = |parts: &[Cond]| parts.iter().map(|part| self.cond(part, own)).collect();
        let kind = if let CondKind::All(parts) = &cond.kind {
            CondKind::All(all(parts))
        } else if let CondKind::Any(parts) = &cond.kind {
            CondKind::Any(all(parts))
        } else if let CondKind::Not(part) = &cond.kind {
            CondKind::Not(Box::new(self.cond(part, own)))
        } else if let CondKind::Happened(select) = &cond.kind {
            CondKind::Happened(self.select(select, own))
        } else if let CondKind::Sequence(steps) = &cond.kind {
            let step = |step: &Step| Step {
                select: self.select(&step.select, own),
                ..step.clone()
            };
            CondKind::Sequence(steps.iter().map(step).collect())
        } else if let CondKind::Timed { value, windows } = &cond.kind {
            CondKind::Timed {
                value: self.term(value, own),
                windows: self.windows(windows, own),
            }
        } else if let CondKind::State { of, test } = &cond.kind {
            CondKind::State {
                of: of.clone(),
                test: test.with_windows(|windows| self.windows(windows, own)),
            }
        } else {
            return cond.map_operands(&|term| self.term(term, own));
        };
        Cond::new(kind, cond.span)
    }

    fn term(&self, term: &Term, own: Option<i64>) -> Term {
        let kind = if let TermKind::At(slot) = term.kind
            && let Some(at) = self.instant(slot, own)
        {
            TermKind::Lit(Lit::Whole(i128::from(at)))
        } else if let TermKind::Aggregate {
            function,
            select,
            of,
        } = &term.kind
        {
            TermKind::Aggregate {
                function: *function,
                select: Box::new(self.select(select, own)),
                of: (of.as_ref()).map(|of| Box::new(self.term(of, None))),
            }
        } else {
            return term.map_operands(&|operand| self.term(operand, own));
        };
        Term::new(kind, term.ty.clone(), term.span)
    }

    /// In the parentheses of other events `at` is theirs.
    fn select(&self, select: &Select, own: Option<i64>) -> Select {
        Select {
            filter: select.filter.iter().map(|c| self.cond(c, None)).collect(),
            windows: self.windows(&select.windows, own),
            ..select.clone()
        }
    }

    pub(super) fn windows(&self, windows: &Windows, own: Option<i64>) -> Windows {
        let bounds = |bounds: &[Bound]| bounds.iter().map(|b| self.bound(b, own)).collect();
        Windows {
            lower: bounds(&windows.lower),
            upper: bounds(&windows.upper),
        }
    }

    fn bound(&self, bound: &Bound, own: Option<i64>) -> Bound {
        let anchor = match &bound.anchor {
            Anchor::Term { term, edge } => Anchor::Term {
                term: Box::new(self.term(term, own)),
                edge: *edge,
            },
            Anchor::Bound(of) => Anchor::Bound(Box::new(self.bound(of, own))),
            Anchor::DayOf { of, offset } => Anchor::DayOf {
                of: Box::new(self.bound(of, own)),
                offset: *offset,
            },
            fixed @ (Anchor::At(_)
            | Anchor::Now { .. }
            | Anchor::Period { .. }
            | Anchor::Day { .. }) => fixed.clone(),
        };
        Bound {
            anchor,
            ..bound.clone()
        }
    }

    /// Whether something still reads an event that is proposed. `own`: it stands in the parentheses of one.
    fn is_read(&self, seen: Seen<'_>, own: bool) -> bool {
        let of_slot = |slot: Option<SlotId>| match slot {
            None => own,
            Some(_) => self.0.iter().any(|p| p.slot == slot),
        };
        match seen {
            Seen::Field(FieldRef::Property(_)) => own,
            Seen::Field(FieldRef::NamedEventProperty(slot, _)) => of_slot(Some(*slot)),
            Seen::Field(FieldRef::Attribute(_) | FieldRef::EntryProperty(_) | FieldRef::Row(_)) => {
                false
            }
            Seen::Term(Term {
                kind: TermKind::At(slot),
                ..
            }) => of_slot(*slot),
            Seen::Term(Term {
                kind: TermKind::Aggregate { select, of, .. },
                ..
            }) => {
                let of = of.as_ref();
                self.is_read(Seen::Select(select), own)
                    || of.is_some_and(|of| self.is_read(Seen::Term(of), false))
            }
            Seen::Select(select) => {
                let filter = select.filter.iter();
                filter.map(Seen::Cond).any(|c| self.is_read(c, false))
                    || self.is_read_by(own, |f| select.windows.children(f))
            }
            Seen::Definition(_) => false,
            Seen::Term(_) | Seen::Cond(_) | Seen::Rows(_) | Seen::Bound(_) => {
                self.is_read_by(own, |f| seen.children(f))
            }
        }
    }

    fn is_read_by<'a>(&self, own: bool, parts: impl FnOnce(&mut dyn FnMut(Seen<'a>))) -> bool {
        let mut is_read = false;
        parts(&mut |part| is_read |= self.is_read(part, own));
        is_read
    }
}

impl<P: Profile> Explainer<'_, P> {
    /// Whether an event of a selection at `at` passes its tests, once all that is proposed has happened: `ctx` is then. Tests of its
    /// properties say what is proposed, and pass. `None` where a test compares them with other events, or may find the
    /// events that are proposed.
    pub(super) fn would_pass(
        &mut self,
        select: &Select,
        at: i64,
        plan: &Plan<'_>,
        ctx: &Ctx<'_, P>,
    ) -> Option<bool> {
        let mut passes = Some(true);
        for cond in &select.filter {
            // Which hour or weekday it is says what is proposed, as a property does.
            if !asks_for_events(cond) && reads(cond, is_calendar_of_event) {
                continue;
            }
            let cond = plan.cond(cond, Some(at));
            let seen = Seen::Cond(&cond);
            if plan.is_read(seen, true) {
                if asks_for_events(&cond) || reads(&cond, is_own_instant) {
                    passes = None;
                }
            } else if self.may_see(seen, plan, ctx) {
                passes = None;
            } else if !self.binder.cond(&cond).holds(ctx) {
                return Some(false);
            }
        }
        passes
    }

    /// Whether what a selection's tests find may be different after what is proposed, of an event at `at`.
    pub(super) fn may_differ(
        &mut self,
        select: &Select,
        at: i64,
        plan: &Plan<'_>,
        ctx: &Ctx<'_, P>,
    ) -> bool {
        let mut tests = select.filter.iter();
        tests.any(|cond| self.may_see(Seen::Cond(&plan.cond(cond, Some(at))), plan, ctx))
    }

    /// Whether an event that is proposed may be one of those that a part of a rule looks for.
    fn may_see(&mut self, part: Seen<'_>, plan: &Plan<'_>, ctx: &Ctx<'_, P>) -> bool {
        let mut selects = Vec::new();
        visit(part, &mut |seen| {
            if let Seen::Select(select) = seen {
                selects.push(select);
            }
        });
        selects.into_iter().any(|select| {
            let windows = self.binder.windows(&select.windows);
            // `None` where a bound counts from an event that is not at hand here.
            let range = windows.range(ctx);
            let may_be = |p: &Planned<'_>| {
                p.kinds.iter().any(|kind| select.kinds.contains(kind))
                    && range.is_none_or(|(low, high)| (low..high).contains(&p.at))
            };
            plan.0.iter().any(may_be)
        })
    }
}

/// Whether a condition on an event asks for other events.
fn asks_for_events(cond: &Cond) -> bool {
    reads(cond, |seen| matches!(seen, Seen::Select(_)))
}

/// `at` of the event in whose parentheses this stands.
fn is_own_instant(seen: Seen<'_>) -> bool {
    matches!(seen, Seen::Term(term) if matches!(term.kind, TermKind::At(None)))
}

/// `hour`, `weekday` and their like.
fn is_calendar_of_event(seen: Seen<'_>) -> bool {
    if let Seen::Term(term) = seen
        && let TermKind::Part { of, .. } = &term.kind
    {
        is_own_instant(Seen::Term(of))
    } else {
        false
    }
}

/// Whether a condition has such a part.
fn reads(cond: &Cond, is_meant: impl Fn(Seen<'_>) -> bool) -> bool {
    let mut found = false;
    visit(Seen::Cond(cond), &mut |seen| found |= is_meant(seen));
    found
}

//! Events, their windows and sequences, bound to a profile type.

use super::{Binder, cost};
use crate::eval::bound::{AnchorNode, BoundNode};
use crate::eval::node::Node;
use crate::eval::select::{SelectNode, WindowNode};
use crate::eval::sequence::{KeyNode, SequenceNode, StepNode};
use crate::eval::ties::{correlations, looks_back};
use crate::eval::upcoming::UpcomingNode;
use crate::ir::visit::{Seen, visit_cond, visit_windows};
use crate::ir::{
    Anchor, Bound, CalendarSpan, Cond, CondKind, FieldRef, Lit, Order, Select, Term, TermKind, Ty,
    Windows,
};
use crate::profile::{Accessor, AllEvents, EventScan, Profile};
use crate::schema::Schema;

impl<P: Profile> Binder<'_, P> {
    pub(crate) fn steps(&mut self, steps: &[crate::ir::Step]) -> SequenceNode<P> {
        let steps: Vec<StepNode<P>> = (steps.iter().zip(correlations(steps)))
            .map(|(s, correlation)| StepNode {
                absent: s.absent,
                select: self.select_of(&s.select, true),
                least: s.least,
                most: s.most,
                slot: s.select.slot,
                keys: (correlation.keys.iter())
                    .map(|(before, own)| KeyNode {
                        before: self.term(before),
                        own: self.term(own),
                    })
                    .collect(),
                residual_correlated: correlation.residual_correlated,
                is_referenced_later: correlation.is_referenced_later,
                is_last_reader: correlation.is_last_reader,
            })
            .collect();
        let correlated = steps
            .iter()
            .any(|s| s.select.window_reads_step || !s.select.correlated.is_empty());
        SequenceNode {
            steps,
            correlated,
            calendar: self.calendar,
        }
    }

    pub(crate) fn select(&mut self, select: &Select) -> SelectNode<P> {
        self.select_of(select, false)
    }

    /// The events of a step of a sequence (`of_step`), which tries its looks at earlier steps itself, or any others: within
    /// the parentheses of a step they may look at its earlier steps too, and find their events in the place of evaluation.
    fn select_of(&mut self, select: &Select, of_step: bool) -> SelectNode<P> {
        let mut kinds: Vec<usize> = select.kinds.iter().filter_map(|k| self.kind(*k)).collect();
        kinds.sort_unstable();
        let mut scan: Option<Box<dyn EventScan<P::Event>>> = None;
        let (mut event_tests, mut residual, mut correlated, mut time_dependent) =
            (Vec::new(), Vec::new(), Vec::new(), false);
        let mut scope_dependent = self.of_row;
        for cond in &select.filter {
            if scan.is_none()
                && let Some(equality) = self.equality_scan(cond)
            {
                scan = Some(equality);
            } else if let Some(test) = self.event_test(cond) {
                event_tests.push(test);
            } else {
                let mut moves = false;
                visit_cond(cond, &mut |seen| moves |= may_change(seen, self.schema));
                let node = self.cond(cond);
                let looks_back = looks_back(cond);
                if looks_back && of_step {
                    correlated.push(node)
                } else {
                    residual.push(node)
                }
                scope_dependent |= looks_back;
                time_dependent |= moves;
            }
        }
        let mut window_reads_step = false;
        visit_windows(&select.windows, &mut |seen| {
            window_reads_step |= of_step && seen.is_step()
        });
        let accepts_all = scan.is_none()
            && event_tests.is_empty()
            && residual.is_empty()
            && correlated.is_empty();
        residual.sort_by_key(cost);
        let unbounded = select.windows.lower.is_empty() && select.windows.upper.is_empty();
        let bare =
            unbounded && event_tests.is_empty() && residual.is_empty() && correlated.is_empty();
        let mut node = SelectNode {
            unwindowed_kind: kinds.first().copied().filter(|_| bare && kinds.len() == 1),
            kinds,
            scan: scan.unwrap_or_else(|| Box::new(AllEvents)),
            event_tests,
            residual,
            correlated,
            windows: self.windows(&select.windows),
            window_reads_step,
            accepts_all,
            time_dependent,
            scope_dependent,
            trailing: None,
        };
        node.trailing = node.trailing_window();
        node
    }

    /// `property = value`, to be fused into the loop over events.
    fn equality_scan(&mut self, cond: &Cond) -> Option<Box<dyn EventScan<P::Event>>> {
        let CondKind::Compare {
            op: Order::Eq,
            left,
            right,
            ignoring_case: false,
        } = &cond.kind
        else {
            return None;
        };
        let (TermKind::Field(FieldRef::Property(property)), TermKind::Lit(lit)) =
            (&left.kind, &right.kind)
        else {
            return None;
        };
        // Two exact numbers must count in the same units.
        if left.ty != right.ty || property.at.len() != 1 {
            return None;
        }
        match (self.property(property).pop()?, lit) {
            ((_, Accessor::Text(access)), Lit::Text(text)) if left.ty == Ty::String => {
                Some(access.scan(text.clone()))
            }
            ((_, Accessor::Whole(access)), Lit::Whole(value)) => {
                Some(access.scan(i64::try_from(*value).ok()?))
            }
            _ => None,
        }
    }

    pub(crate) fn windows(&mut self, windows: &Windows) -> WindowNode<P> {
        let mut bounds = |list: &[Bound]| list.iter().map(|b| self.bound(b)).collect();
        WindowNode {
            lower: bounds(&windows.lower),
            upper: bounds(&windows.upper),
        }
    }

    /// The instant so long ago.
    pub(crate) fn ago(&self, length: CalendarSpan) -> BoundNode<P> {
        let (months, micros) = length.parts();
        BoundNode {
            anchor: self.now_anchor(-months, -micros),
            then: None,
            plus: 0,
        }
    }

    fn now_anchor(&self, months: i64, micros: i64) -> AnchorNode<P> {
        if months == 0 {
            AnchorNode::Now(micros)
        } else {
            AnchorNode::Months {
                months,
                micros,
                calendar: self.calendar,
            }
        }
    }

    fn bound(&mut self, bound: &Bound) -> BoundNode<P> {
        let calendar = self.calendar;
        let anchor = match &bound.anchor {
            Anchor::At(micros) => AnchorNode::At(*micros),
            Anchor::Now { months, micros } => self.now_anchor(*months, *micros),
            Anchor::Period {
                unit,
                offset,
                micros,
            } => AnchorNode::Period {
                unit: *unit,
                offset: *offset,
                micros: *micros,
                calendar,
            },
            Anchor::Day { moves } => AnchorNode::Day {
                moves: moves.clone(),
                zone: calendar.zone,
            },
            Anchor::DayOf { of, offset } => AnchorNode::DayOf {
                of: Box::new(self.bound(of)),
                offset: *offset,
                zone: calendar.zone,
            },
            Anchor::Bound(of) => AnchorNode::Bound(Box::new(self.bound(of))),
            Anchor::Term { term, edge } => AnchorNode::Term {
                term: Box::new(self.term(term)),
                edge: *edge,
                zone: calendar.zone,
            },
        };
        BoundNode {
            anchor,
            then: (bound.months != 0).then_some((bound.months, calendar)),
            plus: bound.micros,
        }
    }

    pub(crate) fn upcoming(
        &mut self,
        value: &Term,
        yearly: bool,
        next: bool,
        within: CalendarSpan,
    ) -> Node<P> {
        if value.ty == Ty::Instant {
            let moved = |plus, months, micros| BoundNode {
                anchor: self.now_anchor(months, micros),
                then: None,
                plus,
            };
            let (months, micros) = within.parts();
            let windows = if next {
                WindowNode {
                    lower: vec![moved(1, 0, 0)],
                    upper: vec![moved(1, months, micros)],
                }
            } else {
                WindowNode {
                    lower: vec![self.ago(within)],
                    upper: vec![moved(1, 0, 0)],
                }
            };
            return Node::Timed {
                value: self.term(value),
                windows,
                depends_on_now: false,
            };
        }
        Node::Upcoming(Box::new(UpcomingNode {
            value: self.term(value),
            yearly,
            next,
            within,
            calendar: self.calendar,
        }))
    }
}

/// Whether something in an event's condition can come out differently as time passes.
fn may_change(seen: Seen<'_>, schema: &Schema) -> bool {
    match seen {
        Seen::Term(term) => {
            term.depends_on_now
                || matches!(
                    term.kind,
                    TermKind::Aggregate { .. }
                        | TermKind::Trait(_)
                        | TermKind::Score(_)
                        | TermKind::Stage(_)
                )
        }
        Seen::Field(FieldRef::Attribute(i)) => {
            schema.attributes().get(*i).is_some_and(|a| a.tracked)
        }
        Seen::Field(_) | Seen::Property(_) | Seen::Rows(_) => false,
        Seen::Select(_) => true,
        Seen::Bound(bound) => !matches!(bound.anchor, Anchor::At(_)),
        Seen::Cond(cond) => matches!(
            cond.kind,
            CondKind::Upcoming { .. }
                | CondKind::Was { .. }
                | CondKind::Changed { .. }
                | CondKind::Held { .. }
                | CondKind::Moved { .. }
                | CondKind::Stage { .. }
                | CondKind::Segment(_)
        ),
    }
}

//! How the steps of a sequence hang together: which later step reads which earlier one, and where equal values say all
//! of it.
//!
//! `campaign_received as c then coupon_redeemed(campaign = c.campaign)` need not try each pair: events with equal values
//! are matched together. That works as long as each event in between has the value too, for then it can be read from the
//! event before.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is no key is a residual test, which is slower and means the same"
)]

use crate::ir::visit::{reads_other_events, slots_read, slots_read_by_windows};
use crate::ir::{Cond, CondKind, FieldRef, Order, SlotId, Step, Term, TermKind, Ty};

/// What the search for chains is to do at a step.
#[derive(Default)]
pub(crate) struct Correlation {
    /// Values that are equal: of the event before, and of the step's own.
    pub(crate) keys: Vec<(Term, Term)>,
    /// The conditions on earlier steps, by their position among these, that the keys leave over.
    pub(crate) residual_correlated: Vec<usize>,
    /// The last step that reads the event in other ways.
    pub(crate) last_reader: Option<usize>,
    /// Whether events of earlier steps are kept, so that several of them can lead to one of this step.
    pub(crate) follows_kept: bool,
}

/// A value of the event of a step.
type Member = (usize, Term);

/// `own = other`, of the step's event and of the event of a named step.
struct Equality {
    own: Term,
    slot: SlotId,
    other: Term,
}

pub(crate) fn correlations(steps: &[Step]) -> Vec<Correlation> {
    let step_of = |slot: SlotId| steps.iter().position(|s| s.select.slot == Some(slot));
    let mut correlations: Vec<Correlation> = steps.iter().map(|_| Correlation::default()).collect();
    // Which steps are kept, and where they are read.
    let mut reads_of_steps: Vec<(usize, usize)> = Vec::new();
    let classes = equal_values(steps, &step_of);
    for (i, step) in steps.iter().enumerate() {
        let mut reads = slots_read_by_windows(&step.select.windows);
        for (n, cond) in conditions_on_steps(step).enumerate() {
            let keys = equality(cond)
                .and_then(|equality| Some((step_of(equality.slot)?, equality)))
                .and_then(|(from, equality)| chain(steps, &classes, from, i, &equality));
            match keys {
                Some(keys) => {
                    for (at, before, own) in keys {
                        let Some(correlation) = correlations.get_mut(at) else {
                            continue;
                        };
                        if !correlation
                            .keys
                            .iter()
                            .any(|(b, o)| *b == before && *o == own)
                        {
                            correlation.keys.push((before, own));
                        }
                    }
                }
                None => {
                    reads.extend(slots_read(cond));
                    if let Some(correlation) = correlations.get_mut(i) {
                        correlation.residual_correlated.push(n);
                    }
                }
            }
        }
        let earlier = reads.into_iter().filter_map(step_of).filter(|of| *of < i);
        reads_of_steps.extend(earlier.map(|of| (of, i)));
    }
    for (i, correlation) in correlations.iter_mut().enumerate() {
        let readers = reads_of_steps.iter().filter(|(of, _)| *of == i);
        correlation.last_reader = readers.map(|(_, reader)| *reader).max();
        correlation.follows_kept = reads_of_steps.iter().any(|(of, _)| *of < i);
    }
    correlations
}

/// The conditions of a step on earlier ones.
pub(crate) fn conditions_on_steps(step: &Step) -> impl Iterator<Item = &Cond> {
    let own = step.select.slot;
    let filter = step.select.filter.iter();
    filter.filter(move |cond| reads_other_events(cond, own))
}

/// The values that are equal in each chain: what the steps that happen say, and what follows from it.
fn equal_values(steps: &[Step], step_of: &impl Fn(SlotId) -> Option<usize>) -> Vec<Vec<Member>> {
    let mut classes: Vec<Vec<Member>> = Vec::new();
    for (i, step) in steps.iter().enumerate().filter(|(_, s)| !s.absent) {
        for Equality { own, slot, other } in conditions_on_steps(step).filter_map(equality) {
            let Some(from) = step_of(slot) else { continue };
            let mut class: Vec<Member> = vec![(from, other), (i, own)];
            let (joined, apart): (Vec<_>, Vec<_>) = classes
                .into_iter()
                .partition(|c| c.iter().any(|m| class.iter().any(|n| same_member(m, n))));
            class.extend(joined.into_iter().flatten());
            classes = apart;
            classes.push(class);
        }
    }
    classes
}

/// The keys that lead an equality from the step `from` to the step `to`, each with the step that it belongs to; `None` where
/// a step in between has no such value.
fn chain(
    steps: &[Step],
    classes: &[Vec<Member>],
    from: usize,
    to: usize,
    equality: &Equality,
) -> Option<Vec<(usize, Term, Term)>> {
    let origin = (from, equality.other.clone());
    let alone = vec![origin.clone()];
    let class = classes
        .iter()
        .find(|c| c.iter().any(|m| same_member(m, &origin)))
        .unwrap_or(&alone);
    let at = |step: usize| {
        class
            .iter()
            .filter(move |(i, _)| *i == step)
            .map(|(_, term)| term)
    };
    let mut keys = Vec::new();
    let mut last = from;
    for i in from + 1..=to {
        let absent = steps.get(i)?.absent;
        if absent && i < to {
            continue;
        }
        let first = at(last).next()?;
        if absent {
            keys.push((i, first.clone(), equality.own.clone()));
        } else {
            let own = at(i).next()?;
            keys.extend(at(last).map(|before| (i, before.clone(), own.clone())));
            keys.extend(at(i).map(|own| (i, first.clone(), own.clone())));
        }
        last = i;
    }
    Some(keys)
}

fn same_member(a: &Member, b: &Member) -> bool {
    a == b
}

/// An equality between a value of the event and one of an earlier step, whose values have a common order.
fn equality(cond: &Cond) -> Option<Equality> {
    let CondKind::Compare {
        op: Order::Eq,
        left,
        right,
        ignoring_case: false,
    } = &cond.kind
    else {
        return None;
    };
    // Versions and floating-point numbers can be equal and yet differ.
    if left.ty != right.ty || matches!(left.ty, Ty::Float | Ty::Ratio(_) | Ty::Version | Ty::Place)
    {
        return None;
    }
    match (of_event(left)?, of_event(right)?) {
        ((None, own), (Some(slot), other)) | ((Some(slot), other), (None, own)) => {
            Some(Equality { own, slot, other })
        }
        _ => None,
    }
}

/// A value that is read from one event alone, as if it were the event under test, and the slot of that event.
fn of_event(term: &Term) -> Option<(Option<SlotId>, Term)> {
    let (slot, kind) = match &term.kind {
        TermKind::Field(FieldRef::Property(p)) => {
            (None, TermKind::Field(FieldRef::Property(p.clone())))
        }
        TermKind::Field(FieldRef::NamedEventProperty(slot, p)) => {
            (Some(*slot), TermKind::Field(FieldRef::Property(p.clone())))
        }
        TermKind::At(slot) => (*slot, TermKind::At(None)),
        TermKind::Part { part, of } => {
            let (slot, of) = of_event(of)?;
            (
                slot,
                TermKind::Part {
                    part: *part,
                    of: Box::new(of),
                },
            )
        }
        _ => return None,
    };
    Some((slot, Term::new(kind, term.ty.clone(), term.span)))
}

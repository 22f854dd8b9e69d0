//! Walks over everything in a typed rule.

pub(crate) use super::children::{Definition, Seen};
use super::field::{FieldRef, SlotId};
use super::form::{Cond, Term, TermKind, Windows};

/// Visits a condition and everything in it, through what it refers to.
pub(crate) fn visit_cond<'a>(cond: &'a Cond, f: &mut dyn FnMut(Seen<'a>)) {
    visit(Seen::Cond(cond), f);
}

/// Visits a value and everything in it, through what it refers to.
pub(crate) fn visit_term<'a>(term: &'a Term, f: &mut dyn FnMut(Seen<'a>)) {
    visit(Seen::Term(term), f);
}

/// Visits a part of a rule and everything in it, through what it refers to.
pub(crate) fn visit<'a>(seen: Seen<'a>, f: &mut dyn FnMut(Seen<'a>)) {
    f(seen);
    seen.children(&mut |child| visit(child, f));
}

/// Visits a part of a rule and what is written in it: definitions, but not what they say.
pub(crate) fn visit_written<'a>(seen: Seen<'a>, f: &mut dyn FnMut(Seen<'a>)) {
    f(seen);
    if !matches!(seen, Seen::Definition(_)) {
        seen.children(&mut |child| visit_written(child, f));
    }
}

/// Where the named events are kept that a condition reads and does not find in itself: of
/// `returned(order = b.order, not replaced(order = r.order)) as r` that of `b`.
pub(crate) fn slots_read(cond: &Cond) -> Vec<SlotId> {
    open_slots(|f| f(Seen::Cond(cond)))
}

/// Whether a condition on an event reads other named events than that one, which is kept in the slot `own`.
pub(crate) fn reads_other_events(cond: &Cond, own: Option<SlotId>) -> bool {
    slots_read(cond).into_iter().any(|slot| Some(slot) != own)
}

/// The same of windows.
pub(crate) fn slots_read_by_windows(windows: &Windows) -> Vec<SlotId> {
    open_slots(|f| windows.children(f))
}

/// The same of some parts of a rule. Names do not reach into the rules that it refers to.
fn open_slots<'a>(parts: impl FnOnce(&mut dyn FnMut(Seen<'a>))) -> Vec<SlotId> {
    let (mut read, mut filled) = (Vec::new(), Vec::new());
    parts(&mut |part| {
        visit_written(part, &mut |seen| {
            read.extend(seen.slot());
            if let Seen::Select(select) = seen {
                filled.extend(select.slot);
            }
        });
    });
    // A name that is given within lies behind all that could be read before it, so no number means both.
    read.retain(|slot| !filled.contains(slot));
    read
}

/// Whether windows count from the event in whose parentheses they stand, by its instant or a property.
pub(crate) fn windows_read_event(windows: &Windows) -> bool {
    any_child(|f| windows.children(f))
}

fn reads_event(seen: Seen<'_>) -> bool {
    match seen {
        Seen::Field(FieldRef::Property(_)) => true,
        Seen::Term(term) => {
            if let TermKind::Aggregate { select, .. } = &term.kind {
                // What it is computed of is of its own events.
                return windows_read_event(&select.windows);
            }
            matches!(term.kind, TermKind::At(None)) || any_child(|f| seen.children(f))
        }
        // In its parentheses it is about its own events.
        Seen::Select(select) => windows_read_event(&select.windows),
        Seen::Field(_) | Seen::Definition(_) => false,
        Seen::Cond(_) | Seen::Rows(_) | Seen::Bound(_) => any_child(|f| seen.children(f)),
    }
}

fn any_child<'a>(children: impl FnOnce(&mut dyn FnMut(Seen<'a>))) -> bool {
    let mut found = false;
    children(&mut |child| found |= reads_event(child));
    found
}

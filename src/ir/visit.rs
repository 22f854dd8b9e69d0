//! Walks over everything in a typed rule.

pub(crate) use super::children::{Definition, Seen};
use super::form::{Cond, Term, Windows};

/// Visits a condition and everything in it, through what it refers to.
pub(crate) fn visit_cond<'a>(cond: &'a Cond, f: &mut dyn FnMut(Seen<'a>)) {
    visit(Seen::Cond(cond), f);
}

/// Visits a value and everything in it, through what it refers to.
pub(crate) fn visit_term<'a>(term: &'a Term, f: &mut dyn FnMut(Seen<'a>)) {
    visit(Seen::Term(term), f);
}

/// Visits the bounds of windows and the values they count from.
pub(crate) fn visit_windows<'a>(windows: &'a Windows, f: &mut dyn FnMut(Seen<'a>)) {
    windows.children(&mut |bound| visit(bound, f));
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

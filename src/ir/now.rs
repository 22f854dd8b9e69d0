//! Whether a value depends on the current time.

use super::form::TermKind;

/// Whether a value changes with `now` even where nothing that it reads does. What is computed from events or stages changes
/// only when those do: it is constant between two instants at which something is read anew.
pub(super) fn depends_on_now(kind: &TermKind) -> bool {
    match kind {
        TermKind::Now | TermKind::Today(_) => true,
        TermKind::Part { of, .. }
        | TermKind::PlusMonths { of, .. }
        | TermKind::Negate(of)
        | TermKind::Call { of, .. }
        | TermKind::OnlyIf { of, .. }
        | TermKind::AsOf { of, .. } => of.depends_on_now,
        TermKind::Arithmetic { left, right, .. } => left.depends_on_now || right.depends_on_now,
        TermKind::Trait(named) => named.term.depends_on_now,
        TermKind::Lit(_)
        | TermKind::Id
        | TermKind::Field(_)
        | TermKind::At(_)
        | TermKind::Aggregate { .. }
        | TermKind::Total { .. }
        | TermKind::Cases { .. }
        | TermKind::Stage(_)
        | TermKind::Score(_) => false,
    }
}

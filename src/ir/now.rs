//! Whether a value depends on the current time.

use super::form::TermKind;

/// Whether a value changes with `now` even where nothing that it reads does. What is computed from events or stages changes
/// only when those do: it is constant between two instants at which something is read anew.
pub(super) fn depends_on_now(kind: &TermKind) -> bool {
    if let TermKind::OnlyIf { of, .. } | TermKind::AsOf { of, .. } = kind {
        of.depends_on_now
    } else if let TermKind::Trait(named) = kind {
        named.term.depends_on_now
    } else {
        matches!(kind, TermKind::Now | TermKind::Today(_))
            || kind.operands().any(|of| of.depends_on_now)
    }
}

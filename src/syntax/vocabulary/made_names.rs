//! Names of several words. They read like values of the language, and are values that a rule file has without declaring them.

/// The name of the first segment by priority that a profile is in.
pub(crate) const LEAD_SEGMENT: &str = "lead segment";

/// The name of the persona that a profile is most like.
pub(crate) const PERSONA: &str = "persona";

const FIT_OF: &str = "fit of ";

/// The name of how much a profile is like a persona.
pub(crate) fn fit_of(persona: &str) -> String {
    format!("{FIT_OF}{persona}")
}

/// The persona of which a name is the fit.
pub(crate) fn fitted_persona(name: &str) -> Option<&str> {
    name.strip_prefix(FIT_OF)
}

const LEVEL_OF: &str = "level of ";

/// The name of the level that the points of a ledger reach.
pub(crate) fn level_of(ledger: &str) -> String {
    format!("{LEVEL_OF}{ledger}")
}

/// The ledger of which a name is the level.
pub(crate) fn levelled_ledger(name: &str) -> Option<&str> {
    name.strip_prefix(LEVEL_OF)
}

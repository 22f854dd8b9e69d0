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

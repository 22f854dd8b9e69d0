//! What an engine explains.

/// What an engine explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Explains {
    Nothing,
    /// Why triggers fired.
    Effects,
    /// That, and why the `when` of a trigger kept it from acting.
    Guards,
}

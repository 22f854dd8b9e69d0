//! Where an engine puts its outputs: each with the next number, and counted.

use super::metrics::Counters;
use super::output::{Cause, EngineOutput, OutputKind};
use crate::time::Instant;
use smol_str::SmolStr;

/// Where an engine puts its outputs, each with the next number.
pub(crate) struct Outbox<'e> {
    pub(crate) out: &'e mut Vec<EngineOutput>,
    /// The number of the last output.
    pub(crate) sequence: &'e mut u64,
    pub(crate) counters: &'e mut Counters,
}

impl Outbox<'_> {
    pub(crate) fn reborrow(&mut self) -> Outbox<'_> {
        Outbox {
            out: self.out,
            sequence: self.sequence,
            counters: self.counters,
        }
    }

    pub(crate) fn put(&mut self, at: Instant, profile: &SmolStr, cause: &Cause, kind: OutputKind) {
        *self.sequence += 1;
        self.counters.output(&kind);
        self.out.push(EngineOutput {
            at,
            profile: profile.clone(),
            cause: cause.clone(),
            kind,
            sequence: *self.sequence,
        });
    }
}

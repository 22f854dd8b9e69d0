//! Idempotency keys of effects.

use super::state::{JourneyRun, Position, TriggerEntry};
use md5::{Digest, Md5};
use std::sync::Arc;

/// An action of a step of a journey: its place is told by the name of the step, which an edit of the rules leaves as it is.
#[derive(Clone, Copy)]
pub(crate) struct StepPlace<'a> {
    pub(crate) step: &'a str,
    /// How often the run was in the step before.
    pub(crate) visits: u32,
    /// The case of the step in which the action stands.
    pub(crate) choice: Option<usize>,
    /// The action's place in the step or in the case.
    pub(crate) action: usize,
}

/// The key of an effect of a journey: no other effect has it, and the same events give it again.
pub(crate) fn journey_effect_key(
    profile: &str,
    journey: &str,
    version: u32,
    entry: &TriggerEntry,
    place: StepPlace<'_>,
) -> Arc<str> {
    let StepPlace {
        step,
        visits,
        choice,
        action,
    } = place;
    // No trigger has the name of a journey, so what is hashed of the place is not taken for anything else.
    let mut hash = begun(profile, journey, version, entry, Position(action));
    hash.update(visits.to_le_bytes());
    hash.update((choice.map_or(0, |choice| choice + 1) as u64).to_le_bytes());
    hash.update(step);
    digits(hash)
}

/// The key of an effect: no other effect has it, and the same events give it again. `rule` is a trigger, or a message that
/// the host requested.
pub(crate) fn effect_key(
    profile: &str,
    rule: &str,
    version: u32,
    entry: &TriggerEntry,
    position: Position,
) -> Arc<str> {
    digits(begun(profile, rule, version, entry, position))
}

/// The id of the event that a run passes from one step to another: no other passage has it, and the same events give it again.
pub(crate) fn passage_key(
    profile: &str,
    journey: &str,
    run: &JourneyRun,
    steps: [Option<&str>; 2],
    because: &str,
) -> Arc<str> {
    let mut hash = begun(profile, journey, 0, &run.entry, Position(0));
    for step in steps.map(Option::unwrap_or_default) {
        hash.update((step.len() as u64).to_le_bytes());
        hash.update(step);
    }
    hash.update(because);
    hash.update(run.passed().to_le_bytes());
    digits(hash)
}

fn begun(profile: &str, rule: &str, version: u32, entry: &TriggerEntry, position: Position) -> Md5 {
    let mut hash = Md5::new();
    for part in [
        Some(profile),
        Some(rule),
        entry.key.as_deref(),
        entry.discriminator.as_deref(),
    ] {
        // Whether there is a part, and its length, before each: no two lists of parts read alike.
        hash.update([u8::from(part.is_some())]);
        let part = part.unwrap_or_default();
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.update([u8::from(entry.silent_since.is_some())]);
    hash.update(entry.silent_since.unwrap_or_default().to_le_bytes());
    hash.update(version.to_le_bytes());
    hash.update(entry.at.to_le_bytes());
    hash.update((position.0 as u64).to_le_bytes());
    hash.update(entry.ordinal.to_le_bytes());
    hash
}

fn digits(hash: Md5) -> Arc<str> {
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_part_makes_a_difference() {
        let entry = TriggerEntry::at(5);
        let named = |key: Option<&str>, discriminator: Option<&str>| TriggerEntry {
            key: key.map(Arc::from),
            discriminator: discriminator.map(Arc::from),
            ..entry.clone()
        };
        let key = |entry: &TriggerEntry| effect_key("anna", "offer", 0, entry, Position(0));
        let keys = [
            key(&entry),
            effect_key("ann", "aoffer", 0, &entry, Position(0)),
            effect_key("anna", "offer", 1, &entry, Position(0)),
            effect_key("anna", "offer", 0, &entry, Position(1)),
            key(&TriggerEntry::at(6)),
            key(&TriggerEntry::end_of_silence(5, 0, None, None)),
            key(&named(Some("x"), None)),
            key(&named(None, Some("x"))),
            key(&named(Some(""), None)),
        ];
        let different: BTreeSet<&Arc<str>> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
        assert_eq!(key(&entry), key(&entry.clone()));
        assert_eq!(keys[0].len(), 32);
    }
}

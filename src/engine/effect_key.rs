//! Idempotency keys of effects.

use super::state::{Position, TriggerEntry};
use md5::{Digest, Md5};
use std::sync::Arc;

/// The key of an effect: no other effect has it, and the same events give it again. `rule` is a trigger, or a message that
/// the host requested.
pub(crate) fn effect_key(
    profile: &str,
    rule: &str,
    version: u32,
    entry: &TriggerEntry,
    position: Position,
) -> Arc<str> {
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

//! What stands for the meaning of a part of a rule.

use sha2::{Digest, Sha256};
use std::fmt;
use std::hash::{Hash, Hasher};

/// What stands for the meaning of a condition or a value under one schema and calendar: two with the same fingerprint
/// always answer alike. Spans, texts and the names of segments, traits and scores do not count.
///
/// It is the first half of a SHA-256 digest, because authors are not trusted: nobody can find two rules that differ and
/// count as one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// Of what is given to a hasher: implementations of [`Hash`] write the length of what may be of any length, so no two
    /// values of one type read alike.
    pub(super) fn of(value: &impl Hash) -> Self {
        let mut digest = Digester(Sha256::new());
        value.hash(&mut digest);
        let bytes: [u8; 32] = digest.0.finalize().into();
        let half = bytes.first_chunk().copied().unwrap_or_default();
        Fingerprint(u128::from_be_bytes(half))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Takes what is hashed into a digest.
struct Digester(Sha256);

impl Hasher for Digester {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        // INVARIANT: `Fingerprint::of` reads the digest itself.
        0
    }
}

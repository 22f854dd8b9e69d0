//! Maps profile ids to index.

use crate::engine::ids::ProfileSlot;
use crate::profile::Identifier;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

/// The index of profiles, by id. An id that consists of the decimal digits of a number is looked up as a number, which takes
/// less than half as long as a text.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProfileIndex {
    numbers: HashMap<u64, ProfileSlot, Folding>,
    texts: HashMap<Arc<str>, ProfileSlot>,
}

impl ProfileIndex {
    /// The slot of a profile.
    #[inline]
    pub(crate) fn get(&self, id: &Identifier<'_>) -> Option<ProfileSlot> {
        match *id {
            Identifier::Number(number) => self.numbers.get(&number),
            Identifier::Text(text) => match number_of(text) {
                Some(number) => self.numbers.get(&number),
                None => self.texts.get(text),
            },
            Identifier::Signed(number) if let Ok(number) = u64::try_from(number) => {
                self.numbers.get(&number)
            }
            Identifier::Signed(_) | Identifier::Uuid(_) => id.with_text(|id| self.texts.get(id)),
        }
        .copied()
    }

    /// Forgets a profile, and says which slot it had.
    pub(crate) fn remove(&mut self, id: &Identifier<'_>) -> Option<ProfileSlot> {
        id.with_text(|text| match number_of(text) {
            Some(number) => self.numbers.remove(&number),
            None => self.texts.remove(text),
        })
    }

    /// Records the slot of a profile.
    pub(crate) fn insert(&mut self, id: &str, slot: ProfileSlot) {
        match number_of(id) {
            Some(number) => self.numbers.insert(number, slot),
            None => self.texts.insert(id.into(), slot),
        };
    }
}

/// Hashes numbers by one multiplication, the halves of the product folded together, as wyhash does. The factors are drawn
/// anew for each map, so that nobody can choose ids that collide.
#[derive(Clone, Debug)]
struct Folding {
    mask: u64,
    factor: u64,
}

impl Default for Folding {
    fn default() -> Self {
        let random = RandomState::new();
        Folding {
            mask: random.hash_one(0),
            factor: random.hash_one(1) | 1,
        }
    }
}

impl BuildHasher for Folding {
    type Hasher = Folded;

    #[inline]
    fn build_hasher(&self) -> Folded {
        Folded {
            hash: self.mask,
            factor: self.factor,
        }
    }
}

struct Folded {
    hash: u64,
    factor: u64,
}

impl Hasher for Folded {
    #[inline]
    fn finish(&self) -> u64 {
        self.hash
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.hash ^ number) * u128::from(self.factor);
        let [low, high] = [product, product >> 64]
            .map(|half| u64::try_from(half & u128::from(u64::MAX)).unwrap_or(0));
        self.hash = low ^ high;
    }
}

/// The number that a text spells in canonical form: decimal digits without leading zeros.
fn number_of(text: &str) -> Option<u64> {
    let is_canonical =
        text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_canonical {
        text.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_their_number_are_one_id_and_nothing_else_is() {
        let mut index = ProfileIndex::default();
        let ids = [
            "17",
            "017",
            "+17",
            "-17",
            "0",
            "00",
            "",
            "18446744073709551615",
            "18446744073709551616",
            "anna",
        ];
        for (i, id) in ids.iter().enumerate() {
            index.insert(id, ProfileSlot::new(i));
        }
        let find = |id: Identifier<'_>| index.get(&id).map(ProfileSlot::index);
        for (i, id) in ids.iter().enumerate() {
            assert_eq!(find(Identifier::Text(id)), Some(i), "{id}");
        }
        assert_eq!(find(Identifier::Number(17)), Some(0));
        assert_eq!(find(Identifier::Signed(17)), Some(0));
        assert_eq!(find(Identifier::Signed(-17)), Some(3));
        assert_eq!(find(Identifier::Number(u64::MAX)), Some(7));
        assert_eq!(find(Identifier::Signed(-1)), None);
        assert_eq!(
            index
                .remove(&Identifier::Signed(17))
                .map(ProfileSlot::index),
            Some(0)
        );
        assert_eq!(index.remove(&Identifier::Text("17")), None);
        assert!(index.remove(&Identifier::Text("017")).is_some());
    }
}

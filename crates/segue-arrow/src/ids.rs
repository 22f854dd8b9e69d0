//! Columns of ids, and which profile has which.

use crate::convert::TextArray;
use crate::error::Wrong;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    ArrowPrimitiveType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, downcast_dictionary_array};
use arrow_schema::DataType;
use hashbrown::{DefaultHashBuilder, HashTable};
use segue::population::BatchBuilder;
use segue::profile::Identifier;
use std::hash::BuildHasher as _;

/// How the id of a row is found.
type Read<'a> = Box<dyn Fn(usize) -> Option<Identifier<'a>> + 'a>;

/// A column of ids.
pub(crate) struct Ids<'a> {
    read: Read<'a>,
}

impl<'a> Ids<'a> {
    pub(crate) fn new(array: &'a ArrayRef) -> Result<Self, String> {
        Ok(Ids {
            read: reader(array)?,
        })
    }

    /// The id of a row; `None` where it is missing.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<Identifier<'a>> {
        (self.read)(row)
    }
}

fn reader(array: &ArrayRef) -> Result<Read<'_>, String> {
    Ok(match array.data_type() {
        DataType::Int8 => signed::<Int8Type>(array),
        DataType::Int16 => signed::<Int16Type>(array),
        DataType::Int32 => signed::<Int32Type>(array),
        DataType::Int64 => signed::<Int64Type>(array),
        DataType::UInt8 => unsigned::<UInt8Type>(array),
        DataType::UInt16 => unsigned::<UInt16Type>(array),
        DataType::UInt32 => unsigned::<UInt32Type>(array),
        DataType::UInt64 => unsigned::<UInt64Type>(array),
        DataType::Null => Box::new(|_| None),
        DataType::FixedSizeBinary(16) => {
            let bytes = array.as_fixed_size_binary();
            Box::new(move |row| {
                let bytes = bytes.is_valid(row).then(|| bytes.value(row))?;
                Some(Identifier::Uuid(u128::from_be_bytes(
                    bytes.try_into().ok()?,
                )))
            })
        }
        DataType::Dictionary(_, _) => downcast_dictionary_array!(
            array => {
                let inner = reader(array.values())?;
                Box::new(move |row| array.key(row).and_then(&inner))
            },
            _ => return Err(refusal(array.data_type())),
        ),
        other => {
            let texts = TextArray::new(array).ok_or_else(|| refusal(other))?;
            Box::new(move |row| texts.get(row).map(Identifier::Text))
        }
    })
}

fn refusal(ty: &DataType) -> String {
    format!("`{ty}` is no type of ids; cast it to text, whole numbers, or UUIDs of 16 bytes")
}

fn signed<T: ArrowPrimitiveType>(array: &ArrayRef) -> Read<'_>
where
    T::Native: Into<i64>,
{
    let values = array.as_primitive::<T>();
    Box::new(move |row| {
        let id: i64 = values.is_valid(row).then(|| values.value(row))?.into();
        Some(u64::try_from(id).map_or(Identifier::Signed(id), Identifier::Number))
    })
}

fn unsigned<T: ArrowPrimitiveType>(array: &ArrayRef) -> Read<'_>
where
    T::Native: Into<u64>,
{
    let values = array.as_primitive::<T>();
    Box::new(move |row| {
        let id: u64 = values.is_valid(row).then(|| values.value(row))?.into();
        Some(Identifier::Number(id))
    })
}

/// Which profile has which id. Of each it keeps four bytes: the ids themselves are the builder's.
#[derive(Debug, Default)]
pub(crate) struct Index {
    positions: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The profile that was found last: events of one profile mostly stand together, and then those of the next.
    last: u32,
}

impl Index {
    /// Adds the profile at a position, unless another one has its id.
    pub(crate) fn insert(&mut self, position: u32, builder: &BatchBuilder) -> bool {
        let Some(id) = builder.id(position as usize) else {
            return true;
        };
        let hasher = &self.hasher;
        let hash = hash(hasher, id);
        let is_same = |other: &u32| builder.id(*other as usize) == Some(id);
        if self.positions.find(hash, is_same).is_some() {
            return false;
        }
        self.positions.insert_unique(hash, position, |of| {
            builder
                .id(*of as usize)
                .map_or(0, |id| self::hash(hasher, id))
        });
        true
    }

    /// The position of the profile with an id.
    pub(crate) fn get(&mut self, id: Identifier<'_>, builder: &BatchBuilder) -> Option<u32> {
        for near in [self.last, self.last.saturating_add(1)] {
            if builder.id(near as usize) == Some(id) {
                self.last = near;
                return Some(near);
            }
        }
        let hash = hash(&self.hasher, id);
        let is_same = |other: &u32| builder.id(*other as usize) == Some(id);
        self.last = *self.positions.find(hash, is_same)?;
        Some(self.last)
    }
}

/// Ids that are written alike have one hash: a number is that of its digits.
fn hash(hasher: &DefaultHashBuilder, id: Identifier<'_>) -> u64 {
    match id {
        Identifier::Number(number) => hasher.hash_one(number),
        Identifier::Text(text) => match number(text) {
            Some(number) => hasher.hash_one(number),
            None => hasher.hash_one(text),
        },
        Identifier::Signed(number) => match u64::try_from(number) {
            Ok(number) => hasher.hash_one(number),
            Err(_) => hasher.hash_one(number.to_string().as_str()),
        },
        other => hasher.hash_one(other.to_string().as_str()),
    }
}

/// The number that is written so, if there is one.
fn number(text: &str) -> Option<u64> {
    let is_canonical = match text.as_bytes() {
        [b'0'] => true,
        [first, rest @ ..] => {
            matches!(first, b'1'..=b'9') && rest.len() < 20 && rest.iter().all(u8::is_ascii_digit)
        }
        [] => false,
    };
    is_canonical.then(|| text.parse().ok()).flatten()
}

/// An id that is missing where there has to be one.
pub(crate) fn missing(row: usize, what: &str) -> Wrong {
    Wrong::value(row, format!("is missing; {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue::Schema;
    use segue::population::ProfileBatch;

    #[test]
    fn ids_that_are_written_alike_are_one() {
        let mut builder = BatchBuilder::new(&Schema::builder().build().unwrap());
        builder
            .profiles(ProfileBatch::new(&["17", "-3", "x", "007"]))
            .unwrap();
        let mut index = Index::default();
        for position in 0..4 {
            assert!(index.insert(position, &builder));
        }
        let uuid = "00000000-0000-0000-0000-000000000001";
        let more = [Identifier::Number(18), Identifier::Uuid(1)];
        builder
            .profiles(ProfileBatch::from_fn(2, |row| more[row]))
            .unwrap();
        assert!(index.insert(4, &builder) && index.insert(5, &builder));
        for (id, position) in [
            (Identifier::Number(17), Some(0)),
            (Identifier::Text("17"), Some(0)),
            (Identifier::Signed(17), Some(0)),
            (Identifier::Signed(-3), Some(1)),
            (Identifier::Text("x"), Some(2)),
            (Identifier::Text("007"), Some(3)),
            (Identifier::Number(7), None),
            (Identifier::Text("18"), Some(4)),
            (Identifier::Text(uuid), Some(5)),
            (Identifier::Text("99999999999999999999999999"), None),
        ] {
            assert_eq!(index.get(id, &builder), position, "{id}");
        }
        builder.profiles(ProfileBatch::new(&["17"])).unwrap();
        assert!(!index.insert(6, &builder));
    }
}

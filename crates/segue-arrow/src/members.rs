//! Members as Arrow arrays.

use arrow_array::{BooleanArray, StringArray};
use arrow_buffer::BooleanBuffer;
use segue::population::{Members, Population};

/// Whether the profile at each position is a member: a column beside those of the profiles, in the order in which they were added.
///
/// ```
/// use segue::population::Members;
/// use segue_arrow::members_as_booleans;
/// let members = Members::from_positions(3, [0, 2]);
/// assert_eq!(members_as_booleans(&members).iter().flatten().collect::<Vec<_>>(), [true, false, true]);
/// ```
#[must_use]
pub fn members_as_booleans(members: &Members) -> BooleanArray {
    let bits =
        BooleanBuffer::collect_bool(members.population(), |position| members.contains(position));
    BooleanArray::new(bits, None)
}

/// The ids of the members, in the order of the population, as they are written.
#[must_use]
pub fn members_as_ids(population: &Population, members: &Members) -> StringArray {
    let ids = members
        .iter()
        .map(|position| population.id(position).map(|id| id.to_string()));
    ids.collect()
}

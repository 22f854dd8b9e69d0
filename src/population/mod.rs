//! A whole population at once. Depends on `rulebook`.

mod members;

pub use members::{Members, MembersIter};

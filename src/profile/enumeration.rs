//! Enums of a service, as closed sets of names.

use crate::value::{EnumType, Type};

/// A closed set of names, as a Rust enum without data. `#[derive(Enumeration)]` implements it, and makes the enum usable
/// as a field of a profile or event.
///
/// ```
/// use segue::Enumeration;
///
/// #[derive(Enumeration)]
/// #[segue(ordered)]
/// enum Stage { Awareness, FirstPurchase, #[segue(rename = "忠诚")] Loyal }
///
/// assert_eq!(Stage::NAMES, ["awareness", "first_purchase", "忠诚"]);
/// assert_eq!(Stage::FirstPurchase.index(), 1);
/// assert!(Stage::ORDERED);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum that segue knows",
    label = "this type does not derive `Enumeration`",
    note = "write `#[derive(segue::Enumeration)]` on `{Self}`"
)]
pub trait Enumeration: Sized + 'static {
    /// The names, in their declared order.
    const NAMES: &'static [&'static str];
    /// Whether `<` and `>` compare by the declared order.
    const ORDERED: bool;

    /// The index of this value among the names.
    fn index(&self) -> usize;
}

/// Its type in the language.
pub(super) fn type_of<E: Enumeration>() -> Type {
    Type::Enum(EnumType {
        values: E::NAMES.iter().map(|n| (*n).to_owned()).collect(),
        ordered: E::ORDERED,
    })
}

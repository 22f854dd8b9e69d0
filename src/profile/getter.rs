//! Functions that compute a value.

use super::reading::Reading;
use super::scalar::Readable;
use crate::value::Type;

/// A function that computes a value of `T`: any that takes `&T` and returns a [`Readable`].
///
/// It is a trait because what is returned may borrow from the argument: `fn(&Customer) -> Option<&str>` returns another type for
/// each lifetime.
pub trait Getter<'a, T: 'static>: Clone + Send + Sync + 'static {
    /// Whether the value is never missing.
    fn required() -> bool;

    /// Its type in the language.
    fn ty() -> Type;

    /// The value.
    fn read(&self, of: &'a T) -> Reading<'a>;
}

impl<'a, T: 'static, F, R> Getter<'a, T> for F
where
    F: Fn(&'a T) -> R + Clone + Send + Sync + 'static,
    R: Readable<'a>,
{
    fn required() -> bool {
        R::REQUIRED
    }

    fn ty() -> Type {
        R::ty()
    }

    #[inline]
    fn read(&self, of: &'a T) -> Reading<'a> {
        self(of).into()
    }
}

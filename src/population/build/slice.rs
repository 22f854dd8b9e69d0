//! The values of one column of a batch, wherever they stand.

use crate::profile::{Readable, Reading, Scalar};
use crate::value::Type;
use std::fmt;
use std::ops::Range;

/// The values of one column of a batch, wherever they stand: in a slice, in the buffers of another library, or computed.
///
/// | values | made by |
/// |---|---|
/// | `&[V]`, `&[Option<V>]` of a [`Scalar`] | `from` |
/// | anything that is found by its row: texts in one buffer, values with validity bits, seconds that become an `Instant` | [`from_fn`](Self::from_fn) |
/// | codes and a dictionary of texts | [`coded`](Self::coded) |
/// | lists: ranges of other values | [`lists`](Self::lists) |
///
/// ```
/// use segue::{population::ColumnSlice, Instant};
/// let ages = ColumnSlice::from(&[57_i64, 23]);
/// let (offsets, bytes) = ([0, 5, 11], "annacarla!!");
/// let names = ColumnSlice::from_fn(2, |row| bytes.get(*offsets.get(row)?..*offsets.get(row + 1)?));
/// let seconds = [1_767_225_600_i64, 1_767_312_000];
/// let seen = ColumnSlice::from_fn(2, |row| seconds.get(row).map(|s| Instant::from_micros(s * 1_000_000)));
/// let codes = [1_u8, 1, 0];
/// let cities = ColumnSlice::coded(3, |row| codes.get(row).map(|code| usize::from(*code)), &["Roma", "Milano"]);
/// # let _ = (ages, names, seen, cities);
/// ```
pub struct ColumnSlice<'a> {
    pub(super) len: usize,
    pub(super) ty: Type,
    pub(super) content: Content<'a>,
}

/// How a row is read.
pub(super) enum Content<'a> {
    Values(Box<dyn Fn(usize) -> Reading<'a> + 'a>),
    Coded {
        code: Box<dyn Fn(usize) -> Option<usize> + 'a>,
        dictionary: Vec<&'a str>,
    },
    Lists {
        range: Box<dyn Fn(usize) -> Option<Range<usize>> + 'a>,
        items: Box<ColumnSlice<'a>>,
    },
}

impl fmt::Debug for ColumnSlice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColumnSlice")
            .field("len", &self.len)
            .field("type", &format_args!("{}", self.ty))
            .finish_non_exhaustive()
    }
}

impl<'a> ColumnSlice<'a> {
    /// So many values, each of which a function finds by its row, from 0 on. A value that may be missing is an `Option`.
    pub fn from_fn<R: Readable<'a>>(len: usize, value: impl Fn(usize) -> R + 'a) -> Self {
        ColumnSlice {
            len,
            ty: R::ty(),
            content: Content::Values(Box::new(move |row| value(row).into())),
        }
    }

    /// So many texts, each of which is known by its position in a dictionary; `None` is missing. What the dictionary has twice counts
    /// as one.
    pub fn coded<S: AsRef<str>>(
        len: usize,
        code: impl Fn(usize) -> Option<usize> + 'a,
        dictionary: &'a [S],
    ) -> Self {
        ColumnSlice {
            len,
            ty: Type::String,
            content: Content::Coded {
                code: Box::new(code),
                dictionary: dictionary.iter().map(AsRef::as_ref).collect(),
            },
        }
    }

    /// So many lists. The items of each are the rows of a range of other values, which are no lists themselves; `None` is missing.
    pub fn lists(
        len: usize,
        range: impl Fn(usize) -> Option<Range<usize>> + 'a,
        items: impl Into<ColumnSlice<'a>>,
    ) -> Self {
        let items = Box::new(items.into());
        ColumnSlice {
            len,
            ty: Type::List(Box::new(items.ty.clone())),
            content: Content::Lists {
                range: Box::new(range),
                items,
            },
        }
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<'a, V: Scalar> From<&'a [V]> for ColumnSlice<'a> {
    fn from(values: &'a [V]) -> Self {
        ColumnSlice::from_fn(values.len(), |row| values.get(row))
    }
}

impl<'a, V: Scalar> From<&'a [Option<V>]> for ColumnSlice<'a> {
    fn from(values: &'a [Option<V>]) -> Self {
        ColumnSlice::from_fn(values.len(), |row| values.get(row).and_then(Option::as_ref))
    }
}

impl<'a, V, const N: usize> From<&'a [V; N]> for ColumnSlice<'a>
where
    ColumnSlice<'a>: From<&'a [V]>,
{
    fn from(values: &'a [V; N]) -> Self {
        ColumnSlice::from(values.as_slice())
    }
}

impl<'a, V> From<&'a Vec<V>> for ColumnSlice<'a>
where
    ColumnSlice<'a>: From<&'a [V]>,
{
    fn from(values: &'a Vec<V>) -> Self {
        ColumnSlice::from(values.as_slice())
    }
}

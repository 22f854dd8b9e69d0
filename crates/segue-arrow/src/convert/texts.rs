//! Columns of texts.

use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef, LargeStringArray, StringArray, StringViewArray};
use arrow_schema::DataType;

/// Texts where they stand, without a dictionary.
#[derive(Clone, Copy)]
pub(crate) enum TextArray<'a> {
    Small(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
}

impl<'a> TextArray<'a> {
    pub(crate) fn new(array: &'a ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 => TextArray::Small(array.as_string()),
            DataType::LargeUtf8 => TextArray::Large(array.as_string()),
            DataType::Utf8View => TextArray::View(array.as_string_view()),
            _ => return None,
        })
    }

    pub(crate) fn is_text(ty: &DataType) -> bool {
        matches!(
            ty,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        )
    }

    /// The text of a row; `None` where it is missing.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            TextArray::Small(texts) => texts.is_valid(row).then(|| texts.value(row)),
            TextArray::Large(texts) => texts.is_valid(row).then(|| texts.value(row)),
            TextArray::View(texts) => texts.is_valid(row).then(|| texts.value(row)),
        }
    }
}

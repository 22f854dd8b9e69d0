//! `count(e.p)`: how many members have a value.

use super::FoldMembers;
use crate::profile::Val;

pub(super) fn value<'a>(of: &impl FoldMembers<'a>) -> Val<'a> {
    let with_value = |event| (!of.value(event).is_missing()).then_some(None);
    if let Some(Some((_, n))) = of.indexed(|index, inside| index.sum(inside, with_value)) {
        return Val::Whole(i128::from(n));
    }
    let mut n = 0;
    of.each(|_, _| n += 1);
    Val::Whole(n)
}

/// `count(e)`: how many members there are.
pub(crate) fn of_members<'a>(n: usize) -> Val<'a> {
    Val::Whole(i128::try_from(n).unwrap_or(i128::MAX))
}

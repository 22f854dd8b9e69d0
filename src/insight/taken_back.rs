//! Which order each return takes back.

use super::grouping::PropertyNode;
use super::groups::GroupKey;
use super::selected::{Selected, selected};
use crate::eval::Binder;
use crate::eval::collection::events::SelectNode;
use crate::profile::Profile;
use crate::rulebook::reports::Returns;
use crate::time::Instant;
use std::collections::BTreeMap;

/// Returns bound to a profile type.
pub(super) struct ReturnsNode<P: Profile> {
    pub(super) events: SelectNode<P>,
    /// The property that an order and its return have in common.
    same: Option<PropertyNode<P>>,
}

impl<P: Profile> ReturnsNode<P> {
    pub(super) fn bind(returns: &Returns, binder: &mut Binder<'_, P>) -> Self {
        ReturnsNode {
            events: binder.select(&returns.events),
            same: (returns.same.as_ref()).map(|(same, ty)| PropertyNode::bind(same, ty, binder)),
        }
    }

    /// The returns of a profile before `until`, oldest first.
    pub(super) fn of<'p>(&self, profile: &'p P, until: Instant) -> Vec<Selected<'p, P>> {
        selected(&self.events, profile, until)
    }

    /// For each return, the position of the order that it takes back, if there is one: the latest at or before it that no
    /// earlier return has taken back and that has the same value of the property. Both are in order of time.
    pub(super) fn matched(
        &self,
        orders: &[Selected<'_, P>],
        returns: &[Selected<'_, P>],
    ) -> Vec<Option<usize>> {
        let keyed = |all: &[Selected<'_, P>]| -> Vec<(i64, Option<GroupKey>)> {
            let keyed = all.iter().map(|of| {
                let same = self.same.as_ref();
                (of.at, same.map(|same| same.key(of.kind, of.event, of.at)))
            });
            keyed.collect()
        };
        matched(&keyed(orders), &keyed(returns))
    }
}

/// Without a property, all have the same (`None`); what has no value of it is not the same as anything.
fn matched(
    orders: &[(i64, Option<GroupKey>)],
    returns: &[(i64, Option<GroupKey>)],
) -> Vec<Option<usize>> {
    let mut kept: BTreeMap<&Option<GroupKey>, Vec<usize>> = BTreeMap::new();
    let mut orders = orders.iter().enumerate().peekable();
    let matched = returns.iter().map(|(at, key)| {
        while let Some((nth, (_, key))) = orders.next_if(|(_, (order, _))| order <= at) {
            if *key != Some(GroupKey::MISSING) {
                kept.entry(key).or_default().push(nth);
            }
        }
        kept.get_mut(key)?.pop()
    });
    matched.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Calendar, Ty};
    use crate::profile::Val;

    fn keyed(all: &[(i64, i128)]) -> Vec<(i64, Option<GroupKey>)> {
        let whole = |n| GroupKey::of(&Val::Whole(n), &Ty::Exact(0), Calendar::default());
        let keyed = all.iter().map(|(at, key)| match key {
            0 => (*at, Some(GroupKey::MISSING)),
            key => (*at, Some(whole(*key))),
        });
        keyed.collect()
    }

    #[test]
    fn without_a_property_the_latest_is_taken_back() {
        assert_eq!(matched(&[(1, None), (2, None)], &[(3, None)]), [Some(1)]);
    }

    #[test]
    fn a_return_takes_back_the_latest_order_that_is_left() {
        let orders = keyed(&[(1, 7), (2, 7), (5, 7)]);
        // One at the instant of the second order; one more before the third; two after it, of which the second finds none.
        let returns = keyed(&[(2, 7), (3, 7), (6, 7), (6, 7)]);
        assert_eq!(
            matched(&orders, &returns),
            [Some(1), Some(0), Some(2), None]
        );
    }

    #[test]
    fn a_return_takes_back_an_order_of_its_own_number() {
        let orders = keyed(&[(1, 7), (2, 8), (3, 0)]);
        assert_eq!(
            matched(&orders, &keyed(&[(4, 7), (5, 9), (6, 0), (7, 8)])),
            [Some(0), None, None, Some(1)]
        );
    }
}

//! `less = "returned", same = "order"`: events that take back orders.

use super::ReportReader;
use super::grouping::property_of;
use crate::ir::{PropertyRef, Select, Ty};

/// Events that take back orders.
#[derive(Debug)]
pub(crate) struct Returns {
    pub(crate) events: Select,
    /// The property that an order and its return have in common; without, a return takes back the latest order.
    pub(crate) same: Option<(PropertyRef, Ty)>,
}

/// The property that orders and their returns have in common, if one is named.
#[expect(
    clippy::option_option,
    reason = "outside: whether it is right; inside: whether it is there"
)]
pub(super) fn same(
    text: Option<&String>,
    (orders, returns): (&Select, Option<&Select>),
    reader: &mut ReportReader<'_, '_>,
) -> Option<Option<(PropertyRef, Ty)>> {
    let Some(text) = text else {
        return Some(None);
    };
    let Some(returns) = returns else {
        let message = "`same` says what returns have in common with orders, and there is no `less`";
        return reader.complain(&["same"], message, "leave it out");
    };
    let kinds = orders.kinds.iter().chain(&returns.kinds).copied();
    let property = reader.at(&["same"], text, |reader, at| {
        property_of(at.text.trim(), kinds, reader, at)
    });
    property.map(Some)
}

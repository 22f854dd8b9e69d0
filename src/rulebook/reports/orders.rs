//! `orders = { of = "purchased.amount", less = "returned.amount" }`: orders, returns and what they are worth.

use super::grouping::{Grouping, events_and_property, grouping};
use super::returns::{Returns, same};
use super::{Kind, NOT_EVENTS, ReportParts, ReportPlan, ReportReader};
use crate::ir::{CalendarSpan, Select, Term};
use crate::rule::touchpoint::Credit;
use crate::rulebook::document::{OrdersDocument, SourceDocument};
use crate::rulebook::events::parsed;
use crate::syntax::Aggregate;
use crate::time::CalendarUnit;
use std::sync::Arc;

const CREDITS: [(&str, Credit); 2] = [("first", Credit::First), ("last", Credit::Last)];

pub(super) const KIND: Kind = Kind {
    key: "orders",
    takes: &[],
    is_meant: |document| document.orders.is_some(),
    load: |document, reader| {
        let orders = document.orders.as_ref()?;
        reader.table("orders", |reader| load(orders, reader))
    },
};

/// Orders and returns, checked.
#[derive(Debug)]
pub(crate) struct OrdersPlan {
    /// The orders, and what each is worth.
    pub(crate) of: (Select, Term),
    pub(crate) less: Option<(Returns, Term)>,
    pub(crate) per: CalendarUnit,
    pub(crate) by: Option<OrderGrouping>,
}

#[derive(Debug)]
pub(crate) enum OrderGrouping {
    Own(Grouping),
    Source(Source),
}

/// Where an order came from: a property of an event that went before.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) events: Select,
    pub(crate) property: Grouping,
    pub(crate) credit: Credit,
    /// At most this long before the order, the end included.
    pub(crate) within: Option<CalendarSpan>,
}

impl OrdersPlan {
    pub(super) fn parts(&self) -> ReportParts<'_> {
        let (mut events, mut values) = (vec![&self.of.0], vec![&self.of.1]);
        if let Some((returns, value)) = &self.less {
            events.push(&returns.events);
            values.push(value);
        }
        match &self.by {
            Some(OrderGrouping::Own(by)) => values.extend(by.term()),
            Some(OrderGrouping::Source(source)) => events.push(&source.events),
            None => {}
        }
        ReportParts { events, values }
    }
}

fn load(document: &OrdersDocument, reader: &mut ReportReader<'_, '_>) -> Option<ReportPlan> {
    let of = worth("of", &document.of, reader);
    let less = document.less.as_ref();
    let less = less.map(|less| worth("less", less, reader));
    let per = reader.per(document.per.as_ref());
    let source = document.source.as_ref();
    let source = source.map(|source| reader.table("source", |reader| load_source(source, reader)));
    if document.by.is_some() && document.source.is_some() {
        let message = "orders are kept apart by `by` or by `source`, not by both";
        return reader.complain(&["by"], message, "leave one of them out");
    }
    let (of, less) = (of?, less.map_or(Some(None), |less| less.map(Some))?);
    let returns = less.as_ref().map(|(events, _)| events);
    let same = same(document.same.as_ref(), (&of.0, returns), reader)?;
    let by = match (&document.by, source) {
        (_, Some(source)) => Some(OrderGrouping::Source(source?)),
        (Some(by), None) => Some(OrderGrouping::Own(grouping("by", by, &[&of.0], reader)?)),
        (None, None) => None,
    };
    Some(ReportPlan::Orders(Arc::new(OrdersPlan {
        of,
        less: less.map(|(events, value)| (Returns { events, same }, value)),
        per: per?,
        by,
    })))
}

fn load_source(document: &SourceDocument, reader: &mut ReportReader<'_, '_>) -> Option<Source> {
    let of = events_and_property("of", &document.of, reader);
    let credit = reader.word("credit", document.credit.as_ref(), &CREDITS, Credit::Last);
    let within = reader.length("within", document.within.as_ref());
    let (events, property) = of?;
    Some(Source {
        events,
        property,
        credit: credit?,
        within: within?,
    })
}

/// Events, and what each of them is worth.
fn worth(key: &str, text: &str, reader: &mut ReportReader<'_, '_>) -> Option<(Select, Term)> {
    reader.at(&[key], text, |reader, at| {
        let expr = parsed(at, reader)?;
        let (events, value) = super::events(Aggregate::Sum, expr, at, reader)?;
        let value = value?;
        if value.ty.is_number() {
            return Some((events, value));
        }
        let message = format!(
            "an order is worth a number, and this is {}",
            value.ty.words()
        );
        let diagnostic = at.error(NOT_EVENTS, message);
        reader.report(at, diagnostic.help("write `purchased.amount`"))
    })
}

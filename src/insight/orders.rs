//! Orders and returns by period, and where orders come from.

use super::amount::Amount;
use super::gathered::{Gathered, share};
use super::grouping::{GroupingNode, listed};
use super::groups::{GroupKey, value_words};
use super::kpi::{Measured, after, longest};
use super::periods::{Periods, ReportPeriod};

use super::selected::{Selected, selected};
use super::taken_back::ReturnsNode;
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::eval::{BindError, Binder};
use crate::ir::{CalendarSpan, Ty};
use crate::population::Members;
use crate::profile::{Model, Profile};
use crate::rule::touchpoint::Credit;
use crate::rulebook::Rulebook;
use crate::rulebook::reports::{OrderGrouping, OrdersPlan, Source};
use crate::syntax::ArithmeticOp;
use crate::time::{CalendarUnit, Instant, Zone};
use crate::value::Scalar;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Orders and returns by calendar period, and by group or source.
///
/// A return counts in the period in which it happens and in the group of the order that it takes back: the latest one before it that
/// no other return has taken back, or the one with the same value of the property `same`.
///
/// ```
/// use segue::insight::{ReportBuilder, ReportResult};
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     [schema.events]
///     purchased.properties.amount = "decimal(2)"
///     returned.properties.amount = "decimal(2)"
///     [reports.r]
///     orders = { of = "purchased.amount", less = "returned.amount" }
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-05-01T00:00:00Z".parse()?);
/// let mut report = ReportBuilder::new(&rulebook, &model, "r", from, until)?;
/// report.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "purchased", "at": "2026-03-02T10:00:00Z", "props": {"amount": 20.00}},
///     {"kind": "purchased", "at": "2026-03-03T10:00:00Z", "props": {"amount": 35.50}},
///     {"kind": "returned", "at": "2026-04-09T10:00:00Z", "props": {"amount": 35.50}}]}"#)?);
///
/// let ReportResult::Orders(orders) = report.build() else { panic!("another kind") };
/// let figures = &orders.all.total;
/// assert_eq!((figures.orders, figures.buyers, figures.return_rate), (2, 1, Some(0.5)));
/// assert_eq!(figures.net, Some(segue::value::Scalar::Text("20.00".to_owned())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderReport {
    /// From when on orders and returns are counted (included).
    pub from: Instant,
    /// Up to when (excluded).
    pub until: Instant,
    /// The zone in which periods begin.
    pub zone: Zone,
    /// The length of the periods.
    pub per: CalendarUnit,
    /// The periods, without gaps.
    pub periods: Vec<ReportPeriod>,
    /// By what orders are kept apart, as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// Everything together.
    pub all: OrderGroup,
    /// The groups in the order of their values, those without a value last; at most 200, those with the most buyers.
    pub groups: Vec<OrderGroup>,
    /// How many groups are not listed.
    pub groups_left_out: usize,
    /// The largest order; of several, the earliest.
    pub largest: Option<LargestOrder>,
}

/// The orders of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderGroup {
    /// The value that the orders have in common; `None` of those that have none, and of all together.
    pub value: Option<Scalar>,
    /// From `from` to `until`.
    pub total: OrderFigures,
    /// By period.
    pub periods: Vec<OrderFigures>,
}

/// What was ordered and returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderFigures {
    /// How many orders.
    pub orders: u64,
    /// How many people ordered.
    pub buyers: u64,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
    /// What the orders are worth together.
    pub turnover: Option<Scalar>,
    /// What an order is worth on average, of those that say so; `None` if none does.
    pub average_order: Option<Scalar>,
    /// What the largest order is worth.
    pub largest_order: Option<Scalar>,
    /// How many returns.
    pub returns: u64,
    /// How many people returned something.
    pub returners: u64,
    /// Who they are.
    #[serde(skip)]
    pub returner_members: Members,
    /// What the returns are worth together.
    pub returned: Option<Scalar>,
    /// Turnover less what was returned.
    pub net: Option<Scalar>,
    /// Returns for each order, 0 for none. More than 1 where more comes back in a period than is ordered; `None` without orders.
    pub return_rate: Option<f64>,
}

/// An order that is worth more than the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LargestOrder {
    /// When it was made.
    pub at: Instant,
    /// What it is worth.
    pub amount: Scalar,
    /// Its group; `None` if it has none.
    pub group: Option<Scalar>,
    /// Who made it: the position among the profiles that were recorded.
    #[serde(skip)]
    pub position: usize,
}

/// Counts orders by period and group.
pub(super) struct OrderBuilder<P: Profile> {
    orders: SelectNode<P>,
    value: TermNode<P>,
    ty: Ty,
    returns: Option<(ReturnsNode<P>, TermNode<P>, Ty)>,
    by: Option<Keys<P>>,
    periods: Periods,
    from: Instant,
    until: Instant,
    population: usize,
    /// `None`: everything together. By period; `None` is all of them.
    groups: BTreeMap<Option<GroupKey>, BTreeMap<Option<i64>, Tally>>,
    largest: Option<(Amount, Reverse<i64>, Reverse<usize>, GroupKey)>,
}

enum Keys<P: Profile> {
    Own(GroupingNode<P>),
    Source(Box<SourceNode<P>>),
}

struct SourceNode<P: Profile> {
    events: SelectNode<P>,
    property: GroupingNode<P>,
    credit: Credit,
    within: Option<CalendarSpan>,
    zone: Zone,
}

#[derive(Clone, Debug, Default)]
struct Tally {
    orders: u64,
    buyers: Gathered,
    turnover: Measured,
    largest: Option<Amount>,
    returns: u64,
    returners: Gathered,
    returned: Measured,
}

impl<P: Profile> OrderBuilder<P> {
    pub(super) fn new(
        orders: &OrdersPlan,
        (rulebook, model): (&Rulebook, &Model<P>),
        (from, until): (Instant, Instant),
    ) -> Result<Self, BindError> {
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let (select, value) = &orders.of;
        let node = OrderBuilder {
            orders: binder.select(select),
            value: binder.term(value),
            ty: value.ty.clone(),
            returns: orders.less.as_ref().map(|(returns, value)| {
                let node = ReturnsNode::bind(returns, &mut binder);
                (node, binder.term(value), value.ty.clone())
            }),
            by: (orders.by.as_ref()).map(|by| Keys::bind(by, calendar.zone, &mut binder)),
            periods: Periods::new(rulebook, orders.per),
            from,
            until,
            population: 0,
            groups: BTreeMap::new(),
            largest: None,
        };
        binder.finish()?;
        Ok(node)
    }

    pub(super) fn record(&mut self, profile: &P) {
        let position = self.population;
        self.population += 1;
        let orders = selected(&self.orders, profile, self.until);
        let keys = self.by.as_ref().map(|by| by.keys(profile, &orders));
        let key = |nth: usize| Some(keys.as_ref()?.get(nth)?.clone());
        for (nth, order) in orders.iter().enumerate() {
            if order.instant() < self.from {
                continue;
            }
            let key = key(nth);
            let value = Value::of(&self.orders, &self.value, profile, order);
            let amount = value.amount(&self.ty);
            if let Some(amount) = amount {
                let group = key.clone().unwrap_or(GroupKey::MISSING);
                let this = (amount, Reverse(order.at), Reverse(position), group);
                if self
                    .largest
                    .as_ref()
                    .is_none_or(|largest| is_larger(&this, largest))
                {
                    self.largest = Some(this);
                }
            }
            self.tally(key, order, |tally| {
                tally.orders += 1;
                tally.buyers.add(position);
                value.add_to(&mut tally.turnover);
                tally.largest = larger(tally.largest, amount);
            });
        }
        let Some((node, term, _)) = &self.returns else {
            return;
        };
        let returns = node.of(profile, self.until);
        let matched = node.matched(&orders, &returns);
        let values: Vec<Value> = (returns.iter())
            .map(|of| Value::of(&node.events, term, profile, of))
            .collect();
        for ((event, matched), value) in returns.iter().zip(matched).zip(values) {
            if event.instant() < self.from {
                continue;
            }
            let key = keys.as_ref().map(|_| {
                let order = matched.and_then(key);
                order.unwrap_or(GroupKey::MISSING)
            });
            self.tally(key, event, |tally| {
                tally.returns += 1;
                tally.returners.add(position);
                value.add_to(&mut tally.returned);
            });
        }
    }

    /// Counts an event in its period and in all of them, of its group and of everything together.
    fn tally(&mut self, key: Option<GroupKey>, of: &Selected<'_, P>, add: impl Fn(&mut Tally)) {
        let period = self.periods.number(of.instant());
        for group in std::iter::once(None).chain(key.map(Some)) {
            let by_period = self.groups.entry(group).or_default();
            for period in [None, Some(period)] {
                add(by_period.entry(period).or_default());
            }
        }
    }

    pub(super) fn build(&self) -> OrderReport {
        let numbers: Vec<i64> = self.periods.between(self.from, self.until).collect();
        let nothing = BTreeMap::new();
        let group = |value, of: &BTreeMap<Option<i64>, Tally>| {
            let figures = |period: Option<i64>| {
                let tally = of.get(&period).cloned().unwrap_or_default();
                self.figures(&tally)
            };
            OrderGroup {
                value,
                total: figures(None),
                periods: numbers.iter().map(|n| figures(Some(*n))).collect(),
            }
        };
        let grouped = || (self.groups.iter()).filter_map(|(key, of)| Some((key.as_ref()?, of)));
        let buyers = grouped().map(|(key, of)| {
            let total = of.get(&None);
            (key, total.map_or(0, |total| total.buyers.count()))
        });
        let (keys, groups_left_out) = listed(&buyers.collect());
        let by_key: BTreeMap<&GroupKey, _> = grouped().collect();
        let groups = keys.into_iter();
        OrderReport {
            from: self.from,
            until: self.until,
            zone: self.periods.zone(),
            per: self.periods.unit,
            periods: (numbers.iter())
                .map(|number| self.periods.period(*number, self.from, self.until))
                .collect(),
            by: self.by.as_ref().map(|by| by.text().clone()),
            all: group(None, self.groups.get(&None).unwrap_or(&nothing)),
            groups: groups
                .filter_map(|key| Some(group(key.value.clone(), by_key.get(key)?)))
                .collect(),
            groups_left_out,
            largest: self
                .largest
                .as_ref()
                .map(|(amount, at, position, key)| LargestOrder {
                    at: Instant::from_micros(at.0),
                    amount: amount.scalar(),
                    group: key.value.clone(),
                    position: position.0,
                }),
        }
    }

    fn figures(&self, tally: &Tally) -> OrderFigures {
        let turnover = tally.turnover.sum(&self.ty);
        let returned = match &self.returns {
            Some((_, _, ty)) => tally.returned.sum(ty),
            None => Some(Amount::ZERO),
        };
        let net = turnover.zip(returned);
        let net = net
            .and_then(|(turnover, returned)| turnover.calculate(ArithmeticOp::Subtract, returned));
        let valued = Amount::Exact {
            mantissa: i128::from(tally.turnover.values()),
            scale: 0,
        };
        let average = turnover.and_then(|sum| sum.calculate(ArithmeticOp::Divide, valued));
        let scalar = |amount: Option<Amount>| amount.map(Amount::scalar);
        OrderFigures {
            orders: tally.orders,
            buyers: tally.buyers.count(),
            members: tally.buyers.members(self.population),
            turnover: scalar(turnover),
            average_order: scalar(average),
            largest_order: scalar(tally.largest),
            returns: tally.returns,
            returners: tally.returners.count(),
            returner_members: tally.returners.members(self.population),
            returned: scalar(returned),
            net: scalar(net),
            return_rate: share(tally.returns, tally.orders),
        }
    }
}

/// What an event is worth.
struct Value(Measured);

impl Value {
    fn of<P: Profile>(
        events: &SelectNode<P>,
        term: &TermNode<P>,
        profile: &P,
        of: &Selected<'_, P>,
    ) -> Self {
        let mut value = Measured::default();
        Ctx::new(profile, of.at).within(of.event, events.slot, |ctx| {
            value.add_value(&term.value(ctx));
        });
        Value(value)
    }

    fn amount(&self, ty: &Ty) -> Option<Amount> {
        (self.0.values() > 0).then(|| self.0.sum(ty)).flatten()
    }

    fn add_to(&self, sum: &mut Measured) {
        sum.join(self.0.clone());
    }
}

fn larger(one: Option<Amount>, other: Option<Amount>) -> Option<Amount> {
    match (one, other) {
        (Some(a), Some(b)) => Some(if b.is_more_than(a) { b } else { a }),
        (one, other) => one.or(other),
    }
}

/// Whether an order is the largest: the greater, then the earlier, then that of who was recorded first.
fn is_larger<K>(
    this: &(Amount, Reverse<i64>, Reverse<usize>, K),
    other: &(Amount, Reverse<i64>, Reverse<usize>, K),
) -> bool {
    let is_more = this.0.is_more_than(other.0);
    is_more || (!other.0.is_more_than(this.0) && (this.1, this.2) > (other.1, other.2))
}

impl<P: Profile> Keys<P> {
    fn bind(by: &OrderGrouping, zone: Zone, binder: &mut Binder<'_, P>) -> Self {
        match by {
            OrderGrouping::Own(by) => Keys::Own(GroupingNode::bind(by, binder)),
            OrderGrouping::Source(source) => {
                Keys::Source(Box::new(SourceNode::bind(source, zone, binder)))
            }
        }
    }

    /// The group of each order.
    fn keys(&self, profile: &P, orders: &[Selected<'_, P>]) -> Vec<GroupKey> {
        match self {
            Keys::Own(by) => {
                let key =
                    |of: &Selected<'_, P>| by.key(&Ctx::new(profile, of.at), of.kind, of.event);
                orders.iter().map(key).collect()
            }
            Keys::Source(source) => source.keys(profile, orders),
        }
    }

    fn text(&self) -> &Arc<str> {
        match self {
            Keys::Own(by) => &by.text,
            Keys::Source(source) => &source.property.text,
        }
    }
}

impl<P: Profile> SourceNode<P> {
    fn bind(source: &Source, zone: Zone, binder: &mut Binder<'_, P>) -> Self {
        SourceNode {
            events: binder.select(&source.events),
            property: GroupingNode::bind(&source.property, binder),
            credit: source.credit,
            within: source.within,
            zone,
        }
    }

    /// The source of each order: of the events at or before it that have a value, the first or the last. Orders come in order of time.
    fn keys(&self, profile: &P, orders: &[Selected<'_, P>]) -> Vec<GroupKey> {
        let last = orders.last().map_or(Instant::MIN, Selected::instant);
        // An event at the instant of an order still goes before it.
        let until = Instant::from_micros(last.micros().saturating_add(1));
        let touched: Vec<(i64, GroupKey)> = selected(&self.events, profile, until)
            .into_iter()
            .map(|of| {
                let ctx = Ctx::new(profile, of.at);
                (of.at, self.property.key(&ctx, of.kind, of.event))
            })
            .filter(|(_, key)| *key != GroupKey::MISSING)
            .collect();
        orders
            .iter()
            .map(|order| self.source_of(&touched, order.at))
            .collect()
    }

    fn source_of(&self, touched: &[(i64, GroupKey)], order: i64) -> GroupKey {
        let end = touched.partition_point(|(at, _)| *at <= order);
        let start = self.within.map_or(0, |within| {
            touched.partition_point(|(at, _)| at.saturating_add(longest(within)) < order)
        });
        let mut reaching = (touched.get(start..end).unwrap_or(&[]).iter()).filter(|(at, _)| {
            self.within
                .is_none_or(|within| order <= after(*at, within, self.zone))
        });
        let source = match self.credit {
            Credit::First => reaching.next(),
            Credit::Last | Credit::Each => reaching.next_back(),
        };
        source.map_or(GroupKey::MISSING, |(_, key)| key.clone())
    }
}

impl OrderReport {
    pub(super) fn members(&self) -> Vec<(String, &Members)> {
        let mut all = Vec::new();
        self.list(&mut all, "", &self.all);
        for group in &self.groups {
            let value = value_words(group.value.as_ref());
            let by = self.by.as_deref().unwrap_or_default();
            self.list(&mut all, &format!("{by} = {value}, "), group);
        }
        all
    }

    fn list<'s>(&'s self, all: &mut Vec<(String, &'s Members)>, of: &str, group: &'s OrderGroup) {
        all.push((format!("{of}buyers"), &group.total.members));
        all.push((format!("{of}returners"), &group.total.returner_members));
        for (period, figures) in self.periods.iter().zip(&group.periods) {
            let name = &period.name;
            all.push((format!("{of}buyers in {name}"), &figures.members));
            all.push((
                format!("{of}returners in {name}"),
                &figures.returner_members,
            ));
        }
    }
}

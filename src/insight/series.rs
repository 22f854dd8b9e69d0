//! Figures by calendar period and group: counts, people, sums and averages of events, and what is calculated from them.

use super::amount::Amount;
use super::gathered::Gathered;
use super::grouping::{GroupingNode, listed};
use super::groups::{GroupKey, value_words};
use super::kpi::{KpiNode, Measured};
use super::periods::{Periods, ReportPeriod};

use crate::engine::scalar;
use crate::eval::context::Ctx;
use crate::eval::{BindError, Binder};
use crate::population::Members;
use crate::profile::{Event, Model, Profile};
use crate::rulebook::Rulebook;
use crate::rulebook::reports::{FigureValue, SeriesPlan};
use crate::time::{CalendarUnit, Instant, Zone};
use crate::value::Scalar;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Figures by calendar period.
///
/// A period without events has 0 where events, people or sums are counted, and no value where there is nothing of which to take an
/// average, or nothing to divide by.
///
/// ```
/// use segue::insight::{ReportBuilder, ReportResult};
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events = { followed = {}, unfollowed = {} }
///     reports.r.series = ["count(followed) - count(unfollowed)"]
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-05-01T00:00:00Z".parse()?);
/// let mut report = ReportBuilder::new(&rulebook, &model, "r", from, until)?;
/// report.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "followed", "at": "2026-03-02T09:30:00Z"},
///     {"kind": "unfollowed", "at": "2026-04-09T10:00:00Z"}]}"#)?);
///
/// let ReportResult::Series(series) = report.build() else { panic!("another kind") };
/// use segue::value::Scalar;
/// let points = series.all[0].points.iter();
/// let gained: Vec<_> = points.map(|point| point.value.clone()).collect();
/// assert_eq!(gained, [Some(Scalar::Whole(1)), Some(Scalar::Whole(-1))]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeriesReport {
    /// From when on events are counted (included).
    pub from: Instant,
    /// Up to when (excluded).
    pub until: Instant,
    /// The zone in which periods begin.
    pub zone: Zone,
    /// The length of the periods.
    pub per: CalendarUnit,
    /// The periods, without gaps.
    pub periods: Vec<ReportPeriod>,
    /// By what the figures are kept apart, as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// Everything together.
    pub all: Vec<SeriesFigure>,
    /// The groups in the order of their values, those without a value last; at most 200, those with the most people.
    pub groups: Vec<SeriesGroup>,
    /// How many groups are not listed.
    pub groups_left_out: usize,
}

/// The figures of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeriesGroup {
    /// The value that the group has in common; `None` of those that have none.
    pub value: Option<Scalar>,
    /// The figures in the order in which they are written.
    pub figures: Vec<SeriesFigure>,
}

/// A figure over the periods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeriesFigure {
    /// The figure as it is written.
    pub figure: Arc<str>,
    /// From `from` to `until`. Of people this is not the sum of the periods: who comes in two of them is one person.
    pub total: SeriesPoint,
    /// By period.
    pub points: Vec<SeriesPoint>,
}

/// A figure in one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeriesPoint {
    /// What it comes to: a number, the text of a decimal number or of a length of time.
    pub value: Option<Scalar>,
    /// How many people have an event that was counted for it.
    pub people: u64,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
}

/// Measures events by period and group.
pub(super) struct SeriesBuilder<P: Profile> {
    figures: Vec<Figure<P>>,
    by: Option<GroupingNode<P>>,
    periods: Periods,
    from: Instant,
    until: Instant,
    population: usize,
    /// `None`: everything together.
    groups: BTreeMap<Option<GroupKey>, Vec<FigureCounts>>,
}

struct Figure<P: Profile> {
    text: Arc<str>,
    measures: Vec<KpiNode<P>>,
    value: FigureValue,
}

/// By period; `None` is all of them.
type FigureCounts = BTreeMap<Option<i64>, Point>;

#[derive(Clone, Debug, Default)]
struct Point {
    measured: Vec<Measured>,
    people: Gathered,
}

/// A group, a figure of it, a period: what one profile adds, by measure.
type Seen = BTreeMap<(Option<GroupKey>, usize, Option<i64>), Vec<Measured>>;

impl<P: Profile> SeriesBuilder<P> {
    pub(super) fn new(
        series: &SeriesPlan,
        (rulebook, model): (&Rulebook, &Model<P>),
        (from, until): (Instant, Instant),
    ) -> Result<Self, BindError> {
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let figures = series.figures.iter().map(|line| Figure {
            text: line.text.clone(),
            measures: (line.measures.iter())
                .map(|measure| KpiNode::bind(measure, None, &mut binder))
                .collect(),
            value: line.value.clone(),
        });
        let figures: Vec<_> = figures.collect();
        let by = series.by.as_ref();
        let by = by.map(|by| GroupingNode::bind(by, &mut binder));
        binder.finish()?;
        Ok(SeriesBuilder {
            groups: BTreeMap::from([(None, vec![FigureCounts::new(); figures.len()])]),
            figures,
            by,
            periods: Periods::new(rulebook, series.per),
            from,
            until,
            population: 0,
        })
    }

    pub(super) fn record(&mut self, profile: &P) {
        let position = self.population;
        self.population += 1;
        let seen = self.seen(profile);
        let n = self.figures.len();
        for ((group, figure, period), measured) in seen {
            let counts = self.groups.entry(group);
            let counts = counts.or_insert_with(|| vec![FigureCounts::new(); n]);
            if let Some(figure) = counts.get_mut(figure) {
                figure.entry(period).or_default().take(measured, position);
            }
        }
    }

    fn seen(&self, profile: &P) -> Seen {
        let mut seen = Seen::new();
        let (from, until) = (self.from.micros(), self.until.micros());
        let kinds = self.figures.iter().flat_map(|figure| &figure.measures);
        let kinds: BTreeSet<usize> = kinds.flat_map(|of| of.kinds()).copied().collect();
        for kind in kinds {
            for event in Ctx::new(profile, until).of_kind(kind).iter(from, until) {
                let ctx = Ctx::new(profile, event.at().micros());
                self.see(&ctx, kind, event, &mut seen);
            }
        }
        seen
    }

    fn see<'a>(&'a self, ctx: &Ctx<'a, P>, kind: usize, event: &'a P::Event, seen: &mut Seen) {
        let period = self.periods.number(event.at());
        let mut key = None;
        for (nth, figure) in self.figures.iter().enumerate() {
            for (measure, node) in figure.measures.iter().enumerate() {
                if !node.counts(ctx, kind, event) {
                    continue;
                }
                let by = self.by.as_ref();
                let group = by.map(|by| {
                    let key = key.get_or_insert_with(|| by.key(ctx, kind, event));
                    Some(key.clone())
                });
                for group in std::iter::once(None).chain(group) {
                    for period in [None, Some(period)] {
                        let measured = seen.entry((group.clone(), nth, period)).or_default();
                        measured.resize_with(figure.measures.len(), Measured::default);
                        if let Some(measured) = measured.get_mut(measure) {
                            node.add(ctx, event, measured);
                        }
                    }
                }
            }
        }
    }

    pub(super) fn build(&self) -> SeriesReport {
        let numbers: Vec<i64> = self.periods.between(self.from, self.until).collect();
        let figures = |counts: &[FigureCounts]| {
            let figures = self.figures.iter().zip(counts);
            let figures = figures.map(|(figure, counts)| self.figure(figure, counts, &numbers));
            figures.collect::<Vec<_>>()
        };
        let grouped = || (self.groups.iter()).filter_map(|(key, of)| Some((key.as_ref()?, of)));
        let people = grouped().map(|(key, counts)| {
            let totals = counts.iter().filter_map(|of| of.get(&None));
            (key, totals.map(|of| of.people.count()).max().unwrap_or(0))
        });
        let (keys, groups_left_out) = listed(&people.collect());
        let counts: BTreeMap<&GroupKey, &Vec<FigureCounts>> = grouped().collect();
        let groups = keys.into_iter().filter_map(|key| {
            Some(SeriesGroup {
                value: key.value.clone(),
                figures: figures(counts.get(key)?),
            })
        });
        SeriesReport {
            from: self.from,
            until: self.until,
            zone: self.periods.zone(),
            per: self.periods.unit,
            periods: (numbers.iter())
                .map(|number| self.periods.period(*number, self.from, self.until))
                .collect(),
            by: self.by.as_ref().map(|by| by.text.clone()),
            all: figures(self.groups.get(&None).map_or(&[], Vec::as_slice)),
            groups: groups.collect(),
            groups_left_out,
        }
    }

    fn figure(&self, figure: &Figure<P>, counts: &FigureCounts, numbers: &[i64]) -> SeriesFigure {
        let nothing = Point::default();
        let point = |period: Option<i64>| {
            let point = counts.get(&period).unwrap_or(&nothing);
            SeriesPoint {
                value: figure.value(&point.measured),
                people: point.people.count(),
                members: point.people.members(self.population),
            }
        };
        SeriesFigure {
            figure: figure.text.clone(),
            total: point(None),
            points: numbers.iter().map(|number| point(Some(*number))).collect(),
        }
    }
}

impl Point {
    fn take(&mut self, measured: Vec<Measured>, position: usize) {
        self.people.add(position);
        self.measured.resize_with(measured.len(), Measured::default);
        let pairs = self.measured.iter_mut().zip(measured);
        pairs.for_each(|(into, measured)| into.join(measured));
    }
}

impl<P: Profile> Figure<P> {
    fn value(&self, measured: &[Measured]) -> Option<Scalar> {
        // A measure alone has its own type, such as a length of time.
        if let FigureValue::Measure(nth) = &self.value {
            let nothing = Measured::default();
            let measured = measured.get(*nth).unwrap_or(&nothing);
            return scalar(&self.measures.get(*nth)?.value(measured));
        }
        self.amount(&self.value, measured).map(Amount::scalar)
    }

    fn amount(&self, value: &FigureValue, measured: &[Measured]) -> Option<Amount> {
        match value {
            FigureValue::Measure(nth) => {
                let nothing = Measured::default();
                let measured = measured.get(*nth).unwrap_or(&nothing);
                self.measures.get(*nth)?.amount(measured)
            }
            FigureValue::Number { mantissa, scale } => Some(Amount::Exact {
                mantissa: *mantissa,
                scale: *scale,
            }),
            FigureValue::Arithmetic { op, left, right } => {
                let left = self.amount(left, measured)?;
                left.calculate(*op, self.amount(right, measured)?)
            }
            FigureValue::Negate(of) => self.amount(of, measured)?.negated(),
        }
    }
}

impl SeriesReport {
    pub(super) fn members(&self) -> Vec<(String, &Members)> {
        let mut all = Vec::new();
        self.list(&mut all, "", &self.all);
        for group in &self.groups {
            let value = value_words(group.value.as_ref());
            let by = self.by.as_deref().unwrap_or_default();
            self.list(&mut all, &format!("{by} = {value}, "), &group.figures);
        }
        all
    }

    fn list<'s>(
        &'s self,
        all: &mut Vec<(String, &'s Members)>,
        of: &str,
        figures: &'s [SeriesFigure],
    ) {
        for figure in figures {
            let name = format!("{of}{}", figure.figure);
            all.push((name.clone(), &figure.total.members));
            for (period, point) in self.periods.iter().zip(&figure.points) {
                all.push((format!("{name} in {}", period.name), &point.members));
            }
        }
    }
}

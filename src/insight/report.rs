//! A report of a rulebook by its name, whatever its kind.

use super::funnel::{Funnel, FunnelBuilder};
use super::heat::{HeatBuilder, HeatMap};
use super::interval::{Interval, IntervalBuilder};
use super::orders::{OrderBuilder, OrderReport};
use super::paths::{Paths, PathsBuilder};
use super::report_error::{ReportError, SEGMENTS, STOCK_OF, plan_of};
use super::repurchase::{RepurchaseBuilder, RepurchaseReport};
use super::retention::{RetentionBuilder, RetentionReport};
use super::rfm::{RfmBuilder, RfmReport};
use super::segment_sizes::{SegmentSizes, SegmentSizesBuilder};
use super::series::{SeriesBuilder, SeriesReport};
use super::spread::{SpreadBuilder, SpreadReport};
use super::stock::{StageStock, StageStockBuilder};
use super::together::{TogetherBuilder, TogetherReport};
use crate::population::Members;
use crate::profile::{Model, Profile};
use crate::rulebook::Rulebook;
use crate::rulebook::reports::ReportPlan;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// Builds any report of a rulebook from profiles with their events: one that has a table under `reports`, `segments`, or `stock of` a
/// lifecycle.
///
/// ```
/// use segue::insight::{ReportBuilder, ReportResult};
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events = { viewed = {}, purchased = {} }
///     reports.sales = { funnel = ["viewed", "purchased"] }
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-04-01T00:00:00Z".parse()?);
/// let mut report = ReportBuilder::new(&rulebook, &model, "sales", from, until)?;
/// report.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "viewed", "at": "2026-03-10T10:00:00Z"}]}"#)?);
/// let ReportResult::Funnel(funnel) = report.build() else { panic!("`sales` is a funnel") };
/// assert_eq!((funnel.steps[0].people, funnel.steps[1].people), (1, 0));
///
/// let error = ReportBuilder::new(&rulebook, &model, "sale", from, until).err();
/// assert_eq!(error.map(|e| e.to_string()).as_deref(), Some("there is no report `sale`; did you mean `sales`?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ReportBuilder<P: Profile>(Box<dyn Analysis<P>>);

/// What every builder of a report does.
trait Analysis<P: Profile> {
    fn record(&mut self, profile: &P);

    fn result(&self) -> ReportResult;
}

/// The builders, and the results that they build.
macro_rules! kinds {
    ($($builder:ident => $result:ident),+ $(,)?) => {
        $(impl<P: Profile> Analysis<P> for $builder<P> {
            fn record(&mut self, profile: &P) {
                $builder::record(self, profile);
            }

            fn result(&self) -> ReportResult {
                ReportResult::$result(self.build())
            }
        })+

        impl ReportResult {
            /// The people behind each number, and what the number is. Positions are those in the order in which profiles were
            /// recorded.
            #[must_use]
            pub fn members(&self) -> Vec<(String, &Members)> {
                match self {
                    $(ReportResult::$result(of) => of.members(),)+
                }
            }
        }
    };
}

kinds! {
    FunnelBuilder => Funnel,
    IntervalBuilder => Interval,
    PathsBuilder => Paths,
    HeatBuilder => Heat,
    RetentionBuilder => Retention,
    SeriesBuilder => Series,
    RepurchaseBuilder => Repurchase,
    OrderBuilder => Orders,
    SpreadBuilder => Spread,
    TogetherBuilder => Together,
    RfmBuilder => Rfm,
    SegmentSizesBuilder => Segments,
    StageStockBuilder => Stock,
}

/// The result of a report. As JSON it is that of its kind, which `kind` names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReportResult {
    /// How many come to each step.
    Funnel(Funnel),
    /// How long it takes from one event to another.
    Interval(Interval),
    /// What comes before and after an event.
    Paths(Paths),
    /// When in the week events happen.
    Heat(HeatMap),
    /// Who comes again.
    Retention(RetentionReport),
    /// Figures by calendar period.
    Series(SeriesReport),
    /// Who orders a second time.
    Repurchase(RepurchaseReport),
    /// Orders and returns.
    Orders(OrderReport),
    /// How people spread over values.
    Spread(SpreadReport),
    /// How two behaviours go together in time.
    Together(TogetherReport),
    /// How recently, how often and for how much people buy.
    Rfm(RfmReport),
    /// How many are in each segment.
    Segments(SegmentSizes),
    /// How many are in each stage of a lifecycle.
    Stock(StageStock),
}

impl<P: Profile> ReportBuilder<P> {
    /// Reports on events at or after `from` and before `until`, by the name of the report. `segments` and `stock of` a lifecycle say how
    /// things are just before `until`.
    ///
    /// # Errors
    /// If the rulebook has no such report, or the profile type lacks what it reads.
    pub fn new(
        rulebook: &Rulebook,
        model: &Model<P>,
        name: &str,
        from: Instant,
        until: Instant,
    ) -> Result<Self, ReportError> {
        let (bound, span) = ((rulebook, model), (from, until));
        if name == SEGMENTS {
            let builder = SegmentSizesBuilder::new(rulebook, model, until)?;
            return Ok(ReportBuilder(Box::new(builder)));
        }
        if let Some(lifecycle) = name.strip_prefix(STOCK_OF) {
            let builder = StageStockBuilder::new(rulebook, model, lifecycle, until)?;
            return Ok(ReportBuilder(Box::new(builder)));
        }
        Ok(ReportBuilder(match plan_of(rulebook, name)? {
            ReportPlan::Funnel(plan) => Box::new(FunnelBuilder::bind(plan, rulebook, model, span)?),
            ReportPlan::Interval(plan) => {
                Box::new(IntervalBuilder::bind(plan, rulebook, model, span)?)
            }
            ReportPlan::Paths(plan) => Box::new(PathsBuilder::bind(plan, rulebook, model, span)?),
            ReportPlan::Heat(plan) => Box::new(HeatBuilder::new(plan, bound, span)?),
            ReportPlan::Retention(plan) => Box::new(RetentionBuilder::new(plan, bound, span)?),
            ReportPlan::Series(plan) => Box::new(SeriesBuilder::new(plan, bound, span)?),
            ReportPlan::Repurchase(plan) => Box::new(RepurchaseBuilder::new(plan, bound, span)?),
            ReportPlan::Orders(plan) => Box::new(OrderBuilder::new(plan, bound, span)?),
            ReportPlan::Spread(plan) => Box::new(SpreadBuilder::new(plan, bound, until)?),
            ReportPlan::Together(plan) => Box::new(TogetherBuilder::new(plan, bound, span)?),
            ReportPlan::Rfm(plan) => Box::new(RfmBuilder::new(plan, bound, until)?),
        }))
    }

    /// Takes a profile into account.
    pub fn record(&mut self, profile: &P) {
        self.0.record(profile);
    }

    /// The report on all profiles recorded so far.
    #[must_use]
    pub fn build(&self) -> ReportResult {
        self.0.result()
    }
}

//! Analyses of profiles and of what an engine reports: results as data. Depends on `engine`.
//!
//! [`ReportBuilder`] builds any report of a rulebook by its name.

mod amount;
mod communication_plan;
mod durations;
mod funnel;
mod gathered;
mod grouping;
mod groups;
mod heat;
mod interval;
mod journey_report;
mod kpi;
mod lifecycle_report;
mod orders;
mod paths;
mod periods;
mod report;
mod report_error;
mod report_span;
mod repurchase;
mod retention;
mod rfm;
mod segment_sizes;
mod selected;
mod series;
mod spread;
mod stock;
mod taken_back;
mod together;
mod touchpoint_report;

pub use communication_plan::{
    CapClash, CommunicationPlan, CommunicationPlanBuilder, HeldMessages, PlannedMessage,
};
pub use durations::StageDurations;
pub use funnel::{Funnel, FunnelBuilder, FunnelGroup, FunnelStep};
pub use heat::{ClockChange, HeatDay, HeatHour, HeatMap};
pub use interval::{Interval, IntervalBuilder, IntervalPoint};
pub use journey_report::{GoalRate, JourneyReport, JourneyReportBuilder, StepFlow};
pub use kpi::TargetStatus;
pub use lifecycle_report::{
    LifecycleReport, LifecycleReportBuilder, MatrixRow, MatrixStock, PeriodFlow, StageFlow,
    TooSmall, TransitionCount,
};
pub use orders::{LargestOrder, OrderFigures, OrderGroup, OrderReport};
pub use paths::{PathEdge, Paths, PathsBuilder};
pub use periods::ReportPeriod;
pub use report::{ReportBuilder, ReportResult};
pub use report_error::ReportError;
pub use repurchase::{RepurchaseCohort, RepurchaseFigures, RepurchaseReport, RepurchaseWithin};
pub use retention::{RetentionCell, RetentionCohort, RetentionReport, RetentionTotal};
pub use rfm::{RfmCell, RfmGroup, RfmPeople, RfmReport, RfmScore};
pub use segment_sizes::{SegmentSize, SegmentSizes, SegmentSizesBuilder};
pub use series::{SeriesFigure, SeriesGroup, SeriesPoint, SeriesReport};
pub use spread::{SpreadOver, SpreadReport, SpreadValue};
pub use stock::{StageSize, StageStock, StageStockBuilder};
pub use together::{Behaviour, People, TogetherPeriod, TogetherReport};
pub use touchpoint_report::{
    ControlGroup, Coverage, TouchpointAudit, TouchpointFlow, TouchpointOverlap, TouchpointPeriod,
    TouchpointReport, TouchpointReportBuilder, UnmappedEvents,
};

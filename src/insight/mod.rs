//! Analyses of profiles and of what an engine reports: results as data. Depends on `engine`.
//!
//! [`ReportBuilder`] builds any report of a rulebook by its name; each kind has a builder of its own as well.

mod communication_plan;
mod durations;
mod funnel;
mod groups;
mod interval;
mod journey_report;
mod kpi;
mod lifecycle_report;
mod paths;
mod periods;
mod report;
mod report_error;
mod report_span;
mod segment_sizes;
mod stock;
mod touchpoint_report;

pub use communication_plan::{
    CapClash, CommunicationPlan, CommunicationPlanBuilder, HeldMessages, PlannedMessage,
};
pub use durations::StageDurations;
pub use funnel::{Funnel, FunnelBuilder, FunnelGroup, FunnelStep};
pub use interval::{Interval, IntervalBuilder, IntervalPoint};
pub use journey_report::{GoalRate, JourneyReport, JourneyReportBuilder, StepFlow};
pub use kpi::TargetStatus;
pub use lifecycle_report::{
    LifecycleReport, LifecycleReportBuilder, MatrixRow, MatrixStock, PeriodFlow, StageFlow,
    TooSmall, TransitionCount,
};
pub use paths::{PathEdge, Paths, PathsBuilder};
pub use report::{ReportBuilder, ReportResult};
pub use report_error::ReportError;
pub use segment_sizes::{SegmentSize, SegmentSizes, SegmentSizesBuilder};
pub use stock::{StageSize, StageStock, StageStockBuilder};
pub use touchpoint_report::{
    ControlGroup, Coverage, TouchpointAudit, TouchpointFlow, TouchpointOverlap, TouchpointPeriod,
    TouchpointReport, TouchpointReportBuilder, UnmappedEvents,
};

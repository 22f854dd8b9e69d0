//! Analyses of profiles and of what an engine reports: results as data. Depends on `engine`.

mod communication_plan;
mod durations;
mod journey_report;
mod kpi;
mod lifecycle_report;
mod periods;
mod touchpoint_report;

pub use communication_plan::{
    CapClash, CommunicationPlan, CommunicationPlanBuilder, HeldMessages, PlannedMessage,
};
pub use durations::StageDurations;
pub use journey_report::{GoalRate, JourneyReport, JourneyReportBuilder, StepFlow};
pub use kpi::TargetStatus;
pub use lifecycle_report::{
    LifecycleReport, LifecycleReportBuilder, MatrixRow, MatrixStock, PeriodFlow, StageFlow,
    TooSmall, TransitionCount,
};
pub use touchpoint_report::{
    ControlGroup, Coverage, TouchpointAudit, TouchpointFlow, TouchpointOverlap, TouchpointPeriod,
    TouchpointReport, TouchpointReportBuilder, UnmappedEvents,
};

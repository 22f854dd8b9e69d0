//! Analyses of what an engine reports: results as data. Depends on `engine`.

mod communication_plan;
mod durations;
mod journey_report;
mod lifecycle_report;

pub use communication_plan::{
    CapClash, CommunicationPlan, CommunicationPlanBuilder, HeldMessages, PlannedMessage,
};
pub use durations::StageDurations;
pub use journey_report::{GoalRate, JourneyReport, JourneyReportBuilder, StepFlow};
pub use lifecycle_report::{
    LifecycleReport, LifecycleReportBuilder, MatrixRow, MatrixStock, PeriodFlow, StageFlow,
    TooSmall, TransitionCount,
};

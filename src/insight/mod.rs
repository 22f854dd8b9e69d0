//! Analyses of what an engine reports: results as data. Depends on `engine`.

mod durations;
mod lifecycle_report;

pub use durations::StageDurations;
pub use lifecycle_report::{
    LifecycleReport, LifecycleReportBuilder, PeriodFlow, StageFlow, TransitionCount,
};

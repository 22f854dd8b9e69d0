//! The pictures, one a file: plain structs that become a [`Figure`](crate::Figure).

mod areas;
mod bars;
mod curves;
mod flows;
mod heat;
mod matrix;
mod overlap;
mod ranges;
mod retention;
mod sankey;
mod steps;
mod targets;
mod trends;

pub use areas::{Areas, Layer};
pub use bars::{Bar, Bars};
pub use curves::{Curve, Curves};
pub use flows::{FlowSeries, Flows};
pub use heat::Heat;
pub use matrix::Matrix;
pub use overlap::Overlap;
pub use ranges::{Range, Ranges};
pub use retention::{Cohort, CohortPeriod, Retention};
pub use sankey::{Link, Node, Sankey};
pub use steps::{Step, Steps};
pub use targets::{Target, TargetState, Targets};
pub use trends::{Trend, Trends};

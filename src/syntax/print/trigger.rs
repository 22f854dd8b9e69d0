//! The spelling of what a trigger waits for.

use super::format;
use super::quoted_name;
use super::words::print_span;
use crate::syntax::tree::Name;
use crate::syntax::trigger::{Clock, Every, TriggerOn, TriggerOnKind};
use crate::time::{HOUR, MINUTE, WEEKDAYS};
use std::fmt;

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / HOUR, self.0 % HOUR / MINUTE)
    }
}

impl fmt::Display for TriggerOn {
    /// The canonical spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |name: &Name| quoted_name(&name.text);
        match &self.kind {
            TriggerOnKind::Stage {
                from,
                to,
                lifecycle,
            } => {
                match (from, to) {
                    (Some(from), Some(to)) => {
                        write!(f, "stage {} -> {}", quoted(from), quoted(to))?
                    }
                    (None, Some(to)) => write!(f, "enter stage {}", quoted(to))?,
                    (Some(from), None) => write!(f, "leave stage {}", quoted(from))?,
                    (None, None) => f.write_str("any move")?,
                }
                lifecycle
                    .as_ref()
                    .map_or(Ok(()), |of| write!(f, " of {}", quoted(of)))
            }
            TriggerOnKind::Segment { entered, segment } => {
                write!(
                    f,
                    "{} segment {}",
                    if *entered { "enter" } else { "leave" },
                    quoted(segment)
                )
            }
            TriggerOnKind::Events(events) => f.write_str(&format(events)),
            TriggerOnKind::Date { lead, value, at } => {
                if let Some(lead) = lead {
                    write!(
                        f,
                        "{} {} ",
                        print_span(&lead.length),
                        if lead.before { "before" } else { "after" }
                    )?;
                }
                write!(f, "{value} at {at}")
            }
            TriggerOnKind::Schedule { every, at, segment } => {
                match every {
                    Every::Day => f.write_str("every day")?,
                    Every::Weekday(day) => {
                        write!(
                            f,
                            "every {}",
                            WEEKDAYS.get(usize::from(*day)).copied().unwrap_or_default()
                        )?;
                    }
                    Every::DayOfMonth(day) => write!(f, "every month on day {day}")?,
                }
                write!(f, " at {at} in segment {}", quoted(segment))
            }
        }
    }
}

//! The spelling of what a trigger waits for.

use super::format;
use super::quoted_name;
use super::words::{print_span, print_string};
use crate::syntax::tree::{Literal, Name};
use crate::syntax::trigger::{Clock, DateForm, Every, TriggerOn, TriggerOnKind};
use crate::syntax::wait::{WaitForm, WaitFormKind};
use crate::time::{HOUR, MINUTE, MONTHS, WEEKDAYS};
use std::fmt;

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / HOUR, self.0 % HOUR / MINUTE)
    }
}

impl fmt::Display for DateForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DateForm { lead, value, at } = self;
        if let Some(lead) = lead {
            let word = if lead.before { "before" } else { "after" };
            write!(f, "{} {word} ", print_span(&lead.length))?;
        }
        write!(f, "{value} at {at}")
    }
}

impl fmt::Display for WaitForm {
    /// The canonical spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            WaitFormKind::Length { length, at: None } => f.write_str(&print_span(length)),
            WaitFormKind::Length {
                length,
                at: Some(at),
            } => write!(f, "{} at {at}", print_span(length)),
            WaitFormKind::Clock { weekday: None, at } => write!(f, "until {at}"),
            WaitFormKind::Clock {
                weekday: Some(day),
                at,
            } => write!(f, "until {} at {at}", weekday_name(*day)),
            WaitFormKind::Date(date) => {
                let date = date.to_string();
                // An attribute that is called as a weekday is.
                match date.split_once(" at ") {
                    Some((day, at)) if WEEKDAYS.contains(&day) => {
                        write!(f, "until `{day}` at {at}")
                    }
                    _ => write!(f, "until {date}"),
                }
            }
        }
    }
}

impl fmt::Display for Every {
    /// What follows `every`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Every::Day => f.write_str("day"),
            Every::Weekday(day) => f.write_str(weekday_name(day)),
            Every::WorkingDay => f.write_str("weekday"),
            Every::DayOfMonth(day) => write!(f, "month on day {day}"),
            Every::NthWeekday { nth, day } => {
                let nth = match nth {
                    1 => "first",
                    2 => "second",
                    3 => "third",
                    4 => "fourth",
                    _ => "last",
                };
                write!(f, "month on {nth} {}", weekday_name(day))
            }
            Every::DayOfQuarter(day) => write!(f, "quarter on day {day}"),
            Every::DayOfYear { month, day } => {
                let name = MONTHS.get(usize::from(month) - 1).copied();
                write!(f, "year on {day} {}", name.unwrap_or_default())
            }
            Every::Weeks { n, day, from } => {
                let s = if n == 1 { "" } else { "s" };
                write!(f, "{n} week{s} on {}", weekday_name(day))?;
                from.map_or(Ok(()), |from| write!(f, " from {from}"))
            }
            Every::Days { n, from } => {
                let s = if n == 1 { "" } else { "s" };
                write!(f, "{n} day{s} from {from}")
            }
            Every::Hours(1) => f.write_str("hour"),
            Every::Hours(n) => write!(f, "{n} hours"),
        }
    }
}

fn weekday_name(day: u8) -> &'static str {
    WEEKDAYS.get(usize::from(day)).copied().unwrap_or_default()
}

impl fmt::Display for TriggerOn {
    /// The canonical spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |name: &Name| quoted_name(&name.text);
        match &self.kind {
            TriggerOnKind::Stage { from, to, of } => {
                match (from, to) {
                    (Some(from), Some(to)) => {
                        write!(f, "stage {} -> {}", quoted(from), quoted(to))?
                    }
                    (None, Some(to)) => write!(f, "enter stage {}", quoted(to))?,
                    (Some(from), None) => write!(f, "leave stage {}", quoted(from))?,
                    (None, None) => f.write_str("any move")?,
                }
                let Some(of) = of else { return Ok(()) };
                write!(f, " of {}", quoted(&of.lifecycle))?;
                match &of.subject {
                    Some(Literal::String(subject)) => write!(f, " for {}", print_string(subject)),
                    Some(_) | None => Ok(()),
                }
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
            TriggerOnKind::Date(date) => date.fmt(f),
            TriggerOnKind::Schedule { every, at, segment } => {
                write!(f, "every {every}")?;
                if !matches!(every, Every::Hours(_)) {
                    write!(f, " at {at}")?;
                }
                write!(f, " in segment {}", quoted(segment))
            }
        }
    }
}

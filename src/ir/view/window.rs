//! Windows of time.

use super::{Origin, ValueForm};
use crate::ir::form::{Anchor, Bound, Windows};
use crate::ir::op::Edge;
use crate::syntax::vocabulary::calendar_word;
use crate::time::{CalendarUnit, DAY, Duration, Instant};
use std::fmt;

/// A window of time. An instant is inside if it is not before any lower bound (inclusive), and before every upper bound
/// (exclusive). Shown as text, it reads like `from now - 30 days before now`; one without bounds is `always`.
#[derive(Clone, Copy)]
pub struct WindowForm<'a> {
    windows: &'a Windows,
    origin: Origin<'a>,
}

/// One end of a window: an [anchor](BoundForm::anchor), moved by calendar months in the rule's zone and then by a fixed
/// duration.
#[derive(Clone, Copy)]
pub struct BoundForm<'a> {
    bound: &'a Bound,
    origin: Origin<'a>,
}

/// What a bound counts from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnchorForm<'a> {
    /// A point in time.
    Instant(Instant),
    /// The instant for which the rule is evaluated, moved.
    Now {
        /// By calendar months in the rule's zone; negative: back.
        plus_months: i64,
        /// And then by this.
        plus: Duration,
    },
    /// The start of a period of the calendar in the rule's zone.
    Period {
        /// The length of the period.
        unit: CalendarUnit,
        /// So many periods after the one that holds `now` moved by `plus`; negative: before.
        offset: i64,
        /// By how much `now` is moved.
        plus: Duration,
    },
    /// The start of today, moved by (months, days), pair by pair.
    Day {
        /// The moves, in order.
        moves: Vec<(i64, i64)>,
    },
    /// The start of the day so many days after the one that holds another bound.
    DayOf {
        /// The other bound.
        bound: BoundForm<'a>,
        /// So many days; negative: before.
        offset: i64,
    },
    /// Another bound.
    Bound(BoundForm<'a>),
    /// A value; the bound does not exist where it is missing, and nothing is inside.
    Value {
        /// The instant or the date.
        value: ValueForm<'a>,
        /// Which instant it means.
        edge: Edge,
    },
}

impl<'a> WindowForm<'a> {
    /// The lower bounds; all of them count. None: since the beginning.
    pub fn lower(self) -> impl Iterator<Item = BoundForm<'a>> {
        let bounds = self.windows.lower.iter();
        bounds.map(move |bound| self.origin.bound(bound))
    }

    /// The upper bounds; all of them count. None: whatever has happened by now.
    pub fn upper(self) -> impl Iterator<Item = BoundForm<'a>> {
        let bounds = self.windows.upper.iter();
        bounds.map(move |bound| self.origin.bound(bound))
    }

    /// Whether it has no bounds.
    #[must_use]
    pub fn is_unbounded(self) -> bool {
        self.windows.lower.is_empty() && self.windows.upper.is_empty()
    }
}

impl<'a> BoundForm<'a> {
    /// What it counts from.
    #[must_use]
    pub fn anchor(self) -> AnchorForm<'a> {
        match &self.bound.anchor {
            Anchor::At(at) => AnchorForm::Instant(Instant::from_micros(*at)),
            Anchor::Now { months, micros } => AnchorForm::Now {
                plus_months: *months,
                plus: Duration::from_micros(*micros),
            },
            Anchor::Period {
                unit,
                offset,
                micros,
            } => AnchorForm::Period {
                unit: *unit,
                offset: *offset,
                plus: Duration::from_micros(*micros),
            },
            Anchor::Day { moves } => AnchorForm::Day {
                moves: moves.clone(),
            },
            Anchor::DayOf { of, offset } => AnchorForm::DayOf {
                bound: self.origin.bound(of),
                offset: *offset,
            },
            Anchor::Bound(of) => AnchorForm::Bound(self.origin.bound(of)),
            Anchor::Term { term, edge } => AnchorForm::Value {
                value: self.origin.value(term),
                edge: *edge,
            },
        }
    }

    /// The calendar months by which the anchor is moved.
    #[must_use]
    pub fn plus_months(self) -> i64 {
        self.bound.months
    }

    /// The duration by which it is moved after that. One microsecond makes a bound that is exclusive below or inclusive
    /// above.
    #[must_use]
    pub fn plus(self) -> Duration {
        Duration::from_micros(self.bound.micros)
    }
}

impl<'a> Origin<'a> {
    pub(super) fn window(self, windows: &'a Windows) -> WindowForm<'a> {
        WindowForm {
            windows,
            origin: self,
        }
    }

    pub(super) fn bound(self, bound: &'a Bound) -> BoundForm<'a> {
        BoundForm {
            bound,
            origin: self,
        }
    }
}

impl fmt::Display for WindowForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lower = self.lower().map(|bound| ("from", bound));
        let upper = self.upper().map(|bound| ("before", bound));
        let mut bounds = lower.chain(upper).peekable();
        if bounds.peek().is_none() {
            return f.write_str("always");
        }
        for (i, (word, bound)) in bounds.enumerate() {
            let gap = if i == 0 { "" } else { " " };
            write!(f, "{gap}{word} {bound}")?;
        }
        Ok(())
    }
}

impl fmt::Display for BoundForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.anchor() {
            AnchorForm::Instant(at) => write!(f, "{at}")?,
            AnchorForm::Now { plus_months, plus } => {
                f.write_str("now")?;
                moved(f, plus_months, plus)?;
            }
            AnchorForm::Period { unit, offset, plus } => {
                let unit = calendar_word(unit);
                write!(f, "the start of the {unit} of now")?;
                moved(f, 0, plus)?;
                counted(f, offset, unit)?;
            }
            AnchorForm::Day { moves } => {
                f.write_str("the start of today")?;
                for (months, days) in moves {
                    moved(f, months, days_long(days))?;
                }
            }
            AnchorForm::DayOf { bound, offset } => {
                write!(f, "the start of the day of {bound}")?;
                moved(f, 0, days_long(offset))?;
            }
            AnchorForm::Bound(bound) => write!(f, "{bound}")?,
            AnchorForm::Value { value, edge } => {
                f.write_str(match edge {
                    Edge::Exact => "",
                    Edge::DayStart => "the start of ",
                    Edge::DayEnd => "the end of ",
                })?;
                f.write_str(value.text())?;
            }
        }
        moved(f, self.plus_months(), self.plus())
    }
}

fn days_long(days: i64) -> Duration {
    Duration::from_micros(days.saturating_mul(DAY))
}

fn sign(number: i64) -> char {
    if number < 0 { '-' } else { '+' }
}

/// ` - 2 months`; nothing if it is none.
fn counted(f: &mut fmt::Formatter<'_>, number: i64, unit: &str) -> fmt::Result {
    if number == 0 {
        return Ok(());
    }
    let plural = if number.unsigned_abs() == 1 { "" } else { "s" };
    write!(
        f,
        " {} {} {unit}{plural}",
        sign(number),
        number.unsigned_abs()
    )
}

/// ` + 1 month - 2 days`; nothing if it is not moved.
fn moved(f: &mut fmt::Formatter<'_>, months: i64, by: Duration) -> fmt::Result {
    counted(f, months, "month")?;
    if by.micros() != 0 {
        let length = Duration::from_micros(by.micros().saturating_abs());
        write!(f, " {} {length}", sign(by.micros()))?;
    }
    Ok(())
}

impl fmt::Debug for WindowForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WindowForm({self})")
    }
}

impl fmt::Debug for BoundForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoundForm({self})")
    }
}

//! Units of time, of the calendar and of distance.

use crate::time::{CalendarUnit, TimeUnit};

/// A unit of time.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UnitRow {
    /// Which.
    pub unit: TimeUnit,
    /// The period of the calendar of that name, where there is one.
    pub period: Option<CalendarUnit>,
    /// The singular.
    pub word: &'static str,
    /// The plural.
    pub plural: &'static str,
    /// Short forms that authors write. They are explained, not accepted.
    pub short: &'static [&'static str],
}

/// Makes the table and the way back from a unit to its row.
macro_rules! units {
    ($($unit:ident $period:expr, $word:literal $plural:literal [$($short:literal)*];)*) => {
        static UNITS: &[UnitRow] = &[$(UnitRow {
            unit: TimeUnit::$unit,
            period: $period,
            word: $word,
            plural: $plural,
            short: &[$($short),*],
        },)*];

        /// The singular of a unit.
        pub(crate) fn unit_word(unit: TimeUnit) -> &'static str {
            match unit {
                $(TimeUnit::$unit => $word,)*
            }
        }
    };
}

units! {
    Second None, "second" "seconds" ["s" "sec" "secs"];
    Minute None, "minute" "minutes" ["min" "mins"];
    Hour None, "hour" "hours" ["h" "hr" "hrs"];
    Day Some(CalendarUnit::Day), "day" "days" ["d"];
    Week Some(CalendarUnit::Week), "week" "weeks" ["w" "wk" "wks"];
    Month Some(CalendarUnit::Month), "month" "months" ["mo" "mon" "mth" "mths"];
    Quarter Some(CalendarUnit::Quarter), "quarter" "quarters" ["q" "qtr"];
    Year Some(CalendarUnit::Year), "year" "years" ["y" "yr" "yrs"];
}

/// Every unit of time, from the shortest to the longest.
#[must_use]
pub fn units() -> &'static [UnitRow] {
    UNITS
}

fn row(word: &str) -> Option<&'static UnitRow> {
    UNITS
        .iter()
        .find(|unit| unit.word == word || unit.plural == word)
}

/// The unit that a word such as `days` or `day` names.
pub(crate) fn time_unit(word: &str) -> Option<TimeUnit> {
    row(word).map(|row| row.unit)
}

/// The period of the calendar that a word such as `months` or `month` names.
pub(crate) fn calendar_unit(word: &str) -> Option<CalendarUnit> {
    row(word)?.period
}

/// The singular of a period.
pub(crate) fn calendar_word(unit: CalendarUnit) -> &'static str {
    let row = UNITS.iter().find(|row| row.period == Some(unit));
    // INVARIANT: every period is the period of a unit of time.
    debug_assert!(row.is_some(), "{unit:?} is not in the table of units");
    row.map_or("", |row| row.word)
}

//! Dates and instants ahead and past, and their anniversaries.

use super::Scope;
use super::calendar;
use super::value::Value;
use chrono::{NaiveDate, TimeDelta};
use segue::syntax::{DayRange, Expr};

impl Scope<'_> {
    /// docs/language.md section 7, "Ahead and past", "One day", "Anniversaries".
    pub(super) fn upcoming(&self, anniversary: bool, value: &Expr, days: DayRange) -> bool {
        let (calendar, now) = (self.calendar(), self.now);
        let day = match self.value(value) {
            None => return false,
            Some(Value::Date(day)) => day,
            Some(Value::Instant(x)) => match days {
                // "For an instant: `now < x <= now + L`, and `now - L <= x <= now`."
                DayRange::Next(length) => return now < x && x <= calendar.shift(now, length, 1),
                DayRange::Last(length) => return calendar.shift(now, length, -1) <= x && x <= now,
                DayRange::Today(_) | DayRange::In(_) | DayRange::During(_) => calendar.date(x),
            },
            Some(other) => panic!("{other:?} is no time"),
        };
        let Some((first, last)) = self.first_and_last(days) else {
            return false;
        };
        // "A date that the schema declares as `yearly` means its anniversaries in all these forms. `anniversary of x` does so
        // for any date … The day itself is the first anniversary; there is none before it. In common years, 29 February comes
        // on the 28th."
        let yearly = anniversary || self.field(value).is_some_and(|f| f.yearly);
        let mut later = (1..)
            .map_while(|years| calendar::shift_months(day, 12 * years))
            .take_while(|day| *day <= last);
        (first..=last).contains(&day) || (yearly && later.any(|day| first <= day))
    }

    /// The first and the last of the days that are asked for; `None` beyond the calendar.
    fn first_and_last(&self, days: DayRange) -> Option<(NaiveDate, NaiveDate)> {
        let calendar = self.calendar();
        let today = calendar.date(self.now);
        let now_and = |length, times| calendar.date(calendar.shift(self.now, length, times));
        let one = |day: NaiveDate| (day, day);
        Some(match days {
            // "from today to the day that holds `now + L`, or from the day that holds `now - L` to today, both included"
            DayRange::Next(length) => (today, now_and(length, 1)),
            DayRange::Last(length) => (now_and(length, -1), today),
            DayRange::Today(offset) => one(today + TimeDelta::days(offset.into())),
            // "`in L` is the day `today + L`"
            DayRange::In(length) => one(match calendar::months(length) {
                Some(months) => calendar::shift_months(today, months)?,
                None => {
                    today.checked_add_signed(TimeDelta::microseconds(calendar::length(length)))?
                }
            }),
            DayRange::During(period) => {
                let (from, to) = calendar.period(period, self.now);
                (calendar.date(from), calendar.date(to))
            }
        })
    }
}

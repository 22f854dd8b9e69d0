//! Reads on which days and at which times a schedule comes.

use super::cursor::{PairCursor, ParseResult, TreeBuilder, span_of};
use super::literal;
use super::trigger::weekday;
use crate::diagnostic::Diagnostic;
use crate::syntax::grammar::Rule;
use crate::syntax::trigger::{Clock, Every};
use crate::time::{Date, MONTHS};
use pest::iterators::Pair;

/// The greatest number of days of a month, from January on.
const LENGTHS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl TreeBuilder {
    /// What follows `every`, up to the segment.
    pub(super) fn every(&mut self, parts: &mut PairCursor<'_>) -> ParseResult<(Every, Clock)> {
        let first = parts.next()?;
        let every = match first.as_rule() {
            Rule::hour_word => return Ok((Every::Hours(1), Clock(0))),
            Rule::whole if parts.peek() == Some(Rule::hour_word) => {
                parts.next()?;
                return Ok((Every::Hours(self.hours(&first)), Clock(0)));
            }
            Rule::whole if parts.take(Rule::week_word).is_some() => {
                let n = self.number(&first, 520, "write 1 to 520 weeks");
                parts.expect(Rule::kw_on)?;
                let day = weekday(parts.expect(Rule::weekday)?.as_str());
                let from = match parts.take(Rule::kw_from) {
                    Some(_) => Some(self.day(&parts.expect(Rule::date)?)),
                    None => None,
                };
                Every::Weeks { n, day, from }
            }
            Rule::whole => {
                let n = self.number(&first, 3660, "write 1 to 3660 days");
                parts.expect(Rule::day_word)?;
                parts.expect(Rule::kw_from)?;
                let from = self.day(&parts.expect(Rule::date)?);
                Every::Days { n, from }
            }
            Rule::working_day => Every::WorkingDay,
            Rule::weekday => Every::Weekday(weekday(first.as_str())),
            Rule::kw_month => {
                parts.expect(Rule::kw_on)?;
                self.day_of_month(parts)?
            }
            Rule::quarter_word => {
                parts.expect(Rule::kw_on)?;
                parts.expect(Rule::kw_day)?;
                let number = parts.expect(Rule::whole)?;
                let help = "write 1 to 92; in a shorter quarter 92 is its last day";
                Every::DayOfQuarter(self.day_number(&number, "quarter", 92, help))
            }
            Rule::year_word => {
                parts.expect(Rule::kw_on)?;
                let number = parts.expect(Rule::whole)?;
                let word = parts.expect(Rule::month_word)?;
                let month = MONTHS.iter().position(|month| *month == word.as_str());
                let month = month.unwrap_or(0);
                let most = LENGTHS.get(month).copied().unwrap_or(31);
                let help = "29 february is the 28th where there is none";
                Every::DayOfYear {
                    month: u8::try_from(month + 1).unwrap_or(1),
                    day: self.day_number(&number, word.as_str(), most, help),
                }
            }
            _ => Every::Day,
        };
        parts.expect(Rule::kw_at)?;
        Ok((every, self.clock(&parts.expect(Rule::clock)?)))
    }

    /// `day 31`, `last day`, `first monday`, `last friday`
    fn day_of_month(&mut self, parts: &mut PairCursor<'_>) -> ParseResult<Every> {
        if parts.take(Rule::kw_day).is_some() {
            let number = parts.expect(Rule::whole)?;
            let help = "write 1 to 31; in a shorter month 31 is its last day";
            return Ok(Every::DayOfMonth(
                self.day_number(&number, "month", 31, help),
            ));
        }
        let nth = parts.expect(Rule::ordinal)?;
        if parts.take(Rule::kw_day).is_some() {
            return Ok(Every::DayOfMonth(31));
        }
        let nth = match nth.as_str() {
            "first" => 1,
            "second" => 2,
            "third" => 3,
            "fourth" => 4,
            _ => Every::LAST,
        };
        let day = weekday(parts.expect(Rule::weekday)?.as_str());
        Ok(Every::NthWeekday { nth, day })
    }

    fn day_number(&mut self, number: &Pair<'_, Rule>, of: &str, most: u8, help: &str) -> u8 {
        let text = number.as_str();
        let day = text.parse::<u8>().ok();
        day.filter(|day| (1..=most).contains(day))
            .unwrap_or_else(|| {
                let message = match of {
                    "month" | "quarter" => format!("no {of} has a day {text}"),
                    month => format!("{month} has no day {text}"),
                };
                let diagnostic = Diagnostic::error("E0301", span_of(number), message);
                self.errors.push(diagnostic.help(help));
                1
            })
    }

    fn number(&mut self, number: &Pair<'_, Rule>, most: u16, why: &str) -> u16 {
        let n = number.as_str().parse::<u16>().ok();
        n.filter(|n| (1..=most).contains(n)).unwrap_or_else(|| {
            let message = format!("nothing comes every `{}`", number.as_str());
            let diagnostic = Diagnostic::error("E0301", span_of(number), message);
            self.errors.push(diagnostic.help(why));
            1
        })
    }

    /// So many hours as go into a day.
    fn hours(&mut self, number: &Pair<'_, Rule>) -> u8 {
        let n = number.as_str().parse::<u8>().ok();
        let divides = |n: &u8| (1..24).contains(n) && 24 % n == 0;
        n.filter(divides).unwrap_or_else(|| {
            let message = format!("a day has no whole number of `{} hours`", number.as_str());
            let diagnostic = Diagnostic::error("E0301", span_of(number), message);
            self.errors.push(
                diagnostic.help("write 1, 2, 3, 4, 6, 8 or 12 hours; they count from midnight"),
            );
            1
        })
    }

    fn day(&mut self, date: &Pair<'_, Rule>) -> Date {
        Date::from_days(self.recover_with(literal::date(date.as_str(), span_of(date)), 0))
    }
}

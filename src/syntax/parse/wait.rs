//! Reads how long something waits.

use super::cursor::{PairCursor, ParseResult, TreeBuilder, internal, span_of};
use super::trigger::weekday;
use crate::syntax::grammar::Rule;
use crate::syntax::wait::{WaitForm, WaitFormKind};
use pest::iterators::Pair;

impl TreeBuilder {
    pub(super) fn wait(&mut self, form: Pair<'_, Rule>) -> ParseResult<WaitForm> {
        let span = span_of(&form);
        let rule = form.as_rule();
        let mut parts = PairCursor::of(form);
        let kind = match rule {
            Rule::wait_length => WaitFormKind::Length {
                length: self.duration(parts.expect(Rule::duration)?)?,
                at: match parts.take(Rule::kw_at) {
                    Some(_) => Some(self.clock(&parts.expect(Rule::clock)?)),
                    None => None,
                },
            },
            Rule::wait_until => {
                parts.expect(Rule::kw_until)?;
                if let Some(date) = parts.take(Rule::dated) {
                    WaitFormKind::Date(self.dated(&mut PairCursor::of(date))?)
                } else {
                    let weekday = parts.take(Rule::weekday).map(|day| weekday(day.as_str()));
                    parts.take(Rule::kw_at);
                    WaitFormKind::Clock {
                        weekday,
                        at: self.clock(&parts.expect(Rule::clock)?),
                    }
                }
            }
            _ => return Err(internal(span)),
        };
        Ok(WaitForm { kind, span })
    }
}

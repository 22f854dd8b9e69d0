//! Who is in at several instants.

use super::{Members, Population, block};
use crate::eval::BindError;
use crate::rule::Rule;
use crate::time::Instant;
use serde::Serialize;

/// Who is in at one of several instants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TrendPoint {
    /// The instant.
    pub at: Instant,
    /// Who is in then.
    pub members: Members,
    /// How many are in who were not at the instant before; 0 at the first.
    pub entered: usize,
    /// How many are not in who were at the instant before; 0 at the first.
    pub left: usize,
}

impl Population {
    /// Who is in at each of some instants, which may come in any order: how a segment grew and shrank.
    ///
    /// Each profile is evaluated once, and again only where its answer can have changed since. Events later than an instant are not seen
    /// at it; attributes that are not tracked count as they are.
    ///
    /// ```
    /// use segue::{population::PopulationBuilder, profile::{Model, Record}, Rule, Schema};
    /// let schema: Schema = serde_json::from_str(r#"{"events": {"purchased": {}}}"#)?;
    /// let mut builder = PopulationBuilder::new(&Model::for_schema(&schema));
    /// for (id, at) in [("anna", "2026-03-01T10:00:00Z"), ("ben", "2026-03-20T10:00:00Z")] {
    ///     builder.push(&Record::builder(&schema, id).event("purchased", at, []).build()?);
    /// }
    /// let rule = Rule::check("purchased within 14 days", &schema)?;
    /// let instants = ["2026-03-10T00:00:00Z".parse()?, "2026-03-25T00:00:00Z".parse()?];
    /// let trend = builder.finish()?.trend(&rule, instants)?;
    /// assert_eq!(trend[0].members.iter().collect::<Vec<_>>(), [0]);
    /// assert_eq!((trend[1].members.count(), trend[1].entered, trend[1].left), (1, 1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the population's schema lacks something that the rule reads, or has it with another type.
    pub fn trend(
        &self,
        rule: &Rule,
        instants: impl IntoIterator<Item = Instant>,
    ) -> Result<Vec<TrendPoint>, BindError> {
        let mut instants: Vec<Instant> = instants.into_iter().collect();
        instants.sort_unstable();
        instants.dedup();
        let matcher = rule.bind(&self.model)?;
        let kinds = block::kinds_read(&self.columns, rule.reads());
        let blocks = self.in_blocks(&kinds, |block| {
            let mut of_instants = vec![vec![0_u64; block.words()]; instants.len()];
            block.each(|place, profile| {
                let mut known: Option<(bool, Option<Instant>)> = None;
                let last = instants.len().saturating_sub(1);
                for (nth, (at, words)) in instants.iter().zip(&mut of_instants).enumerate() {
                    let holds = match known {
                        Some((holds, until)) if until.is_none_or(|until| *at < until) => holds,
                        // Until when it lasts is of no use any more.
                        _ if nth == last => matcher.holds(profile, *at),
                        _ => {
                            let verdict = matcher.verdict(profile, *at);
                            known = Some((verdict.holds, verdict.until));
                            verdict.holds
                        }
                    };
                    block::set(words, place, holds);
                }
            });
            of_instants
        });
        let mut before: Option<Members> = None;
        let point = |(nth, at): (usize, &Instant)| {
            let words = blocks.iter().filter_map(|of| of.get(nth)).flatten();
            let members = Members::from_words(self.len(), words.copied().collect());
            let common = before
                .as_ref()
                .map(|before| (before.count(), before.count_common(&members)));
            let (entered, left) = common.map_or((0, 0), |(before, common)| {
                (members.count() - common, before - common)
            });
            before = Some(members.clone());
            TrendPoint {
                at: *at,
                members,
                entered,
                left,
            }
        };
        Ok(instants.iter().enumerate().map(point).collect())
    }
}

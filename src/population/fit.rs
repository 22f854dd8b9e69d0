//! The cut points of scores over a whole population.

use super::Population;
use super::block::kinds_read;
use crate::rulebook::{Cut, FitError, Kept, Rulebook};
use crate::time::Instant;
use std::collections::BTreeMap;

impl Population {
    /// The cut points of every score of a rulebook, fitted over the population at an instant: those of [`Rulebook::fit_cuts`], without
    /// a list of profiles.
    ///
    /// ```
    /// use segue::{population::PopulationBuilder, profile::{Model, Record}, rulebook::Cut, Rulebook};
    /// let rulebook = Rulebook::from_toml(r#"
    ///     schema.attributes.spent = "int"
    ///     scores.value = { value = "spent", classes = 2 }
    /// "#)?;
    /// let mut builder = PopulationBuilder::new(&Model::for_schema(rulebook.schema()));
    /// for spent in [40, 10, 30, 20] {
    ///     builder.push(&Record::builder(rulebook.schema(), spent.to_string()).set("spent", spent).build()?);
    /// }
    /// let cuts = builder.finish()?.fit_cuts(&rulebook, "2026-01-01T00:00:00Z".parse()?)?;
    /// assert_eq!(cuts["value"], [Cut::Whole(20)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If nobody has a value for some score, or the population's schema lacks something that it reads.
    pub fn fit_cuts(
        &self,
        rulebook: &Rulebook,
        now: Instant,
    ) -> Result<BTreeMap<String, Vec<Cut>>, FitError> {
        let kinds = kinds_read(&self.columns, &rulebook.scores_read());
        rulebook.cuts_of(&self.model, |reader| {
            let blocks = self.in_blocks(&kinds, |block| {
                let mut kept = Vec::new();
                block.each(|_, profile| kept.extend(Kept::of(reader.value(profile, now))));
                kept
            });
            blocks.into_iter().flatten().collect()
        })
    }
}

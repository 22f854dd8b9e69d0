//! A population of Parquet files, column by column: no profile is made for that.

use super::{Data, unknown};
use crate::input::{OnError, Source};
use crate::rules::Rules;
use crate::terminal::{self, Failure};
use segue::population::Population;
use segue::{Rulebook, Schema};
use segue_arrow::{ArrowBuilder, EventColumns, LeftOut, ProfileColumns, Strangers};
use std::fs::File;

impl Data {
    /// The population of a part of the rules' schema, if all files are Parquet and hold nothing but columns: no rows of relations and no
    /// histories; otherwise they are read as lines.
    pub(crate) fn columns(
        &self,
        part: &Schema,
        rules: &Rules,
    ) -> Result<Option<Population>, Failure> {
        let zoned = rules.rulebook().and_then(Rulebook::profile_timezone);
        let is_flat = part.relations().is_empty() && !part.attributes().iter().any(|of| of.tracked);
        if self.on_error != OnError::Stop || zoned.is_some() || !is_flat {
            return Ok(None);
        }
        let open = |sources: &[Source]| -> Result<Option<Vec<File>>, Failure> {
            sources.iter().map(Source::parquet).collect()
        };
        let (Some(profiles), Some(events)) = (open(&self.profiles)?, open(&self.events)?) else {
            return Ok(None);
        };
        let mut builder = ArrowBuilder::new(part).zone(rules.zone());
        for (source, file) in self.profiles.iter().zip(profiles) {
            let read = builder.profiles_of_parquet(file, &ProfileColumns::default());
            read.map_err(|e| Failure::new(format!("{source}: {e}")))?;
        }
        let of = self.event_columns(part, rules);
        for (source, file) in self.events.iter().zip(events) {
            let read = builder.events_of_parquet(file, &of);
            read.map_err(|e| Failure::new(format!("{source}: {e}")))?;
        }
        self.report(part, rules, &builder);
        let population = builder.finish();
        population
            .map(Some)
            .map_err(|e| Failure::new(e.to_string()))
    }

    fn event_columns(&self, part: &Schema, rules: &Rules) -> EventColumns {
        let of = EventColumns::default().skip_unknown_kinds();
        if !self.profiles.is_empty() {
            return of.strangers(Strangers::Skip);
        }
        let kinds = rules.schema().kinds().iter();
        let others = kinds.filter(|kind| part.kind(&kind.name).is_none());
        others.fold(of.strangers(Strangers::Add), |of, kind| {
            of.leave_out(&kind.name)
        })
    }

    /// Says on standard error what was left out, and which kinds never came.
    fn report(&self, part: &Schema, rules: &Rules, builder: &ArrowBuilder) {
        let LeftOut {
            strangers,
            unknown_kinds,
            ..
        } = builder.left_out();
        if *strangers > 0 {
            let profiles: Vec<String> = self.profiles.iter().map(Source::to_string).collect();
            let events = match strangers {
                1 => "1 event was".to_owned(),
                n => format!("{n} events were"),
            };
            let files = profiles.join(", ");
            terminal::note(&format!("{events} skipped: no such profile in {files}"));
        }
        let unknown = unknown_kinds.iter();
        let unknown = unknown.filter(|(kind, _)| rules.schema().kind(kind).is_none());
        let unknown: Vec<_> = unknown.collect();
        if !unknown.is_empty() {
            let count = unknown.iter().map(|(_, n)| **n).sum();
            let named = unknown.iter().map(|(kind, _)| format!("`{kind}`"));
            unknown::note(count, named);
        }
        for kind in part.kinds().iter().filter(|_| !self.events.is_empty()) {
            if builder.events_of(&kind.name) == 0 {
                let name = &kind.name;
                terminal::note(&format!("there is no event of kind `{name}` in the data"));
            }
        }
    }
}

//! The schema of data that come without one.

use super::Data;
use super::line::is_change;
use super::places::Places;
use crate::input::{Line, Progress, Refused, Source, scan};
use crate::terminal::Failure;
use segue::Schema;
use segue::schema::infer::{Inference, InferenceError};

/// What was learned from data.
#[derive(Debug)]
pub(crate) struct Inferred {
    pub(crate) schema: Schema,
    /// What could not come into it, and why.
    pub(crate) left_out: Vec<String>,
}

/// Lines of one sort, counted as inference counts them.
struct Lines<'s> {
    inference: Inference,
    places: Places,
    what: &'static str,
    sources: &'s [Source],
}

impl Lines<'_> {
    fn look(
        &mut self,
        line: Line<'_>,
        see: fn(&mut Inference, &str) -> Result<(), InferenceError>,
    ) -> Result<(), String> {
        self.places.count(line.source, line.number);
        let Err(e) = see(&mut self.inference, line.text) else {
            return Ok(());
        };
        // A change of attributes is read by the schema of the profiles.
        if is_change(line.text) {
            return Ok(());
        }
        let own = format!("{}{}: ", self.what, self.places.counted());
        let message = e.message.strip_prefix(&own).unwrap_or(&e.message);
        let message = if e.field.is_empty() {
            message.to_owned()
        } else {
            format!("`{}`: {message}", e.field)
        };
        Err(self.places.named(&message, self.what, self.sources))
    }
}

impl Data {
    /// The schema of everything in the data. All of it is read, and kept where it cannot be read a second time.
    ///
    /// `tolerant`: a field whose values are of two types is left out; otherwise it is an error.
    pub(crate) fn infer(&mut self, tolerant: bool) -> Result<Inferred, Failure> {
        for source in self.profiles.iter_mut().chain(&mut self.events) {
            source.hold()?;
        }
        let inference = if tolerant {
            Inference::new().tolerant()
        } else {
            Inference::new()
        };
        let profiles = Lines {
            inference,
            places: Places::default(),
            what: "profile line ",
            sources: &self.profiles,
        };
        let profiles = self.see(profiles, Inference::profile)?;
        let events = Lines {
            inference: profiles.inference,
            places: Places::default(),
            what: "event line ",
            sources: &self.events,
        };
        let events = self.see(events, Inference::event)?;
        let named = |text: &String| {
            let text = profiles.places.named(text, profiles.what, profiles.sources);
            events.places.named(&text, events.what, events.sources)
        };
        let schema = events
            .inference
            .schema()
            .map_err(|e| Failure::new(e.to_string()))?;
        Ok(Inferred {
            schema,
            left_out: events.inference.left_out().iter().map(named).collect(),
        })
    }

    fn see<'s>(
        &self,
        lines: Lines<'s>,
        see: fn(&mut Inference, &str) -> Result<(), InferenceError>,
    ) -> Result<Lines<'s>, Failure> {
        let progress = Progress::over("inferring the schema", lines.sources);
        let sources = lines.sources;
        // Lines that are skipped here are met, and reported, again when the data are loaded.
        let (lines, _) = scan(
            sources,
            self.on_error,
            &progress,
            vec![lines],
            |lines, line| lines.look(line, see).map_err(Refused::from),
        )?;
        lines
            .into_iter()
            .next()
            .ok_or_else(|| Failure::new("nothing was read"))
    }
}

//! Profiles and events: what their schema is, how they are loaded, and what is asked of them.

#[cfg(feature = "parquet")]
mod columns;
mod conflicts;
pub(crate) mod line;
mod persons;
mod places;
mod population;
mod projection;
mod schema;
mod unknown;

pub(crate) use conflicts::Conflicts;
pub(crate) use persons::Persons;
pub(crate) use projection::projected;
pub(crate) use unknown::UnknownKinds;

use crate::input::{OnError, Source};
use crate::terminal::Failure;
use std::num::NonZeroUsize;
use std::thread;

/// The files of a call, and how they are to be read.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) profiles: Vec<Source>,
    pub(crate) events: Vec<Source>,
    pub(crate) on_error: OnError,
    /// How many threads look at lines and answer.
    pub(crate) threads: usize,
}

impl Data {
    /// No files.
    pub(crate) fn none() -> Self {
        Data {
            profiles: Vec::new(),
            events: Vec::new(),
            on_error: OnError::Stop,
            threads: 1,
        }
    }

    /// Whether its lines can be read a second time, as they are where some of them say who somebody is.
    pub(crate) fn is_read_again(&self) -> Result<(), Failure> {
        if self
            .events
            .iter()
            .chain(&self.profiles)
            .any(Source::is_stdin)
        {
            return Err(Failure::new(
                "lines with `is` are read twice, and standard input (`-`) can be read only once; name a file",
            ));
        }
        Ok(())
    }

    pub(crate) fn new(
        profiles: Vec<Source>,
        events: Vec<Source>,
        on_error: OnError,
        threads: Option<NonZeroUsize>,
    ) -> Result<Self, Failure> {
        if profiles.is_empty() && events.is_empty() {
            return Err(Failure::new(
                "there are no data; name files with `--profiles` and `--events`",
            ));
        }
        if profiles
            .iter()
            .chain(&events)
            .filter(|s| s.is_stdin())
            .count()
            > 1
        {
            return Err(Failure::new(
                "standard input (`-`) can be read only once; name a file for the other",
            ));
        }
        let threads = threads
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, NonZeroUsize::get);
        Ok(Data {
            profiles,
            events,
            on_error,
            threads,
        })
    }
}

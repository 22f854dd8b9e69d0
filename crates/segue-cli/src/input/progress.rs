//! A bar on standard error while files are read, where somebody sits before it.

use super::Source;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _, Read};

/// How much of the input was read. Shows itself on a terminal only.
#[derive(Clone, Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Shows nothing.
    pub(crate) fn none() -> Self {
        Progress(ProgressBar::hidden())
    }

    /// A bar for the bytes of these sources.
    pub(crate) fn over<'s>(
        what: &'static str,
        sources: impl IntoIterator<Item = &'s Source>,
    ) -> Self {
        if !io::stderr().is_terminal() {
            return Self::none();
        }
        let sizes: Option<u64> = sources.into_iter().map(Source::size).sum();
        let (bar, template) = match sizes {
            Some(total) => (
                ProgressBar::new(total),
                "{msg} {wide_bar} {bytes}/{total_bytes} {elapsed}",
            ),
            None => (ProgressBar::new_spinner(), "{msg} {bytes} {elapsed}"),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        Progress(bar)
    }

    /// Counts what passes through a reader.
    pub(super) fn watch(&self, reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        if self.0.is_hidden() {
            reader
        } else {
            Box::new(self.0.wrap_read(reader))
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

//! Pictures of what segue reports, on one page of HTML that loads nothing.
//!
//! A picture is a plain struct of [`pictures`] that becomes a [`Figure`]: a title, a sentence that says what it shows, an `svg` in
//! two sizes, and its numbers as a table. A [`Page`] of such figures is one text: it needs no network and no script to be read, is
//! light or dark as the reader's screen is, prints, has the width of a phone or of a desk, and is read out by a screen reader.
//! [`of`] makes figures of the reports of `segue::insight`.
//!
//! ```
//! use segue_report::pictures::{Step, Steps};
//! use segue_report::{Page, Section};
//!
//! let funnel = Steps {
//!     title: "From the first look to the purchase".to_owned(),
//!     measure: "people".to_owned(),
//!     steps: vec![Step::new("viewed", 1200), Step::new("put into the cart", 400), Step::new("purchased", 180)],
//! };
//! let html = Page::new("TVs").section(Section::new("Funnel").figure(funnel)).to_html();
//! assert!(html.contains("180 of 1,200 people (15.0 %) come to the last of 3 steps."));
//! ```
//!
//! The crate is pure: it reads no file and no clock, and one input has one output. Everything that comes from data is escaped.

mod axes;
mod canvas;
mod colour;
mod dates;
mod figure;
mod grid;
mod markup;
mod measure;
mod number;
pub mod of;
mod page;
pub mod pictures;
mod table;
mod words;

pub use canvas::Size;
pub use figure::Figure;
pub use number::Unit;
pub use page::{Page, STYLE, Section};
pub use table::Table;

/// The name of a calendar period in words: `5 Jan 2026`, `Jan 2026`, `Q1 2026`. What is no such name stays as it is.
///
/// ```
/// assert_eq!(segue_report::short_period("2026-01"), "Jan 2026");
/// ```
#[must_use]
pub fn short_period(name: &str) -> String {
    dates::short(name)
}

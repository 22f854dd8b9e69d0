//! What reports say of names and instants.

use crate::check::nearest;
use crate::testing::moment::Moment;
use crate::time::Instant;

pub(super) fn unknown<'a>(what: &str, name: &str, all: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, all) {
        Some(meant) => format!("there is no {what} `{name}`; did you mean `{meant}`?"),
        None => format!("there is no {what} `{name}` in the rules"),
    }
}

pub(super) fn shown(at: Instant, moment: &Moment) -> String {
    format!("at {}", shown_instant(at, moment))
}

pub(super) fn shown_instant(at: Instant, moment: &Moment) -> String {
    crate::explain::instant_text(at, moment.zone())
}

//! How long it takes from one event to another, as a table.

use super::time;
use crate::terminal::table;
use segue::insight::Interval;
use std::fmt::Write as _;

pub(super) fn text(interval: &Interval) -> String {
    let mut out = String::new();
    let Interval { from, until, .. } = interval;
    let _ = writeln!(out, "waits that begin from {from}, events until {until}\n");
    let _ = writeln!(
        out,
        "{} came to the end, {} wait still, {} waited in vain",
        interval.pairs, interval.waiting, interval.expired
    );
    let mut rows = table(["come to the end", "within"], 1);
    for (share, within) in [
        ("a quarter", interval.quarter),
        ("half", interval.median),
        ("three quarters", interval.three_quarters),
        ("nine tenths", interval.nine_tenths),
    ] {
        rows.add_row([share.to_owned(), time(within)]);
    }
    let _ = writeln!(out, "{rows}");
    out
}

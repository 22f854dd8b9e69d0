//! A count in a window: how many purchases in the last 30 days, of a timeline of 10, 1,000 and 100,000 of them.
//!
//! The timeline is in order of time and evenly spread, over 60 days or at four an hour: the window holds 5, 500 and
//! 2,877 of them. A search hardly cares how long the timeline is; a scan does.

use std::hint::black_box;

use segue::Instant;
use segue_benches::board::{BY_HAND, Board, SEGUE, keep};
use segue_benches::by_hand::{count_by_scan, count_by_search};
use segue_benches::customer::{DAY, NOW};
use segue_benches::segue_side::Buyer;

fn main() {
    let mut board = Board::from_args();
    for length in [10, 1_000, 100_000] {
        let instants: &[i64] = keep(timeline(length));
        let since = NOW - 30 * DAY;
        let expected = count_by_scan(instants, since, NOW);

        let mut comparison = board.compare(&format!("window of {length}"));
        comparison.row(BY_HAND, &expected, move || {
            count_by_search(black_box(instants), black_box(since), black_box(NOW))
        });
        comparison.row("hand-written, every event", &expected, move || {
            count_by_scan(black_box(instants), black_box(since), black_box(NOW))
        });
        comparison.run();

        // segue answers conditions: is the count at least four, and is it just what it is?
        let buyer: &Buyer = keep(Buyer::new(instants));
        let now = Instant::from_micros(NOW);
        let mut comparison = board.compare(&format!("window of {length}, compared"));
        let bounds = [4, expected];
        for (bound, op) in bounds.into_iter().zip([">=", "="]) {
            let holds = if op == "=" {
                expected == bound
            } else {
                expected >= bound
            };
            let name = format!("hand-written, {op} {bound}");
            comparison.row(
                if op == ">=" { BY_HAND } else { &name },
                &holds,
                move || {
                    let count =
                        count_by_search(black_box(instants), black_box(since), black_box(NOW));
                    if op == "=" {
                        count == bound
                    } else {
                        count >= bound
                    }
                },
            );
            let matcher = keep(Buyer::matcher(&format!(
                "count(purchased within 30 days) {op} {bound}"
            )));
            let name = format!("segue, {op} {bound}");
            comparison.row(if op == ">=" { SEGUE } else { &name }, &holds, move || {
                matcher.holds(black_box(buyer), black_box(now))
            });
            comparison.row(&format!("segue, {op} {bound}, until"), &holds, move || {
                matcher.verdict(black_box(buyer), black_box(now)).holds
            });
        }
        comparison.run();
    }
    board.finish();
}

/// The instants of that many purchases, oldest first and the last an hour ago.
fn timeline(length: i64) -> Vec<i64> {
    let hour = DAY / 24;
    let step = (60 * DAY / length).max(hour / 4);
    (0..length)
        .rev()
        .map(|nth| NOW - hour - nth * step)
        .collect()
}

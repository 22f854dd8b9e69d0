//! One customer at one instant: rules A, B and C.

mod peers;

use std::hint::black_box;

use peers::{a_tree, cel, datalogic, rhai, wirefilter, zen};
use segue::Instant;
use segue_benches::board::{BY_HAND, Board, Comparison, SEGUE, keep};
use segue_benches::by_hand;
use segue_benches::customer::{
    Customer, NOW, around_buyer, around_reader, around_viewer, buyer, near_reader, reader, viewer,
};
use segue_benches::segue_side::{self, BUYERS, NEWSLETTER, VIEWERS};

/// Adds all contenders of a rule, after each has given the hand-written answer for the customer.
type Rule = fn(&mut Comparison<'_>, &'static Customer);

fn main() {
    let mut board = Board::from_args();
    compare(
        &mut board,
        "evaluate viewers",
        viewers,
        viewer(),
        around_viewer(),
    );
    compare(
        &mut board,
        "evaluate newsletter, in",
        newsletter,
        reader(),
        around_reader(),
    );
    compare(
        &mut board,
        "evaluate newsletter, out",
        newsletter,
        near_reader(),
        Vec::new(),
    );
    compare(
        &mut board,
        "evaluate buyers",
        buyers,
        buyer(),
        around_buyer(),
    );
    board.finish();
}

/// Has the contenders agree on the customers around, then times them on the one.
fn compare(board: &mut Board, title: &str, rule: Rule, customer: Customer, around: Vec<Customer>) {
    for other in around {
        // Not run: contenders are only asked.
        rule(&mut board.compare(title), keep(other));
    }
    let mut comparison = board.compare(title);
    rule(&mut comparison, keep(customer));
    comparison.run();
}

/// Rule A.
fn viewers(comparison: &mut Comparison<'_>, customer: &'static Customer) {
    let expected = by_hand::viewers(customer);
    comparison.row(BY_HAND, &expected, move || {
        by_hand::viewers(black_box(customer))
    });
    segue(comparison, VIEWERS, customer, expected);
    wirefilter::viewers(comparison, customer, expected);
    datalogic::viewers(comparison, customer, expected);
    a_tree::viewers(comparison, customer, expected);
    zen::viewers(comparison, customer, expected);
    cel::viewers(comparison, customer, expected);
    rhai::viewers(comparison, customer, expected);
}

/// Rule B.
fn newsletter(comparison: &mut Comparison<'_>, customer: &'static Customer) {
    let expected = by_hand::newsletter(customer);
    comparison.row(BY_HAND, &expected, move || {
        by_hand::newsletter(black_box(customer))
    });
    segue(comparison, NEWSLETTER, customer, expected);
    wirefilter::newsletter(comparison, customer, expected);
    datalogic::newsletter(comparison, customer, expected);
    a_tree::newsletter(comparison, customer, expected);
    zen::newsletter(comparison, customer, expected);
    cel::newsletter(comparison, customer, expected);
    rhai::newsletter(comparison, customer, expected);
}

/// Rule C. wirefilter and a-tree are not there: neither has events to count, nor instants.
fn buyers(comparison: &mut Comparison<'_>, customer: &'static Customer) {
    let expected = by_hand::buyers(customer, NOW);
    comparison.row(BY_HAND, &expected, move || {
        by_hand::buyers(black_box(customer), black_box(NOW))
    });
    comparison.row("hand-written, newest first", &expected, move || {
        by_hand::buyers_newest_first(black_box(customer), black_box(NOW))
    });
    segue(comparison, BUYERS, customer, expected);
    datalogic::buyers(comparison, customer, expected);
    zen::buyers(comparison, customer, expected);
    cel::buyers(comparison, customer, expected);
    rhai::buyers(comparison, customer, expected);
}

/// The bare answer, and the whole verdict.
fn segue(comparison: &mut Comparison<'_>, text: &str, customer: &'static Customer, expected: bool) {
    let matcher = keep(segue_side::matcher(text));
    let now = Instant::from_micros(NOW);
    comparison.row(SEGUE, &expected, move || {
        matcher.holds(black_box(customer), black_box(now))
    });
    comparison.row("segue, until", &expected, move || {
        matcher.verdict(black_box(customer), black_box(now)).holds
    });
}

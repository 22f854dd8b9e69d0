//! Text to tree. Where a peer looks names up or checks types on the way, its module says so.
//!
//! a-tree is not there: it parses, optimises and indexes in one step, which `check_compile` times.

mod peers;

use peers::{cel, datalogic, rhai, wirefilter, zen};
use segue_benches::board::{Board, SEGUE, keep};
use segue_benches::segue_side;
use std::hint::black_box;

fn main() {
    let mut board = Board::from_args();
    for rule in ["viewers", "newsletter", "buyers"] {
        let mut comparison = board.compare(&format!("parse {rule}"));
        let text = segue_side::text_of(rule);
        comparison.row_of_work(SEGUE, move || segue::syntax::parse(black_box(text)));
        for (_, text, scheme) in keep(wirefilter::rules())
            .iter()
            .filter(|(name, ..)| *name == rule)
        {
            wirefilter::parse(&mut comparison, scheme, text);
        }
        datalogic::parse(&mut comparison, peers::text_of(rule, &datalogic::RULES));
        zen::parse(&mut comparison, peers::text_of(rule, &zen::RULES));
        cel::parse(&mut comparison, peers::text_of(rule, &cel::RULES));
        rhai::parse(&mut comparison, peers::text_of(rule, &rhai::RULES));
        comparison.run();
    }
    board.finish();
}

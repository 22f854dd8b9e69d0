//! Tree to something that runs (`check + compile`), and text to the same (`load`).
//!
//! Only wirefilter and segue check types; the others find a mistake when it is evaluated. CEL walks its tree, so it is
//! only in `load`, and so is a-tree, which parses, optimises and indexes in one step.

mod peers;

use peers::{a_tree, cel, datalogic, rhai, wirefilter, zen};
use segue::Rule;
use segue::rulebook::Expression;
use segue_benches::board::{Board, SEGUE, keep};
use segue_benches::segue_side;
use std::hint::black_box;

const RULES: [&str; 3] = ["viewers", "newsletter", "buyers"];

fn main() {
    let mut board = Board::from_args();
    for rule in RULES {
        check_and_compile(&mut board, rule);
    }
    for rule in RULES {
        load(&mut board, rule);
    }
    board.finish();
}

fn check_and_compile(board: &mut Board, rule: &str) {
    let mut comparison = board.compare(&format!("check + compile {rule}"));
    let (model, text) = (keep(segue_side::model()), segue_side::text_of(rule));
    let expression = keep(text.parse::<Expression>().expect("a rule of the benchmark"));
    comparison.row_of_work(SEGUE, move || expression.check(model.schema()).map(|rule| rule.bind(model)));
    for (_, text, scheme) in keep(wirefilter::rules()).iter().filter(|(name, ..)| *name == rule) {
        wirefilter::compile(&mut comparison, scheme, text);
    }
    datalogic::compile(&mut comparison, peers::text_of(rule, &datalogic::RULES));
    zen::compile(&mut comparison, peers::text_of(rule, &zen::RULES));
    rhai::compile(&mut comparison, peers::text_of(rule, &rhai::RULES));
    comparison.run();
}

fn load(board: &mut Board, rule: &str) {
    let mut comparison = board.compare(&format!("load {rule}"));
    let (model, text) = (keep(segue_side::model()), segue_side::text_of(rule));
    comparison.row_of_work(SEGUE, move || Rule::check(black_box(text), model.schema()).map(|rule| rule.bind(model)));
    for (_, text, scheme) in keep(wirefilter::rules()).iter().filter(|(name, ..)| *name == rule) {
        wirefilter::load(&mut comparison, scheme, text);
    }
    for (_, text, attributes) in a_tree::rules().iter().filter(|(name, ..)| *name == rule) {
        a_tree::load(&mut comparison, attributes, text);
    }
    datalogic::load(&mut comparison, peers::text_of(rule, &datalogic::RULES));
    zen::load(&mut comparison, peers::text_of(rule, &zen::RULES));
    cel::parse(&mut comparison, peers::text_of(rule, &cel::RULES));
    rhai::load(&mut comparison, peers::text_of(rule, &rhai::RULES));
    comparison.run();
}

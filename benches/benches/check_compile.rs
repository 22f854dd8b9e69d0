//! Tree to something that runs (`check + compile`), and text to the same (`load`).
//!
//! Only wirefilter and segue check types; the others find a mistake when it is evaluated. CEL walks its tree, so it is
//! only in `load`, and so is a-tree, which parses, optimises and indexes in one step.

mod peers;

use peers::{a_tree, cel, datalogic, rhai, wirefilter, zen};
use segue::rulebook::{Expression, Format};
use segue::{Rule, Rulebook};
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
    many(&mut board);
    board.finish();
}

fn check_and_compile(board: &mut Board, rule: &str) {
    let mut comparison = board.compare(&format!("check + compile {rule}"));
    let (model, text) = (keep(segue_side::model()), segue_side::text_of(rule));
    let expression = keep(text.parse::<Expression>().expect("a rule of the benchmark"));
    comparison.row_of_work(SEGUE, move || {
        expression
            .check(model.schema())
            .map(|rule| rule.bind(model))
    });
    for (_, text, scheme) in keep(wirefilter::rules())
        .iter()
        .filter(|(name, ..)| *name == rule)
    {
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
    comparison.row_of_work(SEGUE, move || {
        Rule::check(black_box(text), model.schema()).map(|rule| rule.bind(model))
    });
    for (_, text, scheme) in keep(wirefilter::rules())
        .iter()
        .filter(|(name, ..)| *name == rule)
    {
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

/// A rule file of 10,000 segments, from JSON text to rules that run: what a service pays when it starts.
fn many(board: &mut Board) {
    let segments: Vec<String> = (0..10_000)
        .map(|i| {
            let text = [
                segue_side::VIEWERS,
                segue_side::NEWSLETTER,
                segue_side::BUYERS,
            ][i % 3];
            // Each a rule of its own: another age, amount or country.
            let text = text
                .replace("50", &(20 + i % 60).to_string())
                .replace("20", &(i % 90).to_string());
            format!("\"segment_{i}\": {:?}", text.replace('\n', " "))
        })
        .collect();
    let document = keep(format!("{{\"segments\": {{{}}}}}", segments.join(",")));
    let model = keep(segue_side::model());
    let mut comparison = board.compare("load 10,000 rules");
    comparison.row_of_work(SEGUE, move || {
        let loader = Rulebook::loader().schema(model.schema().clone());
        let rulebook = loader
            .load(Format::Json, black_box(document))
            .unwrap_or_else(|e| panic!("{e}"));
        rulebook.bind(model).map(|bound| bound.len())
    });
    comparison.run();
}

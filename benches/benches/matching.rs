//! Many rules on one customer: which of 10,000 and of 100,000 hold, and what it takes to make the index.
//!
//! Profiles have 40 attributes; rules have 2 to 5 tests, mostly joined by `and`, and about one in a hundred holds for a
//! profile. Every call is about another of 64 profiles. The rules are kept as text, so that a-tree, whose language says
//! most of the same, can be given them too. a-tree's context is an event with all 40 attributes.

use a_tree::{ATree, AttributeDefinition, Event};
use segue::check::Context;
use segue::profile::{Model, Record, Value};
use segue::schema::Schema;
use segue::{Instant, Rule, RuleSet};
use segue_benches::board::{Board, SEGUE, keep, timed};
use segue_benches::customer::NOW;
use segue_test_support::workload::{self, ATTRIBUTES, Kind, Random, Spelled};
use std::hint::black_box;

const LOOP: &str = "segue, one rule after another";
const A_TREE: &str = "a-tree 0.6";
const A_TREE_WITH_CONTEXT: &str = "a-tree 0.6 + context";

/// How many profiles take turns.
const PROFILES: u64 = 64;

fn main() {
    let mut board = Board::from_args();
    let schema: &Schema = keep(workload::schema());
    for n in [10_000, 100_000] {
        many(&mut board, schema, n);
    }
    board.finish();
}

fn many(board: &mut Board, schema: &'static Schema, n: usize) {
    let mut random = Random(n as u64);
    let texts: &[Spelled] = keep(
        (0..n)
            .map(|_| workload::rule(&mut random))
            .collect::<Vec<_>>(),
    );
    let values: &[Vec<Value>] = keep(
        (0..PROFILES)
            .map(|_| workload::values(&mut random, 0))
            .collect::<Vec<_>>(),
    );
    let records = (0..)
        .zip(values)
        .map(|(id, values)| workload::record(schema, id, values));
    let records: &[Record] = keep(records.collect::<Vec<_>>());
    let context = Context::new(schema.clone());
    let rules: Vec<Rule> = (texts.iter())
        .map(|text| Rule::check_in(&text.segue, &context).unwrap_or_else(|error| panic!("{error}")))
        .collect();
    let rules: &[Rule] = keep(rules);
    let model: &Model<Record> = keep(Model::for_schema(schema));
    let now = Instant::from_micros(NOW);

    let index = move || {
        RuleSet::new(model, rules.iter().map(|rule| ("", rule.clone()))).expect("the same schema")
    };
    let rule_set: &RuleSet<Record> = keep(index());
    let matchers: &[_] = keep(
        rules
            .iter()
            .map(|rule| rule.bind(model).expect("the same schema"))
            .collect::<Vec<_>>(),
    );
    let one_by_one =
        move |record: &Record| matchers.iter().filter(|m| m.holds(record, now)).count();
    let tree: &ATree<u64> = keep(tree(texts));
    let events: &[Event] = keep(
        values
            .iter()
            .map(|values| event(tree, values))
            .collect::<Vec<_>>(),
    );
    let found = move |event: &Event| {
        tree.search(event)
            .expect("an event of this tree")
            .matches()
            .len()
    };

    let mut all = 0;
    for ((record, values), event) in records.iter().zip(values).zip(events) {
        let expected = one_by_one(record);
        assert_eq!(
            rule_set.matches(record, now).count(),
            expected,
            "{values:?}"
        );
        assert_eq!(found(event), expected, "{values:?}");
        all += expected;
    }
    let share = 100.0 * all as f64 / (n as f64 * PROFILES as f64);
    println!("{n} rules: {share:.2} of a hundred hold for a profile");

    let expected = &one_by_one(&records[0]);
    let mut comparison = board.compare(&format!("which of {n} rules hold"));
    let mut turns = records.iter().cycle();
    comparison.row(SEGUE, expected, move || {
        turns.next().map_or(0, |r| {
            rule_set.matches(black_box(r), now).map(black_box).count()
        })
    });
    let mut turns = records.iter().cycle();
    comparison.row(LOOP, expected, move || {
        turns.next().map_or(0, |r| one_by_one(black_box(r)))
    });
    let mut turns = events.iter().cycle();
    comparison.row(A_TREE, expected, move || {
        turns.next().map_or(0, |e| found(black_box(e)))
    });
    let mut turns = values.iter().cycle();
    comparison.row(A_TREE_WITH_CONTEXT, expected, move || {
        turns
            .next()
            .map_or(0, |values| found(&event(tree, black_box(values))))
    });
    comparison.run();

    // Some of these take seconds, so each is done a few times only.
    let report = |name: &str, work: &dyn Fn()| {
        let best = (0..5).map(|_| timed(work)).min().unwrap_or_default();
        println!(
            "index of {n} rules, best of 5, {name}: {:.1} ms",
            best.as_secs_f64() * 1e3
        );
    };
    report(SEGUE, &|| drop(black_box(index())));
    report("segue, bound one by one", &|| {
        drop(black_box(
            rules
                .iter()
                .map(|rule| rule.bind(model))
                .collect::<Vec<_>>(),
        ));
    });
    if n <= 10_000 {
        report("a-tree 0.6, from text", &|| {
            drop(black_box(self::tree(texts)))
        });
    }
}

fn tree(texts: &[Spelled]) -> ATree<u64> {
    let attributes = ATTRIBUTES.map(|(name, kind)| match kind {
        Kind::Text(_) | Kind::Enum(_) => AttributeDefinition::string(name),
        Kind::Int(_) => AttributeDefinition::integer(name),
        Kind::Bool(_) => AttributeDefinition::boolean(name),
    });
    let mut tree = ATree::new(&attributes).expect("distinct names");
    for (i, text) in (0..).zip(texts) {
        tree.insert(&i, &text.a_tree).expect("an expression");
    }
    tree
}

fn event(tree: &ATree<u64>, values: &[Value]) -> Event {
    let mut event = tree.make_event();
    for ((name, _), value) in ATTRIBUTES.iter().zip(values) {
        match value {
            Value::Text(v) => event.with_string(name, v).expect("a string"),
            Value::Int(v) => event.with_integer(name, *v).expect("an integer"),
            Value::Bool(v) => event.with_boolean(name, *v).expect("a Boolean"),
            other => panic!("{other:?} is no value of the workload"),
        }
    }
    event.build().expect("every attribute")
}

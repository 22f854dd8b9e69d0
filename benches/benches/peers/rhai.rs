//! rhai 1.27: a script, walked as a tree or run as byte code (`grain`).
//!
//! Its book compiles once and passes values in as variables of a `Scope`; its readme names `grain` for speed, so both are
//! timed. Strings are its own reference-counted ones, so that a scope cannot borrow the service's. Built-in types are, as
//! the book says, faster than custom ones: events are object maps.

use std::hint::black_box;

use rhai::grain::{Compiler, Program, Vm};
use rhai::{AST, Array, Dynamic, Engine, ImmutableString, Map, OptimizationLevel, Scope};
use segue_benches::board::{Comparison, keep};
use segue_benches::customer::{Customer, NOW};

const NAME: &str = "rhai 1.27";
const WITH_CONTEXT: &str = "rhai 1.27 + context";
const GRAIN: &str = "rhai 1.27, grain";
const GRAIN_WITH_CONTEXT: &str = "rhai 1.27, grain + context";

// `viewed.contains(…)` lends the list out; `… in viewed` would copy it first.
const VIEWERS: &str = r#"age > 50 && viewed.contains("anti-aging") && frequency == "frequent""#;

// Its book names `switch` as a hashed jump; an `in` over a list is a loop, ten times as dear.
const NEWSLETTER: &str = r#"(switch country { "AT" | "BE" | "CH" | "DE" | "FR" | "IT" | "LU" | "NL" => true, _ => false })
  && (language == "de" || language == "fr")
  && gender == "female"
  && age >= 30 && age <= 64
  && (switch tier { "silver" | "gold" | "platinum" => true, _ => false })
  && (switch frequency { "frequent" | "loyal" | "vip" => true, _ => false })
  && (plan == "plus" || spend >= 25000)
  && orders >= 3 && orders <= 40
  && email_consent
  && (switch city { "Berlin" | "Paris" | "Wien" => false, _ => true })"#;

// A loop; `filter` with a closure cannot see `now` without sharing it. 180 days are 15,552,000,000,000 microseconds.
const BUYERS: &str = r#"let found = 0;
for event in events {
  if event.kind == "purchased" && event.category == "anti-aging" && event.amount > 2000
    && event.at >= now - 15552000000000 { found += 1; }
}
found >= 2"#;

/// The rules it can say: all.
pub(crate) const RULES: [(&str, &str); 3] = [
    ("viewers", VIEWERS),
    ("newsletter", NEWSLETTER),
    ("buyers", BUYERS),
];

/// A string that is shared from then on.
fn string(text: &str) -> Dynamic {
    ImmutableString::from(text).into()
}

fn viewers_scope(customer: &Customer) -> Scope<'static> {
    let viewed: Array = customer.viewed().map(string).collect();
    let mut scope = Scope::new();
    scope.push_dynamic("age", i64::from(customer.age).into());
    scope.push_dynamic("viewed", viewed.into());
    scope.push_dynamic("frequency", string(customer.frequency.name()));
    scope
}

fn newsletter_scope(customer: &Customer) -> Scope<'static> {
    let mut scope = Scope::new();
    scope.push_dynamic("country", string(&customer.country));
    scope.push_dynamic("language", string(&customer.language));
    scope.push_dynamic("gender", string(customer.gender.name()));
    scope.push_dynamic("age", i64::from(customer.age).into());
    scope.push_dynamic("tier", string(customer.tier.name()));
    scope.push_dynamic("frequency", string(customer.frequency.name()));
    scope.push_dynamic("plan", string(&customer.plan));
    scope.push_dynamic("spend", customer.spend.into());
    scope.push_dynamic("orders", i64::from(customer.orders).into());
    scope.push_dynamic("email_consent", customer.email_consent.into());
    scope.push_dynamic("city", string(&customer.city));
    scope
}

fn buyers_scope(customer: &Customer) -> Scope<'static> {
    let events: Array = customer
        .events
        .iter()
        .map(|event| {
            let map: Map = [
                ("kind".into(), string(event.kind.name())),
                ("category".into(), string(&event.category)),
                ("amount".into(), event.amount.into()),
                ("at".into(), event.at.into()),
            ]
            .into();
            map.into()
        })
        .collect();
    let mut scope = Scope::new();
    scope.push_dynamic("events", events.into());
    scope.push_dynamic("now", NOW.into());
    scope
}

pub(crate) fn viewers(
    comparison: &mut Comparison<'_>,
    customer: &'static Customer,
    expected: bool,
) {
    rows(comparison, customer, expected, VIEWERS, viewers_scope);
}

pub(crate) fn newsletter(
    comparison: &mut Comparison<'_>,
    customer: &'static Customer,
    expected: bool,
) {
    rows(comparison, customer, expected, NEWSLETTER, newsletter_scope);
}

pub(crate) fn buyers(comparison: &mut Comparison<'_>, customer: &'static Customer, expected: bool) {
    rows(comparison, customer, expected, BUYERS, buyers_scope);
}

fn rows(
    comparison: &mut Comparison<'_>,
    customer: &'static Customer,
    expected: bool,
    text: &str,
    scope_of: impl Fn(&Customer) -> Scope<'static> + Copy + 'static,
) {
    let engine = keep(Engine::new());
    let tree = keep(engine.compile(text).expect("a script"));
    // What a script declares stays in its scope, unless it is taken out again.
    let holds = move |scope: &mut Scope<'static>| -> bool {
        let given = scope.len();
        let holds = engine
            .eval_ast_with_scope(scope, tree)
            .expect("a script without errors");
        scope.rewind(given);
        holds
    };
    let mut scope = scope_of(customer);
    comparison.row(NAME, &expected, move || holds(black_box(&mut scope)));
    comparison.row(WITH_CONTEXT, &expected, move || {
        holds(&mut scope_of(black_box(customer)))
    });

    let program = keep(byte_code(tree));
    let holds = move |machine: &mut Vm<'_>, scope: &mut Scope<'static>| -> bool {
        let given = scope.len();
        let value = machine
            .eval_with_scope(scope, program)
            .expect("a script without errors");
        scope.rewind(given);
        value.as_bool().expect("a Boolean")
    };
    let mut machine = Vm::new(engine);
    let mut scope = scope_of(customer);
    comparison.row(GRAIN, &expected, move || {
        holds(&mut machine, black_box(&mut scope))
    });
    let mut machine = Vm::new(engine);
    comparison.row(GRAIN_WITH_CONTEXT, &expected, move || {
        holds(&mut machine, &mut scope_of(black_box(customer)))
    });
}

/// Text to tree, not optimised.
pub(crate) fn parse(comparison: &mut Comparison<'_>, text: &'static str) {
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    comparison.row_of_work(NAME, move || {
        engine.compile(black_box(text)).expect("a script")
    });
}

/// Tree to optimised tree to byte code.
pub(crate) fn compile(comparison: &mut Comparison<'_>, text: &'static str) {
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    let tree = engine.compile(text).expect("a script");
    let scope = Scope::new();
    comparison.row_of_consuming_work(
        GRAIN,
        move || tree.clone(),
        move |tree| byte_code(&engine.optimize_ast(&scope, tree, OptimizationLevel::Simple)),
    );
}

pub(crate) fn load(comparison: &mut Comparison<'_>, text: &'static str) {
    let engine = keep(Engine::new());
    comparison.row_of_work(NAME, move || {
        engine.compile(black_box(text)).expect("a script")
    });
    comparison.row_of_work(GRAIN, move || {
        byte_code(&engine.compile(black_box(text)).expect("a script"))
    });
}

fn byte_code(tree: &AST) -> Program<'static> {
    Compiler::new().compile(tree)
}

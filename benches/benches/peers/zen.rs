//! zen-expression 2.1: byte code on a small stack machine.
//!
//! Its readme compiles once and evaluates against contexts; its documentation names a reused machine for speed. The
//! context is an object of `Variable`s, which a service's struct becomes through `ToVariable`; here it is built by hand,
//! as the derived code would, but only of what the rule reads. Numbers are decimals.

use std::hint::black_box;

use bumpalo::Bump;
use segue_benches::board::{Comparison, keep};
use segue_benches::customer::{Customer, NOW};
use zen_expression::compiler::{Compiler, Opcode};
use zen_expression::expression::Standard;
use zen_expression::lexer::Lexer;
use zen_expression::parser::Parser;
use zen_expression::variable::{Symbol, ToVariable, Variable, VariableMap};
use zen_expression::vm::VM;
use zen_expression::{Expression, Scope, compile_expression};

const NAME: &str = "zen-expression 2.1";
const WITH_CONTEXT: &str = "zen-expression 2.1 + context";

const VIEWERS: &str = r#"age > 50 and "anti-aging" in viewed and frequency == "frequent""#;

const NEWSLETTER: &str = r#"country in ["AT", "BE", "CH", "DE", "FR", "IT", "LU", "NL"]
  and (language == "de" or language == "fr")
  and gender == "female"
  and age in [30..64]
  and tier in ["silver", "gold", "platinum"]
  and frequency in ["frequent", "loyal", "vip"]
  and (plan == "plus" or spend >= 25000)
  and orders in [3..40]
  and email_consent
  and city not in ["Berlin", "Paris", "Wien"]"#;

// 180 days are 15,552,000,000,000 microseconds; zen's own dates are a hundred times dearer.
const BUYERS: &str = r#"count(events, #.kind == "purchased" and #.category == "anti-aging" and #.amount > 2000
  and #.at >= now - 15552000000000) >= 2"#;

/// The rules it can say: all.
pub(crate) const RULES: [(&str, &str); 3] = [
    ("viewers", VIEWERS),
    ("newsletter", NEWSLETTER),
    ("buyers", BUYERS),
];

/// An object of the fields given.
fn object<const FIELDS: usize>(fields: [(&'static str, Variable); FIELDS]) -> Variable {
    let mut map = VariableMap::with_capacity(FIELDS);
    for (name, value) in fields {
        map.insert(Symbol::from_static(name), value);
    }
    Variable::from_object(map)
}

/// A name that the program itself holds, without a copy.
fn name(name: &'static str) -> Variable {
    Variable::String(Symbol::from_static(name))
}

fn viewers_context(customer: &Customer) -> Variable {
    object([
        ("age", customer.age.to_variable()),
        (
            "viewed",
            Variable::from_array(customer.viewed().map(ToVariable::to_variable).collect()),
        ),
        ("frequency", name(customer.frequency.name())),
    ])
}

fn newsletter_context(customer: &Customer) -> Variable {
    object([
        ("country", customer.country.to_variable()),
        ("language", customer.language.to_variable()),
        ("gender", name(customer.gender.name())),
        ("age", customer.age.to_variable()),
        ("tier", name(customer.tier.name())),
        ("frequency", name(customer.frequency.name())),
        ("plan", customer.plan.to_variable()),
        ("spend", customer.spend.to_variable()),
        ("orders", customer.orders.to_variable()),
        ("email_consent", customer.email_consent.to_variable()),
        ("city", customer.city.to_variable()),
    ])
}

fn buyers_context(customer: &Customer) -> Variable {
    let events = customer.events.iter().map(|event| {
        object([
            ("kind", name(event.kind.name())),
            ("category", event.category.to_variable()),
            ("amount", event.amount.to_variable()),
            ("at", event.at.to_variable()),
        ])
    });
    object([
        ("events", Variable::from_array(events.collect())),
        ("now", NOW.to_variable()),
    ])
}

fn holds(expression: &Expression<Standard>, scope: &Scope, machine: &mut VM) -> bool {
    expression
        .evaluate_with_scope(scope, machine)
        .expect("a rule without errors")
        .as_bool()
        .expect("a Boolean")
}

pub(crate) fn viewers(
    comparison: &mut Comparison<'_>,
    customer: &'static Customer,
    expected: bool,
) {
    rows(comparison, customer, expected, VIEWERS, viewers_context);
}

pub(crate) fn newsletter(
    comparison: &mut Comparison<'_>,
    customer: &'static Customer,
    expected: bool,
) {
    rows(
        comparison,
        customer,
        expected,
        NEWSLETTER,
        newsletter_context,
    );
}

pub(crate) fn buyers(comparison: &mut Comparison<'_>, customer: &'static Customer, expected: bool) {
    rows(comparison, customer, expected, BUYERS, buyers_context);
}

fn rows(
    comparison: &mut Comparison<'_>,
    customer: &'static Customer,
    expected: bool,
    text: &str,
    context_of: impl Fn(&Customer) -> Variable + 'static,
) {
    let expression = keep(compile_expression(text).expect("an expression"));

    let mut machine = VM::new();
    let scope = Scope::new(context_of(customer));
    comparison.row(NAME, &expected, move || {
        holds(expression, black_box(&scope), &mut machine)
    });

    let mut machine = VM::new();
    comparison.row(WITH_CONTEXT, &expected, move || {
        let scope = Scope::new(context_of(black_box(customer)));
        holds(expression, &scope, &mut machine)
    });
}

/// Text to tree, the tree in an arena that is used again, as `Isolate` does.
pub(crate) fn parse(comparison: &mut Comparison<'_>, text: &'static str) {
    let mut arena = Bump::new();
    comparison.row_of_work(NAME, move || {
        arena.reset();
        let tokens = Lexer::new()
            .tokenize(&arena, black_box(text))
            .expect("tokens");
        let parsed = Parser::try_new(&tokens, &arena)
            .expect("tokens")
            .standard()
            .parse();
        parsed.error().expect("an expression");
        black_box(&parsed.root);
    });
}

/// Tree to byte code.
pub(crate) fn compile(comparison: &mut Comparison<'_>, text: &'static str) {
    let arena: &Bump = keep(Bump::new());
    let tokens = Lexer::new().tokenize(arena, text).expect("tokens");
    let parsed = Parser::try_new(&tokens, arena)
        .expect("tokens")
        .standard()
        .parse();
    let mut compiler = Compiler::new();
    comparison.row_of_work(NAME, move || -> Vec<Opcode> {
        compiler
            .compile(black_box(parsed.root))
            .expect("an expression")
            .to_vec()
    });
}

pub(crate) fn load(comparison: &mut Comparison<'_>, text: &'static str) {
    comparison.row_of_work(NAME, move || {
        compile_expression(black_box(text)).expect("an expression")
    });
}

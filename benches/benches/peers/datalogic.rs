//! datalogic-rs 5.4: JSONLogic, compiled to nodes and evaluated in an arena.
//!
//! Its readme names the `Session`, whose arena is reset between evaluations, for services, and a `&DataValue` as the
//! input that costs nothing; both are used here. A `DataValue` borrows its strings, so a context is built without a copy
//! of them. The operator `length` needs the feature `ext-string`.

use std::hint::black_box;

use datalogic_rs::bumpalo::Bump;
use datalogic_rs::datavalue::OwnedDataValue;
use datalogic_rs::{DataValue, Engine};
use segue_benches::board::{Comparison, keep};
use segue_benches::customer::{Customer, NOW};

const NAME: &str = "datalogic-rs 5.4";
const WITH_CONTEXT: &str = "datalogic-rs 5.4 + context";

const VIEWERS: &str = r#"{"and": [
  {">": [{"var": "age"}, 50]},
  {"in": ["anti-aging", {"var": "viewed"}]},
  {"==": [{"var": "frequency"}, "frequent"]}
]}"#;

const NEWSLETTER: &str = r#"{"and": [
  {"in": [{"var": "country"}, ["AT", "BE", "CH", "DE", "FR", "IT", "LU", "NL"]]},
  {"or": [{"==": [{"var": "language"}, "de"]}, {"==": [{"var": "language"}, "fr"]}]},
  {"==": [{"var": "gender"}, "female"]},
  {"<=": [30, {"var": "age"}, 64]},
  {"in": [{"var": "tier"}, ["silver", "gold", "platinum"]]},
  {"in": [{"var": "frequency"}, ["frequent", "loyal", "vip"]]},
  {"or": [{"==": [{"var": "plan"}, "plus"]}, {">=": [{"var": "spend"}, 25000]}]},
  {"<=": [3, {"var": "orders"}, 40]},
  {"var": "email_consent"},
  {"!": [{"in": [{"var": "city"}, ["Berlin", "Paris", "Wien"]]}]}
]}"#;

// Inside `filter`, `[2]` leads out of the element to the whole of the data. 180 days are 15,552,000,000,000 microseconds.
const BUYERS: &str = r#"{">=": [{"length": {"filter": [{"var": "events"}, {"and": [
  {"==": [{"var": "kind"}, "purchased"]},
  {"==": [{"var": "category"}, "anti-aging"]},
  {">": [{"var": "amount"}, 2000]},
  {">=": [{"var": "at"}, {"-": [{"val": [[2], "now"]}, 15552000000000]}]}
]}]}}, 2]}"#;

/// The rules it can say: all.
pub(crate) const RULES: [(&str, &str); 3] = [
    ("viewers", VIEWERS),
    ("newsletter", NEWSLETTER),
    ("buyers", BUYERS),
];

/// An object in the arena.
fn object<'a, const FIELDS: usize>(
    arena: &'a Bump,
    fields: [(&'a str, DataValue<'a>); FIELDS],
) -> DataValue<'a> {
    DataValue::Object(arena.alloc(fields))
}

fn viewers_context<'a>(arena: &'a Bump, customer: &'a Customer) -> DataValue<'a> {
    let mut viewed = Vec::with_capacity(customer.events.len());
    viewed.extend(customer.viewed().map(DataValue::String));
    object(
        arena,
        [
            ("age", DataValue::from_i64(customer.age.into())),
            ("viewed", DataValue::Array(arena.alloc_slice_copy(&viewed))),
            ("frequency", DataValue::String(customer.frequency.name())),
        ],
    )
}

fn newsletter_context<'a>(arena: &'a Bump, customer: &'a Customer) -> DataValue<'a> {
    object(
        arena,
        [
            ("country", DataValue::String(&customer.country)),
            ("language", DataValue::String(&customer.language)),
            ("gender", DataValue::String(customer.gender.name())),
            ("age", DataValue::from_i64(customer.age.into())),
            ("tier", DataValue::String(customer.tier.name())),
            ("frequency", DataValue::String(customer.frequency.name())),
            ("plan", DataValue::String(&customer.plan)),
            ("spend", DataValue::from_i64(customer.spend)),
            ("orders", DataValue::from_i64(customer.orders.into())),
            ("email_consent", DataValue::Bool(customer.email_consent)),
            ("city", DataValue::String(&customer.city)),
        ],
    )
}

fn buyers_context<'a>(arena: &'a Bump, customer: &'a Customer) -> DataValue<'a> {
    let events = arena.alloc_slice_fill_iter(customer.events.iter().map(|event| {
        object(
            arena,
            [
                ("kind", DataValue::String(event.kind.name())),
                ("category", DataValue::String(&event.category)),
                ("amount", DataValue::from_i64(event.amount)),
                ("at", DataValue::from_i64(event.at)),
            ],
        )
    }));
    object(
        arena,
        [
            ("events", DataValue::Array(events)),
            ("now", DataValue::from_i64(NOW)),
        ],
    )
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
    context_of: impl for<'a> Fn(&'a Bump, &'a Customer) -> DataValue<'a> + Copy + 'static,
) {
    let engine = keep(Engine::new());
    let logic = keep(engine.compile(text).expect("a rule"));

    let data = keep(Bump::new());
    let context: &DataValue<'_> = data.alloc(context_of(data, customer));
    let mut arena = Bump::new();
    comparison.row(NAME, &expected, move || {
        let holds = engine
            .evaluate(logic, black_box(context), &arena)
            .expect("a rule without errors")
            .as_bool()
            .expect("a Boolean");
        arena.reset();
        holds
    });

    let mut arena = Bump::new();
    comparison.row(WITH_CONTEXT, &expected, move || {
        let context: &DataValue<'_> = arena.alloc(context_of(&arena, black_box(customer)));
        let holds = engine
            .evaluate(logic, context, &arena)
            .expect("a rule without errors")
            .as_bool()
            .expect("a Boolean");
        arena.reset();
        holds
    });
}

/// Text to JSON.
pub(crate) fn parse(comparison: &mut Comparison<'_>, text: &'static str) {
    comparison.row_of_work(NAME, move || {
        OwnedDataValue::from_json(black_box(text)).expect("JSON")
    });
}

/// JSON to nodes.
pub(crate) fn compile(comparison: &mut Comparison<'_>, text: &'static str) {
    let engine = Engine::new();
    let json = OwnedDataValue::from_json(text).expect("JSON");
    comparison.row_of_work(NAME, move || {
        engine.compile(black_box(&json)).expect("a rule")
    });
}

pub(crate) fn load(comparison: &mut Comparison<'_>, text: &'static str) {
    let engine = Engine::new();
    comparison.row_of_work(NAME, move || {
        engine.compile(black_box(text)).expect("a rule")
    });
}

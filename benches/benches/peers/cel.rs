//! cel 0.15: the Common Expression Language, walked as a tree of dynamic values.
//!
//! Its documentation has two ways to give it data. The usual one binds variables in a `Context`; strings are borrowed and
//! an event is a `CelStruct` of borrowed fields, as in its example `zero_copy`. For data that already lies in a struct it
//! says to implement `Val` and to resolve on access: the rows `own types`, which read the service's structs in place.

use std::hint::black_box;
use std::sync::Arc;

use cel::common::traits::{Container, Indexer, Iterable, Iterator as CelIterator};
use cel::common::types::{CelBool, CelInt, CelList, CelString, CelStruct, LIST_TYPE, Type};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError, Program, Value};
use segue_benches::board::{Comparison, keep};
use segue_benches::customer::{Activity, ActivityKind, Customer, NOW};

const NAME: &str = "cel 0.15";
const WITH_CONTEXT: &str = "cel 0.15 + context";
const OWN_TYPES: &str = "cel 0.15, own types";

const VIEWERS: &str = r#"age > 50 && "anti-aging" in viewed && frequency == "frequent""#;

const NEWSLETTER: &str = r#"country in ["AT", "BE", "CH", "DE", "FR", "IT", "LU", "NL"]
  && (language == "de" || language == "fr")
  && gender == "female"
  && age >= 30 && age <= 64
  && tier in ["silver", "gold", "platinum"]
  && frequency in ["frequent", "loyal", "vip"]
  && (plan == "plus" || spend >= 25000)
  && orders >= 3 && orders <= 40
  && email_consent
  && !(city in ["Berlin", "Paris", "Wien"])"#;

// 180 days are 15,552,000,000,000 microseconds; CEL's own timestamps and durations are dearer than integers.
const BUYERS: &str = r#"events.filter(event, event.kind == "purchased" && event.category == "anti-aging"
  && event.amount > 2000 && event.at >= now - 15552000000000).size() >= 2"#;

/// The rules it can say: all.
pub(crate) const RULES: [(&str, &str); 3] = [
    ("viewers", VIEWERS),
    ("newsletter", NEWSLETTER),
    ("buyers", BUYERS),
];

fn integer<'a>(value: impl Into<i64>) -> Box<dyn Val + 'a> {
    Box::new(CelInt::from(value.into()))
}

fn string(text: &str) -> Box<dyn Val + '_> {
    Box::new(CelString::from(text))
}

fn viewers_context<'a>(env: &Arc<Env>, customer: &'a Customer) -> Context<'a, 'a> {
    let viewed: Vec<_> = customer.viewed().map(string).collect();
    let mut context = Context::with_env(Arc::clone(env));
    context.add_variable_as_val("age", integer(customer.age));
    context.add_variable_as_val("viewed", Box::new(CelList::from(viewed)));
    context.add_variable_as_val("frequency", string(customer.frequency.name()));
    context
}

fn newsletter_context<'a>(env: &Arc<Env>, customer: &'a Customer) -> Context<'a, 'a> {
    let mut context = Context::with_env(Arc::clone(env));
    context.add_variable_as_val("country", string(&customer.country));
    context.add_variable_as_val("language", string(&customer.language));
    context.add_variable_as_val("gender", string(customer.gender.name()));
    context.add_variable_as_val("age", integer(customer.age));
    context.add_variable_as_val("tier", string(customer.tier.name()));
    context.add_variable_as_val("frequency", string(customer.frequency.name()));
    context.add_variable_as_val("plan", string(&customer.plan));
    context.add_variable_as_val("spend", integer(customer.spend));
    context.add_variable_as_val("orders", integer(customer.orders));
    context.add_variable_as_val(
        "email_consent",
        Box::new(CelBool::from(customer.email_consent)),
    );
    context.add_variable_as_val("city", string(&customer.city));
    context
}

fn buyers_context<'a>(env: &Arc<Env>, customer: &'a Customer) -> Context<'a, 'a> {
    let events: Vec<Box<dyn Val + 'a>> = customer
        .events
        .iter()
        .map(|event| {
            let mut object = CelStruct::new("Activity".to_owned());
            for field in ["kind", "category", "amount", "at"] {
                object.add_field_value(field.to_owned(), field_of(event, field).expect("a field"));
            }
            Box::new(object) as Box<dyn Val + 'a>
        })
        .collect();
    let mut context = Context::with_env(Arc::clone(env));
    context.add_variable_as_val("events", Box::new(CelList::from(events)));
    context.add_variable_as_val("now", integer(NOW));
    context
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
    context_of: impl Fn(&Arc<Env>, &'static Customer) -> Context<'static, 'static> + 'static,
) {
    let env = keep(Arc::new(Env::stdlib()));
    let program = keep(env.compile(text).expect("a program"));
    let context = context_of(env, customer);
    comparison.row(NAME, &expected, move || holds(program, black_box(&context)));
    comparison.row(WITH_CONTEXT, &expected, move || {
        holds(program, &context_of(env, black_box(customer)))
    });
    comparison.row(OWN_TYPES, &expected, move || {
        let fields = Fields(black_box(customer));
        let mut context = Context::with_env(Arc::clone(env));
        context.set_variable_resolver(&fields);
        holds(program, &context)
    });
}

fn holds(program: &Program, context: &Context<'_, '_>) -> bool {
    match program.execute(context) {
        Ok(Value::Bool(holds)) => holds,
        other => panic!("not a Boolean: {other:?}"),
    }
}

/// Text to tree, which is also what CEL evaluates: there is nothing to compile.
pub(crate) fn parse(comparison: &mut Comparison<'_>, text: &'static str) {
    let env = Env::stdlib();
    comparison.row_of_work(NAME, move || {
        env.compile(black_box(text)).expect("a program")
    });
}

/// A customer whose fields are variables, each made when a rule asks for it.
struct Fields<'a>(&'a Customer);

impl VariableResolver for Fields<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let customer = self.0;
        Some(match variable {
            "age" => CowVal::Owned(integer(customer.age)),
            "gender" => CowVal::Owned(string(customer.gender.name())),
            "country" => CowVal::Owned(string(&customer.country)),
            "city" => CowVal::Owned(string(&customer.city)),
            "language" => CowVal::Owned(string(&customer.language)),
            "plan" => CowVal::Owned(string(&customer.plan)),
            "tier" => CowVal::Owned(string(customer.tier.name())),
            "frequency" => CowVal::Owned(string(customer.frequency.name())),
            "spend" => CowVal::Owned(integer(customer.spend)),
            "orders" => CowVal::Owned(integer(customer.orders)),
            "email_consent" => CowVal::owned(CelBool::from(customer.email_consent)),
            "viewed" => CowVal::owned(Viewed(customer)),
            "events" => CowVal::owned(Events(customer.events.iter().map(Event).collect())),
            "now" => CowVal::Owned(integer(NOW)),
            _ => return None,
        })
    }
}

/// The categories viewed; all that can be asked of them is whether one is among them.
#[derive(Debug)]
struct Viewed<'a>(&'a Customer);

impl Val for Viewed<'_> {
    fn get_type(&self) -> &Type {
        &LIST_TYPE
    }

    fn cel_type() -> &'static Type {
        &LIST_TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(Viewed(self.0))
    }
}

impl Container for Viewed<'_> {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        let Some(category) = value.downcast_ref::<CelString>() else {
            return Ok(false);
        };
        Ok(self
            .0
            .events
            .iter()
            .any(|event| event.kind == ActivityKind::Viewed && event.category == category.inner()))
    }
}

/// The list of events. CEL lends its elements out, so they have to stand somewhere: a pointer for each.
#[derive(Debug)]
struct Events<'a>(Vec<Event<'a>>);

impl Val for Events<'_> {
    fn get_type(&self) -> &Type {
        &LIST_TYPE
    }

    fn cel_type() -> &'static Type {
        &LIST_TYPE
    }

    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(Events(self.0.clone()))
    }
}

impl Iterable for Events<'_> {
    fn iter<'b, 'v>(&'b self) -> Box<dyn CelIterator<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        Box::new(EachEvent(self.0.iter()))
    }
}

struct EachEvent<'b, 'a>(std::slice::Iter<'b, Event<'a>>);

impl<'b, 'v, 'a: 'v> CelIterator<'b, 'v> for EachEvent<'b, 'a> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        self.0.next().map(|event| event as &(dyn Val + 'v))
    }
}

/// An event, read field by field.
#[derive(Clone, Debug)]
struct Event<'a>(&'a Activity);

static EVENT_TYPE: Type = Type::new_struct_type("Activity");

impl Val for Event<'_> {
    fn get_type(&self) -> &Type {
        &EVENT_TYPE
    }

    fn cel_type() -> &'static Type {
        &EVENT_TYPE
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(Event(self.0))
    }
}

impl Indexer for Event<'_> {
    fn get<'b, 'v>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = index
            .downcast_ref::<CelString>()
            .map_or("", CelString::inner);
        field_of(self.0, name).ok_or_else(|| ExecutionError::no_such_key(name))
    }

    fn steal<'v>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = index
            .downcast_ref::<CelString>()
            .map_or("", CelString::inner);
        field_of(self.0, name)
            .map(CowVal::into_owned)
            .ok_or_else(|| ExecutionError::no_such_key(name))
    }
}

/// A field of an event by its name.
fn field_of<'b, 'v>(event: &'v Activity, name: &str) -> Option<CowVal<'b, 'v>> {
    Some(CowVal::Owned(match name {
        "kind" => string(event.kind.name()),
        "category" => string(&event.category),
        "amount" => integer(event.amount),
        "at" => integer(event.at),
        _ => return None,
    }))
}

//! a-tree 0.6: an index of many Boolean expressions, here with a single one in it.
//!
//! Its documentation declares the attributes, inserts the expressions and builds an `Event` for each search by setting
//! attributes by name. It parses, optimises and indexes in one step. There are no nested values and no counts: rule C
//! cannot be said.

use std::hint::black_box;

use a_tree::{ATree, AttributeDefinition, Event};
use segue_benches::board::{Comparison, keep};
use segue_benches::customer::Customer;

const NAME: &str = "a-tree 0.6";
const WITH_CONTEXT: &str = "a-tree 0.6 + context";

const VIEWERS: &str = r#"age > 50 and viewed one of ["anti-aging"] and frequency = "frequent""#;

const NEWSLETTER: &str = r#"country in ["AT", "BE", "CH", "DE", "FR", "IT", "LU", "NL"]
  and (language = "de" or language = "fr")
  and gender = "female"
  and age >= 30 and age <= 64
  and tier in ["silver", "gold", "platinum"]
  and frequency in ["frequent", "loyal", "vip"]
  and (plan = "plus" or spend >= 25000)
  and orders >= 3 and orders <= 40
  and email_consent
  and city not in ["Berlin", "Paris", "Wien"]"#;

/// The rules it can say, with the attributes of each.
pub(crate) fn rules() -> [(&'static str, &'static str, Vec<AttributeDefinition>); 2] {
    [
        ("viewers", VIEWERS, viewers_attributes()),
        ("newsletter", NEWSLETTER, newsletter_attributes()),
    ]
}

fn viewers_attributes() -> Vec<AttributeDefinition> {
    vec![
        AttributeDefinition::integer("age"),
        AttributeDefinition::string_list("viewed"),
        AttributeDefinition::string("frequency"),
    ]
}

fn newsletter_attributes() -> Vec<AttributeDefinition> {
    vec![
        AttributeDefinition::string("country"),
        AttributeDefinition::string("language"),
        AttributeDefinition::string("gender"),
        AttributeDefinition::integer("age"),
        AttributeDefinition::string("tier"),
        AttributeDefinition::string("frequency"),
        AttributeDefinition::string("plan"),
        AttributeDefinition::integer("spend"),
        AttributeDefinition::integer("orders"),
        AttributeDefinition::boolean("email_consent"),
        AttributeDefinition::string("city"),
    ]
}

fn tree(attributes: &[AttributeDefinition], text: &str) -> ATree<u64> {
    let mut tree = ATree::new(attributes).expect("distinct names");
    tree.insert(&1, text).expect("an expression");
    tree
}

fn viewers_event(tree: &ATree<u64>, customer: &Customer) -> Event {
    let viewed: Vec<&str> = customer.viewed().collect();
    let mut event = tree.make_event();
    event
        .with_integer("age", customer.age.into())
        .expect("an integer");
    event
        .with_string_list("viewed", &viewed)
        .expect("a list of strings");
    event
        .with_string("frequency", customer.frequency.name())
        .expect("a string");
    event.build().expect("every attribute")
}

fn newsletter_event(tree: &ATree<u64>, customer: &Customer) -> Event {
    let mut event = tree.make_event();
    event
        .with_string("country", &customer.country)
        .expect("a string");
    event
        .with_string("language", &customer.language)
        .expect("a string");
    event
        .with_string("gender", customer.gender.name())
        .expect("a string");
    event
        .with_integer("age", customer.age.into())
        .expect("an integer");
    event
        .with_string("tier", customer.tier.name())
        .expect("a string");
    event
        .with_string("frequency", customer.frequency.name())
        .expect("a string");
    event.with_string("plan", &customer.plan).expect("a string");
    event
        .with_integer("spend", customer.spend)
        .expect("an integer");
    event
        .with_integer("orders", customer.orders.into())
        .expect("an integer");
    event
        .with_boolean("email_consent", customer.email_consent)
        .expect("a Boolean");
    event.with_string("city", &customer.city).expect("a string");
    event.build().expect("every attribute")
}

fn holds(tree: &ATree<u64>, event: &Event) -> bool {
    !tree
        .search(event)
        .expect("an event of this tree")
        .matches()
        .is_empty()
}

pub(crate) fn viewers(
    comparison: &mut Comparison<'_>,
    customer: &'static Customer,
    expected: bool,
) {
    rows(
        comparison,
        customer,
        expected,
        tree(&viewers_attributes(), VIEWERS),
        viewers_event,
    );
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
        tree(&newsletter_attributes(), NEWSLETTER),
        newsletter_event,
    );
}

fn rows(
    comparison: &mut Comparison<'_>,
    customer: &'static Customer,
    expected: bool,
    tree: ATree<u64>,
    event_of: impl Fn(&ATree<u64>, &Customer) -> Event + 'static,
) {
    let tree = keep(tree);
    let event = event_of(tree, customer);
    comparison.row(NAME, &expected, move || holds(tree, black_box(&event)));
    comparison.row(WITH_CONTEXT, &expected, move || {
        holds(tree, &event_of(tree, black_box(customer)))
    });
}

/// Text to an index of one expression. The empty index, which a service makes once, is not timed.
pub(crate) fn load(
    comparison: &mut Comparison<'_>,
    attributes: &[AttributeDefinition],
    text: &'static str,
) {
    let empty = ATree::<u64>::new(attributes).expect("distinct names");
    comparison.row_of_consuming_work(
        NAME,
        move || empty.clone(),
        move |mut tree| {
            tree.insert(&1, black_box(text)).expect("an expression");
            tree
        },
    );
}

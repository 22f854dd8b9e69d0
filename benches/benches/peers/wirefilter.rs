//! wirefilter 0.6: a typed scheme, a filter compiled to closures, an `ExecutionContext` with a slot for each field.
//!
//! Its readme sets the fields one by one, by name, with borrowed values. Its types are bytes, 32-bit integers, booleans
//! and addresses. There is no list: what the customer viewed becomes one string between separators, as is usual with it,
//! and `viewed` a search in that. There are no events, counts or instants: rule C cannot be said.
//!
//! A context's values must outlive the *filter* (both have the lifetime of the scheme), so that string cannot be made for
//! one evaluation. The service is taken to keep it beside the struct; `+ context` does not pay for it.

use std::hint::black_box;

use segue_benches::board::{Comparison, keep};
use segue_benches::customer::Customer;
use wirefilter::{ExecutionContext, Scheme};

const NAME: &str = "wirefilter 0.6";
const WITH_CONTEXT: &str = "wirefilter 0.6 + context";

const VIEWERS: &str = r#"age > 50 && viewed contains ";anti-aging;" && frequency == "frequent""#;

const NEWSLETTER: &str = r#"country in {"AT" "BE" "CH" "DE" "FR" "IT" "LU" "NL"}
  && (language == "de" || language == "fr")
  && gender == "female"
  && age in {30..64}
  && tier in {"silver" "gold" "platinum"}
  && frequency in {"frequent" "loyal" "vip"}
  && (plan == "plus" || spend >= 25000)
  && orders in {3..40}
  && email_consent
  && !(city in {"Berlin" "Paris" "Wien"})"#;

/// The rules it can say, with the scheme of each.
pub(crate) fn rules() -> [(&'static str, &'static str, Scheme); 2] {
    [
        ("viewers", VIEWERS, viewers_scheme()),
        ("newsletter", NEWSLETTER, newsletter_scheme()),
    ]
}

fn viewers_scheme() -> Scheme {
    wirefilter::Scheme! { age: Int, viewed: Bytes, frequency: Bytes }
}

fn newsletter_scheme() -> Scheme {
    wirefilter::Scheme! {
        country: Bytes,
        language: Bytes,
        gender: Bytes,
        age: Int,
        tier: Bytes,
        frequency: Bytes,
        plan: Bytes,
        spend: Int,
        orders: Int,
        email_consent: Bool,
        city: Bytes,
    }
}

/// The categories viewed as one string: `;tv;books;`.
fn joined(customer: &Customer) -> String {
    let mut joined = String::from(";");
    for category in customer.viewed() {
        joined.push_str(category);
        joined.push(';');
    }
    joined
}

/// Sets a field that the scheme has, to a value of its type.
macro_rules! set {
    ($context:ident, $($field:ident: $value:expr),* $(,)?) => {
        $( $context.set_field_value(stringify!($field), $value).expect("the scheme's type"); )*
    };
}

fn viewers_context<'a>(
    scheme: &'a Scheme,
    customer: &'a Customer,
    viewed: &'a str,
) -> ExecutionContext<'a> {
    let mut context = ExecutionContext::new(scheme);
    set!(context,
        age: int(customer.age),
        viewed: viewed,
        frequency: customer.frequency.name(),
    );
    context
}

fn newsletter_context<'a>(scheme: &'a Scheme, customer: &'a Customer) -> ExecutionContext<'a> {
    let mut context = ExecutionContext::new(scheme);
    set!(context,
        country: customer.country.as_str(),
        language: customer.language.as_str(),
        gender: customer.gender.name(),
        age: int(customer.age),
        tier: customer.tier.name(),
        frequency: customer.frequency.name(),
        plan: customer.plan.as_str(),
        spend: int(customer.spend),
        orders: int(customer.orders),
        email_consent: customer.email_consent,
        city: customer.city.as_str(),
    );
    context
}

fn int(value: impl TryInto<i32>) -> i32 {
    value.try_into().unwrap_or(i32::MAX)
}

pub(crate) fn viewers(
    comparison: &mut Comparison<'_>,
    customer: &'static Customer,
    expected: bool,
) {
    let viewed: &str = keep(joined(customer));
    let scheme = keep(viewers_scheme());
    let filter = keep(scheme.parse(VIEWERS).expect("a filter").compile());
    let context = viewers_context(scheme, customer, viewed);
    comparison.row(NAME, &expected, move || {
        filter.execute(black_box(&context)).expect("its scheme")
    });
    comparison.row(WITH_CONTEXT, &expected, move || {
        let context = viewers_context(scheme, black_box(customer), black_box(viewed));
        filter.execute(&context).expect("its scheme")
    });
}

pub(crate) fn newsletter(
    comparison: &mut Comparison<'_>,
    customer: &'static Customer,
    expected: bool,
) {
    let scheme = keep(newsletter_scheme());
    let filter = keep(scheme.parse(NEWSLETTER).expect("a filter").compile());
    let context = newsletter_context(scheme, customer);
    comparison.row(NAME, &expected, move || {
        filter.execute(black_box(&context)).expect("its scheme")
    });
    comparison.row(WITH_CONTEXT, &expected, move || {
        let context = newsletter_context(scheme, black_box(customer));
        filter.execute(&context).expect("its scheme")
    });
}

/// Text to tree; the names are looked up on the way.
pub(crate) fn parse(comparison: &mut Comparison<'_>, scheme: &'static Scheme, text: &'static str) {
    comparison.row_of_work(NAME, move || {
        scheme.parse(black_box(text)).expect("a filter")
    });
}

/// Tree to closures.
pub(crate) fn compile(
    comparison: &mut Comparison<'_>,
    scheme: &'static Scheme,
    text: &'static str,
) {
    let tree = scheme.parse(text).expect("a filter");
    comparison.row_of_consuming_work(NAME, move || tree.clone(), |tree| tree.compile());
}

pub(crate) fn load(comparison: &mut Comparison<'_>, scheme: &'static Scheme, text: &'static str) {
    comparison.row_of_work(NAME, move || {
        scheme.parse(black_box(text)).expect("a filter").compile()
    });
}

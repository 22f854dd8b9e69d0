use segue::{Event, EventBody, Instant, Nested, Profile, Scalar};
use std::collections::HashMap;

#[derive(Profile)]
#[segue(computed(name = "total"), computed(name = "a`b", get = "Customer::total"))]
struct Customer {
    id: u64,
    #[segue(get = "not a path")]
    credit: i64,
    #[segue(get = "Customer::age", nested)]
    age: u8,
    #[segue(keys("size", "size"))]
    custom: HashMap<String, String>,
    #[segue(keys("colour"), yearly)]
    more: HashMap<String, String>,
}

#[derive(Scalar)]
struct Amount {
    cents: i64,
    currency: String,
}

#[derive(Scalar)]
#[segue(serde)]
struct Cents(#[segue(decimal = 2)] i64);

#[derive(EventBody)]
#[segue(computed(name = "day", get = "Visit::day", yearly = false))]
struct Visit {
    #[segue(keys())]
    custom: HashMap<String, String>,
}

#[derive(Event)]
enum Activity {
    Sent(u8, u8),
    Visited(#[segue(flatten)] Visit),
    #[segue(flatten)]
    Opened { at: Instant },
}

#[derive(EventBody)]
enum Body {
    Viewed {
        #[segue(at)]
        when: Instant,
        #[segue(id)]
        number: u64,
        at: Instant,
    },
}

#[derive(Event)]
struct Envelope {
    at: Instant,
    #[segue(body)]
    body: Body,
    #[segue(kind)]
    kind: Kind,
}

#[derive(Nested)]
#[segue(computed(name = "far", get = "Part::is_far", decimals = 2))]
struct Part {
    city: String,
}

fn main() {}

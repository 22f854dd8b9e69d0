use segue::{Enumeration, Event, Instant, Nested};

#[derive(Event)]
#[segue(rename = "activity")]
enum Activity {
    Started,
    Viewed(Instant),
    Bought { category: String },
    Purchased {
        at: Instant,
        #[segue(subject)]
        category: String,
        #[segue(subject)]
        brand: String,
        year: i32,
        #[segue(tags)]
        labels: Vec<String>,
    },
    #[segue(rename = "purchased")]
    Ordered { #[segue(at)] when: Instant, #[segue(at)] then: Instant },
}

#[derive(Event)]
enum Nothing {}

#[derive(Event)]
#[segue(rename = "visited")]
struct Visit {
    #[segue(kind)]
    kind: Kind,
    date: segue::Date,
}

#[derive(Enumeration)]
#[segue(ordered, ordered, rename_all = 3)]
enum Kind {
    One,
    #[segue(rename = "one")]
    Two,
    Three(u8),
}

#[derive(Enumeration)]
struct Single;

#[derive(Nested)]
struct Part {
    #[segue(id)]
    id: String,
    #[segue(rename = "x")]
    a: bool,
    x: bool,
}

fn main() {}

//! A service's own types in columns: every Rust type that a field may have, and events in no order.

#![cfg(all(feature = "derive", feature = "uuid", feature = "rust_decimal"))]

use segue::population::{Population, PopulationBuilder};
use segue::profile::Model;
use segue::{Date, Duration, Enumeration, Event, GeoPoint, History, Instant, Profile, Row, Rule};
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Enumeration, Clone, Copy)]
#[segue(ordered)]
enum Plan {
    Free,
    Pro,
}

#[derive(Profile)]
struct Customer {
    id: Uuid,
    age: Option<u8>,
    visits: u64,
    debt: i64,
    rate: f64,
    #[segue(decimal = 2)]
    credit: rust_decimal::Decimal,
    name: Option<String>,
    session: Option<Uuid>,
    plan: Plan,
    is_subscribed: bool,
    born: Option<Date>,
    seen: Instant,
    patience: Duration,
    home: Option<GeoPoint>,
    #[segue(version)]
    app: String,
    interests: Option<Vec<String>>,
    weights: Vec<f64>,
    city: History<String>,
    seats: History<u32>,
    #[segue(tags)]
    tags: BTreeSet<String>,
    #[segue(rows)]
    pets: Vec<Pet>,
    #[segue(events)]
    events: Vec<Act>,
}

#[derive(Row)]
struct Pet {
    #[segue(subject)]
    species: String,
    age: Option<u8>,
    names: Vec<String>,
}

#[derive(Event)]
enum Act {
    Bought {
        at: Instant,
        #[segue(id)]
        id: Option<String>,
        #[segue(subject)]
        category: String,
        amount: i64,
        labels: Vec<String>,
    },
    Viewed {
        at: Instant,
        #[segue(subject)]
        category: Option<String>,
    },
}

fn at(day: u32, micros: i64) -> Instant {
    let day: Instant = format!("2026-03-{day:02}T12:00:00Z").parse().unwrap();
    Instant::from_micros(day.micros() + micros)
}

fn customer(n: u32) -> Customer {
    let day = |i: u32| 1 + (n * 7 + i * 11) % 28;
    let some = |text: &str| (!n.is_multiple_of(3)).then(|| format!("{text}{}", n % 4));
    let bought = |i: u32| Act::Bought {
        at: at(day(i), i64::from(n.is_multiple_of(5))),
        id: (i > 1).then(|| format!("{n}-{i}")),
        category: if i.is_multiple_of(2) { "tv" } else { "audio" }.to_owned(),
        amount: i64::from(n * i),
        labels: (0..i).map(|l| format!("l{l}")).collect(),
    };
    let viewed = |i: u32| Act::Viewed {
        at: at(day(i + 3), 0),
        category: some("c"),
    };
    let mut city = History::new();
    let mut seats = History::new();
    for i in 0..n % 4 {
        city.set(at(1 + i * 9, 0), format!("city{}", (n + i) % 3));
        seats.set(at(2 + i * 8, 0), n + i);
    }
    if n.is_multiple_of(2) {
        city.clear(at(15, 0));
    }
    Customer {
        id: Uuid::from_u128(u128::from(n) << 77),
        age: (!n.is_multiple_of(5)).then_some(20 + (n % 50) as u8),
        visits: if n.is_multiple_of(6) {
            u64::MAX - u64::from(n)
        } else {
            u64::from(n)
        },
        debt: if n.is_multiple_of(4) {
            i64::MIN
        } else {
            -i64::from(n)
        },
        rate: if n.is_multiple_of(7) {
            f64::NAN
        } else {
            f64::from(n) / 3.0
        },
        credit: rust_decimal::Decimal::new(i64::from(n) * 1237, 4),
        name: some("n"),
        session: n
            .is_multiple_of(2)
            .then(|| Uuid::from_u128(u128::from(n % 5))),
        plan: if n.is_multiple_of(3) {
            Plan::Free
        } else {
            Plan::Pro
        },
        is_subscribed: n % 3 == 1,
        born: n
            .is_multiple_of(2)
            .then(|| Date::from_days(i32::try_from(n).unwrap() * 100)),
        seen: at(day(1), i64::from(n)),
        patience: Duration::from_micros(i64::from(n) * 60_000_000),
        home: (n % 3 == 2).then(|| GeoPoint {
            lat: 45.0 + f64::from(n) / 10.0,
            lon: 9.0,
        }),
        app: format!("1.{}", n % 13),
        interests: (!n.is_multiple_of(4)).then(|| (0..n % 3).map(|i| format!("i{i}")).collect()),
        weights: vec![f64::from(n), f64::NAN, 0.5],
        city,
        seats,
        tags: (0..n % 3).map(|i| format!("group/{i}")).collect(),
        pets: (0..n % 4)
            .map(|i| Pet {
                species: if i == 0 { "dog" } else { "cat" }.to_owned(),
                age: (i > 1).then_some((n % 20) as u8),
                names: (0..i).map(|m| format!("p{m}")).collect(),
            })
            .collect(),
        events: [4, 1, 3, 2, 0]
            .map(bought)
            .into_iter()
            .chain((0..n % 6).map(viewed))
            .collect(),
    }
}

const RULES: &str = r#"
age > 40
age is missing
visits > 9223372036854775807
visits = 18446744073709551609
debt < -9223372036854775807
rate > 10
not rate > 10
rate is missing
credit >= 1.23 and credit < 4
name = "n1"
name in ("n2", "n3") or session = "00000000-0000-0000-0000-000000000002"
name contains "1"
plan > free
is_subscribed
born in last 20000 days
born < 1972-01-01
seen within 7 days
patience > 20 minutes
home within 40 km of (46, 9)
app >= "1.9"
interests contains "i1"
interests is missing
interests is empty
city = "city1"
city was "city2" within 20 days
seats > 20 and seats was 21
city changed within 12 days
tagged "group"
tagged "group/1"
pets("dog")
pets("cat", age > 10)
pets(names contains "p1")
sum(pets.age) > 12
count(pets) = 2
id = "00000000-0000-0000-0000-000000000000"
id > "00000000-0000-1000"
bought within 5 days
bought("tv") within 10 days and not viewed("c1") within 20 days
sum(bought.amount within 14 days) > 100
distinct(bought.category within 12 days) = 2
bought("tv", amount > 60 and labels contains "l1") within 20 days
last(bought).amount > 50
first(bought).category = "tv"
viewed then bought within 3 days
bought("tv") then bought("audio")
count(any event within 10 days) > 2
viewed(category is missing)
"#;

fn population(customers: &[Customer], model: &Model<Customer>) -> Population {
    let mut builder = PopulationBuilder::new(model);
    customers.iter().for_each(|customer| builder.push(customer));
    assert_eq!(builder.len(), customers.len());
    builder.finish().unwrap()
}

#[test]
fn rules_say_the_same_of_columns_and_structs() {
    let model = Model::<Customer>::new().unwrap();
    let customers: Vec<Customer> = (0..150).map(customer).collect();
    let population = population(&customers, &model);
    assert_eq!(
        (population.len(), population.schema()),
        (150, model.schema())
    );
    let events: usize = customers.iter().map(|c| c.events.len()).sum();
    assert_eq!(population.events(), events);
    let (mut checked, mut uniform, mut refused) = (0, Vec::new(), Vec::new());
    for text in RULES.lines().filter(|line| !line.is_empty()) {
        let rule = match Rule::check(text, model.schema()) {
            Ok(rule) => rule,
            Err(error) => {
                refused.push(format!("{text}: {error}"));
                continue;
            }
        };
        let (of_structs, of_columns) = (
            rule.bind(&model).unwrap(),
            rule.bind(population.model()).unwrap(),
        );
        let mut some = [false; 2];
        for now in [at(3, 0), at(15, 1), at(28, 0)] {
            let members = population.members(&rule, now).unwrap();
            for (position, customer) in customers.iter().enumerate() {
                let profile = population.profile(position).unwrap();
                let (expected, found) = (
                    of_structs.verdict(customer, now),
                    of_columns.verdict(&profile, now),
                );
                assert_eq!(found, expected, "{text} of {position} at {now}");
                assert_eq!(
                    members.contains(position),
                    expected.holds,
                    "{text} of {position}"
                );
                some[usize::from(expected.holds)] = true;
                checked += 1;
            }
        }
        if some != [true; 2] {
            uniform.push(text);
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(checked > 10_000);
    assert!(
        uniform.is_empty(),
        "these say the same of everybody: {uniform:#?}"
    );
}

#[test]
fn profiles_are_found_by_their_ids() {
    let model = Model::<Customer>::new().unwrap();
    let customers: Vec<Customer> = (0..20).map(customer).collect();
    let population = population(&customers, &model);
    let seventh = Uuid::from_u128(7 << 77);
    assert_eq!(population.position_of(seventh), Some(7));
    assert_eq!(
        population.position_of(seventh.to_string().as_str()),
        Some(7)
    );
    assert_eq!(
        population.id(7).map(|id| id.to_string()),
        Some(seventh.to_string())
    );
    assert_eq!(population.position_of("nobody"), None);
    assert!(population.id(20).is_none() && population.profile(20).is_none());
    assert_eq!(
        population.profile(3).map(|profile| profile.position()),
        Some(3)
    );
}

#[test]
fn nobody_is_a_population_too() {
    let model = Model::<Customer>::new().unwrap();
    let population = population(&[], &model);
    let rule = Rule::check("age > 40", model.schema()).unwrap();
    let members = population.members(&rule, at(3, 0)).unwrap();
    assert!(population.is_empty() && members.is_empty() && members.population() == 0);
}

//! Evaluation allocates nothing: counted for each construct, on a service's own struct and on a timeline.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::profile::{Events, Model, Record, Timeline};
use segue::{Date, Event, Instant, Profile, Row, Rule, RuleSet, ValueRule};
use segue_test_support::workload;

#[derive(Event)]
enum Activity {
    Viewed {
        at: Instant,
        #[segue(subject)]
        category: String,
    },
    Purchased {
        at: Instant,
        #[segue(subject)]
        category: String,
        #[segue(decimal = 2)]
        amount: i64,
        weight: f64,
    },
}

#[derive(Row, Clone)]
struct Subscription {
    #[segue(subject)]
    product: String,
    #[segue(decimal = 2)]
    price: i64,
    weight: f64,
    paused: bool,
    renewal: Date,
}

#[derive(Profile)]
struct Shopper {
    id: u64,
    age: Option<u8>,
    city: String,
    interests: Vec<String>,
    #[segue(tags)]
    tags: Vec<String>,
    #[segue(rows)]
    subscriptions: Vec<Subscription>,
    #[segue(events)]
    events: Timeline<Activity>,
}

#[derive(Profile)]
struct Visitor {
    id: String,
    age: u8,
    city: String,
    interests: Vec<String>,
    #[segue(tags)]
    tags: Vec<String>,
    #[segue(rows)]
    subscriptions: Box<[Subscription]>,
    #[segue(events)]
    events: Vec<Activity>,
}

const RULES: &[&str] = &[
    r#"age > 50 and viewed("anti-aging") and city in ("Roma", "Milano", "Torino")"#,
    r#"count(purchased("anti-aging", amount > 20) within 180 days) >= 2"#,
    "count(purchased within 12 months) >= 6 and avg(purchased.amount within 12 months) >= 40",
    "distinct(purchased.month within 12 months) >= 3 or distinct(purchased.category) > 1",
    r#"top(purchased.category within 365 days) = "tv""#,
    "sum(purchased.weight) > 3.5 and max(purchased.amount) > 10",
    r#"viewed("tv") within 30 days then purchased("tv") within 7 days"#,
    "purchased then no purchased within 20 days then purchased",
    "viewed as v then purchased(category = v.category) within 14 days",
    "count(purchased(not viewed(category = p.category) within 7 days before at) as p) >= 2",
    "now - last(purchased).at > 2 * (last(purchased).at - first(purchased).at) / count(purchased)",
    r#"interests contains "tv" and tagged "interest" and city starts with "ro" ignoring case"#,
    r#"in sample(50%, "spring") or id in ("7", "9")"#,
    "purchased at least 1 time per month in 2 of last 6 months",
    "purchased at least once per 30 days in 2 of last 6 periods",
    "purchased during this month or purchased(weekday in (saturday, sunday)) before 1 month ago",
    "purchased within 30 days after first(purchased).at",
    r#"subscriptions("tv", price > 20) and not all subscriptions(not paused)"#,
    "sum(subscriptions(not paused).price) > 30 and avg(subscriptions.price) < 40 and count(subscriptions) = 3",
    "top(subscriptions.product) exists and distinct(subscriptions.renewal.month) >= 2 and sum(subscriptions.weight) > 0.5",
    "subscriptions(renewal in next 30 days and purchased(category = product) within 60 days)",
    "subscriptions(renewal in 14 days or anniversary of renewal during next month)",
    "purchased since today - 1 month - 12 hours - 1 month or purchased on 1 month ago",
    "count(purchased) as of 1 month ago < count(any of (p*, viewed)) and purchased as of 3 days ago",
];

/// None of them is a text.
const VALUES: &[&str] = &[
    "sum(purchased.amount within 180 days)",
    "now - last(purchased).at",
    r#"viewed("tv") within 30 days"#,
    "avg(purchased.weight) as of 30 days ago",
    "distinct(purchased.month within 12 months) + count(subscriptions)",
    "today",
];

fn subscriptions() -> Vec<Subscription> {
    let row = |product: &str, price, paused, renewal: &str| Subscription {
        product: product.to_owned(),
        price,
        weight: 0.5,
        paused,
        renewal: renewal.parse().unwrap(),
    };
    vec![
        row("tv", 29_90, false, "2026-05-20"),
        row("anti-aging", 12_50, true, "2026-06-01"),
        row("tv", 9_90, false, "2026-05-03"),
    ]
}

fn events() -> Vec<Activity> {
    let day = 86_400_000_000;
    let start = "2026-01-01T08:00:00Z".parse::<Instant>().unwrap().micros();
    (0..40)
        .flat_map(|i| {
            let at = Instant::from_micros(start + i * 3 * day);
            let category = if i % 3 == 0 { "tv" } else { "anti-aging" }.to_owned();
            [
                Activity::Viewed {
                    at,
                    category: category.clone(),
                },
                Activity::Purchased {
                    at: Instant::from_micros(at.micros() + day),
                    category,
                    amount: 1_000 + i * 100,
                    weight: 0.1,
                },
            ]
        })
        .collect()
}

fn assert_no_allocation<P: Profile + segue::profile::Describe>(profile: &P) {
    let model = Model::<P>::new().unwrap();
    let now: Instant = "2026-05-01T00:00:00Z".parse().unwrap();
    for text in RULES {
        let matcher = Rule::check(text, model.schema())
            .unwrap_or_else(|e| panic!("{e}"))
            .bind(&model)
            .unwrap();
        // The first calls may grow the buffers of this thread.
        let expected = (matcher.holds(profile, now), matcher.verdict(profile, now));
        let mut again = None;
        let counted = allocation_counter::measure(|| {
            again = Some((matcher.holds(profile, now), matcher.verdict(profile, now)))
        });
        assert_eq!(counted.count_total, 0, "{text}");
        assert_eq!(again, Some(expected));
    }
    for text in VALUES {
        let evaluator = ValueRule::check(text, model.schema())
            .unwrap_or_else(|e| panic!("{e}"))
            .bind(&model)
            .unwrap();
        let expected = evaluator.at(profile, now);
        let mut again = None;
        let counted = allocation_counter::measure(|| again = Some(evaluator.at(profile, now)));
        assert_eq!((counted.count_total, again), (0, Some(expected)), "{text}");
    }
    let rules = RULES
        .iter()
        .map(|text| (*text, Rule::check(text, model.schema()).unwrap()));
    let rule_set = RuleSet::new(&model, rules).unwrap();
    let expected = rule_set.matches(profile, now).count();
    assert!(expected > 3, "{expected}");
    let mut again = 0;
    let counted = allocation_counter::measure(|| {
        again = rule_set
            .matches(profile, now)
            .map(|name| usize::from(!name.is_empty()))
            .sum()
    });
    assert_eq!(
        (counted.count_total, again),
        (0, expected),
        "all rules at once"
    );
    let expected = rule_set.verdicts(profile, now).until();
    assert!(expected.is_some());
    let mut again = None;
    let counted = allocation_counter::measure(|| {
        let verdicts = rule_set.verdicts(profile, now);
        again = verdicts.iter().filter_map(|(_, v)| v.until).min();
    });
    assert_eq!(
        (counted.count_total, again),
        (0, expected),
        "all verdicts at once"
    );
}

#[test]
fn on_a_sorted_timeline() {
    let events: Timeline<Activity> = events().into_iter().collect();
    assert!(matches!(
        segue::profile::EventStore::events(&events),
        Events::Timeline(_)
    ));
    let (interests, tags) = (vec!["tv".to_owned()], vec!["interest/tv".to_owned()]);
    assert_no_allocation(&Shopper {
        id: 7,
        age: Some(57),
        city: "Roma".to_owned(),
        interests,
        tags,
        subscriptions: subscriptions(),
        events,
    });
}

#[test]
fn on_a_plain_list_of_events() {
    let (interests, tags) = (vec!["tv".to_owned()], vec!["interest/tv".to_owned()]);
    assert_no_allocation(&Visitor {
        id: "7".to_owned(),
        age: 57,
        city: "Roma".to_owned(),
        interests,
        tags,
        subscriptions: subscriptions().into(),
        events: events(),
    });
}

#[test]
fn the_counter_counts() {
    let counted =
        allocation_counter::measure(|| drop(std::hint::black_box(String::from("an allocation"))));
    assert_eq!(counted.count_total, 1);
}

#[test]
fn an_index_of_many_rules_is_small() {
    let schema = workload::schema();
    let rules = workload::rules(&mut workload::Random(3), &schema, 10_000);
    let model = Model::<Record>::for_schema(&schema);
    let mut rule_set = None;
    let counted = allocation_counter::measure(|| {
        rule_set = Some(
            RuleSet::new(
                &model,
                rules
                    .iter()
                    .map(|(name, rule)| (name.as_str(), rule.clone())),
            )
            .unwrap(),
        );
    });
    let bytes_a_rule = usize::try_from(counted.bytes_current).unwrap() / rules.len();
    println!(
        "{bytes_a_rule} bytes a rule, {} at most while it is made",
        counted.bytes_max / rules.len() as u64
    );
    assert!((10..200).contains(&bytes_a_rule), "{bytes_a_rule}");
}

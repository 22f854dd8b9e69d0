//! Kernels beside the evaluation of one profile after the other.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use super::KernelPlan;
use crate::Rulebook;
use crate::population::block::BLOCK;
use crate::population::{Members, Population, PopulationBuilder};
use crate::profile::{Model, Record};
use crate::rule::Rule;
use crate::time::Instant;
use serde_json::{Value as Json, json};
use std::sync::Arc;

const RULEBOOK: &str = r#"
timezone = "Europe/Rome"

[schema.attributes]
age = "int"
points = "int"
vip = { type = "bool", required = true }
city = "string"
weight = "float"
balance = "decimal(2)"
gender = { type = "enum", values = ["female", "male"] }
birthday = { type = "date", yearly = true }
since = "instant"
topics = "list of string"

[schema.events.viewed]
subject = "category"
properties = { category = "string", seconds = "int" }

[schema.events.purchased]
subject = "category"
properties = { category = "string", amount = "decimal(2)", items = "int", weight = "float" }

[traits.frequency]
cases = [
    { is = "frequent", when = "count(purchased within 1 year) >= 3" },
    { is = "regular", when = "purchased within 1 year" },
]
otherwise = "rare"

[segments]
buyers = "purchased within 90 days"
tv_buyers = 'in segment buyers and purchased("tv")'
"#;

/// Rules of which every part reads columns.
const KERNELS: &[&str] = &[
    "age > 50",
    "not age > 50",
    "age between 20 and 30 or age = 77",
    "age in (20, 30, 40)",
    "age != 40",
    "points >= 1000",
    "not points < 1000",
    "vip",
    "not vip",
    r#"city = "Milano""#,
    r#"city != "Milano""#,
    r#"city in ("Milano", "Roma") and not city starts with "R""#,
    r#"city contains "o" ignoring case"#,
    "city exists",
    "city is missing",
    "weight > 60.5",
    "not weight between 50 and 60",
    "balance >= 10.5",
    "gender = female",
    "gender exists and gender != male",
    "birthday in 7 days or birthday is missing",
    "birthday.month_of_year = june and not birthday in next 3 days",
    r#"tagged "interest/skincare" or tagged "risk""#,
    "not tagged",
    "purchased",
    "not purchased",
    r#"viewed("tv") within 30 days"#,
    r#"viewed("tv") before 30 days ago"#,
    r#"viewed("tv", seconds > 20) at least 2 times"#,
    "purchased(amount > 20 and items < 3) within 1 year",
    r#"purchased(category starts with "t") since 2026-01-01"#,
    "purchased(amount exists)",
    "purchased exactly 2 times",
    "count(viewed within 2 weeks) < 2",
    "count(any of (viewed, purchased) since yesterday) <= 1",
    r#"any of (viewed, purchased)(category != "tv") within 60 days"#,
    "sum(purchased.amount within 90 days) > 20",
    "sum(purchased.weight) > 2.5",
    "avg(purchased.amount) >= 15",
    "max(purchased.items) = 4",
    "min(purchased.amount) < 5 or median(viewed.seconds) > 10",
    "distinct(purchased.category) >= 2",
    "distinct(any of (viewed, purchased).category within 180 days) >= 3",
    "distinct(viewed.seconds) < 2",
    r#"top(viewed.category) = "tv""#,
    r#"last(viewed).category = "tv""#,
    r#"first(any of (viewed, purchased)).category != "soap""#,
    r#"last(any event).category = "tv" or count(any event) = 0"#,
    r#"viewed("tv") then purchased("tv") within 7 days"#,
    "viewed then viewed then purchased within 10 days",
    "viewed then purchased between 1 day and 60 days",
    "any of (viewed, purchased) then any of (viewed, purchased) within 1 day",
    "frequency = frequent",
    "frequency in (frequent, rare)",
    "not frequency = rare and in segment tv_buyers",
    "in segment buyers and in segment tv_buyers or not in segment buyers",
];

/// Rules of which some part is asked of one profile after the other.
const ROWS: &[&str] = &[
    "age + points > 100",
    "since within 30 days or age > 60",
    r#"topics contains "tv" and age > 30"#,
    "purchased(amount > age)",
    "viewed then no purchased within 7 days",
    "viewed as v then purchased(category = v.category)",
    "viewed then purchased within 1 month",
    "purchased at least once per month in 2 of last 3 months",
    r#"in sample(20%, "holdout")"#,
    "(purchased) as of 30 days ago and age > 30 and vip and not purchased(at > today - 5 days)",
];

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % n
    }

    fn one<'t, T: ?Sized>(&mut self, of: &[&'t T]) -> &'t T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

const NOW: &str = "2026-06-15T10:00:00Z";

/// An event; some properties are missing, some events are of one instant, some later than now.
fn event(numbers: &mut Numbers) -> Json {
    let is_view = numbers.below(3) > 0;
    let day = 86_400_000_000;
    let back = i64::try_from(numbers.below(60)).unwrap() * 7 * day - 2 * day;
    // Views are at whole seconds, purchases are not.
    let micros = if is_view {
        0
    } else {
        i64::try_from(numbers.below(2)).unwrap()
    };
    let now: Instant = NOW.parse().unwrap();
    let mut props = json!({});
    if numbers.below(10) > 0 {
        props["category"] = numbers.one(&["tv", "soap", "tea", "shoes"]).into();
    }
    if is_view {
        props["seconds"] = numbers.below(40).into();
    } else {
        if numbers.below(5) > 0 {
            props["amount"] = numbers.below(40).into();
        }
        props["items"] = numbers.below(5).into();
        props["weight"] = (numbers.below(40) as f64 / 8.0).into();
    }
    json!({
        "kind": if is_view { "viewed" } else { "purchased" },
        "at": Instant::from_micros(now.micros() - back + micros).to_string(),
        "props": props,
    })
}

fn profile(id: usize, numbers: &mut Numbers) -> Json {
    let mut profile = json!({
        "id": id.to_string(),
        "vip": numbers.below(2) == 0,
        "since": format!("2026-0{}-01T00:00:00Z", 1 + numbers.below(6)),
        "topics": [numbers.one(&["tv", "soap"])],
    });
    // Missing of some, or of nobody.
    let mut set = |name: &str, value: Json, is_missing: bool| {
        if !is_missing {
            profile[name] = value;
        }
    };
    set(
        "age",
        (18 + numbers.below(80)).into(),
        numbers.below(9) == 0,
    );
    set(
        "points",
        (numbers.below(200) * 10_000_000_000).into(),
        false,
    );
    let city = numbers.one(&["Milano", "Roma", "Torino", "Rho"]);
    set("city", city.into(), numbers.below(5) == 0);
    set(
        "weight",
        (45.5 + numbers.below(40) as f64).into(),
        numbers.below(4) == 0,
    );
    set("balance", numbers.below(30).into(), numbers.below(4) == 0);
    set(
        "gender",
        numbers.one(&["female", "male"]).into(),
        numbers.below(3) == 0,
    );
    set(
        "birthday",
        format!("1980-06-{}", 10 + numbers.below(20)).into(),
        numbers.below(3) == 0,
    );
    if numbers.below(3) == 0 {
        profile["tags"] = json!([numbers.one(&["interest/skincare/oil", "risk", "interested"])]);
    }
    let events: Vec<Json> = (0..numbers.below(9)).map(|_| event(numbers)).collect();
    profile["events"] = events.into();
    profile
}

fn population(profiles: usize) -> (Rulebook, Vec<Record>, Population) {
    let rulebook = Rulebook::from_toml(RULEBOOK).unwrap();
    let mut numbers = Numbers(17);
    let read = |id| {
        let json = profile(id, &mut numbers).to_string();
        Record::from_json(rulebook.schema(), &json).unwrap()
    };
    let records: Vec<Record> = (0..profiles).map(read).collect();
    let mut builder = PopulationBuilder::new(&Model::for_schema(rulebook.schema()));
    records.iter().for_each(|record| builder.push(record));
    let population = builder.finish().unwrap();
    (rulebook, records, population)
}

fn rule(rulebook: &Rulebook, text: &str) -> Rule {
    Rule::check_in(text, rulebook.context()).unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

fn plan(rules: &[&Rule], population: &Population, now: Instant) -> KernelPlan {
    KernelPlan::new(
        &population.columns,
        &population.model,
        rules.iter().copied(),
        now,
    )
    .unwrap()
}

#[test]
fn kernels_answer_as_one_profile_after_the_other() {
    let (rulebook, records, population) = population(BLOCK + 900);
    let model = Model::<Record>::for_schema(rulebook.schema());
    for text in KERNELS.iter().chain(ROWS) {
        let rule = rule(&rulebook, text);
        let matcher = rule.bind(&model).unwrap();
        for now in [NOW, "2025-12-31T23:00:00Z", "2024-01-01T00:00:00Z"] {
            let now = now.parse().unwrap();
            let members = population.members(&rule, now).unwrap();
            let expected = (0..records.len()).filter(|at| matcher.holds(&records[*at], now));
            assert_eq!(
                members.iter().collect::<Vec<_>>(),
                expected.collect::<Vec<_>>(),
                "{text} at {now}"
            );
        }
    }
}

#[test]
fn these_rules_read_nothing_but_columns() {
    let (rulebook, _, population) = population(300);
    let now = NOW.parse().unwrap();
    let wrong = (KERNELS.iter().chain(ROWS))
        .filter_map(|text| Rule::check_in(text, rulebook.context()).err());
    let wrong: Vec<String> = wrong.map(|e| e.to_string()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for text in KERNELS {
        let rows = plan(&[&rule(&rulebook, text)], &population, now).row_kinds;
        assert!(
            rows.is_empty(),
            "{text} is asked of one profile after the other"
        );
    }
    for text in ROWS {
        let rows = plan(&[&rule(&rulebook, text)], &population, now).row_kinds;
        assert!(!rows.is_empty(), "{text} belongs to the others by now");
    }
    // What has no kernel is asked together, of the kinds that it reads.
    let text = "(purchased) as of 30 days ago and age > 30 and not (purchased) as of 60 days ago";
    let rows = plan(&[&rule(&rulebook, text)], &population, now).row_kinds;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].len(), 1);
}

#[test]
fn rules_that_are_asked_together_answer_as_each_alone() {
    let (rulebook, _, population) = population(BLOCK + 900);
    let now = NOW.parse().unwrap();
    let rules: Vec<Rule> = (KERNELS.iter().chain(ROWS).chain(KERNELS))
        .map(|text| rule(&rulebook, text))
        .collect();
    let together = plan(&rules.iter().collect::<Vec<_>>(), &population, now);
    assert!(
        together.memos > KERNELS.len() / 2,
        "what stands twice is remembered"
    );
    let parts = population.in_blocks(&Arc::from([]), |block| together.run(block.range()));
    for (nth, rule) in rules.iter().enumerate() {
        let words = parts.iter().flat_map(|block| block[nth].iter().copied());
        let members = Members::from_words(population.len(), words.collect());
        assert_eq!(members, population.members(rule, now).unwrap(), "{rule}");
    }
}

/// Rules that count or add up events of the same kinds, `n` for each sort: other windows, tests and thresholds.
fn of_the_same_kinds(n: usize) -> Vec<String> {
    let categories = ["tv", "soap", "tea", "shoes", "nowhere"];
    let rules = (0..n).map(|nth| {
        let (category, days, least) = (categories[nth % 5], 20 + 17 * nth, nth % 4);
        [
            format!(r#"viewed("{category}") at least 2 times within {days} days"#),
            format!(r#"purchased("{category}") and not purchased("{category}") within {days} days"#),
            format!("count(viewed within {days} days) <= {least}"),
            format!(r#"count(viewed(category != "{category}" and seconds > {nth})) = {least}"#),
            format!("sum(purchased.amount within {days} days) > {}.5", 10 * least),
            format!(r#"sum(purchased("{category}").amount) = {nth} or age > {days}"#),
            format!("sum(viewed(category is missing).seconds) < {days}"),
            format!("sum(any of (viewed, purchased)(category exists).weight) >= {least}"),
            format!(r#"any of (viewed, purchased)("{category}") before {days} days ago exactly {least} times"#),
            format!("vip and age > {days} and purchased(amount > {nth}) within {days} days"),
        ]
    });
    rules.flatten().collect()
}

#[test]
fn events_that_are_looked_at_together_answer_as_for_each_rule_alone() {
    let (rulebook, records, population) = population(BLOCK + 300);
    let model = Model::<Record>::for_schema(rulebook.schema());
    let now = NOW.parse().unwrap();
    let texts = of_the_same_kinds(10);
    let rules: Vec<Rule> = (texts.iter())
        .filter_map(|text| Rule::check_in(text, rulebook.context()).ok())
        .collect();
    assert!(rules.len() >= 90, "{} rules", rules.len());
    let expected: Vec<Vec<usize>> = (rules.iter())
        .map(|rule| {
            let matcher = rule.bind(&model).unwrap();
            let holds = |at: &usize| matcher.holds(&records[*at], now);
            (0..records.len()).filter(holds).collect()
        })
        .collect();
    for n in [1, 2, 20, rules.len()] {
        let first: Vec<&Rule> = rules.iter().take(n).collect();
        let together = plan(&first, &population, now);
        // The first two are of different kinds.
        assert_eq!(together.tallies.is_empty(), n <= 2, "{n} rules");
        let parts = population.in_blocks(&Arc::from([]), |block| together.run(block.range()));
        for (nth, rule) in first.iter().enumerate() {
            let words = parts.iter().flat_map(|block| block[nth].iter().copied());
            let members = Members::from_words(population.len(), words.collect());
            assert_eq!(members.iter().collect::<Vec<_>>(), expected[nth], "{rule}");
        }
    }
}

/// How many events are looked at and added up for some rules.
fn work(texts: &[String], rulebook: &Rulebook, population: &Population) -> usize {
    let rules: Vec<Rule> = texts.iter().map(|text| rule(rulebook, text)).collect();
    let plan = plan(
        &rules.iter().collect::<Vec<_>>(),
        population,
        NOW.parse().unwrap(),
    );
    let works = population.in_blocks(&Arc::from([]), |block| {
        let mut run = plan.begin(&block.range());
        plan.ask(&mut run, &block.range());
        run.tallies.iter().map(|tally| tally.work).sum::<usize>()
    });
    works.iter().sum()
}

#[test]
fn work_grows_no_faster_than_rules_and_profiles() {
    let rules = |n: usize| -> Vec<String> {
        let days = (0..n).map(|nth| 30 + 400 * nth / n);
        let rule = |days| format!(r#"viewed("tv") at least 2 times within {days} days"#);
        days.map(rule).collect()
    };
    let (rulebook, _, few) = population(1000);
    let (_, _, many) = population(2000);
    let of_20 = work(&rules(20), &rulebook, &few);
    assert!(of_20 > 1000, "{of_20}");
    assert!(work(&rules(40), &rulebook, &few) <= of_20 * 2);
    assert!(work(&rules(40), &rulebook, &few) > of_20);
    // The profiles are random: twice as many have about twice the events.
    assert!(work(&rules(20), &rulebook, &many) <= of_20 * 21 / 10);
    // A rule of another text is led to by other events.
    let other = r#"viewed("nowhere") at least 2 times within 60 days"#.to_owned();
    let more = [rules(20), vec![other; 20]].concat();
    assert_eq!(work(&more, &rulebook, &few), of_20);
}

#[test]
fn conditions_share_events_that_most_profiles_are_asked_about() {
    let (rulebook, _, population) = population(300);
    let tallies = |texts: &[&str]| {
        let rules: Vec<Rule> = texts.iter().map(|text| rule(&rulebook, text)).collect();
        let rules: Vec<&Rule> = rules.iter().collect();
        plan(&rules, &population, NOW.parse().unwrap())
            .tallies
            .len()
    };
    let (tv, soap) = (r#"viewed("tv")"#, r#"viewed("soap") within 30 days"#);
    assert_eq!(tallies(&[tv, soap]), 1);
    assert_eq!(tallies(&[tv, tv]), 0, "the same is remembered");
    assert_eq!(tallies(&[tv, "purchased"]), 0, "of different kinds");
    assert_eq!(tallies(&[r#"viewed("tv") and not viewed("soap")"#]), 0);
    assert_eq!(tallies(&["count(viewed) > 2", "count(viewed) > 4"]), 1);
    let sums = ["sum(purchased.amount) > 2", "sum(purchased.amount) > 4"];
    assert_eq!(tallies(&sums), 1);
    assert_eq!(tallies(&["count(purchased) > 2", sums[0]]), 0);
}

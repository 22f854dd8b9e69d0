//! What populations answer, against asking each record.

use segue::population::{
    Members, MembersChanged, Overlap, Population, PopulationBuilder, StageGroups,
};
use segue::profile::{Model, Record, Value};
use segue::rulebook::PortraitStage;
use segue::{Instant, Rule, Rulebook};
use std::collections::{BTreeMap, BTreeSet};

const BOOK: &str = r#"
    [schema.attributes]
    age = "int"
    plan = { type = "enum", values = ["free", "pro"], tracked = true }

    [schema.events.viewed]
    subject = "category"
    properties = { category = "string" }
    [schema.events.purchased]
    subject = "category"
    properties = { category = "string", amount = "decimal(2)" }

    [segments]
    active = "viewed within 14 days or purchased within 14 days"
    grown_up = "age >= 18"
    paying = "plan = pro"
    tv = 'viewed("tv") then purchased("tv") within 10 days'
    nobody = "age > 200"

    [traits]
    spent = "sum(purchased.amount within 60 days)"
    last_viewed = "last(viewed).at"
    favourite = "top(viewed.category)"

    [tags]
    "interest/tv" = 'viewed("tv") at least twice'

    [scores.money]
    value = "sum(purchased.amount)"
    classes = 3
    cuts = [50, 400]

    [lifecycles.shopper]
    stages = [
        { name = "looking", when = "viewed" },
        { name = "buying", when = "purchased within 30 days" },
    ]

    [lifecycles.interest]
    per = "category"
    stages = [{ name = "seen", when = "viewed" }, { name = "bought", when = "purchased" }]
"#;

fn at(day: u32) -> Instant {
    format!("2026-03-{day:02}T09:00:00Z").parse().unwrap()
}

/// Of the 9,000 no two blocks are alike, and the last is not full.
fn records(book: &Rulebook, n: u32) -> Vec<Record> {
    (0..n)
        .map(|n| {
            let mut record = Record::builder(book.schema(), format!("c{n}"));
            if !n.is_multiple_of(7) {
                record = record.set("age", i64::from(n * 7 % 90));
            }
            let categories = ["tv", "audio", "phone"];
            for i in 0..n % 5 {
                let category = categories[((n + i) % 3) as usize];
                let day = 1 + (n * 3 + i * 8) % 27;
                record = record.event("viewed", at(day), [("category", category.into())]);
                if (n + i).is_multiple_of(4) {
                    let amount = segue::Decimal::new(i64::from(n % 311) * 199, 2);
                    let properties = [("category", category.into()), ("amount", amount.into())];
                    record = record.event("purchased", at(day + 1), properties);
                }
            }
            if n.is_multiple_of(6) {
                record = record.tag(format!("group/{}", n % 4)).tag("press");
            }
            let mut record = record.build().unwrap();
            if n.is_multiple_of(4) {
                record.set(book.schema(), "plan", "free", at(2)).unwrap();
                record
                    .set(book.schema(), "plan", "pro", at(2 + n % 20))
                    .unwrap();
            }
            record
        })
        .collect()
}

fn population(book: &Rulebook, records: &[Record]) -> Population {
    let mut builder = PopulationBuilder::new(&Model::for_schema(book.schema()));
    records.iter().for_each(|record| builder.push(record));
    builder.finish().unwrap()
}

fn book() -> Rulebook {
    Rulebook::from_toml(BOOK).unwrap()
}

/// Who is in by each record's own answer.
fn by_hand(rule: &Rule, records: &[Record], now: Instant) -> Members {
    let matcher = rule.bind(&Model::for_schema(rule.schema())).unwrap();
    let who = records
        .iter()
        .enumerate()
        .filter(|(_, record)| matcher.holds(record, now));
    Members::from_positions(records.len(), who.map(|(position, _)| position))
}

#[test]
fn counts_are_those_of_the_portraits() {
    let (book, now) = (book(), at(20));
    let records = records(&book, 9_000);
    let counts = population(&book, &records).counts(&book, now).unwrap();
    let portraits = book
        .portrait()
        .bind(&Model::for_schema(book.schema()))
        .unwrap();

    let mut segments: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut values: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
    let mut subjects: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    let mut tags: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, record) in records.iter().enumerate() {
        let portrait = portraits.at(record, now);
        for segment in portrait.segments {
            segments.entry(segment).or_default().push(position);
        }
        let mut add = |name, value: Value| {
            values
                .entry((name, format!("{value:?}")))
                .or_default()
                .push(position);
        };
        for (name, value) in portrait.traits {
            let name = ["spent", "last_viewed", "favourite"]
                .into_iter()
                .find(|of| *of == name);
            add(name.unwrap(), value);
        }
        add(
            "money",
            portrait.scores["money"].map_or(Value::Missing, Value::Int),
        );
        match &portrait.stages["shopper"] {
            PortraitStage::Whole(stage) => {
                add("shopper", stage.clone().map_or(Value::Missing, Value::Text));
            }
            PortraitStage::Each(_) => panic!("shopper is one lifecycle"),
        }
        if let PortraitStage::Each(each) = &portrait.stages["interest"] {
            for (subject, stage) in each {
                let group = (subject.clone(), stage.clone());
                subjects.entry(group).or_default().push(position);
            }
        }
        let paths = portrait.tags.iter().flat_map(|tag| {
            let parents = tag
                .path
                .match_indices('/')
                .map(|(end, _)| tag.path[..end].to_owned());
            parents.chain([tag.path.clone()]).collect::<Vec<_>>()
        });
        for path in paths.collect::<BTreeSet<_>>() {
            tags.entry(path).or_default().push(position);
        }
    }

    let of =
        |positions: &[usize]| Members::from_positions(records.len(), positions.iter().copied());
    assert_eq!(counts.segments.len(), 5);
    for (name, members) in &counts.segments {
        let expected = segments
            .get(name)
            .map_or(Members::none(records.len()), |p| of(p));
        assert_eq!(*members, expected, "{name}");
    }
    let StageGroups::Whole(shopper) = &counts.stages["shopper"] else {
        panic!("shopper is one lifecycle");
    };
    let all = counts.traits.iter().chain(&counts.scores);
    let all = all
        .map(|(name, groups)| (name.as_str(), groups))
        .chain([("shopper", &**shopper)]);
    let mut grouped = 0;
    for (name, groups) in all {
        let expected = |value: &Value| {
            values
                .keys()
                .position(|(of, text)| *of == name && *text == format!("{value:?}"))
        };
        for group in &groups.groups {
            let index = expected(&group.value).unwrap();
            let (_, positions) = values.iter().nth(index).unwrap();
            assert_eq!(group.members, of(positions), "{name} {:?}", group.value);
            grouped += 1;
        }
        let missing = values
            .iter()
            .find(|((of, text), _)| *of == name && text == "Missing");
        assert_eq!(
            groups.missing,
            missing.map_or(Members::none(records.len()), |(_, p)| of(p)),
            "{name}"
        );
        let distinct = values
            .keys()
            .filter(|(of, text)| *of == name && text != "Missing")
            .count();
        assert_eq!(groups.distinct, distinct, "{name}");
        let present: usize = groups
            .groups
            .iter()
            .map(|group| group.members.count())
            .sum();
        assert_eq!(
            present + groups.others.count() + groups.missing.count(),
            records.len()
        );
    }
    assert!(grouped > 50, "{grouped}");
    let StageGroups::Each(interest) = &counts.stages["interest"] else {
        panic!("interest is kept for each category");
    };
    let found: BTreeMap<_, _> = interest
        .iter()
        .flat_map(|(subject, groups)| groups.groups.iter().map(move |group| (subject, group)))
        .map(|(subject, group)| match &group.value {
            Value::Text(stage) => ((subject.clone(), stage.clone()), group.members.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        found,
        subjects
            .iter()
            .map(|(group, p)| (group.clone(), of(p)))
            .collect()
    );
    let found = counts
        .tags
        .groups
        .iter()
        .map(|group| (format!("{:?}", group.value), &group.members));
    let expected: Vec<_> = tags
        .iter()
        .map(|(path, p)| (format!("{:?}", Value::Text(path.clone())), of(p)))
        .collect();
    assert_eq!(
        found
            .map(|(path, of)| (path, of.clone()))
            .collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn a_spread_takes_values_that_occur() {
    let (book, now) = (book(), at(20));
    let records = records(&book, 2_000);
    let counts = population(&book, &records).counts(&book, now).unwrap();
    let rule = segue::ValueRule::check_in("spent", book.context()).unwrap();
    let spent = rule.bind(&Model::for_schema(book.schema())).unwrap();
    let mut cents: Vec<i64> = records
        .iter()
        .map(|record| match spent.value(record, now) {
            Value::Decimal(v) => v.mantissa(),
            other => panic!("{other:?}"),
        })
        .collect();
    cents.sort_unstable();
    let found = counts.traits["spent"].spread.clone().unwrap();
    let nearest = |percent: usize| {
        let rank = (cents.len() * percent).div_ceil(100).max(1);
        Value::Decimal(segue::Decimal::new(cents[rank - 1], 2))
    };
    let values = [
        found.min,
        found.quarter,
        found.median,
        found.three_quarters,
        found.nine_tenths,
        found.max,
    ];
    assert_eq!(values, [0, 25, 50, 75, 90, 100].map(nearest));
    let mean = cents.iter().sum::<i64>() as f64 / 100.0 / cents.len() as f64;
    assert!((found.mean.unwrap() - mean).abs() < 1e-6);
    // Of more values than there are groups, the ones that most have.
    let groups = &counts.traits["spent"];
    assert!(groups.distinct > groups.groups.len() && !groups.others.is_empty());
    let least = groups
        .groups
        .iter()
        .map(|group| group.members.count())
        .min();
    assert!(least >= Some(1));
    assert!(counts.traits["favourite"].spread.is_none());
    assert!(
        counts.traits["last_viewed"]
            .spread
            .as_ref()
            .is_some_and(|spread| spread.mean.is_none())
    );
}

#[test]
fn a_trend_is_what_each_instant_says() {
    let book = book();
    let records = records(&book, 5_000);
    let population = population(&book, &records);
    // In no order, one twice, some far apart.
    let days = [20, 1, 2, 3, 9, 9, 27, 28, 4];
    for (name, rule) in book.segments() {
        let trend = population.trend(rule, days.map(at)).unwrap();
        let sorted: BTreeSet<u32> = days.into();
        assert_eq!(
            trend.iter().map(|p| p.at).collect::<Vec<_>>(),
            sorted.iter().map(|d| at(*d)).collect::<Vec<_>>()
        );
        let mut before: Option<Members> = None;
        for point in trend {
            assert_eq!(
                point.members,
                by_hand(rule, &records, point.at),
                "{name} at {}",
                point.at
            );
            let moved = before.map_or((0, 0), |before| {
                (
                    (&point.members - &before).count(),
                    (&before - &point.members).count(),
                )
            });
            assert_eq!((point.entered, point.left), moved, "{name} at {}", point.at);
            before = Some(point.members);
        }
    }
    assert!(
        population
            .trend(book.segment("tv").unwrap(), [])
            .unwrap()
            .is_empty()
    );
}

#[test]
fn members_last_until_the_first_of_them_changes() {
    let (book, now) = (book(), at(10));
    let records = records(&book, 300);
    let population = population(&book, &records);
    for (name, rule) in book.segments() {
        let matcher = rule.bind(&Model::for_schema(book.schema())).unwrap();
        let first = records
            .iter()
            .filter_map(|record| matcher.verdict(record, now).until)
            .min();
        let (members, until) = population.members_until(rule, now).unwrap();
        assert_eq!(
            (members, until),
            (by_hand(rule, &records, now), first),
            "{name}"
        );
    }
}

#[test]
fn an_edit_changes_what_both_versions_say_differently() {
    let (old, now) = (book(), at(20));
    let edited = BOOK
        .replace("age >= 18", "age >= 21")
        .replace("nobody = \"age > 200\"", "young = \"age < 30\"")
        .replace("cuts = [50, 400]", "cuts = [60, 300]")
        .replace("\"interest/tv\"", "\"interest/screens\"")
        .replace(
            "\"looking\", when = \"viewed\"",
            "\"looking\", when = \"viewed at least 2 times\"",
        );
    let new = Rulebook::from_toml(&edited).unwrap();
    let records = records(&old, 4_500);
    let population = population(&old, &records);
    let changed = population.changed(&old, &new, now).unwrap();
    let (before, after) = (
        population.counts(&old, now).unwrap(),
        population.counts(&new, now).unwrap(),
    );

    let none = Members::none(records.len());
    let pairs = [
        ("grown_up", "grown_up"),
        ("active", "active"),
        ("nobody", "-"),
        ("-", "young"),
    ];
    for (was, is) in pairs {
        let [was_in, is_in] =
            [(&before, was), (&after, is)].map(|(of, name)| of.segments.get(name).unwrap_or(&none));
        let expected = MembersChanged::between(was_in, is_in);
        // A segment in which nobody is by either version is in none of them.
        let name = if was == "-" { is } else { was };
        match changed.segments.get(name) {
            Some(found) => assert_eq!(*found, expected, "{name}"),
            None => assert!(expected.is_same() && expected.same.is_empty(), "{name}"),
        }
    }
    assert!(!changed.segments["grown_up"].left.is_empty() && changed.segments["active"].is_same());
    assert_eq!(changed.tags["interest/tv"].entered, none);
    assert_eq!(
        changed.tags["interest/tv"].left,
        changed.tags["interest/screens"].entered
    );
    assert!(changed.tags["press"].is_same());

    let money = &changed.scores["money"];
    assert!(!money.moves.is_empty());
    for step in &money.moves {
        let [from, to] = [(&before, &step.from), (&after, &step.to)]
            .map(|(of, value)| of.scores["money"].group(value).unwrap());
        assert_eq!(step.members, &from.members & &to.members);
    }
    let moved: usize = money.moves.iter().map(|step| step.members.count()).sum();
    assert_eq!(moved + money.same.count(), records.len());
    assert!(
        changed.traits["spent"].moves.is_empty()
            && changed.traits["spent"].same.count() == records.len()
    );
    let left = changed.stages["shopper"]
        .moves
        .iter()
        .find(|step| step.to == Value::Missing);
    assert!(left.is_some_and(|step| step.from == Value::Text("looking".into())));
}

#[test]
fn overlap_counts_who_is_in_both() {
    let (book, now) = (book(), at(20));
    let records = records(&book, 1_000);
    let counts = population(&book, &records).counts(&book, now).unwrap();
    let overlap = Overlap::of(counts.population, &counts.segments);
    for (i, a) in counts.segments.values().enumerate() {
        for (j, b) in counts.segments.values().enumerate() {
            let both = (0..records.len())
                .filter(|p| a.contains(*p) && b.contains(*p))
                .count();
            assert_eq!(overlap.count(i, j), Some(both));
        }
    }
    let nobody = overlap
        .names
        .iter()
        .position(|name| name == "nobody")
        .unwrap();
    assert_eq!(
        (overlap.share(nobody, 0), overlap.lift(0, nobody)),
        (None, None)
    );
    assert_eq!(overlap.share(9, 0), None);
}

#[test]
fn explanations_are_those_of_the_records() {
    let (book, now) = (book(), at(20));
    let records = records(&book, 40);
    let population = population(&book, &records);
    let rule = book.segment("tv").unwrap();
    let matcher = rule.bind(&Model::for_schema(book.schema())).unwrap();
    for (position, record) in records.iter().enumerate() {
        let expected = matcher.explain(record, now).to_string();
        let found = population
            .explain(position, rule, now)
            .unwrap()
            .map(|e| e.to_string());
        assert_eq!(found, Some(expected));
    }
    assert!(population.explain(40, rule, now).unwrap().is_none());
}

#[test]
fn rules_of_other_names_do_not_bind() {
    let book = book();
    let population = population(&book, &records(&book, 3));
    let other =
        Rulebook::from_toml("schema.attributes.height = 'int'\nsegments.tall = 'height > 190'")
            .unwrap();
    let tall = other.segment("tall").unwrap();
    assert!(population.members(tall, at(1)).is_err());
    assert!(population.trend(tall, [at(1)]).is_err());
    assert!(population.counts(&other, at(1)).is_err());
}

#[test]
fn scores_are_fitted_over_columns_as_over_records() {
    let rulebook = Rulebook::from_toml(
        r#"
        [schema.attributes]
        city = "string"
        [schema.events.purchased.properties]
        amount = "decimal(2)"
        [scores]
        last = { value = "last(purchased).at", classes = 4 }
        spent = { value = "sum(purchased.amount within 90 days)", classes = 5 }
        basket = { value = "avg(purchased.amount)", over = "purchased at least 2 times", classes = 3 }
        town = { value = "city", classes = 7 }
        "#,
    )
    .unwrap();
    let mut rng = segue_test_support::random::Rng(5);
    let records: Vec<Record> = (0..5_000)
        .map(|id| {
            let events: Vec<_> = (0..rng.below(4))
                .map(|_| {
                    let day = 1 + rng.below(28);
                    let amount = f64::from(u16::try_from(rng.below(9_999)).unwrap()) / 100.0;
                    serde_json::json!({"kind": "purchased", "at": format!("2026-{:02}-{day:02}T10:00:00Z", 1 + rng.below(6)), "props": {"amount": amount}})
                })
                .collect();
            let city = (rng.below(5) > 0).then(|| format!("city {}", rng.below(40)));
            let profile = serde_json::json!({"id": id.to_string(), "city": city, "events": events});
            Record::from_json(rulebook.schema(), &profile.to_string()).unwrap()
        })
        .collect();
    let model = Model::for_schema(rulebook.schema());
    let mut builder = PopulationBuilder::new(&model);
    records.iter().for_each(|record| builder.push(record));
    let population = builder.finish().unwrap();
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    let cuts = population.fit_cuts(&rulebook, now).unwrap();
    assert_eq!(cuts, rulebook.fit_cuts(&model, &records, now).unwrap());
    assert_eq!(cuts["town"].len(), 6);

    let nobody = PopulationBuilder::new(&model).finish().unwrap();
    let error = nobody.fit_cuts(&rulebook, now).unwrap_err().to_string();
    assert!(
        error.contains("no profile of the population has a value"),
        "{error}"
    );
}

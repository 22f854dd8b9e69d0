//! Populations of batches against those of profiles, and what batches may not be.

use segue::population::{
    BatchBuilder, ChangeBatch, ColumnSlice, EventBatch, Population, PopulationBuilder,
    ProfileBatch, RowBatch,
};
use segue::profile::{Identifier, Model, Reading, Record, Value};
use segue::schema::{Field, Schema};
use segue::{Date, Duration, Event, GeoPoint, Instant, Scalar, Type};
use segue_test_support::library::record;
use segue_test_support::random::{Case, Gen, Rng, Style};
use serde_json::Value as Json;

/// A whole number of which some do not fit in 63 bits.
enum Whole {
    Signed(i64),
    Unsigned(u64),
}

impl Scalar for Whole {
    fn ty() -> Type {
        Type::Int
    }

    fn read(&self) -> Reading<'_> {
        match self {
            Whole::Signed(v) => Reading::from(*v),
            Whole::Unsigned(v) => Reading::from(*v),
        }
    }
}

/// Values of one type, as a program may have them.
enum Owned {
    Bools(Vec<Option<bool>>),
    Ints(Vec<Option<i64>>),
    Wholes(Vec<Option<Whole>>),
    Floats(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
    Coded(Vec<Option<usize>>, Vec<String>),
    Dates(Vec<Option<Date>>),
    Instants(Vec<Option<Instant>>),
    Durations(Vec<Option<Duration>>),
    Places(Vec<Option<GeoPoint>>),
    Lists(Vec<Option<std::ops::Range<usize>>>, Box<Owned>),
}

impl Owned {
    fn new(ty: &Type, values: &[Value], is_coded: bool) -> Owned {
        macro_rules! all {
            ($owned:ident, $value:pat => $it:expr) => {
                Owned::$owned(
                    values
                        .iter()
                        .map(|value| match value {
                            Value::Missing => None,
                            $value => Some($it),
                            other => panic!("{other:?} is no {ty}"),
                        })
                        .collect(),
                )
            };
        }
        match ty {
            Type::Bool => all!(Bools, Value::Bool(v) => *v),
            Type::Int => Owned::Wholes(
                values
                    .iter()
                    .map(|value| match value {
                        Value::Missing => None,
                        Value::Int(v) => Some(Whole::Signed(*v)),
                        Value::Unsigned(v) => Some(Whole::Unsigned(*v)),
                        other => panic!("{other:?} is no {ty}"),
                    })
                    .collect(),
            ),
            Type::Decimal(_) => all!(Ints, Value::Decimal(v) => v.mantissa()),
            Type::Float => all!(Floats, Value::Float(v) => *v),
            Type::Date => all!(Dates, Value::Date(v) => *v),
            Type::Instant => all!(Instants, Value::Instant(v) => *v),
            Type::Duration => all!(Durations, Value::Duration(v) => *v),
            Type::Place => all!(Places, Value::Place(v) => *v),
            Type::List(item) => {
                let (mut items, mut ranges) = (Vec::new(), Vec::new());
                for value in values {
                    ranges.push(match value {
                        Value::List(of) => {
                            let start = items.len();
                            items.extend(of.clone());
                            Some(start..items.len())
                        }
                        _ => None,
                    });
                }
                Owned::Lists(ranges, Box::new(Owned::new(item, &items, is_coded)))
            }
            _ => match all!(Texts, Value::Text(v) => v.clone()) {
                Owned::Texts(texts) if is_coded => {
                    // Entries that nobody has, and one twice.
                    let mut dictionary = vec!["\u{0}".to_owned()];
                    dictionary.extend(texts.iter().flatten().cloned());
                    let code = |text: &String| dictionary.iter().rposition(|of| of == text);
                    let codes = texts
                        .iter()
                        .map(|text| text.as_ref().and_then(code))
                        .collect();
                    Owned::Coded(codes, dictionary)
                }
                texts => texts,
            },
        }
    }

    fn slice(&self) -> ColumnSlice<'_> {
        match self {
            Owned::Bools(v) => v.into(),
            Owned::Ints(v) => v.into(),
            Owned::Wholes(v) => v.into(),
            Owned::Floats(v) => v.into(),
            Owned::Texts(v) => v.into(),
            Owned::Coded(codes, dictionary) => {
                ColumnSlice::coded(codes.len(), |row| codes[row], dictionary)
            }
            Owned::Dates(v) => v.into(),
            Owned::Instants(v) => v.into(),
            Owned::Durations(v) => v.into(),
            Owned::Places(v) => v.into(),
            Owned::Lists(ranges, items) => {
                ColumnSlice::lists(ranges.len(), |row| ranges[row].clone(), items.slice())
            }
        }
    }
}

/// The columns of some rows.
fn columns(
    fields: &[Field],
    rows: usize,
    value: impl Fn(usize, &str) -> Value,
) -> Vec<(String, Owned)> {
    let column = |(i, field): (usize, &Field)| {
        let values: Vec<Value> = (0..rows).map(|row| value(row, &field.name)).collect();
        (
            field.name.clone(),
            Owned::new(&field.ty, &values, i % 2 == 0),
        )
    };
    fields.iter().enumerate().map(column).collect()
}

fn shuffle<T>(items: &mut [T], rng: &mut Rng) {
    (1..items.len()).for_each(|i| items.swap(i, rng.below(i + 1)));
}

/// A population of the batches of what records hold, cut and shuffled.
fn of_batches(
    schema: &Schema,
    records: &[Record],
    histories: &[Json],
    rng: &mut Rng,
) -> Population {
    let mut builder = BatchBuilder::new(schema);
    let cut = rng.below(records.len() + 1);
    for part in [&records[..cut], &records[cut..]] {
        let values = columns(schema.attributes(), part.len(), |row, name| {
            part[row].get(schema, name, Instant::MIN)
        });
        let tags: Vec<&String> = part.iter().flat_map(Record::tags).collect();
        let ends: Vec<usize> = part
            .iter()
            .scan(0, |end, record| {
                *end += record.tags().len();
                Some(*end)
            })
            .collect();
        let items = ColumnSlice::from_fn(tags.len(), |row| tags[row].as_str());
        let range = |row: usize| Some(ends[row] - part[row].tags().len()..ends[row]);
        let mut batch = ProfileBatch::from_fn(part.len(), |row| part[row].id())
            .tags(ColumnSlice::lists(part.len(), range, items));
        for (name, column) in &values {
            batch = batch.attribute(name, column.slice());
        }
        builder.profiles(batch).unwrap();
    }
    for kind in schema.kinds() {
        let mut events: Vec<_> = (0_u32..)
            .zip(records)
            .flat_map(|(position, record)| record.events().iter().map(move |e| (position, e)))
            .filter(|(_, event)| event.kind_name(schema) == kind.name)
            .collect();
        shuffle(&mut events, rng);
        for part in events.chunks(1 + rng.below(5)) {
            let profiles: Vec<u32> = part.iter().map(|(position, _)| *position).collect();
            let at: Vec<Instant> = part.iter().map(|(_, event)| event.at()).collect();
            let values = columns(&kind.properties, part.len(), |row, name| {
                part[row].1.get(schema, name)
            });
            let mut batch = EventBatch::new(&kind.name, &profiles, &at)
                .ids_from_fn(|row| segue::Event::id(part[row].1));
            for (name, column) in &values {
                batch = batch.property(name, column.slice());
            }
            builder.events(batch).unwrap();
        }
    }
    for relation in schema.relations() {
        let rows_of = |record: &Record| match record.get(schema, &relation.name, Instant::MIN) {
            Value::Rows(rows) => rows,
            _ => Vec::new(),
        };
        let mut rows: Vec<(u32, Vec<(String, Value)>)> = (0_u32..)
            .zip(records)
            .flat_map(|(position, record)| rows_of(record).into_iter().map(move |r| (position, r)))
            .collect();
        if rng.percent(50) {
            // Those of one profile stay in their order.
            rows.sort_by_key(|(position, _)| std::cmp::Reverse(*position));
        }
        let profiles: Vec<u32> = rows.iter().map(|(position, _)| *position).collect();
        let values = columns(&relation.properties, rows.len(), |row, name| {
            let found = rows[row].1.iter().find(|(of, _)| of == name);
            found.map_or(Value::Missing, |(_, value)| value.clone())
        });
        let mut batch = RowBatch::new(&relation.name, &profiles);
        for (name, column) in &values {
            batch = batch.property(name, column.slice());
        }
        builder.rows(batch).unwrap();
    }
    for field in schema.attributes().iter().filter(|field| field.tracked) {
        let mut changes: Vec<(u32, Instant)> = Vec::new();
        for (position, history) in (0..).zip(histories) {
            for change in history[&field.name].as_array().into_iter().flatten() {
                changes.push((position, change["at"].as_str().unwrap().parse().unwrap()));
            }
        }
        shuffle(&mut changes, rng);
        let (profiles, at): (Vec<u32>, Vec<Instant>) = changes.into_iter().unzip();
        let values: Vec<Value> = profiles
            .iter()
            .zip(&at)
            .map(|(position, at)| records[*position as usize].get(schema, &field.name, *at))
            .collect();
        let values = Owned::new(&field.ty, &values, false);
        builder
            .changes(ChangeBatch::new(
                &field.name,
                &profiles,
                &at,
                values.slice(),
            ))
            .unwrap();
    }
    builder.finish().unwrap()
}

/// Where two populations begin to be different, as they are kept.
fn difference(found: &Population, expected: &Population) -> String {
    let [found, expected] = [found, expected].map(|of| format!("{:?}", of.profile(0)));
    let pairs = found.chars().zip(expected.chars());
    let same = pairs.take_while(|(a, b)| a == b).count();
    let from = |text: &str| -> String {
        text.chars()
            .skip(same.saturating_sub(200))
            .take(400)
            .collect()
    };
    format!("\n{}\nnot\n{}", from(&found), from(&expected))
}

/// Records that draw their profiles from cases of one schema, with their histories in JSON.
fn drawn(case: &Case) -> (Vec<Record>, Vec<Json>) {
    let cases = (0..6).map(|i| Gen::case(case.seed ^ i, Style::Everything));
    cases
        .filter(|other| other.schema == case.schema)
        .map(|other| {
            let history = other.profile.get("history").cloned().unwrap_or_default();
            (
                record(&case.schema, &other.profile.to_string()).unwrap(),
                history,
            )
        })
        .unzip()
}

#[test]
fn batches_and_records_make_the_same_population() {
    let mut moved = 0;
    for seed in 0..400 {
        let case = Gen::case(seed, Style::Everything);
        let (records, histories) = drawn(&case);
        let mut builder = PopulationBuilder::new(&Model::for_schema(&case.schema));
        records.iter().for_each(|record| builder.push(record));
        let expected = builder.finish().unwrap();
        let found = of_batches(&case.schema, &records, &histories, &mut Rng(seed));
        assert_eq!(found.events(), expected.events(), "seed {seed}");
        assert!(
            found == expected,
            "seed {seed}: {}",
            difference(&found, &expected)
        );
        moved += usize::from(records.len() > 1 && expected.events() > 5);
    }
    assert!(moved > 150, "{moved}");
}

fn shop() -> Schema {
    serde_json::from_str(
        r#"{"attributes": {"age": {"type": "int", "between": [0, 120]}, "plan": {"type": "enum", "values": ["free", "pro"], "tracked": true},
                "born": "date", "home": "place", "interests": "list of string", "spent": "decimal(2)"},
            "events": {"bought": {"subject": "category", "properties": {"category": "string", "amount": "decimal(2)"}}},
            "relations": {"pets": {"properties": {"species": "string"}}}}"#,
    )
    .unwrap()
}

#[test]
fn of_events_with_one_id_the_earliest_is_kept() {
    let mut builder = BatchBuilder::new(&shop());
    builder.profiles(ProfileBatch::new(&[1_u64, 2])).unwrap();
    let at = [30, 10, 20, 10, 5].map(Instant::from_micros);
    let ids = [Some(7_u64), Some(7), None, Some(7), None];
    let batch = EventBatch::new("bought", &[0, 0, 0, 1, 1], &at)
        .ids(&ids)
        .property("amount", &[300_i64, 100, 200, 110, 50]);
    builder.events(batch).unwrap();
    let population = builder.finish().unwrap();
    assert_eq!(population.events(), 4);
    let amounts = |position| {
        let profile = population.profile(position).unwrap();
        let segue::profile::Events::Timeline(events) = segue::Profile::events(&profile) else {
            panic!("columns are sorted");
        };
        let found = events
            .iter()
            .map(|e| (e.at().micros(), e.id().map(|id| id.to_string())));
        found.collect::<Vec<_>>()
    };
    let seven = || Some("7".to_owned());
    assert_eq!(amounts(0), [(10, seven()), (20, None)]);
    assert_eq!(amounts(1), [(5, None), (10, seven())]);
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    type Attempt = fn(&mut BatchBuilder) -> Result<(), segue::population::PopulationError>;
    let attempts: &[(Attempt, &str)] = &[
        (
            |b| b.profiles(ProfileBatch::new(&["c"]).attribute("agee", &[1_i64])),
            "`agee`: the schema has no such attribute; declare it there",
        ),
        (
            |b| {
                b.profiles(
                    ProfileBatch::new(&["c"])
                        .attribute("age", &[1_i64])
                        .attribute("age", &[2_i64]),
                )
            },
            "`age`: is given twice; remove one",
        ),
        (
            |b| b.profiles(ProfileBatch::new(&["c"]).attribute("age", &[1_i64, 2])),
            "`age`: the batch has 1 rows, and this column 2; make them equally long",
        ),
        (
            |b| b.profiles(ProfileBatch::new(&["c", "d"]).attribute("age", &[1_i64, 121])),
            "`age`: row 1: `121` is not between 0 and 120; correct it, or change `between` in the schema",
        ),
        (
            |b| b.profiles(ProfileBatch::new(&["c"]).attribute("born", &[1_i64])),
            "`born`: the batch has values of the type `int`, and the schema wants `date`; give `segue::Date`s, for example by \
             `ColumnSlice::from_fn`",
        ),
        (
            |b| b.profiles(ProfileBatch::new(&["c"]).attribute("spent", &[1.5_f64])),
            "`spent`: the batch has values of the type `float`, and the schema wants `decimal(2)`; give whole numbers, in units of its 2 \
             digits after the point",
        ),
        (
            |b| {
                b.profiles(ProfileBatch::new(&["c"]).attribute(
                    "home",
                    &[GeoPoint {
                        lat: 91.0,
                        lon: 0.0,
                    }],
                ))
            },
            "`home`: row 0: `91, 0` is not a place on the earth; `lat` lies between -90 and 90 and `lon` between -180 and 180 (are they \
             swapped?)",
        ),
        (
            |b| b.profiles(ProfileBatch::new(&["c"]).attribute("plan", &["gold"])),
            "`plan`: row 0: `gold` is not one of its values (free, pro); correct it, or add it to `values`",
        ),
        (
            |b| b.profiles(ProfileBatch::new(&["c"]).attribute("plan", &[2_i64])),
            "`plan`: row 0: it is value number 2 of an enum that has 2, counted from 0",
        ),
        (
            |b| {
                let lists = ColumnSlice::lists(1, |_| Some(0..2), &["tv"]);
                b.profiles(ProfileBatch::new(&["c"]).attribute("interests", lists))
            },
            "`interests`: row 0: its list ends at 2, and there are 1 items",
        ),
        (
            |b| {
                let lists = ColumnSlice::lists(1, |_| Some(0..1), &[None::<String>]);
                b.profiles(ProfileBatch::new(&["c"]).tags(lists))
            },
            "`tags`: row 0: an item of its list is missing; leave it out",
        ),
        (
            |b| b.events(EventBatch::new("sold", &[0], &[Instant::MIN])),
            "`sold`: the schema has no such event kind; declare it there",
        ),
        (
            |b| b.events(EventBatch::new("bought", &[2], &[Instant::MIN])),
            "`bought`: row 0: there is no profile at the position 2, only 2 so far; add the profiles before what they have",
        ),
        (
            |b| b.events(EventBatch::new("bought", &[0], &[None::<Instant>])),
            "`bought.at`: row 0: is missing; say when",
        ),
        (
            |b| b.events(EventBatch::new("bought", &[0], &[1_i64])),
            "`bought.at`: the batch has values of the type `int`, and the schema wants `instant`; give `segue::Instant`s, for example by \
             `ColumnSlice::from_fn`",
        ),
        (
            |b| {
                let codes = ColumnSlice::coded(1, |_| Some(1), &["tv"]);
                b.events(
                    EventBatch::new("bought", &[0], &[Instant::MIN]).property("category", codes),
                )
            },
            "`bought.category`: row 0: its code is 1, and the dictionary has 1 entries",
        ),
        (
            |b| {
                b.events(
                    EventBatch::new("bought", &[0], &[Instant::MIN]).property("colour", &["red"]),
                )
            },
            "`bought.colour`: the schema has no such property; declare it there",
        ),
        (
            |b| b.rows(RowBatch::new("cars", &[0])),
            "`cars`: the schema has no such relation; declare it there",
        ),
        (
            |b| b.changes(ChangeBatch::new("age", &[0], &[Instant::MIN], &[1_i64])),
            "`age`: has changes, and the schema does not track it; declare it `tracked: true`, or give its value with the profiles",
        ),
    ];
    for (attempt, message) in attempts {
        let mut builder = BatchBuilder::new(&shop());
        builder
            .profiles(ProfileBatch::new(&["anna", "ben"]))
            .unwrap();
        let error = attempt(&mut builder).unwrap_err();
        assert_eq!(error.to_string(), *message);
        // Half of the batch may be there.
        assert_eq!(
            builder.profiles(ProfileBatch::new(&["carla"])).unwrap_err(),
            error
        );
        assert_eq!(builder.finish().unwrap_err(), error);
    }
}

#[test]
fn ids_are_those_that_were_given() {
    let mut builder = BatchBuilder::new(&shop());
    builder.profiles(ProfileBatch::new(&[17_u64])).unwrap();
    builder
        .profiles(ProfileBatch::from_fn(1, |_| Identifier::Text("anna")))
        .unwrap();
    let population = builder.finish().unwrap();
    let ids = [0, 1].map(|at| population.id(at).unwrap().to_string());
    assert_eq!(ids, ["17", "anna"]);
}

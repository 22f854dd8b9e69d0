//! Batches of random values against records of the same.

use super::arrays::{array, texts};
use super::{batch, compressions, of_records, parquet};
use segue::population::Population;
use segue::profile::{Event as _, Record, RecordEvent};
use segue::schema::{Field, Schema};
use segue::{Instant, Type};
use segue_arrow::arrow_array::{ArrayRef, Int64Array, RecordBatch, TimestampMicrosecondArray};
use segue_arrow::{ArrowBuilder, EventColumns, ProfileColumns};
use segue_test_support::library::record;
use segue_test_support::random::{Case, Gen, Rng, Style};
use std::sync::Arc;

/// The part of a schema that batches of profiles and events hold: no relations, and no histories.
fn flat(schema: &Schema) -> Schema {
    let plain = |field: &Field| {
        let mut field = field.clone();
        field.tracked = false;
        field
    };
    let attributes = schema.attributes().iter().map(plain);
    let builder = attributes.fold(Schema::builder(), |builder, field| builder.attribute(field));
    let kinds = schema.kinds().iter().cloned();
    kinds
        .fold(builder, |builder, kind| builder.kind(kind))
        .build()
        .unwrap()
}

fn drawn(case: &Case, schema: &Schema) -> Vec<Record> {
    let cases = (0..6).map(|i| Gen::case(case.seed ^ i, Style::Everything));
    cases
        .filter(|other| other.schema == case.schema)
        .enumerate()
        .map(|(position, other)| {
            let mut profile = other.profile;
            let fields = profile.as_object_mut().unwrap();
            fields.insert("id".to_owned(), format!("{}", 7 * position).into());
            fields.remove("history");
            for relation in case.schema.relations() {
                fields.remove(&relation.name);
            }
            record(schema, &profile.to_string()).unwrap()
        })
        .collect()
}

fn profiles(schema: &Schema, records: &[Record], rng: &mut Rng) -> RecordBatch {
    let ids = records
        .iter()
        .map(|record| Some(record.id().to_owned()))
        .collect();
    let mut columns = vec![("id".to_owned(), texts(ids, rng))];
    for field in schema.attributes() {
        let values: Vec<_> = records
            .iter()
            .map(|record| record.get(schema, &field.name, Instant::MIN))
            .collect();
        columns.push((field.name.clone(), array(&field.ty, &values, rng)));
    }
    let tags = |record: &Record| {
        segue::profile::Value::List(
            record
                .tags()
                .iter()
                .map(|tag| segue::profile::Value::Text(tag.clone()))
                .collect(),
        )
    };
    let tags: Vec<_> = records.iter().map(tags).collect();
    columns.push((
        "tags".to_owned(),
        array(&Type::List(Box::new(Type::String)), &tags, rng),
    ));
    batch(columns)
}

/// The events of a batch, with a column for each property that all kinds agree on; those of other kinds alone.
fn events(
    schema: &Schema,
    records: &[Record],
    rng: &mut Rng,
) -> Vec<(Option<String>, RecordBatch)> {
    let mut all: Vec<(&Record, &RecordEvent)> = records
        .iter()
        .flat_map(|record| record.events().iter().map(move |event| (record, event)))
        .collect();
    (1..all.len()).for_each(|i| all.swap(i, rng.below(i + 1)));
    let mut parts = Vec::new();
    for kind in schema.kinds() {
        let of_kind: Vec<_> = all
            .iter()
            .filter(|(_, event)| event.kind_name(schema) == kind.name)
            .copied()
            .collect();
        parts.push((
            Some(kind.name.clone()),
            columns(schema, &of_kind, &kind.properties, rng),
        ));
    }
    let mut seen: Vec<&Field> = Vec::new();
    let same = |a: &Field, b: &Field| a.name == b.name && a.ty == b.ty;
    let agree = schema
        .kinds()
        .iter()
        .flat_map(|kind| &kind.properties)
        .all(|field| {
            let other = seen.iter().find(|other| other.name == field.name);
            let fits = other.is_none_or(|other| same(other, field));
            if other.is_none() {
                seen.push(field);
            }
            fits
        });
    if agree && rng.percent(50) {
        let properties: Vec<Field> = seen.into_iter().cloned().collect();
        return vec![(None, columns(schema, &all, &properties, rng))];
    }
    parts
}

fn columns(
    schema: &Schema,
    events: &[(&Record, &RecordEvent)],
    properties: &[Field],
    rng: &mut Rng,
) -> RecordBatch {
    let owners: ArrayRef = if rng.percent(50) {
        Arc::new(
            events
                .iter()
                .map(|(owner, _)| owner.id().parse::<i64>().ok())
                .collect::<Int64Array>(),
        )
    } else {
        texts(
            events
                .iter()
                .map(|(owner, _)| Some(owner.id().to_owned()))
                .collect(),
            rng,
        )
    };
    let at: TimestampMicrosecondArray = events
        .iter()
        .map(|(_, event)| Some(event.at().micros()))
        .collect();
    let kinds = events
        .iter()
        .map(|(_, event)| Some(event.kind_name(schema).to_owned()))
        .collect();
    let ids = events
        .iter()
        .map(|(_, event)| event.id().map(|id| id.to_string()))
        .collect();
    let mut columns = vec![
        ("-whose".to_owned(), owners),
        (
            "-when".to_owned(),
            Arc::new(at.with_timezone_opt(rng.percent(50).then_some("UTC"))) as ArrayRef,
        ),
        ("-what".to_owned(), texts(kinds, rng)),
        ("-number".to_owned(), texts(ids, rng)),
    ];
    for field in properties {
        let values: Vec<_> = events
            .iter()
            .map(|(_, event)| event.get(schema, &field.name))
            .collect();
        columns.push((field.name.clone(), array(&field.ty, &values, rng)));
    }
    batch(columns)
}

fn of_batches(schema: &Schema, records: &[Record], rng: &mut Rng, in_files: bool) -> Population {
    let mut builder = ArrowBuilder::new(schema);
    let cut = rng.below(records.len() + 1);
    for part in [&records[..cut], &records[cut..]] {
        let people = profiles(schema, part, rng);
        if in_files {
            let file = parquet(&[people], rng.pick(&compressions()));
            builder
                .profiles_of_parquet(file, &ProfileColumns::default())
                .unwrap();
        } else {
            builder
                .profiles(&people, &ProfileColumns::default())
                .unwrap();
        }
    }
    for (kind, batch) in events(schema, records, rng) {
        let of = EventColumns::default()
            .profile("-whose")
            .at("-when")
            .id("-number");
        let of = match kind {
            Some(kind) => of.kind(kind),
            None => of.kind_column("-what"),
        };
        if in_files {
            builder
                .events_of_parquet(parquet(&[batch], rng.pick(&compressions())), &of)
                .unwrap();
        } else {
            // In parts of any size, which share their buffers.
            let mut start = 0;
            while start < batch.num_rows() {
                let len = (1 + rng.below(5)).min(batch.num_rows() - start);
                builder.events(&batch.slice(start, len), &of).unwrap();
                start += len;
            }
        }
    }
    builder.finish().unwrap()
}

fn check(seeds: std::ops::Range<u64>, in_files: bool) -> usize {
    let mut moved = 0;
    for seed in seeds {
        let case = Gen::case(seed, Style::Everything);
        let schema = flat(&case.schema);
        let records = drawn(&case, &schema);
        let expected = of_records(&schema, &records);
        let found = of_batches(&schema, &records, &mut Rng(seed), in_files);
        assert_eq!(found.events(), expected.events(), "seed {seed}");
        assert!(
            found == expected,
            "seed {seed}: {:?}\nnot\n{:?}",
            found.profile(0),
            expected.profile(0)
        );
        moved += usize::from(records.len() > 1 && expected.events() > 5);
    }
    moved
}

#[test]
fn batches_and_records_make_the_same_population() {
    let moved = check(0..200, false);
    assert!(moved > 70, "{moved}");
}

#[test]
fn files_and_records_make_the_same_population() {
    let moved = check(200..240, true);
    assert!(moved > 12, "{moved}");
}

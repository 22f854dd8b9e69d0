//! The customers of a real shop, as Parquet and as NDJSON.

use super::{batch, instant, of_records, parquet};
use flate2::read::GzDecoder;
use segue::profile::Record;
use segue::{Instant, Rulebook};
use segue_arrow::arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use segue_arrow::parquet_crate::basic::Compression;
use segue_arrow::{ArrowBuilder, EventColumns, ProfileColumns};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::sync::Arc;

fn path(name: &str) -> String {
    format!("{}/../../examples/cdnow/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn lines(name: &str) -> Vec<Json> {
    let file = GzDecoder::new(std::fs::File::open(path(name)).unwrap());
    let lines = BufReader::new(file).lines();
    lines
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect()
}

fn texts(lines: &[Json], name: &str) -> ArrayRef {
    Arc::new(
        lines
            .iter()
            .map(|line| line[name].as_str())
            .collect::<StringArray>(),
    )
}

fn people(profiles: &[Json]) -> RecordBatch {
    let in_sample = profiles
        .iter()
        .map(|line| line["in_sample"].as_bool())
        .collect::<BooleanArray>();
    batch(vec![
        ("id".to_owned(), texts(profiles, "id")),
        ("in_sample".to_owned(), Arc::new(in_sample)),
    ])
}

fn purchases(events: &[Json]) -> RecordBatch {
    let at = events.iter().map(|line| {
        let at: Instant = line["at"].as_str().unwrap().parse().unwrap();
        Some(at.micros() / 1000)
    });
    let quantity = events
        .iter()
        .map(|line| i32::try_from(line["props"]["quantity"].as_i64()?).ok());
    let amount = events.iter().map(|line| line["props"]["amount"].as_f64());
    batch(vec![
        ("id".to_owned(), texts(events, "id")),
        ("profile".to_owned(), texts(events, "profile")),
        ("kind".to_owned(), texts(events, "kind")),
        (
            "at".to_owned(),
            Arc::new(
                at.collect::<TimestampMillisecondArray>()
                    .with_timezone("UTC"),
            ),
        ),
        (
            "quantity".to_owned(),
            Arc::new(quantity.collect::<Int32Array>()),
        ),
        (
            "amount".to_owned(),
            Arc::new(amount.collect::<Float64Array>()),
        ),
    ])
}

#[test]
fn a_shop_answers_alike_from_parquet_and_from_ndjson() {
    let rulebook =
        Rulebook::from_toml(&std::fs::read_to_string(path("rules.toml")).unwrap()).unwrap();
    let (profiles, events) = (lines("profiles.ndjson.gz"), lines("events.ndjson.gz"));

    let mut of_profile: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    for event in &events {
        let mut told = event.clone();
        told.as_object_mut().unwrap().remove("profile");
        of_profile
            .entry(event["profile"].as_str().unwrap())
            .or_default()
            .push(told);
    }
    let records: Vec<Record> = profiles
        .iter()
        .map(|profile| {
            let mut whole = profile.clone();
            whole["events"] = json!(
                of_profile
                    .get(profile["id"].as_str().unwrap())
                    .cloned()
                    .unwrap_or_default()
            );
            Record::from_json(rulebook.schema(), &whole.to_string()).unwrap()
        })
        .collect();
    let expected = of_records(rulebook.schema(), &records);

    let mut builder = ArrowBuilder::new(rulebook.schema());
    let people = parquet(&[people(&profiles)], Compression::SNAPPY);
    builder
        .profiles_of_parquet(people, &ProfileColumns::default())
        .unwrap();
    let purchases = parquet(&[purchases(&events)], Compression::SNAPPY);
    builder
        .events_of_parquet(purchases, &EventColumns::default())
        .unwrap();
    let found = builder.finish().unwrap();

    assert!(found == expected && found.events() > 18_000);
    let now = instant("1998-07-01T00:00:00Z");
    let [found, expected] =
        [&found, &expected].map(|population| population.counts(&rulebook, now).unwrap());
    for (name, members) in &expected.segments {
        assert_eq!(found.segments[name], *members, "{name}");
    }
    assert_eq!(
        found.segments["lapsed_loyal"].count(),
        expected.segments["lapsed_loyal"].count()
    );
    assert!(found.segments["lapsed_loyal"].count() > 50);
}

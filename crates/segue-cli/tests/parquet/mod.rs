//! The same shop in Parquet files.

use super::common::{folder, ok, refused, words};
use super::{DATA, EVENTS, PROFILES, SHOP};
use segue_arrow::arrow_array::builder::{ListBuilder, StringBuilder};
use segue_arrow::arrow_array::{
    ArrayRef, BinaryArray, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use segue_arrow::parquet_crate::arrow::ArrowWriter;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

const FILES: &str = "--profiles people.parquet --events events.parquet";

fn write(folder: &Path, name: &str, columns: Vec<(&str, ArrayRef)>) {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let file = File::create(folder.join(name)).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn texts(texts: [Option<&str>; 3]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

/// 15 March 2026, 10:00 UTC.
const MARCH: i64 = 1_773_568_800_000_000;
const DAY: i64 = 86_400_000_000;

fn shop() -> tempfile::TempDir {
    let shop = folder(&[
        ("rules.toml", SHOP),
        (
            "edited.toml",
            &SHOP.replace("within 7 days", "within 10 days"),
        ),
        ("profiles.ndjson", PROFILES),
        ("events.ndjson", EVENTS),
    ]);
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.extend([None, Some(vec![Some("press")]), None]);
    let people = vec![
        ("id", texts([Some("carl"), Some("anna"), Some("ben")])),
        ("city", texts([Some("Milano"), Some("Milano"), None])),
        ("tags", Arc::new(tags.finish()) as ArrayRef),
    ];
    write(shop.path(), "people.parquet", people);
    let at = TimestampMicrosecondArray::from(vec![MARCH, MARCH - 5 * DAY, MARCH + DAY]);
    let events = vec![
        ("profile", texts([Some("anna"), Some("ben"), Some("anna")])),
        (
            "kind",
            texts([Some("purchased"), Some("purchased"), Some("viewed")]),
        ),
        ("at", Arc::new(at.with_timezone("UTC")) as ArrayRef),
        (
            "amount",
            Arc::new(Float64Array::from(vec![Some(25.0), Some(7.5), None])),
        ),
        ("category", texts([None, None, Some("tv")])),
    ];
    write(shop.path(), "events.parquet", events);
    shop
}

#[test]
fn files_in_parquet_are_asked_like_those_in_ndjson() {
    let shop = shop();
    let now = "--now 2026-03-18";
    for call in [
        format!("members --rules rules.toml {now} --segment active --segment milanese --any"),
        format!("members --rules rules.toml {now} --expr 'viewed(\"tv\")' --format json"),
        format!("count --rules rules.toml {now}"),
        format!("count --rules rules.toml {now} --format json"),
        format!("overlap --rules rules.toml {now}"),
        "trend --rules rules.toml --segment active --from 2026-03-10 --until 2026-03-24".to_owned(),
        format!("diff rules.toml edited.toml {now} --format json"),
        format!("eval --rules rules.toml {now} --segment active --format json"),
        format!("portrait --rules rules.toml {now}"),
        "report segments --rules rules.toml".to_owned(),
        "report touchpoints --rules rules.toml --format json".to_owned(),
        "schema infer".to_owned(),
    ] {
        let call = call.replace('\'', "");
        let expected = ok(shop.path(), &words(&format!("{call} {DATA}")));
        let found = ok(shop.path(), &words(&format!("{call} {FILES}")));
        assert_eq!(found, expected, "{call}");
        assert!(!found.is_empty());
    }
    // One of the files, and nothing of profiles but what they did.
    let mixed = "--profiles profiles.ndjson --events events.parquet";
    let call = format!("count --rules rules.toml {now}");
    assert_eq!(
        ok(shop.path(), &words(&format!("{call} {mixed}"))),
        ok(shop.path(), &words(&format!("{call} {DATA}")))
    );
    let of_events = |file: &str| ok(shop.path(), &words(&format!("{call} --events {file}")));
    assert_eq!(of_events("events.parquet"), of_events("events.ndjson"));
}

#[test]
fn what_is_wrong_in_a_parquet_file_is_told_with_its_place() {
    let shop = shop();
    let path = shop.path();
    let refusal = |call: &str| refused(path, &words(call));
    let count = "count --rules rules.toml --now 2026-03-18";
    let amounts = Arc::new(Float64Array::from(vec![1.0, 7.505])) as ArrayRef;
    let two = |text| Arc::new(StringArray::from(vec![text; 2])) as ArrayRef;
    let columns = vec![
        ("profile", two("anna")),
        ("kind", two("purchased")),
        ("at", two("2026-03-15")),
        ("amount", amounts),
    ];
    write(path, "wrong.parquet", columns.clone());
    let wrong = "`7.505` has more than 2 digits after the decimal point; round it, or declare the type as `decimal(3)`";
    let error = refusal(&format!(
        "{count} --profiles people.parquet --events wrong.parquet"
    ));
    assert!(
        error.contains(&format!(
            "wrong.parquet: events, row 1, column `amount`: {wrong}"
        )),
        "{error}"
    );
    let error = refusal(
        "eval --rules rules.toml --now 2026-03-18 --expr spent>1 --profiles people.parquet --events wrong.parquet",
    );
    assert!(
        error.contains("wrong.parquet:2: `props.amount`:") && error.contains(wrong),
        "{error}"
    );

    let binary = Arc::new(BinaryArray::from(vec![&b"x"[..], b"y"])) as ArrayRef;
    write(
        path,
        "binary.parquet",
        [columns, vec![("photo", binary)]].concat(),
    );
    let error =
        refusal("eval --rules rules.toml --now 2026-03-18 --expr viewed --events binary.parquet");
    let expected = "binary.parquet:1: column `photo`: is of the type `Binary`, which nothing in a schema has; cast the column, or leave it out";
    assert!(error.contains(expected), "{error}");
    // A column that no rule asks for is not read where only columns are.
    let error = refusal(&format!(
        "{count} --profiles people.parquet --events binary.parquet"
    ));
    assert!(
        error.contains("column `amount`") && !error.contains("photo"),
        "{error}"
    );

    std::fs::write(path.join("broken.parquet"), b"PAR1 and nothing else").unwrap();
    let error = refusal(&format!(
        "{count} --profiles broken.parquet --events events.parquet"
    ));
    assert!(
        error.contains("broken.parquet: profiles: the Parquet file cannot be read: "),
        "{error}"
    );
    let error =
        refusal("eval --rules rules.toml --now 2026-03-18 --expr viewed --events broken.parquet");
    assert!(
        error.contains("broken.parquet: the Parquet file cannot be read: "),
        "{error}"
    );
}

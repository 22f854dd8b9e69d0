//! What does not fit is refused, in words.

use super::batch;
use segue::Schema;
use segue_arrow::arrow_array::types::Int32Type;
use segue_arrow::arrow_array::*;
use segue_arrow::{ArrowBuilder, EventColumns, ProfileColumns};
use std::sync::Arc;

fn shop() -> Schema {
    serde_json::from_str(
        r#"{"attributes": {"age": {"type": "int", "between": [0, 120]}, "plan": {"type": "enum", "values": ["free", "pro"]},
                "born": "date", "seen": "instant", "home": "place", "interests": "list of string", "spent": "decimal(2)", "vip": "bool",
                "score": "float", "stay": "duration"},
            "events": {"bought": {"properties": {"category": "string", "amount": "decimal(2)"}}, "left": {}}}"#,
    )
    .unwrap()
}

fn named(columns: &[(&str, ArrayRef)]) -> RecordBatch {
    batch(
        columns
            .iter()
            .map(|(name, array)| ((*name).to_owned(), array.clone()))
            .collect(),
    )
}

/// What is said of a column of profiles.
fn said(name: &str, array: ArrayRef) -> String {
    let ids: Int64Array = (0..array.len() as i64).collect::<Vec<_>>().into();
    let mut builder = ArrowBuilder::new(&shop());
    let error = builder
        .profiles(
            &named(&[("id", Arc::new(ids)), (name, array)]),
            &ProfileColumns::default(),
        )
        .unwrap_err();
    let text = error.to_string();
    assert_eq!(
        builder.finish().unwrap_err().to_string(),
        text,
        "every later call gives the same error"
    );
    text
}

#[test]
fn values_that_do_not_fit_name_batch_row_and_column() {
    let cases: &[(&str, ArrayRef, &str)] = &[
        (
            "age",
            Arc::new(Float64Array::from(vec![1.0, 1.5])),
            "profiles, batch 1, row 1, column `age`: `1.5` is not an `int`; round it, or declare the type as `decimal(1)`",
        ),
        (
            "age",
            Arc::new(Float64Array::from(vec![1e300])),
            &format!(
                "profiles, batch 1, row 0, column `age`: `1{}` is out of range for `int` (-9223372036854775808 to 18446744073709551615); correct it, or declare the type as `float`",
                "0".repeat(300)
            ),
        ),
        (
            "age",
            Arc::new(Int64Array::from(vec![57, 121])),
            "profiles, batch 1, row 1, column `age`: `121` is not between 0 and 120; correct it, or change `between` in the schema",
        ),
        (
            "age",
            Arc::new(StringArray::from(vec!["57"])),
            "profiles, batch 1, column `age`: is of the type `Utf8`, and the schema wants `int`; cast it to integers, floats or decimals, or declare the type as `string`",
        ),
        (
            "spent",
            Arc::new(Float64Array::from(vec![Some(9.9), None, Some(9.999)])),
            "profiles, batch 1, row 2, column `spent`: `9.999` has more than 2 digits after the decimal point; round it, or declare the type as `decimal(3)`",
        ),
        (
            "spent",
            Arc::new(
                Decimal128Array::from(vec![i128::from(i64::MAX)])
                    .with_precision_and_scale(38, 0)
                    .unwrap(),
            ),
            "profiles, batch 1, row 0, column `spent`: `9223372036854775807` is out of range for `decimal(2)`; correct it, or declare the type as `float`",
        ),
        (
            "plan",
            Arc::new(StringArray::from(vec!["free", "gold"])),
            "profiles, batch 1, row 1, column `plan`: `gold` is not one of its values (free, pro); correct it, or add it to `values`",
        ),
        (
            "plan",
            Arc::new(Int32Array::from(vec![0])),
            "profiles, batch 1, column `plan`: is of the type `Int32`, and the schema wants `enum`; cast it to text, plain or with a dictionary, or declare the type as `int`",
        ),
        (
            "vip",
            Arc::new(Int8Array::from(vec![1])),
            "profiles, batch 1, column `vip`: is of the type `Int8`, and the schema wants `bool`; cast it to booleans, or declare the type as `int`",
        ),
        (
            "score",
            Arc::new(BooleanArray::from(vec![true])),
            "profiles, batch 1, column `score`: is of the type `Boolean`, and the schema wants `float`; cast it to integers, floats or decimals, or declare the type as `bool`",
        ),
        (
            "born",
            Arc::new(TimestampSecondArray::from(vec![86_400, 3_600])),
            "profiles, batch 1, row 1, column `born`: `1970-01-01T01:00:00Z` is an instant within a day; cast the column to dates, or declare the type as `instant`",
        ),
        (
            "born",
            Arc::new(TimestampSecondArray::from(vec![0]).with_timezone("UTC")),
            "profiles, batch 1, column `born`: is of the type `Timestamp(s, \"UTC\")`, and the schema wants `date`; cast it to dates, timestamps without a zone, or text such as `2026-01-31`, or declare the type as `instant`",
        ),
        (
            "born",
            Arc::new(Date32Array::from(vec![i32::MAX])),
            "profiles, batch 1, row 0, column `born`: 2147483647 days since 1970 lie beyond the years 1 to 9999; correct it",
        ),
        (
            "born",
            Arc::new(Date64Array::from(vec![1])),
            "profiles, batch 1, row 0, column `born`: 1 milliseconds are no whole day; cast the column to 32-bit dates",
        ),
        (
            "seen",
            Arc::new(TimestampMillisecondArray::from(vec![i64::MAX])),
            "profiles, batch 1, row 0, column `seen`: 9223372036854775807 of the unit `Millisecond` are out of range; correct it, or the column's unit",
        ),
        (
            "seen",
            Arc::new(TimestampMicrosecondArray::from(vec![i64::MAX])),
            "profiles, batch 1, row 0, column `seen`: 9223372036854775807 microseconds since 1970 lie beyond the years 1 to 9999; correct it, or the column's unit",
        ),
        (
            "seen",
            Arc::new(StringArray::from(vec!["yesterday"])),
            "profiles, batch 1, row 0, column `seen`: `yesterday` is not an instant such as `2026-01-31T12:00:00Z`; correct it, or change the type in the schema",
        ),
        (
            "stay",
            Arc::new(Int64Array::from(vec![5])),
            "profiles, batch 1, column `stay`: is of the type `Int64`, and the schema wants `duration`; cast it to durations, or text such as `3 days`, or declare the type as `int`",
        ),
        (
            "home",
            Arc::new(Float64Array::from(vec![5.0])),
            "profiles, batch 1, column `home`: is of the type `Float64`, and the schema wants `place`; cast it to structs of the fields `lat` and `lon`, or declare the type as `float`",
        ),
        (
            "interests",
            Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([
                Some(1),
            ])])),
            "profiles, batch 1, column `interests`: is of the type `Int32`, and the schema wants `string`; cast it to text, plain or with a dictionary, or declare the type as `int`",
        ),
        (
            "score",
            Arc::new(BinaryArray::from(vec![&b"x"[..]])),
            "profiles, batch 1, column `score`: is of the type `Binary`, and the schema wants `float`; cast it to integers, floats or decimals",
        ),
    ];
    for (name, array, expected) in cases {
        assert_eq!(said(name, array.clone()), *expected);
    }
}

#[test]
fn an_item_is_shown_in_the_row_of_its_list() {
    let mut lists = builder::ListBuilder::new(builder::StringBuilder::new());
    lists.extend([
        Some(vec![Some("tv"), Some("radio")]),
        None,
        Some(vec![Some("tv"), None]),
    ]);
    assert_eq!(
        said("interests", Arc::new(lists.finish())),
        "profiles, batch 1, row 2, column `interests`: an item of its list is missing; leave it out"
    );
}

#[test]
fn profiles_have_one_id_each() {
    let refused = |columns: &[(&str, ArrayRef)], of: &ProfileColumns| {
        ArrowBuilder::new(&shop())
            .profiles(&named(columns), of)
            .unwrap_err()
            .to_string()
    };
    let of = ProfileColumns::default();
    let ids = |ids: Vec<Option<&str>>| Arc::new(StringArray::from(ids)) as ArrayRef;
    assert_eq!(
        refused(&[("id", ids(vec![Some("a"), None]))], &of),
        "profiles, batch 1, row 1, column `id`: is missing; every profile has an id"
    );
    assert_eq!(
        refused(&[("id", ids(vec![Some("a"), Some("b"), Some("a")]))], &of),
        "profiles, batch 1, row 2, column `id`: there is a profile `a` already; keep one of them"
    );
    assert_eq!(
        refused(&[("customer", ids(vec![]))], &of),
        "profiles, batch 1: there is no column `id`; the columns are `customer`; name the one of the ids by `ProfileColumns::id`"
    );
    assert_eq!(
        refused(&[("id", Arc::new(Float64Array::from(vec![1.0])))], &of),
        "profiles, batch 1, column `id`: `Float64` is no type of ids; cast it to text, whole numbers, or UUIDs of 16 bytes"
    );
    let number: ArrayRef = Arc::new(Int8Array::from(vec![1]));
    assert_eq!(
        refused(
            &[("id", number.clone()), ("shoe", number.clone())],
            &of.clone().refuse_unknown()
        ),
        "profiles, batch 1, column `shoe`: the schema has no such attribute; declare it there, rename or remove the column, or do not refuse unknown columns"
    );
    assert_eq!(
        refused(
            &[
                ("id", number.clone()),
                ("age", number.clone()),
                ("years", number)
            ],
            &of.rename("years", "age")
        ),
        "profiles, batch 1, column `years`: is `age` of the schema, and so is the column `age`; remove one"
    );
}

#[test]
fn events_are_somebodys_of_some_kind_at_some_instant() {
    let text = |texts: Vec<Option<&str>>| Arc::new(StringArray::from(texts)) as ArrayRef;
    let days = |days: Vec<Option<i32>>| Arc::new(Date32Array::from(days)) as ArrayRef;
    let owners = || text(vec![Some("a"), Some("b")]);
    let kinds = || text(vec![Some("left"), Some("bought")]);
    let at = || days(vec![Some(1), Some(2)]);
    let refused = |columns: &[(&str, ArrayRef)], of: &EventColumns| {
        let mut builder = ArrowBuilder::new(&shop());
        builder
            .profiles(&named(&[("id", owners())]), &ProfileColumns::default())
            .unwrap();
        let error = builder.events(&named(columns), of).unwrap_err();
        error.to_string()
    };
    let of = EventColumns::default();
    let cases: &[(&[(&str, ArrayRef)], &str)] = &[
        (
            &[
                ("profile", text(vec![Some("a"), Some("c")])),
                ("kind", kinds()),
                ("at", at()),
            ],
            "events, batch 1, row 1, column `profile`: there is no profile `c`; add it before its events, or say what becomes of them by `EventColumns::strangers`",
        ),
        (
            &[
                ("profile", text(vec![Some("a"), None])),
                ("kind", kinds()),
                ("at", at()),
            ],
            "events, batch 1, row 1, column `profile`: is missing; say whose the event is",
        ),
        (
            &[
                ("profile", owners()),
                ("kind", text(vec![None, Some("left")])),
                ("at", at()),
            ],
            "events, batch 1, row 0, column `kind`: is missing; say of which kind the event is",
        ),
        (
            &[
                ("profile", owners()),
                ("kind", text(vec![Some("left"), Some("sold")])),
                ("at", at()),
            ],
            "events, batch 1, row 1, column `kind`: the schema has no kind `sold` of events, it has `bought`, `left`; correct it, declare it, or skip such events by `EventColumns::skip_unknown_kinds`",
        ),
        (
            &[
                ("profile", owners()),
                ("kind", kinds()),
                ("at", days(vec![Some(1), None])),
            ],
            "events, batch 1, row 1, column `at`: is missing; say when it was",
        ),
        (
            &[
                ("profile", owners()),
                ("kind", kinds()),
                ("at", Arc::new(Int64Array::from(vec![1, 2]))),
            ],
            "events, batch 1, column `at`: is of the type `Int64`, and the schema wants `instant`; cast it to timestamps, dates, or text such as `2026-01-31T12:00:00Z`, or declare the type as `int`",
        ),
        // The first row is of a kind that has no such property.
        (
            &[
                ("profile", owners()),
                ("kind", kinds()),
                ("at", at()),
                ("amount", Arc::new(Float64Array::from(vec![0.001, 0.002]))),
            ],
            "events, batch 1, row 1, column `amount`: `0.002` has more than 2 digits after the decimal point; round it, or declare the type as `decimal(3)`",
        ),
        (
            &[("profile", owners()), ("kind", kinds())],
            "events, batch 1: there is no column `at`; the columns are `profile`, `kind`; name the one of the instants by `EventColumns::at`",
        ),
        (
            &[("at", at()), ("kind", kinds())],
            "events, batch 1: there is no column `profile`; the columns are `at`, `kind`; name the one that says whose an event is by `EventColumns::profile`",
        ),
        (
            &[("profile", owners()), ("at", at())],
            "events, batch 1: there is no column `kind`; the columns are `profile`, `at`; name the one of the kinds by `EventColumns::kind_column`, or the kind by `EventColumns::kind`",
        ),
    ];
    for (columns, expected) in cases {
        assert_eq!(refused(columns, &of), *expected);
    }
    assert_eq!(
        refused(
            &[("profile", owners()), ("at", at())],
            &of.clone().kind("sold")
        ),
        "events, batch 1: the schema has no kind `sold` of events, it has `bought`, `left`; correct it, declare it, or skip such events by `EventColumns::skip_unknown_kinds`"
    );
    assert_eq!(
        refused(
            &[
                ("profile", owners()),
                ("kind", kinds()),
                ("at", at()),
                ("colour", kinds())
            ],
            &of.refuse_unknown()
        ),
        "events, batch 1, column `colour`: the schema has no such property; declare it there, rename or remove the column, or do not refuse unknown columns"
    );
}

#[test]
fn rows_of_files_are_counted_through_their_batches() {
    let ids: Int64Array = (0..40_000).collect::<Vec<_>>().into();
    let ages: Float64Array = (0..40_000)
        .map(|row| if row == 39_999 { Some(0.5) } else { Some(1.0) })
        .collect();
    let people = named(&[("id", Arc::new(ids)), ("age", Arc::new(ages))]);
    for compression in super::compressions() {
        let file = super::parquet(std::slice::from_ref(&people), compression);
        let error = ArrowBuilder::new(&shop())
            .profiles_of_parquet(file, &ProfileColumns::default())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "profiles, row 39999, column `age`: `0.5` is not an `int`; round it, or declare the type as `decimal(1)`"
        );
    }
    let error = ArrowBuilder::new(&shop())
        .events_of_parquet(
            bytes::Bytes::from_static(b"no file"),
            &EventColumns::default(),
        )
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("events: the Parquet file cannot be read: "),
        "{error}"
    );
}

//! Every type of Arrow that is read, by hand.

use super::{batch, instant};
use segue::population::Population;
use segue::{Rule, Schema};
use segue_arrow::arrow_array::types::{Float32Type, Int8Type};
use segue_arrow::arrow_array::*;
use segue_arrow::{
    ArrowBuilder, EventColumns, LeftOut, ProfileColumns, Strangers, members_as_booleans,
    members_as_ids,
};
use std::sync::Arc;

fn of(schema: &str, column: ArrayRef) -> Population {
    let schema: Schema =
        serde_json::from_str(&format!(r#"{{"attributes": {{"it": {schema}}}}}"#)).unwrap();
    let ids: StringArray = (0..column.len()).map(|row| Some(row.to_string())).collect();
    let people = batch(vec![
        ("id".to_owned(), Arc::new(ids)),
        ("it".to_owned(), column),
    ]);
    let mut builder = ArrowBuilder::new(&schema).zone("Europe/Rome".parse().unwrap());
    builder
        .profiles(&people, &ProfileColumns::default())
        .unwrap();
    builder.finish().unwrap()
}

/// The rows for which a rule holds.
fn rows(population: &Population, rule: &str) -> Vec<usize> {
    let rule = Rule::check(rule, population.schema()).unwrap_or_else(|e| panic!("{rule}: {e:?}"));
    let members = population
        .members(&rule, instant("2026-03-18T12:00:00Z"))
        .unwrap();
    members.iter().collect()
}

#[test]
fn numbers_of_any_width_are_read() {
    macro_rules! ints {
        ($($array:ident),*) => {$(
            let array: ArrayRef = Arc::new($array::from(vec![Some(7), None, Some(100)]));
            for ty in [r#""int""#, r#""decimal(2)""#, r#""float""#] {
                let population = of(ty, array.clone());
                assert_eq!(rows(&population, "it = 7"), [0], "{}", stringify!($array));
                assert_eq!(rows(&population, "it is missing"), [1]);
                assert_eq!(rows(&population, "it >= 100"), [2]);
            }
        )*};
    }
    ints!(
        Int8Array,
        Int16Array,
        Int32Array,
        Int64Array,
        UInt8Array,
        UInt16Array,
        UInt32Array,
        UInt64Array
    );
    let ends = of(r#""int""#, Arc::new(UInt64Array::from(vec![u64::MAX, 0])));
    assert_eq!(rows(&ends, "it = 18446744073709551615"), [0]);
    let least = of(
        r#""int""#,
        Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX])),
    );
    assert_eq!(rows(&least, "it < 0"), [0]);
    assert_eq!(rows(&least, "it = 9223372036854775807"), [1]);
}

#[test]
fn floats_are_what_their_text_says_and_missing_if_not_finite() {
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![
        Some(9.9),
        None,
        Some(f64::NAN),
        Some(f64::INFINITY),
        Some(-3.0),
    ]));
    for ty in [r#""decimal(1)""#, r#""decimal(2)""#, r#""float""#] {
        let population = of(ty, floats.clone());
        assert_eq!(rows(&population, "it = 9.9"), [0]);
        assert_eq!(rows(&population, "it is missing"), [1, 2, 3]);
    }
    let singles = of(
        r#""decimal(1)""#,
        Arc::new(Float32Array::from(vec![0.1, 100.5])),
    );
    assert_eq!(rows(&singles, "it = 0.1"), [0]);
    // Data frames write integers so where some are missing.
    let whole = of(
        r#""int""#,
        Arc::new(Float64Array::from(vec![Some(47.0), Some(f64::NAN)])),
    );
    assert_eq!(rows(&whole, "it = 47"), [0]);
}

#[test]
fn decimals_of_any_width_and_scale_are_read() {
    let wide = Decimal128Array::from(vec![1990, 5])
        .with_precision_and_scale(38, 2)
        .unwrap();
    let population = of(r#""decimal(3)""#, Arc::new(wide));
    assert_eq!(rows(&population, "it = 19.9"), [0]);
    let narrow = Decimal32Array::from(vec![1900, 500])
        .with_precision_and_scale(9, 2)
        .unwrap();
    assert_eq!(rows(&of(r#""int""#, Arc::new(narrow)), "it = 19"), [0]);
    let thousands = Decimal64Array::from(vec![3, 4])
        .with_precision_and_scale(9, -3)
        .unwrap();
    assert_eq!(rows(&of(r#""int""#, Arc::new(thousands)), "it = 3000"), [0]);
}

#[test]
fn texts_of_every_layout_are_read() {
    let texts = || vec![Some("pro"), None, Some("free")].into_iter();
    let arrays: [ArrayRef; 4] = [
        Arc::new(texts().collect::<StringArray>()),
        Arc::new(texts().collect::<LargeStringArray>()),
        Arc::new(texts().collect::<StringViewArray>()),
        Arc::new(texts().collect::<DictionaryArray<Int8Type>>()),
    ];
    for array in arrays {
        for ty in [
            r#""string""#,
            r#"{"type": "enum", "values": ["free", "pro"]}"#,
        ] {
            let population = of(ty, array.clone());
            assert_eq!(
                rows(&population, r#"it = "pro""#),
                [0],
                "{:?}",
                array.data_type()
            );
            assert_eq!(rows(&population, "it is missing"), [1]);
        }
    }
    // Null in the dictionary, and a dictionary of what is no text.
    let values: StringArray = [Some("pro"), None].into_iter().collect();
    let coded = DictionaryArray::<Int8Type>::new(
        Int8Array::from(vec![Some(1), Some(0), None]),
        Arc::new(values),
    );
    let population = of(r#""string""#, Arc::new(coded));
    assert_eq!(rows(&population, "it is missing"), [0, 2]);
    let numbers = DictionaryArray::<Int8Type>::new(
        Int8Array::from(vec![1, 0, 1]),
        Arc::new(Float64Array::from(vec![0.5, 19.9])),
    );
    assert_eq!(
        rows(&of(r#""decimal(1)""#, Arc::new(numbers)), "it = 19.9"),
        [0, 2]
    );
}

#[test]
fn dates_instants_and_durations_of_every_unit_are_read() {
    let day = 20_514; // 2 March 2026
    for array in [
        Arc::new(Date32Array::from(vec![day])) as ArrayRef,
        Arc::new(Date64Array::from(vec![i64::from(day) * 86_400_000])),
        Arc::new(TimestampSecondArray::from(vec![i64::from(day) * 86_400])),
        Arc::new(StringArray::from(vec!["2026-03-02"])),
    ] {
        assert_eq!(
            rows(&of(r#""date""#, array.clone()), "it = 2026-03-02"),
            [0],
            "{array:?}"
        );
    }
    // A date is the start of its day in the zone: 1 March, 23:00 UTC.
    let started = of(r#""instant""#, Arc::new(Date32Array::from(vec![day])));
    assert_eq!(rows(&started, "it = 2026-03-01T23:00:00Z"), [0]);
    let seconds = 1_772_409_600; // 2 March 2026, 00:00 UTC
    let arrays: [ArrayRef; 6] = [
        Arc::new(TimestampSecondArray::from(vec![seconds])),
        Arc::new(
            TimestampMillisecondArray::from(vec![seconds * 1_000]).with_timezone("Europe/Rome"),
        ),
        Arc::new(
            TimestampMicrosecondArray::from(vec![seconds * 1_000_000]).with_timezone("+02:00"),
        ),
        Arc::new(
            TimestampNanosecondArray::from(vec![seconds * 1_000_000_000 + 999])
                .with_timezone("UTC"),
        ),
        Arc::new(TimestampNanosecondArray::from(vec![
            seconds * 1_000_000_000,
        ])),
        Arc::new(StringArray::from(vec!["2026-03-02T01:00:00+01:00"])),
    ];
    for array in arrays {
        assert_eq!(
            rows(
                &of(r#""instant""#, array.clone()),
                "it = 2026-03-02T00:00:00Z"
            ),
            [0],
            "{array:?}"
        );
    }
    let arrays: [ArrayRef; 5] = [
        Arc::new(DurationSecondArray::from(vec![90])),
        Arc::new(DurationMillisecondArray::from(vec![90_000])),
        Arc::new(DurationMicrosecondArray::from(vec![90_000_000])),
        Arc::new(DurationNanosecondArray::from(vec![90_000_000_000])),
        Arc::new(StringArray::from(vec!["90 seconds"])),
    ];
    for array in arrays {
        let population = of(r#""duration""#, array.clone());
        assert_eq!(rows(&population, "it = 90 seconds"), [0], "{array:?}");
    }
}

#[test]
fn lists_structs_and_columns_of_null_are_read() {
    let lists = ListArray::from_iter_primitive::<Float32Type, _, _>([
        Some(vec![Some(1.0), Some(2.0)]),
        None,
        Some(vec![]),
    ]);
    // The first list is not in the slice.
    let population = of(r#""list of int""#, Arc::new(lists.slice(1, 2)));
    assert_eq!(rows(&population, "it is missing"), [0]);
    let population = of(r#""list of int""#, Arc::new(lists));
    assert_eq!(rows(&population, "it contains 2"), [0]);
    for ty in [
        "bool",
        "int",
        "decimal(2)",
        "float",
        "string",
        "date",
        "instant",
        "duration",
        "place",
        "list of string",
    ] {
        let population = of(&format!("\"{ty}\""), Arc::new(NullArray::new(2)));
        assert_eq!(rows(&population, "it is missing"), [0, 1], "{ty}");
    }
}

#[test]
fn fields_of_structs_are_columns_with_dotted_names() {
    let schema: Schema = serde_json::from_str(
        r#"{"attributes": {"consent.email": "bool"}, "events": {"bought": {"properties": {"amount": "int"}}}}"#,
    )
    .unwrap();
    let emails: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), Some(true), None]));
    let field = |name: &str, array: &ArrayRef| {
        Arc::new(segue_arrow::arrow_schema::Field::new(
            name,
            array.data_type().clone(),
            true,
        ))
    };
    let consents = StructArray::new(
        vec![field("email", &emails)].into(),
        vec![emails],
        Some(vec![true, false, true].into()),
    );
    let people = batch(vec![
        ("id".to_owned(), Arc::new(Int32Array::from(vec![1, 2, 3]))),
        ("consent".to_owned(), Arc::new(consents)),
    ]);
    let amounts: ArrayRef = Arc::new(Int8Array::from(vec![5]));
    let props = StructArray::new(vec![field("amount", &amounts)].into(), vec![amounts], None);
    let events = batch(vec![
        ("profile".to_owned(), Arc::new(StringArray::from(vec!["3"]))),
        (
            "kind".to_owned(),
            Arc::new(StringArray::from(vec!["bought"])),
        ),
        ("at".to_owned(), Arc::new(Date32Array::from(vec![20_000]))),
        ("props".to_owned(), Arc::new(props)),
    ]);
    let mut builder = ArrowBuilder::new(&schema);
    builder
        .profiles(&people, &ProfileColumns::default())
        .unwrap();
    builder.events(&events, &EventColumns::default()).unwrap();
    let population = builder.finish().unwrap();
    assert_eq!(rows(&population, "consent.email"), [0]);
    assert_eq!(rows(&population, "consent.email is missing"), [1, 2]);
    assert_eq!(rows(&population, "sum(bought.amount) = 5"), [2]);
}

#[test]
fn strangers_and_unknown_kinds_become_what_was_said() {
    let schema: Schema = serde_json::from_str(r#"{"events": {"seen": {}}}"#).unwrap();
    let uuids =
        FixedSizeBinaryArray::try_from_iter([[0_u8; 16], [1; 16], [0; 16], [2; 16]].into_iter())
            .unwrap();
    let events = batch(vec![
        ("profile".to_owned(), Arc::new(uuids)),
        (
            "kind".to_owned(),
            Arc::new(StringArray::from(vec!["seen", "heard", "seen", "felt"])),
        ),
        (
            "at".to_owned(),
            Arc::new(Date32Array::from(vec![20_000; 4])),
        ),
    ]);
    let mut added = ArrowBuilder::new(&schema);
    let of = EventColumns::default().skip_unknown_kinds();
    added
        .events(
            &events,
            &of.clone().strangers(Strangers::Add).leave_out("felt"),
        )
        .unwrap();
    assert_eq!(added.left_out().unknown_kinds.get("heard"), Some(&1));
    let population = added.finish().unwrap();
    assert_eq!((population.len(), population.events()), (2, 2));
    assert_eq!(
        population.id(1).map(|id| id.to_string()).as_deref(),
        Some("02020202-0202-0202-0202-020202020202")
    );
    let rule = Rule::check("seen", &schema).unwrap();
    let seen = population
        .members(&rule, instant("2026-01-01T00:00:00Z"))
        .unwrap();
    assert_eq!(
        members_as_booleans(&seen),
        BooleanArray::from(vec![true, false])
    );
    assert_eq!(
        members_as_ids(&population, &seen),
        StringArray::from(vec!["00000000-0000-0000-0000-000000000000"])
    );

    let mut skipped = ArrowBuilder::new(&schema);
    skipped
        .events(&events, &of.strangers(Strangers::Skip))
        .unwrap();
    let LeftOut {
        strangers,
        unknown_kinds,
        ..
    } = skipped.left_out().clone();
    assert_eq!((strangers, unknown_kinds.len()), (2, 2));
    assert_eq!(skipped.finish().unwrap().events(), 0);
}

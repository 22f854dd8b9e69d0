//! Parquet files as lines of JSON.

use super::{batch, parquet};
use arrow_buffer::OffsetBuffer;
use segue::Schema;
use segue::profile::Record;
use segue_arrow::ParquetLines;
use segue_arrow::arrow_array::types::Int8Type;
use segue_arrow::arrow_array::*;
use segue_arrow::arrow_schema::Field;
use segue_arrow::parquet_crate::basic::Compression;
use std::io::Read as _;
use std::sync::Arc;

fn lines(columns: Vec<(&str, ArrayRef)>) -> String {
    let columns = columns
        .into_iter()
        .map(|(name, array)| (name.to_owned(), array));
    let file = parquet(&[batch(columns.collect())], Compression::SNAPPY);
    let mut text = String::new();
    ParquetLines::new(file)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn structs(fields: Vec<(&str, ArrayRef)>, valid: Vec<bool>) -> StructArray {
    let (fields, arrays): (Vec<_>, Vec<_>) = fields
        .into_iter()
        .map(|(name, array)| {
            (
                Arc::new(Field::new(name, array.data_type().clone(), true)),
                array,
            )
        })
        .unzip();
    StructArray::new(fields.into(), arrays, Some(valid.into()))
}

#[test]
fn a_profile_is_a_line_with_everything_that_is_known() {
    let texts = |texts: Vec<Option<&str>>| Arc::new(StringArray::from(texts)) as ArrayRef;
    let coded: DictionaryArray<Int8Type> = [Some("pro \"x\""), None].into_iter().collect();
    let numbers = DictionaryArray::<Int8Type>::new(
        Int8Array::from(vec![0, 0]),
        Arc::new(Int64Array::from(vec![7])),
    );
    let pets = structs(
        vec![("species", texts(vec![Some("dog"), Some("cat"), None]))],
        vec![true; 3],
    );
    let field = Arc::new(Field::new_list_field(pets.data_type().clone(), true));
    let pets = ListArray::new(
        field,
        OffsetBuffer::from_lengths([2, 1]),
        Arc::new(pets),
        Some(vec![true, false].into()),
    );
    let home = structs(
        vec![
            ("lat", Arc::new(Float64Array::from(vec![52.5, 0.0]))),
            ("lon", Arc::new(Float64Array::from(vec![13.0, 0.0]))),
        ],
        vec![true, false],
    );
    let consent = structs(
        vec![("email", Arc::new(BooleanArray::from(vec![true, true])))],
        vec![true, false],
    );
    let decimals = Decimal128Array::from(vec![-5, 1990])
        .with_precision_and_scale(9, 2)
        .unwrap();
    let text = lines(vec![
        ("id", Arc::new(Int32Array::from(vec![-1, 18]))),
        ("plan", Arc::new(coded)),
        ("shoes", Arc::new(numbers)),
        ("score", Arc::new(Float64Array::from(vec![1.0, f64::NAN]))),
        ("spent", Arc::new(decimals)),
        ("born", Arc::new(Date32Array::from(vec![Some(0), None]))),
        (
            "seen",
            Arc::new(TimestampMillisecondArray::from(vec![Some(1500), None])),
        ),
        ("home", Arc::new(home)),
        ("consent", Arc::new(consent)),
        ("pets", Arc::new(pets)),
        (
            "interests",
            Arc::new(ListArray::from_iter_primitive::<Int8Type, _, _>([
                Some(vec![Some(1), Some(2)]),
                None,
            ])),
        ),
    ]);
    let expected = concat!(
        r#"{"id":"-1","plan":"pro \"x\"","shoes":7,"score":1.0,"spent":-0.05,"born":"1970-01-01","seen":"1970-01-01T00:00:01.500000Z","#,
        r#""home":{"lat":52.5,"lon":13.0},"consent":{"email":true},"pets":[{"species":"dog"},{"species":"cat"}],"interests":[1,2]}"#,
        "\n",
        r#"{"id":"18","shoes":7,"spent":19.90}"#,
        "\n"
    );
    assert_eq!(text, expected);
    let schema: Schema = serde_json::from_str(
        r#"{"attributes": {"plan": "string", "shoes": "int", "score": "float", "spent": "decimal(2)", "born": "date", "seen": "instant",
                "home": "place", "consent.email": "bool", "interests": "list of int"},
            "relations": {"pets": {"properties": {"species": "string"}}}}"#,
    )
    .unwrap();
    for line in text.lines() {
        Record::from_json(&schema, line).unwrap();
    }
}

#[test]
fn an_event_is_a_line_with_its_properties_inside() {
    let two = |text| Arc::new(StringArray::from(vec![text; 2])) as ArrayRef;
    let props = structs(
        vec![("amount", Arc::new(Int8Array::from(vec![5, 6])))],
        vec![true, true],
    );
    let text = lines(vec![
        (
            "at",
            Arc::new(TimestampSecondArray::from(vec![0, 60]).with_timezone("UTC")),
        ),
        ("profile", Arc::new(UInt64Array::from(vec![17, 18]))),
        ("colour", two("red")),
        ("kind", two("bought")),
        ("props", Arc::new(props)),
        ("id", Arc::new(Int64Array::from(vec![Some(1), None]))),
    ]);
    let expected = concat!(
        r#"{"at":"1970-01-01T00:00:00Z","profile":"17","kind":"bought","id":"1","props":{"colour":"red","amount":5}}"#,
        "\n",
        r#"{"at":"1970-01-01T00:01:00Z","profile":"18","kind":"bought","props":{"colour":"red","amount":6}}"#,
        "\n"
    );
    assert_eq!(text, expected);
}

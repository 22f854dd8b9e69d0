//! Writes a made-up population as Parquet files, to read them with `segue`: the same files in every run.
//!
//! `population_files FOLDER PROFILES [by-time]` makes `people.parquet`, `events.parquet` with about ten events of each, and `rules.toml`
//! with three questions. Events stand profile by profile and by time, or, where that is asked for, by time among each hundred thousand
//! profiles.

use segue_arrow::arrow_array::types::Int8Type;
use segue_arrow::arrow_array::{
    ArrayRef, Decimal128Array, DictionaryArray, Int8Array, RecordBatch, StringArray,
    TimestampSecondArray, UInt8Array, UInt64Array,
};
use segue_arrow::parquet_crate::arrow::ArrowWriter;
use segue_arrow::parquet_crate::basic::Compression;
use segue_arrow::parquet_crate::file::properties::WriterProperties;
use segue_benches::population::{Data, FREQUENCIES, KINDS, QUESTIONS, categories};
use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// How many profiles are made at a time.
const PART: usize = 100_000;
const EVENTS_EACH: f64 = 10.0;

type Written = Result<(), Box<dyn Error>>;

fn main() -> Written {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, profiles, order @ ..] = &*arguments else {
        return Err("usage: population_files FOLDER PROFILES [by-time]".into());
    };
    let (folder, profiles) = (Path::new(folder), profiles.parse::<usize>()?);
    let is_by_time = match order {
        [] => false,
        [order] if order == "by-time" => true,
        _ => return Err("the order of events is `by-time`, or nothing".into()),
    };
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("rules.toml"), rules())?;
    let (mut people, mut events) = (None, None);
    for (part, first) in (0..profiles).step_by(PART).enumerate() {
        let data = Data::of_part(PART.min(profiles - first), EVENTS_EACH, part as u64);
        write(
            &mut people,
            &folder.join("people.parquet"),
            &people_of(&data, first)?,
        )?;
        write(
            &mut events,
            &folder.join("events.parquet"),
            &events_of(&data, first, is_by_time)?,
        )?;
    }
    for writer in [people, events].into_iter().flatten() {
        let _ = writer.close()?;
    }
    Ok(())
}

fn write(writer: &mut Option<ArrowWriter<File>>, path: &Path, batch: &RecordBatch) -> Written {
    let writer = match writer {
        Some(writer) => writer,
        None => {
            let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
            let file = File::create(path)?;
            writer.insert(ArrowWriter::try_new(
                file,
                batch.schema(),
                Some(properties.build()),
            )?)
        }
    };
    Ok(writer.write(batch)?)
}

/// Texts by their numbers.
fn named(numbers: impl Iterator<Item = u8>, names: &[String]) -> Result<ArrayRef, Box<dyn Error>> {
    let texts = numbers.map(|number| names[usize::from(number)].as_str());
    Ok(Arc::new(texts.collect::<StringArray>()))
}

fn people_of(data: &Data, first: usize) -> Result<RecordBatch, Box<dyn Error>> {
    let ids: UInt64Array = (first..first + data.profiles())
        .map(|id| Some(id as u64))
        .collect();
    let frequencies = StringArray::from(FREQUENCIES.to_vec());
    let codes: Int8Array = data
        .frequency
        .iter()
        .map(|code| Some(*code as i8))
        .collect();
    let frequency = DictionaryArray::<Int8Type>::try_new(codes, Arc::new(frequencies))?;
    Ok(RecordBatch::try_from_iter([
        ("id", Arc::new(ids) as ArrayRef),
        ("age", Arc::new(UInt8Array::from(data.age.clone()))),
        ("frequency", Arc::new(frequency)),
    ])?)
}

fn events_of(data: &Data, first: usize, is_by_time: bool) -> Result<RecordBatch, Box<dyn Error>> {
    let mut owners = vec![0; data.at.len()];
    for (profile, ends) in data.starts.windows(2).enumerate() {
        owners[ends[0]..ends[1]].fill((first + profile) as u64);
    }
    let mut order: Vec<usize> = (0..data.at.len()).collect();
    if is_by_time {
        order.sort_by_key(|event| data.at[*event]);
    }
    let kinds: Vec<String> = KINDS.iter().map(|kind| (*kind).to_owned()).collect();
    let owners: UInt64Array = order.iter().map(|event| Some(owners[*event])).collect();
    let at: TimestampSecondArray = order.iter().map(|event| Some(data.at[*event])).collect();
    let amounts = order.iter().map(|event| {
        let cents = data.cents[*event];
        (cents > 0).then_some(i128::from(cents))
    });
    let amounts: Decimal128Array = amounts.collect();
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("profile", Arc::new(owners) as ArrayRef, false),
        (
            "kind",
            named(order.iter().map(|event| data.kind[*event]), &kinds)?,
            false,
        ),
        ("at", Arc::new(at.with_timezone("UTC")), false),
        (
            "category",
            named(
                order.iter().map(|event| data.category[*event]),
                &categories(),
            )?,
            false,
        ),
        (
            "amount",
            Arc::new(amounts.with_precision_and_scale(12, 2)?),
            true,
        ),
    ])?)
}

/// The schema and the questions, as a rule file.
fn rules() -> String {
    let mut text = format!(
        "[schema.attributes]\nage = \"int\"\nfrequency = {{ type = \"enum\", values = {FREQUENCIES:?} }}\n"
    );
    for kind in KINDS {
        let amount = if kind == "purchased" {
            ", amount = \"decimal(2)\""
        } else {
            ""
        };
        text += &format!(
            "\n[schema.events.{kind}]\nsubject = \"category\"\nproperties = {{ category = \"string\"{amount} }}\n"
        );
    }
    text += "\n[segments]\n";
    for question in QUESTIONS {
        text += &format!(
            "{} = '''{}'''\n",
            question.name.to_lowercase(),
            question.rule
        );
    }
    text += "\n[traits]\nspent = \"sum(purchased.amount within 90 days)\"\n";
    text
}

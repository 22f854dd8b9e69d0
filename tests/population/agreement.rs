//! Whatever rules say of a record, they say of the same profile in columns: on random cases and on the corpus.
//!
//! `SEGUE_CASES`, `SEGUE_FIRST` and `SEGUE_SEED` as of `compare.rs`.

use segue::population::{Population, PopulationBuilder};
use segue::profile::{Model, Record};
use segue::schema::Schema;
use segue::{Instant, Rule, ValueRule};
use segue_test_support::corpus;
use segue_test_support::library::{record, rulebook};
use segue_test_support::random::search::{caught, search, seeds};
use segue_test_support::random::shrink::shrink;
use segue_test_support::random::{Case, Gen, Style};
use segue_test_support::reference::until::show;

const CASES: u64 = if cfg!(debug_assertions) { 1500 } else { 20_000 };

fn population(schema: &Schema, records: &[Record]) -> Population {
    let mut builder = PopulationBuilder::new(&Model::for_schema(schema));
    records.iter().for_each(|record| builder.push(record));
    builder.finish().unwrap_or_else(|e| panic!("{e}"))
}

/// The profile of a case among those of its neighbours that have the same schema.
fn records(case: &Case) -> Result<Vec<Record>, String> {
    let neighbours = (1..4).map(|i| Gen::case(case.seed ^ i, Style::Everything));
    let alike = neighbours.filter(|other| other.schema == case.schema);
    let mut records: Vec<Record> = alike
        .filter_map(|other| record(&case.schema, &other.profile.to_string()).ok())
        .collect();
    let own = record(&case.schema, &case.profile.to_string())?;
    records.insert(records.len() / 2, own);
    Ok(records)
}

/// What differs; `None` where the case is refused, as nothing can be compared then.
fn compare(case: &Case) -> Result<(), String> {
    let Ok(book) = rulebook(&case.schema, &case.book) else {
        return Ok(());
    };
    let Ok(rule) = Rule::check_in(&case.expression, book.context()) else {
        return Ok(());
    };
    let records = records(case)?;
    let population = population(&case.schema, &records);
    let of_records = rule
        .bind(&Model::for_schema(&case.schema))
        .map_err(|e| e.to_string())?;
    let of_columns = rule.bind(population.model()).map_err(|e| e.to_string())?;
    let mut now = Instant::from_micros(case.now);
    for _ in 0..3 {
        let members = population.members(&rule, now).map_err(|e| e.to_string())?;
        let mut next = None;
        for (position, record) in records.iter().enumerate() {
            let profile = population.profile(position).ok_or("no profile")?;
            let (expected, work) = of_records.verdict_and_work(record, now);
            let (verdict, of_view) = of_columns.verdict_and_work(&profile, now);
            if verdict != expected {
                return Err(format!(
                    "{now}, {}: {verdict:?}, not {expected:?}",
                    record.id()
                ));
            }
            if work != of_view {
                return Err(format!(
                    "{now}, {}: {of_view} steps, not {work}",
                    record.id()
                ));
            }
            if members.contains(position) != expected.holds {
                return Err(format!(
                    "{now}, {}: members say {}",
                    record.id(),
                    !expected.holds
                ));
            }
            if expected.until.is_some() {
                next = expected.until;
            }
        }
        match next {
            Some(until) => now = until,
            None => break,
        }
    }
    if case.seed.is_multiple_of(4) {
        let position = records.len() / 2;
        let own = records.get(position).zip(population.profile(position));
        let (record, profile) = own.ok_or("no profile")?;
        let expected = of_records.explain(record, now).to_string();
        let explained = of_columns.explain(&profile, now).to_string();
        if explained != expected {
            return Err(format!("explained as\n{explained}\nnot as\n{expected}"));
        }
    }
    Ok(())
}

fn run(
    cases: u64,
    case: impl Fn(u64) -> Case + Sync,
    compare: impl Fn(&Case) -> Result<(), String> + Sync,
) {
    let report = |seed| {
        let fails = |case: &Case| caught(|| compare(case)).err();
        let (small, error) = shrink(&case(seed), fails);
        format!(
            "seed {seed}: {}\n  at {} of {}\n  {error}",
            small.expression,
            show(small.now),
            small.profile
        )
    };
    let found = search(seeds(cases), 5, |seed| compare(&case(seed)), report);
    assert!(found.failed.is_empty(), "{}", found.failed.join("\n\n"));
}

#[test]
fn rules_say_the_same_of_columns_and_records() {
    run(CASES, |seed| Gen::case(seed, Style::Everything), compare);
}

#[test]
fn values_are_the_same_of_columns_and_records() {
    let compare = |case: &Case| {
        let Ok(book) = rulebook(&case.schema, &case.book) else {
            return Ok(());
        };
        let Ok(value) = ValueRule::check_in(&case.expression, book.context()) else {
            return Ok(());
        };
        let records = records(case)?;
        let population = population(&case.schema, &records);
        let of_records = value
            .bind(&Model::for_schema(&case.schema))
            .map_err(|e| e.to_string())?;
        let of_columns = value.bind(population.model()).map_err(|e| e.to_string())?;
        let now = Instant::from_micros(case.now);
        for (position, record) in records.iter().enumerate() {
            let profile = population.profile(position).ok_or("no profile")?;
            let (expected, found) = (of_records.at(record, now), of_columns.at(&profile, now));
            if found != expected {
                return Err(format!("{}: {found:?}, not {expected:?}", record.id()));
            }
        }
        Ok(())
    };
    run(CASES / 2, Gen::value_case, compare);
}

#[test]
fn populations_of_views_are_the_same_again() {
    for seed in 0..200 {
        let case = Gen::case(seed, Style::Everything);
        let of_records = population(&case.schema, &records(&case).unwrap());
        let mut builder = PopulationBuilder::new(of_records.model());
        for position in 0..of_records.len() {
            builder.push(&of_records.profile(position).unwrap());
        }
        let of_views = builder.finish().unwrap();
        assert!(of_views == of_records, "seed {seed}");
        assert_eq!(of_views.bytes(), of_records.bytes(), "seed {seed}");
        let one_less = population(&case.schema, &records(&case).unwrap()[1..]);
        assert!(one_less != of_records, "seed {seed}");
    }
}

#[test]
fn the_corpus_says_the_same_of_columns() {
    let (schema, rows) = (corpus::schema(), corpus::rows());
    let mut records: Vec<Record> = Vec::new();
    let mut places = Vec::new();
    for row in &rows {
        let record = record(&schema, &row.profile.to_string()).unwrap();
        let known = records.iter().position(|known| *known == record);
        places.push(known.unwrap_or_else(|| {
            records.push(record);
            records.len() - 1
        }));
    }
    let population = population(&schema, &records);
    let mut wrong = Vec::new();
    for (row, position) in rows.iter().zip(places) {
        let book = rulebook(&schema, &row.book).unwrap();
        let rule = Rule::check_in(&row.expression, book.context()).unwrap();
        let now = Instant::from_micros(row.now);
        let profile = population.profile(position).unwrap();
        let verdict = rule
            .bind(population.model())
            .unwrap()
            .verdict(&profile, now);
        let until = verdict.until.map(Instant::micros).filter(|_| row.is_exact);
        let found = (verdict.holds, until, verdict.is_exact);
        if found != (row.holds, row.until, row.is_exact) {
            wrong.push(format!("{}: {}: {verdict:?}", row.place, row.expression));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        rows.len() > 500 && records.len() > 20,
        "{} rows",
        rows.len()
    );
}

//! The library under test, behind the same small interface as the reference.

use crate::corpus::Book;
use segue::profile::{Model, Record};
use segue::schema::Schema;
use segue::{Evaluated, Evaluator, Instant, Matcher, Rule, Rulebook, ValueRule, Verdict};

/// A rule bound to records of a schema.
pub struct LibraryRule {
    matcher: Matcher<Record>,
    schema: Schema,
}

impl LibraryRule {
    /// Checks and binds an expression among the names of a rulebook; the error is what the library says about it.
    pub fn new(schema: &Schema, book: &Book, expression: &str) -> Result<LibraryRule, String> {
        let rulebook = rulebook(schema, book)?;
        let rule =
            Rule::check_in(expression, rulebook.context()).map_err(|e| format!("refused: {e}"))?;
        let matcher = rule
            .bind(&Model::for_schema(schema))
            .map_err(|e| format!("not bound: {e}"))?;
        Ok(LibraryRule {
            matcher,
            schema: schema.clone(),
        })
    }

    /// The answer for a profile in JSON.
    pub fn verdict(&self, profile: &str, now: i64) -> Result<Verdict, String> {
        Ok(self.verdict_and_work(profile, now)?.0)
    }

    /// The same, and how many steps that took.
    pub fn verdict_and_work(&self, profile: &str, now: i64) -> Result<(Verdict, u64), String> {
        let record = record(&self.schema, profile)?;
        let now = Instant::from_micros(now);
        let (verdict, work) = self.matcher.verdict_and_work(&record, now);
        if self.matcher.holds(&record, now) != verdict.holds {
            return Err(format!(
                "`holds` and `verdict` differ: verdict says {}",
                verdict.holds
            ));
        }
        Ok((verdict, work))
    }

    /// Whether the rule holds for a profile in JSON at each of some instants.
    pub fn holds(&self, profile: &str, at: &[i64]) -> Result<Vec<bool>, String> {
        let record = record(&self.schema, profile)?;
        let holds = |at: &i64| self.matcher.holds(&record, Instant::from_micros(*at));
        Ok(at.iter().map(holds).collect())
    }
}

/// A value bound to records of a schema.
pub struct LibraryValue {
    evaluator: Evaluator<Record>,
    schema: Schema,
}

impl LibraryValue {
    /// Checks and binds an expression of a value among the names of a rulebook; the error is what the library says about it.
    pub fn new(schema: &Schema, book: &Book, expression: &str) -> Result<LibraryValue, String> {
        let rulebook = rulebook(schema, book)?;
        let rule = ValueRule::check_in(expression, rulebook.context())
            .map_err(|e| format!("refused: {e}"))?;
        let evaluator = rule
            .bind(&Model::for_schema(schema))
            .map_err(|e| format!("not bound: {e}"))?;
        let schema = schema.clone();
        Ok(LibraryValue { evaluator, schema })
    }

    /// The value for a profile in JSON, and until when.
    pub fn at(&self, profile: &str, now: i64) -> Result<Evaluated, String> {
        let record = record(&self.schema, profile)?;
        let now = Instant::from_micros(now);
        let found = self.evaluator.at(&record, now);
        let alone = self.evaluator.value(&record, now);
        if alone != found.value {
            return Err(format!(
                "`value` says {alone:?}, `at` says {:?}",
                found.value
            ));
        }
        Ok(found)
    }
}

/// The rulebook with the names of a book.
pub fn rulebook(schema: &Schema, book: &Book) -> Result<Rulebook, String> {
    let document = serde_json::from_value(book.document()).map_err(|e| format!("rulebook: {e}"))?;
    Rulebook::loader()
        .schema(schema.clone())
        .load_document(document)
        .map_err(|e| format!("refused: {e}"))
}

/// The record of a profile in JSON.
pub fn record(schema: &Schema, profile: &str) -> Result<Record, String> {
    Record::from_json(schema, profile).map_err(|e| format!("profile refused: {e}"))
}

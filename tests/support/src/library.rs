//! The library under test, behind the same small interface as the reference.

use crate::corpus::Book;
use segue::profile::{Model, Record};
use segue::schema::Schema;
use segue::{Instant, Matcher, Rule, Rulebook, Verdict};

/// A rule bound to records of a schema.
pub struct LibraryRule {
    matcher: Matcher<Record>,
    schema: Schema,
}

impl LibraryRule {
    /// Checks and binds an expression among the names of a rulebook; the error is what the library says about it.
    pub fn new(schema: &Schema, book: &Book, expression: &str) -> Result<LibraryRule, String> {
        let document =
            serde_json::from_value(book.document()).map_err(|e| format!("rulebook: {e}"))?;
        let rulebook = Rulebook::loader()
            .schema(schema.clone())
            .load_document(document)
            .map_err(|e| format!("refused: {e}"))?;
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
        let record = Record::from_json(&self.schema, profile)
            .map_err(|e| format!("profile refused: {e}"))?;
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
        let record = Record::from_json(&self.schema, profile)
            .map_err(|e| format!("profile refused: {e}"))?;
        let holds = |at: &i64| self.matcher.holds(&record, Instant::from_micros(*at));
        Ok(at.iter().map(holds).collect())
    }
}

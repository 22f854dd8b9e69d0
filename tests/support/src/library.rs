//! The library under test, behind the same small interface as the reference.

use crate::corpus::Book;
use segue::profile::{Model, Record};
use segue::schema::Schema;
use segue::{Instant, Matcher, Rule, Rulebook};

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

    /// The answer for a profile in JSON, and until when.
    pub fn verdict(&self, profile: &str, now: i64) -> Result<(bool, Option<i64>), String> {
        let record = Record::from_json(&self.schema, profile)
            .map_err(|e| format!("profile refused: {e}"))?;
        let now = Instant::from_micros(now);
        let verdict = self.matcher.verdict(&record, now);
        if self.matcher.holds(&record, now) != verdict.holds {
            return Err(format!(
                "`holds` and `verdict` differ: verdict says {}",
                verdict.holds
            ));
        }
        Ok((verdict.holds, verdict.until.map(Instant::micros)))
    }
}

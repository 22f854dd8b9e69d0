//! Explanations in a few sentences, for people who do not read rules.

use super::report::{
    ChangeKind, Evidence, Explanation, ExplanationNode, PartKind, ReadValue, RowEvidence,
};
use super::tree::short;
use super::value::plain_instant;
use crate::diagnostic::printable;
use crate::time::Instant;

/// The most conditions that are named one by one.
const MAX_NAMED: usize = 3;

impl Explanation {
    /// Two to five plain sentences: the answer, what it rests on, when it will change by itself, and what would change it.
    ///
    /// ```
    /// # use segue::{profile::{Model, Record}, schema::{Field, Schema}, Rule, Type};
    /// # let schema = Schema::builder().attribute(Field::new("age", Type::Int)).build()?;
    /// # let matcher = Rule::check("age > 50", &schema)?.bind(&Model::for_schema(&schema))?;
    /// # let anna = Record::builder(&schema, "anna").set("age", 47).build()?;
    /// let explanation = matcher.explain(&anna, "2026-03-15T09:00:00Z".parse()?).named("best agers");
    /// assert_eq!(explanation.summary(), "anna is not in `best agers` on 2026-03-15 at 09:00. The condition `age > 50` \
    ///     does not hold: age is 47, 4 short. This stays so unless something happens. To get in: have `age` of 51 or more.");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn summary(&self) -> String {
        let at = |t: Instant| plain_instant(t.micros(), self.zone);
        let place = self
            .name
            .as_ref()
            .map_or_else(|| "the segment".to_owned(), |name| format!("`{name}`"));
        let is = if self.holds { "is in" } else { "is not in" };
        let mut sentences = vec![format!(
            "{} {is} {place} on {}.",
            self.profile,
            at(self.now)
        )];
        sentences.extend(why(&self.root));
        sentences.push(match self.until {
            Some(until) if self.is_exact => {
                format!("If nothing happens, this changes on {}.", at(until))
            }
            Some(until) => {
                format!(
                    "If nothing happens, this stays so at least until {}.",
                    at(until)
                )
            }
            None => "This stays so unless something happens.".to_owned(),
        });
        // That time alone will turn it was said already.
        let waiting = self.until.is_some()
            && self
                .changes
                .iter()
                .all(|c| matches!(c.kind, ChangeKind::Wait { .. }));
        if !waiting && !self.changes.is_empty() {
            let changes: Vec<&str> = self
                .changes
                .iter()
                .map(|c| c.text.as_str())
                .take(MAX_NAMED)
                .collect();
            let more = self.changes.len() - changes.len();
            let rest = if more > 0 {
                format!("; and {more} more")
            } else {
                String::new()
            };
            sentences.push(format!(
                "To get {}: {}{rest}.",
                if self.holds { "out" } else { "in" },
                changes.join("; and ")
            ));
        }
        printable(&sentences.join(" ")).into_owned()
    }
}

/// What the answer rests on.
fn why(part: &ExplanationNode) -> Option<String> {
    // What has one part says what that part says.
    if let (PartKind::Segment { .. } | PartKind::Tag { .. } | PartKind::Case { .. }, [only]) =
        (&part.kind, &part.parts[..])
    {
        return why(only);
    }
    let n = part.parts.len();
    let deciding: Vec<&ExplanationNode> = part
        .parts
        .iter()
        .filter(|p| p.holds == part.holds)
        .collect();
    let named = || {
        let mut named: Vec<String> = deciding.iter().take(MAX_NAMED).map(|p| named(p)).collect();
        if deciding.len() > named.len() {
            named.push(format!("and {} more", deciding.len() - named.len()));
        }
        named.join("; ")
    };
    Some(match (&part.kind, part.holds) {
        (PartKind::All, true) if n == 2 => format!("Both conditions hold: {}.", named()),
        (PartKind::All, true) => format!("All {n} conditions hold: {}.", named()),
        (PartKind::All, false) if deciding.len() == n && n == 2 => {
            format!("Neither condition holds: {}.", named())
        }
        (PartKind::All, false) if deciding.len() == n => {
            format!("None of the {n} conditions holds: {}.", named())
        }
        (PartKind::All, false) if deciding.len() == 1 => {
            format!("Of {n} conditions, one does not hold: {}.", named())
        }
        (PartKind::All, false) => format!(
            "Of {n} conditions, {} do not hold: {}.",
            deciding.len(),
            named()
        ),
        (PartKind::Any, true) if deciding.len() == n && n == 2 => {
            format!("Both alternatives hold: {}.", named())
        }
        (PartKind::Any, false) if n == 2 => format!("Neither alternative holds: {}.", named()),
        (PartKind::Any, true) if deciding.len() == 1 => {
            format!("Of {n} alternatives, one holds: {}.", named())
        }
        (PartKind::Any, true) => {
            format!("Of {n} alternatives, {} hold: {}.", deciding.len(), named())
        }
        (PartKind::Any, false) => format!("None of the {n} alternatives holds: {}.", named()),
        (_, holds) => {
            let facts =
                facts(part, &part.text).map_or_else(String::new, |facts| format!(": {facts}"));
            format!(
                "The condition `{}` {}{facts}.",
                part.text,
                if holds { "holds" } else { "does not hold" }
            )
        }
    })
}

/// A condition with what it read.
fn named(part: &ExplanationNode) -> String {
    match facts(part, &part.text) {
        Some(facts) => format!("`{}` ({facts})", part.text),
        None => format!("`{}`", part.text),
    }
}

/// `words` stand beside it.
fn facts(part: &ExplanationNode, words: &str) -> Option<String> {
    if let (PartKind::Segment { .. } | PartKind::Tag { .. } | PartKind::Not, [only]) =
        (&part.kind, &part.parts[..])
    {
        return facts(only, words);
    }
    let reading = part.readings.first().map(|r| reading(r, words));
    match (reading, part.evidence.first(), part.rows.first()) {
        (Some(reading), ..) => Some(reading),
        (None, Some(evidence), _) => Some(events(evidence)),
        (None, None, Some(evidence)) => Some(rows(evidence)),
        (None, None, None) => None,
    }
}

fn rows(evidence: &RowEvidence) -> String {
    let RowEvidence { seen, matching, .. } = evidence;
    let relation = evidence.relation_words();
    match (seen, matching) {
        (0, _) => format!("no {relation} at all"),
        (_, 0) => format!("none of {seen} {relation} fits"),
        (n, m) if n == m => format!("{n} {relation}"),
        (_, n) => format!("{n} of {seen} {relation}"),
    }
}

fn reading(reading: &ReadValue, words: &str) -> String {
    let margin = reading
        .margin
        .as_ref()
        .map_or_else(String::new, |m| format!(", {m}"));
    let called = short(reading.called(), words);
    format!("{called} is {}{margin}", reading.shown())
}

fn events(evidence: &Evidence) -> String {
    let Evidence {
        seen,
        matching,
        inside,
        witnesses,
        ..
    } = evidence;
    let kind = evidence.kinds_words();
    let nearest = witnesses.first().and_then(|w| w.why_not.as_ref());
    match (seen, matching, inside) {
        (0, ..) => format!("no {kind} at all"),
        (_, 0, _) => format!("none of {seen} {kind} fits"),
        (_, _, 0) => match nearest {
            Some(why) => format!("the nearest is {why}"),
            None => "none at the right time".to_owned(),
        },
        (_, _, 1) => "once".to_owned(),
        (_, _, n) => format!("{n} times"),
    }
}

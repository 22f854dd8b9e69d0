//! Explanations as data.

use crate::schema::Field;
use crate::syntax::{quoted_name, quoted_path};
use crate::time::{Instant, Zone};
use serde::{Deserialize, Serialize};

/// Why a rule holds for a profile at an instant, or why it does not, and what would change that.
///
/// It is data (serde), a text for terminals and failing tests ([`Display`](std::fmt::Display)), and a few sentences for
/// people who do not read rules ([`summary`](Self::summary)). Values are spelled as an expression would spell them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// What the rule is called, where it was said ([`named`](Self::named)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The rule in its canonical spelling, a long one on several lines.
    pub rule: String,
    /// The id of the profile.
    pub profile: String,
    /// The instant that was asked about.
    pub now: Instant,
    /// The zone in which the rule is read and its explanation written.
    pub zone: Zone,
    /// Whether the rule holds.
    pub holds: bool,
    /// When the answer next changes if no new data arrives; `None` if it never does.
    pub until: Option<Instant>,
    /// Whether the answer changes at `until`. `false` where the search for the change ended there: until then it is the same.
    #[serde(default = "is_exact", skip_serializing_if = "Clone::clone")]
    pub is_exact: bool,
    /// The rule, part by part.
    pub root: ExplanationNode,
    /// The fewest changes that together would turn the answer: let the profile in, or out. Empty where none is known, as
    /// where only what has happened would have to be undone.
    pub changes: Vec<SuggestedChange>,
}

fn is_exact() -> bool {
    true
}

/// A part of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExplanationNode {
    /// What it is.
    pub kind: PartKind,
    /// The author's words for it, on one line.
    pub text: String,
    /// Whether it holds; of a [`PartKind::Trait`], whether it has a value; of a [`PartKind::Step`], whether it was reached.
    pub holds: bool,
    /// When that next changes if no new data arrives. Unknown for steps, and where the search for it ended early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
    /// The values it read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<ReadValue>,
    /// The events it looked at, one entry for each event term.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// The rows it looked at, one entry for each relation that it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowEvidence>,
    /// The parts of this part, in the order in which they are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ExplanationNode>,
    /// The fewest changes that together would turn this part. Empty where none is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<SuggestedChange>,
}

/// What a part of a rule is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartKind {
    /// All parts hold: `and`.
    All,
    /// At least one part holds: `or`.
    Any,
    /// The part does not hold.
    Not,
    /// A condition without further parts, or whose parts only serve to understand it.
    Test,
    /// Another segment; its condition is its part, except where the same segment was explained already, further above.
    Segment {
        /// Its name.
        name: String,
    },
    /// A tag that a rule gives; its condition is its part, as with segments.
    Tag {
        /// Its path.
        path: String,
    },
    /// A trait, with the cases that were looked at as its parts.
    Trait {
        /// Its name.
        name: String,
        /// Its value; `None`: missing.
        value: Option<String>,
    },
    /// A case of a trait, or a stage that may be entered: the condition is its part.
    Case {
        /// The value of the trait, or the stage, where this is the first whose condition holds.
        value: String,
    },
    /// A step of a sequence.
    Step {
        /// Whether it is a silence: `then no …`.
        absent: bool,
    },
}

/// A value that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReadValue {
    /// What was read, in the author's words: `age`, `count(purchased within 30 days)`.
    pub name: String,
    /// The value, spelled as in an expression; `None`: missing.
    pub value: Option<String>,
    /// What people call it, if the schema says so: [`Field::label`](crate::schema::Field::label).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What the value is counted in, if the schema says so: [`Field::unit`](crate::schema::Field::unit). That of a sum, an
    /// average, a smallest or a greatest value is that of what is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How far it is from what is asked: `4 short`, `12 days too old`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<String>,
}

impl ReadValue {
    pub(super) fn new(name: impl Into<String>, value: Option<String>) -> Self {
        ReadValue {
            name: name.into(),
            value,
            label: None,
            unit: None,
            margin: None,
        }
    }

    /// What was read of a field.
    pub(super) fn of_field(field: &Field, value: Option<String>) -> Self {
        ReadValue {
            label: field.label.clone(),
            unit: field.unit.clone(),
            ..ReadValue::new(quoted_path(&field.name), value)
        }
    }

    /// What people call it, or the author's words.
    pub(super) fn called(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }

    /// The value with its unit.
    pub(super) fn shown(&self) -> String {
        match (&self.value, &self.unit) {
            (None, _) => "missing".to_owned(),
            (Some(value), None) => value.clone(),
            (Some(value), Some(unit)) => format!("{value} {unit}"),
        }
    }
}

/// The events that an event term looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evidence {
    /// The event term without its windows: `purchased("tv")`.
    pub events: String,
    /// The kinds of the events: `purchased`.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// How many events of these kinds the profile has, up to now.
    pub seen: usize,
    /// How many of those meet the conditions in the parentheses.
    pub matching: usize,
    /// How many of those lie in the windows: the ones that count.
    pub inside: usize,
    /// How many events of these kinds the profile has for later than now; they are not seen yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub later: usize,
    /// Where the windows begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
    /// Where they end; the end itself does not belong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Instant>,
    /// The events that decided, the most telling first, at most five: those that count, or, where none does, those that
    /// came closest.
    pub witnesses: Vec<Witness>,
}

impl Evidence {
    /// What the events are called, whatever is asked of them: `purchased`, `viewed or purchased`.
    pub(super) fn kinds_words(&self) -> String {
        const MAX_NAMED: usize = 3;
        if self.kinds.len() > MAX_NAMED {
            return "events".to_owned();
        }
        let names: Vec<_> = self.kinds.iter().map(|kind| quoted_name(kind)).collect();
        names.join(" or ")
    }
}

impl RowEvidence {
    /// What the rows are called, whatever is asked of them.
    pub(super) fn relation_words(&self) -> String {
        quoted_path(&self.relation)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// An event that decided a part of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Witness {
    /// Its kind.
    pub kind: String,
    /// When it happened.
    pub at: Instant,
    /// Its id, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its subject, and the properties that the rule reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<ReadValue>,
    /// Whether it counts.
    pub counts: bool,
    /// Why it does not: `12 days too old`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
}

/// The rows of a relation that a part looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RowEvidence {
    /// The author's words: `accounts(plan = pro)`.
    pub rows: String,
    /// The relation: `accounts`.
    #[serde(default)]
    pub relation: String,
    /// How many rows the profile has.
    pub seen: usize,
    /// How many of those meet the conditions in the parentheses.
    pub matching: usize,
    /// The rows that decided, at most five: those that meet the conditions, or, where none does, those that came closest;
    /// where all had to, those that do not.
    pub witnesses: Vec<RowWitness>,
}

/// A row that decided a part of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RowWitness {
    /// Its position among the rows as the profile holds them, from 0 on.
    pub row: usize,
    /// Its subject, and the properties that the rule reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<ReadValue>,
    /// Whether it meets the conditions.
    pub counts: bool,
    /// Which of them it does not: ``not `plan = pro` ``.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
}

/// A change that would help to turn an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SuggestedChange {
    /// The change as data.
    #[serde(rename = "what")]
    pub kind: ChangeKind,
    /// The same as a text: `have `age` of 51 or more`.
    pub text: String,
}

/// The kinds of [`SuggestedChange`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// Another value: `age >= 51`.
    Value {
        /// The name of an attribute, a trait or a total over events.
        name: String,
        /// `=`, `>=`, `in`, `exists` …, as an expression spells it.
        op: String,
        /// What it is compared with, spelled as in an expression; may be empty.
        value: String,
    },
    /// More events.
    Events {
        /// The event term without its windows: `viewed("anti-aging")`.
        events: String,
        /// How many more.
        times: u64,
        /// Not earlier than this; `None`: at once will do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Instant>,
        /// Earlier than this; `None`: whenever it may be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Instant>,
    },
    /// Other rows.
    Rows {
        /// `accounts(plan = pro)`, `all accounts(plan = pro)`.
        rows: String,
        /// Whether that would have to be so, or no longer.
        wanted: bool,
    },
    /// No such events until an instant: the answer then turns.
    NoEvents {
        /// The event term without its windows.
        events: String,
        /// The instant at which the answer turns.
        until: Instant,
    },
    /// Waiting: nothing but time must pass.
    Wait {
        /// The instant at which the answer turns.
        until: Instant,
    },
}

impl Explanation {
    /// Says what the rule is called: the segment's name, for the texts.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Every part, each before its own parts.
    pub fn parts(&self) -> impl Iterator<Item = &ExplanationNode> {
        let mut open = vec![&self.root];
        std::iter::from_fn(move || {
            let part = open.pop()?;
            open.extend(part.parts.iter().rev());
            Some(part)
        })
    }
}

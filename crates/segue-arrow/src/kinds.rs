//! Of which kind each event of a batch is.

use crate::columns::EventColumns;
use crate::convert::{Values, convert, plain};
use crate::error::Wrong;
use arrow_array::{Array as _, ArrayRef};
use segue::{Schema, Type, Zone};

/// What an event is to the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Of the kind at a position.
    Kind(usize),
    /// Of a kind that is left out.
    LeftOut,
    /// Of no kind of the schema, by the position of its name.
    Unknown(usize),
}

/// What the events of a batch are.
pub(crate) struct Targets {
    each: Vec<Target>,
    /// What all are.
    all: Option<Target>,
    unknown: Vec<String>,
}

impl Targets {
    /// All are of one kind.
    pub(crate) fn given(schema: &Schema, kind: &str) -> Result<Self, Wrong> {
        let at = schema
            .kind_index(kind)
            .ok_or_else(|| Wrong::batch(no_such(schema, kind)))?;
        Ok(Targets {
            each: Vec::new(),
            all: Some(Target::Kind(at)),
            unknown: Vec::new(),
        })
    }

    /// Each is of the kind that a column names.
    pub(crate) fn of_column(
        schema: &Schema,
        column: &ArrayRef,
        of: &EventColumns,
    ) -> Result<Self, Wrong> {
        let column = plain(column, &Type::String)?;
        let names = convert(&column, 0..column.len(), &Type::String, Zone::UTC)?;
        let mut targets = Targets {
            each: Vec::with_capacity(column.len()),
            all: None,
            unknown: Vec::new(),
        };
        let nameless = |row| Wrong::value(row, "is missing; say of which kind the event is");
        match &names {
            Values::Coded(codes, dictionary) => {
                let mut known = vec![None; dictionary.len()];
                for (row, code) in codes.iter().enumerate() {
                    let code = code.ok_or_else(|| nameless(row))?;
                    let target = match known.get(code).copied().flatten() {
                        Some(target) => target,
                        None => {
                            let name = dictionary.get(code).copied().unwrap_or_default();
                            targets.target(schema, name, row, of)?
                        }
                    };
                    if let Some(known) = known.get_mut(code) {
                        *known = Some(target);
                    }
                    targets.each.push(target);
                }
            }
            Values::Texts(texts, _) => {
                // One kind often follows itself.
                let mut last: Option<(&str, Target)> = None;
                for row in 0..column.len() {
                    let name = texts.get(row).ok_or_else(|| nameless(row))?;
                    let target = match last {
                        Some((same, target)) if same == name => target,
                        _ => targets.target(schema, name, row, of)?,
                    };
                    last = Some((name, target));
                    targets.each.push(target);
                }
            }
            _ => return Err(Wrong::batch("is no text; cast it to the names of kinds")),
        }
        Ok(targets)
    }

    fn target(
        &mut self,
        schema: &Schema,
        name: &str,
        row: usize,
        of: &EventColumns,
    ) -> Result<Target, Wrong> {
        if let Some(kind) = schema.kind_index(name) {
            return Ok(Target::Kind(kind));
        }
        if of.left_out.contains(name) {
            return Ok(Target::LeftOut);
        }
        if !of.skip_unknown_kinds {
            return Err(Wrong::value(row, no_such(schema, name)));
        }
        let known = self.unknown.iter().position(|other| other == name);
        Ok(Target::Unknown(known.unwrap_or_else(|| {
            self.unknown.push(name.to_owned());
            self.unknown.len() - 1
        })))
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> Target {
        self.all
            .or_else(|| self.each.get(row).copied())
            .unwrap_or(Target::LeftOut)
    }

    /// The name of a kind that the schema does not have.
    pub(crate) fn name(&self, unknown: usize) -> String {
        self.unknown.get(unknown).cloned().unwrap_or_default()
    }
}

fn no_such(schema: &Schema, kind: &str) -> String {
    let kinds: Vec<String> = schema
        .kinds()
        .iter()
        .map(|kind| format!("`{}`", kind.name))
        .collect();
    let there = if kinds.is_empty() {
        "none".to_owned()
    } else {
        kinds.join(", ")
    };
    format!(
        "the schema has no kind `{kind}` of events, it has {there}; correct it, declare it, or skip such events by `EventColumns::skip_unknown_kinds`"
    )
}

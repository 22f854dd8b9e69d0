//! The schema of data that come without one.

use super::Data;
use super::mentioned::Mentioned;
use super::places::Places;
use crate::input::{Line, OnError, Progress, scan};
use crate::terminal::{self, Failure};
use segue::Schema;
use segue::schema::infer::{Inference, InferenceError};
use segue::schema::{Field, Projection};
use std::collections::BTreeSet;

/// A field whose values are of two types.
struct Contradiction {
    field: String,
    message: String,
}

/// Why one look at all lines ended.
enum End {
    /// The schema could be inferred but for this field, which nobody asks for.
    Without(Contradiction, Box<Inference>),
    Done(Box<Inference>),
}

impl Data {
    /// The schema of everything in the data. All of it is read.
    ///
    /// A field that contradicts itself is an error where one of the expressions may mean it, and left out otherwise.
    pub(crate) fn infer(&mut self, expressions: Option<&[&str]>) -> Result<Schema, Failure> {
        Ok(inferred(self, expressions)?.0)
    }
}

/// The schema of the data, and what could not come into it.
pub(crate) fn inferred(data: &mut Data, expressions: Option<&[&str]>) -> Result<(Schema, Vec<String>), Failure> {
    for source in data.profiles.iter_mut().chain(&mut data.events) {
        source.hold()?;
    }
    let mentioned = expressions.map(|texts| Mentioned::in_texts(texts.iter().copied()));
    let mut dropped: BTreeSet<String> = BTreeSet::new();
    let mut only = Projection::everything();
    loop {
        match look(data, mentioned.as_ref(), &dropped, &only)? {
            End::Done(inference) => {
                let schema = inference.schema().map_err(|e| Failure::new(e.to_string()))?;
                return Ok((schema, inference.left_out()));
            }
            End::Without(found, so_far) => {
                terminal::note(&format!("`{}` is left out: it {}", found.field, found.message));
                dropped.insert(found.field);
                let so_far = so_far.schema().map_err(|e| Failure::new(e.to_string()))?;
                only = without(&so_far, &dropped, expressions.unwrap_or_default());
            }
        }
    }
}

/// What was seen so far and what may be meant, but for some fields.
fn without(schema: &Schema, dropped: &BTreeSet<String>, expressions: &[&str]) -> Projection {
    let _ = expressions;
    let mut only = Projection::nothing();
    for attribute in schema.attributes().iter().filter(|a| !dropped.contains(&a.name)) {
        only = only.attribute(&attribute.name);
    }
    for kind in schema.kinds() {
        only = only.kind(&kind.name);
        let kept = |p: &&Field| !dropped.contains(&format!("{}.{}", kind.name, p.name));
        for property in kind.properties.iter().filter(kept) {
            only = only.property(&kind.name, &property.name);
        }
    }
    only
}

//! `spread = ["gender", "stage of recency", "tags"]`: how people spread over values.

use super::grouping::{Grouping, by_value};
use super::{Kind, NOT_EVENTS, ReportParts, ReportPlan, ReportReader};
use crate::ir::{FieldRef, Term, TermKind, Ty};
use crate::rulebook::document::ReportDocument;
use crate::rulebook::reader::{KeyedText, Reader};
use crate::schema::AttributeId;
use crate::span::Span;
use crate::value::Type;
use std::sync::Arc;

pub(super) const KIND: Kind = Kind {
    key: "spread",
    takes: &[],
    is_meant: |document| document.spread.is_some(),
    load,
};

/// A spread, checked.
#[derive(Debug)]
pub(crate) struct SpreadPlan {
    pub(crate) of: Vec<SpreadOf>,
}

#[derive(Debug)]
pub(crate) enum SpreadOf {
    Value(Grouping),
    /// The items of an attribute that is a list, as it is written, and its value.
    List(Arc<str>, AttributeId, Term),
    Tags,
    Segments,
}

impl SpreadPlan {
    pub(super) fn parts(&self) -> ReportParts<'_> {
        let values = self.of.iter().filter_map(|of| match of {
            SpreadOf::Value(by) => by.term(),
            SpreadOf::List(_, _, list) => Some(list),
            SpreadOf::Tags | SpreadOf::Segments => None,
        });
        ReportParts {
            events: Vec::new(),
            values: values.collect(),
        }
    }
}

fn load(document: &ReportDocument, reader: &mut ReportReader<'_, '_>) -> Option<ReportPlan> {
    let written = document.spread.as_deref().unwrap_or_default();
    if written.is_empty() {
        let message = "over what people spread is not said";
        return reader.complain(
            &["spread"],
            message,
            "write `spread = [\"gender\", \"tags\"]`",
        );
    }
    let mut of = Some(Vec::with_capacity(written.len()));
    for (nth, text) in written.iter().enumerate() {
        let nth = nth.to_string();
        let one = reader.at(&["spread", &nth], text, over);
        of = of.zip(one).map(|(mut all, one)| {
            all.push(one);
            all
        });
    }
    Some(ReportPlan::Spread(Arc::new(SpreadPlan { of: of? })))
}

fn over(reader: &mut Reader<'_>, at: KeyedText<'_>) -> Option<SpreadOf> {
    let schema = reader.context.schema();
    let text = at.text.trim();
    let attribute = schema.attribute_id(text);
    let list = attribute.zip(attribute.and_then(|id| schema.attribute_of(id)));
    if let Some((attribute, field)) = list
        && let Type::List(items) = &field.ty
    {
        let Some(ty) = Ty::of(items) else {
            let diagnostic = at.error(NOT_EVENTS, "these are lists of lists");
            return reader.report(at, diagnostic.help("name a list of plain values"));
        };
        let _ = reader.attribute(KeyedText::new(at.path, text));
        let list = TermKind::Field(FieldRef::Attribute(attribute));
        let list = Term::new(list, ty, Span::default());
        return Some(SpreadOf::List(text.into(), attribute, list));
    }
    match (text, attribute) {
        ("tags", None) => Some(SpreadOf::Tags),
        ("segments", None) => Some(SpreadOf::Segments),
        _ => by_value(reader, at).map(SpreadOf::Value),
    }
}

//! `by = "purchased.channel"`, `by = "preferred_device"`: by what figures are kept apart.

use super::{NOT_EVENTS, ReportReader};
use crate::ir::{PropertyRef, Select, Term, Ty};
use crate::rule::ValueRule;
use crate::rulebook::events::parsed;
use crate::rulebook::reader::{KeyedText, Reader};
use crate::schema::{KindId, Schema};
use crate::syntax::{Aggregate, ExprKind};
use std::sync::Arc;

/// By what figures are kept apart.
#[derive(Debug)]
pub(crate) struct Grouping {
    /// As it is written.
    pub(crate) text: Arc<str>,
    pub(crate) of: GroupedBy,
    pub(crate) ty: Ty,
}

#[derive(Debug)]
pub(crate) enum GroupedBy {
    /// A property of the events that are counted.
    Property(PropertyRef),
    /// A value of the profile.
    Value(ValueRule),
}

impl Grouping {
    /// The value of the profile by which is grouped.
    pub(super) fn term(&self) -> Option<&Term> {
        match &self.of {
            GroupedBy::Property(_) => None,
            GroupedBy::Value(value) => Some(value.term()),
        }
    }
}

/// A property of the events that are counted, or a value of the profile.
pub(super) fn grouping(
    key: &str,
    text: &str,
    counted: &[&Select],
    reader: &mut ReportReader<'_, '_>,
) -> Option<Grouping> {
    reader.at(&[key], text, |reader, at| {
        match property_name(at.text, reader.context.schema()) {
            Some(name) => by_property(&name, counted, reader, at),
            None => by_value(reader, at),
        }
    })
}

/// A value of the profile.
pub(super) fn by_value(reader: &mut Reader<'_>, at: KeyedText<'_>) -> Option<Grouping> {
    let value = reader.value_for(at, None)?;
    let ty = value.term().ty.clone();
    check_type(&ty, reader, at)?;
    Some(Grouping {
        text: at.text.trim().into(),
        of: GroupedBy::Value(value),
        ty,
    })
}

fn by_property(
    name: &str,
    counted: &[&Select],
    reader: &mut Reader<'_>,
    at: KeyedText<'_>,
) -> Option<Grouping> {
    let kinds = counted.iter().flat_map(|select| &select.kinds);
    let (property, ty) = property_of(name, kinds.copied(), reader, at)?;
    check_type(&ty, reader, at)?;
    reader.context.place_names(at.path, at.text);
    Some(Grouping {
        text: at.text.trim().into(),
        of: GroupedBy::Property(property),
        ty,
    })
}

/// A property that events of all these kinds have, and its type.
pub(super) fn property_of(
    name: &str,
    kinds: impl Iterator<Item = KindId>,
    reader: &mut Reader<'_>,
    at: KeyedText<'_>,
) -> Option<(PropertyRef, Ty)> {
    let schema = reader.context.schema();
    let mut kinds: Vec<KindId> = kinds.collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut of: Vec<_> = Vec::with_capacity(kinds.len());
    let mut first = None;
    for id in kinds {
        let Some(kind) = schema.kind_of(id) else {
            continue;
        };
        let Some(property) = kind.property_id(name) else {
            let message = format!("`{}` has no property `{name}`", kind.name);
            let diagnostic = at.error(NOT_EVENTS, message);
            let help = "name one that all events have which are counted here";
            return reader.report(at, diagnostic.help(help));
        };
        let ty = kind.property_of(property).map(|field| &field.ty);
        if first.get_or_insert(ty) != &ty {
            let message = format!("`{name}` of `{}` has another type", kind.name);
            let diagnostic = at.error(NOT_EVENTS, message);
            let help = "name one that has the same type in all events which are counted here";
            return reader.report(at, diagnostic.help(help));
        }
        of.push((id, property));
    }
    let Some(ty) = first.flatten().and_then(Ty::of) else {
        let diagnostic = at.error(NOT_EVENTS, format!("`{name}` is a list"));
        return reader.report(at, diagnostic.help("name a property of one value"));
    };
    let (name, at) = (name.into(), of);
    Some((PropertyRef { name, at }, ty))
}

/// Values that people share.
fn check_type(ty: &Ty, reader: &mut Reader<'_>, at: KeyedText<'_>) -> Option<()> {
    match ty {
        Ty::Bool
        | Ty::Exact(0)
        | Ty::String
        | Ty::Version
        | Ty::Enum(_)
        | Ty::Named(_)
        | Ty::Date
        | Ty::Period(_) => Some(()),
        Ty::Exact(_) | Ty::Ratio(_) | Ty::Float | Ty::Instant | Ty::Duration | Ty::Place => {
            let message = format!(
                "hardly two people have the same value of type {}",
                ty.words()
            );
            let diagnostic = at.error(NOT_EVENTS, message);
            let help = "make classes of it: a trait with `cases`, or a score";
            reader.report(at, diagnostic.help(help))
        }
    }
}

/// `channel` of `purchased.channel`, if that is a kind of events and no attribute.
pub(super) fn property_name(text: &str, schema: &Schema) -> Option<String> {
    let expr = crate::syntax::parse(text).ok()?;
    let ExprKind::Path(names) = expr.kind else {
        return None;
    };
    let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
    if schema.attribute_index(&names.join(".")).is_some() {
        return None;
    }
    let split = (1..names.len()).find(|n| {
        let kind = names.get(..*n).unwrap_or_default().join(".");
        schema.kind_id(&kind).is_some()
    });
    Some(names.get(split?..)?.join("."))
}

/// Events and a property of theirs: `visited(page = home).source`.
pub(super) fn events_and_property(
    key: &str,
    text: &str,
    reader: &mut ReportReader<'_, '_>,
) -> Option<(Select, Grouping)> {
    reader.at(&[key], text, |reader, at| {
        let expr = parsed(at, reader)?;
        let name = match &expr.kind {
            ExprKind::Property { name, .. } => Some(name.text.clone()),
            _ => property_name(at.text, reader.context.schema()),
        };
        let Some(name) = name else {
            let diagnostic = at.error(NOT_EVENTS, "this names no property of events");
            return reader.report(at, diagnostic.help("write `visited.source`"));
        };
        let (events, _) = super::events(Aggregate::Distinct, expr, at, reader)?;
        let by = by_property(&name, &[&events], reader, at)?;
        Some((events, by))
    })
}

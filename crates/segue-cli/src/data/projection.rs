//! Only what rules read: the rest of the data is neither parsed nor kept.

use crate::terminal::Failure;
use segue::Schema;
use segue::ir::Reads;
use segue::schema::{EventKind, Relation};
use std::collections::{BTreeMap, BTreeSet};

/// The part of a schema that is read by any of the rules. Rules are bound by name, so they run on it as on the whole.
///
/// `whole`: of the kinds and relations that are read, all properties.
pub(crate) fn projected<'r>(
    schema: &Schema,
    reads: impl IntoIterator<Item = &'r Reads>,
    whole: bool,
) -> Result<Schema, Failure> {
    let mut attributes: BTreeSet<&str> = BTreeSet::new();
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut relations: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for reads in reads {
        attributes.extend(reads.attributes());
        for relation in reads.relations() {
            relations
                .entry(relation)
                .or_default()
                .extend(reads.row_properties(relation));
        }
        for kind in reads.kinds() {
            kinds
                .entry(kind)
                .or_default()
                .extend(reads.properties(kind));
        }
    }
    let mut builder = Schema::builder();
    for attribute in schema
        .attributes()
        .iter()
        .filter(|a| attributes.contains(a.name.as_str()))
    {
        builder = builder.attribute(attribute.clone());
    }
    for kind in schema.kinds() {
        let Some(wanted) = kinds.get(kind.name.as_str()) else {
            continue;
        };
        let mut part = EventKind::new(&kind.name);
        for (at, property) in kind.properties.iter().enumerate() {
            if kind.subject == Some(at) && whole {
                part = part.subject(property.clone());
            } else if whole || wanted.contains(property.name.as_str()) {
                part = part.property(property.clone());
            }
        }
        builder = builder.kind(part);
    }
    for relation in schema.relations() {
        let Some(wanted) = relations.get(relation.name.as_str()) else {
            continue;
        };
        let mut part = Relation::new(&relation.name);
        for (at, property) in relation.properties.iter().enumerate() {
            if relation.subject == Some(at) && whole {
                part = part.subject(property.clone());
            } else if whole || wanted.contains(property.name.as_str()) {
                part = part.property(property.clone());
            }
        }
        builder = builder.relation(part);
    }
    builder.build().map_err(|e| Failure::new(e.to_string()))
}

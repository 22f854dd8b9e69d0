//! What a rule looks at: so that data it never reads need not be loaded, and events it never reads need not wake it.

use super::field::{FieldRef, RowRef};
use super::form::{Cond, CondKind, Term, TermKind};
use super::ledger::LedgerValue;
use super::visit::{Definition, Seen, visit};
use crate::schema::{AttributeId, KindId, PropertyId, RelationId, Schema};
use std::collections::{BTreeMap, BTreeSet};

/// The attributes, event kinds, relations and properties that a rule reads, through everything it refers to.
///
/// ```
/// use segue::{Rule, schema::{EventKind, Field, Schema}, Type};
/// let schema = Schema::builder()
///     .attribute(Field::new("age", Type::Int))
///     .kind(EventKind::new("purchased").property(Field::new("amount", Type::Decimal(2))))
///     .build()?;
/// let rule = Rule::check("sum(purchased.amount) > 100", &schema)?;
/// assert_eq!(rule.reads().kinds().collect::<Vec<_>>(), ["purchased"]);
/// assert_eq!(rule.reads().properties("purchased").collect::<Vec<_>>(), ["amount"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Reads {
    schema: Schema,
    attributes: BTreeSet<AttributeId>,
    kinds: BTreeMap<KindId, BTreeSet<PropertyId>>,
    relations: BTreeMap<RelationId, BTreeSet<PropertyId>>,
    tags: bool,
    now: bool,
}

impl Reads {
    /// The attributes, in the schema's order.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes
            .iter()
            .filter_map(|i| self.schema.attribute_of(*i))
            .map(|a| a.name.as_str())
    }

    /// The event kinds, in the schema's order.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds
            .keys()
            .filter_map(|k| self.schema.kind_of(*k))
            .map(|k| k.name.as_str())
    }

    /// The properties of a kind, in the schema's order.
    pub fn properties<'a>(&'a self, kind: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let at = self.schema.kind_id(kind);
        let declared = at.and_then(|k| self.schema.kind_of(k));
        let read = at.and_then(|k| self.kinds.get(&k));
        read.into_iter()
            .flatten()
            .filter_map(move |i| declared?.property_of(*i))
            .map(|p| p.name.as_str())
    }

    /// The relations, in the schema's order.
    pub fn relations(&self) -> impl Iterator<Item = &str> {
        self.relations
            .keys()
            .filter_map(|r| self.schema.relation_of(*r))
            .map(|r| r.name.as_str())
    }

    /// The properties of a relation's rows, in the schema's order.
    pub fn row_properties<'a>(&'a self, relation: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let at = self.schema.relation_id(relation);
        let declared = at.and_then(|r| self.schema.relation_of(r));
        let read = at.and_then(|r| self.relations.get(&r));
        read.into_iter()
            .flatten()
            .filter_map(move |i| declared?.property_of(*i))
            .map(|p| p.name.as_str())
    }

    /// Whether it asks for tags given to the profile.
    #[must_use]
    pub fn tags(&self) -> bool {
        self.tags
    }

    /// Whether the answer depends on the instant it is asked for: the rule reads `now`, events (which may lie ahead), or
    /// the past of an attribute.
    ///
    /// ```
    /// use segue::{Rule, schema::{Field, Schema}, Type};
    /// let schema = Schema::builder().attribute(Field::new("birthday", Type::Date)).build()?;
    /// assert!(Rule::check("birthday in next 7 days", &schema)?.reads().depends_on_now());
    /// assert!(!Rule::check("birthday < 2000-01-01", &schema)?.reads().depends_on_now());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn depends_on_now(&self) -> bool {
        let tracked = |i: &AttributeId| self.schema.attribute_of(*i).is_some_and(|a| a.tracked);
        self.now || !self.kinds.is_empty() || self.attributes.iter().any(tracked)
    }

    /// Adds what another rule reads.
    pub(crate) fn merge(&mut self, other: &Reads) {
        if self.schema == Schema::default() {
            self.schema = other.schema.clone();
        }
        self.attributes.extend(&other.attributes);
        for (kind, properties) in &other.kinds {
            self.kinds.entry(*kind).or_default().extend(properties);
        }
        for (relation, properties) in &other.relations {
            self.relations
                .entry(*relation)
                .or_default()
                .extend(properties);
        }
        self.tags |= other.tags;
        self.now |= other.now;
    }

    pub(crate) fn attribute_positions(&self) -> Vec<AttributeId> {
        self.attributes.iter().copied().collect()
    }

    /// Whether it reads neither events nor rows nor tags nor `now`.
    pub(crate) fn only_attributes(&self) -> bool {
        self.kinds.is_empty() && self.relations.is_empty() && !self.tags && !self.now
    }

    /// Attributes, by their positions.
    pub(crate) fn of_fields(
        schema: &Schema,
        attributes: impl Iterator<Item = AttributeId>,
    ) -> Self {
        Reads {
            schema: schema.clone(),
            attributes: attributes.collect(),
            ..Reads::default()
        }
    }

    pub(crate) fn of_condition(cond: &Cond, schema: &Schema) -> Self {
        Reads::of_part(Seen::Cond(cond), schema)
    }

    pub(crate) fn of_term(term: &Term, schema: &Schema) -> Self {
        Reads::of_part(Seen::Term(term), schema)
    }

    /// What a part of a rule looks at, with everything that it refers to.
    pub(crate) fn of_part(part: Seen<'_>, schema: &Schema) -> Self {
        let mut reads = Reads {
            schema: schema.clone(),
            ..Reads::default()
        };
        visit(part, &mut |seen| reads.see(seen));
        reads
    }

    fn see(&mut self, seen: Seen<'_>) {
        match seen {
            Seen::Field(FieldRef::Attribute(i)) => {
                self.attributes.insert(*i);
            }
            Seen::Field(
                FieldRef::Property(property)
                | FieldRef::NamedEventProperty(_, property)
                | FieldRef::EntryProperty(property),
            ) => {
                for (kind, at) in &property.at {
                    self.kinds.entry(*kind).or_default().insert(*at);
                }
            }
            Seen::Field(FieldRef::Row(RowRef { relation, property })) => {
                self.relations
                    .entry(*relation)
                    .or_default()
                    .insert(*property);
            }
            Seen::Rows(rows) => {
                self.relations.entry(rows.relation).or_default();
            }
            Seen::Select(select) => {
                for kind in &select.kinds {
                    self.kinds.entry(*kind).or_default();
                }
            }
            Seen::Bound(bound) => self.now |= bound.moves(),
            Seen::Term(term) => {
                self.now |= matches!(
                    term.kind,
                    TermKind::Now
                        | TermKind::Today(_)
                        | TermKind::AsOf { .. }
                        | TermKind::Stage(_)
                        | TermKind::Ledger {
                            value: LedgerValue::Expiring(_) | LedgerValue::Earned(_),
                            ..
                        }
                );
            }
            // What was earned expires.
            Seen::Definition(Definition::Ledger(ledger)) => {
                self.now |= ledger.earn.iter().any(|of| of.expires.is_some());
            }
            // Its cut points change.
            Seen::Definition(Definition::Score(score)) => self.now |= score.eras.len() > 1,
            Seen::Definition(_) => {}
            Seen::Cond(cond) => {
                self.tags |= matches!(cond.kind, CondKind::Tagged(_));
                self.now |= matches!(
                    cond.kind,
                    CondKind::Held { .. }
                        | CondKind::AsOf { .. }
                        | CondKind::Regularly { .. }
                        | CondKind::State { .. }
                        | CondKind::Upcoming { .. }
                );
            }
        }
    }
}

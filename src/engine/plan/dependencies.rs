//! What depends on what: the units that an event, an attribute or a tag can change.

use crate::engine::ids::{Unit, Units};
use crate::ir::Reads;
use crate::ir::visit::{Seen, visit_cond};
use crate::ir::{Cond, CondKind, FieldRef, Lit, Order, Select, Term, TermKind, Ty};
use crate::profile::{Accessor, Event, Model, Profile, Val, kind_index};
use crate::schema::{KindId, Schema};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

/// What the units read.
#[derive(Default)]
pub(super) struct UnitReads {
    /// By attribute or relation.
    by_name: BTreeMap<String, Units>,
    tags: Units,
}

/// The units that a change concerns.
pub(crate) struct Dependencies<P: Profile> {
    events: EventIndex<P>,
    reads: UnitReads,
    /// Everything that reads an attribute, a relation or a tag.
    undated: Units,
}

impl UnitReads {
    pub(super) fn add(&mut self, unit: Unit, reads: &Reads) {
        // A relation changes as an attribute does: by its name.
        for name in reads.attributes().chain(reads.relations()) {
            self.add_name(unit, name);
        }
        if reads.tags() {
            self.tags.push(unit);
        }
    }

    pub(super) fn add_name(&mut self, unit: Unit, name: &str) {
        self.by_name.entry(name.to_owned()).or_default().push(unit);
    }
}

impl UnitReads {
    /// What reads an attribute or a relation.
    pub(super) fn of_name(&self, name: &str) -> Option<&Units> {
        self.by_name.get(name)
    }

    /// What reads the tags.
    pub(super) fn tags(&self) -> &Units {
        &self.tags
    }
}

impl<P: Profile> Dependencies<P> {
    pub(super) fn new(events: EventIndex<P>, reads: UnitReads) -> Self {
        let mut undated = reads.tags.clone();
        reads.by_name.values().for_each(|units| undated.add(units));
        undated.normalize();
        Dependencies {
            events,
            reads,
            undated,
        }
    }

    /// Adds the units that an event may change. A unit may be added more than once.
    #[inline]
    pub(crate) fn add_by_event(&self, event: &P::Event, units: &mut Units) {
        self.events.add(event, units);
    }

    /// What reads attributes, relations and tags.
    pub(super) fn reads(&self) -> &UnitReads {
        &self.reads
    }

    /// The units that read an attribute or a relation.
    pub(crate) fn by_name(&self, name: &str) -> Option<&Units> {
        self.reads.of_name(name)
    }

    /// The units that read the tags given to a profile.
    pub(crate) fn by_tags(&self) -> &Units {
        &self.reads.tags
    }

    /// The units that read any attribute, relation or tag.
    pub(crate) fn undated(&self) -> &Units {
        &self.undated
    }
}

/// Whether profiles of a schema have an attribute or a relation of a name.
pub(super) fn is_known(schema: &Schema, name: &str) -> bool {
    schema.attribute(name).is_some() || schema.relation(name).is_some()
}

/// The units that an event may change, by its kind and, if their conditions ask for certain values of a property, by that
/// value: of 1,000 segments such as `viewed(category = "tv")`, an event meets only those of its category.
pub(super) struct EventIndex<P: Profile> {
    kinds: Vec<KindIndex<P::Event>>,
}

struct KindIndex<E> {
    /// Those that any event of the kind may change.
    any: Units,
    by: Vec<ValueIndex<E>>,
}

struct ValueIndex<E> {
    accessor: Accessor<E>,
    texts: HashMap<Box<str>, Units>,
    wholes: HashMap<i64, Units, BuildHasherDefault<Mixed>>,
}

/// The hash of a number: its product with the golden ratio (Knuth, TAOCP 3, 6.4), the high half brought down.
#[derive(Clone, Copy, Debug, Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|byte| self.write_i64(i64::from(*byte)));
    }

    fn write_i64(&mut self, number: i64) {
        let product = (self.0 ^ number.cast_unsigned()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = product ^ product >> 32;
    }
}

/// What an event must have so that a unit is concerned: a value of a property, or nothing but its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Any,
    Text(usize, Box<str>),
    Whole(usize, i64),
}

/// Whether an attribute of this name has a history.
pub(super) fn is_tracked(schema: &Schema, name: &str) -> bool {
    schema.attribute(name).is_some_and(|field| field.tracked)
}

/// The units by what they ask for, of one kind.
type UnitsByKey = BTreeMap<Key, BTreeSet<Unit>>;

impl<P: Profile> EventIndex<P> {
    /// The index of units, each with its conditions, which were checked against `schema`.
    pub(super) fn new<'a>(
        model: &Model<P>,
        schema: &Schema,
        units: impl Iterator<Item = (Unit, &'a Cond)>,
    ) -> Self {
        let mut keys: Vec<UnitsByKey> = vec![BTreeMap::new(); schema.kinds().len()];
        for (unit, cond) in units {
            visit_cond(cond, &mut |seen| {
                let Seen::Select(select) = seen else { return };
                for kind in &select.kinds {
                    let Some(keys) = keys.get_mut(kind.index()) else {
                        continue;
                    };
                    for key in wanted(select, *kind) {
                        keys.entry(key).or_default().insert(unit);
                    }
                }
            });
        }
        let kinds = (model.schema.kinds().iter().enumerate())
            .map(|(position, kind)| {
                let keys = schema
                    .kind_index(&kind.name)
                    .and_then(|k| keys.get(k).map(|keys| (k, keys)));
                KindIndex::new(model, schema, position, keys)
            })
            .collect();
        EventIndex { kinds }
    }

    #[inline]
    fn add(&self, event: &P::Event, units: &mut Units) {
        let Some(kind) = self.kinds.get(kind_index(event)) else {
            return;
        };
        units.add(&kind.any);
        for by in &kind.by {
            let value = by.accessor.get(event, 0);
            let of_value = if let Val::Whole(v) = value {
                i64::try_from(v).ok().and_then(|v| by.wholes.get(&v))
            } else {
                value.text().and_then(|text| by.texts.get(text))
            };
            if let Some(of_value) = of_value {
                units.add(of_value);
            }
        }
    }
}

impl<E: Event> KindIndex<E> {
    /// What the rules ask of a kind: `position` in the model; its keys are those of the rules' schema.
    fn new<P: Profile<Event = E>>(
        model: &Model<P>,
        schema: &Schema,
        position: usize,
        keys: Option<(usize, &UnitsByKey)>,
    ) -> Self {
        let mut index = KindIndex {
            any: Units::default(),
            by: Vec::new(),
        };
        let Some((kind, keys)) = keys else {
            return index;
        };
        let mut places: BTreeMap<usize, usize> = BTreeMap::new();
        let mut any: BTreeSet<Unit> = BTreeSet::new();
        for (key, units) in keys {
            let (Key::Text(property, _) | Key::Whole(property, _)) = key else {
                any.extend(units);
                continue;
            };
            let place = places.get(property).copied().or_else(|| {
                let name = &schema.kinds().get(kind)?.properties.get(*property)?.name;
                let property_of_model = model.schema.kinds().get(position)?.property_index(name)?;
                let accessor = model.properties.get(position)?.get(property_of_model)?;
                index.by.push(ValueIndex {
                    accessor: accessor.clone(),
                    texts: HashMap::new(),
                    wholes: HashMap::default(),
                });
                places.insert(*property, index.by.len() - 1);
                Some(index.by.len() - 1)
            });
            let Some(by) = place.and_then(|i| index.by.get_mut(i)) else {
                any.extend(units);
                continue;
            };
            let units = units.iter().copied().collect();
            match key {
                Key::Text(_, text) => drop(by.texts.insert(text.clone(), units)),
                Key::Whole(_, v) => drop(by.wholes.insert(*v, units)),
                Key::Any => {}
            }
        }
        index.any = any.into_iter().collect();
        index
    }
}

/// What an event of a kind must have to be selected: one of these keys. The first condition that asks for certain values
/// decides; the others only ask for more: of `viewed(category = "tv" and price > 100)`, the key is the category.
fn wanted(select: &Select, kind: KindId) -> Vec<Key> {
    select
        .filter
        .iter()
        .find_map(|cond| values(cond, kind))
        .unwrap_or_else(|| vec![Key::Any])
}

/// The keys of a condition; `None` if it asks for no certain value. Then every event of the kind concerns the unit, which is
/// always right, only slower.
fn values(cond: &Cond, kind: KindId) -> Option<Vec<Key>> {
    if let CondKind::All(parts) = &cond.kind {
        parts.iter().find_map(|part| values(part, kind))
    } else if let CondKind::Any(parts) = &cond.kind {
        let all: Option<Vec<Vec<Key>>> = parts.iter().map(|part| values(part, kind)).collect();
        all.filter(|all| !all.is_empty()).map(|all| all.concat())
    } else if let CondKind::Compare {
        op: Order::Eq,
        left,
        right,
        ignoring_case: false,
    } = &cond.kind
        && left.ty == right.ty
    {
        let (property, lit) = match (property(left, kind), property(right, kind)) {
            (Some(property), None) => (property, literal(right)?),
            (None, Some(property)) => (property, literal(left)?),
            (None, None) | (Some(_), Some(_)) => return None,
        };
        Some(vec![key(property, lit)?])
    } else if let CondKind::OneOf {
        value,
        set,
        ignoring_case: false,
    } = &cond.kind
    {
        let property = property(value, kind)?;
        set.iter().map(|lit| key(property, lit)).collect()
    } else {
        None
    }
}

/// The number of the property of a kind that a term is. A version is equal to others that are spelled in another way (`2.0`,
/// `2.0.0`), so no key stands for it.
fn property(term: &Term, kind: KindId) -> Option<usize> {
    if term.ty == Ty::Version {
        return None;
    }
    let TermKind::Field(FieldRef::Property(property)) = &term.kind else {
        return None;
    };
    let mut places = property.at.iter();
    places.find(|(k, _)| *k == kind).map(|(_, at)| at.index())
}

fn literal(term: &Term) -> Option<&Lit> {
    let TermKind::Lit(lit) = &term.kind else {
        return None;
    };
    Some(lit)
}

fn key(property: usize, lit: &Lit) -> Option<Key> {
    match lit {
        Lit::Text(text) => Some(Key::Text(property, (**text).into())),
        Lit::Whole(v) => i64::try_from(*v).ok().map(|v| Key::Whole(property, v)),
        Lit::Real(_) => None,
    }
}

#[cfg(all(test, feature = "toml"))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use crate::Rulebook;
    use crate::engine::ids::Units;
    use crate::engine::plan::Plan;
    use crate::profile::{Model, Record, RecordEvent, Value};

    fn plan() -> (Rulebook, Plan<Record>) {
        let rulebook = Rulebook::from_toml(
            r#"
            schema.attributes.city = "string"
            schema.events.viewed.properties = { category = "string", price = "int" }
            schema.events.opened.properties.app = "version"
            [segments]
            dear = "viewed(price > 100)"
            current = 'opened(app = "2.0")'
            either = 'viewed(category = "tv" or category = "radio")'
            roman = 'city = "Roma" and opened'
            tv = 'viewed(category = "tv" and price > 100) within 1 day'
            [lifecycles.interest]
            stages = [{ name = "seen", when = 'viewed(category in ("tv", "book"))' }]
            [triggers.thanks]
            on = 'viewed(price = 7)'
            do = [{ call = "crm.note" }]
            "#,
        )
        .unwrap();
        let plan = Plan::new(&rulebook, &Model::for_schema(rulebook.schema())).unwrap();
        (rulebook, plan)
    }

    fn names(plan: &Plan<Record>, mut units: Units) -> Vec<String> {
        units.normalize();
        let segments = units.segments.iter();
        let segments = segments.map(|id| plan.segments[id.index()].name.to_string());
        let lifecycles = units.lifecycles.iter();
        let lifecycles = lifecycles.map(|id| plan.lifecycles[id.index()].name.to_string());
        let triggers = units.triggers.iter();
        let triggers = triggers.map(|id| plan.triggers[id.index()].trigger.name.to_string());
        segments.chain(lifecycles).chain(triggers).collect()
    }

    #[test]
    fn events_concern_what_asks_for_their_kind_and_values() {
        let (rulebook, plan) = plan();
        let concerned = |kind: &str, properties: &[(&str, Value)]| {
            let properties = properties.iter().cloned();
            let event =
                RecordEvent::new(rulebook.schema(), kind, "2026-03-01", properties).unwrap();
            let mut units = Units::default();
            plan.dependencies.add_by_event(&event, &mut units);
            names(&plan, units)
        };
        let viewed = |category: &str| concerned("viewed", &[("category", category.into())]);
        assert_eq!(viewed("tv"), ["dear", "either", "tv", "interest"]);
        assert_eq!(viewed("radio"), ["dear", "either"]);
        assert_eq!(viewed("book"), ["dear", "interest"]);
        assert_eq!(viewed("car"), ["dear"]);
        let seven = concerned("viewed", &[("price", 7.into())]);
        assert_eq!(seven, ["dear", "thanks"]);
        assert_eq!(
            concerned("opened", &[("app", "2.0.0".into())]),
            ["current", "roman"]
        );
    }

    #[test]
    fn attributes_concern_what_reads_them() {
        let (_, plan) = plan();
        let units = plan.dependencies.by_name("city").unwrap().clone();
        assert_eq!(names(&plan, units), ["roman"]);
        assert_eq!(names(&plan, plan.dependencies.undated().clone()), ["roman"]);
        assert!(plan.knows("city") && !plan.knows("town"));
    }
}

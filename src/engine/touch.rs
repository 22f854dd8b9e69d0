//! Which rules an event can change: those with an event term that the event may be meant by.

use crate::ir::visit::{Seen, visit_cond};
use crate::ir::{Cond, CondKind, FieldRef, Lit, Order, Select, Term, TermKind};
use crate::profile::{Accessor, Event, Model, Profile, Val};
use crate::schema::Schema;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

/// The units (rules, lifecycles) that an event may change, by its kind and, where their conditions ask for certain values
/// of a property, by that value.
pub(crate) struct Touch<P: Profile> {
    kinds: Vec<KindTouch<P::Event>>,
}

struct KindTouch<E> {
    /// Those that any event of the kind may change.
    any: Box<[u32]>,
    by: Vec<ByProperty<E>>,
}

struct ByProperty<E> {
    accessor: Accessor<E>,
    texts: HashMap<Box<str>, Box<[u32]>>,
    wholes: HashMap<i64, Box<[u32]>, BuildHasherDefault<Mixed>>,
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

/// What an event must have to be meant: a value of a property, or nothing but its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Any,
    Text(usize, Box<str>),
    Whole(usize, i64),
}

impl<P: Profile> Touch<P> {
    /// The index of units, each with its conditions, which were checked against `schema`.
    pub(crate) fn new<'a>(
        model: &Model<P>,
        schema: &Schema,
        units: impl Iterator<Item = (u32, &'a Cond)>,
    ) -> Self {
        let mut keys: Vec<BTreeMap<Key, BTreeSet<u32>>> =
            vec![BTreeMap::new(); schema.kinds().len()];
        for (unit, cond) in units {
            visit_cond(cond, &mut |seen| {
                if let Seen::Select(select) = seen {
                    for kind in &select.kinds {
                        if let Some(keys) = keys.get_mut(*kind) {
                            for key in wanted(select, *kind) {
                                keys.entry(key).or_default().insert(unit);
                            }
                        }
                    }
                }
            });
        }
        let kinds = (model.schema.kinds().iter().enumerate())
            .map(|(position, kind)| {
                let keys = schema
                    .kind_index(&kind.name)
                    .and_then(|k| keys.get(k).map(|keys| (k, keys)));
                KindTouch::new(model, schema, position, keys)
            })
            .collect();
        Touch { kinds }
    }

    /// Calls back with each unit that an event may change. A unit may come more than once.
    pub(crate) fn each(&self, event: &P::Event, mut f: impl FnMut(u32)) {
        let Some(kind) = self.kinds.get(event.kind()) else {
            return;
        };
        kind.any.iter().for_each(|unit| f(*unit));
        for by in &kind.by {
            let units = match by.accessor.get(event, 0) {
                Val::Whole(v) => i64::try_from(v).ok().and_then(|v| by.wholes.get(&v)),
                value => value.text().and_then(|text| by.texts.get(text)),
            };
            units.into_iter().flatten().for_each(|unit| f(*unit));
        }
    }
}

impl<E: Event> KindTouch<E> {
    /// What the rules ask of a kind: `position` in the model; its keys are those of the rules' schema.
    fn new<P: Profile<Event = E>>(
        model: &Model<P>,
        schema: &Schema,
        position: usize,
        keys: Option<(usize, &BTreeMap<Key, BTreeSet<u32>>)>,
    ) -> Self {
        let mut touch = KindTouch {
            any: Box::default(),
            by: Vec::new(),
        };
        let Some((kind, keys)) = keys else {
            return touch;
        };
        let mut places: BTreeMap<usize, usize> = BTreeMap::new();
        let mut any: BTreeSet<u32> = BTreeSet::new();
        for (key, units) in keys {
            let (Key::Text(property, _) | Key::Whole(property, _)) = key else {
                any.extend(units);
                continue;
            };
            let place = places.get(property).copied().or_else(|| {
                let name = &schema.kinds().get(kind)?.properties.get(*property)?.name;
                let index = model.schema.kinds().get(position)?.property_index(name)?;
                let accessor = model.properties.get(position)?.get(index)?.clone();
                touch.by.push(ByProperty {
                    accessor,
                    texts: HashMap::new(),
                    wholes: HashMap::default(),
                });
                places.insert(*property, touch.by.len() - 1);
                Some(touch.by.len() - 1)
            });
            let Some(by) = place.and_then(|i| touch.by.get_mut(i)) else {
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
        touch.any = any.into_iter().collect();
        touch
    }
}

/// What an event of a kind must have to be meant by a selection: one of these. The first condition that asks for certain
/// values decides; the others only ask for more.
fn wanted(select: &Select, kind: usize) -> Vec<Key> {
    select
        .filter
        .iter()
        .find_map(|cond| values(cond, kind))
        .unwrap_or_else(|| vec![Key::Any])
}

fn values(cond: &Cond, kind: usize) -> Option<Vec<Key>> {
    let property = |term: &Term| match &term.kind {
        TermKind::Field(FieldRef::Property(p)) => {
            p.at.iter().find(|(k, _)| *k == kind).map(|(_, at)| *at)
        }
        _ => None,
    };
    let key = |property: usize, lit: &Lit| match lit {
        Lit::Text(text) => Some(Key::Text(property, (**text).into())),
        Lit::Whole(v) => i64::try_from(*v).ok().map(|v| Key::Whole(property, v)),
        Lit::Real(_) => None,
    };
    match &cond.kind {
        CondKind::All(parts) => parts.iter().find_map(|part| values(part, kind)),
        CondKind::Any(parts) => {
            let all: Option<Vec<Vec<Key>>> = parts.iter().map(|part| values(part, kind)).collect();
            all.filter(|all| !all.is_empty()).map(|all| all.concat())
        }
        CondKind::Compare {
            op: Order::Eq,
            left,
            right,
            ignoring_case: false,
        } if left.ty == right.ty => {
            let (field, lit) = match (&left.kind, &right.kind) {
                (_, TermKind::Lit(lit)) => (left, lit),
                (TermKind::Lit(lit), _) => (right, lit),
                _ => return None,
            };
            Some(vec![key(property(field)?, lit)?])
        }
        CondKind::OneOf {
            value,
            set,
            ignoring_case: false,
        } => {
            let property = property(value)?;
            set.iter().map(|lit| key(property, lit)).collect()
        }
        _ => None,
    }
}

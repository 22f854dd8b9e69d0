//! What a profile says beside its events, and which of it differs between two states of the profile.

use super::dependencies::{UnitReads, is_tracked};
use crate::engine::ids::Units;
use crate::engine::output::Cause;
use crate::engine::state::ALL_TAGS;
use crate::profile::{Accessor, Model, Profile, RowAccess, Val};
use smol_str::SmolStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// The attributes, relations and tags, also those that no rule reads yet: they too have a newest value.
pub(crate) struct Watched<P>(Box<[WatchedData<P>]>);

struct WatchedData<P> {
    name: SmolStr,
    data: Data<P>,
    is_tracked: bool,
    readers: Units,
}

enum Data<P> {
    Attribute(Accessor<P>),
    Relation {
        rows: Arc<dyn RowAccess<P>>,
        properties: usize,
    },
}

/// The hash of each watched value: two profiles with the same hash have the same value, but for one chance in 2^64.
pub(crate) struct Values(Vec<u64>);

/// What differs, and whatever reads it.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    /// Attributes, relations, and the tags by the name `tags`.
    pub(crate) names: Vec<SmolStr>,
    /// The first of them that something reads.
    read: Option<SmolStr>,
    /// The units that read tracked attributes among them.
    pub(crate) dated: Units,
    /// The units that read others.
    pub(crate) undated: Units,
}

impl Differences {
    /// Adds something that differs, with what reads it.
    pub(crate) fn add(&mut self, name: SmolStr, is_tracked: bool, readers: &Units) {
        let units = if is_tracked {
            &mut self.dated
        } else {
            &mut self.undated
        };
        units.add(readers);
        if !readers.is_empty() {
            self.read.get_or_insert_with(|| name.clone());
        }
        self.names.push(name);
    }

    /// What differs as a cause: the first of the names that something reads.
    pub(crate) fn cause(&self) -> Cause {
        let name = self.read.clone().unwrap_or_default();
        Cause::Attribute { name }
    }

    pub(crate) fn normalize(&mut self) {
        self.dated.normalize();
        self.undated.normalize();
    }
}

impl<P: Profile> Watched<P> {
    pub(super) fn new(model: &Model<P>, reads: &UnitReads) -> Self {
        let watched = |name: &str, data, readers: Option<&Units>| WatchedData {
            name: name.into(),
            data,
            is_tracked: is_tracked(&model.schema, name),
            readers: readers.cloned().unwrap_or_default(),
        };
        let attributes = model.schema.attributes().iter().zip(&*model.attributes);
        let attributes = attributes.map(|(field, accessor)| {
            let data = Data::Attribute(accessor.clone());
            watched(&field.name, data, reads.of_name(&field.name))
        });
        let relations = model.schema.relations().iter().zip(&*model.relations);
        let relations = relations.map(|(relation, rows)| {
            let data = Data::Relation {
                rows: rows.clone(),
                properties: relation.properties.len(),
            };
            watched(&relation.name, data, reads.of_name(&relation.name))
        });
        let tags = model.tags.iter();
        let tags =
            tags.map(|tags| watched(ALL_TAGS, Data::Attribute(tags.clone()), Some(reads.tags())));
        Watched(attributes.chain(relations).chain(tags).collect())
    }

    /// The values of a profile as they are.
    pub(crate) fn values(&self, of: &P) -> Values {
        Values(self.0.iter().map(|watched| watched.data.hash(of)).collect())
    }

    /// What differs between two states of a profile.
    pub(crate) fn differences(&self, old: &Values, new: &Values) -> Differences {
        let mut found = Differences::default();
        for ((watched, old), new) in self.0.iter().zip(&old.0).zip(&new.0) {
            if old != new {
                found.add(watched.name.clone(), watched.is_tracked, &watched.readers);
            }
        }
        found.normalize();
        found
    }
}

impl<P> Data<P> {
    fn hash(&self, of: &P) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self {
            Data::Attribute(accessor) => hash_field(accessor, of, &mut hasher),
            Data::Relation { rows, properties } => {
                for row in 0..rows.len(of) {
                    for property in 0..*properties {
                        hash_value(rows.value(of, row, property), &mut hasher);
                        rows.list_len(of, row, property).hash(&mut hasher);
                        rows.any_item(of, row, property, &mut |item| {
                            hash_value(item, &mut hasher);
                            false
                        });
                    }
                }
            }
        }
        hasher.finish()
    }
}

/// Hashes what a profile or an event has in one field.
pub(super) fn hash_field<T>(accessor: &Accessor<T>, of: &T, hasher: &mut DefaultHasher) {
    match accessor {
        Accessor::List(list) => {
            list.len(of).hash(hasher);
            list.any(of, &mut |item| {
                hash_value(item, hasher);
                false
            });
        }
        // What an attribute will be is part of what it is.
        Accessor::History(history) => {
            for i in 0..history.len(of) {
                history.at(of, i).hash(hasher);
                hash_value(history.value(of, i), hasher);
            }
        }
        scalar @ (Accessor::Whole(_)
        | Accessor::Text(_)
        | Accessor::Real(_)
        | Accessor::Place(_)) => hash_value(scalar.get(of, 0), hasher),
    }
}

/// The hash of what a profile has in one field at an instant.
pub(crate) fn hash_at<T>(accessor: &Accessor<T>, of: &T, at: i64) -> u64 {
    let mut hasher = DefaultHasher::new();
    match accessor {
        Accessor::List(_) => hash_field(accessor, of, &mut hasher),
        Accessor::Whole(_)
        | Accessor::Text(_)
        | Accessor::Real(_)
        | Accessor::Place(_)
        | Accessor::History(_) => hash_value(accessor.get(of, at), &mut hasher),
    }
    hasher.finish()
}

fn hash_value(value: Val<'_>, hasher: &mut DefaultHasher) {
    match value {
        Val::Missing => 0_u8.hash(hasher),
        Val::Whole(v) => (1_u8, v).hash(hasher),
        Val::Ratio(n, d) => (2_u8, n, d).hash(hasher),
        Val::Real(v) => (3_u8, v.to_bits()).hash(hasher),
        Val::Text(_) | Val::Inline(_) => (4_u8, value.text()).hash(hasher),
        Val::Place(place) => (5_u8, place.lat.to_bits(), place.lon.to_bits()).hash(hasher),
    }
}

#[cfg(all(test, feature = "toml"))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use crate::Rulebook;
    use crate::engine::plan::Plan;
    use crate::profile::{Model, Record, Value};
    use crate::time::Instant;

    #[test]
    fn what_differs_is_found_whatever_its_type() {
        let rulebook = Rulebook::from_toml(
            r#"
            [schema.attributes]
            city = "string"
            home = "place"
            interests = "list of string"
            plan = { type = "string", tracked = true }
            score = "float"
            [schema.relations.accounts.properties]
            name = "string"
            [segments]
            all = 'city = "Roma" and home within 5 km of (41.9, 12.5) and interests contains "tv" and plan = "pro" and score > 1.5'
            rows = 'accounts(name = "Acme") or tagged "vip"'
            "#,
        )
        .unwrap();
        let (schema, at) = (rulebook.schema(), Instant::from_micros(0));
        let plan = Plan::new(&rulebook, &Model::for_schema(schema)).unwrap();
        let mut anna = Record::builder(schema, "anna").build().unwrap();
        let differing = |anna: &mut Record, change: &dyn Fn(&mut Record)| {
            let before = plan.watched.values(anna);
            change(anna);
            let found = plan
                .watched
                .differences(&before, &plan.watched.values(anna));
            found.names.join(" ")
        };
        let values: [(&str, Value); 5] = [
            ("city", "Roma".into()),
            (
                "home",
                crate::value::GeoPoint {
                    lat: 41.9,
                    lon: 12.5,
                }
                .into(),
            ),
            ("interests", vec!["tv"].into()),
            ("plan", "pro".into()),
            ("score", 1.5.into()),
        ];
        for (name, value) in values {
            let set = |anna: &mut Record| anna.set(schema, name, value.clone(), at).unwrap();
            assert_eq!(differing(&mut anna, &set), name);
            assert_eq!(differing(&mut anna, &set), "");
        }
        // From tomorrow on.
        let later = Instant::from_micros(crate::time::DAY);
        let set = |anna: &mut Record| anna.set(schema, "plan", "free", later).unwrap();
        assert_eq!(differing(&mut anna, &set), "plan");
        let rows = Value::rows([[("name", "Acme".into())]]);
        let set = |anna: &mut Record| anna.set(schema, "accounts", rows.clone(), at).unwrap();
        assert_eq!(differing(&mut anna, &set), "accounts");
        let tag = |anna: &mut Record| anna.tags_mut().push("vip".to_owned());
        assert_eq!(differing(&mut anna, &tag), "tags");
    }
}

//! What rules read of a profile without a date, and which of it differs between two states of the profile.

use super::dependencies::{UnitReads, is_tracked};
use crate::engine::ids::Units;
use crate::engine::state::ALL_TAGS;
use crate::profile::{Accessor, Model, Profile, RowAccess, Val};
use smol_str::SmolStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// The attributes, relations and tags that rules read.
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
    /// In the order of names; the tags are the last, by the name `tags`.
    pub(crate) names: Vec<SmolStr>,
    /// The units that read tracked attributes among them.
    pub(crate) dated: Units,
    /// The units that read others.
    pub(crate) undated: Units,
}

impl Differences {
    pub(crate) fn normalize(&mut self) {
        self.dated.normalize();
        self.undated.normalize();
    }
}

impl<P: Profile> Watched<P> {
    pub(super) fn new(model: &Model<P>, reads: &UnitReads) -> Self {
        let of_name = reads.by_name().filter_map(|(name, readers)| {
            let data = data_named(model, name)?;
            Some(WatchedData {
                name: name.into(),
                data,
                is_tracked: is_tracked(&model.schema, name),
                readers: readers.clone(),
            })
        });
        let tags = model.tags.iter().map(|tags| WatchedData {
            name: ALL_TAGS.into(),
            data: Data::Attribute(tags.clone()),
            is_tracked: false,
            readers: reads.tags().clone(),
        });
        Watched(of_name.chain(tags).collect())
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
                found.names.push(watched.name.clone());
                let units = if watched.is_tracked {
                    &mut found.dated
                } else {
                    &mut found.undated
                };
                units.add(&watched.readers);
            }
        }
        found.normalize();
        found
    }
}

fn data_named<P: Profile>(model: &Model<P>, name: &str) -> Option<Data<P>> {
    if let Some(i) = model.schema.attribute_index(name) {
        return model.attributes.get(i).cloned().map(Data::Attribute);
    }
    let i = model.schema.relation_index(name)?;
    Some(Data::Relation {
        rows: model.relations.get(i)?.clone(),
        properties: model.schema.relations().get(i)?.properties.len(),
    })
}

impl<P> Data<P> {
    fn hash(&self, of: &P) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self {
            Data::Attribute(Accessor::List(list)) => {
                list.len(of).hash(&mut hasher);
                list.any(of, &mut |item| {
                    hash_value(item, &mut hasher);
                    false
                });
            }
            // What an attribute will be is part of what it is.
            Data::Attribute(Accessor::History(history)) => {
                for i in 0..history.len(of) {
                    history.at(of, i).hash(&mut hasher);
                    hash_value(history.value(of, i), &mut hasher);
                }
            }
            Data::Attribute(scalar) => hash_value(scalar.get(of, 0), &mut hasher),
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

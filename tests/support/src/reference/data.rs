//! The plain data that the reference looks at, and how they are read from JSON.

use super::calendar::{Calendar, Micros};
use super::value::{Ratio, Value};
use crate::corpus::{Book, TraitText};
use chrono::NaiveDate;
use segue::schema::{EventKind, Field, Schema};
use segue::syntax::{Expr, parse};
use segue::{Duration, Instant, Type};
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What rules are evaluated against, beside a profile and `now`.
#[derive(Clone, Debug)]
pub struct World {
    pub schema: Schema,
    pub calendar: Calendar,
    pub segments: BTreeMap<String, Expr>,
    pub traits: BTreeMap<String, Trait>,
    /// "A tag is set by hand, by a rule": the paths, and their rules.
    pub tags: BTreeMap<String, Expr>,
    pub lifecycles: BTreeMap<String, Lifecycle>,
    /// What was found of the lives of profiles: by profile, lifecycle and subject.
    pub passages: RefCell<BTreeMap<Life, Rc<Vec<Passage>>>>,
}

type Life = (String, String, Option<String>);

/// A lifecycle as it is written.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    pub per: Option<String>,
    pub from: From,
    pub stages: Vec<Stage>,
}

#[derive(Clone, Debug)]
pub struct Stage {
    pub name: String,
    pub when: Expr,
    pub from: Option<From>,
}

/// From where a stage may be entered.
#[derive(Clone, Debug)]
pub enum From {
    Forward,
    Any,
    These(Vec<String>),
}

impl From {
    fn read(text: &str) -> From {
        match text {
            "forward" => From::Forward,
            "any" => From::Any,
            list => From::These(list.split(',').map(str::to_owned).collect()),
        }
    }
}

/// What happens to a stage at one instant.
#[derive(Clone, Debug)]
pub struct Passage {
    pub at: Micros,
    pub from: Option<usize>,
    /// In order; in the last one it stays.
    pub entered: Vec<usize>,
}

/// "`in any segment`, in the definition of a segment, is of all others": their names, where the definition leaves them out.
fn naming_others(text: &str, segment: &str, book: &Book) -> String {
    let others = book.segments.keys().filter(|name| *name != segment);
    let others: Vec<&str> = others.map(String::as_str).collect();
    let mut named = text.to_owned();
    for (words, of_none) in [
        ("in any segment", "1 = 2"),
        ("in every segment", "1 = 1"),
        ("in no segment", "1 = 1"),
    ] {
        let explicit = format!("{words} of (");
        let kept = named.replace(&explicit, "\u{0}");
        let filled = if others.is_empty() {
            format!("({of_none})")
        } else {
            format!("{explicit}{})", others.join(", "))
        };
        named = kept.replace(words, &filled).replace('\u{0}', &explicit);
    }
    named
}

impl World {
    pub fn new(schema: Schema, book: &Book) -> World {
        let read =
            |text: &String| parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        let all = |rules: &BTreeMap<String, String>| {
            rules
                .iter()
                .map(|(name, text)| (name.clone(), read(text)))
                .collect()
        };
        let of_trait = |of: &TraitText| match of {
            TraitText::Computed(text) => Trait::Computed(read(text)),
            TraitText::Cases { cases, otherwise } => Trait::Cases {
                cases: cases
                    .iter()
                    .map(|(name, text)| (name.clone(), read(text)))
                    .collect(),
                otherwise: otherwise.clone(),
            },
        };
        // "Of the segments with a priority that hold, that with the highest; of equal ones the first by name."
        let mut first: Vec<(&String, i64)> = (book.priorities.iter())
            .filter(|(name, _)| book.segments.contains_key(*name))
            .map(|(name, priority)| (name, *priority))
            .collect();
        first.sort_by_key(|(name, priority)| (-priority, *name));
        let leads = first.iter().map(|(name, _)| {
            let holds = read(&format!("in segment {}", crate::random::quoted(name)));
            ((*name).clone(), holds)
        });
        let lead = Trait::Cases {
            cases: leads.collect(),
            otherwise: None,
        };
        let personas: Vec<Persona> = (book.personas.iter())
            .map(|(name, of)| Persona {
                name: name.clone(),
                weights: of
                    .weights
                    .iter()
                    .map(|(when, adds)| (read(when), *adds))
                    .collect(),
                least: of.least,
            })
            .collect();
        let fits = personas.iter().map(|persona| {
            let name = format!("fit of {}", persona.name);
            (name, Trait::Fit(persona.clone()))
        });
        let made = [
            ("lead segment".to_owned(), lead),
            ("persona".to_owned(), Trait::Persona(personas.clone())),
        ];
        World {
            schema,
            calendar: Calendar::new(&book.zone, book.week_start),
            segments: (book.segments.iter())
                .map(|(name, text)| (name.clone(), read(&naming_others(text, name, book))))
                .collect(),
            traits: book
                .traits
                .iter()
                .map(|(name, of)| (name.clone(), of_trait(of)))
                .chain(fits)
                .chain(made)
                .collect(),
            tags: all(&book.tags),
            lifecycles: (book.lifecycles.iter())
                .map(|(name, of)| {
                    let stages = of.stages.iter().map(|s| Stage {
                        name: s.name.clone(),
                        when: read(&s.when),
                        from: s.from.as_deref().map(From::read),
                    });
                    let from = From::read(of.from.as_deref().unwrap_or("forward"));
                    (
                        name.clone(),
                        Lifecycle {
                            per: of.per.clone(),
                            from,
                            stages: stages.collect(),
                        },
                    )
                })
                .collect(),
            passages: RefCell::default(),
        }
    }

    /// The kind of that name.
    pub fn kind(&self, name: &str) -> Option<&EventKind> {
        self.schema.kinds().iter().find(|k| k.name == name)
    }

    /// Its place among the kinds.
    pub fn kind_index(&self, name: &str) -> Option<usize> {
        self.schema.kinds().iter().position(|k| k.name == name)
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Field> {
        self.schema.attributes().iter().find(|f| f.name == name)
    }
}

/// Section 6: "*Traits*: named, computed from events or attributes".
#[derive(Clone, Debug)]
pub enum Trait {
    /// A number, a date …
    Computed(Expr),
    /// "`frequency` as the first case that holds of an ordered list"; the values are in the order of the cases.
    Cases {
        cases: Vec<(String, Expr)>,
        otherwise: Option<String>,
    },
    /// How much the weights of a persona add.
    Fit(Persona),
    /// The persona that a customer is most like.
    Persona(Vec<Persona>),
}

/// Conditions with what each adds, and how much that must be at least.
#[derive(Clone, Debug)]
pub struct Persona {
    pub name: String,
    pub weights: Vec<(Expr, i64)>,
    pub least: i64,
}

/// A customer. Attributes that are missing are not in the map.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub id: String,
    pub attributes: BTreeMap<String, Value>,
    /// Of tracked attributes: from each instant on, the value beside it. A value from the beginning is set at `i64::MIN`.
    pub histories: BTreeMap<String, Vec<(Micros, Option<Value>)>>,
    pub tags: Vec<String>,
    /// In any order; several may share an id.
    pub events: Vec<Event>,
    /// By relation.
    pub rows: BTreeMap<String, Vec<Row>>,
}

/// A row of a relation. Properties that are missing are not in the map.
pub type Row = BTreeMap<String, Value>;

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub kind: String,
    pub at: Micros,
    pub id: Option<String>,
    pub props: BTreeMap<String, Value>,
}

impl Profile {
    /// Reads `{"id": …, "age": 51, "consent": {"email": true}, "tags": […], "history": {"plan": [{"at": …, "value": …}]},
    /// "events": [{"kind": …, "at": …, "id": …, "props": {…}}]}`.
    pub fn from_json(schema: &Schema, json: &Json) -> Profile {
        let mut profile = Profile {
            id: text(&json["id"]),
            ..Profile::default()
        };
        for tag in json["tags"].as_array().into_iter().flatten() {
            profile.tags.push(text(tag));
        }
        for field in schema.attributes() {
            let value = read(&field.ty, at_path(json, &field.name));
            if field.tracked {
                let past = at_path(&json["history"], &field.name)
                    .as_array()
                    .into_iter()
                    .flatten();
                let mut changes: Vec<_> = past
                    .map(|c| (instant(&c["at"]), read(&field.ty, &c["value"])))
                    .collect();
                // Of several changes at one instant the last given stays.
                changes.reverse();
                changes.sort_by_key(|(at, _)| *at);
                changes.dedup_by_key(|(at, _)| *at);
                if let (Some(value), true) = (value, changes.is_empty()) {
                    changes.push((i64::MIN, Some(value)));
                }
                profile.histories.insert(field.name.clone(), changes);
            } else if let Some(value) = value {
                profile.attributes.insert(field.name.clone(), value);
            }
        }
        for event in json["events"].as_array().into_iter().flatten() {
            let kind = schema
                .kind(event["kind"].as_str().expect("a kind"))
                .expect("a kind of the schema");
            let props = kind.properties.iter().filter_map(|p| {
                Some((
                    p.name.clone(),
                    read(&p.ty, at_path(&event["props"], &p.name))?,
                ))
            });
            profile.events.push(Event {
                kind: kind.name.clone(),
                at: instant(&event["at"]),
                id: event["id"].as_str().map(str::to_owned),
                props: props.collect(),
            });
        }
        for relation in schema.relations() {
            let row = |row: &Json| -> Row {
                let property =
                    |p: &Field| Some((p.name.clone(), read(&p.ty, at_path(row, &p.name))?));
                relation.properties.iter().filter_map(property).collect()
            };
            let rows = at_path(json, &relation.name)
                .as_array()
                .into_iter()
                .flatten();
            profile
                .rows
                .insert(relation.name.clone(), rows.map(row).collect());
        }
        profile
    }
}

/// `consent.email` as one name or as an object within an object.
fn at_path<'j>(json: &'j Json, name: &str) -> &'j Json {
    match (json.get(name), name.split_once('.')) {
        (None, Some((outer, inner))) => at_path(&json[outer], inner),
        (found, _) => found.unwrap_or(&Json::Null),
    }
}

fn text(json: &Json) -> String {
    json.as_str()
        .map_or_else(|| json.to_string(), str::to_owned)
}

fn instant(json: &Json) -> Micros {
    text(json).parse::<Instant>().expect("an instant").micros()
}

/// The value of a type; `None` for `null`, which is missing.
fn read(ty: &Type, json: &Json) -> Option<Value> {
    if json.is_null() {
        return None;
    }
    Some(match ty {
        Type::Bool => Value::Bool(json.as_bool().expect("true or false")),
        Type::Int => Value::Exact(Ratio::whole(
            text(json).parse::<i128>().expect("an integer"),
        )),
        Type::Decimal(_) => {
            let digits: segue::Decimal = text(json).parse().expect("a number");
            Value::Exact(Ratio::decimal(digits.mantissa(), digits.scale()))
        }
        Type::Float => Value::Float(json.as_f64().expect("a number")),
        Type::String => Value::Text(text(json)),
        Type::Version => Value::Version(text(json)),
        Type::Enum(e) => {
            let name = text(json);
            let rank = e.index_of(&name).expect("a value of the enum");
            Value::Name(name, rank)
        }
        Type::Date => Value::Date(text(json).parse::<NaiveDate>().expect("a date")),
        Type::Instant => Value::Instant(instant(json)),
        Type::Duration => Value::Duration(
            text(json)
                .parse::<Duration>()
                .expect("a length of time")
                .micros(),
        ),
        Type::Place => Value::Place(
            json["lat"].as_f64().expect("a latitude"),
            json["lon"].as_f64().expect("a longitude"),
        ),
        Type::List(of) => Value::List(
            json.as_array()
                .expect("a list")
                .iter()
                .filter_map(|item| read(of, item))
                .collect(),
        ),
        other => panic!("no values of type {other} in the tests"),
    })
}

//! Random streams: a rulebook with segments and lifecycles, profiles, and what comes in one after the other.

use super::{Gen, Rng, Style, quoted};
use crate::corpus::Book;
use crate::reference::calendar::Micros;
use crate::reference::value::DAY;
use segue::profile::{Model, Record};
use segue::schema::{Field, Schema};
use segue::{Instant, Rule, Rulebook, Type};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Something that an engine is given.
#[derive(Clone, Debug)]
pub enum Act {
    /// An event of a profile, which may be unknown.
    Observe { profile: String, event: Json },
    /// Another value of an attribute; `null` takes it away.
    Change {
        profile: String,
        at: Micros,
        attribute: String,
        value: Json,
    },
    /// Nothing but time.
    Advance { to: Micros },
    /// Time up to the next wake-up, or so many microseconds before it.
    Wake { before: Micros },
}

/// One stream.
#[derive(Clone, Debug)]
pub struct Stream {
    pub seed: u64,
    pub schema: Schema,
    pub book: Book,
    /// As they stand in a rule file.
    pub lifecycles: BTreeMap<String, Json>,
    pub lateness: Micros,
    /// The engine's time when the profiles come in.
    pub start: Micros,
    /// Profiles with a past.
    pub profiles: Vec<Json>,
    pub acts: Vec<Act>,
}

impl Stream {
    /// The rule file.
    pub fn document(&self) -> Json {
        document(&self.book, &self.lifecycles)
    }

    pub fn rulebook(&self) -> Rulebook {
        load(&self.schema, &self.document())
            .unwrap_or_else(|| panic!("refused: {}", self.document()))
    }
}

impl Stream {
    /// The same stream under rules of which some are gone and some say what others said; `None` if they do not load.
    pub fn edited(&self, rng: &mut Rng) -> Option<Stream> {
        let mut edited = self.clone();
        let conditions: Vec<String> = self.book.segments.values().cloned().collect();
        edited.book.segments.retain(|_, condition| {
            match rng.below(4) {
                0 => return false,
                1 => *condition = conditions[rng.below(conditions.len())].clone(),
                _ => {}
            }
            true
        });
        edited.lifecycles.retain(|_, lifecycle| {
            match rng.below(4) {
                0 => return false,
                1 => {
                    if let Some(stages) = lifecycle["stages"].as_array_mut() {
                        stages.reverse();
                    }
                }
                2 => lifecycle["from"] = json!("any"),
                _ => {}
            }
            true
        });
        load(&edited.schema, &edited.document()).map(|_| edited)
    }
}

fn document(book: &Book, lifecycles: &BTreeMap<String, Json>) -> Json {
    let mut document = book.document();
    document["lifecycles"] = json!(lifecycles);
    document
}

fn load(schema: &Schema, document: &Json) -> Option<Rulebook> {
    let document = serde_json::from_value(document.clone()).ok()?;
    Rulebook::loader()
        .schema(schema.clone())
        .load_document(document)
        .ok()
}

const STAGES: [&str; 4] = ["awareness", "consideration", "decision", "advocacy"];

impl Gen {
    /// The stream of a seed.
    pub fn stream(seed: u64) -> Stream {
        let mut of = Gen::begin(seed, Style::Everything);
        if of.rng.percent(40) {
            of.fill_book();
        }
        // The reference looks at hours for two days.
        let seldom = instants_span(&of.instants) > 2 * DAY;
        let hourly = |text: &str| seldom && text.contains("now.hour");
        if hourly(&of.book.document().to_string())
            || load(&of.schema, &of.book.document()).is_none()
        {
            let (zone, week_start) = (of.book.zone.clone(), of.book.week_start);
            of.book = Book {
                zone,
                week_start,
                ..Book::default()
            };
        }
        let mut lifecycles = BTreeMap::new();
        for name in ["buying", "interest"]
            .into_iter()
            .take(of.rng.pick(&[0, 1, 1, 2]))
        {
            let per = if of.rng.percent(60) { of.per() } else { None };
            let Some(lifecycle) = of.lifecycle(per) else {
                continue;
            };
            lifecycles.insert(name.to_owned(), lifecycle.clone());
            if load(&of.schema, &document(&of.book, &lifecycles)).is_none() {
                lifecycles.remove(name);
            }
        }
        for name in ["aware", "loyal", "silent", "weary"]
            .into_iter()
            .take(1 + of.rng.below(4))
        {
            let rule = of.rule();
            if hourly(&rule) {
                continue;
            }
            of.book.segments.insert(name.to_owned(), rule);
            if load(&of.schema, &document(&of.book, &lifecycles)).is_none() {
                of.book.segments.remove(name);
            }
        }
        let mut instants = of.instants.clone();
        instants.sort_unstable();
        let start = instants[of.rng.below(4)];
        let lateness = of.rng.pick(&[0, 0, DAY / 24, DAY, 30 * DAY, 400 * DAY]);
        let profiles = if of.rng.percent(60) {
            vec![of.known("anna")]
        } else {
            Vec::new()
        };
        let mut now = start;
        let mut acts: Vec<Act> = Vec::new();
        for number in 0..of.rng.between(3, 12) {
            let later: Vec<Micros> = instants.iter().copied().filter(|t| *t >= now).collect();
            let ahead = if later.is_empty() {
                now + DAY
            } else {
                later[of.rng.below(later.len().min(3))]
            };
            let profile = of.rng.pick(&["anna", "anna", "bruno"]).to_owned();
            match of.rng.below(20) {
                0..=9 => {
                    now = ahead;
                    acts.push(of.observe(profile, number, now));
                }
                10..=12 => {
                    // Late, perhaps too late, often by a telling length.
                    let at = match of.rng.below(3) {
                        0 => now - lateness - of.rng.pick(&[-1, 0, 1]),
                        _ => of.instant(),
                    };
                    now = now.max(at);
                    acts.push(of.observe(profile, number, at));
                }
                13 | 14 => {
                    let again = acts
                        .iter()
                        .filter(|a| matches!(a, Act::Observe { .. }))
                        .count();
                    if again > 0 {
                        let nth = of.rng.below(again);
                        let act = acts
                            .iter()
                            .filter(|a| matches!(a, Act::Observe { .. }))
                            .nth(nth)
                            .cloned();
                        acts.extend(act);
                    }
                }
                15 | 16 => {
                    let at = if of.rng.percent(35) {
                        now - of.rng.pick(&[1, lateness / 2, lateness, lateness + 1])
                    } else {
                        ahead
                    };
                    now = now.max(at);
                    acts.extend(of.change(profile, at));
                }
                17 | 18 => acts.push(Act::Wake {
                    before: of.rng.pick(&[0, 0, 1]),
                }),
                _ => {
                    now = ahead;
                    acts.push(Act::Advance { to: now });
                }
            }
        }
        if of.rng.percent(70) {
            acts.extend([
                Act::Wake { before: 1 },
                Act::Wake { before: 0 },
                Act::Wake { before: 0 },
            ]);
        }
        let Gen { schema, book, .. } = of;
        Stream {
            seed,
            schema,
            book,
            lifecycles,
            lateness,
            start,
            profiles,
            acts,
        }
    }

    fn known(&mut self, id: &str) -> Json {
        let mut profile = self.profile();
        profile["id"] = json!(id);
        profile
    }

    fn observe(&mut self, profile: String, number: i64, at: Micros) -> Act {
        let mut event = self.event(usize::try_from(number).unwrap_or(0));
        event["at"] = json!(Instant::from_micros(at).to_string());
        if !event["id"].is_null() {
            // Now and then that of the event before, which may be of another kind.
            let number = number - i64::from(number % 5 == 0);
            event["id"] = json!(format!("s{number}"));
        }
        Act::Observe { profile, event }
    }

    fn change(&mut self, profile: String, at: Micros) -> Option<Act> {
        let field = {
            let fields = self.schema.attributes().to_vec();
            let read: Vec<_> = fields
                .iter()
                .filter(|f| {
                    self.book
                        .segments
                        .values()
                        .any(|rule| rule.contains(f.name.as_str()))
                })
                .cloned()
                .collect();
            let among = if read.is_empty() || self.rng.percent(30) {
                &fields
            } else {
                &read
            };
            if among.is_empty() {
                return None;
            }
            self.rng.pick(among)
        };
        let value = if self.rng.percent(15) {
            Json::Null
        } else {
            self.value(&field.ty)
        };
        Some(Act::Change {
            profile,
            at,
            attribute: field.name,
            value,
        })
    }

    /// A property that some events have, of one type throughout, with a value for each of which a lifecycle can be kept.
    fn per(&mut self) -> Option<String> {
        let mut types: BTreeMap<String, Option<Type>> = BTreeMap::new();
        for property in self.schema.kinds().iter().flat_map(|k| &k.properties) {
            let same = types
                .entry(property.name.clone())
                .or_insert_with(|| Some(property.ty.clone()));
            if same.as_ref() != Some(&property.ty) {
                *same = None;
            }
        }
        types.retain(|_, ty| matches!(ty, Some(Type::String | Type::Enum(_))));
        // One that the events to come will have.
        let has = |name: &String| {
            self.favourites
                .iter()
                .any(|k| k.property_index(name).is_some())
        };
        let names: Vec<String> = types.into_keys().filter(has).collect();
        (!names.is_empty()).then(|| self.rng.pick(&names))
    }

    /// A lifecycle as it stands in a rule file. What it asks does not change for a blank profile, so that its past has a
    /// beginning; that of a subject asks nothing by name, for what has a name sees every event.
    fn lifecycle(&mut self, per: Option<String>) -> Option<Json> {
        let book = self.book.clone();
        let named = self
            .book
            .segments
            .values()
            .chain(self.book.tags.values())
            .any(|rule| restless(&self.schema, rule));
        if per.is_some() || named || self.book.document().to_string().contains("now.") {
            let (zone, week_start) = (book.zone.clone(), book.week_start);
            self.book = Book {
                zone,
                week_start,
                ..Book::default()
            };
        }
        self.naming = true;
        let mut stages = Vec::new();
        for name in STAGES.into_iter().take(1 + self.rng.below(4)) {
            let found = (0..20).find_map(|_| {
                let when = self.rule();
                self.is_steady(&when).then_some(when)
            });
            stages.push((name, found));
        }
        self.naming = false;
        self.book = book;
        let names: Vec<&str> = stages.iter().map(|(name, _)| *name).collect();
        let mut all = Vec::new();
        for (name, when) in &stages {
            let mut stage = json!({"name": name, "when": when.as_ref()?});
            if self.rng.percent(45) {
                stage["from"] = self.from(&names);
            }
            all.push(stage);
        }
        let mut lifecycle = Map::new();
        lifecycle.insert("stages".into(), Json::Array(all));
        if self.rng.percent(30) {
            lifecycle.insert("from".into(), self.from(&names));
        }
        if let Some(per) = per {
            lifecycle.insert("per".into(), json!(per));
        }
        Some(Json::Object(lifecycle))
    }

    /// Often one that a few events are enough for.
    fn rule(&mut self) -> String {
        let depth = self.rng.pick(&[0, 0, 1, 1, 2]);
        if self.rng.percent(50) {
            return self.condition(depth);
        }
        let kind = quoted(&self.kind().name);
        let (not, length) = (self.rng.pick(&["", "", "not "]), self.length());
        match self.rng.below(4) {
            0 => format!("{not}{kind}"),
            1 => format!(
                "{kind} at least {} times within {length}",
                self.rng.between(2, 3)
            ),
            2 => format!(
                "{kind} then no {} within {length}",
                quoted(&self.kind().name)
            ),
            _ => format!("{not}{kind} within {length}"),
        }
    }

    fn from(&mut self, names: &[&str]) -> Json {
        match self.rng.below(5) {
            0 => json!("forward"),
            1 => json!("any"),
            _ => {
                let all: Vec<&str> = names.iter().copied().chain(["none"]).collect();
                Json::Array(
                    all.iter()
                        .filter(|_| self.rng.percent(55))
                        .map(|name| json!(name))
                        .collect(),
                )
            }
        }
    }

    fn is_steady(&self, when: &str) -> bool {
        let Some(rulebook) = load(&self.schema, &self.book.document()) else {
            return false;
        };
        let Ok(rule) = Rule::check_in(when, rulebook.context()) else {
            return false;
        };
        let model = Model::<Record>::for_schema(&self.schema);
        let (Ok(matcher), Ok(blank)) = (
            rule.bind(&model),
            Record::from_json(&self.schema, r#"{"id": "blank"}"#),
        ) else {
            return false;
        };
        !restless(&self.schema, when) && matcher.verdict(&blank, Instant::MIN).until.is_none()
    }
}

fn instants_span(instants: &[Micros]) -> Micros {
    instants
        .iter()
        .max()
        .zip(instants.iter().min())
        .map_or(0, |(last, first)| last - first)
}

/// Whether a rule asks the calendar what it shows now, whatever has happened: such a rule changes for ever.
fn restless(schema: &Schema, rule: &str) -> bool {
    let yearly = |f: &Field| f.yearly && rule.contains(&format!("{} in ", quoted(&f.name)));
    ["now.", "anniversary"]
        .iter()
        .any(|word| rule.contains(word))
        || schema.attributes().iter().any(yearly)
}

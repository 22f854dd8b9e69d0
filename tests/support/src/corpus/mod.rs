//! The corpus: rows of profile, `now`, expression, answer and `until`, thought out by hand.
//!
//! Every evaluator runs all rows. They stand in `tests/corpus/*.txt`, one topic each:
//!
//! ```text
//! # A comment.
//! zone Europe/Rome
//! week sunday
//! segment vip = sum(purchased.amount) >= 1000
//! trait spent = sum(purchased.amount)
//! trait frequency: loyal = count(purchased) >= 5
//! trait frequency: once
//! tag interest/tv = viewed("tv") at least twice
//! lifecycle interest per category from any
//! stage interest decision from none,awareness = viewed at least 3 times
//! priority vip 2
//! persona gift_buyer 3
//! weight gift_buyer 2 = age < 35
//!
//! profile anna {"age": 51, "consent": {"email": true}}
//!   2026-01-05T09:30:00Z purchased {"category": "tv", "amount": 499.90}
//!   2026-01-05T09:30:00Z purchased #e2 {"category": "tv"}
//!   plan 2026-01-01T00:00:00Z "free"
//!
//! at anna 2026-02-01T00:00:00Z
//!   yes 2026-02-04T09:30:00.000001Z  purchased within 30 days
//!   no  never                        age > 60
//! ```
//!
//! `never?` is never as well, which a search does not find out: it says until when the answer is certain at least.
//!
//! `zone`, `week`, `segment`, `trait`, `tag`, `lifecycle`, `stage`, `priority`, `persona` and `weight` hold until they are said anew; a trait's cases are told one by one, the last one
//! without a condition. The indented lines below a profile are its events (instant,
//! kind, perhaps `#` and an id, perhaps properties) and the changes of its tracked attributes (name, instant, value); those
//! below `at` are rows: whether it holds, until when, and the expression.

mod book;

pub use book::{Book, LifecycleText, PersonaText, StageText, TraitText};

use crate::read_file;
use segue::Instant;
use segue::schema::Schema;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::rc::Rc;

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// File and line, for messages.
    pub place: String,
    pub book: Rc<Book>,
    pub profile_name: String,
    /// As [`segue::profile::Record::from_json`] reads it.
    pub profile: Rc<Json>,
    pub now: i64,
    pub expression: String,
    pub holds: bool,
    pub until: Option<i64>,
    /// Whether a search finds out that.
    pub is_exact: bool,
}

/// The schema of all rows: a shop's.
pub fn schema() -> Schema {
    serde_json::from_str(&read_file("tests/corpus/schema.json")).expect("the schema of the corpus")
}

/// Every row of every file, file by file in the order of their names.
pub fn rows() -> Vec<Row> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus");
    let files = std::fs::read_dir(folder).expect("the folder of the corpus");
    let names = files.map(|file| file.expect("a file").file_name().into_string());
    let mut topics: Vec<String> = names
        .filter_map(|name| Some(name.ok()?.strip_suffix(".txt")?.to_owned()))
        .collect();
    topics.sort();
    topics
        .iter()
        .flat_map(|topic| read(topic, &read_file(&format!("tests/corpus/{topic}.txt"))))
        .collect()
}

fn read(topic: &str, text: &str) -> Vec<Row> {
    let mut book = Rc::new(Book::default());
    let mut profiles: BTreeMap<String, Json> = BTreeMap::new();
    let (mut profile, mut now) = (None::<String>, None::<i64>);
    let mut shared: Option<(String, Rc<Json>)> = None;
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let place = format!("{topic}.txt:{}", number + 1);
        let fail = |what: &str| -> ! { panic!("{place}: {what}: {line}") };
        let words: Vec<&str> = line.split_whitespace().collect();
        match (words.as_slice(), line.starts_with(' ')) {
            ([] | ["#", ..], _) => {}
            (["zone", zone], false) => Rc::make_mut(&mut book).zone = (*zone).to_owned(),
            (["week", day], false) => {
                Rc::make_mut(&mut book).week_start = day.parse().unwrap_or_else(|_| fail("no day"))
            }
            (["forget", "lifecycles"], false) => Rc::make_mut(&mut book).lifecycles.clear(),
            (["lifecycle", name, rest @ ..], false) => {
                let after = |word: &str| {
                    rest.iter()
                        .position(|w| *w == word)
                        .and_then(|i| rest.get(i + 1))
                        .map(|w| (*w).to_owned())
                };
                let lifecycle = LifecycleText {
                    per: after("per"),
                    from: after("from"),
                    stages: Vec::new(),
                };
                Rc::make_mut(&mut book)
                    .lifecycles
                    .insert((*name).to_owned(), lifecycle);
            }
            (["stage", lifecycle, name, rest @ ..], false) => {
                let when = line
                    .split_once('=')
                    .map_or("", |(_, rule)| rule.trim())
                    .to_owned();
                let from = match rest {
                    ["from", from, ..] => Some((*from).to_owned()),
                    _ => None,
                };
                let lifecycle = Rc::make_mut(&mut book).lifecycles.get_mut(*lifecycle);
                let stages = &mut lifecycle
                    .unwrap_or_else(|| fail("no lifecycle of that name"))
                    .stages;
                stages.push(StageText {
                    name: (*name).to_owned(),
                    when,
                    from,
                });
            }
            ([sort @ ("segment" | "tag" | "trait"), name, rest @ ..], false) => {
                let rule = line
                    .split_once('=')
                    .map_or("", |(_, rule)| rule.trim())
                    .to_owned();
                let book = Rc::make_mut(&mut book);
                match (*sort, name.strip_suffix(':')) {
                    ("segment", _) => drop(book.segments.insert((*name).to_owned(), rule)),
                    ("tag", _) => drop(book.tags.insert((*name).to_owned(), rule)),
                    (_, None) => drop(
                        book.traits
                            .insert((*name).to_owned(), TraitText::Computed(rule)),
                    ),
                    (_, Some(name)) => {
                        let value = (*rest.first().unwrap_or_else(|| fail("no value"))).to_owned();
                        let empty = TraitText::Cases {
                            cases: Vec::new(),
                            otherwise: None,
                        };
                        let TraitText::Cases { cases, otherwise } =
                            book.traits.entry(name.to_owned()).or_insert(empty)
                        else {
                            fail("it is computed")
                        };
                        if rule.is_empty() {
                            *otherwise = Some(value)
                        } else {
                            cases.push((value, rule))
                        }
                    }
                }
            }
            (["priority", segment, number], false) => {
                let number = number.parse().unwrap_or_else(|_| fail("no number"));
                let priorities = &mut Rc::make_mut(&mut book).priorities;
                priorities.insert((*segment).to_owned(), number);
            }
            (["persona", name, least], false) => {
                let least = least.parse().unwrap_or_else(|_| fail("no number"));
                let weights = Vec::new();
                let personas = &mut Rc::make_mut(&mut book).personas;
                personas.insert((*name).to_owned(), PersonaText { weights, least });
            }
            (["weight", persona, adds, "=", ..], false) => {
                let adds = adds.parse().unwrap_or_else(|_| fail("no number"));
                let when = line.split_once('=').map_or("", |(_, rule)| rule.trim());
                let persona = Rc::make_mut(&mut book).personas.get_mut(*persona);
                let persona = persona.unwrap_or_else(|| fail("no persona of that name"));
                persona.weights.push((when.to_owned(), adds));
            }
            (["profile", name, ..], false) => {
                let attributes = line.find('{').map_or("{}", |at| &line[at..]);
                let mut json: Json =
                    serde_json::from_str(attributes).unwrap_or_else(|_| fail("no JSON"));
                json["id"] = json!(name);
                json["events"] = json!([]);
                profiles.insert((*name).to_owned(), json);
                (profile, now, shared) = (Some((*name).to_owned()), None, None);
            }
            (["at", name, at], false) => {
                (profile, now) = (
                    Some((*name).to_owned()),
                    Some(micros(at).unwrap_or_else(|| fail("no instant"))),
                );
                let json = profiles
                    .get(*name)
                    .unwrap_or_else(|| fail("no profile of that name"));
                shared = Some(((*name).to_owned(), Rc::new(json.clone())));
            }
            ([holds @ ("yes" | "no"), until, ..], true) => {
                let (Some((profile_name, profile)), Some(now)) = (shared.clone(), now) else {
                    fail("no `at` before it")
                };
                let expression = line.split_once(until).map_or("", |(_, rest)| rest.trim());
                let is_exact = *until != "never?";
                let until = match *until {
                    "never" | "never?" => None,
                    until => Some(micros(until).unwrap_or_else(|| fail("no instant"))),
                };
                let (book, expression) = (book.clone(), expression.to_owned());
                rows.push(Row {
                    place,
                    book,
                    profile_name,
                    profile,
                    now,
                    expression,
                    holds: *holds == "yes",
                    until,
                    is_exact,
                });
            }
            ([first, second, ..], true) => {
                let json = profile
                    .as_ref()
                    .and_then(|name| profiles.get_mut(name))
                    .unwrap_or_else(|| fail("no profile before it"));
                if micros(first).is_some() {
                    let props = line.find('{').map_or("{}", |at| &line[at..]);
                    let props: Json =
                        serde_json::from_str(props).unwrap_or_else(|_| fail("no JSON"));
                    let mut event = json!({"at": first, "kind": second, "props": props});
                    if let Some(id) = words.get(2).and_then(|word| word.strip_prefix('#')) {
                        event["id"] = json!(id);
                    }
                    json["events"]
                        .as_array_mut()
                        .unwrap_or_else(|| fail("no list of events"))
                        .push(event);
                } else {
                    let value = line.split_once(second).map_or("", |(_, rest)| rest.trim());
                    let value: Json =
                        serde_json::from_str(value).unwrap_or_else(|_| fail("no JSON"));
                    let changes = &mut json["history"][*first];
                    if changes.is_null() {
                        *changes = json!([]);
                    }
                    changes
                        .as_array_mut()
                        .unwrap_or_else(|| fail("no list of changes"))
                        .push(json!({"at": second, "value": value}));
                }
            }
            _ => fail("not understood"),
        }
    }
    rows
}

fn micros(text: &str) -> Option<i64> {
    text.parse::<Instant>().ok().map(Instant::micros)
}

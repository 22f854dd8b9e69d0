//! Random streams for rulebooks with triggers, and the engine's way through them.

use crate::rulebooks::{DAY, HOUR, KINDS, QUARTER, Rules, schema};
use segue::engine::{Engine, EngineOutput, Receipt};
use segue::profile::{Model, Record, RecordEvent};
use segue::schema::Schema;
use segue::{Duration, Instant};
use segue_test_support::random::Rng;
use segue_test_support::reference::calendar::Micros;
use serde_json::{Value as Json, json};

/// One thing that a host does; what has an instant is not earlier than what was before it, late events apart.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Observe {
        id: &'static str,
        event: Json,
    },
    Change {
        id: &'static str,
        at: Micros,
        attribute: &'static str,
        value: Json,
        /// How much later a tracked attribute has it.
        later: Micros,
    },
    /// The host gives a tag, or takes it away.
    Tag {
        id: &'static str,
        at: Micros,
        given: bool,
    },
    Insert {
        profile: Json,
    },
    Request {
        id: &'static str,
        at: Micros,
        message: &'static str,
    },
    Advance {
        to: Micros,
    },
    /// Time up to the next wake-up.
    Wake,
    /// What became of the last but so many messages of a profile: sent so much later, or not at all.
    Heard {
        id: &'static str,
        back: usize,
        later: Option<Micros>,
    },
    /// The engine is kept on disk and goes on from there.
    Keep,
    Forget,
}

#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) seed: u64,
    pub(crate) rules: Rules,
    pub(crate) lateness: Micros,
    pub(crate) start: Micros,
    pub(crate) steps: Vec<Step>,
}

pub(crate) const PROFILES: [&str; 2] = ["anna", "bruno"];
const TRACKED: [&str; 2] = ["renewal", "timezone"];
/// Friday before a Sunday on which clocks change in Rome, in New York, on Lord Howe; and a month's end without.
const STARTS: [&str; 7] = [
    "2026-03-27T12:00:00Z",
    "2026-10-23T12:00:00Z",
    "2026-03-06T12:00:00Z",
    "2026-10-30T12:00:00Z",
    "2026-04-03T06:00:00Z",
    "2026-10-02T06:00:00Z",
    "2026-01-30T12:00:00Z",
];

impl Stream {
    pub(crate) fn random(seed: u64) -> Stream {
        let mut rng = Rng(seed);
        let mut rules = Rules::random(&mut rng);
        let start = rng.pick(&STARTS).parse::<Instant>().unwrap().micros();
        rules.draw_campaigns(&mut Rng(!seed), start);
        // What a late event does to stages of the past is judged elsewhere.
        let lateness = if rules.book.lifecycles.is_empty() {
            rng.pick(&[0, HOUR, 6 * HOUR, DAY])
        } else {
            0
        };
        let mut now = start;
        let mut steps = Vec::new();
        if rng.percent(50) {
            steps.push(Step::Insert {
                profile: profile(&mut rng, "anna", start),
            });
        }
        for id in PROFILES {
            for attribute in ["consent.processing", "consent.email"] {
                if rng.percent(75) {
                    steps.push(Step::Change {
                        id,
                        at: now,
                        attribute,
                        value: json!(true),
                        later: 0,
                    });
                }
            }
        }
        for number in 0..rng.between(8, 24) {
            let id = rng.pick(&PROFILES);
            let ahead = now + rng.pick(&[0, 0, 1, 2, 4, 4, 8, 9, 20, 36]) * QUARTER;
            match rng.below(24) {
                0..=11 => {
                    now = ahead;
                    steps.push(Step::Observe {
                        id,
                        event: event(&mut rng, number, now),
                    });
                }
                12 | 13 => {
                    let at = now - rng.pick(&[0, 1, 4, 5, 8, 24, 97]) * QUARTER;
                    steps.push(Step::Observe {
                        id,
                        event: event(&mut rng, number, at),
                    });
                }
                14 | 15 => {
                    now = ahead;
                    if rng.percent(20) {
                        steps.push(Step::Tag {
                            id,
                            at: now,
                            given: rng.percent(60),
                        });
                        continue;
                    }
                    let (attribute, value) = attribute(&mut rng, now);
                    let later = if TRACKED.contains(&attribute) {
                        later(&mut rng)
                    } else {
                        0
                    };
                    steps.push(Step::Change {
                        id,
                        at: now,
                        attribute,
                        value,
                        later,
                    });
                }
                16 => {
                    now = ahead;
                    steps.push(Step::Request {
                        id,
                        at: now,
                        message: rng.pick(&["offer", "text"]),
                    });
                }
                17 => steps.push(Step::Heard {
                    id,
                    back: rng.below(3),
                    later: rng.pick(&[None, Some(QUARTER), Some(HOUR)]),
                }),
                18 if rng.percent(50) => {
                    let delivered = steps.iter().rev().find(
                        |s| matches!(s, Step::Observe { event, .. } if event["id"].is_string()),
                    );
                    steps.extend(delivered.cloned());
                }
                18 => steps.push(Step::Keep),
                19 => steps.push(Step::Forget),
                20 | 21 => steps.push(Step::Wake),
                22 if rng.percent(20) => steps.push(Step::Insert {
                    profile: profile(&mut rng, "bruno", now),
                }),
                _ => {
                    now = ahead + rng.pick(&[0, 12]) * HOUR;
                    steps.push(Step::Advance { to: now });
                }
            }
        }
        steps.push(Step::Advance {
            to: now + rng.pick(&[HOUR, DAY]),
        });
        Stream {
            seed,
            rules,
            lateness,
            start,
            steps,
        }
    }
}

/// The next wake-up, if it is not so far off (a birthday) that the reference would be under way for long.
pub(crate) fn wakeup(engine: &mut Engine<Record>) -> Option<Instant> {
    let near = engine.now().micros() + 4 * DAY;
    engine.next_wakeup().filter(|at| at.micros() <= near)
}

/// When a change that is known now takes effect.
fn later(rng: &mut Rng) -> Micros {
    rng.pick(&[0, 0, QUARTER, 5 * HOUR, 9 * HOUR, DAY])
}

fn event(rng: &mut Rng, number: i64, at: Micros) -> Json {
    let category = rng.pick(&[Some("tv"), Some("tv"), Some("shoes"), None]);
    let mut event =
        json!({"kind": rng.pick(&KINDS), "at": Instant::from_micros(at).to_string(), "props": {}});
    if let Some(category) = category {
        event["props"]["category"] = json!(category);
    }
    // Ids look like numbers.
    if rng.percent(60) {
        event["id"] = json!(number.to_string());
    }
    event
}

fn attribute(rng: &mut Rng, now: Micros) -> (&'static str, Json) {
    let day = |n: i64| json!(Instant::from_micros(now + n * DAY).to_string()[..10]);
    let n = rng.between(-1, 3);
    match rng.below(8) {
        0 => ("renewal", day(n)),
        1 => (
            "birthday",
            rng.pick(&[
                day(n),
                json!("1980-02-29"),
                json!(format!("1990{}", &day(n).as_str().unwrap()[4..])),
            ]),
        ),
        2 => (
            "timezone",
            rng.pick(&[
                "Europe/Rome",
                "America/New_York",
                "Asia/Tokyo",
                "Mars/Olympus",
            ])
            .into(),
        ),
        3 => ("points", json!(rng.between(0, 3))),
        4 => (
            "status",
            rng.pick(&[json!("lapsed"), json!("active"), Json::Null]),
        ),
        5 => ("consent.processing", json!(rng.percent(60))),
        _ => ("consent.email", json!(rng.percent(60))),
    }
}

/// A profile with a past of a day.
fn profile(rng: &mut Rng, id: &str, now: Micros) -> Json {
    let mut profile = json!({"id": id, "consent": {"email": true, "processing": true}});
    for _ in 0..rng.below(3) {
        let (name, value) = attribute(rng, now);
        if name.starts_with("consent") {
            continue;
        }
        if TRACKED.contains(&name) && rng.percent(60) {
            let at = Instant::from_micros(now + later(rng)).to_string();
            let change = json!({"at": at, "value": value});
            match profile["history"][name].as_array_mut() {
                Some(changes) => changes.push(change),
                None => profile["history"][name] = json!([change]),
            }
        } else {
            profile[name] = value;
        }
    }
    let at: Vec<Micros> = (0..rng.below(5))
        .map(|_| now - rng.between(0, 60) * QUARTER)
        .collect();
    let events: Vec<Json> = at
        .into_iter()
        .zip(100..)
        .map(|(at, n)| event(rng, n, at))
        .collect();
    profile["events"] = json!(events);
    profile
}

pub(crate) fn record(schema: &Schema, profile: &Json) -> Record {
    Record::from_json(schema, &profile.to_string()).unwrap_or_else(|e| panic!("{profile}: {e}"))
}

pub(crate) fn record_event(schema: &Schema, event: &Json) -> RecordEvent {
    record(schema, &json!({"id": "of an event", "events": [event]}))
        .events()
        .iter()
        .next()
        .cloned()
        .unwrap()
}

pub(crate) fn instant_of(event: &Json) -> Micros {
    event["at"]
        .as_str()
        .unwrap()
        .parse::<Instant>()
        .unwrap()
        .micros()
}

/// An engine on its way.
pub(crate) struct Run<'a> {
    pub(crate) stream: &'a Stream,
    pub(crate) schema: Schema,
    pub(crate) engine: Engine<Record>,
    /// Whether `Keep` and `Forget` are done; they should make no difference.
    pub(crate) rests: bool,
    requests: usize,
    /// The keys of each profile's effects.
    pub(crate) keys: Vec<(&'static str, String)>,
}

impl<'a> Run<'a> {
    pub(crate) fn begin(stream: &'a Stream) -> Run<'a> {
        let schema = schema();
        let engine = Engine::new(&stream.rules.rulebook(), &Model::for_schema(&schema)).unwrap();
        let mut engine = engine
            .with_lateness(Duration::from_micros(stream.lateness))
            .without_explanations();
        engine.advance(Instant::from_micros(stream.start), &mut Vec::new());
        Run {
            stream,
            schema,
            engine,
            rests: true,
            requests: 0,
            keys: Vec::new(),
        }
    }

    /// Does a step, and then lets happen what is due at its very instant. What was heard of an effect is answered with
    /// the number of the effect among the profile's.
    pub(crate) fn step(
        &mut self,
        step: &Step,
    ) -> (Vec<EngineOutput>, Option<Receipt>, Option<usize>) {
        let (mut out, mut receipt, mut heard) = (Vec::new(), None, None);
        let engine = &mut self.engine;
        let later =
            |at: Micros, engine: &Engine<Record>| Instant::from_micros(at).max(engine.now());
        match step {
            Step::Observe { id, event } => {
                receipt = Some(engine.observe(*id, record_event(&self.schema, event), &mut out))
            }
            Step::Change {
                id,
                at,
                attribute,
                value,
                later: ahead,
            } => {
                let at = later(*at, engine);
                let value = record(&self.schema, &json!({"id": "", *attribute: value})).get(
                    &self.schema,
                    attribute,
                    at,
                );
                let since = Instant::from_micros(at.micros() + ahead);
                let set = |r: &mut Record| r.set(&self.schema, attribute, value, since).unwrap();
                engine.change(*id, at, set, &mut out);
            }
            Step::Tag { id, at, given } => {
                let at = later(*at, engine);
                receipt = Some(engine.tag(*id, "winback/host", *given, at, &mut out));
            }
            Step::Insert { profile } => engine.insert(record(&self.schema, profile)),
            Step::Request { id, at, message } => {
                self.requests += 1;
                let (at, request) = (later(*at, engine), format!("r{}", self.requests));
                engine
                    .send(*id, message, &[], &request, at, &mut out)
                    .unwrap();
            }
            Step::Advance { to } => engine.advance(later(*to, engine), &mut out),
            Step::Wake => wakeup(engine)
                .into_iter()
                .for_each(|at| engine.advance(at, &mut out)),
            Step::Heard { id, back, later } => {
                let all: Vec<_> = self.keys.iter().filter(|(of, _)| of == id).collect();
                if let Some(n) = all.len().checked_sub(1 + back) {
                    let (key, now) = (&all[n].1, engine.now());
                    let known = match later {
                        Some(later) => {
                            let at = Instant::from_micros(now.micros() - later);
                            engine.ack(*id, key, at, &mut out)
                        }
                        None => engine.fail(*id, key, &mut out),
                    };
                    heard = known.then_some(n);
                }
            }
            Step::Keep if self.rests => {
                let kept = serde_json::to_string(engine.state()).unwrap();
                let model = Model::for_schema(&self.schema);
                let restored = Engine::restore(
                    &self.stream.rules.rulebook(),
                    &model,
                    serde_json::from_str(&kept).unwrap(),
                    &mut Vec::new(),
                );
                *engine = restored.unwrap().0.without_explanations();
            }
            Step::Forget if self.rests => drop(engine.forget()),
            Step::Keep | Step::Forget => {}
        }
        let now = engine.now();
        engine.advance(now, &mut out);
        for output in &out {
            if let segue::engine::OutputKind::Effect(effect) = &output.kind {
                let id = PROFILES
                    .into_iter()
                    .find(|id| **id == *output.profile)
                    .unwrap();
                self.keys.push((id, effect.key.to_string()));
            }
        }
        (out, receipt, heard)
    }
}

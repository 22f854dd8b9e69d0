//! Random rulebooks with triggers. They are made as plain data, so that the reference need not read what a trigger says.
//!
//! Everything lies on quarters of an hour: events, lengths of time, times of day, changes of clocks. What turns by itself
//! therefore turns on a quarter, or a microsecond after one.

pub(crate) mod journeys;

use chrono::{DateTime, Duration, NaiveDate};
use journeys::Journey;
use segue::Rulebook;
use segue::rulebook::Format;
use segue::schema::Schema;
use segue_test_support::corpus::{Book, LifecycleText, StageText};
use segue_test_support::random::Rng;
use segue_test_support::reference::Event;
use segue_test_support::reference::value::Value;
use serde_json::{Map, Value as Json, json};

pub(crate) const QUARTER: i64 = 15 * 60 * 1_000_000;
pub(crate) const HOUR: i64 = 4 * QUARTER;
pub(crate) const DAY: i64 = 24 * HOUR;

/// What is waited for.
#[derive(Clone, Debug)]
pub(crate) enum Occasion {
    /// A move of a lifecycle; `None` on a side is any stage.
    Move {
        lifecycle: &'static str,
        from: Option<Option<&'static str>>,
        to: Option<&'static str>,
        /// Whose move alone, where there is one lifecycle for each category.
        subject: Option<&'static str>,
    },
    Segment {
        name: &'static str,
        entered: bool,
    },
    /// The text is the category, or of what was sent the message.
    Event {
        kind: &'static str,
        category: Option<&'static str>,
    },
    /// A change of an attribute; `None` on a side is any value.
    Change {
        attribute: &'static str,
        from: Option<&'static str>,
        to: Option<&'static str>,
    },
    Silence {
        first: &'static str,
        absent: &'static str,
        same_category: bool,
        hours: i64,
    },
    /// A date, so many days later, at so many quarters after midnight.
    Date {
        of: DateOf,
        days: i64,
        clock: i64,
    },
    Schedule {
        every: Every,
        clock: i64,
        segment: &'static str,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateOf {
    Renewal,
    Birthday,
    LastPurchase,
    /// The first within so many hours, which time alone makes another one.
    FirstPurchaseWithin(i64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Every {
    Day,
    /// 0 is Monday.
    Weekday(u32),
    DayOfMonth(u32),
    /// Monday to Friday.
    WorkingDay,
    /// At the times of day that are a multiple of so many hours.
    Hours(i64),
}

/// How long a trigger waits; times of day in quarters after midnight.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    Hours(i64),
    Days {
        days: i64,
        clock: i64,
    },
    /// 0 is Monday.
    Clock {
        weekday: Option<u32>,
        clock: i64,
    },
    /// So many days before the renewal.
    Renewal {
        days: i64,
        clock: i64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    Always,
    Once,
    Hours(i64),
    HoursAfterLeaving(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenHeld {
    Skip,
    /// At most so many hours.
    Wait(Option<i64>),
    Replace,
    /// At most so many hours.
    ReplaceOrWait(Option<i64>),
}

#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// With values; whether they are asked for again when it has waited.
    Send(&'static str, Option<&'static str>, bool),
    Call(Option<&'static str>),
    Tag(bool),
    Set(&'static str),
    Add(i64),
    /// The expression that gives the value.
    SetTo(&'static str),
    AddOf(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) struct Trigger {
    pub(crate) name: String,
    pub(crate) on: Occasion,
    pub(crate) wait: Option<Wait>,
    pub(crate) when: Option<&'static str>,
    pub(crate) priority: i64,
    pub(crate) again: Again,
    /// Per category of the event, or subject of the lifecycle.
    pub(crate) per: bool,
    pub(crate) cooldown: Option<i64>,
    pub(crate) split: Vec<(&'static str, u32)>,
    pub(crate) holdout: Option<u32>,
    pub(crate) salt: Option<&'static str>,
    pub(crate) held: WhenHeld,
    pub(crate) acts: Vec<(Act, Option<&'static str>)>,
    /// Its first and its last day.
    pub(crate) campaign: Option<(NaiveDate, NaiveDate)>,
    /// The steps in which the acts stand.
    pub(crate) journey: Option<Journey>,
}

/// Days (bit 0 is Monday) and quarters since midnight; beyond 96 on the next day.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) days: u8,
    pub(crate) start: i64,
    pub(crate) end: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) name: &'static str,
    pub(crate) consent: bool,
    pub(crate) quiet: Vec<Stretch>,
    pub(crate) windows: Vec<Stretch>,
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) name: &'static str,
    pub(crate) channel: &'static str,
    pub(crate) class: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) instead: Option<&'static str>,
    /// Names and conditions; everybody else gets the variant `rest`.
    pub(crate) variants: Vec<(&'static str, &'static str)>,
    /// Which of the offers it makes.
    pub(crate) offer: Option<&'static str>,
}

/// An offer: in order, conditions and how many percent are offered; everybody else is offered 10.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) name: &'static str,
    pub(crate) cases: Vec<(&'static str, i64)>,
    /// How many hours it stays.
    pub(crate) keeps: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Period {
    Day,
    Week,
    Month,
    Hours(i64),
}

#[derive(Clone, Debug)]
pub(crate) struct Cap {
    pub(crate) most: u32,
    pub(crate) period: Period,
    pub(crate) channel: Option<&'static str>,
    pub(crate) class: Option<&'static str>,
    pub(crate) tag: Option<&'static str>,
}

/// A rulebook.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) book: Book,
    /// In the order of the file.
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) messages: Vec<Message>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) caps: Vec<Cap>,
    pub(crate) processing: bool,
    pub(crate) holdout: Option<u32>,
}

pub(crate) const KINDS: [&str; 3] = ["viewed", "added_to_cart", "purchased"];
const SEGMENTS: [(&str, &str); 9] = [
    ("buyers", "purchased within 5 hours"),
    ("contacted", "sent(class != transactional) within 3 hours"),
    ("idle", "viewed and not viewed within 2 hours"),
    ("keen", "viewed at least 2 times within 3 hours"),
    ("lapsed", "status = \"lapsed\""),
    ("marked", "tagged \"winback\""),
    ("new", "not purchased"),
    (
        "pestered",
        "count(sent(tags contains \"season\") within 5 hours) >= 2",
    ),
    ("rich", "points >= 2"),
];

pub(crate) fn schema() -> Schema {
    let kind = json!({"subject": "category", "properties": {"category": "string"}});
    let mut events: Map<String, Json> = KINDS
        .iter()
        .map(|name| ((*name).to_owned(), kind.clone()))
        .collect();
    let classes = ["promotional", "newsletter", "transactional"];
    let sent = json!({"is_sent": true, "subject": "message", "properties": {
        "message": "string", "channel": "string", "class": {"type": "enum", "values": classes},
        "tags": "list of string", "trigger": "string", "journey": "string",
    }});
    events.insert("sent".to_owned(), sent);
    let document = json!({
        "attributes": {
            "birthday": {"type": "date", "yearly": true}, "renewal": {"type": "date", "tracked": true},
            "timezone": {"type": "string", "tracked": true}, "points": "int",
            "status": "string", "consent.processing": "bool", "consent.email": "bool",
        },
        "events": events,
    });
    serde_json::from_value(document).unwrap()
}

fn stage(name: &str, when: &str) -> StageText {
    StageText {
        name: name.into(),
        when: when.into(),
        from: None,
    }
}

fn clock(quarters: i64) -> String {
    format!("{:02}:{:02}", quarters / 4, quarters % 4 * 15)
}

fn hours(n: i64) -> String {
    format!("{n} hours")
}

impl Rules {
    pub(crate) fn random(rng: &mut Rng) -> Rules {
        let zone = rng.pick(&[
            "UTC",
            "Europe/Rome",
            "America/New_York",
            "Australia/Lord_Howe",
        ]);
        let mut book = Book {
            zone: zone.into(),
            ..Book::default()
        };
        for (name, rule) in SEGMENTS {
            book.segments.insert(name.into(), rule.into());
        }
        let recency = [
            ("active", "purchased within 4 hours"),
            ("sleeping", "purchased within 9 hours"),
            ("lost", "purchased"),
        ];
        let journey = [
            ("aware", "viewed"),
            ("buyer", "purchased"),
            ("won", "tagged \"winback\" and purchased"),
        ];
        let interest = [("hot", "viewed within 3 hours"), ("cold", "viewed")];
        let mut lifecycle = |name: &str, per: Option<&str>, from: &str, stages: &[(&str, &str)]| {
            let stages = stages
                .iter()
                .map(|(name, when)| stage(name, when))
                .collect();
            let of = LifecycleText {
                per: per.map(str::to_owned),
                from: Some(from.into()),
                stages,
            };
            book.lifecycles.insert(name.into(), of);
        };
        match rng.below(6) {
            0 => lifecycle("recency", None, "any", &recency),
            1 => lifecycle("journey", None, "forward", &journey),
            2 => lifecycle("interest", Some("category"), "any", &interest),
            _ => {}
        }
        let lifecycle = book.lifecycles.keys().next().cloned();
        let channels = vec![channel(rng, "email"), channel(rng, "sms")];
        let mut messages = Vec::new();
        // Drawn apart: rare streams stay those that they were.
        let mut of_contents = Rng(!rng.0);
        for (i, name) in ["digest", "offer", "reminder", "text"]
            .into_iter()
            .enumerate()
        {
            let instead = (i < 3 && rng.percent(50)).then(|| ["offer", "reminder", "text"][i]);
            let class = rng.pick(&[
                "promotional",
                "promotional",
                "promotional",
                "newsletter",
                "transactional",
            ]);
            let channel = if i == 3 {
                "sms"
            } else {
                rng.pick(&["email", "email", "sms"])
            };
            messages.push(Message {
                name,
                channel,
                class,
                tag: rng.pick(&["season/spring", "season", "winback"]),
                instead,
                variants: variants(&mut of_contents),
                offer: of_contents.pick(&[None, Some("spring"), Some("spring"), Some("member")]),
            });
        }
        let offers = ["spring", "member"].map(|name| offer(&mut of_contents, name));
        let caps = (0..rng.below(4)).map(|_| Cap {
            most: rng.pick(&[1, 1, 2, 3]),
            period: rng.pick(&[
                Period::Day,
                Period::Week,
                Period::Month,
                Period::Hours(2),
                Period::Hours(5),
                Period::Hours(24),
            ]),
            channel: rng.pick(&[None, None, Some("email")]),
            class: rng.pick(&[None, None, None, Some("promotional"), Some("transactional")]),
            tag: rng.pick(&[None, None, Some("season")]),
        });
        let caps = caps.collect();
        let mut triggers: Vec<Trigger> = (0..1 + rng.below(5))
            .map(|i| trigger(rng, i, lifecycle.as_deref()))
            .collect();
        if rng.percent(40) {
            let journeys = (0..1 + rng.below(2)).map(|i| {
                let trigger = trigger(rng, i, lifecycle.as_deref());
                journeys::journey(rng, trigger)
            });
            triggers.extend(journeys);
        }
        // A trigger may only ask for a replacement of what has one.
        let replaceable = |name: &str| {
            messages
                .iter()
                .any(|m| m.name == name && m.instead.is_some())
        };
        for t in triggers.iter_mut().filter(|t| t.held == WhenHeld::Replace) {
            if t.acts
                .iter()
                .any(|(act, _)| matches!(act, Act::Send(name, ..) if !replaceable(name)))
            {
                t.held = WhenHeld::Wait(None);
            }
        }
        let (processing, holdout) = (rng.percent(20), rng.pick(&[None, None, None, Some(30)]));
        // Segments that nothing asks for would only take time.
        let asked = |name: &str| {
            triggers.iter().any(|t| {
                let of = matches!(t.on, Occasion::Segment { name: of, .. } | Occasion::Schedule { segment: of, .. } if of == name);
                let part = format!("segment {name}");
            let variants = messages.iter().flat_map(|m| &m.variants);
            let cases = offers.iter().flat_map(|o| &o.cases);
            let in_content = (variants.map(|(_, when)| when).chain(cases.map(|(when, _)| when)))
                .any(|when| when.contains(&part));
            let in_journey = t.journey.as_ref().is_some_and(|j| j.asks_for(&part));
                of || in_journey || in_content || t.when.is_some_and(|when| when.contains(&part))
            })
        };
        book.segments.retain(|name, _| asked(name));
        let mut rules = Rules {
            book,
            triggers,
            channels,
            messages,
            offers: offers.into(),
            caps,
            processing,
            holdout,
        };
        if rules
            .load()
            .is_err_and(|e| e.contains("nothing can ever be sent"))
        {
            rules.channels.iter_mut().for_each(|c| c.windows.clear());
        }
        rules
    }

    /// Lets some triggers belong to campaigns that begin or end near the instant at which a stream does.
    pub(crate) fn draw_campaigns(&mut self, rng: &mut Rng, start: i64) {
        let today = DateTime::from_timestamp_micros(start).unwrap().date_naive();
        for trigger in &mut self.triggers {
            let first = today + Duration::days(rng.pick(&[-5, -1, 0, 0, 1]));
            let last = first + Duration::days(rng.pick(&[0, 0, 1, 2, 9]));
            trigger.campaign = rng.percent(15).then_some((first, last));
        }
    }

    /// As a rule file in JSON, without its schema.
    pub(crate) fn document(&self) -> String {
        let mut document = self.book.document();
        document["profile_timezone"] = json!("timezone");
        let stretches = |all: &[Stretch]| all.iter().map(Stretch::text).collect::<Vec<_>>();
        for c in &self.channels {
            document["channels"][c.name] =
                json!({"quiet": stretches(&c.quiet), "windows": stretches(&c.windows)});
            if c.consent {
                document["channels"][c.name]["consent"] = json!("consent.email");
            }
        }
        for m in &self.messages {
            document["messages"][m.name] = json!({"channel": m.channel, "class": m.class, "tags": [m.tag], "instead": m.instead});
            if !m.variants.is_empty() {
                let variant = |(name, when): &(&str, &str)| json!({"name": name, "when": when});
                let variants: Vec<Json> = m.variants.iter().map(variant).collect();
                document["messages"][m.name]["variants"] = json!(variants);
                document["messages"][m.name]["otherwise"] = json!("rest");
            }
            document["messages"][m.name]["offer"] = json!(m.offer);
        }
        for o in &self.offers {
            let case = |(when, percent): &(&str, i64)| json!({"when": when, "percent": percent});
            let cases: Vec<Json> = o.cases.iter().map(case).collect();
            document["offers"][o.name] =
                json!({"cases": cases, "otherwise": {"percent": 10}, "keeps": o.keeps.map(hours)});
        }
        let campaigns = (self.triggers.iter()).filter_map(|t| Some((&t.name, t.campaign?)));
        for (name, (first, last)) in campaigns {
            document["campaigns"][name] =
                json!({"from": first.to_string(), "until": last.to_string()});
        }
        let cap = |c: &Cap| {
            let mut cap =
                json!({"most": c.most, "channel": c.channel, "class": c.class, "tag": c.tag});
            match c.period {
                Period::Day => cap["per"] = json!("day"),
                Period::Week => cap["per"] = json!("week"),
                Period::Month => cap["per"] = json!("month"),
                Period::Hours(n) => cap["within"] = json!(hours(n)),
            }
            cap
        };
        document["caps"] = self.caps.iter().map(cap).collect();
        if self.processing {
            document["consent"] = json!({"processing": "consent.processing"});
        }
        if let Some(share) = self.holdout {
            document["holdout"] = json!({"share": format!("{share}%"), "salt": "2026"});
        }
        // A JSON value would sort them: their order counts.
        let listed = |journeys: bool| -> String {
            let all = self
                .triggers
                .iter()
                .filter(|t| t.journey.is_some() == journeys);
            let all = all.map(|t| format!("{:?}: {}", t.name, t.document()));
            all.collect::<Vec<_>>().join(", ")
        };
        let (triggers, journeys) = (listed(false), listed(true));
        let rest = document.to_string();
        let rest = rest.strip_prefix('{').unwrap_or_default();
        format!("{{\"triggers\": {{{triggers}}}, \"journeys\": {{{journeys}}}, {rest}")
    }

    fn load(&self) -> Result<Rulebook, String> {
        Rulebook::loader()
            .schema(schema())
            .load(Format::Json, &self.document())
            .map_err(|e| e.to_string())
    }

    pub(crate) fn rulebook(&self) -> Rulebook {
        self.load().unwrap_or_else(|e| panic!("refused: {e}"))
    }

    /// The triggers in the order in which they fire: "the one with the higher number goes first, then the one that is
    /// declared first".
    pub(crate) fn in_order(&self) -> Vec<&Trigger> {
        let mut all: Vec<&Trigger> = self.triggers.iter().collect();
        all.sort_by_key(|t| std::cmp::Reverse(t.priority));
        all
    }
}

/// What a message says to whom: of a value, of events, of a segment, of time.
fn variants(rng: &mut Rng) -> Vec<(&'static str, &'static str)> {
    let all = [
        ("rich", "points >= 2"),
        ("keen", "in segment keen or viewed(\"tv\") within 1 hour"),
        ("lapsed", "status = \"lapsed\""),
        ("late", "now.hour >= 12"),
    ];
    let mut some = Vec::new();
    if rng.percent(50) {
        let picked = all.into_iter().filter(|_| rng.percent(50));
        some.extend(picked);
    }
    some
}

fn offer(rng: &mut Rng, name: &'static str) -> Offer {
    let all = [
        ("in segment buyers", 20),
        ("points >= 1", 15),
        ("now.hour >= 6 and not viewed within 2 hours", 12),
    ];
    let cases = all.into_iter().filter(|_| rng.percent(50));
    Offer {
        name,
        cases: cases.collect(),
        keeps: rng.pick(&[None, Some(2), Some(7), Some(30)]),
    }
}

fn channel(rng: &mut Rng, name: &'static str) -> Channel {
    let stretch = |rng: &mut Rng| {
        let days = rng.pick(&[0x7f, 0x7f, 0b001_1111, 0b110_0000]);
        // Near the changes of clocks, or a whole night.
        let (start, length) = rng.pick(&[(84, 44), (88, 32), (4, 10), (9, 3), (36, 36), (0, 96)]);
        Stretch {
            days: if length == 96 { 0b110_0000 } else { days },
            start,
            end: start + length,
        }
    };
    let quiet = (0..rng.pick(&[0, 0, 1, 1, 2]))
        .map(|_| stretch(rng))
        .collect();
    let windows = (0..rng.pick(&[0, 0, 0, 1, 2]))
        .map(|_| stretch(rng))
        .collect();
    Channel {
        name,
        consent: rng.percent(25),
        quiet,
        windows,
    }
}

fn trigger(rng: &mut Rng, number: usize, lifecycle: Option<&str>) -> Trigger {
    let categories = [None, None, Some("tv"), Some("shoes")];
    let segment = rng.pick(&SEGMENTS).0;
    let clock = rng.pick(&[0, 1, 9, 10, 36, 36, 72, 95]);
    let moves = |rng: &mut Rng| {
        let (lifecycle, stages): (_, &[&str]) = match lifecycle? {
            "recency" => ("recency", &["active", "sleeping", "lost"]),
            "journey" => ("journey", &["aware", "buyer", "won"]),
            _ => ("interest", &["hot", "cold"]),
        };
        let (one, other) = (rng.pick(stages), rng.pick(stages));
        let (from, to) = rng.pick(&[
            (None, Some(one)),
            (Some(Some(one)), None),
            (Some(Some(one)), Some(other)),
            (Some(None), Some(one)),
            (None, None),
        ]);
        let subject = rng.pick(&[None, None, Some("tv")]);
        (from.flatten() != to || to.is_none()).then_some(Occasion::Move {
            lifecycle,
            from,
            to,
            subject: subject.filter(|_| lifecycle == "interest"),
        })
    };
    let on = match rng.below(11) {
        10 => Occasion::Event {
            kind: "sent",
            category: rng.pick(&[None, Some("offer"), Some("text")]),
        },
        0 | 1 => Occasion::Event {
            kind: rng.pick(&KINDS),
            category: rng.pick(&categories),
        },
        2 | 3 => Occasion::Segment {
            name: segment,
            entered: rng.percent(60),
        },
        4 | 5 => Occasion::Silence {
            first: rng.pick(&["added_to_cart", "viewed", "viewed", "sent"]),
            absent: rng.pick(&["purchased", "viewed"]),
            same_category: rng.percent(40),
            hours: rng.pick(&[1, 2, 5]),
        },
        6 => Occasion::Date {
            of: rng.pick(&[
                DateOf::Renewal,
                DateOf::Renewal,
                DateOf::Birthday,
                DateOf::LastPurchase,
                DateOf::FirstPurchaseWithin(5),
                DateOf::FirstPurchaseWithin(30),
            ]),
            days: rng.pick(&[-2, -1, 0, 0, 1]),
            clock,
        },
        7 => Occasion::Schedule {
            every: rng.pick(&[
                Every::Day,
                Every::Day,
                Every::Weekday(6),
                Every::Weekday(0),
                Every::DayOfMonth(31),
                Every::WorkingDay,
                Every::Hours(6),
            ]),
            clock,
            segment,
        },
        8 => {
            let attribute = rng.pick(&["status", "status", "points", "renewal", "timezone"]);
            let ends = [None, None, Some("lapsed"), Some("active")];
            let end = |rng: &mut Rng| rng.pick(&ends).filter(|_| attribute == "status");
            Occasion::Change {
                attribute,
                from: end(rng),
                to: end(rng),
            }
        }
        _ => moves(rng).unwrap_or(Occasion::Event {
            kind: "viewed",
            category: None,
        }),
    };
    let on = match on {
        // What was sent has no category.
        Occasion::Silence {
            first: "sent",
            absent,
            hours,
            ..
        } => Occasion::Silence {
            first: "sent",
            absent,
            same_category: false,
            hours,
        },
        on => on,
    };
    let on = if lifecycle.is_some() && rng.percent(40) {
        moves(rng).unwrap_or(on)
    } else {
        on
    };
    let per = match &on {
        Occasion::Move { lifecycle, .. } => *lifecycle == "interest" && rng.percent(50),
        on if on.is_of_sent() => false,
        Occasion::Event { .. } | Occasion::Silence { .. } => rng.percent(40),
        _ => false,
    };
    let split = rng.pick(&[
        Vec::new(),
        Vec::new(),
        Vec::new(),
        vec![("a", 30), ("b", 40)],
        vec![("a", 50), ("b", 50)],
        vec![("a", 20), ("b", 20), ("c", 40)],
    ]);
    let acts = (0..1 + rng.below(3)).map(|_| {
        let act = match rng.below(10) {
            0..=5 => Act::Send(
                rng.pick(&["digest", "offer", "reminder", "text"]),
                None,
                false,
            ),
            6 => Act::Call(None),
            7 => Act::Tag(rng.percent(60)),
            8 => Act::Set(rng.pick(&["lapsed", "active"])),
            _ => Act::Add(rng.pick(&[1, 1, -1])),
        };
        let variant = (!split.is_empty() && rng.percent(40)).then(|| rng.pick(&split).0);
        (act, variant)
    });
    let acts = acts.collect();
    let wait = WhenHeld::Wait(None);
    let held = rng.pick(&[
        WhenHeld::Skip,
        wait,
        wait,
        wait,
        WhenHeld::Wait(Some(6)),
        WhenHeld::Replace,
        WhenHeld::ReplaceOrWait(None),
        WhenHeld::ReplaceOrWait(Some(6)),
    ]);
    let mut trigger = Trigger {
        name: format!("{}{number}", rng.pick(&["welcome", "nudge", "winback"])),
        on,
        wait: rng.percent(15).then(|| match rng.below(5) {
            0 | 1 => Wait::Hours(rng.pick(&[1, 2, 5, 24])),
            2 => Wait::Days {
                days: rng.pick(&[1, 1, 2]),
                clock,
            },
            3 => Wait::Clock {
                weekday: rng.pick(&[None, None, Some(6), Some(0)]),
                clock,
            },
            _ => Wait::Renewal {
                days: rng.pick(&[0, 0, 1]),
                clock,
            },
        }),
        when: rng.pick(&[
            None,
            None,
            None,
            Some("not purchased within 4 hours"),
            Some("points < 3"),
            Some("not tagged \"winback\""),
            Some("not sent(\"offer\") within 2 hours"),
            Some("not sent(tags contains \"season\" and channel = \"email\") within 3 hours"),
            Some("in segment keen or in segment buyers"),
            Some("status is missing or status != \"lapsed\""),
        ]),
        priority: rng.pick(&[0, 0, 0, 1, -1]),
        again: rng.pick(&[
            Again::Always,
            Again::Always,
            Again::Once,
            Again::Hours(3),
            Again::Hours(24),
        ]),
        per,
        cooldown: if held == WhenHeld::Wait(None) {
            rng.pick(&[None, Some(2), Some(12), Some(30)])
        } else {
            rng.pick(&[None, None, None, Some(2), Some(12)])
        },
        holdout: rng.pick(&[None, None, None, None, Some(40)]),
        salt: rng.pick(&[None, None, Some("winter")]),
        split,
        held,
        acts,
        campaign: None,
        journey: None,
    };
    // Each time a message leads to the next a microsecond later; not for ever.
    if matches!(
        trigger.on,
        Occasion::Silence { first: "sent", .. }
            | Occasion::Segment {
                name: "contacted" | "pestered",
                ..
            }
    ) {
        trigger.again = Again::Once;
    }
    trigger.read_occasion(&mut Rng(rng.0));
    trigger
}

/// Guards, texts and numbers that read the occasion.
fn readable(on: &Occasion) -> [&'static [&'static str]; 3] {
    match on {
        Occasion::Event { kind: "sent", .. } => [
            &[
                "a.message = \"offer\"",
                "count(sent(message = a.message) within 1 day) < 3",
                "a.trigger exists",
            ],
            &["a.message", "a.channel"],
            &["count(sent(message = a.message))"],
        ],
        Occasion::Event { .. }
        | Occasion::Silence {
            first: "viewed" | "added_to_cart",
            ..
        } => [
            &[
                "a.category = \"tv\"",
                "count(viewed(category = a.category)) >= 2",
                "not purchased(category = a.category) within 5 hours",
                "viewed since a.at - 2 hours and a.category exists",
                "a.at.hour < 12",
                "(viewed as v then purchased(category = a.category, category = v.category)) or purchased before a.at",
            ],
            &["a.category", "top(viewed(category != a.category).category)"],
            &["count(viewed(category = a.category))", "a.at.hour"],
        ],
        Occasion::Move {
            lifecycle: "interest",
            ..
        } => [
            &[
                "subject = \"tv\"",
                "viewed(category = subject) within 2 hours",
            ],
            &["subject"],
            &["count(viewed(category = subject) since entered - 1 day)"],
        ],
        // Of several messages at one instant it is open which one begins a silence.
        Occasion::Silence { .. }
        | Occasion::Move { .. }
        | Occasion::Segment { .. }
        | Occasion::Change { .. }
        | Occasion::Date { .. }
        | Occasion::Schedule { .. } => [
            &[
                "viewed since entered - 2 hours",
                "entered.weekday != sunday",
                "now - entered < 1 hour",
            ],
            &["status"],
            &["entered.hour", "count(viewed since entered - 2 hours)"],
        ],
    }
}

impl Stretch {
    fn text(&self) -> String {
        let days = match self.days {
            0x7f => "",
            0b001_1111 => "mon-fri ",
            _ => "sat, sun ",
        };
        let end = if self.end > 96 {
            self.end - 96
        } else {
            self.end
        };
        format!("{days}{}-{}", clock(self.start), clock(end))
    }
}

impl Occasion {
    /// Whether it is about messages that were sent.
    fn is_of_sent(&self) -> bool {
        matches!(
            self,
            Occasion::Event { kind: "sent", .. } | Occasion::Silence { first: "sent", .. }
        )
    }

    /// Whether it is an event, and this is one.
    pub(crate) fn is_event(&self, event: &Event) -> bool {
        let Occasion::Event { kind, category } = self else {
            return false;
        };
        let subject = if *kind == "sent" {
            "message"
        } else {
            "category"
        };
        let is_meant = |wanted: &str| match event.props.get(subject) {
            Some(Value::Text(text)) => text == wanted,
            _ => false,
        };
        event.kind == *kind && category.is_none_or(is_meant)
    }

    fn text(&self) -> String {
        match self {
            Occasion::Move {
                lifecycle,
                from,
                to,
                subject,
            } => {
                let of = match subject {
                    Some(subject) => format!("of {lifecycle} for \"{subject}\""),
                    None => format!("of {lifecycle}"),
                };
                match (from, to) {
                    (None, None) => format!("any move {of}"),
                    (None, Some(to)) => format!("enter stage {to} {of}"),
                    (Some(None), Some(to)) => format!("stage none -> {to} {of}"),
                    (Some(Some(from)), Some(to)) => format!("stage {from} -> {to} {of}"),
                    (Some(from), None) => format!("leave stage {} {of}", from.unwrap_or("none")),
                }
            }
            Occasion::Segment {
                name,
                entered: true,
            } => format!("enter segment {name}"),
            Occasion::Segment {
                name,
                entered: false,
            } => format!("leave segment {name}"),
            Occasion::Event {
                kind,
                category: None,
            } => format!("{kind} as a"),
            Occasion::Event {
                kind,
                category: Some(category),
            } => format!("{kind}(\"{category}\") as a"),
            Occasion::Change {
                attribute,
                from,
                to,
            } => {
                let end = |word: &str, end: &Option<&str>| {
                    end.map_or(String::new(), |end| format!(" {word} \"{end}\""))
                };
                format!("{attribute} changed{}{}", end("from", from), end("to", to))
            }
            Occasion::Silence {
                first,
                absent,
                same_category,
                hours,
            } => {
                let same = if *same_category {
                    "(category = a.category)"
                } else {
                    ""
                };
                format!("{first} as a then no {absent}{same} within {hours} hours")
            }
            Occasion::Date {
                of,
                days,
                clock: at,
            } => {
                let value = match of {
                    DateOf::Renewal => "renewal".to_owned(),
                    DateOf::Birthday => "birthday".to_owned(),
                    DateOf::LastPurchase => "last(purchased).at".to_owned(),
                    DateOf::FirstPurchaseWithin(n) => {
                        format!("first(purchased within {n} hours).at")
                    }
                };
                match days.signum() {
                    -1 => format!("{} days before {value} at {}", -days, clock(*at)),
                    1 => format!("{days} days after {value} at {}", clock(*at)),
                    _ => format!("{value} at {}", clock(*at)),
                }
            }
            Occasion::Schedule {
                every,
                clock: at,
                segment,
            } => {
                let every = match every {
                    Every::Day => "every day".to_owned(),
                    Every::Weekday(0) => "every monday".to_owned(),
                    Every::Weekday(_) => "every sunday".to_owned(),
                    Every::DayOfMonth(day) => format!("every month on day {day}"),
                    Every::WorkingDay => "every weekday".to_owned(),
                    Every::Hours(n) => return format!("every {n} hours in segment {segment}"),
                };
                format!("{every} at {} in segment {segment}", clock(*at))
            }
        }
    }
}

impl Wait {
    fn text(self) -> String {
        match self {
            Wait::Hours(n) => hours(n),
            Wait::Days { days, clock: at } => format!("{days} days at {}", clock(at)),
            Wait::Clock { weekday, clock: at } => {
                let day = match weekday {
                    None => "",
                    Some(0) => "monday ",
                    Some(_) => "sunday ",
                };
                format!("until {day}{}", clock(at))
            }
            Wait::Renewal { days: 0, clock: at } => format!("until renewal at {}", clock(at)),
            Wait::Renewal { days, clock: at } => {
                format!("until {days} days before renewal at {}", clock(at))
            }
        }
    }
}

impl Trigger {
    /// Lets some of its conditions and values read the occasion.
    fn read_occasion(&mut self, rng: &mut Rng) {
        let [guards, texts, numbers] = readable(&self.on);
        let all = [texts, numbers, &["entered", "points > 1"]].concat();
        // Messages that wait for a cooldown are rare enough.
        if self.cooldown.is_none() && rng.percent(30) {
            self.when = Some(rng.pick(guards));
        }
        for (act, _) in &mut self.acts {
            match act {
                Act::Send(_, value, refresh) if rng.percent(40) => {
                    (*value, *refresh) = (Some(rng.pick(&all)), rng.percent(40));
                }
                Act::Call(value) if rng.percent(50) => *value = Some(rng.pick(&all)),
                Act::Set(_) if rng.percent(30) => *act = Act::SetTo(rng.pick(texts)),
                Act::Add(_) if rng.percent(30) => *act = Act::AddOf(rng.pick(numbers)),
                _ => {}
            }
        }
    }

    fn document(&self) -> Json {
        let mut of = json!({"on": self.on.text(), "priority": self.priority, "when": self.when, "salt": self.salt});
        of["again"] = match self.again {
            Again::Always => Json::Null,
            Again::Once => json!("once"),
            Again::Hours(n) => json!(format!("after {}", hours(n))),
            Again::HoursAfterLeaving(n) => json!(format!("{} after leaving", hours(n))),
        };
        if self.campaign.is_some() {
            of["campaign"] = json!(self.name);
        }
        if self.per {
            of["per"] = if matches!(self.on, Occasion::Move { .. }) {
                json!("subject")
            } else {
                json!("category")
            };
        }
        if self.journey.is_none() {
            of["wait"] = json!(self.wait.map(Wait::text));
            of["cooldown"] = json!(self.cooldown.map(hours));
        }
        of["holdout"] = json!(self.holdout.map(|share| format!("{share}%")));
        for (name, share) in &self.split {
            of["split"][name] = json!(share);
        }
        match self.held {
            WhenHeld::Skip => {}
            WhenHeld::Wait(most) => {
                of["held"] = json!("wait");
                of["wait_at_most"] = json!(most.map(hours));
            }
            WhenHeld::Replace => of["held"] = json!("replace"),
            WhenHeld::ReplaceOrWait(most) => {
                of["held"] = json!("replace_or_wait");
                of["wait_at_most"] = json!(most.map(hours));
            }
        }
        let values = |value: &Option<&str>| match value {
            Some(value) => json!({"x": value, "now": "now"}),
            None => json!({}),
        };
        let act = |(act, variant): &(Act, Option<&str>)| {
            let mut of = match act {
                Act::Send(message, value, refresh) => {
                    json!({"send": message, "values": values(value), "refresh": refresh})
                }
                Act::Call(value) => json!({"call": "crm.task", "values": values(value)}),
                Act::Tag(true) => json!({"tag": "winback/2026"}),
                Act::Tag(false) => json!({"untag": "winback/2026"}),
                Act::Set(to) => json!({"set": "status", "to": to}),
                Act::Add(by) => json!({"add": "points", "by": by}),
                Act::SetTo(value) => json!({"set": "status", "value": value}),
                Act::AddOf(value) => json!({"add": "points", "value": value}),
            };
            of["variant"] = json!(variant);
            of
        };
        let acts: Vec<Json> = self.acts.iter().map(act).collect();
        match &self.journey {
            Some(journey) => journey.document(of, &acts),
            None => {
                of["do"] = json!(acts);
                of
            }
        }
    }
}

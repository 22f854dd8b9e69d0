//! Rulebooks by chance.

use super::journeys;
use super::{
    Act, Again, Cap, Channel, Choice, DateOf, Every, KINDS, Message, Occasion, Offer, Period,
    Rules, Stretch, Trigger, Wait, WhenHeld,
};
use chrono::{DateTime, Duration};
use segue_test_support::corpus::{Book, LifecycleText, StageText};
use segue_test_support::random::Rng;

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

/// What is asked of a journey `{}` and one of its steps.
const PLACES: [&str; 8] = [
    "in journey {}",
    "in step STEP of {}",
    "in step STEP of {} for at least 2 hours",
    "in journey {} for more than 3 hours",
    "in step STEP of {} for less than 1 hour",
    "entered journey {} within 2 hours",
    "left journey {} within 3 hours",
    "reached goal of {} within 5 hours and not in journey {}",
];

fn stage(name: &str, when: &str) -> StageText {
    StageText {
        name: name.into(),
        when: when.into(),
        from: None,
    }
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
        let mut channels = vec![channel(rng, "email"), channel(rng, "sms")];
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
                channels: Vec::new(),
                class,
                tag: rng.pick(&["season/spring", "season", "winback"]),
                instead,
                variants: variants(&mut of_contents),
                offer: of_contents.pick(&[None, Some("spring"), Some("spring"), Some("member")]),
            });
        }
        let choice = choice(
            &mut Rng(rng.0.rotate_left(32)),
            &mut channels,
            &mut messages,
        );
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
        // A stream of its own, so that everything else stays as it is drawn.
        let mut of_places = Rng(rng.0.rotate_left(16));
        if of_places.percent(60) {
            ask_for_place(&mut of_places, &mut book, &mut triggers);
        }
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
            choice,
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
        allows: Vec::new(),
        cost: "0",
        sent: None,
        reacted: "viewed",
    }
}

/// Lets some messages go on one of several channels, and says how that is chosen. Costs and reactions are such that there are ties.
fn choice(rng: &mut Rng, channels: &mut Vec<Channel>, messages: &mut [Message]) -> Option<Choice> {
    if rng.percent(40) {
        return None;
    }
    channels.push(channel(rng, "ads"));
    for channel in &mut *channels {
        channel.cost = rng.pick(&["0", "0.1", "0.1", "0.07", "0.000001", "1.25"]);
        channel.reacted = rng.pick(&[
            "viewed",
            "viewed(\"tv\")",
            "viewed(\"shoes\")",
            "any of (added_to_cart, purchased)",
            "purchased",
        ]);
        channel.sent = match channel.name {
            "sms" => rng.pick(&[
                None,
                Some("sent(channel = \"sms\" and class = promotional)"),
            ]),
            "ads" => rng.pick(&[None, Some("sent"), Some("added_to_cart")]),
            _ => None,
        };
        // The other two may be the only channel of a message.
        if channel.name == "ads" {
            let all = [
                vec![],
                vec!["promotional"],
                vec!["newsletter", "transactional"],
            ];
            channel.allows = rng.pick(&all);
        }
    }
    for message in messages {
        message.channels = rng.pick(&[
            vec![],
            vec!["email", "sms"],
            vec!["sms", "ads", "email"],
            vec!["ads", "email"],
            vec!["email", "ads", "sms"],
            vec!["sms"],
        ]);
        message.channel = message.channels.first().copied().unwrap_or(message.channel);
    }
    Some(Choice {
        hours: rng.pick(&[2, 5, 24, 60]),
        worth: rng.pick(&["1", "2.00", "0.3"]),
        prior: rng.pick(&[(1, 20), (0, 1), (1, 2), (1, 3)]),
    })
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
}

/// Has a segment ask where the profile is in a journey, and some steps of journeys wait for the segment.
fn ask_for_place(rng: &mut Rng, book: &mut Book, triggers: &mut [Trigger]) {
    let mut journeys = triggers
        .iter()
        .filter_map(|t| Some((&t.name, t.journey.as_ref()?)));
    let Some((name, journey)) = journeys.next_back() else {
        return;
    };
    let step = journeys::name_of(rng.below(journey.steps.len()));
    let place = rng.pick(&PLACES).replace("{}", name).replace("STEP", &step);
    book.segments.insert("idle".into(), place);
    for journey in triggers.iter_mut().filter_map(|t| t.journey.as_mut()) {
        journey.wait_for_place(rng);
    }
}

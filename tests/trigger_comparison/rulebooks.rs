//! Random rulebooks with triggers. They are made as plain data, so that the reference need not read what a trigger says.
//!
//! Everything lies on quarters of an hour: events, lengths of time, times of day, changes of clocks. What turns by itself
//! therefore turns on a quarter, or a microsecond after one.

mod document;
pub(crate) mod journeys;
mod random;

use chrono::NaiveDate;
use journeys::Journey;
use segue::schema::Schema;
use segue_test_support::corpus::Book;
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
    /// The classes that it is for; all if there are none.
    pub(crate) allows: Vec<&'static str>,
    pub(crate) cost: &'static str,
    /// The events that are messages on it, if it is said.
    pub(crate) sent: Option<&'static str>,
    /// The events that are reactions.
    pub(crate) reacted: &'static str,
}

/// How one of several channels is chosen.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) hours: i64,
    pub(crate) worth: &'static str,
    /// So many reactions to so many messages.
    pub(crate) prior: (u32, u32),
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) name: &'static str,
    pub(crate) channel: &'static str,
    /// Those of which one is chosen instead, if there are any.
    pub(crate) channels: Vec<&'static str>,
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
    pub(crate) choice: Option<Choice>,
    pub(crate) messages: Vec<Message>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) caps: Vec<Cap>,
    pub(crate) processing: bool,
    pub(crate) holdout: Option<u32>,
}

pub(crate) const KINDS: [&str; 3] = ["viewed", "added_to_cart", "purchased"];
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
    let reasons = [
        "entered",
        "done",
        "happened",
        "time_over",
        "chosen",
        "goal",
        "exit",
        "merged",
        "withdrawn",
        "removed",
        "moved",
    ];
    let passed = json!({"is_journey_passed": true, "subject": "journey", "properties": {
        "journey": "string", "from": "string", "to": "string", "key": "string",
        "because": {"type": "enum", "values": reasons}, "entered": "instant", "since": "instant",
    }});
    events.insert("journey_passed".to_owned(), passed);
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

impl Rules {
    /// The triggers in the order in which they fire: "the one with the higher number goes first, then the one that is
    /// declared first".
    /// Whether a rule reads where the profile is in journeys, so that passages are kept.
    pub(crate) fn reads_passages(&self) -> bool {
        let mut texts = self.book.segments.values();
        texts.any(|text| text.contains(" journey_"))
    }

    pub(crate) fn in_order(&self) -> Vec<&Trigger> {
        let mut all: Vec<&Trigger> = self.triggers.iter().collect();
        all.sort_by_key(|t| std::cmp::Reverse(t.priority));
        all
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
}

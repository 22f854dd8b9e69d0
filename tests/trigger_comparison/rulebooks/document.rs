//! Random rulebooks as the text of rule files.

use super::{
    Act, Again, Cap, DateOf, Every, Occasion, Period, Rules, Stretch, Trigger, Wait, WhenHeld,
    schema,
};
use segue::Rulebook;
use segue::rulebook::Format;
use serde_json::{Value as Json, json};

pub(super) fn clock(quarters: i64) -> String {
    format!("{:02}:{:02}", quarters / 4, quarters % 4 * 15)
}

pub(super) fn hours(n: i64) -> String {
    format!("{n} hours")
}

impl Rules {
    /// As a rule file in JSON, without its schema.
    pub(crate) fn document(&self) -> String {
        let mut document = self.book.document();
        document["profile_timezone"] = json!("timezone");
        let stretches = |all: &[Stretch]| all.iter().map(Stretch::text).collect::<Vec<_>>();
        for c in &self.channels {
            document["channels"][c.name] =
                json!({"quiet": stretches(&c.quiet), "windows": stretches(&c.windows)});
            document["channels"][c.name]["cost"] = json!(c.cost);
            document["channels"][c.name]["reacted"] = json!(c.reacted);
            document["channels"][c.name]["sent"] = json!(c.sent);
            if !c.allows.is_empty() {
                document["channels"][c.name]["allows"] = json!({"class": c.allows});
            }
            if c.consent {
                document["channels"][c.name]["consent"] = json!("consent.email");
            }
        }
        if let Some(choice) = &self.choice {
            let (reacted, of) = choice.prior;
            document["choice"] = json!({"within": hours(choice.hours), "worth": choice.worth, "prior": {"reacted": reacted, "of": of}});
        }
        for m in &self.messages {
            let channel = Some(m.channel).filter(|_| m.channels.is_empty());
            document["messages"][m.name] = json!({"channel": channel, "channels": m.channels, "class": m.class, "tags": [m.tag], "instead": m.instead});
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

    pub(super) fn load(&self) -> Result<Rulebook, String> {
        Rulebook::loader()
            .schema(schema())
            .load(Format::Json, &self.document())
            .map_err(|e| e.to_string())
    }

    pub(crate) fn rulebook(&self) -> Rulebook {
        self.load().unwrap_or_else(|e| panic!("refused: {e}"))
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

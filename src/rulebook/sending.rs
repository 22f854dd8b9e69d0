//! Loading what a rule file says of sending: channels with their hours, messages, caps, consent, the control group.

use super::choice::{self, Choice};
use super::contents;
use super::document::{CapDocument, ChannelDocument, MessageDocument, RulebookDocument};
use super::offers;
use super::reader::{KeyedText, Reader};
use crate::check::{listed, suggest_whole};
use crate::diagnostic::Diagnostic;
use crate::ir::Ty;
use crate::rule::offer::OfferRules;
use crate::rule::sending::{
    Cap, CapPeriod, Channel, Class, Content, Draw, Hours, Message, MessageFacts, Route, Sending,
    Stretch,
};
use crate::span::Span;
use crate::syntax::Clock;
use crate::time::{CalendarUnit, DAY, WEEKDAYS};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All that is right of it; the reader has what is wrong.
pub(super) fn load(document: &RulebookDocument, reader: &mut Reader<'_>) -> Sending {
    let mut sending = Sending {
        timezone: timezone(document, reader),
        ..Sending::default()
    };
    if let Some(text) = document
        .consent
        .as_ref()
        .and_then(|consent| consent.processing.as_ref())
    {
        sending.processing = reader.condition(KeyedText::new(&["consent", "processing"], text));
    }
    let choice = choice::load(document, reader);
    sending.choice = choice.rules;
    for (name, channel) in &document.channels {
        sending.channels.insert(
            name.as_str().into(),
            Arc::new(load_channel(name, channel, &choice, reader)),
        );
    }
    for (name, offer) in &document.offers {
        if let Some(offer) = offers::load(name, offer, reader) {
            sending.offers.insert(name.as_str().into(), Arc::new(offer));
        }
    }
    for (name, message) in &document.messages {
        if let Some(message) = load_message(name, message, document, &sending, reader) {
            sending
                .messages
                .insert(name.as_str().into(), Arc::new(message));
        }
    }
    cycles(document, reader);
    for (i, cap) in document.caps.iter().enumerate() {
        sending
            .caps
            .extend(load_cap(&i.to_string(), cap, document, reader));
    }
    if let Some(holdout) = &document.holdout {
        let share = reader.share(KeyedText::new(&["holdout", "share"], &holdout.share), true);
        sending.holdout = share.map(|share| Draw {
            salt: holdout.salt.as_str().into(),
            share,
        });
    }
    sending
}

fn timezone(document: &RulebookDocument, reader: &mut Reader<'_>) -> Option<usize> {
    let at = KeyedText::new(&["profile_timezone"], document.profile_timezone.as_ref()?);
    let position = reader.attribute(at)?;
    let attribute = reader.context.schema().attributes().get(position)?;
    let ty = Ty::of(&attribute.ty);
    if ty == Some(Ty::String) {
        return Some(position);
    }
    let words = ty.as_ref().map_or("a list".into(), Ty::words);
    let diagnostic = at.error(
        "E0316",
        format!("`{}` is {words}, which names no time zone", at.text),
    );
    reader.report(
        at,
        diagnostic
            .help("name an attribute of type `string` whose values are such as `Europe/Rome`"),
    )
}

fn load_channel(
    name: &str,
    document: &ChannelDocument,
    choice: &Choice<'_>,
    reader: &mut Reader<'_>,
) -> Channel {
    let consent = document
        .consent
        .as_ref()
        .and_then(|text| reader.condition(KeyedText::new(&["channels", name, "consent"], text)));
    let mut read = |key: &str, texts: &[String]| -> Vec<Stretch> {
        let places = texts.iter().enumerate();
        places
            .filter_map(|(i, text)| {
                stretch(
                    KeyedText::new(&["channels", name, key, &i.to_string()], text),
                    reader,
                )
            })
            .collect()
    };
    let hours = Hours {
        quiet: read("quiet", &document.quiet),
        windows: read("windows", &document.windows),
    };
    let whole =
        hours.quiet.len() == document.quiet.len() && hours.windows.len() == document.windows.len();
    if whole && !ever_open(&hours) {
        let message = format!(
            "nothing can ever be sent on channel `{name}`: it is quiet all through its windows"
        );
        reader.complain::<()>(
            &["channels", name],
            "E0310",
            message,
            "leave some time between the quiet hours",
        );
    } else if whole && opens_at_midnight(&hours) {
        let message =
            format!("channel `{name}` opens at midnight, and what has waited goes out then");
        let diagnostic = Diagnostic::warning("W0304", Span::default(), message)
            .help("let it be quiet until the morning: `21:00-08:00`");
        reader.note(KeyedText::new(&["channels", name], ""), diagnostic);
    }
    Channel {
        name: name.into(),
        consent,
        hours,
        allows: choice::allowed(name, document.allows.as_ref(), reader),
        merits: choice.merits(name, document, reader),
    }
}

/// `21:00-08:00`, `mon-fri 09:00-18:00`, `sat, sun 10:00-14:00`
fn stretch(at: KeyedText<'_>, reader: &mut Reader<'_>) -> Option<Stretch> {
    const HELP: &str =
        "write `21:00-08:00`, `mon-fri 09:00-18:00`, or `sat 00:00-24:00` for a whole day";
    let text = at.text.trim_end();
    let (days, hours) = text.rsplit_once(char::is_whitespace).unwrap_or(("", text));
    let clocks = hours
        .split_once('-')
        .and_then(|(start, end)| Some((Clock::parse(start)?, Clock::parse(end)?)));
    let span = Span::new(text.len() - hours.len(), text.len());
    let Some((Clock(start), Clock(end))) = clocks.filter(|(start, _)| start.0 < DAY) else {
        let diagnostic = at.error(
            "E0309",
            format!("`{hours}` is not a time of day from one hour to another"),
        );
        return reader.report(at, crate::Diagnostic { span, ..diagnostic }.help(HELP));
    };
    if start == end {
        let diagnostic = at.error("E0309", "this begins and ends at the same time of day");
        return reader.report(
            at,
            crate::Diagnostic { span, ..diagnostic }.help("for a whole day write `00:00-24:00`"),
        );
    }
    let days = if days.trim().is_empty() {
        0x7f
    } else {
        weekdays(days, at, reader)?
    };
    Some(Stretch {
        days,
        start,
        end: if end > start { end } else { end + DAY },
    })
}

/// `mon-fri`, `sat, sun`, `monday`
fn weekdays(text: &str, at: KeyedText<'_>, reader: &mut Reader<'_>) -> Option<u8> {
    let mut set = 0;
    let mut offset = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let first_day = weekday(first, offset, at, reader);
        let last_day = if part.contains('-') {
            weekday(last, offset + first.len() + 1, at, reader)
        } else {
            first_day
        };
        let (mut day, last) = (first_day?, last_day?);
        // `sat-mon` goes over the end of the week.
        set |= 1 << day;
        while day != last {
            day = (day + 1) % 7;
            set |= 1 << day;
        }
        offset += part.len() + 1;
    }
    Some(set)
}

fn weekday(text: &str, offset: usize, at: KeyedText<'_>, reader: &mut Reader<'_>) -> Option<u8> {
    let word = text.trim();
    let lower = word.to_lowercase();
    let meant = |day: &str| lower == day || (lower.len() == 3 && day.starts_with(&lower));
    if let Some(day) = WEEKDAYS.iter().position(|day| meant(day)) {
        return u8::try_from(day).ok();
    }
    let start = offset + (text.len() - text.trim_start().len());
    let span = Span::new(start, start + word.len());
    let diagnostic =
        crate::Diagnostic::error("E0309", span, format!("`{word}` is no day of the week"));
    let short: Vec<&str> = WEEKDAYS.iter().filter_map(|day| day.get(..3)).collect();
    let known: &[&str] = if word.len() <= 4 { &short } else { WEEKDAYS };
    reader.report(at, suggest_whole(diagnostic, span, word, known))
}

/// Whether a week without changes of clocks has a time at which something may be sent.
fn ever_open(hours: &Hours) -> bool {
    let edges = hours
        .windows
        .iter()
        .map(|s| s.start)
        .chain(hours.quiet.iter().map(|s| s.end))
        .chain([0]);
    let mut times = edges.flat_map(|edge| (0..7).map(move |day| day * DAY + edge % DAY));
    times.any(|t| is_open(hours, t))
}

/// Whether on some day a time at which nothing may be sent ends at midnight.
fn opens_at_midnight(hours: &Hours) -> bool {
    const WEEK: i64 = 7 * DAY;
    (0..7).any(|day| {
        let midnight = day * DAY;
        is_open(hours, midnight) && !is_open(hours, (midnight - 1).rem_euclid(WEEK))
    })
}

/// Whether something may be sent at a time of a week without changes of clocks.
fn is_open(hours: &Hours, t: i64) -> bool {
    let inside = |stretches: &[Stretch]| {
        stretches.iter().any(|stretch| {
            (-1..7).any(|day: i64| {
                let start = day * DAY;
                stretch.days >> day.rem_euclid(7) & 1 == 1
                    && (start + stretch.start..start + stretch.end).contains(&t)
            })
        })
    };
    (hours.windows.is_empty() || inside(&hours.windows)) && !inside(&hours.quiet)
}

fn load_message(
    name: &str,
    document: &MessageDocument,
    all: &RulebookDocument,
    sending: &Sending,
    reader: &mut Reader<'_>,
) -> Option<Message> {
    let class = document.class.as_ref();
    let class = class.map_or(Some(Class::default()), |text| {
        reader.word(
            KeyedText::new(&["messages", name, "class"], text),
            &Class::ALL,
        )
    });
    let content = document.content.as_ref();
    let content = content.and_then(|text| {
        reader.word(
            KeyedText::new(&["messages", name, "content"], text),
            &Content::ALL,
        )
    });
    for (i, tag) in document.tags.iter().enumerate() {
        reader.path_of_tag(KeyedText::new(
            &["messages", name, "tags", &i.to_string()],
            tag,
        ));
    }
    if let Some(instead) = document
        .instead
        .as_ref()
        .filter(|instead| !all.messages.contains_key(*instead))
    {
        let known: Vec<&str> = all.messages.keys().map(String::as_str).collect();
        reader.unknown::<()>(
            KeyedText::new(&["messages", name, "instead"], instead),
            "message",
            &known,
        );
    }
    let channels = channels_of(name, document, all, sending, reader);
    let variants = contents::load(name, document, reader);
    let offer = offer_of(name, document, all, sending, reader);
    let class = class?;
    let route = |channel: Arc<Channel>| {
        let tags = document.tags.iter();
        let facts = MessageFacts {
            name: name.into(),
            channel: channel.name.clone(),
            class,
            content,
            tags: tags.map(|tag| tag.as_str().into()).collect(),
        };
        Route {
            channel,
            facts: Arc::new(facts),
        }
    };
    let mut routes = channels?.into_iter().map(route);
    let message = Message {
        name: name.into(),
        route: routes.next()?,
        alternatives: routes.collect(),
        instead: document
            .instead
            .as_ref()
            .map(|instead| instead.as_str().into()),
        variants: variants.ok()?,
        offer: offer?,
    };
    if message.routes().any(Route::is_allowed) {
        return Some(message);
    }
    let channels: Vec<&str> = message.routes().map(|route| &*route.channel.name).collect();
    let what = match channels.as_slice() {
        [only] => format!("channel `{only}` is not for such messages"),
        _ => format!(
            "none of the channels {} is for such messages",
            listed(&channels)
        ),
    };
    let help =
        "see `allows` of the channel: it says by `class` and `content` which messages it is for";
    reader.complain(&["messages", name], "E0324", what, help)
}

/// The channels of which a message takes one, at least one.
fn channels_of(
    message: &str,
    document: &MessageDocument,
    all: &RulebookDocument,
    sending: &Sending,
    reader: &mut Reader<'_>,
) -> Option<Vec<Arc<Channel>>> {
    let path = ["messages", message];
    let complain = |reader: &mut Reader<'_>, message: &str, help: &str| {
        reader.complain(&path, "E0323", message, help)
    };
    let several = match (&document.channel, document.channels.as_slice()) {
        (Some(channel), []) => {
            let path = ["messages", message, "channel"];
            let channel = channel_named(KeyedText::new(&path, channel), all, sending, reader);
            return channel.map(|channel| vec![channel]);
        }
        (None, []) => {
            let help = "write `channel = \"…\"`, or several of which one is chosen: `channels = [\"…\", \"…\"]`";
            return complain(reader, "this message has no channel", help);
        }
        (Some(_), _) => {
            let help = "leave one of the two out";
            return complain(
                reader,
                "a message has either a `channel` or `channels`",
                help,
            );
        }
        (None, several) => several,
    };
    let mut channels = Some(Vec::with_capacity(several.len()));
    for (i, name) in several.iter().enumerate() {
        let path = ["messages", message, "channels", &i.to_string()];
        let at = KeyedText::new(&path, name);
        if several.iter().take(i).any(|other| other == name) {
            let diagnostic = at.error("E0323", format!("`{name}` stands here twice"));
            reader.note(at, diagnostic.help("leave one of the two out"));
        }
        let channel = channel_named(at, all, sending, reader);
        channels = channels.zip(channel).map(|(mut channels, channel)| {
            channels.push(channel);
            channels
        });
    }
    if several.len() > 1 && all.choice.is_none() {
        let help = "say what a reaction is worth, and since when messages and reactions count: `choice = { within = \"90 days\", worth = 2.00 }`";
        return complain(
            reader,
            "nothing says how one of these channels is chosen",
            help,
        );
    }
    channels
}

fn channel_named(
    at: KeyedText<'_>,
    all: &RulebookDocument,
    sending: &Sending,
    reader: &mut Reader<'_>,
) -> Option<Arc<Channel>> {
    let channel = sending.channels.get(at.text);
    channel.cloned().or_else(|| {
        let known: Vec<&str> = all.channels.keys().map(String::as_str).collect();
        reader.unknown(at, "channel", &known)
    })
}

/// The offer that a message makes, if it makes one; what is wrong with the offer itself is said where it is declared.
fn offer_of(
    message: &str,
    document: &MessageDocument,
    all: &RulebookDocument,
    sending: &Sending,
    reader: &mut Reader<'_>,
) -> Option<Option<Arc<OfferRules>>> {
    let Some(name) = &document.offer else {
        return Some(None);
    };
    if !all.offers.contains_key(name) {
        let known: Vec<&str> = all.offers.keys().map(String::as_str).collect();
        let path = ["messages", message, "offer"];
        return reader.unknown(KeyedText::new(&path, name), "offer", &known);
    }
    sending.offers.get(name.as_str()).cloned().map(Some)
}

/// Messages whose replacements form a cycle; each cycle is reported once.
fn cycles(document: &RulebookDocument, reader: &mut Reader<'_>) {
    let next: BTreeMap<&str, &str> = document
        .messages
        .iter()
        .filter_map(|(name, m)| Some((name.as_str(), m.instead.as_deref()?)))
        .collect();
    let mut done: Vec<&str> = Vec::new();
    for start in next.keys().copied() {
        let mut chain = vec![start];
        let mut here = start;
        while let Some(to) = next.get(here).copied().filter(|to| !done.contains(to)) {
            if let Some(from) = chain.iter().position(|name| *name == to) {
                let cycle: Vec<String> = chain
                    .iter()
                    .skip(from)
                    .chain([&to])
                    .map(|name| format!("`{name}`"))
                    .collect();
                let message = format!(
                    "replacements of messages form a cycle: {}",
                    cycle.join(" -> ")
                );
                reader.complain::<()>(
                    &["messages", to, "instead"],
                    "E0313",
                    message,
                    "remove one `instead`",
                );
                break;
            }
            chain.push(to);
            here = to;
        }
        done.extend(chain);
    }
}

fn load_cap(
    i: &str,
    document: &CapDocument,
    all: &RulebookDocument,
    reader: &mut Reader<'_>,
) -> Option<Cap> {
    const PERIODS: [(&str, CalendarUnit); 3] = [
        ("day", CalendarUnit::Day),
        ("week", CalendarUnit::Week),
        ("month", CalendarUnit::Month),
    ];
    let period = match (&document.per, &document.within) {
        (Some(per), None) => reader
            .word(KeyedText::new(&["caps", i, "per"], per), &PERIODS)
            .map(CapPeriod::Calendar),
        (None, Some(within)) => reader
            .length(KeyedText::new(&["caps", i, "within"], within))
            .map(CapPeriod::Rolling),
        _ => reader.complain(
            &["caps", i],
            "E0312",
            "a cap has either a calendar period or a duration",
            "write `per = \"day\"`, or `within = \"7 days\"`",
        ),
    };
    if document.most == 0 {
        let help = "write how many messages may go; to send nothing on a channel give it the consent `false`";
        reader.complain::<()>(
            &["caps", i, "most"],
            "E0312",
            "a cap of 0 holds every message back forever",
            help,
        );
    }
    if let Some(channel) = document
        .channel
        .as_ref()
        .filter(|channel| !all.channels.contains_key(*channel))
    {
        let known: Vec<&str> = all.channels.keys().map(String::as_str).collect();
        reader.unknown::<()>(
            KeyedText::new(&["caps", i, "channel"], channel),
            "channel",
            &known,
        );
    }
    let class = document.class.as_ref();
    let class = class
        .and_then(|text| reader.word(KeyedText::new(&["caps", i, "class"], text), &Class::ALL));
    let content = document.content.as_ref();
    let content = content
        .and_then(|text| reader.word(KeyedText::new(&["caps", i, "content"], text), &Content::ALL));
    if let Some(tag) = &document.tag {
        reader.path_of_tag(KeyedText::new(&["caps", i, "tag"], tag));
    }
    let cap = Cap {
        most: document.most,
        period: period?,
        channel: document.channel.as_deref().map(Into::into),
        class,
        content,
        tag: document.tag.as_deref().map(Into::into),
    };
    (cap.most > 0).then_some(cap)
}

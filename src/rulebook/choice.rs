//! Loading what the choice between the channels of a message goes by.

use super::document::{
    AllowsDocument, AmountDocument, ChannelChoiceDocument, ChannelDocument, PriorDocument,
    RulebookDocument,
};
use super::events::{aggregated, has_window, parsed};
use super::reader::{KeyedText, Reader};
use crate::diagnostic::Diagnostic;
use crate::rule::ValueRule;
use crate::rule::choice::{Amount, ChoiceRules, Prior};
use crate::rule::sending::{AllowedMessages, ChannelMerits, Class, Content};
use crate::span::Span;
use crate::syntax::{self, Aggregate, Expr, ExprKind, Literal, TimeSpan, Window, WindowKind};
use std::collections::BTreeSet;

/// What channels are compared by.
pub(super) struct Choice<'d> {
    pub(super) rules: Option<ChoiceRules>,
    /// How far back is counted.
    within: Option<TimeSpan>,
    /// The channels among which there is a choice.
    pub(super) channels: BTreeSet<&'d str>,
}

/// The rules of the choice; what is wrong with them is noted.
pub(super) fn load<'d>(document: &'d RulebookDocument, reader: &mut Reader<'_>) -> Choice<'d> {
    let several = document.messages.values().filter(|m| m.channels.len() > 1);
    let channels = several.flat_map(|m| &m.channels).map(String::as_str);
    let mut choice = Choice {
        rules: None,
        within: None,
        channels: channels.collect(),
    };
    if let Some(written) = &document.choice {
        let within = KeyedText::new(&["choice", "within"], &written.within);
        choice.within = (reader.length(within)).and_then(|_| syntax::parse_length(&written.within));
        choice.rules = rules(written, reader).filter(|_| choice.within.is_some());
    }
    choice
}

fn rules(document: &ChannelChoiceDocument, reader: &mut Reader<'_>) -> Option<ChoiceRules> {
    let worth = amount(&["choice", "worth"], &document.worth, reader);
    if worth.is_some_and(Amount::is_zero) {
        let message = "a reaction that is worth nothing leaves nothing to choose by but cost";
        let help =
            "say what a reaction is worth, in the money in which channels cost: `worth = 2.00`";
        return reader.complain(&["choice", "worth"], "E0323", message, help);
    }
    let prior = match &document.prior {
        None => Some(Prior { reacted: 1, of: 20 }),
        Some(PriorDocument { reacted, of }) if *of > 0 && reacted <= of => Some(Prior {
            reacted: *reacted,
            of: *of,
        }),
        Some(PriorDocument { of: 0, .. }) => {
            let message = "of no messages at all no share is known";
            let help = "say of how many messages so many are reacted to: `prior = { reacted = 1, of = 20 }`";
            reader.complain(&["choice", "prior"], "E0323", message, help)
        }
        Some(PriorDocument { reacted, of }) => {
            let message =
                format!("{reacted} reactions are more than the {of} messages they are to");
            let help = "write the reactions first and then the messages: `prior = { reacted = 1, of = 20 }`";
            reader.complain(&["choice", "prior"], "E0323", message, help)
        }
    };
    Some(ChoiceRules {
        worth: worth?,
        prior: prior?,
    })
}

fn amount(path: &[&str], document: &AmountDocument, reader: &mut Reader<'_>) -> Option<Amount> {
    let text = document.to_string();
    let number = text.trim().parse().ok();
    number.and_then(Amount::of).or_else(|| {
        let at = KeyedText::new(path, &text);
        let diagnostic = at.error("E0323", format!("`{text}` is not an amount"));
        let help = "write a number that is not negative, is below 1,000,000,000 and has at most six decimal places: `0.07`";
        reader.report(at, diagnostic.help(help))
    })
}

/// The messages that a channel is for.
pub(super) fn allowed(
    channel: &str,
    document: Option<&AllowsDocument>,
    reader: &mut Reader<'_>,
) -> AllowedMessages {
    let Some(document) = document else {
        return AllowedMessages::default();
    };
    AllowedMessages {
        classes: document.class.as_ref().map(|classes| {
            listed(
                &["channels", channel, "allows", "class"],
                classes,
                &Class::ALL,
                reader,
            )
        }),
        not_contents: listed(
            &["channels", channel, "allows", "not_content"],
            &document.not_content,
            &Content::ALL,
            reader,
        ),
    }
}

/// Words of a closed set, one a place of a list.
fn listed<T: Copy>(
    path: &[&str],
    texts: &[String],
    choices: &[(&str, T)],
    reader: &mut Reader<'_>,
) -> Vec<T> {
    let texts = texts.iter().enumerate();
    texts
        .filter_map(|(i, text)| {
            let place = i.to_string();
            let path = [path, &[&place]].concat();
            reader.word(KeyedText::new(&path, text), choices)
        })
        .collect()
}

impl Choice<'_> {
    /// What a channel is judged by; `None` if it is never one of several, or lacks what it needs, which is noted.
    pub(super) fn merits(
        &self,
        name: &str,
        document: &ChannelDocument,
        reader: &mut Reader<'_>,
    ) -> Option<ChannelMerits> {
        let is_chosen = self.channels.contains(name);
        let cost = document.cost.as_ref();
        let cost = cost.map(|cost| amount(&["channels", name, "cost"], cost, reader));
        let reacted = document.reacted.as_ref();
        let reacted = reacted.map(|text| {
            let path = ["channels", name, "reacted"];
            self.count(KeyedText::new(&path, text), reader)
        });
        let sent = match &document.sent {
            Some(text) => {
                let path = ["channels", name, "sent"];
                self.count(KeyedText::new(&path, text), reader)
            }
            None if is_chosen => {
                let text = sent_on(name);
                self.count(KeyedText::new(&["channels", name], &text), reader)
            }
            None => None,
        };
        if !is_chosen {
            return None;
        }
        if cost.is_none() {
            let message = format!("channel `{name}` is one of several, and its cost is not known");
            let help = "say what a message on it costs: `cost = 0.07`, or `cost = 0`";
            reader.complain::<()>(&["channels", name], "E0323", message, help);
        }
        if reacted.is_none() {
            let message = format!(
                "channel `{name}` is one of several, and what is a reaction there is not known"
            );
            let help = "name the events that are reactions: `reacted = 'message_clicked(channel = \"sms\")'`";
            reader.complain::<()>(&["channels", name], "E0323", message, help);
        }
        Some(ChannelMerits {
            cost: cost??,
            sent: sent?,
            reacted: reacted??,
        })
    }

    /// How many events of a text there are in the time that counts.
    fn count(&self, at: KeyedText<'_>, reader: &mut Reader<'_>) -> Option<ValueRule> {
        let expr = parsed(at, reader)?;
        if has_window(&expr) {
            let message =
                "events are counted within the time that the choice says; they have no window";
            let diagnostic = Diagnostic::error("E0323", expr.span, message);
            return reader.report(at, diagnostic.help("leave the window out"));
        }
        let expr = match self.within {
            Some(within) => within_time(expr, within),
            None => expr,
        };
        let term = aggregated(Aggregate::Count, expr, "E0323", at, reader)?;
        let of = (reader.context.schema(), reader.context.calendar);
        Some(ValueRule::new(at.text.to_owned(), term, of, Vec::new()))
    }
}

/// `E within D`
fn within_time(events: Expr, within: TimeSpan) -> Expr {
    let span = events.span;
    let window = Window {
        kind: WindowKind::Within(within),
        span,
    };
    let kind = ExprKind::Windowed {
        subject: Box::new(events),
        windows: vec![window],
    };
    Expr { kind, span }
}

/// The events that the engine adds for messages on a channel.
fn sent_on(channel: &str) -> String {
    let name = Expr {
        kind: ExprKind::Literal(Literal::String(channel.to_owned())),
        span: Span::default(),
    };
    format!("sent(channel = {})", syntax::format(&name))
}

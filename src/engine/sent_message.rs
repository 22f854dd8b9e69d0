//! A message that was sent, as what happened to a profile.

use crate::profile::{RecordEvent, Value};
use crate::rule::sending::MessageFacts;
use crate::schema::Schema;
use crate::time::Instant;
use std::sync::Arc;

/// A message that an engine has sent: what becomes an event of the profile ([`LiveProfile::sent`](super::LiveProfile::sent)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentMessage {
    /// The key of the effect.
    pub key: Arc<str>,
    /// When it was sent.
    pub at: Instant,
    /// The message's name.
    pub message: Arc<str>,
    /// The channel's name.
    pub channel: Arc<str>,
    /// `promotional`, `newsletter` or `transactional`.
    pub class: &'static str,
    /// `greeting`, `informational`, `reactivation` or `service`.
    pub content: Option<&'static str>,
    /// The message's tags, with the tags above them: of `winback/coupon` also `winback`. So `tags contains "winback"` means what
    /// `tagged "winback"` means of a profile.
    pub tags: Vec<Arc<str>>,
    /// The trigger that sent it.
    pub trigger: Option<Arc<str>>,
    /// The journey that sent it.
    pub journey: Option<Arc<str>>,
    /// The step of the journey.
    pub step: Option<Arc<str>>,
    /// The campaign of the trigger or journey.
    pub campaign: Option<Arc<str>>,
    /// The variant of the trigger or journey that the profile is assigned to.
    pub variant: Option<Arc<str>>,
}

impl SentMessage {
    /// A message that the host requested.
    pub(crate) fn requested(key: Arc<str>, at: i64, message: &MessageFacts) -> Self {
        SentMessage {
            key,
            at: Instant::from_micros(at),
            message: message.name.clone(),
            channel: message.channel.clone(),
            class: message.class.name(),
            content: message.content.map(crate::rule::sending::Content::name),
            tags: with_tags_above(&message.tags),
            trigger: None,
            journey: None,
            step: None,
            campaign: None,
            variant: None,
        }
    }

    /// The event of a record; `None` if its schema has no such kind.
    pub(crate) fn record_event(&self, schema: &Schema) -> Option<RecordEvent> {
        let kind = schema.sent_kind()?;
        let text = |text: &str| Value::Text(text.to_owned());
        let named = |name: &Option<Arc<str>>| name.as_deref().map(text);
        let tags = self.tags.iter().map(|tag| text(tag)).collect();
        let properties = [
            ("message", Some(text(&self.message))),
            ("channel", Some(text(&self.channel))),
            ("class", Some(text(self.class))),
            ("content", self.content.map(text)),
            ("tags", Some(Value::List(tags))),
            ("trigger", named(&self.trigger)),
            ("journey", named(&self.journey)),
            ("step", named(&self.step)),
            ("campaign", named(&self.campaign)),
            ("variant", named(&self.variant)),
        ];
        let known = properties.into_iter().filter_map(|(name, value)| {
            kind.property_index(name)?;
            Some((name, value?))
        });
        let event = RecordEvent::new(schema, &kind.name, self.at, known);
        // A schema that gives one of the properties another type has a kind of its own.
        event.ok().map(|event| event.with_id(&*self.key))
    }
}

/// Tags, each followed by those above it that are not there yet.
fn with_tags_above(tags: &[Arc<str>]) -> Vec<Arc<str>> {
    let mut all: Vec<Arc<str>> = Vec::new();
    for tag in tags {
        let above = tag.match_indices('/').filter_map(|(end, _)| tag.get(..end));
        for path in above.map(Arc::from).chain([tag.clone()]) {
            if !all.contains(&path) {
                all.push(path);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_followed_by_those_above_it() {
        let tags = [
            "winback/coupon/spring".into(),
            "winback".into(),
            "season".into(),
        ];
        let all = with_tags_above(&tags);
        assert_eq!(
            all.iter().map(|tag| &**tag).collect::<Vec<_>>(),
            [
                "winback",
                "winback/coupon",
                "winback/coupon/spring",
                "season"
            ]
        );
    }
}

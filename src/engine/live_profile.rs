//! Profiles that a stream can feed.

use super::passage_event::PassageEvent;
use super::sent_message::SentMessage;
use crate::profile::{MergeRules, Model, Profile, Record, RecordEvent, Timeline, Value};
use crate::schema::Schema;
use crate::time::Instant;

/// A profile that an [`Engine`](super::Engine) keeps: it can be made from its id alone, and events can be added.
///
/// [`Record`] implements it. A service's own struct says in a few lines how it grows:
///
/// ```
/// use segue::engine::LiveProfile;
/// use segue::profile::{Model, Timeline};
/// use segue::{Event, Instant, Profile};
///
/// #[derive(Profile)]
/// struct Customer {
///     #[segue(id)]
///     id: String,
///     newsletter: bool,
///     #[segue(events)]
///     events: Timeline<Act>,
/// }
///
/// #[derive(Event)]
/// enum Act {
///     Viewed { at: Instant, #[segue(subject)] category: String },
/// }
///
/// impl LiveProfile for Customer {
///     fn blank(_: &Model<Self>, id: &str) -> Self {
///         Customer { id: id.to_owned(), newsletter: false, events: Timeline::default() }
///     }
///     fn events_mut(&mut self) -> &mut Timeline<Act> {
///         &mut self.events
///     }
/// }
/// ```
pub trait LiveProfile: Profile {
    /// A profile of which nothing is known but its id.
    fn blank(model: &Model<Self>, id: &str) -> Self;

    /// The events, to which the engine adds, and of which it drops those that no rule can see any more.
    fn events_mut(&mut self) -> &mut Timeline<Self::Event>;

    /// Takes over a row that was read anew, as it was at an instant ([`Engine::upsert`](super::Engine::upsert)): everything
    /// that it says but its events, which the profile keeps.
    ///
    /// Without an implementation the row takes the place of the profile; histories of tracked attributes are then those of the
    /// row. [`Record`] keeps its own, to which it adds what has changed at that instant.
    fn update(&mut self, model: &Model<Self>, row: Self, at: Instant) {
        let _ = (model, at);
        let mut old = std::mem::replace(self, row);
        std::mem::swap(self.events_mut(), old.events_mut());
    }

    /// Moves what is kept by its place in the schema to its place in that of the model, because the profile was kept under the
    /// schema `from` ([`Engine::restore`](super::Engine::restore), [`Engine::reload`](super::Engine::reload)). `lost` is to be
    /// called with the name of each value that has no place any more. Of an attribute that is no longer tracked, the value at `now`
    /// is left.
    ///
    /// Without an implementation nothing is moved, which is right for a struct: its fields have names. A [`Record`] moves
    /// everything.
    fn migrate(
        &mut self,
        from: &Schema,
        model: &Model<Self>,
        now: Instant,
        lost: &mut dyn FnMut(&str),
    ) {
        let _ = (from, model, now, lost);
    }

    /// Gives an attribute a value because a trigger says so; a tracked one has it from `at` on. [`Value::Missing`] takes
    /// the value away. Without it, `set` and `add` of triggers are effects for the host alone.
    ///
    /// # Errors
    /// What is wrong, where the attribute cannot have the value.
    fn set(
        &mut self,
        model: &Model<Self>,
        attribute: &str,
        value: Value,
        at: Instant,
    ) -> Result<(), String> {
        let _ = (model, value, at);
        Err(format!(
            "`{attribute}` cannot be set: the profile type does not say how"
        ))
    }

    /// Takes in what another profile of the same person says, by the policies of the rulebook: its attributes, relations and tags,
    /// which may be moved out of it ([`Engine::identify`](super::Engine::identify), [`Engine::merge`](super::Engine::merge)). The
    /// profile keeps its id, and the engine moves the events. Rows that the host reads anew ([`Engine::upsert`](super::Engine::upsert))
    /// may have an id that the profile goes by from now on.
    ///
    /// Without an implementation profiles are not merged, which is an error there; a [`Record`] merges everything.
    ///
    /// ```
    /// # use segue::engine::LiveProfile;
    /// use segue::profile::{MergeRules, Model, Timeline};
    /// # use segue::{Event, Instant, Profile};
    /// # #[derive(Event)]
    /// # struct Visit { at: Instant }
    /// #[derive(Profile)]
    /// struct Customer {
    ///     #[segue(id)]
    ///     id: String,
    ///     city: Option<String>,
    ///     points: i64,
    ///     #[segue(events)]
    ///     visits: Timeline<Visit>,
    /// }
    ///
    /// impl LiveProfile for Customer {
    ///     fn merge(&mut self, _: &Model<Self>, other: &mut Self, rules: &MergeRules<'_>) -> Result<(), String> {
    ///         if rules.takes_other("city", [self.city.is_some(), other.city.is_some()]) {
    ///             self.city = other.city.take();
    ///         }
    ///         self.points += other.points;
    ///         Ok(())
    ///     }
    /// #   fn blank(_: &Model<Self>, id: &str) -> Self {
    /// #       Customer { id: id.to_owned(), city: None, points: 0, visits: Timeline::default() }
    /// #   }
    /// #   fn events_mut(&mut self) -> &mut Timeline<Visit> {
    /// #       &mut self.visits
    /// #   }
    /// }
    /// ```
    ///
    /// # Errors
    /// Why the two cannot be one profile. Neither has changed then.
    fn merge(
        &mut self,
        model: &Model<Self>,
        other: &mut Self,
        rules: &MergeRules<'_>,
    ) -> Result<(), String> {
        let _ = (model, other, rules);
        Err("the profile type does not say how two profiles become one".to_owned())
    }

    /// The event that a message was sent, of the kind that says so ([`EventKind::sent`](crate::schema::EventKind::sent)); its id
    /// should be the key of the effect. Where any rule reads the kind, the engine adds it when it tells the effect, so that conditions, triggers and lifecycles
    /// see what was sent as they see what the customer does: `not sent(tags contains "winback") within 30 days`.
    ///
    /// Without an implementation nothing is added, and rules that name the kind cannot be bound unless the type has it for other
    /// reasons. A [`Record`] makes an event of the kind `sent` of its schema.
    ///
    /// ```
    /// use segue::engine::{LiveProfile, SentMessage};
    /// # use segue::profile::{Model, Timeline};
    /// # use segue::{Event, Instant, Profile};
    /// #[derive(Event)]
    /// enum Act {
    ///     Viewed { at: Instant, #[segue(subject)] category: String },
    ///     #[segue(sent)]
    ///     Sent { #[segue(id)] key: String, at: Instant, #[segue(subject)] message: String, tags: Vec<String> },
    /// }
    /// # #[derive(Profile)]
    /// # struct Customer { #[segue(id)] id: String, #[segue(events)] events: Timeline<Act> }
    /// impl LiveProfile for Customer {
    ///     fn sent(_: &Model<Self>, message: &SentMessage) -> Option<Act> {
    ///         Some(Act::Sent {
    ///             key: message.key.to_string(),
    ///             at: message.at,
    ///             message: message.message.to_string(),
    ///             tags: message.tags.iter().map(ToString::to_string).collect(),
    ///         })
    ///     }
    /// #   fn blank(_: &Model<Self>, id: &str) -> Self { Customer { id: id.to_owned(), events: Timeline::default() } }
    /// #   fn events_mut(&mut self) -> &mut Timeline<Act> { &mut self.events }
    /// }
    /// ```
    fn sent(model: &Model<Self>, message: &SentMessage) -> Option<Self::Event> {
        let _ = (model, message);
        None
    }

    /// Changes when the message of an event that [`sent`](LiveProfile::sent) made was sent, because the host says so
    /// ([`Engine::ack`](super::Engine::ack)). Without it, conditions count from when the effect was told.
    fn set_sent(event: &mut Self::Event, at: Instant) {
        let _ = (event, at);
    }

    /// The event that the profile came into a journey, went on to another step, or left, of the kind that says so
    /// ([`EventKind::journey_passed`](crate::schema::EventKind::journey_passed)); its id should be the key of the passage. Where any rule reads the kind, the engine
    /// adds it when it tells the passage, so that conditions, triggers and lifecycles see it as they see what the customer
    /// does: `journey_passed("welcome", because = goal) within 7 days`, `in journey welcome`.
    ///
    /// Without an implementation nothing is added, and rules that name the kind, or where a profile is in a journey, cannot be
    /// bound unless the type has it for other reasons. A [`Record`] makes an event of the kind `journey_passed` of its schema.
    ///
    /// ```
    /// use segue::engine::{LiveProfile, PassageEvent};
    /// # use segue::profile::{Model, Timeline};
    /// # use segue::{Event, Instant, Profile};
    /// #[derive(Event)]
    /// enum Act {
    ///     Viewed { at: Instant, #[segue(subject)] category: String },
    ///     #[segue(journey_passed, rename = "journey_passed")]
    ///     Passed { #[segue(id)] key: String, at: Instant, #[segue(subject)] journey: String, to: Option<String> },
    /// }
    /// # #[derive(Profile)]
    /// # struct Customer { #[segue(id)] id: String, #[segue(events)] events: Timeline<Act> }
    /// impl LiveProfile for Customer {
    ///     fn journey_passed(_: &Model<Self>, passage: &PassageEvent) -> Option<Act> {
    ///         Some(Act::Passed {
    ///             key: passage.key.to_string(),
    ///             at: passage.at,
    ///             journey: passage.journey.to_string(),
    ///             to: passage.to.as_deref().map(str::to_owned),
    ///         })
    ///     }
    /// #   fn blank(_: &Model<Self>, id: &str) -> Self { Customer { id: id.to_owned(), events: Timeline::default() } }
    /// #   fn events_mut(&mut self) -> &mut Timeline<Act> { &mut self.events }
    /// }
    /// ```
    fn journey_passed(model: &Model<Self>, passage: &PassageEvent) -> Option<Self::Event> {
        let _ = (model, passage);
        None
    }

    /// Gives (or takes away) a tag because a trigger says so. Without it, tags of triggers are effects for the host alone.
    fn tag(&mut self, path: &str, given: bool) {
        let _ = (path, given);
    }
}

impl LiveProfile for Record {
    fn blank(model: &Model<Self>, id: &str) -> Self {
        Record::blank(model.schema(), id)
    }

    fn events_mut(&mut self) -> &mut Timeline<RecordEvent> {
        self.timeline_mut()
    }

    fn update(&mut self, _: &Model<Self>, row: Self, at: Instant) {
        self.update_from(row, at);
    }

    fn migrate(
        &mut self,
        from: &Schema,
        model: &Model<Self>,
        now: Instant,
        lost: &mut dyn FnMut(&str),
    ) {
        Record::migrate(self, from, model.schema(), now, lost);
    }

    fn set(
        &mut self,
        model: &Model<Self>,
        attribute: &str,
        value: Value,
        at: Instant,
    ) -> Result<(), String> {
        let schema: &Schema = model.schema();
        Record::set(self, schema, attribute, value, at).map_err(|e| e.to_string())
    }

    fn merge(
        &mut self,
        model: &Model<Self>,
        other: &mut Self,
        rules: &MergeRules<'_>,
    ) -> Result<(), String> {
        self.merge_from(model.schema(), other, rules);
        Ok(())
    }

    fn sent(model: &Model<Self>, message: &SentMessage) -> Option<RecordEvent> {
        message.record_event(model.schema())
    }

    fn set_sent(event: &mut RecordEvent, at: Instant) {
        event.set_at(at);
    }

    fn journey_passed(model: &Model<Self>, passage: &PassageEvent) -> Option<RecordEvent> {
        passage.record_event(model.schema())
    }

    fn tag(&mut self, path: &str, given: bool) {
        let tags = self.tags_mut();
        match (tags.iter().position(|t| t == path), given) {
            (None, true) => tags.push(path.to_owned()),
            (Some(i), false) => {
                tags.remove(i);
            }
            _ => {}
        }
    }
}

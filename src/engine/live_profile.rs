//! Profiles that a stream can feed.

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

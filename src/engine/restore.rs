//! Continuing from a kept state, and going on under other rules.

use super::Engine;
use super::explains::Explains;
use super::input::InputBuffers;
use super::live_profile::LiveProfile;
use super::metrics::Counters;
use super::migration::Migration;
use super::outbox::Outbox;
use super::output::EngineOutput;
use super::plan::Plan;
use super::rules_change::RulesChange;
use super::state::{EngineState, EventIds, FORMAT, Wakeups};
use crate::eval::BindError;
use crate::profile::Model;
use crate::rulebook::Rulebook;
use smol_str::SmolStr;
use std::sync::Arc;

/// A state cannot be continued from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The profile type lacks something that a rule reads, or has it with another type.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The state has the form of another version of the library.
    #[error("the state has form {found}, and this version of the library reads form {FORMAT}")]
    Format {
        /// The form of the state.
        found: u32,
    },
    /// The state does not fit together.
    #[error("the state is damaged: {0}; continue from an earlier one")]
    Damaged(String),
    /// The engine that is to [import](Engine::import) profiles has one with this id.
    #[error("there is a profile `{id}` already; export or remove it first")]
    KnownProfile {
        /// The id.
        id: SmolStr,
    },
}

/// Whether a state that was read can be continued from.
pub(super) fn check<P>(state: &EngineState<P>) -> Result<(), RestoreError> {
    let found = state.header.format;
    if found != FORMAT {
        return Err(RestoreError::Format { found });
    }
    match state.damage() {
        Some(what) => Err(RestoreError::Damaged(what)),
        None => Ok(()),
    }
}

impl<P: LiveProfile> Engine<P> {
    /// An engine that continues from a state as the one did that it was taken from.
    ///
    /// The rulebook may be another than the state's, and the model of another schema; then it continues as after
    /// [`reload`](Engine::reload), and `out` has what that changes.
    ///
    /// # Errors
    /// If the profile type lacks something that a rule reads, or has it with another type; if the state was written by a version
    /// of the library that keeps states in another form, or does not fit together because it was damaged.
    pub fn restore(
        rulebook: &Rulebook,
        model: &Model<P>,
        mut state: EngineState<P>,
        out: &mut Vec<EngineOutput>,
    ) -> Result<(Self, RulesChange), RestoreError> {
        let plan = Plan::new(rulebook, model)?;
        check(&state)?;
        for (_, profile) in state.profiles.iter_mut() {
            profile.ids = EventIds::of(&profile.profile);
            profile.reset_derived();
            if profile.has_trigger_state() {
                let deliveries = &mut profile.triggers_mut().deliveries;
                deliveries.share(&plan.delivery.rules.messages);
            }
        }
        let mut counters = Counters::default();
        let change = state.migrate(&plan, Explains::Effects, &mut counters, out);
        let wakeups = Wakeups::of(&mut state.profiles);
        let engine = Engine {
            plan: Arc::new(plan),
            state,
            wakeups,
            buffers: InputBuffers::default(),
            explains: Explains::Effects,
            max_wakeups: usize::MAX,
            counters,
        };
        Ok((engine, change))
    }

    /// Goes on under other rules, at the engine's time, and reports what that changes with the cause
    /// [`Cause::Rules`](super::Cause::Rules): who is in a segment now and was not before, or the other way round, and who is in
    /// another stage. A segment that is gone is left by all.
    ///
    /// Segments and lifecycles that are new or mean something else are evaluated; how they are spelled makes no difference.
    /// Stages are matched by name, and transitions into stages that are gone are forgotten. No trigger fires unless it says so
    /// (`on_edit`); how many would have is among what is returned. What waits is kept by the name of its trigger; a silence lasts as
    /// long as the trigger now says, and dates are those it now asks for. Profiles are moved to the schema of the model
    /// ([`LiveProfile::migrate`]).
    ///
    /// ```
    /// use segue::engine::{Cause, Engine, OutputKind};
    /// use segue::profile::{Model, Record};
    /// use segue::{Instant, Rulebook};
    ///
    /// let rules = |points: u32| Rulebook::from_toml(&format!(
    ///     "[schema.attributes]\npoints = \"int\"\n[segments]\ncollectors = 'points >= {points}'"
    /// ));
    /// let (old, new) = (rules(100)?, rules(50)?);
    /// let mut engine = Engine::new(&old, &Model::<Record>::for_schema(old.schema()))?;
    /// let mut out = Vec::new();
    /// engine.advance("2026-03-02T10:00:00Z".parse()?, &mut out);
    /// engine.insert(Record::builder(old.schema(), "anna").set("points", 70).build()?);
    ///
    /// // What would happen, and then that it does.
    /// let model = Model::<Record>::for_schema(new.schema());
    /// assert_eq!(engine.preview(&new, &model)?.segments["collectors"].entered, 1);
    /// let change = engine.reload(&new, &model, &mut out)?;
    /// assert_eq!(change.segments["collectors"].entered, 1);
    /// assert_eq!(out[0].kind, OutputKind::SegmentEntered { segment: "collectors".into() });
    /// assert_eq!(out[0].cause, Cause::Rules);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the profile type lacks something that a rule reads, or has it with another type. The engine then goes on under the
    /// rules that it has.
    pub fn reload(
        &mut self,
        rulebook: &Rulebook,
        model: &Model<P>,
        out: &mut Vec<EngineOutput>,
    ) -> Result<RulesChange, BindError> {
        let plan = Plan::new(rulebook, model)?;
        // What is outstanding was due under the rules that there were.
        self.run_due(self.state.header.due_before, usize::MAX, out);
        self.counters.renumber(&self.plan.model.schema);
        let counters = &mut self.counters;
        let change = self.state.migrate(&plan, self.explains, counters, out);
        self.plan = Arc::new(plan);
        // Wake-ups may be others although profiles are not: the rules of delivery are no part of their state.
        self.wakeups = Wakeups::of(&mut self.state.profiles);
        Ok(change)
    }

    /// What [`reload`](Engine::reload) would change. Nothing is changed; profiles are copied one after the other. What is
    /// outstanding ([`with_max_wakeups_per_call`](Engine::with_max_wakeups_per_call)) is not done before, as it is by `reload`.
    ///
    /// # Errors
    /// As of [`reload`](Engine::reload).
    pub fn preview(&self, rulebook: &Rulebook, model: &Model<P>) -> Result<RulesChange, BindError>
    where
        P: Clone,
    {
        let plan = Plan::new(rulebook, model)?;
        if let Some(first) = self.state.profiles.iter().next() {
            plan.learn_blank(&P::blank(model, &first.id));
        }
        let migration = Migration::new(&self.state.header, &plan, Explains::Nothing);
        let (mut change, mut out) = (migration.change(), Vec::new());
        if migration.changes_profiles() {
            for profile in self.state.profiles.iter() {
                out.clear();
                let mut outbox = Outbox {
                    out: &mut out,
                    sequence: &mut 0,
                    counters: &mut Counters::default(),
                };
                migration.apply(&mut profile.clone(), &mut outbox, &mut change);
            }
        }
        Ok(change)
    }
}

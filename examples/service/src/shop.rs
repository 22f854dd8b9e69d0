//! What the service does with each entry, without a thread or a clock: the engine, and the database that has what the engine has.

use crate::customer::{Customer, Fact};
use crate::store::{Store, StoreError};
use segue::engine::{Engine, EngineOutput, Receipt, RestoreError, RulesChange};
use segue::eval::BindError;
use segue::profile::Model;
use segue::rulebook::Format;
use segue::{Duration, Event, Instant, Rulebook};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// One entry of a log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The log: a till, or a partition of a queue.
    pub source: String,
    /// Where the entry stands in the log. Offsets of one log ascend.
    pub offset: u64,
    /// What it says.
    #[serde(flatten)]
    pub input: Input,
}

/// What an entry says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A customer did something.
    Fact {
        /// Who.
        customer: Uuid,
        /// What.
        fact: Fact,
    },
    /// What a customer did in the past, from another system.
    History {
        /// Who.
        customer: Uuid,
        /// What; the engine knows what of it is there already.
        facts: Vec<Fact>,
    },
    /// A customer's row in the shop's own database is now this.
    Row {
        /// When it was so.
        at: Instant,
        /// The row.
        customer: Box<Customer>,
    },
    /// A customer is to be forgotten.
    Erase {
        /// Who.
        customer: Uuid,
    },
}

/// How the engine is to work.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How late an entry may come.
    pub lateness: Duration,
    /// How far ahead of the present an entry may be.
    pub max_future_skew: Duration,
    /// How many wake-ups of other customers a call works off.
    pub max_wakeups_per_call: usize,
}

/// The shop cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShopError {
    /// The rules are wrong.
    #[error("the rules: {0}")]
    Rules(String),
    /// The rules do not fit the customers.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The saved state is none of this program's.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The database does not work.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The engine with its database. What it is given counts when it is [saved](Shop::save).
pub struct Shop {
    model: Model<Customer>,
    engine: Engine<Customer>,
    store: Arc<Store>,
    out: Vec<EngineOutput>,
}

impl Shop {
    /// Goes on from what the database has. What other rules than those before change is among the outputs.
    ///
    /// # Errors
    /// If the rules are wrong, or the database cannot be read.
    pub fn open(rules: &str, settings: Settings, store: Arc<Store>) -> Result<Self, ShopError> {
        let model = Model::new().map_err(|e| ShopError::Rules(e.to_string()))?;
        let rulebook = load(rules, &model)?;
        let mut out = Vec::new();
        let engine = match store.state()? {
            Some(state) => Engine::restore(&rulebook, &model, state, &mut out)?.0,
            None => Engine::new(&rulebook, &model)?,
        };
        let engine = engine
            .with_lateness(settings.lateness)
            .with_max_future_skew(settings.max_future_skew)
            .with_max_wakeups_per_call(settings.max_wakeups_per_call)
            .with_change_tracking();
        let mut shop = Shop {
            model,
            engine,
            store,
            out,
        };
        shop.save()?;
        Ok(shop)
    }

    /// Takes an entry, unless it was taken before, and says what became of it.
    pub fn take(&mut self, entry: Entry) -> Receipt {
        if !self.engine.accept_offset(&entry.source, entry.offset) {
            return Receipt::Duplicate;
        }
        match entry.input {
            Input::Fact { customer, fact } => self.engine.observe(customer, fact, &mut self.out),
            Input::History { customer, facts } => {
                let now = self.engine.now();
                let (past, new): (Vec<_>, Vec<_>) =
                    facts.into_iter().partition(|fact| fact.at() <= now);
                self.engine.absorb(customer, past, &mut self.out);
                let new = new.into_iter();
                let receipts = new.map(|fact| self.engine.observe(customer, fact, &mut self.out));
                // The last that was refused, if any was.
                let refused = |receipt: &Receipt| *receipt == Receipt::TooEarly;
                receipts.filter(refused).last().unwrap_or(Receipt::Accepted)
            }
            Input::Row { at, customer } => self.engine.upsert(*customer, at, &mut self.out),
            Input::Erase { customer } => {
                let now = self.engine.now();
                self.engine.remove(customer, now, &mut self.out);
                Receipt::Accepted
            }
        }
    }

    /// Lets time pass.
    pub fn advance(&mut self, to: Instant) {
        self.engine.advance(to, &mut self.out);
    }

    /// When something happens by itself.
    pub fn next_wakeup(&mut self) -> Option<Instant> {
        self.engine.next_wakeup()
    }

    /// Goes on under other rules.
    ///
    /// # Errors
    /// If they are wrong; then those that were there stay.
    pub fn reload(&mut self, rules: &str) -> Result<RulesChange, ShopError> {
        let rulebook = load(rules, &self.model)?;
        Ok(self.engine.reload(&rulebook, &self.model, &mut self.out)?)
    }

    /// Writes what has changed and what has to be sent, in one transaction. Only then may anybody hear of it.
    ///
    /// # Errors
    /// If the database does not work. Nothing is lost: the next call writes it too.
    pub fn save(&mut self) -> Result<(), StoreError> {
        self.store.save(self.engine.unsaved(), &self.out)?;
        self.engine.mark_saved();
        self.out.clear();
        Ok(())
    }

    /// The engine, to be asked.
    #[must_use]
    pub fn engine(&self) -> &Engine<Customer> {
        &self.engine
    }
}

fn load(rules: &str, model: &Model<Customer>) -> Result<Rulebook, ShopError> {
    let loader = Rulebook::loader().schema(model.schema().clone());
    let loaded = loader.load(Format::Toml, rules);
    loaded.map_err(|e| ShopError::Rules(e.to_string()))
}

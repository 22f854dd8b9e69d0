//! The database: what the engine knows, and what has to be sent, in one transaction.

use crate::customer::Customer;
use redb::{Database, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition};
use segue::engine::{EngineOutput, EngineState, ProfileState, StateHeader, Unsaved};
use std::path::Path;

/// Customers by id, as JSON.
const PROFILES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("profiles");
/// One row: what the engine keeps beside the customers.
const HEADER: TableDefinition<'_, (), &[u8]> = TableDefinition::new("header");
/// What has to be sent, by its number.
const OUTBOX: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("outbox");

/// Something went wrong with the database or with what is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be opened.
    #[error("the database: {0}")]
    Open(#[from] redb::DatabaseError),
    /// It cannot begin a transaction.
    #[error("the database: {0}")]
    Transaction(#[from] redb::TransactionError),
    /// It has other tables than this program's.
    #[error("the database: {0}")]
    Table(#[from] redb::TableError),
    /// It cannot be read or written.
    #[error("the database: {0}")]
    Storage(#[from] redb::StorageError),
    /// It cannot finish a transaction.
    #[error("the database: {0}")]
    Commit(#[from] redb::CommitError),
    /// A row is not what this program writes.
    #[error("a row of the database: {0}")]
    Row(#[from] serde_json::Error),
}

/// An open database.
pub struct Store(Database);

impl Store {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    /// If it cannot be opened, or is no database.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        Store::begin(Database::create(file)?)
    }

    /// Opens what a backend has.
    ///
    /// # Errors
    /// If it is no database.
    pub fn with_backend(backend: impl StorageBackend) -> Result<Self, StoreError> {
        Store::begin(Database::builder().create_with_backend(backend)?)
    }

    fn begin(database: Database) -> Result<Self, StoreError> {
        let begin = database.begin_write()?;
        begin.open_table(PROFILES)?;
        begin.open_table(HEADER)?;
        begin.open_table(OUTBOX)?;
        begin.commit()?;
        Ok(Store(database))
    }

    /// The state that was saved last; `None` if none was.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn state(&self) -> Result<Option<EngineState<Customer>>, StoreError> {
        let read = self.0.begin_read()?;
        let header = read.open_table(HEADER)?;
        let Some(header) = header.get(())? else {
            return Ok(None);
        };
        let header: StateHeader = serde_json::from_slice(header.value())?;
        let mut profiles: Vec<ProfileState<Customer>> = Vec::new();
        for row in read.open_table(PROFILES)?.iter()? {
            profiles.push(serde_json::from_slice(row?.1.value())?);
        }
        Ok(Some(EngineState::from_parts(header, profiles)))
    }

    /// Saves what has changed, together with what came of it. Either all of it is there afterwards or nothing.
    ///
    /// # Errors
    /// If it cannot be written; then nothing was.
    pub fn save(
        &self,
        unsaved: Unsaved<'_, Customer>,
        out: &[EngineOutput],
    ) -> Result<(), StoreError> {
        let write = self.0.begin_write()?;
        {
            let mut profiles = write.open_table(PROFILES)?;
            for id in unsaved.removed() {
                profiles.remove(id.as_str())?;
            }
            for profile in unsaved.profiles() {
                profiles.insert(profile.id(), serde_json::to_vec(profile)?.as_slice())?;
            }
            let header = serde_json::to_vec(unsaved.header())?;
            write.open_table(HEADER)?.insert((), header.as_slice())?;
            let mut outbox = write.open_table(OUTBOX)?;
            for output in out {
                outbox.insert(output.sequence, serde_json::to_vec(output)?.as_slice())?;
            }
        }
        write.commit()?;
        Ok(())
    }

    /// What has to be sent next, so many at the most, in order.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn outbox(&self, max: usize) -> Result<Vec<EngineOutput>, StoreError> {
        let read = self.0.begin_read()?;
        let outbox = read.open_table(OUTBOX)?;
        let rows = outbox.iter()?.take(max);
        rows.map(|row| Ok(serde_json::from_slice(row?.1.value())?))
            .collect()
    }

    /// Takes out of the outbox what has arrived: everything up to a number.
    ///
    /// # Errors
    /// If it cannot be written; then it will be sent again.
    pub fn arrived(&self, up_to: u64) -> Result<(), StoreError> {
        let write = self.0.begin_write()?;
        write
            .open_table(OUTBOX)?
            .retain_in(..=up_to, |_, _| false)?;
        write.commit()?;
        Ok(())
    }
}

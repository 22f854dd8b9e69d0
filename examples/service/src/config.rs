//! The configuration file.

use segue::Duration;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What the service has to know.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the service listens.
    pub listen: String,
    /// The rule file, from the folder of the configuration.
    pub rules: PathBuf,
    /// The database file, from the folder of the configuration.
    pub database: PathBuf,
    /// How late an entry may come.
    pub lateness: Duration,
    /// How far ahead of the present an entry may be.
    pub max_future_skew: Duration,
    /// How many wake-ups of other customers a call works off.
    pub max_wakeups_per_call: usize,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, or a value is missing or wrong.
    pub fn read(file: &Path) -> Result<Self, String> {
        let wrong = |e: &dyn std::fmt::Display| format!("{}: {e}", file.display());
        let text = std::fs::read_to_string(file).map_err(|e| wrong(&e))?;
        let mut config: Config = toml::from_str(&text).map_err(|e| wrong(&e))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        for path in [&mut config.rules, &mut config.database] {
            *path = folder.join(&*path);
        }
        Ok(config)
    }
}

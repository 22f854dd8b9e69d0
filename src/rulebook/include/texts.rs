//! Where the texts of included files come from.

use super::super::reader::quoted;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Finds the text of a file by its name.
type Find = dyn Fn(&str) -> Result<String, String> + Send + Sync;

/// The texts of files, by name, and perhaps something that finds further ones.
#[derive(Clone, Default)]
pub(in crate::rulebook) struct FileSource {
    texts: BTreeMap<String, String>,
    find: Option<Arc<Find>>,
}

/// Why there is no text, and what to do about it.
pub(super) struct NoText {
    pub(super) what: String,
    pub(super) help: String,
}

impl FileSource {
    pub(in crate::rulebook) fn insert(&mut self, name: String, text: String) {
        self.texts.insert(super::path::joined("", &name), text);
    }

    pub(in crate::rulebook) fn find_with(&mut self, find: Arc<Find>) {
        self.find = Some(find);
    }

    pub(super) fn text(&self, name: &str) -> Result<String, NoText> {
        if let Some(text) = self.texts.get(name) {
            return Ok(text.clone());
        }
        match &self.find {
            Some(find) => find(name).map_err(|what| NoText {
                what,
                help: String::new(),
            }),
            None => Err(NoText {
                what: "there is no such file".to_owned(),
                help: if self.texts.is_empty() {
                    "give its text to the loader: `Rulebook::loader().with(name, text)`".to_owned()
                } else {
                    let known: Vec<String> = self.texts.keys().map(|name| quoted(name)).collect();
                    format!("the loader has {}", known.join(", "))
                },
            }),
        }
    }
}

impl fmt::Debug for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.texts.keys();
        f.debug_set().entries(names).finish()
    }
}

//! What a file says of the packs that it includes: `[packs.beauty]`.

use super::path::stem;
use super::{Wrong, near, taken};
use crate::diagnostic::Diagnostic;
use crate::document::{DocumentNode, NodeContent, TableEntry};
use crate::span::Span;

/// The tables under `packs`.
pub(super) struct PackSettings(Vec<Pack>);

/// What is said of one pack.
pub(super) struct Pack {
    /// The name of the file, or that without folder and ending.
    name: String,
    name_span: Span,
    /// What it is to do without: `segments.vip`.
    without: Vec<(String, Span)>,
    rename: Vec<Rename>,
    used: bool,
}

/// Another name for something of a pack's schema.
pub(super) struct Rename {
    pub(super) old: String,
    pub(super) old_span: Span,
    pub(super) new: String,
    pub(super) new_span: Span,
}

impl PackSettings {
    pub(super) fn of(packs: Option<&DocumentNode>, wrong: &mut Vec<Wrong>) -> Self {
        let Some(packs) = packs else {
            return PackSettings(Vec::new());
        };
        let NodeContent::Table(entries) = packs.content() else {
            wrong.push(expected(
                "packs".to_owned(),
                packs.span(),
                "a table for each pack",
            ));
            return PackSettings(Vec::new());
        };
        PackSettings(entries.iter().map(|entry| Pack::of(entry, wrong)).collect())
    }

    /// What is said of a file, among all that are included.
    pub(super) fn take(
        &mut self,
        file: &str,
        files: &[String],
        wrong: &mut Vec<Wrong>,
    ) -> Option<&Pack> {
        let means = |pack: &Pack| pack.name == file || pack.name == stem(file);
        let pack = self.0.iter_mut().find(|pack| means(pack))?;
        let alike = files.iter().filter(|file| pack.name == stem(file)).count();
        if alike > 1 && !pack.used {
            let message = format!("`{}` may be each of {alike} files", pack.name);
            let diagnostic = Diagnostic::error("E0235", pack.name_span, message);
            let help = format!("write the whole name: `packs.\"{file}\"`");
            wrong.push(Wrong::new(
                format!("packs.{}", pack.name),
                diagnostic.help(help),
            ));
        }
        pack.used = true;
        Some(pack)
    }

    /// Reports what is said of files that are not included.
    pub(super) fn unused(&self, files: &[String], wrong: &mut Vec<Wrong>) {
        for pack in self.0.iter().filter(|pack| !pack.used) {
            let known: Vec<&str> = files.iter().map(|file| stem(file)).collect();
            let message = format!("`{}` is not included", pack.name);
            let diagnostic = Diagnostic::error("E0235", pack.name_span, message);
            let diagnostic = match known.as_slice() {
                [] => diagnostic.help("name its file under `include`"),
                known => near(diagnostic, &pack.name, known),
            };
            wrong.push(Wrong::new(format!("packs.{}", pack.name), diagnostic));
        }
    }
}

impl Pack {
    fn of(entry: &TableEntry, wrong: &mut Vec<Wrong>) -> Self {
        let key = format!("packs.{}", entry.key());
        let mut pack = Pack {
            name: entry.key().to_owned(),
            name_span: entry.key_span(),
            without: Vec::new(),
            rename: Vec::new(),
            used: false,
        };
        let NodeContent::Table(settings) = entry.value().content() else {
            wrong.push(expected(key, entry.label_span(), "a table"));
            return pack;
        };
        for setting in settings {
            let key = format!("{key}.{}", setting.key());
            match setting.key() {
                "without" => pack.without = texts(setting, key, wrong),
                "rename" => pack.rename = renames(setting, &key, wrong),
                other => {
                    let message = format!("unknown key `{other}`");
                    let diagnostic = Diagnostic::error("E0201", setting.key_span(), message);
                    wrong.push(Wrong::new(
                        key,
                        near(diagnostic, other, &["rename", "without"]),
                    ));
                }
            }
        }
        pack
    }

    /// What it is called, and its new names.
    pub(super) fn renames(&self) -> (&str, &[Rename]) {
        (&self.name, &self.rename)
    }

    /// Takes out of a pack what it is to do without.
    pub(super) fn leave_out(&self, pack: &mut DocumentNode, wrong: &mut Vec<Wrong>) {
        for (path, span) in &self.without {
            let section = path.split_once('.').and_then(|(section, name)| {
                let section = pack.entry_mut(section).filter(|_| section != "schema")?;
                taken(section.value_mut(), name)
            });
            if section.is_none() {
                let known = paths(pack);
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let message = format!("`{}` has no `{path}`", self.name);
                let diagnostic = Diagnostic::error("E0236", *span, message);
                let key = format!("packs.{}.without", self.name);
                wrong.push(Wrong::new(key, near(diagnostic, path, &known)));
            }
        }
    }
}

/// What a pack could do without.
fn paths(pack: &DocumentNode) -> Vec<String> {
    let sections = pack
        .entries()
        .iter()
        .filter(|section| section.key() != "schema");
    sections
        .flat_map(|section| {
            let names = section.value().entries().iter();
            names.map(|name| format!("{}.{}", section.key(), name.key()))
        })
        .collect()
}

fn renames(setting: &TableEntry, key: &str, wrong: &mut Vec<Wrong>) -> Vec<Rename> {
    let NodeContent::Table(entries) = setting.value().content() else {
        let what = "a table of names: `{ purchased = \"ordered\" }`";
        wrong.push(expected(key.to_owned(), setting.label_span(), what));
        return Vec::new();
    };
    let mut renames = Vec::new();
    for entry in entries {
        match entry.value().as_text() {
            Some(new) => renames.push(Rename {
                old: entry.key().to_owned(),
                old_span: entry.key_span(),
                new: new.to_owned(),
                new_span: entry.value().span(),
            }),
            None => {
                let key = format!("{key}.{}", entry.key());
                wrong.push(expected(key, entry.label_span(), "the new name"));
            }
        }
    }
    renames
}

fn texts(setting: &TableEntry, key: String, wrong: &mut Vec<Wrong>) -> Vec<(String, Span)> {
    let NodeContent::List(items) = setting.value().content() else {
        wrong.push(expected(
            key,
            setting.label_span(),
            "a list of names such as `segments.vip`",
        ));
        return Vec::new();
    };
    let texts = items
        .iter()
        .filter_map(|item| Some((item.as_text()?.to_owned(), item.span())));
    let texts: Vec<_> = texts.collect();
    if texts.len() < items.len() {
        wrong.push(expected(
            key,
            setting.label_span(),
            "a list of names such as `segments.vip`",
        ));
    }
    texts
}

fn expected(key: String, span: Span, what: &str) -> Wrong {
    Wrong::new(
        key,
        Diagnostic::error("E0201", span, format!("expected {what}")),
    )
}

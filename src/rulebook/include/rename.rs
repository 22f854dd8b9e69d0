//! Other names for what a pack's schema declares: in the schema, and wherever its rules name it.

use super::super::templates::default_events;
use super::settings::Rename;
use super::{Wrong, near};
use crate::check::{NameMeaning, NameUse, PlacedName};
use crate::diagnostic::Diagnostic;
use crate::document::{DocumentNode, TableEntry};
use crate::schema::{Field, Schema};
use crate::span::Span;
use crate::syntax::quoted_path;
use std::collections::{BTreeMap, BTreeSet};

/// What declares names in a schema, and whether it has properties.
const TABLES: [(&str, bool); 3] = [("attributes", false), ("events", true), ("relations", true)];

/// The new names.
#[derive(Default)]
struct Renaming {
    attributes: BTreeMap<String, String>,
    /// Of kinds and relations.
    collections: BTreeMap<String, String>,
    /// By the collection and the property, as they were called.
    properties: BTreeMap<(String, String), String>,
}

/// A place of a text, and what stands there from now on.
type Edit = (Span, String);

/// Gives a pack other names. `pack` is what it is called, `schema` its own schema, `names` where its rules name something.
pub(super) fn rename(
    root: &mut DocumentNode,
    (pack, renames): (&str, &[Rename]),
    schema: &Schema,
    names: Vec<PlacedName>,
    wrong: &mut Vec<Wrong>,
) {
    let renaming = Renaming::of(pack, renames, schema, wrong);
    let mut texts: BTreeMap<Vec<String>, Vec<NameUse>> = BTreeMap::new();
    for PlacedName { path, name } in names {
        texts.entry(path).or_default().push(name);
    }
    for (path, uses) in texts {
        let Some(node) = node_at(root, &path) else {
            continue;
        };
        let Some(text) = node.as_text().map(str::to_owned) else {
            continue;
        };
        // What was checked is what stands there: a condition of a template, say, is not.
        let uses: Vec<NameUse> = uses.into_iter().filter(|name| name.text == text).collect();
        match renaming.edits(&text, &uses) {
            Ok(edits) => node.respell(&edits),
            Err(message) => wrong.push(cannot(path.join("."), node.span(), message)),
        }
    }
    renaming.subjects_of_lifecycles(root, schema, wrong);
    renaming.events_of_templates(root);
    renaming.declarations(root);
}

impl Renaming {
    fn of(pack: &str, renames: &[Rename], schema: &Schema, wrong: &mut Vec<Wrong>) -> Self {
        let mut renaming = Renaming::default();
        let key = |rename: &Rename| format!("packs.{pack}.rename.{}", rename.old);
        let (whole, parts): (Vec<&Rename>, Vec<&Rename>) = renames.iter().partition(|rename| {
            let old = &*rename.old;
            schema.attribute(old).is_some() || collection(schema, old).is_some()
        });
        for rename in whole {
            let (old, new) = (rename.old.clone(), rename.new.clone());
            let is_attribute = schema.attribute(&old).is_some();
            let taken = match is_attribute {
                true => schema.attribute(&new).is_some(),
                false => collection(schema, &new).is_some(),
            };
            let given_away = renames.iter().any(|other| other.old == new);
            if new.trim().is_empty() || (taken && !given_away) {
                let message = format!("`{pack}` has a `{new}` already");
                wrong.push(cannot(key(rename), rename.new_span, message));
            }
            if is_attribute {
                renaming.attributes.insert(old, new);
            } else {
                renaming.collections.insert(old, new);
            }
        }
        for rename in parts {
            let Some((of, name)) = property(schema, &rename.old) else {
                let known = names(schema);
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let message = format!("`{pack}` has no `{}`", rename.old);
                let diagnostic = Diagnostic::error("E0236", rename.old_span, message);
                wrong.push(Wrong::new(
                    key(rename),
                    near(diagnostic, &rename.old, &known),
                ));
                continue;
            };
            let called = renaming.collections.get(of).map_or(of, String::as_str);
            let new = rename
                .new
                .strip_prefix(called)
                .and_then(|rest| rest.strip_prefix('.'));
            let Some(new) = new.filter(|new| !new.is_empty()) else {
                let message = format!(
                    "`{}` is a property of `{called}`, which `{}` is not",
                    rename.old, rename.new
                );
                let help = format!("write `{called}.` and the name of the property");
                let diagnostic = Diagnostic::error("E0237", rename.new_span, message).help(help);
                wrong.push(Wrong::new(key(rename), diagnostic));
                continue;
            };
            let is_taken = property(schema, &format!("{of}.{new}")).is_some();
            if is_taken
                && !renames
                    .iter()
                    .any(|other| other.old == format!("{of}.{new}"))
            {
                let message = format!("`{of}` of `{pack}` has a `{new}` already");
                wrong.push(cannot(key(rename), rename.new_span, message));
            }
            renaming
                .properties
                .insert((of.to_owned(), name.to_owned()), new.to_owned());
        }
        renaming
    }

    /// The name that something has from now on; none if it keeps its own.
    fn new_name(&self, meaning: &NameMeaning) -> Result<Option<String>, String> {
        match meaning {
            NameMeaning::Attribute(name) => Ok(self.attributes.get(name).cloned()),
            NameMeaning::Collection(name) => Ok(self.collections.get(name).cloned()),
            NameMeaning::Property { of, name } => self.property(of, name),
            NameMeaning::Beginning(kinds) => {
                match kinds
                    .iter()
                    .find(|kind| self.collections.contains_key(*kind))
                {
                    Some(kind) => Err(format!(
                        "`{kind}` is meant here by how its name begins, so that it cannot have another one"
                    )),
                    None => Ok(None),
                }
            }
            NameMeaning::Member => Ok(None),
        }
    }

    /// The name that a property has from now on in all of these kinds.
    fn property(&self, of: &[String], name: &str) -> Result<Option<String>, String> {
        let new = |of: &String| self.properties.get(&(of.clone(), name.to_owned()));
        let mut all = of.iter().map(new);
        let Some(first) = all.next() else {
            return Ok(None);
        };
        if all.any(|other| other != first) {
            let of = of.join("`, `");
            return Err(format!(
                "`{name}` is a property of each of `{of}` here, and has to be called the same in all"
            ));
        }
        Ok(first.cloned())
    }

    fn edits(&self, text: &str, uses: &[NameUse]) -> Result<Vec<Edit>, String> {
        let members: BTreeSet<usize> = (uses.iter())
            .filter(|name| name.meaning == NameMeaning::Member)
            .map(|name| name.start)
            .collect();
        let mut edits: BTreeMap<(u32, u32), String> = BTreeMap::new();
        for name in uses.iter().filter(|name| !members.contains(&name.start)) {
            let Some(new) = self.new_name(&name.meaning)? else {
                continue;
            };
            let place = if name.plain {
                Some(Span::new(0, text.len()))
            } else {
                place_of(text, name)
            };
            if let Some(place) = place {
                let new = if name.plain { new } else { quoted_path(&new) };
                edits.insert((place.start, place.end), new);
            }
        }
        let edits = edits.into_iter();
        Ok(edits
            .map(|((start, end), new)| (Span { start, end }, new))
            .collect())
    }

    /// The property of which each value has a lifecycle, which every kind may have.
    fn subjects_of_lifecycles(
        &self,
        root: &mut DocumentNode,
        schema: &Schema,
        wrong: &mut Vec<Wrong>,
    ) {
        let Some(lifecycles) = root
            .entry_mut("lifecycles")
            .and_then(|e| e.value_mut().entries_mut())
        else {
            return;
        };
        for lifecycle in lifecycles {
            let key = format!("lifecycles.{}.per", lifecycle.key());
            let Some(per) = lifecycle
                .value_mut()
                .entry_mut("per")
                .map(TableEntry::value_mut)
            else {
                continue;
            };
            let Some(name) = per.as_text().map(str::to_owned) else {
                continue;
            };
            let kinds = schema
                .kinds()
                .iter()
                .filter(|kind| has(&kind.properties, &name));
            let kinds: Vec<String> = kinds.map(|kind| kind.name.clone()).collect();
            match self.property(&kinds, &name) {
                Ok(Some(new)) => per.respell(&[(Span::new(0, name.len()), new)]),
                Ok(None) => {}
                Err(message) => wrong.push(cannot(key, per.span(), message)),
            }
        }
    }

    /// What a template means if nothing is said is said where it is called otherwise.
    fn events_of_templates(&self, root: &mut DocumentNode) {
        let lifecycles = root.entry_mut("lifecycles").map(TableEntry::value_mut);
        for lifecycle in lifecycles
            .and_then(DocumentNode::entries_mut)
            .into_iter()
            .flatten()
        {
            let node = lifecycle.value_mut();
            let template = node.get("template");
            let Some((template, place)) =
                template.and_then(|t| Some((t.as_text()?.to_owned(), t.span())))
            else {
                continue;
            };
            for (parameter, default) in default_events(&template) {
                let is_given = node
                    .get("with")
                    .is_some_and(|with| with.get(parameter).is_some());
                if let Some(new) = self.collections.get(default).filter(|_| !is_given) {
                    node.insert_text("with", parameter, quoted_path(new), place);
                }
            }
        }
    }

    /// The names in the schema itself.
    fn declarations(&self, root: &mut DocumentNode) {
        let Some(schema) = root.entry_mut("schema").map(TableEntry::value_mut) else {
            return;
        };
        for (table, has_properties) in TABLES {
            let Some(entries) = schema
                .entry_mut(table)
                .and_then(|e| e.value_mut().entries_mut())
            else {
                continue;
            };
            for entry in entries {
                let old = entry.key().to_owned();
                if has_properties {
                    self.properties_of(&old, entry.value_mut());
                }
                let names = if has_properties {
                    &self.collections
                } else {
                    &self.attributes
                };
                if let Some(new) = names.get(&old) {
                    entry.set_key(new);
                }
            }
        }
    }

    fn properties_of(&self, of: &str, declared: &mut DocumentNode) {
        let new = |name: &str| self.properties.get(&(of.to_owned(), name.to_owned()));
        let subject = declared.entry_mut("subject").map(TableEntry::value_mut);
        if let Some(subject) = subject
            && let Some(old) = subject.as_text().map(str::to_owned)
            && let Some(new) = new(&old)
        {
            subject.respell(&[(Span::new(0, old.len()), new.clone())]);
        }
        let properties = declared
            .entry_mut("properties")
            .and_then(|e| e.value_mut().entries_mut());
        for property in properties.into_iter().flatten() {
            if let Some(new) = new(property.key()) {
                property.set_key(new);
            }
        }
    }
}

fn cannot(key: String, span: Span, message: String) -> Wrong {
    let help = "choose other names in `rename`, or leave this out with `without`";
    Wrong::new(key, Diagnostic::error("E0237", span, message).help(help))
}

fn node_at<'n>(root: &'n mut DocumentNode, path: &[String]) -> Option<&'n mut DocumentNode> {
    path.iter().try_fold(root, |node, key| node.get_mut(key))
}

fn has(properties: &[Field], name: &str) -> bool {
    properties.iter().any(|property| property.name == name)
}

/// The properties of a kind or a relation.
fn collection<'s>(schema: &'s Schema, name: &str) -> Option<&'s [Field]> {
    let kind = schema.kind(name).map(|kind| kind.properties.as_slice());
    kind.or_else(|| Some(schema.relation(name)?.properties.as_slice()))
}

/// `purchased.amount` taken apart, if there is such a property.
fn property<'n>(schema: &Schema, path: &'n str) -> Option<(&'n str, &'n str)> {
    let dots = path.match_indices('.').map(|(at, _)| at);
    dots.filter_map(|at| Some((path.get(..at)?, path.get(at + 1..)?)))
        .find(|(of, name)| collection(schema, of).is_some_and(|fields| has(fields, name)))
}

/// Everything that can have another name.
fn names(schema: &Schema) -> Vec<String> {
    let attributes = schema.attributes().iter().map(|field| field.name.clone());
    let kinds = schema
        .kinds()
        .iter()
        .map(|kind| (&kind.name, &kind.properties));
    let relations = schema
        .relations()
        .iter()
        .map(|relation| (&relation.name, &relation.properties));
    let collections = kinds.chain(relations).flat_map(|(name, properties)| {
        let properties = properties
            .iter()
            .map(move |property| format!("{name}.{}", property.name));
        std::iter::once(name.clone()).chain(properties)
    });
    attributes.chain(collections).collect()
}

/// Where a name stands in a text, if it does.
fn place_of(text: &str, name: &NameUse) -> Option<Span> {
    let old = match &name.meaning {
        NameMeaning::Attribute(old)
        | NameMeaning::Collection(old)
        | NameMeaning::Property { name: old, .. } => old,
        NameMeaning::Beginning(_) | NameMeaning::Member => return None,
    };
    let mut at = name.start;
    for _ in 0..name.skip {
        at = skip_dot(text, one_name(text, at)?.0)?;
    }
    let start = at;
    let (mut end, mut read) = one_name(text, at)?;
    for _ in 1..old.split('.').count() {
        let (next, part) = one_name(text, skip_dot(text, end)?)?;
        end = next;
        read = format!("{read}.{part}");
    }
    (read == *old).then(|| Span::new(start, end))
}

/// The name that begins at a byte, and where it ends; in backticks perhaps.
fn one_name(text: &str, at: usize) -> Option<(usize, String)> {
    let rest = text.get(at..)?;
    if let Some(quoted) = rest.strip_prefix('`') {
        let name = quoted.get(..quoted.find('`')?)?;
        return Some((at + name.len() + 2, name.to_owned()));
    }
    let stops = |c: char| c.is_whitespace() || (c.is_ascii_punctuation() && c != '_');
    let name = rest.get(..rest.find(stops).unwrap_or(rest.len()))?;
    (!name.is_empty()).then(|| (at + name.len(), name.to_owned()))
}

fn skip_dot(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let behind = rest.trim_start().strip_prefix('.')?.trim_start();
    Some(text.len() - behind.len())
}

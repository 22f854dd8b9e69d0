//! Where a key stands in a rule file. Looked up only when there is something to report.

use super::Format;

/// The line (from 1) on which the value at a path of keys begins.
pub(super) fn line(format: Format, text: &str, path: &[&str]) -> Option<usize> {
    let offset = match format {
        #[cfg(feature = "toml")]
        Format::Toml => in_toml(text, path)?,
        #[cfg(feature = "yaml")]
        Format::Yaml => return in_yaml(text, path),
        Format::Json => in_json(text, path)?,
    };
    Some(text.get(..offset)?.matches('\n').count() + 1)
}

#[cfg(feature = "toml")]
fn in_toml(text: &str, path: &[&str]) -> Option<usize> {
    use toml::de::{DeTable, DeValue};
    let root = DeTable::parse(text).ok()?;
    let mut offset = root.span().start;
    let mut value = DeValue::Table(root.into_inner());
    for key in path {
        let next = match &value {
            DeValue::Table(table) => {
                let (name, next) = table.iter().find(|(name, _)| name.get_ref() == key)?;
                // A table's own span may begin at its header; the key says where it was named.
                offset = name.span().start;
                next.clone()
            }
            DeValue::Array(items) => {
                let next = items.get(key.parse::<usize>().ok()?)?;
                offset = next.span().start;
                next.clone()
            }
            _ => return None,
        };
        value = next.into_inner();
    }
    Some(offset)
}

fn in_json(text: &str, path: &[&str]) -> Option<usize> {
    use serde_json::value::RawValue;
    use std::borrow::Cow;
    use std::collections::HashMap;
    let mut raw: &RawValue = serde_json::from_str(text).ok()?;
    for key in path {
        raw = if let Ok(index) = key.parse::<usize>()
            && raw.get().starts_with('[')
        {
            let items: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
            items.get(index)?
        } else {
            let map: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(raw.get()).ok()?;
            map.get(*key)?
        };
    }
    // A raw value borrows from the text, so the distance of their beginnings is its place.
    (raw.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)
}

#[cfg(feature = "yaml")]
fn in_yaml(text: &str, path: &[&str]) -> Option<usize> {
    use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
    use serde_saphyr::Spanned;
    use std::fmt;

    enum Tree {
        Map(Vec<(String, Spanned<Tree>)>),
        List(Vec<Spanned<Tree>>),
        Leaf,
    }

    struct TreeVisitor;

    impl<'de> Visitor<'de> for TreeVisitor {
        type Value = Tree;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("anything")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
            let mut entries = Vec::new();
            while let Some(key) = map.next_key::<String>()? {
                entries.push((key, map.next_value()?));
            }
            Ok(Tree::Map(entries))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = list.next_element()? {
                items.push(item);
            }
            Ok(Tree::List(items))
        }

        fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
            Ok(Tree::Leaf)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
            Ok(Tree::Leaf)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
            Ok(Tree::Leaf)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
            Ok(Tree::Leaf)
        }

        fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
            Ok(Tree::Leaf)
        }

        fn visit_unit<E>(self) -> Result<Tree, E> {
            Ok(Tree::Leaf)
        }
    }

    impl<'de> Deserialize<'de> for Tree {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            d.deserialize_any(TreeVisitor)
        }
    }

    let root: Spanned<Tree> = serde_saphyr::from_str(text).ok()?;
    let mut here = &root;
    for key in path {
        here = match &here.value {
            Tree::Map(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v)?,
            Tree::List(items) => items.get(key.parse::<usize>().ok()?)?,
            Tree::Leaf => return None,
        };
    }
    usize::try_from(here.referenced.line()).ok()
}

//! Any serde type out of a document, with errors that know the place of the value at fault.

use super::{Document, DocumentError, DocumentNode, Format, NodeContent, TableEntry};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

/// What the `toml` crate calls the only key of what stands for a date or a time.
const TOML_DATETIME: &str = "$__toml_private_datetime";

impl Document {
    /// The document as a value of any type.
    ///
    /// ```
    /// use segue::document::{Document, Format};
    /// #[derive(Debug, serde::Deserialize)]
    /// struct Campaign { name: String, share: u32 }
    /// let document = Document::parse(Format::Json, r#"{"name": "spring", "share": "all"}"#)?;
    /// let error = document.deserialize::<Campaign>().unwrap_err();
    /// assert_eq!(error.to_string(), r#"1:29: expected a whole number from 0 on, found the string "all""#);
    /// # Ok::<(), segue::document::DocumentError>(())
    /// ```
    ///
    /// # Errors
    /// If a key is unknown or missing, or a value is not of the type that is wanted: the first such place.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, DocumentError> {
        let root = NodeDeserializer::new(&self.root, self);
        T::deserialize(root).map_err(|e| {
            e.at(self.first_line(self.root.span))
                .placed(|offset| self.position(offset))
        })
    }
}

/// A whole number as TOML, YAML or JSON write it.
pub(super) fn whole(raw: &str) -> Option<i128> {
    let (negative, digits) = match raw.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, raw.strip_prefix('+').unwrap_or(raw)),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, digits.get(2..)?),
        Some("0o" | "0O") => (8, digits.get(2..)?),
        Some("0b" | "0B") => (2, digits.get(2..)?),
        _ if digits.len() > 1 && digits.starts_with('0') => return None,
        _ => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(&digits.replace('_', ""), radix).ok()?;
    Some(if negative { -value } else { value })
}

/// A number with a fraction or an exponent as TOML, YAML or JSON write it.
pub(super) fn real(raw: &str) -> Option<f64> {
    let unsigned = raw.trim_start_matches(['+', '-']);
    match unsigned {
        ".inf" | ".Inf" | ".INF" | "inf" if raw.starts_with('-') => return Some(f64::NEG_INFINITY),
        ".inf" | ".Inf" | ".INF" | "inf" => return Some(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" | "nan" => return Some(f64::NAN),
        _ => {}
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let value: f64 = raw.replace('_', "").parse().ok()?;
    value.is_finite().then_some(value)
}

#[derive(Clone, Copy)]
struct NodeDeserializer<'de> {
    node: &'de DocumentNode,
    document: &'de Document,
}

impl<'de> NodeDeserializer<'de> {
    fn new(node: &'de DocumentNode, document: &'de Document) -> Self {
        NodeDeserializer { node, document }
    }

    /// YAML leaves it to the reader which scalars are texts, numbers or truth values.
    fn is_yaml(self) -> bool {
        match self.document.format_at(self.node.span.start) {
            #[cfg(feature = "yaml")]
            Format::Yaml => true,
            #[cfg(feature = "toml")]
            Format::Toml => false,
            Format::Json => false,
        }
    }

    fn number<V: Visitor<'de>>(self, raw: &str, visitor: V) -> Result<V::Value, DocumentError> {
        let Some(value) = whole(raw) else {
            return match real(raw) {
                Some(value) => visitor.visit_f64(value),
                None => Err(DocumentError::new(format!("`{raw}` is too great a number"))),
            };
        };
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => visitor.visit_i64(value),
            (_, Ok(value)) => visitor.visit_u64(value),
            #[expect(
                clippy::cast_precision_loss,
                reason = "as serde_json reads greater numbers"
            )]
            _ => visitor.visit_f64(value as f64),
        }
    }

    fn text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        match &self.node.content {
            NodeContent::Number(raw) if self.is_yaml() => visitor.visit_str(raw),
            NodeContent::Bool(_) if self.is_yaml() => {
                visitor.visit_str(self.node.span.of(&self.document.text).trim())
            }
            NodeContent::DateTime(raw) => Err(DocumentError::new(format!(
                "expected a string, found the date or time `{raw}`; put it in quotes"
            ))),
            _ => self.deserialize_any(visitor),
        }
    }

    fn number_or_quoted<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        match &self.node.content {
            NodeContent::Text(text)
                if self.is_yaml()
                    && (whole(&text.value).is_some() || real(&text.value).is_some()) =>
            {
                self.number(&text.value, visitor)
            }
            _ => self.deserialize_any(visitor),
        }
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'de> {
    type Error = DocumentError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        match &self.node.content {
            NodeContent::Null => visitor.visit_unit(),
            NodeContent::Bool(value) => visitor.visit_bool(*value),
            NodeContent::Number(raw) => self.number(raw, visitor),
            NodeContent::DateTime(raw) => visitor.visit_map(DateTimeAccess(Some(raw))),
            NodeContent::Text(text) => visitor.visit_borrowed_str(&text.value),
            NodeContent::List(items) => visitor.visit_seq(ListAccess {
                items: items.iter().enumerate(),
                document: self.document,
            }),
            NodeContent::Table(entries) => visitor.visit_map(TableAccess {
                entries: entries.iter(),
                value: None,
                document: self.document,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        match &self.node.content {
            NodeContent::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        self.text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        self.text(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        self.number_or_quoted(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        self.number_or_quoted(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        self.number_or_quoted(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        self.number_or_quoted(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        self.number_or_quoted(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        match &self.node.content {
            NodeContent::Null if self.is_yaml() => visitor.visit_seq(ListAccess {
                items: [].iter().enumerate(),
                document: self.document,
            }),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DocumentError> {
        match &self.node.content {
            NodeContent::Null if self.is_yaml() => visitor.visit_map(TableAccess {
                entries: [].iter(),
                value: None,
                document: self.document,
            }),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DocumentError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DocumentError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DocumentError> {
        match &self.node.content {
            NodeContent::Text(text) => visitor.visit_enum(text.value.as_str().into_deserializer()),
            NodeContent::Table(entries) => MapAccessDeserializer::new(TableAccess {
                entries: entries.iter(),
                value: None,
                document: self.document,
            })
            .deserialize_enum(name, variants, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, DocumentError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

struct ListAccess<'de> {
    items: std::iter::Enumerate<std::slice::Iter<'de, DocumentNode>>,
    document: &'de Document,
}

impl<'de> SeqAccess<'de> for ListAccess<'de> {
    type Error = DocumentError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DocumentError> {
        let Some((at, item)) = self.items.next() else {
            return Ok(None);
        };
        let value = seed.deserialize(NodeDeserializer::new(item, self.document));
        value.map(Some).map_err(|e| {
            e.at(self.document.first_line(item.span))
                .under(&at.to_string())
        })
    }
}

struct TableAccess<'de> {
    entries: std::slice::Iter<'de, TableEntry>,
    value: Option<&'de TableEntry>,
    document: &'de Document,
}

impl<'de> MapAccess<'de> for TableAccess<'de> {
    type Error = DocumentError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DocumentError> {
        let Some(entry) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(entry);
        let key: StrDeserializer<'_, DocumentError> = entry.key.as_str().into_deserializer();
        seed.deserialize(key)
            .map(Some)
            .map_err(|e| e.at(entry.key_span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DocumentError> {
        let Some(entry) = self.value.take() else {
            return Err(DocumentError::new("there is a key without a value"));
        };
        seed.deserialize(NodeDeserializer::new(&entry.value, self.document))
            .map_err(|e| e.at(entry.label_span()).under(&entry.key))
    }
}

/// A date or time as the `toml` crate hands it on, which types that take one know.
struct DateTimeAccess<'de>(Option<&'de str>);

impl<'de> MapAccess<'de> for DateTimeAccess<'de> {
    type Error = DocumentError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DocumentError> {
        let key: StrDeserializer<'_, DocumentError> = TOML_DATETIME.into_deserializer();
        self.0.map(|_| seed.deserialize(key)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DocumentError> {
        let text: StrDeserializer<'_, DocumentError> =
            self.0.take().unwrap_or_default().into_deserializer();
        seed.deserialize(text)
    }
}

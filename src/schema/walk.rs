//! Walks JSON objects key by key, with values as raw text: nothing is built that is not needed, and numbers keep their
//! digits.

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A visitor of the keys of an object.
pub(crate) trait Keys<'a> {
    type Error;

    /// Visits a key and its value.
    fn key(&mut self, key: &str, raw: &'a str) -> Result<(), Self::Error>;

    /// Whether to descend into the value of this key, and visit its keys by [`Keys::inner`].
    fn descends(&mut self, _key: &str) -> Result<bool, Self::Error> {
        Ok(false)
    }

    /// Visits a key of the inner object, and its value.
    fn inner(&mut self, _key: &str, _raw: &'a str) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Converts a JSON error; `inside` if it is in the inner object.
    fn refuse(&self, error: serde_json::Error, inside: bool) -> Self::Error;
}

/// Visits every key of an object.
pub(crate) fn walk<'a, K: Keys<'a>>(json: &'a str, keys: &mut K) -> Result<(), K::Error> {
    let mut walker = Walker {
        keys,
        inside: false,
        error: None,
    };
    let mut d = serde_json::Deserializer::from_str(json);
    let end = d.deserialize_any(&mut walker).and_then(|()| d.end());
    end.map_err(|e| {
        let Walker {
            keys,
            inside,
            error,
        } = walker;
        error.unwrap_or_else(|| keys.refuse(e, inside))
    })
}

/// Visits every key of an object by a closure.
pub(crate) fn object<'a, E: From<serde_json::Error>>(
    json: &'a str,
    take: &mut dyn FnMut(&str, &'a str) -> Result<(), E>,
) -> Result<(), E> {
    struct Closure<'t, 'a, E>(&'t mut dyn FnMut(&str, &'a str) -> Result<(), E>);
    impl<'a, E: From<serde_json::Error>> Keys<'a> for Closure<'_, 'a, E> {
        type Error = E;

        fn key(&mut self, key: &str, raw: &'a str) -> Result<(), E> {
            (self.0)(key, raw)
        }

        fn refuse(&self, error: serde_json::Error, _: bool) -> E {
            error.into()
        }
    }
    walk(json, &mut Closure(take))
}

/// The items of a list.
pub(crate) fn list(json: &str) -> Result<Vec<&str>, serde_json::Error> {
    let items: Vec<&RawValue> = serde_json::from_str(json)?;
    Ok(items.into_iter().map(RawValue::get).collect())
}

/// The content of a JSON string.
pub(crate) fn text(raw: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    match raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        _ => serde_json::from_str::<String>(raw).map(Cow::Owned),
    }
}

/// The message of a JSON error.
pub(crate) fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = if error.is_data() {
        "not the expected"
    } else {
        "not valid"
    };
    match text.strip_suffix(&place) {
        // One line of many is read at a time, so that "line 1" would be misunderstood.
        Some(text) if error.line() <= 1 => {
            format!("{what} JSON: {text} at column {}", error.column())
        }
        _ => format!("{what} JSON: {text}"),
    }
}

struct Walker<'k, K, W> {
    keys: &'k mut K,
    inside: bool,
    /// The error of `keys`; serde_json only passes on that there was one.
    error: Option<W>,
}

impl<K, W> Walker<'_, K, W> {
    fn keep<T, E: serde::de::Error>(&mut self, result: Result<T, W>) -> Result<T, E> {
        result.map_err(|e| {
            self.error = Some(e);
            E::custom("")
        })
    }
}

impl<'a, K: Keys<'a>> Visitor<'a> for &mut Walker<'_, K, K::Error> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        if self.inside {
            Ok(())
        } else {
            Err(E::invalid_type(serde::de::Unexpected::Unit, &self))
        }
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(KeySeed)? {
            let key = super::normal(&key);
            if self.inside {
                let raw: &'a RawValue = map.next_value()?;
                let done = self.keys.inner(&key, raw.get());
                self.keep(done)?;
                continue;
            }
            let descends = self.keys.descends(&key);
            if self.keep(descends)? {
                self.inside = true;
                map.next_value_seed(Inner(&mut *self))?;
                self.inside = false;
            } else {
                let raw: &'a RawValue = map.next_value()?;
                let done = self.keys.key(&key, raw.get());
                self.keep(done)?;
            }
        }
        Ok(())
    }
}

/// The inner object.
struct Inner<'w, 'k, K, W>(&'w mut Walker<'k, K, W>);

impl<'a, K: Keys<'a>> DeserializeSeed<'a> for Inner<'_, '_, K, K::Error> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'a>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_any(self.0)
    }
}

/// A key, borrowed where it has no escapes.
struct KeySeed;

impl<'a> DeserializeSeed<'a> for KeySeed {
    type Value = Cow<'a, str>;

    fn deserialize<D: serde::Deserializer<'a>>(self, d: D) -> Result<Cow<'a, str>, D::Error> {
        d.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for KeySeed {
    type Value = Cow<'a, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'a str) -> Result<Cow<'a, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'a, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

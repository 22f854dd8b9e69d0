//! The event kinds that a type registers, and which of them an event is.

use super::Event;
use super::enumeration::Enumeration;
use super::field::FieldValue;
use super::fields::{Fields, NewField};
use super::getter::Getter;
use crate::schema::EventKind;

/// The kinds of a type of events: an enum that derives [`Enumeration`].
pub trait Kinds: Sized {
    /// The names of the kinds.
    #[doc(hidden)]
    fn names() -> &'static [&'static str];

    /// The position of this kind among them.
    #[doc(hidden)]
    fn position(&self) -> usize;
}

impl<K: Enumeration> Kinds for K {
    fn names() -> &'static [&'static str] {
        K::NAMES
    }

    #[inline]
    fn position(&self) -> usize {
        let index = self.index();
        if index < K::NAMES.len() {
            index
        } else {
            NO_KIND
        }
    }
}

/// The position of a kind among those that a type of events describes: what derived events and
/// [`RecordEvent`](super::RecordEvent)s have for a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindIndex(pub(super) usize);

impl KindIndex {
    /// The position, which begins with 0.
    #[must_use]
    pub fn get(self) -> usize {
        self.0
    }

    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub fn new(index: usize) -> Self {
        KindIndex(index)
    }
}

impl Kinds for KindIndex {
    /// None: the events describe their kinds.
    fn names() -> &'static [&'static str] {
        &[]
    }

    #[inline]
    fn position(&self) -> usize {
        self.0
    }
}

/// The position of no kind.
pub(crate) const NO_KIND: usize = usize::MAX;

/// Collects the event kinds of a type.
pub struct EventKinds<E> {
    pub(super) kinds: Vec<(EventKind, Fields<E>)>,
}

impl<E> std::fmt::Debug for EventKinds<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.kinds.iter().map(|(k, _)| &k.name))
            .finish()
    }
}

impl<E: Event> EventKinds<E> {
    /// The kinds of a type, with what it says of them.
    pub(super) fn of_type() -> Self {
        let mut kinds = EventKinds { kinds: Vec::new() };
        for name in E::Kind::names() {
            let _ = kinds.kind(*name);
        }
        E::describe(&mut kinds);
        kinds
    }

    /// A kind, to add its properties.
    pub fn of(&mut self, kind: E::Kind) -> NewKind<'_, E> {
        NewKind(self.kinds.get_mut(kind.position()))
    }
}

impl<E: 'static> EventKinds<E> {
    /// Registers the next kind of a type whose kinds are known by their positions.
    #[doc(hidden)]
    pub fn kind(&mut self, name: impl Into<String>) -> NewKind<'_, E> {
        self.kinds.push((EventKind::new(name), Fields::new()));
        NewKind(self.kinds.last_mut())
    }

    /// How many kinds are registered.
    #[doc(hidden)]
    #[must_use]
    pub fn count(&self) -> usize {
        self.kinds.len()
    }

    /// Adds properties to all kinds that are registered from the `first` on, and a subject to those that have none.
    #[doc(hidden)]
    pub fn shared(
        &mut self,
        first: usize,
        subject: Option<&str>,
        describe: impl Fn(&mut Fields<E>),
    ) {
        for kind in self.kinds.iter_mut().skip(first) {
            let subject = subject.filter(|_| kind.0.subject.is_none());
            NewKind(Some(kind)).described_by(subject, &describe);
        }
    }
}

/// A registered kind, to add its properties.
#[derive(Debug)]
pub struct NewKind<'a, E>(Option<&'a mut (EventKind, Fields<E>)>);

impl<E: 'static> NewKind<'_, E> {
    /// Registers a property with its accessor. `None` says that the event is of another kind; a property that may be missing is an
    /// `Option`.
    pub fn property<V: FieldValue>(
        self,
        name: impl Into<String>,
        get: impl Fn(&E) -> Option<&V> + Clone + Send + Sync + 'static,
    ) -> Self {
        self.property_with(name, get, |f| f)
    }

    /// Registers a property with options: `.property_with("amount", |e| …, |f| f.decimal(2))`.
    pub fn property_with<V: FieldValue>(
        self,
        name: impl Into<String>,
        get: impl Fn(&E) -> Option<&V> + Clone + Send + Sync + 'static,
        more: impl FnOnce(NewField<'_>) -> NewField<'_>,
    ) -> Self {
        self.fields(|fields| _ = more(fields.part(name, get)))
    }

    /// Registers a property that is computed, with options: [`Fields::computed`].
    pub fn computed<G: for<'a> Getter<'a, E>>(
        self,
        name: impl Into<String>,
        get: G,
        more: impl FnOnce(NewField<'_>) -> NewField<'_>,
    ) -> Self {
        self.fields(|fields| _ = more(fields.computed(name, get)))
    }

    /// Registers several properties.
    #[doc(hidden)]
    pub fn fields(mut self, describe: impl FnOnce(&mut Fields<E>)) -> Self {
        if let Some((_, fields)) = &mut self.0 {
            describe(fields);
        }
        self
    }

    /// Registers several properties, and which of them is the subject.
    #[doc(hidden)]
    pub fn described_by(self, subject: Option<&str>, describe: impl FnOnce(&mut Fields<E>)) {
        let kind = self.fields(describe);
        if let Some(name) = subject {
            let _ = kind.subject(name);
        }
    }

    /// Says that its events are the messages that an engine sends ([`LiveProfile::sent`](crate::engine::LiveProfile::sent)).
    pub fn sent(mut self) -> Self {
        if let Some((kind, _)) = &mut self.0 {
            kind.is_sent = true;
        }
        self
    }

    /// Says that its events are the passages of journeys ([`LiveProfile::journey_passed`](crate::engine::LiveProfile::journey_passed)).
    pub fn journey_passed(mut self) -> Self {
        if let Some((kind, _)) = &mut self.0 {
            kind.is_journey_passed = true;
        }
        self
    }

    /// Makes a registered property the subject, which `viewed("anti-aging")` compares.
    pub fn subject(mut self, name: &str) -> Self {
        if let Some((kind, fields)) = &mut self.0 {
            // A name that no property has is no position either; building the schema says so.
            let position = fields.fields.iter().position(|f| f.name == name);
            kind.subject = Some(position.unwrap_or(usize::MAX));
        }
        self
    }
}

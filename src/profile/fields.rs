//! What a type registers about itself: fields, event kinds and relations, with their accessors.

use super::Profile;
use super::access::{Accessor, RowAccess};
use super::field::{FieldValue, Sealed};
use crate::schema::{EventKind, Field, Relation};
use crate::value::{MAX_SCALE, Type};
use std::sync::Arc;

/// A profile type whose fields are known from its Rust type. `#[derive(Profile)]` implements it.
///
/// ```
/// use segue::{profile::{Describe, Events, Fields, Model, NoEvent, ProfileId}, Profile};
///
/// struct Member { number: u32, age: u8, city: Option<String> }
///
/// impl Profile for Member {
///     type Event = NoEvent;
///     fn id(&self) -> ProfileId<'_> { self.number.into() }
///     fn events(&self) -> Events<'_, NoEvent> { Events::Slice(&[]) }
/// }
///
/// impl Describe for Member {
///     fn describe(fields: &mut Fields<Self>) {
///         fields.field("age", |m| Some(&m.age));
///         fields.field("city", |m| Some(&m.city));
///     }
/// }
///
/// let model = Model::<Member>::new()?;
/// assert_eq!(model.schema().attributes().len(), 2);
/// # Ok::<(), segue::schema::SchemaError>(())
/// ```
pub trait Describe: Profile {
    /// Registers the attributes.
    fn describe(fields: &mut Fields<Self>);
}

/// Collects the fields of a type.
pub struct Fields<T> {
    pub(crate) fields: Vec<Field>,
    pub(crate) accessors: Vec<Accessor<T>>,
    pub(crate) tags: Option<Accessor<T>>,
    pub(crate) relations: Vec<NewRelation<T>>,
}

impl<T> std::fmt::Debug for Fields<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.fields).finish()
    }
}

impl<T: 'static> Fields<T> {
    pub(crate) fn new() -> Self {
        Fields {
            fields: Vec::new(),
            accessors: Vec::new(),
            tags: None,
            relations: Vec::new(),
        }
    }

    /// Registers a field with its accessor. `None` means missing.
    pub fn field<V: FieldValue>(
        &mut self,
        name: impl Into<String>,
        get: impl Fn(&T) -> Option<&V> + Copy + Send + Sync + 'static,
    ) -> NewField<'_> {
        let field = Field {
            required: V::REQUIRED,
            tracked: V::TRACKED,
            ..Field::new(name, V::ty())
        };
        self.push(field, V::accessor(get).0)
    }

    /// Registers the tags in the profile's data: paths such as `interest/skincare`.
    pub fn tags(
        &mut self,
        get: impl Fn(&T) -> Option<&Vec<String>> + Copy + Send + Sync + 'static,
    ) {
        self.tags = Some(Vec::<String>::accessor(get).0);
    }

    /// Registers an integer that is computed rather than stored, with its type in the language.
    #[doc(hidden)]
    pub fn sealed(
        &mut self,
        name: impl Into<String>,
        ty: Type,
        accessor: Sealed<T>,
    ) -> NewField<'_> {
        self.push(Field::new(name, ty), accessor.0)
    }

    pub(crate) fn push(&mut self, field: Field, accessor: Accessor<T>) -> NewField<'_> {
        self.accessors.push(accessor);
        self.fields.push(field);
        let index = self.fields.len() - 1;
        NewField {
            fields: &mut self.fields,
            index,
        }
    }
}

/// A registered field, to set its options.
#[derive(Debug)]
pub struct NewField<'a> {
    fields: &'a mut Vec<Field>,
    index: usize,
}

impl NewField<'_> {
    fn with(self, change: impl FnOnce(&mut Field)) -> Self {
        if let Some(field) = self.fields.get_mut(self.index) {
            change(field);
        }
        self
    }

    /// Declares that an integer counts units of `10^-scale`: `decimal(2)` for an amount in cents. No effect on other types.
    pub fn decimal(self, scale: u8) -> Self {
        self.scalar(|ty| {
            if *ty == Type::Int {
                *ty = Type::Decimal(scale.min(MAX_SCALE));
            }
        })
    }

    /// Changes the type, or that of a list's items.
    fn scalar(self, change: impl FnOnce(&mut Type)) -> Self {
        self.with(|f| {
            change(if let Type::List(of) = &mut f.ty {
                of
            } else {
                &mut f.ty
            })
        })
    }

    /// Declares that it may be missing, although its type is never missing.
    #[doc(hidden)]
    pub fn present(self, always: bool) -> Self {
        self.with(|f| f.required &= always)
    }

    /// Declares that the date recurs every year.
    pub fn yearly(self) -> Self {
        self.with(|f| f.yearly = true)
    }

    /// Declares that the string is a dotted version.
    pub fn version(self) -> Self {
        self.scalar(|ty| {
            if *ty == Type::String {
                *ty = Type::Version;
            }
        })
    }
}

/// Collects the event kinds of a type.
pub struct EventKinds<E> {
    pub(crate) kinds: Vec<(EventKind, Fields<E>)>,
}

impl<E> std::fmt::Debug for EventKinds<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.kinds.iter().map(|(k, _)| &k.name))
            .finish()
    }
}

impl<E: 'static> EventKinds<E> {
    pub(crate) fn new() -> Self {
        EventKinds { kinds: Vec::new() }
    }

    /// Registers the next kind.
    pub fn kind(&mut self, name: impl Into<String>) -> NewKind<'_, E> {
        self.kinds.push((EventKind::new(name), Fields::new()));
        let index = self.kinds.len() - 1;
        NewKind { kinds: self, index }
    }
}

/// A registered kind, to add its properties.
#[derive(Debug)]
pub struct NewKind<'a, E> {
    kinds: &'a mut EventKinds<E>,
    index: usize,
}

impl<E: 'static> NewKind<'_, E> {
    /// Registers a property with its accessor. `None` means missing.
    pub fn property<V: FieldValue>(
        self,
        name: impl Into<String>,
        get: impl Fn(&E) -> Option<&V> + Copy + Send + Sync + 'static,
    ) -> Self {
        self.property_with(name, get, |f| f)
    }

    /// Registers a property with options: `.property_with("amount", |e| …, |f| f.decimal(2))`.
    pub fn property_with<V: FieldValue>(
        self,
        name: impl Into<String>,
        get: impl Fn(&E) -> Option<&V> + Copy + Send + Sync + 'static,
        more: impl FnOnce(NewField<'_>) -> NewField<'_>,
    ) -> Self {
        if let Some((_, fields)) = self.kinds.kinds.get_mut(self.index) {
            more(fields.field(name, get));
        }
        self
    }

    /// Registers several properties.
    #[doc(hidden)]
    pub fn fields(self, describe: impl FnOnce(&mut Fields<E>)) -> Self {
        if let Some((_, fields)) = self.kinds.kinds.get_mut(self.index) {
            describe(fields);
        }
        self
    }

    /// Makes a registered property the subject, which `viewed("anti-aging")` compares.
    pub fn subject(self, name: &str) -> Self {
        if let Some((kind, fields)) = self.kinds.kinds.get_mut(self.index) {
            kind.subject = fields.fields.iter().position(|f| f.name == name);
        }
        self
    }
}

/// A registered relation.
pub(crate) struct NewRelation<T> {
    pub(crate) relation: Relation,
    pub(crate) access: Arc<dyn RowAccess<T>>,
    /// Whether the row registers tags or relations, which rows cannot have.
    pub(crate) beyond: bool,
}

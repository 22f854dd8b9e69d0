//! What a type registers about itself: fields, kinds of events, relations, and how each is read.

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

/// The fields of a type under registration.
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

    /// Registers a field by its name and how it is read. `None` means missing.
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

    /// Registers the tags that were given to the profile: paths such as `interest/skincare`.
    pub fn tags(
        &mut self,
        get: impl Fn(&T) -> Option<&Vec<String>> + Copy + Send + Sync + 'static,
    ) {
        self.tags = Some(Vec::<String>::accessor(get).0);
    }

    /// Registers an integer that is computed rather than stored; `ty` says what it means.
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

/// A field just registered; its methods say more about it.
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

    /// The integer counts units of `10^-scale`: `decimal(2)` on an amount in cents. Other types stay what they are.
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

    /// It may be missing, although its own type never is.
    #[doc(hidden)]
    pub fn present(self, always: bool) -> Self {
        self.with(|f| f.required &= always)
    }

    /// The date comes back every year.
    pub fn yearly(self) -> Self {
        self.with(|f| f.yearly = true)
    }

    /// The string is a dotted version.
    pub fn version(self) -> Self {
        self.scalar(|ty| {
            if *ty == Type::String {
                *ty = Type::Version;
            }
        })
    }
}

/// The event kinds of a type under registration.
pub struct Kinds<E> {
    pub(crate) kinds: Vec<(EventKind, Fields<E>)>,
}

impl<E> std::fmt::Debug for Kinds<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.kinds.iter().map(|(k, _)| &k.name))
            .finish()
    }
}

impl<E: 'static> Kinds<E> {
    pub(crate) fn new() -> Self {
        Kinds { kinds: Vec::new() }
    }

    /// Registers the next kind.
    pub fn kind(&mut self, name: impl Into<String>) -> NewKind<'_, E> {
        self.kinds.push((EventKind::new(name), Fields::new()));
        let index = self.kinds.len() - 1;
        NewKind { kinds: self, index }
    }
}

/// A kind just registered; its methods add properties.
#[derive(Debug)]
pub struct NewKind<'a, E> {
    kinds: &'a mut Kinds<E>,
    index: usize,
}

impl<E: 'static> NewKind<'_, E> {
    /// Registers a property by its name and how it is read. `None` means missing.
    pub fn property<V: FieldValue>(
        self,
        name: impl Into<String>,
        get: impl Fn(&E) -> Option<&V> + Copy + Send + Sync + 'static,
    ) -> Self {
        self.property_with(name, get, |f| f)
    }

    /// The same, and says more about it: `.property_with("amount", |e| …, |f| f.decimal(2))`.
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

    /// Makes a registered property the subject: what `viewed("anti-aging")` compares.
    pub fn subject(self, name: &str) -> Self {
        if let Some((kind, fields)) = self.kinds.kinds.get_mut(self.index) {
            kind.subject = fields.fields.iter().position(|f| f.name == name);
        }
        self
    }
}

/// A relation under registration.
pub(crate) struct NewRelation<T> {
    pub(crate) relation: Relation,
    pub(crate) access: Arc<dyn RowAccess<T>>,
    /// What cannot be registered of a row was.
    pub(crate) beyond: bool,
}

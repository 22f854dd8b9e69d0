//! What a type registers about itself: fields and relations, with their accessors.

use super::Profile;
use super::access::{Accessor, RowAccess};
use super::field::{FieldValue, ValuesByName};
use super::getter::Getter;
use super::reading::Reading;
use crate::schema::{DataKind, Field, Relation};
use crate::value::{MAX_SCALE, Type};
use std::sync::Arc;

/// A profile type whose fields are known from its Rust type. `#[derive(Profile)]` implements it.
///
/// ```
/// use segue::{profile::{Describe, Events, Fields, Model, NoEvent, Identifier}, Profile};
///
/// struct Member { number: u32, age: u8, city: Option<String> }
///
/// impl Profile for Member {
///     type Event = NoEvent;
///     fn id(&self) -> Identifier<'_> { self.number.into() }
///     fn events(&self) -> Events<'_, NoEvent> { Events::Slice(&[]) }
/// }
///
/// impl Describe for Member {
///     fn describe(fields: &mut Fields<Self>) {
///         fields.field("age", |m| &m.age);
///         fields.field("city", |m| &m.city);
///         fields.computed("grown_up", |m: &Member| m.age >= 18);
///     }
/// }
///
/// let model = Model::<Member>::new()?;
/// assert_eq!(model.schema().attributes().len(), 3);
/// # Ok::<(), segue::schema::SchemaError>(())
/// ```
pub trait Describe: Profile {
    /// Registers the attributes.
    fn describe(fields: &mut Fields<Self>);
}

/// Collects the fields of a type.
pub struct Fields<T> {
    pub(crate) fields: Vec<Field>,
    readers: Vec<Reader<T>>,
    pub(crate) tags: Option<Tags<T>>,
    pub(crate) relations: Vec<NewRelation<T>>,
}

/// The registered tags.
pub(crate) struct Tags<T> {
    pub(crate) ty: Type,
    pub(crate) accessor: Accessor<T>,
}

/// Makes the accessor of a field once its type is settled.
type Reader<T> = Box<dyn FnOnce(&Type) -> Accessor<T>>;

impl<T> std::fmt::Debug for Fields<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.fields).finish()
    }
}

impl<T: 'static> Fields<T> {
    pub(crate) fn new() -> Self {
        Fields {
            fields: Vec::new(),
            readers: Vec::new(),
            tags: None,
            relations: Vec::new(),
        }
    }

    /// Registers a field that every `T` has. It may be missing if its Rust type says so, as an `Option` does.
    pub fn field<V: FieldValue>(
        &mut self,
        name: impl Into<String>,
        get: impl Fn(&T) -> &V + Clone + Send + Sync + 'static,
    ) -> NewField<'_> {
        self.part(name, move |of| Some(get(of)))
    }

    /// Registers a field that may be missing: `None` says that it is.
    pub fn optional<V: FieldValue>(
        &mut self,
        name: impl Into<String>,
        get: impl Fn(&T) -> Option<&V> + Clone + Send + Sync + 'static,
    ) -> NewField<'_> {
        self.part(name, get).present(false)
    }

    /// Registers a value that is computed: by a function, or by a closure that names the type of its argument. It may be missing
    /// if an `Option` is returned. Rules call it as often as they need the value, so it should be quick, and give the same for
    /// the same `T`.
    ///
    /// ```
    /// use segue::profile::{Fields, Row};
    /// # struct Line { product: String, price: i64, number: i64 }
    /// # impl Line { fn maker(&self) -> Option<&str> { self.product.split_once('/').map(|(maker, _)| maker) } }
    /// impl Row for Line {
    ///     fn describe(fields: &mut Fields<Self>) {
    ///         fields.field("product", |l| &l.product);
    ///         fields.computed("maker", Line::maker);
    ///         fields.computed("total", |l: &Line| l.price * l.number).decimal(2);
    ///     }
    /// }
    /// ```
    pub fn computed<G: for<'a> Getter<'a, T>>(
        &mut self,
        name: impl Into<String>,
        get: G,
    ) -> NewField<'_> {
        self.computed_part(name, |of| Some(of), get)
    }

    /// Registers a field of which `None` means that there is no such part in `T`, which says nothing about the field.
    #[doc(hidden)]
    pub fn part<V: FieldValue>(
        &mut self,
        name: impl Into<String>,
        get: impl Fn(&T) -> Option<&V> + Clone + Send + Sync + 'static,
    ) -> NewField<'_> {
        let field = Field {
            required: V::REQUIRED,
            tracked: V::TRACKED,
            ..Field::new(name, V::ty())
        };
        self.push(field, Box::new(move |ty| V::accessor(get, ty).0))
    }

    /// Registers what a function computes of a part.
    #[doc(hidden)]
    pub fn computed_part<U: 'static, G: for<'a> Getter<'a, U>>(
        &mut self,
        name: impl Into<String>,
        part: impl Fn(&T) -> Option<&U> + Clone + Send + Sync + 'static,
        get: G,
    ) -> NewField<'_> {
        let field = Field {
            required: G::required(),
            ..Field::new(name, G::ty())
        };
        let units = G::ty().digits();
        let reader = move |ty: &Type| {
            Accessor::scalar(ty, move |of| {
                let reading = part(of).map_or(Reading::MISSING, |part| get.read(part));
                reading.in_units(units)
            })
        };
        self.push(field, Box::new(reader))
    }

    /// Registers what a function computes of a part that may be missing.
    #[doc(hidden)]
    pub fn computed_option<U: 'static, G: for<'a> Getter<'a, U>>(
        &mut self,
        name: impl Into<String>,
        part: impl Fn(&T) -> Option<&Option<U>> + Clone + Send + Sync + 'static,
        get: G,
    ) -> NewField<'_> {
        self.computed_part(name, move |of| part(of).and_then(Option::as_ref), get)
            .present(false)
    }

    /// Registers a value of a map.
    #[doc(hidden)]
    pub fn by_name<M: ValuesByName>(
        &mut self,
        name: impl Into<String>,
        key: &'static str,
        map: impl Fn(&T) -> Option<&M> + Clone + Send + Sync + 'static,
    ) -> NewField<'_> {
        self.optional(name, move |of| map(of).and_then(|map| map.value_of(key)))
    }

    /// Registers the tags in the profile's data: a list of strings, paths such as `interest/skincare`.
    pub fn tags<V: FieldValue>(
        &mut self,
        get: impl Fn(&T) -> Option<&V> + Clone + Send + Sync + 'static,
    ) {
        let ty = V::ty();
        let accessor = V::accessor(get, &ty).0;
        self.tags = Some(Tags { ty, accessor });
    }

    fn push(&mut self, field: Field, reader: Reader<T>) -> NewField<'_> {
        self.readers.push(reader);
        self.fields.push(field);
        let index = self.fields.len() - 1;
        NewField {
            fields: &mut self.fields,
            index,
        }
    }

    /// The fields, and an accessor for each.
    pub(crate) fn finish(self) -> (Vec<Field>, Vec<Accessor<T>>) {
        let types = self.fields.iter().map(|field| &field.ty);
        let accessors = self.readers.into_iter().zip(types);
        let accessors = accessors.map(|(reader, ty)| reader(ty)).collect();
        (self.fields, accessors)
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

    /// Declares that an integer counts units of `10^-scale`: `decimal(2)` for an amount in cents; and of a decimal number, how
    /// many digits it has after the point. No effect on other types.
    pub fn decimal(self, scale: u8) -> Self {
        self.scalar(|ty| {
            if matches!(ty, Type::Int | Type::Decimal(_)) {
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

    /// Says what people call it: explanations say it instead of the name.
    pub fn label(self, label: impl Into<String>) -> Self {
        self.with(|f| f.label = Some(label.into()))
    }

    /// Says what its values are counted in: explanations say it behind a value.
    pub fn unit(self, unit: impl Into<String>) -> Self {
        self.with(|f| f.unit = Some(unit.into()))
    }

    /// Says where its data come from.
    pub fn kind(self, kind: DataKind) -> Self {
        self.with(|f| f.kind = Some(kind))
    }

    /// Adds a purpose that its data may be used for, such as `communication`.
    pub fn purpose(self, purpose: impl Into<String>) -> Self {
        self.with(|f| f.purpose.push(purpose.into()))
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

/// A registered relation.
pub(crate) struct NewRelation<T> {
    pub(crate) relation: Relation,
    pub(crate) access: Arc<dyn RowAccess<T>>,
    /// Whether the row registers tags or relations, which rows cannot have.
    pub(crate) beyond: bool,
}

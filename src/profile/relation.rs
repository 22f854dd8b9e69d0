//! Relations of a service's own types: rows in a slice of some type, which are read in place by row and property index.

use super::access::{Accessor, ListAccess, RowAccess};
use super::fields::{Fields, NewRelation};
use super::val::Val;
use crate::schema::Relation;
use std::sync::Arc;

/// One row of a relation: an account, an address, a line of a subscription.
///
/// `#[derive(Row)]` implements it; a field of a profile that holds such rows says `#[segue(rows)]`. By hand:
///
/// ```
/// use segue::{Rule, profile::{Describe, Events, Fields, Model, NoEvent, Identifier, Row}, Profile};
///
/// struct Member { number: u32, pets: Vec<Pet> }
///
/// struct Pet { species: String, age: u8 }
///
/// impl Row for Pet {
///     const SUBJECT: Option<&'static str> = Some("species");
///     fn describe(fields: &mut Fields<Self>) {
///         fields.field("species", |p| &p.species);
///         fields.field("age", |p| &p.age);
///     }
/// }
///
/// impl Profile for Member {
///     type Event = NoEvent;
///     fn id(&self) -> Identifier<'_> { self.number.into() }
///     fn events(&self) -> Events<'_, NoEvent> { Events::Slice(&[]) }
/// }
///
/// impl Describe for Member {
///     fn describe(fields: &mut Fields<Self>) {
///         fields.rows("pets", |m| Some(&m.pets));
///     }
/// }
///
/// let model = Model::<Member>::new()?;
/// let rule = Rule::check(r#"pets("dog", age > 10)"#, model.schema())?.bind(&model)?;
/// let anna = Member { number: 1, pets: vec![Pet { species: "dog".into(), age: 12 }] };
/// assert!(rule.holds(&anna, "2026-03-18T12:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row that segue knows",
    label = "this type does not derive `Row`",
    note = "write `#[derive(segue::Row)]` on `{Self}`, or remove `rows` here"
)]
pub trait Row: Sized + Send + Sync + 'static {
    /// The subject, which `pets("dog")` compares, if there is one.
    const SUBJECT: Option<&'static str> = None;

    /// Registers the properties.
    fn describe(fields: &mut Fields<Self>);
}

/// A container of the rows of a relation: a `Vec`, a boxed slice, or an `Option` of one; `None` is empty.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not hold rows",
    label = "not a `Vec` of rows",
    note = "rows stand in a `Vec` or a boxed slice, or an `Option` of one; a single part is `#[segue(nested)]`"
)]
pub trait RowStore: 'static {
    /// The type of a row.
    type Row: Row;

    /// The rows.
    fn rows(&self) -> &[Self::Row];
}

impl<R: Row> RowStore for Vec<R> {
    type Row = R;

    #[inline]
    fn rows(&self) -> &[R] {
        self
    }
}

impl<R: Row> RowStore for Box<[R]> {
    type Row = R;

    #[inline]
    fn rows(&self) -> &[R] {
        self
    }
}

impl<S: RowStore> RowStore for Option<S> {
    type Row = S::Row;

    #[inline]
    fn rows(&self) -> &[S::Row] {
        self.as_ref().map_or(&[], S::rows)
    }
}

/// Rows in a slice of the profile.
struct SliceRows<S: RowStore, G> {
    get: G,
    /// Of the properties, in their order.
    accessors: Box<[Accessor<S::Row>]>,
}

impl<S: RowStore, G> SliceRows<S, G> {
    #[inline]
    fn rows<'a, P>(&self, of: &'a P) -> &'a [S::Row]
    where
        G: Fn(&P) -> Option<&S>,
    {
        (self.get)(of).map_or(&[], S::rows)
    }

    fn list<'a, P>(
        &self,
        of: &'a P,
        row: usize,
        property: usize,
    ) -> Option<(&dyn ListAccess<S::Row>, &'a S::Row)>
    where
        G: Fn(&P) -> Option<&S>,
    {
        let row = self.rows(of).get(row)?;
        match self.accessors.get(property)? {
            Accessor::List(list) => Some((&**list, row)),
            _ => None,
        }
    }
}

impl<P: 'static, S: RowStore, G: Fn(&P) -> Option<&S> + Send + Sync> RowAccess<P>
    for SliceRows<S, G>
{
    fn len(&self, of: &P) -> usize {
        self.rows(of).len()
    }

    fn value<'a>(&self, of: &'a P, row: usize, property: usize) -> Val<'a> {
        match (self.rows(of).get(row), self.accessors.get(property)) {
            // A row has no past, so it does not matter at which instant it is read.
            (Some(row), Some(accessor)) => accessor.get(row, 0),
            _ => Val::Missing,
        }
    }

    fn list_len(&self, of: &P, row: usize, property: usize) -> Option<usize> {
        self.list(of, row, property)
            .and_then(|(list, row)| list.len(row))
    }

    fn any_item<'a>(
        &self,
        of: &'a P,
        row: usize,
        property: usize,
        test: &mut dyn FnMut(Val<'a>) -> bool,
    ) -> bool {
        let list = self.list(of, row, property);
        list.is_some_and(|(list, row)| list.any(row, test))
    }
}

impl<T: 'static> Fields<T> {
    /// Registers a relation. `None` means that there are no rows. Only profiles have relations, not events or rows.
    pub fn rows<S: RowStore>(
        &mut self,
        name: impl Into<String>,
        get: impl Fn(&T) -> Option<&S> + Clone + Send + Sync + 'static,
    ) {
        let mut fields = Fields::<S::Row>::new();
        S::Row::describe(&mut fields);
        let mut relation = Relation::new(name);
        // A name that no property has is no position either; building the schema says so.
        relation.subject = S::Row::SUBJECT.map(|s| {
            fields
                .fields
                .iter()
                .position(|f| f.name == s)
                .unwrap_or(usize::MAX)
        });
        let beyond = fields.tags.is_some() || !fields.relations.is_empty();
        let (properties, accessors) = fields.finish();
        relation.properties = properties;
        let access = Arc::new(SliceRows::<S, _> {
            get,
            accessors: accessors.into(),
        });
        self.relations.push(NewRelation {
            relation,
            access,
            beyond,
        });
    }
}

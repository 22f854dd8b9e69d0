//! Fields of several values.

use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::ir::{FieldRef, SlotId};
use crate::profile::{Accessor, ListAccess, Profile, RowAccess, Val, kind_index};
use std::sync::Arc;

/// A list of the profile, of the event under test, of an earlier step, or of the row under test.
pub(crate) enum ListNode<P: Profile> {
    Attribute(Arc<dyn ListAccess<P>>),
    Property(ListsByKind<P::Event>),
    NamedEventProperty(SlotId, ListsByKind<P::Event>),
    /// With the position of the property.
    Row(Arc<dyn RowAccess<P>>, usize),
    /// What the schema calls a list is none in this type.
    Missing,
}

impl<P: Profile> ListNode<P> {
    pub(crate) fn bind(binder: &mut Binder<'_, P>, field: &FieldRef) -> Self {
        let lists = |by_kind: Vec<(usize, Accessor<P::Event>)>| -> ListsByKind<P::Event> {
            let list = |(kind, accessor)| match accessor {
                Accessor::List(list) => Some((kind, list)),
                Accessor::Whole(_)
                | Accessor::Text(_)
                | Accessor::Real(_)
                | Accessor::Place(_)
                | Accessor::History(_) => None,
            };
            by_kind.into_iter().filter_map(list).collect()
        };
        match field {
            FieldRef::Attribute(i) => match binder.attribute(*i) {
                Some(Accessor::List(list)) => ListNode::Attribute(list),
                _ => ListNode::Missing,
            },
            FieldRef::Property(property) => ListNode::Property(lists(binder.property(property))),
            FieldRef::NamedEventProperty(slot, property) => {
                ListNode::NamedEventProperty(*slot, lists(binder.property(property)))
            }
            // INVARIANT: of the event of an entry single values alone are read.
            FieldRef::EntryProperty(_) => ListNode::Missing,
            FieldRef::Row(row) => binder
                .row_property(*row)
                .map_or(ListNode::Missing, |(rows, property)| {
                    ListNode::Row(rows, property)
                }),
        }
    }

    fn pick<'a>(
        by_kind: &'a ListsByKind<P::Event>,
        event: Option<&'a P::Event>,
    ) -> Option<(&'a dyn ListAccess<P::Event>, &'a P::Event)> {
        let event = event?;
        let kind = kind_index(event);
        by_kind
            .iter()
            .find(|(k, _)| *k == kind)
            .map(|(_, list)| (&**list, event))
    }

    pub(crate) fn len<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<usize> {
        match self {
            ListNode::Attribute(list) => list.len(ctx.profile),
            ListNode::Property(by_kind) => {
                Self::pick(by_kind, ctx.event).and_then(|(list, e)| list.len(e))
            }
            ListNode::NamedEventProperty(slot, by_kind) => {
                Self::pick(by_kind, ctx.step(*slot)).and_then(|(list, e)| list.len(e))
            }
            ListNode::Row(rows, property) => ctx
                .row
                .and_then(|row| rows.list_len(ctx.profile, row, *property)),
            ListNode::Missing => None,
        }
    }

    /// Whether a test holds of any item; the items are tested in their order until it does.
    pub(crate) fn any<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        test: &mut dyn FnMut(Val<'a>) -> bool,
    ) -> bool {
        let of_event = |found: Option<(&'a dyn ListAccess<P::Event>, &'a P::Event)>,
                        test: &mut dyn FnMut(Val<'a>) -> bool| {
            found.is_some_and(|(list, event)| list.any(event, test))
        };
        match self {
            ListNode::Attribute(list) => list.any(ctx.profile, test),
            ListNode::Property(by_kind) => of_event(Self::pick(by_kind, ctx.event), test),
            ListNode::NamedEventProperty(slot, by_kind) => {
                of_event(Self::pick(by_kind, ctx.step(*slot)), test)
            }
            ListNode::Row(rows, property) => ctx
                .row
                .is_some_and(|row| rows.any_item(ctx.profile, row, *property, test)),
            ListNode::Missing => false,
        }
    }

    /// The items, in their order.
    pub(crate) fn items<'a>(&'a self, ctx: &Ctx<'a, P>) -> Vec<Val<'a>> {
        let mut items = Vec::new();
        self.any(ctx, &mut |item| {
            items.push(item);
            false
        });
        items
    }
}

/// A list of events, by their kind.
pub(crate) type ListsByKind<E> = Vec<(usize, Arc<dyn ListAccess<E>>)>;

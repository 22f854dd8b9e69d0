//! Lists: fields of several values, and tags.

use super::context::Ctx;
use super::term::Literal;
use crate::profile::{Accessor, Event, ListAccess, Profile, RowAccess, Val};
use std::sync::Arc;

/// A list of the profile, of the event under test, of an earlier step, or of the row under test.
pub(crate) enum ListNode<P: Profile> {
    Attribute(Arc<dyn ListAccess<P>>),
    Property(ListsByKind<P::Event>),
    StepProperty(usize, ListsByKind<P::Event>),
    /// With the position of the property.
    Row(Arc<dyn RowAccess<P>>, usize),
    /// What the schema calls a list is none in this type.
    Missing,
}

impl<P: Profile> ListNode<P> {
    fn pick<'a>(
        by_kind: &'a ListsByKind<P::Event>,
        event: Option<&'a P::Event>,
    ) -> Option<(&'a dyn ListAccess<P::Event>, &'a P::Event)> {
        let event = event?;
        let kind = event.kind();
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
            ListNode::StepProperty(slot, by_kind) => {
                Self::pick(by_kind, ctx.step(*slot)).and_then(|(list, e)| list.len(e))
            }
            ListNode::Row(rows, property) => ctx
                .row
                .and_then(|row| rows.list_len(ctx.profile, row, *property)),
            ListNode::Missing => None,
        }
    }

    pub(crate) fn item<'a>(&'a self, ctx: &Ctx<'a, P>, i: usize) -> Val<'a> {
        match self {
            ListNode::Attribute(list) => list.item(ctx.profile, i),
            ListNode::Property(by_kind) => {
                Self::pick(by_kind, ctx.event).map_or(Val::Missing, |(list, e)| list.item(e, i))
            }
            ListNode::StepProperty(slot, by_kind) => Self::pick(by_kind, ctx.step(*slot))
                .map_or(Val::Missing, |(list, e)| list.item(e, i)),
            ListNode::Row(rows, property) => ctx.row.map_or(Val::Missing, |row| {
                rows.list_item(ctx.profile, row, *property, i)
            }),
            ListNode::Missing => Val::Missing,
        }
    }

    pub(crate) fn contains<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        items: &'a [Literal],
        all: bool,
        ignoring_case: bool,
    ) -> bool {
        let Some(n) = self.len(ctx) else { return false };
        let holds = |lit: &'a Literal| {
            let wanted = lit.val();
            (0..n).any(|i| {
                let v = self.item(ctx, i);
                match (ignoring_case, v.text(), wanted.text()) {
                    (true, Some(a), Some(b)) => super::text::folded(a).eq(super::text::folded(b)),
                    _ => !v.is_missing() && v.natural_cmp(&wanted).is_eq(),
                }
            })
        };
        if all {
            items.iter().all(holds)
        } else {
            items.iter().any(holds)
        }
    }
}

pub(crate) fn tagged<P: Profile>(
    tags: Option<&Accessor<P>>,
    path: Option<&str>,
    ctx: &Ctx<'_, P>,
) -> bool {
    let Some(Accessor::List(tags)) = tags else {
        return false;
    };
    let n = tags.len(ctx.profile).unwrap_or(0);
    (0..n).any(|i| {
        tags.item(ctx.profile, i)
            .text()
            .is_some_and(|tag| path.is_none_or(|p| crate::ir::is_under(tag, p)))
    })
}

/// A list of events, by their kind.
pub(crate) type ListsByKind<E> = Vec<(usize, Arc<dyn ListAccess<E>>)>;

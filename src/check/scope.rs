//! What names mean at a point of an expression: a stack of what the parentheses around it are about.
//!
//! In `accounts(plan = pro, purchased(amount > seats))` the stack is the profile alone outside, a row of `accounts` inside its
//! parentheses, and on top of it an event of `purchased` inside those of the event. A bare name is looked up from the
//! innermost scope outwards: `amount` is the event's, `seats` the row's. An event hides an event further out, a row a row;
//! names of the profile are seen from everywhere.

use crate::ir::{SlotId, Ty};
use crate::schema::{KindId, RelationId};

/// What the innermost parentheses are about.
#[derive(Clone, Debug)]
pub(super) enum Scope {
    /// A row of this relation.
    Row(RelationId),
    /// An event of one of these kinds.
    Event(Vec<KindId>),
}

/// An event that has a name, that of an earlier step or one around this place, and its kinds.
#[derive(Clone, Debug)]
pub(super) struct NamedEvent {
    pub(super) name: String,
    pub(super) kinds: Vec<KindId>,
}

/// What the conditions and values of a trigger can name of its entry.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryNames {
    /// What `on` calls its event (nothing where it has no name), and the kinds of that.
    pub(crate) event: Option<(String, Vec<KindId>)>,
    /// The type of `subject`, where the entry has one.
    pub(crate) subject: Option<Ty>,
    /// Whether `on` has an error, so that it is not known what it names.
    pub(crate) is_faulty: bool,
}

/// The scopes from the outermost to the innermost, and the events that have a name here.
#[derive(Clone, Debug, Default)]
pub(super) struct Scopes {
    stack: Vec<Scope>,
    pub(super) named: Vec<NamedEvent>,
}

impl Scopes {
    pub(super) fn push(&mut self, scope: Scope) {
        self.stack.push(scope);
    }

    pub(super) fn pop(&mut self) {
        self.stack.pop();
    }

    /// What can be seen besides the profile, from the innermost outwards: at most one event and one row.
    pub(super) fn visible(&self) -> impl Iterator<Item = &Scope> {
        let (mut event, mut row) = (false, false);
        self.stack.iter().rev().filter(move |scope| match scope {
            Scope::Row(_) => !std::mem::replace(&mut row, true),
            Scope::Event(_) => !std::mem::replace(&mut event, true),
        })
    }

    /// The kinds of the event in sight.
    pub(super) fn event(&self) -> Option<&[KindId]> {
        self.visible().find_map(|scope| match scope {
            Scope::Event(kinds) => Some(kinds.as_slice()),
            Scope::Row(_) => None,
        })
    }

    /// The relation of the row in sight.
    pub(super) fn row(&self) -> Option<RelationId> {
        self.visible().find_map(|scope| match scope {
            Scope::Row(relation) => Some(*relation),
            Scope::Event(_) => None,
        })
    }

    /// The event of a name, and where it is kept.
    pub(super) fn named(&self, name: &str) -> Option<(SlotId, &NamedEvent)> {
        let slot = self.named.iter().rposition(|event| event.name == name)?;
        Some((SlotId::new(slot), self.named.get(slot)?))
    }

    /// Names an event, which can be read until the name is taken away; gives where it is kept.
    pub(super) fn name(&mut self, name: &str, kinds: &[KindId]) -> SlotId {
        self.named.push(NamedEvent {
            name: name.to_owned(),
            kinds: kinds.to_vec(),
        });
        SlotId::new(self.named.len() - 1)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use crate::schema::{EventKind, Field, Schema, one_of};
    use crate::{Rule, Type};

    #[test]
    fn a_property_and_a_value_of_the_subject_hide_a_kind_of_their_name() {
        let ordered = EventKind::new("ordered")
            .subject(Field::new("state", one_of(["paid", "open"])))
            .property(Field::new("gift", Type::Bool));
        let others = ["gift", "paid", "opened"].map(EventKind::new);
        let schema = others
            .into_iter()
            .fold(Schema::builder().kind(ordered), |schema, kind| {
                schema.kind(kind)
            });
        let schema = schema.build().unwrap();
        let kinds = |rule| {
            let rule = Rule::check(rule, &schema).unwrap();
            rule.reads().kinds().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(kinds("ordered(opened)"), ["ordered", "opened"]);
        assert_eq!(
            kinds("ordered(not opened before at)"),
            ["ordered", "opened"]
        );
        assert_eq!(kinds("ordered(gift)"), ["ordered"]);
        assert_eq!(kinds("ordered(paid)"), ["ordered"]);
        assert_eq!(kinds("gift and paid"), ["gift", "paid"]);
    }
}

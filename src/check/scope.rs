//! What names mean at a point of an expression: a stack of what the parentheses around it are about.
//!
//! In `accounts(plan = pro, purchased(amount > seats))` the stack is the profile alone outside, a row of `accounts` inside its
//! parentheses, and on top of it an event of `purchased` inside those of the event. A bare name is looked up from the
//! innermost scope outwards: `amount` is the event's, `seats` the row's. An event hides an event further out, a row a row;
//! names of the profile are seen from everywhere.

use crate::ir::Select;

/// What the innermost parentheses are about.
#[derive(Clone, Debug)]
pub(super) enum Scope {
    /// A row of this relation.
    Row(usize),
    /// An event of one of these kinds.
    Event(Vec<usize>),
    /// No event: what a window counts from and what a function is computed over do not see the event around them.
    Profile,
}

/// A named step of the sequence at hand, and its kinds.
#[derive(Clone, Debug)]
pub(super) struct NamedStep {
    pub(super) name: String,
    pub(super) kinds: Vec<usize>,
}

/// The scopes from the outermost to the innermost, and the steps named so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Scopes {
    stack: Vec<Scope>,
    pub(super) steps: Vec<NamedStep>,
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
            Scope::Profile => {
                event = true;
                false
            }
        })
    }

    /// The kinds of the event in sight.
    pub(super) fn event(&self) -> Option<&[usize]> {
        self.visible().find_map(|scope| match scope {
            Scope::Event(kinds) => Some(kinds.as_slice()),
            Scope::Row(_) | Scope::Profile => None,
        })
    }

    /// The relation of the row in sight.
    pub(super) fn row(&self) -> Option<usize> {
        self.visible().find_map(|scope| match scope {
            Scope::Row(relation) => Some(*relation),
            Scope::Event(_) | Scope::Profile => None,
        })
    }

    /// Whether the innermost parentheses are those of a relation.
    pub(super) fn is_in_rows(&self) -> bool {
        let mut parentheses = self.stack.iter().rev();
        let innermost = parentheses.find(|scope| !matches!(scope, Scope::Profile));
        matches!(innermost, Some(Scope::Row(_)))
    }

    /// The last step of a name, and where it keeps its event.
    pub(super) fn step(&self, name: &str) -> Option<(usize, &NamedStep)> {
        let slot = self.steps.iter().rposition(|step| step.name == name)?;
        Some((slot, self.steps.get(slot)?))
    }

    /// Names a step; later steps can read its event.
    pub(super) fn name_step(&mut self, name: &str, select: &mut Select) {
        select.slot = Some(self.steps.len());
        self.steps.push(NamedStep {
            name: name.to_owned(),
            kinds: select.kinds.clone(),
        });
    }
}

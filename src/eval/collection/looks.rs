//! What a sequence was found to be when it was last looked at: with that, a later look reads the events that have come since, and
//! those before them that they may complete.

use crate::eval::scratch::pooled;
use std::cell::RefCell;

/// What was found at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SequenceLook {
    pub(crate) at: i64,
    /// How many events of its kinds had happened by then.
    pub(crate) seen: usize,
    /// The first event of a chain that met all steps.
    pub(crate) origin: Option<i64>,
}

/// The last looks at the sequences of a rule, by their places in memory, each with the subject that it was about.
#[derive(Default)]
pub(crate) struct SequenceLooks(RefCell<Vec<Look>>);

pub(crate) type Look = ((usize, usize), SequenceLook);

pooled!(Look);

/// More sequences than that are swept each time; so finding a look stays cheap.
const MAX_LOOKS: usize = 64;

impl SequenceLooks {
    pub(super) fn of(looks: Vec<Look>) -> Self {
        SequenceLooks(RefCell::new(looks))
    }

    pub(super) fn into_inner(self) -> Vec<Look> {
        self.0.into_inner()
    }

    /// The last look at a sequence, unless it was later than `now`.
    pub(crate) fn last(&self, of: (usize, usize), now: i64) -> Option<SequenceLook> {
        let looks = self.0.try_borrow().ok()?;
        let (_, look) = looks.iter().find(|(sequence, _)| *sequence == of)?;
        (look.at <= now).then_some(*look)
    }

    /// Remembers a look.
    pub(crate) fn keep(&self, of: (usize, usize), look: SequenceLook) {
        let Ok(mut looks) = self.0.try_borrow_mut() else {
            return;
        };
        if let Some((_, known)) = looks.iter_mut().find(|(sequence, _)| *sequence == of) {
            *known = look;
        } else if looks.len() < MAX_LOOKS {
            looks.push((of, look));
        }
    }
}

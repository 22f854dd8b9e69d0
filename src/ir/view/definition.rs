//! The named entries of a rulebook that a rule refers to.

use super::constant::Constant;
use super::{ConditionForm, EventsForm, Origin, ValueForm};
use crate::ir::calendar::CalendarSpan;
use crate::ir::children::Definition;
use crate::ir::form::{Earning, Ledger, Lifecycle, Posting, Score, Segment, Stage, Trait};
use crate::time::{CalendarUnit, Instant, NEVER};
use std::sync::Arc;

/// What a rule refers to by its name.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum DefinitionForm<'a> {
    /// A segment, or a tag that a rule gives.
    Segment(SegmentForm<'a>),
    /// A lifecycle.
    Lifecycle(LifecycleForm<'a>),
    /// A trait.
    Trait(TraitForm<'a>),
    /// A score.
    Score(ScoreForm<'a>),
    /// A ledger of points.
    Ledger(LedgerForm<'a>),
}

macro_rules! views {
    ($($(#[$doc:meta])* $form:ident $of:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $form<'a> {
            of: &'a $of,
            origin: Origin<'a>,
        }

        impl std::fmt::Debug for $form<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($form)).field(&self.name()).finish()
            }
        }

        impl<'a> $form<'a> {
            /// Its name in the rulebook.
            #[must_use]
            pub fn name(self) -> &'a str {
                &self.of.name
            }
        }
    )*};
}

views! {
    /// A segment of a rulebook, or a tag that a rule gives.
    SegmentForm Segment;
    /// A lifecycle of a rulebook.
    LifecycleForm Lifecycle;
    /// A named value of a rulebook.
    TraitForm Trait;
    /// A score of a rulebook that is fitted to a population.
    ScoreForm Score;
    /// A ledger of points.
    LedgerForm Ledger;
}

/// Events that earn or take points, and how many each of them does.
#[derive(Clone, Copy, Debug)]
pub struct PostingForm<'a> {
    posting: &'a Posting,
    earning: Option<&'a Earning>,
    ledger: LedgerForm<'a>,
}

/// One stage of a lifecycle.
#[derive(Clone, Copy, Debug)]
pub struct StageForm<'a> {
    name: &'a str,
    stage: &'a Stage,
    lifecycle: LifecycleForm<'a>,
}

impl<'a> SegmentForm<'a> {
    /// Who is in it.
    #[must_use]
    pub fn condition(self) -> ConditionForm<'a> {
        let origin = self.origin.of_text(&self.of.text);
        origin.condition(&self.of.cond)
    }
}

impl<'a> LifecycleForm<'a> {
    /// The property of which each value has a lifecycle of its own.
    #[must_use]
    pub fn per(self) -> Option<&'a str> {
        self.of.per.as_deref()
    }

    /// The stages, the first first.
    pub fn stages(self) -> impl Iterator<Item = StageForm<'a>> {
        let stages = self.of.stages.iter().zip(self.of.names.values.iter());
        stages.map(move |(stage, name)| StageForm {
            name,
            stage,
            lifecycle: self,
        })
    }
}

impl<'a> StageForm<'a> {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.name
    }

    /// What holds in it.
    #[must_use]
    pub fn condition(self) -> ConditionForm<'a> {
        let origin = self.lifecycle.origin.of_text(&self.stage.text);
        origin.condition(&self.stage.cond)
    }

    /// The stages from which a profile may enter it; `None` is no stage.
    #[must_use]
    pub fn entered_from(self) -> Vec<Option<&'a str>> {
        let lifecycle = self.lifecycle.of;
        let stages = lifecycle.stage_ids().zip(lifecycle.names.values.iter());
        let stages = stages.map(|(stage, name)| (Some(stage), Some(name.as_str())));
        let from = stages.chain([(None, None)]);
        from.filter(|(stage, _)| self.stage.from.contains(*stage))
            .map(|(_, name)| name)
            .collect()
    }
}

impl<'a> TraitForm<'a> {
    /// What it stands for.
    #[must_use]
    pub fn value(self) -> ValueForm<'a> {
        self.origin.of_text(&self.of.text).value(&self.of.term)
    }
}

impl<'a> ScoreForm<'a> {
    /// The value that is compared with the cut points.
    #[must_use]
    pub fn value(self) -> ValueForm<'a> {
        self.origin.of_text(&self.of.text).value(&self.of.value)
    }

    /// The fittings, the oldest first: until when (exclusive; `None`: for ever) which cut points hold, ascending. The score is
    /// 1 plus the number of cut points below the value. Empty if it was not fitted.
    pub fn cut_points(self) -> impl Iterator<Item = (Option<Instant>, Vec<Constant>)> {
        let eras = self.of.eras.iter();
        eras.map(move |(until, cuts)| {
            let until = (*until != NEVER).then(|| Instant::from_micros(*until));
            (until, Constant::all_of(cuts, &self.of.value.ty))
        })
    }
}

impl<'a> LedgerForm<'a> {
    /// What earns points, as it is written.
    pub fn earn(self) -> impl Iterator<Item = PostingForm<'a>> {
        self.of.earn.iter().map(move |earning| PostingForm {
            posting: &earning.posting,
            earning: Some(earning),
            ledger: self,
        })
    }

    /// What takes points.
    pub fn take(self) -> impl Iterator<Item = PostingForm<'a>> {
        self.of.take.iter().map(move |posting| PostingForm {
            posting,
            earning: None,
            ledger: self,
        })
    }
}

impl<'a> PostingForm<'a> {
    /// The events.
    #[must_use]
    pub fn events(self) -> EventsForm<'a> {
        let origin = self.ledger.origin.of_text(&self.posting.text);
        origin.events(&self.posting.select)
    }

    /// How many points each of them earns or takes; less than one is none.
    #[must_use]
    pub fn points(self) -> ValueForm<'a> {
        let origin = self.ledger.origin.of_text(&self.posting.points_text);
        origin.value(&self.posting.points)
    }

    /// How long after the event its points are gone; `None`: never, or they are taken.
    #[must_use]
    pub fn expires(self) -> Option<CalendarSpan> {
        self.earning?.expires
    }

    /// How many events of each calendar period earn points; `None`: all.
    #[must_use]
    pub fn at_most(self) -> Option<(u32, CalendarUnit)> {
        self.earning?.at_most
    }
}

impl<'a> Origin<'a> {
    pub(super) fn ledger(self, of: &'a Arc<Ledger>) -> LedgerForm<'a> {
        LedgerForm { of, origin: self }
    }

    pub(super) fn segment(self, of: &'a Arc<Segment>) -> SegmentForm<'a> {
        SegmentForm { of, origin: self }
    }

    pub(super) fn lifecycle(self, of: &'a Arc<Lifecycle>) -> LifecycleForm<'a> {
        LifecycleForm { of, origin: self }
    }

    pub(super) fn named(self, of: &'a Arc<Trait>) -> TraitForm<'a> {
        TraitForm { of, origin: self }
    }

    pub(super) fn score(self, of: &'a Arc<Score>) -> ScoreForm<'a> {
        ScoreForm { of, origin: self }
    }

    pub(super) fn definition(self, definition: Definition<'a>) -> DefinitionForm<'a> {
        match definition {
            Definition::Segment(of) => DefinitionForm::Segment(self.segment(of)),
            Definition::Lifecycle(of) => DefinitionForm::Lifecycle(self.lifecycle(of)),
            Definition::Trait(of) => DefinitionForm::Trait(self.named(of)),
            Definition::Score(of) => DefinitionForm::Score(self.score(of)),
            Definition::Ledger(of) => DefinitionForm::Ledger(self.ledger(of)),
        }
    }
}

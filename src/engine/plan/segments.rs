//! The segments of a rulebook, bound to a profile type.

use super::effects::EventEffect;
use crate::engine::ids::SegmentId;
use crate::engine::live_profile::LiveProfile;
use crate::engine::version::VersionText;
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::ir::visit::{Seen, visit_cond};
use crate::ir::{Cond, CondKind, Segment, Term, TermKind};
use crate::rulebook::Rulebook;
use crate::time::{Instant, NEVER};
use smol_str::SmolStr;
use std::sync::{Arc, OnceLock};

pub(crate) struct SegmentPlan<P: LiveProfile> {
    pub(crate) name: SmolStr,
    pub(crate) node: Arc<Node<P>>,
    pub(crate) version: Arc<str>,
    /// By kind, as the model counts them.
    effects: Box<[EventEffect]>,
    /// Whether it asks who the profile is: then it may hold of one blank profile and not of another.
    is_individual: bool,
}

impl<P: LiveProfile> SegmentPlan<P> {
    pub(super) fn new(
        name: &str,
        segment: &Arc<Segment>,
        rulebook: &Rulebook,
        binder: &mut Binder<'_, P>,
    ) -> Self {
        SegmentPlan {
            name: name.into(),
            node: binder.segment(segment),
            version: VersionText::new(rulebook).segment(segment).version(),
            effects: EventEffect::of_kinds(&segment.cond, rulebook.schema(), &binder.model.schema),
            is_individual: is_individual(&segment.cond),
        }
    }

    /// What an event of a kind may do to the segment.
    #[inline]
    pub(crate) fn effect_of_event(&self, kind: usize) -> EventEffect {
        self.effects.get(kind).copied().unwrap_or(EventEffect::Any)
    }
}

fn is_individual(cond: &Cond) -> bool {
    let mut found = false;
    visit_cond(cond, &mut |seen| {
        found |= matches!(
            seen,
            Seen::Cond(Cond {
                kind: CondKind::Sample { .. },
                ..
            }) | Seen::Term(Term {
                kind: TermKind::Id,
                ..
            })
        );
    });
    found
}

/// The segments of a blank profile, of which nothing is known but its id. The state of a profile lists only segments in
/// which it differs from that.
#[derive(Default)]
pub(crate) struct BlankSegments(OnceLock<Blank>);

struct Blank {
    /// By segment.
    holds: Box<[bool]>,
    /// The segments that ask who the profile is, or whose answer changes with time alone.
    individual: Box<[SegmentId]>,
}

impl BlankSegments {
    /// Evaluates the segments of a blank profile, unless that is done already.
    pub(super) fn learn<P: LiveProfile>(&self, segments: &[SegmentPlan<P>], blank: &P) {
        self.0.get_or_init(|| {
            let ctx = Ctx::new(blank, Instant::MIN.micros());
            // A search from the beginning of time might give up long before anybody lives.
            let verdicts: Vec<Bounded> = segments.iter().map(|s| s.node.evaluate(&ctx)).collect();
            let individual = segments.iter().zip(&verdicts);
            let individual =
                individual.map(|(s, verdict)| s.is_individual || verdict.until != NEVER);
            let individual: Vec<bool> = individual.collect();
            let ids = individual.iter().enumerate();
            Blank {
                // What differs from profile to profile is kept with each.
                holds: (verdicts.iter().zip(&individual))
                    .map(|(verdict, individual)| verdict.holds && !individual)
                    .collect(),
                individual: ids
                    .filter(|(_, individual)| **individual)
                    .map(|(i, _)| SegmentId::new(i))
                    .collect(),
            }
        });
    }

    /// Whether every blank profile is in a segment.
    #[inline]
    pub(super) fn holds(&self, segment: SegmentId) -> bool {
        let blank = self.0.get();
        blank
            .and_then(|blank| blank.holds.get(segment.index()))
            .copied()
            .unwrap_or(false)
    }

    /// The segments that every blank profile is in.
    pub(super) fn holding(&self) -> impl Iterator<Item = SegmentId> {
        let holds = self.0.get().map_or(&[][..], |blank| &blank.holds);
        let holding = holds.iter().enumerate().filter(|(_, holds)| **holds);
        holding.map(|(i, _)| SegmentId::new(i))
    }

    /// The segments that must be evaluated for each blank profile.
    pub(super) fn individual(&self) -> &[SegmentId] {
        self.0.get().map_or(&[], |blank| &blank.individual)
    }
}

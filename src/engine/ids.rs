//! Typed numbers: the position of a profile in the state, of a segment, lifecycle or trigger in the plan.

use crate::schema::ids::ids;

ids! {
    /// A profile, by its position in the state.
    ProfileSlot,
    /// A segment, by its position in the order of names.
    SegmentId,
    /// A lifecycle, by its position in the order in which lifecycles are updated: each after those that it reads.
    LifecycleId,
    /// A trigger, by its position in the order in which triggers fire.
    TriggerId,
}

/// Something that has to be updated when what it reads changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    Segment(SegmentId),
    Lifecycle(LifecycleId),
    Trigger(TriggerId),
}

/// Units by their kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Units {
    pub(crate) segments: Vec<SegmentId>,
    pub(crate) lifecycles: Vec<LifecycleId>,
    pub(crate) triggers: Vec<TriggerId>,
}

impl Units {
    pub(crate) fn push(&mut self, unit: Unit) {
        match unit {
            Unit::Segment(id) => self.segments.push(id),
            Unit::Lifecycle(id) => self.lifecycles.push(id),
            Unit::Trigger(id) => self.triggers.push(id),
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, other: &Units) {
        self.segments.extend_from_slice(&other.segments);
        self.lifecycles.extend_from_slice(&other.lifecycles);
        self.triggers.extend_from_slice(&other.triggers);
    }

    pub(crate) fn clear(&mut self) {
        self.segments.clear();
        self.lifecycles.clear();
        self.triggers.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.lifecycles.is_empty() && self.triggers.is_empty()
    }

    /// Puts each kind in order, every unit once.
    #[inline]
    pub(crate) fn normalize(&mut self) {
        fn normalize<T: Ord>(ids: &mut Vec<T>) {
            ids.sort_unstable();
            ids.dedup();
        }
        normalize(&mut self.segments);
        normalize(&mut self.lifecycles);
        normalize(&mut self.triggers);
    }
}

impl FromIterator<Unit> for Units {
    fn from_iter<I: IntoIterator<Item = Unit>>(units: I) -> Self {
        let mut all = Units::default();
        units.into_iter().for_each(|unit| all.push(unit));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_kept_by_kind_in_order_and_once() {
        let segment = |i| Unit::Segment(SegmentId::new(i));
        let mut units: Units = [segment(3), Unit::Trigger(TriggerId::new(0)), segment(1)]
            .into_iter()
            .collect();
        units.add(&[segment(3)].into_iter().collect());
        units.normalize();
        assert_eq!(units.segments, [SegmentId::new(1), SegmentId::new(3)]);
        assert_eq!(units.triggers, [TriggerId::new(0)]);
        assert!(units.lifecycles.is_empty() && !units.is_empty());
        units.clear();
        assert!(units.is_empty());
    }
}

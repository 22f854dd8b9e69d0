//! Where a profile is in a journey, as the events say that an engine has told: run by run, whoever came and has not left.

use super::calendar::Micros;
use super::value::Value;
use super::{Event, Scope};
use segue::syntax::{JourneyMoveKind, Literal, Name, OfJourney, TimeSpan};

/// The kind of a passage from a step to a step, of which one may be outside.
const PASSED: &str = "journey_passed";

impl<'a> Scope<'a> {
    /// Whether a run is in the journey, or in a step of it, that came there as is asked for.
    pub(super) fn in_journey(
        &self,
        step: Option<&Name>,
        of: &OfJourney,
        came: impl Fn(Micros) -> bool,
    ) -> bool {
        let is_there = |place: &Option<String>| match step {
            Some(step) => place.as_ref() == Some(&step.text),
            None => place.is_some(),
        };
        let (mut there, mut left) = (Vec::new(), Vec::new());
        for event in self.journey_passages(of) {
            let (from, to) = (text(event, "from"), text(event, "to"));
            let (run, entered) = (text(event, "key"), instant(event, "entered"));
            if is_there(&from) && (step.is_some() || to.is_none()) {
                let since = step.map_or(entered, |_| instant(event, "since"));
                left.push((run.clone(), entered, since));
            }
            if is_there(&to) && (step.is_some() || from.is_none()) {
                let since = step.map_or(entered, |_| Some(event.at));
                there.push((run, entered, since));
            }
        }
        // Each leaving ends one stay, that of its run which began when it says; of what is done at one instant no order matters.
        for stay in left {
            let ended = there.iter().position(|of| *of == stay);
            ended.map(|i| there.remove(i));
        }
        there.iter().any(|(.., since)| since.is_some_and(&came))
    }

    pub(super) fn journey_moved(
        &self,
        what: JourneyMoveKind,
        of: &OfJourney,
        within: TimeSpan,
    ) -> bool {
        let low = self.calendar().shift(self.now, within, -1);
        let is_meant = |event: &&Event| {
            let (from, to) = (text(event, "from"), text(event, "to"));
            match what {
                JourneyMoveKind::Entered => from.is_none() && to.is_some(),
                JourneyMoveKind::Left => from.is_some() && to.is_none(),
                JourneyMoveKind::ReachedGoal => text(event, "because").as_deref() == Some("goal"),
            }
        };
        let passages = self.journey_passages(of);
        (passages.into_iter().filter(|event| event.at >= low)).any(|event| is_meant(&event))
    }

    /// The passages up to now, as they came one after the other.
    fn journey_passages(&self, of: &OfJourney) -> Vec<&'a Event> {
        let run = match &of.run {
            Some(Literal::String(run)) => Some(run.as_str()),
            _ => None,
        };
        let all = self.profile.events.iter();
        let mut all: Vec<&'a Event> = all
            .filter(|e| e.kind == PASSED && e.at <= self.now)
            .filter(|e| text(e, "journey").as_deref() == Some(of.journey.text.as_str()))
            .filter(|e| run.is_none() || text(e, "key").as_deref() == run)
            .collect();
        all.sort_by_key(|e| e.at);
        all
    }
}

fn text(event: &Event, property: &str) -> Option<String> {
    match event.props.get(property)? {
        Value::Text(text) | Value::Name(text, _) => Some(text.clone()),
        _ => None,
    }
}

fn instant(event: &Event, property: &str) -> Option<Micros> {
    match event.props.get(property)? {
        Value::Instant(at) => Some(*at),
        _ => None,
    }
}

//! Where profiles are expected in the midst of the stream: in which stages and steps.

use super::document::Scenario;
use super::expectation::{Problems, instant, known};
use super::expected::{ExpectedStage, ExpectedStep};
use super::given::Given;
use super::report::Mismatch;
use super::words::{shown, shown_instant, unknown};
use crate::engine::Engine;
use crate::profile::Record;
use crate::rulebook::Rulebook;
use crate::testing::moment::Moment;
use crate::time::Instant;

/// A stage or a step in which a profile is expected.
#[derive(Clone, Copy)]
pub(super) enum Standing<'s> {
    Stage(&'s ExpectedStage),
    Step(&'s ExpectedStep),
}

/// Where a profile was found: the name of the stage or step, and since when it is there.
pub(super) struct Found {
    name: Option<String>,
    since: Option<Instant>,
}

impl<'s> Standing<'s> {
    /// Everything that a scenario expects, each with its instant.
    pub(super) fn read(
        scenario: &'s Scenario,
        rulebook: &Rulebook,
        moment: &Moment,
        problems: &mut Problems,
    ) -> Vec<(Self, Instant)> {
        let stages = scenario.stages.iter().map(Standing::Stage);
        let steps = scenario.journeys.iter().map(Standing::Step);
        let mut all = Vec::new();
        for expected in stages.chain(steps) {
            let place = expected.place();
            problems.extend(known(expected.profile(), &place, scenario).err());
            problems.extend(expected.check(rulebook).err());
            let at = match expected.at() {
                Some(given) => instant(moment, given),
                None => moment.now(),
            };
            match at {
                Ok(at) => all.push((expected, at)),
                Err(problem) => problems.push(format!(
                    "`at` of `{}` in `{place}`: {problem}",
                    expected.profile()
                )),
            }
        }
        all
    }

    fn profile(self) -> &'s str {
        match self {
            Standing::Stage(stage) => &stage.profile,
            Standing::Step(step) => &step.profile,
        }
    }

    fn at(self) -> Option<&'s Given> {
        match self {
            Standing::Stage(stage) => stage.at.as_ref(),
            Standing::Step(step) => step.at.as_ref(),
        }
    }

    fn subject(self) -> Option<&'s str> {
        match self {
            Standing::Stage(stage) => stage.subject.as_deref(),
            Standing::Step(step) => step.subject.as_deref(),
        }
    }

    /// What it is of: a lifecycle or a journey.
    fn of(self) -> &'s str {
        match self {
            Standing::Stage(stage) => &stage.lifecycle,
            Standing::Step(step) => &step.journey,
        }
    }

    fn wanted(self) -> &'s str {
        match self {
            Standing::Stage(stage) => &stage.stage,
            Standing::Step(step) => &step.step,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Standing::Stage(_) => "stage",
            Standing::Step(_) => "step",
        }
    }

    /// Where it stands in the scenario.
    fn place(self) -> String {
        match self {
            Standing::Stage(stage) => format!("stages.{}", stage.lifecycle),
            Standing::Step(step) => format!("journeys.{}", step.journey),
        }
    }

    /// That it is expected at an instant at which the stream has not begun.
    pub(super) fn too_early(self, at: Instant, from: Instant, moment: &Moment) -> String {
        let (profile, place, begin) = (self.profile(), self.place(), shown_instant(from, moment));
        format!(
            "`at` of `{profile}` in `{place}`: {} is before the stream begins ({begin}); say an earlier `stream.from`",
            shown_instant(at, moment)
        )
    }

    /// Whether the rules have what is expected.
    fn check(self, rulebook: &Rulebook) -> Result<(), String> {
        let of = self.of();
        let (per, names): (Option<String>, Vec<String>) = match self {
            Standing::Stage(_) => {
                let Some(found) = rulebook.lifecycle(of) else {
                    let all = rulebook.document().lifecycles.keys().map(String::as_str);
                    return Err(unknown("lifecycle", of, all));
                };
                (
                    found.per().map(str::to_owned),
                    found.stages().map(str::to_owned).collect(),
                )
            }
            Standing::Step(_) => {
                let Some(found) = rulebook.journey(of) else {
                    return Err(unknown(
                        "journey",
                        of,
                        rulebook.journeys().map(|j| j.name()),
                    ));
                };
                (
                    found.per().map(str::to_owned),
                    found.steps().map(str::to_owned).collect(),
                )
            }
        };
        match (per, self.subject()) {
            (Some(per), None) => {
                return Err(format!(
                    "`{of}` is kept for each `{per}`; say which one is meant under `subject` (`{}`)",
                    self.profile()
                ));
            }
            (None, Some(subject)) => {
                return Err(format!(
                    "`{of}` has no subject; leave `subject = \"{subject}\"` out"
                ));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
        let wanted = self.wanted();
        if wanted == "none" || names.iter().any(|name| name == wanted) {
            return Ok(());
        }
        let names = names.iter().map(String::as_str);
        Err(format!(
            "of `{of}`: {}",
            unknown(self.word(), wanted, names)
        ))
    }

    /// Where the profile is now.
    pub(super) fn found(self, engine: &Engine<Record>) -> Found {
        let (profile, of, subject) = (self.profile(), self.of(), self.subject());
        let (name, since) = match self {
            Standing::Stage(_) => {
                let visit = engine.stage_visits().find(|visit| {
                    visit.profile == profile && visit.lifecycle == of && visit.subject == subject
                });
                (
                    visit.map(|v| v.stage.to_owned()),
                    visit.and_then(|v| v.since),
                )
            }
            Standing::Step(_) => {
                let visit = engine.journey_visits().find(|visit| {
                    visit.profile == profile && visit.journey == of && visit.subject == subject
                });
                (visit.map(|v| v.step.to_owned()), visit.map(|v| v.since))
            }
        };
        Found { name, since }
    }

    /// What is wrong, if the profile is elsewhere.
    pub(super) fn mismatch(self, at: Instant, found: &Found, moment: &Moment) -> Option<Mismatch> {
        if found.name.as_deref().unwrap_or("none") == self.wanted() {
            return None;
        }
        let word = self.word();
        let since = found
            .since
            .map(|at| format!(", since {}", shown_instant(at, moment)));
        Some(Mismatch {
            profile: self.profile().to_owned(),
            expected: format!("{} {}", self.text(), shown(at, moment)),
            found: match &found.name {
                None => format!("it in no {word}"),
                Some(name) => format!("it in `{name}`{}", since.unwrap_or_default()),
            },
            nearest: None,
        })
    }

    fn text(self) -> String {
        let subject = self
            .subject()
            .map_or_else(String::new, |s| format!(" (`{s}`)"));
        let (word, wanted) = (self.word(), self.wanted());
        let name = if wanted == "none" {
            format!("no {word}")
        } else {
            format!("`{wanted}`")
        };
        format!("it in {name} of `{}`{subject}", self.of())
    }
}

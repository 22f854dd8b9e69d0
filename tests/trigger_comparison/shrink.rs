//! Failing streams made smaller.

use crate::rulebooks::Occasion;
use crate::rulebooks::journeys::Journey;
use crate::streams::Stream;
use segue_test_support::random::search::smallest;
use segue_test_support::reference::until::show;

/// A failing stream, with whatever can be left out of it left out.
pub(crate) fn report(stream: &Stream, fails: impl Fn(&Stream) -> Option<String>) -> String {
    let (best, error) = smallest(stream, 300, candidates, fails);
    let steps: String = best
        .steps
        .iter()
        .map(|step| format!("\n    {step:?}"))
        .collect();
    format!(
        "seed {}\n  rules: {}\n  lateness: {} s, start {}{steps}\n  {error}",
        best.seed,
        best.rules.document(),
        best.lateness / 1_000_000,
        show(best.start),
    )
}

fn candidates(stream: &Stream) -> Vec<Stream> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Stream)| {
        let mut smaller = stream.clone();
        change(&mut smaller);
        all.push(smaller);
    };
    for i in (0..stream.steps.len()).rev() {
        with(&|s| drop(s.steps.remove(i)));
    }
    for i in 0..stream.rules.triggers.len() {
        with(&|s| drop(s.rules.triggers.remove(i)));
        let acts = &stream.rules.triggers[i].acts;
        let is_journey = stream.rules.triggers[i].journey.is_some();
        for j in (0..acts.len()).filter(|_| !is_journey) {
            with(&|s| _ = s.rules.triggers[i].acts.remove(j));
        }
        if stream.rules.triggers[i].wait.is_some() {
            with(&|s| s.rules.triggers[i].wait = None);
        }
        if is_journey {
            let mut of_journey = |change: &dyn Fn(&mut Journey)| {
                with(&|s| s.rules.triggers[i].journey.as_mut().map_or((), change));
            };
            of_journey(&|j| j.exit = None);
            of_journey(&|j| j.goal = None);
            for n in 0..4 {
                of_journey(&|j| j.steps.get_mut(n).map_or((), |step| step.choices.clear()));
                of_journey(&|j| {
                    j.steps
                        .get_mut(n)
                        .map_or((), |step| step.acts.end = step.acts.start)
                });
            }
        }
        if stream.rules.triggers[i].when.is_some() {
            with(&|s| s.rules.triggers[i].when = None);
        }
    }
    for i in 0..stream.rules.caps.len() {
        with(&|s| _ = s.rules.caps.remove(i));
    }
    for i in 0..stream.rules.channels.len() {
        for j in 0..stream.rules.channels[i].quiet.len() {
            with(&|s| _ = s.rules.channels[i].quiet.remove(j));
        }
        for j in 0..stream.rules.channels[i].windows.len() {
            with(&|s| _ = s.rules.channels[i].windows.remove(j));
        }
    }
    let of_stage = |occasion: &Occasion| matches!(occasion, Occasion::Move { .. });
    if !stream.rules.book.lifecycles.is_empty()
        && !stream.rules.triggers.iter().any(|t| of_stage(&t.on))
    {
        with(&|s| s.rules.book.lifecycles.clear());
    }
    if stream.rules.book.zone != "UTC" {
        with(&|s| s.rules.book.zone = "UTC".into());
    }
    all
}

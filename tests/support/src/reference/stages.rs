//! Stages: a lifecycle is lived through again, instant by instant.

use super::calendar::{self, Micros};
use super::data::{From, Lifecycle, Passage};
use super::value::{DAY, Value};
use super::{Scope, until};
use segue::syntax::{Expr, ExprKind, Literal, Name, OfLifecycle, TimeSpan};
use std::rc::Rc;

impl<'a> Scope<'a> {
    /// The lifecycle and subject that are meant; decisions: "bare `stage`: the rulebook's only lifecycle".
    fn lifecycle(&self, of: Option<&OfLifecycle>) -> (&'a str, Option<String>) {
        let subject = of.and_then(|of| match &of.subject {
            Some(Literal::String(subject)) => Some(subject.clone()),
            _ => None,
        });
        let mut named = self
            .world
            .lifecycles
            .keys()
            .filter(|n| of.is_none_or(|of| of.lifecycle.text == **n));
        let (Some(name), None) = (named.next(), named.next()) else {
            panic!("one lifecycle is meant, not {of:?}")
        };
        (name, subject)
    }

    /// Which lifecycle's stage an expression is.
    pub(super) fn stage_of(&self, expr: &Expr) -> Option<(&'a str, Option<String>)> {
        match &expr.kind {
            ExprKind::Stage(of) => Some(self.lifecycle(Some(of))),
            ExprKind::Path(names) if names.len() == 1 && self.is_bare_stage(&names[0].text) => {
                Some(self.lifecycle(None))
            }
            _ => None,
        }
    }

    fn is_bare_stage(&self, name: &str) -> bool {
        let free = self.world.attribute(name).is_none() && !self.world.traits.contains_key(name);
        name == "stage" && free && !self.world.lifecycles.is_empty()
    }

    /// Everything that ever happens, each instant with the stage before it and the stages entered then.
    pub(super) fn passages(&self, name: &str, subject: Option<&str>) -> Rc<Vec<Passage>> {
        let key = (
            self.profile.id.clone(),
            name.to_owned(),
            subject.map(str::to_owned),
        );
        if let Some(known) = self.world.passages.borrow().get(&key) {
            return known.clone();
        }
        let lifecycle = &self.world.lifecycles[name];
        let found = Rc::new(self.live(lifecycle, subject));
        self.world.passages.borrow_mut().insert(key, found.clone());
        found
    }

    fn live(&self, lifecycle: &Lifecycle, subject: Option<&str>) -> Vec<Passage> {
        let mut instants = std::collections::BTreeSet::from([calendar::FIRST]);
        for stage in &lifecycle.stages {
            instants.extend(until::instants_of_a_life(
                self.world,
                self.profile,
                &stage.when,
            ));
        }
        let of_subject = lifecycle.per.clone().zip(subject.map(str::to_owned));
        let (mut present, mut before): (Option<usize>, Option<Vec<bool>>) = (None, None);
        let mut passages = Vec::new();
        for now in instants {
            let scope = Scope {
                world: self.world,
                profile: self.profile,
                now,
                event: None,
                row: None,
                steps: Vec::new(),
                subject: of_subject.clone(),
                entry: None,
            };
            let holding: Vec<bool> = lifecycle
                .stages
                .iter()
                .map(|s| scope.holds(&s.when))
                .collect();
            // "The conditions of all stages are judged at every instant at which one of them changes."
            if before.as_ref() == Some(&holding) {
                continue;
            }
            let from = present;
            let mut entered = Vec::new();
            // "The first stage in order whose condition holds and which may be entered from the present one is entered; then
            // again from there until no further (no stage twice at one instant)."
            while let Some(next) = (0..lifecycle.stages.len())
                .find(|i| holding[*i] && lifecycle.may_enter(*i, present))
                && present != Some(next)
                && from != Some(next)
                && !entered.contains(&next)
            {
                entered.push(next);
                present = Some(next);
            }
            if !entered.is_empty() {
                passages.push(Passage {
                    at: now,
                    from,
                    entered,
                });
            }
            before = Some(holding);
        }
        passages
    }

    pub(super) fn stage(&self, name: &str, subject: Option<&str>) -> Option<Value> {
        let passages = self.passages(name, subject);
        let last = *passages
            .iter()
            .rfind(|p| p.at <= self.now)?
            .entered
            .last()?;
        Some(Value::Name(
            self.world.lifecycles[name].stages[last].name.clone(),
            last,
        ))
    }

    pub(super) fn in_stage(&self, ever: bool, stage: &Name, of: Option<&OfLifecycle>) -> bool {
        if of.is_none() && !ever && self.world.attribute("stage").is_some() {
            return matches!(self.at("stage", self.now), Some(Value::Name(name, _)) if name == stage.text);
        }
        let (name, subject) = self.lifecycle(of);
        let index = self.world.lifecycles[name].index(&stage.text);
        if ever {
            let passages = self.passages(name, subject.as_deref());
            return passages
                .iter()
                .any(|p| p.at <= self.now && p.entered.contains(&index));
        }
        matches!(self.stage(name, subject.as_deref()), Some(Value::Name(_, i)) if i == index)
    }

    /// What has always been so is no transition.
    pub(super) fn stage_moved(
        &self,
        entered: bool,
        stage: &Name,
        of: Option<&OfLifecycle>,
        within: TimeSpan,
    ) -> bool {
        let (name, subject) = self.lifecycle(of);
        let index = self.world.lifecycles[name].index(&stage.text);
        let low = self.calendar().shift(self.now, within, -1);
        self.passages(name, subject.as_deref()).iter().any(|p| {
            let passed_on = p
                .from
                .iter()
                .chain(&p.entered[..p.entered.len() - 1])
                .any(|i| *i == index);
            p.at > calendar::FIRST
                && (low..=self.now).contains(&p.at)
                && if entered {
                    p.entered.contains(&index)
                } else {
                    passed_on
                }
        })
    }

    /// The instants at which the stages that an expression reads change.
    pub(super) fn stage_instants(&self, expr: &Expr) -> Vec<Micros> {
        let mut found = Vec::new();
        let of = match &expr.kind {
            ExprKind::InStage { of, ever, .. }
                if of.is_some() || *ever || self.is_bare_stage("stage") =>
            {
                Some(self.lifecycle(of.as_deref()))
            }
            ExprKind::StageMove { of, .. } => Some(self.lifecycle(of.as_deref())),
            _ => self.stage_of(expr),
        };
        if let Some((name, subject)) = of {
            found.extend(self.passages(name, subject.as_deref()).iter().map(|p| p.at));
        }
        match &expr.kind {
            ExprKind::InSegment { segments, .. } => {
                for rule in segments
                    .iter()
                    .filter_map(|s| self.world.segments.get(&s.text))
                {
                    found.extend(self.stage_instants(rule));
                }
            }
            ExprKind::SegmentMove { segment, .. } => {
                found.extend(self.stage_instants(&self.world.segments[&segment.text]));
            }
            _ => {}
        }
        until::each_part(expr, &mut |part| found.extend(self.stage_instants(part)));
        found
    }
}

impl Lifecycle {
    fn index(&self, stage: &str) -> usize {
        self.stages
            .iter()
            .position(|s| s.name == stage)
            .unwrap_or_else(|| panic!("no stage `{stage}`"))
    }

    fn may_enter(&self, stage: usize, present: Option<usize>) -> bool {
        match self.stages[stage].from.as_ref().unwrap_or(&self.from) {
            From::Forward => present.is_none_or(|present| present < stage),
            From::Any => true,
            From::These(names) => {
                let name = present.map_or("none", |i| &self.stages[i].name);
                names.iter().any(|n| n == name)
            }
        }
    }
}

/// How far before and behind the data a life is looked at.
pub(super) const MARGIN: Micros = 800 * DAY;

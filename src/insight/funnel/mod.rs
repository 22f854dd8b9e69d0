//! Funnels: how many come to each of several steps, and how long it takes them.

mod any_order;
mod in_order;
mod node;

use super::gathered::{Gathered, share};
use super::groups::{GroupKey, GroupNode, value_words};
use super::report_error::{ReportError, plan_of};
use super::report_span::ReportSpan;
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::population::Members;
use crate::profile::{Model, Profile};
use crate::rulebook::Rulebook;
use crate::rulebook::reports::{FunnelPlan, ReportPlan, StepOrder};
use crate::time::{Duration, Instant};
use crate::value::Scalar;
use node::FunnelNode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Builds a [`Funnel`] from profiles with their events.
///
/// Of each profile the attempt counts that comes furthest; of several, the one that gets there first, and of these the one that began
/// last. Every event is judged as things were when it happened, and is one step of an attempt at most.
///
/// ```
/// use segue::insight::FunnelBuilder;
/// use segue::profile::{Model, Record};
/// use segue::{Duration, Rulebook};
///
/// let rulebook = Rulebook::from_toml(r#"
///     [schema.events]
///     viewed.properties = { product = "string" }
///     purchased.properties = { product = "string" }
///
///     [reports.sales]
///     funnel = ["viewed as v", "purchased(product = v.product)"]
///     within = "7 days"
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-04-01T00:00:00Z".parse()?);
/// let mut funnel = FunnelBuilder::new(&rulebook, &model, "sales", from, until)?;
/// for profile in [
///     r#"{"id": "anna", "events": [
///         {"kind": "viewed", "at": "2026-03-10T10:00:00Z", "props": {"product": "radio"}},
///         {"kind": "purchased", "at": "2026-03-12T10:00:00Z", "props": {"product": "radio"}}]}"#,
///     r#"{"id": "ben", "events": [
///         {"kind": "viewed", "at": "2026-03-10T10:00:00Z", "props": {"product": "radio"}},
///         {"kind": "purchased", "at": "2026-03-12T10:00:00Z", "props": {"product": "lamp"}}]}"#,
/// ] {
///     funnel.record(&Record::from_json(rulebook.schema(), profile)?);
/// }
///
/// let funnel = funnel.build();
/// let people: Vec<u64> = funnel.steps.iter().map(|step| step.people).collect();
/// assert_eq!(people, [2, 1]);
/// assert_eq!(funnel.steps[1].members.iter().collect::<Vec<_>>(), [0]);
/// assert_eq!(funnel.steps[0].median_to_next, Some("2 days".parse::<Duration>()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FunnelBuilder<P: Profile> {
    plan: Arc<FunnelPlan>,
    span: ReportSpan,
    node: FunnelNode<P>,
    by: Option<GroupNode<P>>,
    recorded: usize,
    total: Vec<StepCount>,
    groups: BTreeMap<GroupKey, Vec<StepCount>>,
}

/// How many come to each step of a funnel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Funnel {
    /// From when on events count (included).
    pub from: Instant,
    /// Up to when (excluded).
    pub until: Instant,
    /// The steps, in order.
    pub steps: Vec<FunnelStep>,
    /// The value by which people are told apart, as it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// The same for those of each value, by the order of the values; empty where nothing tells people apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<FunnelGroup>,
}

/// A funnel of those whose value is the same at the first step of their attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FunnelGroup {
    /// The value; `None` of those who have none.
    pub value: Option<Scalar>,
    /// The steps, in order.
    pub steps: Vec<FunnelStep>,
}

/// A step of a funnel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FunnelStep {
    /// The step as it is written; in a funnel without order how many of the steps are done, `2 of 3`.
    pub step: Arc<str>,
    /// How many came to it.
    pub people: u64,
    /// The share of those who came to the first step, from 0 to 1; `None` if nobody did.
    pub of_first: Option<f64>,
    /// The share of those who came to the step before; of the first step, of itself. `None` if nobody did.
    pub of_before: Option<f64>,
    /// How many came no further. At the last step nobody is lost.
    pub lost: u64,
    /// How many of these still have time: an attempt of theirs can go on at `until`. Where a funnel has no `within`, nobody is said to.
    pub open: u64,
    /// The median of the time until the next step, of those who came to it: the shortest that half of them, at least, did not exceed.
    pub median_to_next: Option<Duration>,
    /// Those who came to it, by position in the order in which they were recorded.
    #[serde(skip)]
    pub members: Members,
    /// Those who came no further.
    #[serde(skip)]
    pub lost_members: Members,
    /// Those of them who still have time.
    #[serde(skip)]
    pub open_members: Members,
}

/// How far a profile comes.
#[derive(Clone, Debug, Default)]
struct FunnelProgress {
    /// The instants at which it does the steps.
    times: Vec<i64>,
    /// Whether it may come further after `until`.
    is_open: bool,
}

#[derive(Clone, Debug, Default)]
struct StepCount {
    came: Gathered,
    open: Gathered,
    /// How long it took those who went on.
    to_next: Vec<i64>,
}

impl<P: Profile> FunnelBuilder<P> {
    /// Counts attempts whose events are at or after `from` and before `until`.
    ///
    /// # Errors
    /// If the rulebook has no such report, if it is no funnel, or if the profile type lacks what it reads.
    pub fn new(
        rulebook: &Rulebook,
        model: &Model<P>,
        name: &str,
        from: Instant,
        until: Instant,
    ) -> Result<Self, ReportError> {
        match plan_of(rulebook, name)? {
            ReportPlan::Funnel(plan) => Self::bind(plan, rulebook, model, (from, until)),
            _ => Err(ReportError::other_kind(name, "funnel")),
        }
    }

    pub(super) fn bind(
        plan: &Arc<FunnelPlan>,
        rulebook: &Rulebook,
        model: &Model<P>,
        span: (Instant, Instant),
    ) -> Result<Self, ReportError> {
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let node = FunnelNode::bind(plan, &mut binder);
        let by = plan.by.as_ref().map(|by| GroupNode::bind(by, &mut binder));
        binder.finish()?;
        Ok(FunnelBuilder {
            plan: plan.clone(),
            span: ReportSpan::of(span),
            node,
            by,
            recorded: 0,
            total: vec![StepCount::default(); plan.steps.len()],
            groups: BTreeMap::new(),
        })
    }

    /// Counts how far a profile comes.
    pub fn record(&mut self, profile: &P) {
        let position = self.recorded;
        self.recorded += 1;
        let (from, until) = self.span.micros();
        let events = self.node.happenings(profile, from, until);
        let progress = match self.node.order {
            StepOrder::AsWritten => in_order::progress(&self.node, profile, &events, until),
            StepOrder::Any => any_order::progress(&self.node, &events, until),
        };
        let Some(first) = progress.times.first() else {
            return;
        };
        if let Some(by) = &self.by {
            let key = by.key(&Ctx::new(profile, *first));
            let steps = self.total.len();
            let group = self.groups.entry(key);
            let group = group.or_insert_with(|| vec![StepCount::default(); steps]);
            note(group, position, &progress);
        }
        note(&mut self.total, position, &progress);
    }

    /// The funnel.
    #[must_use]
    pub fn build(&self) -> Funnel {
        let groups = self.groups.iter().map(|(key, counts)| FunnelGroup {
            value: key.value.clone(),
            steps: self.steps(counts),
        });
        Funnel {
            from: self.span.from,
            until: self.span.until,
            steps: self.steps(&self.total),
            by: self.plan.by.as_ref().map(|by| by.text().into()),
            groups: groups.collect(),
        }
    }

    fn steps(&self, counts: &[StepCount]) -> Vec<FunnelStep> {
        let n = counts.len();
        let first = counts.first().map_or(0, |first| first.came.count());
        let mut before = first;
        let steps = counts.iter().enumerate().map(|(i, count)| {
            let members = count.came.members(self.recorded);
            let lost_members = match counts.get(i + 1) {
                Some(next) => &members - &next.came.members(self.recorded),
                None => Members::none(self.recorded),
            };
            let open_members = count.open.members(self.recorded);
            let people = count.came.count();
            let of_before = share(people, std::mem::replace(&mut before, people));
            FunnelStep {
                step: self.name(i, n),
                people,
                of_first: share(people, first),
                of_before,
                lost: u64::try_from(lost_members.count()).unwrap_or(u64::MAX),
                open: count.open.count(),
                median_to_next: median(&count.to_next),
                members,
                lost_members,
                open_members,
            }
        });
        steps.collect()
    }

    fn name(&self, step: usize, of: usize) -> Arc<str> {
        match (self.plan.order, self.plan.steps.get(step)) {
            (StepOrder::AsWritten, Some(step)) => step.text.clone(),
            _ => format!("{} of {of}", step + 1).into(),
        }
    }
}

fn note(counts: &mut [StepCount], position: usize, progress: &FunnelProgress) {
    let times = &progress.times;
    for (i, (count, at)) in counts.iter_mut().zip(times).enumerate() {
        count.came.add(position);
        if let Some(next) = times.get(i + 1) {
            count.to_next.push(next.saturating_sub(*at));
        } else if progress.is_open {
            count.open.add(position);
        }
    }
}

/// The value at rank ⌈n/2⌉ of n.
fn median(lengths: &[i64]) -> Option<Duration> {
    let mut lengths = lengths.to_vec();
    lengths.sort_unstable();
    let nth = lengths.len().checked_sub(1)? / 2;
    lengths
        .get(nth)
        .map(|micros| Duration::from_micros(*micros))
}

impl Funnel {
    /// The people behind each number, and what the number is.
    #[must_use]
    pub fn members(&self) -> Vec<(String, &Members)> {
        let mut all = Vec::new();
        list(&mut all, "", &self.steps);
        for group in &self.groups {
            let value = value_words(group.value.as_ref());
            let by = self.by.as_deref().unwrap_or_default();
            list(&mut all, &format!("{by} = {value}, "), &group.steps);
        }
        all
    }
}

fn list<'f>(all: &mut Vec<(String, &'f Members)>, of: &str, steps: &'f [FunnelStep]) {
    for (i, step) in steps.iter().enumerate() {
        let name = format!("{of}step {} ({})", i + 1, step.step);
        all.push((format!("{name}: came to it"), &step.members));
        if i + 1 < steps.len() {
            all.push((format!("{name}: came no further"), &step.lost_members));
            all.push((format!("{name}: still have time"), &step.open_members));
        }
    }
}

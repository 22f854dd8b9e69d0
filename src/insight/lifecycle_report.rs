//! Stock and flow of lifecycle stages: how many profiles are in each, how many entered and left, how long they stayed.

use super::durations::{StageDurations, VisitLengths};
use super::periods::Periods;
use crate::engine::{Engine, EngineOutput, LiveProfile, OutputKind, StageTransition, StageVisit};
use crate::rulebook::{Lifecycle, Matrix, Rulebook};
use crate::time::{CalendarUnit, Instant};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Builds [`LifecycleReport`]s from the output of an engine: by stage and calendar period, how many profiles entered and left,
/// and how many were in the stage at the period's end.
///
/// It is given everything that an engine reports, in that order ([`record`](Self::record)). It keeps counts and the current
/// stage of each profile, not the transitions. A lifecycle that is kept per value of a property counts each of them.
///
/// Stock, entered and left always balance: the stock at the end of a period is that at its beginning, plus who entered, minus
/// who left. A transition that a late event caused counts in the period in which it took effect.
///
/// ```
/// use segue::engine::Engine;
/// use segue::insight::LifecycleReportBuilder;
/// use segue::profile::{Model, Record, RecordEvent};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     timezone = "Europe/Rome"
///     schema.events.purchased = {}
///
///     [lifecycles.recency]
///     from = "any"
///     stages = [
///         { name = "active", when = "purchased within 30 days" },
///         { name = "lost", when = "purchased" },
///     ]
/// "#)?;
/// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
/// let mut report = LifecycleReportBuilder::new(&rulebook, "2026-01-01T00:00:00+01:00".parse()?);
/// let mut out = Vec::new();
/// for (customer, at) in [("anna", "2026-01-10T12:00:00Z"), ("ben", "2026-01-20T12:00:00Z"), ("ben", "2026-02-12T12:00:00Z")] {
///     let _ = engine.observe(customer, RecordEvent::new(rulebook.schema(), "purchased", at, [])?, &mut out);
/// }
/// engine.advance("2026-02-28T22:00:00Z".parse()?, &mut out);
/// out.iter().for_each(|output| report.record(output));
///
/// let reports = report.build(engine.now());
/// let recency = &reports[0];
/// assert_eq!(recency.periods.iter().map(|p| &*p.name).collect::<Vec<_>>(), ["2026-01", "2026-02"]);
/// let active = &recency.periods[1].stages[0];
/// assert_eq!((&*active.stage, active.entered, active.left, active.stock), ("active", 0, 1, 1));
/// assert_eq!(recency.durations[0].median, Some("30 days".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct LifecycleReportBuilder {
    from: Instant,
    periods: Periods,
    lifecycles: Vec<LifecycleCounts>,
}

/// The counts of one lifecycle. Stages are numbered in the order in which they are declared.
#[derive(Clone, Debug)]
struct LifecycleCounts {
    name: Arc<str>,
    stages: Vec<Arc<str>>,
    /// By profile and subject.
    current: HashMap<(Arc<str>, Option<Arc<str>>), CurrentStage>,
    /// By stage: how many were in it just before the first period.
    start: Vec<u64>,
    /// By the number of the period, then by stage.
    periods: BTreeMap<i64, Vec<Turnover>>,
    transitions: BTreeMap<(Option<usize>, Option<usize>), u64>,
    /// By stage: the visits that have ended and whose beginning is known.
    ended: Vec<VisitLengths>,
    matrix: Option<Matrix>,
    least: Option<u64>,
    /// By stage.
    goals: BTreeMap<Arc<str>, Arc<str>>,
}

#[derive(Clone, Copy, Debug)]
struct CurrentStage {
    stage: Option<usize>,
    /// `None` if the beginning is not known.
    since: Option<Instant>,
}

/// How many entered and left a stage in a period.
#[derive(Clone, Copy, Debug, Default)]
struct Turnover {
    entered: u64,
    left: u64,
}

/// Stock and flow of one lifecycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LifecycleReport {
    /// The lifecycle's name.
    pub lifecycle: Arc<str>,
    /// The stock of each stage just before the first period, in the order in which stages are declared.
    pub start: Vec<StageFlow>,
    /// The periods in order, without gaps.
    pub periods: Vec<PeriodFlow>,
    /// How often each transition was made, by the stages in the order in which they are declared; those from no stage come
    /// first.
    #[serde(rename = "moves")]
    pub transitions: Vec<TransitionCount>,
    /// How long profiles stayed in each stage.
    #[serde(rename = "stays")]
    pub durations: Vec<StageDurations>,
    /// The stock at the end as a table, if the lifecycle comes from the template `matrix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<MatrixStock>,
    /// The stages that have fewer profiles at the end than the lifecycle's `least`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_small: Option<TooSmall>,
    /// What the company wants of those who are in a stage, by the stage, as far as the rule file says it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub goals: BTreeMap<Arc<str>, Arc<str>>,
}

/// The stock of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MatrixStock {
    /// What the rows are.
    pub row_name: Arc<str>,
    /// What the columns are.
    pub column_name: Arc<str>,
    /// The values of the columns.
    pub columns: Vec<Arc<str>>,
    /// The rows.
    pub rows: Vec<MatrixRow>,
}

/// A row of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MatrixRow {
    /// The value of the row.
    pub row: Arc<str>,
    /// How many profiles are in its cell of each column.
    pub stock: Vec<u64>,
}

/// Stages that are too small to be worked with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TooSmall {
    /// How many profiles a stage should have.
    pub least: u64,
    /// The stages that have fewer, in the order in which they are declared. It may be empty.
    pub stages: Vec<Arc<str>>,
}

/// One calendar period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeriodFlow {
    /// `2026-01` for a month, `2026-01-05` for a day or the first day of a week, `2026-Q1`, `2026`.
    pub name: String,
    /// The first instant of the period, or the instant from which the builder counts if that is later.
    pub from: Instant,
    /// The end of the period (excluded), or the instant just after the end of the count if that is earlier.
    pub until: Instant,
    /// By stage, in the order in which they are declared.
    pub stages: Vec<StageFlow>,
}

/// A stage in a calendar period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StageFlow {
    /// The stage's name.
    pub stage: Arc<str>,
    /// How many entered it.
    pub entered: u64,
    /// How many left it.
    pub left: u64,
    /// How many were in it at the end of the period.
    pub stock: u64,
}

/// How often a transition was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TransitionCount {
    /// The stage that was left; `None` if it was no stage.
    pub from: Option<Arc<str>>,
    /// The stage that was entered; `None` only if a late event took back a first transition.
    pub to: Option<Arc<str>>,
    /// How often.
    pub count: u64,
}

impl LifecycleReportBuilder {
    /// Counts by calendar months in the rulebook's time zone, from an instant on (included).
    #[must_use]
    pub fn new(rulebook: &Rulebook, from: Instant) -> Self {
        LifecycleReportBuilder {
            from,
            periods: Periods::new(rulebook, CalendarUnit::Month),
            lifecycles: rulebook
                .lifecycles()
                .map(|(name, lifecycle)| LifecycleCounts::new(name, &lifecycle))
                .collect(),
        }
    }

    /// Counts by another calendar unit. Call it before anything is recorded.
    #[must_use]
    pub fn by(mut self, unit: CalendarUnit) -> Self {
        self.periods.unit = unit;
        self
    }

    /// Records the current stages of profiles that it has not met yet: they have been there since before the first period.
    ///
    /// Call it when the engine has its profiles, and again at the end: a subject that an event brings may be in a stage from
    /// the beginning, which no output reports.
    pub fn take_stock<P: LiveProfile>(&mut self, engine: &Engine<P>) {
        for visit in engine.stage_visits() {
            if let Some(counts) = self.counts_mut(visit.lifecycle) {
                counts.take_stock(&visit);
            }
        }
    }

    /// Counts an output of the engine. Only stage changes matter.
    pub fn record(&mut self, output: &EngineOutput) {
        let OutputKind::StageChanged(transition) = &output.kind else {
            return;
        };
        let period = self.periods.number(output.at.max(self.from));
        if let Some(counts) = self.counts_mut(&transition.lifecycle) {
            counts.record(output, transition, period);
        }
    }

    /// How many profiles are in a stage after everything that was recorded; `None` if there is no such lifecycle or stage.
    #[must_use]
    pub fn stock(&self, lifecycle: &str, stage: &str) -> Option<u64> {
        let counts = self.lifecycles.iter().find(|c| *c.name == *lifecycle)?;
        let stage = counts.stages.iter().position(|s| **s == *stage)?;
        let start = counts.start.get(stage).copied()?;
        let turnovers = counts.periods.values().filter_map(|of| of.get(stage));
        Some(turnovers.fold(start, |stock, turnover| turnover.applied_to(stock)))
    }

    /// The reports by lifecycle, with all periods up to the one that contains `until`. Visits that are still open then have
    /// lasted until then.
    #[must_use]
    pub fn build(&self, until: Instant) -> Vec<LifecycleReport> {
        self.lifecycles
            .iter()
            .map(|counts| counts.report(&self.periods, self.from, until))
            .collect()
    }

    fn counts_mut(&mut self, lifecycle: &str) -> Option<&mut LifecycleCounts> {
        self.lifecycles.iter_mut().find(|c| *c.name == *lifecycle)
    }
}

impl MatrixStock {
    /// `stock` is that of each stage: row by row.
    fn new(matrix: &Matrix, stock: &[u64]) -> Self {
        let texts = |names: &[String]| names.iter().map(|name| name.as_str().into()).collect();
        let rows = (matrix.rows.iter()).zip(stock.chunks(matrix.columns.len().max(1)));
        MatrixStock {
            row_name: matrix.row_name.as_str().into(),
            column_name: matrix.column_name.as_str().into(),
            columns: texts(&matrix.columns),
            rows: rows
                .map(|(row, stock)| MatrixRow {
                    row: row.as_str().into(),
                    stock: stock.to_vec(),
                })
                .collect(),
        }
    }
}

impl Turnover {
    fn applied_to(&self, stock: u64) -> u64 {
        stock.saturating_add(self.entered).saturating_sub(self.left)
    }
}

impl LifecycleCounts {
    fn new(name: &str, lifecycle: &Lifecycle) -> Self {
        let stages: Vec<Arc<str>> = lifecycle.stages().map(Arc::from).collect();
        LifecycleCounts {
            name: name.into(),
            current: HashMap::new(),
            start: vec![0; stages.len()],
            periods: BTreeMap::new(),
            transitions: BTreeMap::new(),
            ended: vec![VisitLengths::default(); stages.len()],
            goals: (stages.iter())
                .filter_map(|stage| Some((stage.clone(), lifecycle.goal(stage)?.into())))
                .collect(),
            stages,
            matrix: lifecycle.matrix().cloned(),
            least: lifecycle.least(),
        }
    }

    fn take_stock(&mut self, visit: &StageVisit<'_>) {
        let stage = self.stages.iter().position(|s| **s == *visit.stage);
        let key = (visit.profile.into(), visit.subject.map(Arc::from));
        if !self.current.contains_key(&key) {
            self.add_to_start(stage);
            let since = visit.since;
            self.current.insert(key, CurrentStage { stage, since });
        }
    }

    fn add_to_start(&mut self, stage: Option<usize>) {
        if let Some(start) = stage.and_then(|stage| self.start.get_mut(stage)) {
            *start += 1;
        }
    }

    fn record(&mut self, output: &EngineOutput, transition: &StageTransition, period: i64) {
        let number =
            |name: &Option<Arc<str>>| self.stages.iter().position(|s| Some(s) == name.as_ref());
        let (from, to) = (number(&transition.from), number(&transition.to));
        let key = (Arc::from(&*output.profile), transition.subject.clone());
        let current = CurrentStage {
            stage: to,
            since: Some(output.at),
        };
        let previous = self.current.insert(key, current);
        if previous.is_none() {
            self.add_to_start(from);
        }
        let turnovers = self
            .periods
            .entry(period)
            .or_insert_with(|| vec![Turnover::default(); self.stages.len()]);
        if let Some(turnover) = from.and_then(|stage| turnovers.get_mut(stage)) {
            turnover.left += 1;
        }
        if let Some(turnover) = to.and_then(|stage| turnovers.get_mut(stage)) {
            turnover.entered += 1;
        }
        *self.transitions.entry((from, to)).or_default() += 1;
        if let Some(since) = previous.and_then(|p| p.since)
            && let Some(ended) = from.and_then(|stage| self.ended.get_mut(stage))
        {
            ended.add(since, output.at);
        }
    }

    fn report(&self, periods: &Periods, from: Instant, until: Instant) -> LifecycleReport {
        let name = |stage: &Option<usize>| stage.and_then(|i| self.stages.get(i)).cloned();
        let start = self.stages.iter().zip(&self.start);
        let periods = self.flows(periods, from, until);
        let stock: Vec<u64> = periods.last().map_or_else(
            || self.start.clone(),
            |period| period.stages.iter().map(|stage| stage.stock).collect(),
        );
        LifecycleReport {
            lifecycle: self.name.clone(),
            start: start
                .map(|(stage, stock)| StageFlow {
                    stage: stage.clone(),
                    entered: 0,
                    left: 0,
                    stock: *stock,
                })
                .collect(),
            periods,
            transitions: (self.transitions.iter())
                .map(|((from, to), count)| TransitionCount {
                    from: name(from),
                    to: name(to),
                    count: *count,
                })
                .collect(),
            durations: (0..)
                .zip(self.stages.iter().zip(&self.ended))
                .map(|(number, (stage, ended))| {
                    let here = self.current.values().filter(|c| c.stage == Some(number));
                    ended.durations(stage.clone(), here.map(|c| c.since), until)
                })
                .collect(),
            matrix: (self.matrix.as_ref()).map(|matrix| MatrixStock::new(matrix, &stock)),
            goals: self.goals.clone(),
            too_small: self.least.map(|least| TooSmall {
                least,
                stages: (self.stages.iter().zip(&stock))
                    .filter(|(_, stock)| **stock < least)
                    .map(|(stage, _)| stage.clone())
                    .collect(),
            }),
        }
    }

    fn flows(&self, periods: &Periods, from: Instant, until: Instant) -> Vec<PeriodFlow> {
        let last_counted = self.periods.keys().next_back().copied();
        let last = periods.number(until).max(last_counted.unwrap_or(i64::MIN));
        let mut stock = self.start.clone();
        let flow = |number| {
            let turnovers = self.periods.get(&number);
            let stages = self.stages.iter().zip(&mut stock).enumerate();
            let stages = stages.map(|(i, (stage, stock))| {
                let turnover = turnovers.and_then(|t| t.get(i)).copied();
                let turnover = turnover.unwrap_or_default();
                *stock = turnover.applied_to(*stock);
                StageFlow {
                    stage: stage.clone(),
                    entered: turnover.entered,
                    left: turnover.left,
                    stock: *stock,
                }
            });
            let end = periods.start(number + 1);
            PeriodFlow {
                name: periods.name(number),
                from: periods.start(number).max(from),
                until: if until < end {
                    Instant::from_micros(until.micros().saturating_add(1))
                } else {
                    end
                },
                stages: stages.collect(),
            }
        };
        (periods.number(from)..=last).map(flow).collect()
    }
}

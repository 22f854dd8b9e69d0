//! What happens at touchpoints, how their goals stand, and which events no touchpoint covers.

use super::kpi::{KpiNode, Measured, TargetStatus};
use super::periods::Periods;
use crate::engine::{is_in, scalar};
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::eval::{BindError, Binder, given};
use crate::ir::Ty;
use crate::profile::{Accessor, Event, Model, Profile};
use crate::rulebook::{Rulebook, TouchpointDocument};
use crate::time::{CalendarUnit, Duration, Instant, Zone};
use crate::value::{Scalar, Type};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Builds a [`TouchpointReport`] from profiles with their events.
///
/// An event belongs to a touchpoint if it passes the touchpoint's test with the profile as it was when it happened. Events before
/// `from` count only where one that follows them is credited to them, events at or after `until` for nothing.
///
/// ```
/// use segue::insight::{TargetStatus, TouchpointReportBuilder};
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     [schema.events.visited]
///     subject = "page"
///     properties = { page = "string" }
///     [schema.events.purchased]
///
///     [touchpoints.home_page]
///     events = 'visited("home")'
///     goal = "traffic"
///     kpi = { people = 'visited("home")', per = "month", target = 1 }
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-05-01T00:00:00Z".parse()?);
/// let mut report = TouchpointReportBuilder::new(&rulebook, &model, from, until)?;
/// report.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "visited", "at": "2026-03-10T10:00:00Z", "props": {"page": "home"}},
///     {"kind": "visited", "at": "2026-03-11T10:00:00Z", "props": {"page": "home"}},
///     {"kind": "purchased", "at": "2026-04-10T10:00:00Z"}]}"#)?);
///
/// let report = report.build();
/// let march = &report.touchpoints[0].periods[0];
/// assert_eq!((march.events, march.people, march.status), (2, 1, Some(TargetStatus::Reached)));
/// assert_eq!(report.touchpoints[0].periods[1].status, Some(TargetStatus::Below));
/// assert_eq!((report.coverage.events, report.coverage.unmapped), (3, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TouchpointReportBuilder<P: Profile> {
    rulebook: Rulebook,
    from: Instant,
    until: Instant,
    zone: Zone,
    touchpoints: Vec<TouchpointPlan<P>>,
    kinds: Vec<KindPlan<P>>,
    coverage: CoverageCounts,
}

/// A touchpoint and what was counted at it.
struct TouchpointPlan<P: Profile> {
    name: Arc<str>,
    events: SelectNode<P>,
    kpi: Option<KpiNode<P>>,
    periods: Periods,
    total: Counts,
    by_period: BTreeMap<i64, PeriodCounts>,
}

/// A kind of events of the profile type.
struct KindPlan<P: Profile> {
    name: Arc<str>,
    subject: Option<(Accessor<P::Event>, Ty)>,
    /// The first property that is a duration: how long somebody was there.
    duration: Option<Accessor<P::Event>>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    events: u64,
    people: u64,
    time_spent: i128,
    measured: Measured,
}

/// Everybody, and those of them who are in the global control group.
#[derive(Clone, Debug, Default)]
struct PeriodCounts {
    all: Counts,
    control: Counts,
}

#[derive(Clone, Debug, Default)]
struct CoverageCounts {
    events: u64,
    unknown: u64,
    /// By the position of the kind and the subject.
    unmapped: HashMap<(usize, Option<String>), u64>,
    /// By the positions of two touchpoints, the lower first.
    overlaps: BTreeMap<(usize, usize), u64>,
}

/// What happened at the touchpoints of a rulebook between two instants.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TouchpointReport {
    /// From when on events are counted (included).
    pub from: Instant,
    /// Up to when (excluded).
    pub until: Instant,
    /// The touchpoints, in the order in which they are declared.
    pub touchpoints: Vec<TouchpointFlow>,
    /// What the touchpoints cover.
    pub coverage: Coverage,
    /// The pairs of touchpoints that have events in common, the most first.
    pub overlaps: Vec<TouchpointOverlap>,
}

/// One touchpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TouchpointFlow {
    /// Its name.
    pub touchpoint: Arc<str>,
    /// What the rule file says of it.
    #[serde(flatten)]
    pub document: TouchpointDocument,
    /// How many events there were.
    #[serde(rename = "total_events")]
    pub total: u64,
    /// How many profiles had one.
    pub people: u64,
    /// How long they were there, by the first property of each kind that is a duration; `None` if no kind of these events has one.
    pub time_spent: Option<Duration>,
    /// The calendar periods, without gaps: those of the KPI, or of [`TouchpointReportBuilder::by`].
    pub periods: Vec<TouchpointPeriod>,
}

/// A touchpoint in one calendar period.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TouchpointPeriod {
    /// `2026-01` for a month, `2026-01-05` for a day or the first day of a week, `2026-Q1`, `2026`.
    pub name: String,
    /// The first instant of the period that is counted (included).
    pub from: Instant,
    /// The end of what is counted (excluded).
    pub until: Instant,
    /// How many events there were.
    pub events: u64,
    /// How many profiles had one.
    pub people: u64,
    /// How long they were there.
    pub time_spent: Option<Duration>,
    /// What the KPI comes to; missing without a KPI, and where there is nothing of which to take an average or a share.
    pub value: Option<Scalar>,
    /// How that stands to the target, if there is one.
    pub status: Option<TargetStatus>,
    /// Those of the global control group, who are among the others as well; `None` if the rulebook has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlGroup>,
}

/// What the global control group did at a touchpoint in one period.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ControlGroup {
    /// How many events there were.
    pub events: u64,
    /// How many profiles had one.
    pub people: u64,
    /// What the KPI comes to.
    pub value: Option<Scalar>,
}

/// Which events the touchpoints cover.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Coverage {
    /// How many events there were.
    pub events: u64,
    /// How many of them belong to no touchpoint.
    pub unmapped: u64,
    /// These by kind and subject, the most first.
    pub unmapped_by: Vec<UnmappedEvents>,
    /// The touchpoints at which nothing happened.
    pub unreached: Vec<Arc<str>>,
    /// How many events are those of people of whom nothing else is known.
    pub unknown: u64,
}

/// Events that belong to no touchpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnmappedEvents {
    /// Their kind.
    pub kind: Arc<str>,
    /// The value of the kind's subject; `None` where the kind has none, or the event no value.
    pub subject: Option<String>,
    /// How many.
    pub events: u64,
}

/// Two touchpoints that have events in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TouchpointOverlap {
    /// Their names, in the order in which they are declared.
    pub touchpoints: [Arc<str>; 2],
    /// How many events belong to both.
    pub events: u64,
}

/// The four questions that are asked before anything is automated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TouchpointAudit {
    /// How many events there were.
    pub events: u64,
    /// Are all touchpoints known? How many events belong to none.
    pub unmapped: u64,
    /// Is what happens there known? The touchpoints at which nothing happened.
    pub without_actions: Vec<Arc<str>>,
    /// The touchpoints of which no kind of events says how long it took.
    pub without_time: Vec<Arc<str>>,
    /// Is it known what they are for? The touchpoints without a goal.
    pub without_goal: Vec<Arc<str>>,
    /// Those without a KPI.
    pub without_kpi: Vec<Arc<str>>,
    /// Is it known who the people are? How many events are those of people of whom nothing else is known.
    pub unknown: u64,
}

impl<P: Profile> TouchpointReportBuilder<P> {
    /// Reports on events at or after `from` and before `until`.
    ///
    /// # Errors
    /// If the profile type lacks something that a touchpoint reads, or has it with another type.
    pub fn new(
        rulebook: &Rulebook,
        model: &Model<P>,
        from: Instant,
        until: Instant,
    ) -> Result<Self, BindError> {
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let touchpoints = rulebook.touchpoints.iter().map(|touchpoint| {
            let kpi = touchpoint.kpi.as_ref();
            TouchpointPlan {
                name: touchpoint.name.clone(),
                events: binder.select(&touchpoint.events),
                kpi: kpi.map(|kpi| KpiNode::bind(&kpi.measure, kpi.target, &mut binder)),
                periods: Periods::new(rulebook, kpi.map_or(CalendarUnit::Month, |kpi| kpi.per)),
                total: Counts::default(),
                by_period: BTreeMap::new(),
            }
        });
        let touchpoints = touchpoints.collect();
        binder.finish()?;
        Ok(TouchpointReportBuilder {
            rulebook: rulebook.clone(),
            from,
            until,
            zone: calendar.zone,
            touchpoints,
            kinds: kinds(model),
            coverage: CoverageCounts::default(),
        })
    }

    /// Counts touchpoints without a KPI by another calendar unit than months. Call it before anything is recorded.
    #[must_use]
    pub fn by(mut self, unit: CalendarUnit) -> Self {
        let without = self.touchpoints.iter_mut().filter(|t| t.kpi.is_none());
        without.for_each(|touchpoint| touchpoint.periods.unit = unit);
        self
    }

    /// Counts the events of a profile.
    pub fn record(&mut self, profile: &P) {
        self.count(profile, true);
    }

    /// The same of a profile of which nothing but its events is known.
    pub fn record_unknown(&mut self, profile: &P) {
        self.count(profile, false);
    }

    fn count(&mut self, profile: &P, is_known: bool) {
        let holdout = self.rulebook.sending.holdout.as_ref();
        let is_control = holdout.is_some_and(|group| is_in(group, profile.id()));
        let n = self.touchpoints.len();
        let mut touched: Vec<Vec<i64>> = vec![Vec::new(); n];
        let mut followers: Vec<Vec<i64>> = vec![Vec::new(); n];
        let mut seen: Vec<BTreeMap<i64, Counts>> = vec![BTreeMap::new(); n];
        let (from, until) = (self.from.micros(), self.until.micros());
        let mut coverage = std::mem::take(&mut self.coverage);
        for (number, kind) in self.kinds.iter().enumerate() {
            for event in Ctx::new(profile, until)
                .of_kind(number)
                .iter(i64::MIN, until)
            {
                let at = event.at().micros();
                let ctx = Ctx::new(profile, at);
                let is_counted = at >= from;
                let mut mapped = Vec::new();
                for (nth, touchpoint) in self.touchpoints.iter().enumerate() {
                    let period = touchpoint.periods.number(event.at());
                    if touchpoint.has(&ctx, number, event) {
                        mapped.push(nth);
                        touched
                            .get_mut(nth)
                            .into_iter()
                            .for_each(|all| all.push(at));
                        if let Some(seen) = seen.get_mut(nth).filter(|_| is_counted) {
                            let counts = seen.entry(period).or_default();
                            counts.events += 1;
                            counts.time_spent += kind.time_spent(event);
                        }
                    }
                    let Some(kpi) = touchpoint.kpi.as_ref() else {
                        continue;
                    };
                    if kpi.counts(&ctx, number, event) {
                        followers
                            .get_mut(nth)
                            .into_iter()
                            .for_each(|all| all.push(at));
                        if let Some(seen) = seen.get_mut(nth).filter(|_| is_counted) {
                            let counts = seen.entry(period).or_default();
                            kpi.add(&ctx, event, &mut counts.measured);
                        }
                    }
                }
                if is_counted {
                    coverage.add(&mapped, is_known, || {
                        (number, kind.subject(event, &self.rulebook))
                    });
                }
            }
        }
        self.coverage = coverage;
        let lists = touched.iter_mut().zip(followers.iter_mut());
        for (touchpoint, (lists, seen)) in self.touchpoints.iter_mut().zip(lists.zip(seen)) {
            let (touched, followers) = lists;
            touched.sort_unstable();
            followers.sort_unstable();
            touchpoint.take(seen, (touched, followers), from, self.zone, is_control);
        }
    }

    /// The report.
    #[must_use]
    pub fn build(&self) -> TouchpointReport {
        let has_control = self.rulebook.sending.holdout.is_some();
        let document = |name: &str| self.rulebook.document().touchpoints.get(name).cloned();
        let touchpoints = self.touchpoints.iter().map(|touchpoint| {
            let has_time = touchpoint.events.kinds.iter().any(|kind| {
                let kind = self.kinds.get(*kind);
                kind.is_some_and(|kind| kind.duration.is_some())
            });
            let time = |counts: &Counts| has_time.then(|| length(counts.time_spent));
            TouchpointFlow {
                touchpoint: touchpoint.name.clone(),
                document: document(&touchpoint.name).unwrap_or_default(),
                total: touchpoint.total.events,
                people: touchpoint.total.people,
                time_spent: time(&touchpoint.total),
                periods: touchpoint.flows(self.from, self.until, has_control, time),
            }
        });
        TouchpointReport {
            from: self.from,
            until: self.until,
            touchpoints: touchpoints.collect(),
            coverage: self.coverage(),
            overlaps: self.overlaps(),
        }
    }

    fn coverage(&self) -> Coverage {
        let unmapped = self.coverage.unmapped.iter();
        let mut unmapped_by: Vec<UnmappedEvents> = unmapped
            .filter_map(|((kind, subject), events)| {
                Some(UnmappedEvents {
                    kind: self.kinds.get(*kind)?.name.clone(),
                    subject: subject.clone(),
                    events: *events,
                })
            })
            .collect();
        unmapped_by.sort_unstable_by(|a, b| {
            (b.events, &a.kind, &a.subject).cmp(&(a.events, &b.kind, &b.subject))
        });
        let unreached = self.touchpoints.iter().filter(|t| t.total.events == 0);
        Coverage {
            events: self.coverage.events,
            unmapped: unmapped_by.iter().map(|of| of.events).sum(),
            unmapped_by,
            unreached: unreached
                .map(|touchpoint| touchpoint.name.clone())
                .collect(),
            unknown: self.coverage.unknown,
        }
    }

    fn overlaps(&self) -> Vec<TouchpointOverlap> {
        let name = |nth: usize| Some(self.touchpoints.get(nth)?.name.clone());
        let overlaps = self.coverage.overlaps.iter();
        let mut overlaps: Vec<TouchpointOverlap> = overlaps
            .filter_map(|((one, other), events)| {
                Some(TouchpointOverlap {
                    touchpoints: [name(*one)?, name(*other)?],
                    events: *events,
                })
            })
            .collect();
        overlaps.sort_by_key(|overlap| std::cmp::Reverse(overlap.events));
        overlaps
    }
}

impl TouchpointReport {
    /// The four questions that are asked before anything is automated.
    #[must_use]
    pub fn audit(&self) -> TouchpointAudit {
        let which = |is: fn(&TouchpointFlow) -> bool| {
            let touchpoints = self.touchpoints.iter().filter(|of| is(of));
            touchpoints.map(|of| of.touchpoint.clone()).collect()
        };
        TouchpointAudit {
            events: self.coverage.events,
            unmapped: self.coverage.unmapped,
            without_actions: self.coverage.unreached.clone(),
            without_time: which(|of| of.time_spent.is_none()),
            without_goal: which(|of| of.document.goal.is_none()),
            without_kpi: which(|of| of.document.kpi.is_none()),
            unknown: self.coverage.unknown,
        }
    }
}

impl<P: Profile> TouchpointPlan<P> {
    fn has<'a>(&'a self, ctx: &Ctx<'a, P>, kind: usize, event: &'a P::Event) -> bool {
        self.events.kinds.contains(&kind) && self.events.passes(ctx, event)
    }

    /// Adds what one profile did, by period; `touched` and `followers` are the instants of its events here and of the KPI's,
    /// ascending.
    fn take(
        &mut self,
        mut seen: BTreeMap<i64, Counts>,
        (touched, followers): (&[i64], &[i64]),
        from: i64,
        zone: Zone,
        is_control: bool,
    ) {
        let credited = self
            .kpi
            .as_ref()
            .and_then(|kpi| kpi.credited(touched, followers, zone));
        for (at, followed) in touched.iter().zip(credited.into_iter().flatten()) {
            if *at >= from {
                let period = self.periods.number(Instant::from_micros(*at));
                let counts = seen.entry(period).or_default();
                KpiNode::<P>::add_touched(followed, &mut counts.measured);
            }
        }
        self.total.people += u64::from(seen.values().any(|counts| counts.events > 0));
        for (period, mut counts) in seen {
            counts.people = u64::from(counts.events > 0);
            self.total.events += counts.events;
            self.total.time_spent += counts.time_spent;
            let into = self.by_period.entry(period).or_default();
            if is_control {
                into.control.join(counts.clone());
            }
            into.all.join(counts);
        }
    }

    fn flows(
        &self,
        from: Instant,
        until: Instant,
        has_control: bool,
        time: impl Fn(&Counts) -> Option<Duration>,
    ) -> Vec<TouchpointPeriod> {
        if until <= from {
            return Vec::new();
        }
        let last = Instant::from_micros(until.micros() - 1);
        let nothing = PeriodCounts::default();
        let flow = |number| {
            let (start, end) = (self.periods.start(number), self.periods.start(number + 1));
            let counts = self.by_period.get(&number).unwrap_or(&nothing);
            let measured = |of: &Counts| scalar(&self.kpi.as_ref()?.value(&of.measured));
            let status = self.kpi.as_ref().and_then(|kpi| {
                let is_over = start >= from && kpi.known_at(end, self.periods.zone()) <= until;
                kpi.status(&counts.all.measured, is_over)
            });
            TouchpointPeriod {
                name: self.periods.name(number),
                from: start.max(from),
                until: end.min(until),
                events: counts.all.events,
                people: counts.all.people,
                time_spent: time(&counts.all),
                value: measured(&counts.all),
                status,
                control: has_control.then(|| ControlGroup {
                    events: counts.control.events,
                    people: counts.control.people,
                    value: measured(&counts.control),
                }),
            }
        };
        let numbers = self.periods.number(from)..=self.periods.number(last);
        numbers.map(flow).collect()
    }
}

impl Counts {
    fn join(&mut self, other: Counts) {
        self.events += other.events;
        self.people += other.people;
        self.time_spent += other.time_spent;
        self.measured.join(other.measured);
    }
}

impl CoverageCounts {
    /// Counts an event, which belongs to these touchpoints, ascending.
    fn add(
        &mut self,
        mapped: &[usize],
        is_known: bool,
        of: impl FnOnce() -> (usize, Option<String>),
    ) {
        self.events += 1;
        self.unknown += u64::from(!is_known);
        if mapped.is_empty() {
            *self.unmapped.entry(of()).or_default() += 1;
        }
        for (i, one) in mapped.iter().enumerate() {
            for other in mapped.iter().skip(i + 1) {
                *self.overlaps.entry((*one, *other)).or_default() += 1;
            }
        }
    }
}

impl<P: Profile> KindPlan<P> {
    fn time_spent(&self, event: &P::Event) -> i128 {
        let duration = self.duration.as_ref();
        let spent =
            duration.and_then(|duration| duration.get(event, event.at().micros()).as_whole());
        spent.unwrap_or(0)
    }

    fn subject(&self, event: &P::Event, rulebook: &Rulebook) -> Option<String> {
        let (accessor, ty) = self.subject.as_ref()?;
        let value = accessor.get(event, event.at().micros());
        let value = scalar(&given(&value, ty, rulebook.context().calendar))?;
        Some(match value {
            Scalar::Text(text) => text,
            Scalar::Bool(value) => value.to_string(),
            Scalar::Whole(value) => value.to_string(),
            Scalar::Unsigned(value) => value.to_string(),
            Scalar::Real(value) => value.to_string(),
        })
    }
}

fn kinds<P: Profile>(model: &Model<P>) -> Vec<KindPlan<P>> {
    let kinds = model.schema.kinds().iter().zip(&*model.properties);
    let kinds = kinds.map(|(kind, accessors)| {
        let properties = || kind.properties.iter().zip(accessors);
        let subject = kind.subject.and_then(|subject| {
            let (field, accessor) = properties().nth(subject)?;
            Some((accessor.clone(), Ty::of(&field.ty)?))
        });
        let mut durations = properties().filter(|(field, _)| field.ty == Type::Duration);
        KindPlan {
            name: kind.name.as_str().into(),
            subject,
            duration: durations.next().map(|(_, accessor)| accessor.clone()),
        }
    });
    kinds.collect()
}

fn length(micros: i128) -> Duration {
    Duration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

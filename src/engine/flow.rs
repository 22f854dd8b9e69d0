//! Stock and flow: how many profiles stand in each stage, how many came and went, and how long they stayed.

use super::Engine;
use super::happening::{Happening, Transition, What};
use super::live::LiveProfile;
use crate::rulebook::Rulebook;
use crate::time::{
    CalendarUnit, Date, Duration, Instant, MINUTE, Zone, first_of_period, period_number,
    period_start,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Counts the moves of lifecycles: per stage and period of the calendar how many entered and left, and how many stood in
/// it at the period's end.
///
/// It is fed with everything that an engine tells, in that order, and keeps counts and where each profile stands, not the
/// moves. A lifecycle that is kept for each value of a property counts each of them.
///
/// Stock, entered and left always balance: what stood in a stage at a period's end is what stood there at its beginning,
/// plus who entered, minus who left. A move that a late event brought about counts in the period in which it took effect.
///
/// ```
/// use segue::engine::{Engine, Flow};
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
/// let mut flow = Flow::new(&rulebook, "2026-01-01T00:00:00+01:00".parse()?);
/// let mut out = Vec::new();
/// for (customer, at) in [("anna", "2026-01-10T12:00:00Z"), ("ben", "2026-01-20T12:00:00Z"), ("ben", "2026-02-12T12:00:00Z")] {
///     let _ = engine.observe(customer, RecordEvent::new(rulebook.schema(), "purchased", at, [])?, &mut out);
/// }
/// engine.advance("2026-02-28T22:00:00Z".parse()?, &mut out);
/// out.iter().for_each(|happening| flow.take(happening));
///
/// let report = flow.report(engine.now());
/// let recency = &report[0];
/// assert_eq!(recency.periods.iter().map(|p| &*p.name).collect::<Vec<_>>(), ["2026-01", "2026-02"]);
/// let active = &recency.periods[1].stages[0];
/// assert_eq!((&*active.stage, active.entered, active.left, active.stock), ("active", 0, 1, 1));
/// assert_eq!(recency.stays[0].median, Some("30 days".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Flow {
    from: Instant,
    unit: CalendarUnit,
    zone: Zone,
    week_start: u8,
    lifecycles: Vec<Track>,
}

/// The counts of one lifecycle. Stages are counted as they are declared.
#[derive(Clone, Debug)]
struct Track {
    name: Arc<str>,
    stages: Vec<Arc<str>>,
    standing: HashMap<(Arc<str>, Option<Arc<str>>), Standing>,
    start: Vec<u64>,
    /// By number of the period: who entered and who left, by stage.
    periods: BTreeMap<i64, Vec<(u64, u64)>>,
    moves: BTreeMap<(Option<usize>, Option<usize>), u64>,
    /// By stage: how many stays lasted so many minutes.
    lasted: Vec<BTreeMap<i64, u64>>,
}

#[derive(Clone, Copy, Debug)]
struct Standing {
    stage: Option<usize>,
    /// None where nobody knows.
    since: Option<Instant>,
}

/// Where a profile stands in a lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay<'e> {
    /// The profile's id.
    pub profile: &'e str,
    /// The lifecycle.
    pub lifecycle: &'e str,
    /// What the lifecycle is about, where there is one for each value of a property.
    pub subject: Option<&'e str>,
    /// The stage.
    pub stage: &'e str,
    /// When it entered the stage; none where it has been there since ever.
    pub since: Option<Instant>,
}

/// Stock and flow of one lifecycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LifecycleFlow {
    /// The lifecycle.
    pub lifecycle: Arc<str>,
    /// How many stood in each stage just before the first period, in the order in which stages are declared.
    pub start: Vec<StageFlow>,
    /// The periods in order, without gaps.
    pub periods: Vec<PeriodFlow>,
    /// How often each move was made, by the stages in the order in which they are declared; what begins in no stage first.
    pub moves: Vec<MoveCount>,
    /// How long profiles stayed in each stage.
    pub stays: Vec<Stays>,
}

/// One period of the calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeriodFlow {
    /// `2026-01` for a month, `2026-01-05` for a day or the first day of a week, `2026-Q1`, `2026`.
    pub name: String,
    /// Its first instant, or where the count begins if that is later.
    pub from: Instant,
    /// Its end, which does not belong to it, or the instant just after which the count ends if that is earlier.
    pub until: Instant,
    /// By stage, in the order in which they are declared.
    pub stages: Vec<StageFlow>,
}

/// A stage in a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageFlow {
    /// The stage.
    pub stage: Arc<str>,
    /// How many came into it.
    pub entered: u64,
    /// How many left it.
    pub left: u64,
    /// How many stood in it at the end.
    pub stock: u64,
}

/// How often a move was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveCount {
    /// The stage it left; none if it was in none.
    pub from: Option<Arc<str>>,
    /// The stage it entered; none only where a late event took back a first move.
    pub to: Option<Arc<str>>,
    /// How often.
    pub count: u64,
}

/// How long profiles stayed in a stage. Lengths are rounded to whole minutes; a quantile is the shortest length that so
/// many stays did not exceed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stays {
    /// The stage.
    pub stage: Arc<str>,
    /// How many stays have ended of which the beginning is known.
    pub ended: u64,
    /// How many have not ended yet.
    pub open: u64,
    /// The length that a quarter of the ended stays did not exceed.
    pub quarter: Option<Duration>,
    /// The length that half of the ended stays did not exceed.
    pub median: Option<Duration>,
    /// The length that three quarters of the ended stays did not exceed.
    pub three_quarters: Option<Duration>,
    /// The length that nine tenths of the ended stays did not exceed.
    pub nine_tenths: Option<Duration>,
    /// The median over all stays, of which an open one counts for as long as it has lasted (the estimate of Kaplan and
    /// Meier); none where fewer than half would have ended.
    pub median_of_all: Option<Duration>,
}

impl<P: LiveProfile> Engine<P> {
    /// Where every profile stands in every lifecycle at the engine's time, by profile in the order in which the engine came
    /// to know them. Who is in no stage is left out.
    pub fn stays(&self) -> impl Iterator<Item = Stay<'_>> {
        self.state.profiles.iter().flat_map(move |live| {
            live.stages.iter().filter_map(move |kept| {
                let plan = self
                    .plan
                    .lifecycles
                    .iter()
                    .find(|l| l.name == kept.lifecycle)?;
                let last = kept.moves.last()?;
                Some(Stay {
                    profile: &live.id,
                    lifecycle: &kept.lifecycle,
                    subject: kept.subject.as_deref(),
                    stage: plan.stages.get(usize::from(last.stage))?,
                    since: (last.at > Instant::MIN.micros()).then(|| Instant::from_micros(last.at)),
                })
            })
        })
    }
}

impl Flow {
    /// Counts by the calendar months of the rulebook's zone, from an instant on (included).
    #[must_use]
    pub fn new(rulebook: &Rulebook, from: Instant) -> Self {
        let calendar = rulebook.context().calendar;
        let track = |(name, lifecycle): (&str, crate::rulebook::Lifecycle)| {
            let stages: Vec<Arc<str>> = lifecycle.stages().map(Arc::from).collect();
            Track {
                name: name.into(),
                standing: HashMap::new(),
                start: vec![0; stages.len()],
                periods: BTreeMap::new(),
                moves: BTreeMap::new(),
                lasted: vec![BTreeMap::new(); stages.len()],
                stages,
            }
        };
        Flow {
            from,
            unit: CalendarUnit::Month,
            zone: calendar.zone,
            week_start: calendar.week_start,
            lifecycles: rulebook.lifecycles().map(track).collect(),
        }
    }

    /// Counts by another period. To be said before anything is counted.
    #[must_use]
    pub fn by(mut self, unit: CalendarUnit) -> Self {
        self.unit = unit;
        self
    }

    /// Takes in where profiles stand of which it knows nothing yet: they have stood there since before the first period.
    /// To be called when an engine has its profiles, and again at the end: a profile that the stream brought may stand in a
    /// stage from the beginning, of which nothing is told.
    pub fn take_stock<P: LiveProfile>(&mut self, engine: &Engine<P>) {
        for stay in engine.stays() {
            let Some(track) = self
                .lifecycles
                .iter_mut()
                .find(|t| *t.name == *stay.lifecycle)
            else {
                continue;
            };
            let stage = track.stages.iter().position(|s| **s == *stay.stage);
            let key = (stay.profile.into(), stay.subject.map(Arc::from));
            if !track.standing.contains_key(&key) {
                track.add_to_start(stage);
                track.standing.insert(
                    key,
                    Standing {
                        stage,
                        since: stay.since,
                    },
                );
            }
        }
    }

    /// Counts something that an engine told; what is no move changes nothing.
    pub fn take(&mut self, happening: &Happening) {
        let What::Moved(moved) = &happening.what else {
            return;
        };
        let period = self.period(happening.at.max(self.from));
        let Some(track) = self
            .lifecycles
            .iter_mut()
            .find(|t| t.name == moved.lifecycle)
        else {
            return;
        };
        track.take(happening, moved, period);
    }

    /// How many stand in a stage after everything that was counted; none where there is no such lifecycle or stage.
    #[must_use]
    pub fn stock(&self, lifecycle: &str, stage: &str) -> Option<u64> {
        let track = self.lifecycles.iter().find(|t| *t.name == *lifecycle)?;
        let place = track.stages.iter().position(|s| **s == *stage)?;
        let stock = track.start.get(place).copied()?;
        Some(
            track
                .periods
                .values()
                .filter_map(|of| of.get(place))
                .fold(stock, balance),
        )
    }

    /// Everything that was counted, by lifecycle, with the periods up to the one that holds an instant. Open stays have
    /// lasted until then.
    #[must_use]
    pub fn report(&self, until: Instant) -> Vec<LifecycleFlow> {
        self.lifecycles
            .iter()
            .map(|track| self.report_of(track, until))
            .collect()
    }

    fn period(&self, at: Instant) -> i64 {
        period_number(self.unit, self.zone.date(at.micros()), self.week_start)
    }

    fn report_of(&self, track: &Track, until: Instant) -> LifecycleFlow {
        let last = track
            .periods
            .keys()
            .next_back()
            .copied()
            .unwrap_or(i64::MIN)
            .max(self.period(until));
        let mut stock = track.start.clone();
        let mut periods = Vec::new();
        for number in self.period(self.from)..=last {
            let counts = track.periods.get(&number);
            let mut stages = Vec::with_capacity(stock.len());
            for (place, (stage, stock)) in track.stages.iter().zip(&mut stock).enumerate() {
                let count = counts
                    .and_then(|c| c.get(place))
                    .copied()
                    .unwrap_or_default();
                *stock = balance(*stock, &count);
                stages.push(StageFlow {
                    stage: stage.clone(),
                    entered: count.0,
                    left: count.1,
                    stock: *stock,
                });
            }
            let start = |number| {
                Instant::from_micros(period_start(self.unit, number, self.week_start, self.zone))
            };
            let end = start(number + 1);
            periods.push(PeriodFlow {
                name: period_name(
                    self.unit,
                    first_of_period(self.unit, number, self.week_start),
                ),
                from: start(number).max(self.from),
                until: if until < end {
                    Instant::from_micros(until.micros().saturating_add(1))
                } else {
                    end
                },
                stages,
            });
        }
        let name = |stage: &Option<usize>| stage.and_then(|place| track.stages.get(place)).cloned();
        LifecycleFlow {
            lifecycle: track.name.clone(),
            start: (track.stages.iter().zip(&track.start))
                .map(|(stage, stock)| StageFlow {
                    stage: stage.clone(),
                    entered: 0,
                    left: 0,
                    stock: *stock,
                })
                .collect(),
            periods,
            moves: (track.moves.iter())
                .map(|((from, to), count)| MoveCount {
                    from: name(from),
                    to: name(to),
                    count: *count,
                })
                .collect(),
            stays: (0..track.stages.len())
                .filter_map(|place| track.stays(place, until))
                .collect(),
        }
    }
}

fn balance(stock: u64, (entered, left): &(u64, u64)) -> u64 {
    stock.saturating_add(*entered).saturating_sub(*left)
}

/// What a period is called that begins on a date.
fn period_name(unit: CalendarUnit, first: Date) -> String {
    let text = first.to_string();
    let year = text.get(..4).unwrap_or_default();
    match unit {
        CalendarUnit::Day | CalendarUnit::Week => text,
        CalendarUnit::Month => text.get(..7).unwrap_or_default().to_owned(),
        CalendarUnit::Quarter => format!("{year}-Q{}", (crate::time::month_of_year(first) + 2) / 3),
        CalendarUnit::Year => year.to_owned(),
    }
}

impl Track {
    fn add_to_start(&mut self, stage: Option<usize>) {
        if let Some(start) = stage.and_then(|place| self.start.get_mut(place)) {
            *start += 1;
        }
    }

    fn take(&mut self, happening: &Happening, moved: &Transition, period: i64) {
        let place =
            |name: &Option<Arc<str>>| self.stages.iter().position(|s| Some(s) == name.as_ref());
        let (from, to) = (place(&moved.from), place(&moved.to));
        let key = (Arc::from(&*happening.profile), moved.subject.clone());
        let known = self.standing.insert(
            key,
            Standing {
                stage: to,
                since: Some(happening.at),
            },
        );
        if known.is_none() {
            self.add_to_start(from);
        }
        let counts = self
            .periods
            .entry(period)
            .or_insert_with(|| vec![(0, 0); self.stages.len()]);
        if let Some((_, left)) = from.and_then(|place| counts.get_mut(place)) {
            *left += 1;
        }
        if let Some((entered, _)) = to.and_then(|place| counts.get_mut(place)) {
            *entered += 1;
        }
        *self.moves.entry((from, to)).or_default() += 1;
        if let (Some(since), Some(lasted)) = (
            known.and_then(|k| k.since),
            from.and_then(|p| self.lasted.get_mut(p)),
        ) {
            *lasted.entry(minutes(since, happening.at)).or_default() += 1;
        }
    }

    fn stays(&self, place: usize, until: Instant) -> Option<Stays> {
        let lasted = self.lasted.get(place)?;
        let ended = lasted.values().sum();
        let standing = || self.standing.values().filter(|s| s.stage == Some(place));
        let mut so_far: BTreeMap<i64, u64> = BTreeMap::new();
        for since in standing().filter_map(|s| s.since) {
            *so_far.entry(minutes(since, until)).or_default() += 1;
        }
        Some(Stays {
            stage: self.stages.get(place)?.clone(),
            ended,
            open: u64::try_from(standing().count()).unwrap_or(u64::MAX),
            quarter: quantile(lasted, ended, 1, 4),
            median: quantile(lasted, ended, 1, 2),
            three_quarters: quantile(lasted, ended, 3, 4),
            nine_tenths: quantile(lasted, ended, 9, 10),
            median_of_all: median_of_all(lasted, &so_far),
        })
    }
}

/// The nearest whole minute, so that the microsecond after which a window no longer holds does not show.
fn minutes(since: Instant, until: Instant) -> i64 {
    until
        .micros()
        .saturating_sub(since.micros())
        .saturating_add(MINUTE / 2)
        .max(0)
        / MINUTE
}

fn length(minutes: i64) -> Duration {
    Duration::from_micros(minutes.saturating_mul(MINUTE))
}

/// The value at rank ⌈n·part/whole⌉.
fn quantile(lasted: &BTreeMap<i64, u64>, n: u64, part: u64, whole: u64) -> Option<Duration> {
    let rank = n.saturating_mul(part).div_ceil(whole).max(1);
    let mut seen: u64 = 0;
    lasted.iter().find_map(|(minutes, count)| {
        seen = seen.saturating_add(*count);
        (seen >= rank).then(|| length(*minutes))
    })
}

/// The median of stays some of which have not ended: of those that lasted so long, the share that ended then is taken off.
#[expect(clippy::cast_precision_loss, reason = "shares of counts")]
fn median_of_all(ended: &BTreeMap<i64, u64>, open: &BTreeMap<i64, u64>) -> Option<Duration> {
    let mut at_risk: u64 = ended.values().chain(open.values()).sum();
    let mut open = open.iter().peekable();
    let mut left = 1.0;
    for (minutes, count) in ended {
        while let Some((_, gone)) = open.next_if(|(m, _)| *m < minutes) {
            at_risk = at_risk.saturating_sub(*gone);
        }
        left *= 1.0 - *count as f64 / at_risk.max(1) as f64;
        at_risk = at_risk.saturating_sub(*count);
        // A share that is one half in exact numbers counts as one half.
        if left <= 0.5 + 1e-12 {
            return Some(length(*minutes));
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn counted(pairs: &[(i64, u64)]) -> BTreeMap<i64, u64> {
        pairs.iter().copied().collect()
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        let lasted = counted(&[(10, 1), (20, 1), (30, 1), (40, 1)]);
        assert_eq!(quantile(&lasted, 4, 1, 4), Some(length(10)));
        assert_eq!(quantile(&lasted, 4, 1, 2), Some(length(20)));
        assert_eq!(quantile(&lasted, 4, 9, 10), Some(length(40)));
        assert_eq!(quantile(&BTreeMap::new(), 0, 1, 2), None);
    }

    #[test]
    fn open_stays_make_the_median_longer() {
        let ended = counted(&[(6, 3), (7, 1), (10, 1), (13, 1), (16, 1), (22, 1), (23, 1)]);
        assert_eq!(median_of_all(&ended, &BTreeMap::new()), Some(length(10)));
        // The remission times of a leukaemia trial that every textbook of survival analysis has: the median is 23 weeks.
        let open = counted(&[
            (6, 1),
            (9, 1),
            (10, 1),
            (11, 1),
            (17, 1),
            (19, 1),
            (20, 1),
            (25, 1),
            (32, 2),
            (34, 1),
            (35, 1),
        ]);
        assert_eq!(median_of_all(&ended, &open), Some(length(23)));
        assert_eq!(
            median_of_all(&counted(&[(5, 1)]), &counted(&[(9, 2)])),
            None
        );
    }

    #[test]
    fn periods_have_names() {
        let date = "2026-05-04".parse().unwrap();
        let names = [
            CalendarUnit::Day,
            CalendarUnit::Month,
            CalendarUnit::Quarter,
            CalendarUnit::Year,
        ]
        .map(|unit| period_name(unit, date));
        assert_eq!(names, ["2026-05-04", "2026-05", "2026-Q2", "2026"]);
    }
}

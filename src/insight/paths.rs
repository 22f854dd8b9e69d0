//! What comes before and after an event.

use super::gathered::Gathered;
use super::kpi::after;
use super::report_error::{ReportError, plan_of};
use super::report_span::ReportSpan;
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::eval::{Binder, given};
use crate::ir::{Calendar, Ty};
use crate::population::Members;
use crate::profile::{Event, Model, Profile, Value, kind_index};
use crate::rulebook::Rulebook;
use crate::rulebook::reports::{PathsPlan, ReportPlan};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Builds [`Paths`] from profiles with their events.
///
/// There is a path around every event of `around` at or after `from` and before `until`. It is followed back and on through events
/// before `until`, as far as it is asked for. Events of the same instant are in the order of their names.
///
/// ```
/// use segue::insight::PathsBuilder;
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events = { followed = {}, visited = { properties = { page = "string" } } }
///     reports.after_follow = { paths = { around = "followed", after = 2, of = "visited.page", within = "1 hour" } }
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-04-01T00:00:00Z".parse()?);
/// let mut paths = PathsBuilder::new(&rulebook, &model, "after_follow", from, until)?;
/// paths.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "followed", "at": "2026-03-10T10:00:00Z"},
///     {"kind": "visited", "at": "2026-03-10T10:20:00Z", "props": {"page": "home"}},
///     {"kind": "visited", "at": "2026-03-10T11:20:00Z", "props": {"page": "shop"}}]}"#)?);
///
/// let paths = paths.build();
/// let edges: Vec<(i16, Option<&str>, Option<&str>)> =
///     paths.edges.iter().map(|edge| (edge.step, edge.from.as_deref(), edge.to.as_deref())).collect();
/// assert_eq!(edges, [(0, Some("followed"), Some("home")), (1, Some("home"), None)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PathsBuilder<P: Profile> {
    plan: Arc<PathsPlan>,
    span: ReportSpan,
    calendar: Calendar,
    around: SelectNode<P>,
    of: SelectNode<P>,
    name: Option<(TermNode<P>, Ty)>,
    /// What the kinds are called.
    kinds: Vec<Arc<str>>,
    /// What nodes of paths are called, and their numbers.
    names: BTreeMap<Arc<str>, usize>,
    recorded: usize,
    people: Gathered,
    paths: u64,
    open: u64,
    edges: BTreeMap<EdgeKey, EdgeCount>,
}

/// The step, and the numbers of the names.
type EdgeKey = (i16, Option<usize>, Option<usize>);

#[derive(Debug, Default)]
struct EdgeCount {
    times: u64,
    people: Gathered,
}

/// What comes before and after an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Paths {
    /// From when on there are paths (included).
    pub from: Instant,
    /// Up to when anything is known (excluded).
    pub until: Instant,
    /// How many paths there are: one for each event around which one looks.
    pub paths: u64,
    /// Of how many people they are.
    pub people: u64,
    /// How many of them may still go on: they have fewer events than are followed, and time left at `until`. They have no end yet.
    pub open: u64,
    /// The ways from one event to the next, by step; of one step those of most people first, then those that were gone most often, then
    /// by name.
    pub edges: Vec<PathEdge>,
    /// Those who have a path, by position in the order in which they were recorded.
    #[serde(skip)]
    pub members: Members,
}

/// A way from one event to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PathEdge {
    /// Where it begins: 0 is the event around which one looks, 1 the next after it, -1 the one before.
    pub step: i16,
    /// The event that it begins with; `None`: nothing came before.
    pub from: Option<Arc<str>>,
    /// The event that it leads to; `None`: nothing came after.
    pub to: Option<Arc<str>>,
    /// How many people went it.
    pub people: u64,
    /// How often it was gone.
    pub times: u64,
    /// The people, by position in the order in which they were recorded.
    #[serde(skip)]
    pub members: Members,
}

/// An event of a path. The order is that of the path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stop {
    at: i64,
    name: Arc<str>,
    /// Which event of the profile it is.
    event: i64,
}

impl<P: Profile> PathsBuilder<P> {
    /// Follows the paths around events at or after `from` and before `until`.
    ///
    /// # Errors
    /// If the rulebook has no such report, if it is none of paths, or if the profile type lacks what it reads.
    pub fn new(
        rulebook: &Rulebook,
        model: &Model<P>,
        name: &str,
        from: Instant,
        until: Instant,
    ) -> Result<Self, ReportError> {
        match plan_of(rulebook, name)? {
            ReportPlan::Paths(plan) => Self::bind(plan, rulebook, model, (from, until)),
            _ => Err(ReportError::other_kind(name, "report of paths")),
        }
    }

    pub(super) fn bind(
        plan: &Arc<PathsPlan>,
        rulebook: &Rulebook,
        model: &Model<P>,
        span: (Instant, Instant),
    ) -> Result<Self, ReportError> {
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let (around, of) = (binder.select(&plan.around), binder.select(&plan.of));
        let name = plan.name.as_ref();
        let name = name.map(|name| (binder.term(name), name.ty.clone()));
        binder.finish()?;
        let kinds = model.schema.kinds().iter();
        Ok(PathsBuilder {
            plan: plan.clone(),
            span: ReportSpan::of(span),
            calendar,
            around,
            of,
            name,
            kinds: kinds.map(|kind| kind.name.as_str().into()).collect(),
            names: BTreeMap::new(),
            recorded: 0,
            people: Gathered::default(),
            paths: 0,
            open: 0,
            edges: BTreeMap::new(),
        })
    }

    /// Follows the paths of a profile.
    pub fn record(&mut self, profile: &P) {
        let position = self.recorded;
        self.recorded += 1;
        let around = self.stops(profile, &self.around, self.span.from.micros());
        if around.is_empty() {
            return;
        }
        self.people.add(position);
        let stops = self.stops(profile, &self.of, i64::MIN);
        for center in around {
            self.paths += 1;
            self.go_back(&center, &stops, position);
            self.go_on(&center, &stops, position);
        }
    }

    /// The events of a selection from an instant on, in the order of paths.
    fn stops(&self, profile: &P, events: &SelectNode<P>, from: i64) -> Vec<Stop> {
        let (_, until) = self.span.micros();
        let mut stops = Vec::new();
        for kind in &events.kinds {
            for (position, event) in Ctx::new(profile, until).of_kind(*kind).indexed(from, until) {
                let at = event.at().micros();
                let ctx = Ctx::new(profile, at);
                if events.passes(&ctx, event) {
                    stops.push(Stop {
                        at,
                        name: self.name(&ctx, event),
                        event: position,
                    });
                }
            }
        }
        stops.sort_unstable();
        stops
    }

    /// What an event is called: by its property, or, where it has none, as its kind.
    fn name<'a>(&'a self, ctx: &Ctx<'a, P>, event: &'a P::Event) -> Arc<str> {
        let kind = kind_index(event);
        if let Some((name, ty)) = &self.name
            && self.of.kinds.contains(&kind)
            && let Value::Text(name) = ctx.within(event, self.of.slot, |ctx| {
                given(&name.value(ctx), ty, self.calendar)
            })
        {
            return name.into();
        }
        self.kinds.get(kind).cloned().unwrap_or_default()
    }

    fn go_back(&mut self, center: &Stop, stops: &[Stop], position: usize) {
        let before = stops.partition_point(|stop| stop < center);
        let before = stops.iter().take(before).rev();
        let mut before = before.take_while(|stop| {
            self.plan
                .within
                .is_none_or(|within| after(stop.at, within, self.calendar.zone) >= center.at)
        });
        let mut ways = Vec::new();
        let mut here = center;
        for step in 1..=steps(self.plan.before) {
            let stop = before.next();
            ways.push((-step, stop.cloned(), here.clone()));
            let Some(stop) = stop else { break };
            here = stop;
        }
        for (step, from, to) in ways {
            let from = from.map(|from| self.number(from.name));
            let to = self.number(to.name);
            self.count((step, from, Some(to)), position);
        }
    }

    fn go_on(&mut self, center: &Stop, stops: &[Stop], position: usize) {
        let end = self.plan.within;
        let end = end.map(|within| after(center.at, within, self.calendar.zone));
        let start = stops.partition_point(|stop| stop <= center);
        let later = stops.iter().skip(start);
        let mut later = later.take_while(|stop| end.is_none_or(|end| stop.at <= end));
        let mut ways = Vec::new();
        let mut here = center;
        for step in 0..steps(self.plan.after) {
            let stop = later.next();
            if stop.is_none() && end.is_some_and(|end| end >= self.span.until.micros()) {
                self.open += 1;
                break;
            }
            ways.push((step, here.clone(), stop.cloned()));
            let Some(stop) = stop else { break };
            here = stop;
        }
        for (step, from, to) in ways {
            let from = self.number(from.name);
            let to = to.map(|to| self.number(to.name));
            self.count((step, Some(from), to), position);
        }
    }

    fn number(&mut self, name: Arc<str>) -> usize {
        let next = self.names.len();
        *self.names.entry(name).or_insert(next)
    }

    fn count(&mut self, key: EdgeKey, position: usize) {
        let edge = self.edges.entry(key).or_default();
        edge.times += 1;
        edge.people.add(position);
    }

    /// The paths.
    #[must_use]
    pub fn build(&self) -> Paths {
        let names: BTreeMap<usize, &Arc<str>> = self.names.iter().map(|(s, n)| (*n, s)).collect();
        let name = |number: Option<usize>| {
            let name = number.and_then(|number| names.get(&number));
            name.map(|name| Arc::clone(name))
        };
        let edges = self.edges.iter();
        let edges = edges.map(|((step, from, to), count)| PathEdge {
            step: *step,
            from: name(*from),
            to: name(*to),
            people: count.people.count(),
            times: count.times,
            members: count.people.members(self.recorded),
        });
        let mut edges: Vec<PathEdge> = edges.collect();
        edges.sort_by(|a, b| {
            let rank = |edge: &PathEdge| (edge.step, Reverse(edge.people), Reverse(edge.times));
            rank(a)
                .cmp(&rank(b))
                .then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to)))
        });
        Paths {
            from: self.span.from,
            until: self.span.until,
            paths: self.paths,
            people: self.people.count(),
            open: self.open,
            edges,
            members: self.people.members(self.recorded),
        }
    }
}

fn steps(n: usize) -> i16 {
    i16::try_from(n).unwrap_or(i16::MAX)
}

impl Paths {
    /// The people behind each number, and what the number is.
    #[must_use]
    pub fn members(&self) -> Vec<(String, &Members)> {
        let name = |name: &Option<Arc<str>>, none: &str| match name {
            Some(name) => format!("`{name}`"),
            None => none.to_owned(),
        };
        let edges = self.edges.iter().map(|edge| {
            let (from, to) = (
                name(&edge.from, "nothing before"),
                name(&edge.to, "the end"),
            );
            (format!("step {}, {from} to {to}", edge.step), &edge.members)
        });
        let all = ("have a path".to_owned(), &self.members);
        std::iter::once(all).chain(edges).collect()
    }
}

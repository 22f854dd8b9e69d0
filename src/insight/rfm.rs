//! How recently, how often and for how much people buy, in classes; and the segments beside them.

use super::gathered::{Gathered, share};
use crate::engine::scalar;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::eval::{BindError, Binder, Matcher, given};
use crate::ir::{Calendar, Lit, Ty};
use crate::population::Members;
use crate::profile::{Model, Profile, Val};
use crate::rulebook::reports::RfmPlan;
use crate::rulebook::{Rulebook, quantiles};
use crate::time::Instant;
use crate::value::Scalar;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// People by recency, frequency and value.
///
/// Classes are those of the scores: 1 and one more for each cut point strictly below the value, so equal values are in one class. A
/// score that has no cut points at the instant gets the ones that [`Rulebook::fit`] would find among these people.
///
/// ```
/// use segue::insight::{ReportBuilder, ReportResult};
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events.purchased.properties.amount = "int"
///     scores.r = { value = "last(purchased).at", classes = 2 }
///     scores.f = { value = "count(purchased)", classes = 2, cuts = [1] }
///     scores.m = { value = "sum(purchased.amount)", classes = 2, cuts = [100] }
///     reports.r.rfm = { recency = "r", frequency = "f", monetary = "m" }
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-05-01T00:00:00Z".parse()?);
/// let mut report = ReportBuilder::new(&rulebook, &model, "r", from, until)?;
/// report.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "purchased", "at": "2026-03-02T10:00:00Z", "props": {"amount": 120}}]}"#)?);
///
/// let ReportResult::Rfm(rfm) = report.build() else { panic!("another kind") };
/// let cell = &rfm.cells[0];
/// assert_eq!((cell.recency, cell.frequency, cell.monetary), (1, 1, 2));
/// // Only the cut points of recency are those of these people.
/// let fitted: Vec<bool> = rfm.scores.iter().map(|score| score.fitted).collect();
/// assert_eq!(fitted, [true, false, false]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RfmReport {
    /// People are judged as they are just before this instant.
    pub until: Instant,
    /// How many people there are.
    pub everybody: u64,
    /// How many have a value of all three scores.
    pub people: u64,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
    /// Recency, frequency and value, in this order.
    pub scores: Vec<RfmScore>,
    /// The combinations of classes that somebody is in, ascending.
    pub cells: Vec<RfmCell>,
    /// The segments that were asked for, in that order.
    pub groups: Vec<RfmGroup>,
    /// Who has all three values and is in none of these segments.
    pub in_no_group: RfmPeople,
}

/// One of the three scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RfmScore {
    /// Its name.
    pub score: Arc<str>,
    /// The cut points, ascending: one fewer than classes, and none if nobody has a value.
    pub cuts: Vec<Scalar>,
    /// Whether they were found among these people. If not, the rulebook says them.
    pub fitted: bool,
    /// The classes from 1 on, also those in which nobody is.
    pub classes: Vec<RfmPeople>,
    /// Who has no value.
    pub missing: RfmPeople,
}

/// Some people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RfmPeople {
    /// How many.
    pub people: u64,
    /// Their share of everybody, 0 to 1.
    pub share: Option<f64>,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
}

/// The people of one combination of classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RfmCell {
    /// The class of recency.
    pub recency: usize,
    /// The class of frequency.
    pub frequency: usize,
    /// The class of value.
    pub monetary: usize,
    /// Who is in it.
    #[serde(flatten)]
    pub people: RfmPeople,
}

/// The people of a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RfmGroup {
    /// The segment.
    pub segment: Arc<str>,
    /// Who is in it.
    #[serde(flatten)]
    pub people: RfmPeople,
}

/// Gathers the values of people.
pub(super) struct RfmBuilder<P: Profile> {
    until: Instant,
    /// Just before it.
    at: Instant,
    calendar: Calendar,
    population: usize,
    scores: Vec<Score<P>>,
    groups: Vec<Group<P>>,
    grouped: Gathered,
}

struct Score<P: Profile> {
    name: Arc<str>,
    value: TermNode<P>,
    ty: Ty,
    /// The cut points that hold at the instant; none where the score is not fitted.
    cuts: Vec<Owned>,
    classes: usize,
    /// By position.
    values: Vec<Option<Owned>>,
}

struct Group<P: Profile> {
    name: Arc<str>,
    matcher: Matcher<P>,
    people: Gathered,
}

/// A value that is kept.
#[derive(Clone, Debug)]
enum Owned {
    Whole(i128),
    Ratio(i128, i128),
    Real(f64),
    Text(Box<str>),
}

impl Owned {
    /// `None` if it is missing.
    fn of(value: &Val<'_>) -> Option<Self> {
        Some(match value {
            Val::Whole(whole) => Owned::Whole(*whole),
            Val::Ratio(n, d) => Owned::Ratio(*n, *d),
            Val::Real(real) => Owned::Real(*real),
            Val::Text(_) | Val::Inline(_) => Owned::Text(value.text()?.into()),
            Val::Missing | Val::Place(_) => return None,
        })
    }

    fn of_lit(lit: &Lit) -> Self {
        match lit {
            Lit::Whole(whole) => Owned::Whole(*whole),
            Lit::Real(real) => Owned::Real(*real),
            Lit::Text(text) => Owned::Text((&**text).into()),
        }
    }

    fn val(&self) -> Val<'_> {
        match self {
            Owned::Whole(whole) => Val::Whole(*whole),
            Owned::Ratio(n, d) => Val::Ratio(*n, *d),
            Owned::Real(real) => Val::Real(*real),
            Owned::Text(text) => Val::Text(text),
        }
    }
}

impl<P: Profile> RfmBuilder<P> {
    pub(super) fn new(
        rfm: &RfmPlan,
        (rulebook, model): (&Rulebook, &Model<P>),
        until: Instant,
    ) -> Result<Self, BindError> {
        let at = Instant::from_micros(until.micros().saturating_sub(1));
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let scores = rfm.scores.iter().map(|score| {
            let document = rulebook.document().scores.get(&score.name);
            Score {
                name: score.name.as_str().into(),
                value: binder.term(&score.value),
                ty: score.value.ty.clone(),
                cuts: score.cuts(at.micros()).iter().map(Owned::of_lit).collect(),
                classes: document.map_or(2, |score| usize::from(score.classes)),
                values: Vec::new(),
            }
        });
        let scores = scores.collect();
        binder.finish()?;
        let groups = rfm.groups.iter().filter_map(|name| {
            let rule = rulebook.segment(name)?;
            Some(rule.bind(model).map(|matcher| Group {
                name: name.clone(),
                matcher,
                people: Gathered::default(),
            }))
        });
        Ok(RfmBuilder {
            until,
            at,
            calendar,
            population: 0,
            scores,
            groups: groups.collect::<Result<_, _>>()?,
            grouped: Gathered::default(),
        })
    }

    pub(super) fn record(&mut self, profile: &P) {
        let position = self.population;
        self.population += 1;
        let ctx = Ctx::new(profile, self.at.micros());
        for score in &mut self.scores {
            let value = Owned::of(&score.value.value(&ctx));
            score.values.push(value);
        }
        for group in &mut self.groups {
            if group.matcher.holds(profile, self.at) {
                group.people.add(position);
                self.grouped.add(position);
            }
        }
    }

    pub(super) fn build(&self) -> RfmReport {
        let classified: Vec<Classified> = self.scores.iter().map(Score::classified).collect();
        let mut cells: BTreeMap<Vec<usize>, Gathered> = BTreeMap::new();
        let mut people = Gathered::default();
        for position in 0..self.population {
            let classes = classified.iter().map(|of| of.class(position));
            if let Some(classes) = classes.collect::<Option<Vec<usize>>>() {
                cells.entry(classes).or_default().add(position);
                people.add(position);
            }
        }
        let members = people.members(self.population);
        let cells = cells.iter().filter_map(|(classes, people)| {
            let [recency, frequency, monetary] = *classes.as_slice() else {
                return None;
            };
            Some(RfmCell {
                recency,
                frequency,
                monetary,
                people: self.people(people),
            })
        });
        let scores = self.scores.iter().zip(&classified);
        RfmReport {
            until: self.until,
            everybody: self.everybody(),
            people: people.count(),
            scores: scores.map(|(score, of)| self.score(score, of)).collect(),
            cells: cells.collect(),
            groups: (self.groups.iter())
                .map(|group| RfmGroup {
                    segment: group.name.clone(),
                    people: self.people(&group.people),
                })
                .collect(),
            in_no_group: self.of_members(&members - &self.grouped.members(self.population)),
            members,
        }
    }

    fn score(&self, score: &Score<P>, classified: &Classified) -> RfmScore {
        let mut classes = vec![Gathered::default(); score.classes];
        let mut missing = Gathered::default();
        for position in 0..self.population {
            let class = classified.class(position);
            let of_class = class.and_then(|class| classes.get_mut(class.checked_sub(1)?));
            of_class.unwrap_or(&mut missing).add(position);
        }
        let cuts = classified.cuts.iter();
        RfmScore {
            score: score.name.clone(),
            cuts: cuts
                .filter_map(|cut| scalar(&given(&cut.val(), &score.ty, self.calendar)))
                .collect(),
            fitted: score.cuts.is_empty(),
            classes: classes.iter().map(|of| self.people(of)).collect(),
            missing: self.people(&missing),
        }
    }

    fn people(&self, gathered: &Gathered) -> RfmPeople {
        self.of_members(gathered.members(self.population))
    }

    fn of_members(&self, members: Members) -> RfmPeople {
        let people = u64::try_from(members.count()).unwrap_or(u64::MAX);
        RfmPeople {
            people,
            share: share(people, self.everybody()),
            members,
        }
    }

    fn everybody(&self) -> u64 {
        u64::try_from(self.population).unwrap_or(u64::MAX)
    }
}

impl RfmReport {
    pub(super) fn members(&self) -> Vec<(String, &Members)> {
        let mut all = vec![("all three values".to_owned(), &self.members)];
        for of in &self.scores {
            for (class, people) in (1..).zip(&of.classes) {
                all.push((format!("{} = {class}", of.score), &people.members));
            }
            all.push((format!("{} is missing", of.score), &of.missing.members));
        }
        for cell in &self.cells {
            let (r, f, m) = (cell.recency, cell.frequency, cell.monetary);
            all.push((format!("classes {r}, {f}, {m}"), &cell.people.members));
        }
        for group in &self.groups {
            all.push((format!("segment {}", group.segment), &group.people.members));
        }
        all.push(("in no segment".to_owned(), &self.in_no_group.members));
        all
    }
}

/// The cut points of a score, and the class of each position.
struct Classified {
    cuts: Vec<Owned>,
    classes: Vec<Option<usize>>,
}

impl Classified {
    fn class(&self, position: usize) -> Option<usize> {
        self.classes.get(position).copied().flatten()
    }
}

impl<P: Profile> Score<P> {
    fn classified(&self) -> Classified {
        let cuts = if self.cuts.is_empty() {
            let mut values: Vec<&Owned> = self.values.iter().flatten().collect();
            values.sort_unstable_by(|a, b| a.val().natural_cmp(&b.val()));
            let cuts = quantiles(&values, self.classes);
            cuts.map(|cut| (*cut).clone()).collect()
        } else {
            self.cuts.clone()
        };
        let class = |value: &Owned| {
            1 + cuts.partition_point(|cut| value.val().natural_cmp(&cut.val()).is_gt())
        };
        let classes = self.values.iter();
        Classified {
            classes: classes.map(|value| value.as_ref().map(class)).collect(),
            cuts,
        }
    }
}

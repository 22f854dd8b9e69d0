//! How people spread over the values of attributes, traits, scores and stages, over tags and segments, at an instant.

use super::gathered::{Gathered, share};
use super::grouping::{GroupingNode, listed};
use super::groups::{GroupKey, value_words};

use crate::eval::context::Ctx;
use crate::eval::{BindError, Binder};
use crate::ir::{Calendar, Ty};
use crate::population::Members;
use crate::profile::{Accessor, Model, Profile, Val};
use crate::rulebook::Rulebook;
use crate::rulebook::reports::{SpreadOf, SpreadPlan};
use crate::ruleset::RuleSet;
use crate::time::Instant;
use crate::value::Scalar;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many people have which value.
///
/// ```
/// use segue::insight::{ReportBuilder, ReportResult};
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.attributes.gender = { type = "enum", values = ["female", "male"] }
///     schema.events.visited = {}
///     reports.r.spread = ["gender"]
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-05-01T00:00:00Z".parse()?);
/// let mut report = ReportBuilder::new(&rulebook, &model, "r", from, until)?;
/// report.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "gender": "female", "events": [
///     {"kind": "visited", "at": "2026-03-02T10:00:00Z"}]}"#)?);
///
/// let ReportResult::Spread(spread) = report.build() else { panic!("another kind") };
/// let values = spread.of[0].values.iter();
/// let people: Vec<u64> = values.map(|of| of.people).collect();
/// assert_eq!((spread.people, people), (1, vec![1, 0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SpreadReport {
    /// People are counted by the values that they have just before this instant.
    pub until: Instant,
    /// How many people there are.
    pub people: u64,
    /// One for each thing that was asked for, in that order.
    pub of: Vec<SpreadOver>,
}

/// How people spread over the values of one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SpreadOver {
    /// The attribute, the expression, `tags` or `segments`, as it is written.
    pub of: Arc<str>,
    /// Whether one person may have several values, as of a list, of tags and of segments. Elsewhere people add up to everybody.
    pub several: bool,
    /// The values in their order, a missing one last; at most 200, those with the most people. The values of an enum and the
    /// segments are listed though nobody has them.
    pub values: Vec<SpreadValue>,
    /// How many values are not listed.
    pub values_left_out: usize,
}

/// The people who have a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SpreadValue {
    /// The value; `None` of those who have none: the value is missing, the list empty, there is no tag, no segment.
    pub value: Option<Scalar>,
    /// How many people.
    pub people: u64,
    /// Their share of everybody, 0 to 1.
    pub share: Option<f64>,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
}

/// Counts people by value.
pub(super) struct SpreadBuilder<P: Profile> {
    until: Instant,
    calendar: Calendar,
    population: usize,
    over: Vec<Over<P>>,
}

struct Over<P: Profile> {
    text: Arc<str>,
    source: Source<P>,
    ty: Ty,
    people: BTreeMap<GroupKey, Gathered>,
}

enum Source<P: Profile> {
    Value(GroupingNode<P>),
    List(Option<Accessor<P>>),
    Tags {
        given: Option<Accessor<P>>,
        rules: RuleSet<P>,
    },
    Segments(RuleSet<P>),
}

impl<P: Profile> SpreadBuilder<P> {
    pub(super) fn new(
        spread: &SpreadPlan,
        (rulebook, model): (&Rulebook, &Model<P>),
        until: Instant,
    ) -> Result<Self, BindError> {
        let calendar = rulebook.context().calendar;
        let mut over = Vec::with_capacity(spread.of.len());
        for of in &spread.of {
            over.push(Over::bind(of, rulebook, model)?);
        }
        Ok(SpreadBuilder {
            until,
            calendar,
            population: 0,
            over,
        })
    }

    pub(super) fn record(&mut self, profile: &P) {
        let position = self.population;
        self.population += 1;
        let ctx = Ctx::new(profile, self.until.micros().saturating_sub(1));
        for over in &mut self.over {
            let mut keys = over.keys(&ctx, self.calendar);
            if keys.is_empty() {
                keys.insert(GroupKey::MISSING);
            }
            for key in keys {
                over.people.entry(key).or_default().add(position);
            }
        }
    }

    pub(super) fn build(&self) -> SpreadReport {
        let over = self.over.iter();
        SpreadReport {
            until: self.until,
            people: u64::try_from(self.population).unwrap_or(u64::MAX),
            of: over.map(|over| self.spread(over)).collect(),
        }
    }

    fn spread(&self, over: &Over<P>) -> SpreadOver {
        let everybody = u64::try_from(self.population).unwrap_or(u64::MAX);
        let counts = over.people.iter();
        let (keys, values_left_out) = listed(&counts.map(|(k, of)| (k, of.count())).collect());
        let nobody = Gathered::default();
        let values = keys.into_iter().map(|key| {
            let people = over.people.get(key).unwrap_or(&nobody);
            SpreadValue {
                value: key.value.clone(),
                people: people.count(),
                share: share(people.count(), everybody),
                members: people.members(self.population),
            }
        });
        SpreadOver {
            of: over.text.clone(),
            several: !matches!(over.source, Source::Value(_)),
            values: values.collect(),
            values_left_out,
        }
    }
}

impl<P: Profile> Over<P> {
    fn bind(of: &SpreadOf, rulebook: &Rulebook, model: &Model<P>) -> Result<Self, BindError> {
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let (text, source, ty): (Arc<str>, _, _) = match of {
            SpreadOf::Value(by) => {
                let node = GroupingNode::bind(by, &mut binder);
                (by.text.clone(), Source::Value(node), by.ty.clone())
            }
            SpreadOf::List(text, attribute, items) => {
                let list = binder.attribute(*attribute);
                (text.clone(), Source::List(list), items.ty.clone())
            }
            SpreadOf::Tags => {
                let rules = rulebook.tags();
                let rules = RuleSet::new(model, rules.map(|(path, rule)| (path, rule.clone())))?;
                let given = model.tags.clone();
                ("tags".into(), Source::Tags { given, rules }, Ty::String)
            }
            SpreadOf::Segments => {
                let rules = rulebook.rule_set(model)?;
                ("segments".into(), Source::Segments(rules), Ty::String)
            }
        };
        binder.finish()?;
        let nobody = |key| (key, Gathered::default());
        let known = known_values(of, &ty, rulebook);
        Ok(Over {
            text,
            source,
            ty,
            people: known.into_iter().map(nobody).collect(),
        })
    }
}

/// The values that are listed though nobody has them.
fn known_values(of: &SpreadOf, ty: &Ty, rulebook: &Rulebook) -> Vec<GroupKey> {
    let calendar = rulebook.context().calendar;
    let first = |n: usize| {
        let whole = (0..).map(Val::Whole).take(n);
        whole.map(|val| GroupKey::of(&val, ty, calendar)).collect()
    };
    match (of, ty) {
        (SpreadOf::Segments, _) => {
            let segments = rulebook.segments();
            segments.map(|(name, _)| text_key(name)).collect()
        }
        (SpreadOf::Value(_) | SpreadOf::List(..), Ty::Enum(names)) => first(names.values.len()),
        (SpreadOf::Value(_), Ty::Bool) => first(2),
        _ => Vec::new(),
    }
}

fn text_key(text: &str) -> GroupKey {
    GroupKey::of(&Val::Text(text), &Ty::String, Calendar::default())
}

impl<P: Profile> Over<P> {
    /// The values of a profile; none where it is missing.
    fn keys<'a>(&'a self, ctx: &Ctx<'a, P>, calendar: Calendar) -> BTreeSet<GroupKey> {
        let holding = |rules: &RuleSet<P>| {
            let now = Instant::from_micros(ctx.now);
            let names = rules.matches(ctx.profile, now);
            names.map(text_key).collect::<BTreeSet<_>>()
        };
        let items = |list: Option<&Accessor<P>>| {
            let Some(Accessor::List(list)) = list else {
                return BTreeSet::new();
            };
            let items = list.items(ctx.profile);
            let items = items.iter().filter(|item| !item.is_missing());
            items
                .map(|item| GroupKey::of(item, &self.ty, calendar))
                .collect()
        };
        match &self.source {
            Source::Value(node) => BTreeSet::from([node.key_of_profile(ctx)]),
            Source::List(list) => items(list.as_ref()),
            Source::Tags { given, rules } => &items(given.as_ref()) | &holding(rules),
            Source::Segments(rules) => holding(rules),
        }
    }
}

impl SpreadReport {
    pub(super) fn members(&self) -> Vec<(String, &Members)> {
        let over = self.of.iter().flat_map(|over| {
            let values = over.values.iter();
            values.map(|value| {
                let words = value_words(value.value.as_ref());
                (format!("{}: {words}", over.of), &value.members)
            })
        });
        over.collect()
    }
}

//! Portraits: everything that the rules say of one profile, as data for other systems.

use super::Rulebook;
use crate::eval::{BindError, Evaluated, Evaluator, StageEvaluator};
use crate::ir::{Cond, CondKind, FieldRef, Lifecycle, PropertyRef, Reads};
use crate::profile::{Accessor, Model, Profile, Val, Value};
use crate::rule::{Rule, ValueRule};
use crate::ruleset::{RuleSet, RuleSetVerdicts};
use crate::schema::Schema;
use crate::span::Span;
use crate::time::Instant;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that the rules of a rulebook say of one profile at one instant: what [`Portraits::at`] gives.
///
/// Its serde form has the parts that were asked for, `until` and, only where [`is_exact`](Self::is_exact) is `false`,
/// `"at_least": true`:
///
/// ```json
/// {"id":"17","at":"2026-03-18T12:00:00Z","traits":{"frequency":"loyal","spent":"124.99","favourite":null},
///  "segments":["active","vip"],"stages":{"recency":"active","interest":{"tv":"decision"}},"scores":{"money":3},
///  "tags":[{"path":"interest/tv","by":"rule"},{"path":"newsletter"}],"until":"2026-03-22T10:00:00.000001Z"}
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Portrait {
    /// The profile's id.
    pub id: String,
    /// The instant at which it is so.
    pub at: Instant,
    /// Every trait by name; [`Value::Missing`], `null` in JSON, where the profile has no value.
    pub traits: BTreeMap<String, Value>,
    /// The names of the segments that the profile is in.
    pub segments: Vec<String>,
    /// Where the profile is in every lifecycle, by name.
    pub stages: BTreeMap<String, PortraitStage>,
    /// Every score by name; `None` where the profile has no value, or the score is not fitted yet.
    pub scores: BTreeMap<String, Option<i64>>,
    /// The tags of the profile, by path: those it was given, and those that rules give it.
    pub tags: Vec<PortraitTag>,
    /// The earliest instant at which any of it changes if no new data arrives; `None` if nothing ever does.
    pub until: Option<Instant>,
    /// Whether something changes at `until`, as it mostly does. `false` where the search for a change ended there: all of it is
    /// certain before `until` and may be the same beyond, so that one asks again then.
    pub is_exact: bool,
    asked: Asked,
}

/// The parts that are lists and may be empty, though they were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    segments: bool,
    tags: bool,
}

/// Where a profile is in a lifecycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PortraitStage {
    /// In this stage; `None` if in none.
    Whole(Option<String>),
    /// Of a lifecycle that is kept for each value of a property: the values that the profile's events have had so far, each with its
    /// stage. Those in no stage are left out.
    Each(BTreeMap<String, String>),
}

/// A tag of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PortraitTag {
    /// The path.
    pub path: String,
    /// Where it comes from; `None` if that is not known: the profile's data contain it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<TagSource>,
}

/// Where a tag comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TagSource {
    /// A condition under `tags` of the rulebook holds.
    Rule,
}

/// A part of a portrait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PortraitPart<'n> {
    /// A trait.
    Trait(&'n str),
    /// A segment.
    Segment(&'n str),
    /// The stage of a lifecycle.
    Stage(&'n str),
    /// A score.
    Score(&'n str),
    /// The tags.
    Tags,
}

/// What portraits of a rulebook show: [`Rulebook::portrait`] gives it, [`bind`](Self::bind) binds it to a profile type.
#[derive(Clone, Debug)]
pub struct PortraitParts<'r> {
    rulebook: &'r Rulebook,
    traits: Vec<(&'r str, ValueRule)>,
    segments: Vec<(&'r str, &'r Rule)>,
    stages: Vec<(&'r str, &'r Arc<Lifecycle>)>,
    scores: Vec<(&'r str, ValueRule)>,
    /// The tags that rules give, if tags are shown.
    tags: Option<Vec<(&'r str, &'r Rule)>>,
}

impl Rulebook {
    /// Everything that the rules say of a profile, to be handed to other systems: its traits, segments, stages, scores and tags.
    ///
    /// ```
    /// use segue::{profile::{Model, Record, Value}, rulebook::PortraitPart, Rulebook};
    /// let rulebook = Rulebook::from_toml(r#"
    ///     schema.events.purchased.properties.amount = "decimal(2)"
    ///     traits.spent = "sum(purchased.amount within 12 months)"
    ///     tags."risk/inactive" = "not purchased within 90 days"
    ///     [segments]
    ///     active = "purchased within 30 days"
    ///     vip = "spent > 1000"
    /// "#)?;
    /// let portraits = rulebook.portrait().bind(&Model::for_schema(rulebook.schema()))?;
    ///
    /// let anna = Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
    ///     {"kind": "purchased", "at": "2026-03-10T10:00:00Z", "props": {"amount": 35.50}}]}"#)?;
    /// let portrait = portraits.at(&anna, "2026-03-18T12:00:00Z".parse()?);
    /// assert_eq!(portrait.traits["spent"], Value::Decimal("35.50".parse()?));
    /// assert_eq!(portrait.segments, ["active"]);
    /// // She leaves `active` first, 30 days after her purchase.
    /// assert_eq!(portrait.until, Some("2026-04-09T10:00:00.000001Z".parse()?));
    ///
    /// let spent_alone = rulebook.portrait().only(|part| part == PortraitPart::Trait("spent"));
    /// let portrait = spent_alone.bind(&Model::for_schema(rulebook.schema()))?.at(&anna, portrait.at);
    /// assert_eq!(serde_json::to_string(&portrait)?, concat!(r#"{"id":"anna","at":"2026-03-18T12:00:00Z","#,
    ///     r#""traits":{"spent":"35.50"},"until":"2027-03-10T10:00:00.000001Z"}"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn portrait(&self) -> PortraitParts<'_> {
        let value = |name| Some((name, self.value(name)?));
        let lifecycles = self.context.lifecycles.iter();
        PortraitParts {
            rulebook: self,
            traits: self.traits().filter_map(value).collect(),
            segments: self.segments().collect(),
            stages: lifecycles.map(|(name, of)| (name.as_str(), of)).collect(),
            scores: self.scores().filter_map(value).collect(),
            tags: Some(self.tags().collect()),
        }
    }
}

impl<'r> PortraitParts<'r> {
    /// Keeps only the parts that a function accepts: the others are not evaluated, are not part of the portrait, and `until` does
    /// not ask when they change.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(PortraitPart<'_>) -> bool) -> Self {
        self.traits
            .retain(|(name, _)| keep(PortraitPart::Trait(name)));
        self.segments
            .retain(|(name, _)| keep(PortraitPart::Segment(name)));
        self.stages
            .retain(|(name, _)| keep(PortraitPart::Stage(name)));
        self.scores
            .retain(|(name, _)| keep(PortraitPart::Score(name)));
        self.tags = self.tags.filter(|_| keep(PortraitPart::Tags));
        self
    }

    /// What of a profile the portrait rests on: enough to load it.
    #[must_use]
    pub fn reads(&self) -> Reads {
        let schema = self.rulebook.schema();
        let mut reads = Reads::default();
        let values = self.traits.iter().chain(&self.scores);
        values.for_each(|(_, value)| reads.merge(value.reads()));
        let rules = self.segments.iter().chain(self.tags.iter().flatten());
        rules.for_each(|(_, rule)| reads.merge(rule.reads()));
        for (_, lifecycle) in &self.stages {
            let stages = lifecycle.stages.iter();
            stages.for_each(|stage| reads.merge(&Reads::of_condition(&stage.cond, schema)));
            if let Some(subject) = subject(lifecycle, schema) {
                reads.merge(&Reads::of_condition(&subject, schema));
            }
        }
        reads
    }

    /// Binds the parts to a profile type: names are matched by name.
    ///
    /// # Errors
    /// If the type lacks something that a rule reads, or has it with another type.
    pub fn bind<P: Profile>(&self, model: &Model<P>) -> Result<Portraits<P>, BindError> {
        let meaning = (self.rulebook.schema(), self.rulebook.context.calendar);
        let values = |of: &[(&str, ValueRule)]| {
            let bind = |(name, value): &(&str, ValueRule)| Ok(((*name).into(), value.bind(model)?));
            of.iter().map(bind).collect::<Result<_, BindError>>()
        };
        let stages = self.stages.iter().map(|(name, lifecycle)| {
            let bound = StageEvaluator::bind(lifecycle, meaning, model)?;
            Ok(((*name).into(), bound))
        });
        let rules =
            |of: &[(&str, &Rule)]| RuleSet::new(model, of.iter().map(|(n, r)| (*n, (*r).clone())));
        Ok(Portraits {
            traits: values(&self.traits)?,
            segments: rules(&self.segments)?,
            stages: stages.collect::<Result<_, BindError>>()?,
            scores: values(&self.scores)?,
            tags: self.tags.as_deref().map(rules).transpose()?,
            given_tags: model.tags.clone(),
        })
    }
}

/// That an event is about the subject of a lifecycle that is kept for each.
fn subject(lifecycle: &Lifecycle, schema: &Schema) -> Option<Cond> {
    let name = lifecycle.per.clone()?;
    let kinds = schema.kinds().iter().filter_map(|kind| {
        let property = kind.property_id(&name)?;
        Some((schema.kind_id(&kind.name)?, property))
    });
    let at = kinds.collect();
    let property = FieldRef::Property(PropertyRef { name, at });
    Some(Cond::new(CondKind::OfSubject(property), Span::default()))
}

/// Portraits bound to a profile type. Immutable, can be shared between threads.
pub struct Portraits<P: Profile> {
    traits: Vec<(Box<str>, Evaluator<P>)>,
    segments: RuleSet<P>,
    stages: Vec<(Box<str>, StageEvaluator<P>)>,
    scores: Vec<(Box<str>, Evaluator<P>)>,
    tags: Option<RuleSet<P>>,
    given_tags: Option<Accessor<P>>,
}

impl<P: Profile> std::fmt::Debug for Portraits<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Portraits")
            .field("traits", &self.traits)
            .field("segments", &self.segments)
            .field("scores", &self.scores)
            .finish_non_exhaustive()
    }
}

impl<P: Profile> Portraits<P> {
    /// The portrait of a profile at an instant. Events later than `now` are not seen.
    ///
    /// Each part is what [`Rulebook::value`], [`Rulebook::segment`] or the expression `stage of …` says alone, and `until` is the
    /// earliest of theirs: just before it the portrait is the same, at it another. A trait that grows as time passes, such as
    /// `now - last(purchased).at`, has a portrait that lasts a microsecond; leave it out with [`PortraitParts::only`] where
    /// `until` is to say when to ask again.
    #[must_use]
    pub fn at(&self, profile: &P, now: Instant) -> Portrait {
        let mut change = Change::default();
        let traits = self.traits.iter().map(|(name, evaluator)| {
            let value = change.of(evaluator.at(profile, now));
            (String::from(&**name), value)
        });
        let traits = traits.collect();
        let scores = self.scores.iter().map(|(name, evaluator)| {
            let score = match change.of(evaluator.at(profile, now)) {
                Value::Int(score) => Some(score),
                _ => None,
            };
            (String::from(&**name), score)
        });
        let scores = scores.collect();
        let stages = self.stages.iter().map(|(name, evaluator)| {
            let stage = stage(evaluator, profile, now, &mut change);
            (String::from(&**name), stage)
        });
        let stages = stages.collect();
        let segments = change.holding(&self.segments.verdicts(profile, now));
        let tags = self.tags(profile, now, &mut change);
        Portrait {
            id: profile.id().to_string(),
            at: now,
            traits,
            segments: segments.into_iter().map(str::to_owned).collect(),
            stages,
            scores,
            tags,
            until: change.until,
            is_exact: change.is_exact,
            asked: Asked {
                segments: !self.segments.is_empty(),
                tags: self.tags.is_some(),
            },
        }
    }

    fn tags(&self, profile: &P, now: Instant, change: &mut Change) -> Vec<PortraitTag> {
        let Some(rules) = &self.tags else {
            return Vec::new();
        };
        let mut tags: BTreeMap<String, Option<TagSource>> = BTreeMap::new();
        if let Some(Accessor::List(given)) = &self.given_tags {
            for tag in given.items(profile).iter().filter_map(Val::text) {
                tags.insert(tag.to_owned(), None);
            }
        }
        for path in change.holding(&rules.verdicts(profile, now)) {
            tags.insert(path.to_owned(), Some(TagSource::Rule));
        }
        let tags = tags.into_iter();
        tags.map(|(path, by)| PortraitTag { path, by }).collect()
    }
}

fn stage<P: Profile>(
    evaluator: &StageEvaluator<P>,
    profile: &P,
    now: Instant,
    change: &mut Change,
) -> PortraitStage {
    let text = |value: Value| match value {
        Value::Text(stage) => Some(stage),
        _ => None,
    };
    if !evaluator.is_per_subject() {
        return PortraitStage::Whole(text(change.of(evaluator.at(profile, now))));
    }
    let subjects = evaluator.of_subjects(profile, now).into_iter();
    let each = subjects
        .filter_map(|(subject, found)| Some((subject.to_string(), text(change.of(found))?)));
    PortraitStage::Each(each.collect())
}

/// When the first of several answers changes.
struct Change {
    until: Option<Instant>,
    /// Whether one of those that end at `until` is known to change then.
    is_exact: bool,
}

impl Default for Change {
    fn default() -> Self {
        Change {
            until: None,
            is_exact: true,
        }
    }
}

impl Change {
    fn add(&mut self, until: Option<Instant>, is_exact: bool) {
        match (until, self.until) {
            (None, _) => {}
            (Some(until), Some(first)) if until > first => {}
            (Some(until), Some(first)) if until == first => self.is_exact |= is_exact,
            (Some(_), _) => (self.until, self.is_exact) = (until, is_exact),
        }
    }

    fn of(&mut self, evaluated: Evaluated) -> Value {
        self.add(evaluated.until, evaluated.is_exact);
        evaluated.value
    }

    /// The names of the rules that hold.
    fn holding<'m>(&mut self, verdicts: &RuleSetVerdicts<'m>) -> Vec<&'m str> {
        let see = |(name, verdict): (&'m str, crate::eval::Verdict)| {
            self.add(verdict.until, verdict.is_exact);
            verdict.holds.then_some(name)
        };
        verdicts.iter().filter_map(see).collect()
    }
}

impl Serialize for Portrait {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Portrait", 9)?;
        out.serialize_field("id", &self.id)?;
        out.serialize_field("at", &self.at)?;
        if !self.traits.is_empty() {
            out.serialize_field("traits", &self.traits)?;
        }
        if self.asked.segments {
            out.serialize_field("segments", &self.segments)?;
        }
        if !self.stages.is_empty() {
            out.serialize_field("stages", &self.stages)?;
        }
        if !self.scores.is_empty() {
            out.serialize_field("scores", &self.scores)?;
        }
        if self.asked.tags {
            out.serialize_field("tags", &self.tags)?;
        }
        out.serialize_field("until", &self.until)?;
        if !self.is_exact {
            out.serialize_field("at_least", &true)?;
        }
        out.end()
    }
}

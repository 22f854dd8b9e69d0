//! Why a rule holds for a profile or not, when the answer next changes, and the smallest changes that turn it.
//!
//! This is the slow path: each part of a rule is bound and evaluated on its own, so the answers are those of `eval`.
//!
//! | file | what lives there |
//! |---|---|
//! | `report` | explanations as data |
//! | `walk` | the walk over a rule: `and`, `or`, `not`, segments |
//! | `compare`, `values`, `times`, `past`, `asof`, `stages`, `events`, `rows`, `sequence` | the facts about each kind of condition |
//! | `counterfactual`, `substitute`, `planned` | the changes that turn an answer |
//! | `terms` | terms taken apart: the one behind a trait, the aggregates in it |
//! | `value`, `source` | values and parts in words |
//! | `tree`, `summary` | explanations as text |

#![deny(clippy::wildcard_enum_match_arm)]

mod asof;
mod compare;
mod counterfactual;
mod events;
mod field_words;
mod journeys;
mod past;
mod planned;
mod report;
mod rows;
mod sequence;
mod source;
mod stages;
mod substitute;
mod summary;
mod terms;
mod times;
mod tree;
mod value;
mod values;
mod walk;

pub use report::{
    ChangeKind, Evidence, Explanation, ExplanationNode, PartKind, ReadValue, RowEvidence,
    RowWitness, SuggestedChange, Witness,
};

use crate::eval::Matcher;
use crate::eval::context::Ctx;
use crate::profile::Profile;
use crate::time::{Instant, Zone};
use walk::Explainer;

/// An instant in a zone, with the zone's offset, as an expression spells it.
pub(crate) fn instant_text(at: Instant, zone: Zone) -> String {
    value::instant(at.micros(), zone)
}

impl<P: Profile> Matcher<P> {
    /// Why the rule holds for a profile at an instant, or why it does not: each part with the values and events it read,
    /// until when its answer stays, and what would turn it.
    ///
    /// The verdict in it is that of [`verdict`](Self::verdict). It costs far more, so ask it for one profile, not for many.
    ///
    /// ```
    /// use segue::{profile::{Model, Record}, schema::{EventKind, Field, Schema}, Rule, Type};
    /// let schema = Schema::builder()
    ///     .attribute(Field::new("age", Type::Int))
    ///     .kind(EventKind::new("viewed").subject(Field::new("category", Type::String)))
    ///     .build()?;
    /// let rule = Rule::check(r#"age > 50 and viewed("anti-aging") within 30 days"#, &schema)?;
    /// let anna = Record::builder(&schema, "anna")
    ///     .set("age", 47)
    ///     .event("viewed", "2026-03-01T10:00:00Z", [("category", "anti-aging".into())])
    ///     .build()?;
    /// let explanation = rule.bind(&Model::for_schema(&schema))?.explain(&anna, "2026-03-15T10:00:00Z".parse()?);
    /// assert_eq!(explanation.to_string(), r#"
    /// ✗ anna is out at 2026-03-15T10:00:00Z, and stays so unless something happens
    ///   age > 50 and viewed("anti-aging") within 30 days
    ///
    /// ✗ all of:
    ///   ✗ age > 50: age is 47, 4 short
    ///   ✓ viewed("anti-aging") within 30 days (until 2026-03-31T10:00:00.000001Z)
    ///       1 viewed("anti-aging"):
    ///       - 2026-03-01T10:00:00Z category "anti-aging"
    ///
    /// to get in:
    ///   - have `age` of 51 or more
    /// "#.trim_start());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn explain(&self, profile: &P, now: Instant) -> Explanation {
        self.explain_in(&Ctx::new(profile, now.micros()))
    }

    /// The same in a scope: that of a trigger's entry.
    pub(crate) fn explain_in(&self, ctx: &Ctx<'_, P>) -> Explanation {
        let rule = &self.rule;
        let calendar = rule.calendar();
        let verdict = self.verdict_in(ctx);
        let (profile, now) = (ctx.profile, Instant::from_micros(ctx.now));
        let mut explainer = Explainer::new(&self.model, rule.schema(), calendar);
        let mut explained = explainer.cond(rule.root(), rule.text(), ctx);
        field_words::add(&explainer.words, &mut explained.part);
        Explanation {
            name: None,
            rule: crate::syntax::format(rule.expr()),
            profile: profile.id().to_string(),
            now,
            zone: calendar.zone,
            holds: verdict.holds,
            until: verdict.until,
            is_exact: verdict.is_exact,
            changes: explained.part.changes.clone(),
            root: explained.part,
        }
    }
}

//! Rules bound to a profile type.

use super::bounded::{End, Outlook};
use super::cond::Node;
use super::cond::logic::All;
use super::context::Ctx;
use super::value::TermNode;
use super::work::Work;
use super::{BindError, Binder, Verdict};
use crate::profile::{Model, Profile};
use crate::rule::Rule;
use crate::time::{Instant, NEVER};
use std::fmt;
use std::sync::Arc;

/// A rule bound to a profile type. Immutable, cheap to clone, shared freely between threads.
///
/// ```
/// use segue::{profile::{Model, Record}, schema::{EventKind, Field, Schema}, Rule, Type};
/// let schema = Schema::builder()
///     .attribute(Field::new("age", Type::Int))
///     .kind(EventKind::new("viewed").subject(Field::new("category", Type::String)))
///     .build()?;
/// let rule = Rule::check(r#"age > 50 and viewed("anti-aging") within 30 days"#, &schema)?;
/// let matcher = rule.bind(&Model::for_schema(&schema))?;
///
/// let anna = Record::from_json(&schema, r#"{"id": "anna", "age": 57, "events": [
///     {"kind": "viewed", "at": "2026-03-01T10:00:00Z", "props": {"category": "anti-aging"}}]}"#)?;
/// let verdict = matcher.verdict(&anna, "2026-03-15T00:00:00Z".parse()?);
/// assert!(verdict.holds);
/// assert_eq!(verdict.until, Some("2026-03-31T10:00:00.000001Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Matcher<P: Profile> {
    root: Arc<Node<P>>,
    pub(crate) rule: Rule,
    /// What explanations bind the parts of the rule with.
    pub(crate) model: Model<P>,
}

impl<P: Profile> Clone for Matcher<P> {
    fn clone(&self) -> Self {
        Matcher {
            root: self.root.clone(),
            rule: self.rule.clone(),
            model: self.model.clone(),
        }
    }
}

impl<P: Profile> fmt::Debug for Matcher<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Matcher").field(&self.rule).finish()
    }
}

impl Rule {
    /// Binds the rule to a profile type: names are matched by name.
    ///
    /// # Errors
    /// If the type lacks something that the rule reads, or has it with another type.
    pub fn bind<P: Profile>(&self, model: &Model<P>) -> Result<Matcher<P>, BindError> {
        let mut binder = Binder::new(model, self.schema(), self.calendar());
        let root = binder.cond(self.root());
        binder.finish()?;
        Ok(Matcher {
            root: Arc::new(root),
            rule: self.clone(),
            model: model.clone(),
        })
    }
}

impl<P: Profile> Matcher<P> {
    /// Whether the rule holds for a profile at an instant. Events later than `now` are not seen.
    #[inline]
    #[must_use]
    pub fn holds(&self, profile: &P, now: Instant) -> bool {
        // Leaves need no context, and the parts of the root no frame of their own.
        let context = || Ctx::new(profile, now.micros());
        if let Node::Leaf(leaf) = &*self.root {
            return (leaf.0)(profile);
        }
        if let Node::All(All(parts)) = &*self.root {
            return parts.leaves.iter().all(|test| test(profile)) && {
                let ctx = context();
                parts.rest.iter().all(|part| part.holds(&ctx))
            };
        }
        self.root.holds(&context())
    }

    /// Whether the rule holds, and until when that is certain.
    ///
    /// `until` is exact: just before it the answer is the same, at it the answer has changed. Events and changes of
    /// attributes that the profile already holds for later than `now` count when their time comes. Where finding the change
    /// would take too much work, `until` is how far the search came, and [`is_exact`](Verdict::is_exact) says so.
    #[must_use]
    pub fn verdict(&self, profile: &P, now: Instant) -> Verdict {
        self.counted_verdict(profile, now, &Work::default())
    }

    /// The same, and how many steps that took: for tests of the cost.
    #[doc(hidden)]
    #[must_use]
    pub fn verdict_and_work(&self, profile: &P, now: Instant) -> (Verdict, u64) {
        let work = Work::default();
        (self.counted_verdict(profile, now, &work), work.done())
    }

    fn counted_verdict(&self, profile: &P, now: Instant, work: &Work) -> Verdict {
        self.verdict_in(&Ctx {
            work: Some(work),
            ..Ctx::new(profile, now.micros())
        })
    }

    /// The verdict in a scope.
    pub(crate) fn verdict_in(&self, ctx: &Ctx<'_, P>) -> Verdict {
        let Outlook { holds, until, end } = self.root.next_change(ctx);
        Verdict {
            holds,
            until: (until != NEVER).then(|| Instant::from_micros(until)),
            is_exact: end != End::Possible,
        }
    }

    /// The rule.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }
}

/// A value bound to a profile type: what scores are fitted on.
pub(crate) struct Values<P: Profile>(TermNode<P>);

impl<P: Profile> Values<P> {
    pub(crate) fn bind(
        term: &crate::ir::Term,
        schema: &crate::schema::Schema,
        calendar: crate::ir::Calendar,
        model: &Model<P>,
    ) -> Result<Self, BindError> {
        let mut binder = Binder::new(model, schema, calendar);
        let node = binder.term(term);
        binder.finish()?;
        Ok(Values(node))
    }

    pub(crate) fn value<'a>(&'a self, profile: &'a P, now: Instant) -> crate::profile::Val<'a> {
        self.0.value(&Ctx::new(profile, now.micros()))
    }
}

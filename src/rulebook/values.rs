//! Traits, scores, segments and tags as values.

use super::Rulebook;
use super::made;
use crate::check::as_value;
use crate::ir::{Cond, CondKind, Term, TermKind, Ty};
use crate::rule::ValueRule;
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, Literal, Quantifier, quoted_name, quoted_path};
use std::sync::Arc;

impl Rulebook {
    /// A named value: a trait or a score; or a segment or the path of a tag that rules give, which are true or false. Of several with
    /// one name, the first of these counts.
    ///
    /// Any other value is an expression: [`ValueRule::check_in`] with the [context](Self::context) of the rulebook.
    ///
    /// ```
    /// use segue::{profile::{Model, Record, Value}, Rulebook, ValueRule};
    /// let rulebook = Rulebook::from_toml(r#"
    ///     [schema.events.purchased]
    ///     properties = { amount = "decimal(2)" }
    ///
    ///     [traits]
    ///     spent = "sum(purchased.amount within 12 months)"
    ///     [segments]
    ///     vip = "spent > 1000"
    /// "#)?;
    /// let model = Model::for_schema(rulebook.schema());
    /// let anna = Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
    ///     {"kind": "purchased", "at": "2025-06-01T10:00:00Z", "props": {"amount": 999}},
    ///     {"kind": "purchased", "at": "2026-03-10T10:00:00Z", "props": {"amount": 35.50}}]}"#)?;
    /// let now = "2026-03-18T12:00:00Z".parse()?;
    ///
    /// let spent = rulebook.value("spent").expect("a trait").bind(&model)?.at(&anna, now);
    /// assert_eq!(spent.value, Value::Decimal("1034.50".parse()?));
    /// assert_eq!(spent.until, Some("2026-06-01T10:00:00.000001Z".parse()?));
    /// let vip = rulebook.value("vip").expect("a segment").bind(&model)?.at(&anna, now);
    /// assert_eq!((vip.value, vip.until), (Value::Bool(true), spent.until));
    ///
    /// let last = ValueRule::check_in("last(purchased).amount", rulebook.context())?.bind(&model)?;
    /// assert_eq!(last.value(&anna, now), Value::Decimal("35.50".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn value(&self, name: &str) -> Option<ValueRule> {
        let span = Span::default();
        let rule = |text: String, term: Term| {
            ValueRule::new(
                text,
                term,
                (self.schema(), self.context.calendar),
                Vec::new(),
            )
        };
        if let Some(named) = self.context.traits.get(name) {
            let kind = TermKind::Trait(named.clone());
            let term = Term::new(kind, named.term.ty.clone(), span);
            return Some(rule(quoted_path(name), term));
        }
        if let Some(score) = self.context.scores.get(name) {
            let term = Term::new(TermKind::Score(score.clone()), Ty::Exact(0), span);
            return Some(rule(quoted_path(name), term));
        }
        if let Some(segment) = self.context.segments.get(name) {
            let text = format!("in segment {}", quoted_name(name));
            let cond = Cond::new(CondKind::Segment(Arc::clone(segment)), span);
            let term = as_value(cond, &text);
            return Some(rule(text, term));
        }
        self.tags.get(name)?;
        let tagged = ExprKind::Tagged {
            quantifier: Quantifier::Any,
            paths: vec![Literal::String(name.to_owned())],
        };
        let text = Expr { kind: tagged, span }.to_string();
        ValueRule::check_in(&text, &self.context).ok()
    }

    /// The traits, by name: those that are declared, and those that priorities of segments, personas and ledgers make.
    pub fn traits(&self) -> impl Iterator<Item = &str> {
        let names = self.context.traits.keys().map(String::as_str);
        let is_declared = |name: &str| {
            self.document.traits.contains_key(name) || self.document.ledgers.contains_key(name)
        };
        names.filter(move |name| is_declared(name) || made::is_shown(name))
    }
}

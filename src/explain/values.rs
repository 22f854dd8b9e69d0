//! Conditions on values that are not comparisons, and what values rest on.

use super::compare::Rel;
use super::counterfactual::Counterfactual;
use super::report::{ChangeKind, ExplanationNode, PartKind};
use super::source::{field_name, name, words};
use super::terms::{core, is_lit};
use super::value::{quoted, show, show_lit};
use super::walk::{DefinitionKey, Explainer, Facts, Query};
use crate::eval::cond::Node;
use crate::eval::cond::presence::OperandNode;
use crate::eval::cond::tags::Tagged;
use crate::eval::value::list::ListNode;
use crate::ir::{Calendar, Circle, Rectangle};
use crate::ir::{Cond, FieldRef, Lit, Operand, Pattern, Term, TermKind, Trait, Ty};
use crate::profile::{Profile, Val};
use crate::syntax::TextOp;
use crate::value::GeoPoint;
use std::sync::Arc;

/// The most items of a list that are shown.
const MAX_ITEMS: usize = 8;

/// A list with its last items left out where it is long.
pub(super) fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    let n = items.len();
    let mut shown: Vec<String> = items.take(MAX_ITEMS).collect();
    if n > shown.len() {
        shown.push(format!("… {n} in all"));
    }
    format!("({})", shown.join(", "))
}

/// The values of a list.
pub(super) fn shown_list(items: &[Val<'_>], ty: &Ty, calendar: Calendar) -> String {
    let shown = items
        .iter()
        .map(|item| show(item, ty, calendar).unwrap_or_default());
    listed(shown)
}

impl<P: Profile> Explainer<'_, P> {
    /// The items of a list; `None` where it is missing.
    fn elements(&self, list: &ListNode<P>, ty: &Ty, query: Query<'_, '_, P>) -> Option<String> {
        list.len(query.ctx)?;
        Some(shown_list(&list.items(query.ctx), ty, self.calendar))
    }

    /// What a value rests on: events, traits, and, of a calculation, the values in it.
    pub(super) fn collect_term(
        &mut self,
        term: &Term,
        nested: bool,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        match &term.kind {
            TermKind::Lit(_)
            | TermKind::Id
            | TermKind::At(_)
            | TermKind::Entry(_)
            | TermKind::Now
            | TermKind::Today(_)
            | TermKind::Cases { .. } => {}
            TermKind::Field(_) => self.nested_reading(term, nested, query, facts),
            TermKind::Aggregate {
                function,
                select,
                of,
            } => {
                self.nested_reading(term, nested, query, facts);
                self.evidence(select, Some((*function, of.as_deref(), term)), query, facts);
            }
            TermKind::Total { rows, of, .. } => {
                self.nested_reading(term, nested, query, facts);
                self.row_evidence(rows, false, of.as_deref(), query, facts);
            }
            TermKind::Arithmetic { left, right, .. } => {
                self.collect_term(left, true, query, facts);
                self.collect_term(right, true, query, facts);
            }
            TermKind::Part { of, .. }
            | TermKind::PlusMonths { of, .. }
            | TermKind::Negate(of)
            | TermKind::Call { of, .. } => {
                let hidden = matches!(
                    term.kind,
                    TermKind::Call {
                        function: crate::ir::Function::DayStart,
                        ..
                    }
                );
                self.collect_term(of, nested || !hidden, query, facts);
            }
            TermKind::AsOf { of, .. } => {
                self.nested_reading(term, nested, query, facts);
                self.collect_as_of(term, of, query, facts);
            }
            TermKind::Stage(of) => self.present_stage(of, query, facts),
            TermKind::OnlyIf { of, .. } => self.collect_term(of, true, query, facts),
            TermKind::Score(score) => {
                self.nested_reading(term, nested, query, facts);
                let here = Query {
                    text: &score.text,
                    ..query
                };
                let cuts = listed(
                    score
                        .cuts(query.now())
                        .iter()
                        .map(|cut| show_lit(cut, &score.value.ty, self.calendar)),
                );
                let value = self.read(&score.value, here);
                facts.read(value.name, value.shown, Some(format!("cut points {cuts}")));
                self.collect_term(&score.value, false, here, facts);
            }
            TermKind::Ledger { ledger, .. } => {
                self.nested_reading(term, nested, query, facts);
                for posting in ledger.postings() {
                    let text = &posting.text;
                    self.evidence(&posting.select, None, Query { text, ..query }, facts);
                }
            }
            TermKind::Trait(named) => {
                self.nested_reading(term, nested, query, facts);
                let part = self.trait_part(named, query);
                facts.parts.extend(part);
            }
        }
    }

    fn nested_reading(
        &mut self,
        term: &Term,
        nested: bool,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        if nested {
            let read = self.read(term, query);
            facts.read(read.name, read.shown, None);
        }
    }

    /// A trait and what it rests on; nothing where it was shown before.
    fn trait_part(
        &mut self,
        named: &Arc<Trait>,
        query: Query<'_, '_, P>,
    ) -> Option<ExplanationNode> {
        if !self.traits.insert(DefinitionKey::of_trait(named)) {
            return None;
        }
        let value = self.trait_value(named, query);
        let mut inner = Facts::default();
        if let TermKind::Cases { cases, otherwise } = &named.term.kind {
            for case in cases {
                let explained = self.cond(&case.cond, &case.text, query.ctx);
                let (holds, until) = (explained.part.holds, explained.part.until);
                let kind = PartKind::Case {
                    value: self.case_value(&case.value, &named.term.ty),
                };
                let text = explained.part.text.clone();
                inner.parts.push(self.part(
                    kind,
                    text,
                    holds,
                    until,
                    &explained.counterfactual,
                    vec![explained.part],
                ));
                if holds {
                    break;
                }
            }
            // A condition as a value has one case, which says all there is to say.
            if let ([ExplanationNode { parts, .. }], Some(Lit::Whole(0)), Ty::Bool) =
                (&mut inner.parts[..], otherwise, &named.term.ty)
            {
                inner.parts = std::mem::take(parts);
            }
        } else {
            self.collect_term(
                &named.term,
                false,
                Query {
                    text: &named.text,
                    ..query
                },
                &mut inner,
            );
        }
        let text = match words(named.term.span, &named.text) {
            words if words.is_empty() => crate::syntax::quoted_path(&named.name),
            words => words,
        };
        let kind = PartKind::Trait {
            name: named.name.clone(),
            value: value.clone(),
        };
        let part = self.part(
            kind,
            text,
            value.is_some(),
            None,
            &Counterfactual::default(),
            inner.parts,
        );
        Some(ExplanationNode {
            readings: inner.readings,
            evidence: inner.evidence,
            rows: inner.rows,
            ..part
        })
    }

    pub(super) fn one_of(
        &mut self,
        cond: &Cond,
        value: &Term,
        set: &[Lit],
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let read = self.read(value, query);
        let why = matches!(value.kind, TermKind::Id).then(|| {
            let which = if query.inner() { "one" } else { "none" };
            format!("{which} of the {} listed", set.len())
        });
        facts.read(read.name.clone(), read.shown, why);
        self.collect_term(value, false, query, facts);
        let op = if query.inner() { "not in" } else { "in" };
        self.counterfactual_by_value(cond, value, query, facts, |explainer| match set {
            [one] => {
                let op = if query.inner() { "!=" } else { "=" };
                Some(ChangeKind::Value {
                    name: read.name,
                    op: op.to_owned(),
                    value: show_lit(one, &value.ty, explainer.calendar),
                })
            }
            _ => {
                let items = listed(
                    set.iter()
                        .map(|lit| show_lit(lit, &value.ty, explainer.calendar)),
                );
                Some(ChangeKind::Value {
                    name: read.name,
                    op: op.to_owned(),
                    value: items,
                })
            }
        });
    }

    pub(super) fn text(
        &mut self,
        op: TextOp,
        value: &Term,
        pattern: &Pattern,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let read = self.read(value, query);
        facts.read(read.name.clone(), read.shown, None);
        self.collect_term(value, false, query, facts);
        let op = match op {
            TextOp::StartsWith => "starts with",
            TextOp::EndsWith => "ends with",
            TextOp::Like => "like",
            TextOp::Matches => "matches",
        };
        let pattern = match pattern {
            Pattern::Literal(text) => quoted(text),
            Pattern::Regex(regex) => quoted(regex.as_str()),
        };
        facts.actions = self.value_to(value, read.name, op, pattern, query);
    }

    pub(super) fn substring(
        &mut self,
        value: &Term,
        (items, values): (&[Lit], &[Term]),
        all: bool,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let read = self.read(value, query);
        facts.read(read.name.clone(), read.shown, None);
        self.collect_term(value, false, query, facts);
        let items = items
            .iter()
            .map(|lit| show_lit(lit, &Ty::String, self.calendar))
            .collect();
        let Some(items) = self.items(items, values, all, query, facts) else {
            return;
        };
        facts.actions = self.value_to(value, read.name, "contains", quantified(items, all), query);
    }

    /// `name op value`, or its negation where the condition holds now.
    fn value_to(
        &self,
        term: &Term,
        name: String,
        op: &str,
        value: String,
        query: Query<'_, '_, P>,
    ) -> Option<Vec<ChangeKind>> {
        let op = if query.inner() {
            format!("not {op}")
        } else {
            op.to_owned()
        };
        let changeable = !matches!(core(term).kind, TermKind::Id) && !is_lit(term);
        changeable.then(|| vec![ChangeKind::Value { name, op, value }])
    }

    pub(super) fn contains(
        &mut self,
        cond: &Cond,
        list: &FieldRef,
        (items, values): (&[Lit], &[Term]),
        all: bool,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let ty = list.value_type(self.schema);
        let called = field_name(list, self.schema);
        let node = self.binder.cond(cond);
        let value = if let Node::Contains(node) = &node {
            self.elements(&node.list, &ty, query)
        } else {
            None
        };
        let shown = items
            .iter()
            .map(|lit| show_lit(lit, &ty, self.calendar))
            .collect();
        let op = if query.inner() {
            "not contains"
        } else {
            "contains"
        };
        facts.read(called.clone(), value, None);
        let Some(shown) = self.items(shown, values, all, query, facts) else {
            return;
        };
        facts.actions = Some(vec![ChangeKind::Value {
            name: called,
            op: op.to_owned(),
            value: quantified(shown, all),
        }]);
    }

    /// Reads the values that are asked for beside constants. All that can be contained, as text; `None` where that is not
    /// enough, since what is missing is in nothing.
    fn items(
        &mut self,
        mut shown: Vec<String>,
        values: &[Term],
        all: bool,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) -> Option<Vec<String>> {
        let mut any_missing = false;
        for term in values {
            let read = self.read(term, query);
            facts.read(read.name, read.shown.clone(), None);
            self.collect_term(term, false, query, facts);
            any_missing |= read.shown.is_none();
            shown.extend(read.shown);
        }
        let in_vain = shown.is_empty() || all && any_missing;
        (!in_vain).then_some(shown)
    }

    pub(super) fn presence(
        &mut self,
        cond: &Cond,
        operand: &Operand,
        empty: bool,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let called = match operand {
            Operand::Term(term) => {
                let read = self.read(term, query);
                facts.read(read.name.clone(), read.shown, None);
                self.collect_term(term, false, query, facts);
                read.name
            }
            Operand::List(list) => {
                let (called, ty) = (field_name(list, self.schema), list.value_type(self.schema));
                let node = self.binder.cond(cond);
                let value = if let Node::Presence(test) = &node
                    && let OperandNode::List(list) = &test.of
                {
                    self.elements(list, &ty, query)
                } else {
                    None
                };
                facts.read(called.clone(), value, None);
                called
            }
        };
        let op = match (empty, query.inner()) {
            (false, false) => "exists",
            (false, true) => "is missing",
            (true, false) => "is empty",
            (true, true) => "is not empty",
        };
        let change = ChangeKind::Value {
            name: called,
            op: op.to_owned(),
            value: String::new(),
        };
        match operand {
            Operand::Term(term) => {
                self.counterfactual_by_value(cond, term, query, facts, |_| Some(change))
            }
            Operand::List(_) => facts.actions = Some(vec![change]),
        }
    }

    pub(super) fn truth(
        &mut self,
        cond: &Cond,
        value: &Term,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let read = self.read(value, query);
        facts.read(read.name.clone(), read.shown, None);
        self.collect_term(value, false, query, facts);
        let wanted = if query.inner() { "false" } else { "true" };
        self.counterfactual_by_value(cond, value, query, facts, |_| {
            Some(ChangeKind::Value {
                name: read.name,
                op: Rel::Eq.sign().to_owned(),
                value: wanted.to_owned(),
            })
        });
    }

    pub(super) fn near(
        &mut self,
        value: &Term,
        Circle { centre, metres }: Circle,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.term(value);
        let val = node.value(query.ctx);
        let called = name(value, query.text, self.schema);
        let margin = match val {
            Val::Place(place) => {
                let distance = place.distance(centre);
                let beyond = distance - metres;
                let away = length(distance);
                Some(if beyond > 0.0 {
                    format!("{away} away, {} too far", length(beyond))
                } else {
                    format!("{away} away")
                })
            }
            Val::Missing
            | Val::Whole(_)
            | Val::Ratio(..)
            | Val::Real(_)
            | Val::Text(_)
            | Val::Inline(_) => None,
        };
        facts.read(
            called.clone(),
            show(&val, &Ty::Place, self.calendar),
            margin,
        );
        let op = if query.inner() {
            "not within"
        } else {
            "within"
        };
        let target = format!("{} of ({}, {})", length(metres), centre.lat, centre.lon);
        facts.actions = Some(vec![ChangeKind::Value {
            name: called,
            op: op.to_owned(),
            value: target,
        }]);
    }

    pub(super) fn in_rectangle(
        &mut self,
        value: &Term,
        of: Rectangle,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.term(value);
        let val = node.value(query.ctx);
        let called = name(value, query.text, self.schema);
        let margin = match val {
            Val::Place(place) => outside(of, place),
            Val::Missing
            | Val::Whole(_)
            | Val::Ratio(..)
            | Val::Real(_)
            | Val::Text(_)
            | Val::Inline(_) => None,
        };
        facts.read(
            called.clone(),
            show(&val, &Ty::Place, self.calendar),
            margin,
        );
        let op = if query.inner() {
            "not between"
        } else {
            "between"
        };
        let target = format!(
            "({}, {}) and ({}, {})",
            of.south, of.west, of.north, of.east
        );
        facts.actions = Some(vec![ChangeKind::Value {
            name: called,
            op: op.to_owned(),
            value: target,
        }]);
    }

    pub(super) fn tagged(
        &mut self,
        cond: &Cond,
        path: Option<&str>,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.cond(cond);
        let Node::Tagged(Tagged {
            tags: Some(crate::profile::Accessor::List(tags)),
            ..
        }) = &node
        else {
            facts.read("tags", None, None);
            return;
        };
        let tags = tags.items(query.ctx.profile);
        let texts = tags.iter().filter_map(Val::text).map(str::to_owned);
        // Of many tags, those that decided first.
        let (mut first, rest): (Vec<String>, Vec<String>) =
            texts.partition(|t| path.is_some_and(|p| crate::ir::is_under(t, p)));
        first.extend(rest);
        facts.read(
            "tags",
            (!first.is_empty()).then(|| listed(first.into_iter().map(|t| quoted(&t)))),
            None,
        );
        let op = if query.inner() {
            "not contains"
        } else {
            "contains"
        };
        let value = path.map_or_else(|| "any tag".to_owned(), quoted);
        facts.actions = Some(vec![ChangeKind::Value {
            name: "tags".to_owned(),
            op: op.to_owned(),
            value,
        }]);
    }

    pub(super) fn sample(&mut self, cond: &Cond, query: Query<'_, '_, P>, facts: &mut Facts) {
        let node = self.binder.cond(cond);
        let Node::Sample(node) = &node else {
            return;
        };
        let below = node.below;
        let drawn = crate::eval::cond::sample::sample(&node.salt, query.ctx.profile.id());
        #[expect(clippy::cast_precision_loss, reason = "both are below 2^33")]
        let percent = |n: u64| {
            format!(
                "{}%",
                super::value::real((n as f64 / 4_294_967_296.0 * 10_000.0).floor() / 100.0)
            )
        };
        facts.read(
            format!("draw of the id for {}", quoted(&node.salt)),
            Some(percent(drawn)),
            Some(format!(
                "{}below {}",
                if drawn < below { "" } else { "not " },
                percent(below)
            )),
        );
    }
}

fn quantified(mut items: Vec<String>, all: bool) -> String {
    match (items.len(), all) {
        (1, _) => items.pop().unwrap_or_default(),
        (_, true) => format!("all of {}", listed(items.into_iter())),
        (_, false) => format!("any of {}", listed(items.into_iter())),
    }
}

/// A distance in metres or kilometres.
/// How far a place lies outside of a rectangle, in degrees.
fn outside(of: Rectangle, place: GeoPoint) -> Option<String> {
    let degrees =
        |by: f64, side: &str| format!("{}° too far {side}", (by * 10_000.0).round() / 10_000.0);
    let latitude = match place.lat {
        lat if lat < of.south => Some(degrees(of.south - lat, "south")),
        lat if lat > of.north => Some(degrees(lat - of.north, "north")),
        _ => None,
    };
    // Around the earth each way; the shorter one counts.
    let (west, east) = (
        (of.west - place.lon).rem_euclid(360.0),
        (place.lon - of.east).rem_euclid(360.0),
    );
    let inside = of.contains(GeoPoint {
        lat: of.south,
        ..place
    });
    let longitude = (!inside).then(|| {
        if west < east {
            degrees(west, "west")
        } else {
            degrees(east, "east")
        }
    });
    let far: Vec<String> = latitude.into_iter().chain(longitude).collect();
    (!far.is_empty()).then(|| far.join(" and "))
}

fn length(metres: f64) -> String {
    if metres < 1000.0 {
        format!("{} m", metres.round())
    } else {
        format!("{} km", (metres / 100.0).round() / 10.0)
    }
}

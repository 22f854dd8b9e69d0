//! Evaluates a condition with other values than the profile has, to find the event or the case of a trait that turns it.

use super::counterfactual::{Counterfactual, all_of, cheapest};
use super::report::ChangeKind;
use super::terms::{aggregates_in, core, is_alias};
use super::value::show_lit;
use super::walk::{DefinitionKey, Explainer, Facts, Query};
use crate::eval::bounded::Outlook;
use crate::ir::{Case, Cond, Lit, Select, Term, TermKind, Trait, Ty};
use crate::profile::Profile;
use crate::syntax::Aggregate;
use std::sync::Arc;

/// The most events that are tried out.
const MAX_TRIED: i128 = 20;

impl<P: Profile> Explainer<'_, P> {
    /// Finds what turns a condition on a value: a case of a trait, an event, or else the value that `otherwise` gives.
    pub(super) fn counterfactual_by_value(
        &mut self,
        cond: &Cond,
        subject: &Term,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
        otherwise: impl FnOnce(&Self) -> Option<ChangeKind>,
    ) {
        if let Some((named, cases, last)) = cases_of(core(subject)) {
            facts.actions = self.by_cases(cond, core(subject), named, cases, last, query);
            return;
        }
        if let Some(actions) = self.by_event(cond, query, facts) {
            facts.actions = Some(actions);
            return;
        }
        if is_changeable(core(subject)) {
            facts.actions = otherwise(self).map(|what| vec![what]);
        }
    }

    /// Whether the condition turns if a term has another value.
    fn flips(&mut self, cond: &Cond, term: &Term, by: &Lit, query: Query<'_, '_, P>) -> bool {
        let other = with(cond, &|t| (t == term).then(|| by.clone()));
        let node = self.binder.cond(&other);
        node.holds(query.ctx) != query.inner()
    }

    /// Events that happen now, if such turn the condition.
    pub(super) fn by_event(
        &mut self,
        cond: &Cond,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) -> Option<Vec<ChangeKind>> {
        let mut aggregates = Vec::new();
        for term in cond.operands() {
            aggregates_in(term, query.text, &mut aggregates);
        }
        for (term, text) in &aggregates {
            let TermKind::Aggregate {
                function,
                select,
                of,
            } = &term.kind
            else {
                continue;
            };
            let here = Query { text, ..query };
            let events = self.events_name(select, text);
            let at = is_at(of.as_deref());
            if (at || *function == Aggregate::Count && of.is_none())
                && !matches!(function, Aggregate::First | Aggregate::Min)
                && self.joins_now(select, here)
            {
                facts.avoid.get_or_insert_with(|| events.clone());
            }
            for n in 1..=MAX_TRIED {
                let Some(values) = self.after(n, select, &events, &aggregates, query) else {
                    break;
                };
                let other = with(cond, &|t| {
                    values
                        .iter()
                        .find(|(term, _)| t == *term)
                        .map(|(_, lit)| lit.clone())
                });
                let node = self.binder.cond(&other);
                let Outlook { holds, until, .. } = node.next_change(query.ctx);
                if holds != query.inner() {
                    return self.happen(select, u64::try_from(n).unwrap_or(1), &events, here);
                }
                if at && !query.inner() && self.read(term, here).shown.is_none() {
                    // There is no value before there is an event, and then it takes time.
                    let until = super::walk::instant_of(until)?;
                    let mut changes = self.happen(select, 1, &events, here)?;
                    changes.push(ChangeKind::Wait { until });
                    return Some(changes);
                }
                if at
                    && !aggregates.iter().any(|(t, _)| {
                        matches!(
                            t.kind,
                            TermKind::Aggregate {
                                function: Aggregate::Count,
                                ..
                            }
                        )
                    })
                {
                    break;
                }
            }
        }
        None
    }

    /// The values of the aggregates after `n` events of a selection that happen now, where all of them can be told.
    fn after<'t>(
        &mut self,
        n: i128,
        select: &Select,
        events: &str,
        aggregates: &[(&'t Term, &'t str)],
        query: Query<'_, '_, P>,
    ) -> Option<Vec<(&'t Term, Lit)>> {
        let now = Lit::Whole(i128::from(query.now()));
        let mut values = Vec::new();
        for (term, text) in aggregates {
            let TermKind::Aggregate {
                function,
                select: own,
                of,
            } = &term.kind
            else {
                continue;
            };
            let here = Query { text, ..query };
            if !own.kinds.iter().any(|k| select.kinds.contains(k)) || !self.joins_now(own, here) {
                continue;
            }
            if self.events_name(own, text) != events && !own.filter.is_empty() {
                // Such an event may be one of these or not.
                return None;
            }
            let value = self.binder.term(term).value(query.ctx).as_whole();
            match function {
                Aggregate::Count if of.is_none() => {
                    values.push((*term, Lit::Whole(value.unwrap_or(0) + n)))
                }
                Aggregate::Last | Aggregate::Max if is_at(of.as_deref()) => {
                    values.push((*term, now.clone()))
                }
                Aggregate::First | Aggregate::Min if is_at(of.as_deref()) => {
                    if value.is_none() {
                        values.push((*term, now.clone()));
                    }
                }
                Aggregate::Count
                | Aggregate::Sum
                | Aggregate::Avg
                | Aggregate::Min
                | Aggregate::Max
                | Aggregate::Median
                | Aggregate::Percentile(_)
                | Aggregate::Distinct
                | Aggregate::First
                | Aggregate::Last
                | Aggregate::Top => return None,
            }
        }
        (!values.is_empty()).then_some(values)
    }

    /// The cheapest way to a case of a trait whose value turns the condition.
    fn by_cases(
        &mut self,
        cond: &Cond,
        subject: &Term,
        named: &Arc<Trait>,
        cases: &[Case],
        otherwise: Option<&Lit>,
        query: Query<'_, '_, P>,
    ) -> Option<Vec<ChangeKind>> {
        let counterfactuals = self.case_counterfactuals(named, cases, query);
        let mut ways = Vec::new();
        for (i, value) in cases
            .iter()
            .map(|c| Some(&c.value))
            .chain([otherwise])
            .enumerate()
        {
            let wanted = match value {
                Some(value) => self.flips(cond, subject, value, query),
                None => false,
            };
            if !wanted {
                continue;
            }
            // No earlier case may hold, and this one must.
            let earlier = counterfactuals
                .iter()
                .take(i)
                .filter(|(holds, _)| *holds)
                .map(|(_, counterfactual)| counterfactual);
            let this = counterfactuals
                .get(i)
                .filter(|(holds, _)| !holds)
                .map(|(_, counterfactual)| counterfactual);
            ways.extend(all_of(earlier.chain(this)).map(|actions| Counterfactual {
                wait: None,
                actions: Some(actions),
            }));
        }
        cheapest(ways.iter())
    }

    /// Which cases of a trait hold, and what turns each.
    fn case_counterfactuals(
        &mut self,
        named: &Arc<Trait>,
        cases: &[Case],
        query: Query<'_, '_, P>,
    ) -> Arc<[(bool, Counterfactual)]> {
        let key = DefinitionKey::of_trait(named);
        if let Some(counterfactuals) = self.case_counterfactuals.get(&key) {
            return counterfactuals.clone();
        }
        // What is looked at here is not shown, so it does not count as explained.
        let (segments, traits) = (self.segments.clone(), self.traits.clone());
        let counterfactuals = cases.iter().map(|case| {
            let explained = self.cond(&case.cond, &case.text, query.ctx);
            (explained.part.holds, explained.counterfactual)
        });
        let counterfactuals: Arc<[(bool, Counterfactual)]> = counterfactuals.collect();
        (self.segments, self.traits) = (segments, traits);
        self.case_counterfactuals
            .insert(key, counterfactuals.clone());
        counterfactuals
    }

    /// What a trait of cases is called with its value, for a reading.
    pub(super) fn trait_value(&mut self, named: &Trait, query: Query<'_, '_, P>) -> Option<String> {
        let node = self.binder.term(&named.term);
        super::value::show(&node.value(query.ctx), &named.term.ty, self.calendar)
    }

    pub(super) fn case_value(&self, value: &Lit, ty: &Ty) -> String {
        show_lit(value, ty, self.calendar)
    }
}

/// The cases of a trait, and the value where none holds.
fn cases_of(term: &Term) -> Option<(&Arc<Trait>, &[Case], Option<&Lit>)> {
    let TermKind::Trait(named) = &term.kind else {
        return None;
    };
    let TermKind::Cases { cases, otherwise } = &named.term.kind else {
        return None;
    };
    Some((named, cases, otherwise.as_ref()))
}

/// Whether a value can be another one than it is, other than by the passing of time or by events tried out before.
fn is_changeable(term: &Term) -> bool {
    let is_read = matches!(
        term.kind,
        TermKind::Field(_)
            | TermKind::Trait(_)
            | TermKind::Score(_)
            | TermKind::Ledger { .. }
            | TermKind::Aggregate { .. }
            | TermKind::Total { .. }
    );
    !term.depends_on_now && (is_read || term.kind.operands().any(is_changeable))
}

/// The condition with other values in the place of terms.
fn with(cond: &Cond, by: &dyn Fn(&Term) -> Option<Lit>) -> Cond {
    cond.map_operands(&|term| replaced(term, by))
}

fn replaced(term: &Term, by: &dyn Fn(&Term) -> Option<Lit>) -> Term {
    if let Some(lit) = by(term) {
        return Term::new(TermKind::Lit(lit), term.ty.clone(), term.span);
    }
    if is_alias(term) {
        return replaced(core(term), by);
    }
    term.map_operands(&|operand| replaced(operand, by))
}

/// Whether an aggregate is taken of the instants of events.
fn is_at(of: Option<&Term>) -> bool {
    of.is_some_and(|of| matches!(of.kind, TermKind::At(_)))
}

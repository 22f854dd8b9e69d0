//! Lists: `in (…)` and `contains`.

use super::checker::Checker;
use super::types::{Expected, negate, same_shape};
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, Lit, Order, Term, Ty};
use crate::span::Span;
use crate::syntax::{Expr, Quantifier};

impl Checker<'_> {
    pub(super) fn one_of(
        &mut self,
        value: &Expr,
        list: &[Expr],
        ignoring_case: bool,
        span: Span,
    ) -> Option<Cond> {
        if let Some((_, of)) = self.list_field(value) {
            return self.report(
                Diagnostic::error(
                    "E0124",
                    value.span,
                    format!("`{}` is a list of {}", self.source(value.span), of.words()),
                )
                .help(format!(
                    "write `{} contains any of (…)`",
                    self.source(value.span)
                )),
            );
        }
        let value = self.any_term(value)?;
        if let [item] = list
            && self.list_field(item).is_some()
        {
            return self.report(self.is_searched(item));
        }
        let items: Vec<Option<Term>> = list
            .iter()
            .map(|i| self.term(i, Some(Expected::like(&value))))
            .collect();
        let items: Vec<Term> = items.into_iter().collect::<Option<_>>()?;
        let mut set = Vec::with_capacity(items.len());
        for item in &items {
            let mixed = matches!(
                (&value.ty, &item.ty),
                (Ty::Instant, Ty::Date) | (Ty::Date, Ty::Instant)
            );
            if !mixed && !self.comparable(Order::Eq, &value, item) {
                return None;
            }
            set.extend((!mixed).then(|| same_shape(item, &value.ty)).flatten());
        }
        if set.len() == items.len() {
            return Some(Cond::new(
                CondKind::OneOf {
                    value,
                    set,
                    ignoring_case,
                },
                span,
            ));
        }
        let parts: Vec<Option<Cond>> = items
            .into_iter()
            .map(|i| self.comparison(Order::Eq, value.clone(), i, ignoring_case, span))
            .collect();
        Some(Cond::new(
            CondKind::Any(parts.into_iter().collect::<Option<_>>()?),
            span,
        ))
    }

    /// `city in (interests)`
    fn is_searched(&self, list: &Expr) -> Diagnostic {
        let source = self.source(list.span);
        self.is_list(&source, list.span).help(format!(
            "a list is searched by `contains`, for constants: `{source} contains any of (…)`"
        ))
    }

    pub(super) fn contains(
        &mut self,
        value: &Expr,
        items: &[Expr],
        quantifier: Quantifier,
        ignoring_case: bool,
        span: Span,
    ) -> Option<Cond> {
        let all = quantifier == Quantifier::All;
        let kind = if let Some((list, of)) = self.list_field(value) {
            let items: Vec<Option<Lit>> = items
                .iter()
                .map(|i| self.literal_of(i, Expected::at(&of, value.span)))
                .collect();
            CondKind::Contains {
                list,
                items: items.into_iter().collect::<Option<_>>()?,
                all,
                ignoring_case,
            }
        } else {
            let term = self.any_term(value)?;
            if term.ty != Ty::String {
                let found = term.ty.words();
                let message = format!("expected `string` or a list, found {found}");
                let diagnostic = Diagnostic::error("E0124", value.span, message);
                return self.report(diagnostic.help("compare it with `=` or `in`"));
            }
            let mut texts = Vec::with_capacity(items.len());
            for item in items {
                let Lit::Text(text) = self.literal_of(item, Expected::like(&term))? else {
                    return None;
                };
                texts.push(text);
            }
            CondKind::Substring {
                value: term,
                items: texts,
                all,
                ignoring_case,
            }
        };
        Some(negate(
            quantifier == Quantifier::None,
            Cond::new(kind, span),
        ))
    }
}

//! Lists: `in (…)` and `contains`.

use super::checker::Checker;
use super::types::{Expected, negate, same_kind, same_shape};
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, Lit, Operand, Order, Term, TermKind, Ty};
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
        if let [item] = list
            && let Some((_, of)) = self.list_field(item)
        {
            return self.list_on_the_right(value, item, &of, ignoring_case, span);
        }
        let value = self.any_term(value)?;
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
            self.note_sent_name(&value, item);
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

    /// `city in (interests)`: what contains what is the other way round.
    fn list_on_the_right<T>(
        &mut self,
        value: &Expr,
        item: &Expr,
        of: &Ty,
        ignoring_case: bool,
        span: Span,
    ) -> Option<T> {
        let given = value.span;
        let (list, value) = (self.source(item.span), self.source(given));
        let message = format!("`{list}` is a list of {}", of.words());
        let between = Span {
            start: given.end,
            end: item.span.start,
        };
        let negated = self.source(between).trim_start().starts_with("not");
        let not = if negated { "not " } else { "" };
        let case = if ignoring_case { " ignoring case" } else { "" };
        let contains = format!("{list} {not}contains {value}{case}");
        self.report(
            Diagnostic::error("E0124", item.span, message)
                .help(format!("write `{contains}`"))
                .fix(span, contains),
        )
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
            let (items, values) = self.items(items, Expected::at(&of, value.span))?;
            CondKind::Contains {
                of: Operand::List(list),
                items,
                values,
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
            let (items, values) = self.items(items, Expected::like(&term))?;
            CondKind::Contains {
                of: Operand::Term(term),
                items,
                values,
                all,
                ignoring_case,
            }
        };
        Some(negate(
            quantifier == Quantifier::None,
            Cond::new(kind, span),
        ))
    }

    /// What a list or a string may contain: constants and other values, all of one type.
    fn items(&mut self, items: &[Expr], expected: Expected<'_>) -> Option<(Vec<Lit>, Vec<Term>)> {
        let (mut constants, mut values, mut complete) = (Vec::new(), Vec::new(), true);
        for item in items {
            match self.item(item, expected) {
                Some(Item::Constant(lit)) => constants.push(lit),
                Some(Item::Value(term)) => values.push(term),
                None => complete = false,
            }
        }
        complete.then_some((constants, values))
    }

    fn item(&mut self, item: &Expr, expected: Expected<'_>) -> Option<Item> {
        let term = self.term(item, Some(expected))?;
        if matches!(term.kind, TermKind::Lit(_)) {
            return self.literal_of(item, expected).map(Item::Constant);
        }
        let of = expected.ty;
        // A number of another scale is not brought to that of the list.
        let rescaled = of.is_number() && term.ty.is_number() && term.ty != *of;
        if same_kind(of, &term.ty) && !rescaled {
            return Some(Item::Value(term));
        }
        self.report(self.mismatch(&of.words(), &term))
    }
}

enum Item {
    Constant(Lit),
    Value(Term),
}

//! Relations: conditions on rows that belong to a profile, and values from them.

use super::check::{Checker, negate};
use super::ir::{Cond, CondKind, FieldRef, RowRef, Rows, Term, TermKind, Ty};
use super::names::{listed, suggest, suggest_whole};
use super::terms::{function_name, joined, most_parts, rest_span, takes};
use crate::diagnostic::Diagnostic;
use crate::schema::Relation;
use crate::syntax::{Aggregate, Expr, ExprKind, Kinds, Literal, Name, Span, Times, quoted_name, quoted_path};
use crate::value::Type;

/// The relation whose row a condition is about.
#[derive(Clone, Copy)]
pub(super) struct Related {
    relation: usize,
    /// Whether no parentheses of an event lie between: the row's names go before the event's.
    innermost: bool,
}

impl Related {
    /// The same seen from within the parentheses of an event.
    pub(super) fn within_event(self) -> Self {
        Related { innermost: false, ..self }
    }
}

/// Rows, and the names behind their dots.
struct Argument<'e> {
    relation: usize,
    /// The conditions on the rows.
    conditions: &'e [Expr],
    names: Vec<Name>,
    span: Span,
}

impl<'a> Checker<'a> {
    fn relation(&self, index: usize) -> Option<&'a Relation> {
        self.context.schema().relations().get(index)
    }

    /// The relation that an expression stands for.
    pub(super) fn relation_of(&self, e: &Expr) -> Option<usize> {
        let argument = self.argument(e)?;
        argument.names.is_empty().then_some(argument.relation)
    }

    /// Takes `accounts(plan = pro).seats` and the like apart.
    fn argument<'e>(&self, e: &'e Expr) -> Option<Argument<'e>> {
        let schema = self.context.schema();
        let span = e.span;
        match &e.kind {
            ExprKind::Event { kinds: Kinds::One(name), conditions } => {
                let relation = schema.relation_index(&name.text)?;
                Some(Argument { relation, conditions, names: Vec::new(), span })
            }
            ExprKind::Path(names) => {
                (1..=most_parts(names, schema.relations().iter().map(|r| &*r.name))).rev().find_map(|n| {
                    let (of, rest) = names.split_at_checked(n)?;
                    let relation = schema.relation_index(&joined(of))?;
                    Some(Argument { relation, conditions: &[], names: rest.to_vec(), span: rest_span(of, span) })
                })
            }
            ExprKind::Property { of, name } => {
                let mut argument = self.argument(of)?;
                argument.names.push(name.clone());
                Some(argument)
            }
            _ => None,
        }
    }

    /// The property of the row under test that a name means there. Its names come first where its parentheses are the
    /// innermost; with the relation before them they always mean the row.
    pub(super) fn row_property(&self, name: &str, innermost: bool) -> Option<RowRef> {
        let related = self.related?;
        let declared = self.relation(related.relation)?;
        let own = (related.innermost == innermost).then(|| declared.property_index(name)).flatten();
        let qualified = || declared.property_index(name.strip_prefix(&*declared.name)?.strip_prefix('.')?);
        let property = own.or_else(|| innermost.then(qualified).flatten())?;
        Some(RowRef { relation: related.relation, property })
    }

    /// Whether the innermost parentheses are those of a relation.
    pub(super) fn is_in_rows(&self) -> bool {
        self.related.is_some_and(|related| related.innermost)
    }

    fn row_type(&self, row: RowRef) -> Option<&'a Type> {
        Some(&self.relation(row.relation)?.properties.get(row.property)?.ty)
    }

    /// The value that a name means of the row under test.
    pub(super) fn row_named(&self, name: &str, innermost: bool, span: Span) -> Option<Term> {
        let row = self.row_property(name, innermost)?;
        let ty = Ty::of(self.row_type(row)?)?;
        Some(Term { kind: TermKind::Field(FieldRef::Row(row)), ty, span, moving: false })
    }

    /// The list that a name means of the row under test, and what it holds.
    pub(super) fn row_list(&self, name: &str, innermost: bool) -> Option<(FieldRef, Ty)> {
        let row = self.row_property(name, innermost)?;
        match self.row_type(row)? {
            Type::List(of) => Some((FieldRef::Row(row), Ty::of(of)?)),
            _ => None,
        }
    }

    /// The names of the properties of the row under test.
    pub(super) fn row_names(&self) -> Vec<&'a str> {
        let declared = self.related.and_then(|related| self.relation(related.relation));
        declared.into_iter().flat_map(|r| &r.properties).map(|p| p.name.as_str()).collect()
    }

    // ---- conditions ----

    /// What an expression means where it is about rows; `None` where it is not.
    pub(super) fn rows_condition(&mut self, e: &Expr) -> Option<Option<Cond>> {
        if let ExprKind::AllRows { relation, conditions } = &e.kind {
            return Some(self.all_rows(relation, conditions, e.span));
        }
        if self.context.schema().relations().is_empty() {
            return None;
        }
        let some = |checker: &mut Self, rows: &Expr, negated: bool| {
            let rows = checker.rows(rows)?;
            Some(negate(negated, Cond { kind: CondKind::Rows { all: false, rows }, span: e.span }))
        };
        let of = |value: &Expr| self.relation_of(value).filter(|_| !self.names_value(value));
        Some(match &e.kind {
            ExprKind::Event { .. } | ExprKind::Path(_) => {
                of(e)?;
                some(self, e, false)
            }
            ExprKind::Presence { missing, value } => {
                of(value)?;
                some(self, value, *missing)
            }
            ExprKind::Empty { negated, value } => {
                of(value)?;
                some(self, value, !*negated)
            }
            ExprKind::Times { count, events } => {
                let rows = unwindowed(events);
                let relation = of(rows)?;
                let dated = self.with_date(relation, rows, events);
                let (counted, others) = dated.unwrap_or_else(|| (self.source(rows.span), String::new()));
                let help = format!("write `count({counted}) {}`{others}", count_words(count));
                self.no_time(relation, e.span, &help)
            }
            ExprKind::Windowed { subject: value, .. }
            | ExprKind::Regularly { events: value, .. }
            | ExprKind::As { events: value, .. }
            | ExprKind::Upcoming { value, .. }
            | ExprKind::Was { value, .. }
            | ExprKind::Changed { value, .. } => {
                let relation = of(unwindowed(value))?;
                let help = self.timed_help(relation, e, unwindowed(value));
                self.no_time(relation, e.span, &help)
            }
            ExprKind::Between { value, low, .. } => {
                let relation = of(value)?;
                if matches!(low.kind, ExprKind::Literal(Literal::Number { .. })) {
                    self.no_value(relation, value)
                } else {
                    let help = self.timed_help(relation, e, value);
                    self.no_time(relation, e.span, &help)
                }
            }
            ExprKind::Compare { left, right, .. } => {
                let (side, other) = if of(left).is_some() { (left, right) } else { (right, left) };
                let relation = of(side)?;
                // Opposite anything else the name may be a value.
                if !matches!(other.kind, ExprKind::Literal(_)) {
                    return None;
                }
                self.rows_compared(relation, side, other)
            }
            ExprKind::In { value, .. }
            | ExprKind::Contains { value, .. }
            | ExprKind::Text { value, .. }
            | ExprKind::Near { value, .. } => {
                let relation = of(value)?;
                self.no_value(relation, value)
            }
            _ => return None,
        })
    }

    fn all_rows(&mut self, relation: &Name, conditions: &[Expr], span: Span) -> Option<Cond> {
        let Some(index) = self.context.schema().relation_index(&relation.text) else {
            return self.unknown_relation(relation, conditions);
        };
        let filter = self.row_filter(index, conditions)?;
        let own = Span::new(relation.span.start as usize, span.end as usize);
        let rows = Rows { relation: index, filter, span: own };
        Some(Cond { kind: CondKind::Rows { all: true, rows }, span })
    }

    fn unknown_relation(&mut self, name: &Name, conditions: &[Expr]) -> Option<Cond> {
        let schema = self.context.schema();
        let diagnostic = Diagnostic::error("E0130", name.span, format!("there is no relation `{}`", name.text));
        if schema.kind(&name.text).is_some() {
            let kind = quoted_name(&name.text);
            // A value by itself is the subject, and cannot be negated as it stands.
            let is_value = |e: &Expr| matches!(e.kind, ExprKind::Literal(_) | ExprKind::Path(_) | ExprKind::Negate(_));
            let example = if conditions.is_empty() || conditions.iter().any(is_value) {
                String::new()
            } else {
                let parts = conditions.iter().map(|part| match part.kind {
                    ExprKind::Or(_) if conditions.len() > 1 => format!("({})", self.source(part.span)),
                    _ => self.source(part.span),
                });
                format!(": `{kind} and not {kind}(not ({}))`", parts.collect::<Vec<_>>().join(" and "))
            };
            return self.report(diagnostic.help(format!(
                "`all` is about relations; of events write that some happened, and none that fails{example}"
            )));
        }
        let known: Vec<&str> = schema.relations().iter().map(|r| r.name.as_str()).collect();
        if known.is_empty() {
            return self.report(diagnostic.help("the schema has no relations; declare them there"));
        }
        self.report(suggest_whole(diagnostic, name.span, &name.text, &known))
    }

    /// The rows that an expression stands for.
    fn rows(&mut self, e: &Expr) -> Option<Rows> {
        let Argument { relation, conditions, .. } = self.argument(e)?;
        Some(Rows { relation, filter: self.row_filter(relation, conditions)?, span: e.span })
    }

    /// The conditions in the parentheses of a relation, as a flat list of parts that all hold.
    fn row_filter(&mut self, relation: usize, conditions: &[Expr]) -> Option<Vec<Cond>> {
        let outer = self.related.replace(Related { relation, innermost: true });
        let mut filter = Vec::new();
        let mut whole = true;
        for condition in conditions {
            match self.of_row(relation, condition) {
                Some(Cond { kind: CondKind::All(parts), .. }) => filter.extend(parts),
                Some(cond) => filter.push(cond),
                None => whole = false,
            }
        }
        self.related = outer;
        whole.then_some(filter)
    }

    fn of_row(&mut self, relation: usize, e: &Expr) -> Option<Cond> {
        let declared = self.relation(relation)?;
        let subject = declared.subject.and_then(|property| {
            let ty = Ty::of(&declared.properties.get(property)?.ty)?;
            let kind = TermKind::Field(FieldRef::Row(RowRef { relation, property }));
            Some(Term { kind, ty, span: e.span, moving: false })
        });
        if self.is_events(e) || !self.means_subject(subject.as_ref(), e) {
            return self.cond(e);
        }
        if let Some(subject) = subject {
            let name = declared.subject.and_then(|s| declared.properties.get(s)).map_or("", |p| &p.name);
            return self.is_subject(subject, name, e);
        }
        let source = self.source(e.span);
        let own: Vec<&str> = declared.properties.iter().map(|p| p.name.as_str()).collect();
        let help = match own.first() {
            Some(_) => format!("name the property that is to be `{source}`: {}", listed(&own)),
            None => "its rows have no properties; leave the parentheses out".to_owned(),
        };
        let message = format!("the rows of `{}` have no subject that could be `{source}`", declared.name);
        self.report(Diagnostic::error("E0110", e.span, message).help(help))
    }

    // ---- values ----

    /// The value of an expression where it is about rows; `None` where it is not.
    pub(super) fn rows_value(&mut self, e: &Expr, expected: Option<&Ty>) -> Option<Option<Term>> {
        if self.context.schema().relations().is_empty() {
            return None;
        }
        if let (Some(ty), ExprKind::Path(names)) = (expected, &e.kind)
            && super::terms::is_value_of(ty, &joined(names))
        {
            return None;
        }
        Some(match &e.kind {
            ExprKind::Aggregate { function, argument } => {
                let inner = unwindowed(argument);
                let found = self.argument(inner)?;
                let relation = found.relation;
                if matches!(function, Aggregate::First | Aggregate::Last) {
                    return Some(self.no_first(relation, *function, e.span));
                }
                if !std::ptr::eq(inner, &**argument) {
                    let help = self.timed_help(relation, argument, inner);
                    return Some(self.no_time(relation, argument.span, &help));
                }
                self.total(*function, found, argument.span, e.span)
            }
            ExprKind::Property { of, .. } => {
                if let ExprKind::Aggregate { function: function @ (Aggregate::First | Aggregate::Last), argument } =
                    &of.kind
                {
                    let relation = self.argument(unwindowed(argument))?.relation;
                    return Some(self.no_first(relation, *function, e.span));
                }
                let found = self.argument(e)?;
                self.one_for_each_row(&found, e)
            }
            ExprKind::Path(_) | ExprKind::Event { .. } => {
                let found = self.argument(e)?;
                if self.names_value(e) {
                    return None;
                }
                if found.names.is_empty() { self.no_value(found.relation, e) } else { self.one_for_each_row(&found, e) }
            }
            _ => return None,
        })
    }

    /// Whether a path means a value, perhaps with a part of the calendar behind it.
    fn names_value(&self, e: &Expr) -> bool {
        let ExprKind::Path(names) = &e.kind else { return false };
        let shorter = names.split_last().filter(|(_, first)| !first.is_empty());
        self.named(&joined(names), e.span).is_some()
            || self.list_field(e).is_some()
            || shorter.is_some_and(|(_, first)| self.named(&joined(first), e.span).is_some())
    }

    fn total(&mut self, function: Aggregate, found: Argument<'_>, argument: Span, span: Span) -> Option<Term> {
        let Argument { relation, conditions, names, span: rows_span } = found;
        let rows = Rows { relation, filter: self.row_filter(relation, conditions)?, span: rows_span };
        let of = if names.is_empty() { None } else { Some(self.property_of_row(relation, &names, argument)?) };
        let ty = match (function, &of) {
            (Aggregate::Count, _) | (Aggregate::Distinct, Some(_)) => Ty::Exact(0),
            (_, Some(of)) if !takes(function, &of.ty) => {
                return self.needs(relation, function, Some(&of.ty), argument, rows_span);
            }
            (_, None) => return self.needs(relation, function, None, argument, rows_span),
            (Aggregate::Avg, Some(Term { ty: Ty::Exact(scale), .. })) => Ty::Ratio(*scale),
            (_, Some(of)) => of.ty.clone(),
        };
        let kind = TermKind::Total { function, rows: Box::new(rows), of: of.map(Box::new) };
        Some(Term { kind, ty, span, moving: false })
    }

    /// A property of a row, or a calendar part of one.
    fn property_of_row(&mut self, relation: usize, names: &[Name], argument: Span) -> Option<Term> {
        let span = rest_span(names, argument);
        let outer = self.related.replace(Related { relation, innermost: true });
        let outer_row = self.row.take();
        let own = |names: &[Name]| self.row_property(&joined(names), true);
        let property = own(names).or_else(|| own(names.split_last()?.1));
        let term = match property.map(|p| (p, self.row_type(p))) {
            Some((_, Some(Type::List(_)))) => {
                let name = joined(names);
                self.report(
                    Diagnostic::error("E0124", span, format!("`{name}` is a list, not a single value")).help(format!(
                        "a condition on it stands in the parentheses of the rows: `({name} contains …)`"
                    )),
                )
            }
            Some(_) => self.path(names, span, None),
            None => self.no_property(relation, &joined(names), span),
        };
        (self.related, self.row) = (outer, outer_row);
        term
    }

    fn no_property<T>(&mut self, relation: usize, name: &str, span: Span) -> Option<T> {
        let declared = self.relation(relation)?;
        let known: Vec<&str> = declared.properties.iter().map(|p| p.name.as_str()).collect();
        let message = format!("the rows of `{}` have no property `{name}`", declared.name);
        self.report(suggest(Diagnostic::error("E0103", span, message), span, name, &known))
    }

    fn needs(
        &mut self,
        relation: usize,
        function: Aggregate,
        given: Option<&Ty>,
        argument: Span,
        rows: Span,
    ) -> Option<Term> {
        let declared = self.relation(relation)?;
        let (name, source) = (function_name(function), self.source(argument));
        let what = match function {
            Aggregate::Sum | Aggregate::Avg => " that is a number or a length of time",
            Aggregate::Min | Aggregate::Max => " whose values have an order",
            _ => "",
        };
        let message = match given {
            Some(ty) => format!("`{name}` needs a property{what}; `{source}` is {}", ty.words()),
            None => format!("`{name}` needs a property of the rows"),
        };
        let fits = |ty: &Type| Ty::of(ty).is_some_and(|ty| takes(function, &ty));
        let fitting: Vec<&str> = declared.properties.iter().filter(|p| fits(&p.ty)).map(|p| p.name.as_str()).collect();
        let help = match fitting.first() {
            Some(_) if given.is_some() => format!("such as {}", listed(&fitting)),
            Some(first) => {
                format!("it stands behind the rows: `{name}({}.{})`", self.source(rows), quoted_path(first))
            }
            None => "these rows have none".to_owned(),
        };
        self.report(Diagnostic::error("E0112", argument, message).help(help))
    }

    // ---- what rows are not ----

    /// Rows stand where events or dates are wanted.
    pub(super) fn no_time<T>(&mut self, relation: usize, span: Span, help: &str) -> Option<T> {
        let name = &self.relation(relation)?.name;
        let message = format!("the rows of `{name}` have no instant: nothing says when they happened");
        self.report(Diagnostic::error("E0131", span, message).help(help))
    }

    /// What to write instead of a window on rows.
    pub(super) fn timed_help(&self, relation: usize, whole: &Expr, rows: &Expr) -> String {
        match self.with_date(relation, rows, whole) {
            Some((dated, others)) => {
                format!("a date of theirs is asked for in the parentheses: `{dated}`{others}")
            }
            None => {
                let name = self.relation(relation).map_or_else(String::new, |declared| quoted_path(&declared.name));
                format!(
                    "rows are counted, `count({name})`, or meet conditions, `{name}(…)`; what happens is sent as events"
                )
            }
        }
    }

    /// The rows with the windows that follow them as a condition on the first of their dates; and the other dates in words.
    fn with_date(&self, relation: usize, rows: &Expr, whole: &Expr) -> Option<(String, String)> {
        let is_dated = |ty: &Type| matches!(ty, Type::Date | Type::Instant);
        let dates = self.relation(relation)?.properties.iter().filter(|p| is_dated(&p.ty));
        let dates: Vec<&str> = dates.map(|p| p.name.as_str()).collect();
        let (date, others) = dates.split_first()?;
        let condition = format!("{} {}", quoted_path(date), self.window_words(whole)?);
        let found = self.argument(rows)?;
        let source = self.source(found.span);
        let with_date = match source.strip_suffix(')') {
            Some(open) if !found.conditions.is_empty() => format!("{open}, {condition})"),
            _ => format!("{}({condition})", source.trim_end_matches(['(', ')', ' '])),
        };
        let names = found.names.iter().map(|name| format!(".{}", quoted_name(&name.text)));
        let rows = std::iter::once(with_date).chain(names).collect::<String>();
        let others = if others.is_empty() { String::new() } else { format!("; they also have {}", listed(others)) };
        Some((rows, others))
    }

    /// The windows behind rows as they are written.
    fn window_words(&self, e: &Expr) -> Option<String> {
        match &e.kind {
            ExprKind::Windowed { subject, windows } => {
                let words = windows.iter().map(|window| self.source(window.span));
                Some(self.window_words(subject).into_iter().chain(words).collect::<Vec<_>>().join(" "))
            }
            ExprKind::Between { negated: false, low, high, .. } => {
                Some(format!("between {} and {}", self.source(low.span), self.source(high.span)))
            }
            ExprKind::Upcoming { anniversary: false, value, .. } => {
                Some(self.source(Span::new(value.span.end as usize, e.span.end as usize)))
            }
            _ => None,
        }
    }

    fn no_first(&mut self, relation: usize, function: Aggregate, span: Span) -> Option<Term> {
        let declared = self.relation(relation)?;
        let name = quoted_path(&declared.name);
        let best = if function == Aggregate::First { "min" } else { "max" };
        let dated = declared.properties.iter().find(|p| matches!(p.ty, Type::Date | Type::Instant));
        let property = dated.map_or("…".to_owned(), |p| quoted_path(&p.name));
        self.no_time(
            relation,
            span,
            &format!(
                "rows have no order; ask for the least or the greatest of a property: `{best}({name}.{property})`"
            ),
        )
    }

    /// Rows opposite a value.
    fn rows_compared<T>(&mut self, relation: usize, rows: &Expr, other: &Expr) -> Option<T> {
        let (source, value) = (self.source(rows.span), self.source(other.span));
        let help = match (&rows.kind, &other.kind) {
            (_, ExprKind::Literal(Literal::Bool(true))) => format!("write `{source}` alone"),
            (_, ExprKind::Literal(Literal::Bool(false))) => format!("write `not {source}`"),
            (ExprKind::Path(_), ExprKind::Literal(Literal::String(_))) => {
                format!("a condition on a row stands in parentheses: `{source}({value})`")
            }
            _ => return self.no_value(relation, rows),
        };
        self.report(Diagnostic::error("E0132", rows.span, format!("`{source}` is rows, not a value")).help(help))
    }

    /// Rows stand where a value is wanted.
    fn no_value<T>(&mut self, relation: usize, rows: &Expr) -> Option<T> {
        let source = self.source(rows.span);
        self.relation(relation)?;
        let message = format!("`{source}` is rows, not a value");
        let help = match &rows.kind {
            ExprKind::Path(_) => {
                format!("write `count({source})`; a condition on its properties stands in parentheses: `{source}(…)`")
            }
            _ => format!("write `count({source})`"),
        };
        self.report(Diagnostic::error("E0132", rows.span, message).help(help))
    }

    /// A property of many rows stands where one value is needed.
    fn one_for_each_row<T>(&mut self, found: &Argument<'_>, e: &Expr) -> Option<T> {
        let declared = self.relation(found.relation)?;
        let name = joined(&found.names);
        let Some(property) = declared.property_index(&name).and_then(|p| declared.properties.get(p)) else {
            return self.no_property(found.relation, &name, rest_span(&found.names, e.span));
        };
        let source = self.source(e.span);
        let all = match property.ty {
            Type::Int | Type::Decimal(_) | Type::Float | Type::Duration => {
                format!("`sum({source})`, `max({source})`")
            }
            Type::Date | Type::Instant => format!("`min({source})`, `max({source})`"),
            _ => format!("`top({source})`"),
        };
        let rows = self.source(found.span);
        let message = format!("`{source}` has one value for each row");
        let condition = if found.conditions.is_empty() {
            format!(", or a condition: `{rows}({} …)`", quoted_path(&name))
        } else {
            String::new()
        };
        self.report(Diagnostic::error("E0132", e.span, message).help(format!("write {all}{condition}")))
    }
}

/// What windows follow.
fn unwindowed(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Windowed { subject, .. } => unwindowed(subject),
        ExprKind::Between { negated: false, value, .. } => unwindowed(value),
        _ => e,
    }
}

/// How a number of times is written opposite a count.
fn count_words(times: &Times) -> String {
    match times {
        Times::AtLeast(n) => format!(">= {n}"),
        Times::AtMost(n) => format!("<= {n}"),
        Times::MoreThan(n) => format!("> {n}"),
        Times::FewerThan(n) => format!("< {n}"),
        Times::Exactly(n) => format!("= {n}"),
        Times::Between(low, high) => format!("between {low} and {high}"),
    }
}

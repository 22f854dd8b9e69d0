//! Values: names, literals, arithmetic, functions, aggregates.

use super::check::{Checker, normal};
use super::compare::same_shape;
use super::ir::{
    Cond, CondKind, Edge, FieldRef, Function, Lapse, Lit, MONTHS, Operand, Order, Part, PropertyRef, Term, TermKind,
    Ty, WEEKDAYS, Windows,
};
use super::names::{listed, nearest, suggest, suggest_whole};
use super::point::{Point, is_clock_time};
use crate::diagnostic::Diagnostic;
use crate::schema::EVENT_PARTS;
use crate::syntax::{Aggregate, ArithmeticOp, CalendarUnit, Expr, ExprKind, Kinds, Literal, Name, Span};
use crate::time::DAY;
use crate::value::Type;

impl<'a> Checker<'a> {
    /// A value of whatever type.
    pub(super) fn any_term(&mut self, e: &Expr) -> Option<Term> {
        self.term(e, None)
    }

    /// Two values that are compared: a bare word opposite an enum is one of its values.
    pub(super) fn pair(&mut self, left: &Expr, right: &Expr) -> Option<(Term, Term)> {
        if self.is_bare_unknown(left) && !self.is_bare_unknown(right) {
            let right = self.any_term(right)?;
            let left = self.term(left, Some(&right.ty))?;
            return Some((left, right));
        }
        let left = self.any_term(left);
        let right = match &left {
            Some(left) => self.term(right, Some(&left.ty)),
            // The left side is reported already; what else is wrong on the right is still worth saying.
            None if self.is_bare_unknown(right) => None,
            None => self.any_term(right),
        };
        Some((left?, right?))
    }

    /// A single word that names nothing: an enum's value, perhaps.
    pub(super) fn is_bare_unknown(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Path(names) if names.len() == 1 => {
                names.first().is_some_and(|n| self.named(&n.text, e.span).is_none())
            }
            _ => false,
        }
    }

    /// A constant of the given type.
    pub(super) fn literal_of(&mut self, e: &Expr, ty: &Ty) -> Option<Lit> {
        let term = self.term(e, Some(ty))?;
        if let Some(lit) = same_shape(&term, ty) {
            return Some(lit);
        }
        let source = self.source(e.span);
        let diagnostic = if matches!(term.kind, TermKind::Lit(_)) {
            let message = format!("`{source}` is {}, but {} is needed here", term.ty.words(), ty.words());
            self.retyped(Diagnostic::error("E0105", e.span, message), ty, &term)
        } else {
            Diagnostic::error("E0105", e.span, format!("`{source}` is not a value written out"))
                .help("only constants can stand here")
        };
        self.report(diagnostic)
    }

    pub(super) fn operand(&mut self, e: &Expr) -> Option<Operand> {
        match self.list_field(e) {
            Some((field, _)) => Some(Operand::List(field)),
            None => self.any_term(e).map(Operand::Term),
        }
    }

    /// The field, if the expression names a list, and what the list holds.
    pub(super) fn list_field(&self, e: &Expr) -> Option<(FieldRef, Ty)> {
        let ExprKind::Path(names) = &e.kind else { return None };
        let name = joined(names);
        let schema = self.context.schema();
        if let Some(list) = self.row_list(&name, true) {
            return Some(list);
        }
        if let Some(kinds) = &self.row
            && let Some(property) = self.property_of(kinds, &name)
        {
            let (kind, at) = *property.at.first()?;
            return match &schema.kinds().get(kind)?.properties.get(at)?.ty {
                Type::List(of) => Some((FieldRef::Property(property), Ty::of(of)?)),
                _ => None,
            };
        }
        if let Some(list) = self.row_list(&name, false) {
            return Some(list);
        }
        let position = schema.attribute_index(&name)?;
        match &schema.attributes().get(position)?.ty {
            Type::List(of) => Some((FieldRef::Attribute(position), Ty::of(of)?)),
            _ => None,
        }
    }

    pub(super) fn is_yearly(&self, term: &Term) -> bool {
        match &term.kind {
            TermKind::Field(FieldRef::Attribute(i)) => {
                self.context.schema().attributes().get(*i).is_some_and(|a| a.yearly)
            }
            TermKind::Field(FieldRef::Property(p)) => p.at.iter().all(|(k, i)| {
                self.context.schema().kinds().get(*k).and_then(|k| k.properties.get(*i)).is_some_and(|f| f.yearly)
            }),
            TermKind::Field(FieldRef::Row(row)) => {
                let relation = self.context.schema().relations().get(row.relation);
                relation.and_then(|r| r.properties.get(row.property)).is_some_and(|f| f.yearly)
            }
            _ => false,
        }
    }

    pub(super) fn term(&mut self, e: &Expr, expected: Option<&Ty>) -> Option<Term> {
        if let Some(of_rows) = self.rows_value(e, expected) {
            return of_rows;
        }
        let span = e.span;
        let make = |kind, ty, moving| Some(Term { kind, ty, span, moving });
        match &e.kind {
            ExprKind::Literal(literal) => self.literal(literal, span, expected),
            ExprKind::Path(names) => self.path(names, span, expected),
            ExprKind::Property { of, name } => self.property(of, name, span),
            ExprKind::Stage(of) => self.stage_of(of, span),
            ExprKind::Aggregate { function, argument } => self.aggregate(*function, argument, span),
            ExprKind::Negate(of) => {
                let of = self.any_term(of)?;
                if !matches!(of.ty, Ty::Exact(_) | Ty::Float | Ty::Ratio(_) | Ty::Duration) {
                    return self.report(
                        Diagnostic::error(
                            "E0105",
                            span,
                            format!("`{}` is {}, which has no negative", self.source(of.span), of.ty.words()),
                        )
                        .help("a sign goes with numbers and lengths of time"),
                    );
                }
                if let TermKind::Lit(Lit::Whole(v)) = of.kind {
                    return make(TermKind::Lit(Lit::Whole(-v)), of.ty, false);
                }
                let ty = if matches!(of.ty, Ty::Ratio(_)) { Ty::Float } else { of.ty.clone() };
                let moving = of.moving;
                make(TermKind::Negate(Box::new(of)), ty, moving)
            }
            ExprKind::Arithmetic { op, left, right } => {
                if let Some(Ty::String | Ty::Enum(_)) = expected
                    && let Some(text) = self.hyphenated(e)
                {
                    let diagnostic =
                        Diagnostic::error("E0101", span, format!("`{text}` is read as one name minus another"));
                    return self.report(
                        diagnostic
                            .help(format!("a text stands in quotes: \"{text}\""))
                            .fix(span, format!("\"{text}\"")),
                    );
                }
                self.arithmetic(*op, left, right, span)
            }
            ExprKind::Relative { duration, past } => {
                let sign = if *past { -1 } else { 1 };
                let now = Term { kind: TermKind::Now, ty: Ty::Instant, span, moving: true };
                match self.lapse(*duration, span)? {
                    Lapse::Months(n) => {
                        make(TermKind::PlusMonths { of: Box::new(now), months: sign * n }, Ty::Instant, true)
                    }
                    Lapse::Micros(n) => {
                        let by = Term {
                            kind: TermKind::Lit(Lit::Whole(i128::from(sign * n))),
                            ty: Ty::Duration,
                            span,
                            moving: false,
                        };
                        let kind =
                            TermKind::Arithmetic { op: ArithmeticOp::Add, left: Box::new(now), right: Box::new(by) };
                        make(kind, Ty::Instant, true)
                    }
                }
            }
            ExprKind::AsOf { of, ago } => self.term_as_of(of, *ago, span, expected),
            ExprKind::Call { function, arguments } => self.call(function, arguments, span),
            _ => {
                if let ExprKind::Event { kinds: Kinds::One(name), .. } = &e.kind {
                    self.kind(name)?;
                }
                let source = self.source(span);
                if self.is_events(e) || matches!(e.kind, ExprKind::Windowed { .. }) {
                    return self.report(
                        Diagnostic::error("E0108", span, format!("`{source}` is events, not a value"))
                            .help(format!("write `count({source})`, or `last({source}).at`")),
                    );
                }
                self.report(
                    Diagnostic::error("E0107", span, format!("`{source}` is a condition, not a value"))
                        .help("a value is a number, a text, a date …; conditions are joined by `and` and `or`"),
                )
            }
        }
    }

    fn literal(&mut self, literal: &Literal, span: Span, expected: Option<&Ty>) -> Option<Term> {
        let (lit, ty, moving) = match literal {
            Literal::Bool(b) => (Lit::Whole(i128::from(*b)), Ty::Bool, false),
            Literal::Number { mantissa, scale } => (Lit::Whole(i128::from(*mantissa)), Ty::Exact(*scale), false),
            Literal::Percent { mantissa, scale } => (Lit::Whole(i128::from(*mantissa)), Ty::Exact(scale + 2), false),
            Literal::String(text) => match expected {
                Some(Ty::Enum(_) | Ty::Named(_)) => return self.enum_value(text, span, expected?),
                Some(Ty::Version) => (Lit::Text(text.as_str().into()), Ty::Version, false),
                _ => (Lit::Text(text.as_str().into()), Ty::String, false),
            },
            Literal::Date(days) => (Lit::Whole(i128::from(*days)), Ty::Date, false),
            Literal::Instant(micros) => (Lit::Whole(i128::from(*micros)), Ty::Instant, false),
            Literal::Duration(length) => match normal(*length) {
                Some(Lapse::Micros(n)) => (Lit::Whole(i128::from(n)), Ty::Duration, false),
                Some(Lapse::Months(_)) => {
                    return self.report(
                        Diagnostic::error("E0115", span, "months, quarters and years have no fixed length")
                            .help("compare with days, or ask with a window: `before 6 months ago`"),
                    );
                }
                None => return self.report(Diagnostic::error("E0115", span, "this length of time is too long")),
            },
            Literal::Now => return Some(Term { kind: TermKind::Now, ty: Ty::Instant, span, moving: true }),
            Literal::Today(days) => {
                return Some(Term { kind: TermKind::Today(i64::from(*days)), ty: Ty::Date, span, moving: true });
            }
        };
        Some(Term { kind: TermKind::Lit(lit), ty, span, moving })
    }

    /// A text with hyphens whose quotes were forgotten.
    fn hyphenated(&self, e: &Expr) -> Option<String> {
        let mut of = e;
        while let ExprKind::Arithmetic { op: ArithmeticOp::Subtract, left, .. } = &of.kind {
            of = left;
        }
        let text = e.span.of(self.text);
        (self.is_bare_unknown(of) && !text.contains(|c: char| c.is_whitespace() || c == '(')).then(|| text.to_owned())
    }

    /// A name as one of an enum's values.
    fn enum_value(&mut self, name: &str, span: Span, ty: &Ty) -> Option<Term> {
        let (index, known): (Option<usize>, Vec<&str>) = match ty {
            Ty::Enum(e) => (e.index_of(name), e.values.iter().map(String::as_str).collect()),
            Ty::Named(names) => (names.iter().position(|n| *n == name).map(|i| i + 1), names.to_vec()),
            _ => return None,
        };
        if let Some(index) = index {
            let lit = Lit::Whole(i128::try_from(index).ok()?);
            return Some(Term { kind: TermKind::Lit(lit), ty: ty.clone(), span, moving: false });
        }
        let diagnostic =
            Diagnostic::error("E0104", span, format!("`{name}` is none of the values that can stand here"));
        self.report(suggest_whole(diagnostic, span, name, &known))
    }

    pub(super) fn path(&mut self, names: &[Name], span: Span, expected: Option<&Ty>) -> Option<Term> {
        let name = joined(names);
        if let Some(ty @ (Ty::Enum(_) | Ty::Named(_))) = expected
            && names.len() == 1
            && (is_value_of(ty, &name) || self.named(&name, span).is_none())
        {
            return self.enum_value(&name, span, ty);
        }
        if let Some(term) = self.named(&name, span) {
            return Some(term);
        }
        // A calendar part of a date or an instant: `signup.month_of_year`.
        if let Some((last, first)) = names.split_last()
            && !first.is_empty()
            && let Some(part) = part(&last.text)
            && let Some(of) = self.named(&joined(first), span)
        {
            return self.part_of(of, part, last);
        }
        self.unknown(names, &name, span, expected)
    }

    /// What a name stands for, if anything.
    pub(super) fn named(&self, name: &str, span: Span) -> Option<Term> {
        let schema = self.context.schema();
        let make = |kind, ty| Some(Term { kind, ty, span, moving: false });
        if let Some(of_row) = self.row_named(name, true, span) {
            return Some(of_row);
        }
        if let Some(kinds) = &self.row {
            if let Some(property) = self.property_of(kinds, name) {
                let ty = self.property_type(&property)?;
                return make(TermKind::Field(FieldRef::Property(property)), ty);
            }
            if name == "at" {
                return make(TermKind::At(None), Ty::Instant);
            }
            if let Some(part) = part(name) {
                let at = Term { kind: TermKind::At(None), ty: Ty::Instant, span, moving: false };
                return make(TermKind::Part { part, of: Box::new(at) }, part_type(part));
            }
        }
        if let Some(of_row) = self.row_named(name, false, span) {
            return Some(of_row);
        }
        if let Some((step, rest)) = name.split_once('.')
            && let Some(slot) = self.steps.iter().rposition(|(n, _)| n == step)
        {
            let (_, kinds) = self.steps.get(slot)?;
            if rest == "at" {
                return make(TermKind::At(Some(slot)), Ty::Instant);
            }
            if let Some(property) = self.property_of(kinds, rest) {
                let ty = self.property_type(&property)?;
                return make(TermKind::Field(FieldRef::StepProperty(slot, property)), ty);
            }
            let part = part(rest)?;
            let at = Term { kind: TermKind::At(Some(slot)), ty: Ty::Instant, span, moving: false };
            return make(TermKind::Part { part, of: Box::new(at) }, part_type(part));
        }
        if let Some(i) = schema.attribute_index(name) {
            let ty = Ty::of(&schema.attributes().get(i)?.ty)?;
            return make(TermKind::Field(FieldRef::Attribute(i)), ty);
        }
        if let Some(named) = self.context.traits.get(name) {
            return Some(Term {
                kind: TermKind::Trait(named.clone()),
                ty: named.term.ty.clone(),
                span,
                moving: named.term.moving,
            });
        }
        if let Some(score) = self.context.scores.get(name) {
            return make(TermKind::Score(score.clone()), Ty::Exact(0));
        }
        if let Some(stage) = self.only_stage(name, span) {
            return Some(stage);
        }
        (name == "id").then_some(())?;
        make(TermKind::Id, Ty::String)
    }

    /// The property that all of these kinds have under one name and type.
    pub(super) fn property_of(&self, kinds: &[usize], name: &str) -> Option<PropertyRef> {
        let schema = self.context.schema();
        let at: Option<Vec<(usize, usize)>> =
            kinds.iter().map(|k| Some((*k, schema.kinds().get(*k)?.property_index(name)?))).collect();
        let property = PropertyRef { name: name.into(), at: at.filter(|a| !a.is_empty())? };
        let mut types = property.at.iter().filter_map(|(k, i)| Some(&schema.kinds().get(*k)?.properties.get(*i)?.ty));
        let first = types.next()?;
        types.all(|t| t == first).then_some(property)
    }

    fn property_type(&self, property: &PropertyRef) -> Option<Ty> {
        let (kind, at) = property.at.first()?;
        Ty::of(&self.context.schema().kinds().get(*kind)?.properties.get(*at)?.ty)
    }

    fn unknown(&mut self, names: &[Name], name: &str, span: Span, expected: Option<&Ty>) -> Option<Term> {
        if self.is_stage(name) {
            return self.bare_stage(span);
        }
        let schema = self.context.schema();
        let list = schema.attribute(name).is_some_and(|a| matches!(a.ty, Type::List(_)));
        if list || self.row_list(name, true).or_else(|| self.row_list(name, false)).is_some() {
            return self.report(
                Diagnostic::error("E0124", span, format!("`{name}` is a list, not a single value"))
                    .help(format!("write `{name} contains …`")),
            );
        }
        if schema.kind(name).is_some() {
            return self.report(
                Diagnostic::error("E0108", span, format!("`{name}` is events, not a value"))
                    .help(format!("write `count({name})`, or `last({name}).at`")),
            );
        }
        let declared = &self.context.declared_values;
        let most = most_parts(names, declared.iter().map(|name| &**name));
        if (1..=most).any(|n| declared.contains(&joined(names.get(..n).unwrap_or(names)))) {
            // What is wrong with it is said where it is declared.
            return None;
        }
        let mut known: Vec<&str> = Vec::new();
        if let [first, rest @ ..] = names
            && !rest.is_empty()
        {
            let (property, at) = (joined(rest), rest_span(rest, span));
            if let Some((_, kinds)) = self.steps.iter().rfind(|(step, _)| *step == first.text) {
                let message = format!("the events of step `{}` have no property `{property}`", first.text);
                let diagnostic =
                    suggest(Diagnostic::error("E0103", at, message), at, &property, &self.properties(kinds));
                return self.report(diagnostic);
            }
            if let Some(kind) = schema.kind_index(&first.text) {
                let known = self.properties(&[kind]);
                if known.contains(&property.as_str()) {
                    return self.one_for_each(&first.text, &property, kind, span);
                }
                let message = format!("events `{}` have no property `{property}`", first.text);
                let diagnostic = suggest(Diagnostic::error("E0103", at, message), at, &property, &known);
                return self.report(diagnostic);
            }
            let attributes = || schema.attributes().iter().map(|a| a.name.as_str());
            if self.row.is_some()
                && nearest(name, attributes()).is_none()
                && !attributes().any(|a| a.strip_prefix(first.text.as_str()).is_some_and(|rest| rest.starts_with('.')))
            {
                let steps: Vec<&str> = self.steps.iter().map(|(step, _)| step.as_str()).collect();
                let diagnostic = Diagnostic::error(
                    "E0101",
                    first.span,
                    format!("no step before this one is called `{}`", first.text),
                );
                let diagnostic =
                    diagnostic.help(format!("a step is named by `as`: `campaign_received as {} then …`", first.text));
                return self.report(suggest_whole(diagnostic, first.span, &first.text, &steps));
            }
        }
        let mut message = format!("there is no attribute `{name}`");
        if let Some(kinds) = &self.row {
            if let Some(diagnostic) = self.not_common(kinds, name, span) {
                return self.report(diagnostic);
            }
            known.extend(self.properties(kinds));
            message = format!("`{name}` is neither a property of these events nor an attribute");
        }
        if self.related.is_some() {
            known.extend(self.row_names());
            if self.row.is_none() {
                message = format!("`{name}` is neither a property of these rows nor an attribute");
            }
        }
        let mut code = "E0101";
        known.extend(schema.attributes().iter().map(|a| a.name.as_str()));
        known.extend(self.context.traits.keys().map(String::as_str));
        known.extend(self.context.scores.keys().map(String::as_str));
        known.extend(self.context.declared_values.iter().map(String::as_str).filter(|v| self.named(v, span).is_none()));
        if self.row.is_none() {
            known.extend(schema.kinds().iter().map(|k| k.name.as_str()));
            known.extend(schema.relations().iter().map(|r| r.name.as_str()));
        }
        if self.context.segments.contains_key(name) || self.context.declared_segments.contains(name) {
            return self.report(
                Diagnostic::error(code, span, message)
                    .help(format!("`{name}` is a segment: write `in segment {name}`"))
                    .fix(span, format!("in segment {name}")),
            );
        }
        let parts: Vec<&str> =
            known.iter().copied().filter(|k| k.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))).collect();
        if !parts.is_empty() {
            let help = format!("name one of its parts: {}", listed(&parts));
            return self.report(Diagnostic::error(code, span, format!("`{name}` has no value of its own")).help(help));
        }
        match nearest(name, known.iter().copied()) {
            Some(meant) if self.row.is_none() && schema.kind(meant).is_some() => {
                code = "E0102";
                message = format!("there is no kind of events `{name}`");
            }
            None if self.row.is_none() && self.related.is_none() && names.len() == 1 && expected.is_none() => {
                message = format!("`{name}` is neither an attribute nor a kind of events");
            }
            _ => {}
        }
        let diagnostic = Diagnostic::error(code, span, message);
        if expected == Some(&Ty::String) && nearest(name, known.iter().copied()).is_none() {
            return self.report(
                diagnostic.help(format!("a text stands in quotes: \"{name}\"")).fix(span, format!("\"{name}\"")),
            );
        }
        self.report(suggest(diagnostic, span, name, &known))
    }

    /// The properties that all of these kinds have, and what every event has.
    pub(super) fn properties(&self, kinds: &[usize]) -> Vec<&'a str> {
        let schema = self.context.schema();
        let first = kinds.first().and_then(|k| schema.kinds().get(*k));
        let own = first.into_iter().flat_map(|k| k.properties.iter().map(|p| p.name.as_str()));
        own.filter(|name| self.property_of(kinds, name).is_some()).chain(EVENT_PARTS.iter().copied()).collect()
    }

    /// What is to be said of a property that only some of these kinds have, or not all of one type.
    fn not_common(&self, kinds: &[usize], name: &str, span: Span) -> Option<Diagnostic> {
        let schema = self.context.schema();
        let (with, without): (Vec<_>, Vec<_>) =
            kinds.iter().filter_map(|k| schema.kinds().get(*k)).partition(|k| k.property_index(name).is_some());
        with.first()?;
        let message = match without.first() {
            Some(kind) => format!("not all of these events have a property `{name}`: `{}` does not", kind.name),
            None => format!("`{name}` is not of one type in all of these events"),
        };
        Some(
            Diagnostic::error("E0103", span, message)
                .help("ask for each kind of events by itself, and join the parts by `or`"),
        )
    }

    /// A property of many events stands where one value is needed.
    fn one_for_each(&mut self, kind: &str, property: &str, index: usize, span: Span) -> Option<Term> {
        let source = self.source(span);
        let number = self.property_of(&[index], property).and_then(|p| self.property_type(&p));
        let number = number.is_some_and(|ty| matches!(ty, Ty::Exact(_) | Ty::Float | Ty::Duration));
        let all = if number { format!("`sum({source})`, `max({source})`") } else { format!("`top({source})`") };
        self.report(
            Diagnostic::error("E0108", span, format!("`{source}` has one value for each event"))
                .help(format!("write {all}, `last({kind}).{property}`, or a condition: `{kind}({property} …)`")),
        )
    }

    fn part_of(&mut self, of: Term, part: Part, name: &Name) -> Option<Term> {
        let span = of.span.to(name.span);
        let fits = match of.ty {
            Ty::Instant => true,
            Ty::Date => part != Part::Hour,
            _ => false,
        };
        if !fits {
            return self.report(Diagnostic::error(
                "E0103",
                name.span,
                format!("{} has no `{}`", of.ty.words(), name.text),
            ));
        }
        let moving = of.moving;
        Some(Term { kind: TermKind::Part { part, of: Box::new(of) }, ty: part_type(part), span, moving })
    }

    fn property(&mut self, of: &Expr, name: &Name, span: Span) -> Option<Term> {
        if let ExprKind::Aggregate { function: function @ (Aggregate::First | Aggregate::Last), argument } = &of.kind {
            let (select, given) = self.select_with_property(argument)?;
            if let Some((_, given)) = given {
                return self.report(
                    Diagnostic::error("E0111", given, "the property stands after the parentheses").help(format!(
                        "write `{}(…).{}`",
                        function_name(*function),
                        name.text
                    )),
                );
            }
            let of = self.row_value(&select.kinds.clone(), name)?;
            let ty = of.ty.clone();
            let kind = TermKind::Aggregate { function: *function, select: Box::new(select), of: Some(Box::new(of)) };
            return Some(Term { kind, ty, span, moving: false });
        }
        if self.is_events(of) || matches!(of.kind, ExprKind::Event { .. }) {
            if let ExprKind::Event { kinds: Kinds::One(kind), .. } = &of.kind {
                self.kind(kind)?;
            }
            let source = self.source(span);
            return self.report(
                Diagnostic::error("E0108", span, format!("`{source}` has one value for each event")).help(format!(
                    "write `last({}).{}`, or another function over it: `max({source})`",
                    self.source(of.span),
                    name.text
                )),
            );
        }
        let of = self.any_term(of)?;
        match part(&name.text) {
            Some(part) => self.part_of(of, part, name),
            None => {
                let diagnostic =
                    Diagnostic::error("E0103", name.span, format!("{} has no `{}`", of.ty.words(), name.text));
                self.report(suggest(diagnostic, name.span, &name.text, EVENT_PARTS))
            }
        }
    }

    /// A property, the instant or a calendar part of the events of some kinds, as a value of one event.
    fn row_value(&mut self, kinds: &[usize], name: &Name) -> Option<Term> {
        let outer = self.row.replace(kinds.to_vec());
        let list = self.list_field(&Expr { kind: ExprKind::Path(vec![name.clone()]), span: name.span }).is_some();
        let property = self.property_of(kinds, &name.text).is_some() || EVENT_PARTS.contains(&name.text.as_str());
        let term = if list {
            self.report(
                Diagnostic::error("E0124", name.span, format!("`{}` is a list, not a single value", name.text)).help(
                    format!("a condition on it stands in the parentheses of the events: `({} contains …)`", name.text),
                ),
            )
        } else if property {
            self.named(&name.text, name.span)
        } else if let Some(diagnostic) = self.not_common(kinds, &name.text, name.span) {
            self.report(diagnostic)
        } else {
            let known = self.properties(kinds);
            let diagnostic =
                Diagnostic::error("E0103", name.span, format!("these events have no property `{}`", name.text));
            self.report(suggest(diagnostic, name.span, &name.text, &known))
        };
        self.row = outer;
        term
    }

    fn aggregate(&mut self, function: Aggregate, argument: &Expr, span: Span) -> Option<Term> {
        let (select, property) = self.select_with_property(argument)?;
        let given = property.as_ref().map(|(name, _)| name.clone());
        let of = match property {
            Some((name, at)) => Some(self.row_value(&select.kinds.clone(), &Name { text: name, span: at })?),
            None => None,
        };
        let name = function_name(function);
        let needs = |checker: &mut Self, what: &str| {
            let source = checker.source(argument.span);
            let message = match &of {
                Some(of) => format!("`{name}` needs a property {what}; `{source}` is {}", of.ty.words()),
                None => format!("`{name}` needs a property of the events"),
            };
            let fitting: Vec<&str> = (checker.properties(&select.kinds).into_iter())
                .filter(|p| {
                    checker
                        .property_of(&select.kinds, p)
                        .and_then(|p| checker.property_type(&p))
                        .is_some_and(|ty| takes(function, &ty))
                })
                .collect();
            let help = match fitting.first() {
                Some(_) if of.is_some() => format!("such as {}", listed(&fitting)),
                Some(first) => {
                    format!("it stands behind the events: `{name}({}.{first})`", checker.source(select.span))
                }
                None => "these events have none".to_owned(),
            };
            checker.report(Diagnostic::error("E0112", argument.span, message).help(help))
        };
        let ty = match (function, &of) {
            (Aggregate::Count, _) => Ty::Exact(0),
            (Aggregate::First | Aggregate::Last, None) => {
                return self.report(
                    Diagnostic::error("E0112", span, format!("`{name}(…)` is an event, not a value"))
                        .help(format!("write `{}.at`, or another property", self.source(span))),
                );
            }
            (Aggregate::First | Aggregate::Last, Some(_)) => {
                return self.report(
                    Diagnostic::error("E0111", span, "the property stands after the parentheses")
                        .help(format!("write `{name}(…).{}`", given.unwrap_or_default())),
                );
            }
            (_, None) => return needs(self, ""),
            (Aggregate::Distinct, Some(_)) => Ty::Exact(0),
            (Aggregate::Min | Aggregate::Max, Some(of)) if !takes(function, &of.ty) => {
                return needs(self, "whose values have an order");
            }
            (Aggregate::Sum | Aggregate::Avg, Some(of)) if !takes(function, &of.ty) => {
                return needs(self, "that is a number or a length of time");
            }
            (Aggregate::Avg, Some(Term { ty: Ty::Exact(scale), .. })) => Ty::Ratio(*scale),
            (_, Some(of)) => of.ty.clone(),
        };
        let kind = TermKind::Aggregate { function, select: Box::new(select), of: of.map(Box::new) };
        Some(Term { kind, ty, span, moving: false })
    }

    fn call(&mut self, function: &Name, arguments: &[Expr], span: Span) -> Option<Term> {
        let which = match function.text.as_str() {
            "lower" => Function::Lower,
            "upper" => Function::Upper,
            "length" => Function::Length,
            "path" => Function::Path,
            "host" => Function::Host,
            "abs" => Function::Abs,
            "round" => Function::Round,
            other => {
                let diagnostic = Diagnostic::error("E0122", function.span, format!("there is no function `{other}`"));
                return self.report(suggest(diagnostic, function.span, other, FUNCTIONS));
            }
        };
        let [argument] = arguments else {
            return self.report(Diagnostic::error("E0122", span, format!("`{}` takes one value", function.text)));
        };
        let of = self.any_term(argument)?;
        let ty = match (which, &of.ty) {
            (Function::Lower | Function::Upper, Ty::String) => {
                return self.report(
                    Diagnostic::error("E0122", span, format!("`{}` is not needed", function.text))
                        .help("compare with `ignoring case`: `name = \"anna\" ignoring case`"),
                );
            }
            (Function::Path | Function::Host, Ty::String) => Ty::String,
            (Function::Length, Ty::String) => Ty::Exact(0),
            (Function::Abs, ty @ (Ty::Exact(_) | Ty::Ratio(_) | Ty::Float | Ty::Duration)) => ty.clone(),
            (Function::Round, Ty::Exact(_) | Ty::Float | Ty::Ratio(_)) => Ty::Exact(0),
            (_, ty) => {
                let takes = if matches!(which, Function::Abs | Function::Round) { "a number" } else { "a text" };
                return self.report(
                    Diagnostic::error(
                        "E0122",
                        argument.span,
                        format!("`{}` does not take {}", function.text, ty.words()),
                    )
                    .help(format!("it takes {takes}")),
                );
            }
        };
        let moving = of.moving;
        Some(Term { kind: TermKind::Call { function: which, of: Box::new(of) }, ty, span, moving })
    }

    fn arithmetic(&mut self, op: ArithmeticOp, left: &Expr, right: &Expr, span: Span) -> Option<Term> {
        if let ExprKind::Literal(Literal::Duration(length)) = &right.kind
            && let Some(Lapse::Months(n)) = normal(*length)
        {
            let of = self.any_term(left)?;
            let sign = match (op, &of.ty) {
                (ArithmeticOp::Add, Ty::Instant | Ty::Date) => 1,
                (ArithmeticOp::Subtract, Ty::Instant | Ty::Date) => -1,
                _ => {
                    return self.report(
                        Diagnostic::error("E0115", right.span, "months, quarters and years have no fixed length")
                            .help("they can be added to a date or an instant only"),
                    );
                }
            };
            let (ty, moving) = (of.ty.clone(), of.moving);
            return Some(Term { kind: TermKind::PlusMonths { of: Box::new(of), months: sign * n }, ty, span, moving });
        }
        for side in [left, right] {
            if self.is_events(side) {
                self.any_term(side)?;
            }
        }
        let clock = |e: &Expr| matches!(&e.kind, ExprKind::Literal(Literal::Duration(l)) if is_clock_time(l.unit));
        let (by_left, by_right) = (clock(left), clock(right));
        let (mut left, mut right) = self.pair(left, right)?;
        // A date moved by hours is an instant, whatever their number.
        if by_right && left.ty == Ty::Date {
            left = start_of_day(left);
        } else if by_left && right.ty == Ty::Date {
            right = start_of_day(right);
        }
        self.arithmetic_of(op, left, right, span)
    }

    fn arithmetic_of(&mut self, op: ArithmeticOp, left: Term, right: Term, span: Span) -> Option<Term> {
        use ArithmeticOp::{Add, Divide, Multiply, Subtract};
        const MOST_DIGITS: u8 = 18;
        let number = |ty: &Ty| ty.is_number() || matches!(ty, Ty::Named(_));
        let scale = |ty: &Ty| match ty {
            Ty::Exact(s) => Some(*s),
            Ty::Named(_) => Some(0),
            _ => None,
        };
        let ty = match (op, &left.ty, &right.ty) {
            (Divide, a, b) if number(a) && number(b) => Ty::Float,
            (_, a, b) if number(a) && number(b) => match (scale(a), scale(b), op) {
                (Some(a), Some(b), Multiply) if a + b <= MOST_DIGITS => Ty::Exact(a + b),
                (Some(_), Some(_), Multiply) => Ty::Float,
                (Some(a), Some(b), _) => Ty::Exact(a.max(b)),
                _ => Ty::Float,
            },
            (Subtract, Ty::Instant, Ty::Instant) | (Subtract, Ty::Date, Ty::Date) => Ty::Duration,
            (Subtract, Ty::Instant, Ty::Date) => {
                let right = start_of_day(right);
                return self.arithmetic_of(op, left, right, span);
            }
            (Subtract, Ty::Date, Ty::Instant) => {
                let left = start_of_day(left);
                return self.arithmetic_of(op, left, right, span);
            }
            (Add | Subtract, Ty::Instant, Ty::Duration) => Ty::Instant,
            (Add, Ty::Duration, Ty::Instant | Ty::Date) => return self.arithmetic_of(op, right, left, span),
            (Add | Subtract, Ty::Date, Ty::Duration) => {
                if let TermKind::Lit(Lit::Whole(v)) = right.kind
                    && v % i128::from(DAY) == 0
                {
                    if let TermKind::Today(days) = left.kind {
                        let by = i64::try_from(v / i128::from(DAY)).ok()?;
                        let days = days.saturating_add(if op == Add { by } else { -by });
                        return Some(Term { kind: TermKind::Today(days), ty: Ty::Date, span, moving: true });
                    }
                    Ty::Date
                } else {
                    let left = start_of_day(left);
                    return self.arithmetic_of(op, left, right, span);
                }
            }
            (Add | Subtract, Ty::Duration, Ty::Duration) => Ty::Duration,
            (Multiply, Ty::Duration, n) if number(n) => Ty::Duration,
            (Multiply, n, Ty::Duration) if number(n) => return self.arithmetic_of(op, right, left, span),
            (Divide, Ty::Duration, n) if number(n) => Ty::Duration,
            (Divide, Ty::Duration, Ty::Duration) => Ty::Float,
            _ => {
                let (l, r) = (self.source(left.span), self.source(right.span));
                let verb = match op {
                    Add => "added",
                    Subtract => "subtracted",
                    Multiply => "multiplied",
                    Divide => "divided",
                };
                let help = match (op, &left.ty, &right.ty) {
                    (Add | Subtract, Ty::Date | Ty::Instant, n) if number(n) => {
                        format!("write a length of time with its unit: `{r} days`")
                    }
                    _ => "numbers go with numbers; an instant minus an instant is a length of time".to_owned(),
                };
                let message =
                    format!("`{l}` is {}, and `{r}` is {}: they cannot be {verb}", left.ty.words(), right.ty.words());
                let diagnostic = Diagnostic::error("E0105", span, message).help(help);
                let diagnostic = if number(&left.ty) { self.retyped(diagnostic, &left.ty, &right) } else { diagnostic };
                return self.report(diagnostic);
            }
        };
        if (op == Multiply && left.moving && right.moving) || (op == Divide && right.moving) {
            return self.report(
                Diagnostic::error(
                    "E0123",
                    span,
                    "when this changes cannot be said: `now` is multiplied with itself, or divided by",
                )
                .help("compare the parts one by one"),
            );
        }
        let moving = left.moving || right.moving;
        let kind = TermKind::Arithmetic { op, left: Box::new(left), right: Box::new(right) };
        Some(Term { kind, ty, span, moving })
    }

    /// The same for a date such as `today - 2 months`, which no window can follow: its day's ends are compared as instants.
    fn instant_against_moving_date(&mut self, op: Order, instant: Term, date: Term, span: Span) -> Option<Cond> {
        let day = Term { kind: TermKind::Lit(Lit::Whole(i128::from(DAY))), ty: Ty::Duration, span, moving: false };
        let next = self.arithmetic_of(ArithmeticOp::Add, date.clone(), day, span)?;
        let (start, end) = (start_of_day(date), start_of_day(next));
        let compare = |op, right: &Term| {
            let (left, right) = (instant.clone(), right.clone());
            Cond { kind: CondKind::Compare { op, left, right, ignoring_case: false }, span }
        };
        Some(match op {
            Order::Lt => compare(Order::Lt, &start),
            Order::Le => compare(Order::Lt, &end),
            Order::Gt => compare(Order::Ge, &end),
            Order::Ge => compare(Order::Ge, &start),
            Order::Eq => Cond { kind: CondKind::All(vec![compare(Order::Ge, &start), compare(Order::Lt, &end)]), span },
        })
    }

    /// `instant < date` and the like: a date stands for its whole day.
    pub(super) fn instant_against_date(&mut self, op: Order, instant: Term, date: Term, span: Span) -> Option<Cond> {
        if date.moving && !matches!(date.kind, TermKind::Today(_)) {
            return self.instant_against_moving_date(op, instant, date, span);
        }
        let point = Point::of_term(date);
        let start = self.bound(&point, Edge::DayStart);
        let end = self.bound(&point, Edge::DayEnd);
        let (lower, upper) = match op {
            Order::Eq => (vec![start], vec![end]),
            Order::Lt => (vec![], vec![start]),
            Order::Le => (vec![], vec![end]),
            Order::Gt => (vec![end], vec![]),
            Order::Ge => (vec![start], vec![]),
        };
        Some(Cond { kind: CondKind::Timed { value: instant, windows: Windows { lower, upper } }, span })
    }
}

/// The functions over single values.
pub(super) const FUNCTIONS: &[&str] = &["length", "path", "host", "abs", "round"];

/// Whether a function over events or rows takes values of a type.
pub(super) fn takes(function: Aggregate, ty: &Ty) -> bool {
    match (function, ty) {
        (Aggregate::Sum | Aggregate::Avg, ty) => matches!(ty, Ty::Exact(_) | Ty::Float | Ty::Duration),
        (Aggregate::Min | Aggregate::Max, Ty::Bool | Ty::Place) => false,
        (Aggregate::Min | Aggregate::Max, Ty::Enum(e)) => e.ordered,
        _ => true,
    }
}

/// Where the names behind the first one stand.
pub(super) fn rest_span(rest: &[Name], otherwise: Span) -> Span {
    match (rest.first(), rest.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => otherwise,
    }
}

/// Whether a name is one of the values of a type.
pub(super) fn is_value_of(ty: &Ty, name: &str) -> bool {
    match ty {
        Ty::Enum(values) => values.index_of(name).is_some(),
        Ty::Named(values) => values.contains(&name),
        _ => false,
    }
}

/// How many parts of a path can make up one of the names that are known.
pub(super) fn most_parts<'n>(names: &[Name], known: impl Iterator<Item = &'n str>) -> usize {
    known.map(|name| name.matches('.').count() + 1).max().unwrap_or(0).min(names.len())
}

pub(super) fn joined(names: &[Name]) -> String {
    names.iter().map(|n| n.text.as_str()).collect::<Vec<_>>().join(".")
}

/// A date as the instant at which it starts.
pub(super) fn start_of_day(date: Term) -> Term {
    let (span, moving) = (date.span, date.moving);
    Term { kind: TermKind::Call { function: Function::DayStart, of: Box::new(date) }, ty: Ty::Instant, span, moving }
}

pub(super) fn function_name(function: Aggregate) -> &'static str {
    match function {
        Aggregate::Count => "count",
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::Distinct => "distinct",
        Aggregate::First => "first",
        Aggregate::Last => "last",
        Aggregate::Top => "top",
    }
}

pub(super) fn part(name: &str) -> Option<Part> {
    Some(match name {
        "date" => Part::Date,
        "week" => Part::Period(CalendarUnit::Week),
        "month" => Part::Period(CalendarUnit::Month),
        "quarter" => Part::Period(CalendarUnit::Quarter),
        "year" => Part::Period(CalendarUnit::Year),
        "month_of_year" => Part::MonthOfYear,
        "day_of_month" => Part::DayOfMonth,
        "weekday" => Part::Weekday,
        "hour" => Part::Hour,
        _ => return None,
    })
}

fn part_type(part: Part) -> Ty {
    match part {
        Part::Date => Ty::Date,
        Part::Period(CalendarUnit::Year) | Part::DayOfMonth | Part::Hour => Ty::Exact(0),
        Part::Period(unit) => Ty::Period(unit),
        Part::MonthOfYear => Ty::Named(MONTHS),
        Part::Weekday => Ty::Named(WEEKDAYS),
    }
}

//! Event terms: which events, in which windows, in which sequence.

use super::check::Checker;
use super::compare::same_kind;
use super::ir::{
    Anchor, Bound, Cond, CondKind, Edge, FieldRef, Lapse, Lit, Order, PropertyRef, Select, Step, Term, TermKind, Ty,
    Windows,
};
use super::names::{listed, nearest, suggest};
use super::relations::Related;
use super::terms::{FUNCTIONS, joined, rest_span};
use crate::diagnostic::Diagnostic;
use crate::syntax::{
    ArithmeticOp, CalendarUnit, Expr, ExprKind, Gap, Kinds, Literal, Name, Period, Span, TimeUnit, Window, WindowKind,
};
use crate::time::{DAY, Date, Instant, add_months};

/// The most steps of one sequence.
const MOST_STEPS: usize = 16;

/// What a window counts from: an instant or a date, moved by months and then by microseconds.
pub(super) struct Point {
    base: Base,
    months: i64,
    micros: i64,
}

enum Base {
    Date(i32),
    At(i64),
    Now,
    /// The date in the zone, plus days.
    Today(i64),
    Term(Term),
}

impl Point {
    pub(super) fn of_term(term: Term) -> Self {
        let base = match (&term.kind, &term.ty) {
            (TermKind::Lit(Lit::Whole(v)), Ty::Date) => i32::try_from(*v).map_or(Base::Term(term), Base::Date),
            (TermKind::Lit(Lit::Whole(v)), Ty::Instant) => i64::try_from(*v).map_or(Base::Term(term), Base::At),
            (TermKind::Today(days), _) => Base::Today(*days),
            (TermKind::Now, _) => Base::Now,
            _ => Base::Term(term),
        };
        Point { base, months: 0, micros: 0 }
    }
}

impl Checker<'_> {
    /// The events of a term that names no property.
    pub(super) fn select(&mut self, events: &Expr, windows: &[Window]) -> Option<Select> {
        let mut select = self.bare_select(events)?;
        let more = self.windows(windows, true)?;
        select.windows.lower.extend(more.lower);
        select.windows.upper.extend(more.upper);
        Some(select)
    }

    /// The events of an aggregate's argument, and the property named with them.
    pub(super) fn select_with_property(&mut self, argument: &Expr) -> Option<(Select, Option<(String, Span)>)> {
        let outer = self.row.take();
        let (subject, windows): (&Expr, &[Window]) = match &argument.kind {
            ExprKind::Windowed { subject, windows } => (subject, windows),
            _ => (argument, &[]),
        };
        let window;
        let (subject, windows) = match &subject.kind {
            ExprKind::Between { negated: false, value, low, high } => {
                window = [Window { kind: WindowKind::Between((**low).clone(), (**high).clone()), span: subject.span }];
                (&**value, &window[..])
            }
            _ => (subject, windows),
        };
        let result = match &subject.kind {
            ExprKind::Property { of, name } => {
                let select = self.select(of, windows);
                select.map(|s| (s, Some((name.text.clone(), name.span))))
            }
            ExprKind::Path(names) if names.len() > 1 && !self.is_events(subject) => match names.as_slice() {
                [kind, rest @ ..] => {
                    let kind_expr = Expr { kind: ExprKind::Path(vec![kind.clone()]), span: kind.span };
                    let span = rest_span(rest, subject.span);
                    let select = self.select(&kind_expr, windows);
                    select.map(|s| (s, Some((joined(rest), span))))
                }
                [] => None,
            },
            _ => self.select(subject, windows).map(|s| (s, None)),
        };
        self.row = outer;
        result
    }

    fn bare_select(&mut self, events: &Expr) -> Option<Select> {
        if let Some(relation) = self.relation_of(events) {
            let help = self.timed_help(relation, events, events);
            return self.no_time(relation, events.span, &help);
        }
        let span = events.span;
        let filter_of = |checker: &Self, kinds: &[usize]| -> Vec<Cond> {
            checker.of_subject(kinds).map(|p| Cond { kind: CondKind::OfSubject(p), span }).into_iter().collect()
        };
        match &events.kind {
            ExprKind::Windowed { subject, windows } => self.select(subject, windows),
            ExprKind::Between { negated: false, value, low, high } => {
                let window = Window { kind: WindowKind::Between((**low).clone(), (**high).clone()), span };
                self.select(value, &[window])
            }
            ExprKind::Path(names) => {
                let name = Name { text: joined(names), span };
                let kinds = vec![self.kind(&name)?];
                let filter = filter_of(self, &kinds);
                Some(Select { kinds, filter, windows: Windows::default(), slot: None, span })
            }
            ExprKind::Event { kinds, conditions } => {
                let kinds = self.kinds(kinds)?;
                let mut filter = self.filter(&kinds, conditions)?;
                filter.extend(filter_of(self, &kinds));
                Some(Select { kinds, filter, windows: Windows::default(), slot: None, span })
            }
            ExprKind::As { events, .. } => self.bare_select(events),
            _ => {
                let source = self.source(span);
                let diagnostic = Diagnostic::error("E0102", span, format!("`{source}` is no kind of events"));
                if matches!(events.kind, ExprKind::Or(_)) {
                    return self.report(diagnostic.help(
                        "several kinds of events are `any of (viewed, purchased)`, several values a list: `purchased(category in (\"tv\", \"radio\"))`",
                    ));
                }
                self.report(
                    diagnostic.help("events are named by their kind, with conditions in parentheses: `purchased(amount > 20) within 30 days`"),
                )
            }
        }
    }

    /// The property that an event of these kinds must have the lifecycle's subject in, where some of them have it.
    fn of_subject(&self, kinds: &[usize]) -> Option<PropertyRef> {
        let name = self.context.subject.as_ref()?;
        let schema = self.context.schema();
        let at: Vec<(usize, usize)> =
            kinds.iter().filter_map(|k| Some((*k, schema.kinds().get(*k)?.property_index(name)?))).collect();
        (!at.is_empty()).then(|| PropertyRef { name: name.clone(), at })
    }

    fn kinds(&mut self, kinds: &Kinds) -> Option<Vec<usize>> {
        match kinds {
            Kinds::One(name) => Some(vec![self.kind(name)?]),
            Kinds::AnyOf(names) => {
                let found: Vec<Option<usize>> = names.iter().map(|n| self.kind(n)).collect();
                let mut kinds = found.into_iter().collect::<Option<Vec<_>>>()?;
                kinds.sort_unstable();
                kinds.dedup();
                Some(kinds)
            }
            Kinds::Any(_) => Some((0..self.context.schema().kinds().len()).collect()),
        }
    }

    pub(super) fn kind(&mut self, name: &Name) -> Option<usize> {
        let schema = self.context.schema();
        if let Some(kind) = schema.kind_index(&name.text) {
            return Some(kind);
        }
        if schema.attribute(&name.text).is_some() {
            return self.report(
                Diagnostic::error("E0102", name.span, format!("`{}` is an attribute, not a kind of events", name.text))
                    .help("`count`, `sum` and windows are about events; an attribute is compared directly"),
            );
        }
        let relations = schema.relations().iter().map(|r| r.name.as_str());
        let known: Vec<&str> = schema.kinds().iter().map(|k| k.name.as_str()).chain(relations).collect();
        if nearest(&name.text, known.iter().copied()).is_none()
            && nearest(&name.text, FUNCTIONS.iter().copied()).is_some()
        {
            let diagnostic = Diagnostic::error("E0122", name.span, format!("there is no function `{}`", name.text));
            return self.report(suggest(diagnostic, name.span, &name.text, FUNCTIONS));
        }
        let diagnostic = Diagnostic::error("E0102", name.span, format!("there is no kind of events `{}`", name.text));
        self.report(suggest(diagnostic, name.span, &name.text, &known))
    }

    /// The conditions in an event's parentheses, as a flat list of parts that all hold.
    fn filter(&mut self, kinds: &[usize], conditions: &[Expr]) -> Option<Vec<Cond>> {
        let outer = self.row.replace(kinds.to_vec());
        let outer_rows = self.related;
        self.related = outer_rows.map(Related::within_event);
        let mut filter = Vec::new();
        let mut whole = true;
        for condition in conditions {
            match self.row_condition(kinds, condition) {
                Some(Cond { kind: CondKind::All(parts), .. }) => filter.extend(parts),
                Some(cond) => filter.push(cond),
                None => whole = false,
            }
        }
        (self.row, self.related) = (outer, outer_rows);
        whole.then_some(filter)
    }

    /// Whether a condition in parentheses is a value to be compared with the subject.
    pub(super) fn means_subject(&self, subject: Option<&Term>, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Literal(Literal::Bool(_)) => subject.is_some_and(|s| s.ty == Ty::Bool),
            ExprKind::Literal(_) | ExprKind::Negate(_) => true,
            ExprKind::Path(names) => match (subject, names.as_slice()) {
                (Some(Term { ty: Ty::Enum(values), .. }), [name]) => {
                    values.index_of(&name.text).is_some() || self.named(&name.text, e.span).is_none()
                }
                // A text whose quotes were forgotten.
                (Some(Term { ty: Ty::String, .. }), [name]) => {
                    self.named(&name.text, e.span).is_none()
                        && self.list_field(e).is_none()
                        && self.context.schema().kind(&name.text).is_none()
                        && self.context.schema().relation(&name.text).is_none()
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn row_condition(&mut self, kinds: &[usize], e: &Expr) -> Option<Cond> {
        let subject = self.subject(kinds);
        if !self.means_subject(subject.as_ref(), e) {
            return self.cond(e);
        }
        let Some(subject) = subject else {
            return self.no_subject(kinds, e);
        };
        let name = if let TermKind::Field(FieldRef::Property(p)) = &subject.kind { p.name.clone() } else { "".into() };
        self.is_subject(subject, &name, e)
    }

    /// A value compared with the subject, which is called `name`.
    pub(super) fn is_subject(&mut self, mut subject: Term, name: &str, e: &Expr) -> Option<Cond> {
        subject.span = e.span;
        let value = self.term(e, Some(&subject.ty))?;
        if !same_kind(&subject.ty, &value.ty)
            && !matches!((&subject.ty, &value.ty), (Ty::Instant, Ty::Date) | (Ty::Date, Ty::Instant))
        {
            let message = format!(
                "this is compared with `{name}`, which is {}; `{}` is {}",
                subject.ty.words(),
                self.source(e.span),
                value.ty.words()
            );
            let diagnostic = Diagnostic::error("E0105", e.span, message)
                .help(format!("for another property write its name: `{name} = …`"));
            let diagnostic = self.retyped(diagnostic, &subject.ty, &value);
            return self.report(diagnostic);
        }
        self.comparison(Order::Eq, subject, value, false, e.span)
    }

    /// A value stands in the parentheses of events without a subject.
    fn no_subject(&mut self, kinds: &[usize], e: &Expr) -> Option<Cond> {
        let schema = self.context.schema();
        let source = self.source(e.span);
        let message = match kinds {
            [kind] => {
                let name = schema.kinds().get(*kind).map_or("", |k| &k.name);
                format!("`{name}` has no subject that could be `{source}`")
            }
            _ => format!("these events have no subject in common that could be `{source}`"),
        };
        let own: Vec<&str> =
            self.properties(kinds).into_iter().filter(|p| self.property_of(kinds, p).is_some()).collect();
        let help = match own.first() {
            Some(_) => format!("name the property that is to be `{source}`: {}", listed(&own)),
            None if kinds.len() > 1 => "ask for each kind of events by itself, and join the parts by `or`".to_owned(),
            None => "it has no properties; leave the parentheses out".to_owned(),
        };
        self.report(Diagnostic::error("E0110", e.span, message).help(help))
    }

    /// The subject of these kinds, if each has one and they are of one type.
    fn subject(&self, kinds: &[usize]) -> Option<Term> {
        let schema = self.context.schema();
        let at: Vec<(usize, usize)> =
            kinds.iter().map(|k| Some((*k, schema.kinds().get(*k)?.subject?))).collect::<Option<_>>()?;
        let mut fields = at.iter().filter_map(|(k, i)| schema.kinds().get(*k)?.properties.get(*i));
        let first = fields.next()?;
        if !fields.all(|f| f.ty == first.ty) {
            return None;
        }
        let ty = Ty::of(&first.ty)?;
        let property = PropertyRef { name: first.name.as_str().into(), at };
        Some(Term { kind: TermKind::Field(FieldRef::Property(property)), ty, span: Span::default(), moving: false })
    }

    /// A date or an instant with windows.
    pub(super) fn timed(&mut self, subject: &Expr, windows: &[Window], span: Span) -> Option<Cond> {
        let value = self.any_term(subject)?;
        let value = match value.ty {
            Ty::Instant => value,
            Ty::Date => super::terms::start_of_day(value),
            _ => {
                let source = self.source(subject.span);
                let help = match &subject.kind {
                    ExprKind::Aggregate { .. } => {
                        "a window on the events stands inside the parentheses: `count(purchased within 30 days)`"
                            .to_owned()
                    }
                    _ => "windows follow events, dates and instants".to_owned(),
                };
                return self.report(
                    Diagnostic::error(
                        "E0113",
                        span,
                        format!("`{source}` is {}; it has no place in time", value.ty.words()),
                    )
                    .help(help),
                );
            }
        };
        if matches!(value.kind, TermKind::Now) && windows.iter().all(|w| matches!(w.kind, WindowKind::Within(_))) {
            self.found.push(
                Diagnostic::warning("W0102", span, "this always holds: `now` is within any length of time of itself")
                    .help("say what is to have happened then: `purchased within 30 days`"),
            );
        }
        let windows = self.windows(windows, false)?;
        Some(Cond { kind: CondKind::Timed { value, windows }, span })
    }

    pub(super) fn windows(&mut self, windows: &[Window], of_events: bool) -> Option<Windows> {
        let mut bounds = Windows::default();
        let mut whole = true;
        for window in windows {
            whole &= self.window(window, of_events, &mut bounds).is_some();
        }
        whole.then_some(bounds)
    }

    fn window(&mut self, window: &Window, of_events: bool, bounds: &mut Windows) -> Option<()> {
        let span = window.span;
        let now = |lapse: Lapse, sign: i64, plus: i64| {
            let (months, micros) = lapse.parts();
            Bound { anchor: Anchor::Now { months: sign * months, micros: sign * micros }, then: 0, plus }
        };
        match &window.kind {
            WindowKind::Within(length) => {
                let lapse = self.lapse(*length, span)?;
                bounds.lower.push(now(lapse, -1, 0));
                if !of_events {
                    bounds.upper.push(now(Lapse::Micros(0), 1, 1));
                }
            }
            WindowKind::WithinNext(_) if of_events => return self.in_future(span),
            WindowKind::WithinNext(length) => {
                let lapse = self.lapse(*length, span)?;
                bounds.lower.push(now(Lapse::Micros(0), 1, 1));
                bounds.upper.push(now(lapse, 1, 1));
            }
            WindowKind::Since(x) => {
                let point = self.point(x)?;
                bounds.lower.push(self.bound(&point, Edge::DayStart, 0, x.span)?);
            }
            WindowKind::Before(x) => {
                let point = self.point(x)?;
                bounds.upper.push(self.bound(&point, Edge::DayStart, 0, x.span)?);
            }
            WindowKind::After(x) => {
                let point = self.point(x)?;
                bounds.lower.push(self.bound(&point, Edge::DayEnd, 0, x.span)?);
            }
            WindowKind::Between(x, y) => {
                let points = (self.point(x), self.point(y));
                let (low, high) = (points.0?, points.1?);
                let lower = self.bound(&low, Edge::DayStart, 0, x.span)?;
                let upper = self.bound(&high, Edge::DayEnd, 0, y.span)?;
                if let (Anchor::At(a), Anchor::At(b)) = (&lower.anchor, &upper.anchor)
                    && a.saturating_add(lower.plus) >= b.saturating_add(upper.plus)
                {
                    self.empty_window(x, y, span);
                }
                if let (Anchor::Now { months: 0, micros: a }, Anchor::Now { months: 0, micros: b }) =
                    (&lower.anchor, &upper.anchor)
                    && a > b
                {
                    self.empty_window(x, y, span);
                }
                bounds.lower.push(lower);
                bounds.upper.push(upper);
            }
            WindowKind::On(x) => {
                let point = self.point(x)?;
                let (lower, upper) = self.day_of(point, x.span)?;
                bounds.lower.push(lower);
                bounds.upper.push(upper);
            }
            WindowKind::WithinAfter(length, x) => {
                let lapse = self.lapse(*length, span)?;
                let point = self.point(x)?;
                bounds.lower.push(self.bound(&point, Edge::DayEnd, 0, x.span)?);
                bounds.upper.push(self.shifted(&point, true, lapse, 1, x.span)?);
            }
            WindowKind::WithinBefore(length, x) => {
                let lapse = match self.lapse(*length, span)? {
                    Lapse::Micros(n) => Lapse::Micros(-n),
                    Lapse::Months(n) => Lapse::Months(-n),
                };
                let point = self.point(x)?;
                bounds.lower.push(self.shifted(&point, false, lapse, 0, x.span)?);
                bounds.upper.push(self.bound(&point, Edge::DayStart, 0, x.span)?);
            }
            WindowKind::During(period) => {
                let (unit, first, end) = match *period {
                    Period::Single { unit, offset } => (unit, i64::from(offset), i64::from(offset) + 1),
                    Period::Last { unit, count } => (unit, -i64::from(count), 0),
                    Period::Next { unit, count } => (unit, 1, 1 + i64::from(count)),
                };
                if of_events && first > 0 {
                    return self.in_future(span);
                }
                let at = |offset| Bound { anchor: Anchor::Period { unit, offset, micros: 0 }, then: 0, plus: 0 };
                bounds.lower.push(at(first));
                bounds.upper.push(at(end));
            }
        }
        Some(())
    }

    pub(super) fn in_future<T>(&mut self, span: Span) -> Option<T> {
        self.report(
            Diagnostic::error("E0113", span, "events later than now are never seen")
                .help("a window on events looks back: `within 30 days`; `in next 7 days` is for dates"),
        )
    }

    fn empty_window(&mut self, low: &Expr, high: &Expr, span: Span) {
        self.found.push(Diagnostic::warning("W0102", span, "this never holds: the window ends before it starts").help(
            format!("the earlier end stands first: `between {} and {}`", self.source(high.span), self.source(low.span)),
        ));
    }

    /// What a window counts from.
    pub(super) fn point(&mut self, e: &Expr) -> Option<Point> {
        match &e.kind {
            ExprKind::Relative { duration, past } => {
                let sign = if *past { -1 } else { 1 };
                let (months, micros) = self.lapse(*duration, e.span)?.parts();
                Some(Point { base: Base::Now, months: sign * months, micros: sign * micros })
            }
            ExprKind::Literal(Literal::Duration(_)) => {
                let source = self.source(e.span);
                self.report(
                    Diagnostic::error("E0114", e.span, format!("`{source}` is a length of time, not a point in time"))
                        .help(format!("write `{source} ago`")),
                )
            }
            ExprKind::Arithmetic { op: op @ (ArithmeticOp::Add | ArithmeticOp::Subtract), left, right } => {
                if let ExprKind::Literal(Literal::Duration(length)) = &right.kind {
                    let sign = if *op == ArithmeticOp::Add { 1 } else { -1 };
                    let lapse = self.lapse(*length, right.span)?;
                    let point = self.point(left)?;
                    return self.moved(point, lapse, is_clock_time(length.unit), sign, e.span);
                }
                self.point_of_term(e)
            }
            _ => self.point_of_term(e),
        }
    }

    fn point_of_term(&mut self, e: &Expr) -> Option<Point> {
        let outer = if self.steps.is_empty() { self.row.take() } else { None };
        let term = self.any_term(e);
        if outer.is_some() {
            self.row = outer;
        }
        let term = term?;
        if !matches!(term.ty, Ty::Date | Ty::Instant) {
            let source = self.source(e.span);
            let diagnostic =
                Diagnostic::error("E0114", e.span, format!("`{source}` is {}, not a point in time", term.ty.words()))
                    .help("write a date, an instant, `30 days ago`, an attribute that is one, or `last(…).at`");
            let wanted = if let TermKind::Lit(Lit::Text(text)) = &term.kind
                && text.parse::<Date>().is_err()
            {
                Ty::Instant
            } else {
                Ty::Date
            };
            let diagnostic = self.retyped(diagnostic, &wanted, &term);
            return self.report(diagnostic);
        }
        let point = Point::of_term(term);
        match &point.base {
            Base::Term(term) if term.moving => {
                let source = self.source(e.span);
                self.report(
                    Diagnostic::error(
                        "E0114",
                        e.span,
                        format!("`{source}` moves with `now` in a way that a window cannot follow"),
                    )
                    .help("write `30 days ago`"),
                )
            }
            _ => Some(point),
        }
    }

    /// A point moved further. A date moved by days, weeks, months … stays a date; by hours (`clock`) it is an instant.
    fn moved(&mut self, point: Point, lapse: Lapse, clock: bool, sign: i64, span: Span) -> Option<Point> {
        let Point { base, months, micros } = point;
        let clock = clock || matches!(lapse, Lapse::Micros(n) if n % DAY != 0);
        let base = match base {
            Base::Date(days) if clock => Base::At(self.context.calendar.zone.start_of(Date::from_days(days))),
            Base::Term(term) if clock && term.ty == Ty::Date => Base::Term(super::terms::start_of_day(term)),
            base => base,
        };
        let moved = match (base, lapse) {
            (Base::Date(days), Lapse::Micros(n)) => {
                let by = i32::try_from(sign * n / DAY).ok();
                by.and_then(|by| days.checked_add(by)).map(|days| Point { base: Base::Date(days), months, micros })
            }
            (Base::Date(days), Lapse::Months(n)) => {
                let date = crate::time::date_plus_months(Date::from_days(days), sign * n);
                Some(Point { base: Base::Date(date.days()), months, micros })
            }
            (Base::Term(term), lapse) if term.ty == Ty::Date => {
                let span = term.span;
                let kind = match lapse {
                    Lapse::Months(n) => TermKind::PlusMonths { of: Box::new(term), months: sign * n },
                    Lapse::Micros(n) => {
                        let by = TermKind::Lit(Lit::Whole(i128::from(sign * n)));
                        let by = Term { kind: by, ty: Ty::Duration, span, moving: false };
                        TermKind::Arithmetic { op: ArithmeticOp::Add, left: Box::new(term), right: Box::new(by) }
                    }
                };
                Some(Point { base: Base::Term(Term { kind, ty: Ty::Date, span, moving: false }), months, micros })
            }
            (Base::Today(days), Lapse::Micros(n)) if !clock && micros == 0 => {
                Some(Point { base: Base::Today(days.saturating_add(sign * n / DAY)), months, micros })
            }
            (base, Lapse::Micros(n)) => micros.checked_add(sign * n).map(|micros| Point { base, months, micros }),
            (Base::Today(_), Lapse::Months(_)) => None,
            // Months come first, then the fixed part: the order in which they are written must be the same.
            (base, Lapse::Months(n)) if micros == 0 => {
                months.checked_add(sign * n).map(|months| Point { base, months, micros })
            }
            _ => None,
        };
        if moved.is_some() {
            return moved;
        }
        self.report(
            Diagnostic::error("E0114", span, "this point in time cannot be reckoned")
                .help("put months first and fixed lengths behind them: `1 month ago - 3 days`"),
        )
    }

    /// A point as a bound. Of a date, its start or its end; of an instant, itself, and as an end one microsecond more.
    pub(super) fn bound(&mut self, point: &Point, edge: Edge, plus: i64, span: Span) -> Option<Bound> {
        self.edge_of(point, edge == Edge::DayEnd, Lapse::Micros(0), plus + i64::from(edge == Edge::DayEnd), plus, span)
    }

    /// A point (of a date, its end or its start) moved by a lapse, as a bound.
    fn shifted(&mut self, point: &Point, end: bool, lapse: Lapse, plus: i64, span: Span) -> Option<Bound> {
        self.edge_of(point, end, lapse, plus, plus, span)
    }

    /// `plus` is added where the point is an instant, `plus_date` where it is a date.
    fn edge_of(
        &mut self,
        point: &Point,
        end: bool,
        lapse: Lapse,
        plus: i64,
        plus_date: i64,
        span: Span,
    ) -> Option<Bound> {
        let zone = self.context.calendar.zone;
        let (more_months, more_micros) = lapse.parts();
        let at = |micros: i64, plus: i64| {
            let moved = if more_months == 0 {
                micros
            } else {
                add_months(Instant::from_micros(micros), more_months, zone).micros()
            };
            Bound { anchor: Anchor::At(moved), then: 0, plus: more_micros.saturating_add(plus) }
        };
        let hopeless = |checker: &mut Self| {
            checker.report(
                Diagnostic::error("E0114", span, "this point in time cannot be reckoned")
                    .help("count from a date, an instant, or an event"),
            )
        };
        match &point.base {
            // What moves a date is in it already.
            Base::Date(days) => {
                Some(at(zone.start_of(Date::from_days(days.saturating_add(i32::from(end)))), plus_date))
            }
            Base::At(micros) => {
                let moved = if point.months == 0 {
                    *micros
                } else {
                    add_months(Instant::from_micros(*micros), point.months, zone).micros()
                };
                Some(at(moved.saturating_add(point.micros), plus))
            }
            Base::Now => {
                // Two moves by months are not one: months are clamped at their ends each time.
                let first = point.months == 0 && point.micros == 0;
                let (months, then) = if first { (more_months, 0) } else { (point.months, more_months) };
                let anchor = Anchor::Now { months, micros: point.micros };
                Some(Bound { anchor, then, plus: more_micros.saturating_add(plus) })
            }
            Base::Today(days) => {
                if more_months != 0 && point.micros != 0 {
                    return hopeless(self);
                }
                let (end, plus) = if point.micros == 0 { (end, plus_date) } else { (false, plus) };
                let anchor = Anchor::Period { unit: CalendarUnit::Day, offset: days + i64::from(end), micros: 0 };
                let plus = point.micros.saturating_add(more_micros).saturating_add(plus);
                Some(Bound { anchor, then: more_months, plus })
            }
            Base::Term(term) => {
                let is_date = term.ty == Ty::Date;
                let edge = match (is_date, end) {
                    (true, true) => Edge::DayEnd,
                    (true, false) => Edge::DayStart,
                    (false, _) => Edge::Exact,
                };
                let (months, micros) = (point.months, point.micros);
                let anchor = Anchor::Term { term: Box::new(term.clone()), edge, months, micros };
                Some(Bound {
                    anchor,
                    then: more_months,
                    plus: more_micros.saturating_add(if is_date { plus_date } else { plus }),
                })
            }
        }
    }

    /// The day that holds a point.
    fn day_of(&mut self, point: Point, span: Span) -> Option<(Bound, Bound)> {
        let zone = self.context.calendar.zone;
        let point = match point {
            Point { base: Base::At(micros), months: 0, micros: plus } => {
                Point { base: Base::Date(zone.date(micros.saturating_add(plus)).days()), months: 0, micros: 0 }
            }
            Point { base: Base::Now, months: 0, micros } => {
                let at = |offset| Bound {
                    anchor: Anchor::Period { unit: CalendarUnit::Day, offset, micros },
                    then: 0,
                    plus: 0,
                };
                return Some((at(0), at(1)));
            }
            Point { base: Base::Term(term), months, micros } if term.ty == Ty::Instant => {
                let at = |edge| Bound {
                    anchor: Anchor::Term { term: Box::new(term.clone()), edge, months, micros },
                    then: 0,
                    plus: 0,
                };
                return Some((at(Edge::DayStart), at(Edge::DayEnd)));
            }
            Point { base: Base::Now | Base::At(_), .. } => {
                return self.report(
                    Diagnostic::error("E0114", span, "`on` needs a day")
                        .help("write a date, `on 5 days ago`, or `during last month`"),
                );
            }
            point => point,
        };
        Some((self.bound(&point, Edge::DayStart, 0, span)?, self.bound(&point, Edge::DayEnd, 0, span)?))
    }

    pub(super) fn sequence(&mut self, steps: &[crate::syntax::Step]) -> Option<CondKind> {
        if steps.len() > MOST_STEPS {
            let span = steps.last().map_or(Span::default(), |s| s.span);
            return self.report(
                Diagnostic::error("E0120", span, format!("a sequence has at most {MOST_STEPS} steps"))
                    .help("leave steps out, or ask for the last ones by themselves, joined by `and`"),
            );
        }
        let outer = std::mem::take(&mut self.steps);
        let mut checked = Vec::with_capacity(steps.len());
        let mut whole = true;
        for (i, step) in steps.iter().enumerate() {
            match self.step(step, i, steps.len()) {
                Some(step) => checked.push(step),
                None => whole = false,
            }
        }
        self.steps = outer;
        whole.then_some(CondKind::Sequence(checked))
    }

    fn step(&mut self, step: &crate::syntax::Step, index: usize, count: usize) -> Option<Step> {
        let (least, most) = match step.gap {
            None => (None, None),
            Some(Gap::Within(length)) => (None, Some(self.lapse(length, step.span)?)),
            Some(Gap::Between(low, high)) => {
                let (low, high) = (self.lapse(low, step.span)?, self.lapse(high, step.span)?);
                if let (Lapse::Micros(a), Lapse::Micros(b)) | (Lapse::Months(a), Lapse::Months(b)) = (low, high)
                    && a > b
                {
                    self.found.push(
                        Diagnostic::warning(
                            "W0102",
                            step.span,
                            "this never holds: the least time between the steps is above the greatest",
                        )
                        .help("the shorter time stands first: `between 1 day and 8 days`"),
                    );
                }
                (Some(low), Some(high))
            }
        };
        let name = step_name(&step.events);
        if step.absent && index == 0 {
            return self.report(
                Diagnostic::error("E0120", step.span, "a sequence cannot begin with a silence")
                    .help("start with an event: `added_to_cart then no purchased within 1 hour`"),
            );
        }
        if step.absent && most.is_none() && index + 1 < count {
            return self.report(
                Diagnostic::error("E0120", step.span, "how long must the silence last before the next step?")
                    .help("write `then no … within 180 days then …`"),
            );
        }
        if let (true, Some(name)) = (step.absent, name) {
            return self.report(
                Diagnostic::error(
                    "E0121",
                    name.span,
                    format!("`{}` would name an event that does not happen", name.text),
                )
                .help("only a step with an event can have a name"),
            );
        }
        let mut select = self.select(&step.events, &[])?;
        let slot = if let Some(name) = name {
            if self.steps.iter().any(|(n, _)| *n == name.text) {
                return self.report(
                    Diagnostic::error("E0121", name.span, format!("two steps are called `{}`", name.text))
                        .help("give each step a name of its own"),
                );
            }
            let schema = self.context.schema();
            if schema.attribute(&name.text).is_some() || schema.relation(&name.text).is_some() {
                let what = if schema.relation(&name.text).is_some() { "a relation" } else { "an attribute" };
                return self.report(
                    Diagnostic::error("E0121", name.span, format!("`{}` is {what} already", name.text))
                        .help("give the step another name"),
                );
            }
            self.steps.push((name.text.clone(), select.kinds.clone()));
            Some(self.steps.len() - 1)
        } else {
            None
        };
        select.slot = slot;
        Some(Step { absent: step.absent, select, least, most, span: step.span })
    }
}

/// Whether a date moved by so many of these is no date any more.
pub(super) fn is_clock_time(unit: TimeUnit) -> bool {
    matches!(unit, TimeUnit::Second | TimeUnit::Minute | TimeUnit::Hour)
}

fn step_name(events: &Expr) -> Option<&Name> {
    match &events.kind {
        ExprKind::As { name, .. } => Some(name),
        ExprKind::Windowed { subject, .. } => step_name(subject),
        ExprKind::Between { value, .. } => step_name(value),
        _ => None,
    }
}

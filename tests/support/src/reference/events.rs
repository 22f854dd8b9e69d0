//! Events: terms, windows, functions over events, sequences.

use super::calendar::Micros;
use super::value::{Ratio, Value, average, nearest_rank, order, sum};
use super::{Event, Scope};
use segue::Type;
use segue::schema::Field;
use segue::syntax::{
    Aggregate, CalendarUnit, Expr, ExprKind, Gap, KindSelector, PeriodLength, Regularity, Sequence,
    Step, Times, WindowKind,
};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

/// An event term taken apart: `purchased("tv").amount since 180 days ago before 90 days ago`.
pub(super) struct Term<'e> {
    pub kinds: Rc<[String]>,
    conditions: &'e [Expr],
    pub windows: Vec<WindowKind>,
    /// What stands behind the dot.
    pub property: Option<String>,
    /// What stands behind `as`.
    name: Option<&'e str>,
}

pub(super) const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
pub(super) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Section 4: "Every event also has `at` and calendar properties in the rulebook's time zone".
pub(super) fn is_part(name: &str) -> bool {
    let parts = [
        "at",
        "date",
        "week",
        "month",
        "quarter",
        "year",
        "month_of_year",
        "day_of_month",
        "weekday",
        "hour",
    ];
    parts.contains(&name)
}

/// `consent.email` from its parts.
pub(super) fn dotted<'a>(names: &[&'a str]) -> Cow<'a, str> {
    match names {
        [name] => Cow::Borrowed(name),
        _ => Cow::Owned(names.join(".")),
    }
}

/// `first` and `last` give events, of which a property is asked.
pub(super) fn is_end(function: Aggregate) -> bool {
    matches!(function, Aggregate::First | Aggregate::Last)
}

/// Decisions: "`count(E) >= 3` = `E at least 3 times`."
pub(super) fn satisfies(times: &Times, count: usize) -> bool {
    let count = u32::try_from(count).expect("few events");
    match *times {
        Times::AtLeast(n) => count >= n,
        Times::AtMost(n) => count <= n,
        Times::MoreThan(n) => count > n,
        Times::FewerThan(n) => count < n,
        Times::Exactly(n) => count == n,
        Times::Between(low, high) => low <= count && count <= high,
    }
}

impl<'a> Scope<'a> {
    /// The event term that an expression is, if it is one.
    pub(super) fn term<'e>(&self, expr: &'e Expr) -> Option<Term<'e>> {
        let is_kind = |name: &str| self.world.kind(name).is_some();
        match &expr.kind {
            ExprKind::Path(names) => {
                let texts: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
                let own = self
                    .event
                    .as_ref()
                    .is_some_and(|(_, kinds)| self.declared(kinds, &texts).is_some());
                let step = self.steps.iter().any(|(step, _)| step == texts[0]);
                let known = own
                    || step
                    || !is_kind(texts[0])
                    || self.world.attribute(&dotted(&texts)).is_some();
                let property = (texts.len() > 1).then(|| texts[1..].join("."));
                (!known).then(|| Term {
                    kinds: Rc::new([texts[0].to_owned()]),
                    conditions: &[],
                    windows: Vec::new(),
                    property,
                    name: None,
                })
            }
            ExprKind::Event { kinds, conditions } => {
                let all = self.world.schema.kinds().iter().map(|k| k.name.clone());
                let kinds: Rc<[String]> = match kinds {
                    KindSelector::One(name) => Rc::new([name.text.clone()]),
                    // Decisions: "`campaign_*` stands for all kinds whose names begin so".
                    KindSelector::AnyOf(patterns) => all
                        .filter(|kind| {
                            patterns.iter().any(|p| match p.prefix {
                                true => kind.starts_with(&p.name.text),
                                false => *kind == p.name.text,
                            })
                        })
                        .collect(),
                    // "any event" is what the customer did.
                    KindSelector::Any(_) => {
                        let kinds = self
                            .world
                            .schema
                            .kinds()
                            .iter()
                            .filter(|k| !k.is_sent && !k.is_journey_passed);
                        kinds.map(|k| k.name.clone()).collect()
                    }
                };
                Some(Term {
                    kinds,
                    conditions,
                    windows: Vec::new(),
                    property: None,
                    name: None,
                })
            }
            ExprKind::Property { of, name } => {
                let mut term = self.term(of)?;
                term.property = Some(
                    term.property
                        .map_or(name.text.clone(), |outer| format!("{outer}.{}", name.text)),
                );
                Some(term)
            }
            ExprKind::As { events, name } => Some(Term {
                name: Some(&name.text),
                ..self.term(events)?
            }),
            ExprKind::Windowed { subject, windows } => {
                let mut term = self.term(subject)?;
                term.windows.extend(windows.iter().map(|w| w.kind.clone()));
                Some(term)
            }
            ExprKind::Between {
                negated: false,
                value,
                low,
                high,
            } => {
                let mut term = self.term(value)?;
                term.windows
                    .push(WindowKind::Between((**low).clone(), (**high).clone()));
                Some(term)
            }
            _ => None,
        }
    }

    pub(super) fn term_of<'e>(&self, expr: &'e Expr) -> Term<'e> {
        self.term(expr)
            .unwrap_or_else(|| panic!("{expr:?} is no event term"))
    }

    /// The events that a term means: of its kinds, not later than `now`, with every window and condition.
    pub(super) fn events(&self, term: &Term<'_>) -> Vec<&'a Event> {
        let windows: Option<Vec<(Micros, Micros)>> =
            term.windows.iter().map(|w| self.window(w)).collect();
        // Decisions: "A missing X makes the window empty."
        let Some(windows) = windows else {
            return Vec::new();
        };
        let all = self
            .profile
            .events
            .iter()
            .enumerate()
            .filter(|(_, e)| term.kinds.contains(&e.kind));
        // Section 8: "Two events of one kind with the same id are one." The earliest counts.
        let once = all.filter(|(i, e)| {
            let twin = |(j, other): (usize, &Event)| {
                (&other.kind, &other.id) == (&e.kind, &e.id) && (other.at, j) < (e.at, *i)
            };
            e.id.is_none() || !self.profile.events.iter().enumerate().any(twin)
        });
        once.map(|(_, e)| e)
            // "Inside its conditions every event term over kinds that have the property sees only the subject's events."
            .filter(|e| {
                let Some((property, subject)) = &self.subject else {
                    return true;
                };
                let has = self
                    .world
                    .kind(&e.kind)
                    .is_some_and(|k| k.property_index(property).is_some());
                let is = match e.props.get(property) {
                    Some(Value::Text(text) | Value::Name(text, _)) => text == subject,
                    _ => false,
                };
                !has || is
            })
            // Section 4: "Events later than `now` are not seen."
            .filter(|e| e.at <= self.now)
            .filter(|e| {
                windows
                    .iter()
                    .all(|(from, to)| *from <= e.at && e.at <= *to)
            })
            .filter(|e| {
                let row = self.row.clone().map(|row| row.within_event());
                // Section 8: "`as` names an event; the name means it in its own parentheses, however deep".
                let within = Scope {
                    event: Some((e, term.kinds.clone())),
                    row,
                    ..self.named(term, e)
                };
                term.conditions.iter().all(|c| within.event_holds(c))
            })
            .collect()
    }

    /// The first and the last instant of a window; `None` where it is empty because what it needs is missing.
    pub(super) fn window(&self, window: &WindowKind) -> Option<(Micros, Micros)> {
        let calendar = self.calendar();
        Some(match window {
            // Section 4: "`within 30 days` (same as `since 30 days ago`)"; decisions: "(now - D <= v <= now)".
            WindowKind::Within(span) => (calendar.shift(self.now, *span, -1), self.now),
            WindowKind::WithinNext(span) => (self.now + 1, calendar.shift(self.now, *span, 1)),
            // "`since X` is `at >= X`; `before X` is `at < X`". "A date stands for its whole day: `since` its start,
            // `before` its start, `after` its end, `between` both days whole."
            WindowKind::Since(x) => (self.first_instant(&self.value(x)?), i64::MAX),
            WindowKind::Before(x) => (i64::MIN, self.first_instant(&self.value(x)?) - 1),
            WindowKind::After(x) => (self.last_instant(&self.value(x)?) + 1, i64::MAX),
            WindowKind::Between(x, y) => (
                self.first_instant(&self.value(x)?),
                self.last_instant(&self.value(y)?),
            ),
            // Decisions: "`on X`: date: the whole day; instant: the calendar day that holds it (in the zone)."
            WindowKind::On(x) => {
                let day = match self.value(x)? {
                    Value::Date(day) => day,
                    other => calendar.date(self.first_instant(&other)),
                };
                (calendar.start(day), calendar.start(day.succ_opt()?) - 1)
            }
            // "`within D after X` (X < at <= X + D)"; decisions: "treat X as its end instant e=start(X+1): e <= at <= e + D".
            WindowKind::WithinAfter(span, x) => match self.value(x)? {
                Value::Date(day) => {
                    let end = calendar.start(day.succ_opt()?);
                    (end, calendar.shift(end, *span, 1))
                }
                other => (
                    self.first_instant(&other) + 1,
                    calendar.shift(self.first_instant(&other), *span, 1),
                ),
            },
            // Decisions: "`within D before X`: X - D <= at < X (date: X its start)."
            WindowKind::WithinBefore(span, x) => {
                let x = self.first_instant(&self.value(x)?);
                (calendar.shift(x, *span, -1), x - 1)
            }
            WindowKind::During(period) => calendar.period(*period, self.now),
            other => panic!("{other:?} is unknown to the reference"),
        })
    }

    pub(super) fn first_instant(&self, value: &Value) -> Micros {
        match value {
            Value::Instant(t) => *t,
            Value::Date(day) => self.calendar().start(*day),
            other => panic!("{other:?} is neither a date nor an instant"),
        }
    }

    fn last_instant(&self, value: &Value) -> Micros {
        match value {
            Value::Date(day) => {
                self.calendar()
                    .start(day.succ_opt().expect("a day before the year 9999 ends"))
                    - 1
            }
            other => self.first_instant(other),
        }
    }

    /// The property that one of the kinds declares under a name (perhaps of several parts).
    fn declared_field(&self, kinds: &[String], names: &[&str]) -> Option<&'a Field> {
        let kinds = kinds.iter().filter_map(|k| self.world.kind(k));
        let name = dotted(names);
        kinds.flat_map(|k| &k.properties).find(|p| p.name == name)
    }

    /// Its type; a prefix of the names may be a date or an instant, the rest its calendar parts.
    pub(super) fn declared(&self, kinds: &[String], names: &[&str]) -> Option<Type> {
        self.declared_field(kinds, names).map(|f| f.ty.clone())
    }

    /// A property of one event, its own or one that every event has; `None` where it is missing.
    pub(super) fn property(
        &self,
        event: &Event,
        kinds: &[String],
        names: &[&str],
    ) -> Option<Value> {
        for split in (1..=names.len()).rev() {
            if self.declared(kinds, &names[..split]).is_some() {
                let value = event.props.get(&*dotted(&names[..split]))?.clone();
                return names[split..]
                    .iter()
                    .try_fold(value, |value, name| self.part(&value, name));
            }
        }
        let at = Value::Instant(event.at);
        let parts = if names.first() == Some(&"at") {
            &names[1..]
        } else {
            names
        };
        parts
            .iter()
            .try_fold(at, |value, name| self.part(&value, name))
    }

    /// Decisions: "`date` date, `week/month/quarter/year` a period (… `year` is also a number), `month_of_year` 1-12,
    /// `day_of_month` 1-31, `weekday` monday…sunday (ordered from monday), `hour` 0-23. The same parts exist of `now` and of any
    /// instant".
    pub(super) fn part(&self, value: &Value, name: &str) -> Option<Value> {
        use chrono::Datelike as _;
        let calendar = self.calendar();
        let day = match value {
            Value::Date(day) => *day,
            other => calendar.date(self.first_instant(other)),
        };
        let number = |n: u32| Value::Exact(Ratio::whole(n));
        let period = |unit| Value::Period(unit, calendar.first_day(unit, day));
        Some(match name {
            "at" => Value::Instant(self.first_instant(value)),
            "date" => Value::Date(day),
            "week" => period(CalendarUnit::Week),
            "month" => period(CalendarUnit::Month),
            "quarter" => period(CalendarUnit::Quarter),
            "year" => Value::Exact(Ratio::whole(day.year())),
            "month_of_year" => number(day.month()),
            "day_of_month" => number(day.day()),
            "weekday" => number(day.weekday().number_from_monday()),
            "hour" => number(calendar.hour(self.first_instant(value))),
            other => panic!("`{other}` is no part of {value:?}"),
        })
    }

    /// `first(E).p`, `last(E).p`: "where several events share the greatest `at`: the greatest non-missing value among them".
    pub(super) fn end(
        &self,
        function: Aggregate,
        argument: &Expr,
        property: &str,
    ) -> Option<Value> {
        let term = self.term_of(argument);
        let events = self.events(&term);
        let at = events.iter().map(|e| e.at);
        let at = if function == Aggregate::First {
            at.min()
        } else {
            at.max()
        }?;
        let there = events.iter().filter(|e| e.at == at);
        self.greatest(there.filter_map(|e| self.property(e, &term.kinds, &[property])))
    }

    fn greatest(&self, values: impl Iterator<Item = Value>) -> Option<Value> {
        values.reduce(|a, b| if self.order(&a, &b).is_ge() { a } else { b })
    }

    fn order(&self, a: &Value, b: &Value) -> Ordering {
        order(self.calendar(), a, b).unwrap_or_else(|| panic!("{a:?} and {b:?} cannot be compared"))
    }

    /// Section 3: "`count` and `sum` over no events are 0; `min`, `max`, `avg`, `first`, `last`, `top` are missing."
    /// So is `median`.
    pub(super) fn aggregate(&self, function: Aggregate, argument: &Expr) -> Option<Value> {
        let term = self.term_of(argument);
        let events = self.events(&term);
        let number = |n: usize| Some(Value::Exact(Ratio::whole(n as i64)));
        let Some(property) = &term.property else {
            assert!(
                function == Aggregate::Count,
                "{function:?} needs a property"
            );
            return number(events.len());
        };
        let names: Vec<&str> = property.split('.').collect();
        // Decisions: "sum over events without the property: missing values are skipped"; "`count(e.p)` counts events that
        // have p"; "distinct ignores missing".
        let values: Vec<Value> = events
            .iter()
            .filter_map(|e| self.property(e, &term.kinds, &names))
            .collect();
        let different = || {
            values.iter().fold(Vec::new(), |mut seen: Vec<&Value>, v| {
                if !seen.iter().any(|s| self.order(s, v).is_eq()) {
                    seen.push(v);
                }
                seen
            })
        };
        match function {
            Aggregate::Count => number(values.len()),
            Aggregate::Distinct => number(different().len()),
            Aggregate::Max => self.greatest(values.iter().cloned()),
            Aggregate::Min => values
                .iter()
                .cloned()
                .reduce(|a, b| if self.order(&a, &b).is_le() { a } else { b }),
            Aggregate::Median => nearest_rank(values, 50, |a, b| self.order(a, b)),
            Aggregate::Percentile(percent) => {
                nearest_rank(values, (percent).into(), |a, b| self.order(a, b))
            }
            // "`top(E.p)` (the most frequent value; ties go to the smallest)"
            Aggregate::Top => {
                let times = |v: &Value| values.iter().filter(|w| self.order(v, w).is_eq()).count();
                different().into_iter().cloned().reduce(|a, b| {
                    match times(&a).cmp(&times(&b)).then(self.order(&b, &a)) {
                        Ordering::Less => b,
                        _ => a,
                    }
                })
            }
            Aggregate::Sum => sum(self.declared(&term.kinds, &names), &values),
            Aggregate::Avg => average(self.declared(&term.kinds, &names), &values),
            Aggregate::First | Aggregate::Last => {
                panic!("only a property of {function:?} is a value")
            }
        }
    }

    /// Section 8: "In at least `k` of the last `m` periods, the count is as said."
    pub(super) fn regularly(&self, count: &Times, events: &Expr, per: Regularity) -> bool {
        let (calendar, events) = (self.calendar(), self.events(&self.term_of(events)));
        let satisfied = (1..=i64::from(per.of)).filter(|nth| {
            let within = events.iter().filter(|e| match per.length {
                // "whole periods of the calendar, the newest of which is the last before the current one"
                PeriodLength::Calendar(unit) => {
                    let present = calendar.first_day(unit, calendar.date(self.now));
                    let first = calendar.later_period(unit, present, -nth);
                    let next = calendar.later_period(unit, present, 1 - nth);
                    calendar.start(first) <= e.at && e.at < calendar.start(next)
                }
                // "The newest is `within 30 days`, the one before it `since 60 days ago before 30 days ago`, and so on"
                PeriodLength::Rolling(span) => {
                    calendar.shift(self.now, span, -nth) <= e.at
                        && (*nth == 1 || e.at < calendar.shift(self.now, span, 1 - nth))
                }
            });
            satisfies(count, within.count())
        });
        satisfied.count() >= per.periods as usize
    }

    /// Section 4: "`A then B within D then …`: some `a` in A's own window, some `b` with `a.at < b.at <= a.at + D`, and so on."
    pub(super) fn sequence(&self, sequence: &Sequence) -> bool {
        let Some((first, rest)) = sequence.steps.split_first() else {
            return true;
        };
        let term = self.term_of(&first.events);
        self.events(&term).into_iter().any(|a| {
            self.named(&term, a)
                .follows(sequence, rest, (a.at, a.at), a.at)
        })
    }

    /// Section 13: "every later event comes at most `L` after the first"; "between two neighbouring events, strictly, there is
    /// no event of R". The scope knows the names of both.
    fn meets_joint_conditions(
        &self,
        sequence: &Sequence,
        (first, last): (Micros, Micros),
        at: Micros,
    ) -> bool {
        let in_time = |length| at <= self.calendar().shift(first, length, 1);
        let alone = |events: &Expr| {
            let between = self.events(&self.term_of(events));
            !between.iter().any(|r| last < r.at && r.at < at)
        };
        sequence.within.is_none_or(in_time) && sequence.none_between.as_deref().is_none_or(alone)
    }

    /// Whether the remaining steps can follow one that happened at `from`; `ends` are the first event and the last so far.
    fn follows(
        &self,
        sequence: &Sequence,
        steps: &[Step],
        ends: (Micros, Micros),
        from: Micros,
    ) -> bool {
        let Some((step, rest)) = steps.split_first() else {
            return true;
        };
        let shift = |span| self.calendar().shift(from, span, 1);
        let (low, high) = match step.gap {
            None => (from, None),
            Some(Gap::Within(within)) => (from, Some(shift(within))),
            // Decisions: "`between D1 and D2`: a.at + D1 <= b.at <= a.at + D2 (and a.at < b.at)".
            Some(Gap::Between(least, most)) => (shift(least), Some(shift(most))),
        };
        let term = self.term_of(&step.events);
        // "*Then* is strictly later: the same instant is not later".
        let mut found = self
            .events(&term)
            .into_iter()
            .filter(|b| from < b.at && low <= b.at && high.is_none_or(|high| b.at <= high));
        if !step.absent {
            return found.any(|b| {
                let scope = self.named(&term, b);
                scope.meets_joint_conditions(sequence, ends, b.at)
                    && scope.follows(sequence, rest, (ends.0, b.at), b.at)
            });
        }
        // "`A then no B within D`: some `a` with no such `b`, and `a.at + D < now`: it becomes true when D has passed. A step
        // after it comes after the silence: `c.at > a.at + D`."
        match high {
            Some(end) => {
                found.next().is_none() && end < self.now && self.follows(sequence, rest, ends, end)
            }
            None => {
                assert!(rest.is_empty(), "a silence without an end is the last step");
                found.next().is_none()
            }
        }
    }

    /// "`A as x` names a step so that a later step can compare with its properties."
    fn named(&self, term: &Term<'_>, event: &'a Event) -> Scope<'a> {
        let mut scope = self.clone();
        scope
            .steps
            .extend(term.name.map(|name| (name.to_owned(), event)));
        scope
    }
}

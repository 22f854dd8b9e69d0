//! Random event terms, windows, bounds, functions over events.

use super::conditions::has_days;
use super::data::instant_text;
use super::{Gen, quoted};
use segue::Type;
use segue::schema::{EventKind, Field};

/// An event term and what may be asked of it.
pub(super) struct Term {
    /// Without windows.
    pub text: String,
    /// The properties that all of its kinds have.
    pub properties: Vec<Field>,
    /// The name of the event, where its own parentheses read it.
    pub name: Option<String>,
}

impl Term {
    /// ` as s1`: it stands behind the term, or behind the property that is asked for.
    pub(super) fn as_name(&self) -> String {
        self.name
            .as_ref()
            .map_or_else(String::new, |name| format!(" as {name}"))
    }
}

/// An event that has a name.
#[derive(Clone)]
pub(super) struct Named {
    pub name: String,
    pub properties: Vec<Field>,
}

impl Gen {
    /// `purchased`, `purchased("tv", amount > 2)`, `any of (viewed, purchased)(…)`, `any event`.
    pub(super) fn term(&mut self, steps: &[Named]) -> Term {
        self.some_term(steps, false)
    }

    /// The same, now and then with a name that its own parentheses read.
    pub(super) fn term_named(&mut self, steps: &[Named]) -> Term {
        let named = self.rng.percent(12);
        self.some_term(steps, named)
    }

    fn some_term(&mut self, steps: &[Named], named: bool) -> Term {
        let kinds = self.schema.kinds().to_vec();
        let first = self.kind();
        let (name, several): (String, Vec<EventKind>) = match self.rng.below(12) {
            0 => ("any event".into(), kinds),
            1 => {
                let letters = self.rng.pick(&[1, 1, 2, 3]);
                let prefix: String = first.name.chars().take(letters).collect();
                let mut several: Vec<EventKind> = kinds
                    .into_iter()
                    .filter(|k| k.name.starts_with(&prefix))
                    .collect();
                let mut items = format!("{}*", quoted(&prefix));
                if self.rng.percent(30) {
                    several.push(self.kind());
                    items = format!("{}, {items}", quoted(&several[several.len() - 1].name));
                }
                (format!("any of ({items})"), several)
            }
            2 => {
                let second = self.kind();
                (
                    format!("any of ({}, {})", quoted(&first.name), quoted(&second.name)),
                    vec![first.clone(), second],
                )
            }
            _ => (quoted(&first.name), vec![first.clone()]),
        };
        let common = |p: &Field| {
            several.iter().all(|k| {
                k.properties
                    .iter()
                    .any(|q| q.name == p.name && q.ty == p.ty)
            })
        };
        let properties: Vec<Field> = first
            .properties
            .iter()
            .filter(|p| common(p))
            .cloned()
            .collect();
        let mut conditions = Vec::new();
        if let (Some(subject), 1, true) = (first.subject, several.len(), self.rng.percent(20)) {
            let ty = &first.properties[subject].ty;
            if !self.rolling() || !(has_days(ty) || *ty == Type::Instant) {
                conditions.push(self.literal(ty));
            }
        }
        while self.rng.percent(22) {
            conditions.push(self.event_condition(&properties, steps));
        }
        let own = named.then(|| Named {
            name: self.new_name(),
            properties: properties.clone(),
        });
        if own.is_some() {
            conditions.push(self.events_around(own.as_ref()));
        }
        let text = if conditions.is_empty() {
            name
        } else {
            format!("{name}({})", conditions.join(", "))
        };
        Term {
            text,
            properties,
            name: own.map(|own| own.name),
        }
    }

    /// A condition within an event's parentheses.
    fn event_condition(&mut self, properties: &[Field], steps: &[Named]) -> String {
        if let (Some(step), true) = (steps.last().cloned(), self.rng.percent(60)) {
            return self.look_back(properties, &step);
        }
        if self.rng.percent(8) {
            return self.events_around(None);
        }
        if self.rng.percent(6)
            && let Some(rows) = self.rows_of_event(properties)
        {
            return rows;
        }
        if properties.is_empty() || self.rng.percent(15) {
            if self.rolling() {
                return format!(
                    "at {} {} ago",
                    self.rng.pick(&["<", ">=", ">"]),
                    self.length()
                );
            }
            return self.part_test("", true);
        }
        let property = self.rng.pick(properties);
        if self.rolling() && has_days(&property.ty) {
            return format!("{} exists", quoted(&property.name));
        }
        let test = self.test(&quoted(&property.name), &property.ty, false);
        if self.rng.percent(12) {
            format!("not {test}")
        } else {
            test
        }
    }

    /// A comparison with the event of a named step.
    pub(super) fn look_back(&mut self, properties: &[Field], step: &Named) -> String {
        if self.rng.percent(12) {
            return self.events_of_step(step);
        }
        let comparable = |p: &&Field| {
            !matches!(p.ty, Type::List(_) | Type::Place)
                && step
                    .properties
                    .iter()
                    .any(|q| p.name == q.name && p.ty == q.ty)
        };
        let shared: Vec<&Field> = properties.iter().filter(comparable).collect();
        if let (false, true) = (shared.is_empty(), self.rng.percent(80)) {
            let property = self.rng.pick(&shared);
            let op = match is_ordered(&property.ty) {
                true => self.rng.pick(&["=", "=", "=", "!=", "<", ">="]),
                false => self.rng.pick(&["=", "=", "!="]),
            };
            return format!(
                "{} {op} {}.{}",
                quoted(&property.name),
                step.name,
                quoted(&property.name)
            );
        }
        match self.rng.below(3) {
            0 if !self.rolling() => format!("date = {}.date", step.name),
            _ => format!(
                "at - {}.at {} {}",
                step.name,
                self.rng.pick(&["<", "<=", ">=", "="]),
                self.fixed_length()
            ),
        }
    }

    /// Other events that agree with the event of a named step, or come after it.
    fn events_of_step(&mut self, step: &Named) -> String {
        let kind = self.kind();
        let conditions = if self.rng.percent(60) {
            format!("({})", self.look_back(&kind.properties, step))
        } else {
            String::new()
        };
        let windows = match self.rng.below(4) {
            _ if conditions.is_empty() => format!(
                " {} {}.at",
                self.rng.pick(&["since", "before", "after"]),
                step.name
            ),
            0 => format!(" {} {}.at", self.rng.pick(&["since", "before"]), step.name),
            1 => format!(" within {} after {}.at", self.length(), step.name),
            _ => self.windows(false),
        };
        let events = format!("{}{conditions}{windows}", quoted(&kind.name));
        // Within the parentheses of an event a bare name is that of a property.
        match self.rng.below(4) {
            0 if !conditions.is_empty() => format!("not {events}"),
            1 | 2 if !conditions.is_empty() => events,
            _ => format!(
                "count({events}) {} {}",
                self.rng.pick(&["<", ">=", "="]),
                self.rng.between(0, 2)
            ),
        }
    }

    /// Other events within the parentheses of one, in windows that count from it; `own` must be read if it has a name.
    fn events_around(&mut self, own: Option<&Named>) -> String {
        let kind = self.kind();
        let (condition, length) = match own {
            Some(own) if self.rng.percent(15) => {
                return self.sequence_around(own);
            }
            Some(own) => (self.look_back(&kind.properties, own), self.length()),
            None if self.rng.percent(30) => {
                (self.event_condition(&kind.properties, &[]), self.length())
            }
            None => (String::new(), self.length()),
        };
        let conditions = match condition.is_empty() {
            true => String::new(),
            false => format!("({condition})"),
        };
        let mut windows = match self.rng.below(if self.rolling() { 7 } else { 8 }) {
            0 => " before at".into(),
            1 => format!(" {} at", self.rng.pick(&["since", "after"])),
            2 => format!(" within {length} after at"),
            3 => format!(" within {length} before at"),
            4 => format!(" between at - {length} and at"),
            5 | 6 => String::new(),
            _ => " on at".into(),
        };
        if self.rng.percent(30) {
            windows += &self.windows(false);
        }
        let events = format!("{}{conditions}{windows}", quoted(&kind.name));
        match self.rng.below(6) {
            0 | 1 => format!("not {events}"),
            2 => format!("{events} at least {} times", self.rng.between(1, 2)),
            3 => format!(
                "count({events}) {} {}",
                self.rng.pick(&["<", ">=", "="]),
                self.rng.between(0, 2)
            ),
            _ => events,
        }
    }

    /// A sequence within the parentheses of an event, which its second step reads.
    fn sequence_around(&mut self, own: &Named) -> String {
        let (first, second) = (self.kind(), self.kind());
        let named = self.rng.percent(50);
        let mut conditions = self.look_back(&second.properties, own);
        let name = if named {
            let step = Named {
                name: self.new_name(),
                properties: first.properties.clone(),
            };
            conditions += &format!(", {}", self.look_back(&second.properties, &step));
            format!(" as {}", step.name)
        } else {
            String::new()
        };
        let window = self.rng.pick(&["", " before at", " since at"]);
        format!(
            "{}{name}{window} then {}{}({conditions}) within {}",
            quoted(&first.name),
            self.rng.pick(&["", "", "no "]),
            quoted(&second.name),
            self.length()
        )
    }

    /// A condition on a calendar part of what `before` names (`now.`, `signup.`, nothing within an event); days have no hour.
    pub(super) fn part_test(&mut self, before: &str, hours: bool) -> String {
        let day = self.date();
        match self.rng.below(8) {
            0 if hours => format!(
                "{before}hour {} {}",
                self.rng.pick(&["=", "<", ">=", "!="]),
                self.rng.pick(&[0, 1, 2, 3, 12, 23])
            ),
            1 => format!(
                "{before}weekday {} {}",
                self.rng.pick(&["=", "<", ">=", "!="]),
                self.rng.pick(&["monday", "saturday", "sunday", "7"])
            ),
            2 => format!("{before}weekday in (saturday, sunday)"),
            3 => format!(
                "{before}month_of_year {} {}",
                self.rng.pick(&["=", "<=", ">"]),
                self.rng
                    .pick(&["1", "2", "3", "march", "october", "december"])
            ),
            4 => format!(
                "{before}day_of_month {} {}",
                self.rng.pick(&["=", "<=", ">"]),
                self.rng.pick(&[1, 28, 29, 30, 31])
            ),
            5 => format!(
                "{before}year {} {}",
                self.rng.pick(&["=", "<=", ">"]),
                self.rng.pick(&[2024, 2025, 2026])
            ),
            6 => format!(
                "{before}date {} {day}",
                self.rng.pick(&["=", "<=", ">", "<", ">=", "!="])
            ),
            _ => format!(
                "{before}{} = now.{0}",
                self.rng.pick(&["week", "month", "quarter", "year", "date"])
            ),
        }
    }

    /// A term with windows, most of the time.
    pub(super) fn windowed(&mut self, steps: &[Named]) -> Term {
        let mut term = self.term_named(steps);
        term.text = format!("{}{}{}", term.text, term.as_name(), self.windows(false));
        term
    }

    /// One or two windows, or none; `later` are those of a later step, where `within D` is the gap.
    pub(super) fn windows(&mut self, later: bool) -> String {
        let n = self.rng.pick(&[0, 1, 1, 1, 1, 2]);
        (0..n).map(|_| format!(" {}", self.window(later))).collect()
    }

    pub(super) fn window(&mut self, later: bool) -> String {
        let length = self.length();
        match self.rng.below(if self.rolling() { 8 } else { 14 }) {
            0..=2 => format!("within {}{length}", if later { "last " } else { "" }),
            3 => format!("since {}", self.bound()),
            4 => format!("before {}", self.bound()),
            5 => format!("after {}", self.bound()),
            6 => format!(
                "within {length} {} {}",
                self.rng.pick(&["after", "before"]),
                self.bound()
            ),
            // In a later step `between D and D` would be the gap; bounds are never plain lengths.
            7 => format!("between {} and {}", self.bound(), self.bound()),
            8 if self.rng.percent(40) => format!("on {}", self.bound()),
            8 => format!("on {}", self.day_bound()),
            9 => format!("during {}", self.rng.pick(&["today", "yesterday"])),
            10 | 11 => format!(
                "during {} {}",
                self.rng.pick(&["this", "last"]),
                self.rng.pick(&["week", "month", "quarter", "year"])
            ),
            12 => format!(
                "during last {} {}s",
                self.rng.between(1, 3),
                self.rng.pick(&["day", "week", "month"])
            ),
            _ => format!("since {}", self.day_bound()),
        }
    }

    fn day_bound(&mut self) -> String {
        match self.rng.below(4) {
            0 => "today".into(),
            1 => "yesterday".into(),
            2 if self.rng.percent(50) => {
                format!(
                    "today - {}",
                    self.rng
                        .pick(&["1 month", "2 months", "1 quarter", "1 year"])
                )
            }
            2 => format!("today - {} days", self.rng.between(1, 7)),
            _ => self.date().to_string(),
        }
    }

    /// What may stand behind `since`: an instant or a date, fixed or moving.
    pub(super) fn bound(&mut self) -> String {
        let length = self.length();
        let bound = match self.rng.below(if self.rolling() { 4 } else { 8 }) {
            0 | 1 => format!("{length} ago"),
            2 => {
                let term = self.term(&[]);
                let ago = if self.rng.percent(10) {
                    format!(" as of {} ago", self.length())
                } else {
                    String::new()
                };
                format!(
                    "{}({}).at{ago}",
                    self.rng.pick(&["first", "last"]),
                    term.text
                )
            }
            3 => {
                let times: Vec<Field> = self.attributes(|f| matches!(f.ty, Type::Instant));
                if times.is_empty() {
                    "now".into()
                } else {
                    quoted(&self.rng.pick(&times).name)
                }
            }
            4 => {
                let dates: Vec<Field> = self.attributes(|f| matches!(f.ty, Type::Date));
                if dates.is_empty() {
                    "now".into()
                } else {
                    quoted(&self.rng.pick(&dates).name)
                }
            }
            5 => instant_text(self.instant()),
            _ => self.day_bound(),
        };
        let mut bound = bound;
        while self.rng.percent(25) {
            bound = format!(
                "{bound} {} {}",
                self.rng.pick(&["+", "-", "-"]),
                self.length()
            );
        }
        bound
    }

    /// Attributes that are not missing from the schema; those with days in them are left out of rolling cases.
    pub(super) fn attributes(&mut self, keep: impl Fn(&Field) -> bool) -> Vec<Field> {
        self.schema
            .attributes()
            .iter()
            .filter(|f| keep(f))
            .cloned()
            .collect()
    }

    /// A scalar that is no literal, and its type: an attribute, a function over events, something reckoned.
    pub(super) fn scalar(&mut self, steps: &[Named]) -> Option<(String, Type)> {
        let rolling = self.rolling();
        if self.rng.percent(25) {
            let fields = self.attributes(|f| {
                !(matches!(f.ty, Type::List(_) | Type::Place) || rolling && f.ty == Type::Date)
            });
            if fields.is_empty() {
                return None;
            }
            let field = self.rng.pick(&fields);
            return Some((quoted(&field.name), field.ty));
        }
        let term = self.term_named(steps);
        let windows = format!("{}{}", term.as_name(), self.windows(false));
        // A name with dots cannot stand behind parentheses.
        let term = Term {
            properties: term
                .properties
                .into_iter()
                .filter(|p| !p.name.contains('.'))
                .collect(),
            ..term
        };
        let of = |property: &Field| format!("{}.{}{windows}", term.text, quoted(&property.name));
        let numbers: Vec<&Field> = term
            .properties
            .iter()
            .filter(|p| is_number(&p.ty))
            .collect();
        let lengths: Vec<&Field> = term
            .properties
            .iter()
            .filter(|p| p.ty == Type::Duration)
            .collect();
        let scalars: Vec<&Field> = term
            .properties
            .iter()
            .filter(|p| !matches!(p.ty, Type::List(_) | Type::Place))
            .collect();
        match self.rng.below(12) {
            0 | 1 => Some((format!("count({}{windows})", term.text), Type::Int)),
            2 if !scalars.is_empty() => {
                Some((format!("count({})", of(self.rng.pick(&scalars))), Type::Int))
            }
            3 | 4 if !numbers.is_empty() => {
                let property = self.rng.pick(&numbers);
                let ty = if property.ty == Type::Float {
                    Type::Float
                } else {
                    Type::Decimal(2)
                };
                Some((
                    format!(
                        "{}({})",
                        self.rng.pick(&["sum", "avg", "sum"]),
                        of(property)
                    ),
                    ty,
                ))
            }
            5 if !lengths.is_empty() => {
                let property = self.rng.pick(&lengths);
                Some((
                    format!("{}({})", self.rng.pick(&["sum", "avg"]), of(property)),
                    Type::Duration,
                ))
            }
            6 if !scalars.is_empty() => {
                let property = self.rng.pick(&scalars);
                let ordered = is_ordered(&property.ty);
                let function = if ordered {
                    self.rng
                        .pick(&["min", "max", "median", "percentile", "top"])
                } else {
                    "top"
                };
                let percent = match function {
                    "percentile" => format!(", {}", self.rng.pick(&[1, 10, 50, 75, 90, 100])),
                    _ => String::new(),
                };
                Some((
                    format!("{function}({}{percent})", of(property)),
                    property.ty.clone(),
                ))
            }
            7 if !scalars.is_empty() => Some((
                format!("distinct({})", of(self.rng.pick(&scalars))),
                Type::Int,
            )),
            8 if !rolling => {
                let part = self.rng.pick(&[
                    "date",
                    "week",
                    "month",
                    "quarter",
                    "year",
                    "weekday",
                    "hour",
                    "month_of_year",
                ]);
                Some((
                    format!("distinct({}.{part}{windows})", term.text),
                    Type::Int,
                ))
            }
            9 => Some((
                format!(
                    "{}({}{windows}).at",
                    self.rng.pick(&["first", "last"]),
                    term.text
                ),
                Type::Instant,
            )),
            _ if !scalars.is_empty() => {
                let property = self.rng.pick(&scalars);
                if rolling && property.ty == Type::Date {
                    return None;
                }
                let function = self.rng.pick(&["first", "last"]);
                Some((
                    format!(
                        "{function}({}{windows}).{}",
                        term.text,
                        quoted(&property.name)
                    ),
                    property.ty.clone(),
                ))
            }
            _ => None,
        }
    }
}

pub(super) fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Decimal(_) | Type::Float)
}

pub(super) fn is_ordered(ty: &Type) -> bool {
    match ty {
        Type::Enum(e) => e.ordered,
        Type::Bool | Type::List(_) | Type::Place => false,
        _ => true,
    }
}

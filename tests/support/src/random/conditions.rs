//! Random conditions.

use super::data::{EXTREMES, FLOATS, PLACES, TEXTS, VERSIONS, instant_text};
use super::terms::{Named, is_number, is_ordered};
use super::{Gen, quoted};
use crate::corpus::TraitText;
use segue::Type;
use segue::schema::Field;

const ORDER: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];

impl Gen {
    /// A condition with at most so many levels of `and`, `or` and `not`.
    pub fn condition(&mut self, depth: usize) -> String {
        if depth > 0 {
            match self.rng.below(10) {
                0 | 1 => {
                    return format!(
                        "({} and {})",
                        self.condition(depth - 1),
                        self.condition(depth - 1)
                    );
                }
                2 | 3 => {
                    return format!(
                        "({} or {})",
                        self.condition(depth - 1),
                        self.condition(depth - 1)
                    );
                }
                4 => return format!("not ({})", self.condition(depth - 1)),
                _ => {}
            }
        }
        // What makes nothing of the schema at hand is tried anew.
        loop {
            if let Some(condition) = self.leaf() {
                return condition;
            }
        }
    }

    fn leaf(&mut self) -> Option<String> {
        let rolling = self.rolling();
        if self.rng.percent(5) {
            return self.as_of();
        }
        if !(self.book.segments.is_empty()
            && self.book.traits.is_empty()
            && self.book.personas.is_empty())
            && self.rng.percent(25)
        {
            return self.named();
        }
        match self.rng.below(21) {
            20 => self.relation_condition(),
            0 | 1 => {
                let fields = self.attributes(|f| !(rolling && has_days(&f.ty)));
                let field = if fields.is_empty() {
                    return None;
                } else {
                    self.rng.pick(&fields)
                };
                Some(self.test(&quoted(&field.name), &field.ty, field.yearly))
            }
            2..=4 => Some(self.windowed(&[]).text),
            5 | 6 => {
                let count = self.times();
                Some(format!("{} {count}", self.windowed(&[]).text))
            }
            7 => {
                let (count, of) = (self.times(), self.rng.between(1, 6));
                let (length, unit) = if rolling || self.rng.percent(60) {
                    (self.length(), "period")
                } else {
                    let unit = self.rng.pick(&["day", "week", "month"]);
                    (unit.to_owned(), unit)
                };
                let term = if self.rng.percent(40) {
                    self.windowed(&[])
                } else {
                    self.term(&[])
                };
                Some(format!(
                    "{} {count} per {length} in {} of last {of} {unit}s",
                    term.text,
                    self.rng.between(1, of)
                ))
            }
            8 | 9 => {
                let (scalar, ty) = self.scalar(&[])?;
                if rolling && has_days(&ty) {
                    return None;
                }
                Some(self.test(&scalar, &ty, false))
            }
            10 => self.two_scalars(),
            11 => self.since_when(),
            12..=14 => Some(self.sequence()),
            15 | 16 => self.tracked(),
            17 if !rolling && self.rng.percent(20) => self.clocks(),
            17 if !rolling && self.rng.percent(60) => Some(self.part_test("now.", true)),
            17 => {
                let times =
                    self.attributes(|f| f.ty == Type::Instant || (!rolling && f.ty == Type::Date));
                let field = if times.is_empty() {
                    return None;
                } else {
                    self.rng.pick(&times)
                };
                Some(self.time_test(&quoted(&field.name), &field.ty, field.yearly))
            }
            18 if !self.naming => Some(self.tagged_or_sampled()),
            _ => self.named(),
        }
    }

    fn times(&mut self) -> String {
        let n = self.rng.between(0, 3);
        match self.rng.below(6) {
            0 => format!("at most {n} times"),
            1 => format!("exactly {n} times"),
            2 => format!("more than {n} times"),
            3 => format!("fewer than {} times", n + 1),
            4 => format!("between {n} and {} times", n + 1),
            _ => format!("at least {} times", n.max(1)),
        }
    }

    pub(super) fn literal(&mut self, ty: &Type) -> String {
        match ty {
            Type::Bool => self.rng.pick(&["true", "false"]).to_owned(),
            Type::Int => match self.rng.below(200) {
                n if n < EXTREMES.len() => EXTREMES[n].to_string(),
                n => (n as i64 % 5 - 1).to_string(),
            },
            Type::Decimal(scale) => self.decimal(*scale),
            Type::Float => self.rng.pick(&FLOATS).to_string(),
            Type::String => format!("{:?}", self.rng.pick(&TEXTS)),
            Type::Version => format!("{:?}", self.rng.pick(&VERSIONS)),
            Type::Enum(e) => self.rng.pick(&e.values),
            Type::Date => self.date().to_string(),
            Type::Instant => instant_text(self.instant()),
            Type::Duration => self.fixed_length(),
            other => panic!("no literal of type {other}"),
        }
    }

    fn literals(&mut self, ty: &Type) -> String {
        let n = self.rng.between(1, 3);
        (0..n)
            .map(|_| self.literal(ty))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// What a list or a text may contain: a constant, or now and then another value of its type.
    fn item(&mut self, ty: &Type) -> String {
        if self.rng.percent(70) {
            return self.literal(ty);
        }
        if self.rng.percent(25) && !self.rolling() {
            match ty {
                Type::Int => {
                    return self
                        .rng
                        .pick(&["now.weekday", "now.month_of_year"])
                        .to_owned();
                }
                Type::Date => return format!("today + {} days", self.rng.between(0, 9)),
                Type::Instant => return format!("now - {}", self.fixed_length()),
                _ => {}
            }
        }
        let scalars: Vec<_> = (0..8).filter_map(|_| self.scalar(&[])).collect();
        let found = scalars.into_iter().find(|(_, of)| of == ty);
        found.map_or_else(|| self.literal(ty), |(scalar, _)| scalar)
    }

    fn items(&mut self, ty: &Type) -> String {
        let n = self.rng.between(1, 3);
        let items: Vec<String> = (0..n).map(|_| self.item(ty)).collect();
        items.join(", ")
    }

    /// A test of a scalar or list of a type.
    pub(super) fn test(&mut self, of: &str, ty: &Type, yearly: bool) -> String {
        if self.rng.percent(8) {
            return format!("{of} {}", self.rng.pick(&["exists", "is missing"]));
        }
        if let (Type::Date | Type::Instant, true, false) =
            (ty, self.rng.percent(12), self.rolling())
        {
            return self.part_test(&format!("{of}."), *ty == Type::Instant);
        }
        if let (Type::Date | Type::Instant, true) = (ty, self.rolling() || self.rng.percent(60)) {
            return self.time_test(of, ty, yearly);
        }
        let not = if self.rng.percent(25) { "not " } else { "" };
        match ty {
            Type::Bool => match self.rng.below(3) {
                0 => of.to_owned(),
                1 => format!("not {of}"),
                _ => format!("{of} {} {}", self.rng.pick(&["=", "!="]), self.literal(ty)),
            },
            Type::String => self.text_test(of, not),
            Type::Place if self.rng.percent(40) => {
                let (south, north) = self.rng.pick(&[(-10, 10), (0, 51), (0, 0), (40, 51)]);
                let west = self
                    .rng
                    .pick(&["-180", "-0.1278", "2.3522", "179.9", "180", "-179.9"]);
                let east = self.rng.pick(&[
                    "180", "-0.1278", "2.3522", "179.9", "-180", "-179.9", "-90.5",
                ]);
                format!("{of} {not}between ({south}.0, {west}) and ({north}.5074, {east})")
            }
            Type::Place => {
                let (lat, lon) = self.rng.pick(&PLACES);
                let unit = self.rng.pick(&["m", "km", "miles"]);
                format!(
                    "{of} within {} {unit} of ({lat}, {lon})",
                    self.rng.pick(&["1", "20.5", "345", "5000"])
                )
            }
            Type::List(item) => {
                let case = if **item == Type::String && self.rng.percent(30) {
                    " ignoring case"
                } else {
                    ""
                };
                match self.rng.below(5) {
                    0 => format!("{of} is {not}empty"),
                    1 => format!("{of} {not}contains {}{case}", self.item(item)),
                    _ => format!(
                        "{of} {not}contains {} of ({}){case}",
                        self.rng.pick(&["any", "all", "none"]),
                        self.items(item)
                    ),
                }
            }
            _ => match self.rng.below(if is_ordered(ty) { 6 } else { 2 }) {
                0 => format!("{of} {not}in ({})", self.literals(ty)),
                1 => format!("{of} {} {}", self.rng.pick(&["=", "!="]), self.literal(ty)),
                2 => format!(
                    "{of} {not}between {} and {}",
                    self.literal(ty),
                    self.literal(ty)
                ),
                3 if is_number(ty) => {
                    let sign = self.rng.pick(&["+", "-", "*"]);
                    format!(
                        "{of} {sign} {} {} {}",
                        self.rng.pick(&["1", "2", "0.5", "10%"]),
                        self.rng.pick(&ORDER),
                        self.literal(ty)
                    )
                }
                4 if is_number(ty) && self.rng.percent(40) => {
                    format!(
                        "{}({of}) {} {}",
                        self.rng.pick(&["abs", "round"]),
                        self.rng.pick(&ORDER),
                        self.literal(ty)
                    )
                }
                4 if is_number(ty) => {
                    format!(
                        "{of} / {} {} {}",
                        self.rng.pick(&["2", "4", "0"]),
                        self.rng.pick(&ORDER),
                        self.literal(ty)
                    )
                }
                3 if *ty == Type::Duration => {
                    format!(
                        "{of} {} 2 {} {}",
                        self.rng.pick(&["*", "/"]),
                        self.rng.pick(&ORDER),
                        self.literal(ty)
                    )
                }
                _ if is_number(ty) && self.rng.percent(25) => {
                    format!(
                        "{of} {} {}",
                        self.rng.pick(&["<", "<=", ">", ">="]),
                        self.rng.pick(&["0.5", "1.5", "12.5%", "-0.001"])
                    )
                }
                _ => format!("{of} {} {}", self.rng.pick(&ORDER), self.literal(ty)),
            },
        }
    }

    fn text_test(&mut self, of: &str, not: &str) -> String {
        let case = if self.rng.percent(30) {
            " ignoring case"
        } else {
            ""
        };
        let literal = self.literal(&Type::String);
        match self.rng.below(10) {
            0 | 1 => format!("{of} {} {literal}{case}", self.rng.pick(&["=", "!="])),
            2 => format!("{of} {} {literal}", self.rng.pick(&["<", "<=", ">", ">="])),
            3 => format!("{of} {not}in ({}){case}", self.literals(&Type::String)),
            4 if self.rng.percent(30) => format!(
                "{of} {not}contains {} of ({}){case}",
                self.rng.pick(&["any", "all", "none"]),
                self.items(&Type::String)
            ),
            4 => format!("{of} {not}contains {}{case}", self.item(&Type::String)),
            5 => format!(
                "{of} {not}{} {literal}{case}",
                self.rng.pick(&["starts with", "ends with"])
            ),
            6 => format!(
                "{of} {not}like {}{case}",
                self.rng
                    .pick(&["\"t%\"", "\"__\"", "\"%v%\"", "\"50%\"", "\"抗%\""])
            ),
            7 => format!(
                "{of} {not}matches {}",
                self.rng
                    .pick(&["\"^tv\"", "\"[a-z]/\"", "\"^$\"", "\"老$\""])
            ),
            8 => format!(
                "length({of}) {} {}",
                self.rng.pick(&ORDER),
                self.rng.between(0, 3)
            ),
            _ => format!("{of} is {not}empty"),
        }
    }

    /// A test of a date or an instant against the clock.
    pub(super) fn time_test(&mut self, of: &str, ty: &Type, yearly: bool) -> String {
        let rolling = self.rolling();
        let length = if *ty == Type::Date {
            self.rng
                .pick(&["0 days", "1 day", "7 days", "2 weeks", "1 month", "1 year"])
                .to_owned()
        } else {
            self.length()
        };
        match self.rng.below(if rolling { 4 } else { 10 }) {
            0 => format!("{of} in {} {length}", self.rng.pick(&["next", "last"])),
            1 => format!("{of} {} {}", self.rng.pick(&ORDER), self.bound()),
            2 => format!("{of} {}", self.window(false)),
            3 => format!("{of} within next {length}"),
            4 | 8 => {
                let anniversary = *ty == Type::Date && !yearly && self.rng.percent(60);
                let of = format!("{}{of}", if anniversary { "anniversary of " } else { "" });
                match self.rng.below(3) {
                    0 => format!("{of} in {} {length}", self.rng.pick(&["next", "last"])),
                    1 => format!(
                        "{of} {}",
                        self.rng.pick(&["today", "tomorrow", "yesterday"])
                    ),
                    _ => format!("{of} in {}", self.days_ahead()),
                }
            }
            9 if *ty == Type::Date => {
                format!("anniversary of {of} during {}", self.period())
            }
            5 => format!(
                "{of} {} {} {} {length}",
                self.rng.pick(&ORDER),
                self.rng.pick(&["today", "now"]),
                self.rng.pick(&["+", "-"])
            ),
            6 => format!("{of} during {}", self.period()),
            _ => format!(
                "{of} {} {} {}",
                self.rng.pick(&["+", "-"]),
                length,
                format_args!("{} {}", self.rng.pick(&ORDER), self.literal(ty))
            ),
        }
    }

    fn days_ahead(&mut self) -> &'static str {
        let lengths = [
            "0 days", "1 day", "2 days", "48 hours", "1 week", "1 month", "1 year",
        ];
        self.rng.pick(&lengths)
    }

    fn period(&mut self) -> String {
        let unit = self.rng.pick(&["day", "week", "month", "quarter", "year"]);
        match self.rng.below(4) {
            0 => format!("this {unit}"),
            1 => format!("{} {unit}", self.rng.pick(&["last", "next"])),
            2 => self
                .rng
                .pick(&["today", "tomorrow", "yesterday"])
                .to_owned(),
            _ => {
                let count = self.rng.pick(&[1, 2, 4, 13]);
                format!("{} {count} {unit}s", self.rng.pick(&["last", "next"]))
            }
        }
    }

    /// Two functions or attributes compared with each other.
    fn two_scalars(&mut self) -> Option<String> {
        let (left, ty) = self.scalar(&[])?;
        for _ in 0..8 {
            let Some((right, other)) = self.scalar(&[]) else {
                continue;
            };
            let numbers = is_number(&ty) && is_number(&other);
            let rolling_days = self.rolling() && has_days(&ty);
            if (ty == other || numbers) && !rolling_days && !matches!(ty, Type::Bool) {
                let op = if is_ordered(&ty) {
                    self.rng.pick(&ORDER)
                } else {
                    self.rng.pick(&["=", "!="])
                };
                return Some(match self.rng.below(4) {
                    0 if numbers => format!(
                        "{left} {op} {} * {right}",
                        self.rng.pick(&["0.5", "2", "3"])
                    ),
                    1 if numbers => {
                        format!(
                            "{left} {} {right} {op} {}",
                            self.rng.pick(&["+", "-"]),
                            self.rng.between(0, 4)
                        )
                    }
                    2 if ty == Type::Instant => {
                        format!("{left} - {right} {op} {}", self.fixed_length())
                    }
                    _ => format!("{left} {op} {right}"),
                });
            }
        }
        None
    }

    /// How long ago something was, compared with a length, perhaps a reckoned one.
    fn since_when(&mut self) -> Option<String> {
        let (text, op) = (self.term(&[]).text, self.rng.pick(&["<", "<=", ">", ">="]));
        let ago = format!("now - {}({text}).at", self.rng.pick(&["first", "last"]));
        Some(match self.rng.below(5) {
            0 => format!("{ago} {op} (last({text}).at - first({text}).at) / count({text})"),
            1 => format!(
                "{ago} {op} {} * (last({text}).at - first({text}).at)",
                self.rng.pick(&["2", "0.5", "3"])
            ),
            2 => format!("({ago}) * 2 {op} {}", self.fixed_length()),
            3 => {
                let lengths = self.attributes(|f| f.ty == Type::Duration);
                let length = if lengths.is_empty() {
                    return None;
                } else {
                    self.rng.pick(&lengths)
                };
                format!("{ago} {op} {}", quoted(&length.name))
            }
            _ => format!("{ago} {op} {}", self.fixed_length()),
        })
    }

    /// Values that move with `now` in more than one way: two at a time, or moved by months.
    fn clocks(&mut self) -> Option<String> {
        let op = self.rng.pick(&["<", "<=", ">", ">="]);
        let field = |of: &mut Self, ty: Type| {
            let fields = of.attributes(|f| f.ty == ty);
            (!fields.is_empty()).then(|| quoted(&of.rng.pick(&fields).name))
        };
        Some(match self.rng.below(6) {
            0 => format!("now - today {op} {}", self.fixed_length()),
            1 => {
                let (date, instant) = (field(self, Type::Date)?, field(self, Type::Instant)?);
                format!("today - {date} {op} now - {instant}")
            }
            2 => {
                let (a, b) = (field(self, Type::Instant)?, instant_text(self.instant()));
                // Hours would ask for more looks in a year than the calendar alone is given.
                let unit = self.rng.pick(&["1 day", "1 week", "30 days"]);
                format!(
                    "round((now - {a}) / {unit}) - round((now - {b}) / {unit}) {op} {}",
                    self.rng.between(-1, 2)
                )
            }
            3 => {
                let (a, b) = (field(self, Type::Instant)?, instant_text(self.instant()));
                format!("(now - {a}) / 2 {op} now - {b} - {}", self.fixed_length())
            }
            4 => format!("today {}", self.window(false)),
            _ => {
                let (clock, hours) = self.rng.pick(&[("now", true), ("today", false)]);
                let sign = self.rng.pick(&["+", "-"]);
                let length = self
                    .rng
                    .pick(&["1 month", "2 months", "1 quarter", "1 year"]);
                self.part_test(&format!("({clock} {sign} {length})."), hours)
            }
        })
    }

    fn sequence(&mut self) -> String {
        let mut text = if self.rng.percent(40) {
            self.correlated_sequence()
        } else {
            self.free_sequence()
        };
        // What is asked of events together needs two of them.
        if text.matches(" then ").count() == text.matches(" then no ").count() {
            return text;
        }
        if self.rng.percent(10) {
            text += &format!(" with no {} in between", self.term(&[]).text);
        }
        if self.rng.percent(10) {
            text += &format!(" all within {}", self.length());
        }
        text
    }

    /// Steps of one or two kinds, most of them named, that look at any of the steps before them.
    fn correlated_sequence(&mut self) -> String {
        let kinds = [self.kind(), self.kind()];
        let mut named: Vec<Named> = Vec::new();
        let mut text = String::new();
        let n = self.rng.pick(&[2, 3, 3, 4, 4, 5]);
        for i in 0..n {
            let kind = self.rng.pick(&kinds);
            let absent = i > 0 && self.rng.percent(20);
            let mut conditions = Vec::new();
            for step in &named {
                if self.rng.percent(50) {
                    conditions.push(self.look_back(&kind.properties, step));
                }
            }
            if i > 0 {
                text += if absent { " then no " } else { " then " };
            }
            text += &quoted(&kind.name);
            if !conditions.is_empty() {
                text += &format!("({})", conditions.join(", "));
            }
            if !absent && self.rng.percent(70) {
                let name = self.new_name();
                text += &format!(" as {name}");
                named.push(Named {
                    name,
                    properties: kind.properties.clone(),
                });
            }
            if i > 0 && (self.rng.percent(40) || (absent && i + 1 < n)) {
                text += &format!(" within {}", self.length());
            }
        }
        text
    }

    fn free_sequence(&mut self) -> String {
        let mut named: Vec<Named> = Vec::new();
        let mut text = String::new();
        let n = self.rng.pick(&[2, 2, 2, 3, 3, 4]);
        for i in 0..n {
            let absent = i > 0 && self.rng.percent(30);
            let mut term = if absent {
                self.term(&named)
            } else {
                self.term_named(&named)
            };
            if i > 0 {
                text += if absent { " then no " } else { " then " };
            }
            if !absent && term.name.is_none() && self.rng.percent(35) {
                term.name = Some(self.new_name());
            }
            text += &format!("{}{}", term.text, term.as_name());
            if let Some(name) = term.name {
                named.push(Named {
                    name,
                    properties: term.properties,
                });
            }
            if self.rng.percent(if i == 0 { 50 } else { 20 }) {
                text += &format!(" {}", self.window(i > 0));
            }
            let last = i + 1 == n;
            if i > 0 && (self.rng.percent(70) || (absent && !last)) {
                text += &match self.rng.percent(70) {
                    true => format!(" within {}", self.length()),
                    false => {
                        let (a, b) = (self.fixed_span(), self.fixed_span());
                        let length = crate::reference::calendar::length;
                        let (low, high) = if length(a) <= length(b) {
                            (a, b)
                        } else {
                            (b, a)
                        };
                        format!(
                            " between {} and {}",
                            super::written(low),
                            super::written(high)
                        )
                    }
                };
            }
        }
        text
    }

    /// What an attribute was, when it changed, how long it has been so.
    fn tracked(&mut self) -> Option<String> {
        let rolling = self.rolling();
        let fields: Vec<Field> = self
            .attributes(|f| f.tracked && !(rolling && (has_days(&f.ty) || f.ty == Type::Instant)));
        let field = if fields.is_empty() {
            return None;
        } else {
            self.rng.pick(&fields)
        };
        let (name, ty) = (quoted(&field.name), &field.ty);
        let not = if self.rng.percent(25) { "not " } else { "" };
        let windows = self.windows(false);
        // A place is no constant.
        if *ty == Type::Place {
            return Some(match self.rng.below(2) {
                0 => format!("{name} changed{windows}"),
                _ => {
                    let condition = self.test(&name, ty, false);
                    self.held(&condition)
                }
            });
        }
        Some(match self.rng.below(6) {
            0 => format!("{name} was {not}{}{windows}", self.literal(ty)),
            1 => format!("{name} was {not}in ({}){windows}", self.literals(ty)),
            2 => format!("{name} changed{windows}"),
            3 => {
                let from = if self.rng.percent(60) {
                    format!(" from {}", self.literal(ty))
                } else {
                    String::new()
                };
                let to = if self.rng.percent(60) {
                    format!(" to {}", self.literal(ty))
                } else {
                    String::new()
                };
                format!("{name} changed{from}{to}{windows}")
            }
            _ => {
                let condition = match self.rng.below(3) {
                    0 => format!("{name} {not}in ({})", self.literals(ty)),
                    1 if is_ordered(ty) => {
                        format!("{name} {} {}", self.rng.pick(&ORDER), self.literal(ty))
                    }
                    _ => format!(
                        "{name} {} {}",
                        self.rng.pick(&["=", "!="]),
                        self.literal(ty)
                    ),
                };
                self.held(&condition)
            }
        })
    }

    /// How long a condition on an attribute has been true: `plan = pro for at least 2 days`.
    fn held(&mut self, condition: &str) -> String {
        let op = self.rng.pick(&["more than", "at least", "less than"]);
        format!("{condition} for {op} {}", self.length())
    }

    /// Something as it was so long ago; what has no past is tried anew.
    fn as_of(&mut self) -> Option<String> {
        let ago = self.length();
        let condition = match self.rng.below(8) {
            0 | 1 => {
                let (scalar, ty) = self.scalar(&[])?;
                if !scalar.contains('(') || self.rolling() && has_days(&ty) {
                    return None;
                }
                return Some(self.test(&format!("({scalar} as of {ago} ago)"), &ty, false));
            }
            2 => {
                let (now, then) = (self.windowed(&[]).text, self.windowed(&[]).text);
                return Some(format!(
                    "count({then}) as of {ago} ago {} count({now})",
                    self.rng.pick(&ORDER)
                ));
            }
            3 => self.windowed(&[]).text,
            4 => self.tracked()?,
            5 => self.sequence(),
            6 => {
                let rows = self.relation_condition()?;
                if self.rng.percent(50) {
                    rows
                } else {
                    format!("{} or {rows}", self.windowed(&[]).text)
                }
            }
            _ => {
                let (known, other) = (self.windowed(&[]).text, self.condition(1));
                format!(
                    "{known} {} {other}",
                    self.rng.pick(&["and", "or", "and not"])
                )
            }
        };
        Some(format!("({condition}) as of {ago} ago"))
    }

    /// What priorities and personas make.
    fn made(&mut self) -> Option<String> {
        let segments: Vec<String> = self.book.priorities.keys().cloned().collect();
        let personas: Vec<String> = self.book.personas.keys().cloned().collect();
        let (value, names) = match (segments.is_empty(), personas.is_empty()) {
            (true, true) => return None,
            (false, true) => ("lead segment", segments),
            (false, false) if self.rng.percent(50) => ("lead segment", segments),
            (_, false) => ("persona", personas),
        };
        let name = self.rng.pick(&names);
        Some(match self.rng.below(5) {
            0 => format!("{value} exists"),
            1 => format!("{value} != {name}"),
            2 => format!("{value} in ({})", names.join(", ")),
            3 if value == "persona" => {
                format!(
                    "fit of {name} {} {}",
                    self.rng.pick(&ORDER),
                    self.rng.below(4)
                )
            }
            _ => format!("{value} = {name}"),
        })
    }

    /// Segments and traits.
    fn named(&mut self) -> Option<String> {
        if !self.naming
            && self.rng.percent(40)
            && let Some(made) = self.made()
        {
            return Some(made);
        }
        let segments: Vec<String> = self.book.segments.keys().cloned().collect();
        let traits: Vec<(String, TraitText)> = self.book.traits.clone().into_iter().collect();
        if !traits.is_empty() && self.rng.percent(50) {
            return Some(match self.rng.pick(&traits) {
                (name, TraitText::Computed(_)) => self.test(&name, &Type::Int, false),
                (name, TraitText::Cases { otherwise, .. }) => {
                    let values: Vec<&str> = ["often", "seldom"]
                        .into_iter()
                        .chain(otherwise.as_deref())
                        .collect();
                    format!(
                        "{name} {} {}",
                        self.rng.pick(&ORDER),
                        self.rng.pick(&values)
                    )
                }
            });
        }
        let name = if segments.is_empty() {
            return None;
        } else {
            self.rng.pick(&segments)
        };
        let moves = segments
            .iter()
            .any(|s| self.book.segments[s].contains("segment"));
        Some(match self.rng.below(6) {
            0 => format!("not in segment {name}"),
            1 => format!(
                "in {} segment of ({})",
                self.rng.pick(&["any", "every", "no"]),
                segments.join(", ")
            ),
            2 if !self.naming => format!("in {} segment", self.rng.pick(&["any", "no"])),
            3 if !moves => {
                let length = self.rng.pick(&["1 hour", "1 day", "36 hours", "7 days"]);
                format!(
                    "{} segment {name} within {length}",
                    self.rng.pick(&["entered", "left"])
                )
            }
            _ => format!("in segment {name}"),
        })
    }

    fn tagged_or_sampled(&mut self) -> String {
        match self.rng.below(4) {
            0 => "tagged".into(),
            1 => format!(
                "tagged {:?}",
                self.rng.pick(&["vip", "interest", "interest/tv", "兴趣"])
            ),
            2 => format!(
                "tagged {} of (\"vip\", \"interest/tv\")",
                self.rng.pick(&["any", "all", "none"])
            ),
            _ => format!(
                "in sample({}%, \"spring\")",
                self.rng.pick(&["0", "10", "50", "99.5", "100"])
            ),
        }
    }
}

/// Whether a test of it would have to name a day or an instant.
pub(super) fn has_days(ty: &Type) -> bool {
    match ty {
        Type::Date => true,
        Type::List(of) => has_days(of) || **of == Type::Instant,
        _ => false,
    }
}

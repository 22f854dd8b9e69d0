//! Random values: traits, functions over events and rows, fields, and what is reckoned from them.

use super::data::{TEXTS, instant_text};
use super::terms::is_number;
use super::{Case, Gen, Style, quoted};
use segue::Type;

impl Gen {
    /// The case of a seed whose expression is a value.
    pub fn value_case(seed: u64) -> Case {
        let mut of = Gen::begin(seed, Style::Everything);
        let profile = of.profile();
        if of.rng.percent(40) {
            of.fill_book();
        }
        if seed % 9 == 8 {
            of.fill_lifecycle();
        }
        let expression = of.value_expression();
        let (one, other) = (of.instant(), of.instant());
        Case {
            seed,
            schema: of.schema,
            book: of.book,
            profile,
            expression,
            now: one.min(other),
        }
    }

    fn value_expression(&mut self) -> String {
        // What makes nothing of the schema at hand is tried anew.
        loop {
            if let Some(value) = self.some_value() {
                return value;
            }
        }
    }

    fn some_value(&mut self) -> Option<String> {
        if let Some(life) = self.book.lifecycles.get("life")
            && self.rng.percent(50)
        {
            return Some(match life.per {
                Some(_) => format!("stage of life for {:?}", self.rng.pick(&TEXTS)),
                None => "stage of life".into(),
            });
        }
        let mut traits: Vec<String> = self.book.traits.keys().cloned().collect();
        if !self.book.priorities.is_empty() {
            traits.push("lead segment".into());
        }
        if let Some(name) = self.book.personas.keys().next() {
            traits.extend(["persona".into(), format!("fit of {name}")]);
        }
        if !traits.is_empty() && self.rng.percent(40) {
            return Some(self.rng.pick(&traits));
        }
        Some(match self.rng.below(12) {
            0 | 1 => format!("not ({})", self.condition(1)),
            2 => self.moving()?,
            3 => {
                let clock = self.rng.pick(&["now", "today", "now", "yesterday"]);
                let clock = match clock {
                    "now" | "today" if self.rng.percent(50) => {
                        let sign = self.rng.pick(&["+", "-"]);
                        format!("({clock} {sign} {})", self.length())
                    }
                    plain => plain.to_owned(),
                };
                let part = self.rng.pick(&[
                    "weekday",
                    "day_of_month",
                    "month_of_year",
                    "year",
                    "month",
                    "week",
                ]);
                if clock == "yesterday" {
                    clock
                } else {
                    format!("{clock}.{part}")
                }
            }
            4 => {
                let (scalar, _) = self.scalar(&[]).filter(|(text, _)| text.contains('('))?;
                format!("{scalar} as of {} ago", self.length())
            }
            5 => {
                let (left, _) = self.scalar(&[]).filter(|(_, ty)| is_number(ty))?;
                let (right, _) = self.scalar(&[]).filter(|(_, ty)| is_number(ty))?;
                format!("{left} {} {right}", self.rng.pick(&["+", "-", "*"]))
            }
            6 => self.of_rows()?,
            _ => self.scalar(&[])?.0,
        })
    }

    /// What moves with `now`.
    fn moving(&mut self) -> Option<String> {
        let fields = self.attributes(|f| matches!(f.ty, Type::Instant | Type::Date));
        let field = if fields.is_empty() {
            return None;
        } else {
            self.rng.pick(&fields)
        };
        let name = quoted(&field.name);
        if field.ty == Type::Date {
            return Some(format!("today - {name}"));
        }
        let unit = self.rng.pick(&["1 hour", "1 day", "30 days"]);
        Some(match self.rng.below(5) {
            0 => format!("now - {name}"),
            1 => format!("abs(now - {name})"),
            2 => format!("{name} - {}", instant_text(self.instant())),
            3 => format!("round((now - {name}) / {unit})"),
            _ => format!("{name}.month"),
        })
    }
}

//! Random conditions on rows, and values from them.

use super::terms::{is_number, is_ordered};
use super::{Gen, quoted};
use segue::Type;
use segue::schema::{Field, Relation};

impl Gen {
    /// A condition on the rows of a relation; nothing where there are none, or where all instants may move together: rows
    /// keep days.
    pub(super) fn relation_condition(&mut self) -> Option<String> {
        if self.schema.relations().is_empty() || self.rolling() {
            return None;
        }
        let relation = self.rng.pick(self.schema.relations());
        let name = quoted(&relation.name);
        Some(match self.rng.below(12) {
            0 => name,
            1 => format!("{name} is {}empty", self.rng.pick(&["", "not "])),
            2 => format!("{} exists", self.rows(&relation)),
            3 | 4 => format!("all {name}({})", self.row_conditions(&relation)),
            5..=7 => {
                let (total, ty) = self.total(&relation)?;
                self.test(&total, &ty, false)
            }
            _ => self.rows(&relation),
        })
    }

    /// `accounts(plan = pro, seats > 2)`
    fn rows(&mut self, relation: &Relation) -> String {
        format!(
            "{}({})",
            quoted(&relation.name),
            self.row_conditions(relation)
        )
    }

    fn row_conditions(&mut self, relation: &Relation) -> String {
        let mut conditions = Vec::new();
        if let (Some(subject), true) = (relation.subject, self.rng.percent(25)) {
            conditions.push(self.literal(&relation.properties[subject].ty));
        }
        while conditions.is_empty() || self.rng.percent(25) {
            conditions.push(self.row_condition(relation));
        }
        conditions.join(", ")
    }

    fn row_condition(&mut self, relation: &Relation) -> String {
        if relation.properties.is_empty() || self.rng.percent(8) {
            return self.windowed(&[]).text;
        }
        if self.rng.percent(15)
            && let Some(condition) = self.event_of_row(relation)
        {
            return condition;
        }
        let times: Vec<Field> = (relation.properties.iter())
            .filter(|p| matches!(p.ty, Type::Date | Type::Instant))
            .cloned()
            .collect();
        if self.rng.percent(75) && !times.is_empty() {
            let property = self.rng.pick(&times);
            return self.time_test(&quoted(&property.name), &property.ty, property.yearly);
        }
        let property = self.rng.pick(&relation.properties);
        let name = if self.rng.percent(15) {
            format!("{}.{}", quoted(&relation.name), quoted(&property.name))
        } else {
            quoted(&property.name)
        };
        let test = self.test(&name, &property.ty, property.yearly);
        match self.rng.below(8) {
            0 => format!("not {test}"),
            1 => format!("({test} or {})", self.row_condition(relation)),
            _ => test,
        }
    }

    /// Events that agree with the row: `purchased(category = accounts.category) within 30 days`.
    fn event_of_row(&mut self, relation: &Relation) -> Option<String> {
        let kind = self.kind();
        let alike =
            |p: &&Field| relation.properties.iter().any(|q| q.ty == p.ty) && !p.name.contains('.');
        let scalar = |p: &&Field| !matches!(p.ty, Type::List(_) | Type::Place);
        let own: Vec<Field> = kind
            .properties
            .iter()
            .filter(alike)
            .filter(scalar)
            .cloned()
            .collect();
        let own = if own.is_empty() {
            return None;
        } else {
            self.rng.pick(&own)
        };
        let of_row: Vec<Field> = relation
            .properties
            .iter()
            .filter(|q| q.ty == own.ty)
            .cloned()
            .collect();
        let of_row = self.rng.pick(&of_row);
        let op = self.rng.pick(&["=", "=", "!="]);
        let events = format!(
            "{}({} {op} {}.{}){}",
            quoted(&kind.name),
            quoted(&own.name),
            quoted(&relation.name),
            quoted(&of_row.name),
            self.windows(false)
        );
        Some(match self.rng.below(4) {
            0 => format!("not {events}"),
            2 => format!("({events}) as of {} ago", self.length()),
            1 => format!(
                "count({events}) {} {}",
                self.rng.pick(&["<", ">=", "="]),
                self.rng.between(0, 2)
            ),
            _ => events,
        })
    }

    /// The rows that agree with an event, within its parentheses: `accounts(category = category)` would be the row's twice, so
    /// the names differ.
    pub(super) fn rows_of_event(&mut self, properties: &[Field]) -> Option<String> {
        let relation = if self.schema.relations().is_empty() || self.rolling() {
            return None;
        } else {
            self.rng.pick(self.schema.relations())
        };
        let mut pairs = Vec::new();
        for own in properties
            .iter()
            .filter(|p| !matches!(p.ty, Type::List(_) | Type::Place))
        {
            let hidden = relation.properties.iter().any(|q| q.name == own.name);
            for of_row in relation
                .properties
                .iter()
                .filter(|q| q.ty == own.ty && !hidden)
            {
                pairs.push(format!("{} = {}", quoted(&of_row.name), quoted(&own.name)));
            }
        }
        let pair = if pairs.is_empty() {
            self.row_condition(&relation)
        } else {
            self.rng.pick(&pairs)
        };
        Some(format!("{}({pair})", quoted(&relation.name)))
    }

    /// A function over rows.
    pub(super) fn of_rows(&mut self) -> Option<String> {
        let relations = self.schema.relations().to_vec();
        if relations.is_empty() {
            return None;
        }
        let relation = self.rng.pick(&relations);
        Some(self.total(&relation)?.0)
    }

    /// A function over rows and its type.
    fn total(&mut self, relation: &Relation) -> Option<(String, Type)> {
        let rows = if self.rng.percent(60) {
            self.rows(relation)
        } else {
            quoted(&relation.name)
        };
        let scalars: Vec<Field> = (relation.properties.iter())
            .filter(|p| !matches!(p.ty, Type::List(_) | Type::Place) && !p.name.contains('.'))
            .cloned()
            .collect();
        if scalars.is_empty() || self.rng.percent(30) {
            return Some((format!("count({rows})"), Type::Int));
        }
        let property = self.rng.pick(&scalars);
        let of = format!("{rows}.{}", quoted(&property.name));
        Some(match self.rng.below(6) {
            0 => (format!("count({of})"), Type::Int),
            1 => (format!("distinct({of})"), Type::Int),
            2 | 3 if is_number(&property.ty) => {
                let ty = if property.ty == Type::Float {
                    Type::Float
                } else {
                    Type::Decimal(2)
                };
                (format!("{}({of})", self.rng.pick(&["sum", "avg"])), ty)
            }
            2 | 3 if property.ty == Type::Duration => (
                format!("{}({of})", self.rng.pick(&["sum", "avg"])),
                Type::Duration,
            ),
            4 if matches!(property.ty, Type::Date | Type::Instant) => {
                let part = self.rng.pick(&["month", "year", "weekday"]);
                (format!("distinct({of}.{part})"), Type::Int)
            }
            _ => {
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
                (format!("{function}({of}{percent})"), property.ty)
            }
        })
    }
}

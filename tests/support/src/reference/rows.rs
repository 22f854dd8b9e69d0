//! Rows of relations: which of them meet a condition, and values from them.

use super::value::{Ratio, Value, average, nearest_rank, order, sum};
use super::{Scope, data::Row};
use segue::Type;
use segue::schema::{Field, Relation};
use segue::syntax::{Aggregate, Expr, ExprKind, KindSelector};
use std::cmp::Ordering;

/// The row whose parentheses one is in.
#[derive(Clone)]
pub(super) struct Within<'a> {
    relation: &'a Relation,
    row: &'a Row,
    /// Whether no event's parentheses lie between. Decisions: "the innermost parentheses come first".
    innermost: bool,
}

impl Within<'_> {
    pub(super) fn within_event(self) -> Self {
        Within {
            innermost: false,
            ..self
        }
    }
}

/// `accounts(plan = pro).seats` taken apart.
pub(super) struct Rows<'a, 'e> {
    relation: &'a Relation,
    conditions: &'e [Expr],
    /// What stands behind the dot.
    property: Vec<String>,
}

impl<'a> Scope<'a> {
    /// The rows that an expression means, if it means rows.
    pub(super) fn rows<'e>(&self, expr: &'e Expr) -> Option<Rows<'a, 'e>> {
        let schema = &self.world.schema;
        match &expr.kind {
            ExprKind::Event {
                kinds: KindSelector::One(name),
                conditions,
            } => Some(Rows {
                relation: schema.relation(&name.text)?,
                conditions,
                property: Vec::new(),
            }),
            ExprKind::Path(names) => {
                let texts: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
                (1..=names.len()).find_map(|n| {
                    let property = texts[n..].iter().map(|n| (*n).to_owned()).collect();
                    Some(Rows {
                        relation: schema.relation(&texts[..n].join("."))?,
                        conditions: &[],
                        property,
                    })
                })
            }
            ExprKind::Property { of, name } => {
                let mut rows = self.rows(of)?;
                rows.property.push(name.text.clone());
                Some(rows)
            }
            _ => None,
        }
    }

    /// Decisions: "all conditions hold of the same row".
    fn matching(&self, rows: &Rows<'a, '_>) -> Vec<&'a Row> {
        let all = self
            .profile
            .rows
            .get(&rows.relation.name)
            .into_iter()
            .flatten();
        all.filter(|row| {
            let within = Within {
                relation: rows.relation,
                row,
                innermost: true,
            };
            let scope = Scope {
                row: Some(within),
                ..self.clone()
            };
            rows.conditions.iter().all(|c| scope.row_holds(c))
        })
        .collect()
    }

    /// The truth of a condition on rows; `None` where it is none.
    pub(super) fn rows_hold(&self, expr: &Expr) -> Option<bool> {
        let alone = |expr| self.rows(expr).filter(|rows| rows.property.is_empty());
        match &expr.kind {
            // Decisions: "there are rows, and every one meets them".
            ExprKind::AllRows {
                relation,
                conditions,
            } => {
                let relation = self
                    .world
                    .schema
                    .relation(&relation.text)
                    .expect("a relation of the schema");
                let all = self.profile.rows.get(&relation.name).map_or(0, Vec::len);
                let matching = self.matching(&Rows {
                    relation,
                    conditions,
                    property: Vec::new(),
                });
                Some(all > 0 && matching.len() == all)
            }
            ExprKind::Presence { missing, value } => {
                alone(value).map(|rows| self.matching(&rows).is_empty() == *missing)
            }
            ExprKind::Empty { negated, value } => {
                alone(value).map(|rows| self.matching(&rows).is_empty() != *negated)
            }
            _ => alone(expr).map(|rows| !self.matching(&rows).is_empty()),
        }
    }

    /// One of the conditions in the parentheses of the present row: a constant alone, or a value of the subject's enum, is
    /// compared with the subject.
    fn row_holds(&self, expr: &Expr) -> bool {
        let Within { relation, row, .. } =
            self.row.as_ref().expect("within a relation's parentheses");
        let subject = relation.subject.map(|s| &relation.properties[s]);
        self.subject_holds(
            expr,
            subject,
            subject.and_then(|s| row.get(&s.name).cloned()),
        )
    }

    /// The property of the present row that names begin with, and the names behind it.
    fn row_names<'n>(
        &self,
        names: &'n [&'n str],
        innermost: bool,
    ) -> Option<(&'a Field, &'n [&'n str])> {
        let within = self.row.as_ref()?;
        let field = |names: &[&str]| {
            within
                .relation
                .properties
                .iter()
                .find(|p| p.name == names.join("."))
        };
        let begins = |names: &'n [&'n str]| {
            (1..=names.len())
                .rev()
                .find_map(|n| Some((field(&names[..n])?, &names[n..])))
        };
        let own = if within.innermost == innermost {
            begins(names)
        } else {
            None
        };
        let parts = within.relation.name.split('.').count();
        let qualified =
            innermost && names.len() > parts && names[..parts].join(".") == within.relation.name;
        own.or_else(|| {
            if qualified {
                begins(&names[parts..])
            } else {
                None
            }
        })
    }

    pub(super) fn row_field(&self, names: &[&str], innermost: bool) -> Option<&'a Field> {
        let (field, rest) = self.row_names(names, innermost)?;
        rest.is_empty().then_some(field)
    }

    pub(super) fn row_type(&self, names: &[&str], innermost: bool) -> Option<Type> {
        self.row_field(names, innermost).map(|f| f.ty.clone())
    }

    /// The value of names that mean the present row; the outer `None`: they do not.
    pub(super) fn of_row(&self, names: &[&str], innermost: bool) -> Option<Option<Value>> {
        let (field, rest) = self.row_names(names, innermost)?;
        let value = self.row.as_ref()?.row.get(&field.name).cloned();
        Some(value.and_then(|value| {
            rest.iter()
                .try_fold(value, |value, name| self.part(&value, name))
        }))
    }

    pub(super) fn rows_type(&self, rows: &Rows<'_, '_>) -> Option<Type> {
        rows.relation
            .properties
            .iter()
            .find(|p| p.name == rows.property.join("."))
            .map(|p| p.ty.clone())
    }

    /// The value of a function over rows; the outer `None`: it is none.
    pub(super) fn rows_total(&self, expr: &Expr) -> Option<Option<Value>> {
        let ExprKind::Aggregate { function, argument } = &expr.kind else {
            return None;
        };
        let rows = self.rows(argument)?;
        let matching = self.matching(&rows);
        let number = |n: usize| Some(Value::Exact(Ratio::whole(n as i64)));
        if rows.property.is_empty() {
            assert!(
                *function == Aggregate::Count,
                "{function:?} needs a property"
            );
            return Some(number(matching.len()));
        }
        let names: Vec<&str> = rows.property.iter().map(String::as_str).collect();
        let values: Vec<Value> = matching
            .into_iter()
            .filter_map(|row| {
                let within = Within {
                    relation: rows.relation,
                    row,
                    innermost: true,
                };
                Scope {
                    row: Some(within),
                    ..self.clone()
                }
                .of_row(&names, true)
                .expect("a property of the rows")
            })
            .collect();
        let compare =
            |a: &Value, b: &Value| order(self.calendar(), a, b).expect("values of one type");
        let mut different: Vec<&Value> = Vec::new();
        for value in &values {
            if !different.iter().any(|d| compare(d, value).is_eq()) {
                different.push(value);
            }
        }
        let pick = |wanted: Ordering| {
            values
                .iter()
                .cloned()
                .reduce(|a, b| if compare(&b, &a) == wanted { b } else { a })
        };
        Some(match function {
            Aggregate::Count => number(values.len()),
            Aggregate::Distinct => number(different.len()),
            Aggregate::Min => pick(Ordering::Less),
            Aggregate::Max => pick(Ordering::Greater),
            Aggregate::Median => nearest_rank(values, 50, compare),
            Aggregate::Percentile(percent) => nearest_rank(values, (*percent).into(), compare),
            Aggregate::Top => {
                let times = |v: &Value| values.iter().filter(|w| compare(v, w).is_eq()).count();
                different.into_iter().cloned().reduce(|a, b| {
                    match times(&a).cmp(&times(&b)).then(compare(&b, &a)) {
                        Ordering::Less => b,
                        _ => a,
                    }
                })
            }
            Aggregate::Sum => sum(self.rows_type(&rows), &values),
            Aggregate::Avg => average(self.rows_type(&rows), &values),
            Aggregate::First | Aggregate::Last => panic!("rows have no order"),
        })
    }
}
